"""The electrical part of a stack: which layers carry current, between which contacts, and their numbers on a grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.device.grid import control_volumes, stack_nodes
from halodot.device.physics import EDGE, NODE, Device
from halodot.errors import InputError, Problem
from halodot.states import Array, Layer, Stack

ELEMENTARY_CHARGE = 1.602176634e-19  # C
BOLTZMANN = 1.380649e-23  # J/K
VACUUM_PERMITTIVITY = 8.8541878188e-12  # F/m

#: A carrier density (1/m3) whose ohmic conductance every edge has, and the least mobility (m2/V/s) and velocity (m/s)
#: that it has: far below any current that matters, they keep a place without carriers solvable.
FLOOR_DENSITY, FLOOR_MOBILITY, FLOOR_VELOCITY = 1e-50, 1e-16, 1e-6
#: Least rate (1/s) in the denominator of the trap rate, where neither carrier nor release is left.
LEAST_RELEASE = 1e-200

_LEVELS = ("electron_affinity", "ionisation_energy", "electron_mobility", "hole_mobility")
_POSITIVE = ("thickness", "relative_permittivity", "electron_states", "hole_states")
_NOT_NEGATIVE = (
    "electron_mobility",
    "hole_mobility",
    "donor_density",
    "acceptor_density",
    "bimolecular_coefficient",
    "langevin_factor",
    "trap_density",
    "electron_capture",
    "hole_capture",
    "generation",
    "quenching_rate",
    "interface_velocity",
)


@dataclass(frozen=True)
class Junction:
    """The layers that carry current, anode first, between two contacts."""

    layers: tuple[Layer, ...]
    indices: tuple[int, ...]  # of these layers in the stack
    velocities: tuple[float, ...]  # m/s, of the interfaces between them
    anode_work_function: float  # eV
    cathode_work_function: float  # eV
    thermal_voltage: float  # V
    flipped: bool  # the anode is at the top of the stack


def is_electrical(layer: Layer) -> bool:
    """Return whether the layer has both levels and both mobilities."""
    return all(math.isfinite(getattr(layer, name)) for name in _LEVELS)


def junction(stack: Stack) -> Junction:
    """Return the layers that carry current and their contacts.

    A contact's work function is that of the nearest layer outside, on its side, that has one. It is held inside the
    gap of the layer that it touches, where the Fermi level is pinned.

    Raises:
        InputError: a layer lacks a number, or there are no contacts; every such problem at once.
    """
    bottom, top, problems = _span(stack)
    problems += [problem for i in range(bottom, top + 1) for problem in _layer_problems(i, stack.layers[i])]
    below = _work_function(reversed(stack.layers[:bottom]))
    above = _work_function(stack.layers[top + 1 :])
    for name, value in (("below", below), ("above", above)):
        if not math.isfinite(value):
            problems.append(Problem(f"no layer {name} the electrical ones has a work function", "device.layers"))
    for name, least in (("temperature", 1.0), ("series_resistance", 0.0), ("shunt_conductance", 0.0)):
        if not least <= getattr(stack, name) < math.inf:
            problems.append(Problem(f"must be finite and at least {least:g}", f"device.{name}"))
    if problems:
        raise InputError(problems)
    indices = list(range(bottom, top + 1))
    velocities = [stack.layers[i].interface_velocity for i in indices[:-1]]
    if not stack.anode_first:
        below, above = above, below
        indices.reverse()
        velocities.reverse()
    layers = tuple(stack.layers[i] for i in indices)
    return Junction(
        layers,
        tuple(indices),
        tuple(velocities),
        min(max(below, layers[0].electron_affinity), layers[0].ionisation_energy),
        min(max(above, layers[-1].electron_affinity), layers[-1].ionisation_energy),
        BOLTZMANN * stack.temperature / ELEMENTARY_CHARGE,
        not stack.anode_first,
    )


def _span(stack: Stack) -> tuple[int, int, list[Problem]]:
    """Return the first and last electrical layer between two contacts, the emitter's if there is a choice."""
    groups: list[list[int]] = [[]]
    for i, layer in enumerate(stack.layers):
        if is_electrical(layer):
            groups[-1].append(i)
        elif math.isfinite(layer.work_function):
            groups.append([])
    groups = [group for group in groups if group]
    if not groups:
        raise InputError(Problem("no layer has both levels and both mobilities", "device.layers"))
    emitting = [group for group in groups if any(stack.layers[i].role == "emitter" for i in group)]
    chosen = emitting[0] if emitting else max(groups, key=len)
    problems = [
        Problem(f"carries current between {_LEVELS[0]} and mobility, but has no {name}", _path(i, stack.layers[i]))
        for i in range(chosen[0], chosen[-1] + 1)
        for name in _LEVELS
        if not math.isfinite(getattr(stack.layers[i], name))
    ]
    problems += [
        Problem(f"has levels but no {name}", _path(i, layer))
        for i, layer in enumerate(stack.layers)
        if not chosen[0] <= i <= chosen[-1] and any(math.isfinite(getattr(layer, key)) for key in _LEVELS)
        for name in _LEVELS
        if not math.isfinite(getattr(layer, name))
    ]
    return chosen[0], chosen[-1], problems


def _path(index: int, layer: Layer) -> str:
    return f"device.layers[{index}] ({layer.name})"


def _work_function(outwards: Iterable[Layer]) -> float:
    return next((layer.work_function for layer in outwards if math.isfinite(layer.work_function)), math.nan)


