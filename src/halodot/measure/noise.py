"""Random numbers of the instruments: one generator a seed, so that a seed gives the same record every time."""

from __future__ import annotations

import numpy as np

from halodot.states import Array


def counted(expected: Array, seed: int | None) -> Array:
    """Return Poisson counts.

    Args:
        expected: mean counts [1], any shape.
        seed: seed of the generator; None returns the means themselves.
    """
    return expected.copy() if seed is None else np.random.default_rng(seed).poisson(expected).astype(np.float64)


def blurred(value: Array, sd: Array | float, seed: int | None) -> Array:
    """Return values with independent Gaussian noise.

    Args:
        value: [any unit], any shape.
        sd: standard deviation [unit of ``value``], of the same shape or a number.
        seed: seed of the generator; None returns the values themselves.
    """
    return value.copy() if seed is None else value + sd * np.random.default_rng(seed).standard_normal(value.shape)


def drifted(value: Array, sd: float, points: float, seed: int | None) -> Array:
    """Return values with a stationary drift added, correlated from one point to the next.

    The drift is a first-order autoregression: its correlation falls as exp(-lag / points).

    Args:
        value: [any unit], (point,).
        sd: standard deviation of the drift [unit of ``value``].
        points: correlation length of the drift in points [1], more than 0.
        seed: seed of the generator; None returns the values themselves.
    """
    if seed is None or value.size == 0:
        return value.copy()
    from scipy.signal import lfilter  # takes longer to load than the rest of this stage

    keep = float(np.exp(-1.0 / points))
    steps = np.random.default_rng(seed).standard_normal(value.size)
    steps[1:] *= np.sqrt(1.0 - keep**2)
    drift: Array = lfilter([1.0], [1.0, -keep], steps)
    return value + sd * drift
