"""The model paper's control as a test of the law across papers: what it expects there, and how likely the report is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from halodot.flask import synthesise
from halodot.study import Study, load_library_study, with_inputs

#: the study of the control, and its edge length in micrographs, m (library/targets.csv, R09)
CONTROL, REPORTED = "paper-control", 5.88e-9


@dataclass(frozen=True)
class Seed:
    """The control's edge length as the flask computes it with the law across papers."""

    expected: float  # m, with a recipe effect of zero
    marginal: float  # log density of the reported ln L: effect unknown, as for any new paper
    at_zero: float  # with the effect fixed at zero: rows of a paper about the law
    effect: float  # fitted to the report, drawn towards zero by the scatter within a paper
    fitted: float  # log density with that effect


def seed_paper(values: Mapping[str, float], between: float, within: float) -> Seed:
    """Return how the report of the model paper's control fits the law across papers.

    The number of nuclei is that of the law; growth, which may stop before all monomer is used, is the flask's.

    Args:
        values: parameters of the law by path, in SI.
        between: standard deviation of ln L between papers [1].
        within: between rows of a paper [1].
    """
    found = _edge_length(load_library_study(CONTROL), values)
    residual = math.log(REPORTED / found)
    effect = residual * between**2 / (between**2 + within**2)
    return Seed(
        expected=found,
        marginal=_density(residual, math.hypot(between, within)),
        at_zero=_density(residual, within),
        effect=effect,
        fitted=_density(residual - effect, within),
    )


def _edge_length(study: Study, values: Mapping[str, float]) -> float:
    changed = with_inputs(study, {**values, "flask.recipe_effect": 0.0})
    assert changed.recipe is not None
    assert changed.flask is not None
    return float(synthesise(changed.recipe, changed.flask, changed.perovskite).edge_length)


def _density(residual: float, sd: float) -> float:
    return -0.5 * (residual / sd) ** 2 - math.log(sd) - 0.5 * math.log(2.0 * math.pi)
