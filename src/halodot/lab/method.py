"""What a method of analysis is: which measurements it takes, what can be chosen, what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from halodot.errors import InputError
from halodot.lab import methods
from halodot.lab.findings import Analysis
from halodot.names import Quantity
from halodot.study.reader import nearest

if TYPE_CHECKING:
    import xarray

#: the measurements of one analysis by the part that each plays
Inputs = Mapping[str, Sequence["xarray.Dataset"]]


@dataclass(frozen=True)
class Role:
    """A part that a measurement plays in an analysis: the decay, or the response of the instrument."""

    name: str  # "response"
    about: str
    takes: Callable[[xarray.Dataset], bool]  # whether a measurement can play it, by kind and quantities; never raises
    words: str = ""  # pattern of file and folder names that mark it ("irf|prompt"); empty: what no other role claims
    required: bool = True
    several: bool = False  # whether several measurements play it together
    fewest: int = 1  # files below which the analysis is not proposed, where several play it together
    shared: bool = False  # whether its measurement is also analysed by itself: the absorbance beside a PL spectrum


@dataclass(frozen=True)
class Method:
    """One analysis.

    ``analyse`` takes what was read and a record of ``settings``; it raises :class:`halodot.errors.DataError` where
    the measurement allows no answer.
    """

    name: str  # the word of the field: "pl", "trpl"
    title: str  # for people: "PL spectrum"
    settings: type  # dataclass declared with `halodot.lab.choices`
    quantities: tuple[Quantity, ...]  # what it can find
    roles: tuple[Role, ...]  # the first is that of the measurement itself
    analyse: Callable[[Inputs, Any], Analysis]


@cache
def all_methods() -> Mapping[str, Method]:
    """Return every method by its name."""
    names = sorted(item.name for item in iter_modules(methods.__path__) if not item.name.startswith("_"))
    modules = [import_module(f"{methods.__name__}.{name}") for name in names]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Method)]
    return {method.name: method for method in found}


def method_named(name: str) -> Method:
    """Return the method of a name.

    Raises:
        InputError: there is none.
    """
    found = all_methods()
    if name not in found:
        near = nearest(name, found)
        raise InputError(
            f"there is no analysis {name!r}; there are {', '.join(found)}" + (f"; {near}?" if near else "")
        )
    return found[name]
