"""An optimum as a picture: the front of several goals, or one goal over each input."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from halodot.learn.goals import Goal
from halodot.learn.optimise import Optimum, Trial
from halodot.names import QUANTITIES
from halodot.report.style import COLOURS, GREY, WIDTH, house_style, label, legend, panels, shown
from halodot.states import Array
from halodot.units import from_si
from halodot.wording import in_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: height of a panel [mm]
_HEIGHT = 52.0


def draw_optimum(found: Optimum, width: float = WIDTH) -> Figure:
    """Return the figure of an optimum: a panel for each pair of goals, or for each input of one goal.

    Args:
        found: what was found.
        width: of the figure [mm].
    """
    with house_style():
        if len(found.goals) > 1:
            pairs = list(itertools.combinations(range(len(found.goals)), 2))
            figure, axes = panels(len(pairs), height=_HEIGHT, width=width, share_x=False)
            for panel, pair in zip(axes, pairs):
                handles = _front(panel, found, pair)
            names = ["trials", "front", "compromise", "as it stands"]
        else:
            figure, axes = panels(len(found.varied), height=_HEIGHT, width=width, share_x=False)
            for k, panel in enumerate(axes):
                handles = _over_input(panel, found, k)
            names = ["trials", "loses at most 1 %", "optimum", "as it stands"]
        legend(figure, handles, names)
        return figure


def _front(panel: Axes, found: Optimum, pair: tuple[int, int]) -> list[Artist]:
    first, second = (found.goals[k] for k in pair)
    own = [_points(found, one, pair) for one in found.trials if one.allowed]
    dots = panel.plot(*np.array(own).T, ".", color=GREY, markersize=2.5)[0]
    ahead = np.array(sorted(_points(found, found.trials[k], pair) for k in found.front))
    line = panel.plot(
        *ahead.T, "o-" if len(found.goals) == 2 else "o", color=COLOURS[0], markersize=3.0, linewidth=0.8
    )[0]
    best = _marked(panel, _points(found, found.trials[found.best], pair), "D", COLOURS[1])
    present = _marked(panel, _points(found, found.present, pair), "s", COLOURS[2])
    label(panel, _axis(first), _axis(second))
    return [dots, line, best, present]


def _over_input(panel: Axes, found: Optimum, k: int) -> list[Artist]:
    item, goal = found.varied[k], found.goals[0]
    kept = [one for one in found.trials if one.allowed]
    across: Array = np.array([item.number(one.values[k]) for one in kept])
    up: Array = np.array([_shown(goal, one.numbers[0]) for one in kept])
    dots = panel.plot(across, up, ".", color=GREY, markersize=2.5)[0]
    flat = found.flat[k]
    band = panel.axvspan(item.number(flat.low), item.number(flat.high), color=COLOURS[0], alpha=0.18, linewidth=0.0)
    top = found.trials[found.best]
    best = _marked(panel, (item.number(top.values[k]), _shown(goal, top.numbers[0])), "D", COLOURS[1])
    where = (item.number(found.present.values[k]), _shown(goal, found.present.numbers[0]))
    present = _marked(panel, where, "s", COLOURS[2])
    if item.logarithmic:
        panel.set_xscale("log")
    words = in_words(item.path)
    text = shown(words[:1].upper() + words[1:], 44)
    label(panel, text if item.unit == "1" else f"{text} ({item.unit})", _axis(goal))
    return [dots, band, best, present]


def _marked(panel: Axes, place: tuple[float, float], marker: str, colour: str) -> Artist:
    return panel.plot([place[0]], [place[1]], marker, color=colour, markersize=5.0, markeredgecolor="white", zorder=5)[
        0
    ]


def _points(found: Optimum, one: Trial, pair: tuple[int, int]) -> tuple[float, float]:
    first, second = (_shown(found.goals[k], one.numbers[k]) for k in pair)
    return first, second


def _shown(goal: Goal, value: float) -> float:
    return from_si(value, goal.unit, goal.shown_unit)


def _axis(goal: Goal) -> str:
    words = shown(QUANTITIES[goal.quantity].label, 30)
    return words if goal.shown_unit == "1" else f"{words} ({goal.shown_unit})"
