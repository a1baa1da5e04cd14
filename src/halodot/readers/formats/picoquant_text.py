"""PicoQuant histograms as text: TimeHarp, PicoHarp, HydraHarp, MultiHarp.

A line of the program with the date, then names of settings that start with ``#``, each followed by a line with a cell
for each curve, then ``#counts`` and a row for each channel. The width of a channel (``#ns/bin``, ``#ns/channel``) is a
setting of each curve, so that each curve has a time axis of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_TITLE = re.compile(r"#\s*(\w*Harp\w* ?\d*\w*)\s+.*?Histogram Data\s*(.*)")
_WIDTH = re.compile(r"#\s*(ps|ns|us|µs)/(?:bin|channel)", re.IGNORECASE)
_CHANNELS = "#channels per curve"
#: lines that may stand before the numbers
_HEADER = 200


def _sniff(file: RawFile) -> Match:
    if not file.encoding or b"#" not in file.head:
        return Match.NO
    lines = [line.strip() for line in file.lines[:_HEADER]]
    titled = any(_TITLE.match(line) for line in lines)
    settings = _CHANNELS in lines and (any(map(_WIDTH.fullmatch, lines)) or "#counts" in lines)
    return Match.LAYOUT if titled or settings else Match.NO


def _read(file: RawFile) -> Recording:
    settings, header, first = _header(file)
    widths, unit = _widths(file, settings, header)
    counts = _counts(file, first, _channels(file, header), len(widths))
    numbers = header.get("display curve no.", "").split()
    curves = []
    for place, width in enumerate(widths):
        # the product is rounded as the decimal number that the file has
        time = Values("time", np.arange(len(counts)) * width, unit, heading=f"{width:g} {unit} per channel")
        label = f"curve {numbers[place]}" if len(numbers) == len(widths) > 1 else ""
        resolution = setting("time_resolution", width, unit)
        found = Values("counts", counts[:, place])
        curves.append(Curve((time,), (found,), label, {"time_resolution": resolution}))
    metadata, notes = _title(header.get("", ""))
    return Recording("decay", tuple(curves), metadata, {key: text for key, text in header.items() if key}, (), notes)


def _header(file: RawFile) -> tuple[dict[str, int], dict[str, str], int]:
    """Return the lines of the settings, what stands below them, and the line of the first counts."""
    settings: dict[str, int] = {}
    header: dict[str, str] = {}
    name = "remark"
    for place, line in enumerate(file.lines[:_HEADER], 1):
        text = line.strip()
        if text == "#counts":
            return settings, header, place + 1
        if _TITLE.match(text):
            header[""] = text
            name = "remark"
        elif text.startswith("#"):
            name = text[1:].strip()
            settings[name] = place
            header[name] = ""
        elif text:
            header[name] = f"{header.get(name, '')} {text}".strip()
    last = min(len(file.lines), _HEADER)
    raise file.refusal("the file ends where #counts was expected; it is cut off", line=last)


def _channels(file: RawFile, header: Mapping[str, str]) -> int:
    written = header.get(_CHANNELS[1:], "")
    if not written.isdigit() or int(written) == 0:
        raise file.refusal(f"{_CHANNELS} is {written!r}; a whole number was expected")
    return int(written)


def _widths(file: RawFile, settings: Mapping[str, int], header: Mapping[str, str]) -> tuple[list[float], str]:
    """Return the width of a channel of each curve, and its unit."""
    for name, place in settings.items():
        if found := _WIDTH.fullmatch(f"#{name}"):
            written = header[name].split()
            comma = any("," in cell for cell in written)
            widths = [number(cell, decimal_comma=comma) for cell in written]
            if not widths or not all(width > 0.0 for width in widths):
                raise file.refusal(f"#{name} is {header[name]!r}; numbers above zero were expected", line=place + 1)
            return widths, found[1].lower().replace("µ", "u")
    raise file.refusal("#ns/channel or #ns/bin was expected among the settings: without it there is no time axis")


def _counts(file: RawFile, first: int, channels: int, curves: int) -> NDArray[np.int64]:
    """Return the counts, a row for each channel."""
    lines = file.lines[first - 1 :]
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end != channels:
        what = f"{channels} channels were expected, and the file has {end}"
        raise file.refusal(what + ("; it is cut off" if end < channels else ""), line=first + end - 1)
    if end == len(lines) and lines[-1] == lines[-1].rstrip():
        raise file.refusal("the last line has no end; it is cut off", line=first + end - 1)
    rows = [line.split() for line in lines[:end]]
    for place, row in enumerate(rows, first):
        if len(row) != curves:
            raise file.refusal(f"counts of {curves} curves were expected, not {len(row)}", line=place)
    return _whole(file, rows, first)


def _whole(file: RawFile, rows: Sequence[Sequence[str]], first: int) -> NDArray[np.int64]:
    try:
        return np.array(rows).astype(np.int64)
    except (ValueError, OverflowError) as error:
        for place, row in enumerate(rows, first):
            for cell in row:
                if not cell.isdigit() or len(cell) > 15:
                    raise file.refusal(f"whole counts were expected, not {cell[:40]!r}", line=place) from error
        raise


def _title(title: str) -> tuple[dict[str, str | float], tuple[str, ...]]:
    """Return instrument and date of the first line, and how the date was read."""
    found = _TITLE.match(title)
    if found is None:
        return {"instrument": "PicoQuant"}, ()
    metadata: dict[str, str | float] = {"instrument": f"PicoQuant {' '.join(found[1].split())}"}
    date, note = _date(" ".join(found[2].split()))
    if date:
        metadata["date"] = date
    return metadata, (note,) if note else ()


def _date(text: str) -> tuple[str, str]:
    """Return a date as ISO 8601; with slashes the month comes first unless it would be a thirteenth.

    The programs write the date as Windows is told to: a point between the numbers is German, AM and PM American.
    """
    for year in ("%Y", "%y"):
        plain = iso_date(text, "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", f"%d.%m.{year} %H:%M:%S")
        american = iso_date(text, f"%m/%d/{year} %I:%M:%S %p", f"%m-%d-{year} %I:%M:%S %p")
        if plain or american:
            return plain or american, ""
        month_first = iso_date(text, f"%m/%d/{year} %H:%M:%S")
        day_first = iso_date(text, f"%d/%m/{year} %H:%M:%S")
        if month_first or day_first:
            both = month_first and day_first and month_first != day_first
            note = f"the date {text!r} was read with the month first" if both else ""
            return month_first or day_first, note
    return "", ""


READER = Reader("picoquant_text", "PicoQuant TimeHarp, PicoHarp, HydraHarp histograms as text", _sniff, _read)
