"""What is written of what a sweep varies, ``PATH=a..b:n`` or ``PATH=1,2,5 nm``, as the texts that a study takes.

::

    recipe.stocks.ligand[0].amount=0..0.3 mmol:7          seven amounts, evenly from 0 to 0.3 mmol
    device.layers.PTAA.hole_mobility=1e-6..1e-2 cm2/Vs:5:log    five mobilities, each the same factor above the last
    device.layers.PTAA.thickness=20,30,50 nm              these three
    flask.equivalents_reading=moles,volume                words
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from halodot.errors import InputError, Problem
from halodot.paths import present
from halodot.units import from_si, split

#: what is in the message of everything that cannot be read
_EXAMPLE = "device.layers.PTAA.thickness=20..60 nm:5"
#: significant digits of a number between two ends
_DIGITS = 12
_RANGE = re.compile(r"(?P<low>.*?)\.\.(?P<high>[^:]*)(?P<more>(?::.*)?)")
#: values of one number; a sweep has no more points either
MOST_VALUES = 2000


@dataclass(frozen=True)
class SweptInput:
    """One input that is varied, and every value of it."""

    path: str
    texts: tuple[str, ...]  # as a change of the study takes them: "0.05 mmol"
    numbers: tuple[float, ...] = ()  # in ``unit``; empty for words
    unit: str = ""  # as it was written, empty for words and pure numbers
    logarithmic: bool = False  # whether each number lies the same factor above the last

    @property
    def heading(self) -> str:
        """The path with the unit behind it."""
        return f"{self.path} [{self.unit}]" if self.unit else self.path

    @property
    def shown(self) -> tuple[str, ...]:
        """The values as a table shows them below their heading."""
        return tuple(f"{number:.6g}" for number in self.numbers) or self.texts


@dataclass(frozen=True)
class SweptRange:
    """One input of which a design draws values between two ends."""

    path: str
    low: float  # in ``unit``, as the next
    high: float
    unit: str = ""
    logarithmic: bool = False

    def at(self, share: float) -> tuple[str, float]:
        """Return the value at a share of the way, evenly or by equal factors: as it is written, and the number."""
        low, high = (Decimal(repr(end)) for end in (self.low, self.high))
        if not self.logarithmic:
            found = low + (high - low) * Decimal(repr(share))
        else:
            found = Decimal(repr(math.exp(math.log(low) + share * (math.log(high) - math.log(low)))))
        rounded = Decimal(f"{found:.{_DIGITS}g}").normalize()
        return _text(rounded, self.unit), float(rounded)


def read_ends(text: str, where: str = "--vary") -> SweptInput | SweptRange:
    """Read what a design draws from.

    Args:
        text: ``PATH=low..high``, with ``:log`` behind it for equal factors, or ``PATH=value,value,...``.
        where: it was written, for messages.

    Raises:
        InputError: as of :func:`read_values`, or it says how many values, which is said once for all.
    """
    path, written = _parts(text, where)
    return ends(path, written, where)


def ends(path: str, written: str, where: str = "--vary") -> SweptInput | SweptRange:
    """Return what a design draws from at a path, as :func:`read_ends` does."""
    found = _RANGE.fullmatch(written)
    if found is None:
        return swept(path, written, where)
    spacing = found["more"].removeprefix(":").strip()
    whole = f"{found['low']}..{found['high']}"
    if spacing not in ("", "log", "lin"):
        message = f"{written!r} says how many values, which the number of samples does; write such as {whole}"
        raise InputError(Problem(message, path, where, suggestion=whole))
    two = swept(path, f"{whole}:2{':log' if spacing == 'log' else ''}", where)
    return SweptRange(path, two.numbers[0], two.numbers[1], two.unit, two.logarithmic)


def read_values(text: str, where: str = "--vary") -> SweptInput:
    """Read what is to be varied.

    Args:
        text: ``PATH=low..high:count``, with ``:log`` behind it for equal factors, or ``PATH=value,value,...``; a unit
            behind the last value counts for those that have none.
        where: it was written, for messages.

    Raises:
        InputError: there is no path or no value, a number cannot be read, or a step is not possible.
    """
    return swept(*_parts(text, where), where)


def _parts(text: str, where: str) -> tuple[str, str]:
    path, equals, written = text.partition("=")
    if not equals or not path.strip() or not written.strip():
        raise InputError(Problem(f"{text!r} is not PATH=VALUES, such as {_EXAMPLE}", file=where))
    return present(path.strip(), where), written.strip()


def swept(path: str, written: str, where: str = "--vary") -> SweptInput:
    """Return what is varied at a path.

    Args:
        path: of the input.
        written: its values as :func:`read_values` takes them, behind the equals sign.
        where: it was written, for messages.

    Raises:
        InputError: as of :func:`read_values`.
    """
    try:
        found = _RANGE.fullmatch(written)
        if found is not None:
            return _range(path, found["low"].strip(), found["high"].strip(), found["more"])
        return listed(path, [part.strip() for part in written.split(",")])
    except InputError as error:
        raise InputError(
            [Problem(one.message, path, where, suggestion=one.suggestion) for one in error.problems]
        ) from None


def listed(path: str, texts: Iterable[str]) -> SweptInput:
    """Return an input with single values; a unit behind the last counts for those that have none.

    Raises:
        InputError: there is none, or one is empty or stands there twice.
    """
    values = list(texts)
    if not all(values) or not values:
        raise InputError(f"an empty value among {', '.join(values) or 'none'}; write such as 20,30,50 nm")
    read = [_number(text) for text in values]
    if any(item is None for item in read):
        texts, numbers, unit = values, [], ""
    else:
        pairs = [item for item in read if item is not None]
        unit = pairs[-1][1]
        pairs = [(number, own or unit) for number, own in pairs]
        texts = [_text(number, own) for number, own in pairs]
        numbers = [_in_unit(number, own, unit) for number, own in pairs]
    twice = sorted({text for text in texts if list(texts).count(text) > 1})
    if twice:
        raise InputError(f"{', '.join(twice)} stands there twice")
    return SweptInput(path, tuple(texts), tuple(numbers), unit)


def _range(path: str, low: str, high: str, more: str) -> SweptInput:
    """Return an input with values between two ends, evenly or by equal factors."""
    count, _, spacing = more.removeprefix(":").strip().partition(":")
    whole = f"{low}..{high}"
    if (
        ".." in high
        or not low
        or not re.fullmatch(r"\d{1,9}", count.strip())
        or spacing.strip() not in ("", "log", "lin")
    ):
        message = f"{whole + more!r} does not say how many values; write such as {whole}:5, or {whole}:5:log"
        raise InputError(Problem(message, suggestion=f"{whole}:5"))
    steps, is_log = int(count), spacing.strip() == "log"
    if not 2 <= steps <= MOST_VALUES:
        raise InputError(f"{steps} values; a range has 2 to {MOST_VALUES}")
    (first, own), (last, unit) = split(low, "1"), split(high, "1")
    start = Decimal(repr(_in_unit(first, own, unit))) if own and own != unit else first
    if start == last:
        raise InputError(f"{whole} has no two ends")
    if is_log and not (start > 0 and last > 0):
        raise InputError(f"{whole} does not lie above 0, so that there are no equal factors between its ends")
    numbers = [_between(start, last, k, steps, is_log) for k in range(steps)]
    texts = [_text(number, unit) for number in numbers]
    if len(set(texts)) < steps:
        raise InputError(f"{steps} values between {low} and {high} are not told apart; write fewer")
    return SweptInput(path, tuple(texts), tuple(map(float, numbers)), unit, is_log)


def _between(first: Decimal, last: Decimal, k: int, steps: int, is_log: bool) -> Decimal:
    """Return a number between two ends; the ends are kept as they were written."""
    if k in (0, steps - 1):
        return last if k else first
    if not is_log:
        found = first + (last - first) * k / (steps - 1)
    else:
        low, high = math.log(first), math.log(last)
        found = Decimal(repr(math.exp(low + (high - low) * k / (steps - 1))))
    return Decimal(f"{found:.{_DIGITS}g}").normalize()


def _number(text: str) -> tuple[Decimal, str] | None:
    """Return number and unit of a text, None of a word."""
    if not re.match(r"[+-]?\.?\d", text):
        return None
    return split(text, "1")


def _text(number: Decimal, unit: str) -> str:
    plain = f"{number:f}" if -6 <= number.adjusted() <= 15 else f"{number}"
    return f"{plain} {unit}".strip()


def _in_unit(number: Decimal, own: str, unit: str) -> float:
    """Return a number in the unit of the others."""
    return float(number) if own == unit or not unit else from_si(float(number), own, unit)
