"""Where the text of the recipe can be read in more than one way, and how it was read."""

from __future__ import annotations

import math
from collections.abc import Iterator

from halodot.flask.amounts import short_ligand
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import Pot, make_stocks
from halodot.flask.vessel import ETHYL_ACETATE, Vessel
from halodot.states import Interpretation, Recipe, Step


def interpret(recipe: Recipe, pot: Pot, parameters: FlaskParameters) -> tuple[Interpretation, ...]:
    """Return the readings that this recipe needed.

    Args:
        recipe: the procedure.
        pot: the pot after its last step.
        parameters: of the flask stage, whose switches took one reading.
    """
    stocks = make_stocks(recipe, parameters)
    vessels = [(stocks[name], steps) for name, steps in recipe.stocks.items()] + [(pot.vessel, recipe.pot)]
    found: list[Interpretation] = []
    for vessel, steps in vessels:
        found += _equivalents(vessel, steps, recipe, parameters)
        found += _dose(vessel, steps, recipe)
        found += _acid_alone(vessel, recipe)
        found += _hydrolysis(vessel, recipe, parameters)
    found += [*_retained(pot, parameters), _free_amine(parameters)]
    return tuple({item.name: item for item in reversed(found)}.values())[::-1]


def _equivalents(
    vessel: Vessel, steps: tuple[Step, ...], recipe: Recipe, parameters: FlaskParameters
) -> Iterator[Interpretation]:
    for step in steps:
        amount = vessel.contents.get(step.material, 0.0)
        if not math.isfinite(step.equivalents) or not amount:
            continue
        counted, added = recipe.chemicals.get(step.of), recipe.chemicals[step.material]
        if counted is None:
            continue
        by_mass = step.equivalents * counted.molar_mass / counted.purity * added.purity / added.molar_mass
        yield Interpretation(
            name=f"{step.equivalents:g} times {step.material}",
            taken=f"by {parameters.equivalents_reading}: {_millimoles(amount)}",
            alternatives=tuple(word for word in _READINGS if not word.endswith(parameters.equivalents_reading)),
            note=f"By mass of the reagent it would be {by_mass:.2f} molar equivalents of {step.of}; whether that is an "
            "excess decides how much acid is free.",
        )


_READINGS = ("by moles", "by mass", "by volume")


def _dose(vessel: Vessel, steps: tuple[Step, ...], recipe: Recipe) -> Iterator[Interpretation]:
    ligand = short_ligand(recipe)
    for step in steps:
        if ligand is None or step.material != ligand.name or not step.amount > 0.0 or not vessel.volume:
            continue
        molar = step.amount * 1e6  # mol/m3 if the figure in mmol is read as one in mol/L
        yield Interpretation(
            name=f"dose of {ligand.name}: M or mmol",
            taken=_millimoles(step.amount),
            alternatives=(
                f"{step.amount * 1e3:g} mol/L of its {vessel.volume * 1e6:.3g} mL of solution, "
                f"{_millimoles(molar * vessel.volume)}",
            ),
            note="Texts use M and mmol side by side; in about 1 mL of solution the two are nearly the same.",
        )


def _acid_alone(vessel: Vessel, recipe: Recipe) -> Iterator[Interpretation]:
    roles = {recipe.chemicals[name].role: name for name in vessel.contents if name in recipe.chemicals}
    if "strong acid" in roles and "amino acid" not in roles:
        name = roles["strong acid"]
        yield Interpretation(
            name=f"dose of {name} without short ligand",
            taken=_millimoles(vessel.contents[name]),
            alternatives=("any other dose",),
            note="Where a text does not state the dose of such a control, survival depends on the one assumed here.",
        )


def _hydrolysis(vessel: Vessel, recipe: Recipe, parameters: FlaskParameters) -> Iterator[Interpretation]:
    roles = {recipe.chemicals[name].role for name in vessel.contents if name in recipe.chemicals}
    if "strong acid" in roles and "lead source" not in roles and ETHYL_ACETATE in vessel.contents:
        yield Interpretation(
            name="hydrolysis of ethyl acetate in the acidic stock",
            taken=f"{parameters.ester_hydrolysed:.0%} of it",
            alternatives=("none", "1 to 10 %"),
            note="Rates known for water would give 0.1 to 1 mmol of acetic acid in 10 min at 80 degC, each of which "
            "binds one free amine.",
        )


def _retained(pot: Pot, parameters: FlaskParameters) -> Iterator[Interpretation]:
    for name in dict.fromkeys(pot.volatile):
        yield Interpretation(
            name=f"{name} that stays in the hot pot",
            taken=f"{parameters.volatile_retained:.0%} of it",
            alternatives=("all of it", "none of it"),
            note="It is injected above its boiling point; over the mixture its vapour stays below the pressure of air, "
            "but part may flash off first. What stays dilutes the iodide, what goes chills the pot.",
        )


def _free_amine(parameters: FlaskParameters) -> Interpretation:
    readings = {"amounts": "from the weighed amounts and purities", "titration": "as titrated"}
    taken = readings[parameters.free_amine_reading]
    return Interpretation(
        name="free amine",
        taken=taken,
        alternatives=tuple(text for text in readings.values() if text != taken),
        note="The small difference of amine and carboxylic acid, two reagents of technical grade.",
    )


def _millimoles(amount: float) -> str:
    return f"{amount * 1e3:.3g} mmol"
