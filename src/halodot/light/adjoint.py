"""The derivatives of a reflection or transmission by every layer, in one pass back through the stack.

A number f changes by df = Re(f_eps deps) + f_d dd with every layer's permittivity and depth. A position depends on the
layers only through a few numbers of the whole stack: the reflections r and r' that the dipole sees below and above, and
the transmission of the way out. Their derivatives by every layer come from one pass back through the recursion of
:func:`halodot.light.multilayer.reflect`, and a position adds the chain rule. Reflections and transmitted
amplitudes are analytic in all parameters; a flux is differentiated as d|t|^2 = 2 |t|^2 Re(d ln t).

All numbers are divided by the powers of the emitter's index n_e that :class:`Slopes` counts on its own, so that the
admittances here are kz (s) and kz/eps (p).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray
from halodot.compiled import kernel
from halodot.light.multilayer import Multilayer, Work, inverse, make_work, reflect, size, square

# Rows of what one number of the whole stack does with every layer, shape (4, layer + 1), where the last layer is the
# emitter that absorbs: its derivatives by admittances, by the logarithms of echoes, by permittivities and by depths.
ADMITTANCE, ECHO, PERMITTIVITY, DEPTH = 0, 1, 2, 3
# Rows of its derivatives by what each layer sees and hands on, shape (3, layer), zero where they are not in use: by N,
# by D, and by the logarithm of the field that the layer hands on, 2 g Y exp(i kz d).
NUMERATOR, DENOMINATOR, PASSED = 0, 1, 2
# The numbers: reflections below and above the dipole, logarithms of the fields that go down to the substrate and up to
# the last layer, the reflection of the device seen from the substrate, what light from there does in the device, shares
# of the light that the dipole sends down and up, and the emitter's share of what falls back from the substrate.
NUMBERS = 9
LOW, HIGH, BELOW, ABOVE, DEVICE, INSIDE, DOWN, UP, BACK = range(NUMBERS)


class Slopes(NamedTuple):
    """Numbers and their derivatives; the last layer of ``permittivity`` is the emitter that absorbs."""

    value: Array  # (slot, functional, position)
    permittivity: ComplexArray  # (slot, functional, position, layer + 1), d value = Re(permittivity * change)
    depth: Array  # (slot, functional, position, layer), the emitter's with the positions moving along
    explicit: Array  # (slot, functional, position), by the emitter's index where it stands beside the permittivities


class Room(NamedTuple):
    """Room for one wave and its derivatives."""

    work: Work
    chain: ComplexArray  # (2, layer), derivatives of admittances and logarithms of echoes by the permittivities
    seed: ComplexArray  # (3, layer)
    pulls: ComplexArray  # (number, 4, layer + 1)


@kernel
def make_room(layers: int, places: int) -> Room:
    """Return room for one wave and its derivatives."""
    return Room(
        make_work(layers, places),
        np.zeros((2, layers), np.complex128),
        np.zeros((3, layers), np.complex128),
        np.zeros((NUMBERS, 4, layers + 1), np.complex128),
    )


@kernel
def clear_pull(pull: ComplexArray) -> None:
    """Set all derivatives to zero."""
    for layer in range(pull.shape[1]):
        for row in range(4):
            pull[row, layer] = 0.0


@kernel
def add_pull(amount: complex, pull: ComplexArray, to: ComplexArray) -> None:
    """Add a multiple of the derivatives by permittivities and depths."""
    for layer in range(pull.shape[1]):
        to[PERMITTIVITY, layer] += amount * pull[PERMITTIVITY, layer]
        to[DEPTH, layer] += amount * pull[DEPTH, layer]


@kernel
def pull_back(work: Work, outer: int, inner: int, seed: ComplexArray, pull: ComplexArray) -> None:
    """Add the derivatives of a number that depends on the reflections N/D between ``inner`` and ``outer``.

    Args:
        work: as ``reflect`` left it for the same two layers.
        outer: half-space at the end of the layers.
        inner: layer from which they are seen.
        seed: derivatives by what each layer sees and hands on, which are used up.
        pull: derivatives by admittances and logarithms of echoes, which are added to.
    """
    admittance, echo, numerator, denominator = work.admittance, work.echo, work.numerator, work.denominator
    step = 1 if inner > outer else -1
    layer, a, b = inner, 0.0j, 0.0j
    while layer != outer:
        a, b, passing = a + seed[NUMERATOR, layer], b + seed[DENOMINATOR, layer], seed[PASSED, layer].real
        seed[NUMERATOR, layer], seed[DENOMINATOR, layer], seed[PASSED, layer] = 0.0, 0.0, 0.0
        behind = layer - step
        near, far = admittance[layer], admittance[behind]
        norm = 1.0 / (size(near) + size(far))
        back = numerator[behind] * echo[behind]
        plus, minus = norm * (a + b), norm * (b - a)
        pull[ADMITTANCE, layer] += plus * (denominator[behind] + back)
        pull[ADMITTANCE, behind] += minus * (denominator[behind] - back)
        if passing != 0.0:
            pull[ADMITTANCE, layer] += passing * inverse(near)
        one, other = near * plus, far * minus
        pull[ECHO, behind] += (one - other) * back + 0.5 * passing
        a, b = (one - other) * echo[behind], one + other
        layer = behind


@kernel
def see(work: Work, outer: int, inner: int, chain: ComplexArray, seed: ComplexArray, pull: ComplexArray) -> complex:
    """Write the derivatives of the reflection that ``inner`` sees, and return the reflection."""
    reflection = reflect(
        work.admittance, work.echo, work.decay, outer, inner, work.numerator, work.denominator, work.passed
    )
    over = inverse(work.denominator[inner])
    seed[NUMERATOR, inner], seed[DENOMINATOR, inner] = over, -reflection * over
    clear_pull(pull)
    pull_back(work, outer, inner, seed, pull)
    settle_pull(chain, work.wave, outer, inner, pull)
    return reflection


@kernel
def cross(work: Work, outer: int, inner: int, chain: ComplexArray, seed: ComplexArray, pull: ComplexArray) -> float:
    """Write the derivatives of the logarithm of the field that ``outer`` gets, and return its intensity."""
    step = 1 if inner > outer else -1
    intensity = 1.0 / square(work.denominator[inner])
    seed[DENOMINATOR, inner] = -inverse(work.denominator[inner])
    for layer in range(inner, outer, -step):
        intensity *= work.passed[layer]
        seed[PASSED, layer] = 1.0
    clear_pull(pull)
    pull_back(work, outer, inner, seed, pull)
    settle_pull(chain, work.wave, outer, inner, pull)
    return float(intensity)


@kernel
def fill_one(
    permittivity: complex, depth: float, layer: int, work: Work, polarisation: int, chain: ComplexArray
) -> None:
    """Write the admittance of a layer, and its derivative and that of the echo by the permittivity."""
    wave = work.wave[layer]
    over = inverse(wave)
    work.admittance[layer], chain[ADMITTANCE, layer] = wave, 0.5 * over
    chain[ECHO, layer] = 1j * depth * over
    if polarisation == 1:
        part = inverse(permittivity)
        work.admittance[layer] *= part
        chain[ADMITTANCE, layer] = (0.5 * over - wave * part) * part


@kernel
def fill_chain(multilayer: Multilayer, colour: int, work: Work, polarisation: int, chain: ComplexArray) -> None:
    """Write the admittances, and the derivatives of admittances and echoes by the permittivities."""
    for layer in range(work.wave.size):
        fill_one(
            multilayer.permittivity[colour, layer], multilayer.depth[colour, layer], layer, work, polarisation, chain
        )


@kernel
def settle_pull(chain: ComplexArray, wave: ComplexArray, one: int, other: int, pull: ComplexArray) -> None:
    """Turn derivatives by waves into those by permittivities and depths, between two layers."""
    for layer in range(min(one, other), max(one, other) + 1):
        pull[PERMITTIVITY, layer] = (
            pull[ADMITTANCE, layer] * chain[ADMITTANCE, layer] + pull[ECHO, layer] * chain[ECHO, layer]
        )
        pull[DEPTH, layer] = pull[ECHO, layer] * 2j * wave[layer]


@kernel
def absorbed_slopes(room: Room, e: int, last: int) -> float:
    """Write the derivatives of what the emitter absorbs of unit intensity from the substrate, and return it.

    The room holds the reflections that the substrate sees, with the absorbing emitter.
    """
    work, seed, pull = room.work, room.seed, room.pulls[INSIDE]
    clear_pull(pull)
    intensity, total = 1.0 / square(work.denominator[0]), 0.0
    for layer in range(e + 1):
        if layer >= e - 1:
            above, below, value = work.numerator[layer], work.denominator[layer], work.admittance[layer]
            amount = intensity if layer == e - 1 else -intensity
            one, other = value * np.conj(below + above), np.conj(value * (below - above))
            flux = amount * (value * (below - above) * np.conj(below + above)).real
            total += flux
            seed[NUMERATOR, layer] += amount * (other - one)
            seed[DENOMINATOR, layer] += amount * (other + one)
            seed[DENOMINATOR, 0] -= 2.0 * flux * inverse(work.denominator[0])
            pull[ADMITTANCE, layer] += amount * (below - above) * np.conj(below + above)
            for before in range(layer):
                seed[PASSED, before] += 2.0 * flux
        intensity *= work.passed[layer]
    pull_back(work, last, 0, seed, pull)
    settle_pull(room.chain, work.wave, 0, last, pull)
    absorb_in_emitter(pull, e)
    return total


@kernel
def absorb_in_emitter(pull: ComplexArray, e: int) -> None:
    """Count a derivative by the emitter's permittivity as one by that of the emitter that absorbs."""
    pull[PERMITTIVITY, pull.shape[1] - 1] = pull[PERMITTIVITY, e]
    pull[PERMITTIVITY, e] = 0.0
