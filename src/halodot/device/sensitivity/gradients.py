"""What every number of a device's records does to a functional, given the adjoint of its solution.

With A x = -F the linear equations of a Newton step and A^T a = dj/dx, a functional j changes by a . d(-F) when a number
of the equations changes and the state does not. These are the local derivatives of -F: the right-hand sides of
:mod:`halodot.device.discretisation.assembly`, row by row. Differences that the laws write without cancellation keep
their factor: n p - n_i^2 = n p (1 - exp(-split)) moves with n p, and a flow with what leaves the near end.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.assembly import filling
from halodot.device.discretisation.records import EDGE, NODE, Device, Edge, Node
from halodot.device.discretisation.unknowns import (
    ELECTRON_CONTINUITY,
    ELECTRON_FLUX,
    HOLE_CONTINUITY,
    HOLE_FLUX,
    POISSON,
)
from halodot.device.laws import recombination
from halodot.device.laws.field_mobility import bimolecular, edge_cell, mobility_gain, mobility_slopes, node_fields
from halodot.device.laws.flux import LEAST_LOWERING, TUNNEL, drift, emission_gain
from halodot.device.laws.interface_recombination import difference
from halodot.device.laws.recombination import Filling
from halodot.device.laws.statistics import activity

#: Columns of ``filling``: by ln n and ln p, and by the two ln gamma where they act other than through n and p.
BY_N, BY_P, BY_N_EXCESS, BY_P_EXCESS = range(4)
#: Columns of ``whole``.
BARRIER, THERMAL_VOLTAGE, RESISTANCE, SHUNT = range(4)


class Gradient(NamedTuple):
    """Derivatives of several functionals by everything in the records, at one point; the first axis is theirs."""

    nodes: NDArray[np.void]  # of NODE, in place of each number the derivative by it
    edges: NDArray[np.void]  # of EDGE
    filling: Array  # shape (functional, node, 4)
    table: Array  # by ln gamma of electrons and holes at the node's own level, shape (functional, node, 2)
    ions: Array  # by the number of ions in each region, shape (functional, region)
    whole: Array  # by what the device has once, shape (functional, 4)


def no_gradient(functionals: int, nodes: int, regions: int) -> Gradient:
    """Return a gradient of nothing, to be added to."""
    return Gradient(
        np.zeros((functionals, nodes), dtype=NODE),
        np.zeros((functionals, nodes), dtype=EDGE),
        np.zeros((functionals, nodes, 4)),
        np.zeros((functionals, nodes, 2)),
        np.zeros((functionals, regions)),
        np.zeros((functionals, 4)),
    )


@kernel
def tunnel_slopes(barrier: float, depth: float, steepness: float, field: float) -> tuple[float, float, float]:
    """Return the derivatives of `flux.tunnel_gain` by barrier, depth and steepness."""
    if field <= 0.0 or barrier <= 0.0:
        return 0.0, 0.0, 0.0
    reach = min(barrier, field * depth)
    by_steepness = 0.0
    for share, weight in TUNNEL:
        energy = share * reach
        action = energy * math.sqrt(energy) / field
        by_steepness -= weight * reach * action * math.exp(energy - steepness * action)
    end = math.exp(reach - steepness * reach * math.sqrt(reach) / field)
    if reach < barrier:
        return 0.0, field * end, by_steepness
    return end, 0.0, by_steepness


@kernel
def lowering_slope(length: float, field: float) -> float:
    """Return the derivative of the logarithm of `flux.lowering_gain` by the length."""
    least = LEAST_LOWERING * LEAST_LOWERING / length
    size = math.sqrt(field * field + least * least)
    inwards = 0.5 * (field + size) if field > 0.0 else 0.5 * least * least / (size - field)
    root = math.sqrt(length * inwards)
    return 0.5 * root / length * (1.0 - 0.5 * least * least / (size * inwards))


class FieldSlopes(NamedTuple):
    """Derivatives of the logarithms of both mobilities."""

    activation: float  # by the activation of either
    hopping: float
    electron_field: float
    electron_change: float
    hole_field: float
    hole_change: float


@kernel
def field_slopes(edge: Edge, field: float, change: float) -> FieldSlopes:
    """Return the derivatives of `field_mobility.mobility_gain` of an edge's two mobilities."""
    activation, hopping = mobility_slopes(edge.hopping, field, change)
    electron = mobility_gain(edge.electron_activation, edge.hopping, field, change)
    hole = mobility_gain(edge.hole_activation, edge.hopping, field, change)
    return FieldSlopes(activation, hopping, electron[1], electron[2], hole[1], hole[2])


