"""A pattern with its noise, and lines of the source that a filter lets through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.methods._xrd_fit import Pattern, running_mean
from halodot.lab.methods._xrd_lines import Radiation, beta_of, beyond
from halodot.lab.methods._xrd_size import Reflection
from halodot.lab.signals import signal

if TYPE_CHECKING:
    import xarray

AXES = ("two_theta",)
SIGNALS = ("counts", "count_rate", "intensity")
#: angles below which the direct beam is recorded [rad]
_LEAST_ANGLE = math.radians(0.5)
_FEWEST_POINTS = 20
#: share of the height below which a calculated curve has no noise
_SMALLEST_GAIN = 1e-6
#: median of the square of a normal number
_MEDIAN_SQUARE = 0.4549364
#: intensity of K beta over that of K alpha behind no filter, at most
_BETA_SHARE = 0.2


def pattern_of(data: xarray.Dataset, window: tuple[float, float] | None) -> tuple[Pattern, list[str]]:
    """Return the pattern of a curve within a window of angles [rad], and notes on its noise.

    Raises:
        DataError: there are too few points, or all are the same.
    """
    item = signal(data, AXES, SIGNALS)
    low, high = window or (-math.inf, math.inf)
    kept = (item.x >= max(low, _LEAST_ANGLE)) & (item.x <= min(high, math.radians(175.0)))
    if np.count_nonzero(kept) < _FEWEST_POINTS:
        raise DataError(
            f"{np.count_nonzero(kept)} points between {math.degrees(max(low, _LEAST_ANGLE)):.3g} and "
            f"{math.degrees(min(high, math.pi)):.3g} degrees; a pattern needs {_FEWEST_POINTS}, choose a wider `window`"
        )
    counts, gain, notes = _counted(data, item.y, item.y_quantity, np.isfinite(item.x))
    angle, counts, gain = item.x[kept], counts[kept], gain[kept]
    if not float(np.ptp(counts)) > 0.0:
        raise DataError("every point of the pattern is the same; there is no reflection in it")
    angle, first = np.unique(angle, return_inverse=True)
    if angle.size < counts.size:
        share = 1.0 / np.bincount(first)
        counts, gain = np.bincount(first, counts) * share, np.bincount(first, gain) * share**2
        notes.append("points at the same angle are averaged")
    if angle.size < _FEWEST_POINTS:
        raise DataError(f"{angle.size} different angles; a pattern needs {_FEWEST_POINTS}")
    return Pattern(angle, counts, gain), notes


def _counted(data: xarray.Dataset, values: Array, quantity: str, _: Array) -> tuple[Array, Array, list[str]]:
    """Return the signal, its variance over its expectation, and notes."""
    if quantity == "counts":
        return values, np.ones(values.size), []
    seconds = data.attrs.get("integration_time", math.nan)
    if quantity == "count_rate" and isinstance(seconds, float) and seconds > 0.0:
        return values * seconds, np.ones(values.size), []
    for name in data.data_vars:
        item = data[name]
        if item.shape != values.shape:
            continue
        if str(name) == "attenuation_factor":
            return values, np.maximum(item.values.astype(float), 1.0), []
        if str(name).endswith("_error"):
            error = item.values.astype(float)
            if np.all(np.isfinite(error)) and np.all(error > 0.0):
                floor = max(float(np.max(np.abs(values))) * _SMALLEST_GAIN, 1e-300)
                return values, error**2 / np.maximum(values, floor), []
    return (
        values,
        np.full(values.size, _estimated_gain(values)),
        ["the signal is no counts: its noise is that of its second differences, growing with its square root"],
    )


def _estimated_gain(values: Array) -> float:
    differences = np.diff(values, 2) ** 2 / 6.0
    level = np.maximum(running_mean(values)[1:-1], 1e-3 * float(np.max(np.abs(values))))
    if differences.size == 0 or not np.all(level > 0.0):
        raise DataError("the pattern is nowhere above 0")
    found = float(np.median(differences / level)) / _MEDIAN_SQUARE
    return max(found, _SMALLEST_GAIN * float(np.max(np.abs(values))))


def beta_lines(found: Sequence[Reflection], lines: Radiation) -> list[Reflection]:
    """Return reflections with those marked that a stronger one makes with K beta.

    Args:
        found: reflections.
        lines: of the source.
    """
    beta = beta_of(lines.first)
    if not math.isfinite(beta):
        return list(found)
    marked = []
    for item in found:
        label = ""
        for other in found:
            place = beyond(other.place, lines.first, beta)[0]
            near = abs(place - item.place) < 0.3 * max(item.width, 0.5 * other.width)
            if near and item.area < _BETA_SHARE * other.area and item.place < other.place:
                label = f"K beta of {math.degrees(other.place):.2f} degrees"
        marked.append(replace(item, label=label))
    return marked
