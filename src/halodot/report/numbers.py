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
#: natural logarithm of the factor beyond which an interval of first order says nothing
_ENDLESS = 6.9
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
    spread: str  # "± 2.5", "12 to 24", "not known", or nothing where it was not asked for
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


def interval(result: Result, name: str) -> Interval | None:
    """Return the one interval of a number of the summary: of the draws where there are any, else of first order.

    Args:
        result: with draws, with an explanation, or with neither.
        name: of the quantity.

    Returns:
        Its central 68 % in the unit shown; None where nothing is known of it.
    """
    entry = summary_of(result).get(name)
    if entry is None or entry.value is None:
        return None
    drawn = _drawn(result.drawn, name)
    if drawn is not None:
        low, median, high = (_shown(name, entry.unit, value) for value in drawn[1:4])
        return Interval(low, high, "draws", median)
    if entry.sd is None:
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
        return Shown(known.label, rounded(value), "not known" if entry.not_counted else "", unit, entry.role)
    half = 0.5 * (found.high - found.low)
    logarithmic = _logarithmic(name) and found.low > 0.0
    if found.how == "derivatives" and not (logarithmic and half > _WIDE * abs(value)):
        return Shown(known.label, rounded(value, half), f"± {spread(half)}", unit, entry.role)
    relative = min(0.5 * math.log(found.high / found.low), 1.0) * abs(value) if logarithmic else half
    return Shown(known.label, rounded(value, relative), _said(found, logarithmic), unit, entry.role)


def _said(found: Interval, logarithmic: bool) -> str:
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return "not known"
    if logarithmic and found.low > 0.0 and math.log(found.high / found.low) > 2.0 * _ENDLESS:
        return "more than a factor of 1000 either way"
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
