"""External quantum efficiency of solar cells: blocks of wavelength, EQE, responsivity and current.

Blocks stand side by side or one below the other. Above each stand its number and the currents under AM1.5G, AM1.5D and
AM0; two columns of keys and values stand at its right. ``Jsc`` of a row is what the interval to the wavelength before
adds, so that the column sums up to AM1.5G.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_FIRST = "Lambda(nm)"
_COLUMNS = {
    "EQE (%)": ("eqe", "%", ""),
    "SR (A/W)": ("responsivity", "A/W", ""),
    "Jsc (mA/cm^2)": ("current_density", "mA/cm2", "current_density_of_interval"),
}
_RANGE = re.compile(r"([\d.]+)-([\d.]+) ?nm")


class _Corner(NamedTuple):
    """Where a block has its first heading."""

    row: int
    column: int


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if file.encoding and f"{_FIRST}\tEQE (%)\tSR (A/W)" in file.text else Match.NO


def _read(file: RawFile) -> Recording:
    grid = [[cell.strip() for cell in line.split("\t")] for line in file.lines]
    corners = [_Corner(r, c) for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == _FIRST]
    curves: list[Curve] = []
    header: dict[str, str] = {}
    for corner in corners:
        below = [other.row for other in corners if other.row > corner.row and other.column == corner.column]
        beside = [other.column for other in corners if other.column > corner.column and other.row == corner.row]
        stop = min(below) - 4 if below else len(grid)  # four lines stand above the headings of the next block
        keys = _keys(grid, corner, stop, min(beside, default=len(grid[corner.row])))
        label = _cell(grid, corner.row - 4, corner.column) or str(len(curves) + 1)
        curves.append(_curve(file, grid[:stop], corner, label, keys))
        header |= {f"{label} {key}": text for key, text in keys.items()}
    if file.lines[-1] and len(grid[-1]) < len(grid[-2]):  # no line end, and cells are missing
        raise file.refusal("the file ends within a row; it is cut off", line=len(grid))
    return Recording("quantum_efficiency", tuple(curves), {"technique": "EQE"}, header)


def _cell(grid: list[list[str]], row: int, column: int) -> str:
    return grid[row][column] if 0 <= row < len(grid) and column < len(grid[row]) else ""


def _keys(grid: list[list[str]], corner: _Corner, stop: int, right: int) -> dict[str, str]:
    """Return the keys and values above a block and at its right."""
    found = {}
    for row in range(max(corner.row - 3, 0), corner.row):
        if key := _cell(grid, row, corner.column):
            found[key] = _cell(grid, row, corner.column + 1)
    columns = [_cell(grid, corner.row, column) for column in range(corner.column, corner.column + 5)]
    side = corner.column + sum(column in _COLUMNS for column in columns) + 1
    if side < right:
        for row in range(max(corner.row - 3, 0), min(corner.row + 12, stop)):
            key, text = _cell(grid, row, side), _cell(grid, row, side + 1)
            if key and math.isnan(number(key)):
                found[key] = text
    return found


def _curve(file: RawFile, grid: list[list[str]], corner: _Corner, label: str, keys: dict[str, str]) -> Curve:
    row = corner.row + 1
    while (first := _cell(grid, row, corner.column)) and math.isfinite(number(first)):
        row += 1
    if first:
        raise file.refusal(f"a wavelength was expected, not {first!r}", line=row + 1)
    rows = range(corner.row + 1, row)
    if not rows:
        raise file.refusal("rows of wavelengths were expected", line=row + 1)
    values = [_column(file, grid, rows, corner.column)]
    wavelength = Values("wavelength", values[0], "nm", heading=_FIRST)
    signals = []
    for column in range(corner.column + 1, corner.column + 4):
        heading = _cell(grid, corner.row, column)
        if heading in _COLUMNS:
            quantity, unit, name = _COLUMNS[heading]
            signals.append(Values(quantity, _column(file, grid, rows, column), unit, name, heading))
    span = _RANGE.search(keys.get("WL-Range", ""))
    if span and (abs(values[0][0] - float(span[1])) > 1e-6 or abs(values[0][-1] - float(span[2])) > 1e-6):
        what = f"the range is {span[0]}, but the numbers go from {values[0][0]:g} to {values[0][-1]:g} nm"
        raise file.refusal(f"block {label}: {what}", line=row)
    seconds = number(keys.get("Spent Seconds", ""))
    own = {"acquisition_time": setting("acquisition_time", seconds, "s")} if seconds > 0.0 else {}
    return Curve((wavelength,), tuple(signals), label, own)


def _column(file: RawFile, grid: list[list[str]], rows: range, column: int) -> NDArray[np.float64]:
    found = np.array([number(_cell(grid, row, column)) for row in rows])
    if np.isnan(found).any():
        place = rows[int(np.argmax(np.isnan(found)))]
        raise file.refusal(f"a number was expected, not {_cell(grid, place, column)!r}", line=place + 1)
    return found


READER = Reader("enlitech_eqe", "external quantum efficiency in blocks (QE-R)", _sniff, _read)
