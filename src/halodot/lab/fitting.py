"""Fits that say how sure they are: least squares that see correlated residuals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError

#: of the lag-one correlation of white noise; one sound record in 5,000 lies beyond
_CORRELATION_DEVIATIONS = 3.7
#: reduced chi-square of residuals that cannot be noise, such as those of a calculated curve
_FAR_BELOW_NOISE = 0.1
#: median absolute deviation of a normal distribution in standard deviations
_MAD = 0.6744898
#: eigenvalue of a curvature with a diagonal of ones below which rounding alone decides its sign
_SINGULAR = 1e-13


@dataclass(frozen=True, eq=False)
class Fitted:
    """Numbers that a fit found."""

    values: Array  # (number,)
    covariance: Array  # (number, number)
    residuals: Array  # (point,), in standard deviations of the noise
    model: Array  # (point,)

    @property
    def uncertainties(self) -> Array:
        """Standard uncertainties (number,)."""
        found: Array = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return found

    @property
    def reduced_chi2(self) -> float:
        """Sum of squared residuals over the degrees of freedom."""
        return float(np.sum(self.residuals**2) / max(self.residuals.size - self.values.size, 1))

    @property
    def residual_correlation(self) -> float:
        """Correlation of neighbouring residuals, which is near 0 where the model describes the data."""
        return lag_one_correlation(self.residuals)

    @property
    def describes(self) -> bool:
        """Whether the residuals are white: no correlation from point to point beyond chance, or far below the noise."""
        by_chance = _CORRELATION_DEVIATIONS / math.sqrt(max(self.residuals.size, 1))
        return abs(self.residual_correlation) < by_chance or self.reduced_chi2 < _FAR_BELOW_NOISE


def least_squares(
    model: Callable[[Array], Array],
    y: Array,
    sd: Array | float,
    start: Sequence[float],
    limits: tuple[Sequence[float], Sequence[float]] | None = None,
    absolute: bool = True,
    slopes: Callable[[Array], Array] | None = None,
    evaluations: int = 2000,
) -> Fitted:
    """Fit a model by weighted least squares.

    Args:
        model: of the numbers (number,); returns the model (point,).
        y: data (point,).
        sd: standard deviation of the data (point,), or one for all.
        start: numbers to start from.
        limits: lowest and highest values of the numbers.
        absolute: whether ``sd`` is known; otherwise the covariance is scaled by the reduced chi-square.
        slopes: of the numbers; returns the derivatives of the model (point, number); by differences where None.
        evaluations: of the model, at most.

    Raises:
        DataError: fewer points than numbers, or the search ends without a minimum.
    """
    from scipy.optimize import least_squares as search

    begin = np.asarray(start, float)
    if y.size <= begin.size:
        raise DataError(f"{y.size} points cannot determine {begin.size} numbers; choose a wider window")
    low, high = limits if limits is not None else (-np.inf, np.inf)
    scale = np.where(begin == 0.0, 1.0, np.abs(begin))

    def residuals(scaled: Array) -> Array:
        found: Array = (model(scaled * scale) - y) / sd
        return found

    def derivatives(scaled: Array) -> Array:
        assert slopes is not None
        found: Array = slopes(scaled * scale) * scale / np.reshape(sd, (-1, 1))
        return found

    bounds: Any = (np.asarray(low) / scale, np.asarray(high) / scale)
    jac: Any = "2-point" if slopes is None else derivatives
    found = search(residuals, np.clip(begin / scale, *bounds), jac, bounds=bounds, x_scale="jac", max_nfev=evaluations)
    if not found.success or not np.all(np.isfinite(found.x)):
        raise DataError(f"the fit finds no minimum ({found.message}); choose another window or model")
    values = found.x * scale
    jacobian = np.asarray(found.jac, float)
    covariance = inverse_curvature(jacobian.T @ jacobian) * scale[:, None] * scale
    made = Fitted(values, covariance, np.asarray(found.fun), model(values))
    if absolute:
        return made
    return Fitted(values, covariance * made.reduced_chi2, made.residuals / math.sqrt(made.reduced_chi2), made.model)


def inverse_curvature(matrix: Array) -> Array:
    """Return the covariance that belongs to a curvature; what the data do not determine has an infinite variance.

    Args:
        matrix: J^T J of a least-squares fit (number, number).
    """
    norm = np.sqrt(np.diag(matrix))
    seen = norm > 0.0
    found = np.zeros(matrix.shape)
    found[~seen, ~seen] = np.inf
    scaled = matrix[np.ix_(seen, seen)] / np.outer(norm[seen], norm[seen])
    size, directions = np.linalg.eigh(scaled)
    sound = size > _SINGULAR
    part = (directions[:, sound] / size[sound]) @ directions[:, sound].T
    lost = np.any(np.abs(directions[:, ~sound]) > math.sqrt(_SINGULAR), axis=1)
    part[lost, lost] = np.inf
    found[np.ix_(seen, seen)] = part / np.outer(norm[seen], norm[seen])
    return found


def propagated(fit: Fitted, of: Callable[[Array], float]) -> tuple[float, float]:
    """Return a function of fitted numbers and its standard uncertainty, to first order.

    Args:
        fit: the fit.
        of: of the numbers (number,).
    """
    value = of(fit.values)
    slopes = np.zeros(fit.values.size)
    for place, (number, deviation) in enumerate(zip(fit.values, fit.uncertainties)):
        step = 0.1 * deviation if 0.0 < deviation < np.inf else 1e-6 * max(abs(number), 1e-12)
        moved = fit.values.copy()
        moved[place] = number + step
        above = of(moved)
        moved[place] = number - step
        slopes[place] = (above - of(moved)) / (2.0 * step)
    acting = np.abs(slopes * fit.values) > 1e-12 * abs(value)  # an undetermined number without effect counts nothing
    if np.any(np.isinf(np.diag(fit.covariance)) & acting):
        return value, math.inf
    part = slopes[acting]
    return value, math.sqrt(max(float(part @ fit.covariance[np.ix_(acting, acting)] @ part), 0.0))


def lag_one_correlation(residuals: Array) -> float:
    """Return the correlation of neighbouring residuals (point,)."""
    centred = residuals - residuals.mean() if residuals.size else residuals
    power = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / power if power > 0.0 else 0.0


def noise_of(y: Array) -> float:
    """Return the standard deviation of the white noise of a smooth signal, from its second differences.

    Args:
        y: evenly spaced signal (point,), at least 5 points.
    """
    differences = np.diff(y, 2) / math.sqrt(6.0)
    return float(np.median(np.abs(differences)) / _MAD) if differences.size >= 3 else math.nan
