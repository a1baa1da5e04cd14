"""The device's equations once more, from the layers alone and in fifty digits, to judge a solved point by.

Nothing of the solver is used but the unknowns of the point, the grid's nodes and the constants that round a corner.
Written for Boltzmann statistics, an anode below, and no dipoles, Auger recombination, light, tunnelling or disorder
of interfaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from described_layers import Described, described
from mpmath import mp, mpf

from halodot.device.discretisation.interfaces import HOPPED_CONDUCTANCE
from halodot.device.discretisation.tabulate import FLOOR
from halodot.device.laws.emission_enhancement import HOP_ROUNDING, LEAST_LOWERING, LEAST_STEP_DISORDER
from halodot.device.laws.field_mobility import LEAST_CHANGE
from halodot.device.solver.bias_sweep import Point
from halodot.device.velocities import FREE_VELOCITY, HOP_DISTANCE, LEAST_FREE_PATH, ROOM
from halodot.states import Array, IntArray, Stack

DIGITS = 50
CHARGE, BOLTZMANN, VACUUM = mpf("1.602176634e-19"), mpf("1.380649e-23"), mpf("8.8541878188e-12")
#: Flow (1/m2/s) of the least current density that matters, 1e-9 A/m2.
LEAST_FLOW = mpf("1e-9") / CHARGE

#: A term of an equation with the node it belongs to.
Residual = tuple[str, int, Any]
#: Sign and density at every node of the ions of every region.
Ions = list[tuple[int, list[Any]]]


@dataclass(frozen=True)
class Exact:
    """A point in extended precision: lists over the nodes, anode first."""

    layers: list[Described]  # of the device
    metals: tuple[Described, Described]  # below and above them
    layer: list[int]  # index of the layer of each node
    x: list[Any]  # m
    phi: list[Any]
    w: list[Any]
    z: list[Any]
    flows: tuple[list[Any], list[Any]]  # of electrons and holes along each edge, 1/m2/s
    n: list[Any]  # 1/m3
    p: list[Any]
    bias: Any
    activities: list[Any]
    vt: Any
    works: tuple[Any, Any]  # of anode and cathode, eV


def exact(stack: Stack, point: Point, position: Array, layer: IntArray) -> Exact:
    """Return a point in extended precision, with its densities.

    Args:
        stack: the device between its two metals.
        point: a solved one.
        position: heights of the nodes, in m.
        layer: index of the layer of each node.
    """
    vt = BOLTZMANN * mpf(stack.temperature) / CHARGE
    layers = [item for item in described(stack) if item.role != "electrode"]
    metals = (described(stack)[0], described(stack)[-1])
    works = (mpf(metals[0].work_function), mpf(metals[1].work_function))
    phi, w, z, electrons, holes = ([mpf(float(value)) for value in column] for column in point.state.T)
    bias, index = mpf(float(point.global_unknowns[0])), [int(k) for k in layer]
    n, p = [], []
    for i, k in enumerate(index):
        own = layers[k]
        n.append(own.electron_density_of_states * mp.exp((mpf(own.electron_affinity) - works[1]) / vt + phi[i] + w[i]))
        p.append(
            own.hole_density_of_states * mp.exp((works[1] - mpf(own.ionisation_energy)) / vt - phi[i] + z[i] + bias)
        )
    activities = [mpf(float(value)) for value in point.global_unknowns[1:]]
    heights = [mpf(float(value)) for value in position]
    return Exact(layers, metals, index, heights, phi, w, z, (electrons, holes), n, p, bias, activities, vt, works)


def residuals(stack: Stack, point: Point, position: Array, layer: IntArray) -> Iterator[Residual]:
    """Yield the residual of every equation at a point over the largest term of that equation.

    Args:
        stack: the device between its two metals.
        point: a solved one.
        position: heights of the nodes, in m.
        layer: index of the layer of each node.
    """
    with mp.workdps(DIGITS):
        at = exact(stack, point, position, layer)
        ions = ion_densities(at)
        yield from contact_residuals(at)
        yield from flux_residuals(at, ions)
        yield from continuity_residuals(at)
        yield from poisson_residuals(at, ions)
        yield from ion_residuals(at, ions)


def scaled(value: Any, *terms: Any) -> Any:
    """Return the size of a value over the largest of some terms."""
    return abs(value) / max(abs(term) for term in terms)


def bernoulli(a: Any) -> Any:
    """Return a/(exp(a) - 1)."""
    return a / mp.expm1(a) if a != 0 else mpf(1)


def length(at: Exact, i: int) -> Any:
    """Return the length of edge i."""
    return at.x[i + 1] - at.x[i]


def volume(at: Exact, i: int) -> Any:
    """Return the length of material that node i stands for."""
    before = length(at, i - 1) if i > 0 else mpf(0)
    behind = length(at, i) if i + 1 < len(at.x) else mpf(0)
    return (before + behind) / 2


def is_contact(at: Exact, i: int) -> bool:
    """Return whether edge i lies between a metal and a layer."""
    return length(at, i) == 0 and i in (0, len(at.x) - 2)


def permittivity(at: Exact, i: int) -> Any:
    """Return eps Vt/q of the layer of node i, in 1/m."""
    return VACUUM * mpf(at.layers[at.layer[i]].relative_permittivity) * at.vt / CHARGE


def contact_residuals(at: Exact) -> Iterator[Residual]:
    """Yield what is wrong with potential and levels on both metals, and with the potential beside them."""
    last = len(at.x) - 1
    barrier = (at.works[1] - at.works[0]) / at.vt
    wanted = ((0, barrier + at.bias, -at.bias, mpf(0)), (last, mpf(0), mpf(0), -at.bias))
    for i, phi, w, z in wanted:
        for name, found, value in (("potential", at.phi[i], phi), ("w", at.w[i], w), ("z", at.z[i], z)):
            yield f"contact {name}", i, scaled(found - value, mpf(1))
    for i in range(last):
        if length(at, i) == 0:
            yield "continuous potential", i, scaled(at.phi[i + 1] - at.phi[i], mpf(1))


def field_of(at: Exact, i: int) -> Any:
    """Return the rise of the potential along edge i over its length, in V/m."""
    return at.vt * (at.phi[i + 1] - at.phi[i]) / length(at, i)


def edge_fields(at: Exact, i: int) -> tuple[Any, Any]:
    """Return the fields where the cell of edge i begins and ends, by their slope from the edge before, in V/m."""
    field = field_of(at, i)
    if i == 0 or length(at, i - 1) == 0:
        return field, field
    h, before = length(at, i), length(at, i - 1)
    half = (field - field_of(at, i - 1)) / ((h + before) / 2) * h / 2
    return field - half, field + half


def node_fields(at: Exact, i: int) -> tuple[Any, Any]:
    """Return the fields on both sides of node i in its layer, in V/m; beside a face one counts for both."""
    sides = [field_of(at, j) for j in (i - 1, i) if 0 <= j < len(at.x) - 1 and length(at, j) != 0]
    return sides[0], sides[-1]


def mobility(own: Described, carrier: str, fields: tuple[Any, Any], vt: Any) -> Any:
    """Return the mobility in a field that runs from one value to another, mu_0 exp(g sqrt(F)) sinh(x)/x.

    The root is rounded over the change of the field; x is half of what a hop along the field gains, over kT.
    """
    field, rounding = (fields[0] + fields[1]) / 2, (fields[1] - fields[0]) ** 2 + (vt * LEAST_CHANGE) ** 2
    root = (field**2 + rounding * 2 / 3) / (field**2 + rounding) ** mpf("0.75")
    x = mpf(own.hopping_distance) * abs(field) / (2 * vt)
    hops = mp.sinh(x) / x if x != 0 else mpf(1)
    activation = mpf(getattr(own, f"{carrier}_field_activation"))
    return mpf(getattr(own, f"{carrier}_mobility")) * mp.exp(activation * root) * hops


def one_way(at: Exact, i: int, carrier: int, ions: Ions) -> tuple[Any, Any]:
    """Return what flows out of node i and back from node i + 1 along edge i."""
    name, sign = ("electron", 1) if carrier == 0 else ("hole", -1)
    density = (at.n, at.p)[carrier]
    own, after = at.layers[at.layer[i]], at.layers[at.layer[i + 1]]
    if is_contact(at, i):
        metal = at.metals[0 if i == 0 else 1]
        velocity = getattr(metal, f"contact_{name}_velocity") * lowering(metal, at, i, sign, ions)
        return velocity * density[i], velocity * density[i + 1]
    if length(at, i) == 0:
        energy = [
            sign * mpf(getattr(one, "electron_affinity" if sign > 0 else "ionisation_energy")) for one in (own, after)
        ]
        states = [mpf(getattr(one, f"{name}_density_of_states")) for one in (own, after)]
        rise = (energy[1] - energy[0]) / at.vt + mp.log(states[1] / states[0])
        velocity = mpf(own.interface_velocity) / (1 - mp.exp(-abs(rise)))
        velocity *= hop_gain(own, after, name, (energy[0] - energy[1]) / at.vt, rise < 0, face_field(at, i, sign, ions))
        return velocity * density[i] * mp.exp(min(0, rise)), velocity * density[i + 1] * mp.exp(min(0, -rise))
    h, a = length(at, i), sign * (at.phi[i + 1] - at.phi[i])
    speed = mobility(own, name, edge_fields(at, i), at.vt) * at.vt / h * hopped_over(at, i, name, sign)
    return speed * density[i] * bernoulli(-a), speed * density[i + 1] * bernoulli(a)


def face_field(at: Exact, i: int, sign: int, ions: Ions) -> tuple[Any, Any]:
    """Return how the energy of a carrier falls at interface i, into the layer before it and into that behind, kT/m.

    By Gauss's law from the first edge behind the interface and the charge between the two; before a contact above,
    from the last edge before it.
    """
    if i + 2 < len(at.x):
        charge = permittivity(at, i + 1) * (at.phi[i + 2] - at.phi[i + 1]) / length(at, i + 1)
        charge += node_charge(at, i + 1, ions)[0]
    else:
        charge = permittivity(at, i) * (at.phi[i] - at.phi[i - 1]) / length(at, i - 1) - node_charge(at, i, ions)[0]
    return -sign * charge / permittivity(at, i), sign * charge / permittivity(at, i + 1)


def hop_gain(own: Described, after: Described, name: str, fall: Any, far: bool, fields: tuple[Any, Any]) -> Any:
    """Return what a hop gains over a step of -fall kT, with the level of the far side the higher one or not.

    The mean of exp(step - max(0, step - what the field brings)) over the Gaussian of the step.
    """
    hop = hop_of(own, after, name)
    if hop == 0.0:
        return mpf(1)
    step, x = max(mpf(0), fall if far else -fall), fields[1 if far else 0] * mpf(hop)
    x, s = (x + mp.sqrt(x**2 + mpf(HOP_ROUNDING) ** 2)) / 2, mpf(LEAST_STEP_DISORDER)
    m = step - x
    return mp.exp(step) * mp.ncdf(-m / s) + mp.exp(x + s**2 / 2) * mp.ncdf(m / s - s)


def hop_of(own: Described, after: Described, name: str) -> float:
    """Return how far beyond their interface the hop of a carrier from one layer to the next ends, in m."""
    free = [getattr(one, f"{name}_mobility") * ROOM / FREE_VELOCITY >= LEAST_FREE_PATH for one in (own, after)]
    stated = own.interface_hop if own.interface_hop == own.interface_hop else HOP_DISTANCE
    return 0.0 if all(free) else 0.5 * float(stated)


def hopped_over(at: Exact, i: int, name: str, sign: int) -> Any:
    """Return by how much edge i conducts better since hops over the steps at both ends of its layer have crossed it."""
    level, factor = "electron_affinity" if sign > 0 else "ionisation_energy", mpf(1)
    for face, below in ((k, k < i) for k in range(1, len(at.x) - 2) if length(at, k) == 0):
        own, after = at.layers[at.layer[face]], at.layers[at.layer[face + 1]]
        here, there = (after, own) if below else (own, after)
        fall = sign * (mpf(getattr(there, level)) - mpf(getattr(here, level))) / at.vt
        states = [mpf(getattr(one, f"{name}_density_of_states")) for one in (here, there)]
        higher = fall + mp.log(states[1] / states[0]) > 0
        if at.layer[face + (1 if below else 0)] != at.layer[i] or not higher or fall <= 0:
            continue
        reach = mpf(hop_of(own, after, name))
        start = abs((at.x[i] if below else at.x[i + 1]) - at.x[face])
        share = min(mpf(1), max(mpf(0), (reach - start) / length(at, i)))
        factor /= 1 - share * (1 - mpf(HOPPED_CONDUCTANCE) ** mp.expm1(-fall))
    return factor


def lowering(metal: Described, at: Exact, i: int, sign: int, ions: Ions) -> Any:
    """Return by what factor the image force raises the emission of a contact."""
    if not metal.barrier_lowering:
        return mpf(1)
    field = face_field(at, i, sign, ions)[1 if i == 0 else 0]
    reach = 1 / (4 * mp.pi * permittivity(at, i))
    least = mpf(LEAST_LOWERING) ** 2 / reach
    return mp.exp(mp.sqrt(reach * (field + mp.sqrt(field**2 + least**2)) / 2))


def flux_residuals(at: Exact, ions: Ions) -> Iterator[Residual]:
    """Yield how far the flows are from the laws of their edges."""
    for carrier, levels in enumerate((at.w, at.z)):
        largest = max(abs(flow) for flow in at.flows[carrier][:-1])
        for i in range(len(at.x) - 1):
            out, back = one_way(at, i, carrier, ions)
            h = length(at, i)
            floor = mpf(FLOOR) * (1 if h == 0 else mpf(at.layers[at.layer[i]].thickness) / h)
            law = back - out + floor * (levels[i + 1] - levels[i])
            yield (
                ("electron flux", "hole flux")[carrier],
                i,
                scaled(at.flows[carrier][i] - law, out, back, floor, largest),
            )


def release(own: Described, energy: float, vt: Any) -> tuple[Any, Any]:
    """Return n_1 and p_1 of a level in a layer."""
    return (
        own.electron_density_of_states * mp.exp((mpf(own.electron_affinity) - mpf(energy)) / vt),
        own.hole_density_of_states * mp.exp((mpf(energy) - mpf(own.ionisation_energy)) / vt),
    )


def occupancy(at: Exact, i: int) -> tuple[Any, Any]:
    """Return the share of full bulk centres at node i, and the rate through them, in 1/m3/s."""
    own = at.layers[at.layer[i]]
    if own.trap_density == 0.0:
        return mpf(0), mpf(0)
    n, p, cn, cp = at.n[i], at.p[i], mpf(own.electron_capture), mpf(own.hole_capture)
    n1, p1 = release(own, own.trap_energy, at.vt)
    full = (cn * n + cp * p1) / (cn * (n + n1) + cp * (p + p1))
    return full, mpf(own.trap_density) * cn * (n * (1 - full) - n1 * full)


def interface_capture(at: Exact, i: int) -> tuple[Any, list[tuple[Any, Any]]]:
    """Return the share of full centres at interface i, and what each side loses to them of both carriers, 1/m2/s."""
    own = at.layers[at.layer[i]]
    cn, cp = mpf(own.interface_electron_capture), mpf(own.interface_hole_capture)
    sides = []
    for j in (i, i + 1):
        n1, p1 = release(at.layers[at.layer[j]], own.interface_trap_energy, at.vt)
        sides.append((at.n[j], at.p[j], n1, p1))
    n, p, n1, p1 = (sum(side[k] for side in sides) for k in range(4))
    full = (cn * n + cp * p1) / (cn * (n + n1) + cp * (p + p1))
    number = mpf(own.interface_trap_density)
    lost = [
        (number * cn * (a * (1 - full) - c * full), number * cp * (b * full - d * (1 - full))) for a, b, c, d in sides
    ]
    return full, lost


def has_centres(at: Exact, i: int) -> bool:
    """Return whether edge i is an interface between two layers that has recombination centres."""
    if not 0 < i < len(at.x) - 2 or length(at, i) != 0:
        return False
    return at.layers[at.layer[i]].interface_trap_density > 0.0


def continuity_residuals(at: Exact) -> Iterator[Residual]:
    """Yield what continuity loses of both carriers at every node between the metals."""
    for i in range(1, len(at.x) - 1):
        own = at.layers[at.layer[i]]
        fields = node_fields(at, i)
        langevin = CHARGE * mpf(own.langevin_factor)
        langevin *= mobility(own, "electron", fields, at.vt) + mobility(own, "hole", fields, at.vt)
        langevin /= VACUUM * mpf(own.relative_permittivity)
        gap = (mpf(own.ionisation_energy) - mpf(own.electron_affinity)) / at.vt
        pairs, own_pairs = at.n[i] * at.p[i], own.electron_density_of_states * own.hole_density_of_states * mp.exp(-gap)
        bimolecular = mpf(own.bimolecular_coefficient) + langevin
        rate = bimolecular * (pairs - own_pairs) + occupancy(at, i)[1]
        gross = bimolecular * (pairs + own_pairs) + trap_traffic(at, i)
        taken, traffic = [mpf(0), mpf(0)], mpf(0)
        for edge in (i - 1, i):
            if has_centres(at, edge):
                side = i - edge
                taken = list(interface_capture(at, edge)[1][side])
                traffic = interface_traffic(at, edge, side)
        for carrier, name in enumerate(("electron continuity", "hole continuity")):
            before, behind = at.flows[carrier][i - 1], at.flows[carrier][i]
            h, other = volume(at, i), at.flows[1 - carrier][i]
            lost = behind - before - h * rate - taken[carrier]
            yield name, i, scaled(lost, before, behind, other, h * gross, traffic, LEAST_FLOW)


def trap_traffic(at: Exact, i: int) -> Any:
    """Return the captures of bulk centres at node i of both carriers together, in 1/m3/s, release not taken off."""
    own = at.layers[at.layer[i]]
    full = occupancy(at, i)[0]
    return mpf(own.trap_density) * (own.electron_capture * at.n[i] * (1 - full) + own.hole_capture * at.p[i] * full)


def interface_traffic(at: Exact, edge: int, side: int) -> Any:
    """Return the captures of the centres at an interface from one side, release not taken off, in 1/m2/s."""
    own, i = at.layers[at.layer[edge]], edge + side
    full = interface_capture(at, edge)[0]
    cn, cp = mpf(own.interface_electron_capture), mpf(own.interface_hole_capture)
    return mpf(own.interface_trap_density) * (cn * at.n[i] * (1 - full) + cp * at.p[i] * full)


def held(kind: str, number: Any, full: Any) -> Any:
    """Return the charge over q of centres of which a share is full."""
    return {"neutral": mpf(0), "acceptor": -number * full, "donor": number * (1 - full)}[kind]


def node_charge(at: Exact, i: int, ions: Ions) -> tuple[Any, Any]:
    """Return the charge of node i over q and the sum of the sizes of its parts, in 1/m2."""
    own = at.layers[at.layer[i]]
    fixed = mpf(own.donor_density) - mpf(own.acceptor_density)
    traps = held(own.trap_charge, mpf(own.trap_density), occupancy(at, i)[0])
    mobile = sum(sign * density[i] for sign, density in ions)
    sizes = at.n[i] + at.p[i] + abs(fixed) + abs(traps) + sum(density[i] for _, density in ions)
    return volume(at, i) * (at.p[i] - at.n[i] + fixed + traps + mobile), volume(at, i) * sizes


def poisson_residuals(at: Exact, ions: Ions) -> Iterator[Residual]:
    """Yield Gauss's law for every node away from the metals, the two nodes of an interface as one."""
    last, i = len(at.x) - 1, 1
    while i < last:
        pair = length(at, i) == 0
        behind = i + 1 if pair else i
        if not is_contact(at, i) and not is_contact(at, i - 1):
            charge, size = node_charge(at, i, ions)
            if pair:
                more, larger = node_charge(at, i + 1, ions)
                charge, size = charge + more, size + larger
                if has_centres(at, i):
                    own = at.layers[at.layer[i]]
                    number = mpf(own.interface_trap_density)
                    charge += held(own.interface_trap_charge, number, interface_capture(at, i)[0])
            near, far = (permittivity(at, j) / length(at, k) for j, k in ((i, i - 1), (behind, behind)))
            rises = far * (at.phi[behind + 1] - at.phi[behind]) - near * (at.phi[i] - at.phi[i - 1])
            yield "Poisson", i, scaled(rises + charge, near, far, size)
        i = behind + 1


