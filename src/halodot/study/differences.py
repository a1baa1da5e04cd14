"""What differs between studies: numbers, steps of the recipe, layers, reagents, and the words of every section."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from halodot.names import unit_at_the_bench
from halodot.paths import chemical_of, layer_of, root_of
from halodot.sources import Sourced
from halodot.states import Array, Chemical, Stack, stated_layers
from halodot.study import library
from halodot.study.declarations import declared
from halodot.study.model import Study
from halodot.study.records import flags_of, texts_of
from halodot.study.steps import aligned_steps, steps_of
from halodot.units import SIZED, from_si

#: what stands where a study does not have something
ABSENT = "-"
#: digits with which numbers are shown that differ there
_DIGITS = 6
#: words of a reagent that the models read
_OF_A_REAGENT = ("role", "formula", "halide", "metal")
#: words of a layer that only name its neighbours' numbers
_NOT_TOLD = ("name",)


@dataclass(frozen=True)
class InputDifference:
    """One thing that is not the same in all studies."""

    path: str  # as --set takes it, where it is a number or a word
    values: tuple[str, ...]  # as shown, with their unit, one for each study; "-" where it has none
    kinds: tuple[str, ...]  # of a number: measured, literature, calibrated, assumed; else empty
    numbers: tuple[float, ...] = ()  # in ``unit``, one for each study, nan where it has none; empty for words
    unit: str = ""  # of the bench, empty for words and pure numbers

    @property
    def same_value(self) -> bool:
        """Whether all have one value, so that only its kind or its uncertainty differs."""
        return bool(self.numbers) and len(set(self.numbers)) == 1

    @property
    def texts(self) -> tuple[str, ...]:
        """The values with their kinds, one for each study."""
        return tuple(f"{value} ({kind})" if kind else value for value, kind in zip(self.values, self.kinds))


def differences(studies: Sequence[Study]) -> tuple[InputDifference, ...]:
    """Return every input that is not the same in all studies.

    A step of the recipe, a layer, a reagent or a whole stage that only some of them have is one row, and so is a step
    whose words differ; the rest is compared number by number, also where a step before it moved it to another line.

    Args:
        studies: two or more, the first of which gives the paths.

    Returns:
        In the order of a study: what was calibrated, recipe, given states, device, run, parameters.
    """
    parts, renamed = aligned_steps(studies)
    rows = [
        *_words("calibration", [study.calibration or "none" for study in studies]),
        *(_recipes(studies, parts)),
        *_given(studies),
        *_layers(studies),
        *_of_the_run(studies),
        *_stages(studies),
        *_numbers(studies, renamed),
    ]
    order = ("calibration", "recipe", "given", "device", "run", *library.STAGES)
    return tuple(sorted(rows, key=lambda row: order.index(root_of(row.path))))


def _worded(path: str, texts: Sequence[str]) -> InputDifference:
    return InputDifference(path, tuple(text or ABSENT for text in texts), ("",) * len(texts))


def _words(path: str, texts: Sequence[str]) -> Iterator[InputDifference]:
    """Yield the row of some words, where they differ."""
    if len(set(texts)) > 1:
        yield _worded(path, texts)


# -------------------------------------------------------------------------------------------------------------- numbers


def _numbers(studies: Sequence[Study], renamed: Sequence[Callable[[str], str | None]]) -> Iterator[InputDifference]:
    """Yield the numbers that differ, of things that all studies have."""
    told = [_told_apart(study, studies) for study in studies]
    inputs: list[dict[str, Sourced]] = []
    for study, own_name, apart in zip(studies, renamed, told):
        own = {}
        for path, entry in study.inputs.items():
            name = own_name(path)
            if name is not None and not apart(path):
                own[name] = entry
        inputs.append(own)
    for path in dict.fromkeys(path for own in inputs for path in own):
        entries = [own.get(path) for own in inputs]
        if len({None if entry is None else _stated(entry) for entry in entries}) > 1:
            yield _number(path, entries)


def _told_apart(study: Study, studies: Sequence[Study]) -> Callable[[str], bool]:
    """Return which paths of a study are told of as a whole: layers, reagents and stages that not all studies have."""
    layers = _common(_layer_names(one) for one in studies)
    reagents = _common(set(one.recipe.chemicals) if one.recipe else set() for one in studies)
    stages = {stage for stage in library.STAGES if any(getattr(one, stage) is None for one in studies)}
    names = [layer.name for layer in study.stack.layers] if study.stack else []
    whole = {
        root
        for root, part in (("recipe", "recipe"), ("device", "stack"))
        if any(getattr(one, part) is None for one in studies)
    }

    def apart(path: str) -> bool:
        if root_of(path) in whole:
            return True
        if (at := layer_of(path)) is not None:
            return (at.name or names[at.place]) not in layers
        if (reagent := chemical_of(path)) is not None:
            return reagent[0] not in reagents
        return root_of(path) in stages

    return apart


def _common(sets: Iterable[set[str]]) -> set[str]:
    return set.intersection(*sets)


def _layer_names(study: Study) -> set[str]:
    return {layer.name for layer in study.stack.layers} if study.stack else set()


def _stated(entry: Sourced) -> tuple[Any, ...]:
    """Return what two numbers must have in common to be the same input."""
    spread = (entry.sd, entry.low, entry.high)
    return entry.value, entry.kind, *(None if math.isnan(item) else item for item in spread)


def _number(path: str, entries: Sequence[Sourced | None]) -> InputDifference:
    there = [entry for entry in entries if entry is not None]
    unit = _shown_unit(path, there[0].unit, max((entry.value for entry in there), key=abs))
    numbers = tuple(math.nan if entry is None else from_si(entry.value, entry.unit, unit) for entry in entries)
    values, kinds = {entry.value for entry in there}, {entry.kind for entry in there}
    spread = len(there) == len(entries) and len(values) == 1 and len(kinds) == 1
    digits = _DIGITS if len({f"{number:.{_DIGITS}g}" for number in numbers}) >= len(values) else 17
    behind = "" if unit == "1" else f" {unit}"
    texts = tuple(
        ABSENT if entry is None else f"{number:.{digits}g}{behind}{_spread(entry, unit) if spread else ''}"
        for entry, number in zip(entries, numbers)
    )
    shown_kinds = tuple("" if entry is None else entry.kind for entry in entries)
    return InputDifference(path, texts, shown_kinds, numbers, "" if unit == "1" else unit)


def _shown_unit(path: str, unit: str, value: float) -> str:
    """Return the unit in which an input is shown: by its size, that of its declaration, else the one of the bench."""
    shown = str(declared(path).get("shown", unit))
    return shown if shown != unit and unit not in SIZED else unit_at_the_bench(path, unit, value)


def _spread(entry: Sourced, unit: str) -> str:
    """Return the range or the standard deviation of a number as text."""
    if math.isfinite(entry.low) and math.isfinite(entry.high):
        low, high = (from_si(item, entry.unit, unit) for item in (entry.low, entry.high))
        return f", {low:.4g} to {high:.4g}"
    if not math.isfinite(entry.sd):
        return ", no uncertainty"
    return f" ± {from_si(entry.value + entry.sd, entry.unit, unit) - from_si(entry.value, entry.unit, unit):.2g}"


# ---------------------------------------------------------------------------------------------------- what is not there


def _stages(studies: Sequence[Study]) -> Iterator[InputDifference]:
    """Yield the stages that only some studies compute, and the words of those that all do."""
    for stage in library.STAGES:
        records = [getattr(study, stage) for study in studies]
        if any(record is None for record in records):
            yield from _words(
                stage,
                [
                    ABSENT
                    if record is None
                    else f"computed with {sum(root_of(path) == stage for path in study.inputs)} numbers"
                    for study, record in zip(studies, records)
                ],
            )
            continue
        for word in texts_of(type(records[0])):
            yield from _words(f"{stage}.{word}", [str(getattr(record, word)) for record in records])


def _recipes(studies: Sequence[Study], parts: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[InputDifference]:
    """Yield the recipes that only some studies have, else their steps and reagents that differ."""
    recipes = [study.recipe for study in studies]
    there = [recipe for recipe in recipes if recipe is not None]
    if len(there) < len(recipes):
        yield from _words("recipe", [ABSENT if one is None else f"{len(steps_of(one))} steps" for one in recipes])
        return
    yield from (_worded(path, texts) for path, texts in parts)
    yield from _reagents([recipe.chemicals for recipe in there])


def _reagents(chemicals: Sequence[Mapping[str, Chemical]]) -> Iterator[InputDifference]:
    """Yield reagents that only some studies use, and words of the others."""
    for name in dict.fromkeys(name for own in chemicals for name in own):
        found = [own.get(name) for own in chemicals]
        path = f"recipe.chemicals.{name}"
        if any(item is None for item in found):
            yield from _words(path, [ABSENT if item is None else f"used, {item.role}" for item in found])
            continue
        for word in _OF_A_REAGENT:
            yield from _words(f"{path}.{word}", [str(getattr(item, word)) for item in found])


def _given(studies: Sequence[Study]) -> Iterator[InputDifference]:
    """Yield the states that are given as a whole by some studies only."""
    for name in dict.fromkeys(name for study in studies for name in study.given if "." not in name):
        yield from _words(f"given.{name}", ["a whole state" if name in one.given else ABSENT for one in studies])


def _layers(studies: Sequence[Study]) -> Iterator[InputDifference]:
    """Yield the order of the layers, layers of some studies only, and words of the others."""
    stacks = [study.stack for study in studies]
    if any(stack is None for stack in stacks):
        yield from _words("device", [ABSENT if stack is None else _sequence(stack) for stack in stacks])
        return
    yield from _words("device.layers", [_sequence(stack) for stack in stacks])
    stated = [{} if stack is None else dict(zip(_names(stack), stated_layers(stack))) for stack in stacks]
    for name in dict.fromkeys(name for own in stated for name in own):
        found = [own.get(name) for own in stated]
        path = f"device.layers.{name}"
        if any(words is None for words in found):
            yield from _words(path, [ABSENT if words is None else _layer(words) for words in found])
            continue
        for word in dict.fromkeys(word for words in found if words for word in words):
            values = [words.get(word) for words in found if words]
            if word in _NOT_TOLD or not any(isinstance(value, str | bool) for value in values):
                continue
            yield from _words(f"{path}.{word}", [_word(value) for value in values])
        yield from _tables(path, name, studies)
    for word in (*texts_of(Stack), *flags_of(Stack)):
        yield from _words(f"device.{word}", [_word(getattr(stack, word)) for stack in stacks])


def _tables(path: str, layer: str, studies: Sequence[Study]) -> Iterator[InputDifference]:
    """Yield tables of the refractive index that are not the same."""
    tables = []
    for study in studies:
        assert study.stack is not None
        optics = next(one for one in study.stack.layers if one.name == layer).optics
        tables.append((optics.table_wavelength, optics.table_index, optics.table_extinction))
    if any(not np.array_equal(a, b) for other in tables[1:] for a, b in zip(tables[0], other)):
        texts = [
            f"{study.tables.get(layer) or 'a table'}, {_range(own[0], 'm', 'nm')}" if own[0].size else ABSENT
            for study, own in zip(studies, tables)
        ]
        yield _worded(f"{path}.table", texts)


def _names(stack: Stack) -> list[str]:
    return [layer.name for layer in stack.layers]


def _sequence(stack: Stack | None) -> str:
    return ABSENT if stack is None else " / ".join(_names(stack))


def _layer(words: Mapping[str, Any]) -> str:
    """Return what is said of a layer that not all devices have."""
    thickness = words.get("thickness", math.nan)
    thick = f"{from_si(float(thickness), 'm', 'nm'):.4g} nm" if math.isfinite(thickness) else "of no stated thickness"
    material = f" of {words['material']}" if words.get("material") not in ("", None, words.get("name")) else ""
    return f"{thick}{material}"


def _word(value: Any) -> str:
    return {True: "yes", False: "no", None: ABSENT}[value] if isinstance(value, bool) or value is None else str(value)


# ------------------------------------------------------------------------------------------------------------------ run


def _of_the_run(studies: Sequence[Study]) -> Iterator[InputDifference]:
    """Yield grids and words of the computation, but no number that is an input."""
    runs = [study.run for study in studies]
    for word, name, unit, shown in (("voltage", "voltages", "V", "V"), ("wavelength", "wavelength", "m", "nm")):
        arrays = [getattr(run, name) for run in runs]
        if any(not np.array_equal(arrays[0], other) for other in arrays[1:]):
            yield _worded(f"run.{word}", [_range(values, unit, shown) for values in arrays])
    for word in ("positions", "stop_after", "nodes_per_layer"):
        yield from _words(f"run.{word}", [str(getattr(run, word)) for run in runs])
    for item in fields(runs[0].solver):
        yield from _words(f"run.solver.{item.name}", [str(getattr(run.solver, item.name)) for run in runs])


def _range(values: Array, unit: str, shown: str) -> str:
    """Return ends and number of some points, and their spacing where it is even."""
    if not values.size:
        return "none"
    own = np.array([from_si(float(value), unit, shown) for value in values])
    steps = np.diff(own)
    even = steps.size > 0 and bool(np.allclose(steps, steps[0], rtol=1e-6))
    step = f" in steps of {steps[0]:.4g} {shown}" if even else f", {own.size} points"
    return f"{own[0]:.6g} to {own[-1]:.6g} {shown}{step}"
