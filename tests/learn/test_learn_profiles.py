"""Searches and profiles where chi squared has more than one minimum, against roots that are stated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from halodot.arrays import Array
from halodot.learn.fit_model import Evaluation, FitModel
from halodot.learn.fit_space import BoundedNumber, FitParameter, FitSpace
from halodot.learn.minimum import minimum_from, search_minimum
from halodot.learn.profiles import LEVELS, has_places_beyond, profile

PLACES = np.array([-2.0, -1.0, 0.0, 1.0, 1.5, 2.0])
#: where the outer branch, from 1.2 at 1 to 2.5 at 1.5, has the root of the 95 % interval
OUTER_END = 1.0 + 0.5 * (LEVELS[1] - 1.2) / 1.3


class Stated(FitModel):
    """A model whose residual is a stated function of one number between -2 and 2."""

    residual: Callable[[float], float]

    def evaluate(self, coordinates: Array) -> Evaluation:
        """Return the residual."""
        found = Evaluation(np.array([self.residual(float(coordinates[0]))]), {})
        self.seen.append((coordinates.copy(), found.chi2))
        return found

    def jacobian(self, coordinates: Array, at: Evaluation) -> Array:
        """Return its derivative."""
        x = float(coordinates[0])
        return np.array([[(self.residual(x + 1e-6) - self.residual(x - 1e-6)) / 2e-6]])

    @property
    def data_rows(self) -> int:
        """One residual."""
        return 1


def stated(residual: Callable[[float], float], start: float = 0.0) -> Stated:
    number = FitParameter("x", "1", "value", {}, start=start, ends=BoundedNumber(-2.0, 2.0))
    model = Stated(FitSpace((number,)), ())
    model.residual = residual
    return model


def two_minima(ridge: float) -> Stated:
    """The root of the rise is 0 at -1, has a ridge at 0, falls to 1.2 at 1 and rises beyond."""
    roots = np.array([5.0, 0.0, ridge, 1.2, 2.5, 5.0])
    return stated(lambda x: float(np.interp(x, PLACES, roots)))


@pytest.mark.parametrize("start", [0.0, 1e-15])
def test_a_search_leaves_a_start_at_zero(start: float) -> None:
    found = minimum_from(stated(lambda x: 10.0 * (x - 1.3)), np.array([start]))
    assert found is not None
    assert found.coordinates[0] == pytest.approx(1.3, abs=1e-6)


def test_more_starts_are_made_where_noise_would_not_leave_the_chi_squared_of_the_first() -> None:
    # From below 1.2 the search ends at -1 with a residual of 4, beyond it at 1.6 with none.
    model = stated(lambda x: float(np.hypot(4.0, 10.0 * (x + 1.0)) if x < 1.2 else 10.0 * (x - 1.6)), start=-0.9)
    found = search_minimum(model, starts=2, seed=1)
    assert found.best.coordinates[0] == pytest.approx(1.6, abs=1e-3)
    assert len(found.reached) + found.failed > 2


@pytest.mark.parametrize("ridge", [1.5, 1.9])
def test_an_interval_ends_where_the_root_is_reached_for_the_last_time(ridge: float) -> None:
    model = two_minima(ridge)
    best = minimum_from(model, np.array([-1.0]))
    assert best is not None
    found = profile(model, best, 0)
    assert found.end(LEVELS[1]) == pytest.approx(OUTER_END, abs=0.02)
    assert found.end(-LEVELS[1]) == pytest.approx(-1.0 - LEVELS[1] / 5.0, abs=0.02)
    assert not found.incomplete
    assert np.all(np.diff(found.roots) >= 0.0)


def test_an_interval_reaches_over_a_ridge_to_a_place_that_was_seen() -> None:
    model = two_minima(ridge=3.0)
    best = minimum_from(model, np.array([-1.0]))
    assert best is not None
    short = profile(model, best, 0)
    assert short.end(LEVELS[1]) == pytest.approx(-1.0 + LEVELS[1] / 3.0, abs=0.03)
    assert not has_places_beyond(model, best, 0, short)
    model.evaluate(np.array([1.0]))
    assert has_places_beyond(model, best, 0, short)
    whole = profile(model, best, 0)
    assert whole.end(LEVELS[1]) == pytest.approx(OUTER_END, abs=0.02)
    assert not has_places_beyond(model, best, 0, whole)
