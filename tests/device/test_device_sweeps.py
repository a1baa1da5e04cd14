"""The path to a bias point leaves no trace, finer grids converge to second order, and the books close."""

from __future__ import annotations

import numpy as np
import pytest
from device_cases import case, changed, parts
from test_device_derivatives import STACKS, everything

from halodot.device import operate
from halodot.device.electrical import junction
from halodot.device.memory import memory
from halodot.device.newton import Circuit
from halodot.device.sweep import climb, sweep
from halodot.device.tabulate import tabulate
from halodot.states import Stack


def stack_of(name: str) -> Stack:
    return everything(**STACKS["boltzmann"]) if name == "everything" else case(name)[0]


@pytest.mark.parametrize(
    ("name", "highest"),
    [("2_pn_homojunction", 1.0), ("5_qled_full", 8.0), ("6_psc_ions_steady", 1.4), ("everything", 8.0)],
)
def test_a_sweep_from_the_highest_voltage_down_meets_the_one_up(name: str, highest: float) -> None:
    between = junction(stack_of(name))
    names = [layer.name for layer in between.layers]
    device, circuit, voltages = tabulate(between, 52), Circuit(0.0, 0.0), np.linspace(0.0, highest, 17).tolist()
    up = sweep(device, circuit, voltages, names)
    top = sweep(device, circuit, [highest], names).points[0]
    assert top is not None
    down = [point for point, _ in climb(device, circuit, memory(device), names, top, voltages[::-1])][::-1]
    for here, there in zip(up.points, down, strict=True):
        assert here is not None
        assert there is not None
        currents = [point.state[0, 3] - point.state[0, 4] for point in (here, there)]
        assert currents[0] == pytest.approx(currents[1], rel=1e-8, abs=6e9)
        np.testing.assert_allclose(here.state[:, 0], there.state[:, 0], atol=1e-6)
        np.testing.assert_allclose(here.extra, there.extra, atol=1e-6)


@pytest.mark.parametrize("name", ["5_qled_full", "6_psc_ions_steady"])
def test_voltages_come_in_any_order_and_more_than_once(name: str) -> None:
    stack = case(name)[0]
    ordered = np.array([-0.5, 0.0, 0.3, 0.7, 1.0, 1.2])
    shuffled = np.array([1.2, -0.5, 0.7, 0.3, 0.7, 1.0, 0.0, -0.5])
    found = {v: operate(stack, None, np.array([v]), 52).current_density[0] for v in ordered.tolist()}
    together = operate(stack, None, shuffled, 52)
    np.testing.assert_array_equal(together.voltage, shuffled)
    expected = [found[v] for v in shuffled.tolist()]
    np.testing.assert_allclose(together.current_density, expected, rtol=1e-8, atol=1e-9)
    assert together.current_density[2] == together.current_density[4]


@pytest.mark.parametrize(
    ("name", "voltage", "coarsest"), [("3_bipolar_langevin", 3.0, 101), ("4_hetero3", 3.0, 51), ("4_hetero3", 6.0, 201)]
)
def test_doubling_the_nodes_leaves_a_quarter_of_the_error(name: str, voltage: float, coarsest: int) -> None:
    stack, _, _ = case(name)
    nodes = [(coarsest - 1) * 2**k + 1 for k in range(4)]
    found = [operate(stack, None, np.array([voltage]), n).current_density[0] for n in nodes]
    limit = found[3] + (found[3] - found[2]) / 3.0
    errors = np.abs(np.array(found[:3]) / limit - 1.0)
    ratios = errors[:-1] / errors[1:]
    assert np.all(np.abs(ratios - 4.0) < 0.5), ratios
    assert abs(ratios[1] - 4.0) < 0.2


@pytest.mark.parametrize("statistics", list(STACKS))
def test_the_budget_of_the_current_closes_with_all_parts_on(statistics: str) -> None:
    lit = everything(**STACKS[statistics])
    voltage = np.array([-1.0, 1.0, 2.5, 4.0, 6.0])
    for stack in (lit, changed(lit, generation=0.0)):
        found = operate(stack, None, voltage, 60)
        assert found.converged.all()
        size = np.abs(found.electron_leakage) + np.abs(found.hole_leakage) + np.abs(found.current_density)
        size += np.abs(found.elsewhere_current) + np.abs(found.auger_current)
        assert np.all(np.abs(parts(found) - found.current_density) <= 1e-9 * size)
    forward = found.voltage > 0.0
    for name in ("capture_current", "emitter_trap_current", "auger_current", "interface_current", "elsewhere_current"):
        part = getattr(found, name)
        assert np.all(part[forward] >= 0.0), name
        assert np.all(part[~forward] <= 1e-18), name
    split = found.hole_fermi - found.electron_fermi
    assert np.all((found.recombination * split >= 0.0) | (np.abs(split) < 1e-9))
    ends = found.radiative_current + found.nonradiative_current + found.quenching_current + found.charged_dot_current
    np.testing.assert_allclose(ends, found.capture_current, rtol=1e-9)
