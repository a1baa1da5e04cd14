"""Which phases a pattern can be: whole patterns of candidate structures compared by their likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.lab.findings import Finding, Panel, Trace
from halodot.lab.fitting import lag_one_correlation
from halodot.lab.methods._xrd_fit import Pattern
from halodot.lab.methods._xrd_lines import Radiation, fall
from halodot.lab.methods._xrd_profiles import FACE
from halodot.lab.methods._xrd_size import Reflection
from halodot.lab.methods._xrd_structures import STRUCTURES, Sticks, sticks
from halodot.names import Quantity

RATIO = Quantity("phase_log_likelihood_ratio", "1", "1", "Logarithm of the ratio of likelihoods of two phases", "ln Λ")

#: how far a lattice may differ from the published one: temperature, strain, halide [relative]
_STRETCH = 0.025
_DEGREE = 6  # of the background, the same for all
_MOST_POINTS = 700
#: share of what the background alone misses that a phase must describe
_DESCRIBED = 0.8
#: logarithm of the ratio of likelihoods from which on a phase is named: 100 to 1
DECIDED = math.log(100.0)
_SPACING = 0.15  # widths of the narrowest line per point
_STARTS, _EVALUATIONS = 7, 15
_SIZES = math.log(3.0)  # factor by which the size may leave that of the reflections
_REACH = 10.0  # of a line in its widths
_FOUR_LN2 = 4.0 * math.log(2.0)
_BELL, _TAILS = math.sqrt(_FOUR_LN2 / math.pi), 2.0 / math.pi
#: relative standard deviation of the strengths of lines by texture, displacements of ions and halides, assumed
_STRENGTH = 0.3
_SAME_PLACE = 0.008  # relative difference of a line from a stick of a candidate
_FEWEST_LINES = 3  # fewer fit too many structures
_MATCHED = 0.85  # share of the area that lies at sticks of a candidate for it to be tried
_HIGHEST = 5.5e9  # 1/d [1/m] up to which patterns are compared: 50 degrees of copper


@dataclass(frozen=True, eq=False)
class Candidate:
    """How a structure describes a pattern."""

    name: str
    chi2: float
    model: Array
    background: Array
    size: float  # of the crystallites by the widths of all its lines [m]
    stretch: float  # of the lattice against the published one
    left: Array  # residuals in standard deviations of the noise


@dataclass(frozen=True, eq=False)
class Comparison:
    """Candidates, the likeliest first, with what the pattern says between them."""

    pattern: Pattern
    candidates: tuple[Candidate, ...]
    ratios: tuple[float, ...]  # ln of the likelihood of each against the first, the noise as the first leaves it
    deviations: tuple[float, ...]  # of those logarithms by the noise
    described: float  # share of what the background alone misses


def likely(found: Sequence[Reflection], names: Sequence[str], wavelength: float) -> bool:
    """Return whether most of the reflected intensity lies where some candidate reflects strongly."""
    if len(found) < _FEWEST_LINES:
        return False
    total = sum(item.area for item in found)
    highest = 1.05 / min(item.spacing for item in found)
    for name in names:
        lines = sticks(STRUCTURES[name], highest)
        strong = lines.reciprocal[lines.strength > 0.05 * lines.strength.max()]
        near = sum(
            item.area for item in found if strong.size and np.min(np.abs(strong * item.spacing - 1.0)) < _SAME_PLACE
        )
        if near > _MATCHED * total:
            return True
    return False


def compared(
    pattern: Pattern, names: Sequence[str], lines: Radiation, size: float, instrument: float, narrowest: float
) -> Comparison:
    """Return how well each candidate describes a pattern, with scale, background, size and lattice free.

    Kinematic patterns of powders whose lines all have the width of one size; for crystallites beyond some ten cells an
    edge this is what the Debye equation gives, at a thousandth of the time.

    Args:
        pattern: the whole.
        names: of :data:`STRUCTURES`.
        lines: of the source.
        size: of the crystallites to start from [m].
        instrument: width that it adds [rad].
        narrowest: width of the narrowest reflection [rad].
    """
    last = 2.0 * math.asin(min(0.5 * lines.first * _HIGHEST, 1.0))
    if float(pattern.two_theta[0]) < 0.7 * last:
        pattern = pattern.part(0.0, last)
    step = max(_SPACING * narrowest, float(np.ptp(pattern.two_theta)) / _MOST_POINTS)
    used = pattern.joined(step)
    deviation = np.sqrt(used.variance(np.maximum(used.signal, 0.0)))
    low, high = float(used.two_theta[0]), float(used.two_theta[-1])
    basis: Array = np.asarray(
        np.polynomial.legendre.legvander(2.0 * (used.two_theta - low) / (high - low) - 1.0, _DEGREE), float
    )
    flat = np.linalg.lstsq(basis / deviation[:, None], used.signal / deviation, rcond=None)[0]
    without = float(np.sum(((used.signal - basis @ flat) / deviation) ** 2))
    highest = 2.0 * math.sin(0.5 * high) / lines.first * 1.03
    fit = _Fit(used, deviation, basis, fall(used.two_theta), lines, size, instrument)
    made = [_candidate(name, sticks(STRUCTURES[name], highest), fit) for name in names]
    made.sort(key=lambda item: item.chi2)
    best = made[0]
    freedom = max(used.signal.size - basis.shape[1] - 4, 1)
    correlation = min(max(lag_one_correlation(best.left), 0.0), 0.95)
    excess = max(best.chi2 / freedom, 1.0) * (1.0 + correlation) / (1.0 - correlation)
    ratios = tuple(-0.5 * (item.chi2 - best.chi2) / excess for item in made)
    apart = [float(np.sum(((item.model - best.model) / deviation) ** 2)) for item in made]
    described = (without - best.chi2) / max(without - freedom, 1e-9) if without > freedom else 0.0
    return Comparison(used, tuple(made), ratios, tuple(math.sqrt(one / excess) for one in apart), described)


def verdict(found: Comparison) -> tuple[list[Finding], str]:
    """Return the ratios of likelihood of the first candidate over the others, and what they decide.

    Args:
        found: candidates.
    """
    best, names = found.candidates[0], ", ".join(item.name for item in found.candidates)
    if found.described < _DESCRIBED:
        return (
            [],
            f"no phase: none of {names} describes the pattern, the nearest ({best.name}) {found.described:.0%} of it",
        )
    method = "likelihood of whole patterns with size, lattice, background and strengths of lines (30 %) free"
    findings = [
        Finding(RATIO, -ratio, deviation, method, of=f"{best.name} over {other.name}")
        for other, ratio, deviation in zip(found.candidates[1:], found.ratios[1:], found.deviations[1:])
    ]
    close = [
        other.name
        for other, ratio, deviation in zip(found.candidates[1:], found.ratios[1:], found.deviations[1:])
        if -ratio < max(DECIDED, 2.0 * deviation)
    ]
    if close:
        return findings, (
            f"the pattern does not decide between {best.name} and {' and '.join(close)}: the lines that would tell "
            "them apart are below the noise or within the widths"
        )
    if len(findings) == 0:
        return findings, f"{best.name} alone was tried"
    return (
        findings,
        f"of {names}, {best.name} is the likeliest, by e^{findings[0].value:.0f} over {found.candidates[1].name}",
    )


def phase_panel(found: Comparison) -> Panel:
    """Return the pattern with the two likeliest candidates.

    Args:
        found: candidates.
    """
    angle = np.degrees(found.pattern.two_theta)
    points = Trace(angle, found.pattern.signal, "measured", "points")
    looks = ("line", "dashed")
    lines = tuple(Trace(angle, item.model, item.name, look) for item, look in zip(found.candidates, looks))  # type: ignore[arg-type]
    return Panel("Scattering angle 2θ (degree)", "Counts", (points, *lines))


@dataclass(frozen=True, eq=False)
class _Fit:
    """What a candidate is fitted to."""

    pattern: Pattern
    deviation: Array
    basis: Array  # of the background (point, degree)
    falling: Array
    lines: Radiation
    size: float
    instrument: float

    def described(self, sticks_of: Sticks, numbers: Array) -> tuple[Array, Array, float]:
        """Return the best pattern for some logarithm of the size, Lorentzian share and stretch; background; penalty.

        The lines at the place of each line of the parent perovskite have one strength that may differ from the
        calculated one, as texture, displacements and halides make it; what is left to tell phases is how the lines
        split, and lines between those of the parent.
        """
        families = self.falling[:, None] * _families(
            self.pattern.two_theta, sticks_of, self.lines, numbers, self.instrument
        )
        families = families[:, families.max(axis=0) > 0.0] if families.size else families
        whole = families.sum(axis=1)
        if not families.size or not whole.max() > 0.0:
            return self._background()
        families, whole = families / whole.max(), whole / whole.max()
        scale = self._weights(np.column_stack([whole, self.basis]))[0]
        if not scale > 0.0:  # a pattern is never subtracted
            return self._background()
        columns = np.column_stack([families, self.basis])
        number = families.shape[1]
        known = np.zeros((number, columns.shape[1]))
        known[:, :number] = np.eye(number) / (_STRENGTH * scale)
        rows = np.vstack([columns / self.deviation[:, None], known])
        wanted = np.append(self.pattern.signal / self.deviation, np.full(number, 1.0 / _STRENGTH))
        weights = np.linalg.lstsq(rows, wanted, rcond=None)[0]
        weights[:number] = np.maximum(weights[:number], 0.0)
        penalty = float(np.sum(((weights[:number] / scale - 1.0) / _STRENGTH) ** 2))
        return np.asarray(columns @ weights), np.asarray(self.basis @ weights[number:]), penalty

    def _background(self) -> tuple[Array, Array, float]:
        below = np.asarray(self.basis @ self._weights(self.basis))
        return below, below, 0.0

    def _weights(self, columns: Array) -> Array:
        rows = columns / self.deviation[:, None]
        return np.asarray(np.linalg.lstsq(rows, self.pattern.signal / self.deviation, rcond=None)[0])


def _candidate(name: str, sticks_of: Sticks, fit: _Fit) -> Candidate:
    from scipy.optimize import least_squares

    def residuals(numbers: Array) -> Array:
        model, _, penalty = fit.described(sticks_of, numbers)
        return np.append((model - fit.pattern.signal) / fit.deviation, math.sqrt(penalty))

    log_size = math.log(fit.size)
    starts = [np.array([log_size, 0.2, stretch]) for stretch in np.linspace(-0.8, 0.8, _STARTS) * _STRETCH]
    begin = min(starts, key=lambda numbers: float(np.sum(residuals(numbers) ** 2)))
    limits = ([log_size - _SIZES, 0.0, -_STRETCH], [log_size + _SIZES, 1.0, _STRETCH])
    found = least_squares(
        residuals, begin, bounds=limits, x_scale=[0.1, 0.1, 1e-3], diff_step=[1e-4] * 3, max_nfev=_EVALUATIONS
    )
    model, background, penalty = fit.described(sticks_of, found.x)
    left = (fit.pattern.signal - model) / fit.deviation
    return Candidate(
        name, float(left @ left) + penalty, model, background, math.exp(found.x[0]), float(found.x[2]), left
    )


def _families(angle: Array, sticks_of: Sticks, lines: Radiation, numbers: Array, instrument: float) -> Array:
    """Return pseudo-Voigt lines of one size of a stretched lattice, by the lines of the parent (point, N)."""
    size, share, stretch = math.exp(numbers[0]), float(numbers[1]), float(numbers[2])
    order = np.maximum(np.rint((sticks_of.reciprocal * STRUCTURES["cubic"].lengths[0]) ** 2).astype(int), 1) - 1
    total = np.zeros((int(order.max(initial=0)) + 1, angle.size))
    for wavelength, part in _parts(lines, size, instrument, float(angle[-1])):
        sine = 0.5 * wavelength * sticks_of.reciprocal / (1.0 + stretch)
        seen = sine < 0.999
        theta = np.arcsin(sine[seen])
        widths = np.hypot(FACE * wavelength / (size * np.cos(theta)), instrument)
        heights = part * sticks_of.strength[seen] / np.cos(theta) / widths
        starts = np.searchsorted(angle, 2.0 * theta - _REACH * widths)
        ends = np.searchsorted(angle, 2.0 * theta + _REACH * widths)
        rows = zip(order[seen], 2.0 * theta, widths, heights, starts, ends)
        for family, place, width, height, start, end in rows:
            away = ((angle[start:end] - place) / width) ** 2
            bell = (1.0 - share) * _BELL * np.exp(-_FOUR_LN2 * away)
            total[family, start:end] += height * (bell + share * _TAILS / (1.0 + 4.0 * away))
    return total.T


def _parts(lines: Radiation, size: float, instrument: float, last: float) -> tuple[tuple[float, float], ...]:
    """Return the lines of the source, or their mean where the doublet is far narrower than the reflections."""
    if not lines.doublet:
        return lines.parts
    width = math.hypot(FACE * lines.first / size, instrument)
    split = 2.0 * math.tan(0.5 * last) * (lines.second / lines.first - 1.0)
    if split > 0.2 * width:
        return lines.parts
    return ((sum(wavelength * share for wavelength, share in lines.parts), 1.0),)
