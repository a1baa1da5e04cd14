"""Files that were read, written as CSV, netCDF or Excel, in the units that the instrument used."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import InputError
from halodot.names import unit_at_the_bench
from halodot.readers.dataset import curves, in_units_of_file
from halodot.readers.recording import METADATA
from halodot.readers.tables import named
from halodot.units import from_si

if TYPE_CHECKING:
    import xarray

#: rows and columns that one sheet of a workbook takes
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
#: letters that a sheet's name may have, and letters that it may not
_LONGEST_SHEET, _NO_SHEET = 31, "[]:*?/\\"


def written(data: xarray.Dataset, to: str) -> bytes:
    """Return a Dataset as the content of a file.

    Args:
        data: as `halodot.read` returns it.
        to: "csv", "nc" or "xlsx".

    Raises:
        InputError: there is no such format, or the data have no place in it.
    """
    if to not in WRITERS:
        raise InputError(f"there is no format {to!r}; write one of {', '.join(WRITERS)}")
    return WRITERS[to](data)


def settings(data: xarray.Dataset) -> dict[str, str]:
    """Return what a file says of its measurement, in words and numbers with units.

    Args:
        data: as `halodot.read` returns it.
    """
    first = {key: str(data.attrs[key]) for key in ("kind", "file", "sha256", "reader", "format")}
    found = {}
    for key, value in data.attrs.items():
        if key in METADATA:
            found[key] = _with_unit(key, value) if METADATA[key][0] else str(value)
    return first | found


def _with_unit(key: str, value: float) -> str:
    """Return a setting in the unit of the bench."""
    si = METADATA[key][0]
    unit = unit_at_the_bench(key, si, value)
    number = from_si(value, si, unit) if unit != "1" else value
    return f"{number:.10g}{'' if unit == '1' else f' {unit}'}"


def header(data: xarray.Dataset) -> Mapping[str, str]:
    """Return the rest of a file's header in its own words.

    Args:
        data: as `halodot.read` returns it.
    """
    found: Mapping[str, str] = json.loads(data.attrs.get("header", "{}"))
    return found


def heading(variable: xarray.DataArray, curve: str = "") -> str:
    """Return the name of a variable with its unit in brackets, as `halodot.columns` reads it.

    Args:
        variable: in the unit to be written.
        curve: that it belongs to, written behind.
    """
    unit = variable.attrs.get("units", "1") or "1"
    plain = unit == "1" and not curve and not named(str(variable.name)).heading.problem
    return f"{variable.name}{'' if plain else f' ({unit})'}{f' {curve}' if curve else ''}"


def _csv(data: xarray.Dataset) -> bytes:
    lines = [f"# {key}: {' '.join(value.split())}" for key, value in settings(data).items()]
    lines += [f"# warning: {line}" for line in data.attrs["warnings"].splitlines()]
    tables = [_table(one) for one in curves(in_units_of_file(data))]
    if len(tables) > 1 and all(len(table) == len(tables[0]) for table in tables):
        tables = [_side_by_side(tables)]
    for number, table in enumerate(tables, 1):
        if len(tables) > 1:
            lines += ["", f"# curve {number}"]
        lines += [",".join(_cell(cell) for cell in row) for row in table]
    return ("\n".join(lines) + "\n").encode()


def _side_by_side(tables: list[list[list[Any]]]) -> list[list[Any]]:
    """Return tables of one length as one, axes that are the same once."""
    first, *others = tables
    shared = [row[0] for row in first]
    same = all([row[0] for row in table] == shared for table in others)
    start = 1 if same else 0
    return [first[place] + [cell for table in others for cell in table[place][start:]] for place in range(len(first))]


def _table(one: xarray.Dataset) -> list[list[Any]]:
    """Return one curve as rows: headings first, axes before signals; an image with its axes along top and side."""
    signals = [variable for variable in one.data_vars.values() if variable.ndim > 0]
    label = str(one.attrs.get("curve", ""))
    if all(signal.ndim == 1 for signal in signals):
        axis = one[signals[0].dims[0]]
        columns = [axis, *signals]
        names = [heading(axis), *(heading(signal, label) for signal in signals)]
        return [names, *(list(row) for row in zip(*(column.values.tolist() for column in columns)))]
    return list(_matrices(one, signals))


def _matrices(one: xarray.Dataset, signals: list[xarray.DataArray]) -> Iterator[list[Any]]:
    for signal in signals:
        if signal.ndim != 2:
            raise InputError(f"{signal.name} has {signal.ndim} dimensions; write it as nc")
        rows, columns = (one[name] for name in signal.dims)
        yield [f"{heading(signal)}; down: {heading(rows)}, across: {heading(columns)}", *columns.values.tolist()]
        yield from ([place, *row] for place, row in zip(rows.values.tolist(), signal.values.tolist()))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.15g}"  # digits that survive the way to SI and back
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def _netcdf(data: xarray.Dataset) -> bytes:
    content = data.to_netcdf(engine="h5netcdf")
    return bytes(content)


def _excel(data: xarray.Dataset) -> bytes:
    from openpyxl import Workbook

    found = [(one, _table(one)) for one in curves(in_units_of_file(data))]
    for _, table in found:
        size = len(table), max(map(len, table))
        if size[0] > _MOST_ROWS or size[1] > _MOST_COLUMNS:
            most = f"a sheet takes {_MOST_ROWS} rows and {_MOST_COLUMNS} columns"
            raise InputError(f"{most}, this curve has {size[0]} and {size[1]}; write it as csv or nc")
    book = Workbook(write_only=True)
    about = book.create_sheet("about")
    for key, value in (settings(data) | dict(header(data))).items():
        about.append([_text(key), _text(value)])
    for number, (one, table) in enumerate(found, 1):
        sheet = book.create_sheet(_sheet_name(str(one.attrs.get("curve", "")), number))
        for row in table:
            sheet.append([_excel_cell(cell) for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _excel_cell(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _text(text: str) -> str:
    """Return a text without the letters that a workbook cannot hold, and never as a formula."""
    plain = "".join(letter for letter in text if letter >= " " or letter in "\t\n")[:32_000]
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@")) else plain


def _sheet_name(label: str, number: int) -> str:
    plain = "".join("_" if letter in _NO_SHEET or letter < " " else letter for letter in label).strip("' ")
    return f"{number} {plain}".strip()[:_LONGEST_SHEET]


#: how a Dataset is written, by the ending of the file
WRITERS: Mapping[str, Callable[[Any], bytes]] = {"csv": _csv, "nc": _netcdf, "xlsx": _excel}
