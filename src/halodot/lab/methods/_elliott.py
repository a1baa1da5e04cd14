"""Elliott's formula: bound excitons and the continuum that their attraction enhances, broadened."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import Fitted, least_squares
from halodot.lab.methods._edge import EnergySpectrum, inflation

#: broadenings by the word of a setting, with their full width at half height over Gamma
WIDTHS = {"sech": 2.0 * math.acosh(2.0), "Gaussian": 2.0 * math.sqrt(2.0 * math.log(2.0)), "Lorentzian": 2.0}
_STATES = 6  # bound states; the seventh holds 0.3 % of the first and merges with the continuum
#: steps of the grid of the continuum in Gamma, and its most points
_STEP, _MOST = 0.12, 1500
#: binding energies to begin with, in half widths of the exciton
_BEGIN = (0.4, 1.2, 3.0)
#: upper ends that are tried, relative to the range above the exciton
_UPPER = (0.7, 0.5)
#: how the absorption far above the gap departs from parabolic bands; the first is fitted, the other is for the spread
_FORMS = ("bent", "tilted")
#: chi-square relative to that of the best broadening up to which another counts for the spread
_AS_GOOD = 1.5
#: root mean square that is left, relative to the edge, up to which the formula describes it
_LEFT = 0.02
#: multiple of that at the beginning beyond which the formula is not fitted at all
_HOPELESS = 3.0
_FEWEST = 25
#: points of the spectrum with which beginnings are compared, and with which numbers are found
_FEW, _MANY = 90, 300
#: binding energy that stands for none [eV], and by what it grows in the search of its upper limit
_LEAST_BINDING, _GROWTH = 1e-4, 1.6
_CHI2_95 = 3.84  # of one number


@dataclass(frozen=True, eq=False)
class Elliott:
    """Gap, binding energy and broadening by Elliott's formula."""

    gap: float  # [eV]
    gap_sd: float
    binding: float  # [eV]
    binding_sd: float
    binding_most: float  # 95 % upper limit where binding is not told from none; nan otherwise
    gamma: float  # [eV]
    gamma_sd: float
    width_sd: float  # of the full width at half height [eV], the choice of the broadening taken in
    broadening: str
    energy: Array
    model: Array
    describes: bool

    @property
    def width(self) -> float:
        """Full width at half height of the exciton line [eV]."""
        return self.gamma * WIDTHS[self.broadening]


def elliott_absorption(energy: Array, gap: float, binding: float, gamma: float, broadening: str = "sech") -> Array:
    """Return the absorption near a direct gap relative to that of the unbroadened continuum at the gap.

    sum_n 2 R/n^3 g(E - gap + R/n^2) + integral over e > gap of g(E - e) / (1 - exp(-2 pi sqrt(R/(e - gap)))): three
    dimensions, parabolic bands, R the binding energy, g the broadening with unit area, sech(x/Gamma)/(pi Gamma), a
    Gaussian of standard deviation Gamma or a Lorentzian of half width Gamma (R. J. Elliott, Phys. Rev. 108, 1384
    (1957)). Times 2 pi sqrt(R) it becomes sqrt(E - gap) without attraction.

    Args:
        energy: photon energies [eV] (point,).
        gap: [eV].
        binding: R [eV].
        gamma: Gamma [eV].
        broadening: a word of `WIDTHS`.

    Returns:
        Relative absorption (point,).
    """
    lines, continuum = _parts(energy, gap, binding, gamma, broadening)
    return np.asarray(lines + continuum)


