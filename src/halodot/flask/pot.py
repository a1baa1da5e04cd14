"""The procedure up to the cold crude solution: stocks, the pot, its temperature, and the dots in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field, replace

from halodot.errors import ValidityError
from halodot.flask.acid_base import Pool, neutralise, pool_before_acid
from halodot.flask.amounts import Totals, totals
from halodot.flask.colloid import (
    Colloid,
    Medium,
    age_dispersion,
    bound_pairs,
    injection_of,
    low_coverage,
    react,
    with_crystals,
)
from halodot.flask.growth import (
    BINS,
    Crystals,
    Seed,
    amount_of_dots,
    grow,
    nucleate,
    nuclei_for,
    shrink_by_halide,
    surface_sites,
)
from halodot.flask.halides import exchange_anions, formula_volume
from halodot.flask.heat import TemperatureSegment, boil_off, cooling, isothermal, split, temperature, volatile
from halodot.flask.nucleation import ExpectedLength, expected_edge_length, nucleation_conditions
from halodot.flask.parameters import FlaskParameters
from halodot.flask.phases import INJECTION_RANGE, Nucleated, nucleated
from halodot.flask.surface import LigandBudget, covered_by_pool, shell_record
from halodot.flask.vessel import (
    PORTIONS,
    ROOM_TEMPERATURE,
    WATER,
    Vessel,
    charge,
    dispense,
    dry,
    hydrolyse,
    merge,
    part_of,
    take,
)
from halodot.perovskite import PerovskiteParameters, shares
from halodot.states import Chemical, Recipe, ShellRecord, Step, number, state

#: parts of a temperature segment in which surface and size of dots change together, and in which little changes
PARTS, QUIET_PARTS = 8, 3


@state
class PotRecord:
    """The pot as a thermometer and a measuring glass see it."""

    time: float = number("s", "since the first step")
    temperature: float = number("K")
    volume: float = number("m3", "liquids only")
    polar_volume: float = number("m3", "the part of it that is polar")
    water: float = number("mol", "in the liquid")


@state
class Pot:
    """The pot at one moment, the stocks that are left, and the dots once there are any."""

    vessel: Vessel
    stocks: Mapping[str, Vessel]
    chemicals: Mapping[str, Chemical]
    colloid: Colloid | None = None
    volatile: tuple[str, ...] = ()  # solvents injected above their boiling point
    history: tuple[PotRecord, ...] = ()
    expected: ExpectedLength | None = None  # edge length, from the pot in which the dots nucleated
    nucleated: Nucleated | None = None  # phase and shape of the dots
    perovskite: PerovskiteParameters | None = None  # numbers of the cesium lead halides
    first_halides: Mapping[str, float] = field(default_factory=dict)  # share of Cl, Br, I in the dots at first
    bins: int = BINS  # of the sizes of dots
    shell: tuple[ShellRecord, ...] = ()  # of the dots, after each step

    @property
    def totals(self) -> Totals:
        """Analytical amounts of the vessel [mol]."""
        return totals(self.vessel, self.chemicals)


def make_stocks(recipe: Recipe, parameters: FlaskParameters) -> dict[str, Vessel]:
    """Return the stock solutions ready for use, by name."""
    named = {step.material for step in (*recipe.pot, *recipe.work_up)}
    made = {name: steps for name, steps in recipe.stocks.items() if name in named}
    return {name: _stock(steps, recipe.chemicals, parameters) for name, steps in made.items()}


def _stock(steps: tuple[Step, ...], chemicals: Mapping[str, Chemical], parameters: FlaskParameters) -> Vessel:
    vessel = Vessel()
    for step in steps:
        if step.material:
            vessel = charge(vessel, step, chemicals, parameters.equivalents_reading, steps)
        if step.kind == "dry":
            vessel = dry(vessel)
        if step.kind in _TREATMENTS and math.isfinite(step.temperature):
            vessel = replace(vessel, temperature=step.temperature)
    return hydrolyse(neutralise(vessel, chemicals), chemicals, parameters.ester_hydrolysed)


def run_pot(
    recipe: Recipe, parameters: FlaskParameters, perovskite: PerovskiteParameters | None = None, bins: int = BINS
) -> Pot:
    """Follow the pot through its steps.

    Args:
        recipe: procedure that passed :func:`halodot.flask.amounts.check_validity`.
        parameters: numbers and switches of the flask stage.
        perovskite: numbers of the cesium lead halides, None where ``parameters`` have the formula volume.
        bins: number of size classes of the dots.

    Returns:
        The pot after its last step; a decomposition does not stop the steps, only the dots.

    Raises:
        ValidityError: no dots can form, acid is in the pot before them, or more monomer is added after them.
    """
    stocks = make_stocks(recipe, parameters)
    pot = Pot(vessel=Vessel(), stocks=stocks, chemicals=recipe.chemicals, perovskite=perovskite, bins=bins)
    for step in recipe.pot:
        if step.material:
            pot = _add_reagent(pot, step, recipe, parameters)
        if step.kind in _TREATMENTS:
            pot = _TREATMENTS[step.kind](pot, step, parameters)
        if pot.colloid is not None:
            pot = replace(pot, shell=(*pot.shell, shell_record(step.where, pot.colloid.surface)))
    if pot.colloid is None:
        raise ValidityError(_missing(pot))
    return pot


def _missing(pot: Pot) -> str:
    amounts = pot.totals
    if amounts.perovskite > 0.0:
        if not pot.vessel.volume > 0.0:
            return "The pot holds no liquid in which dots could form."
        return "The pot holds no acid, amine or phosphine, without which no lead dissolves in a hydrocarbon; add some."
    present = {"lead": amounts.lead, "cesium": amounts.cesium, "halide": amounts.halide}
    missing = " and no ".join(ion for ion, amount in present.items() if amount <= 0.0)
    return f"No cesium lead halide can form: the pot holds no {missing}."


def _add_reagent(pot: Pot, step: Step, recipe: Recipe, parameters: FlaskParameters) -> Pot:
    """The pot after a reagent, in portions where it reaches dots over a time, else at once before that time."""
    added, stocks = _draw_reagent(pot, step, recipe, parameters)
    portions = PORTIONS if step.addition_time > 0.0 and pot.colloid is not None else 1
    pot = replace(pot, stocks=stocks)
    for _ in range(portions):
        pot = _mix_in(pot, part_of(added, 1.0 / portions) if portions > 1 else added, recipe, parameters)
        pot = _wait(pot, step.addition_time / portions, parameters)
    return pot


def _mix_in(pot: Pot, added: Vessel, recipe: Recipe, parameters: FlaskParameters) -> Pot:
    hot = pot.vessel.temperature
    merged = merge(pot.vessel, added)
    merged = neutralise(merged, recipe.chemicals) if pot.colloid is None else merged
    vessel = boil_off(merged, added.contents, hot, recipe.chemicals, parameters)
    boiling = tuple(chemical.name for chemical in volatile(added.contents, hot, recipe.chemicals))
    after = _recorded(replace(pot, vessel=vessel, volatile=pot.volatile + boiling))
    if pot.colloid is not None:
        _refuse_more_monomer(pot, after, added)
        return _react(after, pot, added, parameters)
    amounts = after.totals
    ready = amounts.perovskite > 0.0 and amounts.dissolved_lead(parameters.ligands_per_lead) > 0.0
    if ready and after.vessel.volume > 0.0:  # salts that are dry or do not dissolve wait
        return _form_dots(after, hot, parameters)
    return after


def _refuse_more_monomer(before: Pot, after: Pot, added: Vessel) -> None:
    brought = totals(added, after.chemicals)
    more = after.totals.perovskite > before.totals.perovskite
    if more and (brought.cesium > 0.0 or brought.lead > 0.0):
        raise ValidityError("More cesium or lead is added to dots; the growth model knows one hot injection only.")


def _draw_reagent(
    pot: Pot, step: Step, recipe: Recipe, parameters: FlaskParameters
) -> tuple[Vessel, Mapping[str, Vessel]]:
    """What a step puts into the pot, and the stocks that are left."""
    if step.material in pot.stocks:
        drawn, left = take(pot.stocks[step.material], step.volume, step.material)
        return drawn, dict(pot.stocks) | {step.material: left}
    reading = parameters.equivalents_reading
    return dispense(step, recipe.chemicals, reading, pot.vessel.contents, recipe.pot), pot.stocks


def _form_dots(pot: Pot, hot: float, parameters: FlaskParameters) -> Pot:
    """The pot with nuclei; the law of their number knows the temperature ``hot`` before the injection [K]."""
    amounts = pot.totals
    if amounts.strong_acid > 0.0:
        raise ValidityError(
            f"{amounts.strong_acid * 1e3:.3g} mmol of strong acid that no amine takes up are in the pot before the dots"
            " are; the model knows free acid only after hot injection of cesium. Put in as much amine, or its halide."
        )
    dissolved = amounts.dissolved_lead(parameters.ligands_per_lead)
    conditions = nucleation_conditions(pot.vessel, pot.chemicals)
    conditions = replace(conditions, temperature=max(hot, pot.vessel.temperature), lead=dissolved)
    made, expected = nucleated(conditions), expected_edge_length(conditions, parameters)
    halides = shares(amounts.halides)
    volume = formula_volume(halides, pot.perovskite, parameters)
    seed = Seed(min(amounts.perovskite, dissolved), volume, halides, pot.vessel.temperature)
    crystals = nucleate(seed, nuclei_for(expected.length, volume), parameters, pot.bins)
    budget = LigandBudget(
        short_ligand=amounts.ligand,
        pairs=pool_of(pot, parameters).pairs,
        alkylammonium_halide=alkylammonium_halide(pot, parameters),
        volume=pot.vessel.volume,
        reservoir=True,
        metal_salt=amounts.metal_salt,
    )
    sites = surface_sites(crystals, parameters)
    surface = covered_by_pool(sites, budget, parameters)
    colloid = Colloid(
        crystals=crystals,
        surface=surface,
        reason=made.reason
        or low_coverage(
            surface, "a pot without enough ion pairs of amine and carboxylic acid or of another ligand", parameters
        ),
        zwitterion=amounts.amino_acid,
        short_ligand=max(amounts.ligand - sites * surface.short, 0.0),
    )
    return replace(pot, colloid=colloid, expected=expected, nucleated=made, first_halides=halides)


def _react(pot: Pot, before: Pot, added: Vessel, parameters: FlaskParameters) -> Pot:
    colloid = pot.colloid
    if colloid is None or colloid.reason:
        return pot
    injection = injection_of(added, pot.chemicals, pot.vessel.volume, pot.vessel.temperature)
    after, _ = react(colloid, injection, pool_of(pot, parameters), parameters)
    if after.reason is None:
        exchanged = exchange_anions(after.crystals, shares(pot.totals.halides), pot.perovskite)
        after = after if exchanged is after.crystals else with_crystals(after, exchanged, parameters)
    hot = before.vessel.temperature >= INJECTION_RANGE[0]
    if after.reason is None and hot and "iodide" in parameters.size_causes:
        was = alkylammonium_halide(before, parameters) / before.vessel.volume
        now = alkylammonium_halide(replace(pot, colloid=after), parameters) / pot.vessel.volume
        if was > 0.0 and now > 0.0:
            after = with_crystals(after, shrink_by_halide(after.crystals, now / was, parameters), parameters)
    return replace(pot, colloid=after)


def alkylammonium_halide(pot: Pot, parameters: FlaskParameters) -> float:
    """Return the alkylammonium halide [mol]: of acids and of salts all, of metal salts what the amine holds.

    That is a share of the halide that the dots leave, so that a pot with no more of it than they need holds none.
    """
    amounts = pot.totals
    left = max(amounts.metal_halide - 3.0 * amounts.perovskite, 0.0)
    of_metals = min(parameters.ammonium_iodide_share * left, amounts.amine - amounts.ammonium_halide)
    return of_metals + amounts.salt_halide + (pot.colloid.acid_halide if pot.colloid else 0.0)


def pool_of(pot: Pot, parameters: FlaskParameters) -> Pool:
    """Return free amine and free ion pairs of the pot as it is; pairs on the dots are not free.

    An ion pair that a proton took from a dot has left its ammonium as the salt of the strong acid.
    """
    colloid = pot.colloid
    absorbed = colloid.to_amine + colloid.to_surface if colloid else 0.0
    pool = pool_before_acid(pot.totals, pot.vessel.volume, absorbed, parameters)
    return replace(pool, pairs=max(pool.pairs - bound_pairs(colloid, parameters), 0.0))


def _recorded(pot: Pot, elapsed: float = 0.0) -> Pot:
    """The pot with its present state at the end of its history."""
    vessel = pot.vessel
    now = PotRecord(
        time=(pot.history[-1].time if pot.history else 0.0) + elapsed,
        temperature=vessel.temperature,
        volume=vessel.volume,
        polar_volume=vessel.polar_volume,
        water=vessel.contents.get(WATER, 0.0),
    )
    return replace(pot, history=(*pot.history, now))


def _wait(pot: Pot, duration: float, parameters: FlaskParameters) -> Pot:
    return _follow(pot, isothermal(pot.vessel.temperature, duration), parameters) if duration > 0.0 else pot


def _follow(pot: Pot, segment: TemperatureSegment, parameters: FlaskParameters) -> Pot:
    """The pot after a temperature segment, in which its dots grow and exchange ligands."""
    colloid = pot.colloid
    alive = colloid is not None and not colloid.reason
    active = alive and colloid is not None and (colloid.short_ligand > 0.0 or colloid.surface.bare > 0.02)
    pairs = pool_of(pot, parameters).pairs + bound_pairs(colloid, parameters) if alive else 0.0
    iodide = alkylammonium_halide(pot, parameters) if alive else 0.0
    idle = not alive and segment.start == segment.bath
    for part in split(segment, PARTS if active else 1 if idle else QUIET_PARTS):
        end = temperature(part, part.duration)
        if colloid is not None and not colloid.reason:
            budget = LigandBudget(0.0, pairs, iodide, pot.vessel.volume, True, pot.totals.metal_salt)
            colloid = age_colloid(colloid, part, end, budget, parameters)
        pot = _recorded(replace(pot, vessel=replace(pot.vessel, temperature=end)), part.duration)
    return replace(pot, colloid=colloid)


def age_colloid(
    colloid: Colloid, part: TemperatureSegment, end: float, budget: LigandBudget, parameters: FlaskParameters
) -> Colloid:
    """Return the dots after a part of a temperature segment, in which they grow and exchange ligands.

    Args:
        colloid: dots before it.
        part: of the segment, temperatures [K] and duration [s].
        end: temperature at its end [K].
        budget: ligands [mol] of the liquid and its volume [m3]; its pairs include those on the dots.
        parameters: numbers and switches of the flask stage.
    """
    surface = colloid.surface
    growing = 1.0 - surface.short if "arrest" in parameters.size_causes else 1.0
    crystals = grow(colloid.crystals, part, budget.volume, surface.bare, growing, parameters)
    if amount_of_dots(crystals) == 0.0:
        return replace(colloid, crystals=crystals, reason=_dissolution_cause(crystals, budget.volume, end))
    colloid = with_crystals(colloid, crystals, parameters)
    medium = Medium(
        pairs=max(budget.pairs - bound_pairs(colloid, parameters), 0.0),
        alkylammonium_halide=budget.alkylammonium_halide,
        volume=budget.volume,
        reservoir=budget.reservoir,
        metal_salt=budget.metal_salt,
    )
    return age_dispersion(colloid, medium, part.duration, 0.5 * (part.start + end), parameters)


def _dissolution_cause(crystals: Crystals, volume: float, temperature: float) -> str:
    return (
        f"The dots decomposed: all of them dissolved at {temperature - 273.15:.0f} degC, where the"
        f" {crystals.monomer * 1e3:.2g} mmol of perovskite stay in solution in {volume * 1e6:.3g} mL of liquid."
    )


def _heat(pot: Pot, step: Step, parameters: FlaskParameters) -> Pot:
    if math.isfinite(step.temperature):
        pot = _recorded(replace(pot, vessel=replace(pot.vessel, temperature=step.temperature)))
    return _wait(pot, step.duration, parameters)


def _dry(pot: Pot, step: Step, parameters: FlaskParameters) -> Pot:
    return _heat(_recorded(replace(pot, vessel=dry(pot.vessel))), step, parameters)


def _cool(pot: Pot, step: Step, parameters: FlaskParameters) -> Pot:
    target = step.temperature if math.isfinite(step.temperature) else ROOM_TEMPERATURE
    if target < pot.vessel.temperature:
        pot = _follow(pot, cooling(pot.vessel.temperature, target, parameters), parameters)
    return _wait(replace(pot, vessel=replace(pot.vessel, temperature=target)), step.duration, parameters)


_TREATMENTS: Mapping[str, Callable[[Pot, Step, FlaskParameters], Pot]] = {
    "heat": _heat,
    "hold": _heat,
    "dry": _dry,
    "cool": _cool,
}
