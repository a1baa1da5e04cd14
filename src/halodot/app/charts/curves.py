"""A chart of curves: the lines of a result, those of pinned ones, measured points and marks, as ECharts takes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from halodot.app.charts.axes import Axis
from halodot.app.charts.shown import Look
from halodot.numerics import monotone_cubic
from halodot.report.measured import COLUMNS, Points, column
from halodot.report.style import HOUR
from halodot.rounding import rounded
from halodot.states import Array, IntArray

Option = dict[str, Any]
Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
#: points of a line, and rows of a table, that there are at most
MOST_POINTS, MOST_ROWS = 40, 40
#: smallest text [px], and of names
SMALL, TEXT = 11, 12
FONT = "system-ui, sans-serif"
#: what the curves of the result are called beside pinned ones
OWN = "this study"
#: what measured columns are multiplied with to be shown: those of the figures, and what a laboratory has of the dots
_SIZES: Mapping[str, float] = {name: size for name, (_, size) in COLUMNS.items()} | {
    "time": 1e9,  # ns
    "absorbance": 1.0,  # over that at 400 nm
    "pl": 1.0,  # over its maximum
    "decay": 1.0,  # over its maximum
    "age": 1.0 / HOUR,  # h
}
#: dashes and gaps of pinned lines [px], and symbols of measured points
_PINNED = ([8, 4], [2, 3], [9, 3, 2, 3], [4, 3])
_SYMBOLS = ("circle", "rect", "triangle", "diamond")
#: widths of a chart that a legend is laid out for, of a letter, and of what else an entry takes [px]
_WIDTH, _LETTER, _ENTRY = 384.0, 6.2, 35.0
_ROW = 16  # px, of the legend
#: how evenly points are spread that follow the bends of a curve
_EVEN = 0.7
#: points up to which a curve is a coarse one
_FEW = 32


@dataclass(frozen=True, eq=False)
class Line:
    """A curve in the units of its axes."""

    key: str  # that stays the same while numbers change
    heading: str  # of its column in the table, unit in brackets; empty for what has none
    x: Array
    y: Array
    colour: int | None = 0  # number among the colours of the look; None for what only helps the eye
    right: bool = False  # whether it belongs to the axis on the right
    dash: str | list[int] = "solid"
    filled: bool = False
    curved: bool = False  # whether it bends between its points where these are few


@dataclass(frozen=True)
class Name:
    """A text at a place in the chart, in the units of its axes."""

    text: str
    x: float
    y: float
    where: str = "right"  # of the place, or left, top, bottom, above to the left, above to the right
    right: bool = False
    symbol: str = ""  # that marks the place
    turned: bool = False
    fill: str = ""  # colour of the symbol, that of the text without one


@dataclass(frozen=True)
class Rule:
    """A dotted line across the chart at a value, with its name: what somebody reported."""

    key: str
    text: str
    value: float
    upright: bool  # whether the value belongs to the axis across
    right: bool = False


@dataclass(frozen=True, eq=False)
class CurveChart:
    """Curves with all that stands beside them."""

    chip: str  # the numbers that stand above
    text: str  # the same in a sentence, for who does not see it
    x: Axis
    y: tuple[Axis, ...]
    lines: Sequence[Line]
    pins: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    names: Sequence[Name] = ()
    rules: Sequence[Rule] = ()
    measured: Mapping[str, Points] = field(default_factory=dict)
    columns: Sequence[tuple[str, str]] = ()  # of measured points, across and up, one pair for each vertical axis
    graphic: Sequence[Option] = ()
    grid: Mapping[str, Any] = field(default_factory=dict)
    plain_x: str = ""  # heading of the column of the axis across, its title without one

    def option(self, look: Look) -> Option:
        """Return what ECharts draws."""
        legend = [OWN, *self.pins, *(f"{name}, measured" for name in self._points())]
        beside = len(legend) > 1
        grid = {
            "left": 52,
            "right": 52 if len(self.y) > 1 else 14,
            "top": 28 + (_ROW * legend_rows(legend) if beside else 0),
            "bottom": 40,
            "outerBoundsMode": "none",
            **self.grid,
        }
        return {
            **basis(self.chip, look),
            "legend": key_of(legend if beside else [], look, lines=[OWN, *self.pins]),
            "grid": grid,
            "xAxis": axis_option(self.x, look, across=True),
            "yAxis": [axis_option(axis, look, right=bool(number)) for number, axis in enumerate(self.y)],
            "series": [*self._lines(look), *self._rules(look), *self._measured(look), *self._names(look)],
            **({"graphic": list(self.graphic)} if self.graphic else {}),
        }

    def table(self) -> Table:
        """Return the curves as numbers: a row a point, those of pinned results and measured points below."""
        groups: dict[str, tuple[Sequence[str], Sequence[Array]]] = {}
        for owner, every in ((OWN, self.lines), *self.pins.items()):
            if lines := [line for line in every if line.heading and line.x.size]:
                groups[owner] = ([line.heading for line in lines], _on_one(lines))
        across = self.plain_x or self.x.title
        headings = list(dict.fromkeys(name for names, _ in groups.values() for name in names))
        several = len(groups) > 1
        share = MOST_ROWS // max(len(groups), 1)
        rows: list[tuple[str, ...]] = []
        for owner, (names, columns) in groups.items():
            for index in thinned(columns[0].size, share):
                cells = {name: values[index] for name, values in zip(names, columns[1:])}
                numbers = [_cell(columns[0][index]), *(_cell(cells.get(name, np.nan)) for name in headings)]
                rows.append((owner, *numbers) if several else tuple(numbers))
        return (("Result", across, *headings) if several else (across, *headings)), tuple(rows)

    def _points(self) -> dict[str, list[tuple[int, Array, Array]]]:
        """Measured points that have a place here: number of the vertical axis, and both columns as shown."""
        found: dict[str, list[tuple[int, Array, Array]]] = {}
        for name, points in self.measured.items():
            for number, (x, y) in enumerate(self.columns):
                across, up = column(points, x), column(points, y)
                if across is None or up is None or number >= len(self.y):
                    continue
                up = np.abs(up) if y == "current_density" else up
                found.setdefault(name, []).append((number, across * _SIZES[x], up * _SIZES[y]))
        return found

    def _lines(self, look: Look) -> list[Option]:
        own = [self._line(line, look, line.key, OWN, line.dash, 2.2) for line in self.lines]
        pinned = [
            self._line(line, look, f"pin:{name}:{line.key}", name, _PINNED[number % len(_PINNED)], 1.6)
            for number, (name, lines) in enumerate(self.pins.items())
            for line in lines
        ]
        return [*pinned, *own]

    def _line(self, line: Line, look: Look, key: str, name: str, dash: Any, width: float) -> Option:
        axis = self.y[int(line.right)]
        x, y = self.x.place(line.x), axis.place(line.y)
        x, y = through(x, y) if line.curved else (x, y)
        keep = bent(y, MOST_POINTS)
        colour = look.quiet if line.colour is None else look.series[line.colour % len(look.series)]
        return {
            **series(key, name, line.right),
            "type": "line",
            "showSymbol": False,
            "color": colour,
            "lineStyle": {"width": 0.8 if line.colour is None else width, "type": dash},
            **({"areaStyle": {"opacity": 0.18}} if line.filled and name == OWN else {}),
            "data": points_of(self.x, x[keep], axis, y[keep]),
        }

    def _rules(self, look: Look) -> list[Option]:
        found = []
        for rule in self.rules:
            axis = self.x if rule.upright else self.y[int(rule.right)]
            place = float(axis.place(np.array(rule.value)))
            up = self.y[int(rule.right)]
            data = [[place, up.low], [place, up.high]] if rule.upright else [[self.x.low, place], [self.x.high, place]]
            found.append(
                {
                    **series(f"reported:{rule.key}", rule.text, rule.right),
                    "type": "line",
                    "showSymbol": False,
                    "color": look.ink,
                    "lineStyle": {"width": 1.2, "type": [2, 4]},
                    "data": [[short(x), short(y)] for x, y in data],
                }
            )
        return found

    def _measured(self, look: Look) -> list[Option]:
        found = []
        for number, (name, parts) in enumerate(self._points().items()):
            for side, across, up in parts:
                x, y = self.x.place(across), self.y[side].place(up)
                seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
                seen = seen[thinned(seen.size, MOST_POINTS)]
                colour = look.series[(side if len(self.y) > 1 else number + 1) % len(look.series)]
                found.append(
                    {
                        **series(f"measured:{name}:{side}", f"{name}, measured", bool(side)),
                        "type": "scatter",
                        "symbol": _SYMBOLS[number % len(_SYMBOLS)],
                        "symbolSize": 6,
                        "itemStyle": {"color": "transparent", "borderColor": colour, "borderWidth": 1.5, "opacity": 1},
                        "data": points_of(self.x, x[seen], self.y[side], y[seen]),
                    }
                )
        return found

    def _names(self, look: Look) -> list[Option]:
        """The names at the lines and of the reported values: invisible points with labels."""
        every = [*self.names, *self._named_rules()]
        return [
            {
                **series(f"names:{'right' if right else 'left'}", "", right),
                "type": "scatter",
                "symbol": "diamond",
                "symbolSize": 0.01,
                "clip": False,
                "itemStyle": {"color": look.ink, "opacity": 1},
                "label": {
                    "show": True,
                    "color": look.ink,
                    "fontSize": SMALL,
                    "textBorderColor": look.paper,
                    "textBorderWidth": 2,
                },
                "data": [self._name(name, look) for name in every if name.right == right],
                "z": 5,
            }
            for right in (False, True)[: len(self.y)]
        ]

    def _named_rules(self) -> list[Name]:
        found = []
        for rule in self.rules:
            axis = self.y[int(rule.right)]
            if rule.upright:
                late = float(self.x.place(np.array(rule.value))) > self.x.at(0.55)
                height = axis.at(0.95 if all(one.upright for one in self.rules) else 0.7)
                place = (rule.value, 10.0**height if axis.logarithmic else height)
                found.append(Name(rule.text, *place, where="left" if late else "right", right=rule.right))
            else:
                start = self.x.at(0.98 if rule.right else 0.02)
                across = 10.0**start if self.x.logarithmic else start
                side = "above to the left" if rule.right else "above to the right"
                found.append(Name(rule.text, across, rule.value, where=side, right=rule.right))
        return found

    def _name(self, name: Name, look: Look) -> Option:
        axis = self.y[int(name.right)]
        place = [short(float(self.x.place(np.array(name.x)))), short(float(axis.place(np.array(name.y))))]
        label: Option = {"formatter": plain(name.text), "position": name.where}
        if name.turned:
            label |= {"rotate": 90, "align": "right", "verticalAlign": "middle", "position": "inside"}
        if name.where.startswith("above"):
            label |= {"position": [0, -3], "verticalAlign": "bottom"}
            label |= {"align": "right" if name.where == "above to the left" else "left"}
        point: Option = {"value": place, "label": label}
        if name.symbol:
            point |= {"symbol": name.symbol, "symbolSize": 9}
        if name.fill:
            point |= {"itemStyle": {"color": name.fill, "borderColor": look.ink, "borderWidth": 1.5}}
        return point


def plain(text: str) -> str:
    """Return a user's text without the signs by which ECharts puts in others."""
    return text.replace("{", "(").replace("}", ")")


