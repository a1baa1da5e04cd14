"""Recombination at a node: every law with its parameters, its rate, and the derivatives by state and parameter.

To add a law, state what it needs in `RecombinationParameters` and fill it from the layer in `recombination_parameters`,
write its rate and the derivatives by its parameters, and add both to the sums at the end of this file: to one of the
three rates of `recombination_rates`, and to `add_recombination_derivatives`. Nothing else lists the laws.

Every law has the form R = r(n, p) (n p - n_i^2), so that none of them acts at equilibrium; it gives r and its
derivatives, and the product is formed once, from the sum of all r.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array, BoolArray
from halodot.compiled import kernel
from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P, BY_N_ACTIVITY, BY_P_ACTIVITY, Carriers
from halodot.device.laws.differences import one_minus_exp
from halodot.device.laws.traps import LocalLevels, TrapParameters, emission_rates, total_by_levels, trap_rates

if TYPE_CHECKING:
    from halodot.states import Layer


class RecombinationParameters(TrapParameters, Protocol):
    """Parameters of recombination at a node."""

    intrinsic: float  # n_i^2 far from degeneracy, 1/m6
    bimolecular: float  # the given coefficient, m3/s
    langevin_electron: float  # Langevin's coefficient without a field: the part of the electrons' mobility, m3/s
    langevin_hole: float
    electron_auger: float  # A_n, m6/s
    hole_auger: float  # A_p, m6/s
    inverse_auger_saturation: float  # 1/N_s, m3; 0 for Auger coefficients that do not saturate
    generation: float  # pairs made by external light, 1/m3/s


def recombination_parameters(layer: Layer, levels: LocalLevels) -> dict[str, float]:
    """Return the parameters of recombination in a layer, by their names at its nodes [SI].

    Args:
        layer: one that carries current.
        levels: of the layer.
    """
    given, transport, traps = layer.recombination, layer.transport, layer.traps
    saturation = given.auger_saturation_density
    langevin = given.langevin_factor * ELEMENTARY_CHARGE / (VACUUM_PERMITTIVITY * transport.relative_permittivity)
    parameters = {
        "intrinsic": math.exp(levels.electron_log + levels.hole_log),
        "bimolecular": given.bimolecular_coefficient,
        "langevin_electron": langevin * transport.electron_mobility,
        "langevin_hole": langevin * transport.hole_mobility,
        "electron_auger": given.electron_auger,
        "hole_auger": given.hole_auger,
        "inverse_auger_saturation": 1.0 / saturation if saturation > 0.0 else 0.0,
        "generation": given.generation,
    }
    if traps.trap_density > 0.0:
        captures = (traps.electron_capture, traps.hole_capture)
        e_n, e_p = emission_rates(levels, traps.trap_energy, captures)
        parameters |= {
            "srh_prefactor": traps.trap_density * captures[0] * captures[1],
            "electron_capture": captures[0],
            "hole_capture": captures[1],
            "electron_emission": e_n,
            "hole_emission": e_p,
            "charged_traps": traps.trap_density if traps.trap_charge != "neutral" else 0.0,
        }
    return parameters


def recombines(nodes: NDArray[np.void]) -> BoolArray:
    """Return where pairs of carriers recombine by any law.

    Args:
        nodes: records of `RecombinationParameters` [SI], (node,).

    Returns:
        Shape (node,).
    """
    coefficients = (
        "bimolecular",
        "langevin_electron",
        "langevin_hole",
        "electron_auger",
        "hole_auger",
        "srh_prefactor",
    )
    found: BoolArray = np.any([nodes[name] > 0.0 for name in coefficients], axis=0)
    return found


class RateAndDerivatives(NamedTuple):
    """A rate [1/m3/s], or n p - n_i^2 [1/m6], and its derivatives by w, z and phi."""

    value: float
    by_w: float
    by_z: float
    by_phi: float


class RateOverExcess(NamedTuple):
    """A rate over n p - n_i^2 [m3/s], and its derivatives by the electron and the hole level over kT."""

    value: float
    by_w: float
    by_z: float


@kernel
def np_excess(node: RecombinationParameters, at: Carriers, qfl_splitting: float) -> RateAndDerivatives:
    """Return n p - n_i^2 of a node, see `pair_excess` [1/m6].

    Args:
        node: its parameters [SI].
        at: its carriers.
        qfl_splitting: of the quasi-Fermi levels [kT], w + z + bias.
    """
    return pair_excess(node.intrinsic, at, qfl_splitting)


@kernel
def pair_excess(intrinsic: float, at: Carriers, qfl_splitting: float) -> RateAndDerivatives:
    """Return n p - n_i^2 from the splitting of the quasi-Fermi levels, never as a difference [1/m6].

    n p (1 - exp(-splitting)); where the splitting is negative, -n_i^2 gamma_n gamma_p (1 - exp(splitting)).

    Args:
        intrinsic: n_i^2 of Boltzmann statistics [1/m6].
        at: electrons and holes that meet, of one place or of the two sides of an interface.
        qfl_splitting: of their quasi-Fermi levels [kT].
    """
    pairs, missing = at.n * at.p, one_minus_exp(abs(qfl_splitting))
    value = pairs * missing
    if not qfl_splitting > 0.0:
        value = -intrinsic * missing
        if at.n_log_activity + at.p_log_activity != 0.0:
            value *= math.exp(at.n_log_activity + at.p_log_activity)
    return RateAndDerivatives(
        value,
        pairs + (at.n_slope - 1.0) * value,
        pairs + (at.p_slope - 1.0) * value,
        (at.n_slope - 1.0) * value - (at.p_slope - 1.0) * value,
    )


# bimolecular


@kernel
def bimolecular_rate(coefficient: float) -> RateOverExcess:
    """Return the rate of R = k (n p - n_i^2) over n p - n_i^2 [m3/s].

    Args:
        coefficient: k, the given and Langevin's, see `halodot.device.laws.langevin` [m3/s].
    """
    return RateOverExcess(coefficient, 0.0, 0.0)


# Auger


@kernel
def auger_rate(node: RecombinationParameters, at: Carriers) -> RateOverExcess:
    """Return the Auger rate R = (A_n n + A_p p)/[1 + (n + p)/(2 N_s)] (n p - n_i^2) over n p - n_i^2 [m3/s].

    Beattie and Landsberg, Proc. R. Soc. London A 249 (1959) 16, doi:10.1098/rspa.1959.0003. The coefficients fall where
    carriers fill the states, Kioupakis, Yan, Steiauf and Van de Walle, New J. Phys. 15 (2013) 125006,
    doi:10.1088/1367-2630/15/12/125006; that they fall as 1/(1 + N/N_s) is assumed.

    Args:
        node: its parameters [SI].
        at: its carriers.
    """
    electrons, holes = node.electron_auger * at.n, node.hole_auger * at.p
    half = 0.5 * node.inverse_auger_saturation
    fall = 1.0 / (1.0 + half * (at.n + at.p))
    mixed = half * at.n * at.p * (node.electron_auger - node.hole_auger)
    return RateOverExcess(
        (electrons + holes) * fall,
        (electrons + mixed) * fall * fall * at.n_slope,
        (holes - mixed) * fall * fall * at.p_slope,
    )


@kernel
def _add_auger_derivatives(
    node: RecombinationParameters,
    at: Carriers,
    excess: float,
    weight: float,
    by_node: RecombinationParameters,
    by_carriers: Array,
) -> None:
    """Add ``weight`` times the derivatives of `auger_rate` at a fixed n p - n_i^2."""
    half = 0.5 * node.inverse_auger_saturation
    fall = 1.0 / (1.0 + half * (at.n + at.p))
    electrons, holes = node.electron_auger * at.n, node.hole_auger * at.p
    mixed = half * at.n * at.p * (node.electron_auger - node.hole_auger)
    scale = weight * excess * fall
    by_node.electron_auger += scale * at.n
    by_node.hole_auger += scale * at.p
    by_node.inverse_auger_saturation -= scale * (electrons + holes) * fall * 0.5 * (at.n + at.p)
    by_carriers[BY_LN_N] += scale * (electrons + mixed) * fall
    by_carriers[BY_LN_P] += scale * (holes - mixed) * fall


# Shockley-Read-Hall


@kernel
def srh_rate(node: RecombinationParameters, at: Carriers) -> RateOverExcess:
    """Return the rate through recombination centres over n p - n_i^2 [m3/s].

    R = N_t C_n C_p (n p - n_i^2) / [C_n (n + n_1) + C_p (p + p_1)].
    Shockley and Read, Phys. Rev. 87 (1952) 835, doi:10.1103/PhysRev.87.835.

    Args:
        node: its parameters [SI].
        at: its carriers.
    """
    if node.srh_prefactor == 0.0:
        return RateOverExcess(0.0, 0.0, 0.0)
    rates = trap_rates(node, at)
    by_w, by_z = total_by_levels(rates, at)
    r = node.srh_prefactor / rates.total
    return RateOverExcess(r, -r * by_w / rates.total, -r * by_z / rates.total)


@kernel
def _add_srh_derivatives(
    node: RecombinationParameters,
    at: Carriers,
    excess: float,
    weight: float,
    by_node: RecombinationParameters,
    by_carriers: Array,
) -> None:
    """Add ``weight`` times the derivatives of `srh_rate` at a fixed n p - n_i^2."""
    if node.srh_prefactor == 0.0:
        return
    rates = trap_rates(node, at)
    by_prefactor = weight * excess / rates.total
    by_total = -by_prefactor * node.srh_prefactor / rates.total
    by_node.srh_prefactor += by_prefactor
    by_node.electron_capture += by_total * at.n
    by_node.hole_capture += by_total * at.p
    by_node.electron_emission += by_total * rates.electron_emission / node.electron_emission
    by_node.hole_emission += by_total * rates.hole_emission / node.hole_emission
    by_carriers[BY_LN_N] += by_total * rates.electron_capture
    by_carriers[BY_LN_P] += by_total * rates.hole_capture
    by_carriers[BY_N_ACTIVITY] += by_total * rates.electron_emission
    by_carriers[BY_P_ACTIVITY] += by_total * rates.hole_emission


# all of them


class RecombinationRates(NamedTuple):
    """The rates of recombination as the charge budget divides them."""

    bimolecular: RateOverExcess
    trap_assisted: RateOverExcess
    auger: RateOverExcess


@kernel
def recombination_rates(node: RecombinationParameters, at: Carriers, bimolecular: float) -> RecombinationRates:
    """Return the rates of all laws, each with the others of its kind, over n p - n_i^2 [m3/s].

    Args:
        node: its parameters [SI].
        at: its carriers.
        bimolecular: its bimolecular coefficient [m3/s].
    """
    return RecombinationRates(bimolecular_rate(bimolecular), srh_rate(node, at), auger_rate(node, at))


@kernel
def net_recombination(
    node: RecombinationParameters, at: Carriers, excess: RateAndDerivatives, bimolecular: float, generation_scale: float
) -> RateAndDerivatives:
    """Return the net rate U, recombination less generation [1/m3/s].

    Args:
        node: its parameters [SI].
        at: its carriers.
        excess: n p - n_i^2.
        bimolecular: its bimolecular coefficient [m3/s].
        generation_scale: share of the external generation that is switched on.
    """
    rates = recombination_rates(node, at, bimolecular)
    r = rates.bimolecular.value + rates.auger.value + rates.trap_assisted.value
    by_w = rates.bimolecular.by_w + rates.auger.by_w + rates.trap_assisted.by_w
    by_z = rates.bimolecular.by_z + rates.auger.by_z + rates.trap_assisted.by_z
    return RateAndDerivatives(
        r * excess.value - generation_scale * node.generation,
        by_w * excess.value + r * excess.by_w,
        by_z * excess.value + r * excess.by_z,
        (by_w - by_z) * excess.value + r * excess.by_phi,
    )


@kernel
def add_recombination_derivatives(
    node: RecombinationParameters,
    at: Carriers,
    excess: RateAndDerivatives,
    rate: float,
    weight: float,
    by_node: RecombinationParameters,
    by_carriers: Array,
) -> None:
    """Add ``weight`` times the derivatives of all recombination by the parameters and carriers of a node.

    n p - n_i^2 moves with n p at a fixed splitting of the levels. Those by the generation and by the bimolecular
    coefficient are left to the caller, since they depend on the light and on the field.

    Args:
        node: its parameters [SI].
        at: its carriers.
        excess: n p - n_i^2.
        rate: of all recombination, without generation [1/m3/s].
        weight: factor.
        by_node: derivatives by the parameters, are added to.
        by_carriers: derivatives by the carriers, in the columns of `halodot.device.laws.carriers`, shape (4,), are
            added to.
    """
    _add_auger_derivatives(node, at, excess.value, weight, by_node, by_carriers)
    _add_srh_derivatives(node, at, excess.value, weight, by_node, by_carriers)
    by_carriers[BY_LN_N] += weight * rate
    by_carriers[BY_LN_P] += weight * rate
