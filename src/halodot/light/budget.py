"""The photon budget of a dipole at one wavelength, every channel from its own integral."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from halodot.errors import ConvergenceError
from halodot.light.kernels import Scene, Tally, green, trace
from halodot.light.quadrature import below_the_axis, between_branches, escape_cone, panel
from halodot.states import Array, IntArray

AIM = 1e-9
LIMIT = 1e-7
EFFORTS = (1, 2, 4, 8)
# Node numbers that reach the aim on stacks a wavelength thick; thicker ones are found by doubling.
ELLIPSE, CONE, TRAPPED, PANEL = 32, 24, 32, 12
DEEPEST = 45  # halvings of a panel
REACH = 18.0


class Budget(NamedTuple):
    """What a dipole's power becomes, in units of the power in an infinite medium."""

    power: Array  # (position,), from the Green's function
    cone: Tally  # in-plane wave numbers inside the escape cone
    trapped: Tally  # between the escape cone and the light cone of the denser outer medium
    guided: Tally  # beyond
    lossless: Array  # (position,), guided power of a stack in which nothing absorbs, from the modes' residues
    panels: int  # panels that the guided part took


def photon_budget(scene: Scene) -> Budget:
    """Return where the power goes, with more nodes until the channels add up to the Green's function.

    Args:
        scene: stack and dipoles at one wavelength.

    Returns:
        Fluxes by region of the in-plane wave number, whose sum agrees with ``power`` to 1e-9, or 1e-7 where rounding
        limits it.

    Raises:
        ConvergenceError: the channels do not add up, or a guided mode is too narrow to be resolved.
    """
    error, budget = np.inf, None
    for effort in EFFORTS:
        budget = _integrate(scene, effort)
        error = balance(scene, budget)
        if error < AIM:
            return budget
    if budget is None or not error < LIMIT:
        raise ConvergenceError(
            f"the channels of the photon budget miss the dipole's power by {error:.1e}: move the emission zone away"
            " from absorbing layers or reduce the number of wavelengths' worth of thickness",
            partial=budget,
        )
    return budget


def balance(scene: Scene, budget: Budget) -> float:
    """Return the largest relative difference between the Green's function and the sum of all channels."""
    e = scene.emitter
    total = budget.lossless.copy()
    for tally in (budget.cone, budget.trapped, budget.guided):
        total += tally.first[0, :, e - 1] + tally.first[0, :, e]
    # What enters the substrate inside the escape cone ends in air, or falls back on the stack.
    returned = budget.cone.first[0, :, 0] - budget.cone.air[0] - budget.cone.second[0, :, 0]
    return float(np.max((np.abs(total - budget.power) + np.abs(returned)) / budget.power))


def radiance(scene: Scene, angle: Array) -> Array:
    """Return the power per solid angle in air (position, angle) [1/sr] at polar angles [rad]."""
    tally = empty_tally(scene, angle.size)
    # dP/dOmega = cos(theta)/(2 pi) dP/(kappa dkappa) in air.
    weight = np.maximum(np.cos(angle), 0.0) / (2.0 * np.pi)
    trace(scene, np.sin(angle) ** 2, weight, np.arange(angle.size), True, tally, np.empty(angle.size))
    return tally.air.T.copy()


def _integrate(scene: Scene, effort: int) -> Budget:
    outer = outer_index(scene)
    end = _beyond_poles(scene, outer)
    absorbs = bool(np.any(scene.permittivity.imag > 0.0))
    far = max(REACH / absorber_distance(scene), 2.0 * end) if absorbs else end
    power = green(scene, *below_the_axis(end, far, ELLIPSE * effort))
    cone, trapped, guided = empty_tally(scene), empty_tally(scene), empty_tally(scene)
    _trace(scene, escape_cone(CONE * effort), True, cone)
    for low, high in _intervals(scene, outer):
        _trace(scene, between_branches(low, high, TRAPPED * effort), False, trapped)
    if not absorbs:
        return Budget(power, cone, trapped, guided, _residues(scene, outer, end, effort), 0)
    edges = _edges(outer, end, far)
    tolerance = 0.1 * AIM * float(power.sum()) / effort**4
    panels = _refine(scene, outer**2, edges, tolerance, guided)
    return Budget(power, cone, trapped, guided, np.zeros(scene.height.size), panels)


def outer_index(scene: Scene) -> float:
    """Return the index of the denser of the two outer media in which light can travel away."""
    substrate, top = scene.permittivity[0], scene.permittivity[-1]
    return float(np.sqrt(max(substrate.real, top.real if top.imag == 0.0 else 0.0, 1.0)))


