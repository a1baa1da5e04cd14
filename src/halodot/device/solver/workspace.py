"""The arrays that a solve works in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.device.discretisation.equations import Equations, empty_equations
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import BLOCK_SIZE
from halodot.device.solver.block_tridiagonal import WIDTH


class Workspace(NamedTuple):
    """The equations, and the factors of their blocks."""

    equations: Equations  # a solve leaves the factors in its diagonal, and the solved columns in its right-hand sides
    couplings: Array  # what couples every block to the next, and its own columns, shape (nodes, 5, 5)
    pivots: IntArray  # rows that the elimination swapped, shape (nodes, 5)


def empty_workspace(device: Device) -> Workspace:
    """Return the arrays for a device; what they hold is of no meaning before a solve.

    Args:
        device: parameters of nodes and edges.
    """
    nodes = device.nodes.size
    return Workspace(
        equations=empty_equations(device),
        couplings=np.zeros((nodes, BLOCK_SIZE, WIDTH)),
        pivots=np.zeros((nodes, BLOCK_SIZE), dtype=np.int64),
    )
