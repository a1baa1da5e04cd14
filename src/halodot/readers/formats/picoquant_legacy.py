"""PicoQuant files before the unified ones: histograms .thd, .phd and .hhd, photons .pt2, .pt3, .ht2 and .ht3.

``TimeHarp 200``, ``PicoHarp 300`` or ``HydraHarp`` in 16 bytes, a version in 6, then a header of fixed parts with as
many boards or inputs as it states. A TimeHarp histogram follows its own curve header; those of the others lie where the
curve headers point. Widths of channels are ns (TimeHarp, PicoHarp) or ps (HydraHarp). After PicoQuant's manuals and the
layout in libpicoquant, which reads the same files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from halodot.readers.formats._picoquant_photons import LAYOUTS, Stream, photons
from halodot.readers.raw_file import RawFile, field_text
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_MARKS = {b"TimeHarp 200": "TimeHarp 200", b"PicoHarp 300": "PicoHarp 300", b"HydraHarp": "HydraHarp 400"}
_CURVES, _CHANNELS = range(1, 1025), range(1, 1 << 20)
#: a version of the TimeHarp, with the bytes of names before the date and the bytes of a board
_TIMEHARP = {"2.0": (6, 24), "3.0": (6, 24), "5.0": (6, 24), "6.0": (30, 48)}
_HISTOGRAM, _T2, _T3 = 0, 2, 3
_PICOHARP_STEP = 4e-12  # s, the clock of T2 mode
_HYDRAHARP_STEP = 1e-12


class _Histogram(NamedTuple):
    """What the header of a curve says, in SI."""

    number: int
    recorded: int  # Unix time
    width: float
    acquisition: float
    sync_rate: int
    counts: int
    bins: int
    offset: int  # byte


def _sniff(file: RawFile) -> Match:
    known = file.data[:16].rstrip(b"\0") in _MARKS and file.data[16:22].rstrip(b"\0").replace(b".", b"").isdigit()
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    mark = file.data[:16].rstrip(b"\0")
    version = field_text(file.data[16:22])
    reader = {b"TimeHarp 200": _timeharp, b"PicoHarp 300": _picoharp, b"HydraHarp": _hydraharp}[mark]
    return reader(file, version)


def _metadata(file: RawFile, instrument: str, at: int) -> dict[str, str | float]:
    """Return what all headers say, from the date on; it has room for 18 letters and may end within the seconds."""
    date, comment = (field_text(part) for part in file.unpack("<18s2x256s", at, "the date and the comment"))
    found: dict[str, str | float] = {"instrument": f"PicoQuant {instrument}"}
    layouts = ("%d/%m/%y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S")
    if iso := iso_date(date, *layouts):
        found["date"] = iso
    if comment and comment != "Untitled":
        found["comment"] = comment
    return found


def _number(file: RawFile, value: int, what: str, allowed: range, byte: int) -> int:
    if value not in allowed:
        raise file.refusal(f"{value} {what} cannot be", byte=byte)
    return value


def _curves(file: RawFile, histograms: list[_Histogram]) -> tuple[Curve, ...]:
    curves = []
    for place, one in enumerate(histograms, 1):
        if not 1e-13 < one.width < 1.0:
            raise file.refusal(f"channels of {one.width:g} s cannot be (curve {place})", byte=one.offset)
        counts = file.array("<u4", one.bins, one.offset, f"the counts of curve {place}")
        total = int(counts.sum(dtype=np.int64))
        if one.counts not in (0, total):
            raise file.refusal(f"curve {place} holds {total} counts, and {one.counts} are stated", byte=one.offset)
        known: dict[str, str | float] = {"time_resolution": one.width, "acquisition_time": one.acquisition}
        if one.sync_rate > 0:
            known["repetition_rate"] = float(one.sync_rate)
        if one.recorded > 0:
            known["date"] = datetime.fromtimestamp(one.recorded, UTC).isoformat()
        time = Values("time", np.arange(one.bins) * one.width, "s")
        curves.append(Curve((time,), (Values("counts", counts),), f"curve {one.number}", known))
    return tuple(curves)


def _shifted(offsets: Mapping[int, int]) -> tuple[str, ...]:
    """Say which curves start later than their first channel says."""
    late = {curve: offset for curve, offset in offsets.items() if offset}
    return (f"times start at 0; the curves were recorded with the offsets {late}",) if late else ()


# ------------------------------------------------------------------------------------------------------------ TimeHarp


def _timeharp(file: RawFile, version: str) -> Recording:
    if version not in _TIMEHARP:
        raise file.refusal(f"version {version} of TimeHarp 200 files is not known; {', '.join(_TIMEHARP)} are", byte=16)
    names, board = _TIMEHARP[version]
    start = 22 + names + 276
    channels, curves, bits, _, boards, _, mode = file.unpack("<7i", start, "the header")
    metadata = _metadata(file, "TimeHarp 200", 22 + names)
    if mode != _HISTOGRAM:
        what = "photons of a TimeHarp 200 (.t3r) are not read"
        raise file.refusal(f"{what}; convert the file with PicoQuant's software", byte=start + 24)
    _number(file, channels, "channels", _CHANNELS, start)
    _number(file, curves, "curves", _CURVES, start + 4)
    _number(file, bits, "bits for a channel", range(32, 33), start + 8)
    _number(file, boards, "boards", range(1, 9), start + 16)
    at = start + 76 + 64 + 36 + 16 + 20 + board * boards
    histograms, offsets = [], {}
    for _ in range(curves):
        index, recorded = file.unpack("<2i", at, "the header of a curve")
        offset, acquisition, stopped, _, sync = file.unpack("<5i", at + 56)
        counts, width = file.unpack("<if", at + 84)
        seconds = (stopped if stopped > 0 else acquisition) * 1e-3
        histograms.append(_Histogram(index, recorded, width * 1e-9, seconds, sync, counts, channels, at + 100))
        offsets[index] = offset
        at += 100 + 4 * channels
    if at != len(file.data):
        raise file.refusal(f"the file ends at byte {len(file.data)}; the curves end here", byte=at)
    header = {"file version": version, "boards": str(boards), "bits for a channel": str(bits)}
    return Recording("decay", _curves(file, histograms), metadata, header, (), _shifted(offsets))


# ------------------------------------------------------------------------------------------------------------ PicoHarp


def _picoharp(file: RawFile, version: str) -> Recording:
    if version != "2.0":
        raise file.refusal(f"version {version} of PicoHarp 300 files is not known; 2.0 is", byte=16)
    metadata = _metadata(file, "PicoHarp 300", 52)
    curves, bits, _, boards, _, mode = file.unpack("<6i", 328, "the header")
    _number(file, bits, "bits for a channel or record", range(32, 33), 332)
    _number(file, boards, "boards", range(1, 9), 340)
    (serial,) = file.unpack("<i", 560)
    metadata |= {"software": _software(file), "serial_number": str(serial)}
    at = 536 + 156 * boards
    header = {"file version": version, "boards": str(boards)}
    if mode in (_T2, _T3):
        pulsed = mode == _T3
        rate, _, stopped, _, records, extra = file.unpack("<6i", at + 12, "the header of the photons")
        _number(file, extra, "words of an image header", range(10_000), at + 32)
        step = 1.0 / rate if pulsed and rate > 0 else _PICOHARP_STEP
        (width,) = file.unpack("<f", 536 + 48)
        layout = LAYOUTS[0x00010303 if pulsed else 0x00010203]
        stream = Stream(layout, at + 36 + 4 * extra, records, step, width * 1e-9)
        return _stream(file, stream, metadata, header, stopped, rate)
    if mode != _HISTOGRAM:
        raise file.refusal(f"mode {mode} is not known", byte=348)
    _number(file, curves, "curves", _CURVES, 328)
    histograms, offsets = [], {}
    for place in range(curves):
        here = at + _PICOHARP_CURVE * place
        index, recorded = file.unpack("<2i", here, "the header of a curve")
        (offset,) = file.unpack("<i", here + 56)
        width, bins, acquisition, stopped, _, sync = file.unpack("<f5i", here + 92)
        (counts,) = file.unpack("<q", here + 124)
        (data,) = file.unpack("<i", here + 136)
        _number(file, bins, "channels", _CHANNELS, here + 96)
        seconds = (stopped if stopped > 0 else acquisition) * 1e-3
        histograms.append(_Histogram(index, recorded, width * 1e-9, seconds, sync, counts, bins, data))
        offsets[index] = offset
    return Recording("decay", _curves(file, histograms), metadata, header, (), _shifted(offsets))


#: bytes of the header of a curve
_PICOHARP_CURVE = 172
_HYDRAHARP_CURVE = 264


def _software(file: RawFile) -> str:
    name, version = (field_text(part) for part in file.unpack("<18s12s", 22))
    return f"{name} {version}".strip()


def _stream(
    file: RawFile, stream: Stream, metadata: dict[str, str | float], header: dict[str, str], stopped: int, rate: int
) -> Recording:
    """Return the photons of a file."""
    if stream.layout.pulsed:
        if rate <= 0 or not 1e-13 < stream.micro_step < 1.0:
            raise file.refusal(f"a sync rate of {rate} /s and channels of {stream.micro_step:g} s cannot be")
        metadata |= {"repetition_rate": float(rate), "time_resolution": stream.micro_step}
    if stopped > 0:
        metadata["acquisition_time"] = stopped * 1e-3
    curve, notes = photons(file, stream)
    return Recording("photons", (curve,), metadata, header, (), notes)


# ----------------------------------------------------------------------------------------------------------- HydraHarp


def _hydraharp(file: RawFile, version: str) -> Recording:
    if version not in ("1.0", "2.0"):
        raise file.refusal(f"version {version} of HydraHarp files is not known; 1.0 and 2.0 are", byte=16)
    metadata = _metadata(file, "HydraHarp 400", 52)
    curves, bits, _, mode, _, binning = file.unpack("<6i", 328, "the header")
    _number(file, bits, "bits for a channel or record", range(32, 33), 332)
    (resolution,) = file.unpack("<d", 352)
    (base,) = file.unpack("<d", 648)
    if mode == _T3 and resolution != base * 2 ** _number(file, binning, "as binning", range(27), 348):
        what = f"channels of {resolution:g} ps cannot be at a base resolution of {base:g} ps and binning {binning}"
        raise file.refusal(what, byte=352)
    (serial,) = file.unpack("<i", 560)
    (inputs,) = file.unpack("<i", 664)
    _number(file, inputs, "inputs", range(1, 65), 664)
    metadata |= {"software": _software(file), "serial_number": str(serial)}
    at = 696 + 16 * inputs
    header = {"file version": version, "inputs": str(inputs)}
    if mode in (_T2, _T3):
        if mode == _T2 and version == "1.0":
            raise file.refusal("T2 photons of version 1.0 are not read: their clock is not certain", byte=16)
        at += 4 * inputs
        rate, stopped, _, extra, records = file.unpack("<4iq", at, "the header of the photons")
        _number(file, extra, "words of an image header", range(10_000), at + 12)
        pulsed = mode == _T3
        step = 1.0 / rate if pulsed and rate > 0 else _HYDRAHARP_STEP
        kinds = {"1.0": 0x00010304, "2.0": 0x01010304}
        layout = LAYOUTS[kinds[version] if pulsed else 0x01010204]
        micro = resolution * 1e-12 if pulsed else math.nan
        return _stream(file, Stream(layout, at + 24 + 4 * extra, records, step, micro), metadata, header, stopped, rate)
    if mode != _HISTOGRAM:
        raise file.refusal(f"mode {mode} is not known", byte=340)
    _number(file, curves, "curves", _CURVES, 328)
    histograms, offsets = [], {}
    for place in range(curves):
        here = at + _HYDRAHARP_CURVE * place
        index, recorded = file.unpack("<2i", here, "the header of a curve")
        (width,) = file.unpack("<d", here + 200)
        offset, acquisition, stopped = file.unpack("<3i", here + 208)
        (sync,) = file.unpack("<i", here + 236)
        counts, bins, data = file.unpack("<q2i", here + 248)
        _number(file, bins, "channels", _CHANNELS, here + 256)
        seconds = (stopped if stopped > 0 else acquisition) * 1e-3
        histograms.append(_Histogram(index, recorded, width * 1e-12, seconds, sync, counts, bins, data))
        offsets[index] = offset
    return Recording("decay", _curves(file, histograms), metadata, header, (), _shifted(offsets))


READER = Reader("picoquant_legacy", "PicoQuant binary files (.thd, .phd, .hhd, .pt2, .pt3, .ht2, .ht3)", _sniff, _read)
