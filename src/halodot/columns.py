"""Tables of measured numbers as instruments and spreadsheets write them: named columns, units in the headings.

Commas, semicolons, tabs or blanks stand between cells; decimals behind commas are read where no comma stands between
cells. A heading is a name and a unit, ``V (V)``, ``J [mA/cm2]``, ``L / cd m-2``, ``L_cd_m2``, or the unit stands in a
line of its own below. Values come out in SI. A unit that is missing or measures something else is refused, since a
factor of ten looks like physics.
"""

from __future__ import annotations

import csv
import hashlib
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.headings import BY_NAME, QUANTITIES, Heading, Quantity, read_heading

LARGEST_FILE = 50_000_000  # bytes; a sweep of a thousand pixels has a few MB
#: problems of one file that are listed
_MOST_PROBLEMS = 20
#: marks at the start of a line that is a remark
#: marks at the start of a line that is a remark
COMMENTS = ("#", "%", "!", "//")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_EITHER = re.compile(f"{_NUMBER.pattern}|{_DECIMAL_COMMA.pattern}")
#: letters of plain numbers, of which a column is made at once
_PLAIN = re.compile(r"[0-9.eE+-]*")
#: a number whose thousands are parted by commas
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
#: what stands in a cell without a measurement
_ABSENT = ("", "nan", "na", "n/a", "-", "--", "none", "null")
#: numbers that blanks part, whose commas are then decimal commas; each matches in one way, so that no line takes long
_BLANK_NUMBER = r"[+-]?(?:\d+(?:,\d+)?|,\d+)(?:[eE][+-]?\d+)?"
_PARTED_BY_BLANKS = re.compile(rf"\s*{_BLANK_NUMBER}(?:\s+{_BLANK_NUMBER})+\s*")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table."""

    quantity: str  # a name of `QUANTITIES`
    heading: str  # as the file writes it
    unit: str  # as the file writes it
    values: Array = field(repr=False)  # SI, (row,); nan where the cell is empty
    deviation: bool = False  # whether it holds the standard deviation of the quantity
    place: int = 0  # among the columns of the file, counted from 0
    numbers: Array = field(default_factory=lambda: np.empty(0), repr=False)  # in the unit of the file, (row,)

    @property
    def si(self) -> str:
        """The unit of ``values``; 1 for a scale of its own."""
        return BY_NAME[self.quantity].unit or "1"


@dataclass(frozen=True, eq=False)
class Columns:
    """A table of measured numbers."""

    name: str  # of the file, without its folder
    sha256: str  # of the file's bytes
    columns: tuple[Column, ...]
    lines: tuple[int, ...]  # of the file, (row,), counted from 1
    texts: Mapping[str, tuple[str, ...]]  # cells of the columns that hold no known quantity, by heading
    reading: tuple[str, ...]  # how the file was read, one sentence each, to be shown

    def has(self, quantity: str) -> bool:
        """Whether there is a column of a quantity."""
        return bool(self.all(quantity))

    def all(self, quantity: str, deviation: bool = False) -> tuple[Column, ...]:
        """Return every column of a quantity, as pixels side by side give several, or of its standard deviation."""
        return tuple(item for item in self.columns if item.quantity == quantity and item.deviation == deviation)

    def values(self, quantity: str) -> Array:
        """Return the values of a quantity in SI, (row,).

        Raises:
            InputError: there is no such column, or more than one.
        """
        found = self.all(quantity)
        if len(found) != 1:
            listed = ", ".join(repr(item.heading) for item in (found or self.columns))
            what = "is no column" if not found else f"are {len(found)} columns"
            next_step = "" if not found else "; one is wanted here, so write the others into files of their own"
            raise InputError(Problem(f"there {what} of {quantity} among {listed}{next_step}", file=self.name))
        return found[0].values


def read_columns(path: str | os.PathLike[str], headings: Mapping[str, str] | None = None) -> Columns:
    """Read a table of measured numbers.

    Args:
        path: the file, as text.
        headings: what to read a heading as, by the heading in the file: ``{"J_median": "J (mA/cm2)"}``.

    Returns:
        The columns in SI, and how the file was read.

    Raises:
        InputError: with every problem of the file and its line: no headings, a unit that is missing, unknown or of
            another dimension, a cell that is no number, rows of another length.
    """
    file = Path(path)
    try:
        if not os.path.isfile(file):
            raise InputError(Problem("there is no such file", file=str(file)))
        if file.stat().st_size > LARGEST_FILE:
            size = file.stat().st_size / 1e6
            raise InputError(Problem(f"the file has {size:.0f} MB; a table has a few at most", file=str(file)))
        data = file.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"the file cannot be read: {error.strerror or error}", file=str(file))) from error
    try:
        text = decoded(data)
    except InputError as error:
        raise InputError(Problem(error.problems[0].message, file=str(file))) from error
    return _Table(str(file), file.name, headings or {}).read(text, hashlib.sha256(data).hexdigest())


class Line(NamedTuple):
    """One line of a table."""

    number: int  # of the file, counted from 1
    cells: tuple[str, ...]


def columns_of_cells(
    path: str, lines: Sequence[Line], headings: Mapping[str, str] | None = None, known: Sequence[Quantity] = QUANTITIES
) -> Columns:
    """Read a table that is already taken apart: the line of headings, perhaps one of units, and the rows.

    Args:
        path: of the file, for messages.
        lines: headings first.
        headings: what to read a heading as.
        known: quantities that a heading may name.

    Returns:
        The columns in SI; without a hash, since the caller has the file.

    Raises:
        InputError: with every problem of the table and its line.
    """
    table = _Table(path, Path(path).name, headings or {}, known)
    return table.columns(lines, "\t", "")


def decoded(data: bytes) -> str:
    """Return the text of a file of numbers, whose encoding matters to headings and remarks alone.

    Args:
        data: the bytes of the file.

    Raises:
        InputError: it is no text.
    """
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data:
        raise InputError("this is a binary file, perhaps a spreadsheet; export it as text (CSV)")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # the usual one of instruments' computers


# ----------------------------------------------------------------------------------------------------------------- rows


@dataclass(frozen=True)
class _Table:
    """A file while it is read."""

    path: str
    name: str
    headings: Mapping[str, str]
    known: Sequence[Quantity] = QUANTITIES
    problems: list[Problem] = field(default_factory=list)

    def read(self, text: str, sha256: str) -> Columns:
        delimiter, lines, decimal_comma = _lines(text)
        start = next((place for place, line in enumerate(lines) if self._is_heading(line)), None)
        if start is None:
            self._refuse_headings(lines)
        assert start is not None
        return self.columns(lines[start:], delimiter, sha256, decimal_comma)

    def columns(self, lines: Sequence[Line], delimiter: str, sha256: str, decimal_comma: bool = False) -> Columns:
        """Return the columns of a table whose first line is that of the headings."""
        head, rows = lines[0], lines[1:]
        written = list(head.cells)
        found = self._with_units_below(written, rows)
        if found is None:
            readings = [self._reading(cell) for cell in written]
        else:
            readings, rows = found, rows[1:]
        self._check_headings(head, readings)
        rows = self._checked_rows(rows, len(written), delimiter)
        columns = tuple(
            self._column(rows, place, heading, entry)
            for place, (heading, entry) in enumerate(zip(written, readings, strict=True))
            if entry.quantity
        )
        self._raise()
        texts = {
            heading: tuple(row.cells[place] for row in rows)
            for place, (heading, entry) in enumerate(zip(written, readings, strict=True))
            if not entry.quantity and heading
        }
        reading = _said(columns, tuple(texts), delimiter, decimal_comma)
        return Columns(self.name, sha256, columns, tuple(row.number for row in rows), texts, reading)

    def _reading(self, heading: str) -> Heading:
        return read_heading(self.headings.get(heading, heading), self.known)

    def _is_heading(self, line: Line) -> bool:
        """Whether a line names a quantity and holds no number."""
        filled = [cell for cell in line.cells if cell]
        return any(self._reading(cell).quantity for cell in filled) and not any(is_number(cell) for cell in filled)

    def _with_units_below(self, written: Sequence[str], rows: Sequence[Line]) -> list[Heading] | None:
        """Return the headings with the units that the next line states, None where it states none."""
        if not rows or any(is_number(cell) for cell in rows[0].cells) or len(rows[0].cells) != len(written):
            return None
        named = [(cell, self._reading(cell)) for cell in written]
        if all(not entry.quantity or entry.unit for _, entry in named):
            return None
        joined = [cell if entry.unit else f"{cell} ({unit})" for (cell, entry), unit in zip(named, rows[0].cells)]
        return [
            read_heading(text, self.known) if unit else entry
            for text, unit, (_, entry) in zip(joined, rows[0].cells, named)
        ]

    def _check_headings(self, head: Line, readings: Sequence[Heading]) -> None:
        for place, entry in enumerate(readings):
            if entry.problem:
                self._complain(head.number, f"the heading {entry.problem}", entry.suggestion, place)
        for heading in self.headings:
            if heading not in head.cells:
                near = get_close_matches(heading, head.cells, n=1)
                self._complain(head.number, f"there is no heading {heading!r}", near[0] if near else "")

    def _checked_rows(self, rows: Sequence[Line], width: int, delimiter: str) -> list[Line]:
        """Return the rows that have a cell for each heading; trailing empty cells may be missing or too many."""
        kept = []
        for row in rows:
            cells = list(row.cells)
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if len(cells) != width:
                what = f"{len(cells)} cells under {width} headings"
                if delimiter == "," and len(cells) > width:
                    what += "; if its commas are decimal commas, put semicolons or tabs between the cells"
                self._complain(row.number, what)
                continue
            kept.append(Line(row.number, tuple(cells)))
        if not kept and not self.problems:
            self._complain(0, "there is no row of numbers below the headings")
        return kept

    def _column(self, rows: Sequence[Line], place: int, heading: str, entry: Heading) -> Column:
        numbers = self._numbers(rows, place, heading)
        values = _scaled(numbers, entry.factor, entry.zero)
        values.flags.writeable = numbers.flags.writeable = False
        return Column(entry.quantity, heading, entry.unit, values, entry.deviation, place, numbers)

    def _numbers(self, rows: Sequence[Line], place: int, heading: str) -> Array:
        """Return a column in the unit of the file."""
        plain = plain_numbers([row.cells[place] for row in rows])
        if plain is not None:
            return plain
        values = np.full(len(rows), math.nan)
        for k, row in enumerate(rows):
            cell = row.cells[place]
            if cell.casefold() in _ABSENT:
                continue
            if is_number(cell):
                values[k] = float(re.sub("[dD]", "e", cell.replace(",", ".").replace("−", "-")))
            else:
                thousands = "; write it without commas between thousands" if _THOUSANDS.fullmatch(cell) else ""
                message = f"{cell[:40]!r} under {heading!r} is no number{thousands}"
                self._complain(row.number, message, place=place)
        return values

    def _refuse_headings(self, lines: Sequence[Line]) -> None:
        known = "V (V), J (mA/cm2), L (cd/m2)"
        first = ", ".join(lines[0].cells)[:60] if lines else ""
        what = f"the first line is {first!r}" if first else "the file is empty"
        number = lines[0].number if lines else 0
        self._complain(number, f"{what}; a line of headings with units is wanted, such as {known}")
        self._raise()

    def _complain(self, line: int, what: str, suggestion: str = "", place: int = 0) -> None:
        """Keep a problem of a line, or of the cell at a place in it, counted from 0."""
        column = place + 1 if line else 0
        self.problems.append(Problem(what, file=self.path, line=line, column=column, suggestion=suggestion))

    def _raise(self) -> None:
        if not self.problems:
            return
        shown = sorted(self.problems, key=lambda problem: problem.line)[:_MOST_PROBLEMS]
        if more := len(self.problems) - len(shown):
            shown.append(Problem(f"and {more} more problems like these", file=self.path))
        raise InputError(shown)


def _scaled(numbers: Array, factor: float, zero: float) -> Array:
    """Return numbers in SI; divided where the factor is one over a whole number, so that 600 nm are 6e-7."""
    inverse = round(1.0 / factor) if 0.0 < factor < 0.5 else 0
    whole = inverse and abs(inverse * factor - 1.0) < 1e-12
    return np.asarray((numbers / inverse if whole else numbers * factor) + zero)


def _lines(text: str) -> tuple[str, list[Line], bool]:
    """Return the delimiter, the lines with their cells, and whether decimals stand behind commas.

    Remarks are left out, unless no other line is a heading: NumPy writes the headings as one.
    """
    whole = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    rows = [(number, line) for number, line in whole if not line.lstrip().startswith(COMMENTS)]
    if rows and _all_numbers(rows[0][1]):
        remarks = [(number, line.lstrip().lstrip("#%!/ ")) for number, line in whole if number < rows[0][0]]
        rows = remarks[-1:] + rows
    delimiter = delimiter_of_lines([line for _, line in rows])
    lines = [Line(number, tuple(cells_of(line, delimiter))) for number, line in rows]
    comma = any(_DECIMAL_COMMA.fullmatch(cell) for line in lines for cell in line.cells)
    return delimiter, lines, comma


def _all_numbers(line: str) -> bool:
    return all(is_number(cell) for cell in re.split(r"[\s;,]+", line.strip()) if cell)


def delimiter_of_lines(lines: Sequence[str]) -> str:
    """Return what parts the cells: the first of tab, semicolon and comma that most rows of numbers have."""
    numbers = [line for line in lines if re.search(r"\d", line)] or list(lines)
    for mark in "\t;":
        if 2 * sum(mark in line for line in numbers) > len(numbers):
            return mark
    if 2 * sum(_PARTED_BY_BLANKS.fullmatch(line) is not None for line in numbers) > len(numbers):
        return " "
    return "," if 2 * sum("," in line for line in numbers) > len(numbers) else " "


def cells_of(line: str, delimiter: str) -> Iterator[str]:
    """Yield the cells of a line without their quotation marks.

    Args:
        line: of a text.
        delimiter: between cells; a blank stands for two blanks, or one where no two follow each other.
    """
    if delimiter == " ":
        parts = re.split(r"\s{2,}|\t", line.strip())
        parts = parts if len(parts) > 1 else _blank_parted(line)
    else:
        parts = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    return (part.strip().strip("\"'").strip() for part in parts)


def _blank_parted(line: str) -> list[str]:
    """Return the cells of a line that single blanks part; a unit in brackets belongs to the name before it."""
    return [part.strip() for part in re.findall(r"[^\s\[(]+\s*(?:\[[^\]]*\]|\([^)]*\))|\S+", line)]


def plain_numbers(cells: Sequence[str]) -> Array | None:
    """Return cells that are all plain numbers at once, None where one is not, is empty, or has a comma.

    Args:
        cells: of one column.
    """
    if _PLAIN.fullmatch("".join(cells)) is None:
        return None
    try:
        return np.array([float(cell) for cell in cells])
    except ValueError:
        return None


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, with a point or a comma before its decimals."""
    return _EITHER.fullmatch(cell.replace("−", "-") if "−" in cell else cell) is not None


def _said(columns: Sequence[Column], others: Sequence[str], delimiter: str, decimal_comma: bool) -> tuple[str, ...]:
    """Return how a file was read."""
    called = {"\t": "tabs", ";": "semicolons", ",": "commas"}.get(delimiter, "blanks")
    found = [f"cells parted by {called}" + (", decimals behind commas" if decimal_comma else "")]
    for item in columns:
        what = {"eqe": "external quantum efficiency"}.get(item.quantity, item.quantity.replace("_", " "))
        unit = f" in {item.unit}" if item.unit else ""
        found.append(f"{item.heading!r} is the {'standard deviation of the ' if item.deviation else ''}{what}{unit}")
    if others:
        found.append(f"not read: {', '.join(map(repr, others))}")
    return tuple(found)
