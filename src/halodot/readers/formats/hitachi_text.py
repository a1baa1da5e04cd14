"""Hitachi spectrophotometers and fluorimeters (UV Solutions, FL Solutions), exported as text.

Lines of ``label: value`` in English or Japanese stand first, with the parameters of the instrument; then a line with
the unit of the axis and the ordinate (``nm``, ``Abs``, ``%T``, ``%R`` or ``Data``) parted by a tab, and rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from halodot.readers.formats._fixed_format import check_decimals, check_steps
from halodot.readers.formats._spectrophotometer import AXES, ORDINATES, axis_of, kind_of, ordinate_of, plain
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_LONGEST_HEADER = 150
_WORDS = re.compile(
    r"instrument parameters|data points|measurement type|hitachi|日立|測定|装置|機種|スキャン", re.IGNORECASE
)
#: labels of the header in lower case, with their words and units
_NUMBERS = {
    "slit width": ("bandwidth", "nm"),
    "path length": ("thickness", "mm"),
    "ex slit": ("excitation_bandwidth", "nm"),
    "em slit": ("bandwidth", "nm"),
    "ex wl": ("excitation_wavelength", "nm"),
    "em wl": ("emission_wavelength", "nm"),
}
_TEXTS = {"sample": "sample", "operator": "operator", "comment": "comment", "serial number": "serial_number"}


def _sniff(file: RawFile) -> Match:
    if not file.encoding:
        return Match.NO
    line = _heads(file)
    known = line > 2 and any(_WORDS.search(text) for text in file.lines[: line - 1])
    return Match.LAYOUT if known else Match.NO


def _heads(file: RawFile) -> int:
    """Return the line with the unit of the axis and the ordinate, 0 where there is none."""
    for place, line in enumerate(file.lines[:_LONGEST_HEADER], 1):
        parts = [plain(part) for part in line.split("\t") if part.strip()]
        if len(parts) == 2 and parts[0] in AXES and (parts[1] in ORDINATES or parts[1] == "data"):
            return place
    return 0


def _read(file: RawFile) -> Recording:
    heads = _heads(file)
    if not heads:
        raise file.refusal("a line with nm and Abs, %T, %R or Data was expected", line=1)
    unit, ordinate = (part.strip() for part in file.line(heads).split("\t") if part.strip())
    axis, axis_unit = axis_of(file, unit, line=heads)
    signal, signal_unit = ("intensity", "1") if plain(ordinate) == "data" else ordinate_of(file, ordinate, heads)
    rows = block(file, heads + 1, delimiter="\t", columns=2)
    after = rows.first_line + rows.lines
    rest = [place for place in range(after, len(file.lines) + 1) if file.lines[place - 1].strip()]
    if rest and not math.isnan(number(file.lines[rest[0] - 1].split("\t")[0], True)):
        raise file.refusal("a row of two numbers was expected", line=rest[0])
    if after == len(file.lines) + 1:
        raise file.refusal("the file ends within a row, or its last line end is cut off", line=after - 1)
    check_decimals(file, rows, "\t", 2)
    check_steps(file, rows.values[:, 0], rows.first_line)
    header = _header(file, heads)
    _check_range(file, header, rows.values[:, 0], after - 1)
    x = Values(axis, rows.values[:, 0], axis_unit)
    y = Values(signal, rows.values[:, 1], signal_unit, heading=ordinate)
    kind = _kind(axis, signal, header)
    return Recording(kind, (Curve((x,), (y,)),), _settings(header, kind), header)


def _header(file: RawFile, heads: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in file.lines[: heads - 1]:
        label, mark, text = (part.strip() for part in line.partition(":" if ":" in line else "\t"))
        if mark or text:
            found.setdefault(label, text)
    return found


def _check_range(file: RawFile, header: Mapping[str, str], x: np.ndarray, line: int) -> None:
    """Refuse a scan that ends before its header says it does."""
    named = {label.casefold(): text for label, text in header.items()}
    ends = [_number(named.get(name, "")) for name in ("starting wavelength", "ending wavelength")]
    if len(x) > 1 and np.isfinite(ends).all():
        step = float(np.max(np.abs(np.diff(x))))
        if min(abs(x[-1] - end) for end in ends) > 1.5 * step:
            what = f"the scan goes from {ends[0]:g} to {ends[1]:g} nm, but the numbers end at {x[-1]:g}"
            raise file.refusal(what, line=line)


def _number(text: str) -> float:
    return number(text.split()[0], True) if text.split() else math.nan


def _kind(axis: str, signal: str, header: Mapping[str, str]) -> str:
    kind = kind_of(axis, signal)
    if signal != "intensity" or kind != "spectrum":
        return kind
    mode = next((text for label, text in header.items() if label.casefold() == "scan mode"), "").casefold()
    return {"emission": "photoluminescence", "excitation": "excitation_spectrum"}.get(mode, kind)


def _settings(header: Mapping[str, str], kind: str) -> dict[str, str | float]:
    model = next((text for label, text in header.items() if label.casefold() == "model" and text), "")
    found: dict[str, str | float] = {"instrument": f"Hitachi {model}".strip()}
    for label, text in header.items():
        key = label.casefold()
        value = _number(text)
        if key in _TEXTS and text:
            found[_TEXTS[key]] = text
        elif key in _NUMBERS and value > 0.0:
            word, unit = _NUMBERS[key]
            found[word] = setting(word, value, unit)
        elif key == "run date" and (date := iso_date(text, "%Y/%m/%d %H:%M:%S", "%H:%M:%S, %Y/%m/%d")):
            found["date"] = date
    if kind == "excitation_spectrum":
        found.pop("excitation_wavelength", None)
    if kind == "photoluminescence":
        found.pop("emission_wavelength", None)
    return found


READER = Reader("hitachi_text", "Hitachi UV Solutions and FL Solutions, text", _sniff, _read)
