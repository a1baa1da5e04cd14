"""The electrical part of a stack: which layers carry current, and between which contacts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.barriers import UNDER_WAY, generating, tunnelled
from halodot.errors import InputError, Problem
from halodot.states import Layer, Stack

#: Temperature in K above which nothing of a device is left.
HOTTEST = 1500.0

_LEVELS = ("electron_affinity", "ionisation_energy", "electron_mobility", "hole_mobility")
_POSITIVE = ("thickness", "relative_permittivity", "electron_density_of_states", "hole_density_of_states", "ion_sites")
_NOT_NEGATIVE = (
    "electron_mobility",
    "hole_mobility",
    "electron_disorder",
    "hole_disorder",
    "electron_field_activation",
    "hole_field_activation",
    "hopping_distance",
    "donor_density",
    "acceptor_density",
    "bimolecular_coefficient",
    "langevin_factor",
    "electron_auger",
    "hole_auger",
    "trap_density",
    "electron_capture",
    "hole_capture",
    "generation",
    "quenching_rate",
    "cation_density",
    "anion_density",
    "tunnelling_mass",
    "interface_trap_density",
    "interface_electron_capture",
    "interface_hole_capture",
)
#: Of an interface, for both carriers, electrons and holes; nan where the pair of layers decides.
VELOCITIES = ("interface_velocity", "interface_electron_velocity", "interface_hole_velocity")
_CHOICES = {
    "statistics": ("boltzmann", "fermi_dirac", "gaussian"),
    "trap_charge": ("neutral", "acceptor", "donor"),
    "interface_trap_charge": ("neutral", "acceptor", "donor"),
}

#: Pieces that share the nodes of one film, so few that each has nodes of its own on any grid.
MOST_PIECES = 8
#: What makes two layers the same to charges.
_MATERIAL = tuple(
    name
    for name in (*_LEVELS, *_POSITIVE, *_NOT_NEGATIVE, *_CHOICES, "trap_energy", "ion_permeable")
    if name not in ("thickness", "quenching_rate", "tunnelling_mass") and not name.startswith("interface_")
)


@dataclass(frozen=True)
class Contact:
    """Where carriers enter from a metal."""

    work_function: float  # eV
    electron_velocity: float  # m/s, inf for a contact in equilibrium
    hole_velocity: float
    barrier_lowering: bool

    @property
    def is_limited(self) -> bool:
        """Whether carriers pass it at a finite velocity."""
        return math.isfinite(self.electron_velocity) or math.isfinite(self.hole_velocity)


@dataclass(frozen=True)
class ElectricalStack:
    """The layers that carry current, anode first, between two contacts."""

    layers: tuple[Layer, ...]
    indices: tuple[int, ...]  # of these layers in the stack
    owners: tuple[Layer, ...]  # of the interfaces between them: the lower layer in the stack
    anode: Contact
    cathode: Contact
    thermal_voltage: float  # V
    flipped: bool  # the anode is at the top of the stack
    films: tuple[int, ...]  # which film each layer is part of: neighbours of one material are one


def is_electrical(layer: Layer) -> bool:
    """Return whether the layer has both levels and both mobilities."""
    return all(math.isfinite(getattr(layer, name)) for name in _LEVELS)


def electrical_stack(stack: Stack) -> ElectricalStack:
    """Return the layers that carry current and their contacts.

    A contact's work function is that of the nearest layer outside, on its side, that has one. It is held inside the
    gap of the layer that it touches, where the Fermi level is pinned.

    Raises:
        InputError: a layer lacks a number, or there are no contacts; every such problem at once.
    """
    bottom, top, problems = span_of(stack)
    problems += [problem for i in range(bottom, top + 1) for problem in _layer_problems(i, stack.layers[i])]
    problems += [problem for i in range(bottom, top) for problem in _interface_problems(i, stack.layers[i])]
    below, above = contacts_of(stack, bottom, top)
    for name, index in (("below", below), ("above", above)):
        if index is None:
            problems.append(Problem(f"no layer {name} the electrical ones has a work function", "device.layers"))
        else:
            problems += _contact_problems(index, stack.layers[index])
    if not 1.0 <= stack.temperature <= HOTTEST:
        problems.append(Problem(f"must be between 1 and {HOTTEST:g} K", "run.temperature"))
    numbers = {"series_resistance": 0.0, "shunt_conductance": 0.0, "thermal_resistance": 0.0}
    for name, least in numbers.items():
        if not least <= getattr(stack, name) < math.inf:
            problems.append(Problem(f"must be finite and at least {least:g}", f"device.{name}"))
    if stack.ions not in ("free", "frozen"):
        problems.append(Problem("must be free or frozen", "device.ions"))
    if problems or below is None or above is None:
        raise InputError(problems)
    indices = list(range(bottom, top + 1))
    owners = [stack.layers[i] for i in indices[:-1]]
    if not stack.anode_first:
        below, above = above, below
        indices.reverse()
        owners.reverse()
    layers, thermal_voltage = [stack.layers[i] for i in indices], BOLTZMANN * stack.temperature / ELEMENTARY_CHARGE
    generated = generating(layers, owners, not stack.anode_first)
    paths, faces = tunnelled(layers, generated, thermal_voltage)
    return ElectricalStack(
        paths,
        tuple(indices),
        faces,
        _contact(stack.layers[below], paths[0], layers[0]),
        _contact(stack.layers[above], paths[-1], layers[-1]),
        thermal_voltage,
        not stack.anode_first,
        films_of(paths, faces),
    )


def films_of(layers: Sequence[Layer], owners: Sequence[Layer]) -> tuple[int, ...]:
    """Return which film each layer is part of: a face between two layers of one material is no interface.

    Args:
        layers: one after the other.
        owners: of the interfaces between them.
    """
    films = [0]
    for k, owner in enumerate(owners):
        bare = owner.interface_dipole == 0.0 and owner.interface_trap_density == 0.0
        emits = any(layer.role == "emitter" for layer in layers[k : k + 2])
        one = bare and not emits and same_material(*layers[k : k + 2]) and films.count(films[-1]) < MOST_PIECES
        films.append(films[-1] + (0 if one else 1))
    return tuple(films)


def same_material(one: Layer, other: Layer) -> bool:
    """Return whether two layers are the same to charges, whatever their thickness."""
    pairs = ((getattr(one, name), getattr(other, name)) for name in _MATERIAL)
    return all(a == b or (a != a and b != b) for a, b in pairs)


def _contact(metal: Layer, touched: Layer, stated: Layer) -> Contact:
    """Return a contact, from its metal, the layer that it touches, and that layer as stated, before any tunnelling."""
    electron, hole = (
        getattr(metal, f"contact_{carrier}_velocity")
        / (UNDER_WAY if getattr(touched, level) != getattr(stated, level) else 1.0)
        for carrier, level in (("electron", "electron_affinity"), ("hole", "ionisation_energy"))
    )
    return Contact(held_level(metal, touched), electron, hole, metal.barrier_lowering)


def held_level(metal: Layer, touched: Layer) -> float:
    """Return the work function (eV) of a contact, held inside the gap of the layer that it touches."""
    return min(max(metal.work_function, touched.electron_affinity), touched.ionisation_energy)


def span_of(stack: Stack) -> tuple[int, int, list[Problem]]:
    """Return the first and last electrical layer between two contacts, the emitter's if there is a choice."""
    groups: list[list[int]] = [[]]
    for i, layer in enumerate(stack.layers):
        if is_electrical(layer):
            groups[-1].append(i)
        elif math.isfinite(layer.work_function):
            groups.append([])
    groups = [group for group in groups if group]
    if not groups:
        raise InputError(Problem("no layer has both levels and both mobilities", "device.layers"))
    emitting = [group for group in groups if any(stack.layers[i].role == "emitter" for i in group)]
    chosen = emitting[0] if emitting else max(groups, key=len)
    problems = [
        Problem(f"carries current between {_LEVELS[0]} and mobility, but has no {name}", _path(i, stack.layers[i]))
        for i in range(chosen[0], chosen[-1] + 1)
        for name in _LEVELS
        if not math.isfinite(getattr(stack.layers[i], name))
    ]
    problems += [
        Problem(f"has levels but no {name}", _path(i, layer))
        for i, layer in enumerate(stack.layers)
        if not chosen[0] <= i <= chosen[-1] and any(math.isfinite(getattr(layer, key)) for key in _LEVELS)
        for name in _LEVELS
        if not math.isfinite(getattr(layer, name))
    ]
    return chosen[0], chosen[-1], problems


