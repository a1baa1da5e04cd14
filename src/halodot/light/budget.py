"""The photon budget of a dipole by wavelength, every channel from its own integral."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from halodot.errors import ConvergenceError
from halodot.light.kernels import ComplexArray, Nodes, Scene, Tally, green, trace
from halodot.light.quadrature import below_the_axis, legendre_panel, panel_error
from halodot.states import Array, BoolArray

AIM = 1e-9
LIMIT = 1e-7
EFFORTS = (1, 2, 4, 8, 16)
ELLIPSE, PANEL = 32, 12  # nodes on the contour below the axis, and on a panel of the real axis
MOST = 2000  # panels at a time for each wavelength
ROUNDING = 1e-15
NARROW = "a guided mode may be too narrow to be resolved (give the films an extinction coefficient of at least 1e-8)"
REACH = 18.0  # the near field has died out at kappa = REACH over the distance to the absorber
TIGHT = 0.5  # part of the aim that the error of one panel, summed over positions, may reach
CONE, TRAPPED, GUIDED = 0, 1, 2
_RIGHT_ANGLE = 0.5 * np.pi


class Budget(NamedTuple):
    """What a dipole's power becomes, in units of the power in an infinite medium."""

    power: Array  # (wavelength, position), from the Green's function
    first: Array  # (wavelength, region, position, interface), flux away from the dipole on the first way
    second: Array  # (wavelength, position, interface), upward flux of the light that the substrate's face returns
    air: Array  # (wavelength, position)
    lossless: Array  # (wavelength, position), guided power where nothing absorbs, from the modes' residues
    error: Array  # (wavelength,), largest relative difference between power and the sum of its channels


class Panels(NamedTuple):
    """Intervals of the real axis, each with the mapping that makes the integrand smooth.

    Between two branch points kappa^2 = start + (stop - start) sin^2 t, beyond the last one kappa^2 = start + t^2.
    """

    low: Array  # (panel,) in t
    high: Array
    start: Array
    stop: Array  # inf beyond the last branch point
    region: Array  # CONE (escapes to air), TRAPPED (travels in an outer medium only) or GUIDED
    colour: Array


def photon_budget(scene: Scene) -> Budget:
    """Return where the power goes, with more nodes until the channels add up to the Green's function.

    Args:
        scene: stack and dipoles.

    Returns:
        Fluxes by region of the in-plane wave number, whose sum agrees with ``power`` to 1e-9, or to 1e-7 where
        rounding limits it.

    Raises:
        ConvergenceError: the channels do not add up, or a guided mode is too narrow to be resolved.
    """
    budget = integrate(scene, EFFORTS[0])
    for effort in EFFORTS[1:]:
        again = ~(budget.error < AIM)
        if not again.any():
            return budget
        better = integrate(_some(scene, again), effort)
        for column, improved in zip(budget, better, strict=True):
            column[again] = improved
    worst = float(np.max(budget.error))
    if not worst < LIMIT:
        raise ConvergenceError(
            f"the channels of the photon budget miss the dipole's power by {worst:.1e}: {NARROW}, or a film may be too"
            " thick to be coherent",
            partial=budget,
        )
    return budget


def radiance(scene: Scene, angle: Array) -> Array:
    """Return the power per solid angle in air (wavelength, position, angle) [1/sr] at polar angles [rad]."""
    colours, places = scene.height.shape
    tally = _empty_tally(scene, colours * angle.size)
    # Exactly along the surface an emitter of index 1 would divide zero by zero.
    angle = np.minimum(angle, 0.5 * np.pi - 1e-7)
    # dP/dOmega = cos(theta)/(2 pi) dP/(kappa dkappa) in air.
    square, weight = np.tile(np.sin(angle) ** 2, colours), np.tile(np.cos(angle) / (2.0 * np.pi), colours)
    nodes = Nodes(np.repeat(np.arange(colours), angle.size), square, weight, np.arange(square.size))
    trace(scene, nodes, tally, np.empty(square.size))
    return np.ascontiguousarray(tally.air.reshape(colours, angle.size, places).swapaxes(1, 2))


