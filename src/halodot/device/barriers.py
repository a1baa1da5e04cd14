"""What happens at two layers whose levels the drift and diffusion inside them do not describe.

An insulator of a few atoms' thickness is crossed by tunnelling, and where the electron level of a layer lies below the
hole level of its neighbour, charges are generated across the interface. Both are put into numbers of the layers that
the rest of the solver knows, before anything is tabulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from halodot.device.velocities import LARGEST_VELOCITY, attempt_velocity
from halodot.states import Interface, Layer, property_of, replaced, with_properties

#: Thickness (m) up to which carriers tunnel directly, and barrier (eV) to both of them, on both sides, from which they
#: must: beyond the first and below the second emission over the barrier is faster.
THIN, INSULATING = 3e-9, 1.0
#: sqrt(2 m q)/hbar of the free electron, 1/m per root of eV, to six digits.
DECAY = 5.12317e9
#: Share of a neighbour's states that stand for the carriers under way, so few that they hold no charge.
UNDER_WAY = 1e-4
#: Gap (eV) between a hole level and the electron level beside it, below which charges pass from one to the other: what
#: kT and the disorder of two organic layers bridge.
BROKEN_GAP = 0.3
#: Centres (1/m2) through which they pass, as many as interfaces have states, and their capture coefficient (m3/s),
#: 1e-15 cm2 times 1e7 cm/s: enough for 1e6 A/m2 at the widest of these gaps and 1e26 states per m3.
CENTRES, CENTRE_CAPTURE = 1e16, 1e-14


class Barrier(NamedTuple):
    """What a carrier sees of a thin insulator."""

    carrier: str  # electron | hole
    height: float  # eV, above the higher of the levels beside it
    level: float  # eV below vacuum, of the neighbour from whose level it tunnels
    states: float  # 1/m3, of that neighbour
    share: float  # of the carriers that meet it and pass


class BrokenGap(NamedTuple):
    """A hole level close to, or above, the electron level on the other side of an interface."""

    gap: float  # eV, negative where it is broken
    middle: float  # eV below vacuum as the lower layer counts it, between the two levels
    electrons_above: bool  # the electron level is that of the upper layer


def tunnelling_barriers(
    layers: Sequence[Layer], interfaces: Sequence[Interface], upper: Interface, k: int
) -> list[Barrier]:
    """Return the barriers of an insulator to electrons and to holes, none where layer k conducts either.

    The share that passes is exp(-2 kappa d) with kappa = sqrt(2 m phi)/hbar, phi the barrier without field. The mass
    is that stated at one of the faces, a free electron's where none is.

    Args:
        layers: one after the other.
        interfaces: between them.
        upper: the interface above layer k in the stack, which may be one to a metal.
        k: which layer.
    """
    layer = layers[k]
    beside = [*layers[max(k - 1, 0) : k], *layers[k + 1 : k + 2]]
    if layer.thickness > THIN or not beside or layer.role == "emitter":
        return []
    masses = (one.tunnelling_mass for one in (upper, *interfaces[max(k - 1, 0) : k + 1]))
    mass = next((value for value in masses if value > 0.0), 1.0)
    higher = min(beside, key=lambda item: item.transport.electron_affinity)
    deeper = max(beside, key=lambda item: item.transport.ionisation_energy)
    heights = (
        (
            "electron",
            higher.transport.electron_affinity - layer.transport.electron_affinity,
            higher.transport.electron_affinity,
            higher,
        ),
        (
            "hole",
            layer.transport.ionisation_energy - deeper.transport.ionisation_energy,
            deeper.transport.ionisation_energy,
            deeper,
        ),
    )
    if any(height < INSULATING for _, height, _, _ in heights):
        return []
    return [
        Barrier(
            carrier,
            height,
            level,
            property_of(neighbour, f"{carrier}_density_of_states"),
            math.exp(-2.0 * DECAY * math.sqrt(mass * height) * layer.thickness),
        )
        for carrier, height, level, neighbour in heights
    ]


def with_tunnelling(
    layers: Sequence[Layer], interfaces: Sequence[Interface], uppers: Sequence[Interface], thermal_voltage: float
) -> tuple[tuple[Layer, ...], tuple[Interface, ...]]:
    """Return the layers and the interfaces between them with every thin insulator as a path of tunnelling.

    The path lies at the level of the neighbour. Its few states conduct velocity times share times the density beside
    it, so that the insulator keeps its permittivity, and the voltage that falls over it, but holds no carriers.

    Args:
        layers: one after the other.
        interfaces: between them.
        uppers: the interface above each layer in the stack.
        thermal_voltage: kT/q [V].
    """
    changed, faces = list(layers), list(interfaces)
    for k, layer in enumerate(layers):
        for barrier in tunnelling_barriers(layers, interfaces, uppers[k], k):
            carrier = barrier.carrier
            beside = [*layers[max(k - 1, 0) : k], *layers[k + 1 : k + 2]]
            conductance = barrier.share * attempt_velocity(beside, carrier) / UNDER_WAY
            level = "electron_affinity" if carrier == "electron" else "ionisation_energy"
            path = {
                level: barrier.level,
                f"{carrier}_density_of_states": UNDER_WAY * barrier.states,
                f"{carrier}_mobility": conductance * layer.thickness / thermal_voltage,
                f"{carrier}_field_activation": 0.0,
            }
            plain = {"statistics": "boltzmann", "mobility_law": "constant", "langevin_factor": 0.0}
            plain |= {"hopping_distance": 0.0}
            changed[k] = with_properties(changed[k], **plain, **path)
            for face in range(max(k - 1, 0), min(k + 1, len(faces))):
                free = {f"{carrier}_velocity": LARGEST_VELOCITY, "tunnelling_mass": 0.0, "hop_distance": 0.0}
                faces[face] = replaced(faces[face], disorder=0.0, **free)
    return tuple(changed), tuple(faces)


def broken_gap(lower: Layer, upper: Layer, dipole: float) -> BrokenGap | None:
    """Return where the hole level of one layer comes close to the electron level of the other, None where none does.

    Args:
        lower: layer of the stack below the interface.
        upper: the layer above it.
        dipole: rise of the potential across the interface, upwards [V].
    """
    pairs = (
        (upper.transport.electron_affinity + dipole, lower.transport.ionisation_energy, True),
        (lower.transport.electron_affinity, upper.transport.ionisation_energy + dipole, False),
    )
    electron, hole, above = max(pairs, key=lambda pair: pair[0] - pair[1])
    if hole - electron >= BROKEN_GAP:
        return None
    return BrokenGap(hole - electron, 0.5 * (hole + electron), above)


def with_charge_generation(
    layers: Sequence[Layer], interfaces: Sequence[Interface], flipped: bool
) -> tuple[Interface, ...]:
    """Return all interfaces, those with a broken gap with centres through which charges are generated.

    The centres see the carriers of both sides: what they take from the hole level of one they give to the electron
    level of the other, in detailed balance. Centres that the interface states itself stay as they are.

    Args:
        layers: one after the other.
        interfaces: between them.
        flipped: the layers are in the order from the top of the stack down.
    """
    found = list(interfaces)
    for k, interface in enumerate(interfaces):
        lower, upper = layers[k : k + 2][:: -1 if flipped else 1]
        at = broken_gap(lower, upper, interface.dipole)
        if at is not None and interface.trap_density == 0.0:
            found[k] = replaced(
                interface,
                trap_density=CENTRES,
                trap_energy=at.middle,
                electron_capture=CENTRE_CAPTURE,
                hole_capture=CENTRE_CAPTURE,
                trap_charge="neutral",
            )
    return tuple(found)
