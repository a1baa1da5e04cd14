"""Gwyddion native files (.gwy): all channels of a probe microscope, after the published description of the format.

``GWYP``, then one object: a name, its size in bytes, and components, each a name, a letter for its type and a value.
``/0/data`` is the first channel, an object ``GwyDataField`` with sizes, units and numbers from the top left.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from halodot.readers.formats._images import ROWS_NOTE, axis, channel, checked_size, grouped
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording, Values

_MARK = b"GWYP"
_SIMPLE = {"b": "<?", "c": "<b", "i": "<i", "q": "<q", "d": "<d"}
_ARRAYS = {"C": "<i1", "I": "<i4", "Q": "<i8", "D": "<f8"}
_DEEPEST, _MOST_COMPONENTS = 30, 200_000


class _Object(dict[str, Any]):
    """Components by their name, and what the object is."""

    kind = ""


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data[:4] in (_MARK, b"GWYO") and b"GwyContainer\0" in file.head else Match.NO


def _read(file: RawFile) -> Recording:
    if not file.data.startswith(_MARK):
        raise file.refusal("this is a file of Gwyddion 1, which is not read; save it with Gwyddion 2", byte=0)
    root, end = _object(file, 4, 0)
    if end != len(file.data):
        raise file.refusal(f"the container ends here, but {len(file.data) - end} bytes follow", byte=end)
    found, notes = [], [ROWS_NOTE]
    header: dict[str, str] = {}
    for key in sorted(root, key=lambda name: [int(part) if part.isdigit() else 0 for part in name.split("/")]):
        value = root[key]
        if re.fullmatch(r"/\d+/data", key) and isinstance(value, _Object) and value.kind == "GwyDataField":
            axes, signal, note = _field(file, key, value, str(root.get(f"{key}/title", "")) or key.strip("/"))
            found.append((axes, signal, ""))
            notes += [note] if note else []
        if re.fullmatch(r"/\d+/meta", key) and isinstance(value, dict):
            header |= {f"{key}: {name}": str(text)[:500] for name, text in value.items()}
    if not found:
        raise file.refusal("the container holds no image")
    others = {key.split("/")[2] for key in root if key.count("/") > 2} & {"graph", "spectra", "xyz", "brick"}
    return Recording(
        "topography",
        grouped(found),
        {"software": "Gwyddion"},
        header,
        notes=(*dict.fromkeys(notes), *(f"{name} of this file are not read" for name in sorted(others))),
    )


def _field(file: RawFile, key: str, field: _Object, title: str) -> tuple[tuple[Values, ...], Values, str]:
    """Return axes and channel of a data field."""
    sides, lengths = [], []
    for direction in "yx":
        side, length = field.get(f"{direction}res"), field.get(f"{direction}real")
        if not isinstance(side, int) or not isinstance(length, float) or not 0.0 < length < 1e30:
            raise file.refusal(f"{key} has {side!r} pixels along {direction} over {length!r}")
        sides.append(side)
        lengths.append(length)
    count = checked_size(file, *sides)
    data = field.get("data")
    if not isinstance(data, np.ndarray) or data.size != count:
        have = data.size if isinstance(data, np.ndarray) else 0
        raise file.refusal(f"{key} of {sides[1]} x {sides[0]} pixels holds {have} numbers")
    units = [str((field.get(name) or {}).get("unitstr", "")) for name in ("si_unit_xy", "si_unit_z")]
    offsets = [field.get(f"{direction}off", 0.0) for direction in "yx"]
    axes = tuple(
        axis(direction, side, length / side, units[0], offset if abs(offset) < 1e30 else 0.0)
        for direction, side, length, offset in zip("yx", sides, lengths, offsets)
    )
    signal, note = channel(title, data.reshape(sides), units[1])
    return axes, signal, note


def _string(file: RawFile, place: int) -> tuple[str, int]:
    end = file.data.find(b"\0", place, place + 1_000_000)
    if end < 0:
        raise file.refusal("a text has no end", byte=place)
    return file.data[place:end].decode("utf-8", errors="replace"), end + 1


def _object(file: RawFile, place: int, depth: int) -> tuple[_Object, int]:
    """Return an object and the byte behind it."""
    if depth > _DEEPEST:
        raise file.refusal("objects lie deeper than any that is written", byte=place)
    found = _Object()
    found.kind, place = _string(file, place)
    (size,) = file.unpack("<I", place, "the size of an object")
    place += 4
    end = place + size
    if end > len(file.data):
        raise file.refusal(f"{found.kind} takes {size} bytes, but the file ends before", byte=place)
    while place < end:
        if len(found) > _MOST_COMPONENTS:
            raise file.refusal(f"{found.kind} has more than {_MOST_COMPONENTS} components", byte=place)
        name, place = _string(file, place)
        (letter,) = file.unpack("c", place, f"the type of {name}")
        found[name], place = _component(file, place + 1, letter.decode("latin-1"), depth)
    if place != end:
        raise file.refusal(f"{found.kind} ends at byte {end}, but its components at {place}", byte=place)
    return found, end


def _component(file: RawFile, place: int, letter: str, depth: int) -> tuple[Any, int]:
    if letter in _SIMPLE:
        (value,) = file.unpack(_SIMPLE[letter], place, "a value")
        return value, place + np.dtype(_SIMPLE[letter]).itemsize
    if letter == "s":
        return _string(file, place)
    if letter == "o":
        return _object(file, place, depth + 1)
    (count,) = file.unpack("<I", place, "the number of values")
    place += 4
    if letter in _ARRAYS:
        values = file.array(_ARRAYS[letter], count, place, "an array")
        return values, place + values.nbytes
    if letter not in "SO" or count > _MOST_COMPONENTS:
        raise file.refusal(f"a component of the type {letter!r} with {count} values is not known", byte=place)
    several = []
    for _ in range(count):
        one, place = _string(file, place) if letter == "S" else _object(file, place, depth + 1)
        several.append(one)
    return several, place


READER = Reader("gwyddion_gwy", "Gwyddion native files (.gwy)", _sniff, _read)
