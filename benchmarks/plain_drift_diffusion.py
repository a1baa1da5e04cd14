"""The drift-diffusion equations of a simple stack in plain NumPy and SciPy: what a straightforward code costs.

The same five unknowns a node as halodot.device (potential, both quasi-Fermi levels, both flows along the edge behind
it), the same grid, scaling and tolerances; arrays instead of loops, and `scipy.linalg.solve_banded`. For layers with
Boltzmann statistics, bimolecular and trap recombination, interfaces that carriers fly over, contacts in equilibrium.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from described_layers import described
from scipy.linalg import solve_banded

from halodot.device.discretisation.grid import stack_nodes
from halodot.states import Array, Stack

CHARGE, BOLTZMANN, VACUUM = 1.602176634e-19, 1.380649e-23, 8.8541878188e-12
PHI, W, Z, JN, JP = range(5)
BELOW, ABOVE = 5, 10
UPDATE, RESIDUAL, STEP, ITERATIONS, ABSENT = 1e-7, 1e-9, 4.0, 60, 1e6
FLOOR = 50.0  # 1/m2/s that a fall of a level by kT over a layer drives without carriers


@dataclass(frozen=True)
class Problem:
    """Numbers of every node (node,) and every edge (node - 1,), potentials over kT/q."""

    volume: Array
    n_log: Array
    p_log: Array
    bimolecular: Array
    traps: Array  # N_t C_n C_p
    captures: Array  # C_n and C_p, shape (2, node)
    release: Array  # C_n n_1 + C_p p_1
    out: Array  # velocities along the edge, electrons and holes, shape (2, edge)
    back: Array
    dielectric: Array  # eps kT/(q^2 h), 0 at an interface
    floor: Array  # conductance without carriers
    interface: Array  # bool
    barrier: float


def problem(stack: Stack, nodes: int) -> Problem:
    """Return the numbers of a stack whose first and last layers are its contacts."""
    vt = BOLTZMANN * stack.temperature / CHARGE
    layers = described(stack)
    inside = layers[1:-1]
    anode, cathode = (
        min(max(metal.work_function, layer.electron_affinity), layer.ionisation_energy)
        for metal, layer in ((layers[0], inside[0]), (layers[-1], inside[-1]))
    )
    position, layer = stack_nodes([item.thickness for item in inside], nodes)
    width = np.diff(position)
    face = width == 0.0
    half = np.pad(0.5 * width, 1)
    length = np.where(face, 1.0, width)

    def of(value: str) -> Array:
        return np.array([getattr(item, value) for item in inside])[layer]

    n_log = np.log(of("electron_density_of_states")) + (of("electron_affinity") - cathode) / vt
    p_log = np.log(of("hole_density_of_states")) + (cathode - of("ionisation_energy")) / vt
    captures = np.array([of("electron_capture"), of("hole_capture")])
    energy = (np.nan_to_num(of("trap_energy")) - cathode) / vt
    release = captures[0] * np.exp(np.minimum(n_log - energy, 600.0))
    release += captures[1] * np.exp(np.minimum(p_log + energy, 600.0))
    rise = np.array([np.diff(n_log), np.diff(p_log)])
    mobility = np.array([of("electron_mobility"), of("hole_mobility")])[:, :-1]
    with np.errstate(divide="ignore"):
        crossing = np.where(face, of("interface_velocity")[:-1] / -np.expm1(-np.abs(rise)), 0.0)
    return Problem(
        volume=half[:-1] + half[1:],
        n_log=n_log,
        p_log=p_log,
        bimolecular=of("bimolecular_coefficient"),
        traps=of("trap_density") * captures[0] * captures[1],
        captures=captures,
        release=np.maximum(release, 1e-200),
        out=np.where(face, crossing * np.exp(np.minimum(rise, 0.0)), mobility * vt / length),
        back=np.where(face, crossing * np.exp(np.minimum(-rise, 0.0)), mobility * vt / length),
        dielectric=np.where(face, 0.0, VACUUM * of("relative_permittivity")[:-1] * vt / (CHARGE * length)),
        floor=FLOOR * np.where(face, 1.0, of("thickness")[:-1] / length),
        interface=face,
        barrier=(cathode - anode) / vt,
    )


def bernoulli(a: Array) -> tuple[Array, Array, Array]:
    """Return B(-a), B(a) and d ln B(-a)/da of a/(exp(a) - 1)."""
    size = np.abs(a)
    small = size < 1e-3
    safe = np.where(small, 1.0, size)
    decay = np.exp(-size)
    steep = np.where(small, 1.0 + size / 2.0 + size**2 / 12.0, safe / -np.expm1(-safe))
    slope = np.where(small, 0.5 - size / 12.0, 1.0 / safe - 1.0 / np.expm1(safe))
    rising = a >= 0.0
    return (
        np.where(rising, steep, steep * decay),
        np.where(rising, steep * decay, steep),
        np.where(rising, slope, 1.0 - slope),
    )


class Band:
    """A banded matrix that is filled by rows and columns of the unknowns."""

    def __init__(self, nodes: int) -> None:
        self.values = np.zeros((BELOW + ABOVE + 1, 5 * nodes))

    def add(self, node: Array, row: int, shift: int, column: int, value: Array | float) -> None:
        """Add to the entries of ``row`` at some nodes for ``column`` so many nodes further on."""
        i, j = 5 * node + row, 5 * (node + shift) + column
        self.values[ABOVE + i - j, j] += value


def add_fluxes(p: Problem, x: Array, density: Array, band: Band, right: Array) -> None:
    """Fill the two flux rows of every edge and their derivatives."""
    edge = np.arange(x.shape[0] - 1)
    down, up, slope = bernoulli(np.diff(x[:, PHI]))
    for carrier in range(2):
        sign = 1.0 if carrier == 0 else -1.0
        forth, back, bend = (down, up, slope) if carrier == 0 else (up, down, 1.0 - slope)
        forth, back = np.where(p.interface, 1.0, forth), np.where(p.interface, 1.0, back)
        bend = np.where(p.interface, 0.0, bend)
        out, into = p.out[carrier] * density[carrier, :-1] * forth, p.back[carrier] * density[carrier, 1:] * back
        rise = np.diff(x[:, W + carrier])
        net = np.where(rise > 0.0, -into * np.expm1(-np.abs(rise)), out * np.expm1(-np.abs(rise)))
        row = JN + carrier
        right[:-1, row] = x[:-1, row] - net - p.floor * rise
        band.add(edge, row, 0, row, -1.0)
        band.add(edge, row, 0, W + carrier, -out - p.floor)
        band.add(edge, row, 1, W + carrier, into + p.floor)
        band.add(edge, row, 0, PHI, sign * net * (1.0 - bend))
        band.add(edge, row, 1, PHI, sign * net * bend)


def add_continuity(p: Problem, x: Array, density: Array, bias: float, band: Band, right: Array) -> None:
    """Fill the two continuity rows of every inner node and their derivatives."""
    n, q = density
    split = x[:, W] + x[:, Z] + bias
    intrinsic = np.exp(p.n_log + p.p_log)
    over = np.where(split > 0.0, n * q, -intrinsic) * -np.expm1(-np.abs(split))
    electrons, holes = p.captures[0] * n, p.captures[1] * q
    speed = electrons + holes + p.release
    rate = p.bimolecular + p.traps / speed
    by_n = rate * n * q - p.traps * over * electrons / speed**2
    by_p = rate * n * q - p.traps * over * holes / speed**2
    node, h = np.arange(1, x.shape[0] - 1), p.volume[1:-1]
    for carrier in range(2):
        row, flow = W + carrier, JN + carrier
        right[1:-1, row] = h * (rate * over)[1:-1] - np.diff(x[:-1, flow])
        band.add(node, row, 0, flow, 1.0)
        band.add(node, row, -1, flow, -1.0)
        band.add(node, row, 0, W, -h * by_n[1:-1])
        band.add(node, row, 0, Z, -h * by_p[1:-1])
        band.add(node, row, 0, PHI, -h * (by_n - by_p)[1:-1])


def add_poisson(p: Problem, x: Array, density: Array, band: Band, right: Array) -> None:
    """Fill the Poisson rows: of plain nodes, of the two nodes at an interface together, and their equal potential."""
    near = np.flatnonzero(p.interface)
    plain = np.setdiff1d(np.arange(1, x.shape[0] - 1), np.concatenate((near, near + 1)))
    charge, slope = p.volume * (density[1] - density[0]), -p.volume * (density[0] + density[1])
    for node, behind in ((plain, 0), (near, 1)):
        before, after = p.dielectric[node - 1], p.dielectric[node + behind]
        left, right_step = x[node, PHI] - x[node - 1, PHI], x[node + behind + 1, PHI] - x[node + behind, PHI]
        right[node, PHI] = before * left - after * right_step
        band.add(node, PHI, -1, PHI, before)
        band.add(node, PHI, 0, PHI, -before)
        band.add(node, PHI, behind, PHI, -after)
        band.add(node, PHI, behind + 1, PHI, after)
        for shift in range(behind + 1):
            right[node, PHI] -= charge[node + shift]
            band.add(node, PHI, shift, PHI, slope[node + shift])
            band.add(node, PHI, shift, W, -(p.volume * density[0])[node + shift])
            band.add(node, PHI, shift, Z, (p.volume * density[1])[node + shift])
    right[near + 1, PHI] = x[near, PHI] - x[near + 1, PHI]
    band.add(near + 1, PHI, 0, PHI, 1.0)
    band.add(near + 1, PHI, -1, PHI, -1.0)


def add_contacts(p: Problem, x: Array, bias: float, band: Band, right: Array) -> None:
    """Fix potential and levels at both ends, and the flows behind the last node."""
    last = x.shape[0] - 1
    for node, values in ((0, (p.barrier + bias, -bias, 0.0)), (last, (0.0, 0.0, -bias))):
        for column in (PHI, W, Z):
            right[node, column] = values[column] - x[node, column]
            band.add(np.array([node]), column, 0, column, 1.0)
    for flow in (JN, JP):
        right[last, flow] = -x[last, flow]
        band.add(np.array([last]), flow, 0, flow, 1.0)


def scaled(x: Array, band: Band, right: Array) -> Array:
    """Divide every row by its largest term, flux rows to a tenth; return the scaled right-hand side."""
    unknowns, sizes = x.size, np.ones_like(x)
    for flow in (JN, JP):
        j = 5 * np.arange(x.shape[0] - 1) + flow
        conductance = np.maximum(-band.values[ABOVE + 2, j - 2], band.values[ABOVE - 3, j + 3])
        sizes[:, flow] = max(np.abs(x[:, flow]).max(), 1.0 / np.sum(1.0 / conductance))
    terms = np.abs(band.values) * sizes.ravel()
    spans = []
    for shift in range(ABOVE, -BELOW - 1, -1):
        rows = slice(max(0, -shift), unknowns - max(0, shift))
        spans.append((rows, slice(rows.start + shift, rows.stop + shift)))
    largest = np.zeros(unknowns)
    for diagonal, (rows, columns) in zip(terms, spans, strict=True):
        largest[rows] = np.maximum(largest[rows], diagonal[columns])
    scale = np.array([1.0, 1.0, 1.0, 0.1, 0.1] * x.shape[0]) / largest
    for diagonal, (rows, columns) in zip(band.values, spans, strict=True):
        diagonal[columns] *= scale[rows]
    return right.ravel() * scale


def newton(p: Problem, x: Array, bias: float, at_rest: bool) -> tuple[bool, int]:
    """Solve at one bias over kT/q, in place; return whether it converged and after how many iterations."""
    update = math.inf
    for iteration in range(1000 if at_rest else ITERATIONS):
        density = np.exp(np.array([x[:, W] + x[:, PHI] + p.n_log, x[:, Z] - x[:, PHI] + p.p_log + bias]))
        band, right = Band(x.shape[0]), np.zeros_like(x)
        add_fluxes(p, x, density, band, right)
        add_continuity(p, x, density, bias, band, right)
        add_poisson(p, x, density, band, right)
        add_contacts(p, x, bias, band, right)
        residual = scaled(x, band, right)
        if update < UPDATE and np.abs(residual).max() < RESIDUAL:
            return True, iteration
        step = solve_banded((BELOW, ABOVE), band.values, residual, check_finite=False).reshape(x.shape)
        absent = np.zeros(x.shape, dtype=bool)
        absent[:, W], absent[:, Z] = density[0] <= ABSENT, density[1] <= ABSENT
        update = np.abs(np.where(absent, 0.0, step)[:, : Z + 1]).max()
        if not update < 1e200:
            return False, iteration
        step *= 1.0 if at_rest else min(1.0, STEP / update)
        clipped = absent | at_rest
        x += np.where(clipped, np.clip(step, -STEP, STEP), step)
    return False, ITERATIONS


def curve(stack: Stack, voltages: Array, nodes: int) -> tuple[Array, int]:
    """Return the current density in A/m2 at rising voltages from 0 V on, and the iterations; nan where it stops."""
    p, vt = problem(stack, nodes), BOLTZMANN * stack.temperature / CHARGE
    dark = replace(p, bimolecular=0.0 * p.bimolecular, traps=0.0 * p.traps)
    x, flooded = np.zeros((p.volume.size, 5)), math.log(1e24)
    straight = p.barrier * np.linspace(1.0, 0.0, p.volume.size)
    x[:, PHI] = np.clip(straight, p.p_log - flooded, flooded - p.n_log)
    found, total = np.full(voltages.size, np.nan), 0
    ok, _ = newton(dark, x, 0.0, True)
    here, before = (0.0, x), (0.0, x)
    for k, voltage in enumerate(voltages):
        step = 0.1
        while ok and abs(voltage - here[0]) > 1e-12:
            target = min(voltage, here[0] + step)
            ratio = (target - here[0]) / (here[0] - before[0]) if here[0] != before[0] else 0.0
            change = ratio * (here[1] - before[1])
            reach = (target - here[0]) / vt
            change[:, W : Z + 1] = np.clip(change[:, W : Z + 1], -reach, reach)
            x = here[1] + change
            done, spent = newton(p, x, target / vt, False)
            total += spent
            if done:
                here, before, step = (target, x), here, 2.0 * step
            else:
                step = (target - here[0]) / 3.0
                ok = step > 1e-4
        if ok:
            found[k] = CHARGE * (here[1][0, JN] - here[1][0, JP])
    return found, total
