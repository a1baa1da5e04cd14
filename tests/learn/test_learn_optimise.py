"""An optimum is a trial that no other beats, keeps its limits, and says how flat and how sure it is."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot.cli import main
from halodot.errors import ConvergenceError, InputError
from halodot.learn.draws import drawn_inputs
from halodot.learn.goal_models import lacking
from halodot.learn.goals import read_goal
from halodot.learn.optimise import Optimum, optimise, served
from halodot.learn.optimise_around import LOSS, Robust
from halodot.learn.optimise_slopes import climbed, value_and_slopes
from halodot.learn.suggest_model import model_numbers
from halodot.learn.varied import read_varied
from halodot.report.figures_optimise import draw_optimum
from halodot.report.optimise_table import remarks, rows

DOTS = ("run.stop_after=dots",)
DOSE = "recipe.stocks.ligand[0].amount=0.02..0.6 mmol"
ACID = "recipe.stocks.ligand[1].equivalents=0.2..4"
PTAA = "device.layers.PTAA.thickness=10..60 nm"


@pytest.fixture(scope="module")
def both() -> Optimum:
    study = halodot.load("recipe-only", DOTS)
    return optimise(
        study, ["plqy", "minimise edge_length"], [DOSE, ACID], ["pl_retained_in_air > 60 %"], trials=30, draws=1
    )


@pytest.fixture(scope="module")
def one() -> Optimum:
    return optimise(halodot.load("recipe-only", DOTS), ["plqy"], [DOSE], trials=20, draws=2)


def test_nothing_beats_the_front(both: Optimum) -> None:
    kept = [trial.numbers for trial in both.trials if trial.allowed]
    for k in both.front:
        plqy, edge = both.trials[k].numbers
        assert not any(p >= plqy and e <= edge and (p, e) != (plqy, edge) for p, e in kept)
    assert both.best in both.front
    assert len(both.front) > 1


def test_what_is_found_keeps_the_limits(both: Optimum) -> None:
    study = halodot.load("recipe-only", DOTS)
    values = [both.trials[k].values for k in both.front]
    assert np.all(model_numbers(study, both.varied, values, ["pl_retained_in_air"]) >= 0.6)
    assert any(not trial.allowed for trial in both.trials)


def test_one_goal_is_best_where_it_is_highest(one: Optimum) -> None:
    top = one.trials[one.best].numbers[0]
    assert top == max(trial.numbers[0] for trial in one.trials if trial.allowed)
    assert top > one.present.numbers[0]


def test_within_the_flat_range_little_is_lost(one: Optimum) -> None:
    (flat,), (item,) = one.flat, one.varied
    assert item.low <= flat.low <= one.trials[one.best].values[0] <= flat.high <= item.high
    ends = [value for value, limit in ((flat.low, item.low), (flat.high, item.high)) if value != limit]
    study = halodot.load("recipe-only", DOTS)
    lost = 1.0 - model_numbers(study, one.varied, [(v,) for v in ends], ["plqy"]) / one.trials[one.best].numbers[0]
    assert lost == pytest.approx(LOSS, abs=0.005)


def test_under_uncertainty_the_best_has_the_highest_mean(one: Optimum) -> None:
    assert one.robust is not None
    assert one.robust.values[0] == one.trials[one.best].values
    means = np.nanmean(one.robust.numbers[:, :, 0], axis=1)
    assert means[one.robust.best] >= means[0]
    middle, low, high = one.robust.interval(0, 0)
    assert low <= middle <= high


def test_the_same_seed_finds_the_same(one: Optimum) -> None:
    again = optimise(halodot.load("recipe-only", DOTS), ["plqy"], [DOSE], trials=20, draws=0)
    assert [trial.values for trial in again.trials] == [trial.values for trial in one.trials]
    assert again.robust is None


def test_draws_are_of_uncertain_inputs() -> None:
    study = halodot.load("recipe-only", DOTS)
    first, second = drawn_inputs(study, 2, 1)
    assert first.keys() == second.keys() <= study.inputs.keys()
    assert first != second


def test_how_a_goal_is_served() -> None:
    assert served(read_goal("minimise plqy"), 0.4) == -0.4
    assert served(read_goal("luminance_max"), math.e) == pytest.approx(1.0)
    assert served(read_goal("el_peak = 640 nm"), 630e-9) == pytest.approx(-10e-9)


def test_climbs_by_exact_derivatives() -> None:
    study = halodot.load("device-only", ["run.voltage=[3 V, 4 V]", "run.positions=3"])
    varied, goal = (read_varied(PTAA, study),), read_goal("luminance_max")
    value, (slope,) = value_and_slopes(study, varied, goal, (40e-9,))
    beside = [value_and_slopes(study, varied, goal, (40e-9 + step,))[0] for step in (-2e-10, 2e-10)]
    assert slope == pytest.approx((beside[1] - beside[0]) / 4e-10, rel=0.02)
    (end,), note = climbed(study, varied, goal, [(40e-9,)], lambda what, done, total: None)
    assert end[1][0] > value
    assert note is None


@pytest.mark.parametrize(
    ("goals", "vary", "limits", "said"),
    [
        (["eqe_mox"], [DOSE], [], "--goal: there is no number 'eqe_mox'.*Did you mean 'eqe_max'"),
        ([], [DOSE], [], "no goal is stated"),
        (["plqy"], [], [], "nothing is varied"),
        (["plqy", "plqy"], [DOSE], [], "plqy is a goal twice"),
        (["plqy"], [DOSE, DOSE], [], "is varied twice"),
        (["plqy"], [DOSE.replace("0.02..0.6", "0.6..0.6")], [], "0.6..0.6 mmol has no two ends"),
        (["plqy = 20"], [DOSE], [], "plqy: cannot be 2000 %; it lies between 0 and 100 %. Did you mean '20 %'"),
        (["plqy"], [DOSE], ["lifetime > -3 ns"], "cannot be -3 ns; it is never below 0"),
        (["plqy", "eqe_max"], [DOSE], [], "computes no eqe_max: it stops after the stage 'dots'"),
        (["plqy"], [DOSE], ["eqe_max > 5 %"], "--limit: the study computes no eqe_max"),
        (["plqy"], ["dose=1..2"], [], "no number 'dose'"),
        (["plqy"], [DOSE], ["plqy over 3"], "is no limit"),
        (["plqy"], [DOSE], ["pl_peak < 3 V"], "measures"),
    ],
)
def test_says_what_is_wrong(goals: list[str], vary: list[str], limits: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        optimise(halodot.load("recipe-only", DOTS), goals, vary, limits)
    assert len(caught.value.problems) == 1


def test_limits_that_nothing_keeps_are_said() -> None:
    said = r"none of 4 trials is allowed: pl_peak > 2000 nm: the closest has 6\d\d nm, 1.*e\+03 nm off; widen"
    with pytest.raises(ConvergenceError, match=said):
        optimise(halodot.load("recipe-only", DOTS), ["plqy"], [DOSE], ["pl_peak > 2000 nm"], trials=4)


@pytest.mark.parametrize(
    ("study", "changes", "quantity", "lacks"),
    [
        ("device-only", [], "half_life", "it has no lifetime test"),
        ("device-only", ["run.lifetime.luminance=100 cd/m2"], "half_life", "it has no recipe"),
        ("device-only", [], "plqy", "it has no recipe"),
        ("device-only", [], "eqe_max", ""),
        ("recipe-only", [], "eqe_max", "it has no device"),
        ("recipe-only", [], "film_plqy", ""),
        ("sclc-dots", [], "eqe_max", "it has no emitter"),
        ("paper", [], "half_life", ""),
        ("paper", [], "roughness", ""),
        ("paper", ["run.stop_after=film"], "outcoupling", "it stops after the stage 'film'"),
    ],
)
def test_says_what_a_study_lacks_to_give_a_number(study: str, changes: list[str], quantity: str, lacks: str) -> None:
    found = halodot.load(study, changes)
    assert lacking(found, quantity).startswith(lacks)
    assert bool(lacking(found, quantity)) == bool(lacks)


def test_limits_are_taken_in_either_order() -> None:
    study = halodot.load("recipe-only", DOTS)
    assert read_varied(DOSE.replace("0.02..0.6", "0.6..0.02"), study) == read_varied(DOSE, study)


def test_a_target_is_printed_and_said_to_be_out_of_reach() -> None:
    found = optimise(halodot.load("recipe-only", DOTS), ["pl_peak = 2 um"], [DOSE], trials=4, draws=0)
    told = list(remarks(found))
    assert any("wanted 2e+03 nm" in text for text in told)
    assert any("nothing comes near the target pl_peak 2e+03 nm" in text for text in told)
    reached = replace(found, goals=(replace(found.goals[0], target=found.trials[found.best].numbers[0]),))
    assert not any("comes near" in text for text in remarks(reached))


@pytest.mark.parametrize(("given", "said"), [(0, "no draw of 2 gives it"), (1, "1 of 2 draws give it"), (2, " to ")])
def test_draws_without_a_number_are_counted_and_never_printed_as_one(one: Optimum, given: int, said: str) -> None:
    numbers = np.full((1, 2, 1), math.nan)
    numbers[0, :given, 0] = 0.8
    alone = replace(one, robust=Robust((one.trials[one.best].values,), numbers, 0))
    told = " ".join(remarks(alone))
    assert said in told
    assert "nan" not in told
    assert "other" not in told


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("optimise", ["--trials", "0"], "--trials: 0 trials"),
        ("optimise", ["--draws", "-1"], "--draws: -1 draws"),
        ("optimise", ["--seed", "-1"], "--seed: -1 is no seed"),
        ("spread", ["--devices", "0"], "devices: at least one device"),
        ("fit", ["--data", "none.csv", "--noise", "-3"], "--noise: a noise of -300 %"),
    ],
)
def test_options_are_refused_before_anything_is_said(
    capsys: pytest.CaptureFixture[str], command: str, options: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "device-only", *options])
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert len(told.splitlines()) == 1


def test_no_place_is_printed_twice(both: Optimum) -> None:
    own = [line[1:] for line in rows(both)[1:]]
    assert len(set(own)) == len(own)


def test_draws_and_tells_what_was_found(one: Optimum, both: Optimum) -> None:
    assert len(draw_optimum(one).axes) == 1
    assert draw_optimum(both).axes[0].get_xlabel() == "PL quantum yield in solution (%)"
    assert [line[0] for line in rows(both)][:2] == ["as it stands", "compromise"]
    told = " ".join(remarks(one))
    assert "a goal loses at most 1 %" in told
    assert "with the inputs' uncertainty" in told


def test_the_command_writes_tables_and_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "best"
    asked = ["--goal", "plqy", "--vary", DOSE, "--set", *DOTS, "--trials", "6", "--draws", "0", "--out", str(out)]
    with pytest.raises(SystemExit) as left:
        main(["optimise", "recipe-only", *asked])
    assert left.value.code == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("as it stands\t")
    assert {path.name for path in out.iterdir()} == {"optimum.csv", "trials.csv", "optimum.svg", "optimum.png"}
    assert len((out / "trials.csv").read_text(encoding="utf-8").splitlines()) == 7
    assert halodot.optimise is optimise
