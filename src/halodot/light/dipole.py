"""The power of a dipole in a stack: its Green's function, integrated below the real axis, and what the power follows.

All powers are in units of what the dipole radiates in an infinite medium of the emitter's index n_e. With u =
kappa/n_e, l = sqrt(1 - u^2), the echoes a and a' of the half-spaces below and above the dipole, and the horizontal
share h of its moment,

    P = Re int u du { (3/4) h [(1+a)(1+a')/(1-aa')/l]_s + (3/4) h [l (1-a)(1-a')/(1-aa')]_p
                      + (3/2)(1-h) [u^2/l (1+a)(1+a')/(1-aa')]_p }

(R. R. Chance, A. Prock, R. Silbey, Adv. Chem. Phys. 37, 1 (1978), doi:10.1002/9780470142561.ch1; K. A. Neyts,
J. Opt. Soc. Am. A 15, 962 (1998), doi:10.1364/JOSAA.15.000962). The braces are analytic in kappa and are integrated
below the real axis. Since aa' does not depend on the dipole's position, a position costs two phases: (1 + a)(1 + a') =
(1 + aa') + (a + a'). The nodes stay where they are in a derivative: an integral does not depend on the contour.
"""

from __future__ import annotations

import numpy as np

from halodot.arrays import Array, ComplexArray
from halodot.compiled import kernel
from halodot.light.adjoint import DEPTH, HIGH, LOW, PERMITTIVITY, Slopes, fill_chain, make_room, see
from halodot.light.multilayer import Multilayer, fill_waves, inverse, make_work, propagate, reflect

SPACING = 1e-12  # relative difference of two steps that count as equal


@kernel
def even_step(height: Array) -> float:
    """Return the distance between positions that are equally spaced, otherwise 0."""
    last = height.size - 1
    if last < 2:
        return 0.0
    step = (height[last] - height[0]) / last
    for place in range(last):
        if abs(height[place + 1] - height[place] - step) > SPACING * abs(height[last]):
            return 0.0
    return float(step)


@kernel
def fill_paths(
    wave: complex, height: Array, depth: float, step: float, upward: ComplexArray, downward: ComplexArray
) -> None:
    """Write the echoes' phases exp(2 i kz h) and exp(2 i kz (d - h)); equal steps in h cost one product each."""
    last = height.size - 1
    if step > 0.0:
        up, _ = propagate(wave, 2.0 * height[0])
        down, _ = propagate(wave, 2.0 * (depth - height[last]))
        turn, _ = propagate(wave, 2.0 * step)
        for place in range(last + 1):
            upward[place], downward[last - place] = up, down
            up, down = up * turn, down * turn
        return
    for place in range(last + 1):
        upward[place], _ = propagate(wave, 2.0 * height[place])
        downward[place], _ = propagate(wave, 2.0 * (depth - height[place]))


@kernel
def green(multilayer: Multilayer, kappa: ComplexArray, weight: ComplexArray) -> Array:
    """Return the total power (wavelength, position) by integrating the Green's function along a path of kappa.

    Args:
        multilayer: stack and dipoles.
        kappa: (wavelength, node) on or below the real axis.
        weight: (wavelength, node) quadrature weights of dkappa.
    """
    last, e, weights, scale = (
        multilayer.permittivity.shape[1] - 1,
        multilayer.emitter,
        multilayer.weights,
        multilayer.scale,
    )
    work = make_work(last + 1, multilayer.height.shape[1])
    wave, echo, decay, admittance, upward, downward = (
        work.wave,
        work.echo,
        work.decay,
        work.admittance,
        work.upward,
        work.downward,
    )
    numerator, denominator, passed = work.numerator, work.denominator, work.passed
    power = np.zeros(multilayer.height.shape)
    for colour in range(kappa.shape[0]):
        permittivity, depth, height = (
            multilayer.permittivity[colour],
            multilayer.depth[colour],
            multilayer.height[colour],
        )
        index, step = np.sqrt(permittivity[e].real), even_step(height)
        for node in range(kappa.shape[1]):
            kappa_square = kappa[colour, node] * kappa[colour, node]
            fill_waves(kappa_square, permittivity, depth, wave, echo, decay)
            fill_paths(wave[e], height, depth[e], step, upward, downward)
            slope, u_square = wave[e] / index, kappa_square / (index * index)
            over_slope = inverse(slope)
            factor = weight[colour, node] * kappa[colour, node] / (index * index)
            constant, from_below, from_above = 0.0, 0.0j, 0.0j
            for polarisation in range(2):
                if polarisation == 0:
                    even, odd = 0.75 * weights[0] * over_slope, 0.0j
                else:
                    even, odd = 1.5 * weights[2] * u_square * over_slope, 0.75 * weights[1] * slope
                for layer in range(last + 1):
                    admittance[layer] = wave[layer] * scale[polarisation, colour, layer]
                low = reflect(admittance, echo, decay, 0, e, numerator, denominator, passed)
                high = reflect(admittance, echo, decay, last, e, numerator, denominator, passed)
                both = low * high * echo[e]
                trip = factor * inverse(1.0 - both)
                constant += (trip * (even + odd) * (1.0 + both)).real
                from_below += trip * (even - odd) * low
                from_above += trip * (even - odd) * high
            for place in range(height.size):
                up, down = upward[place], downward[place]
                power[colour, place] += (
                    constant
                    + (from_below.real * up.real - from_below.imag * up.imag)
                    + (from_above.real * down.real - from_above.imag * down.imag)
                )
    return power


