"""Andor Solis: spectra, series and images as text (.asc) with the settings of the camera above or below the numbers.

Rows hold a wavelength or a pixel and a number for each track, row of the detector or spectrum of a series, parted by
tabs, commas, semicolons or blanks. Settings are a name, a colon and a value (``Exposure Time (secs): 1``).
``Data Type`` says whether the numbers are counts.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._fixed_format import check_steps
from halodot.readers.formats._plain_text import are_counts, check_last_number
from halodot.readers.numbers import block, cells, delimiter_of, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_SETTING = re.compile(r"([A-Za-z][^:\t]{2,60}?)\s*:[\s,;]*(.*)")
_NAMES = ("Date and Time", "Software Version", "Exposure Time (secs)", "Data Type", "Acquisition Mode", "Readout Mode")
#: nm; what a spectrograph before such a camera reaches
_NANOMETRES = (150.0, 2600.0)


def _sniff(file: RawFile) -> Match:
    if not file.encoding or len(file.text) > 50_000_000:
        return Match.NO
    shown = (*file.lines[:60], *file.lines[-60:])
    found = {match[1] for line in shown if (match := _SETTING.match(line))}
    return Match.LAYOUT if "Date and Time" in found and len(found & set(_NAMES)) >= 4 else Match.NO


def _read(file: RawFile) -> Recording:
    header: dict[str, str] = {}
    start = last = 0
    for place, line in enumerate(file.lines, 1):
        if place <= last:
            continue
        if found := _SETTING.match(line):
            header.setdefault(found[1].strip(), found[2].strip(" \t,;"))
        elif re.match(r"\s*[-+.\d]", line):
            if start:
                raise file.refusal("one block of numbers was expected", line=place)
            start = place
            numbers = block(file, start, delimiter=_delimiter(line))
            last = start - 1 + numbers.lines
        elif line.strip(" \t,;"):
            header.setdefault(f"line {place}", line.strip())
    if not start:
        raise file.refusal("numbers were expected", line=len(file.lines))
    if np.isnan(numbers.values).any() or numbers.columns < 2:
        raise file.refusal("a pixel or wavelength and a number for each spectrum were expected", line=start)
    mark = _delimiter(file.line(start))
    check_last_number(file, [cells(line, mark) for line in file.lines[start - 1 : last]], start)
    if last == len(file.lines) and "Date and Time" not in header:
        raise file.refusal("settings of the camera were expected", line=last)
    return _recording(file, numbers.values, header, start)


def _delimiter(line: str) -> str:
    mark = delimiter_of(line.strip())
    return "," if mark == " " and "," in line and not re.search(r"\s", line.strip()) else mark


def _recording(file: RawFile, values: NDArray[np.float64], header: dict[str, str], line: int) -> Recording:
    points = values[:, 0]
    axis, notes = _axis(file, points, header, line)
    signals = values[:, 1:]
    written = header.get("Data Type", "")
    plain = written.casefold().strip()
    quantity, unit = "intensity", "1"
    if plain in ("counts", "") and are_counts(signals):
        quantity = "counts" if plain else "intensity"
    elif plain in ("%transmittance", "%t"):
        quantity, unit = "transmittance", "%"
    elif plain in ("%reflectance", "%r"):
        quantity, unit = "reflectance", "%"
    elif plain in ("absorbance units", "absorbance"):
        quantity = "absorbance"
    if signals.shape[1] == 1:
        curve = Curve((axis,), (Values(quantity, signals[:, 0], unit, "", written),))
    else:
        numbers = Values("channel", np.arange(1.0, signals.shape[1] + 1), "1", "track")
        curve = Curve((numbers, axis), (Values(quantity, signals.T, unit, "", written),))
    kind = "absorption" if quantity in ("transmittance", "reflectance", "absorbance") else "spectrum"
    kind = "raman" if axis.quantity == "raman_shift" else kind
    return Recording(kind, (curve,), _metadata(header), header, (), notes)


def _axis(
    file: RawFile, points: NDArray[np.float64], header: dict[str, str], line: int
) -> tuple[Values, tuple[str, ...]]:
    """Return what the numbers run along: pixels counted from 1, or wavelengths of the spectrograph."""
    if np.array_equal(points, np.arange(1.0, len(points) + 1)):
        return Values("x_pixel", points), ("the first column counts pixels: the camera was not calibrated",)
    check_steps(file, points, line)
    steps = np.diff(points)
    one_way = bool(np.all(steps > 0.0) or np.all(steps < 0.0))
    if any("raman" in key.casefold() for key in header):
        return Values("raman_shift", points, "1/cm"), ("the header speaks of Raman: the first column is in 1/cm",)
    if not one_way or points.min() < _NANOMETRES[0] or points.max() > _NANOMETRES[1]:
        what = f"pixels counted from 1 or wavelengths in nm were expected, not {points.min():g} to {points.max():g}"
        raise file.refusal(what, line=line)
    return Values("wavelength", points, "nm"), ("the file has no unit of its first column; it was read as nm",)


def _metadata(header: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": f"Andor {header.get('Model', '')}".strip()}
    if header.get("Software Version"):
        found["software"] = f"Andor Solis {header['Software Version']}"
    for key, word in (("Serial Number", "serial_number"), ("Operator", "operator")):
        if header.get(key):
            found[word] = header[key]
    if date := iso_date(header.get("Date and Time", ""), "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S.%f %Y"):
        found["date"] = date
    for key, word, unit in (
        ("Exposure Time (secs)", "integration_time", "s"),
        ("Number of Accumulations", "scans", "1"),
        ("Input Side Slit Width (um)", "slit_width", "um"),
    ):
        value = number(header.get(key, ""), decimal_comma=True)
        if np.isfinite(value) and value > 0.0:
            found[word] = setting(word, value, unit)
    grooves = number(header.get("Grating Groove Density (l/mm)", ""), decimal_comma=True)
    if np.isfinite(grooves) and grooves > 0.0:
        found["grating"] = f"{grooves:g} lines/mm"
    return found


READER = Reader("andor_text", "Andor Solis as text (.asc)", _sniff, _read)
