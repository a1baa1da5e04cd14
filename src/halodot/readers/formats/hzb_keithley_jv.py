"""Current-voltage curves of solar cells from the Keithley boxes of the Helmholtz-Zentrum Berlin.

Keys and values, a line of asterisks, the table of what the program found (J_sc, V_oc, fill factor ...), another line of
asterisks, then one column of voltages and one of current densities for each pixel and direction. The date in the first
line is that of the instrument's firmware, not of the measurement.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.readers.formats._solar_cell import as_text, direction, keys, line_that_starts, value
from halodot.readers.numbers import block, cells
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_FIRST = "Keithley, SerialNo, Firmware"
_UNITS = {"[mA/cm2]": "mA/cm2", "[mA/cm²]": "mA/cm2", "[A/cm2]": "A/cm2", "[mA/cm^2]": "mA/cm2"}


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if file.encoding and file.text.startswith(_FIRST) else Match.NO


def _read(file: RawFile) -> Recording:
    first = line_that_starts(file, "****")
    second = line_that_starts(file, "****", first)
    header, found = keys(file, 1, first), keys(file, first + 1, second)
    head, units = (cells(file.line(second + step, "headings"), "\t") for step in (1, 2))
    labels = [label for label in head[1:] if label]
    if head[0] != "Voltage" or units[0] != "[V]" or not labels:
        raise file.refusal(f"'Voltage' and the names of pixels were expected, not {head[0]!r}", line=second + 1)
    for place, unit in enumerate(units[1 : len(labels) + 1], 1):
        if unit not in _UNITS:
            raise file.refusal(f"the current of {head[place]!r} is in {unit!r}; [mA/cm2] was expected", line=second + 2)
    numbers = block(file, second + 3, delimiter="\t", columns=len(labels) + 1)
    end = second + 2 + numbers.lines
    if file.lines[-1] and numbers.lines < 4:  # too few to see whether the last number is whole
        raise file.refusal("the file ends within its first rows; it is cut off", line=end)
    if rest := next((k for k in range(end, len(file.lines)) if file.lines[k].strip()), 0):
        raise file.refusal("another row of voltage and currents was expected", line=rest + 1)
    voltage = Values("voltage", numbers.values[:, 0], "V", heading="Voltage")
    curves = []
    pixels = list(dict.fromkeys(label.rpartition("_")[0] or label for label in labels))
    for place, label in enumerate(labels, 1):
        measured = numbers.values[:, place]
        if np.isnan(measured).all():
            continue
        signal = Values("current_density", measured, _UNITS[units[place]], heading=label)
        pixel = pixels.index(label.rpartition("_")[0] or label)
        own = _settings(header, place - 1, pixel, len(labels))
        own |= {"scan_direction": word} if (word := direction(label)) else {}
        curves.append(Curve((voltage,), (signal,), label, own))
    return Recording("current_voltage", tuple(curves), _instrument(header), as_text(header) | as_text(found))


def _instrument(header: dict[str, list[str]]) -> dict[str, str | float]:
    parts = [part.strip() for part in ",".join(header.get(_FIRST, [])).split(",")]
    found: dict[str, str | float] = {"instrument": " ".join(parts[:2]).strip() or "Keithley"}
    if len(parts) > 2 and parts[2]:
        found["serial_number"] = parts[2]
    return found


def _settings(header: dict[str, list[str]], place: int, pixel: int, curves: int) -> dict[str, str | float]:
    """Return the settings of one curve; areas stand one for each pixel, or one for each curve."""
    areas = [value(header, "active area [cm2]", k) for k in range(len(header.get("active area [cm2]", [])))]
    area = areas[place] if len(areas) == curves else (areas[pixel] if pixel < len(areas) else math.nan)
    numbers = {
        "area": (area, "cm2"),
        "irradiance": (value(header, "intensity [mW/cm2]"), "mW/cm2"),
        "integration_time": (value(header, "integration time [ms]"), "ms"),
        "scans": (value(header, "averaging [pts.]"), "1"),
    }
    return {word: setting(word, found, unit) for word, (found, unit) in numbers.items() if math.isfinite(found)}


READER = Reader("hzb_keithley_jv", "current-voltage curves of HZB's Keithley boxes", _sniff, _read)
