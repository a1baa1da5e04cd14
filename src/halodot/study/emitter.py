"""Reads what a study says of the light of its emitting layer, and fills in what it leaves unsaid."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from halodot.nodes import Node
from halodot.paths import layer_path
from halodot.sources import Sourced
from halodot.states import Layer, number, replaced, state, with_properties
from halodot.study import library
from halodot.study.folders import shipped_alone
from halodot.study.model import EmitterNumbers
from halodot.study.reader import Reader
from halodot.study.records import numbers_of, read_fields

#: numbers without which there is no light
NEEDED = ("peak", "fwhm", "plqy", "radiative_lifetime")
EMITTER_KEYS = (*numbers_of(EmitterNumbers), "class")
#: film for each dot [m3] below which there is no room for dots of 2 nm and their ligands
LEAST_DOT_VOLUME = 27e-27
_CROWDED = (
    "so many states, two on a dot, leave less than 27 nm3 of film for each dot, and that volume sets how often an "
    "exciton meets a charge. State emitter.dot_volume, or the states of dots (5e18 1/cm3 for dots 7 nm apart)."
)
#: numbers that a class gives as they are
_FATES = ("trion_auger_rate", "charging_energy", "quenching_field", "exciton_diffusivity")
_DARK = (
    "langevin_factor and bimolecular_coefficient are stated as 0: no electron and hole form an exciton, and the layer "
    "stays dark. Leave both out for Langevin's coefficient."
)
_NO_ROLL_OFF = (
    "roll-off is off: trion_auger_rate is not stated, so that no exciton is lost beside a charge or in the field, and "
    "the efficiency at high current is an upper bound. State the class of the emitter ({}), which turns it on with the "
    "range of that class, or trion_auger_rate and dot_volume."
)


@state
class EmitterClass:
    """What emitters of one class have in common."""

    statistics: str
    trion_auger_rate: float = number("1/s", "Auger rate of an exciton on a dot with one charge")
    quenching_field: float = number("V/m", "field that halves the radiative rate of an exciton")
    exciton_diffusivity: float = number("m2/s", "diffusion coefficient of excitons")
    states_per_dot: float = number("1", "states of one carrier on a dot, 0 where there are no dots")
    carrier_disorder: float = number("eV", "standard deviation of the level of one carrier over the dots")
    charging_energy: float = number("eV", "energy by which two charges of one sign on a dot repel", default=math.nan)


def read_emitter(reader: Reader, node: Node, root: Path) -> tuple[EmitterNumbers, str]:
    """Read the section ``device.emitter``.

    Args:
        reader: collects numbers and problems.
        node: the section.
        root: the library's folder.

    Returns:
        Its numbers, and the class that it names, empty for none.
    """
    items = reader.mapping(node, "device.emitter", EMITTER_KEYS)
    values: dict[str, Any] = read_fields(reader, EmitterNumbers, items, "device.emitter")
    for name in ("horizontal_fraction", "quenching_range"):
        default = EmitterNumbers.__dataclass_fields__[name].default
        unit = numbers_of(EmitterNumbers)[name]
        entry = Sourced(default, unit, "assumed", "halodot", about="Not stated.")
        reader.inputs.setdefault(f"device.emitter.{name}", entry)
    if values.get("plqy") == 0.0:
        reader.complain(items["plqy"].place, "a PLQY of zero gives no light to follow", "device.emitter.plqy")
    word = (
        reader.choice(items["class"], "device.emitter.class", library.emitter_classes(root)) if "class" in items else ""
    )
    return EmitterNumbers(**values), word


def recombining(
    reader: Reader, values: Mapping[str, Any], stated: Container[str], path: str, root: Path
) -> dict[str, float]:
    """Return the recombination of an emitting layer about which nothing is said: Langevin's.

    Args:
        reader: keeps the number among the inputs.
        values: of the layer, by field.
        stated: what the study writes of the layer, right or wrong.
        path: of the layer's inputs.
        root: the library's folder.
    """
    names = ("langevin_factor", "bimolecular_coefficient")
    if any(name in values or name in stated for name in names):
        if not any(values.get(name, math.nan if name in stated else 0.0) != 0.0 for name in names):
            reader.note("unlikely", _DARK, path)
        return {}
    with shipped_alone():
        shipped = library.material("dots", root).inputs["langevin_factor"]
    entry = replace(shipped, kind="assumed", source="halodot")
    reader.inputs[f"{path}.langevin_factor"] = entry
    return {"langevin_factor": entry.value}


def without_class(reader: Reader, numbers: EmitterNumbers) -> None:
    """Note that an emitter which names neither a class nor an Auger rate has no roll-off."""
    if math.isnan(numbers.trion_auger_rate):
        reader.note(
            "missing physics", _NO_ROLL_OFF.format(", ".join(library.emitter_classes())), "device.emitter.class"
        )


def of_class(
    reader: Reader, word: str, numbers: EmitterNumbers, layer: Layer, stated: Container[str], root: Path
) -> tuple[EmitterNumbers, Layer]:
    """Fill in what a class of emitters says and the study does not, and keep it among the inputs.

    Args:
        reader: keeps the numbers.
        word: the class.
        numbers: what the study says of the light.
        layer: the emitting layer.
        stated: what the study writes of the layer.
        root: the library's folder.

    Returns:
        The numbers and the layer, whose states fill up.
    """
    entry = library.emitter_class(word, EmitterClass, root)
    reader.note_taken_from(entry.taken_from, "device.emitter.class")
    values, inputs = EmitterClass(**entry.values), entry.inputs
    found = {name: inputs[name] for name in _FATES if name in inputs}
    if values.states_per_dot > 0.0 and layer.transport.electron_density_of_states > 0.0:
        found["dot_volume"] = _volume(inputs["states_per_dot"], layer.transport.electron_density_of_states)
        if math.isnan(numbers.dot_volume) and found["dot_volume"].value < LEAST_DOT_VOLUME:
            reader.note("unlikely", _CROWDED, f"device.layers.{layer.name}.electron_density_of_states")
    found = {name: entry for name, entry in found.items() if math.isnan(getattr(numbers, name))}
    reader.inputs |= {f"device.emitter.{name}": entry for name, entry in found.items()}
    numbers = replaced(numbers, **{name: entry.value for name, entry in found.items()})
    word = layer.transport.statistics if "statistics" in stated else values.statistics
    if "statistics" not in stated or word == "dot_levels":
        names = ("electron_disorder", "hole_disorder") if word in ("gaussian", "dot_levels") else ()
        disorder = [name for name in names if name not in stated]
        reader.inputs |= {layer_path(layer.name, name): inputs["carrier_disorder"] for name in disorder}
        layer = with_properties(layer, statistics=word, **dict.fromkeys(disorder, values.carrier_disorder))
    return numbers, layer


def _volume(per_dot: Sourced, density: float) -> Sourced:
    about = f"{per_dot.value:g} states a dot in the layer's electron_density_of_states."
    low, high = per_dot.low / density, per_dot.high / density
    return Sourced(per_dot.value / density, "m3", "assumed", "halodot", low=low, high=high, about=about)
