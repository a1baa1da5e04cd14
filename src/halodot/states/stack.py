"""A device as it is built: layers, the interfaces between them, two contacts, an emitter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

from halodot.arrays import Array
from halodot.states.declare import array, choice, flag, number, replaced, state
from halodot.states.layer import PARTS, TRAP_CHARGES, Layer, make_layer, property_of, with_properties


@state
class Interface:
    """The interface between two neighbouring layers, without width; a study states it in the lower layer."""

    velocity: float = number(
        "m/s",
        "velocity of carriers that meet the step to the next layer; left out, that of the pair: 6 mu kT/(q a) with the "
        "harmonic mean of the mobilities where carriers hop, 2.7e4 where both are free",
        default=math.nan,
        key="interface_velocity",
        symbol="v",
        valid="positive",
        acts="interface",
    )
    electron_velocity: float = number(
        "m/s",
        "the same for electrons alone",
        default=math.nan,
        key="interface_electron_velocity",
        symbol="v_n",
        valid="positive",
        acts="interface",
    )
    hole_velocity: float = number(
        "m/s",
        "the same for holes alone",
        default=math.nan,
        key="interface_hole_velocity",
        symbol="v_p",
        valid="positive",
        acts="interface",
    )
    hop_distance: float = number(
        "m",
        "hop a across the interface from molecule to molecule, whose half beyond it ends lower by q field a/2; 0 for "
        "none; left out, 1 nm where carriers hop",
        default=math.nan,
        key="interface_hop",
        symbol="a_i",
        shown="nm",
        acts="interface",
        typical=1e-9,
    )
    disorder: float = number(
        "eV",
        "standard deviation of the step from place to place, beyond that of the layers' own states; 0 for none",
        default=0.0,
        key="interface_disorder",
        symbol="sigma_i",
        shown="meV",
        acts="interface",
    )
    dipole: float = number(
        "V",
        "rise of the potential across the interface, upwards; may be negative",
        default=0.0,
        key="interface_dipole",
        symbol="Delta",
        valid="any",
        acts="interface",
    )
    tunnelling_mass: float = number(
        "1",
        "electron masses of a carrier that tunnels through the interface's barrier; 0 for none",
        default=0.0,
        symbol="m_t",
        acts="interface",
    )
    trap_density: float = number(
        "1/m2",
        "recombination centres, which see the carriers of both sides",
        default=0.0,
        key="interface_trap_density",
        symbol="N_it",
        shown="1/cm2",
        needs=("interface_trap_energy", "interface_electron_capture", "interface_hole_capture"),
        acts="interface",
    )
    trap_energy: float = number(
        "eV",
        "level of the interface's centres below vacuum",
        default=math.nan,
        key="interface_trap_energy",
        symbol="E_it",
        valid="level",
        acts="interface",
    )
    electron_capture: float = number(
        "m3/s",
        "electron capture coefficient of such a centre",
        default=0.0,
        key="interface_electron_capture",
        symbol="c_n,i",
        shown="cm3/s",
        acts="interface",
    )
    hole_capture: float = number(
        "m3/s",
        "hole capture coefficient of such a centre",
        default=0.0,
        key="interface_hole_capture",
        symbol="c_p,i",
        shown="cm3/s",
        acts="interface",
    )
    trap_charge: str = choice(
        *TRAP_CHARGES, default="neutral", about="`acceptor`, `donor` or `neutral`", key="interface_trap_charge"
    )
    face_capture: bool = flag(
        default=False,
        about="a carrier beside the emitting layer hops onto a dot that holds the opposite one, where they make an "
        "exciton; the two coefficients, where not stated, are those of one hop",
    )
    face_hole_capture: float = number(
        "m4/s",
        "coefficient B of holes beside the emitting layer and electrons on its dots, B n p excitons an area",
        default=0.0,
        symbol="B_p",
        shown="cm4/s",
        acts="interface",
    )
    face_electron_capture: float = number(
        "m4/s",
        "the same of electrons beside the emitting layer and holes on its dots",
        default=0.0,
        symbol="B_n",
        shown="cm4/s",
        acts="interface",
    )


@state
class Contact:
    """Where carriers enter from a metal; a study states it in the metal's layer or in a layer that covers it."""

    layer: int  # index in the stack of the layer that has the work function
    work_function: float = number("eV", "work function as a contact", symbol="Phi", valid="level", acts="contact")
    electron_velocity: float = number(
        "m/s",
        "velocity at which electrons pass the contact; left out, the contact holds their density in equilibrium",
        default=math.inf,
        key="contact_electron_velocity",
        symbol="S_n",
        valid="positive",
        acts="contact",
    )
    hole_velocity: float = number(
        "m/s",
        "the same for holes",
        default=math.inf,
        key="contact_hole_velocity",
        symbol="S_p",
        valid="positive",
        acts="contact",
    )
    spacing: float = number(
        "m",
        "distance of the first molecules from the metal: the contact holds no more carriers than an unlimited one has "
        "there, and so a level inside the gap; 0 for none, up to the layer's own level",
        default=1e-9,
        key="contact_spacing",
        symbol="a_c",
        shown="nm",
        acts="contact",
    )
    barrier_lowering: bool = flag(
        default=False,
        about="the image force lowers the barrier with the field; needs one of the two velocities",
        needs=("contact_electron_velocity|contact_hole_velocity",),
    )