def basis(chip: str, look: Look) -> Option:
    """Return what every option has: no motion, the font, and the numbers above the drawing."""
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT, "fontSize": SMALL, "color": look.ink},
        "title": {
            "text": chip,
            "left": 6,
            "top": 6,
            "padding": 0,
            "textStyle": {"fontSize": TEXT, "fontWeight": "normal", "color": look.quiet},
        },
    }


def key_of(names: Sequence[str], look: Look, lines: Sequence[str] = ()) -> Option:
    """Return the legend below the numbers; of no names, none is shown.

    Args:
        names: of series.
        look: of the chart.
        lines: those of the names that belong to lines and have no symbol.
    """
    if not names:
        return {"show": False, "data": []}
    return {
        "show": True,
        "data": [{"name": name, "itemStyle": {"opacity": 0}} if name in lines else {"name": name} for name in names],
        "selectedMode": False,
        "left": 6,
        "top": 23,
        "padding": 0,
        "itemGap": 8,
        "itemWidth": 22,
        "itemHeight": 9,
        "textStyle": {"color": look.ink, "fontSize": SMALL},
    }


def legend_rows(names: Sequence[str]) -> int:
    """Return how many rows a legend takes."""
    rows, used = 1, 0.0
    for name in names:
        width = _ENTRY + _LETTER * len(name)
        rows, used = (rows + 1, width) if used and used + width > _WIDTH else (rows, used + width)
    return rows


