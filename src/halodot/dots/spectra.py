"""Absorption and emission spectra of an ensemble, and what is read off them."""

from __future__ import annotations

import math

import numpy as np
from scipy import constants

from halodot.dots.ensemble import Ensemble
from halodot.dots.parameters import DotsParameters
from halodot.states import Array

PHOTON = constants.h * constants.c / constants.e  # eV m
WAVELENGTH: Array = np.linspace(400.0, 800.0, 401) * 1e-9
_WIDTH_PER_DEVIATION = 2.0 * math.sqrt(2.0 * math.log(2.0))


def emission(wavelength: Array, ensemble: Ensemble, parameters: DotsParameters) -> Array:
    """Return the photoluminescence of the ensemble under light far above its gap.

    A dot emits in proportion to what it absorbs, L^x, as a Gaussian in energy around its first exciton less the
    Stokes shift; photons per unit wavelength are photons per unit energy times hc/lambda^2.

    Args:
        wavelength: grid [m].
        ensemble: the dots.
        parameters: of the dots stage.

    Returns:
        Photons per unit wavelength [1/m] for one photon in all, shape of ``wavelength``.
    """
    energy = PHOTON / wavelength
    deviation = parameters.homogeneous_width / _WIDTH_PER_DEVIATION
    weight = ensemble.share * ensemble.edge_length**parameters.cross_section_exponent
    centre = ensemble.energy - parameters.stokes_shift
    lines = np.exp(-0.5 * ((energy[:, None] - centre) / deviation) ** 2)
    per_energy = lines @ (weight / weight.sum()) / (deviation * math.sqrt(2.0 * math.pi))
    per_wavelength: Array = per_energy * PHOTON / wavelength**2
    return per_wavelength


def absorption(wavelength: Array, ensemble: Ensemble, parameters: DotsParameters) -> Array:
    """Return the absorbance of the ensemble relative to that at 400 nm.

    A dot of edge L and first exciton E1 has the cross section
    sigma = mu_i L^x { a exp(-(E - E1)^2 / 2 s^2) + [r(E - E1) / (E400 - E1)]^p }, where r is a ramp from 0 blurred
    as far as the line (by a logistic distribution of deviation s): the intrinsic absorption coefficient at 400 nm
    does not depend on size (Maes et al., doi:10.1021/acs.jpclett.8b01065, for CsPbBr3), near the edge the spectrum
    moves with the exciton.

    Args:
        wavelength: grid [m].
        ensemble: the dots.
        parameters: of the dots stage.

    Returns:
        Absorbance [1], 1 at 400 nm, shape of ``wavelength``.
    """
    energy = np.append(PHOTON / wavelength, PHOTON / 400e-9)
    deviation = parameters.homogeneous_width / _WIDTH_PER_DEVIATION
    above = energy[:, None] - ensemble.energy
    line = parameters.first_exciton_strength * np.exp(-0.5 * (above / deviation) ** 2)
    span = np.maximum(PHOTON / 400e-9 - ensemble.energy, deviation)
    blur = deviation * math.sqrt(3.0) / math.pi
    continuum = (blur * np.logaddexp(0.0, above / blur) / span) ** parameters.continuum_exponent
    weight = ensemble.share * ensemble.edge_length**parameters.cross_section_exponent
    total = (line + continuum) @ weight
    relative: Array = total[:-1] / total[-1]
    return relative


def first_exciton(wavelength: Array, absorbance: Array) -> float:
    """Return the wavelength [m] of the first exciton absorption, nan where the grid does not show it.

    It is where the absorbance bends down most, the minimum of its second derivative by energy, which exists also
    where the exciton is only a shoulder.
    """
    energy = PHOTON / wavelength
    bend = np.gradient(np.gradient(absorbance, energy), energy)[2:-2]
    lowest = int(np.argmin(bend))
    if not 0 < lowest < bend.size - 1 or not bend[lowest] < 0:
        return math.nan
    return _vertex(wavelength[2:-2], -bend, lowest)[0]


def peak_and_width(wavelength: Array, spectrum: Array) -> tuple[float, float]:
    """Return where a line is highest and its full width at half maximum.

    The maximum is that of a parabola through the logarithm of the three highest points (exact for a Gaussian), the
    half heights are interpolated linearly in the logarithm.

    Args:
        wavelength: increasing grid [m].
        spectrum: one line on it, any unit, positive at its maximum.

    Returns:
        Wavelength of the maximum [m] and full width [m]; nan for what lies outside the grid.
    """
    top = int(np.argmax(spectrum))
    if not 0 < top < spectrum.size - 1 or not spectrum[top] > 0:
        return math.nan, math.nan
    height = np.log(np.maximum(spectrum, spectrum[top] * 1e-30))
    peak, level = _vertex(wavelength, height, top)
    half = level - math.log(2.0)
    low, high = np.flatnonzero(height[:top] < half), np.flatnonzero(height[top:] < half)
    if low.size == 0 or high.size == 0:
        return peak, math.nan
    left, right = int(low[-1]), top + int(high[0])
    start = np.interp(half, height[left : left + 2], wavelength[left : left + 2])
    stop = np.interp(-half, -height[right - 1 : right + 1], wavelength[right - 1 : right + 1])
    return peak, float(stop - start)


def _vertex(x: Array, y: Array, at: int) -> tuple[float, float]:
    """Vertex of the parabola through three neighbouring points of an evenly spaced grid."""
    before, here, after = (float(value) for value in y[at - 1 : at + 2])
    bend = before - 2.0 * here + after
    shift = 0.5 * (before - after) / bend if bend != 0.0 else 0.0
    return float(x[at] + shift * (x[at + 1] - x[at])), here - 0.25 * (before - after) * shift
