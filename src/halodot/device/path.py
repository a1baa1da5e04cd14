"""From one solved point to the next, along the bias or the light, in steps that adapt; compiled as a whole."""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit

from halodot.device.memory import Memory
from halodot.device.newton import CONVERGED, Circuit, Outcome, newton
from halodot.device.records import Device
from halodot.states import Array, IntArray

#: How a step grows after a success and shrinks after a failure.
GROWTH, SHRINKAGE = 2.0, 3.0
#: Values closer than this are the same: what is left of 0 V in a list that was counted up from -1 V.
SAME = 1e-12


class Path(NamedTuple):
    """What is turned up, from which value, and in which steps."""

    light: bool  # decades of the light at 0 V; otherwise volts at the terminals in all of the light
    start: float  # value at the first point
    first: float  # steps
    longest: float
    shortest: float


class Trail(NamedTuple):
    """What a walk leaves behind at each target."""

    state: Array  # phi, w, z and the two flows, shape (target, node, 5)
    extra: Array  # internal voltage over Vt and activities, shape (target, unknown)
    counts: IntArray  # iterations and steps, shape (target, 2)
    residual: Array  # shape (target,)


class End(NamedTuple):
    """Where a walk ended."""

    reached: int  # targets that were reached
    last: float  # value at the last solved point
    tried: float  # value at the last solve
    outcome: Outcome  # of the last solve


@njit(cache=True, error_model="numpy")
def copy_point(state: Array, extra: Array, to_state: Array, to_extra: Array) -> None:
    """Copy a point into another one."""
    for i in range(state.shape[0]):
        for c in range(5):
            to_state[i, c] = state[i, c]
    for k in range(extra.size):
        to_extra[k] = extra[k]


@njit(cache=True, error_model="numpy")
def extrapolate(ratio: float, reach: float, here: Array, before: Array, guess: Array) -> None:
    """Fill a guess on the line through two states; no level moves further than ``reach``."""
    for i in range(here.shape[0]):
        for c in range(5):
            change = ratio * (here[i, c] - before[i, c])
            if 1 <= c <= 2:
                change = min(max(change, -reach), reach)
            guess[i, c] = here[i, c] + change


@njit(cache=True, nogil=True, error_model="numpy")
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

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        m: scratch arrays.
        path: what is turned up.
        start: state and extra unknowns of the first point.
        targets: values on the path.
        trail: leaves filled at the targets that were reached.
    """
    state, extra = start[0].copy(), start[1].copy()
    old_state, old_extra = start[0].copy(), start[1].copy()
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
            terminal = 0.0 if path.light else target / device.thermal_voltage
            light = 10.0**target if path.light else 1.0
            outcome = newton(device, circuit, m, guess, guess_extra, terminal, light, False)
            trail.counts[k, 0] += outcome.iterations
            trail.counts[k, 1] += 1
            length = abs(target - here)
            if outcome.status == CONVERGED:
                state, old_state, guess = guess, state, old_state
                extra, old_extra, guess_extra = guess_extra, extra, old_extra
                here, before = target, here
                step = min(max(step, GROWTH * length), path.longest)
                continue
            step = length / SHRINKAGE
            if step < path.shortest:
                return End(k, here, target, outcome)
        copy_point(state, extra, trail.state[k], trail.extra[k])
        trail.residual[k] = outcome.residual
    return End(targets.size, here, target, outcome)
