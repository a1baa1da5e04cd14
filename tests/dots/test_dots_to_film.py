"""Dots and film one after the other: what holds for any dots, and the time it takes beside a loop."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE

from halodot.dots import DotsParameters, characterise
from halodot.film import FilmParameters, deposit
from halodot.states import Flask, replaced
from halodot.study.library import parameters

FlaskBuilder = Callable[..., Flask]
share = st.floats(0.02, 1.0)


@pytest.fixture(scope="module")
def film_parameters() -> FilmParameters:
    """Parameters of the library."""
    found = parameters("film")[0]
    assert isinstance(found, FilmParameters)
    return found


@settings(max_examples=25, deadline=None)
@given(
    edge=st.floats(4.5e-9, 8e-9),
    relative=st.floats(0.0, 0.2),
    coverage=st.tuples(share, share, share),
    back=st.floats(0.0, 1e8),
    visited=st.floats(1.0, 50.0),
)
def test_yields_and_rates_of_any_dots_and_their_film_agree(
    dots_parameters: DotsParameters,
    film_parameters: FilmParameters,
    make_flask: FlaskBuilder,
    edge: float,
    relative: float,
    coverage: tuple[float, float, float],
    back: float,
    visited: float,
) -> None:
    """Yields come from rates, transfer never helps, the film's yield lies between solution and mean rate."""
    native, exchanged, bare = (each / sum(coverage) for each in coverage)
    flask = make_flask(edge, relative * edge, ((native, exchanged, bare),))
    dots = characterise(flask, replaced(dots_parameters, detrapping_rate=back), IODIDE)
    film = deposit(dots, replaced(film_parameters, visited_dots=visited), IODIDE)
    assert dots.plqy == pytest.approx(dots.radiative_rate * dots.lifetime_amplitude, rel=1e-9)
    assert film.plqy == pytest.approx(film.radiative_rate / (film.radiative_rate + film.nonradiative_rate), rel=1e-12)
    mean_rate = dots.radiative_rate / (dots.radiative_rate + dots.trap_rate)
    assert mean_rate * (1.0 - 1e-9) <= film.plqy <= film.solution_plqy * (1.0 + 1e-9)
    assert film.solution_plqy == dots.plqy
    assert 0.0 < film.core_fraction <= film_parameters.packing
    assert np.trapezoid(film.spectrum, film.wavelength) > 0.0
    assert film.ionisation_energy > film.electron_affinity


def test_dots_and_film_take_milliseconds(
    dots_parameters: DotsParameters, film_parameters: FilmParameters, make_flask: FlaskBuilder
) -> None:
    """The best of many runs, with detrapping and transfer on, takes less than four loops of 100,000 sums (1.2 ms)."""
    returning, flask = replaced(dots_parameters, detrapping_rate=1e7), make_flask()
    hopping = replaced(film_parameters, visited_dots=3.0)

    def shortest(call: Callable[[], object]) -> float:
        found = float("inf")
        for _ in range(40):
            start = time.perf_counter()
            call()
            found = min(found, time.perf_counter() - start)
        return found

    chain = shortest(lambda: deposit(characterise(flask, returning, IODIDE), hopping, IODIDE))
    assert chain < 4.0 * shortest(lambda: sum(range(100_000)))
