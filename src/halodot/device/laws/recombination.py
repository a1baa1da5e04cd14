"""The local laws of a node: densities, charge and recombination, with their derivatives.

ln n = w + phi + c_n + ln gamma_n and ln p = z - phi + c_p + bias + ln gamma_p, with bias = (internal voltage)/Vt, so
that n p = n_i^2 exp(w + z + bias). Derivatives are by (w, z, phi); that by the bias is the one by z.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from halodot.arrays import Array
from halodot.compiled import kernel
from halodot.device.discretisation.records import Device, Node
from halodot.device.laws.statistics import activity

#: Below and above these, 1 - exp(-x) is its series and 1, to the rounding of a double.
SMALL, LARGE = 0.01, 45.0


class Filling(NamedTuple):
    """The carriers at a node: density, d ln(density)/d(level), and ln of the activity coefficient, of both."""

    n: float  # 1/m3
    p: float
    n_slope: float
    p_slope: float
    n_excess: float
    p_excess: float


class Change(NamedTuple):
    """A local quantity and its derivatives."""

    value: float
    by_w: float
    by_z: float
    by_phi: float


@kernel
def degenerate(node: Node, tables: Array, electrons: float, holes: float) -> Filling:
    """Return the carriers at a node with a density of states of its own, from ln n and ln p of Boltzmann statistics."""
    n_excess, n_bend = activity(tables, node.electron_table, electrons - node.electron_offset)
    p_excess, p_bend = activity(tables, node.hole_table, holes - node.hole_offset)
    return Filling(
        math.exp(electrons + n_excess), math.exp(holes + p_excess), 1.0 + n_bend, 1.0 + p_bend, n_excess, p_excess
    )


@kernel
def fill(device: Device, i: int, phi: float, w: float, z: float, bias: float) -> Filling:
    """Return the carriers at node i."""
    node = device.nodes[i]
    electrons, holes = w + phi + node.electron_log, z - phi + node.hole_log + bias
    if node.electron_table >= 0 or node.hole_table >= 0:
        return degenerate(node, device.tables, electrons, holes)
    return Filling(math.exp(electrons), math.exp(holes), 1.0, 1.0, 0.0, 0.0)


@kernel
def anode(barrier: float, bias: float) -> tuple[float, float, float]:
    """Return phi, w and z at the anode; their derivatives by the bias are 1, -1 and 0."""
    return barrier + bias, -bias, 0.0


@kernel
def cathode(bias: float) -> tuple[float, float, float]:
    """Return phi, w and z at the cathode; their derivatives by the bias are 0, 0 and -1."""
    return 0.0, 0.0, -bias


@kernel
def shortfall(x: float) -> float:
    """Return 1 - exp(-x) for x >= 0, without a call where it is close to x or to 1, which is at most nodes."""
    if x < SMALL:
        return x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0)))))
    if x > LARGE:
        return 1.0
    return -math.expm1(-x)


@kernel
def excess(node: Node, at: Filling, split: float) -> float:
    """Return n p - n_i^2 from the splitting of the quasi-Fermi levels over kT, never as a difference, in 1/m6."""
    missing = shortfall(abs(split))
    if split > 0.0:
        return at.n * at.p * missing
    own = -node.intrinsic * missing
    if at.n_excess + at.p_excess != 0.0:
        own *= math.exp(at.n_excess + at.p_excess)
    return own


@kernel
def trap_occupancy(node: Node, at: Filling) -> tuple[float, float, float]:
    """Return C_n (n + n_1) + C_p (p + p_1) in 1/s and its derivatives by the electron and the hole level.

    n_1 and p_1 carry the activity coefficient, so that emission balances capture at equilibrium in any statistics.
    """
    electrons, holes = node.trap_electron * at.n, node.trap_hole * at.p
    empty, full = node.trap_empty, node.trap_fill
    if at.n_excess + at.p_excess != 0.0:
        empty *= math.exp(at.n_excess)
        full *= math.exp(at.p_excess)
    return (
        electrons + holes + empty + full,
        electrons * at.n_slope + empty * (at.n_slope - 1.0),
        holes * at.p_slope + full * (at.p_slope - 1.0),
    )


@kernel
def auger(node: Node, at: Filling, over: float) -> float:
    """Return the Auger rate (A_n n + A_p p) (n p - n_i^2), in 1/m3/s."""
    return (node.electron_auger * at.n + node.hole_auger * at.p) * over


@kernel
def trapped(node: Node, at: Filling, over: float) -> float:
    """Return the rate through recombination centres, in 1/m3/s.

    R = N_t C_n C_p (n p - n_i^2) / [C_n (n + n_1) + C_p (p + p_1)].
    Shockley and Read, Phys. Rev. 87 (1952) 835, doi:10.1103/PhysRev.87.835.
    """
    if node.trap == 0.0:
        return 0.0
    return node.trap / trap_occupancy(node, at)[0] * over


@kernel
def recombination(node: Node, at: Filling, split: float, light: float, bimolecular: float) -> Change:
    """Return the net rate U, recombination less generation, in 1/m3/s.

    Every channel is r(n, p) (n p - n_i^2), so that the product rule is applied once, to their sum.

    Args:
        node: its parameters.
        at: its carriers.
        split: splitting of the quasi-Fermi levels over kT.
        light: share of the external generation that is switched on.
        bimolecular: its bimolecular coefficient, m3/s.
    """
    over = excess(node, at, split)
    electrons, holes = node.electron_auger * at.n, node.hole_auger * at.p
    rate = bimolecular + electrons + holes
    rate_n, rate_p = electrons * at.n_slope, holes * at.p_slope
    if node.trap != 0.0:
        speed, speed_n, speed_p = trap_occupancy(node, at)
        ease = node.trap / speed
        rate += ease
        rate_n -= ease * speed_n / speed
        rate_p -= ease * speed_p / speed
    pairs = at.n * at.p
    bent_n, bent_p = (at.n_slope - 1.0) * over, (at.p_slope - 1.0) * over
    return Change(
        rate * over - light * node.generation,
        rate_n * over + rate * (pairs + bent_n),
        rate_p * over + rate * (pairs + bent_p),
        (rate_n - rate_p) * over + rate * (bent_n - bent_p),
    )


@kernel
def charge(node: Node, at: Filling) -> Change:
    """Return the charge density over q without mobile ions, in 1/m3; traps count as -N_t f where they are charged."""
    value, by_n, by_p = at.p - at.n + node.doping, -at.n * at.n_slope, at.p * at.p_slope
    if node.trap_charged > 0.0:
        speed, speed_n, speed_p = trap_occupancy(node, at)
        full = node.trap_fill * math.exp(at.p_excess)
        held = node.trap_charged * (node.trap_electron * at.n + full) / speed
        value -= held
        by_n -= (node.trap_charged * node.trap_electron * at.n * at.n_slope - held * speed_n) / speed
        by_p -= (node.trap_charged * full * (at.p_slope - 1.0) - held * speed_p) / speed
    return Change(value, by_n, by_p, by_n - by_p)


@kernel
def ion_density(sign: float, sites: float, activity_log: float, phi: float) -> tuple[float, float]:
    """Return the density in 1/m3 of ions at rest among themselves, and its derivative by ``activity_log``.

    c = S/(1 + exp(ln S - mu + sign phi)): Boltzmann's profile until the places are filled. The derivative by phi is
    -sign times that by ``activity_log``. Bikerman, Philos. Mag. 33 (1942) 384.

    Args:
        sign: charge over q, 1 or -1.
        sites: S, places in 1/m3.
        activity_log: mu, the same in the whole region.
        phi: electrostatic potential over Vt.
    """
    share = 1.0 / (1.0 + math.exp(math.log(sites) - activity_log + sign * phi))
    return sites * share, sites * share * (1.0 - share)
