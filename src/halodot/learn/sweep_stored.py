"""A large sweep into one store: begun, gone on with where it was, and read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, Required, TypedDict
from uuid import uuid4

import numpy as np

from halodot.arrays import Array
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.learn.sweep_design import Design, grid, refuse_design, sampled
from halodot.learn.sweep_engine import Engine, engine
from halodot.learn.sweep_points import Values, as_varied, reader, refuse_both, varied_inputs
from halodot.learn.sweep_store import (
    COMPUTED,
    FAILED,
    NOT_COMPUTED,
    Identity,
    Layout,
    Rows,
    about_store,
    claimed_store,
    create_store,
    empty_rows,
    read_rows,
    show_rows,
    stored_layout,
)
from halodot.learn.sweep_task import BEGUN, Chunk, Measured, Shared, compute_chunk, measure_points, packed
from halodot.learn.sweep_values import SweptInput, SweptRange, ends
from halodot.paths import present
from halodot.study import Study
from halodot.study.written import written_study
from halodot.versions import versions

if TYPE_CHECKING:
    import xarray

#: seconds that one task is to take
_TASK_TIME = 1.0
#: tasks for each worker at least, so that all of them have work to the end
_TASKS_EACH = 4
#: more room for curves than the measured points need, where these differ
_ROOM = 1.5
#: seconds between two times that the variables of the store are brought up to date, and their longest share of all
_SHOWN_EVERY, _SHOWN_SHARE = 30.0, 0.01
Progress = Callable[[int, int], None]


class Stored(TypedDict):
    """How a sweep goes into a store."""

    store: Required[str | PathLike[str]]  # a folder such as "sweep.zarr", gone on with where it exists
    scheduler: NotRequired[str]  # address of a running Dask scheduler
    samples: NotRequired[int]  # points of a design in place of a grid
    design: NotRequired[str]  # "lhs" or "sobol"
    seed: NotRequired[int]  # of the design
    curves: NotRequired[bool]  # whether J-V-L and EL spectra are kept


@dataclass(frozen=True, eq=False)
class StoredSweep:
    """A sweep in its store."""

    path: Path
    title: str
    design: str  # in words
    shape: tuple[int, ...]  # of a grid, else the number of points
    computed: int
    failed: int
    failures: Mapping[str, int]  # why, and how many points
    new: int = 0  # points that this run computed

    def __repr__(self) -> str:
        """How many points of what there are."""
        lost = f", {self.failed} failed" if self.failed else ""
        return f"<StoredSweep of {self.title!r} in {self.path}: {self.design}, {self.computed} computed{lost}>"

    def dataset(self) -> xarray.Dataset:
        """Return what is in the store, read when it is asked for."""
        import xarray

        found: xarray.Dataset = xarray.open_zarr(self.path, chunks=None)
        return found

    def values(self, name: str) -> Array:
        """Return a number of the summary in SI, one axis for each input of a grid, nan where it does not exist.

        Args:
            name: of :mod:`halodot.names`.
        """
        return np.asarray(self.dataset()[name].values).reshape(self.shape)


def sweep_into_store(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[SweptInput | SweptRange],
    changes: Iterable[str],
    workers: int | None,
    progress: Progress,
    how: Stored,
) -> StoredSweep:
    """Simulate a study at many points and keep their numbers in a store.

    Args:
        study: as of :func:`halodot.sweep`, as the next.
        values: by the path of the input.
        changes: ``path=value``, made at every point.
        workers: processes on this machine; as many as there are cores when not given.
        progress: called with the number of points that are done, and that of all.
        how: the store and the design.

    Raises:
        InputError: the study, what is varied or the store cannot be used; every finished chunk is kept.
        OSError: the disk is full or fails.
    """
    path, curves = Path(how["store"]), how.get("curves", False)
    if workers is not None and workers < 1:
        raise InputError(Problem("there must be at least 1", file="--workers"))
    changes = tuple(changes)
    design = _design(study, values, changes, how)
    base = reader(study, changes, design.paths)(())
    _check_points(base, design)
    written = written_study(base).text
    who = versions()
    identity = Identity(base.title, written, design, _keys(base, written, design, who), curves, who)
    with claimed_store(path), _named(path):
        layout = stored_layout(path, identity)
        rows = empty_rows(len(identity.keys)) if layout is None else read_rows(path)
        new = int(np.count_nonzero(rows.status == NOT_COMPUTED))
        if new:
            with engine(workers or os.cpu_count() or 1, how.get("scheduler", "")) as crew:
                rows = _fill(_Job(path.absolute(), base, identity, crew, progress), layout, rows)
        show_rows(path, rows)
        shutil.rmtree(path / BEGUN, ignore_errors=True)
    return _found(path, rows, new)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the store where the disk is full or fails and the error names no file."""
    try:
        yield
    except OSError as error:
        if not error.filename:
            error.filename = str(path)
        raise


