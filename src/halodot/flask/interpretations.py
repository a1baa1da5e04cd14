"""Where the text of the recipe can be read in more than one way, how it was read, and what else it could mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from halodot.flask.amounts import short_ligand
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot, make_stocks
from halodot.flask.vessel import ETHYL_ACETATE, Vessel, free_strong_acids
from halodot.states import Interpretation, Recipe, Step, state

#: where the steps of a recipe stand: the name of a stock, or None for the pot
Place = str | None


@state
class Alternative:
    """Another reading of the same words."""

    text: str
    numbers: Mapping[str, Any] = field(default_factory=dict)  # parameters of the flask stage that it changes
    recipe: Recipe | None = None  # the procedure in this reading, where it differs


@state
class Reading:
    """A place that can be read in more than one way, and its other readings."""

    name: str
    taken: str
    note: str
    alternatives: tuple[Alternative, ...]
    where: str = ""  # path of the step that it concerns, empty for the whole recipe


def interpret(recipe: Recipe, pot: Pot, parameters: FlaskParameters) -> tuple[Interpretation, ...]:
    """Return the readings that this recipe needed; the arguments are those of :func:`readings`."""
    return tuple(
        Interpretation(
            name=reading.name,
            taken=reading.taken,
            alternatives=tuple(alternative.text for alternative in reading.alternatives),
            note=reading.note,
            where=reading.where,
        )
        for reading in readings(recipe, pot, parameters)
    )


def readings(recipe: Recipe, pot: Pot, parameters: FlaskParameters) -> tuple[Reading, ...]:
    """Return the readings that this recipe needed, each with its alternatives.

    Args:
        recipe: the procedure.
        pot: the pot after its last step.
        parameters: numbers and switches of the flask stage, whose switches took one reading.
    """
    stocks = make_stocks(recipe, parameters)
    places: list[tuple[Place, Vessel]] = [*stocks.items(), (None, pot.vessel)]
    found: list[Reading] = []
    for place, vessel in places:
        found += _equivalents(place, vessel, recipe, parameters)
        found += _dose(place, vessel, recipe)
        found += _acid_alone(place, vessel, recipe)
        found += _hydrolysis(place, vessel, recipe, parameters)
    found += [*_retained(pot, recipe, parameters), _free_amine(parameters)]
    return tuple({item.name: item for item in reversed(found)}.values())[::-1]


def _steps(place: Place, recipe: Recipe) -> tuple[Step, ...]:
    return recipe.pot if place is None else recipe.stocks[place]


def _with_step(place: Place, recipe: Recipe, old: Step, new: Step) -> Recipe:
    steps = tuple(new if step is old else step for step in _steps(place, recipe))
    return replace(recipe, pot=steps) if place is None else replace(recipe, stocks={**recipe.stocks, place: steps})


def _equivalents(place: Place, vessel: Vessel, recipe: Recipe, parameters: FlaskParameters) -> Iterator[Reading]:
    for step in _steps(place, recipe):
        amount = vessel.contents.get(step.material, 0.0)
        if not math.isfinite(step.equivalents) or not amount:
            continue
        counted, added = recipe.chemicals.get(step.of), recipe.chemicals[step.material]
        if counted is None:
            continue
        by_mass = step.equivalents * counted.molar_mass / counted.purity * added.purity / added.molar_mass
        others = [word for word in ("moles", "mass", "volume") if word != parameters.equivalents_reading]
        yield Reading(
            name=f"{step.equivalents:g} times {step.material}",
            taken=f"by {parameters.equivalents_reading}: {_millimoles(amount)}",
            alternatives=tuple(Alternative(f"by {word}", {"equivalents_reading": word}) for word in others),
            note=f"By mass of the reagent it would be {by_mass:.2f} molar equivalents of {step.of}; whether that is an "
            "excess decides how much acid is free.",
            where=step.where,
        )


def _dose(place: Place, vessel: Vessel, recipe: Recipe) -> Iterator[Reading]:
    ligand = short_ligand(recipe)
    for step in _steps(place, recipe):
        if ligand is None or step.material != ligand.name or not step.amount > 0.0 or not vessel.volume:
            continue
        molar = step.amount * 1e6 * vessel.volume  # the figure in mmol read as one in mol/L
        yield Reading(
            name=f"dose of {ligand.name}: M or mmol",
            taken=_millimoles(step.amount),
            alternatives=(
                Alternative(
                    f"{step.amount * 1e3:g} mol/L of its {vessel.volume * 1e6:.3g} mL of solution, "
                    f"{_millimoles(molar)}",
                    recipe=_with_step(place, recipe, step, replace(step, amount=molar)),
                ),
            ),
            note="Texts use M and mmol side by side; in about 1 mL of solution the two are nearly the same.",
            where=step.where,
        )


def _acid_alone(place: Place, vessel: Vessel, recipe: Recipe) -> Iterator[Reading]:
    roles = {recipe.chemicals[name].role: name for name in vessel.contents if name in recipe.chemicals}
    free = {name for name, amount in free_strong_acids(vessel, recipe.chemicals).items() if amount > 0.0}
    name = roles.get("strong acid", "")
    if name not in free or "amino acid" in roles:
        return
    step = next((step for step in _steps(place, recipe) if step.material == name), None)
    if step is None:
        return
    yield Reading(
        name=f"dose of {name} without short ligand",
        taken=_millimoles(vessel.contents[name]),
        alternatives=tuple(
            Alternative(
                f"{text} of it, {_millimoles(factor * vessel.contents[name])}",
                recipe=_with_step(place, recipe, step, _scaled(step, factor)),
            )
            for text, factor in (("a third", 1.0 / 3.0), ("two thirds", 2.0 / 3.0), ("twice", 2.0))
        ),
        note="Where a text does not state the dose of such a control, survival depends on the one assumed here.",
        where=step.where,
    )


def _scaled(step: Step, factor: float) -> Step:
    names = ("amount", "mass", "volume", "equivalents")
    return replace(step, **{name: factor * getattr(step, name) for name in names})


def _hydrolysis(place: Place, vessel: Vessel, recipe: Recipe, parameters: FlaskParameters) -> Iterator[Reading]:
    roles = {recipe.chemicals[name].role for name in vessel.contents if name in recipe.chemicals}
    acid = any(free_strong_acids(vessel, recipe.chemicals).values())
    if acid and "lead source" not in roles and ETHYL_ACETATE in vessel.contents:
        yield Reading(
            name="hydrolysis of ethyl acetate in the acidic stock",
            taken=f"{100.0 * parameters.ester_hydrolysed:.3g} % of it",
            alternatives=_shares("ester_hydrolysed", (0.0, 0.01, 0.1), parameters),
            note="Rates known for water would give 0.1 to 1 mmol of acetic acid in 10 min at 80 degC, each of which "
            "binds one free amine.",
            where=_step_with(ETHYL_ACETATE, _steps(place, recipe)),
        )


def _step_with(name: str, steps: Sequence[Step]) -> str:
    """Return the path of the first step that puts in a chemical, empty where none does."""
    return next((step.where for step in steps if step.material == name), "")


def _injection_of(name: str, recipe: Recipe) -> str:
    """Return the path of the first step of the pot that brings a chemical, by itself or in a stock."""
    stocks = {stock for stock, steps in recipe.stocks.items() if any(step.material == name for step in steps)}
    return next((step.where for step in recipe.pot if step.material in {name, *stocks}), "")


def _retained(pot: Pot, recipe: Recipe, parameters: FlaskParameters) -> Iterator[Reading]:
    for name in dict.fromkeys(pot.volatile):
        yield Reading(
            name=f"{name} that stays in the hot pot",
            taken=f"{100.0 * parameters.volatile_retained:.3g} % of it",
            alternatives=_shares("volatile_retained", (0.0, 0.5, 1.0), parameters),
            note="It is injected above its boiling point; over the mixture its vapour stays below the pressure of air, "
            "but part may flash off first. What stays dilutes the iodide, what goes chills the pot.",
            where=_injection_of(name, recipe),
        )


def _shares(name: str, shares: tuple[float, ...], parameters: FlaskParameters) -> tuple[Alternative, ...]:
    words = {0.0: "none of it", 1.0: "all of it"}
    others = (share for share in shares if share != getattr(parameters, name))
    return tuple(Alternative(words.get(share, f"{100.0 * share:.3g} % of it"), {name: share}) for share in others)


def _free_amine(parameters: FlaskParameters) -> Reading:
    texts = {"amounts": "from the weighed amounts and purities", "titration": "as titrated"}
    taken = parameters.free_amine_reading
    number = "titrated_free_amine" if taken == "titration" else "free_amine_factor"
    value = getattr(parameters, number)
    return Reading(
        name="free amine",
        taken=texts[taken],
        alternatives=(
            *(Alternative(text, {"free_amine_reading": word}) for word, text in texts.items() if word != taken),
            Alternative("half as much", {number: 0.5 * value}),
            Alternative("twice as much", {number: 2.0 * value}),
        ),
        note="The small difference of amine and carboxylic acid, two reagents of technical grade.",
    )


def _millimoles(amount: float) -> str:
    return f"{amount * 1e3:.3g} mmol"
