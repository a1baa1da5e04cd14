"""What a log holds beside measured points: empty columns, and currents that the source held at its limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.columns import Column, Columns
from halodot.errors import InputError, Problem

#: voltages closer than this (V) were meant to be the same
SAME_VOLTAGE = 1e-4
#: a current at the limit of its source differs by less, relative to it [1]
_HELD = 1e-3
#: points at the limit, and the share of the highest voltage that they span: an ohmic current would rise by as much
_HELD_POINTS, _HELD_SPAN = 3, 0.02
#: what is measured at the same time as the current
_WITH_CURRENT = ("luminance", "eqe")


def without_what_was_not_measured(table: Columns, reading: list[str]) -> Columns:
    """Return a table without empty columns, and without the points at which the source limited the current.

    Args:
        table: as it was read.
        reading: how it was read; what is left out is added.
    """
    return _below_the_limit(_without_empty(table, reading), reading)


def _without_empty(table: Columns, reading: list[str]) -> Columns:
    empty = [item.heading for item in table.columns if not np.any(np.isfinite(item.values))]
    if not empty:
        return table
    reading.append(f"nothing stands under {', '.join(map(repr, empty))}; left out")
    return replace(table, columns=tuple(item for item in table.columns if item.heading not in empty))


def _below_the_limit(table: Columns, reading: list[str]) -> Columns:
    """Return a table in which currents at the limit of the source, and what was measured with them, are no numbers."""
    voltages = table.all("voltage")
    changed: dict[int, Array] = {}
    for quantity in ("current_density", "current"):
        currents = table.all(quantity)
        for k, current in enumerate(currents):
            if len(voltages) not in (1, len(currents)):
                continue
            held = at_the_limit(voltages[k if len(voltages) > 1 else 0].values, current.values)
            if not np.any(held):
                continue
            reading.append(_said(current, held, voltages[k if len(voltages) > 1 else 0].values))
            for column in (current, *_beside(table, k, len(currents))):
                changed[id(column)] = np.where(held, np.nan, changed.get(id(column), column.values))
    columns = (replace(item, values=changed.get(id(item), item.values)) for item in table.columns)
    return replace(table, columns=tuple(columns)) if changed else table


def _said(current: Column, held: BoolArray, voltage: Array) -> str:
    return (
        f"{np.sum(held)} currents under {current.heading!r} from {voltage[held].min():.4g} V on are equal within "
        f"{100.0 * _HELD:.1g} %: taken for the limit of the source (compliance) and left out"
    )


def _beside(table: Columns, k: int, pixels: int) -> Iterable[Column]:
    """Yield what was measured with the current of a pixel."""
    for quantity in _WITH_CURRENT:
        found = table.all(quantity)
        if len(found) == pixels:
            yield found[k]


def at_the_limit(voltage: Array, current: Array) -> BoolArray:
    """Return at which points the source held the current: at the highest voltages, where it no longer changes.

    Args:
        voltage: [V], (point,).
        current: [A/m2] or [A], (point,).

    Returns:
        Whether a point is at the limit, (point,); none where fewer than three are, or where they span less than 2 %
        of the highest voltage.
    """
    size = np.abs(current)
    known = np.isfinite(voltage) & np.isfinite(size)
    if not np.any(known) or not size[known].max() > 0.0:
        return np.zeros(voltage.shape, dtype=bool)
    held = known & (size > (1.0 - _HELD) * size[known].max())
    first = np.abs(voltage[held]).min()
    above = known & (np.abs(voltage) > first - SAME_VOLTAGE)
    span = np.abs(voltage[held]).max() - first
    enough = np.sum(held) >= _HELD_POINTS and span > _HELD_SPAN * (first + span)
    return held if enough and np.array_equal(held, above) else np.zeros(voltage.shape, dtype=bool)


def of_all_pixels(table: Columns, columns: tuple[Column, ...], abscissa: str) -> Array:
    """Return the abscissa of the columns of a quantity, one after the other: one for all, or one for each.

    Args:
        table: as it was read.
        columns: of one quantity.
        abscissa: the quantity that they are measured at.

    Returns:
        [SI], (column x row,).

    Raises:
        InputError: there are several abscissae, and not one for each column.
    """
    found = table.all(abscissa)
    if len(found) == 1:
        return np.concatenate([found[0].values] * len(columns))
    if len(found) == len(columns):
        return np.concatenate([item.values for item in found])
    listed = ", ".join(repr(item.heading) for item in (*found, *columns))
    message = (
        f"which {abscissa.replace('_', ' ')} belongs to which column is not clear: {len(found)} and {len(columns)} of "
        f"{listed}; write one for all or one for each, or every pixel into a file of its own"
    )
    raise InputError(Problem(message, file=table.name))


def deviations(table: Columns, columns: tuple[Column, ...]) -> Array | None:
    """Return the stated standard deviations of the columns of a quantity, one after the other; None where none are.

    Args:
        table: as it was read.
        columns: of one quantity.

    Returns:
        [SI], (column x row,).

    Raises:
        InputError: there are several, and not one for each column.
    """
    stated = table.all(columns[0].quantity, deviation=True)
    if not stated:
        return None
    if len(stated) not in (1, len(columns)):
        message = (
            f"there are {len(stated)} columns of standard deviations for {len(columns)} of "
            f"{columns[0].quantity.replace('_', ' ')}; write one for all or one for each"
        )
        raise InputError(Problem(message, file=table.name))
    return np.concatenate([item.values for item in (stated if len(stated) > 1 else stated * len(columns))])
