"""The arrays that the linearised equations stand in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import BLOCK_SIZE, COLUMNS, COUPLED


class Equations(NamedTuple):
    """The equations linearised at a state, block by block.

    With x the blocks' unknowns, ``lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1]`` equals
    ``right[i, :, 0] + dbias right[i, :, 1] + sum_k dactivity_k ion_columns[i, :, k]``.
    """

    carriers: Array  # of every node, see laws.statistics.Carriers, shape (nodes, 6)
    lower: Array  # shape (nodes, 5, 5)
    diagonal: Array  # shape (nodes, 5, 5)
    upper: Array  # shape (nodes, 5, 3)
    right: Array  # residual, and derivative by the internal voltage, shape (nodes, 5, 2)
    ion_columns: Array  # derivatives by the activities, shape (nodes, 5, regions)
    row_scale: Array  # by which every row was multiplied, shape (nodes, 5)
    ion_balance: Array  # of each region: missing number of ions, and its derivative, 1/m2, shape (regions, 2)
    interface_traps: Array  # rates of the centres at one interface, shape (5, 6)
    past: Array  # electrons and holes of every node one step of time ago, 1/m3, shape (nodes, 2)


def empty_equations(device: Device) -> Equations:
    """Return the arrays of the equations of a device, to be filled by the assembly.

    Args:
        device: parameters of nodes and edges [SI].
    """
    nodes, regions = device.nodes.size, device.ions.shape[0]
    blocks = (nodes, BLOCK_SIZE, BLOCK_SIZE)
    return Equations(
        carriers=np.zeros((nodes, 6)),
        lower=np.zeros(blocks),
        diagonal=np.zeros(blocks),
        upper=np.zeros((nodes, BLOCK_SIZE, COUPLED)),
        right=np.zeros((nodes, BLOCK_SIZE, COLUMNS)),
        ion_columns=np.zeros((nodes, BLOCK_SIZE, regions)),
        row_scale=np.ones((nodes, BLOCK_SIZE)),
        ion_balance=np.zeros((regions, 2)),
        interface_traps=np.zeros((5, 6)),
        past=np.zeros((nodes, 2)),
    )
