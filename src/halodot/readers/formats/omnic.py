"""Spectra of Thermo Nicolet's OMNIC: one (.spa), a group (.spg), a series in time (.srs)."""

from __future__ import annotations

import numpy as np

from halodot.readers.formats._omnic import (
    BACKGROUND_INTERFEROGRAM,
    DATA_POINTS,
    EXPERIMENT,
    HEADER,
    HISTORY,
    LIBRARY,
    PAYLOAD,
    SAMPLE_INTERFEROGRAM,
    TITLE,
    USER_TEXT,
    Entry,
    Header,
    acquisition,
    axis_values,
    date_of,
    entries,
    header_at,
    kind_of,
    ordinate_named,
    text_at,
)
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values

_SPECTRA, _SERIES = b"Spectral Data File", b"Spectral Exte File"
#: start of a block that stands 152 bytes behind the header of a series, and 60 bytes before its records
_MARK = b"\x02\x00\x00\x00\x18\x00\x00\x00\x00\x00"
#: bytes before and behind the points of a record of a series, and the number that starts the latter
_BEFORE, _BEHIND, _BEHIND_START = 84, 16, 32
_MOST_SPECTRA = 1_000_000
_MAKER = {"instrument": "Thermo Nicolet", "software": "OMNIC"}
_EXPERIMENT_TEXTS = (
    ("experiment file", 10, 80),
    ("experiment", 90, 64),
    ("description", 154, 259),
    ("accessory", 413, 64),
)


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith((_SPECTRA, _SERIES)) else Match.NO


def _read(file: RawFile) -> Recording:
    return _series(file) if file.data.startswith(_SERIES) else _spectra(file)


def _spectra(file: RawFile) -> Recording:
    """Read one spectrum, or a group of them."""
    table = entries(file)
    headers = [entry for entry in table if entry.key == HEADER]
    payloads = [entry for entry in table if entry.key == PAYLOAD]
    if not headers or len(headers) != len(payloads):
        what = f"{len(headers)} headers and {len(payloads)} blocks of numbers were found"
        raise file.refusal(f"{what}; one of each is expected for a spectrum", byte=304)
    titles = [entry for entry in table if entry.key == TITLE]
    titles = titles if len(titles) == len(headers) else []
    histories = [text_at(file, entry.position, entry.size) for entry in table if entry.key == HISTORY]
    histories = histories if len(histories) == len(headers) else [""] * len(headers)
    curves, kinds, notes = [], [], []
    for place, (top, payload) in enumerate(zip(headers, payloads)):
        header = header_at(file, top.position)
        if payload.size != 4 * header.points:
            what = f"{header.points} points are stated, and {payload.size} bytes are there for them"
            raise file.refusal(what, byte=top.position + 4)
        values = file.array("<f4", header.points, payload.position, "the points")
        settings = acquisition(header, histories[place])
        label = text_at(file, titles[place].position, 256) if titles else ""
        if titles and (date := date_of(file.unpack("<I", titles[place].position + 256)[0])):
            settings["date"] = date
        curve, note = _curve(header, values, label, settings)
        curves.append(curve)
        kinds.append(kind_of(header))
        notes += [note] if note and note not in notes else []
    keys = {entry.key for entry in table}
    if keys & {SAMPLE_INTERFEROGRAM, BACKGROUND_INTERFEROGRAM}:
        notes.append("the interferograms that the file keeps beside its spectra are not returned")
    metadata: dict[str, str | float] = dict(_MAKER)
    if title := text_at(file, 30, 256):
        metadata["title"] = title
    if len(headers) == 1 and not titles and LIBRARY not in keys and (date := date_of(file.unpack("<I", 296)[0])):
        metadata["date"] = date
    texts, written = _texts(file, table, histories)
    return Recording(kinds[0], tuple(curves), {**metadata, **texts}, written, notes=tuple(notes))


def _curve(header: Header, values: np.ndarray, label: str, settings: dict[str, str | float]) -> tuple[Curve, str]:
    (quantity, unit), heading, note = ordinate_named(header)
    signal = Values(quantity, values, unit, heading=heading)
    return Curve((axis_values(header),), (signal,), label, settings), note


