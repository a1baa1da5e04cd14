"""The rule of agreement, row by row, on made-up values; every row of the table is there."""

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
import report_states as made

from halodot.learn.draws import Draws
from halodot.learn.intervals import Interval
from halodot.paper import scoreboard
from halodot.paper.drawn import judging
from halodot.paper.scoreboard import ABSENT, HEADER, READERS, Row, cells, shown, to_csv
from halodot.paper.targets import CONTROL, TREATED, Target, read_targets
from halodot.results.data import Result
from halodot.states import replaced
from halodot.study import load_targets_text


def target(reported: str, test: str = "value", sd: float = 1.0) -> Target:
    return Target("R99", "quantity", "sample", reported, sd, "nm", "Fig", "predicted", test, "remark")


@pytest.mark.parametrize(
    ("value", "sd", "agreement"),
    [
        (652.0, None, "no"),
        (647.1, None, "no"),
        (646.9, None, "yes"),
        (647.1, 1.0, "yes"),
        (648.0, 1.0, "no"),
        (645.0, 3.1, "uninformative"),
        (645.0, 2.9, "yes"),
    ],
)
def test_numbers_agree_within_two_combined_standard_deviations(value: float, sd: float | None, agreement: str) -> None:
    assert scoreboard.judge(target("645"), value, sd) == agreement


def drawn(median: float, low_95: float, high_95: float, logarithmic: bool = False) -> Interval:
    """A distribution whose 68 % interval is half as wide as its 95 % interval."""
    if logarithmic:
        low, high = math.sqrt(median * low_95), math.sqrt(median * high_95)
    else:
        low, high = 0.5 * (median + low_95), 0.5 * (median + high_95)
    return Interval(median, low, high, low_95, high_95, 1.0, logarithmic)


@pytest.mark.parametrize(
    ("found", "agreement"),
    [
        (drawn(645.0, 640.0, 650.0), "yes"),
        (drawn(645.0, 638.9, 651.1), "uninformative"),
        (drawn(641.0, 640.0, 646.0), "yes"),
        (drawn(641.0, 635.0, 641.5), "no"),
    ],
)
def test_drawn_numbers_are_judged_by_the_side_of_their_interval(found: Interval, agreement: str) -> None:
    assert scoreboard.judge(target("645"), found.median, None, (found,)) == agreement


@pytest.mark.parametrize(
    ("found", "agreement"),
    [
        (drawn(4000.0, 1000.0, 16_000.0, True), "uninformative"),
        (drawn(4000.0, 2000.0, 8000.0, True), "yes"),
        (drawn(2000.0, 1800.0, 2200.0, True), "no"),
        (drawn(0.0, 0.0, 8000.0, True), "uninformative"),
    ],
)
def test_luminances_are_judged_by_their_logarithm(found: Interval, agreement: str) -> None:
    """R29 is a luminance: a reported standard deviation of 20 % allows a 95 % interval of exp(12 0.2) = 11 times."""
    luminance = replace(target("7000", sd=1400.0), id="R29")
    assert scoreboard.judge(luminance, found.median, None, (found,)) == agreement
    assert scoreboard.logarithmic("R29")
    assert not scoreboard.logarithmic("R33")


def test_the_width_of_every_interval_is_told() -> None:
    row = Row(target("7000"), 4000.0, 3000.0, "yes", "", (drawn(4000.0, 1000.0, 16_000.0, True),))
    line = dict(zip(HEADER, cells(row)))
    assert line["model_95"] == "1000 to 16000"
    assert line["width_95"] == "x 16"
    assert "width x 16" in scoreboard.brief(row)[3]


def test_a_pair_agrees_only_in_both() -> None:
    colour = target("0.710;0.289", sd=0.0015)
    assert scoreboard.judge(colour, (0.7110, 0.2885), None) == "yes"
    assert scoreboard.judge(colour, (0.7110, 0.2850), None) == "no"
    assert scoreboard.judge(colour, (0.7110, 0.2885), (0.0001, 0.0050)) == "uninformative"


