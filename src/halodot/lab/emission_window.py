"""Where the line of an emission spectrum stands, and what in it is light of the excitation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.lab.emission_line import Emission, smoothed
from halodot.lab.fitting import noise_of

#: half widths that a window holds on either side of a line beyond its half height
_BEYOND = 5.0
#: share of the line's height, and standard deviations, by which a spectrum rises again where another line begins
_RISE, _RISE_DEVIATIONS = 0.03, 5.0
#: the ends of a spectrum, over which a tilt is told, are this part of it
_OF_ENDS = 12
#: to which windows are rounded [m]
_STEP = 1e-10
#: least half width of what the excitation leaves in a spectrum [m]
_STRAY = 5e-9
#: C-H stretching of solvents and O-H stretching of water [1/m]
_RAMAN = (("Raman line of C-H bonds", 2.92e5), ("Raman line of water", 3.4e5))
#: the most that converters of 10 to 16 bits count
_FULL_SCALES = (1023.0, 4095.0, 16_383.0, 32_767.0, 65_535.0)
#: channels of one value that make a flat top, and standard deviations that a peak would have risen above them
_FLAT, _ABOVE_FLAT = 3, 4.0


@dataclass(frozen=True)
class Zone:
    """Wavelengths at which the excitation shows itself."""

    name: str
    place: float  # [m]
    half_width: float  # [m]


@dataclass(frozen=True)
class Found:
    """The main line of a spectrum, roughly."""

    window: tuple[float, float]  # [m]
    others: tuple[float, ...]  # peaks of the other lines that bound it [m]
    overlap: float = 0.0  # height of the spectrum at the bounds over that of the line [1]


def stray_zones(excitation: float | None, bandwidth: float = 0.0) -> tuple[Zone, ...]:
    """Return where scattered light of the excitation, its second order and solvents' Raman lines stand.

    Args:
        excitation: wavelength [m], None where it is not known.
        bandwidth: of excitation and emission together [m].
    """
    if excitation is None:
        return ()
    half = max(_STRAY, bandwidth)
    zones = [Zone("scattered excitation", excitation, half)]
    for name, shift in _RAMAN:
        place = 1.0 / (1.0 / excitation - shift) if 1.0 / excitation > shift else 0.0
        zones.append(Zone(name, place, half))
    return (*zones, Zone("second order of the excitation", 2.0 * excitation, half))


def zones_in(zones: tuple[Zone, ...], low: float, high: float) -> tuple[Zone, ...]:
    """Return the zones that reach into a window [m]."""
    return tuple(zone for zone in zones if zone.place + zone.half_width > low and zone.place - zone.half_width < high)


def inside(zone: Zone, wavelength: Array) -> NDArray[np.bool_]:
    """Return which wavelengths [m] lie in a zone (point,)."""
    return np.asarray(np.abs(wavelength - zone.place) <= zone.half_width)


def main_line(emission: Emission, zones: tuple[Zone, ...] = ()) -> Found:
    """Return the window round the highest line of a spectrum, up to where another line begins.

    Args:
        emission: the spectrum.
        zones: in which no main line is sought; the first is that of the scattered excitation, and the spectrum is
            cut beyond it.
    """
    allowed: NDArray[np.bool_] = np.ones(emission.signal.size, dtype=np.bool_)
    if zones:
        allowed &= emission.wavelength > zones[0].place + zones[0].half_width
    for zone in zones[1:]:
        allowed &= ~inside(zone, emission.wavelength)
    written = np.flatnonzero(emission.signal != 0.0)
    if written.size:
        allowed[: written[0]] = False  # zeros at the ends stand for what was not recorded
        allowed[written[-1] + 1 :] = False
    if np.count_nonzero(allowed) < 3:
        return Found((float(emission.wavelength[0]), float(emission.wavelength[-1])), ())
    ends = np.flatnonzero(allowed)[[0, -1]]
    signal = np.where(allowed, emission.signal, -np.inf)
    steady = _without_single_channels(emission.signal)
    steady = steady - _chord(emission.wavelength, steady, ends)
    smooth = smoothed(steady)
    for _ in range(2):
        low, peak, high, height = _half_heights(np.where(np.isfinite(signal), smooth, -np.inf), ends)
        points = max(5, (high - low) // 3 | 1)
        smooth = smoothed(steady, points)
    level = (
        np.sqrt(np.maximum(emission.signal, 1.0))
        if emission.counts
        else np.full(smooth.size, noise_of(emission.signal))
    )
    rise = np.maximum(_RISE * height, _RISE_DEVIATIONS * level / np.sqrt(points))
    x = emission.wavelength
    reach = 0.5 * _BEYOND * (x[high] - x[low])
    left, one = _edge(smooth[ends[0] : peak + 1][::-1], rise[ends[0] : peak + 1][::-1])
    right, other = _edge(smooth[peak : ends[1] + 1], rise[peak : ends[1] + 1])
    window = (max(x[low] - reach, x[peak - left]), min(x[high] + reach, x[peak + right]))
    others = [x[peak - one]] * (one > 0) + [x[peak + other]] * (other > 0)
    valleys = [float(smooth[peak - left])] * (one > 0) + [float(smooth[peak + right])] * (other > 0)
    base = float(smooth[peak]) - height
    overlap = max([(valley - base) / height for valley in valleys], default=0.0)
    rounded = (_STEP * float(np.floor(window[0] / _STEP)), _STEP * float(np.ceil(window[1] / _STEP)))
    return Found(rounded, tuple(float(place) for place in others), overlap)


def _without_single_channels(signal: Array) -> Array:
    """Return the median of every point and its neighbours (point,)."""
    found = signal.copy()
    found[1:-1] = np.median(np.stack([signal[:-2], signal[1:-1], signal[2:]]), axis=0)
    return found


def _chord(wavelength: Array, signal: Array, ends: NDArray[np.intp]) -> Array:
    """Return the straight line from one end of a spectrum to the other (point,)."""
    first, last = int(ends[0]), int(ends[1]) + 1
    part = max((last - first) // _OF_ENDS, 1)
    low, high = float(np.median(signal[first : first + part])), float(np.median(signal[last - part : last]))
    place = (wavelength - wavelength[first]) / (wavelength[last - 1] - wavelength[first])
    return np.asarray(low + (high - low) * place)


def _half_heights(smooth: Array, ends: NDArray[np.intp]) -> tuple[int, int, int, float]:
    peak = int(np.argmax(smooth))
    part = smooth[ends[0] : ends[1] + 1]
    base = float(np.quantile(part[np.isfinite(part)], 0.1))
    height = float(smooth[peak]) - base
    below = np.flatnonzero(smooth < base + 0.5 * height)
    before, after = below[below < peak], below[below > peak]
    low = max(int(before[-1]) if before.size else 0, int(ends[0]))
    high = min(int(after[0]) if after.size else smooth.size - 1, int(ends[1]))
    return low, peak, high, height


def _edge(outward: Array, rise: Array) -> tuple[int, int]:
    """Return how many points from the peak outward the line reaches, and where another has its peak, 0 for none."""
    lowest = np.minimum.accumulate(outward)
    again = np.flatnonzero(outward - lowest > rise)
    if not again.size:
        return outward.size - 1, 0
    first = int(again[0])
    return int(np.argmin(outward[: first + 1])), first + int(np.argmax(outward[first:]))


def saturated(signal: Array) -> NDArray[np.intp]:
    """Return the places of channels at the top that all hold one value because the detector can give no more (point,).

    Args:
        signal: around one line (point,).
    """
    top = float(np.max(signal))
    at_top = np.flatnonzero(signal == top)
    first, last = int(at_top[0]), int(at_top[-1])
    beyond = last - first + 1
    none = np.empty(0, dtype=int)
    if at_top.size >= _FLAT and at_top.size == beyond and top in _FULL_SCALES:
        return at_top
    if at_top.size < _FLAT or at_top.size != beyond or first < beyond or last + beyond >= signal.size:
        return none
    noise = noise_of(signal) or 0.0
    digits = np.diff(np.unique(signal))
    least = max(noise, float(np.min(digits)) if digits.size else 0.0)
    slope = min(top - float(signal[first - 1]), top - float(signal[last + 1]))
    rise = 0.25 * slope * beyond  # of a parabola that goes on from the flanks with half their slope
    return at_top if rise > _ABOVE_FLAT * least else none
