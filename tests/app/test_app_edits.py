"""Changes of a study's text from the page: what is changed changes, all else stays as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from halodot.app.edits import edit_document, edit_value, edit_values
from halodot.errors import InputError
from halodot.study.load import from_text, load
from halodot.study.text_changes import changed_text

PAPER = load("paper-0.2").text


def test_an_edited_value_is_the_only_change_of_the_text() -> None:
    new = edit_value(PAPER, None, "recipe.pot[7].volume", "2.4 mL")
    assert new == PAPER.replace("{inject: cs_oleate, volume: 2.2 mL}", "{inject: cs_oleate, volume: 2.4 mL}")


def test_an_edit_says_nothing_that_the_text_did_not_say() -> None:
    text = PAPER.replace("calibration: paper\n", "").replace("title: CsPbI3 dots with 0.2 mmol 5AVAI\n", "")
    assert edit_value(text, None, "device.area", "5 mm2") == text.replace("area: 4 mm2", "area: 5 mm2")


@pytest.mark.parametrize(
    ("path", "written", "words"),
    [
        ("recipe.pot[7].volume", "2.4 mg", "measures a mass"),
        ("recipe.pot[6].heat", "150 mL", "measures a volume"),
        ("recipe.pot[0].mass", "{a", "not YAML"),
        ("recipe.pot[99].mass", "1 mg", "counted from 0"),
        ("device.layers.PTAA", "30 mg", "measures a mass"),
    ],
)
def test_a_wrong_value_is_answered_with_the_path_of_its_field(path: str, written: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        edit_value(PAPER, None, path, written)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert words in caught.value.problems[0].message


def test_several_values_change_at_once() -> None:
    changes = {"recipe.pot[0].mass": "200 mg", "device.layers.PTAA": "20 nm"}
    study = from_text(edit_values(PAPER, None, changes))
    assert study.inputs["recipe.pot[0].mass"].value == pytest.approx(200e-6)
    assert study.inputs["device.layers.PTAA.thickness"].value == pytest.approx(20e-9)


def test_a_changed_document_is_refused_where_it_no_longer_loads() -> None:
    with pytest.raises(InputError, match="the recipe has no pot"):
        edit_document(PAPER, None, lambda document: document["recipe"].pop("pot"))


def test_a_changed_document_is_what_the_text_says() -> None:
    new = edit_document(PAPER, None, lambda document: document["recipe"]["pot"].pop(3))
    old = from_text(PAPER).recipe
    recipe = from_text(new).recipe
    assert old is not None
    assert recipe is not None
    assert [step.kind for step in recipe.pot] == [step.kind for k, step in enumerate(old.pot) if k != 3]


def test_a_moved_item_takes_its_remarks_along() -> None:
    text = PAPER.replace(
        "    - {heat: 150 degC}\n", "    # hotter than the ligands like\n    - {heat: 150 degC} # slowly\n"
    )

    def move(document: dict[str, Any]) -> None:
        steps = document["recipe"]["pot"]
        steps.insert(8, steps.pop(6))

    new = edit_document(text, None, move)
    assert "    - {hold: 5 s}\n    # hotter than the ligands like\n    - {heat: 150 degC} # slowly\n    - {cool" in new
    assert sorted(new.splitlines()) == sorted(text.splitlines())


def test_a_part_that_goes_takes_its_remarks_along_and_no_others() -> None:
    def take_out(document: dict[str, Any]) -> None:
        document["recipe"]["stocks"].pop("ligand")
        document["recipe"]["pot"].pop(10)

    new = edit_document(PAPER, None, take_out)
    assert "# the short ligand" not in new
    assert "# cesium oleate, kept" in new
    assert [line for line in new.splitlines() if line not in PAPER.splitlines()] == []


def test_a_list_may_become_empty_and_gain_items_again() -> None:
    empty = edit_document(PAPER, None, lambda document: document["recipe"].update(work_up=[]))
    assert len(empty.splitlines()) == len(PAPER.splitlines()) - 7
    step = {"centrifuge": "5000 rpm", "keep": "liquid"}
    recipe = from_text(edit_document(empty, None, lambda document: document["recipe"].update(work_up=[step]))).recipe
    assert recipe is not None
    assert [item.kind for item in recipe.work_up] == ["centrifuge"]


@pytest.mark.parametrize("name", ["paper-0.1", "paper-no-TmPyPB", "paper-post-synthesis"])
@pytest.mark.parametrize("path", ["recipe.pot[0].mass", "recipe.work_up[0].time", "device.area", "run.lifetime"])
def test_a_text_that_extends_another_study_still_does(name: str, path: str) -> None:
    text, written = load(name).text, {"mass": "200 mg", "time": "2 min", "area": "9 mm2", "lifetime": ""}
    new = edit_value(text, None, path, written[path.rpartition(".")[2]])
    assert len(set(text.splitlines()) - set(new.splitlines())) <= 1
    wanted = load(name, overrides=[f"{path}={written[path.rpartition('.')[2]]}"]).document
    assert from_text(new).document == wanted
    assert max(map(len, new.splitlines())) < 130


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_text_keeps_its_remarks_whether_or_not_it_begins_with_a_byte_order_mark(mark: str) -> None:
    text = f"{mark}# what it is\na: 'µm'  # one\nb: {{c: 1 nm, d: ''}}\n"
    changed = changed_text(text, {"a": "µm", "b": {"c": "2 nm", "d": ""}})
    assert changed == text.replace("1 nm", "2 nm")
