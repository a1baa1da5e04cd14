"""The adaptive integration along the real axis of the in-plane wave number, on panels that find the poles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.compiled import kernel
from halodot.light.adjoint import GradientSums
from halodot.light.channel_gradients import add_plane_wave_gradient, make_gradient_workspace
from halodot.light.channels import FluxSums, add_plane_wave, in_plane_wave, make_channel_workspace
from halodot.light.dipole import uniform_spacing
from halodot.light.multilayer import ADMITTANCE, KZ, PHASE, Multilayer, one_norm, propagate_layers, stack_reflection

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
    wavelength_index: IntArray


class Rule(NamedTuple):
    """A Gauss rule on [-1, 1] that knows its error."""

    node: Array
    weight: Array
    rows: Array  # (4, node), function values to the Legendre coefficients in the middle and at the end


@kernel
def integrate_panels(multilayer: Multilayer, panels: Panels, rule: Rule, tolerance: Array, sums: FluxSums) -> IntArray:
    """Add the fluxes of the real axis to the sums, on panels that are cut until they resolve every peak.

    Beyond the last branch point a panel that is too rough is searched for the pole that makes it so, which is then
    opened by s = Re s_p + |Im s_p| sinh t; other panels are halved.

    Args:
        multilayer: stack and dipoles.
        panels: to begin with.
        rule: Gauss rule for each panel.
        tolerance: (wavelength,) expected error of a panel, summed over positions, that is good enough.
        sums: sums to add to.

    Returns:
        (wavelength,) panels that were used, or -1 where there were too many.
    """
    layers, positions = multilayer.permittivity.shape[1], multilayer.height.shape[1]
    workspace = make_channel_workspace(layers, positions)
    by_layer, air = np.zeros((positions, layers)), np.zeros(positions)
    used = np.zeros(tolerance.size, np.int64)
    todo = np.empty((MOST, 6))
    values, s_of = np.empty(rule.node.size), np.empty(rule.node.size)
    for number in range(panels.low.size):
        wavelength_index, slot, waiting, done = panels.wavelength_index[number], panels.slot[number], 1, 0
        step = uniform_spacing(multilayer.height[wavelength_index])
        todo[0, 0], todo[0, 1] = panels.low[number], panels.high[number]
        todo[0, 2], todo[0, 3] = panels.start[number], panels.span[number]
        todo[0, 4], todo[0, 5] = panels.centre[number], panels.width[number]
        while waiting > 0 and used[wavelength_index] >= 0:
            waiting -= 1
            done += 1
            low, high, start = todo[waiting, 0], todo[waiting, 1], todo[waiting, 2]
            span, centre, width = todo[waiting, 3], todo[waiting, 4], todo[waiting, 5]
            half = 0.5 * (high - low)
            for node in range(rule.node.size):
                s, slope = _sinh_map(low + half * (1.0 + rule.node[node]), centre, width)
                kappa_sq, turn = _kappa_map(s, start, span)
                weight = half * slope * turn
                s_of[node] = s
                point = in_plane_wave(multilayer, wavelength_index, kappa_sq, rule.weight[node] * weight, False)
                values[node] = weight * add_plane_wave(multilayer, point, step, workspace, by_layer, air)
            begin, _ = _sinh_map(low, centre, width)
            end, _ = _sinh_map(high, centre, width)
            resolved = _is_resolved(values, rule, tolerance[wavelength_index], end - begin)
            _flush_fluxes(by_layer, air, resolved, slot, sums)
            if resolved:
                used[wavelength_index] += 1
                continue
            if done + waiting > MOST - 40:
                used[wavelength_index] = -1
                continue
            pole = 0.0j
            if np.isinf(span):
                pole = _find_pole(
                    multilayer, wavelength_index, start, s_of[np.argmax(values)], begin, end, workspace.wave
                )
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
def _flush_fluxes(by_layer: Array, air: Array, resolved: bool, slot: int, sums: FluxSums) -> None:
    """Add one panel's sums to a slot of the sums if they are resolved, and clear them."""
    for position in range(air.size):
        if resolved:
            sums.air[slot, position] += air[position]
        air[position] = 0.0
        for layer in range(by_layer.shape[1]):
            if resolved:
                sums.by_layer[slot, position, layer] += by_layer[position, layer]
            by_layer[position, layer] = 0.0


