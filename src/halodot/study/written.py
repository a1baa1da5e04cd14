"""A study as the text of a file: complete, its changes in it, with the remarks of the text that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from halodot.errors import InputError
from halodot.nodes import Node, Place, plain, read_text
from halodot.study.extends import FILE_KEYS
from halodot.study.model import Study

#: folder beside a written study for the user's own files that it names
INPUTS = "inputs"
_WIDTH = 110
_MARK_WORDS = 3
_UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True)
class Written:
    """A study as files."""

    text: str
    files: Mapping[str, str] = field(default_factory=dict)  # path beside the study -> content


def written_study(study: Study, remark: str = "") -> Written:
    """Return a study as the text of a file from which it is read again without loss, and the files beside it.

    Where the study was read from one text, its order, its remarks and its spelling are kept, and the changes stand in
    it; a study that extends others is written out whole.

    Args:
        study: the study, with all changes.
        remark: a line about the file for its head, in place of an earlier one that begins with the same three words.

    Returns:
        The text; and the user's own tables and calibrations, which the text names in the folder ``inputs`` beside it.
    """
    names = _names_beside(study.files)
    document = _renamed(dict(study.document), names)
    body = text_with(study.text, document)
    if remark:
        first, _, rest = body.partition("\n")
        before = f"# {' '.join(remark.split()[:_MARK_WORDS])}"
        body = f"# {remark}\n{rest if first.startswith(before) else body}"
    return Written(body, {names[word]: content for word, content in study.files.items()})


def text_with(text: str, document: Mapping[str, Any]) -> str:
    """Return the text of a document: an earlier text with the changes in it where it can be, else a new one.

    Args:
        text: the earlier one, empty for none.
        document: as :func:`halodot.study.load.to_document` gives it.
    """
    return _edited(text, document) or dumped(document)


def dumped(document: Mapping[str, Any]) -> str:
    """Return a document as YAML in its own order, short lists and mappings in one line."""
    import yaml

    return str(
        yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    )


# ---------------------------------------------------------------------------------------------------------------- files


def _names_beside(words: Iterable[str]) -> dict[str, str]:
    """Return where each file stands beside the written study, no two at one place."""
    found: dict[str, str] = {}
    for word in words:
        name = PurePosixPath(_UNSAFE.sub("-", PurePosixPath(word.replace("\\", "/")).name).strip("-") or "file")
        place, count = f"{INPUTS}/{name}", 1
        while place.casefold() in {other.casefold() for other in found.values()}:
            count += 1
            place = f"{INPUTS}/{name.stem}-{count}{name.suffix}"
        found[word] = place
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a document that names its files where they stand beside it."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _renamed(item, names) for key, item in value.items()}
    return found | {
        key: names[found[key]] for key in FILE_KEYS if isinstance(found.get(key), str) and found[key] in names
    }


# -------------------------------------------------------------------------------------------------- a text with changes


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    new: str


class _ElsewhereError(Exception):
    """A change that cannot be written into the text without rewriting it."""


def _edited(text: str, document: Mapping[str, Any]) -> str:
    """Return a text in which a document's changes are made; empty where it cannot be done, or would not be exact."""
    import yaml

    if not text:
        return ""
    try:
        edits: list[_Edit] = []
        _compare(yaml.compose(text, Loader=yaml.SafeLoader), document, text, edits)
        edits.reverse()  # of additions at one place the innermost comes last, to stand first
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.new + text[edit.end :]
        return text if plain(read_text(text)) == document else ""
    except (_ElsewhereError, yaml.YAMLError, InputError):
        return ""


def _compare(node: Any, wanted: Any, text: str, edits: list[_Edit]) -> None:
    """Collect what is to be changed below a node of the text."""
    if _said(node) == wanted:
        return
    kind = type(node).__name__
    if kind == "MappingNode" and isinstance(wanted, Mapping) and {key.value for key, _ in node.value} <= wanted.keys():
        _compare_mapping(node, wanted, text, edits)
    elif kind == "SequenceNode" and isinstance(wanted, list) and len(node.value) == len(wanted):
        for item, value in zip(node.value, wanted, strict=True):
            _compare(item, value, text, edits)
    elif node.flow_style if kind != "ScalarNode" else node.value != "" and node.style not in ("|", ">"):
        edits.append(_Edit(node.start_mark.index, node.end_mark.index, _inline(wanted)))
    else:
        raise _ElsewhereError


def _said(node: Any) -> Any:
    """Return what a node of the text means, as a document has it."""
    kind = type(node).__name__
    if kind == "MappingNode":
        return {key.value: _said(value) for key, value in node.value}
    if kind == "SequenceNode":
        return [_said(item) for item in node.value]
    quoted = node.style is not None
    empty = not quoted and node.value in ("", "~", "null", "Null", "NULL")
    return plain(Node(Place(), None if empty else node.value.strip(), quoted=quoted))


def _compare_mapping(node: Any, wanted: Mapping[str, Any], text: str, edits: list[_Edit]) -> None:
    items = {key.value: value for key, value in node.value}
    for name, value in items.items():
        _compare(value, wanted[name], text, edits)
    added = {name: value for name, value in wanted.items() if name not in items}
    if not added:
        return
    if node.flow_style:
        at = node.end_mark.index - 1
        new = ", ".join(f"{_inline(name)}: {_inline(value)}" for name, value in added.items())
        edits.append(_Edit(at, at, f", {new}" if items else new))
        return
    at = text.find("\n", _last(node).end_mark.index)
    at = at if at >= 0 else len(text)
    indent = " " * node.value[0][0].start_mark.column
    edits.append(
        _Edit(at, at, "".join(f"\n{indent}{_inline(name)}: {_inline(value)}" for name, value in added.items()))
    )


def _last(node: Any) -> Any:
    """Return the last node inside a node that is written over several lines, which ends where its text ends."""
    if type(node).__name__ == "ScalarNode":
        if node.style in ("|", ">"):
            raise _ElsewhereError
        return node
    if node.flow_style or not node.value:
        return node
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _inline(value: Any) -> str:
    """Return a value as YAML that may stand anywhere, in one line."""
    import yaml

    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return str(text).strip()[1:-1]
