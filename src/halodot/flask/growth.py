"""How large the dots become: a burst of nuclei, growth from the monomer left, arrest, etching, ripening, and iodide.

The population is a set of cohorts that move along the characteristics of dn/dt + d(G n)/dL = B delta(L - L*): each
keeps its number while its edge grows, so that numbers are conserved, and what is not in the dots is in the liquid.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from halodot.constants import AVOGADRO, GAS_CONSTANT
from halodot.errors import ConvergenceError, ValidityError
from halodot.flask.growth_ode import Cohorts, GrowthParameters, etch_depth, integrate_growth
from halodot.flask.heat import TemperatureSegment
from halodot.flask.parameters import FlaskParameters
from halodot.states import Array, array, number, state

BINS = 300
#: error of the edge length that a step of growth may make, relative to a nucleus; it moves the mean by 1e-5 at most
TOLERANCE = 1e-6
_SHORTEST = 1e-9  # s, in which nothing grows
#: pot temperatures at which hot injection gives perovskite dots at all, K
NUCLEATION_RANGE = (353.15, 523.15)


@state
class Crystals:
    """The inorganic part of the dots, as cohorts in the order of their birth."""

    length: Array = array("m", "cohort")  # edge length
    dots: Array = array("mol", "cohort")  # dots
    birth: Array = array("s", "cohort")  # after the first nuclei
    born: int  # cohorts that exist
    nucleus: float = number("m", "edge length of a nucleus")
    clock: float = number("s", "time since the first nuclei")
    monomer: float = number("mol", "CsPbI3 in the dots and in solution")
    lost: float = number("mol", "CsPbI3 that acid or iodide took out of reach", default=0.0)
    dissolved: float = number("mol", "dots that dissolved", default=0.0)


def nucleate(perovskite: float, hot: float, nuclei: float, parameters: FlaskParameters, bins: int = BINS) -> Crystals:
    """Return the nuclei of a burst, the first of them born.

    They appear as 1 - exp(-t / tau), in cohorts of equal number. Cubes that share all monomer would have
    L^3 = V_m / (N_A y), with y nuclei per formula unit.

    Args:
        perovskite: amount of CsPbI3 that the limiting ion allows [mol].
        hot: temperature of the pot [K].
        nuclei: nuclei y per formula unit that the limiting ion allows [1].
        parameters: numbers and switches of the flask stage.
        bins: number of cohorts.

    Raises:
        ValidityError: too cold or too hot for a burst of perovskite nuclei.
    """
    low, high = NUCLEATION_RANGE
    if not low <= hot <= high:
        raise ValidityError(
            f"Cesium meets lead at {hot - 273.15:.0f} degC; the growth model holds for hot injection between "
            f"{low - 273.15:.0f} and {high - 273.15:.0f} degC."
        )
    nucleus = min(parameters.nucleus_length, full_length(nuclei, parameters))
    quantile = (np.arange(bins) + 0.5) / bins
    quantile[0] = 0.0
    return Crystals(
        length=np.full(bins, nucleus),
        dots=np.full(bins, nuclei * perovskite / bins),
        birth=-parameters.nucleation_time * np.log1p(-quantile),
        born=1,
        nucleus=nucleus,
        clock=0.0,
        monomer=perovskite,
    )


def full_length(nuclei: float, parameters: FlaskParameters) -> float:
    """Return the edge length [m] of equal dots that share all monomer, with nuclei [1] per formula unit."""
    return float((parameters.formula_volume / (AVOGADRO * nuclei)) ** (1.0 / 3.0))


def nuclei_for(length: float, parameters: FlaskParameters) -> float:
    """Return the nuclei [1] per formula unit with which equal dots that share all monomer have an edge length [m]."""
    return parameters.formula_volume / (AVOGADRO * length**3)


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
    capillary = 4.0 * parameters.bare_surface_energy * bare * parameters.formula_volume / GAS_CONSTANT
    law = GrowthParameters(
        start_temperature=segment.start,
        bath_temperature=segment.bath,
        cooling_time=segment.time_constant,
        growth_constant=parameters.growth_constant * growing,
        growth_activation=parameters.growth_activation,
        solubility=parameters.solubility,
        solubility_enthalpy=parameters.solubility_enthalpy,
        capillary=capillary,
        monomer=crystals.monomer,
        formula_volume=parameters.formula_volume / AVOGADRO,
        volume=volume,
    )
    length, amount = crystals.length.copy(), crystals.dots.copy()
    cohorts = Cohorts(length, amount, crystals.birth)
    born, dissolved, steps = integrate_growth(
        cohorts, crystals.born, crystals.clock, segment.duration, law, crystals.nucleus, TOLERANCE
    )
    if steps < 0:
        raise ConvergenceError(
            f"The growth of the dots over {segment.duration:.3g} s was not solved within the allowed number of steps; "
            "check flask.growth_constant and flask.solubility."
        )
    return replace(
        crystals,
        length=length,
        dots=amount,
        born=born,
        clock=crystals.clock + segment.duration,
        dissolved=crystals.dissolved + dissolved,
    )


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


def shrink_by_iodide(crystals: Crystals, activity_ratio: float, parameters: FlaskParameters) -> Crystals:
    """Return the dots after ammonium iodide was added, L ~ a^-p; what they lose stays in solution as complexes.

    Less iodide than before leaves them as they are: nothing is there to grow from. The form of the size equilibrium
    with halide of Dong et al. 2018, doi:10.1021/acs.nanolett.8b00861.

    Args:
        crystals: inorganic part of the dots before it [m, mol].
        activity_ratio: concentration of alkylammonium iodide after over before [1].
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


def amount_in_dots(crystals: Crystals, parameters: FlaskParameters) -> float:
    """Return the CsPbI3 in all dots [mol]."""
    born = slice(crystals.born)
    return float(crystals.dots[born] @ crystals.length[born] ** 3) * AVOGADRO / parameters.formula_volume


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


def edge_length_spread(edge_length: float, bare: float, parameters: FlaskParameters) -> float:
    """Return the standard deviation of the edge length in micrographs [m].

    (s/L)^2 = s_0^2 + b t_0: a covered dot does not ripen or fuse, a bare fraction t_0 lets it. Wider than the
    distribution of :func:`size_distribution`, since shape, projection and measurement add to it.

    Args:
        edge_length: mean [m].
        bare: fraction of bare sites after the last wash [1].
        parameters: numbers and switches of the flask stage.
    """
    return edge_length * math.sqrt(parameters.growth_spread**2 + parameters.ripening_variance * bare)
