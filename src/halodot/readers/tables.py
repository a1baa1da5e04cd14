"""Tables of numbers within a text or a sheet: where the headings stand, where the rows begin and end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from halodot.columns import COMMENTS, Line, cells_of, delimiter_of_lines, is_number
from halodot.headings import MORE_QUANTITIES, QUANTITIES, Heading, read_heading
from halodot.readers.numbers import ABSENT, decimals, number
from halodot.readers.raw_file import RawFile

#: what a heading may name
KNOWN = (*QUANTITIES, *MORE_QUANTITIES)
#: bytes of a text of which a table is made, which takes 30 times as many; an hour at ten readings a second has 1 MB
LARGEST_TEXT = 20_000_000
#: lines above the numbers in which headings are looked for
LONGEST_PREAMBLE = 400
#: rows of each of several tables; numbers in a header stand in fewer
SHORTEST_OF_SEVERAL = 4
_LETTER = re.compile(r"[^\W\d_]")
#: a wave or a sweep that a heading names beside its quantity
_LABEL = re.compile(
    r"(?P<front>.*?[)\]])?[\s_]*(?P<label>(?:\b|_)(?:forward|reverse|backward|fwd?|rev|rv|fw|bw|light|dark|illuminated|up|down)"
    r"(?:[\s_]+(?:light|dark|scan|sweep))*)$",
    re.IGNORECASE,
)
_TWO_GROUPS = re.compile(r"[+-]?\d+,(?P<second>\d+)(?P<exponent>[eE][+-]?\d+)?")
#: a channel, pixel or device that a heading names before its quantity
_BEFORE = re.compile(
    r"(?P<label>(?:smu|ch|channel|pixel|px|device|dev|cell|led)[ _.-]?\w{1,3})[ _:-]+(?P<rest>\S.*)", re.IGNORECASE
)
#: one behind the unit; words for what is no value of the quantity itself are none
_AFTER = re.compile(r"(?P<rest>.+?[)\]]) (?P<label>(?!.*(?:err|std|dev|sig|min|max|fit))[^()[\]]+)", re.IGNORECASE)
_RELATIVE = re.compile(r"^\s*L\s*/\s*L_?0\b", re.IGNORECASE)
#: headings whose unit is part of the name
_WITH_UNIT: Mapping[str, str] = {
    "%t": "transmittance (%)",
    "t%": "transmittance (%)",
    "%transmittance": "transmittance (%)",
    "%r": "reflectance (%)",
    "r%": "reflectance (%)",
    "%reflectance": "reflectance (%)",
    "eqe%": "EQE (%)",
    "cps": "count rate (1/s)",
    "cd/m2": "luminance (cd/m2)",
    "cd/m^2": "luminance (cd/m2)",
    "cd/a": "current efficiency (cd/A)",
    "lm/w": "power efficiency (lm/W)",
    "ma/cm2": "current density (mA/cm2)",
    "nm": "wavelength (nm)",
    "[nm]": "wavelength (nm)",
    "cm-1": "wavenumber (1/cm)",
    "[cm-1]": "wavenumber (1/cm)",
}


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it stands in a file."""

    head: tuple[str, ...]  # the cells of the line of headings with the units that stand below them; empty for none
    head_line: int  # of the file, counted from 1; 0 without headings
    rows: tuple[Line, ...] = field(repr=False)  # all of one width
    preamble: tuple[str, ...] = ()  # lines above the headings, and remarks between the rows
    delimiter: str = "\t"
    decimal_comma: bool = False
    cut: bool = False  # whether the last row was left out since its end may be missing
    title: str = ""  # of the sheet

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.rows[0].cells)

    def cells(self, place: int) -> tuple[str, ...]:
        """Return the cells of one column, (row,)."""
        return tuple(row.cells[place] for row in self.rows)


class Layout(NamedTuple):
    """What is known of a table before it is looked for; empty or 0 for what is not."""

    delimiter: str = ""
    decimal_comma: bool | None = None
    head_line: int = 0  # line of the headings, counted from 1
    first_row: int = 0  # line of the first row of numbers, counted from 1
    below_anything: bool = False  # whether anything may stand above numbers without headings


