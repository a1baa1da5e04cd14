"""The data that ships with halodot: reagents, materials, parameters, calibrations, colour, studies, references.

This is the only place that reads ``library/``. Materials, reagents, classes of emitters, studies and references of the
user's own folders and of installed distributions come on top, see :mod:`halodot.study.folders`. Files are parsed once;
an entry is turned into numbers when a study first names it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.errors import InputError, Problem
from halodot.nodes import Node, read_data, read_file
from halodot.sources import Sourced, bibliography_keys
from halodot.states import Array, Chemical, Layer
from halodot.study.catalogue import Catalogue, ambiguous_words, catalogue, spellings
from halodot.study.folders import ROOT as ROOT
from halodot.study.folders import Folder, folders
from halodot.study.hazards import Hazards, read_hazards
from halodot.study.optical_tables import OpticalTable, read_optical_table
from halodot.study.reader import Reader, nearest
from halodot.study.reagents import completed
from halodot.study.records import fields_of, missing_fields, read_fields

if TYPE_CHECKING:
    from halodot.light.colour import ColourMatching

STAGES = ("perovskite", "flask", "dots", "film", "ageing")
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
    taken_from: str = ""  # the folder that it is read from, and whose entry it stands for; empty for the shipped one
    hazards: Hazards | None = None  # of a chemical, None where the library does not know them


def bibliography(root: Path = ROOT) -> str:
    """Return the text of the bibliography, empty where there is none; of two entries of one key the shipped one counts.

    Raises:
        InputError: the file of another folder cannot be read as UTF-8 text.
    """
    return "\n".join(text for folder in folders(root) if (text := _text(folder.path / "references.bib")))


def load_targets_text(root: Path = ROOT) -> str:
    """Return the table of the paper's results, as CSV text."""
    return (root / "targets.csv").read_text(encoding="utf-8")


def source_keys(root: Path = ROOT) -> tuple[str, ...]:
    """Return the keys of the bibliography."""
    return _source_keys(folders(root))


@lru_cache(maxsize=16)
def _source_keys(found: tuple[Folder, ...]) -> tuple[str, ...]:
    texts = (_text(folder.path / "references.bib") for folder in found)
    return tuple(dict.fromkeys(key for text in texts for key in bibliography_keys(text)))


@cache
def load_colour_matching(root: Path = ROOT) -> ColourMatching:
    """Return the CIE 1931 colour-matching functions of the 2 degree observer."""
    from halodot.light.colour import ColourMatching

    (path,) = sorted((root / "cie").glob("*.csv"))
    columns = _columns(path)
    names = {name.split("_")[0].strip(): values for name, values in columns.items()}
    return ColourMatching(names["wavelength"] * 1e-9, names["x"], names["y"], names["z"])


# ------------------------------------------------------------------------------------------------- chemicals, materials


def chemicals(root: Path = ROOT) -> Mapping[str, Node]:
    """Return the reagents as text, by name."""
    return catalogue("chemicals", folders(root)).nodes


def materials(root: Path = ROOT) -> Mapping[str, Node]:
    """Return the materials as text, by name."""
    return catalogue("materials", folders(root)).nodes


def emitter_classes(root: Path = ROOT) -> tuple[str, ...]:
    """Return the names of the classes of emitters."""
    return tuple(catalogue("emitters", folders(root)).nodes)


def ambiguous(root: Path = ROOT) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Return the words that mean more than one reagent or material: folded word -> (candidates, reason)."""
    return ambiguous_words(folders(root))


def aliases(kind: str, root: Path = ROOT) -> Mapping[str, str]:
    """Return spelling -> name of the reagents or materials, the names themselves included; case counts last.

    Args:
        kind: "chemicals" or "materials".
        root: the library's folder.
    """
    return spellings(kind, folders(root))


def find(kind: str, word: str, root: Path = ROOT) -> str | None:
    """Return the library's name for a reagent or material, None if there is none."""
    known = aliases(kind, root)
    return known.get(word) or known.get(word.casefold())


def chemical(name: str, root: Path = ROOT) -> Entry:
    """Return a reagent of the library by its own name.

    Raises:
        InputError: a number is missing or wrong.
    """
    return _known_entry("chemicals", name, folders(root))


def material(name: str, root: Path = ROOT) -> Entry:
    """Return a material of the library by its own name, as a layer without name and thickness.

    Raises:
        InputError: a number is missing or wrong.
    """
    return _known_entry("materials", name, folders(root))


@lru_cache(maxsize=1024)
def _known_entry(kind: str, name: str, all_folders: tuple[Folder, ...]) -> Entry:
    record, given = (Chemical, ("name",)) if kind == "chemicals" else (Layer, ("name", "material", "thickness"))
    return _entry(record, name, catalogue(kind, all_folders), given, _source_keys(all_folders))


