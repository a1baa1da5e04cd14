"""WSxM, Nanotec and UAM: one channel of a probe microscope (.top, .stp, .tom).

Lines of text in sections, ``[Header end]``, then the numbers. ``Z Amplitude`` is what the difference of the largest and
the smallest number means. By the program's description the numbers run from the right to the left and from the lowest
row up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._images import ROWS_NOTE, as_doubles, axis, channel, checked_size, is_of, scan_way, spelled
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.units import to_si

_FIRST = b"WSxM file copyright"
_END = b"[Header end]"
_TYPES: Mapping[str, str] = {
    "": "<i2", "short": "<i2", "integer": "<i2", "float": "<f4", "double": "<f8",
}  # fmt: skip
_MEASURE = re.compile(r"([-+0-9.eE]+)\s*(.*)")


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(_FIRST) and b"[" in file.head else Match.NO


def _read(file: RawFile) -> Recording:
    end = file.data.find(_END, 0, 1_000_000)
    if end < 0:
        raise file.refusal("the header has no '[Header end]'; the file is cut off", byte=len(file.data))
    lines = file.data[:end].decode("cp1252", errors="replace").splitlines()
    kind = lines[1].strip() if len(lines) > 1 else ""
    if kind != "SxM Image file":
        raise file.refusal(f"this is a WSxM file of the kind {kind!r}; images ('SxM Image file') are read", line=2)
    header = _header(lines)
    values = _pixels(file, header, end + len(_END))
    rows, columns = values.shape
    name = header.get("General Info: Acquisition channel", "") or "signal"
    scaled, unit, note = _scaled(file, header, values)
    signal, unknown = channel(name, scaled, unit)
    axes = (_axis(file, header, "y", rows), _axis(file, header, "x", columns))
    notes = tuple(text for text in (ROWS_NOTE, note, unknown) if text)
    return Recording("topography", (Curve(axes, (signal,)),), _settings(header, columns), header, notes=notes)


def _header(lines: list[str]) -> dict[str, str]:
    found, section = {}, ""
    for line in lines:
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text[1:-1]
        elif section and ":" in text:
            key, _, value = text.partition(":")
            found[f"{section}: {key.strip()}"] = value.strip()
    return found


def _pixels(file: RawFile, header: Mapping[str, str], end: int) -> NDArray[np.generic]:
    """Return the numbers from the top left."""
    sides = []
    for name in ("rows", "columns"):
        text = header.get(f"General Info: Number of {name}", "")
        if not re.fullmatch(r"\d{1,9}", text):
            raise file.refusal(f"the number of {name} is {text!r}; a whole number was expected")
        sides.append(int(text))
    count = checked_size(file, *sides)
    kind = header.get("General Info: Image Data Type", "")
    if kind.casefold() not in _TYPES:
        raise file.refusal(f"the numbers are of the type {kind!r}; one of {', '.join(_TYPES)} was expected")
    dtype = _TYPES[kind.casefold()]
    start = end + (2 if file.data[end : end + 2] == b"\r\n" else 1)
    stated = re.search(rb"Image header size: ?(\d{1,9})", file.data[:200])
    if stated and int(stated[1]) not in (0, start):
        raise file.refusal(f"the header states {int(stated[1])} bytes, but ends at byte {start}", byte=start)
    values = file.array(dtype, count, start, f"{sides[1]} x {sides[0]} numbers")
    if len(file.data) != start + values.nbytes:
        raise file.refusal(
            f"{len(file.data) - start - values.nbytes} bytes follow the last number", byte=start + values.nbytes
        )
    return values[::-1].reshape(sides[0], sides[1])


def _measure(header: Mapping[str, str], key: str) -> tuple[float, str]:
    found = _MEASURE.fullmatch(header.get(key, ""))
    return (number(found[1]), found[2].strip()) if found else (math.nan, "")


def _scaled(
    file: RawFile, header: Mapping[str, str], values: NDArray[np.generic]
) -> tuple[NDArray[np.float64], str, str]:
    """Return the numbers in the unit of their amplitude."""
    numbers = as_doubles(values)
    if not np.isfinite(numbers).all():
        raise file.refusal("a number is not finite")
    amplitude, unit = _measure(header, "General Info: Z Amplitude")
    if not amplitude > 0.0:
        return numbers, "", "the file states no amplitude along z: numbers as stored"
    low, high = float(numbers.min()), float(numbers.max())
    stored = tuple(number(header.get(f"Miscellaneous: Z Scale {name}", "")) for name in ("Factor", "Offset"))
    if values.dtype.kind == "f" and stored == (1.0, 0.0):
        return numbers, unit, ""  # as the file says, in the unit already
    for name, have in (("Minimum", low), ("Maximum", high)):
        stated = number(header.get(f"Miscellaneous: {name}", ""))
        if math.isfinite(stated) and abs(stated - have) > 1e-3 * max(abs(stated), abs(have), high - low):
            raise file.refusal(f"the header states the {name.lower()} {stated:g}, but that of the numbers is {have:g}")
    note = "the zero of the numbers is that of the converter"
    return (numbers * (amplitude / (high - low)), unit, note) if high > low else (numbers * 0.0, unit, note)


def _axis(file: RawFile, header: Mapping[str, str], direction: str, count: int) -> Values:
    size, unit = _measure(header, f"Control: {direction.upper()} Amplitude")
    plain, _ = spelled(unit)
    if not size > 0.0 or not (is_of(plain, "m") or is_of(plain, "1/m") or plain == "1"):
        text = header.get(f"Control: {direction.upper()} Amplitude", "")
        raise file.refusal(f"the size along {direction} is {text!r}; a length with its unit was expected")
    return axis(direction, count, size / count, unit)


def _settings(header: Mapping[str, str], columns: int) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "Nanotec"}
    for key, word in (
        ("Miscellaneous: Comments", "comment"),
        ("Miscellaneous: Acquired with version", "software"),
        ("General Info: Head type", "technique"),
        ("General Info: X scanning direction", "scan_direction"),
        ("Miscellaneous: Dulcinea serial number", "serial_number"),
    ):
        if header.get(key):
            found[word] = scan_way(header[key]) if word == "scan_direction" else header[key]
    if "software" in found:
        found["software"] = f"WSxM {found['software']}"
    rate, unit = _measure(header, "Control: X-Frequency")
    if rate > 0.0 and unit == "Hz":
        found["scan_rate"] = rate
    size, unit = _measure(header, "Control: X Amplitude")
    plain, factor = spelled(unit)
    if size > 0.0 and is_of(plain, "m"):
        found["pixel_size"] = to_si(f"{size / columns * factor!r} {plain}", "m")
    return found


READER = Reader("wsxm", "WSxM images of Nanotec and UAM", _sniff, _read)
