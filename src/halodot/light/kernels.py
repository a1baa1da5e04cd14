"""The kernels: waves in the stack, the dipole's Green's function, and its energy flux through every interface.

Lengths are in units of 1/k0 and in-plane wave numbers kappa in units of k0, the vacuum wave number. A field psi (E_y
of an s wave, H_y of a p wave) has in layer j the admittance Y_j = kz_j (s) or kz_j/eps_j (p), and carries the energy
flux Re[Y_j (1 - r_j) conj(1 + r_j)] |psi_j|^2 towards an interface that reflects it with r_j. Reflections are kept as
fractions r = N/D, built from the outside in with decaying exponentials only and without a division; one code path
serves both polarisations, both directions, and kappa on or below the real axis.

All powers are in units of what the dipole radiates in an infinite medium of the emitter's index n_e. With u =
kappa/n_e, l = sqrt(1 - u^2), the echoes a and a' of the half-spaces below and above the dipole, and the horizontal
share h of its moment,

    P = Re int u du { (3/4) h [(1+a)(1+a')/(1-aa')/l]_s + (3/4) h [l (1-a)(1-a')/(1-aa')]_p
                      + (3/2)(1-h) [u^2/l (1+a)(1+a')/(1-aa')]_p }

(R. R. Chance, A. Prock, R. Silbey, Adv. Chem. Phys. 37, 1 (1978); K. A. Neyts, J. Opt. Soc. Am. A 15, 962 (1998)).
The braces are analytic in kappa and are integrated below the real axis; the fluxes hold on the real axis only. Since
aa' does not depend on the dipole's position, a position costs two phases: (1 + a)(1 + a') = (1 + aa') + (a + a').

The kernels stay in one file because Numba's cache notices changes only in the file of the function it loads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.compiled import kernel

SPACING = 1e-12  # relative difference of two steps that count as equal
ROUNDING = 1e-15
LONGEST = 2.5  # of a panel beside a pole, in the variable that opens the pole
MOST = 3000  # panels that one first panel may need
STEPS = 12  # towards a pole


class Scene(NamedTuple):
    """The stack and the dipoles at a number of wavelengths, lengths in units of 1/k0."""

    permittivity: ComplexArray  # (wavelength, layer), substrate first, the medium behind the stack last
    scale: ComplexArray  # (polarisation, wavelength, layer), admittance over kz/k0: 1/n_e (s), n_e/eps (p)
    depth: Array  # (wavelength, layer), 0 for the two half-spaces
    height: Array  # (wavelength, position), above the lower interface of the emitter
    emitter: int
    weights: Array  # (3,), share of the moment that drives s waves, p waves in the plane, p waves across it
    absorbing: ComplexArray  # (wavelength,), the emitter's permittivity for light that has left the dipole
    guidance: Array  # (wavelength,), kappa^2 up to which films can guide light; beyond is the dipole's near field
    sphere: bool  # an index-matched half sphere takes the place of the substrate's outer face
    plate: Array  # (wavelength,), depth of the substrate, 0 for a clear one of any thickness


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


class Panels(NamedTuple):
    """Intervals of the real axis, each with the mapping that makes the integrand smooth.

    With s = t, or s = centre + width sinh t beside a pole: between two branch points kappa^2 = start + span sin^2 s,
    beyond the last one, where span is inf, kappa^2 = start + s^2.
    """

    low: Array  # (panel,) in t
    high: Array
    start: Array
    span: Array
    centre: Array
    width: Array
    slot: IntArray
    colour: IntArray


class Rule(NamedTuple):
    """A Gauss rule on [-1, 1] that knows its error."""

    node: Array
    weight: Array
    rows: Array  # (4, node), function values to the Legendre coefficients in the middle and at the end


class Work(NamedTuple):
    """Room for one wave."""

    wave: ComplexArray  # (layer,) kz/k0
    echo: ComplexArray  # (layer,) exp(2 i kz d)
    decay: Array  # (layer,) |echo|
    admittance: ComplexArray  # (layer,)
    numerator: ComplexArray  # (layer,) of the reflection that the layer sees
    denominator: ComplexArray
    passed: Array  # (layer,) intensity that the layer hands on, over the denominators
    flux: Array  # (layer,) through the lower interface of a layer, for unit intensity from the dipole or substrate
    from_down: Array  # (layer,) what the layer keeps for unit intensity that the dipole sends down
    from_up: Array
    upward: ComplexArray  # (position,) exp(2 i kz height)
    downward: ComplexArray  # (position,) exp(2 i kz (d - height))
    down: Array  # (position,) intensity that the dipole sends to the lower interface of the emitter
    up: Array
    own: Array  # (position,) power that the emitter absorbs on the first way
    damped_upward: ComplexArray  # (position,) as upward, in the emitter that absorbs
    damped_downward: ComplexArray


@kernel
def make_work(layers: int, places: int) -> Work:
    """Return room for one wave."""
    return Work(
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers),
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers, np.complex128),
        np.empty(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.zeros(layers),
        np.empty(places, np.complex128),
        np.empty(places, np.complex128),
        np.empty(places),
        np.empty(places),
        np.zeros(places),
        np.empty(places, np.complex128),
        np.empty(places, np.complex128),
    )


@kernel
def square(value: complex) -> float:
    """Return |value|^2 without the root that abs takes."""
    return value.real * value.real + value.imag * value.imag


@kernel
def size(value: complex) -> float:
    """Return |Re| + |Im|, which is enough to keep numbers in range."""
    return abs(value.real) + abs(value.imag)


@kernel
def inverse(value: complex) -> complex:
    """Return 1/value by the plain formula, which is fast and safe for numbers of order one."""
    scale = 1.0 / square(value)
    return complex(value.real * scale, -value.imag * scale)


@kernel
def root(value: complex) -> complex:
    """Return the square root in the first quadrant of a number with a non-negative imaginary part."""
    if value.imag == 0.0:
        length = np.sqrt(abs(value.real))
        return complex(length, 0.0) if value.real >= 0.0 else complex(0.0, length)
    larger = np.sqrt(0.5 * (np.sqrt(square(value)) + abs(value.real)))
    smaller = 0.5 * value.imag / larger
    return complex(larger, smaller) if value.real >= 0.0 else complex(smaller, larger)


@kernel
def propagate(wave: complex, path: float) -> tuple[complex, float]:
    """Return exp(i wave path) and its modulus, at half the cost where the wave only travels or only decays."""
    decay = np.exp(-wave.imag * path) if wave.imag != 0.0 else 1.0
    if wave.real == 0.0:
        return complex(decay, 0.0), decay
    angle = wave.real * path
    return complex(decay * np.cos(angle), decay * np.sin(angle)), decay


@kernel
def fill_waves(
    kappa_square: complex,
    permittivity: ComplexArray,
    depth: Array,
    wave: ComplexArray,
    echo: ComplexArray,
    decay: Array,
) -> None:
    """Write the normal wave number kz/k0, the round trip exp(2 i kz d) and its modulus for every layer.

    The principal root is the decaying wave as long as kappa lies on or below the positive real axis.
    """
    for layer in range(permittivity.size):
        value = root(permittivity[layer] - kappa_square)
        wave[layer] = value
        if depth[layer] == 0.0:
            echo[layer], decay[layer] = 1.0 + 0.0j, 1.0
        else:
            echo[layer], decay[layer] = propagate(value, 2.0 * depth[layer])


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
def reflect(
    admittance: ComplexArray,
    echo: ComplexArray,
    decay: Array,
    outer: int,
    inner: int,
    numerator: ComplexArray,
    denominator: ComplexArray,
    passed: Array,
) -> complex:
    """Write the reflection N/D of everything between each layer and the half-space ``outer``, and return the last.

    N_j = g (d D + s e N), D_j = g (s D + d e N) with the difference d and the sum s of the admittances of j and its
    outer neighbour, that neighbour's N, D and round trip e, and a size g that keeps the numbers of order one. The
    field at the outer interface of j goes on to that of its neighbour as 2 g Y_j exp(i kz d) D/D_j.
    """
    step = 1 if inner > outer else -1
    above, below = 0.0 + 0.0j, 1.0 + 0.0j
    numerator[outer], denominator[outer] = above, below
    far = admittance[outer]
    layer = outer
    while layer != inner:
        behind = layer
        layer += step
        near = admittance[layer]
        norm = 1.0 / (size(near) + size(far))
        difference, total = (near - far) * norm, (near + far) * norm
        back = above * echo[behind]
        above, below = difference * below + total * back, total * below + difference * back
        numerator[layer], denominator[layer] = above, below
        passed[layer] = 4.0 * norm * norm * square(near) * decay[behind]
        far = near
    return complex(above * inverse(below))


@kernel
def flow(
    admittance: ComplexArray,
    numerator: ComplexArray,
    denominator: ComplexArray,
    passed: Array,
    outer: int,
    inner: int,
    flux: Array,
) -> None:
    """Write the energy flux through every interface between ``inner`` and ``outer`` for unit field towards it.

    Interface m lies between the layers m and m + 1; the flux counts positive from ``inner`` to ``outer``.
    """
    step = 1 if inner > outer else -1
    shift = 0 if inner < outer else -1
    intensity = 1.0 / square(denominator[inner])
    layer = inner
    while layer != outer:
        one, other = denominator[layer] - numerator[layer], denominator[layer] + numerator[layer]
        value = admittance[layer] * one * np.conj(other)
        flux[layer + shift] = intensity * value.real
        intensity *= passed[layer]
        layer -= step


@kernel
def green(scene: Scene, kappa: ComplexArray, weight: ComplexArray) -> Array:
    """Return the total power (wavelength, position) by integrating the Green's function along a path of kappa.

    Args:
        scene: stack and dipoles.
        kappa: (wavelength, node) on or below the real axis.
        weight: (wavelength, node) quadrature weights of dkappa.
    """
    last, e, weights, scale = scene.permittivity.shape[1] - 1, scene.emitter, scene.weights, scene.scale
    work = make_work(last + 1, scene.height.shape[1])
    wave, echo, decay, admittance, upward, downward = (
        work.wave,
        work.echo,
        work.decay,
        work.admittance,
        work.upward,
        work.downward,
    )
    numerator, denominator, passed = work.numerator, work.denominator, work.passed
    power = np.zeros(scene.height.shape)
    for colour in range(kappa.shape[0]):
        permittivity, depth, height = scene.permittivity[colour], scene.depth[colour], scene.height[colour]
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
def passage(wave: complex, plate: float) -> float:
    """Return the intensity that one passage through the substrate leaves."""
    return float(np.exp(-2.0 * wave.imag * plate)) if wave.imag > 0.0 else 1.0


@kernel
def trace(scene: Scene, nodes: Nodes, tally: Tally) -> None:
    """Add what waves of real in-plane wave numbers carry to the tally."""
    work = make_work(scene.permittivity.shape[1], scene.height.shape[1])
    for node in range(nodes.kappa_square.size):
        step = even_step(scene.height[nodes.colour[node]])
        ray(
            scene,
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
    scene: Scene, colour: int, step: float, ahead: float, weight: float, work: Work, kept: Array, air: Array
) -> float:
    """Add what the waves of one real in-plane wave number carry to a slot of the tally.

    Inside the escape cone, kappa < 1, light leaves the substrate after any number of returns. With the intensity t
    that one passage leaves, the reflections r_a of the outer face and r of the device, and the admittances Y of the
    substrate and Y_a of air, an intensity I that the dipole sends into the substrate is I/(1 - t^2 |r_a r|^2) with all
    returns, of which t |1 + r_a|^2 Y_a goes to air and the intensity t^2 |r_a|^2 falls back on the stack. The substrate
    takes the difference of the fluxes through its faces. Past the escape cone, t of the power arrives at the outer face
    and is trapped there; under a half sphere it is out.

    Args:
        scene: stack and dipoles.
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
    e, last, scale, weights = scene.emitter, scene.permittivity.shape[1] - 1, scene.scale, scene.weights
    permittivity, depth, height = scene.permittivity[colour], scene.depth[colour], scene.height[colour]
    wave, echo, decay, admittance = work.wave, work.echo, work.decay, work.admittance
    numerator, denominator, passed, flux = work.numerator, work.denominator, work.passed, work.flux
    from_down, from_up, upward, downward = work.from_down, work.from_up, work.upward, work.downward
    down, up, own = work.down, work.up, work.own
    damped_upward, damped_downward = work.damped_upward, work.damped_downward
    n_square, damped_square = permittivity[e].real, scene.absorbing[colour]
    fill_waves(ahead + 0.0j, permittivity, depth, wave, echo, decay)
    fill_paths(wave[e], height, depth[e], step, upward, downward)
    clear, loop, fading, thickness = wave[e], echo[e], decay[e], depth[e]
    absorbing = damped_square.imag > 0.0 and ahead < scene.guidance[colour]
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
            left = passage(wave[0], scene.plate[colour])
            if scene.sphere or ahead >= 1.0:
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