@kernel
def _sinh_map(t: float, centre: float, width: float) -> tuple[float, float]:
    """Return s(t) and ds/dt of a panel."""
    if width == 0.0:
        return t, 1.0
    return centre + width * np.sinh(t), width * np.cosh(t)


@kernel
def _kappa_map(s: float, start: float, span: float) -> tuple[float, float]:
    """Return kappa^2 and kappa dkappa/ds of a panel."""
    if np.isinf(span):
        return start + s * s, s
    sine = np.sin(s)
    return start + span * sine * sine, span * sine * np.cos(s)


@kernel
def _is_resolved(values: Array, rule: Rule, tolerance: float, length: float) -> bool:
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
def _mode_condition(
    multilayer: Multilayer, w: int, kappa_sq: complex, polarisation: int, wave: ComplexArray
) -> complex:
    """Return 1 - r r' exp(2 i kz d), which is zero at a guided mode, at the wavelength number ``w``."""
    e, last = multilayer.emitter, multilayer.permittivity.shape[1] - 1
    propagate_layers(kappa_sq, multilayer.permittivity[w], multilayer.thickness[w], wave)
    for layer in range(last + 1):
        wave[ADMITTANCE, layer] = wave[KZ, layer] * multilayer.admittance_scale[polarisation, w, layer]
    below = stack_reflection(wave, 0, e)
    above = stack_reflection(wave, last, e)
    return complex(1.0 - below * above * wave[PHASE, e])


@kernel
def _find_pole(
    multilayer: Multilayer,
    wavelength_index: int,
    start: float,
    top: float,
    begin: float,
    end: float,
    wave: ComplexArray,
) -> complex:
    """Return the narrower pole of the two polarisations near s = ``top``, with Im s > 0, or 0 if there is none.

    The secant rule on the round trip, from the highest of a panel's values; a pole counts if it lies within the panel
    or next to it and is narrower than the panel.
    """
    found, length = 0.0j, end - begin
    for polarisation in range(2):
        before, here, old = 0.0j, complex(top, 0.0), 0.0j
        for turn in range(STEPS):
            new = _mode_condition(multilayer, wavelength_index, start + here * here, polarisation, wave)
            if turn == 0:
                before, here, old = here, complex(top, 0.02 * length), new
                continue
            if new == old:
                break
            step = new * (here - before) / (new - old)
            before, old = here, new
            here = here - step
            if one_norm(step) <= 0.01 * abs(here.imag):
                break
        else:
            continue
        wide = abs(here.imag)
        near = begin - 0.5 * length < here.real < end + 0.5 * length
        if near and 0.0 < wide < 0.3 * length and (found == 0.0j or wide < found.imag):
            found = complex(here.real, wide)
    return found


@kernel
def _flush_gradients(part: GradientSums, good: bool, slot: int, out: GradientSums) -> None:
    """Add one panel's sums to a slot if they are good, and clear them."""
    for functional in range(out.value.shape[1]):
        for position in range(out.value.shape[2]):
            if good:
                out.value[slot, functional, position] += part.value[0, functional, position]
                out.emitter_index[slot, functional, position] += part.emitter_index[0, functional, position]
            part.value[0, functional, position] = part.emitter_index[0, functional, position] = 0.0
            for layer in range(out.permittivity.shape[3]):
                if good:
                    out.permittivity[slot, functional, position, layer] += part.permittivity[
                        0, functional, position, layer
                    ]
                    if layer < out.thickness.shape[3]:
                        out.thickness[slot, functional, position, layer] += part.thickness[
                            0, functional, position, layer
                        ]
                part.permittivity[0, functional, position, layer] = part.thickness[0, functional, position, layer] = 0.0


