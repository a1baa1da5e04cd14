"""The flows of carriers along an edge: drift and diffusion inside a layer, thermionic emission between two.

A flow is counted from the near end to the far one as F = back - out, with the one-way flows in a ratio that the
quasi-Fermi levels give, so that it vanishes exactly where they are level.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P, BY_N_ACTIVITY, BY_P_ACTIVITY, Carriers
from halodot.device.laws.differences import difference
from halodot.device.laws.emission_enhancement import (
    EmissionBarrier,
    EmissionParameters,
    EnhancementByParameters,
    emission_enhancement,
    log_emission_by_parameters,
)
from halodot.device.laws.field_mobility import Enhancement
from halodot.device.laws.mobility import (
    MobilityByParameters,
    MobilityParameters,
    add_mobility_derivatives,
    enhancements,
    enhancements_by_parameters,
)


class FluxParameters(MobilityParameters, EmissionParameters, Protocol):
    """Parameters of the flows along an edge."""

    electron_out: float  # velocity of electrons out of the near end, m/s
    electron_back: float  # out of the far end
    hole_out: float
    hole_back: float
    electron_floor: float  # least conductance, which stays without carriers, 1/m2/s
    hole_floor: float
    electron_step_is_far: bool  # at an interface: the level of the far side is the higher one
    hole_step_is_far: bool
    electron_field: float  # field over Vt that thins the electrons' barrier for a unit of displacement, m
    hole_field: float
    electron_barrier: float  # kT, height of the barrier that they tunnel through
    hole_barrier: float
    electron_barrier_thickness: float  # m, of the layer that is the barrier
    hole_barrier_thickness: float
    electron_hop: float  # m, how far beyond an interface the hops of electrons end; 0 for free ones
    hole_hop: float


class CellField(NamedTuple):
    """The field in the cell of an edge, and its derivatives by the rise of phi along this edge and the one before."""

    field: float  # over Vt, 1/m
    change: float  # from its near end to its far end, 1/m
    by_step: float  # 1/m
    change_by_step: float
    change_by_before: float


class Flux(NamedTuple):
    """The flow of a carrier along an edge, and its derivatives, all [1/m2/s] unless said."""

    value: float
    level_near: float  # by the quasi-Fermi level over kT
    level_far: float
    phi_near: float
    phi_far: float
    beyond: float  # at an interface by the displacement; inside a layer by the rise of phi along the edge before


class _Ends(NamedTuple):
    """The one-way flows of a carrier along an edge [1/m2/s], and how its densities follow its levels."""

    out: float
    back: float
    near_slope: float  # d ln(density)/d(level), dimensionless
    far_slope: float


@kernel
def bernoulli(step: float) -> tuple[float, float, float]:
    """Return B(-a), B(a) and d ln B(-a)/da of the Bernoulli function B(a) = a/(exp(a) - 1), never overflowing.

    It weighs the two ends of a cell in the flux of Scharfetter and Gummel, IEEE Trans. Electron Devices 16 (1969) 64,
    doi:10.1109/T-ED.1969.16566.

    Args:
        step: a [1].
    """
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


# drift and diffusion


@kernel
def _bernoulli_of_both(near: Carriers, far: Carriers, step: float) -> tuple[float, float, float, float, float, float]:
    """Return `bernoulli` of the electrons' step and of the holes', which are opposite in Boltzmann statistics."""
    down, up, slope = bernoulli(step + far.n_log_activity - near.n_log_activity)
    if near.n_log_activity == far.n_log_activity and near.p_log_activity == far.p_log_activity:
        return down, up, slope, up, down, 1.0 - slope
    hole_down, hole_up, hole_slope = bernoulli(-step + far.p_log_activity - near.p_log_activity)
    return down, up, slope, hole_down, hole_up, hole_slope


@kernel
def _flux_inside(
    charge: float, ends: _Ends, rise: float, floor: float, slope: float, by: Enhancement, cell: CellField
) -> Flux:
    """Return a flow inside a layer.

    Args:
        charge: by which phi lowers the carrier's energy: 1 for electrons, -1 for holes.
        ends: one-way flows.
        rise: of the level along the edge [kT].
        floor: least conductance [1/m2/s].
        slope: d ln B(-a)/da.
        by: how the mobility follows field and density.
        cell: the field.
    """
    net = difference(ends.back, ends.out, rise)
    bend = by.by_field * cell.by_step + by.by_change * cell.change_by_step
    near = 0.5 * by.by_density * ends.near_slope
    far = 0.5 * by.by_density * ends.far_slope
    return Flux(
        net + floor * rise,
        -ends.out - floor + net * ((ends.near_slope - 1.0) * (1.0 - slope) + near),
        ends.back + floor + net * ((ends.far_slope - 1.0) * slope + far),
        net * (charge * (ends.near_slope * (1.0 - slope) + near) - bend),
        net * (charge * (ends.far_slope * slope + far) + bend),
        net * (by.by_change * cell.change_by_before),
    )


@kernel
def scharfetter_gummel_flux(
    edge: FluxParameters, near: Carriers, far: Carriers, step: float, cell: CellField, rise: tuple[float, float]
) -> tuple[Flux, Flux]:
    """Return the flows of electrons and holes inside a layer.

    F = (mu kT/q h) [n_far B(a) - n_near B(-a)], a = phi_far - phi_near + the rise of ln gamma; for holes phi changes
    sign. Scharfetter and Gummel, IEEE Trans. Electron Devices 16 (1969) 64, doi:10.1109/T-ED.1969.16566; with the
    excess of the chemical potential, Abdel, Farrell and Fuhrmann, Opt. Quantum Electron. 53 (2021) 163,
    doi:10.1007/s11082-021-02803-4. A mobility that follows the density is that of the geometric mean at both ends.

    Args:
        edge: its parameters [SI].
        near: carriers at its near end.
        far: carriers at its far end.
        step: rise of phi along the edge.
        cell: the field along it.
        rise: differences of the electron and hole level along the edge [kT].
    """
    down, up, slope, hole_down, hole_up, hole_slope = _bernoulli_of_both(near, far, step)
    by, hole_by = Enhancement(1.0, 0.0, 0.0, 0.0), Enhancement(1.0, 0.0, 0.0, 0.0)
    if edge.field_law:
        by, hole_by = enhancements(edge, near, far, cell.field, cell.change)
    electrons = _Ends(
        edge.electron_out * by.factor * near.n * down,
        edge.electron_back * by.factor * far.n * up,
        near.n_slope,
        far.n_slope,
    )
    holes = _Ends(
        edge.hole_out * hole_by.factor * near.p * hole_down,
        edge.hole_back * hole_by.factor * far.p * hole_up,
        near.p_slope,
        far.p_slope,
    )
    return (
        _flux_inside(1.0, electrons, rise[0], edge.electron_floor, slope, by, cell),
        _flux_inside(-1.0, holes, rise[1], edge.hole_floor, hole_slope, hole_by, cell),
    )


class FluxByParameters(NamedTuple):
    """Derivatives of the logarithms of the flows inside a layer, less those of its floor."""

    mobility: tuple[MobilityByParameters, MobilityByParameters]  # of electrons and of holes
    electron: Enhancement  # by the field and its change, m, and by the density
    hole: Enhancement
    n_activity_step: float  # by the rise of ln gamma along the edge, dimensionless
    p_activity_step: float


@kernel
def scharfetter_gummel_by_parameters(
    edge: FluxParameters, near: Carriers, far: Carriers, step: float, cell: CellField
) -> FluxByParameters:
    """Return the derivatives of the logarithms of `scharfetter_gummel_flux` by its parameters, at fixed levels.

    Args:
        edge: its parameters [SI].
        near: carriers at its near end.
        far: carriers at its far end.
        step: rise of phi along the edge.
        cell: the field along it.
    """
    _, _, slope, _, _, hole_slope = _bernoulli_of_both(near, far, step)
    electron, hole = enhancements(edge, near, far, cell.field, cell.change)
    return FluxByParameters(
        enhancements_by_parameters(edge, near, far, cell.field, cell.change),
        electron,
        hole,
        slope,
        hole_slope,
    )


@kernel
def add_scharfetter_gummel_derivatives(
    edge: FluxParameters,
    by: FluxByParameters,
    weights: tuple[float, float],
    by_edge: FluxParameters,
    by_near: Array,
    by_far: Array,
) -> tuple[float, float]:
    """Add two weights times the derivatives of both flows inside a layer by the parameters of the edge.

    Args:
        edge: its parameters [SI].
        by: derivatives of the logarithms.
        weights: of the electrons' flow and of the holes', each times that flow less the floor's [1/m2/s].
        by_edge: derivatives by the parameters, are added to.
        by_near: by the carriers of the near end, shape (4,), are added to.
        by_far: of the far end.

    Returns:
        What the flows add by the field and by its change over the cell [m].
    """
    a, b = weights
    by_edge.electron_out += a / edge.electron_out
    by_edge.hole_out += b / edge.hole_out
    add_mobility_derivatives(edge, by.mobility, weights, by_edge)
    by_near[BY_LN_N] += a * (1.0 + 0.5 * by.electron.by_density)
    by_near[BY_LN_P] += b * (1.0 + 0.5 * by.hole.by_density)
    by_far[BY_LN_N] += 0.5 * a * by.electron.by_density
    by_far[BY_LN_P] += 0.5 * b * by.hole.by_density
    by_near[BY_N_ACTIVITY] -= a * by.n_activity_step
    by_far[BY_N_ACTIVITY] += a * by.n_activity_step
    by_near[BY_P_ACTIVITY] -= b * by.p_activity_step
    by_far[BY_P_ACTIVITY] += b * by.p_activity_step
    return a * by.electron.by_field + b * by.hole.by_field, a * by.electron.by_change + b * by.hole.by_change


# thermionic emission


@kernel
def electron_barrier(edge: FluxParameters) -> EmissionBarrier:
    """Return the barrier to electrons at an interface.

    Args:
        edge: its parameters [SI].
    """
    return EmissionBarrier(edge.electron_barrier, edge.electron_barrier_thickness, edge.electron_hop)


@kernel
def hole_barrier(edge: FluxParameters) -> EmissionBarrier:
    """Return the barrier to holes at an interface.

    Args:
        edge: its parameters [SI].
    """
    return EmissionBarrier(edge.hole_barrier, edge.hole_barrier_thickness, edge.hole_hop)


@kernel
def _flux_across(
    charge: float, ends: _Ends, rise: float, floor: float, step_is_far: bool, slope: float, field: float
) -> Flux:
    """Return a flow between two layers.

    Args:
        charge: by which phi lowers the carrier's energy: 1 for electrons, -1 for holes.
        ends: one-way flows.
        rise: of the level across the interface [kT].
        floor: least conductance [1/m2/s].
        step_is_far: the far side has the higher level.
        slope: derivative of the logarithm of the enhancement by the field [m].
        field: field over Vt for a unit of displacement [m].
    """
    net = difference(ends.back, ends.out, rise)
    near = 0.0 if step_is_far else ends.near_slope - 1.0
    far = ends.far_slope - 1.0 if step_is_far else 0.0
    return Flux(
        net + floor * rise,
        -ends.out - floor + net * near,
        ends.back + floor + net * far,
        charge * net * (1.0 + near + far),
        0.0,
        net * slope * field,
    )


@kernel
def thermionic_emission_flux(
    edge: FluxParameters, near: Carriers, far: Carriers, displacement: float, rise: tuple[float, float]
) -> tuple[Flux, Flux]:
    """Return the flows of electrons and holes from one layer to the next, or to a contact.

    F = velocity x density beyond the higher level, in both directions, raised by tunnelling, a hop downfield or the
    lowering of a contact's barrier; the density beyond has the activity coefficient of the higher side.
    Yang, East and Haddad, Solid-State Electron. 36 (1993) 321.

    Args:
        edge: its parameters [SI].
        near: carriers at its near side.
        far: carriers at its far side.
        displacement: eps dphi/dx over the charge unit [1/m2].
        rise: differences of the electron and hole level across the interface [kT].
    """
    gain, bend = emission_enhancement(edge, electron_barrier(edge), edge.electron_field * displacement)
    hole_gain, hole_bend = emission_enhancement(edge, hole_barrier(edge), edge.hole_field * displacement)
    out, back = edge.electron_out * gain * near.n, edge.electron_back * gain * far.n
    hole_out, hole_back = edge.hole_out * hole_gain * near.p, edge.hole_back * hole_gain * far.p
    if near.n_log_activity != far.n_log_activity or near.p_log_activity != far.p_log_activity:
        beyond = far.n_log_activity if edge.electron_step_is_far else near.n_log_activity
        hole_beyond = far.p_log_activity if edge.hole_step_is_far else near.p_log_activity
        out *= math.exp(beyond - near.n_log_activity)
        back *= math.exp(beyond - far.n_log_activity)
        hole_out *= math.exp(hole_beyond - near.p_log_activity)
        hole_back *= math.exp(hole_beyond - far.p_log_activity)
    electrons, holes = (
        _Ends(out, back, near.n_slope, far.n_slope),
        _Ends(hole_out, hole_back, near.p_slope, far.p_slope),
    )
    return (
        _flux_across(
            1.0, electrons, rise[0], edge.electron_floor, edge.electron_step_is_far, bend, edge.electron_field
        ),
        _flux_across(-1.0, holes, rise[1], edge.hole_floor, edge.hole_step_is_far, hole_bend, edge.hole_field),
    )


@kernel
def thermionic_emission_by_parameters(
    edge: FluxParameters, displacement: float
) -> tuple[EnhancementByParameters, EnhancementByParameters]:
    """Return the derivatives of the logarithms of `thermionic_emission_flux` of electrons and of holes.

    Args:
        edge: its parameters [SI].
        displacement: eps dphi/dx over the charge unit [1/m2].
    """
    return (
        log_emission_by_parameters(edge, electron_barrier(edge), edge.electron_field * displacement),
        log_emission_by_parameters(edge, hole_barrier(edge), edge.hole_field * displacement),
    )


@kernel
def add_thermionic_emission_derivatives(
    edge: FluxParameters,
    by: tuple[EnhancementByParameters, EnhancementByParameters],
    displacement: float,
    weights: tuple[float, float],
    by_edge: FluxParameters,
    by_near: Array,
    by_far: Array,
) -> None:
    """Add two weights times the derivatives of both flows across an interface by its parameters.

    Args:
        edge: its parameters [SI].
        by: derivatives of the logarithms, of electrons and of holes.
        displacement: eps dphi/dx over the charge unit [1/m2].
        weights: of the electrons' flow and of the holes', each times that flow less the floor's [1/m2/s].
        by_edge: derivatives by the parameters, are added to.
        by_near: by the carriers of the near side, shape (4,), are added to.
        by_far: of the far side.
    """
    (electron, hole), (a, b) = by, weights
    by_edge.electron_out += a / edge.electron_out
    by_edge.hole_out += b / edge.hole_out
    by_edge.electron_barrier += a * electron.barrier
    by_edge.hole_barrier += b * hole.barrier
    by_edge.electron_barrier_thickness += a * electron.thickness
    by_edge.hole_barrier_thickness += b * hole.thickness
    by_edge.wkb_coefficient += a * electron.wkb_coefficient + b * hole.wkb_coefficient
    by_edge.image_force_length += a * electron.image_force_length + b * hole.image_force_length
    by_edge.electron_hop += a * electron.hop_distance
    by_edge.hole_hop += b * hole.hop_distance
    by_edge.step_disorder += a * electron.step_disorder + b * hole.step_disorder
    by_edge.electron_field += a * electron.field * displacement
    by_edge.hole_field += b * hole.field * displacement
    by_near[BY_LN_N] += a
    by_near[BY_LN_P] += b
    if edge.electron_step_is_far:
        by_near[BY_N_ACTIVITY] -= a
        by_far[BY_N_ACTIVITY] += a
    if edge.hole_step_is_far:
        by_near[BY_P_ACTIVITY] -= b
        by_far[BY_P_ACTIVITY] += b
