"""How carrier density and field raise a mobility in a Gaussian density of states: the extended Gaussian disorder model.

mu = mu_0 g_1(p) g_2(F) with s = sigma/kT and a the distance of sites:
ln g_1 = (s^2 - s)/2 (2 p a^3)^d, d = 2 [ln(s^2 - s) - ln ln 4]/s^2, and
ln g_2 = 0.44 (s^1.5 - 2.2) [sqrt(1 + 0.8 (q a F/sigma)^2) - 1].
Pasveer, Cottaar, Tanase, Coehoorn, Bobbert, Blom, de Leeuw and Michels, Phys. Rev. Lett. 94 (2005) 206601; both factors
are held beyond p a^3 = 0.1 and q a F/sigma = 2, van Mensfoort and Coehoorn, Phys. Rev. B 78 (2008) 085207,
doi:10.1103/PhysRevB.78.085207. Here the two corners are rounded, so that derivatives are continuous: by less than 0.1 %
of the argument at two thirds of the limit and by 4 % at the limit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from halodot.compiled import kernel
from halodot.device.laws.disorder_limits import NARROWEST, WIDEST
from halodot.device.laws.field_mobility import LARGEST_EXPONENT, Enhancement

if TYPE_CHECKING:
    from halodot.states import Layer

#: Largest occupation p a^3 and largest reduced field q a F/sigma that the factors follow.
LARGEST_OCCUPATION, LARGEST_REDUCED_FIELD = 0.1, 2.0
#: Power that rounds the two corners.
ROUNDING = 16.0
#: Logarithm, and reduced field, below which the corners are rounding: exp(-40), and (0.15/2)^16.
NEGLIGIBLE, FREE_FIELD = 40.0, 0.15
#: Density (1/m3) below which nothing is left of the dependence, so that its logarithm exists.
LEAST_DENSITY = 1e-200


class DisorderParameters(Protocol):
    """Parameters of the mobilities along an edge with a Gaussian density of states."""

    disorder_law: bool  # the mobilities follow density and field in the extended Gaussian disorder model
    electron_density_gain: float  # (s^2 - s)/2; 0 for a mobility that follows neither
    hole_density_gain: float
    electron_density_exponent: float  # d
    hole_density_exponent: float
    electron_log_site_volume: float  # ln a^3, a in m
    hole_log_site_volume: float
    electron_field_gain: float  # 0.44 (s^1.5 - 2.2)
    hole_field_gain: float
    electron_site_length: float  # a/s, so that times the field over Vt it is q a F/sigma, m
    hole_site_length: float


class DisorderLaw(NamedTuple):
    """The numbers of `DisorderParameters` for one carrier."""

    density_gain: float
    density_exponent: float
    log_site_volume: float
    field_gain: float
    site_length: float  # m


def site_spacing(layer: Layer, carrier: str) -> float:
    """Return the distance of sites in m: as stated, or the cube root of the volume of a state.

    Args:
        layer: with its states [1/m3].
        carrier: "electron" or "hole".
    """
    stated = layer.transport.site_spacing
    states: float = getattr(layer.transport, f"{carrier}_density_of_states")
    return stated if stated > 0.0 else states ** (-1.0 / 3.0)


def disorder_parameters(layer: Layer, thermal_voltage: float) -> dict[str, float]:
    """Return the numbers of the extended Gaussian disorder model in a layer, by their names along its edges [SI].

    A width outside `NARROWEST` to `WIDEST` counts as the nearest of them, which a layer meets only on the way to a
    temperature. A carrier without a width keeps its mobility.

    Args:
        layer: with `mobility_law` extended_gaussian_disorder.
        thermal_voltage: kT/q [V].
    """
    found: dict[str, float] = {"disorder_law": True}
    for carrier in ("electron", "hole"):
        width = getattr(layer.transport, f"{carrier}_disorder") / thermal_voltage
        if width == 0.0:
            continue
        s, a = min(max(width, NARROWEST), WIDEST), site_spacing(layer, carrier)
        found |= {
            f"{carrier}_density_gain": 0.5 * (s * s - s),
            f"{carrier}_density_exponent": 2.0 * (math.log(s * s - s) - math.log(math.log(4.0))) / (s * s),
            f"{carrier}_log_site_volume": 3.0 * math.log(a),
            f"{carrier}_field_gain": 0.44 * (s**1.5 - 2.2),
            f"{carrier}_site_length": a / s,
        }
    return found


@kernel
def _log_occupation(log_density: float, log_site_volume: float) -> tuple[float, float]:
    """Return ln(2 p a^3), held at its largest value, and its derivative by ln p."""
    above = ROUNDING * (log_density + log_site_volume - math.log(LARGEST_OCCUPATION))
    if above > 0.0:
        decay = math.exp(-above)
        held, slope = math.log1p(decay) / ROUNDING, decay / (1.0 + decay)
        return math.log(2.0 * LARGEST_OCCUPATION) - held, slope
    free = log_density + log_site_volume + math.log(2.0)
    if above < -NEGLIGIBLE:
        return free, 1.0
    growth = math.exp(above)
    return free - math.log1p(growth) / ROUNDING, 1.0 / (1.0 + growth)


@kernel
def _field_factor(reduced: float) -> tuple[float, float]:
    """Return sqrt(1 + 0.8 r^2) - 1 with r held at its largest value, and its derivative by r = q a F/sigma."""
    size = abs(reduced)
    if size < FREE_FIELD:
        root = math.sqrt(1.0 + 0.8 * size * size)
        return 0.8 * size * size / (root + 1.0), 0.8 * reduced / root
    share = (min(size, 1e6) / LARGEST_REDUCED_FIELD) ** ROUNDING
    held = size * (1.0 + share) ** (-1.0 / ROUNDING) if size < 1e6 else LARGEST_REDUCED_FIELD
    root = math.sqrt(1.0 + 0.8 * held * held)
    by_held = 0.8 * held / root
    return 0.8 * held * held / (root + 1.0), math.copysign(by_held * (1.0 + share) ** (-1.0 / ROUNDING - 1.0), reduced)


@kernel
def disorder_enhancement(law: DisorderLaw, log_density: float, field: float) -> Enhancement:
    """Return by what factor density and field raise a mobility in a Gaussian density of states.

    Args:
        law: its numbers.
        log_density: logarithm of the density in 1/m3.
        field: over Vt [1/m].
    """
    if law.density_gain == 0.0:
        return Enhancement(1.0, 0.0, 0.0, 0.0)
    occupation, by_log = _log_occupation(log_density, law.log_site_volume)
    density = law.density_gain * math.exp(law.density_exponent * occupation)
    factor, by_reduced = _field_factor(law.site_length * field)
    exponent = min(density + law.field_gain * factor, LARGEST_EXPONENT)
    return Enhancement(
        math.exp(exponent),
        law.field_gain * by_reduced * law.site_length,
        0.0,
        density * law.density_exponent * by_log,
    )


@kernel
def disorder_by_parameters(law: DisorderLaw, log_density: float, field: float) -> DisorderLaw:
    """Return the derivatives of the logarithm of `disorder_enhancement` by the numbers of the law.

    Args:
        law: its numbers.
        log_density: logarithm of the density in 1/m3.
        field: over Vt [1/m].
    """
    if law.density_gain == 0.0:
        return DisorderLaw(0.0, 0.0, 0.0, 0.0, 0.0)
    occupation, by_log = _log_occupation(log_density, law.log_site_volume)
    share = math.exp(law.density_exponent * occupation)
    factor, by_reduced = _field_factor(law.site_length * field)
    return DisorderLaw(
        share,
        law.density_gain * share * occupation,
        law.density_gain * share * law.density_exponent * by_log,
        factor,
        law.field_gain * by_reduced * field,
    )
