"""Panels of the paper's figures: samples drawn alike in each, and marks at the values that the paper reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from halodot.paper.scoreboard import Series
from halodot.paper.targets import CONTROL, LABELS, TREATED, Target
from halodot.report.style import GREY, legend, look, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: mm, two columns of a journal
WIDTH = 170.0
#: line of each sample, the same in every figure
_LOOKS: Mapping[str, int] = {CONTROL: 0, "0.1": 2, TREATED: 1, "0.3": 3}
#: roles of the numbers that a mark stands beside, and what its mark is; predicted ones are not filled
_SAID: Mapping[str, str] = {
    "calibrated": "reported; the model is calibrated on it",
    "predicted": "reported; the model predicts it",
    "given": "reported; an input of the model",
}
#: sizes of a mark and of the caps of its error bar [pt]
_SIZE, _CAP = 3.6, 1.8


@dataclass
class Composite:
    """A figure of several panels with letters, while it is drawn."""

    figure: Figure
    axes: list[Axes]
    series: Series
    targets: Mapping[str, Target]
    samples: list[str] = field(default_factory=list)  # that were drawn
    marked: list[str] = field(default_factory=list)  # rows whose reported value was drawn


def composite(
    series: Series, targets: Sequence[Target], letters: Sequence[str], columns: int, height: float
) -> Composite:
    """Return a figure two columns wide with a panel for each letter.

    Args:
        series: computed samples by name.
        targets: the paper's results.
        letters: what stands above each panel, such as "a".
        columns: panels side by side.
        height: of a row of panels [mm].
    """
    figure, axes = panels(len(letters), height=height, share_x=False, columns=columns, width=WIDTH)
    for panel, letter in zip(axes, letters):
        panel.set_title(letter, loc="left", fontweight="bold", pad=3.0)
    return Composite(figure, axes, series, {target.id: target for target in targets})


def line(made: Composite, axes: Axes, sample: str, x: Any, y: Any, **other: Any) -> None:
    """Draw a line of a sample in its look, and note that the legend needs it."""
    axes.plot(x, y, **{**look(_LOOKS.get(sample, 4), points=False), **other})
    if sample not in made.samples:
        made.samples.append(sample)


def colour_of(sample: str) -> str:
    """Return the colour of a sample."""
    return str(look(_LOOKS.get(sample, 4), points=False)["color"])


def reported(made: Composite, axes: Axes, row: str, along: Literal["x", "y"], other: float) -> None:
    """Mark the value that the paper reports, with its uncertainty; a bound as an arrow to the side that it allows.

    Args:
        made: the figure.
        axes: the panel, in the unit of the row.
        row: of the scoreboard.
        along: the axis on which the value stands.
        other: where the mark stands on the other axis, nan where there is no such place.
    """
    target = made.targets.get(row)
    if target is None or not math.isfinite(other):
        return
    text = target.reported
    value, bound = float(text.lstrip("<>")), text[0] if text[0] in "<>" else ""
    error = target.sd if math.isfinite(target.sd) else None
    shape = {">": "^", "<": "v"}.get(bound, "D")
    place: Mapping[str, Any] = (
        {"x": [value], "y": [other], "xerr": error} if along == "x" else {"x": [other], "y": [value], "yerr": error}
    )
    _mark(made, axes, row, shape, place)


def _mark(made: Composite, axes: Axes, row: str, shape: str, place: Mapping[str, Any]) -> None:
    """Draw a mark in the colour of its sample, with error bars, filled where the model has seen the value."""
    target = made.targets[row]
    colour = colour_of(CONTROL if target.sample == "control" else TREATED)
    fill = "white" if target.role == "predicted" else colour
    looks: dict[str, Any] = {"markersize": _SIZE, "markerfacecolor": fill, "markeredgecolor": "black", "capsize": _CAP}
    drawn = axes.errorbar(**place, fmt=shape, color="black", elinewidth=0.8, zorder=6, **looks)
    drawn.lines[0].set_gid(row)
    drawn.lines[0].set_markeredgewidth(0.8)
    if row not in made.marked:
        made.marked.append(row)


def reported_pair(made: Composite, axes: Axes, row: str) -> None:
    """Mark a reported pair of numbers as a point of the panel, with the uncertainty of both.

    Args:
        made: the figure.
        axes: the panel, the first number across and the second up.
        row: of the scoreboard.
    """
    target = made.targets.get(row)
    if target is not None:
        across, up = (float(part) for part in target.reported.split(";"))
        _mark(made, axes, row, "D", {"x": [across], "y": [up], "xerr": target.sd, "yerr": target.sd})


def finish(made: Composite) -> Figure:
    """Put the legend above the panels: the samples that were drawn and what the marks are."""
    from matplotlib.lines import Line2D

    order = [name for name in LABELS if name in made.samples]
    handles: list[Any] = [Line2D([], [], **look(_LOOKS.get(name, 4), points=False)) for name in order]
    names = [LABELS[name] for name in order]
    roles = {made.targets[row].role for row in made.marked}
    for role, said in _SAID.items():
        if role in roles:
            fill = {"predicted": "white", "calibrated": GREY}.get(role, "black")
            mark: Any = {"marker": "D", "markersize": _SIZE, "markerfacecolor": fill, "markeredgewidth": 0.8}
            handles.append(Line2D([], [], color="black", linestyle="none", **mark))
            names.append(said)
    legend(made.figure, handles, names)
    return made.figure


def roles_said(made: Composite) -> str:
    """Return which rows the marks are, by what the model does with them, as a sentence for the caption."""
    words = {"calibrated": "calibrated on", "predicted": "predicted", "given": "an input", "checked": "checked"}
    parts = []
    for role, said in words.items():
        rows = sorted(row for row in made.marked if made.targets[row].role == role)
        if rows:
            parts.append(f"{said}: {', '.join(rows)}")
    return f"Marks are the paper's values with the uncertainty of the scoreboard ({'; '.join(parts)})." if parts else ""
