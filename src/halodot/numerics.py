"""Numerical methods that several stages share: Poisson weights, and maximum and width of a sampled line."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array

#: Full width at half maximum of a Gaussian over its standard deviation, 2 sqrt(2 ln 2).
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


def poisson_counts(mean: float) -> Array:
    """Return the counts 0, 1, 2, ... that occur under a Poisson distribution of this mean or a smaller one.

    Args:
        mean: N [1], 0 or more.

    Returns:
        Counts [1], (count,); what lies above them has a probability below 1e-20.
    """
    return np.arange(int(mean + 12.0 * np.sqrt(mean)) + 30, dtype=np.float64)


def poisson_probability(count: Array, mean: Array | float) -> Array:
    """Return the Poisson probability of counts, P(n) = N^n exp(-N) / n!.

    Args:
        count: n = 0, 1, 2, ... [1], (count,), without a gap.
        mean: N [1], a number or (..., 1); 0 is a limit that exists.

    Returns:
        P [1], the shapes broadcast: (..., count).

    >>> poisson_probability(np.arange(3.0), 1.0).round(4)
    array([0.3679, 0.3679, 0.1839])
    """
    log_factorial = np.cumsum(np.log(np.maximum(count, 1.0)))
    probability: Array = np.exp(count * np.log(np.maximum(mean, 1e-300)) - mean - log_factorial)
    return probability


def parabola_vertex(position: Array, value: Array, at: int) -> tuple[float, float]:
    """Return the extremum of the parabola through a sample and its two neighbours.

    Args:
        position: x of the samples [any unit], (sample,), rising, evenly spaced or not.
        value: y of the samples [any unit], (sample,).
        at: index of the highest or lowest of the three, neither the first nor the last sample.

    Returns:
        Position and value of the extremum; those of the sample itself where the three lie on a line.

    >>> parabola_vertex(np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 2.0]), 1)
    (1.5, 2.25)
    """
    left, right = position[at - 1] - position[at], position[at + 1] - position[at]
    slope_left, slope_right = (value[at - 1] - value[at]) / left, (value[at + 1] - value[at]) / right
    curvature = (slope_right - slope_left) / (right - left)
    slope = slope_left - curvature * left
    shift = -0.5 * slope / curvature if curvature != 0.0 else 0.0
    return float(position[at] + shift), float(value[at] + 0.5 * slope * shift)


def full_width(position: Array, value: Array, top: int, level: float, *, outermost: bool = False) -> float:
    """Return the width of a line at a level, interpolated linearly between the samples.

    Args:
        position: x of the samples [any unit], (sample,), rising.
        value: y of the samples [any unit], (sample,).
        top: index of the highest sample.
        level: y at which the width is taken, half of the maximum for the full width at half maximum.
        outermost: take the first and the last crossing of the level instead of the two next to the maximum.

    Returns:
        Width [unit of ``position``]; nan where the line does not fall below the level on both sides.
    """
    below, above = np.flatnonzero(value < level), np.flatnonzero(value >= level)
    if outermost and above.size:
        left, right = int(above[0]) - 1, int(above[-1]) + 1
    else:
        left, right = int(below[below < top].max(initial=-1)), int(below[below > top].min(initial=value.size))
    if left < 0 or right >= value.size:
        return math.nan
    start = np.interp(level, value[left : left + 2], position[left : left + 2])
    stop = np.interp(-level, -value[right - 1 : right + 1], position[right - 1 : right + 1])
    return float(stop - start)


def cell_centres(length: float, count: int) -> Array:
    """Return the centres of equal cells.

    Args:
        length: of all cells together, in any unit.
        count: number of cells.

    Returns:
        Distances from the beginning in the unit of the length, (cell,).
    """
    centres: Array = length * (np.arange(count) + 0.5) / count
    return centres


def monotone_cubic(position: Array, points: Array, values: Array) -> Array:
    """Return the monotone cubic through points: no overshoot, and an extremum only at a point.

    The slope at a point is the weighted harmonic mean of those beside it, 0 where they differ in sign.

    Args:
        position: (position,) where the curve is asked, within the points, in their unit.
        points: (point,) rising, three or more.
        values: (point,) in any unit.

    Returns:
        (position,) in the unit of the values.

    Source: F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984), doi:10.1137/0905021.
    """
    step, slope = np.diff(points), np.diff(values) / np.diff(points)
    before, after = 2.0 * step[1:] + step[:-1], step[1:] + 2.0 * step[:-1]
    same = slope[:-1] * slope[1:] > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (before + after) / (before / slope[:-1] + after / slope[1:])
    inner = np.where(same, mean, 0.0)
    tangent = np.concatenate(([_end_slope(step, slope)], inner, [_end_slope(step[::-1], slope[::-1])]))
    left = np.clip(np.searchsorted(points, position, side="right") - 1, 0, step.size - 1)
    width = step[left]
    share = (position - points[left]) / width
    start, stop = values[left], values[left + 1]
    first, second = tangent[left] * width, tangent[left + 1] * width
    curved: Array = (
        start * (1.0 + 2.0 * share) * (1.0 - share) ** 2
        + stop * (3.0 - 2.0 * share) * share**2
        + first * share * (1.0 - share) ** 2
        - second * (1.0 - share) * share**2
    )
    return curved


def _end_slope(step: Array, slope: Array) -> float:
    """Return the slope at the first point, from three points but without a change of sign or an overshoot."""
    end = float(((2.0 * step[0] + step[1]) * slope[0] - step[0] * slope[1]) / (step[0] + step[1]))
    if end * slope[0] <= 0.0:
        return 0.0
    if slope[0] * slope[1] <= 0.0 and abs(end) > 3.0 * abs(slope[0]):
        return 3.0 * float(slope[0])
    return end
