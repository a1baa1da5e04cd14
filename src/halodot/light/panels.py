"""The adaptive integration along the real axis of the in-plane wave number, on panels that find the poles.

One integrator adds up fluxes, or values with their derivatives by every layer: the integrand is chosen when the kernel
is compiled, by which of the two sums is given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, ComplexArray, IntArray
from halodot.compiled import kernel, part
from halodot.light.adjoint import GradientSums
from halodot.light.channel_gradients import GradientWorkspace, add_plane_wave_gradient, make_gradient_workspace
from halodot.light.channels import (
    ChannelWorkspace,
    FluxSums,
    add_plane_wave,
    in_plane_wave,
    make_channel_workspace,
)
from halodot.light.dipole import uniform_spacing
from halodot.light.multilayer import (
    ADMITTANCE,
    KZ,
    PHASE,
    Multilayer,
    make_plane_wave,
    one_norm,
    propagate_layers,
    stack_reflection,
)

ROUNDING = 1e-15  # of a sum beside the position that a sharp peak has on an axis of 16 digits
LONGEST = 2.5  # of a panel beside a pole, in t: sinh t then grows by a decade, which the rule resolves
MOST_PIECES = 30  # that a panel with a pole is cut into: LONGEST times 30 spans 32 decades, all that numbers hold
MOST_PANELS = 3000  # that one first panel may need; a hundred are usual, more are a pole that was not found
STEPS = 12  # of the secant rule towards a pole, which doubles its digits in less than two
CLOSE = 1e-3  # share of kappa^2 at a light cone within which a derivative is a difference of large parts


class Panels(NamedTuple):
    """Intervals of the real axis, each with the mapping that makes the integrand smooth.

    With s = t, or s = centre + width sinh t beside a pole: between two branch points kappa^2 = start + span sin^2 s,
    beyond the last one, where span is inf, kappa^2 = start + s^2.
    """

    low: Array  # (panel,), in t
    high: Array  # (panel,), in t
    start: Array  # [k0^2], (panel,)
    span: Array  # [k0^2], (panel,)
    centre: Array  # (panel,), real part of the pole in s
    width: Array  # (panel,), its imaginary part, 0 without a pole
    slot: IntArray  # (panel,), slot of the sums
    wavelength_index: IntArray  # (panel,)


class Rule(NamedTuple):
    """A Gauss rule on [-1, 1] that knows its error."""

    node: Array  # (node,)
    weight: Array  # (node,)
    rows: Array  # (4, node), function values to the Legendre coefficients in the middle and at the end


class _Panel(NamedTuple):
    """One of the intervals of :class:`Panels`, with the ends in s as well."""

    low: float
    high: float
    start: float
    span: float
    centre: float
    width: float
    begin: float
    end: float


class _FluxPart(NamedTuple):
    """Fluxes of one panel, with the workspace that they are made in."""

    workspace: ChannelWorkspace
    sums: FluxSums


class _GradientPart(NamedTuple):
    """Values and derivatives of one panel, with the workspace that they are made in."""

    workspace: GradientWorkspace
    sums: GradientSums


@kernel
def integrate_panels(
    multilayer: Multilayer,
    panels: Panels,
    rule: Rule,
    tolerance: Array,
    fluxes: FluxSums | None,
    gradients: GradientSums | None,
) -> IntArray:
    """Add the real axis to sums, on panels that are cut until they resolve every peak.

    Beyond the last branch point a panel that is too rough is searched for the pole that makes it so, which is then
    opened by s = Re s_p + |Im s_p| sinh t; other panels are halved. Derivatives are resolved like values.

    Args:
        multilayer: stack and dipoles.
        panels: to begin with.
        rule: Gauss rule for each panel.
        tolerance: expected error of a panel, summed over positions, that is good enough [power of the dipole in an
            infinite medium], (wavelength,).
        fluxes: sums to add to, in the slots of the panels, or None.
        gradients: sums of values and derivatives to add to instead, or None.

    Returns:
        Panels that were used, or -1 where there were too many, (wavelength,).
    """
    shape = multilayer.permittivity.shape[1], multilayer.height.shape[1]
    flux_part, gradient_part, rows = None, None, 1
    if fluxes is not None:
        flux_part = _make_flux_part(shape[0], shape[1])
    if gradients is not None:
        gradient_part, rows = _make_gradient_part(shape[0], shape[1], gradients.value.shape[1]), 3
    used = np.zeros(tolerance.size, np.int64)
    todo = np.empty((MOST_PANELS, 6))
    samples, abscissa = np.empty((rows, rule.node.size)), np.empty(rule.node.size)
    for number in range(panels.low.size):
        w, waiting, done = panels.wavelength_index[number], 1, 0
        _write_first(panels, number, todo)
        while waiting > 0 and used[w] >= 0:
            waiting -= 1
            done += 1
            panel = _read_panel(todo, waiting)
            _sample(multilayer, w, panel, rule, samples, abscissa, flux_part, gradient_part)
            resolved = False
            if gradients is not None:
                resolved = _is_at_light_cone(panel, multilayer.permittivity[w, multilayer.emitter].real)
            resolved = resolved or _is_resolved(samples, rule, tolerance[w], panel.end - panel.begin)
            _flush(flux_part, gradient_part, resolved, panels.slot[number], fluxes, gradients)
            if resolved:
                used[w] += 1
            elif done + waiting > MOST_PANELS - MOST_PIECES - 10:
                used[w] = -1
            else:
                pole = 0.0j
                if np.isinf(panel.span):
                    pole = _find_pole(multilayer, w, panel, abscissa[np.argmax(samples[0])])
                waiting = _divide(panel, pole, todo, waiting)
    return used


@part
def _make_flux_part(layers: int, positions: int) -> _FluxPart:
    """Return a workspace for the fluxes of one panel."""
    sums = FluxSums(np.zeros((1, positions, layers)), np.zeros((1, positions)))
    return _FluxPart(make_channel_workspace(layers, positions), sums)


@part
def _make_gradient_part(layers: int, positions: int, functionals: int) -> _GradientPart:
    """Return a workspace for the values and derivatives of one panel."""
    shape = (1, functionals, positions, layers + 1)
    sums = GradientSums(np.zeros(shape[:3]), np.zeros(shape, np.complex128), np.zeros(shape), np.zeros(shape[:3]))
    return _GradientPart(make_gradient_workspace(layers, positions), sums)


@part
def _write_first(panels: Panels, number: int, todo: Array) -> None:
    """Write one of the panels as the first of those that are to be done."""
    todo[0, 0], todo[0, 1] = panels.low[number], panels.high[number]
    todo[0, 2], todo[0, 3] = panels.start[number], panels.span[number]
    todo[0, 4], todo[0, 5] = panels.centre[number], panels.width[number]


@part
def _read_panel(todo: Array, number: int) -> _Panel:
    """Return one of the panels that are to be done."""
    low, high, centre, width = todo[number, 0], todo[number, 1], todo[number, 4], todo[number, 5]
    begin, _ = _sinh_map(low, centre, width)
    end, _ = _sinh_map(high, centre, width)
    return _Panel(low, high, todo[number, 2], todo[number, 3], centre, width, begin, end)


@part
def _divide(panel: _Panel, pole: complex, todo: Array, waiting: int) -> int:
    """Write the pieces of a panel, opened at a pole if one is given, and return how many panels wait now."""
    low, high, centre, width, pieces = panel.low, panel.high, panel.centre, panel.width, 2
    if pole.imag > 0.0 and not (width > 0.0 and abs(pole.real - centre) < width):
        centre, width = pole.real, pole.imag
        low, high = np.arcsinh((panel.begin - centre) / width), np.arcsinh((panel.end - centre) / width)
        pieces = min(max(int(np.ceil((high - low) / LONGEST)), 2), MOST_PIECES)
    for piece in range(pieces):
        todo[waiting, 0] = low + (high - low) * (pieces - 1 - piece) / pieces
        todo[waiting, 1] = low + (high - low) * (pieces - piece) / pieces
        todo[waiting, 2], todo[waiting, 3] = panel.start, panel.span
        todo[waiting, 4], todo[waiting, 5] = centre, width
        waiting += 1
    return waiting


@kernel
def _sample(
    multilayer: Multilayer,
    w: int,
    panel: _Panel,
    rule: Rule,
    samples: Array,
    abscissa: Array,
    flux_part: _FluxPart | None,
    gradient_part: _GradientPart | None,
) -> None:
    """Add up one panel, and write what the quadrature must resolve at its nodes (row, node) and where they lie in s."""
    spacing, half = uniform_spacing(multilayer.height[w]), 0.5 * (panel.high - panel.low)
    if flux_part is not None:
        workspace, by_layer, air = flux_part.workspace, flux_part.sums.by_layer[0], flux_part.sums.air[0]
    if gradient_part is not None:
        gradient_workspace, sums = gradient_part
    for node in range(rule.node.size):
        s, slope = _sinh_map(panel.low + half * (1.0 + rule.node[node]), panel.centre, panel.width)
        kappa_sq, turn = _kappa_map(s, panel.start, panel.span)
        weight = half * slope * turn
        abscissa[node] = s
        if flux_part is not None:
            point = in_plane_wave(multilayer, w, kappa_sq, rule.weight[node] * weight, False)
            samples[0, node] = weight * add_plane_wave(multilayer, point, spacing, workspace, by_layer, air)
        if gradient_part is not None:
            point = in_plane_wave(multilayer, w, kappa_sq, weight * rule.weight[node], True)
            seen = add_plane_wave_gradient(multilayer, point, spacing, gradient_workspace, sums, 0)
            for row in range(3):
                samples[row, node] = weight * seen[row]


@kernel
def _flush(
    flux_part: _FluxPart | None,
    gradient_part: _GradientPart | None,
    resolved: bool,
    slot: int,
    fluxes: FluxSums | None,
    gradients: GradientSums | None,
) -> None:
    """Add one panel's part to a slot of the sums if it is resolved, and clear it."""
    if flux_part is not None and fluxes is not None:
        _flush_fluxes(flux_part.sums, resolved, slot, fluxes)
    if gradient_part is not None and gradients is not None:
        _flush_gradients(gradient_part.sums, resolved, slot, gradients)


