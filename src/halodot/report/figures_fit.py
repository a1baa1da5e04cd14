"""Figures of a fit: the measured curves with the fitted ones, the residuals, and the profiles of chi squared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from halodot.learn.fit import CurveFit, CurveMisfit, FittedNumber
from halodot.learn.likelihood import ComparedCurve
from halodot.learn.profiles import LEVELS, Profile
from halodot.names import unit_at_the_bench
from halodot.report.style import (
    COLOURS,
    GREY,
    MILLIAMPERE_PER_CM2,
    NANOMETRE,
    NANOSECOND,
    house_style,
    label,
    legend,
    logarithmic,
    panels,
    shown,
)
from halodot.results.data import Result
from halodot.states import Array
from halodot.units import from_si

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: how the axes of each kind of curve are named, and the size in SI of their units
AXES: Mapping[str, tuple[str, float, str, float]] = {
    "J-V": ("Voltage (V)", 1.0, "Current density (mA/cm²)", MILLIAMPERE_PER_CM2),
    "SCLC": ("Voltage (V)", 1.0, "Current density (mA/cm²)", MILLIAMPERE_PER_CM2),
    "L-V": ("Voltage (V)", 1.0, "Luminance (cd/m²)", 1.0),
    "EQE-J": ("Current density (mA/cm²)", MILLIAMPERE_PER_CM2, "EQE (%)", 0.01),
    "EL": ("Wavelength (nm)", NANOMETRE, "Intensity (a.u.)", 1.0),
    "TRPL": ("Time (ns)", NANOSECOND, "Counts", 1.0),
}
_PANEL, _RESIDUAL_PANEL, _PROFILE_PANEL = 50.0, 30.0, 34.0  # mm
#: rise of chi squared up to which a profile is drawn
_HIGHEST_RISE = 6.0
#: places between which its root is straight
_BETWEEN = 101
#: powers of ten up to which a number is written out along an axis
_PLAIN_POWER = 3


def fit_figures(fit: CurveFit) -> dict[str, Figure]:
    """Return every figure of a fit by its name.

    Args:
        fit: the outcome.

    Returns:
        ``curves_DEVICE``, ``residuals`` and ``profiles``.
    """
    with house_style():
        found = {f"curves_{file_name(device.name)}": curves(fit, device.name) for device in fit.devices}
        return found | {"residuals": residuals(fit), "profiles": profiles(fit)}


def file_name(name: str) -> str:
    """Return the name of a device as a file may bear it."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name) or "device"


def curves(fit: CurveFit, device: str) -> Figure:
    """Draw the measured points of a device and the fitted curves, a panel for each curve.

    Args:
        fit: the outcome.
        device: name of the device.
    """
    own = next(item for item in fit.devices if item.name == device)
    figure, axes = panels(len(own.curves), _PANEL, share_x=False)
    for panel, curve in zip(axes, own.curves, strict=True):
        _draw_curve(panel, curve, fit.results[device])
    handles, names = axes[0].get_legend_handles_labels()
    legend(figure, handles, names)
    return figure


class FittedPoints(NamedTuple):
    """A measured curve beside the fitted one, in the units of :data:`AXES`, each (point,)."""

    x: Array
    measured: Array
    low: Array  # ends of 95 % of the errors
    high: Array
    fitted: Array


def fitted_points(curve: ComparedCurve, result: Result) -> FittedPoints:
    """Return the points of a measured curve and what the fit gives there, in the order of the abscissa.

    Args:
        curve: as it was compared.
        result: of the fit.
    """
    _, x_unit, _, y_unit = AXES[curve.curve.kind]
    order = np.argsort(curve.abscissa, kind="stable")
    x = curve.abscissa[order] / x_unit
    compared = curve.as_compared(curve.model(result))[order]
    measured, spread = curve.measured[order], np.sqrt(curve.variance)[order]
    low, high = measured - 1.96 * spread, measured + 1.96 * spread
    if curve.logarithmic:
        compared, measured, low, high = (np.exp(item) for item in (compared, measured, low, high))
    return FittedPoints(x, *(item / y_unit for item in (measured, low, high, compared)))


