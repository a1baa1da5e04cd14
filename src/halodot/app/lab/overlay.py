"""What an analysis shows as measured, to be laid over simulated curves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from halodot.app.lab.panels import Drawn, panel_values, read_panels
from halodot.app.lab.places import item_of, places_of
from halodot.app.lab.windows import unit_of
from halodot.arrays import Array
from halodot.errors import InputError
from halodot.lab.plan_file import read_plan
from halodot.lab.run import FIGURES
from halodot.units import to_si

#: columns by the words of an axis, with their unit in SI, empty where only the shape counts
_COLUMNS: Mapping[str, tuple[str, str]] = {
    "voltage": ("voltage", "V"),
    "current density": ("current_density", "A/m2"),
    "luminance": ("luminance", "cd/m2"),
    "eqe": ("eqe", "1"),
    "current efficiency": ("current_efficiency", "cd/A"),
    "wavelength": ("wavelength", "m"),
    "time": ("time", "s"),
    "absorbance": ("absorbance", ""),
    "el": ("intensity", ""),
    "pl": ("intensity", ""),
    "counts": ("counts", ""),
    "l / l0": ("relative_luminance", ""),
    "intensity": ("intensity", ""),
}
#: which simulated curve an analysis belongs to, where its columns do not tell
_SIMULATED = {"pl": "pl", "luqy": "pl", "uv_vis": "absorption", "trpl": "trpl", "lifetime": "lifetime"}
#: pairs of columns that a simulated curve has
_PAIRS = (
    ("voltage", "current_density"),
    ("voltage", "luminance"),
    ("current_density", "eqe"),
    ("current_density", "current_efficiency"),
    ("wavelength", "intensity"),
    ("wavelength", "absorbance"),
    ("time", "counts"),
    ("time", "relative_luminance"),
)
#: what a legend calls the curves of a device
_SAID = {"current_density": "J", "luminance": "L", "eqe": "EQE", "current_efficiency": "cd/A", "intensity": "EL"} | {
    "relative_luminance": "L/L0"
}
#: wavelength [m] at which the simulated absorbance is 1
_REFERENCE = 400e-9
_OF_DEVICES = ("jvl", "devices", "devices_of_file")
#: analyses of which something can be laid over simulated curves
CAN_BE_LAID = (*_SIMULATED, *_OF_DEVICES)


@dataclass(frozen=True, eq=False)
class MeasuredCurve:
    """One measured curve."""

    panel: str  # jvl, eqe, el, pl, absorption, trpl or lifetime
    label: str
    columns: Mapping[str, Array]  # (point,) each; in SI, what has no unit as the panels have it


def measured_points(session: Path, key: str) -> tuple[MeasuredCurve, ...]:
    """Return what of an analysis can be laid over simulated curves: what was measured, and not what was fitted.

    Args:
        session: folder of the session.
        key: name of the analysis.

    Raises:
        InputError: there is no such analysis.
    """
    places = places_of(session)
    item = item_of(read_plan(places.plan), key)
    if item.method not in CAN_BE_LAID:
        return ()
    found: dict[tuple[str, ...], MeasuredCurve] = {}
    for panel in read_panels(places.out / FIGURES, key):
        for curve in _of_panel(panel, item.method, item.sample):
            found.setdefault((*curve.columns, curve.label), curve)
    return tuple(found.values())


def overlaid(session: Path, keys: Sequence[str]) -> tuple[tuple[str, Mapping[str, Array]], ...]:
    """Return the measured curves of analyses, by names that a legend can show; what is gone is left out.

    Args:
        session: folder of the session.
        keys: names of the analyses.
    """
    found: dict[str, Mapping[str, Array]] = {}
    for key in keys:
        with suppress(InputError):
            for curve in measured_points(session, key):
                name, number = curve.label, 2
                while name in found:
                    name, number = f"{curve.label} ({number})", number + 1
                found[name] = curve.columns
    return tuple(found.items())


def _of_panel(panel: Drawn, method: str, sample: str) -> Iterator[MeasuredCurve]:
    across, up = _column(panel.x), _column(panel.y)
    if across is None or up is None or (across[0], up[0]) not in _PAIRS:
        return
    listed = [trace for trace in panel.traces if trace["look"] == "points"] or list(panel.traces[:1])
    for trace in listed:
        x, y = panel_values(trace["x"]) * across[1], panel_values(trace["y"]) * up[1]
        kept = np.isfinite(x) & np.isfinite(y)
        made = _as_simulated({across[0]: x[kept], up[0]: y[kept]}, method)
        if not made:
            continue
        name = trace["name"] if len(listed) > 1 or trace["name"] not in ("", "measured") else ""
        what = _SAID.get(up[0], "") if method in (*_OF_DEVICES, "lifetime") else ""
        label = ", ".join(filter(None, (f"{sample} {what}".strip(), name)))
        yield MeasuredCurve(_simulated(method, up[0]), label, made)


def _as_simulated(columns: dict[str, Array], method: str) -> dict[str, Array]:
    """Return a curve without a unit at the scale of the simulated one, empty where it does not reach it."""
    if "absorbance" in columns:
        order = np.argsort(columns["wavelength"])
        x, y = columns["wavelength"][order], columns["absorbance"][order]
        at = float(np.interp(_REFERENCE, x, y)) if x.size and x[0] <= _REFERENCE <= x[-1] else 0.0
        return {"wavelength": x, "absorbance": y / at} if at > 0.0 else {}
    if "relative_luminance" in columns:
        return {"age": columns["time"], "relative_luminance": columns["relative_luminance"]}
    if "counts" in columns:
        time, counts = columns["time"], columns["counts"]
        top = int(np.argmax(counts)) if counts.size else 0
        after = time[top:] - time[top] if counts.size else time
        return {"time": after, "decay": counts[top:] / counts[top]} if counts.size and counts[top] > 0.0 else {}
    if "intensity" in columns and method in _SIMULATED:
        high = float(np.max(columns["intensity"], initial=0.0))
        return {"wavelength": columns["wavelength"], "pl": columns["intensity"] / high} if high > 0.0 else {}
    return columns


def _simulated(method: str, column: str) -> str:
    if method in _SIMULATED:
        return _SIMULATED[method]
    return {"eqe": "eqe", "current_efficiency": "eqe", "intensity": "el"}.get(column, "jvl")


def _column(label: str) -> tuple[str, float] | None:
    """Return the column of an axis and what its numbers are multiplied with to be in SI."""
    words = re.sub(r"[(,].*", "", label).strip().casefold()
    name, unit = next(
        (found for said, found in _COLUMNS.items() if words == said or (words + " ").startswith(said + " ")), ("", "")
    )
    if not name:
        return None
    if not unit:
        return name, 1.0
    shown = unit_of(label)
    try:
        return name, to_si(f"1 {shown}".strip() if shown else 1.0, unit)
    except InputError:
        return None
