"""Mettler Toledo STARe as text: thermogravimetry and DSC, one or several curves.

Paragraphs ``Key:`` with indented values, then for each curve a line ``Index  t  Ts  Tr  Value``, a line of units in
brackets and the rows; below them the crucible and a line with the version. t is the time, Ts the temperature of the
sample, Tr that of the reference, which is the program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from halodot.errors import DataError
from halodot.readers.formats._thermal import Column, recording
from halodot.readers.numbers import block, number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording
from halodot.readers.settings import iso_date, setting

_HEADINGS = re.compile(r"\s*Index\s+\S+.*")
_UNITS = re.compile(r"\s*(\[[^\]]*\]\s*)+")
_NAMES = {"t": "Time", "Ts": "Sample temperature", "Tr": "Reference temperature", "Value": "Value"}
_MASS = re.compile(r"([\d.,]+)\s*(mg|g|ug)\b")
_DATE = re.compile(r"\d+[./-]\w+[./-]\d+ \d+:\d+(?::\d+)?(?: [AP]M)?")
_HEADER = 300


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if file.encoding and _starts(file, _HEADER) else Match.NO


def _starts(file: RawFile, limit: int) -> list[int]:
    """Return the lines of headings, counted from 1."""
    lines = file.lines[:limit]
    return [
        place
        for place, (line, units) in enumerate(pairwise(lines), 1)
        if "Index" in line and _HEADINGS.fullmatch(line) and _UNITS.fullmatch(units)
    ]


def _read(file: RawFile) -> Recording:
    starts = _starts(file, len(file.lines))
    header = _header(file.lines[: starts[0] - 1])
    recordings, ends = [], []
    for start in starts:
        columns, end = _curve(file, start)
        recordings.append(recording(file, columns, {}, {}))
        ends.append(end)
    below = file.lines[ends[-1] :]
    if any(line.startswith("____") for line in file.lines[: starts[0]]) and not any(
        line.startswith("____") for line in below
    ):
        raise file.refusal("the line below the curve is missing; the file is cut off", line=len(file.lines))
    if ends[-1] == len(file.lines):
        raise file.refusal("the last line has no end; it is cut off", line=ends[-1])
    header |= {key: value for key, value in _header(below).items() if key not in header}
    labels = [f"curve {place}" if len(starts) > 1 else "" for place in range(1, len(starts) + 1)]
    curves = tuple(Curve(one.curves[0].axes, one.curves[0].signals, label) for one, label in zip(recordings, labels))
    return Recording("thermogravimetry", curves, _metadata(file, header, below), header)


def _header(lines: Sequence[str]) -> dict[str, str]:
    """Return what stands indented below each line that ends in a colon."""
    found: dict[str, str] = {}
    key = ""
    for line in lines:
        if line.strip().startswith("____") or not line.strip():
            continue
        if line == line.lstrip() and line.rstrip().endswith(":"):
            key = line.strip().rstrip(":")
            found.setdefault(key, "")
        elif line != line.lstrip() and key:
            found[key] = f"{found[key]}\n{line.strip()}".strip()
        else:
            found.setdefault("Title", line.strip())
    return found


def _curve(file: RawFile, start: int) -> tuple[list[Column], int]:
    """Return the columns of a curve, and its last line."""
    names = file.lines[start - 1].split()[1:]
    units = re.findall(r"\[([^\]]*)\]", file.lines[start])
    if len(names) != len(units):
        raise file.refusal(f"{len(names)} headings stand above {len(units)} units", line=start + 1)
    rows = block(file, start + 2, delimiter=" ", columns=len(names) + 1)
    index = rows.values[:, 0]
    steps = np.diff(index)
    if len(steps) and not np.all(steps == steps[0]):
        line = rows.first_line + int(np.argmax(steps != steps[0])) + 1
        raise file.refusal("the index does not go on; a row is missing or doubled", line=line)
    last = rows.first_line + rows.lines - 1
    if last < len(file.lines) and file.lines[last].strip():
        raise file.refusal(f"a row of numbers was expected, not {file.lines[last].strip()[:40]!r}", line=last + 1)
    columns = [
        Column(_NAMES.get(name, name), unit, rows.values[:, k], f"{name} [{unit}]")
        for k, (name, unit) in enumerate(zip(names, units), 1)
    ]
    return columns, last


def _metadata(file: RawFile, header: Mapping[str, str], below: Sequence[str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "Mettler Toledo"}
    for key, word in (("User", "operator"), ("Remarks", "comment"), ("Title", "title")):
        if text := header.get(key, "").strip():
            found[word] = re.sub(r"\s{2,}", " ", text)
    sample = header.get("SampleID", header.get("Sample", ""))
    if sample:
        found["sample"] = sample.split(",")[0].strip()
    if mass := _MASS.search(sample):
        found["sample_mass"] = setting("sample_mass", _decimal(file, mass[1]), mass[2])
    crucible = next((value for key, value in header.items() if key.startswith("LastKeyW") and "Weight" in value), "")
    if (mass := _MASS.search(crucible)) and _decimal(file, mass[1]) > 0.0:
        found["crucible_mass"] = setting("crucible_mass", _decimal(file, mass[1]), mass[2])
    for text in (header.get("FileName", ""), file.lines[0]):
        written = _DATE.search(text)
        date = iso_date(written[0] if written else "", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S")
        if date:
            found["date"] = date
            break
    if software := next((line.strip() for line in below if "STARe" in line), ""):
        found["software"] = software
    return found


def _decimal(file: RawFile, text: str) -> float:
    found = number(text.replace(",", "."))
    if not found >= 0.0:
        raise _odd(file, text)
    return found


def _odd(file: RawFile, text: str) -> DataError:
    return file.refusal(f"a mass was expected, not {text!r}")


READER = Reader("mettler_stare", "Mettler Toledo STARe thermal analysis as text", _sniff, _read)
