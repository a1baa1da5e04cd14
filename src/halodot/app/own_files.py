"""Files that the text of a study names: on the page only those of its session and of the library are opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from halodot.errors import InputError, Problem
from halodot.nodes import Node, problem_at, read_text
from halodot.study.extends import FILE_KEYS

#: keys of a study behind which a file or a name of the library stands
_KEYS = (*FILE_KEYS, "extends")


def check_own_files(text: str) -> None:
    """Refuse a study that names a file outside the folder of its session.

    Args:
        text: of the study; names of the library and paths below the folder are taken.

    Raises:
        InputError: with the place of every name that leads elsewhere, or the text is no YAML.
    """
    node = read_text(text, "study.yaml")
    found = [_problem(path, item) for path, item in _named(node, "") if _leads_elsewhere(item.value)]
    if found:
        raise InputError(found)


def names_a_file(path: str) -> bool:
    """Whether what stands at a path of a study is the name of a file."""
    return path.rsplit(".", 1)[-1].partition("[")[0].strip() in _KEYS


def _named(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield every text behind a key that names files, with its path."""
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            place = f"{path}.{key}" if path else str(key)
            if key in _KEYS and isinstance(item.value, str):
                yield place, item
            yield from _named(item, place)
    elif isinstance(node.value, list):
        for count, item in enumerate(node.value):
            yield from _named(item, f"{path}[{count}]")


def _leads_elsewhere(value: Any) -> bool:
    word = str(value)
    windows = PureWindowsPath(word)
    absolute = bool(windows.drive or windows.root) or PurePosixPath(word).is_absolute()
    return absolute or word.startswith("~") or ".." in windows.parts or "\0" in word


def _problem(path: str, node: Node) -> Problem:
    message = (
        f"{node.value!r} lies outside this session, where the page opens nothing; drop the file on the lab's folder and"
        " write lab/NAME, or compute the study with halodot run"
    )
    return problem_at(node.place, message, path)
