"""Self-heating: at every voltage the temperature at which the heat made is the heat carried away.

T = T_0 + R_th max(J V, 0), R_th of the way to the surroundings, such as d/k of a glass plate plus 1/h of the air
behind it. All electrical power turns into heat: what leaves as light is not taken off, which overstates the rise by
that share of the power, and external light brings no heat. Densities of states are numbers of places and stay;
occupation, trap release and diffusion follow the temperature, mobilities stay as given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from halodot.device.balances import device_solution
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import ELEMENTARY_CHARGE, HOTTEST, Junction, junction
from halodot.device.solver.bias_sweep import Point, Sweep, first_activity, sweep
from halodot.device.solver.newton import CONVERGED, WHOLE, Circuit, newton
from halodot.device.solver.workspace import Memory, memory
from halodot.device.validity import overdriven
from halodot.states import Array, DeviceSolution, Optics, SolveRecord, Stack, replaced

#: Largest error of a temperature, in K, and temperatures that are tried at one voltage.
TOLERANCE, ATTEMPTS = 1e-3, 40


@dataclass(frozen=True)
class Warm:
    """A device at one temperature."""

    temperature: float  # K
    between: Junction
    device: Device
    circuit: Circuit
    scratch: Memory


@dataclass
class Search:
    """What has been solved on the way to the temperature at one voltage: the last point and what all took."""

    warm: Warm
    point: Point
    iterations: int = 0
    temperatures: int = 0
    residual: float = 0.0
    failure: str = ""
    names: Sequence[str] = field(default_factory=tuple)


def circuit_of(stack: Stack, thermal_voltage: float) -> Circuit:
    """Return series resistance and shunt in units of the thermal voltage and of particle flow."""
    return Circuit(
        stack.series_resistance * ELEMENTARY_CHARGE / thermal_voltage,
        stack.shunt_conductance * thermal_voltage / ELEMENTARY_CHARGE,
    )


def warmed(stack: Stack, temperature: float, nodes: int, held: Device | None) -> Warm:
    """Return the device at a temperature.

    Args:
        stack: layers and contacts.
        temperature: in K.
        nodes: number of nodes of each layer.
        held: a device whose ions do not move, the same in all warmer ones; None where they do.
    """
    between = junction(replaced(stack, temperature=temperature))
    device = tabulate(between, nodes)
    if held is not None:
        records = device.nodes.copy()
        for name in ("held_cations", "held_anions"):
            records[name] = held.nodes[name]
        records["doping"] += records["held_cations"] - records["held_anions"]
        records["cation_region"] = records["anion_region"] = -1
        device = device._replace(nodes=records, ions=device.ions[:0])
    circuit = circuit_of(stack, device.thermal_voltage)
    return Warm(temperature, between, device, circuit, memory(device))


def rescaled(here: Point, before: Device, device: Device) -> Point:
    """Return the point as a first guess at another temperature: potentials and levels stay in V."""
    ratio = before.thermal_voltage / device.thermal_voltage
    state = here.state.copy()
    state[:, 0] = (state[:, 0] + before.nodes["dipole"]) * ratio - device.nodes["dipole"]
    state[:, 1:3] *= ratio
    extra = here.extra.copy()
    extra[0] *= ratio
    if extra.size > 1:
        extra[1:] = first_activity(device, state[:, 0])
    return Point(here.voltage, extra, state)


def solve_at(warm: Warm, search: Search, voltage: float) -> Point | None:
    """Return the point at a voltage and a temperature, from the last one found or, where that fails, from rest."""
    guess = rescaled(search.point, search.warm.device, warm.device)
    terminal = voltage / warm.device.thermal_voltage
    outcome = newton(warm.device, warm.circuit, warm.scratch, guess.state, guess.extra, terminal, 1.0, WHOLE, 0.0)
    search.iterations += outcome.iterations
    search.residual = outcome.residual
    if outcome.status == CONVERGED:
        return Point(voltage, guess.extra, guess.state)
    found = sweep(warm.device, warm.circuit, [voltage], search.names)
    search.iterations += found.records[0].iterations
    search.residual, search.failure = found.records[0].residual, found.records[0].message
    return found.points[0]


def power(warm: Warm, point: Point) -> float:
    """Return J V in W/m2, shunt and series resistance included, 0 where the device gives power away."""
    flow = point.state[0, 3] - point.state[0, 4] + warm.circuit.shunt * point.extra[0]
    return max(ELEMENTARY_CHARGE * float(flow) * point.voltage, 0.0)


def settled(excess: Callable[[float], float], start: float) -> float:
    """Return the lowest temperature from ``start`` on at which the excess of heat vanishes, nan where it runs away.

    Secants from below: the excess falls by nearly a kelvin per kelvin in a cool device, ever less as the current grows
    with the temperature, and where it stops falling there is no steady state.

    Args:
        excess: T_0 + R_th J V - T, which falls through zero at a steady state; nan where the device has no solution.
        start: in K, at or below the steady state.
    """
    before, above = start, excess(start)
    here = before + above
    if here == before or math.isnan(above):
        return here
    for _ in range(ATTEMPTS):
        if not 0.0 < here < HOTTEST:
            return math.nan
        now = excess(here)
        slope = (now - above) / (here - before)
        if not slope < 0.0:
            return here if now == 0.0 else math.nan
        step = -now / slope
        if abs(step) < TOLERANCE and abs(now) < TOLERANCE:
            return here
        before, above, here = here, now, here + step
    return math.nan


def settle(stack: Stack, search: Search, voltage: float, nodes: int, held: Device | None) -> str:
    """Bring a search to the temperature of the device at a voltage; return why it has none, or nothing."""
    ambient = stack.temperature
    search.iterations = search.temperatures = 0
    search.failure = ""

    def excess(temperature: float) -> float:
        same = temperature == search.warm.temperature
        warm = search.warm if same else warmed(stack, temperature, nodes, held)
        point = solve_at(warm, search, voltage)
        search.temperatures += 1
        if point is None:
            return math.nan
        search.warm, search.point, search.failure = warm, point, ""
        return ambient + stack.thermal_resistance * power(warm, point) - temperature

    found = settled(excess, search.warm.temperature)
    if math.isnan(found) and search.warm.temperature != ambient and not search.failure:
        found = settled(excess, ambient)
    if search.failure:
        return f"no solution on the way to its temperature: {search.failure}"
    if math.isnan(found):
        return (
            f"runs away at {voltage:.4g} V: above {search.warm.temperature - 273.15:.0f} degC every kelvin brings more "
            "heat than the thermal resistance lets go, so that there is no steady temperature. Try a smaller "
            "thermal_resistance or a larger series_resistance."
        )
    return ""


def climb(
    stack: Stack, search: Search, targets: Sequence[float], nodes: int, held: Device | None
) -> Iterator[tuple[Sweep, Warm]]:
    """Walk from rest to each target in turn, all in one direction; give up at the first stop.

    Yields:
        For each target a sweep of one point, and the device at its temperature.
    """
    stopped = ""
    for voltage in targets:
        if not stopped:
            stopped = settle(stack, search, voltage, nodes, held)
            stopped = stopped or overdriven(search.warm.device, search.point.state, search.names)
            message = stopped or f"{search.temperatures} temperatures"
            record = SolveRecord(voltage, not stopped, search.iterations, search.residual, message)
        else:
            record = SolveRecord(voltage, False, 0, math.nan, stopped)
        yield Sweep(search.warm.device, [None if stopped else search.point], [record]), search.warm


def heated(stack: Stack, optics: Optics | None, voltages: Sequence[float], nodes: int) -> DeviceSolution:
    """Solve the device at every voltage, from zero outwards in both directions, each at its own temperature.

    Args:
        stack: layers, contacts and a positive thermal resistance.
        optics: as for `halodot.device.operate`.
        voltages: terminal voltages in any order, in V.
        nodes: number of nodes of each layer.

    Returns:
        As `halodot.device.operate`, with the temperature of every point.
    """
    cool = warmed(stack, stack.temperature, nodes, None)
    names = [layer.name for layer in cool.between.layers]
    rest = sweep(cool.device, cool.circuit, [0.0], names, freeze=stack.ions == "frozen")
    held = rest.device if stack.ions == "frozen" else None
    start = rest.points[0]
    if start is None:
        records = [replaced(rest.records[0], voltage=voltage) for voltage in voltages]
        none = Sweep(rest.device, [None] * len(voltages), records)
        return device_solution(stack, optics, cool.between, cool.circuit, none)
    cool = warmed(stack, stack.temperature, nodes, held)
    parts: list[DeviceSolution | None] = [None] * len(voltages)
    for downwards in (False, True):
        order = [k for k, voltage in enumerate(voltages) if (voltage < 0.0) == downwards]
        order.sort(key=lambda k: abs(voltages[k]))
        walk = climb(stack, Search(cool, start, names=names), [voltages[k] for k in order], nodes, held)
        for k, (found, warm) in zip(order, walk, strict=True):
            at = replaced(stack, temperature=warm.temperature)
            part = device_solution(at, optics, warm.between, warm.circuit, found)
            parts[k] = part if part.converged[0] else replaced(part, temperature=np.full(1, np.nan))
    return joined([part for part in parts if part is not None])


def joined(parts: Sequence[DeviceSolution]) -> DeviceSolution:
    """Return one operation with the voltages of several."""
    first, together = parts[0], {}
    for item in fields(DeviceSolution):
        if "voltage" in item.metadata.get("dimensions", ()):
            columns: list[Array] = [getattr(part, item.name) for part in parts]
            together[item.name] = np.concatenate(columns)
    history: tuple[SolveRecord, ...] = sum((part.history for part in parts), ())
    changes: dict[str, Any] = {**together, "history": history}
    return replaced(first, **changes)