@kernel
def add_lengths(device: Device, state: Array, i: int, by_field: float, by_change: float, own: NDArray[np.void]) -> None:
    """Add what the lengths of edge i and of the one before do to rows with `field_mobility.edge_cell`.

    Behind an interface the rise along the edge before stands in the rows as the displacement over its permittivity.
    """
    step, inverse = state[i + 1, 0] - state[i, 0], device.edges[i].inverse_length
    own[i].inverse_length += by_field * step
    if i == 0 or device.edges[i - 1].interface:
        return
    earlier, before = state[i, 0] - state[i - 1, 0], device.edges[i - 1].inverse_length
    whole, share = inverse + before, 2.0 * before / (inverse + before)
    rise = step * inverse - earlier * before
    own[i].inverse_length += by_change * share * (step - rise / whole)
    own[i - 1].inverse_length += by_change * share * (rise * inverse / (before * whole) - earlier)
    if device.nodes[i - 1].second:
        own[i - 1].dielectric += by_change * share * before * earlier / device.edges[i - 1].dielectric


@kernel
def add_bimolecular(device: Device, state: Array, i: int, scale: float, f: int, out: Gradient) -> None:
    """Add ``scale`` times the derivatives of `field_mobility.bimolecular` at a node by the numbers of the records."""
    node, own = device.nodes[i], out.nodes[f, i]
    own.bimolecular += scale
    near, far, at = node_fields(device, state, i)
    if at < 0 or scale == 0.0:
        own.langevin_electron += scale
        own.langevin_hole += scale
        return
    edge, middle, change = device.edges[at], 0.5 * (near + far), far - near
    gain = mobility_gain(edge.electron_activation, edge.hopping, middle, change)
    hole_gain = mobility_gain(edge.hole_activation, edge.hopping, middle, change)
    own.langevin_electron += scale * gain[0]
    own.langevin_hole += scale * hole_gain[0]
    electron, hole = scale * node.langevin_electron * gain[0], scale * node.langevin_hole * hole_gain[0]
    if electron == 0.0 and hole == 0.0:
        return
    activation, hopping = mobility_slopes(edge.hopping, middle, change)
    out.edges[f, at].electron_activation += electron * activation
    out.edges[f, at].hole_activation += hole * activation
    out.edges[f, at].hopping += (electron + hole) * hopping
    by_middle, by_rise = electron * gain[1] + hole * hole_gain[1], electron * gain[2] + hole * hole_gain[2]
    both = at == i and i > 0 and not device.edges[i - 1].interface
    if both or at < i:
        by_near = 0.5 * by_middle - by_rise if both else by_middle
        out.edges[f, i - 1].inverse_length += by_near * (state[i, 0] - state[i - 1, 0])
    if at == i:
        by_far = 0.5 * by_middle + by_rise if both else by_middle
        out.edges[f, i].inverse_length += by_far * (state[i + 1, 0] - state[i, 0])


