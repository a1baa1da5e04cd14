"""The dots as they are measured in solution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from halodot.arrays import Array
from halodot.states.declare import array, empty_array, number, state
from halodot.states.notes import Note


@state
class Dots:
    """The dots as a spectroscopist and an electron microscopist see them, after the last wash unless said."""

    edge_length: float = number("m", "mean edge length", valid="positive")
    edge_length_spread: float = number("m", "standard deviation of the edge length in micrographs")
    spectroscopic_spread: float = number("m", "standard deviation of the edge length that the spectrum sees")
    wavelength: Array = array("m", "wavelength")
    absorbance: Array = array("1", "wavelength")  # relative, 1 at 400 nm
    pl: Array = array("1", "wavelength")  # photons per unit wavelength, maximum 1
    first_exciton: float = number("m", "wavelength of the first exciton absorption peak", valid="positive")
    pl_peak: float = number("m", "wavelength of the PL maximum", valid="positive")
    pl_fwhm: float = number("m", "full width at half maximum of the PL in wavelength", valid="positive")
    plqy: float = number("1", "photoluminescence quantum yield in solution after the last wash", valid="fraction")
    plqy_by_wash: Array = array("1", "wash")
    radiative_rate: float = number("1/s", "radiative decay rate", valid="positive")
    trap_rate: float = number("1/s", "mean non-radiative decay rate after the last wash")
    trap_rate_by_wash: Array = array("1/s", "wash")
    time: Array = array("s", "time")
    trpl: Array = array("1", "time")  # decay after a weak pulse, 1 at time 0
    lifetime: float = number("s", "average PL lifetime, of the kind named by lifetime_average", valid="positive")
    lifetime_average: str = "amplitude"
    air_time: Array = array("s", "air_time", default_factory=empty_array)
    pl_in_air: Array = array("1", "air_time", default_factory=empty_array)  # PL in air relative to day 0
    pl_retained_in_air: float = number(
        "1", "share of the PL kept after 20 days in air", default=math.nan, valid="fraction"
    )
    weight_loss: float = number("1", "mass fraction lost on heating to 500 degC", default=math.nan, valid="fraction")
    coverage_native: float = number("1", "share of sites with native ligand", default=math.nan, valid="fraction")
    coverage_short: float = number("1", "share of sites with the short ligand", default=math.nan, valid="fraction")
    coverage_bare: float = number("1", "share of bare sites", default=math.nan, valid="fraction")
    native_ligand_length: float = number("m", "length of the native ligands", default=math.nan)
    short_ligand_length: float = number("m", "length of the short ligand", default=math.nan)
    energy_spread: float = number("eV", "standard deviation of the first exciton over the dots", default=math.nan)
    exciton_binding: float = number("eV", "Coulomb energy of the exciton", default=math.nan)
    level_spacing: float = number("eV", "second level of one carrier above its first", default=math.nan)
    lifetime_amplitude: float = number("s", "amplitude average of the PL lifetime", default=math.nan)
    lifetime_intensity: float = number("s", "intensity average of the PL lifetime", default=math.nan)
    traps: float = number("1", "mean number of traps on a dot after the last wash", default=math.nan)
    loss_per_trap: float = number("1/s", "rate at which one trap takes an exciton for good", default=math.nan)
    biexciton_lifetime: float = number("s", "Auger lifetime of two excitons on a mean dot", default=math.nan)
    trion_auger_lifetime: float = number("s", "Auger lifetime of an exciton beside one charge", default=math.nan)
    quenching_field: float = number(
        "V/m", "field inside a mean dot that halves its radiative rate", default=math.inf, valid="positive"
    )
    phase_driving_force: float = number(
        "J/mol", "free energy gained by turning yellow in storage, above 0 where black is metastable", default=math.nan
    )
    first_exciton_deviation: float = number(
        "eV", "standard uncertainty of the first exciton: scatter of published sizing curves", default=math.nan
    )
    halides: Mapping[str, float] = field(default_factory=lambda: {"I": 1.0})  # share of Cl, Br, I, sum 1
    notes: tuple[Note, ...] = ()