@kernel
def green_slopes(multilayer: Multilayer, kappa: ComplexArray, weight: ComplexArray, out: Slopes) -> None:
    """Add the total power of :func:`green` and its derivatives, in slots of wavelengths."""
    layers, e, weights = multilayer.permittivity.shape[1], multilayer.emitter, multilayer.weights
    room, last = make_room(layers, multilayer.height.shape[1]), layers - 1
    work, chain, seed, low_pull, high_pull = room.work, room.chain, room.seed, room.pulls[LOW], room.pulls[HIGH]
    wave, echo = work.wave, work.echo
    for colour in range(kappa.shape[0]):
        permittivity, depth, height = (
            multilayer.permittivity[colour],
            multilayer.depth[colour],
            multilayer.height[colour],
        )
        index, step = np.sqrt(permittivity[e].real), even_step(height)
        value, by_permittivity = out.value[colour, 0], out.permittivity[colour, 0]
        by_depth, by_index = out.depth[colour, 0], out.explicit[colour, 0]
        for node in range(kappa.shape[1]):
            kappa_square = kappa[colour, node] * kappa[colour, node]
            fill_waves(kappa_square, permittivity, depth, wave, echo, work.decay)
            fill_paths(wave[e], height, depth[e], step, work.upward, work.downward)
            over = inverse(wave[e])
            factor = weight[colour, node] * kappa[colour, node] / (index * index)
            for polarisation in range(2):
                if polarisation == 0:
                    even, odd, power = 0.75 * weights[0] * index * over, 0.0j, 1.0
                else:
                    even, power = 1.5 * weights[2] * kappa_square / index * over, 3.0
                    odd = 0.75 * weights[1] * wave[e] / index
                fill_chain(multilayer, colour, work, polarisation, chain)
                low = see(work, 0, e, chain, seed, low_pull)
                high = see(work, last, e, chain, seed, high_pull)
                both = low * high * echo[e]
                turn = inverse(1.0 - both)
                trip = factor * turn
                total, difference = even + odd, even - odd
                for place in range(height.size):
                    up, down = work.upward[place], work.downward[place]
                    echoes = low * up + high * down
                    brace = trip * (total * (1.0 + both) + difference * echoes)
                    by_both = trip * total + brace * turn
                    by_low = by_both * high * echo[e] + trip * difference * up
                    by_high = by_both * low * echo[e] + trip * difference * down
                    rise, fall, round_ = trip * difference * low * up, trip * difference * high * down, by_both * both
                    by_wave = (trip * (odd - even) * (1.0 + both) - trip * total * echoes) * over
                    path = rise * height[place] + fall * (depth[e] - height[place]) + round_ * depth[e]
                    by_wave += 2j * path
                    share = height[place] / depth[e]
                    value[place] += brace.real
                    by_index[place] -= power * brace.real / index
                    by_permittivity[place, e] += by_wave * 0.5 * over + by_high * high_pull[PERMITTIVITY, e]
                    by_depth[place, e] += (2j * wave[e] * (rise * share + fall * (1.0 - share) + round_)).real
                    for layer in range(e + 1):
                        by_permittivity[place, layer] += by_low * low_pull[PERMITTIVITY, layer]
                        by_depth[place, layer] += (by_low * low_pull[DEPTH, layer]).real
                    for layer in range(e + 1, layers):
                        by_permittivity[place, layer] += by_high * high_pull[PERMITTIVITY, layer]
                        by_depth[place, layer] += (by_high * high_pull[DEPTH, layer]).real
