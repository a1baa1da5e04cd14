"""Where the solution of the equilibrium starts from."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import BLOCK_SIZE, PHI

#: Density (1/m3) to which the first guess of the potential lets carriers pile up: the states of a film, or fewer.
GUESS_DENSITY = 1e24


def initial_state(device: Device) -> Array:
    """Return a state without current: the potential straight between the contacts, but no layer flooded.

    Args:
        device: parameters of nodes and edges [SI].

    Returns:
        phi [Vt], w, z [kT] and the two flows [1/m2/s], all but phi zero, (nodes, 5).
    """
    nodes = device.nodes
    straight = device.barrier * (1.0 - nodes["position"] / nodes["position"][-1])
    limit = math.log(GUESS_DENSITY)
    phi = np.maximum(np.minimum(straight, limit - nodes["electron_log"]), nodes["hole_log"] - limit)
    far = np.flatnonzero(nodes["second"])
    phi[far] = phi[far - 1] = 0.5 * (phi[far] + phi[far - 1])
    phi[: 2 if nodes["second"][1] else 1] = device.barrier
    phi[-2 if nodes["second"][-1] else -1 :] = 0.0
    state = np.zeros((phi.size, BLOCK_SIZE))
    state[:, PHI] = phi
    return state
