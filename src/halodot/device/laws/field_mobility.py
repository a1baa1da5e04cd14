"""How the field raises a mobility on an edge, and Langevin's coefficient with it around a node.

mu = mu_0 exp(g sqrt|F|) sinh(x)/x: Poole-Frenkel's law, and x = q a F/2kT of hops by a along and against the field.
Fields are written f = F/Vt, in 1/m. Where the field changes sign the root has a cusp, which would wander over the
grid with the bias. It is rounded over d, by which the field changes from one cell to the next:

    sqrt|f| -> (f^2 + 2 d^2/3) (f^2 + d^2)^(-3/4),

which is smooth and has the integral of the root, so that a sum over cells stays of second order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.records import Device, Node

#: Logarithm of the largest factor by which a field raises a mobility on the way to a solution: nothing overflows.
LARGEST_GAIN = 300.0
#: Least change of a field over a cell, in 1/m, so that the root has a slope without a field: about 10 V/m.
LEAST_CHANGE = 400.0


class Cell(NamedTuple):
    """The field in the cell of an edge, and its derivatives by the rise of phi along this edge and the one before."""

    field: float  # 1/m
    change: float  # from its near end to its far end
    by_step: float
    change_by_step: float
    change_by_before: float


class Coefficient(NamedTuple):
    """A coefficient in m3/s, and its derivatives by the rise of phi along the edge before a node and behind it."""

    value: float
    by_before: float
    by_behind: float


@kernel
def rounded_root(field: float, change: float) -> tuple[float, float, float]:
    """Return the rounded sqrt|f|, in 1/m^(1/2), and its derivatives by the field and its change over a cell.

    Args:
        field: f, 1/m.
        change: of f over the cell, 1/m.
    """
    square, rounding = field * field, change * change + LEAST_CHANGE * LEAST_CHANGE
    whole = square + rounding
    root = math.sqrt(whole)
    power = math.sqrt(root) / (whole * whole)
    return (
        (square + rounding / 1.5) * power * whole,
        field * (0.5 * square + rounding) * power,
        change * (rounding / 3.0 - square / 6.0) * power,
    )


@kernel
def hop_gain(hopping: float, field: float) -> tuple[float, float]:
    """Return ln(sinh(x)/x) and its derivative by x, x = |hopping field|."""
    x = abs(hopping * field)
    if x < 0.01:
        return x * x / 6.0 * (1.0 - x * x / 30.0), x / 3.0 * (1.0 - x * x / 15.0)
    return x + math.log((1.0 - math.exp(-2.0 * x)) / (2.0 * x)), 1.0 / math.tanh(x) - 1.0 / x


@kernel
def mobility_gain(activation: float, hopping: float, field: float, change: float) -> tuple[float, float, float]:
    """Return by what factor the field raises a mobility, and the derivatives of its logarithm by field and change.

    Args:
        activation: g sqrt(Vt), in m^(1/2).
        hopping: a/2, in m.
        field: f in the middle of the cell, 1/m.
        change: of f over the cell, 1/m.
    """
    if activation == 0.0 and hopping == 0.0:
        return 1.0, 0.0, 0.0
    exponent, by_field, by_change = 0.0, 0.0, 0.0
    if activation != 0.0:
        root, root_field, root_change = rounded_root(field, change)
        exponent, by_field, by_change = activation * root, activation * root_field, activation * root_change
    if hopping != 0.0:
        hop, bend = hop_gain(hopping, field)
        exponent += hop
        by_field += math.copysign(bend * hopping, field)
    if exponent > LARGEST_GAIN:
        return math.exp(LARGEST_GAIN), 0.0, 0.0
    return math.exp(exponent), by_field, by_change


@kernel
def mobility_slopes(hopping: float, field: float, change: float) -> tuple[float, float]:
    """Return the derivatives of the logarithm of `mobility_gain` by activation and hopping."""
    return rounded_root(field, change)[0], hop_gain(hopping, field)[1] * abs(field)


@kernel
def no_cell() -> Cell:
    """Return what stands for the field where no mobility follows it."""
    return Cell(0.0, 0.0, 0.0, 0.0, 0.0)


@kernel
def edge_cell(device: Device, state: Array, i: int) -> Cell:
    """Return the field in the cell of an edge with a width; its change is that from the edge before.

    The edge behind would serve as well, but its far end lies beyond the two blocks next to this one.
    """
    own: float = device.edges[i].inverse_length
    field = (state[i + 1, 0] - state[i, 0]) * own
    if i == 0 or device.edges[i - 1].interface:
        return Cell(field, 0.0, own, 0.0, 0.0)
    before: float = device.edges[i - 1].inverse_length
    share = 2.0 * before / (own + before)
    change = share * (field - (state[i, 0] - state[i - 1, 0]) * before)
    return Cell(field, change, own, share * own, -share * before)


@kernel
def node_fields(device: Device, state: Array, i: int) -> tuple[float, float, int]:
    """Return the fields where the material that a node stands for begins and ends, 1/m, and an edge within it.

    Beside a face the one field there is counts for both; a metal has none, and the edge is -1.
    """
    behind = i + 1 < state.shape[0] and not device.edges[i].interface
    before = i > 0 and not device.edges[i - 1].interface
    if not behind and not before:
        return 0.0, 0.0, -1
    near = far = 0.0
    if before:
        near = far = (state[i, 0] - state[i - 1, 0]) * device.edges[i - 1].inverse_length
    if behind:
        far = (state[i + 1, 0] - state[i, 0]) * device.edges[i].inverse_length
        if not before:
            near = far
    return near, far, i if behind else i - 1


@kernel
def fixed_coefficient(node: Node) -> Coefficient:
    """Return the bimolecular coefficient where no mobility follows the field."""
    return Coefficient(node.bimolecular + node.langevin_electron + node.langevin_hole, 0.0, 0.0)


@kernel
def bimolecular(device: Device, state: Array, i: int) -> Coefficient:
    """Return the bimolecular coefficient at a node: the given one and Langevin's q (mu_n + mu_p)/eps.

    The mobilities are those at the local field, which runs evenly through the material of the node.
    """
    node = device.nodes[i]
    electron, hole = node.langevin_electron, node.langevin_hole
    if not node.field_law or electron + hole == 0.0:
        return fixed_coefficient(node)
    near, far, at = node_fields(device, state, i)
    if at < 0:
        return fixed_coefficient(node)
    edge = device.edges[at]
    middle, change = 0.5 * (near + far), far - near
    gain, by_field, by_change = mobility_gain(edge.electron_activation, edge.hopping, middle, change)
    hole_gain, hole_field, hole_change = mobility_gain(edge.hole_activation, edge.hopping, middle, change)
    electron, hole = electron * gain, hole * hole_gain
    by_middle, by_rise = electron * by_field + hole * hole_field, electron * by_change + hole * hole_change
    by_near, by_far = 0.5 * by_middle - by_rise, 0.5 * by_middle + by_rise
    before = 0.0 if i == 0 or device.edges[i - 1].interface else device.edges[i - 1].inverse_length
    behind = 0.0 if at < i else edge.inverse_length
    if before == 0.0 or behind == 0.0:
        by_near = by_far = by_middle
    return Coefficient(node.bimolecular + electron + hole, by_near * before, by_far * behind)
