"""The bimolecular coefficient with Langevin's, where the mobilities follow field and density.

Langevin, Ann. Chim. Phys. 28 (1903) 433: carriers that meet recombine, k = q (mu_n + mu_p)/eps. In a Gaussian density
of states it holds with the mobilities at the densities and the field of the place: van der Holst, van Oost, Coehoorn
and Bobbert, Phys. Rev. B 80 (2009) 235202.
"""

from __future__ import annotations

from typing import NamedTuple

from halodot.compiled import kernel
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.mobility import (
    MobilityByParameters,
    MobilityParameters,
    enhancements,
    enhancements_by_parameters,
)
from halodot.device.laws.recombination import RecombinationParameters


class BimolecularCoefficient(NamedTuple):
    """A bimolecular coefficient [m3/s], and its derivatives by the field [m4/s] and the densities [m3/s]."""

    value: float
    by_field: float  # in the middle of the material that a node stands for
    by_change: float  # by the rise of the field from its near end to its far end
    by_log_n: float  # by the logarithm of the density of electrons
    by_log_p: float


class CoefficientByParameters(NamedTuple):
    """Derivatives of a bimolecular coefficient by what it depends on, at a fixed field and fixed densities."""

    langevin_electron: float  # dimensionless
    langevin_hole: float
    mobility: tuple[MobilityByParameters, MobilityByParameters]  # of the logarithms of both mobilities
    weights: tuple[float, float]  # of these: Langevin's coefficients of electrons and of holes, m3/s


@kernel
def fixed_coefficient(node: RecombinationParameters) -> float:
    """Return the bimolecular coefficient without a field [m3/s].

    Args:
        node: its parameters [SI].
    """
    return node.bimolecular + node.langevin_electron + node.langevin_hole


@kernel
def bimolecular_coefficient(
    node: RecombinationParameters, edge: MobilityParameters, at: Carriers, field: float, change: float
) -> BimolecularCoefficient:
    """Return the given bimolecular coefficient and Langevin's with the mobilities at the local field and densities.

    Args:
        node: its parameters [SI].
        edge: of the mobilities in its material.
        at: its carriers.
        field: over Vt, in the middle of the material that the node stands for [1/m].
        change: of the field from the near end of that material to its far end [1/m].
    """
    electron, hole = enhancements(edge, at, at, field, change)
    k_n, k_p = node.langevin_electron * electron.factor, node.langevin_hole * hole.factor
    return BimolecularCoefficient(
        node.bimolecular + k_n + k_p,
        k_n * electron.by_field + k_p * hole.by_field,
        k_n * electron.by_change + k_p * hole.by_change,
        k_n * electron.by_density,
        k_p * hole.by_density,
    )


@kernel
def coefficient_by_parameters(
    node: RecombinationParameters, edge: MobilityParameters, at: Carriers, field: float, change: float
) -> CoefficientByParameters:
    """Return the derivatives of `bimolecular_coefficient` by its parameters.

    Args:
        node: its parameters [SI].
        edge: of the mobilities in its material.
        at: its carriers.
        field: over Vt [1/m].
        change: of the field [1/m].
    """
    electron, hole = enhancements(edge, at, at, field, change)
    by = enhancements_by_parameters(edge, at, at, field, change)
    weights = (node.langevin_electron * electron.factor, node.langevin_hole * hole.factor)
    return CoefficientByParameters(electron.factor, hole.factor, by, weights)
