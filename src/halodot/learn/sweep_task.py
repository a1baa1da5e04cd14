"""What one task of a large sweep does, in whichever process: compute the points of a chunk and write them.

Before each point the process says in a file beside the chunks that it begins it. Should it die, the next attempt knows
at which point, and a point that ends its process twice is left out as failed.
"""

from __future__ import annotations

import json
import math
import pickle
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.chain.many import simulate_many
from halodot.errors import InputError, Problem
from halodot.learn.sweep_points import SweepPoint, computed, one_line, reader
from halodot.learn.sweep_store import (
    COMPUTED,
    CURVES,
    FAILED,
    NUMBERS,
    ROLES,
    Layout,
    Rows,
    is_whole,
    read_rows,
    write_chunk,
)
from halodot.outputs import write_text
from halodot.results.data import Result
from halodot.study import Study
from halodot.versions import shown, versions

#: deaths of its process after which a point is left out
MOST_DEATHS = 2
#: folder in the store for what is being computed
BEGUN = ".begun"
_TWICE = "its computation ended the process twice, for want of memory perhaps; run this point alone"


@dataclass(frozen=True)
class Shared:
    """What every task of one run needs."""

    study: Study
    paths: tuple[str, ...]  # of what is varied
    store: Path
    layout: Layout | None  # None while points are only measured
    run: str  # name of this run: what an earlier one was at when it died says nothing of a point
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Chunk:
    """Points that one task computes."""

    number: int
    first: int  # place of the first point
    texts: tuple[tuple[str, ...], ...]  # by point, the value of each varied input


@dataclass(frozen=True)
class Measured:
    """How long a point takes and how large its curves are."""

    seconds: float
    bias: int
    samples: int


def packed(shared: Shared) -> bytes:
    """Return what all tasks share, as it is sent to processes."""
    return pickle.dumps(shared)


def compute_chunk(shared: bytes, chunk: Chunk) -> Rows:
    """Compute and write the points of a chunk; return their numbers.

    Raises:
        InputError: this process has another version than the one that sent it.
        OSError: the store cannot be written.
    """
    own, read = _unpacked(shared)
    if own.layout is None:
        raise ValueError("a chunk is computed for a store that has its sizes")
    at = slice(chunk.first, chunk.first + len(chunk.texts))
    if is_whole(own.store, chunk.first):  # by a task of a driver that has died since
        return read_rows(own.store, at)
    diary = _Diary(own.store / BEGUN / f"{chunk.number:06d}", own.run)
    points = []
    for k, texts in enumerate(chunk.texts):
        if diary.deaths(k) >= MOST_DEATHS:
            points.append(_Point({}, math.nan, _TWICE, None))
            continue
        diary.begin(k)
        points.append(_point(read, own.paths, texts))
    diary.begin(-1)  # a process that dies while it writes is no fault of a point
    rows = _rows(points, own.layout)
    if not is_whole(own.store, chunk.first):
        write_chunk(own.store, chunk.first, rows)
    diary.close()
    return Rows(rows.numbers, rows.roles, rows.seconds, rows.failures, rows.status)


def measure_points(shared: bytes, chunk: Chunk) -> Measured:
    """Compute some points without keeping them, and return the shortest time and the largest sizes."""
    own, read = _unpacked(shared)
    times: list[float] = []
    bias = samples = 0
    for texts in chunk.texts:
        point = _point(read, own.paths, texts)
        times.append(point.seconds)
        if point.result is not None:
            curves = _curves(point.result)
            bias, samples = max(bias, curves["voltage"].size), max(samples, curves["wavelength"].size)
        if bias and len(times) > 1:  # the first is slower, while everything is loaded
            break
    return Measured(min(times), bias, samples)


@lru_cache(maxsize=2)
def _unpacked(shared: bytes) -> tuple[Shared, Callable[[Sequence[str]], Study]]:
    own: Shared = pickle.loads(shared)
    here = versions()
    if any(here.get(name) != own.versions.get(name) for name in ("halodot", "commit")):
        message = f"the worker on {socket.gethostname()} has {shown(here)}, and the sweep {shown(own.versions)}"
        raise InputError(Problem(f"{message}; install the same version on both", file="--scheduler"))
    return own, reader(own.study, (), own.paths)


