"""The calibration that a study names: the library's, a file beside it, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

import halodot
from halodot.errors import InputError
from halodot.report.conclusions import conclusions
from halodot.study import Study, from_document, from_text, library, load, to_document, with_inputs
from halodot.study.calibration import in_force
from halodot.study.likeness import alike

#: the paper's recipe as a stranger would write it
RECIPE = (library.ROOT / "studies" / "recipe-only.yaml").read_text(encoding="utf-8").replace("calibration: paper", "")
OWN = """values:
  flask.etching: {value: '30', sd: '4', source: our fit, determined: true}
  ageing.half_life: 9 h
rows: {PLQY: 0.1, lifetime: -0.3}
calibrated: {paper-0.2: [plqy]}
evidence:
  rows: [PLQY]
  left_out: [0.3]
  inputs:
    flask.etching: [30, 15, 4, 0.8]
"""


def said(study: Study) -> list[str]:
    return [note.text for note in study.notes if note.where == "calibration"]


def test_a_study_that_names_no_calibration_has_the_librarys_central_values_and_a_note() -> None:
    study = from_text(RECIPE)
    assert study.calibration == ""
    assert study.evidence is None
    assert study.calibrated_quantities == ()
    central = load("paper-0.2", ["calibration=none"])
    assert (study.flask, study.dots) == (central.flask, central.dots)
    (note,) = [note for note in study.notes if note.where == "calibration"]
    assert note.kind == "assumed"
    assert "flask, dots and film are the library's central values" in note.text
    assert "'calibration: paper'" in note.text
    assert said(with_inputs(study, {"flask.etching": 20.0})) == [note.text]
    result = halodot.simulate(from_text(RECIPE, overrides=["run.stop_after=flask"]))
    assert [note.where for note in result.notes].count("calibration") == 1


@pytest.mark.parametrize("word", ["none", "paper"])
def test_a_calibration_that_is_stated_needs_no_note(word: str) -> None:
    assert not said(from_text(RECIPE, overrides=[f"calibration={word}"]))


@pytest.mark.parametrize("name", library.studies())
def test_no_study_of_the_library_leaves_its_calibration_unsaid(name: str) -> None:
    study = load(name)
    assert not said(study)
    assert study.calibration == ("paper" if study.recipe is not None else "")


def test_bare_devices_have_the_note_only_where_a_parameter_of_the_ageing_enters() -> None:
    assert not said(load("device-only"))
    (text,) = said(load("device-only", ["run.lifetime.luminance=100 cd/m2"]))
    assert "the parameters of ageing are" in text


def test_a_study_that_extends_the_papers_has_its_calibration() -> None:
    study = from_text("extends: paper-0.2\nrecipe: {pot: [{add: PbI2, mass: 10 mg}, {heat: 100 degC}], work_up: []}")
    assert study.calibration == "paper"
    assert alike(study.flask, load("paper-0.2").flask)
    assert from_text("extends: paper-0.2\ncalibration: none").calibration == ""
    assert said(from_text("extends: paper-0.2\ncalibration:"))


def test_which_calibration_is_in_force_is_one_line() -> None:
    assert in_force(load("paper-0.2")) == (
        "Calibration: paper, fitted to 20 data of paper-0.2, paper-control, paper-0.1 and paper-0.3."
    )
    assert in_force(load("paper-0.2", ["calibration=none"])) == (
        "Calibration: none; the parameters of perovskite, flask, dots, film and ageing are the library's central"
        " values, assumed or from the literature."
    )
    assert in_force(load("device-only")) == "Calibration: none; no parameter of chemistry or ageing enters."


def test_the_conclusions_say_it_where_no_note_does() -> None:
    for changes, count in ((["calibration=paper"], 1), (["calibration=none"], 1), ([], 0)):
        result = halodot.simulate(from_text(RECIPE, overrides=["run.stop_after=dots", *changes]))
        assert sum(in_force(result.study) == line for line in conclusions(result)) == count
    bare = halodot.simulate(load("sclc-dots", ["run.voltage=[1 V]"]))
    assert not any("alibration" in line for line in conclusions(bare))


def test_a_document_names_its_calibration() -> None:
    assert to_document(from_text(RECIPE))["calibration"] == "none"
    assert to_document(load("device-only"))["calibration"] == "none"
    assert to_document(load("paper-control"))["calibration"] == "paper"
    assert not said(from_document(to_document(from_text(RECIPE))))


# ------------------------------------------------------------------------------------------------- a file of one's own


def written(folder: Path, calibration: str, word: str = "fits/ours.yaml") -> Path:
    (folder / "fits").mkdir()
    (folder / "fits" / "ours.yaml").write_text(calibration, encoding="utf-8")
    path = folder / "study.yaml"
    path.write_text(f"{RECIPE}\ncalibration: {word}\n", encoding="utf-8")
    return path


def test_a_study_may_name_a_calibration_of_its_own(tmp_path: Path) -> None:
    study = load(written(tmp_path, OWN))
    entry = study.inputs["flask.etching"]
    assert (entry.value, entry.sd, entry.kind, entry.source) == (30.0, 4.0, "calibrated", "our fit")
    assert study.flask.etching == 30.0
    assert study.calibration == "fits/ours.yaml"
    assert study.calibrated_quantities == ("plqy",)
    assert study.evidence is not None
    assert study.evidence.shift.tolist() == [[0.8]]
    assert not said(study)
    assert in_force(study) == "Calibration: fits/ours.yaml, fitted to 2 data of paper-0.2."
    again = from_document(to_document(study), folder=tmp_path)
    assert alike(again.flask, study.flask)
    whole = from_text(f"{RECIPE}\ncalibration: {tmp_path / 'fits' / 'ours.yaml'}")
    assert alike(whole.flask, study.flask)


@pytest.mark.parametrize(
    ("old", "new", "message", "suggestion"),
    [
        ("flask.etching: {", "flask.ecthing: {", "the models have no parameter 'flask.ecthing'", "flask.etching"),
        ("value: '30'", "value: '-30'", "'-30' is negative", ""),
        ("value: '30'", "value: 30 m", "", ""),
        ("our fit", "our_fit", "the bibliography has no 'our_fit'", ""),
        ("rows: {PLQY", "row: {PLQY", "unknown key 'row'", "rows"),
        ("[plqy]", "plqy", "a list is expected", ""),
        ("  left_out: [0.3]\n", "", "left_out missing", ""),
        ("[0.3]", "[0.3, 0.4]", "1 numbers are expected, not 2", ""),
        ("15, 4, 0.8]", "15, four, 0.8]", "a finite number is expected, not 'four'", ""),
        ("values:", "values: [", "", ""),
    ],
)
def test_what_is_wrong_in_it_is_refused_with_its_place(
    old: str, new: str, message: str, suggestion: str, tmp_path: Path
) -> None:
    assert old in OWN
    with pytest.raises(InputError) as refused:
        load(written(tmp_path, OWN.replace(old, new, 1)))
    (problem,) = refused.value.problems[:1]
    assert message in problem.message
    assert problem.suggestion == suggestion or not suggestion
    assert problem.file.endswith("ours.yaml")
    assert problem.line > 0


@pytest.mark.parametrize(
    ("word", "message", "suggestion"),
    [
        ("fits/our.yaml", "there is no file", "ours.yaml"),
        ("fits", "the library has no calibration 'fits'; it has literature, paper, none; a file ends in .yaml", ""),
        ("papr", "the library has no calibration 'papr'", "paper"),
        ("[paper]", "a text is expected, not a list", ""),
    ],
)
def test_a_calibration_that_is_nowhere_is_refused_at_its_place(
    word: str, message: str, suggestion: str, tmp_path: Path
) -> None:
    path = written(tmp_path, OWN, word)
    with pytest.raises(InputError) as refused:
        load(path)
    (problem,) = refused.value.problems
    assert message in problem.message
    assert problem.suggestion == suggestion
    line = path.read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith(word)


def test_without_a_folder_the_whole_path_is_asked_for() -> None:
    with pytest.raises(InputError, match="write the whole path of the calibration"):
        from_text(f"{RECIPE}\ncalibration: ours.yaml")
