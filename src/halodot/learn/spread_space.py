"""What varies between devices as independent normal numbers, and devices that are followed for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.chain.simulate import simulate
from halodot.errors import HalodotError
from halodot.learn.limits import OUTPUTS, limit_numbers
from halodot.learn.priors import uncertain
from halodot.results.data import Result
from halodot.study import Study, with_inputs
from halodot.study.spread import LEVELS
from halodot.study.variations import VariedInput

AREA, TEST = "device.area", "run.lifetime_luminance"


@dataclass(frozen=True, eq=False)
class Space:
    """All that varies; a deviate is the distance from the value in standard deviations of all levels together."""

    items: tuple[VariedInput, ...]
    sd: Array = field(init=False)  # of each level, (level, input), of the logarithm where it varies by factors
    total: Array = field(init=False)  # of all levels, (input,)

    def __post_init__(self) -> None:
        """Take the standard deviations out of the variations."""
        sd = np.array([[item.sd(level) for item in self.items] for level in LEVELS]).reshape(len(LEVELS), -1)
        object.__setattr__(self, "sd", sd)
        object.__setattr__(self, "total", np.sqrt(np.sum(sd**2, axis=0)))

    @property
    def share(self) -> Array:
        """Weight of each level's own normal number in the deviate, (level, input)."""
        return np.asarray(self.sd / self.total)

    def deviates(self, batch: Array, pixel: Array) -> Array:
        """Return deviates [1], (..., input), of normal numbers of the batch and of the pixel, shapes (..., input)."""
        share = self.share
        return np.asarray(batch * share[0] + pixel * share[1])

    def values(self, deviates: Array) -> Array:
        """Return the inputs [SI] at deviates [1], shape (..., input), within what each can be."""
        columns = []
        for k, item in enumerate(self.items):
            off = self.total[k] * deviates[..., k]
            found = item.value * np.exp(off) if item.relative else item.value + off
            columns.append(np.clip(found, *_limits(item)))
        return np.stack(columns, axis=-1)

    def place(self, path: str) -> int:
        """Return the place of a path, -1 where it does not vary."""
        return next((k for k, item in enumerate(self.items) if item.path == path), -1)


def _limits(item: VariedInput) -> tuple[float, float]:
    from halodot.sources import Sourced

    return uncertain(item.path, Sourced(item.value, item.unit)).limits


@dataclass(frozen=True, eq=False)
class Followed:
    """Devices that were computed through the whole chain."""

    deviates: Array  # (device, input)
    numbers: Array  # SI, (device, output), nan where a device gives no such number
    failures: tuple[str, ...]  # of each device, empty where it has a solution


@dataclass(frozen=True, eq=False)
class Follower:
    """Follows devices of one study; each takes over from a neighbour the states that have the same inputs."""

    study: Study
    space: Space
    central: Result  # at the stated values
    workers: int | None = None

    def follow(
        self, deviates: Array, batches: IntArray | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Followed:
        """Compute devices.

        Args:
            deviates: of each, (device, input).
            batches: number of the batch of each device, in order, whose first device the others start from; none if
                every device is a batch of its own.
            progress: called with (done, total).
        """
        own = np.arange(len(deviates)) if batches is None else batches
        starts = np.flatnonzero(np.r_[True, own[1:] != own[:-1]]) if len(own) else np.zeros(0, dtype=int)
        groups = np.split(np.arange(len(own)), starts[1:])
        values, done = self.space.values(deviates), 0
        rows: list[tuple[list[float], str]] = []
        with ThreadPoolExecutor(self.workers or os.cpu_count() or 1) as pool:
            for found in pool.map(lambda group: self._batch(values[group]), groups):
                rows += found
                done += len(found)
                if progress:
                    progress(done, len(own))
        numbers = np.array([row for row, _ in rows]).reshape(len(own), len(OUTPUTS))
        return Followed(deviates, numbers, tuple(failure for _, failure in rows))

    def _batch(self, values: Array) -> list[tuple[list[float], str]]:
        found, beside = [], self.central
        for k, row in enumerate(values):
            try:
                result = simulate(self._changed(row), beside)
            except (HalodotError, ArithmeticError, np.linalg.LinAlgError) as error:
                found.append(([float("nan")] * len(OUTPUTS), _reason(str(error))))
                continue
            beside = result if k == 0 else beside
            found.append((self._read(result, row), _reason(result.failure)))
        return found

    def _changed(self, row: Array) -> Study:
        changes = dict(zip((item.path for item in self.space.items), row.tolist()))
        inputs = self.study.inputs
        if AREA in changes and TEST in inputs:  # the test starts at the luminance that the meter shows
            changes.setdefault(TEST, inputs[TEST].value * inputs[AREA].value / changes[AREA])
        return with_inputs(self.study, changes, remarked=False)

    def _read(self, result: Result, row: Array) -> list[float]:
        """The outputs as a laboratory reads them, which divides by the area that the pixel should have."""
        numbers = dict(limit_numbers({"": result}))
        place = self.space.place(AREA)
        if place >= 0:
            numbers["luminance"] *= float(row[place]) / self.space.items[place].value
        return [numbers[name] for name in OUTPUTS]


def _reason(message: str) -> str:
    return " ".join(message.split())[:160]


def numbers_of(result: Result) -> Mapping[str, float]:
    """Return the outputs of one device [SI], by the names of :data:`halodot.learn.limits.OUTPUTS`."""
    return limit_numbers({"": result})


def batch_numbers(count: int, pixels: int) -> IntArray:
    """Return the number of the batch of each device, (device,).

    Args:
        count: devices.
        pixels: of one batch.
    """
    return np.arange(count) // pixels


def drawn_devices(space: Space, count: int, pixels: int, seed: Sequence[int]) -> Array:
    """Return deviates of devices in batches [1], (device, input); those of a batch share its part.

    Args:
        space: what varies.
        count: devices.
        pixels: of one batch.
        seed: of the random numbers.
    """
    random = np.random.default_rng(seed)
    batches = batch_numbers(count, pixels)
    own = random.standard_normal((int(batches[-1]) + 1, len(space.items)))
    return space.deviates(own[batches], random.standard_normal((count, len(space.items))))
