"""The sheets of a result as CSV files and as one XLSX workbook, as spreadsheets and plotting programs open them."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from halodot.errors import InputError, Problem
from halodot.outputs import write_bytes
from halodot.results.data import Result
from halodot.results.sheets import Column, Sheet, listing, sheets

#: decimal marks that a spreadsheet reads, and what then stands between cells
SEPARATORS = {".": ",", ",": ";"}
#: digits of a number: those of a 32-bit float, which no curve is known better than
_DIGITS = 7
_WIDEST = 60  # letters of a column of a workbook
_LONGEST_TITLE = 31  # of a sheet of a workbook


def write_csv(result: Result, folder: Path, decimal: str = ".") -> tuple[Path, ...]:
    """Write one CSV file a curve into a folder, with ``contents.csv`` that lists them, and return their paths.

    Args:
        result: what was computed.
        folder: made if it does not exist.
        decimal: the decimal mark, "." with commas between cells or "," with semicolons.

    Raises:
        InputError: the folder has the name of a file, or there is no such decimal mark.
    """
    check_folder_name(folder)
    check_decimal(decimal)
    folder.mkdir(parents=True, exist_ok=True)
    found = sheets(result)
    files = {folder / f"{sheet.name}.csv": sheet for sheet in (*found, listing(found))} if found else {}
    for path, sheet in files.items():
        write_bytes(path, csv_bytes(sheet, decimal))
    return tuple(files)


def check_folder_name(folder: Path) -> None:
    """Refuse the name of a file for a folder.

    Raises:
        InputError: with what to write instead.
    """
    if folder.suffix.lower() in (".csv", ".txt", ".dat", ".xlsx", ".xls") and not folder.is_dir():
        instead = "; to_xlsx, or --xlsx, writes one workbook" if folder.suffix.lower().startswith(".xls") else ""
        message = f"the tables are a folder of files, one a curve; name a folder such as {folder.stem or 'tables'!r}"
        raise InputError(Problem(f"{message}{instead}", file=str(folder)))


def check_decimal(decimal: str) -> None:
    """Refuse a decimal mark that no spreadsheet reads.

    Raises:
        InputError: with those that are read.
    """
    if decimal not in SEPARATORS:
        raise InputError(Problem(f"{decimal!r} is no decimal mark; write . or ,", file="--decimal"))


def csv_bytes(sheet: Sheet, decimal: str = ".") -> bytes:
    """Return a sheet as CSV: headings with units, numbers of 7 digits, nothing where there is no number.

    Text beyond ASCII gets the mark by which Excel knows UTF-8; tables of numbers have none, which others would show.
    """
    separator = SEPARATORS[decimal]
    columns = [_texts(column, decimal) for column in sheet.columns]
    head = separator.join(_quoted(column.heading, separator) for column in sheet.columns)
    text = "\n".join((head, *map(separator.join, zip(*columns, strict=True)), ""))
    return text.encode("utf-8" if text.isascii() else "utf-8-sig", "backslashreplace")


def _texts(column: Column, decimal: str) -> Sequence[str]:
    if not isinstance(column.values, np.ndarray):
        separator = SEPARATORS[decimal]
        return [_quoted(value, separator) for value in column.values]
    numbers = ["" if value != value else f"{value:.{_DIGITS}g}" for value in column.values.tolist()]
    return numbers if decimal == "." else [number.replace(".", decimal) for number in numbers]


def _quoted(text: str, separator: str) -> str:
    if separator in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


# ------------------------------------------------------------------------------------------------------------- workbook


def write_xlsx(result: Result, path: Path) -> Path:
    """Write all sheets of a result as one XLSX workbook, real numbers under a row of names and a row of units.

    Args:
        result: what was computed.
        path: the file, replaced if it exists; its name ends in .xlsx.

    Raises:
        InputError: the name ends otherwise.
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError(Problem("a workbook is a file whose name ends in .xlsx", file=str(path)))
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title = _clean(result.study.title)
    book.properties.creator = f"halodot {result.version}"
    taken: set[str] = set()
    for sheet in sheets(result):
        title = sheet.name[:_LONGEST_TITLE]
        count = 1
        while title.casefold() in taken:
            count += 1
            title = f"{sheet.name[: _LONGEST_TITLE - 3]}_{count}"
        taken.add(title.casefold())
        _fill(book.create_sheet(title), sheet)
    stream = io.BytesIO()
    book.save(stream)
    write_bytes(path, stream.getvalue())
    return path


def _fill(target: Any, sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter

    target.freeze_panes = "B3"
    for place, column in enumerate(sheet.columns, 1):
        longest = max((len(value) for value in column.values if isinstance(value, str)), default=0)
        width = min(max(longest, len(column.name), len(column.unit), 9) + 2, _WIDEST)
        target.column_dimensions[get_column_letter(place)].width = width
    target.append([_text_cell(target, column.name, bold=True) for column in sheet.columns])
    target.append([_text_cell(target, column.unit) for column in sheet.columns])
    columns = [_values(target, column) for column in sheet.columns]
    for row in zip(*columns, strict=True):
        target.append(row)


def _values(target: Any, column: Column) -> list[Any]:
    if isinstance(column.values, np.ndarray):
        return [_number(value) for value in column.values.tolist()]
    return [_text_cell(target, value) for value in column.values]


def _number(value: float) -> float | None:
    """Return a number with the digits that a CSV file has, None where it is none."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def _text_cell(target: Any, text: str, bold: bool = False) -> Any:
    """Return a cell that is a text whatever it begins with, so that nothing is taken for a formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if not text:
        return None
    cell = WriteOnlyCell(target, value=_clean(text))
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _clean(text: str) -> str:
    """Return a text without characters that a workbook cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter.isprintable())[:32_000]
