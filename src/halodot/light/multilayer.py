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

#: Where the light that counts as ``air`` comes out: the substrate's flat face, an index-matched half sphere on it, or
#: the last film.
PLANAR, SPHERE, TOP = 0, 1, 2


class Multilayer(NamedTuple):
    """The stack and the dipoles at a number of wavelengths, lengths in units of 1/k0."""

    permittivity: ComplexArray  # [1], (wavelength, layer), substrate first, the medium behind the stack last
    admittance_scale: ComplexArray  # (polarisation, wavelength, layer), admittance over kz: 1/n_e (s), n_e/eps (p)
    thickness: Array  # [1/k0], (wavelength, layer), 0 for the two half-spaces
    height: Array  # [1/k0], (wavelength, position), above the lower interface of the emitter
    emitter: int
    moment: Array  # [1], (3,), share of the moment that drives s waves, p waves in the plane, p waves across it
    emitter_permittivity: ComplexArray  # [1], (wavelength,), the emitter's for light that has left the dipole
    exit: int  # PLANAR, SPHERE or TOP
    substrate_thickness: Array  # [1/k0], (wavelength,), 0 for a clear one of any thickness


#: Rows of a plane wave, the complex workspace (7, layer) of one wave in all layers: normal wave number [k0], round trip
#: exp(2 i kz d) and its modulus, admittance, the reflection N/D that the layer sees, and the intensity that it
#: transmits, over the denominators. One array costs less time than seven where kernels call each other.
KZ, PHASE, ATTENUATION, ADMITTANCE, NUMERATOR, DENOMINATOR, TRANSMITTED = range(7)


@kernel
def make_plane_wave(layers: int) -> ComplexArray:
    """Return a workspace for one plane wave in a number of layers.

    Args:
        layers: number of layers, the two half-spaces included.

    Returns:
        Rows from KZ [k0] to TRANSMITTED [1], (7, layer), zero.
    """
    return np.zeros((7, layers), np.complex128)


@kernel
def abs_sq(value: complex) -> float:
    """Return |value|^2 [unit squared] without the root that abs takes."""
    return value.real * value.real + value.imag * value.imag


@kernel
def one_norm(value: complex) -> float:
    """Return |Re| + |Im| [same unit], which is enough to keep numbers in range."""
    return abs(value.real) + abs(value.imag)


@kernel
def reciprocal(value: complex) -> complex:
    """Return 1/value by the plain formula, which is fast and safe for numbers of order one."""
    scale = 1.0 / abs_sq(value)
    return complex(value.real * scale, -value.imag * scale)


@kernel
def first_quadrant_sqrt(value: complex) -> complex:
    """Return the square root in the first quadrant of a number with a non-negative imaginary part."""
    if value.imag == 0.0:
        length = np.sqrt(abs(value.real))
        return complex(length, 0.0) if value.real >= 0.0 else complex(0.0, length)
    larger = np.sqrt(0.5 * (np.sqrt(abs_sq(value)) + abs(value.real)))
    smaller = 0.5 * value.imag / larger
    return complex(larger, smaller) if value.real >= 0.0 else complex(smaller, larger)


@kernel
def propagation_phase(kz: complex, path: float) -> tuple[complex, float]:
    """Return exp(i kz path) and its modulus, at half the cost where the wave only travels or only decays.

    Args:
        kz: normal wave number [k0].
        path: length across the layers [1/k0].
    """
    decay = np.exp(-kz.imag * path) if kz.imag != 0.0 else 1.0
    if kz.real == 0.0:
        return complex(decay, 0.0), decay
    angle = kz.real * path
    return complex(decay * np.cos(angle), decay * np.sin(angle)), decay


@kernel
def propagate_layers(kappa_sq: complex, permittivity: ComplexArray, thickness: Array, wave: ComplexArray) -> None:
    """Write the normal wave number kz, the round trip exp(2 i kz d) and its modulus for every layer.

    The principal root is the decaying wave as long as kappa lies on or below the positive real axis.

    Args:
        kappa_sq: squared in-plane wave number [k0^2].
        permittivity: [1], (layer,).
        thickness: [1/k0], (layer,), 0 for the half-spaces.
        wave: (7, layer), whose rows KZ, PHASE and ATTENUATION are written.
    """
    for layer in range(permittivity.size):
        kz = first_quadrant_sqrt(permittivity[layer] - kappa_sq)
        wave[KZ, layer] = kz
        if thickness[layer] == 0.0:
            wave[PHASE, layer], wave[ATTENUATION, layer] = 1.0 + 0.0j, 1.0
        else:
            wave[PHASE, layer], wave[ATTENUATION, layer] = propagation_phase(kz, 2.0 * thickness[layer])


@kernel
def fresnel_coefficients(admittance: complex, beyond: complex) -> tuple[complex, complex]:
    """Return the Fresnel coefficients of an interface for the field psi (E_y of an s wave, H_y of a p wave).

    r = (Y_1 - Y_2)/(Y_1 + Y_2), t = 2 Y_1/(Y_1 + Y_2), with Y = kz (s) or kz/eps (p), so that one pair of formulas
    is r_s, t_s and r_p, t_p (M. Born, E. Wolf, Principles of Optics, section 1.5, doi:10.1017/CBO9781139644181).

    Args:
        admittance: of the medium that the wave comes from.
        beyond: of the medium behind the interface, in the same unit.

    Returns:
        Amplitudes [1] that are reflected and transmitted.
    """
    over = reciprocal(admittance + beyond)
    return (admittance - beyond) * over, 2.0 * admittance * over


