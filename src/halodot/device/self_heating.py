"""Self-heating: at every voltage the temperature at which the heat made is the heat carried away.

T = T_0 + R_th max(J V, 0), R_th of the way to the surroundings, such as d/k of a glass plate plus 1/h of the air
behind it. All electrical power turns into heat: what leaves as light is not taken off, which overstates the rise by
that share of the power, and external light brings no heat. Densities of states are numbers of places and stay;
occupation, trap release and diffusion follow the temperature, mobilities where their layer states how, and the
emitter's non-radiative rate where it states an activation energy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.balances import device_solution
from halodot.device.discretisation.ions import activities, with_ions_of
from halodot.device.discretisation.physical_limits import unphysical_field
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.tabulate import circuit_of, tabulate
from halodot.device.discretisation.unknowns import ELECTRON_LEVEL, HOLE_LEVEL, INTERNAL_VOLTAGE, PHI, terminal_flow
from halodot.device.electrical_stack import HOTTEST, ElectricalStack, electrical_stack
from halodot.device.solver.bias_sweep import Point, Sweep, follow_voltages, outwards, sweep
from halodot.device.solver.newton import CONVERGED, GLOBAL, newton
from halodot.device.solver.settings import SolverSettings
from halodot.device.solver.setup import system_of
from halodot.device.solver.system import OperatingCondition, System, Unknowns
from halodot.states import Array, DeviceSolution, Optics, SolveRecord, Stack, replaced

#: Temperatures that are tried at one voltage: secants need about five, and forty only where the device runs away.
ATTEMPTS = 40


@dataclass(frozen=True)
class AtTemperature:
    """A device at one temperature."""

    temperature: float  # K
    electrical: ElectricalStack
    system: System


#: The device at its temperature with its point at a voltage, None where it has none, and how that went.
_Step = tuple[tuple[AtTemperature, Point] | None, SolveRecord]


@dataclass(frozen=True)
class _Model:
    """What is the same at every temperature."""

    stack: Stack
    nodes: int  # of each layer
    settings: SolverSettings
    frozen: Device | None  # a device whose ions do not move, the same in all warmer ones; None where they do

    def at(self, temperature: float) -> AtTemperature:
        """Return the device at a temperature in K."""
        warm = replaced(self.stack, temperature=temperature)
        electrical = electrical_stack(warm)
        device = tabulate(electrical, self.nodes)
        if self.frozen is not None:
            device = with_ions_of(device, self.frozen)
        circuit = circuit_of(warm, device.thermal_voltage)
        return AtTemperature(temperature, electrical, system_of(device, circuit, self.settings))


@dataclass
class _Search:
    """What has been solved on the way to the temperature at one voltage: the last point and what all took."""

    model: _Model
    names: Sequence[str]  # of the layers
    at: AtTemperature
    point: Point
    iterations: int = 0
    temperatures: int = 0
    residual: float = 0.0
    failure: str = ""

    def heat_excess(self, temperature: float, voltage: float) -> float:
        """Return T_0 + R_th J V - T in K, and keep the point; nan where the device has no solution."""
        same = temperature == self.at.temperature
        at = self.at if same else self.model.at(temperature)
        point = _solve_at(at, self, voltage)
        self.temperatures += 1
        if point is None:
            return math.nan
        self.at, self.point, self.failure = at, point, ""
        stack = self.model.stack
        return stack.temperature + stack.thermal_resistance * _power(at, point) - temperature


def _rescaled(here: Point, before: Device, device: Device) -> Point:
    """Return the point as a first guess at another temperature: potentials and levels stay in V."""
    ratio = before.thermal_voltage / device.thermal_voltage
    state = here.state.copy()
    state[:, PHI] = (state[:, PHI] + before.nodes["dipole"]) * ratio - device.nodes["dipole"]
    state[:, ELECTRON_LEVEL : HOLE_LEVEL + 1] *= ratio
    unknowns = here.global_unknowns.copy()
    unknowns[INTERNAL_VOLTAGE] *= ratio
    if unknowns.size > 1:
        unknowns[1:] = activities(device, state[:, PHI])
    return Point(here.voltage, unknowns, state)


def _solve_at(at: AtTemperature, search: _Search, voltage: float) -> Point | None:
    """Return the point at a voltage and a temperature, from the last one or, where that fails, from equilibrium."""
    device = at.system.device
    guess = _rescaled(search.point, search.at.system.device, device)
    unknowns = Unknowns(guess.state, guess.global_unknowns)
    outcome = newton(at.system, unknowns, OperatingCondition(voltage / device.thermal_voltage, 1.0, 0.0), GLOBAL)
    search.iterations += outcome.iterations
    search.residual = outcome.residual
    if outcome.status == CONVERGED:
        return Point(voltage, unknowns.global_unknowns, unknowns.state)
    found = sweep(device, at.system.circuit, [voltage], search.names, search.model.settings)
    search.iterations += found.records[0].iterations
    search.residual, search.failure = found.records[0].residual, found.records[0].message
    return found.points[0]


def _power(at: AtTemperature, point: Point) -> float:
    """Return J V in W/m2, shunt and series resistance included, 0 where the device gives power away."""
    flow = terminal_flow(point.state) + at.system.circuit.shunt * point.global_unknowns[INTERNAL_VOLTAGE]
    return max(ELEMENTARY_CHARGE * float(flow) * point.voltage, 0.0)


def steady_temperature(heat_excess: Callable[[float], float], start: float, tolerance: float) -> float:
    """Return the lowest temperature from ``start`` on at which the excess of heat vanishes, nan where it runs away.

    Secants from below: the excess falls by nearly a kelvin per kelvin in a cool device, ever less as the current grows
    with the temperature, and where it stops falling there is no steady state.

    Args:
        heat_excess: T_0 + R_th J V - T [K] by T [K], which falls through zero at a steady state; nan where the
            device has no solution.
        start: at or below the steady state [K].
        tolerance: largest error [K].

    Returns:
        The temperature [K].
    """
    before, above = start, heat_excess(start)
    here = before + above
    if here == before or math.isnan(above):
        return here
    for _ in range(ATTEMPTS):
        if not 0.0 < here < HOTTEST:
            return math.nan
        now = heat_excess(here)
        slope = (now - above) / (here - before)
        if not slope < 0.0:
            return here if now == 0.0 else math.nan
        step = -now / slope
        if abs(step) < tolerance and abs(now) < tolerance:
            return here
        before, above, here = here, now, here + step
    return math.nan


def _find_temperature(search: _Search, voltage: float) -> str:
    """Bring a search to the temperature of the device at a voltage; return why it has none, or nothing."""
    ambient, tolerance = search.model.stack.temperature, search.model.settings.temperature_tolerance
    search.iterations = search.temperatures = 0
    search.failure = ""

    def heat_excess(temperature: float) -> float:
        return search.heat_excess(temperature, voltage)

    found = steady_temperature(heat_excess, search.at.temperature, tolerance)
    if math.isnan(found) and search.at.temperature != ambient and not search.failure:
        found = steady_temperature(heat_excess, ambient, tolerance)
    if search.failure:
        return f"no solution on the way to its temperature: {search.failure}"
    if math.isnan(found):
        return (
            f"runs away at {voltage:.4g} V: above {search.at.temperature - 273.15:.0f} degC every kelvin brings more "
            "heat than the thermal resistance lets go, so that there is no steady temperature. Try a smaller "
            "thermal_resistance or a larger series_resistance."
        )
    return unphysical_field(search.at.system.device, search.point.state, search.names)


def _sweep_from(search: _Search, targets: Sequence[float]) -> list[_Step]:
    """Return the device and its point at voltages that lie in one direction, None where it has none."""

    def advance(left: Sequence[float]) -> tuple[list[_Step], SolveRecord | None]:
        voltage, last = left[0], (search.at, search.point)
        failure = _find_temperature(search, voltage)
        if failure:
            search.at, search.point = last
            return [], SolveRecord(voltage, False, search.iterations, search.residual, failure)
        record = SolveRecord(voltage, True, search.iterations, search.residual, f"{search.temperatures} temperatures")
        return [((search.at, search.point), record)], None

    return follow_voltages(targets, advance, search.model.settings.failed_voltages)


def solve_self_heated(
    stack: Stack, optics: Optics | None, voltages: Sequence[float], nodes: int, settings: SolverSettings
) -> DeviceSolution:
    """Solve the device at every voltage, from zero outwards in both directions, each at its own temperature.

    Args:
        stack: layers, contacts and a positive thermal resistance.
        optics: as for `halodot.device.solve_device`.
        voltages: terminal voltages in any order [V], (voltage,).
        nodes: number of nodes of each layer.
        settings: how the equations are solved.

    Returns:
        As `halodot.device.solve_device`, with the temperature of every point.
    """
    cool = _Model(stack, nodes, settings, None).at(stack.temperature)
    names = [layer.name for layer in cool.electrical.layers]
    system, frozen = cool.system, stack.ions == "frozen"
    equilibrium = sweep(system.device, system.circuit, [0.0], names, settings, frozen)
    start = equilibrium.points[0]
    if start is None:
        records = [replaced(equilibrium.records[0], voltage=voltage) for voltage in voltages]
        none = Sweep(equilibrium.device, [None] * len(voltages), records)
        return device_solution(stack, optics, cool.electrical, system.circuit, none)
    model = _Model(stack, nodes, settings, equilibrium.device if frozen else None)
    cool = model.at(stack.temperature)
    parts: list[DeviceSolution | None] = [None] * len(voltages)
    for order in outwards(voltages):
        search = _Search(model, names, cool, start)
        for k, (found, record) in zip(order, _sweep_from(search, [voltages[k] for k in order]), strict=True):
            parts[k] = _solution_at(model, optics, found or (cool, None), record)
    return _joined([part for part in parts if part is not None])


def _solution_at(
    model: _Model, optics: Optics | None, found: tuple[AtTemperature, Point | None], record: SolveRecord
) -> DeviceSolution:
    """Return the solution at one voltage, its temperature nan where there is none."""
    at, point = found
    stack, one = replaced(model.stack, temperature=at.temperature), Sweep(at.system.device, [point], [record])
    part = device_solution(stack, optics, at.electrical, at.system.circuit, one)
    return part if point is not None else replaced(part, temperature=np.full(1, np.nan))


def _joined(parts: Sequence[DeviceSolution]) -> DeviceSolution:
    """Return one solution with the voltages of several."""
    first, together = parts[0], {}
    for item in fields(DeviceSolution):
        if "voltage" in item.metadata.get("dimensions", ()):
            columns: list[Array] = [getattr(part, item.name) for part in parts]
            together[item.name] = np.concatenate(columns)
    history: tuple[SolveRecord, ...] = sum((part.history for part in parts), ())
    changes: dict[str, Any] = {**together, "history": history}
    return replaced(first, **changes)
