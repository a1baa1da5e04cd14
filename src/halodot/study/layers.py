"""Reads the layers of a device from the substrate up, in whichever form each is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halodot.nodes import Node
from halodot.paths import layer_path
from halodot.states import PARTS, STATED, Layer, make_layer
from halodot.study import library, substrate
from halodot.study.emitter import recombining
from halodot.study.layer_optics import Needs, read_optics
from halodot.study.reader import Reader
from halodot.study.records import CONTACTS, choices_of, flags_of, numbers_of, read_fields

LAYER_KEYS = (
    *numbers_of(Layer),
    *choices_of(Layer),
    *flags_of(Layer),
    "contact",
    "name",
    "table",
    "refractiveindex",
    "note",
)
#: keys by which a mapping behind a material is a number with its origin
_OF_A_NUMBER = {"value", "low", "high", "sd", "about", "method", "shared"}
_FORMULA = {"cauchy_a", "cauchy_b", "cauchy_c"}


@dataclass(frozen=True, eq=False)
class ReadLayer:
    """A layer as read, with what only the stack needs."""

    layer: Layer
    node: Node
    path: str
    contact: str
    values: Mapping[str, Any]  # what is known of it, in SI, by the words of a study
    known: bool  # the library has its material
    stated: tuple[str, ...]  # keys that the study writes


def read_layers(reader: Reader, node: Node, needs: Needs, tables: dict[str, str]) -> list[ReadLayer]:
    """Read every layer of a device.

    Args:
        reader: collects numbers and problems.
        node: the list of layers.
        needs: what must be there.
        tables: receives the source of every n,k table by the name of its layer.
    """
    read: list[ReadLayer] = []
    for index, item in enumerate(reader.sequence(node, "device.layers")):
        found = _read_layer(reader, item, f"device.layers[{index}]", {one.layer.name for one in read}, needs, tables)
        if found is not None:
            read.append(found)
    return read


def _read_layer(
    reader: Reader, node: Node, path: str, taken: set[str], needs: Needs, tables: dict[str, str]
) -> ReadLayer | None:
    word, items = _layer_items(reader, node, path, needs.root)
    material = _material(reader, word, node, path, needs.root) if word else None
    if material is None:
        return None
    name = reader.text(items["name"], path) if "name" in items else _free_name(material, taken)
    if name in taken:
        reader.complain(items["name"].place, f"two layers are called {name!r}", path)
        return None
    contact = _contact_of(reader, word, items, path)
    values = _from_the_library(reader, material, name, needs.root, tables)
    stated = {key: item for key, item in items.items() if key not in ("name", "role")}
    values |= _role(reader, items, values, path, contact) | read_fields(reader, Layer, stated, f"device.layers.{name}")
    _leave_out(reader, values, stated, name)
    if values.get("role") == "emitter":
        values |= recombining(reader, values, stated, f"device.layers.{name}", needs.root)
    if table := read_optics(reader, items, path, name, needs, tables):
        values |= table
        # A table takes the place of the library's formula, whose numbers then do not enter.
        for key in _FORMULA - set(items):
            values.pop(key, None)
            reader.inputs.pop(layer_path(name, key), None)
    bare = word in CONTACTS
    missing = values.get("role") != "substrate" and "thickness" not in items and not bare
    if missing and reader.lacking(["thickness"], path):
        reader.complain(node.place, f"the thickness of {word} is missing, such as {{{word}: 30 nm}}", path)
    values.setdefault("thickness", math.nan)
    layer = make_layer(**{word: value for word, value in values.items() if STATED[word][0] in ("layer", *PARTS)})
    if layer.role == "substrate":
        layer = substrate.completed(reader, layer, path, needs.wavelength)
    known = material in library.materials(needs.root)
    return ReadLayer(layer, node, path, contact, values, known, tuple(items))


def _from_the_library(reader: Reader, material: str, name: str, root: Path, tables: dict[str, str]) -> dict[str, Any]:
    """Return what the library says of a material, and keep its numbers among the inputs."""
    values: dict[str, Any] = {"name": name, "material": material}
    if material not in library.materials(root):
        return values
    entry = library.material(material, root)
    reader.note_taken_from(entry.taken_from, layer_path(name, "").rstrip("."))
    reader.inputs |= {layer_path(name, key): item for key, item in entry.inputs.items()}
    if entry.source:
        tables[name] = entry.source
    return values | dict(entry.values)


def _contact_of(reader: Reader, word: str, items: Mapping[str, Node], path: str) -> str:
    """Return which contact a layer is, empty for none."""
    contact = reader.choice(items["contact"], f"{path}.contact", CONTACTS) if "contact" in items else ""
    if word in CONTACTS and contact not in ("", word):
        reader.complain(items["contact"].place, f"a layer called {word} is the {word}", path)
    return word if word in CONTACTS else contact


def _role(
    reader: Reader, items: Mapping[str, Node], values: Mapping[str, Any], path: str, contact: str
) -> dict[str, str]:
    """Return the role that a layer states, or has as a contact.

    An injector of the library is solved where a study states how charges move in it.
    """
    if contact:
        return {"role": "electrode"}
    if "role" in items:
        return {"role": reader.choice(items["role"], path, choices_of(Layer)["role"]) or "transport"}
    solved = values.get("role") == "injection" and any(_of_charges(word) for word in items)
    return {"role": "transport"} if solved else {}


def _of_charges(word: str) -> bool:
    """Whether a word under a layer says something of the charges in it."""
    return STATED[word][0] in ("transport", "recombination", "traps", "ions") if word in STATED else False


def _leave_out(reader: Reader, values: dict[str, Any], stated: Mapping[str, Node], name: str) -> None:
    """Leave out of the library's entry what the role has no use for: a contact's charges, a solved layer's contact."""
    role = values.get("role")
    if role not in ("injection", "transport"):
        return
    for word in [word for word in values if word not in stated]:
        if word == "work_function" if role == "transport" else _of_charges(word):
            del values[word]
            reader.inputs.pop(layer_path(name, word), None)


