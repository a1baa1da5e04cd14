"""Galactic SPC: spectra of GRAMS, LabCalc and many instruments that export for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.readers.formats._galactic import (
    ABSCISSAS,
    AXES,
    FLOAT,
    HALF,
    MOST_POINTS,
    MULTI,
    NEW_SIZE,
    OLD,
    OLD_SIZE,
    ORDINATES,
    OWN_ABSCISSAS,
    SUB_SIZE,
    TECHNIQUE_NAMES,
    TECHNIQUES,
    Header,
    header_of,
    plausible,
)
from halodot.readers.formats._ocean_header import model_of
from halodot.readers.numbers import number
from halodot.readers.raw_file import LARGEST_FILE, RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting
from halodot.readers.spectral_axes import Named, axis_of, kind_of, ordinate_of, settled

#: bytes of an entry of the directory, and of the head of the log
_ENTRY, _LOG_HEAD = 12, 64
_MOST_SPECTRA = 200_000
#: 1/cm; a spectrum over wavenumbers that starts above is none of the infrared
_INFRARED_END = 13_000.0


class _Spectrum(NamedTuple):
    """One spectrum of a file."""

    x: NDArray[Any] | None  # its own abscissas, None where it shares those of the file
    y: NDArray[Any]
    depth: float
    next_depth: float
    scans: int
    level: float


def _sniff(file: RawFile) -> Match:
    return Match.LAYOUT if plausible(file.head) else Match.NO


def _read(file: RawFile) -> Recording:
    header = header_of(file)
    own = bool(header.flags & OWN_ABSCISSAS and header.flags & ABSCISSAS)
    if header.version == OLD and header.flags & ABSCISSAS:
        raise file.refusal("the old format has no abscissas of its own, but its flag says so", byte=0)
    if not own and not 1 <= header.points <= MOST_POINTS:
        raise file.refusal(f"{header.points} points are stated; 1 to {MOST_POINTS} can be", byte=4)
    if header.spectra > _MOST_SPECTRA:
        raise file.refusal(f"{header.spectra} spectra are stated; at most {_MOST_SPECTRA} can be", byte=24)
    spectra = list(_own_abscissas(file, header) if own else _shared_abscissas(file, header))
    shared = np.zeros(0) if own else _abscissas(file, header)
    log = _log(file, header)
    axis, x_words, note = _axis(header)
    everything = np.concatenate([one.y for one in spectra]) if spectra else np.zeros(0)
    ordinate, y_words = _ordinate(header)
    ordinate, other = settled(ordinate, everything, y_words)
    axes = [Values(axis.quantity, shared if one.x is None else one.x, axis.unit, heading=x_words) for one in spectra]
    curves = _curves(header, spectra, axes, ordinate, y_words)
    kind = _kind(header, axis, ordinate, axes[0].values)
    notes = tuple(text for text in (note, other) if text)
    return Recording(kind, curves, _settings(header, spectra, log), header.texts | log, notes=notes)


# ----------------------------------------------------------------------------------------------------------------- data


def _abscissas(file: RawFile, header: Header) -> NDArray[Any]:
    if header.flags & ABSCISSAS:
        return _floats(file, header, header.points, NEW_SIZE, "the abscissas")
    return np.linspace(header.first, header.last, header.points)


def _shared_abscissas(file: RawFile, header: Header) -> Iterator[_Spectrum]:
    """Return spectra that follow each other, all with the abscissas of the file."""
    old = header.version == OLD
    start = OLD_SIZE if old else NEW_SIZE + (4 * header.points if header.flags & ABSCISSAS else 0)
    count = header.spectra or _old_count(file, header)
    size = SUB_SIZE + header.points * (2 if header.flags & HALF else 4)
    if start + count * size > len(file.data):
        what = f"{count} spectra of {header.points} points need {start + count * size} bytes"
        raise file.refusal(f"{what}, and the file has {len(file.data)}", byte=len(file.data))
    if 0 < header.log < start + count * size:
        what = f"the log starts at byte {header.log}, but the spectra end at {start + count * size}"
        raise file.refusal(what, byte=header.log)
    for place in range(count):
        at = start + place * size
        yield _spectrum(file, header, at, header.points, None)


def _old_count(file: RawFile, header: Header) -> int:
    """Return how many spectra an old file of several has: those that follow each other with rising numbers.

    Raises:
        DataError: the last of them is cut off.
    """
    size = SUB_SIZE + header.points * (2 if header.flags & HALF else 4)
    count = 0
    while OLD_SIZE + count * size + SUB_SIZE <= len(file.data):
        (index,) = file.unpack("<H", OLD_SIZE + count * size + 2)
        if count and index != count:
            break
        if OLD_SIZE + (count + 1) * size > len(file.data):
            raise file.refusal(f"spectrum {count + 1} is cut off", byte=len(file.data))
        count += 1
    left = file.data[OLD_SIZE + count * size :]
    if count and len(left) < SUB_SIZE and left.strip(b"\0\x1a"):
        raise file.refusal(f"spectrum {count + 1} is cut off", byte=len(file.data))
    return max(count, 1)


def _own_abscissas(file: RawFile, header: Header) -> Iterator[_Spectrum]:
    """Return spectra that each have their own abscissas, found by the directory or one after the other."""
    width = 4 + (2 if header.flags & HALF else 4)
    directory = header.points
    if directory and directory + _ENTRY * header.spectra > len(file.data):
        raise file.refusal(f"a directory of {header.spectra} spectra was expected", byte=directory)
    at = NEW_SIZE
    for place in range(header.spectra):
        size = 0
        if directory:
            at, size = file.unpack(f"{header.order}II", directory + _ENTRY * place, "the directory")
        (points,) = file.unpack(f"{header.order}I", at + 16, "the head of a spectrum")
        if not 0 < points <= MOST_POINTS or (size and size < SUB_SIZE + width * points):
            raise file.refusal(f"spectrum {place + 1} states {points} points, which cannot be", byte=at + 16)
        x = _floats(file, header, points, at + SUB_SIZE, "the abscissas")
        yield _spectrum(file, header, at, points, x)
        at += SUB_SIZE + width * points


def _spectrum(file: RawFile, header: Header, at: int, points: int, x: NDArray[Any] | None) -> _Spectrum:
    """Return a spectrum whose head starts at a byte."""
    order = header.order
    layout = f"{order}BbHfffIIf"
    _, exponent, _, depth, following, _, _, scans, level = file.unpack(layout, at, "the head of a spectrum")
    if not header.flags & MULTI or (exponent == 0 and header.exponent == FLOAT):
        exponent = header.exponent
    start = at + SUB_SIZE + (0 if x is None else 4 * points)
    if exponent in (FLOAT, -FLOAT):
        if header.version == OLD or header.flags & HALF:
            raise file.refusal("floats are not known in this version of the format", byte=at + 1)
        y = _floats(file, header, points, start, "the ordinates")
    elif header.flags & HALF:
        y = file.array(f"{order}i2", points, start, "the ordinates") * 2.0 ** (exponent - 16)
    else:
        y = _fixed(file, header, points, start) * 2.0 ** (exponent - 32)
    return _Spectrum(x, y, depth, following, scans, level)


def _floats(file: RawFile, header: Header, points: int, start: int, what: str) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):  # a number that is none stays none
        return file.array(f"{header.order}f4", points, start, what).astype(float)


def _fixed(file: RawFile, header: Header, points: int, start: int) -> NDArray[Any]:
    """Return 32-bit integers; the old format writes the large half of each first."""
    if header.version != OLD:
        return file.array(f"{header.order}i4", points, start, "the ordinates")
    halves = file.array("<u2", 2 * points, start, "the ordinates").astype(np.uint32).reshape(-1, 2)
    return ((halves[:, 0] << 16) | halves[:, 1]).astype(np.uint32).view(np.int32)


def _log(file: RawFile, header: Header) -> dict[str, str]:
    """Return the lines of the log.

    Raises:
        DataError: it is cut off.
    """
    if not header.log:
        return {}
    size, _, offset = file.unpack(f"{header.order}III", header.log, "the log")
    if not _LOG_HEAD <= offset <= size <= LARGEST_FILE:
        what = f"a log of {size} bytes whose text starts at its byte {offset} cannot be"
        raise file.refusal(f"{what}; bytes are lost or too many before it", byte=header.log)
    file.unpack(f"{_LOG_HEAD}x", header.log, "the log")
    raw = file.data[header.log + offset : header.log + max(size, offset)]
    if header.log + size > len(file.data) and b"\0" not in raw:
        raise file.refusal("the log is cut off", byte=len(file.data))
    found: dict[str, str] = {}
    for line in raw.split(b"\0")[0].decode("cp1252", errors="replace").splitlines():
        key, equals, value = line.partition("=")
        name, text = (key.strip(), value.strip()) if equals else ("log", line.strip())
        found[name] = f"{found[name]}\n{text}" if name in found else text
    return {key: value for key, value in found.items() if key and value}


# ---------------------------------------------------------------------------------------------------------------- names


def _axis(header: Header) -> tuple[Named, str, str]:
    """Return what the axis measures, its words, and a note where it is not known."""
    words = header.labels[0] if header.labels else ""
    named = (axis_of(words, header.technique == 11) if words else None) or AXES.get(header.axis)
    if named is None:
        what = words or f"the code {header.axis}"
        return Named("coordinate", "1"), words, f"the axis is {what}, whose quantity is not known"
    if named.quantity == "wavenumber" and header.technique == 11:
        named = Named("raman_shift", named.unit)
    if named.quantity == "x_position" and header.ordinate == 1:
        named = Named("optical_path_difference", named.unit)
    if named.quantity == "angle" and header.technique == 8:
        named = Named("two_theta", named.unit)
    return named, words, ""


def _ordinate(header: Header) -> tuple[Named, str]:
    words = header.labels[1] if len(header.labels) > 1 else ""
    if words and (named := ordinate_of(words)):
        return named, words
    if header.ordinate not in ORDINATES:
        return Named("intensity", "1"), words
    named, usual = ORDINATES[header.ordinate]
    return named, words or usual


def _kind(header: Header, axis: Named, ordinate: Named, x: NDArray[Any]) -> str:
    if header.ordinate == 1 and axis.quantity in ("optical_path_difference", "channel", "coordinate"):
        return "interferogram"
    if header.technique in TECHNIQUES:
        return TECHNIQUES[header.technique]
    if axis.quantity == "wavenumber" and float(np.min(x)) > _INFRARED_END:
        return "spectrum"
    return kind_of(axis.quantity, ordinate.quantity)


def _curves(
    header: Header, spectra: list[_Spectrum], axes: list[Values], ordinate: Named, words: str
) -> tuple[Curve, ...]:
    """Return a curve for each spectrum, or one over both axes where the third is a quantity and rises or falls."""
    depths = _depths(header, spectra)
    third = AXES.get(header.depth)
    ordered = len(depths) > 1 and bool(np.all(np.diff(depths) > 0.0) or np.all(np.diff(depths) < 0.0))
    if third and ordered and not header.planes and spectra[0].x is None and third.quantity != axes[0].quantity:
        y = np.stack([one.y for one in spectra])
        signal = Values(ordinate.quantity, y, ordinate.unit, heading=words)
        return (Curve((Values(third.quantity, depths, third.unit), axes[0]), (signal,)),)
    unit = f" {third.unit}" if third and third.unit != "1" else ""
    found = []
    for place, one in enumerate(spectra):
        label = f"{depths[place]:g}{unit}" if len(spectra) > 1 else ""
        if header.planes:
            label = f"{label}, plane {one.level:g}"
        signal = Values(ordinate.quantity, one.y, ordinate.unit, heading=words)
        found.append(Curve((axes[place],), (signal,), label))
    return tuple(found)


def _depths(header: Header, spectra: list[_Spectrum]) -> NDArray[Any]:
    """Return the third coordinate of each spectrum: its own, or evenly spaced from the first on."""
    stated = np.array([one.depth if np.isfinite(one.depth) else 0.0 for one in spectra])
    if header.flags & 0x18 or len(spectra) < 2 or np.any(np.diff(stated) != 0.0):
        return stated
    step = header.depth_step or (spectra[0].next_depth - spectra[0].depth)
    step = step if np.isfinite(step) and step else 1.0
    return np.asarray(stated[0] + step * np.arange(len(spectra)))


def _settings(header: Header, spectra: list[_Spectrum], log: dict[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    if header.date:
        found["date"] = header.date
    if "comment" in header.texts:
        found["comment"] = header.texts["comment"]
    if "source" in header.texts:
        found["instrument"] = header.texts["source"]
    if 0 < header.technique < len(TECHNIQUE_NAMES):
        found["technique"] = TECHNIQUE_NAMES[header.technique]
    resolution = re.match(r"([\d.]+)", header.texts.get("resolution", ""))
    if resolution and header.axis == 1 and 0.0 < float(resolution[1].strip(".") or 0.0) < 1e3:
        found["resolution"] = setting("resolution", float(resolution[1].strip(".")), "1/cm")
    scans = header.scans or (spectra[0].scans if len({one.scans for one in spectra}) == 1 else 0)
    if 0 < scans < 1_000_000:
        found["scans"] = float(scans)
    if log.get("MODEL", "").startswith("PE "):
        found |= _perkinelmer(log)
    if log.get("Type") and "Integration Time" in log and "Signal0" in log:
        found |= _datamax(log)
    if "Ocean Optics" in log.get("MEMO", ""):
        found |= _ocean_optics(log)
    return found


def _perkinelmer(log: dict[str, str]) -> dict[str, str | float]:
    """Return what PerkinElmer's infrared programs write into the log."""
    found: dict[str, str | float] = {"instrument": f"PerkinElmer {log['MODEL'].removeprefix('PE').strip()}"}
    for words, word in (("DET", "detector"), ("SRC", "source"), ("POLARIZER", "polarisation")):
        if log.get(words):
            found[word] = log[words]
    if re.fullmatch(r"\d{1,6}", log.get("SCANS", "")) and int(log["SCANS"]):
        found["scans"] = float(log["SCANS"])
    return found


