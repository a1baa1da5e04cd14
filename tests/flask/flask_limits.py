"""Closed forms that the flask stage reaches in its limits, and the mass that it keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping

from halodot.flask.acid_base import Pool
from halodot.flask.parameters import FlaskParameters
from halodot.flask.proton_uptake import NEGLIGIBLE_ACID, exponential_decay, open_sites, proton_dose
from halodot.flask.surface import LigandBudget, ProtonUptake, Surface, exchange_equilibrium, vacancy_fraction
from halodot.flask.vessel import PRODUCT_MASSES, Vessel
from halodot.states import Chemical, replaced


def total_mass(vessel: Vessel, chemicals: Mapping[str, Chemical]) -> float:
    """Return the mass [kg] of everything in a vessel and of the vapour that left it."""
    masses = PRODUCT_MASSES | {name: chemical.molar_mass for name, chemical in chemicals.items()}
    amounts = list(vessel.contents.items()) + list(vessel.gas.items())
    return vessel.impurities + math.fsum(amount * masses[name] for name, amount in amounts)


def ion_pairs(amine: float, acid: float, volume: float, constant: float) -> float:
    """Return the amount of ion pairs [mol] of an amine and a carboxylic acid alone in a hydrocarbon.

    K = x V / ((a - x) (b - x)) for RNH2 + R'COOH = [RNH3 OOCR'], the smaller root, written without cancellation.

    Args:
        amine: in both forms [mol].
        acid: in both forms [mol].
        volume: of the liquid [m3].
        constant: association constant K [m3/mol].
    """
    if amine <= 0.0 or acid <= 0.0 or volume <= 0.0:
        return 0.0
    dissociation = volume / constant
    half = 0.5 * (amine + acid + dissociation)
    return amine * acid / (half + math.sqrt(max(half * half - amine * acid, 0.0)))


def uptake_without_filling(
    surface: Surface, acid: float, short_ligand: float, sites: float, pool: Pool, parameters: FlaskParameters
) -> ProtonUptake:
    """Return the uptake of a strong acid that mixes in before the liquid fills any site.

    dB/du = -B, dP/du = -rho P, dn/du = -r n, do/du = r n - h o (free amine B, ion pairs P, native fraction n, open
    fraction o), with h the healing ratio times the short ligand per acid; all four have closed forms.

    Args:
        surface: before the acid.
        acid: free strong acid [mol].
        short_ligand: dissolved short ligand that arrives with it [mol].
        sites: surface sites of all dots [mol].
        pool: the amine and ion pairs around the dots.
        parameters: of the flask stage.
    """
    r, rho = parameters.proton_selectivity, parameters.ion_pair_sink
    native_sites = sites * surface.native
    dose = proton_dose(acid, pool.free_amine, pool.pairs, native_sites, rho, r)
    assert not math.isnan(dose)
    stripped = -math.expm1(-_times(r, dose))
    to_amine = -pool.free_amine * math.expm1(-dose)
    to_pairs = -pool.pairs * math.expm1(-_times(rho, dose))
    to_surface = native_sites * stripped
    healing = parameters.healing_ratio * short_ligand / acid if acid > NEGLIGIBLE_ACID else 0.0
    opened, integral = open_sites(r, healing, dose)
    vacant = surface.bare - surface.halide_vacancies
    kept_open, vacant_integral = exponential_decay(healing, dose)
    return ProtonUptake(
        proton_dose=dose,
        stripped_fraction=stripped,
        open_fraction=surface.native * opened + vacant * kept_open,
        open_site_dose=_times(surface.native, integral) + _times(vacant, vacant_integral),
        to_amine=to_amine,
        to_pairs=to_pairs,
        to_surface=to_surface,
        unreacted=max(acid - to_amine - to_pairs - to_surface, 0.0) if math.isinf(dose) else 0.0,
    )


def _times(factor: float, dose: float) -> float:
    """The product, 0 where the factor is 0 even if the dose is infinite."""
    return factor * dose if factor else 0.0


def surface_at_equilibrium(
    surface: Surface, uptake: ProtonUptake, sites: float, budget: LigandBudget, parameters: FlaskParameters
) -> Surface:
    """Return the surface after open sites were filled and both ligands found their exchange equilibrium.

    Short ligand fills open sites one for one. Protons on open sites leave halide vacancies that it cannot fill; of
    these and of sites left open, alkylammonium iodide restores K c / (1 + K c) as native pairs.

    Args:
        surface: before the acid.
        uptake: of the acid.
        sites: surface sites of all dots [mol].
        budget: what liquid and dots hold after the acid.
        parameters: of the flask stage.
    """
    cleared = surface.native * uptake.stripped_fraction
    supply = max(budget.short_ligand / sites - surface.short, 0.0)
    vacancies = vacancy_fraction(cleared, uptake.open_site_dose, parameters)
    open_vacant = min(surface.bare - surface.halide_vacancies, uptake.open_fraction)
    open_cleared = uptake.open_fraction - open_vacant
    unfilled = max(open_cleared - supply, 0.0)
    iodide = parameters.iodide_healing * budget.alkylammonium_halide / budget.volume
    lasting = surface.halide_vacancies + min(vacancies + unfilled, cleared) / (1.0 + iodide)
    vacant = max(open_vacant - max(supply - open_cleared, 0.0), 0.0)
    return exchange_equilibrium(replaced(surface, halide_vacancies=lasting), vacant, sites, budget, parameters)


def equal_cube_growth(fraction: float, distance: float) -> float:
    """Return x after dx/ds = 1 - x^3 ran from ``fraction`` over ``distance``.

    The growth of equal, covered cubes of an insoluble salt, x = L / L_full. The antiderivative
    F(x) = -ln(1-x)/3 + ln(1+x+x^2)/6 + atan((2x+1)/sqrt 3)/sqrt 3 is inverted by Newton's method in y = -ln(1-x), in
    which it is concave, so that the iteration from below cannot pass the root.
    """
    if distance <= 0.0 or fraction >= 1.0:
        return fraction
    wanted = _antiderivative(-math.log1p(-fraction)) + distance
    y = -math.log1p(-fraction)
    for _ in range(100):
        x = -math.expm1(-y)
        step = (_antiderivative(y) - wanted) * (1.0 + x + x * x)
        y -= step
        if abs(step) <= 1e-13 * max(y, 1.0):
            return -math.expm1(-y)
    raise AssertionError("no root within 100 steps")


def _antiderivative(y: float) -> float:
    x = -math.expm1(-y)
    root = math.sqrt(3.0)
    return y / 3.0 + math.log(1.0 + x + x * x) / 6.0 + math.atan((2.0 * x + 1.0) / root) / root
