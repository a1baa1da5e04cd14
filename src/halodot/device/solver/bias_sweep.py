"""From equilibrium to every requested voltage: the light first, then the bias, in steps that adapt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.compiled import kernel
from halodot.device.discretisation.records import Device
from halodot.device.electrical_stack import ELEMENTARY_CHARGE
from halodot.device.laws.recombination import ion_density
from halodot.device.solver.continuation import DIFFERENT, NARROW, End, Path, Trail, flow_of, follow
from halodot.device.solver.newton import AT_REST, CONVERGED, SINGULAR, Circuit, Outcome, newton
from halodot.device.solver.workspace import Memory, memory
from halodot.device.validity import overdriven
from halodot.states import Array, Note, SolveRecord

#: First, longest and shortest step of the bias, in V.
FIRST_STEP, LONGEST_STEP, SHORTEST_STEP = 0.1, 1.0, 1e-4
#: Density (1/m3) to which the first guess of the potential lets carriers pile up.
GUESS_DENSITY = 1e24
#: Decades over which external light is switched on, and the longest and the shortest step, in decades.
DECADES, LONGEST_DECADE, SHORTEST_DECADE = 20.0, 1.0, 1e-3

#: How far beyond (V) the end of a branch is looked for where the current falls.
AHEAD = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
#: Voltages in a row that may fail before the rest is given up.
FAILURES = 3

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
    notes: tuple[Note, ...] = ()  # on voltages with two steady states


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
    notes: list[Note] = []
    for downwards in (False, True):
        order = [k for k, voltage in enumerate(voltages) if (voltage < 0.0) == downwards]
        order.sort(key=lambda k: abs(voltages[k]))
        walk = climb(device, circuit, scratch, names, rest, [voltages[k] for k in order], notes)
        for k, (point, record) in zip(order, walk, strict=True):
            points[k], records[k] = point, record
    return Sweep(device, points, records, tuple(notes))


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
    nodes = device.nodes
    found = []
    for region, (number, sign) in enumerate(device.ions):
        inside = np.flatnonzero((nodes["cation_region"] == region) | (nodes["anion_region"] == region))
        drop = (phi + nodes["dipole"])[inside]
        found.append(activity_of(number, sign, drop, nodes["ion_sites"][inside], nodes["volume"][inside]))
    return np.array(found)


@kernel
def activity_of(number: float, sign: float, phi: Array, sites: Array, volume: Array) -> float:
    """Return the activity with which so many ions per area sit on the nodes of a region, by bisection."""
    low, high = sign * phi[0] - 700.0, sign * phi[0] + 700.0
    for i in range(phi.size):
        low, high = min(low, sign * phi[i] - 700.0), max(high, sign * phi[i] + 700.0)
    while high - low > 1e-6:
        middle, held = 0.5 * (low + high), 0.0
        for i in range(phi.size):
            held += volume[i] * ion_density(sign, sites[i], middle, phi[i])[0]
        if held < number:
            low = middle
        else:
            high = middle
    found: float = 0.5 * (low + high)
    return found


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
    state = first_guess(device)
    extra = np.append(0.0, first_activity(device, state[:, 0]))
    outcome = newton(device, circuit, scratch, state, extra, 0.0, 0.0, AT_REST, 0.0)
    if outcome.status != CONVERGED:
        return None, f"no solution at 0 V in the dark, at equilibrium: {_place(device, outcome, names)}"
    return Point(0.0, extra, state), ""


def lit(
    device: Device, circuit: Circuit, scratch: Memory, names: Sequence[str], dark: Point
) -> tuple[Point | None, str]:
    """Return the point at zero voltage with all of the light, switched on in decades that adapt."""
    path = Path(True, -DECADES, LONGEST_DECADE, LONGEST_DECADE, SHORTEST_DECADE)
    end, trail = _walked(device, circuit, scratch, path, dark, [0.0])
    if end.reached == 0:
        cause = _light_cause(device, names) or _place(device, end.outcome, names)
        return None, f"no solution at 0 V in the light: {cause}"
    return Point(0.0, trail.extra[0], trail.state[0]), ""


def _light_cause(device: Device, names: Sequence[str]) -> str:
    """Say which layers light fills with carriers that nothing takes away, or nothing."""
    nodes = device.nodes
    channels = ("bimolecular", "langevin_electron", "langevin_hole", "electron_auger", "hole_auger", "trap")
    filled = (nodes["generation"] > 0.0) & np.all([nodes[channel] == 0.0 for channel in channels], axis=0)
    found = [names[k] for k in np.unique(nodes["layer"][filled])]
    if not found:
        return ""
    return (
        f"light makes pairs in {', '.join(map(repr, found))}, where no recombination is stated (langevin_factor, "
        "bimolecular_coefficient, traps or Auger), and carriers that cannot leave fill its states; state it, or check "
        "mobilities and levels."
    )


def _walked(
    device: Device, circuit: Circuit, scratch: Memory, path: Path, start: Point, targets: Sequence[float]
) -> tuple[End, Trail]:
    """Return where a walk from a point along a path ended, and what it left."""
    count = len(targets)
    trail = Trail(
        np.empty((count + 1, *start.state.shape)),
        np.empty((count + 1, start.extra.size)),
        np.zeros((count, 4), dtype=np.int64),
        np.zeros(count),
        np.full(count, np.nan),
        np.full(count, np.nan),
    )
    origin = (np.ascontiguousarray(start.state), np.ascontiguousarray(start.extra))
    return follow(device, circuit, scratch, path, origin, np.array(targets, dtype=np.float64), trail), trail


def _place(device: Device, outcome: Outcome, names: Sequence[str]) -> str:
    """Say where the largest residual sits, and what may help."""
    layer = int(device.nodes["layer"][outcome.node])
    first = int(np.searchsorted(device.nodes["layer"], layer))
    height = device.nodes["position"][outcome.node] - device.nodes["position"][first]
    ended = "the equations became singular" if outcome.status == SINGULAR else f"{outcome.iterations} iterations"
    nodes = int(np.sum(device.nodes["layer"] == layer))
    return (
        f"{ended}; largest residual {outcome.residual:.1e} in the {EQUATIONS[outcome.row]} equation of layer "
        f"{names[layer]!r}, {height * 1e9:.2f} nm from its face towards the anode. Try a run.nodes_per_layer above "
        f"{nodes}, or look at the levels, densities of states and mobilities of this layer and its neighbours."
    )


def climb(
    device: Device,
    circuit: Circuit,
    scratch: Memory,
    names: Sequence[str],
    rest: Point,
    targets: Sequence[float],
    notes: list[Note],
) -> list[tuple[Point | None, SolveRecord]]:
    """Walk from a point to each voltage in turn, all in one direction; give up after a few failures in a row.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        scratch: arrays to work in.
        names: of the layers, for messages.
        rest: where the walk starts.
        targets: voltages in the order of the walk, in V.
        notes: takes what is to be said of voltages with two steady states.

    Returns:
        For each voltage the point, None where it was not reached, and how it went.
    """
    found: list[tuple[Point | None, SolveRecord]] = []
    start, failures = rest, 0
    while len(found) < len(targets):
        path = Path(False, start.voltage, FIRST_STEP, LONGEST_STEP, SHORTEST_STEP)
        left = targets[len(found) :]
        end, trail = _walked(device, circuit, scratch, path, start, left)
        for k, voltage in enumerate(left[: end.reached]):
            wrong = overdriven(device, trail.state[k], names)
            point = None if wrong else Point(voltage, trail.extra[k], trail.state[k])
            found.append((point, _record(voltage, trail, k, wrong)))
        notes += _two_states(device, circuit, scratch, trail, left[: end.reached])
        if end.reached == len(left):
            break
        failures = failures + 1 if end.reached == 0 else 1
        stopped = f"stopped after {end.last:.4g} V: {_place(device, end.outcome, names)}"
        spent = int(trail.counts[end.reached, 0])
        for voltage in left[end.reached :] if failures == FAILURES else left[end.reached : end.reached + 1]:
            found.append((None, SolveRecord(voltage, False, spent, float(end.outcome.residual), stopped)))
            spent = 0
        start = Point(end.last, trail.extra[-1], trail.state[-1])
    return found


def _two_states(
    device: Device, circuit: Circuit, scratch: Memory, trail: Trail, voltages: Sequence[float]
) -> list[Note]:
    """Return a note on the first voltage of a walk with two steady states, where such are known."""
    ends = [voltage if trail.counts[k, 2] else float(trail.jump[k]) for k, voltage in enumerate(voltages)]
    for end in ends:
        if math.isfinite(end):
            text = (
                f"the steady states that a sweep from 0 V follows end near {end:.4g} V, as in a thyristor, and the "
                "device goes over to others. Next to this voltage it has two, and on the way back another current than "
                "the one given here."
            )
            return [Note("assumed", text, "run.voltage")]
    for k, voltage in enumerate(voltages):
        other = float(trail.other[k])
        if math.isnan(other) and k == len(voltages) - 1 and trail.counts[k, 3]:
            other = _behind_fold(device, circuit, scratch, Point(voltage, trail.extra[k], trail.state[k]))
        if math.isfinite(other):
            one, two = (0.1 * ELEMENTARY_CHARGE * flow for flow in (flow_of(trail.state[k]), other))
            text = (
                f"at {voltage:.4g} V the device has two steady states, with {one:.3g} and {two:.3g} mA/cm2. The first "
                "is given, which a sweep from 0 V reaches; after a higher voltage a device may show the other."
            )
            return [Note("assumed", text, "run.voltage")]
    return []


def _behind_fold(device: Device, circuit: Circuit, scratch: Memory, start: Point) -> float:
    """Return the flow of a second state at a point whose current falls with the voltage, nan where none is found.

    Such a branch often ends in a fold; what lies behind it is walked back to the voltage.
    """
    towards = math.copysign(1.0, start.voltage)
    path = Path(False, start.voltage, NARROW, FIRST_STEP, SHORTEST_STEP)
    end, trail = _walked(device, circuit, scratch, path, start, [start.voltage + towards * step for step in AHEAD])
    over = [k for k in range(end.reached) if trail.counts[k, 2] or math.isfinite(trail.jump[k])]
    if not over:
        return math.nan
    k = over[0]
    behind = Point(start.voltage + towards * AHEAD[k], trail.extra[k], trail.state[k])
    end, trail = _walked(device, circuit, scratch, path._replace(start=behind.voltage), behind, [start.voltage])
    here = flow_of(start.state)
    back = float(flow_of(trail.state[0])) if end.reached else math.nan
    return back if abs(back - here) > DIFFERENT * abs(here) else math.nan


def _record(voltage: float, trail: Trail, k: int, wrong: str) -> SolveRecord:
    """Return how a voltage was reached, or what is wrong with the solution there."""
    iterations, steps, settled, _ = (int(count) for count in trail.counts[k])
    message = f"{steps} steps" if steps > 1 else ""
    if settled:
        message = "no steady state near the one before: the device settled in time"
    return SolveRecord(voltage, not wrong, iterations, float(trail.residual[k]), wrong or message)
