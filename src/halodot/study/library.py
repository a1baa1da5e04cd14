"""The data that ships with halodot: reagents, materials, parameters, calibrations, colour, studies, references.

This is the only place that reads ``library/``. Files are parsed once; an entry is turned into numbers when a study
first names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import InputError, Problem
from halodot.sources import Sourced, bibliography_keys
from halodot.states import Array, Chemical, Layer
from halodot.study.nodes import Node, merged, plain, problem_at, read_data, read_file
from halodot.study.optical_tables import OpticalTable, read_optical_table
from halodot.study.reader import Reader, nearest
from halodot.study.records import fields_of, missing_fields, read_fields

if TYPE_CHECKING:
    from halodot.light.colour import ColourMatching

#: where the shipped data lie
ROOT = Path(__file__).resolve().parent.parent / "library"
STAGES = ("flask", "dots", "film", "ageing")
STUDY_ALIASES = {"paper": "paper-0.2", "paper-treated": "paper-0.2"}
_COMMENT_KEYS = ("aliases", "about", "source", "note")
_TABLE_KEYS = ("table",)


@dataclass(frozen=True, eq=False)
class Entry:
    """One record of the library: its values by field, and where its numbers come from."""

    name: str
    values: Mapping[str, Any]
    inputs: Mapping[str, Sourced]  # by field
    about: str = ""
    source: str = ""  # of its table of refractive indices


def bibliography(root: Path = ROOT) -> str:
    """Return the text of the bibliography, empty where there is none."""
    return _text(root / "references.bib")


def load_targets_text(root: Path = ROOT) -> str:
    """Return the table of the paper's results, as CSV text."""
    return (root / "targets.csv").read_text(encoding="utf-8")


@cache
def source_keys(root: Path = ROOT) -> tuple[str, ...]:
    """Return the keys of the bibliography."""
    return bibliography_keys(bibliography(root))


@cache
def load_colour_matching(root: Path = ROOT) -> ColourMatching:
    """Return the CIE 1931 colour-matching functions of the 2 degree observer."""
    from halodot.light.colour import ColourMatching

    (path,) = sorted((root / "cie").glob("*.csv"))
    columns = _columns(path)
    names = {name.split("_")[0].strip(): values for name, values in columns.items()}
    return ColourMatching(names["wavelength"] * 1e-9, names["x"], names["y"], names["z"])


# ------------------------------------------------------------------------------------------------- chemicals, materials


@cache
def chemicals(root: Path = ROOT) -> Mapping[str, Node]:
    """Return the reagents as text, by name."""
    return _mapping(root / "chemicals" / "chemicals.yaml")


@cache
def materials(root: Path = ROOT) -> Mapping[str, Node]:
    """Return the materials as text, by name."""
    return _mapping(root / "materials" / "materials.yaml")


@cache
def ambiguous(root: Path = ROOT) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Return the words that mean more than one reagent or material: folded word -> (candidates, reason)."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for folder in ("chemicals", "materials"):
        for word, node in _mapping(root / folder / "ambiguous.yaml").items():
            entry = plain(node)
            candidates = entry if isinstance(entry, list) else entry["candidates"]
            reason = "" if isinstance(entry, list) else entry.get("reason", "")
            found[word] = (tuple(str(item) for item in candidates), str(reason))
    return found


@cache
def aliases(kind: str, root: Path = ROOT) -> Mapping[str, str]:
    """Return spelling -> name of the reagents or materials, the names themselves included; case counts last.

    Args:
        kind: "chemicals" or "materials".
        root: the library's folder.
    """
    table = chemicals(root) if kind == "chemicals" else materials(root)
    found = {name: name for name in table}
    for name, node in table.items():
        if isinstance(node.value, dict) and "aliases" in node.value:
            for alias in plain(node.value["aliases"]):
                found.setdefault(str(alias), name)
    for spelling, name in tuple(found.items()):
        found.setdefault(spelling.casefold(), name)
    return found


def find(kind: str, word: str, root: Path = ROOT) -> str | None:
    """Return the library's name for a reagent or material, None if there is none."""
    known = aliases(kind, root)
    return known.get(word) or known.get(word.casefold())


@cache
def chemical(name: str, root: Path = ROOT) -> Entry:
    """Return a reagent of the library by its own name."""
    return _entry(Chemical, name, chemicals(root)[name], ("name",), root)


@cache
def material(name: str, root: Path = ROOT) -> Entry:
    """Return a material of the library by its own name, as a layer without name and thickness."""
    return _entry(Layer, name, materials(root)[name], ("name", "material", "thickness"), root)


def _entry(record: type, name: str, node: Node, given: tuple[str, ...], root: Path) -> Entry:
    reader = Reader(source_keys(root))
    items = reader.mapping(node, name, (*_field_names(record, given), *_COMMENT_KEYS, *_TABLE_KEYS))
    values: dict[str, Any] = read_fields(reader, record, items, name)
    source = reader.text(items["source"], name) if "source" in items else ""
    if "table" in items:
        table, origin = optical_table(root / "materials" / "nk" / reader.text(items["table"], name))
        values |= table
        source = source or origin
    absent = missing_fields(record, {*given, *values})
    if absent:
        reader.complain(node.place, f"{name} lacks {', '.join(absent)}")
    if reader.problems:
        raise InputError(reader.problems)
    about = reader.text(items["about"], name) if "about" in items else ""
    return Entry(name, values, {key[len(name) + 1 :]: item for key, item in reader.inputs.items()}, about, source)