def _path(index: int, layer: Layer) -> str:
    return f"device.layers[{index}] ({layer.name})"


def contacts_of(stack: Stack, bottom: int, top: int) -> tuple[int | None, int | None]:
    """Return the nearest layers below and above the electrical ones that have a work function."""
    below, above = (
        next((i for i in outwards if math.isfinite(stack.layers[i].work_function)), None)
        for outwards in (range(bottom - 1, -1, -1), range(top + 1, len(stack.layers)))
    )
    return below, above


def _contact_problems(index: int, layer: Layer) -> list[Problem]:
    """Return what is wrong with the numbers of a contact."""
    path = _path(index, layer)
    velocities = {name: getattr(layer, name) for name in ("contact_electron_velocity", "contact_hole_velocity")}
    wrong = [f"{name} must be positive" for name, value in velocities.items() if not value > 0.0]
    if layer.barrier_lowering and all(math.isinf(value) for value in velocities.values()):
        wrong.append("barrier_lowering needs a finite contact_electron_velocity or contact_hole_velocity")
    return [Problem(text, path) for text in wrong]


def _interface_problems(index: int, layer: Layer) -> list[Problem]:
    """Return what is wrong with the numbers of the interface above a layer."""
    wrong = [f"{name} must be positive" for name in VELOCITIES if getattr(layer, name) <= 0.0]
    if not math.isfinite(layer.interface_dipole):
        wrong.append("interface_dipole must be finite")
    if layer.interface_trap_density > 0.0:
        if not math.isfinite(layer.interface_trap_energy):
            wrong.append("interface_trap_density needs an interface_trap_energy")
        wrong += [
            f"interface_trap_density needs a positive {name}"
            for name in ("interface_electron_capture", "interface_hole_capture")
            if not getattr(layer, name) > 0.0
        ]
    return [Problem(text, _path(index, layer)) for text in wrong]


