"""Frozen values to netCDF and back without loss: every array a named variable, everything else one JSON header.

A file says in which format and by which version it was written. Formats are numbered: a newer one is refused, an older
one is brought to the present one by :mod:`halodot.results.formats`. Within a format records may gain fields: those that
this version does not know are left out, those that the file does not have take their declared defaults, and both are
noted.
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from halodot import __version__
from halodot.errors import DataError
from halodot.outputs import write_bytes
from halodot.results.formats import FORMAT, brought_up
from halodot.states import Note

#: modules whose dataclasses a file may name; nothing else is ever built from a file
_MODULES = (
    "halodot.states",
    "halodot.device.solver.settings",
    "halodot.sources",
    "halodot.study",
    "halodot.flask.parameters",
    "halodot.perovskite.parameters",
    "halodot.dots.parameters",
    "halodot.film.parameters",
    "halodot.ageing.parameters",
    "halodot.results.data",
)
#: letters of a key that stand for themselves in a path; "/" divides it and "%" marks the others
_PLAIN = " !#$&'()*+,:;=?@[]^{|}<>\"`~\\"
#: what netCDF puts before a variable that bears the name of a dimension of another length
_MARK = "_nc4_non_coord_"
Arrays = dict[str, tuple[NDArray[Any], tuple[str, ...], str]]


def _classes() -> dict[str, type]:
    found: dict[str, type] = {}
    for module in map(import_module, _MODULES):
        found |= {name: item for name, item in vars(module).items() if isinstance(item, type) and is_dataclass(item)}
    return found


# -------------------------------------------------------------------------------------------------------------- writing


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
        return {"map": {str(key): encode(item, f"{path}/{_part(key)}", arrays) for key, item in value.items()}}
    if isinstance(value, tuple | list):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [encode(item, f"{path}/{index}", arrays) for index, item in enumerate(value)]}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _part(key: object) -> str:
    """Return a key as one part of a path, no two keys as the same."""
    text = str(key)
    if not text.strip("."):  # "" and "." are no names, and ".." leads elsewhere
        return "%" + text.replace(".", "%2E")
    if text.isprintable():
        return text.replace("%", "%25").replace("/", "%2F")
    return quote(text, safe=_PLAIN, errors="surrogatepass")


def save(value: Any, path: str | os.PathLike[str], attributes: Mapping[str, str]) -> None:
    """Write a value to a netCDF file, atomically.

    Args:
        value: anything :func:`encode` takes.
        path: the file, replaced if it exists.
        attributes: texts for the file's root.
    """
    arrays: Arrays = {}
    header = json.dumps(encode(value, "/values" if isinstance(value, np.ndarray) else "", arrays))
    known = {name: _plain(text) for name, text in attributes.items()}
    content = _netcdf(arrays, {"format": FORMAT, "halodot": __version__, "header": header, **known})
    write_bytes(Path(path), content)


def _plain(text: str) -> str:
    """Return a text without what HDF5 cannot keep: NUL, and halves of letters that come from the names of files."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()


def _netcdf(arrays: Arrays, attributes: Mapping[str, Any]) -> bytes:
    """Return arrays by their path as a netCDF file, made in memory: HDF5 crashes where a disk is full."""
    import h5netcdf

    stream = io.BytesIO()
    with h5netcdf.File(stream, "w") as file:
        file.attrs.update(attributes)
        groups = {"": file}
        for name, (data, dimensions, unit) in arrays.items():
            parent, leaf = name.rsplit("/", 1)
            if parent not in groups:
                groups[parent] = file.create_group(parent) if parent not in file else file[parent]
            group = groups[parent]
            sizes = dict(zip(dimensions, data.shape))
            if any(axis in group.dimensions and len(group.dimensions[axis]) != size for axis, size in sizes.items()):
                dimensions = tuple(f"{leaf}_{axis}" for axis in range(data.ndim))
                sizes = dict(zip(dimensions, data.shape))
            for axis in sizes.keys() - group.dimensions.keys():
                group.dimensions[axis] = sizes[axis]
            plain = data.astype(np.int8) if data.dtype == bool else data
            variable = group.create_variable(leaf, dimensions, data=plain)
            variable.attrs["units"] = unit
            if data.dtype == bool:
                variable.attrs["dtype"] = "bool"  # as xarray marks it
    return stream.getvalue()


# -------------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class Stored:
    """What a file held, and what was left out or filled in because another version wrote it."""

    value: Any
    version: str
    notes: tuple[Note, ...] = ()


def load(path: str | os.PathLike[str]) -> Any:
    """Read a value back from the netCDF file that :func:`save` wrote, whatever version did.

    Raises:
        DataError: as :func:`read`.
    """
    return read(path).value


def read(path: str | os.PathLike[str]) -> Stored:
    """Read a value, the version that wrote it, and how that version differs.

    Raises:
        DataError: the file is absent, damaged, not written by halodot, or of a newer format.
    """
    attributes, arrays = _read(Path(path))
    version = str(attributes.get("halodot", "an unknown version"))
    number = _format(path, attributes, version)
    try:
        header = brought_up(json.loads(attributes["header"]), number, version)
        decoder = _Decoder(arrays, _classes(), version)
        value = decoder.decode(header, "")
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataError(
            f"{path}: this result file of halodot {version} is damaged ({type(error).__name__}: {error}); "
            "compute it again, or open its results.json"
        ) from error
    return Stored(value, version, tuple(decoder.notes()))


