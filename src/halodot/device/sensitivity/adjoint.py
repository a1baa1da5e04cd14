"""The adjoint of a solved point: which change of each equation changes a functional, from one factorisation."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.assembly import assemble, carriers_of, fill_carriers
from halodot.device.discretisation.bordered_system import Circuit, fill_schur_system
from halodot.device.discretisation.equations import Equations
from halodot.device.discretisation.faces import PAIRS, captures_across, face_pair
from halodot.device.discretisation.fields import bimolecular_at
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.scaling import largest_update, scale_rows
from halodot.device.discretisation.unknowns import ELECTRON_FLOW, HOLE_FLOW
from halodot.device.discretisation.updates import back_substitute
from halodot.device.laws.interface_recombination import (
    ELECTRON_LOSS,
    HOLE_LOSS,
    VALUE,
    fill_interface_recombination,
)
from halodot.device.laws.ions import ion_density
from halodot.device.laws.recombination import net_recombination, np_excess
from halodot.device.solver.block_tridiagonal import solve_block_tridiagonal, solve_columns, solve_transposed
from halodot.device.solver.system import OperatingCondition, System, Unknowns
from halodot.linear_algebra import solve_dense

#: Largest change (kT) that one more Newton step may make to a point that counts as solved.
LARGEST_CHANGE = 1e-5


class Adjoint(NamedTuple):
    """How much each functional gains where a row of the equations is raised by 1."""

    weight: Array  # rows of the chain, unscaled, shape (nodes, 5, functional)
    balance: Array  # the circuit and the ions' numbers, shape (1 + regions, functional)


@kernel
def linearise(system: System, unknowns: Unknowns, condition: OperatingCondition, schur: Array) -> float:
    """Factorise the equations of a solved point, and leave its flows exact to rounding; its levels stay as they are.

    Args:
        system: device and circuit; its workspace leaves with the factorised equations and their solved columns.
        unknowns: the point, state (nodes, 5) and global unknowns (1 + regions,).
        condition: terminal voltage and generation of the point.
        schur: shape (1 + regions, 2 + regions), leaves with the Schur system of the global unknowns.

    Returns:
        How far a Newton step would move a level [kT]; inf where that is more than a solved point allows.
    """
    device, work, e = system.device, system.workspace, system.workspace.equations
    state, outer = unknowns.state, unknowns.global_unknowns
    assemble(device, state, outer, condition.generation_scale, e)
    scale_rows(device, state, e)
    if not solve_block_tridiagonal(e.lower, e.diagonal, e.upper, e.right, work.couplings, work.pivots):
        return np.inf
    if outer.size > 1:
        solve_columns(e.lower, e.diagonal, work.pivots, work.couplings, e.ion_columns)
    fill_schur_system(device, system.circuit, condition.terminal_voltage, outer, state, e, schur)
    change = np.zeros(outer.size)
    if not solve_dense(schur.copy(), change):
        return np.inf
    back_substitute(device, change, e)
    update = largest_update(e.carriers, e.right, change)
    if not update <= LARGEST_CHANGE:
        return np.inf
    for i in range(state.shape[0]):
        for flow in (ELECTRON_FLOW, HOLE_FLOW):
            state[i, flow] += e.right[i, flow, 0]
    return update


@kernel
def fill_flows(device: Device, state: Array, bias: float, leakage: tuple[float, float], e: Equations) -> None:
    """Fill the flows of a solved state from what recombines, each carrier from where it is the least.

    Args:
        device: parameters of nodes and edges [SI].
        state: phi, w, z and room for the two flows, shape (nodes, 5).
        bias: internal voltage [Vt].
        leakage: flow of electrons at the anode and of holes at the cathode [1/m2/s].
        e: arrays to work in.
    """
    last = state.shape[0] - 1
    fill_carriers(device, state, bias, e.carriers)
    lost = np.zeros((last + 1, 2))
    for i in range(1, last):
        node, at = device.nodes[i], carriers_of(e.carriers, i)
        excess = np_excess(node, at, state[i, 1] + state[i, 2] + bias)
        rate = node.volume * net_recombination(node, at, excess, bimolecular_at(device, state, i, at).value, 1.0).value
        lost[i, 0] += rate
        lost[i, 1] += rate
        if i < last - 1 and device.edges[i].interface and device.edges[i].trap_density != 0.0:
            levels = (state[i, 1], state[i + 1, 1], state[i, 2], state[i + 1, 2])
            near, far = carriers_of(e.carriers, i), carriers_of(e.carriers, i + 1)
            fill_interface_recombination(device.edges[i], near, far, levels, bias, e.interface_traps)
            for side in range(2):
                lost[i + side, 0] += e.interface_traps[ELECTRON_LOSS + side, VALUE]
                lost[i + side, 1] += e.interface_traps[HOLE_LOSS + side, VALUE]
        if i < last - 1 and device.edges[i].interface and captures_across(device, i):
            for pair in PAIRS:
                met = face_pair(device, state, bias, (at, carriers_of(e.carriers, i + 1)), i, pair)
                lost[met.electron, 0] += met.coefficient * met.excess.value
                lost[met.hole, 1] += met.coefficient * met.excess.value
    state[0, ELECTRON_FLOW], state[last - 1, HOLE_FLOW] = leakage[0], leakage[1]
    for i in range(1, last):
        state[i, ELECTRON_FLOW] = state[i - 1, ELECTRON_FLOW] + lost[i, 0]
    for i in range(last - 1, 0, -1):
        state[i - 1, HOLE_FLOW] = state[i, HOLE_FLOW] - lost[i, 1]
    state[last, ELECTRON_FLOW] = state[last, HOLE_FLOW] = 0.0


@kernel
def _transpose_border(
    device: Device, circuit: Circuit, state: Array, extra: Array, balance: Array, columns: Array
) -> None:
    """Take from the right-hand sides of the adjoint what the circuit and the ions' numbers need."""
    for f in range(columns.shape[2]):
        columns[0, ELECTRON_FLOW, f] -= circuit.resistance * balance[0, f]
        columns[0, HOLE_FLOW, f] += circuit.resistance * balance[0, f]
    if extra.size == 1:
        return
    for i in range(state.shape[0]):
        node = device.nodes[i]
        for region in (node.cation_region, node.anion_region):
            if region >= 0:
                sign, phi = device.ions[region, 1], state[i, 0] + node.dipole
                slope = ion_density(sign, node.ion_sites, extra[1 + region], phi)[1] * sign * node.volume
                at = i - 1 if node.second else i
                for f in range(columns.shape[2]):
                    columns[at, 0, f] += slope * balance[1 + region, f]


