"""Figure of the ligand shell of the dots through the steps of the recipe, in the words of the recipe."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from halodot.report.style import COLOURS, grow, label, legend, note, panels, shown
from halodot.results.data import Result
from halodot.states import ShellRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: parts of the shell from the left: what they are called, colour and hatch
PARTS = (
    ("native ligands", COLOURS[4], ""),
    ("short ligand", COLOURS[5], "////"),
    ("bare", "#D9D9D9", ""),
    ("bare, halide missing", "#7F7F7F", "||||"),
    ("bare, opened by acid", "#D9D9D9", "xxxx"),
)
#: letters in a line of a step and lines of it, mm of a line, and between steps
_LETTERS, _LINES, _LINE, _GAP = 27, 3, 3.1, 1.3
#: share of the sites below which a part has no entry in the legend
_SEEN = 5e-4
_PLACE = re.compile(r"recipe\.(\w+)\[(\d+)\]")
#: keys of a step that go without saying beside their value, and those that are no part of it
_UNDERSTOOD, _REMARKS = ("volume", "mass", "amount", "time", "temperature"), ("note", "about", "source", "kind")
_SIGNS = {"degC": "°C", "um": "µm"}


def with_shell(result: Result) -> Result | None:
    """Return the result where the shell of its dots is known at several steps, else None."""
    return result if result.flask is not None and len(result.flask.shell) > 1 else None


def parts_of_shell(record: ShellRecord) -> tuple[float, ...]:
    """Return the shares of the sites with native and short ligand, and bare ones by kind, which add up to 1."""
    rest = record.coverage_bare - record.halide_vacancies - record.stripped
    kinds = (max(rest, 0.0), record.halide_vacancies, record.stripped)
    return (record.coverage_native, record.coverage_short, *kinds)


def step_words(result: Result, where: str) -> str:
    """Return a step as the recipe writes it, such as "inject cs oleate, 2.2 mL".

    Args:
        result: with its study.
        where: the place of the step, "recipe.pot[7]".
    """
    if where == "recipe.work_up":
        return "crude solution, standing"
    found = _PLACE.fullmatch(where)
    recipe = result.study.document.get("recipe")
    if found is None or not isinstance(recipe, Mapping):
        return where
    steps = recipe.get(found[1])
    number = int(found[2])
    return _words(steps[number]) if isinstance(steps, list) and number < len(steps) else where


def _words(written: Any) -> str:
    """A piece of a study as a line of text; what is said about a value beside it is left out."""
    if isinstance(written, Mapping):
        if "value" in written:
            return _words(written["value"])
        said = {key: _words(value) for key, value in written.items() if key not in _REMARKS}
        return ", ".join(text if key in _UNDERSTOOD else f"{key} {text}" for key, text in said.items())
    if isinstance(written, list):
        return ", ".join(map(_words, written))
    words = str(written).replace("_", " ").split()
    return " ".join(_SIGNS.get(word, word) for word in words)


def shell(results: Mapping[str, Result]) -> Figure:
    """Draw the shares of the surface sites by ligand after every step from the nucleation on, one panel a recipe."""
    lines = {name: [_lines(result, record) for record in _records(result)] for name, result in results.items()}
    heights = {name: sum(_LINE * len(texts) + _GAP for texts in steps) for name, steps in lines.items()}
    figure, axes = panels(len(results), height=10.0, share_x=False, columns=1)
    grid: Any = axes[0].get_gridspec()
    grid.set_height_ratios([height + 9.0 for height in heights.values()])
    grow(figure, sum(heights.values()) + 2.0 * len(results))
    drawn: dict[str, Artist] = {}
    for panel, (name, result) in zip(axes, results.items()):
        drawn |= _bars(panel, result, lines[name])
        panel.set_title(shown(name, 52), loc="left", pad=3.0).set_parse_math(False)
    label(axes[-1], "Share of the surface sites (%)")
    order = [name for name, _, _ in PARTS if name in drawn]
    legend(figure, [drawn[name] for name in order], order)
    for name, result in results.items():
        if result.flask is not None and result.flask.reason:
            note(figure, f"{name}: {result.flask.reason}" if len(results) > 1 else result.flask.reason)
    return figure


def _records(result: Result) -> tuple[ShellRecord, ...]:
    return result.flask.shell if result.flask is not None else ()


def _lines(result: Result, record: ShellRecord) -> list[str]:
    text = step_words(result, record.where)
    return textwrap.wrap(text, _LETTERS, max_lines=_LINES, placeholder=" ...") or ["(a step)"]


def _bars(axes: Axes, result: Result, lines: list[list[str]]) -> dict[str, Artist]:
    """Draw a bar a step from the top, beside its words; return a patch of each part that is seen."""
    drawn: dict[str, Artist] = {}
    records = _records(result)
    heights = np.array([_LINE * len(texts) + _GAP for texts in lines])
    places = np.cumsum(heights) - 0.5 * heights
    left = np.zeros(len(records))
    shares = 100.0 * np.array([parts_of_shell(record) for record in records]).T
    for (name, colour, hatch), share in zip(PARTS, shares):
        looks: Any = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.3}
        bars = axes.barh(places, share, left=left, height=_LINE + 0.3, **looks)
        if np.any(share > 100.0 * _SEEN):
            drawn[name] = bars.patches[0]
        left += share
    axes.set_yticks(places, ["\n".join(texts) for texts in lines])
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
        text.set_linespacing(0.95)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(float(np.sum(heights)), 0.0)
    axes.set_xlim(0.0, 100.0)
    return drawn
