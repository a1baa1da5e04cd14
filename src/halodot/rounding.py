"""Numbers as text, with the digits that their uncertainty leaves them: two of the standard deviation."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

#: digits of a standard deviation that are written
_DIGITS = 2
#: digits that a number has at most
_MOST = 12
#: digits of a number of which no uncertainty is known
_PLAIN = 3
#: share of a number below which its standard deviation is a round-off and none
_ROUND_OFF = 1e-9
#: from 10 to the first of these powers to 10 to the second, numbers are written without an exponent
_SMALLEST, _LARGEST = -3, 6


def rounded(value: float, sd: float | None = None, plain: int = _PLAIN) -> str:
    """Return a number as text, rounded to two digits of its standard deviation.

    Args:
        value: any unit.
        sd: its standard deviation in the same unit; none, or not a number, where it is not known.
        plain: digits of the number where no standard deviation is known.
    """
    if not math.isfinite(value):
        return "not known"
    if sd is None or not math.isfinite(sd) or sd <= abs(value) * _ROUND_OFF:
        return _text(value, _place(value) - plain + 1, trim=True) if value else "0"
    return _text(value, max(_last_digit(sd), _place(value) - _MOST + 1))


def per_cent(share: float, digits: int = 2) -> str:
    """Return a share [1] in per cent as text, never with an exponent for what is nearly all of it.

    Args:
        share: of a whole.
        digits: significant digits.
    """
    return f"{rounded(100.0 * share, plain=digits)} %"


def spread(sd: float) -> str:
    """Return a standard deviation as text with two digits, as :func:`rounded` writes its number."""
    if not math.isfinite(sd):
        return "not known"
    return _text(sd, _last_digit(sd)) if sd > 0.0 else "0"


def with_spread(value: float, sd: float | None, sign: str = "±") -> str:
    """Return a number with its standard deviation behind it, both in the same unit; alone where none is known.

    A standard deviation that is round-off beside its number is left out.
    """
    if not math.isfinite(value) or sd is None or not math.isfinite(sd) or sd <= abs(value) * _ROUND_OFF:
        return rounded(value)
    number, beside = rounded(value, sd), spread(sd)
    if "e" not in number + beside:
        return f"{number} {sign} {beside}"
    power = max(_place(value), _last_digit(sd) + 1)
    scale = 10.0**-power
    return f"({rounded(value * scale, sd * scale)} {sign} {spread(sd * scale)})e{power:+03d}"


def between(low: float, high: float, logarithmic: bool = False) -> str:
    """Return the ends of an interval as text, "18.3 to 24.5", with two digits of half its width.

    Args:
        low: lower end, any unit.
        high: upper end.
        logarithmic: whether the number is judged by its logarithm, so that each end has digits of its own.
    """
    return " to ".join(ends(low, high, logarithmic))


def ends(low: float, high: float, logarithmic: bool = False) -> tuple[str, str]:
    """Return the two ends of an interval as :func:`between` writes them."""
    half = 0.5 * (high - low)
    if not logarithmic or not 0.0 < low < high:
        return rounded(low, half), rounded(high, half)
    relative = min(0.5 * math.log(high / low), 1.0)
    return rounded(low, low * relative), rounded(high, high * relative)


def _place(value: float) -> int:
    """Return the power of ten of the first digit of a number, 0 for 0."""
    return math.floor(Decimal(repr(abs(float(value)))).log10()) if value else 0


def _last_digit(sd: float) -> int:
    """Return the power of ten of the second digit of a standard deviation, 0.0996 being 0.10."""
    first = _place(sd) - _DIGITS + 1
    return _place(float(Decimal(repr(float(sd))).quantize(Decimal(1).scaleb(first), ROUND_HALF_EVEN))) - _DIGITS + 1


def _text(value: float, place: int, trim: bool = False) -> str:
    """Return a number rounded at a power of ten, with an exponent where it is very large or very small."""
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN)
    if not exact:
        return "0" if trim or place >= 0 else f"{Decimal(0).scaleb(place):f}"
    first = exact.adjusted()
    if _SMALLEST <= first < _LARGEST:
        text = f"{exact:.{max(-place, 0)}f}"
        return text.rstrip("0").rstrip(".") if trim and "." in text else text
    mantissa = f"{exact.scaleb(-first):.{max(first - place, 0)}f}"
    mantissa = mantissa.rstrip("0").rstrip(".") if trim and "." in mantissa else mantissa
    return f"{mantissa}e{first:+03d}"