#: a layout of which nothing is known
UNKNOWN = Layout()


class Named(NamedTuple):
    """What a heading names, and what it says besides."""

    heading: Heading
    label: str = ""  # "forward", "reverse light"


def named(text: str) -> Named:
    """Return what a heading names; words for the direction of a sweep and for light become its label.

    Args:
        text: as the file writes it.
    """
    plain = _WITH_UNIT.get(text.strip().casefold().replace(" ", ""), text)
    plain = _RELATIVE.sub("relative luminance", plain)
    found = read_heading(plain, KNOWN)
    if found.quantity:
        return Named(found)
    inner = re.fullmatch(r"(.+?)(\s*[(\[].*[)\]])", text.strip())  # J_FW (mA/cm2)
    for body, unit in ((text.strip(), ""), (inner[1], inner[2]) if inner else ("", "")):
        label = _LABEL.search(body)
        if label and label["label"] and (rest := body[: label.start("label")].strip(" _-,")):
            again = read_heading(rest + unit, KNOWN)
            if again.quantity and not again.problem:
                return Named(again, " ".join(label["label"].replace("_", " ").split()))
    parted = _BEFORE.fullmatch(text.strip()) or _AFTER.fullmatch(text.strip())
    if parted and (inner_found := _sound(parted["rest"])):
        return Named(inner_found, parted["label"])
    name, _, unit = text.strip().rstrip(".").rpartition(" ")  # Wavelength nm.
    return Named((_sound(f"{name} ({unit})") if name else None) or found)


def _sound(text: str) -> Heading | None:
    """Return what a heading names, nothing where that is no quantity with a unit of its own."""
    found = read_heading(text, KNOWN)
    return found if found.quantity and not found.problem else None


# ---------------------------------------------------------------------------------------------------------------- texts


def tables_of_text(file: RawFile, layout: Layout = UNKNOWN) -> list[Table]:
    """Return the tables of a text, one below the other.

    Args:
        file: the text.
        layout: what is known of it.

    Returns:
        At least one; a table without headings only where nothing but remarks stands above its numbers.

    Raises:
        DataError: there is none, a row has another number of cells, something else stands between the rows, both
            decimal marks occur, or the file ends within a row.
    """
    if len(file.data) > LARGEST_TEXT:
        raise file.refusal(f"the text has {len(file.data) / 1e6:.0f} MB; part it, {LARGEST_TEXT / 1e6:.0f} MB at most")
    failure = None
    for delimiter in [layout.delimiter] if layout.delimiter else _delimiters(file.lines):
        lines = [Line(place, _row(line, delimiter)) for place, line in enumerate(file.lines, 1) if line.strip(" \t,;")]
        finder = _Finder(file, lines, delimiter, layout)
        start = finder.start(0)
        if start is None:
            continue
        try:
            return finder.tables(start)
        except _NotOfOneWidth as error:  # another delimiter may part the cells evenly
            failure = failure or error
    if failure:
        raise file.refusal(failure.what, line=failure.line)
    raise file.refusal("no rows of numbers below headings were found, and none without", line=_first_letter(file))