@kernel
def adjoint(
    system: System,
    unknowns: Unknowns,
    schur: Array,
    by_state: Array,
    by_extra: Array,
) -> Adjoint:
    """Return the adjoint of several functionals at a point that `linearise` left.

    [A B; C D]^T (weight, balance) = (by_state, by_extra), with D - C A^-1 B the ``schur`` system.

    Args:
        system: with the factorised equations and their columns, -A^-1 B.
        unknowns: the point, state (nodes, 5) and global unknowns (1 + regions,).
        schur: shape (1 + regions, 2 + regions).
        by_state: derivatives of the functionals by the blocks' unknowns, shape (nodes, 5, functional).
        by_extra: by the global unknowns, shape (1 + regions, functional).
    """
    work, e = system.workspace, system.workspace.equations
    state, outer = unknowns.state, unknowns.global_unknowns
    size, functionals = outer.size, by_state.shape[2]
    balance, columns = np.zeros((size, functionals)), by_state.copy()
    matrix, found = np.zeros((size, size + 1)), np.zeros(size)
    for f in range(functionals):
        for k in range(size):
            for j in range(size):
                matrix[k, j] = schur[j, k]
            total = by_extra[k, f]
            for i in range(state.shape[0]):
                for c in range(5):
                    column = e.right[i, c, 1] if k == 0 else e.ion_columns[i, c, k - 1]
                    total += column * by_state[i, c, f]
            matrix[k, size] = total
        solvable = solve_dense(matrix, found)
        for k in range(size):
            balance[k, f] = found[k] if solvable else math.nan
    _transpose_border(system.device, system.circuit, state, outer, balance, columns)
    solve_transposed(e.lower, e.diagonal, work.pivots, work.couplings, columns)
    for i in range(state.shape[0]):
        for c in range(5):
            for f in range(functionals):
                columns[i, c, f] *= e.row_scale[i, c]
    return Adjoint(columns, balance)
