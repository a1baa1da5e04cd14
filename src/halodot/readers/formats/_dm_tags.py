"""The tree of tags of a Gatan DM3 or DM4 file, each number read where it stands and long arrays left in the file.

Sizes and names of tags are big-endian, values in the order that the header states; DM4 differs from DM3 in the width of
its sizes, and in a length before each tag.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from halodot.readers.raw_file import RawFile

#: letter of struct for each simple type of a value
TYPES: Mapping[int, str] = {
    2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "?", 9: "b", 10: "B", 11: "q", 12: "Q",
}  # fmt: skip
_STRUCT, _STRING, _ARRAY = 15, 18, 20
#: tags and depth that a file may have; one of a day's microscopy has some thousand, twelve deep
_MOST_TAGS, _DEEPEST = 500_000, 60
#: numbers of an array that are read as a text or a list; longer ones stay where they are
_SHORT = 4096


class Stored(NamedTuple):
    """An array that lies in the file."""

    order: str  # of its bytes, as struct writes it
    size: int  # bytes
    offset: int  # of its first byte


Tag = float | int | bool | str | list[Any] | Stored | dict[str, Any] | None


@dataclass
class _Tree:
    """Where the reading of the tree stands."""

    file: RawFile
    wide: bool  # sizes of eight bytes, DM4
    order: str  # of the values
    place: int = 0
    tags: int = 0

    def size(self, what: str) -> int:
        layout = ">q" if self.wide else ">i"
        value = int(self.file.unpack(layout, self.place, what)[0])
        self.place += 8 if self.wide else 4
        if value < 0:
            raise self.file.refusal(f"{what} is {value}", byte=self.place)
        return value


def root(file: RawFile) -> dict[str, Any]:
    """Return all tags by name; those without a name by their number within their group.

    Raises:
        DataError: the file is cut off, or its tree is damaged.
    """
    version = file.unpack(">i", 0)[0]
    wide = version == 4
    size = int(file.unpack(">q" if wide else ">i", 4, "the size of the file")[0])
    start = 16 if wide else 12
    little = file.unpack(">i", start - 4, "the order of bytes")[0]
    # eight zeros that close the tree stand behind what the size counts
    if not 0 < size <= len(file.data) - start:
        what = f"the file states {size} bytes behind its head of {start}, but has {len(file.data)}"
        raise file.refusal(f"{what}; it is cut off or damaged", byte=len(file.data))
    tree = _Tree(file, wide, "<" if little == 1 else ">", start)
    found = _group(tree, 0)
    if tree.place > len(file.data):
        raise file.refusal("the tree of tags leads past the end of the file", byte=len(file.data))
    return found


def _group(tree: _Tree, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise tree.file.refusal("the tree of tags is deeper than any that is written", byte=tree.place)
    tree.file.unpack("2b", tree.place, "the head of a group of tags")
    tree.place += 2
    found: dict[str, Any] = {}
    for number in range(tree.size("the number of tags")):
        tree.tags += 1
        if tree.tags > _MOST_TAGS:
            raise tree.file.refusal(f"there are more than {_MOST_TAGS} tags", byte=tree.place)
        kind, length = tree.file.unpack(">BH", tree.place, "a tag")
        tree.place += 3
        name = tree.file.unpack(f"{length}s", tree.place, "the name of a tag")[0].decode("cp1252", errors="replace")
        tree.place += length
        end = tree.size("the length of a tag") + tree.place if tree.wide else 0
        name = name or str(number)
        while name in found:
            name += "'"  # tags of one name are rare; none is lost
        if kind == 20:
            found[name] = _group(tree, depth + 1)
        elif kind == 21:
            found[name] = _value(tree, name)
        else:
            raise tree.file.refusal(f"a tag of the kind {kind} was found; 20 or 21 were expected", byte=tree.place)
        if end and tree.place != end:
            raise tree.file.refusal(f"the tag {name!r} ends here, not at byte {end} as it states", byte=tree.place)
    return found


def _value(tree: _Tree, name: str) -> Tag:
    mark = tree.file.unpack("4s", tree.place, f"the value of {name!r}")[0]
    if mark != b"%%%%":
        raise tree.file.refusal(f"'%%%%' before the value of {name!r} was expected, not {mark!r}", byte=tree.place)
    tree.place += 4
    count = tree.size("the length of a description")
    if count > 2000:
        raise tree.file.refusal(f"{name!r} is described by {count} numbers", byte=tree.place)
    layout = f">{count}{'q' if tree.wide else 'i'}"
    described = tree.file.unpack(layout, tree.place, f"the description of {name!r}")
    tree.place += struct.calcsize(layout)
    if not described:
        raise tree.file.refusal(f"{name!r} has no type", byte=tree.place)
    kind = described[0]
    if kind in TYPES:
        single: Tag = _take(tree, TYPES[kind])[0]
        return single
    if kind == _STRUCT:
        return _take(tree, _fields(tree, described[1:]))
    if kind == _STRING and len(described) == 2:
        return _text(tree, described[1])
    if kind == _ARRAY:
        return _array(tree, name, described[1:])
    raise tree.file.refusal(f"{name!r} is of the type {kind}, which is not known", byte=tree.place)


def _take(tree: _Tree, letters: str) -> list[Any]:
    layout = tree.order + letters
    values = list(tree.file.unpack(layout, tree.place, "the value of a tag"))
    tree.place += struct.calcsize(layout)
    return values


def _fields(tree: _Tree, described: tuple[int, ...]) -> str:
    """Return the letters of a structure: length of its name, number of fields, then a length and a type of each."""
    count = described[1] if len(described) > 1 else -1
    if not 0 <= count <= 1000 or len(described) < 2 + 2 * count:
        raise tree.file.refusal("a structure of tags is damaged", byte=tree.place)
    kinds = described[3 : 2 + 2 * count : 2]
    if any(kind not in TYPES for kind in kinds):
        raise tree.file.refusal(f"a structure holds types that are not known: {kinds}", byte=tree.place)
    return "".join(TYPES[kind] for kind in kinds)


def _text(tree: _Tree, count: int) -> str:
    if not 0 <= count <= len(tree.file.data):
        raise tree.file.refusal(f"a text of {count} letters cannot be", byte=tree.place)
    data = tree.file.unpack(f"{2 * count}s", tree.place, "a text")[0]
    tree.place += 2 * count
    return str(data.decode("utf-16-le" if tree.order == "<" else "utf-16-be", errors="replace"))


def _array(tree: _Tree, name: str, described: tuple[int, ...]) -> Tag:
    if len(described) < 2:
        raise tree.file.refusal(f"the array {name!r} is not described", byte=tree.place)
    kind, count = described[0], described[-1]
    letters = TYPES.get(kind) or (_fields(tree, described[1:-1]) if kind == _STRUCT else "")
    size = struct.calcsize(tree.order + letters) if letters else 0
    if not letters or count < 0 or tree.place + count * size > len(tree.file.data):
        what = f"the array {name!r} of {count} elements of {size} bytes"
        raise tree.file.refusal(f"{what} does not fit into the file of {len(tree.file.data)} bytes", byte=tree.place)
    offset = tree.place
    tree.place += count * size
    if kind == 4 and count <= _SHORT and name != "Data":  # texts are arrays of two-byte letters
        data = tree.file.data[offset : tree.place]
        return data.decode("utf-16-le" if tree.order == "<" else "utf-16-be", errors="replace").rstrip("\0")
    return Stored(tree.order, count * size, offset)


def group(tags: Any, *path: str) -> dict[str, Any]:
    """Return the group of tags at a path, empty where there is none."""
    for name in path:
        tags = tags.get(name) if isinstance(tags, dict) else None
    return tags if isinstance(tags, dict) else {}


def leaves(tags: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Tag]]:
    """Yield every value with its path."""
    for name, value in tags.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        elif not isinstance(value, Stored):
            yield path + name, value
