"""Recipes side by side: which step of the one is which step of the other, and a step in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import SequenceMatcher
from typing import Any

from halodot.paths import step_of
from halodot.states import Recipe, Step
from halodot.study.model import Study

#: a part of a recipe, "pot" or "stocks.ligand", and the line in it
Line = tuple[str, int]


@dataclass
class _Row:
    """One step and where it stands in each study."""

    part: str
    lines: dict[int, int] = field(default_factory=dict)  # study -> line


def aligned_steps(
    studies: Sequence[Study],
) -> tuple[list[tuple[str, tuple[str, ...]]], list[Callable[[str], str | None]]]:
    """Return the steps that differ as a whole, and how the paths of the others are called in the first study.

    Args:
        studies: with recipes or without; the first is the one that the others are compared with.

    Returns:
        Path and words, empty where a study does not have the step, of every step that is not in all studies or whose
        words differ; and for each study a function from its paths to those of the first, None for a number of a step
        that is among these.
    """
    recipes = [study.recipe for study in studies]
    rows = [row for part in _parts(recipes) for row in _rows(part, recipes)]
    different = [row for row in rows if not _same(row, recipes)]
    texts = [
        (
            _path(row, min(row.lines)),
            tuple(_words(study, row.part, row.lines[k]) if k in row.lines else "" for k, study in enumerate(studies)),
        )
        for row in different
    ]
    whole = [{(row.part, row.lines[k]) for row in different if k in row.lines} for k in range(len(studies))]
    first = [
        {(row.part, row.lines[k]): row.lines[0] for row in rows if {0, k} <= set(row.lines)}
        for k in range(len(studies))
    ]
    return texts, [_renaming(whole[k], first[k]) for k in range(len(studies))]


def _renaming(whole: set[Line], first: Mapping[Line, int]) -> Callable[[str], str | None]:
    """Return the function that takes the paths of a study to those of the first."""

    def renamed(path: str) -> str | None:
        at = step_of(path)
        if at is None:
            return path
        part = f"stocks.{at.stock}" if at.part == "stocks" else at.part
        if (part, at.line) in whole:
            return None
        before, bracket, rest = path.partition(f"[{at.line}]")
        return f"{before}[{first.get((part, at.line), at.line)}]{rest}" if bracket else path

    return renamed


def _parts(recipes: Sequence[Recipe | None]) -> Iterator[str]:
    """Yield the parts of some recipes, stocks first."""
    there = [recipe for recipe in recipes if recipe is not None]
    yield from dict.fromkeys(f"stocks.{name}" for recipe in there for name in recipe.stocks)
    yield from ("pot", "work_up", "film")


def _steps(recipe: Recipe | None, part: str) -> tuple[Step, ...]:
    if recipe is None:
        return ()
    before, _, stock = part.partition(".")
    return recipe.stocks.get(stock, ()) if before == "stocks" else getattr(recipe, part)


def _rows(part: str, recipes: Sequence[Recipe | None]) -> list[_Row]:
    """Return the steps of a part in the order of the first recipe, with those that only others have between them."""
    first = _steps(recipes[0], part)
    rows = [_Row(part, {0: line}) for line in range(len(first))]
    added: dict[tuple[int, str, str], _Row] = {}
    for k, recipe in enumerate(recipes[1:], 1):
        steps = _steps(recipe, part)
        for line, at in _pairs(first, steps):
            if isinstance(line, int):
                rows[line].lines[k] = at
                continue
            key = (*line, f"{steps[at].kind} {steps[at].material}")
            row = added.setdefault(key, _Row(part))
            row.lines[k] = at
    placed = [(row.lines[0], 0, row) for row in rows] + [(key[0], -1, row) for key, row in added.items()]
    return [row for _, _, row in sorted(placed, key=lambda item: item[:2])]


def _pairs(one: Sequence[Step], other: Sequence[Step]) -> Iterator[tuple[int | tuple[int, str], int]]:
    """Yield for each step of the other recipe the line that it has in the one, or between which it is added.

    Steps of one kind that stand in the same place are the same step with another reagent.
    """
    names, own_names = ([(step.kind, step.material) for step in steps] for steps in (one, other))
    matched = SequenceMatcher(None, names, own_names, autojunk=False)
    for tag, start, stop, own_start, own_stop in matched.get_opcodes():
        for at in range(own_start, own_stop):
            line = start + at - own_start
            paired = tag == "equal" or (tag == "replace" and line < stop and one[line].kind == other[at].kind)
            yield (line if paired else (stop, str(at - own_start))), at


def _same(row: _Row, recipes: Sequence[Recipe | None]) -> bool:
    """Whether all recipes have a step, in the same words."""
    if len(row.lines) < len(recipes):
        return False
    return len({_signature(_steps(recipes[k], row.part)[line]) for k, line in row.lines.items()}) == 1


def _signature(step: Step) -> tuple[Any, ...]:
    """Return everything of a step but its numbers; of these which are stated."""
    words = tuple(
        math.isnan(value) if isinstance(value := getattr(step, item.name), float) else value
        for item in fields(step)
        if item.name not in ("where", "antisolvents")
    )
    return (*words, *sorted(name for name, _ in step.antisolvents))


def _path(row: _Row, study: int) -> str:
    return f"recipe.{row.part}[{row.lines[study]}]"


def _words(study: Study, part: str, line: int) -> str:
    """Return a step as the study writes it, without what is said of its numbers."""
    node: Any = study.document.get("recipe") or {}
    before, _, stock = part.partition(".")
    steps = (node.get("stocks") or {}).get(stock) if before == "stocks" else node.get(part)
    return step_words(steps[line]) if isinstance(steps, list) and line < len(steps) else "a step"


def steps_of(recipe: Recipe) -> tuple[Step, ...]:
    """Return every step of a recipe, stocks first."""
    return tuple(step for part in _parts([recipe]) for step in _steps(recipe, part))


def step_words(node: Any) -> str:
    """Return a step of a study's text, or a value of it, in words: ``inject oleic acid, volume 1 mL``.

    Args:
        node: the mapping of the step, as in ``Study.document``, or what stands behind one of its words.
    """
    if not isinstance(node, Mapping) or "value" in node:
        return _value(node)
    return ", ".join(f"{key} {_value(value)}" for key, value in node.items() if key != "note")


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value["value"]) if "value" in value else " and ".join(f"{_value(v)} {k}" for k, v in value.items())
    return str(value)
