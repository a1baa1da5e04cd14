"""Every value that passes between two stages, in the order in which light is made.

All numbers are SI floats (energies in eV below vacuum where they are levels, potentials in V), all arrays are
read-only, nothing here has behaviour. ``nan`` marks a quantity that does not exist for this object.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from halodot.arrays import Array as Array
from halodot.arrays import BoolArray as BoolArray
from halodot.arrays import IntArray as IntArray

T = TypeVar("T")


def number(unit: str, about: str = "", default: Any = MISSING) -> Any:
    """Declare a float field with its SI unit, which the study loader uses to read text with a unit.

    Args:
        unit: SI unit (eV and V for energies and potentials), "1" for a pure number.
        about: one line for the tables that are printed for the user.
        default: the value when nothing is said; required where absent.
    """
    return field(default=default, metadata={"unit": unit, "about": about})


def empty_array() -> Array:
    """Return the empty array that stands for a curve this object does not have."""
    return np.zeros(0)


def array(unit: str, *dimensions: str, default_factory: Any = MISSING, part_of: str = "") -> Any:
    """Declare an array field with its SI unit and the names of its dimensions, used as they are in result files.

    Args:
        unit: SI unit.
        dimensions: one name for each axis.
        default_factory: gives the array when nothing is said; required where absent.
        part_of: the budget that this is one part of, see :func:`parts_of`.
    """
    metadata = {"unit": unit, "dimensions": dimensions, "part_of": part_of}
    return field(default_factory=default_factory, metadata=metadata)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field, number, array))
def state(cls: type[T]) -> type[T]:
    """Make a frozen, identity-compared dataclass whose arrays cannot be written to."""

    def freeze(self: Any) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    cls.__post_init__ = freeze  # type: ignore[attr-defined]
    return dataclass(frozen=True, eq=False)(cls)


#: What a note is about. assumed: a default that changes the result; unlikely: an implausible value; missing physics:
#: what the model leaves out; accuracy: numerical error; extrapolated: outside calibration or a table; not followed:
#: something written that the model ignores; corrected: an input that was moved.
NOTE_KINDS = ("assumed", "unlikely", "missing physics", "accuracy", "extrapolated", "not followed", "corrected")


@dataclass(frozen=True)
class Note:
    """A remark that a result carries: what it leaves out, assumes, extrapolates or finds unlikely, and what to do."""

    kind: str  # one of NOTE_KINDS
    text: str  # whole sentences: what, why it matters, what to do
    where: str = ""  # path in the study, such as device.layers.PTAA.thickness

    def __str__(self) -> str:
        """The sentence behind its place."""
        return f"{self.where}: {self.text}" if self.where else self.text


# ---------------------------------------------------------------------------------------------- recipe and flask


@state
class Chemical:
    """A reagent as it stands on the shelf."""

    name: str
    formula: str
    # cesium source | lead source | zinc source | carboxylic acid | amine | ammonium halide | amino acid | strong acid
    # | solvent
    role: str
    molar_mass: float = number("kg/mol", "molar mass of the pure compound")
    purity: float = number("1", "mass fraction of the compound in the reagent", default=1.0)
    density: float = number("kg/m3", "density of the reagent at 20 degC", default=math.nan)
    boiling_point: float = number("K", "normal boiling point", default=math.nan)
    heat_of_vaporisation: float = number("J/kg", "heat of vaporisation", default=math.nan)
    relative_permittivity: float = number("1", "relative permittivity of the liquid", default=math.nan)
    water_fraction: float = number("1", "mass fraction of water in the reagent", default=0.0)
    ligand_length: float = number("m", "extended length as a surface ligand", default=math.nan)
    halide: str = ""  # halide that a mole of it carries ("I"), with halide_count
    halide_count: float = number("1", "halide ions per formula unit", default=0.0)
    cation_count: float = number("1", "metal ions per formula unit", default=0.0)


@state
class Step:
    """One line of the procedure, every number in SI, nan where the line does not state it."""

    kind: str  # add | inject | dry | heat | hold | cool | centrifuge | wash | redisperse | filter
    material: str = ""  # chemical, or stock for inject
    amount: float = number("mol", default=math.nan)
    mass: float = number("kg", default=math.nan)
    volume: float = number("m3", default=math.nan)
    equivalents: float = number("1", default=math.nan)
    of: str = ""  # the chemical that equivalents counts
    temperature: float = number("K", default=math.nan)
    duration: float = number("s", default=math.nan)
    antisolvents: tuple[tuple[str, float], ...] = ()  # (chemical, volume in m3, or volumes per volume of dispersion)
    per_dispersion: bool = False  # antisolvents are ratios to the volume of the dispersion
    keep: str = ""  # liquid | solid, for centrifuge
    atmosphere: str = ""
    where: str = ""  # "recipe.pot[3]", for messages


@state
class Recipe:
    """A synthesis: stock solutions, the pot, and the work-up, with the chemicals they name."""

    stocks: Mapping[str, tuple[Step, ...]]
    pot: tuple[Step, ...]
    work_up: tuple[Step, ...]
    chemicals: Mapping[str, Chemical]


@state
class Interpretation:
    """A place where the text of a procedure can be read in more than one way, and how it was read."""

    name: str
    taken: str
    alternatives: tuple[str, ...]
    note: str
    effect: str = ""  # what the alternatives would change, where it was computed


@state
class Dispersion:
    """The dots in one solvent between two work-up operations."""

    washes: int  # purifications so far
    antisolvent_ratio: float = number("1", "volumes of antisolvent per volume of dispersion, summed over washes")
    coverage_native: float = number("1", "share of surface sites with the long native ligands")
    coverage_short: float = number("1", "share of surface sites with the short ligand")
    coverage_bare: float = number("1", "share of surface sites without ligand")
    solvent: str = ""


@state
class Flask:
    """What the synthesis leaves: dots, their surface, and the balance of everything that was weighed in."""

    survived: bool
    reason: str | None  # why the dots decomposed
    amounts: Mapping[str, float]  # mol in the pot when it is cold, by species
    edge_length: float = number("m", "mean edge length of the dots")
    edge_length_spread: float = number("m", "standard deviation of the edge length as an electron microscope counts it")
    sites: float = number("mol", "surface sites of all dots")
    dots: float = number("mol", "number of dots")
    excess_acid: float = number("mol", "strong acid left after the short ligand took its share")
    free_amine: float = number("mol", "amine not bound in ion pairs before the acid")
    undissolved_ligand: float = number("mol", "short ligand left as insoluble zwitterion")
    stripped_fraction: float = number("1", "share of sites that protons cleared of native ligand")
    material_retained: float = number("1", "share of the dots' material that survived etching")
    short_ligand_length: float = number("m", "length of the short ligand, nan without one", default=math.nan)
    native_ligand_length: float = number("m", "length of the native ligands", default=math.nan)
    short_ligand_mass: float = number("kg/mol", "molar mass of the short ligand, nan without one", default=math.nan)
    native_ligand_mass: float = number("kg/mol", "mean molar mass of the native ligands", default=math.nan)
    volume: float = number("m3", "volume of the cold pot, liquids only", default=math.nan)
    polar_fraction: float = number("1", "share of that volume that is polar", default=math.nan)
    samples: tuple[Dispersion, ...] = ()  # index = number of washes; [0] is the crude solution
    interpretations: tuple[Interpretation, ...] = ()
    size: Array = array("m", "size", default_factory=empty_array)  # edge lengths, rising
    size_share: Array = array("1", "size", default_factory=empty_array)  # of the number of dots
    # the pot from its first step until it is cold
    recipe_time: Array = array("s", "recipe_time", default_factory=empty_array)
    pot_temperature: Array = array("K", "recipe_time", default_factory=empty_array)
    pot_volume: Array = array("m3", "recipe_time", default_factory=empty_array)
    pot_polar_fraction: Array = array("1", "recipe_time", default_factory=empty_array)
    pot_water: Array = array("mol", "recipe_time", default_factory=empty_array)
    notes: tuple[Note, ...] = ()


# ------------------------------------------------------------------------------------------------- dots and film


@state
class Dots:
    """The dots as a spectroscopist and an electron microscopist see them, after the last wash unless said."""

    edge_length: float = number("m", "mean edge length")
    edge_length_spread: float = number("m", "standard deviation of the edge length in micrographs")
    spectroscopic_spread: float = number("m", "standard deviation of the edge length that the spectrum sees")
    wavelength: Array = array("m", "wavelength")
    absorbance: Array = array("1", "wavelength")  # relative, 1 at 400 nm
    pl: Array = array("1", "wavelength")  # photons per unit wavelength, maximum 1
    first_exciton: float = number("m", "wavelength of the first exciton absorption peak")
    pl_peak: float = number("m", "wavelength of the PL maximum")
    pl_fwhm: float = number("m", "full width at half maximum of the PL in wavelength")
    plqy: float = number("1", "photoluminescence quantum yield in solution after the last wash")
    plqy_by_wash: Array = array("1", "wash")
    radiative_rate: float = number("1/s", "radiative decay rate")
    trap_rate: float = number("1/s", "mean non-radiative decay rate after the last wash")
    trap_rate_by_wash: Array = array("1/s", "wash")
    time: Array = array("s", "time")
    trpl: Array = array("1", "time")  # decay after a weak pulse, 1 at time 0
    lifetime: float = number("s", "average PL lifetime, of the kind named by lifetime_average")
    lifetime_average: str = "amplitude"
    air_time: Array = array("s", "air_time", default_factory=empty_array)
    pl_in_air: Array = array("1", "air_time", default_factory=empty_array)  # PL in air relative to day 0
    pl_retained_in_air: float = number("1", "share of the PL kept after 20 days in air", default=math.nan)
    weight_loss: float = number("1", "mass fraction lost on heating to 500 degC", default=math.nan)
    coverage_native: float = number("1", "share of sites with native ligand", default=math.nan)
    coverage_short: float = number("1", "share of sites with the short ligand", default=math.nan)
    coverage_bare: float = number("1", "share of bare sites", default=math.nan)
    native_ligand_length: float = number("m", "length of the native ligands", default=math.nan)
    short_ligand_length: float = number("m", "length of the short ligand", default=math.nan)
    energy_spread: float = number("eV", "standard deviation of the first exciton over the dots", default=math.nan)
    exciton_binding: float = number("eV", "Coulomb energy of the exciton", default=math.nan)
    lifetime_amplitude: float = number("s", "amplitude average of the PL lifetime", default=math.nan)
    lifetime_intensity: float = number("s", "intensity average of the PL lifetime", default=math.nan)
    traps: float = number("1", "mean number of traps on a dot after the last wash", default=math.nan)
    loss_per_trap: float = number("1/s", "rate at which one trap takes an exciton for good", default=math.nan)
    biexciton_lifetime: float = number("s", "Auger lifetime of two excitons on a mean dot", default=math.nan)
    trion_auger_lifetime: float = number("s", "Auger lifetime of an exciton beside one charge", default=math.nan)
    quenching_field: float = number("V/m", "field inside a mean dot that halves its radiative rate", default=math.inf)
    notes: tuple[Note, ...] = ()


@state
class Film:
    """The close-packed film of dots: what the stack needs to know of its emitting layer."""

    gap: float = number("m", "mean distance between the surfaces of neighbouring dots")
    core_fraction: float = number("1", "volume fraction of perovskite cores")
    wavelength: Array = array("m", "wavelength")
    index: Array = array("1", "wavelength")  # real refractive index
    extinction: Array = array("1", "wavelength")
    spectrum: Array = array("1", "wavelength")  # intrinsic emission, photons per unit wavelength, maximum 1
    mobility: float = number("m2/V/s", "hopping mobility of electrons and holes")
    electron_affinity: float = number("eV", "electron level below vacuum")
    ionisation_energy: float = number("eV", "hole level below vacuum")
    density_of_states: float = number("1/m3", "transport states of either carrier")
    relative_permittivity: float = number("1", "static relative permittivity")
    plqy: float = number("1", "photoluminescence quantum yield of the film outside a device")
    radiative_rate: float = number("1/s", "radiative rate in an infinite medium of the film's index")
    nonradiative_rate: float = number("1/s", "non-radiative rate of an exciton in the film, its faces not counted")
    roughness: float = number("m", "root-mean-square roughness")
    leakage_conductance: float = number("S/m2", "conductance of the spots where the film is thinner than about one dot")
    coverage_bare: float = number("1", "share of bare surface sites", default=math.nan)
    trap_density: float = number("1/m3", "deep traps for free carriers", default=0.0)
    solution_plqy: float = number("1", "photoluminescence quantum yield of the same dots in solution", default=math.nan)
    transfer_loss: float = number("1/s", "non-radiative rate added by transfer to dots with traps", default=math.nan)
    interface_loss: float = number("1/s", "non-radiative rate at the faces outside a device", default=math.nan)
    lifetime_amplitude: float = number("s", "amplitude average of the PL lifetime outside a device", default=math.nan)
    carrier_disorder: float = number("eV", "standard deviation of the level of one carrier over the dots", default=0.0)
    dot_volume: float = number("m3", "volume of the film for each dot", default=math.nan)
    trion_auger_rate: float = number("1/s", "Auger rate of an exciton on a dot with one charge", default=0.0)
    exciton_diffusivity: float = number("m2/s", "diffusion coefficient of excitons", default=0.0)
    quenching_field: float = number("V/m", "mean field that halves the radiative rate of an exciton", default=math.inf)
    notes: tuple[Note, ...] = ()


# ------------------------------------------------------------------------------------------------------- device


@state
class Layer:
    """One layer of the stack, optical and electrical; nan where it has no such property."""

    name: str
    material: str
    thickness: float = number("m", "thickness")  # inf for the substrate
    role: str = "transport"  # substrate | electrode | injection | transport | emitter
    # optics: n(lambda) = table + index_offset, or Cauchy A + B/lambda^2 + C/lambda^4
    table_wavelength: Array = array("m", "table_wavelength", default_factory=empty_array)
    table_index: Array = array("1", "table_wavelength", default_factory=empty_array)
    table_extinction: Array = array("1", "table_wavelength", default_factory=empty_array)
    index_offset: float = number("1", "added to the tabulated refractive index", default=0.0)
    cauchy_a: float = number("1", "Cauchy A of the refractive index", default=math.nan)
    cauchy_b: float = number("m2", "Cauchy B of the refractive index", default=0.0)
    cauchy_c: float = number("m4", "Cauchy C of the refractive index", default=0.0)
    # electrostatics and transport
    relative_permittivity: float = number("1", "static relative permittivity", default=math.nan)
    electron_affinity: float = number("eV", "electron level (LUMO, conduction band) below vacuum", default=math.nan)
    ionisation_energy: float = number("eV", "hole level (HOMO, valence band) below vacuum", default=math.nan)
    electron_density_of_states: float = number("1/m3", "effective density of electron states", default=math.nan)
    hole_density_of_states: float = number("1/m3", "effective density of hole states", default=math.nan)
    statistics: str = "boltzmann"  # boltzmann | fermi_dirac | gaussian, of the states of both carriers
    electron_disorder: float = number("eV", "standard deviation of a gaussian density of electron states", default=0.0)
    hole_disorder: float = number("eV", "standard deviation of a gaussian density of hole states", default=0.0)
    electron_mobility: float = number("m2/V/s", "electron mobility without field", default=math.nan)
    hole_mobility: float = number("m2/V/s", "hole mobility without field", default=math.nan)
    electron_field_activation: float = number(
        "(m/V)**0.5", "Poole-Frenkel factor g of the electron mobility, mu exp(g sqrt(field))", default=0.0
    )
    hole_field_activation: float = number("(m/V)**0.5", "Poole-Frenkel factor of the hole mobility", default=0.0)
    hopping_distance: float = number(
        "m", "hop a of a film of dots, mobility times sinh(x)/x with x = q a field/2kT; 0 for none", default=0.0
    )
    donor_density: float = number("1/m3", "ionised donors", default=0.0)
    acceptor_density: float = number("1/m3", "ionised acceptors", default=0.0)
    # recombination
    bimolecular_coefficient: float = number("m3/s", "given bimolecular coefficient", default=0.0)
    langevin_factor: float = number("1", "multiple of the Langevin coefficient q(mu_n+mu_p)/eps", default=0.0)
    electron_auger: float = number("m6/s", "Auger coefficient of two electrons and a hole", default=0.0)
    hole_auger: float = number("m6/s", "Auger coefficient of two holes and an electron", default=0.0)
    trap_density: float = number("1/m3", "density of recombination centres", default=0.0)
    trap_energy: float = number("eV", "level of the recombination centres below vacuum", default=math.nan)
    electron_capture: float = number("m3/s", "electron capture coefficient of a centre", default=0.0)
    hole_capture: float = number("m3/s", "hole capture coefficient of a centre", default=0.0)
    trap_charge: str = "neutral"  # neutral | acceptor (negative when full) | donor (positive when empty)
    generation: float = number("1/m3/s", "electron-hole pairs made by external light", default=0.0)
    quenching_rate: float = number("1/s", "rate at which this layer quenches an exciton that touches it", default=0.0)
    # mobile ions, at rest among themselves at every voltage
    cation_density: float = number("1/m3", "mean density of mobile positive ions", default=0.0)
    anion_density: float = number("1/m3", "mean density of mobile negative ions", default=0.0)
    ion_sites: float = number("1/m3", "density of places that mobile ions of one sign can fill", default=1e28)
    ion_permeable: bool = False  # ions of a neighbouring layer move through this one too
    # the interface to the next layer above
    interface_velocity: float = number(
        "m/s",
        "velocity of carriers that meet the step to the next layer; left out, that of the pair: 1e4 where one hops, "
        "2.7e4 where both are free",
        default=math.nan,
    )
    interface_electron_velocity: float = number("m/s", "the same for electrons alone", default=math.nan)
    interface_hole_velocity: float = number("m/s", "the same for holes alone", default=math.nan)
    interface_dipole: float = number("V", "rise of the potential across the interface, upwards", default=0.0)
    tunnelling_mass: float = number(
        "1", "electron masses of a carrier that tunnels through the interface's barrier; 0 for none", default=0.0
    )
    interface_trap_density: float = number("1/m2", "recombination centres at the interface", default=0.0)
    interface_trap_energy: float = number("eV", "level of the interface's centres below vacuum", default=math.nan)
    interface_electron_capture: float = number("m3/s", "electron capture coefficient of such a centre", default=0.0)
    interface_hole_capture: float = number("m3/s", "hole capture coefficient of such a centre", default=0.0)
    interface_trap_charge: str = "neutral"  # neutral | acceptor | donor
    # electrodes and injection layers
    work_function: float = number("eV", "work function as a contact", default=math.nan)
    contact_electron_velocity: float = number(
        "m/s", "velocity of electrons into this contact; inf holds them in equilibrium with it", default=math.inf
    )
    contact_hole_velocity: float = number("m/s", "velocity of holes into this contact", default=math.inf)
    barrier_lowering: bool = False  # the image force lowers the barrier of this contact; needs finite velocities


@state
class Emitter:
    """How the excitons of the emitting layer decay in an infinite medium of the layer's own index."""

    wavelength: Array = array("m", "wavelength")
    spectrum: Array = array("1", "wavelength")  # photons per unit wavelength, any scale
    radiative_rate: float = number("1/s", "radiative rate")
    nonradiative_rate: float = number("1/s", "non-radiative rate")
    horizontal_fraction: float = number("1", "share of dipole moment in the plane, 2/3 is isotropic", default=2.0 / 3.0)
    quenching_range: float = number(
        "m", "decay length of exciton quenching by a layer with a quenching_rate", default=1e-9
    )
    exciton_diffusivity: float = number("m2/s", "diffusion coefficient of excitons", default=0.0)
    dot_volume: float = number("m3", "volume of the film for each dot", default=math.nan)
    trion_auger_rate: float = number("1/s", "Auger rate of an exciton on a dot with one charge (trion)", default=0.0)
    quenching_field: float = number("V/m", "field that halves the radiative rate of an exciton", default=math.inf)