@kernel
def _flush_fluxes(part: FluxSums, resolved: bool, slot: int, sums: FluxSums) -> None:
    """Add one panel's fluxes to a slot of the sums if they are resolved, and clear them."""
    for position in range(part.air.shape[1]):
        if resolved:
            sums.air[slot, position] += part.air[0, position]
        part.air[0, position] = 0.0
        for layer in range(part.by_layer.shape[2]):
            if resolved:
                sums.by_layer[slot, position, layer] += part.by_layer[0, position, layer]
            part.by_layer[0, position, layer] = 0.0


@kernel
def _flush_gradients(part: GradientSums, resolved: bool, slot: int, sums: GradientSums) -> None:
    """Add one panel's values and derivatives to a slot of the sums if they are resolved, and clear them."""
    for f in range(sums.value.shape[1]):
        for position in range(sums.value.shape[2]):
            if resolved:
                sums.value[slot, f, position] += part.value[0, f, position]
                sums.emitter_index[slot, f, position] += part.emitter_index[0, f, position]
            part.value[0, f, position] = part.emitter_index[0, f, position] = 0.0
            for layer in range(sums.permittivity.shape[3]):
                if resolved:
                    sums.permittivity[slot, f, position, layer] += part.permittivity[0, f, position, layer]
                    if layer < sums.thickness.shape[3]:
                        sums.thickness[slot, f, position, layer] += part.thickness[0, f, position, layer]
                part.permittivity[0, f, position, layer] = part.thickness[0, f, position, layer] = 0.0


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
def _is_resolved(samples: Array, rule: Rule, tolerance: float, length: float) -> bool:
    """Whether the Gauss rule is expected to integrate all rows of function values (row, node) within a tolerance.

    The rule is exact up to twice the degree of the last Legendre coefficient c. If the coefficients fall from m in
    the middle to c at the end, they go on to c (c/m)^2 at twice the degree; a weak narrow peak shows as c/m near 1.
    Next to a sharp peak kappa itself is rounded, which no cut can improve.
    """
    parts = np.empty(4)
    for row in range(samples.shape[0]):
        total = 0.0
        parts[:] = 0.0
        for node in range(samples.shape[1]):
            total += abs(samples[row, node]) * rule.weight[node]
            for k in range(4):
                parts[k] += rule.rows[k, node] * samples[row, node]
        middle, last = abs(parts[0]) + abs(parts[1]), abs(parts[2]) + abs(parts[3])
        error = last * min(last / max(middle, 1e-300), 1.0) ** 2
        if not error <= max(tolerance, ROUNDING * total / length):
            return False
    return True


