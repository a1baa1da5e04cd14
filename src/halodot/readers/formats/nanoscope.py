"""Bruker, Veeco and Digital Instruments Nanoscope: images of a probe microscope (.spm, .000, .di), version 4 to 10.

A header of lists, each begun by ``\\*`` and a name, ends at ``\\*File list end``. Each ``Ciao image list`` states where
its pixels lie (Data offset, Data length), how many there are, and the scale: the hard value of ``@2:Z scale`` is what
the full range of the whole numbers spans in volts (or degrees), the soft scale ``@Sens. ...`` what one volt means. The
rows are stored from the bottom of the picture, whichever way the frame was scanned.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.errors import InputError
from halodot.readers.formats._images import ROWS_NOTE, axis, channel, checked_size, grouped, is_of, scan_way, spelled
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Match, Reader, Recording, Values
from halodot.readers.settings import iso_date
from halodot.units import to_si

_FIRST = re.compile(rb"\\\*(EC |Force |HyperScan |MFM |STM |Contact )?[Ff]ile list\s")
_END = b"\\*File list end"
#: bytes; the header of version 10 has 80 kB
_LONGEST_HEADER = 4_000_000
_VALUE = re.compile(r"V\s*(?:\[(?P<soft>[^\]]*)\])?\s*(?:\((?P<hard>[^)]*)\))?\s*(?P<value>[-+0-9.eE]+)\s*(?P<unit>.*)")
_SIZE = re.compile(r"\s*([-+0-9.eE]+)\s+(?:([-+0-9.eE]+)\s+)?(\S+)\s*")
_SELECTED = re.compile(r'S\s*\[(?P<word>[^\]]*)\]\s*(?:"(?P<text>[^"]*)")?')


class _List(NamedTuple):
    """One list of the header."""

    title: str
    entries: Mapping[str, str]  # keys in small letters
    line: int  # where it begins, counted from 1


class _Scale(NamedTuple):
    """What the full range of the whole numbers of a channel means."""

    value: float
    unit: str
    note: str


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if _FIRST.match(file.head) and b"\\Version:" in file.head else Match.NO


def _read(file: RawFile) -> Recording:
    lists, length = _lists(file)
    merged = {key: value for one in lists if one.title != "ciao image list" for key, value in one.entries.items()}
    images = [one for one in lists if one.title == "ciao image list"]
    if not images:
        kinds = ", ".join(sorted({one.title for one in lists if "image" in one.title or "force" in one.title}))
        raise file.refusal(f"there is no image in this file{f', but {kinds}' if kinds else ''}; images are read")
    found: list[tuple[tuple[Values, ...], Values, str]] = []
    notes = [ROWS_NOTE]
    ends: list[tuple[int, int]] = [(0, length)]
    for number, image in enumerate(images, 1):
        pixels, bits = _pixels(file, image, number, ends)
        rows, columns = pixels.shape
        checked_size(file, rows * columns + sum(one.values.size for _, one, _ in found))
        scale = _scale(file, image, merged)
        values = pixels * (scale.value / 2.0**bits) if scale.unit != "LSB" else pixels
        signal, note = channel(_name(image), values, scale.unit)
        notes += [text for text in (scale.note, note) if text]
        direction = image.entries.get("line direction", "")
        found.append((_axes(file, image, columns, rows), signal, direction))
    behind = len(file.data) - max(end for _, end in _stated(lists))
    warned = (f"{behind} bytes follow the last image: the file may be damaged",) if behind > 0 else ()
    scanned = {image.entries.get("frame direction", "") for image in images} - {""}
    if scanned:
        notes.append(f"the frame was scanned {' and '.join(sorted(scanned)).lower()}wards")
    header = {
        f"{one.title}: {key}": value
        for one in lists
        if one.title != "ciao image list"
        for key, value in one.entries.items()
    }
    metadata = _settings(lists, images, merged)
    return Recording("topography", grouped(found), metadata, header, warned, tuple(dict.fromkeys(notes)))


def _lists(file: RawFile) -> tuple[list[_List], int]:
    """Return the lists of the header and the byte at which it ends."""
    end = file.data.find(_END, 0, _LONGEST_HEADER)
    if end < 0:
        raise file.refusal("the header has no end '\\*File list end'; the file is cut off", byte=len(file.data))
    text = file.data[:end].decode("cp1252", errors="replace")
    found: list[_List] = []
    entries: dict[str, str] = {}
    for place, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line.startswith("\\*"):
            entries = {}
            found.append(_List(line[2:].strip().casefold(), entries, place))
        elif line.startswith("\\"):
            mark = re.match(r"\\(@\d+:[^:]*|@?[^:@]*):(.*)", line)
            key, value = (mark[1], mark[2]) if mark else (line[1:], "")
            entries.setdefault(key.strip().casefold(), value.strip())
        elif line.strip(" \0"):
            raise file.refusal(
                f"a line of the header that begins with '\\' was expected, not {line[:40]!r}", line=place
            )
    return found, end + len(_END)


def _stated(lists: Sequence[_List]) -> list[tuple[int, int]]:
    """Return where data of images, curves and plots begin and end as the lists state it."""
    found = []
    for one in lists:
        offset, length = (one.entries.get(key, "") for key in ("data offset", "data length"))
        if offset.isdigit() and length.isdigit():
            found.append((int(offset), int(offset) + int(length)))
    return found


def _number(file: RawFile, image: _List, key: str) -> int:
    text = image.entries.get(key, "")
    if not re.fullmatch(r"\d{1,10}", text):
        raise file.refusal(f"'{key}' of this image is {text!r}; a whole number was expected", line=image.line)
    return int(text)


def _pixels(file: RawFile, image: _List, number: int, ends: list[tuple[int, int]]) -> tuple[NDArray[np.integer], int]:
    """Return the rows of an image from the top, and the bits of a number."""
    columns, rows = _number(file, image, "samps/line"), _number(file, image, "number of lines")
    offset, length = _number(file, image, "data offset"), _number(file, image, "data length")
    count = checked_size(file, rows, columns)
    size, rest = divmod(length, count)
    # from version 9.2 on numbers of 32 bits stand where "Bytes/pixel" may still say 2: the length tells
    if rest or size not in (2, 4):
        what = f"image {number} has {columns} x {rows} pixels, but {length} bytes"
        raise file.refusal(f"{what}; 2 or 4 bytes a pixel were expected", line=image.line)
    if int(image.entries.get("bytes/pixel", "2") or 2) == 4 and size == 2:
        raise file.refusal(f"image {number} states 4 bytes a pixel, but has 2", line=image.line)
    for start, end in ends:
        if offset < end and offset + length > start:
            raise file.refusal(f"image {number} lies over the header or another image", byte=offset)
    ends.append((offset, offset + length))
    stored = file.array(f"<i{size}", count, offset, f"image {number} of {len(ends) - 1} or more")
    return stored.reshape(rows, columns)[::-1], 8 * size


def _axes(file: RawFile, image: _List, columns: int, rows: int) -> tuple[Values, Values]:
    """Return y and x; pixels are square where the file states one length."""
    text = image.entries.get("scan size", "")
    found = _SIZE.fullmatch(text)
    try:
        width = float(found[1]) if found else math.nan
        height = float(found[2]) if found and found[2] else width * rows / columns
    except ValueError:
        width = height = math.nan
    unit, _ = spelled(found[3]) if found else ("", 1.0)
    if not (0.0 < width < 1e9 and 0.0 < height < 1e9 and is_of(unit, "m")):
        raise file.refusal(f"the scan size is {text!r}; lengths and a unit were expected", line=image.line)
    assert found is not None
    return axis("y", rows, height / rows, found[3]), axis("x", columns, width / columns, found[3])


def _name(image: _List) -> str:
    text = next((value for key, value in image.entries.items() if re.fullmatch(r"@(\d+:)?image data", key)), "")
    found = _SELECTED.match(text)
    return ((found["text"] or found["word"]) if found else text) or "signal"


def _scale(file: RawFile, image: _List, merged: Mapping[str, str]) -> _Scale:
    """Return the full range of a channel, from its hard value and its soft scale."""
    name = _name(image)
    text = next((value for key, value in image.entries.items() if re.fullmatch(r"@(\d+:)?z scale", key)), "")
    if not text:
        if any("z scale" in key for key in image.entries):
            raise file.refusal(
                f"the scale of {name} is written as before version 4.2, which is not read", line=image.line
            )
        return _Scale(math.nan, "LSB", f"{name} has no scale in the file: whole numbers of the converter")
    found = _VALUE.fullmatch(text)
    try:
        hard = float(found["value"]) if found else math.nan
    except ValueError:
        hard = math.nan
    if found is None or not math.isfinite(hard) or hard == 0.0:
        raise file.refusal(
            f"the scale of {name} is {text!r}; 'V [Sens. ...] (.../LSB) number unit' was expected", line=image.line
        )
    unit = found["unit"].strip()
    soft = (found["soft"] or "").strip()
    if not soft:
        return _Scale(hard, unit, "")
    entry = merged.get(f"@{soft.casefold()}", "")
    sensitivity = _VALUE.fullmatch(entry)
    if sensitivity is None:
        raise file.refusal(
            f"the scale of {name} rests on {soft!r}, which the header lacks or gives as {entry!r}", line=image.line
        )
    return _soft(name, hard, unit, float(sensitivity["value"]), sensitivity["unit"].strip())


def _soft(name: str, hard: float, unit: str, sensitivity: float, units: str) -> _Scale:
    """Return a hard value times a sensitivity: volts times nm/V are nm."""
    if "/" not in units:
        return _Scale(hard * sensitivity, units or unit, "")
    numerator, _, denominator = units.rpartition("/")
    if numerator.startswith("log("):
        numerator = f"log10({numerator[4:].rstrip(')')})"
    if denominator == unit or denominator == "Arb" or denominator.startswith("log("):
        return _Scale(hard * sensitivity, numerator, "")
    try:
        factor = to_si(f"1 {unit}", spelled(denominator)[0])
    except InputError:
        return _Scale(hard, unit, f"{name} is in {unit}: its sensitivity in {units} does not apply")
    return _Scale(hard * factor * sensitivity, numerator, "")


def _settings(lists: Sequence[_List], images: Sequence[_List], merged: Mapping[str, str]) -> dict[str, str | float]:
    first = images[0].entries
    found: dict[str, str | float] = {"instrument": " ".join(("Bruker", _equipment(lists))).strip()}
    version = re.fullmatch(r"0x(\d{2})(\d)(\d)(\w{4})", merged.get("version", ""))
    if version:
        found["software"] = f"Nanoscope {int(version[1])}.{version[2]}{version[3]} ({merged['version']})"
    if date := iso_date(merged.get("date", ""), "%I:%M:%S %p %a %b %d %Y", "%H:%M:%S %a %b %d %Y"):
        found["date"] = date
    for key, word in (("operator", "operator"), ("note", "comment"), ("line direction", "scan_direction")):
        values = {image.entries.get(key, "") for image in images} - {""}
        if text := merged.get(key, "") or (next(iter(values)) if len(values) == 1 else ""):
            found[word] = scan_way(text) if word == "scan_direction" else text
    mode = _SELECTED.match(merged.get("@microscopelist", ""))
    if mode or merged.get("operating mode"):
        found["technique"] = (mode["text"] or mode["word"]) if mode else merged["operating mode"]
    rate = merged.get("scan rate", "")
    if re.fullmatch(r"\d+\.?\d*(e[-+]?\d+)?", rate) and float(rate) > 0.0:
        found["scan_rate"] = float(rate)
    size = _SIZE.fullmatch(first.get("scan size", ""))
    if size and (unit := spelled(size[3])[0]):
        found["pixel_size"] = to_si(f"{float(size[1]) / int(first['samps/line'])!r} {unit}", "m")
    return found


def _equipment(lists: Sequence[_List]) -> str:
    entries = next((one.entries for one in lists if one.title == "equipment list"), {})
    return entries.get("microscope", "") or entries.get("description", "")


READER = Reader("nanoscope", "Bruker, Veeco and Digital Instruments Nanoscope images", _sniff, _read)
