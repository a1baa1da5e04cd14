"""Losses of the film against closed forms and a random walk solved as a linear system."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE
from scipy.stats import poisson

from halodot.errors import ValidityError
from halodot.film import FilmParameters, deposit
from halodot.film.recombination import transfer_factor
from halodot.states import Dots, replaced

DotsBuilder = Callable[..., Dots]
LOSS = 0.1e9  # of one trap, 1/s


def trapped(make_dots: DotsBuilder, traps: float, background: float = 0.001e9, loss: float = LOSS) -> Dots:
    """Return dots with Poisson distributed traps and the yield that follows."""
    dots = make_dots()
    count = np.arange(200)
    share = poisson.pmf(count, traps)
    plqy = float(share @ (dots.radiative_rate / (dots.radiative_rate + background + count * loss)))
    return replaced(dots, traps=traps, loss_per_trap=loss, trap_rate=background + traps * loss, plqy=plqy)


@settings(max_examples=20, deadline=None)
@given(traps=st.floats(0.0, 5.0), visited=st.floats(1.0, 100.0), faces=st.floats(0.0, 10.0))
def test_rates_make_the_yield(
    film_parameters: FilmParameters, make_dots: DotsBuilder, traps: float, visited: float, faces: float
) -> None:
    """Light, solution, transfer and faces share the excitons, and the device gets all but the faces."""
    dots = trapped(make_dots, traps)
    film = deposit(dots, replaced(film_parameters, visited_dots=visited, face_velocity=faces), IODIDE)
    own = dots.radiative_rate * (1.0 / dots.plqy - 1.0)
    ends = film.radiative_rate + own + film.transfer_loss + film.interface_loss
    assert film.plqy == pytest.approx(film.radiative_rate / ends, rel=1e-12)
    assert film.nonradiative_rate == pytest.approx(own + film.transfer_loss, rel=1e-12)
    assert film.interface_loss == pytest.approx(2.0 * faces / film_parameters.nominal_thickness)
    assert film.solution_plqy == dots.plqy
    assert film.transfer_loss >= -1e-9 * own
    assert film.plqy <= dots.plqy * (1.0 + 1e-12)
    assert film.lifetime_amplitude == pytest.approx(film.plqy / film.radiative_rate)
    assert film.trap_density == 0.0


def test_nothing_is_added_where_excitons_stay(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    """Neither transfer nor faces: the film's yield is the solution's, and says so; traps need not be known."""
    film = deposit(make_dots(), replaced(film_parameters, visited_dots=1.0, face_velocity=0.0), IODIDE)
    assert film.plqy == pytest.approx(0.87, rel=1e-12)
    assert film.solution_plqy == 0.87
    assert film.transfer_loss == 0.0
    assert film.interface_loss == 0.0


@settings(max_examples=20, deadline=None)
@given(traps=st.floats(0.01, 4.0), visited=st.floats(1.0, 30.0))
def test_hopping_is_a_random_walk(make_dots: DotsBuilder, traps: float, visited: float) -> None:
    """The chance of light from a dot with n traps solves p_n = (k_r + w sum P(m) p_m) / (w + K_n)."""
    dots = trapped(make_dots, traps)
    count = np.arange(60)
    share = poisson.pmf(count, traps)
    hop = (visited - 1.0) * dots.radiative_rate
    ends = dots.radiative_rate + 0.001e9 + count * LOSS
    light = np.linalg.solve(np.diag(hop + ends) - hop * np.tile(share, (60, 1)), np.full(60, dots.radiative_rate))
    assert transfer_factor(dots, visited) * dots.plqy == pytest.approx(float(share @ light), rel=1e-8)


def test_transfer_ends_at_the_mean_rate(make_dots: DotsBuilder) -> None:
    """Among very many dots every exciton meets the mean rate; traps that take all leave those that never meet one."""
    dots = trapped(make_dots, 0.8)
    everywhere = dots.radiative_rate / (dots.radiative_rate + dots.trap_rate)
    assert transfer_factor(dots, 1e9) * dots.plqy == pytest.approx(everywhere, rel=1e-6)
    greedy = trapped(make_dots, 0.8, background=0.0, loss=1e18)
    clean = math.exp(-0.8)
    # k_r / (k_r + w (1 - P0)) by geometric series from a clean dot, on which P0 of the excitons start
    expected = clean / (1.0 + 3.0 * (1.0 - clean))
    assert transfer_factor(greedy, 4.0) * greedy.plqy == pytest.approx(expected, rel=1e-6)


def test_more_visits_lose_more(make_dots: DotsBuilder) -> None:
    dots = trapped(make_dots, 0.8)
    factors = [transfer_factor(dots, visited) for visited in (1.0, 1.5, 3.0, 10.0, 100.0)]
    assert factors[0] == 1.0
    assert np.all(np.diff(factors) < 0.0)
    clean = trapped(make_dots, 0.0)
    assert transfer_factor(clean, 50.0) == pytest.approx(1.0, rel=1e-12)


def test_what_is_measured_is_explained_by_transfer(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    dots = make_dots()
    faces = replaced(film_parameters, face_velocity=0.1)
    film = deposit(dots, faces, IODIDE, {"plqy": 0.6})
    own = dots.radiative_rate * (1.0 / 0.87 - 1.0)
    assert film.plqy == 0.6
    total = film.radiative_rate * (1.0 / 0.6 - 1.0)
    assert own + film.transfer_loss + film.interface_loss == pytest.approx(total, rel=1e-12)
    given_loss = deposit(dots, film_parameters, IODIDE, {"transfer_loss": 0.05e9})
    assert given_loss.nonradiative_rate == pytest.approx(own + 0.05e9, rel=1e-12)
    lossy = deposit(dots, film_parameters, IODIDE, {"solution_plqy": 0.5})
    assert lossy.plqy == pytest.approx(0.5, rel=1e-12)


def test_impossible_losses_are_refused(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    with pytest.raises(ValidityError, match=r"film\.visited_dots"):
        deposit(make_dots(), replaced(film_parameters, visited_dots=0.5), IODIDE)
    with pytest.raises(ValidityError, match=r"dots\.traps"):
        deposit(make_dots(), replaced(film_parameters, visited_dots=2.0), IODIDE)
    with pytest.raises(ValidityError, match=r"film\.face_velocity"):
        deposit(make_dots(), replaced(film_parameters, face_velocity=10.0), IODIDE, {"plqy": 0.99})
    with pytest.raises(ValidityError, match=r"film\.plqy and film\.transfer_loss"):
        deposit(make_dots(), film_parameters, IODIDE, {"plqy": 0.5, "transfer_loss": 1e7})
