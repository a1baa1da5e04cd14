"""The equations of all nodes and edges as a chain of blocks, with their exact derivatives.

Block i holds, as unknowns, phi_i, w_i, z_i and the flows of both carriers along edge i; as rows, Poisson and the two
continuity equations of node i and the two flux equations of edge i. The far node of an interface shares the potential
of the near one, and its first unknown is the displacement behind the interface instead, which keeps the chain a
chain. A second column of right-hand sides is the derivative by the internal bias.
"""

from __future__ import annotations

from numba import njit

from halodot.device import physics
from halodot.device.physics import Device, Node
from halodot.states import Array

POISSON, ELECTRONS, HOLES, ELECTRON_FLUX, HOLE_FLUX = range(5)
PHI, ELECTRON_LEVEL, HOLE_LEVEL, ELECTRON_FLOW, HOLE_FLOW = range(5)


@njit(cache=True, error_model="numpy")
def fill_densities(device: Device, state: Array, bias: float, density: Array) -> None:
    """Fill ``density`` (nodes, 2) with the electron and hole densities in 1/m3."""
    for i in range(state.shape[0]):
        density[i, 0], density[i, 1] = physics.densities(device.nodes[i], state[i, 0], state[i, 1], state[i, 2], bias)


@njit(cache=True, error_model="numpy")
def flux_rows(
    device: Device, state: Array, density: Array, lower: Array, diagonal: Array, upper: Array, right: Array
) -> None:
    """Fill the two flux rows of every edge, unscaled."""
    last = state.shape[0] - 1
    for i in range(last):
        near, far = device.nodes[i].second, device.nodes[i + 1].second
        electron, hole = physics.edge_flows(
            device.edges[i],
            state[i + 1, 0] - state[i, 0],
            (density[i, 0], density[i + 1, 0]),
            (density[i, 1], density[i + 1, 1]),
            (state[i + 1, 1] - state[i, 1], state[i + 1, 2] - state[i, 2]),
        )
        for carrier in range(2):
            value, level_near, level_far, phi_near, phi_far = electron if carrier == 0 else hole
            row = ELECTRON_FLUX + carrier
            right[i, row, 0] = state[i, row] - value
            right[i, row, 1] = 0.0 if carrier == 0 else -value
            diagonal[i, row, row] = -1.0
            diagonal[i, row, 1 + carrier] = level_near
            upper[i, row, 1 + carrier] = level_far
            if near:
                lower[i, row, PHI] += phi_near
            else:
                diagonal[i, row, PHI] += phi_near
            if far:
                diagonal[i, row, PHI] += phi_far
            else:
                upper[i, row, PHI] += phi_far
    for row in (ELECTRON_FLUX, HOLE_FLUX):
        diagonal[last, row, row] = 1.0
        right[last, row, 0] = -state[last, row]
        right[last, row, 1] = 0.0


@njit(cache=True, error_model="numpy")
def continuity_rows(
    device: Device,
    state: Array,
    bias: float,
    light: float,
    density: Array,
    lower: Array,
    diagonal: Array,
    right: Array,
) -> None:
    """Fill the two continuity rows of every inner node, unscaled: F_i - F_(i-1) = U_i h_i."""
    for i in range(1, state.shape[0] - 1):
        split = state[i, 1] + state[i, 2] + bias
        rate, by_n, by_p = physics.recombination(device.nodes[i], density[i, 0], density[i, 1], split, light)
        h = device.nodes[i].volume
        for carrier in range(2):
            row, edge = ELECTRONS + carrier, ELECTRON_FLOW + carrier
            right[i, row, 0] = h * rate - (state[i, edge] - state[i - 1, edge])
            right[i, row, 1] = h * by_p
            diagonal[i, row, edge] = 1.0
            lower[i, row, edge] = -1.0
            diagonal[i, row, ELECTRON_LEVEL] = -h * by_n
            diagonal[i, row, HOLE_LEVEL] = -h * by_p
            if device.nodes[i].second:
                lower[i, row, PHI] -= h * (by_n - by_p)
            else:
                diagonal[i, row, PHI] -= h * (by_n - by_p)


