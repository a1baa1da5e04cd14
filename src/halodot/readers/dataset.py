"""From what a reader returns to an xarray Dataset in SI with standard names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halodot.errors import InputError
from halodot.names import QUANTITIES
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import METADATA, Curve, Reader, Recording, Values
from halodot.units import to_si

if TYPE_CHECKING:
    import xarray


def dataset(recording: Recording, file: RawFile, reader: Reader) -> xarray.Dataset:
    """Return a recording as a Dataset.

    Args:
        recording: what the file holds.
        file: the file.
        reader: that read it.

    Returns:
        A variable for each signal, in SI. Curves that share their axes and signals stand along a dimension ``curve``;
        otherwise variables and axes of the second curve on end in ``_2``, ``_3``.
    """
    import xarray

    if len(recording.curves) == 1:
        variables = _variables(recording.curves[0])
    elif _alike(recording.curves):
        variables = _along_curves(recording.curves)
    else:
        variables = {}
        for number, curve in enumerate(recording.curves, 1):
            variables |= _variables(curve, f"_{number}")
    axes = {variable.dims[0] for variable in variables.values() if variable.attrs.pop("axis_of", False)}
    coordinates = {name: variables.pop(name) for name in list(variables) if name in axes}
    found = xarray.Dataset(variables, coordinates)
    found.attrs = _attributes(recording, file, reader)
    return found


def _attributes(recording: Recording, file: RawFile, reader: Reader) -> dict[str, Any]:
    shared = dict(recording.metadata)
    if len(recording.curves) == 1:
        shared |= recording.curves[0].metadata
    return {
        "kind": recording.kind,
        "file": file.name,
        "sha256": file.sha256,
        "reader": reader.name,
        "format": reader.title,
        **shared,
        "warnings": "\n".join(recording.warnings),
        "notes": "\n".join(recording.notes),
        "header": json.dumps(dict(recording.header), ensure_ascii=False),
    }


def _variables(curve: Curve, suffix: str = "") -> dict[str, Any]:
    """Return axes and signals of one curve as xarray variables."""
    import xarray

    names = tuple(_name(axis) + suffix for axis in curve.axes)
    found: dict[str, Any] = {}
    for name, axis in zip(names, curve.axes):
        found[name] = xarray.Variable((name,), in_si(axis), _described(axis) | {"axis_of": True})
    for signal in curve.signals:
        own = {"curve": curve.label, **curve.metadata} if suffix else ({"curve": curve.label} if curve.label else {})
        found[_name(signal) + suffix] = xarray.Variable(names, in_si(signal), _described(signal) | own)
    return found


def _along_curves(curves: Sequence[Curve]) -> dict[str, Any]:
    """Return curves on the same axes, stacked along a dimension ``curve``."""
    import xarray

    first = curves[0]
    found = {name: value for name, value in _variables(first).items() if value.attrs.get("axis_of")}
    counted = Counter(curve.label for curve in curves)
    labels = [
        curve.label if curve.label and counted[curve.label] == 1 else f"{curve.label} {number}".strip()
        for number, curve in enumerate(curves, 1)
    ]
    found["curve"] = xarray.Variable(("curve",), np.array(labels, dtype=str), {"axis_of": True})
    dims = ("curve", *(_name(axis) for axis in first.axes))
    for place, signal in enumerate(first.signals):
        values = np.stack([in_si(curve.signals[place]) for curve in curves])
        found[_name(signal)] = xarray.Variable(dims, values, _described(signal))
    for key in {key for curve in curves for key in curve.metadata}:
        missing = np.nan if METADATA[key][0] else ""  # a number, or a text
        values = np.array([curve.metadata.get(key, missing) for curve in curves])
        found[f"curve_{key}"] = xarray.Variable(("curve",), values)
    return found


def _alike(curves: Sequence[Curve]) -> bool:
    """Whether curves have the same axes and the same signals."""
    first = curves[0]
    return all(
        [_name(item) for item in curve.axes + curve.signals] == [_name(item) for item in first.axes + first.signals]
        and all(item.unit == other.unit for item, other in zip(curve.signals, first.signals))
        and all(
            item.unit == other.unit and np.array_equal(item.values, other.values)
            for item, other in zip(curve.axes, first.axes)
        )
        for curve in curves[1:]
    )


def _name(values: Values) -> str:
    return values.name or values.quantity


def _described(values: Values) -> dict[str, Any]:
    quantity = QUANTITIES[values.quantity]
    found = {"units": quantity.unit, "long_name": quantity.label, "quantity": values.quantity}
    found["unit_of_file"] = values.unit
    return found | ({"heading": values.heading} if values.heading else {})


def conversion(unit: str, quantity: str) -> tuple[float, float, float]:
    """Return how numbers of a unit become SI: ``number * factor / divisor + zero``.

    Args:
        unit: of the numbers.
        quantity: a name of `halodot.names.QUANTITIES`.

    Raises:
        InputError: the unit is unknown or measures something else.
    """
    si = QUANTITIES[quantity].unit
    if unit in ("1", "", si):
        if si not in ("1", unit):
            raise InputError(f"{quantity} has no unit in the file; it is measured in {si}")
        return 1.0, 1.0, 0.0
    zero = to_si(f"0 {unit}", si)
    factor = to_si(f"1 {unit}", si) - zero
    inverse = round(1.0 / factor) if 0.0 < factor < 0.5 else 0
    if inverse and abs(inverse * factor - 1.0) < 1e-12:
        return 1.0, float(inverse), zero  # 600 nm are 6e-7 m, not a neighbour of it
    return factor, 1.0, zero


def in_si(values: Values) -> NDArray[Any]:
    """Return the numbers of a quantity in SI; whole numbers stay whole where the unit is 1."""
    factor, divisor, zero = conversion(values.unit, values.quantity)
    numbers = np.asarray(values.values)
    if (factor, divisor, zero) == (1.0, 1.0, 0.0):
        return numbers
    return np.asarray(numbers.astype(float) * factor / divisor + zero)


# ----------------------------------------------------------------------------------------------------------- for others


def curves(data: xarray.Dataset) -> list[xarray.Dataset]:
    """Return every curve of a Dataset that was read, each with plain names.

    Args:
        data: as `read` returns it.
    """
    if "curve" in data.dims:
        return [_one_of(data, place) for place in range(data.sizes["curve"])]
    numbered = _numbered(data)
    if not numbered:
        return [data]
    found = []
    for number, names in sorted(numbered.items()):
        found.append(data[names].rename({name: name[: -len(f"_{number}")] for name in names}))
    for one in found:
        first = next(iter(one.data_vars.values()))
        plain = ("units", "long_name", "quantity", "unit_of_file", "heading")
        one.attrs = dict(data.attrs) | {key: value for key, value in first.attrs.items() if key not in plain}
    return found


def _one_of(data: xarray.Dataset, place: int) -> xarray.Dataset:
    one = data.isel(curve=place)
    label = str(one["curve"].values)
    per_curve = {
        str(name).removeprefix("curve_"): one[name].item() for name in data.variables if str(name).startswith("curve_")
    }
    found = one.drop_vars(["curve", *(f"curve_{key}" for key in per_curve)])
    stated = {key: value for key, value in per_curve.items() if (value and value == value) or value == 0.0}
    found.attrs = dict(data.attrs) | stated | {"curve": label}
    return found


def _numbered(data: xarray.Dataset) -> dict[int, list[str]]:
    """Return the variables of each curve by its number, nothing where the file has one curve."""
    variables = {str(name): variable for name, variable in data.variables.items()}
    own = {name for name, variable in variables.items() if "curve" in variable.attrs}
    axes = {str(dimension) for name in own & set(map(str, data.data_vars)) for dimension in variables[name].dims}
    numbered = own | axes
    found: dict[int, list[str]] = {}
    for name in variables:
        stem, _, tail = name.rpartition("_")
        if stem and tail.isdigit() and int(tail) and name in numbered:
            found.setdefault(int(tail), []).append(name)
        elif name in own:
            return {}  # one curve; a name like intensity_2 is its second signal
    return found


def in_units_of_file(data: xarray.Dataset) -> xarray.Dataset:
    """Return a Dataset with its numbers in the units in which the file has them.

    Args:
        data: as `read` returns it.
    """
    found = data.copy()
    for name, variable in data.variables.items():
        attributes: Mapping[str, Any] = variable.attrs
        if "unit_of_file" not in attributes:
            continue
        factor, divisor, zero = conversion(attributes["unit_of_file"], attributes["quantity"])
        if (factor, divisor, zero) == (1.0, 1.0, 0.0):
            continue
        numbers = (variable.values - zero) * divisor / factor
        changed = variable.copy(data=numbers)
        changed.attrs = dict(attributes) | {"units": attributes["unit_of_file"]}
        found = found.assign_coords({name: changed}) if name in data.coords else found.assign({name: changed})
    return found
