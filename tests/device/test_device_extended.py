"""Solved points of stacks drawn at random, judged in fifty digits by equations written down a second time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from described_layers import but, described, rebuilt
from exact_residuals import residuals
from random_stacks import random_stack

from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.grid import default_nodes
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.solver.bias_sweep import Point, sweep
from halodot.states import Stack

#: A series of stacks of its own.
SEED = 7


def solved(stack: Stack, voltages: list[float], nodes: int | None = None) -> tuple[Device, list[Point]]:
    electrical = electrical_stack(stack)
    device = tabulate(electrical, nodes or default_nodes(len(electrical.layers)))
    found = sweep(device, Circuit(0.0, 0.0), voltages, [layer.name for layer in electrical.layers])
    points = [point for point in found.points if point is not None]
    assert len(points) == len(voltages)
    return device, points


def largest(stack: Stack, device: Device, point: Point) -> dict[str, float]:
    """Return the largest residual of each equation over its largest term."""
    found: dict[str, float] = {}
    for name, _, value in residuals(stack, point, device.nodes["position"], device.nodes["layer"]):
        found[name] = max(found.get(name, 0.0), float(value))
    return found


@pytest.mark.parametrize("index", range(12))
def test_a_random_stack_converges_and_carries_its_current_through(index: int) -> None:
    device, points = solved(random_stack(index, SEED), np.linspace(0.0, 8.0, 81).tolist())
    plain = device.edges["trap_density"][:-1] == 0.0
    for point in points:
        current = ELEMENTARY_CHARGE * (point.state[:-1, 3] - point.state[:-1, 4])[plain]
        assert np.ptp(current) < 1e-8 * max(abs(current[0]), 1e-9)


@pytest.mark.parametrize("index", [0, 1, *(pytest.param(index, marks=pytest.mark.explore) for index in range(2, 6))])
def test_all_equations_hold_in_fifty_digits(index: int) -> None:
    stack = random_stack(index, SEED)
    if index % 2:
        layers = [layer if layer.role == "electrode" else but(layer, interface_hop=1e-9) for layer in described(stack)]
        stack = rebuilt(stack, layers)
    device, points = solved(stack, [1.0, 3.0, 8.0], 30)
    for point in points:
        for name, residual in largest(stack, device, point).items():
            assert residual < 1e-8, name


def test_a_point_that_is_slightly_wrong_is_found_out() -> None:
    stack = random_stack(4, SEED)
    device, (point,) = solved(stack, [8.0], 30)
    right = largest(stack, device, point)
    equations = ("Poisson", "electron flux", "hole flux", "electron continuity", "hole continuity")
    for column, equation in enumerate(equations):
        state = point.state.copy()
        inner = state[1:-1:2, column]
        inner += 1e-4 * (np.abs(inner) if column > 2 else 1.0)
        assert largest(stack, device, replace(point, state=state))[equation] > 1e-7, equation
        assert right[equation] < 1e-9, equation