def _format(path: str | os.PathLike[str], attributes: Mapping[str, Any], version: str) -> int:
    """Return the number of a file's format, if this version reads it."""
    number = attributes.get("format")
    if "header" not in attributes or not isinstance(number, int | np.integer):
        raise DataError(f"{path}: this netCDF file was not written by halodot (it has no header of it)")
    if not 1 <= number <= FORMAT:
        raise DataError(
            f"{path}: halodot {version} wrote this file in format {number}, and this is halodot {__version__}, which "
            f"reads formats 1 to {FORMAT}; install halodot {version} or a newer one, or open its results.json"
        )
    return int(number)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return a netCDF file's attributes and arrays."""
    import h5py

    try:
        content = path.read_bytes()
    except OSError as error:
        step = "; name a results.nc, or the folder of a run (halodot run ... --out FOLDER)" if not path.exists() else ""
        raise DataError(f"{path}: cannot be read ({error.strerror}){step}") from error
    if content[:4] != b"\x89HDF":
        raise DataError(f"{path}: is no result of halodot, which is a netCDF-4 file (results.nc)")
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return {name: _scalar(value) for name, value in file.attrs.items()}, dict(_arrays(file))
    except Exception as error:  # of a damaged file HDF5 complains in a dozen classes
        raise DataError(f"{path}: this netCDF file is cut short or damaged ({error})") from error


def _scalar(value: Any) -> Any:
    """Return an attribute, of which netCDF may keep a single number as an array."""
    return value.reshape(-1)[0] if isinstance(value, np.ndarray) and value.size == 1 else value


def _arrays(group: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give the arrays of a group by their paths; a variable that bears the name of a dimension has a mark before it."""
    for name in sorted(group, key=lambda name: name.startswith(_MARK)):  # marked ones last, to stand before dimensions
        item = group[name]
        if hasattr(item, "items"):
            yield from _arrays(item)
        else:
            values = np.asarray(item[...])
            path = f"{group.name.rstrip('/')}/{name.removeprefix(_MARK)}"
            yield path, values.astype(bool) if item.attrs.get("dtype") == "bool" else values


@dataclass
class _Decoder:
    """Builds a value from JSON and arrays, and remembers where its records differ from those of this version."""

    arrays: Mapping[str, NDArray[Any]]
    classes: Mapping[str, type]
    version: str = __version__
    left_out: dict[str, None] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)

    def decode(self, value: Any, path: str) -> Any:
        """Return the value that :func:`encode` turned into JSON and arrays."""
        if not isinstance(value, dict):
            return value
        if "array" in value:
            return self.arrays[value["array"]]
        if "type" in value:
            return self._record(value["type"], value["fields"], path)
        if "map" in value:
            return {key: self.decode(item, f"{path}/{key}") for key, item in value["map"].items()}
        if "tuple" in value:
            return tuple(self.decode(item, path) for item in value["tuple"])
        return [self.decode(item, path) for item in value["list"]]

    def _record(self, name: str, written: Mapping[str, Any], path: str) -> Any:
        if name not in self.classes:
            raise DataError(
                f"holds a {name!r}, which halodot {self.version} wrote and this version ({__version__}) does not know; "
                f"install halodot {self.version}, or open its results.json"
            )
        known = {item.name: item for item in fields(self.classes[name])}
        self.left_out |= dict.fromkeys(f"{name}.{key}" for key in written if key not in known)
        for key, item in known.items():
            if key not in written:
                self.filled[f"{name}.{key}"] = self._default(item, name)
        inner = {key: self.decode(item, f"{path}/{key}") for key, item in written.items() if key in known}
        for key, value in inner.items():
            former = known[key].metadata.get("former", {})
            inner[key] = former.get(value, value) if former else value
        return self.classes[name](**inner)

    def _default(self, item: Field[Any], name: str) -> Any:
        if item.default is not MISSING:
            return item.default
        if item.default_factory is not MISSING:
            return item.default_factory()
        raise DataError(
            f"halodot {self.version} wrote a {name} without {item.name!r}, which this version ({__version__}) needs; "
            f"install halodot {self.version}, or compute the result again"
        )

    def notes(self) -> Iterator[Note]:
        """Yield a note on each difference between the versions."""
        writer = f"{'another build of ' if self.version == __version__ else ''}halodot {self.version}"
        if self.left_out:
            yield Note(
                "not followed",
                f"This result was written by {writer}, and this version ({__version__}) does not know "
                f"{_listed(self.left_out)}, which is left out; open the file with {writer} to see it.",
            )
        defaults = [f"{name} = {value}" for name, value in self.filled.items() if _is_stated(value)]
        if defaults:
            yield Note(
                "assumed",
                f"This result was written by {writer}, which did not know {_listed(defaults)}; these are the defaults "
                f"of this version ({__version__}), and the states are as they were computed.",
            )


def decode(value: Any, arrays: Mapping[str, NDArray[Any]], classes: Mapping[str, type]) -> Any:
    """Return the value that :func:`encode` turned into JSON and arrays, in this version."""
    return _Decoder(arrays, classes).decode(value, "")


def _is_stated(value: Any) -> bool:
    """Whether a default is a value, and not the mark of something that a record does not have."""
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, bool | int) or (isinstance(value, str) and value != "")


def _listed(names: Any, most: int = 6) -> str:
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
