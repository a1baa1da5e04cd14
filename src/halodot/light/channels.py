"""Where the power of a plane wave from the dipole goes: layers, air, and what the emitter absorbs of its own light.

The fluxes hold on the real axis of the in-plane wave number only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.compiled import kernel
from halodot.light.dipole import even_step, fill_paths
from halodot.light.multilayer import (
    Multilayer,
    Work,
    fill_waves,
    flow,
    inverse,
    make_work,
    passage,
    propagate,
    reflect,
    root,
    square,
)


class Nodes(NamedTuple):
    """Points of the real axis of the in-plane wave number."""

    colour: IntArray  # (node,) number of the wavelength
    kappa_square: Array  # (node,)
    weight: Array  # (node,) quadrature weight of kappa dkappa
    slot: IntArray  # (node,) slot of the tally to add to


class Tally(NamedTuple):
    """What the real axis adds up, in as many slots as the caller wants to keep apart.

    ``kept`` is what each layer takes: films and the substrate (the first) absorb, and the last takes what leaves
    through the top. With ``air`` it adds up to the dipole's power.
    """

    kept: Array  # (slot, position, layer)
    air: Array  # (slot, position), out through the substrate; past the escape cone, what its outer face holds back


@kernel
def trace(multilayer: Multilayer, nodes: Nodes, tally: Tally) -> None:
    """Add what waves of real in-plane wave numbers carry to the tally."""
    work = make_work(multilayer.permittivity.shape[1], multilayer.height.shape[1])
    for node in range(nodes.kappa_square.size):
        step = even_step(multilayer.height[nodes.colour[node]])
        ray(
            multilayer,
            nodes.colour[node],
            step,
            nodes.kappa_square[node],
            nodes.weight[node],
            work,
            tally.kept[nodes.slot[node]],
            tally.air[nodes.slot[node]],
        )


@kernel
def ray(
    multilayer: Multilayer, colour: int, step: float, ahead: float, weight: float, work: Work, kept: Array, air: Array
) -> float:
    """Add what the waves of one real in-plane wave number carry to a slot of the tally.

    Inside the escape cone, kappa < 1, light leaves the substrate after any number of returns. With the intensity t
    that one passage leaves, the reflections r_a of the outer face and r of the device, and the admittances Y of the
    substrate and Y_a of air, an intensity I that the dipole sends into the substrate is I/(1 - t^2 |r_a r|^2) with all
    returns, of which t |1 + r_a|^2 Y_a goes to air and the intensity t^2 |r_a|^2 falls back on the stack. The substrate
    takes the difference of the fluxes through its faces. Past the escape cone, t of the power arrives at the outer face
    and is trapped there; under a half sphere it is out.

    Args:
        multilayer: stack and dipoles.
        colour: number of the wavelength.
        step: between the positions, 0 if it varies.
        ahead: kappa^2.
        weight: of the wave.
        work: room.
        kept: (position, layer) slot of the tally.
        air: (position,) slot of the tally.

    Returns:
        Power and, once more, what enters the substrate, reaches air or stays in the emitter, of all positions and
        without their weight: the sum shows every structure that the quadrature must resolve.
    """
    e, last, scale, weights = (
        multilayer.emitter,
        multilayer.permittivity.shape[1] - 1,
        multilayer.scale,
        multilayer.weights,
    )
    permittivity, depth, height = multilayer.permittivity[colour], multilayer.depth[colour], multilayer.height[colour]
    wave, echo, decay, admittance = work.wave, work.echo, work.decay, work.admittance
    numerator, denominator, passed, flux = work.numerator, work.denominator, work.passed, work.flux
    from_down, from_up, upward, downward = work.from_down, work.from_up, work.upward, work.downward
    down, up, own = work.down, work.up, work.own
    damped_upward, damped_downward = work.damped_upward, work.damped_downward
    n_square, damped_square = permittivity[e].real, multilayer.absorbing[colour]
    fill_waves(ahead + 0.0j, permittivity, depth, wave, echo, decay)
    fill_paths(wave[e], height, depth[e], step, upward, downward)
    clear, loop, fading, thickness = wave[e], echo[e], decay[e], depth[e]
    absorbing = damped_square.imag > 0.0 and ahead < multilayer.guidance[colour]
    damped = root(damped_square - ahead) if absorbing else clear
    if absorbing:
        fill_paths(damped, height, thickness, step, damped_upward, damped_downward)
    slope_square = abs(1.0 - ahead / n_square)
    total = 0.0
    for polarisation in range(2):
        if polarisation == 0:
            even, odd = 0.375 * weights[0] / slope_square, 0.0
        else:
            even, odd = 0.75 * weights[2] * ahead / n_square / slope_square, 0.375 * weights[1]
        if even == 0.0 and odd == 0.0:
            continue
        for layer in range(last + 1):
            admittance[layer] = wave[layer] * scale[polarisation, colour, layer]
        clear_admittance, damped_admittance = admittance[e], damped * scale[polarisation, colour, e]
        low = reflect(admittance, echo, decay, 0, e, numerator, denominator, passed)
        flow(admittance, numerator, denominator, passed, 0, e, flux)
        high = reflect(admittance, echo, decay, last, e, numerator, denominator, passed)
        flow(admittance, numerator, denominator, passed, last, e, flux)
        into_low, into_high, entered = flux[e - 1], flux[e], flux[0]
        share_out(flux, e, from_down, from_up)
        if absorbing and polarisation == 1:
            damped_admittance *= n_square / damped_square
        out = 0.0
        if ahead < permittivity[0].real:
            left = passage(wave[0], multilayer.plate[colour])
            if multilayer.sphere or ahead >= 1.0:
                out = entered * left
            else:
                if absorbing:
                    admittance[e] = damped_admittance
                    echo[e], decay[e] = propagate(damped, 2.0 * thickness)
                bounced = square(reflect(admittance, echo, decay, last, 0, numerator, denominator, passed))
                flow(admittance, numerator, denominator, passed, last, 0, flux)
                echo[e], decay[e] = loop, fading
                outside = np.sqrt(1.0 - ahead) * (np.sqrt(n_square) if polarisation == 1 else 1.0 / np.sqrt(n_square))
                over = inverse(admittance[0] + outside)
                share = left * left * square((admittance[0] - outside) * over)
                sent = entered / admittance[0].real / (1.0 - share * bounced)
                out = 4.0 * sent * left * outside * square(admittance[0] * over)
                fall_back(flux, sent * share, from_down)
                from_down[0] = entered - sent * share * flux[0]
            from_down[0] = from_down[0] - out if wave[0].imag > 0.0 else 0.0
        trip = 1.0 / (n_square * square(1.0 - low * high * loop))
        shine(even * trip, odd * trip, low, high, clear, loop, upward, downward, down, up)
        if absorbing:
            dim(
                even * slope_square,
                odd,
                low,
                high,
                clear_admittance,
                damped_admittance,
                into_low,
                into_high,
                damped_upward,
                damped_downward,
                down,
                up,
                own,
            )
            for place in range(down.size):
                kept[place, e] += weight * own[place]
                total += 2.0 * own[place]
        seen = into_low + entered + out
        for place in range(down.size):
            total += down[place] * seen + up[place] * into_high
            to_low, to_high = weight * down[place], weight * up[place]
            air[place] += to_low * out
            for layer in range(last + 1):
                kept[place, layer] += to_low * from_down[layer] + to_high * from_up[layer]
    return total


@kernel
def share_out(flux: Array, e: int, from_down: Array, from_up: Array) -> None:
    """Write what each layer keeps of unit intensity that the dipole sends down and up, from the fluxes."""
    last = flux.size - 1
    from_down[0], from_up[0] = flux[0], 0.0
    for layer in range(1, e):
        from_down[layer], from_up[layer] = flux[layer] - flux[layer - 1], 0.0
    from_down[e], from_up[e] = 0.0, 0.0
    for layer in range(e + 1, last):
        from_down[layer], from_up[layer] = 0.0, flux[layer - 1] - flux[layer]
    from_down[last], from_up[last] = 0.0, flux[last - 1]


@kernel
def fall_back(flux: Array, back: float, from_down: Array) -> None:
    """Add what the layers keep of the light that comes back from the substrate's face."""
    last = flux.size - 1
    for layer in range(1, last):
        from_down[layer] += back * (flux[layer - 1] - flux[layer])
    from_down[last] += back * flux[last - 1]


