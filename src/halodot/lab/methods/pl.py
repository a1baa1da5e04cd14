"""PL spectrum: peak, line width in nm and meV, asymmetry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.choices import span, word
from halodot.lab.findings import Analysis, Finding, Panel, Trace
from halodot.lab.fitting import Fitted, least_squares, noise_of, propagated
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.signals import Signal, signal, signals, within
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

PEAK = QUANTITIES["pl_peak"]
WIDTH = QUANTITIES["pl_fwhm"]
PEAK_ENERGY = Quantity("pl_peak_energy", "eV", "eV", "PL peak energy", "E_PL")
WIDTH_ENERGY = Quantity("pl_fwhm_energy", "eV", "meV", "PL line width (FWHM) in energy", "FWHM_E")
ASYMMETRY = Quantity("pl_asymmetry", "1", "1", "Half width on the blue side over that on the red", "s")
_KINDS = ("photoluminescence", "spectrum", "irradiance")
_SIGNALS = ("counts", "count_rate", "spectral_photon_flux", "intensity", "spectral_irradiance")
_BACKGROUNDS = ("none", "constant", "linear")  # by the number of their terms
_FEWEST_POINTS = 8
_FINE = 4001  # points on which the maximum and the half heights of the fitted line are read
_METHOD = "asymmetric pseudo-Voigt in photon energy with background, least squares"


@dataclass(frozen=True)
class PlSettings:
    """What can be chosen."""

    window: tuple[float, float] | None = span("m", "wavelengths that are fitted; all of the spectrum", shown="nm")
    background: str = word(*_BACKGROUNDS, default="linear", about="background below the line")


def pl(data: xarray.Dataset, settings: PlSettings | None = None) -> Analysis:
    """Return peak, line width and asymmetry of a PL spectrum.

    The line is fitted as photons per energy, S(E), and compared with what was recorded per wavelength,
    S(hc/lambda) hc/lambda^2, so that the noise stays that of the recording.

    Args:
        data: spectrum against wavelength, as `halodot.read` returns it.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there is no line to fit.
    """
    chosen = settings or PlSettings()
    whole = signal(data, ("wavelength",), _SIGNALS)
    low, high = chosen.window or (float(whole.x[0]), float(whole.x[-1]))
    used = within(whole, low, high)
    if used.x.size < _FEWEST_POINTS:
        raise DataError(f"{used.x.size} points from {low * 1e9:g} to {high * 1e9:g} nm; choose a wider window")
    fit = _fit(used, chosen.background)
    warnings = () if fit.describes else ("the fitted line does not describe the spectrum: its residuals are not noise",)
    return Analysis(
        method="pl",
        settings=replace(chosen, window=(low, high)),
        findings=_findings(fit, used),
        warnings=warnings,
        panels=(_panel(used, fit),),
    )


def _fit(item: Signal, background: str) -> Fitted:
    """Fit height, energy, red and blue half width, Lorentzian share, background at both ends."""
    energy = HC_EV / item.x
    peak = int(np.argmax(item.y))
    base = float(np.min(item.y))
    height = float(item.y[peak] - base)
    if not height > 0.0:
        raise DataError("the spectrum is flat; there is no line in it")
    above = item.y - base > 0.5 * (item.y[peak] - base)
    half = max(0.5 * abs(float(np.ptp(energy[above]))), abs(energy[1] - energy[0]))
    span_of_energy = float(np.ptp(energy))
    terms = _BACKGROUNDS.index(background)
    start = [height, energy[peak], half, half, 0.2, *[base, 0.01 * height][:terms]]
    free = [np.inf] * terms
    low = [0.0, energy.min(), 0.05 * half, 0.05 * half, 0.0, *(-number for number in free)]
    high = [np.inf, energy.max(), span_of_energy, span_of_energy, 1.0, *free]
    noise = np.sqrt(np.maximum(item.y, 1.0)) if item.y_quantity == "counts" else noise_of(item.y)
    place = np.stack([np.ones(item.x.size), (item.x - item.x.mean()) / np.ptp(item.x)])[:terms]

    def model(numbers: Array) -> Array:
        line = numbers[0] * line_shape(energy, numbers[1:5]) * (energy / numbers[1]) ** 2
        return np.asarray(line + numbers[5:] @ place)

    return least_squares(model, item.y, noise, start, (low, high), absolute=item.y_quantity == "counts")


def line_shape(energy: Array, shape: Array) -> Array:
    """Return a pseudo-Voigt line of height 1 with its own half width on either side.

    Args:
        energy: [eV] (point,).
        shape: energy of the peak [eV], half widths on the red and the blue side [eV], Lorentzian share.
    """
    peak, red, blue, lorentzian = shape
    away = ((energy - peak) / np.where(energy < peak, red, blue)) ** 2
    found: Array = (1.0 - lorentzian) * np.exp(-np.log(2.0) * away) + lorentzian / (1.0 + away)
    return found


def _findings(fit: Fitted, item: Signal) -> tuple[Finding, ...]:
    wavelength = np.linspace(item.x[0], item.x[-1], _FINE)

    def recorded(numbers: Array) -> Array:
        energy = HC_EV / wavelength
        found: Array = line_shape(energy, numbers[1:5]) * energy**2
        return found

    sought = (
        (PEAK, lambda numbers: _maximum(wavelength, recorded(numbers))),
        (WIDTH, lambda numbers: _width(wavelength, recorded(numbers))),
        (PEAK_ENERGY, lambda numbers: float(numbers[1])),
        (WIDTH_ENERGY, lambda numbers: float(numbers[2] + numbers[3])),
        (ASYMMETRY, lambda numbers: float(numbers[3] / numbers[2])),
    )
    return tuple(Finding(quantity, *propagated(fit, of), method=_METHOD) for quantity, of in sought)


def _maximum(x: Array, y: Array) -> float:
    """Return where a parabola through the highest point and its neighbours is highest."""
    place = min(max(int(np.argmax(y)), 1), y.size - 2)
    left, middle, right = y[place - 1 : place + 2]
    curvature = left - 2.0 * middle + right
    return float(x[place] + 0.5 * (x[1] - x[0]) * (left - right) / curvature) if curvature < 0.0 else float(x[place])


def _width(x: Array, y: Array) -> float:
    """Return the full width at half the height."""
    half = 0.5 * float(y.max())
    peak = int(np.argmax(y))
    left = np.interp(half, y[: peak + 1], x[: peak + 1])
    right = np.interp(-half, -y[peak:], x[peak:])
    return float(right - left)


def _panel(item: Signal, fit: Fitted) -> Panel:
    points = Trace(item.x * 1e9, item.y, "measured", "points")
    return Panel("Wavelength (nm)", "PL", (points, Trace(item.x * 1e9, fit.model, "fit")))


def _takes(data: xarray.Dataset) -> bool:
    kind = data.attrs.get("kind")
    return kind in _KINDS and len(signals(data, ("wavelength",), _SIGNALS)) == 1


def _analyse(inputs: Inputs, settings: PlSettings) -> Analysis:
    return pl(inputs["spectrum"][0], settings)


METHOD = Method(
    name="pl",
    title="PL spectrum",
    settings=PlSettings,
    quantities=(PEAK, WIDTH, PEAK_ENERGY, WIDTH_ENERGY, ASYMMETRY),
    roles=(Role("spectrum", "PL spectrum against wavelength", _takes),),
    analyse=_analyse,
)
