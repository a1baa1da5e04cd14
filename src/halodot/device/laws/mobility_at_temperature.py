"""The mobilities that a layer has without a field at the temperature of its device, by the law that it states.

A layer states its mobilities at one temperature, 300 K unless it says otherwise. They follow the temperature of the
device where a law or an activation energy says how, and stay as stated elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.states import Layer, property_of, with_properties

#: ln mu_0 of the extended Gaussian disorder model falls by this times (sigma/kT)^2: Pasveer et al., Phys. Rev. Lett. 94
#: (2005) 206601. FitSCLC (Felekidis, Melianas and Kemerink, 2018) takes 0.44 for hops to nearest neighbours.
DISORDER_ACTIVATION = 0.42
#: What no law of a layer takes, by the word of its mobility law.
NOT_TAKEN: Mapping[str, tuple[str, ...]] = {
    "poole_frenkel": ("site_spacing",),
    "constant": (
        "electron_field_activation",
        "hole_field_activation",
        "hopping_distance",
        "gill_temperature",
        "site_spacing",
    ),
    "extended_gaussian_disorder": (
        "electron_field_activation",
        "hole_field_activation",
        "hopping_distance",
        "gill_temperature",
        "electron_activation_energy",
        "hole_activation_energy",
    ),
}


def thermal_activation(energy: float, stated_at: float, thermal_voltage: float) -> float:
    """Return the logarithm of the factor exp(-E (1/kT - 1/kT_0)) from one temperature to another.

    Args:
        energy: E [eV].
        stated_at: kT_0/q [V].
        thermal_voltage: kT/q [V].
    """
    return -energy * (1.0 / thermal_voltage - 1.0 / stated_at)


def disorder_activation(width: float, stated_at: float, thermal_voltage: float) -> float:
    """Return the logarithm of the factor exp(-c [(sigma/kT)^2 - (sigma/kT_0)^2]) from one temperature to another.

    Args:
        width: sigma [eV].
        stated_at: kT_0/q [V].
        thermal_voltage: kT/q [V].
    """
    return -DISORDER_ACTIVATION * ((width / thermal_voltage) ** 2 - (width / stated_at) ** 2)


def gill_factor(gill_temperature: float, stated_at: float, temperature: float) -> float:
    """Return by what a Poole-Frenkel factor changes from one temperature to another, (1/T - 1/T_G)/(1/T_0 - 1/T_G).

    Gill, J. Appl. Phys. 43 (1972) 5033: g = B (1/kT - 1/kT_G), which ends at T_G.

    Args:
        gill_temperature: T_G [K], 0 where the factor does not follow the temperature.
        stated_at: T_0 [K].
        temperature: T [K].
    """
    if gill_temperature == 0.0:
        return 1.0
    rest = max(1.0 / temperature - 1.0 / gill_temperature, 0.0)
    return rest / (1.0 / stated_at - 1.0 / gill_temperature)


def _poole_frenkel(layer: Layer, thermal_voltage: float) -> dict[str, float]:
    """Return what follows the temperature with the activation of the zero-field mobilities and of their slopes."""
    transport = layer.transport
    stated_at = transport.mobility_temperature
    temperature = thermal_voltage * ELEMENTARY_CHARGE / BOLTZMANN
    slope = gill_factor(transport.gill_temperature, stated_at, temperature)
    return _constant(layer, thermal_voltage) | {
        "electron_field_activation": transport.electron_field_activation * slope,
        "hole_field_activation": transport.hole_field_activation * slope,
        "hopping_distance": transport.hopping_distance,
    }


def _constant(layer: Layer, thermal_voltage: float) -> dict[str, float]:
    """Return mobilities that follow no field."""
    stated_at = layer.transport.mobility_temperature * BOLTZMANN / ELEMENTARY_CHARGE
    found = {"electron_field_activation": 0.0, "hole_field_activation": 0.0, "hopping_distance": 0.0}
    for carrier in ("electron", "hole"):
        energy = property_of(layer, f"{carrier}_activation_energy")
        factor = math.exp(thermal_activation(energy, stated_at, thermal_voltage)) if energy else 1.0
        found[f"{carrier}_mobility"] = property_of(layer, f"{carrier}_mobility") * factor
    return found


def _extended_gaussian_disorder(layer: Layer, thermal_voltage: float) -> dict[str, float]:
    """Return mobilities at vanishing density, which the width of the states ties to the temperature."""
    stated_at = layer.transport.mobility_temperature * BOLTZMANN / ELEMENTARY_CHARGE
    found = {"electron_field_activation": 0.0, "hole_field_activation": 0.0, "hopping_distance": 0.0}
    for carrier in ("electron", "hole"):
        factor = math.exp(disorder_activation(property_of(layer, f"{carrier}_disorder"), stated_at, thermal_voltage))
        found[f"{carrier}_mobility"] = property_of(layer, f"{carrier}_mobility") * factor
    return found


_LAWS: Mapping[str, Callable[[Layer, float], dict[str, float]]] = {
    "constant": _constant,
    "poole_frenkel": _poole_frenkel,
    "extended_gaussian_disorder": _extended_gaussian_disorder,
}


def at_temperature(layer: Layer, thermal_voltage: float) -> Layer:
    """Return a layer with the mobilities without field, and the factors of the field, of its law at a temperature.

    Args:
        layer: as stated.
        thermal_voltage: kT/q [V].
    """
    changed = _LAWS[layer.transport.mobility_law](layer, thermal_voltage)
    changed = {name: value for name, value in changed.items() if value != property_of(layer, name)}
    return with_properties(layer, **changed) if changed else layer
