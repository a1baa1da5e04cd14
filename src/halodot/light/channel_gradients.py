"""The derivatives by every layer of what a plane wave brings to air, and of what the emitter absorbs of it.

The steps are those of :mod:`halodot.light.channels`, taken forth and back. The nodes stay where they are: between fixed
branch points an integral does not depend on the panels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.compiled import kernel, part
from halodot.light.adjoint import (
    ABOVE,
    AIR_DOWN,
    AIR_UP,
    BELOW,
    BY_ADMITTANCE,
    BY_PERMITTIVITY,
    BY_THICKNESS,
    RETURNED,
    TO_SUBSTRATE,
    TO_TOP,
    AdjointWorkspace,
    GradientSums,
    make_adjoint_workspace,
    reflection_adjoint,
    set_admittance,
    set_admittances,
    transmission_adjoint,
)
from halodot.light.channels import EmitterWave, InPlaneWave, in_plane_wave
from halodot.light.dipole import TO_LOWER, TO_UPPER, make_phases, propagate_to_interfaces, uniform_spacing
from halodot.light.emission_gradients import (
    AIR,
    ExitSlopes,
    PositionDerivatives,
    PositionPhases,
    absorbing_interfaces,
    position_derivatives,
)
from halodot.light.exit_gradients import exit_adjoint
from halodot.light.multilayer import (
    ADMITTANCE,
    ATTENUATION,
    KZ,
    PHASE,
    TOP,
    Multilayer,
    abs_sq,
    propagate_layers,
    reciprocal,
)


class GradientWorkspace(NamedTuple):
    """Workspace for the channels of one plane wave and their derivatives."""

    adjoint: AdjointWorkspace
    phases: ComplexArray  # (2, position)
    damped_phases: ComplexArray  # (2, position), in the emitter that absorbs


class _Target(NamedTuple):
    """The place in the sums that a functional of one position is added to."""

    slot: int
    functional: int
    position: int


@kernel
def make_gradient_workspace(layers: int, positions: int) -> GradientWorkspace:
    """Return a workspace for the channels of one plane wave and their derivatives."""
    return GradientWorkspace(make_adjoint_workspace(layers), make_phases(positions), make_phases(positions))


@kernel
def add_plane_wave_gradients(
    multilayer: Multilayer,
    wavelength_index: IntArray,
    kappa_sq: Array,
    weight: Array,
    slot: IntArray,
    sums: GradientSums,
) -> None:
    """Add what waves of real in-plane wave numbers bring, with its derivatives, to slots of the sums.

    Args:
        multilayer: stack and dipoles.
        wavelength_index: (node,), numbers of the wavelengths.
        kappa_sq: [k0^2], (node,), squared in-plane wave numbers.
        weight: [k0^2], (node,), quadrature weights of kappa dkappa.
        slot: (node,), slots of the sums.
        sums: to add to; the first functional is air, the second, if there is one, what the emitter absorbs.
    """
    workspace = make_gradient_workspace(multilayer.permittivity.shape[1], multilayer.height.shape[1])
    for node in range(kappa_sq.size):
        w = wavelength_index[node]
        point = in_plane_wave(multilayer, w, kappa_sq[node], weight[node], True)
        add_plane_wave_gradient(multilayer, point, uniform_spacing(multilayer.height[w]), workspace, sums, slot[node])


@kernel
def add_plane_wave_gradient(
    multilayer: Multilayer,
    point: InPlaneWave,
    spacing: float,
    workspace: GradientWorkspace,
    sums: GradientSums,
    slot: int,
) -> tuple[float, float, float]:
    """Add what the waves of one real in-plane wave number bring to air, and to the emitter, with its derivatives.

    Args:
        multilayer: stack and dipoles.
        point: wave number and weight.
        spacing: between the positions [1/k0], 0 if it varies.
        workspace: to work in.
        sums: to add to; the first functional is air, the second, if there is one, what the emitter absorbs.
        slot: of the sums.

    Returns:
        All values without their weight, their derivative by the logarithm of all thicknesses together, and that by all
        permittivities: numbers that show what the quadrature must resolve.
    """
    w, e, moment = point.wavelength_index, multilayer.emitter, multilayer.moment
    permittivity, thickness, height = multilayer.permittivity[w], multilayer.thickness[w], multilayer.height[w]
    wave, index = workspace.adjoint.wave, np.sqrt(permittivity[e].real)
    propagate_layers(point.kappa_sq + 0.0j, permittivity, thickness, wave)
    phase, attenuation = wave[PHASE, e], wave[ATTENUATION, e]
    propagate_to_interfaces(point.clear_kz, height, thickness[e], spacing, workspace.phases)
    propagate_to_interfaces(point.damped_kz, height, thickness[e], spacing, workspace.damped_phases)
    total, by_thickness, by_permittivity = 0.0, 0.0, 0.0
    for polarisation in range(2):
        if polarisation == 0:
            even, odd = 0.375 * moment[0], 0.0
        else:
            even, odd = 0.75 * moment[2] * point.kappa_sq / index**4, 0.375 * moment[1]
        if even == 0.0 and odd == 0.0:
            continue
        one, two, three = _add_polarisation(multilayer, point, polarisation, even, odd, workspace, sums, slot)
        total, by_thickness, by_permittivity = total + one, by_thickness + two, by_permittivity + three
        wave[KZ, e], wave[PHASE, e], wave[ATTENUATION, e] = point.clear_kz, phase, attenuation
    return total, by_thickness, by_permittivity


@part
def _add_polarisation(
    multilayer: Multilayer,
    point: InPlaneWave,
    polarisation: int,
    even: float,
    odd: float,
    workspace: GradientWorkspace,
    sums: GradientSums,
    slot: int,
) -> tuple[float, float, float]:
    """Add one polarisation, whose even and odd sources are given; see :func:`add_plane_wave_gradient`."""
    w, e, adjoint = point.wavelength_index, multilayer.emitter, workspace.adjoint
    wave, chain, last = adjoint.wave, adjoint.chain, adjoint.wave.shape[1] - 1
    permittivity, thickness = multilayer.permittivity[w], multilayer.thickness[w]
    wave[KZ, e] = point.damped_kz
    set_admittance(multilayer.emitter_permittivity[w], thickness[e], e, polarisation, adjoint)
    damped, by_damped = wave[ADMITTANCE, e], chain[BY_ADMITTANCE, e]
    wave[KZ, e] = point.clear_kz
    set_admittances(permittivity, thickness, polarisation, adjoint)
    clear, by_clear = wave[ADMITTANCE, e], chain[BY_ADMITTANCE, e]
    below = reflection_adjoint(adjoint, 0, e, BELOW)
    to_substrate = transmission_adjoint(adjoint, 0, e, TO_SUBSTRATE) if wave[KZ, 0].real > 0.0 else 0.0
    above = reflection_adjoint(adjoint, last, e, ABOVE)
    to_top = 0.0
    if multilayer.exit == TOP and wave[KZ, last].real > 0.0:
        to_top = transmission_adjoint(adjoint, last, e, TO_TOP)
    source = EmitterWave(below, above, wave[PHASE, e], clear, damped, even, odd)
    self_absorbed = sums.value.shape[1] > 1
    down, up, returned = exit_adjoint(multilayer, point, polarisation, self_absorbed, to_substrate, to_top, adjoint)
    power, ratio, by_permittivity = 0.0, 1.0, 0.0j
    if polarisation == 1:
        absorbing = multilayer.emitter_permittivity[w]
        power, ratio = 4.0, point.index_sq * point.index_sq / abs_sq(absorbing)
        by_permittivity = -2.0 * reciprocal(absorbing)
    slopes = ExitSlopes(by_clear, by_damped, power, ratio, by_permittivity, down, up, returned)
    return _add_functionals(multilayer, point, source, slopes, workspace, sums, slot)


@part
def _add_functionals(
    multilayer: Multilayer,
    point: InPlaneWave,
    source: EmitterWave,
    slopes: ExitSlopes,
    workspace: GradientWorkspace,
    sums: GradientSums,
    slot: int,
) -> tuple[float, float, float]:
    """Add the functionals of all positions, and return the sums that :func:`add_plane_wave_gradient` returns."""
    interfaces = absorbing_interfaces(source)
    over_index = 1.0 / np.sqrt(multilayer.permittivity[point.wavelength_index, multilayer.emitter].real)
    total, by_thickness, by_permittivity = 0.0, 0.0, 0.0
    for functional in range(sums.value.shape[1]):
        if functional == AIR and slopes.down == 0.0 and slopes.up == 0.0:
            continue
        for position in range(sums.value.shape[2]):
            phases = PositionPhases(
                workspace.phases[TO_LOWER, position],
                workspace.phases[TO_UPPER, position],
                workspace.damped_phases[TO_LOWER, position],
                workspace.damped_phases[TO_UPPER, position],
            )
            found = position_derivatives(source, interfaces, slopes, functional, over_index, phases)
            target = _Target(slot, functional, position)
            thicker, denser = _add_to_layers(multilayer, point, found, slopes, workspace.adjoint, sums, target)
            total += found.value
            by_thickness, by_permittivity = by_thickness + thicker, by_permittivity + denser
    return total, by_thickness, by_permittivity


@kernel
def _add_to_layers(
    multilayer: Multilayer,
    point: InPlaneWave,
    found: PositionDerivatives,
    slopes: ExitSlopes,
    workspace: AdjointWorkspace,
    sums: GradientSums,
    target: _Target,
) -> tuple[float, float]:
    """Add a functional of one position and its derivatives by every layer.

    Returns:
        Derivatives by the logarithm of all thicknesses together, and by all permittivities, without the weight.
    """
    w, e, adjoints, weight = point.wavelength_index, multilayer.emitter, workspace.adjoints, point.weight
    slot, functional, position = target
    thickness, at = multilayer.thickness[w], multilayer.height[w, position]
    by_permittivity, by_thickness = (
        sums.permittivity[slot, functional, position],
        sums.thickness[slot, functional, position],
    )
    last, up = thickness.size - 1, thickness[e] - at
    row = AIR_DOWN if functional == AIR else RETURNED
    sums.value[slot, functional, position] += weight * found.value
    by_index = (found.value + slopes.index_power * found.even) / np.sqrt(multilayer.permittivity[w, e].real)
    sums.emitter_index[slot, functional, position] -= weight * by_index
    path = found.phase_below * at + found.phase_above * up + found.phase * thickness[e]
    damped_path = found.damped_below * at + found.damped_above * up
    by_clear = found.clear * slopes.clear + 1j * path * reciprocal(point.clear_kz)
    by_clear += found.above * adjoints[ABOVE, BY_PERMITTIVITY, e]
    damped = found.damped * slopes.damped + 1j * damped_path * reciprocal(point.damped_kz)
    damped += found.damped_even * slopes.by_permittivity + found.down * adjoints[row, BY_PERMITTIVITY, last + 1]
    by_permittivity[e] += weight * by_clear
    by_permittivity[last + 1] += weight * damped
    thicker = (2j * (point.clear_kz * path + point.damped_kz * damped_path)).real
    by_thickness[e] += weight * thicker / thickness[e]
    denser = by_clear.real + damped.real
    for layer in range(last + 1):
        side = BELOW if layer <= e else ABOVE
        amount = found.below if layer <= e else found.above
        change = amount * adjoints[side, BY_PERMITTIVITY, layer] + found.down * adjoints[row, BY_PERMITTIVITY, layer]
        longer = (amount * adjoints[side, BY_THICKNESS, layer]).real + found.down * adjoints[
            row, BY_THICKNESS, layer
        ].real
        if multilayer.exit == TOP and functional == AIR:
            change += found.up * adjoints[AIR_UP, BY_PERMITTIVITY, layer]
            longer += found.up * adjoints[AIR_UP, BY_THICKNESS, layer].real
        by_permittivity[layer] += weight * change
        by_thickness[layer] += weight * longer
        denser += change.real
        thicker += longer * thickness[layer]
    return thicker, denser