@kernel
def settle(scene: Scene, panels: Panels, rule: Rule, tolerance: Array, tally: Tally) -> IntArray:
    """Add the fluxes of the real axis to the tally, on panels that are cut until they resolve every peak.

    Beyond the last branch point a panel that is too rough is searched for the pole that makes it so, which is then
    opened by s = Re s_p + |Im s_p| sinh t; other panels are halved.

    Args:
        scene: stack and dipoles.
        panels: to begin with.
        rule: Gauss rule for each panel.
        tolerance: (wavelength,) expected error of a panel, summed over positions, that is good enough.
        tally: sums to add to.

    Returns:
        (wavelength,) panels that were used, or -1 where there were too many.
    """
    layers, places = scene.permittivity.shape[1], scene.height.shape[1]
    work = make_work(layers, places)
    kept, air = np.zeros((places, layers)), np.zeros(places)
    used = np.zeros(tolerance.size, np.int64)
    todo = np.empty((MOST, 6))
    values, place_of = np.empty(rule.node.size), np.empty(rule.node.size)
    for number in range(panels.low.size):
        colour, slot, waiting, done = panels.colour[number], panels.slot[number], 1, 0
        step = even_step(scene.height[colour])
        todo[0, 0], todo[0, 1] = panels.low[number], panels.high[number]
        todo[0, 2], todo[0, 3] = panels.start[number], panels.span[number]
        todo[0, 4], todo[0, 5] = panels.centre[number], panels.width[number]
        while waiting > 0 and used[colour] >= 0:
            waiting -= 1
            done += 1
            low, high, start = todo[waiting, 0], todo[waiting, 1], todo[waiting, 2]
            span, centre, width = todo[waiting, 3], todo[waiting, 4], todo[waiting, 5]
            half = 0.5 * (high - low)
            for node in range(rule.node.size):
                s, slope = open_up(low + half * (1.0 + rule.node[node]), centre, width)
                ahead, turn = onto_axis(s, start, span)
                weight = half * slope * turn
                place_of[node] = s
                values[node] = weight * ray(scene, colour, step, ahead, rule.weight[node] * weight, work, kept, air)
            begin, _ = open_up(low, centre, width)
            end, _ = open_up(high, centre, width)
            resolved = smooth(values, rule, tolerance[colour], end - begin)
            hand_over(kept, air, resolved, slot, tally)
            if resolved:
                used[colour] += 1
                continue
            if done + waiting > MOST - 40:
                used[colour] = -1
                continue
            pole = 0.0j
            if np.isinf(span):
                pole = seek(scene, colour, start, place_of[np.argmax(values)], begin, end, work)
            pieces = 2
            if pole.imag > 0.0 and not (width > 0.0 and abs(pole.real - centre) < width):
                centre, width = pole.real, pole.imag
                low, high = np.arcsinh((begin - centre) / width), np.arcsinh((end - centre) / width)
                pieces = min(max(int(np.ceil((high - low) / LONGEST)), 2), 30)
            for piece in range(pieces):
                todo[waiting, 0] = low + (high - low) * (pieces - 1 - piece) / pieces
                todo[waiting, 1] = low + (high - low) * (pieces - piece) / pieces
                todo[waiting, 2], todo[waiting, 3], todo[waiting, 4], todo[waiting, 5] = start, span, centre, width
                waiting += 1
    return used