def integrate(scene: Scene, effort: int = 1) -> Budget:
    """Return the budget from a number of nodes that grows with ``effort``, and how well it closes."""
    outer = outer_index(scene)
    # A slow plasmon of a thin metal film may lie beyond the first guess, so more effort also reaches further.
    end = _beyond_poles(scene, outer) * (1.0 + 0.5 * np.log2(effort))
    absorbs = np.any(scene.permittivity.imag > 0.0, axis=1)
    far = np.where(absorbs, np.maximum(REACH / absorber_distance(scene), 2.0 * end), end)
    power = green(scene, *below_the_axis(end, far, ELLIPSE * effort))
    tolerance = TIGHT * AIM * power.sum(axis=1) / effort**2
    panels = _first_panels(scene, outer, end, np.where(absorbs, far, 0.0), effort)
    tally = _integrate_panels(scene, panels, tolerance)
    lossless = np.zeros(power.shape)
    if not absorbs.all():
        lossless[~absorbs] = _residues(_some(scene, ~absorbs), outer[~absorbs], end[~absorbs], effort)
    colours, places = power.shape
    first = tally.first.reshape(colours, 3, places, -1)
    second, air = tally.second[CONE::3], tally.air[CONE::3]
    e = scene.emitter
    spent = (first[..., e - 1] + first[..., e]).sum(axis=1) + lossless
    # What enters the substrate inside the escape cone ends in air, or falls back on the stack.
    returned = first[:, CONE, :, 0] - air - second[:, :, 0]
    error = np.max((np.abs(spent - power) + np.abs(returned)) / power, axis=1)
    return Budget(power, first, second.copy(), air.copy(), lossless, error)


def outer_index(scene: Scene) -> Array:
    """Return the index (wavelength,) of the denser of the two outer media in which light can travel away."""
    substrate, top = scene.permittivity[:, 0], scene.permittivity[:, -1]
    back = np.where(top.imag == 0.0, top.real, 0.0)
    return np.asarray(np.sqrt(np.maximum(np.maximum(substrate.real, back), 1.0)))


def absorber_distance(scene: Scene) -> Array:
    """Return the distance (wavelength,) in units of 1/k0 from an absorbing layer to the dipole nearest to it."""
    e, layers = scene.emitter, scene.depth.shape[1]
    distance = np.full(scene.depth.shape[0], np.inf)
    below, above = scene.height.min(axis=1), scene.depth[:, e] - scene.height.max(axis=1)
    for order, gap in ((range(e - 1, -1, -1), below), (range(e + 1, layers), above)):
        for layer in order:
            # The gap only grows, so that the minimum keeps the first absorber of this side.
            distance = np.where(scene.permittivity[:, layer].imag > 0.0, np.minimum(distance, gap), distance)
            gap = gap + scene.depth[:, layer]
    return distance


def _some(scene: Scene, chosen: BoolArray) -> Scene:
    return scene._replace(
        permittivity=scene.permittivity[chosen], depth=scene.depth[chosen], height=scene.height[chosen]
    )


def _empty_tally(scene: Scene, slots: int) -> Tally:
    shape = (slots, scene.height.shape[1], scene.depth.shape[1] - 1)
    return Tally(np.zeros(shape), np.zeros(shape), np.zeros(shape[:2]))


def _beyond_poles(scene: Scene, outer: Array) -> Array:
    """Return a kappa (wavelength,) beyond the indices of all dielectrics and the plasmons of neighbouring layers."""
    permittivity = scene.permittivity
    dielectric = np.where(permittivity.real > 0.0, np.sqrt(permittivity).real, 0.0).max(axis=1)
    pairs = permittivity[:, 1:] + permittivity[:, :-1]
    plasmon = np.sqrt(permittivity[:, 1:] * permittivity[:, :-1] / np.where(pairs == 0.0, 1e-3j, pairs)).real
    # A plasmon beyond six vacuum wave numbers is so damped that the tail's nodes see it as smooth.
    bound = np.where(plasmon < 6.0, plasmon, 0.0).max(axis=1)
    return np.asarray(1.15 * np.maximum(np.maximum(dielectric, bound), outer) + 0.1)


