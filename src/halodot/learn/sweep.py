"""A study with some of its inputs varied: a handful of points in memory, or many in a store."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Unpack, overload

import numpy as np

from halodot.arrays import Array
from halodot.chain.many import simulate_many
from halodot.errors import InputError, Problem
from halodot.learn.sweep_points import (
    SweepPoint,
    Values,
    as_varied,
    check_followed,
    computed,
    one_line,
    reader,
    refuse_both,
    varied_inputs,
)
from halodot.learn.sweep_stored import Stored, StoredSweep, sweep_into_store
from halodot.learn.sweep_values import MOST_VALUES, SweptInput, SweptRange
from halodot.results.data import Result
from halodot.study import Study

__all__ = ["MOST_POINTS", "StoredSweep", "Sweep", "SweepPoint", "SweptInput", "sweep"]

#: points of a sweep in memory; more are for a store
MOST_POINTS = MOST_VALUES
Progress = Callable[[int, int], None]


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


@overload
def sweep(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[SweptInput],
    *,
    changes: Iterable[str] = (),
    keep: bool = False,
    workers: int | None = None,
    progress: Progress = ...,
    each: Callable[[int, Result], None] = ...,
) -> Sweep: ...
@overload
def sweep(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[SweptInput | SweptRange],
    *,
    changes: Iterable[str] = (),
    workers: int | None = None,
    progress: Progress = ...,
    **stored: Unpack[Stored],
) -> StoredSweep: ...
def sweep(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[Any],
    *,
    changes: Iterable[str] = (),
    keep: bool = False,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
    each: Callable[[int, Result], None] = lambda place, result: None,
    **stored: Any,
) -> Sweep | StoredSweep:
    """Simulate a study at every combination of some inputs, each point exactly as it would be alone.

    A point that cannot be computed keeps its reason, and the others go on. With ``store="sweep.zarr"`` the points go
    into one store by processes of this machine or of a Dask cluster; where the store holds a part of this sweep, it is
    gone on with. There, ``samples`` with ``design`` ("lhs" or "sobol") and ``seed`` draws points between ends,
    ``scheduler`` names a Dask scheduler, and ``curves`` keeps J-V-L and EL spectra.

    Args:
        study: a study, a study file, a name of the library, or a result, which keeps its study.
        values: by the path of the input, any that ``--set`` takes: ``"20..60 nm:5"``, ``["20 nm", "30 nm"]``, or
            numbers in SI; ``"20..60 nm"`` of a design.
        changes: ``path=value``, made at every point before its own.
        keep: whether the points keep their whole results; each takes a few MB.
        workers: how many at a time; as many as there are cores when not given.
        progress: called with the number of points that are done, and that of all.
        each: called with the place and the result of every point that could be read, in order.
        stored: ``store``, ``scheduler``, ``samples``, ``design``, ``seed``, ``curves``.

    Returns:
        The points over the grid, with the numbers of their summaries; with a store, what is in it.

    Raises:
        InputError: the study, what is varied or the store cannot be used, there are more than 2000 points without a
            store, or none of them is a study.
        OSError: the disk of the store is full or fails.
    """
    if stored:
        return _into_store(study, values, changes, workers, progress, stored)
    return _in_memory(study, values, tuple(changes), _Calls(keep, workers, progress, each))


@dataclass(frozen=True)
class _Calls:
    """How points are computed in memory, and who is told."""

    keep: bool
    workers: int | None
    progress: Progress
    each: Callable[[int, Result], None]


def _into_store(
    study: Study | str | PathLike[str],
    values: Any,
    changes: Iterable[str],
    workers: int | None,
    progress: Progress,
    stored: Mapping[str, Any],
) -> StoredSweep:
    """Check the words of a sweep into a store, and make it."""
    if unknown := sorted(set(stored) - set(Stored.__annotations__)):
        raise TypeError(f"sweep() got unexpected keyword arguments {', '.join(unknown)}")
    if not stored.get("store"):
        raise InputError(Problem(f"{', '.join(sorted(stored))} needs a store; name one, such as sweep.zarr", "store"))
    how = Stored(store=stored["store"])
    how.update({name: value for name, value in stored.items() if value is not None})  # type: ignore[typeddict-item]
    return sweep_into_store(study, values, changes, workers, progress, how)


def _in_memory(study: Study | str | PathLike[str], values: Any, changes: tuple[str, ...], calls: _Calls) -> Sweep:
    """Simulate every point with threads of this process, and keep what they give."""
    inputs = tuple(varied_inputs(study, values, changes))
    refuse_both([item.path for item in inputs], changes)
    count = math.prod(len(item.texts) for item in inputs)
    if count > MOST_POINTS:
        message = (
            f"{count} points are too many to hold; {MOST_POINTS} at most, or write them to a store: --out sweep.zarr"
        )
        raise InputError(Problem(message, file="--vary"))
    read = reader(study, changes, [item.path for item in inputs])
    grid = list(itertools.product(*(range(len(item.texts)) for item in inputs)))
    points, studies = _studies(read, inputs, grid)
    batch = 2 * (calls.workers or os.cpu_count() or 1)
    todo = [place for place, item in enumerate(studies) if item is not None]
    for start in range(0, len(todo), batch):
        calls.progress(count - len(todo) + start, count)
        places = todo[start : start + batch]
        for place, result in zip(places, simulate_many([one for k in places if (one := studies[k])], calls.workers)):
            points[place] = computed(points[place], result, calls.keep)
            calls.each(place, result)
    calls.progress(count, count)
    title = next(item.title for item in studies if item is not None)
    return Sweep(title, inputs, tuple(points))


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
            point = replace(point, failure=one_line(error))
        points.append(point)
    if len(refused) == len(grid):
        raise InputError([as_varied(problem, [item.path for item in inputs]) for problem in refused[0].problems])
    for axis, item in enumerate(inputs):
        check_followed(item, axis, grid, studies)
    return points, studies
