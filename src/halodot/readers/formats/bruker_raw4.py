"""Bruker, DIFFRAC.SUITE: RAW4.00, the binary file that its programs call version 4.

Little endian. A header of 61 bytes (date at 12, time at 24) is followed by segments, each a kind, its length and its
content: kind 10 a word (24 bytes at 12) and its text (from 36), kind 30 the tube (wavelengths at 72, anode at 116).
Kinds 0 and 160 start a range: 160 bytes (kind of scan as text at 32, start and step at 72, points at 88, seconds for a
step at 92, tube at 100, wavelength at 112, size of a record at 136, of the range's own segments at 140), segments (kind
50 a drive: name at 12, position at 56), and a record for each point whose first number (float32) is the intensity.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from halodot.readers.formats._diffraction import (
    Drive,
    check_counts,
    drive,
    dropouts,
    intensities,
    measured,
    of_one_kind,
    settings,
    shortest,
    steps,
    texts,
    tube,
)
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date

_HEADER = 61
_RANGE = 160
_RANGE_MARKS = (0, 160)
_WORD, _TUBE, _DRIVE = 10, 30, 50
_LONGEST_RECORD = 4096


class _Segment(NamedTuple):
    """A piece of the file that says its kind and its length."""

    kind: int
    place: int
    length: int


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(b"RAW4.00") else Match.NO


def _read(file: RawFile) -> Recording:
    curves: list[Curve] = []
    notes: list[str] = []
    segments: list[_Segment] = []
    place = _HEADER
    while place < len(file.data):
        (kind,) = file.unpack("<I", place, "a range or a segment")
        if kind not in _RANGE_MARKS:
            segments.append(_segment(file, place, len(file.data)))
            place += segments[-1].length
            continue
        curve, place, told = _range(file, place, len(curves) + 1)
        notes += told
        if curve is not None:
            curves.append(curve)
    metadata, header = _settings(file, segments)
    ranges = min(file.unpack("<2I", 40, "the number of ranges"))  # planned and measured
    if not curves or (1 < ranges < 100_000 and len(curves) < ranges):
        raise file.refusal(f"{ranges} ranges are stated, the file has {len(curves)}", byte=len(file.data))
    if len(curves) > 1:
        curves = [replace(curve, label=f"range {number}") for number, curve in enumerate(curves, 1)]
    warnings = [told for curve in curves for told in dropouts(curve.signals[0].values, curve.label or "the scan")]
    return Recording(
        "x_ray_diffraction", of_one_kind(curves), metadata, header, tuple(warnings), tuple(dict.fromkeys(notes))
    )


def _segment(file: RawFile, place: int, end: int) -> _Segment:
    kind, length = file.unpack("<2I", place, "a segment")
    if length < 8 or place + length > end:
        what = f"a segment of kind {kind} states {length} bytes; 8 to {max(end - place, 8)} can be"
        raise file.refusal(what, byte=place)
    return _Segment(kind, place, length)


def _segments(file: RawFile, place: int, end: int) -> Iterator[_Segment]:
    """Yield the segments that fill a stretch of the file exactly."""
    while place < end:
        found = _segment(file, place, end)
        yield found
        place += found.length


def _settings(file: RawFile, segments: list[_Segment]) -> tuple[dict[str, str | float], dict[str, str]]:
    """Return what the segments of the file say."""
    words: dict[str, str] = {}
    radiation: dict[str, str | float] = {}
    for kind, place, length in segments:
        if kind == _WORD and length >= 36:
            words[file.field(place + 12, 24)] = file.field(place + 36, length - 36)
        elif kind == _TUBE and length >= 120:
            alpha1, alpha2, _, ratio = file.unpack("<4d", place + 80)
            radiation = tube(file.field(place + 116, 4), (alpha1, alpha2, ratio), math.nan, math.nan)
    date = iso_date(f"{file.field(12, 12)} {file.field(24, 10)}", "%m/%d/%Y %H:%M:%S", "%m/%d/%y %H:%M:%S")
    program = f"{words.get('CREATOR', '')} {words.get('CREATOR_VERSION', '')}"
    found = texts(
        instrument="Bruker diffractometer (DIFFRAC.SUITE)",
        operator=words.get("USER", ""),
        sample=words.get("SAMPLEID", ""),
        comment=words.get("COMMENT", ""),
        software=program,
        date=date,
    )
    return found | radiation, {key: text for key, text in words.items() if text}


def _range(file: RawFile, place: int, number: int) -> tuple[Curve | None, int, list[str]]:
    """Return a range, where it ends, and how it was read."""
    start, step, points, seconds = file.unpack("<2dIf", place + 72, f"the header of range {number}")
    voltage, current = file.unpack("<2f", place + 100)
    (wavelength,) = file.unpack("<d", place + 112)
    record, own_size = file.unpack("<2I", place + 136)
    file.unpack("<B", place + _RANGE - 1, f"the header of range {number}")
    if record < 4 or record % 4 or record > _LONGEST_RECORD:
        raise file.refusal(f"range {number} has records of {record} bytes; 4 are usual", byte=place + 136)
    first = place + _RANGE + own_size
    values = file.array("u1", points * record, first, f"{points} points of range {number}").reshape(points, record)
    if not (math.isfinite(start) and math.isfinite(step)) or (step == 0.0 and points > 1):
        raise file.refusal(f"range {number} starts at {start:g} in steps of {step:g}", byte=place + 72)
    kind = file.field(place + 32, 24)
    moved = _scanned(file, place, first, start, kind)
    if not points:
        return None, first, [f"range {number} has no points"]
    kept, absent = measured(np.ascontiguousarray(values[:, :4]).view("<f4")[:, 0])
    check_counts(file, kept, first, record)
    signal = intensities(kept)
    axis = Values(moved.quantity, steps(start, step, len(kept)), moved.unit, moved.name)
    own = texts(technique=kind) | settings(
        integration_time=(shortest(seconds), "s"),
        tube_voltage=(voltage, "kV"),
        tube_current=(current, "mA"),
        x_ray_wavelength=(wavelength if wavelength < 50.0 else math.nan, "angstrom"),
    )
    notes = [f"{absent} points of range {number} were not measured"] if absent else []
    notes += [f"each point has {record} bytes; the first 4 are its intensity"] if record > 4 else []
    curve = Curve((axis,), (signal,), "", own) if len(kept) else None
    return curve, first + points * record, notes


def _scanned(file: RawFile, place: int, first: int, start: float, kind: str) -> Drive:
    """Return what a range scans: the drive that stands at its start, which the kind of scan must not contradict."""
    at_start = []
    for segment in _segments(file, place + _RANGE, first):
        if segment.kind == _DRIVE and segment.length >= 64:
            (flag,) = file.unpack("<I", segment.place + 8)
            (position,) = file.unpack("<d", segment.place + 56)
            if flag and math.isclose(position, start, rel_tol=1e-6, abs_tol=1e-6):
                at_start.append(file.field(segment.place + 12, 24))
    named = drive(kind)
    moved = [found for name in at_start if (found := drive(name)) is not None]
    if named is not None and (not moved or named in moved):
        return named
    if len(moved) == 1:
        return moved[0]
    what = f"a scan of the kind {kind!r} was made, and it is not stated which drive moved"
    raise file.refusal(what, byte=place + 32)


READER = Reader("bruker_raw4", "Bruker DIFFRAC.SUITE, RAW4.00 (version 4)", _sniff, _read)
