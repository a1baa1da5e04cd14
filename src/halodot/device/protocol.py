"""The steady J-V protocol: stack to junction, grid, sweep and budget."""

from __future__ import annotations

import numpy as np

from halodot.device.budget import operation
from halodot.device.electrical import junction
from halodot.device.grid import default_nodes
from halodot.device.heating import circuit_of, heated
from halodot.device.sweep import sweep
from halodot.device.tabulate import tabulate
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.states import Array, Operation, Optics, Stack

LEAST_NODES_PER_LAYER = 8


def steady(stack: Stack, optics: Optics | None, voltages: Array, nodes_per_layer: int | None) -> Operation:
    """See `halodot.device.operate`."""
    asked = np.asarray(voltages, dtype=np.float64)
    if asked.ndim != 1 or asked.size == 0 or not np.all(np.isfinite(asked)):
        raise InputError(Problem("must be a list of finite numbers, at least one", "run.voltage"))
    between = junction(stack)
    nodes = default_nodes(len(between.layers)) if nodes_per_layer is None else nodes_per_layer
    if nodes < LEAST_NODES_PER_LAYER:
        raise InputError(Problem(f"must be at least {LEAST_NODES_PER_LAYER}", "nodes_per_layer"))
    if stack.thermal_resistance > 0.0:
        result = heated(stack, optics, asked.tolist(), nodes)
    else:
        grid = tabulate(between, nodes)
        circuit = circuit_of(stack, grid.thermal_voltage)
        names = [layer.name for layer in between.layers]
        solved = sweep(grid, circuit, asked.tolist(), names, freeze=stack.ions == "frozen")
        result = operation(stack, optics, between, circuit, solved)
    if not np.any(result.converged):
        raise ConvergenceError(result.history[0].message, result, result.history)
    return result