def _draw_curve(axes: Axes, curve: ComparedCurve, result: Result) -> None:
    horizontal, _, vertical, _ = AXES[curve.curve.kind]
    x, measured, low, high, compared = fitted_points(curve, result)
    axes.fill_between(x, low, high, color=COLOURS[0], alpha=0.2, linewidth=0.0)
    axes.plot(x, measured, "o", markersize=2.0, color=COLOURS[0], label="measured, band: 95 % of its errors")
    axes.plot(x, compared, "-", linewidth=1.0, color=COLOURS[1], label="fitted")
    label(axes, horizontal, vertical)
    if curve.logarithmic or curve.curve.kind == "TRPL":
        logarithmic(axes, "y")
    if curve.curve.kind == "EQE-J" or (curve.curve.kind == "SCLC" and x.min() > 0.0):
        logarithmic(axes, "x")


def residuals(fit: CurveFit) -> Figure:
    """Draw the residuals of every curve in units of their error, in the order of the abscissa.

    Args:
        fit: the outcome.
    """
    figure, axes = panels(len(fit.misfits), _RESIDUAL_PANEL, share_x=False)
    for panel, one in zip(axes, fit.misfits, strict=True):
        _draw_residuals(panel, one, len(fit.devices) > 1)
    axes[-1].set_xlabel("Point, in the order of the abscissa")
    return figure


def _draw_residuals(axes: Axes, one: CurveMisfit, named: bool) -> None:
    places = np.arange(1, one.residuals.size + 1)
    axes.axhspan(-1.96, 1.96, color=GREY, alpha=0.15, linewidth=0.0)
    axes.axhline(0.0, color=GREY, linewidth=0.6)
    axes.vlines(places, 0.0, one.residuals, color=COLOURS[0], linewidth=0.6)
    axes.plot(places, one.residuals, "o", markersize=2.0, color=COLOURS[0])
    what = f"{one.device}, {one.kind}" if named else one.kind
    axes.set_ylabel(f"{shown(what, 18)}\nresidual / standard deviation")
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    runs = f"{one.runs.runs} run{'s' * (one.runs.runs != 1)}"
    axes.set_title(f"{runs}, {one.runs.expected:.1f} expected", loc="right", pad=2.0)


def profiles(fit: CurveFit) -> Figure:
    """Draw how chi squared rises with every number, all others following.

    Args:
        fit: the outcome.
    """
    figure, axes = panels(len(fit.numbers), _PROFILE_PANEL, share_x=False)
    for panel, number, found in zip(axes, fit.numbers, fit.profiles, strict=True):
        _draw_profile(panel, number, found)
    return figure


def _draw_profile(axes: Axes, number: FittedNumber, found: Profile) -> None:
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    unit = bench_unit_of(number)

    def at(places: Array) -> Array:
        values = (number.parameter.value(float(place)) for place in places)
        return np.array([from_si(value, number.unit, unit) for value in values])

    places, roots = np.array(found.coordinates), np.array(found.roots)
    between = np.linspace(places[0], places[-1], _BETWEEN)
    shown_values = at(places)
    far = shown_values.min() > 0.0 and shown_values.max() > 4.0 * shown_values.min()
    power = math.floor(math.log10(np.max(np.abs(shown_values)) or 1.0))
    scale = 10.0**power if not far and abs(power) > _PLAIN_POWER else 1.0  # beside the unit, where nothing covers it
    shown_values = shown_values / scale
    axes.plot(at(between) / scale, np.interp(between, places, roots) ** 2, "-", linewidth=0.9, color=COLOURS[0])
    axes.plot(shown_values, roots**2, "o", markersize=2.0, color=COLOURS[0])
    for level in LEVELS:
        axes.axhline(level**2, color=GREY, linewidth=0.6, linestyle=(0, (4, 2)))
    axes.set_ylim(0.0, _HIGHEST_RISE)
    axes.set_ylabel("rise of χ²")
    behind = f"{'' if scale == 1.0 else f'1e{power} '}{'' if unit == '1' else unit}".strip()
    axes.set_xlabel(shown(f"{number.name} ({behind})" if behind else number.name, 60))
    if far:
        logarithmic(axes, "x")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(ScalarFormatter(useOffset=False))


def bench_unit_of(number: FittedNumber) -> str:
    """Return the unit in which a laboratory writes a fitted number."""
    if number.unit == "1":
        return "1"
    paths = [path for own in number.parameter.inputs.values() for path in own]
    return unit_at_the_bench(paths[0], number.unit)
