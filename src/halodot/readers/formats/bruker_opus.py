"""Bruker OPUS: the spectra, single channels, phases and interferograms of one measurement, with its parameters.

The layout is not published by its maker; it is that which the library brukeropus (MIT) describes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting
from halodot.readers.spectral_axes import Named, kind_of, settled

_MAGIC = b"\n\n\xfe\xfe"
_MOST_BLOCKS = 10_000
_MOST_POINTS = 50_000_000
_SERIES, _COMPACT, _REPORT, _DIRECTORY = 2, 4, 5, 13
#: head of a series, and what follows each of its spectra: of this the last number is when it ended (s)
_SERIES_HEAD = "<6i"
_AFTER_SPECTRUM = "<8i4d2i7d2i2d"
_AXES = {
    "WN": Named("wavenumber", "1/cm"),
    "MI": Named("wavelength", "um"),
    "MIN": Named("time", "min"),
    "PNT": Named("channel", "1"),
}
#: what a block of numbers holds, by its code: the quantity, what OPUS calls it, and its short name
_DATA = {
    1: (Named("intensity", "1"), "Single channel", "Sc"),
    2: (Named("intensity", "1"), "Interferogram", "Ig"),
    3: (Named("phase_angle", "rad"), "Phase", "Ph"),
    4: (Named("absorbance", "1"), "Absorbance", "AB"),
    5: (Named("transmittance", ""), "Transmittance", "TR"),
    6: (Named("kubelka_munk", "1"), "Kubelka-Munk", "KM"),
    7: (Named("intensity", "1"), "Trace", "Trace"),
    10: (Named("intensity", "1"), "Raman", "RAM"),
    11: (Named("intensity", "1"), "Emission", "EMI"),
    12: (Named("reflectance", ""), "Reflectance", "RFL"),
    14: (Named("intensity", "1"), "Power", "POW"),
    15: (Named("log_inverse_reflectance", "1"), "Log reflectance", "LRF"),
    16: (Named("intensity", "1"), "ATR", "ATR"),
    17: (Named("intensity", "1"), "Photoacoustic", "PAS"),
    18: (Named("transmittance", ""), "Transmittance", "TR"),
    19: (Named("absorbance", "1"), "Absorbance", "AB"),
}
_INTERFEROGRAM, _RAMAN = 2, 10
#: order in which results come before what they were computed from
_LAST = {1: 1, 3: 2, 2: 3}
_TIME = re.compile(r"(\d{1,2}:\d\d:\d\d)(?:[.,]\d+)?(?:\s*\(?(?:GMT|UTC)([+-]\d{1,2})(?::?(\d\d))?)?")
_WORDS = {
    "INS": "instrument",
    "SRN": "serial_number",
    "CNM": "operator",
    "SNM": "sample",
    "SRC": "source",
    "DTC": "detector",
    "POL": "polarisation",
}


class _Kind(NamedTuple):
    """What a block is: the fields of its code."""

    part: int  # 1 real, 2 imaginary, 3 amplitude
    beam: int  # 1 sample, 2 reference, 3 ratio
    parameters: int  # 0 for numbers, 1 for what describes them, above for settings
    data: int
    channel: int
    derivative: int
    form: int  # 2 series, 4 compact, 5 report


class _Block(NamedTuple):
    """An entry of the directory."""

    kind: _Kind
    start: int
    size: int  # bytes


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(_MAGIC) else Match.NO


def _read(file: RawFile) -> Recording:
    blocks = _directory(file)
    settings: dict[str, Any] = {}
    header: dict[str, str] = {}
    for block in blocks:
        if block.kind.parameters > 1:
            found = _parameters(file, block)
            reference = block.kind.beam == 2
            header |= {f"reference {key}" if reference else key: str(value) for key, value in found.items()}
            settings |= {} if reference else {key: value for key, value in found.items() if key not in settings}
    curves, kinds, notes = [], [], []
    data = [
        block
        for block in blocks
        if block.kind.parameters == 0 and block.kind.data not in (0, 13) and block.kind.form != 5
    ]
    data.sort(key=lambda block: (_LAST.get(block.kind.data, 0), block.kind.beam, block.kind.channel))
    for block in data:
        if block.kind.data not in _DATA:
            notes.append(f"a block of the kind {block.kind.data}, which is not known, is not returned")
            continue
        described = [one for one in blocks if one.kind == block.kind._replace(parameters=1)]
        if not described:
            raise file.refusal("numbers without a block that describes them", byte=block.start)
        status = _parameters(file, described[0])
        curve, note = _curve(file, block, status)
        curves.append(Curve(curve.axes, curve.signals, curve.label, _own_settings(status)))
        kinds.append(_recording_kind(block.kind.data, curve))
        notes += [note] if note and note not in notes else []
    if not curves:
        raise file.refusal("there is no block of numbers", byte=24)
    metadata = _settings(settings)
    metadata["instrument"] = f"Bruker {str(metadata.get('instrument', '')).removeprefix('Bruker').strip()}".strip()
    if dates := [curve.metadata["date"] for curve in curves if "date" in curve.metadata]:
        metadata["date"] = dates[0]
    return Recording(kinds[0], tuple(curves), metadata, header, notes=tuple(notes))


# --------------------------------------------------------------------------------------------------------------- blocks


def _directory(file: RawFile) -> list[_Block]:
    """Return the blocks of the file.

    Raises:
        DataError: a block lies behind its end.
    """
    start, _, count = file.unpack("<iii", 12, "the head")
    if not 0 < count <= _MOST_BLOCKS:
        raise file.refusal(f"{count} blocks are stated; 1 to {_MOST_BLOCKS} can be", byte=20)
    found = []
    for place in range(count):
        code, words, at = file.unpack("<Iii", start + 12 * place, "the directory")
        if at <= 0:
            break
        bits = ((0, 3), (2, 3), (4, 63), (10, 31), (15, 3), (17, 3), (19, 7))
        kind = _Kind(*((code >> shift) & mask for shift, mask in bits))
        # the last block may lack up to three bytes that would fill its last word
        if words < 0 or at + 4 * words > len(file.data) + (3 if kind.parameters or not kind.data else 0):
            what = f"a block of {4 * words} bytes at byte {at} was expected"
            raise file.refusal(f"{what}, but the file has {len(file.data)}", byte=start + 12 * place)
        found.append(_Block(kind, at, 4 * words))
    return found


def _parameters(file: RawFile, block: _Block) -> dict[str, Any]:
    """Return the parameters of a block by their three letters."""
    found: dict[str, Any] = {}
    at, end = block.start, block.start + block.size
    while at + 8 <= end:
        key = file.data[at : at + 3].decode("latin-1")
        if key == "END":
            break
        form, words = file.unpack("<Hh", at + 4, "a parameter")
        if words < 0 or at + 8 + 2 * words > end or not re.fullmatch(r"[A-Z0-9]{3}", key):
            raise file.refusal(f"a parameter was expected, not {key!r} with {words} words", byte=at)
        if form == 0 and words >= 2:
            (found[key],) = file.unpack("<i", at + 8)
        elif form == 1 and words >= 4:
            (found[key],) = file.unpack("<d", at + 8)
        elif form >= 2:
            raw = file.data[at + 8 : at + 8 + 2 * words].split(b"\0")[0]
            found[key] = raw.decode("cp1252", errors="replace").strip()
        at += 8 + 2 * words
    return found


def _curve(file: RawFile, block: _Block, status: Mapping[str, Any]) -> tuple[Curve, str]:
    """Return the curve of a block of numbers, and how it was read."""
    points, first, last = status.get("NPT", 0), status.get("FXV"), status.get("LXV")
    if not isinstance(points, int) or not 0 < points <= _MOST_POINTS or first is None or last is None:
        raise file.refusal(f"{points} points from {first} to {last} are stated", byte=block.start)
    if status.get("DPF", 1) not in (1, 2):
        raise file.refusal(
            f"numbers of the form {status['DPF']} are not known (1 floats, 2 integers)", byte=block.start
        )
    if status.get("DXU", "WN") not in _AXES:
        known = ", ".join(_AXES)
        raise file.refusal(f"the axis is in {status['DXU']!r}; one of {known} is known", byte=block.start)
    dtype = "<f4" if status.get("DPF", 1) == 1 else "<i4"
    quantity, unit = _AXES[status.get("DXU", "WN")]
    quantity = "raman_shift" if block.kind.data == _RAMAN and quantity == "wavenumber" else quantity
    x = Values(quantity, np.linspace(float(first), float(last), points), unit)
    named, words, short = _DATA[block.kind.data]
    if block.kind.derivative:
        named, words = Named("intensity", "1"), f"derivative {block.kind.derivative} of {words}"
    label = (
        short
        + {1: "Sm", 2: "Rf"}.get(block.kind.beam, "")
        + (f" {block.kind.channel + 1}" if block.kind.channel else "")
    )
    label += {1: " real", 2: " imaginary"}.get(block.kind.part, "")
    if block.kind.form == _SERIES:
        times, values = _series(file, block, points, dtype)
        named, note = settled(named, values, words)
        signal = Values(named.quantity, values, named.unit, heading=words)
        return Curve((Values("time", times, "s"), x), (signal,), label), note
    needed = 4 * points
    if block.size < needed:
        what = f"{points} points are stated, and the block has {block.size} bytes"
        raise file.refusal(what, byte=block.start)
    at = block.start + (block.size - needed if block.kind.form == _COMPACT else 0)
    values = file.array(dtype, points, at, "the numbers") * float(status.get("CSF", 1.0))
    _check_range(file, block, status, values)
    named, note = settled(named, values, words)
    return Curve((x,), (Values(named.quantity, values, named.unit, heading=words),), label), note


def _check_range(file: RawFile, block: _Block, status: Mapping[str, Any], values: NDArray[Any]) -> None:
    """Refuse numbers that reach beyond the smallest and the largest that the file states."""
    low, high = status.get("MNY"), status.get("MXY")
    if low is None or high is None or not high > low or not np.isfinite(values).all():
        return
    slack = 0.01 * (high - low)
    smallest, largest = float(values.min()), float(values.max())
    if smallest < low - slack or largest > high + slack:
        what = f"numbers from {smallest:g} to {largest:g}, where {low:g} to {high:g} are stated"
        raise file.refusal(what, byte=block.start)


def _series(file: RawFile, block: _Block, points: int, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return when each spectrum of a series ended, and the spectra, shape (time, point)."""
    _, count, offset, size, after, _ = file.unpack(_SERIES_HEAD, block.start, "the head of a series")
    known = struct.calcsize(_AFTER_SPECTRUM)
    if count < 1 or size < 4 * points or after < known or offset < 24 or offset + count * (size + after) > block.size:
        what = f"{count} spectra of {size} and {after} bytes are stated in a block of {block.size}"
        raise file.refusal(what, byte=block.start)
    starts = [block.start + offset + place * (size + after) for place in range(count)]
    values = np.stack([file.array(dtype, points, at, "a spectrum of the series") for at in starts])
    times = np.array([file.unpack(_AFTER_SPECTRUM, at + size)[-1] for at in starts])
    return times, values


