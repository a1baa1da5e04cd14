"""Where the power of a plane wave from the dipole goes: layers, air, and what the emitter absorbs of its own light.

The fluxes hold on the real axis of the in-plane wave number only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.compiled import kernel, part
from halodot.light.dipole import TO_LOWER, TO_UPPER, make_phases, propagate_to_interfaces, uniform_spacing
from halodot.light.multilayer import (
    ADMITTANCE,
    ATTENUATION,
    KZ,
    PHASE,
    SPHERE,
    Multilayer,
    abs_sq,
    first_quadrant_sqrt,
    fresnel_coefficients,
    interface_fluxes,
    make_plane_wave,
    propagate_layers,
    propagation_phase,
    reciprocal,
    stack_reflection,
    substrate_transmittance,
)


class Nodes(NamedTuple):
    """Points of the real axis of the in-plane wave number."""

    wavelength_index: IntArray  # (node,)
    kappa_sq: Array  # [k0^2], (node,)
    weight: Array  # [k0^2], (node,), quadrature weight of kappa dkappa
    slot: IntArray  # (node,), slot of the sums to add to


class FluxSums(NamedTuple):
    """What the real axis adds up, in as many slots as the caller wants to keep apart.

    ``by_layer`` is what each layer takes: films and the substrate (the first) absorb, and the last takes what leaves
    through the top. With ``air`` it adds up to the dipole's power.
    """

    by_layer: Array  # (slot, position, layer)
    air: Array  # (slot, position), out through the substrate; past the escape cone, what its outer face holds back


class InPlaneWave(NamedTuple):
    """One real in-plane wave number at one wavelength, with what it meets in the emitter and in the substrate."""

    wavelength_index: int
    emitter: int  # number of the layer
    kappa_sq: float  # [k0^2]
    weight: float  # quadrature weight of kappa dkappa
    index_sq: float  # of the emitter without absorption
    damped_permittivity: complex  # of the absorbing emitter
    clear_kz: complex  # [k0], in the emitter without absorption
    damped_kz: complex  # [k0], in the absorbing emitter
    is_damped: bool  # whether the absorption of the emitter is followed
    emitter_thickness: float  # [1/k0]
    substrate_permittivity: float  # real part
    substrate_thickness: float  # [1/k0]
    into_sphere: bool  # whether all light in the substrate is out


class EmitterWave(NamedTuple):
    """What the emitter has in common for the dipoles of all positions, in one polarisation."""

    below: complex  # reflection of what lies below, seen from the emitter without absorption
    above: complex
    phase: complex  # round trip in the emitter without absorption
    clear_admittance: complex
    damped_admittance: complex
    even: float  # strength of the source that is even across the layers, per squared admittance
    odd: float  # strength of the odd source


#: Rows of what every dipole sends (3, position): intensity to the lower and the upper interface of the emitter, and the
#: power that the emitter absorbs on the way.
DOWN, UP, ON_THE_WAY = 0, 1, 2


class ChannelWorkspace(NamedTuple):
    """Workspace for the channels of one plane wave."""

    wave: ComplexArray  # (7, layer), see halodot.light.multilayer
    phases: ComplexArray  # (2, position)
    damped_phases: ComplexArray  # (2, position), in the emitter that absorbs
    flux: Array  # (interface,), for unit intensity from the dipole or the substrate
    absorbed: Array  # (2, layer), what each layer takes of unit intensity that the dipole sends down and up
    emission: Array  # (3, position), what every dipole sends


@kernel
def make_channel_workspace(layers: int, positions: int) -> ChannelWorkspace:
    """Return a workspace for the channels of one plane wave."""
    return ChannelWorkspace(
        make_plane_wave(layers),
        make_phases(positions),
        make_phases(positions),
        np.zeros(layers),
        np.zeros((2, layers)),
        np.zeros((3, positions)),
    )


@kernel
def add_plane_waves(multilayer: Multilayer, nodes: Nodes, sums: FluxSums) -> None:
    """Add what waves of real in-plane wave numbers carry to the sums.

    Args:
        multilayer: stack and dipoles.
        nodes: wave numbers, weights and slots.
        sums: powers to add to, in units of the dipole's power in an infinite medium of the emitter's index.
    """
    workspace = make_channel_workspace(multilayer.permittivity.shape[1], multilayer.height.shape[1])
    for node in range(nodes.kappa_sq.size):
        w, slot = nodes.wavelength_index[node], nodes.slot[node]
        point = in_plane_wave(multilayer, w, nodes.kappa_sq[node], nodes.weight[node], False)
        spacing = uniform_spacing(multilayer.height[w])
        add_plane_wave(multilayer, point, spacing, workspace, sums.by_layer[slot], sums.air[slot])


@kernel
def in_plane_wave(multilayer: Multilayer, w: int, kappa_sq: float, weight: float, always_damped: bool) -> InPlaneWave:
    """Return a real in-plane wave number with what it meets at one wavelength.

    Args:
        multilayer: stack and dipoles.
        w: number of the wavelength.
        kappa_sq: squared in-plane wave number [k0^2].
        weight: quadrature weight of kappa dkappa [k0^2].
        always_damped: whether to follow the absorption of the emitter also where it is zero.
    """
    e, damped_sq = multilayer.emitter, multilayer.emitter_permittivity[w]
    clear_sq = multilayer.permittivity[w, e]
    clear = first_quadrant_sqrt(clear_sq - kappa_sq)
    is_damped = always_damped or damped_sq.imag > 0.0
    return InPlaneWave(
        w,
        e,
        kappa_sq,
        weight,
        clear_sq.real,
        damped_sq,
        clear,
        first_quadrant_sqrt(damped_sq - kappa_sq) if is_damped else clear,
        is_damped,
        multilayer.thickness[w, e],
        multilayer.permittivity[w, 0].real,
        multilayer.substrate_thickness[w],
        multilayer.exit == SPHERE,
    )


@kernel
def add_plane_wave(
    multilayer: Multilayer,
    point: InPlaneWave,
    spacing: float,
    workspace: ChannelWorkspace,
    by_layer: Array,
    air: Array,
) -> float:
    """Add what the waves of one real in-plane wave number carry to a slot of the sums.

    Args:
        multilayer: stack and dipoles.
        point: wave number and weight.
        spacing: between the positions [1/k0], 0 if it varies.
        workspace: to work in.
        by_layer: (position, layer), a slot of :class:`FluxSums`.
        air: (position,), the same slot.

    Returns:
        Power and, once more, what enters the substrate, reaches air or stays in the emitter, of all positions and
        without their weight: the sum shows every structure that the quadrature must resolve.
    """
    w, e, moment, kappa_sq = point.wavelength_index, multilayer.emitter, multilayer.moment, point.kappa_sq
    permittivity, thickness, height = multilayer.permittivity[w], multilayer.thickness[w], multilayer.height[w]
    wave, n_sq, scale = workspace.wave, point.index_sq, multilayer.admittance_scale
    propagate_layers(kappa_sq + 0.0j, permittivity, thickness, wave)
    propagate_to_interfaces(point.clear_kz, height, thickness[e], spacing, workspace.phases)
    if point.is_damped:
        propagate_to_interfaces(point.damped_kz, height, thickness[e], spacing, workspace.damped_phases)
    cosine_sq, total = abs(1.0 - kappa_sq / n_sq), 0.0
    for polarisation in range(2):
        if polarisation == 0:
            even, odd = 0.375 * moment[0] / cosine_sq, 0.0
        else:
            even, odd = 0.75 * moment[2] * kappa_sq / n_sq / cosine_sq, 0.375 * moment[1]
        if even == 0.0 and odd == 0.0:
            continue
        total += _add_polarisation(point, scale, polarisation, even, odd, workspace, by_layer, air)
    return total


@part
def _add_polarisation(
    point: InPlaneWave,
    scale: ComplexArray,
    polarisation: int,
    even: float,
    odd: float,
    workspace: ChannelWorkspace,
    by_layer: Array,
    air: Array,
) -> float:
    """Add the channels of one polarisation, whose even and odd sources are given; see :func:`add_plane_wave`.

    ``scale`` is the column of the multilayer that turns normal wave numbers into admittances.
    """
    wave, flux, absorbed, emission = workspace.wave, workspace.flux, workspace.absorbed, workspace.emission
    w, e, last = point.wavelength_index, point.emitter, wave.shape[1] - 1
    n_sq = point.index_sq
    for layer in range(last + 1):
        wave[ADMITTANCE, layer] = wave[KZ, layer] * scale[polarisation, w, layer]
    clear, damped = wave[ADMITTANCE, e], point.damped_kz * scale[polarisation, w, e]
    if point.is_damped and polarisation == 1:
        damped *= n_sq / point.damped_permittivity
    below = stack_reflection(wave, 0, e)
    interface_fluxes(wave, 0, e, flux)
    above = stack_reflection(wave, last, e)
    interface_fluxes(wave, last, e, flux)
    flux_below, flux_above, entered, phase = flux[e - 1], flux[e], flux[0], wave[PHASE, e]
    _absorb_fluxes(flux, e, absorbed)
    out = _leave_substrate(point, polarisation, damped, wave, flux, absorbed)
    resonance = 1.0 / (n_sq * abs_sq(1.0 - below * above * phase))
    source = EmitterWave(below, above, phase, clear, damped, even * resonance, odd * resonance)
    _emit(source, point.clear_kz, workspace.phases, emission)
    if point.is_damped:
        even *= abs(1.0 - point.kappa_sq / n_sq)
        if polarisation == 1:
            even *= n_sq * n_sq / abs_sq(point.damped_permittivity)
        damped_source = EmitterWave(below, above, phase, clear, damped, even, odd)
        _reabsorb(damped_source, n_sq, (flux_below, flux_above), workspace.damped_phases, emission)
    counted = flux_below + entered + out
    return _add_emission(emission, absorbed, point, (counted, flux_above, out), by_layer, air)


@kernel
def _add_emission(
    emission: Array,
    absorbed: Array,
    point: InPlaneWave,
    counted: tuple[float, float, float],
    by_layer: Array,
    air: Array,
) -> float:
    """Add to a slot of the sums what becomes of the light that every dipole sends, and return the sum to resolve.

    Args:
        emission: (3, position).
        absorbed: (2, layer).
        point: for its weight.
        counted: what the sum to resolve counts of unit intensity sent down and up, and air for that sent down.
        by_layer: (position, layer), to add to.
        air: (position,), to add to.
    """
    weight, total, down_counted, up_counted, out = point.weight, 0.0, counted[0], counted[1], counted[2]
    if point.is_damped:
        for position in range(air.size):
            by_layer[position, point.emitter] += weight * emission[ON_THE_WAY, position]
            total += 2.0 * emission[ON_THE_WAY, position]
    for position in range(air.size):
        down, up = emission[DOWN, position], emission[UP, position]
        total += down * down_counted + up * up_counted
        to_below, to_above = weight * down, weight * up
        air[position] += to_below * out
        for layer in range(absorbed.shape[1]):
            by_layer[position, layer] += to_below * absorbed[DOWN, layer] + to_above * absorbed[UP, layer]
    return total


@part
def _absorb_fluxes(flux: Array, e: int, absorbed: Array) -> None:
    """Write what each layer takes of unit intensity that the dipole sends down and up, from the fluxes."""
    last = flux.size - 1
    absorbed[DOWN, 0], absorbed[UP, 0] = flux[0], 0.0
    for layer in range(1, e):
        absorbed[DOWN, layer], absorbed[UP, layer] = flux[layer] - flux[layer - 1], 0.0
    absorbed[DOWN, e], absorbed[UP, e] = 0.0, 0.0
    for layer in range(e + 1, last):
        absorbed[DOWN, layer], absorbed[UP, layer] = 0.0, flux[layer - 1] - flux[layer]
    absorbed[DOWN, last], absorbed[UP, last] = 0.0, flux[last - 1]


@part
def _leave_substrate(
    point: InPlaneWave,
    polarisation: int,
    damped: complex,
    wave: ComplexArray,
    flux: Array,
    absorbed: Array,
) -> float:
    """Return what reaches air for unit intensity that the dipole sends down, and write what comes back from there.

    Inside the escape cone, kappa < 1, light leaves the substrate after any number of returns. With the intensity t
    that one passage leaves, the reflections r_a of the outer face and r of the device, and the admittances Y of the
    substrate and Y_a of air, an intensity I that the dipole sends into the substrate is I/(1 - t^2 |r_a r|^2) with all
    returns, of which t |1 + r_a|^2 Y_a goes to air and the intensity t^2 |r_a|^2 comes back to the stack. The substrate
    takes the difference of the fluxes through its faces. Past the escape cone, t of the power arrives at the outer face
    and is trapped there; under a half sphere it is out.

    Args:
        point: wave number.
        polarisation: 0 for s, 1 for p.
        damped: admittance of the absorbing emitter.
        wave: (7, layer), with the wave numbers and admittances.
        flux: (interface,), the fluxes from the dipole, which become those of light from the substrate.
        absorbed: (2, layer), to which what comes back is added.
    """
    e, out, entered, kappa_sq = point.emitter, 0.0, flux[0], point.kappa_sq
    if kappa_sq >= point.substrate_permittivity:
        return out
    passage = substrate_transmittance(wave[KZ, 0], point.substrate_thickness)
    if point.into_sphere or kappa_sq >= 1.0:
        out = entered * passage
    else:
        phase, attenuation = wave[PHASE, e], wave[ATTENUATION, e]
        if point.is_damped:
            wave[ADMITTANCE, e] = damped
            wave[PHASE, e], wave[ATTENUATION, e] = propagation_phase(point.damped_kz, 2.0 * point.emitter_thickness)
        device = abs_sq(stack_reflection(wave, wave.shape[1] - 1, 0))
        interface_fluxes(wave, wave.shape[1] - 1, 0, flux)
        wave[PHASE, e], wave[ATTENUATION, e] = phase, attenuation
        index = np.sqrt(point.index_sq)
        outside = np.sqrt(1.0 - kappa_sq) * (index if polarisation == 1 else 1.0 / index)
        r, t = fresnel_coefficients(wave[ADMITTANCE, 0], outside + 0.0j)
        face = passage * passage * abs_sq(r)
        sent = entered / wave[ADMITTANCE, 0].real / (1.0 - face * device)
        out = float(sent * passage * outside * abs_sq(t))
        _add_returned(flux, sent * face, absorbed)
        absorbed[DOWN, 0] = entered - sent * face * flux[0]
    absorbed[DOWN, 0] = absorbed[DOWN, 0] - out if wave[KZ, 0].imag > 0.0 else 0.0
    return out


@part
def _add_returned(flux: Array, returned: float, absorbed: Array) -> None:
    """Add what the layers take of the intensity that comes back from the substrate's face."""
    last = flux.size - 1
    for layer in range(1, last):
        absorbed[DOWN, layer] += returned * (flux[layer - 1] - flux[layer])
    absorbed[DOWN, last] += returned * flux[last - 1]


