"""All that a file recorded behind the part that an analysis used, so that its range can be widened again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.app.lab.panels import panel_values, panels_path, plain_numbers
from halodot.app.lab.windows import unit_of
from halodot.arrays import Array
from halodot.errors import HalodotError, InputError
from halodot.lab.folder import opened
from halodot.lab.method import method_named
from halodot.lab.outcome import Outcome, name_of
from halodot.outputs import write_text
from halodot.readers import curves
from halodot.units import to_si

if TYPE_CHECKING:
    import xarray

#: a recorded curve is that of the analysis where so many of its points differ from it by no more than this
_ALIKE, _MOST = 0.1, 0.75
#: of the highest point, below which points say little
_LOW = 0.05


def add_recorded(outcome: Outcome, home: Path, figures: Path, columns: Mapping[str, str]) -> None:
    """Put what the file recorded beside what is shown of an analysis, once for each result.

    Args:
        outcome: of the analysis.
        home: folder of the data.
        figures: folder in which its panels lie.
        columns: what columns without headings are, by pattern of paths.
    """
    spans = [one for one in fields(method_named(outcome.item.method).settings) if one.metadata["kind"] == "span"]
    path = panels_path(figures, name_of(outcome.item))
    if not (spans and outcome.figures and path.is_file()):
        return
    document = json.loads(path.read_text(encoding="utf-8"))
    if not document or "recorded" in document[0]:
        return
    document[0]["recorded"] = None
    try:
        data = opened(home, outcome.main_file, columns)
        document[0]["recorded"] = _recorded(data, document[0])
    except HalodotError:
        pass  # the picture is shown without it; why a file cannot be read stands with the file
    write_text(path, json.dumps(document, ensure_ascii=False, allow_nan=False))


def _recorded(data: xarray.Dataset, panel: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the recorded curve on the axes of a panel; without heights where they are of another kind."""
    traces = panel["traces"]
    if not traces or panel["image"]:
        return None
    x, y = panel_values(traces[0]["x"]), panel_values(traces[0]["y"])
    there = list(_on_axis(data, unit_of(panel["x"])))
    for across, up in there:
        scaled = _alike(across, up, x, y)
        if scaled is not None:
            return _trace(across, scaled)
    if not there:
        return None
    ends = np.array([there[0][0].min(), there[0][0].max()])
    return _trace(ends, np.full(2, np.nan))


def _trace(x: Array, y: Array) -> dict[str, Any]:
    return {"x": plain_numbers(x), "y": plain_numbers(y)}


def _on_axis(data: xarray.Dataset, unit: str) -> Iterator[tuple[Array, Array]]:
    """Yield the curves of a measurement whose axis has a unit, in it, the axis rising."""
    for one in curves(data):
        for item in one.data_vars.values():
            if item.ndim != 1 or not np.issubdtype(item.dtype, np.number) or item.dims[0] not in one.coords:
                continue
            axis = one.coords[item.dims[0]]
            try:
                size = to_si(f"1 {unit}", str(axis.attrs.get("units", "")))
            except InputError:
                continue
            x, y = axis.values.astype(float) / size, item.values.astype(float)
            order = np.argsort(x, kind="stable")
            if x.size > 1 and np.isfinite(x).all():
                yield x[order], y[order]


def _alike(across: Array, up: Array, x: Array, y: Array) -> Array | None:
    """Return a recorded curve at the scale of the one that is shown, None where it is another."""
    shown = np.isfinite(x) & np.isfinite(y)
    if np.count_nonzero(shown) < 3:
        return None
    for candidate in _forms(up):
        there = np.interp(x[shown], across, candidate)
        high = np.abs(there) > _LOW * np.nanmax(np.abs(there), initial=0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (y[shown] / there)[high]
        factor = float(np.median(ratio)) if ratio.size else 0.0
        if factor > 0.0 and np.mean(np.abs(ratio / factor - 1.0) <= _ALIKE) >= _MOST:
            return candidate * factor
    return None


def _forms(up: Array) -> Sequence[Array]:
    """Return a signal as it is, and what is absorbed where it is a share of light."""
    if np.nanmin(up, initial=0.0) >= 0.0 and np.nanmax(up, initial=0.0) <= 2.0:
        with np.errstate(divide="ignore"):
            absorbed = -np.log10(up)
        return up, np.where(np.isfinite(absorbed), absorbed, np.nan)
    return (up,)