def _layer_items(reader: Reader, node: Node, path: str, root: Path) -> tuple[str, dict[str, Node]]:
    """Return the material and the stated properties of a layer: ``glass``, ``{PTAA: 30 nm}`` or the long form.

    What stands alone behind the material is its thickness, behind ``anode`` and ``cathode`` the work function.
    """
    if isinstance(node.value, str) and node.value:
        return node.value, {}
    if not isinstance(node.value, dict) or not node.value:
        reader.complain(node.place, f"a layer is expected, such as {{PTAA: 30 nm}}, not {node.kind}", path)
        return "", {}
    word = material_key(node.value, root)
    if not word:
        reader.complain(node.place, "a layer starts with its material, such as {PTAA: 30 nm}", path)
        return "", {}
    items = reader.mapping(node, path, (word, *LAYER_KEYS))
    return word, items | _behind_the_material(reader, word, items.pop(word), items, path)


def material_key(keys: Iterable[str], root: Path = library.ROOT) -> str:
    """Return which key of a layer is its material: the first that the library has, else the first that is no property.

    Args:
        keys: of the layer, in its order.
        root: the library's folder.
    """
    words = [key for key in keys if key not in LAYER_KEYS]
    known = (key for key in words if key in CONTACTS or library.find("materials", key, root))
    return next(known, words[0] if words else "")


def _behind_the_material(
    reader: Reader, word: str, inner: Node, items: Mapping[str, Node], path: str
) -> dict[str, Node]:
    """Return what stands behind the material of a layer: more properties, the thickness or the work function."""
    if isinstance(inner.value, dict) and not set(inner.value) & _OF_A_NUMBER:
        twice = [key for key in inner.value if key in items]
        for key in twice:
            reader.complain(inner.keys[key], f"{key!r} is stated twice for {word}", path)
        return reader.mapping(inner, path, LAYER_KEYS)
    if inner.value is None:
        return {}
    meant = "work_function" if word in CONTACTS else "thickness"
    if meant in items:
        reader.complain(items[meant].place, f"the {meant.replace('_', ' ')} of {word} is stated twice", path)
    return {meant: inner}


def _material(reader: Reader, word: str, node: Node, path: str, root: Path) -> str | None:
    """Return the library's name of a material, the word itself for one of the study's own; None if it is refused."""
    known = library.find("materials", word, root)
    double = library.ambiguous(root).get(word)
    if double is not None and known is None:
        message = f"{word!r} is ambiguous: it may mean {' or '.join(double[0])}. {double[1]}".strip()
        reader.complain(node.place, message, path)
        return None
    return known or word


def _free_name(material: str, taken: set[str]) -> str:
    names = (material if count == 1 else f"{material} {count}" for count in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
