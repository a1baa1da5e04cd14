"""Tauc's plot: every straight part of the edge is extrapolated, and how far they disagree is the uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._edge import Background, EnergySpectrum

#: r of (alpha E)^(1/r): allowed transitions
EXPONENTS = {"direct": 0.5, "indirect": 2.0}
#: a window is straight where what is left of a line is less than this share of its rise, the noise taken off
_STRAIGHT = 0.015
#: where no window is: how much less straight than the straightest another may be
_NEARLY = 1.3
#: slope of a window relative to the steepest, from which it is part of the edge
_STEEP = 0.6
#: narrowest window, as share of the range and in points
_NARROWEST, _FEWEST = 0.15, 5
_ENDS = 40


@dataclass(frozen=True)
class Tauc:
    """Gap by Tauc's plot."""

    gap: float  # [eV]
    uncertainty: float
    slope: float  # of the line that is shown, in the unit of the plot per eV
    window: tuple[float, float]  # of that line [eV]
    windows: int  # that were averaged
    straight: bool  # whether they are


def plotted(energy: Array, absorbance: Array, transition: str) -> Array:
    """Return (A E)^(1/r), what is below zero as zero."""
    return np.asarray(np.clip(absorbance * energy, 0.0, None) ** (1.0 / EXPONENTS[transition]))


def tauc(
    spectrum: EnergySpectrum, background: Background, transition: str, window: tuple[float, float], corrected: bool
) -> Tauc | None:
    """Return the gap by all straight windows of a Tauc plot, None where there is none.

    Every window of a range is fitted by a line. Of those that are straight and steep the intercepts are averaged,
    wide and steep windows counting more (after Suram, Newhouse and Gregoire, ACS Comb. Sci. 18, 673 (2016),
    doi:10.1021/acscombsci.6b00053); their spread and the error of the fit make the uncertainty.

    Args:
        spectrum: absorbance against photon energy as measured.
        background: what lies below the gap.
        transition: "direct" or "indirect".
        window: photon energies between which windows are sought [eV].
        corrected: whether the line is brought to a line through the plot below the gap (Makula, Pacia and Macyk,
            J. Phys. Chem. Lett. 9, 6814 (2018)), otherwise to zero after the background was taken off.
    """
    below = np.zeros(2)
    level = spectrum.absorbance
    doubt = np.zeros(level.size)
    if corrected:
        if not math.isfinite(background.upper):
            return None
        under = spectrum.within(0.0, background.upper)
        below = np.polyfit(under.energy, plotted(under.energy, under.absorbance, transition), 1)
    else:
        level = level - background.at(spectrum.energy)
        doubt = background.sd(spectrum.energy)
    found = _gap(EnergySpectrum(spectrum.energy, level, spectrum.sd).within(*window), transition, below)
    if found is None or not np.any(doubt > 0.0):
        return found
    moved = [
        _gap(EnergySpectrum(spectrum.energy, level + shift * doubt, spectrum.sd).within(*window), transition, below)
        for shift in (-1.0, 1.0)
    ]
    ends = [item.gap for item in moved if item is not None] + [found.gap]
    return replace(found, uncertainty=math.hypot(found.uncertainty, 0.5 * (max(ends) - min(ends))))


def _gap(part: EnergySpectrum, transition: str, below: Array) -> Tauc | None:
    """Return the gap by the straight windows of a part of the plot; ``below`` is the line that lies under it."""
    if part.energy.size < _FEWEST + 2:
        return None
    y = plotted(part.energy, part.absorbance, transition)
    power = 1.0 / EXPONENTS[transition]
    rise = power * y / np.maximum(part.absorbance, 1e-12) * part.sd  # noise of the plot
    found, straight = _windows(part.energy, y, rise)
    if not found.size:
        return None
    steep = found[found[:, 2] > _STEEP * found[:, 2].max()]
    gaps = (below[1] - steep[:, 3]) / (steep[:, 2] - below[0])
    sound = np.isfinite(gaps) & (gaps < part.energy[-1]) & (gaps > 0.3 * part.energy[0])
    if not np.any(sound):
        return None
    steep, gaps = steep[sound], gaps[sound]
    weight = (steep[:, 1] - steep[:, 0]) * steep[:, 2]
    gap = float(np.average(gaps, weights=weight))
    spread = math.sqrt(float(np.average((gaps - gap) ** 2, weights=weight)))
    error = math.sqrt(float(np.average(steep[:, 4] ** 2, weights=weight)))
    shown = steep[int(np.argmax(weight))]
    line = (float(shown[0]), float(shown[1]))
    return Tauc(gap, math.hypot(spread, error), float(shown[2]), line, gaps.size, straight)


def _windows(x: Array, y: Array, noise: Array) -> tuple[Array, bool]:
    """Return start, end, slope, intercept and error of the gap of every straight window (window, 5).

    Where none is straight, of those that are nearly as straight as the straightest, and false.
    """
    ends = np.unique(np.linspace(0, x.size - 1, min(_ENDS, x.size)).astype(int))
    first, last = np.meshgrid(ends, ends, indexing="ij")
    wide = (last - first >= _FEWEST) & (x[last] - x[first] >= _NARROWEST * (x[-1] - x[0]))
    first, last = first[wide], last[wide]
    moved = x - x.mean()
    sums = [
        np.concatenate([[0.0], np.cumsum(item)])
        for item in (np.ones(x.size), moved, moved**2, y, moved * y, y**2, noise**2)
    ]
    count, sx, sxx, sy, sxy, syy, snn = (item[last + 1] - item[first] for item in sums)
    spread = sxx - sx**2 / count
    slope = (sxy - sx * sy / count) / spread
    offset = (sy - slope * sx) / count
    rest = np.maximum(syy - sy**2 / count - slope * (sxy - sx * sy / count), 0.0) / count
    excess = np.sqrt(np.maximum(rest - snn / count, 0.0))
    rise = slope * (x[last] - x[first])
    rising = (slope > 0.0) & (y[last] > 0.0)
    if not np.any(rising):
        return np.zeros((0, 5)), False
    bent = np.where(rising, excess / np.where(rising, rise, 1.0), np.inf)
    straight = bool(np.min(bent) < _STRAIGHT)
    kept = bent < (_STRAIGHT if straight else _NEARLY * float(np.min(bent)))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = sx / count - sy / count / slope  # where the line meets zero, from the mean of x
        error = (
            np.sqrt(rest / np.maximum(count - 2.0, 1.0))
            / slope
            * np.sqrt(1.0 + count * (sx / count - centre) ** 2 / spread)
        )
    intercept = offset - slope * x.mean()
    return np.asarray(np.stack([x[first], x[last], slope, intercept, error], axis=1)[kept]), straight
