"""Numbers in text: rows of cells as instruments write them, with points or commas before the decimals."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile

_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eEdD][+-]?\d+)?")
#: what stands in a cell without a measurement
ABSENT = frozenset(
    ("", "nan", "na", "n/a", "n.a.", "-", "--", "---", "none", "null", "-1.#ind", "1.#qnan", "-nan", "#n/v")
)
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of numbers of a text."""

    values: NDArray[np.float64] = field(repr=False)  # (row, column); nan where a cell is empty
    first_line: int  # of the text, counted from 1
    lines: int  # how many lines it takes
    decimal_comma: bool

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return int(self.values.shape[1])


def number(text: str, decimal_comma: bool = False) -> float:
    """Return one number, nan where the text is none.

    Args:
        text: of one cell.
        decimal_comma: whether decimals stand behind a comma.
    """
    cell = text.strip().strip('"').replace("−", "-")
    if decimal_comma and _COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    return float(re.sub("[dD]", "e", cell)) if _POINT.fullmatch(cell) else math.nan


def cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line.

    Args:
        line: of the text.
        delimiter: between cells; a blank stands for any number of blanks and tabs.
    """
    parts = _BLANKS.split(line.strip()) if delimiter == " " else line.rstrip("\r\n").split(delimiter)
    return [part.strip().strip('"').strip() for part in parts]


def delimiter_of(line: str) -> str:
    """Return what parts the numbers of a line: tab, semicolon, comma or blanks.

    A comma parts them only where no blank, tab or semicolon does, and it is not alone between two groups of digits
    that a decimal comma would part.
    """
    for mark in "\t;":
        if mark in line.strip():
            return mark
    stripped = line.strip()
    if "," in stripped and (", " in stripped or not re.search(r"\d\s+[+-]?[\d,.]", stripped)):
        return ","
    return " "


def block(
    file: RawFile, first_line: int, *, delimiter: str = "", decimal_comma: bool | None = None, columns: int = 0
) -> Block:
    """Read the rows of numbers from a line on, to the first line that is none or the end.

    Args:
        file: the text.
        first_line: counted from 1.
        delimiter: between cells; empty to find it in the first row.
        decimal_comma: whether decimals stand behind commas; None to find it in the rows.
        columns: that each row must have; 0 for as many as the first row.

    Returns:
        The numbers; rows end at an empty line, a line of words, or the end of the file.

    Raises:
        DataError: there is no number in the first line, a row has another number of cells, both decimal marks occur,
            or the last number of the file is cut off.
    """
    lines = file.lines
    first = file.line(first_line, "a row of numbers")
    mark = delimiter or delimiter_of(first)
    rows: list[list[str]] = []
    for line in lines[first_line - 1 :]:
        if not line.strip():
            break
        row = cells(line, mark)
        while len(row) > max(columns, 1) and row[-1] == "":
            row.pop()
        if not _is_row(row):
            break
        rows.append(row)
    if not rows:
        raise file.refusal(f"numbers were expected, not {first.strip()[:60]!r}", line=first_line)
    _check_end(file, rows, first_line, mark)
    width = columns or len(rows[0])
    for place, row in enumerate(rows):
        if len(row) < width and mark in "\t;,":
            row += [""] * (width - len(row))  # empty cells at the end of a line are often left out
        if len(row) != width:
            raise file.refusal(f"{width} numbers were expected, not {len(row)}", line=first_line + place)
    comma = _decimal_comma(file, rows, first_line, mark) if decimal_comma is None else decimal_comma
    values = np.array([[number(cell, comma) for cell in row] for row in rows])
    return Block(values, first_line, len(rows), comma)


def _is_row(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell.casefold() not in ABSENT]
    return bool(filled) and all(_POINT.fullmatch(cell.replace("−", "-")) or _COMMA.fullmatch(cell) for cell in filled)


def _decimal_comma(file: RawFile, rows: Sequence[Sequence[str]], first_line: int, mark: str) -> bool:
    """Whether decimals stand behind commas; both marks in one block are refused."""
    comma = point = 0
    for place, row in enumerate(rows, first_line):
        for cell in row:
            comma = comma or (place if "," in cell else 0)
            point = point or (place if "." in cell else 0)
        if comma and point and mark != ",":
            raise file.refusal(
                f"decimals stand behind a comma here and behind a point in line {min(comma, point)}", line=place
            )
    return bool(comma)


def _check_end(file: RawFile, rows: Sequence[Sequence[str]], first_line: int, mark: str) -> None:
    """Refuse a file that ends within a number: no line end, and fewer decimals than every other row has."""
    last = first_line + len(rows) - 1
    if last != len(file.lines) or len(rows) < 4:
        return  # a line end follows, or there is too little to compare with
    if len(rows[-1]) < min(len(row) for row in rows[:-1]):
        raise file.refusal("the file ends within a row; it is cut off", line=last)
    if decimals(rows[-1][-1]) < min(decimals(row[-1]) for row in rows[:-1]):
        raise file.refusal("the file ends within a number; it is cut off", line=last)


def check_nothing_follows(file: RawFile, first_line: int, expected: str = "a row of numbers") -> None:
    """Refuse text behind rows that go on to the end of the file; empty lines may follow.

    Args:
        file: the text.
        first_line: behind the rows, counted from 1.
        expected: what should stand there.

    Raises:
        DataError: with the first line that is not empty.
    """
    for place in range(first_line, len(file.lines) + 1):
        if text := file.lines[place - 1].strip():
            raise file.refusal(f"{expected} was expected, not {text[:40]!r}", line=place)


def check_line_end(file: RawFile, rows: Block) -> None:
    """Refuse rows whose last has no line end, in text of a program that always writes one.

    Raises:
        DataError: with the last line.
    """
    after = rows.first_line + rows.lines
    if after == len(file.lines) + 1:
        raise file.refusal("the file ends within a row, or its last line end is cut off", line=after - 1)


def decimals(cell: str) -> int:
    """Return how many characters of a number stand behind the decimal mark.

    Args:
        cell: as the file writes it.
    """
    return max(len(cell) - 1 - cell.rfind(mark) if mark in cell else 0 for mark in ".,")
