"""The two levels of a dot: limits, the closed form of two states, quadrature and thermodynamics."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from device_cases import but, described, parts, rebuilt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import simpson

import halodot
from halodot.device import solve_device
from halodot.device.laws import statistics
from halodot.device.laws.dot_levels import DotLevels, occupation_weights
from halodot.device.laws.dot_occupation import dot_occupation
from halodot.errors import InputError

WIDTHS = (0.0, 1.1, 2.5)
LEVELS = (-230.0, -40.3, -12.01, -3.3, 0.0, 2.07, 6.41, 15.5, 38.0)
DOTS = st.builds(
    DotLevels, st.floats(0.0, 12.0), st.sampled_from([0.0, 1.0, 6.0, 3.4]), st.floats(0.0, 8.0) | st.just(0.0)
)


@lru_cache(maxsize=32)
def tables(width: float, dot: DotLevels | None) -> np.ndarray:
    return statistics.table("gaussian" if dot is None else "dot_levels", width, dot)[None]


def activity(width: float, dot: DotLevels | None, level: float) -> tuple[float, float]:
    return statistics.log_activity(tables(width, dot), 0, level)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("level", LEVELS)
def test_without_charging_the_levels_are_a_sum_of_gaussians(width: float, level: float) -> None:
    first, second = activity(width, None, level), activity(width, None, level - 6.2)
    shares = (math.exp(first[0] + level), 3.0 * math.exp(second[0] + level - 6.2))
    value, slope = activity(width, DotLevels(6.2, 6.0, 0.0), level)
    assert value + level == pytest.approx(math.log(sum(shares)), rel=1e-9, abs=5e-9)
    mean = (shares[0] * first[1] + shares[1] * second[1]) / sum(shares)
    assert slope == pytest.approx(mean, abs=1e-7)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_second_level_out_of_reach_is_none_and_one_beside_the_first_adds_its_states(
    width: float, level: float
) -> None:
    plain = activity(width, None, level)
    for dot, more in ((DotLevels(400.0, 6.0, 0.0), 1.0), (DotLevels(3.0, 0.0, 0.0), 1.0), (DotLevels(0, 6, 0), 4.0)):
        found = activity(width, dot, level)
        assert found[0] == pytest.approx(plain[0] + math.log(more), rel=1e-9, abs=5e-9)
        assert found[1] == pytest.approx(plain[1], abs=1e-7)


def test_few_carriers_on_dots_follow_boltzmann() -> None:
    for width in WIDTHS:
        value, slope = activity(width, DotLevels(6.2, 6.0, 4.5), -200.0)
        assert value == pytest.approx(0.5 * width * width + math.log1p(3.0 * math.exp(-6.2)), rel=1e-9, abs=1e-12)
        assert slope == pytest.approx(0.0, abs=1e-12)


def test_full_dots_take_no_more_than_their_states() -> None:
    for dot, held in ((DotLevels(6.2, 6.0, 4.5), 8.0), (DotLevels(6.2, 6.0, 0.0), 8.0), (DotLevels(3, 0, 4.5), 2.0)):
        value, slope = activity(1.1, dot, 99.0)
        assert value + 99.0 == pytest.approx(math.log(held / 2.0), abs=1e-12)
        assert slope == pytest.approx(-1.0, abs=1e-9)


@pytest.mark.parametrize("charging", [0.0, 0.4, 4.5, 30.0])
def test_two_states_with_charging_have_the_closed_form(charging: float) -> None:
    """m = (2 L + 2 b L^2)/(1 + 2 L + b L^2) with the fugacity L and b = exp(-U/kT)."""
    weights = occupation_weights(DotLevels(5.0, 0.0, charging), 0)
    for level in (-30.0, -2.0, 0.3, 4.0, 9.0):
        mean, variance = dot_occupation(weights, level)
        fugacity, b = math.exp(level), math.exp(-charging)
        pairs = b * fugacity**2
        assert mean == pytest.approx((2.0 * fugacity + 2.0 * pairs) / (1.0 + 2.0 * fugacity + pairs), rel=1e-12)
        near, far = (dot_occupation(weights, level + step)[0] for step in (-1e-5, 1e-5))
        assert variance == pytest.approx((far - near) / 2e-5, rel=1e-6, abs=1e-10)


def test_a_large_charging_energy_lets_one_carrier_on_a_dot() -> None:
    weights = occupation_weights(DotLevels(6.0, 6.0, 60.0), 6)
    ways = 2.0 + 6.0 * math.exp(-6.0)
    for level in (-5.0, 0.0, 20.0):
        one = ways * math.exp(level) / (1.0 + ways * math.exp(level))
        assert dot_occupation(weights, level)[0] == pytest.approx(one, rel=1e-12)


def test_carriers_enter_one_by_one_at_their_addition_energies() -> None:
    """Half way between two additions, far apart in kT, a dot holds a whole number of carriers."""
    weights = occupation_weights(DotLevels(100.0, 6.0, 50.0), 6)
    additions = [0.0, 50.0, *(100.0 + 50.0 * held for held in range(2, 8))]
    for held, (low, high) in enumerate(pairwise(additions), start=1):
        assert dot_occupation(weights, 0.5 * (low + high))[0] == pytest.approx(held, abs=1e-9)


@pytest.mark.parametrize("width", [0.9, 2.0])
@pytest.mark.parametrize("level", [-180.013, -11.02, -1.99, 3.46, 9.04, 31.7])
def test_a_film_of_dots_holds_what_quadrature_gives(width: float, level: float) -> None:
    spacing, charging, count = 5.4, 4.3, np.arange(9)
    ways = [
        sum(
            math.comb(2, held - k) * math.comb(6, k) * math.exp(-k * spacing) for k in range(max(held - 2, 0), held + 1)
        )
        for held in count
    ]
    energy = np.linspace(-width * (width + 10.0), 10.0 * width, 40001)
    weight = np.array(ways)[:, None] * np.exp(-0.5 * charging * count * (count - 1))[:, None]
    # fugacity to the power of the number, less the largest of all dots so that none overflows
    power = count[:, None] * (level - energy)
    shares = weight * np.exp(power - np.max(power, axis=0))
    held = np.sum(count[:, None] * shares, axis=0) / np.sum(shares, axis=0)
    density = np.exp(-0.5 * (energy / width) ** 2) / (width * math.sqrt(2.0 * math.pi))
    exact = math.log(0.5 * float(simpson(density * held, x=energy))) - level
    assert activity(width, DotLevels(spacing, 6.0, charging), level)[0] == pytest.approx(exact, abs=1e-8)


def test_states_between_whole_numbers_are_a_share_of_dots_with_one_more() -> None:
    fewer, more, between = (activity(1.1, DotLevels(4.0, states, 3.0), 7.3)[0] for states in (3.0, 4.0, 3.25))
    assert math.exp(between) == pytest.approx(0.75 * math.exp(fewer) + 0.25 * math.exp(more), rel=1e-12)


@settings(max_examples=200, deadline=None)
@given(dot=DOTS, level=st.floats(-300.0, 300.0))
def test_diffusion_over_mobility_of_dots_is_never_below_the_einstein_relation(dot: DotLevels, level: float) -> None:
    """D/mu = (kT/q) n/(dn/d eta): the variance of the number on a dot is at most its mean."""
    for states in (math.floor(dot.second_states), math.ceil(dot.second_states)):
        mean, variance = dot_occupation(occupation_weights(dot, states), level)
        assert -1e-13 * states <= variance <= mean * (1.0 + 1e-12) + 1e-13 * states
        assert 0.0 <= mean <= 2.0 + states


@settings(max_examples=60, deadline=None)
@given(level=st.floats(-260.0, 110.0))
def test_the_slope_of_dots_is_the_derivative_of_the_value(level: float) -> None:
    step, dot = 1e-4, DotLevels(5.4, 6.0, 4.3)
    near, far = (activity(1.1, dot, level + k * step)[0] for k in (-1, 1))
    assert activity(1.1, dot, level)[1] == pytest.approx((far - near) / (2 * step), abs=2e-7)


def solved(**words: Any) -> Any:
    study = halodot.load("3_bipolar_langevin")
    assert study.stack is not None
    layers = [item if item.role == "electrode" else but(item, **words) for item in described(study.stack)]
    return solve_device(rebuilt(study.stack, layers), None, np.array([0.0, 2.0, 4.0]), 40, tolerance=math.inf)


def test_a_device_of_dots_without_a_second_level_is_one_of_a_gaussian() -> None:
    common = {"electron_disorder": 0.05, "hole_disorder": 0.06}
    plain = solved(statistics="gaussian", **common)
    far = solved(statistics="dot_levels", electron_level_spacing=3.0, hole_level_spacing=3.0, **common)
    np.testing.assert_allclose(far.current_density, plain.current_density, rtol=1e-6, atol=1e-12)
    near = solved(statistics="dot_levels", electron_level_spacing=0.15, hole_level_spacing=0.15, **common)
    assert abs(near.current_density[0]) < 1e-9
    np.testing.assert_allclose(parts(near), near.current_density, rtol=1e-6, atol=1e-9)


def test_more_states_on_a_dot_than_any_shell_has_are_refused() -> None:
    with pytest.raises(InputError, match="second_level_states of one dot must be at most"):
        solved(statistics="dot_levels", electron_level_spacing=0.1, hole_level_spacing=0.1, second_level_states=60.0)
