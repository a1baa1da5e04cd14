"""A study's numbers by their paths: taken out, changed, and what is to be said of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from halodot.device.remarks import remarks
from halodot.errors import InputError, Problem
from halodot.paths import chemical_of, device_word, emitter_word, layer_of, present, root_of, step_of, word_of
from halodot.sources import Sourced
from halodot.states import Note, Recipe, Stack, replaced, with_stated
from halodot.study.likeness import still_calibrated
from halodot.study.model import Study, make_emitter
from halodot.study.plausible import unlikely
from halodot.study.reader import nearest


def with_inputs(study: Study, values: Mapping[str, float], remarked: bool = True) -> Study:
    """Return a study with other numbers; every part that they do not touch is the same object as before.

    Args:
        study: the study.
        values: value in SI (``study.inputs[path].unit``) by path.
        remarked: whether its notes are those of the new numbers; otherwise they stay, which is quicker.

    Raises:
        InputError: the study has no such input, or a value is not finite.
    """
    problems = []
    values = {present(path): value for path, value in values.items()}
    for path, value in values.items():
        if path not in study.inputs:
            message = f"{study.title or 'the study'} has no input {path!r}"
            problems.append(Problem(message, suggestion=nearest(path, study.inputs)))
        elif not math.isfinite(value):
            problems.append(Problem(f"{value} is not finite", path))
    if problems:
        raise InputError(problems)
    entries = {path: replace(study.inputs[path], value=float(value)) for path, value in values.items()}
    changed = with_entries(study, entries, _with_parameters(study.document, entries))
    if not remarked:
        return changed
    before = set(noted(study))
    notes = (*(note for note in study.notes if note not in before), *noted(changed))
    return replace(changed, calibrated_quantities=still_calibrated(study.calibrated_quantities, values), notes=notes)


def noted(study: Study) -> tuple[Note, ...]:
    """Return what is to be said of a study's numbers: what is unlikely, and what the device takes otherwise."""
    if study.stack is None or study.run.stop_after:
        return unlikely(study)
    found = unlikely(study)
    said = {note.where for note in found}
    return (*found, *(note for note in remarks(study.stack) if note.kind != "unlikely" or note.where not in said))


def with_entries(study: Study, entries: Mapping[str, Sourced], document: Mapping[str, Any]) -> Study:
    """Return a study with other numbers and their origin; all paths are inputs of the study."""
    values = {path: entry.value for path, entry in entries.items()}
    parts: dict[str, Any] = {}
    for root in ("perovskite", "flask", "dots", "film", "ageing", "run"):
        own = {word_of(path): value for path, value in values.items() if root_of(path) == root}
        if own:
            parts[root] = replaced(getattr(study, root), **own)
    light = {word: value for path, value in values.items() if (word := emitter_word(path))}
    if light and study.emitter is not None:
        parts["emitter"] = replaced(study.emitter, **light)
    if study.recipe is not None and any(root_of(path) == "recipe" for path in values):
        parts["recipe"] = _changed_recipe(study.recipe, values)
    if any(root_of(path) == "given" for path in values):
        parts["given"] = _changed_given(study.given, values)
    if study.stack is not None and (stack := _changed_stack(study.stack, values, parts)) is not study.stack:
        parts["stack"] = stack
    return replace(study, **parts, inputs={**study.inputs, **entries}, document=document)


def parameter_text(entry: Sourced) -> dict[str, Any]:
    """Return a number and its origin as a study writes it, without any loss."""
    written: dict[str, Any] = {"value": _written(entry.value, entry.unit)}
    for key in ("low", "high", "sd"):
        if math.isfinite(getattr(entry, key)):
            written[key] = _written(getattr(entry, key), entry.unit)
    written["kind"] = entry.kind
    return written | {
        key: getattr(entry, key) for key in ("source", "about", "method", "shared") if getattr(entry, key)
    }


def _written(value: float, unit: str) -> Any:
    return value if unit == "1" else f"{value!r} {unit}"


def _with_parameters(document: Mapping[str, Any], entries: Mapping[str, Sourced]) -> Mapping[str, Any]:
    stated = {**(document.get("parameters") or {})}
    return {**document, "parameters": stated | {path: parameter_text(entry) for path, entry in entries.items()}}


def _changed_recipe(recipe: Recipe, values: Mapping[str, float]) -> Recipe:
    chemicals = dict(recipe.chemicals)
    parts = {"pot": list(recipe.pot), "work_up": list(recipe.work_up), "film": list(recipe.film)}
    stocks = {name: list(steps) for name, steps in recipe.stocks.items()}
    for path, value in values.items():
        if (at := step_of(path)) is not None:
            steps = stocks[at.stock] if at.part == "stocks" else parts[at.part]
            washes = steps[at.line].antisolvents
            changed = {"antisolvents": tuple((name, value if name == at.word else old) for name, old in washes)}
            steps[at.line] = replaced(steps[at.line], **(changed if at.is_wash else {at.word: value}))
        elif (reagent := chemical_of(path)) is not None:
            chemicals[reagent[0]] = replaced(chemicals[reagent[0]], **{reagent[1]: value})
    frozen = {name: tuple(steps) for name, steps in stocks.items()}
    lists = {part: tuple(steps) for part, steps in parts.items()}
    return Recipe(stocks=frozen, chemicals=chemicals, **lists)


def _changed_given(given: Mapping[str, Any], values: Mapping[str, float]) -> Mapping[str, Any]:
    changed = dict(given)
    for path in (path for path in values if root_of(path) == "given"):
        _, state, word = path.split(".", 2)
        if state in given:
            changed[state] = replaced(changed[state], **{word: values[path]})
        else:
            changed[f"{state}.{word}"] = values[path]
    return changed


def _changed_stack(stack: Stack, values: Mapping[str, float], parts: Mapping[str, Any]) -> Stack:
    """Return a stack with the numbers of the device that are among some values, and with its changed emitter."""
    whole: dict[str, Any] = {word: value for path, value in values.items() if (word := device_word(path))}
    for path, value in values.items():
        if (at := layer_of(path)) is not None:
            names = [layer.name for layer in stack.layers]
            stack = with_stated(stack, names.index(at.name) if at.name else at.place, {at.word: value})
    if "run.temperature" in values:
        whole["temperature"] = values["run.temperature"]
    if "emitter" in parts and stack.emitter is not None:
        whole["emitter"] = make_emitter(parts["emitter"])
    return replaced(stack, **whole) if whole else stack
