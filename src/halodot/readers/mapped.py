"""Tables read by a map of columns, sweeps taken apart where they turn back, and maps written for the next file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halodot.readers.column_maps import DELIMITERS, ColumnMap
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import METADATA, Curve, Recording, Values
from halodot.readers.table_recording import recording_of_tables, recording_of_workbook
from halodot.readers.tables import Table, tables_of_text
from halodot.readers.tabulated import Told
from halodot.readers.workbooks import is_workbook, sheets

#: share of a usual step by which a voltage may fall back within a sweep that goes up, since it is measured
_BACKLASH = 1.5


def read_by_map(file: RawFile, chosen: ColumnMap) -> Recording:
    """Return what a file holds, its columns as a map says.

    Args:
        file: a text or a workbook.
        chosen: the map.

    Raises:
        DataError: there is no table, or it lacks a column of the map.
    """
    told = Told(dict(chosen.columns))
    if is_workbook(file):
        found = recording_of_workbook(file, told, chosen.layout, chosen.sheet)
    else:
        layout = chosen.layout._replace(below_anything=bool(chosen.columns))
        tables = tables_of_text(file, layout)
        _check_columns(file, tables, chosen)
        found = recording_of_tables(file, tables, told)
    curves = [part for curve in found.curves for part in (_sweeps(curve) if chosen.split else [curve])]
    notes = (*found.notes, *((f"read by the map of columns {chosen.name!r}",) if chosen.name else ()))
    metadata = dict(found.metadata) | dict(chosen.metadata)
    return replace(found, kind=chosen.kind or found.kind, curves=tuple(curves), metadata=metadata, notes=notes)


def _check_columns(file: RawFile, tables: Sequence[Table], chosen: ColumnMap) -> None:
    """Refuse a file without a column that the map names."""
    heads = [heading for table in tables for heading in table.head]
    width = max(table.width for table in tables)
    for key in chosen.columns:
        if isinstance(key, int) and not 1 <= key <= width:
            raise file.refusal(f"the map names column {key}, but there are {width}", line=tables[0].rows[0].number)
        if isinstance(key, str) and key not in heads:
            near = get_close_matches(key, heads, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f" among {', '.join(map(repr, heads)) or 'none'}"
            raise file.refusal(f"the map names the heading {key!r}, which is not{hint}", line=tables[0].head_line)


# --------------------------------------------------------------------------------------------------------------- sweeps


def _sweeps(curve: Curve) -> list[Curve]:
    """Return the sweeps of a curve, a new one wherever its voltage turns back."""
    axis = curve.axes[0]
    if axis.quantity != "voltage":
        return [curve]
    turns = [0, *_turns(axis.values.astype(float)), len(axis.values)]
    found = []
    for number, (begin, end) in enumerate(pairwise(turns), 1):
        volts = axis.values[begin:end]
        way = "forward" if volts[-1] >= volts[0] else "reverse"
        label = " ".join(word for word in (curve.label, way, str(number) if len(turns) > 3 else "") if word)
        signals = tuple(_part(signal, begin, end) for signal in curve.signals)
        metadata = dict(curve.metadata) | {"scan_direction": way}
        found.append(Curve((_part(axis, begin, end),), signals, label, metadata))
    return found


def _part(values: Values, begin: int, end: int) -> Values:
    return Values(values.quantity, values.values[begin:end], values.unit, values.name, values.heading)


def _turns(volts: NDArray[np.float64]) -> list[int]:
    """Return the first points behind the turns of a sweep, (turn,)."""
    steps = np.abs(np.diff(volts))
    backlash = _BACKLASH * float(np.median(steps[steps > 0.0])) if np.any(steps > 0.0) else 0.0
    found, extreme, way = [], 0, 0
    for place in range(1, len(volts)):
        moved = volts[place] - volts[extreme]
        if way == 0 and abs(moved) > 0.5 * backlash:
            way, extreme = (1 if moved > 0.0 else -1), place
        elif way * moved >= 0.0:
            extreme = place
        elif abs(moved) > 0.9 * backlash:
            found.append(extreme + 1)
            way, extreme = -way, place
    return found


# ----------------------------------------------------------------------------------------------------------------- maps


def text_of_map(file: RawFile, chosen: ColumnMap) -> str:
    """Return a map as YAML: what is known of a file's columns, to be read so from now on.

    Args:
        file: that the map is made for.
        chosen: what is said of its columns; headings say the rest.

    Raises:
        DataError: there is no table, or neither headings nor the map say what its columns are.
    """
    recording = read_by_map(file, chosen)
    table = _first_table(file, chosen)
    told = _told_columns(table, recording, chosen)
    if not told:
        what = "nothing says what the columns are; say so, as in columns='wavelength (nm), intensity'"
        raise file.refusal(what, line=table.rows[0].number)
    lines = [f"# made from {' '.join(file.name.split())}; docs/readers.md tells what else it may say"]
    lines += [f"kind: {recording.kind}"]
    words = chosen.recognise or tuple(dict.fromkeys(_plain(cell) for cell in table.head if _plain(cell)))
    if words:
        lines += ["recognise:", *(f"  - {_quoted(word)}" for word in words)]
    names = {mark: name for name, mark in DELIMITERS.items()}
    if table.delimiter in names:
        lines.append(f"delimiter: {names[table.delimiter]}")
        lines.append(f"decimals: {'comma' if table.decimal_comma else 'point'}")
    for key, line in (("headings", chosen.layout.head_line), ("first_row", chosen.layout.first_row)):
        lines += [f"{key}: {line}"] if line else []
    lines += ["columns:", *(f"  {_quoted(str(key))}: {_quoted(text)}" for key, text in told.items())]
    lines += ["sweeps: split"] if chosen.split else []
    lines += [f"sheet: {_quoted(chosen.sheet)}"] if chosen.sheet else []
    if chosen.metadata:
        lines += ["metadata:", *(f"  {key}: {_quoted(_stated(key, value))}" for key, value in chosen.metadata.items())]
    return "\n".join(lines) + "\n"


def _first_table(file: RawFile, chosen: ColumnMap) -> Table:
    if not is_workbook(file):
        return tables_of_text(file, chosen.layout._replace(below_anything=bool(chosen.columns)))[0]
    from halodot.readers.tables import tables_of_cells

    for sheet in sheets(file):
        if chosen.sheet in ("", sheet.title) and (found := tables_of_cells(file, sheet.rows, sheet.title)):
            return found[0]
    raise file.refusal("no sheet of the workbook has a table of numbers")


def _told_columns(table: Table, recording: Recording, chosen: ColumnMap) -> dict[str | int, str]:
    """Return what each column is: what was said of it, else what its heading says with a unit."""
    found = dict(chosen.columns)
    curve = recording.curves[0]
    known = {item.heading for item in (*curve.axes, *curve.signals) if item.quantity not in ("number", "row")}
    for place, heading in enumerate(table.head, 1):
        if heading in known and heading not in found and place not in found:
            found[heading] = heading
    return found


def _plain(cell: str) -> str:
    """Return a heading as the file writes it: without a unit that stands in the next line."""
    return cell.split(" (")[0].strip() if " (" in cell else cell.strip()


def _stated(key: str, value: str | float) -> str:
    unit = METADATA[key][0]
    return value if isinstance(value, str) else f"{value!r}{'' if unit == '1' else f' {unit}'}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
