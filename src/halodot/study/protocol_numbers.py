"""Numbers of a procedure as they stand on a bench sheet: the digits that were written, scaled exactly, then rounded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from halodot.errors import InputError
from halodot.units import from_si, split, to_si

#: digits of a pipette or a measuring cylinder
PIPETTE_DIGITS = 3
#: smallest step of a balance, mg
BALANCE = Decimal("0.1")
#: how units are printed, where that is not how a study writes them
_PRINTED: Mapping[str, str] = {"degC": "°C", "um": "µm", "uL": "µL", "umol": "µmol", "ug": "µg", "day": "days"}
#: unit of the bench by SI unit, and what is taken above and below a thousand of it
_BENCH: Mapping[str, tuple[str, ...]] = {
    "kg": ("mg", "g"),
    "m3": ("uL", "mL", "L"),
    "mol": ("umol", "mmol", "mol"),
}
_LARGE = 10_000.0  # mg, from which on grams are written


def as_written(text: Any, value: float, unit: str) -> tuple[Decimal, str] | None:
    """Return number and unit as a study writes them, None where it says something else than the value that is in force.

    Args:
        text: what the document holds: a text, a number, or a mapping with ``value``.
        value: in force [unit].
        unit: SI unit.
    """
    if isinstance(text, Mapping):
        text = text.get("value")
    if not isinstance(text, str | int | float) or isinstance(text, bool):
        return None
    try:
        same = math.isclose(to_si(str(text), unit), value, rel_tol=1e-9)
        return split(str(text), unit) if same else None
    except InputError:
        return None


def shown(text: Any, value: float, unit: str, factor: Fraction = Fraction(1)) -> str:
    """Return a number with its unit: the digits that were written, times a factor.

    Args:
        text: as for :func:`as_written`.
        value: in force [unit].
        unit: SI unit.
        factor: by which it is scaled.
    """
    written = as_written(text, value, unit)
    if written is None:
        return measured(value * float(factor), unit) if unit in _BENCH else plain_number(value * float(factor), unit)
    number, name = written
    if factor == 1:
        return _joined(f"{number:f}", name)
    return _scaled(number, name, unit, factor)


def _scaled(number: Decimal, name: str, unit: str, factor: Fraction) -> str:
    """Return the product of what was written, whole where balance and pipette reach it, else rounded to them."""
    product = Fraction(number) * factor
    size = to_si(f"1 {name}", unit) * float(product)
    exact = _finite(product)
    if exact is None:
        return measured(size, unit)
    if unit == "kg":
        milligrams = Fraction(exact) * Fraction(repr(from_si(to_si(f"1 {name}", unit), unit, "mg")))
        fits = (milligrams / Fraction(BALANCE)).denominator == 1
    else:
        fits = len(exact.normalize().as_tuple().digits) <= max(PIPETTE_DIGITS, len(number.as_tuple().digits) + 1)
    awkward = not 1e-3 <= float(product) < _LARGE
    return measured(size, unit) if awkward or not fits else _joined(f"{exact.normalize():f}", name)


def _finite(product: Fraction) -> Decimal | None:
    """Return a fraction as a decimal, None where its digits do not end."""
    rest = product.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return Decimal(product.numerator) / Decimal(product.denominator) if rest == 1 else None


def measured(value: float, unit: str) -> str:
    """Return a mass, a volume or an amount in SI to the digits that a balance or a pipette gives."""
    if unit == "kg":
        milligrams = value * 1e6
        return f"{milligrams / 1e3:.4f} g" if milligrams >= _LARGE else f"{milligrams:.1f} mg"
    names = _BENCH[unit][1:] if unit == "mol" and value >= 1e-5 else _BENCH[unit]
    name = next((name for name in names if abs(from_si(value, unit, name)) < 1000.0), names[-1])
    return _joined(significant(from_si(value, unit, name)), name)


def rough(value: float, unit: str) -> str:
    """Return a mass, a volume or an amount in SI to three digits, as it follows from a density or from a sum."""
    if unit == "kg":
        return f"{significant(value * 1e6)} mg" if value < 1e-3 else f"{significant(value * 1e3)} g"
    number, _, name = measured(value, unit).partition(" ")
    return f"{Decimal(number).normalize():f} {name}"


def length(value: float) -> str:
    """Return a thickness [m] in nm, µm or mm."""
    name, size = ("nm", 1e9) if value < 1e-5 else ("µm", 1e6) if value < 1e-3 else ("mm", 1e3)
    return f"{value * size:.4g} {name}"


def plain_number(value: float, unit: str) -> str:
    """Return another number in SI in the unit of the bench: minutes, degrees, rounds per minute."""
    if unit == "s":
        name = "s" if value < 120.0 else "min" if value < 7200.0 else "h" if value < 172_800.0 else "day"
    else:
        name = {"K": "degC", "rad/s": "rpm", "m": "um"}.get(unit, unit)
    return _joined(f"{from_si(value, unit, name):.4g}", "" if name == "1" else name)


def significant(value: float, digits: int = PIPETTE_DIGITS) -> str:
    """Return a number with a count of significant digits, never with a power of ten."""
    if value == 0.0 or not math.isfinite(value):
        return f"{value:g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if abs(rounded) >= 10.0 ** (digits - places):  # 9.999 rounds up to 10.00
        places -= 1
    return f"{rounded:.{max(places, 0)}f}"


def _joined(number: str, unit: str) -> str:
    if unit in ("", "1"):
        return number
    if unit == "day" and Decimal(number) == 1:
        return f"{number} day"
    return f"{number} {_PRINTED.get(unit, unit)}"
