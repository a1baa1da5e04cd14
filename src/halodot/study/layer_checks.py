"""What is wrong with the layers of a device: their order, their contacts, and numbers that are missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from halodot.nodes import Node
from halodot.states import STATED, Transport, property_of, stated_default
from halodot.study import library, substrate
from halodot.study.layer_optics import Needs
from halodot.study.layers import ReadLayer
from halodot.study.reader import Reader, closest_name
from halodot.study.records import CONTACTS, numbers_of

#: numbers without which a layer carries no charge
_ELECTRICAL = tuple(name for name in numbers_of(Transport) if not getattr(Transport(), name) >= 0.0)
_INDEX = ("cauchy_a", "table", "refractiveindex")


def check_order(reader: Reader, read: list[ReadLayer], shines: bool) -> None:
    """Report a substrate that is not the first layer, and light that has none to leave through."""
    if shines and read[0].layer.role != "substrate" and not read[0].layer.thickness > substrate.THICK:
        message = f"{read[0].layer.name} is no substrate; the layers are written from the substrate up, such as glass"
        reader.complain(read[0].node.place, message, read[0].path)
    for item in read[1:]:
        if item.layer.role == "substrate":
            message = f"{item.layer.name} is a substrate and must be the first layer"
            reader.complain(item.node.place, message, item.path)


def check_contacts(reader: Reader, read: list[ReadLayer], node: Node, needs: Needs) -> None:
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


def check_layer(reader: Reader, item: ReadLayer, needs: Needs, shines: bool) -> None:
    """Report a layer without n,k or without mobility."""
    layer, places = item.layer, (item.path, f"device.layers.{item.layer.name}")
    filled = layer.role == "emitter" and needs.film
    absent = [] if not shines else _without_light(reader, item, needs, places)
    absent = reader.lacking([*absent, *_without_charges(item, needs), *_half_said(item.values, filled)], *places)
    if absent:
        known = item.known or layer.material in CONTACTS
        unknown = "" if known else "is not in the library and "
        hint = "" if known else closest_name(layer.material, library.aliases("materials", needs.root))
        message = f"{layer.material} {unknown}lacks {', '.join(absent)}; state them in the layer"
        reader.complain(item.node.place, message, item.path, hint)
    if layer.transport.electron_affinity >= layer.transport.ionisation_energy:
        message = f"{layer.name} has no gap: its LUMO or conduction band lies below its HOMO or valence band"
        reader.complain(item.node.place, message, item.path)


def _without_light(reader: Reader, item: ReadLayer, needs: Needs, places: tuple[str, str]) -> list[str]:
    """Return what a layer lacks for the optics."""
    layer = item.layer
    absent = ["thickness"] if layer.material in CONTACTS and math.isnan(layer.thickness) else []
    filled = layer.role == "emitter" and needs.film
    has_index = layer.optics.table_wavelength.size or not math.isnan(layer.optics.cauchy_a) or filled
    if not has_index and len(reader.lacking(_INDEX, *places)) == len(_INDEX):
        absent.append("refractive index (cauchy_a with cauchy_b, table, or a page as refractiveindex)")
    return absent


def _without_charges(item: ReadLayer, needs: Needs) -> list[str]:
    """Return what a layer lacks for carrying charges, or for being a contact."""
    layer = item.layer
    if not needs.electrical:
        return []
    if layer.role in ("transport", "emitter") and not (layer.role == "emitter" and needs.film):
        return [name for name in _ELECTRICAL if math.isnan(property_of(layer, name))]
    return (
        ["work_function"] if layer.role == "electrode" and item.contact and "work_function" not in item.values else []
    )


def _half_said(values: Mapping[str, Any], filled: bool) -> list[str]:
    """Return what is missing beside properties that mean nothing alone, in a layer that a film fills in or not."""
    absent: list[str] = []
    stated = {word: stated_default(word) for word in STATED} | dict(values)
    for word, (_, item) in STATED.items():
        for needed in item.metadata.get("needs", ()):
            if stated[word] and not any(0.0 < stated[name] < math.inf for name in needed.split("|")):
                absent.append(needed.replace("|", " or "))
    needed = {"gaussian": "disorder", "dot_levels": "" if filled else "level_spacing"}.get(stated["statistics"], "")
    absent += [name for name in (f"electron_{needed}", f"hole_{needed}") if needed and stated[name] == 0.0]
    return absent
