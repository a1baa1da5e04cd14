"""The close-packed film of dots."""

from __future__ import annotations

import math

from halodot.arrays import Array
from halodot.states.declare import array, number, state
from halodot.states.notes import Note


@state
class Film:
    """The close-packed film of dots: what the stack needs to know of its emitting layer."""

    gap: float = number("m", "mean distance between the surfaces of neighbouring dots")
    core_fraction: float = number("1", "volume fraction of perovskite cores", valid="fraction")
    wavelength: Array = array("m", "wavelength")
    index: Array = array("1", "wavelength")  # real refractive index
    extinction: Array = array("1", "wavelength")
    spectrum: Array = array("1", "wavelength")  # intrinsic emission, photons per unit wavelength, maximum 1
    mobility: float = number("m2/V/s", "hopping mobility of electrons and holes", valid="positive")
    electron_affinity: float = number("eV", "LUMO or conduction band below vacuum", valid="level")
    ionisation_energy: float = number("eV", "HOMO or valence band below vacuum", valid="level")
    density_of_states: float = number("1/m3", "transport states of either carrier", valid="positive")
    relative_permittivity: float = number("1", "static relative permittivity", valid="permittivity")
    plqy: float = number("1", "photoluminescence quantum yield of the film outside a device", valid="fraction")
    radiative_rate: float = number("1/s", "radiative rate in an infinite medium of the film's index", valid="positive")
    nonradiative_rate: float = number("1/s", "non-radiative rate of an exciton in the film, its faces not counted")
    roughness: float = number("m", "root-mean-square roughness")
    leakage_conductance: float = number("S/m2", "conductance of the spots where the film is thinner than about one dot")
    coverage_bare: float = number("1", "share of bare surface sites", default=math.nan, valid="fraction")
    trap_density: float = number("1/m3", "deep traps for free carriers", default=0.0)
    solution_plqy: float = number("1", "photoluminescence quantum yield of the same dots in solution", default=math.nan)
    transfer_loss: float = number("1/s", "non-radiative rate added by transfer to dots with traps", default=math.nan)
    interface_loss: float = number("1/s", "non-radiative rate at the faces outside a device", default=math.nan)
    lifetime_amplitude: float = number("s", "amplitude average of the PL lifetime outside a device", default=math.nan)
    carrier_disorder: float = number("eV", "standard deviation of the level of one carrier over the dots", default=0.0)
    level_spacing: float = number("eV", "second level of one carrier on a dot above its first", default=math.nan)
    dot_volume: float = number("m3", "volume of the film for each dot", default=math.nan, valid="positive")
    trion_auger_rate: float = number("1/s", "Auger rate of an exciton on a dot with one charge", default=0.0)
    charging_energy: float = number(
        "eV", "energy by which two electrons, or two holes, on one dot repel each other", default=0.0
    )
    exciton_binding: float = number("eV", "attraction of electron and hole on a dot", default=0.0)
    exciton_diffusivity: float = number("m2/s", "diffusion coefficient of excitons", default=0.0)
    quenching_field: float = number(
        "V/m", "mean field that halves the radiative rate of an exciton", default=math.inf, valid="positive"
    )
    notes: tuple[Note, ...] = ()
