"""PicoQuant unified files: .ptu with single photons, .phu with histograms.

A mark of 8 bytes, a version, then tags of 48 bytes: name, index, type, value; long values follow their tag. The data
start behind the tag ``Header_End``. After PicoQuant's *Unified Tag Dictionary*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from halodot.readers.formats._picoquant_photons import LAYOUTS, Stream, photons
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_PHOTONS, _HISTOGRAMS = b"PQTTTR\0\0", b"PQHISTO\0"
#: other unified files, by what they hold
_OTHERS = {
    b"PQRESLT\0": "results of an analysis", b"PQCOMNT\0": "a comment", b"PQCHECK\0": "a check of an instrument",
    b"PQDEFLT\0": "default settings", b"PQUNI\0\0\0": "settings", b"PQSPQR\0\0": "compressed photons",
}  # fmt: skip
_BOOL, _INT, _BITS, _COLOUR, _FLOAT, _DATE = 0x8, 0x10000008, 0x11000008, 0x12000008, 0x20000008, 0x21000008
_EMPTY, _FLOATS, _ANSI, _WIDE, _BLOB = 0xFFFF0008, 0x2001FFFF, 0x4001FFFF, 0x4002FFFF, 0xFFFFFFFF
#: tags of one header; the longest seen has some 700
_MOST_TAGS = 20_000
#: days of a TDateTime are counted from here
_EPOCH = datetime(1899, 12, 30)

Tag = str | float | int | bool


def _sniff(file: RawFile) -> Match:
    mark = file.data[:8]
    return Match.SIGNATURE if mark in (_PHOTONS, _HISTOGRAMS) or mark in _OTHERS else Match.NO


def _read(file: RawFile) -> Recording:
    mark = file.data[:8]
    if mark in _OTHERS:
        what = f"this file of PicoQuant holds {_OTHERS[mark]}"
        raise file.refusal(f"{what}; export the decay as text, or read the .ptu or .phu of the measurement")
    tags, end = _tags(file)
    header = {name: str(value) for name, value in tags.items()}
    if mark == _HISTOGRAMS:
        many = _whole(file, tags, "HistoResult_NumberOfCurves")
        curves = tuple(_histogram(file, tags, place) for place in range(many))
        return Recording("decay", curves, _metadata(tags), header)
    kind = _whole(file, tags, "TTResultFormat_TTTRRecType")
    if kind not in LAYOUTS:
        raise file.refusal(f"records of the type {kind:#010x} are not known")
    layout = LAYOUTS[kind]
    if (mode := tags.get("Measurement_Mode", 3 if layout.pulsed else 2)) != (3 if layout.pulsed else 2):
        raise file.refusal(f"the header states mode {mode}, and records of mode {3 if layout.pulsed else 2}")
    step = _positive(file, tags, "MeasDesc_GlobalResolution")
    micro = _positive(file, tags, "MeasDesc_Resolution") if layout.pulsed else math.nan
    stream = Stream(layout, end, _whole(file, tags, "TTResult_NumberOfRecords"), step, micro)
    curve, notes = photons(file, stream)
    known = _metadata(tags)
    if layout.pulsed:
        known |= {"time_resolution": micro, "repetition_rate": 1.0 / step}
    return Recording("photons", (curve,), known, header, (), notes)


def _tags(file: RawFile) -> tuple[dict[str, Tag], int]:
    """Return the tags by name, with the index in brackets where one has it, and the byte behind the last one."""
    found: dict[str, Tag] = {}
    at = 16
    for _ in range(_MOST_TAGS):
        raw, index, kind = file.unpack("<32siI", at, "a tag of the header")
        name = raw.split(b"\0")[0].decode("ascii", errors="replace")
        if not name.isprintable() or not name:
            raise file.refusal(f"a tag of the header was expected, not {raw[:12]!r}", byte=at)
        key = f"{name}[{index}]" if index >= 0 else name
        (size,) = file.unpack("<q", at + 40)
        at += 48
        if name == "Header_End":
            return found, at
        if kind in (_FLOATS, _ANSI, _WIDE, _BLOB):
            content = bytes(file.array("u1", size, at, f"the value of {key}"))
            at += size
            if kind == _ANSI:
                found[key] = content.split(b"\0")[0].decode("cp1252", errors="replace")
            elif kind == _WIDE:
                found[key] = content.decode("utf-16-le", errors="replace").split("\0")[0]
            continue
        found[key] = _value(file, kind, at - 8, key)
    raise file.refusal(f"Header_End was expected within {_MOST_TAGS} tags", byte=at)


def _value(file: RawFile, kind: int, at: int, key: str) -> Tag:
    if kind in (_FLOAT, _DATE):
        (number,) = file.unpack("<d", at)
        if kind == _FLOAT:
            return float(number)
        if not 0.0 < number < 1e6:
            return ""
        return (_EPOCH + timedelta(days=number)).isoformat(timespec="seconds")
    if kind in (_INT, _BITS, _COLOUR):
        return int(file.unpack("<q", at)[0])
    if kind == _BOOL:
        return bool(file.unpack("<q", at)[0])
    if kind == _EMPTY:
        return ""
    raise file.refusal(f"the tag {key} has the type {kind:#010x}, which is not known", byte=at)


def _whole(file: RawFile, tags: Mapping[str, Tag], key: str) -> int:
    value = tags.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise file.refusal(f"the header has {value!r} as {key}; a whole number was expected")
    return value


def _positive(file: RawFile, tags: Mapping[str, Tag], key: str) -> float:
    value = tags.get(key)
    if not isinstance(value, float) or not 1e-15 < value < 10.0:
        raise file.refusal(f"the header has {value!r} as {key}; seconds were expected")
    return value


def _histogram(file: RawFile, tags: Mapping[str, Tag], place: int) -> Curve:
    def tag(name: str) -> str:
        return f"HistResDscr_{name}[{place}]"

    bins = _whole(file, tags, tag("HistogramBins"))
    at = _whole(file, tags, tag("DataOffset"))
    width = _positive(file, tags, tag("MDescResolution"))
    bits = tags.get("HistoResult_BitsPerBin", 32)
    if bits != 32:
        raise file.refusal(f"histograms of {bits} bits are not known")
    counts = file.array("<u4", bins, at, f"histogram {place + 1}")
    stated = tags.get(tag("IntegralCount"))
    if isinstance(stated, int) and stated not in (0, int(counts.sum(dtype=np.int64))):
        raise file.refusal(f"histogram {place + 1} holds {counts.sum()} counts, and {stated} are stated", byte=at)
    known: dict[str, str | float] = {"time_resolution": width}
    for name, word, factor in (("MDescStopAfter", "acquisition_time", 1e-3), ("HWSyncRate", "repetition_rate", 1.0)):
        value = tags.get(tag(name))
        if isinstance(value, int) and value > 0:
            known[word] = value * factor
    if date := str(tags.get(tag("TimeOfRecording"), "")):
        known["date"] = date
    index = tags.get(tag("CurveIndex"), place)
    time = Values("time", np.arange(bins) * width, "s")
    return Curve((time,), (Values("counts", counts),), f"curve {index}", known)


def _metadata(tags: Mapping[str, Tag]) -> dict[str, str | float]:
    words = {"HW_SerialNo": "serial_number", "File_Comment": "comment", "File_CreatingTime": "date"}
    found: dict[str, str | float] = {word: str(tags[key]) for key, word in words.items() if tags.get(key)}
    found["instrument"] = f"PicoQuant {tags.get('HW_Type', '')}".strip()
    software = " ".join(str(tags.get(f"CreatorSW_{part}", "")) for part in ("Name", "Version")).strip()
    if software:
        found["software"] = software
    duration = tags.get("TTResult_StopAfter", 0)
    if isinstance(duration, int) and duration > 0:
        found["acquisition_time"] = duration * 1e-3
    return found


READER = Reader("picoquant_unified", "PicoQuant unified photons and histograms (.ptu, .phu)", _sniff, _read)
