"""What is known of a study's uncertain inputs before any datum: one joint distribution in standard-normal coordinates.

The value of an input is its most probable one and its range holds 95 %, on either side by a normal distribution of its
own, in the logarithm where the range spans more than a factor of four, and never beyond what the number can be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp

from halodot.errors import InputError, Problem
from halodot.sources import Sourced, correlation
from halodot.states import Array
from halodot.study import Study
from halodot.study.declarations import declared

#: what a number may be by the rules of the reader of studies; a rule that is not here sets no limit
_LIMITS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("nonnegative", "positive", "level", "temperature"), (0.0, math.inf)),
    "fraction": (0.0, 1.0),
    "permittivity": (1.0, math.inf),
}
#: deviate of a number at the very end of what it can be, which is as good as never drawn
_FARTHEST = 8.0


@dataclass(frozen=True)
class UncertainInput:
    """One input that is drawn: a two-piece normal distribution of the number or of its logarithm, cut at its limits.

    K. F. Wallis, Statist. Sci. 29 (2014) 106, doi:10.1214/13-STS417.
    """

    path: str
    entry: Sourced
    limits: tuple[float, float] = (-math.inf, math.inf)  # in SI, what the number can be at all
    studies: tuple[str, ...] = ()  # by name, that share this input

    @property
    def logarithmic(self) -> bool:
        """Whether the logarithm is normal."""
        return self.entry.logarithmic and self.entry.value > 0.0

    @property
    def spread(self) -> tuple[float, float]:
        """Standard deviations below and above the value, of the logarithm where that is normal.

        A half of the distance to either end of the range; where a changed value lies beyond its range, that range
        moves with it. Without a range the stated standard deviation on both sides.
        """
        entry = self.entry
        if not (math.isfinite(entry.low) and math.isfinite(entry.high)):
            return entry.standard_deviation, entry.standard_deviation
        value, low, high = (self._scaled(number) for number in (entry.value, entry.low, entry.high))
        if not low <= value <= high:
            return (high - low) / 4.0, (high - low) / 4.0
        return (value - low) / 2.0, (high - value) / 2.0

    def value(self, deviate: Array) -> Array:
        """Return the value [SI] at standard-normal deviates [1], shape (any,), which rises with them."""
        deviate = np.asarray(deviate, dtype=float)
        below, above = self.spread
        under, over = self._cut
        rest = math.log1p(-(under + over))
        left = np.logaddexp(_log(under), rest + log_ndtr(deviate))  # ln of the whole distribution's share below
        right = np.logaddexp(_log(over), rest + log_ndtr(-deviate))
        share = below / (below + above)
        with np.errstate(divide="ignore", invalid="ignore"):
            down = below * ndtri_exp(np.minimum(left - _log(2.0 * share), _log(0.5)))
            up = -above * ndtri_exp(np.minimum(right - _log(2.0 * (1.0 - share)), _log(0.5)))
        found = self._scaled(self.entry.value) + np.where(left < _log(share), down, up)
        return np.clip(np.exp(found) if self.logarithmic else found, *self.limits)

    def deviate(self, value: Array) -> Array:
        """Return the standard-normal deviates [1] of values [SI], shape (any,), beyond its limits those at them."""
        inside = np.clip(np.asarray(value, dtype=float), *self.limits)
        under, over = self._cut
        left, right = self._shares(inside)
        rest = 1.0 - under - over
        lower, upper = np.clip((left - under) / rest, 0.0, 1.0), np.clip((right - over) / rest, 0.0, 1.0)
        found = np.where(lower < upper, ndtri(lower), -ndtri(upper))
        return np.clip(found, -_FARTHEST, _FARTHEST)

    def slope(self, deviate: Array) -> Array:
        """Return d value / d deviate [SI], shape (any,), from a central difference of 1e-4."""
        step = 1e-4
        deviate = np.asarray(deviate, dtype=float)
        return (self.value(deviate + step) - self.value(deviate - step)) / (2.0 * step)

    @property
    def _cut(self) -> tuple[float, float]:
        """Shares of the whole distribution beyond the lower and the upper limit."""
        low, high = self.limits
        if self.logarithmic and low <= 0.0:
            low = 0.0
        return float(self._shares(np.array(low))[0]), float(self._shares(np.array(high))[1])

    def _shares(self, value: Array) -> tuple[Array, Array]:
        """Shares of the whole distribution below and above values."""
        below, above = self.spread
        share = below / (below + above)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.asarray(np.log(value) if self.logarithmic else value) - self._scaled(self.entry.value)
            down, up = np.minimum(distance / below, 0.0), np.maximum(distance / above, 0.0)
            lower, upper = np.exp(log_ndtr(np.nan_to_num(down))), np.exp(log_ndtr(-np.nan_to_num(up)))
        left = np.where(distance < 0.0, 2.0 * share * lower, 1.0 - 2.0 * (1.0 - share) * upper)
        right = np.where(distance < 0.0, 1.0 - 2.0 * share * lower, 2.0 * (1.0 - share) * upper)
        return left, right

    def _scaled(self, number: float) -> float:
        return math.log(number) if self.logarithmic else number


def _log(number: float) -> float:
    return math.log(number) if number > 0.0 else -math.inf


@dataclass(frozen=True, eq=False)
class Prior:
    """The joint distribution of uncertain inputs; coordinates are independent standard-normal numbers."""

    inputs: tuple[UncertainInput, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The path of every input; twice where two studies have different inputs of the same path."""
        return tuple(item.path for item in self.inputs)

    @property
    def correlation(self) -> Array:
        """Correlation of the deviates, (input, input): sqrt(s_i s_j) between inputs that state the same method."""
        entries = [item.entry for item in self.inputs]
        return correlation([entry.method for entry in entries], [entry.shared for entry in entries])

    @property
    def root(self) -> Array:
        """Lower triangular L with L L^T = correlation, (input, input), which makes deviates of coordinates."""
        return np.asarray(np.linalg.cholesky(self.correlation)) if self.inputs else np.zeros((0, 0))

    def values(self, coordinates: Array) -> Array:
        """Return the inputs [SI] at coordinates [1], shape (..., input)."""
        deviates = np.asarray(coordinates, dtype=float) @ self.root.T
        found = [item.value(deviates[..., k]) for k, item in enumerate(self.inputs)]
        return np.stack(found, axis=-1) if found else np.zeros(deviates.shape)

    def coordinates(self, values: Array) -> Array:
        """Return the coordinates [1] of inputs [SI], shape (..., input)."""
        values = np.asarray(values, dtype=float)
        found = [item.deviate(values[..., k]) for k, item in enumerate(self.inputs)]
        deviates = np.stack(found, axis=-1) if found else np.zeros(values.shape)
        return np.asarray(np.linalg.solve(self.root, deviates[..., None])[..., 0])

    def slopes(self, coordinates: Array) -> Array:
        """Return d input / d coordinate [SI], shape (input, coordinate), at one point, shape (input,)."""
        deviates = self.root @ np.asarray(coordinates, dtype=float)
        own = np.array([float(item.slope(deviates[k])) for k, item in enumerate(self.inputs)])
        return own[:, None] * self.root

    def log_density(self, coordinates: Array) -> Array:
        """Return the logarithm of the density of coordinates [1], shape (..., input), as (...)."""
        coordinates = np.asarray(coordinates, dtype=float)
        constant = 0.5 * len(self.inputs) * math.log(2.0 * math.pi)
        return np.asarray(-0.5 * np.sum(coordinates**2, axis=-1) - constant)

    def draw(self, count: int, seed: int) -> Array:
        """Return independent coordinates [1], (draw, input); the first draws of a seed are the same for any count."""
        return np.random.default_rng(seed).standard_normal((count, len(self.inputs)))

    def changes(self, values: Array, study: str = "") -> dict[str, float]:
        """Return inputs [SI], shape (input,), by path, those of one study where it is named."""
        pairs = zip(self.inputs, values, strict=True)
        return {item.path: float(value) for item, value in pairs if not study or study in item.studies}


