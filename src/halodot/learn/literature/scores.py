"""How well edge lengths of papers that were left out are predicted, each paper counting once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from halodot.learn.literature.fit import Observations, log_density
from halodot.states import Array

#: pairs of rows of one paper whose ln L differ by more than this are ordered
DISTINCT = 0.1
#: standard deviations of a 95 % interval
_WIDTH = 1.96
_SAMPLES, _SEED = 4000, 1


@dataclass(frozen=True)
class Scores:
    """Scores of a prediction of ln L; every paper counts once but for the pairs."""

    papers: int
    rows: int
    median: float  # mean over papers of the median |ln (predicted / reported)|
    row_median: float  # median of the same over rows that weigh 1 / (rows of their paper)
    error: float  # m, mean |predicted - reported|
    ordered: float  # share of pairs of one paper in the right order; a tie counts half
    pairs: int
    covered: float  # share inside the 95 % interval
    log_score: float  # mean log density of ln L


def score(observations: Observations, mean: Array, sd: Array) -> Scores:
    """Return the scores of predictions of ln L."""
    weight = observations.weight / observations.weight.sum()
    error = np.abs(observations.log_length - mean)
    right, pairs = _ordered(observations, mean)
    return Scores(
        papers=len(np.unique(observations.paper)),
        rows=error.size,
        median=float(np.mean(_medians(observations, error))),
        row_median=weighted_median(error, weight),
        error=float(weight @ np.abs(np.exp(observations.log_length) - np.exp(mean))),
        ordered=right,
        pairs=pairs,
        covered=float(weight @ (error < _WIDTH * sd)),
        log_score=float(weight @ log_density(observations.log_length, mean, sd)),
    )


def weighted_median(values: Array, weight: Array) -> float:
    """Return the value at which half of the weight is reached."""
    order = np.argsort(values)
    reached = np.cumsum(weight[order]) / np.sum(weight)
    return float(values[order][np.searchsorted(reached, 0.5)])


def _medians(observations: Observations, error: Array) -> Array:
    return np.array([np.median(error[observations.paper == index]) for index in np.unique(observations.paper)])


def _ordered(observations: Observations, mean: Array) -> tuple[float, int]:
    right, pairs = 0.0, 0
    for index in np.unique(observations.paper):
        rows = np.flatnonzero(observations.paper == index)
        for one, two in combinations(rows, 2):
            reported = observations.log_length[one] - observations.log_length[two]
            if abs(reported) > DISTINCT:
                pairs += 1
                right += 0.5 * (1.0 + float(np.sign(reported * (mean[one] - mean[two]))))
    return right / pairs if pairs else float("nan"), pairs


def probability_better(observations: Observations, mean: Array, other: Array) -> tuple[float, float]:
    """Return how probable it is that one prediction is better than another, by drawing papers with replacement.

    Args:
        observations: the rows.
        mean: predicted ln L, (row,).
        other: that of the other prediction, (row,).

    Returns:
        For the mean over papers of the median |ln|, and for the mean error in length.
    """
    length = np.exp(observations.log_length)
    median = [_medians(observations, np.abs(observations.log_length - values)) for values in (mean, other)]
    error = [_means(observations, np.abs(length - np.exp(values))) for values in (mean, other)]
    drawn = np.random.default_rng(_SEED).integers(0, median[0].size, (_SAMPLES, median[0].size))
    return tuple(float(np.mean((one - two)[drawn].mean(axis=1) < 0.0)) for one, two in (median, error))  # type: ignore[return-value]


def _means(observations: Observations, error: Array) -> Array:
    return np.array([np.mean(error[observations.paper == index]) for index in np.unique(observations.paper)])
