"""The levels of every layer against the Fermi level of the cathode, and what follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.laws.traps import LocalLevels


@dataclass(frozen=True)
class Levels:
    """Per layer, anode first [kT]; shape (layer,)."""

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


def local_levels(electrical: ElectricalStack, levels: Levels, k: int) -> LocalLevels:
    """Return the levels of one layer as the laws need them.

    Args:
        electrical: layers and contacts.
        levels: of all layers.
        k: which layer, anode first.
    """
    return LocalLevels(
        electron_log=float(levels.electron_log[k]),
        hole_log=float(levels.hole_log[k]),
        fermi_level=electrical.cathode.work_function,
        vacuum_level_shift=float(levels.dipole[k]),
        thermal_voltage=electrical.thermal_voltage,
    )
