"""Berkeley (NCEM) EMD: images and stacks of an electron microscope, HDF5.

Every group with the attribute ``emd_group_type`` 1 is a set of numbers: ``data``, and ``dim1``, ``dim2`` ... with the
places along each dimension, named by ``name`` and ``units``. The last dimension runs along the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from halodot.readers.formats._hdf5 import MARK, groups, members, numbers, opened
from halodot.readers.formats._images import ROWS_NOTE, checked_size, is_of, spelled
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values


def _sniff(file: RawFile) -> Match:
    known = file.data.startswith(MARK) and b"emd_group_type" in file.data
    return Match.SIGNATURE if known else Match.NO


def _read(file: RawFile) -> Recording:
    found: list[Curve] = []
    header: dict[str, str] = {}
    notes = [ROWS_NOTE]
    with opened(file) as root:
        for group in groups(root):
            for key, value in group.attrs.items():
                header[f"{group.name}: {key}"] = _text(value)[:500]
            if _text(group.attrs.get("emd_group_type", "")) in ("1", "array"):
                found.append(_curve(file, group, notes))
    if not found:
        raise file.refusal("there is no group with the attribute emd_group_type 1 and numbers")
    if len(found) == 1:
        found = [Curve(found[0].axes, found[0].signals)]
    frequencies = all("frequency" in curve.axes[-1].quantity for curve in found)
    kind = "diffraction_image" if frequencies else "micrograph"
    return Recording(kind, tuple(found), _settings(header), header, notes=tuple(dict.fromkeys(notes)))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip("\0 ")
    return str(value.item() if isinstance(value, np.ndarray) and value.size == 1 else value)


def _curve(file: RawFile, group: Any, notes: list[str]) -> Curve:
    parts = members(group)
    if "data" not in parts:
        raise file.refusal(f"{group.name} lacks its data")
    values = numbers(file, parts["data"], 3)
    checked_size(file, *values.shape)
    if values.dtype.kind == "c":
        values = np.abs(values)
        notes.append(f"{group.name} holds complex numbers; their modulus is given")
    start = 0 if "dim0" in parts else 1
    axes = []
    for place, count in enumerate(values.shape):
        dimension = parts.get(f"dim{place + start}")
        axes.append(_axis(file, dimension, count, values.ndim - 1 - place, notes))
    quantity = "image_intensity" if values.ndim > 1 else "intensity"
    return Curve(tuple(axes), (Values(quantity, values),), str(group.name).rpartition("/")[2])


def _axis(file: RawFile, dimension: Any, count: int, across: int, notes: list[str]) -> Values:
    """Return a dimension; ``across`` is 0 for the last one, along the rows."""
    name = ("x", "y", "frame")[across]
    unit, places = "", np.arange(count, dtype=float)
    if dimension is not None and dimension.shape and dimension.shape[0] in (2, count):
        unit = _text(dimension.attrs.get("units", "")).replace("[", "").replace("]", "").replace("_", "")
        given = numbers(file, dimension, 1).astype(float)
        places = given if len(given) == count else given[0] + (given[-1] - given[0]) * places
    plain, factor = spelled(unit)
    for si, quantity in (
        ("eV", "energy"),
        ("s", "time"),
        *((("m", f"{name}_position"), ("1/m", f"{name}_frequency")) if across < 2 else ()),
    ):
        if is_of(plain, si):
            return Values(quantity, places * factor, plain, heading=unit)
    if unit and plain != "1":
        notes.append(f"the unit {unit!r} of {name} is not known: pixels")
    return Values("frame" if across == 2 else f"{name}_pixel", np.arange(count), "1")


def _settings(header: dict[str, str]) -> dict[str, str | float]:
    """Return what the groups microscope, user and sample say in the usual words."""
    found: dict[str, str | float] = {}
    for key, value in header.items():
        place, _, name = key.partition(": ")
        if place == "/user" and name == "name":
            found["operator"] = value
        if place == "/sample" and name in ("material", "name"):
            found["sample"] = value
        if place == "/microscope" and name in ("name", "microscope name"):
            found["instrument"] = value
    return {word: text for word, text in found.items() if text}


READER = Reader("ncem_emd", "Berkeley (NCEM) EMD", _sniff, _read)
