"""The excitons of the emitting layer: where they go and how they end."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.compiled import kernel
from halodot.constants import BOLTZMANN, ELEMENTARY_CHARGE
from halodot.device.laws.dot_average import dot_average
from halodot.device.laws.dot_charges import dot_charges
from halodot.device.laws.mobility_at_temperature import at_temperature
from halodot.errors import InputError, Problem
from halodot.states import Array, Emitter, Layer, Stack

#: ways in which an exciton ends, in the order of :func:`fates`
RADIATIVE, NONRADIATIVE, QUENCHED, CHARGED = range(4)
#: carrier density in 1/m3 that no place falls below, so that the mean hop rate of no charges is a number
_LEAST_DENSITY = 1e-200
#: kT/q in V at 25 degC, at which quantum yields are measured and an emitter states its rates.
ROOM_THERMAL_VOLTAGE = BOLTZMANN * 298.15 / ELEMENTARY_CHARGE


class DecayParameters(NamedTuple):
    """The numbers of the emitting layer's dots that decide how an exciton ends."""

    radiative: float  # 1/s, without a field in an infinite medium
    nonradiative: float  # 1/s
    trion_auger: float  # 1/s, Auger rate beside one charge
    dot_volume: float  # m3 of film for each dot
    repulsion: float  # charging energy of a dot over kT
    electron_hop: float  # 1/s, rate at which an electron leaves a dot
    hole_hop: float  # 1/s
    exciton_hop: float  # 1/s
    quenching_field: float  # V/m


#: The same as a record, for derivatives by each of them.
DECAY = np.dtype([(name, np.float64) for name in DecayParameters._fields])


class DecayRates(NamedTuple):
    """The rates of an exciton's ends that the operation of the device changes, and their derivatives."""

    radiative: float  # k_rad, 1/s
    trion_auger: float  # k_c, mean rate of loss beside a charge, 1/s
    radiative_by_field: float  # m/V/s
    trion_auger_by_n: float  # m3/s
    trion_auger_by_p: float
    trion_auger_by_field: float  # m/V/s


class TrionAugerByParameters(NamedTuple):
    """Derivatives of k_c by what it depends on beside the carriers and the field."""

    other: float  # by k, the sum of the rates of all other ends, dimensionless
    hop: float  # by s, the rate at which the dot under an exciton is redrawn, dimensionless
    rate: float  # by the Auger rate beside one charge, dimensionless
    dot_volume: float  # 1/s/m3
    repulsion: float  # by the charging energy over kT, 1/s


class _Meeting(NamedTuple):
    """How often excitons meet charges at one place: k_c and its derivatives by its parts."""

    value: float  # k_c, 1/s
    by_other: float
    by_hop: float
    by_rate: float
    by_electrons: float  # by the mean number of electrons on a dot, 1/s
    by_holes: float  # 1/s
    by_repulsion: float  # 1/s


@kernel
def _meeting(decay: DecayParameters, other: float, hop: float, electrons: float, holes: float) -> _Meeting:
    """Return k_c of `decay_rates` from k and s, and its derivatives by what it is made of."""
    rate = decay.trion_auger
    negative = dot_charges(electrons * decay.dot_volume, decay.repulsion)
    positive = dot_charges(holes * decay.dot_volume, decay.repulsion)
    born = negative.born + positive.born * (1.0 - negative.born)
    redrawn = negative.redrawn + positive.redrawn * (1.0 - negative.redrawn)
    neutral = (1.0 - negative.born) * (1.0 - positive.born)
    whole = other + hop + rate * neutral
    charged = (born * other + redrawn * hop) / whole
    by_born = rate * (other + rate * charged) / whole
    by_redrawn = rate * hop / whole
    return _Meeting(
        rate * charged,
        rate * (hop * (born - redrawn) + rate * born * neutral) / (whole * whole),
        rate * (other * (redrawn - born) + rate * redrawn * neutral) / (whole * whole),
        charged * (other + hop) / whole,
        by_born * negative.born_by_mean * (1.0 - positive.born)
        + by_redrawn * negative.redrawn_by_mean * (1.0 - positive.redrawn),
        by_born * positive.born_by_mean * (1.0 - negative.born)
        + by_redrawn * positive.redrawn_by_mean * (1.0 - negative.redrawn),
        by_born
        * (negative.born_by_repulsion * (1.0 - positive.born) + positive.born_by_repulsion * (1.0 - negative.born))
        + by_redrawn
        * (
            negative.redrawn_by_repulsion * (1.0 - positive.redrawn)
            + positive.redrawn_by_repulsion * (1.0 - negative.redrawn)
        ),
    )


