"""A sweep as what the page shows: each number against the inputs, as lines over a grid and as points of a design."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from halodot.app.job_process import Curves, Line
from halodot.arrays import Array
from halodot.learn.sweep import StoredSweep, Sweep, SweptInput
from halodot.learn.sweep_values import SweptRange
from halodot.names import QUANTITIES
from halodot.report.sweep_table import headline, stored_headline
from halodot.units import from_si
from halodot.wording import in_words

#: charts of a sweep, and lines of each
_CHARTS, _LINES = 6, 7
#: points of a chart, more of which a page draws slowly, and numbers that are shown against every input of a design
_POINTS, _NUMBERS = 2000, 3


def sweep_curves(found: Sweep) -> tuple[Curves, ...]:
    """Return a chart for each of the numbers that matter most, in the units of the bench.

    Args:
        found: from :func:`halodot.sweep`.
    """
    return tuple(_lines(found.inputs, name, found.values(name)) for name in headline(found)[:_CHARTS])


def stored_curves(found: StoredSweep, axes: Sequence[SweptInput | SweptRange]) -> tuple[Curves, ...]:
    """Return charts of a sweep in a store: lines over a grid, of a design points against every input.

    Args:
        found: from :func:`halodot.sweep`.
        axes: what is varied, in the order of the store.
    """
    numbers = stored_headline(found)
    inputs = [axis for axis in axes if isinstance(axis, SweptInput)]
    if found.shape == tuple(len(item.texts) for item in inputs) and len(inputs) == len(axes):
        return tuple(_lines(inputs, name, values) for name, values in list(numbers.items())[:_CHARTS])
    data = found.dataset()
    return tuple(
        _points(axis, name, np.asarray(data[axis.path].values), values)
        for name, values in list(numbers.items())[:_NUMBERS]
        for axis in axes
    )


def drawn(points: int) -> str:
    """Return in words how many of the points of a design a chart shows, empty where it shows all."""
    return f"The charts show the first {_POINTS} of {points} points." if points > _POINTS else ""


def _lines(inputs: Sequence[SweptInput], name: str, every: Array) -> Curves:
    known = QUANTITIES[name]
    first, others = inputs[0], inputs[1:]
    values = every.reshape(len(first.texts), -1)
    named = ([f"{one} {item.unit}".rstrip() for one in item.shown] for item in others)
    sets = list(itertools.product(*named))[:_LINES]
    x = first.numbers or first.texts
    lines = tuple(
        Line(
            ", ".join(texts) or known.label,
            x,
            tuple(from_si(float(value), known.unit, known.shown_unit) for value in values[:, place]),
        )
        for place, texts in enumerate(sets)
    )
    legend = f", by {' and '.join(in_words(item.path) for item in others)}" if others else ""
    return Curves(
        f"{known.label}{legend}",
        _axis(first),
        _with_unit(known.label, known.shown_unit),
        lines,
        (first.logarithmic, False),
    )


def _points(axis: SweptInput | SweptRange, name: str, across: Array, values: Array) -> Curves:
    known = QUANTITIES[name]
    x = tuple(str(text) if isinstance(text, str) else float(text) for text in across[:_POINTS].tolist())
    y = tuple(from_si(float(value), known.unit, known.shown_unit) for value in values[:_POINTS])
    line = Line(known.label, x, y, points=True)  # type: ignore[arg-type]
    title = f"{known.label} against {in_words(axis.path)}"
    return Curves(title, _axis(axis), _with_unit(known.label, known.shown_unit), (line,), (axis.logarithmic, False))


def _axis(item: SweptInput | SweptRange) -> str:
    words = in_words(item.path)
    return _with_unit(f"{words[:1].upper()}{words[1:]}", item.unit)


def _with_unit(name: str, unit: str) -> str:
    return name if unit in ("", "1") else f"{name} ({unit})"
