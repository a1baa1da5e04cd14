"""What the current of a device says without its light: ideality factor, leakage, hysteresis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.lab.sweeps import interpolated
from halodot.names import QUANTITIES, Quantity

IDEALITY = Quantity("ideality_factor", "1", "1", "Ideality factor", "n")
LEAKAGE = QUANTITIES["leakage_conductance"]
CURRENT_HYSTERESIS = Quantity("current_hysteresis", "1", "%", "Current of the reverse sweep beyond the forward", "h_J")
LIGHT_HYSTERESIS = Quantity(
    "luminance_hysteresis", "1", "%", "Luminance of the reverse sweep beyond the forward", "h_L"
)
VOLTAGE_HYSTERESIS = Quantity("turn_on_hysteresis", "V", "V", "Turn-on of the reverse sweep minus forward", "dV_on")
#: share of the steepest slope that still belongs to the straight part of a semilogarithmic plot
_STRAIGHT = 0.9
#: points over which a local slope is taken
_LOCAL = 5
#: fall of the current by which a straight part must be longer than its noise
_LEAST_RISE = math.log(3.0)
#: part of the turn-on voltage below which a current is leakage
_BELOW_TURN_ON = 0.5
_FEWEST = 4
#: ideality factor above which no junction or recombination sets the slope
MOST_IDEAL = 5.0


@dataclass(frozen=True)
class Straight:
    """A straight part of ln(current) against voltage."""

    ideality: float
    uncertainty: float
    window: tuple[float, float]  # [V]
    intercept: float  # of ln(J)
    slope: float  # [1/V]
    decades: float  # of current that it covers


def semilogarithmic(
    voltage: Array, current_density: Array, temperature: float, window: tuple[float, float] | None = None
) -> Straight | None:
    """Return the straight part of ln J against V, where n = q/(k T dlnJ/dV); None where there is none.

    The steepest part is taken where no window is given: points about the steepest local slope that have at least
    0.9 of it.

    Args:
        voltage: [V] (point,), rising.
        current_density: [A/m2] (point,).
        temperature: [K].
        window: of voltages [V].
    """
    forward = (voltage > 0.0) & (current_density > 0.0)
    v, logs = voltage[forward], np.log(current_density[forward])
    if v.size < _FEWEST:
        return None
    steepest, chosen = _steepest(v, logs)
    if window is not None:
        chosen = (v >= window[0]) & (v <= window[1])
    if int(np.sum(chosen)) < _FEWEST:
        return None
    x, y = v[chosen], logs[chosen]
    (slope, intercept), spread = _line(x, y)
    rise = slope * float(x[-1] - x[0])
    if slope <= 0.0 or (window is None and rise < _LEAST_RISE):
        return None
    shorter = [_line(x[1:], y[1:])[0][0], _line(x[:-1], y[:-1])[0][0]]
    choice = max(0.5 * (max(*shorter, slope) - min(*shorter, slope)), steepest - slope if window is None else 0.0)
    ideality = ELEMENTARY_CHARGE / (BOLTZMANN * temperature * slope)
    uncertainty = ideality * math.hypot(spread, choice) / slope
    return Straight(ideality, uncertainty, (float(x[0]), float(x[-1])), intercept, slope, rise / math.log(10.0))


def _steepest(v: Array, logs: Array) -> tuple[float, BoolArray]:
    """Return the steepest local slope [1/V], and the points about it that have nearly as steep a one."""
    size = min(_LOCAL, v.size)
    starts = range(v.size - size + 1)
    slopes = np.array([_line(v[start : start + size], logs[start : start + size])[0][0] for start in starts])
    best = int(np.argmax(slopes))
    low, high = best, best
    while low > 0 and slopes[low - 1] > _STRAIGHT * slopes[best]:
        low -= 1
    while high < slopes.size - 1 and slopes[high + 1] > _STRAIGHT * slopes[best]:
        high += 1
    chosen = np.zeros(v.size, bool)
    chosen[low : high + size] = True
    return float(slopes[best]), chosen


def _line(x: Array, y: Array) -> tuple[tuple[float, float], float]:
    """Return slope and intercept of a line, and the standard uncertainty of the slope."""
    away = x - x.mean()
    power = float(away @ away)
    if not power > 0.0:
        return (0.0, float(y.mean())), math.inf
    slope = float(away @ y) / power
    intercept = float(y.mean() - slope * x.mean())
    left = y - intercept - slope * x
    spread = math.sqrt(float(left @ left) / max(x.size - 2, 1) / power)
    return (slope, intercept), spread


def leakage(voltage: Array, current_density: Array, turn_on: float) -> tuple[float, float, int] | None:
    """Return conductance [S/m2] about zero voltage, its standard uncertainty and the number of points.

    Args:
        voltage: [V] (point,), rising.
        current_density: [A/m2] (point,).
        turn_on: voltage at which light begins [V]; points within half of it are taken.
    """
    near = np.abs(voltage) <= _BELOW_TURN_ON * turn_on
    if int(np.sum(near)) < _FEWEST:
        return None
    (slope, _), spread = _line(voltage[near], current_density[near])
    return slope, spread, int(np.sum(near))


def hysteresis(
    forward: tuple[Array, Array], reverse: tuple[Array, Array], above: float = -math.inf
) -> tuple[float, float] | None:
    """Return (reverse - forward)/(mean) of two signals, each summed over the voltages that both have, and its noise.

    Args:
        forward: voltage [V] and signal, (point,).
        reverse: likewise.
        above: voltage from which the signals are compared [V].
    """
    places = np.unique(forward[0])
    places = places[places >= above]
    one, other = interpolated(places, *forward), interpolated(places, *reverse)
    both = np.isfinite(one) & np.isfinite(other)
    if int(np.sum(both)) < _FEWEST:
        return None
    mean = 0.5 * float(np.sum(one[both] + other[both]))
    if not mean > 0.0:
        return None
    difference = other[both] - one[both]
    noise = math.sqrt(float(np.sum(np.diff(difference, 2) ** 2)) / 6.0) if both.sum() > _FEWEST else math.nan
    return float(np.sum(difference)) / mean, noise / mean
