"""Exponential tail of an emission line: an exponentially modified Gaussian beside the line of free shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.emission_line import OF_SHAPE, Line
from halodot.lab.findings import NORMAL_95
from halodot.lab.fitting import least_squares

#: Gaussian full width at half height in standard deviations
_FWHM = 2.0 * math.sqrt(2.0 * math.log(2.0))
#: residuals of a fit that passes for describing the spectrum, as a multiple of those of the line of free shape
_AS_GOOD = 1.1
#: deviation of the Gaussian, in that of the line of free shape, below which it is not followed
_NARROWEST = 0.05
_STEEPEST = 600.0  # exponent below that at which numbers overflow


@dataclass(frozen=True)
class Tail:
    """Energy over which a line falls to 1/e [eV], positive on the red side."""

    energy: float
    interval: tuple[float, float]  # 95 %

    @property
    def seen(self) -> bool:
        """Whether the tail is told from none."""
        return self.interval[0] > 0.0 or self.interval[1] < 0.0


def tail_of(line: Line, energy: float, width: float) -> Tail | None:
    """Return the exponential tail of a line, None where an exponentially modified Gaussian does not describe it.

    The mean, the deviation and the skewness of the whole line are what is fitted, the last as the cube of the tail: a
    line of small tail depends on all three smoothly, whereas the centre of the Gaussian moves by the tail itself, the
    cube root of the cube, which a search cannot follow through zero.

    Args:
        line: of free shape.
        energy: its peak [eV].
        width: its full width at half height [eV].
    """
    emission = line.emission
    at = HC_EV / emission.wavelength
    scale = width / _FWHM
    terms = emission.background_terms[: emission.terms]
    to_record = emission.response * (at / energy) ** 2

    def model(numbers: Array) -> Array:
        height, mean, whole, cube = numbers[:4]
        tail = float(np.cbrt(cube))
        own = math.sqrt(max(whole**2 - tail**2, _NARROWEST**2))
        shape = modified_gaussian(at, energy + scale * (mean + tail), scale * own, scale * tail) * (whole / own)
        return np.asarray(height * to_record * shape + numbers[4:] @ terms)

    height = line.fit.values[0]
    begin = [height, 0.0, 0.9, 0.05, *line.fit.values[OF_SHAPE : OF_SHAPE + emission.terms]]
    free = [np.inf] * emission.terms
    limits = ([0.0, -4.0, _NARROWEST, -30.0, *(-one for one in free)], [np.inf, 4.0, 4.5, 30.0, *free])
    try:
        fit = least_squares(model, emission.signal, line.noise, begin, limits)
    except DataError:
        return None
    cube, deviation = float(fit.values[3]), float(fit.uncertainties[3])
    if not math.isfinite(deviation) or fit.reduced_chi2 > _AS_GOOD * max(line.fit.reduced_chi2, 1.0):
        return None
    if not fit.describes and fit.residual_correlation > 0.0:
        return None
    low, high = (scale * float(np.cbrt(cube + sign * NORMAL_95 * deviation)) for sign in (-1.0, 1.0))
    return Tail(scale * float(np.cbrt(cube)), (low, high))


def modified_gaussian(energy: Array, centre: float, deviation: float, tail: float) -> Array:
    """Return a Gaussian convolved with an exponential, that of no tail being of height 1.

    Args:
        energy: [eV] (point,).
        centre: of the Gaussian [eV].
        deviation: of the Gaussian [eV].
        tail: energy of the exponential [eV], positive towards low energies.
    """
    from scipy.special import erfcx

    share = max(abs(tail) / deviation, 1e-6)
    place = math.copysign(1.0, tail) * (energy - centre) / deviation
    away = (1.0 / share + place) / math.sqrt(2.0)
    near = np.exp(-0.5 * place**2) * erfcx(np.maximum(away, 0.0))
    # on the side of the tail erfcx(-a) = 2 exp(a^2) - erfcx(a), whose first term is the exponential
    exponent = np.clip(0.5 / share**2 + place / share, -_STEEPEST, _STEEPEST)
    far = 2.0 * np.exp(exponent) - np.exp(-0.5 * place**2) * erfcx(np.maximum(-away, 0.0))
    found: Array = math.sqrt(0.5 * math.pi) / share * np.where(away >= 0.0, near, far)
    return found