def _first_panels(scene: Scene, outer: Array, end: Array, far: Array, effort: int) -> Panels:
    """Return coarse panels between the branch points, and up to ``far`` where that is not zero."""
    rows: list[tuple[float, ...]] = []
    radians = np.sum(np.sqrt(scene.permittivity).real * scene.depth, axis=1)
    for colour, permittivity in enumerate(scene.permittivity):
        pieces = effort * (2 + int(radians[colour] / 10.0))
        points = {0.0, 1.0, permittivity[0].real, outer[colour] ** 2}
        # The plasmon on the far side of a metal film is too faint to be found unless nodes crowd around it.
        hidden = permittivity[-1] * permittivity[-2] / (permittivity[-1] + permittivity[-2])
        for value in (hidden.real, permittivity[-1].real if permittivity[-1].imag == 0.0 else 1.0):
            if 1.0 < value < outer[colour] ** 2:
                points.add(value)
        for start, stop in pairwise(sorted(points)):
            if stop - start > 1e-12:
                region = CONE if stop <= 1.0 else TRAPPED
                edges = _RIGHT_ANGLE * np.arange(pieces + 1) / pieces
                rows += [(low, high, start, stop, region, colour) for low, high in pairwise(edges)]
        if far[colour] > 0.0:
            start = outer[colour] ** 2
            edges = _tail_edges(np.sqrt(end[colour] ** 2 - start), np.sqrt(far[colour] ** 2 - start), pieces + 1)
            rows += [(low, high, start, np.inf, GUIDED, colour) for low, high in pairwise(edges)]
    return Panels(*np.array(rows).T)


def _tail_edges(end: float, far: float, pieces: int) -> Array:
    octaves = max(int(np.ceil(np.log2(far / end))), 1)
    tail = end * (far / end) ** (np.arange(1, octaves + 1) / octaves)
    return np.concatenate((end * np.arange(pieces + 1) / pieces, tail))


def _integrate_panels(scene: Scene, panels: Panels, tolerance: Array) -> Tally:
    """Return the fluxes by wavelength and region, on panels that are halved until they resolve every peak.

    A panel is accepted when its expected error, summed over positions, is below ``tolerance`` (wavelength,).
    """
    node, weight, rows = legendre_panel(PANEL)
    total = _empty_tally(scene, 3 * tolerance.size)
    while True:
        count = panels.low.size
        kappa_square, slope = _mapped(panels, node)
        trial, monitor = _empty_tally(scene, count), np.empty(slope.size)
        colour, slot = panels.colour.astype(np.int64), np.repeat(np.arange(count), node.size)
        nodes = Nodes(np.repeat(colour, node.size), kappa_square.ravel(), (weight * slope).ravel(), slot)
        trace(scene, nodes, trial, monitor)
        values = monitor.reshape(slope.shape) * slope
        # Next to a sharp peak kappa itself is rounded to ROUNDING, which no halving can improve.
        noise = ROUNDING * (np.abs(values) @ weight) / (panels.high - panels.low)
        rough = panel_error(values, rows) > np.maximum(tolerance[colour], noise)
        target = (3 * colour + panels.region.astype(np.int64))[~rough]
        for sums, parts in zip(total, trial, strict=True):
            np.add.at(sums, target, parts[~rough])
        if not rough.any():
            return total
        panels = _halved(Panels(*(column[rough] for column in panels)))
        if panels.low.size > MOST * tolerance.size:
            raise ConvergenceError(NARROW)


def _mapped(panels: Panels, node: Array) -> tuple[Array, Array]:
    """Return kappa^2 and kappa dkappa/dnode (panel, node) on every panel."""
    half = 0.5 * (panels.high - panels.low)[:, np.newaxis]
    t = panels.low[:, np.newaxis] + half * (1.0 + node)
    open_end = np.isinf(panels.stop)
    span = np.where(open_end, 0.0, panels.stop - panels.start)[:, np.newaxis]
    start, beyond = panels.start[:, np.newaxis], open_end[:, np.newaxis]
    kappa_square = start + np.where(beyond, t * t, span * np.sin(t) ** 2)
    return kappa_square, half * np.where(beyond, t, 0.5 * span * np.sin(2.0 * t))


def _halved(panels: Panels) -> Panels:
    middle = 0.5 * (panels.low + panels.high)
    rest = (np.concatenate((column, column)) for column in panels[2:])
    return Panels(np.concatenate((panels.low, middle)), np.concatenate((middle, panels.high)), *rest)


def _residues(scene: Scene, outer: Array, end: Array, effort: int) -> Array:
    """Return the power of guided modes without loss: the Green's function past the outer light cone."""
    reach = np.sqrt(end**2 - outer**2)
    s, weight = below_the_axis(reach, reach, ELLIPSE * effort)
    kappa: ComplexArray = np.sqrt(outer[:, np.newaxis] ** 2 + s * s)
    return np.asarray(green(scene, kappa, weight * s / kappa))
