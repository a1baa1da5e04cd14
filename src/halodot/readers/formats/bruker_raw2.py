"""Siemens and Bruker, DIFFRAC AT: ``RAW`` and ``RAW2``, the binary files that their programs call versions 1 and 2.

Little endian. RAW2: ranges at 4, date (20 bytes) at 168, anode at 188, wavelengths at 190, the first range at 256; a
range has the size of its header and its points (16 bits each), seconds for a step at 8, step at 12, start of two theta
at 16, temperature at 46, and behind the header an intensity (float32) for each point. RAW: ``RAW`` and a blank (early
programs leave it out before all but the first range), points, seconds for a step at 8, step at 12, start at 24, sample
(32 bytes) at 40, wavelengths at 72, whether a range follows at 152, intensities from 156. From DIFFRAC AT, appendix B.
"""

from __future__ import annotations

import math

from halodot.readers.formats._diffraction import (
    check_counts,
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

_FIRST_RANGE = 256
_DATES = ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d-%b-%y %H:%M", "%d-%b-%y %H:%M:%S", "%m/%d/%y %H:%M:%S")
_MOST_RANGES = 10_000


def _sniff(file: RawFile) -> Match:
    if file.encoding or not file.data.startswith((b"RAW2", b"RAW ")):
        return Match.NO
    return Match.SIGNATURE


def _read(file: RawFile) -> Recording:
    return _read_2(file) if file.data.startswith(b"RAW2") else _read_1(file)


def _read_2(file: RawFile) -> Recording:
    (count,) = file.unpack("<H", 4, "the number of ranges")
    file.unpack("<B", _FIRST_RANGE - 1, "the header of the file")
    if not 0 < count <= _MOST_RANGES:
        raise file.refusal(f"{count} ranges are stated; at least one was expected", byte=4)
    curves: list[Curve] = []
    place = _FIRST_RANGE
    for number in range(1, count + 1):
        size, points = file.unpack("<2H", place, f"range {number} of {count}")
        seconds, step, start = file.unpack("<3f", place + 8, f"range {number} of {count}")
        (temperature,) = file.unpack("<H", place + 46)
        if size < 48:
            raise file.refusal(f"range {number} has a header of {size} bytes; at least 48 were expected", byte=place)
        own = settings(temperature=(float(temperature), "K"), integration_time=(shortest(seconds), "s"))
        curves.append(_curve(file, place + size, points, (start, step), number, own))
        place += size + 4 * points
    _check_rest(file, place, count)
    alpha1, alpha2, ratio = file.unpack("<3f", 190)
    metadata = texts(instrument="Siemens diffractometer (DIFFRAC AT)", date=iso_date(file.field(168, 20), *_DATES))
    metadata |= tube(file.field(188, 2), (shortest(alpha1), shortest(alpha2), shortest(ratio)), math.nan, math.nan)
    return Recording("x_ray_diffraction", of_one_kind(_labelled(curves)), metadata, {"date": file.field(168, 20)})


def _read_1(file: RawFile) -> Recording:
    curves: list[Curve] = []
    place, more = 0, 1
    while more:
        begins = file.data.startswith(b"RAW ", place)
        place -= 0 if begins else 4  # the mark of a further range is left out
        points, seconds, step = file.unpack("<I2f", place + 4, f"range {len(curves) + 1}")
        (start,) = file.unpack("<f", place + 24)
        (more,) = file.unpack("<I", place + 152, f"range {len(curves) + 1}")
        own = settings(integration_time=(shortest(seconds), "s"))
        curves.append(_curve(file, place + 156, points, (start, step), len(curves) + 1, own))
        if len(curves) > _MOST_RANGES:
            raise file.refusal(f"more than {_MOST_RANGES} ranges follow each other", byte=place)
        place += 156 + 4 * points
    _check_rest(file, place, len(curves))
    alpha1, alpha2 = file.unpack("<2f", 72)
    metadata = texts(instrument="Siemens diffractometer (DIFFRAC AT)", sample=file.field(40, 32))
    metadata |= tube("", (shortest(alpha1), shortest(alpha2), math.nan), math.nan, math.nan)
    return Recording("x_ray_diffraction", of_one_kind(_labelled(curves)), metadata)


def _curve(
    file: RawFile, first: int, points: int, scan: tuple[float, float], number: int, own: dict[str, str | float]
) -> Curve:
    """Return one range from its first intensity, its start and its step [degree]."""
    values = file.array("<f4", points, first, f"{points} points of range {number}")
    check_counts(file, values, first)
    start, step = map(shortest, scan)
    if not (math.isfinite(start) and 0.0 < step < 10.0):
        raise file.refusal(f"range {number} starts at {start:g} in steps of {step:g} degrees", byte=first)
    x = Values("two_theta", steps(start, step, points), "degree")
    return Curve((x,), (intensities(values),), f"range {number}", own)


def _labelled(curves: list[Curve]) -> list[Curve]:
    return curves if len(curves) > 1 else [Curve(one.axes, one.signals, "", one.metadata) for one in curves]


def _check_rest(file: RawFile, place: int, count: int) -> None:
    """Refuse bytes that no range owns; zeros fill the last block of a disk."""
    if any(file.data[place:]):
        raise file.refusal(f"{len(file.data) - place} bytes follow the {count} ranges; none were expected", byte=place)


READER = Reader("bruker_raw2", "Siemens and Bruker DIFFRAC AT, RAW and RAW2 (versions 1 and 2)", _sniff, _read)
