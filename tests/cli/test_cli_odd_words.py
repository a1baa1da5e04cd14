"""Odd words on the command line: nothing is replaced unasked, and nothing is left out without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from halodot.cli.console import print_table
from halodot.study.library import study_path

Call = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("command", ["run", "limits", "export", "protocol"])
def test_no_output_replaces_the_study_or_another_file_unasked(call: Call, tmp_path: Path, command: str) -> None:
    option = "--json" if command in ("run", "limits") else "--out"
    text = study_path("recipe-only").read_text(encoding="utf-8")
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for folder, name, given in ((".", "mine.yaml", "mine.yaml"), ("r", "study.yaml", "r")):
        study = tmp_path / folder / name
        study.parent.mkdir(exist_ok=True)
        study.write_text(text, encoding="utf-8")
        form = ("--format", "text") if command == "protocol" else ()
        code, _, err = call(command, given, option, f"{folder}/{name}", "--overwrite", *form)
        assert (code, "this file is read" in err) == (2, True)
        assert study.read_text(encoding="utf-8") == text
    code, _, err = call(command, "mine.yaml", option, "mine.txt")
    assert (code, "--overwrite" in err) == (2, True)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_measured_points_that_a_figure_cannot_show_are_named(call: Call, tmp_path: Path) -> None:
    rows = "V (V),J (mA/cm2),L (cd/m2)\n-1,-0.1,-2\n0,0,0\n2,1,\n3,10,100\n4,20,300\n"
    (tmp_path / "m.csv").write_text(rows, encoding="utf-8")
    code, _, err = call("plot", "m.csv", "--kind", "jvl", "--out", "m.svg")
    assert code == 0, err
    assert "luminance against voltage, of 5 points: 2 are not above zero and left out; 1 is no number" in err
    assert "current density against voltage, of 5 points: 1 is not above zero and left out" in err
    assert "negative currents are drawn by their size (1 of 5 points)" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "device-only", "--reported", "eqe=24%", "--reported", "eqe=20%"), "one reported number"),
        (("run", "device-only", "--figures", "pdf"), "name it with --out"),
        (("run", "device-only", "--figures", "none,pdf", "--out", "o"), "none goes with no other"),
        (("sweep", "sclc-dots", "--set", "title=a", "--vary", "title=b,c"), "is set and varied"),
    ],
)
def test_words_that_contradict_each_other_are_refused(call: Call, words: tuple[str, ...], said: str) -> None:
    code, out, err = call(*words)
    assert (code, out, said in err) == (2, "", True), err


@pytest.mark.parametrize("command", ["check device-only", "library"])
def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "halodot", *command.split()]
    done = subprocess.run(words, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, b"Error" in done.stderr) == (0, False)


def test_a_cell_of_a_table_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("", ("one", "two"), [("a\nb", "c\td")])
    assert capsys.readouterr().out == "one\ttwo\na b\tc d\n"
