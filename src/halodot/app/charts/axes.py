"""Axes that change in steps, so that they stand still while a slider moves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from halodot.report.style import DECADES
from halodot.states import Array

#: ends of an axis, in units of a power of ten, with the distance between its marks
_ENDS = ((1.0, 0.2), (1.2, 0.2), (1.5, 0.5), (2.0, 0.5), (2.5, 0.5), (3.0, 1.0), (4.0, 1.0), (5.0, 1.0), (6.0, 2.0))
_HIGHER = ((8.0, 2.0), (10.0, 2.0))
#: distances between marks, in units of a power of ten
_STEPS = (1.0, 2.0, 5.0, 10.0)
#: marks that an axis has at most
_MOST_MARKS = 6


@dataclass(frozen=True)
class Axis:
    """An axis with its unit; where it is logarithmic, its ends, its steps and what stands on it are decades."""

    title: str
    low: float
    high: float
    step: float
    logarithmic: bool = False
    shown: bool = True  # whether anything stands on it

    def place(self, values: Array) -> Array:
        """Return where values stand on the axis, nan where they have no place; the same shape and unit, or decades."""
        if not self.logarithmic:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            placed: Array = np.where(values > 0.0, np.log10(values), np.nan)
        return placed

    def at(self, share: float) -> float:
        """Return the place a share of the way up the axis."""
        return self.low + share * (self.high - self.low)


def finite(values: Iterable[Array]) -> Array:
    """Return all numbers of several arrays in one, without those that are none; any unit, (number,)."""
    found = np.concatenate([np.zeros(0), *(np.ravel(np.asarray(item, dtype=np.float64)) for item in values)])
    known: Array = found[np.isfinite(found)]
    return known


def from_zero(title: str, values: Iterable[Array], least: float = 0.0) -> Axis:
    """Return an axis from 0 to a round number above all values.

    Args:
        title: with the unit in brackets.
        values: that stand on it, in that unit.
        least: what it holds in any case, in that unit.
    """
    most = max(least, float(np.max(finite(values), initial=0.0)))
    if not most > 0.0:
        return Axis(title, 0.0, 1.0, 0.2)
    scale = 10.0 ** math.floor(math.log10(most) + 1e-9)
    high, step = next(one for one in (*_ENDS, *_HIGHER) if one[0] * scale >= most * (1.0 - 1e-9))
    return Axis(title, 0.0, high * scale, step * scale)


def between(title: str, values: Iterable[Array], room: float = 0.0) -> Axis:
    """Return an axis whose ends are the marks next to the values.

    Args:
        title: with the unit in brackets.
        values: that stand on it, in that unit.
        room: share of the axis that stays free above them.
    """
    known = finite(values)
    low, high = (float(np.min(known)), float(np.max(known))) if known.size else (0.0, 1.0)
    width = max(high - low, 1e-6 * abs(high), 1e-12)
    scale = 10.0 ** math.floor(math.log10(width / _MOST_MARKS))
    step = next(one * scale for one in _STEPS if one * scale * _MOST_MARKS >= width * (1.0 - 1e-9))
    first = math.floor(low / step + 1e-6) * step
    last = math.ceil((high + room * width / (1.0 - room)) / step - 1e-6) * step
    return Axis(title, _clean(first), _clean(max(last, first + step)), _clean(step))


def decades(title: str, values: Iterable[Array], most: float = DECADES, low: float | None = None) -> Axis:
    """Return a logarithmic axis of whole decades.

    Args:
        title: with the unit in brackets.
        values: that stand on it, in that unit; those that are not above zero are left out.
        most: decades below the highest value that it holds.
        low: its lower end, in that unit; the values say it where nothing is.
    """
    known = finite(values)
    known = known[known > 0.0]
    if not known.size:
        return Axis(title, 0.0, 1.0, 1.0, logarithmic=True, shown=False)
    high = math.ceil(float(np.log10(np.max(known))) - 1e-9)
    least = float(np.log10(np.min(known) if low is None else low))
    first = max(math.floor(least + 1e-9), high - int(most))
    first = min(first, high - 1)
    return Axis(title, float(first), float(high), 1.0 if high - first <= _MOST_MARKS else 2.0, logarithmic=True)


def _clean(value: float) -> float:
    return float(f"{value:.9g}")
