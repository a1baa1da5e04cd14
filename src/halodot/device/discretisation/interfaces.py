"""The numbers of the edges without width: between two layers, and between a layer and a metal."""

from __future__ import annotations

import math

from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.discretisation.levels import Levels, trap_release
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.velocities import LARGEST_VELOCITY, velocity
from halodot.states import Contact

VACUUM_PERMITTIVITY = 8.8541878188e-12  # F/m
ELECTRON_MASS, REDUCED_PLANCK = 9.1093837139e-31, 1.054571817e-34  # kg, J s

Columns = dict[str, float]


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
    columns: Columns = {"tunnelling": tunnelling(interface.tunnelling_mass, vt)}
    for carrier, level, logs in (
        ("electron", levels.electron, levels.electron_log),
        ("hole", levels.hole, levels.hole_log),
    ):
        rise = logs[k + 1] - logs[k]
        far = bool(rise < 0.0)
        speed = velocity(interface, electrical.layers[k : k + 2], carrier)
        speed /= max(-math.expm1(-abs(rise)), speed / LARGEST_VELOCITY)
        columns |= {
            f"{carrier}_out": speed * math.exp(min(0.0, rise)),
            f"{carrier}_back": speed * math.exp(min(0.0, -rise)),
            f"{carrier}_far": far,
            f"{carrier}_barrier": max(0.0, (level[k] - level[k + 1]) * (1.0 if far else -1.0)),
            f"{carrier}_depth": electrical.layers[k + 1 if far else k].thickness,
            f"{carrier}_field": _field(electrical, k + 1 if far else k, far, carrier),
        }
    return columns | _interface_traps(electrical, levels, k)


def tunnelling(mass: float, thermal_voltage: float) -> float:
    """Return (4/3) sqrt(2 m kT)/hbar in 1/m for a mass in electron masses."""
    energy = thermal_voltage * ELEMENTARY_CHARGE
    return 4.0 / 3.0 * math.sqrt(2.0 * mass * ELECTRON_MASS * energy) / REDUCED_PLANCK


def _field(electrical: ElectricalStack, layer: int, far: bool, carrier: str) -> float:
    """Return by how many kT/m a level falls away from the interface into a layer, for a unit of displacement."""
    permittivity = VACUUM_PERMITTIVITY * electrical.layers[layer].transport.relative_permittivity
    sense = 1.0 if far == (carrier == "electron") else -1.0
    return sense * ELEMENTARY_CHARGE / (permittivity * electrical.thermal_voltage)


def _interface_traps(electrical: ElectricalStack, levels: Levels, k: int) -> Columns:
    """Return the numbers of the recombination centres between layers k and k + 1."""
    interface = electrical.interfaces[k]
    if interface.trap_density == 0.0:
        return {}
    side = k + 1 if electrical.flipped else k
    energy = (interface.trap_energy - electrical.cathode.work_function) / electrical.thermal_voltage
    energy += levels.dipole[side]
    captures = (interface.electron_capture, interface.hole_capture)
    logs = [(levels.electron_log[i], levels.hole_log[i]) for i in (k, k + 1)]
    (empty, full), (empty_far, full_far) = (trap_release(log, energy, captures) for log in logs)
    charged = interface.trap_density if interface.trap_charge != "neutral" else 0.0
    return {
        "trap": interface.trap_density,
        "trap_electron": captures[0],
        "trap_hole": captures[1],
        "trap_empty": empty,
        "trap_empty_far": empty_far,
        "trap_fill": full,
        "trap_fill_far": full_far,
        "trap_charged": charged,
        "trap_fixed": charged if interface.trap_charge == "donor" else 0.0,
    }


def contact_columns(electrical: ElectricalStack, contact: Contact, layer: int) -> Columns:
    """Return the numbers of the edge between a metal and the layer that it touches."""
    permittivity = VACUUM_PERMITTIVITY * electrical.layers[layer].transport.relative_permittivity
    length = ELEMENTARY_CHARGE / (4.0 * math.pi * permittivity * electrical.thermal_voltage)
    first = contact is electrical.anode
    columns: Columns = {"lowering": length if contact.barrier_lowering else 0.0}
    for carrier, stated in (("electron", contact.electron_velocity), ("hole", contact.hole_velocity)):
        speed = min(stated, LARGEST_VELOCITY)
        columns |= {
            f"{carrier}_out": speed,
            f"{carrier}_back": speed,
            f"{carrier}_far": first,
            f"{carrier}_field": _field(electrical, layer, first, carrier),
        }
    return columns
