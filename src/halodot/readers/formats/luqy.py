"""Quantum Yield Berlin LuQY Pro: absolute PL as text, a header of settings and results above columns.

The header has one name a line, with a value for each measurement, up to a line of dashes. Columns are wavelength,
calibrated photon flux, and spectra in counts with and without light; a file of several measurements repeats the
latter. A spectrum from which the dark one was taken off already may lie below zero: it is no count any more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_decimals, check_steps
from halodot.readers.formats._plain_text import are_counts, check_last_number, local_date
from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_DASHES = re.compile(r"-{5,}\s*")
_FLUX, _RAW, _DARK = "luminescence flux density", "raw spectrum", "dark spectrum"
_PER_AREA = re.compile(r"photons\s*/\s*\(s cm(?:2|²|\^2|�|Â²) nm\)", re.IGNORECASE)
#: settings of the header: word of the metadata and unit
_SETTINGS = {"integration time (ms)": ("integration_time", "ms"), "subcell area (cm": ("area", "cm2")}


def _sniff(file: RawFile) -> Match:
    if not file.encoding or "LuQY (%)" not in file.text[:4000]:
        return Match.NO
    head = file.lines[:60]
    named = any(line.startswith("LuQY (%)\t") for line in head)
    return Match.LAYOUT if named and any(_DASHES.fullmatch(line) for line in head) else Match.NO


def _read(file: RawFile) -> Recording:
    dashes = next((place for place, line in enumerate(file.lines, 1) if _DASHES.fullmatch(line)), 0)
    if not dashes:
        raise file.refusal("a line of dashes below the header was expected", line=len(file.lines))
    headings = cells(file.line(dashes + 1, "a line of headings"), "\t")
    while headings and not headings[-1]:
        headings.pop()
    columns = _columns(file, headings, dashes + 1)
    numbers = block(file, dashes + 2, delimiter="\t", columns=len(headings))
    if np.isnan(numbers.values).any():
        place = int(np.argmax(np.isnan(numbers.values).any(axis=1)))
        raise file.refusal(f"{len(headings)} numbers were expected", line=dashes + 2 + place)
    rows = [cells(line, "\t") for line in file.lines[dashes + 1 : dashes + 1 + numbers.lines]]
    check_last_number(file, rows, dashes + 2)
    check_decimals(file, numbers, "\t", len(headings))
    check_steps(file, numbers.values[:, 0], dashes + 2)
    if any(line.strip() for line in file.lines[dashes + 1 + numbers.lines :]):
        raise file.refusal("a row of numbers was expected", line=dashes + 2 + numbers.lines)
    return _recording(file.lines[: dashes - 1], headings, columns, numbers.values)


def _columns(file: RawFile, headings: Sequence[str], line: int) -> list[dict[str, int]]:
    """Return where flux, raw and dark spectrum of each measurement stand."""
    if not headings or not headings[0].casefold().startswith("wavelength (nm)"):
        raise file.refusal(f"headings from 'Wavelength (nm)' on were expected, not {headings[:1]}", line=line)
    found: list[dict[str, int]] = []
    seen = {_FLUX: 0, _RAW: 0, _DARK: 0}
    for place, heading in enumerate(headings[1:], 1):
        what = next((word for word in seen if heading.casefold().startswith(word)), "")
        if not what and heading.casefold().endswith("(counts)"):
            what = heading.casefold().removesuffix("(counts)").strip()  # a spectrum that other versions add
        if not what or (what == _FLUX and not _PER_AREA.search(heading)):
            raise file.refusal(
                f"a column of photon flux, raw or dark spectrum was expected, not {heading!r}", line=line
            )
        seen.setdefault(what, 0)
        if seen[what] == len(found):
            found.append({})
        found[seen[what]][what] = place
        seen[what] += 1
    if not found or any(_FLUX not in columns for columns in found):
        raise file.refusal("a column of the photon flux was expected for each measurement", line=line)
    return found


def _recording(
    lines: Sequence[str], headings: Sequence[str], columns: list[dict[str, int]], values: NDArray[np.float64]
) -> Recording:
    pairs = [cells(line, "\t") for line in lines if line.strip()]
    header = {row[0]: "\t".join(row[1:]).strip() for row in pairs if len(row) > 1 and any(row[1:])}
    dates = _dates(pairs, len(columns))
    notes = []
    curves = []
    for measurement, places in enumerate(columns):
        signals = [
            Values("spectral_photon_flux", values[:, places[_FLUX]], "1/(s cm2 nm)", "", headings[places[_FLUX]])
        ]
        for what in (word for word in places if word != _FLUX):
            slug = re.sub(r"\W+", "_", what)
            name = {_RAW: "counts", _DARK: "counts_dark"}.get(what, f"counts_{slug}")
            counts = values[:, places[what]]
            if are_counts(counts):
                signals.append(Values("counts", counts, "1", name, headings[places[what]]))
            else:
                signals.append(
                    Values("intensity", counts, "1", name.replace("counts", "intensity"), headings[places[what]])
                )
                notes.append(
                    f"the {what} holds numbers below zero: a dark spectrum was taken off, it is no count any more"
                )
        axis = Values("wavelength", values[:, 0], "nm", "", headings[0])
        settings = _settings(header, measurement, len(columns), dates)
        label = f"measurement {measurement + 1}" if len(columns) > 1 else ""
        curves.append(Curve((axis,), tuple(signals), label, settings))
    instrument: dict[str, str | float] = {"instrument": "Quantum Yield Berlin LuQY Pro", "technique": "absolute PL"}
    if dates and not any("date" in curve.metadata for curve in curves):
        header["date"] = "\t".join(dates)
    return Recording("photoluminescence", tuple(curves), instrument, header, (), tuple(dict.fromkeys(notes)))


def _dates(pairs: Sequence[Sequence[str]], measurements: int) -> list[str]:
    """Return the date of each measurement as written: in the first line, or behind ``Time``."""
    for row in pairs[:3]:
        filled = [cell for cell in row if cell]
        if filled and filled[0].casefold() == "time":
            filled = filled[1:]
        elif row is not pairs[0] or not re.match(r"\d", row[0]):
            continue
        if len(filled) == measurements + 1 and ":" not in filled[0]:
            filled = [f"{filled[0]} {clock}" for clock in filled[1:]]
        return filled
    return []


def _settings(header: dict[str, str], measurement: int, measurements: int, dates: list[str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for key, text in header.items():
        word, unit = next((item for start, item in _SETTINGS.items() if key.casefold().startswith(start)), ("", ""))
        parts = text.split("\t")
        part = parts[measurement] if len(parts) == measurements else ""
        value = number(part, decimal_comma=True)
        if word and math.isfinite(value) and value > 0.0:
            found[word] = setting(word, value, unit)
    if measurement < len(dates) and (date := local_date(dates[measurement])):
        found["date"] = date
    return found


READER = Reader("luqy", "Quantum Yield Berlin LuQY Pro, absolute PL as text", _sniff, _read)
