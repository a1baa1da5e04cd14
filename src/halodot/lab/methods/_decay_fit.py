"""T50 of one record: both laws of decay with the noise that they leave, and how likely each T50 is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.drift import Drift, drift_of
from halodot.lab.findings import Finding
from halodot.lab.methods._decay_models import (
    BIEXPONENTIAL,
    STRETCHED,
    DecayFit,
    Profile,
    density,
    fitted,
    profile,
)
from halodot.lab.methods._decay_record import Record, independent, luminance_at_start, smoothed, thinned
from halodot.names import QUANTITIES

HALF_LIFE = QUANTITIES["half_life"]
#: a rise of this many standard deviations above the start is one
_RISE_DEVIATIONS = 4.0
#: T50 beyond this multiple of the measured time is only bounded
REACH = 3.0
#: times up to this multiple of the measured one are weighed
_WEIGHED_REACH = 30.0
_GRID = 6001


@dataclass(frozen=True, eq=False)
class Decay:
    """A record from its highest luminance on, as it is fitted."""

    record: Record
    begin: float  # s: the highest luminance, 0 where there is no rise
    time: Array  # since then
    signal: Array
    fits: tuple[DecayFit, ...]  # of both laws, for the half of the luminance at begin
    drift: Drift
    initial: float
    highest: float


def fitted_decay(record: Record, rise: str, points: int) -> Decay:
    """Fit both laws from the start, and from the highest luminance where that is clearly above the start.

    Args:
        record: signal in time.
        rise: "auto detected", "left in" or "left out".
        points: means of neighbouring points that are fitted.
    """
    smooth = smoothed(record.signal)
    peak = int(np.argmax(smooth)) if rise != "left in" else 0
    initial = luminance_at_start(record)
    tail = record.time.size - peak
    if peak > 0 and tail >= max(8, record.time.size // 20):
        found = _fitted_from(record, peak, points, initial, float(smooth[peak]))
        if rise == "left out" or found.highest - initial > _RISE_DEVIATIONS * found.drift.deviation:
            return found
    return _fitted_from(record, 0, points, initial, float(smooth[peak]))


def _fitted_from(record: Record, first: int, points: int, initial: float, highest: float) -> Decay:
    begin = float(record.time[first]) if first else 0.0
    time, signal, counts = thinned(record.time[first:] - begin, record.signal[first:], points)
    guess = _guess(time, signal, initial if not first else highest)
    rough = [fitted(model, time, signal, None, 0.5, guess) for model in (STRETCHED, BIEXPONENTIAL)]
    drift = _drift(time, signal, counts, min(rough, key=lambda item: item.chi2))
    fits = [fitted(one.model, time, signal, drift, 0.5, math.exp(min(one.numbers[0], 600.0))) for one in rough]
    return Decay(record, begin, time, signal, tuple(fits), drift, initial, highest)


def _guess(time: Array, signal: Array, light: float) -> float:
    """Return about when half of the luminance is left."""
    end = float(np.mean(signal[-max(signal.size // 20, 1) :])) / light
    if end < 0.5:
        return float(max(time[int(np.argmax(signal < 0.5 * light))], time[1]))
    return float(time[-1]) * min(math.log(0.5) / math.log(min(max(end, 0.05), 0.97)), 20.0)


def _drift(time: Array, signal: Array, counts: Array, fit: DecayFit) -> Drift:
    """Return the noise that the better of the two laws leaves."""

    def line(numbers: Array) -> Array:
        found: Array = numbers[0] * fit.model.decay(time, numbers[1:], 0.5)
        return found

    numbers = np.array([fit.amplitude, *fit.numbers])
    slopes = np.empty((time.size, numbers.size))
    for place in range(numbers.size):
        step = 1e-4 * (abs(fit.amplitude) if place == 0 else 1.0)
        moved = np.array([numbers, numbers])
        moved[:, place] += (step, -step)
        slopes[:, place] = (line(moved[0]) - line(moved[1])) / (2.0 * step)
    kept = np.linalg.norm(slopes, axis=0) > 1e-9 * np.linalg.norm(slopes[:, 0])
    return drift_of(time, signal - fit.line, slopes[:, kept], counts, min(1, int(kept.sum()) - 1))


@dataclass(frozen=True, eq=False)
class Likelihood:
    """How likely each T50 is."""

    grid: Array  # ln T50
    by_model: tuple[Array, ...]
    weights: Array
    profiles: tuple[Profile, ...]

    def quantiles(self, weights: Array, *shares: float) -> list[float]:
        """Return quantiles of ln T50 with the models weighed."""
        total = np.cumsum(weights @ np.array(self.by_model))
        return [float(np.interp(share, total / total[-1], self.grid)) for share in shares]


def likelihood_of(decay: Decay, fraction: float) -> Likelihood:
    """Return how likely each time to a fraction of the luminance at the start of the decay is, by each law."""
    end = float(decay.time[-1])
    fits = [
        one
        if fraction == 0.5
        else fitted(one.model, decay.time, decay.signal, decay.drift, fraction, math.exp(one.numbers[0]))
        for one in decay.fits
    ]
    longest = _WEIGHED_REACH * end
    profiles = [profile(one, decay.time, decay.signal, decay.drift, fraction, longest) for one in fits]
    low = min(float(item.log_time[0]) for item in profiles)
    high = max(float(item.log_time[-1]) for item in profiles)
    grid = np.linspace(low, high, _GRID)
    freedom = decay.drift.freedom
    by_model = [density(item, freedom, grid) for item in profiles]
    criterion = np.array([of_student(one.chi2, fits, freedom) + 2.0 * one.numbers.size for one in fits])
    weights = np.exp(-0.5 * (criterion - criterion.min()))
    return Likelihood(grid, tuple(by_model), weights / weights.sum(), tuple(profiles))


def of_student(chi2: float, fits: list[DecayFit], freedom: float) -> float:
    """Return -2 ln of the likelihood above the best fit where the noise is known with some degrees of freedom."""
    least = min(item.chi2 for item in fits)
    return (freedom + 1.0) * math.log1p((chi2 - least) / freedom)


def share_of(decay: Decay, light: float) -> tuple[float, float]:
    """Return half of a luminance relative to that where the fitted decay begins, and its relative uncertainty."""
    if decay.begin == 0.0:
        return 0.5, 0.0
    top = min(decay.fits, key=lambda item: item.chi2).amplitude
    return min(max(0.5 * light / top, 0.05), 0.95), initial_deviation(decay) / light


def half_life_found(decay: Decay, likely: Likelihood, weights: Array, name: str, spread: float) -> Finding:
    """Return T50 with its interval, or the time that it exceeds."""
    low, lower, middle, upper, high = likely.quantiles(weights, 0.025, 0.1587, 0.5, 0.8413, 0.975)
    extra = _slope(decay, name, spread)
    end = decay.begin + float(decay.time[-1])
    times = [decay.begin + math.exp(item) for item in (low, lower, middle, upper, high)]
    times = _widened(times, extra * times[2])
    if times[2] < 0.01 * float(decay.record.time[decay.record.time > 0.0][0]):
        raise DataError("the signal is below half of its start before the second point; there is no decay to follow")
    law = {"average": "stretched and bi-exponential decay averaged by likelihood"}.get(name, f"{name} decay")
    law = law.replace("exponential decay", "exponential").replace("stretched decay", "stretched exponential")
    method = f"{law}, profile likelihood with correlated noise"
    open_above = any(item.open_above for item, weight in zip(likely.profiles, weights) if weight > 0.025)
    if times[2] > REACH * end or (open_above and high > likely.grid[-1] - 0.05):
        bound = min(max(times[0], min(end, times[2])), REACH * end)
        return Finding(
            HALF_LIFE,
            bound,
            0.0,
            f"{method}, extrapolated: lower end of the 95 % interval, at most {REACH:g} times the measured time",
            bound="at least",
            measured_fraction=min(end / bound, 1.0),
        )
    measured = min(end / times[2], 1.0)
    return Finding(
        HALF_LIFE,
        times[2],
        0.5 * (times[3] - times[1]),
        method + (", extrapolated" if measured < 1.0 else ""),
        interval=(times[0], times[4]),
        measured_fraction=measured,
    )


def _widened(times: list[float], extra: float) -> list[float]:
    """Return quantiles moved away from the middle one by a further standard uncertainty in quadrature."""
    if extra == 0.0:
        return times
    middle = times[2]
    deviations = (1.96, 1.0, 0.0, 1.0, 1.96)
    return [
        max(middle + math.copysign(math.hypot(item - middle, many * extra), item - middle), 0.0)
        for item, many in zip(times, deviations)
    ]


def _slope(decay: Decay, name: str, spread: float) -> float:
    """Return the relative change of T50 that an uncertain luminance at the start makes."""
    if spread == 0.0:
        return 0.0
    fit = min(decay.fits, key=lambda item: item.chi2)
    moved = [fit.model.decay(np.exp(fit.numbers[:1] + step), fit.numbers, 0.5)[0] for step in (0.01, -0.01)]
    return spread * 0.5 / max(abs(float(moved[0] - moved[1])) / 0.02, 1e-3)


def initial_deviation(decay: Decay) -> float:
    """Return the standard uncertainty of the luminance at the start."""
    first = decay.record.time[:5]
    many = independent(first.size, float(np.ptp(first)), decay.drift.correlation_time)
    return decay.drift.deviation / math.sqrt(max(many / 2.4, 1.0))  # a line at its end is less sure than a mean