def _layer_problems(index: int, layer: Layer) -> list[Problem]:
    """Return what is wrong with the numbers of one electrical layer."""
    path = _path(index, layer)
    wrong = [f"{name} must be positive" for name in _POSITIVE if not 0.0 < getattr(layer, name) < math.inf]
    wrong += [
        f"{name} must not be negative"
        for name in _NOT_NEGATIVE
        if getattr(layer, name) < 0.0 or math.isinf(getattr(layer, name)) or math.isnan(getattr(layer, name))
    ]
    if layer.ionisation_energy <= layer.electron_affinity:
        wrong.append("ionisation_energy must be larger than electron_affinity")
    if layer.trap_density > 0.0 and not math.isfinite(layer.trap_energy):
        wrong.append("trap_density needs a trap_energy")
    return [Problem(text, path) for text in wrong]


def device(between: Junction, nodes: int) -> Device:
    """Return the numbers of every node and edge.

    Args:
        between: layers and contacts.
        nodes: number of nodes of each layer.
    """
    layers, vt, fermi = between.layers, between.thermal_voltage, between.cathode_work_function
    position, layer = stack_nodes([item.thickness for item in layers], nodes)

    def spread(value: Callable[[Layer], float]) -> Array:
        return np.array([value(item) for item in layers], dtype=np.float64)[layer]

    electron_log = [math.log(item.electron_states) + (item.electron_affinity - fermi) / vt for item in layers]
    hole_log = [math.log(item.hole_states) - (item.ionisation_energy - fermi) / vt for item in layers]
    interface = np.append(layer[1:] != layer[:-1], False)
    width = np.append(np.diff(position), 1.0)
    width[interface] = 1.0
    permittivity = spread(lambda item: item.relative_permittivity * VACUUM_PERMITTIVITY)
    electrons = _edges(
        spread(lambda item: item.electron_mobility) * vt / width, interface, between.velocities, electron_log
    )
    holes = _edges(spread(lambda item: item.hole_mobility) * vt / width, interface, between.velocities, hole_log)
    least = np.where(interface, FLOOR_VELOCITY, FLOOR_MOBILITY * vt / width)
    nodes_by_name = {
        "position": position,
        "volume": control_volumes(position, layer),
        "layer": layer,
        "second": np.append(False, interface[:-1]),
        "electron_log": np.array(electron_log)[layer],
        "hole_log": np.array(hole_log)[layer],
        "intrinsic": np.exp(np.add(electron_log, hole_log))[layer],
        "doping": spread(lambda item: item.donor_density - item.acceptor_density),
        "bimolecular": spread(_bimolecular),
        "trap": spread(lambda item: item.trap_density * item.electron_capture * item.hole_capture),
        "trap_electron": spread(lambda item: item.electron_capture),
        "trap_hole": spread(lambda item: item.hole_capture),
        "trap_release": spread(lambda item: _release(item, vt)),
        "generation": spread(lambda item: item.generation),
    }
    edges_by_name = {
        "interface": interface,
        "electron_out": electrons[0],
        "electron_back": electrons[1],
        "hole_out": holes[0],
        "hole_back": holes[1],
        "electron_floor": FLOOR_DENSITY * np.maximum(electrons[0], least),
        "hole_floor": FLOOR_DENSITY * np.maximum(holes[0], least),
        "dielectric": np.where(interface, 0.0, permittivity * vt / (ELEMENTARY_CHARGE * width)),
    }
    return Device(
        _records(NODE, nodes_by_name),
        _records(EDGE, edges_by_name),
        (between.cathode_work_function - between.anode_work_function) / vt,
        vt,
    )


def _records(kind: np.dtype[np.void], columns: Mapping[str, NDArray[Any]]) -> NDArray[np.void]:
    """Return one record for each row of the columns."""
    records = np.zeros(next(iter(columns.values())).size, dtype=kind)
    for name in kind.names or ():
        records[name] = columns[name]
    return records


def _edges(bulk: Array, interface: Array, velocities: tuple[float, ...], logs: list[float]) -> tuple[Array, Array]:
    """Return the velocities out of the left and the right end of every edge, in m/s.

    At an interface the carriers that fly over are those beyond the higher level: velocity times the smaller of the
    two densities that equilibrium has on the two sides.
    """
    out, back = bulk.copy(), bulk.copy()
    for k, i in enumerate(np.flatnonzero(interface)):
        rise = logs[k + 1] - logs[k]
        out[i] = velocities[k] * math.exp(min(0.0, rise))
        back[i] = velocities[k] * math.exp(min(0.0, -rise))
    return out, back


def _bimolecular(layer: Layer) -> float:
    """Return the given coefficient plus the multiple of Langevin's q (mu_n + mu_p)/eps, in m3/s."""
    permittivity = VACUUM_PERMITTIVITY * layer.relative_permittivity
    langevin = ELEMENTARY_CHARGE * (layer.electron_mobility + layer.hole_mobility) / permittivity
    return layer.bimolecular_coefficient + layer.langevin_factor * langevin


def _release(layer: Layer, thermal_voltage: float) -> float:
    """Return C_n n_1 + C_p p_1, with n_1 and p_1 the densities when the Fermi level is at the trap, in 1/s."""
    if layer.trap_density == 0.0:
        return 1.0
    n1 = layer.electron_states * math.exp(min((layer.electron_affinity - layer.trap_energy) / thermal_voltage, 600.0))
    p1 = layer.hole_states * math.exp(min((layer.trap_energy - layer.ionisation_energy) / thermal_voltage, 600.0))
    return max(layer.electron_capture * n1 + layer.hole_capture * p1, LEAST_RELEASE)
