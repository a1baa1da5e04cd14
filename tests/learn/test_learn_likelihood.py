"""How likely a measured curve is: covariance, whitening, what counts, and what a result says where it was measured."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from fit_devices import hole_only
from scipy.stats import multivariate_normal

import halodot
from halodot import Result
from halodot.arrays import Array
from halodot.errors import InputError
from halodot.learn.likelihood import (
    NO_DISCREPANCY,
    Discrepancy,
    MeasuredCurve,
    compared,
    measured_curve,
)
from halodot.learn.model_curves import of_voltage
from halodot.states import Dots, replaced


@pytest.fixture(scope="module")
def diode() -> Result:
    return halodot.simulate(hole_only())


def curve_of(result: Result, factor: float = 1.0, **more: object) -> MeasuredCurve:
    solution = result.device_solution
    assert solution is not None
    return measured_curve("J-V", solution.voltage, factor * solution.current_density, **more)  # type: ignore[arg-type]


def test_a_curve_that_is_the_models_own_has_no_residual(diode: Result) -> None:
    found = compared(curve_of(diode), diode.study.run.voltages)
    assert found.logarithmic
    np.testing.assert_allclose(found.residuals(diode), 0.0, atol=1e-10)


def test_the_log_likelihood_is_that_of_a_normal_distribution_of_ln_j(diode: Result) -> None:
    discrepancy = Discrepancy(current=0.3, voltage_length=1.0)
    found = compared(curve_of(diode, 1.5, pixel_spread=0.1), diode.study.run.voltages, discrepancy)
    v = diode.study.run.voltages
    covariance = 0.03**2 * np.eye(v.size) + (0.3**2 + 0.1**2) * np.exp(-np.abs(v[:, None] - v) / 1.0)
    wanted = multivariate_normal(np.zeros(v.size), covariance).logpdf(np.full(v.size, np.log(1.5)))
    assert found.log_likelihood(diode) == pytest.approx(wanted, rel=1e-10)


def test_a_correlated_discrepancy_costs_what_markovs_process_says(diode: Result) -> None:
    v = diode.study.run.voltages
    offset = np.full(v.size, np.log(1.35))
    single = np.where(np.arange(v.size) == 5, offset[0], 0.0)
    found = compared(curve_of(diode), v)
    chi2 = {name: float(np.sum(found.whitened(shift) ** 2)) for name, shift in (("factor", offset), ("point", single))}
    alone = compared(curve_of(diode), v, NO_DISCREPANCY)
    # An offset a over a span T costs (a/sd)^2 (1 + T/2l) under exponentially correlated errors without noise.
    assert chi2["factor"] == pytest.approx((offset[0] / 0.3) ** 2 * (1.0 + 5.5 / 2.0), rel=0.04)
    # One that is wrong alone, with neighbours of correlation r on both sides, costs (1 + r^2)/(1 - r^2).
    neighbour = np.exp(-1.0)  # r^2 at a distance of 0.5 V
    assert chi2["point"] == pytest.approx((offset[0] / 0.3) ** 2 * (1 + neighbour) / (1 - neighbour), rel=0.04)
    assert np.sum(alone.whitened(offset) ** 2) == pytest.approx(v.size * (offset[0] / 0.03) ** 2)


@pytest.mark.parametrize(
    ("kind", "abscissa", "true"),
    [
        ("EQE-J", np.geomspace(1.0, 1e3, 25), np.full(25, 0.1)),
        ("J-V", np.linspace(3.0, 5.0, 25), 10.0 * np.exp(0.9 * np.linspace(0.0, 2.0, 25))),
    ],
)
def test_an_error_that_points_share_pulls_no_amplitude_below_them(kind: str, abscissa: Array, true: Array) -> None:
    generator, found = np.random.default_rng(1), []
    for _ in range(200):
        values = true * (1.0 + 0.03 * generator.standard_normal(25))
        curve = compared(measured_curve(kind, abscissa, values), np.array([0.0, 6.0]))
        factors = np.array([0.9, 1.0, 1.1])
        chi2 = [np.sum(curve.whitened(curve.measured - curve.as_compared(factor * true)) ** 2) for factor in factors]
        level = np.log(factors) if curve.logarithmic else factors
        bend, slope, _ = np.polyfit(level, chi2, 2)  # chi squared is a parabola
        best = -0.5 * slope / bend
        found.append(best if curve.logarithmic else best - 1.0)
    assert abs(np.mean(found)) < 4.0 * np.std(found) / math.sqrt(200.0)


def test_a_current_that_changes_sign_is_compared_by_its_value() -> None:
    curve = measured_curve("J-V", np.array([0.5, 1.0, 1.5]), np.array([-2.0, 1.0, 3.0]))
    assert not compared(curve, np.array([0.0, 2.0])).logarithmic
    assert compared(replaced(curve, values=-curve.values + 4.0), np.array([0.0, 2.0])).logarithmic


def test_points_that_say_nothing_are_left_out_and_counted(diode: Result) -> None:
    curve = measured_curve(
        "J-V", np.array([-1.0, 1.0, 2.0, 3.0, 4.0, 9.0, 5.0]), np.array([1.0, -1.0, 1.0, 1e3, np.nan, 1e4, 0.2])
    )
    found = compared(replaced(curve, detection_limit=0.5), diode.study.run.voltages)
    assert found.left_out == {
        "no number": 1,
        "beyond the voltages that the study solves": 2,
        "not positive, so without a logarithm": 1,
        "below the detection limit": 1,
    }
    assert found.abscissa.tolist() == [2.0, 3.0]
    assert "J-V, the logarithm at 2 of 7 points" in found.said
    drowned = compared(
        measured_curve("J-V", np.array([1.0, 2.0]), np.array([1e-6, 1.0]), floor=1e-3), np.array([0.0, 3.0])
    )
    assert drowned.left_out == {"less than twice their noise": 1}
    dark = measured_curve("J-V", np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 20.0]))
    assert compared(dark, np.array([1.0, 2.0])).left_out == {"not positive, so without a logarithm": 1}
    with pytest.raises(InputError, match="no point of the curve J-V counts"):
        compared(measured_curve("J-V", np.array([9.0]), np.array([1.0])), diode.study.run.voltages)


def test_a_point_without_a_solution_is_impossible_and_not_forgotten(diode: Result) -> None:
    solution = diode.device_solution
    assert solution is not None
    holed = solution.current_density.copy()
    holed[3] = np.nan
    result = replace(diode, device_solution=replaced(solution, current_density=holed))
    found = compared(curve_of(diode), diode.study.run.voltages)
    assert found.log_likelihood(result) == -np.inf


def test_between_bias_points_the_logarithm_is_interpolated(diode: Result) -> None:
    solution = diode.device_solution
    assert solution is not None
    exact = halodot.simulate(hole_only("run.voltage={from: 2.25 V, to: 4.25 V, step: 1 V}")).device_solution
    assert exact is not None
    found = of_voltage(solution.voltage, solution.current_density, exact.voltage)
    np.testing.assert_allclose(found, exact.current_density, rtol=3e-3)
    assert np.isnan(of_voltage(solution.voltage, solution.current_density, np.array([7.0]))).all()


def test_a_curve_is_whitened_to_independent_residuals(diode: Result) -> None:
    found = compared(curve_of(diode, pixel_spread=0.2), diode.study.run.voltages)
    draws = found.root @ np.random.default_rng(3).standard_normal((found.measured.size, 20_000))
    np.testing.assert_allclose(np.cov(found.whitened(draws)), np.eye(found.measured.size), atol=0.05)


def test_a_decay_fits_with_any_amplitude_and_background(diode: Result) -> None:
    time = np.linspace(0.0, 100e-9, 2001)
    dots = Dots.__new__(Dots)
    object.__setattr__(dots, "time", time)
    object.__setattr__(dots, "trpl", np.exp(-time / 8e-9))
    result = replace(diode, dots=dots)
    measured = np.arange(0.0, 60e-9, 0.5e-9)
    counts = 5e3 * np.exp(-measured / 8e-9) + 12.0
    shifted = np.concatenate((np.full(5, 12.0), counts))
    curve = measured_curve("TRPL", np.concatenate((np.arange(5) * 0.5e-9, measured + 2.5e-9)), shifted)
    found = compared(curve, diode.study.run.voltages)
    assert found.left_out == {"before the maximum of the decay": 5}
    np.testing.assert_allclose(found.residuals(result), 0.0, atol=0.02)
    other = replace(diode, dots=dots)
    object.__setattr__(dots, "trpl", np.exp(-time / 9e-9))
    assert np.sum(found.residuals(other) ** 2) > 100.0


def test_what_cannot_be_used_says_why() -> None:
    with pytest.raises(InputError, match="there is no kind of curve 'C-V'"):
        measured_curve("C-V", np.array([1.0]), np.array([1.0]))
    with pytest.raises(InputError, match="no standard deviation above zero, and would decide alone"):
        measured_curve("J-V", np.array([1.0]), np.array([1.0]), noise=0.0)
    with pytest.raises(InputError, match="no point has both voltage and current_density"):
        measured_curve("J-V", np.array([np.nan]), np.array([1.0]))
