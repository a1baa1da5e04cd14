"""What is found of the devices of one recipe: each output, the yield, the champion, and what makes the difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, BoolArray, IntArray
from halodot.learn.limits import OUTPUTS
from halodot.states import Note
from halodot.study.variations import Variations

#: shares of devices below the ends of the central 95 and 68 %, and the median
QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


class Estimated(NamedTuple):
    """A number with the standard error of its estimate."""

    value: float
    error: float


class Part(NamedTuple):
    """How much of the variance of an output one variation makes: Sobol indices."""

    path: str  # empty for all others together, and for what the estimate misses
    level: str  # "batch" or "pixel", empty as above
    called: str
    first: Estimated  # alone
    total: Estimated  # with all that it does together with others


@dataclass(frozen=True, eq=False)
class OutputSpread:
    """One output over all devices that could be made; in SI, relative where it is judged by factors."""

    name: str  # of :data:`halodot.learn.limits.OUTPUTS`
    stated: float  # of the device at the stated values
    middle: Estimated  # mean; of an output that is judged by factors exp of the mean logarithm, its error relative
    sd: Estimated  # of the logarithm where judged by factors
    quantiles: tuple[float, ...]  # at QUANTILES
    sample: Array  # of devices that could be made, (device,)
    missed: float  # share of the variance that the estimate of a device does not follow
    off: float  # root mean square by which it misses the computed devices of the laboratory, as ``sd``
    parts: tuple[Part, ...]  # by the total index, the largest first

    @property
    def logarithmic(self) -> bool:
        """Whether it is judged by factors."""
        return OUTPUTS[self.name].logarithmic


@dataclass(frozen=True, eq=False)
class Laboratory:
    """The devices that one laboratory makes, each computed."""

    batch: IntArray  # (device,)
    inputs: tuple[str, ...]
    values: Array  # SI, (device, input)
    numbers: Array  # SI, as read, (device, output); nan where a device gives no such number
    shorted: BoolArray  # (device,)
    failures: tuple[str, ...]  # why a device has no solution

    @property
    def working(self) -> BoolArray:
        """Whether a device gives light that can be measured, (device,)."""
        return ~self.shorted & np.isfinite(self.numbers[:, 0])

    def seen(self, output: str) -> Array:
        """Return an output of the devices that work [SI], (device,).

        Args:
            output: of :data:`halodot.learn.limits.OUTPUTS`.
        """
        numbers = self.numbers[self.working, tuple(OUTPUTS).index(output)]
        return np.asarray(numbers[np.isfinite(numbers)])


class Yield(NamedTuple):
    """How many devices work."""

    shorted: float  # expected share with a short
    dark: float  # of the others, share without light or without a solution
    working: Estimated  # expected share
    works: tuple[int, int]  # devices of the laboratory that work, central 95 %


class Champion(NamedTuple):
    """The highest peak EQE of so many devices, those that do not work among them."""

    devices: int
    expected: Estimated
    low_68: float
    high_68: float
    low_95: float
    high_95: float


@dataclass(frozen=True, eq=False)
class DeviceSpread:
    """How far devices of one study differ, at its stated values: nothing of it is uncertainty."""

    title: str
    seed: int
    variations: Variations
    laboratory: Laboratory
    outputs: Mapping[str, OutputSpread]  # those that could be estimated
    yielded: Yield
    champions: tuple[Champion, ...]  # by number of devices
    computed: int  # devices that were computed, those of the laboratory among them
    notes: tuple[Note, ...]

    @property
    def champion(self) -> Champion | None:
        """The champion of as many devices as the laboratory makes; None where no EQE could be estimated."""
        return next((item for item in self.champions if item.devices == len(self.laboratory.batch)), None)

    def __repr__(self) -> str:
        """The title, how many devices and what they give."""
        best = self.champion
        told = (
            f", champion {best.expected.value:.4f}" if best is not None and math.isfinite(best.expected.value) else ""
        )
        return f"<DeviceSpread {self.title!r}: {len(self.laboratory.batch)} devices, seed {self.seed}{told}>"
