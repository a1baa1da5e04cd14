"""Changes of the layers of a study as changes of its text; each layer keeps the form in which it is written."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from halodot.app.edits import edit_document
from halodot.app.stack.written import OF_A_NUMBER, material_word
from halodot.errors import InputError, Problem
from halodot.nodes import plain, read_text
from halodot.states import PARTS, STATED
from halodot.study.records import CONTACTS

Folder = str | PathLike[str] | None


def move_layer(text: str, folder: Folder, old: int, new: int) -> str:
    """Return a study's text with one layer in another place.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        old: place of the layer, from the substrate up, counted from 0.
        new: place that it has afterwards.

    Raises:
        InputError: there is no such place, or the device cannot have this order.
    """

    def change(document: dict[str, Any]) -> None:
        layers = _layers(document)
        _check(new, layers)
        layers.insert(new, layers.pop(_check(old, layers)))

    return edit_document(text, folder, change)


def remove_layer(text: str, folder: Folder, place: int) -> str:
    """Return a study's text without one of its layers.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        place: of the layer, from the substrate up, counted from 0.

    Raises:
        InputError: there is no such layer, or the device cannot be without it.
    """

    def change(document: dict[str, Any]) -> None:
        layers = _layers(document)
        del layers[_check(place, layers)]

    return edit_document(text, folder, change)


def add_layer(text: str, folder: Folder, place: int, material: str, thickness: str) -> str:
    """Return a study's text with one layer more.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        place: that it is to have, from the substrate up, counted from 0.
        material: of the library.
        thickness: with its unit; empty for a substrate.

    Raises:
        InputError: the material or the thickness is none, or the device cannot have this layer.
    """

    def change(document: dict[str, Any]) -> None:
        layers = _layers(document)
        if not 0 <= place <= len(layers):
            raise InputError(Problem(f"there is no place {place} among {len(layers)} layers", "device.layers"))
        word = _named(material)
        layers.insert(place, {word: _value(thickness)} if thickness.strip() else word)

    return edit_document(text, folder, change)


def set_material(text: str, folder: Folder, place: int, material: str) -> str:
    """Return a study's text with a layer of another material, of the same thickness and at the same contact.

    What the study states of the former material leaves with it.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        place: of the layer, from the substrate up, counted from 0.
        material: of the library.

    Raises:
        InputError: there is no such layer, or the device cannot have this material there.
    """

    def change(document: dict[str, Any]) -> None:
        layers = _layers(document)
        _check(place, layers)
        layers[place] = _of_material(layers[place], _named(material))

    return edit_document(text, folder, change)


def _of_material(item: Any, material: str) -> Any:
    """Return a layer with another material, in the form in which it is written."""
    if not isinstance(item, Mapping):
        return material
    former = material_word(item)
    contact = {"contact": former} if former in CONTACTS and material not in CONTACTS else {}
    inner = item[former]
    if isinstance(inner, Mapping) and not set(inner) & OF_A_NUMBER:
        inner = {key: value for key, value in inner.items() if _stays(key, value)} or None
    elif former in CONTACTS:
        inner = None
    items = {material if key == former else key: inner if key == former else value for key, value in item.items()}
    return {key: value for key, value in items.items() if key == material or _stays(key, value)} | contact


def _stays(key: str, value: Any) -> bool:
    """Whether what is stated under a layer stays where its material changes."""
    if key == "role":
        return bool(value == "emitter")
    if key in STATED and (STATED[key][0] in PARTS or STATED[key][0] == "contact"):
        return False
    return key not in ("table", "refractiveindex")


def _layers(document: dict[str, Any]) -> list[Any]:
    """Return the layers of a study as dictionaries.

    Raises:
        InputError: it has no device.
    """
    device = document.get("device")
    layers = device.get("layers") if isinstance(device, dict) else None
    if not isinstance(layers, list):
        raise InputError(Problem("the study has no device; state its layers first", "device.layers"))
    return layers


def _check(place: int, layers: list[Any]) -> int:
    """Return the place of a layer.

    Raises:
        InputError: there is none.
    """
    if not 0 <= place < len(layers):
        raise InputError(Problem(f"the device has {len(layers)} layers; there is no place {place}", "device.layers"))
    return place


def _named(material: str) -> str:
    """Return the name of a material as a key of a study.

    Raises:
        InputError: nothing is named.
    """
    if not material.strip():
        raise InputError(Problem("no material is named; take one of the library", "device.layers"))
    return material.strip()


def _value(written: str) -> Any:
    """Return a value as one types it, as a document has it."""
    return plain(read_text(written, "thickness"))
