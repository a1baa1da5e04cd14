"""GSAS: powder patterns in banks.

A title, then for each bank ``BANK number points records CONS start step 0 0 kind``, angles in hundredths of a degree.
Kinds: ``STD`` (ten fields of eight letters a record: how many detectors, two letters, and the counts, six), ``ESD``
(five pairs of intensity and standard error, eight letters each), ``FXYE`` (rows of position, intensity, error).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._diffraction import intensities, of_one_kind, steps, whole
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_BANK = re.compile(r"BANK\s+(\d+)\s+(\d+)\s+(\d+)\s+(\w+)\s+(\S+)\s+(\S+)(?:\s+\S+\s+\S+)?(?:\s+([A-Za-z]+))?\s*$")


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    return Match.LAYOUT if any(_BANK.match(line.strip()) for line in file.lines[:60]) else Match.NO


def _read(file: RawFile) -> Recording:
    banks = [(line, found) for line, text in enumerate(file.lines, 1) if (found := _BANK.match(text.strip()))]
    curves = []
    for place, (line, found) in enumerate(banks):
        end = banks[place + 1][0] - 1 if place + 1 < len(banks) else len(file.lines)
        rows = [text for text in file.lines[line:end] if text.strip() and not text.startswith("#")]
        curves.append(_bank(file, found, line, rows, f"bank {found[1]}" if len(banks) > 1 else ""))
    title = file.line(1).strip()
    metadata: dict[str, str | float] = {"title": title} if title and not title.startswith("BANK") else {}
    return Recording("x_ray_diffraction", of_one_kind(curves), metadata)


def _bank(file: RawFile, found: re.Match[str], line: int, rows: list[str], label: str) -> Curve:
    """Return the pattern of one bank."""
    points, binning, kind = int(found[2]), found[4].upper(), (found[7] or "STD").upper()
    if binning not in ("CONS", "CONST") or kind not in ("STD", "ESD", "FXYE"):
        what = f"a bank of {binning} {kind} was found; CONS or CONST with STD, ESD or FXYE are read"
        raise file.refusal(what, line=line)
    if int(found[3]) != len(rows) and kind != "FXYE":
        raise file.refusal(f"{found[3]} records are stated, the bank has {len(rows)}", line=line)
    if kind == "FXYE":
        table = np.array([_numbers(file, row.split(), line) for row in rows if len(row.split()) == 3]).reshape(-1, 3)
    else:
        table = _fields(file, rows, line, kind)
    if len(table) != points or points == 0:
        raise file.refusal(f"{points} points are stated, the bank has {len(table)}", line=line)
    start, step = (number(found[place]) / 100.0 for place in (5, 6))
    axis = table[:, 0] / 100.0 if kind == "FXYE" else steps(start, step, points)
    values = whole(table[:, -2] if kind != "STD" else table[:, -1])
    signals: tuple[Values, ...] = (intensities(values) if kind == "STD" else Values("intensity", values),)
    if kind != "STD":
        signals += (Values("intensity", table[:, -1], "1", "intensity_error"),)
    return Curve((Values("two_theta", axis, "degree"),), signals, label)


def _fields(file: RawFile, rows: list[str], line: int, kind: str) -> NDArray[np.float64]:
    """Return the numbers of fields of eight letters: counts alone, or pairs of intensity and error."""
    cells = [row[place : place + 8] for row in rows for place in range(0, len(row.rstrip()), 8)]
    if kind == "ESD":
        found = _numbers(file, cells, line)
        if len(found) % 2:
            raise file.refusal("pairs of intensity and error were expected", line=line)
        return np.array(found).reshape(-1, 2)
    if any(cell[:2].strip() not in ("", "1") for cell in cells):
        raise file.refusal("counts of several detectors are added in this bank, which is not read", line=line)
    return np.array(_numbers(file, [cell[2:] for cell in cells], line)).reshape(-1, 1)


def _numbers(file: RawFile, cells: list[str], line: int) -> list[float]:
    found = [number(cell) for cell in cells]
    if not np.all(np.isfinite(found)):
        raise file.refusal(f"numbers were expected below BANK, not {' '.join(cells)[:40]!r}", line=line)
    return found


READER = Reader("gsas_powder", "GSAS, powder patterns in banks", _sniff, _read)
