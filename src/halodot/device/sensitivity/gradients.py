"""What every number of a device's records does to a functional, given the adjoint of its solution.

With A x = -F the linear equations of a Newton step and A^T a = dj/dx, a functional j changes by a . d(-F) when a number
of the equations changes and the state does not. These are the local derivatives of -F: the right-hand sides of
:mod:`halodot.device.discretisation.assembly`, row by row. Differences that the laws write without cancellation keep
their factor: n p - n_i^2 = n p (1 - exp(-split)) moves with n p, and a flow with what leaves the near end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.assembly import carriers_of
from halodot.device.discretisation.faces import PAIRS, FacePair, captures_across, face_pair
from halodot.device.discretisation.fields import bimolecular_at, cell_field, face_displacement, face_node, node_fields
from halodot.device.discretisation.records import EDGE, NODE, Device
from halodot.device.discretisation.unknowns import (
    ELECTRON_CONTINUITY,
    ELECTRON_FLUX,
    ELECTRON_LEVEL,
    HOLE_CONTINUITY,
    HOLE_FLUX,
    HOLE_LEVEL,
    PHI,
    POISSON,
)
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P, Carriers, add_carrier_derivatives
from halodot.device.laws.face_capture import NEAR_HOLE
from halodot.device.laws.flux import (
    add_scharfetter_gummel_derivatives,
    add_thermionic_emission_derivatives,
    scharfetter_gummel_by_parameters,
    thermionic_emission_by_parameters,
)
from halodot.device.laws.interface_recombination import add_interface_recombination_derivatives
from halodot.device.laws.ions import ion_density, ion_density_by_sites
from halodot.device.laws.langevin import bimolecular_coefficient, coefficient_by_parameters
from halodot.device.laws.mobility import add_mobility_derivatives
from halodot.device.laws.recombination import add_recombination_derivatives, net_recombination, np_excess
from halodot.device.laws.space_charge import add_space_charge_derivatives, space_charge
from halodot.device.laws.statistics import log_activity

#: Columns of ``whole``.
BARRIER, THERMAL_VOLTAGE, RESISTANCE, SHUNT = range(4)


class Gradient(NamedTuple):
    """Derivatives of several functionals by everything in the records, at one point; the first axis is theirs."""

    nodes: NDArray[np.void]  # of NODE, in place of each number the derivative by it
    edges: NDArray[np.void]  # of EDGE
    carriers: Array  # by the carriers of each node, see `laws.carriers.BY_LN_N`, shape (functional, node, 4)
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
def _add_lengths(
    device: Device, state: Array, i: int, by_field: float, by_change: float, by_edges: NDArray[np.void]
) -> None:
    """Add what the lengths of edge i and of the one before do to rows with `fields.cell_field`.

    Behind an interface the rise along the edge before stands in the rows as the displacement over its permittivity.
    """
    step, inverse = state[i + 1, PHI] - state[i, PHI], device.edges[i].inverse_length
    by_edges[i].inverse_length += by_field * step
    if i == 0 or device.edges[i - 1].interface:
        return
    earlier, before = state[i, PHI] - state[i - 1, PHI], device.edges[i - 1].inverse_length
    whole, share = inverse + before, 2.0 * before / (inverse + before)
    rise = step * inverse - earlier * before
    by_edges[i].inverse_length += by_change * share * (step - rise / whole)
    by_edges[i - 1].inverse_length += by_change * share * (rise * inverse / (before * whole) - earlier)
    if device.nodes[i - 1].second:
        by_edges[i - 1].dielectric += by_change * share * before * earlier / device.edges[i - 1].dielectric


@kernel
def add_bimolecular(
    device: Device, state: Array, i: int, carriers: Carriers, scale: float, f: int, out: Gradient
) -> None:
    """Add ``scale`` times the derivatives of `fields.bimolecular_at` at a node by carriers and records.

    Args:
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        i: node.
        carriers: of the node.
        scale: factor.
        f: which functional.
        out: is added to.
    """
    node, own = device.nodes[i], out.nodes[f, i]
    own.bimolecular += scale
    near, far, at = node_fields(device, state, i)
    if at < 0 or scale == 0.0:
        own.langevin_electron += scale
        own.langevin_hole += scale
        return
    edge, middle, change = device.edges[at], 0.5 * (near + far), far - near
    by = coefficient_by_parameters(node, edge, carriers, middle, change)
    own.langevin_electron += scale * by.langevin_electron
    own.langevin_hole += scale * by.langevin_hole
    if node.langevin_electron == 0.0 and node.langevin_hole == 0.0:
        return
    weights = (scale * by.weights[0], scale * by.weights[1])
    add_mobility_derivatives(edge, by.mobility, weights, out.edges[f, at])
    found = bimolecular_coefficient(node, edge, carriers, middle, change)
    out.carriers[f, i, BY_LN_N] += scale * found.by_log_n
    out.carriers[f, i, BY_LN_P] += scale * found.by_log_p
    by_middle, by_rise = scale * found.by_field, scale * found.by_change
    both = at == i and i > 0 and not device.edges[i - 1].interface
    if both or at < i:
        by_near = 0.5 * by_middle - by_rise if both else by_middle
        out.edges[f, i - 1].inverse_length += by_near * (state[i, PHI] - state[i - 1, PHI])
    if at == i:
        by_far = 0.5 * by_middle + by_rise if both else by_middle
        out.edges[f, i].inverse_length += by_far * (state[i + 1, PHI] - state[i, PHI])


@kernel
def _add_face_charge(
    device: Device,
    state: Array,
    activities: Array,
    density: Array,
    half_cell: tuple[int, float],
    scale: float,
    f: int,
    out: Gradient,
) -> None:
    """Add ``scale`` times what the numbers of a half cell beside an interface do to the displacement at the interface.

    Args:
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        activities: of the ions of every region [kT], (region,).
        density: carriers of every node, (nodes, 6).
        half_cell: node, and its length with the sign in which its charge counts [m].
        scale: factor.
        f: which functional.
        out: is added to.
    """
    if scale == 0.0:
        return
    k, length = half_cell
    node, at, own = device.nodes[k], carriers_of(density, k), out.nodes[f, k]
    sign = 1.0 if length > 0.0 else -1.0
    own.volume += scale * sign * space_charge(node, at).value
    add_space_charge_derivatives(node, at, scale * length, own, out.carriers[f, k])
    for region in (node.cation_region, node.anion_region):
        if region >= 0:
            charge, phi = device.ions[region, 1], state[k, PHI] + node.dipole
            ions, slope = ion_density(charge, node.ion_sites, activities[region], phi)
            own.volume += scale * sign * charge * ions
            own.ion_sites += scale * length * charge * ion_density_by_sites(ions, node.ion_sites)
            own.dipole -= scale * length * slope


@kernel
def _add_flows(
    device: Device, state: Array, activities: Array, density: Array, i: int, weight: Array, out: Gradient
) -> None:
    """Add what the numbers of an edge do to its two flux rows."""
    edge, near, far = device.edges[i], carriers_of(density, i), carriers_of(density, i + 1)
    rise, hole_rise = (
        state[i + 1, ELECTRON_LEVEL] - state[i, ELECTRON_LEVEL],
        state[i + 1, HOLE_LEVEL] - state[i, HOLE_LEVEL],
    )
    net = state[i, ELECTRON_FLUX] - edge.electron_floor * rise
    hole_net = state[i, HOLE_FLUX] - edge.hole_floor * hole_rise
    face = face_displacement(device, state, carriers_of(density, face_node(state, i)), activities, i)
    towards = face.value if edge.interface else 0.0
    across = thermionic_emission_by_parameters(edge, towards)
    inside = scharfetter_gummel_by_parameters(
        edge, near, far, state[i + 1, PHI] - state[i, PHI], cell_field(device, state, i)
    )
    for f in range(weight.shape[2]):
        own, a, b = out.edges[f, i], weight[i, ELECTRON_FLUX, f], weight[i, HOLE_FLUX, f]
        own.electron_floor -= a * rise
        own.hole_floor -= b * hole_rise
        weights, by_near, by_far = (-a * net, -b * hole_net), out.carriers[f, i], out.carriers[f, i + 1]
        if edge.interface:
            add_thermionic_emission_derivatives(edge, across, towards, weights, own, by_near, by_far)
            by_face = (
                weights[0] * across[0].field * edge.electron_field + weights[1] * across[1].field * edge.hole_field
            )
            _add_face_charge(device, state, activities, density, (face.node, face.length), by_face, f, out)
        else:
            by_field = add_scharfetter_gummel_derivatives(edge, inside, weights, own, by_near, by_far)
            _add_lengths(device, state, i, by_field[0], by_field[1], out.edges[f])


@kernel
def _charge_row(device: Device, i: int) -> int:
    """Return the block whose Poisson row holds the charge of node i, -1 beside a metal, where none does."""
    last = device.nodes.shape[0] - 1
    row = i - 1 if device.nodes[i].second else i
    if 0 < row < last - 1 or (row == last - 1 and not device.nodes[last].second):
        return row
    return -1


@kernel
def _add_ions(
    device: Device, state: Array, activities: Array, i: int, weight: Array, balance: Array, out: Gradient
) -> None:
    """Add what the numbers of a node do to its mobile ions, in Poisson's row and in their conservation."""
    node, row = device.nodes[i], _charge_row(device, i)
    for region in (node.cation_region, node.anion_region):
        if region < 0:
            continue
        sign, phi = device.ions[region, 1], state[i, PHI] + node.dipole
        density, slope = ion_density(sign, node.ion_sites, activities[region], phi)
        for f in range(weight.shape[2]):
            own, scale = out.nodes[f, i], -balance[1 + region, f]
            if row >= 0:
                scale -= sign * weight[row, POISSON, f]
            own.volume += scale * density
            own.ion_sites += scale * node.volume * ion_density_by_sites(density, node.ion_sites)
            own.dipole -= scale * node.volume * sign * slope


