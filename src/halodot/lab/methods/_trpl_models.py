"""Laws of a PL decay: what each puts into a channel after a pulse, with its slopes, and its average lifetimes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array

ONE, TWO, THREE = "one exponential", "two exponentials", "three exponentials"
STRETCHED, LOGNORMAL = "stretched exponential", "log-normal rates"
#: widest spread of ln(rate) whose integral over rates converges on the nodes below
WIDEST_SPREAD = 2.5
#: exponent of a stretched exponential: below, half the light would come before any instrument's first channel; above 1
#: no distribution of rates gives it
STRETCHES = (0.2, 1.0)
#: deviations of ln(rate) that count, and the step between nodes in units of ln(rate) and of its standard deviation;
#: evenly spaced nodes converge exponentially
_FARTHEST, _STEP_OF_RATE, _STEP = 4.5, 0.6, 0.75
#: pulses before the last whose stretched tail is added one by one; what came before is spread evenly
_EARLIER_PULSES = 12
_NEGLIGIBLE = 1e-7  # of a decay


@dataclass(frozen=True, eq=False)
class Integrated:
    """Integrated decay of height 1, from the pulse to each time after it."""

    integral: Array  # [s] (time,)
    slopes: Array  # by the logarithms of the numbers of the law (number, time) [s]
    height: Array  # the decay itself (time,)


@dataclass(frozen=True, eq=False)
class Law:
    """One way in which a decay may run."""

    name: str
    terms: int  # how many decays are added, each with a height of its own
    shapes: int  # how many numbers the shape of one term has
    start: Callable[[float], Array]  # of a lifetime; logarithms of the numbers, those of a term together
    filled: Callable[[Array, Array, float], Integrated]  # of logarithms (number,), times [s] and period [s]
    moments: Callable[[Array], tuple[float, float]]  # of the logarithms: integrals of decay [s] and of t x decay [s2]


def averages(law: Law, shapes: Array, heights: Array) -> tuple[float, float]:
    """Return the amplitude and the intensity average of the lifetime [s].

    The amplitude average is the area under a decay over its height; the intensity average is the mean arrival time.

    Args:
        law: of the decay.
        shapes: logarithms of its numbers (term, number).
        heights: of the terms (term,).
    """
    moments = np.array([law.moments(shape) for shape in shapes])
    area, delayed = heights @ moments
    return float(area / heights.sum()), float(delayed / area)


# ------------------------------------------------------------------------------------------------------- exponentials


def _exponentials(lifetimes: Array, since: Array, period: float) -> tuple[Array, Array, Array]:
    """Return integral, slope of it by ln(lifetime), and height of periodic exponentials, each (lifetime, time)."""
    cycles, after = _folded(since, period)
    tau = lifetimes[:, None]
    left = np.exp(-after / tau)
    before = np.exp(-period / tau) if math.isfinite(period) else np.zeros_like(tau)
    share = 1.0 - left
    kept = 1.0 - before
    integral = tau * (share / kept + cycles)
    late = period / tau * before / kept if math.isfinite(period) else 0.0
    slope = tau * (share / kept + cycles) - after * left / kept + tau * share * late / kept
    return integral, slope, left / kept * _risen(since, period)


def _risen(since: Array, period: float) -> Array | float:
    """Return 0 before a pulse that is the first, 1 elsewhere."""
    return 1.0 if math.isfinite(period) else np.asarray(since >= 0.0, float)


def _folded(since: Array, period: float) -> tuple[Array | float, Array]:
    """Return whole periods and the time since the last pulse; times before the first pulse count as its moment."""
    if not math.isfinite(period):
        return 0.0, np.maximum(since, 0.0)
    cycles = np.floor(since / period)
    return cycles, np.asarray(since - cycles * period)


def _filled_exponential(shape: Array, since: Array, period: float) -> Integrated:
    integral, slope, height = _exponentials(np.exp(shape[:1]), since, period)
    return Integrated(integral[0], slope, height[0])


def _moments_exponential(shape: Array) -> tuple[float, float]:
    lifetime = math.exp(shape[0])
    return lifetime, lifetime**2


def _spread_lifetimes(lifetime: float, terms: int) -> Array:
    return np.asarray(math.log(lifetime) + np.log([[1.0], [0.4, 1.6], [0.2, 0.7, 2.5]][terms - 1]))


# -------------------------------------------------------------------------------------------------- log-normal rates


def _filled_lognormal(shape: Array, since: Array, period: float) -> Integrated:
    """Exponentials whose rates have a normal distribution of logarithms: median lifetime, spread of ln(rate)."""
    median, spread = np.exp(shape)
    half = math.ceil(_FARTHEST / min(_STEP, _STEP_OF_RATE / spread))
    places = _FARTHEST / half * np.arange(-half, half + 1)
    shares = np.exp(-0.5 * places**2)
    shares /= shares.sum()
    rates = spread * places
    integral, slope, height = _exponentials(median * np.exp(-rates), since, period)
    slopes = np.stack([shares @ slope, (shares * -rates) @ slope])
    return Integrated(shares @ integral, slopes, shares @ height)


def _moments_lognormal(shape: Array) -> tuple[float, float]:
    median, spread = np.exp(shape)
    return float(median * math.exp(0.5 * spread**2)), float(median**2 * math.exp(2.0 * spread**2))


# ---------------------------------------------------------------------------------------------- stretched exponential


def _filled_stretched(shape: Array, since: Array, period: float) -> Integrated:
    integral, height = _stretched(shape, since, period)
    step = 1e-4
    slopes = []
    for place in range(2):
        moved = shape.copy()
        moved[place] += step
        slopes.append((_stretched(moved, since, period)[0] - integral) / step)
    return Integrated(integral, np.stack(slopes), height)


def _stretched(shape: Array, since: Array, period: float) -> tuple[Array, Array]:
    lifetime, power = np.exp(shape)
    cycles, after = _folded(since, period)
    longest = float(np.max(after, initial=lifetime))
    whole = lifetime / power * math.gamma(1.0 / power)
    if not math.isfinite(period):
        height = _stretched_height(lifetime, power, after) * _risen(since, period)
        return _stretched_once(lifetime, power, after, longest), height
    copies = 1
    while copies < _EARLIER_PULSES and math.exp(-((copies * period / lifetime) ** power)) > _NEGLIGIBLE:
        copies += 1
    starts = np.asarray(period * np.arange(copies), np.float64)
    reach = (copies + 1) * period
    shifted = after[None, :] + starts[:, None]
    integral = _stretched_once(lifetime, power, shifted.ravel(), reach).reshape(shifted.shape)
    zero = _stretched_once(lifetime, power, starts, reach)
    end = float(_stretched_once(lifetime, power, np.array([copies * period]), reach)[0])
    rest = max(whole - end, 0.0) / period
    height = _stretched_height(lifetime, power, shifted.ravel()).reshape(shifted.shape)
    return np.sum(integral - zero[:, None], axis=0) + rest * after + cycles * whole, height.sum(axis=0) + rest


def _stretched_height(lifetime: float, power: float, since: Array) -> Array:
    return np.asarray(np.exp(-((since / lifetime) ** power)))


def _stretched_once(lifetime: float, power: float, since: Array, longest: float) -> Array:
    """Return the integral from 0 between nodes of the incomplete gamma function.

    At the nodes value and slope are exact; between them it is a cubic in (t/tau)^power, where it is smooth.
    """
    from scipy.interpolate import CubicHermiteSpline
    from scipy.special import gammainc

    whole = lifetime / power * math.gamma(1.0 / power)
    # in z = (t/tau)^power the share is gammainc(1/power, z); its nodes are dense where z is small
    most = min((longest * 1.001 / lifetime) ** power, 40.0)
    root = np.linspace(0.0, most**0.25, 400)
    z = root**4
    share = gammainc(1.0 / power, z)
    density = np.zeros(z.size)
    density[1:] = np.exp(-z[1:]) * z[1:] ** (1.0 / power - 1.0) / math.gamma(1.0 / power) * 4.0 * root[1:] ** 3
    spline = CubicHermiteSpline(root, share, density)
    place = np.minimum((since / lifetime) ** (0.25 * power), root[-1])
    return np.asarray(whole * spline(place))


def _moments_stretched(shape: Array) -> tuple[float, float]:
    lifetime, power = np.exp(shape)
    return (
        float(lifetime / power * math.gamma(1.0 / power)),
        float(lifetime**2 / power * math.gamma(2.0 / power)),
    )


def _exponential_law(name: str, terms: int) -> Law:
    return Law(
        name, terms, 1, lambda lifetime: _spread_lifetimes(lifetime, terms), _filled_exponential, _moments_exponential
    )


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        _exponential_law(ONE, 1),
        _exponential_law(TWO, 2),
        _exponential_law(THREE, 3),
        Law(
            STRETCHED,
            1,
            2,
            lambda lifetime: np.log([0.7 * lifetime, 0.75]),
            _filled_stretched,
            _moments_stretched,
        ),
        Law(
            LOGNORMAL,
            1,
            2,
            lambda lifetime: np.log([0.8 * lifetime, 0.7]),
            _filled_lognormal,
            _moments_lognormal,
        ),
    )
}


def limits(law: Law, shortest: float, longest: float) -> tuple[Array, Array]:
    """Return the lowest and the highest logarithms of the numbers of all terms (term x number,).

    Args:
        law: of the decay.
        shortest: lifetime that a record could show [s].
        longest: likewise.
    """
    low, high = [math.log(shortest)], [math.log(longest)]
    if law.name == STRETCHED:
        low, high = [*low, math.log(STRETCHES[0])], [*high, math.log(STRETCHES[1])]
    if law.name == LOGNORMAL:
        low, high = [*low, math.log(0.02)], [*high, math.log(WIDEST_SPREAD)]
    return np.tile(low, law.terms), np.tile(high, law.terms)
