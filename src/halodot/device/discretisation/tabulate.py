"""The numbers of every node and edge, from the layers and the grid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.grid import control_volumes, layers_at, stack_nodes
from halodot.device.discretisation.interfaces import contact_columns, hop_depths, hopped_over, interface_columns
from halodot.device.discretisation.levels import Levels, levels_of, local_levels
from halodot.device.discretisation.records import EDGE, NODE, Device
from halodot.device.electrical_stack import ElectricalStack, is_limited
from halodot.device.laws import statistics
from halodot.device.laws.disorder_mobility import disorder_parameters
from halodot.device.laws.recombination import recombination_parameters
from halodot.device.pixel import resistance_of
from halodot.states import Array, IntArray, Layer, Stack

#: Least mobility (m2/V/s), so that every place is tied to the contacts.
LEAST_MOBILITY = 1e-30
#: Flow (1/m2/s) of either carrier that a fall of its level by kT over a layer or an interface drives where there are no
#: carriers: about 1e-15 A/m2 in all at 8 V, enough to tell the levels of places that are cut off from the contacts.
FLOOR = 50.0

Columns = Mapping[str, float]


def tabulate(electrical: ElectricalStack, nodes: int) -> Device:
    """Return the numbers of every node and edge.

    Args:
        electrical: layers and contacts.
        nodes: number of nodes of each film.
    """
    levels = levels_of(electrical)
    metals = (is_limited(electrical.anode), is_limited(electrical.cathode))
    thicknesses = [item.thickness for item in electrical.layers]
    films = np.bincount(electrical.films, weights=thicknesses).tolist()
    position, film = stack_nodes(films, nodes, metals, hop_depths(electrical))
    layer = layers_at(position, film, thicknesses, electrical.films)
    tables, rows = _tables(electrical)
    regions, ions = _ion_regions(electrical)
    layers = [_layer_columns(electrical, levels, k) | rows[k] | regions[k] for k in range(len(electrical.layers))]
    records = _records(NODE, layers)[layer]
    width = np.diff(position)
    records["position"], records["layer"] = position, layer
    records["volume"] = control_volumes(position, film)
    records["second"] = np.append(False, width == 0.0)
    barrier = (electrical.cathode.work_function - electrical.anode.work_function) / electrical.thermal_voltage
    return Device(
        records,
        _edges(electrical, levels, layer, width),
        tables,
        ions,
        barrier - float(levels.dipole[0]),
        electrical.thermal_voltage,
    )


def circuit_of(stack: Stack, thermal_voltage: float) -> Circuit:
    """Return the circuit around the layers of a stack in the units of the solver.

    Args:
        stack: with series and sheet resistance and shunt conductance [SI].
        thermal_voltage: kT/q [V].
    """
    return Circuit(
        resistance_of(stack) * ELEMENTARY_CHARGE / thermal_voltage,
        stack.shunt_conductance * thermal_voltage / ELEMENTARY_CHARGE,
    )


def _records(kind: np.dtype[np.void], rows: Sequence[Columns]) -> NDArray[np.void]:
    """Return one record for each row; what a row does not name is 0."""
    records = np.zeros(len(rows), dtype=kind)
    for record, row in zip(records, rows, strict=True):
        for name, value in row.items():
            record[name] = value
    return records


def _layer_columns(electrical: ElectricalStack, levels: Levels, k: int) -> dict[str, float]:
    """Return what every node of a layer has."""
    layer, local = electrical.layers[k], local_levels(electrical, levels, k)
    donor_traps = layer.traps.trap_density if layer.traps.trap_charge == "donor" else 0.0
    return recombination_parameters(layer, local) | {
        "dipole": local.vacuum_level_shift,
        "electron_log": local.electron_log,
        "hole_log": local.hole_log,
        "log_electron_states": math.log(layer.transport.electron_density_of_states),
        "log_hole_states": math.log(layer.transport.hole_density_of_states),
        "doping": layer.transport.donor_density - layer.transport.acceptor_density + donor_traps,
        "field_law": _follows_field(layer),
        "ion_sites": layer.ions.ion_sites,
    }


def _follows_field(layer: Layer) -> bool:
    """Return whether a mobility of the layer follows the field."""
    return (
        layer.transport.mobility_law == "extended_gaussian_disorder"
        or max(
            layer.transport.electron_field_activation,
            layer.transport.hole_field_activation,
            layer.transport.hopping_distance,
        )
        > 0.0
    )


def _tables(electrical: ElectricalStack) -> tuple[Array, list[dict[str, int]]]:
    """Return the tables of the densities of states, and which row each layer's carriers take."""
    found: list[Array] = []
    rows = []
    for layer in electrical.layers:
        row = {}
        for carrier in ("electron", "hole"):
            row[f"{carrier}_table"] = -1
            if layer.transport.statistics != "boltzmann":
                wanted = statistics.table_of(layer.transport, carrier, electrical.thermal_voltage)
                known = [k for k, one in enumerate(found) if one is wanted]
                row[f"{carrier}_table"] = known[0] if known else len(found)
                found += [] if known else [wanted]
        rows.append(row)
    return np.array(found) if found else np.zeros((0, 2, 2)), rows


