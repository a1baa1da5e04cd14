"""Charts of where everything goes: from the current to excitons and photons, and what each loss takes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from halodot.app.charts.axes import from_zero
from halodot.app.charts.bars import BarChart, Part
from halodot.app.charts.curves import SMALL, Option, Table, basis, plain
from halodot.app.charts.shown import Look, Shown
from halodot.errors import InputError
from halodot.report.figures_flow import FlowPoint, point_of_flow
from halodot.report.kinds import KINDS
from halodot.results.data import Result
from halodot.results.flows import EXCITONS, INJECTED, NODES, PHOTONS, Link, flow, gathered, through
from halodot.results.losses import GAIN_RULE, LossBudget, loss_budget
from halodot.rounding import per_cent, rounded

#: what the light that the emitter takes back is called where it ends, and where it begins again
TAKEN, AGAIN = "re-absorbed by emitter", "new excitons from it"
#: share of the pairs below which a loss stands among the others, and losses that have bars
_SMALL, _MOST_LOSSES = 0.01, 5
#: letters in a line of an end, and the share from which it is named
_LETTERS, _SEEN = 30, 5e-4
_CALLED = {INJECTED: "Current", EXCITONS: "Excitons", PHOTONS: "Photons"}
#: colours of what leaves each node
_COLOURS = {INJECTED: "#0072B2", EXCITONS: "#D55E00", PHOTONS: "#56B4E9"}
_LIGHT, _PASSING = "#E69F00", "#9A9FA4"


@dataclass(frozen=True)
class FlowChart:
    """Where the current goes, as bands between nodes; what goes back is unfolded into an end and a beginning."""

    chip: str
    text: str
    links: tuple[Link, ...]

    def option(self, look: Look) -> Option:
        """Return what ECharts draws."""
        return {
            **basis(self.chip, look),
            "series": [
                {
                    "type": "sankey",
                    "id": "flow",
                    "silent": True,
                    "draggable": False,
                    "emphasis": {"disabled": True},
                    "left": 6,
                    "right": 178,
                    "top": 50,
                    "bottom": 10,
                    "nodeWidth": 9,
                    "nodeGap": 10,
                    "nodeAlign": "left",
                    "layoutIterations": 0,
                    "label": {"color": look.ink, "fontSize": SMALL, "lineHeight": 12},
                    "lineStyle": {"opacity": 0.55, "curveness": 0.5},
                    "data": self._nodes(look),
                    "links": [self._link(link) for link in self.links],
                }
            ],
        }

    def _nodes(self, look: Look) -> list[Option]:
        found: list[Option] = []
        for depth, node in enumerate(NODES):
            if share := through(self.links, node):
                label = {"position": "top", "align": "left", "offset": [-5, 0]}
                lifted = "\n " if node == EXCITONS else ""  # so that the three fit where the chart is narrow
                name = _CALLED[node] if node == INJECTED else f"{_CALLED[node]} {100.0 * share:.1f} %{lifted}"
                label |= {"formatter": name}
                found.append({"name": node, "depth": depth, "itemStyle": {"color": look.ink}, "label": label})
        if any(link.source == AGAIN for link in self.links):
            found.append({"name": AGAIN, "depth": 0, "itemStyle": {"color": _PASSING}, "label": {"show": False}})
        for node in reversed(NODES):
            for link in self.links:
                if link.source == node and link.target not in NODES:
                    colour = _colour(link)
                    text = "\n".join(
                        textwrap.wrap(f"{100.0 * link.share:.1f} % {plain(link.target)}", _LETTERS, max_lines=2)
                    )
                    label = {"position": "right", "formatter": text if link.share >= _SEEN else " "}
                    found.append({"name": _end(link), "depth": 3, "itemStyle": {"color": colour}, "label": label})
        return found

    def _link(self, link: Link) -> Option:
        target = link.target if link.target in NODES else _end(link)
        style = {"color": _colour(link)}
        return {
            "source": link.source,
            "target": target,
            "value": float(f"{100.0 * link.share:.6g}"),
            "lineStyle": style,
        }

    def table(self) -> Table:
        """Return every band with its share of the injected current."""
        return (
            ("From", "To", "Share of the current (%)"),
            tuple((link.source, link.target, rounded(100.0 * link.share, plain=4)) for link in self.links),
        )


def _end(link: Link) -> str:
    return f"{link.source} > {link.target}"


def _colour(link: Link) -> str:
    if link.target in NODES or link.source == AGAIN or link.target == TAKEN:
        return _PASSING
    return _LIGHT if link.target == "light into air" else _COLOURS[link.source]


def flow_chart(shown: Shown) -> FlowChart | None:
    """Where every injected pair of charges and every photon goes."""
    point: FlowPoint | None = point_of_flow(shown.result)
    if point is None:
        return None
    links = unfolded(gathered(flow(point.solution, point.result.emission, point.index)))
    ends = sorted((link for link in links if link.target not in NODES), key=lambda link: -link.share)
    said = ", ".join(f"{link.target} {100.0 * link.share:.1f} %" for link in ends if link.share >= _SEEN)
    return FlowChart(point.heading, f"Where the injected current goes at {point.heading}: {said}.", links)


def unfolded(links: Sequence[Link]) -> tuple[Link, ...]:
    """Return links without a way back: photons that the emitter takes end, and as many excitons begin.

    Args:
        links: of :func:`halodot.results.flows.flow`.
    """
    found: list[Link] = []
    for link in links:
        found += [Link(PHOTONS, TAKEN, link.share), Link(AGAIN, EXCITONS, link.share)] if link.returns else [link]
    return tuple(found)


def losses(shown: Shown) -> BarChart | None:
    """What each loss takes of the injected pairs at the highest EQE."""
    budget = budget_of(shown.result)
    if budget is None:
        return None
    pinned = {name: found for name, result in shown.pins.items() if (found := budget_of(result)) is not None}
    own = _shares(budget)
    others = {name: _shares(found) for name, found in pinned.items()}
    every = [own, *others.values()]
    words = _largest(every)
    small = {name: 1.0 - math.fsum(one.get(word, 0.0) for word in words) for name, one in (("", own), *others.items())}
    values = [100.0 * own.get(word, 0.0) for word in words] + [100.0 * max(small[""], 0.0)]
    parts = [Part("losses", "this study", "0", tuple(values))]
    for number, (name, one) in enumerate(others.items()):
        beside = [100.0 * one.get(word, 0.0) for word in words] + [100.0 * max(small[name], 0.0)]
        parts.append(Part(f"pin:{name}", name, str(1 + number % 5), tuple(beside), ("slanted", "dotted")[number % 2]))
    largest = budget.by_size[0]
    at = f"{budget.voltage:.2f} V"
    return BarChart(
        f"EQE {per_cent(budget.eqe, 3)} at {at}",
        f"Of the injected pairs at {at}, {per_cent(budget.eqe, 3)} become light in air; the largest loss is"
        f" {largest.called}, {per_cent(largest.share, 3)}. {GAIN_RULE}",
        (*words, _OTHERS),
        from_zero("Share of the pairs (%)", [np.array(part.values) for part in parts]),
        parts,
        labels=tuple(f"{value:.1f} %" for value in values),
        beside=True,
        room=150,
        headings=("What becomes of the pairs", "Share (%)", "EQE without this loss (+ %)"),
        rows=_rows(budget),
    )


_EQE, _OTHERS = "light into air (EQE)", "other losses"


def budget_of(result: Result) -> LossBudget | None:
    """Return the losses at the highest EQE, None where the result has no light."""
    if KINDS["el"].pick(result) is None:
        return None
    try:
        return loss_budget(result)
    except InputError:
        return None


def _shares(budget: LossBudget) -> dict[str, float]:
    return {_EQE: budget.eqe, **{loss.called: loss.share for loss in budget.losses}}


def _largest(every: Sequence[dict[str, float]]) -> list[str]:
    """The EQE and the largest losses of all results, in the order in which a pair meets them."""
    most = {name: max(one.get(name, 0.0) for one in every) for shares in every for name in shares}
    large = sorted(
        (name for name, share in most.items() if share >= _SMALL and name != _EQE), key=lambda name: -most[name]
    )
    return [_EQE, *(name for name in most if name in large[:_MOST_LOSSES])]


def _rows(budget: LossBudget) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[Any, ...]] = [(_EQE, rounded(100.0 * budget.eqe, plain=4), "")]
    for loss in budget.losses:
        rows.append((loss.called, rounded(100.0 * loss.share, plain=4), rounded(100.0 * loss.gain, plain=3)))
    return tuple(rows)