@kernel
def add_bulk_flows(device: Device, state: Array, density: Array, i: int, weight: Array, out: Gradient) -> None:
    """Add what a bulk edge's numbers do to its two flux rows."""
    edge, near, far = device.edges[i], filling(density, i), filling(density, i + 1)
    step = state[i + 1, 0] - state[i, 0]
    slope, hole_slope = 0.0, 0.0
    if device.tables.shape[0] > 0:
        slope = drift(step + far.n_excess - near.n_excess)[2]
        hole_slope = drift(-step + far.p_excess - near.p_excess)[2]
    cell = edge_cell(device, state, i)
    by = field_slopes(edge, cell.field, cell.change)
    rise, hole_rise = state[i + 1, 1] - state[i, 1], state[i + 1, 2] - state[i, 2]
    net = state[i, ELECTRON_FLUX] - edge.electron_floor * rise
    hole_net = state[i, HOLE_FLUX] - edge.hole_floor * hole_rise
    for f in range(weight.shape[2]):
        own, a, b = out.edges[f, i], weight[i, ELECTRON_FLUX, f], weight[i, HOLE_FLUX, f]
        own.electron_floor -= a * rise
        own.hole_floor -= b * hole_rise
        a *= -net
        b *= -hole_net
        own.electron_out += a / edge.electron_out
        own.hole_out += b / edge.hole_out
        own.electron_activation += a * by.activation
        own.hole_activation += b * by.activation
        own.hopping += (a + b) * by.hopping
        by_field, by_change = a * by.electron_field + b * by.hole_field, a * by.electron_change + b * by.hole_change
        add_lengths(device, state, i, by_field, by_change, out.edges[f])
        out.filling[f, i, BY_N] += a
        out.filling[f, i, BY_P] += b
        out.filling[f, i, BY_N_EXCESS] -= a * slope
        out.filling[f, i + 1, BY_N_EXCESS] += a * slope
        out.filling[f, i, BY_P_EXCESS] -= b * hole_slope
        out.filling[f, i + 1, BY_P_EXCESS] += b * hole_slope


@kernel
def displaced(device: Device, state: Array, i: int) -> float:
    """Return eps dphi/dx at the interface of edge i, from the edge whose displacement is an unknown there."""
    k = i + 1 if i + 2 < state.shape[0] else i - 1
    value: float = device.edges[k].dielectric * (state[k + 1, 0] - state[k, 0])
    return value


@kernel
def emission_slopes(edge: Edge, barrier: float, depth: float, field: float) -> tuple[float, float, float, float, float]:
    """Return the derivatives of the logarithm of `flux.emission_gain`.

    By barrier, depth, steepness of tunnelling, length of lowering, and the field.
    """
    gain, bend = emission_gain(edge, barrier, depth, field)
    if edge.tunnelling > 0.0:
        by = tunnel_slopes(barrier, depth, edge.tunnelling, field)
        return by[0] / gain, by[1] / gain, by[2] / gain, 0.0, bend
    if edge.lowering > 0.0:
        return 0.0, 0.0, 0.0, lowering_slope(edge.lowering, field), bend
    return 0.0, 0.0, 0.0, 0.0, 0.0


@kernel
def add_interface_flows(device: Device, state: Array, i: int, weight: Array, out: Gradient) -> None:
    """Add what the numbers of an edge without width do to its two flux rows."""
    edge, towards = device.edges[i], displaced(device, state, i)
    by = emission_slopes(edge, edge.electron_barrier, edge.electron_depth, edge.electron_field * towards)
    hole_by = emission_slopes(edge, edge.hole_barrier, edge.hole_depth, edge.hole_field * towards)
    rise, hole_rise = state[i + 1, 1] - state[i, 1], state[i + 1, 2] - state[i, 2]
    net = state[i, ELECTRON_FLUX] - edge.electron_floor * rise
    hole_net = state[i, HOLE_FLUX] - edge.hole_floor * hole_rise
    for f in range(weight.shape[2]):
        own, a, b = out.edges[f, i], weight[i, ELECTRON_FLUX, f], weight[i, HOLE_FLUX, f]
        own.electron_floor -= a * rise
        own.hole_floor -= b * hole_rise
        a *= -net
        b *= -hole_net
        own.electron_out += a / edge.electron_out
        own.hole_out += b / edge.hole_out
        own.electron_barrier += a * by[0]
        own.hole_barrier += b * hole_by[0]
        own.electron_depth += a * by[1]
        own.hole_depth += b * hole_by[1]
        own.tunnelling += a * by[2] + b * hole_by[2]
        own.lowering += a * by[3] + b * hole_by[3]
        own.electron_field += a * by[4] * towards
        own.hole_field += b * hole_by[4] * towards
        out.filling[f, i, BY_N] += a
        out.filling[f, i, BY_P] += b
        out.filling[f, i, BY_N_EXCESS] -= a
        out.filling[f, i, BY_P_EXCESS] -= b
        out.filling[f, i + 1 if edge.electron_far else i, BY_N_EXCESS] += a
        out.filling[f, i + 1 if edge.hole_far else i, BY_P_EXCESS] += b


@kernel
def released(node: Node, at: Filling) -> tuple[float, float]:
    """Return C_n n_1 and C_p p_1 with their activity coefficients, in 1/s."""
    return node.trap_empty * math.exp(at.n_excess), node.trap_fill * math.exp(at.p_excess)


