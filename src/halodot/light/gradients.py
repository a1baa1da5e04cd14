"""How the light of a stack follows the thickness, index and extinction of every layer."""

from __future__ import annotations

import math

import numpy as np

from halodot.errors import ConvergenceError
from halodot.light import budget as plain
from halodot.light.adjoint import GradientSums
from halodot.light.channel_gradients import add_plane_wave_gradients
from halodot.light.colour import ColourMatching
from halodot.light.dipole import dipole_power, dipole_power_gradient
from halodot.light.emission_gradients import AIR, SELF_ABSORBED
from halodot.light.multilayer import SPHERE, Multilayer
from halodot.light.panels import Panels, Rule, integrate_panels
from halodot.light.quadrature import below_the_axis, legendre_panel
from halodot.light.stack_optics import (
    check_options,
    emitting_layer,
    exit_of,
    increasing_axis,
    make_multilayer,
    orientation,
    spectral_weights,
)
from halodot.light.weights import luminance_per_radiance
from halodot.states import Array, BoolArray, Stack, array, state

TOUCHING = 3e-10  # m, a dipole closer than this to a transparent layer has no slope by its extinction
AIM = 1e-8  # relative error of the power that is good enough
# Nodes on a panel within the outer light cone and beyond it, and how often its error may exceed the aim.
CONE_PANEL, GUIDED_PANEL = (32, 1.0), (14, 10.0)
# A substrate that absorbs leaves a peak of this width [kappa^2] or more in the slopes where its light cone ends.
TINT, TINTED_PANEL = 1e-6, (24, 1.0)
EFFORTS = (1, 2, 4, 8)


@state
class LayerSlopes:
    """Derivatives of a number by what every layer is, all other layers and the wavelengths held."""

    thickness: Array = array("1/m", "layer")  # of the emitter with all positions at their share of it
    index: Array = array("1", "layer")  # by the real part of the refractive index
    extinction: Array = array("1", "layer")  # by its imaginary part


@state
class OpticsGradient:
    """Where the power of a dipole goes and how that follows every layer.

    Values have the shape (wavelength, position), their slopes (layer, wavelength, position), in the units of
    :class:`halodot.states.Optics`. The slopes of ``outcoupling`` and ``purcell`` have the shape (layer, position); by
    index and extinction they are for a shift of the constant at all wavelengths. A half-space has no slope by its
    thickness, and a clear substrate without a thickness none by its extinction either.
    """

    wavelength: Array = array("m", "wavelength")
    position: Array = array("m", "position")
    layer_names: tuple[str, ...]
    power: Array = array("1", "wavelength", "position")
    air: Array = array("1", "wavelength", "position")
    reabsorbed: Array = array("1", "wavelength", "position")  # what the emitter absorbs of its own light
    forward: Array = array("1/sr", "wavelength", "position")  # radiance along the normal
    power_slopes: LayerSlopes
    air_slopes: LayerSlopes
    reabsorbed_slopes: LayerSlopes
    forward_slopes: LayerSlopes
    outcoupling: Array = array("1", "position")  # (position,), emission-weighted air / power
    outcoupling_slopes: LayerSlopes
    purcell: Array = array("1", "position")  # (position,), emission-weighted power
    purcell_slopes: LayerSlopes


def outcoupling_gradient(stack: Stack, wavelength: Array, position: Array, recycling: bool = True) -> OpticsGradient:
    """Return the dipole's power, the light in air and what the emitter takes back, with their derivatives.

    The derivatives are exact for the model of :func:`halodot.light.dipole_emission`, at a cost that does not depend on
    the number of layers: one pass back through them for each wave. An emitter without extinction takes nothing back;
    then ``reabsorbed`` and its slopes are zero, also that by its extinction, while ``air`` follows it.

    Args:
        stack: as for :func:`halodot.light.dipole_emission`.
        wavelength: (wavelength,) vacuum wavelengths [m].
        position: (position,) heights above the lower interface of the emitting layer [m].
        recycling: whether to follow what an emitter with extinction takes back of guided light too, which takes most
            of the time; without it ``reabsorbed`` is nan.

    Returns:
        Values and slopes; nan by the extinction of a layer that a position comes closer to than 0.3 nm.

    Raises:
        ValidityError: as :func:`halodot.light.dipole_emission`.
        ConvergenceError: the quadrature does not converge.
    """
    _, source = emitting_layer(stack)
    check_options(stack, "layers")
    wavelength, position = increasing_axis(wavelength), increasing_axis(position)
    multilayer = make_multilayer(stack, wavelength, position, orientation(source.horizontal_fraction), exit_of(stack))
    for effort in EFFORTS:
        power, error = _power(multilayer, wavelength, effort)
        if error < AIM:
            break
    else:
        raise ConvergenceError(f"the dipole's power and its derivatives do not converge: {error:.1e} is left")
    axis = _axis(multilayer, power.value[:, 0].sum(axis=1), effort, recycling)
    forward = _forward(multilayer)
    by_power, by_air, by_self_absorbed, by_forward = (
        _by_layer(stack, multilayer, wavelength, part, functional)
        for part, functional in ((power, 0), (axis, AIR), (axis, SELF_ABSORBED), (forward, 0))
    )
    share = spectral_weights(source, wavelength)
    purcell, purcell_slopes = share @ power.value[:, 0], _spectral(by_power, share)
    outcoupling = (share @ axis.value[:, AIR]) / purcell
    return OpticsGradient(
        wavelength=wavelength,
        position=position,
        layer_names=tuple(layer.name for layer in stack.layers),
        power=power.value[:, 0],
        air=axis.value[:, AIR],
        reabsorbed=axis.value[:, SELF_ABSORBED],
        forward=forward.value[:, 0],
        power_slopes=by_power,
        air_slopes=by_air,
        reabsorbed_slopes=by_self_absorbed,
        forward_slopes=by_forward,
        outcoupling=outcoupling,
        outcoupling_slopes=_of_ratio(_spectral(by_air, share), purcell_slopes, outcoupling, purcell),
        purcell=purcell,
        purcell_slopes=purcell_slopes,
    )


