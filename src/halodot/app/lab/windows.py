"""The ranges of an analysis that can be dragged in its pictures."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.app.lab.panels import Drawn, panel_values
from halodot.app.lab.settings import SettingRow
from halodot.errors import InputError
from halodot.units import to_si

#: what the axis up says of the panel that shows a range, where the axis across does not tell
_SHOWN_IN = {"tauc_range": "(A E)"}
#: of an axis, to both sides of what was used
_ROOM = 0.25
#: digits of a number that is dragged, of the width of the axis
_STEPS = 2000


@dataclass(frozen=True)
class Window:
    """A range on the axis across of a panel."""

    setting: str
    about: str
    low: float  # in the unit of the axis
    high: float
    unit: str
    least: float  # ends of the axis
    most: float
    step: float
    automatic: bool  # whether the analysis chooses it
    logarithmic: bool
    reversed: bool
    axis: str = "x"


def unit_of(label: str) -> str:
    """Return the unit that the label of an axis has in brackets, empty for none."""
    found = re.search(r"\(([^()]+)\)", label)
    return found[1] if found else ""


def windows_of(panels: Sequence[Drawn], settings: Sequence[SettingRow]) -> tuple[tuple[Window, ...], ...]:
    """Return the ranges that can be dragged in each panel.

    A range belongs to the first panel whose axis is of its kind.

    Args:
        panels: of an analysis.
        settings: of the same.
    """
    found: list[list[Window]] = [[] for _ in panels]
    for row in (row for row in settings if row.kind == "window"):
        fitting = [place for place, panel in enumerate(panels) if _is_of(panel, row)]
        if fitting:
            window = _window(panels[fitting[0]], row)
            found[fitting[0]] += [window] if window else []
    return tuple(map(tuple, found))


def written(window: Window, low: float, high: float) -> tuple[str, str]:
    """Return a range as the plan has it, the ends rounded to what a screen can tell.

    Args:
        window: that was dragged.
        low: end in the unit of its axis.
        high: the other.

    Raises:
        InputError: the ends are no numbers, or one and the same.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        raise InputError(f"a range has two ends in {window.unit or 'numbers'}, and they differ")
    unit = f" {window.unit}" if window.unit else ""
    digits = max(0, -math.floor(math.log10(window.step)))
    ends = sorted((low, high))
    first, last = (f"{end:.{digits}f}{unit}" if not window.logarithmic else f"{end:.4g}{unit}" for end in ends)
    return first, last


def _is_of(panel: Drawn, row: SettingRow) -> bool:
    wanted = _SHOWN_IN.get(row.name, "")
    if wanted:
        return wanted in panel.y
    try:
        to_si(f"1 {unit_of(panel.x)}", _si(row.unit))
    except InputError:
        return False
    return not panel.image and unit_of(panel.x) != ""


def _si(unit: str) -> str:
    return {"nm": "m", "ns": "s", "h": "s", "degree": "rad", "1/cm": "1/m"}.get(unit, unit)


def _window(panel: Drawn, row: SettingRow) -> Window | None:
    unit, shown = unit_of(panel.x), row.unit
    listed = [*panel.traces, *([panel.recorded] if panel.recorded else [])]
    across = np.concatenate([panel_values(trace["x"]) for trace in listed] or [np.zeros(0)])
    across = across[np.isfinite(across) & ((across > 0.0) if panel.x_logarithmic else True)]
    if across.size < 2 or across.min() == across.max():
        return None
    least, most = float(across.min()), float(across.max())
    if panel.recorded is None and not panel.x_logarithmic:  # the file is on another axis; leave room to widen it
        room = _ROOM * (most - least)
        least, most = least - room, most + room
    factor = to_si(f"1 {shown}", _si(shown)) / to_si(f"1 {unit}", _si(shown))
    low, high = (value * factor for value in row.values) if len(row.values) == 2 else (least, most)
    step = 10.0 ** math.floor(math.log10((most - least) / _STEPS))
    digits = max(0, -math.floor(math.log10(step))) + 1
    ends = round(min(least, low), digits), round(max(most, high), digits)
    return Window(
        row.name,
        row.about,
        round(low, digits),
        round(high, digits),
        unit,
        *ends,
        step,
        row.automatic,
        panel.x_logarithmic,
        panel.x_reversed,
    )