@state
class Emitter:
    """How the excitons of the emitting layer decay in an infinite medium of the layer's own index."""

    wavelength: Array = array("m", "wavelength")
    spectrum: Array = array("1", "wavelength")  # photons per unit wavelength, any scale
    radiative_rate: float = number("1/s", "radiative rate", symbol="k_r", valid="positive", shown="1/ns")
    nonradiative_rate: float = number("1/s", "non-radiative rate", symbol="k_nr", shown="1/ns", typical=1e6)
    horizontal_fraction: float = number(
        "1",
        "share of dipole moment in the plane, 2/3 is isotropic",
        default=2.0 / 3.0,
        symbol="Theta",
        valid="fraction",
        acts="optics",
    )
    quenching_range: float = number(
        "m",
        "decay length of exciton quenching by a layer with a quenching_rate",
        default=1e-9,
        symbol="l_q",
        valid="positive",
        shown="nm",
        acts="excitons",
    )
    exciton_diffusivity: float = number(
        "m2/s",
        "diffusion coefficient of excitons",
        default=0.0,
        symbol="D_X",
        shown="cm2/s",
        acts="excitons",
        typical=1e-8,
    )
    dot_volume: float = number(
        "m3",
        "volume of the film for each dot",
        default=math.nan,
        symbol="v",
        valid="positive",
        shown="nm3",
        acts="excitons",
    )
    trion_auger_rate: float = number(
        "1/s",
        "Auger rate of an exciton on a dot with one charge (trion)",
        default=0.0,
        symbol="k_tri",
        shown="1/ns",
        acts="excitons",
    )
    charging_energy: float = number(
        "eV",
        "energy by which two electrons, or two holes, on one dot repel each other",
        default=0.0,
        symbol="U",
        shown="meV",
        acts="excitons",
        typical=0.1,
    )
    exciton_binding: float = number(
        "eV",
        "attraction of electron and hole on a dot, by which a hop onto a charged dot costs less; for `face_capture`",
        default=0.0,
        symbol="E_b",
        shown="meV",
        acts="excitons",
    )
    quenching_field: float = number(
        "V/m",
        "field that halves the radiative rate of an exciton",
        default=math.inf,
        symbol="E_q",
        valid="positive",
        shown="MV/cm",
        acts="excitons",
    )
    nonradiative_activation_energy: float = number(
        "eV",
        "activation energy by which the non-radiative rate, stated at 25 degC, follows the temperature; 0 for none",
        default=0.0,
        symbol="E_nr",
        shown="meV",
        acts="excitons",
        typical=0.1,
    )


