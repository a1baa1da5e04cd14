"""The densities of carriers at a node, in the statistics of its layer.

ln n = w + phi + c_n + ln gamma_n and ln p = z - phi + c_p + bias + ln gamma_p, with bias = (internal voltage)/Vt, so
that n p = n_i^2 gamma_n gamma_p exp(w + z + bias). Derivatives are by (w, z, phi); that by the bias is the one by z.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.laws.statistics import log_activity


class CarrierParameters(Protocol):
    """Parameters of the densities at a node."""

    electron_log: float  # c_n = ln N_C + (E_C - F)/kT, F the Fermi level of the cathode
    hole_log: float  # c_p = ln N_V - (E_V - F)/kT
    electron_table: int  # row of the table of the density of states, -1 for Boltzmann statistics
    hole_table: int
    log_electron_states: float  # ln N_C, to be taken from ln n of Boltzmann statistics
    log_hole_states: float  # ln N_V


class Carriers(NamedTuple):
    """The carriers at a node."""

    n: float  # 1/m3
    p: float  # 1/m3
    n_slope: float  # d ln n by the electron level over kT, dimensionless
    p_slope: float  # d ln p by the hole level over kT
    n_log_activity: float  # ln gamma_n, 0 in Boltzmann statistics
    p_log_activity: float  # ln gamma_p


#: Derivatives of a functional by the carriers of a node: by ln n and ln p, and by the two ln gamma where they act other
#: than through n and p.
BY_LN_N, BY_LN_P, BY_N_ACTIVITY, BY_P_ACTIVITY = range(4)


@kernel
def _non_boltzmann(node: CarrierParameters, tables: Array, electrons: float, holes: float) -> Carriers:
    """Return the carriers at a node with a density of states of its own, from ln n and ln p of Boltzmann statistics."""
    n_log_activity, n_bend = log_activity(tables, node.electron_table, electrons - node.log_electron_states)
    p_log_activity, p_bend = log_activity(tables, node.hole_table, holes - node.log_hole_states)
    return Carriers(
        math.exp(electrons + n_log_activity),
        math.exp(holes + p_log_activity),
        1.0 + n_bend,
        1.0 + p_bend,
        n_log_activity,
        p_log_activity,
    )


@kernel
def carriers_at(node: CarrierParameters, tables: Array, phi: float, w: float, z: float, bias: float) -> Carriers:
    """Return the carriers at a node.

    Args:
        node: its parameters [SI].
        tables: ln gamma and its slope, shape (table, point, 2).
        phi: electrostatic potential [Vt].
        w: electron quasi-Fermi level [kT], 0 at the cathode.
        z: hole quasi-Fermi level [kT], 0 at the anode.
        bias: internal voltage [Vt].
    """
    electrons, holes = w + phi + node.electron_log, z - phi + node.hole_log + bias
    if node.electron_table >= 0 or node.hole_table >= 0:
        return _non_boltzmann(node, tables, electrons, holes)
    return Carriers(math.exp(electrons), math.exp(holes), 1.0, 1.0, 0.0, 0.0)


@kernel
def add_carrier_derivatives(at: Carriers, by_carriers: Array, by_node: CarrierParameters, by_activity: Array) -> None:
    """Turn derivatives by the carriers of a node into those by its parameters and by its tables.

    Args:
        at: its carriers.
        by_carriers: derivatives of a functional by them, in the columns `BY_LN_N` and on, shape (4,).
        by_node: derivatives by its parameters [1/SI], are added to.
        by_activity: leaves with those by ln gamma of electrons and holes at the node's own level, shape (2,).
    """
    n_bend, p_bend = at.n_slope - 1.0, at.p_slope - 1.0
    n_activity = by_carriers[BY_LN_N] + by_carriers[BY_N_ACTIVITY]
    p_activity = by_carriers[BY_LN_P] + by_carriers[BY_P_ACTIVITY]
    by_activity[0], by_activity[1] = n_activity, p_activity
    by_node.electron_log += by_carriers[BY_LN_N] + n_activity * n_bend
    by_node.log_electron_states -= n_activity * n_bend
    by_node.hole_log += by_carriers[BY_LN_P] + p_activity * p_bend
    by_node.log_hole_states -= p_activity * p_bend
