"""A study with some of its inputs varied over a grid, every point simulated for itself."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.chain.many import simulate_many
from halodot.errors import HalodotError, InputError, Problem
from halodot.learn.sweep_values import MOST_VALUES, SweptInput, listed, swept
from halodot.paths import present
from halodot.results.data import Result, SummaryValue
from halodot.results.files import load
from halodot.states import Note
from halodot.study import Study, from_document, to_document

__all__ = ["MOST_POINTS", "Sweep", "SweepPoint", "SweptInput", "sweep"]

#: points of a sweep; more take hours on one machine
MOST_POINTS = MOST_VALUES
#: values of an input: what is written behind PATH=, or the values themselves, numbers in SI
Values = str | Sequence[str | float] | Array


@dataclass(frozen=True, eq=False)
class SweepPoint:
    """One point of a sweep."""

    texts: tuple[str, ...]  # value of each varied input, as it was written
    numbers: tuple[float, ...]  # the same in the units of the inputs; the place in the list for words
    summary: Mapping[str, SummaryValue]  # in SI, empty where nothing was computed
    failure: str = ""  # why something was not computed
    notes: tuple[Note, ...] = ()
    result: Result | None = None  # where it was kept


@dataclass(frozen=True, eq=False)
class Sweep:
    """Every point of a grid of inputs."""

    title: str
    inputs: tuple[SweptInput, ...]
    points: tuple[SweepPoint, ...]  # the last input changes fastest

    def __repr__(self) -> str:
        """How many points of which inputs there are."""
        names = ", ".join(item.path for item in self.inputs)
        failed = sum(bool(point.failure) for point in self.points)
        lost = f", {failed} failed" if failed else ""
        return f"<Sweep of {self.title!r}: {len(self.points)} points of {names}{lost}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each input."""
        return tuple(len(item.texts) for item in self.inputs)

    def values(self, name: str) -> Array:
        """Return a number of the summary in SI over the grid, one axis for each input, nan where it does not exist.

        Args:
            name: of :mod:`halodot.names`.
        """
        entries = (point.summary.get(name) for point in self.points)
        found = [math.nan if entry is None or entry.value is None else entry.value for entry in entries]
        return np.array(found).reshape(self.shape)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers that at least one point has."""
        every = dict.fromkeys(name for point in self.points for name in point.summary)
        return tuple(
            name
            for name in every
            if any(name in point.summary and point.summary[name].value is not None for point in self.points)
        )


def sweep(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[SweptInput],
    *,
    changes: Iterable[str] = (),
    keep: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    each: Callable[[int, Result], None] = lambda place, result: None,
) -> Sweep:
    """Simulate a study at every combination of some inputs, each point exactly as it would be alone.

    A point that cannot be computed keeps its reason, and the others go on.

    Args:
        study: a study, a study file, a name of the library, or a result, which keeps its study.
        values: by the path of the input, any that ``--set`` takes: ``"20..60 nm:5"``, ``["20 nm", "30 nm"]``, or
            numbers in SI.
        changes: ``path=value``, made at every point before its own.
        keep: whether the points keep their whole results; each takes a few MB.
        workers: how many at a time; as many as there are cores when not given.
        progress: called with the number of points that are done, and that of all.
        each: called with the place and the result of every point that could be read, in order.

    Returns:
        The points over the grid, with the numbers of their summaries.

    Raises:
        InputError: the study or what is varied cannot be used, there are more than 2000 points, or none of them is a
            study.
    """
    changes = tuple(changes)
    inputs = tuple(_inputs(study, values, changes))
    _refuse_both(inputs, changes)
    count = math.prod(len(item.texts) for item in inputs)
    if count > MOST_POINTS:
        message = f"{count} points are too many for one machine; write fewer values, {MOST_POINTS} points at most"
        raise InputError(Problem(message, file="--vary"))
    read = _reader(study, tuple(changes), [item.path for item in inputs])
    grid = list(itertools.product(*(range(len(item.texts)) for item in inputs)))
    points, studies = _studies(read, inputs, grid)
    batch = 2 * (workers or os.cpu_count() or 1)
    todo = [place for place, item in enumerate(studies) if item is not None]
    for start in range(0, len(todo), batch):
        progress(count - len(todo) + start, count)
        places = todo[start : start + batch]
        for place, result in zip(places, simulate_many([one for k in places if (one := studies[k])], workers)):
            points[place] = _computed(points[place], result, keep)
            each(place, result)
    progress(count, count)
    title = next(item.title for item in studies if item is not None)
    return Sweep(title, inputs, tuple(points))


def _refuse_both(inputs: Iterable[SweptInput], changes: Iterable[str]) -> None:
    """Refuse a change of what is varied, which no point would have."""
    varied = {item.path for item in inputs}
    if twice := sorted({text.partition("=")[0].strip() for text in changes} & varied):
        raise InputError([Problem(f"{path} is set and varied; leave one of them out", file="--set") for path in twice])


def _inputs(
    study: Study | str | PathLike[str], values: Mapping[str, Values] | Sequence[SweptInput], changes: Iterable[str]
) -> Iterable[SweptInput]:
    """Yield what is varied; numbers without a unit are taken in SI."""
    if not values:
        raise InputError(
            Problem(f"nothing is varied; write such as {'device.layers.PTAA.thickness=20..60 nm:5'}", file="--vary")
        )
    found: list[SweptInput] = []
    for item in values if not isinstance(values, Mapping) else values.items():
        if isinstance(item, SweptInput):
            found.append(item)
            continue
        path, given = present(item[0]), item[1]
        if isinstance(given, str):
            found.append(swept(path, given, ""))
            continue
        plain = list(given)
        if any(not isinstance(value, str) for value in plain):
            unit = _unit(study, path, changes)
            plain = [value if isinstance(value, str) else _written(float(value), unit) for value in plain]
        found.append(listed(path, plain))
    twice = {item.path for item in found if [one.path for one in found].count(item.path) > 1}
    if twice:
        raise InputError([Problem("is varied twice", path, "--vary") for path in sorted(twice)])
    return found


def _written(value: float, unit: str) -> str:
    return repr(value) if unit == "1" else f"{value!r} {unit}"


def _unit(study: Study | str | PathLike[str], path: str, changes: Iterable[str]) -> str:
    """Return the SI unit of an input, in which numbers are taken."""
    loaded = study if isinstance(study, Study) else load(study, changes)
    if path not in loaded.inputs:
        message = "is no number of the study as it stands, so that its unit is not known; write values with units"
        raise InputError(Problem(message, path))
    return loaded.inputs[path].unit


def _reader(
    study: Study | str | PathLike[str], changes: tuple[str, ...], paths: Sequence[str]
) -> Callable[[Sequence[str]], Study]:
    """Return how a study is read with more changes."""
    if not isinstance(study, Study) and not (os.path.isdir(study) or Path(study).suffix in (".nc", ".json")):
        place = study
        return lambda own: load(place, (*changes, *own))
    kept = study if isinstance(study, Study) else load(study)
    document: dict[str, Any] = to_document(kept)
    if stated := document.get("parameters"):  # numbers that were changed before would hide what is varied
        document["parameters"] = {path: entry for path, entry in stated.items() if path not in paths}
    folder = Path(kept.path).absolute().parent if os.path.isfile(kept.path) else None
    return lambda own: from_document(document, kept.path, (*changes, *own), folder=folder, kept=kept)


def _studies(
    read: Callable[[Sequence[str]], Study], inputs: Sequence[SweptInput], grid: Sequence[tuple[int, ...]]
) -> tuple[list[SweepPoint], list[Study | None]]:
    """Return the points without results, and the study of each, None where it cannot be read.

    Raises:
        InputError: no point can be read, or an input does not follow what is varied.
    """
    points: list[SweepPoint] = []
    studies: list[Study | None] = []
    refused: list[InputError] = []
    for places in grid:
        texts = tuple(item.texts[k] for item, k in zip(inputs, places))
        numbers = tuple(item.numbers[k] if item.numbers else float(k) for item, k in zip(inputs, places))
        point = SweepPoint(texts, numbers, {})
        try:
            studies.append(read([f"{item.path}={text}" for item, text in zip(inputs, texts)]))
        except InputError as error:
            refused.append(error)
            studies.append(None)
            point = replace(point, failure=_one_line(error))
        points.append(point)
    if len(refused) == len(grid):
        raise InputError([_as_varied(problem, inputs) for problem in refused[0].problems])
    for axis, item in enumerate(inputs):
        _check_followed(item, axis, grid, studies)
    return points, studies


def _as_varied(problem: Problem, inputs: Sequence[SweptInput]) -> Problem:
    """Return a problem with the option by which what is wrong was written."""
    varied = [item.path for item in inputs if problem.file == f"--set {item.path}"]
    return replace(problem, file=f"--vary {varied[0]}") if varied else problem


def _check_followed(
    item: SweptInput, axis: int, grid: Sequence[tuple[int, ...]], studies: Sequence[Study | None]
) -> None:
    """Refuse an input that has one value in every study although it is varied."""
    seen = {
        (places[axis], study.inputs[item.path].value)
        for places, study in zip(grid, studies)
        if study and item.path in study.inputs
    }
    if len({place for place, _ in seen}) > 1 and len({value for _, value in seen}) == 1:
        message = "does not follow: the study states it under 'parameters', which counts for more; take it out there"
        raise InputError(Problem(message, item.path, "--vary"))


def _computed(point: SweepPoint, result: Result, keep: bool) -> SweepPoint:
    """Return a point with what was computed."""
    unsolved = sum(not record.converged for record in result.device_solution.history) if result.device_solution else 0
    failure = " ".join(result.failure.split())
    if not failure and unsolved:
        failure = f"{unsolved} voltages are not solved"
    if not failure and result.flask is not None and not result.flask.survived:
        failure = result.flask.reason or "the dots decomposed"
    return replace(
        point, summary=dict(result.summary), failure=failure, notes=result.notes, result=result if keep else None
    )


def _one_line(error: HalodotError) -> str:
    """Return what is wrong with a point, without the place in its text."""
    if isinstance(error, InputError):
        return "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in error.problems)
    return " ".join(str(error).split())
