"""The absorption edge: where it rises, what scatters below it, how it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.absorbance import Absorbance
from halodot.lab.fitting import lag_one_correlation
from halodot.lab.local_fit import LocalFit, local_cubic

#: grid on which derivatives are looked at
_GRID = 700
#: neighbourhoods within which the spectrum is first looked at [eV]
_REACHES = (0.035, 0.06, 0.1)
#: steepness that an edge must have relative to the steepest place up to so far above it [eV], rise relative to all of
#: the spectrum, and both in standard deviations of the noise
_STEEP, _ABOVE, _RISE, _CERTAIN = 0.5, 0.8, 0.02, 8.0
#: rise over steepness beyond which a rise is no edge [eV]
_WIDEST = 1.5
#: neighbourhoods within which the inflection is found, in widths of the edge
_WIDTHS = (0.5, 0.7, 1.0)
#: distance from the inflection below which the spectrum may be background, in widths of the edge
_FAR = 2.2
#: the same where the spectrum does not reach that far: only what is flat then counts
_NEAR = 0.5
_TOO_NEAR = (
    "the spectrum ends too near to its edge for what lies below it to be known: no background is subtracted; record "
    "further to the red, or say where it is with background_window"
)
#: upper ends that are tried, and what may be left of the spectrum there: chi-square of a point, or share of the edge
_ENDS, _WHITE, _LITTLE = 14, 2.0, 0.002
#: part of the photon energies below the edge that has to be described at least
_SHORTEST = 0.3
_FEWEST_BELOW = 10
#: standard deviations from which scattering is told from none
_CERTAIN_TERM = 3.0
_RAYLEIGH = 4


@dataclass(frozen=True, eq=False)
class EnergySpectrum:
    """Absorbance against photon energy, rising."""

    energy: Array  # [eV] (point,)
    absorbance: Array
    sd: Array

    def within(self, low: float, high: float) -> EnergySpectrum:
        """Return the part between two energies."""
        kept = (self.energy >= low) & (self.energy <= high)
        return EnergySpectrum(self.energy[kept], self.absorbance[kept], self.sd[kept])

    def local(self, at: Array, reach: float) -> LocalFit:
        """Return local cubics of the spectrum, each within reach of enough points."""
        return local_cubic(self.energy, self.absorbance, self.sd, at, reach)


@dataclass(frozen=True)
class Edge:
    """First rise of an absorption spectrum."""

    inflection: float  # [eV]
    inflection_sd: float
    width: float  # rise over steepest slope [eV]
    height: float  # absorbance that it rises by
    low: float  # level below


@dataclass(frozen=True, eq=False)
class Background:
    """What lies below the gap: A0 + k / wavelength^4."""

    constant: float
    scattering: float  # k [m^4]
    covariance: Array  # of both
    upper: float  # highest energy that counted [eV]; nan where there was none
    residual: float  # root mean square of what is left below the gap
    chi2: float  # of a point

    def at(self, energy: Array) -> Array:
        """Return the background at photon energies [eV]."""
        return np.asarray(self.constant + self.scattering * (energy / HC_EV) ** _RAYLEIGH)

    def sd(self, energy: Array) -> Array:
        """Return its standard deviation at photon energies [eV]."""
        terms = np.stack([np.ones_like(energy), (energy / HC_EV) ** _RAYLEIGH])
        return np.asarray(np.sqrt(np.maximum(np.einsum("ip,ij,jp->p", terms, self.covariance, terms), 0.0)))


def by_energy(item: Absorbance) -> EnergySpectrum:
    """Return an absorbance against wavelength as one against photon energy."""
    return EnergySpectrum(HC_EV / item.x[::-1], item.y[::-1], item.sd[::-1])


def find_edge(spectrum: EnergySpectrum) -> Edge:
    """Return the first edge from the red: the lowest energy at which the absorbance rises steeply and far.

    Raises:
        DataError: nothing rises out of the noise.
    """
    energy = spectrum.energy
    at = np.linspace(energy[0], energy[-1], _GRID)
    for reach in _REACHES:
        found = _first_rise(spectrum.local(at, reach), spectrum)
        if found is not None:
            return _refined(spectrum, *found)
    raise DataError(
        f"no absorption edge rises out of the noise between {HC_EV / energy[-1] * 1e9:.0f} and "
        f"{HC_EV / energy[0] * 1e9:.0f} nm; is it a baseline, or does the window miss the edge?"
    )


def _first_rise(fit: LocalFit, spectrum: EnergySpectrum) -> tuple[float, float, float] | None:
    """Return place, rise and slope of the first edge that is beyond the noise."""
    sound = np.isfinite(fit.slope)
    if sound.sum() < 10:
        return None
    x, slope, value = fit.x[sound], fit.slope[sound], fit.value[sound]
    slope_sd, value_sd = fit.slope_sd[sound], fit.value_sd[sound]
    span = float(np.ptp(value))
    tops = [place for place in range(1, x.size - 1) if slope[place] > max(slope[place - 1], slope[place + 1] - 1e-300)]
    certain = np.where(slope > _CERTAIN * slope_sd, slope, 0.0)
    for place in tops:
        steepest = float(np.max(certain[(x >= x[place]) & (x <= x[place] + _ABOVE)]))
        if certain[place] <= 0.0 or slope[place] < _STEEP * steepest:
            continue
        weak = slope < 0.1 * slope[place]
        left = np.flatnonzero(weak[:place])
        right = np.flatnonzero(weak[place:])
        start = int(left[-1]) if left.size else 0
        end = place + int(right[0]) if right.size else x.size - 1
        rise = float(value[end] - value[start])
        if rise > _WIDEST * float(slope[place]):
            continue  # what scatters rises slowly and for good
        if rise > max(_RISE * span, _CERTAIN * float(value_sd[place])):
            return float(x[place]), rise, float(slope[place])
    return None


def _refined(spectrum: EnergySpectrum, place: float, rise: float, slope: float) -> Edge:
    """Return the edge with its inflection by local cubics of several reaches."""
    spacing = float(np.median(np.diff(spectrum.energy[np.argsort(np.abs(spectrum.energy - place))[:9].min() :][:9])))
    width = min(max(rise / slope, 4.0 * spacing), 0.6)
    found = []
    for part in _WIDTHS:
        reach = max(part * width, 4.0 * spacing)
        at = np.linspace(place - 0.5 * width, place + 0.5 * width, 61)
        fit = spectrum.local(at, reach)
        if not np.any(np.isfinite(fit.slope)):
            continue
        best = int(np.nanargmax(fit.slope))
        third = float(fit.third[best])
        step = -float(fit.curvature[best]) / third if third < 0.0 else 0.0
        sd = float(fit.curvature_sd[best]) / max(abs(third), 1e-30)
        found.append((float(at[best]) + float(np.clip(step, -0.05 * width, 0.05 * width)), min(sd, width)))
    if not found:
        found = [(place, 0.5 * width)]
    middle = found[min(1, len(found) - 1)]
    spread = float(np.std([item[0] for item in found], ddof=1)) if len(found) > 1 else 0.0
    low = float(np.median(spectrum.absorbance[spectrum.energy < middle[0] - 2.0 * width][-40:] if np.any(
        spectrum.energy < middle[0] - 2.0 * width) else spectrum.absorbance[:3]))  # fmt: skip
    return Edge(middle[0], math.hypot(middle[1], spread), width, rise, low)


def fit_background(
    spectrum: EnergySpectrum, edge: Edge, kind: str, window: tuple[float, float] | None
) -> tuple[Background, str]:
    """Return what lies below the gap, and a word on it.

    Args:
        spectrum: absorbance against photon energy.
        edge: first edge.
        kind: "scattering", "constant" or "none".
        window: wavelengths [m] that count, None for all that are far enough below the edge.
    """
    zero = Background(0.0, 0.0, np.zeros((2, 2)), math.nan, 0.0, 1.0)
    if kind == "none":
        return zero, ""
    if window:
        chosen = spectrum.within(HC_EV / window[1], HC_EV / window[0])
        return (_fitted_background(chosen, kind), "") if chosen.energy.size >= _FEWEST_BELOW else (zero, _TOO_NEAR)
    far = spectrum.within(0.0, edge.inflection - _FAR * edge.width)
    if far.energy.size >= _FEWEST_BELOW:
        return _flat_part(far, edge, kind)[0], ""
    found, flat = _flat_part(spectrum.within(0.0, edge.inflection - _NEAR * edge.width), edge, kind)
    return (found, "") if flat else (zero, _TOO_NEAR)


def _flat_part(whole: EnergySpectrum, edge: Edge, kind: str) -> tuple[Background, bool]:
    """Return the background by as much of the red end as it describes, and whether it does describe that.

    Where it describes no good part, it is that of the whole.
    """
    if whole.energy.size < _FEWEST_BELOW:
        return Background(0.0, 0.0, np.zeros((2, 2)), math.nan, 0.0, 1.0), False
    low, high = float(whole.energy[0]), float(whole.energy[-1])
    for end in np.linspace(high, low + _SHORTEST * (high - low), _ENDS):
        below = whole.within(low, float(end))
        if below.energy.size < _FEWEST_BELOW:
            break
        found = _fitted_background(below, kind)
        last = max(below.energy.size // 8, 3)
        left = below.absorbance[-last:] - found.at(below.energy[-last:])
        off = float(np.mean(left)) ** 2 > _WHITE * float(np.mean(below.sd[-last:] ** 2))
        if found.residual < _LITTLE * edge.height or (found.chi2 < _WHITE and not off):
            return found, True
    return _fitted_background(whole, kind), False


def _fitted_background(below: EnergySpectrum, kind: str) -> Background:
    scale = float(np.max((below.energy / HC_EV) ** _RAYLEIGH))
    columns = np.stack([np.ones(below.energy.size), (below.energy / HC_EV) ** _RAYLEIGH / scale], axis=1)
    terms = 2 if kind == "scattering" else 1
    weight = 1.0 / below.sd
    found = np.linalg.lstsq(columns[:, :terms] * weight[:, None], below.absorbance * weight, rcond=None)[0]
    doubt = math.sqrt(float(np.linalg.inv((columns * weight[:, None]).T @ (columns * weight[:, None]))[1, 1]))
    if terms == 2 and found[1] <= _CERTAIN_TERM * doubt:  # scattering only ever adds to the blue
        terms = 1
        found = np.linalg.lstsq(columns[:, :1] * weight[:, None], below.absorbance * weight, rcond=None)[0]
    rest = below.absorbance - columns[:, :terms] @ found
    covariance = np.zeros((2, 2))
    matrix = columns[:, :terms] * weight[:, None]
    excess = max(float(np.mean((rest * weight) ** 2)), 1.0) * inflation(rest * weight)
    covariance[:terms, :terms] = np.linalg.inv(matrix.T @ matrix) * excess
    constant, scattering = (*found, 0.0)[:2]
    turn = np.array([1.0, 1.0 / scale])
    return Background(
        float(constant),
        float(scattering) / scale,
        covariance * np.outer(turn, turn),
        float(below.energy[-1]),
        float(np.sqrt(np.mean(rest**2))),
        float(np.mean((rest * weight) ** 2)),
    )


def inflation(residuals: Array) -> float:
    """Return by how much the variance of what is fitted grows because neighbouring residuals are alike.

    (1 + r)/(1 - r) with the correlation r of neighbours: exact for a first-order autoregression.
    """
    alike = float(np.clip(lag_one_correlation(residuals), 0.0, 0.98))
    return (1.0 + alike) / (1.0 - alike)


@dataclass(frozen=True)
class Urbach:
    """Exponential tail below the edge."""

    energy: float  # [eV]
    uncertainty: float
    low: float  # of the photon energies that counted [eV]
    high: float
    straight: bool  # whether windows of the tail agree on its slope


def urbach(spectrum: EnergySpectrum, background: Background, edge: Edge, window: tuple[float, float]) -> Urbach | None:
    """Return the Urbach energy, A - background = A1 exp(E/E_U), or None where no tail is seen.

    Windows of the tail that span at least a factor of three are fitted; their spread and that of the background are in
    the uncertainty.

    Args:
        spectrum: absorbance against photon energy.
        background: what lies below.
        edge: first edge.
        window: photon energies between which the tail is looked for [eV].
    """
    tail = spectrum.within(*window)
    above = tail.absorbance - background.at(tail.energy)
    error = np.hypot(tail.sd, background.sd(tail.energy))
    kept = (above > np.maximum(4.0 * error, 0.002 * edge.height)) & (above < 0.25 * edge.height)
    places = np.flatnonzero(kept)
    if places.size:  # the run that reaches the edge, without what the noise lifts further below
        breaks = np.flatnonzero(np.diff(places) > 2)
        places = places[breaks[-1] + 1 :] if breaks.size else places
    if places.size < 5 or above[places[-1]] < 3.0 * above[places[0]]:
        return None
    energy, level, sd = tail.energy[places], above[places], error[places] / above[places]
    found = [_slope(energy, np.log(level), sd)]
    floor = background.sd(energy)
    for shift in (-1.0, 1.0):
        moved = level + shift * floor
        if np.all(moved > 0.0):
            found.append(_slope(energy, np.log(moved), sd))
    by_background = float(np.std([item[0] for item in found], ddof=1)) if len(found) > 1 else 0.0
    middle = int(np.searchsorted(np.log(level), 0.5 * (np.log(level[0]) + np.log(level[-1]))))
    halves = [_slope(energy[part], np.log(level[part]), sd[part]) for part in (slice(0, middle), slice(middle, None))
              if energy[part].size >= 4]  # fmt: skip
    spread = 0.5 * abs(halves[0][0] - halves[1][0]) if len(halves) == 2 else 0.0
    slope, slope_sd = found[0]
    if not slope > 0.0:
        return None
    total = math.sqrt(slope_sd**2 + by_background**2 + spread**2)
    within = math.hypot(*(item[1] for item in halves)) if len(halves) == 2 else math.inf
    straight = spread < max(0.15 * slope, 1.5 * within)
    return Urbach(1.0 / slope, total / slope**2, float(energy[0]), float(energy[-1]), straight)


def _slope(x: Array, y: Array, sd: Array) -> tuple[float, float]:
    """Return the slope of a weighted line with its standard uncertainty, residuals that are alike taken in."""
    weight = 1.0 / sd**2
    middle = float(np.sum(weight * x) / np.sum(weight))
    power = float(np.sum(weight * (x - middle) ** 2))
    slope = float(np.sum(weight * (x - middle) * y) / power)
    rest = (y - slope * (x - middle) - float(np.sum(weight * y) / np.sum(weight))) / sd
    excess = max(float(np.sum(rest**2)) / max(x.size - 2, 1), 1.0) * inflation(rest)
    return slope, math.sqrt(excess / power)