@state
class Stack:
    """A device from the substrate up; light leaves through layers[0] or the top, current through two contacts."""

    layers: tuple[Layer, ...]
    emitter: Emitter | None = None
    area: float = number("m2", "active area", default=4e-6)
    temperature: float = number("K", "device temperature", default=300.0)
    series_resistance: float = number("ohm*m2", "series resistance times area", default=0.0)
    shunt_conductance: float = number("S/m2", "conductance parallel to the device", default=0.0)
    thermal_resistance: float = number("K*m2/W", "of the way of heat to the surroundings; 0: no heating", default=0.0)
    ions: str = "free"  # free | frozen (as at rest in the dark)
    emission_side: str = "bottom"  # bottom | top, the side whose light counts: through the substrate or the last film
    outcoupling: str = "planar"  # planar | half_sphere (index-matched glass on the substrate: all of its light is out)
    anode_first: bool = True  # the anode is below the emitter


@state
class Optics:
    """Where the power of a dipole goes, by wavelength and position in the emitting layer.

    Every power is in units of what the same dipole would radiate in an infinite medium of the emitter's real index,
    averaged over the dipoles' orientations. air + substrate + guided + back + sum(absorbed) = power, each from its
    own integral. What the emitter itself absorbs stands in its rows of ``absorbed`` and ``guided_absorbed``.
    """

    wavelength: Array = array("m", "wavelength")
    position: Array = array("m", "position")  # height above the lower interface of the emitting layer
    layer_names: tuple[str, ...]
    power: Array = array("1", "wavelength", "position")  # (wavelength, position), the Purcell factor
    air: Array = array("1", "wavelength", "position", part_of="power")  # out through the side that is viewed
    substrate: Array = array("1", "wavelength", "position", part_of="power")  # trapped in the substrate
    guided: Array = array(
        "1", "wavelength", "position", part_of="power"
    )  # in-plane wave number above the substrate's: guides and plasmon
    back: Array = array("1", "wavelength", "position", part_of="power")  # out through the side that is not viewed
    absorbed: Array = array(
        "1", "layer", "wavelength", "position", part_of="power"
    )  # (layer, wavelength, position), below the substrate's wave number
    guided_absorbed: Array = array(
        "1", "layer", "wavelength", "position", part_of="guided"
    )  # (layer, wavelength, position), how guided splits
    radiance_angle: Array = array("rad", "angle")  # polar angle in air
    radiance: Array = array(
        "1/sr", "wavelength", "position", "angle"
    )  # (wavelength, position, angle), integrates to air
    outcoupling: Array = array("1", "position")  # (position,), emission-weighted air / power
    purcell: Array = array("1", "position")  # (position,), emission-weighted power
    balance_error: float = number("1", "largest relative difference between power and the sum of its channels")
    notes: tuple[Note, ...] = ()


