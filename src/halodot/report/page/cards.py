"""The few numbers that a reader of a result wants first: which they are, what they are called, and where they hold."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from halodot.names import QUANTITIES
from halodot.report.numbers import Shown, computed, known_as, shown
from halodot.report.page.frame import typeset, unit_text
from halodot.results.data import Result
from halodot.results.summary import highest_luminance, peak_point
from halodot.rounding import rounded

#: in the order in which a reader wants them; the first few that a result has are shown
_CARDS = (
    *("eqe_max", "luminance", "el", "cie", "half_life", "short_circuit_current"),
    *("open_circuit_voltage", "fill_factor", "current", "turn_on_voltage", "current_efficiency_max", "edge_length"),
    *("pl", "plqy", "lifetime", "coverage_short", "mobility", "outcoupling", "pl_retained_in_air"),
    *("stripped_fraction", "excess_acid", "undissolved_ligand", "coverage_native", "coverage_bare"),
)
MOST = 5
#: shorter names for cards
_BRIEF = {
    "half_life": "Half life (T50)",
    "plqy": "PL quantum yield",
    "edge_length": "Edge length",
    "current_efficiency_max": "Current efficiency",
}


class Card(NamedTuple):
    """A number that stands first, as texts."""

    name: str  # of the quantity of the summary; luminance, current, el, pl and cie stand for more than one
    label: str
    number: Shown
    where: str  # it holds, or what belongs to it: "at 3.1 V", "FWHM 34 nm"; empty for nothing


def cards(result: Result, most: int = MOST) -> tuple[Card, ...]:
    """Return the first few numbers of a result that it has.

    Args:
        result: any.
        most: how many.
    """
    optical = result.optics is not None and result.emission is None
    names = dict.fromkeys(("outcoupling", *_CARDS) if optical else _CARDS)
    found = (card for name in names if (card := _card(result, name)) is not None)
    return tuple(card for _, card in zip(range(most), found))


def printed_number(number: Shown) -> str:
    """Return a number with its unit as both are printed, without its interval."""
    return f"{typeset(number.value)} {unit_text(number.unit)}".strip()


def _card(result: Result, name: str) -> Card | None:
    if name == "luminance":
        return _luminance(result)
    if name == "current":
        return _current(result)
    if name in ("el", "pl"):
        return _band(result, name)
    if name == "cie":
        return _colour(result)
    if name not in computed(result):
        return None
    return Card(name, _BRIEF.get(name, known_as(name, "1").label), shown(result, name), _where(result, name))


def _where(result: Result, name: str) -> str:
    numbers = computed(result)
    if name == "eqe_max" and "eqe_max_voltage" in numbers:
        voltage, current = (shown(result, f"eqe_max_{axis}") for axis in ("voltage", "current_density"))
        return f"at {printed_number(voltage)}, {printed_number(current)}"
    if name == "half_life" and result.ageing is not None:
        beyond = ", extrapolated" if result.ageing.extrapolated else ""
        return f"from {rounded(result.ageing.luminance)} cd/m²{beyond}"
    return ""


def _luminance(result: Result) -> Card | None:
    """The highest luminance where the curve turns or something limits it, else that at the end of the sweep."""
    emission = result.emission
    if emission is None or peak_point(emission) is None:
        return None
    highest, turn = highest_luminance(emission)
    last = float(emission.voltage[int(np.nanargmax(np.where(np.isfinite(emission.luminance), emission.voltage, -1)))])
    turns = math.isfinite(turn)
    where = f"maximum, at {rounded(0.1 * turn)} mA/cm²" if turns else f"end of the sweep, {rounded(last)} V"
    if "luminance_max" in computed(result):
        return Card("luminance", "Luminance", shown(result, "luminance_max"), where)
    number = Shown("", rounded(highest, plain=3), "", "cd/m2", "predicted")
    return Card("luminance", "Luminance", number, where)


def _current(result: Result) -> Card | None:
    """The current at the end of the sweep of a device that gives no light."""
    solution = result.device_solution
    if solution is None or (result.emission is not None and peak_point(result.emission) is not None):
        return None
    solved = np.flatnonzero(solution.converged)
    if not solved.size:
        return None
    last = int(solved[np.argmax(solution.voltage[solved])])
    number = Shown("", rounded(0.1 * float(solution.current_density[last])), "", "mA/cm2", "predicted")
    return Card("current", "Current density", number, f"at {rounded(float(solution.voltage[last]))} V")


def _band(result: Result, which: str) -> Card | None:
    """Peak and width of the emission in one card."""
    peak, width = f"{which}_peak", f"{which}_fwhm"
    numbers = computed(result)
    if peak not in numbers:
        return None
    where = ""
    if width in numbers:
        found = shown(result, width)
        where = f"FWHM {' '.join(filter(None, (typeset(found.value), found.spread)))} nm"
    return Card(which, QUANTITIES[peak].label, shown(result, peak), where)


def _colour(result: Result) -> Card | None:
    if not {"cie_x", "cie_y"} <= set(computed(result)):
        return None
    x, y = shown(result, "cie_x"), shown(result, "cie_y")
    spread = f"{x.spread}; {y.spread}" if x.spread and y.spread else ""
    return Card("cie", "CIE 1931 x, y", Shown("", f"{x.value}, {y.value}", spread, "", x.role), "")
