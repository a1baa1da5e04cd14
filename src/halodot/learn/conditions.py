"""What draws are conditioned on: stated numbers of the summary, rows of a calibration, and measured curves."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.learn.calibration import Datum
from halodot.names import impossible
from halodot.results.data import Result
from halodot.results.summary import QUANTITIES, evaluate
from halodot.study.reader import nearest
from halodot.units import difference_to_si, to_si

Series = Mapping[str, Result]
_STATED = re.compile(r"\s*([\w.]+)\s*=\s*(.+?)\s*(?:\+-|\+/-|±)\s*(.+?)\s*")


class MeasuredData(Protocol):
    """Anything that says how likely its data are under a result; with ``residuals`` the proposals learn from it."""

    def log_likelihood(self, result: Result) -> float:
        """Return the logarithm of the density of the data; minus infinity where there is no solution."""
        ...


@dataclass(frozen=True)
class Condition:
    """One datum, or one curve, that draws have to agree with."""

    name: str
    samples: tuple[str, ...]  # the studies that it is read from; none for the only one
    residuals: Callable[[Series], Array] | None = None  # in units of the error, uncorrelated; nan for no solution
    likelihood: Callable[[Series], float] | None = None

    def log_likelihood(self, series: Series) -> float:
        """Return ln of the likelihood of results by sample, up to a constant; minus infinity without a solution."""
        if self.likelihood is not None:
            found = self.likelihood(series)
        else:
            assert self.residuals is not None
            found = -0.5 * float(np.sum(self.residuals(series) ** 2))
        return found if math.isfinite(found) else -math.inf


@dataclass(frozen=True)
class StatedNumber:
    """A quantity of the summary with its value and standard deviation [SI]; of the logarithm where that is judged."""

    quantity: str
    value: float
    sd: float  # relative where the logarithm is compared

    def residual(self, series: Series) -> float:
        """Return the distance of the only result in standard deviations, nan where it has no such number."""
        (result,) = series.values()
        found = evaluate(result, self.quantity)
        if not QUANTITIES[self.quantity].logarithmic:
            return (found - self.value) / self.sd
        return math.log(found / self.value) / self.sd if found > 0.0 else math.nan

    def residuals(self, series: Series) -> Array:
        """Return the distance in standard deviations, (1,)."""
        return np.array([self.residual(series)])


@dataclass(frozen=True)
class _OfDatum:
    datum: Datum

    def residuals(self, series: Series) -> Array:
        return np.array([self.datum.residual(series)])


@dataclass(frozen=True)
class _OfResult:
    data: Any  # MeasuredData, with or without residuals
    sample: str

    def _result(self, series: Series) -> Result:
        return series[self.sample] if self.sample else next(iter(series.values()))

    def residuals(self, series: Series) -> Array:
        return np.asarray(self.data.residuals(self._result(series)), dtype=float)

    def likelihood(self, series: Series) -> float:
        return float(self.data.log_likelihood(self._result(series)))


def condition_of(what: Condition | Datum | MeasuredData | str, sample: str = "") -> Condition:
    """Return what a caller means by a condition.

    Args:
        what: a condition; a row of a calibration; a text such as ``luminance_max = 1090 cd/m2 +- 35 %``; or measured
            data with ``log_likelihood(result)``, such as :func:`halodot.learn.likelihood.compared` gives.
        sample: the study that measured data belong to, where there are several.

    Raises:
        InputError: the text cannot be read, or the object says nothing of a result.
    """
    if isinstance(what, Condition):
        return what
    if isinstance(what, str):
        stated = stated_number(what)
        return Condition(stated.quantity, (), stated.residuals)
    if isinstance(what, Datum):
        return Condition(what.id, what.samples, _OfDatum(what).residuals)
    if not callable(getattr(what, "log_likelihood", None)):
        message = f"a condition is a text, a row, or data with log_likelihood(result), not a {type(what).__name__}"
        raise InputError(Problem(message, "condition"))
    reader = _OfResult(what, sample)
    name = getattr(getattr(what, "curve", None), "kind", type(what).__name__)
    residuals = reader.residuals if callable(getattr(what, "residuals", None)) else None
    return Condition(name, (sample,) if sample else (), residuals, reader.likelihood)


def stated_number(text: str) -> StatedNumber:
    """Read ``QUANTITY = VALUE +- SD``, the standard deviation with a unit or in per cent of the value.

    Of a value that is itself in per cent, such as ``eqe_max = 20 % +- 1 %``, the deviation is in points of it.
    A number whose distribution is log-normal, such as a luminance, is compared by its logarithm with SD / VALUE.

    Raises:
        InputError: it cannot be read.
    """
    found = _STATED.fullmatch(text)
    if found is None:
        raise InputError(Problem(f"{text!r} is no condition; write luminance_max = 1000 cd/m2 +- 35 %", "condition"))
    name, value_text, sd_text = found.groups()
    if name not in QUANTITIES:
        raise InputError(
            Problem(f"no number {name!r} in the summary", "condition", suggestion=nearest(name, QUANTITIES))
        )
    quantity = QUANTITIES[name]
    relative = sd_text.endswith("%") and not value_text.endswith("%")
    try:
        value = to_si(value_text, quantity.unit)
        sd = abs(value) * to_si(sd_text, "1") if relative else difference_to_si(sd_text, quantity.unit)
    except InputError as error:
        raise InputError([replace(one, path=f"condition {name}") for one in error.problems]) from error
    if wrong := impossible(name, value):
        raise InputError(Problem(f"{name} {wrong}", "condition"))
    if not sd > 0.0 or (quantity.logarithmic and not value > 0.0):
        raise InputError(Problem(f"{text!r}: value and standard deviation must be larger than zero", "condition"))
    return StatedNumber(name, value, sd / value if quantity.logarithmic else sd)
