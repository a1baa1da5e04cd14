"""The pictures of an analysis as ECharts draws them: measured points, fits, marks, ranges that can be dragged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halodot.app.lab.panels import Drawn, read_panels
from halodot.app.lab.places import item_of, places_of
from halodot.app.lab.settings import settings_rows
from halodot.app.lab.windows import Window, windows_of
from halodot.lab.plan_file import read_plan
from halodot.lab.run import ANALYSES, FIGURES

#: of series, on each ground with a contrast of 3 and more
_COLOURS: Mapping[str, tuple[str, ...]] = {
    "light": ("#005c99", "#b34700", "#007a58", "#9c3f77", "#7a5600", "#1b1d1f"),
    "dark": ("#7cc4f5", "#ffb27a", "#5fd3ac", "#f0a6cf", "#f2cf66", "#e6e9ec"),
}
#: of text, quiet text and lines of the grid, as the pages have them
_INK = {"light": ("#1b1d1f", "#54595f", "#d5d9dd"), "dark": ("#e6e9ec", "#a7aeb5", "#3b4249")}
#: of a range that can be dragged
_RANGE = {"light": "rgba(0,92,153,0.12)", "dark": "rgba(124,196,245,0.18)"}
#: where the text of a mark stands
_INSIDE = {"position": "insideEndTop"}
#: marks whose texts can be told apart
_MOST_NAMES = 6
#: height of a line of text [px]
_LINE = 14
#: points above which they are drawn small
_MANY = 60
#: points with error bars
_MOST_BARS = 300


@dataclass(frozen=True)
class PictureView:
    """One panel of the figure of an analysis."""

    option: dict[str, Any]  # of ECharts; empty for an image
    windows: tuple[Window, ...]
    about: str  # what it shows, in words
    image: str = ""  # data URL
    image_about: str = ""  # size and meaning of the image


def pictures(session: Path, key: str, theme: str) -> tuple[PictureView, ...]:
    """Return the pictures of an analysis.

    Args:
        session: folder of the session.
        key: name of the analysis.
        theme: ``light`` or ``dark``.

    Raises:
        InputError: there is no such analysis.
    """
    places = places_of(session)
    item = item_of(read_plan(places.plan), key)
    panels = read_panels(places.out / FIGURES, key)
    try:
        used = json.loads((places.out / ANALYSES / f"{key}.json").read_text(encoding="utf-8"))["settings"]
    except (OSError, ValueError, KeyError):
        used = {}
    ranges = windows_of(panels, settings_rows(item, used))
    return tuple(_view(panel, windows, theme) for panel, windows in zip(panels, ranges))


def _view(panel: Drawn, windows: tuple[Window, ...], theme: str) -> PictureView:
    if panel.image:
        width, height = panel.image_size
        size = f"{width:.3g} by {height:.3g} in the unit of {panel.x}"
        return PictureView({}, (), f"image, {size}", panel.image, "; ".join(filter(None, (size, panel.image_name))))
    named = ", ".join(trace["name"] for trace in panel.traces if trace["name"])
    about = f"{panel.y} against {panel.x}" + (f": {named}" if named else "")
    return PictureView(picture_options(panel, windows, theme), windows, about)


def picture_options(panel: Drawn, windows: Sequence[Window], theme: str) -> dict[str, Any]:
    """Return a panel as an option of ECharts.

    Args:
        panel: with traces.
        windows: ranges that can be dragged in it.
        theme: ``light`` or ``dark``.
    """
    ink, quiet, line = _INK[theme]
    series = _recorded(panel, theme)
    series += [one for place, trace in enumerate(panel.traces) for one in _series(panel, trace, place, theme)]
    series.append(_marks(panel, theme))
    series += [_range(window, place, theme) for place, window in enumerate(windows)]
    ends = (min(one.least for one in windows), max(one.most for one in windows)) if windows else panel.x_range
    names = list(dict.fromkeys(one["name"] for one in series if one.get("name")))
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {"color": ink, "fontFamily": "system-ui, sans-serif"},
        "aria": {"enabled": True, "label": {"description": f"{panel.y} against {panel.x}"}},
        "grid": {
            "left": 84,  # as lab.css lays the handles of the ranges below it
            "right": 24,
            "top": 40 if len(names) > 1 else 24,
            "bottom": 48,
            "outerBoundsMode": "none",
        },
        "legend": {"show": len(names) > 1, "data": names, "textStyle": {"color": ink}, "type": "scroll", "top": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "line"}, "confine": True},
        "xAxis": _axis(panel.x, panel.x_logarithmic, ends, (ink, quiet, line))
        | {"inverse": panel.x_reversed, "nameGap": 28},
        "yAxis": _axis(panel.y, panel.y_logarithmic, panel.y_range, (ink, quiet, line)) | {"nameGap": 64},
        "series": series,
    }


def _axis(
    label: str, logarithmic: bool, ends: tuple[float, float] | None, colours: tuple[str, str, str]
) -> dict[str, Any]:
    ink, quiet, line = colours
    limits, shown = {}, {}
    if ends is not None:
        limits = {"min": min(ends), "max": max(ends)}
        shown = {"showMinLabel": _is_round(min(ends)), "showMaxLabel": _is_round(max(ends))}
    return {
        "type": "log" if logarithmic else "value",
        "scale": True,
        "name": label,
        "nameLocation": "middle",
        "nameTextStyle": {"color": ink},
        "axisLabel": {"color": quiet, "hideOverlap": True, **shown},
        "axisLine": {"show": True, "lineStyle": {"color": quiet}, "onZero": False},
        "splitLine": {"lineStyle": {"color": line}},
        **limits,
    }


def _recorded(panel: Drawn, theme: str) -> list[dict[str, Any]]:
    """Return what the file has beyond what was used, drawn quietly."""
    if not panel.recorded or not any(value is not None for value in panel.recorded["y"]):
        return []
    data = _pairs(panel, panel.recorded["x"], panel.recorded["y"])
    style = {"color": _INK[theme][1], "width": 1, "opacity": 0.8}
    return [
        {"name": "recorded", "type": "line", "data": data, "showSymbol": False, "lineStyle": style, "z": 1}
        | {"itemStyle": {"color": _INK[theme][1]}}
    ]


def _is_round(value: float) -> bool:
    """Whether a number is short enough to stand at the end of an axis."""
    return float(f"{value:.2g}") == value


def _series(panel: Drawn, trace: Mapping[str, Any], place: int, theme: str) -> Iterator[dict[str, Any]]:
    colour = _COLOURS[theme][place % len(_COLOURS[theme])]
    data = _pairs(panel, trace["x"], trace["y"])
    common = {"name": trace["name"], "data": data, "itemStyle": {"color": colour}, "silent": False}
    look = trace["look"]
    if look == "points":
        yield common | {"type": "scatter", "symbolSize": 3 if len(data) > _MANY else 6, "z": 2}
        if trace["error"] and len(data) <= _MOST_BARS:
            yield _bars(panel, trace, colour)
        return
    drawn = common | {"type": "line", "showSymbol": len(data) < 2, "z": 3}
    style = {"color": colour, "width": 1.6, "type": "dashed" if look == "dashed" else "solid"}
    if look == "bars":
        yield drawn | {"step": "middle", "areaStyle": {"opacity": 0.3}, "lineStyle": style | {"width": 1}}
        return
    yield drawn | {"lineStyle": style | ({"opacity": 0.6, "width": 1} if look == "band" else {})}
    if look == "band" and trace["upper"]:
        upper = _pairs(panel, trace["x"], trace["upper"])
        yield drawn | {"data": upper, "lineStyle": style | {"opacity": 0.6, "width": 1}}


def _pairs(panel: Drawn, x: Sequence[float | None], y: Sequence[float | None]) -> list[list[float]]:
    """Return the points that an axis can show."""
    return [
        [across, up]
        for across, up in zip(x, y)
        if across is not None
        and up is not None
        and (across > 0.0 or not panel.x_logarithmic)
        and (up > 0.0 or not panel.y_logarithmic)
    ]


def _bars(panel: Drawn, trace: Mapping[str, Any], colour: str) -> dict[str, Any]:
    """Return one standard deviation to both sides of points."""
    data = []
    for across, up, error in zip(trace["x"], trace["y"], trace["error"]):
        if across is None or up is None or not error:
            continue
        low = up - error if not panel.y_logarithmic or up > error else up
        if (across > 0.0 or not panel.x_logarithmic) and (low > 0.0 or not panel.y_logarithmic):
            data.append({"coords": [[across, low], [across, up + error]]})
    style = {"color": colour, "width": 1, "opacity": 0.6}
    return {
        "type": "lines",
        "coordinateSystem": "cartesian2d",
        "data": data,
        "lineStyle": style,
        "silent": True,
        "z": 1,
    }


def _marks(panel: Drawn, theme: str) -> dict[str, Any]:
    """Return the places worth a line, as a series without points."""
    _, quiet, _ = _INK[theme]
    named = sum(bool(mark["text"]) for mark in panel.marks) <= _MOST_NAMES
    data = [
        {
            "xAxis" if mark["axis"] == "x" else "yAxis": mark["place"],
            "label": {"show": named and bool(mark["text"]), "formatter": mark["text"], "color": quiet} | _INSIDE,
        }
        for mark in panel.marks
    ]
    line = {"silent": True, "symbol": "none", "lineStyle": {"color": quiet, "type": "dotted", "width": 1}, "data": data}
    return {"id": "marks", "type": "line", "data": [], "markLine": line}


def _range(window: Window, place: int, theme: str) -> dict[str, Any]:
    """Return a range as a series of its own, which is replaced while it is dragged."""
    ink, _, _ = _INK[theme]
    edge = _COLOURS[theme][0]
    label = {
        "show": True,
        "color": ink,
        "position": "insideTopLeft",
        "offset": [0, _LINE * place],
        "formatter": window.setting.replace("_", " "),
    }
    area = {
        "silent": True,
        "itemStyle": {"color": _RANGE[theme], "borderColor": edge, "borderWidth": 1, "borderType": "dashed"},
        "label": label,
        "data": [[{"xAxis": window.low}, {"xAxis": window.high}]],
    }
    return {"id": f"range-{window.setting}", "type": "line", "data": [], "markArea": area}
