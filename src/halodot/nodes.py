"""The text of a study as a tree whose every value knows where it stands.

YAML is read as events, so that duplicate keys are seen, ``no`` stays a word, deep nesting costs nothing, and anchors,
aliases and tags are refused instead of followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from halodot.errors import InputError, Problem

LARGEST_FILE = 1_000_000
DEEPEST_NESTING = 24
_NUMBER = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?")
#: characters that are no text: controls, halves of pairs
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: longest value and longest key; remarks of a study have some hundred letters
_LONGEST_TEXT, _LONGEST_KEY = 10_000, 200
_MOST_PROBLEMS = 100  # after which nothing more is told
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True)
class Place:
    """Where something stands: line and column count from 1."""

    file: str = ""
    line: int = 0
    column: int = 0
    source_line: str = ""


@dataclass(frozen=True, eq=False)
class Node:
    """One value of a study: text, a list, a mapping, or nothing."""

    place: Place
    value: str | list[Node] | dict[str, Node] | None
    keys: dict[str, Place] = field(default_factory=dict)  # of a mapping
    quoted: bool = False  # of a text

    @property
    def kind(self) -> str:
        """How the value is called in a message."""
        if self.value is None:
            return "nothing"
        return {str: "a text", list: "a list", dict: "a mapping"}[type(self.value)]


def read_file(path: Path, name: str = "", largest: int = LARGEST_FILE) -> Node:
    """Read a file as a tree.

    Args:
        path: the file; its size is checked before it is read.
        name: how the file is called in messages; its path when empty.
        largest: size of a file [bytes] that is still read.

    Raises:
        InputError: no such file, not a plain file, too large, not text, or not readable as plain YAML.
    """
    return read_text(file_text(path, name, largest), name or str(path), largest)


def file_text(path: Path, name: str = "", largest: int = LARGEST_FILE) -> str:
    """Return the text of a file that may be YAML; the arguments are those of :func:`read_file`.

    Raises:
        InputError: no such file, not a plain file, too large, or not text.
    """
    name = name or str(path)
    try:
        if os.path.isdir(path):
            raise InputError(Problem("this is a folder; a study file is expected", file=name))
        if not os.path.exists(path):
            raise InputError(Problem("there is no such file", file=name, suggestion=_near_file(path)))
        if not os.path.isfile(path):
            raise InputError(Problem("this is not a plain file", file=name))
        size = path.stat().st_size
        if size > largest:
            message = f"the file has {size / 1e6:.1f} MB; a study has a few kB, and at most {largest / 1e6:.0f} MB"
            raise InputError(Problem(message, file=name))
        data = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"the file cannot be read: {error.strerror or error}", file=name)) from error
    return _decoded(data, name)


def read_data(data: bytes, name: str, largest: int = LARGEST_FILE) -> Node:
    """Read the bytes of a file as a tree.

    Raises:
        InputError: they are no text, or not readable as plain YAML.
    """
    return read_text(_decoded(data, name), name, largest)


def read_text(text: str, name: str = "<text>", largest: int = LARGEST_FILE) -> Node:
    """Read a text as a tree.

    Raises:
        InputError: every problem of the text as YAML; the tree is made only when there is none.
    """
    if len(text) > largest:
        raise InputError(Problem(f"the text has {len(text) / 1e6:.1f} million characters", file=name))
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        message = f"this is not a text file: character 0x{ord(control[0]):02x} in line {line}"
        raise InputError(Problem(message, file=name))
    return _Builder(text, name).tree()


def plain(node: Node) -> Any:
    """Return a tree as the dictionaries, lists, texts and numbers that JSON knows."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    if isinstance(node.value, str) and not node.quoted and _NUMBER.fullmatch(node.value):
        return _plain_number(node.value)
    return node.value


def from_plain(document: Any, name: str = "<document>", depth: int = 0) -> Node:
    """Return what :func:`plain` made as a tree again; its places know only the name.

    Raises:
        InputError: the document holds something else than mappings, lists, texts, numbers and nothing.
    """
    place = Place(name)
    if depth > DEEPEST_NESTING:
        raise InputError(Problem(f"nested more than {DEEPEST_NESTING} levels deep", file=name))
    if isinstance(document, Mapping):
        items = {_sound(str(key), place, key=True): from_plain(item, name, depth + 1) for key, item in document.items()}
        return Node(place, items, dict.fromkeys(items, place))
    if isinstance(document, (list, tuple)):
        return Node(place, [from_plain(value, name, depth + 1) for value in document])
    if document is None or isinstance(document, str):
        return Node(place, document if document is None else _sound(document, place), quoted=document is not None)
    if isinstance(document, bool):
        return Node(place, "true" if document else "false")
    if isinstance(document, Integral):
        return Node(place, repr(int(document)))
    if isinstance(document, Real):
        return Node(place, repr(float(document)))
    raise InputError(Problem(f"{type(document).__name__} has no place in a study", file=name))


def _sound(text: str, place: Place, key: bool = False) -> str:
    """Return a text, or raise where it is too long or holds what is no text."""
    wrong = _unsound(text, key)
    if wrong:
        raise InputError(problem_at(place, wrong))
    return text


def _unsound(text: str, key: bool) -> str:
    longest = _LONGEST_KEY if key else _LONGEST_TEXT
    if len(text) > longest:
        return f"{text[:20]!r}... has {len(text)} characters; at most {longest} are expected"
    control = _CONTROL.search(text)
    return f"the character 0x{ord(control[0]):02x} is no text" if control else ""


