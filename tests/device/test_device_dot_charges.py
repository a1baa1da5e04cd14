"""The charges of a dot against sums over its states, its limits, and a master equation of one dot."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from halodot.device.laws.dot_charges import dot_charges
from halodot.device.laws.excitons import DecayParameters, decay_rates

means = st.floats(min_value=1e-12, max_value=2.0 - 1e-9)
repulsions = st.floats(min_value=0.0, max_value=30.0)


def weights(activity: float, repulsion: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Weights of no, one and two charges: one has two spins to choose from."""
    return np.array([1.0, 2.0 * activity, activity**2 * math.exp(-repulsion)])


def activity_of(mean: float, repulsion: float) -> float:
    """The activity of charges that give a dot a mean number of them, found by its sum over states."""

    def excess(logarithm: float) -> float:
        w = weights(math.exp(logarithm), repulsion)
        return float(w @ [0.0, 1.0, 2.0] / w.sum() - mean)

    return math.exp(brentq(excess, -60.0, 60.0, xtol=1e-14, rtol=1e-14))


@pytest.mark.parametrize("repulsion", [0.0, 1.0, 4.6])
@pytest.mark.parametrize("mean", [1e-6, 0.3, 1.0, 1.7])
def test_probabilities_are_sums_over_the_states_of_a_dot(mean: float, repulsion: float) -> None:
    found, activity = dot_charges(mean, repulsion), activity_of(mean, repulsion)
    one, two = weights(activity, repulsion)[1:]
    # each charge of a dot captures alike, so that a dot counts as often as it has charges
    assert found.born == pytest.approx(2.0 * two / (one + 2.0 * two), rel=1e-9)
    assert found.redrawn == pytest.approx(activity / (1.0 + activity), rel=1e-9)


@given(means)
def test_without_repulsion_both_places_fill_independently(mean: float) -> None:
    found = dot_charges(mean, 0.0)
    assert found.born == pytest.approx(0.5 * mean, rel=1e-12)
    assert found.redrawn == pytest.approx(0.5 * mean, rel=1e-12)


def test_with_much_repulsion_second_charges_come_when_there_are_more_charges_than_dots() -> None:
    few, many = dot_charges(0.8, 200.0), dot_charges(1.6, 200.0)
    assert few.born < 1e-80
    assert few.redrawn == pytest.approx(0.8 / 1.2, rel=1e-14)
    # of 1.6 charges a dot, 0.6 dots hold two of them and 0.4 one
    assert many.born == pytest.approx(1.2 / 1.6, rel=1e-14)
    assert many.redrawn == pytest.approx(1.0, rel=1e-14)


def test_the_ends_are_exact_and_joined() -> None:
    assert dot_charges(0.0, 4.0)[:2] == (0.0, 0.0)
    for mean in (2.0, 2.5, 1e6, math.inf):
        assert dot_charges(mean, 4.0)[:2] == (1.0, 1.0)
    below = dot_charges(2.0 * (1.0 - 1e-15), 4.0)
    assert below[:2] == pytest.approx((1.0, 1.0), abs=1e-13)
    few = dot_charges(1e-200, 4.0)
    assert few.born == pytest.approx(0.5e-200 * math.exp(-4.0), rel=1e-12)
    assert few.redrawn == pytest.approx(0.5e-200, rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(means, repulsions)
def test_probabilities_are_ordered_rise_with_the_density_and_mirror(mean: float, repulsion: float) -> None:
    found, missing = dot_charges(mean, repulsion), dot_charges(2.0 - mean, repulsion)
    assert 0.0 <= found.born <= found.redrawn * (1.0 + 1e-12) <= 1.0 + 1e-12
    assert found.born_by_mean >= -1e-15
    assert found.redrawn_by_mean >= -1e-15
    # a place that is empty is to a full dot what a charge is to an empty one
    assert found.born == pytest.approx(1.0 - missing.redrawn, abs=1e-14)


def of_master_equation(mean: float, repulsion: float, birth: float) -> float:
    """Loss rate beside a charge from the rate equations of one dot: 0, 1, 2 electrons, or an exciton with 0 or 1.

    Electrons come and go in detailed balance with those around, a hole is captured at a rate in proportion to the
    electrons of the dot, and an exciton leaves what it had beside it.
    """
    activity = activity_of(mean, repulsion)
    leave, back = 1e12, math.exp(-repulsion)
    exchange, other, auger = HOP, 1.4e8, 8e9
    rates = np.zeros((5, 5))  # rates[i, j]: from j to i
    rates[1, 0], rates[0, 1] = 2.0 * leave * activity, leave
    rates[2, 1], rates[1, 2] = leave * activity * back, 2.0 * leave
    rates[3, 1], rates[4, 2] = birth, 2.0 * birth
    rates[4, 3], rates[3, 4] = exchange * activity / (1.0 + activity), exchange / (1.0 + activity)
    rates[0, 3], rates[1, 4] = other, other + auger
    matrix = rates - np.diag(rates.sum(axis=0))
    matrix[0] = 1.0
    found = np.linalg.solve(matrix, [1.0, 0.0, 0.0, 0.0, 0.0])
    return float(auger * found[4] / (found[3] + found[4]))


HOP, VOLUME = 3e8, 2.8e-25


@pytest.mark.parametrize("repulsion", [0.0, 2.0, 4.6])
@pytest.mark.parametrize("mean", [0.05, 0.7, 1.0, 1.9])
def test_losses_beside_a_charge_are_those_of_a_master_equation(mean: float, repulsion: float) -> None:
    decay = DecayParameters(1.2e8, 2e7, 8e9, VOLUME, repulsion, HOP, 1e8, 0.0, math.inf)
    found = decay_rates(decay, 1.2e8, 0.0, mean / VOLUME, 0.0, 0.0).trion_auger
    assert found == pytest.approx(of_master_equation(mean, repulsion, 1e3), rel=1e-5)


def test_equilibrium_of_the_charge_beside_an_exciton_is_in_detailed_balance() -> None:
    """Over loss rates, charges that come and those that go are as many: P_e/(1 - P_e) is their activity, for any U."""
    for repulsion in (0.0, 4.6):
        found = dot_charges(0.7, repulsion)
        assert found.redrawn / (1.0 - found.redrawn) == pytest.approx(activity_of(0.7, repulsion), rel=1e-9)
        second = found.born / (1.0 - found.born)
        assert second == pytest.approx(activity_of(0.7, repulsion) * math.exp(-repulsion), rel=1e-9)
