"""A smooth curve through noisy points, with what the noise leaves open: its maximum, its crossings, its values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.errors import DataError
from halodot.lab.findings import NORMAL_95

#: variance of the level and of the slope before anything is measured, in squared units of y: open for all practice
_OPEN = 1e4
#: strengths of the curvature and relative noises among which the likelihood chooses
_CURVATURES = (-3.0, 7.0)  # powers of ten
_NOISES = (-3.0, -0.7)  # powers of ten; an instrument has 0.1 % at least
_COARSE, _FINE = (11, 9), (11, 9)
#: models that are averaged, drawn by how likely they are
_MODELS = 8
#: a place counts as sure up to so many of the least uncertainty, or up to this one
_SURE, _SURE_ENOUGH = 3.0, 0.02
_FEWEST = 4
_MOST = 120  # points of a curve; more are averaged by neighbours first
_GRID = 241
#: residual in standard deviations beyond which a point is no noise, and how often such points are looked for
_OUTLIER = 4.5
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Smooth:
    """A smooth curve and curves that the noise could have made of it."""

    x: Array  # (place,), rising
    y: Array  # (place,)
    resamples: Array  # (resample, place): curves found from the smooth curve with its noise drawn again
    sd: Array  # (place,), standard uncertainty of y
    noise: float  # standard deviation of a point beyond the noise that was stated
    outliers: int  # points that are neither on the curve nor noise

    @property
    def sure(self) -> BoolArray:
        """Where the curve is nearly as sure as elsewhere (place,); a maximum is sought only there."""
        limit = max(_SURE * float(np.min(self.sd)), _SURE_ENOUGH)
        return np.asarray(self.sd <= limit)


def smooth_curve(x: Array, y: Array, sd: Array, resamples: int = 400, seed: int = 0) -> Smooth:
    """Return the smooth curve through points.

    The curve is an integrated random walk (the prior of the cubic smoothing spline); how stiff it is and how much
    noise the points have beyond the stated one maximise the marginal likelihood. Points more than 4.5 standard
    deviations off count as outliers and lose their weight.

    Args:
        x: (point,), rising, each place once.
        y: (point,), of the order of 1: a logarithm, or scaled.
        sd: standard deviation of the noise that is known (point,).
        resamples: number of curves drawn again.
        seed: of them.

    Raises:
        DataError: fewer than four points.

    Source: G. Wahba, J. R. Stat. Soc. B 40, 364 (1978).
    """
    if x.size < _FEWEST:
        raise DataError(f"{x.size} points make no curve; at least {_FEWEST} are needed")
    first, length = float(x[0]), float(x[-1] - x[0])
    x, y, sd, several = _averaged(x, y, sd)
    place = (x - first) / length
    level = float(np.median(y))
    own, outlier = sd.copy(), np.zeros(y.size, bool)
    for _ in range(_ROUNDS):
        models = _likely(place, y - level, own, several)
        curvature, noise = models[0]
        variance = own**2 + noise**2 / several
        smoother, _ = _smoother(place, place, curvature, variance)
        off = np.abs(y - level - smoother @ (y - level)) / np.sqrt(variance)
        new = (off > _OUTLIER) & ~outlier
        if not np.any(new) or np.sum(outlier | new) > y.size // 5:
            break
        outlier |= new
        own[new] = np.maximum(own[new], 10.0 * off[new] * np.sqrt(variance[new]))
    grid = np.unique(np.concatenate((np.linspace(0.0, 1.0, _GRID), place)))
    generator = np.random.default_rng(seed)
    means, variances, drawn = [], [], []
    for curvature, noise in models:
        variance = own**2 + noise**2 / several
        smoother, spread = _smoother(grid, place, curvature, variance)
        found = smoother @ (y - level)
        means.append(found)
        variances.append(spread**2)
        count = -(-resamples // len(models))
        made = np.interp(place, grid, found) + np.sqrt(variance) * generator.standard_normal((count, y.size))
        drawn.append(made @ smoother.T + level)
    mean = np.mean(means, axis=0)
    spread = np.sqrt(np.mean(variances, axis=0) + np.var(means, axis=0))
    middle = float(np.median([noise for _, noise in models]))
    return Smooth(first + grid * length, mean + level, np.concatenate(drawn), spread, middle, int(np.sum(outlier)))


def _averaged(x: Array, y: Array, sd: Array) -> tuple[Array, Array, Array, Array]:
    """Return at most so many points as a curve needs, neighbours averaged, and how many each is the average of."""
    if x.size <= _MOST:
        return x, y, sd, np.ones(x.size)
    edges = np.linspace(x[0], x[-1], _MOST + 1)
    place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, _MOST - 1)
    number = np.bincount(place, minlength=_MOST).astype(float)
    there = number > 0.0
    number = number[there]
    means = [np.bincount(place, values, _MOST)[there] / number for values in (x, y, sd**2)]
    return means[0], means[1], np.sqrt(means[2] / number), number


def _prior(one: Array, other: Array, curvature: float) -> Array:
    """Return the covariance of an integrated random walk with open level and slope at places from 0 to 1."""
    low = np.minimum(one[:, np.newaxis], other)
    high = np.maximum(one[:, np.newaxis], other)
    walk = curvature * low**2 * (3.0 * high - low) / 6.0
    return np.asarray(walk + _OPEN * (1.0 + np.outer(one - 0.5, other - 0.5)))


def _likely(place: Array, y: Array, sd: Array, several: Array) -> list[tuple[float, float]]:
    """Return strengths of the curvature and noises, the most likely first, each as often as it is likely."""
    base = _prior(place, place, 0.0)
    walk = _prior(place, place, 1.0) - base

    def likelihood(curvature: float, noise: float) -> float:
        try:
            root = np.linalg.cholesky(base + curvature * walk + np.diag(sd**2 + noise**2 / several))
        except np.linalg.LinAlgError:
            return -math.inf
        white = np.linalg.solve(root, y)
        return -0.5 * float(white @ white) - float(np.sum(np.log(np.diag(root))))

    ranges = (_CURVATURES, _NOISES)
    tried: list[tuple[float, float]] = []
    found = np.zeros(0)
    for counts in (_COARSE, _FINE):
        rows = [np.linspace(*limits, count) for limits, count in zip(ranges, counts)]
        tried = [(float(one), float(other)) for one in rows[0] for other in rows[1]]
        found = np.array([likelihood(10.0**one, 10.0**other) for one, other in tried])
        best = tried[int(np.argmax(found))]
        reach = [2.0 * (row[1] - row[0]) for row in rows]
        low = [max(middle - step, limits[0]) for middle, step, limits in zip(best, reach, ranges)]
        high = [min(middle + step, limits[1]) for middle, step, limits in zip(best, reach, ranges)]
        ranges = ((low[0], high[0]), (low[1], high[1]))
    share = np.cumsum(np.exp(found - np.max(found)))
    places = np.searchsorted(share, share[-1] * (np.arange(_MODELS) + 0.5) / _MODELS)
    chosen = [tried[int(np.argmax(found))], *(tried[int(place)] for place in places)]
    return [(10.0**one, 10.0**other) for one, other in chosen]


def _smoother(to: Array, place: Array, curvature: float, variance: Array) -> tuple[Array, Array]:
    """Return the matrix (to, point) that makes the curve of the points, and the standard uncertainty of the curve."""
    root = np.linalg.cholesky(_prior(place, place, curvature) + np.diag(variance))
    white = np.linalg.solve(root, _prior(place, to, curvature))
    prior = curvature * to**3 / 3.0 + _OPEN * (1.0 + (to - 0.5) ** 2)
    spread = np.sqrt(np.maximum(prior - np.sum(white**2, axis=0), 0.0))
    return np.asarray(np.linalg.solve(root.T, white).T), spread


@dataclass(frozen=True)
class Read:
    """A number read off a smooth curve."""

    value: float
    uncertainty: float
    interval: tuple[float, float]  # 95 %
    share: float = 1.0  # of the resampled curves that have it


def highest(curve: Smooth) -> tuple[Read, Read, str]:
    """Return the maximum, its place, and at which end it stands ("low", "high"), so that the curve may rise beyond.

    It is sought where the curve is nearly as sure as elsewhere. What noise adds to the highest of several points is
    taken off, by as much as it adds to the resampled curves.
    """
    sure = np.flatnonzero(curve.sure)
    top = int(sure[np.argmax(curve.y[sure])])
    tops = sure[np.argmax(curve.resamples[:, sure], axis=1)]
    drawn = np.max(curve.resamples[:, sure], axis=1)
    excess = float(np.mean(drawn)) - float(curve.y[top])
    height = _read(float(curve.y[top]) - excess, drawn - np.mean(drawn), curve, top)
    place = float(curve.x[top])
    low, high = np.quantile(curve.x[tops], (0.025, 0.975))
    spread = float(np.std(curve.x[tops]))
    at = Read(place, spread, (min(float(low), place), max(float(high), place)))
    return height, at, "low" if top == sure[0] else "high" if top == sure[-1] else ""


def value_at(curve: Smooth, x: float) -> Read:
    """Return the value at a place within the curve."""
    value = float(np.interp(x, curve.x, curve.y))
    near = int(np.argmin(np.abs(curve.x - x)))
    return _read(value, curve.resamples[:, near] - np.mean(curve.resamples[:, near]), curve, near)


def _read(value: float, drawn: Array, curve: Smooth, near: int) -> Read:
    """Return a value with the spread of the resamples and what a smooth curve may miss between points."""
    smoothing = max(float(curve.sd[near]) ** 2 - float(np.var(curve.resamples[:, near])), 0.0)
    uncertainty = math.sqrt(float(np.var(drawn)) + smoothing)
    return Read(value, uncertainty, (value - NORMAL_95 * uncertainty, value + NORMAL_95 * uncertainty))


def first_below(curve: Smooth, drop: float) -> Read:
    """Return where the curve has fallen by ``drop`` from its maximum, beyond it; share 0 where it never does.

    Args:
        curve: the curve.
        drop: from the maximum, in units of y.
    """
    sure = np.flatnonzero(curve.sure)
    start = int(sure[np.argmax(curve.y[sure])])
    excess = float(np.mean(np.max(curve.resamples[:, sure], axis=1))) - float(curve.y[start])
    value = _falls(curve.x[sure[0] :], curve.y[sure[0] :], drop + excess)
    drawn = np.array([_falls(curve.x[sure[0] :], one[sure[0] :], drop + excess) for one in curve.resamples])
    reached = np.isfinite(drawn)
    if not math.isfinite(value) or not np.any(reached):
        return Read(float(curve.x[-1]), 0.0, (float(curve.x[-1]),) * 2, 0.0)
    found = drawn[reached]
    near = int(np.argmin(np.abs(curve.x - value)))
    missed = max(float(curve.sd[near]) ** 2 - float(np.var(curve.resamples[:, near])), 0.0)
    slope = abs(float(np.gradient(curve.y, curve.x)[near]))
    spread = math.hypot(float(np.std(found)), math.sqrt(missed) / slope if slope > 0.0 else 0.0)
    low, high = np.quantile(found, (0.025, 0.975))
    low, high = min(float(low), value - NORMAL_95 * spread), max(float(high), value + NORMAL_95 * spread)
    return Read(value, spread, (low, high), float(np.mean(reached)))


def _falls(x: Array, y: Array, drop: float) -> float:
    top = int(np.argmax(y))
    level = float(y[top]) - drop
    below = np.flatnonzero(y[top:] < level)
    if not below.size or level >= float(y[top]):
        return math.nan
    after = top + int(below[0])
    part = (y[after - 1] - level) / (y[after - 1] - y[after])
    return float(x[after - 1] + part * (x[after] - x[after - 1]))