def decay_slopes(stack: Stack, gradient: OpticsGradient, matching: ColourMatching) -> tuple[Array, LayerSlopes]:
    """Return what :func:`halodot.light.weights.decay_weights` returns, and its derivatives by every layer.

    Args:
        stack: the stack of the gradient, for its emission spectrum.
        gradient: from :func:`outcoupling_gradient`.
        matching: standard observer.

    Returns:
        Luminance [cd m-2 per decay m-2 s-1], photons into air and photons that the emitter absorbs again, per
        radiative decay, shape (3, position), and their slopes, shape (layer, 3, position).
    """
    share = spectral_weights(emitting_layer(stack)[1], gradient.wavelength)
    rows = (luminance_per_radiance(gradient.wavelength, share, matching), share, share)
    whole = (gradient.forward, gradient.air, gradient.reabsorbed)
    parts = (gradient.forward_slopes, gradient.air_slopes, gradient.reabsorbed_slopes)
    weights = np.array([row @ value for row, value in zip(rows, whole)]) / gradient.purcell
    ratios = [
        _of_ratio(_spectral(part, row), gradient.purcell_slopes, value, gradient.purcell)
        for part, row, value in zip(parts, rows, weights)
    ]
    return weights, LayerSlopes(
        np.stack([item.thickness for item in ratios], axis=1),
        np.stack([item.index for item in ratios], axis=1),
        np.stack([item.extinction for item in ratios], axis=1),
    )


def _of_ratio(above: LayerSlopes, below: LayerSlopes, ratio: Array, whole: Array) -> LayerSlopes:
    return LayerSlopes(
        (above.thickness - ratio * below.thickness) / whole,
        (above.index - ratio * below.index) / whole,
        (above.extinction - ratio * below.extinction) / whole,
    )


def _spectral(slopes: LayerSlopes, share: Array) -> LayerSlopes:
    """Return slopes (layer, position) of the sum over wavelengths with some weights."""
    return LayerSlopes(share @ slopes.thickness, share @ slopes.index, share @ slopes.extinction)


def _empty(multilayer: Multilayer, functionals: int) -> GradientSums:
    count, positions = multilayer.height.shape
    shape = (count, functionals, positions)
    layers = multilayer.thickness.shape[1]
    return GradientSums(
        np.zeros(shape), np.zeros((*shape, layers + 1), np.complex128), np.zeros((*shape, layers)), np.zeros(shape)
    )