@kernel
def add_recombination(
    node: Node, at: Filling, split: float, direct: float, scale: float, own: Node, filled: Array
) -> None:
    """Add ``scale`` times the derivatives of the net rate by the numbers of a node."""
    over = recombination.excess(node, at, split)
    electrons, holes = node.electron_auger * at.n, node.hole_auger * at.p
    rate = direct + electrons + holes
    own.electron_auger += scale * at.n * over
    own.hole_auger += scale * at.p * over
    filled[BY_N] += scale * over * electrons
    filled[BY_P] += scale * over * holes
    if node.trap != 0.0:
        empty, full = released(node, at)
        speed = node.trap_electron * at.n + node.trap_hole * at.p + empty + full
        ease = node.trap / speed
        rate += ease
        own.trap += scale * over / speed
        less = -scale * over * ease / speed
        own.trap_electron += less * at.n
        own.trap_hole += less * at.p
        own.trap_empty += less * empty / node.trap_empty
        own.trap_fill += less * full / node.trap_fill
        filled[BY_N] += less * node.trap_electron * at.n
        filled[BY_P] += less * node.trap_hole * at.p
        filled[BY_N_EXCESS] += less * empty
        filled[BY_P_EXCESS] += less * full
    filled[BY_N] += scale * rate * over
    filled[BY_P] += scale * rate * over


@kernel
def add_charge(node: Node, at: Filling, scale: float, own: Node, filled: Array) -> None:
    """Add ``scale`` times the derivatives of the charge density without mobile ions by the numbers of a node."""
    own.doping += scale
    filled[BY_N] -= scale * at.n
    filled[BY_P] += scale * at.p
    if node.trap_charged > 0.0:
        empty, full = released(node, at)
        electrons, holes = node.trap_electron * at.n, node.trap_hole * at.p
        speed = electrons + holes + empty + full
        occupied, free = (electrons + full) / speed, (holes + empty) / speed
        own.trap_charged -= scale * occupied
        less, more = -scale * node.trap_charged * free / speed, scale * node.trap_charged * occupied / speed
        own.trap_electron += less * at.n
        own.trap_fill += less * full / node.trap_fill
        own.trap_hole += more * at.p
        own.trap_empty += more * empty / node.trap_empty
        filled[BY_N] += less * electrons
        filled[BY_P_EXCESS] += less * full
        filled[BY_P] += more * holes
        filled[BY_N_EXCESS] += more * empty


@kernel
def charge_row(device: Device, i: int) -> int:
    """Return the block whose Poisson row holds the charge of node i, -1 beside a metal, where none does."""
    last = device.nodes.shape[0] - 1
    row = i - 1 if device.nodes[i].second else i
    if 0 < row < last - 1 or (row == last - 1 and not device.nodes[last].second):
        return row
    return -1


@kernel
def add_ions(
    device: Device, state: Array, activities: Array, i: int, weight: Array, balance: Array, out: Gradient
) -> None:
    """Add what the numbers of a node do to its mobile ions, in Poisson's row and in their conservation."""
    node, row = device.nodes[i], charge_row(device, i)
    for region in (node.cation_region, node.anion_region):
        if region < 0:
            continue
        sign, phi = device.ions[region, 1], state[i, 0] + node.dipole
        density, slope = recombination.ion_density(sign, node.ion_sites, activities[region], phi)
        for f in range(weight.shape[2]):
            own, scale = out.nodes[f, i], -balance[1 + region, f]
            if row >= 0:
                scale -= sign * weight[row, POISSON, f]
            own.volume += scale * density
            own.ion_sites += scale * node.volume * (density / node.ion_sites) ** 2
            own.dipole -= scale * node.volume * sign * slope


