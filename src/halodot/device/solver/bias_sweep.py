"""From equilibrium to every requested voltage: the generation first, then the bias, in steps that adapt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.initial_guess import initial_state
from halodot.device.discretisation.ions import activities, frozen_ions
from halodot.device.discretisation.physical_limits import generation_without_recombination, unphysical_field
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import EQUATIONS, PHI, terminal_flow
from halodot.device.solver.continuation import (
    DIFFERENT,
    FALLING,
    ITERATIONS,
    NARROW,
    STEPS,
    TRANSIENT,
    ContinuationEnd,
    ContinuationPath,
    SweepBuffer,
    continue_to,
)
from halodot.device.solver.newton import CONVERGED, EQUILIBRIUM, SINGULAR, newton
from halodot.device.solver.settings import SolverSettings
from halodot.device.solver.setup import system_of
from halodot.device.solver.system import OperatingCondition, Outcome, System, Unknowns
from halodot.states import Array, Note, SolveRecord, replaced

#: Decades over which external generation is switched on: below 1e-20 of it nothing is left of the light.
DECADES = 20.0
#: Longest and shortest step of the generation, in decades: carriers follow it, or its root, without a bend.
LONGEST_DECADE, SHORTEST_DECADE = 1.0, 1e-3
#: How far beyond (V) the end of a branch is looked for where the current falls: folds lie within half a volt.
AHEAD = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)

T = TypeVar("T")


@dataclass(frozen=True)
class Point:
    """A converged bias point."""

    voltage: float  # V, at the terminals
    global_unknowns: Array  # internal voltage over Vt, then the activity of the ions of every region
    state: Array  # phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5)

    @property
    def unknowns(self) -> Unknowns:
        """All unknowns, as the compiled solver takes them."""
        return Unknowns(np.ascontiguousarray(self.state), np.ascontiguousarray(self.global_unknowns))


@dataclass(frozen=True)
class Sweep:
    """What came of a sweep: for each voltage, in the order given, the point or None, and how it went."""

    device: Device  # as solved, with its ions frozen where they do not move
    points: list[Point | None]
    records: list[SolveRecord]
    notes: tuple[Note, ...] = ()  # on voltages with two steady states


def sweep(
    device: Device,
    circuit: Circuit,
    voltages: Sequence[float],
    names: Sequence[str],
    settings: SolverSettings | None = None,
    freeze: bool = False,
) -> Sweep:
    """Solve the device at every voltage, from zero outwards in both directions.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        voltages: terminal voltages in any order [V], (voltage,).
        names: names of the layers, for messages.
        settings: how it is solved; the defaults where None.
        freeze: hold mobile ions where they are in equilibrium in the dark.

    Returns:
        The points that converged, and how every voltage went.

    Raises:
        InputError: a knob of the settings is outside of its limits.
    """
    settings = settings or SolverSettings()
    system = system_of(device, circuit, settings)
    start, failure = solve_equilibrium(system, names)
    if start is not None and freeze:
        device = frozen_ions(device, start.state, start.global_unknowns)
        start = Point(start.voltage, start.global_unknowns[:1], start.state)
        system = system_of(device, circuit, settings)
    if start is not None and np.any(device.nodes["generation"] > 0.0):
        start, failure = illuminated(system, names, start)
    points: list[Point | None] = [None] * len(voltages)
    records = [SolveRecord(voltage, False, 0, math.nan, failure) for voltage in voltages]
    if start is None:
        return Sweep(device, points, records)
    notes: list[Note] = []
    for order in outwards(voltages):
        found = sweep_from(system, names, settings, start, [voltages[k] for k in order], notes)
        for k, (point, record) in zip(order, found, strict=True):
            points[k], records[k] = point, record
    return Sweep(device, points, records, tuple(notes))


def outwards(voltages: Sequence[float]) -> tuple[list[int], list[int]]:
    """Return the places of the voltages from zero up, and of those from zero down, each from the smallest on.

    Args:
        voltages: in any order [V], (voltage,).
    """
    by_size = sorted(range(len(voltages)), key=lambda k: abs(voltages[k]))
    return [k for k in by_size if not voltages[k] < 0.0], [k for k in by_size if voltages[k] < 0.0]


def solve_equilibrium(system: System, names: Sequence[str]) -> tuple[Point | None, str]:
    """Return the point at zero voltage in the dark, where no level moves and nothing recombines on balance.

    Args:
        system: device and circuit, parameters and workspace.
        names: of the layers, for messages.

    Returns:
        The point, or None and why there is none.
    """
    state = initial_state(system.device)
    unknowns = Unknowns(state, np.append(0.0, activities(system.device, state[:, PHI])))
    outcome = newton(system, unknowns, OperatingCondition(0.0, 0.0, 0.0), EQUILIBRIUM)
    if outcome.status != CONVERGED:
        place = _place(system.device, outcome, names, "equilibrium_iterations")
        return None, f"no solution at 0 V in the dark, at equilibrium: {place}"
    return Point(0.0, unknowns.global_unknowns, unknowns.state), ""


def illuminated(system: System, names: Sequence[str], equilibrium: Point) -> tuple[Point | None, str]:
    """Return the point at zero voltage with all of the generation, switched on in decades that adapt.

    Args:
        system: device and circuit, parameters and workspace.
        names: of the layers, for messages.
        equilibrium: the point in the dark.

    Returns:
        The point, or None and why there is none.
    """
    path = ContinuationPath(True, -DECADES, LONGEST_DECADE, LONGEST_DECADE, SHORTEST_DECADE)
    end, buffer = _continued(system, path, equilibrium, [0.0])
    if end.reached == 0:
        device = system.device
        cause = generation_without_recombination(device, names) or _place(device, end.outcome, names)
        return None, f"no solution at 0 V in the light: {cause}"
    return Point(0.0, buffer.global_unknowns[0], buffer.state[0]), ""


def _continued(
    system: System, path: ContinuationPath, start: Point, targets: Sequence[float]
) -> tuple[ContinuationEnd, SweepBuffer]:
    """Return where a continuation from a point ended, and what it left."""
    count = len(targets)
    buffer = SweepBuffer(
        state=np.empty((count + 1, *start.state.shape)),
        global_unknowns=np.empty((count + 1, start.global_unknowns.size)),
        counts=np.zeros((count, 4), dtype=np.int64),
        residual=np.zeros(count),
        branch_end=np.full(count, np.nan),
        other_flow=np.full(count, np.nan),
    )
    return continue_to(system, path, start.unknowns, np.array(targets, dtype=np.float64), buffer), buffer


def _place(device: Device, outcome: Outcome, names: Sequence[str], knob: str = "newton_iterations") -> str:
    """Say where the largest residual sits, and what may help."""
    layer = int(device.nodes["layer"][outcome.node])
    first = int(np.searchsorted(device.nodes["layer"], layer))
    height = device.nodes["position"][outcome.node] - device.nodes["position"][first]
    ended = "the equations became singular" if outcome.status == SINGULAR else f"{outcome.iterations} iterations"
    nodes = int(np.sum(device.nodes["layer"] == layer))
    return (
        f"{ended}; largest residual {outcome.residual:.1e} in the {EQUATIONS[outcome.row]} equation of layer "
        f"{names[layer]!r}, {height * 1e9:.2f} nm from its face towards the anode. Try a run.nodes_per_layer above "
        f"{nodes} or a larger run.solver.{knob}, or look at the levels, densities of states and mobilities of this "
        "layer and its neighbours."
    )


def follow_voltages(
    targets: Sequence[float],
    advance: Callable[[Sequence[float]], tuple[list[tuple[T | None, SolveRecord]], SolveRecord | None]],
    most_failures: int,
) -> list[tuple[T | None, SolveRecord]]:
    """Go from voltage to voltage, all in one direction; give up after so many failures in a row.

    Args:
        targets: voltages in their order [V], (voltage,).
        advance: goes on to the first of some voltages, and to as many more as it can; returns what it found for each
            that it reached, and how it failed at the next one, None where it did not.
        most_failures: failures in a row after which the rest is given up.

    Returns:
        For each voltage what was found, None where it was not reached, and how it went.
    """
    found: list[tuple[T | None, SolveRecord]] = []
    failures = 0
    while len(found) < len(targets):
        reached, failure = advance(targets[len(found) :])
        found += reached
        failures = 0 if reached else failures
        if failure is None:
            continue
        failures += 1
        found.append((None, failure))
        if failures == most_failures:
            left = targets[len(found) :]
            found += [(None, replaced(failure, voltage=voltage, iterations=0)) for voltage in left]
    return found


def sweep_from(
    system: System,
    names: Sequence[str],
    settings: SolverSettings,
    start: Point,
    targets: Sequence[float],
    notes: list[Note],
) -> list[tuple[Point | None, SolveRecord]]:
    """Solve the device at voltages that lie in one direction from a solved point.

    Args:
        system: device and circuit, parameters and workspace.
        names: of the layers, for messages.
        settings: how it is solved.
        start: the solved point.
        targets: voltages in their order [V], (voltage,).
        notes: takes what is to be said of voltages with two steady states.

    Returns:
        For each voltage the point, None where it was not reached, and how it went.
    """
    last = start

    def advance(left: Sequence[float]) -> tuple[list[tuple[Point | None, SolveRecord]], SolveRecord | None]:
        nonlocal last
        path = _voltage_path(settings, last.voltage)
        end, buffer = _continued(system, path, last, left)
        reached = [_reached(system.device, names, voltage, buffer, k) for k, voltage in enumerate(left[: end.reached])]
        notes.extend(_two_states(system, settings, buffer, left[: end.reached]))
        if end.reached == len(left):
            return reached, None
        last = Point(end.last, buffer.global_unknowns[-1], buffer.state[-1])
        text = f"stopped after {end.last:.4g} V: {_place(system.device, end.outcome, names)}"
        spent = int(buffer.counts[end.reached, ITERATIONS])
        return reached, SolveRecord(left[end.reached], False, spent, float(end.outcome.residual), text)

    return follow_voltages(targets, advance, settings.failed_voltages)


def _voltage_path(settings: SolverSettings, start: float) -> ContinuationPath:
    """Return the path along the voltage from a point."""
    longest, shortest = settings.longest_voltage_step, settings.shortest_voltage_step
    return ContinuationPath(False, start, settings.first_voltage_step, longest, shortest)


def _two_states(system: System, settings: SolverSettings, buffer: SweepBuffer, voltages: Sequence[float]) -> list[Note]:
    """Return a note on the first voltage of a continuation with two steady states, where such are known."""
    ends = [v if buffer.counts[k, TRANSIENT] else float(buffer.branch_end[k]) for k, v in enumerate(voltages)]
    for end in ends:
        if math.isfinite(end):
            text = (
                f"the steady states that a sweep from 0 V follows end near {end:.4g} V, as in a thyristor, and the "
                "device goes over to others. Next to this voltage it has two, and on the way back another current than "
                "the one given here."
            )
            return [Note("assumed", text, "run.voltage")]
    for k, voltage in enumerate(voltages):
        other = float(buffer.other_flow[k])
        if math.isnan(other) and k == len(voltages) - 1 and buffer.counts[k, FALLING]:
            other = _flow_behind_fold(system, settings, Point(voltage, buffer.global_unknowns[k], buffer.state[k]))
        if math.isfinite(other):
            one, two = (0.1 * ELEMENTARY_CHARGE * flow for flow in (terminal_flow(buffer.state[k]), other))
            text = (
                f"at {voltage:.4g} V the device has two steady states, with {one:.3g} and {two:.3g} mA/cm2. The first "
                "is given, which a sweep from 0 V reaches; after a higher voltage a device may show the other."
            )
            return [Note("assumed", text, "run.voltage")]
    return []


def _flow_behind_fold(system: System, settings: SolverSettings, start: Point) -> float:
    """Return the flow of a second state at a point whose current falls with the voltage, nan where none is found.

    Such a branch often ends in a fold; what lies behind it is followed back to the voltage.
    """
    towards = math.copysign(1.0, start.voltage)
    path = ContinuationPath(False, start.voltage, NARROW, settings.first_voltage_step, settings.shortest_voltage_step)
    end, buffer = _continued(system, path, start, [start.voltage + towards * step for step in AHEAD])
    over = [k for k in range(end.reached) if buffer.counts[k, TRANSIENT] or math.isfinite(buffer.branch_end[k])]
    if not over:
        return math.nan
    k = over[0]
    behind = Point(start.voltage + towards * AHEAD[k], buffer.global_unknowns[k], buffer.state[k])
    end, buffer = _continued(system, path._replace(start=behind.voltage), behind, [start.voltage])
    here = terminal_flow(start.state)
    back = float(terminal_flow(buffer.state[0])) if end.reached else math.nan
    return back if abs(back - here) > DIFFERENT * abs(here) else math.nan


def _reached(
    device: Device, names: Sequence[str], voltage: float, buffer: SweepBuffer, k: int
) -> tuple[Point | None, SolveRecord]:
    """Return the point at a target and how it was reached, or what is wrong with the solution there."""
    wrong = unphysical_field(device, buffer.state[k], names)
    steps = int(buffer.counts[k, STEPS])
    message = f"{steps} steps" if steps > 1 else ""
    if buffer.counts[k, TRANSIENT]:
        message = "no steady state near the one before: found by pseudo-transient continuation"
    iterations = int(buffer.counts[k, ITERATIONS])
    record = SolveRecord(voltage, not wrong, iterations, float(buffer.residual[k]), wrong or message)
    return None if wrong else Point(voltage, buffer.global_unknowns[k], buffer.state[k]), record
