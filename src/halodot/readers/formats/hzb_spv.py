"""Transients of the surface photovoltage as the HEMF SPV software writes them.

A column of times in s, and one for each wavelength of the laser in nm, which is its heading; below them the settings as
remarks between ``BEGIN_METADATA`` and ``END_METADATA``. The unit of the signal does not stand in the file.
"""

from __future__ import annotations

import math

from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_BEGIN, _END = "BEGIN_METADATA", "END_METADATA"


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.lines[0].startswith("Time(s)\t"):
        return Match.NO
    headings = cells(file.lines[0], "\t")[1:]
    return Match.LAYOUT if headings and all(math.isfinite(number(cell)) for cell in headings if cell) else Match.NO


def _read(file: RawFile) -> Recording:
    headings = [cell for cell in cells(file.line(1), "\t")[1:] if cell]
    numbers = block(file, 2, delimiter="\t", columns=len(headings) + 1)
    header = _settings(file, 2 + numbers.lines)
    for key, count in (("Number of Transients", len(headings)), ("Points per Transients", numbers.lines)):
        stated = number(header.get(key, ""))
        if math.isfinite(stated) and stated != count:
            raise file.refusal(f"{key} is {stated:g}, but there are {count}", line=1 + numbers.lines)
    time = Values("time", numbers.values[:, 0], "s", heading="Time(s)")
    curves = []
    for place, heading in enumerate(headings, 1):
        signal = Values("intensity", numbers.values[:, place], "1", heading=heading)
        wavelength = {"excitation_wavelength": setting("excitation_wavelength", number(heading), "nm")}
        curves.append(Curve((time,), (signal,), f"{heading} nm", wavelength if header else {}))
    note = "the file states no unit of the surface photovoltage; the signal stays in units of its own"
    return Recording("time_series", tuple(curves), _metadata(header), header, notes=(note,))


def _settings(file: RawFile, first: int) -> dict[str, str]:
    """Return the settings below the numbers."""
    rest = [line.lstrip("#").strip() for line in file.lines[first - 1 :]]
    words = [line for line in rest if line]
    if not words or words[0] != _BEGIN or words[-1] != _END:
        what = f"the settings from {_BEGIN} to {_END} were expected below the numbers; the file is cut off"
        raise file.refusal(what, line=len(file.lines))
    found = {}
    for line in words[1:-1]:
        key, mark, text = line.partition(":")
        found[key.strip() if mark else line] = text.strip()
    return found


def _metadata(header: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "HZG HEMF SPV"}
    for key, word in (
        ("Software Version", "software"),
        ("Sample ID", "sample"),
        ("Measurement Type", "technique"),
        ("Measurement Chamber Atmosphere", "atmosphere"),
    ):
        if header.get(key):
            found[word] = header[key]
    if date := iso_date(header.get("Measurement Start", ""), "%Y-%m-%d_%H.%M.%S"):
        found["date"] = date
    if math.isfinite(scans := number(header.get("Number of Averages", ""))):
        found["scans"] = scans
    return found


READER = Reader("hzb_spv", "transients of the surface photovoltage (HEMF SPV)", _sniff, _read)