@kernel
def add_node(
    device: Device, state: Array, extra: Array, light: float, at: Filling, i: int, weight: Array, out: Gradient
) -> None:
    """Add what the numbers of an inner node do to its continuity rows and to the charge in Poisson's."""
    node = device.nodes[i]
    split = state[i, 1] + state[i, 2] + extra[0]
    direct, over = bimolecular(device, state, i), recombination.excess(node, at, split)
    rate = recombination.recombination(node, at, split, light, direct.value).value
    charge = recombination.charge(node, at).value
    row, displaced = charge_row(device, i), 0.0
    if direct.by_before != 0.0 and device.nodes[i - 1].second:
        displaced = node.volume * over * direct.by_before * (state[i, 0] - state[i - 1, 0])
        displaced /= device.edges[i - 1].dielectric
    for f in range(weight.shape[2]):
        own, lost = out.nodes[f, i], weight[i, ELECTRON_CONTINUITY, f] + weight[i, HOLE_CONTINUITY, f]
        held = -weight[row, POISSON, f] if row >= 0 else 0.0
        own.volume += lost * rate + held * charge
        own.generation -= lost * node.volume * light
        out.edges[f, i - 1].dielectric -= lost * displaced
        add_recombination(node, at, split, direct.value, lost * node.volume, own, out.filling[f, i])
        add_bimolecular(device, state, i, lost * node.volume * over, f, out)
        add_charge(node, at, held * node.volume, own, out.filling[f, i])


@kernel
def add_dielectric(device: Device, state: Array, i: int, weight: Array, out: Gradient) -> None:
    """Add what the permittivities beside an inner node do to its Poisson row.

    Behind an interface the row is the definition of the displacement, which then stands in the rows beside it.
    """
    last = state.shape[0] - 1
    ahead, back = state[i + 1, 0] - state[i, 0], state[i, 0] - state[i - 1, 0]
    for f in range(weight.shape[2]):
        scale = weight[i, POISSON, f]
        if device.nodes[i].second:
            out.edges[f, i].dielectric -= scale * ahead
        elif i + 1 == last and device.nodes[last].second:
            out.edges[f, i - 1].dielectric -= scale * back
        else:
            if not device.nodes[i - 1].second:
                out.edges[f, i - 1].dielectric += scale * back
            if not device.nodes[i + 1].second:
                out.edges[f, i].dielectric -= scale * ahead


@kernel
def add_interface_traps(
    device: Device, state: Array, bias: float, density: Array, i: int, weight: Array, out: Gradient
) -> None:
    """Add what the numbers of recombination centres at edge i do to the rows of its two nodes."""
    edge, near, far = device.edges[i], filling(density, i), filling(density, i + 1)
    a, c = (edge.trap_electron * near.n, edge.trap_electron * far.n), (edge.trap_hole * near.p, edge.trap_hole * far.p)
    e = (edge.trap_empty * math.exp(near.n_excess), edge.trap_empty_far * math.exp(far.n_excess))
    d = (edge.trap_fill * math.exp(near.p_excess), edge.trap_fill_far * math.exp(far.p_excess))
    w, z = (state[i, 1], state[i + 1, 1]), (state[i, 2], state[i + 1, 2])
    speed = a[0] + a[1] + c[0] + c[1] + d[0] + d[1] + e[0] + e[1]
    occupied = (a[0] + a[1] + d[0] + d[1]) / speed
    free = (c[0] + c[1] + e[0] + e[1]) / speed
    for f in range(weight.shape[2]):
        own, scale = out.edges[f, i], edge.trap / speed
        held = -weight[i, POISSON, f]
        charge = held * edge.trap_charged / speed
        by_a, by_c, by_d, by_e, total = np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2), 0.0
        for k in range(2):
            m = 1 - k
            electrons, holes = weight[i + k, ELECTRON_CONTINUITY, f], weight[i + k, HOLE_CONTINUITY, f]
            passed = electrons * difference(a[k] * e[m], e[k] * a[m], w[k] - w[m])
            by_a[k] += passed
            by_e[m] += passed
            hole_passed = holes * difference(c[k] * d[m], d[k] * c[m], z[k] - z[m])
            by_c[k] += hole_passed
            by_d[m] += hole_passed
            total += passed + hole_passed
            for j in range(2):
                over = difference(a[k] * c[j], e[k] * d[j], w[k] + z[j] + bias)
                over *= electrons + weight[i + j, HOLE_CONTINUITY, f]
                by_a[k] += over
                by_c[j] += over
                total += over
        own.trap += total / speed
        own.trap_charged -= held * occupied
        own.trap_fixed += held
        for k in range(2):
            filled = out.filling[f, i + k]
            log_a = scale * (by_a[k] - total * a[k] / speed) - charge * a[k] * free
            log_c = scale * (by_c[k] - total * c[k] / speed) + charge * c[k] * occupied
            log_d = scale * (by_d[k] - total * d[k] / speed) - charge * d[k] * free
            log_e = scale * (by_e[k] - total * e[k] / speed) + charge * e[k] * occupied
            filled[BY_N] += log_a
            filled[BY_P] += log_c
            filled[BY_N_EXCESS] += log_e
            filled[BY_P_EXCESS] += log_d
            own.trap_electron += log_a / edge.trap_electron
            own.trap_hole += log_c / edge.trap_hole
            if k == 0:
                own.trap_empty += log_e / edge.trap_empty
                own.trap_fill += log_d / edge.trap_fill
            else:
                own.trap_empty_far += log_e / edge.trap_empty_far
                own.trap_fill_far += log_d / edge.trap_fill_far


