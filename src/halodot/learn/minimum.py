"""The minimum of a fit: trust regions in coordinates of one standard deviation, from several starts, or with one held.

The trust-region reflective method of Branch, Coleman and Li, SIAM J. Sci. Comput. 21 (1999) 1, as scipy has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import FitError
from halodot.learn.fit_model import Evaluation, FitModel
from halodot.learn.maxima import quasi_random_points

#: residual of every row where the device has no solution
UNREACHED = 1e3
#: relative changes of chi squared and of the coordinates that end a search, and the most evaluations of one
_COST_CHANGE, _STEP_CHANGE, _MOST_EVALUATIONS = 1e-5, 1e-5, 60
#: first steps are about as long in every coordinate, in units of its standard deviation or of a quarter of its range
_FIRST_STEP = 1.0
#: fall of chi squared that is left in a fit beside a known one, and its most steps; intervals are its rise by 1
_LEFT, _MOST_STEPS = 1e-2, 25
#: share of a predicted gain from which derivatives are trusted
_TRUSTED = 0.3
#: starts are drawn within this many units of the middle of the limits
_START_WITHIN = 1.5
#: places that are tried for each search that is started
_TRIES = 6
#: searches where the least chi squared is less probable than this
_STARTS_OF_A_POOR_FIT, _POOR = 12, 0.01
#: minima whose chi squared differs by less are one
SAME = 0.1


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a search ended."""

    coordinates: Array  # [1], (parameter,)
    evaluation: Evaluation = field(repr=False)
    jacobian: Array = field(repr=False)  # (row, parameter)
    converged: bool
    message: str

    @property
    def chi2(self) -> float:
        """Sum of the squared residuals, priors included."""
        return self.evaluation.chi2


def minimum_from(model: FitModel, start: Array, held: int | None = None) -> Minimum | None:
    """Return the minimum of chi squared that is reached from a place.

    Args:
        model: the residuals.
        start: coordinates [1], (parameter,).
        held: parameter that keeps its coordinate, None for none.

    Returns:
        The minimum; None where the device has no solution at the start.
    """
    from scipy.optimize import least_squares

    if model.evaluate(start) is None:
        return None
    free = np.array([k for k in range(start.size) if k != held], dtype=int)
    low, high = (limits[free] for limits in model.space.limits)
    rows = model.data_rows + model.space.prior_rows.shape[0]

    # The first trust region is as wide as the start is far from zero, and a study's own numbers have zero coordinates.
    shift = start[free] - _FIRST_STEP

    def placed(part: Array) -> Array:
        whole = start.copy()
        whole[free] = np.clip(part + shift, low, high)
        return whole

    def residuals(part: Array) -> Array:
        found = model.evaluate(placed(part))
        return np.full(rows, UNREACHED) if found is None else found.residuals

    def jacobian(part: Array) -> Array:
        place = placed(part)
        found = model.evaluate(place)
        return np.zeros((rows, free.size)) if found is None else model.jacobian(place, found)[:, free]

    if free.size == 0:
        return _ended(model, start, True, "nothing left to vary")
    # The reflective method starts strictly inside of its bounds.
    inside = np.clip(start[free], low + 1e-6, high - 1e-6) - shift
    search: Any = least_squares(
        residuals,
        inside,
        jac=jacobian,
        bounds=(low - shift, high - shift),
        method="trf",
        x_scale="jac",
        ftol=_COST_CHANGE,
        xtol=_STEP_CHANGE,
        gtol=1e-10,
        max_nfev=_MOST_EVALUATIONS,
    )
    message = str(search.message).rstrip(".")
    return _ended(model, placed(np.asarray(search.x)), search.status > 0, message)


def polished(model: FitModel, found: Minimum) -> Minimum:
    """Return a minimum that is followed to where little of chi squared is left to gain."""
    better = minimum_beside(model, found.coordinates, None, found.jacobian)
    return better if better is not None and better.converged and better.chi2 <= found.chi2 else found


def _ended(model: FitModel, place: Array, converged: bool, message: str) -> Minimum | None:
    evaluation = model.evaluate(place)
    if evaluation is None:
        return None
    return Minimum(place, evaluation, model.jacobian(place, evaluation), converged, message)


def minimum_beside(model: FitModel, start: Array, held: int | None, jacobian: Array) -> Minimum | None:
    """Return the minimum from a place close to it, with one number held or none.

    Levenberg and Marquardt's steps with the derivatives of a neighbour, brought up to date by Broyden's rank one and
    made anew where they mislead, end when new ones say that no more than 1e-2 of chi squared can be gained, which moves
    an end of an interval by less than a hundredth of itself. Where they do not end, the whole search is made.

    Args:
        model: the residuals.
        start: coordinates [1], (parameter,), within the limits.
        held: parameter that keeps its coordinate, None for none.
        jacobian: d residual / d coordinate of a place beside it, (row, parameter).

    Returns:
        The minimum; None where there is no solution at the start.
    """
    place, at, slopes = start, model.evaluate(start), jacobian
    if at is None:
        return None
    damping, fresh = 0.0, False
    for _ in range(_MOST_STEPS):
        step = _step(model, place, at.residuals, slopes, held, damping)
        linear = at.residuals + slopes @ step
        gain = at.chi2 - float(linear @ linear)
        if gain < _LEFT and fresh:
            return Minimum(place, at, slopes, True, "little is left to gain")
        beside = model.evaluate(place + step) if gain >= _LEFT else None
        if beside is None or beside.chi2 >= at.chi2:
            damping = max(10.0 * damping, 0.01) if fresh else damping
            if not fresh:
                slopes, fresh = model.jacobian(place, at), True
            continue
        ratio = (at.chi2 - beside.chi2) / gain
        slopes = slopes + np.outer(beside.residuals - linear, step) / float(step @ step)
        place, at, fresh = place + step, beside, False
        damping = 0.1 * damping if ratio > _TRUSTED else max(damping, 0.01)
        if ratio < _TRUSTED:
            slopes, fresh = model.jacobian(place, at), True
    return minimum_from(model, place, held)


