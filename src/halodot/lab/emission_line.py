"""The line of an emission spectrum read without assuming its shape: peak, widths and asymmetry with their covariance.

The line is an asymmetric pseudo-Voigt in photon energy and a smooth departure from it, of which no more is known than
that it is about one hundredth of the height or, where the spectrum shows so, more. With few counts the line is read as
a pseudo-Voigt, with many as a spline, and the uncertainty holds what is not known of the shape (a discrepancy as of
Kennedy and O'Hagan, J. R. Stat. Soc. B 2001). The model is compared with the spectrum as it was recorded, so that the
noise stays that of the recording.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.constants import HC_EV
from halodot.errors import DataError
from halodot.lab.fitting import Fitted, inverse_curvature, noise_of

#: numbers of a pseudo-Voigt: height, energy, half width, asymmetry, Lorentzian share and logarithm of its width
OF_SHAPE = 6
#: departures from a pseudo-Voigt that are tried, standard deviation over the height; emission lines of lognormal
#: ensembles and those with an exponential tail depart from the best pseudo-Voigt by 0.001 to 0.006
DEPARTURES = (0.01, 0.02, 0.05, 0.1)
#: distance of the splines of the departure over the line width, and how many stand on either side of the peak
_SPACING, _ON_A_SIDE = 0.4, 6
#: departures at each spline over that at the peak: far out, where the line is low, it also departs by less
_LOCAL = 0.3 + 0.7 * np.exp(-4.0 * np.log(2.0) * (0.25 * np.arange(-_ON_A_SIDE, _ON_A_SIDE + 1)) ** 2)
#: what bends a background, quadratic term and on, over half of its rise from one end to the other: a background that
#: falls to 1/e over a sixth of the window has 0.7, 0.7, 0.5 and 0.3
_BENDING = (1.0, 0.8, 0.6, 0.4)
#: height at an end of the spectrum over that at the peak, above which a background cannot be told from the line
INCOMPLETE = 0.1
#: terms of a linear background
_LINEAR = 2
#: largest departure over what departures were taken for, above which they were taken for too little
_TOO_LITTLE = 1.5
#: no wings below zero; a line flatter than a Gaussian at its top departs from the pseudo-Voigt
_LORENTZIAN = (0.0, 1.0)
#: standard deviation of the logarithm of the Lorentzian's width over the Gaussian's; 0.07 to 0.08 for a Voigt profile
_WINGS = 0.2
#: asymmetry at which one half width is about five times the other
_MOST_ASYMMETRY = 2.0
#: residuals over the height that no reading of a line feels
_NOTHING = 1e-4
#: points on which the maximum and the half heights are read
_FINE = 1001
#: how far the grid goes beyond the middle of the line, over its width
_AROUND = 1.2
#: counts below which the expected counts are too few for their root to weigh a least-squares fit
_FEWEST_COUNTS = 1.0
#: of the reduced chi-square of photon counts; one in 15,000 lies beyond
_NOT_PHOTONS = 4.0
#: reduced chi-square of a calculated curve, which has no noise at all
_CALCULATED = 0.1
#: residual of a ray that hit the detector, in standard deviations, and the share of points that may be such spikes
_SPIKE, _MOST_SPIKES = 6.0, 0.02
#: median absolute deviation of a normal distribution in standard deviations
_MAD = 0.6744898
#: deviations beyond which neighbouring residuals are correlated
_CORRELATED = 3.0
#: exponent beyond which one side of the line has no width left
_STEEPEST = 60.0


@dataclass(frozen=True, eq=False)
class Emission:
    """An emission spectrum as it was recorded."""

    wavelength: Array  # [m], rising, (point,)
    signal: Array  # (point,), in any unit
    response: Array  # recorded signal for one photon per wavelength, highest 1, (point,)
    counts: bool = False  # whether the signal counts something
    terms: int = 2  # of the background: 0 none, 1 constant, 2 linear, 3 quadratic
    bend: float = 0.0  # standard deviation of what bends a linear background, in the unit of the signal

    @property
    def background_terms(self) -> Array:
        """Terms of the background at every point (term, point)."""
        place = 2.0 * (self.wavelength - self.wavelength[0]) / np.ptp(self.wavelength) - 1.0
        found: Array = place ** np.arange(self.rows)[:, None]
        return found

    @property
    def rows(self) -> int:
        """Number of terms of the background, those that bend it included."""
        return self.terms + (len(_BENDING) if self.bend else 0)

    def only(self, kept: NDArray[Any]) -> Emission:
        """Return the spectrum at some of its points: their places, or whether each is kept."""
        return replace(self, wavelength=self.wavelength[kept], signal=self.signal[kept], response=self.response[kept])


@dataclass(frozen=True, eq=False)
class Line:
    """An emission line and its background."""

    emission: Emission  # what was fitted; spikes are left out
    fit: Fitted
    height: float  # of which the departures are a share, in the unit of the signal
    splines: tuple[float, float]  # energy of the middle spline and the distance to the next [eV]
    departure: float  # standard deviation of the departure from a pseudo-Voigt over the height
    noise: Array  # standard deviation of the signal (point,)
    photons: bool  # whether the noise is that of counted photons
    spikes: Array = field(default_factory=lambda: np.empty(0))  # wavelengths left out [m]
    ends: float = 0.0  # height at the end of the spectrum over that at the peak, of a pseudo-Voigt
    correlation: float = 1.0  # variance over that of white noise, where neighbouring residuals are correlated

    @property
    def departures(self) -> float:
        """Largest departure from a pseudo-Voigt over what departures were taken for."""
        if not self.departure:
            return 0.0
        found = self.fit.values[OF_SHAPE + self.emission.rows :] / (self.departure * _LOCAL)
        return float(np.max(np.abs(found)))

    @property
    def describes(self) -> bool:
        """Whether neighbouring residuals are no more alike than those of noise, or too small to matter."""
        away = self.emission.signal - self.fit.model
        small = float(np.max(np.abs(away))) < _NOTHING * float(np.ptp(self.fit.model))
        return small or self.fit.describes or self.fit.residual_correlation < 0.0

    @property
    def departs(self) -> bool:
        """Whether the line departs from a pseudo-Voigt by more than any that was tried."""
        return self.departures > _TOO_LITTLE

    def photons_at(self, wavelength: Array, numbers: Array | None = None, splines: Array | None = None) -> Array:
        """Return photons per wavelength [unit of the signal over the response] (point,).

        Args:
            wavelength: [m] (point,).
            numbers: of the fit; those found where None.
            splines: of the departure at the wavelengths, where they are at hand (spline, point).
        """
        used = self.fit.values if numbers is None else numbers
        energy = HC_EV / wavelength
        line = used[0] * pseudo_voigt(energy, used[1:OF_SHAPE])
        if self.departure:
            functions = _cubic_splines(energy, self.splines) if splines is None else splines
            line = line + self.height * (used[OF_SHAPE + self.emission.rows :] @ functions)
        found: Array = line * (energy / self.splines[0]) ** 2
        return found

    def at_ends(self) -> float:
        """Return the height of the line at the higher end of the spectrum over that at its peak [1]."""
        wavelength = self.emission.wavelength
        line = self.photons_at(np.linspace(wavelength[0], wavelength[-1], _FINE))
        return float(max(line[0], line[-1]) / np.max(line))

    def background(self) -> Array:
        """Return the background at the fitted points, in the unit of the signal (point,)."""
        terms = self.fit.values[OF_SHAPE : OF_SHAPE + self.emission.rows]
        found: Array = terms @ self.emission.background_terms
        return found

    def readings(self) -> tuple[Array, Array]:
        """Return what is read off the line, and its covariance.

        Returns:
            Peak [m], full width [m], peak [eV], full width [eV], half width on the blue side over that on the red [1],
            and height of the line as recorded [unit of the signal]; their covariance (6, 6). Widths and asymmetry are
            nan where the spectrum does not reach half the height on both sides.
        """
        x = self._around()
        response = np.interp(x, self.emission.wavelength, self.emission.response)
        splines = _cubic_splines(HC_EV / x, self.splines) if self.departure else None

        def read(numbers: Array) -> Array:
            return _read(x, self.photons_at(x, numbers, splines), response)

        values, covariance = self.fit.values, self.fit.covariance
        found = read(values)
        slopes = np.zeros((found.size, values.size))
        acting = [*range(OF_SHAPE), *range(OF_SHAPE + self.emission.rows, values.size)]
        for place in acting:
            deviation = math.sqrt(max(covariance[place, place], 0.0))
            step = 0.1 * deviation if 0.0 < deviation < np.inf else 1e-6 * max(abs(values[place]), 1e-9)
            moved = np.zeros(values.size)
            moved[place] = step
            slopes[:, place] = (read(values + moved) - read(values - moved)) / (2.0 * step)
        sound = np.isfinite(np.diag(covariance))
        part = slopes[:, sound]
        spread: Array = part @ covariance[np.ix_(sound, sound)] @ part.T
        return found, spread * self.correlation

    def _around(self) -> Array:
        """Return a fine grid of wavelengths around the line, within the spectrum [m]."""
        wavelength = self.emission.wavelength
        x = np.linspace(wavelength[0], wavelength[-1], _FINE)
        _, low, high, _ = _peak_and_halves(x, self.photons_at(x))
        low, high = (x[0] if math.isnan(low) else low), (x[-1] if math.isnan(high) else high)
        middle, away = 0.5 * (low + high), _AROUND * (high - low)
        return np.linspace(max(x[0], middle - away), min(x[-1], middle + away), _FINE)


def fitted_line(emission: Emission, departure: float | None = None, photons: bool | None = None) -> Line:
    """Fit an emission line.

    Args:
        emission: the spectrum around one line.
        departure: standard deviation of the departure from a pseudo-Voigt over the height; the least that the spectrum
            does not contradict where None.
        photons: whether the noise is that of counted photons; judged from the spectrum where None.

    Raises:
        DataError: there is no line, or the fit finds no minimum.
    """
    counted = emission.counts if photons is None else photons
    noise = _first_noise(emission)
    rough = _line(emission, 0.0, noise, _start(emission), counted)
    ends = rough.at_ends()
    rough = _line(emission, DEPARTURES[-1], noise, rough.fit.values, counted)
    kept = _without_spikes(rough)
    spikes = emission.wavelength[np.setdiff1d(np.arange(emission.signal.size), kept)]
    if spikes.size:
        rough = _line(emission.only(kept), DEPARTURES[-1], noise[kept], rough.fit.values, counted)
    if rough.emission.terms == _LINEAR and ends < INCOMPLETE:
        tilt = abs(float(rough.fit.values[OF_SHAPE + 1]))
        rough = replace(rough, emission=replace(rough.emission, bend=max(tilt, _NOTHING * float(rough.height))))
    found = _settled(rough, departure, counted)
    if photons is None and counted and not _photons_alone(found):
        found = _settled(rough, departure, False)
    return replace(found, spikes=spikes, correlation=_correlation(found), ends=ends)


def _settled(rough: Line, departure: float | None, counted: bool) -> Line:
    """Return the line with the departure that it needs and the noise that belongs to it."""
    emission, start = rough.emission, rough.fit.values
    noise = _noise(rough, counted)  # of the most flexible line, so that no wrong shape passes for noise
    for one in DEPARTURES if departure is None else (departure,):
        found = _line(emission, one, noise, start, counted, rough.splines)
        if counted:
            found = _line(emission, one, _noise(found, counted), found.fit.values, counted, rough.splines)
        if found.departures <= _TOO_LITTLE:
            break
    return found


def _line(
    emission: Emission,
    departure: float,
    noise: Array,
    start: Array,
    counted: bool,
    splines: tuple[float, float] | None = None,
) -> Line:
    """Fit a pseudo-Voigt with a departure of some size.

    Height, background and departure are linear and follow from the numbers of the shape (variable projection).
    """
    from scipy.optimize import least_squares

    energy = HC_EV / emission.wavelength
    step, whole = float(np.max(np.abs(np.diff(energy)))), float(np.ptp(energy))
    place = splines or (float(start[1]), max(2.0 * _SPACING * float(start[2]), 2.0 * step))
    linear = _Linear(emission, departure, noise, float(start[0]), place)
    low = np.array([energy.min(), 0.1 * step, -_MOST_ASYMMETRY, _LORENTZIAN[0], -5.0 * _WINGS])
    high = np.array([energy.max(), whole, _MOST_ASYMMETRY, _LORENTZIAN[1], 5.0 * _WINGS])
    begin = np.clip(start[1:OF_SHAPE], low, high)

    def residuals(shape: Array) -> Array:
        return np.append(linear.solved(shape)[1], shape[-1] / _WINGS)

    scale = [0.1 * start[2], start[2], 0.1, 0.1, _WINGS]
    found = least_squares(residuals, begin, bounds=(low, high), x_scale=scale)
    if not found.success:
        raise DataError(f"the fit finds no minimum ({found.message}); choose another window")
    numbers, _ = linear.solved(found.x)
    if not numbers[0] > 0.0:
        raise DataError("there is no line above the background in this window")
    return Line(emission, linear.fitted(found.x, numbers), linear.height, place, departure, noise, counted)


@dataclass(frozen=True, eq=False)
class _Linear:
    """What a spectrum is linear in when the shape is given: height, background, departure."""

    emission: Emission
    departure: float
    noise: Array
    height: float  # about that of the line, of which the departure is a share
    splines: tuple[float, float]

    @cached_property
    def energy(self) -> Array:
        return np.asarray(HC_EV / self.emission.wavelength)

    @cached_property
    def fixed(self) -> Array:
        """Terms that do not depend on the shape, over the noise (term, point): background, departure."""
        recorded = self.height * self.emission.response * (self.energy / self.splines[0]) ** 2
        departures = recorded * _cubic_splines(self.energy, self.splines) if self.departure else np.empty((0, 1))
        terms = [self.emission.background_terms, *([departures] if self.departure else [])]
        return np.concatenate(terms) / self.noise

    @cached_property
    def prior(self) -> Array:
        """Inverse variances of height, background and departure before the measurement."""
        found = np.zeros(1 + len(self.fixed))
        if self.emission.bend:
            bending = slice(1 + self.emission.terms, 1 + self.emission.rows)
            found[bending] = (self.emission.bend * np.array(_BENDING)) ** -2
        if self.departure:
            found[1 + self.emission.rows :] = (self.departure * _LOCAL) ** -2
        return found

    def of_height(self, shape: Array) -> Array:
        """Return the line of height 1 over the noise (point,)."""
        line = self.emission.response * pseudo_voigt(self.energy, shape) * (self.energy / self.splines[0]) ** 2
        return np.asarray(line / self.noise)

    def solved(self, shape: Array) -> tuple[Array, Array]:
        """Return the best linear numbers of a shape, and all residuals: of the points, and of the departure."""
        terms = np.vstack([self.of_height(shape), self.fixed])
        signal = self.emission.signal / self.noise
        size = np.sqrt(np.sum(terms**2, axis=1) + self.prior)
        size[size == 0.0] = 1.0
        curvature = (terms @ terms.T + np.diag(self.prior)) / np.outer(size, size)
        curvature[np.diag_indices_from(curvature)] += 1e-13
        numbers = np.linalg.solve(curvature, terms @ signal / size) / size
        away = np.concatenate([numbers @ terms - signal, np.sqrt(self.prior) * numbers])
        return numbers, away

    def fitted(self, shape: Array, numbers: Array) -> Fitted:
        """Return the fit: height, shape, background, departure, with their covariance."""
        of_shape = np.empty((shape.size, self.energy.size))
        for place, step in enumerate(np.maximum(1e-6 * np.abs(shape), 1e-7)):
            moved = np.zeros(shape.size)
            moved[place] = step
            change = self.of_height(shape + moved) - self.of_height(shape - moved)
            of_shape[place] = numbers[0] * change / (2.0 * step)
        slopes = np.vstack([self.of_height(shape), of_shape, self.fixed])
        prior = np.concatenate([self.prior[:1], np.zeros(shape.size - 1), [_WINGS**-2], self.prior[1:]])
        covariance = inverse_curvature(slopes @ slopes.T + np.diag(prior))
        values = np.concatenate([numbers[:1], shape, numbers[1:]])
        model = (numbers @ np.vstack([self.of_height(shape), self.fixed])) * self.noise
        return Fitted(values, covariance, (model - self.emission.signal) / self.noise, model)


def pseudo_voigt(energy: Array, shape: Array) -> Array:
    """Return a pseudo-Voigt line of height 1 at its centre, whose width goes over from one side to the other.

    Its half width is 2 w / (1 + exp(-a (E - E0) / w)): smooth, and w at the centre (Stancik and Brauns, Vib. Spectrosc.
    2008).

    Args:
        energy: [eV] (point,).
        shape: energy of the centre [eV], half width there [eV], asymmetry a [1], Lorentzian share [1], logarithm of the
            Lorentzian's width over that of the Gaussian [1].
    """
    peak, width, asymmetry, lorentzian, wings = shape
    place = (energy - peak) / width
    away = (0.5 * place * (1.0 + np.exp(np.clip(-asymmetry * place, -_STEEPEST, _STEEPEST)))) ** 2
    found: Array = (1.0 - lorentzian) * np.exp(-np.log(2.0) * away) + lorentzian / (1.0 + away * np.exp(-2.0 * wings))
    return found


def _cubic_splines(energy: Array, place: tuple[float, float]) -> Array:
    """Return cubic splines of height 1 around the middle of the line (spline, point)."""
    middle, spacing = place
    away = np.abs((energy - middle) / spacing - np.arange(-_ON_A_SIDE, _ON_A_SIDE + 1)[:, None])
    inner, outer = np.minimum(away, 1.0), np.clip(2.0 - away, 0.0, 1.0)
    found: Array = np.where(away < 1.0, 1.0 - 1.5 * inner**2 + 0.75 * inner**3, 0.25 * outer**3)
    return found


def _start(emission: Emission) -> Array:
    """Return a pseudo-Voigt and a background to begin with."""
    smooth = smoothed(emission.signal)
    background = float(np.min(smooth)) if emission.terms else 0.0
    peak = int(np.argmax(smooth))
    height = float(smooth[peak]) - background
    if not height > 0.0:
        raise DataError("the spectrum is flat; there is no line in it")
    energy = HC_EV / emission.wavelength
    above = smooth > background + 0.5 * height
    low, high = peak, peak
    while low > 0 and above[low - 1]:
        low -= 1
    while high < above.size - 1 and above[high + 1]:
        high += 1
    least = 0.5 * float(np.min(np.abs(np.diff(energy))))
    blue = max(float(energy[low] - energy[peak]), least)
    red = max(float(energy[peak] - energy[high]), least)
    response = max(float(emission.response[peak]), 1e-3)
    terms = [background or 1e-3 * height, *[1e-3 * height] * 2][: emission.terms]
    return np.array([height / response, energy[peak], 0.5 * (red + blue), 0.0, 0.1, 0.0, *terms])


def smoothed(signal: Array, points: int = 5) -> Array:
    """Return the running mean of a signal (point,), over fewer points at its ends."""
    width = np.convolve(np.ones(signal.size), np.ones(points), "same")
    found: Array = np.convolve(signal, np.ones(points), "same") / width
    return found


def _first_noise(emission: Emission) -> Array:
    if emission.counts:
        return np.sqrt(np.maximum(smoothed(emission.signal), _FEWEST_COUNTS))
    level = noise_of(emission.signal) if emission.signal.size >= 5 else 0.0
    return np.full(emission.signal.size, max(level, 1e-6 * float(np.ptp(emission.signal))))


def _noise(line: Line, counted: bool) -> Array:
    """Return the standard deviation of the signal (point,), of counts their root, otherwise from the residuals.

    The variance of a spectrum whose counts are not known grows with the signal as a + b S + c S^2: detector, photons
    and lamp.
    """
    signal = np.maximum(line.fit.model, 0.0)
    if counted:
        return np.asarray(np.sqrt(np.maximum(signal, _FEWEST_COUNTS)))
    from scipy.optimize import nnls

    points, numbers = line.fit.residuals.size, line.fit.values.size
    squares = (line.emission.signal - line.fit.model) ** 2 * points / max(points - numbers, 1)
    top = float(np.max(signal))
    least = (1e-9 * top) ** 2
    terms = np.stack([np.ones(points), signal / top, (signal / top) ** 2])
    variance: Array = np.full(points, max(float(np.mean(squares)), least))
    for _ in range(4):
        variance = np.maximum(nnls((terms / variance).T, squares / variance)[0] @ terms, least)
    found: Array = np.sqrt(variance)
    return found


def _photons_alone(line: Line) -> bool:
    """Whether the residuals are as large as those of counted photons, or those of a calculated curve."""
    expected = np.sqrt(np.maximum(line.fit.model, _FEWEST_COUNTS))
    freedom = max(line.fit.residuals.size - line.fit.values.size, 1)
    ratio = float(np.sum(((line.emission.signal - line.fit.model) / expected) ** 2)) / freedom
    low_counts = float(np.mean(line.fit.model < _FEWEST_COUNTS))  # their variance is overstated
    least = (1.0 - _NOT_PHOTONS * math.sqrt(2.0 / freedom)) * (1.0 - low_counts)
    return ratio < _CALCULATED or least < ratio < 1.0 + _NOT_PHOTONS * math.sqrt(2.0 / freedom)


def _without_spikes(line: Line) -> NDArray[np.intp]:
    """Return the places of the points that are no single channels far above the line and their neighbours."""
    noise = _noise(line, line.emission.counts)
    away = (line.emission.signal - line.fit.model) / noise
    spread = max(float(np.median(np.abs(away))) / _MAD, 1.0 if line.emission.counts else 1e-300)
    beside = np.maximum(np.abs(np.append(away[1:], 0.0)), np.abs(np.append(0.0, away[:-1])))
    spikes = np.flatnonzero((away > _SPIKE * spread) & (beside < 0.5 * _SPIKE * spread))
    everything = np.arange(away.size)
    if spikes.size > max(1.0, _MOST_SPIKES * away.size):
        return everything
    return np.setdiff1d(everything, spikes)


def _correlation(line: Line) -> float:
    """Return the variance of a mean of neighbouring residuals over that of white ones, at least 1."""
    away = line.fit.residuals - line.fit.residuals.mean()
    power = float(away @ away)
    found = 1.0
    for lag in range(1, max(away.size // 10, 2)):
        one = float(away[lag:] @ away[:-lag]) / power if power > 0.0 else 0.0
        if (one < _CORRELATED / math.sqrt(away.size) and lag == 1) or one <= 0.0:
            break
        found += 2.0 * one
    return found


def _read(x: Array, photons: Array, response: Array) -> Array:
    """Return peak and width in wavelength and energy, asymmetry and recorded height of a line on a fine grid."""
    energy = HC_EV / x
    peak, half_low, half_high, _ = _peak_and_halves(x, photons)
    peak_energy, low, high, _ = _peak_and_halves(energy[::-1], (photons * x**2)[::-1])
    asymmetry = (high - peak_energy) / (peak_energy - low)
    height = _peak_and_halves(x, photons * response)[3]
    return np.array([peak, half_high - half_low, peak_energy, high - low, asymmetry, height])


def _peak_and_halves(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Return the maximum of a curve, where it has half its height on either side, and the height."""
    top = min(max(int(np.argmax(y)), 1), y.size - 2)
    before, at, after = (float(value) for value in y[top - 1 : top + 2])
    bend = before - 2.0 * at + after
    away = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    away = min(max(away, -1.0), 1.0)
    peak = float(x[top] + away * (x[top + 1] - x[top]))
    height = at + 0.5 * away * (after - before) + 0.5 * away**2 * bend
    half = 0.5 * height
    left, right = np.flatnonzero(y[:top] <= half), np.flatnonzero(y[top:] <= half)
    low = _crossing(x, y, int(left[-1]), half) if left.size else math.nan
    high = _crossing(x, y, top + int(right[0]) - 1, half) if right.size else math.nan
    return peak, low, high, height


def _crossing(x: Array, y: Array, left: int, half: float) -> float:
    """Return where a curve crosses a height between a point and the next."""
    rise = float(y[left + 1] - y[left])
    return float(x[left] + (half - y[left]) / rise * (x[left + 1] - x[left])) if rise else float(x[left])
