"""The derivatives of a whole current-voltage-light curve by any number of parameters, from one adjoint a point.

A functional j of the solution changes by dj = sum over all numbers of the records of (its local derivative, weighted
with the adjoint) times (how the number follows the parameter). The first factor costs one transposed solve a point and
functional whatever the number of parameters, the second two tabulations a parameter whatever the number of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halodot.compiled import kernel
from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.discretisation.assembly import fill_carriers
from halodot.device.discretisation.bordered_system import fill_schur_system
from halodot.device.discretisation.ions import frozen_ions
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.unknowns import ELECTRON_FLOW, HOLE_FLOW, terminal_flow
from halodot.device.electrical_stack import ElectricalStack, electrical_stack, is_limited
from halodot.device.laws.ions import ion_density, ion_density_by_sites
from halodot.device.sensitivity.adjoint import adjoint, fill_flows, linearise
from halodot.device.sensitivity.exciton_gradients import (
    CellDerivatives,
    DeviceOptics,
    EmitterCells,
    ExcitonDerivatives,
    SolvedPoint,
    add_photons,
    flat_derivatives,
    no_cell_derivatives,
)
from halodot.device.sensitivity.gradients import (
    RESISTANCE,
    SHUNT,
    THERMAL_VOLTAGE,
    Gradient,
    add_gradient,
    no_gradient,
    pass_on_carriers,
    read_tables,
)
from halodot.device.sensitivity.tangents import (
    Perturbation,
    SolverInput,
    Tangents,
    clear,
    product,
    solver_input,
    tangents_of,
)
from halodot.device.solver.bias_sweep import Point, solve_equilibrium
from halodot.device.solver.newton import CONVERGED, GLOBAL, newton
from halodot.device.solver.settings import SolverSettings
from halodot.device.solver.setup import system_of
from halodot.device.solver.system import OperatingCondition, System, Unknowns, copy_of
from halodot.states import Array, DeviceSolution, Stack


class FunctionalWeights(NamedTuple):
    """What functionals beside the current are made of at every voltage, to first order."""

    sums: Array  # derivative by each sum of decays of the optics, shape (voltage, functional, sum)
    formed: Array  # derivative by all excitons that form, shape (voltage, functional)


@dataclass(frozen=True, eq=False)
class _Setting:
    """What is the same at every voltage."""

    base: SolverInput
    system: System  # as solved, with its ions frozen where they do not move
    equilibrium: Point | None  # in which ions were frozen
    parameters: int
    tangents: Tangents
    weights: FunctionalWeights
    functionals: int  # the current and those of the weights, where there is light
    gradient: Gradient  # to work in
    by_cells: CellDerivatives  # to work in


def derivatives(
    optics: DeviceOptics,
    device_solution: DeviceSolution,
    perturbations: Sequence[Perturbation],
    weights: FunctionalWeights,
) -> Array:
    """Return the derivatives of the current and of functionals of the light by several parameters.

    Args:
        optics: the device whose operation it is.
        device_solution: from `halodot.device.solve_device`.
        perturbations: two neighbours of the optics for each parameter.
        weights: the functionals beside the current.

    Returns:
        Shape (1 + functional, parameter, voltage), the current density [A/m2] first; nan where a point is not solved.
    """
    found = np.full((1 + weights.formed.shape[1], len(perturbations), device_solution.voltage.size), np.nan)
    setting = _setting(optics, perturbations, device_solution, weights) if perturbations else None
    if setting is None:
        return found
    for k in np.flatnonzero(device_solution.converged):
        point = _point(setting, device_solution, int(k))
        if point is not None:
            found[: setting.functionals, :, k] = _derivatives_at(setting, point, int(k))
    return found


def nodes_of(stack: Stack, device_solution: DeviceSolution) -> int:
    """Return how many nodes each film of an operation has."""
    electrical = electrical_stack(stack)
    metals = int(is_limited(electrical.anode)) + int(is_limited(electrical.cathode))
    return (device_solution.position.size - metals) // (electrical.films[-1] + 1)


def _setting(
    optics: DeviceOptics,
    perturbations: Sequence[Perturbation],
    device_solution: DeviceSolution,
    weights: FunctionalWeights,
) -> _Setting | None:
    """Return what is the same at every voltage; None where frozen ions have no equilibrium."""
    nodes = nodes_of(optics.stack, device_solution)
    base = solver_input(optics, nodes)
    tangents = tangents_of(perturbations, base, nodes)
    system, equilibrium = system_of(base.device, base.circuit, SolverSettings()), None
    if optics.stack.ions == "frozen" and base.device.ions.shape[0] > 0:
        names = [layer.name for layer in base.electrical.layers]
        equilibrium, _ = solve_equilibrium(system, names)
        if equilibrium is None:
            return None
        held = frozen_ions(base.device, equilibrium.state, equilibrium.global_unknowns)
        system = system_of(held, base.circuit, SolverSettings())
    functionals = 1 + (weights.formed.shape[1] if base.cells.light.size else 0)
    return _Setting(
        base=base,
        system=system,
        equilibrium=equilibrium,
        parameters=len(perturbations),
        tangents=tangents,
        weights=weights,
        functionals=functionals,
        gradient=no_gradient(functionals, base.device.nodes.size, base.device.ions.shape[0]),
        by_cells=no_cell_derivatives(functionals, base.cells),
    )


def _point(setting: _Setting, device_solution: DeviceSolution, k: int) -> Point | None:
    """Return a solved point from its profiles, its equations linearised in the scratch arrays."""
    system, voltage = setting.system, float(device_solution.voltage[k])
    condition = OperatingCondition(voltage / system.device.thermal_voltage, 1.0, 0.0)
    unknowns = Unknowns(*profiles_of(setting.base.electrical, system.device, device_solution, k))
    leakage = (
        device_solution.electron_leakage[k] / ELEMENTARY_CHARGE,
        -device_solution.hole_leakage[k] / ELEMENTARY_CHARGE,
    )
    bias = float(unknowns.global_unknowns[0])
    fill_flows(system.device, unknowns.state, bias, leakage, system.workspace.equations)
    guess, schur = copy_of(unknowns), _schur_system(unknowns)
    if not np.isfinite(linearise(system, unknowns, condition, schur)):
        unknowns = guess
        if newton(system, unknowns, condition, GLOBAL).status != CONVERGED:
            return None
        if not np.isfinite(linearise(system, unknowns, condition, schur)):
            return None
    return Point(voltage, unknowns.global_unknowns, unknowns.state)


def _schur_system(unknowns: Unknowns) -> Array:
    """Return an empty Schur system of the global unknowns, shape (1 + regions, 2 + regions)."""
    size = unknowns.global_unknowns.size
    return np.zeros((size, size + 1))


def profiles_of(
    electrical: ElectricalStack, device: Device, device_solution: DeviceSolution, k: int
) -> tuple[Array, Array]:
    """Return the unknowns that the profiles of a voltage stand for, without the flows.

    Args:
        electrical: the electrical part of the stack.
        device: parameters of nodes and edges [SI].
        device_solution: with the profiles.
        k: which voltage.

    Returns:
        phi [Vt], w, z [kT] and zeros, (nodes, 5), and the bias [Vt] and activities of the ions, (1 + regions,).
    """
    turn = slice(None, None, -1) if electrical.flipped else slice(None)
    nodes, vt, fermi = device.nodes, device.thermal_voltage, electrical.cathode.work_function
    state = np.zeros((nodes.size, 5))
    state[:, 0] = device_solution.potential[k, turn] / vt - nodes["dipole"]
    far = np.flatnonzero(nodes["second"])
    state[far, 0] = state[far - 1, 0]
    state[:, 1] = (fermi - device_solution.electron_quasi_fermi_level[k, turn]) / vt
    levels = (device_solution.hole_quasi_fermi_level[k, turn] - fermi) / vt
    bias = float(levels[0])
    state[:, 2] = levels - bias
    extra = np.zeros(1 + device.ions.shape[0])
    extra[0] = bias
    for region in range(device.ions.shape[0]):
        sign = float(device.ions[region, 1])
        kind, profile = (
            ("cation", device_solution.cation_density) if sign > 0.0 else ("anion", device_solution.anion_density)
        )
        density = np.where(nodes[f"{kind}_region"] == region, profile[k, turn], 0.0)
        free = np.maximum(nodes["ion_sites"] - density, 0.0)
        i = int(np.argmax(np.minimum(density, free)))
        mobile = np.log(nodes["ion_sites"][i] * density[i] / free[i])
        extra[1 + region] = mobile + sign * (state[i, 0] + nodes["dipole"][i])
    return state, extra


def _derivatives_at(setting: _Setting, point: Point, k: int) -> Array:
    """Return the derivatives of the functionals by the parameters, shape (functional, parameter)."""
    gradient, count = setting.gradient, setting.functionals
    clear(gradient)
    by_cells = setting.by_cells
    for part in by_cells:
        part.fill(0.0)
    weights = FunctionalWeights(np.zeros((count, setting.weights.sums.shape[2])), np.zeros(count))
    if count > 1:
        weights.sums[1:], weights.formed[1:] = setting.weights.sums[k], setting.weights.formed[k]
    fill_gradient(setting.system, point.unknowns, point.voltage, setting.base.cells, weights, gradient, by_cells)
    total = _product(setting, gradient, flat_derivatives(by_cells), point)
    if setting.equilibrium is not None:
        total += _through_equilibrium(setting, gradient)
    return total


def _product(setting: _Setting, gradient: Gradient, cells: Array, point: Point) -> Array:
    """Return a gradient times the tangents of all parameters, shape (functional, parameter)."""
    tangents = setting.tangents
    total = product(gradient, cells, tangents, setting.parameters)
    for k, tables in tangents.tables:
        rise = read_tables(setting.base.device, tables, point.state, float(point.global_unknowns[0]))
        total[:, k] += np.einsum("fnc,nc->f", gradient.table, rise)
    return total


def _through_equilibrium(setting: _Setting, gradient: Gradient) -> Array:
    """Return what the parameters do through the equilibrium of frozen ions, shape (functional, parameter)."""
    assert setting.equilibrium is not None
    base = setting.base
    system, unknowns = system_of(base.device, base.circuit, SolverSettings()), copy_of(setting.equilibrium.unknowns)
    schur = _schur_system(unknowns)
    if not np.isfinite(linearise(system, unknowns, OperatingCondition(0.0, 0.0, 0.0), schur)):
        return np.full((setting.functionals, setting.parameters), np.nan)
    through = no_gradient(setting.functionals, base.device.nodes.size, base.device.ions.shape[0])
    fill_equilibrium_gradient(system, unknowns, schur, gradient.nodes, through)
    point = Point(0.0, unknowns.global_unknowns, unknowns.state)
    cells = flat_derivatives(no_cell_derivatives(setting.functionals, base.cells))
    return _product(setting, through, cells, point)


@kernel
def fill_gradient(
    system: System,
    unknowns: Unknowns,
    voltage: float,
    cells: EmitterCells,
    weights: FunctionalWeights,
    out: Gradient,
    by_cells: CellDerivatives,
) -> None:
    """Fill the derivatives of the current and of other functionals by every number, at a linearised point.

    Args:
        system: as `adjoint.linearise` left it.
        unknowns: the point, state (nodes, 5) and global unknowns (1 + regions,).
        voltage: at the terminals [V].
        cells: of the emitting layer.
        weights: of this voltage, with a row for the current too.
        out: by the records.
        by_cells: by the numbers of the emitting layer, (functional,) and more axes.
    """
    device, circuit, e = system.device, system.circuit, system.workspace.equations
    state, outer = unknowns.state, unknowns.global_unknowns
    functionals, bias = by_cells.decay.size, outer[0]
    fill_carriers(device, state, bias, e.carriers)
    by_state, by_extra = np.zeros((state.shape[0], 5, functionals)), np.zeros((outer.size, functionals))
    by_state[0, ELECTRON_FLOW, 0], by_state[0, HOLE_FLOW, 0] = ELEMENTARY_CHARGE, -ELEMENTARY_CHARGE
    by_extra[0, 0] = ELEMENTARY_CHARGE * circuit.shunt
    out.whole[0, SHUNT] += ELEMENTARY_CHARGE * bias
    if functionals > 1:
        by = ExcitonDerivatives(by_state, by_extra, by_cells, out)
        add_photons(device, cells, SolvedPoint(state, bias, e.carriers), weights.sums, weights.formed, by)
    schur = np.zeros((outer.size, outer.size + 1))
    fill_schur_system(device, circuit, 0.0, outer, state, e, schur)
    found = adjoint(system, unknowns, schur, by_state, by_extra)
    add_gradient(device, state, outer, 1.0, e.carriers, found.weight, found.balance, out)
    flow = terminal_flow(state)
    for f in range(functionals):
        balance = found.balance[0, f]
        out.whole[f, RESISTANCE] -= balance * (flow + circuit.shunt * bias)
        out.whole[f, SHUNT] -= balance * circuit.resistance * bias
        out.whole[f, THERMAL_VOLTAGE] -= balance * voltage / device.thermal_voltage**2
    pass_on_carriers(e.carriers, out)


@kernel
def fill_equilibrium_gradient(
    system: System,
    unknowns: Unknowns,
    schur: Array,
    frozen_in: NDArray[np.void],
    out: Gradient,
) -> None:
    """Fill the derivatives of functionals that see the equilibrium of frozen ions through the doping alone.

    Args:
        system: with its ions free, as `adjoint.linearise` left it.
        unknowns: in equilibrium, state (nodes, 5) and global unknowns (1 + regions,).
        schur: as `adjoint.linearise` left it.
        frozen_in: derivatives [1/SI] of the functionals by the nodes of the device with its ions frozen.
        out: by the records.
    """
    device, e = system.device, system.workspace.equations
    state, outer = unknowns.state, unknowns.global_unknowns
    functionals = frozen_in.shape[0]
    fill_carriers(device, state, outer[0], e.carriers)
    by_state, by_extra = np.zeros((state.shape[0], 5, functionals)), np.zeros((outer.size, functionals))
    for i in range(state.shape[0]):
        node = device.nodes[i]
        for region in (node.cation_region, node.anion_region):
            if region < 0:
                continue
            sign, phi = device.ions[region, 1], state[i, 0] + node.dipole
            density, slope = ion_density(sign, node.ion_sites, outer[1 + region], phi)
            for f in range(functionals):
                scale = frozen_in[f, i].doping
                by_state[i - 1 if node.second else i, 0, f] -= scale * slope
                by_extra[1 + region, f] += scale * sign * slope
                out.nodes[f, i].dipole -= scale * slope
                out.nodes[f, i].ion_sites += scale * sign * ion_density_by_sites(density, node.ion_sites)
    found = adjoint(system, unknowns, schur, by_state, by_extra)
    add_gradient(device, state, outer, 0.0, e.carriers, found.weight, found.balance, out)
    pass_on_carriers(e.carriers, out)
