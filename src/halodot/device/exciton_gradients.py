"""What the state and the numbers of a device do to weighted sums of its excitons' radiative decays."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from halodot.device import physics
from halodot.device.assembly import ELECTRON_LEVEL, HOLE_LEVEL, PHI, filling
from halodot.device.budget import captured_lengths, counted, emission_zone, emitter_node_range
from halodot.device.electrical import Junction
from halodot.device.excitons import Decay, contact_quenching, decay_of, decay_rates, spread
from halodot.device.gradients import BY_N, BY_P, THERMAL_VOLTAGE, Gradient
from halodot.device.records import Device
from halodot.states import Array, Optics, Stack


class Cells(NamedTuple):
    """The emitting layer at its nodes, in numbers that do not depend on the voltage."""

    first: int  # node of the device
    decay: Decay
    light: Array  # radiative rate without a field, shape (node,), 1/s
    contact: Array  # rate of quenching by other layers, shape (node,), 1/s
    exchange: Array  # diffusivity over distance, shape (node - 1,), m/s
    width: Array  # distance of neighbours, shape (node - 1,), m
    captured: Array  # lengths over which captures count, shape (node,), m
    share: Array  # of the decays around each node in each sum, shape (sum, node)


#: In the order of `Cells`, what a gradient by them is made of: one number for each of `Decay`, then the arrays.
NUMBERS = len(Decay._fields)


def cells_of(stack: Stack, optics: Optics | None, weights: Array, between: Junction, device: Device) -> Cells | None:
    """Return the emitting layer of a device, None without one.

    Args:
        stack: layers and emitter.
        optics: positions and Purcell factor, see `budget.emission_zone`.
        weights: of a decay at each position in each sum, shape (sum, position).
        between: the electrical part of the stack.
        device: on its grid.
    """
    places, purcell = emission_zone(stack, optics)
    emitter = emitter_node_range(stack, between, device)
    if places.size == 0 or emitter.stop == emitter.start:
        return None
    assert stack.emitter is not None
    nodes = device.nodes[emitter]
    index = between.indices[int(nodes["layer"][0])]
    height = nodes["position"] - nodes["position"][0]
    height = height[-1] - height if between.flipped else height
    width = np.diff(nodes["position"])
    return Cells(
        emitter.start,
        decay_of(stack.emitter, stack.layers[index], device.thermal_voltage),
        stack.emitter.radiative_rate * np.interp(height, places, purcell),
        contact_quenching(stack, index, height),
        stack.emitter.exciton_diffusivity / width,
        width,
        captured_lengths(device, emitter),
        np.ascontiguousarray((counted(nodes["volume"], np.eye(nodes.size), between.flipped, places) @ weights.T).T),
    )


def no_cells() -> Cells:
    """Return the emitting layer of a device without one."""
    none = np.zeros(0)
    return Cells(0, Decay(*(0.0,) * NUMBERS), none, none, none, none, none, np.zeros((0, 0)))


def flat(cells: Cells, functional: int) -> Array:
    """Return the numbers of the emitting layer that one sum depends on, in one row."""
    return np.concatenate(
        (cells.decay, cells.light, cells.contact, cells.exchange, cells.width, cells.captured, cells.share[functional])
    )


class Rates(NamedTuple):
    """Derivatives of k_c, the mean rate of loss beside a charge, see `excitons.decay_rates`."""

    by_other: float  # by the sum of all other rates, dimensionless
    by_charged: float  # by the Auger rate
    by_volume: float  # by the volume of a dot, 1/s/m3


@njit(cache=True, error_model="numpy")
def charged_slopes(decay: Decay, radiative: float, contact: float, electrons: float, holes: float) -> Rates:
    """Return how the loss beside a charge depends on the numbers of the dots."""
    carriers = electrons + holes
    if decay.charged == 0.0 or carriers == 0.0:
        return Rates(0.0, 0.0, 0.0)
    neutral = 1.0 / (1.0 + carriers * decay.dot_volume)
    occupied = carriers * decay.dot_volume * neutral
    hop = (electrons * decay.electron_hop + holes * decay.hole_hop) / carriers
    other = radiative + decay.nonradiative + contact + hop + decay.exciton_hop
    whole = other + decay.charged * neutral
    relaxed = other / whole
    by_occupied = decay.charged * relaxed * (other + decay.charged) / whole
    return Rates(
        decay.charged * occupied * decay.charged * neutral / (whole * whole),
        occupied * relaxed * relaxed,
        by_occupied * carriers * neutral * neutral,
    )


@njit(cache=True, error_model="numpy")
def cell_field(state: Array, cells: Cells, i: int, thermal_voltage: float) -> tuple[float, float]:
    """Return the mean field of cell i, see `excitons.node_fields`, and the sum of the widths on its two sides."""
    energy, width = 0.0, 0.0
    for e in range(max(i - 1, 0), min(i + 1, cells.width.size)):
        step = thermal_voltage * (state[cells.first + e + 1, 0] - state[cells.first + e, 0])
        energy += step * step / cells.width[e]
        width += cells.width[e]
    return math.sqrt(energy / width), width


@njit(cache=True, error_model="numpy")
def add_field(
    device: Device,
    state: Array,
    cells: Cells,
    i: int,
    scale: float,
    f: int,
    by_state: Array,
    numbers: Array,
    out: Gradient,
) -> None:
    """Add ``scale`` times the derivatives of the field of cell i."""
    vt = device.thermal_voltage
    field, width = cell_field(state, cells, i, vt)
    if field == 0.0 or scale == 0.0:
        return
    at_width = NUMBERS + 2 * cells.light.size + cells.exchange.size
    for e in range(max(i - 1, 0), min(i + 1, cells.width.size)):
        k = cells.first + e
        step = vt * (state[k + 1, 0] - state[k, 0])
        by_step = scale * step / (cells.width[e] * width * field) * vt
        by_state[k + 1, PHI, f] += by_step
        by_state[k - 1 if device.nodes[k].second else k, PHI, f] -= by_step
        energy = step / cells.width[e]
        numbers[f, at_width + e] -= 0.5 * scale / (field * width) * (energy * energy + field * field)
    out.whole[f, THERMAL_VOLTAGE] += scale * field / vt


@njit(cache=True, error_model="numpy")
def add_made(
    device: Device, k: int, split: float, density: Array, scale: float, f: int, by: tuple[Array, Array], out: Gradient
) -> None:
    """Add ``scale`` times the derivatives of the rate of capture at node k."""
    node, at = device.nodes[k], filling(density, k)
    over = physics.excess(node, at, split)
    rate = scale * node.bimolecular
    by_state, by_extra = by
    pairs = at.n * at.p
    by_z = rate * (pairs + (at.p_slope - 1.0) * over)
    by_state[k, ELECTRON_LEVEL, f] += rate * (pairs + (at.n_slope - 1.0) * over)
    by_state[k, HOLE_LEVEL, f] += by_z
    by_extra[0, f] += by_z
    by_state[k - 1 if node.second else k, PHI, f] += rate * (at.n_slope - at.p_slope) * over
    out.filling[f, k, BY_N] += rate * over
    out.filling[f, k, BY_P] += rate * over
    out.nodes[f, k].bimolecular += scale * over


@njit(cache=True, error_model="numpy")
def add_carriers(
    device: Device,
    k: int,
    density: Array,
    scales: tuple[float, float],
    f: int,
    by: tuple[Array, Array],
    out: Gradient,
) -> None:
    """Add two scales times the derivatives of the densities of electrons and of holes at node k."""
    node, at = device.nodes[k], filling(density, k)
    by_state, by_extra = by
    electrons, holes = scales[0] * at.n, scales[1] * at.p
    by_state[k, ELECTRON_LEVEL, f] += electrons * at.n_slope
    by_state[k, HOLE_LEVEL, f] += holes * at.p_slope
    by_extra[0, f] += holes * at.p_slope
    by_state[k - 1 if node.second else k, PHI, f] += electrons * at.n_slope - holes * at.p_slope
    out.filling[f, k, BY_N] += electrons
    out.filling[f, k, BY_P] += holes


@njit(cache=True, error_model="numpy")
def add_photons(
    device: Device,
    cells: Cells,
    state: Array,
    bias: float,
    density: Array,
    by: tuple[Array, Array],
    numbers: Array,
    out: Gradient,
    photons: Array,
) -> None:
    """Add what state and numbers do to the sums of radiative decays, which are the functionals after the first.

    With T X = G the excitons' equations and T Y = share V k_rad their adjoint, since T is its own transpose,
    d sum = dshare V k_rad X + share d(V k_rad) X + Y (dG - d(V k) X) - dexchange (step of Y) (step of X).

    Args:
        device: parameters of nodes and edges.
        cells: of the emitting layer.
        state: phi, w, z and the two flows, shape (nodes, 5).
        bias: internal voltage over Vt.
        density: carriers of every node.
        by: derivatives by the chain's unknowns, shape (nodes, 5, functional), and by ``extra``; are added to.
        numbers: by the numbers of the cells in the order of `flat`, shape (functional, number); are added to.
        out: by the records; is added to.
        photons: shape (functional,), leaves with the sums.
    """
    count, functionals = cells.light.size, cells.share.shape[0]
    found, slopes = np.zeros((count, 6)), np.zeros((count, 3))
    made, loss, excitons, other = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    for i in range(count):
        k = cells.first + i
        node, at, contact = device.nodes[k], filling(density, k), cells.contact[i]
        field = cell_field(state, cells, i, device.thermal_voltage)[0]
        rates = decay_rates(cells.decay, cells.light[i], contact, at.n, at.p, field)
        for c in range(6):
            found[i, c] = rates[c]
        slope = charged_slopes(cells.decay, rates[0], contact, at.n, at.p)
        slopes[i, 0], slopes[i, 1], slopes[i, 2] = slope.by_other, slope.by_charged, slope.by_volume
        over = physics.excess(node, at, state[k, ELECTRON_LEVEL] + state[k, HOLE_LEVEL] + bias)
        made[i] = cells.captured[i] * physics.radiative(node, over)
        loss[i] = rates[0] + cells.decay.nonradiative + contact + rates[1]
    volume = device.nodes["volume"][cells.first : cells.first + count].copy()
    spread(made, volume * loss, cells.exchange, excitons)
    for s in range(functionals):
        f = 1 + s
        spread(cells.share[s] * volume * found[:, 0], volume * loss, cells.exchange, other)
        photons[f] = np.sum(cells.share[s] * volume * found[:, 0] * excitons)
        add_cells(cells, f, volume, found, slopes, made, loss, excitons, other, numbers)
        for i in range(count):
            k, x, y = cells.first + i, excitons[i], other[i]
            scale = -volume[i] * y * x
            by_radiative = volume[i] * x * (cells.share[s, i] - y)
            out.nodes[f, k].volume += x * (cells.share[s, i] * found[i, 0] - y * loss[i])
            split = state[k, ELECTRON_LEVEL] + state[k, HOLE_LEVEL] + bias
            add_made(device, k, split, density, y * cells.captured[i], f, by, out)
            add_carriers(device, k, density, (scale * found[i, 3], scale * found[i, 4]), f, by, out)
            by_field = by_radiative * found[i, 2] + scale * found[i, 5]
            add_field(device, state, cells, i, by_field, f, by[0], numbers, out)
            if cells.decay.quenching_field < np.inf:
                field = cell_field(state, cells, i, device.thermal_voltage)[0]
                numbers[f, 7] -= by_field * field / cells.decay.quenching_field
            hop = scale * slopes[i, 0]
            carriers = density[k, 0] + density[k, 1]
            if carriers > 0.0:
                numbers[f, 4] += hop * density[k, 0] / carriers
                numbers[f, 5] += hop * density[k, 1] / carriers


@njit(cache=True, error_model="numpy")
def add_cells(
    cells: Cells,
    f: int,
    volume: Array,
    found: Array,
    slopes: Array,
    made: Array,
    loss: Array,
    excitons: Array,
    other: Array,
    numbers: Array,
) -> None:
    """Add what the numbers of the cells do to one sum, apart from the hops of carriers and the field's."""
    count, own = cells.light.size, numbers[f]
    at_light, at_contact, at_exchange = NUMBERS, NUMBERS + count, NUMBERS + 2 * count
    at_captured = at_exchange + 2 * (count - 1)
    at_share = at_captured + count
    for i in range(count):
        scale = -volume[i] * other[i] * excitons[i]
        through = scale * (1.0 + slopes[i, 0])
        own[1] += through
        own[2] += scale * slopes[i, 1]
        own[3] += scale * slopes[i, 2]
        own[6] += scale * slopes[i, 0]
        bright = found[i, 0] / cells.light[i] if cells.light[i] > 0.0 else 0.0
        share = cells.share[f - 1, i]
        own[at_light + i] += bright * (through + share * volume[i] * excitons[i])
        own[at_contact + i] += through
        if cells.captured[i] > 0.0:
            own[at_captured + i] += other[i] * made[i] / cells.captured[i]
        own[at_share + i] += volume[i] * found[i, 0] * excitons[i]
    for e in range(count - 1):
        own[at_exchange + e] -= (other[e + 1] - other[e]) * (excitons[e + 1] - excitons[e])
