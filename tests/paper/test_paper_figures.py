"""The paper's figures: marks stand at the reported values, lines are the states', and no text is cut."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text

from halodot.chain.simulate import simulate
from halodot.paper.figures import paper_figures
from halodot.paper.targets import CONTROL, DEVICES, TREATED, load_samples, read_targets
from halodot.report.style import house_style
from halodot.results.summary import evaluate
from halodot.study import load_targets_text

TARGETS = {target.id: target for target in read_targets(load_targets_text())}
#: numbers of the paper that stand in none of its figures 1 to 4, or are a relation of two
ELSEWHERE = {"R21", "R26"}
#: numbers that are the length of a bar
BARS = {"R10", "R11"}


@pytest.fixture(scope="module")
def series():
    """The dose series, the two devices at few voltages."""
    studies = load_samples(("run.voltage={from: 0 V, to: 6 V, step: 0.5 V}",))
    return {name: simulate(studies[name]) for name in (CONTROL, "0.1", TREATED, "0.3")}


@pytest.fixture(scope="module")
def made(series):
    """Figures 1 to 4."""
    return paper_figures(series, tuple(TARGETS.values()))


def marks(figures):
    """Every mark of a reported value: row and the places of its points."""
    found = {}
    for item in figures.values():
        for axes in item.figure.axes:
            for line in axes.get_lines():
                if re.fullmatch(r"R\d\d", line.get_gid() or ""):
                    found.setdefault(line.get_gid(), []).append(np.asarray(line.get_xydata(), dtype=float))
    return found


def test_every_number_of_the_paper_is_marked_where_it_was_reported(made):
    found = marks(made)
    numbers = {name for name, target in TARGETS.items() if target.test in ("value", "bound")}
    assert set(found) == (numbers - ELSEWHERE) | {"R14"}
    for row, places in found.items():
        wanted = [float(part.lstrip("<>")) for part in TARGETS[row].reported.split(";") if part != "true"]
        for place in places:
            if row in BARS:
                assert place[1, 0] - place[0, 0] == pytest.approx(wanted[0])
            elif row == "R14":
                assert list(place[:, 0]) == [1639.0, 1571.0, 907.0]
            else:
                assert all(np.any(np.isclose(place, value, rtol=1e-12)) for value in wanted), row


def test_captions_say_what_the_model_did_with_each_row(made):
    for item in made.values():
        for role, words in (("calibrated", "calibrated on"), ("predicted", "predicted"), ("given", "an input")):
            rows = {row for row in marks({"": item}) if TARGETS[row].role == role}
            said = re.search(rf"{words}: ([R0-9, ]+)", item.caption)
            assert rows == (set(said[1].replace(" ", "").split(",")) if said else set())


def holds(axes, x, y):
    """Whether one of the lines has exactly these points."""
    return any(
        np.array_equal(line.get_xdata(), x, equal_nan=True) and np.array_equal(line.get_ydata(), y, equal_nan=True)
        for line in axes.get_lines()
    )


def test_lines_are_the_states(series, made):
    dots, emission = series[TREATED].dots, series[TREATED].emission
    assert holds(made["figure_2"].figure.axes[1], np.arange(3), 100.0 * dots.plqy_by_wash)
    assert holds(made["figure_3"].figure.axes[3], dots.time / 1e-9, dots.trpl)
    seen = emission.luminance >= 1.0
    efficiency = made["figure_4"].figure.axes[4]
    assert holds(efficiency, emission.current_density[seen] / 10.0, 100.0 * emission.eqe[seen])
    doses = made["figure_1"].figure.axes[2].get_lines()[0].get_ydata()
    wanted = [100.0 * evaluate(series[name], "plqy_first_wash") for name in (CONTROL, "0.1", TREATED, "0.3")]
    assert list(doses) == pytest.approx(wanted)
    shell = made["figure_1"].figure.axes[0].patches
    tops = {round(bar.get_x() + 0.5 * bar.get_width(), 3): bar.get_y() + bar.get_height() for bar in shell}
    assert list(tops) == [0.0, 0.1, 0.2, 0.3]
    assert list(tops.values()) == pytest.approx([100.0] * 4)  # native, short and bare are all sites


@pytest.mark.parametrize("name", ["figure_1", "figure_2", "figure_3", "figure_4"])
def test_nothing_is_cut_or_covered(made, name):
    figure = made[name].figure
    assert figure.get_figwidth() * 25.4 == pytest.approx(170.0)
    with house_style():
        figure.canvas.draw()
        boxes = [axes.get_tightbbox() for axes in figure.axes]
        boxes += [item.get_window_extent() for item in figure.legends]
        tight = figure.get_tightbbox()
    assert min(tight.x0, tight.y0) > -0.01
    assert max(tight.x1 - figure.get_figwidth(), tight.y1 - figure.get_figheight()) < 0.01
    seen = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    assert min(text.get_fontsize() for text in seen) >= 7.0
    letters = [axes for axes in figure.axes if axes.get_title(loc="left")]
    pairs = combinations([box for axes, box in zip([*figure.axes, None], boxes) if axes is None or axes in letters], 2)
    for one, other in pairs:
        shared = min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0)
        assert min(shared) <= 1.0


def test_samples_that_are_missing_or_decomposed_leave_their_places_empty(series):
    alone = paper_figures({CONTROL: series[CONTROL]}, tuple(TARGETS.values()))
    assert set(alone) == {"figure_1", "figure_2", "figure_3", "figure_4"}
    assert TREATED in DEVICES
    assert paper_figures({}, tuple(TARGETS.values()))["figure_4"].figure.axes
