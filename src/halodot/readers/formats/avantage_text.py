"""Thermo Avantage: dumps of a DataSpace as text (.avg).

Properties (``DS_...PROPID_... : VT_R4 = 1.0``), the axes of the data (``$SPACEAXES``: start, width, points, type) and
blocks ``$DATA=*`` of ``LIST@`` rows, one for each level, position or pixel. ``EV_SCALE`` 1 is a kinetic energy, 2 a
binding energy. The binary .vgd, which is not published, is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_PROPERTY = re.compile(r"(DS_\w+(?:\[\d+\])?)\s*:\s*(VT_\w+)\s*=\s*(.*)")
_AXIS = re.compile(
    r"\d+\s*=\s*([^,]+),\s*([^,]+),\s*(\d+)\s*,\s*([^,]+),\s*([^,]+),\s*'([^']*)'\s*,\s*'([^']*)'\s*,\s*'([^']*)'"
)
_POINTS = re.compile(r"\d+\s*=\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(\d+)")
_VALUE = re.compile(r"LABEL='([^']*)'\s+POINT=\d+\s+VALUE=(?:'([^']*)'|([^;\s]+))")
_LIST = re.compile(r"LIST@\s*(\d+)\s*=\s*(.*)")
_ENERGIES = {1: "kinetic_energy", 2: "binding_energy"}
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass
class _Block:
    line: int
    labels: list[str] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)


@dataclass
class _Dump:
    properties: dict[str, str] = field(default_factory=dict)
    points: list[int] = field(default_factory=list)  # of each axis of the data
    axes: list[tuple[float, float, int, str, str]] = field(default_factory=list)  # start, width, points, type, unit
    blocks: list[_Block] = field(default_factory=list)


def _sniff(file: RawFile) -> Match:
    if file.data.startswith(_COMPOUND) and "VGSpaceAxes".encode("utf-16-le") in file.data:
        return Match.SIGNATURE
    if not file.encoding:
        return Match.NO
    head = "\n".join(file.lines[:40])
    return Match.SIGNATURE if "Dump of DataSpace" in head or ("$FORMAT=" in head and "DS_EXT_" in head) else Match.NO


def _read(file: RawFile) -> Recording:
    if file.data.startswith(_COMPOUND):
        raise file.refusal("the layout of Avantage's binary .vgd is not published; export the data as text (.avg)")
    dump = _parsed(file)
    if not dump.axes or dump.axes[0][3] != "ENERGY":
        what = dump.axes[0][3] if dump.axes else "no axis"
        raise file.refusal(f"the first axis is {what}; ENERGY was expected", line=len(file.lines))
    start, width, points, _, unit = dump.axes[0]
    wanted = math.prod(dump.points[1:])
    if len(dump.blocks) != wanted or (dump.points and dump.points[0] != points):
        what = f"{wanted} blocks of {points} numbers were announced, {len(dump.blocks)} follow"
        raise file.refusal(what, line=len(file.lines))
    scale = number(dump.properties.get("DS_ACPROPID_EV_SCALE", "1"))
    if scale not in _ENERGIES:
        raise file.refusal(f"the scale of energies is {scale:g}; 1 (kinetic) or 2 (binding) was expected")
    axis = Values(_ENERGIES[int(scale)], start + width * np.arange(points), unit or "eV", heading="Energy")
    title = _text(dump, "DS_EXT_SUPROPID_TITLE")
    curves = []
    for block in dump.blocks:
        if len(block.numbers) != points:
            raise file.refusal(
                f"{points} numbers were expected in this block, not {len(block.numbers)}", line=block.line
            )
        label = ", ".join([title, *block.labels]) if title else ", ".join(block.labels)
        curves.append(Curve((axis,), (_signal(dump, np.array(block.numbers)),), label))
    if file.lines[-1].strip():
        raise file.refusal("the last line has no end; its number may be cut off", line=len(file.lines))
    return Recording("photoelectrons", tuple(curves), _metadata(dump), dump.properties)


def _parsed(file: RawFile) -> _Dump:
    """Return what the lines say."""
    dump, section, labels = _Dump(), "", list[str]()
    for place, line in enumerate(file.lines, 1):
        text = line.strip()
        if not text or text.startswith(";"):
            continue
        if found := _PROPERTY.fullmatch(text):
            dump.properties[found[1]] = found[3].strip().strip("'")
        elif text.startswith("$AXISVALUE="):
            labels += [f"{one[1]} {one[2] if one[2] is not None else one[3]}".strip() for one in _VALUE.finditer(text)]
        elif text.startswith("$DATA="):
            dump.blocks.append(_Block(place, labels))
            section, labels = "data", []
        elif text.startswith("$"):
            section = text.partition("=")[0]
        elif section == "$DATAAXES" and (found := _POINTS.match(text)):
            dump.points.append(int(found[2]) - int(found[1]) + 1)
        elif section == "$SPACEAXES":
            dump.axes.append(_axis(file, text, place))
        elif section == "data":
            _append(file, dump.blocks[-1], text, place)
    return dump


def _axis(file: RawFile, text: str, line: int) -> tuple[float, float, int, str, str]:
    found = _AXIS.match(text)
    if not found or not math.isfinite(number(found[1])) or not math.isfinite(number(found[2])):
        raise file.refusal(f"start, width, points and type of an axis were expected, not {text[:60]!r}", line=line)
    return number(found[1]), number(found[2]), int(found[3]), found[4].strip().upper(), found[7].strip()


def _append(file: RawFile, block: _Block, text: str, line: int) -> None:
    """Add the numbers of a row to a block; the row says how many came before it."""
    found = _LIST.fullmatch(text)
    if found and int(found[1]) != len(block.numbers):
        raise file.refusal(f"{found[1]} numbers should precede this row, {len(block.numbers)} do", line=line)
    for cell in (found[2] if found else text).split(","):
        value = number(cell)
        if cell.strip() == "#empty#":
            raise file.refusal("the block is empty: nothing was measured", line=line)
        if cell.strip() and not math.isfinite(value):
            raise file.refusal(f"a number was expected, not {cell.strip()[:40]!r}", line=line)
        if cell.strip():
            block.numbers.append(value)


def _signal(dump: _Dump, values: NDArray[np.float64]) -> Values:
    label, unit = _text(dump, "DS_GEPROPID_VALUE_LABEL"), _text(dump, "DS_GEPROPID_VALUE_UNIT")
    said = f"{label} {unit}".casefold()
    if "/s" in said.replace(" ", "") or "per second" in said or "cps" in said:
        return Values("count_rate", values, "1/s", heading=label)
    counts = "count" in said and bool((values >= 0.0).all())
    return Values("counts" if counts else "intensity", values, heading=label)


def _text(dump: _Dump, key: str) -> str:
    return dump.properties.get(key, "").strip()


def _metadata(dump: _Dump) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    numbers = {
        "photon_energy": ("DS_SOPROPID_ENERGY", "eV"),
        "pass_energy": ("DS_ANPROPID_PASS", "eV"),
        "integration_time": ("DS_ACPROPID_ACQ_TIME", "s"),
    }
    for word, (key, unit) in numbers.items():
        value = number(_text(dump, key))
        if value > 0.0:
            found[word] = setting(word, value, unit)
    if instrument := _text(dump, "DS_GEPROPID_INSTRUMENT"):
        found["instrument"] = f"Thermo {instrument}"
    if title := _text(dump, "DS_EXT_SUPROPID_TITLE"):
        found["title"] = title
    return found


READER = Reader("avantage_text", "Thermo Avantage, dump of a DataSpace as text", _sniff, _read)
