"""The charts of long work as ECharts takes them: tornado bars, and curves beside measured points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from halodot.app.charts.axes import between, decades
from halodot.app.charts.curves import axis_option
from halodot.app.charts.shown import LOOKS, Look
from halodot.app.job_process import Bars, Curves, Line

Option = dict[str, Any]
#: smallest text [px], height of one tornado bar with its name, and what axis and legend take
_TEXT, _BAR, _FRAME = 12, 34, 78
_CHART = 260
_SYMBOLS = ("circle", "rect", "triangle", "diamond")
_DASHES = ("solid", [7, 3], [2, 3], [9, 3, 2, 3])
#: points up to which each is marked
_FEW = 15
#: decades of a logarithmic axis at most
_DECADES = 12.0
_SIDES = (("at the lower end of its range", 0.16), ("at the upper end", -0.16))


def option_of(chart: Bars | Curves, theme: str) -> Option:
    """Return the option of a chart.

    Args:
        chart: from a job.
        theme: "light" or "dark".
    """
    look = LOOKS[theme]
    return _tornado(chart, look) if isinstance(chart, Bars) else _curves(chart, look)


def height_of(chart: Bars | Curves) -> int:
    """Return how high a chart is drawn [px]."""
    return _FRAME + _BAR * len(chart.names) if isinstance(chart, Bars) else _CHART


def text_of(chart: Bars | Curves) -> str:
    """Return what a chart shows in a sentence, for who does not see it."""
    if isinstance(chart, Curves):
        return f"{chart.title}: {chart.vertical} against {chart.horizontal}."
    first = f", the largest by {chart.names[0]}" if chart.names else ""
    return f"{chart.title}: how far each number moves the {chart.axis} over its range{first}."


# -------------------------------------------------------------------------------------------------------------- tornado


def _tornado(chart: Bars, look: Look) -> Option:
    """Each number has a name and below it two thick lines, from the study's value to that at either end."""
    count = len(chart.names)
    values = [value for value in (*chart.low, *chart.high, chart.base) if math.isfinite(value)]
    across = _axis(look, chart.axis, chart.logarithmic, (min(values), max(values)))
    up = {"type": "value", "min": -0.6, "max": count - 0.4, "inverse": True, "show": False}
    series = [
        _ends(chart, ends, name, shift, colour, dash)
        for ends, (name, shift), colour, dash in zip((chart.low, chart.high), _SIDES, look.series, ("solid", [3, 2]))
    ]
    named = {
        "type": "scatter",
        "id": "names",
        "silent": True,
        "symbolSize": 0,
        "data": [
            {"value": [across["min"], place - 0.36], "label": {"formatter": name}}
            for place, name in enumerate(chart.names)
        ],
        "label": {"show": True, "position": "right", "color": look.ink, "fontSize": _TEXT, "distance": 0},
    }
    rule = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"color": look.quiet, "type": "solid", "width": 1},
        "data": [{"xAxis": chart.base}],
    }
    return {
        **_frame(look),
        "grid": {"left": 12, "right": 18, "top": 26, "bottom": 44},
        "xAxis": across,
        "yAxis": up,
        "series": [*series, {**named, "markLine": rule}],
    }


def _ends(chart: Bars, ends: Sequence[float], name: str, shift: float, colour: str, dash: Any) -> Option:
    data: list[list[float] | list[None]] = []
    for place, end in enumerate(ends):
        if math.isfinite(end):
            row = place + 0.12 - shift
            data += [[chart.base, row], [end, row], [None, None]]
    return {
        "type": "line",
        "id": name,
        "name": name,
        "data": data,
        "showSymbol": False,
        "silent": True,
        "color": colour,
        "lineStyle": {"width": 9, "type": dash, "cap": "butt", "color": colour},
    }


# --------------------------------------------------------------------------------------------------------------- curves