@state
class Stack:
    """A device from the substrate up; light leaves through layers[0] or the top, current through two contacts."""

    layers: tuple[Layer, ...]
    interfaces: tuple[Interface, ...] = ()  # one between each pair of neighbours, none where nothing is said of them
    anode: Contact | None = None
    cathode: Contact | None = None
    emitter: Emitter | None = None
    area: float = number("m2", "active area", default=4e-6, symbol="A", valid="positive", shown="mm2", acts="device")
    temperature: float = number(
        "K", "device temperature", default=300.0, symbol="T", valid="temperature", shown="degC", acts="device"
    )
    series_resistance: float = number(
        "ohm*m2",
        "series resistance times area",
        default=0.0,
        symbol="R_s",
        shown="ohm*cm2",
        acts="device",
        typical=1e-4,
    )
    sheet_resistance: float = number(
        "ohm",
        "resistance of a square of the transparent electrode, which adds to the series resistance; 0 for none",
        default=0.0,
        symbol="R_sq",
        acts="device",
        typical=10.0,
    )
    pixel_width: float = number(
        "m",
        "extent of the pixel along the current in that electrode; left out, the side of a square of this area",
        default=math.nan,
        symbol="w",
        valid="positive",
        shown="mm",
        acts="device",
    )
    lead_length: float = number(
        "m",
        "length of that electrode, as broad as the pixel, from each contact to the pixel",
        default=0.0,
        symbol="l",
        shown="mm",
        acts="device",
        typical=1e-3,
    )
    contacted_sides: str = choice(
        *("one", "two"),
        default="one",
        about="sides of the pixel from which that electrode is contacted: `one` or `two`",
    )
    shunt_conductance: float = number(
        "S/m2",
        "conductance parallel to the device",
        default=0.0,
        symbol="G_sh",
        shown="mS/cm2",
        acts="device",
        typical=1e-3,
    )
    thermal_resistance: float = number(
        "K*m2/W",
        "resistance to the heat that leaves; the device warms itself until heat made and lost agree, 0 for never",
        default=0.0,
        symbol="R_th",
        shown="K*cm2/W",
        acts="device",
        typical=1e-3,
    )
    ions: str = choice(
        *("free", "frozen"), default="free", about="`free`: at rest at every voltage; `frozen` as at rest in the dark"
    )
    emission_side: str = choice(
        *("bottom", "top"),
        default="bottom",
        about="`bottom` (through the substrate) or `top`: the side whose light counts",
    )
    outcoupling: str = choice(
        *("planar", "half_sphere"),
        default="planar",
        about="`planar`, or `half_sphere`: index-matched glass on the substrate takes out all of its light",
    )


def _stated_fields() -> dict[str, tuple[str, Field[Any]]]:
    found: dict[str, tuple[str, Field[Any]]] = {}
    for place, record in (("layer", Layer), *PARTS.items(), ("interface", Interface), ("contact", Contact)):
        for item in fields(record):
            if item.name not in PARTS and (place, item.name) != ("contact", "layer"):
                found[item.metadata.get("key") or item.name] = (place, item)
    return found


#: What a study states under a layer: word -> where it lies, which is "layer", one of its parts, the "interface" above
#: it or the "contact" that it is, and the field there.
STATED: Mapping[str, tuple[str, Field[Any]]] = _stated_fields()


def stated_value(stack: Stack, index: int, word: str) -> Any:
    """Return what a study states under a layer by a word [SI]: of the layer, the interface above, or its contact.

    Args:
        stack: the device.
        index: of the layer.
        word: of ``STATED``; the default comes back for a contact's word where the layer is none.
    """
    place, item = STATED[word]
    if place == "interface":
        return getattr(interface_above(stack, index), item.name)
    if place == "contact":
        contact = next((one for one in (stack.anode, stack.cathode) if one is not None and one.layer == index), None)
        return getattr(contact, item.name) if contact is not None else stated_default(word)
    return property_of(stack.layers[index], item.name)


def stated_default(word: str) -> Any:
    """Return what a word under a layer is where it is not stated, nan for a number without a default."""
    item = STATED[word][1]
    return math.nan if item.default is MISSING else item.default


