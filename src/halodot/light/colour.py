"""What a standard observer sees of a spectrum."""

from __future__ import annotations

import numpy as np

from halodot.light.quadrature import trapezoid
from halodot.states import Array, array, state

LUMENS_PER_WATT = 683.002
PLANCK_TIMES_LIGHT_SPEED = 6.62607015e-34 * 299792458.0  # J m
WHITE = (1.0 / 3.0, 1.0 / 3.0)


@state
class ColourMatching:
    """The colour-matching functions of a standard observer; y is the photopic luminous efficiency V(lambda)."""

    wavelength: Array = array("m", "wavelength")
    x: Array = array("1", "wavelength")
    y: Array = array("1", "wavelength")
    z: Array = array("1", "wavelength")


def gaussian_line(wavelength: Array, peak: float, fwhm: float) -> Array:
    """Return the emission line that is named by a peak and a width, in photons per unit wavelength.

    The line is what a spectroradiometer draws as a Gaussian in photon energy: power per unit wavelength

        P(lambda) ~ exp(-(1/lambda - 1/peak)^2 / (2 s^2)),  s = (1/(peak - fwhm/2) - 1/(peak + fwhm/2)) / 2.3548,

    without the Jacobian of the energy axis, so that the maximum of P lies at ``peak``. Photons go as lambda P.

    Args:
        wavelength: (wavelength,) [m].
        peak: wavelength of the maximum of the power per unit wavelength [m].
        fwhm: its full width at half maximum [m].

    Returns:
        (wavelength,) photons per unit wavelength [1], 1 at ``peak``.
    """
    wavelength = np.asarray(wavelength, dtype=np.float64)
    width = 1.0 / (peak - 0.5 * fwhm) - 1.0 / (peak + 0.5 * fwhm)
    spread = width / (2.0 * np.sqrt(2.0 * np.log(2.0)))
    power = np.exp(-0.5 * ((1.0 / wavelength - 1.0 / peak) / spread) ** 2)
    return np.asarray(power * wavelength / peak)


def power_of_photons(wavelength: Array, photons: Array) -> Array:
    """Return the power (..., wavelength) [W per ...] carried by a photon flux (..., wavelength) [1/s per ...]."""
    return np.asarray(photons * PLANCK_TIMES_LIGHT_SPEED / wavelength)


def tristimulus(wavelength: Array, power: Array, matching: ColourMatching) -> Array:
    """Return X, Y, Z of a spectrum by the trapezoidal rule on its own wavelengths.

    The observer's table is interpolated linearly (splines overshoot on its steep parts) and is zero outside its range.

    Args:
        wavelength: (wavelength,) [m], increasing.
        power: (..., wavelength) power per unit wavelength, any quantity of light per metre.
        matching: observer.

    Returns:
        (..., 3) in the unit of ``power`` times metre; Y times 683.002 lm/W is the photometric quantity.
    """
    weights = trapezoid(wavelength)
    functions = np.stack(
        [
            np.interp(wavelength, matching.wavelength, values, left=0.0, right=0.0) * weights
            for values in (matching.x, matching.y, matching.z)
        ],
        axis=-1,
    )
    return np.asarray(power @ functions)


def chromaticity(tristimulus_values: Array) -> tuple[Array, Array]:
    """Return CIE 1931 x and y of (..., 3) tristimulus values, nan where there is no light."""
    total = tristimulus_values.sum(axis=-1)
    total = np.where(total > 0.0, total, np.nan)
    return np.asarray(tristimulus_values[..., 0] / total), np.asarray(tristimulus_values[..., 1] / total)


def uniform_chromaticity(x: Array, y: Array) -> tuple[Array, Array]:
    """Return CIE 1976 u' = 4x/(-2x + 12y + 3) and v' = 9y/(-2x + 12y + 3)."""
    scale = -2.0 * np.asarray(x) + 12.0 * np.asarray(y) + 3.0
    return 4.0 * np.asarray(x) / scale, 9.0 * np.asarray(y) / scale


def luminous_efficacy(wavelength: Array, power: Array, matching: ColourMatching) -> Array:
    """Return the luminous efficacy of radiation [lm/W] of a power per unit wavelength (..., wavelength)."""
    watts = power @ trapezoid(wavelength)
    return np.asarray(LUMENS_PER_WATT * tristimulus(wavelength, power, matching)[..., 1] / watts)


def dominant_wavelength(x: float, y: float, matching: ColourMatching, white: tuple[float, float] = WHITE) -> float:
    """Return the wavelength [m] at which the ray from the white point through a colour meets the spectral locus.

    Args:
        x: CIE 1931 x of the colour.
        y: CIE 1931 y of the colour.
        matching: observer.
        white: x and y of the white point, by default equal energy.

    Returns:
        Dominant wavelength [m]; nan for the white point itself and for purples, whose ray meets no spectral colour.
    """
    total = matching.x + matching.y + matching.z
    seen = total > 1e-4 * total.max()
    locus = np.stack((matching.x, matching.y), axis=1)[seen] / total[seen, np.newaxis] - white
    ray = np.array((x - white[0], y - white[1]))
    side = locus[:, 0] * ray[1] - locus[:, 1] * ray[0]
    ahead = locus @ ray > 0.0
    crossing = np.nonzero((side[:-1] * side[1:] <= 0.0) & (side[:-1] != side[1:]) & ahead[:-1] & ahead[1:])[0]
    if not np.any(ray) or not crossing.size:
        return float("nan")
    first = crossing[0]
    part = side[first] / (side[first] - side[first + 1])
    shown = matching.wavelength[seen]
    return float(shown[first] + part * (shown[first + 1] - shown[first]))
