"""Figures of the light: its spectrum, its colour, where the photons go, and how it fades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.report.style import (
    COLOURS,
    GREY,
    HATCHES,
    HOUR,
    NANOMETRE,
    curve,
    label,
    legend,
    logarithmic,
    panels,
    shown,
)
from halodot.report.svg import FIXED_BLACK, FIXED_WHITE
from halodot.results.balances import photon_budget
from halodot.results.summary import peak_point
from halodot.states import Ageing, Array, Emission

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from halodot.learn.thickness import BestThickness

#: half-lives that differ by more than this need a logarithmic axis
_WIDE = 5.0


def peak_of(emission: Emission | None) -> int | None:
    """Return the bias point of highest EQE, or None where there is no light to measure."""
    return None if emission is None else peak_point(emission)


def el(emissions: Mapping[str, Emission]) -> Figure:
    """Draw the electroluminescence spectrum at the highest EQE, scaled to a maximum of 1."""
    figure, (axes,) = panels()
    handles, names, edges = [], [], []
    for index, (name, item) in enumerate(emissions.items()):
        point = peak_point(item)
        if point is None:
            continue
        handles.append(curve(axes, item.wavelength / NANOMETRE, item.el[point] / np.max(item.el[point]), index))
        peak, width = item.el_peak[point] / NANOMETRE, item.el_fwhm[point] / NANOMETRE
        names.append(f"{name}: {peak:.1f} nm, FWHM {width:.1f} nm")
        edges += [peak - 2.5 * width, peak + 2.5 * width]
    if edges and np.all(np.isfinite(edges)):
        axes.set_xlim(min(edges), max(edges))
    axes.set_ylim(0.0, 1.08)
    label(axes, "Wavelength (nm)", "Normalised EL (1)")
    legend(figure, handles, names)
    return figure


def photons(emissions: Mapping[str, Emission]) -> Figure:
    """Draw what becomes of an exciton at the highest EQE, one bar a device."""
    budgets = {name: photon_budget(item) for name, item in emissions.items()}
    channels = list(dict.fromkeys(channel for budget in budgets.values() for channel in budget))
    figure, (axes,) = panels(height=20.0 + 11.0 * len(budgets))
    left = np.zeros(len(budgets))
    places = np.arange(len(budgets), dtype=np.float64)[::-1]
    handles = []
    for index, channel in enumerate(channels):
        shares = 100.0 * np.array([budget.get(channel, 0.0) for budget in budgets.values()])
        colour, hatch = COLOURS[index % len(COLOURS)], HATCHES[(index % 2) + 2 * (index // len(COLOURS))]
        bars = axes.barh(places, shares, left=left, height=0.62, color=colour, hatch=hatch, edgecolor="white", lw=0.5)
        handles.append(bars.patches[0])
        _write_shares(axes, places, left, shares, colour)
        left += shares
    axes.set_yticks(places, [shown(name, 16) for name in budgets])
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(-0.6, len(budgets) - 0.4)
    axes.tick_params(axis="y", length=0)
    label(axes, "Share of the excitons (%)")
    legend(figure, handles, channels)
    return figure


def _write_shares(axes: Axes, places: Array, left: Array, shares: Array, colour: str) -> None:
    dark = colour in ("#0072B2", "#D55E00", "#009E73", "#000000")
    for place, start, share in zip(places, left, shares):
        if share >= 5.0:
            axes.text(
                start + 0.5 * share,
                place,
                f"{share:.0f}",
                ha="center",
                va="center",
                color=FIXED_WHITE if dark else FIXED_BLACK,
                bbox={"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": "none"},
            )


def far_field(emissions: Mapping[str, Emission]) -> Figure:
    """Draw the luminous intensity by angle at the highest EQE, beside the circle of a Lambertian source."""
    figure, (axes,) = panels(projection="polar")
    handles, names = [], []
    for index, (name, item) in enumerate(emissions.items()):
        point = peak_point(item)
        if point is None:
            continue
        angle, seen = item.radiance_angle, item.angular_luminance[point] / item.angular_luminance[point][0]
        both = np.concatenate((-angle[:0:-1], angle))
        intensity = np.concatenate((seen[:0:-1], seen)) * np.cos(both)
        handles.append(curve(axes, both, intensity, index))
        names.append(f"{name}: {item.lambertian_factor[point]:.3f} of a Lambertian source")
    around = np.radians(np.linspace(-90.0, 90.0, 181))
    handles += axes.plot(around, np.cos(around), color=GREY, linewidth=0.8, linestyle=":")
    names.append("Lambertian source")
    _half_circle(axes)
    label(axes, "Angle in air (°)", "Luminous intensity (1 at 0°)")
    legend(figure, handles, names)
    return figure


def _half_circle(axes: Any) -> None:
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_thetamin(-90.0)
    axes.set_thetamax(90.0)
    axes.set_thetagrids(np.arange(-90.0, 91.0, 30.0), [f"{abs(mark):.0f}" for mark in range(-90, 91, 30)])
    axes.set_ylim(0.0, 1.1)
    axes.set_yticks([0.5, 1.0])
    axes.grid(linewidth=0.4)
    # The panel is that of a whole circle; its labels belong to the half that is shown.
    axes.xaxis.labelpad = -22.0
    axes.yaxis.labelpad = 18.0


def colour_shift(emissions: Mapping[str, Emission]) -> Figure:
    """Draw the shift of the colour in CIE 1976 u', v' with the angle of view, at the highest EQE."""
    figure, (axes,) = panels()
    handles, names = [], []
    for index, (name, item) in enumerate(emissions.items()):
        point = peak_point(item)
        if point is None:
            continue
        u, v = item.angular_u[point], item.angular_v[point]
        shift = np.hypot(u - u[0], v - v[0])
        degrees = np.degrees(item.radiance_angle)
        handles.append(curve(axes, degrees, shift, index))
        names.append(f"{name}: {np.interp(60.0, degrees, shift):.4f} at 60°")
    axes.set_xlim(0.0, 90.0)
    axes.set_xticks(np.arange(0.0, 91.0, 15.0))
    axes.set_ylim(bottom=0.0)
    label(axes, "Angle in air (°)", "Colour shift Δu′v′ (1)")
    legend(figure, handles, names)
    return figure


def thickness_map(best: BestThickness) -> Figure:
    """Draw a measure of the light over two thicknesses, or one, with the optimum and the device as it is."""
    figure, (axes,) = panels(colour_bar=len(best.map_thickness) == 2)
    percent = best.unit == "1"
    scale = 100.0 if percent else 1.0
    name = {"outcoupling": "Light into air", "eqe": "EQE", "luminance": "Luminance"}[best.measure]
    vertical = f"{name} ({'%' if percent else 'cd/m²'})"
    lengths = [axis / NANOMETRE for axis in best.map_thickness]
    points = (best.thickness / NANOMETRE, best.present / NANOMETRE)
    if len(lengths) == 2:
        filled = axes.contourf(lengths[0], lengths[1], scale * best.map_value.T, levels=14, cmap="cividis")
        figure.colorbar(filled, ax=axes, label=vertical)
        places = [(point[0], point[1]) for point in points]
        vertical = f"{shown(best.layers[1], 24)} (nm)"
    else:
        curve(axes, lengths[0], scale * best.map_value[:, 0], 0)
        heights = (scale * best.value, scale * best.present_value)
        places = [(point[0], height) for point, height in zip(points, heights)]
    handles = [
        axes.plot(*place, marker, color=colour, markeredgecolor="black", markersize=8.0, linestyle="none", zorder=5)[0]
        for place, marker, colour in zip(places, ("*", "o"), ("white", COLOURS[1]))
    ]
    label(axes, f"{shown(best.layers[0], 24)} (nm)", vertical)
    unit = "%" if percent else "cd/m²"
    legend(
        figure,
        handles,
        [f"best: {scale * best.value:.4g} {unit}", f"as it is: {scale * best.present_value:.4g} {unit}"],
    )
    return figure


def decay(ageings: Mapping[str, Ageing]) -> Figure:
    """Draw how the luminance falls at constant current, with the half-life marked."""
    figure, (axes,) = panels()
    handles, names = [], []
    for index, (name, item) in enumerate(ageings.items()):
        handles.append(curve(axes, item.time / HOUR, item.luminance * item.relative_luminance, index))
        half = item.half_life / HOUR
        axes.plot([half], [0.5 * item.luminance], "x", color=handles[-1].get_color(), markersize=6.0, mew=1.4, zorder=5)
        beyond = ", extrapolated" if item.extrapolated else ""
        names.append(f"{name}: T50 {half:.3g} h from {item.luminance:.0f} cd/m²{beyond}")
    lives = [item.half_life for item in ageings.values() if item.half_life > 0.0]
    if lives and max(lives) > _WIDE * min(lives):
        logarithmic(axes, "x")
        axes.set_xlim(0.02 * min(lives) / HOUR, 10.0 * max(lives) / HOUR)
    else:
        axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    label(axes, "Time at constant current (h)", "Luminance (cd/m²)")
    legend(figure, handles, names)
    return figure
