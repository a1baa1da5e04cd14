"""The derivatives of a reflection or transmission by every layer, in one pass back through the stack.

A number f changes by df = Re(f_eps deps) + f_d dd with every layer's permittivity and thickness. A position depends on
the layers only through a few numbers of the whole stack: the reflections r and r' that the dipole sees below and above,
and the transmission of the way out. Their derivatives by every layer come from one pass back through the recursion of
:func:`halodot.light.multilayer.stack_reflection`, and a position adds the chain rule. Reflections and transmitted
amplitudes are analytic in all parameters; a flux is differentiated as d|t|^2 = 2 |t|^2 Re(d ln t). (The reverse mode of
automatic differentiation, A. Griewank, A. Walther, Evaluating Derivatives, doi:10.1137/1.9780898717761.)

All numbers are divided by the powers of the emitter's index n_e that :class:`GradientSums` counts on its own, so that
the admittances here are kz (s) and kz/eps (p).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray
from halodot.compiled import kernel
from halodot.light.multilayer import (
    ADMITTANCE,
    DENOMINATOR,
    KZ,
    NUMERATOR,
    PHASE,
    TRANSMITTED,
    abs_sq,
    make_plane_wave,
    one_norm,
    reciprocal,
    stack_reflection,
)

# Rows of what one number of the whole stack does with every layer, shape (4, layer + 1), where the last layer is the
# emitter that absorbs: derivatives by admittances, by logarithms of round trips, by permittivities and by thicknesses.
BY_ADMITTANCE, BY_PHASE, BY_PERMITTIVITY, BY_THICKNESS = 0, 1, 2, 3
# Rows of its derivatives by what each layer sees and transmits, shape (3, layer), zero where they are not in use: by N,
# by D, and by the logarithm of the field that the layer transmits, 2 g Y exp(i kz d).
BY_NUMERATOR, BY_DENOMINATOR, BY_TRANSMITTED = 0, 1, 2
# The numbers: reflections below and above the dipole, logarithms of the fields in the substrate and in the last layer,
# the reflection of the device seen from the substrate, what light from there does in the device, air for unit intensity
# that the dipole sends down and up, and what the emitter absorbs of light that comes back from the substrate's face.
NUMBERS = 9
BELOW, ABOVE, TO_SUBSTRATE, TO_TOP, DEVICE, INSIDE, AIR_DOWN, AIR_UP, RETURNED = range(NUMBERS)


class GradientSums(NamedTuple):
    """Numbers and their derivatives; the last layer of ``permittivity`` is the emitter that absorbs."""

    value: Array  # (slot, functional, position)
    permittivity: ComplexArray  # (slot, functional, position, layer + 1), d value = Re(permittivity * change)
    thickness: Array  # [k0], (slot, functional, position, layer), the emitter's with the positions moving along
    emitter_index: Array  # (slot, functional, position), by the emitter's index where it stands by itself


class AdjointWorkspace(NamedTuple):
    """Workspace for one plane wave and its derivatives."""

    wave: ComplexArray  # (7, layer), see halodot.light.multilayer
    chain: ComplexArray  # (2, layer), derivatives of admittances and logarithms of round trips by the permittivities
    seed: ComplexArray  # (3, layer)
    adjoints: ComplexArray  # (number, 4, layer + 1)


@kernel
def make_adjoint_workspace(layers: int) -> AdjointWorkspace:
    """Return a workspace for one plane wave and its derivatives in a number of layers."""
    return AdjointWorkspace(
        make_plane_wave(layers),
        np.zeros((2, layers), np.complex128),
        np.zeros((3, layers), np.complex128),
        np.zeros((NUMBERS, 4, layers + 1), np.complex128),
    )


@kernel
def clear_adjoint(adjoint: ComplexArray) -> None:
    """Set all derivatives of a number to zero.

    Args:
        adjoint: derivatives [1, or k0 by thickness], (4, layer + 1).
    """
    for layer in range(adjoint.shape[1]):
        for row in range(4):
            adjoint[row, layer] = 0.0


@kernel
def add_adjoint(amount: complex, adjoint: ComplexArray, to: ComplexArray) -> None:
    """Add a multiple of a number's derivatives by permittivities and thicknesses to those of another.

    Args:
        amount: factor [1].
        adjoint: derivatives [1, or k0 by thickness], (4, layer + 1).
        to: derivatives to add to, (4, layer + 1).
    """
    for layer in range(adjoint.shape[1]):
        to[BY_PERMITTIVITY, layer] += amount * adjoint[BY_PERMITTIVITY, layer]
        to[BY_THICKNESS, layer] += amount * adjoint[BY_THICKNESS, layer]


@kernel
def _reverse_recursion(wave: ComplexArray, outer: int, inner: int, seed: ComplexArray, adjoint: ComplexArray) -> None:
    """Add the derivatives of a number that depends on the reflections N/D between ``inner`` and ``outer``.

    Args:
        wave: as ``stack_reflection`` left it for the same two layers.
        outer: half-space at the end of the layers.
        inner: layer from which they are seen.
        seed: derivatives by what each layer sees and transmits, which are used up.
        adjoint: derivatives by admittances and logarithms of round trips, which are added to.
    """
    step = 1 if inner > outer else -1
    layer, a, b = inner, 0.0j, 0.0j
    while layer != outer:
        a, b, through = a + seed[BY_NUMERATOR, layer], b + seed[BY_DENOMINATOR, layer], seed[BY_TRANSMITTED, layer].real
        seed[BY_NUMERATOR, layer], seed[BY_DENOMINATOR, layer], seed[BY_TRANSMITTED, layer] = 0.0, 0.0, 0.0
        behind = layer - step
        near, far = wave[ADMITTANCE, layer], wave[ADMITTANCE, behind]
        norm = 1.0 / (one_norm(near) + one_norm(far))
        back = wave[NUMERATOR, behind] * wave[PHASE, behind]
        plus, minus = norm * (a + b), norm * (b - a)
        adjoint[BY_ADMITTANCE, layer] += plus * (wave[DENOMINATOR, behind] + back)
        adjoint[BY_ADMITTANCE, behind] += minus * (wave[DENOMINATOR, behind] - back)
        if through != 0.0:
            adjoint[BY_ADMITTANCE, layer] += through * reciprocal(near)
        one, other = near * plus, far * minus
        adjoint[BY_PHASE, behind] += (one - other) * back + 0.5 * through
        a, b = (one - other) * wave[PHASE, behind], one + other
        layer = behind


@kernel
def _chain_to_layers(workspace: AdjointWorkspace, one: int, other: int, number: int) -> None:
    """Turn a number's derivatives by admittances and round trips into those by permittivities and thicknesses."""
    chain, wave, adjoint = workspace.chain, workspace.wave, workspace.adjoints[number]
    for layer in range(min(one, other), max(one, other) + 1):
        by_admittance, by_phase = adjoint[BY_ADMITTANCE, layer], adjoint[BY_PHASE, layer]
        adjoint[BY_PERMITTIVITY, layer] = (
            by_admittance * chain[BY_ADMITTANCE, layer] + by_phase * chain[BY_PHASE, layer]
        )
        adjoint[BY_THICKNESS, layer] = by_phase * 2j * wave[KZ, layer]


