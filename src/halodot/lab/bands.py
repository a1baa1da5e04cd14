"""Bands of a spectrum above its baseline: place of the maximum, height, width, area, and known bands of standards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from halodot.arrays import Array
from halodot.lab.local_fit import local_cubic

#: parts of the full width at half height within which the top of a band is taken for a cubic, and the fewest points on
#: either side; half of their difference is the uncertainty that the choice leaves
_REACHES = ((0.5, 3.2), (0.75, 4.6))
#: full widths at half height to which the foot of a band is followed where no valley is nearer
_FOOT = 2.5
#: part of the height of the chord between the valleys of a band that is the standard uncertainty of its height
_CHORD = 0.5
#: share of the bands of a standard that must be there so that a spectrum is taken for it
_RECOGNISED = 0.6
_FEWEST_STANDARDS = 4


@dataclass(frozen=True)
class Band:
    """One band: its maximum and what lies under it between the valleys on either side."""

    place: float  # unit of the axis
    place_sd: float
    height: float  # above the baseline
    height_sd: float
    width: float  # full width at half of the height above the valleys
    area: float
    area_sd: float
    left: float  # valley
    right: float
    prominence: float


def bands(x: Array, y: Array, sd: Array, least: float, share: float) -> tuple[Band, ...]:
    """Return the bands of a spectrum, from left to right.

    Args:
        x: rising (point,).
        y: spectrum above its baseline (point,).
        sd: standard deviation of the noise of a point (point,).
        least: prominence that a band must have, in standard deviations of the noise.
        share: prominence that a band must have, relative to the highest.

    Returns:
        Each with the uncertainty that the noise leaves; that of the baseline is left to the caller.
    """
    from scipy.signal import find_peaks, peak_widths

    smooth = np.convolve(np.pad(y, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    tops, found = find_peaks(smooth, prominence=0.0)
    prominence = found["prominences"]
    needed = np.maximum(least * sd[tops], share * float(np.max(prominence, initial=0.0)))
    kept = prominence > needed
    tops, prominence = tops[kept], prominence[kept]
    if not tops.size:
        return ()
    width = peak_widths(smooth, tops, 0.5)[0]
    valleys = _valleys(y, tops, sd)
    made = []
    for place, size, number, (left, right) in zip(tops, prominence, width, valleys):
        spacing = float(np.median(np.diff(x[max(place - 3, 0) : place + 4])))
        reach = math.ceil(_FOOT * float(number))
        ends = max(left, int(place) - reach), min(right, int(place) + reach)
        made.append(_band(x, y, sd, int(place), float(number) * spacing, ends, float(size)))
    return tuple(made)


def _valleys(y: Array, tops: np.ndarray, sd: Array) -> list[tuple[int, int]]:
    """Return the points between which each band reaches: the lowest between two, or where nothing is left."""
    edges = [0, *(int(left + np.argmin(y[left:right])) for left, right in pairwise(tops)), y.size - 1]
    found = []
    for place, (low, high) in zip(tops, pairwise(edges)):
        gone_left = np.flatnonzero(y[low:place] < sd[low:place])
        gone_right = np.flatnonzero(y[place : high + 1] < sd[place : high + 1])
        left = low + int(gone_left[-1]) if gone_left.size else low
        right = place + int(gone_right[0]) if gone_right.size else high
        found.append((left, int(right)))
    return found


def _band(x: Array, y: Array, sd: Array, top: int, width: float, valleys: tuple[int, int], prominence: float) -> Band:
    """Return one band.

    What lies under the chord between its valleys may be the foot of others, and as much of its own foot may lie beyond
    the valleys: that much is uncertain of its area, half of the chord of its height.
    """
    left, right = valleys
    spacing = abs(float(x[min(top + 1, x.size - 1)] - x[max(top - 1, 0)])) / 2.0
    near = (x > x[top] - 2.0 * width - 8.0 * spacing) & (x < x[top] + 2.0 * width + 8.0 * spacing)
    tops = [
        _top(x[near], y[near], sd[near], float(x[top]), reach)
        for reach in (max(part * width, least * spacing) for part, least in _REACHES)
    ]
    narrow, wide = tops
    if narrow is None or wide is None:
        narrow = wide = _Top(float(x[top]), spacing, float(y[top]), float(sd[top]), 1.0)
    # a cubic lowers a top by the fourth power of its reach
    lowered = (narrow.height - wide.height) / max((wide.reach / narrow.reach) ** 4 - 1.0, 1.0)
    doubt = 0.5 if wide.reach < 1.01 * _REACHES[1][0] * width else 1.0  # too few points for the width
    inside = slice(left, right + 1)
    steps = np.gradient(x[inside]) if right - left >= 2 else np.full(right - left + 1, spacing)
    below = max(float(np.interp(x[top], x[[left, right]], y[[left, right]])), 0.0)
    chord = 0.5 * max(float(y[left]) + float(y[right]), 0.0) * float(x[right] - x[left])
    return Band(
        place=narrow.place,
        place_sd=min(math.hypot(narrow.place_sd, 0.5 * (narrow.place - wide.place)), width),
        height=narrow.height + lowered,
        height_sd=math.sqrt(narrow.height_sd**2 + (doubt * lowered) ** 2 + (_CHORD * below) ** 2),
        width=width,
        area=float(np.sum(y[inside] * steps)),
        area_sd=math.hypot(float(np.sqrt(np.sum((sd[inside] * steps) ** 2))), chord),
        left=float(x[left]),
        right=float(x[right]),
        prominence=prominence,
    )


@dataclass(frozen=True)
class _Top:
    """Maximum of a cubic through the top of a band."""

    place: float
    place_sd: float
    height: float
    height_sd: float
    reach: float


def _top(x: Array, y: Array, sd: Array, near: float, reach: float) -> _Top | None:
    """Return where the slope of a local cubic vanishes, None where there are too few points."""
    at = np.linspace(near - 0.3 * reach, near + 0.3 * reach, 25)
    fit = local_cubic(x, y, sd, at, reach)
    if not np.any(np.isfinite(fit.value)):
        return None
    best = int(np.nanargmax(fit.value))
    curvature = min(float(fit.curvature[best]), -1e-30)
    step = float(np.clip(-fit.slope[best] / curvature, -0.3 * reach, 0.3 * reach))
    deviation = float(fit.slope_sd[best]) / abs(curvature)
    return _Top(float(at[best]) + step, deviation, float(fit.value[best]), float(fit.value_sd[best]), reach)


@dataclass(frozen=True)
class StandardCheck:
    """Bands of a standard that were found, beside their certified places."""

    name: str
    certified: tuple[float, ...]
    found: tuple[Band, ...]

    @property
    def offsets(self) -> Array:
        """Found less certified (band,), in the unit of the axis."""
        return np.array([band.place - place for band, place in zip(self.found, self.certified)])


def recognised(
    found: Sequence[Band], standards: Mapping[str, Sequence[float]], reach: float, limits: tuple[float, float]
) -> StandardCheck | None:
    """Return which standard a spectrum is of, None where it is of none.

    Args:
        found: bands of the spectrum.
        standards: certified places by the name of the standard.
        reach: how far from its certified place a band may lie.
        limits: where the spectrum begins and ends; bands outside are not expected.
    """
    best: StandardCheck | None = None
    for name, places in standards.items():
        expected = [place for place in places if limits[0] + 2.0 * reach < place < limits[1] - 2.0 * reach]
        pairs = []
        for place in expected:
            near = min(found, key=lambda band: abs(band.place - place), default=None)
            if near is not None and abs(near.place - place) <= reach:
                pairs.append((place, near))
        if len(pairs) < max(_FEWEST_STANDARDS, _RECOGNISED * len(expected)):
            continue
        check = StandardCheck(name, tuple(place for place, _ in pairs), tuple(band for _, band in pairs))
        if best is None or _rank(check) > _rank(best):
            best = check
    return best


def _rank(check: StandardCheck) -> tuple[int, float]:
    """Return how well a standard fits: more bands, then nearer."""
    return len(check.found), -float(np.std(check.offsets))
