"""How close to a level of the layer that it touches the Fermi level of a contact comes.

A metal beyond a level charges the layer until the level is bent away from it. The density of an unlimited contact,
n(x) = 2 eps kT/(q^2 x^2), has no meaning nearer to the metal than the first molecules stand, so that a contact holds
what such a profile has there, and the layer's dopants: 0.12 eV below the level of 1e27 states in 1 m3, nothing for the
few states of a film of dots. Experiment and the electrostatics of a real density of states leave barriers of that size:
Oehzelt, Koch and Heimel, Nat. Commun. 5 (2014) 4174, doi:10.1038/ncomms5174.
"""

from __future__ import annotations

import math

import numpy as np

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device.laws.disorder_limits import WIDEST_STATES
from halodot.states import Contact, Layer, property_of

#: Share of the gap that a margin may take, so that the two of a narrow gap do not cross.
LARGEST_SHARE = 0.4


def held_level(contact: Contact, touched: Layer, thermal_voltage: float, charged: Layer | None = None) -> float:
    """Return the work function [eV] of a contact, held inside the gap of the layer that it touches.

    Deeper inside the gap it is the stated one. Within kT of where it is held the two are joined by a parabola, so that
    current and derivatives have no jump; without a margin the work function ends at the level itself.

    Args:
        contact: with the stated work function.
        touched: the layer.
        thermal_voltage: kT/q [V].
        charged: the layer that the contact charges, where carriers tunnel through the one that it touches.
    """
    charged = touched if charged is None else charged
    above, below = (margin(contact, charged, carrier, thermal_voltage) for carrier in ("electron", "hole"))
    high = touched.transport.ionisation_energy - below
    level = _held(contact.work_function, high, min(below, thermal_voltage))
    return -_held(-level, -touched.transport.electron_affinity - above, min(above, thermal_voltage))


def margin(contact: Contact, touched: Layer, carrier: str, thermal_voltage: float) -> float:
    """Return how far [eV] from a level of the layer that it touches a contact is held.

    Args:
        contact: with the distance of the first molecules.
        touched: the layer.
        carrier: "electron" or "hole", whose level it is.
        thermal_voltage: kT/q [V].
    """
    transport, states = touched.transport, property_of(touched, f"{carrier}_density_of_states")
    disorder = property_of(touched, f"{carrier}_disorder")
    if contact.spacing == 0.0 or not (states > 0.0 and transport.relative_permittivity > 0.0):
        return 0.0
    if not 0.0 <= disorder <= WIDEST_STATES * thermal_voltage:  # refused with the stack
        return 0.0
    permittivity = VACUUM_PERMITTIVITY * transport.relative_permittivity
    most = 2.0 * permittivity * thermal_voltage / (ELEMENTARY_CHARGE * contact.spacing**2)
    most += transport.donor_density if carrier == "electron" else transport.acceptor_density
    depth = -_reduced_level(touched, carrier, math.log(most / states), thermal_voltage)
    gap = transport.ionisation_energy - transport.electron_affinity
    return min(max(depth, 0.0) * thermal_voltage, LARGEST_SHARE * gap)


def _reduced_level(touched: Layer, carrier: str, filling: float, thermal_voltage: float) -> float:
    """Return the reduced level [kT] at which so large a share of the states is filled, by its logarithm."""
    if touched.transport.statistics == "boltzmann":
        return filling
    # compiled, and few studies need it to be checked
    from halodot.device.laws import statistics

    table = statistics.table_of(touched.transport, carrier, thermal_voltage)
    levels = statistics.LOWEST + statistics.SPACING * np.arange(table.shape[0])
    return float(np.interp(filling, levels + table[:, 0], levels))


def _held(level: float, limit: float, width: float) -> float:
    """Return a level held below a limit, by a parabola where it is nearer to it than ``width`` [eV]."""
    beyond = level - limit
    if beyond >= width:
        return limit
    if not beyond > -width:
        return level
    return level - (beyond + width) ** 2 / (4.0 * width)
