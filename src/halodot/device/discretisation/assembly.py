"""The block-tridiagonal equations of all nodes and edges, with their exact derivatives.

Block i holds, as unknowns, phi_i, w_i, z_i and the flows of both carriers along edge i; as rows, Poisson and the two
continuity equations of node i and the two flux equations of edge i. The far node of an interface shares the potential
of the near one, and its first unknown is the displacement behind the interface instead, so that a block couples to its
two neighbours alone. A second column of right-hand sides is the derivative by the internal bias, further ones
those by the activities of the mobile ions.
"""

from __future__ import annotations

from halodot.arrays import Array
from halodot.compiled import kernel, part
from halodot.device.discretisation.equations import Equations
from halodot.device.discretisation.faces import PAIRS, FacePair, captures_across, face_pair
from halodot.device.discretisation.fields import (
    NodeCoefficient,
    bimolecular_at,
    cell_field,
    face_displacement,
    face_node,
    no_field,
)
from halodot.device.discretisation.records import Device, Node
from halodot.device.discretisation.unknowns import (
    ELECTRON_CONTINUITY,
    ELECTRON_FLOW,
    ELECTRON_FLUX,
    ELECTRON_LEVEL,
    FIRST_ACTIVITY,
    HOLE_CONTINUITY,
    HOLE_FLUX,
    HOLE_LEVEL,
    INTERNAL_VOLTAGE,
    LEVELS,
    PHI,
    POISSON,
)
from halodot.device.laws.carriers import Carriers, carriers_at
from halodot.device.laws.contacts import anode_values, cathode_values
from halodot.device.laws.flux import scharfetter_gummel_flux, thermionic_emission_flux
from halodot.device.laws.interface_recombination import (
    BY_PHI,
    BY_W,
    BY_Z,
    TRAP_CHARGE,
    VALUE,
    fill_interface_recombination,
)
from halodot.device.laws.ions import ion_density
from halodot.device.laws.langevin import fixed_coefficient
from halodot.device.laws.recombination import net_recombination, np_excess
from halodot.device.laws.space_charge import space_charge


@kernel
def fill_carriers(device: Device, state: Array, bias: float, density: Array) -> None:
    """Fill in the carriers of every node.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        bias: internal voltage [Vt].
        density: leaves with the fields of `Carriers` [1/m3, 1], (nodes, 6).
    """
    for i in range(state.shape[0]):
        levels = state[i, ELECTRON_LEVEL], state[i, HOLE_LEVEL]
        at = carriers_at(device.nodes[i], device.tables, state[i, PHI], levels[0], levels[1], bias)
        row = density[i]
        row[0], row[1], row[2], row[3] = at.n, at.p, at.n_slope, at.p_slope
        row[4], row[5] = at.n_log_activity, at.p_log_activity


@kernel
def carriers_of(density: Array, i: int) -> Carriers:
    """Return the carriers of a node.

    Args:
        density: as `fill_carriers` left it [1/m3, 1], (nodes, 6).
        i: node.
    """
    row = density[i]
    return Carriers(row[0], row[1], row[2], row[3], row[4], row[5])


@kernel
def _add_by_face(device: Device, state: Array, activity: Array, i: int, row: int, slope: float, e: Equations) -> None:
    """Add to a flux row of an interface its derivative by the displacement there.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        activity: of the ions of every region [kT], (region,).
        i: edge.
        row: of the flux.
        slope: derivative of the flow by the displacement [1/s].
        e: the equations.
    """
    face = face_displacement(device, state, carriers_of(e.carriers, face_node(state, i)), activity, i)
    levels = e.upper if face.node > i else e.diagonal
    e.upper[i, row, PHI] += slope
    levels[i, row, ELECTRON_LEVEL] += slope * face.by_w
    levels[i, row, HOLE_LEVEL] += slope * face.by_z
    e.diagonal[i, row, PHI] += slope * face.by_phi
    e.right[i, row, 1] -= slope * face.by_z
    node = device.nodes[face.node]
    for region in (node.cation_region, node.anion_region):
        if region >= 0:
            sign, phi = device.ions[region, 1], state[face.node, PHI] + node.dipole
            bend = ion_density(sign, node.ion_sites, activity[region], phi)[1]
            e.ion_columns[i, row, region] -= slope * face.length * sign * bend


