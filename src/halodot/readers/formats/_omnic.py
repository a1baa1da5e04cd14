"""The blocks of OMNIC's files: a table of keys, headers of spectra, and texts.

The layout is not published by its maker; it is described in the developers' guide of SpectroChemPy ("OMNIC SPA file
format", "OMNIC SRS file format", 2026), from files whose numbers OMNIC itself exported.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Values
from halodot.readers.settings import setting
from halodot.readers.spectral_axes import Named

HEADER, PAYLOAD, USER_TEXT, HISTORY, TITLE, EXPERIMENT, LIBRARY = 0x02, 0x03, 0x04, 0x1B, 0x6B, 0x82, 0x53
SAMPLE_INTERFEROGRAM, BACKGROUND_INTERFEROGRAM = 0x66, 0x67
#: keys whose position and size are held against the size of the file
_SIZED = (PAYLOAD, USER_TEXT, HISTORY, 0x64, 0x65, SAMPLE_INTERFEROGRAM, BACKGROUND_INTERFEROGRAM)
#: points that a spectrum may have
MOST_POINTS = 20_000_000
#: code of the axis that counts the points of an interferogram
DATA_POINTS = 2
_AXES = {
    1: Named("wavenumber", "1/cm"),
    3: Named("wavelength", "nm"),
    4: Named("wavelength", "um"),
    32: Named("raman_shift", "1/cm"),
}
_ORDINATES = {
    11: (Named("reflectance", "%"), "%Reflectance"),
    12: (Named("log_inverse_reflectance", "1"), "Log(1/R)"),
    15: (Named("intensity", "1"), "Single beam"),
    16: (Named("transmittance", "%"), "%Transmittance"),
    17: (Named("absorbance", "1"), "Absorbance"),
    20: (Named("kubelka_munk", "1"), "Kubelka-Munk"),
    21: (Named("reflectance", "1"), "Reflectance"),
    22: (Named("signal_voltage", "V"), "Volts"),
    23: (Named("transmittance", "1"), "Transmittance"),
    26: (Named("intensity", "1"), "Photoacoustic"),
    31: (Named("intensity", "1"), "Raman intensity"),
}


class Entry(NamedTuple):
    """A line of the table of keys."""

    key: int
    position: int
    size: int


class Header(NamedTuple):
    """What stands before the points of a spectrum or a series."""

    points: int
    axis: int
    ordinate: int
    first: float
    last: float
    peak: int
    scans: int
    background_scans: int
    collection: float  # s
    laser: float  # 1/cm
    spacing: float
    excitation: float  # 1/cm, of a Raman spectrum


def entries(file: RawFile) -> tuple[Entry, ...]:
    """Return the table of keys.

    Raises:
        DataError: it is empty, or names blocks that lie behind the end of the file.
    """
    (count,) = file.unpack("<H", 294, "the number of keys")
    found = []
    for place in range(count):
        key, position, size = file.unpack("<BxII", 304 + 16 * place, "a key")
        found.append(Entry(key, position, size))
        if key in _SIZED and position + size > len(file.data):
            what = f"block {key:#04x} of {size} bytes at byte {position}"
            raise file.refusal(f"{what} was expected, but the file has {len(file.data)}", byte=304 + 16 * place)
    if not found:
        raise file.refusal("there are no keys", byte=294)
    return tuple(found)


def header_at(file: RawFile, position: int) -> Header:
    """Return the header of a spectrum at a byte.

    Raises:
        DataError: it states a number of points that cannot be, an axis that is not known, or ends that are no numbers.
    """
    points, axis, ordinate, first, last = file.unpack("<IB3xB3xff", position + 4, "the header of a spectrum")
    if not 1 < points <= MOST_POINTS:
        raise file.refusal(f"{points} points are stated; 2 to {MOST_POINTS} can be", byte=position + 4)
    if axis != DATA_POINTS and axis not in _AXES:
        raise file.refusal(
            f"the axis has the code {axis}; one of 2, {', '.join(map(str, _AXES))} is known", byte=position + 8
        )
    if axis != DATA_POINTS and not (np.isfinite(first) and np.isfinite(last) and first != last):
        raise file.refusal(f"the axis goes from {first:g} to {last:g}", byte=position + 16)
    peak, scans = file.unpack("<II", position + 32)
    (background,) = file.unpack("<I", position + 52)
    (collection,) = file.unpack("<I", position + 68)
    laser, spacing = file.unpack("<ff", position + 80)
    (excitation,) = file.unpack("<f", position + 96)
    return Header(
        points, axis, ordinate, first, last, peak, scans, background, collection / 100.0, laser, spacing, excitation
    )


def axis_values(header: Header, ascending: bool = False) -> Values:
    """Return the abscissas of a spectrum, or the optical path difference of an interferogram.

    A sampled interval is ``spacing / (2 laser)``: half a fringe of the reference laser where the spacing is 1.

    Args:
        header: of the spectrum.
        ascending: whether the points are stored from the smallest abscissa on, whatever the header's order.
    """
    if header.axis == DATA_POINTS:
        count = np.arange(header.points, dtype=float)
        if 1e3 < header.laser < 1e5 and 0.0 < header.spacing <= 64.0 and header.peak < header.points:
            step = header.spacing / (2.0 * header.laser)
            return Values("optical_path_difference", (count - header.peak) * step, "cm", heading="Data points")
        return Values("channel", count, heading="Data points")
    quantity, unit = _AXES[header.axis]
    ends = sorted((header.first, header.last)) if ascending else (header.first, header.last)
    return Values(quantity, np.linspace(ends[0], ends[1], header.points), unit)


def ordinate_named(header: Header) -> tuple[Named, str, str]:
    """Return what the ordinate measures, its heading, and a note where its code is not known."""
    if header.ordinate in _ORDINATES:
        return *_ORDINATES[header.ordinate], ""
    return Named("intensity", "1"), "", f"the ordinate has the code {header.ordinate}, whose meaning is not known"


def kind_of(header: Header) -> str:
    """Return the kind of recording."""
    if header.axis == DATA_POINTS:
        return "interferogram"
    return {"raman_shift": "raman", "wavelength": "absorption"}.get(_AXES[header.axis].quantity, "infrared")


def text_at(file: RawFile, position: int, size: int) -> str:
    """Return a text that ends at a zero byte or after some bytes."""
    raw = file.data[position : position + size].split(b"\0")[0]
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").strip()


def date_of(seconds: int) -> str:
    """Return OMNIC's seconds since 1899-12-31 (UTC) as ISO 8601, empty for none."""
    if seconds == 0:
        return ""
    return (datetime(1899, 12, 31, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def acquisition(header: Header, history: str) -> dict[str, str | float]:
    """Return the settings of a measurement, from its header and from the text of its history."""
    found: dict[str, str | float] = {}
    if 0 < header.scans < 1_000_000:
        found["scans"] = float(header.scans)
    if 0.0 < header.collection < 1e7:
        found["acquisition_time"] = header.collection
    words = {"serial_number": "Bench Serial Number", "detector": "Detector", "source": "Source"}
    for word, label in words.items():
        if match := re.search(rf"^\s*{label}:[ \t]*(\S[^\r\n]*)", history, re.MULTILINE):
            found[word] = match[1].strip()
    if match := re.search(r"^\s*Resolution:\s*([\d.]+)", history, re.MULTILINE):
        found["resolution"] = setting("resolution", float(match[1].strip(".")), "1/cm")
    if _AXES.get(header.axis, Named("", "")).quantity == "raman_shift" and 1e3 < header.excitation < 1e5:
        found["excitation_wavelength"] = 0.01 / header.excitation
    return found
