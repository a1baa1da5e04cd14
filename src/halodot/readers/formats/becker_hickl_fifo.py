"""Becker & Hickl .spc of the FIFO mode: single photons of SPC-130, 140, 150, 160, 180, 830 (4 bytes) and 600, 630 (6).

The first record holds the clock of the macro time in 0.1 ns. In records of 4 bytes, bits 0 to 11 are the macro time,
12 to 15 the routing signals, 16 to 27 the reversed micro time; bit 31 is INVALID, 30 MTOV (the macro time has
overflown), 29 GAP (photons were lost before), 28 a marker. A record with INVALID and MTOV alone counts overflows in
bits 0 to 27. Records of 6 bytes have 24 bits of macro time. There is no mark: the file is known by its first record and
by macro times that never run back. The width of a channel of the micro time stands in the file .set of the same name,
where that lies beside.
After *The bh TCSPC Handbook*, Becker & Hickl.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._becker_hickl import beside, metadata, micro_width, settings_beside
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_INVALID, _MTOV, _GAP, _MARK = 0x80000000, 0x40000000, 0x20000000, 0x10000000
#: 0.1 ns; the internal clocks are 250 and 500, and a clock that follows the laser has 5 MHz to 1 GHz
_CLOCKS = range(10, 2001)
#: channels of the micro time
_CHANNELS = 4096
#: records that are looked at to recognise a file
_LOOKED_AT = 4096
#: records of one file; their times take some 700 MB
MOST_RECORDS = 30_000_000
#: records that are decoded at once, to bound memory
_AT_ONCE = 1 << 20


class _Photons(NamedTuple):
    """Photons in the units of the file."""

    macro: NDArray[np.int64]  # clocks
    micro: NDArray[np.uint16]  # channels
    channel: NDArray[np.uint8]
    gaps: int  # times that photons were lost
    overflows: int  # of the macro time, up to the last record


def _sniff(file: RawFile) -> Match:
    size = _record_size(file.data)
    if not size or file.encoding:
        return Match.NO
    found = _decoded(file.data, size, 1, min(_LOOKED_AT, len(file.data) // size - 1), 0)
    plausible = len(found.macro) > 0 and bool(np.all(np.diff(found.macro) >= 0)) and found.macro[0] >= 0
    return Match.LAYOUT if plausible else Match.NO


def clock_beside(file: RawFile) -> tuple[str, float]:
    """Return name and macro time clock [s] of the .spc beside a file, 0 where there is none."""
    other = beside(file, ".spc")
    size = _record_size(other.data) if other is not None else 0
    if other is None or not size:
        return "", 0.0
    clock = int.from_bytes(other.data[:3] if size == 4 else other.data[2:4], "little")
    return other.name, clock * 1e-10


def _record_size(data: bytes) -> int:
    """Return the bytes of a record after what the first one says, 0 where it cannot be one."""
    if len(data) < 24:
        return 0
    first = int.from_bytes(data[:4], "little")
    plain = first & _INVALID and not first & (_MTOV | 0x01000000) and (first >> 27) & 0xF <= 8
    if plain and first & 0xFFFFFF in _CLOCKS:
        return 4
    clock = int.from_bytes(data[2:4], "little")
    return 6 if data[0] == 0 and data[1] & 0xF0 == 0x10 and data[4:6] == b"\0\0" and clock in _CLOCKS else 0


def _decoded(data: bytes, size: int, first: int, count: int, overflows: int) -> _Photons:
    """Return the photons among some records, counted from the one with the clock as 0."""
    if size == 4:
        return _four_bytes(np.frombuffer(data, "<u4", count, 4 * first), overflows)
    layout: Any = np.dtype([("first", "<u2"), ("high", "u1"), ("channel", "u1"), ("low", "<u2")])
    return _six_bytes(np.frombuffer(data, layout, count, 6 * first), overflows)


def _four_bytes(records: NDArray[np.uint32], before: int) -> _Photons:
    flags = records >> np.uint32(28)
    counted = flags == 0xC
    overflows = before + np.cumsum(np.where(counted, records & np.uint32(0x0FFFFFFF), (flags & 4) >> 2), dtype=np.int64)
    kept = flags & 8 == 0
    photons = records[kept]
    macro = (overflows[kept] << 12) + (photons & np.uint32(0xFFF))
    micro = (_CHANNELS - 1 - ((photons >> np.uint32(16)) & np.uint32(0xFFF))).astype(np.uint16)
    channel = ((photons >> np.uint32(12)) & np.uint32(0xF)).astype(np.uint8)
    gaps = int(np.count_nonzero(flags[~counted] & 2))
    return _Photons(macro, micro, channel, gaps, int(overflows[-1]) if len(overflows) else before)


def _six_bytes(records: NDArray[Any], before: int) -> _Photons:
    first = records["first"]
    kept = first & 0x1000 == 0
    overflows = before + np.cumsum((first >> 13) & 1, dtype=np.int64)
    macro = (overflows << 24) + (records["high"].astype(np.int64) << 16) + records["low"]
    micro = (_CHANNELS - 1 - (first & 0xFFF)).astype(np.uint16)
    gaps = int(np.count_nonzero(first & 0x4000))
    return _Photons(macro[kept], micro[kept], records["channel"][kept], gaps, int(overflows[-1]))


def _photons(file: RawFile, size: int) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint8], int]:
    """Return macro times, micro times and channels of all photons, and how often photons were lost."""
    records = len(file.data) // size - 1
    macro, micro = np.empty(records, np.int64), np.empty(records, np.uint16)
    channel = np.empty(records, np.uint8)
    many = gaps = overflows = 0
    for first in range(1, records + 1, _AT_ONCE):
        found = _decoded(file.data, size, first, min(_AT_ONCE, records + 1 - first), overflows)
        part = slice(many, many + len(found.macro))
        macro[part], micro[part], channel[part] = found.macro, found.micro, found.channel
        many, gaps, overflows = part.stop, gaps + found.gaps, found.overflows
    return macro[:many], micro[:many], channel[:many], gaps


def _read(file: RawFile) -> Recording:
    size = _record_size(file.data)
    if not size:
        raise file.refusal("a first record with the clock of the macro time was expected", byte=0)
    if size == 4 and file.unpack("<I", 0)[0] & 0x04000000:
        raise file.refusal("this is a diagnostic file of raw FIFO entries, which is not read", byte=0)
    if len(file.data) % size:
        raise file.refusal(f"the file ends within a record of {size} bytes; it is cut off", byte=len(file.data))
    if len(file.data) // size > MOST_RECORDS:
        raise file.refusal(f"the file has {len(file.data) // size} records; {MOST_RECORDS} can be read")
    macro, channels, channel, gaps = _photons(file, size)
    if not len(macro):
        raise file.refusal("the file holds no photon: it was written before anything was measured")
    if (back := macro[1:] < macro[:-1]).any():
        raise file.refusal(f"the macro time runs back at photon {int(np.argmax(back)) + 2}: the records are damaged")
    clock = int.from_bytes(file.data[:3] if size == 4 else file.data[2:4], "little")
    arrival = Values("arrival_time", macro * (clock * 1e-10), "s")
    name, identified, settings = settings_beside(file)
    width = micro_width(settings)
    if math.isfinite(width):
        micro = Values("micro_time", channels * width, "s")
        note = f"the width of a channel of the micro time, {width * 1e12:.6g} ps, is that of {name}"
    else:
        micro = Values("channel", channels, name="micro_channel")
        note = "micro times are channels: no .set of the same name lies beside, which would say their width"
    warnings = (f"photons were lost {gaps} times because the memory was full",) if gaps else ()
    header = {"macro time clock": f"{clock * 0.1:g} ns"} | identified | settings
    curve = Curve((arrival,), (Values("channel", channel), micro))
    known = metadata(identified, settings)
    return Recording("photons", (curve,), known, header, warnings, (note,))


READER = Reader("becker_hickl_fifo", "Becker & Hickl single photons (.spc of the FIFO mode)", _sniff, _read)