@kernel
def _emit(source: EmitterWave, kz: complex, phases: ComplexArray, emission: Array) -> None:
    """Write the intensity that every dipole sends to the two interfaces of an emitter that does not absorb.

    A wave in it has modulus one or is real, so that even |1 + b|^2 + odd |1 - b|^2 with the reflection b that the
    dipole sees is the sum (even + odd)(1 + |b|^2) + 2 (even - odd) Re b, of which only the last part depends on the
    position.
    """
    below, above = source.below, source.above
    both, difference = source.even + source.odd, 2.0 * (source.even - source.odd)
    if kz.imag == 0.0:
        to_below, to_above = both * (1.0 + abs_sq(above)), both * (1.0 + abs_sq(below))
        for position in range(phases.shape[1]):
            lower, upper = phases[TO_LOWER, position], phases[TO_UPPER, position]
            emission[DOWN, position] = to_below + difference * (above.real * upper.real - above.imag * upper.imag)
            emission[UP, position] = to_above + difference * (below.real * lower.real - below.imag * lower.imag)
        return
    loop = source.phase.real
    from_above, from_below = abs_sq(above) * loop, abs_sq(below) * loop
    for position in range(phases.shape[1]):
        fall, rise = phases[TO_LOWER, position].real, phases[TO_UPPER, position].real
        emission[DOWN, position] = both * (fall + from_above * rise) + difference * above.real * loop
        emission[UP, position] = both * (rise + from_below * fall) + difference * below.real * loop


