"""How the field raises a mobility.

mu = mu_0 exp(g sqrt|F|) sinh(x)/x: Poole-Frenkel's law, and x = q a F/2kT of hops by a along and against the field.
Frenkel, Phys. Rev. 54 (1938) 647, doi:10.1103/PhysRev.54.647.
Fields are written f = F/Vt [1/m]. Where the field changes sign the root has a cusp, which would wander over the
grid with the bias. It is rounded over d, by which the field changes from one cell to the next:

    sqrt|f| -> (f^2 + 2 d^2/3) (f^2 + d^2)^(-3/4),

which is smooth and has the integral of the root, so that a sum over cells stays of second order.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from halodot.compiled import kernel

#: Logarithm of the largest factor by which a field raises a mobility on the way to a solution: nothing overflows.
LARGEST_EXPONENT = 300.0
#: Least change of a field over a cell, in 1/m, so that the root has a slope without a field: about 10 V/m.
LEAST_CHANGE = 400.0


class FieldMobilityParameters(Protocol):
    """Parameters of the mobilities along an edge that a field raises."""

    field_law: bool  # the mobilities follow the field, and with the law of disorder the density
    electron_activation: float  # Poole-Frenkel exponent over the root of the field over Vt, m^(1/2)
    hole_activation: float
    half_hop: float  # a/2, m


class Enhancement(NamedTuple):
    """The factor by which field and density raise a mobility, and the derivatives of its logarithm."""

    factor: float
    by_field: float  # m
    by_change: float  # by the change of the field over the cell, m
    by_density: float  # by the logarithm of the density, dimensionless


@kernel
def rounded_root(field: float, change: float) -> tuple[float, float, float]:
    """Return the rounded sqrt|f| [1/m^(1/2)], and its derivatives by the field and its change over a cell.

    Args:
        field: f [1/m].
        change: of f over the cell [1/m].
    """
    square, rounding = field * field, change * change + LEAST_CHANGE * LEAST_CHANGE
    whole = square + rounding
    root = math.sqrt(whole)
    power = math.sqrt(root) / (whole * whole)
    return (
        (square + rounding / 1.5) * power * whole,
        field * (0.5 * square + rounding) * power,
        change * (rounding / 3.0 - square / 6.0) * power,
    )


@kernel
def _log_hopping_enhancement(half_hop: float, field: float) -> tuple[float, float]:
    """Return ln(sinh(x)/x) and its derivative by x, x = |half_hop field|."""
    x = abs(half_hop * field)
    if x < 0.01:
        return x * x / 6.0 * (1.0 - x * x / 30.0), x / 3.0 * (1.0 - x * x / 15.0)
    return x + math.log((1.0 - math.exp(-2.0 * x)) / (2.0 * x)), 1.0 / math.tanh(x) - 1.0 / x


@kernel
def mobility_enhancement(activation: float, half_hop: float, field: float, change: float) -> Enhancement:
    """Return by what factor the field raises a mobility.

    Args:
        activation: g sqrt(Vt) [m^(1/2)].
        half_hop: a/2 [m].
        field: f in the middle of the cell [1/m].
        change: of f over the cell [1/m].
    """
    if activation == 0.0 and half_hop == 0.0:
        return Enhancement(1.0, 0.0, 0.0, 0.0)
    exponent, by_field, by_change = 0.0, 0.0, 0.0
    if activation != 0.0:
        root, root_field, root_change = rounded_root(field, change)
        exponent, by_field, by_change = activation * root, activation * root_field, activation * root_change
    if half_hop != 0.0:
        hop, bend = _log_hopping_enhancement(half_hop, field)
        exponent += hop
        by_field += math.copysign(bend * half_hop, field)
    if exponent > LARGEST_EXPONENT:
        return Enhancement(math.exp(LARGEST_EXPONENT), 0.0, 0.0, 0.0)
    return Enhancement(math.exp(exponent), by_field, by_change, 0.0)


@kernel
def enhancement_by_parameters(half_hop: float, field: float, change: float) -> tuple[float, float]:
    """Return the derivatives of the logarithm of `mobility_enhancement` by activation and half a hop.

    Args:
        half_hop: a/2 [m].
        field: f in the middle of the cell [1/m].
        change: of f over the cell [1/m].

    Returns:
        In 1/m^(1/2) and 1/m.
    """
    return rounded_root(field, change)[0], _log_hopping_enhancement(half_hop, field)[1] * abs(field)
