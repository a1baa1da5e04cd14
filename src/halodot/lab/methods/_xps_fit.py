"""Core lines fitted together with the background of scattered electrons below them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.fitting import Fitted
from halodot.lab.methods._xps_lines import Line

BACKGROUNDS = ("Shirley", "linear", "Tougaard")
#: of the universal cross-section of inelastic scattering [eV^2]; Tougaard, Surf. Interface Anal. 25, 137 (1997)
_TOUGAARD_C = 1643.0
_NARROWEST, _WIDEST = 0.25, 4.5  # full widths at half maximum that core lines have [eV]
_FEWEST_POINTS = 15
#: how much -2 ln of the likelihood must fall for a further component, besides 2 ln of the number of points
_FURTHER = 15.0
_LN2 = math.log(2.0)
#: Lorentzian share of core lines, and how far it usually lies from there: what few counts cannot tell
_USUAL_SHARE, _USUAL_SHARE_SD = 0.2, 0.2
_FIRST = 6  # place of the first component among the numbers


@dataclass(frozen=True, eq=False)
class LineFit:
    """A core line as it was fitted: components that share width and shape, and the background."""

    line: Line
    energy: Array  # eV (point,)
    signal: Array
    sd: Array
    components: int
    background: str
    splitting_free: bool
    fit: Fitted  # width, Lorentzian share, level, growth, splitting, slope, then energy and area of each component

    @property
    def width(self) -> float:
        """Full width at half maximum [eV]."""
        return float(self.fit.values[0])

    @property
    def splitting(self) -> float:
        """Splitting of the doublet [eV]."""
        return float(self.fit.values[4])

    @property
    def energies(self) -> Array:
        """Energies of the components [eV]."""
        return self.fit.values[_FIRST::2]

    @property
    def areas(self) -> Array:
        """Areas of the components, both parts of a doublet together [unit of the signal times eV]."""
        return self.fit.values[_FIRST + 1 :: 2]

    @property
    def area(self) -> tuple[float, float]:
        """Area of all components and its standard uncertainty."""
        places = np.arange(_FIRST + 1, self.fit.values.size, 2)
        spread = float(np.sum(self.fit.covariance[np.ix_(places, places)]))
        return float(self.areas.sum()), math.sqrt(max(spread, 0.0))

    @property
    def main(self) -> int:
        """Which component is the largest."""
        return int(np.argmax(self.areas))

    def component(self, place: int) -> Array:
        """Return one component without background (point,)."""
        numbers = self.fit.values
        return np.asarray(numbers[_FIRST + 1 + 2 * place] * _shape(self, numbers, numbers[_FIRST + 2 * place]))

    def below(self) -> Array:
        """Return the background (point,)."""
        lines = np.sum([self.component(place) for place in range(self.components)], axis=0)
        return np.asarray(self.fit.model - lines)


def peak_shape(energy: Array, place: float, width: float, lorentzian: float) -> Array:
    """Return a pseudo-Voigt line of area one.

    Args:
        energy: [eV] (point,).
        place: of its maximum [eV].
        width: full width at half maximum [eV].
        lorentzian: share of the Lorentzian in the area [1].
    """
    away = (energy - place) / (0.5 * width)
    gaussian = np.exp(-_LN2 * np.minimum(away**2, 900.0)) * math.sqrt(_LN2 / math.pi)
    found: Array = ((1.0 - lorentzian) * gaussian + lorentzian / (math.pi * (1.0 + away**2))) / (0.5 * width)
    return found


def _shape(item: LineFit, numbers: Array, place: float) -> Array:
    return line_shape(item.line, item.energy, place, numbers[0], numbers[1], numbers[4])


def line_shape(line: Line, energy: Array, place: float, width: float, lorentzian: float, splitting: float) -> Array:
    """Return a core line of area one, both parts of a doublet in the ratio of their spins.

    Args:
        line: the line.
        energy: binding energy [eV] (point,).
        place: of the stronger part [eV].
        width: full width at half maximum of each part [eV].
        lorentzian: share of the Lorentzian [1].
        splitting: of the doublet [eV].
    """
    first = peak_shape(energy, place, width, lorentzian)
    if not line.doublet:
        return first
    second = peak_shape(energy, place + splitting, width, lorentzian)
    found: Array = line.share * first + (1.0 - line.share) * second
    return found


def scattered(kind: str, energy: Array, step: Array, lines: Array) -> Array:
    """Return what grows below lines as their electrons lose energy, or a slope.

    Shirley: in proportion to all electrons of the lines at smaller binding energy. Tougaard: with the universal
    cross-section T / (C + T^2)^2.

    Args:
        kind: "Shirley", "linear" or "Tougaard".
        energy: binding energy, rising [eV] (point,).
        step: of the energy at each point [eV] (point,).
        lines: without background (point,) or (point, shape).

    Returns:
        Of the shape of ``lines``.

    Source: Shirley, Phys. Rev. B 5, 4709 (1972).
    """
    weighed = (lines.T * step).T
    if kind == "linear":
        return np.zeros(lines.shape)
    if kind == "Shirley":
        return np.asarray(np.cumsum(weighed, axis=0) - 0.5 * weighed)
    loss = np.maximum(energy[:, None] - energy[None, :], 0.0)
    kernel = 3000.0 * loss / (_TOUGAARD_C + loss**2) ** 2
    return np.asarray(np.einsum("ij,j...->i...", kernel, weighed))


def fitted_line(
    line: Line,
    energy: Array,
    signal: Array,
    sd: Array,
    background: str,
    components: int | None,
    splitting_free: bool,
) -> LineFit:
    """Fit a core line with one component, and with more where the data ask for them.

    Args:
        line: the line.
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
        sd: standard deviation of the signal (point,).
        background: "Shirley", "linear" or "Tougaard".
        components: how many; up to four, as the likelihood asks for, where None.
        splitting_free: whether the splitting of a doublet is fitted.

    Raises:
        DataError: too few points, or no line stands above the background.
    """
    if energy.size < _FEWEST_POINTS:
        raise DataError(f"{energy.size} points in the window of {line.name}; choose a wider window")
    if not float(np.ptp(signal)) > 0.0 or not float(signal.max()) > 0.0 or not np.all(sd > 0.0):
        raise DataError(f"no counts in the window of {line.name}; choose another region")
    found = _with(line, energy, signal, sd, background, [_highest(line, energy, signal, sd)], splitting_free)
    while found.components < (components or 4):
        more = _with_one_more(found)
        if more is None:
            break
        gain = float(np.sum(found.fit.residuals**2) - np.sum(more.fit.residuals**2))
        if components is None and (gain < 2.0 * math.log(energy.size) + _FURTHER or not _sound(more)):
            break
        found = more
    area, spread = found.area
    if not area > 3.0 * spread:
        raise DataError(f"no {line.name} stands above the background by three standard deviations")
    return found


def _sound(item: LineFit) -> bool:
    """Whether every component has some area and they lie apart by a fifth of their width."""
    apart = float(np.min(np.diff(np.sort(item.energies))))
    return bool(np.all(item.areas > 0.01 * item.areas.max())) and apart > 0.2 * item.width


def _highest(line: Line, energy: Array, signal: Array, sd: Array) -> float:
    """Return where a line of usual width stands highest above a straight background."""
    straight = np.interp(energy, energy[[0, -1]], [np.median(signal[:3]), np.median(signal[-3:])])
    above = (signal - straight) / sd
    trial = line_shape(line, energy - energy[energy.size // 2], 0.0, 1.3, 0.2, line.splitting)
    reach = energy <= energy[-1] - 0.5 * line.splitting
    score = np.convolve(above, trial[::-1], "same") if trial.size == above.size else above
    middle = float(energy[energy.size // 2])
    near = energy[int(np.argmax(np.where(reach, score, -np.inf)))]
    best = energy[int(np.argmax(np.where(reach & (np.abs(energy - near) < 1.5), above, -np.inf)))]
    return float(best) if math.isfinite(best) else middle


def _with_one_more(item: LineFit) -> LineFit | None:
    """Return the best fit with a further component: where the residuals ask for it, or beside the largest one."""
    energy, main = item.energy, float(item.energies[item.main])
    left = np.convolve(-item.fit.residuals, np.ones(5), "same")
    inside = (energy > energy[0] + 0.6) & (energy < energy[-1] - item.line.splitting - 0.6)
    asked = float(energy[int(np.argmax(np.where(inside, left, -np.inf)))])
    tried = []
    for place in (asked, main + item.width, main - item.width):
        if energy[0] < place < energy[-1]:
            places = [*item.energies, place + (0.1 if np.min(np.abs(item.energies - place)) < 0.05 else 0.0)]
            made = _with(item.line, energy, item.signal, item.sd, item.background, places, item.splitting_free)
            tried.append(made)
    sound = [one for one in tried if _sound(one)]
    return min(sound or tried, key=lambda one: float(np.sum(one.fit.residuals**2)), default=None)


class _Kept(NamedTuple):
    """What a fit does not move."""

    held: int | None = None  # component that keeps its energy
    level: bool = False  # whether the background has no slope


def _with(
    line: Line,
    energy: Array,
    signal: Array,
    sd: Array,
    background: str,
    places: Sequence[float],
    free: bool,
    kept: _Kept | None = None,
) -> LineFit:
    """Fit components from starting energies; one of them may keep its energy."""
    held, level = kept or _Kept()
    base = float(min(np.median(signal[:3]), np.median(signal[-3:])))
    step = float(np.ptp(energy)) / (energy.size - 1)
    whole = max(float(np.sum(signal - base)) * step * 0.5, float(sd.mean()) * step)
    width = max(1.3, 1.5 * step)
    start = [width, 0.2, base, 0.02, max(line.splitting, 0.01), 0.0]
    low = [max(_NARROWEST, step), 0.0, -np.inf, 0.0, 0.5 * start[4], -np.inf]
    high = [max(_WIDEST, 4.0 * step), 1.0, np.inf, np.inf, 2.0 * start[4], np.inf]
    for place in places:
        near = int(np.argmin(np.abs(energy - place)))
        height = max(float(signal[near]) - base, 0.02 * whole)
        start += [place, min(height * width * 1.2 / max(line.share, 0.5), 2.0 * whole)]
        low += [float(energy[0]), 0.0]
        high += [float(energy[-1]), np.inf]
    numbers = np.array(start)
    moving = np.ones(numbers.size, bool)
    moving[3] = background != "linear"
    moving[5] = not level
    moving[4] = free and line.doublet
    if held is not None:
        moving[_FIRST + 2 * held] = False
    count = len(places)

    trial = _Trial(
        line, energy, np.gradient(energy), (energy - energy.mean()) / float(np.ptp(energy)), background, count
    )
    bounds = np.array(low)[moving], np.array(high)[moving]
    begin = np.clip(numbers[moving], bounds[0] + 1e-9, bounds[1] - 1e-9)
    values, covariance = numbers.copy(), np.zeros((numbers.size, numbers.size))
    values[moving], inner = _least_squares(trial, signal, sd, numbers, moving, begin, bounds)
    covariance[np.ix_(moving, moving)] = inner
    model = trial.model(values)
    made = Fitted(values, covariance, (model - signal) / sd, model)
    return LineFit(line, energy, signal, sd, count, background, free, made)


@dataclass(frozen=True, eq=False)
class _Trial:
    """A model of a region: its numbers are width, Lorentzian share, level and growth, splitting, components."""

    line: Line
    energy: Array
    step: Array  # of the energy (point,)
    away: Array  # from the middle, in widths of the window (point,)
    background: str
    count: int

    def parts(self, numbers: Array) -> tuple[Array, Array]:
        """Return the lines (point,) and their slopes by every number (point, number)."""
        slopes = np.zeros((self.energy.size, numbers.size))
        lines = np.zeros(self.energy.size)
        for place in range(self.count):
            at = _FIRST + 2 * place
            shape, moved, wider, mixed, split = _line_slopes(self.line, self.energy, numbers[at], numbers)
            area = numbers[at + 1]
            lines += area * shape
            slopes[:, at], slopes[:, at + 1] = area * moved, shape
            slopes[:, 0] += area * wider
            slopes[:, 1] += area * mixed
            slopes[:, 4] += area * split
        return lines, slopes

    def model(self, numbers: Array) -> Array:
        """Return the model (point,)."""
        lines = self.parts(numbers)[0]
        straight = numbers[2] + numbers[5] * self.away
        return np.asarray(lines + straight + numbers[3] * scattered(self.background, self.energy, self.step, lines))

    def slopes(self, numbers: Array) -> Array:
        """Return the slopes of the model by its numbers (point, number)."""
        lines, slopes = self.parts(numbers)
        slopes += numbers[3] * scattered(self.background, self.energy, self.step, slopes)
        slopes[:, 2] = 1.0
        slopes[:, 3] = scattered(self.background, self.energy, self.step, lines)
        slopes[:, 5] = self.away
        return slopes


def _least_squares(
    trial: _Trial,
    signal: Array,
    sd: Array,
    numbers: Array,
    moving: NDArray[np.bool_],
    begin: Array,
    bounds: tuple[Array, Array],
) -> tuple[Array, Array]:
    """Return the moving numbers and their covariance."""
    from scipy.optimize import least_squares

    def full(some: Array) -> Array:
        found = numbers.copy()
        found[moving] = some
        return found

    usual = np.zeros((1, numbers.size))
    usual[0, 1] = 1.0 / _USUAL_SHARE_SD

    def residuals(some: Array) -> Array:
        numbers_now = full(some)
        left = (trial.model(numbers_now) - signal) / sd
        return np.asarray(np.append(left, (numbers_now[1] - _USUAL_SHARE) / _USUAL_SHARE_SD))

    def slopes(some: Array) -> Array:
        return np.asarray(np.vstack([trial.slopes(full(some)) / sd[:, None], usual])[:, moving])

    found = least_squares(
        residuals,
        begin,
        jac=slopes,
        bounds=bounds,
        x_scale="jac",
        ftol=1e-6,
        xtol=1e-6,
        max_nfev=80,
    )
    if not np.all(np.isfinite(found.x)):
        raise DataError(f"the fit of {trial.line.name} finds no minimum; choose another window")
    jacobian = np.asarray(found.jac, float)
    norm = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300)
    return found.x, np.linalg.pinv((jacobian / norm).T @ (jacobian / norm), rcond=1e-12) / np.outer(norm, norm)


def _line_slopes(line: Line, energy: Array, place: float, numbers: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return a line of area one and its slopes by place, width, Lorentzian share and splitting."""
    width, lorentzian, splitting = float(numbers[0]), float(numbers[1]), float(numbers[4])
    first = _peak_slopes(energy, place, width, lorentzian)
    if not line.doublet:
        return (*first, np.zeros(energy.size))
    second = _peak_slopes(energy, place + splitting, width, lorentzian)
    shape, moved, wider, mixed = (line.share * a + (1.0 - line.share) * b for a, b in zip(first, second))
    return shape, moved, wider, mixed, (1.0 - line.share) * second[1]


