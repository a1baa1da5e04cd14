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
    DEVICE,
    INSIDE,
    RETURNED,
    TO_SUBSTRATE,
    TO_TOP,
    AdjointWorkspace,
    GradientSums,
    add_adjoint,
    clear_adjoint,
    emitter_absorption_adjoint,
    make_adjoint_workspace,
    move_to_absorbing_emitter,
    reflection_adjoint,
    set_admittance,
    set_admittances,
    transmission_adjoint,
)
from halodot.light.channels import EmitterWave, InPlaneWave, in_plane_wave
from halodot.light.dipole import TO_LOWER, TO_UPPER, make_phases, propagate_to_interfaces, uniform_spacing
from halodot.light.multilayer import (
    ADMITTANCE,
    ATTENUATION,
    KZ,
    PHASE,
    SPHERE,
    TOP,
    Multilayer,
    abs_sq,
    fresnel_coefficients,
    propagate_layers,
    propagation_phase,
    reciprocal,
    substrate_transmittance,
)

AIR, SELF_ABSORBED = 0, 1  # functionals on the real axis: light in air, and what the emitter absorbs of its own light


class GradientWorkspace(NamedTuple):
    """Workspace for the channels of one plane wave and their derivatives."""

    adjoint: AdjointWorkspace
    phases: ComplexArray  # (2, position)
    damped_phases: ComplexArray  # (2, position), in the emitter that absorbs


class _Interfaces(NamedTuple):
    """The two interfaces of the emitter as the light that the emitter absorbs sees them."""

    flux_below: float  # flux through the lower interface for unit intensity from the emitter without absorption
    flux_above: float
    below: complex  # reflection in the absorbing emitter
    above: complex
    into_below: float  # intensity in the emitter without absorption for unit intensity in the absorbing one
    into_above: float
    over_below: complex  # 1/(A (1 + r) + Y (1 - r)), A and Y the admittances with and without absorption
    over_above: complex


class _Passage(NamedTuple):
    """One passage through the substrate."""

    left: float  # intensity that it leaves
    by_permittivity: complex  # derivatives of the logarithm of that
    by_thickness: float


class _Face(NamedTuple):
    """The outer face of the substrate, and light that comes back from it any number of times."""

    outside: float  # admittance of air
    over: complex  # 1/(Y + Y_a) with the admittance Y of the substrate
    transmission: complex  # Fresnel coefficient from inside
    reflectance: float  # intensity |r|^2 that the face reflects, with the passages to it and back
    by_reflectance: complex  # its derivative by the substrate's permittivity
    device: float  # intensity that the device reflects to the face
    gain: float  # 1/(1 - reflectance device)
    by_device: complex  # derivative of the logarithm of the gain by the amplitude that the device reflects
    returned: float  # intensity that comes back to the device, for unit intensity that the dipole sends down
    by_permittivity: complex  # its derivatives by the substrate, where the field that arrives is held
    by_thickness: float


class _Target(NamedTuple):
    """The place in the sums that a functional of one position is added to."""

    slot: int
    functional: int
    position: int


class _Slopes(NamedTuple):
    """What the functionals of one polarisation need of the emitter and of the ways out."""

    clear: complex  # derivatives of the emitter's admittances by the permittivities, without absorption
    damped: complex  # and with it
    index_power: float  # power of the emitter's index that the even source counts on its own
    down: float  # air for unit intensity that the dipole sends down
    up: float
    returned: float  # what the emitter absorbs of light that comes back, for unit intensity sent down


class _ClearEmission(NamedTuple):
    """What a dipole sends to the interfaces of an emitter without absorption."""

    a: complex  # reflections that the dipole sees below and above
    b: complex
    both: complex  # round trip in the emitter
    turn: complex  # 1/(1 - both)
    even: float  # strength of the even source
    to_below: float  # strength of a source at the lower interface, all round trips counted
    to_above: float
    even_down: float  # part of the even source in what is sent
    even_up: float
    down: float
    up: float
    power: float


class _DampedEmission(NamedTuple):
    """What the same dipole sends to the interfaces of the absorbing emitter."""

    c: complex  # reflections that the dipole sees below and above
    d: complex
    falling: float  # sources of the light that goes down and up
    rising: float
    out_below: float  # flux that unit sources send below and above
    out_above: float
    leaving: float  # flux that leaves the dipole
    scale: float  # power over that flux
    into_below: float  # intensity at the interface, in the emitter without absorption, for unit source
    into_above: float
    down: float
    up: float


