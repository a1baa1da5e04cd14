"""A sweep as the curves that the page shows: each number against the first input, a line for each value of others."""

from __future__ import annotations

import itertools

from halodot.app.job_process import Curves, Line
from halodot.learn.sweep import Sweep, SweptInput
from halodot.names import QUANTITIES
from halodot.report.sweep_table import headline
from halodot.units import from_si
from halodot.wording import in_words

#: charts of a sweep, and lines of each
_CHARTS, _LINES = 6, 7


def sweep_curves(found: Sweep) -> tuple[Curves, ...]:
    """Return a chart for each of the numbers that matter most, in the units of the bench.

    Args:
        found: from :func:`halodot.sweep`.
    """
    return tuple(_chart(found, name) for name in headline(found)[:_CHARTS])


def _chart(found: Sweep, name: str) -> Curves:
    known = QUANTITIES[name]
    first, others = found.inputs[0], found.inputs[1:]
    values = found.values(name).reshape(len(first.texts), -1)
    sets = list(itertools.product(*(item.texts for item in others)))[:_LINES]
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


def _axis(item: SweptInput) -> str:
    words = in_words(item.path)
    return _with_unit(f"{words[:1].upper()}{words[1:]}", item.unit)


def _with_unit(name: str, unit: str) -> str:
    return name if unit in ("", "1") else f"{name} ({unit})"