def _peak_slopes(energy: Array, place: float, width: float, lorentzian: float) -> tuple[Array, Array, Array, Array]:
    """Return a pseudo-Voigt line of area one and its slopes by place, width and Lorentzian share."""
    half = 0.5 * width
    away = (energy - place) / half
    bell = np.exp(-_LN2 * np.minimum(away**2, 900.0)) * math.sqrt(_LN2 / math.pi) / half
    tail = 1.0 / (math.pi * (1.0 + away**2)) / half
    shape = (1.0 - lorentzian) * bell + lorentzian * tail
    by_away = (1.0 - lorentzian) * bell * (-2.0 * _LN2 * away) - lorentzian * tail * 2.0 * away / (1.0 + away**2)
    return shape, -by_away / half, -(by_away * away + shape) / width, tail - bell


def in_window(item: LineFit, energy: Array, signal: Array, sd: Array, background: str, level: bool) -> LineFit:
    """Return the same components fitted in another window or with another background.

    Args:
        item: the fit.
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
        sd: standard deviation of the signal (point,).
        background: "Shirley", "linear" or "Tougaard".
        level: whether the background has no slope besides what is scattered.
    """
    places = list(item.energies)
    return _with(item.line, energy, signal, sd, background, places, item.splitting_free, _Kept(level=level))


