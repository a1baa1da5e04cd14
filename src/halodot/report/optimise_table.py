"""An optimum as a table for the screen, as sentences, and as files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from halodot.learn.goals import Goal
from halodot.learn.optimise import Optimum, Trial
from halodot.learn.optimise_around import Robust
from halodot.outputs import csv_text, write_text
from halodot.report.figures_optimise import draw_optimum
from halodot.report.style import save
from halodot.units import from_si

#: lines of a front that the screen shows
_FEW = 12


def head(found: Optimum) -> tuple[str, ...]:
    """Return the headings: what each line is, what is varied, and the goals."""
    inputs = (_with_unit(item.name, item.unit) for item in found.varied)
    return ("what", *inputs, *(_with_unit(goal.quantity, goal.shown_unit) for goal in found.goals))


def rows(found: Optimum) -> list[tuple[str, ...]]:
    """Return the study as it stands, the optimum, that under uncertainty, and of a front some of its places."""
    best = found.trials[found.best]
    name = "optimum" if len(found.goals) == 1 else "compromise"
    lines = [_row(found, "as it stands", found.present), _row(found, name, best)]
    if found.robust is not None and found.robust.best != 0:
        robust = found.robust.values[found.robust.best]
        one = next((trial for trial in found.trials if trial.values == robust), None)
        lines += [_row(found, "under uncertainty", one)] if one is not None else []
    if len(found.goals) > 1:
        step = max(1, -(-len(found.front) // _FEW))
        lines += [_row(found, "front", found.trials[k]) for k in found.front[::step]]
    once = {line[1:]: line for line in reversed(lines[1:])}  # the compromise and the robust place lie on the front
    return [lines[0], *(line for line in lines[1:] if once[line[1:]] is line)]


def remarks(found: Optimum) -> Iterator[str]:
    """Yield how flat the optimum is, what the uncertain inputs leave of it, and what was not done."""
    failed = sum(not all(map(math.isfinite, one.numbers)) for one in found.trials)
    broken = sum(not one.allowed for one in found.trials) - failed
    limits = f", {broken} break a limit" if found.limits else ""
    yield f"{_counted(found.trials)}, {failed} without a result{limits}; seed {found.seed}"
    for item, flat, value in zip(found.varied, found.flat, found.trials[found.best].values):
        ends = f"{item.text(flat.low, 3)} to {item.text(flat.high, 3)}"
        edge = "; it lies on a limit and may be better beyond" if flat.at_limit else ""
        yield f"{item.name} {item.text(value, 4)}: alone, from {ends} a goal loses at most 1 %{edge}"
    yield from _targets(found)
    yield from _under_uncertainty(found)
    yield from (str(note.text) for note in found.notes)


def _under_uncertainty(found: Optimum) -> Iterator[str]:
    robust = found.robust
    if robust is None:
        return
    others = len(robust.values) - 1
    for g, goal in enumerate(found.goals):
        nominal = goal.text(found.trials[found.best].numbers[g])
        text = f"{goal.quantity} {nominal}; with the inputs' uncertainty {_drawn(robust, 0, g, goal)}"
        if robust.best != 0:
            text += f", at the best of {others + 1} places under it {_drawn(robust, robust.best, g, goal)}"
        yield text
    if robust.best == 0 and others and np.isfinite(robust.numbers).any():
        known = f"none of the {others} other places does" if others > 1 else "the one other place does not do"
        yield f"under the inputs' uncertainty {known} better on average"


def _drawn(robust: Robust, place: int, g: int, goal: Goal) -> str:
    """Return a goal at a place under the draws, and how many have it where not all do."""
    count, draws = len(robust.seen(place, g)), robust.numbers.shape[1]
    if not count:
        return f"none: no draw of {draws} gives it"
    middle, low, high = (goal.text(value) for value in robust.interval(place, g))
    return f"{middle} ({low} to {high}{f'; {count} of {draws} draws give it' if count < draws else ''})"


def _targets(found: Optimum) -> Iterator[str]:
    """Yield how far each target is off at the optimum, and which of them nothing comes near."""
    best = found.trials[found.best]
    for g, goal in enumerate(found.goals):
        if goal.kind != "target":
            continue
        allowed = [one for one in found.trials if one.allowed]
        seen = np.array([one.numbers[g] for one in allowed])
        beyond = goal.out_of_reach(seen)
        yield f"{goal.quantity} {goal.text(best.numbers[g])}, wanted {goal.text(goal.target)}"
        if beyond:
            yield f"{beyond}, in {_counted(allowed)}"


def _counted(trials: Sequence[Trial]) -> str:
    return f"{len(trials)} trial{'' if len(trials) == 1 else 's'}"


def write(found: Optimum, folder: Path) -> None:
    """Write the front as optimum.csv, every trial as trials.csv, and the figure."""
    first = found.trials[found.best]
    ahead = [first, *(found.trials[k] for k in found.front if k != found.best)]
    write_text(folder / "optimum.csv", csv_text(_lines(found, ahead)))
    write_text(folder / "trials.csv", csv_text(_lines(found, found.trials)))
    save(draw_optimum(found), folder / "optimum")


def _lines(found: Optimum, trials: Sequence[Trial]) -> list[Sequence[str | float]]:
    inputs = [_bracketed(item.name, item.unit) for item in found.varied]
    lines: list[Sequence[str | float]] = [[*inputs, *(goal.heading for goal in found.goals), "allowed"]]
    for one in trials:
        given = [item.number(value) for item, value in zip(found.varied, one.values)]
        numbers = [from_si(value, goal.unit, goal.shown_unit) for goal, value in zip(found.goals, one.numbers)]
        lines.append([*given, *numbers, "yes" if one.allowed else "no"])
    return lines


def _row(found: Optimum, what: str, one: Trial) -> tuple[str, ...]:
    given = (f"{item.number(value):.4g}" for item, value in zip(found.varied, one.values))
    numbers = (
        "" if math.isnan(value) else f"{from_si(value, goal.unit, goal.shown_unit):.4g}"
        for goal, value in zip(found.goals, one.numbers)
    )
    return (what, *given, *numbers)


def _with_unit(name: str, unit: str) -> str:
    return name if unit == "1" else f"{name} ({unit})"


def _bracketed(name: str, unit: str) -> str:
    return name if unit == "1" else f"{name} [{unit}]"
