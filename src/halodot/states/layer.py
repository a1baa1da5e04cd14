"""One layer of a stack and its parts: optics, transport, recombination, traps, mobile ions.

A property of a layer lies in one of the layer's parts, and a study names it under the layer alone: ``hole_mobility`` of
PTAA, wherever it lies. :func:`property_of` and :func:`with_properties` take such names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any

from halodot.arrays import Array
from halodot.states.declare import array, choice, empty_array, flag, number, replaced, state

#: Charge of recombination centres.
TRAP_CHARGES = ("neutral", "acceptor", "donor")
#: How mobilities follow field, density and temperature.
MOBILITY_LAWS = ("poole_frenkel", "constant", "extended_gaussian_disorder")


@state
class LayerOptics:
    """The refractive index of a layer: a table, with an offset, or Cauchy's A + B/lambda^2 + C/lambda^4."""

    table_wavelength: Array = array("m", "table_wavelength", default_factory=empty_array)
    table_index: Array = array("1", "table_wavelength", default_factory=empty_array)
    table_extinction: Array = array("1", "table_wavelength", default_factory=empty_array)
    index_offset: float = number(
        "1",
        "added to the tabulated refractive index",
        default=0.0,
        symbol="dn",
        valid="any",
        acts="optics",
        typical=1.0,
    )
    cauchy_a: float = number(
        "1", "Cauchy A of the refractive index", default=math.nan, symbol="A", valid="positive", acts="optics"
    )
    cauchy_b: float = number(
        "m2",
        "Cauchy B of the refractive index",
        default=0.0,
        symbol="B",
        valid="any",
        shown="um2",
        acts="optics",
        typical=1e-14,
    )
    cauchy_c: float = number(
        "m4",
        "Cauchy C of the refractive index",
        default=0.0,
        symbol="C",
        valid="any",
        shown="um4",
        acts="optics",
        typical=1e-27,
    )


