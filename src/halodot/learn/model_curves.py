"""What a result says of the curves that a laboratory measures, at the abscissae of the measurement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError
from halodot.measure import trpl
from halodot.results.data import Result
from halodot.results.summary import peak_point
from halodot.states import DeviceSolution, Emission

#: voltages closer than this (V) are the same bias point
SAME_VOLTAGE = 1e-9
#: channels of a simulated decay per measured point, so that interpolation adds no error beside counting noise
_FINE_CHANNELS = 4096


class CurveKind(NamedTuple):
    """One kind of measured curve: its axes, and what a result says of it."""

    abscissa: str  # quantity of `halodot.headings`
    abscissa_unit: str  # SI
    value: str  # quantity of `halodot.headings`
    value_unit: str  # SI; 1 for a scale of its own
    model: Callable[[Result, Array, float], Array]  # result, abscissae (point,), bias [V] -> values (point,)
    scaled: bool = False  # in arbitrary units: the amplitude says nothing
    on_background: bool = False  # upon a constant background that says nothing


def of_voltage(solved: Array, values: Array, voltage: Array) -> Array:
    """Return a curve at other voltages: as solved where a bias point is there, else between its neighbours.

    Between bias points the logarithm is interpolated by monotone cubics where all values are positive, else the value.

    Args:
        solved: voltages of the bias points [V], (voltage,), in any order.
        values: [any unit], (voltage,); nan where a point was not solved.
        voltage: where the curve is wanted [V], (point,).

    Returns:
        The values [any unit], (point,); nan beyond the sweep and at bias points that were not solved.
    """
    order = np.argsort(solved, kind="stable")
    grid, known = solved[order], values[order]
    after = np.clip(np.searchsorted(grid, voltage), 1, max(grid.size - 1, 1)) if grid.size > 1 else np.zeros(1, int)
    nearest = np.where(np.abs(grid[after - 1] - voltage) < np.abs(grid[after] - voltage), after - 1, after)
    there = np.abs(grid[nearest] - voltage) < SAME_VOLTAGE
    found = np.where(there, known[nearest], np.nan)
    if np.all(there):
        return np.asarray(found)
    finite = np.isfinite(known)
    between = ~there & (voltage > grid[0]) & (voltage < grid[-1])
    if np.sum(finite) > 1:
        found[between] = _between(grid[finite], known[finite], voltage[between])
    return np.asarray(found)


def _between(x: Array, y: Array, at: Array) -> Array:
    """Return monotone cubics through points, of the logarithm where all are positive; nan beyond them."""
    from scipy.interpolate import PchipInterpolator

    positive = bool(np.all(y > 0.0))
    found = PchipInterpolator(x, np.log(y) if positive else y, extrapolate=False)(at)
    return np.asarray(np.exp(found) if positive else found)


def current_density(result: Result, voltage: Array, bias: float) -> Array:
    """Return the current density [A/m2] at voltages [V], (point,)."""
    solution = _device(result)
    return of_voltage(solution.voltage, solution.current_density, voltage)


def magnitude(result: Result, voltage: Array, bias: float) -> Array:
    """Return the magnitude of the current density [A/m2] at voltages [V], (point,)."""
    return np.abs(current_density(result, voltage, bias))


def luminance(result: Result, voltage: Array, bias: float) -> Array:
    """Return the luminance [cd/m2] at voltages [V], (point,)."""
    emission = _light(result)
    return of_voltage(emission.voltage, emission.luminance, voltage)


def efficiency(result: Result, current: Array, bias: float) -> Array:
    """Return the EQE [1] at current densities [A/m2], (point,), over their logarithm; at its ends beyond the sweep."""
    emission = _light(result)
    with np.errstate(invalid="ignore"):
        lit = np.flatnonzero((emission.current_density > 0.0) & (emission.eqe > 0.0))
    order = lit[np.argsort(emission.current_density[lit], kind="stable")]
    level = np.log(emission.current_density[order])
    rising = np.concatenate(([True], np.diff(level) > 0.0)) if level.size else np.zeros(0, bool)
    level, eqe = level[rising], emission.eqe[order][rising]
    if level.size < 2:
        return np.full(current.shape, np.nan)
    asked = np.clip(np.log(current), level[0], level[-1])
    return _between(level, eqe, asked)


def spectrum(result: Result, wavelength: Array, bias: float) -> Array:
    """Return photons per wavelength [1/m2/s/m] at wavelengths [m], (point,), at a bias [V] or the highest EQE."""
    emission = _light(result)
    point = peak_point(emission) if np.isnan(bias) else int(np.nanargmin(np.abs(emission.voltage - bias)))
    if point is None:
        return np.full(wavelength.shape, np.nan)
    return np.asarray(np.interp(wavelength, emission.wavelength, emission.el[point], left=0.0, right=0.0))


def decay(result: Result, time: Array, bias: float) -> Array:
    """Return the photoluminescence [1] at times after the pulse [s], (point,), 1 at the pulse."""
    if result.dots is None:
        raise InputError("a decay of the photoluminescence needs dots; state a recipe, or give the dots")
    record = trpl(result.dots, response_width=0.0, dark_counts=0.0, peak_counts=1.0, channels=_FINE_CHANNELS)
    after = record.x - float(record.meta["pulse"])
    with np.errstate(divide="ignore"):
        level = np.log(np.maximum(record.y, 1e-300))
    late = np.flatnonzero(after > 0.0)
    first, second = late[:2]
    start = level[first] - after[first] * (level[second] - level[first]) / (after[second] - after[first])
    grid, logarithm = np.concatenate(([0.0], after[late])), np.concatenate(([start], level[late]))
    return np.asarray(np.exp(np.interp(time, grid, logarithm, right=-np.inf)))


def _device(result: Result) -> DeviceSolution:
    if result.device_solution is None:
        raise InputError("a measured curve of current needs a device; the study has none, or stops before it")
    return result.device_solution


def _light(result: Result) -> Emission:
    if result.emission is None:
        raise InputError("a measured curve of light needs a device that emits; the study states no light")
    return result.emission


#: every kind of measured curve
KINDS: Mapping[str, CurveKind] = {
    "J-V": CurveKind("voltage", "V", "current_density", "A/m2", current_density),
    "L-V": CurveKind("voltage", "V", "luminance", "cd/m2", luminance),
    "EQE-J": CurveKind("current_density", "A/m2", "eqe", "1", efficiency),
    "EL": CurveKind("wavelength", "m", "intensity", "1", spectrum, scaled=True),
    "TRPL": CurveKind("time", "s", "intensity", "1", decay, scaled=True, on_background=True),
    "SCLC": CurveKind("voltage", "V", "current_density", "A/m2", magnitude),
}
