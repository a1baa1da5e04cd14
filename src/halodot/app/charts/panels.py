"""The panels of the page: what each needs of a result, its chart, what it says in words, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from halodot.app.charts import colour, device, dots, flows
from halodot.app.charts.curves import Option, Table
from halodot.app.charts.shown import Look, Shown
from halodot.errors import InputError
from halodot.report.kinds import KINDS


class Chart(Protocol):
    """What a panel shows: as ECharts takes it, in a sentence, and as a table."""

    @property
    def text(self) -> str:
        """One sentence with the numbers that matter."""

    def option(self, look: Look) -> Option:
        """Return what ECharts draws."""

    def table(self) -> Table:
        """Return headings and rows."""


@dataclass(frozen=True)
class Panel:
    """A panel of the page."""

    title: str
    needs: str  # in words, what a result must have
    lacks: str  # in words, what a result has that cannot be shown here
    draw: Callable[[Shown], Chart | None]

    def words(self, shown: Shown) -> str:
        """Return what the panel shows in one sentence, for who does not see it."""
        chart = self.draw(shown)
        return self.empty(shown) if chart is None else chart.text

    def empty(self, shown: Shown) -> str:
        """Return why there is nothing to show."""
        flask = shown.result.flask
        if flask is not None and not flask.survived:
            return f"Nothing to show: {self.lacks}. {flask.reason or 'The dots decomposed.'}"
        return f"Nothing to show: the study gives {self.lacks}. It needs {self.needs}."


_DEVICE, _LIT = "a device whose current can be solved", "a device that emits light bright enough to be measured"
_RECIPE = "a recipe that leaves dots"
PANELS: Mapping[str, Panel] = {
    "jvl": Panel("Current and luminance", _DEVICE, KINDS["jvl"].needs, device.jvl),
    "eqe": Panel("External quantum efficiency", _LIT, KINDS["eqe"].needs, device.eqe),
    "spectrum": Panel("Electroluminescence", _LIT, KINDS["el"].needs, device.spectrum),
    "cie": Panel("Colour", _LIT, KINDS["cie"].needs, colour.cie),
    "bands": Panel("Bands", _DEVICE, KINDS["bands"].needs, device.bands),
    "flow": Panel(
        "Where charges and photons go", "a device with forward current", KINDS["flow"].needs, flows.flow_chart
    ),
    "losses": Panel("Losses", _LIT, KINDS["el"].needs, flows.losses),
    "emission_zone": Panel("Emission zone", _LIT, KINDS["emission_zone"].needs, device.emission_zone),
    "shell": Panel("Ligand shell", "a recipe", KINDS["shell"].needs, dots.shell),
    "sizes": Panel("Sizes of the dots", _RECIPE, "no dots whose sizes are known", dots.sizes),
    "absorption": Panel("Absorption and PL", _RECIPE, KINDS["absorption"].needs, dots.absorption),
    "trpl": Panel("PL decay", _RECIPE, KINDS["trpl"].needs, dots.trpl),
    "lifetime": Panel("Lifetime", "a device with a lifetime model", KINDS["decay"].needs, device.lifetime),
}


def panel_options(names: Iterable[str], shown: Shown) -> dict[str, Option]:
    """Return what ECharts draws in each panel, or why it is empty, as {"empty": sentence}.

    Args:
        names: of panels.
        shown: result, and what stands beside it.

    Raises:
        InputError: there is no such panel.
    """
    found: dict[str, Option] = {}
    for name in names:
        chart = panel_of(name).draw(shown)
        found[name] = {"empty": panel_of(name).empty(shown)} if chart is None else chart.option(shown.look)
    return found


def panel_text(name: str, shown: Shown) -> str:
    """Return what a panel shows in one sentence, for who does not see it.

    Args:
        name: of the panel.
        shown: result, and what stands beside it.

    Raises:
        InputError: there is no such panel.
    """
    return panel_of(name).words(shown)


def panel_table(name: str, shown: Shown) -> Table:
    """Return the numbers of a panel as headings and at most 40 rows of text; no rows where it is empty.

    Args:
        name: of the panel.
        shown: result, and what stands beside it.

    Raises:
        InputError: there is no such panel.
    """
    chart = panel_of(name).draw(shown)
    return ((), ()) if chart is None else chart.table()


def panel_of(name: str) -> Panel:
    """Return a panel by its name.

    Args:
        name: of the panel.

    Raises:
        InputError: there is no such panel.
    """
    if name not in PANELS:
        raise InputError(f"there is no panel {name!r}; there are {', '.join(PANELS)}")
    return PANELS[name]
