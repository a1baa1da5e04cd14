"""Text with a unit to a number in SI and back, with its dimension checked.

What may stand behind a number is listed in :mod:`halodot.spellings`; how units are multiplied and divided at the bench
(``cm2/Vs``, ``cm2 V-1 s-1``, ``1/cm3/s``) and how numbers are written (``2e18``, ``2 x 10^18``) is taken apart here.
What can be read in two ways is refused with both. Decimal arithmetic keeps ``30 nm`` at 3e-8 and not at a neighbour.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from halodot.errors import InputError, Problem
from halodot.spellings import Dimension, cleaned, find, is_percentage, names, odd_digit, symbols

#: what an SI unit measures, and how one writes it at the bench, the usual way first
_MEANING: dict[str, tuple[str, ...]] = {
    "m": ("a length", "nm", "um", "mm"),
    "m2": ("an area", "mm2", "cm2"),
    "m3": ("a volume", "mL", "uL", "nm3"),
    "m4": ("a coefficient of the inverse fourth power of a wavelength", "um4"),
    "kg": ("a mass", "mg", "g"),
    "mol": ("an amount", "mmol", "umol"),
    "s": ("a time", "s", "ns", "min", "h", "ps", "us", "day"),
    "K": ("a temperature", "degC", "K"),
    "V": ("a voltage", "V", "mV"),
    "eV": ("an energy", "eV", "meV"),
    "kg/mol": ("a molar mass", "g/mol"),
    "kg/m3": ("a density", "g/mL", "kg/m3"),
    "J/kg": ("a heat per mass", "kJ/g", "J/g"),
    "1/m2": ("a number per area", "1/nm2", "1/cm2"),
    "1/m3": ("a number density", "1/cm3"),
    "1/s": ("a rate", "1/ns", "1/us", "1/s"),
    "rad/s": ("a speed of rotation", "rpm"),
    "m/s": ("a velocity", "m/s", "cm/s"),
    "m2/V/s": ("a mobility", "cm2/Vs"),
    "m3/s": ("a rate coefficient", "cm3/s"),
    "ohm*m2": ("a resistance times area", "ohm*cm2"),
    "S/m2": ("a conductance per area", "S/cm2", "mS/cm2"),
    "cd/m2": ("a luminance", "cd/m2"),
    "A/m2": ("a current density", "mA/cm2"),
    "V/m": ("a field", "V/um", "MV/cm"),
    "(m/V)**0.5": ("a factor of the square root of a field", "(cm/V)^0.5"),
    "m6/s": ("an Auger coefficient", "cm6/s"),
    "m2/s": ("a diffusion coefficient", "cm2/s"),
    "1/m3/s": ("a rate per volume", "1/cm3/s"),
    "K*m2/W": ("a thermal resistance times area", "K*cm2/W"),
    "mol/m3": ("a concentration", "mmol/L", "mol/L"),
    "rad": ("an angle", "degree"),
}
#: bench units by size: from which number in SI each is used, the smallest unit first
_BY_SIZE: dict[str, tuple[tuple[float, str], ...]] = {
    "m": ((0.0, "nm"), (1e-6, "um"), (1e-3, "mm"), (1e-2, "cm"), (1.0, "m")),
    "m2": ((0.0, "nm2"), (1e-15, "um2"), (1e-9, "mm2"), (1e-4, "cm2"), (1.0, "m2")),
    "m3": ((0.0, "nm3"), (1e-15, "uL"), (1e-7, "mL"), (1e-3, "L")),
    "kg": ((0.0, "ug"), (1e-7, "mg"), (1e-3, "g"), (1.0, "kg")),
    "mol": ((0.0, "nmol"), (1e-7, "umol"), (1e-4, "mmol"), (1.0, "mol")),
    "s": ((0.0, "ps"), (1e-9, "ns"), (1e-6, "us"), (1e-3, "ms"), (1.0, "s"), (120.0, "min"), (3600.0, "h")),
    "1/s": ((0.0, "1/day"), (1e-4, "1/s"), (1e5, "1/ns")),
    "1/m": ((0.0, "1/cm"), (1e8, "1/nm")),
    "J/mol": ((0.0, "J/mol"), (1e3, "kJ/mol")),
    "m3/mol": ((0.0, "cm3/mol"), (1e-3, "L/mol")),
    "mol/m3": ((0.0, "mmol/L"), (1e3, "mol/L")),
}
#: SI units of which the size of a number chooses the unit of the bench
SIZED = frozenset({*_BY_SIZE, "K"})
#: kelvin, below which the bench does not count in degrees Celsius
_COLD = 193.15
_EXPONENT = r"[+-]?\d+"
_TEN = rf"10 ?(?:\^|\*\*) ?(?:(?P<ten>{_EXPONENT})|\((?P<bracketed>{_EXPONENT})\))"
#: a number as Python reads it, 2e18, or with a power of ten: 2 x 10^18, 10^18
_NUMBER = re.compile(rf"(?P<digits>[+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE](?P<e>{_EXPONENT})| ?[x×*·] ?{_TEN})?")
_POWER_OF_TEN = re.compile(rf"(?P<sign>[+-]?){_TEN}")
#: digits with the marks that set them apart in groups or from their decimals
_MARKED = re.compile(r"[+-]?\d+(?:[.,'_]\d+| \d{3}(?!\d))+")
#: shapes of marked digits: the mark of the groups and that of the decimals
_GROUPED = (
    (re.compile(r"\d{1,3}(?:( )\d{3}|(')\d{3}|(_)\d{3})+(?:[.,]\d+)?"), " '_", ".,"),
    (re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"), ",", "."),
    (re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"), ".", ","),
    (re.compile(r"[1-9]\d{0,2},\d{3}"), ",", "."),
    (re.compile(r"\d+,\d+"), "", ","),
)
#: what may stand behind ^ or **: 2, -1, 0.5, 1/2, (1/2)
_FRACTION = r"[+-]?\d+(?:\.\d+|/2)?"
_POWER = rf"(?:\^|\*\*) ?(?P<{{}}>{_FRACTION}|\({_FRACTION}\))"
_TOKEN = re.compile(
    rf" ?(?:(?P<divide>/|per(?= ))|(?P<times>[*·×]|\.(?=[a-zA-Z]))"
    rf"|(?P<open>\()|(?P<close>\))(?:{_POWER.format('outer')})?"
    rf"|(?P<name>[^\W\d_]+|[%‰]|1(?![\d.]))(?:{_POWER.format('power')}|(?P<plain>[+-]?\d+))?)"
)
#: longest text of a number with a unit
_LONGEST = 60


def to_si(text: str | float, unit: str, usual: tuple[float, float] | None = None) -> float:
    """Read a number with a unit as a float in SI.

    Args:
        text: number and unit as written, ``"30 nm"``; a bare number only where ``unit`` is ``"1"``.
        unit: the SI unit that is wanted, as in ``states.number``.
        usual: range [unit] in which the quantity usually lies; a correction outside it is not proposed.

    Returns:
        The value in ``unit``.

    Raises:
        InputError: no number, no unit, an unknown unit, another dimension, or a value that no float holds.
    """
    number, written = split(text, unit, usual)
    factor, zero = _conversion(written, unit)
    return _float((number + zero) * factor, text)


def difference_to_si(text: str | float, unit: str) -> float:
    """Read a difference, such as a standard deviation: as :func:`to_si`, without the zero of a temperature scale."""
    number, written = split(text, unit)
    return _float(number * _conversion(written, unit)[0], text)


def from_si(value: float, unit: str, shown_unit: str) -> float:
    """Return a value in SI (``unit``) as a number of ``shown_unit``.

    Raises:
        InputError: the two units have different dimensions.
    """
    if unit == shown_unit or not math.isfinite(value):
        return float(value)
    factor, zero = _conversion(shown_unit, unit)
    return float(Decimal(repr(float(value))) / factor - zero)


def bench_unit(unit: str) -> str:
    """Return the unit in which a laboratory writes what SI measures in ``unit``: nm for m, mL for m3."""
    return _meaning(unit)[1]


def bench_units(unit: str) -> tuple[str, ...]:
    """Return the units in which a laboratory writes what SI measures in ``unit``, the usual one first."""
    return tuple(dict.fromkeys((*_meaning(unit)[1:], *(name for _, name in _BY_SIZE.get(unit, ())))))


def unit_by_size(value: float, unit: str, usual: str = "") -> str:
    """Return the unit of the bench in which a number is neither small nor large: nm for 3e-8 m, mm for 1.1e-3 m.

    Args:
        value: in ``unit``; where it is 0 or not known, the usual unit is returned.
        unit: SI unit. A temperature in K is taken for one that stands on a thermometer, and stays in kelvin where it is
            a whole number there alone.
        usual: the unit where the size does not choose one; that of the bench where empty.
    """
    size, usual = abs(value), usual or bench_unit(unit)
    if not math.isfinite(size) or size == 0.0:
        return usual
    if unit == "K":
        whole = math.isclose(size, round(size), abs_tol=1e-6)
        return "K" if size < _COLD or whole else "degC"
    fitting = [name for least, name in _BY_SIZE.get(unit, ()) if size >= least * (1.0 - 1e-9)]
    return fitting[-1] if fitting else usual


def split(text: str | float, unit: str, usual: tuple[float, float] | None = None) -> tuple[Decimal, str]:
    """Take apart number and unit.

    Args:
        text: what was written.
        unit: the SI unit that is wanted, for the message.
        usual: range [unit] in which the quantity usually lies, for the message.

    Returns:
        The number, and the unit as written; empty for a pure number.

    Raises:
        InputError: there is no number, or it can be read in two ways, or the unit is missing.
    """
    return _taken_apart(str(text).strip(), unit, usual)


@lru_cache(maxsize=4096)  # a page reads the same study again at every step
def _taken_apart(whole: str, unit: str, usual: tuple[float, float] | None) -> tuple[Decimal, str]:
    if len(whole) > _LONGEST:
        raise InputError(Problem(f"{whole[:20]!r}... is too long for a number with a unit"))
    if odd := odd_digit(whole):
        raise InputError(Problem(f"{whole!r} holds the digit {odd!r}; write plain digits"))
    whole = cleaned(whole)
    marked = _MARKED.match(whole)
    if marked and not re.fullmatch(r"[+-]?\d+\.\d+", marked[0]):
        raise InputError(_two_readings(whole, marked[0]))
    found = _POWER_OF_TEN.match(whole) or _NUMBER.match(whole)
    if found is None:
        raise InputError(_no_number(whole, unit))
    written = whole[found.end() :].strip()
    if re.match(r"[-+±.<>]|to ", written):
        message = f"{whole!r} is more than one number; write {{value: , low: , high: }} or {{value: , sd: }}"
        raise InputError(Problem(message))
    if not written and unit != "1":
        raise InputError(_no_unit(whole, unit, usual))
    return _decimal(found, whole), written


def _decimal(found: re.Match[str], whole: str) -> Decimal:
    parts = found.groupdict()
    digits = parts.get("digits") or f"{parts['sign']}1"
    exponent = int((parts.get("e") or parts["ten"] or parts["bracketed"] or "0")[:8])
    value = Decimal(digits)
    if abs(exponent) > 400 or (value and not -400 < value.adjusted() + exponent <= 300):
        raise InputError(_beyond(whole))
    return value.scaleb(exponent)


def _float(value: Decimal, text: str | float) -> float:
    found = float(value)
    if not math.isfinite(found) or (value and not found):
        raise InputError(_beyond(str(text).strip()))
    return found


def _beyond(text: str) -> Problem:
    return Problem(f"{text!r} is beyond the range of floating-point numbers")


# ------------------------------------------------------------------------------------------------------------ messages


def _two_readings(whole: str, marked: str) -> Problem:
    """Say what a number with marks between its digits may mean: ``1,000``, ``1.000,5``, ``1 000``, ``1,5``."""
    rest, sign = whole[len(marked) :], marked[0] if marked[0] in "+-" else ""
    digits = marked.lstrip("+-")
    shape = next((row for row in _GROUPED if row[0].fullmatch(digits)), None)
    if shape is None:
        return Problem(f"{whole!r} is no number; write its digits without marks and its decimals behind a point")
    _, groups, decimals = shape
    plain = re.sub(rf"[{groups}]", "", digits) if groups else digits
    plain = re.sub(rf"[{decimals}](?=\d+$)", ".", plain)
    reading = f"{sign}{plain}{rest}"
    if groups == "," and decimals == "." and digits.count(",") == 1 and "." not in digits:
        other = f"{sign}{digits.replace(',', '.')}{rest}"
        message = (
            f"{whole!r} means {reading!r} where a comma sets thousands apart and {other!r} where it is a decimal comma"
        )
        return Problem(f"{message}; write the one that you mean")
    what = "a decimal comma" if not groups else "marks between its thousands"
    return Problem(f"{whole!r} has {what}; only a decimal point stands between digits", suggestion=reading)


def _no_number(whole: str, unit: str) -> Problem:
    meaning, shown = _meaning(unit)[:2]
    if re.match(r"[+-]?\.?(nan|inf)", whole, re.IGNORECASE):
        return Problem(f"{whole!r} is not a finite number; {meaning} is expected")
    example = "a number such as 0.5" if unit == "1" else f"a number with a unit, such as 1 {shown}"
    return Problem(f"{whole!r} is no number; {meaning} is expected: {example}" if whole else f"no value; {example}")


def _no_unit(number: str, unit: str, usual: tuple[float, float] | None) -> Problem:
    """Say that a unit is missing, and propose the bench unit that makes the number a usual one."""
    meaning, *shown = _meaning(unit)
    likely = [name for name in shown if usual is None or usual[0] <= to_si(f"{number} {name}", unit) <= usual[1]]
    message = f"{number} has no unit; {meaning} is expected, for example in {(likely or shown)[0]}"
    return Problem(message, suggestion=f"{number} {likely[0]}" if likely else "")


def _meaning(unit: str) -> tuple[str, ...]:
    return ("a pure number", "1") if unit == "1" else _MEANING.get(unit, (f"a value in {unit}", unit))


def _wrong_dimension(written: str, dimension: Dimension, unit: str) -> Problem:
    meaning, shown = _meaning(unit)[:2]
    if not dimension:
        return Problem(f"{written!r} is a pure number, but {meaning} is expected, for example in {shown}")
    given = next((words[0] for target, words in _MEANING.items() if _size(target)[1] == dimension), "")
    kind = f"{written!r} measures {given}" if given else f"{written!r} has another dimension"
    guess = {("C", "K"): "degC", ("F", "K"): "degF", ("deg", "K"): "degC", ("A", "m"): "angstrom"}.get(
        (written, unit), ""
    )
    if not guess and re.search(r"/[^/()]+[ *·]", written):
        head, tail = written.split("/", 1)
        guess = f"{head}/({tail})"
    wanted = f"{meaning} is expected" + ("" if unit == "1" else f", for example in {shown}")
    return Problem(f"{kind}, but {wanted}", suggestion=guess)


def _unknown(text: str, name: str = "", unit: str = "") -> Problem:
    """Say that a unit is unknown, with the nearest spelling of the dimension that is wanted where there is one."""
    word = name or text
    lowered = {known.lower(): known for known in reversed(_spellings_of(unit))}
    near = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6 if unit in ("", "1") else 0.4)
    within = f" in {text!r}" if name and name != text else ""
    return Problem(f"unknown unit {word!r}{within}", suggestion=lowered[near[0]] if near else "")


def _spellings_of(unit: str) -> list[str]:
    """Units as one writes them, those of the wanted dimension; all where a part of a product is unknown."""
    bench: Iterable[str] = (shown for words in _MEANING.values() for shown in words[1:])
    if not unit:
        return [*bench, *symbols()]
    wanted = _size(unit)[1]
    return [name for name in (*bench, *symbols(), *names()) if _size(name)[1] == wanted]


# ------------------------------------------------------------------------------------------------------- sizes of units


@lru_cache(maxsize=4096)
def _conversion(written: str, unit: str) -> tuple[Decimal, Decimal]:
    """Factor and zero that turn a number of ``written`` into one of ``unit``: (number + zero) * factor."""
    if written == unit:
        return Decimal(1), Decimal(0)
    target, wanted = _size(unit)
    factors = _factors(cleaned(written))
    alone = len(factors) == 1
    if alone and find(factors[0][0]) is None:
        raise InputError(_unknown(written, "", unit))
    factor, dimension = _product(factors, written)
    if dimension != wanted:
        raise InputError(_wrong_dimension(written, dimension, unit))
    zero = _zero(*factors[0]) if alone else Decimal(0)
    return Decimal(1) if factor == target else factor / target, zero


def _zero(name: str, power: Decimal) -> Decimal:
    """Return the zero of a temperature scale that stands alone; in a product it is a difference."""
    unit = find(name)
    return unit.zero if unit is not None and power == 1 else Decimal(0)


@lru_cache(maxsize=4096)
def _size(unit: str) -> tuple[Decimal, Dimension]:
    """Factor to SI base units and dimension of a product of units."""
    return _product(_factors(unit), unit)


def _factors(text: str) -> list[tuple[str, Decimal]]:
    """Take a product of powers apart: ``cm2/(V s)`` is [(cm, 2), (V, -1), (s, -1)]."""
    if is_percentage(text):
        return [("%", Decimal(1))]
    if re.search(r"%|percent", text) and re.search(r"\b(?:wt?|m)/v(?:ol)?\b", text, re.IGNORECASE):
        message = f"{text!r} is a mass per volume and no share of one kind; state a share of mass or of volume"
        raise InputError(Problem(message))
    found: list[tuple[str, Decimal]] = []
    position, sign, signs = 0, 1, [1]
    opened: list[int] = []  # where the factors of each open bracket start
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise InputError(_unknown(text))
        position = token.end()
        if token["divide"]:
            sign = -1
        elif token["open"]:
            signs.append(signs[-1] * sign)
            opened.append(len(found))
            sign = 1
        elif token["close"]:
            if len(signs) == 1:
                raise InputError(_unknown(text))
            signs.pop()
            inside, outer = opened.pop(), _exponent(token["outer"] or "1")
            found[inside:] = [(name, power * outer) for name, power in found[inside:]]
        elif token["name"]:
            found.append((token["name"], _exponent(token["power"] or token["plain"] or "1") * sign * signs[-1]))
            sign = 1
    if len(signs) != 1 or sign == -1:
        raise InputError(_unknown(text))
    return [(name, power) for name, power in found if name != "1"]


def _exponent(text: str) -> Decimal:
    number, _, half = text.strip("()").partition("/")
    return Decimal(number[:40]) / (2 if half else 1)


def _product(factors: list[tuple[str, Decimal]], text: str) -> tuple[Decimal, Dimension]:
    factor = Decimal(1)
    dimension: dict[str, Decimal] = {}
    for name, power in factors:
        unit = find(name)
        if unit is None or abs(power) > 12:
            raise InputError(_unknown(text, name if unit is None else ""))
        if not unit.dimension and (len(factors) > 1 or power != 1):
            raise InputError(Problem(f"{name!r} in {text!r} is a pure number, which stands alone"))
        factor *= unit.factor**power
        for base, exponent in unit.dimension:
            dimension[base] = dimension.get(base, Decimal(0)) + exponent * power
    return factor, tuple(sorted((base, exponent) for base, exponent in dimension.items() if exponent))
