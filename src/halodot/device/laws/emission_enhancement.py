"""How the field raises emission over a barrier: tunnelling through its tip, the image force, or a hop downfield."""

from __future__ import annotations

import math
from math import erfc
from typing import NamedTuple, Protocol

import numpy as np

from halodot.compiled import kernel

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
#: Nodes and weights on (0, 1) of the integral over the roots of the energies of tunnelling carriers.
_QUADRATURE = tuple((0.5 * (1.0 + float(x)), 0.5 * float(weight)) for x, weight in zip(_NODES, _WEIGHTS, strict=True))
#: Fall of the exponent of that integral, from its largest value, beyond which nothing is counted.
_NEGLIGIBLE = 32.0
#: Field term below which the image force's root is rounded, as a share of kT lowered.
LEAST_LOWERING = 1e-3
#: Energy (kT) over which what a hop gains is rounded at no field, where it is 2.5 % and not nothing.
HOP_ROUNDING = 0.05
#: Least disorder (kT) of a step, which rounds where a hop gains the whole of it: 5 meV, less than any film has.
LEAST_STEP_DISORDER = 0.2
#: Standard deviations beyond which a Gaussian holds nothing that a double sees, and largest exponent that it takes.
_TAIL, _LARGEST_EXPONENT = 8.0, 700.0


class EmissionParameters(Protocol):
    """Parameters of what the field does to emission over an interface."""

    wkb_coefficient: float  # (4/3) sqrt(2 m kT)/hbar, 1/m; 0 for no tunnelling
    image_force_length: float  # q/(4 pi eps Vt) of a contact whose barrier is lowered, m; 0 for none
    step_disorder: float  # standard deviation of the step along an interface that carriers hop across, kT


class EmissionBarrier(NamedTuple):
    """The barrier to one carrier."""

    height: float  # kT
    thickness: float  # m, of the layer that is the barrier
    hop_distance: float  # m; 0 for carriers that do not hop


class EnhancementByParameters(NamedTuple):
    """Derivatives of the logarithm of an enhancement."""

    barrier: float  # by the height in kT
    thickness: float  # by the thickness of the barrier's layer, 1/m
    wkb_coefficient: float  # m
    image_force_length: float  # 1/m
    hop_distance: float  # 1/m
    step_disorder: float  # by the standard deviation in kT
    field: float  # m


@kernel
def _tunnelling_integral(low: float, high: float, ratio: float) -> tuple[float, float]:
    """Return int exp(t^2 - ratio t^3) 2t dt and the same with a factor ratio t^3, t the root of the energy."""
    total, loss = 0.0, 0.0
    for node, weight in _QUADRATURE:
        root = low + node * (high - low)
        action = ratio * root * root * root
        term = 2.0 * root * weight * (high - low) * math.exp(root * root - action)
        total += term
        loss += term * action
    return total, loss


@kernel
def wkb_enhancement(barrier: float, thickness: float, coefficient: float, field: float) -> tuple[float, float]:
    """Return by what factor tunnelling through a triangular barrier raises emission over it, and d(factor)/d(field).

    1 + int_0^u exp(e - b e^(3/2)/f) de, with e the energy below the peak over kT and u the lower of the barrier and
    of what the field brings down within the layer (WKB; thermionic field emission). Padovani and Stratton,
    Solid-State Electron. 9 (1966) 695, doi:10.1016/0038-1101(66)90097-9. The integral is over the root of e, where it
    is smooth, on either side of the largest integrand: 12 digits.

    Args:
        barrier: height [kT].
        thickness: of the barrier's layer [m].
        coefficient: b = (4/3) sqrt(2 m kT)/hbar [1/m].
        field: f, by which the barrier falls away from the interface [kT per m].
    """
    if field <= 0.0 or barrier <= 0.0:
        return 1.0, 0.0
    reach, ratio = min(barrier, field * thickness), coefficient / field
    end, peak = math.sqrt(reach), 2.0 / (3.0 * ratio)
    top = min(end, peak)
    low = max(0.0, top - math.sqrt(3.0 * _NEGLIGIBLE))
    steep = 1.0 - top / peak
    if top * top * steep > _NEGLIGIBLE:
        low = max(low, math.sqrt(top * top - _NEGLIGIBLE / steep))
    total, loss = _tunnelling_integral(low, top, ratio)
    if peak < end:
        beyond = min(math.sqrt(_NEGLIGIBLE), (_NEGLIGIBLE / ratio) ** (1.0 / 3.0))
        further, more = _tunnelling_integral(top, min(end, top + beyond), ratio)
        total, loss = total + further, loss + more
    slope = loss / field
    if field * thickness < barrier:
        slope += thickness * math.exp(reach - ratio * reach * end)
    return 1.0 + total, slope


