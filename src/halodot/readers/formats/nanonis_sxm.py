"""Nanonis (SPECS) scans, .sxm: channels of a probe microscope.

Lines ``:KEY:`` with values below them up to ``:SCANIT_END:``, then big-endian numbers of four bytes, a block for each
channel and direction. A frame that was scanned up begins with the lowest row; backward lines begin at the right. Rows
that were not scanned are not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from halodot.readers.formats._images import ROWS_NOTE, as_doubles, axis, channel, checked_size, grouped
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording
from halodot.readers.settings import iso_date

_FIRST = b":NANONIS_VERSION:"
_END = b":SCANIT_END:"


class _Channel(NamedTuple):
    """A line of the table of channels."""

    name: str
    unit: str
    directions: tuple[str, ...]


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(_FIRST) else Match.NO


def _read(file: RawFile) -> Recording:
    end = file.data.find(_END, 0, 4_000_000)
    start = file.data.find(b"\x1a\x04", end) + 2 if end >= 0 else 1
    if end < 0 or start < 2:
        raise file.refusal("the header has no ':SCANIT_END:' with its mark; the file is cut off", byte=len(file.data))
    header = _header(file.data[:end].decode("utf-8", errors="replace"))
    kind = " ".join(header.get("SCANIT_TYPE", "").split())
    if kind != "FLOAT MSBFIRST":
        raise file.refusal(f"the numbers are of the type {kind!r}; 'FLOAT MSBFIRST' was expected")
    columns, rows = (int(value) for value in _pair(file, header, "SCAN_PIXELS"))
    width, height = _pair(file, header, "SCAN_RANGE")
    count = checked_size(file, rows, columns)
    axes = (axis("y", rows, height / rows, "m"), axis("x", columns, width / columns, "m"))
    upwards = header.get("SCAN_DIR", "").strip()
    if upwards not in ("up", "down"):
        raise file.refusal(f"the direction of the scan is {upwards!r}; up or down was expected")
    found, notes, missing = [], [ROWS_NOTE, f"the frame was scanned {upwards}wards"], 0
    for one in _channels(file, header):
        for direction in one.directions:
            values = as_doubles(file.array(">f4", count, start, f"{one.name}, {direction}")).reshape(rows, columns)
            start += 4 * count
            values = values[::-1] if upwards == "up" else values
            values = values[:, ::-1] if direction == "backward" else values
            missing = max(missing, int(np.isnan(values).any(axis=1).sum()))
            signal, note = channel(one.name, values, one.unit)
            notes += [note] if note else []
            found.append((axes, signal, direction))
    if start != len(file.data):
        raise file.refusal(f"{len(file.data) - start} bytes follow the last channel", byte=start)
    if missing:
        notes.append(f"{missing} of {rows} rows were not scanned")
    return Recording("topography", grouped(found), _settings(header), header, notes=tuple(dict.fromkeys(notes)))


def _header(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        match = re.fullmatch(r":([^:].*):\s*", line)
        if match:
            key = match[1]
            found[key] = ""
        elif key:
            found[key] = f"{found[key]}\n{line}".strip("\n ")
    return found


def _pair(file: RawFile, header: Mapping[str, str], key: str) -> tuple[float, float]:
    parts = [number(part) for part in header.get(key, "").split()]
    if len(parts) != 2 or not all(0.0 < part < 1e6 for part in parts):
        raise file.refusal(f"{key} is {header.get(key, '')!r}; two positive numbers were expected")
    return parts[0], parts[1]


def _channels(file: RawFile, header: Mapping[str, str]) -> list[_Channel]:
    lines = [line.split("\t") for line in header.get("DATA_INFO", "").splitlines() if line.strip()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    if len(rows) < 2 or rows[0][:4] != ["Channel", "Name", "Unit", "Direction"]:
        raise file.refusal("a table of channels (DATA_INFO: Channel, Name, Unit, Direction) was expected")
    found = []
    for row in rows[1:]:
        if len(row) < 4 or row[3] not in ("both", "forward", "backward"):
            raise file.refusal(f"a line of the table of channels is {row!r}")
        found.append(_Channel(row[1], row[2], ("forward", "backward") if row[3] == "both" else (row[3],)))
    return found


def _settings(header: Mapping[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {"instrument": "Nanonis"}
    version = header.get("NANONIS_VERSION", "")
    if version:
        found["software"] = f"Nanonis {version}"
    if date := iso_date(f"{header.get('REC_DATE', '')} {header.get('REC_TIME', '')}", "%d.%m.%Y %H:%M:%S"):
        found["date"] = date
    if header.get("COMMENT"):
        found["comment"] = header["COMMENT"]
    if (seconds := number(header.get("ACQ_TIME", ""))) > 0.0:
        found["acquisition_time"] = seconds
    return found


READER = Reader("nanonis_sxm", "Nanonis scans (.sxm)", _sniff, _read)