@state
class Transport:
    """How a layer holds and moves charges; nan where it does not."""

    relative_permittivity: float = number(
        "1", "static relative permittivity", default=math.nan, symbol="eps_r", valid="permittivity", acts="bulk"
    )
    electron_affinity: float = number(
        "eV",
        "LUMO or conduction band below vacuum",
        default=math.nan,
        symbol="E_C",
        valid="level",
        acts="bulk",
    )
    ionisation_energy: float = number(
        "eV",
        "HOMO or valence band below vacuum",
        default=math.nan,
        symbol="E_V",
        valid="level",
        acts="bulk",
    )
    electron_density_of_states: float = number(
        "1/m3",
        "effective density of electron states",
        default=math.nan,
        symbol="N_C",
        valid="positive",
        shown="1/cm3",
        acts="bulk",
    )
    hole_density_of_states: float = number(
        "1/m3",
        "effective density of hole states",
        default=math.nan,
        symbol="N_V",
        valid="positive",
        shown="1/cm3",
        acts="bulk",
    )
    statistics: str = choice(
        *("boltzmann", "fermi_dirac", "gaussian", "dot_levels"),
        default="boltzmann",
        about="`boltzmann`, `fermi_dirac` (parabolic bands), `gaussian` (disorder) or `dot_levels` (disorder, and dots "
        "with a second level), for both carriers",
    )
    electron_disorder: float = number(
        "eV",
        "standard deviation of a gaussian density of electron states, or of the levels of dots",
        default=0.0,
        symbol="sigma_n",
        shown="meV",
        acts="statistics",
    )
    hole_disorder: float = number(
        "eV",
        "standard deviation of a gaussian density of hole states, or of the levels of dots",
        default=0.0,
        symbol="sigma_p",
        shown="meV",
        acts="statistics",
    )
    electron_level_spacing: float = number(
        "eV",
        "second electron level of a dot (1P) above the first (1S), whose two states a dot are the density of states; "
        "with `dot_levels`",
        default=0.0,
        symbol="Delta_n",
        shown="meV",
        acts="statistics",
    )
    hole_level_spacing: float = number(
        "eV",
        "second hole level of a dot below the first; with `dot_levels`",
        default=0.0,
        symbol="Delta_p",
        shown="meV",
        acts="statistics",
    )
    second_level_states: float = number(
        "1",
        "states of the second level on a dot; with `dot_levels`",
        default=6.0,
        symbol="g_2",
        acts="statistics",
    )
    level_charging_energy: float = number(
        "eV",
        "energy that each carrier on a dot adds to the next one of its kind, where levels fill; with `dot_levels`",
        default=0.0,
        symbol="U",
        shown="meV",
        acts="statistics",
    )
    electron_mobility: float = number(
        "m2/V/s",
        "electron mobility without field at `mobility_temperature`, at vanishing density with the law of disorder",
        default=math.nan,
        symbol="mu_n",
        valid="positive",
        shown="cm2/Vs",
        acts="bulk",
    )
    hole_mobility: float = number(
        "m2/V/s",
        "hole mobility without field, likewise",
        default=math.nan,
        symbol="mu_p",
        valid="positive",
        shown="cm2/Vs",
        acts="bulk",
    )
    mobility_temperature: float = number(
        "K",
        "temperature at which the mobilities and their field factors are stated",
        default=300.0,
        symbol="T_0",
        valid="temperature",
        acts="bulk",
    )
    mobility_law: str = choice(
        *MOBILITY_LAWS,
        default="poole_frenkel",
        about="`poole_frenkel`: mu exp(g sqrt(field)), constant without g; `constant`: no field acts;"
        " `extended_gaussian_disorder`: density, field and temperature by the width of the gaussian states",
    )
    electron_activation_energy: float = number(
        "eV",
        "activation energy of the electron mobility, mu exp[-E (1/kT - 1/kT_0)]; 0 for one that stays as stated",
        default=0.0,
        symbol="Delta_n",
        acts="bulk",
        typical=0.1,
    )
    hole_activation_energy: float = number(
        "eV",
        "activation energy of the hole mobility",
        default=0.0,
        symbol="Delta_p",
        acts="bulk",
        typical=0.1,
    )
    site_spacing: float = number(
        "m",
        "distance a of the sites in `extended_gaussian_disorder`; 0 for the cube root of 1/density of states",
        default=0.0,
        symbol="a_s",
        shown="nm",
        acts="bulk",
    )
    electron_field_activation: float = number(
        "(m/V)**0.5",
        "Poole-Frenkel factor g of the electron mobility, mu exp(g sqrt(field))",
        default=0.0,
        symbol="g_n",
        shown="(cm/V)^0.5",
        acts="bulk",
        typical=1e-4,
    )
    hole_field_activation: float = number(
        "(m/V)**0.5",
        "Poole-Frenkel factor of the hole mobility",
        default=0.0,
        symbol="g_p",
        shown="(cm/V)^0.5",
        acts="bulk",
        typical=1e-4,
    )
    gill_temperature: float = number(
        "K",
        "temperature T_G at which the Poole-Frenkel factors end, g ~ 1/T - 1/T_G; 0 for factors that stay as stated",
        default=0.0,
        symbol="T_G",
        acts="bulk",
    )
    hopping_distance: float = number(
        "m",
        "hop a of a film of dots, mobility times sinh(x)/x with x = q a field/2kT; 0 for none",
        default=0.0,
        symbol="a",
        shown="nm",
        acts="bulk",
    )
    donor_density: float = number(
        "1/m3", "ionised donors", default=0.0, symbol="N_D", shown="1/cm3", acts="bulk", typical=1e21
    )
    acceptor_density: float = number(
        "1/m3", "ionised acceptors", default=0.0, symbol="N_A", shown="1/cm3", acts="bulk", typical=1e21
    )


@state
class Recombination:
    """How free carriers of a layer recombine without traps, how light makes them, and whom the layer quenches."""

    bimolecular_coefficient: float = number(
        "m3/s",
        "coefficient k of bimolecular recombination, k (np - ni²)",
        default=0.0,
        symbol="k",
        shown="cm3/s",
        acts="bulk",
        typical=1e-17,
    )
    langevin_factor: float = number(
        "1",
        "adds this multiple of q (mu_n + mu_p)/eps to k, with the mobilities at the local field. An "
        "emitting layer that states neither this nor `bimolecular_coefficient` has 1",
        default=0.0,
        symbol="gamma_L",
        acts="bulk",
        typical=1.0,
    )
    electron_auger: float = number(
        "m6/s",
        "Auger coefficient of two electrons and a hole, in C n (np - ni²)",
        default=0.0,
        symbol="C_n",
        shown="cm6/s",
        acts="bulk",
        typical=1e-42,
    )
    hole_auger: float = number(
        "m6/s",
        "Auger coefficient of two holes and an electron",
        default=0.0,
        symbol="C_p",
        shown="cm6/s",
        acts="bulk",
        typical=1e-42,
    )
    auger_saturation_density: float = number(
        "1/m3",
        "carrier density that halves the Auger coefficients, by phase-space filling; 0 for no saturation",
        default=0.0,
        symbol="N_s",
        shown="1/cm3",
        acts="bulk",
        typical=1e25,
    )
    generation: float = number(
        "1/m3/s",
        "electron-hole pairs made by external light",
        default=0.0,
        symbol="G",
        shown="1/cm3/s",
        acts="bulk",
        typical=1e24,
    )
    quenching_rate: float = number(
        "1/s",
        "rate at which this layer quenches an exciton that touches it",
        default=0.0,
        symbol="k_q",
        shown="1/ns",
        acts="neighbour",
        typical=1e8,
    )