@kernel
def _add_step_before(device: Device, i: int, row: int, slope: float, e: Equations) -> None:
    """Add to a row of block i its derivative by the rise of phi along the edge before node i, inside a layer.

    Behind an interface that rise is the displacement there over the permittivity of the edge.
    """
    if device.nodes[i - 1].second:
        e.lower[i, row, PHI] += slope / device.edges[i - 1].dielectric
    else:
        e.lower[i, row, PHI] -= slope
        e.diagonal[i, row, PHI] += slope


@kernel
def _add_coefficient(device: Device, i: int, over: float, direct: NodeCoefficient, at: Carriers, e: Equations) -> None:
    """Add to the continuity rows of block i how the bimolecular coefficient follows field and densities.

    Args:
        device: parameters of nodes and edges.
        i: node.
        over: n p - n_i^2 times the length of the node, 1/m5.
        direct: its bimolecular coefficient.
        at: its carriers.
        e: the equations.
    """
    here = e.lower if device.nodes[i].second else e.diagonal
    by_w, by_z = over * direct.by_log_n * at.n_slope, over * direct.by_log_p * at.p_slope
    for row in (ELECTRON_CONTINUITY, HOLE_CONTINUITY):
        e.right[i, row, 1] += by_z
        e.diagonal[i, row, ELECTRON_LEVEL] -= by_w
        e.diagonal[i, row, HOLE_LEVEL] -= by_z
        here[i, row, PHI] -= by_w - by_z
        here[i, row, PHI] += over * direct.by_behind
        e.upper[i, row, PHI] -= over * direct.by_behind
        if direct.by_before != 0.0:
            _add_step_before(device, i, row, -over * direct.by_before, e)


@kernel
def _flux_rows(device: Device, state: Array, activity: Array, e: Equations) -> None:
    """Fill the two flux rows of every edge, unscaled."""
    last = state.shape[0] - 1
    # a call with the equations for every row would take a third of the time of the whole curve
    lower, diagonal, upper, right = e.lower, e.diagonal, e.upper, e.right
    for i in range(last):
        near, far = device.nodes[i].second, device.nodes[i + 1].second
        electron_rise = state[i + 1, ELECTRON_LEVEL] - state[i, ELECTRON_LEVEL]
        rise = (electron_rise, state[i + 1, HOLE_LEVEL] - state[i, HOLE_LEVEL])
        edge, before, behind = device.edges[i], carriers_of(e.carriers, i), carriers_of(e.carriers, i + 1)
        if edge.interface:
            face = face_displacement(device, state, carriers_of(e.carriers, face_node(state, i)), activity, i)
            electron, hole = thermionic_emission_flux(edge, before, behind, face.value, rise)
        else:
            cell = cell_field(device, state, i) if edge.field_law else no_field()
            step = state[i + 1, PHI] - state[i, PHI]
            electron, hole = scharfetter_gummel_flux(edge, before, behind, step, cell, rise)
        for carrier in range(2):
            a = electron if carrier == 0 else hole
            row = ELECTRON_FLUX + carrier
            right[i, row, 0] = state[i, ELECTRON_FLOW + carrier] - a.value
            right[i, row, 1] = 0.0 if carrier == 0 else a.phi_near + a.phi_far
            diagonal[i, row, ELECTRON_FLOW + carrier] = -1.0
            diagonal[i, row, ELECTRON_LEVEL + carrier] = a.level_near
            upper[i, row, ELECTRON_LEVEL + carrier] = a.level_far
            if near:
                lower[i, row, PHI] += a.phi_near
            else:
                diagonal[i, row, PHI] += a.phi_near
            if far:
                diagonal[i, row, PHI] += a.phi_far
            else:
                upper[i, row, PHI] += a.phi_far
            if a.beyond != 0.0 and edge.interface:
                _add_by_face(device, state, activity, i, row, a.beyond, e)
            elif a.beyond != 0.0:
                _add_step_before(device, i, row, a.beyond, e)
    for row in (ELECTRON_FLUX, HOLE_FLUX):
        diagonal[last, row, row] = 1.0
        right[last, row, 0] = -state[last, row]
        right[last, row, 1] = 0.0