@kernel
def hand_over(kept: Array, air: Array, resolved: bool, slot: int, tally: Tally) -> None:
    """Add one panel's sums to a slot of the tally if they are resolved, and clear them."""
    for place in range(air.size):
        if resolved:
            tally.air[slot, place] += air[place]
        air[place] = 0.0
        for layer in range(kept.shape[1]):
            if resolved:
                tally.kept[slot, place, layer] += kept[place, layer]
            kept[place, layer] = 0.0


@kernel
def open_up(t: float, centre: float, width: float) -> tuple[float, float]:
    """Return s(t) and ds/dt of a panel."""
    if width == 0.0:
        return t, 1.0
    return centre + width * np.sinh(t), width * np.cosh(t)


@kernel
def onto_axis(s: float, start: float, span: float) -> tuple[float, float]:
    """Return kappa^2 and kappa dkappa/ds of a panel."""
    if np.isinf(span):
        return start + s * s, s
    sine = np.sin(s)
    return start + span * sine * sine, span * sine * np.cos(s)


@kernel
def smooth(values: Array, rule: Rule, tolerance: float, length: float) -> bool:
    """Whether the Gauss rule is expected to integrate function values at its nodes within a tolerance.

    The rule is exact up to twice the degree of the last Legendre coefficient c. If the coefficients fall from m in
    the middle to c at the end, they go on to c (c/m)^2 at twice the degree; a weak narrow peak shows as c/m near 1.
    Next to a sharp peak kappa itself is rounded, which no cut can improve.
    """
    total, parts = 0.0, np.zeros(4)
    for node in range(values.size):
        total += abs(values[node]) * rule.weight[node]
        for row in range(4):
            parts[row] += rule.rows[row, node] * values[node]
    middle, last = abs(parts[0]) + abs(parts[1]), abs(parts[2]) + abs(parts[3])
    error = last * min(last / max(middle, 1e-300), 1.0) ** 2
    return bool(error <= max(tolerance, ROUNDING * total / length))


