"""The electrical part of a stack: which layers carry current, and between which contacts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from halodot.errors import InputError, Problem
from halodot.states import Layer, Stack

ELEMENTARY_CHARGE = 1.602176634e-19  # C
BOLTZMANN = 1.380649e-23  # J/K

_LEVELS = ("electron_affinity", "ionisation_energy", "electron_mobility", "hole_mobility")
_POSITIVE = ("thickness", "relative_permittivity", "electron_states", "hole_states", "ion_sites")
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
    "interface_velocity",
    "tunnelling_mass",
    "interface_trap_density",
    "interface_electron_capture",
    "interface_hole_capture",
)
_CHOICES = {
    "statistics": ("boltzmann", "fermi_dirac", "gaussian"),
    "trap_charge": ("neutral", "acceptor", "donor"),
    "interface_trap_charge": ("neutral", "acceptor", "donor"),
}


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
class Junction:
    """The layers that carry current, anode first, between two contacts."""

    layers: tuple[Layer, ...]
    indices: tuple[int, ...]  # of these layers in the stack
    owners: tuple[Layer, ...]  # of the interfaces between them: the lower layer in the stack
    anode: Contact
    cathode: Contact
    thermal_voltage: float  # V
    flipped: bool  # the anode is at the top of the stack


def is_electrical(layer: Layer) -> bool:
    """Return whether the layer has both levels and both mobilities."""
    return all(math.isfinite(getattr(layer, name)) for name in _LEVELS)


def junction(stack: Stack) -> Junction:
    """Return the layers that carry current and their contacts.

    A contact's work function is that of the nearest layer outside, on its side, that has one. It is held inside the
    gap of the layer that it touches, where the Fermi level is pinned.

    Raises:
        InputError: a layer lacks a number, or there are no contacts; every such problem at once.
    """
    bottom, top, problems = _span(stack)
    problems += [problem for i in range(bottom, top + 1) for problem in _layer_problems(i, stack.layers[i])]
    problems += [problem for i in range(bottom, top) for problem in _interface_problems(i, stack.layers[i])]
    below = _contact_layer(range(bottom - 1, -1, -1), stack)
    above = _contact_layer(range(top + 1, len(stack.layers)), stack)
    for name, index in (("below", below), ("above", above)):
        if index is None:
            problems.append(Problem(f"no layer {name} the electrical ones has a work function", "device.layers"))
        else:
            problems += _contact_problems(index, stack.layers[index])
    numbers = {"temperature": 1.0, "series_resistance": 0.0, "shunt_conductance": 0.0, "thermal_resistance": 0.0}
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
    layers = tuple(stack.layers[i] for i in indices)
    return Junction(
        layers,
        tuple(indices),
        tuple(owners),
        _contact(stack.layers[below], layers[0]),
        _contact(stack.layers[above], layers[-1]),
        BOLTZMANN * stack.temperature / ELEMENTARY_CHARGE,
        not stack.anode_first,
    )


def _contact(metal: Layer, touched: Layer) -> Contact:
    work_function = min(max(metal.work_function, touched.electron_affinity), touched.ionisation_energy)
    return Contact(work_function, metal.contact_electron_velocity, metal.contact_hole_velocity, metal.barrier_lowering)


def _span(stack: Stack) -> tuple[int, int, list[Problem]]:
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


def _contact_layer(outwards: Iterable[int], stack: Stack) -> int | None:
    return next((i for i in outwards if math.isfinite(stack.layers[i].work_function)), None)


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
    wrong = []
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
    return [Problem(text, path) for text in wrong]
