"""Published recipes through the whole flask: what it makes of them beside the law and what is reported."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from halodot.errors import DataError, HalodotError
from halodot.flask import FlaskParameters, synthesise
from halodot.flask.nucleation import expected_edge_length
from halodot.learn.literature.reagents import reagent
from halodot.learn.literature.recipes import recipe_of
from halodot.learn.literature.rows import LiteratureRow, conditions_of
from halodot.learn.literature.seed import CONTROL
from halodot.perovskite import PerovskiteParameters
from halodot.states import Chemical
from halodot.study import library, load_library_study, with_inputs


@dataclass(frozen=True)
class Made:
    """What the flask makes of one published recipe."""

    row: LiteratureRow
    law: float  # m, edge length by the law alone
    flask: float  # m, mean edge length after growth; nan where the recipe is refused
    refused: str  # why


def make(rows: tuple[LiteratureRow, ...], values: Mapping[str, float]) -> tuple[Made, ...]:
    """Follow hot injections through the whole flask.

    Args:
        rows: published recipes.
        values: parameters of the law by path, in SI; the others are the library's.
    """
    study = with_inputs(load_library_study(CONTROL, ["calibration=none"]), {**values, "flask.recipe_effect": 0.0})
    assert study.flask is not None
    assert study.perovskite is not None
    return tuple(_made(row, study.flask, study.perovskite) for row in rows)


def _made(row: LiteratureRow, parameters: FlaskParameters, perovskite: PerovskiteParameters) -> Made:
    law = expected_edge_length(conditions_of(row), parameters).length
    try:
        found = synthesise(recipe_of(row, chemicals_of(row)), parameters, perovskite)
    except HalodotError as error:
        return Made(row, law, math.nan, str(error))
    return Made(row, law, float(found.edge_length), "" if found.survived else "the dots do not survive")


def chemicals_of(row: LiteratureRow) -> dict[str, Chemical]:
    """Return the library's chemicals of a published recipe, by name.

    Raises:
        DataError: the library lacks one.
    """
    names = {reagent(word, f"row {row.number}").name for word in row.amounts}
    if absent := sorted(name for name in names if library.find("chemicals", name) != name):
        raise DataError(f"row {row.number}: the library has no {', '.join(absent)}")
    return {name: Chemical(name=name, **library.chemical(name).values) for name in names}
