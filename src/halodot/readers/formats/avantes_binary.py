"""Avantes AvaSoft 8 (``.raw8``, ``.abs8``, ``.trm8``, ``.irr8`` ...) and 6, 7 (``.roh``, ``.trm``, ``.abs``), binary.

AvaSoft 8: ``AVS82`` or ``AVS84``, the number of spectra (uint8), and for each its length (uint32) without ten bytes
behind it, a sequence number, the mode of measurement, two more bytes, 75 bytes that name the spectrometer, 41 bytes of
the measurement as the spectrometer's library has them, a time stamp, a packed date, temperatures, the colour and
the integration time of the calibration, five coefficients of the wavelength (float64), a comment of 130 bytes, and
wavelengths, sample, dark and reference (float32), one behind the other. In irradiance files the reference is the
calibration. AvaSoft 6 and 7: float32 only, the first of them 60 or 70; a wavelength is the polynomial at the pixel.

Source: the layout that Avantes gave to H. Gruson for the R package lightr, and the types of the library's avaspec.h.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from halodot.errors import DataError
from halodot.readers.formats._avantes import COMPUTED, CORRECTED, absorbance, ratio, spectra
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

#: what is computed in a mode of AvaSoft 8 that has a reference; sources disagree which of 1 and 2 is absorbance
_COMPUTED = {1: "absorbance", 2: "absorbance", 3: "transmittance", 4: "reflectance"}
_LAST_MODE = 7
#: no detector counts so far in one exposure: the reference is a calibration
_MOST_COUNTS = 1e6
_HEADER = 322
_PADDING = 10
#: no mean of counts is smaller, unless it is zero
_LEAST_COUNTS = 1e-7
#: nm; a float32 of a wavelength has six digits
_AGREED = 5e-3
#: floats of the header and behind the spectra, by the version that AvaSoft 6 and 7 write first
_LEGACY = {60.0: (19, 3), 70.0: (100, 3)}
_MOST_PIXELS = 100_000


def _sniff(file: RawFile) -> Match:
    if file.data.startswith(b"AVS8"):
        return Match.SIGNATURE
    return Match.LAYOUT if _is_legacy(file) else Match.NO


def _read(file: RawFile) -> Recording:
    if not file.data.startswith(b"AVS8"):
        return _read_legacy(file)
    version = file.data[:5].decode("latin-1")
    if version not in ("AVS82", "AVS84"):
        raise file.refusal(f"version {version!r} is not known; AVS82 or AVS84 was expected", byte=0)
    (count,) = file.unpack("<B", 5, "the number of spectra")
    curves: list[Curve] = []
    notes: set[str] = set()
    start = 6
    for number in range(count):
        curve, said, start = _spectrum(file, start, number + 1)
        curves.append(curve)
        notes |= said
    if start != len(file.data):
        raise file.refusal(f"{count} spectra end here, but the file has {len(file.data)} bytes", byte=start)
    if not curves:
        raise file.refusal("the file holds no spectrum", byte=5)
    shared = {"software": f"AvaSoft 8 ({version})"}
    computed = any(one.signals[0].quantity in _COMPUTED.values() for one in curves)
    kind = "absorption" if computed else "spectrum"
    return Recording(kind, tuple(curves), shared, {}, notes=tuple(sorted(notes)))


def _spectrum(file: RawFile, start: int, number: int) -> tuple[Curve, set[str], int]:
    """Return one spectrum of AvaSoft 8, what there is to say of it, and where the next starts."""
    (length,) = file.unpack("<I", start, f"the length of spectrum {number}")
    end = start + length + _PADDING
    mode = file.unpack("<B", start + 5, "the mode")[0]
    first, last = file.unpack("<HH", start + 83, "the first and the last pixel")
    pixels = last - first + 1
    if mode > _LAST_MODE:
        raise file.refusal(f"the mode is {mode}; one of 0 to {_LAST_MODE} was expected", byte=start + 5)
    if pixels < 2 or length < _HEADER + 16 * pixels or end > len(file.data):
        what = f"{pixels} pixels in {length} bytes do not fit into the {len(file.data)} bytes of the file"
        raise file.refusal(what, byte=start)
    arrays = file.array("<f4", 4 * pixels, start + _HEADER, "wavelengths and spectra").reshape(4, pixels)
    _check_wavelengths(file, arrays[0], file.unpack("<5d", start + 152, "coefficients"), first, start + _HEADER)
    _check_counts(file, arrays, start + _HEADER)
    metadata = _settings(file, start) | {"technique": f"mode {mode}"}
    signals, notes = _signals(arrays[1:], mode)
    x = Values("wavelength", arrays[0].astype(float), "nm")
    label = str(metadata.get("comment", ""))
    return Curve((x,), signals, label, metadata), notes, end


def _signals(arrays: np.ndarray, mode: int) -> tuple[tuple[Values, ...], set[str]]:
    sample, dark, reference = arrays
    columns = {"sample": sample}
    if np.any(dark):
        columns["dark"] = dark
    calibrated = bool(np.max(reference) > _MOST_COUNTS)
    if np.any(reference) and not calibrated:
        columns["reference"] = reference
    signals = spectra(columns, {})
    notes = {CORRECTED} if signals[0].quantity == "intensity" else set()
    if calibrated and np.any(reference):
        signals = (*signals, Values("intensity", reference, "1", "intensity_calibration", "calibration"))
        notes.add("the irradiance itself is not in the file: counts, and the calibration they are weighed with")
    if mode in _COMPUTED and "reference" in columns:
        fraction = ratio(sample, dark, reference)
        if np.isfinite(fraction).any():
            notes.add(COMPUTED)
            quantity = _COMPUTED[mode]
            values = absorbance(fraction) if quantity == "absorbance" else fraction
            signals = (Values(quantity, values), *signals)
    return signals, notes


def _check_counts(file: RawFile, arrays: np.ndarray, byte: int) -> None:
    """Refuse arrays that hold what is no number, or smaller than any mean of counts."""
    size = np.abs(arrays)
    wrong = ~np.isfinite(arrays) | ((size > 0.0) & (size < _LEAST_COUNTS))
    if wrong.any():
        raise file.refusal(f"counts were expected, not {arrays[wrong][0]:g}", byte=byte)


def _check_wavelengths(
    file: RawFile, wavelengths: np.ndarray, coefficients: tuple[float, ...], first: int, byte: int
) -> None:
    """Refuse wavelengths that are not those of the coefficients, where there are any."""
    if not np.isfinite(coefficients).all() or not coefficients[1]:
        return
    expected = np.polynomial.Polynomial(coefficients)(first + np.arange(len(wavelengths)))
    off = np.abs(wavelengths - expected)
    if not off.max() < _AGREED:
        place = int(np.argmax(~(off < _AGREED)))
        what = f"the wavelength at pixel {first + place} is {wavelengths[place]:g} nm; its polynomial gives"
        raise file.refusal(f"{what} {expected[place]:g} nm", byte=byte + 4 * place)


def _settings(file: RawFile, start: int) -> dict[str, str | float]:
    milliseconds, _, averages = file.unpack("<fII", start + 87)
    corrected, _, smoothed = file.unpack("<BBH", start + 99)
    found: dict[str, str | float] = {
        "instrument": "Avantes",
        "serial_number": _text(file, start + 8, 10),
        "date": _date(file.unpack("<I", start + 128)[0]),
        "comment": _comment(file, start + 192),
    }
    found = {key: text for key, text in found.items() if text}
    if 0.0 < milliseconds < 1e7:
        found["integration_time"] = setting("integration_time", milliseconds, "ms")
    if 0 < averages < 1_000_000:
        found["scans"] = float(averages)
    return found | {"boxcar": float(smoothed), "dark_corrected": float(corrected == 1)}


def _text(file: RawFile, start: int, size: int) -> str:
    return file.data[start : start + size].split(b"\0")[0].decode("latin-1").strip()


def _comment(file: RawFile, start: int) -> str:
    """Return the comment of 130 bytes, in letters of one or of two bytes."""
    data = file.data[start : start + 129]
    if data[1:2] == b"\0" and data[:1] != b"\0":
        text = data[:128].decode("utf-16-le", "replace").split("\0")[0]
    else:
        text = data.split(b"\0")[0].decode("cp1252", "replace")
    return " ".join(letter for letter in text.split() if letter.isprintable())


def _date(packed: int) -> str:
    """Return year, month, day, hour and minute of 12, 4, 5, 5 and 6 bits as ISO 8601, empty where they are none."""
    try:
        stamp = datetime(packed >> 20, packed >> 16 & 15, packed >> 11 & 31, packed >> 6 & 31, packed & 63)
    except ValueError:
        return ""
    return stamp.isoformat() if 1990 <= stamp.year < 2100 else ""


# ------------------------------------------------------------------------------------------------------ AvaSoft 6 and 7


def _is_legacy(file: RawFile) -> bool:
    try:
        return bool(file.unpack("<f", 0)[0] in _LEGACY and _channels(file))
    except DataError:
        return False


def _pixels(file: RawFile) -> tuple[int, int]:
    """Return the first and the last pixel, (0, -1) where these are no pixels."""
    version = file.unpack("<f", 0)[0]
    first, last = file.unpack("<2f", 4 * (15 if version == 60.0 else 79), "the first and the last pixel")
    if not (0.0 <= first < last < _MOST_PIXELS and first.is_integer() and last.is_integer()):
        return 0, -1
    return int(first), int(last)


def _channels(file: RawFile) -> int:
    """Return how many spectra fill the file, 1 or 3; 0 where none do."""
    first, last = _pixels(file)
    header, footer = _LEGACY[file.unpack("<f", 0)[0]]
    left = len(file.data) - 4 * (header + footer)
    pixels = last - first + 1
    return next((count for count in (1, 3) if pixels and left == 4 * count * pixels), 0)


def _read_legacy(file: RawFile) -> Recording:
    if file.unpack("<f", 0)[0] not in _LEGACY or not (count := _channels(file)):
        first, last = _pixels(file) if file.unpack("<f", 0)[0] in _LEGACY else (0, -1)
        what = f"one or three spectra of {last - first + 1} pixels do not fill the {len(file.data)} bytes of the file"
        raise file.refusal(what, byte=0)
    version = file.unpack("<f", 0)[0]
    first, last = _pixels(file)
    header, footer = _LEGACY[version]
    pixels = last - first + 1
    coefficients = file.unpack("<5f", 4 if version == 60.0 else 4 * 74)
    arrays = file.array("<f4", count * pixels, 4 * header).reshape(pixels, count).T
    _check_counts(file, arrays, 4 * header)
    x = np.polynomial.Polynomial(coefficients)(np.arange(first, last + 1))
    names = ("sample", "reference", "dark")[:count]
    signals = spectra(dict(zip(names, arrays)), {})
    notes = [CORRECTED] if signals[0].quantity == "intensity" else []
    if count == 3 and np.isfinite(fraction := ratio(arrays[0], arrays[2], arrays[1])).any():
        notes.append(COMPUTED)
        signals = (Values("transmittance", fraction), Values("absorbance", absorbance(fraction)), *signals)
    metadata = _settings_legacy(file, version, len(file.data) - 4 * footer)
    kind = "absorption" if len(signals) > count else "spectrum"
    curve = Curve((Values("wavelength", x, "nm"),), signals)
    return Recording(kind, (curve,), metadata, {}, notes=tuple(notes))


def _settings_legacy(file: RawFile, version: float, footer: int) -> dict[str, str | float]:
    letters = file.array("<f4", 9, 4 * (6 if version == 60.0 else 1))
    serial = "".join(chr(int(one)) for one in letters if 32.0 < one < 127.0)
    milliseconds, averages, last = file.unpack("<3f", footer)
    smoothed = last if version == 60.0 else file.unpack("<f", 4 * 91)[0]
    found: dict[str, str | float] = {
        "instrument": "Avantes",
        "software": "AvaSoft 6" if version == 60.0 else "AvaSoft 7",
    }
    if serial:
        found["serial_number"] = serial
    if not 0.0 < milliseconds < 1e7:
        raise file.refusal(f"an integration time in ms was expected, not {milliseconds:g}", byte=footer)
    found["integration_time"] = setting("integration_time", milliseconds, "ms")
    if 0.0 < averages < 1e6:
        found["scans"] = float(averages)
    return found | ({"boxcar": float(smoothed)} if 0.0 <= smoothed < 1e4 else {})


READER = Reader("avantes_binary", "Avantes AvaSoft 6, 7 and 8, binary", _sniff, _read)