@kernel
def shine(
    even: float,
    odd: float,
    low: complex,
    high: complex,
    wave: complex,
    loop: complex,
    upward: ComplexArray,
    downward: ComplexArray,
    down: Array,
    up: Array,
) -> None:
    """Write the intensity that every dipole sends to the two interfaces of an emitter that does not absorb.

    A wave in it has modulus one or is real, so that even |1 + b|^2 + odd |1 - b|^2 with the echo b is the sum
    (even + odd)(1 + |b|^2) + 2 (even - odd) Re b, of which only the last part depends on the position.
    """
    both, difference = even + odd, 2.0 * (even - odd)
    if wave.imag == 0.0:
        to_low, to_high = both * (1.0 + square(high)), both * (1.0 + square(low))
        for place in range(down.size):
            down[place] = to_low + difference * (high.real * downward[place].real - high.imag * downward[place].imag)
            up[place] = to_high + difference * (low.real * upward[place].real - low.imag * upward[place].imag)
        return
    from_high, from_low = square(high) * loop.real, square(low) * loop.real
    for place in range(down.size):
        rising, falling = upward[place].real, downward[place].real
        down[place] = both * (rising + from_high * falling) + difference * high.real * loop.real
        up[place] = both * (falling + from_low * rising) + difference * low.real * loop.real


