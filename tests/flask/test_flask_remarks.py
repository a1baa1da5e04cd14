"""What a recipe says and the flask stage does not follow is noted, where it stands."""

from __future__ import annotations

from typing import Any

import pytest

import halodot
from halodot.errors import InputError
from halodot.states import Note
from halodot.study import from_document, to_document


def noted(change: Any, name: str = "recipe-only") -> tuple[Note, ...]:
    """Return the notes of the flask of a study whose recipe was changed in place."""
    document = to_document(halodot.load(name, ["run.stop_after=flask"]))
    recipe = dict(document["recipe"])
    for key in ("pot", "work_up"):
        recipe[key] = list(recipe[key])
    recipe["stocks"] = {key: list(steps) for key, steps in recipe["stocks"].items()}
    change(recipe)
    result = halodot.simulate(from_document({**document, "recipe": recipe}))
    assert result.flask is not None
    assert result.notes == result.flask.notes
    return result.flask.notes


def added(part: str, place: int, step: dict[str, Any]) -> tuple[Note, ...]:
    """Return the notes of a recipe with one more step."""
    return noted(lambda recipe: recipe[part].insert(place, step))


@pytest.mark.parametrize(
    "name", ["recipe-only", "paper-control", "paper-post-synthesis", "ethyl-acetate-only", "paper-hi-only"]
)
def test_the_librarys_recipes_are_followed_whole(name: str) -> None:
    assert noted(lambda recipe: None, name) == ()


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ({"heat": "200 degC", "hold": "24 h"}, "extrapolated"),
        ({"heat": "60 degC"}, "not followed"),
        ({"inject": "oleylamine", "volume": "5 mL"}, "not followed"),
        ({"inject": "oleic acid", "volume": "5 mL"}, "not followed"),
        ({"inject": "PbI2", "amount": "0.1 mmol"}, "not followed"),
        ({"centrifuge": "100000 g", "time": "30 min"}, "extrapolated"),
        ({"filter": "20 nm"}, "extrapolated"),
        ({"filter": "0.2 um"}, "not followed"),
    ],
    ids=str,
)
def test_what_is_left_out_of_a_step_on_the_crude_solution_is_noted(step: dict[str, Any], kind: str) -> None:
    (note,) = added("work_up", 1, step)
    assert (note.kind, note.where) == (kind, "recipe.work_up[1]")


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ({"heat": "60 degC", "hold": "1 h"}, "not followed"),
        ({"store": "2 day", "temperature": "4 degC", "under": "air"}, "not followed"),
        ({"centrifuge": "8000 g", "time": "30 min"}, "extrapolated"),
        ({"wash": {"acetone": "1 mL"}}, "extrapolated"),
        ({"wash": {"methyl acetate": "0.2 mL"}}, "missing physics"),
    ],
    ids=str,
)
def test_what_is_left_out_of_a_step_on_clean_dots_is_noted(step: dict[str, Any], kind: str) -> None:
    def change(recipe: dict[str, Any]) -> None:
        recipe["work_up"].insert(3, step)
        if "wash" in step:
            recipe["work_up"].insert(4, {"redisperse": "hexane", "volume": "1 mL"})

    (note,) = noted(change)
    assert (note.kind, note.where) == (kind, "recipe.work_up[3]")