def _field_names(record: type, without: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in fields_of(record) if word not in without and "table_" not in word)


@cache
def emitter_class(name: str, record: type, root: Path = ROOT) -> Entry:
    """Return what emitters of a class have in common, by the fields of a record.

    Raises:
        InputError: a number is missing or wrong.
    """
    reader, node = Reader(source_keys(root)), _mapping(root / "emitters.yaml")[name]
    items = reader.mapping(node, name, (*_field_names(record, ()), "about"))
    values: dict[str, Any] = read_fields(reader, record, items, name, rule="nonnegative")
    absent = missing_fields(record, values)
    if absent:
        reader.complain(node.place, f"{name} lacks {', '.join(absent)}")
    if reader.problems:
        raise InputError(reader.problems)
    about = reader.text(items["about"], name) if "about" in items else ""
    return Entry(name, values, {key[len(name) + 1 :]: item for key, item in reader.inputs.items()}, about)


def optical_table(path: Path) -> tuple[dict[str, Array], str]:
    """Read a table of the library as the three fields of a layer, and the source named in its first line.

    Raises:
        InputError: no such table, or it is not one of n and k.
    """
    try:
        table = read_optical_table(path)
    except InputError as error:
        raise InputError(Problem(error.problems[0].message, file=str(path))) from error
    return table_fields(table), table.source


def table_fields(table: OpticalTable) -> dict[str, Array]:
    """Return optical constants as the fields of a layer."""
    return {
        "table_wavelength": table.wavelength,
        "table_index": table.index,
        "table_extinction": table.extinction,
    }


# ------------------------------------------------------------------------------------------ parameters, calibrations


@cache
def parameters(stage: str, root: Path = ROOT) -> tuple[Any, Mapping[str, Sourced]]:
    """Return the parameters of a stage, and their origin by ``stage.field``.

    Raises:
        InputError: a parameter is missing, unknown or wrong.
    """
    path = root / "parameters" / f"{stage}.yaml"
    record = parameter_class(stage)
    node = read_file(path)
    reader = Reader(source_keys(root))
    items = reader.mapping(node, stage, _field_names(record, ()))
    values = read_fields(reader, record, items, stage, rule="any")
    absent = missing_fields(record, values)
    if absent:
        reader.complain(node.place, f"the parameters {', '.join(absent)} of {stage} are missing")
    if reader.problems:
        raise InputError(reader.problems)
    return record(**values), reader.inputs


def parameter_class(stage: str) -> Any:
    """Return the class of the parameters of a stage."""
    return getattr(import_module(f"halodot.{stage}.parameters"), f"{stage.capitalize()}Parameters")


def calibrations(root: Path = ROOT) -> tuple[str, ...]:
    """Return the names of the calibrations of the library."""
    return tuple(sorted(path.stem for path in (root / "calibrations").glob("*.yaml")))


def calibration_node(name: str, root: Path = ROOT) -> Node | None:
    """Return the text of a calibration as it is now, None where there is none of this name."""
    if name not in calibrations(root):
        return None
    path = root / "calibrations" / f"{name}.yaml"
    return _tree(path.read_bytes(), str(path))


@lru_cache(maxsize=16)
def _tree(data: bytes, name: str) -> Node:
    return read_data(data, name)


# ------------------------------------------------------------------------------------------------------------- studies


def studies(root: Path = ROOT) -> tuple[str, ...]:
    """Return the names of the studies of the library, those in its folders last."""
    return tuple(_study_files(root))


def _study_files(root: Path) -> Mapping[str, Path]:
    found = sorted((root / "studies").rglob("*.yaml"), key=lambda path: (len(path.parts), path))
    return {path.stem: path for path in found}


def study_path(name: str, root: Path = ROOT) -> Path:
    """Return the file of a study of the library.

    Raises:
        InputError: the library has no such study.
    """
    files = _study_files(root)
    path = files.get(STUDY_ALIASES.get(name, name))
    if path is None:
        message = f"the library has no study {name!r}; it has {', '.join(files)}"
        raise InputError(Problem(message, suggestion=nearest(name, files)))
    return path


def study_node(name: str, root: Path = ROOT) -> Node:
    """Return the text of a study of the library, laid over the studies that it extends.

    Raises:
        InputError: the library has no such study.
    """
    path = study_path(name, root)
    return extended(read_file(path, path.name), root)


def extended(node: Node, root: Path = ROOT, depth: int = 0) -> Node:
    """Lay a study over the study of the library that it extends."""
    assert isinstance(node.value, dict)
    if "extends" not in node.value:
        return node
    word, place = node.value["extends"].value, node.value["extends"].place
    if depth > 5 or not isinstance(word, str) or word not in (*studies(root), *STUDY_ALIASES):
        known = studies(root)
        message = f"'extends' names a study of the library: {', '.join(known)}"
        raise InputError(problem_at(place, message, "extends", nearest(str(word), known)))
    path = study_path(word, root)
    base = extended(read_file(path, path.name), root, depth + 1)
    found = merged(base, node)
    assert isinstance(found.value, dict)
    del found.value["extends"]
    return found


# --------------------------------------------------------------------------------------------------------------- files


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _mapping(path: Path) -> Mapping[str, Node]:
    if not path.is_file():
        return {}
    node = read_file(path)
    return node.value if isinstance(node.value, dict) else {}


def _columns(path: Path) -> dict[str, Array]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    names = [name.strip() for name in lines[0].split(",")]
    data = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    return {name: data[:, index] for index, name in enumerate(names)}