@kernel
def reflection_adjoint(workspace: AdjointWorkspace, outer: int, inner: int, number: int) -> complex:
    """Write the derivatives of the reflection that ``inner`` sees of all layers up to ``outer``, and return it.

    Args:
        workspace: with the admittances set.
        outer: number of the half-space at the end of the layers.
        inner: number of the layer that sees them.
        number: row of the adjoints that is written.

    Returns:
        Amplitude [1] that comes back to ``inner``.
    """
    wave, seed, adjoint = workspace.wave, workspace.seed, workspace.adjoints[number]
    reflection = stack_reflection(wave, outer, inner)
    over = reciprocal(wave[DENOMINATOR, inner])
    seed[BY_NUMERATOR, inner], seed[BY_DENOMINATOR, inner] = over, -reflection * over
    clear_adjoint(adjoint)
    _reverse_recursion(wave, outer, inner, seed, adjoint)
    _chain_to_layers(workspace, outer, inner, number)
    return reflection


@kernel
def transmission_adjoint(workspace: AdjointWorkspace, outer: int, inner: int, number: int) -> float:
    """Write the derivatives of the logarithm of the field in ``outer`` for unit field in ``inner``.

    Args:
        workspace: as :func:`reflection_adjoint` left it for the same two layers.
        outer: number of the half-space that the field reaches.
        inner: number of the layer that it comes from.
        number: row of the adjoints that is written.

    Returns:
        Intensity of the field [1] in ``outer``.
    """
    wave, seed, adjoint = workspace.wave, workspace.seed, workspace.adjoints[number]
    step = 1 if inner > outer else -1
    intensity = 1.0 / abs_sq(wave[DENOMINATOR, inner])
    seed[BY_DENOMINATOR, inner] = -reciprocal(wave[DENOMINATOR, inner])
    for layer in range(inner, outer, -step):
        intensity *= wave[TRANSMITTED, layer].real
        seed[BY_TRANSMITTED, layer] = 1.0
    clear_adjoint(adjoint)
    _reverse_recursion(wave, outer, inner, seed, adjoint)
    _chain_to_layers(workspace, outer, inner, number)
    return float(intensity)


