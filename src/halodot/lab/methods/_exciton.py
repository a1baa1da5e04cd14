"""The first exciton: where the spectrum bends down first, then a line on a continuum that rises with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import Fitted, least_squares
from halodot.lab.methods._edge import Edge, EnergySpectrum, inflation

#: half width at half height of a Gaussian in its standard deviations
HALF = math.sqrt(2.0 * math.log(2.0))
#: continua that are tried: a step, or a ramp, as broad as the line. Half of the range of
#: what all continua and windows find is the standard uncertainty that the choice leaves
_CONTINUA = ("step", "ramp")
#: how far above the line the fit goes, in standard deviations of the line
_UPPER = (1.6, 2.2, 3.0)
_LOWER = 7.0
#: strength of a bend relative to the strongest of the edge, from which it counts as the first exciton
_STRONG = 0.1
_CERTAIN, _UP = 6.0, 3.0
#: height of a line in its standard deviations and relative to all absorption at its place, from which it is an exciton
_SEEN, _HIGH = 5.0, 0.15
#: half width [eV] beyond which a band is no exciton: a drift of the lamp, or many transitions together
_BROADEST = 0.25
#: of a fit with another continuum, relative to the better: chi-square up to which it counts
_AS_GOOD = 4.0


@dataclass(frozen=True, eq=False)
class Exciton:
    """First exciton absorption."""

    energy: float  # [eV]
    energy_sd: float
    half_width: float  # on the red side [eV]
    half_width_sd: float
    height: float
    range: tuple[float, float]  # [eV] that was fitted
    fitted_energy: Array  # of the fit that is shown
    model: Array
    continuum: Array
    continuum_name: str
    describes: bool


def seed(spectrum: EnergySpectrum, edge: Edge) -> tuple[float, float] | None:
    """Return energy and standard deviation [eV] of the lowest line above the edge, None where nothing bends down.

    A line h exp(-x^2/2 s^2) bends down between -s and s, by 2 h/s exp(-1/2) in all, which gives both.
    """
    spacing = float(np.median(np.diff(spectrum.energy)))
    low, high = edge.inflection - 0.5 * edge.width, min(edge.inflection + 4.0 * edge.width, spectrum.energy[-1])
    at = np.linspace(low, high, 240)
    for part in (0.35, 0.6):
        fit = spectrum.local(at, max(part * edge.width, 4.0 * spacing))
        found = _bends(fit.x, fit.curvature, fit.curvature_sd)
        if found:
            strongest = max(item[2] for item in found)
            place, deviation, _ = next(item for item in found if item[2] >= _STRONG * strongest)
            return place, deviation
    return None


def _bends(x: Array, curvature: Array, sd: Array) -> list[tuple[float, float, float]]:
    """Return energy, standard deviation and strength of each place where a curve bends down beyond the noise."""
    found = []
    down = np.isfinite(curvature) & (curvature < 0.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], down.astype(int), [0]])))
    for start, end in zip(edges[::2], edges[1::2]):
        if end - start < 3 or end >= x.size or not np.any(curvature[end:] > _UP * sd[end:]):
            continue  # a plain edge bends down for good, a line lets the spectrum bend up again
        part = slice(start, end)
        lowest = start + int(np.argmin(curvature[part]))
        if curvature[lowest] > -_CERTAIN * sd[lowest]:
            continue
        deviation = max(float(x[lowest] - x[start]), 0.5 * float(x[end - 1] - x[start]) * 0.7)
        lobe = -float(np.sum(curvature[part])) * float(x[1] - x[0])
        found.append((float(x[lowest]), deviation, lobe * deviation / (2.0 * math.exp(-0.5))))
    return found


@dataclass(frozen=True, eq=False)
class _Try:
    """One fit among several."""

    continuum: str
    window: int  # of `_UPPER`
    fit: Fitted
    part: EnergySpectrum


def line(energy: Array, centre: float, half: float, lorentzian: float) -> Array:
    """Return a line of height 1, half of it a half width away; a share of it Lorentzian (pseudo-Voigt)."""
    away = ((energy - centre) / half) ** 2
    found: Array = (1.0 - lorentzian) * np.exp(-math.log(2.0) * away) + lorentzian / (1.0 + away)
    return found


def _continuum(energy: Array, numbers: Array, kind: str) -> Array:
    """Return the absorption above the line: onset ``numbers[4]`` half widths above its centre, as broad as the line."""
    _, centre, half, height, offset, tilt = numbers[:6]
    away = (energy - centre - offset * half) * HALF / half
    if kind == "step":
        from scipy.special import ndtr

        return np.asarray(height * ndtr(away) * (1.0 + tilt * np.clip(away, 0.0, None)))
    blur = math.sqrt(3.0) / math.pi  # a logistic distribution as broad as the line
    return np.asarray(height * blur * np.logaddexp(0.0, away / blur) + tilt * height * np.clip(away, 0.0, None) ** 2)


def fit_exciton(
    spectrum: EnergySpectrum, edge: Edge, start: tuple[float, float], shape: str, window: tuple[float, float] | None
) -> Exciton | None:
    """Return the first exciton, None where no line stands on the continuum.

    Args:
        spectrum: absorbance against photon energy, the background taken off.
        edge: first edge; the line lies above its inflection.
        start: energy and standard deviation of the line to begin with [eV].
        shape: "Gaussian" or "Voigt".
        window: photon energies that are fitted [eV]; its upper end is also moved for the spread.
    """
    centre, deviation = start
    low, upper = window or (centre - _LOWER * deviation, centre + _UPPER[1] * deviation)
    high = [centre + (upper - centre) * part / _UPPER[1] for part in _UPPER]
    fits: list[_Try] = []
    for place, end in enumerate(high):
        part = spectrum.within(low, end)
        for kind in _CONTINUA:
            made = _fit(part, (centre, deviation), edge.inflection, shape, kind)
            if made is not None:
                fits.append(_Try(kind, place, made, part))
    middle = [item for item in fits if item.window == 1]
    if not middle:
        return None
    taken = min(middle, key=lambda item: item.fit.reduced_chi2)
    best, part, kind = taken.fit, taken.part, taken.continuum
    good = [item.fit for item in fits if _comparable(item, fits)]
    excess = math.sqrt(max(best.reduced_chi2, 1.0) * inflation(best.residuals))
    sd = best.uncertainties * excess
    height, energy, half = (float(number) for number in best.values[:3])
    below = float(np.interp(energy, part.energy, _continuum(part.energy, best.values, kind)))
    certain = _SEEN * float(best.uncertainties[0]) * math.sqrt(max(best.reduced_chi2, 1.0))
    if not height > max(certain, _HIGH * (height + below)) or half > _BROADEST:
        return None
    spread = [0.5 * float(np.ptp([item.values[place] for item in good])) for place in (1, 2)]
    return Exciton(
        energy,
        math.hypot(float(sd[1]), spread[0]),
        half,
        math.hypot(float(sd[2]), spread[1]),
        height,
        (low, upper),
        part.energy,
        best.model,
        _continuum(part.energy, best.values, kind) + best.values[6],
        kind,
        float(np.sqrt(np.mean((best.model - part.absorbance) ** 2))) < 0.03 * height + 2.0 * float(np.median(part.sd)),
    )


def _comparable(item: _Try, fits: list[_Try]) -> bool:
    """Whether a fit is about as good as the best in the same window."""
    best = min(other.fit.reduced_chi2 for other in fits if other.window == item.window)
    return item.fit.reduced_chi2 <= _AS_GOOD * max(best, 1e-30)


def _fit(part: EnergySpectrum, start: tuple[float, float], least: float, shape: str, kind: str) -> Fitted | None:
    """Fit height, energy, half width of the line, height, onset, tilt of the continuum, constant, share (Voigt)."""
    if part.energy.size < 12:
        return None
    centre, deviation = start
    at = float(np.interp(centre, part.energy, part.absorbance))
    base = float(np.min(part.absorbance))
    size = max(at - base, 1e-9)
    half = HALF * deviation
    begin = [0.6 * size, centre, half, 0.5 * size, 1.0, 0.05, 0.0]
    low = [0.0, min(max(centre - 2.0 * half, least), centre - 0.1 * half), 0.2 * half, 0.0, 0.0, -0.3, -size]
    high = [5.0 * size, centre + 2.0 * half, 4.0 * half, 10.0 * size, 4.0, 3.0, size]
    if shape == "Voigt":
        begin, low, high = [*begin, 0.2], [*low, 0.0], [*high, 1.0]

    def model(numbers: Array) -> Array:
        share = float(numbers[7]) if shape == "Voigt" else 0.0
        own = numbers[0] * line(part.energy, numbers[1], numbers[2], share)
        return np.asarray(own + _continuum(part.energy, numbers, kind) + numbers[6])

    try:
        return least_squares(model, part.absorbance, part.sd, begin, (low, high))
    except DataError:
        return None
