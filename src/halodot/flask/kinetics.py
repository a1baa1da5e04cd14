"""The surface of the dots in time: an acid that mixes in, then adsorption, exchange and repassivation.

Its limits have closed forms: acid that mixes in before the liquid can heal, and the exchange equilibrium of
:mod:`halodot.flask.surface` for a dispersion that stands for ever.
"""

from __future__ import annotations

import math
from dataclasses import replace

from halodot.constants import GAS_CONSTANT
from halodot.errors import ConvergenceError
from halodot.flask.acid_base import Pool
from halodot.flask.ligand_exchange import ExchangeRates, integrate_exchange
from halodot.flask.parameters import FlaskParameters
from halodot.flask.proton_uptake import Reactants, SiteFractions, UptakeRates, inject_acid
from halodot.flask.surface import LigandBudget, ProtonUptake, Surface, vacancy_binding, vacancy_fraction
from halodot.states import number, state

#: slices of an acid that mixes in, and steps of the exchange; doubling either moves a coverage by less than 1e-4
SLICES = 32
STEPS = 12
_REFERENCE_TEMPERATURE = 373.15  # K, where the rate constants are defined


@state
class AcidInjection:
    """A strong acid that is injected into the pot, and the short ligand around the dots."""

    acid: float = number("mol", "free strong acid")
    ligand: float = number("mol", "dissolved short ligand, on dots and off, once all has arrived")
    carried: float = number("mol", "the part of it that arrives with the acid")
    volume: float = number("m3", "of the liquid after it")
    temperature: float = number("K", "of the liquid")


def arrhenius_factor(temperature: float, parameters: FlaskParameters) -> float:
    """Return the rate of adsorption and exchange over that at 100 degC [1], exp(-E/R (1/T - 1/T_ref)).

    Args:
        temperature: T [K].
        parameters: numbers and switches of the flask stage, with the activation energy E [J/mol].
    """
    inverse = 1.0 / temperature - 1.0 / _REFERENCE_TEMPERATURE
    return math.exp(-parameters.surface_activation / GAS_CONSTANT * inverse)


def add_acid(
    surface: Surface, injection: AcidInjection, sites: float, pool: Pool, parameters: FlaskParameters,
    slices: int = SLICES,
) -> tuple[Surface, ProtonUptake]:  # fmt: skip
    """Let a strong acid mix in and react with the dots and the amine around them.

    d(unmixed)/dt = -unmixed / tau. Mixed acid finds a partner at once: dB/du = -B, dP/du = -rho P, dn/du = -r n,
    do/du = r n - h o (free amine B, ion pairs P, native fraction n, open fraction o), u the proton dose that uses it
    up. h is the healing ratio times the short ligand per acid of the same injection; what has mixed before fills open
    sites in time, do/dt = -k_a c_A o.

    Args:
        surface: fractions of the sites before the acid [1].
        injection: amounts [mol], volume [m3] and temperature [K].
        sites: surface sites of all dots [mol].
        pool: the amine and ion pairs around the dots [mol].
        parameters: numbers and switches of the flask stage.
        slices: number of equal portions in which the acid mixes in.

    Returns:
        The surface after it and the uptake of the protons; sites, protons and ligand are conserved.

    Raises:
        ConvergenceError: the balance of protons was not solved.
    """
    filling = parameters.adsorption_rate * arrhenius_factor(injection.temperature, parameters) / injection.volume
    after, found = inject_acid(
        SiteFractions(surface.native, surface.short, surface.stripped, surface.vacant),
        Reactants(injection.acid, pool.free_amine, pool.pairs, injection.ligand, injection.carried, sites),
        UptakeRates(
            selectivity=parameters.proton_selectivity,
            sink=parameters.ion_pair_sink,
            healing=parameters.healing_ratio,
            filling=filling,
            mixing_time=parameters.mixing_time,
        ),
        slices,
    )
    if math.isnan(found.dose):
        raise ConvergenceError(
            f"The balance of protons between {injection.acid * 1e3:.3g} mmol of strong acid, the amine and the dots "
            "did not converge."
        )
    cleared = found.to_surface / sites
    uptake = ProtonUptake(
        proton_dose=found.dose,
        stripped_fraction=min(cleared / surface.native, 1.0) if surface.native > 0.0 else 0.0,
        open_fraction=after.stripped + after.vacant,
        open_site_dose=found.open_dose,
        to_amine=found.to_amine,
        to_pairs=found.to_pairs,
        to_surface=found.to_surface,
        unreacted=found.unreacted,
    )
    return _with_vacancies(surface, after, vacancy_fraction(cleared, found.open_dose, parameters)), uptake


def _with_vacancies(before: Surface, after: SiteFractions, vacancies: float) -> Surface:
    """The surface after acid, its new halide vacancies first on stripped sites, then on those filled meanwhile."""
    on_stripped = min(vacancies, after.stripped)
    on_filled = min(vacancies - on_stripped, max(after.short - before.short, 0.0))
    short = after.short - on_filled
    return replace(
        before,
        native=after.native,
        short=short,
        bare=max(1.0 - after.native - short, 0.0),
        halide_vacancies=before.halide_vacancies + on_stripped + on_filled,
        stripped=after.stripped - on_stripped,
    )


