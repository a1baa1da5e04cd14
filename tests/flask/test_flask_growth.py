"""Growth against its closed forms and its balance of monomer."""

import math

import numpy as np
import pytest
from flask_bench import parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.errors import ValidityError
from halodot.flask.growth import (
    AVOGADRO,
    advance,
    follow_iodide,
    grow,
    in_dots,
    nucleate,
    shrink,
    spread,
    surface_sites,
)
from halodot.states import replaced


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.0, 0.99), distance=st.floats(0.0, 12.0))
def test_advance_solves_its_differential_equation(share: float, distance: float) -> None:
    steps = 2000
    step = distance / steps
    x = share

    def slope(value: float) -> float:
        return 1.0 - value**3

    for _ in range(steps):
        a = slope(x)
        b = slope(x + 0.5 * step * a)
        c = slope(x + 0.5 * step * b)
        x += step / 6.0 * (a + 2.0 * b + 2.0 * c + slope(x + step * c))
    assert advance(share, distance) == pytest.approx(x, rel=1e-8)


def test_growth_is_linear_at_first_and_ends_with_the_monomer() -> None:
    assert advance(0.0, 1e-3) == pytest.approx(1e-3, rel=1e-8)
    assert advance(0.3, 0.0) == 0.3
    assert advance(0.3, 100.0) == 1.0


def test_fully_grown_dots_hold_all_monomer() -> None:
    crystals = nucleate(0.1144e-3, 423.15, parameters())
    grown = grow(crystals, np.array([423.15]), np.array([1e5]), 1.12e-5, parameters())
    assert in_dots(grown, parameters()) == pytest.approx(0.1144e-3, rel=1e-9)
    assert in_dots(crystals, parameters()) < 0.05 * 0.1144e-3


def test_dots_grow_with_time_and_temperature_and_never_beyond_the_monomer() -> None:
    crystals = nucleate(0.1144e-3, 423.15, parameters())
    lengths = [
        [
            grow(crystals, np.array([hot]), np.array([time]), 1.12e-5, parameters()).edge_length
            for time in (1.0, 5.0, 20.0)
        ]
        for hot in (373.15, 423.15)
    ]
    assert lengths[0] == sorted(lengths[0])
    assert all(cold < hot < crystals.full_length for cold, hot in zip(*lengths, strict=True))


def test_dots_have_the_sites_and_the_number_of_the_literature_estimate() -> None:
    # all cesium as 5.29 nm dots: 0.19 umol of dots and 0.08 to 0.09 mmol of sites at 2.9 per nm2
    crystals = nucleate(0.1144e-3, 423.15, parameters())
    count = 0.1144e-3 * parameters().formula_volume / (AVOGADRO * 5.29e-9**3)
    dots = replaced(crystals, count=count, edge_length=5.29e-9)
    assert count == pytest.approx(0.19e-6, rel=0.02)
    assert surface_sites(dots, parameters()) == pytest.approx(0.09e-3, rel=0.05)
    assert surface_sites(dots, parameters()) == pytest.approx(count * 6 * 5.29**2 * 2.9, rel=1e-12)


def test_etching_takes_volume() -> None:
    crystals = nucleate(0.1144e-3, 423.15, parameters())
    smaller = shrink(crystals, 0.73)
    assert in_dots(smaller, parameters()) == pytest.approx(0.73 * in_dots(crystals, parameters()), rel=1e-12)
    assert smaller.count == crystals.count


def test_iodide_makes_smaller_dots_by_its_power() -> None:
    crystals = nucleate(0.1144e-3, 423.15, parameters())
    doubled = follow_iodide(crystals, 2.0, replaced(parameters(), iodide_exponent=0.15))
    assert doubled.edge_length / crystals.edge_length == pytest.approx(2.0**-0.15)
    assert follow_iodide(crystals, 1.0, parameters()).edge_length == crystals.edge_length


@pytest.mark.parametrize("celsius", [25.0, 79.0, 221.0])
def test_no_burst_outside_hot_injection(celsius: float) -> None:
    with pytest.raises(ValidityError, match="hot injection"):
        nucleate(1e-4, celsius + 273.15, parameters())


def test_spread_of_covered_and_uncovered_dots() -> None:
    covered = spread(5e-9, 0.0, parameters())
    assert covered / 5e-9 == pytest.approx(parameters().growth_spread)
    variance = parameters().growth_spread ** 2 + 0.1 * parameters().ripening_variance
    assert spread(5e-9, 0.1, parameters()) / 5e-9 == pytest.approx(math.sqrt(variance))
