"""HDF5 opened without trust: from memory, links within the file only, sizes checked before anything is read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.readers.raw_file import RawFile

MARK = b"\x89HDF\r\n\x1a\n"
#: bytes that one set of numbers may take
_LARGEST = 300_000_000
#: how deep and how many groups are looked into
_DEEPEST, _MOST_GROUPS = 12, 5000
#: bytes of a text that describes something
_LONGEST_TEXT = 1_000_000


@contextmanager
def opened(file: RawFile) -> Iterator[Any]:
    """Open a file for reading.

    Raises:
        DataError: it is damaged.
    """
    import h5py

    try:
        with h5py.File(io.BytesIO(file.data), "r") as found:
            yield found
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeError) as error:
        raise file.refusal(f"the HDF5 container is damaged or cut off ({str(error)[:150]})") from error


def members(group: Any) -> dict[str, Any]:
    """Return what a group holds itself; links out of it or out of the file are not followed."""
    import h5py

    found = {}
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.HardLink):
            found[str(name)] = group[name]
    return found


def groups(root: Any) -> Iterator[Any]:
    """Yield every group, none twice."""
    import h5py

    waiting = [(root, 0)]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_GROUPS:
        group, depth = waiting.pop(0)
        mark = h5py.h5o.get_info(group.id).addr
        if mark in seen or depth > _DEEPEST:
            continue
        seen.add(mark)
        yield group
        waiting += [(one, depth + 1) for one in members(group).values() if isinstance(one, h5py.Group)]


def numbers(file: RawFile, dataset: Any, most_dimensions: int = 4) -> NDArray[Any]:
    """Return the numbers of a set.

    Raises:
        DataError: they are too many, lie in another file, are no numbers, or take less room than their shape needs.
    """
    name = str(dataset.name)
    shape, kind = dataset.shape, dataset.dtype
    if shape is None or not (kind.kind in "biufc" or _is_pair(kind)) or not 0 < len(shape) <= most_dimensions:
        raise file.refusal(f"{name} holds {kind} of the shape {shape}; numbers were expected")
    if dataset.external or dataset.is_virtual:
        raise file.refusal(f"the numbers of {name} lie in another file, which is not followed")
    size = int(np.prod([int(side) for side in shape], dtype=object)) * kind.itemsize
    if not 0 < size <= _LARGEST:
        raise file.refusal(f"{name} of the shape {shape} takes {size} bytes; at most {_LARGEST} are read")
    stored = dataset.id.get_storage_size()
    if stored > len(file.data) or (dataset.compression is None and stored < size):
        raise file.refusal(f"{name} needs {size} bytes, but {stored} of them are stored")
    found = np.asarray(dataset[()])
    return found[kind.names[0]] + 1j * found[kind.names[1]] if _is_pair(kind) else found


def _is_pair(kind: np.dtype[Any]) -> bool:
    """Whether a type is a real and an imaginary part, as programs other than h5py name them."""
    names = kind.names or ()
    parts = len(names) == 2 and names[0].casefold().startswith("real") and names[1].casefold().startswith("imag")
    return parts and all(kind[name].kind == "f" for name in names)


def texts(group: Any) -> dict[str, dict[str, Any]]:
    """Return the objects of JSON that a group holds as one text each, by their names; what is none is left out."""
    import h5py

    found = {}
    for name, item in list(members(group).items())[:_MOST_GROUPS]:
        if not isinstance(item, h5py.Dataset) or item.shape != (1,) or item.external or item.is_virtual:
            continue
        if item.dtype.kind not in "OS" or item.dtype.itemsize > _LONGEST_TEXT:
            continue
        try:
            described = json.loads(item[0])
        except (ValueError, TypeError, RecursionError):
            continue
        if isinstance(described, dict):
            found[name] = described
    return found


def document(file: RawFile, data: NDArray[Any], what: str) -> dict[str, Any]:
    """Return an object that is stored as bytes of JSON, filled up with zeros.

    Raises:
        DataError: it is none.
    """
    text = data.astype(np.uint8).tobytes().partition(b"\0")[0]
    try:
        found = json.loads(text.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise file.refusal(f"{what} is no whole JSON document ({error})") from error
    if not isinstance(found, dict):
        raise file.refusal(f"{what} is no object of JSON")
    return found