def _layer_problems(index: int, layer: Layer) -> list[Problem]:
    """Return what is wrong with the numbers of one electrical layer."""
    path = _path(index, layer)
    wrong = [f"{name} must be positive" for name in _POSITIVE if not 0.0 < getattr(layer, name) < math.inf]
    wrong += [
        f"{name} must not be negative"
        for name in _NOT_NEGATIVE
        if getattr(layer, name) < 0.0 or math.isinf(getattr(layer, name)) or math.isnan(getattr(layer, name))
    ]
    wrong += [
        f"{name} must be one of {', '.join(choices)}"
        for name, choices in _CHOICES.items()
        if getattr(layer, name) not in choices
    ]
    if layer.ionisation_energy <= layer.electron_affinity:
        wrong.append("ionisation_energy must be larger than electron_affinity")
    if layer.trap_density > 0.0 and not math.isfinite(layer.trap_energy):
        wrong.append("trap_density needs a trap_energy")
    wrong += _overfull(layer)
    return [Problem(text, path) for text in wrong]


def _overfull(layer: Layer) -> list[str]:
    """Return in which way a layer holds more ions than sites, or more doping than its states can neutralise."""
    wrong = [
        f"{name} ({getattr(layer, name) * 1e-6:.3g} 1/cm3) is more than there are places for them, ion_sites"
        f" ({layer.ion_sites * 1e-6:.3g} 1/cm3); lower it, or state more sites"
        for name in ("cation_density", "anion_density")
        if getattr(layer, name) >= layer.ion_sites
    ]
    if layer.statistics != "gaussian" or layer.ion_permeable or layer.cation_density or layer.anion_density:
        return wrong
    traps = {kind: layer.trap_density if layer.trap_charge == kind else 0.0 for kind in ("acceptor", "donor")}
    donors = layer.donor_density - layer.acceptor_density
    for name, net, states in (
        ("donor_density", donors - traps["acceptor"], "electron_density_of_states"),
        ("acceptor_density", -donors - traps["donor"], "hole_density_of_states"),
    ):
        if net >= getattr(layer, states):
            wrong.append(
                f"{name} leaves {net * 1e-6:.3g} 1/cm3 of charge, which {getattr(layer, states) * 1e-6:.3g} 1/cm3 of"
                f" {states} cannot neutralise: a gaussian density of states has no more room; dope less, or state"
                f" {states} of the whole band"
            )
    return wrong