@kernel
def round_trip(scene: Scene, colour: int, kappa_square: complex, polarisation: int, work: Work) -> complex:
    """Return 1 - r r' exp(2 i kz d), which is zero at a guided mode."""
    e, last, scale = scene.emitter, scene.permittivity.shape[1] - 1, scene.scale
    wave, echo, decay, admittance = work.wave, work.echo, work.decay, work.admittance
    numerator, denominator, passed = work.numerator, work.denominator, work.passed
    fill_waves(kappa_square, scene.permittivity[colour], scene.depth[colour], wave, echo, decay)
    for layer in range(last + 1):
        admittance[layer] = wave[layer] * scale[polarisation, colour, layer]
    low = reflect(admittance, echo, decay, 0, e, numerator, denominator, passed)
    high = reflect(admittance, echo, decay, last, e, numerator, denominator, passed)
    return complex(1.0 - low * high * echo[e])


@kernel
def seek(scene: Scene, colour: int, start: float, top: float, begin: float, end: float, work: Work) -> complex:
    """Return the narrower pole of the two polarisations near s = ``top``, with Im s > 0, or 0 if there is none.

    The secant rule on the round trip, from the highest of a panel's values; a pole counts if it lies within the panel
    or next to it and is narrower than the panel.
    """
    found, length = 0.0j, end - begin
    for polarisation in range(2):
        before, here, old = 0.0j, complex(top, 0.0), 0.0j
        for turn in range(STEPS):
            new = round_trip(scene, colour, start + here * here, polarisation, work)
            if turn == 0:
                before, here, old = here, complex(top, 0.02 * length), new
                continue
            if new == old:
                break
            step = new * (here - before) / (new - old)
            before, old = here, new
            here = here - step
            if size(step) <= 0.01 * abs(here.imag):
                break
        else:
            continue
        wide = abs(here.imag)
        near = begin - 0.5 * length < here.real < end + 0.5 * length
        if near and 0.0 < wide < 0.3 * length and (found == 0.0j or wide < found.imag):
            found = complex(here.real, wide)
    return found


