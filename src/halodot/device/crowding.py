"""How many carriers the layers of a solved device hold, to be compared with their states."""

from __future__ import annotations

import numpy as np

from halodot.arrays import Array
from halodot.states import DeviceSolution


def highest_densities(device_solution: DeviceSolution, index: int) -> tuple[Array, Array]:
    """Return the largest densities of electrons and of holes in a layer.

    Args:
        device_solution: the solved device.
        index: place of the layer in the stack.

    Returns:
        Electrons and holes [1/m3], (voltage,) each; 0 where a point was not solved or no node is in the layer.
    """
    inside = device_solution.layer_of_node == index
    electrons, holes = (
        np.max(np.nan_to_num(density[:, inside]), axis=1, initial=0.0)
        for density in (device_solution.electron_density, device_solution.hole_density)
    )
    return electrons, holes
