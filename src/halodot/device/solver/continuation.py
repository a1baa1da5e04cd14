"""Continuation from one solved point to the next along the bias or the generation, in steps that adapt.

Compiled as a whole, so that a sweep enters the interpreter once for each direction.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel, part
from halodot.device.discretisation.unknowns import HOLE_LEVEL, PHI, terminal_flow
from halodot.device.solver.newton import CONVERGED, solve_from
from halodot.device.solver.pseudo_transient import relax
from halodot.device.solver.system import OperatingCondition, Outcome, System, Unknowns, assign, copy_of

#: The potential of a solution may lie this share of the step off its extrapolation; a shorter step is tried else, since
#: where two branches come close Newton goes over to the other one without a sign.
ASTRAY = 0.3
#: Longest step (V) where the extrapolation is worse than the share STRAIGHT of the step: a branch bends within kT/q
#: times ten.
TRACKED, STRAIGHT = 0.2, 0.05
#: Step (V) from which on a solution far from its extrapolation is a jump: shorter than any bend, a tenth of kT/q.
NARROW = 0.002
#: Relative difference of the currents of two states, above what rounding and tolerances leave.
DIFFERENT = 1e-3
#: How far (kT) a potential moves at least when the device goes over to another branch.
JUMP = 0.5
#: Values (V or decades) closer than this are the same: what is left of 0 V in a list counted up from -1 V.
SAME = 1e-12
#: By how much a remaining step may exceed the step: rounding must not leave a tiny last one.
ROUNDING = 1e-9

#: Columns of `SweepBuffer.counts`.
ITERATIONS, STEPS, TRANSIENT, FALLING = range(4)


class ContinuationPath(NamedTuple):
    """What is turned up, from which value, and in which steps."""

    is_generation: bool  # decades of the generation at 0 V; otherwise volts at the terminals in all of the generation
    start: float  # value at the first point, V or decades
    first_step: float  # V or decades
    longest_step: float
    shortest_step: float


class SweepBuffer(NamedTuple):
    """What a continuation leaves at each target, and in one more place where it stopped."""

    state: Array  # phi, w, z and the two flows, shape (target + 1, nodes, 5)
    global_unknowns: Array  # internal voltage over Vt and activities, shape (target + 1, 1 + regions)
    counts: IntArray  # iterations, steps, whether pseudo-transient, whether the current fell, shape (target, 4)
    residual: Array  # largest scaled residual, shape (target,)
    branch_end: Array  # V, where the branch ended on the way to the target, nan for nowhere, shape (target,)
    other_flow: Array  # flow of a second state found at the target, nan for none, 1/m2/s, shape (target,)


class ContinuationEnd(NamedTuple):
    """Where a continuation ended."""

    reached: int  # targets that were reached
    last: float  # value at the last solved point, V or decades
    outcome: Outcome  # of the last solve


@part
def _extrapolate(ratio: float, reach: float, here: Unknowns, before: Unknowns, guess: Unknowns) -> None:
    """Fill a guess on the line through two points; no quasi-Fermi level moves further than ``reach`` in kT."""
    for i in range(here.state.shape[0]):
        for c in range(here.state.shape[1]):
            change = ratio * (here.state[i, c] - before.state[i, c])
            if PHI < c <= HOLE_LEVEL:
                change = min(max(change, -reach), reach)
            guess.state[i, c] = here.state[i, c] + change
    for j in range(here.global_unknowns.size):
        change = ratio * (here.global_unknowns[j] - before.global_unknowns[j])
        guess.global_unknowns[j] = here.global_unknowns[j] + change


@part
def _distance(guess: Unknowns, found: Unknowns) -> float:
    """Return the largest difference of the potentials of two points, in kT."""
    largest = 0.0
    for i in range(found.state.shape[0]):
        largest = max(largest, abs(found.state[i, PHI] - guess.state[i, PHI]))
    return largest


@part
def _next_value(value: float, target: float, step: float) -> float:
    """Return the value after one step towards a target: the target itself where the step reaches it."""
    gap = target - value
    return target if abs(gap) <= step * (1.0 + ROUNDING) else value + math.copysign(step, gap)


@part
def _condition(path: ContinuationPath, value: float, thermal_voltage: float) -> OperatingCondition:
    """Return the steady operating condition at a value of the path."""
    if path.is_generation:
        return OperatingCondition(0.0, 10.0**value, 0.0)
    return OperatingCondition(value / thermal_voltage, 1.0, 0.0)


@part
def _slope(path: ContinuationPath, target: float, value: float, value_before: float) -> float:
    """Return the coming step over the last one, 0 where there is nothing to extrapolate from."""
    if path.is_generation or value == value_before:
        return 0.0
    return (target - value) / (value - value_before)


@kernel
def _store(point: Unknowns, buffer: SweepBuffer, place: int) -> None:
    """Keep a point in one place of the buffer."""
    assign(Unknowns(buffer.state[place], buffer.global_unknowns[place]), point)


@part
def _store_target(point: Unknowns, buffer: SweepBuffer, k: int, residual: float) -> None:
    """Keep the point at target k, and forget another state found there that carries the same flow."""
    _store(point, buffer, k)
    buffer.residual[k], flow = residual, terminal_flow(point.state)
    if not abs(buffer.other_flow[k] - flow) > DIFFERENT * abs(flow):
        buffer.other_flow[k] = math.nan


@kernel
def continue_to(
    system: System, path: ContinuationPath, start: Unknowns, targets: Array, buffer: SweepBuffer
) -> ContinuationEnd:
    """Follow a branch of steady states from a solved point to each target in turn; give up at the first stop.

    Where no step of bias or generation is short enough, the device goes to the target by pseudo-transient
    continuation.

    Args:
        system: device and circuit, parameters and workspace.
        path: what is turned up.
        start: the first point, state [Vt, kT, 1/m2/s], (nodes, 5), and global unknowns [Vt, kT], (1 + regions,).
        targets: values on the path [V or decades], all in one direction, (target,).
        buffer: leaves filled at the targets that were reached, and with the last solved point in its last place.

    Returns:
        How many targets were reached, and where and how it stopped.
    """
    vt, reduction = system.device.thermal_voltage, system.parameters.step_reduction
    here, before, found, guess = copy_of(start), copy_of(start), copy_of(start), copy_of(start)
    value, value_before, step = path.start, path.start, path.first_step
    outcome = Outcome(CONVERGED, 0, 0.0, 0, 0)
    for k in range(targets.size):
        while abs(targets[k] - value) > SAME:
            target = _next_value(value, targets[k], step)
            length = abs(target - value)
            ratio = _slope(path, target, value, value_before)
            _extrapolate(ratio, length / vt, here, before, guess)
            outcome = solve_from(system, guess, found, _condition(path, target, vt))
            buffer.counts[k, ITERATIONS] += outcome.iterations
            buffer.counts[k, STEPS] += 1
            if outcome.status == CONVERGED:
                off = 0.0 if ratio == 0.0 else _distance(guess, found) * vt
                if off > ASTRAY * min(length, TRACKED) and length > NARROW:
                    if target == targets[k]:
                        buffer.other_flow[k] = terminal_flow(found.state)
                    step = length / reduction
                    continue
                if off > JUMP * vt and length <= NARROW:
                    buffer.branch_end[k] = target
                longest = min(path.longest_step, TRACKED) if off > STRAIGHT * length else path.longest_step
                buffer.counts[k, FALLING] = 1 if abs(terminal_flow(found.state)) < abs(terminal_flow(here.state)) else 0
                here, before, found = found, here, before
                value, value_before = target, value
                step = min(max(step, system.parameters.step_growth * length), longest)
                continue
            step = length / reduction
            if step >= path.shortest_step:
                continue
            assign(found, here)
            outcome = relax(system, 0.0 if path.is_generation else targets[k] / vt, found)
            buffer.counts[k, ITERATIONS] += outcome.iterations
            buffer.counts[k, TRANSIENT] = 1
            if outcome.status != CONVERGED:
                _store(here, buffer, targets.size)
                return ContinuationEnd(k, value, outcome)
            here, found = found, here
            value, value_before, step = targets[k], targets[k], path.first_step
        _store_target(here, buffer, k, outcome.residual)
    return ContinuationEnd(targets.size, value, outcome)