def _texts(file: RawFile, table: tuple[Entry, ...], histories: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the remark of the operator, and what else the file says in words."""
    comments = [text_at(file, entry.position, entry.size) for entry in table if entry.key == USER_TEXT]
    written = {
        f"history ({place})" if place > 1 else "history": text for place, text in enumerate(histories, 1) if text
    }
    for entry in table:
        if entry.key == EXPERIMENT and entry.size > 477 and file.data[entry.position : entry.position + 1] == b"\x79":
            for name, start, size in _EXPERIMENT_TEXTS:
                if text := text_at(file, entry.position + start, size):
                    written.setdefault(name, text)
    comment = "\n".join(text for text in comments if text)
    return ({"comment": comment} if comment else {}), written


# --------------------------------------------------------------------------------------------------------------- series


def _series(file: RawFile) -> Recording:
    """Read spectra or interferograms that follow each other in time."""
    first = entries(file)[0]
    if first.key != HEADER:
        raise file.refusal(f"the first key is {first.key:#04x}; that of a series (0x02) was expected", byte=304)
    base = first.position
    if file.data[base + 152 : base + 162] != _MARK:
        raise file.refusal("this kind of series is not known; export its spectra as a group (.spg)", byte=base + 152)
    header = header_at(file, base)
    (start, end), (count,) = file.unpack("<ff", base + 1002), file.unpack("<I", base + 1026)
    if not 0 < count <= _MOST_SPECTRA or not 0.0 <= start <= end < 1e7:
        what = f"{count} spectra from {start:g} to {end:g} min are stated, which cannot be"
        raise file.refusal(what, byte=base + 1002)
    where = _records(file, base, header.points, count)
    stride = _BEFORE + 4 * header.points + _BEHIND
    shape = np.frombuffer(file.data, np.uint8, stride * count - _BEHIND, where)
    rows = np.lib.stride_tricks.as_strided(shape[_BEFORE:], (count, 4 * header.points), (stride, 1), writeable=False)
    values = np.ascontiguousarray(rows).view("<f4")
    (quantity, unit), heading, note = ordinate_named(header)
    times = Values("time", np.linspace(start, end, count), "min")
    x = axis_values(header, ascending=header.axis != DATA_POINTS)
    curve = Curve((times, x), (Values(quantity, values, unit, heading=heading),))
    history = text_at(file, base + 1200, 8192)
    metadata: dict[str, str | float] = {**_MAKER, **acquisition(header, history)}
    metadata.pop("acquisition_time", None)
    if title := text_at(file, base + 938, 64):
        metadata["title"] = title
    (seconds,) = file.unpack("<I", 296)
    if seconds and any(file.unpack("<I", base + copy)[0] == seconds for copy in (836, 368, 828)):
        metadata["date"] = date_of(seconds)
    notes = ["the points of a series are stored from the smallest abscissa on", note]
    return Recording(
        kind_of(header),
        (curve,),
        metadata,
        {"history": history} if history else {},
        notes=tuple(text for text in notes if text),
    )


def _records(file: RawFile, base: int, points: int, count: int) -> int:
    """Return the byte of the first record of a series.

    Raises:
        DataError: no run of records of the stated number and length is found.
    """
    stride = _BEFORE + 4 * points + _BEHIND
    place = file.data.find(_MARK, base + 160)
    found = []
    while place >= 0:
        start = place + 60
        if start + stride * count - _BEHIND <= len(file.data):
            behind = [start + stride * (k + 1) - _BEHIND for k in range(count - 1)]
            if all(file.unpack("<I", at)[0] == _BEHIND_START for at in behind):
                found.append(start)
        place = file.data.find(_MARK, place + 1)
    if not found:
        what = f"{count} records of {points} points were expected, and no such run is in the file"
        raise file.refusal(f"{what}: it is cut off, or of a kind of series that is not known", byte=len(file.data))
    return found[-1]


READER = Reader("omnic", "Thermo Nicolet OMNIC (.spa, .spg, .srs)", _sniff, _read)
