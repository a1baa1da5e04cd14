"""NETZSCH Proteus binary files (.ngb-ss3, .ngb-bs3, .ngb-ds3 ...): thermogravimetry with or without DSC.

A zip archive of streams, each a chain of tables behind the same separator. A table starts with two bytes that say what
it is; a field is its number, fixed bytes, a type and a value. In stream 2 (the balance and the sample's thermocouple)
and stream 3 (other devices) a table names a channel, and the tables behind it hold its numbers, one for each segment of
the program, with their count. Times are minutes, masses mg, DSC signals uV. NETZSCH publishes no description; what is
read here is what the files of pyngb's tests show without doubt, and everything is held against the stated counts.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import member, member_names
from halodot.readers.formats._thermal import Column, recording
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.settings import setting

_SEPARATOR = b"\x00\x00\x01\x00\x00\x00\x0c\x00\x17\xfc\xff\xff\x1a\x80\x01\x01\x80\x02\x00\x00"
_FIELD = re.compile(rb"(..)\x00\x00\x01\x00\x00\x00\x0c\x00\x17\xfc\xff\xff(.)\x80\x01", re.DOTALL)
_START = b"\xa0\x01"
_END = b"\x01\x00\x00\x00\x02\x00\x01\x00\x00\x00\x03\x00\x18\xfc\xff\xff\x03\x80\x01"
#: what a table is, at its bytes 22 to 24
_CHANNEL, _NUMBERS, _CRUCIBLE = b"\x80\x22\x2b", b"\x80\x23\x2b", b"\x80\x08\x2b"
#: types of numbers
_TYPES = {0x03: "<i4", 0x04: "<f4", 0x05: "<f8"}
#: first byte of the table of a channel: name and unit
_STREAM_2 = {
    0x8C: ("time", "min"), 0x8D: ("sample temperature", "°C"), 0x8E: ("DSC signal", "uV"), 0x90: ("mass", "mg"),
    0x9C: ("purge flow 1", "ml/min"), 0x9D: ("purge flow 2", "ml/min"), 0x9E: ("protective flow", "ml/min"),
}  # fmt: skip
_STREAM_3 = {
    0x30: ("furnace temperature", "°C"), 0x31: ("cooling power", ""), 0x32: ("furnace power", ""),
    0x33: ("h-foil temperature", ""), 0x34: ("uc module", ""), 0x35: ("environmental pressure", ""),
    0x36: ("acceleration x", ""), 0x37: ("acceleration y", ""), 0x38: ("acceleration z", ""),
}  # fmt: skip
#: fields of stream 1: table and field, with the word of `METADATA` or a name of the header
_TEXTS = {
    (b"\x75\x17", b"\x59\x10"): "instrument", (b"\x72\x17", b"\x35\x08"): "operator",
    (b"\x72\x17", b"\x3d\x08"): "comment", (b"\x30\x75", b"\x40\x08"): "sample",
    (b"\x72\x17", b"\x34\x08"): "laboratory", (b"\x72\x17", b"\x3c\x08"): "project",
    (b"\x30\x75", b"\x62\x09"): "material", (b"\x7a\x17", b"\x40\x08"): "furnace",
    (b"\x30\x75", b"\x98\x08"): "sample identity", (b"\x70\x17", b"\x43\x08"): "correction file",
}  # fmt: skip
_WORDS = ("instrument", "operator", "comment", "sample")
_DATE, _SAMPLE_MASS, _CRUCIBLE_MASS = (b"\x72\x17", b"\x3e\x08"), (b"\x30\x75", b"\x9e\x0c"), (b"\x7e\x17", b"\x9e\x0c")
_CRUCIBLE_TYPE = (b"\x7e\x17", b"\x40\x08")
#: what stands before the version of the program, in a table that names its fields by number
_VERSION = b"\x18\xfc\xff\xff\x03\x80\x01m\x10\0\0\x01\0\0\0\x0c\0\x17\xfc\xff\xff\x1f\x80\x01"


class _Channel(NamedTuple):
    """A channel: its number, and its numbers for each segment."""

    number: int
    parts: list[NDArray[np.float64]]


def _sniff(file: RawFile) -> Match:
    names = member_names(file)
    known = {"Streams/stream_1.table", "Streams/stream_2.table"} <= set(names)
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    names = member_names(file)
    channels = []
    for stream, known in ((2, _STREAM_2), (3, _STREAM_3)):
        name = f"Streams/stream_{stream}.table"
        if name in names:
            channels += [(found, known) for found in _channels(file, member(file, name), name)]
    if not channels:
        raise file.refusal("no channel with numbers is in this file; export the run as text from Proteus")
    time = next((found for found, known in channels if known is _STREAM_2 and found.number == 0x8C), channels[0][0])
    sizes = [len(part) for part in time.parts]
    columns = []
    for found, known in channels:
        name, unit = known.get(found.number, (f"channel {found.number:#x}", ""))
        if [len(part) for part in found.parts] != sizes:
            raise file.refusal(f"{name} has segments of other lengths than the time; the file is damaged")
        columns.append(Column(name, unit, np.concatenate(found.parts)))
    segments = [np.full(size, float(place)) for place, size in enumerate(sizes, 1)]
    columns.append(Column("Segment", "", np.concatenate(segments), "number of the segment"))
    metadata, header = _settings(file)
    notes = ["masses and signals are as measured: no correction is subtracted"] if "correction file" in header else []
    return recording(file, columns, metadata, header, notes)


def _tables(content: bytes) -> Iterator[bytes]:
    """Return the tables of a stream, each from the two bytes that say what it is."""
    starts = [found.start() - 2 for found in re.finditer(re.escape(_SEPARATOR), content)]
    for start, end in zip(starts, [*starts[1:], len(content)]):
        yield content[max(start, 0) : end]


def _channels(file: RawFile, content: bytes, name: str) -> list[_Channel]:
    found: list[_Channel] = []
    for table in _tables(content):
        mark = table[22:25]
        if mark == _CHANNEL:
            found.append(_Channel(table[0], []))
        elif mark == _NUMBERS and found:
            found[-1].parts.append(_numbers(file, table, name))
    return [channel for channel in found if channel.parts]


def _numbers(file: RawFile, table: bytes, name: str) -> NDArray[np.float64]:
    """Return the numbers of a table: their type, a mark, their count, the numbers, and the mark of the end."""
    start = table.find(_START, 25)
    dtype = _TYPES.get(table[start - 1]) if start > 0 else None
    if dtype is None or start + 6 > len(table):
        raise file.refusal(f"a table of numbers in {name} has a form that is not known; export the run as text")
    (count,) = struct.unpack_from("<I", table, start + 2)
    end = start + 6 + count * np.dtype(dtype).itemsize
    if table[end : end + len(_END)] != _END:
        raise file.refusal(f"a table in {name} states {count} numbers and does not end behind them")
    return np.frombuffer(table, dtype, count, start + 6).astype(np.float64)


def _settings(file: RawFile) -> tuple[dict[str, str | float], dict[str, str]]:
    """Return what stream 1 says in the words of `METADATA`, and the rest by name."""
    known: dict[str, str | float] = {"instrument": "NETZSCH"}
    header: dict[str, str] = {}
    content = member(file, "Streams/stream_1.table")
    if (at := content.find(_VERSION)) >= 0 and (version := _string(content, at + len(_VERSION))):
        known["software"] = f"NETZSCH Proteus {' '.join(version.removeprefix('Version').split())}"
    for table in _tables(content):
        crucible = table[22:25] == _CRUCIBLE
        for found in _FIELD.finditer(table):
            key, value = (table[:2], found[1]), _value(table, found.end(), found[2][0])
            if isinstance(value, str):
                name = "crucible" if key == _CRUCIBLE_TYPE else _TEXTS.get(key, "")
                if name and value.strip():
                    (known if name in _WORDS else header)[name] = " ".join(value.split())
            elif key == _DATE and value is not None and value > 0.0:
                known["date"] = datetime.fromtimestamp(value, UTC).isoformat()
            elif key == _SAMPLE_MASS and value:
                known["sample_mass"] = _mass(file, "sample_mass", value)
            elif key == _CRUCIBLE_MASS and value and crucible:
                known["crucible_mass"] = _mass(file, "crucible_mass", value)
    if known["instrument"] != "NETZSCH":
        known["instrument"] = f"NETZSCH {known['instrument']}"
    return known, header


def _mass(file: RawFile, word: str, value: float) -> float:
    if not 0.0 < value < 1e6:
        raise file.refusal(f"{word} is {value:g} mg, which cannot be")
    return setting(word, value, "mg")


def _value(table: bytes, at: int, kind: int) -> str | float | None:
    """Return the value of a field, None where its type is not known or it is cut off."""
    if kind == 0x1F:
        return _string(table, at)
    layout = {0x02: "<i", 0x03: "<i", 0x04: "<f", 0x05: "<d"}.get(kind)
    if layout is None or at + struct.calcsize(layout) > len(table):
        return None
    return float(struct.unpack_from(layout, table, at)[0])


def _string(table: bytes, at: int) -> str:
    """Return a text: UTF-16 behind a mark and the count of its letters, or UTF-8 behind the count of its bytes."""
    if table[at : at + 3] == b"\xff\xfe\xff" and at + 4 <= len(table):
        return table[at + 4 : at + 4 + 2 * table[at + 3]].decode("utf-16-le", errors="replace")
    if at + 4 > len(table):
        return ""
    (size,) = struct.unpack_from("<I", table, at)
    return table[at + 4 : at + 4 + min(size, 10_000)].decode("utf-8", errors="replace").replace("\0", "")


READER = Reader("netzsch_ngb", "NETZSCH Proteus binary thermal analysis (.ngb)", _sniff, _read)
