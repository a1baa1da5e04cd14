"""Photo Research SpectraWin: spectra of a PR-6xx or PR-7xx spectroradiometer as text in sections.

``[HEADER]`` has a name, a colon and a value a line; ``[SPECTRAL]`` first wavelength, last wavelength, step and then a
value a line; ``[CALCULATED]`` the luminance and the colour that the program found. ``Radiometric Mode`` says whether
the values are radiance [W/(m2 sr nm)] or irradiance [W/(m2 nm)].
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._plain_text import local_date
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_END = "[END OF SECTION]"
_MODES = {"radiance": ("spectral_radiance", "W/m2/sr/nm"), "irradiance": ("spectral_irradiance", "W/m2/nm")}
_TEXTS = {"Title": "title", "Description": "comment", "Serial Num.": "serial_number"}
_UNITS = {"ms": "ms", "msec": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "seconds": "s"}


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    found = {line.strip() for line in file.lines[:2000] if line.startswith("[")}
    return Match.LAYOUT if {"[HEADER]", "[SPECTRAL]", _END} <= found else Match.NO


def _section(file: RawFile, name: str) -> tuple[list[str], int]:
    """Return the lines of a section that are not empty, and the line of its name, 0 where there is none."""
    start = next((place for place, line in enumerate(file.lines, 1) if line.strip() == name), 0)
    found: list[str] = []
    for line in file.lines[start:] if start else ():
        if line.strip() == _END:
            return found, start
        if line.strip():
            found.append(line.strip())
    if start and name == "[SPECTRAL]":
        raise file.refusal(f"{_END} was expected; the file is cut off", line=len(file.lines))
    return found, start


def _read(file: RawFile) -> Recording:
    lines, _ = _section(file, "[HEADER]")
    pairs = (line.partition(":") for line in lines)
    header = {key.strip(): text.strip() for key, _, text in pairs if text.strip()}
    mode = header.get("Radiometric Mode", "")
    if mode.casefold() not in _MODES:
        raise file.refusal(f"Radiometric Mode is {mode!r}; Radiance or Irradiance was expected")
    quantity, unit = _MODES[mode.casefold()]
    wavelengths, values = _spectrum(file)
    for line in _section(file, "[CALCULATED]")[0]:
        if found := re.match(r"(\D[^:\t]*?)\s*(?::|\s{2,}|\t)\s*(\S.*)", line):
            header.setdefault(found[1].strip(), found[2].strip())
    curve = Curve((Values("wavelength", wavelengths, "nm"),), (Values(quantity, values, unit, "", mode),))
    return Recording("irradiance", (curve,), _metadata(header), header)


def _spectrum(file: RawFile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lines, start = _section(file, "[SPECTRAL]")
    found = np.array([number(re.split(r"[\s;]", line)[0].rstrip(","), decimal_comma=True) for line in lines])
    if len(found) < 5 or not np.isfinite(found).all():
        raise file.refusal("first wavelength, last wavelength, step and a value a line were expected", line=start)
    first, last, step = found[:3]
    if not (100.0 < first < last < 5000.0) or not 0.0 < step <= last - first:
        raise file.refusal(f"wavelengths from {first:g} to {last:g} nm in steps of {step:g} nm cannot be", line=start)
    points = round((last - first) / step) + 1
    if points != len(found) - 3:
        raise file.refusal(f"{points} values were expected, not {len(found) - 3}", line=start)
    return first + step * np.arange(points), found[3:]


def _metadata(header: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": f"Photo Research {header.get('Model Num.', '')}".strip()}
    found["software"] = "SpectraWin"
    for key, word in _TEXTS.items():
        if header.get(key):
            found[word] = header[key]
    if date := local_date(header.get("Date / Time", "")):
        found["date"] = date
    time = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)\.?", header.get("Exp. Time", ""))
    if time and time[2].casefold() in _UNITS and float(time[1]) > 0.0:
        found["integration_time"] = setting("integration_time", float(time[1]), _UNITS[time[2].casefold()])
    return found


READER = Reader("spectrawin_text", "Photo Research SpectraWin (PR-6xx, PR-7xx) as text", _sniff, _read)