@kernel
def _continuity_rows(device: Device, state: Array, bias: float, generation_scale: float, e: Equations) -> None:
    """Fill the two continuity rows of every inner node, unscaled: F_i - F_(i-1) = U_i h_i."""
    for i in range(1, state.shape[0] - 1):
        node = device.nodes[i]
        split = state[i, ELECTRON_LEVEL] + state[i, HOLE_LEVEL] + bias
        at, direct = carriers_of(e.carriers, i), NodeCoefficient(fixed_coefficient(node), 0.0, 0.0, 0.0, 0.0)
        if node.field_law:
            direct = bimolecular_at(device, state, i, at)
        excess = np_excess(node, at, split)
        rate = net_recombination(node, at, excess, direct.value, generation_scale)
        h = node.volume
        for carrier in range(2):
            row, edge = ELECTRON_CONTINUITY + carrier, ELECTRON_FLOW + carrier
            e.right[i, row, 0] = h * rate.value - (state[i, edge] - state[i - 1, edge])
            e.right[i, row, 1] = h * rate.by_z
            e.diagonal[i, row, edge] = 1.0
            e.lower[i, row, edge] = -1.0
            e.diagonal[i, row, ELECTRON_LEVEL] = -h * rate.by_w
            e.diagonal[i, row, HOLE_LEVEL] = -h * rate.by_z
            if node.second:
                e.lower[i, row, PHI] -= h * rate.by_phi
            else:
                e.diagonal[i, row, PHI] -= h * rate.by_phi
        if node.field_law:
            _add_coefficient(device, i, h * excess.value, direct, at, e)


@kernel
def _add_ions(device: Device, i: int, phi: float, activity: Array, e: Equations, row: int) -> None:
    """Add the mobile ions of node i, where the potential is phi, to the Poisson row of a block."""
    node = device.nodes[i]
    for region in (node.cation_region, node.anion_region):
        if region >= 0:
            sign, h = device.ions[region, 1], node.volume
            density, slope = ion_density(sign, node.ion_sites, activity[region], phi + node.dipole)
            e.right[row, POISSON, 0] -= h * sign * density
            e.ion_columns[row, POISSON, region] -= h * sign * slope
            e.diagonal[row, POISSON, PHI] -= h * slope


@kernel
def _add_charge(node: Node, at: Carriers, e: Equations, row: int, levels: Array) -> None:
    """Add the charge of a node to the Poisson row of a block.

    Args:
        node: parameters.
        at: its carriers.
        e: leaves with the right-hand sides and, in the diagonal, the derivative by the potential.
        row: block; the one before the node's where it is the far one of an interface.
        levels: takes the derivatives by its levels: ``e.diagonal``, or ``e.upper`` for a far node.
    """
    value, h = space_charge(node, at), node.volume
    levels[row, POISSON, ELECTRON_LEVEL] += h * value.by_w
    levels[row, POISSON, HOLE_LEVEL] += h * value.by_z
    e.diagonal[row, POISSON, PHI] += h * value.by_phi
    e.right[row, POISSON, 0] -= h * value.value
    e.right[row, POISSON, 1] -= h * value.by_z


@part
def _poisson_rows(device: Device, state: Array, activity: Array, e: Equations) -> None:
    """Fill the Poisson row of every inner node, unscaled: D_i - D_(i-1) + h rho = 0 with D = eps dphi/dx.

    Where the last edge is a contact's, the displacement before it takes the place of the charge beside the metal.
    """
    last = state.shape[0] - 1
    lower, diagonal, upper, right = e.lower, e.diagonal, e.upper, e.right
    for i in range(1, last):
        ahead = device.edges[i].dielectric
        if device.nodes[i].second:
            diagonal[i, POISSON, PHI] = -1.0
            lower[i, POISSON, PHI] = -ahead
            upper[i, POISSON, PHI] = ahead
            right[i, POISSON, 0], right[i, POISSON, 1] = 0.0, 0.0
            continue
        back = device.edges[i - 1].dielectric
        before_far = device.nodes[i - 1].second
        if i + 1 == last and device.nodes[last].second:
            diagonal[i, POISSON, PHI], lower[i, POISSON, PHI] = back, -back
            upper[i, POISSON, PHI] = -1.0
            right[i, POISSON, 0], right[i, POISSON, 1] = 0.0, 0.0
            continue
        right[i, POISSON, 0], right[i, POISSON, 1] = back * (state[i, PHI] - state[i - 1, PHI]), 0.0
        diagonal[i, POISSON, PHI] = 0.0 if before_far else -back
        lower[i, POISSON, PHI] = -1.0 if before_far else back
        node = device.nodes[i]
        _add_charge(node, carriers_of(e.carriers, i), e, i, diagonal)
        if node.cation_region >= 0 or node.anion_region >= 0:
            _add_ions(device, i, state[i, PHI], activity, e, i)
        if device.nodes[i + 1].second:
            right[i, POISSON, 0] -= device.edges[i + 1].dielectric * (state[i + 2, PHI] - state[i + 1, PHI])
            upper[i, POISSON, PHI] = 1.0
            _add_charge(device.nodes[i + 1], carriers_of(e.carriers, i + 1), e, i, upper)
            _add_ions(device, i + 1, state[i, PHI], activity, e, i)
        else:
            right[i, POISSON, 0] -= ahead * (state[i + 1, PHI] - state[i, PHI])
            diagonal[i, POISSON, PHI] -= ahead
            upper[i, POISSON, PHI] = ahead