def _ion_regions(electrical: ElectricalStack) -> tuple[list[dict[str, int]], Array]:
    """Return the regions that each layer's ions belong to, and number and sign of the ions of each region.

    Ions of one sign move through neighbouring layers that hold some or let them in.
    """
    rows: list[dict[str, int]] = [{} for _ in electrical.layers]
    regions: list[tuple[float, float]] = []
    for name, sign in (("cation", 1.0), ("anion", -1.0)):
        densities = [getattr(layer.ions, f"{name}_density") for layer in electrical.layers]
        open_to = [
            density > 0.0 or layer.ions.ion_permeable
            for density, layer in zip(densities, electrical.layers, strict=True)
        ]
        start = 0
        while start < len(open_to):
            end = start
            while end < len(open_to) and open_to[end]:
                end += 1
            total = sum(densities[k] * electrical.layers[k].thickness for k in range(start, end))
            for k in range(start, max(end, start + 1)):
                rows[k][f"{name}_region"] = len(regions) if total > 0.0 else -1
            if total > 0.0:
                regions.append((total, sign))
            start = max(end, start + 1)
    return rows, np.array(regions).reshape(-1, 2)


def _edges(electrical: ElectricalStack, levels: Levels, layer: IntArray, width: Array) -> NDArray[np.void]:
    """Return the numbers of every edge; the last record has no edge and repeats the permittivity before it."""
    vt, last = electrical.thermal_voltage, width.size
    inside = _records(EDGE, [_bulk_columns(item, vt) for item in electrical.layers])
    edges = inside[layer]
    length = np.append(np.where(width == 0.0, 1.0, width), 1.0)
    for name in ("electron_out", "electron_back", "hole_out", "hole_back", "dielectric", "inverse_length"):
        edges[name] /= length
    for i in np.flatnonzero(width == 0.0):
        if i in (0, last - 1):
            row = contact_columns(electrical, electrical.anode if i == 0 else electrical.cathode, int(layer[i]))
        else:
            row = interface_columns(electrical, levels, int(layer[i]))
            _conduct_hops(edges, row, int(i), width)
        edges[i : i + 1] = _records(EDGE, [{**row, "interface": True}])
    thickness = np.array([item.thickness for item in electrical.layers])[layer]
    for carrier in ("electron", "hole"):
        edges[f"{carrier}_floor"] = FLOOR * np.where(edges["interface"], 1.0, thickness / length)
    edges["dielectric"][last] = edges["dielectric"][last - 2 if width[-1] == 0.0 else last - 1]
    return edges


def _conduct_hops(edges: NDArray[np.void], row: dict[str, float], i: int, width: Array) -> None:
    """Let the edges that hops over the steps of an interface cross conduct better."""
    faces = np.append(np.flatnonzero(width == 0.0), width.size)
    for carrier in ("electron", "hole"):
        if row[f"{carrier}_hop"] > 0.0 and row[f"{carrier}_barrier"] > 0.0:
            before, behind = faces[faces < i], faces[faces > i]
            inside = np.arange(i + 1, behind[0])
            if not row[f"{carrier}_step_is_far"]:
                inside = np.arange(i - 1, before[-1] if before.size else -1, -1)
            factor = hopped_over(row, carrier, width[inside])
            edges[f"{carrier}_out"][inside] *= factor
            edges[f"{carrier}_back"][inside] *= factor


def _bulk_columns(layer: Layer, thermal_voltage: float) -> dict[str, float]:
    """Return what every edge of a layer has, for a length of 1 m."""
    columns = {
        "dielectric": VACUUM_PERMITTIVITY * layer.transport.relative_permittivity * thermal_voltage / ELEMENTARY_CHARGE,
        "inverse_length": 1.0,
        "field_law": _follows_field(layer),
        "half_hop": 0.5 * layer.transport.hopping_distance,
    }
    for carrier in ("electron", "hole"):
        velocity = max(getattr(layer.transport, f"{carrier}_mobility"), LEAST_MOBILITY) * thermal_voltage
        columns |= {
            f"{carrier}_out": velocity,
            f"{carrier}_back": velocity,
            f"{carrier}_activation": getattr(layer.transport, f"{carrier}_field_activation")
            * math.sqrt(thermal_voltage),
        }
    if layer.transport.mobility_law == "extended_gaussian_disorder":
        columns |= disorder_parameters(layer, thermal_voltage)
    return columns
