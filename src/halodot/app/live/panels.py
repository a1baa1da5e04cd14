"""The one place where the engine asks for charts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from halodot.app.live.frames import Request
from halodot.results.data import Result


def options(names: tuple[str, ...], result: Result, pins: Mapping[str, Result], request: Request) -> Mapping[str, Any]:
    """Return the ECharts option of every panel by its name.

    Args:
        names: of the panels.
        result: what they show.
        pins: exact results to compare with, by name.
        request: with marks, measured points, the voltage of the bands and the theme.
    """
    charts = import_module("halodot.app.charts")
    shown = charts.Shown(
        result=result,
        pins=pins,
        reported=dict(request.reported),
        measured=dict(request.measured),
        voltage=request.voltage,
        theme=request.theme,
    )
    found: Mapping[str, Any] = charts.panel_options(names, shown)
    return found
