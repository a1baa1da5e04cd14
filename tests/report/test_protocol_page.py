"""The page of a protocol: complete, safe, and whole without a network; and the command that writes it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import halodot
from halodot import cli
from halodot.report.protocol_page import page_of
from halodot.study import from_text
from halodot.study.protocol import make_protocol
from halodot.study.protocol_sheet import Protocol, reading_text

SMALL = """
halodot: 1
title: A pot of <dots> & more
recipe:
  chemicals:
    mystery: {formula: C2H6O, role: solvent, molar_mass: 46.07 g/mol, density: 0.8 g/mL}
  pot:
    - {add: PbI2, mass: 170 mg, note: with <care> & gloves}
    - {add: mystery, volume: 6 mL}
    - {cool: 25 degC}
"""


@pytest.fixture(scope="module")
def paper() -> Protocol:
    return halodot.protocol("paper-0.2")


def words(page: str) -> str:
    body = page[page.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_says_all_that_the_text_says(paper: Protocol) -> None:
    shown = words(page_of(paper))
    for stage in paper.stages:
        for step in stage.steps:
            assert step.text in shown
            assert step.note in shown
            assert all(reading_text(reading) in shown for reading in step.readings)
        assert all(f"{item.take} {item.chemical}" in shown for item in stage.measured)
    for supply in paper.supplies:
        assert supply.hazards is not None
        assert all(f"{item.code} {item.text}" in shown for item in supply.hazards.shown)
    assert all(text in shown for text in (*paper.cautions, *paper.remarks))


def test_every_step_has_a_box_to_tick(paper: Protocol) -> None:
    page = page_of(paper)
    assert page.count('<li class="step"><span class="tick">') == sum(len(stage.steps) for stage in paper.stages)


def test_the_page_needs_no_network_and_runs_no_code(paper: Protocol) -> None:
    page = page_of(paper)
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|<script|<link|<img|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert "@page { size: A4" in page


def test_what_a_study_writes_is_text() -> None:
    page = page_of(make_protocol(from_text(SMALL)))
    assert "A pot of &lt;dots&gt; &amp; more" in page
    assert "with &lt;care&gt; &amp; gloves" in page
    assert "<dots>" not in page
    assert "<care>" not in page


def test_a_chemical_without_hazards_is_not_silent() -> None:
    made = make_protocol(from_text(SMALL))
    said = "No hazard data in the library: read the supplier's sheet."
    assert said in words(page_of(made))
    assert f"mystery: {said}" in " ".join(str(made).split())


def test_the_command_prints_text_and_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "batch.html"
    for arguments in (["recipe-only"], ["recipe-only", "--scale", "3", "--out", str(out)]):
        with pytest.raises(SystemExit) as left:
            cli.main(["protocol", *arguments])
        assert not left.value.code
    printed = capsys.readouterr().out
    assert "[ ] 170 mg PbI2" in printed
    assert "510 mg" in words(out.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "batch.pdf"], "FILE.html or FILE.txt"),
        (["--scale", "2", "--batch", "1 g PbI2"], "not by both"),
        (["--scale", "0"], "positive number"),
        (["--out", "there.txt"], "add --overwrite"),
    ],
)
def test_the_command_says_what_it_cannot_do(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(["protocol", "recipe-only", *arguments])
    assert left.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["there.txt"]
