"""What can be filled in at a step of a recipe, by the declarations of its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from halodot.nodes import from_plain, plain, read_text
from halodot.states import Step
from halodot.study import library
from halodot.study.reader import Reader
from halodot.study.recipe import read_recipe
from halodot.study.records import numbers_of
from halodot.study.usual import usual_range
from halodot.study.verbs import AMOUNTS, ATMOSPHERES, EXAMPLES, KEPT, PER_DISPERSION, VERBS
from halodot.units import bench_units, to_si

#: field of a step that is one of a few words -> these words
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "atmosphere": ATMOSPHERES,
    "keep": KEPT,
    "per_dispersion": (PER_DISPERSION,),
}
#: what stands right after a word, where it is a number -> field of the step
_NUMBERS: Mapping[str, str] = {"speed": "rotation"}
#: word of a step, or what stands after it -> how its field is called
_LABELS: Mapping[str, str] = {
    "duration": "time",
    "chemical": "reagent",
    "stock or chemical": "stock or reagent",
    "pore": "pore size",
    "rotation": "speed",
    "of": "times the reagent",
    "under": "atmosphere",
    "over": "over the time of",
    "hold": "hold for",
    "per": "ratio to",
}
#: of what a unit counts a few or a thousand, it counts what is usual
_FEW, _MANY = 0.1, 1000.0


@dataclass(frozen=True)
class Slot:
    """One thing that a step may state."""

    key: str  # the word in the study; that of the step itself for what stands right after it
    field: str  # of the step in the study as it was read, "material" for a reagent
    label: str
    kind: str  # number | choice | reagent | stock or reagent | solvents | note
    unit: str = ""  # SI, of a number
    units: tuple[str, ...] = ()  # in which a bench writes it
    choices: tuple[str, ...] = ()
    required: bool = False
    start: Any = ""  # what a new step begins with: a text, or the antisolvents of a wash; empty for nothing

    @property
    def is_own(self) -> bool:
        """Whether it stands right after the word of the step."""
        return self.key in VERBS and self.field != "antisolvents"

    @property
    def is_amount(self) -> bool:
        """Whether it says how much of the reagent there is: one of these is stated, never two."""
        return self.key in AMOUNTS and self.field in AMOUNTS


@dataclass(frozen=True)
class VerbForm:
    """A word of the recipe with all that may be said with it."""

    word: str
    parts: tuple[str, ...]  # stocks | pot | work_up | film, where it may stand
    about: str
    slots: tuple[Slot, ...]  # what stands right after the word first

    def slot(self, key: str) -> Slot | None:
        """Return what a key of the step fills, None where the word takes none of this name."""
        return next((slot for slot in self.slots if slot.key == key), None)


@cache
def verbs() -> tuple[VerbForm, ...]:
    """Return all words that a step of a recipe may be, in the order of their declaration."""
    return tuple(verb_form(word) for word in VERBS)


@cache
def verb_form(word: str) -> VerbForm:
    """Return what may be said with a word of the recipe.

    Args:
        word: one of :data:`halodot.study.verbs.VERBS`.
    """
    verb, example = VERBS[word], example_of(word)
    own = _slot(word, _NUMBERS.get(verb.value, verb.value), verb.value, word, example)
    others = (_slot(key, field, key, word, example) for key, field in verb.keys.items())
    note = Slot("note", "note", "note", "note")
    return VerbForm(word, verb.parts, EXAMPLES[word][1].replace("`", ""), (own, *others, note))


@cache
def example_of(word: str) -> Mapping[str, Any]:
    """Return how a recipe writes a word, as a document has it."""
    found: dict[str, Any] = plain(read_text(EXAMPLES[word][0]))
    return found


def reagents() -> tuple[str, ...]:
    """Return the names by which the library knows its reagents."""
    return tuple(sorted(library.chemicals(), key=str.casefold))


def units_of(unit: str, field: str) -> tuple[str, ...]:
    """Return the units in which a bench writes a number of a step.

    Args:
        unit: SI.
        field: of the step.
    """
    if unit == "1":
        return ()
    low, high = usual_range(f"recipe.pot[0].{field}", unit)
    sizes = {name: to_si(f"1 {name}", unit) for name in bench_units(unit)}
    return tuple(name for name, size in sizes.items() if size * _MANY >= low and size * _FEW <= high)


def _slot(key: str, field: str, what: str, word: str, example: Mapping[str, Any]) -> Slot:
    """Return the slot of a key, or of the word itself, of which ``what`` says what stands there."""
    label = _LABELS.get(what, what.replace("_", " "))
    start = example.get(key, "")
    required = key == word or (field not in _CHOICES and _is_required(word, key))
    numbers = numbers_of(Step)
    if field in numbers:
        units = (*units_of(numbers[field], field), *(("g",) if what == "speed" else ()))
        return Slot(key, field, label, "number", numbers[field], units, (), required, str(start))
    if field in _CHOICES:
        return Slot(key, field, label, "choice", choices=_CHOICES[field], required=required, start=str(start))
    if field == "antisolvents":
        return Slot(key, field, label, "solvents", required=required, start=start)
    kind = "stock or reagent" if what == "stock or chemical" else "reagent"
    return Slot(key, "of" if field == "of" else "material", label, kind, required=required, start=str(start))


@cache
def _is_required(word: str, key: str) -> bool:
    """Whether the example of a word, without one of its keys, is refused for something that it was not before."""
    example = dict(example_of(word))
    if key not in example:
        return False
    without = {name: value for name, value in example.items() if name != key}
    return bool(_complaints(word, without) - _complaints(word, example))


def _complaints(word: str, step: Mapping[str, Any]) -> set[str]:
    part, reader = VERBS[word].parts[0], Reader()
    pot = example_of("add")
    recipe = {"stocks": {"cs_oleate": [pot]}, "pot": [pot]}
    recipe |= {"stocks": {"a": [step]}} if part == "stocks" else {part: [step]}
    read_recipe(reader, from_plain(recipe), library.ROOT)
    return {problem.message for problem in reader.problems if "[0]" in problem.path}