@kernel
def _reabsorb(
    source: EmitterWave, index_sq: float, fluxes: tuple[float, float], phases: ComplexArray, emission: Array
) -> None:
    """Write what the dipoles of an absorbing emitter send to its interfaces, and what it keeps of their power.

    A dipole that sees the admittances A below and B above sends Re A/|A + B|^2 down if it is symmetric, and
    Re A |B|^2/|A + B|^2 if it is antisymmetric, which stays finite where the emitter absorbs; the way to the interface
    damps that. The power itself is that of the emitter without absorption, and the emitter keeps the rest.

    Args:
        source: reflections, admittances and strengths.
        index_sq: of the emitter without absorption [1].
        fluxes: through the lower and the upper interface for unit intensity.
        phases: (2, position), round trips in the absorbing emitter.
        emission: (3, position), of which the first two rows are changed and the last one is written.
    """
    damped, even, odd = source.damped_admittance, source.even, source.odd
    strength = abs_sq(damped)
    one, other = damped * (1.0 + source.below), source.clear_admittance * (1.0 - source.below)
    over = reciprocal(one + other)
    r_below, into_below = (one - other) * over, 4.0 * abs_sq(over) / index_sq
    one, other = damped * (1.0 + source.above), source.clear_admittance * (1.0 - source.above)
    over = reciprocal(one + other)
    r_above, into_above = (one - other) * over, 4.0 * abs_sq(over) / index_sq
    resonance = 1.0 / abs_sq(1.0 - r_below * r_above * phases[TO_LOWER, 0] * phases[TO_UPPER, 0])
    for position in range(phases.shape[1]):
        lower, upper = phases[TO_LOWER, position], phases[TO_UPPER, position]
        a, b = r_below * lower, r_above * upper
        falling = even * abs_sq(1.0 + b) + odd * strength * abs_sq(1.0 - b)
        rising = even * abs_sq(1.0 + a) + odd * strength * abs_sq(1.0 - a)
        power = emission[DOWN, position] * fluxes[0] + emission[UP, position] * fluxes[1]
        down = resonance * falling * into_below * np.sqrt(abs_sq(lower))
        up = resonance * rising * into_above * np.sqrt(abs_sq(upper))
        emission[DOWN, position], emission[UP, position] = down, up
        emission[ON_THE_WAY, position] = power - down * fluxes[0] - up * fluxes[1]
