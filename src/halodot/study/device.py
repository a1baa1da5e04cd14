"""Reads the device: its layers from the substrate up, and the light of its emitting layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from halodot.device.electrical_stack import is_electrical, same_material
from halodot.device.velocities import FREE_VELOCITY, HOP_DISTANCE, hops
from halodot.nodes import Node
from halodot.paths import layer_path
from halodot.sources import Sourced
from halodot.states import (
    STATED,
    Contact,
    Interface,
    Layer,
    Stack,
    replaced,
)
from halodot.study.emitter import NEEDED, of_class, read_emitter, without_class
from halodot.study.layer_checks import check_contacts, check_layer, check_order
from halodot.study.layer_optics import Needs, check_coverage
from halodot.study.layers import ReadLayer, read_layers
from halodot.study.model import EmitterNumbers, make_emitter
from halodot.study.reader import Reader
from halodot.study.records import CONTACTS, choices_of, fields_of, numbers_of

STACK_NUMBERS = tuple(name for name in numbers_of(Stack) if name != "temperature")
STACK_CHOICES = choices_of(Stack)
DEVICE_KEYS = (*STACK_NUMBERS, *STACK_CHOICES, "layers", "emitter", "source", "kind")
#: why an interface that states nothing of it has this velocity, and this hop
_FREE = "Carriers that are free in both layers: sqrt(kT/2 pi m) at 300 K."
_HOP = (
    "Distance a of molecules that touch, one in a nm3. Carriers hop at 6 mu kT/(q a), and the half of a hop beyond the "
    "interface ends lower by q field a/2."
)


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
    emitter, word = read_emitter(reader, items["emitter"], needs.root) if "emitter" in items else (None, "")
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
    read = read_layers(reader, items["layers"], needs, tables)
    if not read:
        return None, emitter, tables
    if emitter is not None:
        emitter = _of_class(reader, emitter, word, read, needs)
    shines = (needs.film or "emitter" in items) and any(item.layer.role == "emitter" for item in read)
    check_order(reader, read, shines)
    check_contacts(reader, read, items["layers"], needs)
    for item in read:
        check_layer(reader, item, needs, shines)
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


def _interface(item: ReadLayer) -> Interface:
    """Return the interface above a layer as the layer states it."""
    return Interface(**_of_place("interface", item.values))


def _of_place(place: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {STATED[word][1].name: value for word, value in values.items() if STATED[word][0] == place}


def _contacts(reader: Reader, read: list[ReadLayer]) -> dict[str, Contact]:
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


def _nearest_metal(read: list[ReadLayer], outwards: range) -> int:
    """Return the last of some layers that has a work function, the first of them where none has."""
    found = [index for index in outwards if "work_function" in read[index].values]
    return found[-1] if found else outwards[0]


def _with_velocities(
    reader: Reader, layers: tuple[Layer, ...], interfaces: list[Interface], needs: Needs
) -> tuple[Interface, ...]:
    """Return the interfaces with the hop or the velocity of each that states none, kept among the inputs as assumed.

    Where carriers hop, the hop is the number: the velocity that is not stated follows from it and the mobilities.
    """
    found = list(interfaces)
    for k, pair in enumerate(pairwise(layers)) if needs.electrical else ():
        if not all(is_electrical(layer) or layer.role == "emitter" for layer in pair) or same_material(*pair):
            continue
        hopping = {carrier: hops(pair, carrier) for carrier in ("electron", "hole")}
        if math.isnan(found[k].hop_distance) and any(hopping.values()):
            _keep(reader, pair[0], "interface_hop", HOP_DISTANCE, (0.5 * HOP_DISTANCE, 2.0 * HOP_DISTANCE), _HOP)
            found[k] = replaced(found[k], hop_distance=HOP_DISTANCE)
        if not math.isnan(found[k].velocity):
            continue
        free = [one for one in hopping if not hopping[one] and math.isnan(getattr(found[k], f"{one}_velocity"))]
        names = ["velocity"] if len(free) == 2 else [f"{carrier}_velocity" for carrier in free]
        for name in names:
            bounds = (FREE_VELOCITY / 10.0, FREE_VELOCITY * 10.0)
            _keep(reader, pair[0], f"interface_{name}", FREE_VELOCITY, bounds, _FREE)
        found[k] = replaced(found[k], **dict.fromkeys(names, FREE_VELOCITY))
    return tuple(found)


def _keep(reader: Reader, layer: Layer, word: str, value: float, bounds: tuple[float, float], about: str) -> None:
    """Keep a number of an interface that the study does not state among the inputs."""
    entry = Sourced(
        value, STATED[word][1].metadata["unit"], "assumed", "halodot", low=bounds[0], high=bounds[1], about=about
    )
    reader.inputs[layer_path(layer.name, word)] = entry


# ------------------------------------------------------------------------------------------------- the emitter's light


def _of_class(
    reader: Reader, emitter: EmitterNumbers, word: str, read: list[ReadLayer], needs: Needs
) -> EmitterNumbers:
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
    reader: Reader, emitter: EmitterNumbers | None, items: Mapping[str, Node], read: list[ReadLayer], needs: Needs
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
