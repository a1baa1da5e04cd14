"""How the unknowns move along a Newton step, and how far they may: the damping of each kind of unknown."""

from __future__ import annotations

import math

from halodot.arrays import Array
from halodot.compiled import kernel, part
from halodot.device.discretisation.equations import Equations
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.scaling import ABSENT
from halodot.device.discretisation.unknowns import (
    BLOCK_SIZE,
    COUPLED,
    ELECTRON_FLOW,
    ELECTRON_LEVEL,
    HOLE_FLOW,
    HOLE_LEVEL,
    INTERNAL_VOLTAGE,
    PHI,
)


@kernel
def _clipped(move: float, largest: float) -> float:
    """Return a move no longer than the largest one."""
    return min(max(move, -largest), largest)


@kernel
def _log_damped(change: float, largest: float) -> float:
    """Return by how much ln n rises when n rises by ``change`` times n; down, no further than ``largest``."""
    return math.log1p(change) if change > 0.0 else max(change, -largest)


@part
def move_globally(state: Array, carriers: Array, step: Array, damping: float, largest: float) -> None:
    """Move all unknowns along one damped step; the levels of absent carriers no further than ``largest`` each.

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5); moves.
        carriers: of every node [1/m3], (nodes, 6).
        step: Newton step in its first column [Vt, kT, 1/m2/s], (nodes, 5, 2).
        damping: share of the step that is taken [1].
        largest: longest move of such a level [kT].
    """
    for i in range(state.shape[0]):
        for c in range(BLOCK_SIZE):
            move = damping * step[i, c, 0]
            is_absent = ELECTRON_LEVEL <= c <= HOLE_LEVEL and carriers[i, c - ELECTRON_LEVEL] <= ABSENT
            state[i, c] += _clipped(move, largest) if is_absent else move


@part
def move_nodewise(state: Array, step: Array, damping: float, largest: float) -> None:
    """Move every node for itself: the potential no further than ``largest``, and where a density grows, the density.

    Continuity is linear in the densities, not in their logarithms: where a carrier arrives at a place without any,
    as where a front of recombination moves on, the step of its level is far too long and that of its density right.

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5); moves.
        step: Newton step in its first column [Vt, kT, 1/m2/s], (nodes, 5, 2).
        damping: share of the step that is taken [1].
        largest: longest move of a potential, and of a level downwards [kT].
    """
    for i in range(state.shape[0]):
        phi = damping * step[i, PHI, 0]
        state[i, PHI] += _clipped(phi, largest)
        state[i, ELECTRON_LEVEL] += _log_damped(damping * step[i, ELECTRON_LEVEL, 0] + phi, largest) - phi
        state[i, HOLE_LEVEL] += _log_damped(damping * step[i, HOLE_LEVEL, 0] - phi, largest) + phi
        state[i, ELECTRON_FLOW] += damping * step[i, ELECTRON_FLOW, 0]
        state[i, HOLE_FLOW] += damping * step[i, HOLE_FLOW, 0]


@part
def move_potential(state: Array, step: Array, largest: float) -> None:
    """Move the potential of every node for itself, no further than ``largest`` [kT], and nothing else.

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5); moves.
        step: Newton step in its first column [Vt, kT, 1/m2/s], (nodes, 5, 2).
        largest: longest move [kT].
    """
    for i in range(state.shape[0]):
        state[i, PHI] += _clipped(step[i, PHI, 0], largest)


@part
def move_global_unknowns(unknowns: Array, change: Array, damping: float, largest: float) -> None:
    """Move the internal voltage along the damped step, and the activities no further than ``largest`` each.

    Args:
        unknowns: internal voltage [Vt] and activities of the ions [kT], shape (1 + regions,); move.
        change: their Newton step [Vt, kT], shape (1 + regions,).
        damping: share of the step that is taken [1].
        largest: longest move of an activity [kT]; inf for no limit.
    """
    unknowns[INTERNAL_VOLTAGE] += damping * change[INTERNAL_VOLTAGE]
    for k in range(1, unknowns.size):
        unknowns[k] += _clipped(damping * change[k], largest)


@part
def keep_poisson_only(e: Equations) -> None:
    """Leave of the scaled equations Poisson's alone: levels and flows stay as they are.

    Args:
        e: the scaled equations.
    """
    for i in range(e.diagonal.shape[0]):
        for r in range(1, BLOCK_SIZE):
            for c in range(BLOCK_SIZE):
                e.lower[i, r, c], e.diagonal[i, r, c] = 0.0, 1.0 if c == r else 0.0
            for c in range(COUPLED):
                e.upper[i, r, c] = 0.0
            e.right[i, r, 0], e.right[i, r, 1] = 0.0, 0.0
            for k in range(e.ion_columns.shape[2]):
                e.ion_columns[i, r, k] = 0.0


@part
def back_substitute(device: Device, change: Array, e: Equations) -> None:
    """Add to the first solved column what the changes of the global unknowns need: the Newton step of the blocks.

    Args:
        device: parameters of nodes and edges [SI].
        change: of internal voltage and activities [Vt, kT], shape (1 + regions,).
        e: the equations with their solved columns.
    """
    x = e.right
    for i in range(x.shape[0]):
        for c in range(BLOCK_SIZE):
            x[i, c, 0] += change[INTERNAL_VOLTAGE] * x[i, c, 1]
            for k in range(1, change.size):
                x[i, c, 0] += change[k] * e.ion_columns[i, c, k - 1]
        if device.nodes[i].second:
            x[i, PHI, 0] = x[i - 1, PHI, 0]
