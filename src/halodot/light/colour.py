"""What a standard observer sees of a spectrum."""

from __future__ import annotations

import numpy as np

from halodot.constants import HC
from halodot.light.quadrature import trapezoid
from halodot.numerics import FWHM_PER_SIGMA
from halodot.states import Array, array, state

LUMENS_PER_WATT = 683.002  # lm/W, of the CIE's photometry at the maximum of V(lambda): CIE 015:2018, section 7
WHITE = (1.0 / 3.0, 1.0 / 3.0)
#: CIE 1931 x and y of the red, green and blue primary of ITU-R BT.2020-2, monochromatic light of 630, 532 and 467 nm
REC_2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))


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
    spread = width / FWHM_PER_SIGMA
    power = np.exp(-0.5 * ((1.0 / wavelength - 1.0 / peak) / spread) ** 2)
    return np.asarray(power * wavelength / peak)


def power_of_photons(wavelength: Array, photons: Array) -> Array:
    """Return the power that a photon flux carries, hc/lambda for each photon.

    Args:
        wavelength: [m], (wavelength,).
        photons: photon flux [1/s per any unit], (..., wavelength).

    Returns:
        Power [W per the same unit], (..., wavelength).
    """
    return np.asarray(photons * HC / wavelength)


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
    """Return CIE 1931 x and y of tristimulus values.

    Args:
        tristimulus_values: X, Y, Z [any unit], (voltage, 3) or any other leading axes.

    Returns:
        x and y [1], (voltage,), nan where there is no light.
    """
    total = tristimulus_values.sum(axis=-1)
    total = np.where(total > 0.0, total, np.nan)
    return np.asarray(tristimulus_values[..., 0] / total), np.asarray(tristimulus_values[..., 1] / total)


def uniform_chromaticity(x: Array, y: Array) -> tuple[Array, Array]:
    """Return CIE 1976 u' = 4x/(-2x + 12y + 3) and v' = 9y/(-2x + 12y + 3).

    Args:
        x: CIE 1931 x [1], (voltage,) or any other shape.
        y: CIE 1931 y [1], of the same shape.

    Returns:
        u' and v' [1], of the same shape.
    """
    scale = -2.0 * np.asarray(x) + 12.0 * np.asarray(y) + 3.0
    return 4.0 * np.asarray(x) / scale, 9.0 * np.asarray(y) / scale


def luminous_efficacy(wavelength: Array, power: Array, matching: ColourMatching) -> Array:
    """Return the luminous efficacy of radiation.

    Args:
        wavelength: [m], (wavelength,), increasing.
        power: power per unit wavelength [any unit], (..., wavelength).
        matching: observer.

    Returns:
        Efficacy [lm/W], (...,).
    """
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


def rec_2020_coverage(x: float, y: float) -> float:
    """Return the share of the Rec. 2020 gamut that is left when a light takes the place of its red primary.

    Green and blue stay the standard's; the part of the triangle of the three that lies inside the standard's own is
    compared with the whole, by area in the CIE 1931 diagram, as display makers state coverage. 1 for the primary
    itself; a red beyond it can lose a little on the side towards green or blue.

    Args:
        x: CIE 1931 x of the red [1].
        y: CIE 1931 y of the red [1].

    Returns:
        Share [1] from 0 to 1; nan for nan.
    """
    if not np.isfinite(x + y):
        return float("nan")
    red, green, blue = (np.array(primary) for primary in REC_2020)
    seen = [np.array((x, y)), green, blue]
    if _cross(seen[0], green, blue) < 0.0:  # beyond the line from green to blue nothing of the triangle is left
        return 0.0
    for start, stop in ((red, green), (green, blue), (blue, red)):
        seen = _clipped(seen, start, stop)
    return _area(seen) / _area([red, green, blue])


def _cross(point: Array, start: Array, stop: Array) -> float:
    """Return twice the area of the triangle, positive where the point lies left of the way from start to stop."""
    return float((stop[0] - start[0]) * (point[1] - start[1]) - (stop[1] - start[1]) * (point[0] - start[0]))


def _clipped(corners: list[Array], start: Array, stop: Array) -> list[Array]:
    """Return the part of a convex polygon on the left of a line (Sutherland and Hodgman)."""
    kept = []
    for one, two in zip(corners, corners[1:] + corners[:1]):
        a, b = _cross(one, start, stop), _cross(two, start, stop)
        if a >= 0.0:
            kept.append(one)
        if a * b < 0.0:
            kept.append(one + (two - one) * (a / (a - b)))
    return kept


def _area(corners: list[Array]) -> float:
    pairs = zip(corners, corners[1:] + corners[:1])
    return abs(0.5 * sum(float(one[0] * two[1] - two[0] * one[1]) for one, two in pairs))
