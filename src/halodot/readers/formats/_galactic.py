"""Codes and headers of Galactic's SPC, from spc.h (Galactic Industries, 1997)."""

from __future__ import annotations

import math
import struct
from datetime import datetime
from typing import NamedTuple

from halodot.readers.raw_file import RawFile
from halodot.readers.spectral_axes import Named

#: bits of the first byte
HALF, MULTI, LABELLED, OWN_ABSCISSAS, ABSCISSAS = 0x01, 0x04, 0x20, 0x40, 0x80
#: exponent that marks 32-bit floats
FLOAT = -128
#: second byte: new with the small byte first, new with the large one first, old
NEW, NEW_BIG, OLD = 0x4B, 0x4C, 0x4D
_NEW_HEADER = "BBBbIddIBBBBI9s9sH32s130s30sIIBBHf48sfIfB187s"
_OLD_HEADER = "BBhfffBBHBBBB8sHH28s130s30s"
NEW_SIZE, OLD_SIZE, SUB_SIZE = 512, 224, 32
MOST_POINTS = 50_000_000
AXES = {
    1: Named("wavenumber", "1/cm"),
    2: Named("wavelength", "um"),
    3: Named("wavelength", "nm"),
    4: Named("time", "s"),
    5: Named("time", "min"),
    6: Named("frequency", "Hz"),
    7: Named("frequency", "kHz"),
    8: Named("frequency", "MHz"),
    9: Named("mass_to_charge", "1"),
    10: Named("chemical_shift", "ppm"),
    11: Named("time", "day"),
    13: Named("raman_shift", "1/cm"),
    14: Named("photon_energy", "eV"),
    16: Named("channel", "1"),
    17: Named("channel", "1"),
    18: Named("angle", "degree"),
    19: Named("temperature", "degF"),
    20: Named("temperature", "degC"),
    21: Named("temperature", "K"),
    22: Named("channel", "1"),
    23: Named("time", "ms"),
    24: Named("time", "us"),
    25: Named("time", "ns"),
    26: Named("frequency", "GHz"),
    27: Named("x_position", "cm"),
    28: Named("x_position", "m"),
    29: Named("x_position", "mm"),
    30: Named("time", "h"),
}
#: other codes of an axis: arbitrary, years, labels as text, double interferogram
OTHER_AXES = (0, 12, 15, 255)
ORDINATES = {
    0: (Named("intensity", "1"), "Arbitrary intensity"),
    1: (Named("intensity", "1"), "Interferogram"),
    2: (Named("absorbance", "1"), "Absorbance"),
    3: (Named("kubelka_munk", "1"), "Kubelka-Munk"),
    4: (Named("counts", "1"), "Counts"),
    5: (Named("signal_voltage", "V"), "Volts"),
    6: (Named("phase_angle", "degree"), "Degrees"),
    7: (Named("current", "mA"), "Milliamps"),
    8: (Named("height", "mm"), "Millimeters"),
    9: (Named("signal_voltage", "mV"), "Millivolts"),
    10: (Named("log_inverse_reflectance", "1"), "Log(1/R)"),
    11: (Named("intensity", "1"), "Percent"),
    12: (Named("intensity", "1"), "Intensity"),
    13: (Named("intensity", "1"), "Relative intensity"),
    14: (Named("intensity", "1"), "Energy"),
    16: (Named("intensity", "1"), "Decibel"),
    19: (Named("temperature", "degF"), "Temperature (F)"),
    20: (Named("temperature", "degC"), "Temperature (C)"),
    21: (Named("temperature", "K"), "Temperature (K)"),
    22: (Named("index", "1"), "Index of refraction"),
    23: (Named("extinction", "1"), "Extinction coefficient"),
    24: (Named("intensity", "1"), "Real"),
    25: (Named("intensity", "1"), "Imaginary"),
    26: (Named("intensity", "1"), "Complex"),
    128: (Named("transmittance", ""), "Transmission"),
    129: (Named("reflectance", ""), "Reflectance"),
    130: (Named("intensity", "1"), "Single beam"),
    131: (Named("intensity", "1"), "Emission"),
}
#: kinds of recording by the technique's code; others follow from the axis
TECHNIQUES = {8: "x_ray_diffraction", 9: "mass_spectrum", 11: "raman", 12: "photoluminescence"}
TECHNIQUE_NAMES = (
    "general", "gas chromatogram", "chromatogram", "HPLC chromatogram", "FT-IR", "NIR", "", "UV-VIS",
    "X-ray diffraction", "mass spectrum", "NMR", "Raman", "fluorescence", "atomic", "diode array",
)  # fmt: skip


