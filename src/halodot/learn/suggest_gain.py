"""What an experiment is expected to gain: improvement of one goal, or of the volume that several goals dominate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from halodot.arrays import Array, IntArray
from halodot.learn.suggest_belief import Belief

#: quantiles of a normal distribution by which one goal is integrated
_NODES = 48
#: draws of several goals, and points by which the dominated volume is measured
_DRAWS, _POINTS = 64, 1024
#: distance at which an experiment says half as much of whether another fails, in shares of the limits
_NEAR = 0.2


def utility(numbers: Array, kind: str, target: float) -> Array:
    """Return how well numbers serve a goal, more is better, shape as that of the numbers.

    Args:
        numbers: in units of their spread.
        kind: maximise, minimise or target.
        target: in the same units.
    """
    if kind == "target":
        return np.asarray(-np.abs(numbers - target))
    return numbers if kind == "maximise" else -numbers


def expected_improvement(belief: Belief, places: Array, model: Array, goal: tuple[str, float], best: float) -> Array:
    """Return the expected improvement of one goal over the best result, (place,).

    Args:
        belief: what is known.
        places: (place, input).
        model: what the model says there, (place,).
        goal: its kind and its target.
        best: utility of the best result.
    """
    means, widths = belief.predict(places, model)
    nodes = ndtri((np.arange(_NODES) + 0.5) / _NODES)
    served = utility(means[..., None] + widths[..., None] * nodes, *goal)
    return np.asarray(belief.weights @ np.mean(np.maximum(served - best, 0.0), axis=-1))


def chance_of_improvement(belief: Belief, place: Array, model: float, goal: tuple[str, float], best: float) -> float:
    """Return the probability that a place serves one goal better than the best result."""
    means, widths = belief.predict(place[None, :], np.array([model]))
    nodes = ndtri((np.arange(20 * _NODES) + 0.5) / (20 * _NODES))
    served = utility(means + widths * nodes, *goal)
    return float(belief.weights @ np.mean(served > best, axis=-1))


def drawn_utilities(
    beliefs: Sequence[Belief], places: Array, model: Array, goals: Sequence[tuple[str, float]], seed: int
) -> Array:
    """Return draws of how well places serve several goals, (place, draw, goal).

    Args:
        beliefs: one for each goal.
        places: (place, input).
        model: what the model says there, (place, goal).
        goals: kind and target of each.
        seed: of the draws, which are the same for every place.
    """
    uniform = qmc.Sobol(2 * len(goals), seed=np.random.default_rng(seed)).random(_DRAWS)
    found = np.empty((len(places), _DRAWS, len(goals)))
    for k, (belief, goal) in enumerate(zip(beliefs, goals)):
        means, widths = belief.predict(places, model[:, k])
        chosen = np.searchsorted(np.cumsum(belief.weights), uniform[:, 2 * k]).clip(0, len(belief.weights) - 1)
        deviates = ndtri(np.clip(uniform[:, 2 * k + 1], 1e-9, 1.0 - 1e-9))
        found[:, :, k] = utility((means[chosen] + widths[chosen] * deviates[:, None]).T, *goal)
    return found


def expected_volume(drawn: Array, reached: Array, seed: int) -> Array:
    """Return by how much places are expected to raise the volume that the results dominate, (place,).

    M. Emmerich and J. Klinkenberg, LIACS technical report (2008); measured with points spread over what can be gained.

    Args:
        drawn: utilities, (place, draw, goal).
        reached: of the results, (result, goal), those of failed ones left out.
        seed: of the points.
    """
    low = reached.min(axis=0) if len(reached) else np.quantile(drawn, 0.02, axis=(0, 1))
    high = np.quantile(drawn, 0.98, axis=1).max(axis=0)
    low, high = low - 0.1 * np.abs(high - low), np.maximum(high, low + 1e-9)
    points = low + (high - low) * qmc.Sobol(drawn.shape[2], seed=np.random.default_rng(seed)).random(_POINTS)
    taken = np.any(np.all(reached[:, None, :] >= points, axis=-1), axis=0) if len(reached) else np.zeros(_POINTS, bool)
    free = points[~taken]
    gained = [np.mean(np.all(one[:, None, :] >= free, axis=-1)) if len(free) else 0.0 for one in drawn]
    return np.array(gained) * len(free) / _POINTS


def chance_of_success(places: Array, stands: Array, done: Array, failed: Array, stood: Array) -> Array:
    """Return the probability that an experiment gives a result at all, (place,).

    What the model says of failing counts as much as it was right so far, and experiments nearby count beside it.

    Args:
        places: (place, input).
        stands: whether the model gives a result there, (place,).
        done: places of the experiments, (experiment, input).
        failed: 1 where one failed, (experiment,).
        stood: whether the model gives a result for it, (experiment,).
    """
    good, bad = stood.astype(bool), ~stood.astype(bool)
    when_good = (9.0 + np.sum(1.0 - failed[good])) / (10.0 + np.sum(good))
    when_bad = (1.0 + np.sum(1.0 - failed[bad])) / (4.0 + np.sum(bad))
    prior = np.where(stands, when_good, when_bad)
    apart = np.sum((places[:, None, :] - done[None, :, :]) ** 2, axis=-1)
    near = np.exp(-0.5 * apart / _NEAR**2)
    return np.asarray((prior + near @ (1.0 - failed)) / (1.0 + near.sum(axis=1)))


def front(reached: Array) -> IntArray:
    """Return the places of the results that no other beats in every goal, (front,).

    Args:
        reached: utilities, (result, goal); a result with one that is not finite is never among them.
    """
    kept = [
        k
        for k, one in enumerate(reached)
        if np.all(np.isfinite(one)) and not np.any(np.all(reached >= one, axis=1) & np.any(reached > one, axis=1))
    ]
    return np.array(kept, dtype=np.int64)
