"""The steady current-voltage curve: from the stack to its electrical part, the grid, the sweep and the balances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.accuracy import GridRequest, refined_solution
from halodot.device.balances import device_solution
from halodot.device.discretisation.grid import LEAST_NODES_PER_LAYER, default_nodes
from halodot.device.discretisation.tabulate import circuit_of, tabulate
from halodot.device.electrical_stack import ElectricalStack, electrical_stack
from halodot.device.emitter_notes import emitter_notes
from halodot.device.laws.excitons import decay_of
from halodot.device.mobility_notes import width_problems
from halodot.device.self_heating import solve_self_heated
from halodot.device.solver.bias_sweep import sweep
from halodot.device.solver.settings import SolverSettings, check_settings
from halodot.device.validity import field_problems, validity_notes
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.states import Array, DeviceSolution, Optics, Stack, replaced


def steady_curve(
    stack: Stack,
    optics: Optics | None,
    voltages: Array,
    nodes_per_layer: int | None,
    tolerance: float,
    settings: SolverSettings,
) -> DeviceSolution:
    """Solve the steady states of a stack at every voltage, see `halodot.device.solve_device`.

    Args:
        stack: layers, contacts and emitter.
        optics: positions and Purcell factor for the emission zone, or None.
        voltages: terminal voltages in any order [V], (voltage,).
        nodes_per_layer: grid nodes in each electrical layer, None for as many as the tolerance asks.
        tolerance: relative error that the grid may leave; inf for no estimate.
        settings: how the equations are solved.

    Raises:
        InputError: a number of the stack, the run or the settings is refused.
        ConvergenceError: no point converged.
    """
    asked = np.asarray(voltages, dtype=np.float64)
    if asked.ndim != 1 or asked.size == 0 or not np.all(np.isfinite(asked)):
        raise InputError(Problem("must be a list of finite numbers, at least one", "run.voltage"))
    electrical = checked_stack(stack, asked.tolist())
    nodes = default_nodes(electrical.films[-1] + 1) if nodes_per_layer is None else nodes_per_layer
    if nodes < LEAST_NODES_PER_LAYER:
        raise InputError(Problem(f"must be at least {LEAST_NODES_PER_LAYER}", "nodes_per_layer"))
    if not tolerance > 0.0:
        raise InputError(Problem("must be larger than zero", "run.tolerance"))
    if problems := check_settings(settings):
        raise InputError(problems)
    names = [layer.name for layer in electrical.layers]

    def solve(nodes: int) -> DeviceSolution:
        if stack.thermal_resistance > 0.0:
            return solve_self_heated(stack, optics, asked.tolist(), nodes, settings)
        grid = tabulate(electrical, nodes)
        circuit = circuit_of(stack, grid.thermal_voltage)
        solved = sweep(grid, circuit, asked.tolist(), names, settings, stack.ions == "frozen")
        return device_solution(stack, optics, electrical, circuit, solved)

    wanted = GridRequest(nodes, tolerance, nodes_per_layer is not None)
    result = refined_solution(solve, wanted, dict(zip(electrical.indices, electrical.layers, strict=True)))
    if not np.any(result.converged):
        raise ConvergenceError(result.history[0].message, result, result.history)
    notes = (*result.notes, *emitter_notes(stack, result), *validity_notes(stack, electrical, result))
    return replaced(result, notes=notes)


def checked_stack(stack: Stack, voltages: Sequence[float] = ()) -> ElectricalStack:
    """Return the electrical part of a stack after refusing all that the solver would refuse, before it starts.

    Args:
        stack: layers and contacts.
        voltages: that would be solved [V], (voltage,).

    Raises:
        InputError: with every problem of the layers, the contacts and the emitter.
    """
    problems: list[Problem] = []
    try:
        electrical = electrical_stack(stack)
    except InputError as error:
        raise InputError([*error.problems, *_emitter_problems(stack, None)]) from error
    problems += _emitter_problems(stack, electrical) + field_problems(electrical, voltages) + width_problems(electrical)
    if problems:
        raise InputError(problems)
    return electrical


def _emitter_problems(stack: Stack, electrical: ElectricalStack | None) -> list[Problem]:
    emitting = [i for i, layer in enumerate(stack.layers) if layer.role == "emitter"]
    if not emitting or stack.emitter is None:
        return []
    if len(emitting) > 1:
        return [Problem("more than one layer has the role emitter", f"device.layers[{emitting[1]}]")]
    if electrical is not None and emitting[0] not in electrical.indices:
        return [Problem("the emitting layer has no levels and mobilities", f"device.layers[{emitting[0]}]")]
    thermal_voltage = BOLTZMANN * stack.temperature / ELEMENTARY_CHARGE
    try:
        decay_of(stack.emitter, stack.layers[emitting[0]], thermal_voltage)
    except InputError as error:
        return list(error.problems)
    return []