def merged(base: Node, changes: Node) -> Node:
    """Return ``base`` with ``changes`` laid over it: mappings are merged, nothing removes, the rest is replaced."""
    if not isinstance(base.value, dict) or not isinstance(changes.value, dict):
        return changes
    items = dict(base.value)
    for key, item in changes.value.items():
        items[key] = merged(items[key], item) if key in items else item
        if item.value is None:
            del items[key]
    return Node(changes.place, items, base.keys | changes.keys)


def _plain_number(text: str) -> int | float | str:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return number if abs(number) < float("inf") else text


def _near_file(path: Path) -> str:
    from difflib import get_close_matches

    folder = path.parent
    if not os.path.isdir(folder):
        return ""
    near = get_close_matches(path.name, [item.name for item in folder.glob("*.y*ml")], n=1, cutoff=0.6)
    return str(folder / near[0]) if near else ""


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem("the file is UTF-16 text; save it as UTF-8", file=name))
    if b"\0" in data:
        raise InputError(Problem("this is a binary file; a study is a text in YAML", file=name))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8 text (byte 0x{data[error.start]:02x} in line {line}); save it as UTF-8"
        raise InputError(Problem(message, file=name, line=line, column=1)) from error


@dataclass
class _Open:
    """A list or mapping that is being read, with the key that waits for its value."""

    node: Node
    key: str | None = None
    key_place: Place = field(default_factory=Place)


class _Builder:
    """Makes a tree of the events of one document and collects what is wrong with it."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.lines = text.splitlines()
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0

    def tree(self) -> Node:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(self.text, Loader=loader):
                self.take(event)
        except yaml.MarkedYAMLError as error:
            self.problems.append(self.syntax_problem(error))
        except yaml.YAMLError as error:
            self.problems.append(Problem(f"this is not YAML: {error}", file=self.name))
        if not self.problems and self.root is None:
            self.problems.append(
                Problem("the study is empty; `halodot new paper` writes one to start from", file=self.name)
            )
        if self.problems:
            raise InputError(self.problems)
        assert self.root is not None
        return self.root

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self.stop("a second document starts here; a study is one", event.start_mark)
        elif kind == "AliasEvent":
            self.complain(f"the alias *{event.anchor} is not allowed; write the value out", event.start_mark)
            self.place_value(Node(self.place(event.start_mark), None), event)
        elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent"):
            if event.anchor:
                self.complain(f"the anchor &{event.anchor} is not allowed; write the value out", event.start_mark)
            if event.tag not in (None, "!"):
                self.complain(f"the tag {event.tag} is not allowed", event.start_mark)
            self.place_value(self.node(kind, event), event)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self.open.pop()

    def node(self, kind: str, event: Any) -> Node:
        place = self.place(event.start_mark)
        if kind == "SequenceStartEvent":
            return Node(place, [])
        if kind == "MappingStartEvent":
            return Node(place, {})
        if wrong := _unsound(event.value, key=False):  # a quoted text may spell any character
            self.stop(wrong, event.start_mark)
        quoted = event.style in ("'", '"', "|", ">")
        empty = not quoted and event.value in _NULLS
        return Node(place, None if empty else event.value.strip(), quoted=quoted)

    def place_value(self, node: Node, event: Any) -> None:
        if not self.open:
            self.root = node
        else:
            self.attach(self.open[-1], node, event)
        if isinstance(node.value, (list, dict)):
            if len(self.open) >= DEEPEST_NESTING:
                self.stop(f"nested more than {DEEPEST_NESTING} levels deep", event.start_mark)
            self.open.append(_Open(node))

    def attach(self, parent: _Open, node: Node, event: Any) -> None:
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
            return
        assert isinstance(parent.node.value, dict)
        if parent.key is None:
            if isinstance(node.value, (list, dict)):
                self.stop("a key must be a word; is a quotation mark missing?", event.start_mark)
            parent.key, parent.key_place = str(node.value or ""), node.place
            if wrong := _unsound(parent.key, key=True):
                self.stop(wrong, event.start_mark)
            return
        if parent.key in parent.node.value:
            first = parent.node.keys[parent.key].line
            self.complain_at(f"the key {parent.key!r} stands here a second time; the first is in line {first}", parent)
        else:
            parent.node.value[parent.key] = node
            parent.node.keys[parent.key] = parent.key_place
        parent.key = None

    def place(self, mark: Any) -> Place:
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.name, mark.line + 1, mark.column + 1, shortened(line, mark.column + 1))

    def complain(self, message: str, mark: Any) -> None:
        self.keep(problem_at(self.place(mark), message))

    def complain_at(self, message: str, parent: _Open) -> None:
        self.keep(problem_at(parent.key_place, message))

    def keep(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= _MOST_PROBLEMS:
            raise InputError(self.problems)

    def stop(self, message: str, mark: Any) -> None:
        self.complain(message, mark)
        raise InputError(self.problems)

    def syntax_problem(self, error: Any) -> Problem:
        mark = error.problem_mark or error.context_mark
        what = str(error.problem or error.context or "not readable")
        message = f"this is not YAML: {what}"
        if "mapping values are not allowed" in what:
            message += "; a text that holds ': ' needs quotation marks"
        elif "character '\\t'" in what or "cannot start any token" in what:
            message += "; indent with spaces, and quote a text that starts with %, @ or `"
        return problem_at(self.place(mark), message) if mark else Problem(message, file=self.name)


def shortened(line: str, column: int) -> str:
    """Return a line, or nothing where it is too long to be shown with a caret."""
    return line if max(len(line), column) <= 200 else ""


def problem_at(place: Place, message: str, path: str = "", suggestion: str = "") -> Problem:
    """Return a problem with its place."""
    return Problem(message, path, place.file, place.line, place.column, place.source_line, suggestion)
