"""Fills the frozen records of ``states`` from text, field by field, with the unit that each field declares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from halodot.states import STATED, Layer
from halodot.study.nodes import Node
from halodot.study.reader import Reader

#: what numbers of this name may be; all others are not negative
_SIGNED = ("index_offset", "cauchy_b", "cauchy_c", "interface_dipole")
_POSITIVE = (
    *("thickness", "area", "molar_mass", "density", "cauchy_a", "edge_length", "electron_mobility", "hole_mobility"),
    *(
        "electron_density_of_states",
        "hole_density_of_states",
        "interface_velocity",
        "mobility",
        "density_of_states",
        "peak",
        "fwhm",
    ),
    *("radiative_lifetime", "radiative_rate", "quenching_range", "lifetime", "luminance", "pl_peak", "pl_fwhm"),
    *("first_exciton", "ligand_length", "boiling_point", "contact_electron_velocity", "contact_hole_velocity"),
    *("ion_sites", "quenching_field", "dot_volume", "tolerance"),
)
_FRACTIONS = (
    *(
        "purity",
        "water_fraction",
        "plqy",
        "horizontal_fraction",
        "core_fraction",
        "coverage_native",
        "pl_retained_in_air",
    ),
    *("coverage_short", "coverage_bare", "weight_loss", "humidity", "material_retained", "stripped_fraction"),
)
_RULES: dict[str, str] = {
    **dict.fromkeys(_SIGNED, "any"),
    **dict.fromkeys(_POSITIVE, "positive"),
    **dict.fromkeys(_FRACTIONS, "fraction"),
    "temperature": "temperature",
    "relative_permittivity": "permittivity",
    **dict.fromkeys(("electron_affinity", "ionisation_energy", "work_function", "trap_energy"), "level"),
    "interface_trap_energy": "level",
}
_INFINITE = ("inf", ".inf", "infinite", "infinity", "inf m/s", "inf V/m")
_TRAP_CHARGES = ("neutral", "acceptor", "donor")
#: layers that are a contact and nothing else: a work function without a thickness
CONTACTS = ("anode", "cathode")
#: texts that are one of a few words
CHOICES: Mapping[str, tuple[str, ...]] = {
    "statistics": ("boltzmann", "fermi_dirac", "gaussian"),
    "trap_charge": _TRAP_CHARGES,
    "interface_trap_charge": _TRAP_CHARGES,
    "ions": ("free", "frozen"),
    "emission_side": ("bottom", "top"),
    "outcoupling": ("planar", "half_sphere"),
}


#: parameters of the models that may be negative, and those that the models divide by
_SIGNED_PARAMETERS = ("size_offset", "red_shift", "air_humidity_coefficient", "surface_energy_difference")
_DIVISORS = (
    *("cooling_time", "heat_capacity", "pair_constant", "site_density", "native_binding", "formula_volume"),
    *("nucleation_yield", "nucleus_length", "band_gap", "reduced_mass", "homogeneous_width", "radiative_rate"),
    *("transition_temperature", "core_density", "formula_mass", "sites_per_exchanged", "core_index"),
    *("reference_edge_length", "oscillator_energy", "visited_dots", "packing", "nominal_thickness"),
    *("stretching_exponent", "states_per_dot", "reference_mobility", "biexciton_lifetime"),
)


def parameter_rule(name: str) -> str:
    """Return what a parameter of a stage's model may be, a rule of the reader."""
    if name in _SIGNED_PARAMETERS:
        return "any"
    if name == "temperature" or name.endswith("_temperature"):
        return "temperature"
    if name.endswith("permittivity"):
        return "permittivity"
    return "positive" if name in _DIVISORS else "nonnegative"


def rule_of(name: str) -> str:
    """Return what a number of this name may be, a rule of the reader."""
    return _RULES.get(name, "nonnegative")


def fields_of(record: type) -> dict[str, Field[Any]]:
    """Return the fields of a record by the words that a study has for them.

    Of a layer they are all that a study states under it: of its parts, of the interface above and of a contact.
    """
    if record is Layer:
        return {word: item for word, (_, item) in STATED.items()}
    return {item.name: item for item in fields(record)}


def numbers_of(record: type) -> dict[str, str]:
    """Return the number fields of a record with their SI units."""
    return {word: item.metadata["unit"] for word, item in fields_of(record).items() if is_number(item)}


def texts_of(record: type) -> tuple[str, ...]:
    """Return the text fields of a record."""
    return tuple(word for word, item in fields_of(record).items() if item.type in ("str", str))


def flags_of(record: type) -> tuple[str, ...]:
    """Return the yes-or-no fields of a record."""
    return tuple(word for word, item in fields_of(record).items() if item.type in ("bool", bool))


def is_number(item: Field[Any]) -> bool:
    """Whether a field holds one number with a unit."""
    return "unit" in item.metadata and item.type in ("float", float)


def read_fields(
    reader: Reader, record: type, items: Mapping[str, Node], path: str, rule: str = ""
) -> dict[str, float | str | bool]:
    """Read those fields of a record that ``items`` states.

    Args:
        reader: collects numbers, as ``path.field``, and problems.
        record: a dataclass whose numbers are declared with ``states.number``.
        items: text by field; other keys are left alone.
        path: of the record.
        rule: what every number may be; by its name when empty.

    Returns:
        Value by field; wrong ones are absent.
    """
    found: dict[str, float | str | bool] = {}
    for word, item in fields_of(record).items():
        if word not in items:
            continue
        node, place = items[word], f"{path}.{word}"
        if is_number(item) and item.default == math.inf and node.value in _INFINITE:
            reader.complain(node.place, f"leave {word} out: there is no limit where none is stated", place)
        elif is_number(item):
            value = reader.number(node, place, item.metadata["unit"], rule or rule_of(word))
            if value is not None:
                found[word] = value
        elif word in CHOICES:
            if chosen := reader.choice(node, place, CHOICES[word]):
                found[word] = chosen
        elif item.type in ("str", str):
            found[word] = reader.text(node, place)
        elif item.type in ("bool", bool):
            found[word] = reader.flag(node, place)
    return found


def missing_fields(record: type, stated: Iterable[str]) -> tuple[str, ...]:
    """Return the fields of a record that have no default and were not stated; a layer need not be a contact."""
    known = {*stated, *(word for word, (place, _) in STATED.items() if record is Layer and place == "contact")}
    return tuple(
        word
        for word, item in fields_of(record).items()
        if word not in known and item.default is MISSING and item.default_factory is MISSING
    )
