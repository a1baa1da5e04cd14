"""Damped Newton iteration at one terminal voltage, which knows the chain of blocks and nothing of the physics."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel, part
from halodot.device.discretisation.assembly import ELECTRON_FLOW, ELECTRON_FLUX, HOLE_FLOW, assemble, inertia_rows
from halodot.device.discretisation.records import Device
from halodot.device.laws import recombination
from halodot.device.solver.block_tridiagonal import solve_again, solve_chain
from halodot.device.solver.workspace import Memory

#: Iterations at one voltage before a smaller step is tried.
ITERATIONS = 60
#: Iterations for the Poisson equation in the dark at zero voltage, which has one solution and is worth the wait.
ITERATIONS_AT_REST = 1000
#: Largest last update, in kT, of the potential and of the levels of carriers that are there.
UPDATE = 1e-7
#: The same after many iterations: what is left then is the rounding of levels that next to no current holds.
LATE, LATE_UPDATE = 30, 1e-4
#: Largest residual of a row over the largest term that it can have.
RESIDUAL = 1e-9
#: Largest sum of what continuity loses over the current, or over the least current that matters (1/m2/s).
LOSS, LEAST_FLOW = 1e-10, 6e9
#: Relative rounding of a level, and the size of ln n: they bound how well continuity holds where all is fast.
ROUNDING, EXPONENT = 1e-15, 100.0
#: Density in 1/m3 under which a carrier is as good as absent: its level may drift, its flow may not.
ABSENT = 1e10
#: Longest step in kT.
STEP = 4.0
#: Iterations after which a step is halved that is not below this share of the one before: it goes to and fro.
PATIENCE, PROGRESS = 12, 0.75

#: Size of a scaled flux row.
FLUX_WEIGHT = 0.1

CONVERGED, TOO_MANY, SINGULAR = 0, 1, 2
#: Ways to go along Newton's step: the levels at rest and every potential for itself; all of it, shortened; every node
#: for itself.
AT_REST, WHOLE, EACH = 0, 1, 2


class Circuit(NamedTuple):
    """What stands around the junction, in units of Vt and of particle flow."""

    resistance: float  # bias lost per flow, Rs q/Vt in m2 s
    shunt: float  # flow per bias, G Vt/q in 1/m2/s


class Outcome(NamedTuple):
    """How a solve ended, and where its largest residual sits."""

    status: int
    iterations: int
    residual: float
    node: int
    row: int


@kernel
def flow_scale(state: Array, diagonal: Array, upper: Array, flow: int) -> float:
    """Return what counts as a large flow of a carrier: the largest one, or what a rise of kT drives in series."""
    largest, resistance = 0.0, 0.0
    for i in range(state.shape[0] - 1):
        largest = max(largest, abs(state[i, flow]))
        resistance += 1.0 / max(-diagonal[i, flow, flow - 2], upper[i, flow, flow - 2])
    return max(largest, 1.0 / resistance)


@kernel
def first_size(device: Device, i: int) -> float:
    """Return the natural size of the first unknown of block i: a potential over Vt, or a displacement."""
    return device.edges[i].dielectric if device.nodes[i].second else 1.0


@kernel
def equilibrate(device: Device, state: Array, m: Memory) -> tuple[float, int, int]:
    """Divide every row by its largest term; return the largest residual, its node and its row.

    Flux rows stay smaller, so that continuity is the pivot where recombination ties both levels together: the two
    continuity rows then differ by exactly the total current, which would drown in either of them.
    """
    lower, diagonal, upper, right, last = m.lower, m.diagonal, m.upper, m.right, state.shape[0] - 1
    electrons = flow_scale(state, diagonal, upper, ELECTRON_FLOW)
    holes = flow_scale(state, diagonal, upper, HOLE_FLOW)
    worst, node, which = 0.0, 0, 0
    before, here = 1.0, first_size(device, 0)
    for i in range(last + 1):
        after = first_size(device, min(i + 1, last))
        for r in range(5):
            size = max(abs(diagonal[i, r, 0]) * here, abs(lower[i, r, 0]) * before, abs(upper[i, r, 0]) * after)
            size = max(size, abs(diagonal[i, r, 3]) * electrons, abs(lower[i, r, 3]) * electrons)
            size = max(size, abs(diagonal[i, r, 4]) * holes, abs(lower[i, r, 4]) * holes)
            for c in range(1, 3):
                size = max(size, abs(diagonal[i, r, c]), abs(lower[i, r, c]), abs(upper[i, r, c]))
            inverse = (FLUX_WEIGHT if r >= ELECTRON_FLUX else 1.0) / size
            for c in range(5):
                diagonal[i, r, c] *= inverse
                lower[i, r, c] *= inverse
            for c in range(3):
                upper[i, r, c] *= inverse
            right[i, r, 0] *= inverse
            right[i, r, 1] *= inverse
            m.scale[i, r] = inverse
            if not abs(right[i, r, 0]) <= worst:
                worst, node, which = abs(right[i, r, 0]), i, r
        before, here = here, after
    for region in range(device.ions.shape[0]):
        worst = max(worst, abs(m.ions[region, 0]) / device.ions[region, 0])
        for i in range(last + 1):
            for r in range(5):
                m.more[i, r, region] *= m.scale[i, r]
    return worst, node, which


@part
def lost_flow(state: Array, bias: float, m: Memory) -> float:
    """Return how much of both carriers continuity loses beyond rounding, in 1/m2/s, from the unscaled chain."""
    total = 0.0
    for i in range(1, state.shape[0] - 1):
        exponent = EXPONENT + abs(state[i, 1]) + abs(state[i, 2]) + abs(bias)
        rounding = 0.0
        for r in range(1, 3):
            for c in range(1, 3):
                rounding = max(rounding, abs(m.diagonal[i, r, c]), abs(m.lower[i, r, c]), abs(m.upper[i, r, c]))
        rounding = 2.0 * exponent * rounding + abs(state[i, ELECTRON_FLOW]) + abs(state[i, HOLE_FLOW])
        total += abs(m.right[i, 1, 0]) + abs(m.right[i, 2, 0]) - ROUNDING * rounding
    return total


@part
def border(device: Device, circuit: Circuit, terminal: float, extra: Array, state: Array, m: Memory, a: Array) -> None:
    """Fill the small system for the change of the bias and of the activities of the ions.

    terminal = bias + resistance (flow + shunt bias), and the number of ions of each region, linearised along the
    columns of the solved chain.

    Args:
        device: parameters.
        circuit: what stands around the junction.
        terminal: voltage at the terminals over Vt.
        extra: bias and activities.
        state: phi, w, z and the two flows.
        m: the solved chain.
        a: shape (1 + regions, 2 + regions), leaves with the matrix and, in its last column, the right-hand side.
    """
    size = extra.size
    r, bias = circuit.resistance, extra[0]
    flow = state[0, ELECTRON_FLOW] - state[0, HOLE_FLOW] + m.right[0, ELECTRON_FLOW, 0] - m.right[0, HOLE_FLOW, 0]
    for k in range(a.shape[0]):
        for c in range(a.shape[1]):
            a[k, c] = 0.0
    a[0, size] = terminal - bias - r * (flow + circuit.shunt * bias)
    a[0, 0] = 1.0 + r * (circuit.shunt + m.right[0, ELECTRON_FLOW, 1] - m.right[0, HOLE_FLOW, 1])
    for k in range(1, size):
        a[0, k] = r * (m.more[0, ELECTRON_FLOW, k - 1] - m.more[0, HOLE_FLOW, k - 1])
        a[k, k] = m.ions[k - 1, 1]
        a[k, size] = m.ions[k - 1, 0]
    if size == 1:
        return
    for i in range(state.shape[0]):
        node = device.nodes[i]
        for region in (node.cation_region, node.anion_region):
            if region >= 0:
                sign, phi = device.ions[region, 1], state[i, 0] + node.dipole
                slope = recombination.ion_density(sign, node.ion_sites, extra[1 + region], phi)[1] * sign * node.volume
                at = i - 1 if node.second else i
                a[1 + region, size] += slope * m.right[at, 0, 0]
                a[1 + region, 0] -= slope * m.right[at, 0, 1]
                for k in range(1, size):
                    a[1 + region, k] -= slope * m.more[at, 0, k - 1]


@kernel
def solve_small(a: Array, x: Array) -> bool:
    """Solve a small dense system, its right-hand side in the last column, by elimination with row pivoting."""
    size = x.size
    for k in range(size):
        pivot = k
        for r in range(k + 1, size):
            if abs(a[r, k]) > abs(a[pivot, k]):
                pivot = r
        if a[pivot, k] == 0.0:
            return False
        for c in range(k, size + 1):
            a[k, c], a[pivot, c] = a[pivot, c], a[k, c]
        for r in range(k + 1, size):
            ratio = a[r, k] / a[k, k]
            for c in range(k, size + 1):
                a[r, c] -= ratio * a[k, c]
    for k in range(size - 1, -1, -1):
        x[k] = a[k, size]
        for c in range(k + 1, size):
            x[k] -= a[k, c] * x[c]
        x[k] /= a[k, k]
    return True


@part
def combine(device: Device, change: Array, m: Memory) -> None:
    """Add to the first column of the solved chain what the changes of bias and activities need."""
    x = m.right
    for i in range(x.shape[0]):
        for c in range(5):
            x[i, c, 0] += change[0] * x[i, c, 1]
            for k in range(1, change.size):
                x[i, c, 0] += change[k] * m.more[i, c, k - 1]
        if device.nodes[i].second:
            x[i, 0, 0] = x[i - 1, 0, 0]


@kernel
def largest_update(density: Array, x: Array, change: Array) -> float:
    """Return the largest change, in kT, of the potential and of the levels of carriers that are there."""
    largest = 0.0
    for k in range(1, change.size):
        largest = max(largest, abs(change[k]))
    for i in range(x.shape[0]):
        if not abs(x[i, 0, 0]) <= largest:
            largest = abs(x[i, 0, 0])
        for c in range(2):
            if density[i, c] > ABSENT and not abs(x[i, 1 + c, 0]) <= largest:
                largest = abs(x[i, 1 + c, 0])
    return largest


@part
def hold_levels(m: Memory) -> None:
    """Leave of the scaled chain Poisson's equation alone: levels and flows stay as they are."""
    for i in range(m.diagonal.shape[0]):
        for r in range(1, 5):
            for c in range(5):
                m.lower[i, r, c], m.diagonal[i, r, c] = 0.0, 1.0 if c == r else 0.0
            for c in range(3):
                m.upper[i, r, c] = 0.0
            m.right[i, r, 0], m.right[i, r, 1] = 0.0, 0.0
            for k in range(m.more.shape[2]):
                m.more[i, r, k] = 0.0


