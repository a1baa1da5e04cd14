"""How excitons end: light, or one of a random number of traps."""

from __future__ import annotations

import numpy as np

from halodot.dots.parameters import DotsParameters
from halodot.errors import InputError, Problem
from halodot.states import Array


def mean_traps(coverage_bare: Array, sites_per_dot: float, parameters: DotsParameters) -> Array:
    """Return the mean number of traps on a dot [1], in proportion to its bare sites."""
    return parameters.trap_share * sites_per_dot * coverage_bare


def trap_rates(traps: Array, parameters: DotsParameters) -> Array:
    """Return the mean non-radiative rate [1/s] of dots with this mean number of traps."""
    return parameters.background_rate + traps * parameters.trap_capture_rate


def quantum_yield(traps: Array, parameters: DotsParameters) -> Array:
    """Return the photoluminescence quantum yield of dots whose traps are Poisson distributed.

    Args:
        traps: mean numbers of traps [1], shape (wash,).
        parameters: of the dots stage.

    Returns:
        sum_n P(n) k_r / (k_r + k_0 + n k_t) [1], shape (wash,): dots without a trap stay bright, so that it is
        above k_r / (k_r + mean rate).
    """
    return parameters.radiative_rate * _moment(traps, 1, parameters)


def decay(time: Array, traps: float, parameters: DotsParameters) -> Array:
    """Return the photoluminescence after a weak pulse, 1 at time 0.

    The Poisson average of exp(-(k_r + k_0 + n k_t) t) has the closed form
    exp(-(k_r + k_0) t - N (1 - exp(-k_t t))).

    Args:
        time: since the pulse [s].
        traps: mean number of traps N [1].
        parameters: of the dots stage.
    """
    own = parameters.radiative_rate + parameters.background_rate
    curve: Array = np.exp(-own * time + traps * np.expm1(-parameters.trap_capture_rate * time))
    return curve


def average_lifetime(traps: float, parameters: DotsParameters) -> float:
    """Return the average lifetime [s] of the decay, of the kind that ``lifetime_average`` names.

    With I(t) the decay: amplitude average int I dt / I(0), intensity average int t I dt / int I dt.

    Raises:
        InputError: the kind of average is unknown.
    """
    mean = np.array([traps])
    first = float(_moment(mean, 1, parameters)[0])
    if parameters.lifetime_average == "amplitude":
        return first
    if parameters.lifetime_average == "intensity":
        return float(_moment(mean, 2, parameters)[0]) / first
    raise InputError(
        Problem(
            f"unknown average {parameters.lifetime_average!r}, expected amplitude or intensity",
            path="dots.lifetime_average",
        )
    )


def _moment(traps: Array, power: int, parameters: DotsParameters) -> Array:
    """Poisson average of the ``power``-th power of the lifetime of a dot with n traps [s**power]."""
    largest = float(np.max(traps, initial=0.0))
    count = np.arange(int(largest + 12.0 * np.sqrt(largest)) + 30)
    log_factorial = np.cumsum(np.log(np.maximum(count, 1)))
    log_share = count * np.log(np.maximum(traps, 1e-300))[:, None] - traps[:, None] - log_factorial
    share = np.exp(log_share)
    own = parameters.radiative_rate + parameters.background_rate
    average: Array = share @ (own + count * parameters.trap_capture_rate) ** -power / share.sum(axis=1)
    return average
