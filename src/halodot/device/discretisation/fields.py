"""The field on the grid and at its interfaces, and the bimolecular coefficient that follows field and densities."""

from __future__ import annotations

from typing import NamedTuple

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import PHI
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.flux import CellField
from halodot.device.laws.ions import ion_density
from halodot.device.laws.langevin import bimolecular_coefficient, fixed_coefficient
from halodot.device.laws.space_charge import space_charge


class NodeCoefficient(NamedTuple):
    """A coefficient in m3/s, and its derivatives."""

    value: float
    by_before: float  # by the rise of phi along the edge before the node
    by_behind: float  # and along that behind it
    by_log_n: float  # by the logarithm of the density of electrons at the node
    by_log_p: float


class FaceDisplacement(NamedTuple):
    """eps dphi/dx at an interface [1/m2], and how it follows the charge of the node beside it there."""

    value: float
    node: int  # whose half of a cell lies between the interface and the first edge
    length: float  # of it, counted from the interface to the edge with its sign, m
    by_w: float  # of that node, 1/m2
    by_z: float
    by_phi: float


@kernel
def displacement(device: Device, state: Array, i: int) -> float:
    """Return eps dphi/dx of the first edge behind an interface; of the last one before it where a contact follows.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        i: edge.

    Returns:
        Over q, the charge of the carriers [1/m2].
    """
    if i + 2 < state.shape[0]:
        value: float = device.edges[i + 1].dielectric * (state[i + 2, PHI] - state[i + 1, PHI])
        return value
    before: float = device.edges[i - 1].dielectric * (state[i, PHI] - state[i - 1, PHI])
    return before


@kernel
def face_node(state: Array, i: int) -> int:
    """Return the node whose half of a cell lies between an interface and the first edge beside it.

    Args:
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        i: edge of the interface.
    """
    return i + 1 if i + 2 < state.shape[0] else i


@kernel
def face_displacement(device: Device, state: Array, at: Carriers, activity: Array, i: int) -> FaceDisplacement:
    """Return eps dphi/dx at the interface itself: that of the first edge and the charge of the half cell before it.

    Gauss's law of the control volume, which is exact, so that the field at an interface has the order of the scheme.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        at: carriers of `face_node`.
        activity: of the ions of every region [kT], (region,).
        i: edge.
    """
    k = face_node(state, i)
    node = device.nodes[k]
    length = node.volume if k > i else -node.volume
    charge = space_charge(node, at)
    value, by_phi = charge.value, charge.by_phi
    for region in (node.cation_region, node.anion_region):
        if region >= 0:
            sign = device.ions[region, 1]
            ions, slope = ion_density(sign, node.ion_sites, activity[region], state[k, PHI] + node.dipole)
            value += sign * ions
            by_phi -= slope
    return FaceDisplacement(
        displacement(device, state, i) + length * value,
        k,
        length,
        length * charge.by_w,
        length * charge.by_z,
        length * by_phi,
    )


@kernel
def no_field() -> CellField:
    """Return what stands for the field where no mobility follows it."""
    return CellField(0.0, 0.0, 0.0, 0.0, 0.0)


@kernel
def cell_field(device: Device, state: Array, i: int) -> CellField:
    """Return the field in the cell of an edge with a width; its change is that from the edge before.

    The edge behind would serve as well, but its far end lies beyond the two blocks next to this one.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        i: edge.
    """
    own: float = device.edges[i].inverse_length
    field = (state[i + 1, PHI] - state[i, PHI]) * own
    if i == 0 or device.edges[i - 1].interface:
        return CellField(field, 0.0, own, 0.0, 0.0)
    before: float = device.edges[i - 1].inverse_length
    ratio = 2.0 * before / (own + before)
    change = ratio * (field - (state[i, PHI] - state[i - 1, PHI]) * before)
    return CellField(field, change, own, ratio * own, -ratio * before)


@kernel
def node_fields(device: Device, state: Array, i: int) -> tuple[float, float, int]:
    """Return the fields where the material that a node stands for begins and ends, 1/m, and an edge within it.

    Beside a face the one field there is counts for both; a metal has none, and the edge is -1.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        i: node.
    """
    behind = i + 1 < state.shape[0] and not device.edges[i].interface
    before = i > 0 and not device.edges[i - 1].interface
    if not behind and not before:
        return 0.0, 0.0, -1
    near = far = 0.0
    if before:
        near = far = (state[i, PHI] - state[i - 1, PHI]) * device.edges[i - 1].inverse_length
    if behind:
        far = (state[i + 1, PHI] - state[i, PHI]) * device.edges[i].inverse_length
        if not before:
            near = far
    return near, far, i if behind else i - 1


@kernel
def bimolecular_at(device: Device, state: Array, i: int, carriers: Carriers) -> NodeCoefficient:
    """Return the bimolecular coefficient at a node, with the field that runs evenly through its material.

    Args:
        device: parameters of nodes and edges.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        i: node.
        carriers: of the node.
    """
    node = device.nodes[i]
    if not node.field_law or node.langevin_electron + node.langevin_hole == 0.0:
        return NodeCoefficient(fixed_coefficient(node), 0.0, 0.0, 0.0, 0.0)
    near, far, at = node_fields(device, state, i)
    if at < 0:
        return NodeCoefficient(fixed_coefficient(node), 0.0, 0.0, 0.0, 0.0)
    edge = device.edges[at]
    found = bimolecular_coefficient(node, edge, carriers, 0.5 * (near + far), far - near)
    by_near, by_far = 0.5 * found.by_field - found.by_change, 0.5 * found.by_field + found.by_change
    before = 0.0 if i == 0 or device.edges[i - 1].interface else device.edges[i - 1].inverse_length
    behind = 0.0 if at < i else edge.inverse_length
    if before == 0.0 or behind == 0.0:
        by_near = by_far = found.by_field
    return NodeCoefficient(found.value, by_near * before, by_far * behind, found.by_log_n, found.by_log_p)
