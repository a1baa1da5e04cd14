"""The bimolecular coefficient with Langevin's, where the mobilities follow the field.

Langevin, Ann. Chim. Phys. 28 (1903) 433: carriers that meet recombine, k = q (mu_n + mu_p)/eps.
"""

from __future__ import annotations

from typing import NamedTuple

from halodot.compiled import kernel
from halodot.device.laws.field_mobility import MobilityParameters, enhancement_by_parameters, mobility_enhancement
from halodot.device.laws.recombination import RecombinationParameters


class BimolecularCoefficient(NamedTuple):
    """A bimolecular coefficient [m3/s], and its derivatives by the field [m4/s]."""

    value: float
    by_field: float  # in the middle of the material that a node stands for
    by_change: float  # by the rise of the field from its near end to its far end


class CoefficientByParameters(NamedTuple):
    """Derivatives of a bimolecular coefficient by what it depends on, at a fixed field."""

    langevin_electron: float  # dimensionless
    langevin_hole: float
    electron_activation: float  # m3/s per m^(1/2)
    hole_activation: float
    half_hop: float  # m2/s


@kernel
def fixed_coefficient(node: RecombinationParameters) -> float:
    """Return the bimolecular coefficient without a field [m3/s].

    Args:
        node: its parameters [SI].
    """
    return node.bimolecular + node.langevin_electron + node.langevin_hole


@kernel
def bimolecular_coefficient(
    node: RecombinationParameters, edge: MobilityParameters, field: float, change: float
) -> BimolecularCoefficient:
    """Return the given bimolecular coefficient and Langevin's with the mobilities at the local field.

    Args:
        node: its parameters [SI].
        edge: of the mobilities in its material.
        field: over Vt, in the middle of the material that the node stands for [1/m].
        change: of the field from the near end of that material to its far end [1/m].
    """
    electron = mobility_enhancement(edge.electron_activation, edge.half_hop, field, change)
    hole = mobility_enhancement(edge.hole_activation, edge.half_hop, field, change)
    k_n, k_p = node.langevin_electron * electron.factor, node.langevin_hole * hole.factor
    return BimolecularCoefficient(
        node.bimolecular + k_n + k_p,
        k_n * electron.by_field + k_p * hole.by_field,
        k_n * electron.by_change + k_p * hole.by_change,
    )


@kernel
def coefficient_by_parameters(
    node: RecombinationParameters, edge: MobilityParameters, field: float, change: float
) -> CoefficientByParameters:
    """Return the derivatives of `bimolecular_coefficient` by its parameters.

    Args:
        node: its parameters [SI].
        edge: of the mobilities in its material.
        field: over Vt [1/m].
        change: of the field [1/m].
    """
    electron = mobility_enhancement(edge.electron_activation, edge.half_hop, field, change).factor
    hole = mobility_enhancement(edge.hole_activation, edge.half_hop, field, change).factor
    k_n, k_p = node.langevin_electron * electron, node.langevin_hole * hole
    if k_n == 0.0 and k_p == 0.0:
        return CoefficientByParameters(electron, hole, 0.0, 0.0, 0.0)
    by_activation, by_half_hop = enhancement_by_parameters(edge.half_hop, field, change)
    return CoefficientByParameters(electron, hole, k_n * by_activation, k_p * by_activation, (k_n + k_p) * by_half_hop)