def _curves(chart: Curves, look: Look) -> Option:
    words = any(isinstance(x, str) for line in chart.lines for x in line.x)
    across: Option
    if words:
        across = {**_axis(look, chart.horizontal, False, None), "type": "category", "data": list(chart.lines[0].x)}
    elif chart.logarithmic[0]:
        values = [np.array(line.x, dtype=np.float64) for line in chart.lines]
        across = axis_option(decades(chart.horizontal, values, most=_DECADES), look, across=True)
    else:
        across = _axis(look, chart.horizontal, False, _span(line.x for line in chart.lines))
    up = _axis(look, chart.vertical, chart.logarithmic[1], None)
    up |= {"nameLocation": "end", "nameGap": 10, "scale": True}
    up["nameTextStyle"] = {"align": "left", "color": look.ink, "fontSize": _TEXT, "padding": [0, 0, 0, -44]}
    return {
        **_frame(look),
        "legend": {**_legend(look), "show": len(chart.lines) > 1, "top": 0, "right": 0},
        "grid": {"left": 52, "right": 18, "top": 50, "bottom": 44},
        "xAxis": across,
        "yAxis": up,
        "series": [
            _points(line, place, look, chart.logarithmic)
            if line.points
            else _line(line, place, look, chart.logarithmic, any(one.points for one in chart.lines))
            for place, line in enumerate(chart.lines)
        ],
    }


def _points(line: Line, place: int, look: Look, logarithmic: tuple[bool, bool]) -> Option:
    return {
        **_shared(line, place, look, logarithmic),
        "type": "scatter",
        "symbol": _SYMBOLS[place % len(_SYMBOLS)],
        "symbolSize": 7,
        "itemStyle": {"color": "transparent", "borderColor": look.series[place % len(look.series)], "borderWidth": 1.5},
    }


def _line(line: Line, place: int, look: Look, logarithmic: tuple[bool, bool], beside_points: bool) -> Option:
    return {
        **_shared(line, place, look, logarithmic),
        "type": "line",
        "symbol": _SYMBOLS[place % len(_SYMBOLS)],
        "symbolSize": 6,
        "showSymbol": len(line.x) <= _FEW and not beside_points,
        "lineStyle": {"type": _DASHES[place % len(_DASHES)], "width": 2},
    }


def _shared(line: Line, place: int, look: Look, logarithmic: tuple[bool, bool]) -> Option:
    colour = look.series[place % len(look.series)]
    across = [math.log10(float(x)) if logarithmic[0] and float(x) > 0.0 else x for x in line.x]
    points = [
        [x, y] if math.isfinite(y) and (y > 0.0 or not logarithmic[1]) else [x, None] for x, y in zip(across, line.y)
    ]
    return {"id": line.name, "name": line.name, "data": points, "color": colour}


# --------------------------------------------------------------------------------------------------------------- shared


def _frame(look: Look) -> Option:
    return {
        "animation": False,
        "textStyle": {"color": look.ink, "fontFamily": "system-ui, sans-serif"},
        "legend": {**_legend(look), "top": 0, "left": 0},
    }


def _legend(look: Look) -> Option:
    return {"textStyle": {"color": look.ink, "fontSize": _TEXT}, "itemWidth": 26, "itemHeight": 9}


def _axis(look: Look, name: str, logarithmic: bool, ends: tuple[float, float] | None) -> Option:
    """Return an axis, whose ends lie a little beyond those that are given."""
    made: Option = {
        "type": "log" if logarithmic else "value",
        "name": name,
        "nameLocation": "middle",
        "nameGap": 26,
        "nameTextStyle": {"color": look.ink, "fontSize": _TEXT},
        "axisLabel": {"color": look.quiet, "fontSize": _TEXT, "hideOverlap": True},
        "axisLine": {"show": True, "onZero": False, "lineStyle": {"color": look.quiet}},
        "splitLine": {"lineStyle": {"color": look.line}},
        "minorSplitLine": {"show": False},
    }
    if ends is None:
        return made
    low, high = ends
    if logarithmic:
        return made | {"min": _rounded(low / 1.15), "max": _rounded(high * 1.15)}
    axis = between(name, [np.array(ends)])
    return made | {"min": axis.low, "max": axis.high, "interval": axis.step}


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _span(columns: Any) -> tuple[float, float]:
    values = [float(value) for column in columns for value in column]
    return min(values), max(values)
