"""Frozen values to netCDF and back without loss: every array a named variable, everything else one JSON header."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError

#: modules whose dataclasses a file may name; nothing else is ever built from a file
_MODULES = (
    "halodot.states",
    "halodot.sources",
    "halodot.study",
    "halodot.flask.parameters",
    "halodot.dots.parameters",
    "halodot.film.parameters",
    "halodot.ageing.parameters",
    "halodot.result",
)
_FORMAT = 1
Arrays = dict[str, tuple[NDArray[Any], tuple[str, ...], str]]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write that takes the place of ``path`` when it is whole, and leaves nothing when it is not."""
    handle, name = tempfile.mkstemp(suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _classes() -> dict[str, type]:
    found: dict[str, type] = {}
    for module in map(import_module, _MODULES):
        found |= {name: item for name, item in vars(module).items() if isinstance(item, type) and is_dataclass(item)}
    return found


def encode(value: Any, path: str, arrays: Arrays, metadata: Mapping[str, Any] | None = None) -> Any:
    """Return ``value`` as JSON, moving its arrays to ``arrays`` under their path.

    Args:
        value: a dataclass, mapping, sequence, array, number, text, truth value or None, nested to any depth.
        path: name of the value in the file, parts separated by "/".
        arrays: receives path -> (array, dimension names, unit).
        metadata: the dataclass field's metadata, where it is one.
    """
    if isinstance(value, np.ndarray):
        named = tuple((metadata or {}).get("dimensions", ()))
        fits = len(named) == value.ndim and value.size > 0
        leaf = path.rsplit("/", 1)[-1]
        dimensions = named if fits else tuple(f"{leaf}_{axis}" for axis in range(value.ndim))
        arrays[path] = (value, dimensions, str((metadata or {}).get("unit", "")))
        return {"array": path}
    if is_dataclass(value) and not isinstance(value, type):
        inner = {f.name: encode(getattr(value, f.name), f"{path}/{f.name}", arrays, f.metadata) for f in fields(value)}
        return {"type": type(value).__name__, "fields": inner}
    if isinstance(value, Mapping):
        return {"map": {str(key): encode(item, f"{path}/{_safe(key)}", arrays) for key, item in value.items()}}
    if isinstance(value, tuple | list):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [encode(item, f"{path}/{index}", arrays) for index, item in enumerate(value)]}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _safe(key: object) -> str:
    return str(key).replace("/", "|")


def decode(value: Any, arrays: Mapping[str, NDArray[Any]], classes: Mapping[str, type]) -> Any:
    """Return the value that :func:`encode` turned into JSON and arrays."""
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "type" in value:
        if value["type"] not in classes:
            raise DataError(f"the file holds a {value['type']!r}, which this version of halodot does not know")
        inner = {name: decode(item, arrays, classes) for name, item in value["fields"].items()}
        return classes[value["type"]](**inner)
    if "map" in value:
        return {key: decode(item, arrays, classes) for key, item in value["map"].items()}
    if "tuple" in value:
        return tuple(decode(item, arrays, classes) for item in value["tuple"])
    return [decode(item, arrays, classes) for item in value["list"]]


def save(value: Any, path: str | os.PathLike[str], attributes: Mapping[str, str]) -> None:
    """Write a value to a netCDF file, atomically.

    Args:
        value: anything :func:`encode` takes.
        path: the file, replaced if it exists.
        attributes: texts for the file's root, such as the version.
    """
    import xarray

    arrays: Arrays = {}
    header = json.dumps(encode(value, "", arrays))
    groups: dict[str, dict[str, Any]] = {"/": {}}
    for name, (data, dimensions, unit) in arrays.items():
        group, leaf = name.rsplit("/", 1)
        groups.setdefault(group or "/", {})[leaf] = (dimensions, data, {"units": unit})
    tree = xarray.DataTree.from_dict({group: xarray.Dataset(variables) for group, variables in groups.items()})
    tree.attrs = {"format": _FORMAT, "header": header, **attributes}
    with replacing(Path(path)) as temporary:
        tree.to_netcdf(temporary, engine="h5netcdf")


def load(path: str | os.PathLike[str]) -> Any:
    """Read a value back from the netCDF file that :func:`save` wrote.

    Raises:
        DataError: the file is absent, is no netCDF file, or was not written by halodot.
    """
    import xarray

    try:
        with xarray.open_datatree(path, engine="h5netcdf", decode_times=False, decode_timedelta=False) as tree:
            if "header" not in tree.attrs or int(tree.attrs.get("format", -1)) != _FORMAT:
                raise DataError(f"{path}: this netCDF file was not written by this version of halodot")
            header = json.loads(tree.attrs["header"])
            arrays = _arrays(tree)
    except OSError as error:
        raise DataError(f"{path}: cannot be read as a result file ({error})") from error
    return decode(header, arrays, _classes())


def _arrays(tree: Any) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for node in tree.subtree:
        prefix = "" if node.path == "/" else node.path
        for name in node.to_dataset(inherit=False).variables:
            found[f"{prefix}/{name}"] = np.array(node[name].values)
    return found
