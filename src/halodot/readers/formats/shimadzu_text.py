"""Shimadzu UVProbe and LabSolutions UV-Vis, exported as text: names of data sets, headings, rows.

The first line names the data sets (``"film - RawData"``), the second the columns in quotation marks
(``"Wavelength nm.","Abs."``); one axis serves the columns behind it up to the next. Ordinates are ``Abs.``, ``T%``,
``R%``, ``E`` or ``Intensity``; a kinetic run has its time for an axis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from halodot.readers.formats._fixed_format import check_decimals, check_steps
from halodot.readers.formats._spectrophotometer import ORDINATES, kind_of, ordinate_of, plain
from halodot.readers.numbers import block, cells, check_line_end, check_nothing_follows, delimiter_of
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

#: the axes by the start of their heading in lower case
_AXES = (
    ("wavelength nm", ("wavelength", "nm")),
    ("wavelength (nm", ("wavelength", "nm")),
    ("wavenumber", ("wavenumber", "1/cm")),
    ("time sec", ("time", "s")),
    ("time (sec", ("time", "s")),
    ("time min", ("time", "min")),
    ("time (min", ("time", "min")),
)
_DATA_SET = re.compile(r"\s+-\s+(RawData|[\w ]+)$")


def _sniff(file: RawFile) -> Match:
    if not file.encoding or len(file.lines) < 3:
        return Match.NO
    heads = _cells(file.lines[1])
    quoted = all(line.strip().startswith('"') for line in file.lines[:2]) or heads[:1] == ["Wavelength nm."]
    known = len(heads) > 1 and _axis(heads[0]) is not None
    ordinates = all(_axis(head) is not None or plain(head) in ORDINATES for head in heads)
    return Match.LAYOUT if quoted and known and ordinates else Match.NO


def _cells(line: str) -> list[str]:
    """Return the cells of a line that are not empty; quotation marks may lack."""
    if '"' in line:
        return [cell.strip() for cell in re.findall(r'"([^"]*)"', line) if cell.strip()]
    delimiter = next((mark for mark in "\t;" if mark in line.strip()), ",")
    return [cell for cell in cells(line, delimiter) if cell]


def _axis(head: str) -> tuple[str, str] | None:
    return next((axis for start, axis in _AXES if head.casefold().startswith(start)), None)


def _read(file: RawFile) -> Recording:
    heads = _cells(file.line(2))
    delimiter = delimiter_of(file.line(3, "a row of numbers"))
    rows = block(file, 3, delimiter=delimiter, columns=len(heads))
    check_nothing_follows(file, rows.first_line + rows.lines, f"a row of {len(heads)} numbers")
    check_line_end(file, rows)
    check_decimals(file, rows, delimiter, len(heads))
    check_steps(file, rows.values[:, 0], rows.first_line)
    names = [_DATA_SET.sub("", name) for name in _cells(file.line(1))]
    curves = _curves(file, heads, rows.values, names)
    signal = curves[0].signals[0].quantity
    kind = kind_of(curves[0].axes[0].quantity, signal)
    metadata: dict[str, str | float] = {"instrument": "Shimadzu"}
    if len(names) == 1:
        metadata["sample"] = names[0]
    return Recording(kind, curves, metadata, {"data sets": file.line(1).strip(), "columns": file.line(2).strip()})


def _curves(file: RawFile, heads: Sequence[str], values: np.ndarray, names: Sequence[str]) -> tuple[Curve, ...]:
    curves: list[Curve] = []
    axis, place_of_axis = ("", ""), 0
    signals = sum(_axis(head) is None for head in heads)
    for place, head in enumerate(heads):
        if found := _axis(head):
            axis, place_of_axis = found, place
            continue
        signal, unit = ordinate_of(file, head, line=2)
        there = ~np.isnan(values[:, [place_of_axis, place]]).any(axis=1)
        count = int(there.sum())
        if not count or not there[:count].all():
            raise file.refusal(f"column {place + 1} has no number here", line=3 + int(np.argmin(there)))
        x = Values(axis[0], values[:count, place_of_axis], axis[1])
        label = names[len(curves)] if len(names) == signals else (names[0] if names else "")
        curves.append(Curve((x,), (Values(signal, values[:count, place], unit, heading=head),), label))
    return tuple(curves)


READER = Reader("shimadzu_text", "Shimadzu UVProbe and LabSolutions UV-Vis, text", _sniff, _read)