@kernel
def held(move: float) -> float:
    """Return a move no longer than STEP."""
    return min(max(move, -STEP), STEP)


@part
def advance(state: Array, density: Array, x: Array, damping: float) -> None:
    """Move the state along the Newton step; levels of absent carriers no further than STEP each."""
    for i in range(state.shape[0]):
        for c in range(5):
            move = damping * x[i, c, 0]
            state[i, c] += held(move) if 1 <= c <= 2 and density[i, c - 1] <= ABSENT else move


@kernel
def eased(change: float) -> float:
    """Return by how much ln n rises when n itself rises by ``change`` times n; down, no further than STEP."""
    return math.log1p(change) if change > 0.0 else max(change, -STEP)


@part
def advance_each(state: Array, x: Array, damping: float) -> None:
    """Move every node for itself: the potential no further than STEP, and where a density grows, the density.

    Continuity is linear in the densities, not in their logarithms: where a carrier arrives at a place without any,
    as where a front of recombination moves on, the step of its level is far too long and that of its density right.
    """
    for i in range(state.shape[0]):
        phi = damping * x[i, 0, 0]
        state[i, 0] += held(phi)
        state[i, 1] += eased(damping * x[i, 1, 0] + phi) - phi
        state[i, 2] += eased(damping * x[i, 2, 0] - phi) + phi
        state[i, 3] += damping * x[i, 3, 0]
        state[i, 4] += damping * x[i, 4, 0]


