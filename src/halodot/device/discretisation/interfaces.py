"""The numbers of the edges without width: between two layers, and between a layer and a metal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from halodot.arrays import Array
from halodot.constants import ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR, VACUUM_PERMITTIVITY
from halodot.device.discretisation.levels import Levels, local_levels
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.laws.face_capture import hop_capture_coefficient
from halodot.device.laws.interface_recombination import interface_trap_parameters
from halodot.device.velocities import LARGEST_VELOCITY, hop_distance, velocity
from halodot.states import Contact, Interface, Layer

Columns = dict[str, float]
#: By how much a layer conducts better over the hop that brought a carrier into it: enough to resist no more.
HOPPED_CONDUCTANCE = 1e3


def interface_columns(electrical: ElectricalStack, levels: Levels, k: int) -> Columns:
    """Return the numbers of the interface between layers k and k + 1.

    What passes is Landauer's T/(1 - T) of the velocity times the density, T the share of the carriers on the lower
    side that have the energy of the higher one: velocity times the density beyond the step over the share 1 - T that
    the step turns back. Where there is no step nothing is turned back, and nothing limits.
    Landauer, Philos. Mag. 21 (1970) 863, doi:10.1080/14786437008238472.

    Args:
        electrical: layers and contacts.
        levels: of all layers.
        k: index of the layer on the anode's side.
    """
    interface, vt = electrical.interfaces[k], electrical.thermal_voltage
    columns: Columns = {
        "wkb_coefficient": wkb_coefficient(interface.tunnelling_mass, vt),
        "step_disorder": interface.disorder / vt,
    }
    for carrier, level, logs in (
        ("electron", levels.electron, levels.electron_log),
        ("hole", levels.hole, levels.hole_log),
    ):
        rise = logs[k + 1] - logs[k]
        far, hop = bool(rise < 0.0), beyond_the_face(interface, electrical.layers[k : k + 2], carrier)
        speed = velocity(interface, electrical.layers[k : k + 2], carrier)
        speed /= max(-math.expm1(-abs(rise)), speed / LARGEST_VELOCITY)
        columns |= {
            f"{carrier}_out": speed * math.exp(min(0.0, rise)),
            f"{carrier}_back": speed * math.exp(min(0.0, -rise)),
            f"{carrier}_step_is_far": far,
            f"{carrier}_barrier": max(0.0, (level[k] - level[k + 1]) * (1.0 if far else -1.0)),
            f"{carrier}_barrier_thickness": electrical.layers[k + 1 if far else k].thickness,
            f"{carrier}_hop": hop,
            f"{carrier}_field": _field(electrical, k + 1 if far else k, far, carrier),
        }
    side, near, far_side = (local_levels(electrical, levels, i) for i in (k + 1 if electrical.flipped else k, k, k + 1))
    return columns | interface_trap_parameters(interface, side, near, far_side) | _face_columns(electrical, levels, k)


def _face_columns(electrical: ElectricalStack, levels: Levels, k: int) -> Columns:
    """Return the numbers of the capture across the interface between layers k and k + 1, none where there is none."""
    interface, columns = electrical.interfaces[k], {}
    near_emits = electrical.layers[k].role == "emitter"
    beside, dots = (k + 1, k) if near_emits else (k, k + 1)
    for carrier, other, level in (("hole", "electron", levels.hole), ("electron", "hole", levels.electron)):
        coefficient = getattr(interface, f"face_{carrier}_capture")
        if coefficient == 0.0 and interface.face_capture:
            transport, vt = electrical.layers[beside].transport, electrical.thermal_voltage
            coefficient = hop_capture_coefficient(
                getattr(transport, f"{carrier}_mobility"),
                getattr(transport, f"{carrier}_density_of_states"),
                float(level[beside] - level[dots]) * vt,
                (electrical.dot_volume, electrical.exciton_binding),
                vt,
            )
        if coefficient > 0.0:
            name = f"near_{other if near_emits else carrier}"
            logs = (levels.electron_log, levels.hole_log)
            electrons, holes = (k + 1, k) if name == "near_hole" else (k, k + 1)
            columns[f"{name}_capture"] = coefficient
            columns[f"{name}_intrinsic"] = math.exp(float(logs[0][electrons] + logs[1][holes]))
    return columns


def beyond_the_face(interface: Interface, pair: Sequence[Layer], carrier: str) -> float:
    """Return how far beyond an interface a hop ends [m]: half of it, where none is left out for tunnelling.

    The other half lies before the interface, where the density follows the potential up to it.

    Args:
        interface: with its hop.
        pair: the layers on both sides.
        carrier: "electron" or "hole".
    """
    return 0.5 * hop_distance(interface, pair, carrier) if interface.tunnelling_mass == 0.0 else 0.0


def hop_depths(electrical: ElectricalStack) -> tuple[tuple[float, float], ...]:
    """Return how deep hops end under the lower and the upper face of each film [m].

    Args:
        electrical: layers and contacts.
    """
    found = [[0.0, 0.0] for _ in range(electrical.films[-1] + 1)]
    for k, interface in enumerate(electrical.interfaces):
        below, above = electrical.films[k : k + 2]
        if below != above:
            pair = electrical.layers[k : k + 2]
            depth = max(beyond_the_face(interface, pair, carrier) for carrier in ("electron", "hole"))
            found[below][1] = found[above][0] = depth
    return tuple((depth[0], depth[1]) for depth in found)


def hopped_over(columns: Columns, carrier: str, widths: Array) -> Array:
    """Return by how much the edges beyond a step conduct better since a hop over it has crossed them.

    A carrier that climbs a step by a hop stands half of it beyond, not at its top: between the two it has not diffused
    against the flow. Where the step turns few back, little of this is left, so that a film in two pieces is the film.
    A node stands where the hop ends, see `hop_depths`.

    Args:
        columns: of the interface.
        carrier: "electron" or "hole".
        widths: of the edges of the higher layer, from the interface on [m], (edge,).

    Returns:
        Factor of the velocities of each edge [1], (edge,).
    """
    share = np.clip((columns[f"{carrier}_hop"] - (np.cumsum(widths) - widths)) / widths, 0.0, 1.0)
    factor: Array = 1.0 / (1.0 - share * (1.0 - HOPPED_CONDUCTANCE ** math.expm1(-columns[f"{carrier}_barrier"])))
    return factor


def wkb_coefficient(mass: float, thermal_voltage: float) -> float:
    """Return what the WKB exponent is over a thickness and the 3/2 power of a barrier in kT: (4/3) sqrt(2 m kT)/hbar.

    Args:
        mass: m in electron masses [1].
        thermal_voltage: kT/q [V].

    Returns:
        [1/m].
    """
    energy = thermal_voltage * ELEMENTARY_CHARGE
    return 4.0 / 3.0 * math.sqrt(2.0 * mass * ELECTRON_MASS * energy) / HBAR


def _field(electrical: ElectricalStack, layer: int, far: bool, carrier: str) -> float:
    """Return by how many kT/m a level falls away from the interface into a layer, for a unit of displacement."""
    permittivity = VACUUM_PERMITTIVITY * electrical.layers[layer].transport.relative_permittivity
    sense = 1.0 if far == (carrier == "electron") else -1.0
    return sense * ELEMENTARY_CHARGE / (permittivity * electrical.thermal_voltage)


def contact_columns(electrical: ElectricalStack, contact: Contact, layer: int) -> Columns:
    """Return the numbers of the edge between a metal and the layer that it touches."""
    permittivity = VACUUM_PERMITTIVITY * electrical.layers[layer].transport.relative_permittivity
    length = ELEMENTARY_CHARGE / (4.0 * math.pi * permittivity * electrical.thermal_voltage)
    first = contact is electrical.anode
    columns: Columns = {"image_force_length": length if contact.barrier_lowering else 0.0}
    for carrier, stated in (("electron", contact.electron_velocity), ("hole", contact.hole_velocity)):
        speed = min(stated, LARGEST_VELOCITY)
        columns |= {
            f"{carrier}_out": speed,
            f"{carrier}_back": speed,
            f"{carrier}_step_is_far": first,
            f"{carrier}_field": _field(electrical, layer, first, carrier),
        }
    return columns