@state
class SolveRecord:
    """What one bias point took."""

    voltage: float
    converged: bool
    iterations: int
    residual: float
    message: str = ""


@state
class DeviceSolution:
    """The steady state of the device at every voltage; nan where a point did not converge."""

    voltage: Array = array("V", "voltage")
    current_density: Array = array("A/m2", "voltage")
    converged: BoolArray = array("1", "voltage")
    # charge budget, all in A/m2; they add up to current_density, each from its own integral
    exciton_formation_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # bimolecular capture to excitons in the emitter
    emitter_trap_current: Array = array("A/m2", "voltage", part_of="current_density")
    auger_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # Auger recombination of free carriers, all layers
    interface_recombination_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # recombination at interfaces
    outside_emitter_current: Array = array(
        "A/m2", "voltage", part_of="current_density"
    )  # bimolecular and trap recombination in all other layers
    electron_leakage: Array = array("A/m2", "voltage", part_of="current_density")  # electrons that reach the anode
    hole_leakage: Array = array("A/m2", "voltage", part_of="current_density")  # holes that reach the cathode
    shunt_current: Array = array("A/m2", "voltage", part_of="current_density")
    charge_balance: Array = array("1", "voltage")  # exciton_formation_current / current_density
    # fate of the excitons, in A/m2 of the charges that made them; they add up to exciton_formation_current
    radiative_current: Array = array("A/m2", "voltage", part_of="exciton_formation_current")
    nonradiative_current: Array = array(
        "A/m2", "voltage", part_of="exciton_formation_current"
    )  # losses that the film has outside a device too
    quenching_current: Array = array("A/m2", "voltage", part_of="exciton_formation_current")  # by neighbouring layers
    trion_auger_current: Array = array(
        "A/m2", "voltage", part_of="exciton_formation_current"
    )  # Auger decay beside a charge
    # emission zone: events per area and time around each of Optics.position
    exciton_generation: Array = array("1/m2/s", "voltage", "exciton_position")
    radiative_decay: Array = array("1/m2/s", "voltage", "exciton_position")  # where excitons went by diffusion
    exciton_position: Array = array("m", "exciton_position")  # height above the lower interface of the emitter
    # profiles on the solver's grid
    position: Array = array("m", "node")
    layer_of_node: IntArray = array("1", "node")
    potential: Array = array("V", "voltage", "node")
    electron_density: Array = array("1/m3", "voltage", "node")
    hole_density: Array = array("1/m3", "voltage", "node")
    electron_quasi_fermi_level: Array = array("eV", "voltage", "node")  # quasi-Fermi level below vacuum at the cathode
    hole_quasi_fermi_level: Array = array("eV", "voltage", "node")
    recombination: Array = array("1/m3/s", "voltage", "node")
    cation_density: Array = array("1/m3", "voltage", "node")
    anion_density: Array = array("1/m3", "voltage", "node")
    temperature: Array = array("K", "voltage")
    history: tuple[SolveRecord, ...] = ()
    notes: tuple[Note, ...] = ()
    nodes_per_layer: int = 0  # of the grid that the states are on
    # what the grid leaves of error, relative; nan where it is not known, empty where it was not asked
    current_density_error: Array = array("1", "voltage", default_factory=empty_array)
    radiative_current_error: Array = array("1", "voltage", default_factory=empty_array)