def beside(item: LineFit, place: float) -> LineFit:
    """Return the fit with a further component that keeps its energy.

    Args:
        item: the fit without it.
        place: its binding energy [eV].
    """
    places = [*item.energies, place]
    kept = _Kept(item.components)
    return _with(item.line, item.energy, item.signal, item.sd, item.background, places, item.splitting_free, kept)


def states(item: LineFit) -> list[tuple[float, float, float]]:
    """Return energy, area and standard uncertainty of the area of each chemical state, the largest first.

    Components closer than 0.6 of the width are one state whose line is asymmetric.

    Args:
        item: the fit.
    """
    order = np.argsort(item.energies)
    groups: list[list[int]] = [[int(order[0])]]
    for place in order[1:]:
        if item.energies[place] - item.energies[groups[-1][-1]] < 0.6 * item.width:
            groups[-1].append(int(place))
        else:
            groups.append([int(place)])
    found = []
    for group in groups:
        at = [_FIRST + 1 + 2 * place for place in group]
        area = float(item.areas[group].sum())
        energy = float(item.areas[group] @ item.energies[group]) / max(area, 1e-300)
        spread = math.sqrt(max(float(np.sum(item.fit.covariance[np.ix_(at, at)])), 0.0))
        found.append((energy, area, spread))
    return sorted(found, key=lambda one: -one[1])


