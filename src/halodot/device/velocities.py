"""The velocity with which carriers meet an interface, as stated or as the pair of layers has it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from halodot.states import Interface, Layer, property_of

#: Velocity (m/s) of a carrier that passes a contact freely beside one that does not, or an interface without a step.
LARGEST_VELOCITY = 1e9
#: Velocity (m/s) of free carriers towards a plane: sqrt(kT/2 pi m) of a free electron at 300 K, or A T^2/(q N).
FREE_VELOCITY = 2.7e4
#: and of carriers that hop: 1e13 attempts a second, the frequency of molecules' vibrations, times 1 nm.
HOPPING_VELOCITY = 1e4
#: Free path (m) below which carriers hop: the distance of atoms. Ioffe and Regel, Prog. Semicond. 4 (1960) 237.
LEAST_FREE_PATH = 2.5e-10
ROOM = 0.02585  # V, kT/q at 300 K


def velocity(interface: Interface, pair: Sequence[Layer], carrier: str) -> float:
    """Return the velocity [m/s] with which carriers meet an interface: as stated, or that of the pair of layers.

    Args:
        interface: that states it, or leaves it to the pair.
        pair: the layers on both sides.
        carrier: "electron" or "hole".
    """
    stated = (getattr(interface, f"{carrier}_velocity"), interface.velocity)
    return next((value for value in stated if math.isfinite(value)), pair_velocity(pair, carrier))


def pair_velocity(pair: Sequence[Layer], carrier: str) -> float:
    """Return the velocity [m/s] of carriers that are free in all layers of a pair, or of those that hop in one.

    A carrier is free where its free path, mobility times kT/q over its velocity, is longer than the distance of atoms.

    Args:
        pair: the layers beside an interface; an unknown mobility is one of hops.
        carrier: "electron" or "hole".
    """
    paths = [property_of(layer, f"{carrier}_mobility") * ROOM / FREE_VELOCITY for layer in pair]
    return FREE_VELOCITY if all(path >= LEAST_FREE_PATH for path in paths) else HOPPING_VELOCITY
