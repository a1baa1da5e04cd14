"""FullProf, free format (DBWS): the start, the step and the end of two theta, then the intensities.

There is no word that names the format: a first line of three angles, and behind it exactly as many numbers as the
angles ask for.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.readers.formats._diffraction import intensities, numbers, steps, whole
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_LARGEST = 20_000_000
#: lines of title that may stand above the three angles
_TITLES = 4


def _angles(file: RawFile) -> tuple[int, float, float, int] | None:
    """Return the line of the angles, start, step and number of points."""
    for line, text in enumerate(file.lines[: _TITLES + 1], 1):
        cells = text.split()
        start, step, stop = (number(cell) for cell in cells[:3]) if len(cells) >= 3 else (math.nan,) * 3
        if 0.0005 <= step <= 1.0 and -20.0 <= start < stop <= 180.0 and all("." in cell for cell in cells[:2]):
            return line, start, step, round((stop - start) / step) + 1
        if line > 1 and not text.strip():
            return None
    return None


def _sniff(file: RawFile) -> Match:
    if not file.encoding or len(file.data) > _LARGEST:
        return Match.NO
    found = _angles(file)
    if found is None or found[3] < 20:
        return Match.NO
    rows = file.lines[found[0] :]
    first = (rows[0].split() if rows else []) or ["-"]
    plain = all(math.isfinite(number(cell)) for cell in first)
    count = sum(len(row.split()) for row in rows) if plain else 0
    return Match.LAYOUT if count == found[3] else Match.NO


def _read(file: RawFile) -> Recording:
    found = _angles(file)
    if found is None:
        raise file.refusal("start, step and end of two theta were expected", line=1)
    line, start, step, points = found
    values = numbers(file, "\n".join(file.lines[line:]), "intensities")
    if values.size != points or not np.all(np.isfinite(values)):
        raise file.refusal(f"{points} intensities were expected, not {values.size}", line=line)
    title = " ".join([*file.lines[: line - 1], *file.line(line).split()[3:]]).strip()
    curve = Curve((Values("two_theta", steps(start, step, points), "degree"),), (intensities(whole(values)),))
    metadata: dict[str, str | float] = {"title": title} if title else {}
    return Recording("x_ray_diffraction", (curve,), metadata)


READER = Reader("fullprof_dat", "FullProf, start, step, end and intensities", _sniff, _read)