@kernel
def decay_rates(
    decay: DecayParameters, light: float, contact: float, electrons: float, holes: float, field: float
) -> DecayRates:
    """Return the two rates that the operation of the device changes, and their derivatives.

    The field pulls electron and hole of an exciton apart: k_rad = k_r F / (1 + (E/E_q)^2).

    Carriers are injected into a dot one after the other: an exciton forms where a hole meets an electron (or an
    electron a hole), and what is left beside it are the *other* charges of that dot, Deng et al., Nat. Commun. 11,
    2309 (2020), doi:10.1038/s41467-020-15944-z. It is born beside a charge with the probability
    P_b = 1 - (1 - P_b,n)(1 - P_b,p), extra electrons and extra holes counted apart; see `dot_charges` for each.
    Charges leave their dots at the rate h (electrons' and holes' weighted by their densities) and excitons theirs at
    w; both make the dot under an exciton a fresh draw at the rate s = h + w, charged with
    P_e = 1 - (1 - P_e,n)(1 - P_e,p). With k the sum of all other rates, an exciton on a neutral dot (N) and on a
    charged one (C) follow, of G that form,

        0 = (1 - P_b) G - (k + s P_e) N + s (1 - P_e) C
        0 = P_b G + s P_e N - (k + k_A + s (1 - P_e)) C

    The sum is G = k (N + C) + k_A C; with it the second line is (k + s + k_A (1 - P_b)) C = (P_b k + P_e s) (N + C),
    so that all of them, N + C, are lost beside a charge at the mean rate

        k_c = k_A C / (N + C) = k_A (P_b k + P_e s) / (k + s + k_A (1 - P_b)):

    k_A P_e where charges or excitons move fast, the share P_b bright for k / (k + k_A) of its time where both stand.

    Args:
        decay: of the layer.
        light: radiative rate without a field, k_r F [1/s].
        contact: rate at which neighbouring layers quench [1/s].
        electrons: n [1/m3].
        holes: p [1/m3].
        field: E [V/m].

    Returns:
        Rates at one place, all scalar [1/s], and their derivatives.
    """
    ratio = field / decay.quenching_field
    dimmed = 1.0 / (1.0 + ratio * ratio)
    radiative = light * dimmed
    radiative_by_field = -2.0 * light * dimmed * dimmed * ratio / decay.quenching_field
    carriers = electrons + holes + _LEAST_DENSITY
    electron_share, hole_share = electrons / carriers, holes / carriers
    hop = electron_share * decay.electron_hop + hole_share * decay.hole_hop + decay.exciton_hop
    found = _meeting(decay, radiative + decay.nonradiative + contact, hop, electrons, holes)
    by_share = found.by_hop * (decay.electron_hop - decay.hole_hop) / carriers
    return DecayRates(
        radiative,
        found.value,
        radiative_by_field,
        found.by_electrons * decay.dot_volume + by_share * hole_share,
        found.by_holes * decay.dot_volume - by_share * electron_share,
        found.by_other * radiative_by_field,
    )


@kernel
def trion_auger_by_parameters(
    decay: DecayParameters, radiative: float, contact: float, electrons: float, holes: float
) -> TrionAugerByParameters:
    """Return how the loss beside a charge, k_c of `decay_rates`, depends on its parameters, all scalar.

    Args:
        decay: of the layer.
        radiative: k_rad [1/s].
        contact: rate at which neighbouring layers quench [1/s].
        electrons: n [1/m3].
        holes: p [1/m3].
    """
    carriers = electrons + holes
    if decay.trion_auger == 0.0 or carriers == 0.0:
        return TrionAugerByParameters(0.0, 0.0, 0.0, 0.0, 0.0)
    hop = (electrons * decay.electron_hop + holes * decay.hole_hop) / carriers + decay.exciton_hop
    found = _meeting(decay, radiative + decay.nonradiative + contact, hop, electrons, holes)
    by_volume = found.by_electrons * electrons + found.by_holes * holes
    return TrionAugerByParameters(found.by_other, found.by_hop, found.by_rate, by_volume, found.by_repulsion)


