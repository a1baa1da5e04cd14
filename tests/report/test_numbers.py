"""Numbers with the interval that first order can give them, and words where it cannot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

import halodot
from halodot.errors import Problem
from halodot.report.compare import _same
from halodot.report.conclusions import conclusions
from halodot.report.numbers import BEYOND, beyond_first_order, first_order_holds, interval, shown
from halodot.results.data import Drawn, Result, SummaryValue, with_draws, with_explanation
from halodot.results.drawn import BOUNDS


@pytest.fixture(scope="module")
def plain() -> Result:
    """A device without a recipe."""
    return halodot.simulate(halodot.load("device-only"))


def explained(result: Result, **spreads: float) -> Result:
    """The result with standard deviations, relative to the numbers."""
    own = result.summary
    changed = {}
    for name, relative in spreads.items():
        value = own[name].value
        assert value is not None
        changed[name] = SummaryValue(value, own[name].unit, "predicted", sd=relative * value)
    return with_explanation(result, changed)


@pytest.mark.parametrize(
    ("name", "value", "sd", "holds"),
    [
        ("eqe_max", 0.2, 0.03, True),
        ("eqe_max", 0.2, 1.1, False),  # 110 %
        ("eqe_max", 0.1673, 0.1, False),  # more than half of it
        ("plqy", 0.98, 0.03, True),
        ("plqy", 0.9, 0.3, False),  # beyond 1
        ("coverage_bare", 0.0, 1e-3, True),
        ("eqe_max_voltage", 2.4, 5.6, False),
        ("eqe_max_voltage", 2.4, 0.6, True),
        ("luminance_max", 8000.0, 2.2 * 8000.0, True),  # a factor of 9
        ("luminance_max", 8000.0, 2.4 * 8000.0, False),  # of 11
        ("el_peak", 645e-9, 2e-9, True),
    ],
)
def test_first_order_holds_where_its_interval_can_be(name: str, value: float, sd: float, holds: bool) -> None:
    assert first_order_holds(name, value, sd) is holds


def test_an_impossible_interval_is_said_in_words(plain: Result) -> None:
    wide = explained(plain, eqe_max=5.0, luminance_max=7.0, el_peak=0.003)
    assert set(beyond_first_order(wide)) == {"eqe_max", "luminance_max"}
    assert interval(wide, "eqe_max") is None
    found = shown(wide, "eqe_max")
    assert found.spread == BEYOND
    value = plain.summary["eqe_max"].value
    assert value is not None
    assert float(found.value) == pytest.approx(100.0 * value, rel=5e-3)  # three digits whatever the spread
    text = " ".join(conclusions(wide))
    assert "too wide for an interval of first order of peak EQE" in text
    assert "--draws 500" in text
    assert shown(wide, "el_peak").spread.startswith("±")
    assert "--draws 500" not in " ".join(conclusions(explained(plain, eqe_max=0.1)))


def test_a_number_outside_its_draws_says_why(plain: Result) -> None:
    value = plain.summary["eqe_max"].value
    assert value is not None
    for factor, said in ((0.6, "above the central 68 % of the draws"), (1.8, "below the central 68 %"), (1.0, "")):
        row = np.array([[factor * value * (0.8 + 0.1 * k) for k in range(len(BOUNDS))]])
        drawn = cast(Drawn, SimpleNamespace(quantities=("eqe_max",), quantiles=row))
        text = " ".join(conclusions(with_draws(plain, drawn)))
        assert (said in text) if said else ("central 68 % of the draws" not in text)


def test_summary_protocol_and_what_is_asked_show_themselves_in_few_lines(plain: Result) -> None:
    said = repr(plain.summary)
    value = plain.summary["eqe_max"].value
    assert value is not None
    assert f"eqe_max {100.0 * value:.4g} %" in said
    assert len(said.splitlines()) == 1 + sum(entry.value is not None for entry in plain.summary.values())
    assert repr(halodot.possible(plain, 0.2)).count("\n") == 2
    assert repr(halodot.protocol(halodot.load("recipe-only"))).count("\n") == 2


def test_round_off_is_no_difference_of_two_results() -> None:
    assert _same([0.99999999999, 1.0])
    assert not _same([0.9999, 1.0])
    assert not _same([None, 1.0])
    assert _same([0.0, 0.0])
    assert not _same([1e-30, 2e-30])


def test_a_problem_says_its_path_once_and_stops_before_its_question() -> None:
    said = str(Problem("x is expected", "a.b", "--set a.b", 1, 1, "3", "3 nm"))
    assert said == "--set a.b: x is expected. Did you mean '3 nm'?"
    inside = str(Problem("unknown key 'z'", "a", "--set a.b", 1, 9, "{value: z}"))
    assert inside.splitlines() == ["--set a.b: a: unknown key 'z'", "    {value: z}", "            ^"]
    assert (
        str(Problem("is wrong.", "a", "f.yaml", 3, 4, suggestion="b")) == "f.yaml:3:4: a: is wrong. Did you mean 'b'?"
    )
