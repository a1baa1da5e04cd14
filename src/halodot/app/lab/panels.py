"""What the figure of an analysis shows, kept as numbers that a page draws."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halodot.lab.findings import Analysis, Panel, Picture, Trace
from halodot.outputs import write_text

_BEHIND = "_panels.json"
#: points of a series; more than the pixels that they are drawn on
_MOST_POINTS = 3_000
_MOST_PIXELS = 640
#: digits of a number on a screen
_DIGITS = 7


@dataclass(frozen=True)
class Drawn:
    """One panel as plain numbers, None for what is none."""

    x: str
    y: str
    traces: tuple[dict[str, Any], ...]  # x, y, name, look, upper, error
    marks: tuple[dict[str, Any], ...]  # place, text, axis
    x_logarithmic: bool
    y_logarithmic: bool
    x_reversed: bool
    x_range: tuple[float, float] | None
    y_range: tuple[float, float] | None
    image: str  # PNG as a data URL, empty for none
    image_size: tuple[float, float]  # width and height in the units of the axes
    image_name: str  # of its values
    recorded: dict[str, Any] | None = None  # x, y of all that the file has, beyond what was used


def write_panels(analysis: Analysis, stem: Path) -> tuple[Path, ...]:
    """Write what the figure of an analysis shows, in place of the figure.

    Args:
        analysis: without panels nothing is written.
        stem: path without ending.

    Returns:
        The path.
    """
    if not analysis.panels:
        return ()
    path = panels_path(stem.parent, stem.name)
    document = [_document(panel) for panel in analysis.panels]
    write_text(path, json.dumps(document, ensure_ascii=False, allow_nan=False))
    return (path,)


def panels_path(figures: Path, name: str) -> Path:
    """Return where what is shown of an analysis lies."""
    return figures / f"{name}{_BEHIND}"


def read_panels(figures: Path, name: str) -> tuple[Drawn, ...]:
    """Read what the figure of an analysis shows.

    Args:
        figures: folder of the figures.
        name: of the analysis.

    Returns:
        Nothing where it has no panels, or none yet.
    """
    try:
        document = json.loads(panels_path(figures, name).read_text(encoding="utf-8"))
        return tuple(_drawn(one) for one in document)
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def _drawn(one: dict[str, Any]) -> Drawn:
    pairs = {key: tuple(one[key]) for key in ("traces", "marks", "image_size")}
    ranges = {key: tuple(one[key]) if one[key] else None for key in ("x_range", "y_range")}
    return Drawn(**{**one, **pairs, **ranges})


def _document(panel: Panel) -> dict[str, Any]:
    picture = panel.picture
    return {
        "x": panel.x,
        "y": panel.y,
        "traces": [_trace(trace) for trace in panel.traces],
        "marks": [
            {"place": float(mark.place), "text": mark.text, "axis": mark.axis}
            for mark in panel.marks
            if np.isfinite(mark.place)
        ],
        "x_logarithmic": panel.x_logarithmic,
        "y_logarithmic": panel.y_logarithmic,
        "x_reversed": panel.x_reversed,
        "x_range": _range(panel.x_range),
        "y_range": _range(panel.y_range),
        "image": "" if picture is None else _image(picture),
        "image_size": [0.0, 0.0] if picture is None else _size(picture),
        "image_name": "" if picture is None else picture.name,
    }


def _range(ends: tuple[float, float] | None) -> list[float] | None:
    return [float(end) for end in ends] if ends is not None and np.isfinite(ends).all() else None


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "x": plain_numbers(trace.x),
        "y": plain_numbers(trace.y),
        "name": trace.name,
        "look": trace.look,
        "upper": None if trace.upper is None else plain_numbers(trace.upper),
        "error": None if trace.error is None else plain_numbers(trace.error),
    }


def plain_numbers(values: Any) -> list[float | None]:
    """Return as many numbers of a series as a screen can show, None for what is none."""
    whole = np.asarray(values, float)
    listed = whole[:: max(1, -(-whole.size // _MOST_POINTS))].tolist()
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in listed]


def _size(picture: Picture) -> list[float]:
    rows, columns = picture.values.shape[:2]
    return [float(columns * picture.pixel[1]), float(rows * picture.pixel[0])]


def _image(picture: Picture) -> str:
    """Return an image with the outlines of what was found in it, as a PNG in a data URL."""
    from matplotlib.image import imsave

    from halodot.report.figures_lab import outlines

    step = max(1, -(-max(picture.values.shape[:2]) // _MOST_PIXELS))
    values = np.asarray(picture.values, float)[::step, ::step]
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [0.5, 99.5]) if finite.size else (0.0, 1.0)
    grey = np.nan_to_num(np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0))
    shade = np.repeat(grey[..., None], 3, axis=2)
    if picture.labels is not None:
        shade[outlines(picture.labels[::step, ::step])] = (0.90, 0.62, 0.0)
    made = io.BytesIO()
    imsave(made, shade, format="png")
    return "data:image/png;base64," + base64.b64encode(made.getvalue()).decode("ascii")


def panel_values(values: Sequence[float | None]) -> Any:
    """Return numbers of a panel as an array, nan for what is none."""
    return np.array([np.nan if value is None else value for value in values], float)