def _datamax(log: dict[str, str]) -> dict[str, str | float]:
    """Return what DataMax of Jobin Yvon writes below ``[SCAN PARAM]``; it integrates over seconds."""
    found: dict[str, str | float] = {"software": "DataMax"}
    seconds = number(log["Integration Time"])
    if 0.0 < seconds < 1e5:
        found["integration_time"] = setting("integration_time", seconds, "s")
    return found


def _ocean_optics(log: dict[str, str]) -> dict[str, str | float]:
    """Return what SpectraSuite writes into the remark of its log; its times are microseconds."""
    text = log.get("COMMENT", "")
    found: dict[str, str | float] = {"software": "SpectraSuite"}
    numbers = (("Int Time", "integration_time", "us"), ("Averages", "scans", "1"), ("Boxcar", "boxcar", "1"))
    for words, word, unit in numbers:
        if match := re.search(rf"{words}: (\d+)", text):
            found[word] = setting(word, float(match[1]), unit)
    flags = (("Electric dark correction", "dark_corrected"), ("Non-linearity correction", "nonlinearity_corrected"))
    for words, word in (*flags, ("Stray light correction", "stray_light_corrected")):
        if match := re.search(rf"{words}: (yes|no)", text):
            found[word] = float(match[1] == "yes")
    if match := re.search(r"Spectrometers: ([\w+]+)", text):
        found |= {"instrument": f"Ocean Optics {model_of(match[1])}".strip(), "serial_number": match[1]}
    if user := log.get("USER"):
        found["operator"] = user
    return found


READER = Reader("galactic_spc", "Galactic SPC (GRAMS, LabCalc)", _sniff, _read)
