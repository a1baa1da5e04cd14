"""The colour of the light in the CIE 1931 diagram, beside the primaries of Rec. 2020."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from halodot.light.colour import REC_2020
from halodot.report.style import COLOURS, GREY, MARKERS, NANOMETRE, label, legend, panels
from halodot.results.summary import peak_point
from halodot.states import Array, Emission

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: chromaticity of the white point D65
WHITE = (0.3127, 0.3290)
#: XYZ to linear sRGB, IEC 61966-2-1
_TO_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
_MARKED = (460, 480, 490, 500, 520, 540, 560, 600)  # nm
_MARK_DISTANCE = 0.035  # of the wavelengths from the locus
_PIXELS = 240


def cie(emissions: Mapping[str, Emission], colour_matching: Array) -> Figure:
    """Draw the colour at the highest EQE in the CIE 1931 diagram, with a window on the points.

    Args:
        emissions: the light of each device.
        colour_matching: wavelength [m] and the three CIE 1931 colour-matching functions, shape (4, wavelength).
    """
    figure, (axes,) = panels(height=82.0)
    x, y = spectral_locus(colour_matching)
    window = axes.inset_axes((0.61, 0.60, 0.37, 0.37))
    points = _points(emissions)
    for panel in (axes, window):
        _ground(panel, x, y)
        for index, (across, up) in enumerate(points.values()):
            panel.plot(
                [across],
                [up],
                linestyle="none",
                marker=MARKERS[index % len(MARKERS)],
                markersize=4.5,
                markerfacecolor=COLOURS[index % len(COLOURS)],
                markeredgecolor="white",
                markeredgewidth=0.6,
                zorder=5,
            )
    _scale(axes, window, list(points.values()))
    _mark_wavelengths(axes, colour_matching[0] / NANOMETRE, x, y)
    label(axes, "CIE 1931 x (1)", "CIE 1931 y (1)")
    handles = [line for line in axes.get_lines() if line.get_linestyle() in ("None", "none")][: len(points)]
    gamut = axes.get_lines()[1]
    names = [f"{name}: ({across:.3f}, {up:.3f})" for name, (across, up) in points.items()]
    legend(figure, [*handles, gamut], [*names, "Rec. 2020"])
    return figure


def spectral_locus(colour_matching: Array) -> tuple[Array, Array]:
    """Return the chromaticities x and y of monochromatic light, shape (wavelength,) each."""
    total = np.sum(colour_matching[1:], axis=0)
    return colour_matching[1] / total, colour_matching[2] / total


def _points(emissions: Mapping[str, Emission]) -> dict[str, tuple[float, float]]:
    peaks = {name: (item, peak_point(item)) for name, item in emissions.items()}
    return {
        name: (float(item.cie_x[peak]), float(item.cie_y[peak]))
        for name, (item, peak) in peaks.items()
        if peak is not None
    }


def _ground(axes: Axes, x: Array, y: Array) -> None:
    """Draw the coloured area, its edge and the Rec. 2020 triangle; lines 0 and 1 of the axes."""
    (edge,) = axes.plot([*x, x[0]], [*y, y[0]], color="black", linewidth=0.7)
    triangle = np.array([*REC_2020, REC_2020[0]])
    axes.plot(triangle[:, 0], triangle[:, 1], color="black", linewidth=0.8, linestyle=(0, (4, 1.5)))
    image = axes.imshow(screen_colours(), extent=(0.0, 0.8, 0.0, 0.9), origin="lower", alpha=0.75, aspect="auto")
    image.set_interpolation("bilinear")
    from matplotlib.patches import Polygon

    image.set_clip_path(Polygon(edge.get_xydata(), transform=axes.transData))
    axes.plot(*WHITE, marker="+", color=GREY, markersize=4.0, linestyle=":")


def screen_colours() -> Array:
    """Return the colour of every chromaticity as a screen can show it, shape (pixel, pixel, 3)."""
    x, y = np.meshgrid(np.linspace(0.0, 0.8, _PIXELS), np.linspace(1e-3, 0.9, _PIXELS))
    return srgb_of(x, y)


def srgb_of(x: Array, y: Array) -> Array:
    """Return chromaticities as sRGB, each as bright as its strongest primary is when full.

    Args:
        x: CIE 1931 x [1], any shape.
        y: CIE 1931 y [1], above 0, of the same shape.

    Returns:
        Red, green and blue from 0 to 1, shape (..., 3); what lies outside sRGB is cut off.

    Source: IEC 61966-2-1.
    """
    tristimulus = np.stack([x / y, np.ones_like(y), (1.0 - x - y) / y], axis=-1)
    linear = np.clip(tristimulus @ _TO_SRGB.T, 0.0, None)
    linear /= np.maximum(np.max(linear, axis=-1, keepdims=True), 1e-12)
    shown: Array = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return shown


def _scale(axes: Axes, window: Axes, points: list[tuple[float, float]]) -> None:
    axes.set_xlim(-0.08, 0.92)
    axes.set_ylim(-0.05, 0.95)
    axes.set_aspect("equal")
    centre = np.array([*points, REC_2020[0]])
    middle = 0.5 * (np.min(centre, axis=0) + np.max(centre, axis=0))
    reach = max(0.015, 0.7 * float(np.max(np.ptp(centre, axis=0))))
    window.set_xlim(middle[0] - reach, middle[0] + reach)
    window.set_ylim(middle[1] - reach, middle[1] + reach)
    window.tick_params(direction="in", width=0.5, length=2.0)
    window.locator_params(nbins=3)
    axes.indicate_inset_zoom(window, edgecolor="black", linewidth=0.5, alpha=0.6)


def _mark_wavelengths(axes: Axes, wavelength: Array, x: Array, y: Array) -> None:
    for mark in _MARKED:
        across, up = float(np.interp(mark, wavelength, x)), float(np.interp(mark, wavelength, y))
        away = np.hypot(across - WHITE[0], up - WHITE[1]) / _MARK_DISTANCE
        axes.plot([across], [up], ".", color="black", markersize=2.0)
        place = (across + (across - WHITE[0]) / away, up + (up - WHITE[1]) / away)
        axes.text(place[0], place[1], f"{mark}", ha="center", va="center")
