"""How a number is declared, once: its unit, its meaning, and all that readers, checks, tables and labels ask of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from halodot.arrays import Array
from halodot.states.described import described

T = TypeVar("T")


def number(
    unit: str,
    about: str = "",
    default: Any = MISSING,
    *,
    symbol: str = "",
    valid: str = "nonnegative",
    shown: str = "",
    **more: Any,
) -> Any:
    """Declare a float field with its SI unit, which the study loader uses to read text with a unit.

    Args:
        unit: SI unit (eV and V for energies and potentials), "1" for a pure number.
        about: one line for the tables that are printed for the user.
        default: the value when nothing is said; required where absent.
        symbol: of equations and axes, such as "mu_n".
        valid: what it may be, a rule of the reader of studies: "any" | "nonnegative" | "positive" | "fraction" |
            "temperature" | "permittivity" (at least 1) | "level" (eV below vacuum, positive).
        shown: the unit in which a laboratory writes it; the SI unit where empty.
        more: key: the word of a study, where it is not the field's name; needs: names without which it means
            nothing, alternatives joined by "|"; acts: where it acts, one of ``ACTS``; typical: a usual value in SI, the
            size of a step where it is zero.
    """
    unknown = set(more) - {"key", "needs", "acts", "typical"}
    if unknown:
        raise TypeError(f"a number has no {', '.join(sorted(unknown))}")
    own = {"unit": unit, "about": about, "symbol": symbol, "valid": valid, "shown": shown or unit}
    return field(default=default, metadata=own | {"key": "", "needs": (), "acts": "", "typical": math.nan} | more)


def choice(
    *words: str,
    default: str = "",
    about: str = "",
    key: str = "",
    required: bool = False,
    exact: bool = False,
    former: Mapping[str, str] | None = None,
) -> Any:
    """Declare a text field that is one of a few words.

    Args:
        words: all of them.
        default: the word when nothing is said.
        about: one line for the tables.
        key: the word of a study for the field, where it is not the field's name.
        required: whether it must be said, so that there is no default.
        exact: whether words that are alike mean other things, so that only a slip of the fingers is put right.
        former: words of earlier versions that are still read, with what each is now.
    """
    metadata = {"choices": words, "about": about, "key": key, "exact": exact, "former": former or {}}
    return field(default=MISSING if required else default, metadata=metadata)


def flag(*, default: bool, about: str, needs: tuple[str, ...] = ()) -> Any:
    """Declare a field that is true or false.

    Args:
        default: when nothing is said.
        about: one line for the tables.
        needs: names without which it means nothing, as of a number.
    """
    return field(default=default, metadata={"about": about, "key": "", "needs": needs})


#: Where a number of a device acts. bulk: in the equations of its layer alone; statistics: in the table of its density
#: of states; ions: in the whole region that its ions reach; neighbour: on the excitons of the emitting layer beside;
#: optics: on light; interface, contact: at this place; device: everywhere; excitons: on how excitons end.
ACTS = ("bulk", "statistics", "ions", "neighbour", "optics", "interface", "contact", "device", "excitons")


def empty_array() -> Array:
    """Return the empty array that stands for a curve this object does not have."""
    return np.zeros(0)


def array(unit: str, *dimensions: str, default_factory: Any = MISSING, part_of: str = "") -> Any:
    """Declare an array field with its SI unit and the names of its dimensions, used as they are in result files.

    Args:
        unit: SI unit.
        dimensions: one name for each axis.
        default_factory: gives the array when nothing is said; required where absent.
        part_of: the budget that this is one part of, see :func:`parts_of`.
    """
    metadata = {"unit": unit, "dimensions": dimensions, "part_of": part_of}
    return field(default_factory=default_factory, metadata=metadata)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field, number, array, choice, flag))
def state(cls: type[T]) -> type[T]:
    """Make a frozen, identity-compared dataclass whose arrays cannot be written to, and which says what it holds."""

    def freeze(self: Any) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    cls.__post_init__ = freeze  # type: ignore[attr-defined]
    if "__repr__" not in vars(cls):
        setattr(cls, "__repr__", described)  # noqa: B010
    return dataclass(frozen=True, eq=False)(cls)


def parts_of(record: type, whole: str) -> tuple[str, ...]:
    """Return the fields of a state that add up to a whole, such as "current_density" of :class:`DeviceSolution`.

    The parts of an :class:`Emission` add up to 1 for each "exciton".
    """
    return tuple(item.name for item in fields(record) if item.metadata.get("part_of") == whole)


def sum_of_parts(instance: Any, whole: str) -> Array:
    """Return the sum of the parts of a whole, those of single layers added up over the layers."""
    total: Array = np.zeros(())
    for item in fields(instance):
        if item.metadata.get("part_of") == whole:
            part = getattr(instance, item.name)
            total = total + (part.sum(axis=0) if item.metadata["dimensions"][0] == "layer" else part)
    return total


def replaced(instance: T, **changes: Any) -> T:
    """Return a copy of a state with some fields changed."""
    make: Callable[..., T] = type(instance)
    values = {item.name: getattr(instance, item.name) for item in fields(instance)}  # type: ignore[arg-type]
    return make(**(values | changes))
