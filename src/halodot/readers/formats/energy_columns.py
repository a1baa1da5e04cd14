"""Columns of energy and intensity under ``BE/eV``, ``KE/eV`` or ``PE/eV``, as LG4X and beamlines write them.

Nothing tells whether the numbers are counts; whole numbers throughout are taken for them. ``PE`` over a signal is
the pass energy in some files and the photon energy in others, and stays in the header.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import Block, block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_FEW = 6  # rows that cannot show whether a number is as long as the others
_ENERGIES = {"b": "binding_energy", "k": "kinetic_energy", "p": "photon_energy"}  # by the first letter
_ENERGY = re.compile(
    r"(be|ke|pe|b\.e\.|k\.e\.|binding energy|kinetic energy|photon energy)\s*[/(\[]\s*ev\s*[)\]]?", re.IGNORECASE
)


def _heading(file: RawFile) -> tuple[int, str]:
    """Return the first line that is not empty and what parts its cells."""
    for place, line in enumerate(file.lines[:5], 1):
        if line.strip():
            return place, next((mark for mark in "\t;," if mark in line), "\t")
    return 0, "\t"


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    place, mark = _heading(file)
    if not place or place >= len(file.lines):
        return Match.NO
    known = _ENERGY.fullmatch(cells(file.lines[place - 1], mark)[0])
    first = cells(file.lines[place], mark)
    decimal_comma = mark != ","
    numbers = len(first) > 1 and all(np.isfinite(number(cell, decimal_comma)) for cell in first[:2])
    return Match.LAYOUT if known and numbers else Match.NO


def _read(file: RawFile) -> Recording:
    place, mark = _heading(file)
    headings = cells(file.line(place), mark)
    while len(headings) > 2 and not headings[-1]:
        headings.pop()
    rows = block(file, place + 1, delimiter=mark, columns=len(headings))
    after = rows.first_line + rows.lines
    if any(line.strip() for line in file.lines[after - 1 :]):
        raise file.refusal("a row of numbers was expected", line=after)
    _check_last(file, rows, mark)
    energy = _ENERGIES[headings[0][0].casefold()]
    axis = Values(energy, rows.values[:, 0], "eV", heading=headings[0])
    signals = []
    for column in range(1, rows.columns):
        values = rows.values[:, column]
        whole = bool((values >= 0.0).all()) and bool((values == np.round(values)).all())
        quantity = "counts" if whole else "intensity"
        name = "" if column == 1 else f"{quantity}_{column}"
        signals.append(Values(quantity, values, "1", name, headings[column]))
    header = {f"heading {column}": text for column, text in enumerate(headings, 1)}
    notes = ("whole numbers throughout are taken for counts",) if signals and signals[0].quantity == "counts" else ()
    curve = Curve((axis,), tuple(signals))
    kind = "spectrum" if energy == "photon_energy" else "photoelectrons"
    return Recording(kind, (curve,), {}, header, _warnings(rows.values[:, 0], place + 1), notes)


def _check_last(file: RawFile, rows: Block, mark: str) -> None:
    """Refuse a file without a line end whose last number is shorter than most others of its column."""
    last = rows.first_line + rows.lines - 1
    if last != len(file.lines):
        return
    if rows.lines < _FEW:
        raise file.refusal(f"the file ends without a line end after {rows.lines} rows; it is cut off", line=last)
    column = [cells(line, mark)[-1] for line in file.lines[rows.first_line - 1 : last]]
    digits = [len(_significant(cell)) for cell in column]
    usual, share = Counter(digits[:-1]).most_common(1)[0] if len(digits) > 1 else (1, 1)
    written_in_full = share > 0.6 * len(digits)  # the program writes so many digits whatever the number
    shrunk = len(column) > 1 and 5.0 * abs(rows.values[-1, -1]) < abs(rows.values[-2, -1])
    exponent = re.search(r"[eE][+-]?(\d*)$", column[-1])
    cut = digits[-1] < usual if written_in_full else shrunk and digits[-1] < digits[-2]
    if cut or not digits[-1] or (exponent and len(exponent[1]) < 2):
        raise file.refusal("the file ends within a number; it is cut off", line=last)


def _significant(cell: str) -> str:
    """Return the digits of a number from the first that is not zero."""
    return re.sub(r"\D", "", re.split("[eE]", cell)[0]).lstrip("0") or ("0" if cell else "")


def _warnings(energies: NDArray[np.float64], line: int) -> tuple[str, ...]:
    """Return where single steps differ from those of nearly all other rows."""
    steps = np.diff(energies)
    middle = float(np.median(steps)) if len(steps) > 9 else 0.0
    odd = np.abs(steps - middle) > 0.1 * abs(middle)
    if middle == 0.0 or not 0 < np.count_nonzero(odd) < 0.1 * len(odd):
        return ()
    place = int(np.argmax(odd))
    return (
        f"line {line + place + 1}: the energy steps by {steps[place]:g} eV, elsewhere by {middle:g} eV; "
        "rows may be missing or damaged",
    )


READER = Reader("energy_columns", "columns of binding, kinetic or photon energy and intensity", _sniff, _read)
