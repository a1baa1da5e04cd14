"""The emitting layer that the film fills in: which statistics its carriers have."""

import numpy as np
import pytest

from halodot import Result
from halodot.chain.emitting_layer import carrier_statistics, complete_stack
from halodot.states import emitter_index, replaced, with_properties


def test_dots_whose_levels_scatter_have_a_gaussian_density_of_states(treated: Result) -> None:
    film, stack = treated.film, treated.study.stack
    assert film is not None
    assert stack is not None
    layer = stack.layers[emitter_index(stack)]
    assert film.carrier_disorder > 0.0
    found = carrier_statistics(layer, film)
    assert found == {
        "statistics": "gaussian",
        "electron_disorder": film.carrier_disorder,
        "hole_disorder": film.carrier_disorder,
    }
    filled = complete_stack(stack, film).layers[emitter_index(stack)]
    assert filled.transport.statistics == "gaussian"
    np.testing.assert_equal(filled.transport.hole_disorder, film.carrier_disorder)


@pytest.mark.parametrize("statistics", ["fermi_dirac", "gaussian"])
def test_stated_statistics_remain(treated: Result, statistics: str) -> None:
    stack = treated.study.stack
    layer = with_properties(stack.layers[emitter_index(stack)], statistics=statistics)
    assert carrier_statistics(layer, treated.film) == {}


def test_dots_with_a_second_level_take_what_is_not_stated_from_the_film(treated: Result) -> None:
    film, stack = treated.film, treated.study.stack
    layer = with_properties(stack.layers[emitter_index(stack)], statistics="dot_levels", hole_level_spacing=0.2)
    assert 0.1 < film.level_spacing < 0.2
    assert carrier_statistics(layer, film) == {
        "electron_disorder": film.carrier_disorder,
        "hole_disorder": film.carrier_disorder,
        "electron_level_spacing": film.level_spacing,
    }


def test_a_film_without_disorder_leaves_boltzmann_statistics(treated: Result) -> None:
    stack = treated.study.stack
    assert carrier_statistics(stack.layers[emitter_index(stack)], replaced(treated.film, carrier_disorder=0.0)) == {}
