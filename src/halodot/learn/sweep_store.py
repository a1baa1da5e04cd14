"""One store of a large sweep, which xarray opens: every number of the summary by point, with its unit.

What is computed lands in the group ``points``, one chunk of a few points at a time: numbers, roles, failures, curves,
and last the status, which says that the chunk is whole. The variables that xarray shows are drawn together from it in
large chunks, or there would be a file for each number of every few points.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.learn.sweep_design import Design
from halodot.learn.sweep_values import SweptInput
from halodot.names import QUANTITIES as NAMES
from halodot.outputs import claimed
from halodot.results.summary import QUANTITIES
from halodot.stopping import unfinished

FORMAT = 1
Flags = NDArray[np.int8]
NOT_COMPUTED, COMPUTED, FAILED = 0, 1, 2
STATUS = ("not_computed", "computed", "failed")
ROLES = ("none", "given", "calibrated", "predicted", "checked")
NUMBERS = tuple(QUANTITIES)
#: curves that are kept where they are asked for: dimensions beside the point, unit, label
CURVES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "voltage": (("bias",), "V", "Voltage"),
    "current_density": (("bias",), "A/m2", "Current density"),
    "luminance": (("bias",), "cd/m2", "Luminance"),
    "eqe": (("bias",), "1", "External quantum efficiency"),
    "wavelength": (("sample",), "m", "Wavelength"),
    "el": (("bias", "sample"), "1/m2/s/m", "Photons into air per unit wavelength"),
}
#: points in a chunk of what xarray shows
_SHOWN_CHUNK = 4096
#: attribute by which a store of a sweep is known, with the number of its format
_MARK = "halodot_sweep"
#: what of the versions makes numbers that are not to be mixed
_COMPARED = ("halodot", "commit")


@dataclass(frozen=True)
class Layout:
    """Sizes of a store."""

    points: int
    chunk: int  # points that one task computes
    bias: int = 0  # room for voltages and wavelengths of a point; 0 where no curves are kept
    samples: int = 0

    @property
    def sizes(self) -> Mapping[str, int]:
        """Length of every dimension of the curves."""
        return {"bias": self.bias, "sample": self.samples}


@dataclass(frozen=True, eq=False)
class Identity:
    """What a store is the sweep of."""

    title: str
    study: str  # as YAML
    design: Design
    keys: tuple[str, ...]  # by point, of its inputs and the version
    curves: bool
    versions: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Rows:
    """Numbers of some points in a row, the first axis of everything."""

    numbers: Array  # (point, number), in SI
    roles: Flags  # (point, number), places in ROLES
    seconds: Array  # (point,)
    failures: tuple[str, ...]
    status: Flags  # (point,)
    curves: Mapping[str, Array] = field(default_factory=dict)


def empty_rows(points: int) -> Rows:
    """Return the rows of points that are not computed."""
    width = len(NUMBERS)
    numbers, roles = np.full((points, width), np.nan), np.zeros((points, width), np.int8)
    return Rows(numbers, roles, np.full(points, np.nan), ("",) * points, np.zeros(points, np.int8))


# -------------------------------------------------------------------------------------------------------------- opening


@contextmanager
def claimed_store(path: Path) -> Iterator[None]:
    """Hold a store for one run, until the block ends or the process does.

    Raises:
        InputError: another run holds it, or nothing can be written there.
    """
    home = path.resolve()
    if not home.parent.is_dir():
        raise InputError(Problem("the folder of this store does not exist", file=str(path)))
    with claimed(home.parent / f".{home.name}.halodot-claim", home):
        yield


def stored_layout(path: Path, wanted: Identity) -> Layout | None:
    """Return the sizes of a store that holds the wanted sweep, None where there is no store yet.

    Raises:
        InputError: what is there is no store of a sweep, that of another version, or that of another sweep.
    """
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    about = _about(path)
    if about.get(_MARK) != FORMAT:
        message = f"is a store of format {about[_MARK]}, and this version reads {FORMAT}; name another store"
        raise InputError(Problem(message, file=str(path)))
    by = json.loads(about["versions"])
    if [by.get(name) for name in _COMPARED] != [wanted.versions.get(name) for name in _COMPARED]:
        one, other = (_version(found) for found in (by, wanted.versions))
        message = f"was begun by {one}, and this is {other}; go on with the former, or name another store"
        raise InputError(Problem(message, file=str(path)))
    layout = _layout(path)
    if about["title"] != wanted.title or bool(layout.bias) != wanted.curves or _keys(path) != wanted.keys:
        message = (
            f"holds another sweep ({about['title']}: {about['design']} over {about['varied']}); name another store, or "
            "repeat that sweep with the same study, values and options to go on with it"
        )
        raise InputError(Problem(message, file=str(path)))
    return layout


def remove_store(path: Path) -> None:
    """Remove a store of a sweep, and nothing else.

    Raises:
        InputError: it is none, or another run is writing into it.
    """
    if path.exists():
        _about(path)
        with claimed_store(path):
            shutil.rmtree(path)


def about_store(path: Path) -> Mapping[str, Any]:
    """Return what a store says of itself.

    Raises:
        InputError: it is no store of a sweep.
    """
    return _about(path)


def _about(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"]
        if _MARK in found:
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise InputError(Problem("is no store of a sweep; name another", file=str(path)))


def _keys(path: Path) -> tuple[str, ...]:
    return tuple(map(str, _array(path, "key")[:]))


def _layout(path: Path) -> Layout:
    """Return the sizes of a store, which stand in its arrays: they differ with how fast a machine is."""
    status = _array(path, "points/status")
    bias, samples = _array(path, "el").shape[1:] if (path / "el").is_dir() else (0, 0)
    return Layout(status.shape[0], status.chunks[0], bias, samples)


def _version(found: Mapping[str, str]) -> str:
    commit = found.get("commit", "unknown")
    return f"halodot {found.get('halodot')}" + ("" if commit == "unknown" else f" (commit {commit[:12]})")


# ------------------------------------------------------------------------------------------------------------- creating


def create_store(path: Path, identity: Identity, layout: Layout) -> None:
    """Make a store of points that are not computed, whole or not at all."""
    home = path.resolve()
    new = home.with_name(f".{home.name}.halodot-new")

    def remove() -> None:
        shutil.rmtree(new, ignore_errors=True)

    remove()
    try:
        with unfinished(remove):
            _fill(new, identity, layout)
            if home.is_dir():
                home.rmdir()
            new.rename(home)
    finally:
        remove()


def _fill(new: Path, identity: Identity, layout: Layout) -> None:
    """Make every array of a store."""
    import zarr

    root = zarr.open_group(str(new), mode="w")
    names = variable_names(identity.design)
    root.attrs.update(_attributes(identity, names))
    _write_inputs(root, identity, names)
    shown: dict[str, Any] = {
        "shape": (layout.points,),
        "chunks": (min(layout.points, _SHOWN_CHUNK),),
        "dimension_names": ("point",),
    }
    for name in NUMBERS:
        about: dict[str, Any] = {
            "units": QUANTITIES[name].unit,
            "long_name": NAMES[name].label,
            "ancillary_variables": "role",
        }
        root.create_array(name, dtype="f8", fill_value=np.nan, attributes=about, **shown)
    _create_states(root, layout, shown)
    if layout.bias:
        _create_curves(root, layout)
    _create_pieces(root.create_group("points"), layout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # consolidated metadata are no part of version 3 of the format yet
        zarr.consolidate_metadata(str(new))


def variable_names(design: Design) -> tuple[str, ...]:
    """Return the name of each varied input in the store: its path without blanks and slashes."""
    names: list[str] = []
    for path in design.paths:
        name = "_".join(path.replace("/", " ").split())
        names.append(name if name not in names else f"{name}_{len(names)}")
    return tuple(names)


def _attributes(identity: Identity, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        _MARK: FORMAT,
        "title": identity.title,
        "design": str(identity.design),
        "varied": ", ".join(identity.design.paths),
        "shape": list(identity.design.shape),
        "coordinates": " ".join(names),
        "study": identity.study,
        "versions": json.dumps(dict(identity.versions)),
    }


def _write_inputs(root: Any, identity: Identity, names: tuple[str, ...]) -> None:
    """Write what is known of every point before it is computed."""
    own = {"dimension_names": ("point",), "chunks": (min(len(identity.keys), _SHOWN_CHUNK),)}
    root.create_array("point", data=np.arange(len(identity.keys)), attributes={"long_name": "Point"}, **own)
    for k, (name, axis) in enumerate(zip(names, identity.design.axes)):
        words = isinstance(axis, SweptInput) and not axis.numbers
        about = {"long_name": axis.path} | ({} if words else {"units": axis.unit or "1"})
        if words:
            _write_texts(root, name, [row[k] for row in identity.design.texts], about)
        else:
            root.create_array(name, data=identity.design.numbers[:, k], attributes=about, **own)
    _write_texts(root, "key", identity.keys, {"long_name": "Hash of the inputs of the point and of the version"})
    _write_texts(root, "quantity", NUMBERS, {"long_name": "Number of the summary"}, "quantity")


def _write_texts(root: Any, name: str, texts: Any, about: Mapping[str, str], axis: str = "point") -> None:
    count = len(texts)
    made = root.create_array(
        name,
        shape=(count,),
        chunks=(min(count, _SHOWN_CHUNK),),
        dtype=str,
        fill_value="",
        dimension_names=(axis,),
        attributes=dict(about),
    )
    made[:] = np.array(list(texts), dtype=object)


def _create_states(root: Any, layout: Layout, shown: Mapping[str, Any]) -> None:
    flags = {"flag_values": list(range(len(STATUS))), "flag_meanings": " ".join(STATUS)}
    root.create_array("status", dtype="i1", fill_value=0, attributes={"long_name": "Status", **flags}, **shown)
    root.create_array("failure", dtype=str, fill_value="", attributes={"long_name": "Why it failed"}, **shown)
    took = {"units": "s", "long_name": "Computing time"}
    root.create_array("seconds", dtype="f8", fill_value=np.nan, attributes=took, **shown)
    meanings = {"flag_values": list(range(len(ROLES))), "flag_meanings": " ".join(ROLES)}
    root.create_array(
        "role",
        shape=(layout.points, len(NUMBERS)),
        chunks=(min(layout.points, _SHOWN_CHUNK), len(NUMBERS)),
        dtype="i1",
        fill_value=0,
        dimension_names=("point", "quantity"),
        attributes={"long_name": "What each number rests on", **meanings},
    )


def _create_curves(root: Any, layout: Layout) -> None:
    for name, (axes, unit, label) in CURVES.items():
        sizes = tuple(layout.sizes[axis] for axis in axes)
        root.create_array(
            name,
            shape=(layout.points, *sizes),
            chunks=(layout.chunk, *sizes),
            dtype="f8",
            fill_value=np.nan,
            dimension_names=("point", *axes),
            attributes={"units": unit, "long_name": label},
        )


def _create_pieces(group: Any, layout: Layout) -> None:
    """Make the arrays that tasks write, each of them whole chunks of its own."""
    width, size = len(NUMBERS), layout.chunk
    own = {"shape": (layout.points, width), "chunks": (size, width), "dimension_names": ("point", "quantity")}
    flat = {"shape": (layout.points,), "chunks": (size,), "dimension_names": ("point",)}
    group.create_array("numbers", dtype="f8", fill_value=np.nan, **own)
    group.create_array("roles", dtype="i1", fill_value=0, **own)
    group.create_array("seconds", dtype="f8", fill_value=np.nan, **flat)
    group.create_array("failure", dtype=str, fill_value="", **flat)
    group.create_array("status", dtype="i1", fill_value=0, **flat)


# -------------------------------------------------------------------------------------------------- writing and reading


def write_chunk(path: Path, first: int, rows: Rows) -> None:
    """Write the points of one chunk, and last that it is whole.

    Args:
        path: of the store.
        first: place of the first point.
        rows: of every point of the chunk.
    """
    at = slice(first, first + len(rows.failures))
    for name, values in rows.curves.items():
        _array(path, name)[at] = values
    _array(path, "points/numbers")[at] = rows.numbers
    _array(path, "points/roles")[at] = rows.roles
    _array(path, "points/seconds")[at] = rows.seconds
    _array(path, "points/failure")[at] = np.array(rows.failures, dtype=object)
    _array(path, "points/status")[at] = rows.status


def read_rows(path: Path, at: slice = slice(None)) -> Rows:
    """Return what is computed of every point, or of some in a row, without its curves."""
    numbers, roles, seconds, failures, status = (
        _array(path, f"points/{name}")[at] for name in ("numbers", "roles", "seconds", "failure", "status")
    )
    return Rows(numbers, roles, seconds, tuple(map(str, failures)), status)


def is_whole(path: Path, first: int) -> bool:
    """Whether the chunk that begins with a point is finished."""
    return bool(_array(path, "points/status")[first] != NOT_COMPUTED)


def show_rows(path: Path, rows: Rows) -> None:
    """Bring the variables that xarray shows up to what is computed.

    Args:
        path: of the store.
        rows: of every point; a chunk without its status is left out whole.
    """
    there = rows.status != NOT_COMPUTED
    for k, name in enumerate(NUMBERS):
        _array(path, name)[:] = np.where(there, rows.numbers[:, k], np.nan)
    _array(path, "role")[:] = np.where(there[:, None], rows.roles, np.int8(0))
    _array(path, "seconds")[:] = np.where(there, rows.seconds, np.nan)
    _array(path, "failure")[:] = np.array([text if k else "" for text, k in zip(rows.failures, there)], dtype=object)
    _array(path, "status")[:] = rows.status


def _array(path: Path, name: str) -> Any:
    import zarr

    return zarr.open_array(str(path / name), mode="r+")