def _entry(
    record: type, name: str, table: Catalogue, given: tuple[str, ...], sources: tuple[str, ...], rule: str = ""
) -> Entry:
    """Read an entry as the numbers of a record."""
    node, folder = table.nodes[name], table.folder[name]
    origin = f"{folder.owner}, {node.place.file}" if folder.owner else ""
    reader = Reader(sources, default_source=origin)
    own = ("hazards",) if record is Chemical else _TABLE_KEYS
    items = reader.mapping(node, name, (*_field_names(record, given), *_COMMENT_KEYS, *own))
    values: dict[str, Any] = read_fields(reader, record, items, name, rule)
    source = reader.text(items["source"], name) if "source" in items else ""
    if record is Chemical:
        values = completed(values)
    hazards = read_hazards(reader, items["hazards"], name) if "hazards" in items else None
    if "table" in items:
        columns, written = optical_table(_table_path(reader.text(items["table"], name), folder))
        values |= columns
        source = source or written or origin
    absent = missing_fields(record, {*given, *values})
    if lacking := reader.lacking(absent, name):
        reader.complain(node.place, f"{name} lacks {', '.join(lacking)}")
    if reader.problems:
        raise InputError(reader.problems)
    about = reader.text(items["about"], name) if "about" in items else ""
    inputs = {key[len(name) + 1 :]: item for key, item in reader.inputs.items()}
    return Entry(name, values, inputs, about, source, _taken_from(folder, table.hidden.get(name)), hazards)


def _taken_from(folder: Folder, hidden: Folder | None) -> str:
    """Return where an entry of another folder than the shipped one is from, and what it stands for."""
    if not folder.owner:
        return ""
    return f"{folder}, in place of the one of {hidden}" if hidden else str(folder)


def _table_path(name: str, folder: Folder) -> Path:
    """Return the file of a table of n and k: the folder's own, else the one that ships."""
    own = folder.path / "materials" / "nk" / name
    return own if own.is_file() or not folder.owner else ROOT / "materials" / "nk" / name


def _field_names(record: type, without: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in fields_of(record) if word not in without and "table_" not in word)


def emitter_class(name: str, record: type, root: Path = ROOT) -> Entry:
    """Return what emitters of a class have in common, by the fields of a record.

    Raises:
        InputError: a number is missing or wrong.
    """
    return _emitter_class(name, record, folders(root))


@lru_cache(maxsize=32)
def _emitter_class(name: str, record: type, all_folders: tuple[Folder, ...]) -> Entry:
    table = catalogue("emitters", all_folders)
    return _entry(record, name, table, (), _source_keys(all_folders), "nonnegative")


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


def _study_files(root: Path) -> Mapping[str, tuple[Path, ...]]:
    return _listed_studies(folders(root))


@lru_cache(maxsize=16)
def _listed_studies(all_folders: tuple[Folder, ...]) -> Mapping[str, tuple[Path, ...]]:
    """Return the files of every study by name, the one that counts first."""
    found: dict[str, tuple[Path, ...]] = {}
    for folder in all_folders:
        for path in sorted((folder.path / "studies").rglob("*.yaml"), key=lambda path: (len(path.parts), path)):
            found[path.stem] = (*found.get(path.stem, ()), path)
    return found


def study_path(name: str, root: Path = ROOT) -> Path:
    """Return the file of a study of the library.

    Raises:
        InputError: the library has no such study.
    """
    files = _study_files(root)
    paths = files.get(name) or files.get(STUDY_ALIASES.get(name, name))
    if not paths:
        message = f"the library has no study {name!r}; it has {', '.join(files)}"
        raise InputError(Problem(message, suggestion=nearest(name, files)))
    return paths[0]


def study_file_name(path: Path, root: Path = ROOT) -> str:
    """Return how the file of a study is called in messages: the shipped ones by their name, others by their path."""
    return path.name if path.is_relative_to(root) else str(path)


def replaced_study(name: str, root: Path = ROOT, file: str = "") -> str:
    """Return what stands for a shipped study of this name, as a sentence; empty where the shipped one is taken.

    Args:
        name: of the study.
        root: the library's folder.
        file: that extends the study, which itself may be the one that stands for it.
    """
    paths = _study_files(root).get(name, ())
    if len(paths) < 2 or paths[0].is_relative_to(root) or str(paths[0]) == file:
        return ""
    return f"The study {name} is that of {paths[0]}, in place of {paths[1]}."


def study_below(word: str, file: str, root: Path) -> Path:
    """Return the file of the study that another file extends."""
    files = _study_files(root)
    paths = files.get(word) or files[STUDY_ALIASES[word]]
    shipped = [path for path in paths if path.is_relative_to(root)]
    of_shipped = file in {study_file_name(path, root) for found in files.values() for path in found[-1:]}
    others = [path for path in paths if str(path) != file]
    return (shipped if of_shipped and shipped else others or paths)[0]


# --------------------------------------------------------------------------------------------------------------- files


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if os.path.isfile(path) else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(f"the file cannot be read as UTF-8 text ({error})", file=str(path))) from error


def _columns(path: Path) -> dict[str, Array]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    names = [name.strip() for name in lines[0].split(",")]
    data = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    return {name: data[:, index] for index, name in enumerate(names)}
