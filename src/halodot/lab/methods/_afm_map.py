"""Height maps: which channel, levelling, spectrum of the roughness, correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.signals import quantity_of

if TYPE_CHECKING:
    import xarray

#: fewest lines, and points of a line, that make a map
FEWEST_LINES = 16
#: words of channels in the order in which they are taken: the sensor is calibrated, the piezo creeps and bends
_PREFERRED = ("height_sensor", "z_sensor", "topography", "height")
#: share of pixels without a height above which nothing is analysed
_MOST_MISSING = 0.1
#: jumps between lines are those of the instrument where they are this many times those between columns
_JUMPS = 2.0
#: correlation of neighbouring jumps above which they belong to a surface
_SMOOTH = 0.5
_MASKED, _ROUNDS = 2.5, 4  # deviations from the background beyond which a pixel is a feature; rounds of the fit
_MAD = 0.6744898
#: where a correlation counts as lost
_LOST = math.exp(-1.0)
_BINS = 60


@dataclass(frozen=True, eq=False)
class HeightMap:
    """Heights of a scan."""

    height: Array  # [m] (line, point)
    pixel: tuple[float, float]  # height and width of a pixel [m]
    channel: str
    missing: float  # share of pixels that had no height and have that of the plane

    @property
    def size(self) -> tuple[float, float]:
        """Height and width of the scan [m]."""
        return self.height.shape[0] * self.pixel[0], self.height.shape[1] * self.pixel[1]


def height_channels(data: xarray.Dataset) -> list[str]:
    """Return the names of the channels that are heights on a grid in metres, the preferred first."""
    found = [
        str(name)
        for name, item in data.data_vars.items()
        if item.ndim == 2
        and quantity_of(item) == "height"
        and [quantity_of(item[one]) if one in data.coords else "" for one in item.dims] == ["y_position", "x_position"]
    ]

    def rank(name: str) -> tuple[int, str]:
        place = next((place for place, word in enumerate(_PREFERRED) if name == word), len(_PREFERRED))
        return place, "" if place < len(_PREFERRED) else ("~" if "retrace" in name else "")

    return sorted(found, key=rank)


def read_map(data: xarray.Dataset, channel: str) -> HeightMap:
    """Return the heights of a channel.

    Args:
        data: of a scanning probe.
        channel: its name; empty for the preferred one.

    Raises:
        DataError: there is no such channel, or too few lines.
    """
    name = str(data.attrs.get("file", "the measurement"))
    there = height_channels(data)
    if not there or (channel and channel not in there):
        raise DataError(
            f"{name}: no {channel or 'channel of heights on a grid'}; there are {', '.join(there) or 'none'}"
        )
    used = channel or there[0]
    item = data[used]
    height = np.asarray(item.values, float)
    if min(height.shape) < FEWEST_LINES:
        raise DataError(f"{name}: {height.shape[0]} lines of {height.shape[1]} points; {FEWEST_LINES} are needed")
    down, across = (np.asarray(item[one].values, float) for one in item.dims)
    pixel = abs(down[-1] - down[0]) / (down.size - 1), abs(across[-1] - across[0]) / (across.size - 1)
    if not (math.isfinite(pixel[0] * pixel[1]) and pixel[0] * pixel[1] > 0.0):
        raise DataError(f"{name}: the size of the scan is not known")
    lost = ~np.isfinite(height)
    missing = float(np.mean(lost))
    if missing > _MOST_MISSING:
        raise DataError(f"{name}: {missing:.0%} of the pixels of {used} have no height")
    if missing:
        height = np.where(lost, surface(np.where(lost, np.nan, height), 1), height)
    return HeightMap(height, pixel, used, missing)


# --------------------------------------------------------------------------------------------------------- levelling


def has_jumps(height: Array, pixel: tuple[float, float]) -> bool:
    """Whether neighbouring lines are offset by the instrument: more than neighbouring columns, and without order.

    Args:
        height: [m] (line, point).
        pixel: height and width of a pixel [m].
    """
    level = height - surface(height, 1)
    lines = np.median(np.diff(level, axis=0), axis=1) / pixel[0]
    columns = np.median(np.diff(level, axis=1), axis=0) / pixel[1]
    spread = float(np.std(lines))
    if not spread > _JUMPS * float(np.std(columns)):
        return False
    centred = lines - lines.mean()
    return float(centred[1:] @ centred[:-1]) < _SMOOTH * float(centred @ centred)


def without_jumps(height: Array) -> Array:
    """Return a map whose neighbouring lines have a median difference of zero.

    Args:
        height: [m] (line, point).
    """
    steps = np.median(np.diff(height, axis=0), axis=1)
    found: Array = height - np.concatenate([[0.0], np.cumsum(steps)])[:, None]
    return found


def surface(height: Array, order: int, background: bool = False) -> Array:
    """Return the polynomial surface through a map by least squares.

    Args:
        height: [m] (line, point); pixels without a number are left out.
        order: 0 for the mean, 1 for a plane, 2 for a surface of second order.
        background: whether features that stand out of it are left out.
    """
    down, across = (np.vander(np.linspace(-1.0, 1.0, size), 2 * order + 1, increasing=True) for size in height.shape)
    powers = [(row, column) for row in range(order + 1) for column in range(order + 1 - row)]
    used = np.isfinite(height)
    known = np.where(used, height, 0.0)
    found = np.zeros(height.shape)
    for _ in range(_ROUNDS if background else 1):
        moments = down.T @ used @ across
        right = down.T @ (used * known) @ across
        matrix = np.array([[moments[a + c, b + d] for c, d in powers] for a, b in powers])
        solved = np.linalg.solve(matrix, np.array([right[a, b] for a, b in powers]))
        coefficients = np.zeros((2 * order + 1, 2 * order + 1))
        for (row, column), value in zip(powers, solved):
            coefficients[row, column] = value
        found = down @ coefficients @ across.T
        if not background:
            break
        away = np.abs(known - found)
        near = float(np.median(away[used])) / _MAD
        kept = np.isfinite(height) & (away < _MASKED * near)
        if not near > 0.0 or np.count_nonzero(kept) < 10 * len(powers):
            break
        used = kept
    return np.asarray(found)


# ------------------------------------------------------------------------------------------- spectrum and correlation


def radial_spectrum(level: Array, pixel: tuple[float, float]) -> tuple[Array, Array]:
    """Return the power spectral density of the heights by spatial frequency, averaged over directions.

    C(f) = |F[w z]|^2 dx dy / (N <w^2>) with a Hann window w, so that the integral over both frequencies is the mean
    square of the heights.

    Args:
        level: levelled heights [m] (line, point).
        pixel: height and width of a pixel [m].

    Returns:
        Frequency [1/m] and density [m4] (bin,).
    """
    window = np.hanning(level.shape[0] + 1)[:-1, None] * np.hanning(level.shape[1] + 1)[None, :-1]
    power = np.abs(np.fft.fft2(level * window)) ** 2 * pixel[0] * pixel[1] / level.size / np.mean(window**2)
    frequency = np.hypot(np.fft.fftfreq(level.shape[0], pixel[0])[:, None], np.fft.fftfreq(level.shape[1], pixel[1]))
    least = 1.0 / min(level.shape[0] * pixel[0], level.shape[1] * pixel[1])
    edges = np.geomspace(0.75 * least, 0.5 / max(pixel), _BINS + 1)
    place = np.digitize(frequency.ravel(), edges) - 1
    inside = (place >= 0) & (place < _BINS)
    count = np.bincount(place[inside], minlength=_BINS)
    total = np.bincount(place[inside], weights=power.ravel()[inside], minlength=_BINS)
    mean = np.bincount(place[inside], weights=frequency.ravel()[inside], minlength=_BINS)
    seen = count > 0
    return mean[seen] / count[seen], total[seen] / count[seen]


def correlation_length(level: Array, pixel: tuple[float, float]) -> float:
    """Return the distance over which the autocorrelation falls to 1/e, nan where it does not within half the scan.

    Args:
        level: levelled heights [m] (line, point).
        pixel: height and width of a pixel [m].
    """
    shape = tuple(2 * size for size in level.shape)
    from scipy import fft

    power = np.abs(fft.rfft2(level, shape)) ** 2
    lags = [size // 2 for size in level.shape]
    found = fft.irfft2(power, shape)[: lags[0], : lags[1]]
    pairs = (level.shape[0] - np.arange(lags[0]))[:, None] * (level.shape[1] - np.arange(lags[1]))
    found = found / pairs
    if not found[0, 0] > 0.0:
        return math.nan
    distance = np.hypot(np.arange(lags[0])[:, None] * pixel[0], np.arange(lags[1]) * pixel[1])
    step = max(pixel)
    ring = np.rint(distance / step).astype(int).ravel()
    rings = min(lags[0] * pixel[0], lags[1] * pixel[1]) / step
    inside = ring < max(int(rings), 2)
    count = np.bincount(ring[inside])
    fall = np.bincount(ring[inside], weights=found.ravel()[inside]) / count / found[0, 0]
    place = np.bincount(ring[inside], weights=distance.ravel()[inside]) / count
    below = np.flatnonzero(fall < _LOST)
    if not below.size or not below[0]:
        return math.nan
    last = int(below[0])
    part = (fall[last - 1] - _LOST) / (fall[last - 1] - fall[last])
    return float(place[last - 1] + part * (place[last] - place[last - 1]))
