"""The shared numerical methods against closed forms and libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator
from scipy.stats import poisson

from halodot.linear_algebra import solve_dense
from halodot.numerics import (
    FWHM_PER_SIGMA,
    full_width,
    monotone_cubic,
    parabola_vertex,
    poisson_counts,
    poisson_probability,
)


@pytest.mark.parametrize("mean", [0.0, 1e-9, 0.3, 7.0, 400.0])
def test_poisson_weights_are_complete(mean: float) -> None:
    count = poisson_counts(mean)
    probability = poisson_probability(count, mean)
    np.testing.assert_allclose(probability, poisson.pmf(count, mean), rtol=1e-10, atol=1e-290)
    assert probability.sum() == pytest.approx(1.0, rel=1e-10)  # the log-factorials are summed, 1e-16 each


def test_vertex_of_a_parabola_is_exact_on_an_uneven_grid() -> None:
    x = np.array([1.0, 1.3, 2.0])
    peak, value = parabola_vertex(x, 5.0 - 2.0 * (x - 1.47) ** 2, 1)
    assert (peak, value) == pytest.approx((1.47, 5.0), rel=1e-14)


def test_vertex_of_a_straight_line_is_the_sample() -> None:
    assert parabola_vertex(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]), 1) == (2.0, 2.0)


def test_full_width_at_half_maximum_of_a_gaussian() -> None:
    x = np.linspace(-8.0, 8.0, 16001)
    assert full_width(x, np.exp(-0.5 * x**2), 8000, 0.5) == pytest.approx(FWHM_PER_SIGMA, rel=1e-6)


def test_full_width_is_nan_where_a_side_lies_outside() -> None:
    x = np.linspace(0.0, 1.0, 11)
    assert math.isnan(full_width(x, x, 10, 0.5))
    assert math.isnan(full_width(x, x, 10, 0.5, outermost=True))


def test_outermost_width_spans_a_side_maximum() -> None:
    x = np.arange(7.0)
    line = np.array([0.0, 0.8, 0.0, 1.0, 0.0, 0.0, 0.0])
    assert full_width(x, line, 3, 0.4) == pytest.approx(1.2)
    assert full_width(x, line, 3, 0.4, outermost=True) == pytest.approx(3.1)


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_dense_systems_are_solved(size: int) -> None:
    random = np.random.default_rng(size)
    matrix, right = random.standard_normal((size, size)), random.standard_normal(size)
    found = np.empty(size)
    assert solve_dense(np.column_stack((matrix, right)), found)
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=1e-10)


def test_a_singular_system_has_no_solution() -> None:
    assert not solve_dense(np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 1.0]]), np.empty(2))


def test_the_monotone_cubic_is_that_of_fritsch_and_butland():
    random = np.random.default_rng(3)
    for count in (3, 4, 9):
        points = np.cumsum(random.uniform(0.1, 2.0, count))
        values = random.normal(size=count)
        fine = np.linspace(points[0], points[-1], 101)
        expected = PchipInterpolator(points, values)(fine)  # the same slopes, by another program
        assert monotone_cubic(fine, points, values) == pytest.approx(expected, abs=1e-12)
