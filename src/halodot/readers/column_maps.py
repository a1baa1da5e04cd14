"""Maps of columns: what a laboratory's own tables hold, said once and kept in the user's folder.

A map is a YAML file in a folder ``columns`` beside the user's materials. It names the columns, by heading or by place,
and what the file does not say: kind, area, instrument. It says how such files are recognised, and then they are read
without a word.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from halodot.errors import InputError, Problem
from halodot.nodes import Node, problem_at, read_file
from halodot.own_folders import user_folders
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import KINDS, METADATA
from halodot.readers.tables import LONGEST_PREAMBLE, UNKNOWN, Layout, named
from halodot.units import to_si

#: part of a user's folder in which maps lie
FOLDER = "columns"
DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "blanks": " "}
_DECIMALS = {"comma": True, "point": False}
_KEYS = (
    "kind",
    "recognise",
    "delimiter",
    "decimals",
    "headings",
    "first_row",
    "columns",
    "metadata",
    "sweeps",
    "sheet",
)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class ColumnMap:
    """What the columns of a table are."""

    name: str = ""  # empty for one that was given in words
    columns: Mapping[str | int, str] = field(default_factory=dict)  # by heading, or by place counted from 1
    kind: str = ""  # of `halodot.readers.recording.KINDS`, empty to take it from the columns
    recognise: tuple[str, ...] = ()  # all of them stand in such a file
    layout: Layout = UNKNOWN
    metadata: Mapping[str, str | float] = field(default_factory=dict)  # of `METADATA`, numbers in SI
    split: bool = False  # whether a sweep that turns back is two curves
    sheet: str = ""  # of a workbook


def map_of(columns: str | os.PathLike[str] | Mapping[str | int, str]) -> ColumnMap:
    """Return the map that somebody names or gives.

    Args:
        columns: the name of a saved map, the path of one, columns in their order (``"wavelength (nm), intensity"``),
            or what a heading or a place counted from 1 is (``{"I": "current (mA)"}``).

    Raises:
        InputError: there is no such map, or a column is none that is known; with every problem.
    """
    if isinstance(columns, Mapping):
        return ColumnMap(columns=_checked(dict(columns)))
    text = os.fspath(columns)
    if saved := saved_maps().get(text):
        return read_map(saved)
    if not isinstance(columns, str) or text.endswith((".yaml", ".yml")):
        return read_map(Path(text))
    words = [word.strip() for word in re.split(r",(?![^(\[]*[)\]])", text)]
    if len(words) > 1 or named(text).heading.quantity:
        return ColumnMap(columns=_checked(dict(enumerate(words, 1))))
    known = ", ".join(sorted(saved_maps())) or "none yet"
    raise InputError(f"{text!r} is no saved map of columns ({known}) and names no column, as 'wavelength (nm)' does")


def _checked(columns: dict[str | int, str]) -> dict[str | int, str]:
    """Return columns that are all known.

    Raises:
        InputError: with every one that is not.
    """
    wrong = {key: problem for key, text in columns.items() if (problem := _wrong(text))}
    if wrong:
        raise InputError([Problem(problem, path=f"columns[{key!r}]") for key, problem in wrong.items()])
    return columns


def _wrong(text: str) -> str:
    """Return what is wrong with what a column is said to be."""
    if text.strip().casefold() == "skip":
        return ""
    found = named(text).heading
    if not found.quantity:
        return f"{text!r} names no quantity that is known; write one such as 'J (mA/cm2)', or 'skip'"
    return found.problem


# ---------------------------------------------------------------------------------------------------------------- files


def saved_maps() -> dict[str, Path]:
    """Return the maps in the user's folders, by name; of two of one name the first folder's."""
    found: dict[str, Path] = {}
    for folder in reversed(user_folders()):
        place = folder / FOLDER
        if place.is_dir():
            found |= {path.stem: path for path in sorted(place.glob("*.y*ml"))}
    return found


def place_of_map(name: str) -> Path:
    """Return where a map of a name is saved: in the first of the user's folders.

    Raises:
        InputError: it is no name for a file, or there is no folder.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a map; letters, digits, points and dashes are")
    folders = user_folders()
    if not folders:
        raise InputError("there is no folder of your own; name one in HALODOT_LIBRARY")
    return folders[0] / FOLDER / f"{name}.yaml"


def recognised_map(file: RawFile) -> ColumnMap | None:
    """Return the saved map whose words all stand in a text, None where none does or several do."""
    if not file.encoding:
        return None
    head = "\n".join(file.lines[:LONGEST_PREAMBLE]).casefold()
    found = []
    for path in saved_maps().values():
        try:
            one = read_map(path)
        except InputError:
            continue  # it says what is wrong when it is used by name
        if one.recognise and all(word.casefold() in head for word in one.recognise):
            found.append(one)
    return found[0] if len(found) == 1 else None


