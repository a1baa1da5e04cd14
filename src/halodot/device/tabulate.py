"""The numbers of every node and edge, from the layers and the grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.device.electrical import ELEMENTARY_CHARGE, Junction
from halodot.device.grid import control_volumes, stack_nodes
from halodot.device.physics import EDGE, NODE, Device
from halodot.states import Array, BoolArray, IntArray, Layer

VACUUM_PERMITTIVITY = 8.8541878188e-12  # F/m

#: Least mobility (m2/V/s), so that every place is tied to the contacts.
LEAST_MOBILITY = 1e-30
#: A carrier density (1/m3) whose ohmic conductance every edge has, and the least mobility (m2/V/s) and velocity (m/s)
#: that it has: far below any current that matters, they keep a place without carriers solvable.
FLOOR_DENSITY, FLOOR_MOBILITY, FLOOR_VELOCITY = 1e-50, 1e-16, 1e-6
#: Least rate (1/s) in the denominator of the trap rate, where neither carrier nor release is left.
LEAST_RELEASE = 1e-200
#: Largest exponent of a Boltzmann factor of a trap.
LARGEST_EXPONENT = 600.0


def tabulate(between: Junction, nodes: int) -> Device:
    """Return the numbers of every node and edge.

    Args:
        between: layers and contacts.
        nodes: number of nodes of each layer.
    """
    vt = between.thermal_voltage
    position, layer = stack_nodes([item.thickness for item in between.layers], nodes)
    interface = np.append(layer[1:] != layer[:-1], False)
    node_columns = _node_columns(between, layer) | {
        "position": position,
        "volume": control_volumes(position, layer),
        "second": np.append(False, interface[:-1]),
    }
    width = np.where(interface, 1.0, np.append(np.diff(position), 1.0))
    return Device(
        _records(NODE, node_columns),
        _records(EDGE, _edge_columns(between, layer, interface, width)),
        (between.cathode_work_function - between.anode_work_function) / vt,
        vt,
    )


def _records(kind: np.dtype[np.void], columns: Mapping[str, NDArray[Any]]) -> NDArray[np.void]:
    """Return one record for each row of the columns."""
    records = np.zeros(next(iter(columns.values())).size, dtype=kind)
    for name in kind.names or ():
        records[name] = columns[name]
    return records


def _spread(value: Callable[[Layer], float], between: Junction, layer: IntArray) -> Array:
    """Return a layer property at every node."""
    return np.array([value(item) for item in between.layers], dtype=np.float64)[layer]


def _logs(between: Junction) -> tuple[Array, Array]:
    """Return c_n and c_p of every layer: ln n and ln p at phi = 0 with both levels at the cathode's."""
    vt, fermi = between.thermal_voltage, between.cathode_work_function
    electrons = [math.log(item.electron_states) + (item.electron_affinity - fermi) / vt for item in between.layers]
    holes = [math.log(item.hole_states) - (item.ionisation_energy - fermi) / vt for item in between.layers]
    return np.array(electrons), np.array(holes)


def _node_columns(between: Junction, layer: IntArray) -> dict[str, NDArray[Any]]:
    """Return what every node has from its layer."""
    electron_log, hole_log = _logs(between)
    properties: dict[str, Callable[[Layer], float]] = {
        "doping": lambda item: item.donor_density - item.acceptor_density,
        "bimolecular": _bimolecular,
        "trap": lambda item: item.trap_density * item.electron_capture * item.hole_capture,
        "trap_electron": lambda item: item.electron_capture,
        "trap_hole": lambda item: item.hole_capture,
        "trap_release": lambda item: _release(item, between.thermal_voltage),
        "generation": lambda item: item.generation,
    }
    columns: dict[str, NDArray[Any]] = {name: _spread(value, between, layer) for name, value in properties.items()}
    return columns | {
        "layer": layer,
        "electron_log": electron_log[layer],
        "hole_log": hole_log[layer],
        "intrinsic": np.exp(electron_log + hole_log)[layer],
    }


def _edge_columns(between: Junction, layer: IntArray, interface: BoolArray, width: Array) -> dict[str, NDArray[Any]]:
    """Return the velocities, floors and couplings of every edge."""
    vt = between.thermal_voltage
    least = FLOOR_DENSITY * np.where(interface, FLOOR_VELOCITY, FLOOR_MOBILITY * vt / width)
    permittivity = VACUUM_PERMITTIVITY * _spread(lambda item: item.relative_permittivity, between, layer)
    columns: dict[str, NDArray[Any]] = {
        "interface": interface,
        "dielectric": np.where(interface, 0.0, permittivity * vt / (ELEMENTARY_CHARGE * width)),
    }
    for carrier, logs in zip(("electron", "hole"), _logs(between), strict=True):
        mobility = np.array([max(getattr(item, f"{carrier}_mobility"), LEAST_MOBILITY) for item in between.layers])
        out = mobility[layer] * vt / width
        back = out.copy()
        out[interface], back[interface] = _thermionic(between.velocities, logs)
        columns |= {
            f"{carrier}_out": out,
            f"{carrier}_back": back,
            f"{carrier}_floor": np.maximum(FLOOR_DENSITY * out, least),
        }
    return columns


def _thermionic(velocities: tuple[float, ...], logs: Array) -> tuple[Array, Array]:
    """Return the velocities, in m/s, with which carriers leave the two sides of every interface.

    Those beyond the higher level fly over: velocity times the smaller of the two densities of equilibrium.
    """
    velocity, rise = np.array(velocities), np.diff(logs)
    return velocity * np.exp(np.minimum(0.0, rise)), velocity * np.exp(np.minimum(0.0, -rise))


def _bimolecular(layer: Layer) -> float:
    """Return the given coefficient plus the multiple of Langevin's q (mu_n + mu_p)/eps, in m3/s."""
    permittivity = VACUUM_PERMITTIVITY * layer.relative_permittivity
    langevin = ELEMENTARY_CHARGE * (layer.electron_mobility + layer.hole_mobility) / permittivity
    return layer.bimolecular_coefficient + layer.langevin_factor * langevin


def _release(layer: Layer, thermal_voltage: float) -> float:
    """Return C_n n_1 + C_p p_1, with n_1 and p_1 the densities when the Fermi level is at the trap, in 1/s."""
    if layer.trap_density == 0.0:
        return 1.0
    empty = min((layer.electron_affinity - layer.trap_energy) / thermal_voltage, LARGEST_EXPONENT)
    full = min((layer.trap_energy - layer.ionisation_energy) / thermal_voltage, LARGEST_EXPONENT)
    electrons = layer.electron_capture * layer.electron_states * math.exp(empty)
    return max(electrons + layer.hole_capture * layer.hole_states * math.exp(full), LEAST_RELEASE)
