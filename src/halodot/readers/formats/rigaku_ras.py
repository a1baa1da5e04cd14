"""Rigaku, SmartLab Guidance and PDXL: RAS, a text of one or several scans.

``*RAS_DATA_START``; for each scan ``*RAS_HEADER_START``, words (``*MEAS_SCAN_AXIS_X "TwoThetaTheta"``),
``*RAS_HEADER_END``, ``*RAS_INT_START``, rows of position, intensity and the factor of the attenuator,
``*RAS_INT_END``; at last ``*RAS_DATA_END``. The intensity was not multiplied by the factor.
"""

from __future__ import annotations

import math
import re

from halodot.readers.formats._diffraction import of_one_kind
from halodot.readers.formats._rigaku import metadata, rows_of, scan
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording

#: of computers in Japan and China, whose few Greek letters are taken for others where the file has nothing else
_EASTERN = ("shift_jis", "gb18030")
_WORD = re.compile(r"\*(\S+)\s*(.*)")


def _sniff(file: RawFile) -> Match:
    start = file.head.lstrip(b"\xef\xbb\xbf\xff\xfe\r\n \t").replace(b"\0", b"")
    return Match.SIGNATURE if start.startswith((b"*RAS_DATA_START", b"*RAS_HEADER_START")) else Match.NO


def _read(file: RawFile) -> Recording:
    if not file.encoding:
        raise file.refusal("a text was expected; the file holds bytes that no text has")
    found = _scans(file)
    curves: list[Curve] = []
    notes: list[str] = []
    warnings: list[str] = []
    for place, (words, lines) in enumerate(found, 1):
        label = f"scan {place}" if len(found) > 1 else ""
        rows, left_out = rows_of(file, lines, label or "the scan")
        if left_out:
            warnings.append(f"{len(left_out)} rows from line {left_out[0]} on are commented out and were left out")
        if not len(rows):
            notes.append(f"scan {place} has no points")
            continue
        curves.append(scan(file, words, rows, label, len(left_out)))
    words = found[0][0] if found else {}
    header = {key: text for key, text in words.items() if text}
    shared = metadata(words)
    return Recording("x_ray_diffraction", of_one_kind(curves), shared, header, tuple(warnings), tuple(notes))


def _lines(file: RawFile) -> list[str]:
    """Return the lines in the encoding of the computer that wrote them: the one in which a scan has Greek letters."""
    if not file.encoding.startswith("utf"):
        for encoding in _EASTERN:
            try:
                found = file.data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if re.search("[θωχφψ]", found):
                return re.split(r"\r\n|\r|\n", found)
    return list(file.lines)


def _scans(file: RawFile) -> list[tuple[dict[str, str], list[tuple[int, str]]]]:
    """Return the words and the rows of each scan; rows have the numbers of their lines."""
    found: list[tuple[dict[str, str], list[tuple[int, str]]]] = []
    words: dict[str, str] = {}
    rows: list[tuple[int, str]] | None = None
    ended = other = False
    for line, text in enumerate(_lines(file), 1):
        stripped = text.strip()
        if not stripped:
            continue
        if rows is not None and not stripped.startswith("*"):
            rows.append((line, stripped))
            continue
        match = _WORD.match(stripped)
        if match is None and other:
            continue
        if match is None:
            raise file.refusal(f"a word that starts with * was expected, not {stripped[:40]!r}", line=line)
        key, value = match[1], match[2].strip().strip('"').strip()
        ended = key == "RAS_DATA_END"
        if key == "RAS_HEADER_START":
            words = {}
        elif key == "RAS_INT_START":
            rows = []
            found.append((words, rows))
        elif key == "RAS_INT_END":
            rows = None
        elif key.startswith("RAS_") and key.endswith(("_START", "_END")):
            other = key.endswith("_START") and key != "RAS_DATA_START"  # RAS_TEMPERATURE_START: not read
        elif not key.startswith("RAS_"):
            words[key] = value
    if not found:
        raise file.refusal("*RAS_INT_START was expected before the numbers", line=len(file.lines))
    stated = number(found[-1][0].get("MEAS_DATA_COUNT", ""))
    if rows is not None and not ended and not (math.isfinite(stated) and stated == len(rows)):
        raise file.refusal("*RAS_INT_END was expected behind the numbers; the file is cut off", line=len(file.lines))
    return found


READER = Reader("rigaku_ras", "Rigaku SmartLab and PDXL, RAS text", _sniff, _read)
