"""Surface data files of ISO 25178-71 (SDF, BCR), as text and binary: a map of heights.

A first line with the version, lines ``key = value``, an asterisk, the numbers, an asterisk, further text. Heights are
the numbers times ``Zscale``, places the counts times ``Xscale`` and ``Yscale``, all in metres. Points without a height
are written ``BAD``, or as the smallest number of their type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._images import axis, channel, checked_size
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording
from halodot.readers.settings import iso_date

_FIRST = re.compile(rb"\s*([ab])(BCR|ISO)-(\d\.\d)\s")


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if _FIRST.match(file.head) else Match.NO


def _read(file: RawFile) -> Recording:
    match = _FIRST.match(file.head)
    if match is None or match[1] != b"a":
        raise file.refusal("this is a binary surface data file, which is not read; save it as text (aISO-1.0)")
    lines = file.lines
    stars = [place for place, line in enumerate(lines, 1) if line.strip() == "*"]
    if len(stars) < 2:
        raise file.refusal(
            "asterisks before and behind the numbers were expected; the file is cut off", line=len(lines)
        )
    header = {}
    for line in lines[1 : stars[0] - 1]:
        key, mark, value = line.partition("=")
        if mark:
            header[key.strip()] = value.strip()
    columns, rows = _whole(file, header, "NumPoints"), _whole(file, header, "NumProfiles")
    count = checked_size(file, rows, columns)
    x, y, z = (_scale(file, header, f"{name}scale") for name in "XYZ")
    if header.get("Compression", "0") != "0":
        raise file.refusal(f"the numbers are compressed ({header['Compression']}), which is not read")
    values = _numbers(file, stars[0], stars[1], count).reshape(rows, columns)
    axes = (axis("y", rows, y, "m"), axis("x", columns, x, "m"))
    signal, _ = channel("height", values * z, "m")
    found: dict[str, str | float] = {"pixel_size": x}
    if header.get("ManufacID"):
        found["instrument"] = header["ManufacID"]
    if date := iso_date(header.get("CreateDate", ""), "%d%m%Y%H%M"):
        found["date"] = date
    note = "row 0 is the first profile of the file, which does not say whether it is the top of the picture"
    return Recording("topography", (Curve(axes, (signal,)),), found, header, notes=(note,))


def _whole(file: RawFile, header: Mapping[str, str], key: str) -> int:
    if not re.fullmatch(r"\d{1,9}", header.get(key, "")):
        raise file.refusal(f"{key} is {header.get(key, '')!r}; a whole number was expected")
    return int(header[key])


def _scale(file: RawFile, header: Mapping[str, str], key: str) -> float:
    found = number(header.get(key, ""))
    if not 0.0 < found < 1e3:
        raise file.refusal(f"{key} is {header.get(key, '')!r}; a length in metres was expected")
    return found


def _numbers(file: RawFile, first: int, last: int, count: int) -> NDArray[np.float64]:
    """Return the numbers between two lines, not numbers where a point is bad."""
    words = " ".join(file.lines[first : last - 1]).split()
    if len(words) != count:
        raise file.refusal(f"{count} numbers were expected, not {len(words)}", line=first)
    bad = {"BAD", "NaN", "nan", "-2147483648", "-32768"}
    values = np.array([np.nan if word in bad else number(word) for word in words])
    wrong = [word for word, value in zip(words, values) if np.isnan(value) and word not in bad]
    if wrong:
        raise file.refusal(f"{wrong[0]!r} is no number", line=first)
    return values


READER = Reader("surface_sdf", "surface data files of ISO 25178-71 (SDF)", _sniff, _read)
