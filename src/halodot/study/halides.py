"""Which halides a study can have in its dots, and what it says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halodot.errors import ValidityError
from halodot.nodes import Node
from halodot.perovskite.mixing import WORDS, shares
from halodot.states import Recipe
from halodot.study import library
from halodot.study.reader import Reader


def other_halides(recipe: Recipe | None, given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the perovskite's numbers that do not enter a study, since no dot of it has their halide."""
    present = {WORDS[halide] for halide in _halides(recipe, given)}
    absent = [word for word in WORDS.values() if word not in present]
    return tuple(
        path
        for path in library.parameters("perovskite")[1]
        if any(word in path.partition(".")[2].split("_") for word in absent)
    )


def _halides(recipe: Recipe | None, given: Mapping[str, Any]) -> set[str]:
    """Return the symbols of the halides that dots can have, iodide where nothing is said."""
    found: set[str] = set()
    for stage in ("flask", "dots"):
        stated = given.get(f"{stage}.halides", getattr(given.get(stage), "halides", None))
        found |= set(stated or ())
    if not found and recipe is not None:
        found = {chemical.halide for chemical in recipe.chemicals.values() if chemical.halide in WORDS}
    return found or {"I"}


def read_halides(reader: Reader, node: Node, path: str) -> dict[str, float] | None:
    """Read the halides of given dots: ``{Br: 0.6, I: 0.4}``.

    Args:
        reader: collects problems.
        node: amount or share by symbol [1].
        path: of the quantity.

    Returns:
        Their shares, None where they are none.
    """
    items = reader.mapping(node, path, tuple(WORDS))
    amounts = {halide: reader.value(item, f"{path}.{halide}", "1", "nonnegative") for halide, item in items.items()}
    try:
        return shares({halide: amount or 0.0 for halide, amount in amounts.items()})
    except ValidityError as error:
        if not reader.problems:
            reader.complain(node.place, str(error), path)
        return None
