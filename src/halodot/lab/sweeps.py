"""Voltage sweeps of devices as they were recorded, taken apart into forward and reverse, light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array, BoolArray, IntArray
from halodot.lab.signals import quantity_of
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray

#: what a detector of the light may have written, the most telling first
LIGHT = ("luminance", "photocurrent", "signal_voltage")
_CURRENT = ("current_density", "current")
#: points in the dark from which background and noise can be told
_FEWEST_DARK = 5
#: deviations by which a point leaves the dark
_LEAVES = 4.0
#: points and deviations from which a slope in the dark is a drift
_FEWEST_FOR_DRIFT, _DRIFTS = 8, 4.0
#: first points of which each lies above the one before, which is light and no noise
_RISING = 8
#: lag-one differences of white noise have this many times its variance
_DIFFERENCE_VARIANCE = 2.0
#: share of the span by which a voltage goes back before a new direction begins
_TURN = 0.02


@dataclass(frozen=True, eq=False)
class Sweep:
    """One sweep of one device, in SI, in the order of the recording."""

    label: str  # which device and direction, empty where there is only one
    voltage: Array  # [V] (point,)
    current_density: Array | None = None  # [A/m2] (point,)
    current: Array | None = None  # [A] (point,)
    light: Array | None = None  # (point,), of the unit of its quantity
    light_quantity: str = ""
    eqe: Array | None = None  # [1] (point,), as the file states it
    area: float = math.nan  # [m2], as the file states it
    temperature: float = math.nan  # [K]
    irradiance: float = math.nan  # [W/m2] on the device

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are there."""
        there = ("voltage", "current_density", "current", "light", "eqe")
        return tuple(name for name in there if getattr(self, name) is not None)

    def at(self, kept: IntArray | BoolArray) -> Sweep:
        """Return the sweep at some of its points, given by places or as a mask."""
        return replace(self, **{name: getattr(self, name)[kept] for name in self.columns})


def sweeps(data: xarray.Dataset) -> tuple[Sweep, ...]:
    """Return the sweeps of a measurement, each with a voltage and a current or light.

    Args:
        data: as `halodot.read` returns it.

    Returns:
        One for each curve, points without a voltage left out, forward and reverse still together.
    """
    found = [_sweep(one) for one in curves(data)]
    return tuple(item for item in found if item is not None)


def _sweep(one: xarray.Dataset) -> Sweep | None:
    columns: dict[str, Array] = {}
    for item in (*one.coords.values(), *one.data_vars.values()):
        quantity = quantity_of(item)
        if item.ndim == 1 and item.size and np.issubdtype(item.dtype, np.number) and quantity not in columns:
            columns[quantity] = item.values.astype(float)
    voltage = columns.get("voltage")
    light = next((name for name in LIGHT if name in columns), "")
    if voltage is None or not (light or any(name in columns for name in (*_CURRENT, "eqe"))):
        return None
    same = {name: values for name, values in columns.items() if values.size == voltage.size}
    made = Sweep(
        label=str(one.attrs.get("curve", "")),
        voltage=voltage,
        current_density=same.get("current_density"),
        current=same.get("current"),
        light=same.get(light),
        light_quantity=light if light in same else "",
        eqe=same.get("eqe"),
        area=_stated(one, "area"),
        temperature=_stated(one, "temperature"),
        irradiance=_stated(one, "irradiance"),
    )
    return made.at(np.isfinite(voltage))


def _stated(one: xarray.Dataset, name: str) -> float:
    try:
        return float(one.attrs.get(name, math.nan))
    except (TypeError, ValueError):
        return math.nan


def directions(sweep: Sweep) -> tuple[Sweep, ...]:
    """Return the parts of a sweep in which the voltage goes one way, labelled forward (rising) and reverse.

    A sweep in one direction keeps its label. Parts of fewer than four points, such as a first step to the start, are
    left out.

    Args:
        sweep: in the order of the recording.
    """
    ends = _turning_points(sweep.voltage)
    parts = [(start, stop) for start, stop in pairwise(ends) if stop - start >= 3]
    if len(parts) <= 1:
        only = parts[0] if parts else (0, sweep.voltage.size - 1)
        return (rising(sweep.at(np.arange(only[0], only[1] + 1))),)
    found, counted = [], {"forward": 0, "reverse": 0}
    for start, stop in parts:
        way = "forward" if sweep.voltage[stop] > sweep.voltage[start] else "reverse"
        counted[way] += 1
        number = f" {counted[way]}" if counted[way] > 1 else ""
        label = ", ".join(part for part in (sweep.label, way + number) if part)
        found.append(replace(rising(sweep.at(np.arange(start, stop + 1))), label=label))
    return tuple(found)


def _turning_points(voltage: Array) -> list[int]:
    """Return first and last place and those between at which the direction of a sweep changes."""
    if voltage.size < 3:
        return [0, voltage.size - 1]
    back = max(_TURN * float(np.ptp(voltage)), 1.5 * float(np.median(np.abs(np.diff(voltage)))))
    return turning_points(voltage, back)


