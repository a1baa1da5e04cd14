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
from halodot.device.discretisation.assembly import ELECTRON_FLOW, HOLE_FLOW, fill_densities
from halodot.device.discretisation.records import Device
from halodot.device.electrical_stack import ELEMENTARY_CHARGE, Junction, junction
from halodot.device.laws.recombination import ion_density
from halodot.device.sensitivity.adjoint import adjoint, fill_flows, linearise
from halodot.device.sensitivity.exciton_gradients import Cells, Lamp, add_photons, flat
from halodot.device.sensitivity.gradients import (
    RESISTANCE,
    SHUNT,
    THERMAL_VOLTAGE,
    Gradient,
    add_gradient,
    no_gradient,
    read_tables,
    settle_filling,
)
from halodot.device.sensitivity.tangents import Numbers, Tangents, Variation, clear, numbers_of, product, tangents_of
from halodot.device.solver.bias_sweep import Point, dark_rest, frozen
from halodot.device.solver.newton import CONVERGED, WHOLE, Circuit, border, newton
from halodot.device.solver.workspace import Memory, memory
from halodot.states import Array, DeviceSolution, Stack


class Mix(NamedTuple):
    """What functionals beside the current are made of at every voltage, to first order."""

    sums: Array  # derivative by each sum of decays of the lamp, shape (voltage, functional, sum)
    made: Array  # derivative by all excitons made, shape (voltage, functional)


@dataclass(frozen=True, eq=False)
class _Setting:
    """What is the same at every voltage."""

    base: Numbers
    device: Device  # as solved, with its ions frozen where they do not move
    rest: Point | None  # where frozen ions came to rest
    parameters: int
    tangents: Tangents
    mix: Mix
    functionals: int  # the current and those of the mix, where there is light
    scratch: Memory
    gradient: Gradient  # scratch too
    numbers: Array


def derivatives(lamp: Lamp, device_solution: DeviceSolution, variations: Sequence[Variation], mix: Mix) -> Array:
    """Return the derivatives of the current and of functionals of the light by several parameters.

    Args:
        lamp: the device whose operation it is.
        operation: from `halodot.device.operate`.
        variations: two neighbours of the lamp for each parameter.
        mix: the functionals beside the current.

    Returns:
        Shape (1 + functional, parameter, voltage), the current density in A/m2 first; nan where a point is not solved.
    """
    found = np.full((1 + mix.made.shape[1], len(variations), device_solution.voltage.size), np.nan)
    setting = _setting(lamp, variations, device_solution, mix) if variations else None
    if setting is None:
        return found
    for k in np.flatnonzero(device_solution.converged):
        point = _point(setting, device_solution, int(k))
        if point is not None:
            found[: setting.functionals, :, k] = _derivatives_at(setting, point, int(k))
    return found


def nodes_of(stack: Stack, device_solution: DeviceSolution) -> int:
    """Return how many nodes each film of an operation has."""
    between = junction(stack)
    metals = int(between.anode.is_limited) + int(between.cathode.is_limited)
    return (device_solution.position.size - metals) // (between.films[-1] + 1)


def _setting(lamp: Lamp, variations: Sequence[Variation], device_solution: DeviceSolution, mix: Mix) -> _Setting | None:
    """Return what is the same at every voltage; None where frozen ions have no place of rest."""
    nodes = nodes_of(lamp.stack, device_solution)
    base = numbers_of(lamp, nodes)
    tangents = tangents_of(variations, base, nodes)
    device, rest = base.device, None
    if lamp.stack.ions == "frozen" and device.ions.shape[0] > 0:
        names = [layer.name for layer in base.between.layers]
        rest, _ = dark_rest(device, base.circuit, memory(device), names)
        if rest is None:
            return None
        device, _ = frozen(device, rest)
    functionals = 1 + (mix.made.shape[1] if base.cells.light.size else 0)
    return _Setting(
        base=base,
        device=device,
        rest=rest,
        parameters=len(variations),
        tangents=tangents,
        mix=mix,
        functionals=functionals,
        scratch=memory(device),
        gradient=no_gradient(functionals, device.nodes.size, base.device.ions.shape[0]),
        numbers=np.zeros((functionals, flat(base.cells).size)),
    )


