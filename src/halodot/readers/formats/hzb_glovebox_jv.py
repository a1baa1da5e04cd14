"""Current-voltage curves of solar cells from the glove boxes of the Helmholtz-Zentrum Berlin (HYDIRIS, IRIS).

Keys and values to a line of two dashes, a table of what the program found, another line of two dashes, then pairs of
columns, a voltage and a current density, for each pixel, direction and light.
"""

from __future__ import annotations

import math
import re

import numpy as np

from halodot.readers.formats._solar_cell import as_text, direction, keys, value
from halodot.readers.numbers import block, cells, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_VOLTAGE = re.compile(r"Voltage ?\(V\)_(?P<label>.+)")
_CURRENT = re.compile(r"Current Density ?\((?P<unit>m?A/cm(?:\^?2|²))\)_(?P<label>.+)")
_DATE = "%H:%M:%S - %d.%m.%Y"


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    starts = [line.split("\t")[0] for line in file.lines[:60]]
    known = starts[:2] == ["Date", "Location"] and "--" in starts and "Voltage_start (V)" in starts
    return Match.LAYOUT if known else Match.NO


def _read(file: RawFile) -> Recording:
    dashes = [place for place, line in enumerate(file.lines, 1) if line.strip() == "--"]
    if len(dashes) < 2:
        raise file.refusal("two lines of '--' were expected; the file is cut off", line=len(file.lines))
    header, found = keys(file, 1, dashes[0]), keys(file, dashes[0] + 1, dashes[1])
    head = [cell for cell in cells(file.line(dashes[1] + 1, "headings"), "\t") if cell]
    numbers = block(file, dashes[1] + 2, delimiter="\t", columns=len(head))
    _check_points(file, header, numbers.lines, dashes[1] + 2)
    if len(head) % 2:
        raise file.refusal(f"pairs of voltage and current were expected, not {len(head)} columns", line=dashes[1] + 1)
    curves = []
    for place in range(0, len(head), 2):
        voltage, current = _VOLTAGE.fullmatch(head[place]), _CURRENT.fullmatch(head[place + 1])
        if voltage is None or current is None or voltage["label"] != current["label"]:
            what = f"a pair of voltage and current was expected, not {head[place]!r} and {head[place + 1]!r}"
            raise file.refusal(what, line=dashes[1] + 1)
        volts, amperes = numbers.values[:, place], numbers.values[:, place + 1]
        kept = ~(np.isnan(volts) & np.isnan(amperes))
        if not kept.any():
            continue
        unit = current["unit"].replace("²", "2")
        axis = Values("voltage", volts[kept], "V", heading=head[place])
        signal = Values("current_density", amperes[kept], unit, heading=head[place + 1])
        label = voltage["label"]
        curves.append(Curve((axis,), (signal,), label, _settings(header, found, label)))
    return Recording("current_voltage", tuple(curves), _shared(header), as_text(header) | _results(found))


def _check_points(file: RawFile, header: dict[str, list[str]], rows: int, first: int) -> None:
    """Refuse a file that has fewer rows than the sweep of its header."""
    start, end, step = (value(header, f"Voltage_{word} (V)") for word in ("start", "end", "step"))
    if not math.isfinite(start + end + step) or not step:
        return
    points = round(abs((end - start) / step)) + 1
    if rows < points:
        what = f"a sweep from {start:g} to {end:g} V in steps of {step:g} V has {points} points, not {rows}"
        raise file.refusal(what, line=first + rows)


def _shared(header: dict[str, list[str]]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for key, word in (("User", "operator"), ("Sample", "sample"), ("Comments", "comment")):
        if text := " ".join(header.get(key, [])).strip():
            found[word] = text
    if date := iso_date(" ".join(header.get("Date", [])), _DATE):
        found["date"] = date
    for key, word, unit in (("Integration time(s)", "integration_time", "s"), ("Averaged Points", "scans", "1")):
        if math.isfinite(stated := value(header, key)):
            found[word] = setting(word, stated, unit)
    return found


def _settings(header: dict[str, list[str]], found: dict[str, list[str]], label: str) -> dict[str, str | float]:
    """Return the settings of one curve; what the program found of curves in the dark does not stand in the file."""
    own: dict[str, str | float] = {}
    if way := direction(label):
        own["scan_direction"] = way
    areas = [number(part) for part in " ".join(header.get("Cell area(cm^2)", [])).strip("[] ").split(",")]
    pixel = ord(label[0].casefold()) - ord("a") if re.match(r"[A-Za-z]_", label) else -1
    if 0 <= pixel < len(areas) and math.isfinite(areas[pixel]):
        own["area"] = setting("area", areas[pixel], "cm2")
    if "dark" in label.casefold():
        own["irradiance"] = 0.0
    elif math.isfinite(light := value(header, "Power Density (mW/cm^2)")):
        own["irradiance"] = setting("irradiance", light, "mW/cm2")
    labels = found.get("", [])
    if label in labels:
        place = labels.index(label)
        if date := iso_date(" ".join(found.get("Time", [])[place : place + 1]), "%d.%m.%Y %H:%M:%S"):
            own["date"] = date
        if math.isfinite(celsius := value(found, "Temperature(°C)", place)):
            own["temperature"] = setting("temperature", celsius, "degC")
    return own


def _results(found: dict[str, list[str]]) -> dict[str, str]:
    """Return what the program found, a text for each number and curve."""
    labels = found.get("", [])
    return {
        f"{key} {label}": row[place]
        for key, row in found.items()
        if key
        for place, label in enumerate(labels)
        if place < len(row)
    }


READER = Reader("hzb_glovebox_jv", "current-voltage curves of HZB's glove boxes (HYDIRIS, IRIS)", _sniff, _read)
