"""StellarNet SpectraWiz: spectra as text (``.SSM`` scope, ``.TRM``, ``.ABS``, ``.IRR``), rows behind quoted lines.

Lines that start with a quotation mark hold the name of the file, and the mode (``RAD->``) with ``label:value``:
wavelength, pixel and value of the cursor, ``Time`` in ms, ``Avg`` scans, ``Sm`` pixels. Rows of wavelength and signal
lie on a grid. A remnant of an earlier line may stand behind the last row. The unit of an irradiance is an option of the
program that the file does not state.
"""

from __future__ import annotations

import math
import re

import numpy as np

from halodot.readers.formats._fixed_format import check_decimals, check_steps
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_MODE = re.compile(r'"\s*([A-Z]+)\s*->\s*(.*)', re.IGNORECASE)
_SETTING = re.compile(r"(\w+):\s*([^\s:]+)")
_LONGEST_REMNANT = 20
_LONGEST_HEADER = 10


def _sniff(file: RawFile) -> Match:
    if not file.encoding or not file.lines[0].startswith('"'):
        return Match.NO
    return Match.LAYOUT if _mode_line(file) and "Wave:" in file.lines[_mode_line(file) - 1] else Match.NO


def _mode_line(file: RawFile) -> int:
    """Return the line of the mode, 0 where there is none among the quoted lines."""
    for place, line in enumerate(file.lines[:_LONGEST_HEADER], 1):
        if _MODE.match(line):
            return place
        if not line.startswith('"'):
            return 0
    return 0


def _read(file: RawFile) -> Recording:
    place = _mode_line(file)
    found = _MODE.match(file.line(place or 1))
    if found is None:
        raise file.refusal('a line such as "RAD->  Wave: ... was expected', line=1)
    first = place + 1
    while file.line(first, "a row of numbers").startswith('"'):
        first += 1
    rows = block(file, first, delimiter=" ", columns=2)
    after = rows.first_line + rows.lines
    rest = [line for line in range(after, len(file.lines) + 1) if file.lines[line - 1].strip()]
    if len(rest) > 1 or (rest and (len(file.lines[rest[0] - 1]) > _LONGEST_REMNANT or _starts(file, rest[0]))):
        raise file.refusal("a row of two numbers was expected", line=rest[0])
    if after == len(file.lines) + 1:
        raise file.refusal("the file ends within a row, or its last line end is cut off", line=after - 1)
    check_decimals(file, rows, " ", 2)
    check_steps(file, rows.values[:, 0], rows.first_line)
    named = dict(_SETTING.findall(found[2]))
    signal, unit, kind, note = _signal(file, found[1].upper(), rows.values[:, 1], place)
    curve = Curve((Values("wavelength", rows.values[:, 0], "nm"),), (Values(signal, rows.values[:, 1], unit),))
    header = {**named, "mode": found[1], "file": file.lines[0].strip('" ')}
    notes = tuple(text for text in (note, "a remnant stands behind the last row" if rest else "") if text)
    return Recording(kind, (curve,), _settings(named), header, notes=notes)


def _starts(file: RawFile, line: int) -> bool:
    """Whether a line starts with a number."""
    return not math.isnan(number((file.lines[line - 1].split() or [""])[0], True))


def _signal(file: RawFile, mode: str, values: np.ndarray, line: int) -> tuple[str, str, str, str]:
    """Return quantity, unit, kind and what there is to say of the signal of a mode."""
    if mode.startswith("TR"):
        return "transmittance", "%", "absorption", ""
    if mode.startswith("ABS"):
        return "absorbance", "1", "absorption", ""
    if mode.startswith("RAD") or mode.startswith("IRR"):
        return "intensity", "1", "irradiance", "an irradiance, whose unit the file does not state"
    if mode.startswith("SC"):
        counted = values.min() >= 0.0
        return ("counts" if counted else "intensity"), "1", "spectrum", ""
    raise file.refusal(f"the mode is {mode!r}; SCOPE, TRANS, ABS or RAD was expected", line=line)


def _settings(named: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "StellarNet", "software": "SpectraWiz"}
    milliseconds = number(named.get("Time", "").lower().removesuffix("ms"))
    if milliseconds > 0.0:
        found["integration_time"] = setting("integration_time", milliseconds, "ms")
    for label, word in (("Avg", "scans"), ("Sm", "boxcar")):
        value = number(named.get(label, ""))
        if value >= 0.0:
            found[word] = value
    return found


READER = Reader("stellarnet_text", "StellarNet SpectraWiz, text", _sniff, _read)
