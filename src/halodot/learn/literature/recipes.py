"""Published recipes as recipes of halodot: pot and injected stock, told apart with stated assumptions.

The table gives each reagent once, pot and stock together. What is injected holds the cesium, unless the lead is with
it (then the halide is injected). A reagent that one list alone names is all there. Octadecene and oleic acid that both
name are split by the usual stock of cesium oleate, 0.814 g Cs2CO3 in 40 mL of octadecene and 2.5 mL of oleic acid
(Protesescu et al., Nano Lett. 15, 3692, 2015), as far as they go.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from halodot.errors import DataError
from halodot.learn.literature.reagents import reagent
from halodot.learn.literature.rows import LiteratureRow
from halodot.states import Chemical, Recipe, Step

#: mol of octadecene and of oleic acid per mol of cesium in the usual stock: 40 mL and 2.5 mL per 5.0 mmol
STOCK_SHARES: Mapping[str, float] = {"ODE": 25.0, "OA": 1.58}
#: share of the octadecene that comes with an injected acyl or silyl halide: 0.5 of 5.5 mL
HALIDE_STOCK_SHARE = 0.1
#: temperature of a stock of cesium oleate before it is injected, and of an injected halide, K
CESIUM_STOCK, HALIDE_STOCK = 373.15, 298.15
STOCK = "injected stock"


@dataclass(frozen=True)
class Split:
    """What of a recipe is in the pot, and what is injected [mol by the table's abbreviation]."""

    pot: Mapping[str, float]
    injected: Mapping[str, float]
    assumed: tuple[str, ...]  # reagents whose share in the stock is that of the usual stock

    @property
    def stock_temperature(self) -> float:
        """Temperature of the stock before it is injected [K]."""
        return CESIUM_STOCK if _brings(tuple(self.injected), "cesium") else HALIDE_STOCK


def split(row: LiteratureRow) -> Split:
    """Return pot and injected stock of a hot injection.

    Raises:
        DataError: the row is none, or its lists do not tell what is injected.
    """
    if row.method != "hot injection":
        raise DataError(f"row {row.number} is a {row.method}: it has no pot into which a stock is injected")
    injected_list, pot_list = _lists(row)
    pot, injected, assumed = {}, {}, []
    for word, amount in row.amounts.items():
        in_stock, in_pot = word in injected_list, word in pot_list
        share = 1.0 if in_stock and not in_pot else 0.0
        if in_stock and in_pot:
            usual = STOCK_SHARES.get(word, 0.0) * _cesium(row) / amount
            share = min(usual, 0.5) if _brings(injected_list, "cesium") else HALIDE_STOCK_SHARE
            assumed.append(word)
        if share < 1.0:
            pot[word] = (1.0 - share) * amount
        if share > 0.0:
            injected[word] = share * amount
    return Split(pot, injected, tuple(assumed))


def _lists(row: LiteratureRow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The list of what is injected, and the list of the pot."""
    for injected, pot in ((row.cation_list, row.anion_list), (row.anion_list, row.cation_list)):
        if _brings(injected, "cesium") and not _brings(injected, "lead"):
            return injected, pot
    for injected, pot in ((row.anion_list, row.cation_list), (row.cation_list, row.anion_list)):
        if _brings(pot, "cesium") and _brings(pot, "lead") and injected:
            # the table names an acyl halide that is injected by that of another row
            halides = tuple(word for word in row.amounts if reagent(word, "").halide and not reagent(word, "").lead)
            return (*injected, *halides), pot
    raise DataError(f"row {row.number}: its two lists do not tell what is injected into what")


def _brings(words: tuple[str, ...], ion: str) -> bool:
    return any(getattr(reagent(word, ""), ion) for word in words if word)


def _cesium(row: LiteratureRow) -> float:
    return math.fsum(amount * reagent(word, "").cesium for word, amount in row.amounts.items())


def recipe_of(row: LiteratureRow, chemicals: Mapping[str, Chemical]) -> Recipe:
    """Return a hot injection as a recipe of halodot; purities are taken as 1, since the table counts moles.

    Args:
        row: a published recipe.
        chemicals: the library's, by name.

    Raises:
        DataError: it is no hot injection, or the library lacks one of its chemicals.
    """
    parts = split(row)
    names = {word: reagent(word, "").name for word in row.amounts}
    missing = sorted({name for name in names.values() if name not in chemicals})
    if missing:
        raise DataError(f"row {row.number}: the library has no {', '.join(missing)}")
    cold = Step("cool", temperature=298.15, where="recipe.pot")
    return Recipe(
        stocks={STOCK: (*_added(parts.injected, names), Step("heat", temperature=parts.stock_temperature))},
        pot=(
            *_added(parts.pot, names),
            Step("heat", temperature=row.temperature),
            Step("inject", material=STOCK),
            Step("hold", duration=row.time),
            cold,
        ),
        work_up=(),
        chemicals={name: chemicals[name] for name in names.values()},
    )


def _added(amounts: Mapping[str, float], names: Mapping[str, str]) -> tuple[Step, ...]:
    return tuple(Step("add", material=names[word], amount=amount) for word, amount in amounts.items())
