"""How excitons end: light, or one of a random number of traps, from some of which they come back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halodot.dots.parameters import DotsParameters
from halodot.errors import InputError, Problem
from halodot.numerics import poisson_counts, poisson_probability
from halodot.states import Array, Dispersion


def mean_traps(samples: Sequence[Dispersion], sites_per_dot: float, parameters: DotsParameters) -> Array:
    """Return the mean number of traps on a dot, from the kinds of its bare sites.

    N = a s (v + r_w w + r_x x): vacant sites v, sites w that acid opened, halide vacancies x; sites with a ligand are
    no traps. Lead without its halide is a deeper trap than lead that a ligand left, and anions that fill the vacancy
    make dots bright (Park et al., doi:10.1039/c9na00292h).

    Args:
        samples: shares of bare sites by kind [1], one dispersion for each wash.
        sites_per_dot: surface sites s of a dot [1], those included that etching and dissolving took from it: the
            surface that is left keeps the vacancies of what is gone.
        parameters: numbers and switches of the dots stage.

    Returns:
        N [1], shape (wash,).
    """
    bare = np.array(
        [
            sample.coverage_bare
            + (parameters.stripped_trap_ratio - 1.0) * sample.stripped
            + (parameters.vacancy_trap_ratio - 1.0) * sample.halide_vacancies
            for sample in samples
        ]
    )
    return parameters.trap_share * sites_per_dot * bare


def returned_share(parameters: DotsParameters) -> float:
    """Return the share of the trapped excitons that come back, k_d / (k_d + k_l) [1]."""
    back = parameters.detrapping_rate
    return back / (back + parameters.trapped_loss_rate) if back > 0.0 else 0.0


def loss_per_trap(parameters: DotsParameters) -> float:
    """Return the rate [1/s] at which one trap takes an exciton for good: capture less what comes back."""
    return parameters.trap_capture_rate * (1.0 - returned_share(parameters))


def trap_rates(traps: Array, parameters: DotsParameters) -> Array:
    """Return the mean non-radiative rate of dots whose traps are Poisson distributed.

    Args:
        traps: mean numbers of traps [1], shape (wash,).
        parameters: numbers and switches of the dots stage.

    Returns:
        k_0 + N k_l [1/s], shape (wash,).
    """
    return parameters.background_rate + traps * loss_per_trap(parameters)


def poisson_plqy(traps: Array, parameters: DotsParameters) -> Array:
    """Return the photoluminescence quantum yield of dots whose traps are Poisson distributed.

    PLQY = sum_n P(n) k_r / (k_r + k_0 + n k_t k_l / (k_d + k_l)): dots without a trap stay bright, so that it is above
    k_r / (k_r + mean rate). The statistics are those of quenchers on micelles (Infelta, Graetzel and Thomas, J. Phys.
    Chem. 78, 190 (1974), doi:10.1021/j100595a021).

    Args:
        traps: mean numbers of traps [1], shape (wash,).
        parameters: numbers and switches of the dots stage.

    Returns:
        PLQY [1], shape (wash,).
    """
    count = poisson_counts(float(np.max(traps, initial=0.0)))
    yields: Array = poisson_probability(count, traps[:, None]) @ (
        parameters.radiative_rate / loss_rates(count, parameters)
    )
    return yields


def decay(time: Array, traps: float, parameters: DotsParameters) -> Array:
    """Return the photoluminescence after a weak pulse, 1 at time 0.

    On a dot with n traps the exciton X and the trapped exciton T follow dX/dt = -(k_r + k_0 + n k_t) X + k_d T,
    dT/dt = n k_t X - (k_d + k_l) T; the curve is the Poisson average of X, two exponentials for every n. Without
    detrapping it is exp(-(k_r + k_0) t - N (1 - exp(-k_t t))).

    Args:
        time: since the pulse [s], shape (time,).
        traps: mean number of traps N [1].
        parameters: numbers and switches of the dots stage.

    Returns:
        I(t) / I(0) [1], shape (time,).
    """
    count = poisson_counts(traps)
    rate, amplitude = exciton_modes(count, parameters)
    weight = poisson_probability(count, np.array(traps)) * amplitude
    curve: Array = np.exp(-time[:, None] * rate.ravel()) @ weight.ravel()
    return curve


def exciton_modes(count: Array, parameters: DotsParameters) -> tuple[Array, Array]:
    """Return the exponentials in which the exciton of a dot with n traps decays.

    Args:
        count: number of traps n on the dot [1], shape (trap,).
        parameters: numbers and switches of the dots stage.

    Returns:
        Rates [1/s] and amplitudes [1], shape (2, trap): the fast and the slow one; the amplitudes add up to 1.
    """
    capture = count * parameters.trap_capture_rate
    back = parameters.detrapping_rate
    leave = parameters.radiative_rate + parameters.background_rate + capture
    empty = back + parameters.trapped_loss_rate
    half = 0.5 * (leave - empty)
    root = np.hypot(half, np.sqrt(back * capture))
    fast = 0.5 * (leave + empty) + root
    slow = ((leave - capture) * empty + capture * parameters.trapped_loss_rate) / fast
    tilt = np.divide(half, root, out=np.ones_like(half), where=root > 0.0)
    return np.stack((fast, slow)), np.stack((0.5 * (1.0 + tilt), 0.5 * (1.0 - tilt)))


def average_lifetimes(traps: float, parameters: DotsParameters) -> tuple[float, float]:
    """Return the amplitude and the intensity average of the lifetime [s].

    With I(t) the decay: amplitude average int I dt / I(0), which is quantum yield over radiative rate whatever the
    decay looks like; intensity average int t I dt / int I dt, which long tails of excitons that come back dominate.

    Args:
        traps: mean number of traps [1].
        parameters: numbers and switches of the dots stage.
    """
    count = poisson_counts(traps)
    share, loss = poisson_probability(count, np.array(traps)), loss_rates(count, parameters)
    waiting = 0.0
    if parameters.detrapping_rate > 0.0:
        empty = parameters.detrapping_rate + parameters.trapped_loss_rate
        waiting = parameters.trap_capture_rate * returned_share(parameters) / empty
    first = float(share @ (1.0 / loss))
    return first, float(share @ ((1.0 + waiting * count) / loss**2)) / first


def average_lifetime(traps: float, parameters: DotsParameters) -> float:
    """Return the average lifetime [s] of the decay, of the kind that ``lifetime_average`` names.

    Args:
        traps: mean number of traps [1].
        parameters: numbers and switches of the dots stage.

    Raises:
        InputError: the kind of average is unknown.
    """
    kinds = dict(zip(("amplitude", "intensity"), average_lifetimes(traps, parameters), strict=True))
    if parameters.lifetime_average in kinds:
        return kinds[parameters.lifetime_average]
    raise InputError(
        Problem(
            f"unknown average {parameters.lifetime_average!r}, expected amplitude or intensity",
            path="dots.lifetime_average",
        )
    )


def loss_rates(count: Array, parameters: DotsParameters) -> Array:
    """Return the rate at which the exciton of a dot ends for good, light included.

    Args:
        count: number of traps n on the dot [1], shape (trap,).
        parameters: numbers and switches of the dots stage.

    Returns:
        k_r + k_0 + n k_l [1/s], shape (trap,).
    """
    rates: Array = parameters.radiative_rate + parameters.background_rate + count * loss_per_trap(parameters)
    return rates
