"""Fit of a PL decay: its Poisson deviance, minima and profile intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.methods._trpl_counts import Model

#: deviance by which a 95 % interval of one number ends
LEVEL_95 = 3.841459
#: standard deviations of what is known of a recorded response: its width as a share of its second difference, since
#: where in a channel the light comes and how a channel's width is counted differ by up to 1/12; its pedestal in its own
_KNOWN = {"sharpness": 1.0 / 12.0, "pedestal": 1.0}
_MOST_STEPS = 60
_MOST_STEPS_HELD = 30
#: inverse variance of what is held in units of its own; a minimum with a soft hold lies on the profile, and the search
#: for it stays well conditioned
_STIFFNESS = 10.0
#: a step that would lower the deviance by less ends the search
_CONVERGED = 1e-4


@dataclass(frozen=True, eq=False)
class Minimum:
    """Numbers that make the deviance least."""

    model: Model
    numbers: Array
    deviance: float
    information: Array  # Fisher's (number, number)

    @property
    def penalised(self) -> float:
        """Deviance and three times the numbers of the decay, which Bozdogan (1994) found right for mixtures."""
        law = self.model.law
        return self.deviance + 3.0 * (law.terms * (law.shapes + 1))


def deviance(model: Model, numbers: Array, expected: Array) -> float:
    """Return 2 sum(m - n + n ln(n/m)) over the excess of the variance, with what is known of the response.

    Args:
        model: of the counts.
        numbers: of the model.
        expected: counts (channel,).
    """
    counts = model.channels.counts
    there = counts > 0.0
    part = expected - counts
    part[there] += counts[there] * np.log(counts[there] / expected[there])
    prior = sum((model.number(numbers, name, 0.0) / width) ** 2 for name, width in _KNOWN.items())
    return float(2.0 * np.sum(part / model.channels.excess) + prior)


def _normal(model: Model, numbers: Array, expected: Array, slopes: Array) -> tuple[Array, Array]:
    """Return the downhill gradient (half of the deviance's) and Fisher's information."""
    weight = 1.0 / (expected * model.channels.excess)
    gradient = slopes.T @ ((model.channels.counts - expected) * weight)
    information = slopes.T @ (slopes * weight[:, None])
    for place, name in enumerate(model.names):
        if name in _KNOWN:
            gradient[place] -= numbers[place] / _KNOWN[name] ** 2
            information[place, place] += 1.0 / _KNOWN[name] ** 2
    return gradient, information


def response_noise(found: Minimum) -> Array:
    """Return the variance of the counts over Poisson's when the noise of the response is added (channel,).

    A photon more in a channel of the response adds the decay behind it; that the sum of all photons only scales the
    decay is left out, since its height is fitted. What it adds is alike over the width of the response, so that as
    many channels tell no more than one, and each gets their number times the variance.

    Args:
        found: a minimum with a response.
    """
    from scipy.signal import fftconvolve

    model, channels = found.model, found.model.channels
    if channels.response is None or channels.response_variance is None:
        return np.ones(channels.counts.size)
    edges = model.edges(model.number(found.numbers, "shift", model.extras.shift or 0.0))
    heights = model.heights(found.numbers) / channels.width
    terms = [model.law.filled(shape, edges, channels.period) for shape in model.shapes(found.numbers)]
    decay = np.sum([height * np.diff(term.integral) for height, term in zip(heights, terms)], axis=0)
    rows = np.stack([decay**2, decay, decay])
    weights = np.stack([channels.response_variance, channels.response_variance, channels.response])
    first, size = channels.response.size - 1, int(channels.place[-1]) + 1
    squared, single, mean = fftconvolve(rows, weights, axes=1)[:, first : first + size][:, channels.place]
    noise = squared - 2.0 * mean * single + mean**2 * float(channels.response_variance.sum())
    expected = model.expected(found.numbers)[0]
    noise *= channels.response_channels
    found_variance: Array = 1.0 + np.maximum(noise, 0.0) / np.maximum(expected, 1.0)
    return found_variance


@dataclass(frozen=True, eq=False)
class Held:
    """A function of the numbers that is held at a value."""

    of: Callable[[Array], float]
    value: float
    stiffness: float  # inverse variance


def minimised(model: Model, start: Array, held: Held | None = None, enough: float = _CONVERGED) -> Minimum:
    """Return the minimum by Fisher's scoring with Marquardt's damping.

    Args:
        model: of the counts.
        start: numbers to start from.
        held: what is held meanwhile.
        enough: a step that would lower the deviance by less ends the search.
    """
    low, high = model.limits
    numbers = np.clip(start, low, high)
    expected, slopes = model.expected(numbers)
    value, off, along = deviance(model, numbers, expected), 0.0, None
    if held is not None:
        off, along = _off(held, numbers)
    damping = 1e-3
    for _ in range(_MOST_STEPS if held is None else _MOST_STEPS_HELD):
        gradient, information = _normal(model, numbers, expected, slopes)
        if held is not None and along is not None:
            gradient = gradient - held.stiffness * off * along
            information = information + held.stiffness * np.outer(along, along)
        scale = np.sqrt(np.maximum(np.diag(information), 1e-12))
        free = ((numbers > low) | (gradient > 0.0)) & ((numbers < high) | (gradient < 0.0))
        scaled = information[np.ix_(free, free)] / np.outer(scale[free], scale[free])
        scaled[np.diag_indices_from(scaled)] += damping
        step = np.zeros(numbers.size)
        step[free] = np.linalg.solve(scaled, gradient[free] / scale[free]) / scale[free]
        step = np.clip(step, -1.5, 1.5)
        if gradient @ step < enough and damping <= 1.0:
            break
        trial = np.clip(numbers + step, low, high)
        trial_expected, trial_slopes = model.expected(trial)
        trial_value, trial_off, trial_along = deviance(model, trial, trial_expected), 0.0, None
        if held is not None:
            trial_off, trial_along = _off(held, trial)
            worse = trial_value + held.stiffness * trial_off**2 >= value + held.stiffness * off**2
        else:
            worse = trial_value >= value
        if worse:
            damping *= 8.0
            if damping > 1e8:
                break
            continue
        numbers, expected, slopes, value = trial, trial_expected, trial_slopes, trial_value
        off, along = trial_off, trial_along
        damping = max(0.2 * damping, 1e-9)
    return Minimum(model, numbers, value, _normal(model, numbers, expected, slopes)[1])


def _off(held: Held, numbers: Array) -> tuple[float, Array]:
    """Return how far what is held is from its value, and its slopes (number,)."""
    value = held.of(numbers)
    return value - held.value, slopes_of(held.of, numbers, value)


def slopes_of(of: Callable[[Array], float], numbers: Array, value: float) -> Array:
    """Return the slopes of a function by the numbers (number,).

    Args:
        of: of the numbers.
        numbers: where.
        value: of the function there.
    """
    step = 1e-6
    found = np.zeros(numbers.size)
    for place in range(numbers.size):
        moved = numbers.copy()
        moved[place] += step
        found[place] = (of(moved) - value) / step
    return found


def polished(found: Minimum) -> Minimum:
    """Return the minimum as MIGRAD of Minuit finds it from there, with the slopes of the model.

    Args:
        found: a minimum.

    Raises:
        DataError: the deviance is no finite number there.
    """
    from iminuit import Minuit

    model = found.model
    low, high = model.limits

    def value(numbers: Array) -> float:
        return deviance(model, np.asarray(numbers), model.expected(np.asarray(numbers))[0])

    def gradient(numbers: Array) -> Array:
        expected, slopes = model.expected(np.asarray(numbers))
        return -2.0 * _normal(model, np.asarray(numbers), expected, slopes)[0]

    search = Minuit(value, found.numbers, grad=gradient, name=model.names)
    search.errordef = Minuit.LEAST_SQUARES
    search.strategy = 0
    search.limits = list(zip(low, high))
    search.errors = np.clip(deviations(found), 1e-6, 1.0)
    search.migrad(ncall=200)
    if not math.isfinite(search.fval if search.fval is not None else math.nan):
        raise DataError("the deviance of the decay is no finite number; choose another window or model")
    if search.fval >= found.deviance:
        return found
    numbers = np.asarray(search.values, float)
    expected, slopes = model.expected(numbers)
    return replace(
        found,
        numbers=numbers,
        deviance=float(search.fval),
        information=_normal(model, numbers, expected, slopes)[1],
    )


def covariance(found: Minimum) -> Array:
    """Return the covariance of the numbers (number, number); what the counts do not determine gets a wide one.

    Args:
        found: the minimum.
    """
    scale = np.sqrt(np.maximum(np.diag(found.information), 1e-12))
    scaled = found.information / np.outer(scale, scale)
    size, directions = np.linalg.eigh(scaled)
    inverse = (directions / np.maximum(size, 1e-10)) @ directions.T
    made: Array = inverse / np.outer(scale, scale)
    return made


def deviations(found: Minimum) -> Array:
    """Return the standard deviations of the numbers (number,).

    Args:
        found: the minimum.
    """
    made: Array = np.sqrt(np.diag(covariance(found)))
    return made


@dataclass(frozen=True)
class End:
    """One end of a profile interval."""

    place: float
    closed: bool = True  # whether the deviance rises by the level there; otherwise a limit of the numbers was met
    better: Minimum | None = None  # a lower minimum that was met on the way


@dataclass(frozen=True)
class Profile:
    """95 % interval of a logarithm from the profile of the deviance."""

    low: End
    high: End
    minimum: Minimum  # the one from which it was taken, lower than the one given where the profile met a lower one


def profiled(found: Minimum, of: Callable[[Array], float], level: float = LEVEL_95) -> Profile:
    """Return where the least deviance with a function held has risen by a level.

    Args:
        found: the minimum.
        of: of the numbers; near normal where it is a logarithm.
        level: of the deviance above the minimum.
    """
    for _ in range(4):
        ends = []
        for sign in (-1.0, 1.0):
            end = _end(found, of, sign, level)
            if end.better is not None:
                found = minimised(found.model, end.better.numbers)
                break
            ends.append(end)
        if len(ends) == 2:
            return Profile(ends[0], ends[1], found)
    middle = of(found.numbers)
    return Profile(End(middle, False), End(middle, False), found)


def _end(found: Minimum, of: Callable[[Array], float], sign: float, level: float) -> End:
    middle = of(found.numbers)
    slopes = slopes_of(of, found.numbers, middle)
    spread = covariance(found) @ slopes
    deviation = math.sqrt(max(float(slopes @ spread), 1e-16))
    along = spread / deviation**2
    deviation = min(deviation, 1.5)
    wanted = math.sqrt(level)
    inside, outside = (0.0, 0.0), (math.inf, math.inf)  # distance from the middle, root of the rise
    distance, start = wanted * deviation, found.numbers
    for _ in range(12):
        begin = found.numbers + np.clip(along * sign * distance, -1.0, 1.0) if inside[0] == 0.0 else start
        made = minimised(found.model, begin, Held(of, middle + sign * distance, _STIFFNESS / deviation**2), 0.005)
        rise = made.deviance - found.deviance
        if rise < -0.02:
            return End(middle, False, made)
        moved = sign * (of(made.numbers) - middle)
        root = math.sqrt(max(rise, 0.0))
        if abs(root - wanted) < 0.02 * wanted + 0.01:
            return End(middle + sign * moved)
        if moved < 0.6 * distance and root < wanted:
            return End(middle + sign * max(moved, 0.0), False)
        if root < wanted:
            inside, start = (moved, root), made.numbers
        else:
            outside = (moved, root)
        distance = _next(inside, outside, wanted)
        if distance > 8.0 + 3.0 * deviation:
            return End(middle + sign * inside[0], False)
    return End(middle + sign * (outside[0] if math.isfinite(outside[0]) else inside[0]), math.isfinite(outside[0]))


def _next(inside: tuple[float, float], outside: tuple[float, float], wanted: float) -> float:
    """Return the distance at which the root of the rise should be the wanted."""
    if not math.isfinite(outside[0]):
        return inside[0] * min(max(1.05 * wanted / max(inside[1], 1e-3), 1.2), 2.5)
    share = (wanted - inside[1]) / max(outside[1] - inside[1], 1e-9)
    return inside[0] + (outside[0] - inside[0]) * min(max(share, 0.1), 0.9)
