"""How large the dots become: a burst of nuclei, growth from the monomer left, arrest, etching, ripening, and halide.

The population is a set of cohorts that move along the characteristics of dn/dt + d(G n)/dL = B delta(L - L*): each
keeps its number while its edge grows, so that numbers are conserved, and what is not in the dots is in the liquid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, replace

import numpy as np

from halodot.constants import AVOGADRO, GAS_CONSTANT
from halodot.errors import ConvergenceError
from halodot.flask.growth_ode import REFERENCE_TEMPERATURE, Cohorts, GrowthParameters, etch_depth, integrate_growth
from halodot.flask.heat import TemperatureSegment
from halodot.flask.parameters import FlaskParameters
from halodot.states import Array, array, number, state

BINS = 300
#: error of the edge length that a step of growth may make, relative to a nucleus; it moves the mean by 1e-5 at most
TOLERANCE = 1e-6
#: relative variance of the edge length in ripening that the surface reaction limits, C. Wagner 1961
STATIONARY_VARIANCE = 0.125
_SHORTEST = 1e-9  # s, in which nothing grows


@state
class Crystals:
    """The inorganic part of the dots, as cohorts in the order of their birth."""

    length: Array = array("m", "cohort")  # edge length
    dots: Array = array("mol", "cohort")  # dots
    birth: Array = array("s", "cohort")  # after the first nuclei
    born: int  # cohorts that exist
    nucleus: float = number("m", "edge length of a nucleus")
    formula_volume: float = number("m3/mol", "molar volume of the perovskite that they are made of")
    clock: float = number("s", "time since the first nuclei")
    monomer: float = number("mol", "perovskite in the dots and in solution")
    halides: Mapping[str, float] = field(default_factory=lambda: {"I": 1.0})  # share of Cl, Br, I in the dots, sum 1
    lost: float = number("mol", "perovskite that acid or halide took out of reach", default=0.0)
    dissolved: float = number("mol", "dots that dissolved", default=0.0)
    ripening: float = number("1", "relative variance that ripening would have added without an end", default=0.0)


@state
class Seed:
    """The monomer of which dots nucleate."""

    monomer: float = number("mol", "perovskite that the limiting ion allows")
    formula_volume: float = number("m3/mol", "its molar volume", valid="positive")
    halides: Mapping[str, float] = field(default_factory=lambda: {"I": 1.0})  # share of Cl, Br, I, sum 1
    temperature: float = number("K", "of the pot", default=REFERENCE_TEMPERATURE)


def nucleate(seed: Seed, nuclei: float, parameters: FlaskParameters, bins: int = BINS) -> Crystals:
    """Return the nuclei of a burst, the first of them born.

    They appear as 1 - exp(-t / tau), in cohorts of equal number, within a time that is the shorter the faster growth
    takes up the monomer. Cubes that share all monomer would have
    L^3 = V_m / (N_A y), with y nuclei per formula unit.

    Args:
        seed: the monomer [mol] and what it is made of.
        nuclei: nuclei y per formula unit that the limiting ion allows [1].
        parameters: numbers and switches of the flask stage.
        bins: number of cohorts.
    """
    inverse = 1.0 / seed.temperature - 1.0 / REFERENCE_TEMPERATURE
    factor = growth_constant(seed.halides, parameters) / parameters.growth_constant
    factor *= math.exp(-parameters.growth_activation / GAS_CONSTANT * inverse)
    nucleus = min(parameters.nucleus_length, full_length(nuclei, seed.formula_volume))
    quantile = (np.arange(bins) + 0.5) / bins
    quantile[0] = 0.0
    return Crystals(
        length=np.full(bins, nucleus),
        dots=np.full(bins, nuclei * seed.monomer / bins),
        birth=-parameters.nucleation_time / factor * np.log1p(-quantile),
        born=1,
        nucleus=nucleus,
        formula_volume=seed.formula_volume,
        clock=0.0,
        monomer=seed.monomer,
        halides=seed.halides,
    )


def full_length(nuclei: float, formula_volume: float) -> float:
    """Return the edge length [m] of equal dots that share all monomer, by nuclei [1] per formula unit [m3/mol]."""
    return float((formula_volume / (AVOGADRO * nuclei)) ** (1.0 / 3.0))


def nuclei_for(length: float, formula_volume: float) -> float:
    """Return the nuclei [1] per formula unit [m3/mol] that give equal dots with all monomer a length [m]."""
    return formula_volume / (AVOGADRO * length**3)


def grow(
    crystals: Crystals, segment: TemperatureSegment, volume: float, bare: float, growing: float,
    parameters: FlaskParameters,
) -> Crystals:  # fmt: skip
    """Return the dots after they grew in a pot that holds its temperature or cools.

    dL/dt = k g exp(-E/R (1/T - 1/T_ref)) (c - c_s(T) exp(4 gamma t_0 V_m / (R T L))) for each cohort, c the monomer
    in solution: growth controlled by the surface reaction. The surface energy counts only on bare surface t_0, so
    that dots that lost coverage ripen and others do not.

    Args:
        crystals: inorganic part of the dots before it [m, mol].
        segment: temperature [K] and duration [s].
        volume: volume of the pot [m3].
        bare: fraction of bare sites t_0 [1].
        growing: fraction g of the surface that can grow [1].
        parameters: numbers and switches of the flask stage.

    Raises:
        ConvergenceError: too many steps.
    """
    if not segment.duration > _SHORTEST:
        return crystals
    capillary = 4.0 * parameters.bare_surface_energy * bare * crystals.formula_volume / GAS_CONSTANT
    law = GrowthParameters(
        start_temperature=segment.start,
        bath_temperature=segment.bath,
        cooling_time=segment.time_constant,
        growth_constant=growth_constant(crystals.halides, parameters) * growing,
        growth_activation=parameters.growth_activation,
        solubility=parameters.solubility,
        solubility_enthalpy=parameters.solubility_enthalpy,
        capillary=capillary,
        monomer=crystals.monomer,
        formula_volume=crystals.formula_volume / AVOGADRO,
        volume=volume,
        ripening_rate=parameters.ripening_rate,
        ripening_activation=parameters.ripening_activation,
    )
    length, amount = crystals.length.copy(), crystals.dots.copy()
    cohorts = Cohorts(length, amount, crystals.birth)
    born, dissolved, ripened, steps = integrate_growth(
        cohorts, crystals.born, crystals.clock, segment.duration, law, crystals.nucleus, TOLERANCE
    )
    if steps < 0:
        raise ConvergenceError(
            f"The growth of the dots over {segment.duration:.3g} s was not solved within the allowed number of steps;"
            " shorten the step, or check growth constant and solubility (flask.growth_constant, flask.solubility)."
        )
    return replace(
        crystals,
        length=length,
        dots=amount,
        born=born,
        clock=crystals.clock + segment.duration,
        ripening=crystals.ripening + ripened,
        dissolved=crystals.dissolved + dissolved,
    )


def growth_constant(halides: Mapping[str, float], parameters: FlaskParameters) -> float:
    """Return the rate constant of growth at 150 degC [m4/mol/s], its logarithm linear in the halide shares [1]."""
    factors = {"Br": parameters.bromide_growth_factor, "Cl": parameters.chloride_growth_factor}
    exponent = math.fsum(share * math.log(factors.get(halide, 1.0)) for halide, share in halides.items())
    return parameters.growth_constant * math.exp(exponent)


def etch(crystals: Crystals, kept: float) -> Crystals:
    """Return the dots after a fraction of their material dissolved in acid: every edge is etched to the same depth.

    Dots that are smaller than the depth vanish; the lost ions and as much of the monomer do not come back.

    Args:
        crystals: inorganic part of the dots before it [m, mol].
        kept: fraction of the material that is left [1].

    Raises:
        ConvergenceError: no depth was found.
    """
    if kept >= 1.0:
        return crystals
    length, amount = crystals.length.copy(), crystals.dots.copy()
    depth = etch_depth(length, amount, crystals.born, kept) if kept > 0.0 else float(length.max())
    if math.isnan(depth):
        raise ConvergenceError("The depth to which acid etched the dots did not converge.")
    length[: crystals.born] = np.maximum(length[: crystals.born] - depth, 0.0)
    gone = (length == 0.0) & (np.arange(length.size) < crystals.born)
    dissolved = float(amount[gone].sum())
    amount[gone] = 0.0
    length[gone] = crystals.nucleus
    return replace(
        crystals,
        length=length,
        dots=amount,
        monomer=kept * crystals.monomer,
        lost=crystals.lost + (1.0 - kept) * crystals.monomer,
        dissolved=crystals.dissolved + dissolved,
    )


def shrink_by_halide(crystals: Crystals, activity_ratio: float, parameters: FlaskParameters) -> Crystals:
    """Return the dots after ammonium halide was added, L ~ a^-p; what they lose stays in solution as complexes.

    Less halide than before leaves them as they are: nothing is there to grow from. The form of the size equilibrium
    with halide of Dong et al. 2018, doi:10.1021/acs.nanolett.8b00861.

    Args:
        crystals: inorganic part of the dots before it [m, mol].
        activity_ratio: concentration of alkylammonium halide after over before [1].
        parameters: numbers and switches of the flask stage.
    """
    factor = max(activity_ratio, 1.0) ** -parameters.iodide_exponent
    return replace(
        crystals,
        length=factor * crystals.length,
        monomer=factor**3 * crystals.monomer,
        lost=crystals.lost + (1.0 - factor**3) * crystals.monomer,
    )


def amount_of_dots(crystals: Crystals) -> float:
    """Return the amount of dots [mol]."""
    return float(crystals.dots[: crystals.born].sum())


def mean_length(crystals: Crystals) -> float:
    """Return the mean edge length of the dots [m]; nan without any."""
    dots = amount_of_dots(crystals)
    born = slice(crystals.born)
    return float(crystals.dots[born] @ crystals.length[born]) / dots if dots > 0.0 else math.nan


def amount_in_dots(crystals: Crystals) -> float:
    """Return the perovskite in all dots [mol]."""
    born = slice(crystals.born)
    return float(crystals.dots[born] @ crystals.length[born] ** 3) * AVOGADRO / crystals.formula_volume


def surface_sites(crystals: Crystals, parameters: FlaskParameters) -> float:
    """Return the surface sites of all dots [mol], N = 6 Gamma sum n L^2: cubes."""
    born = slice(crystals.born)
    return 6.0 * parameters.site_density * float(crystals.dots[born] @ crystals.length[born] ** 2)


def size_distribution(crystals: Crystals) -> tuple[Array, Array]:
    """Return the edge lengths [m], rising, and the fraction of the dots [1] that has each, both of shape (size,)."""
    born = slice(crystals.born)
    present = crystals.dots[born] > 0.0
    length, amount = crystals.length[born][present], crystals.dots[born][present]
    order = np.argsort(length)
    return length[order], amount[order] / amount.sum()


def edge_length_spread(crystals: Crystals, bare: float, parameters: FlaskParameters) -> float:
    """Return the standard deviation of the edge length in micrographs [m].

    (s/L)^2 = s_0^2 + s_c^2 + b t_0 + r: shape, projection and measurement s_0; the cohorts s_c, which differ less
    the longer they grow; dots that fuse and ripen where a bare fraction t_0 lets them; and ripening once the monomer
    is used up, r = 1/8 (1 - exp(-8 k t)), which ends at the stationary
    distribution of ripening that the surface reaction limits
    (C. Wagner, Z. Elektrochem. 65 (1961) 581).

    Args:
        crystals: inorganic part of the dots [m, mol].
        bare: fraction of bare sites after the last wash [1].
        parameters: numbers and switches of the flask stage.
    """
    length, share = size_distribution(crystals)
    mean = float(share @ length)
    cohorts = float(share @ (length - mean) ** 2)
    ripened = -STATIONARY_VARIANCE * math.expm1(-crystals.ripening / STATIONARY_VARIANCE)
    variance = parameters.growth_spread**2 + parameters.ripening_variance * bare + ripened
    return math.sqrt(cohorts + mean**2 * variance)
