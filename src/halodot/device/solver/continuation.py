"""From one solved point to the next, along the bias or the light, in steps that adapt; compiled as a whole."""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel, part
from halodot.device.discretisation.assembly import fill_densities
from halodot.device.discretisation.records import Device
from halodot.device.solver.newton import CONVERGED, EACH, TOO_MANY, WHOLE, Circuit, Outcome, newton
from halodot.device.solver.workspace import Memory

#: How a step grows after a success and shrinks after a failure.
GROWTH, SHRINKAGE = 2.0, 3.0
#: The potential of a solution may lie this share of the step off its extrapolation; a shorter step is tried else, since
#: where two branches come close Newton goes over to the other one without a sign.
ASTRAY = 0.3
#: Longest step (V) unless the extrapolation is better than this share, and step from which a far solution is a jump.
TRACKED, STRAIGHT, NARROW = 0.2, 0.05, 0.002
#: Relative difference of the currents of two states.
DIFFERENT = 1e-3
#: How far (kT) a potential moves at least when the device goes over to another branch.
JUMP = 0.5
#: Values closer than this are the same: what is left of 0 V in a list that was counted up from -1 V.
SAME = 1e-12
#: First, shortest and longest step of time, in s, while a device settles, and by how much it shrinks after a failure.
FIRST_TIME, SHORTEST_TIME, LONGEST_TIME, TIME_SHRINKAGE = 1e-9, 1e-25, 1e40, 10.0
#: By how much it grows after a failure and at most; growth doubles after this number of iterations or fewer.
SLOW_GROWTH, FAST_GROWTH, FEW = 2.0, 10.0, 3
#: Iterations after which settling is given up.
MOST_ITERATIONS = 20000


class Path(NamedTuple):
    """What is turned up, from which value, and in which steps."""

    light: bool  # decades of the light at 0 V; otherwise volts at the terminals in all of the light
    start: float  # value at the first point
    first: float  # steps
    longest: float
    shortest: float


class Trail(NamedTuple):
    """What a walk leaves behind at each target, and in one more place where it stopped."""

    state: Array  # phi, w, z and the two flows, shape (target + 1, node, 5)
    extra: Array  # internal voltage over Vt and activities, shape (target + 1, unknown)
    counts: IntArray  # iterations, steps, whether the device settled in time, and the current fell, shape (target, 4)
    residual: Array  # shape (target,)
    jump: Array  # where the branch ended on the way to the target, nan for nowhere, shape (target,)
    other: Array  # flow of a second state found at the target, nan for none, 1/m2/s, shape (target,)


class End(NamedTuple):
    """Where a walk ended."""

    reached: int  # targets that were reached
    last: float  # value at the last solved point
    tried: float  # value at the last solve
    outcome: Outcome  # of the last solve


@kernel
def copy_point(state: Array, extra: Array, to_state: Array, to_extra: Array) -> None:
    """Copy a point into another one."""
    for i in range(state.shape[0]):
        for c in range(5):
            to_state[i, c] = state[i, c]
    for k in range(extra.size):
        to_extra[k] = extra[k]


@kernel
def extrapolate(ratio: float, reach: float, here: Array, before: Array, guess: Array) -> None:
    """Fill a guess on the line through two states; no level moves further than ``reach``."""
    for i in range(here.shape[0]):
        for c in range(5):
            change = ratio * (here[i, c] - before[i, c])
            if 1 <= c <= 2:
                change = min(max(change, -reach), reach)
            guess[i, c] = here[i, c] + change


@kernel
def far_off(guess: Array, found: Array) -> float:
    """Return the largest difference of the potentials of two states, in kT."""
    largest = 0.0
    for i in range(found.shape[0]):
        largest = max(largest, abs(found[i, 0] - guess[i, 0]))
    return largest


@kernel
def flow_of(state: Array) -> float:
    """Return the flow through the junction, in 1/m2/s."""
    value: float = state[0, 3] - state[0, 4]
    return value


@part
def attempt(
    device: Device,
    circuit: Circuit,
    m: Memory,
    guess: tuple[Array, Array],
    found: tuple[Array, Array],
    aim: tuple[float, float, float],
) -> Outcome:
    """Solve from a guess: the whole Newton step shortened first, then every node for itself.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        m: scratch arrays, and the densities of the past.
        guess: state and extra unknowns to start from.
        found: leaves as the solution.
        aim: terminal voltage over Vt, share of the light, and one over the time since the past in 1/s, 0 for ever.
    """
    outcome, spent = Outcome(TOO_MANY, 0, 0.0, 0, 0), 0
    for way in (WHOLE, EACH):
        if outcome.status != CONVERGED:
            copy_point(guess[0], guess[1], found[0], found[1])
            outcome = newton(device, circuit, m, found[0], found[1], aim[0], aim[1], way, aim[2])
            spent += outcome.iterations
    return Outcome(outcome.status, spent, outcome.residual, outcome.node, outcome.row)


@kernel
def remember(device: Device, state: Array, bias: float, m: Memory) -> None:
    """Make the densities of a state the past."""
    fill_densities(device, state, bias, m.density)
    for i in range(state.shape[0]):
        m.past[i, 0], m.past[i, 1] = m.density[i, 0], m.density[i, 1]


