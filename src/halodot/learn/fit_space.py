"""What a fit varies: numbers of one study or of several, alone or together, in coordinates of one standard deviation.

A number with a stated range keeps it as its prior (:mod:`halodot.learn.priors`). One that is varied between two stated
ends has no other prior than these: uniform between them, or uniform in the logarithm where they span more than a factor
of four; its coordinate runs from -2 to 2, so that a unit of it is a quarter of the range, as with a prior.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from halodot.arrays import Array
from halodot.learn.priors import Prior, UncertainInput

#: coordinates of the ends of a stated range, and how far from its prior's centre a number may go
END, FARTHEST = 2.0, 6.0
Rule = Literal["value", "factor", "offset"]


@dataclass(frozen=True)
class BoundedNumber:
    """A number between two ends, uniform or, where they span more than a factor of four, uniform in the logarithm."""

    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether the logarithm is uniform."""
        return self.low > 0.0 and self.high > 4.0 * self.low

    def value(self, coordinate: float) -> float:
        """Return the number at a coordinate [1] from -2 to 2."""
        low, high = self._ends
        found = low + (high - low) * (coordinate + END) / (2.0 * END)
        return math.exp(found) if self.logarithmic else found

    def coordinate(self, value: float) -> float:
        """Return the coordinate [1] of a number; that of an end where it lies beyond it."""
        low, high = self._ends
        scaled = math.log(value) if self.logarithmic and value > 0.0 else (low if self.logarithmic else value)
        return float(np.clip(2.0 * END * (scaled - low) / (high - low) - END, -END, END))

    def slope(self, coordinate: float) -> float:
        """Return d number / d coordinate."""
        low, high = self._ends
        step = (high - low) / (2.0 * END)
        return step * self.value(coordinate) if self.logarithmic else step

    @property
    def _ends(self) -> tuple[float, float]:
        return (math.log(self.low), math.log(self.high)) if self.logarithmic else (self.low, self.high)


@dataclass(frozen=True)
class FitParameter:
    """One number that a fit varies, and the inputs that follow it."""

    name: str
    unit: str  # SI; 1 for a common factor
    rule: Rule  # how the inputs follow: they are the number, or stand at it times or plus their own values
    inputs: Mapping[str, Mapping[str, float]] = field(repr=False)  # by device and path: the study's own value
    start: float = math.nan  # SI
    prior: UncertainInput | None = None  # None where only the ends are stated
    ends: BoundedNumber | None = None

    def value(self, coordinate: float) -> float:
        """Return the number [SI] at its coordinate [1]."""
        if self.ends is not None:
            return self.ends.value(coordinate)
        assert self.prior is not None
        return float(self.prior.value(np.asarray(coordinate)))

    def coordinate(self, value: float) -> float:
        """Return the coordinate [1] of a number [SI]."""
        if self.ends is not None:
            return self.ends.coordinate(value)
        assert self.prior is not None
        return float(self.prior.deviate(np.asarray(value)))

    def slope(self, coordinate: float) -> float:
        """Return d number / d coordinate [SI]."""
        if self.ends is not None:
            return self.ends.slope(coordinate)
        assert self.prior is not None
        return float(self.prior.slope(np.asarray(coordinate)))

    def changes(self, device: str, value: float) -> dict[str, float]:
        """Return the inputs [SI] of a device by path where the number has a value [SI]."""
        own = self.inputs.get(device, {})
        if self.rule == "value":
            return dict.fromkeys(own, value)
        return {path: base * value if self.rule == "factor" else base + value for path, base in own.items()}

    def by_number(self, device: str) -> dict[str, float]:
        """Return d input / d number of a device, by path."""
        own = self.inputs.get(device, {})
        return {path: base if self.rule == "factor" else 1.0 for path, base in own.items()}

    @property
    def limits(self) -> tuple[float, float]:
        """Least and largest coordinate [1]."""
        return (-END, END) if self.ends is not None else (-FARTHEST, FARTHEST)

    @property
    def prior_said(self) -> str:
        """What is known of it before the data, in words."""
        if self.ends is None:
            return "its range"
        return "log-uniform between the ends" if self.ends.logarithmic else "uniform between the ends"


@dataclass(frozen=True, eq=False)
class FitSpace:
    """Everything that a fit varies."""

    parameters: tuple[FitParameter, ...]

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every parameter."""
        return tuple(item.name for item in self.parameters)

    @property
    def start(self) -> Array:
        """Coordinates [1] of the studies' own values, (parameter,), within the limits."""
        found = [item.coordinate(item.start) for item in self.parameters]
        return np.asarray(np.clip(np.array(found), *self.limits))

    @property
    def limits(self) -> tuple[Array, Array]:
        """Least and largest coordinates [1], each (parameter,)."""
        ends = np.array([item.limits for item in self.parameters])
        return ends[:, 0], ends[:, 1]

    def values(self, coordinates: Array) -> Array:
        """Return the numbers [SI] at coordinates [1], (parameter,)."""
        return np.array([item.value(float(u)) for item, u in zip(self.parameters, coordinates, strict=True)])

    def slopes(self, coordinates: Array) -> Array:
        """Return d number / d coordinate [SI], (parameter,), at coordinates [1], (parameter,)."""
        return np.array([item.slope(float(u)) for item, u in zip(self.parameters, coordinates, strict=True)])

    def changes(self, device: str, coordinates: Array) -> dict[str, float]:
        """Return the inputs [SI] of a device by path at coordinates [1], (parameter,)."""
        found: dict[str, float] = {}
        for item, value in zip(self.parameters, self.values(coordinates), strict=True):
            found |= item.changes(device, float(value))
        return found

    @cached_property
    def prior_rows(self) -> Array:
        """d residual / d coordinate of the priors, (prior, parameter): r = L^-1 u with L L^T their correlation."""
        placed = [(k, item.prior) for k, item in enumerate(self.parameters) if item.prior is not None]
        rows = np.zeros((len(placed), len(self.parameters)))
        if placed:
            places = [k for k, _ in placed]
            rows[:, places] = np.linalg.inv(Prior(tuple(prior for _, prior in placed)).root)
        return rows