@njit(cache=True, error_model="numpy")
def add_charge(node: Node, density: Array, at: Array, phi: Array, right: Array) -> None:
    """Add the charge of a node to one Poisson row: level derivatives to ``at``, the potential's to ``phi``."""
    value, by_n, by_p = physics.charge(node, density[0], density[1])
    h = node.volume
    at[ELECTRON_LEVEL] += h * by_n
    at[HOLE_LEVEL] += h * by_p
    phi[PHI] += h * (by_n - by_p)
    right[0] -= h * value
    right[1] -= h * by_p


@njit(cache=True, error_model="numpy")
def poisson_rows(
    device: Device, state: Array, density: Array, lower: Array, diagonal: Array, upper: Array, right: Array
) -> None:
    """Fill the Poisson row of every inner node, unscaled: D_i - D_(i-1) + h rho = 0 with D = eps dphi/dx."""
    for i in range(1, state.shape[0] - 1):
        row_lower, row, row_upper, b = lower[i, 0], diagonal[i, 0], upper[i, 0], right[i, 0]
        b[0], b[1] = 0.0, 0.0
        ahead = device.edges[i].dielectric
        if device.nodes[i].second:
            row[PHI] = -1.0
            if device.nodes[i + 1].second:
                ahead = 0.0
            row_lower[PHI] = -ahead
            row_upper[PHI] = ahead
            continue
        back = device.edges[i - 1].dielectric
        b[0] += back * (state[i, 0] - state[i - 1, 0])
        row[PHI] -= back
        row_lower[PHI] = -1.0 if device.nodes[i - 1].second else back
        if device.nodes[i - 1].second:
            row[PHI] = 0.0
        add_charge(device.nodes[i], density[i], row, row, b)
        if device.nodes[i + 1].second:
            beyond = device.edges[i + 1].dielectric
            b[0] -= beyond * (state[i + 2, 0] - state[i + 1, 0])
            row_upper[PHI] = 1.0
            add_charge(device.nodes[i + 1], density[i + 1], row_upper, row, b)
        else:
            b[0] -= ahead * (state[i + 1, 0] - state[i, 0])
            row[PHI] -= ahead
            row_upper[PHI] = ahead


@njit(cache=True, error_model="numpy")
def contact_rows(barrier: float, state: Array, bias: float, diagonal: Array, right: Array) -> None:
    """Fix potential and levels at the two contacts: the anode is node 0, the cathode the last."""
    last = state.shape[0] - 1
    first_values, last_values = physics.anode(barrier, bias), physics.cathode(bias)
    for row in range(3):
        diagonal[0, row, row] = 1.0
        diagonal[last, row, row] = 1.0
        right[0, row, 0] = first_values[row] - state[0, row]
        right[last, row, 0] = last_values[row] - state[last, row]
    right[0, 0, 1], right[0, 1, 1], right[0, 2, 1] = 1.0, -1.0, 0.0
    right[last, 0, 1], right[last, 1, 1], right[last, 2, 1] = 0.0, 0.0, -1.0


@njit(cache=True, error_model="numpy")
def assemble(
    device: Device,
    state: Array,
    bias: float,
    light: float,
    density: Array,
    lower: Array,
    diagonal: Array,
    upper: Array,
    right: Array,
) -> None:
    """Fill the chain for one Newton step, unscaled: chain x = right[..., 0] + dbias right[..., 1].

    Args:
        device: parameters of nodes and edges.
        state: phi, w, z and the two flows, shape (nodes, 5).
        bias: internal voltage over Vt.
        light: share of the external generation that is switched on.
        density: scratch, shape (nodes, 2); leaves with the densities.
        lower: shape (nodes, 5, 5).
        diagonal: shape (nodes, 5, 5).
        upper: shape (nodes, 5, 3).
        right: shape (nodes, 5, 2).
    """
    lower[:], diagonal[:], upper[:] = 0.0, 0.0, 0.0
    fill_densities(device, state, bias, density)
    flux_rows(device, state, density, lower, diagonal, upper, right)
    continuity_rows(device, state, bias, light, density, lower, diagonal, right)
    poisson_rows(device, state, density, lower, diagonal, upper, right)
    contact_rows(device.barrier, state, bias, diagonal, right)