@part
def settle(device: Device, circuit: Circuit, m: Memory, terminal: float, state: Array, extra: Array) -> Outcome:
    """Set a voltage and let the device settle: implicit steps of time that grow until nothing moves.

    Where the branch of steady states that a sweep follows ends in a fold, as in a thyristor, this finds the branch
    that the device itself would switch to. Mobile ions and traps follow at once.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        m: scratch arrays.
        terminal: voltage at the terminals over Vt.
        state: point to start from; becomes the steady state where there is one.
        extra: its extra unknowns.
    """
    spent, time, growth = 0, FIRST_TIME, FAST_GROWTH
    now, then = (state, extra), (state.copy(), extra.copy())
    outcome = Outcome(TOO_MANY, 0, 0.0, 0, 0)
    remember(device, state, extra[0], m)
    while SHORTEST_TIME < time < LONGEST_TIME and spent < MOST_ITERATIONS:
        outcome = attempt(device, circuit, m, now, then, (terminal, 1.0, 1.0 / time))
        spent += outcome.iterations
        if outcome.status != CONVERGED:
            time, growth = time / TIME_SHRINKAGE, SLOW_GROWTH
            continue
        copy_point(then[0], then[1], state, extra)
        remember(device, state, extra[0], m)
        if outcome.iterations <= FEW:
            growth = min(2.0 * growth, FAST_GROWTH)
        time *= growth
        if outcome.iterations < FEW:
            outcome = attempt(device, circuit, m, now, then, (terminal, 1.0, 0.0))
            spent += outcome.iterations
            if outcome.status == CONVERGED:
                copy_point(then[0], then[1], state, extra)
                return Outcome(CONVERGED, spent, outcome.residual, outcome.node, outcome.row)
    return Outcome(TOO_MANY, spent, outcome.residual, outcome.node, outcome.row)


@kernel
def follow(
    device: Device,
    circuit: Circuit,
    m: Memory,
    path: Path,
    start: tuple[Array, Array],
    targets: Array,
    trail: Trail,
) -> End:
    """Walk from a solved point to each target in turn, all in one direction; give up at the first stop.

    Where no step of bias or light is short enough, the device is left to settle at the target.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        m: scratch arrays.
        path: what is turned up.
        start: state and extra unknowns of the first point.
        targets: values on the path.
        trail: leaves filled at the targets that were reached, and with the last solved point in its last place.
    """
    state, extra = start[0].copy(), start[1].copy()
    old_state, old_extra = start[0].copy(), start[1].copy()
    new_state, new_extra = start[0].copy(), start[1].copy()
    guess, guess_extra = start[0].copy(), start[1].copy()
    here, before, step = path.start, path.start, path.first
    outcome, target = Outcome(CONVERGED, 0, 0.0, 0, 0), path.start
    for k in range(targets.size):
        while abs(targets[k] - here) > SAME:
            gap = targets[k] - here
            target = targets[k] if abs(gap) <= step * (1.0 + 1e-9) else here + math.copysign(step, gap)
            ratio = 0.0 if path.light or here == before else (target - here) / (here - before)
            extrapolate(ratio, abs(target - here) / device.thermal_voltage, state, old_state, guess)
            for j in range(extra.size):
                guess_extra[j] = extra[j] + ratio * (extra[j] - old_extra[j])
            aim = (0.0, 10.0**target, 0.0) if path.light else (target / device.thermal_voltage, 1.0, 0.0)
            outcome = attempt(device, circuit, m, (guess, guess_extra), (new_state, new_extra), aim)
            trail.counts[k, 0] += outcome.iterations
            trail.counts[k, 1] += 1
            length = abs(target - here)
            if outcome.status == CONVERGED:
                longest = path.longest
                if ratio != 0.0:
                    off = far_off(guess, new_state) * device.thermal_voltage
                    if off > ASTRAY * min(length, TRACKED) and length > NARROW:
                        if target == targets[k]:
                            trail.other[k] = flow_of(new_state)
                        step = length / SHRINKAGE
                        continue
                    if off > JUMP * device.thermal_voltage and length <= NARROW:
                        trail.jump[k] = target
                    if off > STRAIGHT * length:
                        longest = min(longest, TRACKED)
                trail.counts[k, 3] = 1 if abs(flow_of(new_state)) < abs(flow_of(state)) else 0
                state, old_state, new_state = new_state, state, old_state
                extra, old_extra, new_extra = new_extra, extra, old_extra
                here, before = target, here
                step = min(max(step, GROWTH * length), longest)
                continue
            step = length / SHRINKAGE
            if step < path.shortest:
                copy_point(state, extra, new_state, new_extra)
                target = targets[k]
                terminal = 0.0 if path.light else target / device.thermal_voltage
                outcome = settle(device, circuit, m, terminal, new_state, new_extra)
                trail.counts[k, 0] += outcome.iterations
                trail.counts[k, 2] = 1
                if outcome.status == CONVERGED:
                    state, new_state, extra, new_extra = new_state, state, new_extra, extra
                    here, before, step = target, target, path.first
                    continue
            if step < path.shortest:
                copy_point(state, extra, trail.state[targets.size], trail.extra[targets.size])
                return End(k, here, target, outcome)
        copy_point(state, extra, trail.state[k], trail.extra[k])
        trail.residual[k] = outcome.residual
        if not abs(trail.other[k] - flow_of(state)) > DIFFERENT * abs(flow_of(state)):
            trail.other[k] = math.nan
    return End(targets.size, here, target, outcome)
