"""The kernels: waves in the stack, the dipole's Green's function, and its energy flux through every interface.

Lengths are in units of 1/k0 and in-plane wave numbers kappa in units of k0, the vacuum wave number. A field psi (E_y
of an s wave, H_y of a p wave) has in layer j the admittance Y_j = kz_j (s) or kz_j/eps_j (p), and carries the energy
flux Re[Y_j (1 - r_j) conj(1 + r_j)] |psi_j|^2 towards an interface that reflects it with r_j. Generalised reflections
are built from the outside in with decaying exponentials only; one code path serves both polarisations, both
directions, and kappa on or below the real axis.

All powers are in units of what the dipole radiates in an infinite medium of the emitter's index n_e. With u =
kappa/n_e, l = sqrt(1 - u^2), the echoes a and a' of the half-spaces below and above the dipole, and the horizontal
share h of its moment,

    P = Re int u du { (3/4) h [(1+a)(1+a')/(1-aa')/l]_s + (3/4) h [l (1-a)(1-a')/(1-aa')]_p
                      + (3/2)(1-h) [u^2/l (1+a)(1+a')/(1-aa')]_p }

(R. R. Chance, A. Prock, R. Silbey, Adv. Chem. Phys. 37, 1 (1978); K. A. Neyts, J. Opt. Soc. Am. A 15, 962 (1998)).
The braces are analytic in kappa and are integrated below the real axis; the fluxes hold on the real axis only.

The kernels stay in one file because Numba's cache notices changes only in the file of the function it loads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halodot.states import Array, IntArray

ComplexArray = NDArray[np.complex128]


class Scene(NamedTuple):
    """The stack and the dipoles at a number of wavelengths, lengths in units of 1/k0."""

    permittivity: ComplexArray  # (wavelength, layer), substrate first, the medium behind the stack last
    depth: Array  # (wavelength, layer), 0 for the two half-spaces
    height: Array  # (wavelength, position), above the lower interface of the emitter
    emitter: int
    weights: Array  # (3,), share of the moment that drives s waves, p waves in the plane, p waves across it


class Nodes(NamedTuple):
    """Points of the real axis of the in-plane wave number."""

    colour: IntArray  # (node,) number of the wavelength
    kappa_square: Array  # (node,)
    weight: Array  # (node,) quadrature weight of kappa dkappa
    slot: IntArray  # (node,) slot of the tally to add to


class Tally(NamedTuple):
    """What the real axis adds up, in as many slots as the caller wants to keep apart.

    Interface m lies between the layers m and m + 1.
    """

    first: Array  # (slot, position, interface), flux away from the dipole before the substrate returns anything
    second: Array  # (slot, position, interface), upward flux of the light that the substrate's outer face returns
    air: Array  # (slot, position)


class Source(NamedTuple):
    """One plane wave of the dipole field, before its position enters."""

    wave: complex  # kz/k0 in the emitter
    below: complex  # reflection of everything below and above the emitter
    above: complex
    even: float  # strength of the part that is symmetric about the dipole, and of the antisymmetric one
    odd: float
    out: float  # share of the flux into the substrate that ends in air
    back: float  # flux that returns to the stack per flux into the substrate, over the substrate's admittance


@njit(cache=True)
def square(value: complex) -> float:
    """Return |value|^2 without the root that abs takes."""
    return value.real * value.real + value.imag * value.imag


@njit(cache=True)
def inverse(value: complex) -> complex:
    """Return 1/value by the plain formula, which is fast and safe for numbers of order one."""
    return complex(value.real, -value.imag) / square(value)


@njit(cache=True)
def root(value: complex) -> complex:
    """Return the square root in the first quadrant of a number with a non-negative imaginary part."""
    if value.imag == 0.0:
        size = np.sqrt(abs(value.real))
        return complex(size, 0.0) if value.real >= 0.0 else complex(0.0, size)
    larger = np.sqrt(0.5 * (np.sqrt(square(value)) + abs(value.real)))
    smaller = 0.5 * value.imag / larger
    return complex(larger, smaller) if value.real >= 0.0 else complex(smaller, larger)


@njit(cache=True)
def propagate(wave: complex, path: float) -> complex:
    """Return exp(i wave path), at half the cost where the wave only travels or only decays."""
    if wave.real == 0.0:
        return complex(np.exp(-wave.imag * path), 0.0)
    angle = wave.real * path
    travelled = complex(np.cos(angle), np.sin(angle))
    return travelled if wave.imag == 0.0 else travelled * np.exp(-wave.imag * path)


@njit(cache=True)
def fill_waves(
    kappa_square: complex, permittivity: ComplexArray, depth: Array, wave: ComplexArray, phase: ComplexArray
) -> None:
    """Write the normal wave number kz/k0 and the phase exp(i kz d) of every layer for one in-plane wave number.

    The principal root is the decaying wave as long as kappa lies on or below the positive real axis.
    """
    for layer in range(permittivity.size):
        wave[layer] = root(permittivity[layer] - kappa_square)
        phase[layer] = propagate(wave[layer], depth[layer])


@njit(cache=True)
def fill_admittance(
    polarisation: int, wave: ComplexArray, permittivity: ComplexArray, reference: int, admittance: ComplexArray
) -> None:
    """Write the admittance of every layer (0: s, 1: p), scaled to kz/k in the lossless layer ``reference``."""
    own = permittivity[reference].real
    scale = 1.0 / np.sqrt(own)
    for layer in range(permittivity.size):
        value = wave[layer] * scale
        if polarisation == 1:
            value *= own * inverse(permittivity[layer])
        admittance[layer] = value


@njit(cache=True)
def reflect(
    admittance: ComplexArray,
    phase: ComplexArray,
    outer: int,
    inner: int,
    reflection: ComplexArray,
    transmission: ComplexArray,
) -> None:
    """Write reflection and transmission of everything between each layer and the half-space ``outer``.

    For the layer j: r_j = (N + D e)/(D + N e) and t_j = 2 Y_j phase/(D + N e), with N, D the difference and sum of
    the admittances of j and its outer neighbour and e that neighbour's echo r phase^2. t_j takes the field at the
    outer interface of j to the field at the outer interface of its neighbour.
    """
    step = 1 if inner > outer else -1
    echo = 0.0 + 0.0j
    layer = outer
    reflection[outer] = 0.0
    while layer != inner:
        neighbour = layer
        layer += step
        difference = admittance[layer] - admittance[neighbour]
        total = admittance[layer] + admittance[neighbour]
        shared = inverse(total + difference * echo)
        reflection[layer] = (difference + total * echo) * shared
        transmission[layer] = 2.0 * admittance[layer] * phase[neighbour] * shared
        echo = reflection[layer] * phase[layer] * phase[layer]


@njit(cache=True)
def flow(
    admittance: ComplexArray, reflection: ComplexArray, transmission: ComplexArray, outer: int, inner: int, flux: Array
) -> None:
    """Write the energy flux through every interface between ``inner`` and ``outer`` for unit field towards it.

    Interface m lies between the layers m and m + 1; the flux counts positive from ``inner`` to ``outer``.
    """
    step = 1 if inner > outer else -1
    intensity = 1.0
    layer = inner
    while layer != outer:
        wave = reflection[layer]
        value = admittance[layer] * (1.0 - wave) * np.conj(1.0 + wave)
        flux[min(layer, layer - step)] = intensity * value.real
        intensity *= square(transmission[layer])
        layer -= step


@njit(cache=True)
def green(scene: Scene, kappa: ComplexArray, weight: ComplexArray) -> Array:
    """Return the total power (wavelength, position) by integrating the Green's function along a path of kappa.

    Args:
        scene: stack and dipoles.
        kappa: (wavelength, node) on or below the real axis.
        weight: (wavelength, node) quadrature weights of dkappa.
    """
    layers, e = scene.permittivity.shape[1], scene.emitter
    wave, phase = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    admittance, passed = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    below, above = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    power = np.zeros(scene.height.shape)
    for colour in range(kappa.shape[0]):
        permittivity, depth, height = scene.permittivity[colour], scene.depth[colour], scene.height[colour]
        index = np.sqrt(permittivity[e].real)
        for node in range(kappa.shape[1]):
            kappa_square = kappa[colour, node] * kappa[colour, node]
            fill_waves(kappa_square, permittivity, depth, wave, phase)
            slope, u_square = wave[e] / index, kappa_square / (index * index)
            factor = weight[colour, node] * kappa[colour, node] / (index * index)
            for polarisation in range(2):
                fill_admittance(polarisation, wave, permittivity, e, admittance)
                reflect(admittance, phase, 0, e, below, passed)
                reflect(admittance, phase, layers - 1, e, above, passed)
                low, high = below[e], above[e]
                trip = factor * inverse(1.0 - low * high * phase[e] * phase[e])
                if polarisation == 0:
                    even, odd = 0.75 * scene.weights[0] * trip / slope, 0.0j
                else:
                    even, odd = 1.5 * scene.weights[2] * trip * u_square / slope, 0.75 * scene.weights[1] * trip * slope
                for place in range(height.size):
                    a = low * propagate(wave[e], 2.0 * height[place])
                    b = high * propagate(wave[e], 2.0 * (depth[e] - height[place]))
                    value = even * (1.0 + a) * (1.0 + b) + odd * (1.0 - a) * (1.0 - b)
                    power[colour, place] += value.real
    return power


@njit(cache=True)
def escape(permittivity: ComplexArray, wave: ComplexArray, kappa_square: float, polarisation: int) -> float:
    """Return the reflectance of the face between the substrate and air for light inside the escape cone."""
    inside = wave[0].real
    outside = np.sqrt(max(1.0 - kappa_square, 0.0))
    if polarisation == 1:
        inside /= permittivity[0].real
    return float(((inside - outside) / (inside + outside)) ** 2)


@njit(cache=True)
def trace(scene: Scene, nodes: Nodes, tally: Tally, monitor: Array) -> None:
    """Add the fluxes of real in-plane wave numbers to the tally.

    Inside the escape cone, kappa < 1, light leaves the substrate after any number of returns: of a power P in it,
    P T_ga/(1 - R_ga R_device) goes to air and P R_ga/(1 - R_ga R_device) falls back on the stack.

    Args:
        scene: stack and dipoles.
        nodes: where, and with what weights.
        tally: sums to add to.
        monitor: (node,) becomes a sum of fluxes over all positions that shows where more nodes are needed.
    """
    layers, places, e = scene.permittivity.shape[1], scene.height.shape[1], scene.emitter
    wave, phase = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    admittance = np.empty(layers, np.complex128)
    below, above, whole = (
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
    )
    t_below, t_above = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    flux, returned = np.zeros(layers - 1), np.zeros(layers - 1)
    upward, downward = np.empty(places, np.complex128), np.empty(places, np.complex128)
    for node in range(nodes.kappa_square.size):
        colour, weight, slot = nodes.colour[node], nodes.weight[node], nodes.slot[node]
        permittivity, depth, height = scene.permittivity[colour], scene.depth[colour], scene.height[colour]
        n_square, ahead = permittivity[e].real, nodes.kappa_square[node]
        fill_waves(ahead + 0.0j, permittivity, depth, wave, phase)
        for place in range(places):
            upward[place] = propagate(wave[e], 2.0 * height[place])
            downward[place] = propagate(wave[e], 2.0 * (depth[e] - height[place]))
        slope_square = abs(1.0 - ahead / n_square)
        monitor[node] = 0.0
        for polarisation in range(2):
            fill_admittance(polarisation, wave, permittivity, e, admittance)
            reflect(admittance, phase, 0, e, below, t_below)
            reflect(admittance, phase, layers - 1, e, above, t_above)
            flow(admittance, below, t_below, 0, e, flux)
            flow(admittance, above, t_above, layers - 1, e, flux)
            out, back = 0.0, 0.0
            if ahead < 1.0:
                reflect(admittance, phase, layers - 1, 0, whole, t_above)
                flow(admittance, whole, t_above, layers - 1, 0, returned)
                face = escape(permittivity, wave, ahead, polarisation)
                bounced = square(whole[0])
                out = (1.0 - face) / (1.0 - face * bounced)
                back = face / (1.0 - face * bounced) / admittance[0].real
            if polarisation == 0:
                even, odd = 0.375 * scene.weights[0] / slope_square, 0.0
            else:
                even, odd = 0.75 * scene.weights[2] * ahead / n_square / slope_square, 0.375 * scene.weights[1]
            trip = 1.0 / (n_square * square(1.0 - below[e] * above[e] * phase[e] * phase[e]))
            source = Source(wave[e], below[e], above[e], trip * even, trip * odd, out, back)
            monitor[node] += spread(source, e, upward, downward, weight, slot, flux, returned, tally)


@njit(cache=True)
def spread(
    source: Source,
    emitter: int,
    upward: ComplexArray,
    downward: ComplexArray,
    weight: float,
    slot: int,
    flux: Array,
    returned: Array,
    tally: Tally,
) -> float:
    """Add one wave's fluxes for every dipole position, which enters by its phases only.

    Returns:
        Power, what enters the substrate and what reaches air, added up without their weight: the sum shows every
        structure that the quadrature must resolve.
    """
    interfaces = flux.size
    total = 0.0
    evanescent = source.wave.real == 0.0
    for place in range(upward.size):
        a, b = source.below * upward[place], source.above * downward[place]
        down = source.even * square(1.0 + b) + source.odd * square(1.0 - b)
        up = source.even * square(1.0 + a) + source.odd * square(1.0 - a)
        # The emitter does not absorb, so that a wave in it has modulus one or is real.
        if evanescent:
            down *= upward[place].real
            up *= downward[place].real
        total += down * (flux[emitter - 1] + flux[0] * (1.0 + source.out)) + up * flux[emitter]
        for interface in range(emitter):
            tally.first[slot, place, interface] += weight * down * flux[interface]
        for interface in range(emitter, interfaces):
            tally.first[slot, place, interface] += weight * up * flux[interface]
        if source.out > 0.0 or source.back > 0.0:
            glass = weight * down * flux[0]
            tally.air[slot, place] += glass * source.out
            for interface in range(interfaces):
                tally.second[slot, place, interface] += glass * source.back * returned[interface]
    return total


@njit(cache=True)
def respond(
    permittivity: ComplexArray, depth: Array, kappa_square: Array, polarisation: int, downwards: bool, flux: Array
) -> None:
    """Write the flux through every interface for plane waves of unit incident flux.

    Args:
        permittivity: (wavelength, layer), the substrate and the medium behind the stack included.
        depth: (wavelength, layer) in units of 1/k0, 0 for the two half-spaces.
        kappa_square: (wavelength, angle) squared in-plane wave numbers.
        polarisation: 0 for s, 1 for p.
        downwards: the wave comes from the last layer, not from the substrate.
        flux: (wavelength, angle, interface) becomes the net flux in the direction of incidence, so that the first
            interface that the wave meets carries 1 - R; zero where the incident wave is evanescent.
    """
    layers = permittivity.shape[1]
    wave, phase = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    admittance, reflection = np.empty(layers, np.complex128), np.empty(layers, np.complex128)
    transmission = np.empty(layers, np.complex128)
    inner, outer = (layers - 1, 0) if downwards else (0, layers - 1)
    for colour in range(permittivity.shape[0]):
        for angle in range(kappa_square.shape[1]):
            fill_waves(kappa_square[colour, angle] + 0.0j, permittivity[colour], depth[colour], wave, phase)
            fill_admittance(polarisation, wave, permittivity[colour], 0, admittance)
            incident = admittance[inner].real
            if incident <= 0.0:
                flux[colour, angle] = 0.0
                continue
            reflect(admittance, phase, outer, inner, reflection, transmission)
            flow(admittance, reflection, transmission, outer, inner, flux[colour, angle])
            for interface in range(layers - 1):
                flux[colour, angle, interface] /= incident
