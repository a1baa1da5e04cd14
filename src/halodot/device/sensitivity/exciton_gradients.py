"""What the state and the numbers of a device do to weighted sums of its excitons' radiative decays."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.compiled import kernel
from halodot.device.balances import captured_lengths, counted, emitter_node_range
from halodot.device.discretisation.assembly import carriers_of
from halodot.device.discretisation.fields import bimolecular_at
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import ELECTRON_LEVEL, HOLE_LEVEL, PHI
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P
from halodot.device.laws.excitons import Decay, contact_quenching, decay_of, decay_rates, spread
from halodot.device.laws.recombination import np_excess
from halodot.device.sensitivity.gradients import THERMAL_VOLTAGE, Gradient, add_bimolecular
from halodot.states import Array, Stack


class Cells(NamedTuple):
    """The emitting layer at its nodes, in numbers that do not depend on the voltage."""

    first: int  # node of the device
    decay: Decay
    light: Array  # radiative rate without a field, shape (node,), 1/s
    contact: Array  # rate of quenching by other layers, shape (node,), 1/s
    exchange: Array  # diffusivity over distance, shape (node - 1,), m/s
    width: Array  # distance of neighbours, shape (node - 1,), m
    captured: Array  # lengths over which captures count, shape (node,), m
    share: Array  # weight of the decays around each node in each sum, shape (sum, node)


#: In the order of `Cells`, what a gradient by them is made of: one number for each of `Decay`, then the arrays.
NUMBERS = len(Decay._fields)


class Lamp(NamedTuple):
    """A stack, and what its optics say of the light from every height in its emitting layer."""

    stack: Stack
    position: Array  # heights above the lower face of the emitting layer, shape (position,), m; empty without light
    purcell: Array  # shape (position,)
    weights: Array  # of a radiative decay at each height in each sum, shape (sum, position)


def cells_of(
    lamp: Lamp, electrical: ElectricalStack, device: Device, known: tuple[Lamp, Device, Cells] | None = None
) -> Cells:
    """Return the emitting layer of a device, of no length where there is none or nothing is known of its light.

    Args:
        lamp: stack and light.
        electrical: the electrical part of the stack.
        device: on its grid.
        known: another lamp, whose shares are taken over where they must be the same.
    """
    emitter = emitter_node_range(lamp.stack, electrical, device)
    if lamp.position.size == 0 or emitter.stop == emitter.start:
        none = np.zeros(0)
        return Cells(0, Decay(*(0.0,) * NUMBERS), none, none, none, none, none, np.zeros((0, 0)))
    stack, nodes = lamp.stack, device.nodes[emitter]
    assert stack.emitter is not None
    index = electrical.indices[int(nodes["layer"][0])]
    height = nodes["position"] - nodes["position"][0]
    height = height[-1] - height if electrical.flipped else height
    width = np.diff(nodes["position"])
    if known is not None and _same_shares(lamp, device, known[0], known[1]):
        share = known[2].share
    else:
        ones = counted(nodes["volume"], np.eye(nodes.size), electrical.flipped, lamp.position)
        share = np.ascontiguousarray(lamp.weights @ ones.T)
    return Cells(
        emitter.start,
        decay_of(stack.emitter, stack.layers[index], device.thermal_voltage),
        stack.emitter.radiative_rate * np.interp(height, lamp.position, lamp.purcell),
        contact_quenching(stack, index, height),
        stack.emitter.exciton_diffusivity / width,
        width,
        captured_lengths(device, emitter),
        share,
    )


def _same_shares(lamp: Lamp, device: Device, other: Lamp, known: Device) -> bool:
    """Return whether the decays around every node have the same weight in two lamps."""
    return (
        np.array_equal(lamp.position, other.position)
        and np.array_equal(lamp.weights, other.weights)
        and np.array_equal(device.nodes["volume"], known.nodes["volume"])
    )


def flat(cells: Cells) -> Array:
    """Return the numbers of the emitting layer in one row, none without one."""
    if cells.light.size == 0:
        return np.zeros(0)
    arrays = (cells.light, cells.contact, cells.exchange, cells.width, cells.captured, cells.share.ravel())
    return np.concatenate((cells.decay, *arrays))


#: Columns of what `fill_cells` fills, behind the six of `excitons.decay_rates`.
BY_OTHER, BY_CHARGED, BY_VOLUME, LOSS, MADE = range(6, 11)


class Rates(NamedTuple):
    """Derivatives of k_c, the mean rate of loss beside a charge, see `excitons.decay_rates`."""

    by_other: float  # by the sum of all other rates, dimensionless
    by_charged: float  # by the Auger rate
    by_volume: float  # by the volume of a dot, 1/s/m3


@kernel
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


@kernel
def cell_field(state: Array, cells: Cells, i: int, thermal_voltage: float) -> tuple[float, float]:
    """Return the mean field of cell i, see `excitons.node_fields`, and the sum of the widths on its two sides."""
    energy, width = 0.0, 0.0
    for e in range(max(i - 1, 0), min(i + 1, cells.width.size)):
        step = thermal_voltage * (state[cells.first + e + 1, 0] - state[cells.first + e, 0])
        energy += step * step / cells.width[e]
        width += cells.width[e]
    return math.sqrt(energy / width), width


@kernel
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


@kernel
def add_made(
    device: Device,
    k: int,
    state: Array,
    bias: float,
    density: Array,
    scale: float,
    f: int,
    by: tuple[Array, Array],
    out: Gradient,
) -> None:
    """Add ``scale`` times the derivatives of the rate of capture at node k."""
    node, at = device.nodes[k], carriers_of(density, k)
    excess = np_excess(node, at, state[k, ELECTRON_LEVEL] + state[k, HOLE_LEVEL] + bias)
    over, direct = excess.value, bimolecular_at(device, state, k)
    rate = scale * direct.value
    by_state, by_extra = by
    by_state[k, ELECTRON_LEVEL, f] += rate * excess.by_w
    by_state[k, HOLE_LEVEL, f] += rate * excess.by_z
    by_extra[0, f] += rate * excess.by_z
    by_state[k - 1 if node.second else k, PHI, f] += rate * excess.by_phi
    out.carriers[f, k, BY_LN_N] += rate * over
    out.carriers[f, k, BY_LN_P] += rate * over
    add_bimolecular(device, state, k, scale * over, f, out)
    here = k - 1 if node.second else k
    if direct.by_before != 0.0:
        by_state[here, PHI, f] += scale * over * direct.by_before
        by_state[k - 2 if device.nodes[k - 1].second else k - 1, PHI, f] -= scale * over * direct.by_before
    if direct.by_behind != 0.0:
        by_state[k + 1, PHI, f] += scale * over * direct.by_behind
        by_state[here, PHI, f] -= scale * over * direct.by_behind


@kernel
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
    node, at = device.nodes[k], carriers_of(density, k)
    by_state, by_extra = by
    electrons, holes = scales[0] * at.n, scales[1] * at.p
    by_state[k, ELECTRON_LEVEL, f] += electrons * at.n_slope
    by_state[k, HOLE_LEVEL, f] += holes * at.p_slope
    by_extra[0, f] += holes * at.p_slope
    by_state[k - 1 if node.second else k, PHI, f] += electrons * at.n_slope - holes * at.p_slope
    out.carriers[f, k, BY_LN_N] += electrons
    out.carriers[f, k, BY_LN_P] += holes


@kernel
def fill_cells(device: Device, cells: Cells, state: Array, bias: float, density: Array, found: Array) -> None:
    """Fill ``found`` (node, 11) with what `excitons.decay_rates` and `charged_slopes` say, loss and captures."""
    for i in range(cells.light.size):
        k = cells.first + i
        at, contact = carriers_of(density, k), cells.contact[i]
        field = cell_field(state, cells, i, device.thermal_voltage)[0]
        rates = decay_rates(cells.decay, cells.light[i], contact, at.n, at.p, field)
        slopes = charged_slopes(cells.decay, rates[0], contact, at.n, at.p)
        for c in range(6):
            found[i, c] = rates[c]
        found[i, BY_OTHER], found[i, BY_CHARGED], found[i, BY_VOLUME] = (
            slopes.by_other,
            slopes.by_charged,
            slopes.by_volume,
        )
        over = np_excess(device.nodes[k], at, state[k, ELECTRON_LEVEL] + state[k, HOLE_LEVEL] + bias).value
        found[i, LOSS] = rates[0] + cells.decay.nonradiative + contact + rates[1]
        found[i, MADE] = bimolecular_at(device, state, k).value * over


@kernel
def add_photons(
    device: Device,
    cells: Cells,
    state: Array,
    bias: float,
    density: Array,
    mix: tuple[Array, Array],
    by: tuple[Array, Array],
    numbers: Array,
    out: Gradient,
) -> None:
    """Add what state and numbers do to functionals of radiative decays and of the excitons made.

    With T X = G the excitons' equations and T Y = share V k_rad their adjoint, since T is its own transpose,
    d sum = dshare V k_rad X + share d(V k_rad) X + Y (dG - d(V k) X) - dexchange (step of Y) (step of X).

    Args:
        device: parameters of nodes and edges.
        cells: of the emitting layer.
        state: phi, w, z and the two flows, shape (nodes, 5).
        bias: internal voltage over Vt.
        density: carriers of every node.
        mix: derivatives of the functionals by each sum of decays, shape (functional, sum), and by all excitons made;
            the first is none of them.
        by: derivatives by the chain's unknowns, shape (nodes, 5, functional), and by ``extra``; are added to.
        numbers: by the numbers of the cells in the order of `flat`, shape (functional, number); are added to.
        out: by the records; is added to.
    """
    count = cells.light.size
    found, excitons, other = np.zeros((count, 11)), np.zeros(count), np.zeros(count)
    fill_cells(device, cells, state, bias, density, found)
    volume, made, loss = np.zeros(count), np.zeros(count), np.zeros(count)
    share, source = np.zeros(count), np.zeros(count)
    for i in range(count):
        volume[i] = device.nodes[cells.first + i].volume
        made[i], loss[i] = found[i, MADE] * cells.captured[i], found[i, LOSS] * volume[i]
    spread(made, loss, cells.exchange, excitons)
    for f in range(1, numbers.shape[0]):
        for i in range(count):
            share[i] = 0.0
            for s in range(cells.share.shape[0]):
                share[i] += mix[0][f, s] * cells.share[s, i]
            source[i] = share[i] * volume[i] * found[i, 0]
        spread(source, loss, cells.exchange, other)
        add_cells(cells, mix[0][f], mix[1][f], share, volume, found, excitons, other, numbers[f])
        for i in range(count):
            k, x, y = cells.first + i, excitons[i], other[i]
            scale = -volume[i] * y * x
            out.nodes[f, k].volume += x * (share[i] * found[i, 0] - y * found[i, LOSS])
            add_made(device, k, state, bias, density, (y + mix[1][f]) * cells.captured[i], f, by, out)
            add_carriers(device, k, density, (scale * found[i, 3], scale * found[i, 4]), f, by, out)
            by_field = volume[i] * x * (share[i] - y) * found[i, 2] + scale * found[i, 5]
            add_field(device, state, cells, i, by_field, f, by[0], numbers, out)
            if cells.decay.quenching_field < np.inf:
                field = cell_field(state, cells, i, device.thermal_voltage)[0]
                numbers[f, 7] -= by_field * field / cells.decay.quenching_field
            carriers = density[k, 0] + density[k, 1]
            if carriers > 0.0:
                numbers[f, 4] += scale * found[i, BY_OTHER] * density[k, 0] / carriers
                numbers[f, 5] += scale * found[i, BY_OTHER] * density[k, 1] / carriers


@kernel
def add_cells(
    cells: Cells,
    sums: Array,
    of_made: float,
    share: Array,
    volume: Array,
    found: Array,
    excitons: Array,
    other: Array,
    own: Array,
) -> None:
    """Add what the numbers of the cells do to one functional, apart from the hops of carriers and the field's."""
    count = cells.light.size
    at_light, at_contact, at_exchange = NUMBERS, NUMBERS + count, NUMBERS + 2 * count
    at_captured = at_exchange + 2 * (count - 1)
    at_share = at_captured + count
    for i in range(count):
        scale = -volume[i] * other[i] * excitons[i]
        through = scale * (1.0 + found[i, BY_OTHER])
        own[1] += through
        own[2] += scale * found[i, BY_CHARGED]
        own[3] += scale * found[i, BY_VOLUME]
        own[6] += scale * found[i, BY_OTHER]
        bright = found[i, 0] / cells.light[i] if cells.light[i] > 0.0 else 0.0
        own[at_light + i] += bright * (through + share[i] * volume[i] * excitons[i])
        own[at_contact + i] += through
        own[at_captured + i] += (other[i] + of_made) * found[i, MADE]
        for s in range(sums.size):
            own[at_share + s * count + i] += sums[s] * volume[i] * found[i, 0] * excitons[i]
    for e in range(count - 1):
        own[at_exchange + e] -= (other[e + 1] - other[e]) * (excitons[e + 1] - excitons[e])
