"""Recombination centres at an interface, which see the carriers of both sides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P, BY_N_ACTIVITY, BY_P_ACTIVITY, Carriers
from halodot.device.laws.differences import difference
from halodot.device.laws.traps import LocalLevels, emission_rates

if TYPE_CHECKING:
    from halodot.states import Interface

#: Rows of what `fill_interface_recombination` fills, those of two sides near side first: rates at which a side loses
#: electrons and holes, 1/m2/s, and the charge of the centres over q, 1/m2.
ELECTRON_LOSS, HOLE_LOSS, TRAP_CHARGE = 0, 2, 4
#: Columns: the value, and the derivatives by w and z of both sides and by phi.
VALUE, BY_W, BY_Z, BY_PHI = 0, 1, 3, 5


class InterfaceTrapParameters(Protocol):
    """Parameters of the centres at an interface."""

    trap_density: float  # N_t, 1/m2; 0 without centres
    electron_capture: float  # C_n, m3/s
    hole_capture: float  # C_p, m3/s
    electron_emission_near: float  # e_n = C_n n_1 with the states of the near side, 1/s
    electron_emission_far: float
    hole_emission_near: float  # e_p = C_p p_1
    hole_emission_far: float
    charged_traps: float  # N_t of those whose electron counts as a charge, 1/m2
    fixed_trap_charge: float  # of empty donor traps, 1/m2


def interface_trap_parameters(
    interface: Interface, energy_side: LocalLevels, near: LocalLevels, far: LocalLevels
) -> dict[str, float]:
    """Return the parameters of the centres at an interface, by their names at its edge [SI]; none without centres.

    Args:
        interface: with its centres.
        energy_side: levels of the side against whose vacuum level the energy of the centres is given.
        near: levels of the near side.
        far: levels of the far side.
    """
    density = interface.trap_density
    if density == 0.0:
        return {}
    captures = (interface.electron_capture, interface.hole_capture)
    shift = energy_side.vacuum_level_shift
    (e_n, e_p), (far_e_n, far_e_p) = (
        emission_rates(side._replace(vacuum_level_shift=shift), interface.trap_energy, captures) for side in (near, far)
    )
    charged = density if interface.trap_charge != "neutral" else 0.0
    return {
        "trap_density": density,
        "electron_capture": captures[0],
        "hole_capture": captures[1],
        "electron_emission_near": e_n,
        "electron_emission_far": far_e_n,
        "hole_emission_near": e_p,
        "hole_emission_far": far_e_p,
        "charged_traps": charged,
        "fixed_trap_charge": charged if interface.trap_charge == "donor" else 0.0,
    }


class InterfaceRates(NamedTuple):
    """Rates at which a centre takes and gives carriers of the near and the far side [1/s] each."""

    electron_capture: tuple[float, float]  # C_n n
    hole_capture: tuple[float, float]  # C_p p
    electron_emission: tuple[float, float]  # e_n gamma_n
    hole_emission: tuple[float, float]  # e_p gamma_p
    total: float


@kernel
def _interface_rates(edge: InterfaceTrapParameters, near: Carriers, far: Carriers) -> InterfaceRates:
    """Return the rates of a centre between two sides."""
    a = (edge.electron_capture * near.n, edge.electron_capture * far.n)
    c = (edge.hole_capture * near.p, edge.hole_capture * far.p)
    e = (
        edge.electron_emission_near * math.exp(near.n_log_activity),
        edge.electron_emission_far * math.exp(far.n_log_activity),
    )
    d = (edge.hole_emission_near * math.exp(near.p_log_activity), edge.hole_emission_far * math.exp(far.p_log_activity))
    return InterfaceRates(a, c, e, d, a[0] + a[1] + c[0] + c[1] + d[0] + d[1] + e[0] + e[1])


@kernel
def _add_difference(
    row: Array, a: float, b: float, value: float, column: int, slope: float, other: int, other_slope: float
) -> None:
    """Add a - b and its derivatives: by one level a + (slope - 1)(a - b), by the other a or -b likewise.

    The other level raises a where it is of the opposite carrier, and lowers -b where it is of the same one.
    """
    row[VALUE] += value
    row[column] += a + (slope - 1.0) * value
    if (column < BY_Z) == (other < BY_Z):
        row[other] += (other_slope - 1.0) * value - b
        row[BY_PHI] += (slope + other_slope - 1.0) * value * (1.0 if column < BY_Z else -1.0)
    else:
        row[other] += a + (other_slope - 1.0) * value
        row[BY_PHI] += (slope - other_slope) * value * (1.0 if column < BY_Z else -1.0)


@kernel
def fill_interface_recombination(
    edge: InterfaceTrapParameters,
    near: Carriers,
    far: Carriers,
    levels: tuple[float, float, float, float],
    bias: float,
    out: Array,
) -> None:
    """Fill ``out`` with what centres at an interface take from each carrier on each side, and with their charge.

    With a_k = C_n n_k, e_k = C_n n_1k, c_k = C_p p_k, d_k = C_p p_1k of side k, D their sum over both sides and the
    occupancy f = (a_1 + a_2 + d_1 + d_2)/D, side k loses N_t [a_k (1 - f) - e_k f] electrons and N_t [c_k f -
    d_k (1 - f)] holes. Multiplied out, every difference is one of two products whose ratio the levels give. After
    Koopmans and Koster, Sol. RRL 6 (2022) 2200560, doi:10.1002/solr.202200560.

    Args:
        edge: its parameters [SI].
        near: carriers at the near side.
        far: carriers at the far side.
        levels: w near, w far, z near, z far.
        bias: internal voltage [Vt].
        out: shape (5, 6), with the rows `ELECTRON_LOSS` and on, and the columns `VALUE` and on.
    """
    out[:] = 0.0
    g, h = (near.n_slope, far.n_slope), (near.p_slope, far.p_slope)
    a, c, e, d, total = _interface_rates(edge, near, far)
    for k in range(2):
        m = 1 - k
        over = difference(a[k] * e[m], e[k] * a[m], levels[k] - levels[m])
        _add_difference(out[ELECTRON_LOSS + k], a[k] * e[m], e[k] * a[m], over, BY_W + k, g[k], BY_W + m, g[m])
        over = difference(c[k] * d[m], d[k] * c[m], levels[2 + k] - levels[2 + m])
        _add_difference(out[HOLE_LOSS + k], c[k] * d[m], d[k] * c[m], over, BY_Z + k, h[k], BY_Z + m, h[m])
        for j in range(2):
            over = difference(a[k] * c[j], e[k] * d[j], levels[k] + levels[2 + j] + bias)
            for row in (ELECTRON_LOSS + k, HOLE_LOSS + j):
                _add_difference(out[row], a[k] * c[j], e[k] * d[j], over, BY_W + k, g[k], BY_Z + j, h[j])
        out[TRAP_CHARGE, VALUE] -= a[k] + d[k]
        out[TRAP_CHARGE, BY_W + k] -= a[k] * g[k]
        out[TRAP_CHARGE, BY_Z + k] -= d[k] * (h[k] - 1.0)
        out[TRAP_CHARGE, BY_PHI] -= a[k] * g[k] - d[k] * (h[k] - 1.0)
    by_phi = 0.0
    for k in range(2):
        electrons, holes = a[k] * g[k] + e[k] * (g[k] - 1.0), c[k] * h[k] + d[k] * (h[k] - 1.0)
        by_phi += electrons - holes
        for row in range(5):
            out[row, BY_W + k] -= out[row, VALUE] * electrons / total
            out[row, BY_Z + k] -= out[row, VALUE] * holes / total
    for row in range(5):
        out[row, BY_PHI] -= out[row, VALUE] * by_phi / total
        for column in range(6):
            out[row, column] *= (edge.charged_traps if row == TRAP_CHARGE else edge.trap_density) / total
    out[TRAP_CHARGE, VALUE] += edge.fixed_trap_charge


@kernel
def _weighted_captures(
    rates: InterfaceRates,
    levels: tuple[float, float, float, float],
    bias: float,
    weights: tuple[float, float, float, float],
    by_rates: Array,
) -> float:
    """Return the weighted losses times the total rate over N_t; add their log-derivatives to ``by_rates`` (4, 2)."""
    a, c, e, d, _ = rates
    total = 0.0
    for k in range(2):
        m = 1 - k
        electrons = weights[k] * difference(a[k] * e[m], e[k] * a[m], levels[k] - levels[m])
        by_rates[0, k] += electrons
        by_rates[2, m] += electrons
        holes = weights[2 + k] * difference(c[k] * d[m], d[k] * c[m], levels[2 + k] - levels[2 + m])
        by_rates[1, k] += holes
        by_rates[3, m] += holes
        total += electrons + holes
        for j in range(2):
            both = difference(a[k] * c[j], e[k] * d[j], levels[k] + levels[2 + j] + bias)
            both *= weights[k] + weights[2 + j]
            by_rates[0, k] += both
            by_rates[1, j] += both
            total += both
    return total


@kernel
def add_interface_recombination_derivatives(
    edge: InterfaceTrapParameters,
    sides: tuple[Carriers, Carriers],
    levels: tuple[float, float, float, float],
    bias: float,
    weights: tuple[float, float, float, float, float],
    by_edge: InterfaceTrapParameters,
    by_carriers: tuple[Array, Array],
) -> None:
    """Add weights times the derivatives of `fill_interface_recombination` by its parameters, at fixed levels.

    Args:
        edge: its parameters [SI].
        sides: carriers of the near and of the far side.
        levels: w near, w far, z near, z far.
        bias: internal voltage [Vt].
        weights: of the rows, `ELECTRON_LOSS` first.
        by_edge: derivatives by the parameters, are added to.
        by_carriers: derivatives by the carriers of both sides, shape (4,) each, are added to.
    """
    rates = _interface_rates(edge, sides[0], sides[1])
    a, c, e, d, total = rates
    by_rates = np.zeros((4, 2))
    lost = _weighted_captures(rates, levels, bias, (weights[0], weights[1], weights[2], weights[3]), by_rates)
    occupied = (a[0] + a[1] + d[0] + d[1]) / total
    free = (c[0] + c[1] + e[0] + e[1]) / total
    scale, charge = edge.trap_density / total, weights[TRAP_CHARGE] * edge.charged_traps / total
    by_edge.trap_density += lost / total
    by_edge.charged_traps -= weights[TRAP_CHARGE] * occupied
    by_edge.fixed_trap_charge += weights[TRAP_CHARGE]
    for k in range(2):
        log_a = scale * (by_rates[0, k] - lost * a[k] / total) - charge * a[k] * free
        log_c = scale * (by_rates[1, k] - lost * c[k] / total) + charge * c[k] * occupied
        log_e = scale * (by_rates[2, k] - lost * e[k] / total) + charge * e[k] * occupied
        log_d = scale * (by_rates[3, k] - lost * d[k] / total) - charge * d[k] * free
        by = by_carriers[k]
        by[BY_LN_N] += log_a
        by[BY_LN_P] += log_c
        by[BY_N_ACTIVITY] += log_e
        by[BY_P_ACTIVITY] += log_d
        by_edge.electron_capture += log_a / edge.electron_capture
        by_edge.hole_capture += log_c / edge.hole_capture
        if k == 0:
            by_edge.electron_emission_near += log_e / edge.electron_emission_near
            by_edge.hole_emission_near += log_d / edge.hole_emission_near
        else:
            by_edge.electron_emission_far += log_e / edge.electron_emission_far
            by_edge.hole_emission_far += log_d / edge.hole_emission_far
