"""Tornado plots: how far every number of a study moves the light over its range, the largest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from halodot.learn.limits import OUTPUTS, KnobEffect, Limits
from halodot.names import QUANTITIES, shown, unit_at_the_bench
from halodot.paths import layer_of
from halodot.report.page.frame import typeset, unit_text
from halodot.report.style import (
    COLOURS,
    FONT,
    GREY,
    HATCHES,
    WIDTH,
    house_style,
    label,
    legend,
    panels,
)
from halodot.rounding import rounded
from halodot.units import from_si
from halodot.wording import shortly

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: width of a figure over both columns of a journal, from which the two kinds of numbers stand side by side
DOUBLE = 170.0  # mm
#: bars of a panel, height of one with its text, and what axis and heading take
COUNT, _BAR, _FRAME = 8, 7.2, 13.0  # -, mm, mm
_PANELS = ((True, "Can be set on the bench"), (False, "Only uncertain"))
_LOOKS: tuple[dict[str, Any], ...] = (
    {"facecolor": COLOURS[0], "edgecolor": COLOURS[0]},
    {"facecolor": "white", "edgecolor": COLOURS[1], "hatch": HATCHES[1]},
)
_ENDS = ("at the lower end of its range", "at the upper end")
#: letters of the smallest text that fit into a millimetre
_LETTERS_PER_MM = 0.72


def tornado(found: Limits, output: str = "eqe_max", width: float = WIDTH, count: int = COUNT) -> Figure:
    """Draw how far the numbers of a study move an output over their ranges, the largest first.

    Args:
        found: from :func:`halodot.limits`.
        output: of :data:`halodot.learn.limits.OUTPUTS`.
        width: of the figure [mm]; from 170 mm on the two kinds of numbers stand side by side.
        count: bars of each kind.
    """
    kinds = []
    for on_bench, heading in _PANELS:
        if items := [item for item in found.ranked(output, on_bench)[:count] if item.swing(output) > 0.0]:
            kinds.append((heading, items))
    rows = max((len(items) for _, items in kinds), default=1)
    columns = 2 if width >= DOUBLE and len(kinds) > 1 else 1
    with house_style():
        figure, axes = panels(max(len(kinds), 1), _FRAME + _BAR * rows, columns=columns, width=width)
        handles: list[Artist] = []
        for panel, (heading, items) in zip(axes, kinds):
            letters = int(_LETTERS_PER_MM * width / columns)
            handles = _bars(panel, items, output, (rows, letters))
            panel.set_title(heading, loc="left", fontsize=FONT, fontweight="bold")
        _scales(axes, found, output, kinds)
        for panel in axes if columns == 2 else axes[-1:]:
            label(panel, _axis_name(output))
        if handles:
            legend(figure, handles, list(_ENDS))
    return figure


def _bars(axes: Axes, items: list[KnobEffect], output: str, room: tuple[int, int]) -> list[Artist]:
    """Draw the bars of one panel, each below its name, and return one handle of either end."""
    from matplotlib.patches import Patch

    rows, letters = room
    for place, item in enumerate(items):
        for side, (middle, height) in enumerate(_places(item, output)):
            start, end = (shown(output, one[output])[0] for one in (item.base, (item.at_low, item.at_high)[side]))
            if math.isfinite(end):
                axes.barh(place + middle, end - start, left=start, height=height, linewidth=0.6, **_LOOKS[side])
        text = axes.text(
            0.012, place - 0.2, _named(item, letters), transform=axes.get_yaxis_transform(), va="center", fontsize=FONT
        )
        text.set_parse_math(False)
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.4})
    axes.axvline(shown(output, items[0].base[output])[0], color=GREY, linewidth=0.8)
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_yticks([])
    for edge in ("left", "right", "top"):
        axes.spines[edge].set_visible(False)
    return [Patch(**one) for one in _LOOKS]


def _places(item: KnobEffect, output: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return middle and height of the bars of both ends: side by side, or below one another on the same side."""
    if item.turns(output):
        return (0.13, 0.18), (0.31, 0.18)
    return (0.22, 0.36), (0.22, 0.36)


def _named(item: KnobEffect, letters: int) -> str:
    """Return the name of a number with its range, as long as a panel is wide."""
    knob = item.knob
    unit = unit_at_the_bench(knob.path, knob.unit, knob.value or knob.ends[1])
    low, high = (rounded(from_si(end, knob.unit, unit), plain=3) for end in knob.ends)
    span = typeset(f", {low} to {high} {unit_text(unit)}".rstrip())
    span += " (no answer at one end)" if item.failures else ""
    room = max(letters - len(span), 15)
    if layer_of(knob.path) is not None:
        return shortly(knob.path, room) + span
    name = knob.called
    return (name if len(name) <= room else f"{name[: room - 3].rstrip()}...") + span


def _scales(axes: list[Axes], found: Limits, output: str, kinds: list[tuple[str, list[KnobEffect]]]) -> None:
    """Give all panels one scale, which holds every end and the study itself."""
    items = [item for _, own in kinds for item in own]
    values = [shown(output, end[output])[0] for item in items for end in (item.at_low, item.at_high, item.base)]
    values = [value for value in values if math.isfinite(value) and (value > 0.0 or not OUTPUTS[output].logarithmic)]
    if not values:
        return
    low, high = min(values), max(values)
    if OUTPUTS[output].logarithmic and high > 3.0 * low:
        for panel in axes:
            panel.set_xscale("log")
            panel.set_xlim(low / 1.15, high * 1.15)
        return
    margin = 0.04 * (high - low) or 0.1 * abs(high)
    for panel in axes:
        panel.set_xlim(low - margin, high + margin)


def _axis_name(output: str) -> str:
    quantity = QUANTITIES[output]
    name = OUTPUTS[output].called.replace("(T50)", "T50")
    unit = unit_text(quantity.shown_unit)
    return f"{name[0].upper()}{name[1:]}{f' ({unit})' if unit else ''}"
