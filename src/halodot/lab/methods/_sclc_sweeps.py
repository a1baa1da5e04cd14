"""Sweeps of a single-carrier device: branches of rising and falling voltage, noise, local slope."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.signals import quantity_of
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

#: fewest points of a branch that can be a sweep
FEWEST_POINTS = 8
#: median absolute deviation of a normal distribution in standard deviations
_MAD = 0.6744898
#: half width of the window of a local slope in decades of voltage, and its fewest points
_HALF_DECADE, _SLOPE_POINTS = 0.12, 7
#: current below this many times its noise is left out
_ABOVE_NOISE = 5.0
#: relative noise of a source-meter that no scatter shows: its gain steps
_LEAST_NOISE = 1e-3


@dataclass(frozen=True, eq=False)
class Branch:
    """Current of one direction and one polarity, the voltage rising, both positive."""

    voltage: Array  # [V]
    current: Array  # [A/m2]
    sd: Array  # standard deviation of ln J
    direction: str  # "forward", away from 0 V, or "backward"
    polarity: str  # "positive" or "negative"
    label: str = ""
    lost: int = 0  # points within the noise
    share: float = 1.0  # of the highest voltage that lies across the film


@dataclass(frozen=True, eq=False)
class Slope:
    """Local slope d ln J / d ln V."""

    voltage: Array
    value: Array
    sd: Array


def branches(data: xarray.Dataset, column: str, area: float | None) -> tuple[Branch, ...]:
    """Return every branch of every curve of a measurement.

    Args:
        data: current or current density against voltage.
        column: name of the variable; empty for the first that is a current density, or else a current.
        area: of the device [m2], for a current.

    Raises:
        DataError: there is no current against voltage, or a current without an area.
    """
    found: list[Branch] = []
    for one in curves(data):
        item = _current(one, column)
        if item is None:
            continue
        voltage = np.asarray(one[item.dims[0]].values, float)
        current = np.asarray(item.values, float)
        if quantity_of(item) == "current":
            size = area or one.attrs.get("area")
            if not size:
                raise DataError(
                    f"{data.attrs.get('file', 'the measurement')} holds a current; its density needs area: 4 mm2"
                )
            current = current / float(size)
        label = str(one.attrs.get("curve", ""))
        stated = str(one.attrs.get("scan_direction", ""))
        found += _of_curve(voltage, current, label, stated)
    if not found:
        there = ", ".join(map(str, data.data_vars)) or "nothing"
        wanted = f"column {column!r}" if column else "current density against voltage"
        raise DataError(
            f"{data.attrs.get('file', 'the measurement')}: no sweep of at least {FEWEST_POINTS} points of {wanted} "
            f"above the noise; there are {there}"
        )
    return tuple(found)


def across_film(branch: Branch, built_in: float, resistance: float) -> Branch:
    """Return a sweep with the voltage across the film.

    Args:
        branch: as it was measured.
        built_in: difference of the work functions of the contacts [V].
        resistance: in series [ohm m2].

    Raises:
        DataError: no voltage is left.
    """
    voltage = branch.voltage - built_in - resistance * branch.current
    order = np.argsort(voltage, kind="stable")
    order = order[voltage[order] > 0.0]
    if order.size < FEWEST_POINTS:
        raise DataError(
            f"built_in_voltage {built_in:g} V and series_resistance {resistance * 1e4:g} ohm cm2 leave no voltage "
            "across the film; choose smaller ones"
        )
    share = float(voltage[-1] / branch.voltage[-1])
    return replace(
        branch, voltage=voltage[order], current=branch.current[order], sd=branch.sd[order], share=max(share, 0.0)
    )


def has_current(data: xarray.Dataset) -> bool:
    """Whether there is a current or its density against voltage."""
    return any(_current(one, "") is not None for one in curves(data))


def _current(one: xarray.Dataset, column: str) -> xarray.DataArray | None:
    items = [
        item
        for item in one.data_vars.values()
        if item.ndim == 1 and quantity_of(one[item.dims[0]]) == "voltage" and (not column or item.name == column)
    ]
    for wanted in ("current_density", "current"):
        for item in items:
            if quantity_of(item) == wanted:
                return item
    return None


def _of_curve(voltage: Array, current: Array, label: str, stated: str) -> list[Branch]:
    """Cut a curve where the voltage turns and where it passes zero."""
    kept = np.isfinite(voltage) & np.isfinite(current)
    voltage, current = voltage[kept], current[kept]
    found = []
    for part in _monotone(voltage):
        for sign, polarity in ((1.0, "positive"), (-1.0, "negative")):
            v, j = sign * voltage[part], sign * current[part]
            side = v > 0.0
            if np.count_nonzero(side) < FEWEST_POINTS:
                continue
            v, j = v[side], j[side]
            away = bool(v[-1] > v[0])
            if stated.startswith(("rev", "back", "down")):
                away = False
            order = np.argsort(v, kind="stable")
            made = _branch(v[order], j[order], "forward" if away else "backward", polarity, label)
            if made is not None:
                found.append(made)
    return found


def _monotone(voltage: Array) -> list[slice]:
    """Return the stretches in which the voltage rises or falls; steps back smaller than half a step are read noise."""
    steps = np.diff(voltage)
    moving = np.abs(steps) > 0.5 * float(np.median(np.abs(steps))) if steps.size else np.zeros(0, bool)
    if not np.any(moving):
        moving = steps != 0.0
    found, first, end, last = [], 0, 0, 0.0
    for place in np.flatnonzero(moving):
        sign = math.copysign(1.0, steps[place])
        if last and sign != last:
            found.append(slice(first, end + 1))
            first = int(place)
        last, end = sign, int(place) + 1
    found.append(slice(first, voltage.size))
    return found


def _branch(v: Array, j: Array, direction: str, polarity: str, label: str) -> Branch | None:
    relative, floor = noise(v, j)
    seen = j > _ABOVE_NOISE * floor
    below = np.flatnonzero(~seen)
    first = int(below[-1]) + 1 if below.size and below[-1] < 0.7 * v.size else 0
    use = np.arange(v.size) >= first
    use &= seen
    if np.count_nonzero(use) < FEWEST_POINTS:
        return None
    sd = np.hypot(max(relative, _LEAST_NOISE), floor / j[use])
    return Branch(v[use], j[use], sd, direction, polarity, label, int(np.count_nonzero(~use)))


def noise(v: Array, j: Array) -> tuple[float, float]:
    """Return the noise of a current: its share of the current [1], and what is left at no current [A/m2].

    Both are read from how far each point lies from a line through its neighbours in ln J against ln V: the share where
    the current is strong, the rest where it is weak.

    Args:
        v: [V] (point,), rising, more than 0.
        j: [A/m2] (point,).
    """
    positive = j > 0.0
    if np.count_nonzero(positive) < FEWEST_POINTS:
        return 0.0, float(np.max(np.abs(j), initial=0.0))
    x, y, size = np.log(v[positive]), np.log(j[positive]), j[positive]
    x, first = np.unique(x, return_index=True)
    y, size = y[first], size[first]
    if x.size < FEWEST_POINTS:
        return 0.0, 0.0
    # third differences in ln J let a bent curve pass; the divided form allows any steps of voltage
    weights = _difference_weights(x)
    away = np.abs(np.einsum("pk,pk->p", weights, np.stack([y[i : y.size - 3 + i] for i in range(4)], axis=1)))
    level = np.exp(0.25 * sum(np.log(size[i : size.size - 3 + i]) for i in range(4)))
    strong = level >= np.median(level)
    relative = float(np.median(away[strong])) / _MAD
    weak = np.sort(level)[: max(level.size // 4, 4)][-1]
    left = float(np.median((away * level)[level <= weak])) / _MAD
    floor = math.sqrt(max(left**2 - (relative * float(np.median(level[level <= weak]))) ** 2, 0.0))
    negative = np.abs(j[j <= 0.0])
    return relative, max(floor, float(np.max(negative, initial=0.0)) / 3.0)


def _difference_weights(x: Array) -> Array:
    """Weights of third divided differences, scaled to one standard deviation of white noise: (point, 4)."""
    near = np.stack([x[i : x.size - 3 + i] for i in range(4)], axis=1)
    apart = near[:, :, None] - near[:, None, :]
    apart[:, range(4), range(4)] = 1.0
    found = 1.0 / np.prod(apart, axis=2)
    return np.asarray(found / np.sqrt(np.sum(found**2, axis=1))[:, None])


def local_slope(branch: Branch) -> Slope:
    """Return d ln J / d ln V from lines through the neighbours of each point.

    Args:
        branch: of a sweep.
    """
    x, y = np.log(branch.voltage), np.log(branch.current)
    half = _HALF_DECADE * math.log(10.0)
    value, sd = np.empty(x.size), np.empty(x.size)
    for place in range(x.size):
        near = np.abs(x - x[place]) <= half
        if np.count_nonzero(near) < _SLOPE_POINTS:
            first = min(max(place - _SLOPE_POINTS // 2, 0), max(x.size - _SLOPE_POINTS, 0))
            near = np.zeros(x.size, bool)
            near[first : first + _SLOPE_POINTS] = True
        weight = 1.0 / branch.sd[near] ** 2
        centre = np.average(x[near], weights=weight)
        spread = float(np.sum(weight * (x[near] - centre) ** 2))
        if not spread > 0.0:
            value[place], sd[place] = math.nan, math.inf
            continue
        value[place] = float(np.sum(weight * (x[near] - centre) * y[near])) / spread
        sd[place] = 1.0 / math.sqrt(spread)
    kept = np.isfinite(value)
    return Slope(branch.voltage[kept], value[kept], sd[kept])
