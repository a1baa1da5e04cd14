"""The surface of the dots: its sites, the exchange equilibrium of its ligands, and what protons and washing take.

Time under acid is counted as proton dose u = int k_b [H] dt, in which free amine decays as exp(-u): how fast acid mixes
drops out, and what is left is who gets the protons. That acid meets a surface at all before the amine has taken it is
kinetic; at equilibrium the pool of amine would absorb it and nothing would happen. What happens in time, mixing and
exchange, is :mod:`halodot.flask.kinetics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from halodot.errors import ConvergenceError
from halodot.flask.parameters import FlaskParameters
from halodot.states import ShellRecord, number, state

_ITERATIONS = 200


@state
class Surface:
    """Fractions of the sites; native + short + bare = 1, and bare holds vacant, stripped and halide-vacant sites."""

    native: float = number("1", "sites with a native ligand pair")
    short: float = number("1", "sites with the short ligand")
    bare: float = number("1", "sites without ligand")
    halide_vacancies: float = number("1", "bare sites that lost their halide, which no ligand can fill")
    stripped: float = number("1", "bare sites that acid opened and the short ligand can fill", default=0.0)
    repassivated: float = number("1", "covered sites that ammonium halide restored", default=0.0)

    @property
    def vacant(self) -> float:
        """Fraction of whole sites without ligand [1]."""
        return max(self.bare - self.halide_vacancies - self.stripped, 0.0)


def shell_record(where: str, surface: Surface) -> ShellRecord:
    """Return the ligand shell as a record of the step that left it.

    Args:
        where: the step, such as "recipe.pot[7]".
        surface: fractions of the sites.
    """
    return ShellRecord(
        where=where,
        coverage_native=surface.native,
        coverage_short=surface.short,
        coverage_bare=surface.bare,
        halide_vacancies=surface.halide_vacancies,
        stripped=surface.stripped,
    )


@state
class ProtonUptake:
    """Who took the protons of an amount of strong acid, and what they did to the surface of the dots."""

    proton_dose: float = number("1", "proton dose until the acid is used up, inf where it never is")
    stripped_fraction: float = number("1", "fraction of the native sites that protons cleared")
    open_fraction: float = number("1", "fraction of the sites that are open in the end")
    open_site_dose: float = number("1", "integral of the open fraction over the proton dose")
    to_amine: float = number("mol", "protons taken by free amine")
    to_pairs: float = number("mol", "protons taken by ion pairs")
    to_surface: float = number("mol", "protons taken by native sites")
    unreacted: float = number("mol", "acid that found no partner")


@state
class LigandBudget:
    """What the liquid and the dots hold together, for the surface to exchange."""

    short_ligand: float = number("mol", "protonated short ligand, free and bound")
    pairs: float = number("mol", "native ion pairs, free and bound")
    alkylammonium_halide: float = number("mol", "alkylammonium halide")
    volume: float = number("m3", "of the liquid")
    reservoir: bool  # free native pairs keep adsorbing and desorbing, as in a crude pot
    metal_salt: float = number(
        "mol", "halide of zinc, potassium and other metals, without cesium and lead", default=0.0
    )


def covered_by_pool(sites: float, budget: LigandBudget, parameters: FlaskParameters) -> Surface:
    """Return the surface of fresh dots in equilibrium with the ligands and the halide of the liquid.

    The Langmuir isotherm with depletion, 1 / (1 + K_L c_L) of the sites without ligand, beside halide vacancies
    v_0 / (1 + K_I c_I + K_M c_M): dots that form in a liquid without free halide lack some of it.

    Args:
        sites: surface sites of all dots [mol].
        budget: ligands of the pot [mol], as a reservoir.
        parameters: numbers and switches of the flask stage.

    Raises:
        ConvergenceError: the equilibrium was not found.
    """
    most = parameters.halide_poor_vacancies
    vacancies = most / (1.0 + vacancy_binding(budget, parameters))
    bare = Surface(native=0.0, short=0.0, bare=1.0, halide_vacancies=vacancies, repassivated=most - vacancies)
    return exchange_equilibrium(bare, 0.0, sites, budget, parameters)


def vacancy_binding(budget: LigandBudget, parameters: FlaskParameters) -> float:
    """Return filled over empty halide vacancies at equilibrium with the liquid [1], K_I c_I + K_M c_M.

    Args:
        budget: ammonium halide I and metal halide M of the liquid [mol] and its volume [m3].
        parameters: numbers and switches of the flask stage.
    """
    salts = parameters.iodide_healing * budget.alkylammonium_halide + parameters.metal_binding * budget.metal_salt
    return salts / budget.volume


def vacancy_fraction(cleared: float, open_site_dose: float, parameters: FlaskParameters) -> float:
    """Return the fraction of the sites that acid on open sites turns into halide vacancies.

    c (1 - exp(-d int o du / c)), with d the parameter ``damage`` and o the open fraction.

    Args:
        cleared: fraction c of the sites that acid cleared [1].
        open_site_dose: integral of the open fraction over the proton dose [1].
        parameters: numbers and switches of the flask stage.
    """
    if cleared <= 0.0:
        return 0.0
    return -cleared * math.expm1(-(parameters.damage * open_site_dose if parameters.damage else 0.0) / cleared)


def material_retained(uptake: ProtonUptake, parameters: FlaskParameters) -> float:
    """Return the fraction of the dots' material [1] that acid on open sites does not dissolve, exp(-e int o du).

    Args:
        uptake: proton uptake, with the dose of open sites [1].
        parameters: numbers and switches of the flask stage, with e the parameter ``etching`` [1].
    """
    return math.exp(-(parameters.etching * uptake.open_site_dose if parameters.etching else 0.0))


def exchange_equilibrium(
    surface: Surface, vacant: float, sites: float, budget: LigandBudget, parameters: FlaskParameters
) -> Surface:
    """Return the fractions of native, short and vacant sites in equilibrium with the liquid.

    With s = vacant fraction * K_L, t_L = s c_L and t_A = s K_x c_A; what is bound depletes both liquids, so that the
    sites F that are no halide vacancies obey F = x l / (1 + x) + x K_x a / (1 + K_x x) + x V / (K_L N) with x = s N / V
    and l, a the ligand per site. The last term, the vacancy itself, holds where a reservoir of native pairs keeps
    adsorbing; else the vacancy stays.

    Args:
        surface: fractions of the sites before [1]; its halide vacancies are final.
        vacant: fraction of sites without ligand that stays so where there is no reservoir [1].
        sites: surface sites N of all dots [mol].
        budget: ligands that liquid and dots hold together [mol].
        parameters: numbers and switches of the flask stage.

    Raises:
        ConvergenceError: no root within 200 steps.
    """
    constant = parameters.exchange_constant
    native, short = budget.pairs / sites, budget.short_ligand / sites
    vacancy = budget.volume / (parameters.native_binding * sites) if budget.reservoir else 0.0
    held = 1.0 - surface.halide_vacancies - (0.0 if budget.reservoir else vacant)

    def balance(x: float) -> tuple[float, float]:
        free, free_short = 1.0 / (1.0 + x), 1.0 / (1.0 + constant * x)
        missing = held - x * (native * free + constant * short * free_short + vacancy)
        return missing, native * free * free + constant * short * free_short * free_short + vacancy

    if vacancy == 0.0 and native + short <= held * (1.0 + 1e-12):
        return replace(surface, native=native, short=short, bare=max(1.0 - native - short, 0.0))
    x = _concave_root(balance, held) if held > 0.0 else 0.0
    native *= x / (1.0 + x)
    short *= constant * x / (1.0 + constant * x)
    return replace(surface, native=native, short=short, bare=max(1.0 - native - short, 0.0))


def _concave_root(missing_and_slope: Callable[[float], tuple[float, float]], scale: float) -> float:
    """Return the root of a rising concave function from 0 up, by Newton's method, which cannot pass it."""
    x = 0.0
    for _ in range(_ITERATIONS):
        missing, slope = missing_and_slope(x)
        step = missing / slope
        x += step
        if abs(step) <= 1e-13 * x or abs(missing) <= 4e-15 * scale:
            return x
    raise ConvergenceError(
        "The exchange equilibrium of the ligands did not converge; check the amounts of amine, carboxylic acid and "
        "short ligand."
    )


def wash(surface: Surface, ratio: float, parameters: FlaskParameters) -> Surface:
    """Return the surface after antisolvent took ligands: each coverage falls as exp(-w V_antisolvent / V_dispersion).

    Args:
        surface: fractions of the sites before [1].
        ratio: volumes of antisolvent per volume of dispersion [1].
        parameters: numbers and switches of the flask stage.
    """
    native = surface.native * math.exp(-parameters.native_wash_loss * ratio)
    short = surface.short * math.exp(-parameters.exchanged_wash_loss * ratio)
    return replace(surface, native=native, short=short, bare=max(1.0 - native - short, 0.0))