@state
class Traps:
    """Recombination centres of one level in a layer."""

    trap_density: float = number(
        "1/m3",
        "recombination centres; they need a level and a capture coefficient",
        default=0.0,
        symbol="N_t",
        shown="1/cm3",
        needs=("trap_energy", "electron_capture|hole_capture"),
        acts="bulk",
    )
    trap_energy: float = number(
        "eV",
        "level of the recombination centres below vacuum",
        default=math.nan,
        symbol="E_t",
        valid="level",
        acts="bulk",
    )
    electron_capture: float = number(
        "m3/s",
        "electron capture coefficient of an empty centre",
        default=0.0,
        symbol="c_n",
        shown="cm3/s",
        acts="bulk",
    )
    hole_capture: float = number(
        "m3/s", "hole capture coefficient of a full centre", default=0.0, symbol="c_p", shown="cm3/s", acts="bulk"
    )
    trap_charge: str = choice(
        *TRAP_CHARGES,
        default="neutral",
        about="`acceptor`: negative when full; `donor`: positive when empty; `neutral`: never charged",
    )


@state
class Ions:
    """Mobile ions of a layer, at rest among themselves at every voltage."""

    cation_density: float = number(
        "1/m3", "mean density of mobile positive ions", default=0.0, symbol="c+", shown="1/cm3", acts="ions"
    )
    anion_density: float = number(
        "1/m3", "mean density of mobile negative ions", default=0.0, symbol="c-", shown="1/cm3", acts="ions"
    )
    ion_sites: float = number(
        "1/m3",
        "density of places that ions of one sign can fill; more ions than these are refused",
        default=1e28,
        symbol="N_ion",
        valid="positive",
        shown="1/cm3",
        acts="ions",
    )
    ion_permeable: bool = flag(default=False, about="ions of a neighbouring layer move through this one too")


@state
class Layer:
    """One layer of a stack; a part holds nothing where the layer has no such properties."""

    name: str
    material: str
    thickness: float = number("m", "thickness", symbol="d", valid="positive", shown="nm", acts="device")
    role: str = choice(
        *("substrate", "electrode", "injection", "transport", "emitter"),
        default="transport",
        about="what the layer does; `emitter` for the layer that shines, whose excitons are counted",
    )
    optics: LayerOptics = field(default_factory=LayerOptics)
    transport: Transport = field(default_factory=Transport)
    recombination: Recombination = field(default_factory=Recombination)
    traps: Traps = field(default_factory=Traps)
    ions: Ions = field(default_factory=Ions)


#: Parts of a layer, by their field.
PARTS: Mapping[str, type] = {
    "optics": LayerOptics,
    "transport": Transport,
    "recombination": Recombination,
    "traps": Traps,
    "ions": Ions,
}
#: Part that holds a property of a layer, by the property's name.
PART_OF: Mapping[str, str] = {item.name: part for part, record in PARTS.items() for item in fields(record)}


def make_layer(name: str, material: str, thickness: float, role: str = "transport", **properties: Any) -> Layer:
    """Return a layer from properties by their names, whichever part they lie in.

    Args:
        name: of the layer.
        material: of the layer.
        thickness: [m].
        role: substrate | electrode | injection | transport | emitter.
        properties: value in SI by name; the others are as their parts declare them.
    """
    return with_properties(Layer(name, material, thickness, role), **properties)


def property_of(layer: Layer, name: str) -> Any:
    """Return a property of a layer by its name, whichever part it lies in [SI]."""
    return getattr(getattr(layer, PART_OF[name]), name) if name in PART_OF else getattr(layer, name)


def with_properties(layer: Layer, **properties: Any) -> Layer:
    """Return a layer with some properties changed, whichever part they lie in [SI]."""
    changes: dict[str, Any] = {name: value for name, value in properties.items() if name not in PART_OF}
    for part in PARTS:
        own = {name: value for name, value in properties.items() if PART_OF.get(name) == part}
        if own:
            changes[part] = replaced(getattr(layer, part), **own)
    return replaced(layer, **changes) if changes else layer
