"""Medians and intervals of weighted draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.results.drawn import BOUNDS

__all__ = ["BOUNDS", "Interval", "bands", "interval", "weighted_quantiles"]


@dataclass(frozen=True)
class Interval:
    """What draws say of one number: median and central intervals."""

    median: float
    low_68: float
    high_68: float
    low_95: float
    high_95: float
    share: float  # of the draws in which there is such a number
    logarithmic: bool = False

    @property
    def width(self) -> float:
        """The width of the 95 % interval, of ln where the distribution is log-normal; infinite from 0 up."""
        if not self.logarithmic:
            return self.high_95 - self.low_95
        return math.log(self.high_95 / self.low_95) if self.low_95 > 0.0 else math.inf

    @property
    def sd(self) -> float:
        """Half of the width of the 68 % interval, of ln where the distribution is log-normal."""
        if not self.logarithmic:
            return 0.5 * (self.high_68 - self.low_68)
        return 0.5 * math.log(self.high_68 / self.low_68) if self.low_68 > 0.0 else math.inf


def weighted_quantiles(values: Array, weights: Array, shares: Sequence[float]) -> Array:
    """Return quantiles of weighted draws; the n-th of N equal draws is the quantile n / (N + 1).

    One more draw of the same distribution, and so the truth where the distribution is right, lies below the n-th with
    just that probability, however few there are; of weighted draws N is the effective number. Fewer than 39 reach no
    quantile of 2.5 %: their least and largest value stand for it.

    Args:
        values: of each draw [any unit], (draw,); nan where a draw has none, which does not count.
        weights: of each draw, (draw,).
        shares: of the probability below, each 0 to 1.

    Returns:
        In the unit of the values, (share,); nan where no draw has a value.
    """
    counted = np.isfinite(values) & (weights > 0.0)
    if not np.any(counted):
        return np.full(len(shares), math.nan)
    order = np.argsort(values[counted], kind="stable")
    sorted_values, sorted_weights = values[counted][order], weights[counted][order]
    normal = sorted_weights / np.sum(sorted_weights)
    effective = 1.0 / np.sum(normal**2)
    below = ((np.cumsum(normal) - 0.5 * normal) * effective + 0.5) / (effective + 1.0)
    return np.asarray(np.interp(shares, below, sorted_values))


def interval(values: Array, weights: Array, logarithmic: bool = False) -> Interval:
    """Return median and intervals of weighted draws.

    Args:
        values: of each draw [any unit], (draw,), nan where it has none.
        weights: of each draw, (draw,).
        logarithmic: whether the distribution is log-normal: it is interpolated and judged by the logarithm.
    """
    positive = logarithmic and bool(np.all(values[np.isfinite(values)] > 0.0))
    with np.errstate(divide="ignore"):
        found = weighted_quantiles(np.log(values) if positive else values, weights, BOUNDS)
    low_95, low_68, median, high_68, high_95 = map(float, np.exp(found) if positive else found)
    total = float(np.sum(weights))
    share = float(np.sum(weights[np.isfinite(values)])) / total if total > 0.0 else 0.0
    return Interval(median, low_68, high_68, low_95, high_95, share, logarithmic)


def bands(curves: Array, weights: Array) -> Array:
    """Return the quantiles of :data:`BOUNDS` at every point of weighted curves.

    Args:
        curves: [any unit], (draw, point).
        weights: of each draw, (draw,).

    Returns:
        In the unit of the curves, (bound, point).
    """
    columns = [weighted_quantiles(column, weights, BOUNDS) for column in curves.T]
    return np.stack(columns, axis=1) if columns else np.zeros((len(BOUNDS), 0))
