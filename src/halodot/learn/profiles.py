"""Intervals by profile likelihood: how far a number can go, all others following, before chi squared has risen too far.

Chi squared of the best fit with the number held rises by 1 at the ends of the 68 % interval and by 3.84 at those of
the 95 % interval (Wilks, Ann. Math. Stat. 9 (1938) 60). Its root, with the sign of the distance, is nearly straight, so
that a few fits on either side find both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.learn.fit_model import FitModel
from halodot.learn.minimum import Minimum, minimum_beside

#: roots of the rise of chi squared at the ends of the 68.27 % and the 95 % interval
LEVELS = (1.0, 1.959964)
#: distance of a root from its level at which a straight line through two of them is good enough, and the most fits on
#: one side
_CLOSE, _MOST_FITS = 0.05, 12
#: width between a place within an interval and one beyond it, relative to their distance from the best, that is an end
_NARROW = 0.03
#: rise of a root beyond a straight line that is looked at from further starts: it may be of a worse minimum
_JUMP = 1.0
#: a root above so many levels only says that an end lies well before
_STEEP = 2.0
#: places seen before count as beside one within this share of its distance from the best
_BESIDE = 0.1
#: most steps from the best to a coordinate at which a number is held
_MOST_STEPS = 8
#: eigenvalues of J^T J that are rounding, relative to the largest, and those that say nothing of a range of -2 to 2
_ROUNDING, _NO_WORTH = 1e-14, 1e-12
#: length of a stated range, from -2 to 2
_WHOLE_RANGE = 4.0
#: a fit with a number held that is better than the best by more than this is a new minimum
_BETTER = 1e-2


@dataclass(frozen=True)
class Profile:
    """How chi squared rises with one number on either side of its best value."""

    coordinates: tuple[float, ...]  # of the number, rising, [1]
    roots: tuple[float, ...]  # signed root of the rise of chi squared, 0 at the best value
    open_below: bool = False  # the rise at the lower limit is not enough for 95 %
    open_above: bool = False
    incomplete: bool = False  # a fit with the number held did not end, so that an end is interpolated

    def end(self, level: float) -> float:
        """Return the coordinate [1] at which the signed root has a level; the limit where it does not reach it."""
        roots, places = np.array(self.roots), np.array(self.coordinates)
        found = float(np.interp(level, roots, places))
        if roots[0] <= level <= roots[-1] or roots.size < 2:
            return found
        last, before, is_open = (-1, -2, self.open_above) if level > 0.0 else (0, 1, self.open_below)
        rise = roots[last] - roots[before]
        if is_open or abs(level - roots[last]) > 2.0 * _CLOSE or rise == 0.0:
            return found
        return float(places[last] + (level - roots[last]) * (places[last] - places[before]) / rise)


class NewMinimumError(Exception):
    """A fit with one number held ended below the best fit."""

    def __init__(self, found: Minimum) -> None:
        super().__init__(f"chi squared {found.chi2:.6g}")
        self.found = found


def covariance(jacobian: Array) -> Array:
    """Return the covariance of the coordinates to first order, (J^T J)^-1, (parameter, parameter).

    Args:
        jacobian: d residual / d coordinate, (row, parameter).
    """
    return np.asarray(np.linalg.pinv(jacobian.T @ jacobian, hermitian=True))


def first_order_deviations(jacobian: Array) -> Array:
    """Return the standard deviations of the coordinates to first order [1], (parameter,).

    A combination that no residual follows is as wide as rounding lets it be, not known exactly as in `covariance`,
    whose pseudo-inverse leaves it out.

    Args:
        jacobian: d residual / d coordinate, (row, parameter).
    """
    worth, directions = np.linalg.eigh(jacobian.T @ jacobian)
    least = max(_ROUNDING * float(np.max(worth, initial=0.0)), _NO_WORTH)
    return np.asarray(np.sqrt(np.sum(directions**2 / np.maximum(worth, least), axis=1)))


def profile(model: FitModel, best: Minimum, number: int, known: dict[float, HeldFit] | None = None) -> Profile:
    """Return the profile of chi squared along one parameter.

    Args:
        model: the residuals.
        best: the minimum.
        number: which parameter.
        known: fits with it held that were made before, by its coordinate [1]; the new ones are added to them.

    Raises:
        NewMinimumError: a fit with the parameter held is better than the best.
    """
    own = _first_step(best.jacobian, number)
    low, high = (float(limits[number]) for limits in model.space.limits)
    centre = float(best.coordinates[number])
    known = {} if known is None else known
    known[centre] = HeldFit(0.0, best.coordinates, best.jacobian)
    ended = [_side(_Held(model, best, number, sign, own), known, limit) for sign, limit in ((-1.0, low), (1.0, high))]
    (open_below, lost_below), (open_above, lost_above) = ended
    points = sorted((place, one.root) for place, one in known.items())
    return Profile(
        tuple(place for place, _ in points),
        _rising(np.array([root for _, root in points])),
        open_below,
        open_above,
        lost_below or lost_above,
    )


def root_at(model: FitModel, best: Minimum, number: int, coordinate: float) -> float:
    """Return the signed root of the rise of chi squared where one number is held, nan where no fit ends there.

    It is followed there in steps of a standard deviation, as a profile is: from afar a fit may end in a worse minimum.

    Args:
        model: the residuals.
        best: the minimum.
        number: which parameter.
        coordinate: where it is held [1], within its limits.

    Raises:
        NewMinimumError: the fit with the parameter held is better than the best.
    """
    centre = float(best.coordinates[number])
    known = {centre: HeldFit(0.0, best.coordinates, best.jacobian)}
    own = _first_step(best.jacobian, number)
    steps = min(math.ceil(abs(coordinate - centre) / own), _MOST_STEPS)
    held = _Held(model, best, number, math.copysign(1.0, coordinate - centre), own)
    for place in np.linspace(centre, coordinate, steps + 1)[1:]:
        found = held.at(float(place), known)
        if found is not None:
            known[float(place)] = found
    return known[coordinate].root if coordinate in known else math.nan


def _first_step(jacobian: Array, number: int) -> float:
    """Return the deviation of a number to first order [1], a quarter of a range where it is wider than that."""
    own = float(first_order_deviations(jacobian)[number])
    return own if own < _WHOLE_RANGE else 1.0


def has_places_beyond(model: FitModel, best: Minimum, number: int, found: Profile) -> bool:
    """Return whether a place that was seen since lies beyond a 95 % interval, with a chi squared of inside of it.

    Args:
        model: the residuals.
        best: the minimum.
        number: which parameter.
        found: its profile.
    """
    low, high = found.end(-LEVELS[-1]), found.end(LEVELS[-1])
    margin = _NARROW * (high - low)
    held = (_Held(model, best, number, sign, 1.0) for sign in (-1.0, 1.0))
    below, above = (one.farthest_seen() for one in held)
    return below < low - margin or above > high + margin


def _rising(roots: Array) -> tuple[float, ...]:
    """Return signed roots that rise with the number: an interval ends where a root is reached for the last time."""
    below, above = np.maximum.accumulate(roots), np.minimum.accumulate(roots[::-1])[::-1]
    return tuple(float(root) for root in np.where(roots < 0.0, below, above))


class HeldFit(NamedTuple):
    """A fit with one number held."""

    root: float  # signed root of the rise of chi squared
    coordinates: Array  # [1], (parameter,)
    jacobian: Array  # (row, parameter)


@dataclass(frozen=True)
class _Held:
    """The signed root of the rise of chi squared where one number is held."""

    model: FitModel
    best: Minimum
    number: int
    sign: float
    own: float  # standard deviation to first order

    def at(self, place: float, known: Mapping[float, HeldFit]) -> HeldFit | None:
        """Return the fit with the number held at a place [1], from those beside it; None where it does not end."""
        near = known[min(known, key=lambda one: abs(one - place))]
        starts = [self._within(start, place) for start in self._expected(place, near, known)]
        worth = [(seen.chi2, k) for k, start in enumerate(starts) if (seen := self.model.evaluate(start)) is not None]
        found: Minimum | None = None
        for _, k in sorted(worth):
            ended = minimum_beside(self.model, starts[k], self.number, near.jacobian)
            if ended is not None and ended.converged and (found is None or ended.chi2 < found.chi2):
                found = ended
            if found is not None and not self._jumped(self._root(found), place, near):
                break
        if found is None:
            return None
        if found.chi2 - self.best.chi2 < -_BETTER:
            raise NewMinimumError(found)
        return HeldFit(self.sign * self._root(found), found.coordinates, found.jacobian)

    def farthest_seen(self) -> float:
        """Return the farthest coordinate [1] on this side at which any place had a chi squared of the 95 % interval."""
        centre = float(self.best.coordinates[self.number])
        reach = [float(x[self.number]) for x, chi2 in self.model.seen if chi2 < self.best.chi2 + LEVELS[-1] ** 2]
        return self.sign * max([self.sign * centre, *(self.sign * one for one in reach)])

    def _root(self, found: Minimum) -> float:
        return math.sqrt(max(found.chi2 - self.best.chi2, 0.0))

    def _jumped(self, root: float, place: float, near: HeldFit) -> bool:
        """Whether a root near the end lies above a straight line from the best through the nearest known one."""
        centre = float(self.best.coordinates[self.number])
        away, known = abs(place - centre), abs(float(near.coordinates[self.number]) - centre)
        straight = away / self.own if known == 0.0 else abs(near.root) * max(away / known, 1.0)
        return max(straight + _JUMP, LEVELS[-1]) < root < _STEEP * LEVELS[-1]

    def _within(self, coordinates: Array, place: float) -> Array:
        """Return coordinates with the number at its place and the others within their limits."""
        found = np.clip(coordinates, *self.model.space.limits)
        found[self.number] = place
        return np.asarray(found)

    def _expected(self, place: float, near: HeldFit, known: Mapping[float, HeldFit]) -> list[Array]:
        """Return where the fit may lie: on the nearest's tangent, at it, on the parabola of three, at the best seen."""
        step = place - near.coordinates[self.number]
        found = [near.coordinates + step * self._along(near.jacobian), near.coordinates]
        beside = sorted(known, key=lambda one: abs(one - place))[:3]
        if len(beside) == 3:
            parabola = np.zeros(near.coordinates.size)
            for one in beside:  # Lagrange's form
                weight = math.prod((place - other) / (one - other) for other in beside if other != one)
                parabola += weight * known[one].coordinates
            found.append(parabola)
        reach = _BESIDE * abs(place - self.best.coordinates[self.number])
        seen = [(chi2, k) for k, (x, chi2) in enumerate(self.model.seen) if abs(x[self.number] - place) <= reach]
        if seen:
            found.append(self.model.seen[min(seen)[1]][0])
        return found

    def _along(self, jacobian: Array) -> Array:
        """Return how the other numbers follow the held one to first order, (parameter,)."""
        spread = covariance(jacobian)
        own = spread[self.number, self.number]
        if not own > 0.0:
            return np.asarray(np.eye(spread.shape[0])[self.number])
        return np.asarray(np.clip(spread[:, self.number] / own, -1e3, 1e3))