@kernel
def newton(
    device: Device,
    circuit: Circuit,
    m: Memory,
    state: Array,
    extra: Array,
    terminal: float,
    light: float,
    way: int,
    haste: float,
) -> Outcome:
    """Solve the device at one terminal voltage, in place.

    At rest (dark, zero voltage) no level moves and the potential minimises a convex energy: there every node is held
    to STEP for itself. Elsewhere the whole step is shortened, which keeps the linear equations solved, or every node
    goes as far as it may, which is slower and finds more.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt around it.
        m: scratch arrays, and the densities of the past.
        state: first guess of phi, w, z and the two flows, shape (nodes, 5); becomes the solution.
        extra: first guess of the internal voltage over Vt and of the activities of the ions; becomes the solution.
        terminal: voltage at the terminals over Vt.
        light: share of the external generation that is switched on.
        way: AT_REST, WHOLE or EACH.
        haste: one over the time since the past, 1/s; 0 for the steady state.
    """
    update, worst, node, row = np.inf, np.inf, 0, 0
    limit = ITERATIONS_AT_REST if way == AT_REST else ITERATIONS
    small, change = np.zeros((extra.size, extra.size + 1)), np.zeros(extra.size)
    for iteration in range(limit):
        assemble(device, state, extra, light, m)
        if haste > 0.0:
            inertia_rows(device, state, haste, m)
        lost = lost_flow(state, extra[0], m)
        flow = state[0, ELECTRON_FLOW] - state[0, HOLE_FLOW]
        worst, node, row = equilibrate(device, state, m)
        enough = UPDATE if iteration < LATE else LATE_UPDATE
        if update < enough and worst < RESIDUAL and lost <= LOSS * max(abs(flow), LEAST_FLOW):
            return Outcome(CONVERGED, iteration, worst, node, row)
        if way == AT_REST:
            hold_levels(m)
        if not solve_chain(m.lower, m.diagonal, m.upper, m.right, m.work, m.pivots):
            return Outcome(SINGULAR, iteration, worst, node, row)
        if extra.size > 1:
            solve_again(m.lower, m.diagonal, m.pivots, m.work, m.more)
        border(device, circuit, terminal, extra, state, m, small)
        if not solve_small(small, change):
            return Outcome(SINGULAR, iteration, worst, node, row)
        combine(device, change, m)
        before, update = update, largest_update(m.density, m.right, change)
        if not update < 1e200:
            return Outcome(SINGULAR, iteration, worst, node, row)
        damping = STEP / update if way == WHOLE and update > STEP else 1.0
        if way == WHOLE and iteration >= PATIENCE and update > PROGRESS * before:
            damping *= 0.5
        extra[0] += damping * change[0]
        for k in range(1, extra.size):
            extra[k] += damping * change[k] if way == WHOLE else held(damping * change[k])
        if way == WHOLE:
            advance(state, m.density, m.right, damping)
        elif way == EACH:
            advance_each(state, m.right, damping)
        else:
            for i in range(state.shape[0]):
                state[i, 0] += held(m.right[i, 0, 0])
    return Outcome(TOO_MANY, limit, worst, node, row)
