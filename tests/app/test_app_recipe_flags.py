"""Readings of the recipe as choices: each is taken by the paths of a study, and tells what it would change."""

from __future__ import annotations

from pathlib import Path

import pytest

from halodot.app.edits import edit_value
from halodot.app.job_process import Place
from halodot.app.recipe.flags import interpretation_flags, study_flags, take_reading, usual_reading, what_would_change
from halodot.app.work import WORKS
from halodot.chain.simulate import simulate
from halodot.errors import InputError
from halodot.study import library
from halodot.study.load import from_text, load

PAPER = load("paper-0.2").text
RELATIVE = ("half as much", "twice as much")  # of what is taken, so that they stay alternatives


def test_the_flags_of_a_result_are_its_interpretations() -> None:
    result = simulate(load("paper-0.2", ["run.stop_after=flask"]))
    assert result.flask is not None
    assert [(flag.name, flag.taken, flag.where) for flag in interpretation_flags(result)] == [
        (item.name, item.taken, item.where) for item in result.flask.interpretations
    ]


@pytest.mark.parametrize("name", ["paper-0.2", "paper-hi-only"])
def test_every_reading_can_be_taken_and_is_in_force_then(name: str) -> None:
    study = load(name)
    for flag in study_flags(study):
        for choice in flag.choices:
            assert choice.changes
            new = from_text(take_reading(study.text, None, choice))
            now = next((other for other in study_flags(new) if other.name == flag.name), None)
            assert now is not None
            assert choice.text not in {other.text for other in now.choices} or choice.text in (*RELATIVE, flag.taken)


def test_a_reading_of_the_study_itself_can_be_left_to_the_library_again() -> None:
    flag = study_flags(from_text(PAPER))[0]
    new = take_reading(PAPER, None, flag.choices[0])
    changed = study_flags(from_text(new))[0]
    assert changed.stated == {"flask.equivalents_reading": "mass"}
    assert study_flags(from_text(usual_reading(new, None, changed)))[0] == flag


def test_what_would_change_is_what_the_other_study_gives() -> None:
    study = load("paper-0.2", ["run.stop_after=film"])
    flag = study_flags(study)[0]
    found = what_would_change(study, flag)
    assert [item.text for item in found] == [flag.taken, *(choice.text for choice in flag.choices)]
    other = simulate(load("paper-0.2", ["run.stop_after=film", "flask.equivalents_reading=mass"]))
    edge = other.summary["edge_length"].value
    assert edge is not None
    assert found[1].numbers["edge_length"].value == f"{edge * 1e9:.3g}"
    assert found[0].numbers["edge_length"] != found[1].numbers["edge_length"]


def test_a_reading_that_the_models_refuse_says_why() -> None:
    study = load("paper-hi-only", ["run.stop_after=film"])
    flag = next(flag for flag in study_flags(study) if "without short ligand" in flag.name)
    lost = [item for item in what_would_change(study, flag) if item.reason]
    assert lost
    assert all(not item.numbers for item in lost)


def test_a_study_without_a_flask_has_no_flags() -> None:
    assert study_flags(load(next(name for name in library.studies() if load(name).recipe is None))) == ()


def test_the_work_of_a_reading_gives_a_row_for_each_number(tmp_path: Path) -> None:
    text = edit_value(PAPER, None, "run.stop_after", "dots")
    said: list[tuple[object, ...]] = []
    place, arguments = Place(tmp_path, tmp_path), {"study": text, "flag": "1.5 times hydroiodic acid"}
    (table,) = WORKS["readings"](place, arguments, lambda *words: said.append(words)).tables
    assert table.head == ("", "by moles: 0.3 mmol", "by mass", "by volume")
    assert len({row[0] for row in table.rows}) == len(table.rows) >= 2
    assert all(len(row) == len(table.head) for row in table.rows)
    assert said == [(text, done, 3) for done, text in enumerate(table.head[1:])]
    with pytest.raises(InputError, match="can be read otherwise"):
        WORKS["readings"](place, arguments | {"flag": "nothing"}, lambda *words: None)