@kernel
def _add_node(
    device: Device, state: Array, extra: Array, light: float, at: Carriers, i: int, weight: Array, out: Gradient
) -> None:
    """Add what the numbers of an inner node do to its continuity rows and to the charge in Poisson's."""
    node = device.nodes[i]
    split = state[i, ELECTRON_LEVEL] + state[i, HOLE_LEVEL] + extra[0]
    direct, excess = bimolecular_at(device, state, i, at), np_excess(node, at, split)
    recombined = net_recombination(node, at, excess, direct.value, 0.0).value
    rate, charge = recombined - light * node.generation, space_charge(node, at).value
    row, displaced = _charge_row(device, i), 0.0
    if direct.by_before != 0.0 and device.nodes[i - 1].second:
        displaced = node.volume * excess.value * direct.by_before * (state[i, PHI] - state[i - 1, PHI])
        displaced /= device.edges[i - 1].dielectric
    for f in range(weight.shape[2]):
        own, lost = out.nodes[f, i], weight[i, ELECTRON_CONTINUITY, f] + weight[i, HOLE_CONTINUITY, f]
        held = -weight[row, POISSON, f] if row >= 0 else 0.0
        own.volume += lost * rate + held * charge
        own.generation -= lost * node.volume * light
        out.edges[f, i - 1].dielectric -= lost * displaced
        by_carriers = out.carriers[f, i]
        add_recombination_derivatives(node, at, excess, recombined, lost * node.volume, own, by_carriers)
        add_bimolecular(device, state, i, at, lost * node.volume * excess.value, f, out)
        add_space_charge_derivatives(node, at, held * node.volume, own, by_carriers)


