"""From equilibrium to every requested voltage: the light first, then the bias, in steps that adapt."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.device.memory import Memory, memory
from halodot.device.newton import CONVERGED, SINGULAR, Circuit, Outcome, newton
from halodot.device.physics import ion_density
from halodot.device.records import Device
from halodot.states import Array, SolveRecord

#: First, longest and shortest step of the bias, in V, and how it grows and shrinks.
FIRST_STEP, LONGEST_STEP, SHORTEST_STEP, GROWTH, SHRINKAGE = 0.1, 1.0, 1e-4, 2.0, 3.0
#: Voltages closer than this, in V, are the same: what is left of 0 in a list that was counted up from -1 V.
SAME = 1e-12
#: Density (1/m3) to which the first guess of the potential lets carriers pile up.
GUESS_DENSITY = 1e24
#: Share of the centres at an interface that stays where nothing recombines, since their charge stays too.
TRACE = 1e-30
#: Decades over which external light is switched on, and the shortest step, in decades.
DECADES, SHORTEST_DECADE = 20.0, 1e-3

EQUATIONS = ("Poisson", "electron continuity", "hole continuity", "electron flux", "hole flux")


@dataclass(frozen=True)
class Point:
    """A converged bias point."""

    voltage: float  # V, at the terminals
    extra: Array  # internal voltage over Vt, then the activity of the ions of every region
    state: Array  # phi, w, z and the two flows, shape (nodes, 5)


@dataclass(frozen=True)
class Sweep:
    """What came of a sweep: for each voltage, in the order given, the point or None, and how it went."""

    device: Device  # as solved, with its ions frozen where they do not move
    points: list[Point | None]
    records: list[SolveRecord]


def sweep(
    device: Device, circuit: Circuit, voltages: Sequence[float], names: Sequence[str], freeze: bool = False
) -> Sweep:
    """Solve the device at every voltage, from zero outwards in both directions.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        voltages: terminal voltages in any order, in V.
        names: names of the layers, for messages.
        freeze: hold mobile ions where they are at rest in the dark.
    """
    scratch = memory(device)
    rest, failure = dark_rest(device, circuit, scratch, names)
    if rest is not None and freeze:
        device, rest = frozen(device, rest)
        scratch = memory(device)
    if rest is not None and np.any(device.nodes["generation"] > 0.0):
        rest, failure = lit(device, circuit, scratch, names, rest)
    points: list[Point | None] = [None] * len(voltages)
    records = [SolveRecord(voltage, False, 0, math.nan, failure) for voltage in voltages]
    if rest is None:
        return Sweep(device, points, records)
    for downwards in (False, True):
        order = [k for k, voltage in enumerate(voltages) if (voltage < 0.0) == downwards]
        order.sort(key=lambda k: abs(voltages[k]))
        walk = climb(device, circuit, scratch, names, rest, [voltages[k] for k in order])
        for k, (point, record) in zip(order, walk, strict=True):
            points[k], records[k] = point, record
    return Sweep(device, points, records)


def first_guess(device: Device) -> Array:
    """Return a state without current: the potential straight between the contacts, but no layer flooded."""
    nodes = device.nodes
    straight = device.barrier * (1.0 - nodes["position"] / nodes["position"][-1])
    limit = math.log(GUESS_DENSITY)
    phi = np.maximum(np.minimum(straight, limit - nodes["electron_log"]), nodes["hole_log"] - limit)
    far = np.flatnonzero(nodes["second"])
    phi[far] = phi[far - 1] = 0.5 * (phi[far] + phi[far - 1])
    phi[: 2 if nodes["second"][1] else 1] = device.barrier
    phi[-2 if nodes["second"][-1] else -1 :] = 0.0
    state = np.zeros((phi.size, 5))
    state[:, 0] = phi
    return state


def first_activity(device: Device, phi: Array) -> Array:
    """Return the activities with which the ions of every region have their number in a given potential."""
    return np.array([_activity(device, region, phi) for region in range(device.ions.shape[0])])


def _activity(device: Device, region: int, phi: Array) -> float:
    number, sign = (float(value) for value in device.ions[region])
    nodes = device.nodes
    inside = np.flatnonzero((nodes["cation_region"] == region) | (nodes["anion_region"] == region))
    drop = sign * (phi + nodes["dipole"])[inside]
    low, high = float(drop.min()) - 700.0, float(drop.max()) + 700.0
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        densities = [ion_density(sign, nodes["ion_sites"][i], middle, (phi + nodes["dipole"])[i])[0] for i in inside]
        if float(np.dot(densities, nodes["volume"][inside])) < number:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def frozen(device: Device, rest: Point) -> tuple[Device, Point]:
    """Return the device and its point at rest with the ions held where they are at rest."""
    nodes = device.nodes.copy()
    phi = rest.state[:, 0] + nodes["dipole"]
    for region, (_, sign) in enumerate(device.ions):
        for i in np.flatnonzero((nodes["cation_region"] == region) | (nodes["anion_region"] == region)):
            density, _ = ion_density(sign, nodes["ion_sites"][i], rest.extra[1 + region], phi[i])
            nodes["doping"][i] += sign * density
            nodes["held_cations" if sign > 0.0 else "held_anions"][i] = density
    nodes["cation_region"] = nodes["anion_region"] = -1
    return device._replace(nodes=nodes, ions=device.ions[:0]), Point(rest.voltage, rest.extra[:1], rest.state)


def dark_rest(device: Device, circuit: Circuit, scratch: Memory, names: Sequence[str]) -> tuple[Point | None, str]:
    """Return the point at zero voltage in the dark, where no level moves and nothing recombines on balance."""
    inert, edges = device.nodes.copy(), device.edges.copy()
    for name in ("bimolecular", "trap", "electron_auger", "hole_auger"):
        inert[name] = 0.0
    edges["trap"] *= TRACE
    state = first_guess(device)
    extra = np.append(0.0, first_activity(device, state[:, 0]))
    outcome = newton(device._replace(nodes=inert, edges=edges), circuit, scratch, state, extra, 0.0, 0.0, True)
    if outcome.status != CONVERGED:
        return None, f"no solution at 0 V in the dark, at equilibrium: {_place(device, outcome, names)}"
    return Point(0.0, extra, state), ""


def lit(
    device: Device, circuit: Circuit, scratch: Memory, names: Sequence[str], dark: Point
) -> tuple[Point | None, str]:
    """Return the point at zero voltage with all of the light, switched on in decades that adapt."""
    here, decade, step = dark, -DECADES, 1.0
    while True:
        target = min(decade + step, 0.0)
        state, extra = here.state.copy(), here.extra.copy()
        outcome = newton(device, circuit, scratch, state, extra, 0.0, 10.0**target, False)
        if outcome.status == CONVERGED:
            here, decade, step = Point(0.0, extra, state), target, min(GROWTH * step, 1.0)
            if decade == 0.0:
                return here, ""
            continue
        step = (target - decade) / SHRINKAGE
        if step < SHORTEST_DECADE:
            return None, f"no solution at 0 V with {10.0**target:.1e} of the light: {_place(device, outcome, names)}"


def _place(device: Device, outcome: Outcome, names: Sequence[str]) -> str:
    """Say where the largest residual sits, and what may help."""
    layer = int(device.nodes["layer"][outcome.node])
    first = int(np.searchsorted(device.nodes["layer"], layer))
    height = device.nodes["position"][outcome.node] - device.nodes["position"][first]
    ended = "the equations became singular" if outcome.status == SINGULAR else f"{outcome.iterations} iterations"
    return (
        f"{ended}; largest residual {outcome.residual:.1e} in the {EQUATIONS[outcome.row]} equation of layer "
        f"{names[layer]!r}, {height * 1e9:.2f} nm from its face towards the anode. Try more nodes_per_layer, or "
        "look at the levels, densities of states and mobilities of this layer and its neighbours."
    )


def climb(
    device: Device, circuit: Circuit, scratch: Memory, names: Sequence[str], rest: Point, targets: Sequence[float]
) -> Iterator[tuple[Point | None, SolveRecord]]:
    """Walk from rest to each target in turn, all in one direction, with steps that adapt; give up at the first stop.

    Yields:
        For each target the point, None where it was not reached, and how it went.
    """
    here, before, step, stopped, residual = rest, rest, FIRST_STEP, "", 0.0
    for voltage in targets:
        spent, strides = 0, 0
        while not stopped and abs(voltage - here.voltage) > SAME:
            gap = voltage - here.voltage
            target = voltage if abs(gap) <= step * (1.0 + 1e-9) else here.voltage + math.copysign(step, gap)
            guess, extra = extrapolated(device, here, before, target)
            outcome = newton(device, circuit, scratch, guess, extra, target / device.thermal_voltage, 1.0, False)
            spent, strides, residual = spent + outcome.iterations, strides + 1, outcome.residual
            length = abs(target - here.voltage)
            if outcome.status == CONVERGED:
                before, here = here, Point(target, extra, guess)
                step = min(max(step, GROWTH * length), LONGEST_STEP)
                continue
            step = length / SHRINKAGE
            if step < SHORTEST_STEP:
                stopped = f"stopped after {here.voltage:.4g} V: {_place(device, outcome, names)}"
        if stopped:
            yield None, SolveRecord(voltage, False, spent, residual, stopped)
        else:
            yield here, SolveRecord(voltage, True, spent, residual, f"{strides} steps" if strides > 1 else "")


def extrapolated(device: Device, here: Point, before: Point, target: float) -> tuple[Array, Array]:
    """Return state and extra unknowns on the line through two points; no level moves more than the voltage does."""
    if here.voltage == before.voltage:
        return here.state.copy(), here.extra.copy()
    ratio = (target - here.voltage) / (here.voltage - before.voltage)
    change = ratio * (here.state - before.state)
    reach = abs(target - here.voltage) / device.thermal_voltage
    change[:, 1:3] = np.clip(change[:, 1:3], -reach, reach)
    return here.state + change, here.extra + ratio * (here.extra - before.extra)
