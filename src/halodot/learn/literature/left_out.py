"""Predict every paper from the others: the choice of the law's form inside the loop, and two baselines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halodot.flask.nucleation import USUAL_TEMPERATURE
from halodot.learn.literature.fit import NAMES, Law, Observations, Prior, fit, log_density
from halodot.states import Array


@dataclass(frozen=True)
class Form:
    """One candidate of the law: which terms it has, and how wide its priors are."""

    name: str
    terms: frozenset[str]
    width: float  # of the priors of the slopes, times those of the parameters

    @property
    def used(self) -> Array:
        """Whether each name is part of it, (name,)."""
        return np.array([name in self.terms for name in NAMES])


_TEMPERATURE = frozenset({"usual_length", "length_of_chloride", "length_of_iodide", "length_temperature"})
_HALIDE = _TEMPERATURE | {"length_of_ammonium_halide", "length_of_other_halide"}
_LIGAND = _HALIDE | {"length_of_free_ligand"}
_LEAD = _LIGAND | {"length_of_lead_halide"}
#: the frozen list of candidates
FORMS = tuple(
    Form(f"{name}, priors x{width:g}", terms, width)
    for name, terms in (("temperature", _TEMPERATURE), ("halide", _HALIDE), ("ligand", _LIGAND), ("lead", _LEAD))
    for width in (4.0, 2.0, 1.0)
)
#: the form that the whole data choose, and that is shipped
SHIPPED = FORMS[-1]


def widened(prior: Prior, form: Form) -> Prior:
    """Return the priors with the widths of a form; that of the usual length stays."""
    width = np.full(prior.sd.size, form.width)
    width[0] = 1.0
    return Prior(prior.mean, prior.sd * width)


Predictor = Callable[[Observations], Callable[[Observations], tuple[Array, Array]]]


def leave_papers_out(observations: Observations, learn: Predictor) -> tuple[Array, Array]:
    """Return mean and standard deviation of ln L of each row, predicted from the other papers, (row,) each.

    Args:
        observations: all rows.
        learn: takes the rows that are known and returns what predicts others.
    """
    mean, sd = np.empty(observations.paper.size), np.empty(observations.paper.size)
    for index in np.unique(observations.paper):
        out = observations.paper == index
        mean[out], sd[out] = learn(observations.chosen(~out))(observations.chosen(out))
    return mean, sd


def law_of(form: Form, prior: Prior) -> Predictor:
    """Return a learner of the law in a given form."""
    return lambda known: fit(known, widened(prior, form), form.used).predict


def best_form(observations: Observations, prior: Prior) -> Form:
    """Return the candidate of the highest log score, each paper predicted from the others and counted once."""
    scores = []
    for form in FORMS:
        mean, sd = leave_papers_out(observations, law_of(form, prior))
        scores.append(float(observations.weight @ log_density(observations.log_length, mean, sd)))
    return FORMS[int(np.argmax(scores))]


def chosen_law(prior: Prior) -> Predictor:
    """Return a learner that chooses the form from the rows it is given, by leaving papers out of these."""
    return lambda known: law_of(best_form(known, prior), prior)(known)


def constant(known: Observations) -> Callable[[Observations], tuple[Array, Array]]:
    """Return the predictor of the same edge length for all: the mean of ln L, each paper counting once."""
    weight = known.weight / known.weight.sum()
    mean = float(weight @ known.log_length)
    sd = float(np.sqrt(weight @ (known.log_length - mean) ** 2))
    return lambda rows: (np.full(rows.paper.size, mean), np.full(rows.paper.size, sd))


def line_per_halide(known: Observations) -> Callable[[Observations], tuple[Array, Array]]:
    """Return the predictor of a line of ln L against temperature for each halide, each paper counting once."""
    lines, squares = {}, 0.0
    for halide in range(3):
        part = _halide(known) == halide
        x, weight = _line(known)[part], known.weight[part]
        lines[halide] = np.linalg.lstsq(x * np.sqrt(weight)[:, None], known.log_length[part] * np.sqrt(weight))[0]
        squares += float(weight @ (known.log_length[part] - x @ lines[halide]) ** 2)
    sd = np.sqrt(squares / known.weight.sum())

    def predict(rows: Observations) -> tuple[Array, Array]:
        mean = np.array([x @ lines[halide] for x, halide in zip(_line(rows), _halide(rows))])
        return mean, np.full(mean.size, sd)

    return predict


def _line(rows: Observations) -> Array:
    """1 and the temperature [100 K from the usual one], (row, 2)."""
    temperature = 1.0 / (1.0 / USUAL_TEMPERATURE - rows.regressors[:, 3])
    return np.stack([np.ones(temperature.size), (temperature - USUAL_TEMPERATURE) / 100.0], axis=1)


def _halide(rows: Observations) -> Array:
    """0 bromide, 1 chloride, 2 iodide: the one of which a row has most, (row,)."""
    chloride, iodide = rows.regressors[:, 1], rows.regressors[:, 2]
    halide: Array = np.argmax([1.0 - chloride - iodide, chloride, iodide], axis=0)
    return halide


def anchored(observations: Observations, law: Law, known: float) -> tuple[Array, Array]:
    """Return the errors of ln L of a paper's other rows once one of them is known, and their weights.

    The paper's effect is estimated from the known row as s = tau^2 / (tau^2 + sigma^2) of its residual.

    Args:
        observations: the rows of one paper.
        law: of the other papers.
        known: the share s [1].
    """
    residual = observations.log_length - observations.regressors @ law.mean
    errors = np.abs(residual[None, :] - known * residual[:, None])
    other = ~np.eye(residual.size, dtype=bool)
    return errors[other], np.full(int(other.sum()), 1.0 / max(int(other.sum()), 1))