def axis_option(axis: Axis, look: Look, across: bool = False, right: bool = False) -> Option:
    """Return an axis as ECharts takes it; powers of ten are written as such."""
    whole = math.isclose(math.remainder(axis.high - axis.low, axis.step), 0.0, abs_tol=1e-6 * axis.step)
    label: Option = {"color": look.quiet, "fontSize": SMALL, "showMaxLabel": whole}
    if axis.logarithmic:
        label |= {"formatter": "10{e|{value}}", "rich": {"e": {"fontSize": SMALL, "padding": [0, 0, 7, 0]}}}
    return {
        "type": "value",
        "show": axis.shown,
        "name": axis.title,
        "nameLocation": "middle",
        "nameMoveOverlap": False,
        "nameGap": 23 if across else 36,
        "nameTextStyle": {"color": look.ink, "fontSize": TEXT},
        "min": axis.low,
        "max": axis.high,
        "interval": axis.step,
        "axisLine": {"show": True, "onZero": False, "lineStyle": {"color": look.quiet}},
        "axisTick": {"show": True, "inside": True},
        "axisLabel": label,
        "splitLine": {"show": False} if across or right else {"lineStyle": {"color": look.line, "width": 0.6}},
    }


def series(key: str, name: str, right: bool = False) -> Option:
    """Return what every series has: its lasting id, its name, its axis, and that it answers to no mouse."""
    return {
        "id": key,
        "name": name,
        "silent": True,
        **({"yAxisIndex": 1} if right else {}),
    }


