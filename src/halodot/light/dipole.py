"""The power of a dipole in a stack: its Green's function, integrated below the real axis, and what the power follows.

All powers are in units of what the dipole radiates in an infinite medium of the emitter's index n_e. With u =
kappa/n_e, l = sqrt(1 - u^2), the reflections a and a' that the dipole sees of the half-spaces below and above it, the
way to them and back included, and the horizontal share h of its moment,

    P = Re int u du { (3/4) h [(1+a)(1+a')/(1-aa')/l]_s + (3/4) h [l (1-a)(1-a')/(1-aa')]_p
                      + (3/2)(1-h) [u^2/l (1+a)(1+a')/(1-aa')]_p }

(R. R. Chance, A. Prock, R. Silbey, Adv. Chem. Phys. 37, 1 (1978), doi:10.1002/9780470142561.ch1; K. A. Neyts,
J. Opt. Soc. Am. A 15, 962 (1998), doi:10.1364/JOSAA.15.000962). The braces are analytic in kappa and are integrated
below the real axis. Since aa' does not depend on the dipole's position, a position costs two phases: (1 + a)(1 + a') =
(1 + aa') + (a + a'). The nodes stay where they are in a derivative: an integral does not depend on the contour.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray
from halodot.compiled import kernel, part
from halodot.light.adjoint import (
    ABOVE,
    BELOW,
    BY_PERMITTIVITY,
    BY_THICKNESS,
    AdjointWorkspace,
    GradientSums,
    make_adjoint_workspace,
    reflection_adjoint,
    set_admittances,
)
from halodot.light.multilayer import (
    ADMITTANCE,
    KZ,
    PHASE,
    Multilayer,
    make_plane_wave,
    propagate_layers,
    propagation_phase,
    reciprocal,
    stack_reflection,
)

SAME_SPACING = 1e-12  # relative difference of two steps between positions that is rounding


#: Rows of the round trips (2, position) between each dipole and the interfaces of the emitter: exp(2 i kz height) to
#: the lower one, exp(2 i kz (d - height)) to the upper one.
TO_LOWER, TO_UPPER = 0, 1


@kernel
def make_phases(positions: int) -> ComplexArray:
    """Return a workspace for the round trips between dipoles and the interfaces of the emitter.

    Args:
        positions: number of dipoles.

    Returns:
        Phases [1], (2, position), not yet written.
    """
    return np.empty((2, positions), np.complex128)


@kernel
def uniform_spacing(height: Array) -> float:
    """Return the distance between positions (position,) that are equally spaced [unit of ``height``], otherwise 0."""
    last = height.size - 1
    if last < 2:
        return 0.0
    step = (height[last] - height[0]) / last
    for position in range(last):
        if abs(height[position + 1] - height[position] - step) > SAME_SPACING * abs(height[last]):
            return 0.0
    return float(step)


@kernel
def propagate_to_interfaces(kz: complex, height: Array, thickness: float, spacing: float, phases: ComplexArray) -> None:
    """Write the phases of the round trips from every dipole; equal steps in height cost one product each.

    Args:
        kz: normal wave number in the emitter [k0].
        height: of the dipoles above the lower interface [1/k0], (position,).
        thickness: of the emitter [1/k0].
        spacing: as :func:`uniform_spacing` returns it [1/k0].
        phases: (2, position), become exp(2 i kz h) and exp(2 i kz (d - h)).
    """
    last = height.size - 1
    if spacing > 0.0:
        up, _ = propagation_phase(kz, 2.0 * height[0])
        down, _ = propagation_phase(kz, 2.0 * (thickness - height[last]))
        turn, _ = propagation_phase(kz, 2.0 * spacing)
        for position in range(last + 1):
            phases[TO_LOWER, position], phases[TO_UPPER, last - position] = up, down
            up, down = up * turn, down * turn
        return
    for position in range(last + 1):
        phases[TO_LOWER, position], _ = propagation_phase(kz, 2.0 * height[position])
        phases[TO_UPPER, position], _ = propagation_phase(kz, 2.0 * (thickness - height[position]))


@part
def _dipole_power_integrand(
    moment: Array,
    index: float,
    e: int,
    scale: ComplexArray,
    w: int,
    kappa: complex,
    weight: complex,
    wave: ComplexArray,
) -> tuple[float, complex, complex]:
    """Return the integrand of the power in three parts.

    Args:
        moment: shares of the moment [1], (3,).
        index: of the emitter [1].
        e: number of the emitter.
        scale: (polarisation, wavelength, layer), admittance over kz.
        w: number of the wavelength.
        kappa: in-plane wave number [k0].
        weight: quadrature weight of dkappa.
        wave: (7, layer), with the normal wave numbers at kappa.

    Returns:
        c, b, a of the power c + Re(b exp(2 i kz h)) + Re(a exp(2 i kz (d - h))) of a dipole at the height h.
    """
    last, kappa_sq = wave.shape[1] - 1, kappa * kappa
    cosine, u_sq = wave[KZ, e] / index, kappa_sq / (index * index)
    over_cosine = reciprocal(cosine)
    factor = weight * kappa / (index * index)
    constant, from_below, from_above = 0.0, 0.0j, 0.0j
    for polarisation in range(2):
        if polarisation == 0:
            even, odd = 0.75 * moment[0] * over_cosine, 0.0j
        else:
            even, odd = 1.5 * moment[2] * u_sq * over_cosine, 0.75 * moment[1] * cosine
        for layer in range(last + 1):
            wave[ADMITTANCE, layer] = wave[KZ, layer] * scale[polarisation, w, layer]
        below = stack_reflection(wave, 0, e)
        above = stack_reflection(wave, last, e)
        both = below * above * wave[PHASE, e]
        resonance = factor * reciprocal(1.0 - both)
        constant += (resonance * (even + odd) * (1.0 + both)).real
        from_below += resonance * (even - odd) * below
        from_above += resonance * (even - odd) * above
    return constant, from_below, from_above


@kernel
def dipole_power(multilayer: Multilayer, kappa: ComplexArray, weight: ComplexArray) -> Array:
    """Return the total power of dipoles by integrating their Green's function along a path of kappa.

    P = Re int u du {...}, written out at the head of this module: Chance, Prock and Silbey, Adv. Chem. Phys. 37
    (1978) 1, doi:10.1002/9780470142561.ch1; Neyts, J. Opt. Soc. Am. A 15 (1998) 962, doi:10.1364/JOSAA.15.000962.

    Args:
        multilayer: stack and dipoles.
        kappa: in-plane wave numbers [k0], (wavelength, node), on or below the real axis.
        weight: quadrature weights of dkappa [k0], (wavelength, node).

    Returns:
        Power [that in an infinite medium of the emitter's index], (wavelength, position).
    """
    e, moment, scale = multilayer.emitter, multilayer.moment, multilayer.admittance_scale
    wave, phases = make_plane_wave(multilayer.permittivity.shape[1]), make_phases(multilayer.height.shape[1])
    power = np.zeros(multilayer.height.shape)
    for w in range(kappa.shape[0]):
        permittivity, thickness, height = multilayer.permittivity[w], multilayer.thickness[w], multilayer.height[w]
        index, spacing = np.sqrt(permittivity[e].real), uniform_spacing(height)
        for node in range(kappa.shape[1]):
            k = kappa[w, node]
            propagate_layers(k * k, permittivity, thickness, wave)
            propagate_to_interfaces(wave[KZ, e], height, thickness[e], spacing, phases)
            c, b, a = _dipole_power_integrand(moment, index, e, scale, w, k, weight[w, node], wave)
            for position in range(height.size):
                lower, upper = phases[TO_LOWER, position], phases[TO_UPPER, position]
                from_below, from_above = (
                    b.real * lower.real - b.imag * lower.imag,
                    a.real * upper.real - a.imag * upper.imag,
                )
                power[w, position] += c + from_below + from_above
    return power


class _PowerWave(NamedTuple):
    """What the dipoles of all positions have in common in one wave on the contour."""

    even: complex  # strength of the source that is even across the layers
    odd: complex
    index_power: float  # power of the emitter's index that the symmetric source counts on its own
    below: complex  # reflections
    above: complex
    factor: complex  # weight kappa/n_e^2


@kernel
def dipole_power_gradient(
    multilayer: Multilayer, kappa: ComplexArray, weight: ComplexArray, sums: GradientSums
) -> None:
    """Add the total power of :func:`dipole_power` and its derivatives, in slots of wavelengths.

    Args:
        multilayer: stack and dipoles.
        kappa: in-plane wave numbers [k0], (wavelength, node), on or below the real axis.
        weight: quadrature weights of dkappa [k0], (wavelength, node).
        sums: to add to, one functional.
    """
    layers, e, moment, height = (
        multilayer.permittivity.shape[1],
        multilayer.emitter,
        multilayer.moment,
        multilayer.height,
    )
    workspace, phases = make_adjoint_workspace(layers), make_phases(height.shape[1])
    wave = workspace.wave
    for w in range(kappa.shape[0]):
        permittivity, thickness = multilayer.permittivity[w], multilayer.thickness[w]
        index, spacing = np.sqrt(permittivity[e].real), uniform_spacing(height[w])
        for node in range(kappa.shape[1]):
            kappa_sq = kappa[w, node] * kappa[w, node]
            propagate_layers(kappa_sq, permittivity, thickness, wave)
            propagate_to_interfaces(wave[KZ, e], height[w], thickness[e], spacing, phases)
            over = reciprocal(wave[KZ, e])
            factor = weight[w, node] * kappa[w, node] / (index * index)
            for polarisation in range(2):
                if polarisation == 0:
                    even, odd, power = 0.75 * moment[0] * index * over, 0.0j, 1.0
                else:
                    even, power = 1.5 * moment[2] * kappa_sq / index * over, 3.0
                    odd = 0.75 * moment[1] * wave[KZ, e] / index
                set_admittances(permittivity, thickness, polarisation, workspace)
                below = reflection_adjoint(workspace, 0, e, BELOW)
                above = reflection_adjoint(workspace, layers - 1, e, ABOVE)
                _add_positions(
                    multilayer, w, _PowerWave(even, odd, power, below, above, factor), workspace, phases, sums
                )


@part
def _add_positions(
    multilayer: Multilayer,
    w: int,
    source: _PowerWave,
    workspace: AdjointWorkspace,
    phases: ComplexArray,
    sums: GradientSums,
) -> None:
    """Add the power of the dipoles of all positions in one wave and its derivatives, at the wavelength number ``w``."""
    e, wave = multilayer.emitter, workspace.wave
    kz, phase, last = wave[KZ, e], wave[PHASE, e], wave.shape[1] - 1
    thickness, height = multilayer.thickness[w, e], multilayer.height[w]
    index, over = np.sqrt(multilayer.permittivity[w, e].real), reciprocal(kz)
    r_below, r_above = source.below, source.above
    to_below, to_above = workspace.adjoints[BELOW], workspace.adjoints[ABOVE]
    value, by_permittivity = sums.value[w, 0], sums.permittivity[w, 0]
    by_thickness, by_index = sums.thickness[w, 0], sums.emitter_index[w, 0]
    both = r_below * r_above * phase
    turn = reciprocal(1.0 - both)
    resonance = source.factor * turn
    total, difference = source.even + source.odd, source.even - source.odd
    for position in range(height.size):
        below, above = phases[TO_LOWER, position], phases[TO_UPPER, position]
        reflected = r_below * below + r_above * above
        power = resonance * (total * (1.0 + both) + difference * reflected)
        by_both = resonance * total + power * turn
        by_below = by_both * r_above * phase + resonance * difference * below
        by_above = by_both * r_below * phase + resonance * difference * above
        rise, fall = resonance * difference * r_below * below, resonance * difference * r_above * above
        circle = by_both * both
        by_kz = (resonance * (source.odd - source.even) * (1.0 + both) - resonance * total * reflected) * over
        path = rise * height[position] + fall * (thickness - height[position]) + circle * thickness
        by_kz += 2j * path
        share = height[position] / thickness
        value[position] += power.real
        by_index[position] -= source.index_power * power.real / index
        by_permittivity[position, e] += by_kz * 0.5 * over + by_above * to_above[BY_PERMITTIVITY, e]
        by_thickness[position, e] += (2j * kz * (rise * share + fall * (1.0 - share) + circle)).real
        for layer in range(e + 1):
            by_permittivity[position, layer] += by_below * to_below[BY_PERMITTIVITY, layer]
            by_thickness[position, layer] += (by_below * to_below[BY_THICKNESS, layer]).real
        for layer in range(e + 1, last + 1):
            by_permittivity[position, layer] += by_above * to_above[BY_PERMITTIVITY, layer]
            by_thickness[position, layer] += (by_above * to_above[BY_THICKNESS, layer]).real
