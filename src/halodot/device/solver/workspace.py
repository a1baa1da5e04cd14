"""The arrays that a solve works in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.device.discretisation.records import Device
from halodot.device.solver.block_tridiagonal import AHEAD, COLUMNS, SIZE, WIDTH


class Memory(NamedTuple):
    """The chain of blocks, its right-hand sides, and what is needed to fill and to solve it.

    chain x = right[..., 0] + dbias right[..., 1] + sum_k dactivity_k more[..., k]
    """

    density: Array  # carriers of every node, see physics.Filling, shape (nodes, 6)
    lower: Array  # shape (nodes, 5, 5)
    diagonal: Array  # shape (nodes, 5, 5); leaves a solve as the factors of its blocks
    upper: Array  # shape (nodes, 5, 3)
    right: Array  # shape (nodes, 5, 2)
    more: Array  # columns of the ions, shape (nodes, 5, regions)
    work: Array  # shape (nodes, 5, 5); leaves a solve with what couples every block to the next
    pivots: IntArray  # rows that the elimination swapped, shape (nodes, 5)
    scale: Array  # by which every row was multiplied, shape (nodes, 5)
    ions: Array  # conservation of each region: the missing number, its slope, then a row of the border
    traps: Array  # shape (5, 6), see interface_recombination.capture
    past: Array  # electrons and holes of every node one step of time ago, shape (nodes, 2)


def memory(device: Device) -> Memory:
    """Return the arrays for a device."""
    nodes, regions = device.nodes.size, device.ions.shape[0]
    blocks = (nodes, SIZE, SIZE)
    return Memory(
        density=np.zeros((nodes, 6)),
        lower=np.zeros(blocks),
        diagonal=np.zeros(blocks),
        upper=np.zeros((nodes, SIZE, AHEAD)),
        right=np.zeros((nodes, SIZE, COLUMNS)),
        more=np.zeros((nodes, SIZE, regions)),
        work=np.zeros((nodes, SIZE, WIDTH)),
        pivots=np.zeros((nodes, SIZE), dtype=np.int64),
        scale=np.ones((nodes, SIZE)),
        ions=np.zeros((regions, 2 + 1 + regions)),
        traps=np.zeros((5, 6)),
        past=np.zeros((nodes, 2)),
    )