# ---------------------------------------------------------------------------------------------- light and ageing


@state
class Emission:
    """The light that leaves the device at every voltage."""

    voltage: Array = array("V", "voltage")
    current_density: Array = array("A/m2", "voltage")
    wavelength: Array = array("m", "wavelength")
    el: Array = array(
        "1/m2/s/m", "voltage", "wavelength"
    )  # (voltage, wavelength), photons into air per unit wavelength
    luminance: Array = array("cd/m2", "voltage")  # normal to the surface
    eqe: Array = array("1", "voltage")  # photons into air per electron
    eqe_lambertian: Array = array("1", "voltage")  # what forward luminance alone would suggest
    outcoupling: Array = array("1", "voltage")  # photons into air per radiative decay
    exciton_yield: Array = array("1", "voltage")  # radiative decays per exciton
    cie_x: Array = array("1", "voltage")
    cie_y: Array = array("1", "voltage")
    el_peak: Array = array("m", "voltage")
    el_fwhm: Array = array("m", "voltage")
    current_efficiency: Array = array("cd/A", "voltage")
    luminous_efficacy: Array = array("lm/W", "voltage")  # of the electrical power
    # photon budget per exciton, (voltage,) or (layer, voltage); they add up to 1
    layer_names: tuple[str, ...]
    air: Array = array("1", "voltage", part_of="exciton")
    substrate: Array = array("1", "voltage", part_of="exciton")
    guided: Array = array("1", "voltage", part_of="exciton")
    back: Array = array("1", "voltage", part_of="exciton")
    absorbed: Array = array("1", "layer", "voltage", part_of="exciton")
    nonradiative: Array = array("1", "voltage", part_of="exciton")
    balance_error: float = number("1", "largest difference of the photon budget from 1")
    # more of the forward light's colour
    cie_u: Array = array("1", "voltage", default_factory=empty_array)  # CIE 1976 u'
    cie_v: Array = array("1", "voltage", default_factory=empty_array)  # CIE 1976 v'
    dominant_wavelength: Array = array("m", "voltage", default_factory=empty_array)
    rec_2020: Array = array("1", "voltage", default_factory=empty_array)  # share of the gamut that this red leaves
    # far field in air; the first angle is along the normal
    lambertian_factor: Array = array("1", "voltage", default_factory=empty_array)  # pi luminance / luminous exitance
    radiance_angle: Array = array("rad", "angle", default_factory=empty_array)
    angular_luminance: Array = array("cd/m2", "voltage", "angle", default_factory=empty_array)
    angular_u: Array = array("1", "voltage", "angle", default_factory=empty_array)  # CIE 1976 u'
    angular_v: Array = array("1", "voltage", "angle", default_factory=empty_array)  # CIE 1976 v'
    # what wavelengths and positions leave of error, relative; nan where it is not known
    luminance_error: Array = array("1", "voltage", default_factory=empty_array)
    notes: tuple[Note, ...] = ()


