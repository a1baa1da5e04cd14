"""The arrays of a result as tables: one row for each point of their dimensions, coordinates first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.results.data import Result

#: fields that place a point along a dimension, where they are not called like it
COORDINATES: Mapping[str, tuple[str, ...]] = {
    "angle": ("radiance_angle",),
    "node": ("position", "layer_of_node"),
    "layer": ("layer_names",),
}


@dataclass(frozen=True)
class Column:
    """One column of a table; ``values`` are numbers, truth values or texts, as Python has them."""

    name: str
    unit: str  # SI, eV and V for energies and potentials; empty for texts
    values: Sequence[Any]

    @property
    def heading(self) -> str:
        """Name and unit as they stand above the column."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


Table = tuple[Column, ...]


def states(result: Result) -> Iterator[tuple[str, Any]]:
    """Give every state of a result that holds arrays, by the name that its tables bear."""
    for name in ("flask", "dots", "film", "optics", "device_solution", "emission", "ageing"):
        if (state := getattr(result, name)) is not None:
            yield name, state
    if result.stack is not None:
        if result.stack.emitter is not None:
            yield "emitter", result.stack.emitter
        for index, layer in enumerate(result.stack.layers):
            yield f"layer_{index}_{re.sub(r'[^A-Za-z0-9-]+', '-', layer.name).strip('-')}", layer.optics


def arrays_of(state: Any) -> tuple[tuple[Field[Any], NDArray[Any]], ...]:
    """Return the array fields of a state with their values."""
    return tuple((item, getattr(state, item.name)) for item in fields(state) if "dimensions" in item.metadata)


def tables(result: Result) -> dict[str, Table]:
    """Return every array of a result that is not empty, by state and dimensions.

    Arrays of a state with the same dimensions share a table, ``operation_voltage_node``. It has a row for each point,
    the last dimension running fastest, and begins with the coordinates of the dimensions: the fields that are called
    like them or stand in :data:`COORDINATES`, else a count from 0.
    """
    found: dict[str, Table] = {}
    for name, state in states(result):
        grouped: dict[tuple[str, ...], list[tuple[Field[Any], NDArray[Any]]]] = {}
        for item, values in arrays_of(state):
            if values.size:
                grouped.setdefault(tuple(item.metadata["dimensions"]), []).append((item, values))
        for dimensions, group in grouped.items():
            found["_".join((name, *dimensions))] = _table(state, dimensions, group)
    return found


def contents(result: Result, found: Mapping[str, Table]) -> Table:
    """Return where every array of a result stands, a row each; the file of an empty one is empty.

    Args:
        result: what was computed.
        found: its :func:`tables`.
    """
    rows = []
    for name, state in states(result):
        for item, values in arrays_of(state):
            table = "_".join((name, *item.metadata["dimensions"]))
            shape = " x ".join(map(str, values.shape))
            file = f"{table}.csv" if values.size and table in found else ""
            rows.append((name, item.name, item.metadata["unit"], " ".join(item.metadata["dimensions"]), shape, file))
    names = ("state", "array", "unit", "dimensions", "shape", "file")
    return tuple(Column(name, "", column) for name, column in zip(names, zip(*rows, strict=True), strict=True))


def _table(state: Any, dimensions: tuple[str, ...], group: list[tuple[Field[Any], NDArray[Any]]]) -> Table:
    shape = group[0][1].shape
    columns: dict[str, Column] = {}
    for axis, dimension in enumerate(dimensions):
        for column in _coordinates(state, dimension, shape[axis]):
            steps = [-1 if place == axis else 1 for place in range(len(shape))]
            whole = np.broadcast_to(np.reshape(np.asarray(column.values), steps), shape)
            columns[column.name] = Column(column.name, column.unit, whole.ravel().tolist())
    for item, values in group:
        columns.setdefault(item.name, Column(item.name, str(item.metadata["unit"]), values.ravel().tolist()))
    return tuple(columns.values())


def _coordinates(state: Any, dimension: str, size: int) -> list[Column]:
    """Return what places the points along a dimension."""
    found = []
    for name in COORDINATES.get(dimension, (dimension,)):
        item = next((item for item in fields(state) if item.name == name), None)
        values = getattr(state, name, ())
        if item is not None and len(values) == size:
            found.append(Column(name, str(item.metadata.get("unit", "")), values))
    return found or [Column(dimension, "1", range(size))]