def _side(held: _Held, known: dict[float, HeldFit], limit: float) -> tuple[bool, bool]:
    """Add the fits on one side; return whether the limit comes before 95 %, and whether that end was not found."""
    fits, centre = _MOST_FITS, float(held.best.coordinates[held.number])

    def next_place(level: float) -> float | None:
        side = {abs(place - centre): abs(one.root) for place, one in known.items() if (place - centre) * held.sign >= 0}
        away = _next_distance(side, level, held.own, abs(limit - centre))
        return None if away is None else (limit if away >= abs(limit - centre) else centre + held.sign * away)

    # Another number's profile, or a search, may have been farther out already.
    farthest = held.farthest_seen()
    first = [farthest] if abs(farthest - centre) > held.own else []
    for level in LEVELS:
        while fits > 0 and (place := first.pop() if first else next_place(level)) is not None and place not in known:
            found, fits = held.at(place, known), fits - 1
            if found is None:
                break
            known[place] = found
    is_open = limit in known and abs(known[limit].root) < LEVELS[-1]
    return is_open, not is_open and next_place(LEVELS[-1]) is not None


def _next_distance(side: Mapping[float, float], level: float, own: float, limit: float) -> float | None:
    """Return how far from the best a root should have a level: within the last crossing of it, or beyond all places.

    Args:
        side: roots by distance from the best [1], with 0 at 0.
        level: of the root.
        own: standard deviation to first order.
        limit: distance of the limit.

    Returns:
        The distance [1]; None where the crossing is known well enough.
    """
    from scipy.interpolate import PchipInterpolator

    away = sorted(side)
    roots = [side[one] for one in away]
    inside = max(k for k, root in enumerate(roots) if root < level)
    left = level - roots[inside]
    if inside + 1 < len(away):
        width, rise = away[inside + 1] - away[inside], roots[inside + 1] - roots[inside]
        if min(left, rise - left) < _CLOSE or width < _NARROW * away[inside + 1]:
            return None
        if roots[inside + 1] > _STEEP * level:  # a curve would creep along from the inner place
            return away[inside] + 0.5 * width
        rising = np.all(np.diff(roots) > 0.0)
        expected = float(PchipInterpolator(roots, away)(level)) if rising else away[inside] + width * left / rise
        return min(max(expected, away[inside] + 0.1 * width), away[inside] + 0.9 * width)
    if left < _CLOSE or away[inside] >= limit:
        return None
    if inside == 0:
        return level * own
    rise, longest = roots[inside] - roots[inside - 1], max(own, away[inside])
    step = left * (away[inside] - away[inside - 1]) / rise if rise > 1e-6 else longest
    return away[inside] + min(step, longest)


def flat_directions(jacobian: Array, priors: int) -> tuple[tuple[float, Array], ...]:
    """Return the combinations that the data leave wider than half of a prior standard deviation, the widest first.

    Args:
        jacobian: d residual / d coordinate, (row, parameter), the rows of the priors last.
        priors: how many of them.

    Returns:
        The standard deviation [1] that the data alone leave, infinite where they say nothing, and the direction of
        unit length, (parameter,).
    """
    data = jacobian[: jacobian.shape[0] - priors]
    worth, directions = np.linalg.eigh(data.T @ data)
    found: list[tuple[float, Array]] = []
    for value, direction in zip(worth, directions.T):
        left = 1.0 / math.sqrt(value) if value > 1e-12 else math.inf
        if left > 0.5:
            found.append((left, direction * np.sign(direction[np.argmax(np.abs(direction))])))
    return tuple(found)