@state
class Ageing:
    """How the luminance falls at constant current."""

    luminance: float = number("cd/m2", "initial luminance")
    current_density: float = number("A/m2", "current density that gives it")
    half_life: float = number("s", "time to half of the initial luminance")
    time: Array = array("s", "time")
    relative_luminance: Array = array("1", "time")
    extrapolated: bool = False  # outside the range of the data that calibrated the model
    time_to_90_percent: float = number("s", "time to 90 % of the initial luminance", default=math.nan)
    notes: tuple[Note, ...] = ()


# -------------------------------------------------------------------------------------------------- measurements


@state
class Dataset:
    """What one instrument records of one sample, whether it was measured or simulated."""

    name: str  # uv_vis | pl | plqy | trpl | tem | xrd | ftir | tga | sclc | afm | lifetime | jv | lv
    x: Array = array("", "point")
    y: Array = array("", "point")  # (point,), or (line, point) for a map of which x are the places along a line
    x_unit: str = "1"  # SI
    y_unit: str = "1"  # SI
    x_label: str = ""
    y_label: str = ""
    sd: Array = array("", "point", default_factory=empty_array)  # standard deviation of y; empty where it is not known
    meta: Mapping[str, float | str] = field(default_factory=dict)  # settings in SI, and where the data come from


def emitter_index(stack: Stack) -> int | None:
    """Return the index of the emitting layer of a stack, None without one."""
    return next((index for index, layer in enumerate(stack.layers) if layer.role == "emitter"), None)


def parts_of(record: type, whole: str) -> tuple[str, ...]:
    """Return the fields of a state that add up to a whole, such as "current_density" of :class:`DeviceSolution`.

    The parts of an :class:`Emission` add up to 1 for each "exciton".
    """
    return tuple(item.name for item in fields(record) if item.metadata.get("part_of") == whole)


def sum_of_parts(instance: Any, whole: str) -> Array:
    """Return the sum of the parts of a whole, those of single layers added up over the layers."""
    total: Array = np.zeros(())
    for item in fields(instance):
        if item.metadata.get("part_of") == whole:
            part = getattr(instance, item.name)
            total = total + (part.sum(axis=0) if item.metadata["dimensions"][0] == "layer" else part)
    return total


def replaced(instance: T, **changes: Any) -> T:
    """Return a copy of a state with some fields changed."""
    make: Callable[..., T] = type(instance)
    values = {item.name: getattr(instance, item.name) for item in fields(instance)}  # type: ignore[arg-type]
    return make(**(values | changes))
