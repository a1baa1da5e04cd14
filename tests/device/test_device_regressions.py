"""Stacks that once lost points or time: fronts, folds, places that nothing reaches, ions, and kinks at a contact."""

from __future__ import annotations

import math

import numpy as np
import pytest
from described_layers import Described, but, described, rebuilt
from device_cases import fail_between
from random_stacks import lavish_stack, random_stack

from halodot.device import solve_device
from halodot.states import DeviceSolution, Stack

VOLTAGES = np.linspace(0.0, 8.0, 81)


def simple(stack: Stack) -> Stack:
    """Return the stack without ions, interface centres, charged traps, fields and limited contacts."""
    changes = {
        "electron_field_activation": 0.0,
        "hole_field_activation": 0.0,
        "trap_charge": "neutral",
        "cation_density": 0.0,
        "anion_density": 0.0,
        "ion_permeable": False,
        "interface_trap_density": 0.0,
        "contact_electron_velocity": math.inf,
        "contact_hole_velocity": math.inf,
        "barrier_lowering": False,
    }
    layers: tuple[Described, ...] = tuple(but(layer, **changes) for layer in described(stack))
    return rebuilt(stack, layers)


def is_transient(found: DeviceSolution) -> list[int]:
    return [k for k, record in enumerate(found.history) if "pseudo-transient" in record.message]


# A front between electrons and holes moves from node to node: Newton's step of a level is far too long there.
@pytest.mark.parametrize("index", [167, 639, 865, 938, 1057, 1087, 1102, 1276, 1441, 1757, 1910, 1937])
def test_nodewise_damping_follows_a_recombination_front(index: int) -> None:
    found = solve_device(simple(random_stack(index)), None, VOLTAGES, None, math.inf)
    assert found.converged.all()
    assert not is_transient(found)
    assert np.all(np.diff(found.current_density) >= -1e-15)


# The level of a place that exchanges 1e-30 A/m2 with the contacts is set by the transport floor, or by rounding.
def test_the_least_conductance_sets_the_quasi_fermi_level_of_an_isolated_layer() -> None:
    found = solve_device(simple(random_stack(2017)), None, VOLTAGES, None, math.inf)
    assert found.converged.all()
    assert np.max(np.abs(found.current_density)) < 1e-11


# The steady states end in a fold, on finer grids too, as in a thyristor; beyond it there is another branch.
@pytest.mark.parametrize(("index", "volts"), [(249, 6.0), (540, 6.2)])
def test_beyond_a_fold_pseudo_transient_continuation_finds_the_other_branch(index: int, volts: float) -> None:
    stack = simple(random_stack(index))
    found = solve_device(stack, None, VOLTAGES, None, math.inf)
    assert found.converged.all()
    (fold,) = is_transient(found)
    assert found.voltage[fold] == pytest.approx(volts)
    current = found.current_density
    assert current[fold] > 3.0 * current[fold - 1] > 3.0 * current[fold - 2]
    alone = solve_device(stack, None, VOLTAGES[-1:], None, math.inf)
    assert alone.current_density[0] == pytest.approx(current[-1], rel=1e-8)


# Ions, charged and interface traps at rest; roots of the field at contacts and in mobilities; rounding at interfaces.
@pytest.mark.parametrize(
    "index", [30, 52, 66, 76, 115, 124, 142, 170, 188, 197, 219, 260, 305, 348, 360, 410, 452, 456, 465, 475]
)
def test_random_stacks_with_all_physics_converge_at_every_voltage(index: int) -> None:
    found = solve_device(random_stack(index), None, VOLTAGES, None, math.inf)
    assert found.converged.all()
    assert sum(record.iterations for record in found.history) < 4000
    assert found.current_density[0] == 0.0
    assert np.all(np.diff(found.current_density) >= -1e-9)


# A level that light alone holds, known to 1e-5 kT only; and more.
@pytest.mark.parametrize("index", [0, 1, 2, 3, 255])
def test_random_stacks_with_statistics_dipoles_tunnelling_hopping_and_generation_converge(index: int) -> None:
    found = solve_device(lavish_stack(index), None, VOLTAGES, None, math.inf)
    assert found.converged.all()
    assert np.all(np.isfinite(found.current_density))
    assert np.all(np.diff(found.current_density) >= -1e-6)


def test_a_field_beyond_the_hopping_law_is_refused_from_that_voltage_on() -> None:
    """Light charges this stack until hops of 3.5 nm meet 17 MV/cm; every point used to be called solved."""
    found = solve_device(lavish_stack(220), None, VOLTAGES, None, math.inf)
    assert found.converged[:10].all()
    assert not found.converged[10:].any()
    assert np.isnan(found.current_density[10:]).all()
    assert all("there is no such law" in record.message for record in found.history[10:])


def test_initial_potential_of_the_metal_at_a_limited_contact_is_that_of_the_metal() -> None:
    stack = random_stack(340)
    assert math.isfinite(described(stack)[0].contact_hole_velocity)
    found = solve_device(stack, None, np.array([0.0, 1.0]))
    np.testing.assert_array_equal(found.potential[:, 0], found.potential[:, 1])


def test_one_failed_voltage_does_not_end_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    stack, voltages = simple(random_stack(2)), np.arange(9.0)
    expected = solve_device(stack, None, voltages, None, math.inf)
    fail_between(monkeypatch, 2.999999, 3.000001)
    found = solve_device(stack, None, voltages, None, math.inf)
    np.testing.assert_array_equal(found.converged, voltages != 3.0)
    assert math.isnan(found.current_density[3])
    assert "stopped after 3 V" in found.history[3].message
    others = np.delete(np.arange(9), 3)
    np.testing.assert_allclose(found.current_density[others], expected.current_density[others], rtol=1e-8, atol=1e-15)


def test_three_failed_voltages_in_a_row_end_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_between(monkeypatch, 2.5, 9.0)
    found = solve_device(simple(random_stack(2)), None, np.arange(9.0), None, math.inf)
    np.testing.assert_array_equal(found.converged, np.arange(9) < 3)
    assert [record.iterations > 0 for record in found.history[3:]] == [True] * 3 + [False] * 3
    assert all("stopped after 2.5 V" in record.message for record in found.history[3:])