def exchange_ligands(
    surface: Surface, sites: float, budget: LigandBudget, duration: float, temperature: float,
    parameters: FlaskParameters,
) -> Surface:  # fmt: skip
    """Return the surface of a dispersion after its ligands adsorbed, desorbed and exchanged for a time.

    Short ligand fills stripped sites, dw/dt = -k_a c_A w, and that share of the halide vacancies which its class can.
    Halide salts restore stripped sites and halide vacancies x, which then hold native pairs, up to their equilibrium:
    dx/dt = -(k_f / K_I) (b x - (W - x)), with W all that was opened and b = K_I c_I + K_M c_M. On the rest
    dn/dt = k_a (c_L v - n / K_L) - k_x (c_A n - s c_L / K_x) and ds/dt = k_a (c_A v - s / (K_L K_x)) + k_x (...) for
    native n, short s and vacant v; without a reservoir of native pairs vacant sites only take short ligand.

    Args:
        surface: fractions of the sites before [1].
        sites: surface sites N of all dots [mol].
        budget: ligands and halide that liquid and dots hold together [mol].
        duration: [s].
        temperature: [K].
        parameters: numbers and switches of the flask stage.

    Raises:
        ConvergenceError: a step was not solved.
    """
    if not duration > 0.0 or not sites > 0.0:
        return surface
    factor = arrhenius_factor(temperature, parameters)
    surface = _repassivate(surface, sites, budget, duration, factor, parameters)
    adsorption = factor * parameters.adsorption_rate * sites / budget.volume
    desorption = factor * parameters.adsorption_rate / parameters.native_binding if budget.reservoir else 0.0
    rates = ExchangeRates(
        sites=1.0 - surface.halide_vacancies - surface.stripped,
        pairs=max(budget.pairs / sites, surface.native),
        ligand=max(budget.short_ligand / sites, surface.short),
        exchange=factor * parameters.exchange_rate * sites / budget.volume,
        exchange_constant=parameters.exchange_constant,
        pair_adsorption=adsorption if budget.reservoir else 0.0,
        pair_desorption=desorption,
        ligand_adsorption=adsorption,
        ligand_desorption=desorption / parameters.exchange_constant,
    )
    native, short, solved = integrate_exchange(surface.native, surface.short, duration, rates, STEPS)
    if not solved:
        raise ConvergenceError(
            f"The exchange of ligands over {duration:.3g} s at {temperature - 273.15:.0f} degC did not converge; check "
            "the rates of exchange and adsorption (flask.exchange_rate, flask.adsorption_rate)."
        )
    return replace(surface, native=native, short=short, bare=max(1.0 - native - short, 0.0))


def _repassivate(
    surface: Surface, sites: float, budget: LigandBudget, duration: float, factor: float, parameters: FlaskParameters
) -> Surface:
    """Fill stripped sites and halide vacancies by short ligand, then what is left of both by halide salts."""
    surface = _fill_by_ligand(surface, sites, budget, duration, factor, parameters)
    open_fraction = surface.stripped + surface.halide_vacancies
    if not open_fraction > 0.0:
        return surface
    bound = vacancy_binding(budget, parameters)
    least = (open_fraction + surface.repassivated) / (1.0 + bound)
    rate = factor * parameters.filling_rate * (1.0 + bound) / parameters.iodide_healing
    filled = -max(open_fraction - least, 0.0) * math.expm1(-rate * duration)
    salts = budget.alkylammonium_halide + budget.metal_salt
    filled = min(filled, max((budget.pairs + salts) / sites - surface.native, 0.0))
    part = 1.0 - filled / open_fraction
    return _changed(
        surface,
        surface.native + filled,
        surface.short,
        part * surface.stripped,
        part * surface.halide_vacancies,
        filled,
    )


def _fill_by_ligand(
    surface: Surface, sites: float, budget: LigandBudget, duration: float, factor: float, parameters: FlaskParameters
) -> Surface:
    """Fill stripped sites, and the halide vacancies that it can, by the short ligand that is free."""
    free = max(budget.short_ligand - sites * surface.short, 0.0)
    fillable = surface.stripped + parameters.vacancy_filling * surface.halide_vacancies
    if not (fillable > 0.0 and free > 0.0):
        return surface
    rate = parameters.adsorption_rate * factor * free / budget.volume
    closed = min(-fillable * math.expm1(-rate * duration), free / sites) / fillable
    stripped = (1.0 - closed) * surface.stripped
    vacancies = (1.0 - closed * parameters.vacancy_filling) * surface.halide_vacancies
    return _changed(surface, surface.native, surface.short + closed * fillable, stripped, vacancies, 0.0)


def _changed(
    surface: Surface, native: float, short: float, stripped: float, vacancies: float, repassivated: float
) -> Surface:
    """The surface with other fractions, and so much more of it restored by halide."""
    return replace(
        surface,
        native=native,
        short=short,
        bare=max(1.0 - native - short, 0.0),
        halide_vacancies=vacancies,
        stripped=stripped,
        repassivated=surface.repassivated + repassivated,
    )
