"""What is to be reached: a number of the summary raised, lowered or brought to a target, and limits of others."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.names import QUANTITIES as NAMES
from halodot.names import difference_unit, impossible
from halodot.results.summary import QUANTITIES
from halodot.study.reader import nearest
from halodot.units import difference_to_si, from_si, to_si

Kind = Literal["maximise", "minimise", "target"]
#: a target is reached within this share of it
_NEAR = 0.01
#: what a laboratory calls a number of the summary
SHORT = {"t50": "half_life", "eqe": "eqe_max", "luminance": "luminance_max", "lifetime50": "half_life"}
_KINDS: dict[str, Kind] = {"maximise": "maximise", "maximize": "maximise", "minimise": "minimise"}
_KINDS |= {"minimize": "minimise"}
_LIMIT = re.compile(r"\s*([\w.]+)\s*(<=|>=|<|>)\s*(.+)")


@dataclass(frozen=True)
class Goal:
    """A number of the summary that experiments are to raise, to lower, or to bring to a target."""

    quantity: str
    kind: Kind
    unit: str  # SI
    shown_unit: str
    target: float = math.nan  # SI
    logarithmic: bool = False  # whether it is judged by its logarithm
    noise: float = math.nan  # sd of one measurement: a share of the value, or in SI; nan where the rows are to tell
    noise_is_share: bool = True

    @property
    def words(self) -> str:
        """What is wanted, in words."""
        if self.kind == "target":
            return f"{self.quantity} at {self.text(self.target)}"
        return f"{'highest' if self.kind == 'maximise' else 'lowest'} {self.quantity}"

    def text(self, value: float) -> str:
        """Return a value [SI] in the unit that it is shown in."""
        shown = f"{from_si(value, self.unit, self.shown_unit):.3g}"
        return shown if self.shown_unit == "1" else f"{shown} {self.shown_unit}"

    def out_of_reach(self, values: Array) -> str:
        """Return that a target lies beyond all of some values [SI], empty where one comes within 1 % of it."""
        values = values[np.isfinite(values)]
        off = np.abs(values - self.target)
        beyond = values.size and (np.all(values < self.target) or np.all(values > self.target))
        if self.kind != "target" or not beyond or np.min(off) <= _NEAR * abs(self.target):
            return ""
        nearest_one = float(values[np.argmin(off)])
        return (
            f"nothing comes near the target {self.quantity} {self.text(self.target)}: {self.text(nearest_one)} at best"
        )

    @property
    def heading(self) -> str:
        """The heading of its column."""
        return f"{self.quantity} [{self.shown_unit}]"


@dataclass(frozen=True)
class Limit:
    """A number of the summary that must stay below or above a value."""

    quantity: str
    below: bool
    value: float  # SI
    text: str  # as it was written

    def shown(self, value: float) -> str:
        """Return a number [SI] in the unit that it is shown in."""
        return Goal(self.quantity, "target", NAMES[self.quantity].unit, NAMES[self.quantity].shown_unit).text(value)

    def gap(self, value: float) -> str:
        """Return how far a number [SI] lies from the limit, in the unit that it is shown in."""
        quantity = NAMES[self.quantity]
        ends = [from_si(one, quantity.unit, quantity.shown_unit) for one in (value, self.value)]
        unit = difference_unit(quantity.shown_unit)
        return f"{abs(ends[0] - ends[1]):.3g} {unit}".strip()

    def excess(self, value: float) -> float:
        """Return by how much of its size a number [SI] breaks the limit, 0 or less where it does not."""
        scale = abs(self.value) or 1.0
        return (value - self.value if self.below else self.value - value) / scale


def read_goal(text: str, where: str = "--goal") -> Goal:
    """Read a goal: ``eqe_max``, ``minimise roughness``, ``el_peak = 638 nm``; ``t50`` is the half life.

    Args:
        text: as it was written.
        where: it was written, for messages.

    Raises:
        InputError: no number of the summary has this name, or the target cannot be read.
    """
    name, equals, target = (part.strip() for part in text.partition("="))
    first, _, rest = name.partition(" ")
    kind = _KINDS.get(first.lower())
    if kind is not None:
        name = rest.strip()
    quantity, unit = _named(name, where)
    goal = Goal(quantity, kind or "maximise", unit, NAMES[quantity].shown_unit)
    goal = replace(goal, logarithmic=QUANTITIES[quantity].logarithmic)
    if not equals:
        return goal
    if kind is not None:
        raise InputError(Problem(f"{text!r} has a target and is to be {first}d; write one of them", file=where))
    return replace(goal, kind="target", target=_number(target, unit, quantity, where))


def with_noise(goal: Goal, text: str, where: str) -> Goal:
    """Return a goal with the noise of one measurement: a share, ``5 %``, or a standard deviation with its unit.

    Raises:
        InputError: it cannot be read, or is not above 0.
    """
    try:
        share = text.strip().endswith("%")
        value = to_si(text, "1") if share else difference_to_si(text, goal.unit)
    except InputError as error:
        label = f"noise of {goal.quantity}"
        raise InputError([replace(one, path=label, file=where) for one in error.problems]) from None
    if not (math.isfinite(value) and value > 0.0):
        raise InputError(Problem("must be above 0, such as 5 %", f"noise of {goal.quantity}", where))
    most = 1.0 if share else NAMES[goal.quantity].limits[1]
    if value > most:
        message = f"{text.strip()!r} is more than the number itself can be; write such as 5 %"
        raise InputError(Problem(message, f"noise of {goal.quantity}", where))
    return replace(goal, noise=value, noise_is_share=share)


def read_limit(text: str, where: str = "--limit") -> Limit:
    """Read a limit, ``turn_on_voltage < 3 V``.

    Raises:
        InputError: it is none, or no number of the summary has this name.
    """
    found = _LIMIT.fullmatch(text)
    if found is None:
        raise InputError(Problem(f"{text!r} is no limit; write such as 'turn_on_voltage < 3 V'", file=where))
    quantity, unit = _named(found[1], where)
    return Limit(quantity, found[2].startswith("<"), _number(found[3].strip(), unit, quantity, where), text.strip())


def _named(name: str, where: str) -> tuple[str, str]:
    """Return a number of the summary and its SI unit."""
    quantity = SHORT.get(name.lower(), name)
    if quantity not in QUANTITIES or quantity not in NAMES:
        message = f"there is no number {name!r} in the summary of a result"
        raise InputError(Problem(message, file=where, suggestion=nearest(name, QUANTITIES)))
    return quantity, NAMES[quantity].unit


def _number(text: str, unit: str, quantity: str, where: str) -> float:
    try:
        value = to_si(text, unit)
    except InputError as error:
        raise InputError([replace(one, path=quantity, file=where) for one in error.problems]) from None
    if wrong := impossible(quantity, value):
        bare = unit == "1" and 1.0 < value <= 100.0 and "%" not in text
        raise InputError(Problem(wrong, quantity, where, suggestion=f"{text} %" if bare else ""))
    return value
