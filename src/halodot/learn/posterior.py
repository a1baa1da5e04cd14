"""Draws from a prior that data have informed, by importance weights whose proposals learn from the draws before them.

Coordinates are independent standard-normal numbers before the data. A proposal is the prior under data that are linear
in the coordinates, so that its density relative to the prior depends on as many numbers as there are data, and weights
do not degenerate where inputs are many. Later proposals take residuals as linear about the draws that fit best, with
what is not linear as an error. The weight of a draw is its posterior over the mixture of all proposals, each counted as
often as it was drawn from (J.-M. Cornuet et al., Scand. J. Stat. 39 (2012) 798), the prior's always among them: a
proposal that is wrong costs effective draws and shifts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array

#: effective draws below which quantiles of 95 % are noise
ENOUGH = 100.0
#: share of the draws of every round that come from the widest proposal: no weight exceeds its likelihood by more
_DEFENSIVE = 0.2
#: principal residuals that a proposal takes as data; curves have few independent directions
_MOST_DIRECTIONS = 10
#: the error of a linear fit counts this many times: the fit has seen the draws that judge it
_CAUTION = 1.5
#: draws with a solution from which residuals are fitted, and draws after which an end without success may be seen
_FEWEST, _FAIR_TRIAL = 16, 300
#: share of the draws that weigh in a fit, so that it is local and still determined
_LOCAL = 1.0 / 3.0


@dataclass(frozen=True, eq=False)
class LinearData:
    """Data whose residuals, in units of their standard deviations, are linear in the coordinates: r = H^T z + c."""

    slope: Array  # H, (coordinate, row)
    offset: Array  # c, (row,)

    def residuals(self, coordinates: Array) -> Array:
        """Return the residuals at coordinates, (draw, row)."""
        return np.asarray(coordinates @ self.slope + self.offset)

    def log_ratio(self, coordinates: Array) -> Array:
        """Return ln of the density of coordinates under these data over that of the prior, (draw,)."""
        gram = np.eye(self.offset.size) + self.slope.T @ self.slope
        evidence = 0.5 * np.linalg.slogdet(gram)[1] + 0.5 * self.offset @ np.linalg.solve(gram, self.offset)
        return np.asarray(evidence - 0.5 * np.sum(self.residuals(coordinates) ** 2, axis=1))

    @property
    def mean(self) -> Array:
        """The mean of the coordinates under these data, (coordinate,)."""
        gram = np.eye(self.offset.size) + self.slope.T @ self.slope
        return np.asarray(-self.slope @ np.linalg.solve(gram, self.offset))

    def draw(self, count: int, generator: np.random.Generator) -> Array:
        """Return coordinates under these data, (draw, coordinate): draws of the prior, moved by what they miss."""
        prior = generator.standard_normal((count, self.slope.shape[0]))
        missed = self.residuals(prior) + generator.standard_normal((count, self.offset.size))
        gram = np.eye(self.offset.size) + self.slope.T @ self.slope
        return np.asarray(prior - np.linalg.solve(gram, missed.T).T @ self.slope.T)

    def with_more(self, slope: Array, offset: Array) -> LinearData:
        """Return these and further data."""
        return LinearData(np.hstack([self.slope, slope]), np.concatenate([self.offset, offset]))


def no_data(dimension: int) -> LinearData:
    """Return the data of a prior that nothing has informed."""
    return LinearData(np.zeros((dimension, 0)), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What the data say of draws."""

    log_likelihood: Array  # (draw,), minus infinity where a draw has no solution
    residuals: Array | None = None  # (draw, row), in units of the data's errors; None where they have none


@dataclass(frozen=True, eq=False)
class Sample:
    """Weighted draws of a posterior."""

    coordinates: Array  # (draw, coordinate)
    log_weights: Array  # (draw,)
    rounds: tuple[int, ...]  # draws of each round
    proposals: int
    found: Evaluated | None = None  # of all draws

    @property
    def weights(self) -> Array:
        """Weights that add up to 1, (draw,); all 0 where no draw has a solution."""
        return normalised(self.log_weights)

    @property
    def ess(self) -> float:
        """The effective sample size."""
        return effective_size(self.weights)


