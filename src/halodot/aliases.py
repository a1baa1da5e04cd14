"""Names that changed: one table of old to new names of study keys, input paths, JSON names and result files.

What is written with an old name stays readable for one release and says which name is meant. Python names are not here:
they change with the code that uses them. A name is entered by its kind, see :data:`RENAMED`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, TypeVar

import halodot

T = TypeVar("T")
#: Records of result files: old class -> class.
RECORDS: Mapping[str, str] = {"Operation": "DeviceSolution"}
#: Fields of records, in result files and where a study states or a path names them: "class.old field" -> field. The
#: class is called as it is now.
FIELDS: Mapping[str, str] = {
    "DeviceSolution.elsewhere_current": "outside_emitter_current",
    "DeviceSolution.capture_current": "exciton_formation_current",
    "DeviceSolution.charged_dot_current": "trion_auger_current",
    "DeviceSolution.interface_current": "interface_recombination_current",
    "DeviceSolution.electron_fermi": "electron_quasi_fermi_level",
    "DeviceSolution.hole_fermi": "hole_quasi_fermi_level",
    "Result.operation": "device_solution",
    "SummaryValue.stands_on": "depends_on",
    "Layer.electron_states": "electron_density_of_states",
    "Layer.hole_states": "hole_density_of_states",
    "Layer.ions_enter": "ion_permeable",
    "Stack.viewed": "emission_side",
    "Flask.stripped": "stripped_fraction",
    "Flask.material_kept": "material_retained",
    "Flask.exchange_length": "short_ligand_length",
    "Flask.exchange_mass": "short_ligand_mass",
    "Flask.native_length": "native_ligand_length",
    "Flask.native_mass": "native_ligand_mass",
    "Dispersion.coverage_exchanged": "coverage_short",
    "Dots.air_pl": "pl_in_air",
    "Dots.air_kept": "pl_retained_in_air",
    "Dots.coverage_exchanged": "coverage_short",
    "Dots.native_length": "native_ligand_length",
    "Dots.exchange_length": "short_ligand_length",
    "Dots.charged_lifetime": "trion_auger_lifetime",
    "Film.charged_rate": "trion_auger_rate",
    "Emitter.charged_rate": "trion_auger_rate",
    "EmitterNumbers.charged_rate": "trion_auger_rate",
    "DotsParameters.charged_share": "trion_auger_ratio",
}
#: Keys of a study that are no field of a record: old key -> key.
KEYS: Mapping[str, str] = {"viewed": "emission_side"}
#: Names in results.json, and of its summary: old name -> name.
JSON: Mapping[str, str] = {
    "stands_on": "depends_on",
    "stripped": "stripped_fraction",
    "material_kept": "material_retained",
    "exchanged": "short",
    "coverage_exchanged": "coverage_short",
    "air_kept": "pl_retained_in_air",
    "capture_current": "exciton_formation_current",
    "interface_current": "interface_recombination_current",
    "elsewhere_current": "outside_emitter_current",
    "charged_dot_current": "trion_auger_current",
}
#: Paths of inputs, as a pattern of the whole path and what takes its place.
INPUTS: Mapping[str, str] = {
    r"stack\.([^.\[\]]+)": r"device.\1",
    r"stack\.(.+)\.([^.]+)": r"device.layers.\1.\2",
    r"emitter\.([^.]+)": r"device.emitter.\1",
    r"(device\.layers[.\[].+)\.(electron|hole)_states": r"\1.\2_density_of_states",
    r"(device\.emitter|film|given\.film)\.charged_rate": r"\1.trion_auger_rate",
    r"dots\.charged_share": r"dots.trion_auger_ratio",
    r"dots\.(band_gap|reduced_mass|permittivity|stokes_shift|formula_mass)": r"perovskite.iodide_\1",
    r"dots\.core_density": r"perovskite.iodide_density",
    r"flask\.formula_volume": r"perovskite.iodide_formula_volume",
    r"film\.(core_index|oscillator_energy|core_absorption|core_permittivity|ionisation_energy)": (
        r"perovskite.iodide_\1"
    ),
    r"(given\.)?dots\.air_kept": r"\1dots.pl_retained_in_air",
    r"(given\.)?dots\.charged_lifetime": r"\1dots.trion_auger_lifetime",
}
#: words whose names are remembered: a study has some hundred paths, and is read at every step of a slider
_REMEMBERED = 4096
#: All of them, by the kind of word.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "record": RECORDS,
    "field": FIELDS,
    "key": KEYS,
    "json": JSON,
    "input": INPUTS,
}
#: Methods that became functions of :mod:`halodot`: "class.method" -> function, whose first argument is the instance.
METHODS: Mapping[str, str] = {
    **{f"Result.{name}": name for name in ("sensitivity", "save", "to_json", "to_csv")},
    "BestThickness.plot": "plot",
}


@lru_cache(maxsize=_REMEMBERED)
def renamed(kind: str, word: str) -> str:
    """Return the name that replaced an old one, empty where the word is none of the old names.

    Args:
        kind: of the word: "record" | "field" | "key" | "json" | "input".
        word: the name; of a field ``class.field``, of an input its whole path.
    """
    if kind != "input":
        return RENAMED[kind].get(word, "")
    path = word
    while step := next(filter(None, (_replaced(path, *pair) for pair in INPUTS.items())), ""):
        path = step
    return "" if path == word else path


def _replaced(path: str, pattern: str, replacement: str) -> str:
    found = re.fullmatch(pattern, path)
    return found.expand(replacement) if found else ""


def current(kind: str, word: str, where: str = "") -> str:
    """Return the present name of what a word names, with a DeprecationWarning where the word is an old name.

    Args:
        kind: of the word, as for :func:`renamed`.
        word: the name; of a field ``class.field``, of an input its whole path.
        where: it was read, for the warning.

    Returns:
        The word itself where it is no old name; of a field its name alone.
    """
    found = renamed(kind, word)
    if not found:
        return word.rpartition(".")[2] if kind == "field" else word
    old = word.rpartition(".")[2] if kind == "field" else word
    warnings.warn(message(old, found, where), DeprecationWarning, stacklevel=2)
    return found


def message(old: str, new: str, where: str = "") -> str:
    """Return the sentence about an old name, the same in the warning and in the note of a study."""
    return f"{where}{': ' if where else ''}{old!r} is called {new!r} now; the next release does not read the old name"


class WithOldNames(dict[str, T]):
    """A mapping with names of the JSON contract that answers to the old names too, with a DeprecationWarning."""

    def __missing__(self, name: str) -> T:
        """Return the value of the name that replaced an old one.

        Raises:
            KeyError: it is no old name, or the mapping does not have the present one either.
        """
        found = renamed("json", name)
        if found not in self:
            raise KeyError(name)
        warnings.warn(message(name, found), DeprecationWarning, stacklevel=2)
        return self[found]


def moved_method(owner: object, name: str) -> Callable[..., Any]:
    """Return the function that replaced a method, bound to its owner, with a DeprecationWarning.

    Raises:
        AttributeError: there was no such method.
    """
    function = METHODS.get(f"{type(owner).__name__}.{name}")
    if not function:
        raise AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}")
    text = f"the method {name!r} is the function halodot.{function} now; the next release does not have the method"
    warnings.warn(text, DeprecationWarning, stacklevel=3)
    return partial(getattr(halodot, function), owner)
