"""Baselines below bands: asymmetric least squares."""

from __future__ import annotations

import numpy as np

from halodot.arrays import Array

_MOST_ROUNDS = 60


def asymmetric_least_squares(y: Array, smoothness: float, asymmetry: float) -> Array:
    """Return a smooth baseline below the bands of an evenly spaced spectrum.

    It minimises sum w (y - z)^2 + smoothness sum (second difference of z)^2 with w = asymmetry above the baseline and
    1 - asymmetry below (Eilers and Boelens, Baseline correction with asymmetric least squares smoothing, Leiden
    University Medical Centre 2005).

    Args:
        y: spectrum with bands upwards (point,), at least 5 points.
        smoothness: weight of the second differences [1]; bends over fewer than about smoothness^(1/4) points are stiff.
        asymmetry: weight of points above the baseline [1], below a half.
    """
    from scipy.linalg import solveh_banded

    count = y.size
    if count < 5:
        return np.full(count, float(y.min()))
    penalty = np.zeros((3, count))
    for place, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
        inner = slice(place, count - 2 + place)
        penalty[2, inner] += factor**2
    penalty[1, 1:-1] += -2.0
    penalty[1, 2:] += -2.0
    penalty[0, 2:] += 1.0
    weight = np.ones(count)
    baseline = y.copy()
    for _ in range(_MOST_ROUNDS):
        matrix = smoothness * penalty
        matrix[2] += weight
        baseline = solveh_banded(matrix, weight * y, check_finite=False)
        again = np.where(y > baseline, asymmetry, 1.0 - asymmetry)
        if np.array_equal(again, weight):
            break
        weight = again
    return np.asarray(baseline)