@kernel
def respond(
    permittivity: ComplexArray,
    depth: Array,
    kappa_square: Array,
    polarisation: int,
    downwards: bool,
    reflected: Array,
    flux: Array,
) -> None:
    """Write what plane waves of unit intensity do in the stack, in terms of the admittances kz (s) and kz/eps (p).

    Args:
        permittivity: (wavelength, layer), the substrate and the medium behind the stack included.
        depth: (wavelength, layer) in units of 1/k0, 0 for the two half-spaces.
        kappa_square: (wavelength, angle) squared in-plane wave numbers.
        polarisation: 0 for s, 1 for p.
        downwards: the wave comes from the last layer, not from the substrate.
        reflected: (wavelength, angle) becomes the intensity that comes back.
        flux: (wavelength, angle, interface) becomes the net flux in the direction of incidence.
    """
    last = permittivity.shape[1] - 1
    work = make_work(last + 1, 1)
    wave, echo, decay, admittance = work.wave, work.echo, work.decay, work.admittance
    numerator, denominator, passed = work.numerator, work.denominator, work.passed
    inner, outer = (last, 0) if downwards else (0, last)
    for colour in range(permittivity.shape[0]):
        for angle in range(kappa_square.shape[1]):
            fill_waves(kappa_square[colour, angle] + 0.0j, permittivity[colour], depth[colour], wave, echo, decay)
            for layer in range(last + 1):
                admittance[layer] = wave[layer]
                if polarisation == 1:
                    admittance[layer] *= inverse(permittivity[colour, layer])
            bounced = reflect(admittance, echo, decay, outer, inner, numerator, denominator, passed)
            reflected[colour, angle] = square(bounced)
            flow(admittance, numerator, denominator, passed, outer, inner, flux[colour, angle])
