"""The charge of carriers, dopants and traps at a node, with its derivatives by state and parameter."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P, Carriers
from halodot.device.laws.traps import TrapParameters, add_trapped_electron_derivatives, trapped_electrons


class ChargeParameters(TrapParameters, Protocol):
    """Parameters of the charge at a node."""

    doping: float  # 1/m3, charge that stays: donors less acceptors, empty donor traps, ions that do not move


class ChargeAndDerivatives(NamedTuple):
    """A density of charge over q [1/m3], and its derivatives by w, z and phi."""

    value: float
    by_w: float
    by_z: float
    by_phi: float


@kernel
def space_charge(node: ChargeParameters, at: Carriers) -> ChargeAndDerivatives:
    """Return the charge density over q without mobile ions: p - n + N_D - N_A - N_t f [1/m3].

    Args:
        node: its parameters [SI].
        at: its carriers.
    """
    value, by_w, by_z = at.p - at.n + node.doping, -at.n * at.n_slope, at.p * at.p_slope
    if node.charged_traps > 0.0:
        held = trapped_electrons(node, at)
        value -= held.value
        by_w -= held.by_w
        by_z -= held.by_z
    return ChargeAndDerivatives(value, by_w, by_z, by_w - by_z)


@kernel
def add_space_charge_derivatives(
    node: ChargeParameters, at: Carriers, weight: float, by_node: ChargeParameters, by_carriers: Array
) -> None:
    """Add ``weight`` times the derivatives of `space_charge` by the parameters and carriers of a node.

    Args:
        node: its parameters [SI].
        at: its carriers.
        weight: factor.
        by_node: derivatives by the parameters, are added to.
        by_carriers: derivatives by the carriers, shape (4,), are added to.
    """
    by_node.doping += weight
    by_carriers[BY_LN_N] -= weight * at.n
    by_carriers[BY_LN_P] += weight * at.p
    if node.charged_traps > 0.0:
        add_trapped_electron_derivatives(node, at, -weight, by_node, by_carriers)