def _step(model: FitModel, place: Array, residuals: Array, slopes: Array, held: int | None, damping: float) -> Array:
    """Return a damped Gauss-Newton step of the numbers that are free and stay within the limits, (parameter,)."""
    low, high = model.space.limits
    free = np.array([k != held for k in range(place.size)])
    step = np.zeros(place.size)
    for _ in range(place.size):
        part = slopes[:, free]
        matrix = part.T @ part
        matrix += damping * np.diag(np.diag(matrix)) + 1e-12 * np.eye(matrix.shape[0])
        step = np.zeros(place.size)
        step[free] = np.linalg.solve(matrix, -part.T @ residuals)
        beyond = free & ((place + step < low) | (place + step > high))
        at_end = beyond & ((place <= low) | (place >= high))
        if not np.any(at_end):
            break
        free = free & ~at_end
    return np.asarray(np.clip(place + step, low, high) - place)


@dataclass(frozen=True, eq=False)
class Search:
    """What several starts found."""

    best: Minimum
    reached: tuple[float, ...]  # chi squared of every search that ended, the least first
    failed: int  # starts from which no minimum was reached

    @property
    def agreeing(self) -> int:
        """How many searches ended at the least chi squared."""
        return sum(value < self.reached[0] + SAME for value in self.reached)


def search_minimum(
    model: FitModel, starts: int, seed: int, progress: Callable[[str], None] = lambda text: None
) -> Search:
    """Return the least of the minima that are reached from several starts.

    The first start is the studies' own numbers; the others are the best of six times as many places, spread evenly
    over the limits by a seeded shift. Where noise would leave the least chi squared in less than 1 % of fits, up to
    twelve searches are made: another minimum may be right.

    Args:
        model: the residuals.
        starts: how many searches.
        seed: of the shift.
        progress: called with how many searches are done.

    Raises:
        FitError: no search reached a minimum.
    """
    places = _spread_places(model, _TRIES * max(starts - 1, 0) + _STARTS_OF_A_POOR_FIT, seed)
    screened, further = places[:-_STARTS_OF_A_POOR_FIT], places[-_STARTS_OF_A_POOR_FIT:]
    tried = [(seen.chi2, k) for k, place in enumerate(screened) if (seen := model.evaluate(place)) is not None]
    chosen = [model.space.start, *(screened[k] for _, k in sorted(tried)[: max(starts - 1, 0)])]
    ended = []
    for done, place in enumerate(chosen, start=1):
        ended.append(minimum_from(model, place))
        progress(f"  {done} of {len(chosen)} searches")
    for place in further if starts > 1 else ():
        if len(chosen) >= _STARTS_OF_A_POOR_FIT or not _poor(model, ended):
            break
        chosen.append(place)
        ended.append(minimum_from(model, place))
    found = sorted((item for item in ended if item is not None and item.converged), key=lambda item: item.chi2)
    if not found:
        stopped = [item for item in ended if item is not None]
        why = stopped[0].message if stopped else "the device has no solution at any start"
        names = ", ".join(model.space.names)
        raise FitError(
            f"the fit of {names} reached no minimum from {len(chosen)} starts: {why}. Vary fewer numbers, narrow their "
            "ends, or start from other values of the study."
        )
    return Search(polished(model, found[0]), tuple(item.chi2 for item in found), len(chosen) - len(found))


def _spread_places(model: FitModel, count: int, seed: int) -> Array:
    """Return places spread evenly over the middle of the limits, (place, parameter)."""
    low, high = model.space.limits
    shift = np.random.default_rng(seed).random(len(model.space))
    cube = (quasi_random_points(count, len(model.space)) + shift) % 1.0
    return np.asarray(np.clip(0.5 * (low + high) + _START_WITHIN * (2.0 * cube - 1.0), low, high))


def _poor(model: FitModel, ended: Sequence[Minimum | None]) -> bool:
    """Whether noise alone would hardly ever leave as high a chi squared as the least so far."""
    from scipy.special import chdtrc

    freedom = max(model.data_rows + model.space.prior_rows.shape[0] - len(model.space), 1)
    least = min((item.chi2 for item in ended if item is not None and item.converged), default=np.inf)
    return bool(chdtrc(freedom, least) < _POOR)