@kernel
def fill_exciton_densities(generated: Array, loss: Array, exchange: Array, out: Array) -> None:
    """Fill ``out`` with the exciton densities of a chain of cells: loss X - div(exchange grad X) = generated.

    Each cell is taken out of the chain in turn and its loss handed to the next as what both in series lose; nothing
    is ever subtracted, so that every density is exact to a few roundings however fast the exchange is, and positive.

    Args:
        generated: excitons that form in each cell [1/m2/s], (cell,).
        loss: rate times thickness of each cell, shape (cell,) [m/s].
        exchange: diffusivity over distance between neighbours, shape (cell - 1,) [m/s].
        out: densities, shape (cell,) [1/m3].
    """
    last = generated.size - 1
    source, sink = generated.copy(), loss.copy()
    for i in range(last):
        leaving = sink[i] + exchange[i]
        if leaving > 0.0:
            source[i + 1] += source[i] * (exchange[i] / leaving)
            sink[i + 1] += sink[i] * (exchange[i] / leaving)
    out[last] = source[last] / sink[last] if sink[last] > 0.0 else 0.0 * source[last]
    for i in range(last - 1, -1, -1):
        leaving = sink[i] + exchange[i]
        gained = source[i] + exchange[i] * out[i + 1]
        out[i] = gained / leaving if leaving > 0.0 else 0.0 * source[i]


@kernel
def _fill_fates(
    decay: DecayParameters,
    exchange: Array,
    volume: Array,
    given: tuple[Array, Array],
    carriers: tuple[Array, Array],
    field: Array,
    generated: Array,
    out: Array,
) -> None:
    """Fill ``out`` (voltage, 4, node) with the excitons that end in each way around each node [1/m2/s]."""
    nodes, (light, contact) = volume.size, given
    rates, loss, density = np.zeros((4, nodes)), np.zeros(nodes), np.zeros(nodes)
    for k in range(generated.shape[0]):
        for i in range(nodes):
            found = decay_rates(decay, light[i], contact[i], carriers[0][k, i], carriers[1][k, i], field[k, i])
            rates[0, i], rates[1, i], rates[2, i], rates[3, i] = (
                found.radiative,
                decay.nonradiative,
                contact[i],
                found.trion_auger,
            )
            loss[i] = volume[i] * (found.radiative + decay.nonradiative + contact[i] + found.trion_auger)
        fill_exciton_densities(generated[k], loss, exchange, density)
        for way in range(4):
            for i in range(nodes):
                out[k, way, i] = volume[i] * rates[way, i] * density[i]


def fates(
    emitter: Emitter,
    layer: Layer,
    thermal_voltage: float,
    place: tuple[Array, Array],
    rates: tuple[Array, Array],
    carriers: tuple[Array, Array],
    field: Array,
    generated: Array,
) -> Array:
    """Return how the excitons end: radiative, non-radiative, quenched by a neighbour, lost beside a charge.

    Their density follows -D X'' + (k_rad + k_nr + k_q + k_c) X = G with faces that they do not leave through, in cells
    around the nodes, so that the four add up to what forms; k_rad and k_c from :func:`decay_rates`. Densities are those
    of the dots at each place, see `dot_average`, where the volume of a dot is known; the field is that of the place.

    Args:
        emitter: rates of the dots.
        layer: the emitting layer, for its mobilities.
        thermal_voltage: kT/q [V].
        place: positions of the nodes and thicknesses of their cells, shape (node,) each [m].
        rates: radiative rate k_r F and rate of quenching by neighbours, shape (node,) each [1/s].
        carriers: electrons and holes, shape (voltage, node) each [1/m3].
        field: shape (voltage, node) [V/m].
        generated: excitons that form in the cells, shape (voltage, node) [1/m2/s].

    Returns:
        Excitons that end in each cell, shape (voltage, 4, node) [1/m2/s]; nan where ``generated`` is.

    Raises:
        InputError: a rate is negative, or charges matter and the volume of a dot is not known.
    """
    position, volume = place
    ends = np.empty((generated.shape[0], 4, volume.size))
    exchange = emitter.exciton_diffusivity / np.abs(np.diff(position))
    average = dot_average(position, emitter.dot_volume)
    # not by BLAS, which takes all cores for it
    electrons, holes = (np.einsum("vn,mn->vm", density, average) for density in carriers)
    decay = decay_of(emitter, layer, thermal_voltage)
    _fill_fates(decay, exchange, volume, rates, (electrons, holes), field, generated, ends)
    return ends


