"""The electrical part of a stack: which layers carry current, and between which contacts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.barriers import UNDER_WAY, with_charge_generation, with_tunnelling
from halodot.device.contact_levels import held_level
from halodot.device.laws.disorder_limits import WIDEST_STATES
from halodot.device.laws.dot_levels import FIRST_LEVEL_STATES, MOST_SECOND_LEVEL_STATES
from halodot.device.laws.mobility_at_temperature import at_temperature
from halodot.errors import InputError, Problem
from halodot.states import (
    MOBILITY_LAWS,
    Contact,
    Interface,
    Ions,
    Layer,
    Recombination,
    Stack,
    Transport,
    Traps,
    anode_is_below,
    interface_above,
    property_of,
    replaced,
)

#: Temperature in K above which nothing of a device is left: glass, ITO and every organic have melted by then.
HOTTEST = 1500.0
#: Thickness in m below which a layer is refused: a hundredth of an atom, and the nodes of its grid would coincide.
THINNEST = 1e-12

_LEVELS = ("electron_affinity", "ionisation_energy", "electron_mobility", "hole_mobility")
#: Numbers of a layer that carries current, as they are declared; a mobility may be 0 here, which blocks a carrier.
_NUMBERS = {
    item.name: item.metadata["valid"]
    for part in (Transport, Recombination, Traps, Ions)
    for item in fields(part)
    if "valid" in item.metadata
}
_MOBILITIES = ("electron_mobility", "hole_mobility")
_POSITIVE = (
    "thickness",
    *(
        name
        for name, valid in _NUMBERS.items()
        if valid in ("positive", "permittivity", "temperature") and name not in _MOBILITIES
    ),
)
_NOT_NEGATIVE = (*_MOBILITIES, *(name for name, valid in _NUMBERS.items() if valid == "nonnegative"))
#: Widest disorder (eV) of a step: the mean of exp(-step/kT) over a wider Gaussian is made by steps that no film has.
WIDEST_DISORDER = 0.3
#: Of an interface, for both carriers, electrons and holes; nan where the pair of layers decides.
VELOCITIES = ("velocity", "electron_velocity", "hole_velocity")
_CHARGES = ("neutral", "acceptor", "donor")
_CHOICES = {
    "statistics": ("boltzmann", "fermi_dirac", "gaussian", "dot_levels"),
    "mobility_law": MOBILITY_LAWS,
    "trap_charge": _CHARGES,
}

#: Pieces that share the nodes of one film, so few that each has nodes of its own on any grid.
MOST_PIECES = 8
#: What makes two layers the same to charges.
_MATERIAL = tuple(
    name
    for name in (*_LEVELS, *_POSITIVE, *_NOT_NEGATIVE, *_CHOICES, "trap_energy", "ion_permeable")
    if name not in ("thickness", "quenching_rate")
)


@dataclass(frozen=True)
class ElectricalStack:
    """The layers that carry current, anode first, between two contacts."""

    layers: tuple[Layer, ...]  # with the mobilities that their laws have at the temperature of the device
    indices: tuple[int, ...]  # of these layers in the stack
    interfaces: tuple[Interface, ...]  # between them
    anode: Contact  # its work function held inside the gap of the layer that it touches
    cathode: Contact
    thermal_voltage: float  # V
    flipped: bool  # the anode is at the top of the stack
    films: tuple[int, ...]  # which film each layer is part of: neighbours of one material are one
    dot_volume: float = math.nan  # of the emitting layer for each dot, m3
    exciton_binding: float = 0.0  # eV


def is_electrical(layer: Layer) -> bool:
    """Return whether the layer has both levels and both mobilities."""
    return all(math.isfinite(property_of(layer, name)) for name in _LEVELS)


def is_limited(contact: Contact) -> bool:
    """Return whether carriers pass a contact at a finite velocity."""
    return math.isfinite(contact.electron_velocity) or math.isfinite(contact.hole_velocity)


def electrical_stack(stack: Stack) -> ElectricalStack:
    """Return the layers that carry current and their contacts.

    A contact's work function is held inside the gap of the layer that it touches, see `contact_levels`.

    Raises:
        InputError: a layer lacks a number, or there are no contacts; every such problem at once.
    """
    bottom, top, problems = span_of(stack)
    problems += [problem for i in range(bottom, top + 1) for problem in _layer_problems(i, stack)]
    problems += [problem for i in range(bottom, top) for problem in _interface_problems(i, stack)]
    below, above = contacts_of(stack)
    for name, contact in (("below", below), ("above", above)):
        if contact is None:
            problems.append(Problem(f"no layer {name} the electrical ones has a work function", "device.layers"))
        else:
            problems += _contact_problems(contact, stack.layers[contact.layer])
    if not 1.0 <= stack.temperature <= HOTTEST:
        problems.append(Problem(f"must be between 1 and {HOTTEST:g} K", "run.temperature"))
    for name in ("series_resistance", "sheet_resistance", "lead_length", "shunt_conductance", "thermal_resistance"):
        if not 0.0 <= getattr(stack, name) < math.inf:
            problems.append(Problem("must be finite and at least 0", f"device.{name}"))
    if stack.pixel_width <= 0.0:
        problems.append(Problem("must be positive", "device.pixel_width"))
    if stack.contacted_sides not in ("one", "two"):
        problems.append(Problem("must be one or two", "device.contacted_sides"))
    if stack.ions not in ("free", "frozen"):
        problems.append(Problem("must be free or frozen", "device.ions"))
    if problems or below is None or above is None:
        raise InputError(problems)
    indices = list(range(bottom, top + 1))
    flipped = not anode_is_below(stack)
    if flipped:
        below, above = above, below
        indices.reverse()
    uppers = [interface_above(stack, i) for i in indices]
    thermal_voltage = BOLTZMANN * stack.temperature / ELEMENTARY_CHARGE
    layers = [at_temperature(stack.layers[i], thermal_voltage) for i in indices]
    generated = with_charge_generation(layers, uppers[1:] if flipped else uppers[:-1], flipped)
    paths, faces = with_tunnelling(layers, generated, uppers, thermal_voltage)
    return ElectricalStack(
        paths,
        tuple(indices),
        faces,
        _held_contact(below, paths, layers, thermal_voltage),
        _held_contact(above, paths[::-1], layers[::-1], thermal_voltage),
        thermal_voltage,
        flipped,
        films_of(paths, faces),
        math.nan if stack.emitter is None else stack.emitter.dot_volume,
        0.0 if stack.emitter is None else stack.emitter.exciton_binding,
    )


def films_of(layers: Sequence[Layer], interfaces: Sequence[Interface]) -> tuple[int, ...]:
    """Return which film each layer is part of: a face between two layers of one material is no interface.

    Args:
        layers: one after the other.
        interfaces: between them.
    """
    films = [0]
    for k, interface in enumerate(interfaces):
        bare = interface.dipole == 0.0 and interface.trap_density == 0.0
        emits = any(layer.role == "emitter" for layer in layers[k : k + 2])
        one = bare and not emits and same_material(*layers[k : k + 2]) and films.count(films[-1]) < MOST_PIECES
        films.append(films[-1] + (0 if one else 1))
    return tuple(films)


def same_material(one: Layer, other: Layer) -> bool:
    """Return whether two layers are the same to charges, whatever their thickness."""
    pairs = ((property_of(one, name), property_of(other, name)) for name in _MATERIAL)
    return all(a == b or (a != a and b != b) for a, b in pairs)


def _held_contact(contact: Contact, paths: Sequence[Layer], stated: Sequence[Layer], thermal_voltage: float) -> Contact:
    """Return a contact beside the layers that it touches first, and those layers as stated, before any tunnelling."""
    moved = {
        carrier: property_of(paths[0], level) != property_of(stated[0], level)
        for carrier, level in (("electron", "electron_affinity"), ("hole", "ionisation_energy"))
    }
    charged = paths[1] if any(moved.values()) else paths[0]
    return replaced(
        contact,
        work_function=held_level(contact, paths[0], thermal_voltage, charged),
        electron_velocity=contact.electron_velocity / (UNDER_WAY if moved["electron"] else 1.0),
        hole_velocity=contact.hole_velocity / (UNDER_WAY if moved["hole"] else 1.0),
    )


def span_of(stack: Stack) -> tuple[int, int, list[Problem]]:
    """Return the first and last electrical layer between the contacts, and what a layer lacks for being one."""
    below, above = contacts_of(stack)
    first = -1 if below is None else below.layer
    last = len(stack.layers) if above is None else above.layer
    chosen = [i for i, layer in enumerate(stack.layers) if first < i < last and is_electrical(layer)]
    if not chosen:
        raise InputError(Problem("no layer has both levels and both mobilities", "device.layers"))
    problems = [
        Problem(f"carries current between {_LEVELS[0]} and mobility, but has no {name}", _path(i, stack.layers[i]))
        for i in range(chosen[0], chosen[-1] + 1)
        for name in _LEVELS
        if not math.isfinite(property_of(stack.layers[i], name))
    ]
    problems += [
        Problem(f"has levels but no {name}", _path(i, layer))
        for i, layer in enumerate(stack.layers)
        if not chosen[0] <= i <= chosen[-1] and any(math.isfinite(property_of(layer, key)) for key in _LEVELS)
        for name in _LEVELS
        if not math.isfinite(property_of(layer, name))
    ]
    return chosen[0], chosen[-1], problems


def _path(index: int, layer: Layer) -> str:
    return f"device.layers[{index}] ({layer.name})"


def contacts_of(stack: Stack) -> tuple[Contact | None, Contact | None]:
    """Return the lower and the upper contact."""
    return (stack.anode, stack.cathode) if anode_is_below(stack) else (stack.cathode, stack.anode)


def _contact_problems(contact: Contact, layer: Layer) -> list[Problem]:
    """Return what is wrong with the numbers of a contact, which a layer holds."""
    velocities = {name: getattr(contact, name) for name in ("electron_velocity", "hole_velocity")}
    wrong = [f"contact_{name} must be positive" for name, value in velocities.items() if not value > 0.0]
    if not 0.0 <= contact.spacing < math.inf:
        wrong.append("contact_spacing must not be negative")
    if contact.barrier_lowering and not is_limited(contact):
        wrong.append("barrier_lowering needs a finite contact_electron_velocity or contact_hole_velocity")
    return [Problem(text, _path(contact.layer, layer)) for text in wrong]


def _interface_problems(index: int, stack: Stack) -> list[Problem]:
    """Return what is wrong with the numbers of the interface above a layer."""
    interface = interface_above(stack, index)
    wrong = [f"interface_{name} must be positive" for name in VELOCITIES if getattr(interface, name) <= 0.0]
    if not math.isfinite(interface.dipole):
        wrong.append("interface_dipole must be finite")
    if interface.hop_distance < 0.0 or math.isinf(interface.hop_distance):
        wrong.append("interface_hop must not be negative")
    if not 0.0 <= interface.disorder <= WIDEST_DISORDER:
        wrong.append(f"interface_disorder must be between 0 and {WIDEST_DISORDER:g} eV")
    if not 0.0 <= interface.tunnelling_mass < math.inf:
        wrong.append("tunnelling_mass must not be negative")
    if interface.trap_charge not in _CHARGES:
        wrong.append(f"interface_trap_charge must be one of {', '.join(_CHARGES)}")
    wrong += [
        f"interface_{name} must not be negative"
        for name in ("trap_density", "electron_capture", "hole_capture")
        if not 0.0 <= getattr(interface, name) < math.inf
    ]
    if interface.trap_density > 0.0:
        if not math.isfinite(interface.trap_energy):
            wrong.append("interface_trap_density needs an interface_trap_energy")
        wrong += [
            f"interface_trap_density needs a positive interface_{name}"
            for name in ("electron_capture", "hole_capture")
            if not getattr(interface, name) > 0.0
        ]
    wrong += _face_problems(interface, stack, index)
    return [Problem(text, _path(index, stack.layers[index])) for text in wrong]


def captures_at_face(interface: Interface) -> bool:
    """Return whether carriers are captured across an interface, by stated coefficients or by those of a hop."""
    return interface.face_capture or interface.face_hole_capture > 0.0 or interface.face_electron_capture > 0.0


def _face_problems(interface: Interface, stack: Stack, index: int) -> list[str]:
    """Return what the capture across the interface above a layer lacks."""
    wrong = [
        f"{name} must be finite and not negative"
        for name in ("face_hole_capture", "face_electron_capture")
        if not 0.0 <= getattr(interface, name) < math.inf
    ]
    if not wrong and captures_at_face(interface):
        if not any(layer.role == "emitter" for layer in stack.layers[index : index + 2]):
            wrong.append("capture across a face makes excitons on dots: one of its layers must have the role emitter")
        if interface.face_capture and not (stack.emitter is not None and stack.emitter.dot_volume > 0.0):
            wrong.append(
                "face_capture needs device.emitter.dot_volume, the film for each dot; or state face_hole_capture and"
                " face_electron_capture"
            )
    return wrong


def _layer_problems(index: int, stack: Stack) -> list[Problem]:
    """Return what is wrong with the numbers of one electrical layer."""
    layer = stack.layers[index]
    path = _path(index, layer)
    wrong = [f"{name} must be positive" for name in _POSITIVE if not 0.0 < property_of(layer, name) < math.inf]
    wrong += [
        f"{name} must not be negative" for name in _NOT_NEGATIVE if not 0.0 <= property_of(layer, name) < math.inf
    ]
    wrong += [
        f"{name} must be one of {', '.join(choices)}"
        for name, choices in _CHOICES.items()
        if property_of(layer, name) not in choices
    ]
    if 0.0 < layer.thickness < THINNEST:
        wrong.append(f"thickness must be at least {THINNEST * 1e9:g} nm, or leave the layer out")
    if layer.transport.ionisation_energy <= layer.transport.electron_affinity:
        wrong.append("ionisation_energy must be larger than electron_affinity")
    if layer.transport.second_level_states > MOST_SECOND_LEVEL_STATES:
        wrong.append(f"second_level_states of one dot must be at most {MOST_SECOND_LEVEL_STATES}")
    if layer.traps.trap_density > 0.0 and not math.isfinite(layer.traps.trap_energy):
        wrong.append("trap_density needs a trap_energy")
    wrong += _law_problems(layer) + _overfull(layer) + _too_wide(layer, stack.temperature)
    return [Problem(text, path) for text in wrong]


def _too_wide(layer: Layer, temperature: float) -> list[str]:
    """Return which density of states is too wide at a temperature to be one of a film."""
    if layer.transport.statistics not in ("gaussian", "dot_levels") or not temperature > 0.0:
        return []
    kt = BOLTZMANN * temperature / ELEMENTARY_CHARGE
    return [
        f"{name} is {property_of(layer, name) / kt:.3g} kT at {temperature:.4g} K; no film has a Gaussian density of"
        f" states wider than {WIDEST_STATES:g} kT. Check its value and unit, and the temperature"
        for name in ("electron_disorder", "hole_disorder")
        if WIDEST_STATES * kt < property_of(layer, name) < math.inf
    ]


def _law_problems(layer: Layer) -> list[str]:
    """Return what the law of a layer's mobilities lacks."""
    transport, wrong = layer.transport, []
    if transport.mobility_law == "extended_gaussian_disorder" and transport.statistics != "gaussian":
        wrong.append(
            "mobility_law extended_gaussian_disorder is that of a Gaussian density of states; state statistics:"
            " gaussian with electron_disorder and hole_disorder, or another mobility_law"
        )
    if 0.0 < transport.gill_temperature <= transport.mobility_temperature:
        wrong.append("gill_temperature, where the field factors end, must lie above mobility_temperature")
    return wrong


