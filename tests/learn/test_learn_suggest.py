"""A campaign is read with every mistake named, and what is suggested follows the file, the model and the results."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from synthetic_laboratories import needed, started

import halodot
from halodot.cli import main
from halodot.errors import InputError
from halodot.learn.campaign_file import read_campaign
from halodot.learn.goals import read_goal, read_limit
from halodot.learn.suggest import Suggestions, suggest
from halodot.learn.suggest_belief import Known, learn
from halodot.learn.suggest_causes import suggest_to_learn
from halodot.learn.suggest_gain import chance_of_success, expected_improvement, expected_volume, front, utility
from halodot.report.suggest_table import csv_of, remarks

VARY = """vary:
  dose: recipe.stocks.ligand[0].amount=0.02..0.6 mmol
  acid: recipe.stocks.ligand[1].equivalents=0.2..4
"""
HEAD = f"study: recipe-only\nset: [run.stop_after=dots]\n{VARY}"
GOAL = "goals: [{goal: maximise plqy, noise: 5 %}]\nseed: 3\n"
ROWS = """experiments:
  - {dose: 0.2 mmol, acid: 1.5, plqy: 80 %, batch: A}
  - {dose: 0.4 mmol, acid: 0.5, plqy: 85 %, batch: A}
  - {dose: 0.5 mmol, acid: 3.5, failed: turned yellow, batch: B}
  - {dose: 0.1 mmol, acid: 0.5, plqy: 70 %, batch: B}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "campaign.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module", autouse=True)
