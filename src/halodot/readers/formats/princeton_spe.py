"""Princeton Instruments and Roper: spectra of WinSpec (.spe, 2.x) and LightField (3.0).

A header of 4100 bytes states pixels, strips, frames and the type of the numbers, which follow it frame by frame. The
wavelengths of version 2 are a polynomial of the pixel counted from 1; those of version 3 stand in XML behind the
numbers, which is where the header says. What lies below zero, or had a background taken off, is an intensity.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError
from halodot.readers.archives import local, xml_root
from halodot.readers.formats._plain_text import local_date
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import iso_date, setting

_HEADER = 4100
#: places in the header
_EXPOSURE, _DATE, _XDIM, _TYPE, _BACKGROUND, _TIME = 10, 20, 42, 108, 150, 172
_COMMENTS, _GROOVES, _YDIM, _ACCUMULATIONS, _XML, _FLAT = 200, 650, 656, 668, 678, 706
_FRAMES, _VERSION, _WINVIEW, _CALIBRATION = 1446, 1992, 2996, 3000
#: what WinView and LightField write at `_WINVIEW`
_MARK = b"\x67\x45\x23\x01"
_TYPES = {0: "<f4", 1: "<i4", 2: "<i2", 3: "<u2", 5: "<f8", 6: "<u1", 8: "<u4"}
#: units of a calibration by the numbers of WinSpec; below 4 they are pixels and what a user named
_UNITS = {4: ("wavelength", "nm"), 5: ("wavenumber", "1/cm"), 6: ("raman_shift", "1/cm")}


class _Shape(NamedTuple):
    """What the header states of the numbers."""

    frames: int
    strips: int
    pixels: int
    dtype: str
    version: float
    xml: int  # byte of the XML, 0 where there is none


def _sniff(file: RawFile) -> Match:
    if len(file.data) < _HEADER:
        return Match.NO
    version = file.unpack("<f", _VERSION)[0]
    if file.encoding or not 1.0 <= version < 4.0:
        return Match.NO
    try:
        shape = _shape(file)
    except DataError:
        return Match.SIGNATURE if file.data[_WINVIEW : _WINVIEW + 4] == _MARK else Match.NO
    if file.data[_WINVIEW : _WINVIEW + 4] == _MARK:
        return Match.SIGNATURE
    end = _HEADER + shape.frames * shape.strips * shape.pixels * np.dtype(shape.dtype).itemsize
    if shape.xml:
        return Match.SIGNATURE if end == shape.xml or b"<SpeFormat" in file.data[shape.xml :][:200] else Match.NO
    return Match.LAYOUT if end == len(file.data) else Match.NO


def _read(file: RawFile) -> Recording:
    shape = _shape(file)
    count = shape.frames * shape.strips * shape.pixels
    numbers = file.array(
        shape.dtype, count, _HEADER, f"{shape.frames} frames of {shape.strips} x {shape.pixels} numbers"
    )
    end = _HEADER + numbers.nbytes
    stated = shape.xml or len(file.data)
    if end != stated:
        what = f"{shape.frames} frames of {shape.strips} x {shape.pixels} numbers end at byte {end}"
        raise file.refusal(f"{what}, and the numbers of the file at byte {stated}", byte=min(end, len(file.data)))
    values = np.reshape(numbers, (shape.frames, shape.strips, shape.pixels))
    metadata, header, spectral = (_from_xml if shape.xml else _from_header)(file, shape)
    return _recording(values, spectral, metadata, header, _is_raw(file, values))


def _shape(file: RawFile) -> _Shape:
    pixels, strips = file.unpack("<H", _XDIM)[0], file.unpack("<H", _YDIM)[0]
    kind, frames = file.unpack("<h", _TYPE)[0], file.unpack("<i", _FRAMES)[0]
    version = float(file.unpack("<f", _VERSION)[0])
    if kind not in _TYPES or not pixels or not strips or frames < 1:
        what = f"{frames} frames of {strips} x {pixels} numbers of type {kind} cannot be"
        raise file.refusal(what, byte=_TYPE)
    regions = file.unpack("<h", 1510)[0]
    xml = int(file.unpack("<Q", _XML)[0]) if version >= 3.0 else 0
    if regions > 1 and not xml:
        raise file.refusal(f"the file holds {regions} regions of the detector; export one", byte=1510)
    return _Shape(frames, strips, pixels, _TYPES[kind], version, xml)


def _is_raw(file: RawFile, values: NDArray[np.float64]) -> bool:
    """Whether numbers are what the detector counted."""
    corrected = any(file.unpack("<h", place)[0] == 1 for place in (_BACKGROUND, _FLAT))
    return not corrected and bool(np.isfinite(values).all()) and float(values.min()) >= 0.0


def _from_header(
    file: RawFile, shape: _Shape
) -> tuple[dict[str, str | float], dict[str, str], tuple[str, str, NDArray[np.float64]] | None]:
    """Return settings and calibration of version 2."""
    metadata: dict[str, str | float] = {"instrument": "Princeton Instruments"}
    exposure = float(file.unpack("<f", _EXPOSURE)[0])
    if 0.0 < exposure < 1e6:
        metadata["integration_time"] = exposure
    accumulations = file.unpack("<i", _ACCUMULATIONS)[0]
    if 0 < accumulations < 1_000_000_000:
        metadata["scans"] = float(accumulations)
    grooves = float(file.unpack("<f", _GROOVES)[0])
    if 1.0 <= grooves < 1e5:
        metadata["grating"] = f"{grooves:g} lines/mm"
    clock = file.field(_TIME, 7)
    when = f"{file.field(_DATE, 10)} {clock[:2]}:{clock[2:4]}:{clock[4:6]}"
    if date := iso_date(when, "%d%b%Y %H:%M:%S"):
        metadata["date"] = date
    header = {f"comment {k + 1}": text for k in range(5) if (text := file.field(_COMMENTS + 80 * k, 80))}
    header["header version"] = f"{shape.version:.2f}"
    if file.data[_CALIBRATION + 98] != 1:
        return metadata, header, None
    unit, order = file.data[_CALIBRATION + 100], file.data[_CALIBRATION + 101]
    if unit not in _UNITS:
        return metadata, header, None
    if order > 5:
        raise file.refusal(f"a polynomial of the order {order} cannot be", byte=_CALIBRATION + 101)
    factors = file.unpack("<6d", _CALIBRATION + 263, "the polynomial of the wavelengths")[: order + 1]
    first, binned = file.unpack("<H", 1512)[0], file.unpack("<H", 1516)[0]
    header["first pixel and binning"] = f"{first} {binned}"
    points = np.polynomial.polynomial.polyval(np.arange(1.0, shape.pixels + 1), np.array(factors))
    quantity, own = _UNITS[unit]
    return metadata, header, (quantity, own, points)


def _from_xml(
    file: RawFile, shape: _Shape
) -> tuple[dict[str, str | float], dict[str, str], tuple[str, str, NDArray[np.float64]] | None]:
    """Return settings and calibration of version 3."""
    root = xml_root(file, file.data[shape.xml :], "the footer")
    metadata: dict[str, str | float] = {"instrument": "Princeton Instruments", "software": "LightField"}
    header: dict[str, str] = {"header version": f"{shape.version:.2f}"}
    spectral = None
    regions = 0
    for element in root.iter():
        name, text = local(element.tag), (element.text or "").strip()
        if name == "DataBlock" and element.get("type") == "Region":
            regions += 1
        elif name == "ExposureTime" and text and "integration_time" not in metadata:
            if re.fullmatch(r"\d+(\.\d*)?", text) and float(text) > 0.0:
                metadata["integration_time"] = setting("integration_time", float(text), "ms")
        elif name == "Wavelength" and text and spectral is None:
            spectral = ("wavelength", "nm", _listed(file, text, shape))
        elif name == "FileInformation" and element.get("created"):
            if date := local_date(element.get("created", "")[:19]):
                metadata["date"] = date
        elif name in ("CenterWavelength", "Grating", "Model", "SensorName") and text and name not in header:
            header[name] = text
    if regions > 1:
        raise file.refusal(f"the file holds {regions} regions of the detector; export one", byte=shape.xml)
    if header.get("Grating"):
        metadata["grating"] = header["Grating"]
    return metadata, header, spectral


def _listed(file: RawFile, text: str, shape: _Shape) -> NDArray[np.float64]:
    try:
        found = np.array([float(part) for part in text.split(",") if part.strip()])
    except ValueError as error:
        raise file.refusal(f"wavelengths were expected in the footer ({error})", byte=shape.xml) from error
    if len(found) != shape.pixels:
        raise file.refusal(f"{shape.pixels} wavelengths were expected, not {len(found)}", byte=shape.xml)
    return found


def _recording(
    values: NDArray[np.float64],
    spectral: tuple[str, str, NDArray[np.float64]] | None,
    metadata: dict[str, str | float],
    header: dict[str, str],
    raw: bool,
) -> Recording:
    frames, strips, pixels = values.shape
    axes: list[Values] = []
    if frames > 1:
        axes.append(Values("channel", np.arange(1.0, frames + 1), "1", "frame"))
    if strips > 1:
        axes.append(Values("y_pixel", np.arange(1.0, strips + 1)))
    notes = () if raw else ("the numbers were corrected or lie below zero: they are called an intensity, not counts",)
    if spectral is None:
        axes.append(Values("x_pixel", np.arange(1.0, pixels + 1)))
        kind = "image" if strips > 1 else "spectrum"
        notes = (*notes, "the file has no calibration of its pixels in nm or 1/cm")
    else:
        quantity, unit, points = spectral
        axes.append(Values(quantity, points, unit))
        kind = "raman" if quantity == "raman_shift" else "spectrum"
    shaped = np.reshape(values, tuple(len(axis.values) for axis in axes))
    signal = Values("counts" if raw else "intensity", shaped)
    return Recording(kind, (Curve(tuple(axes), (signal,)),), metadata, header, (), notes)


READER = Reader("princeton_spe", "Princeton Instruments WinSpec and LightField (.spe 2.x and 3.0)", _sniff, _read)
