"""Steps of a thermogravimetric run from its derivative, and the drift of its plateaus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._tga_run import Run

#: half windows of the derivative that are tried, in points
_HALF_WINDOWS = (3, 5, 7, 10, 15, 22, 30, 45)
#: half window at most: this share of the run; wider, and neighbouring steps are one
_WIDEST = 24
#: peak of the derivative over its noise that is enough
_CLEAR = 25.0
#: least peak of the derivative and least loss of a step, in standard deviations
_SEEN = 5.0
#: peak of the derivative over its noise that may be as narrow as the window
_SURE = 15.0
#: least peak in that of the strongest step, and least loss of a step relative to the start
_LEAST_PEAK, _LEAST_LOSS = 0.03, 2e-3
#: share of a peak below which the derivative is that of a plateau
_FLAT = 0.01
#: what the tail of a logistic step holds beyond its limit is up to 0.28 times the rate there and its full width
_TAIL = 0.28 / math.sqrt(3.0)
#: deviations beyond which the slope of a plateau is drift
_DRIFTS = 3.0


@dataclass(frozen=True, eq=False)
class Rate:
    """Loss of relative mass along the run."""

    value: Array  # -dm/ds [1/K or 1/s] (point,)
    sd: float
    half: int  # half window in points
    finer: Array  # with half that window: what smoothing does to a peak (point,)
    finer_sd: float


@dataclass(frozen=True)
class Step:
    """One step: points of its limits and of its fastest loss, its loss and what makes it uncertain."""

    first: int
    peak: int
    last: int
    loss: float
    uncertainty: float
    before: float  # mass of the plateau before, at ``first``
    drift: float  # by how much the tilt of the baseline changes the loss


@dataclass(frozen=True)
class _Limits:
    first: int
    last: int
    low: int  # where the step before ends
    high: int  # where the step after begins


@dataclass(frozen=True)
class Level:
    """Line through a plateau at its limit."""

    mass: float
    uncertainty: float
    slope: float
    slope_uncertainty: float

    @property
    def drifts(self) -> bool:
        """Whether the plateau has a slope beyond its noise."""
        return abs(self.slope) > _DRIFTS * self.slope_uncertainty


def rate_of(run: Run, smoothing: float | None) -> Rate:
    """Return the derivative of a run by a local parabola (Savitzky and Golay).

    Args:
        run: the run.
        smoothing: width of the window [K or s]; None for the narrowest that shows the steps clearly.
    """
    size = run.mass.size
    tried = [half for half in _HALF_WINDOWS if half <= size // _WIDEST] or [2]
    if smoothing is not None:
        tried = [min(max(round(0.5 * smoothing / run.step), 2), size // 4)]
    value, half, noise = run.mass, tried[0], math.inf
    for half in tried:
        value, noise = _derivative(run, half)
        if float(np.max(value)) > _CLEAR * noise:
            break
    return Rate(value, noise, half, *_derivative(run, max(half // 2, 2)))


def _derivative(run: Run, half: int) -> tuple[Array, float]:
    """Return the rate of loss of a half window and its standard deviation."""
    from scipy.signal import savgol_coeffs, savgol_filter

    window = 2 * half + 1
    value = -savgol_filter(run.mass, window, 2, deriv=1, delta=run.step)
    weights = savgol_coeffs(window, 2, deriv=1, delta=run.step)
    return np.asarray(value), run.sd * run.beyond_white(window) * float(np.linalg.norm(weights))


def slope_noise(run: Run, half: int, reach: int) -> float:
    """Return the standard deviation of the slope of a line through the derivative [1/K2 or 1/s2].

    Args:
        run: the run.
        half: half window of the derivative in points.
        reach: half width of the line in points.
    """
    from scipy.signal import savgol_coeffs

    x = np.arange(-reach, reach + 1) * run.step
    weights = np.convolve(savgol_coeffs(2 * half + 1, 2, deriv=1, delta=run.step), x / float(x @ x))
    return run.sd * run.beyond_white(x.size) * float(np.linalg.norm(weights))


def steps_of(run: Run, rate: Rate, tilt: tuple[float, float]) -> tuple[Step, ...]:
    """Return the steps of a run in their order.

    Args:
        run: the run.
        rate: its derivative.
        tilt: slope of the baseline that is taken off [1/K or 1/s], and its standard uncertainty.
    """
    from scipy.signal import find_peaks

    least = max(_SEEN * rate.sd, _LEAST_PEAK * float(np.max(rate.value)))
    peaks = find_peaks(rate.value, height=least, prominence=least)[0].tolist()
    # noise that was smoothed makes peaks as narrow as the window
    sure = _SURE * rate.sd
    peaks = [peak for peak in peaks if rate.value[peak] > sure or _half_width(rate.value, peak) > 1.5 * rate.half]
    wide = [_half_width(rate.value, peak) for peak in peaks]
    limits = [_limits(rate, peaks, wide, number) for number in range(len(peaks))]
    made = [_step(run, rate, one, peak, width, tilt) for one, peak, width in zip(limits, peaks, wide)]
    return tuple(step for step in made if step.loss > max(_SEEN * step.uncertainty, _LEAST_LOSS))


def _half_width(value: Array, peak: int) -> int:
    """Return the full width of a peak at half its height in points, from the nearer side where it overlaps."""
    half = 0.5 * value[peak]
    left = np.flatnonzero(value[:peak] < half)
    right = np.flatnonzero(value[peak:] < half)
    sides = [peak - int(left[-1])] if left.size else []
    sides += [int(right[0])] if right.size else []
    return max(2 * min(sides, default=value.size // 8), 4)


def _limits(rate: Rate, peaks: Sequence[int], wide: list[int], number: int) -> _Limits:
    """Return where a step begins and ends: a width beyond where the derivative is flat, or where two steps meet."""
    peak, width = peaks[number], wide[number]
    before = peaks[number - 1] if number else 0
    after = peaks[number + 1] if number + 1 < len(peaks) else rate.value.size - 1
    low = before + int(np.argmin(rate.value[before : peak + 1])) if number else 0
    high = peak + int(np.argmin(rate.value[peak : after + 1])) if number + 1 < len(peaks) else after
    flat = max(2.0 * rate.sd, _FLAT * float(rate.value[peak]))
    left = np.flatnonzero(rate.value[low:peak] < flat)
    right = np.flatnonzero(rate.value[peak : high + 1] < flat)
    first = max(low + int(left[-1]) - width, low) if left.size else low
    last = min(peak + int(right[0]) + width, high) if right.size else high
    return _Limits(first, last, low, high)


def _step(run: Run, rate: Rate, limits: _Limits, peak: int, width: int, tilt: tuple[float, float]) -> Step:
    first, last = limits.first, limits.last
    flat = max(3.0 * rate.sd, _FLAT * float(rate.value[peak]))
    before = level(run, first, -min(width, first - limits.low) if rate.value[first] < flat else 0, 0)
    after = level(run, last, min(width, limits.high - last) if rate.value[last] < flat else 0, 0)
    across = float(run.place[last] - run.place[first])
    # tails cut at the limits, of this step and of its neighbours, hold about the rate there times their width
    cut = [place for place, end in ((first, limits.low), (last, limits.high)) if place == end]
    meeting = _TAIL * width * run.step * math.hypot(*(max(float(rate.value[place]), rate.sd) for place in cut))
    noise = math.hypot(before.uncertainty, after.uncertainty, tilt[1] * across, 0.5 * tilt[0] * across)
    return Step(
        first,
        peak,
        last,
        loss=before.mass - after.mass + tilt[0] * across,
        uncertainty=math.hypot(noise, meeting),
        before=before.mass,
        drift=abs(tilt[0] * across),
    )


def level(run: Run, place: int, width: int, half: int) -> Level:
    """Return the mass at a point from a line through a stretch beside it.

    Args:
        run: the run.
        place: number of the point.
        width: points of the stretch, before the point where negative.
        half: points on the other side.
    """
    low, high = (place + width, place + half) if width < 0 else (place - half, place + width)
    low, high = max(low, 0), min(high, run.mass.size - 1)
    if high - low < 4:
        low, high = max(low - 2, 0), min(high + 2, run.mass.size - 1)
    x = run.place[low : high + 1] - run.place[place]
    y = run.mass[low : high + 1]
    design = np.stack([np.ones(x.size), x], axis=1)
    (mass, slope), *_ = np.linalg.lstsq(design, y, rcond=None)
    noise = run.sd * run.beyond_white(x.size)
    covariance = np.linalg.inv(design.T @ design) * noise**2
    uncertain = math.sqrt(covariance[1, 1])
    if abs(slope) > _DRIFTS * uncertain:
        # a bent stretch is not described by its line: its residuals count
        scatter = float(np.mean((y - mass - slope * x) ** 2)) / noise**2
        return Level(float(mass), math.sqrt(covariance[0, 0] * max(scatter, 1.0)), float(slope), uncertain)
    return Level(float(y.mean()), noise / math.sqrt(x.size), float(slope), uncertain)
