"""How far a curve is from the curve of an ever finer grid, and the grid on which it is near enough.

The scheme is of second order: the error falls to a quarter when the cells halve. So the curve on about half of the
nodes tells the error of the curve itself, and the observed fall from grid to grid replaces the 4 where it is smaller.
Roache, Annu. Rev. Fluid Mech. 29 (1997) 123, doi:10.1146/annurev.fluid.29.1.123.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.device.crowding import highest_densities
from halodot.device.discretisation.grid import LEAST_NODES_PER_LAYER
from halodot.rounding import per_cent
from halodot.states import Array, DeviceSolution, Layer, Note, replaced

#: Times that the cells are halved at most: 256 times less of a second-order error, at 31 times the first curve's time.
MOST_REFINEMENTS = 4
#: Nodes times voltages up to which the grid is refined, so that the profiles of a curve stay below half a gigabyte.
MOST_VALUES = 5_000_000
#: Current density in A/m2 under which an error counts in A/m2: a thousandth of what an electrometer sees of a pixel.
LEAST_CURRENT = 1e-12
#: Recombination in A/m2 under which the error of its light counts in A/m2: no spectrometer sees 1e-4 cd/m2.
LEAST_LIGHT = 1e-6
#: Smallest and largest order of convergence that is believed: the scheme is of the second, and where a layer is not
#: resolved yet the observed one means little.
LEAST_ORDER, ORDER = 0.5, 2.0
#: Carriers for each state above which Boltzmann statistics have no limit: real bands, several kT wide, hold some ten.
CROWDED = 10.0

Solve = Callable[[int], DeviceSolution]


@dataclass(frozen=True)
class GridRequest:
    """What is asked of the grid."""

    nodes: int  # of each layer, to start from
    tolerance: float  # relative error of the current; inf for no estimate
    fixed: bool  # the nodes were stated and stay


def coarse_nodes(nodes: int) -> int:
    """Return the number of nodes a layer of the grid beside which a grid of so many is judged, about half of it."""
    return max(nodes // 2, LEAST_NODES_PER_LAYER // 2)


def relative_error(curves: Sequence[Array], nodes: Sequence[int], least: float) -> Array:
    """Return the estimated relative error of the last of two or three curves.

    e = |J_N - J_M| / (r^p - 1) / |J_N| with r = (N - 1)/(M - 1); p = 2 of two curves, and the observed order of three
    where it is lower.

    Args:
        curves: the same quantity [any unit] on ever finer grids, (voltage,) each; nan where a point was not solved.
        nodes: nodes of each layer on every grid.
        least: size of the quantity [its unit] under which its error is taken relative to this.

    Returns:
        Relative error [1], (voltage,), nan where one of the last two curves has no value.
    """
    step = np.abs(curves[-1] - curves[-2])
    ratio = (nodes[-1] - 1) / (nodes[-2] - 1)
    order = np.full(step.shape, ORDER)
    if len(curves) > 2:
        before = np.abs(curves[-2] - curves[-3])
        known = np.isfinite(before) & (before > 0.0) & (step > 0.0)
        order[known] = np.clip(np.log(before[known] / step[known]) / math.log(ratio), LEAST_ORDER, ORDER)
    error: Array = step / (ratio**order - 1.0) / np.maximum(np.abs(curves[-1]), least)
    return error


def refined_solution(solve: Solve, asked: GridRequest, layers: Mapping[int, Layer]) -> DeviceSolution:
    """Return the steady states on a grid on which current and light are within the tolerance, with the error left.

    Args:
        solve: returns the steady states on a grid of so many nodes in each layer.
        asked: the grid to start from and what it is to reach.
        layers: those that carry current by their place in the stack, for the note on what could not be reached.
    """
    found = solve(asked.nodes)
    if math.isinf(asked.tolerance) or not np.any(found.converged):
        return found
    nodes = [coarse_nodes(asked.nodes), asked.nodes]
    runs = [solve(nodes[0]), found]
    judged = _judged(runs, nodes)
    for _ in range(0 if asked.fixed else MOST_REFINEMENTS):
        if _within(judged, asked.tolerance):
            break
        finer = 2 * nodes[-1]
        if finer * len(layers) * found.voltage.size > MOST_VALUES:
            break
        found = solve(finer)
        if np.sum(found.converged) < np.sum(runs[-1].converged):
            break
        runs, nodes = [*runs[-2:], found], [*nodes[-2:], finer]
        judged = _judged(runs, nodes)
    return replaced(judged, notes=(*judged.notes, *_notes(judged, asked, layers)))


def _judged(runs: Sequence[DeviceSolution], nodes: Sequence[int]) -> DeviceSolution:
    """Return the last of the runs with its errors."""
    current = [run.current_density for run in runs]
    light = [run.radiative_current for run in runs]
    return replaced(
        runs[-1],
        current_density_error=relative_error(current, nodes, LEAST_CURRENT),
        radiative_current_error=relative_error(light, nodes, LEAST_LIGHT),
    )


def _worst(run: DeviceSolution) -> Array:
    """Return the larger of the two errors at every voltage; nan where the current's is not known."""
    worst: Array = np.fmax(run.current_density_error, np.nan_to_num(run.radiative_current_error))
    return np.where(np.isnan(run.current_density_error), np.nan, worst)