def _parts(energy: Array, gap: float, binding: float, gamma: float, broadening: str) -> tuple[Array, Array]:
    """Return bound states and continuum of Elliott's absorption."""
    total = np.zeros(energy.size)
    for number in range(1, _STATES + 1):
        total += 2.0 * binding / number**3 * _shape(energy - gap + binding / number**2, gamma, broadening)
    # what lies between the last bound state and the gap is as dense as the continuum at the gap
    begin = gap - binding / (_STATES + 0.5) ** 2
    continuum = _cumulative(energy - begin, gamma, broadening)
    # the rest of the continuum begins at nothing and grows smoothly
    span = float(energy[-1] - gap) + 12.0 * gamma
    if span <= 0.0:
        return total, continuum
    step = max(_STEP * gamma, span / _MOST)
    above = np.arange(0.5 * step, span, step)
    extra = 1.0 / -np.expm1(-2.0 * math.pi * np.sqrt(binding / above)) - 1.0
    low = max(math.ceil((gap - float(energy[0])) / step), 0) + round(12.0 * gamma / step)
    grid = np.concatenate([np.zeros(low), extra])
    reach = round(12.0 * gamma / step)
    from scipy.signal import fftconvolve

    kernel = _shape(np.arange(-reach, reach + 1) * step, gamma, broadening) * step
    smooth = fftconvolve(grid, kernel, mode="same")
    place = gap + (np.arange(grid.size) - low + 0.5) * step
    return total, np.asarray(continuum + np.interp(energy, place, smooth))


def _shape(x: Any, gamma: float, broadening: str) -> Array:
    away = x / gamma
    if broadening == "sech":
        return np.asarray(1.0 / (math.pi * gamma * np.cosh(np.clip(away, -300.0, 300.0))))
    if broadening == "Gaussian":
        return np.asarray(np.exp(-0.5 * away**2) / (gamma * math.sqrt(2.0 * math.pi)))
    return np.asarray(1.0 / (math.pi * gamma * (1.0 + away**2)))


def _cumulative(x: Array, gamma: float, broadening: str) -> Array:
    away = x / gamma
    if broadening == "sech":
        return np.asarray(2.0 / math.pi * np.arctan(np.exp(np.clip(away, -300.0, 300.0))))
    if broadening == "Gaussian":
        from scipy.special import ndtr

        return np.asarray(ndtr(away))
    return np.asarray(0.5 + np.arctan(away) / math.pi)


def fit_elliott(
    spectrum: EnergySpectrum, start: tuple[float, float], broadening: str | None, window: tuple[float, float]
) -> Elliott | None:
    """Return gap, binding energy and broadening, None where the formula does not describe the edge.

    Args:
        spectrum: absorbance against photon energy, the background taken off.
        start: energy and half width of the exciton, or of the edge [eV].
        broadening: a word of `WIDTHS`; None takes that which describes the spectrum best.
        window: photon energies that are fitted [eV]; its upper end is also lowered for the spread.
    """
    measured = spectrum.within(*window)
    if measured.energy.size < _FEWEST:
        return None
    whole = thinned(measured, _MANY)
    fits: dict[str, Fitted] = {}
    for name in WIDTHS:  # all of them, whichever is chosen: how far they disagree is uncertain
        energy, half = start
        starts = [np.array([energy + share * half, share * half, 2.0 * half / WIDTHS[name]]) for share in _BEGIN]
        for other, fit in fits.items():  # what one broadening found is where the next begins
            gap, binding, gamma = fit.values[:3]
            starts = [np.array([gap, binding, gamma * WIDTHS[other] / WIDTHS[name]])]
        made = _best(whole, starts, name)
        if made is not None:
            fits[name] = made
    kind = broadening or min(fits, key=lambda item: fits[item].reduced_chi2, default="")
    if kind not in fits:
        return None
    best = fits[kind]
    alternatives = [_fitted(whole, best.values, kind, _FORMS[1])]
    for part in _UPPER:
        end = start[0] + part * (window[1] - start[0])
        alternatives.append(_fitted(whole.within(window[0], end), best.values, kind))
    return _made(whole, kind, fits, [item for item in alternatives if item is not None])


