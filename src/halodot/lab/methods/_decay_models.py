"""Stretched and bi-exponential decays with the time to a fraction as one of their numbers, and its profile."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.drift import Drift

#: profiles are followed until the relative likelihood has fallen to exp(-this / 2)
_FAR = 14.0
_STEPS = 40
_MOST_TRIALS = 400


@dataclass(frozen=True)
class DecayModel:
    """One law of decay; its first number is ln of the time to the fraction, the others shape it."""

    name: str  # for people
    starts: tuple[tuple[float, ...], ...]  # shapes to start from
    decay: Callable[[Array, Array, float], Array]  # time, numbers, fraction: luminance relative to the start


@dataclass(frozen=True, eq=False)
class DecayFit:
    """A law of decay as it was fitted."""

    model: DecayModel
    amplitude: float  # luminance at the start [unit of the signal]
    numbers: Array
    chi2: float  # of the whitened residuals
    line: Array  # (point,)


@dataclass(frozen=True, eq=False)
class Profile:
    """Relative likelihood of a time, all other numbers fitted anew at each."""

    log_time: Array
    chi2: Array  # above the least
    open_above: bool  # whether the longest time that was tried is still likely


def stretched(time: Array, numbers: Array, fraction: float) -> Array:
    """Return exp(-(t / tau)^beta) with tau (ln 1/f)^(1/beta) = T_f.

    Args:
        time: from the start [s] (point,).
        numbers: ln T_f and ln beta.
        fraction: f, the luminance relative to the start that is left at T_f.

    Source: Kohlrausch, Ann. Phys. (Poggendorff) 91, 56 (1854).
    """
    with np.errstate(over="ignore", under="ignore"):
        exponent = math.exp(min(max(numbers[1], -4.0), 2.0))
        found: Array = np.exp(math.log(fraction) * np.exp(exponent * (_log(time) - numbers[0])))
    return found


def biexponential(time: Array, numbers: Array, fraction: float) -> Array:
    """Return w exp(-x t / T_f) + (1 - w) exp(-x t / (r T_f)), x such that the fraction is left at T_f.

    Args:
        time: from the start [s] (point,).
        numbers: ln T_f, logit of w and ln(r - 1).
        fraction: f, the luminance relative to the start that is left at T_f.
    """
    share, ratio = biexponential_shape(numbers)
    rate = _rate(share, ratio, fraction)
    with np.errstate(over="ignore", under="ignore"):
        reduced = rate * np.exp(_log(time) - numbers[0])
        found: Array = share * np.exp(-reduced) + (1.0 - share) * np.exp(-reduced / ratio)
    return found


def biexponential_shape(numbers: Array) -> tuple[float, float]:
    """Return the share of the fast part and the ratio of the two decay times."""
    share = 1.0 / (1.0 + math.exp(-min(max(numbers[1], -30.0), 30.0)))
    return share, 1.0 + math.exp(min(max(numbers[2], -10.0), 8.0))


def _log(time: Array) -> Array:
    return np.log(np.maximum(time, 1e-300))


def _rate(share: float, ratio: float, fraction: float) -> float:
    """Return x of w exp(-x) + (1 - w) exp(-x / r) = f by Newton's method in ln x of the convex fall."""
    x = 0.0
    for _ in range(200):
        fast, slow = share * math.exp(-x), (1.0 - share) * math.exp(-x / ratio)
        step = (fast + slow - fraction) / (fast + slow / ratio)
        x += step
        if abs(step) <= 1e-13 * x:
            break
    return x


STRETCHED = DecayModel("stretched exponential", ((math.log(0.5),), (0.0,)), stretched)
BIEXPONENTIAL = DecayModel("bi-exponential", ((-1.0, 1.5), (0.0, 2.5), (1.0, 1.0)), biexponential)


def fitted(model: DecayModel, time: Array, y: Array, drift: Drift | None, fraction: float, guess: float) -> DecayFit:
    """Fit a law of decay, the amplitude by linear least squares within.

    Args:
        model: the law.
        time: from the start [s] (point,).
        y: signal (point,).
        drift: of the noise; white where None.
        fraction: f of the time that is the first number.
        guess: of that time [s].
    """
    starts = [np.array([math.log(guess * factor), *shape]) for shape in model.starts for factor in (1.0, 3.0)]
    found = [_searched(model, time, y, drift, fraction, start, None) for start in starts]
    return min(found, key=lambda item: item.chi2)


