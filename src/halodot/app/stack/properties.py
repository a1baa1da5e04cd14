"""Every property of a layer and of the device that can be set: what it is, where it comes from, how far it goes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass
from typing import Any, Literal

from halodot.app.stack.words import cited, exact_text
from halodot.app.stack.written import Reading, layer_set_path, reading_of, written_text
from halodot.errors import InputError
from halodot.learn.knobs import Knob
from halodot.names import range_text
from halodot.paths import layer_path
from halodot.sources import Sourced
from halodot.states import STATED, Layer, Stack, stated_value
from halodot.study import Study, library
from halodot.study.records import is_number
from halodot.study.usual import usual_range
from halodot.units import to_si
from halodot.wording import in_words

Form = Literal["number", "choice", "text"]
#: who says the value: the study, its calibration, the entry of the material, halodot where nobody does, the film
Origin = Literal["study", "calibration", "material", "halodot", "film", ""]

#: how the parts of a layer are called, in the order in which they are shown
GROUPS: Mapping[str, str] = {
    "layer": "Layer",
    "contact": "Contact",
    "transport": "Levels and transport",
    "recombination": "Recombination and quenching",
    "traps": "Traps",
    "ions": "Mobile ions",
    "interface": "Interface to the layer above",
    "optics": "Optics",
}
#: parts that say something of the charges in a layer, which only a solved layer has
_OF_CHARGES = ("transport", "recombination", "traps", "ions", "interface")
#: what a film of dots gives its emitting layer where the study does not state it
_OF_THE_FILM = (
    "statistics",
    "electron_disorder",
    "hole_disorder",
    "trap_density",
    "cauchy_a",
    "relative_permittivity",
    "electron_affinity",
    "ionisation_energy",
    "electron_density_of_states",
    "hole_density_of_states",
    "electron_mobility",
    "hole_mobility",
)


_PEOPLE = re.compile(r"\b(auger|gill)\b")


@dataclass(frozen=True)
class Property:
    """Something of a layer or of the device that can be set."""

    path: str  # as ``--set`` takes it
    input: str  # of the number among the study's inputs
    label: str
    group: str
    form: Form
    text: str  # what holds, as it can be typed back; empty where nothing does, or another part of the model says it
    meaning: str = ""
    value: float = math.nan  # SI, nan where it is no number or none holds
    unit: str = ""  # SI, empty where it is no number
    choices: tuple[str, ...] = ()
    kind: str = ""  # measured, literature, calibrated, assumed; empty where nothing is stated
    source: str = ""  # in words
    about: str = ""  # of this very number
    range: str = ""  # how far it may go, in words
    ends: tuple[float, float] = (math.nan, math.nan)  # of a slider, SI; nan where there can be none
    origin: Origin = ""

    @property
    def stated(self) -> bool:
        """Whether it is more than a default that nobody has stated."""
        return bool(self.origin)

    @property
    def slides(self) -> bool:
        """Whether it can be put under a slider."""
        return math.isfinite(self.value) and self.ends[0] < self.ends[1]


def layer_properties(study: Study, place: int) -> tuple[Property, ...]:
    """Return every property of a layer that can be set, those of its role first.

    Args:
        study: with a stack.
        place: of the layer, from the substrate up.

    Raises:
        InputError: the study has no such layer.
    """
    reading, stack = reading_of(study), _stack_of(study)
    if not 0 <= place < len(stack.layers):
        raise InputError(f"the device has {len(stack.layers)} layers, counted from 0; there is none {place}")
    return tuple(layer_property(reading, place, word) for word in words_of(stack, place))


def words_of(stack: Stack, place: int) -> list[str]:
    """Return the words that mean something under a layer, by its role, in the order of the groups.

    Args:
        stack: the device.
        place: of the layer.
    """
    layer = stack.layers[place]
    groups = ["layer", "optics"]
    if layer.role == "injection" or any(one and one.layer == place for one in (stack.anode, stack.cathode)):
        groups.append("contact")
    if layer.role in ("transport", "emitter"):
        groups += [part for part in _OF_CHARGES if part != "interface" or place < len(stack.layers) - 1]
    return [
        word
        for group in GROUPS
        if group in groups
        for word, (part, item) in STATED.items()
        if part == group and (is_number(item) or "choices" in item.metadata or item.type in ("bool", bool))
    ]


def layer_property(reading: Reading, place: int, word: str) -> Property:
    """Return one property of a layer.

    Args:
        reading: of a study with a stack.
        place: of the layer, from the substrate up.
        word: of a layer.
    """
    stack = _stack_of(reading.study)
    layer = stack.layers[place]
    part, item = STATED[word]
    written = reading.layers[place].stated
    path = layer_path(layer.name, word)
    origin = _origin(reading, layer, word, path, word in written)
    paths = layer_set_path(reading, place, layer.name, word), path
    value = None if origin == "film" else stated_value(stack, place, word)
    return _property(reading, paths, (word, GROUPS[part]), item, value, written.get(word), origin)


def property_of_record(reading: Reading, paths: tuple[str, str], group: str, item: Field[Any], value: Any) -> Property:
    """Return one property that a record other than a layer declares.

    Args:
        reading: of the study.
        paths: as ``--set`` takes it, and of the input.
        group: under which it is shown.
        item: its declaration.
        value: in SI, None where it is not stated.
    """
    found: Any = reading.study.document
    for part in paths[0].split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    stated = found is not None or paths[1] in reading.parameters
    origin: Origin = "study" if stated else "halodot" if paths[1] in reading.study.inputs else ""
    return _property(reading, paths, (item.name, group), item, value, found, origin)


def _property(
    reading: Reading,
    paths: tuple[str, str],
    called: tuple[str, str],
    item: Field[Any],
    value: Any,
    written: Any,
    origin: Origin,
) -> Property:
    """Return a property; ``called`` is its word and its group, ``written`` what the study writes for it."""
    word, group = called
    entry = reading.study.inputs.get(paths[1])
    common: dict[str, Any] = {
        "path": paths[0],
        "input": paths[1],
        "label": _label(word),
        "group": group,
        "meaning": str(item.metadata.get("about", "")),
        "origin": origin,
    }
    if not is_number(item):
        choices = tuple(item.metadata.get("choices", ())) or ("no", "yes")
        return Property(form="choice", text=_word(value), choices=choices, **common)
    unit = str(item.metadata["unit"])
    amount = float(value) if isinstance(value, float) and math.isfinite(value) else math.nan
    return Property(
        form="number",
        text=_text(paths[1], amount, unit, written, str(item.metadata.get("shown") or "")),
        value=amount,
        unit=unit,
        kind=entry.kind if entry is not None else "",
        source=cited(entry.source, reading.bibliography) if entry is not None else "",
        about=entry.about if entry is not None else "",
        range=_range(paths[1], amount, unit, entry),
        ends=_ends(paths[1], amount, unit, reading.knobs.get(paths[1])),
        **common,
    )


def _origin(reading: Reading, layer: Layer, word: str, path: str, stated: bool) -> Origin:
    """Return who says the value of a property of a layer."""
    study = reading.study
    if path in study.priors:
        return "calibration"
    if stated or path in reading.parameters:
        return "study"
    if layer.material in library.materials() and word in library.material(layer.material).values:
        return "material"
    if path in study.inputs:
        return "halodot"
    return "film" if layer.role == "emitter" and study.film is not None and word in _OF_THE_FILM else ""


def _text(path: str, value: float, unit: str, written: Any, usual: str) -> str:
    """Return a number as the study writes it where that is what holds, else as it can be typed."""
    if not math.isfinite(value):
        return ""
    text = written_text(written)
    try:
        if text and to_si(text, unit) == value:
            return text
    except InputError:
        pass
    return exact_text(path, value, unit, usual)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else ""


def _range(path: str, value: float, unit: str, entry: Sourced | None) -> str:
    """Return the 95 % range of a number that states one, else what is usual for its kind."""
    if entry is not None:
        low, high = entry.low, entry.high
        if not (math.isfinite(low) and math.isfinite(high)):
            low, high = value - 2.0 * entry.sd, value + 2.0 * entry.sd
        if math.isfinite(low + high):
            return f"95 %: {range_text(path, value, (low, high), unit)}"
    low, high = usual_range(path, unit)
    if not math.isfinite(low + high):
        return ""
    return f"usual: {exact_text(path, low, unit)} to {exact_text(path, high, unit)}"


def _ends(path: str, value: float, unit: str, knob: Knob | None) -> tuple[float, float]:
    """Return how far a slider goes: as the study says, else about the value; nan where neither is known."""
    if knob is not None:
        return knob.ends
    low, high = usual_range(path, unit)
    return (low, high) if math.isfinite(low + high) and low <= value <= high else (math.nan, math.nan)


def _label(word: str) -> str:
    """Return what a word is called at the beginning of a line, names of people with a capital."""
    text = _PEOPLE.sub(lambda found: found[0].capitalize(), in_words(word))
    return text[:1].upper() + text[1:]


def _stack_of(study: Study) -> Stack:
    if study.stack is None:
        raise InputError("the study has no device")
    return study.stack


def groups_of(properties: tuple[Property, ...]) -> Iterator[tuple[str, tuple[Property, ...]]]:
    """Yield the groups of some properties, each with its own, in their order."""
    for group in dict.fromkeys(item.group for item in properties):
        yield group, tuple(item for item in properties if item.group == group)