def few_places() -> Iterator[None]:
    """Look at few places around the best, which are simulations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("halodot.learn.suggest.AROUND", 8)
        yield


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Suggestions:
    return suggest(written(tmp_path_factory.mktemp("campaign"), HEAD + GOAL + ROWS), 2, candidates=16)


# ------------------------------------------------------------------------------------------------------------- the file


def test_reads_a_campaign(tmp_path: Path) -> None:
    found = read_campaign(written(tmp_path, HEAD + GOAL + ROWS))
    assert [item.name for item in found.varied] == ["dose", "acid"]
    assert found.experiments[0].values == pytest.approx((2e-4, 1.5))
    assert found.measured[:, 0] == pytest.approx([0.8, 0.85, math.nan, 0.7], nan_ok=True)
    assert found.failed.tolist() == [0.0, 0.0, 1.0, 0.0]
    assert found.batches == ("A", "A", "B", "B")


@pytest.mark.parametrize(
    "table",
    [
        "dose [mmol],acid,PLQY [%],batch,failed\n0.2,1.5,80,A,\n0.5,3.5,,B,yellow\n",
        "acid;dose (umol);plqy (%);batch;failed;note\n1,5;200;80;A;no;\n3,5;500;;B;yellow;late\n",
        "recipe.stocks.ligand[0].amount [mol]\tacid [1]\tplqy [1]\tfailed\n2e-4\t1.5\t0.8\t\n5e-4\t3.5\t\tyellow\n",
    ],
)
def test_reads_the_tables_of_a_laboratory(tmp_path: Path, table: str) -> None:
    (tmp_path / "rows.csv").write_text(table, encoding="utf-8")
    found = read_campaign(written(tmp_path, HEAD + GOAL + "experiments: rows.csv\n"))
    assert [one.values for one in found.experiments] == [pytest.approx((2e-4, 1.5)), pytest.approx((5e-4, 3.5))]
    assert found.measured[0, 0] == pytest.approx(0.8)
    assert [one.failed for one in found.experiments] == ["", "yellow"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("[1]\n", "the campaign is empty"),
        (HEAD + "goals: [maximise plqz]\nseed: 1\n", "no number 'plqz'.*Did you mean 'plqy'"),
        (HEAD.replace("0.02..0.6", "0.6..0.6") + GOAL, "dose: .*amount: 0.6..0.6 mmol has no two ends"),
        (HEAD.replace("0.6 mmol", "0.6 g") + GOAL, "measures a mass"),
        (HEAD.replace("ligand[0].amount", "ligand[0].amout") + GOAL, "Did you mean"),
        (HEAD.replace(VARY, "") + GOAL, "nothing is varied"),
        (HEAD + "seed: 1\n", "no goal is stated"),
        (HEAD + "goals: [plqy]\n", "states no seed"),
        (HEAD + "goals: [{goal: plqy, noise: 0 %}]\nseed: 1\n", "noise of plqy: must be above 0"),
        (HEAD.replace("recipe-only", "recipe-onyl") + GOAL, "Did you mean 'recipe-only'"),
        (
            HEAD + GOAL + "experiments: [{dose: 0.7 mmol, acid: 1}]\n",
            "outside the limits 0.02 mmol to 0.6 mmol",
        ),
        (HEAD + GOAL + "experiments: [{dose: 0.3 mg, acid: 1}]\n", "measures a mass"),
        (HEAD + GOAL + "experiments: [{dose: 0.3 mmol}]\n", "states no acid"),
        (HEAD + GOAL + "experiments: [{dose: 0.3 mmol, acid: 1, plqx: 3 %}]\n", "neither varies nor wants 'plqx'"),
        (HEAD + GOAL + "experiments: nowhere.csv\n", "no such table"),
        (HEAD + GOAL + "goal: plqy\n", "has no 'goal'. Did you mean 'goals'"),
        (HEAD + "goals: plqy\nseed: 1\n", "goals are a list"),
        (HEAD.replace("run.stop_after=dots", "run.stop_aftr=dots") + GOAL, "campaign.yaml:2: .*Did you mean"),
        ("# nothing yet\n", "the campaign is empty; it states study, vary, goals and seed"),
        (HEAD + "goals: [{goal: plqy, nois: 5 %}]\nseed: 1\n", "a goal has no 'nois'. Did you mean 'noise'"),
        (HEAD + "goals: [{gaol: plqy}]\nseed: 1\n", "a goal has no 'gaol'. Did you mean 'goal'"),
        (HEAD + "goals: [{noise: 5 %}]\nseed: 1\n", "does not say what is wanted"),
        (HEAD + "goals: [{goal: plqy, noise: 300 %}]\nseed: 1\n", "more than the number itself"),
        (HEAD + "goals: [{goal: plqy, noise: -5 %}]\nseed: 1\n", "noise of plqy: must be above 0"),
        (HEAD + "goals: [plqy = 130 %]\nseed: 1\n", "cannot be 130 %; it lies between 0 and 100 %"),
        (HEAD + GOAL + "experiments: [{dose: 0.3 mmol, acid: 1, plqy: 130 %}]\n", "yaml:8: plqy cannot be 130 %"),
        (HEAD + "goals: [lifetime]\nseed: 1\nexperiments: [{dose: 0.3 mmol, acid: 1, lifetime: -3 ns}]\n", "below 0"),
    ],
)
def test_says_what_is_wrong_with_a_campaign(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_campaign(written(tmp_path, text))
    assert len(caught.value.problems) == 1
    assert (
        "campaign.yaml" in str(caught.value) or "nowhere.csv" in str(caught.value) or "recipe-onyl" in str(caught.value)
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("dose [mg],acid,plqy [%]\n1,1.5,80\n", "measures a mass, but an amount is expected"),
        ("dose,acid,plqy [%]\n1,1.5,80\n", "'dose' has no unit"),
        ("dose [mmol],plqy [%]\n0.2,80\n", "no column of acid"),
        ("dose [mmol],acid,plqy [%]\n0.2,1.5,80\n0.9,1.5,80\n", "rows.csv:3: dose is 0.9 mmol, outside the limits"),
        ("dose [mmol],acid,plqy\n0.2,1.5,80\n", "has no unit"),
        ("dose [mmol],acid,plqy [%]\n0.2,much,80\n", "rows.csv:2:2: 'much' under 'acid' is no number"),
        ("dose [mmol],acid,plqy\n0.2,1.5,80\n", r"rows.csv:1:3: .*Did you mean 'plqy \(%\)'"),
        ("dose [mmol],acid,plqy [%]\n0.2,1.5,800\n", "rows.csv:2: plqy cannot be 800 %; it lies between 0 and 100 %"),
        ("", "the table is empty"),
    ],
)
def test_says_what_is_wrong_with_a_table(tmp_path: Path, table: str, said: str) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(table, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_campaign(written(tmp_path, HEAD + GOAL + "experiments: rows.csv\n"))
    assert rows.read_text(encoding="utf-8") == table


def test_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    table = "dose [mmol],acid,plqx [%],day\n0.2,1.5,80,3\n"
    (tmp_path / "rows.csv").write_text(table, encoding="utf-8")
    found = read_campaign(written(tmp_path, HEAD + GOAL + "experiments: rows.csv\n"))
    assert found.experiments[0].pending
    assert found.notes == (
        "not read in rows.csv: 'plqx [%]' (did you mean 'plqy'?), 'day'",
        "rows.csv has no column of plqy, such as 'plqy [%]'",
    )
    (tmp_path / "rows.csv").write_text(table.replace("plqx", "QY").replace("day", "why"), encoding="utf-8")
    found = read_campaign(written(tmp_path, HEAD + GOAL + "experiments: rows.csv\n"))
    assert (found.measured[0, 0], found.notes) == (pytest.approx(0.8), ())


@pytest.mark.parametrize("rows", ["failed: black", "batch: A"])
def test_nothing_is_said_of_results_that_are_not_there(tmp_path: Path, rows: str) -> None:
    lines = "".join(f"  - {{dose: 0.{k} mmol, acid: 1.{k}, {rows}}}\n" for k in (2, 4))
    found = suggest(written(tmp_path, HEAD + GOAL + "experiments:\n" + lines), candidates=8)
    said = " ".join((found.rows[0].reason, *remarks(found)))
    assert "no experiment has given the plqy yet" in said.casefold()
    assert "results" not in said


@pytest.mark.parametrize(("delimiter", "comma"), [(";", True), ("\t", True), (",", False), (";", False)])
def test_rows_are_written_as_the_table_that_was_read(tmp_path: Path, delimiter: str, comma: bool) -> None:
    lines = [["note", "acid", "PLQY [%]", "dose (umol)", "why"], ["first", "1.5", "80.5", "200", ""]]
    text = "\n".join(delimiter.join(line) for line in lines) + "\n"
    text = text.replace("1.5", "1,5").replace("80.5", "80,5") if comma else text
    table = tmp_path / "rows.csv"
    table.write_text(text, encoding="utf-8")
    path = written(tmp_path, HEAD + GOAL + "experiments: rows.csv\n")
    more = suggest(path, 2, candidates=8)
    head, *added = csv_of(more).splitlines()
    assert head == delimiter.join(lines[0])
    table.write_text(text + "\n".join(added) + "\n", encoding="utf-8")
    again = read_campaign(path).experiments
    assert [one.values for one in again[1:]] == [pytest.approx(one.values, rel=1e-5) for one in more.rows]
    assert [one.pending for one in again] == [False, True, True]


def test_no_share_is_expected_beyond_its_limits(tmp_path: Path) -> None:
    rows = "".join(f"  - {{dose: 0.{k} mmol, acid: 1.{k}, plqy: 9{k} %, batch: {k}}}\n" for k in (1, 3, 5))
    goal = GOAL.replace("5 %", "60 %")
    found = suggest(written(tmp_path, HEAD + goal + "experiments:\n" + rows), 3, candidates=8)
    ends = [one.expected[0] for one in found.rows]
    assert all(0.0 <= one.low <= one.value <= one.high <= 1.0 for one in ends)
    assert any(one.high == 1.0 for one in ends)


def test_a_target_that_nothing_comes_near_is_said(tmp_path: Path) -> None:
    found = suggest(written(tmp_path, HEAD + "goals: [pl_peak = 2 um]\nseed: 1\n"), candidates=8)
    assert any("nothing comes near the target pl_peak 2e+03 nm" in text for text in remarks(found))


def test_a_goal_is_raised_lowered_or_brought_to_a_target() -> None:
    assert read_goal("t50").quantity == "half_life"
    assert read_goal("minimise roughness").kind == "minimise"
    assert read_goal("el_peak = 638 nm").target == pytest.approx(638e-9)
    assert read_limit("turn_on_voltage < 3 V").excess(3.3) == pytest.approx(0.1)
    with pytest.raises(InputError, match="measures an energy"):
        read_goal("el_peak = 2 eV")


# ----------------------------------------------------------------------------------------------------- what is believed


def known(count: int, slope: float, seed: int = 0) -> Known:
    """Results that follow a model with a slope, and what the model says."""
    random = np.random.default_rng(seed)
    places, model = random.random((count, 2)), random.standard_normal(count)
    return Known(places, np.zeros(count), slope * model + 0.3, np.full(count, 0.01), model)


def test_trust_follows_the_results() -> None:
    assert learn(known(10, 1.0)).trust == pytest.approx(1.0, abs=0.05)
    assert learn(known(10, 0.0)).trust < 0.05
    assert learn(known(10, 0.5)).trust == pytest.approx(0.5, abs=0.1)
    assert learn(known(0, 1.0)).weights.sum() == pytest.approx(1.0)


def test_batches_are_no_part_of_the_number() -> None:
    random = np.random.default_rng(1)
    places, batches = random.random((16, 1)), np.repeat([0.0, 1.0], 8)
    numbers = np.sin(3.0 * places[:, 0]) + np.where(batches == 1.0, 1.0, 0.0)
    belief = learn(Known(places, batches, numbers, np.full(16, 1e-4), np.zeros(16)), physics=False)
    means, widths = belief.predict(places, np.zeros(16))
    apart = numbers - means[0]
    assert np.mean(apart[8:]) - np.mean(apart[:8]) == pytest.approx(1.0, abs=0.15)
    assert np.std(apart[:8]) < 0.05
    assert np.all(widths[0] > 0.1)  # which batch is the true one nobody knows


def test_expected_improvement_is_that_of_the_closed_form() -> None:
    belief = learn(known(8, 1.0), physics=False)
    places, model = np.random.default_rng(2).random((5, 2)), np.zeros(5)
    means, widths = belief.predict(places, model)
    z = (means[0] - 0.2) / widths[0]
    closed = widths[0] * (z * norm.cdf(z) + norm.pdf(z))
    assert expected_improvement(belief, places, model, ("maximise", math.nan), 0.2) == pytest.approx(closed, rel=0.02)


def test_expected_volume_is_that_of_a_rectangle() -> None:
    reached = np.array([[0.0, 1.0], [1.0, 0.0]])
    drawn = np.array([[[0.8, 0.8]], [[-0.05, 0.9]]]).repeat(4, axis=1)
    gained = expected_volume(drawn, reached, 1)
    assert gained[0] > 0.1
    assert gained[1] == 0.0
    assert front(np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.5], [math.nan, 2.0]])).tolist() == [0, 1]
    assert utility(np.array([1.0, 3.0]), "target", 2.5) == pytest.approx([-1.5, -0.5])


def test_failures_nearby_count_and_a_model_that_was_wrong_of_them_less() -> None:
    places, stands = np.array([[0.5, 0.5], [0.9, 0.9]]), np.array([True, True])
    done = np.array([[0.5, 0.5]])
    chance = chance_of_success(places, stands, done, np.array([1.0]), np.array([True]))
    assert chance[0] < 0.5 < chance[1] < 0.9


# ---------------------------------------------------------------------------------------------------- what is suggested


def test_the_same_file_gives_the_same_suggestions(found: Suggestions, tmp_path: Path) -> None:
    again = suggest(written(tmp_path, HEAD + GOAL + ROWS), 2, candidates=16, workers=1)
    assert [one.values for one in again.rows] == [one.values for one in found.rows]
    assert csv_of(again) == csv_of(found)


def test_suggestions_lie_within_the_limits_apart_and_say_why(found: Suggestions) -> None:
    values = [one.values for one in found.rows]
    assert len(set(values)) == 2
    for row in found.rows:
        assert all(item.low <= value <= item.high for item, value in zip(found.campaign.varied, row.values))
        assert row.expected[0].low < row.expected[0].value < row.expected[0].high
        assert row.reason.endswith(".")
        assert 0.5 < row.success <= 1.0
    assert found.best == 1


def test_a_suggestion_filled_in_is_read_again(found: Suggestions, tmp_path: Path) -> None:
    lines = csv_of(found).splitlines()
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = read_campaign(written(tmp_path, HEAD + GOAL + "experiments: rows.csv\n"))
    assert [one.values for one in again.experiments] == [pytest.approx(one.values) for one in found.rows]
    assert all(one.pending for one in again.experiments)


def test_what_is_under_way_is_not_suggested_again(found: Suggestions, tmp_path: Path) -> None:
    first = found.rows[0].values
    row = f"  - {{dose: {first[0]!r} mol, acid: {first[1]!r}}}\n"
    more = suggest(written(tmp_path, HEAD + GOAL + ROWS + row), candidates=16)
    assert more.rows[0].values != first


def test_several_goals_and_no_experiment_yet(tmp_path: Path) -> None:
    goals = "goals: [maximise plqy, {goal: pl_peak = 630 nm, noise: 2 nm}]\nseed: 1\n"
    found = suggest(written(tmp_path, HEAD + goals), candidates=8)
    assert [item.quantity for item in found.rows[0].expected] == ["plqy", "pl_peak"]
    assert "nothing is measured yet" in found.rows[0].reason.lower()


def test_a_goal_that_the_study_does_not_compute_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "goals: [eqe_max]\nseed: 1\n")
    with pytest.raises(InputError, match="computes no eqe_max"):
        suggest(path, candidates=8)
    with pytest.raises(InputError, match="0 experiments"):
        suggest(path, 0)


def test_what_cannot_be_suggested_is_refused_before_anything_is_said_or_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, HEAD + GOAL + ROWS)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for options, said in (
        (["--batch", "0"], "0 experiments"),
        (["--candidates", "1"], "1 places"),
        ([], "halodot[sugg"),
    ):
        with pytest.raises(SystemExit) as left:
            main(["suggest", str(path), *options])
        assert left.value.code == 2
        told = capsys.readouterr().err
        assert said in told
        assert len(told.splitlines()) == 1
    with pytest.raises(InputError, match="0 experiments"):
        suggest_to_learn(read_campaign(path), 0)


def test_what_tells_causes_apart_is_where_they_differ(tmp_path: Path) -> None:
    goals = "goals: [{goal: edge_length, noise: 2 %}]\nseed: 1\n"
    found = suggest_to_learn(read_campaign(written(tmp_path, HEAD + goals)), 2, candidates=8)
    best = [row[0] for row in found.rows[0].expected]
    assert found.causes == ("iodide", "etching", "arrest")
    assert found.rows[0].bits >= found.rows[1].bits > 0.0
    assert np.isnan(best).any() or (max(best) - min(best)) / np.mean(best) > 0.04
    same = "causes: {one: [flask.size_causes=iodide], other: [flask.size_causes=iodide]}\n"
    with pytest.raises(InputError, match="is the same for every cause"):
        suggest_to_learn(read_campaign(written(tmp_path, HEAD + goals + same)), candidates=8)


def test_the_physics_needs_fewer_experiments_on_a_synthetic_truth() -> None:
    random = np.random.default_rng(5)
    model = random.random(32)
    truth = 0.9 * model + 0.02 * random.random(32)
    lab = started(1, truth, 32)
    lab = replace(lab, start=tuple(int(k) for k in np.argsort(truth)[:2]))
    assert needed(lab, model, "physics", 12) < needed(lab, model, "plain", 12)


def test_the_command_prints_and_writes_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = written(tmp_path, HEAD + GOAL + ROWS), tmp_path / "next.csv"
    before = path.read_bytes()
    with pytest.raises(SystemExit) as left:
        main(["suggest", str(path), "--batch", "2", "--candidates", "8", "--out", str(out)])
    assert left.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert out.read_text(encoding="utf-8").startswith("dose [mmol],acid,plqy [%],batch,failed,")
    with pytest.raises(SystemExit) as left:
        main(["suggest", str(path), "--out", str(path), "--overwrite"])
    assert left.value.code == 2
    assert path.read_bytes() == before
    assert halodot.suggest is suggest
