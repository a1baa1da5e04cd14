"""What the charts of a page are made from: a result, what it is compared with, and how the page looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from halodot.names import shown
from halodot.report.measured import Points
from halodot.report.page.look import DARK, LIGHT
from halodot.results.data import Result
from halodot.results.summary import evaluate
from halodot.rounding import rounded

T = TypeVar("T")

#: Okabe and Ito's colours that stand out on a light and on a dark ground, strongest first
_ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_ON_DARK = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00")


@dataclass(frozen=True)
class Shown:
    """A result and what stands beside it in its charts."""

    result: Result
    pins: Mapping[str, Result] = field(default_factory=dict)  # results to compare with, by name
    reported: Mapping[str, float] = field(default_factory=dict)  # marks [SI] by the name of the summary
    measured: Mapping[str, Points] = field(default_factory=dict)  # as halodot.app.lab.overlay gives them, by name
    voltage: float | None = None  # of the bands [V]; that of the highest EQE without one
    theme: str = "light"  # or "dark"

    def pinned(self, pick: Callable[[Result], T | None]) -> dict[str, T]:
        """Return what is picked of the pinned results, by the names of those that have it."""
        picked = {name: pick(result) for name, result in self.pins.items()}
        return {name: one for name, one in picked.items() if one is not None}

    @property
    def look(self) -> Look:
        """The colours of the theme."""
        return LOOKS[self.theme]


@dataclass(frozen=True)
class Look:
    """The colours of the charts on one ground."""

    ink: str  # of names
    quiet: str  # of marks on axes
    line: str  # of the grid
    paper: str  # what stands behind
    series: tuple[str, ...]


LOOKS: Mapping[str, Look] = {
    name: Look(page["ink"], page["quiet"], page["line"], page["paper"], series)
    for name, page, series in (("light", LIGHT, _ON_LIGHT), ("dark", DARK, _ON_DARK))
}


def said(result: Result, name: str) -> str:
    """Return a number of the summary as text with its unit, "not known" where it was not computed.

    Args:
        result: that has the number.
        name: of the summary.
    """
    value, unit = shown(name, evaluate(result, name))
    text = rounded(value)
    return text if text == "not known" or not unit else f"{text} {unit.replace('cd/m2', 'cd/m²').replace('cm2', 'cm²')}"
