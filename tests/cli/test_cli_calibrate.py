"""``halodot calibrate``: what it asks for, and the fit across papers from a table to a calibration file."""

from pathlib import Path

import pytest

from halodot import cli
from halodot.study import load


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(list(arguments))
    return int(caught.value.code or 0)


def test_says_which_calibrations_there_are_and_asks_for_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("calibrate", "papers") == 2
    assert "literature" in capsys.readouterr().err
    assert call("calibrate", "literature") == 2
    assert "--data" in capsys.readouterr().err


def test_a_table_of_few_papers_is_no_fit_across_papers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    assert call("calibrate", "literature", "--data", str(table), "--out", str(tmp_path / "out.yaml")) != 0
    assert "lacks the columns" in capsys.readouterr().err
    assert not (tmp_path / "out.yaml").exists()


def test_a_study_takes_the_calibration_across_papers() -> None:
    study = load("recipe-only", ["calibration=literature"])
    assert study.fitted_to == "81 recipes of 18 papers"
    assert study.inputs["flask.length_temperature"].kind == "calibrated"