@part
def _is_at_light_cone(panel: _Panel, cone: float) -> bool:
    """Whether a panel is too short, and too close to the emitter's light cone kappa^2 = ``cone``, to be cut further.

    All is smooth there, but the parts of a derivative, of the order of 1/kz^2, cancel to rounding.
    """
    low, _ = _kappa_map(panel.begin, panel.start, panel.span)
    high, _ = _kappa_map(panel.end, panel.start, panel.span)
    return high - low < CLOSE * cone and low < (1.0 + CLOSE) * cone and high > (1.0 - CLOSE) * cone


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
def _find_pole(multilayer: Multilayer, w: int, panel: _Panel, top: float) -> complex:
    """Return the narrower pole of the two polarisations near s = ``top``, with Im s > 0, or 0 if there is none.

    The secant rule on the round trip, from the highest of a panel's values; a pole counts if it lies within the panel
    or next to it and is narrower than the panel.
    """
    found, begin, end = 0.0j, panel.begin, panel.end
    length, wave = end - begin, make_plane_wave(multilayer.permittivity.shape[1])
    for polarisation in range(2):
        before, here, old = 0.0j, complex(top, 0.0), 0.0j
        for turn in range(STEPS):
            new = _mode_condition(multilayer, w, panel.start + here * here, polarisation, wave)
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
