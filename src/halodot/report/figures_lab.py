"""The figure of an analysis, drawn from its panels as the house draws every figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.lab.findings import Analysis, Mark, Panel, Picture, Trace
from halodot.report.style import (
    COLOURS,
    GREY,
    HEIGHT,
    LINES,
    WIDTH,
    house_style,
    label,
    legend,
    logarithmic,
    note,
    panels,
    save_as,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: points of a series that one figure shows; more would only make its file large
_MOST_POINTS = 5_000
_LINE_WIDTH = 1.0  # pt
#: one and two columns of a journal [mm]
WIDTHS = (WIDTH, 170.0)


def write_analysis_figures(analysis: Analysis, stem: Path) -> tuple[Path, ...]:
    """Write the figure of an analysis one and two columns wide, as PNG, SVG and PDF.

    Args:
        analysis: without panels nothing is written.
        stem: path without ending; the width in mm is put behind it.

    Returns:
        The paths, the PNG of one column first.
    """
    if not analysis.panels:
        return ()
    written: list[Path] = []
    for width in WIDTHS:
        figure = analysis_figure(analysis, width)
        written += save_as(figure, stem.with_name(f"{stem.name}_{width:.0f}mm"), ("png", "svg", "pdf"))
    return tuple(written)


def analysis_figure(analysis: Analysis, width: float = WIDTH) -> Figure:
    """Return the figure of an analysis: measured points, what was fitted, outlines of what was found.

    Args:
        analysis: with at least one panel.
        width: of the figure [mm]; beyond one column of a journal panels stand side by side.
    """
    with house_style():
        shown = analysis.panels
        heights = [_height(panel) for panel in shown]
        columns = 2 if width > 1.5 * WIDTH and len(shown) > 1 else 1
        share = width / columns / WIDTH
        height = max(heights, default=HEIGHT) * (share if any(panel.picture for panel in shown) else 1.0)
        bar = any(panel.picture is not None and panel.picture.name for panel in shown)
        figure, axes = panels(len(shown), height, share_x=False, columns=columns, width=width, colour_bar=bar)
        handles: dict[str, Artist] = {}
        for place, panel in zip(axes, shown):
            handles |= _draw(place, panel)
        if len(handles) > 1:
            legend(figure, list(handles.values()), list(handles))
        if analysis.warnings:
            note(figure, "; ".join(analysis.warnings))
        return figure


def _height(panel: Panel) -> float:
    if panel.picture is None:
        return 0.8 * HEIGHT
    rows, columns = panel.picture.values.shape[:2]
    down, across = panel.picture.pixel
    return float(min(max(rows * down / (columns * across), 0.4), 1.2)) * HEIGHT


def _draw(axes: Axes, panel: Panel) -> dict[str, Artist]:
    """Draw one panel and return what its legend names."""
    handles: dict[str, Artist] = {}
    if panel.picture is not None:
        _draw_picture(axes, panel.picture)
    for index, trace in enumerate(panel.traces):
        drawn = _draw_trace(axes, trace, index)
        if trace.name:
            handles[trace.name] = drawn
    for mark in panel.marks:
        _draw_mark(axes, mark)
    label(axes, panel.x, panel.y)
    if panel.x_logarithmic:
        logarithmic(axes, "x")
    if panel.y_logarithmic:
        logarithmic(axes, "y")
    if panel.x_range:
        axes.set_xlim(*panel.x_range)
    if panel.y_range:
        axes.set_ylim(*panel.y_range)
    if panel.x_reversed:
        axes.invert_xaxis()
    return handles


def _draw_trace(axes: Axes, trace: Trace, index: int) -> Artist:
    step = max(1, trace.x.size // _MOST_POINTS)
    x, y = trace.x[::step], trace.y[::step]
    colour = COLOURS[index % len(COLOURS)]
    drawn: Any
    if trace.look == "band":
        upper = np.asarray(trace.upper if trace.upper is not None else trace.y)[::step]
        return axes.fill_between(x, y, upper, color=colour, alpha=0.25, linewidth=0)
    if trace.look == "bars":
        width = float(np.min(np.diff(x))) if x.size > 1 else 1.0
        return axes.bar(x, y, 0.9 * width, color=colour, alpha=0.6, edgecolor=colour, linewidth=0.5).patches[0]
    if trace.look == "points":
        error = None if trace.error is None else trace.error[::step]
        size = 2.2 if x.size > 60 else 3.2
        drawn = axes.errorbar(
            x, y, yerr=error, fmt="o", markersize=size, markerfacecolor="none", markeredgewidth=0.6, color=colour,
            elinewidth=0.6, zorder=2.0,
        )  # fmt: skip
        return drawn.lines[0]  # type: ignore[no-any-return]
    style = LINES[1] if trace.look == "dashed" else "-"
    (drawn,) = axes.plot(x, y, color=colour, linestyle=style, linewidth=_LINE_WIDTH, zorder=3.0)
    return drawn  # type: ignore[no-any-return]


def _draw_mark(axes: Axes, mark: Mark) -> None:
    line = axes.axvline if mark.axis == "x" else axes.axhline
    line(mark.place, color=GREY, linewidth=0.7, linestyle=LINES[3], zorder=1.0)
    if not mark.text:
        return
    place: dict[str, Any] = {"xycoords": ("data", "axes fraction") if mark.axis == "x" else ("axes fraction", "data")}
    where = (mark.place, 0.98) if mark.axis == "x" else (0.98, mark.place)
    turned = 90 if mark.axis == "x" else 0
    written = axes.annotate(
        mark.text,
        where,
        rotation=turned,
        ha="right",
        va="top" if turned else "bottom",
        color=GREY,
        fontsize=6.5,
        **place,
    )
    written.set_parse_math(False)


def _draw_picture(axes: Axes, picture: Picture) -> None:
    values = np.asarray(picture.values, float)
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [0.5, 99.5]) if finite.size else (0.0, 1.0)
    down, across = picture.pixel
    extent = (0.0, values.shape[1] * across, values.shape[0] * down, 0.0)
    drawn = axes.imshow(values, cmap="gray", vmin=low, vmax=high, extent=extent, interpolation="nearest")
    if picture.name:
        axes.figure.colorbar(drawn, ax=axes, shrink=0.9).set_label(picture.name)
    if picture.labels is not None:
        edges = outlines(picture.labels)
        shade = np.zeros((*edges.shape, 4))
        shade[edges] = (*_rgb(COLOURS[4]), 1.0)
        axes.imshow(shade, extent=extent, interpolation="nearest")


def _rgb(colour: str) -> Sequence[float]:
    return [int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5)]


def outlines(labels: np.ndarray) -> np.ndarray:
    """Return where objects of a labelled image end: pixels of an object that have another number beside them."""
    padded = np.pad(labels, 1, mode="edge")
    middle = padded[1:-1, 1:-1]
    edge = np.zeros(middle.shape, bool)
    for beside in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        edge |= beside != middle
    edge &= middle != 0
    return edge
