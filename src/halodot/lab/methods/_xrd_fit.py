"""Reflections and the background below them, fitted together to counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import Fitted, least_squares
from halodot.lab.methods._xrd_lines import Radiation, beyond, fall
from halodot.lab.methods._xrd_peaks import Maximum
from halodot.lab.methods._xrd_profiles import Profile

#: numbers of a reflection: area, centre, logarithm of the width
PER_LINE = 3
_REWEIGHTED = 1  # rounds in which the variance is taken from the fit before: Poisson likelihood to first order
_LEAST_AREA = 1e-6  # of the largest, from which a search can still grow
_EVALUATIONS = 100  # a fit that needs more has lines that the pattern does not have
_NARROW = 1e-3  # limits in standard deviations between which a normal distribution is level
_FAR = 30.0  # standard deviations from which on a limit is none
_WIDTH_FACTOR = 6.0  # by which a width may leave the one it starts from


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern with its noise."""

    two_theta: Array  # [rad]
    signal: Array
    gain: Array  # variance over expected signal: 1 for counts, the attenuation for counts behind an attenuator

    def part(self, low: float, high: float) -> Pattern:
        """Return what lies between two angles [rad]."""
        kept = (self.two_theta >= low) & (self.two_theta <= high)
        return Pattern(self.two_theta[kept], self.signal[kept], self.gain[kept])

    def joined(self, step: float) -> Pattern:
        """Return the pattern with neighbouring points averaged, as many as lie in a step [rad]."""
        if self.two_theta.size < 2:
            return self
        number = int(step / float(np.median(np.diff(self.two_theta))))
        whole = self.two_theta.size // max(number, 1) * number
        if number < 2 or whole < 2 * number:
            return self
        angle, signal, gain = (
            values[:whole].reshape(-1, number).mean(axis=1) for values in (self.two_theta, self.signal, self.gain)
        )
        return Pattern(angle, signal, gain / number)

    def variance(self, expected: Array) -> Array:
        """Return the variance where so much is expected, at least that of one count."""
        found: Array = self.gain * np.maximum(expected, self.gain)
        return found


@dataclass(frozen=True, eq=False)
class Group:
    """Reflections that overlap, fitted with one shape and the background below them."""

    pattern: Pattern
    profiles: tuple[Profile, ...]  # one a reflection
    lines: Radiation
    degree: int  # of the background
    fit: Fitted  # area, centre, log width of each reflection; shape; background
    background: Array  # (point,)

    @property
    def size(self) -> int:
        """Number of reflections."""
        return len(self.profiles)

    @property
    def shape(self) -> float:
        """What the reflections share."""
        return float(self.fit.values[PER_LINE * self.size])

    @property
    def spread(self) -> float:
        """Factor of the standard uncertainties for residuals that are larger than the noise, or correlated."""
        excess = max(self.fit.reduced_chi2, 1.0)
        correlation = min(max(self.fit.residual_correlation, 0.0), 0.9) if excess > 1.0 else 0.0
        by_chance = 2.0 / math.sqrt(max(self.fit.residuals.size, 1))
        if correlation < by_chance:
            correlation = 0.0
        return math.sqrt(excess * (1.0 + correlation) / (1.0 - correlation))

    @property
    def likely(self) -> Fitted:
        """Mean and covariance of the numbers with the spread of the residuals, the shape being within its limits."""
        scaled = replace(self.fit, covariance=self.fit.covariance * self.spread**2)
        return within(scaled, PER_LINE * self.size, self.profiles[0].limits)

    @property
    def cost(self) -> float:
        """Bayesian information criterion."""
        return float(self.fit.residuals @ self.fit.residuals) + self.fit.values.size * math.log(self.fit.residuals.size)


def fitted(
    pattern: Pattern,
    found: Sequence[Maximum],
    profiles: Sequence[Profile],
    lines: Radiation,
    degree: int,
    start: Array | None = None,
) -> Group:
    """Fit reflections of one shape and a polynomial background.

    Args:
        pattern: the part of the pattern.
        found: where the reflections are.
        profiles: shape of each.
        lines: of the source.
        degree: of the background.
        start: numbers of an earlier fit of the same reflections.

    Raises:
        DataError: there are too few points.
    """
    begin, limits = _start(pattern, found, profiles, degree)
    if start is not None:
        begin[: PER_LINE * len(found)] = start[: PER_LINE * len(found)]
        begin = np.clip(begin, limits[0], limits[1])
    polynomial = _polynomial(pattern.two_theta, degree)
    factor = fall(pattern.two_theta)

    last: list[tuple[bytes, tuple[Array, Array]]] = [(b"", (factor, factor))]

    def both(numbers: Array) -> tuple[Array, Array]:
        if last[0][0] != numbers.tobytes():
            last[0] = (numbers.tobytes(), _reflections(pattern, numbers, profiles, lines, factor))
        return last[0][1]

    def model(numbers: Array) -> Array:
        return np.asarray(both(numbers)[0] + polynomial @ numbers[-degree - 1 :])

    def slopes(numbers: Array) -> Array:
        return np.hstack([both(numbers)[1], polynomial])

    expected = running_mean(pattern.signal)
    fit = None
    for _ in range(_REWEIGHTED + 1):
        deviation = np.sqrt(pattern.variance(expected))
        fit = least_squares(model, pattern.signal, deviation, list(begin), limits, True, slopes, _EVALUATIONS)
        begin, expected = fit.values.copy(), fit.model
        areas = begin[: PER_LINE * len(found) : PER_LINE]
        begin[: PER_LINE * len(found) : PER_LINE] = np.maximum(areas, _LEAST_AREA * float(areas.max()))
    assert fit is not None
    background = polynomial @ fit.values[-degree - 1 :]
    return Group(pattern, tuple(profiles), lines, degree, fit, background)


