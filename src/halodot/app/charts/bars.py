"""A chart of bars that lie on their side, beside their words, as ECharts takes it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from halodot.app.charts.axes import Axis
from halodot.app.charts.curves import (
    FONT,
    MOST_ROWS,
    SMALL,
    Option,
    Table,
    axis_option,
    basis,
    key_of,
    legend_rows,
    series,
    short,
)
from halodot.app.charts.shown import Look
from halodot.rounding import rounded

#: share of the chart's height between bars, and decals by name: dashes of lines of the ground's colour
_GAP = "28%"
_DECALS: Mapping[str, Mapping[str, Any]] = {
    "": {"symbol": "none"},
    "slanted": {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 4], "rotation": -0.785},
    "upright": {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 4], "rotation": 1.571},
    "dotted": {"symbol": "circle", "dashArrayX": [[3, 3], [0, 3, 3, 0]], "dashArrayY": [3, 0], "symbolSize": 0.9},
}


@dataclass(frozen=True)
class Part:
    """What every bar has a piece of."""

    key: str
    name: str
    colour: str  # as ECharts takes it, or the number of one of the look
    values: tuple[float, ...]  # in the unit of the axis
    decal: str = ""
    keyed: bool = True  # whether it is in the legend


@dataclass(frozen=True, eq=False)
class BarChart:
    """Bars on their side: one a word, of parts that follow one another."""

    chip: str
    text: str
    words: tuple[str, ...]  # beside the bars, from the top
    axis: Axis
    parts: Sequence[Part]
    labels: tuple[str, ...] = ()  # at the ends of the bars of the first part
    heading: str = ""  # of the column of words
    unit: str = ""  # of the values, in the headings of the table
    beside: bool = False  # whether the parts stand beside one another in place of after one another
    room: int = 150  # px of the words
    lines_of_words: int = 2  # at most
    rows: tuple[tuple[str, ...], ...] = ()  # of the table, where they are others than the bars
    headings: tuple[str, ...] = ()

    def option(self, look: Look) -> Option:
        """Return what ECharts draws."""
        keyed = [part.name for part in self.parts if part.keyed] if len(self.parts) > 1 else []
        deep = 28 + (16 * legend_rows(keyed) if keyed else 0)
        letters = int(self.room / 6.3)
        return {
            **basis(self.chip, look),
            "legend": key_of(keyed, look),
            "grid": {"left": self.room + 8, "right": 44, "top": deep, "bottom": 38, "outerBoundsMode": "none"},
            "xAxis": axis_option(self.axis, look, across=True),
            "yAxis": {
                "type": "category",
                "inverse": True,
                "data": [_on_lines(word, letters, self.lines_of_words) for word in self.words],
                "axisTick": {"show": False},
                "axisLine": {"show": True, "lineStyle": {"color": look.quiet, "width": 1}},
                "axisLabel": {
                    "color": look.ink,
                    "fontSize": SMALL,
                    "fontFamily": FONT,
                    "interval": 0,
                    "lineHeight": 12,
                },
            },
            "series": [self._bars(number, part, look) for number, part in enumerate(self.parts)],
        }

    def table(self) -> Table:
        """Return the bars as numbers, a row a word."""
        if self.headings:
            return self.headings, self.rows[:MOST_ROWS]
        headings = (self.heading, *(f"{part.name} ({self.unit})" for part in self.parts))
        rows = [
            (
                word,
                *(
                    rounded(part.values[index], plain=4) if np.isfinite(part.values[index]) else "–"
                    for part in self.parts
                ),
            )
            for index, word in enumerate(self.words)
        ]
        return headings, tuple(rows[:MOST_ROWS])

    def _bars(self, number: int, part: Part, look: Look) -> Option:
        colour = look.series[int(part.colour)] if part.colour.isdigit() else part.colour
        labels = self.labels if number == 0 else ()
        data: list[Any] = [short(value) for value in part.values]
        if labels:
            data = [{"value": value, "label": {"formatter": text}} for value, text in zip(data, labels)]
        return {
            **series(part.key, part.name),
            "type": "bar",
            **({} if self.beside else {"stack": "all"}),
            "barCategoryGap": _GAP,
            "barGap": "0%",
            "itemStyle": {
                "color": colour,
                "borderColor": look.paper,
                "borderWidth": 0.5,
                "decal": {**_DECALS[part.decal], "color": look.paper},
            },
            "label": {"show": bool(labels), "position": "right", "color": look.ink, "fontSize": SMALL},
            "data": data,
        }


def _on_lines(text: str, letters: int, most: int) -> str:
    if most == 1:
        return text if len(text) <= letters else f"{text[: letters - 1]}…"
    return "\n".join(textwrap.wrap(text, letters, max_lines=most, placeholder=" …")) or "–"
