"""The steady states of stacks that differ little from one that is solved, from its solution at every voltage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from halodot.device.balances import device_solution
from halodot.device.current_voltage import checked_stack, steady_curve
from halodot.device.discretisation.ions import frozen_ions
from halodot.device.discretisation.physical_limits import unphysical_field
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.tabulate import circuit_of, tabulate
from halodot.device.discretisation.unknowns import HOLE_LEVEL
from halodot.device.solver.bias_sweep import Point, Sweep, solve_equilibrium, sweep
from halodot.device.solver.newton import CONVERGED, GLOBAL, newton
from halodot.device.solver.settings import SolverSettings
from halodot.device.solver.setup import system_of
from halodot.device.solver.system import OperatingCondition, System, copy_of
from halodot.states import Array, DeviceSolution, IntArray, Optics, SolveRecord, Stack


@dataclass(frozen=True, eq=False)
class SolvedStack:
    """A stack that is solved, and what its neighbours are solved from."""

    voltages: Array  # V, (voltage,)
    nodes: int  # of each layer
    settings: SolverSettings
    points: tuple[Point | None, ...]  # of the voltages; none where each curve has to be followed anew
    shape: tuple[int, ...]  # of the unknowns

    def at(self, places: IntArray) -> SolvedStack:
        """Return the same at some of the voltages.

        Args:
            places: of the voltages, (voltage,).
        """
        points = tuple(self.points[k] for k in places) if self.points else ()
        return replace(self, voltages=self.voltages[places], points=points)


def solved_stack(stack: Stack, voltages: Array, nodes: int, settings: SolverSettings) -> SolvedStack:
    """Return a stack with its solution at every voltage.

    Args:
        stack: layers and contacts.
        voltages: in any order [V], (voltage,).
        nodes: grid nodes in each electrical layer.
        settings: how it is solved.

    Raises:
        InputError: the stack is refused.
    """
    listed = [float(voltage) for voltage in voltages]
    electrical = checked_stack(stack, listed)
    device = tabulate(electrical, nodes)
    if stack.thermal_resistance > 0.0:
        return SolvedStack(voltages, nodes, settings, (), ())
    names = [layer.name for layer in electrical.layers]
    found = sweep(device, circuit_of(stack, device.thermal_voltage), listed, names, settings, stack.ions == "frozen")
    return SolvedStack(voltages, nodes, settings, tuple(found.points), (device.nodes.size, device.ions.shape[0]))


def solve_neighbour(stack: Stack, optics: Optics | None, near: SolvedStack) -> DeviceSolution:
    """Solve a stack that differs little from a solved one; where that fails, from equilibrium as any other.

    Args:
        stack: layers, contacts and emitter.
        optics: positions and Purcell factor for the emission zone, or None.
        near: the solved one.

    Returns:
        As :func:`halodot.device.solve_device`, on the grid of the solved one and without notes.

    Raises:
        InputError: a number of the stack is refused.
        ConvergenceError: no point converged.
    """
    electrical = checked_stack(stack, [float(voltage) for voltage in near.voltages])
    device = tabulate(electrical, near.nodes)
    names = [layer.name for layer in electrical.layers]
    solved = None
    if near.points and near.shape == (device.nodes.size, device.ions.shape[0]):
        solved = _beside(stack, device, names, near)
    if solved is None:
        return steady_curve(stack, optics, near.voltages, near.nodes, math.inf, near.settings)
    return device_solution(stack, optics, electrical, circuit_of(stack, device.thermal_voltage), solved)


def _beside(stack: Stack, device: Device, names: Sequence[str], near: SolvedStack) -> Sweep | None:
    """Return the points beside those of the solved stack, None where one of them is not found or unphysical."""
    circuit = circuit_of(stack, device.thermal_voltage)
    system = system_of(device, circuit, near.settings)
    if stack.ions == "frozen" and device.ions.shape[0] > 0:
        start, _ = solve_equilibrium(system, names)
        if start is None:
            return None
        device = frozen_ions(device, start.state, start.global_unknowns)
        system = system_of(device, circuit, near.settings)
    points: list[Point | None] = []
    records = []
    moved: tuple[Array, Array] | None = None
    for voltage, start in zip(near.voltages.tolist(), near.points):
        found = None if start is None else _from(system, start, moved, voltage)
        if start is None or found is None or unphysical_field(device, found[0].state, names):
            return None
        points.append(found[0])
        records.append(found[1])
        moved = found[0].state - start.state, found[0].global_unknowns - start.global_unknowns
    return Sweep(device, points, records)


def _from(
    system: System, start: Point, moved: tuple[Array, Array] | None, voltage: float
) -> tuple[Point, SolveRecord] | None:
    """Return the steady state at a voltage, None where there is none near it.

    It is looked for where it would be if it had moved from the neighbour's as far as at the voltage before. The two
    flows, which grow with the voltage, are the neighbour's.
    """
    unknowns = copy_of(start.unknowns)
    if moved is not None:
        unknowns.state[:, : HOLE_LEVEL + 1] += moved[0][:, : HOLE_LEVEL + 1]
        unknowns.global_unknowns[:] += moved[1]
    condition = OperatingCondition(voltage / system.device.thermal_voltage, 1.0, 0.0)
    outcome = newton(system, unknowns, condition, GLOBAL)
    if outcome.status != CONVERGED:
        return None
    record = SolveRecord(voltage, True, outcome.iterations, float(outcome.residual))
    return Point(voltage, unknowns.global_unknowns, unknowns.state), record
