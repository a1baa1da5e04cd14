"""The adaptive integration along the real axis of the in-plane wave number, on panels that find the poles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel
from halodot.light.adjoint import Slopes, make_room
from halodot.light.channel_gradients import ray_slopes
from halodot.light.channels import Tally, ray
from halodot.light.dipole import even_step
from halodot.light.multilayer import Multilayer, Work, fill_waves, make_work, reflect, size

ROUNDING = 1e-15
LONGEST = 2.5  # of a panel beside a pole, in the variable that opens the pole
MOST = 3000  # panels that one first panel may need
STEPS = 12  # towards a pole
CLOSE = 1e-3  # share of kappa^2


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


@kernel
def settle(multilayer: Multilayer, panels: Panels, rule: Rule, tolerance: Array, tally: Tally) -> IntArray:
    """Add the fluxes of the real axis to the tally, on panels that are cut until they resolve every peak.

    Beyond the last branch point a panel that is too rough is searched for the pole that makes it so, which is then
    opened by s = Re s_p + |Im s_p| sinh t; other panels are halved.

    Args:
        multilayer: stack and dipoles.
        panels: to begin with.
        rule: Gauss rule for each panel.
        tolerance: (wavelength,) expected error of a panel, summed over positions, that is good enough.
        tally: sums to add to.

    Returns:
        (wavelength,) panels that were used, or -1 where there were too many.
    """
    layers, places = multilayer.permittivity.shape[1], multilayer.height.shape[1]
    work = make_work(layers, places)
    kept, air = np.zeros((places, layers)), np.zeros(places)
    used = np.zeros(tolerance.size, np.int64)
    todo = np.empty((MOST, 6))
    values, place_of = np.empty(rule.node.size), np.empty(rule.node.size)
    for number in range(panels.low.size):
        colour, slot, waiting, done = panels.colour[number], panels.slot[number], 1, 0
        step = even_step(multilayer.height[colour])
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
                values[node] = weight * ray(
                    multilayer, colour, step, ahead, rule.weight[node] * weight, work, kept, air
                )
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
                pole = seek(multilayer, colour, start, place_of[np.argmax(values)], begin, end, work)
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
def round_trip(multilayer: Multilayer, colour: int, kappa_square: complex, polarisation: int, work: Work) -> complex:
    """Return 1 - r r' exp(2 i kz d), which is zero at a guided mode."""
    e, last, scale = multilayer.emitter, multilayer.permittivity.shape[1] - 1, multilayer.scale
    wave, echo, decay, admittance = work.wave, work.echo, work.decay, work.admittance
    numerator, denominator, passed = work.numerator, work.denominator, work.passed
    fill_waves(kappa_square, multilayer.permittivity[colour], multilayer.depth[colour], wave, echo, decay)
    for layer in range(last + 1):
        admittance[layer] = wave[layer] * scale[polarisation, colour, layer]
    low = reflect(admittance, echo, decay, 0, e, numerator, denominator, passed)
    high = reflect(admittance, echo, decay, last, e, numerator, denominator, passed)
    return complex(1.0 - low * high * echo[e])


@kernel
def seek(
    multilayer: Multilayer, colour: int, start: float, top: float, begin: float, end: float, work: Work
) -> complex:
    """Return the narrower pole of the two polarisations near s = ``top``, with Im s > 0, or 0 if there is none.

    The secant rule on the round trip, from the highest of a panel's values; a pole counts if it lies within the panel
    or next to it and is narrower than the panel.
    """
    found, length = 0.0j, end - begin
    for polarisation in range(2):
        before, here, old = 0.0j, complex(top, 0.0), 0.0j
        for turn in range(STEPS):
            new = round_trip(multilayer, colour, start + here * here, polarisation, work)
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
def hand_on(part: Slopes, good: bool, slot: int, out: Slopes) -> None:
    """Add one panel's sums to a slot if they are good, and clear them."""
    for functional in range(out.value.shape[1]):
        for place in range(out.value.shape[2]):
            if good:
                out.value[slot, functional, place] += part.value[0, functional, place]
                out.explicit[slot, functional, place] += part.explicit[0, functional, place]
            part.value[0, functional, place] = part.explicit[0, functional, place] = 0.0
            for layer in range(out.permittivity.shape[3]):
                if good:
                    out.permittivity[slot, functional, place, layer] += part.permittivity[0, functional, place, layer]
                    if layer < out.depth.shape[3]:
                        out.depth[slot, functional, place, layer] += part.depth[0, functional, place, layer]
                part.permittivity[0, functional, place, layer] = part.depth[0, functional, place, layer] = 0.0


@kernel
def next_to(low: float, high: float, cone: float) -> bool:
    """Whether an interval of kappa^2 is too short, and too close to the emitter's light cone, to be cut further.

    All is smooth there, but the parts of a derivative, of the order of 1/kz^2, cancel to rounding.
    """
    return high - low < CLOSE * cone and low < (1.0 + CLOSE) * cone and high > (1.0 - CLOSE) * cone


@kernel
def settle_slopes(
    multilayer: Multilayer, panels: Panels, rule: Rule, tolerance: Array, way: int, out: Slopes
) -> IntArray:
    """Add the real axis, on panels that are cut until they resolve the values and their derivatives.

    As :func:`settle`, where the search for poles is explained.

    Args:
        multilayer: stack and dipoles.
        panels: to begin with.
        rule: Gauss rule for each panel.
        tolerance: (wavelength,) expected error of a panel, summed over positions, that is good enough.
        way: out, PLANAR, SPHERE or TOP.
        out: sums to add to, in the slots of the panels.

    Returns:
        (wavelength,) panels that were used, or -1 where there were too many.
    """
    layers, places, functionals = multilayer.permittivity.shape[1], multilayer.height.shape[1], out.value.shape[1]
    room = make_room(layers, places)
    shape = (1, functionals, places, layers + 1)
    part = Slopes(np.zeros(shape[:3]), np.zeros(shape, np.complex128), np.zeros(shape), np.zeros(shape[:3]))
    used = np.zeros(tolerance.size, np.int64)
    todo = np.empty((MOST, 6))
    values, place_of = np.empty((3, rule.node.size)), np.empty(rule.node.size)
    for number in range(panels.low.size):
        colour, slot, waiting, done = panels.colour[number], panels.slot[number], 1, 0
        step, own_cone = even_step(multilayer.height[colour]), multilayer.permittivity[colour, multilayer.emitter].real
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
                weight = half * slope * turn * rule.weight[node]
                place_of[node] = s
                seen = ray_slopes(multilayer, colour, step, ahead, weight, way, room, part, 0)
                for kind in range(3):
                    values[kind, node] = seen[kind] / rule.weight[node]
            begin, _ = open_up(low, centre, width)
            end, _ = open_up(high, centre, width)
            good = next_to(onto_axis(begin, start, span)[0], onto_axis(end, start, span)[0], own_cone)
            if not good:
                good = smooth(values[0], rule, tolerance[colour], end - begin)
                for kind in range(1, 3):
                    good = good and smooth(values[kind], rule, tolerance[colour], end - begin)
            hand_on(part, good, slot, out)
            if good:
                used[colour] += 1
                continue
            if done + waiting > MOST - 40:
                used[colour] = -1
                continue
            pole = 0.0j
            if np.isinf(span):
                pole = seek(multilayer, colour, start, place_of[np.argmax(values[0])], begin, end, room.work)
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