@kernel
def settle_filling(density: Array, out: Gradient) -> None:
    """Turn the derivatives by densities and activity coefficients into those by levels, offsets and tables."""
    for f in range(out.filling.shape[0]):
        for i in range(density.shape[0]):
            own, filled = out.nodes[f, i], out.filling[f, i]
            for carrier in range(2):
                bend = density[i, 2 + carrier] - 1.0
                by_gamma = filled[BY_N + carrier] + filled[BY_N_EXCESS + carrier]
                by_level = filled[BY_N + carrier] + by_gamma * bend
                out.table[f, i, carrier] = by_gamma
                if carrier == 0:
                    own.electron_log += by_level
                    own.electron_offset -= by_gamma * bend
                else:
                    own.hole_log += by_level
                    own.hole_offset -= by_gamma * bend


@kernel
def add_gradient(
    device: Device,
    state: Array,
    extra: Array,
    light: float,
    density: Array,
    weight: Array,
    balance: Array,
    out: Gradient,
) -> None:
    """Add what the numbers of the device's records do to several functionals.

    Args:
        device: parameters of nodes and edges.
        state: phi, w, z and the two flows, shape (nodes, 5), solved.
        extra: internal voltage over Vt, then the activity of the ions of every region.
        light: share of the external generation that is switched on.
        density: carriers of every node, see `assembly.fill_densities`.
        weight: adjoint of the rows of the chain, shape (nodes, 5, functional).
        balance: adjoint of the circuit and of the ions' numbers, shape (1 + regions, functional).
        out: is added to; its ``filling`` still has to be settled.
    """
    last = state.shape[0] - 1
    for i in range(last):
        if device.edges[i].interface:
            add_interface_flows(device, state, i, weight, out)
            if 0 < i < last - 1 and device.edges[i].trap != 0.0:
                add_interface_traps(device, state, extra[0], density, i, weight, out)
        else:
            add_bulk_flows(device, state, density, i, weight, out)
    for i in range(1, last):
        add_dielectric(device, state, i, weight, out)
        add_node(device, state, extra, light, filling(density, i), i, weight, out)
    for i in range(last + 1):
        if device.ions.shape[0] > 0:
            add_ions(device, state, extra[1:], i, weight, balance, out)
    for f in range(weight.shape[2]):
        out.whole[f, BARRIER] += weight[0, 0, f]
        for region in range(device.ions.shape[0]):
            out.ions[f, region] += balance[1 + region, f]


@kernel
def read_tables(device: Device, tables: Array, state: Array, bias: float) -> Array:
    """Return what tables of their own say at the levels of every node, shape (nodes, 2).

    Args:
        device: parameters of nodes and edges.
        tables: of electrons and of holes for every layer in turn, shape (2 layers, point, 2).
        state: phi, w, z and the two flows, shape (nodes, 5).
        bias: internal voltage over Vt.
    """
    out = np.zeros((state.shape[0], 2))
    for i in range(state.shape[0]):
        node = device.nodes[i]
        electrons = state[i, 1] + state[i, 0] + node.electron_log - node.electron_offset
        holes = state[i, 2] - state[i, 0] + node.hole_log + bias - node.hole_offset
        out[i, 0] = activity(tables, 2 * node.layer, electrons)[0]
        out[i, 1] = activity(tables, 2 * node.layer + 1, holes)[0]
    return out
