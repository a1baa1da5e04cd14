"""What a fitted PL decay says: both averages, lifetimes and amplitudes, their intervals and covariance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from halodot.arrays import Array
from halodot.lab.findings import Finding
from halodot.lab.methods._trpl_fit import LEVEL_95, Minimum, covariance, profiled, slopes_of
from halodot.lab.methods._trpl_models import LOGNORMAL, STRETCHED
from halodot.lab.methods._trpl_prepare import Prepared
from halodot.lab.methods._trpl_select import Compared, Spread
from halodot.names import QUANTITIES, Quantity

AMPLITUDE_AVERAGE = QUANTITIES["lifetime_amplitude"]
INTENSITY_AVERAGE = QUANTITIES["lifetime_intensity"]
LIFETIME = Quantity("lifetime_component", "s", "ns", "PL lifetime of a component", "tau_i")
HEIGHT = Quantity("decay_amplitude", "1", "1", "Amplitude of a component in counts of a channel", "a_i")
STRETCHED_LIFETIME = Quantity("stretched_lifetime", "s", "ns", "Time constant of the stretched exponential", "tau_K")
STRETCHING = Quantity("stretching_exponent", "1", "1", "Exponent of the stretched exponential", "beta")
MEDIAN_RATE = Quantity("median_rate", "1/s", "1/us", "Median decay rate", "k_m")
RATE_SPREAD = Quantity("rate_spread", "1", "1", "Standard deviation of the logarithm of the decay rate", "sigma_k")
#: findings that are times, which a decay may bound on one side only
_TIMES = (AMPLITUDE_AVERAGE, INTENSITY_AVERAGE, LIFETIME, STRETCHED_LIFETIME)
#: share of a time from which the lower end of its interval no longer means anything
_UNRESOLVED = 0.3
#: half the width of a 95 % interval in standard deviations
_NORMAL = 1.959964
#: a function of the numbers of a fit
_Function = Callable[[Array], float]


def findings_of(
    fits: Compared, inflation: float, spreads: Sequence[Spread], ready: Prepared, label: str
) -> tuple[tuple[Finding, ...], dict[str, list[object]]]:
    """Return both averages, the numbers of the law and the table of their covariance.

    Args:
        fits: the decay under every law.
        inflation: factor of all variances.
        spreads: of the logarithms of the amplitude and the intensity average.
        ready: the decay.
        label: of the curve.
    """
    best = fits.best
    method = (
        f"{fits.chosen}, {'response folded in' if ready.channels.response is not None else 'tail'}, Poisson likelihood"
    )
    found = []
    for place, quantity in enumerate((AMPLITUDE_AVERAGE, INTENSITY_AVERAGE)):
        value, origin = best.model.averages(best.numbers)[place], ready.origin * _by_origin(best)[place]
        found.append(_finding(quantity, value, spreads[place], method, label, origin))
    for quantity, of, function in _components(best, ready):
        profile = profiled(best, function, LEVEL_95 * inflation)
        spread = Spread(profile.low, profile.high)
        name = ", ".join(part for part in (label, of) if part)
        found.append(_finding(quantity, math.exp(function(best.numbers)), spread, method, name))
    return tuple(found), _covariance_table(best, ready)


def _components(best: Minimum, ready: Prepared) -> list[tuple[Quantity, str, _Function]]:
    """Return every number of the law with the logarithm of it as a function of the numbers of the fit."""
    law, model = best.model.law, best.model
    order = np.argsort(model.shapes(best.numbers)[:, 0])
    half = 0.5 * model.channels.width if model.channels.response is None and not ready.origin else 0.0
    found: list[tuple[Quantity, str, _Function]] = []
    for rank, term in enumerate(order):
        of = f"component {rank + 1}" if law.terms > 1 else ""
        if law.name == STRETCHED:
            found += [(STRETCHED_LIFETIME, of, lambda n: float(n[0])), (STRETCHING, of, lambda n: float(n[1]))]
        elif law.name == LOGNORMAL:
            found += [(MEDIAN_RATE, of, lambda n: -float(n[0])), (RATE_SPREAD, of, lambda n: float(n[1]))]
        else:
            found.append((LIFETIME, of, _number(int(term))))

        def height(n: Array, term: int = int(term)) -> float:
            late = half / math.exp(n[term]) if law.shapes == 1 else 0.0
            return float(n[law.terms * law.shapes + term]) - late - math.log(ready.channels_added)

        found.append((HEIGHT, of, height))
    return found


def _number(place: int) -> _Function:
    return lambda numbers: float(numbers[place])


def _exponential(function: _Function, scale: float) -> _Function:
    return lambda numbers: scale * math.exp(function(numbers))


def _by_origin(best: Minimum) -> tuple[float, float]:
    """Return by how much both averages change with the moment of the pulse, which shifts weight to slow terms."""
    model = best.model
    amplitude, intensity = model.averages(best.numbers)
    if model.law.shapes > 1:
        return intensity / amplitude - 1.0, intensity / amplitude - 1.0
    heights = model.heights(best.numbers)
    rate = float(heights @ np.exp(-model.shapes(best.numbers)[:, 0]) / heights.sum())
    return abs(amplitude * rate - 1.0), abs(intensity / amplitude - 1.0)


def _finding(quantity: Quantity, value: float, spread: Spread, method: str, label: str, origin: float = 0.0) -> Finding:
    low, high = math.exp(spread.low.place), math.exp(spread.high.place)
    warnings = []
    if origin > 0.0:
        low = value - math.hypot(value - low, origin)
        high = value + math.hypot(high - value, origin)
    bound: Literal["", "at most"] = ""
    if quantity in _TIMES and not spread.high.closed:
        warnings.append("the decay does not bound it from above: the record is short or its background too high")
    if quantity in _TIMES and not spread.low.closed:
        if low < _UNRESOLVED * value:
            bound, value, low = "at most", high, 0.0
            warnings.append("the decay is too fast for the channels or the response; the value is an upper limit")
        else:
            warnings.append("the decay does not bound it from below")
    return Finding(
        quantity,
        value,
        (high - low) / (2.0 * _NORMAL),
        method,
        interval=(low, high),
        bound=bound,
        of=label,
        warnings=tuple(warnings),
    )


def _covariance_table(best: Minimum, ready: Prepared) -> dict[str, list[object]]:
    """Return the correlated uncertainties: averages, lifetimes and amplitudes, in the shown units."""
    model = best.model
    rows: list[tuple[str, _Function]] = [
        ("amplitude average (ns)", lambda n: 1e9 * model.averages(n)[0]),
        ("intensity average (ns)", lambda n: 1e9 * model.averages(n)[1]),
    ]
    for quantity, of, function in _components(best, ready):
        scale = 1e9 if quantity.unit == "s" else 1e-6 if quantity.unit == "1/s" else 1.0
        unit = {"s": " (ns)", "1/s": " (1/us)"}.get(quantity.unit, "")
        rows.append((f"{quantity.symbol}{' of ' + of if of else ''}{unit}", _exponential(function, scale)))
    slopes = np.array([slopes_of(of, best.numbers, of(best.numbers)) for _, of in rows])
    matrix = slopes @ covariance(best) @ slopes.T
    return {"quantity": [name for name, _ in rows]} | {
        name: list(matrix[:, place]) for place, (name, _) in enumerate(rows)
    }