def tables_of_cells(file: RawFile, rows: Sequence[Sequence[str]], title: str, layout: Layout = UNKNOWN) -> list[Table]:
    """Return the tables of a sheet, one below the other; none where it has no numbers.

    Args:
        file: the workbook, for messages.
        rows: of the sheet, from its first.
        title: of the sheet.
        layout: what is known of it.

    Raises:
        DataError: something else stands between the rows of numbers.
    """
    lines = [Line(place, tuple(row)) for place, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    finder = _Finder(file, lines, "", layout, title)
    start = finder.start(0)
    if start is None:
        return []
    try:
        return finder.tables(start)
    except _NotOfOneWidth as error:
        raise file.refusal(f"sheet {title!r}, row {error.line}: {error.what}") from error


class _NotOfOneWidth(Exception):
    """Rows of one table have different numbers of cells."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what, self.line = what, line


class _Start(NamedTuple):
    """Where a table begins."""

    head: int | None  # place of the headings among the lines, None without
    units: bool  # whether units stand below them
    first: int  # place of the first row


@dataclass(frozen=True)
class _Finder:
    """A text or sheet while tables are looked for in it."""

    file: RawFile
    lines: Sequence[Line]
    delimiter: str
    layout: Layout = UNKNOWN
    title: str = ""

    def start(self, begin: int) -> _Start | None:
        """Return where the next table begins, None where there is none."""
        if self.layout.head_line or self.layout.first_row:
            return self._stated() if begin == 0 else None
        last = min(len(self.lines), begin + LONGEST_PREAMBLE)
        bare = next((place for place in range(begin, last) if _all_numbers(self.lines[place])), None)
        for place in range(begin, last):
            if bare is not None and place >= bare:
                break
            if found := self._headed(place):
                return found
        if bare is None:
            return None
        above = self.lines[bare - 1] if bare > begin else None
        if above is not None and _names(above, len(self.lines[bare].cells)):
            return _Start(bare - 1, False, bare)
        return _Start(None, False, bare) if self._remarks_alone(begin, bare) else None

    def _stated(self) -> _Start | None:
        """Return the start that the layout states."""
        head = next((k for k, line in enumerate(self.lines) if line.number == self.layout.head_line), None)
        row = self.layout.first_row
        first = next((k for k, line in enumerate(self.lines) if line.number >= row), None) if row else None
        if first is None and head is not None:
            first = next((k for k in range(head + 1, len(self.lines)) if _has_number(self.lines[k])), None)
        if first is None or (self.layout.head_line and head is None):
            return None
        return _Start(head, head is not None and first - head == 2, first)

    def _headed(self, place: int) -> _Start | None:
        """Return the start at a line, where that is a line of headings with a known quantity."""
        head = _without_mark(self.lines[place])
        if any(is_number(cell) for cell in head.cells) or not any(map(_LETTER.search, head.cells)):
            return None
        for below in (1, 2, 3):  # units and comments may stand between
            if place + below >= len(self.lines):
                return None
            row = self.lines[place + below]
            if not _has_number(row):
                continue
            if abs(len(row.cells) - len(head.cells)) > 1 and self.delimiter == " ":
                return None
            known = [k for k, cell in enumerate(head.cells) if cell and named(cell).heading.quantity]
            filled = [k for k in known if k < len(row.cells) and is_number(row.cells[k])]
            if not known or 2 * len(filled) < len(known) or len(row.cells) > len(head.cells):
                return None
            between = self.lines[place + 1 : place + below]
            if not all(_are_words(line, len(head.cells)) for line in between):
                return None
            return _Start(place, below > 1, place + below)
        return None

    def _remarks_alone(self, begin: int, first: int) -> bool:
        return self.layout.below_anything or all(line.cells[0].startswith(COMMENTS) for line in self.lines[begin:first])

    def tables(self, start: _Start) -> list[Table]:
        """Return the tables from a start on."""
        found: list[Table] = []
        begin = 0
        next_start: _Start | None = start
        while next_start is not None:
            stop = self._stop(next_start)
            found.append(self._table(begin, next_start, stop))
            begin = stop
            if stop >= len(self.lines):
                break
            again = self.start(stop)
            if again is None or (again.head is None and not self._remarks_alone(stop, again.first)):
                self._refuse_rest(found[-1], stop)
            next_start = again
        short = next((table for table in found if len(found) > 1 and len(table.rows) < SHORTEST_OF_SEVERAL), None)
        if short is not None:
            what = f"{len(found)} blocks of numbers, this one of {len(short.rows)} rows, are a format of their own"
            raise self.file.refusal(f"{what} that is not known", line=0 if self.title else short.rows[0].number)
        return found

    def _stop(self, start: _Start) -> int:
        """Return the place behind the last row of a table."""
        width = self._width(start)
        for place in range(start.first, len(self.lines)):
            line = self.lines[place]
            if self._is_remark(place, width):
                continue
            if not _has_number(line) or line.cells[0].startswith(COMMENTS):
                return place
            if len(line.cells) > width and any(line.cells[width:]):
                what = f"{width} cells were expected, not {len(line.cells)}"
                raise _NotOfOneWidth(what, line.number)
        return len(self.lines)

    def _is_remark(self, place: int, width: int) -> bool:
        """Whether a line of words stands alone between two rows."""
        cells = self.lines[place].cells
        if len(cells) > 1 or width < 2 or self.delimiter == " " or place + 1 >= len(self.lines):
            return False
        below = self.lines[place + 1]
        return (
            bool(_LETTER.search(cells[0]))
            and not is_number(cells[0])
            and len(below.cells) == width
            and _all_numbers(below)
        )

    def _width(self, start: _Start) -> int:
        if start.head is None:
            return len(self.lines[start.first].cells)
        head = list(_without_mark(self.lines[start.head]).cells)
        below = len(self.lines[start.first].cells)
        while len(head) > below and not head[-1]:
            head.pop()
        return max(len(head), 1)

    def _table(self, begin: int, start: _Start, stop: int) -> Table:
        width = self._width(start)
        rows = []
        remarks = []
        for place in range(start.first, stop):
            line = self.lines[place]
            if self._is_remark(place, width):
                remarks.append(self._text(line).strip())
                continue
            cells = line.cells[:width]
            if len(cells) < width and self.delimiter == " ":
                raise _NotOfOneWidth(f"{width} cells were expected, not {len(cells)}", line.number)
            rows.append(Line(line.number, cells + ("",) * (width - len(cells))))
        head, head_line = self._head(start, width)
        comma = self._decimal_comma(rows)
        kept, cut = self._whole_rows(rows, stop)
        top = start.first if start.head is None else start.head
        preamble = tuple(self._text(line).strip() for line in self.lines[begin:top])
        return Table(head, head_line, tuple(kept), (*preamble, *remarks), self.delimiter, comma, cut, self.title)

    def _head(self, start: _Start, width: int) -> tuple[tuple[str, ...], int]:
        if start.head is None:
            return (), 0
        line = _without_mark(self.lines[start.head])
        head = list(line.cells[:width]) + [""] * (width - len(line.cells))
        if start.units:
            units = self.lines[start.head + 1].cells
            for place, unit in enumerate(units[:width]):
                plain = unit.strip().strip("[]()").strip()
                if plain and not named(head[place]).heading.unit:
                    head[place] = f"{head[place]} ({plain})".strip()
        return tuple(head), line.number

    def _text(self, line: Line) -> str:
        return self.file.lines[line.number - 1] if self.delimiter else "\t".join(line.cells)

    def _decimal_comma(self, rows: Sequence[Line]) -> bool:
        """Whether decimals stand behind commas; both marks in one table are refused."""
        comma = point = 0
        told = self.layout.decimal_comma
        either = told or any("," in cell for row in rows for cell in row.cells)
        for line in rows if either else ():
            for cell in line.cells:
                if is_number(cell):
                    comma = comma or (line.number if "," in cell else 0)
                    point = point or (line.number if "." in cell else 0)
            if comma and point:
                what = f"decimals stand behind a comma in line {comma} and behind a point in line {point}; use one"
                raise self.file.refusal(what, line=max(comma, point))
        if told is not None and (point if told else comma):
            marks = ("comma", "point") if told else ("point", "comma")
            raise self.file.refusal(f"decimals behind a {marks[0]} were stated; here a {marks[1]}", line=comma or point)
        return bool(comma)

    def _whole_rows(self, rows: list[Line], stop: int) -> tuple[list[Line], bool]:
        """Return the rows without a last one whose end may be missing; one that surely lacks it is refused."""
        last = rows[-1]
        if not self.delimiter or stop < len(self.lines) or last.number < len(self.file.lines):
            return rows, False  # a line end follows
        if len(rows) == 1:
            what = "the only row of numbers has no line end; whether it is whole cannot be told"
            raise self.file.refusal(what, line=last.number)
        filled = [sum(cell != "" for cell in row.cells) for row in rows]
        if filled[-1] < min(filled[:-1]):
            raise self.file.refusal("the file ends within a row; it is cut off", line=last.number)
        place = max(k for k, cell in enumerate(last.cells) if cell)
        behind = [decimals(row.cells[place]) for row in rows]
        if behind[-1] < min(behind[:-1]):
            raise self.file.refusal("the file ends within a number; it is cut off", line=last.number)
        return (rows, False) if _whole([row.cells[place] for row in rows]) else (rows[:-1], True)

    def _refuse_rest(self, table: Table, place: int) -> None:
        line = self.lines[place]
        what = f"{self._text(line).strip()[:60]!r} stands below {len(table.rows)} rows of numbers"
        where = f"sheet {self.title!r}, row {line.number}: " if self.title else ""
        expected = "another row, headings, or the end of the file was expected"
        raise self.file.refusal(f"{where}{what}; {expected}", line=0 if self.title else line.number)


# ---------------------------------------------------------------------------------------------------------------- cells


def _delimiters(lines: Sequence[str]) -> Iterator[str]:
    """Yield what may part the cells, the likeliest first."""
    filled = [line.strip() for line in lines[: 2 * LONGEST_PREAMBLE] if line.strip()]
    likeliest = delimiter_of_lines(filled)
    if likeliest == "," and _one_column_of_decimal_commas(filled):
        likeliest = " "
    yield likeliest
    yield from (mark for mark in ("\t", ";", ",", " ") if mark != likeliest)


def _one_column_of_decimal_commas(lines: Sequence[str]) -> bool:
    """Whether the commas of two groups of digits a line stand before decimals, which alone start with zeros."""
    found = [_TWO_GROUPS.fullmatch(line) for line in lines]
    groups = [match["second"] for match in found if match]
    zeros = any(len(group) > 1 and group.startswith("0") for group in groups)
    return len(groups) == len(lines) and (zeros or all(match and match["exponent"] for match in found))


def _row(line: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of a line; blanks part numbers singly, words only in pairs."""
    if delimiter == " ":
        parts = line.split()
        if all(is_number(part) or part.casefold() in ABSENT for part in parts):
            return tuple(parts)
    if delimiter == " " or '"' in line or "'" in line:
        cells = list(cells_of(line, delimiter))
    else:
        cells = [cell.strip() for cell in line.split(delimiter)]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _all_numbers(line: Line) -> bool:
    filled = [cell for cell in line.cells if cell.casefold() not in ABSENT]
    return bool(filled) and all(is_number(cell) for cell in filled)


def _has_number(line: Line) -> bool:
    return any(is_number(cell) for cell in line.cells)


def _names(line: Line, width: int) -> bool:
    """Whether a line may be that of the headings of a table, of quantities that nobody knows."""
    cells = _without_mark(line).cells
    return len(cells) == width and all(cell and _LETTER.search(cell) and not is_number(cell) for cell in cells)


def _are_words(line: Line, width: int) -> bool:
    """Whether a line may hold units or comments of columns."""
    return len(line.cells) <= width and not _has_number(line) and all(len(cell) <= 30 for cell in line.cells)


def _without_mark(line: Line) -> Line:
    """Return a line without the mark of a remark before its first cell."""
    first = line.cells[0]
    if not first.startswith(COMMENTS) or first.casefold() in _WITH_UNIT:
        return line
    plain = first.lstrip("#%!/ ").strip()
    if not plain and len(line.cells) > 1:
        return Line(line.number, line.cells[1:])
    return Line(line.number, (plain, *line.cells[1:]))


def _first_letter(file: RawFile) -> int:
    return next((place for place, line in enumerate(file.lines, 1) if line.strip()), 1)


def _whole(column: Sequence[str]) -> bool:
    """Whether the last number of a column is surely not the beginning of a longer one."""
    others, last = [cell for cell in column[:-1] if is_number(cell)], column[-1]
    most = max(map(decimals, others), default=0)
    if most and decimals(last) == most:
        return True
    if any(mark in last for mark in ".,eE") or len(others) < 3:
        return False
    near = [number(cell, decimal_comma=True) for cell in others[-3:]]
    if not most:  # whole numbers all over: one that is no shorter than its neighbours
        return len(last) >= max(map(len, others[-3:]))
    steps = [abs(near[1] - near[0]), abs(near[2] - near[1])]
    expected = 2.0 * near[2] - near[1]  # a straight line through the last two
    return math.isfinite(expected) and abs(number(last) - expected) <= 0.2 * max(steps)
