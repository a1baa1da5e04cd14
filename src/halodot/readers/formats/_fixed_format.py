"""Columns that a program writes with one format: a number with other decimals there was changed or cut."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import Block, cells
from halodot.readers.raw_file import RawFile

#: part of the rows that shows what a column's format is
_SHARE = 0.98


def check_decimals(file: RawFile, rows: Block, delimiter: str, columns: int) -> None:
    """Refuse a block in which one number has other decimals than the rest of its column, or lacks.

    Args:
        file: the text.
        rows: of it, from a program that writes every number of a column with the same format.
        delimiter: between cells.
        columns: that are looked at, from the first.

    Raises:
        DataError: there is such a number, with its line.
    """
    lines = file.lines[rows.first_line - 1 : rows.first_line - 1 + rows.lines]
    parts = [cells(line, delimiter) for line in lines]
    mark = "," if rows.decimal_comma else "."
    for column in range(columns):
        texts = [row[column] if column < len(row) else "" for row in parts]
        shapes = [_decimals(text, mark) for text in texts]
        usual, often = Counter(shapes).most_common(1)[0]
        if often == len(shapes) or often < _SHARE * len(shapes):
            continue
        place = next(place for place, shape in enumerate(shapes) if shape != usual)
        what = f"a number with {usual} decimals, like the rest of column {column + 1}, was expected"
        raise file.refusal(f"{what}, not {texts[place]!r}", line=rows.first_line + place)


def check_steps(file: RawFile, axis: NDArray[np.float64], first_line: int) -> None:
    """Refuse an axis whose steps change slowly but for one, which is far wider than those beside it.

    Args:
        file: the text.
        axis: pixel by pixel of a spectrometer, or of a scan on a grid (node,).
        first_line: of its first value.

    Raises:
        DataError: rows are missing, with the line behind the gap.
    """
    steps = np.abs(np.diff(axis))
    if len(steps) < 5:
        return
    before = np.concatenate([steps[1:2], steps[:-1]])
    behind = np.concatenate([steps[1:], steps[-2:-1]])
    wide = np.flatnonzero(steps > 1.7 * np.maximum(before, behind))
    if len(wide) == 1:
        place = int(wide[0])
        what = f"rows are missing between {axis[place]:g} and {axis[place + 1]:g}"
        raise file.refusal(what, line=first_line + place + 1)


def _decimals(text: str, mark: str) -> int:
    """Return how many digits stand behind the decimal mark, before an exponent; -1 for an empty cell."""
    if not text:
        return -1
    mantissa = text.upper().partition("E")[0]
    return len(mantissa) - 1 - mantissa.find(mark) if mark in mantissa else 0