@kernel
def _is_at_light_cone(low: float, high: float, cone: float) -> bool:
    """Whether an interval of kappa^2 is too short, and too close to the emitter's light cone, to be cut further.

    All is _is_resolved there, but the parts of a derivative, of the order of 1/kz^2, cancel to rounding.
    """
    return high - low < CLOSE * cone and low < (1.0 + CLOSE) * cone and high > (1.0 - CLOSE) * cone


@kernel
def integrate_panel_gradients(
    multilayer: Multilayer, panels: Panels, rule: Rule, tolerance: Array, out: GradientSums
) -> IntArray:
    """Add the real axis, on panels that are cut until they resolve the values and their derivatives.

    As :func:`integrate_panels`, where the search for poles is explained.

    Args:
        multilayer: stack and dipoles.
        panels: to begin with.
        rule: Gauss rule for each panel.
        tolerance: (wavelength,) expected error of a panel, summed over positions, that is good enough.
        out: sums to add to, in the slots of the panels.

    Returns:
        (wavelength,) panels that were used, or -1 where there were too many.
    """
    layers, positions, functionals = multilayer.permittivity.shape[1], multilayer.height.shape[1], out.value.shape[1]
    workspace = make_gradient_workspace(layers, positions)
    shape = (1, functionals, positions, layers + 1)
    part = GradientSums(np.zeros(shape[:3]), np.zeros(shape, np.complex128), np.zeros(shape), np.zeros(shape[:3]))
    used = np.zeros(tolerance.size, np.int64)
    todo = np.empty((MOST, 6))
    values, s_of = np.empty((3, rule.node.size)), np.empty(rule.node.size)
    for number in range(panels.low.size):
        wavelength_index, slot, waiting, done = panels.wavelength_index[number], panels.slot[number], 1, 0
        step, own_cone = (
            uniform_spacing(multilayer.height[wavelength_index]),
            multilayer.permittivity[wavelength_index, multilayer.emitter].real,
        )
        todo[0, 0], todo[0, 1] = panels.low[number], panels.high[number]
        todo[0, 2], todo[0, 3] = panels.start[number], panels.span[number]
        todo[0, 4], todo[0, 5] = panels.centre[number], panels.width[number]
        while waiting > 0 and used[wavelength_index] >= 0:
            waiting -= 1
            done += 1
            low, high, start = todo[waiting, 0], todo[waiting, 1], todo[waiting, 2]
            span, centre, width = todo[waiting, 3], todo[waiting, 4], todo[waiting, 5]
            half = 0.5 * (high - low)
            for node in range(rule.node.size):
                s, slope = _sinh_map(low + half * (1.0 + rule.node[node]), centre, width)
                kappa_sq, turn = _kappa_map(s, start, span)
                weight = half * slope * turn
                s_of[node] = s
                point = in_plane_wave(multilayer, wavelength_index, kappa_sq, weight * rule.weight[node], True)
                seen = add_plane_wave_gradient(multilayer, point, step, workspace, part, 0)
                for kind in range(3):
                    values[kind, node] = weight * seen[kind]
            begin, _ = _sinh_map(low, centre, width)
            end, _ = _sinh_map(high, centre, width)
            good = _is_at_light_cone(_kappa_map(begin, start, span)[0], _kappa_map(end, start, span)[0], own_cone)
            if not good:
                good = _is_resolved(values[0], rule, tolerance[wavelength_index], end - begin)
                for kind in range(1, 3):
                    good = good and _is_resolved(values[kind], rule, tolerance[wavelength_index], end - begin)
            _flush_gradients(part, good, slot, out)
            if good:
                used[wavelength_index] += 1
                continue
            if done + waiting > MOST - 40:
                used[wavelength_index] = -1
                continue
            pole = 0.0j
            if np.isinf(span):
                pole = _find_pole(
                    multilayer, wavelength_index, start, s_of[np.argmax(values[0])], begin, end, workspace.adjoint.wave
                )
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
