"""Igor binary waves (WaveMetrics, versions 1, 2, 3 and 5, both byte orders): numbers, their scales, units and note.

A file is a binary header, the wave's header, its numbers, and what the sizes in the binary header announce: the note,
extended units and the labels of single rows. The checksum makes the 16-bit words of both headers add up to zero.
Source: WaveMetrics, Technical Note 3, Igor binary format.

A reader of one instrument's waves claims those whose note it knows: `is_igor_wave(file)`, then `igor_wave(file).note`.
The notes of electron analysers begin with ``[SES]``; `scienta_ses` claims these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile

#: type word of numbers, without the flags for complex (1) and unsigned (64)
_TYPES = {2: "f4", 4: "f8", 8: "i1", 16: "i2", 32: "i4", 128: "i8"}
_COMPLEX, _UNSIGNED = 1, 64
#: bytes of the binary header, and of both headers that the checksum covers, by version
_BINARY_HEADER = {1: 8, 2: 16, 3: 20, 5: 64}
_WAVE_HEADER = {1: 110, 2: 110, 3: 110, 5: 320}  # up to the first number
_CHECKED = {1: 134, 2: 142, 3: 146, 5: 384}  # before version 5 with the first 16 bytes of the numbers
_PADDING = {1: 16, 2: 16, 3: 16, 5: 0}  # after the numbers
_EPOCH = datetime(1904, 1, 1)
_LABEL = 32  # bytes of one label of a row


@dataclass(frozen=True)
class IgorDimension:
    """The scale of one dimension of a wave."""

    start: float  # of the first row
    step: float  # from row to row
    size: int  # rows
    unit: str  # as the file writes it: "m", "Binding Energy [eV]"; may be empty
    labels: tuple[str, ...]  # of the rows, where the file has them: names of channels

    @property
    def values(self) -> NDArray[np.float64]:
        """The scale of each row."""
        return self.start + self.step * np.arange(self.size, dtype=float)


@dataclass(frozen=True, eq=False)
class IgorWave:
    """A wave: numbers on up to four scaled dimensions."""

    name: str
    values: NDArray[Any] = field(repr=False)  # shape: sizes of `dims`; dimension 0 are Igor's rows
    dims: tuple[IgorDimension, ...]
    unit: str  # of the numbers; may be empty
    note: str = field(repr=False)  # lines end with "\n"
    created: str  # ISO 8601, empty where the file has no date
    modified: str  # likewise


def is_igor_wave(file: RawFile) -> bool:
    """Whether a file is an Igor binary wave: a known version whose headers add up to zero."""
    version, order = _version(file)
    if not version or len(file.data) < _CHECKED[version]:
        return False
    words = np.frombuffer(file.data, order + "u2", _CHECKED[version] // 2)
    return int(words.sum(dtype=np.uint64)) & 0xFFFF == 0 and bool(words[3:].any())


def igor_wave(file: RawFile) -> IgorWave:
    """Return the wave of an Igor binary file.

    Args:
        file: the file.

    Raises:
        DataError: it is none, its headers are damaged, it is cut off, or it holds text instead of numbers.
    """
    version, order = _version(file)
    if not version:
        raise file.refusal("an Igor binary wave of version 1, 2, 3 or 5 was expected", byte=0)
    file.unpack(f"{_CHECKED[version]}s", 0, "the headers of an Igor binary wave")
    if not is_igor_wave(file):
        raise file.refusal("the headers of the Igor binary wave do not add up to their checksum; they are damaged")
    return _wave_5(file, order) if version == 5 else _wave_2(file, version, order)


def _version(file: RawFile) -> tuple[int, str]:
    """Return version and byte order; 0 where there is none."""
    first = file.data[:2]
    for order, kind in (("<", "little"), (">", "big")):
        number = int.from_bytes(first, kind)  # type: ignore[arg-type]
        if len(first) == 2 and number in _BINARY_HEADER:
            return number, order
    return 0, ""


def _wave_2(file: RawFile, version: int, order: str) -> IgorWave:
    """Return a wave of one dimension, of versions 1 to 3."""
    sizes = {1: "2xi", 2: "2xii", 3: "2xiii"}[version]
    whole, *extra = file.unpack(order + sizes, 0)
    start = _BINARY_HEADER[version]
    (kind,) = file.unpack(order + "h", start)
    unit, x_unit, count = file.unpack(order + "4s4si", start + 34)
    step, first = file.unpack(order + "2d", start + 48)
    created, modified = (file.unpack(order + "I", start + place)[0] for place in (96, 102))
    values = _numbers(file, order, kind, count, start + _WAVE_HEADER[version])
    note_start = start + _check_size(file, version, whole, values.nbytes)
    note = _bytes(file, note_start, extra[0] if extra else 0, "the note of the wave")
    dimension = IgorDimension(*_finite(file, first, step), count, _text(x_unit, order), ())
    name = _text(file.unpack("20s", start + 6)[0], order)
    return IgorWave(name, values, (dimension,), _text(unit, order), _note(note, order), _date(created), _date(modified))


def _wave_5(file: RawFile, order: str) -> IgorWave:
    """Return a wave of up to four dimensions, of version 5."""
    whole, formula, note_size, unit_size, *rest = file.unpack(order + "15i", 4)
    created, modified, count, kind = file.unpack(order + "IIih", 68)
    shape = _shape(file, file.unpack(order + "4i", 132), count)
    scales = file.unpack(order + "8d", 148)
    units = [_text(unit, order) for unit in file.unpack("4s" * 5, 212)]
    values = _numbers(file, order, kind, count, 384).reshape(shape, order="F")
    place = 64 + _check_size(file, 5, whole, values.nbytes)
    place += len(_bytes(file, place, formula, "the formula of the wave"))
    note = _bytes(file, place, note_size, "the note of the wave")
    place += len(note)
    for number, size in enumerate((unit_size, *rest[:4])):
        if longer := _text(_bytes(file, place, size, "a unit of the wave"), order):
            units[number] = longer
        place += size
    dims = []
    for number, size in enumerate(rest[4:8]):
        labels = _bytes(file, place, size, "the labels of the wave's rows")
        place += size
        if number < len(shape):
            scale = _finite(file, scales[4 + number], scales[number])
            rows = _labels(labels, order, shape[number])
            dims.append(IgorDimension(*scale, shape[number], units[1 + number], rows))
    name = _text(file.unpack("32s", 92)[0], order)
    return IgorWave(name, values, tuple(dims), units[0], _note(note, order), _date(created), _date(modified))


def _shape(file: RawFile, sizes: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return the sizes up to the first zero, which ends the dimensions."""
    shape = sizes[: sizes.index(0)] if 0 in sizes else sizes
    if any(size < 0 for size in shape) or not shape or math.prod(shape) != count:
        raise file.refusal(f"{count} numbers were announced for a wave of {sizes} rows and columns", byte=132)
    return tuple(shape)