def maximum(item: LineFit, numbers: Array) -> float:
    """Return where the stronger parts of all components together are highest [eV].

    Args:
        item: the fit.
        numbers: as fitted.
    """
    fine = np.linspace(item.energy[0], item.energy[-1], 20 * item.energy.size)
    lines = np.zeros(fine.size)
    for place in range(item.components):
        lines += numbers[_FIRST + 1 + 2 * place] * peak_shape(fine, numbers[_FIRST + 2 * place], numbers[0], numbers[1])
    top = min(max(int(np.argmax(lines)), 1), fine.size - 2)
    left, middle, right = lines[top - 1 : top + 2]
    curvature = left - 2.0 * middle + right
    return float(fine[top] + (0.5 * (fine[1] - fine[0]) * (left - right) / curvature if curvature < 0.0 else 0.0))


def integrated(energy: Array, signal: Array, sd: Array) -> tuple[float, float, float, Array]:
    """Return the maximum, the area above an iterative Shirley background, its uncertainty, and the background.

    Args:
        energy: binding energy, rising [eV] (point,).
        signal: (point,).
        sd: standard deviation of the signal (point,).
    """
    ends = max(energy.size // 25, 2)
    left, right = float(np.mean(signal[:ends])), float(np.mean(signal[-ends:]))
    below = np.linspace(left, right, energy.size)
    step = np.gradient(energy)
    for _ in range(50):
        grown = np.cumsum((signal - below) * step)
        if not grown[-1] > 0.0:
            break
        again = left + (right - left) * grown / grown[-1]
        if np.max(np.abs(again - below)) < 1e-6 * max(abs(right - left), 1e-300):
            break
        below = again
    area = float(np.sum((signal - below) * step))
    level = float(np.mean(sd[: 2 * ends])) / math.sqrt(ends)
    spread = math.hypot(float(np.sqrt(np.sum((sd * step) ** 2))), 0.7 * level * float(np.ptp(energy)))
    return float(energy[int(np.argmax(signal - below))]), area, spread, below