def open_sweep(path: str | PathLike[str]) -> StoredSweep:
    """Open the store of a sweep, finished or not.

    Args:
        path: of the store.

    Raises:
        InputError: it is none.
    """
    about_store(Path(path))
    return _found(Path(path), read_rows(Path(path)), 0)


def _found(path: Path, rows: Rows, new: int) -> StoredSweep:
    about = about_store(path)
    count = Counter(text for text in rows.failures if text)
    computed, failed = (int(np.count_nonzero(rows.status == kind)) for kind in (COMPUTED, FAILED))
    shape = tuple(about["shape"])
    return StoredSweep(path, about["title"], about["design"], shape, computed, failed, dict(count.most_common()), new)


# --------------------------------------------------------------------------------------------------------------- design


def _design(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[SweptInput | SweptRange],
    changes: tuple[str, ...],
    how: Stored,
) -> Design:
    """Return the points that are asked for."""
    samples = how.get("samples")
    if samples is None:
        refuse_design(how.get("design"), None, how.get("seed"))
        texts = values if isinstance(values, Mapping) else [one for one in values if isinstance(one, SweptInput)]
        design = grid(tuple(varied_inputs(study, texts, changes)))
    else:
        design = sampled(how.get("design", "lhs"), _axes(study, values, changes), samples, how.get("seed", 0))
    refuse_both(design.paths, changes)
    return design


def _axes(
    study: Study | str | PathLike[str],
    values: Mapping[str, Values] | Sequence[SweptInput | SweptRange],
    changes: tuple[str, ...],
) -> list[SweptInput | SweptRange]:
    """Return what a design draws from."""
    listed: list[Any] = list(values.items() if isinstance(values, Mapping) else values)
    found: list[SweptInput | SweptRange] = []
    for item in listed:
        if isinstance(item, tuple) and isinstance(item[1], str):
            found.append(ends(present(item[0]), item[1], ""))
        elif isinstance(item, tuple):
            found += varied_inputs(study, {item[0]: item[1]}, changes)
        else:
            found.append(item)
    paths = [one.path for one in found]
    if not paths or len(set(paths)) < len(paths):
        varied_inputs(study, [SweptInput(path, ()) for path in paths], changes)  # says what is wrong
    return found


def _check_points(base: Study, design: Design) -> None:
    """Refuse a sweep none of whose ends is a study.

    Raises:
        InputError: with the problems of the first point.
    """
    read = reader(base, (), design.paths)
    ends_of = {k for column in design.numbers.T for k in (int(np.argmin(column)), int(np.argmax(column)))}
    refused: list[InputError] = []
    places = sorted({0, *ends_of})
    for place in places:
        try:
            read([f"{path}={text}" for path, text in zip(design.paths, design.texts[place])])
        except InputError as error:
            refused.append(error)
    if len(refused) == len(places):
        raise InputError([as_varied(problem, design.paths) for problem in refused[0].problems])


