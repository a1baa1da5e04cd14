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
_CLOSE, _MOST_FITS = 0.05, 8
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


def profile(model: FitModel, best: Minimum, number: int) -> Profile:
    """Return the profile of chi squared along one parameter.

    Args:
        model: the residuals.
        best: the minimum.
        number: which parameter.

    Raises:
        NewMinimumError: a fit with the parameter held is better than the best.
    """
    own = _first_step(best.jacobian, number)
    low, high = (float(limits[number]) for limits in model.space.limits)
    centre = float(best.coordinates[number])
    known = {centre: _Place(0.0, best.coordinates, best.jacobian)}
    ended = [_side(_Held(model, best, number, sign), known, limit, own) for sign, limit in ((-1.0, low), (1.0, high))]
    (open_below, lost_below), (open_above, lost_above) = ended
    points = sorted((place, one.root) for place, one in known.items())
    return Profile(
        tuple(place for place, _ in points),
        tuple(float(root) for root in np.maximum.accumulate([root for _, root in points])),
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
    known = {centre: _Place(0.0, best.coordinates, best.jacobian)}
    own = _first_step(best.jacobian, number)
    steps = min(math.ceil(abs(coordinate - centre) / own), _MOST_FITS)
    held = _Held(model, best, number, math.copysign(1.0, coordinate - centre))
    for place in np.linspace(centre, coordinate, steps + 1)[1:]:
        found = held.at(float(place), known)
        if found is not None:
            known[float(place)] = found
    return known[coordinate].root if coordinate in known else math.nan


def _first_step(jacobian: Array, number: int) -> float:
    """Return the deviation of a number to first order [1], a quarter of a range where it is wider than that."""
    own = float(first_order_deviations(jacobian)[number])
    return own if own < _WHOLE_RANGE else 1.0


class _Place(NamedTuple):
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

    def at(self, place: float, known: Mapping[float, _Place]) -> _Place | None:
        """Return the fit with the number held at a place [1], from those beside it; None where it does not end."""
        near = known[min(known, key=lambda one: abs(one - place))]
        starts = [self._within(start, place) for start in self._expected(place, near, known)]
        worth = [(seen.chi2, k) for k, start in enumerate(starts) if (seen := self.model.evaluate(start)) is not None]
        found = None
        for _, k in sorted(worth):
            found = found or minimum_beside(self.model, starts[k], self.number, near.jacobian)
        if found is None or not found.converged:
            return None
        rise = found.chi2 - self.best.chi2
        if rise < -_BETTER:
            raise NewMinimumError(found)
        return _Place(self.sign * math.sqrt(max(rise, 0.0)), found.coordinates, found.jacobian)

    def _within(self, coordinates: Array, place: float) -> Array:
        """Return coordinates with the number at its place and the others within their limits."""
        found = np.clip(coordinates, *self.model.space.limits)
        found[self.number] = place
        return np.asarray(found)

    def _expected(self, place: float, near: _Place, known: Mapping[float, _Place]) -> list[Array]:
        """Return where the fit may lie: on the tangent at the nearest, at it, on the parabola of three beside it."""
        step = place - near.coordinates[self.number]
        found = [near.coordinates + step * self._along(near.jacobian), near.coordinates]
        beside = sorted(known, key=lambda one: abs(one - place))[:3]
        if len(beside) == 3:
            parabola = np.zeros(near.coordinates.size)
            for one in beside:  # Lagrange's form
                weight = math.prod((place - other) / (one - other) for other in beside if other != one)
                parabola += weight * known[one].coordinates
            found.append(parabola)
        return found

    def _along(self, jacobian: Array) -> Array:
        """Return how the other numbers follow the held one to first order, (parameter,)."""
        spread = covariance(jacobian)
        own = spread[self.number, self.number]
        if not own > 0.0:
            return np.asarray(np.eye(spread.shape[0])[self.number])
        return np.asarray(np.clip(spread[:, self.number] / own, -1e3, 1e3))


def _side(held: _Held, known: dict[float, _Place], limit: float, own: float) -> tuple[bool, bool]:
    """Add the fits on one side; return whether the limit comes before 95 %, and whether a fit did not end."""
    centre, fits, lost = float(held.best.coordinates[held.number]), 0, False

    def side() -> dict[float, _Place]:
        return {place: one for place, one in known.items() if held.sign * (place - centre) >= 0.0}

    for level in LEVELS:
        while fits < _MOST_FITS and not lost:
            place = _next_place(side(), centre, own, held.sign, level)
            stopped = held.sign * (place - limit) >= 0.0
            place = limit if stopped else place
            if place in known:
                break
            found, fits = held.at(place, known), fits + 1
            if found is None:
                lost = True
                break
            known[place] = found
            if abs(abs(found.root) - level) < _CLOSE or (stopped and abs(found.root) < level):
                break
        if limit in known and abs(known[limit].root) < level:
            break
    short = max(abs(one.root) for one in side().values()) < LEVELS[-1] - _CLOSE
    return short and limit in known, short and limit not in known


def _next_place(known: dict[float, _Place], centre: float, own: float, sign: float, level: float) -> float:
    """Return where the root should have a level: by a straight line through the two known places around it."""
    places = sorted(known, key=lambda place: abs(place - centre))
    roots = np.maximum.accumulate([abs(known[place].root) for place in places])
    if len(places) == 1:
        return centre + sign * level * own
    above = max(int(np.searchsorted(roots, level)), 1)
    low, high = (min(k, len(places) - 1) for k in (above - 1, above))
    low = low - 1 if low == high else low
    rise = float(roots[high] - roots[low])
    if rise < 1e-6:
        return places[-1] + sign * max(own, abs(places[-1] - centre))  # flat: go on by doubling
    step = (level - float(roots[low])) * (places[high] - places[low]) / rise
    return places[low] + sign * min(abs(step), 2.0 * max(own, abs(places[high] - centre)))


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