class Header(NamedTuple):
    """What stands before the first spectrum of a file."""

    flags: int
    version: int
    technique: int
    exponent: int
    points: int  # or the byte of the directory
    first: float
    last: float
    spectra: int  # 0 where the old format leaves it open
    axis: int
    ordinate: int
    depth: int  # code of the third axis
    date: str
    texts: dict[str, str]  # resolution, source, comment, method
    labels: tuple[str, ...]
    scans: int
    peak: int
    log: int
    depth_step: float
    planes: int

    @property
    def order(self) -> str:
        """Mark of the byte order."""
        return ">" if self.version == NEW_BIG else "<"


def plausible(data: bytes) -> bool:
    """Whether the first bytes are a header: codes that exist, ends that are numbers, a date that can be."""
    if len(data) < 256 or data[1] not in (NEW, NEW_BIG, OLD):
        return False
    try:
        if data[1] == OLD:
            values = struct.unpack_from("<" + _OLD_HEADER, data)
            exponent, points, ends, axis, ordinate = values[2], values[3], values[4:6], values[6], values[7]
            dated = values[9] <= 12 and values[10] <= 31 and values[11] <= 24 and values[12] <= 60
            sized = points == points and 1.0 <= points <= MOST_POINTS and points == int(points)
        else:
            if len(data) < NEW_SIZE:
                return False
            values = struct.unpack_from((">" if data[1] == NEW_BIG else "<") + _NEW_HEADER, data)
            exponent, points, ends, axis, ordinate = values[3], values[4], values[5:7], values[8], values[9]
            date = values[12]
            dated = (date >> 16) % 16 <= 12 and (date >> 6) % 32 <= 24 and date % 64 <= 60
            sized = (points >= 1 or bool(data[0] & OWN_ABSCISSAS)) and values[7] >= 1 and data[2] <= 14
    except (struct.error, OverflowError, ValueError):
        return False
    known = (axis in AXES or axis in OTHER_AXES) and ordinate in ORDINATES and -128 <= exponent <= 128
    return known and dated and sized and all(math.isfinite(end) and abs(end) < 1e12 for end in ends)


def header_of(file: RawFile) -> Header:
    """Return the header of a file.

    Raises:
        DataError: the file ends before it does.
    """
    if len(file.data) > 1 and file.data[1] == OLD:
        return _old(file)
    order = ">" if file.data[1] == NEW_BIG else "<"
    values = file.unpack(order + _NEW_HEADER, 0, "the header")
    texts = {"resolution": values[13], "source": values[14], "comment": values[17], "method": values[25]}
    date = values[12]
    return Header(
        values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8], values[9],
        values[10], _date(date >> 20, (date >> 16) % 16, (date >> 11) % 32, (date >> 6) % 32, date % 64),
        {key: _text(text) for key, text in texts.items() if _text(text)},
        _labels(values[18]) if values[0] & LABELLED else (), 0, values[15], values[19], values[26], values[27],
    )  # fmt: skip


def _old(file: RawFile) -> Header:
    values = file.unpack("<" + _OLD_HEADER, 0, "the header")
    depth = values[8] >> 12
    texts = {"resolution": values[13], "comment": values[17]}
    labelled = depth == 15 or values[0] & LABELLED
    return Header(
        values[0], values[1], 0, values[2], int(values[3]), values[4], values[5], 0 if values[0] & MULTI else 1,
        values[6], values[7], depth, _date(values[8] & 0xFFF, *values[9:13]),
        {key: _text(text) for key, text in texts.items() if _text(text)}, _labels(values[18]) if labelled else (),
        values[15], values[14], 0, 0.0, 0,
    )  # fmt: skip


def _date(year: int, month: int, day: int, hour: int, minute: int) -> str:
    try:
        return datetime(year, month, day, hour, minute).isoformat() if year > 1900 else ""
    except ValueError:
        return ""


def _text(raw: bytes) -> str:
    return "".join(
        letter for letter in raw.split(b"\0")[0].decode("cp1252", errors="replace") if letter.isprintable()
    ).strip()


def _labels(raw: bytes) -> tuple[str, ...]:
    return tuple(_text(part) for part in raw.split(b"\0")[:3])