@kernel
def wkb_by_parameters(barrier: float, thickness: float, coefficient: float, field: float) -> tuple[float, float, float]:
    """Return the derivatives of `wkb_enhancement` by barrier, thickness (1/m) and coefficient (m).

    Args:
        barrier: height [kT].
        thickness: of the barrier's layer [m].
        coefficient: b [1/m].
        field: f [kT per m].
    """
    if field <= 0.0 or barrier <= 0.0:
        return 0.0, 0.0, 0.0
    reach = min(barrier, field * thickness)
    by_coefficient = 0.0
    for node, weight in _QUADRATURE:
        energy = node * reach
        action = energy * math.sqrt(energy) / field
        by_coefficient -= weight * reach * action * math.exp(energy - coefficient * action)
    end = math.exp(reach - coefficient * reach * math.sqrt(reach) / field)
    if reach < barrier:
        return 0.0, field * end, by_coefficient
    return end, 0.0, by_coefficient


@kernel
def _inward_field(length: float, field: float) -> tuple[float, float, float]:
    """Return the field that pulls inwards, its rounded size and what it is rounded by [1/m]."""
    least = LEAST_LOWERING * LEAST_LOWERING / length
    size = math.sqrt(field * field + least * least)
    inwards = 0.5 * (field + size) if field > 0.0 else 0.5 * least * least / (size - field)
    return inwards, size, least


@kernel
def schottky_enhancement(length: float, field: float) -> tuple[float, float]:
    """Return by what factor the image force raises emission over a contact's barrier, and d(factor)/d(field).

    exp(sqrt(length field)), length = q/(4 pi eps Vt), for fields that pull the carrier inwards.
    Schottky, Phys. Z. 15 (1914) 872; Sze and Ng, Physics of Semiconductor Devices (2006), doi:10.1002/0470068329.

    Args:
        length: [m].
        field: f [kT per m].
    """
    inwards, size, _ = _inward_field(length, field)
    root = math.sqrt(length * inwards)
    factor = math.exp(root)
    return factor, factor * 0.5 * root / size


@kernel
def log_schottky_by_length(length: float, field: float) -> float:
    """Return the derivative of the logarithm of `schottky_enhancement` by the length [1/m].

    Args:
        length: [m].
        field: f [kT per m].
    """
    inwards, size, least = _inward_field(length, field)
    root = math.sqrt(length * inwards)
    return 0.5 * root / length * (1.0 - 0.5 * least * least / (size * inwards))


class HopGain(NamedTuple):
    """The logarithm of what field and disorder gain for a hop, and its derivatives."""

    value: float
    height: float  # by the height in kT
    downhill: float  # by the energy that the field brings over the hop, in kT
    step_disorder: float  # by the standard deviation in kT


