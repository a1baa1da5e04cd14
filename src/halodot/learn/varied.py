"""An input that is varied between two limits, as an optimum or an experiment may place it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.paths import present
from halodot.study import Study, with_inputs
from halodot.study.reader import nearest
from halodot.units import from_si, split, to_si

#: significant digits of the span to which an experiment is proposed: what a balance or a pipette follows
_DIGITS = 3
_RANGE = re.compile(r"(?P<low>.*?)\s*\.\.\s*(?P<high>[^:]*?)\s*(?P<log>:\s*log)?")
_EXAMPLE = "recipe.stocks.ligand[0].amount=0.05..0.4 mmol"


@dataclass(frozen=True)
class VariedInput:
    """One input that experiments vary, between two limits."""

    name: str  # in the file and in the headings of its rows
    path: str
    low: float  # SI
    high: float
    si_unit: str
    unit: str  # as it was written, "1" for pure numbers
    logarithmic: bool = False

    def value(self, place: float) -> float:
        """Return the value [SI] at a place between the limits, 0 to 1, with the digits that a bench follows."""
        low, high = (from_si(end, self.si_unit, self.unit) for end in (self.low, self.high))
        shown = low * (high / low) ** place if self.logarithmic else low + place * (high - low)
        size = abs(shown) if self.logarithmic else high - low
        digits = _DIGITS - 1 - math.floor(math.log10(size)) if size > 0.0 else 0
        found = to_si(f"{round(shown, digits):.12g} {'' if self.unit == '1' else self.unit}", self.si_unit)
        return min(max(found, self.low), self.high)

    def place(self, value: float) -> float:
        """Return where a value [SI] lies between the limits, 0 to 1."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def number(self, value: float) -> float:
        """Return a value [SI] in the unit of the file, without the round-off of the conversion."""
        return float(f"{from_si(value, self.si_unit, self.unit):.12g}")

    def text(self, value: float, digits: int = 6) -> str:
        """Return a value [SI] as the file writes it, with some significant digits."""
        shown = f"{self.number(value):.{digits}g}"
        return shown if self.unit == "1" else f"{shown} {self.unit}"


def read_varied(text: str, study: Study, name: str = "", where: str = "--vary") -> VariedInput:
    """Read what is varied between which limits.

    Args:
        text: ``PATH=low..high unit``, with ``:log`` behind it where it is varied by factors.
        study: whose input it is.
        name: by which it is called; the path where empty.
        where: it was written, for messages.

    Raises:
        InputError: it is none, the study has no such input, the limits are one, or the input cannot have them.
    """
    written, equals, ends = text.partition("=")
    found = _RANGE.fullmatch(ends.strip())
    if not equals or not written.strip() or found is None or not found["low"] or not found["high"]:
        raise InputError(Problem(f"{text!r} is not PATH=LOW..HIGH, such as {_EXAMPLE}", name, where))
    path = present(written.strip(), where)
    if path not in study.inputs:
        message = f"the study has no number {path!r}"
        raise InputError(Problem(message, name, where, suggestion=nearest(path, study.inputs)))
    unit = study.inputs[path].unit
    try:
        shown = split(found["high"], unit)[1] or "1"
        low_text = found["low"] if split(found["low"], "1")[1] or shown == "1" else f"{found['low']} {shown}"
        low, high = sorted((to_si(low_text, unit), to_si(found["high"], unit)))
        item = VariedInput(name or path, path, low, high, unit, shown, bool(found["log"]))
        _refuse(item, ends.strip(), where)
        for end in (low, high):
            with_inputs(study, {path: end}, remarked=False)
    except InputError as error:
        label = f"{name}: {path}" if name else path
        raise InputError([replace(one, path=label, file=where) for one in error.problems]) from None
    return item


def _refuse(item: VariedInput, text: str, where: str) -> None:
    if not item.low < item.high:
        raise InputError(Problem(f"{text} has no two ends", item.path, where))
    if item.logarithmic and item.low <= 0.0:
        raise InputError(Problem(f"{text} does not lie above 0, so that it has no factors", item.path, where))


def values_at(varied: Sequence[VariedInput], place: Array) -> tuple[float, ...]:
    """Return the values [SI] at a place between the limits, 0 to 1, (input,)."""
    return tuple(item.value(float(one)) for item, one in zip(varied, place))


def places_of(varied: Sequence[VariedInput], values: Sequence[Sequence[float]]) -> Array:
    """Return the places between the limits, (row, input), of values [SI]."""
    rows = [[item.place(value) for item, value in zip(varied, row)] for row in values]
    return np.array(rows, dtype=float).reshape(len(values), len(varied))
