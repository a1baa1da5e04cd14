"""The emitting layer of a stack, filled in from the film where the study does not state it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from halodot.states import Emitter, Film, Layer, Stack, emitter_index, property_of, replaced, with_properties
from halodot.study import EmitterNumbers, stated_fates

#: what the film says of how its excitons move and end in a device
_FATES = (
    "exciton_diffusivity",
    "dot_volume",
    "trion_auger_rate",
    "charging_energy",
    "exciton_binding",
    "quenching_field",
)


def complete_stack(stack: Stack, film: Film | None, stated: EmitterNumbers | None = None) -> Stack:
    """Return the stack with its emitting layer filled in from the film, where the study does not state it.

    Args:
        stack: as the study gives it.
        film: of the dots, None for a device without them.
        stated: what the study says of the emitter's light; the film gives the rest.
    """
    index = emitter_index(stack)
    if film is None or index is None:
        return stack
    return replaced(
        stack,
        layers=(*stack.layers[:index], _filled_layer(stack.layers[index], film), *stack.layers[index + 1 :]),
        emitter=stack.emitter or _film_emitter(film, stated or EmitterNumbers()),
        shunt_conductance=stack.shunt_conductance + film.leakage_conductance,
    )


def illuminated(stack: Stack, illumination: float) -> Stack:
    """Return the stack under a multiple of the light that its layers' generation stands for."""
    if illumination == 1.0 or not any(layer.recombination.generation for layer in stack.layers):
        return stack
    lit = (with_properties(layer, generation=illumination * layer.recombination.generation) for layer in stack.layers)
    return replaced(stack, layers=tuple(lit))


def _film_emitter(film: Film, stated: EmitterNumbers) -> Emitter:
    rate = film.radiative_rate if math.isnan(stated.radiative_lifetime) else 1.0 / stated.radiative_lifetime
    plqy = film.radiative_rate / (film.radiative_rate + film.nonradiative_rate)
    plqy = plqy if math.isnan(stated.plqy) else stated.plqy
    spectrum = film.spectrum
    if math.isfinite(stated.peak) and math.isfinite(stated.fwhm):
        from halodot.light.colour import gaussian_line

        spectrum = gaussian_line(film.wavelength, stated.peak, stated.fwhm)
    return Emitter(
        wavelength=film.wavelength,
        spectrum=spectrum,
        radiative_rate=rate,
        nonradiative_rate=rate * (1.0 / plqy - 1.0),
        horizontal_fraction=stated.horizontal_fraction,
        quenching_range=stated.quenching_range,
        **{name: getattr(film, name) for name in _FATES} | stated_fates(stated),
    )


def _filled_layer(layer: Layer, film: Film) -> Layer:
    offers: dict[str, float] = {
        "relative_permittivity": film.relative_permittivity,
        "electron_affinity": film.electron_affinity,
        "ionisation_energy": film.ionisation_energy,
        "electron_density_of_states": film.density_of_states,
        "hole_density_of_states": film.density_of_states,
        "electron_mobility": film.mobility,
        "hole_mobility": film.mobility,
    }
    changes: dict[str, Any] = {name: value for name, value in offers.items() if np.isnan(property_of(layer, name))}
    if layer.traps.trap_density == 0.0:
        changes["trap_density"] = film.trap_density
    changes |= carrier_statistics(layer, film)
    if layer.optics.table_wavelength.size == 0 and np.isnan(layer.optics.cauchy_a):
        changes |= {
            "table_wavelength": film.wavelength,
            "table_index": film.index,
            "table_extinction": film.extinction,
        }
    return with_properties(layer, **changes)


def carrier_statistics(layer: Layer, film: Film) -> dict[str, Any]:
    """Return the statistics of the carriers in an emitting layer, nothing where those that it states remain.

    Dots take few carriers each: before a barrier, Boltzmann's statistics would let their charge grow without bound.
    A film whose levels scatter therefore has a Gaussian density of states, unless the study states other statistics.
    Where it states `dot_levels`, the film gives the disorder and the spacings that the study leaves out.

    Args:
        layer: the emitting layer as the study states it.
        film: of the dots; carrier_disorder [eV] is the standard deviation of its levels, level_spacing [eV] the second
            level above the first.
    """
    if layer.transport.statistics == "dot_levels":
        offers = {"disorder": film.carrier_disorder, "level_spacing": film.level_spacing}
        names = {f"{carrier}_{kind}": value for kind, value in offers.items() for carrier in ("electron", "hole")}
        return {name: value for name, value in names.items() if property_of(layer, name) == 0.0}
    if layer.transport.statistics != "boltzmann" or not film.carrier_disorder > 0.0:
        return {}
    return {
        "statistics": "gaussian",
        "electron_disorder": film.carrier_disorder,
        "hole_disorder": film.carrier_disorder,
    }
