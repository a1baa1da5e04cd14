"""What follows from the inputs that a sweep varies: curves against the first, or maps of two."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np

from halodot.errors import InputError
from halodot.learn.sweep import Sweep, SweptInput
from halodot.names import QUANTITIES
from halodot.report.style import (
    MARKERS,
    SUPERSCRIPT,
    WIDTH,
    curve,
    house_style,
    label,
    legend,
    logarithmic,
    note,
    panels,
    shown,
)
from halodot.states import Array
from halodot.units import from_si
from halodot.wording import in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: what is drawn, where at least one point has it; of the dots where there is no device
_DRAWN = ("eqe_max", "luminance_max", "el_peak", "half_life")
_WITHOUT_DEVICE = ("edge_length", "pl_peak", "plqy")
#: values of each of two inputs from which a map is drawn in place of curves
_MAP = 6
#: values up to which every computed point is marked
_FEW_VALUES = 12
#: curves in a panel
_MOST_LINES = 7
#: ratio of the largest to the smallest number from which an axis is logarithmic
_WIDE = 30.0


def draw_sweep(found: Sweep, width: float = WIDTH) -> Figure:
    """Return the figure of a sweep.

    One panel each for peak EQE, highest luminance, peak of the light and half life: against the first input, with a
    line for each value of the others, or as maps where two inputs have many values.

    Args:
        found: what was computed.
        width: of the figure [mm].

    Raises:
        InputError: no point has any of these.
    """
    names = [name for name in _DRAWN if name in found.names]
    if not set(names) & {"eqe_max", "el_peak"}:
        names = [*(name for name in _WITHOUT_DEVICE if name in found.names), *names] or list(found.names[:4])
    if not names:
        raise InputError("nothing to draw: no point of the sweep has a number")
    with house_style():
        if len(found.inputs) == 2 and min(found.shape) >= _MAP:
            return _maps(found, names, width)
        return _curves(found, names, width)


def _curves(found: Sweep, names: list[str], width: float) -> Figure:
    figure, axes = panels(len(names), height=42.0, width=width)
    first, others = found.inputs[0], found.inputs[1:]
    sets = list(itertools.product(*(range(len(item.texts)) for item in others)))
    seen = np.any([np.isfinite(found.values(name)).reshape(len(first.texts), -1).any(axis=0) for name in names], axis=0)
    sets = [places for places, drawn in zip(sets, seen) if drawn]
    handles = []
    for panel, name in zip(axes, names):
        values = _shown(found, name)
        lines = values.reshape(len(first.texts), -1)[:, seen]
        for index in range(min(len(sets), _MOST_LINES)):
            line = curve(panel, _abscissa(first), lines[:, index], index)
            if len(first.texts) <= _FEW_VALUES:
                line.set(marker=MARKERS[index % len(MARKERS)], markersize=2.6)
            if panel is axes[0]:
                handles.append(line)
        _vertical(panel, name, values)
        _horizontal(panel, first)
    label(axes[-1], _axis(first))
    if others:
        written = [", ".join(f"{item.texts[k]}" for item, k in zip(others, places)) for places in sets]
        legend(figure, handles, written[:_MOST_LINES])
        note(figure, f"Legend: {', '.join(in_words(item.path) for item in others)}")
    if len(sets) > _MOST_LINES:
        note(figure, f"{len(sets) - _MOST_LINES} more lines are in the table")
    failed = sum(bool(point.failure) for point in found.points)
    if failed:
        note(figure, f"{failed} of {len(found.points)} points failed")
    return figure


def _maps(found: Sweep, names: list[str], width: float) -> Figure:
    """Draw each number as a map over two inputs."""
    figure, axes = panels(len(names), height=48.0, width=width, share_x=False)
    first, second = found.inputs
    for panel, name in zip(axes, names):
        values = np.ma.masked_invalid(_shown(found, name)).T
        norm = "log" if _is_wide(values.compressed()) else None
        mesh = panel.pcolormesh(_edges(first), _edges(second), values, cmap="cividis", norm=norm, rasterized=True)
        bar = figure.colorbar(mesh, ax=panel, pad=0.02)
        bar.set_label(_label(name))
        bar.ax.tick_params(width=0.5, length=2.0)
        _horizontal(panel, first)
        _upright(panel, second)
        label(panel, _axis(first), _axis(second))
    return figure


def _shown(found: Sweep, name: str) -> Array:
    known = QUANTITIES[name]
    values = found.values(name)
    return np.array([from_si(float(item), known.unit, known.shown_unit) for item in values.flat]).reshape(values.shape)


def _label(name: str) -> str:
    unit = _raised(QUANTITIES[name].shown_unit)
    words = shown(QUANTITIES[name].label, 24)
    return words if unit == "1" else f"{words} ({unit})"


def _axis(item: SweptInput) -> str:
    words = shown(in_words(item.path)[:1].upper() + in_words(item.path)[1:], 52)
    return f"{words} ({_raised(item.unit)})" if item.unit else words


def _raised(unit: str) -> str:
    """Return a unit with its powers of lengths as superscripts."""
    return re.sub("(?<=m)[23]", lambda found: found[0].translate(SUPERSCRIPT), unit)


def _abscissa(item: SweptInput) -> Array:
    """Return where the values of an input stand on its axis; words one after the other."""
    return np.array(item.numbers) if item.numbers else np.arange(len(item.texts), dtype=float)


def _edges(item: SweptInput) -> Array:
    """Return the edges of the cells of a map, halfway between neighbouring values."""
    places = np.log(_abscissa(item)) if item.logarithmic else _abscissa(item)
    middle = 0.5 * (places[1:] + places[:-1])
    edges = np.array([2.0 * places[0] - middle[0], *middle, 2.0 * places[-1] - middle[-1]])
    return np.asarray(np.exp(edges)) if item.logarithmic else edges


def _horizontal(axes: Axes, item: SweptInput) -> None:
    if item.logarithmic:
        logarithmic(axes, "x")
        axes.set_xscale("log")
    elif not item.numbers:
        axes.set_xticks(_abscissa(item), [shown(text, 16) for text in item.texts])
        axes.set_xlim(-0.5, len(item.texts) - 0.5)
        for line in axes.get_lines():
            line.set_linestyle("none")


def _upright(axes: Axes, item: SweptInput) -> None:
    if item.logarithmic:
        axes.set_yscale("log")
    elif not item.numbers:
        axes.set_yticks(_abscissa(item), [shown(text, 16) for text in item.texts])


def _vertical(axes: Axes, name: str, values: Array) -> None:
    """Name the vertical axis, logarithmic where the numbers span decades, and let no difference of round-off show."""
    label(axes, vertical=_label(name))
    there = values[np.isfinite(values)]
    if _is_wide(there):
        logarithmic(axes, "y")
    elif there.size and np.ptp(there) < 0.02 * np.abs(there).max():
        middle = 0.5 * (there.min() + there.max())
        axes.set_ylim(middle - 0.02 * abs(middle), middle + 0.02 * abs(middle))


def _is_wide(values: Array) -> bool:
    return bool(values.size and values.min() > 0.0 and values.max() > _WIDE * values.min())