@kernel
def hop_gain(height: float, downhill: float, step_disorder: float) -> HopGain:
    """Return the logarithm of what field and disorder gain for a hop over a step, dimensionless.

    A hop of Miller and Abrahams that climbs E costs min(1, exp(-E)); it climbs the step less what the field brings,
    E = D - x, and the step is Gaussian along the interface: exp(D) <min(1, exp(-E))>, with N the normal integral

        ln[exp(D) N(-m/s) + exp(x + s^2/2) N(m/s - s)],  m = D - x,

    which is min(x, D) without disorder and x + s^2/2 with little of it, and never more than D. Both directions share
    it, so that detailed balance holds place by place. Against the field a hop gains and loses nothing: the way down
    needs no energy. Miller and Abrahams, Phys. Rev. 120 (1960) 745; for metals Arkhipov, Emelianova, Tak and Bassler,
    J. Appl. Phys. 84 (1998) 848; for steps that differ from place to place Werner and Guttler, J. Appl. Phys. 69
    (1991) 1522.

    Args:
        height: D, of the step between the levels [kT].
        downhill: x, energy that the field brings over the hop [kT].
        step_disorder: s, standard deviation of the step [kT].
    """
    size = math.sqrt(downhill * downhill + HOP_ROUNDING * HOP_ROUNDING)
    gained = 0.5 * (downhill + size) if downhill > 0.0 else 0.5 * HOP_ROUNDING * HOP_ROUNDING / (size - downhill)
    by_gained = 0.5 * (1.0 + downhill / size)
    width = math.sqrt(step_disorder * step_disorder + LEAST_STEP_DISORDER * LEAST_STEP_DISORDER)
    climbed = height - gained
    place = climbed / width
    if place > width + _TAIL:
        return HopGain(gained + 0.5 * width * width, 0.0, by_gained, step_disorder)
    if place < -_TAIL:
        return HopGain(height, 1.0, 0.0, 0.0)
    falling = 0.5 * erfc(place / math.sqrt(2.0))
    exponent = min(0.5 * width * width - climbed, _LARGEST_EXPONENT)
    rising = math.exp(exponent) * 0.5 * erfc((width - place) / math.sqrt(2.0))
    total = falling + rising
    share = rising / total
    density = math.exp(-0.5 * place * place) / math.sqrt(2.0 * math.pi)
    by_width = (width * rising - density) / total
    return HopGain(height + math.log(total), 1.0 - share, share * by_gained, by_width * step_disorder / width)


@kernel
def emission_enhancement(edge: EmissionParameters, barrier: EmissionBarrier, field: float) -> tuple[float, float]:
    """Return by what factor the field raises emission over an interface, and the derivative of its logarithm [m].

    Args:
        edge: its parameters [SI].
        barrier: to the carrier.
        field: by which the barrier falls away from the interface [kT per m].
    """
    if edge.wkb_coefficient > 0.0:
        factor, slope = wkb_enhancement(barrier.height, barrier.thickness, edge.wkb_coefficient, field)
        return factor, slope / factor
    if edge.image_force_length > 0.0:
        factor, slope = schottky_enhancement(edge.image_force_length, field)
        return factor, slope / factor
    if barrier.hop_distance > 0.0 or edge.step_disorder > 0.0:
        gain = hop_gain(barrier.height, field * barrier.hop_distance, edge.step_disorder)
        return math.exp(gain.value), gain.downhill * barrier.hop_distance
    return 1.0, 0.0


@kernel
def log_emission_by_parameters(
    edge: EmissionParameters, barrier: EmissionBarrier, field: float
) -> EnhancementByParameters:
    """Return the derivatives of the logarithm of `emission_enhancement`.

    Args:
        edge: its parameters [SI].
        barrier: to the carrier.
        field: by which the barrier falls away from the interface [kT per m].
    """
    factor, by_field = emission_enhancement(edge, barrier, field)
    if edge.wkb_coefficient > 0.0:
        by = wkb_by_parameters(barrier.height, barrier.thickness, edge.wkb_coefficient, field)
        return EnhancementByParameters(by[0] / factor, by[1] / factor, by[2] / factor, 0.0, 0.0, 0.0, by_field)
    if edge.image_force_length > 0.0:
        by_length = log_schottky_by_length(edge.image_force_length, field)
        return EnhancementByParameters(0.0, 0.0, 0.0, by_length, 0.0, 0.0, by_field)
    if barrier.hop_distance > 0.0 or edge.step_disorder > 0.0:
        gain = hop_gain(barrier.height, field * barrier.hop_distance, edge.step_disorder)
        return EnhancementByParameters(gain.height, 0.0, 0.0, 0.0, gain.downhill * field, gain.step_disorder, by_field)
    return EnhancementByParameters(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, by_field)
