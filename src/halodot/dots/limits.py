"""Photoluminescence after pulses of any strength: exact solutions that no stage calls.

The chain follows weak pulses, one exciton on a dot; here is what a stronger pulse would show, with the weak pulse as
its limit: for studies of the pump dependence, and as an oracle of :mod:`halodot.dots.recombination`.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.dots.multiexcitons import auger_lifetime
from halodot.dots.parameters import DotsParameters
from halodot.dots.recombination import exciton_modes, loss_rates
from halodot.errors import ValidityError
from halodot.numerics import poisson_counts, poisson_probability
from halodot.states import Array

_LOSS_OF_DIGITS = 1e9  # largest cancelling amplitude that leaves seven digits


def pulsed_yield(excitons: Array, traps: float, edge_length: float, parameters: DotsParameters) -> Array:
    """Return the photons emitted per exciton made by a pulse.

    A pulse makes a Poisson distributed number of excitons. m of them become m - 1 at the rate of :func:`chain_rates`,
    of which m^2 k_r is light, and the last one ends as after a weak pulse; the photons of every step add up.

    Args:
        excitons: mean number of excitons made on a dot [1], shape (pulse,), 0 for the limit of a weak pulse.
        traps: mean number of traps [1].
        edge_length: effective edge length of the dots [m].
        parameters: numbers and switches of the dots stage.

    Returns:
        Yield [1], shape (pulse,); at 0 the quantum yield.
    """
    number = _exciton_numbers(float(np.max(excitons, initial=0.0)))
    count = poisson_counts(traps)
    light = number[1:, None] ** 2 * parameters.radiative_rate
    steps = light / chain_rates(number[1:], count, edge_length, parameters)
    last = parameters.radiative_rate / loss_rates(count, parameters)
    photons = np.cumsum(np.vstack((last, steps)), axis=0) @ poisson_probability(count, np.array(traps))
    yields: Array = _probability_per_exciton(number, excitons[:, None]) @ photons
    return yields


def pulsed_decay(time: Array, excitons: float, traps: float, edge_length: float, parameters: DotsParameters) -> Array:
    """Return the photoluminescence after a pulse of any strength, 1 at time 0.

    The chain of :func:`pulsed_yield` solved exactly, a sum of exponentials. An exciton that is trapped while others
    are left is counted as lost: they are gone long before it could come back.

    Args:
        time: since the pulse [s].
        excitons: mean number made on a dot [1], 0 for the limit of a weak pulse.
        traps: mean number of traps [1].
        edge_length: effective edge length of the dots [m].
        parameters: numbers and switches of the dots stage.

    Returns:
        I(t) / I(0) [1], with I the mean of m^2 k_r over the dots, shape of ``time``.

    Raises:
        ValidityError: the rates lie too close for so many excitons to be followed in double precision.
    """
    number, count = _exciton_numbers(excitons), poisson_counts(traps)
    start = _probability_per_exciton(number, np.array(excitons))
    rates = chain_rates(number[1:], count, edge_length, parameters)
    amplitude = _chain_amplitudes(rates, start[1:])
    several = np.tensordot(number[1:] ** 2, amplitude, 1)
    fed = rates[0] * amplitude[0]
    share = poisson_probability(count, np.array(traps))
    single, weight = exciton_modes(count, parameters)
    light = np.exp(-time[:, None] * rates.ravel()) @ (several * share).ravel()
    for rate, part in zip(single, weight * share, strict=True):
        light += np.exp(-time[:, None] * rate) @ (start[0] * part)
        light += np.einsum("tkn,kn->t", _fed_decay(time, rates, rate), fed * part)
    curve: Array = light / (start @ number**2)
    return curve


def chain_rates(number: Array, count: Array, edge_length: float, parameters: DotsParameters) -> Array:
    """Return the rate at which m excitons become m - 1.

    m^2 k_r + m (k_0 + n k_t) + k_A m^2 (m - 1) / 4, with k_A the Auger rate of two: every electron meets every hole,
    and every pair of them any further carrier (statistical scaling, assumed).

    Args:
        number: number of excitons m, 2 or more [1], shape (exciton,).
        count: number of traps n on the dot [1], shape (trap,).
        edge_length: effective edge length of the dot [m].
        parameters: numbers and switches of the dots stage.

    Returns:
        Rates [1/s], shape (exciton, trap).
    """
    auger = 0.25 * number**2 * (number - 1.0) / auger_lifetime(edge_length, parameters)
    own = number**2 * parameters.radiative_rate + number * parameters.background_rate
    rates: Array = (own + auger)[:, None] + parameters.trap_capture_rate * number[:, None] * count
    return rates


def _exciton_numbers(mean: float) -> Array:
    """The numbers of excitons 1, 2, ... that a pulse of this mean makes."""
    if not 0.0 <= mean < math.inf:
        raise ValidityError(f"the mean number of excitons on a dot must be 0 or more and finite, not {mean:.3g}")
    return np.arange(1.0, math.ceil(mean + 8.0 * math.sqrt(mean)) + 12.0)


def _probability_per_exciton(number: Array, mean: Array) -> Array:
    """Poisson probability of each number over its mean, which has a limit at 0."""
    share: Array = np.exp((number - 1.0) * np.log(np.maximum(mean, 1e-300)) - mean - np.cumsum(np.log(number)))
    return share


def _chain_amplitudes(rates: Array, start: Array) -> Array:
    """Amplitudes c[m, k, n] of exp(-rates[k, n] t) in the share of dots with n traps that still have m excitons."""
    size = start.size
    amplitude = np.zeros((size, *rates.shape))
    for m in range(size - 1, -1, -1):
        later = slice(m + 1, size)
        if m + 1 < size:
            amplitude[m, later] = rates[m + 1] * amplitude[m + 1, later] / (rates[m] - rates[later])
        amplitude[m, m] = start[m] - amplitude[m, later].sum(axis=0)
    largest = float(np.abs(amplitude).max())
    if not largest < _LOSS_OF_DIGITS * start.max():
        raise ValidityError(
            f"the cascade of {size} excitons has rates too close to one another for double precision; check "
            "dots.biexciton_lifetime, or take a weaker pulse"
        )
    return amplitude


def _fed_decay(time: Array, rates: Array, rate: Array) -> Array:
    """int_0^t exp(-rates s) exp(-rate (t - s)) ds [s], shape (time, exciton, trap), whichever rate is larger."""
    slower, apart = np.minimum(rates, rate), np.abs(rates - rate)
    at = time[:, None, None]
    span = apart * at
    ratio = np.divide(-np.expm1(-span), span, out=np.ones_like(span), where=span > 1e-12)
    shape: Array = np.exp(-slower * at) * at * ratio
    return shape