def test_bounds_look_one_way() -> None:
    assert scoreboard.judge(target(">70", "bound", math.nan), 70.1, None) == "yes"
    assert scoreboard.judge(target(">70", "bound", math.nan), 69.9, None) == "no"
    assert scoreboard.judge(target("<5", "bound", math.nan), 4.9, None) == "yes"


def test_truth_values_and_orders() -> None:
    assert scoreboard.judge(target("true", "boolean", math.nan), True, None) == "yes"
    assert scoreboard.judge(target("true", "order", math.nan), False, None) == "no"
    assert scoreboard.judge(target("0.2", "order", math.nan), 0.3, None) == "no"
    assert scoreboard.judge(target("0.2", "order", math.nan), 0.2, None) == "yes"


def test_every_row_is_read_or_has_a_reason_not_to_be() -> None:
    rows = {row.id for row in read_targets(load_targets_text())}
    assert len(rows) == 38
    assert set(READERS) | set(ABSENT) == rows
    assert not set(READERS) & set(ABSENT)


def test_unreached_rows_say_no_and_unmodelled_rows_say_so() -> None:
    from halodot import load

    empty_array = Result(study=load("paper-0.2"))
    series = dict.fromkeys(("control", "0.1", "0.2", "0.3", "hi-only", "post-synthesis", "no-TmPyPB"), empty_array)
    rows = {row.target.id: row for row in scoreboard.score(read_targets(load_targets_text()), series)}
    assert len(rows) == 38
    assert all(rows[name].agrees == "no" and rows[name].model is None for name in READERS)
    assert all(rows[name].agrees == "not modelled" and rows[name].note for name in ABSENT)


def test_csv_has_the_columns_and_one_line_a_row() -> None:
    row = Row(target("645"), 645.12345, 0.5, "yes", 'with "quotes", and commas')
    (line,) = csv.DictReader(io.StringIO(to_csv((row,))))
    assert tuple(line) == HEADER
    assert line["model"] == "645.12"
    assert line["note"].startswith('with "quotes", and commas')
    assert cells(row)[10] == "predicted"


def test_values_as_text() -> None:
    assert shown(None) == ""
    assert shown(True) == "true"
    assert shown((0.7106, 0.2893)) == "0.7106;0.2893"


def test_roll_off_is_compared_by_what_is_left_of_the_peak_at_a_current_that_both_carry() -> None:
    whole = made.whole()
    even = np.full_like(whole.emission.eqe, 0.2)
    fallen = np.where(whole.emission.current_density > 100.0, 0.08, even)
    late, early = (replaced(whole, emission=replaced(whole.emission, eqe=eqe)) for eqe in (even, fallen))
    highest = float(np.nanmax(late.emission.current_density))
    assert scoreboard.common_current({TREATED: late, CONTROL: early}) == highest
    assert scoreboard.peak_left(late, highest) == pytest.approx(1.0)
    assert scoreboard.peak_left(early, highest) == pytest.approx(0.4)
    assert READERS["R35"]({TREATED: late, CONTROL: early}) is True
    assert READERS["R35"]({TREATED: early, CONTROL: late}) is False
    dark = Result(study=late.study)
    assert READERS["R35"]({TREATED: late, CONTROL: dark}) is None


def test_too_few_draws_judge_no_row_and_are_told() -> None:
    def of(ess: float) -> Draws:
        none = np.zeros((40, 0))
        return Draws((), none, (), none, np.full(40, 1.0 / 40.0), ess, {}, 40, {"no solution": 2})

    few = of(3.0)
    assert judging(few)[0] is None
    assert judging(few)[1].startswith("Only 3 effective draws of 40 cases, 2 without a solution: too few to judge")
    usual = of(26.0)
    assert judging(usual)[0] is usual
    assert "with fewer than 100 the ends of the 95 % intervals are noise" in judging(usual)[1]
    assert judging(of(120.0))[1] == "120 effective draws of 40 cases, 2 without a solution."
    assert "Nothing was drawn" in judging(None)[1]
