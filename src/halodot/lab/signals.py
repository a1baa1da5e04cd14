"""The curves of a measurement as arrays, whatever the instrument called and ordered them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.readers.dataset import curves

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False)
class Signal:
    """One signal against one axis, in SI, the axis rising."""

    x: Array
    y: Array
    x_quantity: str  # of `halodot.names.QUANTITIES`
    y_quantity: str
    name: str  # of the variable
    label: str = ""  # of the curve


def signals(data: xarray.Dataset, axes: Sequence[str], quantities: Sequence[str]) -> tuple[Signal, ...]:
    """Return the curves of a measurement that have one of some axes and one of some quantities.

    Args:
        data: as `halodot.read` returns it.
        axes: quantities of the axis that are taken.
        quantities: of the signal, the preferred first: of each curve the first that it has is taken.

    Returns:
        One for each curve that has them, points without a number left out, the axis rising.
    """
    if not _may_hold(data, axes, quantities):
        return ()
    found = []
    for one in curves(data):
        place = next((item for wanted in quantities for item in one.values() if _is(item, wanted, axes)), None)
        if place is not None:
            found.append(_signal(place, str(one.attrs.get("curve", ""))))
    return tuple(found)


def signal(data: xarray.Dataset, axes: Sequence[str], quantities: Sequence[str]) -> Signal:
    """Return the one curve of a measurement that has one of some axes and one of some quantities.

    Raises:
        DataError: there is none, or there are several.
    """
    found = signals(data, axes, quantities)
    if len(found) != 1:
        what = f"{' or '.join(quantities)} against {' or '.join(axes)}"
        there = ", ".join(map(str, data.data_vars))
        raise DataError(
            f"{data.attrs.get('file', 'the measurement')}: {len(found) or 'no'} curves of {what}; there are {there}"
        )
    return found[0]


def quantity_of(item: xarray.DataArray) -> str:
    """Return which quantity a variable is."""
    return str(item.attrs.get("quantity", item.name))


def _may_hold(data: xarray.Dataset, axes: Sequence[str], quantities: Sequence[str]) -> bool:
    """Whether any variable has one of the quantities and any one of the axes; taking curves apart costs far more."""
    there = {str(variable.attrs.get("quantity", name)) for name, variable in data.variables.items()}
    return not there.isdisjoint(axes) and not there.isdisjoint(quantities)


def _is(item: xarray.DataArray, wanted: str, axes: Sequence[str]) -> bool:
    return item.ndim == 1 and quantity_of(item) == wanted and quantity_of(item[item.dims[0]]) in axes


def _signal(item: xarray.DataArray, label: str) -> Signal:
    axis = item[item.dims[0]]
    x, y = axis.values.astype(float), item.values.astype(float)
    kept = np.isfinite(x) & np.isfinite(y)
    order = np.argsort(x[kept], kind="stable")
    return Signal(x[kept][order], y[kept][order], quantity_of(axis), quantity_of(item), str(item.name), label)


def within(item: Signal, low: float, high: float) -> Signal:
    """Return the part of a signal between two places of its axis, both included."""
    kept = (item.x >= low) & (item.x <= high)
    return Signal(item.x[kept], item.y[kept], item.x_quantity, item.y_quantity, item.name, item.label)
