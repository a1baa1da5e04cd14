"""Value, slope and curvature of a noisy curve at any place, and its noise: local polynomials on uneven points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array

#: median absolute deviation of a normal distribution in standard deviations
_MAD = 0.6744898
#: points of the running median of differences
_NOISE_POINTS = 61
#: noise that a calculated curve is given, relative to its span: rounding, and no division by nothing
_LEAST_NOISE = 1e-7
_ORDER = 3
#: points that a local cubic needs so that its curvature is more than a difference
_FEWEST = 6
#: determinant of its moments over their product, below which points lie too unevenly for a cubic
_SINGULAR = 1e-8


@dataclass(frozen=True, eq=False)
class LocalFit:
    """Cubic through the neighbourhood of each place; nan where there are too few points."""

    x: Array  # (place,)
    value: Array
    slope: Array
    curvature: Array
    third: Array  # third derivative
    value_sd: Array
    slope_sd: Array
    curvature_sd: Array


def local_cubic(x: Array, y: Array, sd: Array, at: Array, reach: float) -> LocalFit:
    """Fit a cubic to the points near each place, which is a Savitzky-Golay filter for uneven points.

    Each point weighs as (1 - (distance/reach)^2) within ``reach``.

    Args:
        x: rising (point,).
        y: (point,).
        sd: standard deviation of the white noise of y (point,).
        at: places (place,).
        reach: how far the neighbourhood goes on either side, in the unit of x.

    Returns:
        Value and derivatives with their standard deviations by the noise.
    """
    first = np.searchsorted(x, at - reach, side="right")
    most = max(int(np.max(np.searchsorted(x, at + reach, side="left") - first, initial=0)), 1)
    index = first[:, None] + np.arange(most)[None, :]
    inside = index < x.size
    index = np.minimum(index, x.size - 1)
    away = (x[index] - at[:, None]) / reach
    weight = np.where(inside, np.clip(1.0 - away**2, 0.0, None), 0.0)
    powers = np.stack([away**order for order in range(_ORDER + 1)], axis=-1)  # (place, point, order)
    weighted = powers * weight[..., None]
    matrix = np.swapaxes(weighted, 1, 2) @ powers
    enough = np.count_nonzero(weight > 0.0, axis=1) >= _FEWEST
    matrix[~enough] = np.eye(_ORDER + 1)
    enough &= np.abs(np.linalg.det(matrix)) > _SINGULAR * np.prod(np.diagonal(matrix, axis1=1, axis2=2), axis=1)
    matrix[~enough] = np.eye(_ORDER + 1)
    gain = np.linalg.solve(matrix, np.swapaxes(weighted, 1, 2))  # (place, order, point)
    number = np.einsum("aop,ap->ao", gain, y[index])
    deviation = np.sqrt(np.einsum("aop,ap->ao", gain**2, sd[index] ** 2))
    number[~enough], deviation[~enough] = np.nan, np.nan
    return LocalFit(
        at,
        number[:, 0],
        number[:, 1] / reach,
        2.0 * number[:, 2] / reach**2,
        6.0 * number[:, 3] / reach**3,
        deviation[:, 0],
        deviation[:, 1] / reach,
        2.0 * deviation[:, 2] / reach**2,
    )


def local_noise(y: Array, stride: int = 1) -> Array:
    """Return the standard deviation of the noise along a smooth curve.

    Fourth differences of a smooth curve vanish; their running median stays blind to lines that are narrower than
    half of its window.

    Args:
        y: about evenly spaced signal (point,).
        stride: points from which on the noise is independent; 1 where it is white, more where the curve was smoothed or
            interpolated.

    Returns:
        Standard deviation of a point (point,), the larger of that between neighbours and that over ``stride`` points.
    """
    if stride > 1 and y.size > 12 * stride:
        every = np.array([np.interp(np.arange(y.size), np.arange(start, y.size, stride), local_noise(y[start::stride]))
                          for start in range(stride)])  # fmt: skip
        return np.asarray(np.maximum(np.median(every, axis=0), local_noise(y)))
    span = float(np.ptp(y)) if y.size else 0.0
    least = _LEAST_NOISE * max(span, 1e-12)
    if y.size < 9:
        return np.full(y.size, max(least, float(np.std(np.diff(y))) if y.size > 2 else least))
    from scipy.ndimage import median_filter

    difference = np.abs(np.diff(y, 4)) / math.sqrt(70.0)
    size = min(_NOISE_POINTS, difference.size)
    running = median_filter(difference, size, mode="nearest") / _MAD
    whole = float(np.median(difference)) / _MAD
    found: Array = np.maximum(np.pad(running, 2, mode="edge"), max(least, 0.2 * whole))
    return found
