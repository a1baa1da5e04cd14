"""The pairs of carriers that meet across a face of the emitting layer, at their nodes."""

from __future__ import annotations

from typing import NamedTuple

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import ELECTRON_LEVEL, HOLE_LEVEL
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.face_capture import NEAR_ELECTRON, NEAR_HOLE, cross_excess
from halodot.device.laws.recombination import RateAndDerivatives

#: Both kinds of pairs.
PAIRS = (NEAR_HOLE, NEAR_ELECTRON)


class FacePair(NamedTuple):
    """One kind of pair across the interface at an edge."""

    edge: int
    kind: int  # one of `PAIRS`
    electron: int  # node of the electron
    hole: int  # node of the hole
    coefficient: float  # B, m4/s
    excess: RateAndDerivatives  # n p less its value in equilibrium, 1/m6


@kernel
def captures_across(device: Device, i: int) -> bool:
    """Return whether carriers are captured across the interface at an edge.

    Args:
        device: parameters of nodes and edges [SI].
        i: edge.
    """
    found: bool = device.edges[i].near_hole_capture + device.edges[i].near_electron_capture > 0.0
    return found


@kernel
def face_pair(
    device: Device, state: Array, bias: float, sides: tuple[Carriers, Carriers], i: int, pair: int
) -> FacePair:
    """Return one kind of pair across the interface at an edge.

    Args:
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        bias: internal voltage [Vt].
        sides: carriers of the near and of the far node.
        i: edge.
        pair: one of `PAIRS`.
    """
    edge = device.edges[i]
    levels = (state[i, ELECTRON_LEVEL], state[i + 1, ELECTRON_LEVEL], state[i, HOLE_LEVEL], state[i + 1, HOLE_LEVEL])
    excess = cross_excess(edge, sides[0], sides[1], levels, bias, pair)
    if pair == NEAR_HOLE:
        return FacePair(i, pair, i + 1, i, edge.near_hole_capture, excess)
    return FacePair(i, pair, i, i + 1, edge.near_electron_capture, excess)


@kernel
def captured_across(device: Device, state: Array, bias: float, sides: tuple[Carriers, Carriers], i: int) -> float:
    """Return how many pairs are captured across the interface at an edge, less those that part again [1/m2/s].

    Args:
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        bias: internal voltage [Vt].
        sides: carriers of the near and of the far node.
        i: edge.
    """
    total = 0.0
    for pair in PAIRS:
        met = face_pair(device, state, bias, sides, i, pair)
        if met.coefficient > 0.0:
            total += met.coefficient * met.excess.value
    return total