# ------------------------------------------------------------------------------------------------------------- settings


def _recording_kind(data: int, curve: Curve) -> str:
    if data == _INTERFEROGRAM:
        return "interferogram"
    return kind_of(curve.axes[-1].quantity, curve.signals[0].quantity)


def _settings(found: Mapping[str, Any]) -> dict[str, str | float]:
    """Return the settings of the measurement in the words of the metadata."""
    kept: dict[str, str | float] = {word: text for key, word in _WORDS.items() if (text := str(found.get(key, "")))}
    if isinstance(found.get("RES"), float) and 0.0 < found["RES"] < 1e3:
        kept["resolution"] = setting("resolution", found["RES"], "1/cm")
    if isinstance(found.get("NSS"), int) and found["NSS"] > 0:
        kept["scans"] = float(found["NSS"])
    if isinstance(found.get("DUR"), float) and 0.0 < found["DUR"] < 1e7:
        kept["acquisition_time"] = found["DUR"]
    if isinstance(found.get("RLW"), float) and found["RLW"] > 0.0:
        kept["excitation_wavelength"] = 0.01 / found["RLW"]
    return kept


def _own_settings(status: Mapping[str, Any]) -> dict[str, str | float]:
    """Return the date of a block as ISO 8601, with its zone where it is stated."""
    time = re.match(
        r"(\d{1,2}:\d\d:\d\d)(?:[.,]\d+)?(?:\s*\(?(?:GMT|UTC)([+-]\d{1,2})(?::?(\d\d))?)?", str(status.get("TIM", ""))
    )
    text = f"{status.get('DAT', '')} {time[1] if time else '00:00:00'}"
    date = iso_date(text, "%d/%m/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S")
    if not date:
        return {}
    zone = f"{int(time[2]):+03d}:{time[3] or '00'}" if time and time[2] else ""
    return {"date": date[:10] if time is None else date + zone}


READER = Reader("bruker_opus", "Bruker OPUS", _sniff, _read)
