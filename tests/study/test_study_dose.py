"""The dose of acid and short ligand beside the recipes whose data the model has been held against."""

from __future__ import annotations

import pytest

import halodot
from halodot.study import library, with_inputs
from halodot.study.dose import calibrated_doses, doses

RECIPES = [
    name for name in library.studies() if halodot.load(name).recipe is not None and name != "paper-post-synthesis"
]


@pytest.mark.parametrize("name", RECIPES)
def test_doses_are_those_of_the_flask(name: str) -> None:
    result = halodot.simulate(halodot.load(name, ["run.stop_after=flask"]))
    assert result.flask is not None
    assert result.study.recipe is not None
    found, amounts = doses(result.study.recipe), result.flask.amounts
    assert found["amino acid"] == pytest.approx(amounts["short ligand"] / amounts["lead"], rel=1e-12)
    assert found["strong acid"] == pytest.approx(amounts["strong acid"] / amounts["lead"], rel=1e-12)


def test_the_papers_series_ends_at_three_tenths_of_a_millimole() -> None:
    lead = halodot.simulate(halodot.load("paper-0.3", ["run.stop_after=flask"])).flask
    assert lead is not None
    assert calibrated_doses(("paper",))["amino acid"] == pytest.approx(0.3e-3 / lead.amounts["lead"], rel=1e-9)
    assert calibrated_doses(("none",)) == {}


@pytest.mark.parametrize("name", RECIPES)
def test_the_librarys_recipes_are_within_them(name: str) -> None:
    assert not [note for note in halodot.load(name).notes if note.where == "recipe"]


def test_a_larger_dose_is_noted_once_with_a_calibration_and_without() -> None:
    change = "recipe.stocks.ligand[0].amount=0.6 mmol"
    (note,) = halodot.load("paper-0.2", [change]).notes
    assert (note.kind, note.where) == ("extrapolated", "recipe")
    assert "1.63 mol of short ligand" in note.text
    assert "2.44 mol of strong acid" in note.text
    assert "recipes that calibrated the model (paper)" in note.text
    (note,) = halodot.load("paper-0.2", [change, "calibration=none"]).notes
    assert (note.kind, note.where) == ("extrapolated", "recipe")
    assert "beyond the recipes of the library" in note.text
    study = with_inputs(halodot.load("paper-0.2"), {"recipe.stocks.ligand[0].amount": 0.6e-3})
    assert [item.where for item in study.notes] == ["recipe"]


def test_half_a_stock_is_half_a_dose() -> None:
    whole, half = (
        halodot.load("paper-0.2", [f"recipe.pot[10].volume={volume} mL"] if volume else []).recipe
        for volume in ("", "0.5")
    )
    assert whole is not None
    assert half is not None
    made = 1.0 + 0.3e-3 * 127.91e-3 / 0.57 / 1700.0 * 1e6
    assert doses(half)["amino acid"] == pytest.approx(0.5 / made * doses(whole)["amino acid"], rel=0.05)