def with_stated(stack: Stack, index: int, values: Mapping[str, Any]) -> Stack:
    """Return a stack with other values under a layer, wherever they lie; of a contact only where the layer is one.

    Args:
        stack: the device.
        index: of the layer.
        values: in SI, by a word of ``STATED``.
    """
    own: dict[str, dict[str, Any]] = {"layer": {}, "interface": {}, "contact": {}}
    for word, value in values.items():
        place, item = STATED[word]
        own["layer" if place == "layer" or place in PARTS else place][item.name] = value
    changes: dict[str, Any] = {}
    if own["layer"]:
        layer = with_properties(stack.layers[index], **own["layer"])
        changes["layers"] = (*stack.layers[:index], layer, *stack.layers[index + 1 :])
    if own["interface"] and index < len(stack.layers) - 1:
        found = [interface_above(stack, k) for k in range(len(stack.layers) - 1)]
        found[index] = replaced(found[index], **own["interface"])
        changes["interfaces"] = tuple(found)
    for name, contact in (("anode", stack.anode), ("cathode", stack.cathode)):
        if own["contact"] and contact is not None and contact.layer == index:
            changes[name] = replaced(contact, **own["contact"])
    return replaced(stack, **changes) if changes else stack


def stated_layers(stack: Stack) -> list[dict[str, Any]]:
    """Return what is stated under each layer of a stack [SI], by word, numbers that it does not have left out."""
    found: list[dict[str, Any]] = []
    for index in range(len(stack.layers)):
        values = {word: stated_value(stack, index, word) for word in STATED}
        absent = {word for word, value in values.items() if isinstance(value, float) and math.isnan(value)}
        found.append({word: value for word, value in values.items() if word not in absent - {"thickness"}})
    return found


def make_stack(layers: Sequence[Mapping[str, Any]], anode_first: bool = True, **device: Any) -> Stack:
    """Return a stack from what is stated under each layer, from the substrate up.

    Args:
        layers: by word of ``STATED``, at least name, material and thickness. Those next to the layers with levels that
            state a work function are the contacts; a layer with ``role: injection`` and one is no layer with levels.
        anode_first: the lower contact is the anode.
        device: other fields of the stack.
    """
    own = [{place: _of_place(place, words) for place in ("layer", "interface", "contact")} for words in layers]
    covers = [words.get("role") == "injection" and "work_function" in words for words in layers]
    inner = [k for k, words in enumerate(layers) if "electron_affinity" in words and not covers[k]] or [len(layers)]
    metals = [index for index, words in enumerate(layers) if "work_function" in words]
    below, above = [i for i in metals if i < inner[0]], [i for i in metals if i > inner[-1]]
    anode = Contact(layer=below[-1], **own[below[-1]]["contact"]) if below else None
    cathode = Contact(layer=above[0], **own[above[0]]["contact"]) if above else None
    return Stack(
        layers=tuple(make_layer(**words["layer"]) for words in own),
        interfaces=tuple(Interface(**words["interface"]) for words in own[:-1]),
        anode=anode if anode_first else cathode,
        cathode=cathode if anode_first else anode,
        **device,
    )


def _of_place(place: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a layer and its parts, an interface or a contact among what is stated under a layer."""
    of = {word: "layer" if STATED[word][0] in PARTS else STATED[word][0] for word in words}
    return {STATED[word][1].name: value for word, value in words.items() if of[word] == place}


def emitter_index(stack: Stack) -> int | None:
    """Return the index of the emitting layer of a stack, None without one."""
    return next((index for index, layer in enumerate(stack.layers) if layer.role == "emitter"), None)


def emitting_layer(stack: Stack) -> Layer | None:
    """Return the emitting layer of a stack, None where there is none."""
    index = emitter_index(stack)
    return None if index is None else stack.layers[index]


def interface_above(stack: Stack, index: int) -> Interface:
    """Return the interface between layer ``index`` of a stack and the next one above."""
    return stack.interfaces[index] if index < len(stack.interfaces) else Interface()


def anode_is_below(stack: Stack) -> bool:
    """Return whether the anode lies below the cathode, also where a stack has no contacts."""
    return stack.anode is None or stack.cathode is None or stack.anode.layer < stack.cathode.layer
