"""PerkinElmer UV WinLab, a spectrum as CSV: a line with the unit of the axis and the ordinate, then rows.

``nm`` and ``A``, ``%T`` or ``%R``, parted by commas, or by semicolons where decimals stand behind a comma; at times in
quotation marks. Nothing else is stated.
"""

from __future__ import annotations

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._spectrophotometer import AXES, ORDINATES, axis_of, kind_of, ordinate_of, plain
from halodot.readers.numbers import block, cells, check_line_end, check_nothing_follows
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    _, heads = _heads(file)
    known = len(heads) == 2 and plain(heads[0]) in AXES and plain(heads[1]) in ORDINATES
    return Match.LAYOUT if known else Match.NO


def _heads(file: RawFile) -> tuple[str, list[str]]:
    line = file.lines[0]
    delimiter = next((mark for mark in ";\t," if mark in line.strip()), ",")
    return delimiter, [cell for cell in cells(line, delimiter) if cell]


def _read(file: RawFile) -> Recording:
    delimiter, heads = _heads(file)
    rows = block(file, 2, delimiter=delimiter, columns=2)
    check_nothing_follows(file, rows.first_line + rows.lines, "a row of two numbers")
    check_line_end(file, rows)
    x, y = rows.values.T
    check_steps(file, x, 2)
    axis, axis_unit = axis_of(file, heads[0], line=1)
    signal, unit = ordinate_of(file, heads[1], line=1)
    curve = Curve((Values(axis, x, axis_unit),), (Values(signal, y, unit, heading=heads[1]),))
    return Recording(kind_of(axis, signal), (curve,), {}, {"columns": file.lines[0].strip()})


READER = Reader("uvwinlab_csv", "PerkinElmer UV WinLab and others, CSV of one spectrum", _sniff, _read)
