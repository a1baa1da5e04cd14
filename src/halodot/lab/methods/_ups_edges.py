"""Edges of UPS spectra: cut-off of secondary electrons and onset of the valence band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array

#: parts of the height of an edge, between which straight lines are laid: every one is a choice that a reader could make
_CUTOFF_PARTS = ((0.1, 0.5), (0.2, 0.6), (0.2, 0.8), (0.3, 0.7), (0.4, 0.8))
#: a valence band rises ever less steeply, so that its onset is read from the lower part of the edge
_ONSET_PARTS = ((0.05, 0.3), (0.1, 0.4), (0.1, 0.5), (0.15, 0.5), (0.2, 0.6))
Parts = Sequence[tuple[float, float]]
_FEWEST_POINTS = 8
_SIGMAS = 5.0  # an onset stands so far above the background


@dataclass(frozen=True)
class Edge:
    """An edge and how it was found."""

    energy: float  # eV: where the straight line meets the background
    uncertainty: float  # over the parts of the edge that the line is laid through
    middle: float  # eV: where half of the height is reached
    line: tuple[float, float]  # slope and level of the line through the middle part: level + slope E
    background: float


def smooth(signal: Array, points: int = 5) -> Array:
    """Return a running mean.

    Args:
        signal: (point,).
        points: odd number of points.
    """
    half = points // 2
    padded = np.concatenate([np.full(half, signal[0]), signal, np.full(half, signal[-1])])
    found: Array = np.convolve(padded, np.ones(points) / points, "valid")
    return found


def cutoff(energy: Array, signal: Array) -> Edge | None:
    """Return the cut-off of the secondary electrons at the largest binding energies, or None where there is none.

    Args:
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
    """
    if energy.size < _FEWEST_POINTS:
        return None
    lines = smooth(signal, 3)
    base = float(np.median(signal[-max(energy.size // 20, 3) :]))
    top = int(np.argmax(lines))
    height = float(lines[top]) - base
    after = np.flatnonzero(lines[top:] < base + 0.1 * height)
    if not height > 0.0 or after.size == 0 or float(lines[top]) < 3.0 * max(base, 0.0):
        return None
    end = top + int(after[0])
    fallen = np.flatnonzero(lines[top : end + 1] > base + 0.9 * height)
    begin = top + int(fallen[-1])
    stays_low = float(np.max(lines[end:], initial=-np.inf)) < base + 0.25 * height
    if energy[end] - energy[begin] > 2.0 or not stays_low:
        return None
    return _edge(energy, signal, (begin, min(end + 2, energy.size - 1)), base, height, _CUTOFF_PARTS)


def onset(energy: Array, signal: Array, sd: Array) -> Edge | None:
    """Return the onset of the valence band above the background at small binding energies.

    Args:
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
        sd: standard deviation of the signal (point,).
    """
    if energy.size < _FEWEST_POINTS:
        return None
    lines = smooth(signal)
    first = max(energy.size // 25, 4)
    base, scatter = float(np.median(signal[:first])), float(np.median(sd[:first])) / math.sqrt(5.0)
    high = lines > base + _SIGMAS * max(scatter, 1e-12 * abs(base))
    runs = np.flatnonzero(high[:-3] & high[1:-2] & high[2:-1] & high[3:])
    if runs.size == 0 or runs[0] <= 2:
        return None
    begin = int(runs[0])
    inside = np.flatnonzero((energy > energy[begin]) & (energy < energy[begin] + 3.0))
    if inside.size < 5:
        return None
    top = _first_summit(lines, inside)
    height = float(lines[top]) - base
    ends = 0, top - max(begin - 2, 0)
    return _edge(energy[: top + 1][::-1], signal[: top + 1][::-1], ends, base, height, _ONSET_PARTS)


def _first_summit(lines: Array, inside: NDArray[np.intp]) -> int:
    """Return the first summit or shoulder after an onset: where the slope has fallen to a fifth of the steepest."""
    slopes = np.gradient(smooth(lines)[inside])
    steepest = int(np.argmax(slopes))
    flat = np.flatnonzero(slopes[steepest:] < 0.2 * slopes[steepest])
    last = steepest + int(flat[0]) if flat.size else slopes.size - 1
    return int(inside[last])


def _edge(energy: Array, signal: Array, ends: tuple[int, int], base: float, height: float, parts: Parts) -> Edge | None:
    """Lay lines through parts of an edge that falls from the first to the second of ``ends``."""
    part = slice(max(ends[0] - 1, 0), ends[1] + 1)
    where, share = energy[part], (signal[part] - base) / height
    places, kept = [], (0.0, 0.0)
    for low, high in parts:
        near = _run(share, low, high)
        if near.size < 2 or not float(np.ptp(where[near])) > 0.0:
            continue
        slope, level = np.polyfit(where[near], share[near], 1)
        if slope == 0.0:
            continue
        places.append(-level / slope)
        if (low, high) == parts[2] or kept == (0.0, 0.0):
            kept = (float(slope) * height, float(level) * height + base)
    half = np.flatnonzero(share < 0.5)
    at = int(half[0]) if half.size else where.size - 1
    before = max(at - 1, 0)
    middle = float(np.interp(0.5, share[[at, before]], where[[at, before]]))
    step = float(np.median(np.abs(np.diff(energy))))
    if not places:  # sharper than the points can tell
        return Edge(middle, step / math.sqrt(12.0), middle, (0.0, base), base)
    spread = math.hypot(float(np.std(places)), step / math.sqrt(12.0))
    return Edge(float(np.median(places)), spread, middle, kept, base)


def _run(share: Array, low: float, high: float) -> NDArray[np.intp]:
    """Return the points around the half height that lie between two parts of the height."""
    half = np.flatnonzero(share < 0.5)
    at = int(half[0]) if half.size else share.size - 1
    first = at
    while first > 0 and share[first - 1] <= high:
        first -= 1
    last = at
    while last + 1 < share.size and share[last + 1] >= low:
        last += 1
    found = np.arange(first, last + 1)
    return found[(share[found] >= low) & (share[found] <= high)]


def logarithmic_onset(energy: Array, signal: Array, edge: Edge, sd: Array) -> tuple[float, float] | None:
    """Return where the tail of the valence band meets the background on a logarithmic scale, and its uncertainty.

    Args:
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
        edge: the onset on the linear scale.
        sd: standard deviation of the signal (point,).
    """
    below = energy < edge.energy - 0.3
    if int(below.sum()) < 4:
        return None
    base = float(np.mean(signal[below]))
    noise = float(np.mean(sd[below])) / math.sqrt(float(below.sum()))
    level = max(base, noise, 1e-300)
    height = edge.line[1] + edge.line[0] * edge.middle - edge.background
    places = []
    for low, high in ((0.01, 0.08), (0.01, 0.15), (0.02, 0.25)):
        near = (signal > max(base + low * height, 2.0 * level)) & (signal < base + high * height)
        near &= (energy > edge.energy - 1.5) & (energy < edge.middle)
        if int(near.sum()) < 3:
            continue
        slope, start = np.polyfit(energy[near], np.log(signal[near]), 1)
        place = (math.log(level) - start) / slope if slope > 0.0 else -math.inf
        if edge.energy - 1.5 < place < edge.energy + 0.3:
            places.append(place)
    if not places:
        return None
    step = float(np.median(np.diff(energy)))
    return float(np.median(places)), math.hypot(float(np.std(places)), step)
