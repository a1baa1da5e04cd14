"""How many carriers of one kind a dot holds, from the weights of `halodot.device.laws.dot_levels`."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.laws.dot_levels import DotLevels, occupation_weights


@kernel
def dot_occupation(weights: Array, level: float) -> tuple[float, float]:
    """Return the mean number of carriers on a dot and its derivative by the level, which is its variance.

    The polynomial of the weights has negative roots alone, with charging energies as without: the number is that of
    independent levels, so that the variance is never above the mean and diffusion over mobility never below kT/q.

    Args:
        weights: from `occupation_weights`, shape (carriers + 1,).
        level: eta, the quasi-Fermi level above the first level of the dot [kT].
    """
    largest = weights[0]
    for held in range(1, weights.size):
        largest = max(largest, weights[held] + held * level)
    total, first, second = 0.0, 0.0, 0.0
    for held in range(weights.size):
        share = math.exp(weights[held] + held * level - largest)
        total += share
        first += held * share
        second += held * held * share
    mean = first / total
    return mean, second / total - mean * mean


@kernel
def _fill_occupation(weights: Array, level: Array, out: Array) -> None:
    """Fill ``out`` (level, 2) with `dot_occupation` at every level."""
    for k in range(level.size):
        out[k, 0], out[k, 1] = dot_occupation(weights, level[k])


def mean_occupation(levels: DotLevels, level: Array) -> Array:
    """Return the mean number of carriers on a dot at several quasi-Fermi levels.

    Args:
        levels: of the dot.
        level: eta, (level,) [kT].

    Returns:
        The mean and its derivative by the level, (level, 2) [1].
    """
    fewer = math.floor(levels.second_states)
    more = levels.second_states - fewer
    out = np.zeros((level.size, 2))
    for states, weight in ((fewer, 1.0 - more), (fewer + 1, more)):
        if weight > 0.0:
            found = np.empty_like(out)
            _fill_occupation(occupation_weights(levels, states), level, found)
            out += weight * found
    return out