def thinned(size: int, most: int, keep: Array | None = None) -> IntArray:
    """Return the places of at most so many of the points, evenly through them, both ends and the highest among them.

    Args:
        size: number of points.
        most: of them that stay.
        keep: (point,) of which the highest stays, any unit.
    """
    if size <= most:
        return np.arange(size)
    found = np.unique(np.linspace(0, size - 1, most - 1).round().astype(np.int64))
    if keep is None or not np.any(np.isfinite(keep)):
        return found
    return np.unique(np.append(found, np.int64(np.nanargmax(keep))))


def through(x: Array, y: Array) -> tuple[Array, Array]:
    """Return a curve with more points that passes through those of a coarse one and makes no maximum of its own.

    Args:
        x: (point,) places across, rising.
        y: (point,) places up, nan where there is none.

    Returns:
        Places across and up, those of the points among them; the points themselves where they are many.
    """
    known = np.flatnonzero(np.isfinite(y))
    if not 4 <= known.size <= _FEW or np.any(np.diff(x[known]) <= 0.0):
        return x, y
    between = max(2, MOST_POINTS // known.size)
    place, values = x[known], y[known]
    share = np.arange(between) / between
    fine = np.append((place[:-1, None] + np.diff(place)[:, None] * share).ravel(), place[-1])
    curved = monotone_cubic(fine, place, values)
    curved[::between] = values
    return fine, curved


def bent(values: Array, most: int) -> IntArray:
    """Return the places of at most so many points of a curve, closer where it bends, ends and highest among them.

    Args:
        values: (point,) along the curve, any unit; nan where there is no point.
        most: points that stay.
    """
    if values.size <= most:
        return np.arange(values.size)
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    bend = np.zeros(values.size)
    bend[1:-1] = np.sqrt(np.abs(np.diff(filled, 2))) * (known[1:-1] & known[:-2] & known[2:])
    along = np.cumsum(bend / max(float(np.mean(bend)), 1e-300) + _EVEN)
    found = np.searchsorted(along, np.linspace(along[0], along[-1], most - 1))
    highest = int(np.argmax(np.where(known, values, -np.inf)))
    return np.unique(np.append(found, [0, highest, values.size - 1]))[:most]


def short(value: float, form: str = ".4g") -> float | None:
    """Return a number with four digits, None for one that is none."""
    return float(format(value, form)) if math.isfinite(value) else None


def points_of(across: Axis, x: Array, up: Axis, y: Array) -> list[list[float | None]]:
    """Return points as ECharts takes them: four digits, or four decimals of a decade.

    Args:
        across: axis of x.
        x: (point,) places on it.
        up: axis of y.
        y: (point,) places on it.
    """
    forms = [".4f" if axis.logarithmic else ".4g" for axis in (across, up)]
    return [[short(left, forms[0]), short(right, forms[1])] for left, right in zip(x.tolist(), y.tolist())]


def _on_one(lines: Sequence[Line]) -> list[Array]:
    """The columns of lines that share their first line's places."""
    first = lines[0]
    columns = [first.x]
    for line in lines:
        same = line.x.size == first.x.size and np.array_equal(line.x, first.x)
        columns.append(line.y if same else np.interp(first.x, line.x, line.y, left=np.nan, right=np.nan))
    return columns


def _cell(value: float) -> str:
    return rounded(float(value), plain=4) if math.isfinite(value) else "–"