@kernel
def set_admittance(
    permittivity: complex, thickness: float, layer: int, polarisation: int, workspace: AdjointWorkspace
) -> None:
    """Write the admittance of a layer, and its derivative and that of the round trip by the permittivity.

    Args:
        permittivity: of the layer [1].
        thickness: of the layer [1/k0].
        layer: its number.
        polarisation: 0 for s, 1 for p.
        workspace: with the normal wave number of the layer.
    """
    wave, chain = workspace.wave, workspace.chain
    kz = wave[KZ, layer]
    over = reciprocal(kz)
    wave[ADMITTANCE, layer], chain[BY_ADMITTANCE, layer] = kz, 0.5 * over
    chain[BY_PHASE, layer] = 1j * thickness * over
    if polarisation == 1:
        over_permittivity = reciprocal(permittivity)
        wave[ADMITTANCE, layer] *= over_permittivity
        chain[BY_ADMITTANCE, layer] = (0.5 * over - kz * over_permittivity) * over_permittivity


@kernel
def set_admittances(
    permittivity: ComplexArray, thickness: Array, polarisation: int, workspace: AdjointWorkspace
) -> None:
    """Write the admittances, and the derivatives of admittances and round trips by the permittivities.

    Args:
        permittivity: [1], (layer,).
        thickness: [1/k0], (layer,).
        polarisation: 0 for s, 1 for p.
        workspace: with the normal wave numbers.
    """
    for layer in range(permittivity.size):
        set_admittance(permittivity[layer], thickness[layer], layer, polarisation, workspace)


@kernel
def emitter_absorption_adjoint(workspace: AdjointWorkspace, e: int) -> float:
    """Write the derivatives of what the emitter absorbs of unit intensity from the substrate, in the row ``INSIDE``.

    Args:
        workspace: with the reflections that the substrate sees, (7, layer), and the absorbing emitter.
        e: number of the emitter.

    Returns:
        Flux [k0] that the emitter absorbs, for unit intensity.
    """
    wave, seed, adjoint = workspace.wave, workspace.seed, workspace.adjoints[INSIDE]
    clear_adjoint(adjoint)
    intensity, total = 1.0 / abs_sq(wave[DENOMINATOR, 0]), 0.0
    for layer in range(e + 1):
        if layer >= e - 1:
            n, d, admittance = wave[NUMERATOR, layer], wave[DENOMINATOR, layer], wave[ADMITTANCE, layer]
            amount = intensity if layer == e - 1 else -intensity
            one, other = admittance * np.conj(d + n), np.conj(admittance * (d - n))
            flux = amount * (admittance * (d - n) * np.conj(d + n)).real
            total += flux
            seed[BY_NUMERATOR, layer] += amount * (other - one)
            seed[BY_DENOMINATOR, layer] += amount * (other + one)
            seed[BY_DENOMINATOR, 0] -= 2.0 * flux * reciprocal(wave[DENOMINATOR, 0])
            adjoint[BY_ADMITTANCE, layer] += amount * (d - n) * np.conj(d + n)
            for before in range(layer):
                seed[BY_TRANSMITTED, before] += 2.0 * flux
        intensity *= wave[TRANSMITTED, layer].real
    last = wave.shape[1] - 1
    _reverse_recursion(wave, last, 0, seed, adjoint)
    _chain_to_layers(workspace, 0, last, INSIDE)
    move_to_absorbing_emitter(adjoint, e)
    return total


@kernel
def move_to_absorbing_emitter(adjoint: ComplexArray, e: int) -> None:
    """Count a derivative by the permittivity of the emitter as one by that of the absorbing one.

    Args:
        adjoint: derivatives [1, or k0 by thickness], (4, layer + 1).
        e: number of the emitter.
    """
    adjoint[BY_PERMITTIVITY, adjoint.shape[1] - 1] = adjoint[BY_PERMITTIVITY, e]
    adjoint[BY_PERMITTIVITY, e] = 0.0