@kernel
def dim(
    even: float,
    odd: float,
    low: complex,
    high: complex,
    clear: complex,
    damped: complex,
    into_low: float,
    into_high: float,
    upward: ComplexArray,
    downward: ComplexArray,
    down: Array,
    up: Array,
    own: Array,
) -> None:
    """Take from the dipoles' light what the emitter absorbs on the way to its interfaces.

    The power is that of the emitter without absorption; it is shared out as the same sources would share theirs in
    the absorbing emitter, where they see the admittances A below and B above: an even source sends Re A/|A + B|^2
    down, an odd one Re A |B|^2/|A + B|^2, and the way to the interface damps that.

    Args:
        even: strength of the even source, per squared admittance.
        odd: strength of the odd source.
        low: reflection of what lies below, seen from the emitter without absorption.
        high: the same above.
        clear: admittance of the emitter without absorption.
        damped: admittance of the absorbing emitter.
        into_low: flux through the lower interface for unit intensity.
        into_high: the same through the upper one.
        upward: (position,) round trip to the lower interface in the absorbing emitter.
        downward: (position,) round trip to the upper interface.
        down: (position,) intensity sent down, which is changed.
        up: (position,) intensity sent up, which is changed.
        own: (position,) becomes the power that the emitter absorbs.
    """
    strength = square(damped)
    one, other = damped * (1.0 + low), clear * (1.0 - low)
    share = inverse(one + other)
    low, to_low = (one - other) * share, 4.0 * strength * square(share)
    one, other = damped * (1.0 + high), clear * (1.0 - high)
    share = inverse(one + other)
    high, to_high = (one - other) * share, 4.0 * strength * square(share)
    for place in range(down.size):
        a, b = low * upward[place], high * downward[place]
        below = even * square(1.0 + b) + odd * strength * square(1.0 - b)
        above = even * square(1.0 + a) + odd * strength * square(1.0 - a)
        leaving = (damped * (1.0 - a) * np.conj(1.0 + a)).real * below
        leaving += (damped * (1.0 - b) * np.conj(1.0 + b)).real * above
        power = down[place] * into_low + up[place] * into_high
        each = power / leaving
        down[place] = each * below * to_low * np.sqrt(square(upward[place]))
        up[place] = each * above * to_high * np.sqrt(square(downward[place]))
        own[place] = power - down[place] * into_low - up[place] * into_high