def _start(
    pattern: Pattern, found: Sequence[Maximum], profiles: Sequence[Profile], degree: int
) -> tuple[Array, tuple[list[float], list[float]]]:
    step = float(np.median(np.diff(pattern.two_theta)))
    begin, low, high = [], [], []
    for item in found:
        width = max(item.width, 2.0 * step)
        begin += [max(1.2 * item.height * width, 1e-12), item.place, math.log(width)]
        low += [0.0, item.place - width, math.log(width / _WIDTH_FACTOR)]
        high += [np.inf, item.place + width, math.log(width * _WIDTH_FACTOR)]
    shape = profiles[0]
    begin += [shape.start, float(np.quantile(pattern.signal, 0.1))]
    low += [shape.limits[0], -np.inf]
    high += [shape.limits[1], np.inf]
    begin += [0.0] * degree
    low += [-np.inf] * degree
    high += [np.inf] * degree
    return np.array(begin), (low, high)


def _polynomial(two_theta: Array, degree: int) -> Array:
    low, high = float(two_theta[0]), float(two_theta[-1])
    if not high > low:
        raise DataError("all points of the pattern are at one angle")
    return np.asarray(np.polynomial.legendre.legvander(2.0 * (two_theta - low) / (high - low) - 1.0, degree), float)


def within(fit: Fitted, number: int, limits: tuple[float, float]) -> Fitted:
    """Return mean and covariance of normal numbers of which one lies within limits.

    With the mean m + sigma g and the variance sigma^2 (1 - k) of the one, the others move by c g / sigma and their
    covariance falls by c c^T k / sigma^2, where c is their covariance with it (Tallis, Journal of the Royal Statistical
    Society B 23 (1961) 223).

    Args:
        fit: numbers and covariance without the limits.
        number: which of them has limits.
        limits: lowest and highest value of that number.
    """
    sigma = float(fit.uncertainties[number])
    if not 0.0 < sigma < math.inf:
        return fit
    low, high = (min(max((limit - float(fit.values[number])) / sigma, -_FAR), _FAR) for limit in limits)
    moved, variance = _truncated(low, high)
    other = np.where(np.isfinite(fit.covariance[number]), fit.covariance[number], 0.0) / sigma
    return replace(
        fit,
        values=fit.values + moved * other,
        covariance=fit.covariance - (1.0 - variance) * np.outer(other, other),
    )


def _truncated(low: float, high: float) -> tuple[float, float]:
    """Return mean and variance of a standard normal number between limits of which 0 is not outside."""
    if high - low < _NARROW:
        return 0.5 * (low + high), (high - low) ** 2 / 12.0  # the normal distribution is level there
    within_both = 0.5 * (math.erf(high / math.sqrt(2.0)) - math.erf(low / math.sqrt(2.0)))
    at_low, at_high = (math.exp(-0.5 * item**2) / math.sqrt(2.0 * math.pi) for item in (low, high))
    mean = (at_low - at_high) / within_both
    return mean, 1.0 + (low * at_low - high * at_high) / within_both - mean**2


def running_mean(signal: Array) -> Array:
    """Return the running mean of five points (point,)."""
    reach = min(2, (signal.size - 1) // 2)
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    found: Array = np.convolve(np.pad(signal, reach, mode="edge"), kernel, mode="valid")
    return found


def _reflections(
    pattern: Pattern, numbers: Array, profiles: Sequence[Profile], lines: Radiation, factor: Array
) -> tuple[Array, Array]:
    """Return the sum of the reflections (point,) and its derivatives by their numbers and the shape (point, number)."""
    angle = pattern.two_theta
    size = len(profiles)
    total = np.zeros(angle.size)
    derivatives = np.zeros((angle.size, PER_LINE * size + 1))
    shape = float(numbers[PER_LINE * size])
    for place, profile in enumerate(profiles):
        area, centre, log_width = numbers[PER_LINE * place : PER_LINE * (place + 1)]
        width = math.exp(log_width)
        at_centre = float(fall(np.array([centre]))[0])
        relative = factor / at_centre
        step = 1e-6
        later = float(fall(np.array([centre + step]))[0])
        falling = (later - at_centre) / (step * at_centre)
        sums = [np.zeros(angle.size) for _ in range(4)]
        line_of = profile.line(width, shape)
        for wavelength, share in lines.parts:
            there, moves = beyond(centre, lines.first, wavelength) if wavelength != lines.first else (centre, 1.0)
            line, by_place, by_width, by_shape = line_of(angle - there)
            for sum_, part in zip(sums, (line, -by_place * moves, by_width, by_shape)):
                sum_ += share * part
        line, by_centre, by_width, by_shape = (relative * part for part in sums)
        total += area * line
        derivatives[:, PER_LINE * place] = line
        derivatives[:, PER_LINE * place + 1] = area * (by_centre - falling * line)
        derivatives[:, PER_LINE * place + 2] = area * by_width
        derivatives[:, PER_LINE * size] += area * by_shape
    return total, derivatives


def above_background(group: Group, place: int) -> Array:
    """Return what one reflection adds (point,)."""
    numbers = group.fit.values
    one = np.append(numbers[PER_LINE * place : PER_LINE * (place + 1)], group.shape)
    factor = fall(group.pattern.two_theta)
    return _reflections(group.pattern, one, (group.profiles[place],), group.lines, factor)[0]