def _power(multilayer: Multilayer, wavelength: Array, effort: int) -> tuple[GradientSums, float]:
    """Return the power with its slopes, and how far it is from that of more nodes."""
    outer = plain.outer_index(multilayer)
    end = plain.beyond_poles(multilayer, outer) * (1.0 + 0.5 * np.log2(effort))
    gap = np.maximum(plain.gap_plasmon(multilayer), end)
    # A transparent film next to the dipole would take near field if it absorbed.
    height, above = multilayer.height, multilayer.thickness[:, [multilayer.emitter]] - multilayer.height
    film, least = np.minimum(height, above), 2.0 * np.pi * TOUCHING / wavelength[:, np.newaxis]
    film = np.min(np.where(film < least, np.inf, film), axis=1)
    far = np.maximum(plain.REACH / np.minimum(film, plain.absorber_distance(multilayer)), 2.0 * gap)
    ends = np.stack((end, gap), axis=1) if np.any(gap > end) else end[:, np.newaxis]
    ellipse, tail = effort * (plain.ELLIPSE + int(0.5 * plain.optical_thickness(multilayer))), effort * plain.TAIL
    power = _empty(multilayer, 1)
    dipole_power_gradient(multilayer, *below_the_axis(ends, far, ellipse, tail), power)
    again = dipole_power(multilayer, *below_the_axis(ends, far, ellipse * 3 // 2, tail * 3 // 2))
    return power, float(np.max(np.abs(again / power.value[:, 0] - 1.0)))


def _axis(multilayer: Multilayer, power: Array, effort: int, recycling: bool) -> GradientSums:
    """Return light in air, and what the emitter takes back where it absorbs, from the real axis."""
    outer = plain.outer_index(multilayer)
    follows = recycling and bool(np.any(multilayer.emitter_permittivity.imag > 0.0))
    end, far = plain.axis_ends(multilayer, outer, effort) if follows else (outer, np.zeros(outer.size))
    inside, beyond = plain.first_panels(multilayer, outer, end, far, effort)
    if follows:
        both = _empty(multilayer, 2)
        _integrate(multilayer, inside, CONE_PANEL, power, both)
        kind = TINTED_PANEL if np.any(multilayer.permittivity[:, 0].imag > TINT) else GUIDED_PANEL
        _integrate(multilayer, beyond, kind, power, both)
        return both
    edge = multilayer.permittivity[:, 0].real if multilayer.exit == SPHERE else np.ones(outer.size)
    one, both = _empty(multilayer, 1), _empty(multilayer, 2)
    inside = _chosen(inside, inside.start + inside.span <= edge[inside.wavelength_index] * (1.0 + 1e-12))
    _integrate(multilayer, inside, CONE_PANEL, power, one)
    for column, known in zip(both, one, strict=True):
        column[:, :1] = known
        if not recycling:
            column[:, SELF_ABSORBED] = np.nan
    return both


def _integrate(
    multilayer: Multilayer, panels: Panels, kind: tuple[int, float], power: Array, parts: GradientSums
) -> None:
    panels, rule = panels._replace(slot=panels.wavelength_index), Rule(*legendre_panel(kind[0]))
    if np.any(integrate_panels(multilayer, panels, rule, kind[1] * AIM * power, None, parts) < 0):
        raise ConvergenceError(plain.NARROW)


def _chosen(panels: Panels, some: BoolArray) -> Panels:
    low, high, start, span, centre, width = (column[some] for column in panels[:6])
    return Panels(low, high, start, span, centre, width, panels.slot[some], panels.wavelength_index[some])


def _forward(multilayer: Multilayer) -> GradientSums:
    """Return the radiance along the normal."""
    count = multilayer.thickness.shape[0]
    square = multilayer.permittivity[:, 0].real if multilayer.exit == SPHERE else np.ones(count)
    parts, numbers = _empty(multilayer, 1), np.arange(count)
    add_plane_wave_gradients(multilayer, numbers, np.zeros(count), square / (2.0 * np.pi), numbers, parts)
    if multilayer.exit == SPHERE:
        # The solid angle in the glass goes with its permittivity.
        parts.permittivity[..., 0] += parts.value / square[:, np.newaxis, np.newaxis]
    return parts


def _by_layer(
    stack: Stack, multilayer: Multilayer, wavelength: Array, parts: GradientSums, functional: int
) -> LayerSlopes:
    """Return slopes (layer, wavelength, position) by thicknesses, indices and extinctions."""
    layers, e = len(stack.layers), multilayer.emitter
    by_permittivity, by_depth = parts.permittivity[:, functional], parts.thickness[:, functional]
    index = np.sqrt(multilayer.permittivity)[:, np.newaxis, :layers]
    by_index, by_extinction = ((by_permittivity[..., :layers] * 2.0 * step * index).real for step in (1.0, 1.0j))
    absorbing = by_permittivity[..., -1] * 2.0 * np.sqrt(multilayer.emitter_permittivity)[:, np.newaxis]
    by_index[..., e] += absorbing.real + parts.emitter_index[:, functional]
    by_extinction[..., e] = -absorbing.imag
    if not np.all(multilayer.substrate_thickness > 0.0):
        by_extinction[..., 0] = 0.0
    near = 2.0 * np.pi * TOUCHING / wavelength[:, np.newaxis]
    for touched, distance in ((e - 1, multilayer.height), (e + 1, multilayer.thickness[:, [e]] - multilayer.height)):
        if touched < layers:
            by_extinction[..., touched][distance < near] = np.nan
    thickness = by_depth[..., :layers] * (2.0 * np.pi / wavelength)[:, np.newaxis, np.newaxis]
    substrate = [] if math.isfinite(stack.layers[0].thickness) else [0]
    thickness[..., substrate + [layer for layer in range(1, layers) if multilayer.thickness[0, layer] == 0.0]] = 0.0
    return LayerSlopes(
        *(np.ascontiguousarray(np.moveaxis(part, -1, 0)) for part in (thickness, by_index, by_extinction))
    )
