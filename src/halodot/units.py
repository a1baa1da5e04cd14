"""Text with a unit to a number in SI and back, with its dimension checked.

Prefixes and units come from pint, which is loaded when the first unit is read; the way people write them at the bench
(``cm2/Vs``, ``4 mm2``, ``25 °C``, ``nm-2``, ``%RH``) is taken apart here, strictly and with the case of the letters.
Decimal arithmetic keeps ``30 nm`` at 3e-8 and not at a neighbour of it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any

from halodot.errors import InputError, Problem

Dimension = tuple[tuple[str, Decimal], ...]

#: what an SI unit measures, and how one writes it at the bench
_MEANING = {
    "m": ("a length", "nm"),
    "m2": ("an area", "mm2"),
    "m3": ("a volume", "mL"),
    "kg": ("a mass", "mg"),
    "mol": ("an amount", "mmol"),
    "s": ("a time", "s"),
    "K": ("a temperature", "degC"),
    "V": ("a voltage", "V"),
    "eV": ("an energy", "eV"),
    "kg/mol": ("a molar mass", "g/mol"),
    "kg/m3": ("a density", "g/mL"),
    "J/kg": ("a heat per mass", "kJ/g"),
    "1/m2": ("a number per area", "1/nm2"),
    "1/m3": ("a number density", "1/cm3"),
    "1/s": ("a rate", "1/ns"),
    "m/s": ("a velocity", "m/s"),
    "m2/V/s": ("a mobility", "cm2/Vs"),
    "m3/s": ("a rate coefficient", "cm3/s"),
    "ohm*m2": ("a resistance times area", "ohm*cm2"),
    "S/m2": ("a conductance per area", "S/cm2"),
    "cd/m2": ("a luminance", "cd/m2"),
    "A/m2": ("a current density", "mA/cm2"),
    "V/m": ("a field", "V/um"),
    "(m/V)**0.5": ("a factor of the square root of a field", "(cm/V)^0.5"),
    "m6/s": ("an Auger coefficient", "cm6/s"),
    "m2/s": ("a diffusion coefficient", "cm2/s"),
    "1/m3/s": ("a rate per volume", "1/cm3/s"),
    "K*m2/W": ("a thermal resistance times area", "K*cm2/W"),
    "mol/m3": ("a concentration", "mmol/L"),
}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*(.*)", re.DOTALL)
#: what may stand behind ^ or **: 2, -1, 0.5, 1/2, (1/2)
_EXPONENT = r"[+-]?\d+(?:\.\d+|/2)?"
_POWER = rf"(?:\^|\*\*)\s*(?P<{{}}>{_EXPONENT}|\({_EXPONENT}\))"
_TOKEN = re.compile(
    rf"\s*(?:(?P<divide>/)|(?P<open>\()|(?P<close>\))(?:{_POWER.format('outer')})?|(?P<times>\*|·)"
    rf"|(?P<name>[A-Za-z%]+|1(?![\d.]))(?:{_POWER.format('power')}|(?P<plain>[+-]?\d+))?)"
)
_SPELLINGS = (
    ("−", "-"),
    ("⁄", "/"),
    ("μ", "u"),
    ("µ", "u"),
    ("Ω", "ohm"),
    ("Å", "angstrom"),
    ("Å", "angstrom"),
    ("°C", "degC"),
    ("° C", "degC"),
    ("deg C", "degC"),
    ("°F", "degF"),
    ("°", "degree"),
)
#: two symbols written together, which pint would read as a plural
_JOINED = {"Vs": ("V", "s"), "As": ("A", "s"), "mAs": ("mA", "s"), "Ws": ("W", "s"), "Js": ("J", "s")}
_PLAIN = {"percent": "percent", "eq": "1", "equiv": "1", "equivalents": "1", "celsius": "degC", "volumes": "1"}
_PERCENT = re.compile(r"(?:wt|w/w|vol|mol)?\s*%\s*(?:RH)?")
#: longest text of a number with a unit
_LONGEST = 60
_OFFSETS = {"degC": Decimal("273.15"), "degF": Decimal("459.67")}
_WORDS = (
    *("nm", "um", "mm", "cm", "m", "angstrom", "mm2", "cm2", "m2", "mL"),
    *(
        "uL",
        "L",
        "m3",
        "mg",
        "ug",
        "g",
        "kg",
        "mol",
        "mmol",
        "umol",
        "s",
        "ms",
        "us",
        "ns",
        "ps",
        "min",
        "h",
        "day",
        "K",
        "degC",
    ),
    *("V", "mV", "eV", "meV", "rpm", "cd/m2", "mA/cm2", "A/m2", "g/mol"),
    *(
        "kg/mol",
        "g/mL",
        "kg/m3",
        "1/nm2",
        "1/cm3",
        "1/m3",
        "1/ns",
        "1/s",
        "cm2/Vs",
        "m2/V/s",
        "cm3/s",
        "m/s",
        "ohm*cm2",
    ),
    *("ohm*m2", "S/cm2", "S/m2", "kJ/g", "J/kg", "kJ/mol", "mmol/L", "mol/L", "%", "%RH"),
)


def to_si(text: str | float, unit: str) -> float:
    """Read a number with a unit as a float in SI.

    Args:
        text: number and unit as written, ``"30 nm"``; a bare number only where ``unit`` is ``"1"``.
        unit: the SI unit that is wanted, as in ``states.number``.

    Returns:
        The value in ``unit``.

    Raises:
        InputError: no number, no unit, an unknown unit, another dimension, or a value that is not finite.
    """
    number, written = split(text, unit)
    factor, offset = _conversion(written, unit)
    return float(number * factor + offset) if offset else float(number * factor)


def difference_to_si(text: str | float, unit: str) -> float:
    """Read a difference, such as a standard deviation: as :func:`to_si`, without the zero of a temperature scale."""
    number, written = split(text, unit)
    return float(number * _conversion(written, unit)[0])


def from_si(value: float, unit: str, shown_unit: str) -> float:
    """Return a value in SI (``unit``) as a number of ``shown_unit``.

    Raises:
        InputError: the two units have different dimensions.
    """
    if unit == shown_unit or not math.isfinite(value):
        return float(value)
    factor, offset = _conversion(shown_unit, unit)
    return float((Decimal(repr(float(value))) - offset) / factor)


def bench_unit(unit: str) -> str:
    """Return the unit in which a laboratory writes what SI measures in ``unit``: nm for m, mL for m3."""
    return _meaning(unit)[1]


def split(text: str | float, unit: str) -> tuple[Decimal, str]:
    """Take apart number and unit.

    Args:
        text: what was written.
        unit: the SI unit that is wanted, for the message.

    Returns:
        The number, and the unit as written; empty for a pure number.

    Raises:
        InputError: there is no number, or it is not finite, or the unit is missing.
    """
    cleaned = _spelled(str(text).strip())
    if len(cleaned) > _LONGEST:
        raise InputError(Problem(f"{cleaned[:20]}... is too long for a number with a unit"))
    found = _QUANTITY.fullmatch(cleaned)
    if found is None:
        raise InputError(_no_number(cleaned, unit))
    number, written = found.group(1), found.group(2).strip()
    if re.match(r",\d", written):
        raise InputError(Problem(f"{cleaned!r} has a decimal comma", suggestion=cleaned.replace(",", ".", 1)))
    if not written and unit != "1":
        meaning, shown = _meaning(unit)
        raise InputError(
            Problem(
                f"{cleaned} has no unit; {meaning} is expected, for example in {shown}", suggestion=f"{cleaned} {shown}"
            )
        )
    value = Decimal(number)
    if value and not -400 < value.adjusted() <= 300:
        raise InputError(Problem(f"{cleaned!r} is beyond every number that a computer holds"))
    return value, written


def _no_number(cleaned: str, unit: str) -> Problem:
    meaning, shown = _meaning(unit)
    if re.match(r"[+-]?\.?(nan|inf)", cleaned, re.IGNORECASE):
        return Problem(f"{cleaned!r} is not a finite number; {meaning} is expected")
    example = "a number such as 0.5" if unit == "1" else f"a number with a unit, such as 1 {shown}"
    return Problem(f"{cleaned!r} is no number; {meaning} is expected: {example}" if cleaned else f"no value; {example}")


def _meaning(unit: str) -> tuple[str, str]:
    if unit == "1":
        return "a pure number", "1"
    return _MEANING.get(unit, (f"a value in {unit}", unit))


def _spelled(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    for written, meant in _SPELLINGS:
        text = text.replace(written, meant)
    return text


@lru_cache(maxsize=4096)
def _conversion(written: str, unit: str) -> tuple[Decimal, Decimal]:
    """Factor and offset that turn a number of ``written`` into one of ``unit``."""
    if written == unit:
        return Decimal(1), Decimal(0)
    target, wanted = _product(_factors(unit), unit)
    factors = _factors(_spelled(written))
    if len(factors) == 1 and _single(factors[0][0]) is None:
        alike = tuple(word for word in _WORDS if _product(_factors(word), word)[1] == wanted)
        raise InputError(_unknown(written, "", alike))
    factor, dimension = _product(factors, written)
    if dimension != wanted:
        raise InputError(_wrong_dimension(written, dimension, unit))
    scale = Decimal(1) if factor == target else factor / target
    offset = _OFFSETS[factors[0][0]] * scale if len(factors) == 1 and factors[0][0] in _OFFSETS else Decimal(0)
    return scale, offset


def _wrong_dimension(written: str, dimension: Dimension, unit: str) -> Problem:
    meaning, shown = _meaning(unit)
    if not dimension:
        return Problem(f"{written!r} is a pure number, but {meaning} is expected, for example in {shown}")
    given = next(
        (name for target, (name, _) in _MEANING.items() if _product(_factors(target), target)[1] == dimension), ""
    )
    kind = f"{written!r} measures {given}" if given else f"{written!r} has another dimension"
    guess = {("C", "K"): "degC", ("F", "K"): "degF"}.get((written, unit), "")
    if not guess and re.search(r"/[^/()]+[ *·]", written):
        head, tail = written.split("/", 1)
        guess = f"{head}/({tail})"
    wanted = f"{meaning} is expected" + ("" if unit == "1" else f", for example in {shown}")
    return Problem(f"{kind}, but {wanted}", suggestion=guess)


def _factors(text: str) -> list[tuple[str, Decimal]]:
    """Take a product of powers apart: ``cm2/(V s)`` is [(cm, 2), (V, -1), (s, -1)]."""
    if _PERCENT.fullmatch(text):
        return [("percent", Decimal(1))]
    found: list[tuple[str, Decimal]] = []
    position, sign, signs = 0, 1, [1]
    opened: list[int] = []  # where the factors of each open bracket start
    while position < len(text.rstrip()):
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
            power = _exponent(token["power"] or token["plain"] or "1") * sign * signs[-1]
            found += [(name, power) for name in _JOINED.get(token["name"], (token["name"],))]
            sign = 1
    if len(signs) != 1 or sign == -1:
        raise InputError(_unknown(text))
    return [(name, power) for name, power in found if name != "1"]


def _exponent(text: str) -> Decimal:
    number, _, half = text.strip("()").partition("/")
    return Decimal(number) / (2 if half else 1)


def _product(factors: list[tuple[str, Decimal]], text: str) -> tuple[Decimal, Dimension]:
    factor = Decimal(1)
    dimension: dict[str, Decimal] = {}
    for name, power in factors:
        if abs(power) > 12:
            raise InputError(_unknown(text))
        single = _single(name)
        if single is None:
            raise InputError(_unknown(text, name))
        factor *= single[0] ** power
        for base, exponent in single[1]:
            dimension[base] = dimension.get(base, Decimal(0)) + exponent * power
    return factor, tuple(sorted((base, exponent) for base, exponent in dimension.items() if exponent))


def _unknown(text: str, name: str = "", alike: tuple[str, ...] = ()) -> Problem:
    word = name or text
    lowered = {known.lower(): known for known in reversed(alike or _WORDS)}
    near = get_close_matches(word.lower(), lowered, n=1, cutoff=0.4 if alike else 0.5)
    within = f" in {text!r}" if name and name != text else ""
    return Problem(f"unknown unit {word!r}{within}", suggestion=lowered[near[0]] if near else "")


@cache
def _single(name: str) -> tuple[Decimal, Dimension] | None:
    """Factor to SI base units and dimension of one unit; None for a unit that does not exist."""
    name = _PLAIN.get(name, name)
    if name == "1":
        return Decimal(1), ()
    registry = _registry()
    readings = registry.parse_unit_name(name)
    if not readings or (len(name) < 5 and all(plural for _, _, plural in readings)):
        return None  # a final s on a symbol, as in "mins" or "Vs", is not a plural but a second
    factor, base = registry.get_base_units(name)
    dimension = tuple(sorted((str(key), Decimal(str(power))) for key, power in base.dimensionality.items()))
    return Decimal(factor), dimension


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry(non_int_type=Decimal)