@kernel
def _add_dielectric(device: Device, state: Array, i: int, weight: Array, out: Gradient) -> None:
    """Add what the permittivities beside an inner node do to its Poisson row.

    Behind an interface the row is the definition of the displacement, which then stands in the rows beside it.
    """
    last = state.shape[0] - 1
    ahead, back = state[i + 1, PHI] - state[i, PHI], state[i, PHI] - state[i - 1, PHI]
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
def _add_interface_traps(
    device: Device, state: Array, bias: float, density: Array, i: int, weight: Array, out: Gradient
) -> None:
    """Add what the numbers of recombination centres at edge i do to the rows of its two nodes."""
    sides = (carriers_of(density, i), carriers_of(density, i + 1))
    levels = (state[i, ELECTRON_LEVEL], state[i + 1, ELECTRON_LEVEL], state[i, HOLE_LEVEL], state[i + 1, HOLE_LEVEL])
    for f in range(weight.shape[2]):
        weights = (
            weight[i, ELECTRON_CONTINUITY, f],
            weight[i + 1, ELECTRON_CONTINUITY, f],
            weight[i, HOLE_CONTINUITY, f],
            weight[i + 1, HOLE_CONTINUITY, f],
            -weight[i, POISSON, f],
        )
        by_carriers = (out.carriers[f, i], out.carriers[f, i + 1])
        add_interface_recombination_derivatives(
            device.edges[i], sides, levels, bias, weights, out.edges[f, i], by_carriers
        )