class _PositionPhases(NamedTuple):
    """Round trips from one position to the interfaces of the emitter, without absorption and with it."""

    below: complex
    above: complex
    damped_below: complex
    damped_above: complex


class _PositionDerivatives(NamedTuple):
    """What a functional does at one position, by the numbers of its wave."""

    value: float
    down: float  # intensity that the dipole sends to the lower interface
    up: float
    below: complex  # derivatives from here on: by the reflections
    above: complex
    clear: complex  # by the admittances of the emitter
    damped: complex
    phase_below: complex  # by the logarithms of the round trips, in the emitter without absorption
    phase_above: complex
    phase: complex
    damped_below: complex  # the same in the absorbing emitter
    damped_above: complex
    even: float  # by the logarithm of the even source


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
    own = sums.value.shape[1] > 1
    down, up, returned = _exit_adjoint(multilayer, point, polarisation, own, to_substrate, to_top, adjoint)
    slopes = _Slopes(by_clear, by_damped, 4.0 if polarisation == 1 else 0.0, down, up, returned)
    return _add_functionals(multilayer, point, source, slopes, workspace, sums, slot)


@part
def _add_functionals(
    multilayer: Multilayer,
    point: InPlaneWave,
    source: EmitterWave,
    slopes: _Slopes,
    workspace: GradientWorkspace,
    sums: GradientSums,
    slot: int,
) -> tuple[float, float, float]:
    """Add the functionals of all positions, and return the sums that :func:`add_plane_wave_gradient` returns."""
    interfaces = _absorbing_interfaces(source)
    over_index = 1.0 / np.sqrt(multilayer.permittivity[point.wavelength_index, multilayer.emitter].real)
    total, by_thickness, by_permittivity = 0.0, 0.0, 0.0
    for functional in range(sums.value.shape[1]):
        if functional == AIR and slopes.down == 0.0 and slopes.up == 0.0:
            continue
        for position in range(sums.value.shape[2]):
            phases = _PositionPhases(
                workspace.phases[TO_LOWER, position],
                workspace.phases[TO_UPPER, position],
                workspace.damped_phases[TO_LOWER, position],
                workspace.damped_phases[TO_UPPER, position],
            )
            found = _position_derivatives(source, interfaces, slopes, functional, over_index, phases)
            target = _Target(slot, functional, position)
            thicker, denser = _add_to_layers(multilayer, point, found, slopes, workspace.adjoint, sums, target)
            total += found.value
            by_thickness, by_permittivity = by_thickness + thicker, by_permittivity + denser
    return total, by_thickness, by_permittivity