def read_map(path: Path) -> ColumnMap:
    """Read a map.

    Raises:
        InputError: with every problem of the file, its line and key.
    """
    try:
        stated = path.stat()
        stamp = (stated.st_mtime_ns, stated.st_size)
    except OSError:
        stamp = (0, 0)
    return _read_map(path, stamp)


@lru_cache(maxsize=64)
def _read_map(path: Path, stamp: tuple[int, int]) -> ColumnMap:
    return _MapFile(read_file(path), path.stem).map()


class _MapFile:
    """A map while it is read."""

    def __init__(self, root: Node, name: str) -> None:
        self.root, self.name = root, name
        self.problems: list[Problem] = []

    def map(self) -> ColumnMap:
        if not isinstance(self.root.value, dict):
            raise InputError(problem_at(self.root.place, f"keys were expected, such as {', '.join(_KEYS)}"))
        for key, place in self.root.keys.items():
            if key not in _KEYS:
                self.problems.append(problem_at(place, f"this key is not known; {', '.join(_KEYS)} are", key))
        layout = Layout(
            DELIMITERS.get(self.word("delimiter", DELIMITERS), ""),
            _DECIMALS.get(self.word("decimals", _DECIMALS)),
            self.line("headings"),
            self.line("first_row"),
        )
        found = ColumnMap(
            self.name,
            self.columns(),
            self.word("kind", KINDS),
            self.words("recognise"),
            layout,
            self.metadata(),
            self.word("sweeps", ("split", "keep")) == "split",
            self.text(self.root.value.get("sheet"), "sheet"),
        )
        if self.problems:
            raise InputError(self.problems)
        return found

    def complain(self, node: Node, key: str, message: str) -> None:
        self.problems.append(problem_at(node.place, message, key))

    def text(self, node: Node | None, key: str) -> str:
        if node is None or node.value is None:
            return ""
        if not isinstance(node.value, str):
            self.complain(node, key, f"a text was expected, not {node.kind}")
            return ""
        return node.value

    def entry(self, key: str) -> Node | None:
        assert isinstance(self.root.value, dict)
        return self.root.value.get(key)

    def word(self, key: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
        node = self.entry(key)
        word = self.text(node, key)
        if node is not None and word and word not in known:
            self.complain(node, key, f"{word!r} is none of {', '.join(known)}")
        return word

    def line(self, key: str) -> int:
        node = self.entry(key)
        text = self.text(node, key)
        if node is not None and text and not (text.isdigit() and 0 < int(text) < 10**7):
            self.complain(node, key, f"the number of a line was expected, counted from 1, not {text!r}")
            return 0
        return int(text) if text else 0

    def words(self, key: str) -> tuple[str, ...]:
        node = self.entry(key)
        if node is None or node.value is None:
            return ()
        items = node.value if isinstance(node.value, list) else [node]
        return tuple(text for place, item in enumerate(items) if (text := self.text(item, f"{key}[{place}]")))

    def columns(self) -> dict[str | int, str]:
        """Return the columns: a list in their order, or a mapping by heading or place."""
        node = self.entry("columns")
        if node is None or not isinstance(node.value, dict | list):
            self.complain(
                node or self.root, "columns", "the columns were expected, by heading, by place or in their order"
            )
            return {}
        pairs = node.value.items() if isinstance(node.value, dict) else enumerate(node.value, 1)
        found: dict[str | int, str] = {}
        for key, item in pairs:
            text = self.text(item, f"columns[{key!r}]")
            if problem := _wrong(text):
                self.complain(item, f"columns[{key!r}]", problem)
            found[int(key) if str(key).isdigit() else key] = text
        return found

    def metadata(self) -> dict[str, str | float]:
        """Return what the file does not say, in SI."""
        node = self.entry("metadata")
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self.complain(node, "metadata", f"keys and values were expected, not {node.kind}")
            return {}
        found: dict[str, str | float] = {}
        for key, item in node.value.items():
            text = self.text(item, f"metadata.{key}")
            if key not in METADATA:
                self.complain(item, f"metadata.{key}", f"this word is not known; {', '.join(METADATA)} are")
                continue
            unit = METADATA[key][0]
            try:
                found[key] = to_si(text, unit) if unit not in ("", "1") else (float(text) if unit else text)
            except (InputError, ValueError) as error:
                what = error.problems[0].message if isinstance(error, InputError) else f"{text!r} is no number"
                self.complain(item, f"metadata.{key}", what)
                found[key] = math.nan
        return found