def _made(whole: EnergySpectrum, kind: str, fits: Mapping[str, Fitted], alternatives: Sequence[Fitted]) -> Elliott:
    """Return what the fit of a broadening found, with how far windows, forms and broadenings disagree."""
    best = fits[kind]
    near = {name: fit for name, fit in fits.items() if fit.reduced_chi2 <= _AS_GOOD * best.reduced_chi2}
    excess = math.sqrt(max(best.reduced_chi2, 1.0) * inflation(best.residuals))
    sd = best.uncertainties * excess
    among = [best, *alternatives]
    gap_sd, binding_sd = (
        _total(float(sd[place]), [float(fit.values[place]) for fit in [*among, *near.values()]]) for place in (0, 1)
    )
    gammas = [float(fit.values[2]) for fit in among]
    widths = [gamma * WIDTHS[kind] for gamma in gammas]
    widths += [float(fit.values[2]) * WIDTHS[name] for name, fit in near.items()]
    gap, binding, gamma = (float(number) for number in best.values[:3])
    told_apart = binding > max(2.0 * binding_sd, 2.0 * _LEAST_BINDING)
    left = float(np.sqrt(np.mean((best.model - whole.absorbance) ** 2)))
    return Elliott(
        gap=gap,
        gap_sd=gap_sd,
        binding=binding,
        binding_sd=binding_sd,
        binding_most=math.nan if told_apart else _upper_limit(whole, best, kind, excess) + 2.0 * binding_sd,
        gamma=gamma,
        gamma_sd=_total(float(sd[2]), gammas),
        width_sd=_total(float(sd[2]) * WIDTHS[kind], widths),
        broadening=kind,
        energy=whole.energy,
        model=best.model,
        describes=left < _LEFT * float(np.ptp(best.model)) + 2.0 * float(np.median(whole.sd)),
    )


def _total(sd: float, values: Sequence[float]) -> float:
    """Return the uncertainty of a number from that of its fit and half the range of what others find."""
    return math.hypot(sd, 0.5 * (max(values) - min(values)))


def _upper_limit(part: EnergySpectrum, best: Fitted, kind: str, excess: float) -> float:
    """Return the binding energy [eV] from which on the spectrum speaks against it at 95 %, everything else free."""
    from scipy.optimize import least_squares as search

    gap, binding, gamma = (float(number) for number in best.values[:3])
    allowed = _CHI2_95 * excess**2
    least = float(np.sum(_linear(part, best.values[:3], kind)[1] ** 2))
    trial = max(binding, 2.0 * _LEAST_BINDING)
    begin = np.array([gap, gamma])

    def left(fixed: float, item: Array) -> Array:
        return _linear(part, np.array([item[0], fixed, item[1]]), kind)[1]

    while trial < 0.3:
        trial *= _GROWTH
        found = search(
            partial(left, trial),
            begin,
            bounds=([0.5, 0.1 * gamma], [10.0, 10.0 * gamma]),
            x_scale=[gamma, gamma],
            max_nfev=25,
        )
        begin = found.x
        if 2.0 * found.cost - least > allowed:
            break
    return trial


def _best(part: EnergySpectrum, starts: list[Array], kind: str) -> Fitted | None:
    """Return the fit from the most promising of several beginnings."""
    few = thinned(part, _FEW)
    begins = [found for start in starts if (found := _sought(few, start, kind)) is not None]
    if not begins:
        return None
    begin, chi2 = min(begins, key=lambda item: item[1])
    if chi2 / few.energy.size * float(np.mean(few.sd**2)) > (_HOPELESS * _LEFT * float(np.ptp(few.absorbance))) ** 2:
        return None
    return _fitted(part, begin, kind)


