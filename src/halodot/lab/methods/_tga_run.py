"""A thermogravimetric run as mass relative to its start, along temperature or time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import noise_of
from halodot.lab.signals import quantity_of

if TYPE_CHECKING:
    import xarray

FEWEST_POINTS = 20
#: points that are kept; more are averaged in groups, which loses nothing that a balance resolves
_MOST_POINTS = 1500
#: rise of the temperature by which heating has begun [K]
_BEGUN = 2.0
#: share of the sample below which a mass at the start is a change and not the whole
_CHANGE = 0.2
#: points of which means are taken to see the wander of a balance, and how far they scatter by chance
_BLOCKS, _BEYOND_CHANCE = (4, 8, 16), 1.5
#: difference of the rate of heating and of the highest temperature [K] within which a blank run is that of a run
_SAME_RATE, _SAME_END = 0.1, 20.0
_TAKEN_OFF = "the change of mass of a blank run is taken off"
#: relative noise of the digits of a file that shows none
_LEAST_NOISE = 1e-6


@dataclass(frozen=True, eq=False)
class Run:
    """One run from the start of heating on."""

    place: Array  # temperature [K] or time [s], evenly spaced
    temperature: Array  # [K], nan where the file has none
    mass: Array  # relative to the start of heating
    sd: float  # standard deviation of the mass
    wander: tuple[float, ...]  # by how much means of `_BLOCKS` points scatter more than those of white noise
    along: str  # "temperature" or "time"
    notes: tuple[str, ...] = ()

    @property
    def corrected(self) -> bool:
        """Whether a blank run is taken off."""
        return _TAKEN_OFF in self.notes

    @property
    def step(self) -> float:
        """Distance of two points [K or s]."""
        return float(self.place[1] - self.place[0])

    def sd_of_mean(self, points: int) -> float:
        """Return the standard deviation of the mean of neighbouring points: that of white noise and of wander."""
        return self.sd * self.beyond_white(points) / math.sqrt(max(points, 1))

    def beyond_white(self, points: int) -> float:
        """Return by how much the mean of so many points scatters beyond white noise."""
        return float(np.interp(math.log(max(points, 1)), np.log((1, *_BLOCKS)), (1.0, *self.wander)))


@dataclass(frozen=True, eq=False)
class _Raw:
    place: Array
    temperature: Array
    mass: Array  # [kg] or relative
    along: str
    absolute: bool  # in kg
    rate: float = 0.0  # of heating [K/s], 0 where it is not known


def read_run(data: xarray.Dataset, sample_mass: float | None, blank: xarray.Dataset | None) -> Run:
    """Return a run.

    Args:
        data: mass or mass fraction along temperature or time.
        sample_mass: mass at the start, where the file holds changes [kg].
        blank: run without a sample, whose change of mass is taken off.

    Raises:
        DataError: there is no mass, or it is a change of an unknown mass.
    """
    name = str(data.attrs.get("file", "the measurement"))
    raw, notes = _raw(data, name), []
    mass = raw.mass
    stated = sample_mass or _number(data.attrs.get("sample_mass"))
    if raw.absolute:
        first = float(np.median(mass[: max(mass.size // 100, 3)]))
        if stated and abs(first) < _CHANGE * stated:
            mass = mass + stated
            notes.append(f"the masses are changes of a sample of {stated * 1e6:.4g} mg")
        elif not first > 0.0 or (not stated and first < 0.5 * float(np.max(np.abs(mass)))):
            raise DataError(f"{name}: the masses are changes of a sample of unknown mass; give sample_mass: 5 mg")
    if blank is not None:
        other = _raw(blank, str(blank.attrs.get("file", "the blank")))
        unlike = _unlike(data, blank, raw, other)
        if unlike:
            notes.append(f"the blank run {blank.attrs.get('file', '')} is not taken off: {unlike}")
        else:
            mass = mass - _blank_change(raw, other, stated)
            notes.append(_TAKEN_OFF)
    place, temperature, mass = _averaged(raw.place, raw.temperature, mass)
    begin = _heating_begins(temperature)
    if begin:
        notes.append("masses are relative to the start of heating, after what came before")
    place, temperature, mass = place[begin:], temperature[begin:], mass[begin:]
    if place.size < FEWEST_POINTS:
        raise DataError(f"{name}: {place.size} points from the start of heating on; {FEWEST_POINTS} are needed")
    even = np.linspace(place[0], place[-1], place.size)
    temperature, mass = np.interp(even, place, temperature), np.interp(even, place, mass)
    start = _start(mass)
    if not start > 0.0:
        raise DataError(f"{name}: the mass at the start is {start:g}; it must be positive")
    mass = mass / start
    sd = max(noise_of(mass), _LEAST_NOISE)
    return Run(even, temperature, mass, sd, _wander(mass, sd), raw.along, tuple(notes))


def _wander(mass: Array, sd: float) -> tuple[float, ...]:
    """Return how far means of neighbours scatter beyond white noise, never less for more points; 1 within chance."""
    found = [1.0]
    for together in _BLOCKS:
        size = mass.size // together * together
        means = mass[:size].reshape(-1, together).mean(axis=1)
        enough = means.size >= FEWEST_POINTS
        found.append(max(noise_of(means) * math.sqrt(together) / sd if enough else 1.0, found[-1]))
    return tuple(found[1:]) if found[-1] > _BEYOND_CHANCE else (1.0,) * len(_BLOCKS)


def _start(mass: Array) -> float:
    """Return the mass at the first point from a line through the first few."""
    few = max(mass.size // 50, 5)
    x = np.arange(few)
    slope, start = np.polyfit(x, mass[:few], 1)
    noise = float(np.std(mass[:few] - start - slope * x)) * math.sqrt(12.0 / few**3)
    return float(start) if abs(slope) > 3.0 * noise else float(np.mean(mass[:few]))


def _number(text: object) -> float | None:
    try:
        found = float(str(text))
    except ValueError:
        return None
    return found if math.isfinite(found) and found > 0.0 else None


def has_mass(data: xarray.Dataset) -> bool:
    """Whether there is a mass along temperature or time."""
    return _mass_of(data) is not None


def _mass_of(data: xarray.Dataset) -> xarray.DataArray | None:
    for wanted in ("mass_fraction", "mass"):
        for item in data.data_vars.values():
            if (
                item.ndim == 1
                and quantity_of(item) == wanted
                and quantity_of(data[item.dims[0]])
                in (
                    "temperature",
                    "time",
                )
            ):
                return item
    return None


def _raw(data: xarray.Dataset, name: str) -> _Raw:
    item = _mass_of(data)
    if item is None:
        there = ", ".join(map(str, data.data_vars)) or "nothing"
        raise DataError(f"{name}: no mass or mass fraction along temperature or time; there are {there}")
    axis = data[item.dims[0]]
    place, mass = np.asarray(axis.values, float), np.asarray(item.values, float)
    along = quantity_of(axis)
    if along == "temperature":
        temperature = place
    else:
        temperature = np.full(place.size, math.nan)
        named = [one for one in data.data_vars.values() if one.dims == item.dims and quantity_of(one) == "temperature"]
        for one in sorted(named, key=lambda one: one.name != "temperature")[:1]:
            temperature = np.asarray(one.values, float)
    kept = np.isfinite(place) & np.isfinite(mass) & (np.isfinite(temperature) | (along == "time"))
    place, temperature, mass = place[kept], temperature[kept], mass[kept]
    if place.size < FEWEST_POINTS:
        raise DataError(f"{name}: {place.size} points; {FEWEST_POINTS} are needed")
    order = np.argsort(place, kind="stable")
    place, temperature, mass = place[order], temperature[order], mass[order]
    place, first = np.unique(place, return_index=True)
    if place.size < FEWEST_POINTS:
        raise DataError(f"{name}: {place.size} different points of {along}; {FEWEST_POINTS} are needed")
    temperature, mass = temperature[first], mass[first]
    rate = _heating_rate(place, temperature) if along == "time" else 0.0
    if along == "time" and _rises_throughout(temperature):
        # one heating ramp: along the temperature the numbers of a ramp mean the same at every heating rate
        place, first = np.unique(np.maximum.accumulate(temperature), return_index=True)
        return _Raw(place, place, mass[first], "temperature", quantity_of(item) == "mass", rate)
    return _Raw(place, temperature, mass, along, quantity_of(item) == "mass", rate)


def _heating_rate(time: Array, temperature: Array) -> float:
    """Return the median rate of heating where it is heated [K/s], 0 where it is not known."""
    if not np.all(np.isfinite(temperature)):
        return 0.0
    places = np.linspace(time[0], time[-1], 101)
    rates = np.diff(np.interp(places, time, temperature)) / np.diff(places)
    heated = rates[rates > 0.2 * max(float(np.max(rates)), 0.0)]
    return float(np.median(heated)) if heated.size else 0.0


def _rises_throughout(temperature: Array) -> bool:
    """Whether a run is one heating ramp: no fall and no stop longer than a twentieth of it."""
    if not np.all(np.isfinite(temperature)) or temperature[-1] - temperature[0] < 10.0 * _BEGUN:
        return False
    fallen = float(np.max(np.maximum.accumulate(temperature) - temperature))
    parts = np.array_split(temperature, 20)
    return fallen < _BEGUN and all(part[-1] - part[0] > 0.25 * _BEGUN for part in parts if part.size > 1)


def _unlike(data: xarray.Dataset, blank: xarray.Dataset, raw: _Raw, other: _Raw) -> str:
    """Return why a blank run is not that of a run: another balance or another programme; empty where it may be."""
    for key, what in (("instrument", "instrument"), ("reader", "format")):
        ours, theirs = str(data.attrs.get(key, "")), str(blank.attrs.get(key, ""))
        if ours and theirs and ours != theirs:
            return f"its {what} is {theirs}, not {ours}"
    if raw.rate and other.rate and abs(other.rate / raw.rate - 1.0) > _SAME_RATE:
        return f"it was heated at {other.rate * 60.0:.3g} K/min, not {raw.rate * 60.0:.3g}"
    reach = [
        np.nanmax(item.temperature) if np.any(np.isfinite(item.temperature)) else math.nan for item in (raw, other)
    ]
    if reach[1] < reach[0] - _SAME_END:
        return f"it ends at {reach[1] - 273.15:.0f} degC, the run at {reach[0] - 273.15:.0f}"
    return ""


def _blank_change(raw: _Raw, blank: _Raw, sample_mass: float | None) -> Array:
    """Return the change of mass of a blank run at the places of a run, in the unit of the run."""
    change = blank.mass - blank.mass[0]
    if raw.absolute != blank.absolute:
        if not raw.absolute and not sample_mass:
            raise DataError("the blank run is in mg and the run in %; give sample_mass: 5 mg")
        change = change / sample_mass if blank.absolute and sample_mass else change
        if raw.absolute:
            raise DataError("the blank run is in % of an empty crucible; its masses in mg are needed")
    if raw.along == blank.along == "time" and np.ptp(blank.place) > 0.9 * np.ptp(raw.place):
        return np.asarray(np.interp(raw.place, blank.place, change))
    order = np.argsort(blank.temperature, kind="stable")
    return np.asarray(np.interp(raw.temperature, blank.temperature[order], change[order]))


def _averaged(*columns: Array) -> tuple[Array, ...]:
    """Average neighbouring points in groups where there are more than are kept."""
    together = -(-columns[0].size // _MOST_POINTS)
    if together == 1:
        return columns
    size = columns[0].size // together * together
    return tuple(column[:size].reshape(-1, together).mean(axis=1) for column in columns)


def _heating_begins(temperature: Array) -> int:
    """Return the point where heating begins; the first where the temperature is not known or always rises."""
    if not np.all(np.isfinite(temperature)):
        return 0
    beyond = np.flatnonzero(temperature > temperature[0] + _BEGUN)
    if not beyond.size:
        return 0
    still = np.flatnonzero(temperature[: beyond[0]] <= temperature[0] + 0.25 * _BEGUN)
    begin = int(still[-1]) if still.size else 0
    return begin if begin > 0.02 * temperature.size else 0
