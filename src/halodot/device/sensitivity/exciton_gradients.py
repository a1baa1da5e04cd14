"""What the state and the numbers of a device do to weighted sums of its excitons' radiative decays."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.compiled import kernel, part
from halodot.device.balances import captured_lengths, counted, emitter_node_range
from halodot.device.discretisation.assembly import carriers_of
from halodot.device.discretisation.faces import PAIRS, captured_across, captures_across, face_pair
from halodot.device.discretisation.fields import bimolecular_at
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import ELECTRON_LEVEL, HOLE_LEVEL, INTERNAL_VOLTAGE, PHI
from halodot.device.electrical_stack import ElectricalStack
from halodot.device.laws.carriers import BY_LN_N, BY_LN_P
from halodot.device.laws.dot_average import dot_average
from halodot.device.laws.excitons import (
    DECAY,
    DecayParameters,
    DecayRates,
    TrionAugerByParameters,
    contact_quenching,
    decay_of,
    decay_rates,
    fill_exciton_densities,
    trion_auger_by_parameters,
)
from halodot.device.laws.recombination import np_excess
from halodot.device.sensitivity.gradients import THERMAL_VOLTAGE, Gradient, add_bimolecular, add_face_capture
from halodot.states import Array, Stack


class EmitterCells(NamedTuple):
    """The emitting layer at its nodes, in numbers that do not depend on the voltage."""

    first: int  # node of the device
    decay: DecayParameters
    light: Array  # radiative rate without a field, shape (node,), 1/s
    contact: Array  # rate of quenching by other layers, shape (node,), 1/s
    exchange: Array  # diffusivity over distance, shape (node - 1,), m/s
    width: Array  # distance of neighbours, shape (node - 1,), m
    captured: Array  # lengths over which captures count, shape (node,), m
    average: Array  # densities of the dots at each node by those of the nodes, shape (node, node)
    share: Array  # weight of the decays around each node in each sum, shape (sum, node)


class CellDerivatives(NamedTuple):
    """Derivatives of several functionals, the first axis, by what `EmitterCells` holds, under the same names."""

    decay: NDArray[np.void]  # of DECAY, shape (functional,)
    light: Array  # shape (functional, node), s
    contact: Array  # shape (functional, node), s
    exchange: Array  # shape (functional, node - 1), s/m
    width: Array  # shape (functional, node - 1), 1/m
    captured: Array  # shape (functional, node), 1/m
    average: Array  # shape (functional, node, node), 1/m3
    share: Array  # shape (functional, sum, node)


class DeviceOptics(NamedTuple):
    """A stack, and what its optics say of the light from every height in its emitting layer."""

    stack: Stack
    position: Array  # heights above the lower face of the emitting layer, shape (position,), m; empty without light
    purcell: Array  # shape (position,)
    weights: Array  # of a radiative decay at each height in each sum, shape (sum, position)


def cells_of(
    optics: DeviceOptics,
    electrical: ElectricalStack,
    device: Device,
    known: tuple[DeviceOptics, Device, EmitterCells] | None = None,
) -> EmitterCells:
    """Return the emitting layer of a device, of no length where there is none or nothing is known of its light.

    Args:
        optics: stack and light.
        electrical: the electrical part of the stack.
        device: on its grid.
        known: another optics, whose shares are taken over where they must be the same.
    """
    emitter = emitter_node_range(optics.stack, electrical, device)
    if optics.position.size == 0 or emitter.stop == emitter.start:
        none = np.zeros(0)
        return EmitterCells(
            0,
            DecayParameters(*(0.0,) * len(DecayParameters._fields)),
            *(none,) * 5,
            *(np.zeros((0, 0)),) * 2,
        )
    stack, nodes = optics.stack, device.nodes[emitter]
    assert stack.emitter is not None
    index = electrical.indices[int(nodes["layer"][0])]
    height = nodes["position"] - nodes["position"][0]
    height = height[-1] - height if electrical.flipped else height
    width = np.diff(nodes["position"])
    if known is not None and _same_shares(optics, device, known[0], known[1]):
        share = known[2].share
    else:
        ones = counted(nodes["volume"], np.eye(nodes.size), electrical.flipped, optics.position)
        share = np.ascontiguousarray(optics.weights @ ones.T)
    return EmitterCells(
        emitter.start,
        decay_of(stack.emitter, stack.layers[index], device.thermal_voltage),
        stack.emitter.radiative_rate * np.interp(height, optics.position, optics.purcell),
        contact_quenching(stack, index, height),
        stack.emitter.exciton_diffusivity / width,
        width,
        captured_lengths(device, emitter),
        dot_average(nodes["position"], stack.emitter.dot_volume),
        share,
    )


def _same_shares(optics: DeviceOptics, device: Device, other: DeviceOptics, known: Device) -> bool:
    """Return whether the decays around every node have the same weight in two lamps."""
    return (
        np.array_equal(optics.position, other.position)
        and np.array_equal(optics.weights, other.weights)
        and np.array_equal(device.nodes["volume"], known.nodes["volume"])
    )


def flat(cells: EmitterCells) -> Array:
    """Return the numbers of the emitting layer in SI, in one row, none without one.

    Args:
        cells: of the emitting layer.

    Returns:
        Shape (number,) [SI].
    """
    if cells.light.size == 0:
        return np.zeros(0)
    return np.concatenate((cells.decay, *(getattr(cells, name).ravel() for name in CellDerivatives._fields[1:])))


def no_cell_derivatives(functionals: int, cells: EmitterCells) -> CellDerivatives:
    """Return derivatives of nothing [SI], to be added to; the first axis of each array is (functional,).

    Args:
        functionals: how many there are.
        cells: of the emitting layer.
    """
    arrays = (np.zeros((functionals, *getattr(cells, name).shape)) for name in CellDerivatives._fields[1:])
    return CellDerivatives(np.zeros(functionals, dtype=DECAY), *arrays)


def flat_derivatives(by: CellDerivatives) -> Array:
    """Return the derivatives by the numbers of the emitting layer in the order of `flat`.

    Args:
        by: derivatives [SI], (functional,) and more axes.

    Returns:
        Shape (functional, number) [SI].
    """
    functionals = by.decay.size
    if by.light.size == 0:
        return np.zeros((functionals, 0))
    decay = by.decay.view(np.float64).reshape(functionals, -1)
    return np.concatenate((decay, *(array.reshape(functionals, -1) for array in by[1:])), axis=1)


class SolvedPoint(NamedTuple):
    """A solved point as the laws see it."""

    state: Array  # phi, w, z and the two flows, shape (nodes, 5)
    bias: float  # internal voltage over Vt
    carriers: Array  # of every node, shape (nodes, 6)


class ExcitonDerivatives(NamedTuple):
    """Derivatives of functionals of the light, to be added to."""

    state: Array  # by the unknowns of the blocks, shape (nodes, 5, functional)
    global_unknowns: Array  # shape (1 + regions, functional)
    cells: CellDerivatives
    records: Gradient


class _Cell(NamedTuple):
    """What happens in one cell of the emitting layer."""

    rates: DecayRates
    by: TrionAugerByParameters
    loss: float  # sum of the rates of all ends, 1/s
    formation: float  # excitons that form, 1/m3/s
    electrons: float  # of the dots around the node, 1/m3
    holes: float


@kernel
def _cell_field(point: SolvedPoint, cells: EmitterCells, i: int, thermal_voltage: float) -> tuple[float, float]:
    """Return the mean field of cell i, see `excitons.rms_fields`, and the sum of the widths on its two sides."""
    energy, width = 0.0, 0.0
    for e in range(max(i - 1, 0), min(i + 1, cells.width.size)):
        step = thermal_voltage * (point.state[cells.first + e + 1, PHI] - point.state[cells.first + e, PHI])
        energy += step * step / cells.width[e]
        width += cells.width[e]
    return math.sqrt(energy / width), width


@part
def _add_field(
    device: Device, point: SolvedPoint, cells: EmitterCells, i: int, scale: float, f: int, out: ExcitonDerivatives
) -> None:
    """Add ``scale`` times the derivatives of the field of cell i."""
    vt = device.thermal_voltage
    field, width = _cell_field(point, cells, i, vt)
    if field == 0.0 or scale == 0.0:
        return
    for e in range(max(i - 1, 0), min(i + 1, cells.width.size)):
        k = cells.first + e
        step = vt * (point.state[k + 1, PHI] - point.state[k, PHI])
        by_step = scale * step / (cells.width[e] * width * field) * vt
        out.state[k + 1, PHI, f] += by_step
        out.state[k - 1 if device.nodes[k].second else k, PHI, f] -= by_step
        energy = step / cells.width[e]
        out.cells.width[f, e] -= 0.5 * scale / (field * width) * (energy * energy + field * field)
    out.records.whole[f, THERMAL_VOLTAGE] += scale * field / vt


@part
def _add_formation(device: Device, point: SolvedPoint, k: int, scale: float, f: int, out: ExcitonDerivatives) -> None:
    """Add ``scale`` times the derivatives of the rate at which excitons form at node k."""
    node, state, by_state = device.nodes[k], point.state, out.state
    at = carriers_of(point.carriers, k)
    excess = np_excess(node, at, state[k, ELECTRON_LEVEL] + state[k, HOLE_LEVEL] + point.bias)
    over, direct = excess.value, bimolecular_at(device, state, k, at)
    by_w, by_z = scale * over * direct.by_log_n * at.n_slope, scale * over * direct.by_log_p * at.p_slope
    rate, here = scale * direct.value, k - 1 if node.second else k
    by_state[k, ELECTRON_LEVEL, f] += rate * excess.by_w + by_w
    by_state[k, HOLE_LEVEL, f] += rate * excess.by_z + by_z
    out.global_unknowns[INTERNAL_VOLTAGE, f] += rate * excess.by_z + by_z
    by_state[here, PHI, f] += rate * excess.by_phi + by_w - by_z
    out.records.carriers[f, k, BY_LN_N] += rate * over
    out.records.carriers[f, k, BY_LN_P] += rate * over
    add_bimolecular(device, state, k, at, scale * over, f, out.records)
    if direct.by_before != 0.0:
        by_state[here, PHI, f] += scale * over * direct.by_before
        by_state[k - 2 if device.nodes[k - 1].second else k - 1, PHI, f] -= scale * over * direct.by_before
    if direct.by_behind != 0.0:
        by_state[k + 1, PHI, f] += scale * over * direct.by_behind
        by_state[here, PHI, f] -= scale * over * direct.by_behind


@kernel
def _face_edge(device: Device, cells: EmitterCells, i: int) -> int:
    """Return the edge across which carriers are captured into cell i, -1 for none."""
    first, last = cells.first - 1, cells.first + cells.light.size - 1
    edge = first if i == 0 else last if i == cells.light.size - 1 else -1
    return edge if edge > 0 and edge + 1 < device.nodes.shape[0] and captures_across(device, edge) else -1


@part
def _add_face_formation(
    device: Device, point: SolvedPoint, edge: int, scale: float, f: int, out: ExcitonDerivatives
) -> None:
    """Add ``scale`` times the derivatives of the excitons that form across the interface at an edge."""
    sides = (carriers_of(point.carriers, edge), carriers_of(point.carriers, edge + 1))
    for pair in PAIRS:
        met = face_pair(device, point.state, point.bias, sides, edge, pair)
        if met.coefficient == 0.0:
            continue
        rate = scale * met.coefficient
        out.state[met.electron, ELECTRON_LEVEL, f] += rate * met.excess.by_w
        out.state[met.hole, HOLE_LEVEL, f] += rate * met.excess.by_z
        out.global_unknowns[INTERNAL_VOLTAGE, f] += rate * met.excess.by_z
        out.state[edge, PHI, f] += rate * met.excess.by_phi
        add_face_capture(met, scale, f, out.records)


@part
def _add_carriers(
    device: Device, point: SolvedPoint, k: int, scales: tuple[float, float], f: int, out: ExcitonDerivatives
) -> None:
    """Add two scales times the derivatives of the densities of electrons and of holes at node k."""
    node, at = device.nodes[k], carriers_of(point.carriers, k)
    electrons, holes = scales[0] * at.n, scales[1] * at.p
    out.state[k, ELECTRON_LEVEL, f] += electrons * at.n_slope
    out.state[k, HOLE_LEVEL, f] += holes * at.p_slope
    out.global_unknowns[INTERNAL_VOLTAGE, f] += holes * at.p_slope
    out.state[k - 1 if node.second else k, PHI, f] += electrons * at.n_slope - holes * at.p_slope
    out.records.carriers[f, k, BY_LN_N] += electrons
    out.records.carriers[f, k, BY_LN_P] += holes


@kernel
def _add_dots(
    device: Device, cells: EmitterCells, point: SolvedPoint, by_dots: Array, f: int, out: ExcitonDerivatives
) -> None:
    """Pass the derivatives by the densities of the dots, (node, 2), on to those at the nodes and to the average."""
    for j in range(cells.light.size):
        at, electrons, holes = carriers_of(point.carriers, cells.first + j), 0.0, 0.0
        for i in range(cells.light.size):
            electrons += cells.average[i, j] * by_dots[i, 0]
            holes += cells.average[i, j] * by_dots[i, 1]
            out.cells.average[f, i, j] += by_dots[i, 0] * at.n + by_dots[i, 1] * at.p
        _add_carriers(device, point, cells.first + j, (electrons, holes), f, out)


@kernel
def _cell_at(device: Device, cells: EmitterCells, point: SolvedPoint, i: int) -> _Cell:
    """Return what happens in cell i."""
    k = cells.first + i
    at, contact, state = carriers_of(point.carriers, k), cells.contact[i], point.state
    electrons, holes = 0.0, 0.0
    for j in range(cells.light.size):
        there = carriers_of(point.carriers, cells.first + j)
        electrons += cells.average[i, j] * there.n
        holes += cells.average[i, j] * there.p
    field = _cell_field(point, cells, i, device.thermal_voltage)[0]
    rates = decay_rates(cells.decay, cells.light[i], contact, electrons, holes, field)
    by = trion_auger_by_parameters(cells.decay, rates.radiative, contact, electrons, holes)
    over = np_excess(device.nodes[k], at, state[k, ELECTRON_LEVEL] + state[k, HOLE_LEVEL] + point.bias).value
    loss = rates.radiative + cells.decay.nonradiative + contact + rates.trion_auger
    return _Cell(rates, by, loss, bimolecular_at(device, state, k, at).value * over, electrons, holes)


@kernel
def add_photons(
    device: Device, cells: EmitterCells, point: SolvedPoint, by_sums: Array, by_formed: Array, out: ExcitonDerivatives
) -> None:
    """Add what state and numbers do to functionals of radiative decays and of the excitons that form.

    With T X = G the excitons' equations and T Y = share V k_rad their adjoint, since T is its own transpose,
    d sum = dshare V k_rad X + share d(V k_rad) X + Y (dG - d(V k) X) - dexchange (step of Y) (step of X).

    Args:
        device: parameters of nodes and edges [SI].
        cells: of the emitting layer.
        point: state and carriers, (nodes, 5) and (nodes, 6).
        by_sums: derivatives of the functionals by each sum of decays, (functional, sum); the first is of none.
        by_formed: by all excitons that form, (functional,).
        out: is added to.
    """
    count = cells.light.size
    excitons, other, by_dots = np.zeros(count), np.zeros(count), np.zeros((count, 2))
    volume, formed, loss = np.zeros(count), np.zeros(count), np.zeros(count)
    radiative, share, source = np.zeros(count), np.zeros(count), np.zeros(count)
    for i in range(count):
        cell = _cell_at(device, cells, point, i)
        volume[i], radiative[i] = device.nodes[cells.first + i].volume, cell.rates.radiative
        formed[i], loss[i] = cell.formation * cells.captured[i], cell.loss * volume[i]
        face = _face_edge(device, cells, i)
        if face > 0:
            sides = (carriers_of(point.carriers, face), carriers_of(point.carriers, face + 1))
            formed[i] += captured_across(device, point.state, point.bias, sides, face)
    fill_exciton_densities(formed, loss, cells.exchange, excitons)
    for f in range(1, by_sums.shape[0]):
        for i in range(count):
            share[i] = 0.0
            for s in range(cells.share.shape[0]):
                share[i] += by_sums[f, s] * cells.share[s, i]
            source[i] = share[i] * volume[i] * radiative[i]
        fill_exciton_densities(source, loss, cells.exchange, other)
        for i in range(count):
            cell = _cell_at(device, cells, point, i)
            ends = (volume[i], excitons[i], other[i], share[i], by_formed[f])
            _add_cell(device, cells, point, i, cell, ends, f, out)
            scale = -volume[i] * other[i] * excitons[i]
            by_dots[i, 0], by_dots[i, 1] = scale * cell.rates.trion_auger_by_n, scale * cell.rates.trion_auger_by_p
            face = _face_edge(device, cells, i)
            if face > 0:
                _add_face_formation(device, point, face, other[i] + by_formed[f], f, out)
            for s in range(cells.share.shape[0]):
                out.cells.share[f, s, i] += by_sums[f, s] * volume[i] * radiative[i] * excitons[i]
        _add_dots(device, cells, point, by_dots, f, out)
        for e in range(count - 1):
            out.cells.exchange[f, e] -= (other[e + 1] - other[e]) * (excitons[e + 1] - excitons[e])


@kernel
def _add_cell(
    device: Device,
    cells: EmitterCells,
    point: SolvedPoint,
    i: int,
    cell: _Cell,
    ends: tuple[float, float, float, float, float],
    f: int,
    out: ExcitonDerivatives,
) -> None:
    """Add what one cell does to one functional.

    Args:
        device: parameters of nodes and edges [SI].
        cells: of the emitting layer.
        point: solved.
        i: which cell.
        cell: what happens in it.
        ends: its thickness, its excitons X, their adjoint Y, its share, and the derivative by all excitons that form.
        f: which functional.
        out: is added to.
    """
    k, by, decay = cells.first + i, out.cells, out.cells.decay[f]
    volume, x, y, share, of_formed = ends
    scale = -volume * y * x
    out.records.nodes[f, k].volume += x * (share * cell.rates.radiative - y * cell.loss)
    _add_formation(device, point, k, (y + of_formed) * cells.captured[i], f, out)
    by_field = volume * x * (share - y) * cell.rates.radiative_by_field + scale * cell.rates.trion_auger_by_field
    _add_field(device, point, cells, i, by_field, f, out)
    if cells.decay.quenching_field < np.inf:
        field = _cell_field(point, cells, i, device.thermal_voltage)[0]
        decay.quenching_field -= by_field * field / cells.decay.quenching_field
    charges = cell.electrons + cell.holes
    if charges > 0.0:
        decay.electron_hop += scale * cell.by.hop * cell.electrons / charges
        decay.hole_hop += scale * cell.by.hop * cell.holes / charges
    through = scale * (1.0 + cell.by.other)
    decay.nonradiative += through
    decay.trion_auger += scale * cell.by.rate
    decay.dot_volume += scale * cell.by.dot_volume
    decay.repulsion += scale * cell.by.repulsion
    decay.exciton_hop += scale * cell.by.hop
    bright = cell.rates.radiative / cells.light[i] if cells.light[i] > 0.0 else 0.0
    by.light[f, i] += bright * (through + share * volume * x)
    by.contact[f, i] += through
    by.captured[f, i] += (y + of_formed) * cell.formation
