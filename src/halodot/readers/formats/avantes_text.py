"""Avantes AvaSoft spectra as text: AvaSoft 8 (``.Raw8.txt``) and 6, 7 (``.trt``, ``.tat``, ``.ttt``, ``.tit``).

A comment stands first, then ``Integration time``, scans that were averaged, pixels that were smoothed, the name of the
spectrometer and at times a time stamp that counts from nowhere; then names of columns, a line of their units in square
brackets, and rows. The name of a column without a unit has no column. Cells are parted by semicolons or commas;
decimals stand behind a comma where the computer's language has it so.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

from halodot.readers.formats._avantes import CORRECTED, spectra
from halodot.readers.formats._fixed_format import check_decimals, check_steps
from halodot.readers.numbers import Block, block, cells, check_line_end, check_nothing_follows, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_UNITS = re.compile(r"\s*\[(nm|cm-1|1/cm|eV)\]\s*([;,\t])")
_TIME = re.compile(r"\[ms\][^:]*:\s*([\d.,]+)|:\s*([\d.,]+)\s*ms\b", re.IGNORECASE)
_NUMBER = re.compile(r":\s*(\d+)")
_LAST_LINE_OF_HEADER = 20
_AXES = {"nm": ("wavelength", "nm"), "cm-1": ("raman_shift", "1/cm"), "1/cm": ("raman_shift", "1/cm")}
#: columns of the detector, by the start of their name in lower case
_RECORDED = {
    "sample": "sample",
    "scope corr": "scope_less_dark",
    "scope minus": "scope_less_dark",
    "scope": "scope",
    "intensity": "scope",
    "dark": "dark",
    "ref": "reference",
}
#: columns that AvaSoft computes, by the start of their name
_COMPUTED = {"absor": "absorbance", "transm": "transmittance", "reflec": "reflectance"}
_FRACTIONS = {"%": "%", "au": "1", "": "1", "-": "1", "1": "1"}
#: photons in a micromole, for photon fluxes that AvaSoft gives in these
_MICROMOLE = 6.02214076e17


class _Column(NamedTuple):
    name: str
    unit: str
    heading: str


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if file.encoding and _unit_line(file) else Match.NO


def _unit_line(file: RawFile) -> int:
    """Return the line of units, 0 where there is none behind an integration time in ms."""
    timed = False
    for place, line in enumerate(file.lines[:_LAST_LINE_OF_HEADER], 1):
        timed = timed or bool(_TIME.search(line))
        if timed and _UNITS.match(line):
            return place
    return 0


def _read(file: RawFile) -> Recording:
    units = _unit_line(file)
    found = _UNITS.match(file.line(units or 1))
    if not units or found is None:
        raise file.refusal("an integration time in ms and a line of units, [nm], were expected", line=1)
    if found[1] not in _AXES:
        raise file.refusal(f"the axis is in {found[1]}; nm or cm-1 was expected", line=units)
    first = next((place for place in range(units + 1, len(file.lines) + 1) if file.lines[place - 1].strip()), 0)
    if not first:
        raise file.refusal("the file ends before its first row", line=units)
    columns = _columns(file, units, found[2])
    rows = block(file, first, delimiter=found[2], columns=len(columns))
    warnings = _check(file, rows, found[2], len(columns))
    axis = _AXES[found[1]]
    x = Values(axis[0], rows.values[:, 0], axis[1])
    signals, notes = _signals(file, units, columns, rows)
    curve = Curve((x,), signals)
    lines = [line.partition(":") for line in file.lines[: units - 2] if ":" in line]
    header = {label.strip(): text.strip() for label, _, text in lines}
    return Recording(_kind(signals), (curve,), _settings(file, units), header, warnings, notes)


def _columns(file: RawFile, units: int, delimiter: str) -> list[_Column]:
    """Return the columns that have a unit, with their names."""
    written = [cell.strip("[] ") for cell in cells(file.line(units), delimiter)]
    bracketed = [cell for cell in cells(file.line(units), delimiter) if cell]
    names = cells(file.line(units - 1), delimiter) if units > 1 else []
    if len(names) < len(bracketed):
        what = f"{len(bracketed)} names of columns were expected, not {len(names)}"
        raise file.refusal(what, line=max(units - 1, 1))
    return [_Column(name, unit, f"{name} [{unit}]") for name, unit in zip(names, written[: len(bracketed)])]


def _check(file: RawFile, rows: Block, delimiter: str, columns: int) -> tuple[str, ...]:
    """Refuse rows that do not go on to the end of the file, and return what may be wrong with them."""
    after = rows.first_line + rows.lines
    check_nothing_follows(file, after)
    check_line_end(file, rows)
    if np.isnan(rows.values).any():
        line = rows.first_line + int(np.argmax(np.isnan(rows.values).any(axis=1)))
        raise file.refusal(f"{columns} numbers were expected", line=line)
    check_steps(file, rows.values[:, 0], rows.first_line)
    if not any("[ms]" in line for line in file.lines[: rows.first_line]):
        return ()
    check_decimals(file, rows, delimiter, columns)  # AvaSoft 8 writes three of them, and an empty line at the end
    if len(file.lines) > after:
        return ()
    return ("AvaSoft 8 ends its files with an empty line, which lacks here: rows may be cut off",)


def _signals(
    file: RawFile, units: int, columns: list[_Column], rows: Block
) -> tuple[tuple[Values, ...], tuple[str, ...]]:
    recorded: dict[str, np.ndarray] = {}
    headings: dict[str, str] = {}
    computed: list[Values] = []
    for place, column in enumerate(columns[1:], 1):
        values = rows.values[:, place]
        value = _computed(file, units, column, values)
        if value is not None:
            computed.append(value)
            continue
        name = next((word for start, word in _RECORDED.items() if column.name.casefold().startswith(start)), "")
        name = name or f"column_{place + 1}"  # in another language
        recorded[name], headings[name] = values, column.heading
    signals = spectra(recorded, headings)
    notes = (CORRECTED,) if signals and signals[0].quantity == "intensity" else ()
    return (*computed, *signals), notes


def _computed(file: RawFile, units: int, column: _Column, values: np.ndarray) -> Values | None:
    """Return a column that AvaSoft computed from the others, None for one that was recorded."""
    name = column.name.casefold()
    unit = column.unit.casefold().replace(".", "").replace("watt", "w").replace("²", "2")
    plain = re.sub(r"^[^a-z0-9%]*", "u", unit) if re.search(r"^[^a-z0-9%]", unit) else unit
    quantity = next((word for start, word in _COMPUTED.items() if name.startswith(start)), "")
    if quantity:
        if plain not in _FRACTIONS:
            raise file.refusal(f"{column.name} in {column.unit!r}; % or a number was expected", line=units)
        return Values(quantity, values, _FRACTIONS[plain], heading=column.heading)
    if "irradiance" in name and "relative" not in name:
        if plain not in ("uw/cm2/nm", "uw/cm^2/nm", "w/m2/nm"):
            raise file.refusal(f"irradiance in {column.unit!r}; uW/cm2/nm was expected", line=units)
        si = "W/m2/nm" if plain == "w/m2/nm" else "uW/cm2/nm"
        return Values("spectral_irradiance", values, si, heading=column.heading)
    if name.startswith("photon") and plain in ("umol/s/m2/nm", "umol/m2/s/nm", "umol/s/m^2/nm"):
        return Values("spectral_photon_flux", values * _MICROMOLE, "1/m2/s/nm", heading=column.heading)
    if name.startswith(("photon", "relative")):
        return Values("intensity", values, "1", name=f"intensity_{name.split()[0]}", heading=column.heading)
    if "counts" not in plain:
        raise file.refusal(f"the column {column.heading!r} is not known", line=units)
    return None


def _kind(signals: tuple[Values, ...]) -> str:
    quantities = {signal.quantity for signal in signals}
    if quantities & {"absorbance", "transmittance", "reflectance"}:
        return "absorption"
    return "irradiance" if "spectral_irradiance" in quantities else "spectrum"


def _settings(file: RawFile, units: int) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "Avantes"}
    lines = file.lines[: units - 1]
    if lines and lines[0].strip() and ":" not in lines[0]:
        found["comment"] = lines[0].strip()
    for line in lines:
        text = line.casefold()
        if "integration_time" not in found and (time := _TIME.search(line)):
            milliseconds = number(time[1] or time[2], decimal_comma=True)
            if math.isfinite(milliseconds) and milliseconds > 0.0:
                found["integration_time"] = setting("integration_time", milliseconds, "ms")
        elif (whole := _NUMBER.search(line)) and "averag" in text:
            found["scans"] = float(whole[1])
        elif whole and "smooth" in text:
            found["boxcar"] = float(whole[1])
        elif "spectrometer" in text and line.partition(":")[2].strip():
            found["serial_number"] = line.partition(":")[2].strip()
    return found


READER = Reader("avantes_text", "Avantes AvaSoft 6, 7 and 8, text", _sniff, _read)
