"""HORIBA FluoroMax, Fluorolog (FluorEssence) and Aqualog: excitation-emission matrices as text.

The first row has the excitation wavelengths, the first column those of the emission. Below the first row may stand rows
of the worksheet: units, what was done to the matrix (``Normalized by 75.335``). The corner holds the name of
the sheet (``F1``), what the numbers are (``Sample - Blank``) or nothing. Wavelengths keep the order of the file:
an Aqualog goes down with the excitation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._plain_text import are_counts, check_last_number
from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

#: nm; what monochromators of a spectrofluorometer reach
_SHORTEST, _LONGEST = 180.0, 1800.0
#: wavelengths that a matrix has at least along each axis
_FEWEST = 4
#: rows of words below the excitation wavelengths
_MOST_ROWS = 8
_LABEL = re.compile(r"(?!time|temp|volt|angle|delay|power|dose|pressure|sample\s+no)(?:[A-Za-z].*)?", re.IGNORECASE)
#: words of the Aqualog
_AQUALOG = re.compile(
    r"sample\s*-\s*blank|^(sample|blank|processed|waterfall)|normali[sz]ed by|rayleigh|inner filter", re.IGNORECASE
)
_COUNTS = re.compile(r"counts?|cnts?", re.IGNORECASE)
_RATE = re.compile(r"cps|counts?\s*/\s*s(ec)?", re.IGNORECASE)


def _sniff(file: RawFile) -> Match:
    if not file.encoding or "\t" not in file.text[:4000]:
        return Match.NO
    first = _first_row(file)
    if first is None:
        return Match.NO
    start = _start(file, len(first))
    if not start:
        return Match.NO
    rows = [_wavelength(cells(line, "\t")[0]) for line in file.lines[start - 1 : start - 1 + _FEWEST]]
    return Match.LAYOUT if len(rows) == _FEWEST and _runs(np.array(rows)) else Match.NO


def _first_row(file: RawFile) -> list[float] | None:
    """Return the excitation wavelengths [nm] of the first row, None where it holds none."""
    row = cells(file.lines[0], "\t")
    while row and not row[-1]:
        row.pop()
    if len(row) <= _FEWEST or not _LABEL.fullmatch(row[0]):
        return None
    found = [_wavelength(cell) for cell in row[1:]]
    return found if _runs(np.array(found)) else None


def _wavelength(cell: str) -> float:
    return number(cell.removesuffix("nm").strip(), decimal_comma=True)


def _runs(wavelengths: NDArray[np.float64]) -> bool:
    """Whether numbers are wavelengths that run in one direction."""
    if len(wavelengths) < _FEWEST or not np.isfinite(wavelengths).all():
        return False
    steps = np.diff(wavelengths)
    in_range = wavelengths.min() >= _SHORTEST and wavelengths.max() <= _LONGEST
    return bool(in_range and (np.all(steps > 0.0) or np.all(steps < 0.0)))


def _start(file: RawFile, excitations: int) -> int:
    """Return the line of the first row of numbers, 0 where there is none below a few rows of words."""
    for place, line in enumerate(file.lines[1 : 2 + _MOST_ROWS], 2):
        row = cells(line, "\t")
        if len(row) > 2 and np.isfinite(_wavelength(row[0])) and len(row) >= excitations + 1:
            return place
        if not row[0] and not any(row[1:]):
            return 0
    return 0


def _read(file: RawFile) -> Recording:
    excitations = _first_row(file)
    start = _start(file, len(excitations)) if excitations else 0
    if excitations is None or not start:
        raise file.refusal(
            "excitation wavelengths in the first row and emission wavelengths below were expected", line=1
        )
    width = len(excitations) + 1
    numbers = block(file, start, delimiter="\t", columns=width)
    rows = [cells(line, "\t") for line in file.lines[start - 1 : start - 1 + numbers.lines]]
    for place, row in enumerate(rows, start):
        if len(row) < width:
            raise file.refusal(f"{width} numbers were expected, not {len(row)}", line=place)
    check_last_number(file, [row[:width] for row in rows], start)
    if any(line.strip() for line in file.lines[start - 1 + numbers.lines :]):
        raise file.refusal("a row of numbers was expected", line=start + numbers.lines)
    emission = Values("emission_wavelength", numbers.values[:, 0], "nm")
    if not _runs(emission.values):
        raise file.refusal(
            "emission wavelengths that run in one direction were expected in the first column", line=start
        )
    check_steps(file, emission.values, start)
    excitation = Values("excitation_wavelength", np.array(excitations), "nm")
    words = [cells(line, "\t") for line in file.lines[1 : start - 1]]
    label = cells(file.lines[0], "\t")[0]
    return _recording(label, words, (emission, excitation), numbers.values[:, 1:])


def _recording(
    label: str, words: Sequence[Sequence[str]], axes: tuple[Values, Values], values: NDArray[np.float64]
) -> Recording:
    header = {"corner": label} if label else {}
    unit = ""
    for place, row in enumerate(words, 1):
        filled = [cell for cell in row if cell]
        same = set(row[1:]) - {""}
        text = next(iter(same)) if len(same) == 1 else ""
        if _RATE.match(text) or _COUNTS.match(text):
            unit = text
        if filled:
            header[f"row {place + 1}"] = (
                "\t".join(filled) if len(same) > 1 else filled[0] + (f"\t{filled[-1]}" if same else "")
            )
    aqualog = any(_AQUALOG.search(text) for text in header.values())
    quantity, own = "intensity", "1"
    if _RATE.fullmatch(unit):
        quantity, own = "count_rate", "1/s"
    elif _COUNTS.fullmatch(unit) and are_counts(values):
        quantity = "counts"
    notes = [] if unit else ["the file has no unit of the intensity"]
    notes.append("the first row was read as excitation, the first column as emission wavelengths")
    instrument = "HORIBA Aqualog" if aqualog else "HORIBA"
    curve = Curve(axes, (Values(quantity, values, own, "", label),))
    return Recording("excitation_emission", (curve,), {"instrument": instrument}, header, (), tuple(notes))


READER = Reader("horiba_matrix", "HORIBA FluorEssence and Aqualog excitation-emission matrix as text", _sniff, _read)