def absorber_distance(scene: Scene) -> float:
    """Return the distance, in units of 1/k0, between an absorbing layer and the dipole that is nearest to it."""
    distance = np.inf
    below, above = scene.height.min(), scene.depth[scene.emitter] - scene.height.max()
    for layers, gap in (
        (range(scene.emitter - 1, -1, -1), below),
        (range(scene.emitter + 1, scene.depth.size), above),
    ):
        for layer in layers:
            if scene.permittivity[layer].imag > 0.0:
                distance = min(distance, gap)
                break
            gap += scene.depth[layer]
    return float(distance)


def _beyond_poles(scene: Scene, outer: float) -> float:
    permittivity = scene.permittivity
    indices = np.sqrt(permittivity)
    dielectric = float(np.max(indices.real[permittivity.real > 0.0], initial=outer))
    pairs = permittivity[1:] + permittivity[:-1]
    plasmon = np.sqrt(permittivity[1:] * permittivity[:-1] / np.where(pairs == 0.0, 1e-3j, pairs))
    # A plasmon beyond six vacuum wave numbers is so damped that the tail's nodes see it as smooth.
    bound = plasmon.real[plasmon.real < 6.0]
    return 1.15 * max(dielectric, float(np.max(bound, initial=outer))) + 0.1


def _intervals(scene: Scene, outer: float) -> list[tuple[float, float]]:
    points = {1.0, float(np.sqrt(scene.permittivity[0].real)), outer}
    if scene.permittivity[-1].imag == 0.0:
        points.add(max(float(np.sqrt(scene.permittivity[-1].real)), 1.0))
    ordered = sorted(points)
    return [(low, high) for low, high in pairwise(ordered) if high - low > 1e-12]


def _edges(outer: float, end: float, far: float) -> Array:
    first, last = np.sqrt(end**2 - outer**2), np.sqrt(far**2 - outer**2)
    octaves = max(int(np.ceil(np.log2(last / first))), 1)
    tail = first * (last / first) ** (np.arange(1, octaves + 1) / octaves)
    return np.concatenate((np.linspace(0.0, first, 4), tail))


def _residues(scene: Scene, outer: float, end: float, effort: int) -> Array:
    reach = float(np.sqrt(end**2 - outer**2))
    s, weight = below_the_axis(reach, reach, ELLIPSE * effort)
    kappa = np.sqrt(outer**2 + s * s)
    return np.asarray(green(scene, kappa, weight * s / kappa))


def _refine(scene: Scene, outer_square: float, edges: Array, tolerance: float, tally: Tally) -> int:
    """Integrate the fluxes beyond the outer light cone on panels that are halved until they resolve every peak.

    The variable is s = sqrt(kappa^2 - outer_square), which has no branch point where the outer medium goes dark. A
    panel is accepted when the square of its last Legendre coefficients over its mean, the error to be expected of the
    Gauss rule, is below ``tolerance``.
    """
    node, weight, rows = panel(PANEL)
    low, high = edges[:-1], edges[1:]
    evaluated = 0
    for _ in range(DEEPEST):
        half = 0.5 * (high - low)[:, np.newaxis]
        s = low[:, np.newaxis] + half * (1.0 + node)
        slope, count = half * s, low.size
        trial, density = empty_tally(scene, count), np.empty(s.size)
        slot = np.repeat(np.arange(count), node.size)
        trace(scene, (outer_square + s * s).ravel(), (weight * slope).ravel(), slot, False, trial, density)
        evaluated += count
        values = density.reshape(s.shape) * slope
        size = np.maximum(np.abs(values) @ weight, 1e-300)
        rough = np.abs(values @ rows.T).sum(axis=1) ** 2 / size > tolerance
        tally.first[0] += trial.first[~rough].sum(axis=0)
        if not rough.any():
            return evaluated
        low, high = low[rough], high[rough]
        middle = 0.5 * (low + high)
        low, high = np.concatenate((low, middle)), np.concatenate((middle, high))
    raise ConvergenceError(
        f"a guided mode is narrower than {np.max(high - low):.0e} vacuum wave numbers, so that its absorption cannot be"
        " resolved: give the layers of the guide an extinction coefficient of at least 1e-8"
    )


def empty_tally(scene: Scene, slots: int = 1) -> Tally:
    """Return a tally of zeros with this number of slots."""
    shape = (slots, scene.height.size, scene.depth.size - 1)
    return Tally(np.zeros(shape), np.zeros(shape), np.zeros(shape[:2]))


def _trace(scene: Scene, rule: tuple[Array, Array], leaves: bool, tally: Tally) -> None:
    kappa, weight = rule
    slot: IntArray = np.zeros(kappa.size, dtype=np.int64)
    trace(scene, kappa**2, weight * kappa, slot, leaves, tally, np.empty(kappa.size))