@pytest.mark.parametrize("step", [{"dry": "1 h", "under": "vacuum"}, {"degas": "30 min"}], ids=str)
def test_drying_a_volatile_solvent_off_leaves_a_solid(step: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the dots are a precipitate here; redisperse them first"):
        added("work_up", 3, step)


@pytest.mark.parametrize(
    ("part", "step"),
    [
        ("film", {"spin": "2000 rpm", "time": "30 s"}),
        ("film", {"dip": "methyl acetate", "time": "5 s"}),
        ("film", {"anneal": "70 degC", "hold": "5 min", "under": "nitrogen"}),
        ("film", {"dry": "10 min", "under": "vacuum"}),
    ],
    ids=str,
)
def test_treatments_of_the_film_are_noted(part: str, step: dict[str, Any]) -> None:
    (note,) = noted(lambda recipe: recipe.setdefault(part, []).insert(0, step))
    assert (note.kind, note.where) == ("not followed", f"recipe.{part}[0]")


@pytest.mark.parametrize(
    "step",
    [
        {"cool": "25 degC"},
        {"inject": "octane", "volume": "1 mL"},
        {"dilute": "hexane", "volume": "1 mL"},
        {"inject": "octane", "volume": "1 mL", "over": "10 min"},
        {"stir": "1 h"},
        {"inject": "ZnI2", "amount": "0.1 mmol"},
        {"inject": "oleylammonium iodide", "amount": "0.1 mmol"},
        {"centrifuge": "8000 g", "time": "1 min"},
        {"inject": "methyl acetate", "volume": "0.2 mL"},
        {"inject": "hydroiodic acid", "amount": "0.001 mmol"},
    ],
    ids=str,
)
def test_a_step_of_the_work_up_that_acts_is_not(step: dict[str, Any]) -> None:
    assert added("work_up", 3, step) == ()


def test_another_amino_acid_is_noted() -> None:
    def change(recipe: dict[str, Any]) -> None:
        own = {"role": "amino acid", "formula": "C6H13NO2", "molar_mass": "131.17 g/mol", "ligand_length": "0.8 nm"}
        recipe["chemicals"] = {**recipe["chemicals"], "6-aminohexanoic acid": own}
        recipe["stocks"]["ligand"][0] = {"add": "6-aminohexanoic acid", "amount": "0.2 mmol"}
        recipe["stocks"]["ligand"][1] = {"add": "hydroiodic acid", "equivalents": 1.5, "of": "6-aminohexanoic acid"}

    (note,) = noted(change)
    assert (note.kind, note.where) == ("extrapolated", "recipe.chemicals.6-aminohexanoic acid")


def test_discarding_the_precipitate_is_refused() -> None:
    with pytest.raises(InputError, match="keep the solid"):
        added("work_up", 2, {"centrifuge": "8000 rpm", "time": "5 min", "keep": "liquid"})


ALL_DISSOLVED = """
halodot: 1
recipe:
  stocks:
    cs: [{add: Cs2CO3, mass: 126 mg}, {add: 1-octadecene, volume: 30.5 mL}]
  pot:
    - {add: PbI2, amount: 1.14 mmol}
    - {add: 1-octadecene, volume: 21.7 mL}
    - {inject: oleic acid, volume: 4.18 mL}
    - {inject: oleylamine, volume: 0.178 mL}
    - {heat: 132 degC}
    - {inject: cs, volume: 0.0694 mL}
    - {heat: 193 degC, hold: 6640 s}
    - {inject: octane, volume: 13.2 mL}
"""


def test_dots_that_dissolve_in_the_hot_pot_decompose_with_a_reason() -> None:
    from halodot.study import from_text

    result = halodot.simulate(from_text(ALL_DISSOLVED))
    assert result.flask is not None
    assert not result.flask.survived
    assert "all of them dissolved at 193 degC" in str(result.flask.reason)
    assert result.dots is None


def test_dissolved_dots_stay_so_whatever_follows_in_the_work_up() -> None:
    from halodot.study import from_text

    work_up = "  work_up: [{wash: {methyl acetate: 20 mL}}, {redisperse: hexane, volume: 1 mL}, {hold: 1 h}]\n"
    result = halodot.simulate(from_text(ALL_DISSOLVED + work_up))
    assert result.flask is not None
    assert not result.flask.survived
    assert "all of them dissolved" in str(result.flask.reason)


#: what was accepted and changed nothing: dots boiled for a day, ligand in excess, acid, and a cold store
ONCE_SILENT = [
    {"heat": "200 degC", "hold": "24 h"},
    {"inject": "oleylamine", "volume": "5 mL"},
    {"inject": "oleic acid", "volume": "5 mL"},
    {"wash": {"methyl acetate": 3}, "per": "volume of dispersion"},
    {"centrifuge": "8000 rpm", "time": "5 min", "keep": "solid"},
    {"redisperse": "hexane", "volume": "1 mL"},
    {"inject": "acetic acid", "volume": "1 mL"},
    {"hold": "48 h", "temperature": "4 degC"},
]


def test_a_work_up_that_was_silent_is_answered_step_by_step() -> None:
    def flask(steps: list[dict[str, Any]]) -> Any:
        document = to_document(halodot.load("recipe-only", ["run.stop_after=flask"]))
        recipe = {**document["recipe"], "work_up": steps}
        return halodot.simulate(from_document({**document, "recipe": recipe})).flask

    thrown = [dict(step, keep="liquid") if "centrifuge" in step else step for step in ONCE_SILENT]
    with pytest.raises(InputError, match="keep the solid"):
        flask(thrown)
    whole, plain = flask(ONCE_SILENT), flask(ONCE_SILENT[3:6])
    assert whole.edge_length > 1.1 * plain.edge_length
    assert {note.where for note in whole.notes} >= {f"recipe.work_up[{place}]" for place in (0, 1, 2, 6)}
    before = flask(ONCE_SILENT[:-1])
    assert whole.samples[-1].coverage_bare != before.samples[-1].coverage_bare
