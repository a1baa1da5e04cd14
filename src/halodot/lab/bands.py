"""Bands of a spectrum above its baseline: place of the maximum, height, width, area, and known bands of standards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from halodot.arrays import Array
from halodot.lab.local_fit import local_cubic

#: parts of the full width at half height within which the top of a band is taken for a cubic; their spread is the
#: uncertainty that the choice leaves
_REACHES = (0.5, 0.7)
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
        made.append(_band(x, y, sd, int(place), float(number) * spacing, (left, right), float(size)))
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
    """Return one band, its maximum where the slope of a local cubic vanishes."""
    left, right = valleys
    spacing = abs(float(x[min(top + 1, x.size - 1)] - x[max(top - 1, 0)])) / 2.0
    near = (x > x[top] - 2.0 * width - 8.0 * spacing) & (x < x[top] + 2.0 * width + 8.0 * spacing)
    places, deviations, heights = [], [], []
    for part in _REACHES:
        reach = max(part * width, 4.0 * spacing)
        at = np.linspace(x[top] - 0.3 * reach, x[top] + 0.3 * reach, 25)
        fit = local_cubic(x[near], y[near], sd[near], at, reach)
        if not np.any(np.isfinite(fit.value)):
            continue
        best = int(np.nanargmax(fit.value))
        curvature = min(float(fit.curvature[best]), -1e-30)
        step = float(np.clip(-fit.slope[best] / curvature, -0.3 * reach, 0.3 * reach))
        places.append(float(at[best]) + step)
        deviations.append(float(fit.slope_sd[best]) / abs(curvature))
        heights.append((float(fit.value[best]), float(fit.value_sd[best])))
    if not places:
        places, deviations, heights = [float(x[top])], [spacing], [(float(y[top]), float(sd[top]))]
    inside = slice(left, right + 1)
    steps = np.gradient(x[inside]) if right - left >= 2 else np.full(right - left + 1, spacing)
    return Band(
        place=places[0],
        place_sd=min(math.hypot(deviations[0], float(np.ptp(places)) / math.sqrt(2.0)), width),
        height=heights[0][0],
        height_sd=math.hypot(heights[0][1], 0.5 * abs(heights[0][0] - heights[-1][0])),
        width=width,
        area=float(np.sum(y[inside] * steps)),
        area_sd=float(np.sqrt(np.sum((sd[inside] * steps) ** 2))),
        left=float(x[left]),
        right=float(x[right]),
        prominence=prominence,
    )


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
