"""PerkinElmer ``.sp``: spectra of Spectrum, UV WinLab and FL WinLab in tagged blocks, little endian.

``PEPE``, a description of 40 bytes, then blocks: an identity (int16), a length (int32) and so many bytes. Block 120
holds the data set, whose members have negative identities: range of the abscissa, range of the ordinate, interval,
number of points, labels of both axes, numbers, and a history of records within records. A member starts with the code
of its type: 29979 and 29980 a double, 29981 two doubles, 29995 an int32, 29987 a text behind its length, 29974 doubles
behind their length in bytes. The label of the abscissa is its unit.

Source: the function ``spload`` that PerkinElmer published in 2007 (S. Westlake).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from halodot.readers.formats._spectrophotometer import axis_of, kind_of, ordinate_of
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import METADATA, Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_DATA_SET = 120
_TEXT, _DOUBLES, _PAIR, _LONG = 29987, 29974, 29981, 29995
_SCALARS = {29979: "<d", 29980: "<d", 29995: "<i", 29996: "<H", 29997: "<i", 29998: "<H", 29999: "<h", 29988: "<H"}
#: members of a data set
_ABSCISSA, _ORDINATE, _INTERVAL, _POINTS = -29838, -29837, -29836, -29835
_X_LABEL, _Y_LABEL, _NUMBERS, _NAME, _HISTORY, _ALIAS = -29833, -29832, -29828, -29827, -29825, -29823
#: records and headers of instruments, in which blocks stand: 121 a record, 124 an infrared spectrometer
_RECORD, _HEADER, _INFRARED, _OUTER = 121, 123, 124, range(120, 128)
#: words of records and headers, by the block they stand in and the member
_WORDS = {
    (_RECORD, -29838): "operator",
    (_RECORD, -29834): "comment",
    (_HEADER, -29699): "instrument",
    (_HEADER, -29698): "serial_number",
    (_HEADER, -29697): "software",
    (_INFRARED, -29696): "scans",
    (_INFRARED, -29695): "detector",
    (_INFRARED, -29694): "source",
    (_INFRARED, -29693): "beam splitter",
    (_INFRARED, -29692): "resolution / cm-1",
    (_INFRARED, -29691): "apodisation",
}
_STARTED = (_RECORD, -29836)
_DEEPEST = 60


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data.startswith(b"PEPE") else Match.NO


def _read(file: RawFile) -> Recording:
    description = file.data[4:44].split(b"\0")[0].decode("latin-1")
    if not description.startswith("2D"):
        raise file.refusal(f"this holds {description!r}; 2D constant interval data was expected", byte=4)
    curves: list[Curve] = []
    kinds: list[str] = []
    metadata: dict[str, str | float] = {}
    header = {"description": description}
    for identity, start, end in _blocks(file, 44, len(file.data)):
        if identity != _DATA_SET:
            continue
        curve, kind, more, rest = _data_set(file, start, end)
        curves.append(curve)
        kinds.append(kind)
        metadata = metadata or more
        header |= rest
    if not curves:
        raise file.refusal("there is no block 120, which holds the data set", byte=44)
    return Recording(kinds[0], tuple(curves), metadata, header)


def _blocks(file: RawFile, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield identity, start and end of the blocks between two bytes, which they have to fill."""
    place = start
    while place < end:
        identity, size = file.unpack("<hi", place, "identity and length of a block")
        first = place + 6
        if size < 0 or first + size > end:
            what = f"block {identity} is said to have {size} bytes, but {end - first} are left"
            raise file.refusal(what, byte=place)
        yield identity, first, first + size
        place = first + size


def _data_set(file: RawFile, start: int, end: int) -> tuple[Curve, str, dict[str, str | float], dict[str, str]]:
    members: dict[int, Any] = {}
    places: dict[int, int] = {}
    history: dict[tuple[int, int], list[Any]] = {}
    for identity, first, last in _blocks(file, start, end):
        places[identity] = first
        if identity == _HISTORY:
            _walk(file, first, last, 0, history, 0)
        else:
            members[identity] = _member(file, first, last)
    for identity, what in ((_ABSCISSA, "range of the abscissa"), (_INTERVAL, "interval"), (_NUMBERS, "numbers")):
        if members.get(identity) is None:
            raise file.refusal(f"the data set lacks its {what}", byte=start)
    axis, axis_unit = axis_of(file, str(members.get(_X_LABEL, "")), byte=places.get(_X_LABEL, start))
    written = str(members.get(_Y_LABEL, ""))
    signal, unit = ordinate_of(file, written, byte=places.get(_Y_LABEL, start))
    numbers = members[_NUMBERS]
    x = _abscissa(file, members, places[_ABSCISSA])
    _check_range(file, numbers, members.get(_ORDINATE), places.get(_ORDINATE, start))
    alias = str(members.get(_ALIAS) or members.get(_NAME) or "").strip()
    label = alias.replace("\\", "/").rpartition("/")[2]
    curve = Curve((Values(axis, x, axis_unit),), (Values(signal, numbers, unit, heading=written),), label)
    return curve, kind_of(axis, signal), *_settings(history, label)