def turning_points(values: Array, back: float) -> list[int]:
    """Return first and last place of a series and those between from which it goes back by more than ``back``.

    Args:
        values: (point,).
        back: smallest way back that counts, in units of the values.
    """
    ends, way, extreme = [0], 0, 0
    for place in range(1, values.size):
        beyond = values[place] - values[extreme]
        if way == 0:
            way = int(np.sign(beyond)) if abs(beyond) > back else 0
            extreme = place if way else extreme
        elif way * beyond >= 0.0:
            extreme = place
        elif abs(beyond) > back:
            ends.append(extreme)
            way, extreme = -way, place
    return [*ends, values.size - 1]


def rising(sweep: Sweep) -> Sweep:
    """Return a sweep in the order of its voltage, points at one voltage averaged."""
    voltage, place = np.unique(sweep.voltage, return_inverse=True)
    if voltage.size == sweep.voltage.size:
        return sweep.at(np.argsort(sweep.voltage, kind="stable"))
    several = np.bincount(place).astype(float)
    means = {name: np.bincount(place, getattr(sweep, name)) / several for name in sweep.columns}
    return replace(sweep, **means)


@dataclass(frozen=True)
class Dark:
    """What a detector shows without light."""

    background: float  # in the unit of the signal
    noise: float  # standard deviation in the same unit
    points: int  # of the sweep from its low end that are dark
    below: float  # [V], highest voltage of them; nan for none
    drift: float = 0.0  # of the background with the voltage, where it is more than noise [unit of the signal per V]
    middle: float = 0.0  # voltage at which the background is the stated one [V]

    def background_at(self, voltage: Array) -> Array:
        """Return the background at voltages [V], (point,)."""
        return np.asarray(self.background + self.drift * (voltage - self.middle))


def dark_of(voltage: Array, light: Array, below: float | None = None) -> Dark:
    """Return background and noise of a detector, from the points at which a device gives no light yet.

    From the low end of the sweep points are taken as dark until one lies four standard deviations above the others;
    the last fifth of them, in which the light may begin, is left out of background and noise. A slope beyond four of
    its standard deviations is a drift, and the background goes on with it.

    Args:
        voltage: [V] (point,), rising.
        light: signal of the detector (point,).
        below: voltage [V] up to which the device is dark, where it is known.
    """
    count = int(np.sum(voltage <= below)) if below is not None else _dark_points(light)
    if count < (2 if below is not None else _FEWEST_DARK):
        return Dark(0.0, _resolution(light), 0, math.nan)
    kept = light[: max(count - count // 5, 2)]
    noise, resolution = float(np.std(kept, ddof=1)), _resolution(light)
    drift, middle = 0.0, float(np.mean(voltage[: kept.size]))
    if kept.size >= _FEWEST_FOR_DRIFT:
        away = voltage[: kept.size] - middle
        slope = float(away @ kept) / float(away @ away)
        left = kept - kept.mean() - slope * away
        spread = math.sqrt(float(left @ left) / (kept.size - 2))
        if abs(slope) * math.sqrt(float(away @ away)) > _DRIFTS * spread:
            drift, noise = slope, spread
    below = float(voltage[count - 1])
    return Dark(float(np.mean(kept)), max(noise, resolution), count, below, drift, middle)


def _resolution(light: Array) -> float:
    """Return the rounding noise of a signal: its smallest step, evenly distributed."""
    steps = np.diff(np.unique(light))
    steps = steps[steps > 0.0]
    return float(steps.min()) / math.sqrt(12.0) if steps.size else 0.0


def _dark_points(light: Array) -> int:
    count = _FEWEST_DARK
    if light.size <= count:
        return 0
    if np.all(np.diff(light[: max(_RISING, count)]) > 0.0):
        return 0
    first = light[:count]
    limit = 0.02 * float(np.max(light) - np.min(first))
    if np.ptp(first) > limit:
        return 0
    while count < light.size:
        run = light[:count]
        differences = float(np.mean(np.diff(run) ** 2)) / _DIFFERENCE_VARIANCE
        spread = math.sqrt(max(differences, 1e-30)) * math.sqrt(1.0 + 1.0 / count)
        above = light[count] - float(np.mean(run))
        if above > _LEAVES * spread and above > 0.0:
            break
        if light[count] - np.min(first) > limit:
            break
        count += 1
    return count


def interpolated(places: Array, from_places: Array, values: Array) -> Array:
    """Return values at other places, not a number outside of the range."""
    order = np.argsort(from_places, kind="stable")
    return np.interp(places, from_places[order], values[order], left=math.nan, right=math.nan)


def label_of(parts: Sequence[str]) -> str:
    """Return the parts of a label that are not empty, with commas."""
    return ", ".join(part for part in parts if part)
