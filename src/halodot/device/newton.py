"""Damped Newton iteration at one terminal voltage, which knows the chain of blocks and nothing of the physics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from halodot.device.assembly import ELECTRON_FLOW, ELECTRON_FLUX, HOLE_FLOW, assemble
from halodot.device.linear import solve_chain
from halodot.device.physics import Device
from halodot.states import Array

#: Iterations at one voltage before a smaller step is tried.
ITERATIONS = 60
#: Iterations for the Poisson equation in the dark at zero voltage, which has one solution and is worth the wait.
ITERATIONS_AT_REST = 1000
#: Largest last update, in kT, of the potential and of the levels of carriers that are there.
UPDATE = 1e-7
#: Largest residual of a row over the largest term that it can have.
RESIDUAL = 1e-9
#: Largest sum of what continuity loses over the current, or over the least current that matters (1/m2/s).
LOSS, LEAST_FLOW = 1e-10, 6e9
#: Relative rounding of a level, and the size of ln n: they bound how well continuity holds where all is fast.
ROUNDING, EXPONENT = 1e-15, 100.0
#: Density in 1/m3 under which a carrier is as good as absent: its level may drift, its flow may not.
ABSENT = 1e6
#: Longest step in kT.
STEP = 4.0

#: Size of a scaled flux row.
FLUX_WEIGHT = 0.1

CONVERGED, TOO_MANY, SINGULAR = 0, 1, 2


class Memory(NamedTuple):
    """Scratch arrays of a solve; see assembly.assemble and linear.solve_chain."""

    density: Array
    lower: Array
    diagonal: Array
    upper: Array
    right: Array
    work: Array


class Circuit(NamedTuple):
    """What stands around the junction, in units of Vt and of particle flow."""

    resistance: float  # bias lost per flow, Rs q/Vt in m2 s
    shunt: float  # flow per bias, G Vt/q in 1/m2/s


class Outcome(NamedTuple):
    """How a solve ended, and where its largest residual sits."""

    status: int
    iterations: int
    bias: float  # internal voltage over Vt
    residual: float
    node: int
    row: int


def memory(nodes: int) -> Memory:
    """Return scratch arrays for a device with so many nodes."""
    blocks = (nodes, 5, 5)
    return Memory(
        np.zeros((nodes, 2)),
        np.zeros(blocks),
        np.zeros(blocks),
        np.zeros((nodes, 5, 3)),
        np.zeros((nodes, 5, 2)),
        np.zeros(blocks),
    )


@njit(cache=True, error_model="numpy")
def flow_scale(state: Array, diagonal: Array, upper: Array, flow: int) -> float:
    """Return what counts as a large flow of a carrier: the largest one, or what a rise of kT drives in series."""
    largest, resistance = 0.0, 0.0
    for i in range(state.shape[0] - 1):
        largest = max(largest, abs(state[i, flow]))
        resistance += 1.0 / max(-diagonal[i, flow, flow - 2], upper[i, flow, flow - 2])
    return max(largest, 1.0 / resistance)


@njit(cache=True, error_model="numpy")
def row_size(lower: Array, diagonal: Array, upper: Array, before: Array, here: Array, after: Array) -> float:
    """Return the largest term of one row, given the natural size of every unknown."""
    size = 0.0
    for c in range(5):
        size = max(size, abs(diagonal[c]) * here[c], abs(lower[c]) * before[c])
    for c in range(3):
        size = max(size, abs(upper[c]) * after[c])
    return size


@njit(cache=True, error_model="numpy")
def equilibrate(device: Device, state: Array, m: Memory) -> tuple[float, int, int]:
    """Divide every row by its largest term; return the largest residual, its node and its row.

    Flux rows stay smaller, so that continuity is the pivot where recombination ties both levels together: the two
    continuity rows then differ by exactly the total current, which would drown in either of them.
    """
    nodes = state.shape[0]
    sizes = np.ones((3, 5))
    sizes[:, ELECTRON_FLOW] = flow_scale(state, m.diagonal, m.upper, ELECTRON_FLOW)
    sizes[:, HOLE_FLOW] = flow_scale(state, m.diagonal, m.upper, HOLE_FLOW)
    worst, node, which = 0.0, 0, 0
    for i in range(nodes):
        for k in range(3):
            j = min(max(i + k - 1, 0), nodes - 1)
            sizes[k, 0] = device.edges[j].dielectric if device.nodes[j].second else 1.0
        for r in range(5):
            weight = FLUX_WEIGHT if r >= ELECTRON_FLUX else 1.0
            inverse = weight / row_size(m.lower[i, r], m.diagonal[i, r], m.upper[i, r], sizes[0], sizes[1], sizes[2])
            for c in range(5):
                m.diagonal[i, r, c] *= inverse
                m.lower[i, r, c] *= inverse
            for c in range(3):
                m.upper[i, r, c] *= inverse
            m.right[i, r, 0] *= inverse
            m.right[i, r, 1] *= inverse
            if not abs(m.right[i, r, 0]) <= worst:
                worst, node, which = abs(m.right[i, r, 0]), i, r
    return worst, node, which


@njit(cache=True, error_model="numpy")
def lost_flow(state: Array, bias: float, m: Memory) -> float:
    """Return how much of both carriers continuity loses beyond rounding, in 1/m2/s, from the unscaled chain."""
    total = 0.0
    for i in range(1, state.shape[0] - 1):
        exponent = EXPONENT + abs(state[i, 1]) + abs(state[i, 2]) + abs(bias)
        rounding = exponent * (abs(m.diagonal[i, 1, 1]) + abs(m.diagonal[i, 1, 2]))
        rounding += abs(state[i, ELECTRON_FLOW]) + abs(state[i, HOLE_FLOW])
        total += abs(m.right[i, 1, 0]) + abs(m.right[i, 2, 0]) - ROUNDING * rounding
    return total


@njit(cache=True, error_model="numpy")
def combine(device: Device, circuit: Circuit, terminal: float, bias: float, flow: float, x: Array) -> float:
    """Add to the first column of ``x`` what the change of internal bias needs; return that change.

    terminal = bias + resistance (flow + shunt bias), linearised along the two columns of ``x``.
    """
    gap: float = terminal - bias - circuit.resistance * (flow + circuit.shunt * bias + x[0, 3, 0] - x[0, 4, 0])
    change: float = gap / (1.0 + circuit.resistance * (circuit.shunt + x[0, 3, 1] - x[0, 4, 1]))
    for i in range(x.shape[0]):
        for c in range(5):
            x[i, c, 0] += change * x[i, c, 1]
        if device.nodes[i].second:
            x[i, 0, 0] = x[i - 1, 0, 0]
    return change


@njit(cache=True, error_model="numpy")
def largest_update(density: Array, x: Array) -> float:
    """Return the largest change, in kT, of the potential and of the levels of carriers that are there."""
    largest = 0.0
    for i in range(x.shape[0]):
        if not abs(x[i, 0, 0]) <= largest:
            largest = abs(x[i, 0, 0])
        for c in range(2):
            if density[i, c] > ABSENT and not abs(x[i, 1 + c, 0]) <= largest:
                largest = abs(x[i, 1 + c, 0])
    return largest


@njit(cache=True, error_model="numpy")
def advance(state: Array, density: Array, x: Array, damping: float, at_rest: bool) -> None:
    """Move the state along the Newton step; levels of absent carriers, and all at rest, no further than STEP each."""
    for i in range(state.shape[0]):
        for c in range(5):
            move = damping * x[i, c, 0]
            if at_rest or (1 <= c <= 2 and density[i, c - 1] <= ABSENT):
                move = min(max(move, -STEP), STEP)
            state[i, c] += move


@njit(cache=True, error_model="numpy")
def newton(
    device: Device, circuit: Circuit, m: Memory, state: Array, bias: float, terminal: float, light: float, at_rest: bool
) -> Outcome:
    """Solve the device at one terminal voltage, in place.

    At rest (dark, zero voltage) no level moves and the potential minimises a convex energy: there every node is held
    to STEP for itself. Elsewhere the whole step is shortened, which keeps the linear equations solved.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt around it.
        m: scratch arrays.
        state: first guess of phi, w, z and the two flows, shape (nodes, 5); becomes the solution.
        bias: first guess of the internal voltage over Vt.
        terminal: voltage at the terminals over Vt.
        light: share of the external generation that is switched on.
        at_rest: the start is far from the solution of a dark device at zero voltage.
    """
    update, worst, node, row = np.inf, np.inf, 0, 0
    limit = ITERATIONS_AT_REST if at_rest else ITERATIONS
    for iteration in range(limit):
        assemble(device, state, bias, light, m.density, m.lower, m.diagonal, m.upper, m.right)
        lost = lost_flow(state, bias, m)
        flow = state[0, ELECTRON_FLOW] - state[0, HOLE_FLOW]
        worst, node, row = equilibrate(device, state, m)
        if update < UPDATE and worst < RESIDUAL and lost <= LOSS * max(abs(flow), LEAST_FLOW):
            return Outcome(CONVERGED, iteration, bias, worst, node, row)
        if not solve_chain(m.lower, m.diagonal, m.upper, m.right, m.work):
            return Outcome(SINGULAR, iteration, bias, worst, node, row)
        change = combine(device, circuit, terminal, bias, flow, m.right)
        update = largest_update(m.density, m.right)
        if not update < 1e200:
            return Outcome(SINGULAR, iteration, bias, worst, node, row)
        damping = 1.0 if at_rest or update <= STEP else STEP / update
        bias += damping * change
        advance(state, m.density, m.right, damping, at_rest)
    return Outcome(TOO_MANY, limit, bias, worst, node, row)
