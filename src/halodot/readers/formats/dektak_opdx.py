"""Bruker Dektak, Vision64 (.opdx): profiles and maps of a stylus profilometer.

After a mark the file is a list of items, each a name, a type and a value; containers hold further items and end with a
mark of their own. A map is ``/2D_Data/<name>/Matrix`` of floats, a profile ``/1D_Data/<name>/Array`` of doubles, each
with ``DataScale`` and the extent from the first point to the last.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from halodot.readers.formats._images import as_doubles, axis, channel, checked_size, is_of, named_apart, spelled
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_MARK = b"VCA DATA\x01\x00\x00\x55"
_SIMPLE = {1: "<?", 4: "<h", 5: "<H", 6: "<i", 7: "<I", 10: "<q", 11: "<Q", 12: "<f", 13: "<d"}
_MATRIX, _TYPE_ID, _STRING, _QUANTITY, _TIME, _UNITS = 0x00, 0x0E, 0x12, 0x13, 0x15, 0x18
_ARRAY, _STRINGS, _ANONYMOUS_MATRIX, _POSITIONS, _END = 0x40, 0x42, 0x45, 0x7C, 0x7F
_CONTAINERS = (0x46, 0x47, 0x7D)
_TIME_SIZE, _UNIT_EXTRA = 9, 12
#: bytes of an array before its numbers
_ARRAY_EXTRA = 5
_DEEPEST, _MOST_ITEMS = 30, 200_000
#: how the rows of a map lie
_ROWS_NOTE = "row 0 is the first row of the file, which does not say whether it is the top of the picture"


class _Quantity(NamedTuple):
    """A number with its unit."""

    value: float
    unit: str


class _Place(NamedTuple):
    """Numbers that lie in the file."""

    offset: int
    size: int
    shape: tuple[int, ...]


@dataclass
class _Items:
    """What was read, by its path, and where the reading stands."""

    file: RawFile
    place: int
    found: dict[str, Any] = field(default_factory=dict)

    def take(self, layout: str, what: str = "") -> Any:
        value = self.file.unpack(layout, self.place, what or "an item")
        self.place += struct.calcsize(layout)
        return value[0]

    def name(self) -> str:
        return self.text(self.take("<I", "the length of a name"))

    def text(self, length: int) -> str:
        return str(self.take(f"{length}s" if length < len(self.file.data) else "0s").decode("utf-8", errors="replace"))

    def length(self) -> int:
        width = self.take("B", "the width of a length")
        if width not in (1, 2, 4):
            raise self.file.refusal(f"a length of {width} bytes is not known", byte=self.place - 1)
        return int(self.take({1: "B", 2: "<H", 4: "<I"}[width]))

    def skip(self, size: int) -> int:
        """Return where some bytes begin and go behind them."""
        start = self.place
        if size < 0 or start + size > len(self.file.data):
            raise self.file.refusal(f"{size} bytes do not fit into the file of {len(self.file.data)}", byte=start)
        self.place += size
        return start


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(_MARK) else Match.NO


def _read(file: RawFile) -> Recording:
    items = _Items(file, len(_MARK))
    while items.place < len(file.data) and _item(items, "", 0):
        pass
    found = items.found
    ended = any(path.startswith("/MetaData") for path in found)
    maps = sorted({path.split("/")[2] for path in found if path.startswith("/2D_Data/") and path.endswith("/Matrix")})
    profiles = sorted(
        {path.split("/")[2] for path in found if path.startswith("/1D_Data/") and path.endswith("/Array")}
    )
    if not ended or not (maps or profiles):
        raise file.refusal(
            "the file holds no map and no profile with its description; it is cut off, or of another kind"
        )
    notes: list[str] = [_ROWS_NOTE] if maps else []
    curves = [_map(file, found, f"/2D_Data/{name}", notes) for name in maps]
    curves += [_profile(file, found, f"/1D_Data/{name}", notes) for name in profiles]
    if len(curves) == 1:
        curves = [Curve(curves[0].axes, curves[0].signals)]
    header = {}
    for path, value in found.items():
        if path.startswith("/MetaData/") and isinstance(value, (str, int, float, bool, list, _Quantity)):
            shown = f"{value.value:g} {value.unit}" if isinstance(value, _Quantity) else str(value)
            header[path.removeprefix("/MetaData/")] = shown[:500]
    return Recording("topography", tuple(curves), _settings(header), header, notes=tuple(dict.fromkeys(notes)))


def _settings(header: dict[str, str]) -> dict[str, str | float]:
    model = header.get("MeasurementSettings/InstrumentName", "")
    found: dict[str, str | float] = {"instrument": f"Bruker Dektak {model}".strip()}
    for key, word in (
        ("MeasurementSettings/InstrumentSerial", "serial_number"),
        ("MeasurementSettings/SerialNumber", "serial_number"),
        ("Title", "title"),
        ("Note", "comment"),
    ):
        if header.get(key):
            found.setdefault(word, header[key])
    return found


def _quantity(file: RawFile, found: dict[str, Any], path: str) -> _Quantity:
    value = found.get(path)
    if not isinstance(value, _Quantity) or not 0.0 < abs(value.value) < 1e30:
        raise file.refusal(f"{path} is {value!r}; a number with its unit was expected")
    return value


def _axis(file: RawFile, direction: str, count: int, extent: _Quantity) -> Values:
    """Return an axis; its extent goes from the first point to the last."""
    if not is_of(spelled(extent.unit)[0], "m") or extent.value <= 0.0:
        raise file.refusal(f"the extent along {direction} is {extent.value:g} {extent.unit!r}; a length was expected")
    return axis(direction, count, extent.value / max(count - 1, 1), extent.unit)


def _map(file: RawFile, found: dict[str, Any], prefix: str, notes: list[str]) -> Curve:
    place = found[f"{prefix}/Matrix"]
    rows, columns = place.shape
    stated = (found.get(f"{prefix}/Dimension1Points", rows), found.get(f"{prefix}/Dimension2Points", columns))
    if stated != (rows, columns):
        raise file.refusal(f"{prefix} has {stated[1]} x {stated[0]} points, but its matrix {columns} x {rows}")
    count = checked_size(file, rows, columns, byte=place.offset)
    if place.size != 4 * count:
        raise file.refusal(f"{prefix} of {columns} x {rows} points has {place.size} bytes", byte=place.offset)
    values = as_doubles(file.array("<f4", count, place.offset).reshape(rows, columns))
    axes = tuple(
        _axis(file, direction, side, _quantity(file, found, f"{prefix}/Dimension{number}Extent"))
        for direction, side, number in (("y", rows, 1), ("x", columns, 2))
    )
    return _scaled(file, found, prefix, axes, values, notes)


def _profile(file: RawFile, found: dict[str, Any], prefix: str, notes: list[str]) -> Curve:
    place = found[f"{prefix}/Array"]
    count = found.get(f"{prefix}/NumPoints", (place.size - _ARRAY_EXTRA) // 8)
    if not isinstance(count, int) or place.size != 8 * count + _ARRAY_EXTRA:
        raise file.refusal(f"{prefix} of {count} points has {place.size} bytes", byte=place.offset)
    checked_size(file, count, byte=place.offset)
    values = file.array("<f8", count, place.offset + _ARRAY_EXTRA)
    axes = (_axis(file, "x", count, _quantity(file, found, f"{prefix}/Extent")),)
    return _scaled(file, found, prefix, axes, values, notes)


def _scaled(
    file: RawFile, found: dict[str, Any], prefix: str, axes: tuple[Values, ...], values: Any, notes: list[str]
) -> Curve:
    scale = _quantity(file, found, f"{prefix}/DataScale")
    name = str(found.get(f"{prefix}/DataKind", "")) or prefix.rpartition("/")[2]
    if np.isfinite(values).any() and np.nanmax(np.abs(values[np.isfinite(values)])) > 1e30:
        raise file.refusal(f"{prefix} holds numbers beyond 1e30, which no profilometer measures")
    signal, note = channel(name, np.where(np.isfinite(values), values, np.nan) * scale.value, scale.unit)
    notes += [note] if note else []
    return Curve(axes, named_apart((signal,)), prefix.rpartition("/")[2])


# ----------------------------------------------------------------------------------------------------------- the items


def _item(items: _Items, prefix: str, depth: int) -> bool:
    """Read the next item; whether there was one before the mark of the end."""
    file = items.file
    path = f"{prefix}/{items.name()}"
    kind = items.take("B", "the type of an item")
    if kind == _END:
        return False
    if len(items.found) > _MOST_ITEMS or depth > _DEEPEST:
        raise file.refusal("there are more items than any program writes", byte=items.place)
    if kind in _CONTAINERS:
        end = items.length() + items.place
        if end > len(file.data):
            raise file.refusal(f"{path} ends at byte {end}, behind the file of {len(file.data)}", byte=items.place)
        while items.place < end and _item(items, path, depth + 1):
            pass
        items.skip(2)
        if items.place != end:
            raise file.refusal(f"{path} ends at byte {end}, but its items at {items.place}", byte=items.place)
        return True
    items.found[path] = _value(items, path, kind)
    return True


def _value(items: _Items, path: str, kind: int) -> Any:
    if kind in _SIMPLE:
        return items.take(_SIMPLE[kind], path)
    if kind == _TIME:
        return _Place(items.skip(_TIME_SIZE), _TIME_SIZE, ())
    if kind == _MATRIX:
        items.name()
        items.take("<I")
    if kind in (_MATRIX, _ANONYMOUS_MATRIX):
        items.name()
        length = items.length() - 8
        shape = (items.take("<I"), items.take("<I"))
        return _Place(items.skip(length), length, shape)
    if kind in (_ARRAY, _TYPE_ID, _STRINGS, _POSITIONS):
        items.name()
    if kind not in (_ARRAY, _TYPE_ID, _STRINGS, _POSITIONS, _STRING, _QUANTITY, _UNITS):
        raise items.file.refusal(f"{path} is of the type {kind:#x}, which is not known", byte=items.place)
    length = items.length()
    start = items.skip(length)
    if kind == _STRING:
        return items.file.data[start : start + length].decode("utf-8", errors="replace")
    if kind == _QUANTITY:
        return _as_quantity(items.file, start, start + length, path)
    if kind == _STRINGS:
        return _as_texts(items.file, start, start + length)
    return _Place(start, length, ())


def _as_quantity(file: RawFile, start: int, end: int, path: str) -> _Quantity:
    inner = _Items(file, start)
    value = float(inner.take("<d", path))
    inner.name()  # "Micrometer"; the symbol follows
    unit = inner.name()
    if inner.place > end:
        raise file.refusal(f"{path} leads past its own end", byte=start)
    return _Quantity(value, unit)


def _as_texts(file: RawFile, start: int, end: int) -> list[str]:
    inner, found = _Items(file, start), []
    while inner.place < end:
        found.append(inner.name())
    return found


READER = Reader("dektak_opdx", "Bruker Dektak profiles and maps (.opdx)", _sniff, _read)
