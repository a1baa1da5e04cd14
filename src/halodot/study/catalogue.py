"""The entries of all folders of the library as text: their names, other names, and the words that name several."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from halodot.errors import InputError
from halodot.nodes import Node, plain, problem_at, read_file
from halodot.study.folders import Folder

_AMBIGUOUS = "ambiguous.yaml"  # words that mean more than one entry


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The entries of one kind, of all folders: the text, where it stands, and what each one hides."""

    nodes: Mapping[str, Node]
    folder: Mapping[str, Folder]
    hidden: Mapping[str, Folder]


@lru_cache(maxsize=64)
def catalogue(kind: str, found: tuple[Folder, ...]) -> Catalogue:
    """Return the entries of a kind; of two of one name that of the first folder counts.

    Args:
        kind: "chemicals", "materials" or "emitters".
        found: the folders, the one that counts first.

    Raises:
        InputError: a file cannot be read as YAML, is no mapping, or names what another file of its folder has.
    """
    nodes: dict[str, Node] = {}
    places: dict[str, Folder] = {}
    hidden: dict[str, Folder] = {}
    for folder in found:
        for name, node in _entries(kind, folder).items():
            if name in nodes:
                hidden.setdefault(name, folder)
            else:
                nodes[name], places[name] = node, folder
    return Catalogue(nodes, places, hidden)


def _entries(kind: str, folder: Folder) -> dict[str, Node]:
    """Return the entries of a kind in one folder: of a file such as ``emitters.yaml``, and of all files in its part.

    Raises:
        InputError: a file cannot be read as YAML, is no mapping, or names what another file of the folder has.
    """
    single, part = folder.path / f"{kind}.yaml", folder.path / kind
    files = sorted(part.glob("*.yaml")) if os.path.isdir(part) else []
    found: dict[str, Node] = {}
    for path in [single, *files] if os.path.isfile(single) else files:
        if path.name == _AMBIGUOUS:
            continue
        node = read_file(path)
        if not isinstance(node.value, dict):
            raise InputError(problem_at(node.place, f"a mapping of names is expected, not {node.kind}"))
        for name, entry in node.value.items():
            if name in found:
                message = f"{name!r} stands in {found[name].place.file} as well; one of the two must go"
                raise InputError(problem_at(node.keys[name], message))
            found[name] = entry
    return found


@lru_cache(maxsize=16)
def ambiguous_words(all_folders: tuple[Folder, ...]) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Return the words of the last folder that mean more than one reagent or material: word -> (candidates, reason).

    A word that a folder before the shipped one uses as a name says which entry is meant.
    """
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for kind in ("chemicals", "materials"):
        own = {word for folder in all_folders if folder.owner for word in _spellings(_entries(kind, folder))}
        for word, node in _mapping(all_folders[-1].path / kind / _AMBIGUOUS).items():
            entry = plain(node)
            candidates = entry if isinstance(entry, list) else entry["candidates"]
            reason = "" if isinstance(entry, list) else entry.get("reason", "")
            if word.casefold() not in own:
                found[word] = (tuple(str(item) for item in candidates), str(reason))
    return found


def _spellings(entries: Mapping[str, Node]) -> set[str]:
    """Return the names and other names of some entries, without regard to case."""
    names = {name.casefold() for name in entries}
    return names | {alias.casefold() for node in entries.values() for alias in _other_names(node)}


def _other_names(node: Node) -> list[str]:
    """Return the other names of an entry.

    Raises:
        InputError: they are no list of words.
    """
    written = node.value.get("aliases") if isinstance(node.value, dict) else None
    if written is None:
        return []
    if not isinstance(written.value, list) or not all(isinstance(item.value, str) for item in written.value):
        raise InputError(
            problem_at(written.place, "a list of words is expected, such as [spiro, Spiro-MeOTAD]", "aliases")
        )
    return [str(item.value) for item in written.value]


@lru_cache(maxsize=32)
def spellings(kind: str, all_folders: tuple[Folder, ...]) -> Mapping[str, str]:
    """Return spelling -> name of the entries of a kind, the names themselves included; case counts last.

    A spelling means the entry of the first folder that has it, so that a new shipped entry takes no word from a user's.
    """
    table = catalogue(kind, all_folders)
    found: dict[str, str] = {}
    for folder in all_folders:
        own = {name: node for name, node in table.nodes.items() if table.folder[name] == folder}
        for name in own:
            found.setdefault(name, name)
        for name, node in own.items():
            for alias in _other_names(node):
                found.setdefault(alias, name)
    for spelling, name in tuple(found.items()):
        found.setdefault(spelling.casefold(), name)
    return found


def _mapping(path: Path) -> Mapping[str, Node]:
    if not os.path.isfile(path):
        return {}
    node = read_file(path)
    return node.value if isinstance(node.value, dict) else {}
