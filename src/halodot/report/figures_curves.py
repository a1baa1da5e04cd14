"""Figures of what is measured of a device: current, luminance and efficiencies, each against another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.numerics import monotone_cubic
from halodot.report.style import (
    COLOURS,
    GREY,
    MILLIAMPERE_PER_CM2,
    curve,
    decades,
    label,
    label_below,
    legend,
    logarithmic,
    note,
    panels,
    tagged,
)
from halodot.results.data import Result
from halodot.results.summary import DETECTABLE_LUMINANCE, peak_efficiency
from halodot.states import Array, DeviceSolution, Emission

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURRENT, LUMINANCE = "Current density (mA/cm²)", "Luminance (cd/m²)"
#: luminance [cd/m2] down to which curves are followed
FAINT = 0.01 * DETECTABLE_LUMINANCE
#: power that is the round-off of none
_ROUND_OFF = 1e-6
#: points that are drawn between two bias points
_BETWEEN = 8


def jvl(results: Mapping[str, Result]) -> Figure:
    """Draw current density and, where there is light, luminance against voltage.

    The current is logarithmic and without its sign, but linear where a device in the light delivers power.
    """
    lit = not results or any(_is_lit(result.emission) for result in results.values())
    figure, axes = panels(2, height=46.0) if lit else panels()
    delivering = any(_delivers(result.device_solution) for result in results.values())
    handles, backwards = [], False
    for index, result in enumerate(results.values()):
        device_solution, emission = result.device_solution, result.emission
        if device_solution is None:
            continue
        current = device_solution.current_density / MILLIAMPERE_PER_CM2
        backwards |= bool(np.any(current < 0.0))
        handles.append(curve(axes[0], device_solution.voltage, current if delivering else np.abs(current), index))
        if result.drawn is not None:
            size_of = np.asarray if delivering else np.abs
            _band(axes[0], result.drawn.voltage, size_of(result.drawn.current_density) / MILLIAMPERE_PER_CM2, index)
        if lit and emission is not None:
            curve(axes[1], emission.voltage, emission.luminance, index)
            if result.drawn is not None:
                _band(axes[1], result.drawn.voltage, result.drawn.luminance, index)
    for panel in axes[1:] if delivering else axes:
        decades(panel)
    if delivering:
        axes[0].axhline(0.0, color=GREY, linewidth=0.4)
    size = backwards and not delivering
    label(axes[0], vertical="Size of the current density (mA/cm²)" if size else CURRENT)
    if lit:
        label(axes[1], vertical=LUMINANCE)
        axes[1].set_ylim(bottom=FAINT)
    label_below(axes, "Voltage (V)")
    legend(figure, handles, list(results))
    _note_bands(figure, results)
    return figure


def _band(axes: Axes, abscissa: Array, quantiles: Array, index: int) -> None:
    """Shade where 95 and 68 % of the draws lie, and dot their median; quantiles are (bound, point)."""
    colour = COLOURS[index % len(COLOURS)]
    for low, high, alpha in ((0, 4, 0.12), (1, 3, 0.2)):
        axes.fill_between(abscissa, quantiles[low], quantiles[high], color=colour, alpha=alpha, linewidth=0.0)
    axes.plot(abscissa, quantiles[2], color=colour, linestyle=":", linewidth=0.8)


def _note_bands(figure: Figure, results: Mapping[str, Result]) -> None:
    drawn = [result.drawn for result in results.values() if result.drawn is not None]
    if drawn:
        effective = min(item.ess for item in drawn)
        note(
            figure,
            f"Bands: 68 and 95 % of {effective:.0f} effective draws of all uncertain inputs; dotted: their median",
        )


def _delivers(device_solution: DeviceSolution | None) -> bool:
    """Whether a device gives electrical power at some voltage."""
    power = (
        np.zeros(1)
        if device_solution is None
        else np.nan_to_num(device_solution.current_density * device_solution.voltage)
    )
    return bool(np.min(power) < -_ROUND_OFF * np.max(np.abs(power)))


def _is_lit(emission: Emission | None) -> bool:
    return emission is not None and bool(np.any(emission.luminance > FAINT))


def smooth(current: Array, values: Array) -> Array:
    """Return a curve through the solved bias points that bends between them in place of a kink at each.

    A monotone cubic over the logarithm of the current density: it passes through every point and makes no maximum of
    its own.

    Args:
        current: (voltage,) current density [A/m2].
        values: (voltage,) what is drawn, in any unit.

    Returns:
        (point,) values, every eighth of them that of a bias point; the values alone where the current does not rise.
    """
    if current.size < 3 or np.any(current <= 0.0) or np.any(np.diff(current) <= 0.0):
        return values
    place = np.log(current)
    share = np.arange(_BETWEEN) / _BETWEEN
    fine = np.append((place[:-1, None] + np.diff(place)[:, None] * share).ravel(), place[-1])
    curved = monotone_cubic(fine, place, values)
    curved[::_BETWEEN] = values
    return curved


def followed_points(emission: Emission) -> Array:
    """Return which bias points give light that can be followed, a truth value each; shape (voltage,)."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.isfinite(emission.eqe) & (emission.luminance > FAINT) & (emission.current_density > 0.0))


