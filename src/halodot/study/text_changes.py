"""Changes that a document makes in a text of YAML, written into it so that its remarks and its spelling stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halodot.errors import InputError
from halodot.nodes import Node, Place, plain, read_text


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    new: str


class _ElsewhereError(Exception):
    """A change that cannot be written into the text without rewriting it."""


def changed_text(text: str, document: Mapping[str, Any]) -> str:
    """Return a text in which a document's changes are made; empty where it cannot be done, or would not be exact.

    Args:
        text: the text in YAML before.
        document: what it is to say, as :func:`halodot.nodes.plain` gives it.
    """
    import yaml

    if not text:
        return ""
    try:
        edits: list[_Edit] = []
        slow = text.startswith("\ufeff") or not hasattr(yaml, "CSafeLoader")  # the quick one counts no byte order mark
        root = yaml.compose(text, Loader=yaml.SafeLoader if slow else yaml.CSafeLoader)
        if "extends" in _said(root) and "extends" not in document:
            return ""  # written out whole, it is another text
        _compare(root, document, text, edits)
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
    flow = kind == "ScalarNode" or node.flow_style
    if kind == "MappingNode" and isinstance(wanted, Mapping) and _may_change(node, wanted):
        _compare_mapping(node, wanted, text, edits)
    elif kind == "SequenceNode" and isinstance(wanted, list) and _is_in_place(node, wanted):
        for item, value in zip(node.value, wanted, strict=True):
            _compare(item, value, text, edits)
    elif kind == "SequenceNode" and isinstance(wanted, list) and not flow:
        edits.append(_rearranged(node, wanted, text))
    elif flow and (kind != "ScalarNode" or (node.value != "" and node.style not in ("|", ">"))):
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
    quoted = bool(node.style)
    empty = not quoted and node.value in ("", "~", "null", "Null", "NULL")
    return plain(Node(Place(), None if empty else node.value.strip(), quoted=quoted))


# ------------------------------------------------------------------------------------------------------------ mappings


def _may_change(node: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether a mapping can be changed item by item: one in a line is written anew where an item goes."""
    names = {key.value for key, _ in node.value}
    return names <= wanted.keys() or (not node.flow_style and bool(names & wanted.keys()))


def _compare_mapping(node: Any, wanted: Mapping[str, Any], text: str, edits: list[_Edit]) -> None:
    items = {key.value: value for key, value in node.value}
    for key, value in node.value:
        if key.value in wanted:
            _compare(value, wanted[key.value], text, edits)
        else:
            edits.append(_taken_out(key, value, text))
    added = {name: value for name, value in wanted.items() if name not in items}
    if not added:
        return
    if node.flow_style:
        at = node.end_mark.index - 1
        new = ", ".join(f"{_inline(name)}: {_inline(value)}" for name, value in added.items())
        edits.append(_Edit(at, at, f", {new}" if items else new))
        return
    at = _end_of_line(text, _last(node).end_mark.index)
    indent = " " * node.value[0][0].start_mark.column
    edits.append(_Edit(at, at, "".join(f"\n{indent}{line}" for line in _block_lines(added))))


def _taken_out(key: Any, value: Any, text: str) -> _Edit:
    """Return the change that takes an item out of a mapping over several lines, with the remarks right above it."""
    start = _line_of(key, text)
    if text[start : key.start_mark.index].strip() or start == 0:
        raise _ElsewhereError  # the first of an item of a list, which holds the others
    start = _with_remarks(start, text, 0)
    return _Edit(start - 1, _end_of_line(text, _last(value).end_mark.index), "")


# --------------------------------------------------------------------------------------------------------------- lists


def _is_in_place(node: Any, wanted: Sequence[Any]) -> bool:
    """Whether the items of a list stay where they are, so that only what they say differs."""
    if len(node.value) != len(wanted):
        return False
    left = [_said(item) for item in node.value]
    for value in wanted:
        if value not in left:
            return True
        left.remove(value)
    return node.flow_style is True


def _rearranged(node: Any, wanted: Sequence[Any], text: str) -> _Edit:
    """Return the change to a list over several lines that gains, loses or moves items, each with its own remarks."""
    starts = [_line_of(item, text) for item in node.value]
    if any(text[start : item.start_mark.index].strip() != "-" for start, item in zip(starts, node.value, strict=True)):
        raise _ElsewhereError
    ends = [_end_of_line(text, _last(item).end_mark.index) for item in node.value]
    starts[1:] = [_with_remarks(start, text, end + 1) for start, end in zip(starts[1:], ends[:-1], strict=True)]
    ends[:-1] = [start - 1 for start in starts[1:]]
    left = [(_said(item), text[start:end]) for item, start, end in zip(node.value, starts, ends, strict=True)]
    indent = text[starts[0] : text.index("-", starts[0])]
    block = any(type(item).__name__ == "MappingNode" and not item.flow_style for item in node.value)
    lines = []
    for value in wanted:
        found = next((k for k, (said, _) in enumerate(left) if said == value), None)
        lines.append(_item(value, indent, block) if found is None else left.pop(found)[1])
    return _Edit(starts[0], ends[-1], "\n".join(lines) if lines else f"{indent}  []")


def _item(value: Any, indent: str, block: bool) -> str:
    if block and isinstance(value, Mapping) and value:
        first, *others = (f"{_inline(name)}: {_inline(item)}" for name, item in value.items())
        return "\n".join([f"{indent}- {first}", *(f"{indent}  {line}" for line in others)])
    return f"{indent}- {_inline(value)}"


# --------------------------------------------------------------------------------------------------------------- lines


def _line_of(node: Any, text: str) -> int:
    """Return where the line starts in which a node starts."""
    return text.rfind("\n", 0, node.start_mark.index) + 1


def _end_of_line(text: str, index: int) -> int:
    at = text.find("\n", index)
    return at if at >= 0 else len(text)


def _with_remarks(start: int, text: str, lowest: int) -> int:
    """Return where the remarks start that stand right above a line, which starts there itself where there are none."""
    while start > lowest:
        before = text.rfind("\n", 0, start - 1) + 1
        if before < lowest or not text[before:start].lstrip().startswith("#"):
            break
        start = before
    return start


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


def _block_lines(items: Mapping[str, Any]) -> list[str]:
    """Return the lines of some items of a mapping: one for each, and one for each mapping of a list."""
    lines: list[str] = []
    for name, value in items.items():
        if not _has_lines(value):
            lines.append(f"{_inline(name)}: {_inline(value)}")
            continue
        inner = _block_lines(value) if isinstance(value, Mapping) else [f"- {_inline(item)}" for item in value]
        lines += [f"{_inline(name)}:", *(f"  {line}" for line in inner)]
    return lines


def _has_lines(value: Any) -> bool:
    """Whether a value holds a list of mappings, such as the steps of a recipe, which one line would not show."""
    if isinstance(value, Mapping):
        return any(_has_lines(item) for item in value.values())
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def _inline(value: Any) -> str:
    """Return a value as YAML that may stand anywhere, in one line."""
    import yaml

    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return str(text).strip()[1:-1]
