"""The emission zone of a device, and the light of the same excitons in a stack of other thicknesses."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from halodot.constants import ELEMENTARY_CHARGE
from halodot.errors import InputError
from halodot.light.gradients import OpticsGradient, decay_slopes
from halodot.light.weights import decay_weights, recycling_gain
from halodot.results.data import Result
from halodot.results.summary import peak_point
from halodot.states import Array, Optics, Stack, emitter_index, replaced
from halodot.study import load_colour_matching

Measure = Literal["outcoupling", "eqe", "luminance"]
#: share of its maximum above which the spectrum counts, and wavelengths that give the measures to 2e-4
_DIMMEST, _WAVELENGTHS = 1e-3, 25
#: share of the strongest decay from which a height counts
_FEWEST_DECAYS = 1e-9


class EmissionZone(NamedTuple):
    """The excitons of one voltage by their height in the emitting layer, and the optics that they are asked about."""

    stack: Stack
    emitter: int  # number of the emitting layer
    voltage: float
    relative_height: Array  # (position,), height over the thickness of the emitting layer
    wavelength: Array
    generated: Array  # (position,), excitons that are generated for each height, 1/m2/s
    radiative_decays: Array  # (position,), radiative decays, 1/m2/s
    loss_ratio: Array  # (position,), rate of all other ends over the radiative rate in an infinite medium
    current_density: float  # A/m2


def emission_zone(result: Result, voltage: float | None) -> EmissionZone:
    """Return the emission zone of a result.

    Args:
        result: with a device that emits.
        voltage: the solved point nearest to it; None for the point of the highest EQE.

    Raises:
        InputError: the result has no light at that voltage.
    """
    stack, optics, device_solution, emission = result.stack, result.optics, result.device_solution, result.emission
    if stack is None or stack.emitter is None or optics is None or device_solution is None or emission is None:
        raise InputError("the best thickness needs a study with a device that emits; this one has none")
    point = peak_point(emission)
    if voltage is not None:
        far = np.where(device_solution.converged, np.abs(device_solution.voltage - voltage), np.inf)
        point = int(np.argmin(far)) if np.any(np.isfinite(far)) else None
    decays = device_solution.radiative_decay[point] if point is not None else np.zeros(1)
    if point is None or not decays.sum() > 0.0:
        raise InputError("the device emits no light at which thicknesses could be compared")
    index = emitter_index(stack)
    assert index is not None  # of a stack with an emitter
    generated = device_solution.exciton_generation[point]
    if stack.emitter.exciton_diffusivity > 0.0:
        # Excitons end elsewhere than they are generated: all are given the yield of the whole layer.
        generated = decays * generated.sum() / decays.sum()
    some = np.flatnonzero(decays > _FEWEST_DECAYS * decays.max())
    generated, decays, purcell = generated[some], decays[some], optics.purcell[some]
    return EmissionZone(
        stack=stack,
        emitter=index,
        voltage=float(device_solution.voltage[point]),
        relative_height=optics.position[some] / stack.layers[index].thickness,
        wavelength=_emitted_wavelengths(stack, optics.wavelength),
        generated=generated,
        radiative_decays=decays,
        loss_ratio=purcell * np.maximum(generated / decays - 1.0, 0.0),
        current_density=float(device_solution.current_density[point]),
    )


def _emitted_wavelengths(stack: Stack, wavelength: Array) -> Array:
    """Return some of the wavelengths, where the emitter emits."""
    assert stack.emitter is not None
    order = np.argsort(stack.emitter.wavelength)
    line = np.interp(wavelength, stack.emitter.wavelength[order], stack.emitter.spectrum[order], left=0.0, right=0.0)
    bright = np.flatnonzero(line > _DIMMEST * line.max())
    first, last = max(int(bright[0]) - 1, 0), min(int(bright[-1]) + 1, wavelength.size - 1)
    chosen = np.unique(np.linspace(first, last, min(_WAVELENGTHS, last - first + 1)).round().astype(int))
    return np.asarray(wavelength[chosen])


def with_thicknesses(stack: Stack, numbers: tuple[int, ...], thickness: Array) -> Stack:
    """Return the stack with other thicknesses [m] of some of its layers."""
    layers = list(stack.layers)
    for number, value in zip(numbers, thickness, strict=True):
        layers[number] = replaced(layers[number], thickness=float(value))
    return replaced(stack, layers=tuple(layers))


def measure_of(zone: EmissionZone, stack: Stack, optics: Optics, measure: Measure) -> float:
    """Return a measure of the zone's light in another stack."""
    if measure == "outcoupling":
        return float(zone.radiative_decays @ optics.outcoupling / zone.radiative_decays.sum())
    weights = decay_weights(stack, optics, load_colour_matching())
    value, _, _ = _eqe_or_luminance(zone, weights, optics.purcell, measure)
    return value


def measure_and_gradient(
    zone: EmissionZone, stack: Stack, gradient: OpticsGradient, measure: Measure
) -> tuple[float, Array]:
    """Return a measure of the zone's light in another stack, and its derivatives by all thicknesses (layer,)."""
    if measure == "outcoupling":
        share = zone.radiative_decays / zone.radiative_decays.sum()
        return float(gradient.outcoupling @ share), gradient.outcoupling_slopes.thickness @ share
    weights, slopes = decay_slopes(stack, gradient, load_colour_matching())
    value, by_weights, by_purcell = _eqe_or_luminance(zone, weights, gradient.purcell, measure)
    total = np.einsum("lkp,kp->l", slopes.thickness, by_weights) + gradient.purcell_slopes.thickness @ by_purcell
    return value, total


def _eqe_or_luminance(
    zone: EmissionZone, weights: Array, purcell: Array, measure: Measure
) -> tuple[float, Array, Array]:
    """Return EQE or luminance, and its derivatives by the weights (3, position) and the Purcell factor (position,).

    With the yield Y = F/(F + loss) and the share A of excitons from reabsorbed light: sum(generated Y w)/(1 - A).
    """
    chosen, scale = (1, ELEMENTARY_CHARGE / zone.current_density) if measure == "eqe" else (0, 1.0)
    decays = zone.generated * purcell / (purcell + zone.loss_ratio)
    by_decays_of_purcell = zone.generated * zone.loss_ratio / (purcell + zone.loss_ratio) ** 2
    recycling = recycling_gain(decays @ weights[2] / zone.generated.sum())
    value = scale * recycling * (decays @ weights[chosen])
    by_share = value * recycling / zone.generated.sum()
    by_weights = np.zeros_like(weights)
    by_weights[chosen], by_weights[2] = scale * recycling * decays, by_share * decays
    return (
        float(value),
        by_weights,
        (scale * recycling * weights[chosen] + by_share * weights[2]) * by_decays_of_purcell,
    )