def ion_regions(at: Exact) -> list[tuple[int, list[int], Any]]:
    """Return sign, layers and number (1/m2) of every region through which ions of one sign move."""
    regions = []
    for name, sign in (("cation_density", 1), ("anion_density", -1)):
        inside: list[int] = []
        for k in range(len(at.layers) + 1):
            if k < len(at.layers) and (getattr(at.layers[k], name) > 0.0 or at.layers[k].ion_permeable):
                inside.append(k)
                continue
            number = sum(mpf(getattr(at.layers[j], name)) * mpf(at.layers[j].thickness) for j in inside)
            if number > 0:
                regions.append((sign, inside, number))
            inside = []
    return regions


def ion_densities(at: Exact) -> Ions:
    """Return sign and density at every node of the ions of every region."""
    found = []
    for (sign, inside, _), activity in zip(ion_regions(at), at.activities, strict=True):
        density = [mpf(0)] * len(at.x)
        for i, k in enumerate(at.layer):
            if k in inside:
                sites = mpf(at.layers[k].ion_sites)
                density[i] = sites / (1 + sites * mp.exp(sign * at.phi[i] - activity))
        found.append((sign, density))
    return found


def ion_residuals(at: Exact, ions: Ions) -> Iterator[Residual]:
    """Yield how many ions each region lacks."""
    for k, ((_, _, number), (_, density)) in enumerate(zip(ion_regions(at), ions, strict=True)):
        there = sum(volume(at, i) * density[i] for i in range(len(at.x)))
        yield "ions", k, scaled(there - number, number)
