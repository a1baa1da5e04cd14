"""The measurements that an LED's efficiency is made of: sweep, EL spectrum, calibrations, angular pattern."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halodot.errors import DataError
from halodot.lab.electroluminescence import (
    ElSpectrum,
    SpectrumChoices,
    el_spectrum,
    monochromatic,
    spectrum_curves,
)
from halodot.lab.emission_pattern import half_angle_of, pattern_curve, solid_angle
from halodot.lab.led_quantities import LedSettings, Optics
from halodot.lab.signals import Signal, signals
from halodot.lab.sweeps import sweeps
from halodot.lab.unnamed_columns import unnamed_spectrum

if TYPE_CHECKING:
    import xarray


#: words of file and folder names, as `halodot.lab.method.Role` matches them
SPECTRUM_WORDS = r"el|els|spectrum|spectra|spec"
CALIBRATION_WORDS = r"calib[a-z]*|cal|sensitivity|correction"
RESPONSIVITY_WORDS = r"respons[a-z]*|photodiode|pd"
PATTERN_WORDS = r"pattern|angular|angle|goniometer|gonio|lambert[a-z]*"
CURRENT_WORDS = r"jv|iv|current"
_EL_NAME = re.compile(r"(?<![a-z])(?:els?|electroluminescence)(?![a-z])", re.IGNORECASE)
_PL_NAME = re.compile(r"(?<![a-z])(?:pl|plqy|photoluminescence|abs|uv|uvvis)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Companions:
    """Measurements that go with a sweep."""

    spectrum: xarray.Dataset | None = None
    calibration: xarray.Dataset | None = None
    responsivity: xarray.Dataset | None = None
    pattern: xarray.Dataset | None = None


def is_led_sweep(data: xarray.Dataset) -> bool:
    """Return whether a measurement is light (and current) of a device against voltage; a lit solar cell is none."""
    if data.attrs.get("kind") != "current_voltage":
        return False
    found = sweeps(data)
    return any(one.light is not None or one.eqe is not None for one in found) and not any(
        one.irradiance > 0.0 for one in found
    )


def is_current_sweep(data: xarray.Dataset) -> bool:
    """Return whether a measurement is current against voltage without light."""
    if data.attrs.get("kind") != "current_voltage":
        return False
    found = sweeps(data)
    return bool(found) and all(one.light is None and one.eqe is None for one in found)


def is_spectrum(data: xarray.Dataset) -> bool:
    """Return whether a measurement can be an EL spectrum; a PL spectrum, by kind or by name, is none."""
    kind, name = data.attrs.get("kind"), str(data.attrs.get("file", ""))
    if not _EL_NAME.search(name) and (kind == "photoluminescence" or _PL_NAME.search(name)):
        return False
    return kind in ("spectrum", "irradiance", "photoluminescence", "table") and bool(spectrum_curves(data))


def is_calibration(data: xarray.Dataset) -> bool:
    """Return whether a measurement can be the calibration of a spectrometer."""
    return _factor(data, ("intensity", "spectral_irradiance", "counts", "responsivity"), "intensity") is not None


def is_responsivity(data: xarray.Dataset) -> bool:
    """Return whether a measurement can be the responsivity of a photodiode."""
    return _factor(data, ("responsivity",), "responsivity") is not None


def is_pattern(data: xarray.Dataset) -> bool:
    """Return whether a measurement can be an angular pattern."""
    return pattern_curve(data) is not None


def _factor(data: xarray.Dataset, quantities: tuple[str, ...], unnamed: str) -> Signal | None:
    found = signals(data, ("wavelength",), quantities)
    return found[0] if found else unnamed_spectrum(data, unnamed)


def light_of(companions: Companions, settings: LedSettings) -> tuple[Optics, tuple[str, ...], tuple[str, ...]]:
    """Return how a signal becomes luminance and flux, with notes and warnings.

    Args:
        companions: what was measured besides the sweep.
        settings: what is chosen.
    """
    notes: list[str] = []
    warnings: list[str] = []
    spectrum = _spectrum(companions, settings, notes, warnings)
    half_angle = _half_angle(settings)
    found = pattern_curve(companions.pattern) if companions.pattern is not None else None
    angle, seen = math.pi, math.nan
    lambertian = found is None
    try:
        pattern, is_luminance = found if found is not None else (None, False)
        angle = solid_angle(pattern, of_luminance=is_luminance)
        seen = solid_angle(pattern, half_angle, of_luminance=is_luminance) / angle if half_angle else math.nan
    except DataError as error:
        warnings.append(f"{error}; a Lambertian one was taken")
        lambertian, angle = True, math.pi
        seen = math.sin(half_angle) ** 2 if half_angle else math.nan
    if lambertian:
        notes.append(
            "the light was taken as Lambertian: no angular pattern was given (a file whose name has pattern or angle);"
            " films were found 5 to 15 % off, and 8 % are allowed for it"
        )
    elif companions.pattern is not None:
        name = companions.pattern.attrs.get("file", "the pattern")
        notes.append(f"angular pattern of {name}: the flux is {angle / math.pi:.3g} times that of a Lambertian emitter")
    responsivity, missing = _responsivity(companions, settings, spectrum)
    if not half_angle:
        missing.append("the geometry (half_angle: 90 degree, or detector_area: 75 mm2 and detector_distance: 115 mm)")
    optics = Optics(spectrum, angle, lambertian, seen, responsivity, ", ".join(missing))
    return optics, tuple(notes), tuple(warnings)


def _spectrum(
    companions: Companions, settings: LedSettings, notes: list[str], warnings: list[str]
) -> ElSpectrum | None:
    if companions.spectrum is None:
        if settings.wavelength is None:
            return None
        made = monochromatic(settings.wavelength, settings.wavelength_uncertainty)
        notes.extend(made.notes)
        return made
    choices = SpectrumChoices(
        settings.spectrum_correction,
        settings.spectrum_scale,
        settings.spectrum_background,
        settings.wavelength_uncertainty,
        settings.stray_light,
    )
    calibration = None
    if companions.calibration is not None:
        calibration = _factor(
            companions.calibration, ("intensity", "spectral_irradiance", "counts", "responsivity"), "intensity"
        )
    try:
        made = el_spectrum(companions.spectrum, choices, calibration)
    except DataError as error:
        warnings.append(f"the EL spectrum was left out: {error}")
        return None
    notes.extend(made.notes)
    warnings.extend(made.warnings)
    return made


def _half_angle(settings: LedSettings) -> float:
    if settings.half_angle is not None:
        return min(settings.half_angle, 0.5 * math.pi)
    if settings.detector_area and settings.detector_distance:
        return half_angle_of(settings.detector_area, settings.detector_distance)
    return 0.0


def _responsivity(
    companions: Companions, settings: LedSettings, spectrum: ElSpectrum | None
) -> tuple[float, list[str]]:
    missing = []
    if spectrum is None:
        missing.append("the EL spectrum (a file whose name has el or spectrum, or wavelength: 645 nm)")
    if settings.responsivity is not None:
        return settings.responsivity, missing
    curve = None
    if companions.responsivity is not None:
        curve = _factor(companions.responsivity, ("responsivity",), "responsivity")
    if curve is None:
        missing.append("the responsivity (a file whose name has responsivity, or responsivity: 0.45 A/W)")
        return math.nan, missing
    found = spectrum.averaged(curve) if spectrum is not None else math.nan
    if spectrum is not None and not found > 0.0:
        missing.append("a responsivity at the wavelengths of the light")
        return math.nan, missing
    return found, missing
