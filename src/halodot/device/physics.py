"""The local laws: functions of the values at one node or at the two ends of one edge, with their derivatives.

Per node: phi = V/Vt, and w, z = the electron and hole quasi-Fermi levels over kT, 0 at the cathode and at the anode.
ln n = w + phi + c_n and ln p = z - phi + c_p + bias, with bias = (internal voltage)/Vt, so that
n p = n_i^2 exp(w + z + bias). Per edge: the flow F of each carrier, counted so that F(right) - F(left) = U for
both; the electric current density is q (F_n - F_p).
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Node(Protocol):
    """What the local laws need to know of a node, in SI with potentials in units of Vt."""

    position: float  # m, height above the anode's face
    volume: float  # m, length of material that the node stands for
    layer: int  # index among the electrical layers
    second: bool  # the far one of the two nodes at an interface
    electron_log: float  # c_n = ln N_c + (E_c - F)/kT, F the Fermi level of the cathode
    hole_log: float  # c_p = ln N_v - (E_v - F)/kT
    intrinsic: float  # 1/m6, n_i^2
    doping: float  # 1/m3, donors less acceptors
    bimolecular: float  # m3/s
    trap: float  # N_t C_n C_p, m3/s2
    trap_electron: float  # C_n, m3/s
    trap_hole: float  # C_p, m3/s
    trap_release: float  # C_n n_1 + C_p p_1, 1/s
    generation: float  # 1/m3/s


class Edge(Protocol):
    """What they need to know of the edge from node i to node i + 1."""

    interface: bool  # the edge has no width
    electron_out: float  # m/s, velocity of electrons out of node i
    electron_back: float  # m/s, out of node i + 1
    hole_out: float
    hole_back: float
    electron_floor: float  # 1/m2/s, conductance that stays without carriers
    hole_floor: float
    dielectric: float  # eps Vt/(q h), 1/m2; 0 on an edge without width


_KINDS = {"float": "f8", "int": "i8", "bool": "?"}
NODE = np.dtype([(name, _KINDS[kind]) for name, kind in Node.__annotations__.items()], align=True)
EDGE = np.dtype([(name, _KINDS[kind]) for name, kind in Edge.__annotations__.items()], align=True)


class Device(NamedTuple):
    """A device on its grid, anode first; edge i starts at node i, the last one is not used."""

    nodes: NDArray[np.void]  # of NODE
    edges: NDArray[np.void]  # of EDGE
    barrier: float  # (W_cathode - W_anode)/kT
    thermal_voltage: float  # V


@njit(cache=True, error_model="numpy")
def densities(node: Node, phi: float, w: float, z: float, bias: float) -> tuple[float, float]:
    """Return the electron and hole density in 1/m3 (Boltzmann statistics)."""
    return math.exp(w + phi + node.electron_log), math.exp(z - phi + node.hole_log + bias)


@njit(cache=True, error_model="numpy")
def anode(barrier: float, bias: float) -> tuple[float, float, float]:
    """Return phi, w and z at the anode; their derivatives by the bias are 1, -1 and 0."""
    return barrier + bias, -bias, 0.0


@njit(cache=True, error_model="numpy")
def cathode(bias: float) -> tuple[float, float, float]:
    """Return phi, w and z at the cathode; their derivatives by the bias are 0, 0 and -1."""
    return 0.0, 0.0, -bias


@njit(cache=True, error_model="numpy")
def drift(step: float) -> tuple[float, float, float]:
    """Return B(-a), B(a) and d ln B(-a)/da of the Bernoulli function B(a) = a/(exp(a) - 1), never overflowing."""
    size = abs(step)
    decay = math.exp(-size)
    if size < 0.02:
        square = size * size
        steep = 1.0 + size / 2.0 + square / 12.0 * (1.0 - square / 60.0 * (1.0 - square / 42.0))
        slope = 0.5 - size / 12.0 * (1.0 - square / 60.0 * (1.0 - square / 42.0))
    else:
        steep = size / (1.0 - decay)
        slope = 1.0 / size - decay / (1.0 - decay)
    if step >= 0.0:
        return steep, steep * decay, slope
    return steep * decay, steep, 1.0 - slope


@njit(cache=True, error_model="numpy")
def flow(out: float, back: float, floor: float, rise: float) -> tuple[float, float, float]:
    """Return the flow along an edge and its derivatives by the levels at its two ends.

    F = back - out + floor * rise with back = out * exp(rise), written without the difference of the two.

    Args:
        out: one-way flow from the left end to the right, in 1/m2/s.
        back: one-way flow from the right end to the left.
        floor: ohmic conductance that stays where there is no carrier.
        rise: quasi-Fermi level over kT at the right end less that at the left.
    """
    net = -back * math.expm1(-rise) if rise > 0.0 else out * math.expm1(rise)
    return net + floor * rise, -out - floor, back + floor


@njit(cache=True, error_model="numpy")
def edge_flows(
    edge: Edge, step: float, n: tuple[float, float], p: tuple[float, float], rise: tuple[float, float]
) -> tuple[tuple[float, float, float, float, float], tuple[float, float, float, float, float]]:
    """Return flow, and its derivatives by (level left, level right, phi left, phi right), of electrons and holes.

    Scharfetter-Gummel inside a layer: F = (mu kT/q h) [n_right B(a) - n_left B(-a)], a = phi_right - phi_left; for
    holes a changes sign. Thermionic at an interface: F = velocity x density beyond the higher level.
    Scharfetter and Gummel, IEEE Trans. Electron Devices 16 (1969) 64, doi:10.1109/T-ED.1969.16566.

    Args:
        edge: its parameters.
        step: rise of phi along the edge.
        n: electron densities at both ends, in 1/m3.
        p: hole densities.
        rise: differences of the electron and hole level along the edge, over kT.
    """
    if edge.interface:
        up, down, slope = 1.0, 1.0, 0.0
        hole_up, hole_down, hole_slope = 1.0, 1.0, 0.0
    else:
        up, down, slope = drift(step)
        hole_up, hole_down, hole_slope = down, up, 1.0 - slope
    f, left, right = flow(edge.electron_out * n[0] * up, edge.electron_back * n[1] * down, edge.electron_floor, rise[0])
    g, hole_left, hole_right = flow(
        edge.hole_out * p[0] * hole_up, edge.hole_back * p[1] * hole_down, edge.hole_floor, rise[1]
    )
    carried = f - edge.electron_floor * rise[0]
    hole_carried = g - edge.hole_floor * rise[1]
    return (
        (f, left, right, carried * (1.0 - slope), carried * slope),
        (g, hole_left, hole_right, -hole_carried * (1.0 - hole_slope), -hole_carried * hole_slope),
    )


@njit(cache=True, error_model="numpy")
def charge(node: Node, n: float, p: float) -> tuple[float, float, float]:
    """Return the charge density over q and its derivatives by ln n and ln p, in 1/m3."""
    return p - n + node.doping, -n, p


@njit(cache=True, error_model="numpy")
def excess(node: Node, n: float, p: float, split: float) -> float:
    """Return n p - n_i^2 from the splitting of the quasi-Fermi levels over kT, never as a difference, in 1/m6."""
    over: float = -n * p * math.expm1(-split) if split > 0.0 else node.intrinsic * math.expm1(split)
    return over


@njit(cache=True, error_model="numpy")
def radiative(node: Node, n: float, p: float, over: float) -> tuple[float, float, float]:
    """Return the bimolecular rate k (n p - n_i^2) and its derivatives by ln n and ln p, in 1/m3/s."""
    slope = node.bimolecular * n * p
    return node.bimolecular * over, slope, slope


@njit(cache=True, error_model="numpy")
def trapped(node: Node, n: float, p: float, over: float) -> tuple[float, float, float]:
    """Return the rate through neutral centres and its derivatives by ln n and ln p, in 1/m3/s.

    R = N_t C_n C_p (n p - n_i^2) / [C_n (n + n_1) + C_p (p + p_1)].
    Shockley and Read, Phys. Rev. 87 (1952) 835, doi:10.1103/PhysRev.87.835.
    """
    if node.trap == 0.0:
        return 0.0, 0.0, 0.0
    electrons, holes = node.trap_electron * n, node.trap_hole * p
    ease = node.trap / (electrons + holes + node.trap_release)
    rate = ease * over
    both = ease * n * p
    hold = rate * ease / node.trap
    return rate, both - hold * electrons, both - hold * holes


@njit(cache=True, error_model="numpy")
def recombination(node: Node, n: float, p: float, split: float, light: float) -> tuple[float, float, float]:
    """Return the net rate U, recombination less generation, and its derivatives by ln n and ln p.

    Args:
        node: its parameters.
        n: electron density in 1/m3.
        p: hole density.
        split: splitting of the quasi-Fermi levels over kT.
        light: share of the external generation that is switched on.
    """
    over = excess(node, n, p, split)
    direct, direct_n, direct_p = radiative(node, n, p, over)
    lost, lost_n, lost_p = trapped(node, n, p, over)
    return direct + lost - light * node.generation, direct_n + lost_n, direct_p + lost_p
