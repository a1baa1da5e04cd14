"""Measured points over the curves of a model: which columns a figure shows, and the axes that hold both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from halodot.report.style import curve, legend, logarithmic, note
from halodot.states import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

#: columns of measured points: their units in SI, and by how much they are multiplied to be shown
COLUMNS: Mapping[str, tuple[str, float]] = {
    "voltage": ("V", 1.0),
    "current_density": ("A/m2", 0.1),  # mA/cm2
    "luminance": ("cd/m2", 1.0),
    "eqe": ("1", 100.0),  # %
    "current_efficiency": ("cd/A", 1.0),
    "power_efficiency": ("lm/W", 1.0),
    "wavelength": ("m", 1e9),  # nm
    "intensity": ("any", 1.0),  # scaled to a maximum of 1
}
#: what a column is computed from where it is absent
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "current_efficiency": ("luminance", "current_density"),
    "power_efficiency": ("luminance", "current_density", "voltage"),
}
#: columns over many decades
_LOGARITHMIC = ("current_density", "luminance")
Points = Mapping[str, Array]
_LAMBERTIAN = "Measured lm/W: those of a Lambertian source of the measured luminance"
_ROOM = 0.04  # of an axis, beside the outermost points


def column(points: Points, name: str) -> Array | None:
    """Return a column of measured points, from the others where it follows from them, or None.

    Current efficiency is L/J, power efficiency pi L/(J V), that of a Lambertian source; an intensity has maximum 1.

    Args:
        points: (point,) by a name of :data:`COLUMNS`, in SI.
        name: a name of :data:`COLUMNS`.
    """
    if name in points:
        values = np.asarray(points[name], dtype=np.float64)
        return values / np.nanmax(values) if name == "intensity" else values
    if name not in _MADE_OF or not set(_MADE_OF[name]) <= set(points):
        return None
    luminance, current, *rest = (np.asarray(points[one], dtype=np.float64) for one in _MADE_OF[name])
    with np.errstate(divide="ignore", invalid="ignore"):
        return luminance / current if not rest else np.pi * luminance / (current * rest[0])


def shows(axes: Sequence[tuple[str, str]], points: Points) -> bool:
    """Return whether a figure of these axes has a place for some of the measured points."""
    return any(column(points, x) is not None and column(points, y) is not None for x, y in axes)


def overlay(
    figure: Figure, axes: Sequence[tuple[str, str]], measured: Mapping[str, Points], names: Sequence[str]
) -> None:
    """Mark measured points in the panels of a figure and widen the axes so that they hold them.

    Args:
        figure: with the panels that ``axes`` name, in their order.
        axes: names of :data:`COLUMNS` across and up, of each panel.
        measured: columns of points [SI] by the name that the legend shows.
        names: of the curves that are drawn; points of the same name have their colour.
    """
    others = [name for name in measured if name not in names]
    handles: dict[str, Line2D] = {}
    for name, points in measured.items():
        index = list(names).index(name) if name in names else len(names) + others.index(name)
        for panel, (x, y) in zip(figure.axes, axes):
            across, up = column(points, x), column(points, y)
            if across is None or up is None:
                continue
            across, up = across * COLUMNS[x][1], up * COLUMNS[y][1]
            line = curve(panel, across, _sized(panel, y, up), index, points=True)
            line.set_zorder(3.0)
            _hold(panel, line)
            handles[f"{name}, measured"] = line
    if not names:
        _scale_alone(figure.axes, axes)
    legend(figure, list(handles.values()), list(handles))
    absent = [name for name in measured if f"{name}, measured" not in handles]
    if absent:
        note(figure, f"No measured points for this figure: {', '.join(absent)}")
    if any(y == "power_efficiency" and y not in points for _, y in axes for points in measured.values()) and handles:
        note(figure, _LAMBERTIAN)


def _scale_alone(panels: Sequence[Axes], axes: Sequence[tuple[str, str]]) -> None:
    """Make the axes of currents and luminances logarithmic where no curve of a model has done so."""
    for panel, (x, y) in zip(panels, axes):
        if x in _LOGARITHMIC:
            logarithmic(panel, "x")
        if y in _LOGARITHMIC:
            logarithmic(panel, "y")
        panel.relim()
        panel.autoscale()
        for line in panel.get_lines():
            _hold(panel, line)


def _sized(panel: Axes, name: str, values: Array) -> Array:
    """Return the size of a current on a logarithmic axis, which shows no sign; light below zero is noise, not drawn."""
    return np.abs(values) if name == "current_density" and panel.get_yscale() == "log" else values


def remarks(axes: Sequence[tuple[str, str]], points: Points) -> tuple[str, ...]:
    """Return what a figure does not show of measured points, and what it shows in another way, one sentence each.

    Args:
        axes: names of :data:`COLUMNS` across and up, of each panel.
        points: of one curve.
    """
    found: list[str] = []
    for x, y in axes:
        across, up = column(points, x), column(points, y)
        if across is None or up is None:
            continue
        what = f"{y.replace('_', ' ')} against {x.replace('_', ' ')}".replace("eqe", "EQE")
        number = np.isfinite(across) & np.isfinite(up)
        current = y == "current_density"
        low = np.zeros(number.shape, dtype=bool)
        for name, values in ((x, across), (y, np.abs(up) if current else up)):
            low |= (values <= 0.0) if name in _LOGARITHMIC else False
        reverse = number & ~low & (up < 0.0)
        parts = [
            f"{count} {'is' if count == 1 else 'are'} {why}"
            for count, why in ((np.sum(number & low), "not above zero and left out"), (np.sum(~number), "no number"))
            if count
        ]
        if parts:
            found.append(f"{what}, of {number.size} points: {'; '.join(parts)}")
        if current and np.any(reverse):
            found.append(
                f"{what}: negative currents are drawn by their size ({np.sum(reverse)} of {number.size} points)"
            )
    return tuple(dict.fromkeys(found))


def _hold(panel: Axes, line: Line2D) -> None:
    """Widen the axes of a panel to hold the points of a line with their whole marks."""
    points = np.asarray(line.get_xydata(), dtype=np.float64)
    _widen(points[:, 0], panel.get_xscale(), panel.get_xlim, panel.set_xlim)
    _widen(points[:, 1], panel.get_yscale(), panel.get_ylim, panel.set_ylim)


def _widen(
    values: Array, scale: str, limits: Callable[[], tuple[float, float]], change: Callable[[float, float], object]
) -> None:
    seen = values[np.isfinite(values) & ((values > 0.0) | (scale != "log"))]
    if not seen.size:
        return
    low, high = limits()
    least, most = float(np.min(seen)), float(np.max(seen))
    if scale == "log":
        factor = (max(high, most) / min(low, least)) ** _ROOM
        change(min(low, least / factor), max(high, most * factor))
    else:
        room = _ROOM * (max(high, most) - min(low, least))
        lowest = low if low == 0.0 <= least else min(low, least - room)  # an axis that begins at 0 stays there
        change(lowest, max(high, most + room))