def uncertain(path: str, entry: Sourced, studies: tuple[str, ...] = ()) -> UncertainInput:
    """Return an input as it is drawn.

    Args:
        path: of the input, which declares what it can be.
        entry: its number and range.
        studies: by name, that share it.
    """
    return UncertainInput(path, entry, _LIMITS.get(str(declared(path)["valid"]), (-math.inf, math.inf)), studies)


def prior_of(studies: Study | Mapping[str, Study], paths: Iterable[str] | None = None) -> Prior:
    """Return the joint prior of every input that states a range or a standard deviation.

    Args:
        studies: one, or several by name; an input that several of them share is one input.
        paths: only these; an input without a range is refused.

    Raises:
        InputError: a path is no input, or says nothing of its uncertainty.
    """
    named = {"": studies} if isinstance(studies, Study) else studies
    wanted = None if paths is None else tuple(dict.fromkeys(paths))
    found: list[UncertainInput] = []
    for name, study in named.items():
        for path, entry in study.inputs.items():
            if not is_uncertain(entry) or (wanted is not None and path not in wanted):
                continue
            if not any(item.path == path and name in item.studies for item in found):
                sharing = tuple(other for other, one in named.items() if shares(one, path, entry))
                found.append(uncertain(path, entry, sharing))
    if wanted is not None:
        _refuse([path for path in wanted if all(item.path != path for item in found)], named)
        found.sort(key=lambda item: wanted.index(item.path))
    return Prior(tuple(found))


def shares(study: Study, path: str, entry: Sourced) -> bool:
    """Whether a study has this very input: the same line of two recipes may weigh different things."""
    own = study.inputs.get(path)
    return own is not None and (own.value, own.kind, own.source) == (entry.value, entry.kind, entry.source)


def is_uncertain(entry: Sourced) -> bool:
    """Whether a number states how uncertain it is."""
    return math.isfinite(entry.value) and entry.standard_deviation > 0.0


def _refuse(missing: Iterable[str], named: Mapping[str, Study]) -> None:
    problems = []
    for path in missing:
        known = any(path in study.inputs for study in named.values())
        what = "states neither a range nor a standard deviation; give it low and high" if known else "is no input"
        problems.append(Problem(f"{path} {what}", path))
    if problems:
        raise InputError(problems)
