"""Bruker and Siemens, DIFFRACplus: RAW1.01, the binary file that its programs call version 3.

Little endian. A header of 712 bytes (ranges at 12, date and time at 16, user, site, sample, tube at 608) is followed by
the ranges: a header (points at 4, starts of theta, two theta, chi, phi, x, y, z from 8 on, step at 176, seconds for
a step at 192, kind of scan at 196, tube at 224, wavelength at 240, size of a record at 252, of supplements at 256), the
supplements, and a record for each point whose first number (float32) is the intensity. A bit at 248 says which measured
positions (float64) follow it, two theta first. Layout from DIFFRACplus XCH, user's manual, release 2002, appendix A.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._diffraction import (
    Drive,
    check_counts,
    drive,
    dropouts,
    intensities,
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

_HEADER = 712
#: a range header and its supplements are never longer
_LONGEST_HEADER = 1 << 20
_MOST_RANGES = 100_000


class _Scan(NamedTuple):
    """A kind of scan: its name, and where its start stands in the range header."""

    name: str
    drive: str
    start: int


#: by the code of the range header; 12 and 13 (psi, hkl) and the auxiliary drives 9 to 11 state no axis
_SCANS = {
    0: _Scan("locked coupled", "2theta", 16),
    1: _Scan("unlocked coupled", "2theta", 16),
    2: _Scan("detector scan", "2theta", 16),
    3: _Scan("rocking curve", "omega", 8),
    4: _Scan("chi scan", "chi", 24),
    5: _Scan("phi scan", "phi", 32),
    6: _Scan("x scan", "x", 40),
    7: _Scan("y scan", "y", 48),
    8: _Scan("z scan", "z", 56),
    20: _Scan("unlocked coupled", "2theta", 16),
    129: _Scan("PSD fixed scan", "2theta", 16),
    130: _Scan("PSD fast scan", "2theta", 16),
}
_STATUS = {2: "the measurement was still running", 3: "the measurement was aborted", 4: "it was interrupted"}


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith((b"RAW1.01", b"RAW1.02")) else Match.NO


def _read(file: RawFile) -> Recording:
    status, count = file.unpack("<2I", 8, "the number of ranges")
    file.unpack("<B", _HEADER - 1, "the header of the file")
    if not 0 < count <= _MOST_RANGES:
        raise file.refusal(f"{count} ranges are stated; 1 to {_MOST_RANGES} were expected", byte=12)
    curves, notes = [], [f"status of the file: {_STATUS[status]}"] if status in _STATUS else []
    place = _HEADER
    for number in range(1, count + 1):
        curve, place = _range(file, place, number, count)
        if curve is None:
            notes.append(f"range {number} has no points")
        else:
            curves.append(curve)
    if any(file.data[place:]):
        what = f"{len(file.data) - place} bytes follow the {count} ranges that the header states; none were expected"
        raise file.refusal(what, byte=place)
    warnings = [told for curve in curves for told in dropouts(curve.signals[0].values, curve.label or "the scan")]
    return Recording(
        "x_ray_diffraction", of_one_kind(curves), _metadata(file), _header(file), tuple(warnings), tuple(notes)
    )


def _range(file: RawFile, place: int, number: int, count: int) -> tuple[Curve | None, int]:
    """Return a range and where the next begins."""
    size, points = file.unpack("<2I", place, f"the header of range {number} of {count}")
    bits, record, supplements = file.unpack("<3I", place + 248, f"the header of range {number} of {count}")
    if not 260 <= size < _LONGEST_HEADER or supplements >= _LONGEST_HEADER:
        raise file.refusal(f"range {number} has a header of {size} + {supplements} bytes; 304 are usual", byte=place)
    if record != 4 + 8 * bin(bits).count("1"):
        what = f"range {number} has records of {record} bytes; {4 + 8 * bin(bits).count('1')} were expected"
        raise file.refusal(what, byte=place + 252)
    first = place + size + supplements
    what = f"{points} points of range {number} of {count}"
    records = file.array("u1", points * record, first, what).reshape(points, record)
    if not points:
        return None, first
    values = np.ascontiguousarray(records[:, :4]).view("<f4")[:, 0]
    check_counts(file, values, first, record)
    scan, axis = _axis(file, place, number, points)
    if bits & 1:
        axis = np.ascontiguousarray(records[:, 4:12]).view("<f8")[:, 0]
    (seconds,) = file.unpack("<f", place + 192)
    voltage, current = file.unpack("<2I", place + 224)
    (wavelength,) = file.unpack("<d", place + 240)
    own = settings(
        integration_time=(shortest(seconds), "s"),
        tube_voltage=(voltage, "kV"),
        tube_current=(current, "mA"),
        x_ray_wavelength=(wavelength if wavelength < 50.0 else math.nan, "angstrom"),
    )
    label = f"range {number}" if count > 1 else ""
    moved = _drive(scan)
    x = Values(moved.quantity, axis, moved.unit, moved.name)
    return Curve((x,), (intensities(values),), label, own | {"technique": scan.name}), first + points * record


def _drive(scan: _Scan) -> Drive:
    found = drive(scan.drive)
    assert found is not None
    return found


def _axis(file: RawFile, place: int, number: int, points: int) -> tuple[_Scan, NDArray[np.float64]]:
    """Return what is scanned and its positions."""
    (code,) = file.unpack("<I", place + 196)
    if code not in _SCANS:
        raise file.refusal(
            f"range {number} is a scan of the unknown kind {code}; its axis is not stated", byte=place + 196
        )
    scan = _SCANS[code]
    (start,) = file.unpack("<d", place + scan.start)
    (step,) = file.unpack("<d", place + 176)
    if not (math.isfinite(start) and math.isfinite(step)) or (step == 0.0 and points > 1):
        raise file.refusal(f"range {number} starts at {start:g} in steps of {step:g}", byte=place + 176)
    return scan, steps(start, step, points)


# ------------------------------------------------------------------------------------------------------------- settings

_TEXTS = {"user": (36, 72), "site": (108, 218), "sample": (326, 60), "comment": (386, 160)}


def _metadata(file: RawFile) -> dict[str, str | float]:
    alpha1, alpha2, _, ratio = file.unpack("<4d", 624, "the wavelengths")
    when = f"{file.field(16, 10)} {file.field(26, 10)}"
    found = texts(
        instrument="Bruker diffractometer (DIFFRACplus)",
        operator=file.field(*_TEXTS["user"]),
        sample=file.field(*_TEXTS["sample"]).strip("_"),
        comment=file.field(*_TEXTS["comment"]).strip("_"),
        date=iso_date(when, "%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
    )
    return found | tube(file.field(608, 4), (alpha1, alpha2, ratio), math.nan, math.nan)


def _header(file: RawFile) -> dict[str, str]:
    radius, divergence, sample = file.unpack("<3f", 564)
    antiscatter, detector = file.unpack("<2f", 584)
    average, _, _, beta = file.unpack("<4d", 616)
    numbers = {
        "goniometer radius [mm]": radius,
        "divergence slit": divergence,
        "sample slit": sample,
        "antiscatter slit": antiscatter,
        "detector slit": detector,
        "K-alpha average": average,
        "K-beta": beta,
    }
    found = {key: f"{value:.6g}" for key, value in numbers.items() if math.isfinite(value)}
    return found | {key: text for key, place in _TEXTS.items() if (text := file.field(*place))}


READER = Reader("bruker_raw1", "Bruker DIFFRACplus, RAW1.01 (version 3)", _sniff, _read)
