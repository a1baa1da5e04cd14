"""How the records of a device follow a number of its stack, at no voltage in particular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.device.electrical import ELEMENTARY_CHARGE, Junction, junction
from halodot.device.exciton_gradients import Cells, Lamp, cells_of, flat
from halodot.device.gradients import Gradient
from halodot.device.newton import Circuit
from halodot.device.records import EDGE, NODE, Device
from halodot.device.tabulate import tabulate
from halodot.states import Array, BoolArray, IntArray, Stack

_WORD = 8


@dataclass(frozen=True, eq=False)
class Variation:
    """Two neighbours of a lamp, ``width`` apart along a number that it depends on."""

    below: Lamp
    above: Lamp
    width: float


@dataclass(frozen=True, eq=False)
class Numbers:
    """A lamp in the numbers that the solver sees."""

    lamp: Lamp
    between: Junction
    device: Device  # its ions free
    circuit: Circuit
    cells: Cells


def numbers_of(lamp: Lamp, nodes: int, beside: Numbers | None = None) -> Numbers:
    """Return a lamp in the numbers that the solver sees.

    Args:
        lamp: stack and light.
        nodes: nodes of each layer.
        beside: a lamp whose cells may be the same.
    """
    same = beside is not None and (lamp.stack.layers, lamp.stack.temperature) == (
        beside.lamp.stack.layers,
        beside.lamp.stack.temperature,
    )
    between = beside.between if beside is not None and same else junction(lamp.stack)
    device = beside.device if beside is not None and same else tabulate(between, nodes)
    known = None if beside is None else (beside.lamp, beside.device, beside.cells)
    return Numbers(lamp, between, device, circuit_of(lamp.stack, device), cells_of(lamp, between, device, known))


def circuit_of(stack: Stack, device: Device) -> Circuit:
    """Return what stands around the junction, in the units of the solver."""
    vt = device.thermal_voltage
    return Circuit(stack.series_resistance * ELEMENTARY_CHARGE / vt, stack.shunt_conductance * vt / ELEMENTARY_CHARGE)


def _are_numbers(kind: np.dtype[np.void]) -> BoolArray:
    """Return which words of a record are numbers that the laws can be derived by."""
    assert kind.names is not None
    assert kind.fields is not None
    found = np.zeros(kind.itemsize // _WORD, dtype=np.bool_)
    found[[kind.fields[name][1] // _WORD for name in kind.names if kind.fields[name][0] == np.float64]] = True
    return found


def _words(records: NDArray[np.void]) -> Array:
    """Return the words of records, the last axis for all those of a row of records."""
    words: Array = records.view(np.float64).reshape(*records.shape[:-1], -1)
    return words


def gradient_row(gradient: Gradient, cells: Array, used: Sequence[IntArray]) -> Array:
    """Return those numbers of a gradient that are used, in the order of `number_parts`, a row for each functional."""
    parts = (_words(gradient.nodes), _words(gradient.edges), gradient.ions, gradient.whole, cells)
    return np.concatenate([part[:, chosen] for part, chosen in zip(parts, used, strict=True)], axis=1)


def number_parts(numbers: Numbers) -> tuple[Array, ...]:
    """Return all numbers that a functional depends on, one row for each kind."""
    device, circuit = numbers.device, numbers.circuit
    return (
        _words(device.nodes),
        _words(device.edges),
        device.ions[:, 0],
        np.array([device.barrier, device.thermal_voltage, circuit.resistance, circuit.shunt]),
        flat(numbers.cells),
    )


@dataclass(frozen=True, eq=False)
class Tangents:
    """Derivatives of the numbers by several parameters."""

    used: tuple[IntArray, ...]  # which numbers of each kind move at all
    slope: Array  # of those, shape (number, parameter)
    tables: tuple[tuple[int, Array], ...]  # parameter and the slope of its tables, shape (2 layers, point, 2)


def tangents_of(variations: Sequence[Variation], base: Numbers, nodes: int) -> Tangents:
    """Return how the numbers of a lamp follow several parameters, by central differences.

    Args:
        variations: neighbours of the lamp, one for each parameter.
        base: the lamp.
        nodes: nodes of each layer.
    """
    slopes: list[list[Array]] = [[], [], [], [], []]
    tables, count = [], base.device.nodes.size
    free = (np.tile(_are_numbers(NODE), count), np.tile(_are_numbers(EDGE), count), True, True, True)
    for k, variation in enumerate(variations):
        below, above = (numbers_of(lamp, nodes, base) for lamp in (variation.below, variation.above))
        for kind, low, high, those in zip(slopes, number_parts(below), number_parts(above), free, strict=True):
            moves = (high != low) & those
            kind.append(np.subtract(high, low, out=np.zeros(high.size), where=moves) / variation.width)
        if above.device.tables.size and not np.array_equal(above.device.tables, below.device.tables):
            tables.append((k, (_layer_tables(above.device) - _layer_tables(below.device)) / variation.width))
    rows = [np.array(kind) for kind in slopes]
    used = tuple(np.flatnonzero(np.any(row != 0.0, axis=0)) for row in rows)
    slope = np.concatenate([row[:, chosen] for row, chosen in zip(rows, used, strict=True)], axis=1)
    return Tangents(used, np.ascontiguousarray(slope.T), tuple(tables))


def _layer_tables(device: Device) -> Array:
    """Return the tables of electrons and holes of every layer in turn, of nothing where there are none."""
    first = np.searchsorted(device.nodes["layer"], np.arange(int(device.nodes["layer"][-1]) + 1))
    rows = [int(device.nodes[f"{carrier}_table"][i]) for i in first for carrier in ("electron", "hole")]
    nothing = np.zeros(device.tables.shape[1:])
    return np.array([device.tables[row] if row >= 0 else nothing for row in rows])
