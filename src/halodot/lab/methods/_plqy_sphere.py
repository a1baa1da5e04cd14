"""Spectra of an integrating sphere: which range is excitation, which emission, and how many photons are in each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.emission_line import smoothed
from halodot.lab.signals import Signal, signals

if TYPE_CHECKING:
    import xarray

SIGNALS = ("spectral_photon_flux", "spectral_irradiance", "counts", "count_rate", "intensity")
#: signal of the excitation line beyond which it counts for nothing, over its height
_END_OF_LINE = 0.005
#: how far beyond that the excitation is integrated, over the width of the line
_MARGIN = 0.5
_FEWEST_POINTS = 5


@dataclass(frozen=True, eq=False)
class Take:
    """One measurement in the sphere: its spectra over excitation and emission, in one file or in several."""

    spectra: tuple[Signal, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Ranges:
    """Wavelengths of excitation and of emission [m]."""

    excitation: tuple[float, float]
    emission: tuple[float, float]


@dataclass(frozen=True)
class Photons:
    """Photons in a range, in any unit that all ranges share, and their standard deviation by the noise."""

    number: float
    deviation: float


@dataclass(frozen=True, eq=False)
class Weight:
    """What turns a signal into photons at each wavelength."""

    power: bool  # whether the calibrated signal is power per wavelength
    calibration: Signal | None = None

    def at(self, wavelength: Array) -> Array:
        """Return photons per signal at wavelengths [m], in any unit; nan beyond the calibration (point,)."""
        found = wavelength * 1e6 if self.power else np.ones(wavelength.size)
        if self.calibration is not None:
            factor = np.interp(wavelength, self.calibration.x, self.calibration.y, left=np.nan, right=np.nan)
            found = found * factor
        return np.asarray(found)


def takes_of(data: Iterable[xarray.Dataset]) -> list[Take]:
    """Return the measurements that files hold: those whose ranges do not overlap belong together.

    Args:
        data: in their order.

    Raises:
        DataError: a file holds no spectrum.
    """
    found: list[list[tuple[Signal, str]]] = []
    for one in data:
        there = signals(one, ("wavelength",), SIGNALS)
        name = str(one.attrs.get("file", "the measurement"))
        if not there:
            raise DataError(
                f"{name}: no spectrum against wavelength; say columns='wavelength (nm), intensity' or what it holds"
            )
        for item in there:
            if item.x.size < _FEWEST_POINTS:
                raise DataError(f"{name}: {item.x.size} points are too few for a spectrum")
            if found and not any(_overlap(item, other) for other, _ in found[-1]):
                found[-1].append((item, name))
            else:
                found.append([(item, name)])
    return [Take(tuple(item for item, _ in group), tuple(name for _, name in group)) for group in found]


def _overlap(one: Signal, other: Signal) -> bool:
    return bool(one.x[0] < other.x[-1] and other.x[0] < one.x[-1])


def ranges_of(blank: Take, excitation: tuple[float, float] | None, emission: tuple[float, float] | None) -> Ranges:
    """Return the ranges of excitation and emission: what is chosen, otherwise the line of the blank and all beyond.

    Args:
        blank: measured without the sample.
        excitation: chosen range [m].
        emission: chosen range [m].
    """
    first = min(blank.spectra, key=lambda item: item.x[0])
    if excitation is None:
        excitation = (
            _line_of(first) if len(blank.spectra) == 1 and _is_wide(first) else (float(first.x[0]), float(first.x[-1]))
        )
    if emission is None:
        emission = (excitation[1], math.inf)
    return Ranges(excitation, emission)


def _is_wide(item: Signal) -> bool:
    """Whether a spectrum holds more than the excitation line: it has fallen to nothing well before its end."""
    low, high = _line_of(item)
    return bool(item.x[-1] > high + (high - low))


def _line_of(item: Signal) -> tuple[float, float]:
    """Return where the highest line of a spectrum ends on either side [m]."""
    smooth = smoothed(item.y, 3)
    peak = int(np.argmax(smooth))
    base = float(np.median(smooth))
    height = float(smooth[peak]) - base
    if not height > 0.0:
        raise DataError("the blank shows no excitation; is it the measurement without the sample?")
    least = base + _END_OF_LINE * height
    below = np.flatnonzero(smooth <= least)
    left, right = below[below < peak], below[below > peak]
    low = float(item.x[left[-1]]) if left.size else float(item.x[0])
    high = float(item.x[right[0]]) if right.size else float(item.x[-1])
    half = np.flatnonzero(smooth > base + 0.5 * height)
    margin = _MARGIN * float(item.x[half[-1]] - item.x[half[0]]) if half.size else 0.0
    return max(low - margin, float(item.x[0])), min(high + margin, float(item.x[-1]))


def photons(take: Take, window: tuple[float, float], weight: Weight, noise: tuple[float, float]) -> Photons:
    """Return the photons of a measurement in a range by the trapezoidal rule.

    Args:
        take: measured.
        window: from, to [m].
        weight: of the signal.
        noise: variance of the signal without light, and its growth with the signal.

    Raises:
        DataError: nothing was measured there, or the calibration does not reach it.
    """
    kept = [item for item in take.spectra if np.count_nonzero(_within(item, window)) >= _FEWEST_POINTS]
    if not kept:
        raise DataError(
            f"{', '.join(take.names)}: fewer than {_FEWEST_POINTS} points from {window[0] * 1e9:g} to"
            f" {window[1] * 1e9:g} nm"
        )
    item = max(kept, key=lambda one: np.count_nonzero(_within(one, window)))
    inside = _within(item, window)
    x, y = item.x[inside], item.y[inside]
    weights = _trapezoid(x) * weight.at(x)
    if not np.all(np.isfinite(weights)):
        raise DataError(f"the calibration does not reach from {x[0] * 1e9:g} to {x[-1] * 1e9:g} nm")
    variance = noise[0] + noise[1] * np.maximum(smoothed(y, 3), 0.0)
    return Photons(float(weights @ y), math.sqrt(float(weights**2 @ variance)))


def _within(item: Signal, window: tuple[float, float]) -> Array:
    return np.asarray((item.x >= window[0]) & (item.x <= window[1]))


def _trapezoid(x: Array) -> Array:
    steps = np.diff(x)
    return np.asarray(0.5 * (np.append(steps, 0.0) + np.append(0.0, steps)))


def noise_of_takes(takes: Sequence[Take], ranges: Ranges) -> tuple[float, float]:
    """Return the variance of the signal without light, and its growth with the signal.

    Counted photons have 0 and 1. Otherwise both are judged from how neighbouring channels of the emission scatter
    around their common trend.

    Args:
        takes: of one instrument.
        ranges: excitation and emission.
    """
    if all(item.y_quantity == "counts" for take in takes for item in take.spectra):
        return 0.0, 1.0
    from scipy.optimize import nnls

    signal, squares = [], []
    for take in takes:
        for item in take.spectra:
            y = item.y[_within(item, ranges.emission)]
            if y.size < 2 * _FEWEST_POINTS:
                continue
            squares.append(np.diff(y, 3)[1:-1] ** 2 / 20.0)  # 1, 3, 3, 1: of a smooth signal nothing is left
            signal.append(np.maximum(smoothed(y, 5)[2:-3], 0.0))
    if not signal:
        return 0.0, 0.0
    level, square = np.concatenate(signal), np.concatenate(squares)
    top = max(float(np.max(level)), 1e-300)
    terms = np.stack([np.ones(level.size), level / top])
    variance = np.full(level.size, max(float(np.mean(square)), 1e-300))
    for _ in range(4):
        found = nnls((terms / variance).T, square / variance)[0]
        variance = np.maximum(found @ terms, 1e-9 * float(np.mean(square)) + 1e-300)
    return float(found[0]), float(found[1]) / top
