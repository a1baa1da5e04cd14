"""The one place where the engine asks for charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from halodot.app.live.frames import Picture, Request

if TYPE_CHECKING:
    from halodot.results.data import Result

#: takes the names of panels, a result, the pinned ones and the request; gives what each panel shows
Draw = Callable[[tuple[str, ...], "Result", Mapping[str, "Result"], Request], Mapping[str, Picture]]


def pictures(
    names: tuple[str, ...], result: Result, pins: Mapping[str, Result], request: Request
) -> Mapping[str, Picture]:
    """Return every panel by its name.

    Args:
        names: of the panels.
        result: what they show.
        pins: exact results to compare with, by name.
        request: with marks, measured points, the voltage of the bands, the theme, and whose tables are open.

    Raises:
        InputError: there is no such panel.
    """
    from halodot.app.charts.panels import panel_of
    from halodot.app.charts.shown import Shown

    shown = Shown(
        result=result,
        pins=pins,
        reported=dict(request.reported),
        measured=dict(request.measured),
        voltage=request.voltage,
        theme=request.theme,
    )
    found = {}
    for name in names:
        panel = panel_of(name)
        chart = panel.draw(shown)
        if chart is None:
            found[name] = Picture({"empty": panel.empty(shown)}, panel.empty(shown))
        else:
            found[name] = Picture(
                chart.option(shown.look), chart.text, chart.table() if name in request.tables else None
            )
    return found
