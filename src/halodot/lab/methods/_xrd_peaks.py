"""Where a pattern has reflections: maxima that stand above the counting noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._xrd_lines import Radiation, beyond

#: width of the wavelet that answers most to a Gaussian of standard deviation 1
_MATCHED = math.sqrt(5.0)
_SCALES_PER_OCTAVE = 2
_FEWEST = 3.0  # points in the full width of a reflection; fewer is a spike
#: reach of the wavelet in its widths; beyond it is below 1e-4
_REACH = 5.0
_FWHM = 2.3548
#: share of its clearness that half the width must see of a maximum; a Gaussian gives it 0.7 without noise
_OF_WIDER = 0.35


@dataclass(frozen=True)
class Maximum:
    """A maximum of a pattern."""

    place: float  # two theta [rad]
    width: float  # full width at half maximum, about [rad]
    height: float
    deviations: float  # its answer to the matched wavelet in standard deviations of the noise


def maxima(two_theta: Array, signal: Array, variance: Array, least: float, widest: float) -> list[Maximum]:
    """Return the maxima that stand above noise, the clearest first.

    Wavelets of all widths, blind to a background that is straight on their scale, are laid over the pattern; the
    width that answers most above the noise is the width of the maximum. What no wavelet of half the width sees at the
    same place is two maxima side by side.

    Args:
        two_theta: evenly spaced [rad] (point,).
        signal: (point,).
        variance: of the background (point,).
        least: standard deviations that count.
        widest: full width at half maximum [rad] beyond which a maximum is none of a crystal.
    """
    step = float(two_theta[1] - two_theta[0])
    largest = min(widest / step, 0.25 * two_theta.size)
    octaves = math.log2(max(largest / _FEWEST, 1.0))
    widths = _FEWEST * 2.0 ** (np.arange(0.0, _SCALES_PER_OCTAVE * octaves + 1e-9) / _SCALES_PER_OCTAVE)
    found, clearness, tops = [], [], []
    for number, width in enumerate(widths):
        answer, noise = _answers(signal, variance, width)
        clear = answer / noise
        top = np.flatnonzero((clear[1:-1] >= clear[:-2]) & (clear[1:-1] > clear[2:]) & (clear[1:-1] > 0.0)) + 1
        clearness.append(clear)
        tops.append(top)
        inside = top[(clear[top] > least) & (top > 0.5 * width) & (top < two_theta.size - 1 - 0.5 * width)]
        for place in inside:
            if number >= _SCALES_PER_OCTAVE:
                narrower, there = clearness[number - _SCALES_PER_OCTAVE], tops[number - _SCALES_PER_OCTAVE]
                near = there[np.abs(there - place) <= 0.25 * width]
                if near.size == 0 or float(narrower[near].max()) < _OF_WIDER * clear[place]:
                    continue
            height = float(answer[place]) * _height_per_answer(width)
            found.append(Maximum(float(two_theta[place]), float(width * step), height, float(clear[place])))
    return sorted(found, key=lambda item: -item.deviations)


def baseline(signal: Array, widest: float) -> Array:
    """Return a background below all maxima that are narrower than a width.

    Statistics-sensitive non-linear iterative peak clipping on square roots, windows shrinking (Ryan, Clayton, Griffin,
    Sie and Cousens, Nuclear Instruments and Methods B 34 (1988) 396).

    Args:
        signal: evenly spaced (point,).
        widest: in points.
    """
    level = np.sqrt(np.maximum(signal, 0.0))
    for reach in range(int(min(max(widest, 1.0), 0.5 * (signal.size - 1))), 0, -1):
        around = 0.5 * (level[2 * reach :] + level[: -2 * reach])
        level[reach:-reach] = np.minimum(level[reach:-reach], around)
    return np.asarray(level**2)


def _answers(signal: Array, variance: Array, width: float) -> tuple[Array, Array]:
    """Return the answer to the wavelet of a full width in points, and the standard deviation of its noise."""
    scale = _MATCHED * width / _FWHM
    reach = min(math.ceil(_REACH * scale), signal.size - 1)
    grid = np.arange(-reach, reach + 1) / scale
    wavelet = (1.0 - grid**2) * np.exp(-0.5 * grid**2)
    wavelet -= wavelet.mean()
    ends = min(max(round(width), 3), signal.size)
    first, last = float(signal[:ends].mean()), float(signal[-ends:].mean())
    padded = np.concatenate([2.0 * first - signal[reach:0:-1], signal, 2.0 * last - signal[-2 : -reach - 2 : -1]])
    answer = _laid_over(padded, wavelet)
    spread = _laid_over(np.pad(variance, reach, mode="edge"), wavelet**2)
    return answer, np.sqrt(np.maximum(spread, 1e-12 * float(variance.max())))


def _laid_over(values: Array, kernel: Array) -> Array:
    """Return the convolution with a symmetric kernel where it lies within the values."""
    size = 1 << (values.size + kernel.size - 2).bit_length()
    both = np.fft.irfft(np.fft.rfft(values, size) * np.fft.rfft(kernel, size), size)
    return np.asarray(both[kernel.size - 1 : values.size])


def _height_per_answer(width: float) -> float:
    """Return the height of a Gaussian of this full width in points whose answer to its own wavelet is 1."""
    sigma, scale = width / _FWHM, _MATCHED * width / _FWHM
    both = sigma**2 + scale**2
    return float(both**1.5) / (math.sqrt(2.0 * math.pi) * sigma * scale**3)


def apart(found: Sequence[Maximum], taken: Sequence[Maximum], lines: Radiation, share: float) -> list[Maximum]:
    """Return maxima that are not the flank of a clearer one, nor its second line.

    Args:
        found: the clearest first.
        taken: maxima that are known already.
        lines: of the source.
        share: of the mean width within which two are one.
    """
    kept: list[Maximum] = []
    for item in found:
        others = [*taken, *kept]
        near = any(abs(item.place - other.place) < share * max(item.width, other.width) for other in others)
        if not near and not any(_is_second(item, other, lines) for other in others):
            kept.append(item)
    return kept


def _is_second(item: Maximum, other: Maximum, lines: Radiation) -> bool:
    if not lines.doublet:
        return False
    place, _ = beyond(other.place, lines.first, lines.second)
    close = abs(item.place - place) < 0.5 * min(max(item.width, other.width), abs(place - other.place))
    return close and item.height < 1.5 * lines.ratio * other.height
