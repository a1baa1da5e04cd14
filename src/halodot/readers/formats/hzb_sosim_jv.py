"""One current-voltage sweep of a solar cell as the sun simulator of PVcomB (SoSim) writes it.

Keys and values, a line of asterisks, what the program found, another line of asterisks, then columns of voltage,
current and power. Start, step and stop stand in the header, so that a file that is cut off is seen.
"""

from __future__ import annotations

import math

from halodot.readers.formats._solar_cell import as_text, keys, line_that_starts, value
from halodot.readers.numbers import block, cells
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_COLUMNS = {
    "V [V]": ("voltage", "V"),
    "I [mA]": ("current", "mA"),
    "I [A]": ("current", "A"),
    "J [mA/cm2]": ("current_density", "mA/cm2"),
    "P [mW/cm2]": ("power_density", "mW/cm2"),
}
_POWER = "P [mW]"  # voltage times current, which are there


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    starts = [line.split("\t")[0] for line in file.lines[:6]]
    return Match.LAYOUT if starts[0] == "Sample:" and "Setup:" in starts and "V [V]\tI [" in file.text else Match.NO


def _read(file: RawFile) -> Recording:
    first = line_that_starts(file, "****")
    second = line_that_starts(file, "****", first)
    header, found = keys(file, 1, first), keys(file, first + 1, second)
    head = cells(file.line(second + 1, "headings"), "\t")
    numbers = block(file, second + 2, delimiter="\t", columns=len(head))
    columns = []
    for place, heading in enumerate(head):
        if heading in _COLUMNS:
            quantity, unit = _COLUMNS[heading]
            columns.append(Values(quantity, numbers.values[:, place], unit, heading=heading))
        elif heading != _POWER:
            raise file.refusal(f"the column {heading!r} is not known; {', '.join(_COLUMNS)} are", line=second + 1)
    start, step, stop = (value(header, key) for key in ("Start [V]", "Step [V]", "Stop [V]"))
    if math.isfinite(start + step + stop) and step:
        points = round(abs((stop - start) / step)) + 1
        if numbers.lines < points:
            what = (
                f"a sweep from {start:g} to {stop:g} V in steps of {step:g} V has {points} points, not {numbers.lines}"
            )
            raise file.refusal(what, line=second + 1 + numbers.lines)
    curve = Curve((columns[0],), tuple(columns[1:]))
    return Recording("current_voltage", (curve,), _settings(header), as_text(header) | as_text(found))


def _settings(header: dict[str, list[str]]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for key, word in (("Sample", "sample"), ("Setup", "instrument"), ("Comments", "comment")):
        if text := " ".join(header.get(key, [])).strip():
            found[word] = text
    if date := iso_date(" ".join(header.get("Timestamp", [])), "%d.%m.%Y %H:%M:%S"):
        found["date"] = date
    if way := " ".join(header.get("Scan direction", [])).strip().casefold():
        found["scan_direction"] = way
    for key, word, unit in (("Active area [cm2]", "area", "cm2"), ("Intensity [W/m2]", "irradiance", "W/m2")):
        if math.isfinite(number := value(header, key)):
            found[word] = setting(word, number, unit)
    return found


READER = Reader("hzb_sosim_jv", "current-voltage sweeps of PVcomB's sun simulator", _sniff, _read)
