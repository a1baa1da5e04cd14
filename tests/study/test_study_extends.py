"""A study that builds on a file of one's own: chains, circles, and the place of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from halodot.errors import InputError, Problem
from halodot.study import from_text, load, located

TABLE = "wavelength_nm,n,k\n300,1.7,0\n600,1.75,0\n1200,1.8,0\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_chain_of_files_is_laid_one_over_the_other(tmp_path: Path) -> None:
    write(tmp_path / "base" / "ours.yaml", "extends: device-only\ntitle: ours\nrun: {humidity: 0.3, positions: 7}\n")
    write(tmp_path / "series.yaml", "extends: base/ours.yaml\nrun: {positions: 9}\n")
    top = write(tmp_path / "days" / "one.yml", "extends: ../series.yaml\ntitle: one\n")
    study = load(top)
    assert (study.title, study.run.humidity, study.run.positions) == ("one", 0.3, 9)
    assert "extends" not in study.document
    assert study.stack is not None
    assert study.stack.layers[-1].name == load("device-only").stack.layers[-1].name


def test_files_beside_a_study_below_are_found_from_there(tmp_path: Path) -> None:
    write(tmp_path / "base" / "nk" / "ptaa.csv", TABLE)
    base = load("device-only").document["device"]["layers"]
    changed = [{"PTAA": "30 nm", "table": "nk/ptaa.csv"} if "PTAA" in layer else layer for layer in base]
    body = yaml.safe_dump({"extends": "device-only", "device": {"layers": changed}})
    write(tmp_path / "base" / "ours.yaml", body)
    top = write(tmp_path / "days" / "one.yaml", "extends: ../base/ours.yaml\n")
    study = load(top)
    assert study.files == {"../base/nk/ptaa.csv": TABLE}
    layer = next(layer for layer in study.stack.layers if layer.name == "PTAA")
    assert layer.optics.table_index.tolist() == [1.7, 1.75, 1.8]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_circle_is_refused_with_its_chain(tmp_path: Path, count: int) -> None:
    for index in range(count):
        write(tmp_path / f"s{index}.yaml", f"halodot: 1\nextends: s{(index + 1) % count}.yaml\n")
    with pytest.raises(InputError) as refused:
        load(tmp_path / "s0.yaml")
    (problem,) = refused.value.problems
    chain = ", which extends ".join([f"s{index}.yaml" for index in range(count)] + ["s0.yaml"])
    assert problem.message == f"studies extend each other in a circle: {chain}"
    assert problem.file.endswith(f"s{count - 1}.yaml")
    assert (problem.line, problem.column) == (2, 10)


def test_what_is_wrong_below_is_pointed_at_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "base" / "ours.yaml", "extends: device-only\nrun:\n  humidity: 40 nm\n")
    write(tmp_path / "one.yaml", "extends: base/ours.yaml\nrun: {positions: many}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        load("one.yaml")
    places = {(problem.file, problem.line, problem.column) for problem in refused.value.problems}
    assert places == {("base/ours.yaml", 3, 13), ("one.yaml", 2, 18)}


def test_what_a_stage_refuses_is_found_in_the_file_below(tmp_path: Path) -> None:
    write(tmp_path / "base" / "ours.yaml", "extends: device-only\nrun:\n  humidity: 40 %\n")
    study = load(write(tmp_path / "one.yaml", "extends: base/ours.yaml\n"))
    (found,) = located(study, InputError(Problem("no", "run.humidity"))).problems
    assert (found.file, found.line, found.column) == (str(tmp_path / "base" / "ours.yaml"), 3, 3)


@pytest.mark.parametrize(
    ("word", "message", "suggestion"),
    [
        ("bse.yaml", "there is no file", "base.yaml"),
        ("paper-02", "'extends' names a study of the library", "paper-0.2"),
        ("[paper]", "'extends' names a study of the library", ""),
    ],
)
def test_a_study_that_is_nowhere_is_refused_at_its_place(
    tmp_path: Path, word: str, message: str, suggestion: str
) -> None:
    write(tmp_path / "base.yaml", "extends: device-only\n")
    with pytest.raises(InputError) as refused:
        load(write(tmp_path / "one.yaml", f"halodot: 1\nextends: {word}\n"))
    (problem,) = refused.value.problems
    assert message in problem.message
    assert problem.suggestion == suggestion
    assert (problem.line, problem.column) == (2, 10)


def test_without_a_folder_the_whole_path_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "base.yaml", "extends: device-only\ntitle: whole\n")
    with pytest.raises(InputError, match="write the whole path of the one it extends"):
        from_text("extends: base.yaml")
    assert from_text(f"extends: {path}").title == "whole"
    assert from_text("extends: base.yaml", folder=tmp_path).title == "whole"


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", "- one\n- two\n")
    with pytest.raises(InputError, match="a study is a mapping"):
        load(write(tmp_path / "one.yaml", "extends: base.yaml\n"))


def test_a_fitted_study_is_a_calibration_as_it_is(tmp_path: Path) -> None:
    fitted = (
        "halodot: 1\nextends: device-only\nparameters:\n  device.layers.PTAA.hole_mobility:\n    value: 2e-8 m2/V/s\n"
        "    low: 1e-8 m2/V/s\n    high: 4e-8 m2/V/s\n    kind: calibrated\n    source: fitted to our curves\n"
    )
    write(tmp_path / "fit" / "d1-fitted.yaml", fitted)
    study = load(write(tmp_path / "one.yaml", "extends: device-only\ncalibration: fit/d1-fitted.yaml\n"))
    entry = study.inputs["device.layers.PTAA.hole_mobility"]
    assert (entry.value, entry.kind, entry.source) == (2e-8, "calibrated", "fitted to our curves")
    assert study.calibration == "fit/d1-fitted.yaml"
    assert study.files == {"fit/d1-fitted.yaml": fitted}
    bare = write(tmp_path / "bare.yaml", "extends: device-only\n")
    with pytest.raises(InputError, match="name it under 'extends'"):
        load(write(tmp_path / "two.yaml", f"extends: device-only\ncalibration: {bare.name}\n"))
