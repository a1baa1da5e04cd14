"""What the description of a reagent says without stating it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: elements of a metal salt that are no metal
_NONMETALS = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I")


def elements_of(formula: str) -> tuple[str, ...]:
    """Return the symbols of the elements of a formula, each once, in its order."""
    return tuple(dict.fromkeys(re.findall(r"[A-Z][a-z]?", formula)))


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a reagent with those that follow from the others: the metal of a metal salt.

    Args:
        values: by field of :class:`halodot.states.Chemical`.
    """
    metals = [symbol for symbol in elements_of(str(values.get("formula", ""))) if symbol not in _NONMETALS]
    if values.get("role") == "metal salt" and not values.get("metal") and len(metals) == 1:
        return {**values, "metal": metals[0]}
    return dict(values)
