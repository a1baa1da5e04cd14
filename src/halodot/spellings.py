"""The one list of spellings of units: what may stand behind a number, as a factor to SI and a dimension.

A spelling that is not made from these rows is refused, so that whatever is accepted is right. Symbols keep the case of
their letters (mm is no Mm); names do not (Celsius, HOURS) and take a plural. Only the prefixes of a row are taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

Dimension = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Unit:
    """One unit: its size in SI base units, what it measures, and where its scale starts."""

    factor: Decimal
    dimension: Dimension
    zero: Decimal = Decimal(0)  # added to a number of this unit before the factor, 273.15 for degC


#: symbol, name and size of a prefix
PREFIXES: Mapping[str, tuple[str, str]] = {
    "f": ("femto", "1e-15"),
    "p": ("pico", "1e-12"),
    "n": ("nano", "1e-9"),
    "u": ("micro", "1e-6"),
    "m": ("milli", "1e-3"),
    "c": ("centi", "1e-2"),
    "d": ("deci", "1e-1"),
    "h": ("hecto", "1e2"),
    "k": ("kilo", "1e3"),
    "M": ("mega", "1e6"),
    "G": ("giga", "1e9"),
    "T": ("tera", "1e12"),
}
_PI = "3.141592653589793238462643383280"
#: exact since 2019; the calorie is the thermochemical one, the year the Julian one
_EV, _CALORIE, _YEAR = "1.602176634e-19", "4.184", "31557600"

#: symbols; names; prefixes that both may carry; size in SI; dimension in base units
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("m", "metre meter", "fpnumcdk", "1", "m"),
    ("", "angstrom ångström", "", "1e-10", "m"),
    ("", "micron", "", "1e-6", "m"),
    ("L l", "litre liter", "numcd", "1e-3", "m3"),
    ("cc", "", "", "1e-6", "m3"),
    ("g", "gram gramme", "pnumk", "1e-3", "kg"),
    ("mol", "mole", "fpnumk", "1", "mol"),
    ("M", "molar", "pnum", "1e3", "mol m-3"),
    ("s", "second sec", "fpnumk", "1", "s"),
    ("", "minute min", "", "60", "s"),
    ("h", "hour hr", "", "3600", "s"),
    ("d", "day", "", "86400", "s"),
    ("", "week", "", "604800", "s"),
    ("", "year yr", "", _YEAR, "s"),
    ("Hz", "hertz", "mkMGT", "1", "s-1"),
    ("K degK", "kelvin", "m", "1", "K"),
    ("A", "ampere amp", "fpnumk", "1", "A"),
    ("C", "coulomb", "fpnumk", "1", "A s"),
    ("V", "volt", "numkM", "1", "kg m2 s-3 A-1"),
    ("ohm", "ohm", "mkMG", "1", "kg m2 s-3 A-2"),
    ("S", "siemens", "pnumk", "1", "kg-1 m-2 s3 A2"),
    ("F", "farad", "fpnum", "1", "kg-1 m-2 s4 A2"),
    ("T", "tesla", "num", "1", "kg s-2 A-1"),
    ("J", "joule", "fpnumkMG", "1", "kg m2 s-2"),
    ("eV", "electronvolt", "umkM", _EV, "kg m2 s-2"),
    ("cal", "calorie", "k", _CALORIE, "kg m2 s-2"),
    ("W", "watt", "fpnumkM", "1", "kg m2 s-3"),
    ("N", "newton", "numk", "1", "kg m s-2"),
    ("Pa", "pascal", "mhkMG", "1", "kg m-1 s-2"),
    ("bar", "", "m", "1e5", "kg m-1 s-2"),
    ("atm", "", "", "101325", "kg m-1 s-2"),
    ("Torr", "torr", "m", "133.3223684210526315789473684210526", "kg m-1 s-2"),
    ("cd", "candela", "mk", "1", "cd"),
    ("", "nit", "", "1", "cd m-2"),
    ("lm", "lumen", "mk", "1", "cd sr"),
    ("lx", "lux", "mk", "1", "cd sr m-2"),
    ("sr", "steradian", "", "1", "sr"),
    ("rad", "radian", "m", "1", "rad"),
    ("deg", "degree", "", f"{Decimal(_PI) / 180}", "rad"),
    ("", "rpm", "", f"{Decimal(_PI) / 30}", "rad s-1"),
    # two symbols that the field writes as one word
    ("Vs", "", "m", "1", "kg m2 s-2 A-1"),
    ("As", "", "m", "1", "A s"),
    ("Ah", "", "m", "3600", "A s"),
    ("Js", "", "", "1", "kg m2 s-1"),
    ("Ws", "", "m", "1", "kg m2 s-2"),
    ("Wh", "", "mk", "3600", "kg m2 s-2"),
    # shares and counts
    ("%", "percent pct", "", "1e-2", ""),
    ("‰", "permille", "", "1e-3", ""),
    ("ppm", "", "", "1e-6", ""),
    ("ppb", "", "", "1e-9", ""),
    ("eq", "equiv equivalent", "", "1", ""),
    ("", "volume", "", "1", ""),
)
#: scales whose zero is not that of kelvin: names, zero and size; a prefix would be of the difference, so none is taken
_SCALES: tuple[tuple[str, str, str, str], ...] = (
    ("degC", "celsius centigrade", "273.15", "1"),
    ("degF", "fahrenheit", "459.67", f"{Decimal(5) / 9}"),
)
#: names that are their own plural
_WITHOUT_PLURAL = ("hertz", "siemens", "lux", "rpm", "celsius", "centigrade", "fahrenheit", "pct", "permille", "min")

_SUPERSCRIPTS = "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
#: letters and signs that mean another one here, before Unicode's own equivalents are taken
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−‐‑‒–", "-"),
        **dict.fromkeys("⋅∙•", "·"),
        **dict.fromkeys("º˚", "°"),
        **dict.fromkeys("’ʹ′", "'"),
        "⁄": "/",
        "∕": "/",
    }
)
_LETTERS = (("μ", "u"), ("Ω", "ohm"))
_ANGSTROM = re.compile(r"Å(?![A-Za-z])")
_DEGREES = re.compile(
    r"(?:(?<![a-z])deg(?:rees?|\.)?|°)[ ]?(c(?:elsius)?|f(?:ahrenheit)?|k(?:elvin)?)\b", re.IGNORECASE
)
_ELECTRON_VOLT = re.compile(r"\belectron[- ]volt", re.IGNORECASE)
_SHARE = r"(?:wt|w|m|v|vol|mol|at|weight|mass|volume|mole|atomic|atom)"
#: a percentage of weight, volume, amount, by an assay, or of humidity
_PERCENT = re.compile(
    rf"(?:(?:{_SHARE}|w/w|m/m|v/v|wt/wt|vol/vol)[.]?[- ]?)?(?:%|percent|per cent|pct)"
    r"(?: ?\(?(?:w/w|m/m|v/v|wt/wt|vol/vol|(?:by )?(?:wt|vol|mol|weight|mass|volume|moles?|number)"
    r"|(?:trace )?metals? basis|rh|r\.h\.|relative humidity|purity|pure|gc|hplc|nmr)\)?)?",
    re.IGNORECASE,
)


def cleaned(text: str) -> str:
    """Return a text with the signs of typesetters written as a keyboard has them: ``μm``, ``cm⁻³``, ``−5``, ``° C``.

    Raised digits become a power behind a number or a bracket (``10¹⁸`` is 10^18), plain digits behind a letter.
    """
    text = re.sub(rf"(?<=[\d)])([{_SUPERSCRIPTS}]+)", r"^\1", text.translate(_SIGNS))
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    for written, meant in _LETTERS:
        text = text.replace(written, meant)
    text = _ANGSTROM.sub("angstrom", text)
    text = _DEGREES.sub(lambda found: f"deg{found[1][0].upper()}", " ".join(text.split()))
    return _ELECTRON_VOLT.sub("electronvolt", text.replace("°", "deg"))


def odd_digit(text: str) -> str:
    """Return a digit that is neither plain nor raised, such as a lowered or a circled one; empty if there is none."""
    return next((sign for sign in text if unicodedata.category(sign) == "No" and sign not in f"{_SUPERSCRIPTS}½"), "")


def find(word: str) -> Unit | None:
    """Return the unit of a spelling, None for one that is not in the list."""
    found = symbols().get(word)
    return found if found is not None else names().get(word.casefold())


def is_percentage(text: str) -> bool:
    """Whether a text means percent, of whatever kind: ``wt%``, ``% w/w``, ``% (trace metals basis)``, ``%RH``."""
    return _PERCENT.fullmatch(text) is not None


@cache
def symbols() -> Mapping[str, Unit]:
    """Return unit by symbol; the case of its letters counts."""
    found = {symbol: unit for row in _ROWS for symbol, unit in _prefixed(row, row[0].split(), 0)}
    return found | {symbol: _scale(zero, size) for symbol, _, zero, size in _SCALES}


@cache
def names() -> Mapping[str, Unit]:
    """Return unit by name in small letters, plurals included."""
    found: dict[str, Unit] = {}
    for row in _ROWS:
        for name, unit in _prefixed(row, row[1].split(), 1):
            plain = name.endswith(_WITHOUT_PLURAL)
            found |= dict.fromkeys((name,) if plain else (name, f"{name}s"), unit)
    found["mins"] = found["min"]
    return found | {name: _scale(zero, size) for _, words, zero, size in _SCALES for name in words.split()}


def _prefixed(row: tuple[str, str, str, str, str], words: list[str], form: int) -> list[tuple[str, Unit]]:
    """Spellings of a row: each word alone and behind each prefix, as a symbol (form 0) or as a name (form 1)."""
    _, _, prefixes, size, base = row
    dimension = _dimension(base)
    found = [(word, Unit(Decimal(size), dimension)) for word in words]
    for symbol in prefixes:
        name, factor = PREFIXES[symbol]
        unit = Unit(Decimal(size) * Decimal(factor), dimension)
        found += [((symbol, name)[form] + word, unit) for word in words]
    return found


def _scale(zero: str, size: str) -> Unit:
    return Unit(Decimal(size), _dimension("K"), Decimal(zero))


def _dimension(text: str) -> Dimension:
    parts = (re.fullmatch(r"([a-zA-Z]+)(-?\d+)?", part) for part in text.split())
    return tuple(sorted((part[1], Decimal(part[2] or 1)) for part in parts if part))
