"""The photon budget of a dipole by wavelength, every channel from its own integral."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.arrays import Array, BoolArray, ComplexArray
from halodot.errors import ConvergenceError
from halodot.light.channels import FluxSums, Nodes, add_plane_waves
from halodot.light.dipole import dipole_power
from halodot.light.multilayer import SPHERE, TOP, Multilayer
from halodot.light.narrow import Panel, integrate_by_shares
from halodot.light.panels import Panels, Rule, integrate_panels
from halodot.light.quadrature import below_the_axis, legendre_panel

AIM = 5e-9  # gap of a budget that is good enough: half of the gap that a note is written about
LIMIT, REMARKED = 1e-6, 1e-8  # gap of a budget that is refused, and of one that is given with a note
EFFORTS = (1, 2, 4, 8, 16)  # factors of the number of nodes; a Gauss rule gains digits in proportion
PATIENCE = 2  # effort after which a large gap is put down to a narrow mode: smooth integrands have converged by then
# Nodes below the axis for all and for guided light, and for each factor of 4 beyond it: the least that reach AIM on
# stacks of light-emitting diodes, whose integrand has poles no nearer than the depth of the ellipse.
ELLIPSE, GUIDES, TAIL = 18, 22, 9
PANEL, TAIL_PANEL = (
    24,
    14,
)  # nodes on a panel of the real axis inside and beyond the outer light cone, least time for AIM
NARROW = "a guided mode may be too narrow to be resolved (give the films an extinction coefficient of at least 1e-8)"
REACH = 16.0  # the near field has died out at kappa = REACH over the distance to the absorber: exp(-2 REACH) = 1e-14
TIGHT = (
    2.0  # times the aim that the expected error of one panel, summed over positions, may reach; errors differ in sign
)
CONE, TRAPPED, GUIDED = 0, 1, 2  # regions of the in-plane wave number
_RIGHT_ANGLE = 0.5 * np.pi


class Budget(NamedTuple):
    """What a dipole's power becomes, in units of the power in an infinite medium.

    The first layer, the substrate, keeps what it absorbs and what its outer face holds back, the last what leaves
    through the top or is absorbed in the half-space there.
    """

    power: Array  # (wavelength, position), from the Green's function
    by_layer: Array  # (wavelength, region, position, layer)
    air: Array  # (wavelength, position), out through the substrate
    trapped: Array  # (wavelength, position), what the outer face of the substrate holds back
    absorbed: Array  # (wavelength, position), what the substrate absorbs of light that travels in it
    unsplit: Array  # (wavelength, position), guided power that is not split by layer, from below the axis
    error: Array  # (wavelength,), largest relative difference between power and the sum of its channels


def photon_budget(multilayer: Multilayer, layers: bool = True) -> Budget:
    """Return where the power goes, with more nodes until the channels add up to the Green's function.

    Args:
        multilayer: stack and dipoles.
        layers: whether to split the guided power by layer, which takes most of the time.

    Returns:
        Fluxes by region of the in-plane wave number, whose sum agrees with ``power`` to 1e-9 as a rule, or to 1e-6
        where rounding limits it.

    Raises:
        ConvergenceError: the channels do not add up.
    """
    budget = integrate(multilayer, EFFORTS[0], layers)
    for effort in EFFORTS[1:]:
        again = ~(budget.error < AIM)
        if not again.any():
            return budget
        better = integrate(_some(multilayer, again), effort, layers)
        for column, improved in zip(budget, better, strict=True):
            column[again] = improved
        if effort == PATIENCE:
            _retry_narrow_modes(multilayer, budget, layers)
    worst = float(np.max(budget.error))
    if not worst < LIMIT:
        raise ConvergenceError(
            f"the channels of the photon budget miss the dipole's power by {worst:.1e}: {NARROW}, or a film may be too"
            " thick to be coherent",
            partial=budget,
        )
    return budget


def rays(multilayer: Multilayer, kappa: Array, weight: Array) -> FluxSums:
    """Return what waves of single in-plane wave numbers carry.

    Args:
        multilayer: stack and dipoles.
        kappa: in-plane wave numbers [k0], (wavelength, wave).
        weight: to multiply dP/(kappa dkappa) with [k0^2], (wavelength, wave).

    Returns:
        Fluxes [power of the dipole in an infinite medium], with one slot (wavelength x wave) for each wave.
    """
    wavelengths, waves = kappa.shape
    sums = _empty_sums(multilayer, kappa.size)
    numbers = np.repeat(np.arange(wavelengths), waves)
    nodes = Nodes(numbers, (kappa**2).ravel(), weight.ravel(), np.arange(kappa.size))
    add_plane_waves(multilayer, nodes, sums)
    return sums


def radiance(multilayer: Multilayer, angle: Array) -> Array:
    """Return the power per solid angle in air (wavelength, position, angle) [1/sr] at polar angles [rad].

    Args:
        multilayer: stack and dipoles.
        angle: (angle,) polar angles in air; under a half sphere, in its glass.
    """
    # Exactly along the surface an emitter of index 1 would divide zero by zero.
    angle = np.minimum(angle, 0.5 * np.pi - 1e-7)
    substrate = multilayer.permittivity[:, 0].real
    index = np.sqrt(substrate) if multilayer.exit == SPHERE else np.ones(substrate.size)
    # dP/dOmega = n^2 cos(theta)/(2 pi) dP/(kappa dkappa) with kappa = n sin(theta).
    kappa, weight = np.outer(index, np.sin(angle)), np.outer(index**2, np.cos(angle) / (2.0 * np.pi))
    sums = rays(multilayer, kappa, weight)
    seen = sums.by_layer[..., -1] if multilayer.exit == TOP else sums.air
    return np.ascontiguousarray(seen.reshape(*kappa.shape, -1).swapaxes(1, 2))


def integrate(multilayer: Multilayer, effort: int = 1, layers: bool = True) -> Budget:
    """Return the budget from a number of nodes that grows with ``effort``, and how well it closes."""
    contour = _contour(multilayer, effort, layers)
    tolerance = TIGHT * AIM * contour.power.sum(axis=1) / effort**2
    sums = _empty_sums(multilayer, 3 * contour.power.shape[0])
    inside, beyond = first_panels(
        multilayer, contour.outer, contour.ends[:, 0], np.where(contour.split, contour.far, 0.0), effort
    )
    lost = np.zeros(tolerance.size, np.bool_)
    for panels, nodes in ((inside, PANEL), (beyond, TAIL_PANEL)):
        lost |= integrate_panels(multilayer, panels, Rule(*legendre_panel(nodes)), tolerance, sums, None) < 0
    budget = _closed(multilayer, contour, sums, effort, layers)
    budget.error[lost] = np.inf
    return budget


class _Contour(NamedTuple):
    """How far the integrals of each wavelength go, and the power below the axis."""

    outer: Array  # (wavelength,)
    ends: Array  # (wavelength, end), beyond the poles
    far: Array  # (wavelength,), where the near field has died out
    split: BoolArray  # (wavelength,), whether guided light is split by layer along the real axis
    power: Array  # (wavelength, position)


def _contour(multilayer: Multilayer, effort: int, layers: bool) -> _Contour:
    outer = outer_index(multilayer)
    end, far = axis_ends(multilayer, outer, effort)
    gap = np.maximum(gap_plasmon(multilayer), end)
    ends = np.stack((end, gap), axis=1) if np.any(gap > end) else end[:, np.newaxis]
    thick = int(0.5 * optical_thickness(multilayer))
    power = dipole_power(multilayer, *below_the_axis(ends, far, effort * (ELLIPSE + thick), effort * TAIL))
    # What a substrate alone can absorb needs no split.
    split = np.any(multilayer.permittivity[:, 1:].imag > 0.0, axis=1) & layers
    return _Contour(outer, ends, far, split, power)


def axis_ends(multilayer: Multilayer, outer: Array, effort: int) -> tuple[Array, Array]:
    """Return how far the poles and the near field reach along the real axis.

    Args:
        multilayer: stack and dipoles.
        outer: index of the denser outer medium [1], (wavelength,).
        effort: factor of the number of nodes.

    Returns:
        In-plane wave numbers [k0], (wavelength,) each, beyond the poles, and where the near field has died out.
    """
    # A slow plasmon of a thin metal film may lie beyond the first guess, so more effort also reaches further.
    end = beyond_poles(multilayer, outer) * (1.0 + 0.5 * np.log2(effort))
    absorbs = np.any(multilayer.permittivity.imag > 0.0, axis=1)
    gap = np.maximum(gap_plasmon(multilayer), end)
    return end, np.where(absorbs, np.maximum(REACH / absorber_distance(multilayer), 2.0 * gap), gap)


def _closed(multilayer: Multilayer, contour: _Contour, sums: FluxSums, effort: int, layers: bool) -> Budget:
    """Return the budget of what the real axis adds up, completed by guided light that is not split there."""
    power, rest = contour.power, ~contour.split
    unsplit = np.zeros(power.shape)
    if rest.any():
        unsplit[rest] = _guided(
            _some(multilayer, rest), contour.outer[rest], contour.ends[rest], contour.far[rest], effort
        )
    by_layer = sums.by_layer.reshape(power.shape[0], 3, *sums.by_layer.shape[1:])
    if np.any(alone := rest & layers & (multilayer.permittivity[:, 0].imag > 0.0)):
        by_layer[alone, GUIDED, :, 0], unsplit[alone] = unsplit[alone], 0.0
    air, trapped = (part.copy() for part in np.moveaxis(sums.air.reshape(power.shape[0], 3, -1)[:, :GUIDED], 1, 0))
    if multilayer.exit == SPHERE:
        air, trapped = air + trapped, np.zeros(air.shape)
    absorbed = by_layer[:, CONE, :, 0] + by_layer[:, TRAPPED, :, 0]
    by_layer[:, TRAPPED, :, 0] += trapped
    spent = by_layer.sum(axis=(1, 3)) + air + unsplit
    # A dipole cannot take power up: a contour that missed a pole may say so, and must not pass.
    missed = np.where(power > 0.0, np.abs(spent - power) / np.abs(power), np.inf)
    return Budget(power, by_layer, air, trapped, absorbed, unsplit, np.max(missed, axis=1))


def _retry_narrow_modes(multilayer: Multilayer, budget: Budget, layers: bool) -> None:
    """Replace the wavelengths that miss too much where shares on panels do better."""
    for number in np.flatnonzero(~(budget.error < LIMIT)):
        better = _narrow(_some(multilayer, np.array([number])), layers)
        if better is not None and better.error[0] < budget.error[number]:
            for column, improved in zip(budget, better, strict=True):
                column[number] = improved[0]


def _narrow(multilayer: Multilayer, layers: bool) -> Budget | None:
    """Return the budget of one wavelength by shares on panels, for modes too narrow for the real axis."""
    contour = _contour(multilayer, EFFORTS[-1], layers)
    first = first_panels(multilayer, contour.outer, contour.ends[:, 0], np.where(contour.split, contour.far, 0.0), 1)
    panels = [
        Panel(float(part.low[k]), float(part.high[k]), float(part.start[k]), float(part.span[k]), int(part.slot[k]))
        for part in first
        for k in range(part.low.size)
    ]
    sums = integrate_by_shares(multilayer, panels, contour.power[0], 3)
    return None if sums is None else _closed(multilayer, contour, sums, EFFORTS[-1], layers)


def outer_index(multilayer: Multilayer) -> Array:
    """Return the index of the denser of the two outer media in which light can travel away.

    Args:
        multilayer: stack and dipoles.

    Returns:
        Index [1], (wavelength,), at least 1.
    """
    substrate, top = multilayer.permittivity[:, 0], multilayer.permittivity[:, -1]
    back = np.where(top.imag == 0.0, top.real, 0.0)
    # A metal as substrate has no light cone.
    return np.asarray(np.sqrt(np.maximum(np.maximum(substrate.real, back), 1.0)))


def absorber_distance(multilayer: Multilayer) -> Array:
    """Return the distance from an absorbing layer to the dipole nearest to it.

    Args:
        multilayer: stack and dipoles.

    Returns:
        Distance [1/k0], (wavelength,), inf where nothing absorbs.
    """
    e, layers = multilayer.emitter, multilayer.thickness.shape[1]
    distance = np.full(multilayer.thickness.shape[0], np.inf)
    below, above = multilayer.height.min(axis=1), multilayer.thickness[:, e] - multilayer.height.max(axis=1)
    for order, gap in ((range(e - 1, -1, -1), below), (range(e + 1, layers), above)):
        for layer in order:
            # The gap only grows, so that the minimum keeps the first absorber of this side.
            distance = np.where(multilayer.permittivity[:, layer].imag > 0.0, np.minimum(distance, gap), distance)
            gap = gap + multilayer.thickness[:, layer]
    return distance


def optical_thickness(multilayer: Multilayer) -> float:
    """Return the largest optical thickness of the films, sum Re n d.

    Args:
        multilayer: stack and dipoles, indices and thicknesses (wavelength, layer).

    Returns:
        Optical thickness [1/k0].
    """
    return float(np.max(np.sum(np.sqrt(multilayer.permittivity).real * multilayer.thickness, axis=1)))


def _some(multilayer: Multilayer, chosen: BoolArray) -> Multilayer:
    return multilayer._replace(
        permittivity=multilayer.permittivity[chosen],
        admittance_scale=np.ascontiguousarray(multilayer.admittance_scale[:, chosen]),
        thickness=multilayer.thickness[chosen],
        height=multilayer.height[chosen],
        emitter_permittivity=multilayer.emitter_permittivity[chosen],
        substrate_thickness=multilayer.substrate_thickness[chosen],
    )


def _empty_sums(multilayer: Multilayer, slots: int) -> FluxSums:
    shape = (slots, multilayer.height.shape[1], multilayer.thickness.shape[1])
    return FluxSums(np.zeros(shape), np.zeros(shape[:2]))


def beyond_poles(multilayer: Multilayer, outer: Array) -> Array:
    """Return an in-plane wave number beyond the indices of all dielectrics and the plasmons of neighbouring layers.

    Args:
        multilayer: stack and dipoles.
        outer: index of the denser outer medium [1], (wavelength,).

    Returns:
        kappa [k0], (wavelength,).
    """
    permittivity = multilayer.permittivity
    dielectric = np.where(permittivity.real > 0.0, np.sqrt(permittivity).real, 0.0).max(axis=1)
    pairs = permittivity[:, 1:] + permittivity[:, :-1]
    plasmon = np.sqrt(permittivity[:, 1:] * permittivity[:, :-1] / np.where(pairs == 0.0, 1e-3j, pairs)).real
    # A plasmon beyond six vacuum wave numbers is so damped that the tail's nodes see it as smooth.
    bound = np.where(plasmon < 6.0, plasmon, 0.0).max(axis=1)
    return np.asarray(1.15 * np.maximum(np.maximum(dielectric, bound), outer) + 0.1)


def gap_plasmon(multilayer: Multilayer) -> Array:
    """Return an in-plane wave number beyond the plasmons that a thin layer binds to both of its faces.

    Far beyond the light cones r r' exp(-2 kappa d) = 1 with the quasi-static p reflections of the two faces.

    Args:
        multilayer: stack and dipoles.

    Returns:
        kappa [k0], (wavelength,), 0 without such a plasmon.
    """
    inner, below, above = (multilayer.permittivity[:, part] for part in (slice(1, -1), slice(0, -2), slice(2, None)))
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.log((below - inner) / (below + inner) * (above - inner) / (above + inner))
        kappa = turn / (2.0 * multilayer.thickness[:, 1:-1])
    sharp = np.isfinite(kappa) & (kappa.real > 0.0) & (np.abs(kappa.imag) < kappa.real)
    return np.asarray(1.5 * np.max(np.where(sharp, kappa.real, 0.0), axis=1, initial=0.0))


def first_panels(multilayer: Multilayer, outer: Array, end: Array, far: Array, effort: int) -> tuple[Panels, Panels]:
    """Return coarse panels between the branch points, and beyond them up to ``far`` where that is not zero.

    Args:
        multilayer: stack and dipoles.
        outer: index of the denser outer medium [1], (wavelength,).
        end: in-plane wave number beyond the guided modes [k0], (wavelength,).
        far: in-plane wave number at which the near field has died out [k0], (wavelength,).
        effort: factor of the number of panels.

    Returns:
        Panels within the outer light cone, and beyond it.
    """
    count = outer.size
    pieces = effort * (1 + int(optical_thickness(multilayer) / 12.0))
    points = _branch_points(multilayer, outer)
    edges = np.linspace(0.0, _RIGHT_ANGLE, pieces + 1)
    start, span = points[:, :-1, np.newaxis], np.diff(points, axis=1)[:, :, np.newaxis]
    wavelength_index = np.arange(count)[:, np.newaxis, np.newaxis]
    slot = 3 * wavelength_index + np.where(start + span <= 1.0 + 1e-12, CONE, TRAPPED)
    wanted = np.broadcast_to(span > 1e-12, (count, points.shape[1] - 1, pieces))
    columns = np.broadcast_arrays(
        edges[:-1], edges[1:], start, span, slot.astype(float), wavelength_index.astype(float)
    )
    inside = make_panels(*(column[wanted] for column in columns))
    chosen = np.flatnonzero(far > 0.0)
    if not chosen.size:
        return inside, make_panels(*np.zeros((6, 0)))
    begin = outer[chosen] ** 2
    tail = _tail_edges(np.sqrt(end[chosen] ** 2 - begin), np.sqrt(far[chosen] ** 2 - begin), pieces + 1)
    low, high = tail[:, :-1], tail[:, 1:]
    columns = (begin, np.full(begin.size, np.inf), 3.0 * chosen + GUIDED, 1.0 * chosen)
    rows = [np.repeat(column, low.shape[1]) for column in columns]
    some = (high > low).ravel()
    return inside, make_panels(*(row[some] for row in (low.ravel(), high.ravel(), *rows)))


def make_panels(low: Array, high: Array, start: Array, span: Array, slot: Array, wavelength_index: Array) -> Panels:
    """Return panels without a pole from their columns.

    Args:
        low: lower ends in s, (panel,).
        high: upper ends in s, (panel,).
        start: kappa^2 at s = 0 [k0^2], (panel,).
        span: of kappa^2 up to the next branch point [k0^2], (panel,), inf beyond the last one.
        slot: of the sums, (panel,).
        wavelength_index: (panel,).
    """
    none = np.zeros(low.size)
    return Panels(low, high, start, span, none, none, slot.astype(np.int64), wavelength_index.astype(np.int64))


def _branch_points(multilayer: Multilayer, outer: Array) -> Array:
    """Return kappa^2 (wavelength, point), sorted, where the integrand below the outer light cone has its edges."""
    top, film = multilayer.permittivity[:, -1], multilayer.permittivity[:, -2]
    # The plasmon on the far side of a thin metal is too faint to be found unless nodes crowd around it.
    seen = np.exp(-2.0 * np.sqrt(film).imag * multilayer.thickness[:, -2]) > 1e-5
    hidden = np.where(seen, (top * film / (top + film)).real, 1.0)
    back = np.where(top.imag == 0.0, top.real, 1.0)
    inside = [np.where((value > 1.0) & (value < outer**2), value, 1.0) for value in (hidden, back)]
    glass = np.maximum(multilayer.permittivity[:, 0].real, 1.0)
    # The light cone of a substrate that absorbs has no sharp end, which must not make a sliver beside that of the back.
    glass = np.where(np.abs(glass - outer**2) <= multilayer.permittivity[:, 0].imag, outer**2, glass)
    always = [np.zeros(outer.size), np.ones(outer.size), glass, outer**2]
    return np.sort(np.stack([*always, *inside], axis=1), axis=1)


def _tail_edges(end: Array, far: Array, pieces: int) -> Array:
    """Return edges (wavelength, edge): equal pieces up to ``end``, then in equal ratios of at most 4 up to ``far``."""
    steps = max(int(np.ceil(np.max(np.log(far / end)) / np.log(4.0))), 1)
    near = end[:, np.newaxis] * np.arange(pieces + 1) / pieces
    ratio = (far / end)[:, np.newaxis] ** (np.arange(1, steps + 1) / steps)
    return np.hstack((near, end[:, np.newaxis] * ratio))


def _guided(multilayer: Multilayer, outer: Array, ends: Array, far: Array, effort: int) -> Array:
    """Return the power (wavelength, position) past the outer light cone from the Green's function below the axis.

    Without any loss this is the sum over the residues of the guided modes.
    """
    thick = int(0.5 * optical_thickness(multilayer))
    reach, tail = np.sqrt(ends**2 - outer[:, np.newaxis] ** 2), np.sqrt(far**2 - outer**2)
    s, weight = below_the_axis(reach, tail, effort * (GUIDES + thick), effort * TAIL)
    kappa: ComplexArray = np.sqrt(outer[:, np.newaxis] ** 2 + s * s)
    return np.asarray(dipole_power(multilayer, kappa, weight * s / kappa))
