"""Where the recipe can be read in more than one way: how it was read, how to read it otherwise, what that changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from halodot.app.edits import Folder, edit_values
from halodot.chain.simulate import simulate
from halodot.errors import HalodotError
from halodot.flask.amounts import short_ligand
from halodot.flask.interpretations import Alternative, Reading, readings
from halodot.flask.ligands import parameters_of_ligand
from halodot.flask.pot import run_pot
from halodot.report.numbers import Shown, shown
from halodot.report.page.frame import unit_text
from halodot.results.data import Result
from halodot.states import Recipe, Step
from halodot.study.load import from_document, to_document
from halodot.study.model import Study
from halodot.study.records import numbers_of
from halodot.study.steps import step_words, steps_of
from halodot.study.verbs import AMOUNTS
from halodot.units import bench_unit, from_si

#: what is told of each reading, from the flask to the light
HEADLINES = ("edge_length", "pl_peak", "plqy", "el_peak", "turn_on_voltage", "luminance_max", "eqe_max", "half_life")
_DIGITS = 12


@dataclass(frozen=True)
class Choice:
    """Another reading, and how a study takes it."""

    text: str
    changes: Mapping[str, str]  # path -> value, as --set takes them


@dataclass(frozen=True)
class Flag:
    """A place of the recipe that can be read in more than one way."""

    name: str
    taken: str  # the reading in force
    note: str
    where: str  # path of the step, empty for the whole recipe
    choices: tuple[Choice, ...]
    stated: Mapping[str, str] = field(default_factory=dict)  # parameters by which the study itself chose it


@dataclass(frozen=True)
class WouldBe:
    """The headline numbers under one reading."""

    text: str
    numbers: Mapping[str, Shown]  # by the name of the quantity
    reason: str = ""  # why there are none: the dots decompose, or the models refuse it


def interpretation_flags(result: Result) -> tuple[Flag, ...]:
    """Return the readings that are in force for the recipe of a result, none where the flask is given.

    Args:
        result: with a flask that was computed.
    """
    return () if result.flask is None or "flask" in result.study.given else study_flags(result.study)


def study_flags(study: Study) -> tuple[Flag, ...]:
    """Return the readings that are in force for the recipe of a study, none where the models refuse the recipe.

    Args:
        study: with a recipe or without.
    """
    recipe, numbers = study.recipe, study.flask
    if recipe is None or numbers is None:
        return ()
    numbers = parameters_of_ligand(numbers, short_ligand(recipe))
    try:
        found = readings(recipe, run_pot(recipe, numbers, study.perovskite), numbers)
    except HalodotError:
        return ()
    return tuple(_flag(study, recipe, item) for item in found)


def _flag(study: Study, recipe: Recipe, reading: Reading) -> Flag:
    choices = tuple(Choice(other.text, _changes(study, recipe, other)) for other in reading.alternatives)
    own = study.document.get("parameters")
    stated = own if isinstance(own, Mapping) else {}
    paths = dict.fromkeys(path for choice in choices for path in choice.changes if path in stated)
    return Flag(
        name=reading.name,
        taken=reading.taken,
        note=reading.note.replace("degC", "\u00b0C"),
        where=reading.where,
        choices=choices,
        stated={path: step_words(stated[path]) for path in paths},
    )


def take_reading(text: str, folder: Folder, choice: Choice) -> str:
    """Return a study's text in which one place is read otherwise.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        choice: of a flag.

    Raises:
        InputError: the loader's problems.
    """
    return edit_values(text, folder, choice.changes)


def usual_reading(text: str, folder: Folder, flag: Flag) -> str:
    """Return a study's text that leaves a reading to the library, or to the calibration, again.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        flag: with parameters that the study states.

    Raises:
        InputError: the loader's problems.
    """
    return edit_values(text, folder, dict.fromkeys(flag.stated, ""))


def what_would_change(
    study: Study, flag: Flag, told: Callable[[str, int, int], None] = lambda text, done, of: None
) -> tuple[WouldBe, ...]:
    """Return the headline numbers as the recipe is read, and under every other reading: one computation for each.

    Args:
        study: with the recipe.
        flag: of this study.
        told: called with the reading that is computed, how many are behind, and of how many.

    Returns:
        The reading in force first.
    """
    readings_of = tuple(_all_readings(flag))
    found = []
    for done, (text, changes) in enumerate(readings_of):
        told(text, done, len(readings_of))
        found.append(_would_be(study, text, changes))
    return tuple(found)


def effect_rows(found: Sequence[WouldBe]) -> tuple[tuple[str, ...], ...]:
    """Return what other readings change as rows of texts: a head, a row for each number, and why some are missing.

    Args:
        found: the reading in force first.
    """
    names = dict.fromkeys(name for one in found for name in one.numbers)
    rows = [("", *(one.text for one in found))]
    for name in names:
        known = next(one.numbers[name] for one in found if name in one.numbers)
        values = (one.numbers[name].value if name in one.numbers else "\u2013" for one in found)
        rows.append((f"{known.label} [{unit_text(known.unit)}]" if known.unit else known.label, *values))
    if any(one.reason for one in found):
        rows.append(("why not", *(one.reason for one in found)))
    return tuple(rows)


def _all_readings(flag: Flag) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield flag.taken, {}
    yield from ((choice.text, choice.changes) for choice in flag.choices)


def _would_be(study: Study, text: str, changes: Mapping[str, str]) -> WouldBe:
    try:
        overrides = [f"{path}={value}" for path, value in changes.items()]
        other = from_document(to_document(study), study.path, overrides, kept=study) if overrides else study
        result = simulate(other)
    except HalodotError as error:
        return WouldBe(text, {}, str(error))
    if result.flask is not None and not result.flask.survived:
        return WouldBe(text, {}, f"the dots decompose: {result.flask.reason}")
    summary = result.summary
    return WouldBe(text, {name: shown(result, name) for name in HEADLINES if summary[name].value is not None})


# ------------------------------------------------------------------------------------------------- how a study says it


def _changes(study: Study, recipe: Recipe, other: Alternative) -> dict[str, str]:
    """Return what a study states to be read otherwise: parameters of the flask, or a number of a step."""
    found = {f"flask.{name}": _written(study, f"flask.{name}", value) for name, value in other.numbers.items()}
    if other.recipe is None:
        return found
    units = numbers_of(Step)
    for old, new in zip(steps_of(recipe), steps_of(other.recipe), strict=True):
        for name in AMOUNTS:
            value = getattr(new, name)
            if math.isfinite(value) and value != getattr(old, name):
                found[f"{new.where}.{name}"] = _number(value, units[name])
    return found


def _written(study: Study, path: str, value: object) -> str:
    if isinstance(value, str):
        return value
    assert isinstance(value, float)
    return _number(value, study.inputs[path].unit)


def _number(value: float, unit: str) -> str:
    """Return a number in the unit of the bench, without the digits that only a conversion has."""
    shown_unit = bench_unit(unit)
    text = f"{from_si(value, unit, shown_unit):.{_DIGITS}g}"
    return text if unit == "1" else f"{text} {shown_unit}"
