"""Figures of the dots and their film."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.style import (
    GREY,
    NANOMETRE,
    NANOSECOND,
    curve,
    label,
    label_below,
    legend,
    logarithmic,
    panels,
    tagged,
)
from halodot.states import Array, Dots, Film

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

DAY = 86400.0
#: decades of a decay that a counting experiment follows
_DECADES = 3.0


def absorption(dots: Mapping[str, Dots]) -> Figure:
    """Draw absorbance and photoluminescence, one above the other, with the peak of each spectrum marked."""
    figure, (upper, lower) = panels(2, height=44.0)
    handles = []
    for index, item in enumerate(dots.values()):
        wavelength = item.wavelength / NANOMETRE
        handles.append(curve(upper, wavelength, item.absorbance, index))
        curve(lower, wavelength, item.pl, index)
        for axes, peak in ((upper, item.first_exciton), (lower, item.pl_peak)):
            axes.axvline(peak / NANOMETRE, color=handles[-1].get_color(), linewidth=0.6, linestyle=":")
    upper.set_xlim(*visible_range(list(dots.values())))
    upper.set_ylim(0.0, _highest_in_view(upper, handles))
    lower.set_ylim(0.0, 1.08)
    label(upper, vertical="Absorbance (1 at 400 nm)")
    label(lower, vertical="Normalised PL (1)")
    label_below((upper, lower), "Wavelength (nm)")
    legend(figure, handles, [tagged(name, item.pl_peak / NANOMETRE, "PL {:.1f} nm") for name, item in dots.items()])
    return figure


def _highest_in_view(axes: Axes, lines: list[Line2D]) -> float:
    """Return the top of a linear axis that starts at 0 and holds these lines inside its horizontal range."""
    low, high = axes.get_xlim()
    points = np.concatenate([np.asarray(line.get_xydata()) for line in lines])
    inside = points[(points[:, 0] >= low) & (points[:, 0] <= high), 1]
    return 1.08 * float(np.nanmax(inside, initial=1e-6))


def visible_range(dots: list[Dots]) -> tuple[float, float]:
    """Return the wavelengths [nm] between the middle of the visible and the red foot of the last PL band."""
    wavelength = np.concatenate([item.wavelength for item in dots])
    foot = max(item.pl_peak + 2.5 * item.pl_fwhm for item in dots if np.isfinite(item.pl_peak + item.pl_fwhm))
    first = min(item.first_exciton for item in dots if np.isfinite(item.first_exciton))
    low = max(float(np.min(wavelength)), first - 150.0 * NANOMETRE)
    return low / NANOMETRE, min(float(np.max(wavelength)), foot) / NANOMETRE


def trpl(dots: Mapping[str, Dots]) -> Figure:
    """Draw the decay of the photoluminescence after a weak pulse."""
    figure, (axes,) = panels()
    handles = [curve(axes, item.time / NANOSECOND, item.trpl, index) for index, item in enumerate(dots.values())]
    logarithmic(axes, "y")
    axes.set_ylim(10.0**-_DECADES, 1.5)
    axes.set_xlim(0.0, max(time_of_floor(item.time, item.trpl) for item in dots.values()) / NANOSECOND)
    label(axes, "Time (ns)", "PL (1 at time 0)")
    names = [
        tagged(name, item.lifetime / NANOSECOND, f"{{:.2f}} ns ({item.lifetime_average})")
        for name, item in dots.items()
    ]
    legend(figure, handles, names)
    return figure


def time_of_floor(time: Array, decay: Array) -> float:
    """Return the time at which a decay leaves the figure, or its last."""
    below = np.flatnonzero(decay < 10.0**-_DECADES)
    return float(time[below[0]] if below.size else time[-1])


def air(dots: Mapping[str, Dots]) -> Figure:
    """Draw the photoluminescence of the dots in air, relative to the first day."""
    figure, (axes,) = panels()
    handles = [
        curve(axes, item.air_time / DAY, 100.0 * item.pl_in_air, index) for index, item in enumerate(dots.values())
    ]
    axes.set_xlim(left=0.0)
    axes.locator_params(axis="x", integer=True, steps=[1, 2, 5, 10])
    axes.set_ylim(0.0, 108.0)
    label(axes, "Time in air (days)", "PL kept (% of day 0)")
    legend(
        figure,
        handles,
        [tagged(name, 100.0 * item.pl_retained_in_air, "{:.0f} % at day 20") for name, item in dots.items()],
    )
    return figure


def nk(films: Mapping[str, Film]) -> Figure:
    """Draw the refractive index and the extinction coefficient of the film of dots."""
    figure, (upper, lower) = panels(2, height=44.0)
    handles = []
    for index, item in enumerate(films.values()):
        handles.append(curve(upper, item.wavelength / NANOMETRE, item.index, index))
        curve(lower, item.wavelength / NANOMETRE, item.extinction, index)
    lower.set_ylim(bottom=0.0)
    lower.axhline(0.0, color=GREY, linewidth=0.5)
    label(upper, vertical="Refractive index n (1)")
    label(lower, vertical="Extinction coefficient k (1)")
    label_below((upper, lower), "Wavelength (nm)")
    legend(figure, handles, list(films))
    return figure
