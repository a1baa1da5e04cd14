"""How large the dots become: a burst of nuclei, growth from the monomer left, arrest by cold, and what iodide does."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from halodot.errors import ConvergenceError, ValidityError
from halodot.flask.parameters import FlaskParameters
from halodot.states import Array, number, state

AVOGADRO = 6.02214076e23  # 1/mol, exact
GAS_CONSTANT = 8.31446261815324  # J/mol/K, exact
REFERENCE_TEMPERATURE = 423.15  # K, where growth_constant is defined

#: pot temperatures at which hot injection gives perovskite dots at all, K
NUCLEATION_RANGE = (353.15, 493.15)


@state
class Crystals:
    """The inorganic part of the dots."""

    count: float = number("mol", "dots")
    edge_length: float = number("m", "mean edge length")
    full_length: float = number("m", "edge length when all monomer is used")
    monomer: float = number("mol", "CsPbI3 that the limiting ion allows")


def nucleate(perovskite: float, temperature: float, parameters: FlaskParameters) -> Crystals:
    """Return the nuclei of a burst; their number is proportional to the monomer.

    Cubes of CsPbI3 that share all monomer have L_full^3 = V_m / (N_A y), with y nuclei per formula unit.

    Args:
        perovskite: amount of CsPbI3 that the limiting ion allows [mol].
        temperature: of the pot [K].
        parameters: of the flask stage.

    Raises:
        ValidityError: too cold or too hot for a burst of perovskite nuclei.
    """
    low, high = NUCLEATION_RANGE
    if not low <= temperature <= high:
        raise ValidityError(
            f"Cesium meets lead at {temperature - 273.15:.0f} degC; the growth model holds for hot injection between "
            f"{low - 273.15:.0f} and {high - 273.15:.0f} degC."
        )
    full = (parameters.formula_volume / (AVOGADRO * parameters.nucleation_yield)) ** (1.0 / 3.0)
    return Crystals(
        count=parameters.nucleation_yield * perovskite,
        edge_length=min(parameters.nucleus_length, full),
        full_length=full,
        monomer=perovskite,
    )


def grow(
    crystals: Crystals, temperature: Array, duration: Array, volume: float, parameters: FlaskParameters
) -> Crystals:
    """Return the dots after some time at some temperatures.

    dL/dt = k exp(-E/R (1/T - 1/T_ref)) c (1 - (L/L_full)^3), with c = n / V the monomer before any was used: growth
    controlled by the surface reaction, the monomer balance exact. A covered dot has no drive to ripen.

    Args:
        crystals: before.
        temperature: [K], shape (node,).
        duration: time at each temperature [s], shape (node,).
        volume: of the pot [m3].
        parameters: of the flask stage.
    """
    inverse = 1.0 / temperature - 1.0 / REFERENCE_TEMPERATURE
    equivalent = float(np.sum(duration * np.exp(-parameters.growth_activation / GAS_CONSTANT * inverse)))
    length = parameters.growth_constant * crystals.monomer / volume * equivalent
    share = advance(crystals.edge_length / crystals.full_length, length / crystals.full_length)
    return replace(crystals, edge_length=share * crystals.full_length)


def advance(share: float, distance: float) -> float:
    """Return x after dx/ds = 1 - x^3 ran from ``share`` over ``distance``.

    The antiderivative F(x) = -ln(1-x)/3 + ln(1+x+x^2)/6 + atan((2x+1)/sqrt 3)/sqrt 3 is inverted by Newton's method
    in y = -ln(1-x), in which it is concave, so that the climb from below cannot pass the root.

    Raises:
        ConvergenceError: no root within 100 steps.
    """
    if distance <= 0.0 or share >= 1.0:
        return share
    wanted = _travelled(-math.log1p(-share)) + distance
    y = -math.log1p(-share)
    for _ in range(100):
        x = -math.expm1(-y)
        step = (_travelled(y) - wanted) * (1.0 + x + x * x)
        y -= step
        if abs(step) <= 1e-13 * max(y, 1.0):
            return -math.expm1(-y)
    raise ConvergenceError("The growth of the dots was not solved.")


def _travelled(y: float) -> float:
    x = -math.expm1(-y)
    root = math.sqrt(3.0)
    return y / 3.0 + math.log(1.0 + x + x * x) / 6.0 + math.atan((2.0 * x + 1.0) / root) / root


def shrink(crystals: Crystals, kept: float) -> Crystals:
    """Return the dots after a share of their material dissolved: L falls as q^(1/3), the lost ions do not come back."""
    factor = kept ** (1.0 / 3.0)
    return replace(
        crystals,
        edge_length=factor * crystals.edge_length,
        full_length=factor * crystals.full_length,
        monomer=kept * crystals.monomer,
    )


def follow_iodide(crystals: Crystals, activity_ratio: float, parameters: FlaskParameters) -> Crystals:
    """Return the dots after the ammonium iodide changed, L ~ a^-p.

    The form of the size equilibrium with halide of Dong et al. 2018, doi 10.1021/acs.nanolett.8b00861.

    Args:
        crystals: before.
        activity_ratio: concentration of alkylammonium iodide after over before [1].
        parameters: of the flask stage.
    """
    factor = activity_ratio**-parameters.iodide_exponent
    return replace(crystals, edge_length=factor * crystals.edge_length, full_length=factor * crystals.full_length)


def in_dots(crystals: Crystals, parameters: FlaskParameters) -> float:
    """Return the CsPbI3 in all dots [mol]."""
    return crystals.count * AVOGADRO * crystals.edge_length**3 / parameters.formula_volume


def surface_sites(crystals: Crystals, parameters: FlaskParameters) -> float:
    """Return the surface sites of all dots [mol], N = 6 L^2 Gamma n: cubes."""
    return 6.0 * crystals.edge_length**2 * parameters.site_density * crystals.count


def spread(edge_length: float, bare: float, parameters: FlaskParameters) -> float:
    """Return the standard deviation of the edge length in micrographs [m].

    (s/L)^2 = s_0^2 + b t_0: a covered dot does not ripen or fuse, a bare share t_0 lets it.

    Args:
        edge_length: mean [m].
        bare: share of bare sites after the last wash [1].
        parameters: of the flask stage.
    """
    return edge_length * math.sqrt(parameters.growth_spread**2 + parameters.ripening_variance * bare)