def _point(setting: _Setting, device_solution: DeviceSolution, k: int) -> Point | None:
    """Return a solved point from its profiles, its equations linearised in the scratch arrays."""
    device, circuit, scratch = setting.device, setting.base.circuit, setting.scratch
    terminal = float(device_solution.voltage[k]) / device.thermal_voltage
    state, extra = profiles_of(setting.base.between, device, device_solution, k)
    leakage = (
        device_solution.electron_leakage[k] / ELEMENTARY_CHARGE,
        -device_solution.hole_leakage[k] / ELEMENTARY_CHARGE,
    )
    fill_flows(device, state, float(extra[0]), leakage, scratch)
    guess = (state.copy(), extra.copy())
    small = np.zeros((extra.size, extra.size + 1))
    if not np.isfinite(linearise(device, circuit, scratch, state, extra, terminal, 1.0, small)):
        state, extra = guess
        if newton(device, circuit, scratch, state, extra, terminal, 1.0, WHOLE, 0.0).status != CONVERGED:
            return None
        if not np.isfinite(linearise(device, circuit, scratch, state, extra, terminal, 1.0, small)):
            return None
    return Point(float(device_solution.voltage[k]), extra, state)


def profiles_of(between: Junction, device: Device, device_solution: DeviceSolution, k: int) -> tuple[Array, Array]:
    """Return phi, w, z without their flows, and the bias and activities that the profiles of a voltage stand for."""
    turn = slice(None, None, -1) if between.flipped else slice(None)
    nodes, vt, fermi = device.nodes, device.thermal_voltage, between.cathode.work_function
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
    device, base, gradient, count = setting.device, setting.base, setting.gradient, setting.functionals
    clear(gradient)
    numbers = setting.numbers
    numbers.fill(0.0)
    mix = Mix(np.zeros((count, setting.mix.sums.shape[2])), np.zeros(count))
    if count > 1:
        mix.sums[1:], mix.made[1:] = setting.mix.sums[k], setting.mix.made[k]
    fill_gradient(
        device,
        base.circuit,
        setting.scratch,
        base.cells,
        mix,
        point.voltage,
        point.state,
        point.extra,
        gradient,
        numbers,
    )
    total = _product(setting, gradient, numbers, point)
    if setting.rest is not None:
        total += _through_rest(setting, gradient, numbers.shape[1])
    return total


def _product(setting: _Setting, gradient: Gradient, cells: Array, point: Point) -> Array:
    """Return a gradient times the tangents of all parameters, shape (functional, parameter)."""
    tangents = setting.tangents
    total = product(gradient, cells, tangents, setting.parameters)
    for k, tables in tangents.tables:
        rise = read_tables(setting.base.device, tables, point.state, float(point.extra[0]))
        total[:, k] += np.einsum("fnc,nc->f", gradient.table, rise)
    return total


def _through_rest(setting: _Setting, gradient: Gradient, cells: int) -> Array:
    """Return what the parameters do through the place of rest of frozen ions, shape (functional, parameter)."""
    assert setting.rest is not None
    device, circuit, scratch = setting.base.device, setting.base.circuit, memory(setting.base.device)
    state, extra = setting.rest.state.copy(), setting.rest.extra.copy()
    small = np.zeros((extra.size, extra.size + 1))
    if not np.isfinite(linearise(device, circuit, scratch, state, extra, 0.0, 0.0, small)):
        return np.full((setting.functionals, setting.parameters), np.nan)
    through = no_gradient(setting.functionals, device.nodes.size, device.ions.shape[0])
    fill_rest_gradient(device, circuit, scratch, state, extra, small, gradient.nodes, through)
    return _product(setting, through, np.zeros((setting.functionals, cells)), Point(0.0, extra, state))


