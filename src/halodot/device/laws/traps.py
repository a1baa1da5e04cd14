"""Recombination centres of one level: capture and emission rates, occupancy and charge.

Shockley and Read, Phys. Rev. 87 (1952) 835, doi:10.1103/PhysRev.87.835.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P, BY_N_ACTIVITY, BY_P_ACTIVITY, Carriers

#: Largest exponent of a Boltzmann factor of a trap, below the largest of a double.
_LARGEST_EXPONENT = 600.0
#: Least emission rate (1/s), so that a trap without carriers has an occupancy.
_LEAST_EMISSION = 1e-200


class TrapParameters(Protocol):
    """Parameters of the recombination centres at a node."""

    srh_prefactor: float  # N_t C_n C_p, m3/s2; 0 without centres
    electron_capture: float  # C_n, m3/s
    hole_capture: float  # C_p, m3/s
    electron_emission: float  # e_n = C_n n_1, 1/s
    hole_emission: float  # e_p = C_p p_1, 1/s
    charged_traps: float  # N_t of centres whose electron counts as a charge, 1/m3


class LocalLevels(NamedTuple):
    """The levels of a layer, or of one side of an interface, against the Fermi level of the cathode."""

    electron_log: float  # c_n, ln of the electrons at phi = 0 with their level at the cathode's, n in 1/m3
    hole_log: float  # c_p
    fermi_level: float  # of the cathode below vacuum, eV
    vacuum_level_shift: float  # electrostatic potential less phi, over Vt
    thermal_voltage: float  # V


def emission_rates(levels: LocalLevels, energy: float, captures: tuple[float, float]) -> tuple[float, float]:
    """Return e_n = C_n n_1 and e_p = C_p p_1 [1/s], n_1 and p_1 the densities with the Fermi level at the trap's.

    Args:
        levels: of the place.
        energy: of the trap below vacuum [eV].
        captures: C_n and C_p [m3/s].
    """
    depth = (energy - levels.fermi_level) / levels.thermal_voltage + levels.vacuum_level_shift
    logs = (levels.electron_log - depth, levels.hole_log + depth)
    e_n, e_p = (c * math.exp(min(value, _LARGEST_EXPONENT)) for c, value in zip(captures, logs, strict=True))
    return max(e_n, _LEAST_EMISSION), max(e_p, _LEAST_EMISSION)


class TrapRates(NamedTuple):
    """Rates at which a centre takes and gives carriers [1/s] each."""

    electron_capture: float  # C_n n
    hole_capture: float  # C_p p
    electron_emission: float  # e_n gamma_n
    hole_emission: float  # e_p gamma_p
    total: float  # of all four, the denominator of the SRH rate


@kernel
def trap_rates(node: TrapParameters, at: Carriers) -> TrapRates:
    """Return the rates of a centre at a node.

    n_1 and p_1 carry the activity coefficient, so that emission balances capture at equilibrium in any statistics.

    Args:
        node: its parameters [SI].
        at: its carriers.
    """
    electrons, holes = node.electron_capture * at.n, node.hole_capture * at.p
    e_n, e_p = node.electron_emission, node.hole_emission
    if at.n_log_activity + at.p_log_activity != 0.0:
        e_n *= math.exp(at.n_log_activity)
        e_p *= math.exp(at.p_log_activity)
    return TrapRates(electrons, holes, e_n, e_p, electrons + holes + e_n + e_p)


@kernel
def total_by_levels(rates: TrapRates, at: Carriers) -> tuple[float, float]:
    """Return the derivatives of the sum of a centre's rates by the electron and the hole level over kT [1/s].

    Args:
        rates: of the centre.
        at: carriers beside it.
    """
    return (
        rates.electron_capture * at.n_slope + rates.electron_emission * (at.n_slope - 1.0),
        rates.hole_capture * at.p_slope + rates.hole_emission * (at.p_slope - 1.0),
    )


class TrappedCharge(NamedTuple):
    """The density of electrons on charged centres [1/m3], and its derivatives by the two levels."""

    value: float
    by_w: float
    by_z: float


@kernel
def trapped_electrons(node: TrapParameters, at: Carriers) -> TrappedCharge:
    """Return the electrons on the charged centres at a node, N_t (C_n n + e_p)/(C_n n + C_p p + e_n + e_p).

    Args:
        node: its parameters [SI].
        at: its carriers.
    """
    rates = trap_rates(node, at)
    by_w, by_z = total_by_levels(rates, at)
    count = node.charged_traps
    held = count * (rates.electron_capture + rates.hole_emission) / rates.total
    return TrappedCharge(
        held,
        (count * rates.electron_capture * at.n_slope - held * by_w) / rates.total,
        (count * rates.hole_emission * (at.p_slope - 1.0) - held * by_z) / rates.total,
    )


@kernel
def add_trapped_electron_derivatives(
    node: TrapParameters, at: Carriers, weight: float, by_node: TrapParameters, by_carriers: Array
) -> None:
    """Add ``weight`` times the derivatives of `trapped_electrons` by the parameters and carriers of a node.

    Args:
        node: its parameters [SI].
        at: its carriers.
        weight: factor.
        by_node: derivatives by the parameters, are added to.
        by_carriers: derivatives by the carriers, shape (4,), are added to.
    """
    rates = trap_rates(node, at)
    full = (rates.electron_capture + rates.hole_emission) / rates.total
    empty = (rates.hole_capture + rates.electron_emission) / rates.total
    filled, emptied = (
        weight * node.charged_traps * empty / rates.total,
        -weight * node.charged_traps * full / rates.total,
    )
    by_node.charged_traps += weight * full
    by_node.electron_capture += filled * at.n
    by_node.hole_emission += filled * rates.hole_emission / node.hole_emission
    by_node.hole_capture += emptied * at.p
    by_node.electron_emission += emptied * rates.electron_emission / node.electron_emission
    by_carriers[BY_LN_N] += filled * rates.electron_capture
    by_carriers[BY_P_ACTIVITY] += filled * rates.hole_emission
    by_carriers[BY_LN_P] += emptied * rates.hole_capture
    by_carriers[BY_N_ACTIVITY] += emptied * rates.electron_emission
