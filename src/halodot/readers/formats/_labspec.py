"""What LabSpec says of its spectra, in XML and in text: axes, units and the settings of the instrument."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from halodot.readers.formats._plain_text import local_date
from halodot.readers.numbers import number
from halodot.readers.settings import setting

#: the word of the metadata for a setting of LabSpec
_TEXTS = {
    "Instrument": "instrument",
    "Detector": "detector",
    "Grating": "grating",
    "Sample": "sample",
    "Title": "title",
    "Remark": "comment",
    "User": "operator",
}
#: name in LabSpec (unit and blanks taken off), word and unit
_NUMBERS = {
    "Acq. time": ("integration_time", "s"),
    "Exposure time": ("integration_time", "s"),
    "Accumulations": ("scans", "1"),
    "Laser": ("excitation_wavelength", "nm"),
    "Objective": ("magnification", "1"),
    "Front entrance slit": ("slit_width", "um"),
    "Slit": ("slit_width", "um"),
    "Hole": ("slit_width", "um"),  # the confocal hole is the entrance of the spectrograph
}
#: corrections after which a signal is no count any more
_CORRECTIONS = ("ICS correction", "Dark correction", "Inst. Process")
_BRACKET = re.compile(r"\s*\([^)]*\)\s*$")


class Axis(NamedTuple):
    """The quantity of an axis and its unit."""

    quantity: str
    unit: str


def spectral_axis(unit: str) -> Axis | None:
    """Return what a spectrum of LabSpec runs along, None where its unit is not known.

    Args:
        unit: as LabSpec writes it; wavenumbers are Raman shifts unless they are called absolute.
    """
    plain = unit.strip().casefold().replace("cm-1", "1/cm").replace("cm^-1", "1/cm").replace("cm¯¹", "1/cm")
    plain = plain.replace("cm⁻¹", "1/cm")
    if plain.startswith("1/cm"):
        return Axis("wavenumber" if "abs" in plain else "raman_shift", "1/cm")
    return {
        "nm": Axis("wavelength", "nm"),
        "µm": Axis("wavelength", "um"),
        "μm": Axis("wavelength", "um"),
        "ev": Axis("photon_energy", "eV"),
        "mev": Axis("photon_energy", "meV"),
    }.get(plain)


def map_axis(name: str, unit: str) -> Axis | None:
    """Return what stands between the spectra of a map, a line or a series, None where it is not known.

    Args:
        name: of the axis: ``X``, ``Y``, ``Time``.
        unit: of its numbers.
    """
    plain = unit.strip().replace("µm", "um").replace("μm", "um") or "um"
    letters = {"x": "x_position", "xa": "x_position", "y": "y_position", "ya": "y_position", "z": "position"}
    quantity = letters.get(name.strip().casefold())
    if quantity and plain in ("um", "mm", "nm"):
        return Axis(quantity, plain)
    if name.strip().casefold().startswith("temp") and plain in ("°C", "C", "K", "um"):
        return Axis("temperature", "K") if plain == "K" else Axis("temperature", "degC")
    if "pol" in name.casefold() and plain in ("°", "deg"):
        return Axis("angle", "degree")
    if name.strip().casefold().startswith(("time", "t (s)")) and plain in ("s", "um", "min", "ms"):
        return Axis("time", "s" if plain == "um" else plain)
    return None


def signal_quantity(unit: str, header: Mapping[str, str], lowest: float) -> Axis:
    """Return what the intensity of LabSpec is: counts, a count rate, or what is neither any more.

    Args:
        unit: as LabSpec writes it.
        header: settings, among them corrections of the intensity.
        lowest: of the intensities.
    """
    corrected = any(_plain(header, key).casefold() not in ("", "off", "no", "none") for key in _CORRECTIONS)
    plain = unit.strip().casefold().replace("counts", "cnt")
    if plain in ("cnt/sec", "cnt/s", "cps") and not corrected:
        return Axis("count_rate", "1/s")
    if plain == "cnt" and not corrected and lowest >= 0.0:
        return Axis("counts", "1")
    return Axis("intensity", "1")


def _plain(header: Mapping[str, str], key: str) -> str:
    return next((text.strip() for name, text in header.items() if _BRACKET.sub("", name) == key), "")


def metadata(header: Mapping[str, str], precise: Mapping[str, str]) -> dict[str, str | float]:
    """Return the settings of LabSpec in the words of the metadata.

    Args:
        header: settings as written, ``Acq. time (s)`` among them.
        precise: the numbers that LabSpec keeps behind what it shows, ``632.817`` behind ``633``.
    """
    found: dict[str, str | float] = {}
    for key, word in _TEXTS.items():
        if (text := _plain(header, key)) and text.casefold() != "unknown":
            found[word] = ("HORIBA " if word == "instrument" and "horiba" not in text.casefold() else "") + text
    found.setdefault("instrument", "HORIBA")
    for key, (word, unit) in _NUMBERS.items():
        text = _plain(precise, key) or _plain(header, key)
        digits = re.search(r"\d+(?:[.,]\d*)?", text)
        value = number(digits[0], decimal_comma=True) if digits else math.nan
        if math.isfinite(value) and value > 0.0 and word not in found:
            found[word] = setting(word, value, unit)
    if seconds := _seconds(header):
        found["acquisition_time"] = seconds
    if date := local_date(_plain(header, "Acquired") or _plain(header, "Date")):
        found["date"] = date
    dark = _plain(header, "Dark correction").casefold()
    if dark:
        found["dark_corrected"] = 0.0 if dark in ("off", "no", "none") else 1.0
    if found.get("excitation_wavelength"):
        laser = _plain(header, "Laser")
        found["source"] = f"laser {laser} nm" if math.isfinite(number(laser)) else f"laser {laser}"
    polarisers = [f"{key} {_plain(header, key)}" for key in ("Laser. Pol.", "Raman. Pol.")]
    polarisers = [text for text in polarisers if not text.endswith(("Pol. ", "Pol. No"))]
    if polarisers:
        found["polarisation"] = ", ".join(polarisers)
    return found


def _seconds(header: Mapping[str, str]) -> float:
    """Return the time of the whole measurement [s], 0 where it is not stated."""
    for key, text in header.items():
        if _BRACKET.sub("", key) != "Full time":
            continue
        parts = [number(part, decimal_comma=True) for part in text.strip().split(":")]
        if parts and all(math.isfinite(part) for part in parts) and len(parts) <= 3:
            return float(sum(part * 60.0**power for power, part in enumerate(reversed(parts))))
    return 0.0