@kernel
def fill_gradient(
    device: Device,
    circuit: Circuit,
    m: Memory,
    cells: Cells,
    mix: Mix,
    voltage: float,
    state: Array,
    extra: Array,
    out: Gradient,
    numbers: Array,
) -> None:
    """Fill the derivatives of the current and of other functionals by every number, at a linearised point.

    Args:
        device: parameters of nodes and edges.
        circuit: series resistance and shunt.
        m: as `adjoint.linearise` left it.
        cells: of the emitting layer.
        mix: of this voltage, with a row for the current too.
        voltage: at the terminals, in V.
        state: phi, w, z and the two flows, shape (nodes, 5).
        extra: internal voltage over Vt and the activities of the ions.
        out: by the records.
        numbers: by the numbers of the emitting layer, see `exciton_gradients.flat`.
    """
    functionals, bias = numbers.shape[0], extra[0]
    fill_densities(device, state, bias, m.density)
    by_state, by_extra = np.zeros((state.shape[0], 5, functionals)), np.zeros((extra.size, functionals))
    by_state[0, ELECTRON_FLOW, 0], by_state[0, HOLE_FLOW, 0] = ELEMENTARY_CHARGE, -ELEMENTARY_CHARGE
    by_extra[0, 0] = ELEMENTARY_CHARGE * circuit.shunt
    out.whole[0, SHUNT] += ELEMENTARY_CHARGE * bias
    if functionals > 1:
        by = (by_state, by_extra)
        add_photons(device, cells, state, bias, m.density, (mix.sums, mix.made), by, numbers, out)
    small = np.zeros((extra.size, extra.size + 1))
    border(device, circuit, 0.0, extra, state, m, small)
    found = adjoint(device, circuit, m, state, extra, small, by_state, by_extra)
    add_gradient(device, state, extra, 1.0, m.density, found.weight, found.balance, out)
    flow = state[0, ELECTRON_FLOW] - state[0, HOLE_FLOW]
    for f in range(functionals):
        balance = found.balance[0, f]
        out.whole[f, RESISTANCE] -= balance * (flow + circuit.shunt * bias)
        out.whole[f, SHUNT] -= balance * circuit.resistance * bias
        out.whole[f, THERMAL_VOLTAGE] -= balance * voltage / device.thermal_voltage**2
    settle_filling(m.density, out)


@kernel
def fill_rest_gradient(
    device: Device,
    circuit: Circuit,
    m: Memory,
    state: Array,
    extra: Array,
    small: Array,
    frozen_in: NDArray[np.void],
    out: Gradient,
) -> None:
    """Fill the derivatives of functionals that see the place of rest of frozen ions through the doping alone.

    Args:
        device: with its ions free.
        circuit: series resistance and shunt.
        m: as `adjoint.linearise` left it.
        state: at rest, shape (nodes, 5).
        extra: internal voltage over Vt and the activities of the ions, at rest.
        small: as `adjoint.linearise` left it.
        frozen_in: derivatives of the functionals by the nodes of the device with its ions frozen.
        out: by the records.
    """
    functionals = frozen_in.shape[0]
    fill_densities(device, state, extra[0], m.density)
    by_state, by_extra = np.zeros((state.shape[0], 5, functionals)), np.zeros((extra.size, functionals))
    for i in range(state.shape[0]):
        node = device.nodes[i]
        for region in (node.cation_region, node.anion_region):
            if region < 0:
                continue
            sign, phi = device.ions[region, 1], state[i, 0] + node.dipole
            density, slope = ion_density(sign, node.ion_sites, extra[1 + region], phi)
            for f in range(functionals):
                scale = frozen_in[f, i].doping
                by_state[i - 1 if node.second else i, 0, f] -= scale * slope
                by_extra[1 + region, f] += scale * sign * slope
                out.nodes[f, i].dipole -= scale * slope
                out.nodes[f, i].ion_sites += scale * sign * (density / node.ion_sites) ** 2
    found = adjoint(device, circuit, m, state, extra, small, by_state, by_extra)
    add_gradient(device, state, extra, 0.0, m.density, found.weight, found.balance, out)
    settle_filling(m.density, out)
