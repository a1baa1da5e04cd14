"""Reads the device: its layers from the substrate up, and the light of its emitting layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from halodot.device.electrical_stack import is_electrical, same_material
from halodot.device.velocities import FREE_VELOCITY, pair_velocity
from halodot.paths import layer_path
from halodot.sources import Sourced
from halodot.states import (
    PARTS,
    STATED,
    Contact,
    Interface,
    Layer,
    Stack,
    Transport,
    make_layer,
    property_of,
    replaced,
    stated_default,
)
from halodot.study import library, substrate
from halodot.study.emitter import NEEDED, of_class, read_emitter, recombining, without_class
from halodot.study.layer_optics import Needs, check_coverage, read_optics
from halodot.study.model import EmitterNumbers, make_emitter
from halodot.study.nodes import Node
from halodot.study.reader import Reader, closest_name
from halodot.study.records import CONTACTS, choices_of, fields_of, flags_of, numbers_of, read_fields

STACK_NUMBERS = tuple(name for name in numbers_of(Stack) if name != "temperature")
STACK_CHOICES = choices_of(Stack)
DEVICE_KEYS = (*STACK_NUMBERS, *STACK_CHOICES, "layers", "emitter", "source", "kind")
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
#: numbers without which a layer carries no charge
_ELECTRICAL = tuple(name for name in numbers_of(Transport) if not getattr(Transport(), name) >= 0.0)
#: why an interface that states no velocity has this one
_FREE = "Carriers that are free in both layers: sqrt(kT/2 pi m) at 300 K."
_HOPS = "Carriers that hop in one of the layers: 1e13 attempts a second times 1 nm."
#: keys by which a mapping behind a material is a number with its origin
_OF_A_NUMBER = {"value", "low", "high", "sd", "about"}
_INDEX = ("cauchy_a", "table", "refractiveindex")
_FORMULA = {"cauchy_a", "cauchy_b", "cauchy_c"}


@dataclass(frozen=True, eq=False)
class _Read:
    """A layer as read, with what only the stack needs."""

    layer: Layer
    node: Node
    path: str
    contact: str
    values: Mapping[str, Any]  # what is known of it, in SI, by the words of a study
    known: bool  # the library has its material
    stated: tuple[str, ...]  # keys that the study writes


def read_device(
    reader: Reader, node: Node, needs: Needs
) -> tuple[Stack | None, EmitterNumbers | None, Mapping[str, str]]:
    """Read the section ``device`` of a study.

    Args:
        reader: collects numbers and problems.
        node: the section.
        needs: what must be there.

    Returns:
        The stack, None where it could not be read; what is said about its light; the source of every n,k table.
    """
    items = reader.mapping(node, "device", DEVICE_KEYS)
    with reader.origin(items, "device"):
        return _read_device(reader, node, items, needs)


def _read_device(
    reader: Reader, node: Node, items: Mapping[str, Node], needs: Needs
) -> tuple[Stack | None, EmitterNumbers | None, Mapping[str, str]]:
    before = len(reader.problems)
    emitter, word = read_emitter(reader, items["emitter"]) if "emitter" in items else (None, "")
    own: dict[str, Any] = {
        name: value
        for name in STACK_NUMBERS
        if name in items and (value := _stack_number(reader, items[name], name)) is not None
    }
    for name in STACK_CHOICES:
        if name in items:
            own[name] = reader.choice(items[name], f"device.{name}", STACK_CHOICES[name])
    if "layers" not in items or items["layers"].value in (None, []):
        reader.complain(node.place, "the device has no layers", "device")
        return None, emitter, {}
    tables: dict[str, str] = {}
    read = _read_layers(reader, items["layers"], needs, tables)
    if not read:
        return None, emitter, tables
    if emitter is not None:
        emitter = _of_class(reader, emitter, word, read, needs)
    shines = (needs.film or "emitter" in items) and any(item.layer.role == "emitter" for item in read)
    _check_order(reader, read, shines)
    _check_contacts(reader, read, items["layers"], needs)
    for item in read:
        _check_layer(reader, item, needs, shines)
    if shines:
        check_coverage(reader, [(item.layer, item.node.place) for item in read], needs)
    complete = _check_emitter(reader, emitter, items, read, needs)
    if len(reader.problems) > before:
        return None, emitter, tables
    _keep_defaults(reader)
    layers = tuple(item.layer for item in read)
    contacts = _contacts(reader, read)
    stack = Stack(
        layers=layers,
        interfaces=_with_velocities(reader, layers, [_interface(item) for item in read[:-1]], needs),
        anode=contacts.get("anode"),
        cathode=contacts.get("cathode"),
        emitter=make_emitter(emitter) if emitter is not None and complete else None,
        **own,
    )
    return stack, emitter, tables


def _stack_number(reader: Reader, node: Node, name: str) -> float | None:
    return reader.number(node, f"device.{name}", numbers_of(Stack)[name], fields_of(Stack)[name].metadata["valid"])


def _keep_defaults(reader: Reader) -> None:
    for name in ("area", "series_resistance", "shunt_conductance"):
        value = Stack.__dataclass_fields__[name].default
        entry = Sourced(value, numbers_of(Stack)[name], "assumed", "halodot", about="Not stated, taken as usual.")
        reader.inputs.setdefault(f"device.{name}", entry)


def _interface(item: _Read) -> Interface:
    """Return the interface above a layer as the layer states it."""
    return Interface(**_of_place("interface", item.values))


def _of_place(place: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {STATED[word][1].name: value for word, value in values.items() if STATED[word][0] == place}


def _contacts(reader: Reader, read: list[_Read]) -> dict[str, Contact]:
    """Return the contacts; work functions that a layer in front of them replaces do not enter.

    A layer too thin to be solved, such as LiF on Al, gives the contact that it covers its own work function.
    """
    marked = {item.contact: index for index, item in enumerate(read) if item.contact}
    if set(marked) != set(CONTACTS):
        return {}
    low, high = sorted(marked.values())
    inner = [i for i in range(low + 1, high) if read[i].layer.role in ("transport", "emitter")]
    below, above = range(low, inner[0] if inner else high), range(high, inner[-1] if inner else low, -1)
    chosen = {low: _nearest_metal(read, below), high: _nearest_metal(read, above)}
    for item in (item for index, item in enumerate(read) if index not in chosen.values()):
        reader.inputs.pop(layer_path(item.layer.name, "work_function"), None)
    found = {word: (chosen[index], _of_place("contact", read[chosen[index]].values)) for word, index in marked.items()}
    return {word: Contact(layer=index, **own) for word, (index, own) in found.items() if "work_function" in own}


def _nearest_metal(read: list[_Read], outwards: range) -> int:
    """Return the last of some layers that has a work function, the first of them where none has."""
    found = [index for index in outwards if "work_function" in read[index].values]
    return found[-1] if found else outwards[0]


def _with_velocities(
    reader: Reader, layers: tuple[Layer, ...], interfaces: list[Interface], needs: Needs
) -> tuple[Interface, ...]:
    """Return the interfaces with the velocity of each that states none, kept among the inputs as assumed."""
    found = list(interfaces)
    for k, pair in enumerate(pairwise(layers)) if needs.electrical else ():
        if not all(is_electrical(layer) or layer.role == "emitter" for layer in pair) or same_material(*pair):
            continue
        own = {carrier: pair_velocity(pair, carrier) for carrier in ("electron", "hole")}
        stated = {carrier: getattr(found[k], f"{carrier}_velocity") for carrier in own}
        open_to = [carrier for carrier in own if math.isnan(stated[carrier])]
        if not math.isnan(found[k].velocity) or not open_to:
            continue
        names = {f"{carrier}_velocity": own[carrier] for carrier in open_to}
        if len(open_to) == 2 and own["electron"] == own["hole"]:
            names = {"velocity": own["electron"]}
        for name, value in names.items():
            about = _FREE if value == FREE_VELOCITY else _HOPS
            entry = Sourced(value, "m/s", "assumed", "halodot", low=value / 10.0, high=value * 10.0, about=about)
            reader.inputs[layer_path(pair[0].name, f"interface_{name}")] = entry
        found[k] = replaced(found[k], **names)
    return tuple(found)


# -------------------------------------------------------------------------------------------------------------- layers


def _read_layers(reader: Reader, node: Node, needs: Needs, tables: dict[str, str]) -> list[_Read]:
    read: list[_Read] = []
    for index, item in enumerate(reader.sequence(node, "device.layers")):
        found = _read_layer(reader, item, f"device.layers[{index}]", {one.layer.name for one in read}, needs, tables)
        if found is not None:
            read.append(found)
    return read


def _read_layer(
    reader: Reader, node: Node, path: str, taken: set[str], needs: Needs, tables: dict[str, str]
) -> _Read | None:
    word, items = _layer_items(reader, node, path, needs.root)
    if not word:
        return None
    material = _material(reader, word, node, path, needs.root)
    if material is None:
        return None
    name = reader.text(items["name"], path) if "name" in items else _free_name(material, taken)
    if name in taken:
        reader.complain(items["name"].place, f"two layers are called {name!r}", path)
        return None
    values: dict[str, Any] = {"name": name, "material": material}
    known = material in library.materials(needs.root)
    if known:
        entry = library.material(material, needs.root)
        values |= entry.values
        reader.inputs |= {layer_path(name, key): item for key, item in entry.inputs.items()}
        if entry.source:
            tables[name] = entry.source
    contact = reader.choice(items["contact"], f"{path}.contact", CONTACTS) if "contact" in items else ""
    bare = word in CONTACTS
    if bare and contact not in ("", word):
        reader.complain(items["contact"].place, f"a layer called {word} is the {word}", path)
    contact = word if bare else contact
    if "role" in items:
        values["role"] = reader.choice(items["role"], path, choices_of(Layer)["role"]) or "transport"
    if contact:
        values["role"] = "electrode"
    stated = {key: item for key, item in items.items() if key not in ("name", "role")}
    values |= read_fields(reader, Layer, stated, f"device.layers.{name}")
    if values.get("role") == "emitter":
        values |= recombining(reader, values, stated, f"device.layers.{name}", needs.root)
    if table := read_optics(reader, items, path, name, needs, tables):
        values |= table
        # A table takes the place of the library's formula, whose numbers then do not enter.
        for key in _FORMULA - set(items):
            values.pop(key, None)
            reader.inputs.pop(layer_path(name, key), None)
    missing = values.get("role") != "substrate" and "thickness" not in items and not bare
    if missing and reader.lacking(["thickness"], path):
        reader.complain(node.place, f"the thickness of {word} is missing, such as {{{word}: 30 nm}}", path)
    values.setdefault("thickness", math.nan)
    layer = make_layer(**{word: value for word, value in values.items() if STATED[word][0] in ("layer", *PARTS)})
    if layer.role == "substrate":
        layer = substrate.completed(reader, layer, path, needs.wavelength)
    return _Read(layer, node, path, contact, values, known, tuple(items))


def _layer_items(reader: Reader, node: Node, path: str, root: Path) -> tuple[str, dict[str, Node]]:
    """Return the material and the stated properties of a layer: ``glass``, ``{PTAA: 30 nm}`` or the long form.

    What stands alone behind the material is its thickness, behind ``anode`` and ``cathode`` the work function.
    """
    if isinstance(node.value, str) and node.value:
        return node.value, {}
    if not isinstance(node.value, dict) or not node.value:
        reader.complain(node.place, f"a layer is expected, such as {{PTAA: 30 nm}}, not {node.kind}", path)
        return "", {}
    words = [key for key in node.value if key not in LAYER_KEYS]
    known = (key for key in words if key in CONTACTS or library.find("materials", key, root))
    word = next(known, words[0] if words else "")
    if not word:
        reader.complain(node.place, "a layer starts with its material, such as {PTAA: 30 nm}", path)
        return "", {}
    items = reader.mapping(node, path, (word, *LAYER_KEYS))
    inner = items.pop(word)
    if isinstance(inner.value, dict) and not set(inner.value) & _OF_A_NUMBER:
        twice = [key for key in inner.value if key in items]
        for key in twice:
            reader.complain(inner.keys[key], f"{key!r} is stated twice for {word}", path)
        items |= reader.mapping(inner, path, LAYER_KEYS)
    elif inner.value is not None:
        meant = "work_function" if word in CONTACTS else "thickness"
        if meant in items:
            reader.complain(items[meant].place, f"the {meant.replace('_', ' ')} of {word} is stated twice", path)
        items[meant] = inner
    return word, items


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


# ------------------------------------------------------------------------------------------------- the emitter's light


def _of_class(reader: Reader, emitter: EmitterNumbers, word: str, read: list[_Read], needs: Needs) -> EmitterNumbers:
    """Give the emitter and its layer what its class says, or note what is missing without one."""
    if needs.film:
        if word:
            reader.note("not followed", "the film of the recipe says how its excitons end", "device.emitter.class")
        return emitter
    places = [place for place, item in enumerate(read) if item.layer.role == "emitter"]
    if not word:
        if places and needs.electrical:
            without_class(reader, emitter)
    elif len(places) == 1:
        item = read[places[0]]
        emitter, layer = of_class(reader, word, emitter, item.layer, item.stated, needs.root)
        read[places[0]] = replace(item, layer=layer)
    return emitter


def _check_emitter(
    reader: Reader, emitter: EmitterNumbers | None, items: Mapping[str, Node], read: list[_Read], needs: Needs
) -> bool:
    """Report light without a layer that makes it or a line without its numbers; return whether it is complete."""
    layers = [item for item in read if item.layer.role == "emitter"]
    if len(layers) > 1:
        reader.complain(layers[1].node.place, "a second emitting layer; only one is modelled", layers[1].path)
    if emitter is None:
        if layers and not needs.film:
            message = "no recipe and no device.emitter: the device is computed without its light"
            reader.note("assumed", message, "device.emitter")
        return False
    if not layers:
        reader.complain(items["emitter"].place, "no layer has the role emitter; name one 'dots'", "device.emitter")
    absent = [name for name in NEEDED if math.isnan(getattr(emitter, name))]
    lacking = reader.lacking(absent, "device.emitter")
    if lacking and not needs.film:
        message = f"without a recipe the light of the dots must be stated: {', '.join(lacking)} missing"
        reader.complain(items["emitter"].place, message, "device.emitter")
    return not absent


# -------------------------------------------------------------------------------------------------------------- checks


def _check_order(reader: Reader, read: list[_Read], shines: bool) -> None:
    """Report a substrate that is not the first layer, and light that has none to leave through."""
    if shines and read[0].layer.role != "substrate" and not read[0].layer.thickness > substrate.THICK:
        message = f"{read[0].layer.name} is no substrate; the layers are written from the substrate up, such as glass"
        reader.complain(read[0].node.place, message, read[0].path)
    for item in read[1:]:
        if item.layer.role == "substrate":
            message = f"{item.layer.name} is a substrate and must be the first layer"
            reader.complain(item.node.place, message, item.path)


def _check_contacts(reader: Reader, read: list[_Read], node: Node, needs: Needs) -> None:
    """Report missing or doubled contacts."""
    contacts = {word: [i for i, item in enumerate(read) if item.contact == word] for word in ("anode", "cathode")}
    readable = reader.lacking(["contact"], *(item.path for item in read))
    for word, found in contacts.items():
        if len(found) > 1:
            reader.complain(read[found[1]].node.place, f"a second {word}", read[found[1]].path)
        elif not found and readable and (needs.electrical or any(contacts.values())):
            electrodes = [item.layer.name for item in read if item.layer.role == "electrode"]
            example = electrodes[0 if word == "anode" else -1] if electrodes else "ITO"
            message = (
                f"no layer is the {word}; mark one, such as {{{example}: 100 nm, contact: {word}}}, "
                f"or add a bare contact by its work function, such as {{{word}: 4.9 eV}}"
            )
            reader.complain(node.place, message, "device.layers")
    if not all(contacts.values()):
        return
    low, high = sorted((contacts["anode"][0], contacts["cathode"][0]))
    between = read[low + 1 : high]
    for item in between:
        if item.layer.role == "electrode":
            message = (
                f"{item.layer.name} is an electrode between the contacts; give it 'role: transport' or leave it out"
            )
            reader.complain(item.node.place, message, item.path)
    if needs.electrical and not any(item.layer.role in ("transport", "emitter") for item in between):
        reader.complain(node.place, "there is no layer between the contacts that carries charges", "device.layers")


def _check_layer(reader: Reader, item: _Read, needs: Needs, shines: bool) -> None:
    """Report a layer without n,k or without mobility."""
    layer, absent = item.layer, []
    filled = layer.role == "emitter" and needs.film
    places = (item.path, f"device.layers.{layer.name}")
    if shines and layer.material in CONTACTS and math.isnan(layer.thickness):
        absent.append("thickness")
    has_index = layer.optics.table_wavelength.size or not math.isnan(layer.optics.cauchy_a) or filled
    if shines and not has_index and len(reader.lacking(_INDEX, *places)) == len(_INDEX):
        absent.append("refractive index (cauchy_a with cauchy_b, table, or a page as refractiveindex)")
    if needs.electrical and layer.role in ("transport", "emitter") and not filled:
        absent += [name for name in _ELECTRICAL if math.isnan(property_of(layer, name))]
    if needs.electrical and layer.role == "electrode" and item.contact and "work_function" not in item.values:
        absent.append("work_function")
    absent = reader.lacking([*absent, *_half_said(item.values)], *places)
    if absent:
        known = item.known or layer.material in CONTACTS
        unknown = "" if known else "is not in the library and "
        hint = "" if known else closest_name(layer.material, library.aliases("materials", needs.root))
        message = f"{layer.material} {unknown}lacks {', '.join(absent)}; state them in the layer"
        reader.complain(item.node.place, message, item.path, hint)
    if layer.transport.electron_affinity >= layer.transport.ionisation_energy:
        message = f"{layer.name} has no gap: its electron level lies below its hole level"
        reader.complain(item.node.place, message, item.path)


def _half_said(values: Mapping[str, Any]) -> list[str]:
    """Return what is missing beside properties that mean nothing alone."""
    absent: list[str] = []
    stated = {word: stated_default(word) for word in STATED} | dict(values)
    for word, (_, item) in STATED.items():
        for needed in item.metadata.get("needs", ()):
            if stated[word] and not any(0.0 < stated[name] < math.inf for name in needed.split("|")):
                absent.append(needed.replace("|", " or "))
    if stated["statistics"] == "gaussian":
        absent += [name for name in ("electron_disorder", "hole_disorder") if stated[name] == 0.0]
    return absent
