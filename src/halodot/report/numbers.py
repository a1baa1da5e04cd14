"""A number of a result as it is shown anywhere: rounded to its uncertainty, with one interval, in a bench's unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

from halodot.names import QUANTITIES, Quantity
from halodot.results.data import Drawn, Result, SummaryValue
from halodot.results.summary import QUANTITIES as SUMMARY
from halodot.rounding import between, rounded, spread
from halodot.units import from_si

#: what a role means, in a sentence
ROLES: Mapping[str, str] = {
    "given": "stated by the study, not computed",
    "calibrated": "measured values of this very quantity were fitted, so that agreement with them proves nothing",
    "predicted": "computed; no measured value of this quantity was fitted",
    "checked": "a statement that follows from the model, of which nothing was fitted",
}
#: relative standard deviation from which a log-normal number is given by the ends of its interval
_WIDE = 0.3
#: factor and share of a number beyond which its standard deviation of first order says nothing
_FACTOR, _SHARE = 10.0, 0.5
#: standard deviation [1] of a share that is small even beside 0, and what a share may lead beyond 1
_SMALL, _ABOVE = 0.005, 0.02
#: what stands in place of an interval that first order cannot give
BEYOND = "too wide for first order"
_READ: WeakKeyDictionary[Result, Mapping[str, SummaryValue]] = WeakKeyDictionary()
_MEDIAN = 2  # place of the median among the quantiles of draws


def in_percent(share: float) -> str:
    """Return a share [1] in per cent with three digits."""
    return f"{100.0 * share:.3g} %"


class Interval(NamedTuple):
    """The central 68 % of what a number may be, in the unit shown."""

    low: float
    high: float
    how: str  # draws | derivatives
    median: float  # of the draws, nan without them


class Shown(NamedTuple):
    """A number of the summary as texts."""

    label: str
    value: str
    spread: str  # "± 2.5", "12 to 24", "not known", BEYOND, or nothing where it was not asked for
    unit: str
    role: str


def summary_of(result: Result) -> Mapping[str, SummaryValue]:
    """Return the summary of a result, read from its states once."""
    if result not in _READ:
        _READ[result] = result.summary
    return _READ[result]


def known_as(name: str, unit: str) -> Quantity:
    """Return how a quantity of the summary is called, made of its name where the nomenclature lacks it."""
    return QUANTITIES.get(name) or Quantity(name, unit, unit, name.replace("_", " "), name)


def first_order_holds(name: str, value: float, sd: float) -> bool:
    """Return whether a standard deviation of first order says something of a number.

    It does not where it is more than half of the number, leads a share beyond 1, or, of a number that is judged by its
    logarithm, stands for more than a factor of 10.

    Args:
        name: of the quantity.
        value: SI.
        sd: its standard deviation, SI.
    """
    if not math.isfinite(sd) or _logarithmic(name):
        return not sd > math.log(_FACTOR) * value
    is_share = known_as(name, "1").shown_unit == "%"
    if is_share and value + sd > 1.0 + _ABOVE:
        return False
    return sd <= _SHARE * abs(value) or (is_share and sd <= _SMALL)


def beyond_first_order(result: Result) -> tuple[str, ...]:
    """Return the quantities whose interval first order cannot give and no draws have given."""
    return tuple(
        name
        for name, entry in computed(result).items()
        if entry.sd is not None and _drawn(result.drawn, name) is None
        if not first_order_holds(name, entry.value or 0.0, entry.sd)
    )


def interval(result: Result, name: str) -> Interval | None:
    """Return the one interval of a number of the summary: of the draws where there are any, else of first order.

    Args:
        result: with draws, with an explanation, or with neither.
        name: of the quantity.

    Returns:
        Its central 68 % in the unit shown; None where nothing is known of it, or first order does not hold.
    """
    entry = summary_of(result).get(name)
    if entry is None or entry.value is None:
        return None
    drawn = _drawn(result.drawn, name)
    if drawn is not None:
        low, median, high = (_shown(name, entry.unit, value) for value in drawn[1:4])
        return Interval(low, high, "draws", median)
    if entry.sd is None or not first_order_holds(name, entry.value, entry.sd):
        return None
    low, high = _ends(name, entry.value, entry.sd)
    return Interval(_shown(name, entry.unit, low), _shown(name, entry.unit, high), "derivatives", math.nan)


def shown(result: Result, name: str) -> Shown:
    """Return a number of the summary as texts, "not computed" where the result does not have it.

    Args:
        result: any.
        name: of the quantity.
    """
    entry = summary_of(result)[name]
    known = known_as(name, entry.unit)
    unit = "" if known.shown_unit == "1" else known.shown_unit
    if entry.value is None:
        return Shown(known.label, "not computed", "", unit, entry.role)
    value, found = _shown(name, entry.unit, entry.value), interval(result, name)
    if found is None:
        beyond = entry.sd is not None and not first_order_holds(name, entry.value, entry.sd)
        said = BEYOND if beyond else "not known" if entry.not_counted else ""
        return Shown(known.label, rounded(value), said, unit, entry.role)
    half = 0.5 * (found.high - found.low)
    logarithmic = _logarithmic(name) and found.low > 0.0
    if found.how == "derivatives" and not (logarithmic and half > _WIDE * abs(value)):
        return Shown(known.label, rounded(value, half), f"± {spread(half)}", unit, entry.role)
    relative = 0.5 * math.log(found.high / found.low) * abs(value) if logarithmic else half
    text = rounded(value, relative if relative <= _SHARE * abs(value) else None)
    return Shown(known.label, text, _said(found, logarithmic), unit, entry.role)


def _said(found: Interval, logarithmic: bool) -> str:
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return "not known"
    return between(found.low, found.high, logarithmic)


def _drawn(drawn: Drawn | None, name: str) -> tuple[float, ...] | None:
    if drawn is None or name not in drawn.quantities:
        return None
    found = tuple(float(value) for value in drawn.quantiles[drawn.quantities.index(name)])
    return found if math.isfinite(found[_MEDIAN]) else None


def _ends(name: str, value: float, sd: float) -> tuple[float, float]:
    """Return the ends of the 68 % interval of first order, of a log-normal number by its logarithm."""
    if not _logarithmic(name) or value <= 0.0:
        return value - sd, value + sd
    relative = min(sd / value, 300.0)
    return value * math.exp(-relative), value * math.exp(relative)


def _logarithmic(name: str) -> bool:
    return name in SUMMARY and SUMMARY[name].logarithmic


def _shown(name: str, unit: str, value: float) -> float:
    return from_si(value, unit, known_as(name, unit).shown_unit)


def computed(result: Result) -> dict[str, SummaryValue]:
    """Return the numbers of the summary that the result has."""
    return {name: entry for name, entry in summary_of(result).items() if entry.value is not None}


def drawn_rows(drawn: Drawn) -> list[tuple[str, ...]]:
    """Return label, median, intervals, unit and share of every number of the draws as texts, in the units shown.

    Args:
        drawn: quantiles of the draws, in SI.
    """
    rows: list[tuple[str, ...]] = []
    for name, quantiles, share in zip(drawn.quantities, drawn.quantiles, drawn.share):
        known = QUANTITIES[name]
        low_95, low_68, median, high_68, high_95 = (_shown(name, known.unit, float(value)) for value in quantiles)
        logarithmic = _logarithmic(name) and low_95 > 0.0
        unit = "" if known.shown_unit == "1" else known.shown_unit
        part = "" if share > 0.995 else f"{100.0 * share:.0f} %"
        half = 0.5 * (high_68 - low_68)
        if logarithmic:
            half = median * min(0.5 * math.log(high_68 / low_68), 1.0)
        intervals = (between(low_68, high_68, logarithmic), between(low_95, high_95, logarithmic))
        rows.append((known.label, rounded(median, half), *intervals, unit, part))
    return rows
