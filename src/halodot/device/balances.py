"""What the solved points mean: the charge budget, the emission zone and the profiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halodot.compiled import kernel
from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.faces import captured_across, captures_across
from halodot.device.discretisation.fields import bimolecular_at
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import (
    ELECTRON_FLOW,
    ELECTRON_LEVEL,
    FIRST_ACTIVITY,
    HOLE_FLOW,
    HOLE_LEVEL,
    INTERNAL_VOLTAGE,
    PHI,
)
from halodot.device.electrical_stack import ElectricalStack, is_limited
from halodot.device.laws.carriers import Carriers, carriers_at
from halodot.device.laws.excitons import (
    CHARGED,
    NONRADIATIVE,
    QUENCHED,
    RADIATIVE,
    contact_quenching,
    fates,
    rms_fields,
)
from halodot.device.laws.interface_recombination import ELECTRON_LOSS, VALUE, fill_interface_recombination
from halodot.device.laws.ions import ion_density
from halodot.device.laws.recombination import np_excess, recombination_rates
from halodot.device.remarks import remarks
from halodot.device.solver.bias_sweep import Point, Sweep
from halodot.errors import InputError, Problem
from halodot.numerics import cell_centres
from halodot.states import Array, DeviceSolution, Optics, Stack, emitter_index

#: Cells of the emission zone when no optics say where to look, as many as positions of the optics.
CELLS = 11
#: Current density in A/m2 below which a charge balance has no meaning: a thousandth of what an electrometer sees.
LEAST_CURRENT = 1e-12

#: Edges at the anode and at the cathode; the last node has none.
FIRST, LAST_EDGE = 0, -2
#: Columns of what `_fill_rates` fills.
ELECTRON, HOLE, BIMOLECULAR, TRAP_ASSISTED, AUGER, CATIONS, ANIONS, FACE = range(8)


@dataclass(frozen=True)
class Profiles:
    """Node values of all points, nan where a point did not converge; anode first, shape (voltage, node)."""

    bias: Array  # shape (voltage,), internal voltage over Vt
    state: Array  # shape (voltage, node, 5)
    electrons: Array  # 1/m3
    holes: Array
    bimolecular: Array  # 1/m3/s
    trap_assisted: Array  # 1/m3/s
    auger: Array  # 1/m3/s
    cations: Array  # 1/m3
    anions: Array
    face: Array  # captured across the interface at the edge of each node, 1/m2/s
    at_interfaces: Array  # 1/m2/s, shape (voltage,)


@kernel
def _fill_rates(device: Device, state: Array, global_unknowns: Array, out: Array) -> float:
    """Fill ``out`` (nodes, 8) with densities, rates and ions of one point; return the recombination at interfaces."""
    bias, at_interfaces = global_unknowns[INTERNAL_VOLTAGE], 0.0
    before, traps = Carriers(0.0, 0.0, 1.0, 1.0, 0.0, 0.0), np.zeros((5, 6))
    for i in range(state.shape[0]):
        node, phi, w, z = device.nodes[i], state[i, PHI], state[i, ELECTRON_LEVEL], state[i, HOLE_LEVEL]
        here = carriers_at(node, device.tables, phi, w, z, bias)
        excess = np_excess(node, here, w + z + bias).value
        rates = recombination_rates(node, here, bimolecular_at(device, state, i, here).value)
        out[i, ELECTRON], out[i, HOLE] = here.n, here.p
        out[i, BIMOLECULAR] = rates.bimolecular.value * excess
        out[i, TRAP_ASSISTED] = rates.trap_assisted.value * excess
        out[i, AUGER] = rates.auger.value * excess
        out[i, CATIONS], out[i, ANIONS] = node.held_cations, node.held_anions
        if node.cation_region >= 0:
            activity = global_unknowns[FIRST_ACTIVITY + node.cation_region]
            out[i, CATIONS] = ion_density(1.0, node.ion_sites, activity, phi + node.dipole)[0]
        if node.anion_region >= 0:
            activity = global_unknowns[FIRST_ACTIVITY + node.anion_region]
            out[i, ANIONS] = ion_density(-1.0, node.ion_sites, activity, phi + node.dipole)[0]
        if i > 0 and device.edges[i - 1].trap_density > 0.0:
            levels = (state[i - 1, ELECTRON_LEVEL], w, state[i - 1, HOLE_LEVEL], z)
            fill_interface_recombination(device.edges[i - 1], before, here, levels, bias, traps)
            at_interfaces += traps[ELECTRON_LOSS, VALUE] + traps[ELECTRON_LOSS + 1, VALUE]
        if i > 0 and captures_across(device, i - 1):
            out[i - 1, FACE] = captured_across(device, state, bias, (before, here), i - 1)
        before = here
    return at_interfaces


def profiles(device: Device, points: list[Point | None]) -> Profiles:
    """Return the node values of all points.

    Args:
        device: parameters of nodes and edges.
        points: one for each voltage, None where it did not converge.
    """
    shape = (len(points), device.nodes["position"].size)
    state, rates = np.full((*shape, 5), np.nan), np.full((*shape, 8), np.nan)
    bias, interfaces = np.full(len(points), np.nan), np.full(len(points), np.nan)
    for k, point in enumerate(points):
        if point is not None:
            state[k], bias[k] = point.state, point.global_unknowns[INTERNAL_VOLTAGE]
            rates[k, :, FACE] = 0.0
            interfaces[k] = _fill_rates(device, point.state, point.global_unknowns, rates[k])
    bimolecular, trap_assisted, auger, cations, anions, face = (rates[..., c] for c in range(BIMOLECULAR, FACE + 1))
    electrons, holes = rates[..., ELECTRON], rates[..., HOLE]
    return Profiles(bias, state, electrons, holes, bimolecular, trap_assisted, auger, cations, anions, face, interfaces)


def emitter_node_range(stack: Stack, electrical: ElectricalStack, device: Device) -> slice:
    """Return the nodes of the emitting layer, none without an emitter.

    Args:
        stack: layers, one of them the emitter.
        electrical: the layers that carry current.
        device: parameters of nodes and edges.

    Raises:
        InputError: two layers emit, or the emitting layer carries no current.
    """
    emitting = [i for i, layer in enumerate(stack.layers) if layer.role == "emitter"]
    if not emitting or stack.emitter is None:
        return slice(0, 0)
    if len(emitting) > 1:
        raise InputError(Problem("more than one layer has the role emitter", f"device.layers[{emitting[1]}]"))
    if emitting[0] not in electrical.indices:
        raise InputError(Problem("the emitting layer has no levels and mobilities", f"device.layers[{emitting[0]}]"))
    inside = device.nodes["layer"] == electrical.indices.index(emitting[0])
    own = np.flatnonzero(inside & (device.nodes["volume"] > 0.0))
    return slice(int(own[0]), int(own[-1]) + 1)


def device_solution(
    stack: Stack,
    optics: Optics | None,
    electrical: ElectricalStack,
    circuit: Circuit,
    solved: Sweep,
) -> DeviceSolution:
    """Return the state of the device at every voltage from the solved points.

    Args:
        stack: layers, contacts and emitter.
        optics: positions and Purcell factor for the emission zone, or None.
        electrical: the layers that carry current.
        circuit: series resistance and shunt.
        solved: the points and how they were found.
    """
    device, points, records = solved.device, solved.points, solved.records
    values = profiles(device, points)
    emitter = emitter_node_range(stack, electrical, device)
    currents = _currents(device, circuit, values, emitter)
    cells, purcell = emission_zone(stack, optics)
    excitons = _excitons(stack, electrical, device, values, emitter, (cells, purcell))
    turn = slice(None, None, -1) if electrical.flipped else slice(None)
    vt, fermi = device.thermal_voltage, electrical.cathode.work_function
    phi, w, z = (values.state[:, :, c] for c in (PHI, ELECTRON_LEVEL, HOLE_LEVEL))
    height = device.nodes["position"][-1] - device.nodes["position"] if electrical.flipped else device.nodes["position"]
    return DeviceSolution(
        voltage=np.array([record.voltage for record in records]),
        converged=np.array([point is not None for point in points], dtype=np.bool_),
        **currents,
        exciton_position=cells,
        **excitons,
        cation_density=values.cations[:, turn],
        anion_density=values.anions[:, turn],
        temperature=np.full(len(points), stack.temperature),
        position=np.ascontiguousarray(height[turn]),
        layer_of_node=np.array(electrical.indices, dtype=np.int64)[device.nodes["layer"]][turn],
        potential=(vt * (phi + device.nodes["dipole"]))[:, turn],
        electron_density=values.electrons[:, turn],
        hole_density=values.holes[:, turn],
        electron_quasi_fermi_level=(fermi - vt * w)[:, turn],
        hole_quasi_fermi_level=(fermi + vt * (z + values.bias[:, None]))[:, turn],
        recombination=(values.bimolecular + values.trap_assisted + values.auger)[:, turn],
        history=tuple(records),
        notes=(*remarks(stack), *solved.notes),
        nodes_per_layer=(device.nodes.size - is_limited(electrical.anode) - is_limited(electrical.cathode))
        // (electrical.films[-1] + 1),
    )


def _currents(device: Device, circuit: Circuit, values: Profiles, emitter: slice) -> dict[str, Array]:
    """Return the charge budget in A/m2, each part from its own edge or integral.

    Generation by light counts as negative recombination elsewhere, in whichever layer it is; the contact nodes hold
    their own balance and count nowhere.
    """
    q = ELEMENTARY_CHARGE
    volume = device.nodes["volume"].copy()
    volume[[0, -1]] = 0.0
    inside = np.zeros(volume.size, dtype=np.bool_)
    inside[emitter] = True
    across = values.face.sum(axis=1)
    capture = q * (_integral(values.bimolecular[:, inside], volume[inside]) + across * bool(inside.any()))
    traps = q * _integral(values.trap_assisted[:, inside], volume[inside])
    elsewhere = q * _integral((values.bimolecular + values.trap_assisted)[:, ~inside], volume[~inside])
    elsewhere += q * across * (not inside.any())
    electrons = q * values.state[:, FIRST, ELECTRON_FLOW]
    holes = -q * values.state[:, LAST_EDGE, HOLE_FLOW]
    shunt = q * circuit.shunt * values.bias
    total = q * (values.state[:, FIRST, ELECTRON_FLOW] - values.state[:, FIRST, HOLE_FLOW]) + shunt
    with np.errstate(invalid="ignore", divide="ignore"):
        balance = np.where(np.abs(total) > LEAST_CURRENT, capture / total, np.nan)
    return {
        "current_density": total,
        "exciton_formation_current": capture,
        "emitter_trap_current": traps,
        "auger_current": q * _integral(values.auger, volume),
        "interface_recombination_current": q * values.at_interfaces,
        "outside_emitter_current": elsewhere - q * float(device.nodes["generation"] @ volume),
        "electron_leakage": electrons,
        "hole_leakage": holes,
        "shunt_current": shunt,
        "charge_balance": balance,
    }


def _integral(density: Array, volume: Array) -> Array:
    """Return the integral of a density over the nodes at every voltage; not by BLAS, which takes all cores for it."""
    total: Array = np.einsum("vn,n->v", density, volume)
    return total


def emission_zone(stack: Stack, optics: Optics | None) -> tuple[Array, Array]:
    """Return where excitons are counted, as heights in the emitter, and the Purcell factor there.

    Args:
        stack: layers and emitter.
        optics: gives positions and Purcell factor; without it, the centres of equal cells and 1.

    Returns:
        Heights above the lower face of the emitter [m], and the factor [1], (position,) each; empty without an
        emitter.
    """
    index = emitter_index(stack)
    if index is None or stack.emitter is None:
        return np.zeros(0), np.zeros(0)
    thickness = stack.layers[index].thickness
    if optics is None:
        cells, purcell = cell_centres(thickness, CELLS), np.ones(CELLS)
    else:
        cells, purcell = optics.position.copy(), optics.purcell
    if cells.size == 0 or np.any(np.diff(cells) <= 0.0) or cells[0] < 0.0 or cells[-1] > thickness * (1.0 + 1e-9):
        raise InputError(Problem("positions must increase inside the emitting layer", "optics.position"))
    return cells, purcell


def _excitons(
    stack: Stack,
    electrical: ElectricalStack,
    device: Device,
    values: Profiles,
    emitter: slice,
    zone: tuple[Array, Array],
) -> dict[str, Array]:
    """Return where excitons are made and decay, in 1/m2/s around each height, and in which currents they end."""
    cells, purcell = zone
    nodes = device.nodes[emitter]
    made, ends = np.zeros((values.bias.size, nodes.size)), np.zeros((values.bias.size, 4, nodes.size))
    if cells.size:
        assert stack.emitter is not None
        index = electrical.indices[int(nodes["layer"][0])]
        height = nodes["position"] - nodes["position"][0]
        height = height[-1] - height if electrical.flipped else height
        light = stack.emitter.radiative_rate * np.interp(height, cells, purcell)
        field = rms_fields(nodes["position"], device.thermal_voltage * values.state[:, emitter, PHI])
        made = values.bimolecular[:, emitter] * captured_lengths(device, emitter)
        # what is captured across a face lands on the first dots behind it
        made[:, 0] += values.face[:, emitter.start - 1] if emitter.start > 0 else 0.0
        made[:, -1] += values.face[:, emitter.stop - 1]
        ends = fates(
            stack.emitter,
            stack.layers[index],
            device.thermal_voltage,
            (nodes["position"], nodes["volume"]),
            (light, contact_quenching(stack, index, height)),
            (values.electrons[:, emitter], values.holes[:, emitter]),
            field,
            made,
        )
    currents = ELEMENTARY_CHARGE * ends.sum(axis=2)
    currents[~np.isfinite(values.bias)] = np.nan
    return {
        "exciton_generation": counted(nodes["volume"], made, electrical.flipped, cells),
        "radiative_decay": counted(nodes["volume"], ends[:, RADIATIVE], electrical.flipped, cells),
        "radiative_current": currents[:, RADIATIVE],
        "nonradiative_current": currents[:, NONRADIATIVE],
        "quenching_current": currents[:, QUENCHED],
        "trion_auger_current": currents[:, CHARGED],
    }


def captured_lengths(device: Device, emitter: slice) -> Array:
    """Return the lengths over which the captures of the emitter are counted, none at a contact.

    Args:
        device: parameters of nodes and edges.
        emitter: its nodes.

    Returns:
        Lengths [m], (node,) of the emitter.
    """
    volume: Array = device.nodes["volume"].copy()
    volume[[0, -1]] = 0.0
    return volume[emitter]


def counted(volume: Array, events: Array, flipped: bool, cells: Array) -> Array:
    """Return the events in the cell around each height; the cells meet halfway and lose nothing.

    Args:
        volume: length of material that each node stands for [m], (emitter node,).
        events: at each node [1/m2/s], (voltage, emitter node).
        flipped: the nodes are in the order from the top of the stack down.
        cells: heights above the lower face [m], (position,).

    Returns:
        Events in each cell [1/m2/s], (voltage, position).
    """
    if cells.size == 0:
        return np.zeros((events.shape[0], 0))
    edges = np.concatenate(([0.0], np.cumsum(volume)))
    if flipped:
        events, edges = events[:, ::-1], edges[-1] - edges[::-1]
    sums = np.concatenate((np.zeros((events.shape[0], 1)), np.cumsum(events, axis=1)), axis=1)
    faces = np.concatenate(([edges[0]], 0.5 * (cells[1:] + cells[:-1]), [edges[-1]]))
    return np.diff(np.array([np.interp(faces, edges, row) for row in sums]), axis=1)
