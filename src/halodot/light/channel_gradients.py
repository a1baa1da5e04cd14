"""The derivatives by every layer of what a plane wave brings to air, and of what the emitter absorbs of it.

The nodes stay where they are: between fixed branch points an integral does not depend on the panels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel
from halodot.light.adjoint import (
    ABOVE,
    ADMITTANCE,
    BACK,
    BELOW,
    DEPTH,
    DEVICE,
    DOWN,
    HIGH,
    INSIDE,
    LOW,
    PERMITTIVITY,
    UP,
    Room,
    Slopes,
    absorb_in_emitter,
    absorbed_slopes,
    add_pull,
    clear_pull,
    cross,
    fill_chain,
    fill_one,
    make_room,
    see,
)
from halodot.light.dipole import even_step, fill_paths
from halodot.light.multilayer import Multilayer, fill_waves, inverse, passage, propagate, root, square

AIR, OWN = 0, 1  # functionals on the real axis
PLANAR, SPHERE, TOP = 0, 1, 2  # ways out


@kernel
def passing(admittance: complex, echo: complex) -> float:
    """Return the flux Re[Y (1 - x) conj(1 + x)]."""
    return float(admittance.real * (1.0 - square(echo)) + 2.0 * admittance.imag * echo.imag)


@kernel
def passing_slopes(admittance: complex, echo: complex) -> tuple[complex, complex]:
    """Return the derivatives of :func:`passing` by Y and x."""
    out, back = 1.0 - echo, np.conj(1.0 + echo)
    return out * back, np.conj(admittance * out) - admittance * back


@kernel
def ways_out(
    multilayer: Multilayer,
    colour: int,
    ahead: float,
    damped: complex,
    polarisation: int,
    way: int,
    own: bool,
    to_substrate: float,
    to_top: float,
    room: Room,
) -> tuple[float, float, float]:
    """Write the derivatives of the shares of the dipole's light that reach air and that the emitter takes back.

    See :func:`halodot.light.channels.ray`. The room is left with the absorbing emitter in the place of the other.

    Args:
        multilayer: stack and dipoles.
        colour: number of the wavelength.
        ahead: kappa^2.
        damped: wave number across the layers in the absorbing emitter.
        polarisation: 0 for s, 1 for p.
        way: out, PLANAR, SPHERE or TOP.
        own: whether to follow what the emitter absorbs.
        to_substrate: intensity of the field there for unit intensity that the dipole sends down.
        to_top: intensity in the last layer for unit intensity that the dipole sends up.
        room: with the derivatives of the fields that the two intensities belong to.

    Returns:
        Power in air for unit intensity that the dipole sends down, and up, and what the emitter absorbs of the light
        that falls back from the substrate for unit intensity sent down.
    """
    work, chain, below, device = room.work, room.chain, room.pulls[BELOW], room.pulls[DEVICE]
    e, last = multilayer.emitter, work.wave.size - 1
    clear_pull(room.pulls[DOWN])
    clear_pull(room.pulls[UP])
    clear_pull(room.pulls[BACK])
    up = work.admittance[last].real * to_top
    if up > 0.0:
        add_pull(2.0 * up, room.pulls[ABOVE], room.pulls[UP])
        room.pulls[UP, PERMITTIVITY, last] += to_top * chain[ADMITTANCE, last]
    below[DEPTH, 0] = 0.0  # the substrate's depth acts by what a passage through it leaves alone
    if ahead >= (multilayer.permittivity[colour, 0].real if way == SPHERE else 1.0):
        return 0.0, up, 0.0
    inner, plate, slant = work.admittance[0], multilayer.plate[colour], work.wave[0]
    left = passage(slant, plate)
    by_left, by_plate = (1j * plate * inverse(slant), -2.0 * slant.imag) if left > 0.0 else (0.0j, 0.0)
    if way == SPHERE:
        down = inner.real * to_substrate * left
        add_pull(2.0 * down, below, room.pulls[DOWN])
        room.pulls[DOWN, PERMITTIVITY, 0] += to_substrate * left * chain[ADMITTANCE, 0] + down * by_left
        room.pulls[DOWN, DEPTH, 0] += down * by_plate
        return down, up, 0.0
    work.wave[e] = damped
    work.echo[e], work.decay[e] = propagate(damped, 2.0 * multilayer.depth[colour, e])
    fill_one(multilayer.absorbing[colour], multilayer.depth[colour, e], e, work, polarisation, chain)
    bounce = see(work, last, 0, chain, room.seed, device)
    absorb_in_emitter(device, e)
    bounced, outside = square(bounce), np.sqrt(1.0 - ahead)
    over = inverse(inner + outside)
    mirror, both_ways = (inner - outside) * over, left * left
    face = both_ways * square(mirror)
    by_face = 4.0 * both_ways * outside * np.conj(mirror) * over * over * chain[ADMITTANCE, 0] + 2.0 * face * by_left
    returns = 1.0 / (1.0 - face * bounced)
    echo = 2.0 * face * returns * np.conj(bounce)
    fallen, down, back = to_substrate * returns * face, 0.0, 0.0
    by_fallen, by_plate_fallen = to_substrate * returns * returns * by_face, 2.0 * fallen * returns * by_plate
    if own:
        taken = absorbed_slopes(room, e, last)
        back = fallen * taken
        add_pull(2.0 * back, below, room.pulls[BACK])
        add_pull(echo * back, device, room.pulls[BACK])
        add_pull(fallen, room.pulls[INSIDE], room.pulls[BACK])
        room.pulls[BACK, PERMITTIVITY, 0] += by_fallen * taken
        room.pulls[BACK, DEPTH, 0] += by_plate_fallen * taken
    if way == TOP:
        intensity = cross(work, last, 0, chain, room.seed, room.pulls[INSIDE])
        absorb_in_emitter(room.pulls[INSIDE], e)
        gone = work.admittance[last].real * intensity
        down = fallen * gone
        add_pull(2.0 * down, below, room.pulls[DOWN])
        add_pull(echo * down, device, room.pulls[DOWN])
        add_pull(2.0 * down, room.pulls[INSIDE], room.pulls[DOWN])
        room.pulls[DOWN, PERMITTIVITY, last] += fallen * intensity * chain[ADMITTANCE, last]
        room.pulls[DOWN, PERMITTIVITY, 0] += by_fallen * gone
        room.pulls[DOWN, DEPTH, 0] += by_plate_fallen * gone
    else:
        down = 4.0 * to_substrate * returns * left * outside * square(inner * over)
        add_pull(2.0 * down, below, room.pulls[DOWN])
        add_pull(echo * down, device, room.pulls[DOWN])
        slope = by_face * bounced * returns + by_left
        slope += 2.0 * outside * inverse(inner) * over * chain[ADMITTANCE, 0]
        room.pulls[DOWN, PERMITTIVITY, 0] += down * slope
        room.pulls[DOWN, DEPTH, 0] += down * by_plate * (1.0 + 2.0 * face * bounced * returns)
    return down, up, back


class Wave(NamedTuple):
    """What the dipoles of all positions have in common in one wave."""

    low: complex  # reflections
    high: complex
    loop: complex  # round trip
    clear: complex  # admittance of the emitter without absorption
    damped: complex  # admittance of the absorbing emitter
    even: float  # strength of the even source, per squared admittance
    odd: float
    scale: float  # of all powers


class Sides(NamedTuple):
    """The two interfaces of the emitter as the light that the emitter absorbs sees them."""

    into_low: float  # flux through the lower interface for unit intensity from the emitter without absorption
    into_high: float
    low: complex  # reflection in the absorbing emitter
    high: complex
    to_low: float  # intensity in the emitter without absorption for unit intensity in the absorbing one
    to_high: float
    over_low: complex  # 1/(A (1 + r) + Y (1 - r)), A and Y the admittances with and without absorption
    over_high: complex


@kernel
def sides_of(wave: Wave) -> Sides:
    """Return how the absorbing emitter sees its two interfaces."""
    strength = 4.0 * square(wave.damped)
    one, other = wave.damped * (1.0 + wave.low), wave.clear * (1.0 - wave.low)
    over_low = inverse(one + other)
    low = (one - other) * over_low
    one, other = wave.damped * (1.0 + wave.high), wave.clear * (1.0 - wave.high)
    over_high = inverse(one + other)
    high = (one - other) * over_high
    return Sides(
        passing(wave.clear, wave.low),
        passing(wave.clear, wave.high),
        low,
        high,
        strength * square(over_low),
        strength * square(over_high),
        over_low,
        over_high,
    )


@kernel
def back_through_side(
    wave: Wave, reflection: complex, seen: complex, over: complex, by_seen: complex, by_passed: float, into: float
) -> tuple[complex, complex, complex]:
    """Return the derivatives by the reflection and the two admittances of what one interface does.

    Args:
        wave: for its admittances.
        reflection: seen from the emitter without absorption.
        seen: reflection seen from the absorbing emitter.
        over: as ``Sides.over_low``.
        by_seen: derivative by ``seen``.
        by_passed: derivative by the logarithm of ``Sides.to_low``.
        into: derivative by ``Sides.into_low``.
    """
    by_clear, by_reflection = passing_slopes(wave.clear, reflection)
    both = -2.0 * by_passed * over
    by_one, by_other = by_seen * (1.0 - seen) * over + both, both - by_seen * (1.0 + seen) * over
    return (
        into * by_reflection + by_one * wave.damped - by_other * wave.clear,
        into * by_clear + by_other * (1.0 - reflection),
        by_one * (1.0 + reflection) + 2.0 * by_passed * inverse(wave.damped),
    )


class Place(NamedTuple):
    """What a functional does at one position, by the numbers of its wave."""

    value: float
    down: float  # intensity that the dipole sends to the lower interface
    up: float
    low: complex  # derivatives from here on: by the reflections
    high: complex
    clear: complex  # by the admittances of the emitter
    damped: complex
    upward: complex  # by the logarithms of the round trips, in the emitter without absorption
    downward: complex
    loop: complex
    damped_upward: complex
    damped_downward: complex
    even: float  # by the logarithm of the even source


@kernel
def place_slopes(
    wave: Wave,
    sides: Sides,
    upward: complex,
    downward: complex,
    damped_upward: complex,
    damped_downward: complex,
    taken_down: float,
    taken_up: float,
    own: float,
) -> Place:
    """Return a functional of the light that one dipole sends down and up, and of what the emitter absorbs of it.

    See :func:`halodot.light.channels.dim`, whose steps this takes forth and back.
    """
    even, odd, strength = wave.even, wave.odd, square(wave.damped)
    thin = even / square(wave.clear)
    a, b = wave.low * upward, wave.high * downward
    both = wave.low * wave.high * wave.loop
    turn = inverse(1.0 - both)
    fade_up, fade_down = np.sqrt(square(upward)), np.sqrt(square(downward))
    trip = wave.scale * square(turn)
    even_down, even_up = trip * fade_up * thin * square(1.0 + b), trip * fade_down * thin * square(1.0 + a)
    down = even_down + trip * fade_up * odd * square(1.0 - b)
    up = even_up + trip * fade_down * odd * square(1.0 - a)
    power = down * sides.into_low + up * sides.into_high
    # The same sources in the absorbing emitter.
    c, d = sides.low * damped_upward, sides.high * damped_downward
    below = even * square(1.0 + d) + odd * strength * square(1.0 - d)
    above = even * square(1.0 + c) + odd * strength * square(1.0 - c)
    out_low, out_high = passing(wave.damped, c), passing(wave.damped, d)
    leaving = out_low * below + out_high * above
    each = power / leaving
    pass_low = sides.to_low * np.sqrt(square(damped_upward))
    pass_high = sides.to_high * np.sqrt(square(damped_downward))
    sent_down, sent_up = each * below * pass_low, each * above * pass_high
    value = taken_down * sent_down + taken_up * sent_up
    value += own * (power - sent_down * sides.into_low - sent_up * sides.into_high)
    # Back through the absorbing emitter.
    taken_down -= own * sides.into_low
    taken_up -= own * sides.into_high
    part_down, part_up = taken_down * sent_down, taken_up * sent_up
    by_leaving = -(part_down + part_up) / leaving
    by_power = own + (part_down + part_up) / power
    by_below = each * taken_down * pass_low + by_leaving * out_low
    by_above = each * taken_up * pass_high + by_leaving * out_high
    damped_one, c_one = passing_slopes(wave.damped, c)
    damped_two, d_two = passing_slopes(wave.damped, d)
    odd_strength = odd * strength
    by_c = 2.0 * by_above * (even * np.conj(1.0 + c) - odd_strength * np.conj(1.0 - c)) + by_leaving * below * c_one
    by_d = 2.0 * by_below * (even * np.conj(1.0 + d) - odd_strength * np.conj(1.0 - d)) + by_leaving * above * d_two
    by_strength = odd * (by_above * square(1.0 - c) + by_below * square(1.0 - d))
    by_damped = by_leaving * (below * damped_one + above * damped_two) + 2.0 * by_strength * np.conj(wave.damped)
    low, clear_low, damped_low = back_through_side(
        wave,
        wave.low,
        sides.low,
        sides.over_low,
        by_c * damped_upward,
        part_down,
        by_power * down - own * sent_down,
    )
    high, clear_high, damped_high = back_through_side(
        wave,
        wave.high,
        sides.high,
        sides.over_high,
        by_d * damped_downward,
        part_up,
        by_power * up - own * sent_up,
    )
    # Back through the emitter without absorption, which is left with the whole power.
    give_down, give_up = by_power * sides.into_low, by_power * sides.into_high
    by_both = 2.0 * by_power * power * turn
    by_a = 2.0 * give_up * trip * fade_down * (thin * np.conj(1.0 + a) - odd * np.conj(1.0 - a))
    by_b = 2.0 * give_down * trip * fade_up * (thin * np.conj(1.0 + b) - odd * np.conj(1.0 - b))
    from_even = give_down * even_down + give_up * even_up
    return Place(
        value,
        sent_down,
        sent_up,
        low + by_both * wave.high * wave.loop + by_a * upward,
        high + by_both * wave.low * wave.loop + by_b * downward,
        clear_low + clear_high - 2.0 * from_even * inverse(wave.clear),
        by_damped + damped_low + damped_high,
        by_a * a + give_down * down,
        by_b * b + give_up * up,
        by_both * both,
        by_c * c + part_down,
        by_d * d + part_up,
        from_even + even * (by_above * square(1.0 + c) + by_below * square(1.0 + d)),
    )


@kernel
def ray_slopes(
    multilayer: Multilayer,
    colour: int,
    step: float,
    ahead: float,
    weight: float,
    way: int,
    room: Room,
    out: Slopes,
    slot: int,
) -> tuple[float, float, float]:
    """Add what the waves of one real in-plane wave number bring to air, and to the emitter, with its derivatives.

    Args:
        multilayer: stack and dipoles.
        colour: number of the wavelength.
        step: between the positions, 0 if it varies.
        ahead: kappa^2.
        weight: of the wave.
        way: out, PLANAR, SPHERE or TOP.
        room: for the work.
        out: sums to add to; the first functional is air, the second, if there is one, what the emitter absorbs.
        slot: of the sums.

    Returns:
        All values added, their derivative by the logarithm of all depths together, and that by all permittivities:
        numbers that show what the quadrature must resolve.
    """
    work, chain, seed = room.work, room.chain, room.seed
    e, last, weights = multilayer.emitter, work.wave.size - 1, multilayer.weights
    permittivity, depth, height = multilayer.permittivity[colour], multilayer.depth[colour], multilayer.height[colour]
    functionals, places = out.value.shape[1], height.size
    own = functionals > 1
    fill_waves(ahead + 0.0j, permittivity, depth, work.wave, work.echo, work.decay)
    clear, loop, fading = work.wave[e], work.echo[e], work.decay[e]
    damped = root(multilayer.absorbing[colour] - ahead)
    fill_paths(clear, height, depth[e], step, work.upward, work.downward)
    fill_paths(damped, height, depth[e], step, work.damped_upward, work.damped_downward)
    index = np.sqrt(permittivity[e].real)
    total, thick, dense = 0.0, 0.0, 0.0
    for polarisation in range(2):
        if polarisation == 0:
            even, odd = 0.375 * weights[0], 0.0
        else:
            even, odd = 0.75 * weights[2] * ahead / index**4, 0.375 * weights[1]
        if even == 0.0 and odd == 0.0:
            continue
        work.wave[e], work.echo[e], work.decay[e] = damped, loop, fading
        fill_one(multilayer.absorbing[colour], depth[e], e, work, polarisation, chain)
        damped_admittance, damped_slope = work.admittance[e], chain[ADMITTANCE, e]
        work.wave[e] = clear
        fill_chain(multilayer, colour, work, polarisation, chain)
        clear_admittance, clear_slope = work.admittance[e], chain[ADMITTANCE, e]
        low = see(work, 0, e, chain, seed, room.pulls[LOW])
        to_substrate = cross(work, 0, e, chain, seed, room.pulls[BELOW]) if work.wave[0].real > 0.0 else 0.0
        high = see(work, last, e, chain, seed, room.pulls[HIGH])
        to_top = (
            cross(work, last, e, chain, seed, room.pulls[ABOVE]) if way == TOP and work.wave[last].real > 0.0 else 0.0
        )
        down, up, back = ways_out(multilayer, colour, ahead, damped, polarisation, way, own, to_substrate, to_top, room)
        wave = Wave(low, high, loop, clear_admittance, damped_admittance, even, odd, 1.0 / index)
        sides = sides_of(wave)
        for functional in range(functionals):
            value, by_permittivity = out.value[slot, functional], out.permittivity[slot, functional]
            by_depth, by_index = out.depth[slot, functional], out.explicit[slot, functional]
            below = room.pulls[DOWN] if functional == AIR else room.pulls[BACK]
            taken_down, taken_up = (down, up) if functional == AIR else (back, 0.0)
            if functional == AIR and down == 0.0 and up == 0.0:
                continue
            for place in range(places):
                found = place_slopes(
                    wave,
                    sides,
                    work.upward[place],
                    work.downward[place],
                    work.damped_upward[place],
                    work.damped_downward[place],
                    taken_down,
                    taken_up,
                    1.0 if functional == OWN else 0.0,
                )
                at = height[place]
                value[place] += weight * found.value
                explicit = found.value + (4.0 * found.even if polarisation == 1 else 0.0)
                by_index[place] -= weight * explicit / index
                path = found.upward * at + found.downward * (depth[e] - at) + found.loop * depth[e]
                damped_path = found.damped_upward * at + found.damped_downward * (depth[e] - at)
                own_change = weight * (found.clear * clear_slope + 1j * path * inverse(clear))
                damped_change = weight * (found.damped * damped_slope + 1j * damped_path * inverse(damped))
                damped_change += weight * found.down * below[PERMITTIVITY, last + 1]
                by_permittivity[place, e] += own_change
                by_permittivity[place, last + 1] += damped_change
                dense += own_change.real + damped_change.real
                thicker = 2j * (clear * path + damped * damped_path) / depth[e]
                by_depth[place, e] += weight * thicker.real
                total += weight * found.value
                thick += weight * thicker.real * depth[e]
                by_low, by_high = weight * found.low, weight * found.high
                sent_down, sent_up = weight * found.down, weight * found.up
                for layer in range(last + 1):
                    toward = room.pulls[LOW] if layer <= e else room.pulls[HIGH]
                    amount = by_low if layer <= e else by_high
                    denser = amount * toward[PERMITTIVITY, layer] + sent_down * below[PERMITTIVITY, layer]
                    by_permittivity[place, layer] += denser
                    dense += denser.real
                    change = (amount * toward[DEPTH, layer]).real + sent_down * below[DEPTH, layer].real
                    by_depth[place, layer] += change
                    thick += change * depth[layer]
                by_permittivity[place, e] += by_high * room.pulls[HIGH, PERMITTIVITY, e]
                if way == TOP and functional == AIR:
                    for layer in range(last + 1):
                        by_permittivity[place, layer] += sent_up * room.pulls[UP, PERMITTIVITY, layer]
                        change = sent_up * room.pulls[UP, DEPTH, layer].real
                        by_depth[place, layer] += change
                        thick += change * depth[layer]
        work.wave[e], work.echo[e], work.decay[e] = clear, loop, fading
    return total, thick, dense


@kernel
def trace_slopes(
    multilayer: Multilayer, colour: IntArray, kappa_square: Array, weight: Array, slot: IntArray, way: int, out: Slopes
) -> None:
    """Add what waves of real in-plane wave numbers bring, with its derivatives, to slots of the sums."""
    room = make_room(multilayer.permittivity.shape[1], multilayer.height.shape[1])
    for node in range(kappa_square.size):
        step = even_step(multilayer.height[colour[node]])
        ray_slopes(multilayer, colour[node], step, kappa_square[node], weight[node], way, room, out, slot[node])
