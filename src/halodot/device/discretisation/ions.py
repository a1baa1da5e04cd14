"""The mobile ions of a device: their activities in a potential, and a device in which they do not move."""

from __future__ import annotations

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import FIRST_ACTIVITY, PHI
from halodot.device.laws.ions import ion_density

#: How far beyond the potential (kT) an activity is looked for: exp(700) is the largest double.
REACH = 700.0
#: Error (kT) of an activity that is found by bisection, small beside the step that Newton takes from there.
NEAR_ENOUGH = 1e-6


def activities(device: Device, phi: Array) -> Array:
    """Return the activities with which the ions of every region have their number in a given potential.

    Args:
        device: parameters of nodes and edges [SI].
        phi: of every node [Vt], (nodes,).

    Returns:
        Activities [kT], (region,).
    """
    nodes = device.nodes
    found = []
    for region, (number, sign) in enumerate(device.ions):
        inside = np.flatnonzero((nodes["cation_region"] == region) | (nodes["anion_region"] == region))
        drop = (phi + nodes["dipole"])[inside]
        found.append(_activity(number, sign, drop, nodes["ion_sites"][inside], nodes["volume"][inside]))
    return np.array(found)


@kernel
def _activity(number: float, sign: float, phi: Array, sites: Array, volume: Array) -> float:
    """Return the activity with which so many ions per area sit on the nodes of a region, by bisection."""
    low, high = sign * phi[0] - REACH, sign * phi[0] + REACH
    for i in range(phi.size):
        low, high = min(low, sign * phi[i] - REACH), max(high, sign * phi[i] + REACH)
    while high - low > NEAR_ENOUGH:
        middle, total = 0.5 * (low + high), 0.0
        for i in range(phi.size):
            total += volume[i] * ion_density(sign, sites[i], middle, phi[i])[0]
        if total < number:
            low = middle
        else:
            high = middle
    found: float = 0.5 * (low + high)
    return found


def frozen_ions(device: Device, state: Array, unknowns: Array) -> Device:
    """Return the device with its ions where they are at a solved point, as charges that do not move.

    Args:
        device: with its ions free.
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        unknowns: internal voltage [Vt] and activities of the ions [kT], (1 + regions,).
    """
    nodes = device.nodes.copy()
    phi = state[:, PHI] + nodes["dipole"]
    for region, (_, sign) in enumerate(device.ions):
        for i in np.flatnonzero((nodes["cation_region"] == region) | (nodes["anion_region"] == region)):
            density, _ = ion_density(sign, nodes["ion_sites"][i], unknowns[FIRST_ACTIVITY + region], phi[i])
            nodes["doping"][i] += sign * density
            nodes["held_cations" if sign > 0.0 else "held_anions"][i] = density
    return _without_regions(device._replace(nodes=nodes))


def with_ions_of(device: Device, other: Device) -> Device:
    """Return the device with the ions that do not move of another one on the same grid.

    Args:
        device: with its ions free.
        other: from `frozen_ions`.
    """
    nodes = device.nodes.copy()
    for name in ("held_cations", "held_anions"):
        nodes[name] = other.nodes[name]
    nodes["doping"] += nodes["held_cations"] - nodes["held_anions"]
    return _without_regions(device._replace(nodes=nodes))


def _without_regions(device: Device) -> Device:
    device.nodes["cation_region"] = device.nodes["anion_region"] = -1
    return device._replace(ions=device.ions[:0])
