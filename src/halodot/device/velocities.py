"""How carriers meet an interface: the velocity and the hop, as stated or as the pair of layers has them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from halodot.states import Interface, Layer, property_of

#: Velocity (m/s) of a carrier that passes a contact freely beside one that does not, or an interface without a step.
LARGEST_VELOCITY = 1e9
#: Velocity (m/s) of free carriers towards a plane: sqrt(kT/2 pi m) of a free electron at 300 K, or A T^2/(q N).
FREE_VELOCITY = 2.7e4
#: and of the attempts of a localised one at a barrier: 1e13 a second, as molecules vibrate, times 1 nm.
ATTEMPT_VELOCITY = 1e4
#: Free path (m) below which carriers hop: the distance of atoms. Ioffe and Regel, Prog. Semicond. 4 (1960) 237.
LEAST_FREE_PATH = 2.5e-10
#: Hop (m) from a molecule to the next: one molecule in a nm3, some 1e21 a cm3, is what organic films have.
HOP_DISTANCE = 1e-9
#: Mobility (m2/V/s) of layers that are not known yet, for what is said of them before.
USUAL_MOBILITY = 1e-8
#: Least velocity (m/s) of hops, as of a layer without mobility: it carries nothing away that could be limited.
LEAST_HOPPING_VELOCITY = 1e-12
ROOM = 0.02585  # V, kT/q at 300 K


def velocity(interface: Interface, pair: Sequence[Layer], carrier: str) -> float:
    """Return the velocity [m/s] with which carriers meet an interface: as stated, or that of the pair of layers.

    Args:
        interface: that states it, or leaves it to the pair.
        pair: the layers on both sides.
        carrier: "electron" or "hole".
    """
    stated = (getattr(interface, f"{carrier}_velocity"), interface.velocity)
    hop = hop_distance(interface, pair, carrier) or HOP_DISTANCE
    return next((value for value in stated if math.isfinite(value)), pair_velocity(pair, carrier, hop))


def pair_velocity(pair: Sequence[Layer], carrier: str, hop: float = HOP_DISTANCE) -> float:
    """Return the velocity [m/s] of carriers that are free in all layers of a pair, or of those that hop in one.

    Hops that diffuse with D = mu kT/q leave a site 6 D/a^2 times a second (Einstein), so that they go at 6 mu kT/(q a);
    across an interface with the harmonic mean of both mobilities, so that the slower layer counts and equal ones do not
    matter.

    Args:
        pair: the layers beside an interface; an unknown mobility is that of the other layer.
        carrier: "electron" or "hole".
        hop: a, from one layer into the other [m].
    """
    if not hops(pair, carrier):
        return FREE_VELOCITY
    mobilities = [property_of(layer, f"{carrier}_mobility") for layer in pair]
    known = [value for value in mobilities if math.isfinite(value)] or [USUAL_MOBILITY]
    mean = len(known) / sum(1.0 / value for value in known) if min(known) > 0.0 else 0.0
    return max(6.0 * mean * ROOM / hop, LEAST_HOPPING_VELOCITY)


def attempt_velocity(pair: Sequence[Layer], carrier: str) -> float:
    """Return the velocity [m/s] with which carriers try a barrier that they tunnel through.

    Args:
        pair: the layers beside the barrier.
        carrier: "electron" or "hole".
    """
    return ATTEMPT_VELOCITY if hops(pair, carrier) else FREE_VELOCITY


def hop_distance(interface: Interface, pair: Sequence[Layer], carrier: str) -> float:
    """Return the hop [m] with which carriers pass an interface, as stated or of molecules; 0 where they are free.

    Args:
        interface: that states it, or leaves it to the pair.
        pair: the layers on both sides.
        carrier: "electron" or "hole".
    """
    if not hops(pair, carrier):
        return 0.0
    return interface.hop_distance if math.isfinite(interface.hop_distance) else HOP_DISTANCE


def hops(pair: Sequence[Layer], carrier: str) -> bool:
    """Return whether carriers hop in one of the layers of a pair, in which their free path is no distance of atoms.

    The free path is mobility times kT/q over the velocity of a free electron.

    Args:
        pair: the layers beside an interface; an unknown mobility is one of hops.
        carrier: "electron" or "hole".
    """
    paths = [property_of(layer, f"{carrier}_mobility") * ROOM / FREE_VELOCITY for layer in pair]
    return not all(path >= LEAST_FREE_PATH for path in paths)
