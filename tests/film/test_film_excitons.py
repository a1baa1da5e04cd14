"""What the film says of its excitons: their walk from dot to dot, and the field that dots see."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE

from halodot.film import FilmParameters, deposit
from halodot.film.excitons import core_field, exciton_diffusivity
from halodot.states import Dots, replaced

DotsBuilder = Callable[..., Dots]


def test_excitons_that_stay_on_their_dot_do_not_diffuse(film_parameters: FilmParameters) -> None:
    assert exciton_diffusivity(2.8e-25, 1.2e8, replaced(film_parameters, visited_dots=1.0)) == 0.0


def test_exciton_diffusivity_is_that_of_a_random_walk(film_parameters: FilmParameters) -> None:
    """<r^2> = 6 D t after one radiative lifetime."""
    found = exciton_diffusivity(2.7e-26, 1e8, replaced(film_parameters, visited_dots=5.0))
    assert 6.0 * found / 1e8 == pytest.approx(4.0 * 9e-18)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(1.0, 5.0), st.floats(1.0, 50.0))
def test_core_and_host_fields_average_to_the_field_of_the_film(
    film_parameters: FilmParameters, fraction: float, host: float, core: float
) -> None:
    """The mean displacement over the mean field is the permittivity of Maxwell Garnett."""
    parameters = replaced(film_parameters, ligand_permittivity=host)
    inside = core_field(fraction, parameters, replaced(IODIDE, core_permittivity=core))
    electrical = (1.0 - fraction * inside) / (1.0 - fraction) if fraction < 1.0 else 0.0
    contrast = fraction * (core - host) / (core + 2.0 * host)
    mixture = host * (1.0 + 2.0 * contrast) / (1.0 - contrast)
    assert fraction * core * inside + (1.0 - fraction) * host * electrical == pytest.approx(mixture, rel=1e-9)


def test_the_film_hands_its_dots_on(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    dots = make_dots(trion_auger_lifetime=120e-12, quenching_field=1e8)
    film = deposit(dots, film_parameters, IODIDE)
    assert film.carrier_disorder == film_parameters.carrier_share * dots.energy_spread
    assert film.dot_volume * film.density_of_states == pytest.approx(film_parameters.states_per_dot)
    assert film.trion_auger_rate == pytest.approx(1.0 / 120e-12)
    assert film.quenching_field > 1e8
    unknown = deposit(make_dots(), film_parameters, IODIDE)
    assert unknown.trion_auger_rate == 0.0
    assert unknown.quenching_field == math.inf


def test_known_quantities_stay_as_they_are(film_parameters: FilmParameters, make_dots: DotsBuilder) -> None:
    film = deposit(make_dots(), film_parameters, IODIDE, {"trion_auger_rate": 1e9, "exciton_diffusivity": 5e-8})
    assert film.trion_auger_rate == 1e9
    assert film.exciton_diffusivity == 5e-8