def _keys(base: Study, written: str, design: Design, who: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key of every point: a hash of its inputs and of the version, whatever the order of the points."""
    numbers = {path: (entry.value, entry.unit) for path, entry in base.inputs.items()}
    about = [base.document, dict(base.files), numbers, who.get("halodot"), who.get("commit")]
    start = hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode("utf-8", "backslashreplace"))
    keys = []
    for texts in design.texts:
        own = start.copy()
        own.update("\n".join(sorted(f"{path}={text}" for path, text in zip(design.paths, texts))).encode())
        keys.append(own.hexdigest()[:32])
    return tuple(keys)


# ------------------------------------------------------------------------------------------------------------ computing


@dataclass(frozen=True, eq=False)
class _Job:
    """What is computed where."""

    store: Path
    study: Study
    identity: Identity
    crew: Engine
    progress: Progress

    def shared(self, layout: Layout | None) -> bytes:
        """Return what every task of this run needs."""
        paths, who = self.identity.design.paths, self.identity.versions
        return packed(Shared(self.study, paths, self.store, layout, uuid4().hex, who))


def _fill(job: _Job, layout: Layout | None, rows: Rows) -> Rows:
    """Compute every point that is not, and return the rows of all."""
    count = len(job.identity.keys)
    done = int(np.count_nonzero(rows.status))
    job.progress(done, count)
    if layout is None:
        layout = _measured(job)
        create_store(job.store, job.identity, layout)
    todo = [chunk for chunk in _chunks(job.identity.design, layout) if rows.status[chunk.first] == NOT_COMPUTED]
    failures = list(rows.failures)
    shown, took = time.monotonic(), 0.0
    for chunk, found in job.crew.run(compute_chunk, job.shared(layout), todo):
        at = slice(chunk.first, chunk.first + len(chunk.texts))
        rows.numbers[at], rows.roles[at] = found.numbers, found.roles
        rows.seconds[at], rows.status[at] = found.seconds, found.status
        failures[at] = found.failures
        done += len(chunk.texts)
        job.progress(done, count)
        now = time.monotonic()
        if now - shown > max(_SHOWN_EVERY, took / _SHOWN_SHARE):
            show_rows(job.store, _with(rows, failures))
            shown, took = time.monotonic(), time.monotonic() - now
    return _with(rows, failures)


def _with(rows: Rows, failures: Sequence[str]) -> Rows:
    return Rows(rows.numbers, rows.roles, rows.seconds, tuple(failures), rows.status)


def _chunks(design: Design, layout: Layout) -> list[Chunk]:
    starts = range(0, layout.points, layout.chunk)
    return [Chunk(k, first, design.texts[first : first + layout.chunk]) for k, first in enumerate(starts)]


def _measured(job: _Job) -> Layout:
    """Return the sizes of a new store, from how long its first points take and how large their curves are."""
    design, curves = job.identity.design, job.identity.curves
    count = len(design.texts)
    most = max(count // (_TASKS_EACH * job.crew.workers), 1)
    if most == 1 and not curves:
        return Layout(count, 1)
    places = sorted({0, count // 2, count - 1})
    chunk = Chunk(0, 0, tuple(design.texts[k] for k in places))
    try:
        found: Measured = next(answer for _, answer in job.crew.run(measure_points, job.shared(None), [chunk]))
    except ConvergenceError:  # one of these ends its process, which its own chunk will tell
        if curves:
            raise
        return Layout(count, 1)
    size = int(np.clip(round(_TASK_TIME / max(found.seconds, 1e-6)), 1, most))
    if not curves:
        return Layout(count, size)
    if not found.bias:
        message = "none of the first points has a curve, so that there are none to keep; leave --curves out"
        raise InputError(Problem(message, file="--curves"))
    open_ends = any(path.startswith("run.") for path in design.paths)
    bias = round(_ROOM * found.bias) if open_ends else found.bias
    return Layout(count, size, bias, round(_ROOM * found.samples) if job.study.run.open else max(found.samples, 1))
