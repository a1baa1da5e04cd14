"""What was decided about single rows of the table of published recipes, each from its recipe, never from its size.

The table was made from the papers by others and is unchecked. Whatever a decision rests on stands in the recipe; none
rests on how far a row lies from a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """How a row is read other than as it stands."""

    what: str
    why: str
    amounts: Mapping[str, float]  # reagent -> factor on its amount, or the amount in mmol where `absolute`
    absolute: bool = False


def _decided(rows: tuple[int, ...], what: str, why: str, **amounts: float) -> dict[int, Decision]:
    return {row: Decision(what, why, amounts, absolute=what.startswith("set")) for row in rows}


DECISIONS: Mapping[int, Decision] = {
    **_decided(
        (1631, 1645, 1649),
        "set the lead acetate to 0.2 mmol",
        "0.5 mmol with 0.6 mmol of a benzoyl halide would leave lead without halide; the method's usual recipe has"
        " 0.2 mmol (76 mg of the trihydrate)",
        PbAc2=0.2,
    ),
    **_decided(
        tuple(range(1929, 1933)),
        "halve the carbonates",
        "0.06 mmol in all rows is the sum of cesium and rubidium ions of the usual stock, not of carbonate",
        Cs2CO3=0.5,
        Rb2CO3=0.5,
    ),
    **_decided(
        tuple(range(1607, 1611)),
        "kept out of the cubes",
        "octylamine with octanoic acid gives sheets, whose width is not an edge",
    ),
    **_decided((2524,), "kept out of the cubes", "the row has dots as reagent and no cesium: it is a ripening"),
    **_decided((2513, 2514), "read as heat-up", "started at 25 degC and heated at 10 K/min"),
    **_decided(
        (1643, 1644),
        "kept",
        "the size jumps by half between 170 and 175 degC in a series of equal recipes; nothing in the recipe says why",
    ),
}
#: rows whose size jumps within a series; scores are given with and without them
JUMP = (1643, 1644)
