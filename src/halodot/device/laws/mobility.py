"""How field and density raise the mobilities of electrons and of holes along an edge, by the law of its layer."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from halodot.compiled import kernel
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.disorder_mobility import (
    LEAST_DENSITY,
    DisorderLaw,
    DisorderParameters,
    disorder_by_parameters,
    disorder_enhancement,
)
from halodot.device.laws.field_mobility import (
    Enhancement,
    FieldMobilityParameters,
    enhancement_by_parameters,
    mobility_enhancement,
)


class MobilityParameters(FieldMobilityParameters, DisorderParameters, Protocol):
    """Parameters of the mobilities along an edge."""


class MobilityByParameters(NamedTuple):
    """Derivatives of the logarithm of an enhancement by the parameters of its mobility."""

    activation: float  # 1/m^(1/2)
    half_hop: float  # 1/m
    disorder: DisorderLaw


@kernel
def electron_law(edge: DisorderParameters) -> DisorderLaw:
    """Return the law of disorder of electrons.

    Args:
        edge: its parameters [SI].
    """
    return DisorderLaw(
        edge.electron_density_gain,
        edge.electron_density_exponent,
        edge.electron_log_site_volume,
        edge.electron_field_gain,
        edge.electron_site_length,
    )


@kernel
def hole_law(edge: DisorderParameters) -> DisorderLaw:
    """Return the law of disorder of holes.

    Args:
        edge: its parameters [SI].
    """
    return DisorderLaw(
        edge.hole_density_gain,
        edge.hole_density_exponent,
        edge.hole_log_site_volume,
        edge.hole_field_gain,
        edge.hole_site_length,
    )


@kernel
def mean_log_densities(near: Carriers, far: Carriers) -> tuple[float, float]:
    """Return the mean logarithms of the densities [1/m3] of electrons and of holes at two places.

    Args:
        near: carriers at one place.
        far: carriers at the other.
    """
    electrons = math.log(max(near.n, LEAST_DENSITY)) + math.log(max(far.n, LEAST_DENSITY))
    holes = math.log(max(near.p, LEAST_DENSITY)) + math.log(max(far.p, LEAST_DENSITY))
    return 0.5 * electrons, 0.5 * holes


@kernel
def enhancements(
    edge: MobilityParameters, near: Carriers, far: Carriers, field: float, change: float
) -> tuple[Enhancement, Enhancement]:
    """Return by what factors field and density raise the mobilities of electrons and of holes.

    Args:
        edge: its parameters [SI].
        near: carriers at one end of the place; its density is the geometric mean of both.
        far: carriers at the other end.
        field: over Vt, in the middle [1/m].
        change: of the field from one end to the other [1/m].
    """
    if edge.disorder_law:
        log_n, log_p = mean_log_densities(near, far)
        electrons = disorder_enhancement(electron_law(edge), log_n, field)
        return electrons, disorder_enhancement(hole_law(edge), log_p, field)
    return (
        mobility_enhancement(edge.electron_activation, edge.half_hop, field, change),
        mobility_enhancement(edge.hole_activation, edge.half_hop, field, change),
    )


@kernel
def enhancements_by_parameters(
    edge: MobilityParameters, near: Carriers, far: Carriers, field: float, change: float
) -> tuple[MobilityByParameters, MobilityByParameters]:
    """Return the derivatives of the logarithms of `enhancements` of electrons and of holes by their parameters.

    Args:
        edge: its parameters [SI].
        near: carriers at one end of the place.
        far: carriers at the other end.
        field: over Vt, in the middle [1/m].
        change: of the field from one end to the other [1/m].
    """
    if edge.disorder_law:
        log_n, log_p = mean_log_densities(near, far)
        return (
            MobilityByParameters(0.0, 0.0, disorder_by_parameters(electron_law(edge), log_n, field)),
            MobilityByParameters(0.0, 0.0, disorder_by_parameters(hole_law(edge), log_p, field)),
        )
    activation, half_hop = enhancement_by_parameters(edge.half_hop, field, change)
    by = MobilityByParameters(activation, half_hop, DisorderLaw(0.0, 0.0, 0.0, 0.0, 0.0))
    return by, by


@kernel
def add_mobility_derivatives(
    edge: MobilityParameters,
    by: tuple[MobilityByParameters, MobilityByParameters],
    weights: tuple[float, float],
    by_edge: MobilityParameters,
) -> None:
    """Add two weights times the derivatives of the logarithms of both mobilities by the parameters of the edge.

    Args:
        edge: its parameters [SI].
        by: derivatives of the logarithms, of electrons and of holes.
        weights: of electrons and of holes.
        by_edge: derivatives by the parameters, are added to.
    """
    (electron, hole), (a, b) = by, weights
    if not edge.disorder_law:
        by_edge.electron_activation += a * electron.activation
        by_edge.hole_activation += b * hole.activation
        by_edge.half_hop += a * electron.half_hop + b * hole.half_hop
        return
    by_edge.electron_density_gain += a * electron.disorder.density_gain
    by_edge.electron_density_exponent += a * electron.disorder.density_exponent
    by_edge.electron_log_site_volume += a * electron.disorder.log_site_volume
    by_edge.electron_field_gain += a * electron.disorder.field_gain
    by_edge.electron_site_length += a * electron.disorder.site_length
    by_edge.hole_density_gain += b * hole.disorder.density_gain
    by_edge.hole_density_exponent += b * hole.disorder.density_exponent
    by_edge.hole_log_site_volume += b * hole.disorder.log_site_volume
    by_edge.hole_field_gain += b * hole.disorder.field_gain
    by_edge.hole_site_length += b * hole.disorder.site_length
