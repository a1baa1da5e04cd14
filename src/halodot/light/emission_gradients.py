"""The derivatives of what one dipole sends to the interfaces of its emitter, without absorption and with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.compiled import kernel, part
from halodot.light.channels import EmitterWave
from halodot.light.multilayer import abs_sq, reciprocal

#: Functionals on the real axis: light in air, and what the emitter absorbs of its own light.
AIR, SELF_ABSORBED = 0, 1


class ExitSlopes(NamedTuple):
    """What the functionals of one polarisation need of the emitter and of the ways out."""

    clear: complex  # derivatives of the emitter's admittances by the permittivities, without absorption
    damped: complex  # and with it
    index_power: float  # power of the emitter's index that the symmetric source counts on its own
    even_ratio: float  # strength of the symmetric source in the absorbing emitter over that without absorption
    by_permittivity: complex  # derivative of that source's logarithm by the permittivity of the absorbing emitter
    down: float  # air for unit intensity that the dipole sends down
    up: float
    returned: float  # what the emitter absorbs of light that comes back, for unit intensity sent down


class AbsorbingInterfaces(NamedTuple):
    """The two interfaces of the emitter as the light that the emitter absorbs sees them."""

    flux_below: float  # flux through the lower interface for unit intensity from the emitter without absorption
    flux_above: float
    below: complex  # reflection in the absorbing emitter
    above: complex
    into_below: float  # intensity in the emitter without absorption for unit |A|^2 intensity in the absorbing one
    into_above: float
    over_below: complex  # 1/(A (1 + r) + Y (1 - r)), A and Y the admittances with and without absorption
    over_above: complex


class _ClearEmission(NamedTuple):
    """What a dipole sends to the interfaces of an emitter without absorption."""

    a: complex  # reflections that the dipole sees below and above
    b: complex
    both: complex  # round trip in the emitter
    turn: complex  # 1/(1 - both)
    even: float  # strength of the symmetric source
    to_below: float  # strength of a source at the lower interface, all round trips counted
    to_above: float
    even_down: float  # part of the symmetric source in what is sent
    even_up: float
    down: float
    up: float
    power: float


class _DampedEmission(NamedTuple):
    """What the same dipole sends to the interfaces of the absorbing emitter."""

    c: complex  # reflections that the dipole sees below and above
    d: complex
    both: complex  # round trip in the emitter
    turn: complex  # 1/(1 - both)
    even: float  # strength of the symmetric source
    falling: float  # sources of the light that goes down and up
    rising: float
    into_below: float  # intensity at the interface, in the emitter without absorption, for unit source
    into_above: float
    down: float
    up: float


class _InterfaceSeed(NamedTuple):
    """Derivatives of a functional by what one interface does."""

    by_reflection: complex  # by the reflection that the absorbing emitter sees
    by_into: float  # by the logarithm of ``AbsorbingInterfaces.into_below``
    by_flux: float  # by ``AbsorbingInterfaces.flux_below``


class PositionPhases(NamedTuple):
    """Round trips from one position to the interfaces of the emitter, without absorption and with it."""

    below: complex
    above: complex
    damped_below: complex
    damped_above: complex


class PositionDerivatives(NamedTuple):
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
    even: float  # by the logarithm of the symmetric source without absorption
    damped_even: float  # and of that in the absorbing emitter


@part
def absorbing_interfaces(source: EmitterWave) -> AbsorbingInterfaces:
    """Return how the absorbing emitter sees its two interfaces.

    Args:
        source: reflections [1] and admittances of the emitter, without absorption and with it.
    """
    clear, damped = source.clear_admittance, source.damped_admittance
    one, other = damped * (1.0 + source.below), clear * (1.0 - source.below)
    over_below = reciprocal(one + other)
    below = (one - other) * over_below
    one, other = damped * (1.0 + source.above), clear * (1.0 - source.above)
    over_above = reciprocal(one + other)
    above = (one - other) * over_above
    return AbsorbingInterfaces(
        _interface_flux(clear, source.below),
        _interface_flux(clear, source.above),
        below,
        above,
        4.0 * abs_sq(over_below),
        4.0 * abs_sq(over_above),
        over_below,
        over_above,
    )


@kernel
def position_derivatives(
    source: EmitterWave,
    interfaces: AbsorbingInterfaces,
    slopes: ExitSlopes,
    functional: int,
    over_index: float,
    phases: PositionPhases,
) -> PositionDerivatives:
    """Return a functional of the light that one dipole sends down and up, and of what the emitter absorbs of it.

    Args:
        source: what the dipoles of all positions have in common.
        interfaces: of the absorbing emitter.
        slopes: what the functional gives for unit intensity sent down and up.
        functional: AIR or SELF_ABSORBED.
        over_index: 1/n_e of the emitter [1].
        phases: round trips from the position.

    Returns:
        Value [power of the dipole in an infinite medium] and its derivatives by the numbers of the wave.
    """
    below, above, damped_below, damped_above = phases
    first = _clear_emission(source, interfaces, over_index, below, above)
    then = _damped_emission(source, interfaces, over_index, slopes.even_ratio, damped_below, damped_above)
    absorbed, taken_down, taken_up = 0.0, slopes.down, slopes.up
    if functional == SELF_ABSORBED:
        absorbed, taken_down, taken_up = 1.0, slopes.returned, 0.0
    taken_down -= absorbed * interfaces.flux_below
    taken_up -= absorbed * interfaces.flux_above
    part_down, part_up = taken_down * then.down, taken_up * then.up
    value = part_down + part_up + absorbed * first.power
    by_c, by_d, by_damped, by_even = _damped_adjoint(source, then, taken_down, taken_up)
    by_turn = 2.0 * (part_down + part_up) * then.turn
    by_below = (by_c + by_turn * then.d) * damped_below
    by_above = (by_d + by_turn * then.c) * damped_above
    lower = _InterfaceSeed(by_below, part_down, absorbed * (first.down - then.down))
    upper = _InterfaceSeed(by_above, part_up, absorbed * (first.up - then.up))
    r_low, y_low, a_low = _interface_adjoint(source, source.below, interfaces.below, interfaces.over_below, lower)
    r_up, y_up, a_up = _interface_adjoint(source, source.above, interfaces.above, interfaces.over_above, upper)
    give_down, give_up = absorbed * interfaces.flux_below, absorbed * interfaces.flux_above
    by_both = 2.0 * absorbed * first.power * first.turn
    by_a, by_b = _clear_adjoint(source, first, give_down, give_up)
    from_even = give_down * first.even_down + give_up * first.even_up
    return PositionDerivatives(
        value,
        then.down,
        then.up,
        r_low + by_both * source.above * source.phase + by_a * below,
        r_up + by_both * source.below * source.phase + by_b * above,
        y_low + y_up - 2.0 * from_even * reciprocal(source.clear_admittance),
        by_damped + a_low + a_up,
        by_a * first.a + give_down * first.down,
        by_b * first.b + give_up * first.up,
        by_both * first.both,
        by_c * then.c + part_down + by_turn * then.both,
        by_d * then.d + part_up + by_turn * then.both,
        from_even,
        by_even,
    )


@part
def _clear_emission(
    source: EmitterWave, interfaces: AbsorbingInterfaces, over_index: float, below: complex, above: complex
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
    source: EmitterWave,
    interfaces: AbsorbingInterfaces,
    over_index: float,
    even_ratio: float,
    below: complex,
    above: complex,
) -> _DampedEmission:
    """Return what the same dipole sends in the absorbing emitter, from the phases to its interfaces."""
    even, odd = source.even * even_ratio, source.odd * abs_sq(source.damped_admittance)
    c, d = interfaces.below * below, interfaces.above * above
    both = c * d
    turn = reciprocal(1.0 - both)
    falling = even * abs_sq(1.0 + d) + odd * abs_sq(1.0 - d)
    rising = even * abs_sq(1.0 + c) + odd * abs_sq(1.0 - c)
    resonance = over_index * abs_sq(turn)
    into_below = resonance * interfaces.into_below * np.sqrt(abs_sq(below))
    into_above = resonance * interfaces.into_above * np.sqrt(abs_sq(above))
    return _DampedEmission(
        c, d, both, turn, even, falling, rising, into_below, into_above, falling * into_below, rising * into_above
    )


@part
def _damped_adjoint(
    source: EmitterWave, then: _DampedEmission, taken_down: float, taken_up: float
) -> tuple[complex, complex, complex, float]:
    """Return derivatives by the reflections c and d, the admittance of the absorbing emitter and the symmetric source.

    The last one by the logarithm of its strength, all without the resonance of the emitter. ``taken_down`` and
    ``taken_up`` are what the functional takes of light that is sent.
    """
    damped, even, c, d = source.damped_admittance, then.even, then.c, then.d
    odd = source.odd * abs_sq(damped)
    by_falling, by_rising = taken_down * then.into_below, taken_up * then.into_above
    by_c = 2.0 * by_rising * (even * np.conj(1.0 + c) - odd * np.conj(1.0 - c))
    by_d = 2.0 * by_falling * (even * np.conj(1.0 + d) - odd * np.conj(1.0 - d))
    by_strength = source.odd * (by_rising * abs_sq(1.0 - c) + by_falling * abs_sq(1.0 - d))
    by_even = even * (by_rising * abs_sq(1.0 + c) + by_falling * abs_sq(1.0 + d))
    return by_c, by_d, 2.0 * by_strength * np.conj(damped), by_even


@part
def _clear_adjoint(
    source: EmitterWave, first: _ClearEmission, give_down: float, give_up: float
) -> tuple[complex, complex]:
    """Return derivatives by the reflections a and b that the dipole sees in the emitter without absorption."""
    even, odd, a, b = first.even, source.odd, first.a, first.b
    by_a = 2.0 * give_up * first.to_above * (even * np.conj(1.0 + a) - odd * np.conj(1.0 - a))
    by_b = 2.0 * give_down * first.to_below * (even * np.conj(1.0 + b) - odd * np.conj(1.0 - b))
    return by_a, by_b


@kernel
def _interface_adjoint(
    source: EmitterWave, clear: complex, damped: complex, over: complex, seed: _InterfaceSeed
) -> tuple[complex, complex, complex]:
    """Return the derivatives by the reflection and the two admittances of what one interface does.

    Args:
        source: for its admittances.
        clear: reflection seen from the emitter without absorption.
        damped: reflection seen from the absorbing emitter.
        over: as ``AbsorbingInterfaces.over_below``.
        seed: derivatives by what the interface does.
    """
    by_damped, by_into, by_flux = seed
    by_clear, by_reflection = _interface_flux_derivatives(source.clear_admittance, clear)
    both = -2.0 * by_into * over
    by_one, by_other = by_damped * (1.0 - damped) * over + both, both - by_damped * (1.0 + damped) * over
    return (
        by_flux * by_reflection + by_one * source.damped_admittance - by_other * source.clear_admittance,
        by_flux * by_clear + by_other * (1.0 - clear),
        by_one * (1.0 + clear),
    )


@kernel
def _interface_flux(admittance: complex, reflection: complex) -> float:
    """Return the flux Re[Y (1 - r) conj(1 + r)]."""
    return float(admittance.real * (1.0 - abs_sq(reflection)) + 2.0 * admittance.imag * reflection.imag)


@kernel
def _interface_flux_derivatives(admittance: complex, reflection: complex) -> tuple[complex, complex]:
    """Return the derivatives of :func:`_interface_flux` by Y and r."""
    out, back = 1.0 - reflection, np.conj(1.0 + reflection)
    return out * back, np.conj(admittance * out) - admittance * back
