"""What the solver knows of a device: one record for each node, one for each edge, and a few numbers for all of it.

In SI, with potentials and levels in units of Vt. Per node: phi = V/Vt less the dipole steps between it and the
cathode, and w, z = the electron and hole quasi-Fermi levels over kT, 0 at the cathode and at the anode. Per edge: the
flow F of each carrier, counted so that F(right) - F(left) = U for both; the electric current density is q (F_n - F_p).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array


class Node(Protocol):
    """What the local laws need to know of a node."""

    position: float  # m, height above the anode's face
    volume: float  # m, length of material that the node stands for
    layer: int  # index among the electrical layers
    second: bool  # the far one of the two nodes at an interface
    dipole: float  # electrostatic potential less phi
    electron_log: float  # c_n = ln N_c + (E_c - F)/kT, F the Fermi level of the cathode
    hole_log: float  # c_p = ln N_v - (E_v - F)/kT
    intrinsic: float  # 1/m6, n_i^2 far from degeneracy
    electron_table: int  # row of the table of the density of states, -1 for Boltzmann statistics
    hole_table: int
    electron_offset: float  # ln N_c, to be taken from ln n of Boltzmann statistics
    hole_offset: float
    doping: float  # 1/m3, charge that stays: donors less acceptors, and empty donor traps
    bimolecular: float  # m3/s, the given coefficient
    langevin_electron: float  # m3/s, Langevin's coefficient without a field: the share of the electrons' mobility
    langevin_hole: float
    field_law: bool  # the mobilities follow the field
    electron_auger: float  # m6/s
    hole_auger: float
    trap: float  # N_t C_n C_p, m3/s2
    trap_electron: float  # C_n, m3/s
    trap_hole: float  # C_p, m3/s
    trap_empty: float  # C_n n_1, 1/s
    trap_fill: float  # C_p p_1, 1/s
    trap_charged: float  # N_t of traps whose electron counts as a charge, 1/m3
    generation: float  # 1/m3/s
    cation_region: int  # which conserved number the cations here belong to, -1 without
    anion_region: int
    ion_sites: float  # 1/m3
    held_cations: float  # 1/m3, of ions that do not move; their charge is in the doping
    held_anions: float


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
    inverse_length: float  # 1/m, 0 on an edge without width
    field_law: bool  # the mobilities follow the field
    electron_activation: float  # Poole-Frenkel exponent over the root of the field over Vt, m^(1/2)
    hole_activation: float
    hopping: float  # a/2, half a hop, m
    electron_far: bool  # at an interface: the level of node i + 1 is the one to climb
    hole_far: bool
    electron_field: float  # 1/m per displacement: kT/q times the field that thins the electrons' barrier
    hole_field: float
    electron_barrier: float  # kT, height of the barrier that they tunnel through
    hole_barrier: float
    electron_depth: float  # m, thickness of the layer that is the barrier
    hole_depth: float
    tunnelling: float  # 1/m, (4/3) sqrt(2 m kT)/hbar; 0 for none
    lowering: float  # of a contact's barrier: square of (kT lowered per root of field), m; 0 for none
    trap: float  # N_t of centres at the interface, 1/m2
    trap_electron: float  # C_n, m3/s
    trap_hole: float  # C_p
    trap_empty: float  # C_n n_1 with the states of node i, 1/s
    trap_empty_far: float  # and of node i + 1
    trap_fill: float  # C_p p_1
    trap_fill_far: float
    trap_charged: float  # N_t of those whose electron counts as a charge, 1/m2
    trap_fixed: float  # 1/m2, charge of empty donor traps


_KINDS = {"float": "f8", "int": "i8", "bool": "?"}
NODE = np.dtype([(name, _KINDS[kind]) for name, kind in Node.__annotations__.items()], align=True)
EDGE = np.dtype([(name, _KINDS[kind]) for name, kind in Edge.__annotations__.items()], align=True)


class Device(NamedTuple):
    """A device on its grid, anode first; edge i starts at node i, the last one is not used."""

    nodes: NDArray[np.void]  # of NODE
    edges: NDArray[np.void]  # of EDGE
    tables: Array  # ln of the activity coefficient and its slope, shape (table, point, 2)
    ions: Array  # number of mobile ions in each region and their sign, shape (region, 2), 1/m2
    barrier: float  # rise of phi from cathode to anode at zero bias
    thermal_voltage: float  # V
