"""Columns of energy and intensity under ``BE/eV``, ``KE/eV`` or ``PE/eV``, as LG4X and beamlines write them.

Nothing tells whether the numbers are counts; whole numbers throughout are taken for them. ``PE`` over a signal is
the pass energy in some files and the photon energy in others, and stays in the header.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

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
