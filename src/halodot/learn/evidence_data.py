"""The evidence of a calibration as linear data of the coordinates that are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from halodot.arrays import BoolArray, IntArray
from halodot.learn.posterior import LinearData
from halodot.learn.priors import Prior, UncertainInput, prior_of, uncertain
from halodot.sources import Sourced
from halodot.study import Evidence, Study, places_in

#: a fitted value farther from its prior's centre, in deviates, stands at the end of what it can be
_AT_ITS_END = 3.0


def before_the_data(studies: Mapping[str, Study], evidence: Evidence | None) -> Prior:
    """Return the joint prior of studies, of what a calibration has set as it was before.

    Args:
        studies: by name.
        evidence: of their calibration; an input of which it says nothing keeps its own distribution.
    """
    prior = prior_of(studies)
    if evidence is None:
        return prior
    places = _places(prior.inputs, evidence)
    return Prior(tuple(_before(item, studies) if k >= 0 else item for item, k in zip(prior.inputs, places)))


def _before(item: UncertainInput, studies: Mapping[str, Study]) -> UncertainInput:
    found = next((studies[name].priors.get(item.path) for name in item.studies), None)
    return item if found is None else uncertain(item.path, found, item.studies)


def some_of(prior: Prior, kept: BoolArray) -> Prior:
    """Return the joint prior of some of the inputs.

    Args:
        prior: of all.
        kept: which, (input,).
    """
    return Prior(tuple(item for item, keep in zip(prior.inputs, kept, strict=True) if keep))


def marginal(data: LinearData, prior: Prior, kept: BoolArray) -> LinearData:
    """Return what data say of some of the inputs, whatever the others are.

    The others follow the kept ones as far as they err together; what is left of their spread adds to the errors of the
    data.

    Args:
        data: of the coordinates of all inputs.
        prior: of all inputs.
        kept: which inputs are wanted, (input,).
    """
    if np.all(kept):
        return data
    together, slope = prior.correlation, np.linalg.solve(prior.root.T, data.slope)
    across = together[np.ix_(~kept, kept)]
    gain = np.linalg.solve(together[np.ix_(kept, kept)], across.T).T
    spread = together[np.ix_(~kept, ~kept)] - gain @ across.T
    error = np.linalg.cholesky(np.eye(data.offset.size) + slope[~kept].T @ spread @ slope[~kept])
    own = some_of(prior, kept).root.T @ (slope[kept] + gain.T @ slope[~kept])
    return LinearData(np.linalg.solve(error, own.T).T, np.linalg.solve(error, data.offset))


def _places(inputs: tuple[UncertainInput, ...], evidence: Evidence) -> IntArray:
    value = np.array([item.entry.value for item in inputs])
    sd = np.array([item.entry.standard_deviation for item in inputs])
    return places_in(evidence, tuple(item.path for item in inputs), value, sd)


def linear_evidence(prior: Prior, stated: Prior, evidence: Evidence, rows: Sequence[str] | None = None) -> LinearData:
    """Return what rows of a calibration say of the coordinates, as linear residuals without any tie between them.

    Inputs that shift a datum and that no study has add to its error.

    Args:
        prior: of the inputs, before the data.
        stated: the same inputs as the studies state them, after the data.
        evidence: of the calibration.
        rows: which of its rows; all where not said.
    """
    wanted = evidence.rows if rows is None else rows
    bare = linear_rows(prior, stated, evidence, wanted)
    places = _places(stated.inputs, evidence)
    others = np.setdiff1d(np.arange(len(evidence.inputs)), places[places >= 0])
    own = evidence.shift[others][:, [evidence.rows.index(name) for name in wanted]]
    together = evidence.correlation[np.ix_(others, others)]
    root = np.linalg.cholesky(np.eye(len(wanted)) + own.T @ together @ own)
    return LinearData(np.linalg.solve(root, bare.slope.T).T, np.linalg.solve(root, bare.offset))


def linear_rows(prior: Prior, stated: Prior, evidence: Evidence, rows: Sequence[str]) -> LinearData:
    """Return the residuals of rows of a calibration as linear functions of the coordinates, row by row.

    A fitted input is linear about its fitted deviate; any other about its median, over one standard deviation on either
    side.

    Args:
        prior: of the inputs, before the data.
        stated: the same inputs as the studies state them, after the data.
        evidence: of the calibration.
        rows: which of its rows, in the order of the residuals.
    """
    columns = [evidence.rows.index(name) for name in rows]
    places = _places(stated.inputs, evidence)
    slope = np.zeros((len(places), len(rows)))
    residual = evidence.residual if evidence.residual.size else np.zeros(len(evidence.rows))
    offset = residual[columns].astype(float)
    for i, (k, item, now) in enumerate(zip(places, prior.inputs, stated.inputs)):
        if k < 0 or not evidence.prior_sd[k] > 0.0:
            continue
        by_value = evidence.shift[k, columns] / evidence.prior_sd[k]
        per_deviate, at_zero = _straight(item, now.entry)
        slope[i], offset = by_value * per_deviate, offset + by_value * at_zero
    return LinearData(prior.root.T @ slope, offset)


def _straight(item: UncertainInput, now: Sourced) -> tuple[float, float]:
    """The input less its stated value as a straight line of its deviate: slope and value at 0 [SI]."""
    deviate = float(item.deviate(np.array(now.value)))
    if now.kind == "calibrated" and abs(deviate) < _AT_ITS_END:
        slope = float(item.slope(np.array(deviate)))
        return slope, -slope * deviate
    low, middle, high = map(float, item.value(np.array([-1.0, 0.0, 1.0])))
    return 0.5 * (high - low), middle - now.value
