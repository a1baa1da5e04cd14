"""How large the unknowns, the rows and what is lost of the current are: what a solver scales by and stops at."""

from __future__ import annotations

from halodot.arrays import Array
from halodot.compiled import kernel, part
from halodot.device.discretisation.equations import Equations
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import (
    BLOCK_SIZE,
    COUPLED,
    ELECTRON_CONTINUITY,
    ELECTRON_FLOW,
    ELECTRON_FLUX,
    ELECTRON_LEVEL,
    HOLE_CONTINUITY,
    HOLE_FLOW,
    HOLE_LEVEL,
    PHI,
)

#: Size of a scaled flux row: below 1, so that continuity is the pivot where recombination ties both levels together.
FLUX_WEIGHT = 0.1
#: Relative rounding of a level, and the size of ln n: they bound how well continuity holds where all is fast.
ROUNDING, EXPONENT = 1e-15, 100.0
#: Density in 1/m3 under which a carrier is as good as absent, one in a pixel: its level may drift, its flow may not.
ABSENT = 1e10


@kernel
def flow_scale(state: Array, diagonal: Array, upper: Array, flow: int) -> float:
    """Return what counts as a large flow of a carrier: the largest one, or what a rise of kT drives in series.

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        diagonal: of the equations, shape (nodes, 5, 5).
        upper: of the equations, shape (nodes, 5, 3).
        flow: column of the carrier's flow.

    Returns:
        In 1/m2/s.
    """
    largest, resistance, level = 0.0, 0.0, flow - ELECTRON_FLOW + ELECTRON_LEVEL
    for i in range(state.shape[0] - 1):
        largest = max(largest, abs(state[i, flow]))
        resistance += 1.0 / max(-diagonal[i, flow, level], upper[i, flow, level])
    return max(largest, 1.0 / resistance)


@kernel
def _first_unknown_scale(device: Device, i: int) -> float:
    """Return the natural size of the first unknown of block i: a potential over Vt, or a displacement."""
    return device.edges[i].dielectric if device.nodes[i].second else 1.0


@kernel
def scale_rows(device: Device, state: Array, e: Equations) -> tuple[float, int, int]:
    """Divide every row by its largest term.

    Flux rows stay smaller, so that continuity is the pivot where recombination ties both levels together: the two
    continuity rows then differ by exactly the total current, which would drown in either of them.

    Args:
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        e: the assembled equations; their rows leave scaled.

    Returns:
        The largest scaled residual, its node and its row.
    """
    lower, diagonal, upper, right, last = e.lower, e.diagonal, e.upper, e.right, state.shape[0] - 1
    electrons = flow_scale(state, diagonal, upper, ELECTRON_FLOW)
    holes = flow_scale(state, diagonal, upper, HOLE_FLOW)
    worst, node, row = 0.0, 0, 0
    before, here = 1.0, _first_unknown_scale(device, 0)
    for i in range(last + 1):
        after = _first_unknown_scale(device, min(i + 1, last))
        for r in range(BLOCK_SIZE):
            size = max(abs(diagonal[i, r, PHI]) * here, abs(lower[i, r, PHI]) * before, abs(upper[i, r, PHI]) * after)
            size = max(
                size, abs(diagonal[i, r, ELECTRON_FLOW]) * electrons, abs(lower[i, r, ELECTRON_FLOW]) * electrons
            )
            size = max(size, abs(diagonal[i, r, HOLE_FLOW]) * holes, abs(lower[i, r, HOLE_FLOW]) * holes)
            for c in range(ELECTRON_LEVEL, HOLE_LEVEL + 1):
                size = max(size, abs(diagonal[i, r, c]), abs(lower[i, r, c]), abs(upper[i, r, c]))
            inverse = (FLUX_WEIGHT if r >= ELECTRON_FLUX else 1.0) / size
            for c in range(BLOCK_SIZE):
                diagonal[i, r, c] *= inverse
                lower[i, r, c] *= inverse
            for c in range(COUPLED):
                upper[i, r, c] *= inverse
            right[i, r, 0] *= inverse
            right[i, r, 1] *= inverse
            e.row_scale[i, r] = inverse
            if not abs(right[i, r, 0]) <= worst:
                worst, node, row = abs(right[i, r, 0]), i, r
        before, here = here, after
    for region in range(device.ions.shape[0]):
        worst = max(worst, abs(e.ion_balance[region, 0]) / device.ions[region, 0])
        for i in range(last + 1):
            for r in range(BLOCK_SIZE):
                e.ion_columns[i, r, region] *= e.row_scale[i, r]
    return worst, node, row


@part
def continuity_loss(state: Array, bias: float, e: Equations) -> float:
    """Return how much of both carriers the continuity equations lose beyond rounding [1/m2/s].

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        bias: internal voltage [Vt].
        e: the assembled equations, not yet scaled.
    """
    total = 0.0
    for i in range(1, state.shape[0] - 1):
        exponent = EXPONENT + abs(state[i, ELECTRON_LEVEL]) + abs(state[i, HOLE_LEVEL]) + abs(bias)
        rounding = 0.0
        for r in range(ELECTRON_CONTINUITY, HOLE_CONTINUITY + 1):
            for c in range(ELECTRON_LEVEL, HOLE_LEVEL + 1):
                rounding = max(rounding, abs(e.diagonal[i, r, c]), abs(e.lower[i, r, c]), abs(e.upper[i, r, c]))
        rounding = 2.0 * exponent * rounding + abs(state[i, ELECTRON_FLOW]) + abs(state[i, HOLE_FLOW])
        loss = abs(e.right[i, ELECTRON_CONTINUITY, 0]) + abs(e.right[i, HOLE_CONTINUITY, 0])
        total += loss - ROUNDING * rounding
    return total


@kernel
def largest_update(carriers: Array, step: Array, change: Array) -> float:
    """Return the largest change [kT], of the potential and of the levels of carriers that are there.

    Args:
        carriers: of every node [1/m3], (nodes, 6).
        step: Newton step of the blocks in its first column [Vt, kT, 1/m2/s], (nodes, 5, 2).
        change: of the global unknowns [Vt, kT], (1 + regions,).
    """
    largest = 0.0
    for k in range(1, change.size):
        largest = max(largest, abs(change[k]))
    for i in range(step.shape[0]):
        if not abs(step[i, PHI, 0]) <= largest:
            largest = abs(step[i, PHI, 0])
        for c in range(2):
            if carriers[i, c] > ABSENT and not abs(step[i, ELECTRON_LEVEL + c, 0]) <= largest:
                largest = abs(step[i, ELECTRON_LEVEL + c, 0])
    return largest