@part
def _interface_rows(device: Device, state: Array, bias: float, e: Equations) -> None:
    """Add what recombination centres at an interface take and hold to the rows of its two nodes."""
    for i in range(1, state.shape[0] - 2):
        if not device.edges[i].interface or device.edges[i].trap_density == 0.0:
            continue
        electron_levels = state[i, ELECTRON_LEVEL], state[i + 1, ELECTRON_LEVEL]
        levels = (*electron_levels, state[i, HOLE_LEVEL], state[i + 1, HOLE_LEVEL])
        sides = carriers_of(e.carriers, i), carriers_of(e.carriers, i + 1)
        fill_interface_recombination(device.edges[i], sides[0], sides[1], levels, bias, e.interface_traps)
        for carrier in range(2):
            for side in range(2):
                found, row, block = e.interface_traps[2 * carrier + side], ELECTRON_CONTINUITY + carrier, i + side
                near = e.diagonal[i, row] if side == 0 else e.lower[block, row]
                far = e.upper[i, row] if side == 0 else e.diagonal[block, row]
                e.right[block, row, 0] += found[VALUE]
                e.right[block, row, 1] += found[BY_Z] + found[BY_Z + 1]
                near[PHI] -= found[BY_PHI]
                for k, level in enumerate(LEVELS):
                    near[level] -= found[BY_W + 2 * k]
                    far[level] -= found[BY_W + 2 * k + 1]
        held = e.interface_traps[TRAP_CHARGE]
        e.right[i, POISSON, 0] -= held[VALUE]
        e.right[i, POISSON, 1] -= held[BY_Z] + held[BY_Z + 1]
        e.diagonal[i, POISSON, PHI] += held[BY_PHI]
        for k, level in enumerate(LEVELS):
            e.diagonal[i, POISSON, level] += held[BY_W + 2 * k]
            e.upper[i, POISSON, level] += held[BY_W + 2 * k + 1]


@kernel
def _add_face_derivatives(e: Equations, row: int, r: int, met: FacePair) -> None:
    """Add the derivatives of what is captured across an interface to a row of block r, one of its two nodes."""
    lower, upper, i = e.lower[r, row], e.upper[r, row], met.edge
    here = e.diagonal[r, row]
    near, far = (here, upper) if r == i else (lower, here)
    near[PHI] -= met.coefficient * met.excess.by_phi
    electrons = near if met.electron == i else far
    holes = near if met.hole == i else far
    electrons[ELECTRON_LEVEL] -= met.coefficient * met.excess.by_w
    holes[HOLE_LEVEL] -= met.coefficient * met.excess.by_z


@part
def _face_rows(device: Device, state: Array, bias: float, e: Equations) -> None:
    """Add what is captured across the faces of the emitting layer to the continuity rows of both sides."""
    for i in range(1, state.shape[0] - 2):
        if not device.edges[i].interface or not captures_across(device, i):
            continue
        sides = carriers_of(e.carriers, i), carriers_of(e.carriers, i + 1)
        for pair in PAIRS:
            met = face_pair(device, state, bias, sides, i, pair)
            if met.coefficient == 0.0:
                continue
            for row, r in ((ELECTRON_CONTINUITY, met.electron), (HOLE_CONTINUITY, met.hole)):
                e.right[r, row, 0] += met.coefficient * met.excess.value
                e.right[r, row, 1] += met.coefficient * met.excess.by_z
                _add_face_derivatives(e, row, r, met)