def _against(
    results: Mapping[str, Result],
    x: Callable[[Emission], Array],
    y: Callable[[Emission], Array],
    names: Callable[[str, Emission], str],
    axes: tuple[str, str],
) -> tuple[Figure, Axes]:
    """Draw one number of the light against another of which the axis is logarithmic."""
    figure, (panel,) = panels()
    handles, entries = [], []
    for index, (name, result) in enumerate(results.items()):
        if result.emission is None:
            continue
        seen = followed_points(result.emission)
        current, across, up = (of(result.emission)[seen] for of in (_current, x, y))
        across, up = np.exp(smooth(current, np.log(across))), smooth(current, up)
        handles.append(curve(panel, across, up, index))
        entries.append(names(name, result.emission))
    logarithmic(panel, "x")
    panel.margins(x=0.02)
    label(panel, *axes)
    if handles:
        legend(figure, handles, entries)
    return figure, panel


def _current(emission: Emission) -> Array:
    return emission.current_density / MILLIAMPERE_PER_CM2


def _with_peak(name: str, emission: Emission) -> str:
    peak = peak_efficiency(emission)
    return name if peak is None else f"{name}: {100.0 * peak.eqe:.1f} %"


def _with_highest(quantity: str, form: str) -> Callable[[str, Emission], str]:
    """Return how an entry gives the highest value at 1 cd/m2 or more."""

    def entry(name: str, emission: Emission) -> str:
        values = np.where(emission.luminance >= DETECTABLE_LUMINANCE, getattr(emission, quantity), np.nan)
        return tagged(name, float(np.nanmax(values)) if np.any(np.isfinite(values)) else np.nan, form)

    return entry


def eqe(results: Mapping[str, Result]) -> Figure:
    """Draw the external quantum efficiency against the current density, as far down as light can be measured."""
    axes = (CURRENT, "External quantum efficiency (%)")
    figure, panel = _against(results, _current, lambda emission: 100.0 * emission.eqe, _with_peak, axes)
    for index, result in enumerate(results.values()):
        if result.drawn is not None and result.drawn.driving_current_density.size:
            driving = result.drawn.driving_current_density / MILLIAMPERE_PER_CM2
            _band(panel, driving, 100.0 * result.drawn.eqe_at_current, index)
    panel.set_ylim(bottom=0.0)
    _note_bands(figure, results)
    return figure


def eqe_luminance(results: Mapping[str, Result]) -> Figure:
    """Draw the external quantum efficiency against the luminance."""
    axes = (LUMINANCE, "External quantum efficiency (%)")
    figure, panel = _against(results, _luminance, lambda emission: 100.0 * emission.eqe, _with_peak, axes)
    panel.set_ylim(bottom=0.0)
    return figure


def _luminance(emission: Emission) -> Array:
    return emission.luminance


def luminance_current(results: Mapping[str, Result]) -> Figure:
    """Draw the luminance against the current density."""
    figure, panel = _against(results, _current, _luminance, lambda name, emission: name, (CURRENT, LUMINANCE))
    decades(panel)
    return figure


def current_efficiency(results: Mapping[str, Result]) -> Figure:
    """Draw the luminance for a current density, in candela per ampere, against the luminance."""
    entry, axes = _with_highest("current_efficiency", "{:.1f} cd/A"), (LUMINANCE, "Current efficiency (cd/A)")
    figure, panel = _against(results, _luminance, lambda emission: emission.current_efficiency, entry, axes)
    panel.set_ylim(bottom=0.0)
    return figure


def power_efficiency(results: Mapping[str, Result]) -> Figure:
    """Draw the luminous flux for the electrical power, in lumen per watt, against the luminance."""
    entry, axes = _with_highest("luminous_efficacy", "{:.1f} lm/W"), (LUMINANCE, "Power efficiency (lm/W)")
    figure, panel = _against(results, _luminance, lambda emission: emission.luminous_efficacy, entry, axes)
    panel.set_ylim(bottom=0.0)
    return figure