def thinned(part: EnergySpectrum, most: int) -> EnergySpectrum:
    """Return a spectrum with neighbouring points averaged until there are no more than a number."""
    group = -(-part.energy.size // most)
    if group == 1:
        return part
    count = part.energy.size // group
    energy, level, variance = (
        item[: count * group].reshape(count, group).mean(axis=1) for item in (part.energy, part.absorbance, part.sd**2)
    )
    return EnergySpectrum(energy, level, np.sqrt(variance / group))


def _columns(energy: Array, numbers: Array, kind: str, form: str) -> tuple[Array, Array]:
    """Return what the height multiplies, and what the bend of the bands multiplies beside it.

    "bent": the matrix element falls as 1/E, the continuum grows with the distance from the gap, as bands that bend make
    it. "tilted": all of the absorption grows with the energy alike.
    """
    gap, binding, gamma = (float(number) for number in numbers[:3])
    lines, continuum = _parts(energy, gap, binding, gamma, kind)
    if form == "tilted":
        shape = lines + continuum
        return shape, np.asarray(shape * (energy - gap))
    above = gamma * np.logaddexp(0.0, (energy - gap) / gamma)
    return np.asarray((lines + continuum) * gap / energy), np.asarray(continuum * above * gap / energy)


def _linear(part: EnergySpectrum, numbers: Array, kind: str, form: str = _FORMS[0]) -> tuple[Array, Array]:
    """Return height, bend, constant and scattering that suit gap, binding energy and Gamma best, and what is left."""
    shape, bend = _columns(part.energy, numbers, kind, form)
    columns = np.stack([shape, bend, np.ones(shape.size), _scattering(part)], axis=1) / part.sd[:, None]
    level = part.absorbance / part.sd
    found: Array = np.asarray(np.linalg.lstsq(columns, level, rcond=None)[0], float)
    return found, np.asarray(columns @ found - level)


def _scattering(part: EnergySpectrum) -> Array:
    """Return the shape of what scatters, by which the background below the gap may be wrong: zero at the red end."""
    relative = (part.energy / part.energy[0]) ** 4
    return np.asarray((relative - 1.0) / (relative[-1] - 1.0))


def _sought(part: EnergySpectrum, start: Array, kind: str) -> tuple[Array, float] | None:
    """Return all numbers near a beginning and their chi-square; height, tilt and constant follow from the others."""
    from scipy.optimize import least_squares as search

    low = np.array([part.energy[0], _LEAST_BINDING, 0.1 * start[2]])
    high = np.array([part.energy[-1] + 0.1, 0.6, 10.0 * start[2]])
    begin = np.clip(start, low + 1e-9, high - 1e-9)

    def left(numbers: Array) -> Array:
        return _linear(part, numbers, kind)[1]

    found = search(left, begin, bounds=(low, high), x_scale=start, max_nfev=40)
    height, bent, *rest = _linear(part, found.x, kind)[0]
    if not height > 0.0:
        return None
    return np.array([*found.x, height, bent / height, *rest]), float(2.0 * found.cost)


def _fitted(part: EnergySpectrum, begin: Array, kind: str, form: str = _FORMS[0]) -> Fitted | None:
    """Fit gap, binding energy, Gamma, height, bend of the bands, a constant and scattering."""
    if part.energy.size < _FEWEST:
        return None
    size = float(np.ptp(part.absorbance))
    if form != _FORMS[0]:
        height, bent, *rest = _linear(part, begin[:3], kind, form)[0]
        if not height > 0.0:
            return None
        begin = np.array([*begin[:3], height, bent / height, *rest])
    gamma = float(begin[2])
    low = [part.energy[0], _LEAST_BINDING, 0.1 * gamma, 0.0, -5.0, -size, -size]
    high = [part.energy[-1] + 0.1, 0.6, 10.0 * gamma, 20.0 * size, 20.0, size, size]

    scattering = _scattering(part)

    def model(numbers: Array) -> Array:
        shape, bend = _columns(part.energy, numbers, kind, form)
        return np.asarray(numbers[3] * (shape + numbers[4] * bend) + numbers[5] + numbers[6] * scattering)

    try:
        return least_squares(model, part.absorbance, part.sd, [float(number) for number in begin], (low, high))
    except DataError:
        return None