@part
def _contact_rows(device: Device, state: Array, bias: float, e: Equations) -> None:
    """Fix potential and levels at the two contacts: the anode is node 0, the cathode the last."""
    last = state.shape[0] - 1
    first_values, last_values = anode_values(device.barrier, bias), cathode_values(bias)
    for row in range(3):
        e.diagonal[0, row, row] = 1.0
        e.right[0, row, 0] = first_values[row] - state[0, row]
        e.right[last, row, 0] = last_values[row] - state[last, row]
        e.diagonal[last, row, row] = 1.0
    if device.nodes[last].second:
        e.diagonal[last, POISSON, PHI] = 0.0
        e.lower[last, POISSON, PHI] = 1.0
    e.right[0, POISSON, 1], e.right[0, ELECTRON_CONTINUITY, 1], e.right[0, HOLE_CONTINUITY, 1] = 1.0, -1.0, 0.0
    e.right[last, POISSON, 1], e.right[last, ELECTRON_CONTINUITY, 1], e.right[last, HOLE_CONTINUITY, 1] = 0.0, 0.0, -1.0


@part
def _ion_rows(device: Device, state: Array, activity: Array, e: Equations) -> None:
    """Fill the conservation of the ions in every region: what is missing of their number, and its slope by phi."""
    for region in range(device.ions.shape[0]):
        e.ion_balance[region, 0], e.ion_balance[region, 1] = device.ions[region, 0], 0.0
    for i in range(state.shape[0]):
        node = device.nodes[i]
        for region in (node.cation_region, node.anion_region):
            if region >= 0:
                sign, phi = device.ions[region, 1], state[i, PHI] + node.dipole
                density, slope = ion_density(sign, node.ion_sites, activity[region], phi)
                e.ion_balance[region, 0] -= node.volume * density
                e.ion_balance[region, 1] += node.volume * slope


@kernel
def assemble(device: Device, state: Array, global_unknowns: Array, generation_scale: float, e: Equations) -> None:
    """Fill the equations for one Newton step, unscaled.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        global_unknowns: internal voltage [Vt], then the activity of the ions of every region [kT], (unknown,).
        generation_scale: share of the external generation that is switched on [1].
        e: leaves with the equations, their right-hand sides, and the carriers of every node.
    """
    e.lower[:], e.diagonal[:], e.upper[:] = 0.0, 0.0, 0.0
    bias, activity = global_unknowns[INTERNAL_VOLTAGE], global_unknowns[FIRST_ACTIVITY:]
    fill_carriers(device, state, bias, e.carriers)
    e.ion_columns[:] = 0.0
    _flux_rows(device, state, activity, e)
    _continuity_rows(device, state, bias, generation_scale, e)
    if device.ions.shape[0] > 0:
        _ion_rows(device, state, activity, e)
    _poisson_rows(device, state, activity, e)
    _interface_rows(device, state, bias, e)
    _face_rows(device, state, bias, e)
    _contact_rows(device, state, bias, e)


@part
def storage_rows(device: Device, state: Array, inverse_time_step: float, e: Equations) -> None:
    """Add dn/dt and dp/dt to the continuity rows, for an implicit step of time from the densities in ``e.past``.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        inverse_time_step: one over the step of time [1/s].
        e: the filled equations.
    """
    for i in range(1, state.shape[0] - 1):
        h, at = device.nodes[i].volume * inverse_time_step, carriers_of(e.carriers, i)
        shared = e.lower[i] if device.nodes[i].second else e.diagonal[i]
        electrons, holes = h * at.n * at.n_slope, h * at.p * at.p_slope
        e.right[i, ELECTRON_CONTINUITY, 0] += h * (at.n - e.past[i, 0])
        e.right[i, HOLE_CONTINUITY, 0] += h * (at.p - e.past[i, 1])
        e.right[i, HOLE_CONTINUITY, 1] += holes
        e.diagonal[i, ELECTRON_CONTINUITY, ELECTRON_LEVEL] -= electrons
        e.diagonal[i, HOLE_CONTINUITY, HOLE_LEVEL] -= holes
        shared[ELECTRON_CONTINUITY, PHI] -= electrons
        shared[HOLE_CONTINUITY, PHI] += holes
