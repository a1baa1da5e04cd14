"""Becker & Hickl .sdt: decay curves and images of decay curves, with the settings of each measurement.

A header points to the identification, the setup, measurement descriptions and a chain of data blocks. A block names its
kind, its numbers (16 or 32 bits, plain or in a zip archive) and its description; the time axis is the range of the TAC
over its gain, divided into the channels of the converter. After *The bh TCSPC Handbook*, Becker & Hickl.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.archives import member, member_names
from halodot.readers.formats._becker_hickl import (
    Located,
    date_of,
    has_header,
    identification,
    located,
    metadata,
    parameters,
)
from halodot.readers.raw_file import RawFile, field_text
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

#: bits 4 to 7 of the type of a block: what it holds
_CONTENTS = {
    0x00: "decay", 0x10: "page", 0x20: "FCS", 0x30: "FIDA", 0x40: "FILDA", 0x50: "MCS", 0x60: "image",
    0x70: "MCS triggered", 0x80: "MCS image", 0x90: "mosaic image", 0xA0: "intensity image", 0xB0: "wide-field image",
}  # fmt: skip
_DECAYS = ("decay", "page", "image", "mosaic image")
_NUMBERS = {0x000: "<u2", 0x100: "<u4"}
_ZIPPED = 0x1000
#: bits 0 to 3: the block comes from a measurement in FIFO mode, and its description counts its photons
_FIFO = (8, 9)


class _Description(NamedTuple):
    """What a measurement description says of its blocks."""

    time: str
    date: str
    serial: str
    tac_range: float  # s
    gain: int
    channels: int
    collection_time: float  # s
    module: str
    scan: tuple[int, int, int, int]  # pixels along x and y, routing channels along x and y
    image: tuple[int, int, int, int]
    photons: int
    routing_channel: int


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if has_header(file.head) else Match.NO


def _read(file: RawFile) -> Recording:
    parts = located(file)
    found, settings = identification(parts.info), parameters(parts.setup)
    if parts.blocks == 0:
        what = f"this file holds the settings of a measurement ({found.get('ID', 'SPC Setup Script File')}) and no data"
        raise file.refusal(f"{what}; read the .spc, .sdt or .asc that was written with it")
    if not 0 < parts.blocks <= 100_000 or parts.descriptions <= 0:
        what = f"{parts.blocks} data blocks and {parts.descriptions} descriptions cannot be"
        raise file.refusal(what, byte=18)
    descriptions = [_description(file, parts, place) for place in range(parts.descriptions)]
    curves: list[Curve] = []
    warnings: list[str] = []
    left: dict[str, int] = {}
    offset = parts.data_offset
    for number in range(1, parts.blocks + 1):
        fields = file.unpack("<2B2IHhII", offset, f"data block {number}")
        high, high_next, low, low_next, kind, description, _, size = fields
        start, following = low + (high << 32), low_next + (high_next << 32)
        if not 0 <= description < len(descriptions):
            raise file.refusal(
                f"data block {number} names description {description} of {len(descriptions)}", byte=offset
            )
        contents = _CONTENTS.get(kind & 0xF0, f"type {kind & 0xF0:#x}")
        if contents in _DECAYS and kind & 0xF00 in _NUMBERS:
            counts = _counts(file, start, following, kind, size)
            curves += _curves(file, counts, descriptions[description], number, contents)
            warnings += _photons(counts, descriptions[description], kind, number)
        else:
            left[contents] = left.get(contents, 0) + 1
        offset = following
    if not curves:
        raise file.refusal(f"there are no decay curves in this file, only blocks of {', '.join(left)}")
    notes = tuple(f"{many} blocks of {what} were left out" for what, many in left.items())
    known = metadata(found, settings)
    known["instrument"] = f"Becker & Hickl {descriptions[0].module}".strip()
    if starts := [str(curve.metadata["date"]) for curve in curves if "date" in curve.metadata]:
        known["date"] = min(starts)  # the identification has the time at which the file was saved
    return Recording("decay", tuple(curves), known, found | settings, tuple(warnings), notes)


def _description(file: RawFile, parts: Located, place: int) -> _Description:
    """Return a measurement description; older files have a shorter one."""
    size = parts.description_length
    if size < 211:
        raise file.refusal(f"measurement descriptions of {size} bytes are of a version that is not known", byte=30)
    at = parts.descriptions_offset + place * size
    file.array("u1", size, at, f"measurement description {place + 1}")
    time, date, serial = (field_text(part) for part in file.unpack("<9s11s16s", at))
    tac, gain = file.unpack("<fh", at + 64)
    (channels,) = file.unpack("<H", at + 82)
    (collected,) = file.unpack("<f", at + 92)
    (module,) = file.unpack("<16s", at + 117)
    scan = file.unpack("<4i", at + 173)
    image = file.unpack("<4i", at + 309) if size >= 325 else (0, 0, 0, 0)
    photons = file.unpack("<I", at + 283)[0] if size >= 287 else 0
    routing = file.unpack("<H", at + 271)[0] if size >= 287 else 0
    channels = channels or 65536
    if not (gain > 0 and 1e-12 < tac < 1e-2):
        raise file.refusal(f"a TAC range of {tac:g} s and a gain of {gain} cannot be", byte=at + 64)
    stopped = file.unpack("<f", at + 215)[0] if size >= 219 else 0.0
    collected = stopped if 0.0 < stopped < 1e7 else collected
    return _Description(
        time, date, serial, tac, gain, channels, collected, field_text(module), scan, image, photons, routing
    )


def _counts(file: RawFile, start: int, following: int, kind: int, size: int) -> NDArray[np.unsignedinteger]:
    dtype = _NUMBERS[kind & 0xF00]
    count, rest = divmod(size, np.dtype(dtype).itemsize)
    if rest or count == 0:
        raise file.refusal(f"a data block of {size} bytes cannot be", byte=start)
    if not kind & _ZIPPED:
        if following < start + size:
            raise file.refusal(f"the next block starts at {following}, within this one of {size} bytes", byte=start)
        return file.array(dtype, count, start, "a data block")
    if not start < following <= len(file.data):
        raise file.refusal("a zipped data block ends beyond the file; it is cut off", byte=start)
    inner = RawFile(file.path, file.data[start:following])
    names = member_names(inner)
    if len(names) != 1:
        raise file.refusal("a zip archive with one data block was expected", byte=start)
    content = member(inner, names[0])
    if len(content) != size:
        raise file.refusal(f"a data block of {size} bytes was expected; {len(content)} were unpacked", byte=start)
    return np.frombuffer(content, dtype)


def _curves(
    file: RawFile, counts: NDArray[np.unsignedinteger], given: _Description, number: int, contents: str
) -> list[Curve]:
    """Return the curves of a block: one, one for each point of a page, or an image of them."""
    curves, rest = divmod(len(counts), given.channels)
    if rest or curves == 0:
        raise file.refusal(f"data block {number} has {len(counts)} numbers; curves of {given.channels} were expected")
    width = given.tac_range / (given.gain * given.channels)
    time = Values("time", np.arange(given.channels) * width, "s")
    known: dict[str, str | float] = {"time_resolution": width, "acquisition_time": given.collection_time}
    known["serial_number"] = given.serial
    if date := date_of(given.date, given.time):
        known["date"] = date
    label = f"block {number}"
    if contents in ("decay", "page") and curves == 1:
        return [Curve((time,), (Values("counts", counts),), label, known | {"channel": str(given.routing_channel)})]
    for columns, rows, across, down in (given.scan, given.image):
        routed = curves // max(columns * rows, 1)
        if columns > 1 and rows > 1 and routed * columns * rows == curves and routed in (1, across * down):
            axes = (Values("y_pixel", np.arange(rows)), Values("x_pixel", np.arange(columns)), time)
            stack = counts.reshape(routed, rows, columns, given.channels)
            labels = [label if routed == 1 else f"{label}, channel {place}" for place in range(routed)]
            return [Curve(axes, (Values("counts", image),), text, known) for image, text in zip(stack, labels)]
    each = counts.reshape(curves, given.channels)
    return [
        Curve((time,), (Values("counts", one),), f"{label}, curve {place}", known) for place, one in enumerate(each, 1)
    ]


def _photons(counts: NDArray[np.unsignedinteger], given: _Description, kind: int, number: int) -> list[str]:
    """Say where a decay holds other photons than its description counts."""
    total = int(counts.sum(dtype=np.int64))
    if kind & 0xF not in _FIFO or kind & 0xF0 or given.photons in (0, total):
        return []
    return [f"data block {number} holds {total} photons, and its description counts {given.photons}"]


READER = Reader("becker_hickl_sdt", "Becker & Hickl decay curves and settings (.sdt, .set)", _sniff, _read)
