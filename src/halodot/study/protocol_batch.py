"""Reads how large a batch is to be: an amount of one chemical of the recipe."""

from __future__ import annotations

import re

from halodot.errors import InputError, Problem
from halodot.states import Recipe
from halodot.study import library
from halodot.study.reader import nearest
from halodot.units import to_si

#: the perovskite, as a batch names it
DOTS = "dots"
_UNITS = ("kg", "m3", "mol")
_BATCH = re.compile(r"\s*(?P<number>[\d.,eE+-]+)\s*(?P<unit>[^\W\d_]+)\s+(?:of\s+)?(?P<name>.+?)\s*")


def wanted(batch: str, recipe: Recipe) -> tuple[str, str, float]:
    """Return chemical, SI unit and value of a batch such as "500 mg PbI2".

    Args:
        batch: number, unit of mass, volume or amount, and a chemical of the recipe by any of its names, or "dots" for
            the perovskite that the pot can give at most.
        recipe: the recipe.

    Raises:
        InputError: it is none.
    """
    found = _BATCH.fullmatch(batch)
    if found is None:
        raise InputError(Problem(f"{batch!r} is no amount of a chemical, such as '500 mg PbI2'", file="--batch"))
    name = found["name"]
    if name not in recipe.chemicals and name != DOTS:
        name = library.find("chemicals", name) or name
    if name not in recipe.chemicals and name != DOTS:
        message = f"the recipe has no {name!r}; it has {', '.join(recipe.chemicals)}"
        raise InputError(Problem(message, file="--batch", suggestion=nearest(name, recipe.chemicals)))
    text = f"{found['number']} {found['unit']}"
    for unit in _UNITS:
        try:
            value = to_si(text, unit)
        except InputError:
            continue
        if value > 0.0:
            return name, unit, value
    raise InputError(Problem(f"{text!r} is no mass, volume or amount above zero, such as '500 mg'", file="--batch"))