def normalised(log_weights: Array) -> Array:
    """Return weights that add up to 1 from logarithms, (draw,); all 0 where all are minus infinity."""
    top = np.max(log_weights, initial=-math.inf)
    if not math.isfinite(top):
        return np.zeros(log_weights.size)
    weights = np.exp(log_weights - top)
    return np.asarray(weights / np.sum(weights))


def effective_size(weights: Array) -> float:
    """Return the effective sample size of weighted draws, (sum w)^2 / sum w^2; 0 where there is none."""
    total = float(np.sum(weights))
    return total * total / float(np.sum(weights**2)) if total > 0.0 else 0.0


def sample_posterior(
    evaluate: Callable[[Array], Evaluated],
    base: LinearData,
    count: int,
    seed: int,
    first: LinearData | None = None,
    enough: float = ENOUGH,
    most: int = 4000,
) -> Sample:
    """Draw from the prior under linear data and a likelihood until there are enough effective draws.

    Args:
        evaluate: the likelihood of coordinates, (draw, coordinate).
        base: data that are taken as linear; `no_data` for the prior itself.
        count: draws at least, and of the first round.
        seed: of the random numbers.
        first: a better proposal to begin with, such as all data of a calibration as linear.
        enough: effective draws to reach.
        most: draws at most; where they do not suffice, the sample says so by its ``ess``.

    Returns:
        The draws of all rounds with their weights.
    """
    generator = np.random.default_rng(seed)
    proposals: list[LinearData] = [base] if first is None else [base, first]
    drawn_from = np.zeros(0)
    coordinates = np.zeros((0, base.slope.shape[0]))
    found: list[Evaluated] = []
    rounds: list[int] = []
    log_weights = np.zeros(0)
    while not rounds or (not _ends(len(coordinates), _size(log_weights), count, enough, most)):
        batch = max(16, min(count if not rounds else max(count // 2, 64), most - len(coordinates)))
        shares = _shares_of_round(len(proposals), batch)
        drawn_from = np.pad(drawn_from, (0, len(proposals) - drawn_from.size)) + shares
        new = np.vstack([one.draw(share, generator) for one, share in zip(proposals, shares)])
        coordinates = np.vstack([coordinates, new])
        found.append(evaluate(new))
        rounds.append(batch)
        log_likelihood = np.concatenate([one.log_likelihood for one in found])
        log_weights = _log_weights(coordinates, log_likelihood, base, proposals, drawn_from)
        if all(one.residuals is not None for one in found):
            residuals = np.vstack([one.residuals for one in found if one.residuals is not None])
            proposals += _better_proposal(coordinates, residuals, log_likelihood, base)
    every = [one.residuals for one in found if one.residuals is not None]
    sizes = {one.shape[1] for one in every}
    whole = Evaluated(
        np.concatenate([one.log_likelihood for one in found]),
        np.vstack(every) if len(every) == len(found) and len(sizes) == 1 else None,
    )
    return Sample(coordinates, log_weights, tuple(rounds), int(np.count_nonzero(drawn_from)), whole)


def _ends(drawn: int, effective: float, count: int, enough: float, most: int) -> bool:
    """Whether there are enough draws, as many as may be, or so few effective ones that patience is of no use."""
    if drawn >= most or (drawn >= count and effective >= enough):
        return True
    return drawn >= max(2 * count, _FAIR_TRIAL) and effective * most < 0.5 * enough * drawn


def linearised(sample: Sample) -> LinearData | None:
    """Return the residuals of a sample as linear about the draws that fit best; None where they are not known."""
    if sample.found is None or sample.found.residuals is None:
        return None
    likelihood, residuals = sample.found.log_likelihood, sample.found.residuals
    solved = np.isfinite(likelihood) & np.all(np.isfinite(residuals), axis=1)
    if np.sum(solved) < _FEWEST:
        return None
    weights = _local_weights(likelihood[solved])
    slope, offset, _ = _linear_fit(sample.coordinates[solved], residuals[solved], weights)
    return LinearData(slope, offset)


def _size(log_weights: Array) -> float:
    return effective_size(normalised(log_weights))


def _shares_of_round(proposals: int, batch: int) -> list[int]:
    """How many draws of a round come from each proposal: the widest one, and the last, which knows most."""
    if proposals == 1:
        return [batch]
    wide = math.ceil(_DEFENSIVE * batch)
    return [wide, *(0 for _ in range(proposals - 2)), batch - wide]


def _log_weights(
    coordinates: Array, log_likelihood: Array, base: LinearData, proposals: list[LinearData], drawn_from: Array
) -> Array:
    """ln of posterior over the mixture of all proposals, each by how often it was drawn from, (draw,)."""
    used = [(one, count) for one, count in zip(proposals, drawn_from) if count > 0]
    terms = [math.log(count / np.sum(drawn_from)) + one.log_ratio(coordinates) for one, count in used]
    return np.asarray(base.log_ratio(coordinates) + log_likelihood - np.logaddexp.reduce(terms, axis=0))


def _better_proposal(coordinates: Array, residuals: Array, log_likelihood: Array, base: LinearData) -> list[LinearData]:
    """The prior under residuals that are linear about the draws that fit best; none where too few have a solution."""
    solved = np.isfinite(log_likelihood) & np.all(np.isfinite(residuals), axis=1)
    if np.sum(solved) < _FEWEST:
        return []
    points, data = coordinates[solved], residuals[solved]
    weights = _local_weights(log_likelihood[solved])
    middle = weights @ data
    scatter = (data - middle).T @ ((data - middle) * weights[:, None])
    size, directions = np.linalg.eigh(scatter)
    # the residuals have an error of 1: directions that vary far less say nothing
    kept = np.argsort(-size)[:_MOST_DIRECTIONS]
    kept = kept[size[kept] > 0.01]
    if not kept.size:
        return []
    turned = data @ directions[:, kept]
    slope, offset, error = _linear_fit(points, turned, weights)
    root = np.linalg.cholesky(np.eye(kept.size) + _CAUTION**2 * error)
    return [base.with_more(np.linalg.solve(root, slope.T).T, np.linalg.solve(root, offset))]


def _local_weights(log_likelihood: Array) -> Array:
    """Powers of the likelihood, as sharp as a third of the draws allows, (draw,)."""
    wanted = _LOCAL * log_likelihood.size
    low, high = -30.0, 0.0  # logarithm of the power
    if _size(log_likelihood) >= wanted:
        return normalised(log_likelihood)
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _size(math.exp(middle) * log_likelihood) >= wanted else (low, middle)
    return normalised(math.exp(low) * log_likelihood)


def _linear_fit(points: Array, data: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Slope (coordinate, row), offset (row,) and covariance of the error (row, row) of data that are nearly linear.

    Ridge regression twice: the second time with every coordinate scaled by what it moved the first time, since few of
    many inputs matter. The error is that of draws left out one at a time.
    """
    centre, middle = weights @ points, weights @ data
    root = np.sqrt(weights * weights.size)[:, None]
    slope, _ = _ridge(root * (points - centre), root * (data - middle))
    strength = np.sqrt(np.sum(slope**2, axis=1) / np.maximum(np.sum(slope**2), 1e-300))
    slope, left_out = _ridge(root * (points - centre) * strength, root * (data - middle))
    slope = slope * strength[:, None]
    return slope, middle - centre @ slope, left_out.T @ left_out / len(data)


def _ridge(points: Array, data: Array) -> tuple[Array, Array]:
    """Slope (coordinate, row) of the penalty with the smallest errors of data left out, and these, (draw, row)."""
    left, size, right = np.linalg.svd(points, full_matrices=False)
    seen = left.T @ data
    best: tuple[float, Array, Array] | None = None
    for penalty in np.geomspace(1e-4, 10.0, 11) * max(float(np.sum(size**2)), 1e-300) / max(size.size, 1):
        kept = size**2 / (size**2 + penalty)
        own = np.minimum(np.sum(left**2 * kept, axis=1) + 1.0 / len(data), 0.99)
        error = (data - left @ (kept[:, None] * seen)) / (1.0 - own)[:, None]
        score = float(np.sum(error**2))
        if best is None or score < best[0]:
            best = (score, right.T @ ((kept / np.maximum(size, 1e-300))[:, None] * seen), error)
    assert best is not None
    return best[1], best[2]


def resampled(weights: Array, count: int, seed: int) -> Array:
    """Return how often each draw is taken among a number of equal ones, (draw,), by systematic resampling."""
    start = np.random.default_rng(seed).random()
    edges = np.concatenate([[0.0], np.cumsum(weights)]) / max(float(np.sum(weights)), 1e-300)
    places = np.ceil(edges * count - start)
    return np.asarray(np.diff(np.clip(places, 0, count)), dtype=np.int64)
