"""Derivatives of the light by every layer, against differences of the plain optics."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from light_stacks import layer, line, observer

from halodot.light import dipole_emission
from halodot.light.gradients import LayerSlopes, OpticsGradient, decay_slopes, outcoupling_gradient
from halodot.light.weights import decay_weights
from halodot.states import Array, Stack, replaced

WAVELENGTH = np.array([610e-9, 645e-9, 670e-9])
SHARE = np.array([0.07, 0.5, 0.83])
EMITTER = 4


def device(extinction: float = 0.0, horizontal: float = 2.0 / 3.0, silver: float = 100e-9, tint: float = 0.0) -> Stack:
    return Stack(
        layers=(
            layer("glass", 1.515 + 1j * tint, 1e-3 if tint else math.inf, "substrate"),
            layer("ITO", 1.78 + 0.01j, 150e-9),
            layer("PEDOT:PSS", 1.50 + 0.02j, 30e-9),
            layer("PTAA", 1.68, 30e-9),
            layer("dots", 1.90 + 1j * extinction, 28e-9, "emitter"),
            layer("PO-T2T", 1.69, 46e-9),
            layer("Al", 1.40 + 7.4j, silver),
        ),
        emitter=line(horizontal),
    )


STACKS = {
    "plain": device(),
    "upright": device(horizontal=0.0),
    "absorbing": device(0.03),
    "half sphere": replaced(device(0.03, 0.9), outcoupling="half_sphere"),
    "top": replaced(device(0.01, silver=18e-9), emission_side="top"),
    "tinted": device(0.02, tint=3e-5),
    "tinted half sphere": replaced(device(tint=2e-5), outcoupling="half_sphere"),
    "tinted top": replaced(device(0.01, silver=18e-9, tint=3e-5), emission_side="top"),
}


def changed(stack: Stack, number: int, kind: str, step: float) -> Stack:
    layers, old = list(stack.layers), stack.layers[number]
    if kind == "thickness":
        layers[number] = replaced(old, thickness=old.thickness + step)
    elif kind == "index":
        layers[number] = replaced(old, optics=replaced(old.optics, index_offset=step))
    else:
        layers[number] = replaced(old, optics=replaced(old.optics, table_extinction=old.optics.table_extinction + step))
    return replaced(stack, layers=tuple(layers))


def positions(stack: Stack) -> Array:
    return SHARE * stack.layers[EMITTER].thickness


def channels(stack: Stack) -> Array:
    """Return power, air, what the emitter takes back, and forward radiance, (4, wavelength, position)."""
    optics = dipole_emission(stack, WAVELENGTH, positions(stack))
    own = optics.absorbed[EMITTER] + optics.guided_absorbed[EMITTER]
    return np.array([optics.power, optics.air, own, optics.radiance[:, :, 0]])


def extrapolated(value: Callable[[float], Array], step: float) -> Array:
    """Return a derivative from central differences over two steps, free of the error of the second order."""
    wide, narrow = ((value(h) - value(-h)) / (2.0 * h) for h in (step, 0.5 * step))
    return np.asarray((4.0 * narrow - wide) / 3.0)


def slopes_of(gradient: OpticsGradient) -> tuple[LayerSlopes, ...]:
    return gradient.power_slopes, gradient.air_slopes, gradient.reabsorbed_slopes, gradient.forward_slopes


@pytest.mark.parametrize("name", STACKS)
def test_slopes_are_the_differences_of_the_plain_optics(name: str) -> None:
    stack = STACKS[name]
    gradient = outcoupling_gradient(stack, WAVELENGTH, positions(stack))
    found = (gradient.power, gradient.air, gradient.reabsorbed, gradient.forward)
    values = channels(stack)
    for mine, plain in zip(found, values):
        np.testing.assert_allclose(mine, plain, rtol=3e-8, atol=1e-12)
    steps = [(number, "index", 1e-3) for number in range(len(stack.layers))]
    # A tinted substrate has an edge at the end of its light cone, where the plain optics converge less well.
    left_over = 4e-9 if stack.layers[0].optics.table_extinction[0] > 0.0 else 3e-10
    if stack.layers[0].optics.table_extinction[0] > 0.0:
        steps += [(0, "thickness", 1e-5), (0, "extinction", 5e-7)]
    steps += [(number, "thickness", 2e-10) for number in range(1, len(stack.layers))]
    steps += [(k, "extinction", 3e-4) for k in range(1, 7) if stack.layers[k].optics.table_extinction[0] > 4e-3]
    for number, kind, step in steps:
        differences = extrapolated(lambda h, n=number, k=kind: channels(changed(stack, n, k, h)), step)  # type: ignore[misc]
        for channel in np.flatnonzero(values.max(axis=(1, 2)) > 1e-10):
            slopes, difference = slopes_of(gradient)[channel], differences[channel]
            every = getattr(slopes, kind)
            # What the plain optics leave unresolved in a channel stands in a difference over its step.
            limit = 1e-7 * np.abs(every[1:] if number else every).max() + left_over * values[0].max() / step
            assert np.abs(every[number] - difference).max() < limit, (number, kind, channel)


def test_extinction_of_a_transparent_layer_has_its_one_sided_slope() -> None:
    stack = STACKS["plain"]
    gradient = outcoupling_gradient(stack, WAVELENGTH, positions(stack))
    before = channels(stack)
    for number in (3, 4, 5):
        # Two forward differences without their error of the first order; the near field meets all of an absorber.
        first, second = ((channels(changed(stack, number, "extinction", h)) - before) / h for h in (1e-4, 5e-5))
        forward = 2.0 * second - first
        for slopes, difference in zip((gradient.power_slopes, gradient.air_slopes), forward):
            np.testing.assert_allclose(slopes.extinction[number], difference, rtol=2e-3, atol=2e-5)
    touching = outcoupling_gradient(stack, WAVELENGTH, np.array([0.0, 14e-9]))
    assert np.all(np.isnan(touching.power_slopes.extinction[3, :, 0]))
    assert np.all(np.isfinite(touching.power_slopes.extinction[3, :, 1]))


def test_outcoupling_and_what_a_decay_gives_follow_the_layers() -> None:
    stack, matching = STACKS["absorbing"], observer()
    gradient = outcoupling_gradient(stack, WAVELENGTH, positions(stack))
    weights, slopes = decay_slopes(stack, gradient, matching)

    def plain(number: int, kind: str, step: float) -> Array:
        other = changed(stack, number, kind, step)
        optics = dipole_emission(other, WAVELENGTH, positions(other))
        return np.vstack((optics.outcoupling, optics.purcell, decay_weights(other, optics, matching)))

    np.testing.assert_allclose(
        np.vstack((gradient.outcoupling, gradient.purcell, weights)), plain(0, "index", 0.0), 3e-8
    )
    for number, kind, step in (
        (1, "thickness", 2e-10),
        (4, "thickness", 2e-10),
        (5, "index", 2e-3),
        (4, "index", 2e-3),
    ):
        difference = extrapolated(lambda h, n=number, k=kind: plain(n, k, h), step)  # type: ignore[misc]
        parts = (gradient.outcoupling_slopes, gradient.purcell_slopes)
        mine = np.vstack([*(getattr(part, kind)[number] for part in parts), getattr(slopes, kind)[number]])
        for row, expected in zip(mine, difference):
            np.testing.assert_allclose(row, expected, rtol=2e-6, atol=2e-7 * np.abs(row).max())


def test_without_recycling_the_rest_is_the_same() -> None:
    stack = STACKS["absorbing"]
    whole = outcoupling_gradient(stack, WAVELENGTH, positions(stack))
    part = outcoupling_gradient(stack, WAVELENGTH, positions(stack), recycling=False)
    assert np.all(np.isnan(part.reabsorbed))
    np.testing.assert_allclose(part.outcoupling_slopes.thickness, whole.outcoupling_slopes.thickness, 1e-6, 1e-2)


def test_a_mirror_of_no_thickness_and_of_the_emitters_index_changes_nothing() -> None:
    matched = Stack(
        layers=(
            layer("glass", 1.5, math.inf, "substrate"),
            layer("spacer", 1.5, 400e-9),
            layer("dots", 1.5, 30e-9, "emitter"),
            layer("cover", 1.5, math.inf),
        ),
        emitter=line(),
    )
    gradient = outcoupling_gradient(matched, WAVELENGTH, np.array([15e-9]))
    # In an infinite medium the power is 1 wherever the interfaces are drawn.
    np.testing.assert_allclose(gradient.power, 1.0, atol=1e-8)
    np.testing.assert_allclose(gradient.power_slopes.thickness * 30e-9, 0.0, atol=1e-8)
    np.testing.assert_allclose(gradient.power_slopes.index.sum(axis=0), 0.0, atol=1e-7)
