"""``halodot calibrate literature``: edge lengths of published recipes, fitted, scored and written as a calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halodot.errors import FitError
from halodot.learn.literature.decisions import JUMP
from halodot.learn.literature.fit import (
    LENGTH_SD,
    NAMES,
    SLOPES,
    Law,
    Observations,
    Prior,
    fit,
    observe,
    within_papers,
)
from halodot.learn.literature.left_out import (
    SHIPPED,
    anchored,
    best_form,
    chosen_law,
    constant,
    law_of,
    leave_papers_out,
    line_per_halide,
    widened,
)
from halodot.learn.literature.rows import LiteratureRow, is_complete, read_rows
from halodot.learn.literature.scores import Scores, probability_better, score, weighted_median
from halodot.learn.literature.seed import Seed, seed_paper
from halodot.learn.literature.whole_flask import Made, make
from halodot.outputs import write_text
from halodot.sources import Sourced
from halodot.states import Array
from halodot.study.library import parameters

ABOUT = """Edge lengths of cubes by hot injection across published recipes, each paper counting once: posterior of the
law of halodot.flask.nucleation. Scores are of papers left out of the fit. About 30 forms were scored on these rows
while the law was found, so that the scores flatter it; the list of candidates was frozen before the nested choice was
scored."""
SOURCE = "literaturesizes"
#: fewest papers that a fit across papers needs
_FEWEST = 6
#: correlation from which a pair is written
_STRONG = 0.3


@dataclass(frozen=True)
class Across:
    """The fit across papers with what it is worth."""

    observations: Observations
    law: Law
    between: float  # standard deviation of ln L between papers about the law
    within: float  # between rows of one paper
    form: str  # that the rows choose
    scores: Mapping[str, Scores]  # by prediction
    better: Mapping[str, tuple[float, float]]  # than a baseline, probability by median and by error
    anchored: float  # median |ln| of a paper's other rows once one is known
    per_paper: tuple[tuple[str, int, float, float, float], ...]  # DOI, rows, mean ln residual, median |ln|, error m


def prior_of(entries: Mapping[str, Sourced]) -> Prior:
    """Return the priors of the law's coefficients from the flask's parameters; that of the usual length is weak."""
    mean = [math.log(entries["flask.usual_length"].value), *(entries[f"flask.{name}"].value for name in SLOPES)]
    sd = [LENGTH_SD, *(entries[f"flask.{name}"].standard_deviation for name in SLOPES)]
    return Prior(np.array(mean), np.array(sd))


def across_papers(rows: tuple[LiteratureRow, ...], prior: Prior, progress: Callable[[str], None]) -> Across:
    """Fit the law to recipes and score it on papers that it has not seen.

    Args:
        rows: cubes by hot injection.
        prior: of the coefficients.
        progress: told what is done.

    Raises:
        FitError: too few papers.
    """
    observations = observe(rows)
    if len(observations.dois) < _FEWEST:
        raise FitError(f"{len(observations.dois)} papers; a fit across papers needs {_FEWEST} at least")
    progress("papers left out of each candidate, one at a time")
    learners = {
        "law": law_of(SHIPPED, prior),
        "law, form chosen in the loop": chosen_law(prior),
        "constant": constant,
        "line in temperature per halide": line_per_halide,
    }
    predicted = {name: leave_papers_out(observations, learn) for name, learn in learners.items()}
    law = fit(observations, widened(prior, SHIPPED), SHIPPED.used)
    within = within_papers(observations, law)
    between = max(law.variance - within, 0.0)
    mean = predicted["law"][0]
    better = {
        name: probability_better(observations, mean, predicted[name][0])
        for name in ("constant", "line in temperature per halide")
    }
    return Across(
        observations=observations,
        law=law,
        between=math.sqrt(between),
        within=math.sqrt(within),
        form=best_form(observations, prior).name,
        scores={name: score(observations, *found) for name, found in predicted.items()},
        better=better,
        anchored=_anchored(observations, prior, between / law.variance),
        per_paper=_per_paper(observations, mean),
    )


def _anchored(observations: Observations, prior: Prior, known: float) -> float:
    errors, weights = [], []
    for index in range(len(observations.dois)):
        out = observations.paper == index
        law = fit(observations.chosen(~out), widened(prior, SHIPPED), SHIPPED.used)
        error, weight = anchored(observations.chosen(out), law, known)
        errors.append(error)
        weights.append(weight)
    return weighted_median(np.concatenate(errors), np.concatenate(weights))


def _per_paper(observations: Observations, mean: Array) -> tuple[tuple[str, int, float, float, float], ...]:
    residual = observations.log_length - mean
    error = np.abs(np.exp(observations.log_length) - np.exp(mean))
    lines = []
    for index, doi in enumerate(observations.dois):
        own = observations.paper == index
        median = float(np.median(np.abs(residual[own])))
        lines.append((doi, int(own.sum()), float(residual[own].mean()), median, float(error[own].mean())))
    return tuple(lines)


def subsets(rows: tuple[LiteratureRow, ...]) -> dict[str, tuple[LiteratureRow, ...]]:
    """Return all cubes by hot injection, and the parts of them with which scores are given too."""
    cubes = tuple(row for row in rows if row.is_cube and is_complete(row))
    return {
        "all": cubes,
        "clean": tuple(row for row in cubes if row.clean),
        "without the jump": tuple(row for row in cubes if row.number not in JUMP),
    }


def document(found: Across, others: Mapping[str, Across], entries: Mapping[str, Sourced]) -> dict[str, Any]:
    """Return the fit as the plain mapping of a file in library/calibrations/.

    Args:
        found: of all rows.
        others: of parts of them, by name.
        entries: the flask's parameters before the fit, by path.
    """
    sd = np.sqrt(np.diag(found.law.covariance))
    mean, spread = found.law.mean.copy(), sd.copy()
    mean[0] = math.exp(mean[0])
    spread[0] *= mean[0]
    values = {}
    for name, value, deviation in zip(NAMES, mean.tolist(), spread.tolist()):
        values[f"flask.{name}"] = _value(value, deviation, entries[f"flask.{name}"].unit)
    values["flask.recipe_effect"] = _value(0.0, found.between, "1")
    scatter = {"flask.laboratory_scatter": found.between, "flask.length_scatter": found.within}
    papers = len(found.observations.dois)
    values |= {path: _value(sd, sd / math.sqrt(2.0 * papers), "1") for path, sd in scatter.items() if path in entries}
    correlation = found.law.covariance / np.outer(sd, sd)
    pairs = [
        [f"flask.{NAMES[i]}", f"flask.{NAMES[j]}", round(float(correlation[i, j]), 4)]
        for i in range(len(NAMES))
        for j in range(i + 1, len(NAMES))
        if abs(correlation[i, j]) >= _STRONG
    ]
    return {
        "name": "literature",
        "about": " ".join(ABOUT.split()),
        "script": "halodot calibrate literature",
        "fitted_to": f"{found.observations.paper.size} recipes of {len(found.observations.dois)} papers",
        "values": values,
        "correlation": pairs,
        "scatter": {"between papers": round(found.between, 4), "within a paper": round(found.within, 4)},
        "scores": {name: _scores(part) for name, part in {"all": found, **others}.items()},
        "papers": list(found.observations.dois),
    }


def _value(value: float, sd: float, unit: str) -> dict[str, Any]:
    if unit == "m":
        value, sd, unit = 1e9 * value, 1e9 * sd, "nm"
    ending = "" if unit == "1" else f" {unit}"
    numbers = {"value": value, "sd": sd, "low": value - 2.0 * sd, "high": value + 2.0 * sd}
    return {key: f"{number:.5g}{ending}" for key, number in numbers.items()} | {"kind": "calibrated", "source": SOURCE}


def _scores(found: Across) -> dict[str, Any]:
    lines: dict[str, Any] = {
        name: {
            "median of ln": round(item.median, 3),
            "median of rows": round(item.row_median, 3),
            "error in nm": round(item.error * 1e9, 2),
            "pairs ordered": round(item.ordered, 3),
            "inside 95 %": round(item.covered, 3),
            "log score": round(item.log_score, 3),
        }
        for name, item in found.scores.items()
    }
    better = {f"better than {name}": [round(each, 2) for each in pair] for name, pair in found.better.items()}
    return {"rows": found.observations.paper.size, **lines, **better, "anchored median of ln": round(found.anchored, 3)}


@dataclass(frozen=True)
class Checks:
    """The law inside the flask: the model paper's control, which the fit does not know, and the recipes of the fit."""

    seed: Seed
    made: tuple[Made, ...]


def check(found: Across, rows: tuple[LiteratureRow, ...]) -> Checks:
    """Return what the flask makes of the model paper's control and of recipes with the fitted law."""
    values = {f"flask.{name}": float(value) for name, value in zip(NAMES, found.law.mean)}
    values["flask.usual_length"] = math.exp(found.law.mean[0])
    return Checks(seed_paper(values, found.between, found.within), make(rows, values))


def main(data: Path, out: Path, progress: Callable[[str], None] = print) -> tuple[dict[str, Any], Across, Checks]:
    """Run the fit across papers, write its file, and return it with the fit and its checks inside the flask."""
    import yaml

    _, entries = parameters("flask")
    prior = prior_of(entries)
    parts = subsets(read_rows(data, progress))
    fitted = {}
    for name, rows in parts.items():
        progress(f"{name}: {len(rows)} recipes")
        fitted[name] = across_papers(rows, prior, progress)
    whole = fitted.pop("all")
    found = document(whole, fitted, entries)
    write_text(out, yaml.safe_dump(found, sort_keys=False, width=110, default_flow_style=None))
    progress("the recipes through the whole flask")
    return found, whole, check(whole, parts["all"])
