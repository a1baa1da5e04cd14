"""Fit the edge length across papers: one law for all, every paper counting once.

ln L is linear in the regressors of :mod:`halodot.flask.nucleation`. A paper's rows share its laboratory's effect, so
that twelve rows of one paper say little more of a new laboratory than one; each row has the weight 1 / (rows of its
paper). The priors of the slopes are those of the flask's parameters; with Gaussian errors the posterior is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.flask.nucleation import BOUNDS, DATA_RANGE, bounded, halide_shares, regressor, terms
from halodot.learn.literature.rows import LiteratureRow, conditions_of
from halodot.states import Array

#: parameters of the law in the order of the regressors, after the logarithm of the usual length
SLOPES = (
    "length_of_chloride",
    "length_of_iodide",
    "length_temperature",
    "length_of_ammonium_halide",
    "length_of_other_halide",
    "length_of_free_ligand",
    "length_of_lead_halide",
)
NAMES = ("usual_length", *SLOPES)
#: prior standard deviation of ln usual_length: weak
LENGTH_SD = 0.3
#: prior of the variance of ln L between papers: its centre, and the papers that it counts for
_VARIANCE, _WEIGHT = 0.3**2, 3.0
_ROUNDS = 20


@dataclass(frozen=True)
class Observations:
    """Recipes and their dots, ready for the fit."""

    regressors: Array  # (row, name), the first is 1
    log_length: Array  # (row,), of m
    length_variance: Array  # (row,), that lying outside the data's range adds, over the slopes squared: (row, name)
    paper: Array  # (row,), index of the paper
    dois: tuple[str, ...]

    def chosen(self, rows: Array) -> Observations:
        """Return a part of the rows, with the papers numbered as before."""
        return Observations(
            self.regressors[rows], self.log_length[rows], self.length_variance[rows], self.paper[rows], self.dois
        )

    @property
    def weight(self) -> Array:
        """Weight of each row: 1 over the rows of its paper, (row,)."""
        _, place, count = np.unique(self.paper, return_inverse=True, return_counts=True)
        weight: Array = 1.0 / count[place]
        return weight


@dataclass(frozen=True)
class Prior:
    """Independent normal priors of the law's coefficients."""

    mean: Array  # (name,)
    sd: Array  # (name,)


@dataclass(frozen=True)
class Law:
    """The fitted law: coefficients with their covariance, and the scatter of a row of a new paper."""

    mean: Array  # (name,)
    covariance: Array  # (name, name)
    variance: float  # of ln L of one row about the law

    def predict(self, observations: Observations) -> tuple[Array, Array]:
        """Return mean and standard deviation of ln L for rows of papers that the fit does not know, (row,) each."""
        x = observations.regressors
        variance = self.variance + np.einsum("ij,jk,ik->i", x, self.covariance, x)
        return x @ self.mean, np.sqrt(variance + observations.length_variance @ self.mean**2)


def observe(rows: tuple[LiteratureRow, ...]) -> Observations:
    """Return recipes as regressors of the law, and the logarithm of the edge length [m]."""
    dois = tuple(sorted({row.doi for row in rows}))
    pairs = [_regressors(row) for row in rows]
    return Observations(
        regressors=np.array([found for found, _ in pairs]),
        log_length=np.log([row.length for row in rows]),
        length_variance=np.array([beyond for _, beyond in pairs]),
        paper=np.array([dois.index(row.doi) for row in rows]),
        dois=dois,
    )


def _regressors(row: LiteratureRow) -> tuple[list[float], list[float]]:
    """The regressors of a row, and the square of how far each lies outside the range of the data."""
    conditions = conditions_of(row)
    found, beyond = [1.0, *halide_shares(conditions)], [0.0, 0.0, 0.0]
    for term, raw in terms(conditions).items():
        value = bounded(raw, BOUNDS[term])
        found.append(regressor(term, value))
        beyond.append((found[-1] - regressor(term, bounded(value, DATA_RANGE[term]))) ** 2)
    return found, beyond


def fit(observations: Observations, prior: Prior, used: Array) -> Law:
    """Return the posterior of the law with the variance of the rows about it.

    The variance and the coefficients are found in turn; a paper counts as one observation of that variance.

    Args:
        observations: the rows that are known.
        prior: of the coefficients.
        used: names whose term is part of the law, (name,) of bool; the others are zero.
    """
    papers = len(np.unique(observations.paper))
    x, weight = observations.regressors[:, used], observations.weight
    centre, precision = prior.mean[used], np.diag(prior.sd[used] ** -2.0)
    from_centre = observations.log_length - x @ centre
    gram, pull, variance = (x.T * weight) @ x, (x.T * weight) @ from_centre, _VARIANCE
    for _ in range(_ROUNDS):
        covariance = np.linalg.inv(gram / variance + precision)
        change = covariance @ pull / variance
        spread = (from_centre - x @ change) ** 2 + np.einsum("ij,jk,ik->i", x, covariance, x)
        variance = float((weight @ spread + _WEIGHT * _VARIANCE) / (papers + _WEIGHT))
    mean, whole = np.zeros(used.size), np.zeros((used.size, used.size))
    mean[used] = centre + change
    whole[np.outer(used, used).astype(bool)] = covariance.ravel()
    return Law(mean, whole, variance)


def within_papers(observations: Observations, law: Law) -> float:
    """Return the variance of ln L between rows of one paper about the law: the median over papers of several rows."""
    residual = observations.log_length - observations.regressors @ law.mean
    groups = [residual[observations.paper == index] for index in np.unique(observations.paper)]
    return float(np.median([np.var(group, ddof=1) for group in groups if group.size > 1]))


def log_density(log_length: Array, mean: Array, sd: Array) -> Array:
    """Return the logarithm of the normal density of ln L, (row,)."""
    density: Array = -0.5 * ((log_length - mean) / sd) ** 2 - np.log(sd) - 0.5 * math.log(2.0 * math.pi)
    return density