def _abscissa(file: RawFile, members: dict[int, Any], byte: int) -> np.ndarray:
    """Return the abscissa from its ends and the number of points, held against the interval."""
    first, last = members[_ABSCISSA]
    count, step = len(members[_NUMBERS]), float(members[_INTERVAL])
    stated = members.get(_POINTS)
    if stated is not None and stated != count:
        raise file.refusal(f"{stated} points are stated, but there are {count} numbers", byte=byte)
    if count < 2 or not np.isfinite([first, last, step]).all() or step == 0.0:
        raise file.refusal(f"{count} points from {first:g} to {last:g} by {step:g} are no spectrum", byte=byte)
    if abs(first + step * (count - 1) - last) > 0.02 * abs(step):
        raise file.refusal(f"{count} points from {first:g} by {step:g} do not end at {last:g}", byte=byte)
    return np.asarray(first + step * np.arange(count))


def _check_range(file: RawFile, numbers: np.ndarray, stated: tuple[float, float] | None, byte: int) -> None:
    """Refuse ordinates where one end of their stated range is met and the other is not: bytes were changed."""
    if not np.isfinite(numbers).all():
        place = int(np.argmin(np.isfinite(numbers)))
        raise file.refusal(f"the ordinate at point {place + 1} is {numbers[place]}; a number was expected", byte=byte)
    if stated is None or not stated[1] > stated[0]:
        return
    near = 1e-6 * (stated[1] - stated[0])
    met = abs(numbers.min() - stated[0]) <= near, abs(numbers.max() - stated[1]) <= near
    if any(met) and not all(met):
        what = f"the ordinate reaches from {numbers.min():g} to {numbers.max():g}"
        raise file.refusal(f"{what}; {stated[0]:g} to {stated[1]:g} are stated", byte=byte)


def _member(file: RawFile, first: int, last: int) -> Any:
    """Return the value of a member by the code of its type, None for types of the display."""
    if last - first < 2:
        return None
    (code,) = file.unpack("<H", first)
    if code == _TEXT:
        (size,) = file.unpack("<H", first + 2)
        if first + 4 + size > last:
            raise file.refusal(f"a text of {size} bytes does not fit into its member", byte=first)
        return file.data[first + 4 : first + 4 + size].decode("cp1252", "replace").strip("\0 ")
    if code == _DOUBLES:
        (size,) = file.unpack("<I", first + 2)
        if size % 8 or first + 6 + size != last:
            raise file.refusal(f"{size} bytes of numbers do not fill a member of {last - first} bytes", byte=first)
        return file.array("<f8", size // 8, first + 6)
    if code == _PAIR:
        return file.unpack("<2d", first + 2, "two numbers")
    if code in _SCALARS and first + 2 + struct.calcsize(_SCALARS[code]) <= last:
        return file.unpack(_SCALARS[code], first + 2)[0]
    return None


# -------------------------------------------------------------------------------------------------------------- history


def _walk(file: RawFile, start: int, end: int, owner: int, found: dict[tuple[int, int], list[Any]], depth: int) -> None:
    """Collect the members of a history, the latest record first.

    What cannot be followed there is left out: it tells of the spectrum, but is no number of it.
    """
    place = start
    while place + 6 <= end and depth < _DEEPEST:
        identity, size = file.unpack("<hi", place)
        first, last = place + 6, place + 6 + size
        if size < 0 or last > end:
            return
        if identity in _OUTER or _is_wrapper(file, first, last):
            _walk(file, first, last, identity if identity in _OUTER else owner, found, depth + 1)
        else:
            value = _member(file, first, last)
            if isinstance(value, str | int | float) and value != "":
                found.setdefault((owner, identity), []).append(value)
        place = last


def _is_wrapper(file: RawFile, first: int, last: int) -> bool:
    """Whether a member holds a record or a header instead of a value."""
    if last - first < 6:
        return False
    identity, size = file.unpack("<hi", first)
    return identity in _OUTER and 0 <= size <= last - first - 6


def _settings(history: dict[tuple[int, int], list[Any]], label: str) -> tuple[dict[str, str | float], dict[str, str]]:
    """Return the words of the metadata, and the rest of a history as text."""
    found: dict[str, str | float] = {"sample": label} if label else {}
    header = {f"{owner} {identity}": "; ".join(map(str, values)) for (owner, identity), values in history.items()}
    for place, word in _WORDS.items():
        value = history.get(place, [""])[-1]  # the oldest record tells of the measurement
        if value in ("", 0):
            continue
        header.pop(f"{place[0]} {place[1]}", None)
        if word == "resolution / cm-1":
            found["resolution"] = setting("resolution", value, "1/cm")
        elif word == "scans":
            found["scans"] = float(value)
        elif word in METADATA:
            found[word] = f"PerkinElmer {value}" if word == "instrument" else str(value)
        else:
            header[word] = str(value)
    date = iso_date(str(history.get(_STARTED, [""])[-1]), "%a %b %d %H:%M:%S %Y")
    return found | ({"date": date} if date else {}), header


READER = Reader("perkinelmer_sp", "PerkinElmer .sp (block-tagged binary)", _sniff, _read)
