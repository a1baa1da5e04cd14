"""What another reading of the procedure would change in the dots."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from halodot.errors import HalodotError
from halodot.flask.interpretations import Alternative, readings
from halodot.flask.parameters import FlaskParameters
from halodot.flask.pot import run_pot
from halodot.flask.synthesis import synthesise
from halodot.perovskite import PerovskiteParameters
from halodot.states import Flask, Recipe, number, state


@state
class ReadingEffect:
    """What one alternative reading does, beside the reading that was taken."""

    name: str  # of the interpretation
    alternative: str
    survived: bool
    edge_length: float = number("m", "change of the mean edge length, nan where either dots decompose")
    bare: float = number("1", "change of the bare share of sites after the last wash, nan as above")


def interpretation_effects(
    recipe: Recipe, parameters: FlaskParameters, perovskite: PerovskiteParameters | None = None
) -> tuple[ReadingEffect, ...]:
    """Return what each alternative reading of a recipe would change, one synthesis for each.

    Args:
        recipe: the procedure.
        parameters: numbers and switches of the flask stage, whose switches took one reading.
        perovskite: numbers of the cesium lead halides, None where ``parameters`` have the formula volume.

    Returns:
        In the order of ``Flask.interpretations`` and of their alternatives; an alternative that the models refuse
        does not survive.

    Raises:
        ValidityError: the recipe as it was read is outside what the models describe.
    """

    def flask_of(alternative: Alternative) -> Flask:
        numbers = replace(parameters, **alternative.numbers)
        return synthesise(alternative.recipe or recipe, numbers, perovskite)

    taken = synthesise(recipe, parameters, perovskite)
    return tuple(
        _effect(reading.name, alternative, taken, flask_of)
        for reading in readings(recipe, run_pot(recipe, parameters, perovskite), parameters)
        for alternative in reading.alternatives
    )


def _effect(
    name: str, alternative: Alternative, taken: Flask, flask_of: Callable[[Alternative], Flask]
) -> ReadingEffect:
    try:
        other = flask_of(alternative)
    except HalodotError:
        return ReadingEffect(name, alternative.text, False, math.nan, math.nan)
    both = taken.survived and other.survived
    return ReadingEffect(
        name=name,
        alternative=alternative.text,
        survived=other.survived,
        edge_length=other.edge_length - taken.edge_length if both else math.nan,
        bare=other.samples[-1].coverage_bare - taken.samples[-1].coverage_bare if both else math.nan,
    )


def with_effects(flask: Flask, effects: tuple[ReadingEffect, ...]) -> Flask:
    """Return a flask whose interpretations say what their alternatives would change."""
    described = tuple(
        replace(item, effect="; ".join(_description(effect) for effect in effects if effect.name == item.name))
        for item in flask.interpretations
    )
    return replace(flask, interpretations=described)


def _description(effect: ReadingEffect) -> str:
    if not effect.survived:
        return f"{effect.alternative}: the dots decompose"
    if math.isnan(effect.edge_length):
        return f"{effect.alternative}: the dots survive"
    return f"{effect.alternative}: edge {effect.edge_length * 1e9:+.2f} nm, bare sites {effect.bare * 100.0:+.2f} %"
