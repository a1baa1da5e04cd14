"""How the records of a device follow a number of its stack, at no voltage in particular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.device.electrical import ELEMENTARY_CHARGE, Junction, junction
from halodot.device.exciton_gradients import Cells, cells_of, flat
from halodot.device.gradients import Gradient
from halodot.device.newton import Circuit
from halodot.device.records import EDGE, NODE, Device
from halodot.device.tabulate import tabulate
from halodot.states import Array, BoolArray, Optics, Stack

_WORD = 8


@dataclass(frozen=True, eq=False)
class Lamp:
    """A stack with the optics that say where its light goes."""

    stack: Stack
    optics: Optics | None
    weights: Array  # of a radiative decay at each position in each sum of photons, shape (sum, position)


@dataclass(frozen=True, eq=False)
class Variation:
    """Two neighbours of a lamp, ``width`` apart along a number that it depends on."""

    below: Lamp
    above: Lamp
    width: float


@dataclass(frozen=True, eq=False)
class Numbers:
    """A lamp in the numbers that the solver sees."""

    between: Junction
    device: Device  # its ions free
    circuit: Circuit
    cells: Cells | None


def numbers_of(lamp: Lamp, nodes: int) -> Numbers:
    """Return a lamp in the numbers that the solver sees, on so many nodes for each layer."""
    between = junction(lamp.stack)
    device = tabulate(between, nodes)
    return Numbers(
        between,
        device,
        circuit_of(lamp.stack, device),
        cells_of(lamp.stack, lamp.optics, lamp.weights, between, device),
    )


def circuit_of(stack: Stack, device: Device) -> Circuit:
    """Return what stands around the junction, in the units of the solver."""
    vt = device.thermal_voltage
    return Circuit(stack.series_resistance * ELEMENTARY_CHARGE / vt, stack.shunt_conductance * vt / ELEMENTARY_CHARGE)


def _floats(kind: np.dtype[np.void]) -> list[int]:
    """Return which words of a record are numbers that the laws can be derived by."""
    assert kind.names is not None
    assert kind.fields is not None
    return [kind.fields[name][1] // _WORD for name in kind.names if kind.fields[name][0] == np.float64]


_NODE_WORDS, _EDGE_WORDS = _floats(NODE), _floats(EDGE)


def _words(records: NDArray[np.void], chosen: list[int]) -> Array:
    """Return the numbers of records, the last axis for all those of a row of records."""
    table = np.ascontiguousarray(records).view(np.float64).reshape(*records.shape, -1)[..., chosen]
    return table.reshape(*records.shape[:-1], -1)


def gradient_row(gradient: Gradient, cells: Array) -> Array:
    """Return a gradient as one row for each functional, in the order of `number_row`."""
    parts = (
        _words(gradient.nodes, _NODE_WORDS),
        _words(gradient.edges, _EDGE_WORDS),
        gradient.ions,
        gradient.whole,
        cells,
    )
    return np.concatenate(parts, axis=1)


def number_row(numbers: Numbers, functionals: int) -> Array:
    """Return all numbers that a functional depends on, one row for each; the first does not see the light."""
    device, circuit = numbers.device, numbers.circuit
    shared = np.concatenate(
        (
            _words(device.nodes, _NODE_WORDS),
            _words(device.edges, _EDGE_WORDS),
            device.ions[:, 0],
            [device.barrier, device.thermal_voltage, circuit.resistance, circuit.shunt],
        )
    )
    sums = [] if numbers.cells is None else [flat(numbers.cells, s) for s in range(functionals - 1)]
    first = [np.zeros_like(sums[0])] if sums else [np.zeros(0)] * functionals
    return np.array([np.concatenate((shared, own)) for own in (*first, *sums)])


@dataclass(frozen=True, eq=False)
class Tangents:
    """Derivatives of the numbers by several parameters."""

    used: BoolArray  # which numbers move at all, shape (number,)
    slope: Array  # of those, shape (functional, number, parameter)
    tables: tuple[tuple[int, Array], ...]  # parameter and the slope of its tables, shape (2 layers, point, 2)


def tangents_of(variations: Sequence[Variation], base: Numbers, nodes: int, functionals: int) -> Tangents:
    """Return how the numbers of a lamp follow several parameters, by central differences.

    Args:
        variations: neighbours of the lamp, one for each parameter.
        base: the lamp.
        nodes: nodes of each layer.
        functionals: the current and the sums of photons.
    """
    slopes, tables = [], []
    for k, variation in enumerate(variations):
        below, above = numbers_of(variation.below, nodes), numbers_of(variation.above, nodes)
        low, high = number_row(below, functionals), number_row(above, functionals)
        slopes.append(np.subtract(high, low, out=np.zeros_like(high), where=high != low) / variation.width)
        if base.device.tables.size and not np.array_equal(above.device.tables, below.device.tables):
            tables.append((k, (_layer_tables(above.device) - _layer_tables(below.device)) / variation.width))
    slope = np.moveaxis(np.array(slopes), 0, 2)
    used = np.any(slope != 0.0, axis=(0, 2))
    return Tangents(used, np.ascontiguousarray(slope[:, used]), tuple(tables))


def _layer_tables(device: Device) -> Array:
    """Return the tables of electrons and holes of every layer in turn, of nothing where there are none."""
    first = np.searchsorted(device.nodes["layer"], np.arange(int(device.nodes["layer"][-1]) + 1))
    rows = [int(device.nodes[f"{carrier}_table"][i]) for i in first for carrier in ("electron", "hole")]
    nothing = np.zeros(device.tables.shape[1:])
    return np.array([device.tables[row] if row >= 0 else nothing for row in rows])