def _numbers(file: RawFile, order: str, kind: int, count: int, start: int) -> NDArray[Any]:
    """Return the numbers of a wave in the machine's byte order."""
    plain = kind & ~(_COMPLEX | _UNSIGNED)
    if kind == 0:
        raise file.refusal("this wave holds text; a wave of numbers was expected")
    if plain not in _TYPES:
        raise file.refusal(f"the type of the wave's numbers is {kind}, which is not known")
    if count <= 0:
        raise file.refusal(f"the wave has {count} numbers; it was saved before anything was measured")
    dtype = _TYPES[plain]
    if dtype[0] == "i" and kind & _UNSIGNED:
        dtype = "u" + dtype[1:]
    parts = 2 if kind & _COMPLEX else 1
    found = file.array(order + dtype, count * parts, start, f"{count} numbers of the wave")
    native = found.astype(dtype)
    return native[0::2] + 1j * native[1::2] if parts == 2 else native


def _check_size(file: RawFile, version: int, stated: int, numbers: int) -> int:
    """Return the bytes of header, numbers and padding as the file states them; less than they need is refused."""
    needed = _WAVE_HEADER[version] + numbers + _PADDING[version]
    if stated < needed:
        raise file.refusal(f"header and numbers take {needed} bytes, but the file states {stated}", byte=2)
    return stated


def _finite(file: RawFile, start: float, step: float) -> tuple[float, float]:
    if not (math.isfinite(start) and math.isfinite(step)):
        raise file.refusal(f"the scale of the wave starts at {start} with steps of {step}; numbers were expected")
    return start, step


def _bytes(file: RawFile, start: int, size: int, what: str) -> bytes:
    if size < 0:
        raise file.refusal(f"{what} cannot have {size} bytes")
    return bytes(file.array("u1", size, start, what))


def _text(data: bytes, order: str) -> str:
    """Return text; Igor wrote that of the computer before version 7 and UTF-8 since."""
    data = data.split(b"\0")[0]
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return data.decode("mac_roman" if order == ">" else "cp1252", errors="replace").strip()


def _note(data: bytes, order: str) -> str:
    return _text(data.replace(b"\0", b""), order).replace("\r\n", "\n").replace("\r", "\n")


def _labels(data: bytes, order: str, rows: int) -> tuple[str, ...]:
    """Return the labels of rows; the first of the file labels the whole dimension."""
    found = [_text(data[place : place + _LABEL], order) for place in range(_LABEL, len(data), _LABEL)]
    return tuple((found + [""] * rows)[:rows]) if any(found) else ()


def _date(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat() if seconds else ""
