"""The picture of the scoreboard: every row stands once, at its distance from what was reported."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from halodot.learn.intervals import Interval
from halodot.paper.figure_scoreboard import STAGES, distances, scoreboard_figure
from halodot.paper.scoreboard import Row, judge
from halodot.paper.targets import read_targets
from halodot.report.style import house_style
from halodot.study import load_targets_text

TARGETS = {target.id: target for target in read_targets(load_targets_text())}


def row(name, model, sd=None, drawn=()):
    """A row of the paper with a number of the model."""
    return Row(TARGETS[name], model, sd, judge(TARGETS[name], model, sd, drawn), "", drawn)


@pytest.fixture
def rows():
    """Every row: numbers at the reported ones but for a few, statements true but for one that is not modelled."""
    made = []
    for name, target in TARGETS.items():
        if target.test == "value":
            values = tuple(float(part) for part in target.reported.split(";"))
            made.append(row(name, values[0] if len(values) == 1 else values))
        else:
            made.append(
                Row(target, None if name == "R17" else True, None, "not modelled" if name == "R17" else "yes", "")
            )
    changed = {"R33": row("R33", 30.45, 2.4), "R23": row("R23", 700.0, 1.0), "R37": row("R37", 10.79 * math.e)}
    return [changed.get(one.target.id, one) for one in made]


def test_every_row_of_the_paper_has_its_place():
    assert sorted(name for names in STAGES.values() for name in names) == sorted(TARGETS)


def test_distances_are_in_reported_standard_deviations():
    (eqe,) = distances(row("R33", 30.45, 2.4))
    assert (eqe.value, eqe.low, eqe.high) == pytest.approx((5.0, 3.0, 7.0))
    (life,) = distances(row("R37", 10.79 * math.e))
    assert life.value == pytest.approx(10.79 / 2.0)  # by the logarithm, whose standard deviation is 2/10.79
    drawn = Interval(25.0, 22.05, 26.85, 20.0, 30.0, 1.0)
    (own,) = distances(row("R33", 25.0, 2.4, (drawn,)))
    assert (own.low, own.high) == pytest.approx((-2.0, 2.0))
    x, y = distances(row("R25", (0.713, 0.286)))
    assert (x.value, y.value) == pytest.approx((2.0, -2.0))
    assert distances(row("R06", True)) == ()


def test_marks_stand_at_the_distances_and_what_is_out_of_scale_is_written(rows):
    figure = scoreboard_figure(rows)
    left = figure.axes[0]
    marks = [line for line in left.get_lines() if line.get_marker() not in ("None", None, "")]
    found = sorted(float(line.get_xdata()[0]) for line in marks)
    wanted = sorted(float(np.clip(item.value, -6.0, 6.0)) for one in rows for item in distances(one))
    assert found == pytest.approx(wanted)
    assert sum(place == 6.0 for place in found) == 1
    assert "+55" in [text.get_text() for text in left.texts]
    shapes = {line.get_marker() for line in marks}
    assert shapes == {"s", "o"}  # calibrated and predicted; no number of the paper is given or checked
    assert all(line.get_markerfacecolor() == "#D55E00" for line in marks if line.get_xdata()[0] > 2.1)


def test_statements_stand_apart_and_no_text_is_cut(rows):
    figure = scoreboard_figure(rows)
    assert figure.get_figwidth() * 25.4 == pytest.approx(170.0)
    left, right = figure.axes
    names = [text.get_text() for axes in (left, right) for text in axes.texts]
    for stage, called in STAGES.items():
        assert stage in names
        assert all(names.count(name) == 1 for name in called.values())
    with house_style():
        figure.canvas.draw()
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent()
            assert min(box.x0, box.y0) >= 0.0, text
            assert max(box.x1 - figure.bbox.x1, box.y1 - figure.bbox.y1) <= 0.0, text
    edge = min(text.get_window_extent().x0 for text in right.texts)
    assert max(text.get_window_extent().x1 for text in left.texts) < edge


def test_some_rows_are_enough(rows):
    assert scoreboard_figure(rows[:3]).axes
    assert scoreboard_figure([replace(rows[0], model=None, agrees="no")]).axes
