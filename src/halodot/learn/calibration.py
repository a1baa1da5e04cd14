"""Fit parameters to the data rows that may calibrate them, with priors, uncertainties and what stays unidentified."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from halodot.chain.grid import on_fixed_grid
from halodot.chain.simulate import simulate
from halodot.errors import FitError, HalodotError
from halodot.learn.priors import UncertainInput, uncertain
from halodot.learn.sensitivity import finite_differences, left_out, posterior_covariance
from halodot.results.data import Result
from halodot.sources import Sourced
from halodot.states import Array
from halodot.study import Study, with_inputs
from halodot.units import to_si

Series = Mapping[str, Result]
#: residual of a row that the model does not reach, and how far from the prior's centre a parameter may go, in sd
UNREACHED, LIMIT = 30.0, 4.0
#: inputs that a calibration may describe; amounts, reagents and layers belong to each study
MODEL = ("flask.", "dots.", "film.", "ageing.")
#: shift of a datum, in its standard deviations, below which an input says nothing of it
_LEAST_SHIFT = 1e-4
#: correlation from which a pair of inputs is shown to the reader of a calibration
_STRONG = 0.3


@dataclass(frozen=True)
class Datum:
    """One calibrating row: a residual in units of its standard deviation, read from the simulated samples."""

    id: str
    samples: tuple[str, ...]
    residual: Callable[[Series], float]
    quantity: str = ""  # of the summary, where the row is one


@dataclass(frozen=True)
class Fit:
    """The outcome of a calibration."""

    paths: tuple[str, ...]
    value: Array
    sd: Array
    prior_sd: Array
    rows: tuple[str, ...]
    residual: Array  # (row,), (model - reported) / sd
    cost: float

    @property
    def undetermined(self) -> tuple[str, ...]:
        """Parameters whose uncertainty the data did not reduce by a tenth."""
        loose = self.sd > 0.9 * self.prior_sd
        return tuple(path for path, flag in zip(self.paths, loose) if flag)


def calibrate(studies: Mapping[str, Study], priors: Mapping[str, Sourced], data: tuple[Datum, ...]) -> Fit:
    """Find the parameters of highest posterior probability and their covariance.

    The cost is ``sum residual^2 + sum u^2`` with u the parameters' standard-normal deviates under their priors.

    Args:
        studies: the samples by name.
        priors: path -> prior of each fitted parameter.
        data: the calibrating rows.

    Returns:
        The fit; parameters are in SI units.

    Raises:
        FitError: no valid minimum was found.
    """
    from iminuit import Minuit
    from scipy.optimize import least_squares

    paths, inputs = tuple(priors), tuple(uncertain(path, entry) for path, entry in priors.items())
    base = {name: on_fixed_grid(simulate(study)) for name, study in studies.items()}
    studies = {name: result.study for name, result in base.items()}

    def residuals(standard: Array) -> Array:
        changes = {item.path: float(item.value(u)) for item, u in zip(inputs, standard)}
        return _residuals(studies, base, data, changes)

    def stacked(standard: Array) -> Array:
        values = residuals(standard)
        return np.concatenate([np.where(np.isfinite(values), values, UNREACHED), standard])

    start = least_squares(
        stacked, np.zeros(len(paths)), bounds=(-LIMIT, LIMIT), diff_step=[1e-3] * len(paths), x_scale=0.3
    )
    minuit = Minuit(lambda standard: float(stacked(standard) @ stacked(standard)), start.x, name=paths)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.limits = [(-LIMIT, LIMIT)] * len(paths)
    minuit.errors = [0.1] * len(paths)
    minuit.strategy = 0
    minuit.migrad(ncall=100 * len(paths))
    minuit.hesse()
    if minuit.covariance is None or minuit.fval is None or not math.isfinite(minuit.fval):
        raise FitError(
            f"the fit of {', '.join(paths)} found no minimum with a covariance; "
            "fix the parameters that the data do not determine, or start from other priors"
        )
    return _fit(inputs, data, residuals, minuit)


def _residuals(
    studies: Mapping[str, Study], base: Series, data: tuple[Datum, ...], changes: Mapping[str, float]
) -> Array:
    """The residuals with some inputs changed; nan where a sample has no solution."""
    try:
        results = {
            name: simulate(with_inputs(study, own, remarked=False), base[name])
            for name, study in studies.items()
            for own in ({path: value for path, value in changes.items() if path in study.inputs},)
        }
    except HalodotError:
        return np.full(len(data), math.nan)
    return np.array([datum.residual(results) for datum in data])


def _fit(
    inputs: tuple[UncertainInput, ...], data: tuple[Datum, ...], residuals: Callable[[Array], Array], minuit: Any
) -> Fit:
    standard = np.array(minuit.values)
    spread = np.sqrt(np.diag(np.array(minuit.covariance)))
    prior_sd = np.array([float(item.slope(u)) for item, u in zip(inputs, standard)])
    return Fit(
        paths=tuple(item.path for item in inputs),
        value=np.array([float(item.value(u)) for item, u in zip(inputs, standard)]),
        sd=prior_sd * np.minimum(spread, 1.0),
        prior_sd=prior_sd,
        rows=tuple(datum.id for datum in data),
        residual=residuals(standard),
        cost=float(minuit.fval),
    )


@dataclass(frozen=True)
class Informed:
    """What the data say of every input, and what they leave uncertain of it."""

    paths: tuple[str, ...]
    prior_sd: Array  # (input,), SI, 0 where unknown
    rows: tuple[str, ...]
    shift: Array  # (input, row), of each datum in its sd, by one prior standard deviation of each input
    left_out: Array  # (row,), residual had the row not been used
    correlated: Array | None = None  # (input, input), of the inputs before the data; None for none of them

    @property
    def covariance(self) -> Array:
        """The covariance of the inputs once the data are known, (input, input), SI."""
        with np.errstate(divide="ignore", invalid="ignore"):
            jacobian = np.nan_to_num(self.shift / self.prior_sd[:, None])
        return posterior_covariance(jacobian.T, self.prior_sd, self.correlated)


def informed(
    studies: Mapping[str, Study],
    data: tuple[Datum, ...],
    priors: Mapping[str, Sourced],
    progress: Callable[[int, int], None] | None = None,
) -> Informed:
    """Return what the data say of all uncertain inputs, and leave-one-out residuals.

    Args:
        studies: the samples at the calibrated parameters.
        data: the rows that are numbers; each is linearised.
        priors: priors of the calibrated parameters; all other inputs keep theirs.
        progress: called with (done, total) after each input.
    """

    def reader(series: Series) -> dict[str, float]:
        return {datum.id: datum.residual(series) for datum in data}

    found = finite_differences(studies, reader, progress=progress)
    prior_sd = np.nan_to_num(found.input_sd)
    for index, path in enumerate(found.inputs):
        if path in priors:
            item = uncertain(path, priors[path])
            prior_sd[index] = float(item.slope(item.deviate(found.input_value[index])))
    jacobian = np.nan_to_num(found.derivative.T)
    return Informed(
        paths=found.inputs,
        prior_sd=prior_sd,
        rows=found.quantities,
        shift=(jacobian * prior_sd).T,
        left_out=left_out(jacobian, prior_sd, found.value, found.correlation),
        correlated=found.correlation,
    )


def to_document(fits: tuple[Fit, ...], inputs: Mapping[str, Sourced], known: Informed) -> dict[str, Any]:
    """Return fits as the plain mapping of a file in library/calibrations/.

    Args:
        fits: the fits.
        inputs: priors of the fitted parameters and the other inputs, by path.
        known: what the data say; gives the standard deviations, and the evidence that ties inputs together.
    """
    paths, covariance = known.paths, known.covariance
    best = {path: float(value) for fit in fits for path, value in zip(fit.paths, fit.value)}
    sd = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    values: dict[str, Any] = {}
    for path, spread in zip(paths, sd):
        entry = inputs[path]
        unit = "" if entry.unit == "1" else f" {entry.unit}"
        value = f"{best[path]:.8g}" if path in best else repr(entry.value)
        low, high = _range(float(value), float(spread), entry)
        written = {"sd": spread, "low": low, "high": high}
        numbers = {"value": value + unit, **{name: f"{number:.4g}{unit}" for name, number in written.items()}}
        if path in best:
            values[path] = {
                **numbers,
                "kind": "calibrated",
                "source": "paper",
                "determined": bool(spread < 0.9 * entry.spread_at(best[path])),
            }
        elif path.startswith(MODEL) and spread < 0.98 * entry.standard_deviation:
            values[path] = {**numbers, "kind": entry.kind, "source": entry.source}
    return {
        "rows": {row: round(float(r), 3) for fit in fits for row, r in zip(fit.rows, fit.residual)},
        "cost": [round(fit.cost, 4) for fit in fits],
        "values": values,
        "correlation": [row for row in _correlations(paths, covariance, sd) if row[0] in best or row[1] in best],
        "evidence": evidence_document(known, inputs, values),
    }


def evidence_document(known: Informed, inputs: Mapping[str, Sourced], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the data say of the inputs as a plain mapping.

    Args:
        known: what they say.
        inputs: priors of the fitted parameters and the other inputs, by path.
        values: what the calibration says of parameters, by path.

    Returns:
        The rows, their residuals when left out, and by input its value, its standard deviation before the data, the
        one that a study states, and the shift of every row; inputs that shift no row are left out. Where inputs err
        together, the method of each and its share of the variance.
    """
    lines: dict[str, list[float]] = {}
    for path, prior_sd, shift in zip(known.paths, known.prior_sd, known.shift):
        value, sd = inputs[path].value, float(prior_sd)
        if path in values:
            value, sd = (to_si(str(values[path][key]), inputs[path].unit) for key in ("value", "sd"))
        if np.max(np.abs(shift), initial=0.0) >= _LEAST_SHIFT:
            numbers = (value, float(prior_sd), sd, *map(float, shift))
            lines[path] = [float(f"{number:.6g}") for number in numbers]
    left = [round(float(residual), 3) for residual in known.left_out]
    methods = {path: [inputs[path].method, inputs[path].shared] for path in lines if inputs[path].method}
    return {"rows": list(known.rows), "left_out": left, "inputs": lines} | ({"methods": methods} if methods else {})


def _range(value: float, spread: float, prior: Sourced) -> tuple[float, float]:
    """The 95 % range of a number, by a factor where its prior is log-normal.

    It is not wider than that of the prior, unless the data have moved the number out of that.
    """
    if prior.logarithmic:
        factor = math.exp(2.0 * spread / value)
        low, high = value / factor, value * factor
    else:
        low, high = value - 2.0 * spread, value + 2.0 * spread
    if prior.low <= value <= prior.high:
        low, high = max(low, prior.low), min(high, prior.high)
    return low, high


def _correlations(paths: tuple[str, ...], covariance: Array, sd: Array) -> list[list[Any]]:
    """Pairs that the data hardly tell apart, each once."""
    with np.errstate(divide="ignore", invalid="ignore"):
        table = np.nan_to_num(covariance / np.outer(sd, sd))
    return [
        [paths[i], paths[j], round(float(table[i, j]), 4)]
        for i in range(len(paths))
        for j in range(i + 1, len(paths))
        if abs(table[i, j]) >= _STRONG
    ]
