"""Suggested experiments as tables: for the screen, and as CSV in which the results are filled in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from halodot.learn.campaign import Campaign, TableForm
from halodot.learn.goals import Goal
from halodot.learn.suggest import Expected, Suggestions
from halodot.learn.suggest_causes import Tellings
from halodot.outputs import csv_text
from halodot.units import from_si


def head(found: Suggestions) -> tuple[str, ...]:
    """Return the headings of the table for the screen."""
    goals = [_named(f"expected {goal.quantity}", goal.shown_unit) for goal in found.campaign.goals]
    return (*_inputs(found.campaign), *goals, "succeeds", "why")


def rows(found: Suggestions) -> list[tuple[str, ...]]:
    """Return one line for each suggested experiment."""
    return [
        (
            *_values(found.campaign, one.values),
            *(_with_ends(found.campaign, k, item) for k, item in enumerate(one.expected)),
            f"{one.success:.0%}",
            one.reason,
        )
        for one in found.rows
    ]


def remarks(found: Suggestions) -> Iterator[str]:
    """Yield what is to be said below the table: how far the model holds, and what the best result is."""
    campaign = found.campaign
    for k, (goal, trust) in enumerate(zip(campaign.goals, found.trust)):
        if np.any(np.isfinite(campaign.measured[:, k])):
            yield f"by the results so far {trust:.0%} of what the model says of {goal.quantity} holds"
    if found.best is not None:
        one = campaign.experiments[found.best]
        given = ", ".join(f"{item.name} {item.text(value)}" for item, value in zip(campaign.varied, one.values))
        yield f"best so far, less its noise: {given} ({one.where})"
    yield from found.notes


def csv_of(found: Suggestions) -> str:
    """Return the suggested experiments as a table whose columns are those of the campaign's own.

    The results are filled in below the goals; what was expected, and why, stands beside them. A campaign whose
    experiments stand in a table gets rows that can be put below it: the same separator, decimals, headings and units.
    """
    campaign = found.campaign
    if campaign.form is not None:
        return _as_the_table(campaign, campaign.form, [(one.values, one.reason) for one in found.rows])
    expected = [
        f"{what} {_named(goal.quantity, goal.shown_unit)}" for goal in campaign.goals for what in ("expected", "sd of")
    ]
    lines: list[Sequence[str | float]] = [[*_own_head(campaign), *(_plain(text) for text in expected), "why"]]
    for one in found.rows:
        cells: list[str | float] = []
        for goal, item in zip(campaign.goals, one.expected):
            low, middle, high = (from_si(v, goal.unit, goal.shown_unit) for v in (item.low, item.value, item.high))
            cells += [float(f"{middle:.4g}"), float(f"{(high - low) / 2.0:.2g}")]
        lines.append([*_own_cells(campaign, one.values), *cells, one.reason])
    return csv_text(lines)


def cause_head(found: Tellings) -> tuple[str, ...]:
    """Return the headings of the table of experiments that tell causes apart."""
    goals = found.campaign.goals
    numbers = (_named(f"{goal.quantity} by {name}", goal.shown_unit) for goal in goals for name in found.causes)
    return (*_inputs(found.campaign), *numbers, "bit")


def cause_rows(found: Tellings) -> list[tuple[str, ...]]:
    """Return one line for each experiment that tells causes apart."""
    return [
        (
            *_values(found.campaign, one.values),
            *(_said(goal, row[k]) for k, goal in enumerate(found.campaign.goals) for row in one.expected),
            f"{one.bits:.2f}",
        )
        for one in found.rows
    ]


def _said(goal: Goal, value: float) -> str:
    return "fails" if math.isnan(value) else f"{from_si(value, goal.unit, goal.shown_unit):.4g}"


def cause_remarks(found: Tellings) -> Iterator[str]:
    """Yield how probable each cause is by the experiments so far."""
    if any(not one.pending for one in found.campaign.experiments):
        said = ", ".join(f"{name} {share:.0%}" for name, share in zip(found.causes, found.probability))
        yield f"by the experiments so far, one of these being right: {said}"
    yield from found.campaign.notes


def csv_of_causes(found: Tellings) -> str:
    """Return the experiments that tell causes apart as a table whose columns are those of the campaign's own."""
    if (form := found.campaign.form) is not None:
        return _as_the_table(found.campaign, form, [(one.values, one.reason) for one in found.rows])
    lines: list[Sequence[str | float]] = [[*_own_head(found.campaign), "information (bit)", "why"]]
    for one in found.rows:
        lines.append([*_own_cells(found.campaign, one.values), float(f"{one.bits:.3g}"), one.reason])
    return csv_text(lines)


def _as_the_table(campaign: Campaign, form: TableForm, rows: Sequence[tuple[Sequence[float], str]]) -> str:
    """Return rows as the campaign's own table has them, with nothing below what is to be filled in."""
    places = {item.name: k for k, item in enumerate(campaign.varied)}
    lines: list[Sequence[str]] = [form.headings]
    for values, reason in rows:
        cells = []
        for heading, name, unit in zip(form.headings, form.holds, form.units):
            if name in places:
                item = campaign.varied[places[name]]
                text = f"{from_si(values[places[name]], item.si_unit, unit):.6g}"
                cells.append(text.replace(".", ",") if form.decimal_comma else text)
            else:
                cells.append(reason if heading.casefold() == "why" else "")
        lines.append(cells)
    return csv_text(lines, form.delimiter)


def _own_head(campaign: Campaign) -> list[str]:
    return [*_inputs(campaign), *(goal.heading for goal in campaign.goals), "batch", "failed"]


def _own_cells(campaign: Campaign, values: Sequence[float]) -> list[str | float]:
    return [*_values(campaign, values), *("" for _ in campaign.goals), "", ""]


def _inputs(campaign: Campaign) -> list[str]:
    return [_named(item.name, item.unit) for item in campaign.varied]


def _values(campaign: Campaign, values: Sequence[float]) -> list[str]:
    return [f"{item.number(value):.6g}" for item, value in zip(campaign.varied, values)]


def _with_ends(campaign: Campaign, k: int, item: Expected) -> str:
    goal = campaign.goals[k]
    low, middle, high = (from_si(v, goal.unit, goal.shown_unit) for v in (item.low, item.value, item.high))
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def _named(name: str, unit: str) -> str:
    return name if unit == "1" else f"{name} [{unit}]"


def _plain(text: str) -> str:
    """Return a heading that no reader takes for a column of the campaign."""
    return text.replace("[", "(").replace("]", ")")
