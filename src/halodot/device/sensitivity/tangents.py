"""How the records of a device follow a number of its stack, at no voltage in particular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.compiled import kernel
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.records import EDGE, NODE, Device
from halodot.device.discretisation.tabulate import circuit_of, tabulate
from halodot.device.electrical_stack import ElectricalStack, electrical_stack
from halodot.device.sensitivity.exciton_gradients import DeviceOptics, EmitterCells, cells_of, flat
from halodot.device.sensitivity.gradients import Gradient
from halodot.states import Array, BoolArray, IntArray, Stack, replaced

_WORD = 8
#: Places of two kinds of numbers in `number_parts`.
EDGES, CELLS = 1, 4


@dataclass(frozen=True, eq=False)
class Perturbation:
    """Two neighbours of a optics, ``width`` apart along a number that it depends on."""

    below: DeviceOptics
    above: DeviceOptics
    width: float
    layer: int = -1  # of the stack, where the number acts in it and at its faces alone


@dataclass(frozen=True, eq=False)
class SolverInput:
    """A optics in the numbers that the solver sees."""

    optics: DeviceOptics
    electrical: ElectricalStack
    device: Device  # its ions free
    circuit: Circuit
    cells: EmitterCells


def solver_input(optics: DeviceOptics, nodes: int, beside: SolverInput | None = None) -> SolverInput:
    """Return a optics in the numbers that the solver sees.

    Args:
        optics: stack and light.
        nodes: nodes of each layer.
        beside: a optics whose cells may be the same.
    """
    same = beside is not None and _electrical_part(optics.stack) == _electrical_part(beside.optics.stack)
    electrical = beside.electrical if beside is not None and same else electrical_stack(optics.stack)
    if beside is not None:
        electrical = replace(electrical, films=beside.electrical.films)
    device = beside.device if beside is not None and same else tabulate(electrical, nodes)
    known = None if beside is None else (beside.optics, beside.device, beside.cells)
    return SolverInput(
        optics,
        electrical,
        device,
        circuit_of(optics.stack, device.thermal_voltage),
        cells_of(optics, electrical, device, known),
    )


def _electrical_part(stack: Stack) -> tuple[object, ...]:
    """Return what the tables of the solver are made of: two stacks that share these objects share the tables."""
    emitter = stack.emitter if any(interface.face_capture for interface in stack.interfaces) else None
    return stack.layers, stack.interfaces, stack.anode, stack.cathode, stack.temperature, emitter


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


def number_parts(numbers: SolverInput) -> tuple[Array, ...]:
    """Return all numbers that a functional depends on [SI], one row, (number,), for each kind.

    Args:
        numbers: of a device.
    """
    device, circuit = numbers.device, numbers.circuit
    return (
        _words(device.nodes),
        _words(device.edges),
        device.ions[:, 0],
        np.array([device.barrier, device.thermal_voltage, circuit.resistance, circuit.shunt]),
        flat(numbers.cells),
    )


def clear(gradient: Gradient) -> None:
    """Make a gradient one of nothing again."""
    for part in (_words(gradient.nodes), _words(gradient.edges), *gradient[2:]):
        part.fill(0.0)


class Sparse(NamedTuple):
    """The slopes of numbers that move, parameter by parameter."""

    start: IntArray  # where each parameter starts, shape (parameter + 1,)
    column: IntArray  # which number
    slope: Array


@dataclass(frozen=True, eq=False)
class Tangents:
    """Derivatives of the numbers by several parameters."""

    parts: tuple[Sparse, ...]  # in the order of `number_parts`
    tables: tuple[tuple[int, Array], ...]  # parameter and the slope of its tables, shape (2 layers, point, 2)


def tangents_of(perturbations: Sequence[Perturbation], base: SolverInput, nodes: int) -> Tangents:
    """Return how the numbers of a optics follow several parameters, by central differences.

    Args:
        perturbations: neighbours of the optics, one for each parameter.
        base: the optics.
        nodes: nodes of each layer.
    """
    empty = (np.zeros(0, dtype=np.int64), np.zeros(0))
    found = [[empty] * len(perturbations) for _ in range(5)]
    tables = []
    masks = (_are_numbers(NODE), _are_numbers(EDGE), None, None, None)
    for members in groups_of([_electrical(one, base.electrical) for one in perturbations]):
        ends = ([perturbations[k].below for k in members], [perturbations[k].above for k in members])
        below, above = (
            solver_input(_together(base.optics, neighbours, perturbations, members), nodes, base) for neighbours in ends
        )
        for part, (low, high) in enumerate(zip(number_parts(below), number_parts(above), strict=True)):
            moving, mask = np.flatnonzero(high != low), masks[part]
            moving = moving if mask is None else moving[mask[moving % mask.size]]
            for k in members:
                column = moving
                if len(members) > 1:
                    column = moving[_near(base, _electrical(perturbations[k], base.electrical), part, moving, mask)]
                found[part][k] = (column, (high[column] - low[column]) / perturbations[k].width)
        if above.device.tables.size and not np.array_equal(above.device.tables, below.device.tables):
            slope = (_layer_tables(above.device) - _layer_tables(below.device)) / perturbations[members[0]].width
            tables.append((members[0], slope))
    return Tangents(tuple(_sparse(rows) for rows in found), tuple(tables))


def groups_of(layers: Sequence[int]) -> list[list[int]]:
    """Return parameters in groups whose layers share no interface, so that one difference serves a whole group.

    Args:
        layers: electrical layer that each parameter acts in, -1 for everywhere.
    """
    groups: list[list[int]] = []
    for k, layer in enumerate(layers):
        apart = (one for one in groups if all(layers[j] >= 0 and abs(layers[j] - layer) > 1 for j in one))
        group = next(apart, None) if layer >= 0 else None
        if group is None:
            groups.append([k])
        else:
            group.append(k)
    return groups


def _electrical(perturbation: Perturbation, electrical: ElectricalStack) -> int:
    """Return the electrical layer that a parameter acts in, -1 for everywhere."""
    return electrical.indices.index(perturbation.layer) if perturbation.layer in electrical.indices else -1


def _together(
    base: DeviceOptics,
    neighbours: Sequence[DeviceOptics],
    perturbations: Sequence[Perturbation],
    members: Sequence[int],
) -> DeviceOptics:
    """Return the optics in which the layers of several neighbours are changed at once."""
    if len(members) == 1:
        return neighbours[0]
    layers = list(base.stack.layers)
    for k, optics in zip(members, neighbours, strict=True):
        layers[perturbations[k].layer] = optics.stack.layers[perturbations[k].layer]
    return base._replace(stack=replaced(base.stack, layers=tuple(layers)))


def _near(base: SolverInput, layer: int, part: int, moving: IntArray, mask: BoolArray | None) -> BoolArray:
    """Return which of the numbers that move are those of a layer and of its faces."""
    layers = base.device.nodes["layer"]
    if mask is None:
        first = layers[base.cells.first] if base.cells.light.size else -1
        return np.full(moving.size, part == CELLS and bool(first == layer))
    record = moving // mask.size
    inside = layers[record] == layer
    if part == EDGES:
        inside |= layers[np.minimum(record + 1, layers.size - 1)] == layer
    near: BoolArray = inside
    return near


def _sparse(rows: Sequence[tuple[IntArray, Array]]) -> Sparse:
    start = np.concatenate(([0], np.cumsum([column.size for column, _ in rows])))
    return Sparse(start, np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows]))


def product(gradient: Gradient, cells: Array, tangents: Tangents, parameters: int) -> Array:
    """Return a gradient times the tangents, but for the tables, shape (functional, parameter).

    Args:
        gradient: by the records [1/SI].
        cells: by the numbers of the emitting layer, shape (functional, number).
        tangents: of all parameters.
        parameters: how many there are.
    """
    out = np.zeros((cells.shape[0], parameters))
    values = (_words(gradient.nodes), _words(gradient.edges), gradient.ions, gradient.whole, cells)
    for value, part in zip(values, tangents.parts, strict=True):
        if part.column.size:
            add_product(value, part, out)
    return out


@kernel
def add_product(values: Array, part: Sparse, out: Array) -> None:
    """Add values times slopes.

    Args:
        values: derivatives of the functionals by the numbers [1/SI], (functional, number).
        part: how the numbers follow the parameters.
        out: is added to, (functional, parameter).
    """
    for p in range(part.start.size - 1):
        for j in range(part.start[p], part.start[p + 1]):
            for f in range(values.shape[0]):
                out[f, p] += values[f, part.column[j]] * part.slope[j]


def _layer_tables(device: Device) -> Array:
    """Return the tables of electrons and holes of every layer in turn, of nothing where there are none."""
    first = np.searchsorted(device.nodes["layer"], np.arange(int(device.nodes["layer"][-1]) + 1))
    rows = [int(device.nodes[f"{carrier}_table"][i]) for i in first for carrier in ("electron", "hole")]
    empty_array = np.zeros(device.tables.shape[1:])
    return np.array([device.tables[row] if row >= 0 else empty_array for row in rows])
