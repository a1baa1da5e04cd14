"""How uncertain the model's rows are once the calibrating rows are known, and how each stands without itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from halodot.learn.paper import CONTROL, TREATED, Target
from halodot.learn.paper_calibration import REPORTED_SPREAD, SPREAD_SD
from halodot.learn.sensitivity import Sensitivities, left_out, posterior_covariance
from halodot.report.scoreboard import Series
from halodot.sources import Sourced
from halodot.states import Array

#: the spreads of the edge length that calibrated beside R08 and R09, by the name of their derivative
SPREADS = {"spread of 0.2 mmol": TREATED, "spread of control": CONTROL}


@dataclass(frozen=True)
class Spread:
    """Standard deviations of rows by name, nan where unknown, and residuals of calibrated rows left out."""

    sd: Mapping[str, float]
    left_out: Mapping[str, float]


def size_spreads(series: Series) -> dict[str, float]:
    """Return the spreads of the edge length [nm], for differentiation."""
    return {
        name: math.nan if (dots := series[sample].dots) is None else dots.edge_length_spread * 1e9
        for name, sample in SPREADS.items()
    }


def propagate(found: Sensitivities, targets: tuple[Target, ...], priors: Mapping[str, Sourced]) -> Spread:
    """Carry the priors of all inputs through the calibrating rows to every row, to first order.

    Args:
        found: derivatives of the rows and of :func:`size_spreads` at the calibrated parameters.
        targets: the paper's results.
        priors: every input of the samples before the calibration, by path.
    """
    data = _data(targets)
    columns = [found.quantities.index(name) for name in data]
    weight = np.array([sd for _, sd in data.values()])
    jacobian = found.derivative[:, columns].T / weight[:, None]
    residual = (found.value[columns] - np.array([reported for reported, _ in data.values()])) / weight
    prior_sd = np.array([priors[p].spread_at(float(v)) for p, v in zip(found.inputs, found.input_value)])
    covariance = posterior_covariance(jacobian, prior_sd)
    alone = left_out(jacobian, prior_sd, residual)
    return Spread(
        sd={name: _sd(found.derivative[:, i], covariance, prior_sd) for i, name in enumerate(found.quantities)},
        left_out={name: float(value) for name, value in zip(data, alone)},
    )


def _data(targets: tuple[Target, ...]) -> dict[str, tuple[float, float]]:
    """Reported value and standard deviation of every number that calibrated, by the name of its derivative."""
    rows = {
        target.id: (float(target.reported), target.sd)
        for target in targets
        if target.role == "calibrated" and target.test == "value" and target.id != "R30"
    }
    return rows | {name: (REPORTED_SPREAD[sample], SPREAD_SD) for name, sample in SPREADS.items()}


def _sd(gradient: Array, covariance: Array, prior_sd: Array) -> float:
    """The standard deviation along a gradient; nan where an input that has a range gave no derivative."""
    if np.any(np.isnan(gradient) & (prior_sd > 0.0)):
        return math.nan
    known = np.nan_to_num(gradient)
    return math.sqrt(max(float(known @ covariance @ known), 0.0))