def profile(fit: DecayFit, time: Array, y: Array, drift: Drift, fraction: float, longest: float) -> Profile:
    """Return how likely other times to the fraction are, all other numbers fitted anew at each.

    Args:
        fit: of the law.
        time: from the start [s] (point,).
        y: signal (point,).
        drift: of the noise.
        fraction: f of the time.
        longest: time at which the profile ends [s].
    """
    best = min(fit.numbers[0], math.log(longest))
    places, rises, ends = [best], [0.0], []
    first = 0.5 * _width(fit, time, y, drift, fraction)
    for way in (-1.0, 1.0):
        place, step, shape = best, first, fit.numbers[1:]
        for _ in range(_STEPS):
            place = min(place + way * step, math.log(longest))
            again = _searched(fit.model, time, y, drift, fraction, np.array([place, *shape]), place)
            if again.chi2 > fit.chi2 + _FAR:  # other shapes may have taken over
                starts = [np.array([place, *other]) for other in fit.model.starts]
                again = (
                    min(
                        (_searched(fit.model, time, y, drift, fraction, start, place) for start in starts),
                        key=lambda item: item.chi2,
                        default=again,
                    )
                    if len(shape) > 1
                    else again
                )
            shape = again.numbers[1:]
            places.append(place)
            rises.append(again.chi2 - fit.chi2)
            far = rises[-1] * drift.freedom / (drift.freedom + max(rises[-1], 0.0)) > _FAR
            if rises[-1] > 3.0 * _FAR or far or place >= math.log(longest):
                break
            step *= 1.25
        ends.append(rises[-1])
    order = np.argsort(places, kind="stable")
    chi2 = np.array(rises)[order]
    return Profile(np.array(places)[order], np.maximum(chi2 - chi2.min(), 0.0), ends[1] < _FAR)


def _width(fit: DecayFit, time: Array, y: Array, drift: Drift, fraction: float) -> float:
    """Return about one standard deviation of ln T, other numbers held."""
    step = 1e-3
    moved = fit.numbers.copy()
    moved[0] += step
    slope = drift.whitener @ (fit.amplitude * fit.model.decay(time, moved, fraction) - fit.line)
    size = float(np.linalg.norm(slope)) / step
    return min(max(1.0 / max(size, 1e-12), 1e-5), 0.2)


def _searched(
    model: DecayModel, time: Array, y: Array, drift: Drift | None, fraction: float, start: Array, held: float | None
) -> DecayFit:
    """Fit from a start; ``held`` is ln T where it stands still."""
    from scipy.optimize import leastsq

    search: Any = leastsq
    seen = y if drift is None else drift.whitener @ y

    def numbers_of(free: Array) -> Array:
        return free if held is None else np.concatenate([[held], free])

    def parts(free: Array) -> tuple[float, Array]:
        shape = model.decay(time, numbers_of(free), fraction)
        line = shape if drift is None else drift.whitener @ shape
        power = float(line @ line)
        amplitude = float(line @ seen) / power if power > 0.0 else 0.0
        return amplitude, amplitude * line - seen

    free = start if held is None else start[1:]
    best = search(lambda free: parts(free)[1], free, maxfev=_MOST_TRIALS, full_output=True)[0]
    if not np.all(np.isfinite(best)):
        raise DataError(f"the fit of a {model.name} decay finds no minimum; choose another window or model")
    amplitude, residuals = parts(best)
    numbers = numbers_of(best)
    line = amplitude * model.decay(time, numbers, fraction)
    return DecayFit(model, amplitude, numbers, float(residuals @ residuals), line)


def density(found: Profile, freedom: float, grid: Array) -> Array:
    """Return the relative likelihood of times as a density over ln T that integrates to one.

    Args:
        found: the profile.
        freedom: degrees of freedom with which the noise is known: Student's t in place of a normal distribution.
        grid: ln T, evenly spaced (place,).
    """
    from scipy.interpolate import PchipInterpolator

    place, kept = np.unique(found.log_time, return_index=True)
    root = np.sqrt(found.chi2[kept]) * np.sign(place - place[np.argmin(found.chi2[kept])])
    inside = (grid >= place[0]) & (grid <= place[-1])
    rise = np.full(grid.size, np.inf)
    if place.size > 1:
        rise[inside] = PchipInterpolator(place, root)(grid[inside]) ** 2
    likely: Array = (1.0 + rise / freedom) ** (-0.5 * (freedom + 1.0))
    total = float(likely.sum())
    return likely / total if total > 0.0 else likely
