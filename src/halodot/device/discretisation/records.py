"""What the solver knows of a device: one record for each node, one for each edge, and a few numbers for all of it.

In SI, with potentials and levels in units of Vt. Per node: phi = V/Vt less the dipole steps between it and the
cathode, and w, z = the electron and hole quasi-Fermi levels [kT], 0 at the cathode and at the anode. Per edge: the
flow F of each carrier, counted so that F(right) - F(left) = U for both; the electric current density is q (F_n - F_p).
The laws declare which parameters they need; here stand those of the grid.
"""

from __future__ import annotations

import inspect
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.device.laws.carriers import CarrierParameters
from halodot.device.laws.face_capture import FaceCaptureParameters
from halodot.device.laws.flux import FluxParameters
from halodot.device.laws.interface_recombination import InterfaceTrapParameters
from halodot.device.laws.ions import IonParameters
from halodot.device.laws.recombination import RecombinationParameters
from halodot.device.laws.space_charge import ChargeParameters


class Node(CarrierParameters, RecombinationParameters, ChargeParameters, IonParameters, Protocol):
    """What is known of a node."""

    position: float  # m, height above the anode's face
    volume: float  # m, length of material that the node stands for
    layer: int  # index among the electrical layers
    second: bool  # the far one of the two nodes at an interface
    dipole: float  # electrostatic potential less phi
    field_law: bool  # the mobilities follow the field


class Edge(FluxParameters, InterfaceTrapParameters, FaceCaptureParameters, Protocol):
    """What is known of the edge from node i to node i + 1."""

    interface: bool  # the edge has no width
    dielectric: float  # eps Vt/(q h), 1/m2; 0 on an edge without width
    inverse_length: float  # 1/m, 0 on an edge without width


_KINDS = {"float": "f8", "int": "i8", "bool": "?"}


def _record_of(declared: type) -> np.dtype[np.void]:
    """Return the record that holds all that a class and the laws that it stands on declare."""
    kinds: dict[str, str] = {}
    for part in reversed(declared.__mro__):
        kinds |= {name: _KINDS[kind] for name, kind in inspect.get_annotations(part).items() if kind in _KINDS}
    return np.dtype(list(kinds.items()), align=True)


NODE, EDGE = _record_of(Node), _record_of(Edge)


class Device(NamedTuple):
    """A device on its grid, anode first; edge i starts at node i, the last one is not used."""

    nodes: NDArray[np.void]  # of NODE
    edges: NDArray[np.void]  # of EDGE
    tables: Array  # ln of the activity coefficient and its slope, shape (table, point, 2)
    ions: Array  # number of mobile ions in each region and their sign, shape (region, 2), 1/m2
    barrier: float  # rise of phi from cathode to anode at zero bias
    thermal_voltage: float  # V
