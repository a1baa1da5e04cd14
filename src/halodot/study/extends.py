"""Studies that hold only what differs from another: one of the library, or a file of one's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from halodot.errors import InputError, Problem
from halodot.nodes import Node, merged, problem_at, read_file
from halodot.study.folders import ROOT
from halodot.study.library import (
    STUDY_ALIASES,
    calibrations,
    studies,
    study_below,
    study_file_name,
    study_path,
)
from halodot.study.reader import nearest

#: keys of a study that name a file beside it
FILE_KEYS = ("table", "calibration")
_ENDINGS = (".yaml", ".yml")
_LONGEST_CHAIN = 12


def study_node(name: str, root: Path = ROOT) -> Node:
    """Return the text of a study of the library, laid over the studies that it extends.

    Raises:
        InputError: the library has no such study.
    """
    path = study_path(name, root)
    return extended(read_file(path, study_file_name(path, root)), root, _folder_of(path, root))


def extended(node: Node, root: Path = ROOT, folder: Path | None = None, chain: Sequence[Path] = ()) -> Node:
    """Lay a study over the one that it extends: a file, its path relative to the file that names it, or the library's.

    A study of another folder may extend the shipped one whose name it bears; a shipped one extends shipped ones only.

    Args:
        node: the text, a mapping.
        root: the library's folder.
        folder: of the file that holds the text, None where it is no file or one of the shipped library.
        chain: the files that led to this one, the first one first.

    Raises:
        InputError: there is no such study, or the studies extend each other in a circle.
    """
    assert isinstance(node.value, dict)
    if "extends" not in node.value:
        return node
    word, place = node.value["extends"].value, node.value["extends"].place
    path = _study_of(word, node, root, folder) if isinstance(word, str) else None
    if path is None:
        known = studies(root)
        message = (
            f"'extends' names a study of the library ({', '.join(known)}), or the file of one of your own, which ends "
            "in .yaml"
        )
        raise InputError(problem_at(place, message, "extends", nearest(str(word), known)))
    name = _name(path, str(word), node.place.file, root)
    _refuse_circle((*chain, path.resolve()), node)
    below = _folder_of(path, root)
    base = extended(_mapping(read_file(path, name), name), root, below, (*chain, path.resolve()))
    if below is not None and below != folder:
        base = _moved(base, below, folder, root)
    found = merged(base, node)
    assert isinstance(found.value, dict)
    del found.value["extends"]
    return found


def _study_of(word: str, node: Node, root: Path, folder: Path | None) -> Path | None:
    """Return the file that a word under ``extends`` means, None where it can mean none."""
    if word in (*studies(root), *STUDY_ALIASES) and not (word.endswith(_ENDINGS) and folder):
        return study_below(word, node.place.file, root)
    if not word.endswith(_ENDINGS):
        return None
    path = Path(word) if folder is None else Path(os.path.normpath(folder / word))
    place = node.value["extends"].place  # type: ignore[index,call-overload,union-attr]
    if not path.is_absolute():
        message = "a study that was not read from a file has no folder; write the whole path of the one it extends"
        raise InputError(problem_at(place, message, "extends"))
    if not os.path.isfile(path):
        beside = [item.name for item in path.parent.glob("*.y*ml")] if os.path.isdir(path.parent) else []
        raise InputError(problem_at(place, f"there is no file {path}", "extends", nearest(path.name, beside)))
    return path


def _name(path: Path, word: str, file: str, root: Path) -> str:
    """Return how a study that is extended is called in messages: as one finds it from where one works."""
    if path.is_relative_to(root) or not word.endswith(_ENDINGS):
        return study_file_name(path, root)
    return os.path.normpath(os.path.join(os.path.dirname(file), word))


def _folder_of(path: Path, root: Path) -> Path | None:
    return None if path.is_relative_to(root) else path.parent.absolute()


def _refuse_circle(chain: Sequence[Path], node: Node) -> None:
    assert isinstance(node.value, dict)
    place = node.value["extends"].place
    if chain[-1] in chain[:-1]:
        circle = chain[chain.index(chain[-1]) :]
        told = ", which extends ".join(path.name for path in circle)
        raise InputError(problem_at(place, f"studies extend each other in a circle: {told}", "extends"))
    if len(chain) > _LONGEST_CHAIN:
        message = f"more than {_LONGEST_CHAIN} studies extend each other; write them into fewer files"
        raise InputError(problem_at(place, message, "extends"))


def _mapping(node: Node, name: str) -> Node:
    if not isinstance(node.value, dict):
        raise InputError(Problem(f"a study is a mapping that starts with 'halodot: 1', not {node.kind}", file=name))
    return node


def _moved(node: Node, old: Path, new: Path | None, root: Path) -> Node:
    """Return a text in which the files that it names beside itself are named from another folder."""
    if isinstance(node.value, list):
        return Node(node.place, [_moved(item, old, new, root) for item in node.value], node.keys, node.quoted)
    if not isinstance(node.value, dict):
        return node
    items = {key: _moved(item, old, new, root) for key, item in node.value.items()}
    for key in FILE_KEYS:
        word = items[key].value if key in items else None
        if isinstance(word, str) and not os.path.isabs(word) and _is_beside(key, word, old, root):
            items[key] = Node(items[key].place, _from_folder(old / word, new), quoted=True)
    return Node(node.place, items, node.keys, node.quoted)


def _is_beside(key: str, word: str, folder: Path, root: Path) -> bool:
    if key == "calibration":
        return word.endswith(_ENDINGS) and word not in calibrations(root)
    return os.path.isfile(folder / word) or not os.path.isfile(root / "materials" / "nk" / word)


def _from_folder(path: Path, folder: Path | None) -> str:
    """Return the path of a file as it is written in another folder."""
    if folder is None:
        return str(path)
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return str(path)
