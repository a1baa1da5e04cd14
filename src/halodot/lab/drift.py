"""Correlated noise of a slow record: drift of the instrument that falls off exponentially in time, and white noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array

#: correlation times that are tried, as shares of the record: from two neighbouring points to this
_LONGEST = 0.15
_TIMES = 10
_WHITE_SHARES = (0.0, 0.05, 0.2, 0.5)
#: relative noise below which rounding alone is left
_LEAST_NOISE = 1e-7


@dataclass(frozen=True, eq=False)
class Drift:
    """Noise of a record as its residuals show it."""

    whitener: Array  # (point, point), lower triangular: makes residuals white with standard deviation 1
    deviation: float  # standard deviation of one point, drift and white noise together
    correlation_time: float  # [unit of the axis]; 0 where the noise is white
    freedom: float  # degrees of freedom with which variances of fitted numbers are known


def drift_of(x: Array, residuals: Array, slopes: Array, counts: Array, sought: int) -> Drift:
    """Return the noise that residuals of a fit show, by restricted maximum likelihood.

    The covariance of two points is s^2 [(1 - w) exp(-|x - x'| / X) + w delta]. What X, w and s are is weighed by their
    likelihood after the fitted numbers are integrated out, and the covariance is the weighted mean.

    Args:
        x: axis, rising (point,).
        residuals: of a fit (point,).
        slopes: of the model by each fitted number (point, number).
        counts: measured points that each point is the mean of (point,).
        sought: place of the fitted number whose uncertainty matters.

    Returns:
        The noise. ``freedom`` follows from how much the variance of the number sought differs among the weighted
        covariances, as Satterthwaite has it, and its variance is their geometric mean.

    Source: Harville, J. Am. Stat. Assoc. 72, 320 (1977), restricted maximum likelihood.
    """
    size, numbers = slopes.shape
    floor = _LEAST_NOISE * float(np.max(np.abs(slopes), initial=1e-300))
    matrices = _covariances(x, counts)
    found = [_weighed(matrix, residuals, slopes, floor) for matrix in matrices]
    criterion = np.array([item[0] for item in found])
    weights = np.exp(-0.5 * (criterion - criterion.min()))
    weights /= weights.sum()
    variance = np.array([item[1] for item in found])
    scaled = [weight * item[1] * matrix for weight, item, matrix in zip(weights, found, matrices)]
    mean = np.sum(scaled, axis=0)
    spread = np.maximum(np.array([item[2][sought] for item in found]), 1e-300)
    centre = float(weights @ np.log(spread))
    scatter = float(weights @ (np.log(spread) - centre) ** 2)
    freedom = 2.0 / (scatter + 2.0 / max(size - numbers, 1))
    mean *= math.exp(centre) / float(weights @ spread)
    times = np.array([0.0] + [time for time in _times(x) for _ in _WHITE_SHARES])
    return Drift(
        whitener=np.linalg.inv(np.linalg.cholesky(mean)),
        deviation=math.sqrt(float(weights @ variance)),
        correlation_time=float(weights @ times),
        freedom=max(freedom, 2.0),
    )


def _times(x: Array) -> Array:
    nearest = float(np.median(np.diff(x)))
    return np.geomspace(nearest, max(_LONGEST * float(np.ptp(x)), 2.0 * nearest), _TIMES)


def _covariances(x: Array, counts: Array) -> list[Array]:
    """Return the covariances that are weighed, each with a variance of one for a single point."""
    white = np.diag(1.0 / counts)
    away = np.abs(x[:, None] - x[None, :])
    width = counts * float(np.ptp(x)) / max(float(counts.sum()) - 1.0, 1.0)
    found = [white]
    for time in _times(x):
        part = np.sqrt(_averaged(width / time))
        drift = np.exp(-away / time) * np.outer(part, part)
        found += [(1.0 - share) * drift + share * white for share in _WHITE_SHARES]
    return found


def _averaged(width: Array) -> Array:
    """Return the variance of the mean of an exponentially correlated signal over a width in correlation times."""
    wide = np.maximum(width, 1e-3)
    found: Array = 2.0 * (wide - 1.0 + np.exp(-wide)) / wide**2
    return found


def _weighed(matrix: Array, residuals: Array, slopes: Array, floor: float) -> tuple[float, float, Array]:
    """Return -2 ln of the restricted likelihood, the variance, and the variances of the fitted numbers."""
    from scipy.linalg.blas import dtrsv  # one column at a time: a call for all waits for threads

    lower = np.linalg.cholesky(matrix + 1e-9 * np.eye(residuals.size))
    left = dtrsv(lower, residuals, lower=True)
    design = np.column_stack([dtrsv(lower, slope, lower=True) for slope in slopes.T])
    norm = np.maximum(np.linalg.norm(design, axis=0), 1e-300)
    curvature = (design / norm).T @ (design / norm) + 1e-12 * np.eye(norm.size)
    left = left - (design / norm) @ np.linalg.solve(curvature, (design / norm).T @ left)
    freedom = max(residuals.size - norm.size, 1)
    variance = max(float(left @ left) / freedom, floor**2)
    log_curvature = float(np.linalg.slogdet(curvature)[1]) + 2.0 * float(np.sum(np.log(norm)))
    criterion = freedom * math.log(variance) + 2.0 * float(np.sum(np.log(np.diag(lower)))) + log_curvature
    return criterion, variance, variance * np.diag(np.linalg.inv(curvature)) / norm**2
