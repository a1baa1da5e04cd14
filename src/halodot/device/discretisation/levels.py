"""The levels of every layer against the Fermi level of the cathode, and what follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.device.electrical_stack import ElectricalStack

#: Largest exponent of a Boltzmann factor of a trap.
LARGEST_EXPONENT = 600.0
#: Least rate (1/s) of release, so that a trap without carriers has an occupancy.
LEAST_RELEASE = 1e-200


@dataclass(frozen=True)
class Levels:
    """Per layer, anode first, in kT; shape (layer,)."""

    dipole: Array  # electrostatic potential beyond phi: what the interfaces towards the cathode add up to
    electron: Array  # depth of the electron level below the cathode's Fermi level: it raises ln n
    hole: Array  # height of the hole level above it: it raises ln p
    electron_log: Array  # c_n, ln n at phi = 0 with the level at the cathode's, Boltzmann statistics
    hole_log: Array  # c_p


def levels_of(electrical: ElectricalStack) -> Levels:
    """Return the levels of all layers.

    Args:
        electrical: layers and contacts.
    """
    vt, fermi = electrical.thermal_voltage, electrical.cathode.work_function
    sense = -1.0 if electrical.flipped else 1.0
    rises = [sense * interface.dipole / vt for interface in electrical.interfaces]
    dipole = -np.concatenate((np.cumsum(rises[::-1])[::-1], [0.0]))
    electron = np.array([(item.transport.electron_affinity - fermi) / vt for item in electrical.layers]) + dipole
    hole = np.array([(fermi - item.transport.ionisation_energy) / vt for item in electrical.layers]) - dipole
    electron_density_of_states = np.array(
        [math.log(item.transport.electron_density_of_states) for item in electrical.layers]
    )
    hole_density_of_states = np.array([math.log(item.transport.hole_density_of_states) for item in electrical.layers])
    return Levels(dipole, electron, hole, electron_density_of_states + electron, hole_density_of_states + hole)


def trap_release(log: tuple[float, float], energy: float, capture: tuple[float, float]) -> tuple[float, float]:
    """Return C_n n_1 and C_p p_1 in 1/s, with n_1 and p_1 the densities when the Fermi level is at the trap.

    Args:
        log: c_n and c_p of the place.
        energy: depth of the trap below the cathode's Fermi level in kT, dipoles included.
        capture: C_n and C_p in m3/s.
    """
    logs = (log[0] - energy, log[1] + energy)
    empty, full = (c * math.exp(min(value, LARGEST_EXPONENT)) for c, value in zip(capture, logs, strict=True))
    return max(empty, LEAST_RELEASE), max(full, LEAST_RELEASE)