@kernel
def add_face_capture(met: FacePair, scale: float, f: int, out: Gradient) -> None:
    """Add ``scale`` times the derivatives of the pairs captured across an interface, at fixed levels.

    Args:
        met: the pairs, B times their excess [1/m2/s].
        scale: factor.
        f: which functional.
        out: is added to; shape (functional, node) and more.
    """
    if met.kind == NEAR_HOLE:
        out.edges[f, met.edge].near_hole_capture += scale * met.excess.value
    else:
        out.edges[f, met.edge].near_electron_capture += scale * met.excess.value
    rate = scale * met.coefficient * met.excess.value
    out.carriers[f, met.electron, BY_LN_N] += rate
    out.carriers[f, met.hole, BY_LN_P] += rate


@kernel
def _add_face(device: Device, state: Array, bias: float, density: Array, i: int, weight: Array, out: Gradient) -> None:
    """Add what the numbers of the capture across the interface at edge i do to the continuity rows of both sides."""
    sides = (carriers_of(density, i), carriers_of(density, i + 1))
    for pair in PAIRS:
        met = face_pair(device, state, bias, sides, i, pair)
        if met.coefficient > 0.0:
            for f in range(weight.shape[2]):
                lost = weight[met.electron, ELECTRON_CONTINUITY, f] + weight[met.hole, HOLE_CONTINUITY, f]
                add_face_capture(met, lost, f, out)


@kernel
def pass_on_carriers(density: Array, out: Gradient) -> None:
    """Turn the derivatives by the carriers of every node into those by its parameters and by tables.

    Args:
        density: carriers of every node, densities [1/m3] first, (nodes, 6).
        out: its derivatives by ``carriers`` are passed on.
    """
    for f in range(out.carriers.shape[0]):
        for i in range(density.shape[0]):
            add_carrier_derivatives(carriers_of(density, i), out.carriers[f, i], out.nodes[f, i], out.table[f, i])


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
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5), solved.
        extra: internal voltage [Vt], then the activity of the ions of every region.
        light: share of the external generation that is switched on.
        density: carriers of every node, see `assembly.fill_carriers`.
        weight: adjoint of the rows of the chain, shape (nodes, 5, functional).
        balance: adjoint of the circuit and of the ions' numbers, shape (1 + regions, functional).
        out: is added to; its derivatives by ``carriers`` still have to be passed on.
    """
    last = state.shape[0] - 1
    for i in range(last):
        _add_flows(device, state, extra[1:], density, i, weight, out)
        if 0 < i < last - 1 and device.edges[i].interface and device.edges[i].trap_density != 0.0:
            _add_interface_traps(device, state, extra[0], density, i, weight, out)
        if 0 < i < last - 1 and device.edges[i].interface and captures_across(device, i):
            _add_face(device, state, extra[0], density, i, weight, out)
    for i in range(1, last):
        _add_dielectric(device, state, i, weight, out)
        _add_node(device, state, extra, light, carriers_of(density, i), i, weight, out)
    for i in range(last + 1):
        if device.ions.shape[0] > 0:
            _add_ions(device, state, extra[1:], i, weight, balance, out)
    for f in range(weight.shape[2]):
        out.whole[f, BARRIER] += weight[0, 0, f]
        for region in range(device.ions.shape[0]):
            out.ions[f, region] += balance[1 + region, f]


@kernel
def read_tables(device: Device, tables: Array, state: Array, bias: float) -> Array:
    """Return what tables of their own say at the levels of every node, shape (nodes, 2).

    Args:
        device: parameters of nodes and edges [SI].
        tables: of electrons and of holes for every layer in turn, shape (2 layers, point, 2).
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        bias: internal voltage [Vt].
    """
    out = np.zeros((state.shape[0], 2))
    for i in range(state.shape[0]):
        node = device.nodes[i]
        electrons = state[i, ELECTRON_LEVEL] + state[i, PHI] + node.electron_log - node.log_electron_states
        holes = state[i, HOLE_LEVEL] - state[i, PHI] + node.hole_log + bias - node.log_hole_states
        out[i, 0] = log_activity(tables, 2 * node.layer, electrons)[0]
        out[i, 1] = log_activity(tables, 2 * node.layer + 1, holes)[0]
    return out