# --------------------------------------------------------------------------------------------------------------- points


@dataclass(frozen=True, eq=False)
class _Point:
    """One point as it came out."""

    summary: Mapping[str, Any]
    seconds: float
    failure: str
    result: Result | None


def _point(read: Callable[[Sequence[str]], Study], paths: Sequence[str], texts: Sequence[str]) -> _Point:
    """Return a point, whatever becomes of it."""
    start = time.perf_counter()
    try:
        study = read([f"{path}={text}" for path, text in zip(paths, texts)])
        (result,) = simulate_many([study], 1)
        point = computed(SweepPoint(tuple(texts), (), {}), result, True)
    except InputError as error:
        return _Point({}, time.perf_counter() - start, one_line(error), None)
    except Exception as error:  # a point must not take the others with it, whatever is wrong with it
        failure = f"halodot failed ({type(error).__name__}: {' '.join(str(error).split())})"
        return _Point({}, time.perf_counter() - start, failure, None)
    return _Point(point.summary, time.perf_counter() - start, point.failure, result)


def _rows(points: Sequence[_Point], layout: Layout) -> Rows:
    numbers = np.full((len(points), len(NUMBERS)), np.nan)
    roles = np.zeros(numbers.shape, np.int8)
    curves = _room(len(points), layout)
    failures = [point.failure for point in points]
    for k, point in enumerate(points):
        for j, name in enumerate(NUMBERS):
            entry = point.summary.get(name)
            if entry is not None and entry.value is not None:
                numbers[k, j], roles[k, j] = entry.value, ROLES.index(entry.role)
        if curves and point.result is not None:
            failures[k] = failures[k] or _keep_curves(curves, k, _curves(point.result))
    status = np.array([FAILED if failure else COMPUTED for failure in failures], dtype=np.int8)
    return Rows(numbers, roles, np.array([point.seconds for point in points]), tuple(failures), status, curves)


def _room(points: int, layout: Layout) -> dict[str, Array]:
    """Return arrays without numbers for the curves of some points, none where no curves are kept."""
    if not layout.bias:
        return {}
    return {
        name: np.full((points, *(layout.sizes[axis] for axis in axes)), np.nan) for name, (axes, _, _) in CURVES.items()
    }


def _curves(result: Result) -> dict[str, Array]:
    """Return the curves of a result, empty where it has no light or no device."""
    light, device = result.emission, result.device_solution
    found = {name: np.zeros((0,) * len(axes)) for name, (axes, _, _) in CURVES.items()}
    if device is not None:
        found |= {name: getattr(device, name) for name in ("voltage", "current_density")}
    if light is not None:
        found |= {name: getattr(light, name) for name in CURVES}
    return found


def _keep_curves(room: Mapping[str, Array], place: int, curves: Mapping[str, Array]) -> str:
    """Put the curves of one point into its row; return why they do not fit, nothing where they do."""
    for name, values in curves.items():
        own = room[name][place]
        if any(size > most for size, most in zip(values.shape, own.shape)):
            return f"its {name} has {values.shape} numbers, and the store room for {own.shape}; run this point alone"
    for name, values in curves.items():
        room[name][place][tuple(slice(0, size) for size in values.shape)] = values
    return ""


# ---------------------------------------------------------------------------------------------------------------- diary


class _Diary:
    """At which point of a chunk a process is, kept where it outlives the process."""

    def __init__(self, path: Path, run: str) -> None:
        self._path, self._run = path, run
        self._deaths: dict[str, int] = {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["run"] == run:
                self._deaths = found["deaths"]
                if (at := found["at"]) >= 0:
                    self._deaths[str(at)] = self.deaths(at) + 1
        except (OSError, ValueError):
            path.parent.mkdir(exist_ok=True)

    def deaths(self, place: int) -> int:
        """How often a process died at a point."""
        return self._deaths.get(str(place), 0)

    def begin(self, place: int) -> None:
        """Say which point is begun, -1 for none."""
        write_text(self._path, json.dumps({"run": self._run, "at": place, "deaths": self._deaths}))

    def close(self) -> None:
        """Say that the chunk is whole."""
        self._path.unlink(missing_ok=True)