@kernel
def stack_reflection(wave: ComplexArray, outer: int, inner: int) -> complex:
    """Write the reflection N/D of everything between each layer and the half-space ``outer``, and return the last.

    With the Fresnel coefficient (Y_j - Y_k)/(Y_j + Y_k) = d/s of layer j and its outer neighbour k, and the round trip
    e of k, r_j = (d/s + e r_k)/(1 + e r_k d/s) is taken as N_j = g (d D_k + s e N_k), D_j = g (s D_k + d e N_k), where
    g keeps the numbers of order one. The field at the outer interface of j goes on to that of k as
    2 g Y_j exp(i kz d) D_k/D_j. (L. G. Parratt, Phys. Rev. 95, 359 (1954), doi:10.1103/PhysRev.95.359.)

    Args:
        wave: (7, layer), whose phases and admittances are read, and whose last three rows are written.
        outer: number of the half-space at the end of the layers.
        inner: number of the layer that sees them.

    Returns:
        Amplitude [1] that comes back to ``inner``.
    """
    step = 1 if inner > outer else -1
    n, d = 0.0 + 0.0j, 1.0 + 0.0j
    wave[NUMERATOR, outer], wave[DENOMINATOR, outer] = n, d
    far = wave[ADMITTANCE, outer]
    layer = outer
    while layer != inner:
        behind = layer
        layer += step
        near = wave[ADMITTANCE, layer]
        norm = 1.0 / (one_norm(near) + one_norm(far))
        difference, total = (near - far) * norm, (near + far) * norm
        back = n * wave[PHASE, behind]
        n, d = difference * d + total * back, total * d + difference * back
        wave[NUMERATOR, layer], wave[DENOMINATOR, layer] = n, d
        wave[TRANSMITTED, layer] = 4.0 * norm * norm * abs_sq(near) * wave[ATTENUATION, behind].real
        far = near
    return complex(n * reciprocal(d))


@kernel
def interface_fluxes(wave: ComplexArray, outer: int, inner: int, flux: Array) -> None:
    """Write the energy flux through every interface between ``inner`` and ``outer`` for unit field towards it.

    Args:
        wave: as :func:`stack_reflection` left it for the same two layers, (7, layer).
        outer: number of the half-space at the end of the layers.
        inner: number of the layer that the light comes from.
        flux: becomes Re[Y (1 - r) conj(1 + r)] [unit of the admittances], (interface,); interface m lies between the
            layers m and m + 1, and the flux is positive from ``inner`` to ``outer``.
    """
    step = 1 if inner > outer else -1
    shift = 0 if inner < outer else -1
    intensity = 1.0 / abs_sq(wave[DENOMINATOR, inner])
    layer = inner
    while layer != outer:
        n, d = wave[NUMERATOR, layer], wave[DENOMINATOR, layer]
        value = wave[ADMITTANCE, layer] * (d - n) * np.conj(d + n)
        flux[layer + shift] = intensity * value.real
        intensity *= wave[TRANSMITTED, layer].real
        layer -= step


@kernel
def substrate_transmittance(kz: complex, thickness: float) -> float:
    """Return the intensity [1] that one passage through the substrate leaves, exp(-2 Im kz d).

    Args:
        kz: normal wave number in the substrate [k0].
        thickness: of the substrate [1/k0].
    """
    return float(np.exp(-2.0 * kz.imag * thickness)) if kz.imag > 0.0 else 1.0


@kernel
def plane_wave_response(
    permittivity: ComplexArray,
    thickness: Array,
    kappa_sq: Array,
    polarisation: int,
    downwards: bool,
    reflected: Array,
    flux: Array,
) -> None:
    """Write what plane waves of unit intensity do in the stack, in terms of the admittances kz (s) and kz/eps (p).

    Args:
        permittivity: [1], (wavelength, layer), the substrate and the medium behind the stack included.
        thickness: [1/k0], (wavelength, layer), 0 for the two half-spaces.
        kappa_sq: [k0^2], (wavelength, angle), squared in-plane wave numbers.
        polarisation: 0 for s, 1 for p.
        downwards: whether the wave comes from the last layer, not from the substrate.
        reflected: [1], (wavelength, angle), becomes the intensity that comes back.
        flux: (wavelength, angle, interface), becomes the net flux in the direction of incidence.
    """
    last = permittivity.shape[1] - 1
    wave = make_plane_wave(last + 1)
    inner, outer = (last, 0) if downwards else (0, last)
    for w in range(permittivity.shape[0]):
        for angle in range(kappa_sq.shape[1]):
            propagate_layers(kappa_sq[w, angle] + 0.0j, permittivity[w], thickness[w], wave)
            for layer in range(last + 1):
                wave[ADMITTANCE, layer] = wave[KZ, layer]
                if polarisation == 1:
                    wave[ADMITTANCE, layer] *= reciprocal(permittivity[w, layer])
            reflected[w, angle] = abs_sq(stack_reflection(wave, outer, inner))
            interface_fluxes(wave, outer, inner, flux[w, angle])
