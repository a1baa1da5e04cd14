"""CasaXPS: spectra and fits as columns of text.

Each spectrum starts with ``Cycle n:sample:region``, then lines of settings and of the fit, a line of headings and the
rows: kinetic energy, counts, components, background and envelope; an empty column; binding energy and the same per
second. The two halves repeat each other and are held against one another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from halodot.readers.numbers import Block, block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_SETTINGS = {"Characteristic Energy eV": "photon_energy", "Acquisition Time s": "integration_time"}
_FITS = ("Name", "Position", "FWHM", "Area", "Lineshape", "Width", "% Area")


def _sniff(file: RawFile) -> Match:
    if not file.encoding or len(file.lines) < 3:
        return Match.NO
    settings = [line for line in file.lines[:2] if "Characteristic Energy eV\t" in line]
    known = settings and (file.lines[0].startswith("Cycle ") or settings[0] == file.lines[0])
    return Match.LAYOUT if known else Match.NO


def _read(file: RawFile) -> Recording:
    if not file.lines[0].startswith("Cycle "):
        raise file.refusal("this layout of CasaXPS (rows of tables) is not known; export columns of tables", line=1)
    curves: list[Curve] = []
    header: dict[str, str] = {}
    starts = [place for place, line in enumerate(file.lines, 1) if line.startswith("Cycle ")]
    for start, end in zip(starts, (*starts[1:], len(file.lines) + 1)):
        curve, said = _curve(file, start, end)
        curves.append(curve)
        header |= said
    return Recording("photoelectrons", tuple(curves), {"software": "CasaXPS"}, header)


def _curve(file: RawFile, start: int, end: int) -> tuple[Curve, dict[str, str]]:
    """Return the spectrum between two lines, and what its lines say."""
    parts = file.line(start).split(":")
    sample = parts[1].strip() if len(parts) > 1 else ""
    label = ": ".join(part.strip() for part in parts[1:]) or parts[0]
    said = {f"{label}: cycle": parts[0].strip()}
    settings: dict[str, str | float] = {"sample": sample} if sample else {}
    line = start + 1
    while line < end and not file.line(line).startswith("K.E."):
        row = [cell for cell in cells(file.line(line), "\t") if cell]
        if row and row[0] in _FITS:
            said[f"{label}: {row[0]}"] = "; ".join(row[1:])
        for key, text in zip(row[::2], row[1::2]):
            if key in _SETTINGS and number(text) > 0.0:
                settings[_SETTINGS[key]] = number(text)
        line += 1
    if line >= end:
        raise file.refusal("a line of headings that starts with K.E. was expected", line=line - 1)
    headings = cells(file.line(line), "\t")
    rows = block(file, line + 1, delimiter="\t", columns=len(headings))
    left, right = _halves(file, headings, line)
    if rows.first_line + rows.lines < end and any(text.strip() for text in file.lines[line + rows.lines : end - 1]):
        raise file.refusal("a row of numbers was expected", line=rows.first_line + rows.lines)
    _check_last(file, rows)
    _check_halves(file, rows, right)
    axis = Values("binding_energy", rows.values[:, right], "eV", heading="B.E.")
    signals = [_signal(rows, place, headings, left) for place in left]
    signals.append(Values("count_rate", rows.values[:, right + 1], "1/s", heading="CPS"))
    return Curve((axis,), tuple(signals), label, settings), {key: text for key, text in said.items() if text}


def _halves(file: RawFile, headings: Sequence[str], line: int) -> tuple[list[int], int]:
    """Return the columns of the left half from the counts on, and the column of the binding energy."""
    right = headings.index("B.E.") if "B.E." in headings else 0
    if (
        headings[:2] != ["K.E.", "Counts"]
        or right < 3
        or headings[right - 1]
        or headings[right + 1 : right + 2] != ["CPS"]
    ):
        what = "K.E., Counts, an empty column, B.E. and CPS were expected"
        raise file.refusal(f"{what}, not {', '.join(headings)[:80]}", line=line)
    return list(range(1, right - 1)), right


def _signal(rows: Block, place: int, headings: Sequence[str], left: Sequence[int]) -> Values:
    values, heading = rows.values[:, place], headings[place]
    quantity = "counts" if (values >= 0.0).all() else "intensity"
    if place == left[0]:
        return Values(quantity, values, heading=heading)
    if heading in ("Background", "Envelope"):
        return Values(quantity, values, "1", heading.casefold(), heading)
    return Values(quantity, values, "1", f"component_{place - left[0]}", heading)


def _check_last(file: RawFile, rows: Block) -> None:
    """Refuse a file that ends within its last number: all numbers have as many letters, apart from a minus."""
    line = rows.first_line + rows.lines - 1
    row = [cell.lstrip("-") for cell in cells(file.line(line), "\t") if cell]
    if line == len(file.lines) and len(row[-1]) < len(row[0]):
        raise file.refusal("the file ends within a number; it is cut off", line=line)


def _check_halves(file: RawFile, rows: Block, right: int) -> None:
    """Refuse a row whose halves do not agree, where those of nearly all others do."""
    if not np.isfinite(rows.values[:, [0, 1, right, right + 1]]).all():
        line = rows.first_line + int(np.argmin(np.isfinite(rows.values[:, [0, 1, right, right + 1]]).all(axis=1)))
        raise file.refusal("numbers of both halves were expected in this row", line=line)
    kinetic, counts, binding, rate = rows.values[:, [0, 1, right, right + 1]].T
    sums = kinetic + binding
    step = float(np.median(np.abs(np.diff(kinetic)))) if len(kinetic) > 1 else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(rate != 0.0, counts / rate, math.nan)
    middle = float(np.nanmedian(times)) if np.isfinite(times).any() else 1.0
    for what, wrong in (
        ("kinetic and binding energy do not add up as elsewhere", np.abs(sums - np.median(sums)) > 0.3 * step),
        ("counts and counts per second differ as nowhere else", np.abs(times - middle) > 1e-4 * abs(middle)),
    ):
        if 0 < np.count_nonzero(wrong) < 0.1 * len(wrong):
            raise file.refusal(what, line=rows.first_line + int(np.argmax(wrong)))


READER = Reader("casaxps_text", "CasaXPS, columns of text", _sniff, _read)
