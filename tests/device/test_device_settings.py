"""The knobs of the solver: within their limits, in the documentation, and each of them at work."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_cases import case
from random_stacks import random_stack
from test_device_regressions import simple

from halodot.device import solve_device
from halodot.device.solver.settings import SolverSettings, check_settings, knobs, out_of_limits
from halodot.device.solver.system import SolverParameters
from halodot.errors import ConvergenceError, InputError
from halodot.states import DeviceSolution, Stack, replaced

DOCS = Path(__file__).parents[2] / "docs" / "device.md"
NAMES = [knob.name for knob in knobs()]


def test_no_more_than_fifteen_knobs_each_with_unit_meaning_default_reason_and_limits() -> None:
    assert len(NAMES) <= 15
    for knob in knobs():
        assert knob.metadata["about"]
        assert knob.metadata["reason"]
        assert knob.metadata["low"] <= knob.default <= knob.metadata["high"]
    assert set(SolverParameters._fields) <= set(NAMES)


def test_the_defaults_are_within_their_limits() -> None:
    assert not check_settings(SolverSettings())


@pytest.mark.parametrize("name", NAMES)
def test_a_knob_outside_of_its_limits_is_refused_by_name(name: str) -> None:
    limits = next(knob.metadata for knob in knobs() if knob.name == name)
    for wrong in (0.5 * limits["low"], 2.0 * limits["high"], math.nan, math.inf):
        assert "must be from" in out_of_limits(name, wrong)
        with pytest.raises(InputError, match=name):
            solve_device(case("4_hetero3")[0], None, np.array([1.0]), settings=SolverSettings(**{name: wrong}))


def test_a_shortest_step_above_the_longest_is_refused() -> None:
    settings = SolverSettings(shortest_voltage_step=0.5, first_voltage_step=0.1)
    with pytest.raises(InputError, match="must not fall"):
        solve_device(case("4_hetero3")[0], None, np.array([1.0]), settings=settings)


def test_the_documentation_has_every_knob_with_unit_default_and_reason() -> None:
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    for knob in knobs():
        about, reason, unit = (knob.metadata[word] for word in ("about", "reason", "unit"))
        assert f"| `{knob.name}` | {unit} | {knob.default:g} | {about} | {reason} |" in lines


def solve(stack: Stack, voltage: list[float], **knobs: Any) -> DeviceSolution:
    """Return what a solve of a stack with some knobs turned gives, whether a point converged or not."""
    try:
        return solve_device(stack, None, np.array(voltage), 40, math.inf, SolverSettings(**knobs))
    except ConvergenceError as error:
        if isinstance(error.partial, DeviceSolution):
            return error.partial
        raise


def iterations(found: DeviceSolution) -> int:
    return sum(record.iterations for record in found.history)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("newton_iterations", 5),
        ("update_tolerance", 1e-4),
        ("residual_tolerance", 1e-13),
        ("continuity_tolerance", 1e-15),
        ("largest_update", 1.0),
        ("first_voltage_step", 0.01),
        ("longest_voltage_step", 0.2),
        ("step_growth", 1.0),
        ("step_reduction", 10.0),
    ],
)
def test_a_knob_changes_the_iterations_that_a_curve_takes(name: str, value: float) -> None:
    stack, voltage = case("5_qled_full")[0], [2.0, 4.0, 8.0]
    usual, other = solve(stack, voltage), solve(stack, voltage, **{name: value})
    assert usual.converged.all()
    assert iterations(other) != iterations(usual)
    solved = other.converged
    np.testing.assert_allclose(other.current_density[solved], usual.current_density[solved], rtol=1e-6)


def test_too_few_iterations_in_equilibrium_are_told_with_the_knob() -> None:
    with pytest.raises(ConvergenceError, match=r"run\.solver\.equilibrium_iterations"):
        solve_device(case("4_hetero3")[0], None, np.array([1.0]), settings=SolverSettings(equilibrium_iterations=1))


def test_a_longer_shortest_step_leaves_a_branch_sooner() -> None:
    stack, voltage = simple(random_stack(249)), np.linspace(5.0, 7.0, 21).tolist()
    usual, other = solve(stack, voltage), solve(stack, voltage, shortest_voltage_step=0.05)
    assert usual.converged.all()
    assert iterations(other) != iterations(usual)


def test_few_transient_iterations_leave_the_points_beyond_a_fold_unsolved() -> None:
    stack, voltage = simple(random_stack(249)), np.linspace(5.0, 7.0, 21).tolist()
    usual, other = solve(stack, voltage), solve(stack, voltage, transient_iterations=1)
    assert usual.converged.all()
    assert not other.converged.all()


@pytest.mark.parametrize("failures", [1, 2])
def test_the_rest_is_given_up_after_as_many_failures_as_asked(failures: int) -> None:
    found = solve(case("5_qled_full")[0], [1.0, 2.0, 3.0, 4.0], newton_iterations=1, failed_voltages=failures)
    assert not found.converged.any()
    tried = [record.iterations > 0 for record in found.history]
    assert tried == [True] * failures + [False] * (4 - failures)


def test_a_wider_temperature_tolerance_takes_fewer_iterations_of_a_device_that_warms_itself() -> None:
    stack = replaced(case("4_hetero3")[0], thermal_resistance=3e-3, series_resistance=1e-4)
    usual, other = (solve(stack, [2.6, 3.4], **knob) for knob in ({}, {"temperature_tolerance": 5.0}))
    assert iterations(other) < iterations(usual)
    np.testing.assert_allclose(other.temperature, usual.temperature, atol=5.0)


def test_advice_names_knobs_that_exist() -> None:
    found = solve(case("5_qled_full")[0], [1.0], newton_iterations=1)
    words = found.history[0].message.replace(",", " ").split()
    named = [word.removeprefix("run.solver.") for word in words if word.startswith("run.solver.")]
    assert named
    assert set(named) <= set(NAMES)
