"""Excel workbooks opened without trust: sheets as rows of text, no formula computed, no link followed."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from halodot.errors import DataError
from halodot.readers.archives import MOST_MEMBERS, member, member_names
from halodot.readers.raw_file import RawFile

#: bytes that the parts of a workbook may unpack to, and cells that its sheets may have; some seconds of reading
LARGEST_PARTS, MOST_CELLS = 60_000_000, 3_000_000
#: start of the files that Excel wrote until 2003, and of workbooks behind a password
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: what Excel shows where a formula failed
_FAILED = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
#: a formula and what follows it; its result was never computed where nothing does
_WITHOUT_RESULT = re.compile(rb"<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_CELL = re.compile(rb"<c\b[^>]*>")


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    title: str
    rows: list[list[str]]
    failed: int  # cells whose formula failed


def is_workbook(file: RawFile) -> bool:
    """Whether a file is a workbook that can be read, or of a kind that says so when it is refused."""
    if file.data.startswith(OLE):
        return _utf16("Workbook") in file.data or _utf16("EncryptedPackage") in file.data or _utf16("Book") in file.data
    names = member_names(file)
    return bool({"xl/workbook.xml", "xl/workbook.bin"} & set(names)) or _is_opendocument(file, names)


def sheets(file: RawFile) -> list[Sheet]:
    """Return the sheets of a workbook with what its cells show.

    Args:
        file: the workbook.

    Raises:
        DataError: it is damaged, locked, of another kind, would unpack to too much, follows links to other workbooks,
            or holds formulas without results.
    """
    _check(file)
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of looks that are not kept: styles, validation, extensions
        try:
            book = load_workbook(io.BytesIO(file.data), read_only=True, data_only=True, keep_links=False)
            return [_sheet(file, sheet) for sheet in book.worksheets]
        except DataError:
            raise
        except Exception as error:  # openpyxl meets a damaged part with whatever comes first
            raise file.refusal(f"the workbook is damaged ({type(error).__name__}: {str(error)[:120]})") from error


def _sheet(file: RawFile, sheet: Any) -> Sheet:
    sheet.reset_dimensions()  # those that the file states may be any
    rows, cells, failed = [], 0, 0
    for row in sheet.iter_rows():
        cells += len(row) + 1
        if cells > MOST_CELLS:
            raise file.refusal(f"sheet {sheet.title!r} has more than {MOST_CELLS} cells; export it as text")
        shown = [_shown(cell) for cell in row]
        failed += sum(text in _FAILED for text in shown)
        rows.append(["" if text in _FAILED else text for text in shown])
    return Sheet(str(sheet.title), rows, failed)


def _shown(cell: Any) -> str:
    """Return what a cell shows; a number with all its digits, and times 100 where it is shown in percent."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        percent = "%" in re.sub(r'"[^"]*"', "", str(cell.number_format))
        return repr(round(value * 100.0, 12) if percent else value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return " ".join(str(value).split())


# --------------------------------------------------------------------------------------------------------------- checks


def _check(file: RawFile) -> None:
    """Refuse what is no workbook of the kind that is read, or what cannot be trusted."""
    if file.data.startswith(OLE):
        if _utf16("EncryptedPackage") in file.data:
            raise file.refusal("this workbook is locked with a password; save it without one")
        raise file.refusal("this is a workbook of Excel 97-2003 (.xls); save it as .xlsx, or as text (CSV)")
    names = member_names(file)
    if "xl/workbook.bin" in names:
        raise file.refusal("this is a binary workbook (.xlsb); save it as .xlsx, or as text (CSV)")
    if _is_opendocument(file, names):
        raise file.refusal("this is an OpenDocument sheet (.ods); save it as .xlsx, or as text (CSV)")
    if len(names) >= MOST_MEMBERS:
        raise file.refusal(f"the workbook has more than {MOST_MEMBERS} parts")
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > LARGEST_PARTS:
        most = f"{LARGEST_PARTS / 1e6:.0f} MB at most: save its sheets as text"
        raise file.refusal(f"the workbook would unpack to {size / 1e6:.0f} MB; {most}")
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise file.refusal("the workbook takes cells from other workbooks; paste their values and save it again")
    for name, content in _xml_parts(file, names):
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise file.refusal(f"{name!r} declares entities, which no workbook needs")
        if name.startswith("xl/worksheets/"):
            _check_formulas(file, name, content)


def _xml_parts(file: RawFile, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for name in dict.fromkeys(names):
        if name.endswith((".xml", ".rels")):
            yield name, member(file, name)


def _check_formulas(file: RawFile, name: str, content: bytes) -> None:
    for found in _WITHOUT_RESULT.finditer(content):
        start = content.rfind(b"<c ", 0, found.start())
        cell = _CELL.match(content, start) if start >= 0 else None
        head = cell[0].decode("ascii", errors="replace") if cell else ""
        if 't="str"' in head:
            continue  # a text that came out empty
        place = re.search(r'\br="([A-Z]+\d+)"', head)
        where = f"cell {place[1]} of {name!r}" if place else f"{name!r}"
        what = "holds a formula whose result was never computed"
        raise file.refusal(f"{where} {what}; open the workbook in Excel and save it again")


def _is_opendocument(file: RawFile, names: tuple[str, ...]) -> bool:
    return "mimetype" in names and b"opendocument.spreadsheet" in file.head


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")
