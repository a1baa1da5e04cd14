"""The local laws of an edge: drift, diffusion and hopping inside a layer, emission and tunnelling between two."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.compiled import kernel
from halodot.device.discretisation.records import Edge
from halodot.device.laws.field_mobility import Cell, mobility_gain
from halodot.device.laws.recombination import Filling, shortfall

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
#: Nodes and weights on (0, 1) of the integral over the roots of the energies of tunnelling carriers.
TUNNEL = tuple((0.5 * (1.0 + float(x)), 0.5 * float(weight)) for x, weight in zip(_NODES, _WEIGHTS, strict=True))
#: Fall of the exponent of that integral, from its largest value, beyond which nothing is counted.
NEGLIGIBLE = 32.0
#: Field term below which the image force's root is rounded, as a share of kT lowered.
LEAST_LOWERING = 1e-3


class Flow(NamedTuple):
    """The flow of a carrier along an edge, 1/m2/s, and its derivatives."""

    value: float
    level_near: float
    level_far: float
    phi_near: float
    phi_far: float
    beyond: float  # at an interface by the displacement; inside a layer by the rise of phi along the edge before


@kernel
def drift(step: float) -> tuple[float, float, float]:
    """Return B(-a), B(a) and d ln B(-a)/da of the Bernoulli function B(a) = a/(exp(a) - 1), never overflowing."""
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


@kernel
def tunnelling_share(low: float, high: float, ratio: float) -> tuple[float, float]:
    """Return int exp(t^2 - ratio t^3) 2t dt and the same with a factor ratio t^3, t the root of the energy."""
    total, loss = 0.0, 0.0
    for share, weight in TUNNEL:
        root = low + share * (high - low)
        action = ratio * root * root * root
        term = 2.0 * root * weight * (high - low) * math.exp(root * root - action)
        total += term
        loss += term * action
    return total, loss


@kernel
def tunnel_gain(barrier: float, depth: float, steepness: float, field: float) -> tuple[float, float]:
    """Return by what factor tunnelling through a triangular barrier raises emission over it, and its derivative.

    1 + int_0^u exp(e - b e^(3/2)/f) de, with e the energy below the peak over kT and u the lower of the barrier and
    of what the field brings down within the layer (WKB; thermionic field emission). Padovani and Stratton,
    Solid-State Electron. 9 (1966) 695. The integral is over the root of e, where it is smooth, on either side of the
    largest share: 12 digits.

    Args:
        barrier: height in kT.
        depth: thickness of the barrier's layer in m.
        steepness: b = (4/3) sqrt(2 m kT)/hbar, in 1/m.
        field: f, by which the barrier falls away from the interface, kT per m.
    """
    if field <= 0.0 or barrier <= 0.0:
        return 1.0, 0.0
    reach, ratio = min(barrier, field * depth), steepness / field
    end, peak = math.sqrt(reach), 2.0 / (3.0 * ratio)
    top = min(end, peak)
    low = max(0.0, top - math.sqrt(3.0 * NEGLIGIBLE))
    steep = 1.0 - top / peak
    if top * top * steep > NEGLIGIBLE:
        low = max(low, math.sqrt(top * top - NEGLIGIBLE / steep))
    total, loss = tunnelling_share(low, top, ratio)
    if peak < end:
        beyond = min(math.sqrt(NEGLIGIBLE), (NEGLIGIBLE / ratio) ** (1.0 / 3.0))
        further, more = tunnelling_share(top, min(end, top + beyond), ratio)
        total, loss = total + further, loss + more
    slope = loss / field
    if field * depth < barrier:
        slope += depth * math.exp(reach - ratio * reach * end)
    return 1.0 + total, slope


@kernel
def lowering_gain(length: float, field: float) -> tuple[float, float]:
    """Return by what factor the image force raises emission over a contact's barrier, and its derivative.

    exp(sqrt(length field)), length = q/(4 pi eps Vt): Schottky's lowering, for fields that pull the carrier inwards.

    Args:
        length: in m.
        field: f, kT per m.
    """
    least = LEAST_LOWERING * LEAST_LOWERING / length
    size = math.sqrt(field * field + least * least)
    inwards = 0.5 * (field + size) if field > 0.0 else 0.5 * least * least / (size - field)
    root = math.sqrt(length * inwards)
    gain = math.exp(root)
    return gain, gain * 0.5 * root / size


@kernel
def flow(out: float, back: float, rise: float) -> float:
    """Return back - out with back = out exp(rise), written without the difference of the two.

    Args:
        out: one-way flow from the near end to the far one, in 1/m2/s.
        back: one-way flow from the far end to the near one.
        rise: quasi-Fermi level over kT at the far end less that at the near one.
    """
    missing = shortfall(abs(rise))
    return back * missing if rise > 0.0 else -out * missing


@kernel
def bulk_flows(
    edge: Edge, near: Filling, far: Filling, step: float, cell: Cell, rise: tuple[float, float]
) -> tuple[Flow, Flow]:
    """Return the flows of electrons and holes inside a layer.

    F = (mu kT/q h) [n_far B(a) - n_near B(-a)], a = phi_far - phi_near + the rise of ln gamma; for holes phi changes
    sign. Scharfetter and Gummel, IEEE Trans. Electron Devices 16 (1969) 64, doi:10.1109/T-ED.1969.16566; with the
    excess of the chemical potential, Abdel, Farrell and Fuhrmann, Opt. Quantum Electron. 53 (2021) 163,
    doi:10.1007/s11082-021-02803-4.

    Args:
        edge: its parameters.
        near: carriers at its near end.
        far: carriers at its far end.
        step: rise of phi along the edge.
        cell: the field along it.
        rise: differences of the electron and hole level along the edge, over kT.
    """
    down, up, slope = drift(step + far.n_excess - near.n_excess)
    if near.n_excess == far.n_excess and near.p_excess == far.p_excess:
        hole_down, hole_up, hole_slope = up, down, 1.0 - slope
    else:
        hole_down, hole_up, hole_slope = drift(-step + far.p_excess - near.p_excess)
    gain, bend, before, hole_gain, hole_bend, hole_before = 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    if edge.field_law:
        gain, by_field, by_change = mobility_gain(edge.electron_activation, edge.hopping, cell.field, cell.change)
        bend, before = by_field * cell.by_step + by_change * cell.change_by_step, by_change * cell.change_by_before
        hole_gain, by_field, by_change = mobility_gain(edge.hole_activation, edge.hopping, cell.field, cell.change)
        hole_bend = by_field * cell.by_step + by_change * cell.change_by_step
        hole_before = by_change * cell.change_by_before
    out, back = edge.electron_out * gain * near.n * down, edge.electron_back * gain * far.n * up
    hole_out, hole_back = edge.hole_out * hole_gain * near.p * hole_down, edge.hole_back * hole_gain * far.p * hole_up
    net, hole_net = flow(out, back, rise[0]), flow(hole_out, hole_back, rise[1])
    floor, hole_floor = edge.electron_floor, edge.hole_floor
    electrons = Flow(
        net + floor * rise[0],
        -out - floor + net * (near.n_slope - 1.0) * (1.0 - slope),
        back + floor + net * (far.n_slope - 1.0) * slope,
        net * (near.n_slope * (1.0 - slope) - bend),
        net * (far.n_slope * slope + bend),
        net * before,
    )
    holes = Flow(
        hole_net + hole_floor * rise[1],
        -hole_out - hole_floor + hole_net * (near.p_slope - 1.0) * (1.0 - hole_slope),
        hole_back + hole_floor + hole_net * (far.p_slope - 1.0) * hole_slope,
        -hole_net * (near.p_slope * (1.0 - hole_slope) + hole_bend),
        -hole_net * (far.p_slope * hole_slope - hole_bend),
        hole_net * hole_before,
    )
    return electrons, holes


@kernel
def emission_gain(edge: Edge, barrier: float, depth: float, field: float) -> tuple[float, float]:
    """Return by what factor the field raises emission over an interface, and the derivative of its logarithm."""
    gain, slope = 1.0, 0.0
    if edge.tunnelling > 0.0:
        gain, slope = tunnel_gain(barrier, depth, edge.tunnelling, field)
    elif edge.lowering > 0.0:
        gain, slope = lowering_gain(edge.lowering, field)
    return gain, slope / gain


@kernel
def interface_flows(
    edge: Edge, near: Filling, far: Filling, displacement: float, rise: tuple[float, float]
) -> tuple[Flow, Flow]:
    """Return the flows of electrons and holes from one layer to the next, or to a contact.

    F = velocity x density beyond the higher level, in both directions, raised by tunnelling or by the lowering of a
    contact's barrier; the density beyond has the activity coefficient of the higher side.

    Args:
        edge: its parameters.
        near: carriers at its near side.
        far: carriers at its far side.
        displacement: eps dphi/dx over the charge unit, 1/m2.
        rise: differences of the electron and hole level across the interface, over kT.
    """
    gain, bend = emission_gain(edge, edge.electron_barrier, edge.electron_depth, edge.electron_field * displacement)
    hole_gain, hole_bend = emission_gain(edge, edge.hole_barrier, edge.hole_depth, edge.hole_field * displacement)
    out, back = edge.electron_out * gain * near.n, edge.electron_back * gain * far.n
    hole_out, hole_back = edge.hole_out * hole_gain * near.p, edge.hole_back * hole_gain * far.p
    if near.n_excess != far.n_excess or near.p_excess != far.p_excess:
        over = far.n_excess if edge.electron_far else near.n_excess
        hole_over = far.p_excess if edge.hole_far else near.p_excess
        out *= math.exp(over - near.n_excess)
        back *= math.exp(over - far.n_excess)
        hole_out *= math.exp(hole_over - near.p_excess)
        hole_back *= math.exp(hole_over - far.p_excess)
    net, hole_net = flow(out, back, rise[0]), flow(hole_out, hole_back, rise[1])
    floor, hole_floor = edge.electron_floor, edge.hole_floor
    n_near, n_far = (0.0, far.n_slope - 1.0) if edge.electron_far else (near.n_slope - 1.0, 0.0)
    p_near, p_far = (0.0, far.p_slope - 1.0) if edge.hole_far else (near.p_slope - 1.0, 0.0)
    electrons = Flow(
        net + floor * rise[0],
        -out - floor + net * n_near,
        back + floor + net * n_far,
        net * (1.0 + n_near + n_far),
        0.0,
        net * bend * edge.electron_field,
    )
    holes = Flow(
        hole_net + hole_floor * rise[1],
        -hole_out - hole_floor + hole_net * p_near,
        hole_back + hole_floor + hole_net * p_far,
        -hole_net * (1.0 + p_near + p_far),
        0.0,
        hole_net * hole_bend * edge.hole_field,
    )
    return electrons, holes
