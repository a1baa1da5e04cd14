"""Derivatives of the whole current-voltage-light curve of a device by the numbers of its stack.

The equations of the device are differentiated by adjoints (:mod:`halodot.device.sensitivity`) and the optics by their
own backward pass. Only the tables that the solver makes from the numbers of a stack are differenced, centrally. For
numbers of the recipe and the film see :mod:`halodot.learn.sensitivity`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from halodot.constants import ELEMENTARY_CHARGE
from halodot.errors import InputError
from halodot.learn.stack_parameters import Parameter, parameters_of
from halodot.numerics import cell_centres
from halodot.results.data import Result
from halodot.states import (
    Array,
    DeviceSolution,
    Optics,
    Stack,
    emitter_index,
)
from halodot.states.described import described
from halodot.study import load_colour_matching

if TYPE_CHECKING:
    from halodot.device.sensitivity.derivatives import FunctionalWeights
    from halodot.device.sensitivity.exciton_gradients import DeviceOptics
    from halodot.device.sensitivity.tangents import Perturbation
    from halodot.light.gradients import LayerSlopes

#: Steps of the central differences of the stack's tables: in eV or V, and as a share of the value.
ENERGY_STEP, SHARE, TEMPERATURE_SHARE = 3e-6, 1e-5, 1e-6
#: Step of those of the optics, as a share of the value.
OPTICAL_SHARE = 1e-3
#: What moves the optics, and what of it they are differentiated by.
BY_LAYER = ("thickness", "index_offset", "cauchy_a")
OPTICAL = (*BY_LAYER, "cauchy_b", "cauchy_c", "horizontal_fraction")


@dataclass(frozen=True, eq=False)
class DeviceSensitivity:
    """Derivatives of current density, luminance and EQE by parameters of the stack, at every voltage.

    Per unit of the parameter; nan where a voltage was not solved or a derivative does not exist, see ``notes``.
    """

    parameters: tuple[str, ...]
    units: tuple[str, ...]  # SI, eV and V for energies and potentials
    values: Array  # shape (parameter,)
    voltage: Array  # V, shape (voltage,)
    dJ: Array  # A/m2, shape (parameter, voltage)
    dL: Array  # cd/m2
    dEQE: Array  # 1
    notes: tuple[str, ...] = field(default=())  # what has no derivative, and why

    def __repr__(self) -> str:
        """Kind, parameters and sizes in three lines."""
        return described(self, f"by {', '.join(self.parameters[:2])}{', ...' if len(self.parameters) > 2 else ''}")


class LightByLayer(NamedTuple):
    """Derivatives of the light by the thickness and the index of every layer."""

    purcell: LayerSlopes  # slopes (layer, position)
    weights: LayerSlopes  # slopes (layer, sum, position)


def sensitivity(result: Result, paths: Sequence[str]) -> DeviceSensitivity:
    """Return the derivatives of the curves of a result by numbers of its stack.

    One adjoint a bias point serves all parameters, and one pass back through the optics all thicknesses and indices.
    Any other parameter that moves the optics (the dipoles' orientation, the dispersion of an index) has them computed
    twice more. All derivatives are those of the whole device.

    Args:
        result: with a device that was solved.
        paths: such as ``device.layers.PTAA.hole_mobility``, also ``device.layers[3].hole_mobility``,
            ``device.series_resistance`` and ``device.emitter.nonradiative_rate``.

    Raises:
        InputError: the result has no device, or a path names no number of its stack; every such path at once.
    """
    stack, device_solution = result.stack, result.device_solution
    if stack is None or device_solution is None:
        raise InputError("sensitivity needs a result with a device that was computed")
    chosen = parameters_of(stack, paths)
    notes = {item.path: note for item in chosen if (note := _no_derivative(item, stack))}
    device_optics = _device_optics(stack, result.optics if result.emission is not None else None)
    by_layer = _light_by_layer(result, device_optics, [item for item in chosen if item.path not in notes])
    perturbations = {
        item.path: _perturbation(result, device_optics, item, by_layer) for item in chosen if item.path not in notes
    }
    found = np.full((3, len(chosen), device_solution.voltage.size), np.nan)
    rows = [k for k, item in enumerate(chosen) if item.path in perturbations]
    order = list(perturbations)  # a path that is asked for twice is derived once
    by_path = _derivatives(device_optics, device_solution, chosen, perturbations)
    found[:, rows] = by_path[:, [order.index(chosen[k].path) for k in rows]]
    return DeviceSensitivity(
        parameters=tuple(paths),
        units=tuple(item.unit for item in chosen),
        values=np.array([item.value for item in chosen]),
        voltage=device_solution.voltage.copy(),
        dJ=found[0],
        dL=found[1],
        dEQE=found[2],
        notes=tuple(f"{path} {note}" for path, note in notes.items()),
    )


def _derivatives(
    device_optics: DeviceOptics,
    device_solution: DeviceSolution,
    chosen: Sequence[Parameter],
    perturbations: dict[str, Perturbation],
) -> Array:
    """Return the derivatives of current, luminance and EQE by the parameters that have perturbations."""
    from halodot.device.sensitivity.derivatives import derivatives

    weights = _functional_weights(device_optics, device_solution)
    found = derivatives(device_optics, device_solution, list(perturbations.values()), weights)
    if weights.formed.shape[1] == 0:
        return np.concatenate((found, np.full((2, *found.shape[1:]), np.nan)))
    current = np.where(device_solution.current_density > 0.0, device_solution.current_density, np.nan)
    photons = weights.sums[:, 1, 1] * (device_solution.radiative_decay @ device_optics.weights[1])
    found[2] = ELEMENTARY_CHARGE * (found[2] - photons * found[0] / current) / current
    return found


def _functional_weights(device_optics: DeviceOptics, device_solution: DeviceSolution) -> FunctionalWeights:
    """Return luminance and photons into air as they follow decays and excitons, to first order.

    The share A of the excitons is generated again by reabsorbed light, so that both are their sums over 1 - A.
    """
    from halodot.device.sensitivity.derivatives import FunctionalWeights
    from halodot.light.weights import recycling_gain

    count = device_solution.voltage.size
    if device_optics.position.size == 0:
        return FunctionalWeights(np.zeros((count, 0, 3)), np.zeros((count, 0)))
    light, reabsorbed = (
        device_solution.radiative_decay @ device_optics.weights[:2].T,
        device_solution.radiative_decay @ device_optics.weights[2],
    )
    generated = device_solution.exciton_generation.sum(axis=1)
    share = reabsorbed / np.where(generated > 0.0, generated, np.inf)
    recycling = recycling_gain(share)
    by_share = light * (recycling**2 / np.where(generated > 0.0, generated, np.inf))[:, np.newaxis]
    sums = np.zeros((count, 2, 3))
    sums[:, 0, 0] = sums[:, 1, 1] = recycling
    sums[:, :, 2] = by_share
    return FunctionalWeights(sums, -by_share * share[:, np.newaxis])


def _no_derivative(item: Parameter, stack: Stack) -> str:
    """Return why a parameter has no derivative, nothing where it has one."""
    if not math.isfinite(item.value):
        return "is not a finite number here"
    if item.value == 0.0 and item.unit not in ("eV", "V") and math.isnan(item.typical):
        return "is zero, where the device has no such part; give it a value first"
    if stack.thermal_resistance > 0.0:
        return "acts through the temperature of a device that heats itself too, which is not followed"
    return ""


# ------------------------------------------------------------------------------------------------------ perturbations


def _device_optics(stack: Stack, optics: Optics | None) -> DeviceOptics:
    """Return a stack with what its optics say of the light from every height."""
    from halodot.device.sensitivity.exciton_gradients import DeviceOptics

    if optics is None:
        return DeviceOptics(stack, np.zeros(0), np.zeros(0), np.zeros((3, 0)))
    from halodot.light.weights import decay_weights

    return DeviceOptics(stack, optics.position, optics.purcell, decay_weights(stack, optics, load_colour_matching()))


def _perturbation(
    result: Result, device_optics: DeviceOptics, item: Parameter, by_layer: LightByLayer | None
) -> Perturbation:
    """Return the two neighbours of a device_optics along a parameter, its optics changed in proportion."""
    from halodot.device.sensitivity.tangents import Perturbation

    step = _step(item)
    low, high = item.value - step, item.value + step
    if item.value == 0.0 and (item.unit not in ("eV", "V") or item.nonnegative):
        low = 0.0
    slope = _optical_slope(result, device_optics, item, by_layer)
    ends = [
        device_optics._replace(
            stack=item.with_value(x),
            position=device_optics.position + (x - item.value) * slope.position,
            purcell=device_optics.purcell + (x - item.value) * slope.purcell,
            weights=device_optics.weights + (x - item.value) * slope.weights,
        )
        for x in (low, high)
    ]
    return Perturbation(ends[0], ends[1], high - low, item.layer)


def _step(item: Parameter) -> float:
    """Return a step over which the numbers of the solver are straight to 1e-8 and rounding is less."""
    if item.unit in ("eV", "V"):
        return ENERGY_STEP
    share = TEMPERATURE_SHARE if item.name == "temperature" else SHARE
    return share * (abs(item.value) or item.typical)


def _light_by_layer(result: Result, device_optics: DeviceOptics, chosen: Sequence[Parameter]) -> LightByLayer | None:
    """Return the derivatives of the light by thicknesses and indices, None where no parameter needs them."""
    if not _has_optics(result, device_optics) or not any(item.name in BY_LAYER for item in chosen):
        return None
    from halodot.light.gradients import decay_slopes, outcoupling_gradient

    assert result.optics is not None
    gradient = outcoupling_gradient(device_optics.stack, result.optics.wavelength, result.optics.position)
    _, slopes = decay_slopes(device_optics.stack, gradient, load_colour_matching())
    return LightByLayer(gradient.purcell_slopes, slopes)


def _has_optics(result: Result, device_optics: DeviceOptics) -> bool:
    return device_optics.position.size > 0 and not isinstance(result.study.given.get("optics"), Optics)


def _layer_slope(device_optics: DeviceOptics, item: Parameter, by_layer: LightByLayer) -> DeviceOptics:
    """Return the derivative of a device_optics's light by a thickness or an index."""
    layers = item.with_value(item.value).layers
    number = next(k for k, layer in enumerate(device_optics.stack.layers) if layer is not layers[k])
    layer = device_optics.stack.layers[number]
    kind = "thickness" if item.name == "thickness" else "index"
    # A table is what counts where there is one; the shift belongs to it.
    counts = kind == "thickness" or (item.name == "index_offset") == (layer.optics.table_wavelength.size > 0)
    rises = kind == "thickness" and number == emitter_index(device_optics.stack)
    return device_optics._replace(
        position=device_optics.position / item.value if rises else np.zeros_like(device_optics.position),
        purcell=float(counts) * getattr(by_layer.purcell, kind)[number],
        weights=float(counts) * getattr(by_layer.weights, kind)[number],
    )


def _optical_slope(
    result: Result, device_optics: DeviceOptics, item: Parameter, by_layer: LightByLayer | None
) -> DeviceOptics:
    """Return the derivative of a device_optics's light by a parameter, zero where no photon sees it."""
    still = device_optics._replace(
        position=np.zeros_like(device_optics.position),
        purcell=np.zeros_like(device_optics.purcell),
        weights=np.zeros_like(device_optics.weights),
    )
    if item.name not in OPTICAL or not _has_optics(result, device_optics):
        return still
    if by_layer is not None and item.name in BY_LAYER:
        return _layer_slope(device_optics, item, by_layer)
    step = OPTICAL_SHARE * (abs(item.value) or item.typical)
    below, above = (
        _device_optics(stack, _optics(result, stack))
        for stack in map(item.with_value, (item.value - step, item.value + step))
    )
    return still._replace(
        position=(above.position - below.position) / (2.0 * step),
        purcell=(above.purcell - below.purcell) / (2.0 * step),
        weights=(above.weights - below.weights) / (2.0 * step),
    )


def _optics(result: Result, stack: Stack) -> Optics:
    """Return the optics of another stack on the grid of a result."""
    from halodot.light import dipole_emission

    assert result.optics is not None
    index = emitter_index(stack)
    assert index is not None
    heights = cell_centres(stack.layers[index].thickness, result.optics.position.size)
    return dipole_emission(stack, result.optics.wavelength, heights)
