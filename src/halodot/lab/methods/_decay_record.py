"""The luminance of a lifetime test as arrays, thinned, with what it tells without any law of decay."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.drift import Drift
from halodot.lab.signals import quantity_of
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

#: luminance by its own name, then what is proportional to it where words say that it is a lifetime test
_LIGHT = ("luminance", "relative_luminance")
_PROPORTIONAL = ("photocurrent", "signal_voltage", "intensity", "counts", "count_rate", "number")
_LIGHT_WORDS = re.compile(r"\bL\s*/\s*L_?0\b|lumin|brightness|(?<![a-z])(pd|photo|light|EL|intensity)(?![a-z])", re.I)
_LIFETIME_WORDS = re.compile(r"life[-_ ]?time|stabilit|(?<![a-z])T[-_ ]?(50|90|95)(?!\d)|age?ing|operational", re.I)
_OTHER_WORDS = re.compile(
    r"photovoltage|spv|transient|solar|mpp|maximum[-_ ]power|\bPL\b|photolumin|absor|shelf|storage", re.I
)
_FEWEST_POINTS = 8
_SMOOTH = 80  # a running mean spans this part of the points
_FAILED = 0.02  # of the luminance before: what is left after a device has failed
_ALIVE = 0.2


@dataclass(frozen=True, eq=False)
class Record:
    """Signal against the time since the device was switched on."""

    time: Array  # s (point,)
    signal: Array  # cd/m2, or in any unit (point,)
    absolute: bool  # whether the signal is the luminance in cd/m2
    label: str = ""
    start: float = 0.0  # place of time zero on the axis of the file [s]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crossing:
    """When a fraction of the luminance at the start was reached, read from the data."""

    time: float  # s
    uncertainty: float


def light_items(data: xarray.Dataset) -> list[tuple[str, xarray.DataArray]]:
    """Return each curve's label and its signal that is, or is proportional to, the luminance of an LED in time.

    Args:
        data: as `halodot.read` returns it; anything but a lifetime test gives an empty list.
    """
    if data.attrs.get("kind") not in ("time_series", "table"):
        return []
    found = []
    for one in curves(data):
        items = [item for item in one.values() if item.ndim == 1 and quantity_of(item[item.dims[0]]) == "time"]
        item = next((item for name in _LIGHT for item in items if quantity_of(item) == name), None)
        if item is None and _says_lifetime(data):
            item = next((item for name in _PROPORTIONAL for item in items if _is_light(item, name, items)), None)
        if item is None:
            item = next((item for item in items if _relative_heading(item)), None)
        if item is not None:
            found.append((str(one.attrs.get("curve", "")), item))
    return found


def _says_lifetime(data: xarray.Dataset) -> bool:
    said = [data.attrs.get(key, "") for key in ("file", "title", "technique", "sample", "measurement", "header")]
    text = " ".join(map(str, said))
    own = f"{data.attrs.get('technique', '')} {data.attrs.get('format', '')} {data.attrs.get('instrument', '')}"
    return bool(_LIFETIME_WORDS.search(text)) and not _OTHER_WORDS.search(own + " " + str(data.attrs.get("file", "")))


def _is_light(item: xarray.DataArray, name: str, items: list[xarray.DataArray]) -> bool:
    if quantity_of(item) != name:
        return False
    return name != "number" or bool(_LIGHT_WORDS.search(str(item.attrs.get("heading", item.name)))) or len(items) == 1


def _relative_heading(item: xarray.DataArray) -> bool:
    heading = str(item.attrs.get("heading", ""))
    return bool(re.search(r"\bL\s*/\s*L_?0\b|lumin|brightness", heading, re.I)) and quantity_of(item) in _PROPORTIONAL


def record_of(item: xarray.DataArray, label: str, start: float | None, window: tuple[float, float] | None) -> Record:
    """Return the signal against the time since the device was switched on.

    Args:
        item: signal against time.
        label: of the curve.
        start: when the device was switched on, on the axis of the file [s]; by default time zero or the first point.
        window: times since then that are used [s].

    Raises:
        DataError: too few points, or no light.
    """
    time = item[item.dims[0]].values.astype(float)
    signal = item.values.astype(float)
    kept = np.isfinite(time) & np.isfinite(signal)
    time, signal = time[kept], signal[kept]
    order = np.argsort(time, kind="stable")
    time, signal = time[order], signal[order]
    _enough(time)
    begin, notes = _switched_on(time) if start is None else (start, ())
    time = time - begin
    low, high = window or (0.0, float(time[-1]))
    used = (time >= low) & (time <= high)
    time, signal = time[used], signal[used]
    _enough(time)
    if not float(np.ptp(time)) > 0.0:
        raise DataError("all points have the same time; check the column of the time")
    light = float(np.median(signal[: max(signal.size // 10, 3)]))
    if not light > 0.0:
        raise DataError("the signal at the start is not above zero; choose the window in which the device shines")
    return _until_failure(
        Record(time, signal, quantity_of(item) == "luminance", label, begin, notes), max(light, 1e-300)
    )


def _enough(time: Array) -> None:
    if time.size < _FEWEST_POINTS:
        raise DataError(f"{time.size} points in time; a lifetime needs at least {_FEWEST_POINTS}; widen the window")


def _switched_on(time: Array) -> tuple[float, tuple[str, ...]]:
    """Return when the device was switched on: time zero, unless the record begins long after it."""
    interval = float(np.median(np.diff(time[: min(time.size, 12)])))
    if time[0] <= 0.0 <= time[-1] or 0.0 < time[0] <= 3.0 * max(interval, 1e-300):
        return 0.0, () if time[0] >= 0.0 else ("points before time zero are left out",)
    begin = float(time[0])
    return begin, (f"the record begins at {begin:.6g} s, which is taken for the time when the device was switched on",)


def _until_failure(record: Record, light: float) -> Record:
    """Return the record up to a sudden end of the light, with a warning."""
    dark = record.signal < _FAILED * light
    if not dark[-1]:
        return record
    alive = np.flatnonzero(~dark)
    last = int(alive[-1]) if alive.size else 0
    if record.signal[last] < _ALIVE * light:
        return record
    if last + 1 < _FEWEST_POINTS:
        raise DataError(f"the light ends suddenly after {last + 1} points; the device failed before it aged")
    said = f"the light ends suddenly after {record.time[last] / 3600.0:.4g} h, and what follows is left out"
    return replace(
        record, time=record.time[: last + 1], signal=record.signal[: last + 1], warnings=(*record.warnings, said)
    )


def thinned(time: Array, signal: Array, most: int) -> tuple[Array, Array, Array]:
    """Return means of neighbouring points, closer together at early times, and how many points each is the mean of.

    Args:
        time: from the start [s] (point,).
        signal: (point,).
        most: points that are kept, about.
    """
    if time.size <= most:
        return time, signal, np.ones(time.size)
    share = (time - time[0]) / float(np.ptp(time))
    place = share + 0.15 * np.log1p(share / 1e-3)
    group = np.floor(place / place[-1] * (most - 1e-9)).astype(int)
    _, index, counts = np.unique(group, return_inverse=True, return_counts=True)
    means = [np.bincount(index, weights=values) / counts for values in (time, signal)]
    return means[0], means[1], counts.astype(float)


def smoothed(signal: Array) -> Array:
    """Return a running mean of a signal, shorter near its ends."""
    half = max(signal.size // (2 * _SMOOTH), 1)
    total = np.concatenate([[0.0], np.cumsum(signal)])
    place = np.arange(signal.size)
    reach = np.minimum(np.minimum(half, place), signal.size - 1 - place)
    found: Array = (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)
    return found


def luminance_at_start(record: Record) -> float:
    """Return the signal at the first point, from a straight line through the first few."""
    some = min(5, record.time.size)
    time = record.time[:some] - record.time[0]
    if not float(np.ptp(time)) > 0.0:
        return float(np.mean(record.signal[:some]))
    slope, level = np.polyfit(time, record.signal[:some], 1)
    steep = abs(slope) * float(time[-1]) > 0.05 * abs(level)  # a line misses a steep start; the point itself does not
    return float(record.signal[0]) if steep else float(level)


def independent(points: int, width: float, correlation_time: float) -> float:
    """Return how many independent points a part of a drifting record is worth.

    Args:
        points: in the part.
        width: of the part [s].
        correlation_time: of the drift [s].
    """
    return min(float(points), 1.0 + 0.5 * width / correlation_time) if correlation_time > 0.0 else float(points)


def crossing(time: Array, signal: Array, level: tuple[float, float], drift: Drift) -> Crossing | None:
    """Return when a falling signal reaches a level, from a line through the points around, or None where it never does.

    Args:
        time: (point,).
        signal: (point,).
        level: that is sought, and its standard uncertainty [unit of the signal].
        drift: of the noise.
    """
    light, doubt = level
    deviation = drift.deviation
    from scipy.optimize import isotonic_regression

    falling = isotonic_regression(signal, increasing=False).x
    below = np.flatnonzero(falling <= light)
    if below.size == 0 or below[0] == 0:
        return None
    last = int(below[0])
    near = np.flatnonzero(np.abs(falling - light) < max(0.05 * light, 2.0 * deviation))
    low, high = (int(near[0]), int(near[-1])) if near.size else (last - 1, last)
    low, high = min(low, last - 1), max(high, last)
    part = slice(max(low - 1, 0), high + 2)
    around = time[part]
    if around.size < 3 or not float(np.ptp(around)) > 0.0:
        return None
    slope, there = np.polyfit(around - time[last], signal[part] - light, 1)
    if not slope < 0.0:
        return None
    found = float(min(max(time[last] - there / slope, around[0]), around[-1]))
    grain = float(time[last] - time[last - 1]) / math.sqrt(12.0) if around.size < 5 else 0.0
    many = independent(around.size, float(np.ptp(around)), drift.correlation_time)
    level_off = math.hypot(doubt, deviation / math.sqrt(many))
    return Crossing(found, math.hypot(level_off / abs(slope), grain))