@kernel
def _add_to_layers(
    multilayer: Multilayer,
    point: InPlaneWave,
    found: _PositionDerivatives,
    slopes: _Slopes,
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
    own = found.clear * slopes.clear + 1j * path * reciprocal(point.clear_kz)
    own += found.above * adjoints[ABOVE, BY_PERMITTIVITY, e]
    damped = found.damped * slopes.damped + 1j * damped_path * reciprocal(point.damped_kz)
    damped += found.down * adjoints[row, BY_PERMITTIVITY, last + 1]
    by_permittivity[e] += weight * own
    by_permittivity[last + 1] += weight * damped
    thicker = (2j * (point.clear_kz * path + point.damped_kz * damped_path)).real
    by_thickness[e] += weight * thicker / thickness[e]
    denser = own.real + damped.real
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


@kernel
def _exit_adjoint(
    multilayer: Multilayer,
    point: InPlaneWave,
    polarisation: int,
    own: bool,
    to_substrate: float,
    to_top: float,
    workspace: AdjointWorkspace,
) -> tuple[float, float, float]:
    """Write the derivatives of the shares of the dipole's light that reach air and that the emitter takes back.

    The workspace is left with the absorbing emitter in the place of the other.

    Args:
        multilayer: stack and dipoles.
        point: wave number.
        polarisation: 0 for s, 1 for p.
        own: whether to follow what the emitter absorbs.
        to_substrate: intensity of the field there for unit intensity that the dipole sends down.
        to_top: intensity in the last layer for unit intensity that the dipole sends up.
        workspace: with the derivatives of the fields that the two intensities belong to.

    Returns:
        Power in air for unit intensity that the dipole sends down, and up, and what the emitter absorbs of the light
        that comes back from the substrate for unit intensity sent down.
    """
    w, e, wave, adjoints = point.wavelength_index, multilayer.emitter, workspace.wave, workspace.adjoints
    last = wave.shape[1] - 1
    clear_adjoint(adjoints[AIR_DOWN])
    clear_adjoint(adjoints[AIR_UP])
    clear_adjoint(adjoints[RETURNED])
    up = wave[ADMITTANCE, last].real * to_top
    if up > 0.0:
        add_adjoint(2.0 * up + 0.0j, adjoints[TO_TOP], adjoints[AIR_UP])
        adjoints[AIR_UP, BY_PERMITTIVITY, last] += to_top * workspace.chain[BY_ADMITTANCE, last]
    adjoints[TO_SUBSTRATE, BY_THICKNESS, 0] = 0.0  # the substrate's thickness acts by what a passage leaves alone
    if point.kappa_sq >= (multilayer.permittivity[w, 0].real if multilayer.exit == SPHERE else 1.0):
        return 0.0, up, 0.0
    passage = _passage(wave[KZ, 0], multilayer.substrate_thickness[w])
    if multilayer.exit == SPHERE:
        return _enter_sphere(workspace, passage, to_substrate), up, 0.0
    wave[KZ, e] = point.damped_kz
    wave[PHASE, e], wave[ATTENUATION, e] = propagation_phase(point.damped_kz, 2.0 * multilayer.thickness[w, e])
    set_admittance(multilayer.emitter_permittivity[w], multilayer.thickness[w, e], e, polarisation, workspace)
    device = reflection_adjoint(workspace, last, 0, DEVICE)
    move_to_absorbing_emitter(adjoints[DEVICE], e)
    face = _substrate_face(workspace, passage, np.sqrt(1.0 - point.kappa_sq), device, to_substrate)
    returned = 0.0
    if own:
        taken = emitter_absorption_adjoint(workspace, e)
        returned = _add_returned(workspace, face, taken, 1.0, RETURNED)
    if multilayer.exit == TOP:
        return _leave_at_top(workspace, face, e), up, returned
    return _leave_at_face(workspace, passage, face, to_substrate), up, returned


@part
def _passage(kz: complex, thickness: float) -> _Passage:
    """Return one passage through the substrate, from its normal wave number and thickness."""
    left = substrate_transmittance(kz, thickness)
    if left > 0.0:
        return _Passage(left, 1j * thickness * reciprocal(kz), -2.0 * kz.imag)
    return _Passage(left, 0.0j, 0.0)


@part
def _enter_sphere(workspace: AdjointWorkspace, passage: _Passage, to_substrate: float) -> float:
    """Write the derivatives of the power in a half sphere for unit intensity that the dipole sends down; return it."""
    adjoints, chain, inside = workspace.adjoints, workspace.chain, workspace.wave[ADMITTANCE, 0]
    down = inside.real * to_substrate * passage.left
    add_adjoint(2.0 * down + 0.0j, adjoints[TO_SUBSTRATE], adjoints[AIR_DOWN])
    by_admittance = to_substrate * passage.left * chain[BY_ADMITTANCE, 0]
    adjoints[AIR_DOWN, BY_PERMITTIVITY, 0] += by_admittance + down * passage.by_permittivity
    adjoints[AIR_DOWN, BY_THICKNESS, 0] += down * passage.by_thickness
    return float(down)


@part
def _substrate_face(
    workspace: AdjointWorkspace, passage: _Passage, outside: float, device: complex, to_substrate: float
) -> _Face:
    """Return what the face of the substrate does to light, where ``device`` is the reflection of the films."""
    inside, both_ways = workspace.wave[ADMITTANCE, 0], passage.left * passage.left
    by_inside, by_passage = workspace.chain[BY_ADMITTANCE, 0], passage.by_permittivity
    over = reciprocal(inside + outside)
    r, t = fresnel_coefficients(inside, outside + 0.0j)
    reflectance = both_ways * abs_sq(r)
    by_reflectance = 4.0 * both_ways * outside * np.conj(r) * over * over * by_inside + 2.0 * reflectance * by_passage
    gain = 1.0 / (1.0 - reflectance * abs_sq(device))
    returned = to_substrate * gain * reflectance
    return _Face(
        outside,
        over,
        t,
        reflectance,
        by_reflectance,
        abs_sq(device),
        gain,
        2.0 * reflectance * gain * np.conj(device),
        returned,
        to_substrate * gain * gain * by_reflectance,
        2.0 * returned * gain * passage.by_thickness,
    )


@kernel
def _add_returned(workspace: AdjointWorkspace, face: _Face, share: float, order: float, row: int) -> float:
    """Write the derivatives of what becomes of light that comes back from the face, and return it.

    Args:
        workspace: with the derivatives of the share in the row ``INSIDE``.
        face: of the substrate.
        share: of unit intensity from the substrate.
        order: 1 where ``INSIDE`` holds derivatives of the share, twice the share where those of a field's logarithm.
        row: of the adjoints that is added to.
    """
    adjoints = workspace.adjoints
    value = face.returned * share
    add_adjoint(2.0 * value + 0.0j, adjoints[TO_SUBSTRATE], adjoints[row])
    add_adjoint(face.by_device * value, adjoints[DEVICE], adjoints[row])
    add_adjoint(face.returned * order + 0.0j, adjoints[INSIDE], adjoints[row])
    adjoints[row, BY_PERMITTIVITY, 0] += face.by_permittivity * share
    adjoints[row, BY_THICKNESS, 0] += face.by_thickness * share
    return value


@part
def _leave_at_top(workspace: AdjointWorkspace, face: _Face, e: int) -> float:
    """Write the derivatives of the power that comes back and leaves through the last film, and return it."""
    adjoints, wave, last = workspace.adjoints, workspace.wave, workspace.wave.shape[1] - 1
    intensity = transmission_adjoint(workspace, last, 0, INSIDE)
    move_to_absorbing_emitter(adjoints[INSIDE], e)
    share = wave[ADMITTANCE, last].real * intensity
    down = _add_returned(workspace, face, share, 2.0 * share, AIR_DOWN)
    adjoints[AIR_DOWN, BY_PERMITTIVITY, last] += face.returned * intensity * workspace.chain[BY_ADMITTANCE, last]
    return down


@part
def _leave_at_face(workspace: AdjointWorkspace, passage: _Passage, face: _Face, to_substrate: float) -> float:
    """Write the derivatives of the power that leaves through the face of the substrate, and return it."""
    adjoints, inside, by_inside = workspace.adjoints, workspace.wave[ADMITTANCE, 0], workspace.chain[BY_ADMITTANCE, 0]
    down = to_substrate * face.gain * passage.left * face.outside * abs_sq(face.transmission)
    add_adjoint(2.0 * down + 0.0j, adjoints[TO_SUBSTRATE], adjoints[AIR_DOWN])
    add_adjoint(face.by_device * down, adjoints[DEVICE], adjoints[AIR_DOWN])
    slope = face.by_reflectance * face.device * face.gain + passage.by_permittivity
    slope += 2.0 * face.outside * reciprocal(inside) * face.over * by_inside
    adjoints[AIR_DOWN, BY_PERMITTIVITY, 0] += down * slope
    by_thickness = passage.by_thickness * (1.0 + 2.0 * face.reflectance * face.device * face.gain)
    adjoints[AIR_DOWN, BY_THICKNESS, 0] += down * by_thickness
    return down


@kernel
def _interface_flux(admittance: complex, reflection: complex) -> float:
    """Return the flux Re[Y (1 - r) conj(1 + r)]."""
    return float(admittance.real * (1.0 - abs_sq(reflection)) + 2.0 * admittance.imag * reflection.imag)


@kernel
def _interface_flux_derivatives(admittance: complex, reflection: complex) -> tuple[complex, complex]:
    """Return the derivatives of :func:`_interface_flux` by Y and r."""
    out, back = 1.0 - reflection, np.conj(1.0 + reflection)
    return out * back, np.conj(admittance * out) - admittance * back


@part
def _absorbing_interfaces(source: EmitterWave) -> _Interfaces:
    """Return how the absorbing emitter sees its two interfaces."""
    clear, damped, strength = source.clear_admittance, source.damped_admittance, 4.0 * abs_sq(source.damped_admittance)
    one, other = damped * (1.0 + source.below), clear * (1.0 - source.below)
    over_below = reciprocal(one + other)
    below = (one - other) * over_below
    one, other = damped * (1.0 + source.above), clear * (1.0 - source.above)
    over_above = reciprocal(one + other)
    above = (one - other) * over_above
    return _Interfaces(
        _interface_flux(clear, source.below),
        _interface_flux(clear, source.above),
        below,
        above,
        strength * abs_sq(over_below),
        strength * abs_sq(over_above),
        over_below,
        over_above,
    )


@kernel
def _interface_adjoint(
    source: EmitterWave,
    clear: complex,
    damped: complex,
    over: complex,
    by_damped: complex,
    by_into: float,
    by_flux: float,
) -> tuple[complex, complex, complex]:
    """Return the derivatives by the reflection and the two admittances of what one interface does.

    Args:
        source: for its admittances.
        clear: reflection seen from the emitter without absorption.
        damped: reflection seen from the absorbing emitter.
        over: as ``_Interfaces.over_below``.
        by_damped: derivative by ``damped``.
        by_into: derivative by the logarithm of ``_Interfaces.into_below``.
        by_flux: derivative by ``_Interfaces.flux_below``.
    """
    by_clear, by_reflection = _interface_flux_derivatives(source.clear_admittance, clear)
    both = -2.0 * by_into * over
    by_one, by_other = by_damped * (1.0 - damped) * over + both, both - by_damped * (1.0 + damped) * over
    return (
        by_flux * by_reflection + by_one * source.damped_admittance - by_other * source.clear_admittance,
        by_flux * by_clear + by_other * (1.0 - clear),
        by_one * (1.0 + clear) + 2.0 * by_into * reciprocal(source.damped_admittance),
    )


@part
def _clear_emission(
    source: EmitterWave, interfaces: _Interfaces, over_index: float, below: complex, above: complex
) -> _ClearEmission:
    """Return what a dipole sends without absorption, from the phases to the two interfaces."""
    even, odd = source.even / abs_sq(source.clear_admittance), source.odd
    a, b = source.below * below, source.above * above
    both = source.below * source.above * source.phase
    turn = reciprocal(1.0 - both)
    resonance = over_index * abs_sq(turn)
    to_below, to_above = resonance * np.sqrt(abs_sq(below)), resonance * np.sqrt(abs_sq(above))
    even_down, even_up = to_below * even * abs_sq(1.0 + b), to_above * even * abs_sq(1.0 + a)
    down = even_down + to_below * odd * abs_sq(1.0 - b)
    up = even_up + to_above * odd * abs_sq(1.0 - a)
    power = down * interfaces.flux_below + up * interfaces.flux_above
    return _ClearEmission(a, b, both, turn, even, to_below, to_above, even_down, even_up, down, up, power)


@part
def _damped_emission(
    source: EmitterWave, interfaces: _Interfaces, power: float, below: complex, above: complex
) -> _DampedEmission:
    """Return what the same dipole sends in the absorbing emitter, from its power and the phases to the interfaces."""
    damped, odd = source.damped_admittance, source.odd * abs_sq(source.damped_admittance)
    c, d = interfaces.below * below, interfaces.above * above
    falling = source.even * abs_sq(1.0 + d) + odd * abs_sq(1.0 - d)
    rising = source.even * abs_sq(1.0 + c) + odd * abs_sq(1.0 - c)
    out_below, out_above = _interface_flux(damped, c), _interface_flux(damped, d)
    leaving = out_below * falling + out_above * rising
    scale = power / leaving
    into_below = interfaces.into_below * np.sqrt(abs_sq(below))
    into_above = interfaces.into_above * np.sqrt(abs_sq(above))
    down, up = scale * falling * into_below, scale * rising * into_above
    return _DampedEmission(
        c, d, falling, rising, out_below, out_above, leaving, scale, into_below, into_above, down, up
    )


@kernel
def _position_derivatives(
    source: EmitterWave,
    interfaces: _Interfaces,
    slopes: _Slopes,
    functional: int,
    over_index: float,
    phases: _PositionPhases,
) -> _PositionDerivatives:
    """Return a functional of the light that one dipole sends down and up, and of what the emitter absorbs of it.

    The steps of :func:`halodot.light.channels.add_plane_wave` forth and back.
    """
    below, above, damped_below, damped_above = phases
    first = _clear_emission(source, interfaces, over_index, below, above)
    then = _damped_emission(source, interfaces, first.power, damped_below, damped_above)
    own, taken_down, taken_up = 0.0, slopes.down, slopes.up
    if functional == SELF_ABSORBED:
        own, taken_down, taken_up = 1.0, slopes.returned, 0.0
    value = taken_down * then.down + taken_up * then.up
    value += own * (first.power - then.down * interfaces.flux_below - then.up * interfaces.flux_above)
    # Back through the absorbing emitter.
    taken_down -= own * interfaces.flux_below
    taken_up -= own * interfaces.flux_above
    part_down, part_up = taken_down * then.down, taken_up * then.up
    by_leaving = -(part_down + part_up) / then.leaving
    by_power = own + (part_down + part_up) / first.power
    by_falling = then.scale * taken_down * then.into_below + by_leaving * then.out_below
    by_rising = then.scale * taken_up * then.into_above + by_leaving * then.out_above
    by_c, by_d, by_damped = _damped_adjoint(source, then, by_leaving, by_falling, by_rising)
    r_below, clear_below, damped_one = _interface_adjoint(
        source,
        source.below,
        interfaces.below,
        interfaces.over_below,
        by_c * damped_below,
        part_down,
        by_power * first.down - own * then.down,
    )
    r_above, clear_above, damped_two = _interface_adjoint(
        source,
        source.above,
        interfaces.above,
        interfaces.over_above,
        by_d * damped_above,
        part_up,
        by_power * first.up - own * then.up,
    )
    # Back through the emitter without absorption, which is left with the whole power.
    give_down, give_up = by_power * interfaces.flux_below, by_power * interfaces.flux_above
    by_both = 2.0 * by_power * first.power * first.turn
    by_a, by_b = _clear_adjoint(source, first, give_down, give_up)
    from_even = give_down * first.even_down + give_up * first.even_up
    return _PositionDerivatives(
        value,
        then.down,
        then.up,
        r_below + by_both * source.above * source.phase + by_a * below,
        r_above + by_both * source.below * source.phase + by_b * above,
        clear_below + clear_above - 2.0 * from_even * reciprocal(source.clear_admittance),
        by_damped + damped_one + damped_two,
        by_a * first.a + give_down * first.down,
        by_b * first.b + give_up * first.up,
        by_both * first.both,
        by_c * then.c + part_down,
        by_d * then.d + part_up,
        from_even + source.even * (by_rising * abs_sq(1.0 + then.c) + by_falling * abs_sq(1.0 + then.d)),
    )


@part
def _damped_adjoint(
    source: EmitterWave, then: _DampedEmission, by_leaving: float, by_falling: float, by_rising: float
) -> tuple[complex, complex, complex]:
    """Return derivatives by the reflections c and d and by the admittance of the absorbing emitter."""
    damped, even, c, d = source.damped_admittance, source.even, then.c, then.d
    odd = source.odd * abs_sq(damped)
    damped_one, c_one = _interface_flux_derivatives(damped, c)
    damped_two, d_two = _interface_flux_derivatives(damped, d)
    by_c = 2.0 * by_rising * (even * np.conj(1.0 + c) - odd * np.conj(1.0 - c)) + by_leaving * then.falling * c_one
    by_d = 2.0 * by_falling * (even * np.conj(1.0 + d) - odd * np.conj(1.0 - d)) + by_leaving * then.rising * d_two
    by_strength = source.odd * (by_rising * abs_sq(1.0 - c) + by_falling * abs_sq(1.0 - d))
    by_damped = by_leaving * (then.falling * damped_one + then.rising * damped_two)
    return by_c, by_d, by_damped + 2.0 * by_strength * np.conj(damped)


@part
def _clear_adjoint(
    source: EmitterWave, first: _ClearEmission, give_down: float, give_up: float
) -> tuple[complex, complex]:
    """Return derivatives by the reflections a and b that the dipole sees in the emitter without absorption."""
    even, odd, a, b = first.even, source.odd, first.a, first.b
    by_a = 2.0 * give_up * first.to_above * (even * np.conj(1.0 + a) - odd * np.conj(1.0 - a))
    by_b = 2.0 * give_down * first.to_below * (even * np.conj(1.0 + b) - odd * np.conj(1.0 - b))
    return by_a, by_b
