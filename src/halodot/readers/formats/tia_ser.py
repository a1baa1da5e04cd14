"""FEI TIA (Emispec) series, .ser: images and spectra of an electron microscope, and the .emi beside them.

The head says how many elements there are and where the table of their places lies; each element states its calibration,
the type of its numbers and its size. Offsets have four bytes in version 0x210 and eight in 0x220. Rows are stored from
the bottom of the picture. Lengths are in metres, those of diffraction images in 1/m, energies in eV. The .emi holds no
numbers of a picture; the conditions of the microscope, which it has as XML, are taken from it where it lies beside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError
from halodot.readers.archives import local, xml_root
from halodot.readers.formats._images import ROWS_NOTE, checked_size
from halodot.readers.numbers import number
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_HEAD = b"\x49\x49\x97\x01"
_VERSIONS = {0x0210: ("i", 4), 0x0220: ("q", 8)}
_ONE, _TWO = 0x4120, 0x4122
_TAGS = (0x4152, 0x4142)
_TYPES: Mapping[int, str] = {
    1: "u1", 2: "u2", 3: "u4", 4: "i1", 5: "i2", 6: "i4", 7: "f4", 8: "f8", 9: "c8", 10: "c16",
}  # fmt: skip
_EMI_HEAD = b"JK\0\x02"
#: bytes of an .emi that is looked into
_LARGEST_EMI = 50_000_000
#: a step below this is a length in m, one above its inverse one in 1/m; between them nothing was calibrated
_LENGTH_BELOW = 1e-3


class _Series(NamedTuple):
    """The head of a series."""

    dimensions: int  # of an element
    places: tuple[int, ...]  # byte at which each element begins
    tags: tuple[int, ...]  # byte at which the tag of each lies
    header: dict[str, str]


class _Element(NamedTuple):
    """One image or spectrum: calibrations of x (and y), numbers."""

    scales: tuple[tuple[float, float, int], ...]  # value, step, and the pixel where the value holds
    values: NDArray[np.generic]
    end: int  # byte behind them


def _sniff(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data[:4] == _HEAD else Match.NO


def _sniff_emi(file: RawFile) -> Match:
    return Match.SIGNATURE if file.data[:4] == _EMI_HEAD and b"<ObjectInfo>" in file.data else Match.NO


def _read_emi(file: RawFile) -> Recording:
    raise file.refusal("an .emi holds the settings of the microscope; the .ser beside it holds the data: read that one")


def _read(file: RawFile) -> Recording:
    series = _series(file)
    elements = [_element(file, series, place, number) for number, place in enumerate(series.places, 1)]
    first = elements[0]
    for index, one in enumerate(elements[1:], 1):
        steps = [step for _, step, _ in one.scales]
        if one.values.shape != first.values.shape or steps != [step for _, step, _ in first.scales]:
            raise file.refusal(
                f"element {index + 1} has another size or scale than the first", byte=series.places[index]
            )
    checked_size(file, len(elements), *first.values.shape)
    notes: list[str] = []
    if any(one.scales != first.scales for one in elements):
        notes.append("the elements begin at different places; the axes are those of the first")
    if len(series.header) > 2:
        notes.append(f"{len(elements)} elements in {len(series.header) - 1} dimensions are counted as frames")
    values = np.stack([one.values for one in elements])
    if values.dtype.kind == "c":
        values = np.abs(values)
        notes.append("the numbers are complex; their modulus is given")
    axes = _axes(first, notes)
    if len(elements) > 1:
        axes = (Values("frame", np.arange(len(elements)), "1"), *axes)
    else:
        values = values[0]
    spectrum = series.dimensions == 1
    signal = Values("intensity" if spectrum else "image_intensity", values)
    metadata, header = _from_emi(file)
    if date := _date(file, series):
        metadata.setdefault("date", date)
    metadata.setdefault("instrument", "FEI, TIA")
    if axes[-1].quantity == "x_position":
        metadata["pixel_size"] = abs(first.scales[0][1])
    if header:
        notes.append("the settings of the microscope are those of the .emi beside the file")
    kind = (
        "energy_spectrum"
        if axes[-1].quantity == "energy"
        else "diffraction_image"
        if "frequency" in axes[-1].quantity
        else "micrograph"
    )
    return Recording(kind, (Curve(axes, (signal,)),), metadata, series.header | header, notes=tuple(notes))


def _series(file: RawFile) -> _Series:
    version, kind, tag, total, valid = file.unpack("<H4i", 4, "the head of a series")
    if version not in _VERSIONS:
        raise file.refusal(f"the version is {version:#06x}; 0x0210 or 0x0220 was expected", byte=4)
    if kind not in (_ONE, _TWO) or tag not in _TAGS:
        raise file.refusal(f"the series has elements {kind:#x} and tags {tag:#x}, which are not known", byte=6)
    letter, width = _VERSIONS[version]
    table, dimensions = file.unpack(f"<{letter}i", 22, "the place of the table of elements")
    if valid < 1:
        raise file.refusal(f"the series holds {valid} of {total} elements: nothing was recorded", byte=18)
    if valid > total or not 0 <= dimensions <= 10:
        raise file.refusal(f"the head states {valid} of {total} elements in {dimensions} dimensions", byte=14)
    header = _dimensions(file, 26 + width, dimensions)
    offsets = [int(one) for one in file.array(f"<i{width}", valid, table, "the table of elements")]
    tags = [int(one) for one in file.array(f"<i{width}", valid, table + total * width, "the table of tags")]
    return _Series(1 if kind == _ONE else 2, tuple(offsets), tuple(tags), header | {"elements": f"{valid} of {total}"})


def _dimensions(file: RawFile, place: int, count: int) -> dict[str, str]:
    """Return what the head says of the dimensions along which elements were taken."""
    found = {}
    for index in range(1, count + 1):
        size, offset, delta, element, length = file.unpack("<iddii", place, "a dimension")
        texts = []
        place += 28
        for _ in range(2):
            if not 0 <= length <= 1000:
                raise file.refusal(f"a text of {length} letters describes a dimension", byte=place - 4)
            texts.append(file.unpack(f"{length}s", place, "a text")[0].decode("cp1252", errors="replace"))
            place += length
            if len(texts) == 1:
                length = file.unpack("<i", place, "a length")[0]
                place += 4
        found[f"dimension {index}"] = (
            f"{texts[0]}: {size} from {offset:g} by {delta:g} {texts[1]}, zero at {element}".strip()
        )
    return found


def _element(file: RawFile, series: _Series, place: int, number: int) -> _Element:
    what = f"element {number}"
    scales = []
    start = place
    for _ in range(series.dimensions):
        value, step, zero = file.unpack("<ddi", place, what)
        if not (math.isfinite(value) and math.isfinite(step) and step != 0.0 and 1e-30 < abs(step) < 1e30):
            raise file.refusal(f"the scale of {what} goes by {step:g} from {value:g}", byte=place)
        scales.append((float(value), float(step), int(zero)))
        place += 20
    kind, *sizes = file.unpack(f"<h{series.dimensions}i", place, what)
    if kind not in _TYPES:
        raise file.refusal(f"{what} has numbers of the type {kind}; 1 to 10 were expected", byte=place)
    place += 2 + 4 * series.dimensions
    count = checked_size(file, *sizes, byte=start)
    values = file.array(f"<{_TYPES[kind]}", count, place, f"{what} of {' x '.join(map(str, sizes))} numbers")
    end = place + values.nbytes
    # a tag usually follows its element; where its place is given so, its mark must stand there
    if series.tags[number - 1] == end and end + 8 <= len(file.data) and file.unpack("<H", end)[0] not in _TAGS:
        raise file.refusal(f"the tag of {what} was expected behind its numbers: bytes are missing or added", byte=end)
    if series.dimensions == 2:
        values = values.reshape(sizes[1], sizes[0])[::-1]
    return _Element(tuple(scales), values, end)


def _axes(element: _Element, notes: list[str]) -> tuple[Values, ...]:
    shape = element.values.shape
    places = []
    for (value, step, zero), count in zip(element.scales, reversed(shape)):
        places.append(value + (np.arange(count) - zero) * step)
    if len(shape) == 1:
        if abs(element.scales[0][1]) < _LENGTH_BELOW:
            return (Values("x_position", places[0], "m"),)
        notes.append("the file does not name the axis of its spectra: energies in eV")
        return (Values("energy", places[0], "eV"),)
    notes.append(ROWS_NOTE)
    steps = [abs(step) for _, step, _ in element.scales]
    for name, unit, known in (
        ("position", "m", max(steps) < _LENGTH_BELOW),
        ("frequency", "1/m", min(steps) > 1.0 / _LENGTH_BELOW),
    ):
        if known:
            return Values(f"y_{name}", places[1], unit), Values(f"x_{name}", places[0], unit)
    notes.append(f"the steps of {steps[0]:g} are neither lengths nor their inverse: pixels")
    return Values("y_pixel", np.arange(shape[0]), "1"), Values("x_pixel", np.arange(shape[1]), "1")


def _date(file: RawFile, series: _Series) -> str:
    """Return the time of the first element, which its tag has in seconds since 1970."""
    place = series.tags[0]
    if not 0 < place <= len(file.data) - 8:
        return ""
    tag, seconds = file.unpack("<ii", place)
    if tag & 0xFFFF not in _TAGS or seconds < 5e8:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _from_emi(file: RawFile) -> tuple[dict[str, str | float], dict[str, str]]:
    """Return settings and further words from the .emi beside a series, none where there is no such file."""
    found = re.fullmatch(r"(.+)_(\d+)\.ser", Path(file.path).name, re.IGNORECASE)
    place = Path(file.path).with_name(f"{found[1]}.emi") if found else None
    try:
        if place is None or not place.is_file() or place.stat().st_size > _LARGEST_EMI:
            return {}, {}
        data = place.read_bytes()
    except (OSError, ValueError):
        return {}, {}
    infos = re.findall(rb"<ObjectInfo>.*?</ObjectInfo>", data, re.DOTALL)
    assert found is not None
    index = int(found[2]) - 1
    if not data.startswith(_EMI_HEAD) or not index < len(infos):
        return {}, {}
    try:
        root = xml_root(file, infos[index], "the .emi beside it")
    except DataError:
        return {}, {}
    header = {}
    for entry in root.iter():
        parts = {local(child.tag): (child.text or "").strip() for child in entry}
        if local(entry.tag) == "Data" and parts.get("Label"):
            header[parts["Label"]] = f"{parts.get('Value', '')} {parts.get('Unit', '')}".strip()
    for name in ("AcceleratingVoltage", "AcquireDate", "Manufacturer", "DetectorType", "DwellTimePath", "FrameTime"):
        text = next((entry.text for entry in root.iter() if local(entry.tag) == name), None)
        if text and text.strip():
            header[name] = text.strip()
    return _settings(header), header


def _settings(header: Mapping[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    if header.get("Microscope"):
        maker = header.get("Manufacturer", "") or "FEI"
        model = header["Microscope"].removeprefix("Microscope").strip().removeprefix(maker).strip()
        found["instrument"] = f"{maker} {model}"
    for key, word in (("User", "operator"), ("Mode", "technique")):
        if header.get(key):
            found[word] = " ".join(header[key].split())
    for key, word, unit in (("AcceleratingVoltage", "tube_voltage", "V"), ("DwellTimePath", "integration_time", "s")):
        if (value := number(header.get(key, ""))) > 0.0:
            found[word] = setting(word, value, unit)
    magnification = re.fullmatch(r"([\d.]+) ?x", header.get("Magnification", ""))
    if magnification and (value := number(magnification[1])) > 0.0:
        found["magnification"] = value
    return found


READER = Reader("tia_ser", "FEI TIA series (.ser)", _sniff, _read)
EMI = Reader("tia_emi", "FEI TIA settings (.emi)", _sniff_emi, _read_emi)
