"""Findings become given quantities of a study, and nothing else of it changes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from halodot import load
from halodot.errors import InputError
from halodot.lab.findings import Finding
from halodot.lab.given import Given, given_of, with_given
from halodot.lab.outcome import Outcome
from halodot.lab.plan import Item
from halodot.names import QUANTITIES
from halodot.study.library import study_path

PLQY = Finding(QUANTITIES["plqy"], 0.93, 0.012, "three measurements")
PEAK = Finding(QUANTITIES["pl_peak"], 645.2e-9, 0.1e-9, "fit")


def outcome(*findings: Finding, method: str = "plqy", file: str = "A.txt", warnings: tuple[str, ...] = ()) -> Outcome:
    item = Item("A", method, {"sample": (file,)})
    return Outcome(item, {}, "", findings=findings, warnings=warnings)


def test_quantities_of_states_are_given_by_their_names() -> None:
    found = {item.path: item for item in given_of([outcome(PLQY, PEAK)])}
    assert found.keys() == {"dots.plqy", "dots.pl_peak"}
    assert found["dots.plqy"].value == 0.93
    assert "A.txt" in found["dots.plqy"].source


def test_film_is_meant_by_what_measures_films() -> None:
    roughness = Finding(QUANTITIES["roughness"], 2e-9, 1e-10, "levelled")
    assert [item.path for item in given_of([outcome(roughness, method="afm")])] == ["film.roughness"]


def test_repeats_give_their_mean_and_at_least_their_scatter() -> None:
    values = (0.90, 0.92, 0.94)
    (found,) = given_of([outcome(replace(PLQY, value=value, uncertainty=0.001)) for value in values])
    assert found.value == pytest.approx(0.92)
    assert found.sd == pytest.approx(0.02 * math.sqrt(2.0 / 3.0) / math.sqrt(2.0))


@pytest.mark.parametrize(
    "unsound",
    [
        outcome(replace(PLQY, bound="at least")),
        outcome(replace(PLQY, measured_fraction=0.4)),
        outcome(replace(PLQY, warnings=("odd",))),
        outcome(PLQY, warnings=("odd",)),
    ],
)
def test_bounds_extrapolations_and_warned_values_are_not_given(unsound: Outcome) -> None:
    assert not given_of([unsound])


def test_study_with_given_quantities_is_read_to_them(tmp_path: Path) -> None:
    text = study_path("recipe-only").read_text(encoding="utf-8")
    path = tmp_path / "measured.yaml"
    path.write_text(with_given(text, given_of([outcome(PLQY, PEAK)])), encoding="utf-8")
    study = load(path)
    assert study.given["dots.plqy"] == pytest.approx(0.93)
    assert study.given["dots.pl_peak"] == pytest.approx(645.2e-9)
    assert path.read_text(encoding="utf-8").startswith(text.rstrip("\n"))


def test_section_that_is_there_keeps_its_other_lines() -> None:
    study = (
        "title: x\ngiven:\n    # of the group\n    dots.plqy: 0.5  # old\n    film.roughness: 2 nm\nrun:\n  seed: 1\n"
    )
    made = with_given(study, [Given("dots.plqy", 0.93, 0.012, "1", "measured: A.txt")])
    assert "0.5" not in made
    for line in ("    # of the group", "    film.roughness: 2 nm", "run:", "  seed: 1"):
        assert line in made.split("\n")
    assert made.count("dots.plqy") == 1


def test_section_in_one_line_is_refused() -> None:
    with pytest.raises(InputError, match="line of its own"):
        with_given("given: {dots.plqy: 0.5}\n", [Given("dots.plqy", 0.93, 0.012, "1", "")])
