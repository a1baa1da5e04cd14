"""A sweep as a table for the screen and as CSV, and its folder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from halodot.arrays import Array
from halodot.learn.sweep import StoredSweep, Sweep, SweepPoint
from halodot.names import QUANTITIES
from halodot.names import shown as shown_number
from halodot.outputs import csv_text, write_text
from halodot.report.notes import grouped
from halodot.results.summary import QUANTITIES as SUMMARY
from halodot.rounding import rounded

#: numbers of the device that the screen shows, where a point has them
_HEADLINE = (
    "eqe_max",
    "eqe_at_100",
    "eqe_at_1000",
    "luminance_max",
    "turn_on_voltage",
    "el_peak",
    "half_life",
    "power_conversion_efficiency",
    "open_circuit_voltage",
    "short_circuit_current",
    "fill_factor",
)
#: numbers that a narrow screen leaves out
_LEFT_OUT = ("eqe_at_100", "eqe_at_1000", "pl_peak")
#: numbers of the dots that it shows where they change
_OF_THE_DOTS = ("edge_length", "pl_peak", "plqy")
#: numbers that are shown where there is none of these
_FEW = 6
#: significant digits of what is varied, on the screen and in the file
_SEEN, _WRITTEN = 6, 12
#: headings of the spread of a store
SPREAD_HEAD = ("", "lowest", "median", "highest", "points")
#: file of a sweep
CSV = "sweep.csv"


def headline(found: Sweep, brief: bool = False) -> tuple[str, ...]:
    """Return the names of the numbers that the screen shows, fewer where it is narrow."""
    there = [name for name in found.names if not (brief and name in _LEFT_OUT)]
    dots = (name for name in _OF_THE_DOTS if name in there and np.unique(found.values(name)).size > 1)
    return (*dots, *(name for name in _HEADLINE if name in there)) or tuple(there[:_FEW])


def head(found: Sweep, brief: bool = False) -> tuple[str, ...]:
    """Return the headings of the table: what is varied, the numbers, and which remarks a point has.

    Args:
        found: what was computed.
        brief: symbols in place of words, and the ends of paths, for a narrow screen.
    """
    given = (_with_unit(_end(item.path) if brief else item.path, item.unit) for item in found.inputs)
    known = [QUANTITIES[name] for name in headline(found, brief)]
    numbers = (_with_unit(item.symbol if brief else item.label, item.shown_unit) for item in known)
    return (*given, *numbers, "remarks")


def _end(path: str) -> str:
    """Return the last two words of a path."""
    return ".".join(path.rsplit(".", 2)[-2:])


def _with_unit(name: str, unit: str) -> str:
    return name if unit in ("", "1") else f"{name} ({unit})"


def rows(found: Sweep, brief: bool = False) -> list[tuple[str, ...]]:
    """Return one line for each point; remarks are counted as :func:`remarks` lists them.

    Args:
        found: what was computed.
        brief: fewer numbers, as of :func:`head`.
    """
    names, told = headline(found, brief), remarks(found)
    return [
        (
            *_given(found, point),
            *(_number(point, name) for name in names),
            ", ".join(str(k + 1) for k, (_, places) in enumerate(told) if place in places),
        )
        for place, point in enumerate(found.points)
    ]


def stored_headline(found: StoredSweep) -> dict[str, Array]:
    """Return the headline numbers of a store that some of its points have, in SI by point."""
    data = found.dataset()
    every = {name: np.asarray(data[name].values) for name in SUMMARY if name in data}
    there = [name for name, values in every.items() if np.isfinite(values).any()]
    names = [name for name in (*_OF_THE_DOTS, *_HEADLINE) if name in there] or there[:_FEW]
    return {name: every[name] for name in names}


def spread_rows(found: StoredSweep) -> list[tuple[str, ...]]:
    """Return lowest, median and highest of the headline numbers of a store, under :data:`SPREAD_HEAD`."""
    lines = []
    for name, values in stored_headline(found).items():
        if (there := values[np.isfinite(values)]).size:
            three = (rounded(shown_number(name, float(f(there)))[0]) for f in (np.min, np.median, np.max))
            known = QUANTITIES[name]
            lines.append((_with_unit(known.label, known.shown_unit), *three, str(there.size)))
    return lines


def remarks(found: Sweep) -> list[tuple[str, tuple[int, ...]]]:
    """Return each remark that not every point has, failures first, with the places of the points that have it."""
    failures: dict[str, list[int]] = {}
    notes: dict[str, list[int]] = {}
    for place, point in enumerate(found.points):
        if point.failure:
            failures.setdefault(f"failed: {point.failure}", []).append(place)
        for lines in grouped(point.notes).values():
            for remark in lines:
                notes.setdefault(str(remark), []).append(place)
    some = {text: places for text, places in notes.items() if len(places) < len(found.points)}
    return [(text, tuple(places)) for text, places in (*failures.items(), *some.items())]


def shared_notes(found: Sweep) -> tuple[str, ...]:
    """Return the remarks that every point has."""
    every = [{str(one) for lines in grouped(point.notes).values() for one in lines} for point in found.points]
    common = set.intersection(*every)
    first = (str(one) for lines in grouped(found.points[0].notes).values() for one in lines)
    return tuple(text for text in first if text in common)


def write_csv(found: Sweep, folder: Path) -> Path:
    """Write every number of every point as CSV, with the unit in each heading, and return the path."""
    names = found.names
    rows: list[Sequence[str | float]] = [
        [*(item.heading for item in found.inputs), *(_heading(name, name) for name in names), "failure", "notes"]
    ]
    for point in found.points:
        notes = " | ".join(str(one) for lines in grouped(point.notes).values() for one in lines)
        rows.append([*_given(found, point, _WRITTEN), *(_cell(point, name) for name in names), point.failure, notes])
    write_text(folder / CSV, csv_text(rows))
    return folder / CSV


def write_stored_csv(found: StoredSweep, paths: Sequence[str], folder: Path) -> Path:
    """Write the numbers of every point of a store as CSV, with the unit in each heading, and return the path.

    Args:
        found: the sweep.
        paths: what is varied.
        folder: for the file.
    """
    data = found.dataset().load()
    units = {path: str(data[path].attrs.get("units", "1")) for path in paths}
    names = [name for name in SUMMARY if name in data and np.isfinite(data[name].values).any()]
    given = [[_cell_of(value) for value in data[path].values] for path in paths]
    shown = [[_finite(shown_number(name, float(value))[0]) for value in data[name].values] for name in names]
    head = [path if units[path] == "1" else f"{path} [{units[path]}]" for path in paths]
    columns = [*given, *shown, [str(text) for text in data.failure.values]]
    lines: list[Sequence[str | float]] = [[*head, *(_heading(name, name) for name in names), "failure"]]
    lines += [list(row) for row in zip(*columns)]
    write_text(folder / CSV, csv_text(lines))
    return folder / CSV


def _cell_of(value: object) -> str:
    return value if isinstance(value, str) else f"{float(value):.{_WRITTEN}g}"  # type: ignore[arg-type]


def _finite(value: float) -> float | str:
    return value if math.isfinite(value) else ""


def _given(found: Sweep, point: SweepPoint, digits: int = _SEEN) -> Sequence[str]:
    """Return the value of each varied input in the unit of its heading."""
    return [
        (f"{number:.{digits}g}" if item.numbers else text)
        for item, number, text in zip(found.inputs, point.numbers, point.texts)
    ]


def _heading(label: str, name: str) -> str:
    unit = QUANTITIES[name].shown_unit
    return label if unit == "1" else f"{label} [{unit}]"


def _number(point: SweepPoint, name: str) -> str:
    entry = point.summary.get(name)
    return "" if entry is None or entry.value is None else rounded(shown_number(name, entry.value)[0])


def _cell(point: SweepPoint, name: str) -> float | str:
    entry = point.summary.get(name)
    return "" if entry is None or entry.value is None else shown_number(name, entry.value)[0]