def decay_of(emitter: Emitter, layer: Layer, thermal_voltage: float) -> DecayParameters:
    """Return the numbers that decide how an exciton ends.

    A particle of diffusivity D leaves its dot at 6 D/a^2, a^3 the volume of a dot: the random walk from dot to dot.

    Args:
        emitter: rates of the dots.
        layer: the emitting layer, whose mobilities without field give D = mu kT/q.
        thermal_voltage: kT/q [V].

    Raises:
        InputError: a rate is negative or infinite, or charges matter and the volume of a dot is not known.
    """
    problems = [
        Problem("must be finite and not negative", f"device.emitter.{name}")
        for name in (
            "nonradiative_rate",
            "exciton_diffusivity",
            "trion_auger_rate",
            "nonradiative_activation_energy",
        )
        if not 0.0 <= getattr(emitter, name) < math.inf
    ]
    problems += [
        Problem("must be positive", f"device.emitter.{name}")
        for name in ("radiative_rate", "quenching_field", "quenching_range")
        if not getattr(emitter, name) > 0.0
    ]
    if math.isnan(emitter.charging_energy):
        problems.append(Problem("must be a number", "device.emitter.charging_energy"))
    if emitter.trion_auger_rate > 0.0 and not 0.0 < emitter.dot_volume < math.inf:
        problems.append(
            Problem("trion_auger_rate needs the volume of the film for each dot", "device.emitter.dot_volume")
        )
    if problems:
        raise InputError(problems)
    nonradiative = nonradiative_rate_at(emitter, thermal_voltage)
    if emitter.trion_auger_rate == 0.0:
        zeros = (0.0,) * 6
        return DecayParameters(emitter.radiative_rate, nonradiative, *zeros, emitter.quenching_field)
    hops = 6.0 / emitter.dot_volume ** (2.0 / 3.0)
    transport = at_temperature(layer, thermal_voltage).transport
    return DecayParameters(
        emitter.radiative_rate,
        nonradiative,
        emitter.trion_auger_rate,
        emitter.dot_volume,
        emitter.charging_energy / thermal_voltage,
        hops * transport.electron_mobility * thermal_voltage,
        hops * transport.hole_mobility * thermal_voltage,
        hops * emitter.exciton_diffusivity,
        emitter.quenching_field,
    )


def nonradiative_rate_at(emitter: Emitter, thermal_voltage: float) -> float:
    """Return the non-radiative rate [1/s] at the temperature of the device.

    k_nr(T) = k_nr exp(E_nr/kT_0 - E_nr/kT), T_0 the room's: Arrhenius' law, by which photoluminescence is quenched as
    1/(1 + A exp(-E_nr/kT)).

    Args:
        emitter: rates of the dots.
        thermal_voltage: kT/q [V].
    """
    energy = emitter.nonradiative_activation_energy
    return emitter.nonradiative_rate * math.exp(energy / ROOM_THERMAL_VOLTAGE - energy / thermal_voltage)


def rms_fields(position: Array, potential: Array) -> Array:
    """Return the field in the cell around each node: the root mean square of those on its two sides.

    Args:
        position: nodes of one layer, shape (node,) [m].
        potential: shape (voltage, node) [V].

    Returns:
        Shape (voltage, node) [V/m].
    """
    width = np.abs(np.diff(position))
    energy = np.diff(potential, axis=1) ** 2 / width
    none = np.zeros((potential.shape[0], 1))
    total = np.hstack((energy, none)) + np.hstack((none, energy))
    field: Array = np.sqrt(total / (np.append(width, 0.0) + np.append(0.0, width)))
    return field


def contact_quenching(stack: Stack, index: int, height: Array) -> Array:
    """Return the rate at which the other layers quench an exciton.

    k_q = sum over the layers of rate exp(-distance/range), to the nearest face of each.

    Args:
        stack: layers and emitter.
        index: of the emitting layer.
        height: above its lower face, shape (place,) [m].

    Returns:
        Shape (place,) [1/s].
    """
    assert stack.emitter is not None
    rate = np.zeros(height.size)
    for i, layer in enumerate(stack.layers):
        if i == index or not layer.recombination.quenching_rate > 0.0:
            continue
        electrical = math.fsum(item.thickness for item in stack.layers[min(i, index) + 1 : max(i, index)])
        reach = height if i < index else stack.layers[index].thickness - height
        rate += layer.recombination.quenching_rate * np.exp(-(reach + electrical) / stack.emitter.quenching_range)
    return rate