def _within(run: DeviceSolution, tolerance: float) -> bool:
    """Whether every solved point has a known error within the tolerance."""
    return bool(np.all(_worst(run)[run.converged] <= tolerance))


def _notes(run: DeviceSolution, asked: GridRequest, layers: Mapping[int, Layer]) -> tuple[Note, ...]:
    """Say where current or light are farther from their limit than was asked, and why."""
    error, where = _worst(run), "run.nodes_per_layer" if asked.fixed else "run.tolerance"
    off = np.flatnonzero(run.converged & (error > asked.tolerance))
    unknown = np.flatnonzero(run.converged & np.isnan(error))
    notes = []
    if off.size:
        k = int(off[np.argmax(error[off])])
        most = f"{_percent(asked.tolerance)} (run.tolerance)"
        text = (
            f"On {run.nodes_per_layer} grid points a layer, current or light are about {_percent(error[k])} from those "
            f"of an ever finer grid at {run.voltage[k]:.4g} V, and more than {most} at {_voltages(run.voltage[off])}. "
        )
        notes.append(Note("accuracy", text + _cause(run, k, asked, layers), where))
    if unknown.size:
        text = (
            f"The error that the grid leaves is not known at {_voltages(run.voltage[unknown])}, where the coarser grid "
            "has no solution. Compare with twice as many grid points (run.nodes_per_layer)."
        )
        notes.append(Note("accuracy", text, where))
    return tuple(notes)


def _cause(run: DeviceSolution, k: int, asked: GridRequest, layers: Mapping[int, Layer]) -> str:
    """Name what keeps a point from its limit, and what helps."""
    for index, layer in layers.items():
        electrons, holes = highest_densities(run, index)
        crowd = max(
            float(electrons[k]) / layer.transport.electron_density_of_states,
            float(holes[k]) / layer.transport.hole_density_of_states,
        )
        if layer.transport.statistics == "boltzmann" and crowd > CROWDED:
            return (
                f"{layer.name!r} holds {crowd:.1g} carriers for each of its states, which Boltzmann statistics allow "
                "in an ever thinner sheet, so that the limit is out of reach. State statistics: fermi_dirac, or "
                "gaussian with a disorder, in this layer."
            )
    if asked.fixed:
        return (
            "Leave the number of grid points out (run.nodes_per_layer), so that the grid is refined, or ask for more."
        )
    if 2 * run.nodes_per_layer * len(layers) * run.voltage.size > MOST_VALUES:
        return f"So many voltages ({run.voltage.size}) leave no memory for a finer grid: ask for fewer."
    bend = np.abs(np.diff(np.where(np.diff(run.layer_of_node) == 0, np.diff(run.potential[k]), 0.0)))
    name = layers[int(run.layer_of_node[int(np.argmax(bend)) + 1])].name
    return (
        f"The potential bends most from node to node in {name!r}: look at its levels, densities and thickness, or "
        "raise run.tolerance if this is near enough."
    )


def _percent(share: float) -> str:
    return f"{per_cent(share)}"


def _voltages(values: Array) -> str:
    if values.size == 1:
        return f"{values[0]:.4g} V"
    return f"{values.size} voltages from {values.min():.4g} to {values.max():.4g} V"
