"""Where a solution of the equations is none of physics, and where physics leaves the equations without a solution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halodot.arrays import Array
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import PHI
from halodot.device.laws.recombination import recombines

#: Largest logarithm of what a field does to a mobility. Measured laws reach about 10 at breakdown.
LARGEST_EXPONENT = 50.0


def unphysical_field(device: Device, state: Array, names: Sequence[str]) -> str:
    """Return why a solved point is no solution of physics, or nothing: a field beyond the laws of its mobilities.

    Args:
        device: parameters of nodes and edges [SI].
        state: phi [Vt], w, z [kT] and the two flows [1/m2/s], (nodes, 5).
        names: of the layers.
    """
    edges = device.edges[:-1]
    if not np.any(edges["field_law"]):
        return ""
    field = np.abs(np.diff(state[:, PHI])) * edges["inverse_length"]
    activation = np.maximum(edges["electron_activation"], edges["hole_activation"])
    exponent = activation * np.sqrt(field) + edges["half_hop"] * field
    worst = int(np.argmax(exponent))
    if not exponent[worst] > LARGEST_EXPONENT:
        return ""
    layer, strength = names[int(device.nodes["layer"][worst])], field[worst] * device.thermal_voltage
    return (
        f"the field raises a mobility in {layer!r} by exp({exponent[worst]:.0f}) at {strength * 1e-8:.2g} MV/cm; "
        f"beyond exp({LARGEST_EXPONENT:.0f}) there is no such law. Check electron_field_activation, "
        "hole_field_activation and hopping_distance of this layer, or end the sweep earlier."
    )


def generation_without_recombination(device: Device, names: Sequence[str]) -> str:
    """Return which layers light fills with carriers that nothing takes away, or nothing.

    Args:
        device: parameters of nodes and edges [SI].
        names: of the layers.
    """
    nodes = device.nodes
    filled = (nodes["generation"] > 0.0) & ~recombines(nodes)
    found = [names[k] for k in np.unique(nodes["layer"][filled])]
    if not found:
        return ""
    return (
        f"light makes pairs in {', '.join(map(repr, found))}, where no recombination is stated (langevin_factor, "
        "bimolecular_coefficient, traps or Auger), and carriers that cannot leave fill its states; state it, or check "
        "mobilities and levels."
    )
