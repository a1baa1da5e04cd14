"""An EL spectrum as photometry needs it: power per wavelength, its colour, efficacy, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.fitting import noise_of
from halodot.lab.signals import Signal, signals
from halodot.lab.unnamed_columns import unnamed_spectrum
from halodot.light.colour import LUMENS_PER_WATT, chromaticity, tristimulus
from halodot.light.quadrature import trapezoid
from halodot.numerics import full_width, parabola_vertex
from halodot.study.library import load_colour_matching

if TYPE_CHECKING:
    import xarray

SPECTRAL_SIGNALS = (
    "spectral_radiance",
    "spectral_irradiance",
    "spectral_photon_flux",
    "el",
    "counts",
    "count_rate",
    "intensity",
    "pl",
)
CORRECTIONS = ("corrected", "raw", "unstated")
SCALES = ("power", "photons")
_CALIBRATED = ("spectral_radiance", "spectral_irradiance", "spectral_photon_flux", "el")
_PHOTONS = ("spectral_photon_flux", "el")
_FEWEST_POINTS = 10
#: half of what is called line, in its widths; what lies beyond is background
_REACH = 3.5
#: relative standard uncertainty of photons per lumen by what is known of the correction; raw counts gave 0.89
_CORRECTION_ERROR = {"corrected": 0.0, "unstated": 0.05, "raw": 0.11}
#: uncertain slope of the response, as the power of the wavelength with which it may go
_RESPONSE_SLOPE = {"corrected": 0.1, "unstated": 0.5, "raw": 2.0}
#: share of the maximum at an end of the record above which light is cut off
_CUT_OFF = 0.05
#: equal highest points that a detector at its limit has
_SATURATED = 4
_DRAWS = 16
#: depth below the background, in maxima, that no spectrum of light has
_DIP = 0.3


@dataclass(frozen=True, eq=False)
class ElSpectrum:
    """An EL spectrum in power per wavelength with its maximum at 1, and the numbers of its light."""

    wavelength: Array  # [m] (point,), rising
    power: Array  # [1] (point,), background taken off
    noise: float  # standard deviation of a point [1]
    correction: str  # "corrected" | "raw" | "unstated"
    scale: str  # "power" | "photons", of the record
    background: str  # "none" | "constant" | "linear"
    values: dict[str, float] = field(default_factory=dict)
    uncertainties: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def efficacy(self) -> float:
        """Luminous efficacy of the radiation [lm/W]."""
        return self.values["efficacy"]

    @property
    def mean_wavelength(self) -> float:
        """Wavelength averaged over the power [m]: photons per watt times hc."""
        return self.values["mean_wavelength"]

    @property
    def relative_uncertainty(self) -> float:
        """Relative standard uncertainty of photons per lumen."""
        return self.uncertainties["photons_per_lumen"] / self.values["photons_per_lumen"]

    def averaged(self, of: Signal) -> float:
        """Return a quantity averaged over the power, nan where it is not known for all of the light.

        Args:
            of: the quantity against wavelength.
        """
        weight = self.power * trapezoid(self.wavelength)
        outside = (self.wavelength < of.x[0]) | (self.wavelength > of.x[-1])
        if abs(float(np.sum(weight[outside]))) > 0.01 * float(np.sum(weight)):
            return math.nan
        return float(weight @ np.interp(self.wavelength, of.x, of.y) / np.sum(weight))


@dataclass(frozen=True)
class SpectrumChoices:
    """How a spectrum is read; None where the record says it."""

    correction: str | None = None
    scale: str | None = None
    background: str | None = None
    wavelength_uncertainty: float = 0.5e-9  # [m], standard uncertainty of the axis
    stray_light: float = 3e-4  # standard uncertainty of the zero, in maxima


def spectrum_curves(data: xarray.Dataset) -> tuple[Signal, ...]:
    """Return the spectra of a measurement against wavelength, unnamed columns as an intensity against nm.

    Args:
        data: as `halodot.read` returns it.
    """
    found = signals(data, ("wavelength", "emission_wavelength"), SPECTRAL_SIGNALS)
    if not found:
        found = tuple(_by_wavelength(item) for item in signals(data, ("photon_energy",), SPECTRAL_SIGNALS))
    if not found:
        unnamed = unnamed_spectrum(data, "intensity")
        found = (unnamed,) if unnamed is not None else ()
    return tuple(item for item in found if item.x.size >= _FEWEST_POINTS)


def _by_wavelength(item: Signal) -> Signal:
    """Return a spectrum per photon energy as one per wavelength, with the Jacobian hc/lambda^2."""
    kept = item.x > 0.0
    energy = item.x[kept][::-1]
    made = Signal(HC_EV / energy, item.y[kept][::-1] * energy**2, "wavelength", item.y_quantity, item.name, item.label)
    return replace(made, y=made.y / float(np.max(energy)) ** 2)


def el_spectrum(
    data: xarray.Dataset, choices: SpectrumChoices | None = None, calibration: Signal | None = None
) -> ElSpectrum:
    """Return the EL spectrum of a measurement; the strongest where it has several.

    Power per wavelength is what is recorded, unless the record counts photons. Without a statement on the correction
    of the detector's response the uncertainty takes a share for it: 11 % of the photons per lumen for raw counts,
    5 % where the record does not say.

    Args:
        data: spectrum against wavelength or photon energy, as `halodot.read` returns it.
        choices: how it is read.
        calibration: factor from counts to power against wavelength.

    Raises:
        DataError: there is no spectrum, or no light in it.
    """
    choices = choices or SpectrumChoices()
    found = spectrum_curves(data)
    name = data.attrs.get("file", "the spectrum")
    if not found:
        raise DataError(f"{name} has no spectrum against wavelength; say what its columns are")
    item = max(found, key=lambda one: float(np.max(one.y)))
    notes = [f"the EL spectrum is {name}" + (f", curve {item.label}" if len(found) > 1 else "")]
    warnings = []
    if item.y_quantity == "counts" and _saturated(item.y):
        warnings.append("the EL spectrum is flat at its top, as of a detector at its limit")
    correction = choices.correction or _stated_correction(item, calibration)
    scale = choices.scale or ("photons" if item.y_quantity in _PHOTONS else "power")
    if calibration is not None:
        item = _calibrated(item, calibration)
        notes.append("the spectrum was multiplied by the calibration of the spectrometer")
    if scale == "photons":
        item = replace(item, y=item.y * float(np.mean(item.x)) / item.x)
    power, noise, background = _without_background(item, choices.background)
    if correction == "raw":
        warnings.append(
            "the spectrum is not corrected for the response of the spectrometer; EQE from raw counts has been 11 % off"
        )
    if correction == "unstated":
        notes.append(
            "whether the spectrum is corrected for the response of the spectrometer is not said; 5 % are allowed for it"
            " (spectrum_correction: corrected or raw)"
        )
    ends = max(float(np.median(power[:3])), float(np.median(power[-3:])))
    if ends > _CUT_OFF:
        warnings.append(f"the spectrum ends where it still has {ends:.0%} of its maximum")
    made = ElSpectrum(item.x, power, noise, correction, scale, background, {}, {}, tuple(warnings), tuple(notes))
    return _described(made, choices)


def monochromatic(wavelength: float, uncertainty: float) -> ElSpectrum:
    """Return light of one wavelength, where no spectrum was measured.

    Args:
        wavelength: of all photons [m].
        uncertainty: standard uncertainty of it [m].
    """
    values = {"efficacy": _efficacy(wavelength), "mean_wavelength": wavelength}
    values["photons_per_lumen"] = wavelength / values["efficacy"]
    moved = [place / _efficacy(place) for place in (wavelength - uncertainty, wavelength + uncertainty)]
    uncertainties = {"photons_per_lumen": 0.5 * abs(moved[1] - moved[0])}
    axis = wavelength + np.array([-1e-12, 0.0, 1e-12])
    note = f"all light was taken as of {wavelength * 1e9:g} nm, as was chosen"
    return ElSpectrum(
        axis, np.array([0.0, 1.0, 0.0]), 0.0, "corrected", "power", "none", values, uncertainties, (), (note,)
    )


def _efficacy(wavelength: float) -> float:
    matching = load_colour_matching()
    found = LUMENS_PER_WATT * float(np.interp(wavelength, matching.wavelength, matching.y, left=0.0, right=0.0))
    if not found > 1e-3:
        raise DataError(f"the eye sees no light of {wavelength * 1e9:g} nm; luminance gives no EQE there")
    return found


def _stated_correction(item: Signal, calibration: Signal | None) -> str:
    if calibration is not None or item.y_quantity in _CALIBRATED:
        return "corrected"
    return "raw" if item.y_quantity in ("counts", "count_rate") else "unstated"


def _saturated(y: Array) -> bool:
    top = float(np.max(y))
    return top > 0.0 and int(np.sum(y == top)) >= _SATURATED and top > 10.0 * abs(float(np.median(y)))


def _calibrated(item: Signal, calibration: Signal) -> Signal:
    factor = np.interp(item.x, calibration.x, calibration.y, left=0.0, right=0.0)
    kept = factor > 0.0
    if int(np.sum(kept)) < _FEWEST_POINTS:
        raise DataError("the calibration of the spectrometer does not cover the wavelengths of the spectrum")
    return replace(item, x=item.x[kept], y=item.y[kept] * factor[kept])


def _without_background(item: Signal, wanted: str | None) -> tuple[Array, float, str]:
    """Return the spectrum with its maximum at 1, the noise of a point, and which background was taken off."""
    smooth = _smoothed(item.y, 5)
    top = int(np.argmax(smooth))
    base = float(np.quantile(smooth, 0.1))
    height = float(smooth[top]) - base
    noise = noise_of(item.y)
    noise = noise if math.isfinite(noise) else 0.0
    if not height > 0.0 or height < 5.0 * noise:
        raise DataError("there is no light in the EL spectrum: no point rises five standard deviations of the noise")
    width = full_width(item.x, smooth, top, base + 0.5 * height)
    width = width if math.isfinite(width) else float(np.ptp(item.x))
    left, right = item.x < item.x[top] - _REACH * width, item.x > item.x[top] + _REACH * width
    both = min(int(np.sum(left)), int(np.sum(right))) >= 6
    some = int(np.sum(left | right)) >= 10
    kind = wanted or ("linear" if both else "constant" if some else "none")
    zero = np.zeros(item.x.size)
    if kind == "linear" and both:
        ends = [(float(np.mean(item.x[side])), float(np.median(item.y[side]))) for side in (left, right)]
        slope = (ends[1][1] - ends[0][1]) / (ends[1][0] - ends[0][0])
        zero = ends[0][1] + slope * (item.x - ends[0][0])
    elif kind != "none" and some:
        kind, zero = "constant", np.full(item.x.size, float(np.median(item.y[left | right])))
    else:
        kind = "none"
    if some:
        outside = noise_of(item.y[left] if np.sum(left) >= np.sum(right) else item.y[right])
        noise = outside if math.isfinite(outside) else noise
    power = item.y - zero
    height = float(smooth[top] - zero[top])
    if not height > 0.0 or -float(np.min(_smoothed(item.y - zero, 5))) > _DIP * height:
        raise DataError("the spectrum goes as far below its background as above it; there is no line in it")
    return power / height, noise / height, kind


def _smoothed(y: Array, points: int) -> Array:
    """Return a running quadratic (Savitzky and Golay) over an odd number of points."""
    points = min(points, y.size - 1 + y.size % 2)
    if points < 5:
        return y
    from scipy.signal import savgol_filter

    return np.asarray(savgol_filter(y, points, 2, mode="nearest"))


def _described(made: ElSpectrum, choices: SpectrumChoices) -> ElSpectrum:
    """Return the spectrum with the numbers of its light and their standard uncertainties."""
    x, power = made.wavelength, made.power
    values = _numbers(x, power)
    reference = float(x[int(np.argmax(power))])
    slope = 1.0 + _RESPONSE_SLOPE[made.correction] * np.log(x / reference)
    moved = [
        _numbers(x + choices.wavelength_uncertainty, power),
        _numbers(x, power + choices.stray_light),
        _numbers(x, power * np.maximum(slope, 0.0)),
    ]
    generator = np.random.default_rng(0)
    drawn = [_numbers(x, power + made.noise * generator.standard_normal(x.size)) for _ in range(_DRAWS)]
    uncertainties = {}
    for name, value in values.items():
        parts = [one[name] - value for one in moved]
        noise = np.array([one[name] for one in drawn])
        noise = noise[np.isfinite(noise)]
        spread = float(np.std(noise, ddof=1)) if noise.size > 2 else math.nan
        uncertainties[name] = math.sqrt(sum(part**2 for part in parts) + spread**2)
    lacking = _CORRECTION_ERROR[made.correction]
    for name in ("photons_per_lumen", "efficacy"):
        uncertainties[name] = math.hypot(uncertainties[name], lacking * values[name])
    return replace(made, values=values, uncertainties=uncertainties)


def _numbers(wavelength: Array, power: Array) -> dict[str, float]:
    """Return colour, efficacy, mean wavelength, peak and width of power per wavelength."""
    matching = load_colour_matching()
    seen = tristimulus(wavelength, power, matching)
    weight = trapezoid(wavelength)
    watts = float(power @ weight)
    if not watts > 0.0:
        raise DataError("the EL spectrum has no power above its background")
    mean = float((power * wavelength) @ weight) / watts
    x, y = chromaticity(seen)
    efficacy = LUMENS_PER_WATT * float(seen[1]) / watts
    rough = _smoothed(power, 5)
    top = int(np.argmax(rough))
    width = full_width(wavelength, rough, top, 0.5 * float(rough[top]))
    points = int(0.2 * width / np.median(np.diff(wavelength))) if math.isfinite(width) else 5
    smooth = _smoothed(power, max(5, points | 1))
    top = int(np.argmax(smooth))
    peak, height = float(wavelength[top]), float(smooth[top])
    if 0 < top < wavelength.size - 1:
        peak, height = parabola_vertex(wavelength, smooth, top)
    found = {
        "cie_x": float(x),
        "cie_y": float(y),
        "efficacy": efficacy,
        "mean_wavelength": mean,
        "photons_per_lumen": mean / efficacy if efficacy > 0.0 else math.inf,
        "el_peak": peak,
        "el_fwhm": full_width(wavelength, smooth, top, 0.5 * height),
    }
    return found