def _overfull(layer: Layer) -> list[str]:
    """Return in which way a layer holds more ions than sites, or more doping than its states can neutralise."""
    wrong = [
        f"{name} ({property_of(layer, name) * 1e-6:.3g} 1/cm3) is more than there are places for them, ion_sites"
        f" ({layer.ions.ion_sites * 1e-6:.3g} 1/cm3); lower it, or state more sites"
        for name in ("cation_density", "anion_density")
        if property_of(layer, name) >= layer.ions.ion_sites
    ]
    if (
        layer.transport.statistics not in ("gaussian", "dot_levels")
        or layer.ions.ion_permeable
        or layer.ions.cation_density
        or layer.ions.anion_density
    ):
        return wrong
    traps = {
        kind: layer.traps.trap_density if layer.traps.trap_charge == kind else 0.0 for kind in ("acceptor", "donor")
    }
    donors = layer.transport.donor_density - layer.transport.acceptor_density
    for name, net, states in (
        ("donor_density", donors - traps["acceptor"], "electron_density_of_states"),
        ("acceptor_density", -donors - traps["donor"], "hole_density_of_states"),
    ):
        room = property_of(layer, states)
        if layer.transport.statistics == "dot_levels":
            room *= 1.0 + layer.transport.second_level_states / FIRST_LEVEL_STATES
        if net >= room:
            wrong.append(
                f"{name} leaves {net * 1e-6:.3g} 1/cm3 of charge, which {room * 1e-6:.3g} 1/cm3 of"
                f" {states} cannot neutralise: {layer.transport.statistics} states have no more room; dope less, or"
                f" state {states} of the whole band"
            )
    return wrong
