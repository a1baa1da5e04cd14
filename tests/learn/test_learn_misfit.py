"""Whether residuals change sign by chance: the number of runs against its distribution, counted and drawn."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from halodot.learn.misfit import joint_probability, runs_test


def test_the_probability_is_the_share_of_orders_with_as_few_runs() -> None:
    signs = (1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0)
    orders = [np.array(order) for order in set(permutations(signs))]
    runs = np.array([1 + np.sum(order[1:] != order[:-1]) for order in orders])
    for order, own in zip(orders, runs):
        found = runs_test(order)
        assert found.runs == own
        assert found.probability == pytest.approx(np.mean(runs <= own), rel=1e-9)
        assert found.expected == pytest.approx(np.mean(runs))


def test_white_noise_is_seldom_called_a_misfit_and_a_wave_always() -> None:
    rng = np.random.default_rng(7)
    found = [runs_test(rng.standard_normal(40)).probability for _ in range(600)]
    assert np.mean(np.array(found) < 0.05) < 0.065  # the exact test keeps below its level
    wave = np.sin(np.linspace(0.0, 4.0 * np.pi, 40)) + 0.3 * rng.standard_normal(40)
    assert runs_test(wave).probability < 1e-3


def test_several_curves_are_judged_together() -> None:
    one, other = runs_test(np.array([1.0, -1.0, 1.0, -1.0])), runs_test(np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0]))
    assert joint_probability([other]) == pytest.approx(0.1)
    assert joint_probability([one, other]) == pytest.approx(1.0 - 0.9**2)
    assert joint_probability([]) == 1.0


def test_residuals_of_one_sign_have_no_runs_to_count() -> None:
    assert runs_test(np.ones(5)) == (1, 1.0, 1.0)
    assert runs_test(np.zeros(5)).probability == 1.0
