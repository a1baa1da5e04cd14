"""The experiments that tell rival causes apart best: those from which most is learnt about which of them is right.

A cause is a set of changes of the study. Where a campaign names none, they are the causes of the smaller dots that the
model can switch (iodide, etching, arrested growth). What an experiment tells is the mutual information of its result
and the cause, D. V. Lindley, Ann. Math. Statist. 27 (1956) 986, doi:10.1214/aoms/1177728069.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.learn.campaign import Campaign, RivalCause, refuse_batch
from halodot.learn.goal_models import refuse_uncomputed
from halodot.learn.goals import Goal
from halodot.learn.suggest_model import model_numbers
from halodot.learn.varied import values_at
from halodot.study import Study, from_document, to_document

Progress = Callable[[int, int], None]
#: the switchable causes of the size change; the exponent is what a strong dependence on iodide would need
CAUSES = (
    RivalCause("iodide", ("flask.size_causes=iodide", "flask.iodide_exponent=0.15")),
    RivalCause("etching", ("flask.size_causes=etching",)),
    RivalCause("arrest", ("flask.size_causes=arrest",)),
)
#: noise of one measurement where none is stated, and what the model itself is off by, as shares of the value
_NOISE, _MODEL = 0.05, 0.03
#: probability that an experiment fails where its model says so, and where it does not
_FAILS, _FAILS_ANYWAY = 0.9, 0.1
_NODES = 64
#: distance of two proposed experiments, in shares of the limits of the input in which they differ most
_APART = 0.1


@dataclass(frozen=True)
class Telling:
    """One experiment that tells causes apart."""

    values: tuple[float, ...]  # SI, of what is varied
    bits: float  # expected information about the cause
    expected: tuple[tuple[float, ...], ...]  # SI, nan where a cause gives none, (cause, goal)
    reason: str


@dataclass(frozen=True, eq=False)
class Tellings:
    """The experiments that tell the causes of a campaign apart best."""

    campaign: Campaign
    causes: tuple[str, ...]
    probability: tuple[float, ...]  # of each, by the experiments so far
    rows: tuple[Telling, ...]


def suggest_to_learn(
    campaign: Campaign,
    batch: int = 1,
    *,
    candidates: int = 128,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Tellings:
    """Propose the experiments that tell rival causes apart best.

    Args:
        campaign: whose goals are what is measured.
        batch: how many experiments are done together.
        candidates: places between the limits that are compared; rounded up to a power of two.
        workers: simulations at a time; as many as there are cores when not given.
        progress: called with the number of simulations that are done, and that of all.

    Raises:
        InputError: a cause is no study, there are fewer than two, or what is measured differs between none of them.
    """
    causes = campaign.causes or CAUSES
    if len(causes) < 2:
        raise InputError(Problem("one cause alone has no rival; name two or more under 'causes'", file=campaign.file))
    refuse_batch(batch, candidates)
    refuse_uncomputed(campaign.study, [goal.quantity for goal in campaign.goals], campaign.file)
    studies = [_with_cause(campaign.study, cause, campaign.file) for cause in causes]
    power = math.ceil(math.log2(max(candidates, 8)))
    places = qmc.Sobol(len(campaign.varied), seed=np.random.default_rng(campaign.seed)).random_base2(power)
    values = [values_at(campaign.varied, one) for one in places]
    rows = [one.values for one in campaign.experiments]
    quantities, total = [goal.quantity for goal in campaign.goals], len(studies) * (len(values) + len(rows))
    said = np.empty((len(studies), len(values) + len(rows), len(quantities)))
    for k, study in enumerate(studies):
        tell = partial(_told_on, progress, k * (len(values) + len(rows)), total)
        said[k] = model_numbers(study, campaign.varied, [*values, *rows], quantities, workers, tell)
    log_chance = _log_chance(campaign, said[:, len(values) :])
    chosen = _told(campaign.goals, said[:, : len(values)], log_chance, places, batch)
    if not chosen or chosen[0][1] < 1e-3:
        message = (
            f"{', '.join(quantities)} is the same for every cause between the limits; add a goal in which they differ"
        )
        raise InputError(Problem(message, file=campaign.file))
    probability = np.exp(log_chance - log_chance.max())
    names = tuple(cause.name for cause in causes)
    found = tuple(_telling(campaign, names, values[k], bits, said[:, k]) for k, bits in chosen)
    return Tellings(campaign, names, tuple(probability / probability.sum()), found)


def _told_on(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def _with_cause(study: Study, cause: RivalCause, file: str) -> Study:
    """Return a study with the changes of a cause."""
    try:
        return from_document(to_document(study), study.path, cause.changes, kept=study)
    except InputError as error:
        label = f"cause {cause.name!r}"
        problems = [Problem(f"{label}: {p.message}", p.path, file, suggestion=p.suggestion) for p in error.problems]
        raise InputError(problems) from None


def _spread(goal: Goal, value: Array) -> Array:
    """Return the standard deviation of one measurement of a goal, of its logarithm where that is judged."""
    share = goal.noise if goal.noise_is_share else goal.noise / np.abs(value)
    share = np.where(np.isfinite(share), share, _NOISE)
    share = np.hypot(share, _MODEL)
    return np.asarray(share if goal.logarithmic else share * np.abs(value))


def _log_chance(campaign: Campaign, said: Array) -> Array:
    """Return the logarithm of the probability of each cause by the experiments so far, up to a constant, (cause,)."""
    found = np.zeros(len(said))
    measured = campaign.measured
    for row, one in enumerate(campaign.experiments):
        if one.pending:
            continue
        fails = np.where(np.all(np.isnan(said[:, row]), axis=1), _FAILS, _FAILS_ANYWAY)
        found += np.log(fails if one.failed else 1.0 - fails)
        for k, goal in enumerate(campaign.goals):
            seen, known = measured[row, k], np.isfinite(said[:, row, k])
            if not np.isfinite(seen):
                continue
            model, seen = (np.log(said[:, row, k]), np.log(seen)) if goal.logarithmic else (said[:, row, k], seen)
            width = _spread(goal, said[:, row, k])
            found += np.where(known, -0.5 * ((seen - model) / width) ** 2 - np.log(width), 0.0)
            found -= np.where(known, 0.0, np.log(abs(seen) or 1.0))
    return found


def _told(goals: Sequence[Goal], said: Array, log_chance: Array, places: Array, batch: int) -> list[tuple[int, float]]:
    """Return the places that tell most with their bits, the best first, each apart from those before it."""
    weights = np.exp(log_chance - log_chance.max())
    weights = weights / weights.sum()
    bits = np.array([_information(goals, said[:, k], weights) for k in range(said.shape[1])])
    chosen: list[int] = []
    for k in np.argsort(-bits, kind="stable"):
        if len(chosen) < batch and all(np.max(np.abs(places[k] - places[other])) > _APART for other in chosen):
            chosen.append(int(k))
    return [(k, float(bits[k])) for k in chosen]


def _information(goals: Sequence[Goal], said: Array, weights: Array) -> float:
    """Return the expected information [bit] of one experiment about the cause.

    Args:
        goals: what is measured.
        said: by each cause [SI], (cause, goal).
        weights: probability of each cause.
    """
    fails = np.where(np.all(np.isnan(said), axis=1), _FAILS, _FAILS_ANYWAY)
    total = _entropy(weights) - float(weights @ fails) * _entropy(_updated(weights, fails))
    left = 0.0
    deviates = ndtri(qmc.Sobol(len(goals), seed=0).random(_NODES).clip(1e-9, 1.0 - 1e-9))
    for cause, weight in enumerate(weights):
        if not weight * (1.0 - fails[cause]) > 0.0:
            continue
        results = _drawn(goals, said[cause], deviates)
        log_likelihood = np.array([_log_likelihood(goals, one, results) for one in said]).T
        joint = weights * (1.0 - fails) * np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
        left += weight * (1.0 - fails[cause]) * float(np.mean([_entropy(row / row.sum()) for row in joint]))
    return max(total - left, 0.0)


def _drawn(goals: Sequence[Goal], said: Array, deviates: Array) -> Array:
    """Return results that one cause would give, of the logarithm where that is judged, (draw, goal)."""
    centre = np.array([math.log(v) if goal.logarithmic and v > 0.0 else v for goal, v in zip(goals, said)])
    width = np.array([float(_spread(goal, np.array(v))) for goal, v in zip(goals, said)])
    return np.asarray(np.nan_to_num(centre) + np.nan_to_num(width) * deviates)


def _log_likelihood(goals: Sequence[Goal], said: Array, results: Array) -> Array:
    """Return the logarithm of the likelihood of results by what one cause says, (draw,)."""
    found = np.zeros(len(results))
    for k, goal in enumerate(goals):
        if not np.isfinite(said[k]):
            continue
        centre = math.log(said[k]) if goal.logarithmic and said[k] > 0.0 else said[k]
        width = max(float(_spread(goal, said[k : k + 1])[0]), 1e-300)
        found += -0.5 * ((results[:, k] - centre) / width) ** 2 - math.log(width)
    return found


def _updated(weights: Array, likelihood: Array) -> Array:
    joint = weights * likelihood
    return np.asarray(joint / joint.sum())


def _entropy(weights: Array) -> float:
    """Return the entropy of probabilities [bit]."""
    some = weights[weights > 0.0]
    return float(-np.sum(some * np.log2(some)))


def _telling(campaign: Campaign, names: Sequence[str], values: tuple[float, ...], bits: float, said: Array) -> Telling:
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num((np.max(said, axis=0) - np.min(said, axis=0)) / np.abs(np.mean(said, axis=0)), nan=1.0)
    widths = [goal.noise if goal.noise_is_share and goal.noise > 0.0 else _NOISE for goal in campaign.goals]
    k = int(np.argmax(apart / np.array(widths)))
    goal = campaign.goals[k]
    texts = [f"{goal.text(one) if math.isfinite(one) else 'nothing'} by {name}" for name, one in zip(names, said[:, k])]
    share = f"{bits:.2g} of {math.log2(len(names)):.2g} bit"
    text = f"{goal.quantity} would be {', '.join(texts)}, which tells {share}."
    return Telling(values, bits, tuple(tuple(map(float, row)) for row in said), text)
