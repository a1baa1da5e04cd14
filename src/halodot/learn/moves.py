"""Draws of a posterior whose data are many and tight: met one draw at a time, then moved by steps that keep it.

Importance weights degenerate where many data are tight and not linear. A draw of the linear posterior is moved along
the directions of the data until its residuals are those that the linear posterior gave it (as in randomised maximum
likelihood, D. S. Oliver, N. He and A. C. Reynolds, ECMOR V, 1996). Steps of a Markov chain whose proposals keep the
linear posterior (S. L. Cotter et al., Stat. Sci. 28 (2013) 424) then keep the exact one, whatever the start.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainccinv

from halodot.arrays import Array
from halodot.learn.posterior import Evaluated, LinearData

#: corrections towards the residuals at most, and steps of the chain, for every draw
CORRECTIONS, STEPS = 14, 4
#: damping of a correction where data act alike, relative, and its longest step in coordinates
_DAMPING, _LONGEST = 1e-4, 3.0
#: factors of the longest step of a draw after a correction that failed and after one that helped
_SHORTER, _LONGER = 0.35, 1.5
#: residual, in errors of its datum, that needs no further correction: the chain moves it by more
_CLOSE = 0.3
#: a draw of the posterior is farther above the least chi squared than one that counts as met once in this many
_LOST = 100_000
#: length of a step relative to the linear posterior, adapted to accept about a quarter
_FIRST_STEP, _WANTED = 0.2, 0.25


@dataclass(frozen=True, eq=False)
class Moved:
    """Equally likely draws of a posterior."""

    coordinates: Array  # (draw, coordinate)
    log_likelihood: Array  # (draw,), minus infinity where a draw has no solution
    weights: Array  # 1, and 0 of a draw that could not be led to the data, (draw,)
    accepted: float  # share of the steps
    start: float  # median log-likelihood before the steps

    @property
    def drift(self) -> float:
        """By how much the steps changed the median log-likelihood: about 0 where the start was the posterior."""
        return float(np.median(self.log_likelihood)) - self.start


def moved_draws(
    evaluate: Callable[[Array], Evaluated], rows: LinearData, base: LinearData, count: int, seed: int
) -> Moved:
    """Return draws of the prior under ``base`` and a likelihood whose residuals are nearly linear.

    Args:
        evaluate: the likelihood of coordinates, with residuals, (draw, row).
        rows: the same residuals as linear data.
        base: other data that are taken as linear.
        count: draws.
        seed: of the random numbers.
    """
    generator = np.random.default_rng(seed)
    linear = base.with_more(rows.slope, rows.offset)
    wanted_at = linear.draw(count, generator)
    wanted = rows.residuals(wanted_at)
    points, found = _led(evaluate, rows, wanted_at, wanted)
    return _moved(evaluate, linear, base, points, found, generator)


def _led(
    evaluate: Callable[[Array], Evaluated], rows: LinearData, start: Array, wanted: Array
) -> tuple[Array, Evaluated]:
    """Lead every draw to its residuals by Newton steps with a Jacobian of its own that learns (Broyden's method).

    A residual that a draw does not have, such as a lifetime at a luminance that it does not reach, waits while the
    others lead it there.
    """
    found = evaluate(start)
    points, log_likelihood = start.copy(), found.log_likelihood.copy()
    missed = _residuals(found, rows) - wanted
    jacobian = np.repeat(rows.slope.T[None], len(points), axis=0)  # (draw, row, coordinate)
    reach = np.full(len(points), _LONGEST)
    for _ in range(CORRECTIONS):
        away = np.flatnonzero(~(np.max(np.abs(missed), axis=1) <= _CLOSE) | ~np.isfinite(log_likelihood))
        if not away.size:
            break
        present = np.isfinite(missed[away])
        own, miss = jacobian[away] * present[:, :, None], np.where(present, missed[away], 0.0)
        step = -_limited(_corrections(own, miss), reach[away])
        new = evaluate(points[away] + step)
        new_missed = _residuals(new, rows) - wanted[away]
        known = present & np.isfinite(new_missed)
        surprise = np.where(known, new_missed - miss - np.einsum("nrc,nc->nr", own, step), 0.0)
        size = np.maximum(np.sum(step**2, axis=1), 1e-300)
        jacobian[away] += surprise[:, :, None] * step[:, None, :] / size[:, None, None]
        better = _distance(new_missed) < _distance(missed[away])
        reach[away] = np.where(better, np.minimum(_LONGER * reach[away], _LONGEST), _SHORTER * np.sqrt(size))
        taken = away[better]
        points[taken] += step[better]
        missed[taken], log_likelihood[taken] = new_missed[better], new.log_likelihood[better]
    return points, Evaluated(log_likelihood)


def _corrections(jacobian: Array, missed: Array) -> Array:
    """The shortest steps that take away what is missed, (draw, coordinate), damped where data act alike."""
    gram = jacobian @ np.swapaxes(jacobian, 1, 2)
    scale = np.maximum(np.mean(np.diagonal(gram, axis1=1, axis2=2), axis=1), 1e-300)
    gram += _DAMPING * scale[:, None, None] * np.eye(gram.shape[1])
    return np.asarray(np.einsum("nrc,nr->nc", jacobian, np.linalg.solve(gram, missed[..., None])[..., 0]))


def _distance(missed: Array) -> Array:
    """How far draws are from their data, (draw,): first by how many they have at all, then by their squares."""
    absent = np.sum(~np.isfinite(missed), axis=1)
    return np.asarray(1e12 * absent + np.minimum(np.sum(np.nan_to_num(missed) ** 2, axis=1), 1e11))


def _residuals(found: Evaluated, rows: LinearData) -> Array:
    """The residuals of draws, (draw, row); nan where a draw has none."""
    assert found.residuals is not None
    if found.residuals.shape[1] != rows.offset.size:
        return np.full((len(found.residuals), rows.offset.size), math.nan)  # no draw has a solution
    return found.residuals


def _limited(step: Array, reach: Array) -> Array:
    """Steps no longer than each draw may reach."""
    size = np.sqrt(np.sum(step**2, axis=1))
    return np.asarray(step * np.minimum(1.0, reach / np.maximum(size, 1e-300))[:, None])


def _moved(
    evaluate: Callable[[Array], Evaluated],
    linear: LinearData,
    base: LinearData,
    points: Array,
    found: Evaluated,
    generator: np.random.Generator,
) -> Moved:
    """Steps z' = m + sqrt(1 - b^2) (z - m) + b x, x of the linear posterior less its mean m, accepted by Metropolis."""
    middle = linear.mean
    level = _level(points, found, linear, base)
    start, step, accepted = float(np.median(found.log_likelihood)), _FIRST_STEP, []
    log_likelihood = found.log_likelihood
    for _ in range(STEPS):
        fresh = linear.draw(len(points), generator) - middle
        tried = middle + math.sqrt(1.0 - step * step) * (points - middle) + step * fresh
        new = evaluate(tried)
        new_level = _level(tried, new, linear, base)
        with np.errstate(invalid="ignore"):
            taken = np.log(generator.random(len(points))) < new_level - level
        points = np.where(taken[:, None], tried, points)
        level, log_likelihood = np.where(taken, new_level, level), np.where(taken, new.log_likelihood, log_likelihood)
        accepted.append(float(np.mean(taken)))
        step = min(max(step * math.exp(accepted[-1] - _WANTED), 0.02), 0.9)
    counted = np.isfinite(log_likelihood) & (log_likelihood > np.max(log_likelihood) - _far(linear))
    return Moved(points, log_likelihood, counted.astype(float), float(np.mean(accepted)), start)


def _far(linear: LinearData) -> float:
    """Half of chi squared above the least of all draws from which one was not led to the data."""
    return float(gammainccinv(0.5 * max(linear.offset.size, 1), 1.0 / _LOST))


def _level(points: Array, found: Evaluated, linear: LinearData, base: LinearData) -> Array:
    """ln of the posterior over the linear one, (draw,)."""
    return np.asarray(base.log_ratio(points) + found.log_likelihood - linear.log_ratio(points))
