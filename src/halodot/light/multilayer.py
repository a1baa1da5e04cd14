"""Plane waves in a stack of films: normal wave numbers, admittances, reflections and the energy flux at interfaces.

Lengths are in units of 1/k0 and in-plane wave numbers kappa in units of k0, the vacuum wave number. A field psi (E_y
of an s wave, H_y of a p wave) has in layer j the admittance Y_j = kz_j (s) or kz_j/eps_j (p), and carries the energy
flux Re[Y_j (1 - r_j) conj(1 + r_j)] |psi_j|^2 towards an interface that reflects it with r_j. Reflections are kept as
fractions r = N/D, built from the outside in with decaying exponentials only and without a division; one code path
serves both polarisations, both directions, and kappa on or below the real axis.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray
from halodot.compiled import kernel


class Multilayer(NamedTuple):
    """The stack and the dipoles at a number of wavelengths, lengths in units of 1/k0."""

    permittivity: ComplexArray  # (wavelength, layer), substrate first, the medium behind the stack last
    scale: ComplexArray  # (polarisation, wavelength, layer), admittance over kz/k0: 1/n_e (s), n_e/eps (p)
    depth: Array  # (wavelength, layer), 0 for the two half-spaces
    height: Array  # (wavelength, position), above the lower interface of the emitter
    emitter: int
    weights: Array  # (3,), share of the moment that drives s waves, p waves in the plane, p waves across it
    absorbing: ComplexArray  # (wavelength,), the emitter's permittivity for light that has left the dipole
    guidance: Array  # (wavelength,), kappa^2 up to which films can guide light; beyond is the dipole's near field
    sphere: bool  # an index-matched half sphere takes the place of the substrate's outer face
    plate: Array  # (wavelength,), depth of the substrate, 0 for a clear one of any thickness


class Work(NamedTuple):
    """Room for one wave."""

    wave: ComplexArray  # (layer,) kz/k0
    echo: ComplexArray  # (layer,) exp(2 i kz d)
    decay: Array  # (layer,) |echo|
    admittance: ComplexArray  # (layer,)
    numerator: ComplexArray  # (layer,) of the reflection that the layer sees
    denominator: ComplexArray
    passed: Array  # (layer,) intensity that the layer hands on, over the denominators
    flux: Array  # (layer,) through the lower interface of a layer, for unit intensity from the dipole or substrate
    from_down: Array  # (layer,) what the layer keeps for unit intensity that the dipole sends down
    from_up: Array
    upward: ComplexArray  # (position,) exp(2 i kz height)
    downward: ComplexArray  # (position,) exp(2 i kz (d - height))
    down: Array  # (position,) intensity that the dipole sends to the lower interface of the emitter
    up: Array
    own: Array  # (position,) power that the emitter absorbs on the first way
    damped_upward: ComplexArray  # (position,) as upward, in the emitter that absorbs
    damped_downward: ComplexArray


@kernel
def make_work(layers: int, places: int) -> Work:
    """Return room for one wave."""
    return Work(
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers),
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.empty(places, np.complex128),
        np.empty(places, np.complex128),
        np.empty(places),
        np.empty(places),
        np.zeros(places),
        np.empty(places, np.complex128),
        np.empty(places, np.complex128),
    )


@kernel
def square(value: complex) -> float:
    """Return |value|^2 without the root that abs takes."""
    return value.real * value.real + value.imag * value.imag


@kernel
def size(value: complex) -> float:
    """Return |Re| + |Im|, which is enough to keep numbers in range."""
    return abs(value.real) + abs(value.imag)


@kernel
def inverse(value: complex) -> complex:
    """Return 1/value by the plain formula, which is fast and safe for numbers of order one."""
    scale = 1.0 / square(value)
    return complex(value.real * scale, -value.imag * scale)


@kernel
def root(value: complex) -> complex:
    """Return the square root in the first quadrant of a number with a non-negative imaginary part."""
    if value.imag == 0.0:
        length = np.sqrt(abs(value.real))
        return complex(length, 0.0) if value.real >= 0.0 else complex(0.0, length)
    larger = np.sqrt(0.5 * (np.sqrt(square(value)) + abs(value.real)))
    smaller = 0.5 * value.imag / larger
    return complex(larger, smaller) if value.real >= 0.0 else complex(smaller, larger)


@kernel
def propagate(wave: complex, path: float) -> tuple[complex, float]:
    """Return exp(i wave path) and its modulus, at half the cost where the wave only travels or only decays."""
    decay = np.exp(-wave.imag * path) if wave.imag != 0.0 else 1.0
    if wave.real == 0.0:
        return complex(decay, 0.0), decay
    angle = wave.real * path
    return complex(decay * np.cos(angle), decay * np.sin(angle)), decay


@kernel
def fill_waves(
    kappa_square: complex,
    permittivity: ComplexArray,
    depth: Array,
    wave: ComplexArray,
    echo: ComplexArray,
    decay: Array,
) -> None:
    """Write the normal wave number kz/k0, the round trip exp(2 i kz d) and its modulus for every layer.

    The principal root is the decaying wave as long as kappa lies on or below the positive real axis.
    """
    for layer in range(permittivity.size):
        value = root(permittivity[layer] - kappa_square)
        wave[layer] = value
        if depth[layer] == 0.0:
            echo[layer], decay[layer] = 1.0 + 0.0j, 1.0
        else:
            echo[layer], decay[layer] = propagate(value, 2.0 * depth[layer])


@kernel
def reflect(
    admittance: ComplexArray,
    echo: ComplexArray,
    decay: Array,
    outer: int,
    inner: int,
    numerator: ComplexArray,
    denominator: ComplexArray,
    passed: Array,
) -> complex:
    """Write the reflection N/D of everything between each layer and the half-space ``outer``, and return the last.

    N_j = g (d D + s e N), D_j = g (s D + d e N) with the difference d and the sum s of the admittances of j and its
    outer neighbour, that neighbour's N, D and round trip e, and a size g that keeps the numbers of order one. The
    field at the outer interface of j goes on to that of its neighbour as 2 g Y_j exp(i kz d) D/D_j.
    """
    step = 1 if inner > outer else -1
    above, below = 0.0 + 0.0j, 1.0 + 0.0j
    numerator[outer], denominator[outer] = above, below
    far = admittance[outer]
    layer = outer
    while layer != inner:
        behind = layer
        layer += step
        near = admittance[layer]
        norm = 1.0 / (size(near) + size(far))
        difference, total = (near - far) * norm, (near + far) * norm
        back = above * echo[behind]
        above, below = difference * below + total * back, total * below + difference * back
        numerator[layer], denominator[layer] = above, below
        passed[layer] = 4.0 * norm * norm * square(near) * decay[behind]
        far = near
    return complex(above * inverse(below))


@kernel
def flow(
    admittance: ComplexArray,
    numerator: ComplexArray,
    denominator: ComplexArray,
    passed: Array,
    outer: int,
    inner: int,
    flux: Array,
) -> None:
    """Write the energy flux through every interface between ``inner`` and ``outer`` for unit field towards it.

    Interface m lies between the layers m and m + 1; the flux counts positive from ``inner`` to ``outer``.
    """
    step = 1 if inner > outer else -1
    shift = 0 if inner < outer else -1
    intensity = 1.0 / square(denominator[inner])
    layer = inner
    while layer != outer:
        one, other = denominator[layer] - numerator[layer], denominator[layer] + numerator[layer]
        value = admittance[layer] * one * np.conj(other)
        flux[layer + shift] = intensity * value.real
        intensity *= passed[layer]
        layer -= step


@kernel
def passage(wave: complex, plate: float) -> float:
    """Return the intensity that one passage through the substrate leaves."""
    return float(np.exp(-2.0 * wave.imag * plate)) if wave.imag > 0.0 else 1.0


@kernel
def respond(
    permittivity: ComplexArray,
    depth: Array,
    kappa_square: Array,
    polarisation: int,
    downwards: bool,
    reflected: Array,
    flux: Array,
) -> None:
    """Write what plane waves of unit intensity do in the stack, in terms of the admittances kz (s) and kz/eps (p).

    Args:
        permittivity: (wavelength, layer), the substrate and the medium behind the stack included.
        depth: (wavelength, layer) in units of 1/k0, 0 for the two half-spaces.
        kappa_square: (wavelength, angle) squared in-plane wave numbers.
        polarisation: 0 for s, 1 for p.
        downwards: the wave comes from the last layer, not from the substrate.
        reflected: (wavelength, angle) becomes the intensity that comes back.
        flux: (wavelength, angle, interface) becomes the net flux in the direction of incidence.
    """
    last = permittivity.shape[1] - 1
    work = make_work(last + 1, 1)
    wave, echo, decay, admittance = work.wave, work.echo, work.decay, work.admittance
    numerator, denominator, passed = work.numerator, work.denominator, work.passed
    inner, outer = (last, 0) if downwards else (0, last)
    for colour in range(permittivity.shape[0]):
        for angle in range(kappa_square.shape[1]):
            fill_waves(kappa_square[colour, angle] + 0.0j, permittivity[colour], depth[colour], wave, echo, decay)
            for layer in range(last + 1):
                admittance[layer] = wave[layer]
                if polarisation == 1:
                    admittance[layer] *= inverse(permittivity[colour, layer])
            bounced = reflect(admittance, echo, decay, outer, inner, numerator, denominator, passed)
            reflected[colour, angle] = square(bounced)
            flow(admittance, numerator, denominator, passed, outer, inner, flux[colour, angle])
