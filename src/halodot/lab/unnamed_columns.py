"""Curves in files without headings, where the part that the file plays says what its two columns are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.lab.signals import Signal, quantity_of

if TYPE_CHECKING:
    import xarray

#: wavelengths in nm between which optical spectra lie
_NANOMETRES = (150.0, 3000.0)
_FEWEST = 5


def two_columns(data: xarray.Dataset) -> tuple[Array, Array] | None:
    """Return the first two columns of a table whose columns the file does not name, the first rising; else None.

    Args:
        data: as `halodot.read` returns it.
    """
    if data.attrs.get("kind") != "table":
        return None
    columns = [item for item in data.data_vars.values() if item.ndim == 1 and quantity_of(item) == "number"]
    if len(columns) < 2 or len(columns) != len(data.data_vars):
        return None
    first, second = (item.values.astype(float) for item in columns[:2])
    kept = np.isfinite(first) & np.isfinite(second)
    order = np.argsort(first[kept], kind="stable")
    x, y = first[kept][order], second[kept][order]
    return (x, y) if x.size >= _FEWEST and np.all(np.diff(x) > 0.0) else None


def unnamed_spectrum(data: xarray.Dataset, quantity: str) -> Signal | None:
    """Return two unnamed columns as a quantity against wavelength in nm, None where the first can be none.

    Args:
        data: as `halodot.read` returns it.
        quantity: of the second column.
    """
    found = two_columns(data)
    if found is None or not (_NANOMETRES[0] <= found[0][0] and found[0][-1] <= _NANOMETRES[1]):
        return None
    return Signal(found[0] * 1e-9, found[1], "wavelength", quantity, "column_2")


def unnamed_pattern(data: xarray.Dataset) -> Signal | None:
    """Return two unnamed columns as intensity against angle in degrees, None where the first can be none.

    Args:
        data: as `halodot.read` returns it.
    """
    found = two_columns(data)
    if found is None or found[0][0] < -90.0 or not 30.0 <= found[0][-1] <= 90.0 or found[0][0] > 15.0:
        return None
    return Signal(np.radians(found[0]), found[1], "angle", "intensity", "column_2")
