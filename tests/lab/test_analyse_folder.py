"""A folder is analysed as a whole, replayed from its plan, and stopped by nothing in it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import halodot
from halodot.errors import InputError
from halodot.lab.findings import Analysis, Finding
from halodot.lab.outcome import from_json
from halodot.lab.plan_file import read_plan, write_plan
from halodot.names import QUANTITIES
from halodot.report.figures_lab import write_analysis_figures
from halodot.report.lab_page import of_one_kind
from halodot.report.lab_rows import value_text


def spectrum(path: Path, peak: float, seed: int = 0) -> None:
    """Write a PL spectrum as a laboratory's program does: headings with units, tabs."""
    wavelength = np.arange(580.0, 720.0, 0.5)
    counts = np.random.default_rng(seed).poisson(1e4 * np.exp(-(((wavelength - peak) / 20.0) ** 2)) + 10.0)
    lines = ["Wavelength (nm)\tCounts", *(f"{x:.1f}\t{y}" for x, y in zip(wavelength, counts))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def one_picture(analysis: Analysis, stem: Path) -> tuple[Path, ...]:
    """Write a file where the figures would be, which take most of the time of these tests."""
    stem.with_name(f"{stem.name}_85mm.png").write_bytes(b"drawn")
    return (stem.with_name(f"{stem.name}_85mm.png"),)


@pytest.fixture(autouse=True)
def _one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halodot.report.lab_folder.write_analysis_figures", one_picture)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-03-04"
    spectrum(folder / "PL" / "5AVA.txt", 645.0, 1)
    spectrum(folder / "PL" / "OA.txt", 648.0, 2)
    return folder


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_values_stand_in_a_table_by_sample(data: Path) -> None:
    before = contents(data)
    found = halodot.analyse(data, workers=1)
    peaks = {row["sample"]: float(row["value"]) for row in rows(found.out) if row["quantity"] == "pl_peak"}
    assert peaks == pytest.approx({"5AVA": 645.0, "OA": 648.0}, abs=1.0)
    assert found.out == data.with_name("2026-03-04.analysed")
    assert contents(data) == before
    assert (found.out / "report.html").is_file()


def test_second_run_analyses_nothing_and_gives_the_same(data: Path) -> None:
    first = halodot.analyse(data, workers=1)
    table = (first.out / "results.csv").read_bytes()
    again = halodot.analyse(data, workers=1)
    assert again.taken_over == len(again.outcomes) == 2
    assert (first.out / "results.csv").read_bytes() == table


def test_plan_gives_the_same_numbers_in_another_folder(data: Path, tmp_path: Path) -> None:
    first = halodot.analyse(data, workers=1)
    other = tmp_path / "again"
    other.mkdir()
    (other / "analysis.yaml").write_bytes((first.out / "analysis.yaml").read_bytes())
    again = halodot.analyse(data, other, workers=1)
    assert again.taken_over == 0
    assert (other / "results.csv").read_bytes() == (first.out / "results.csv").read_bytes()


def test_edited_choice_is_used_and_kept(data: Path) -> None:
    out = halodot.analyse(data, workers=1).out
    text = (out / "analysis.yaml").read_text(encoding="utf-8")
    edited = "# mine\n" + text.replace("background: linear", "background: none", 1)
    (out / "analysis.yaml").write_text(edited, encoding="utf-8")
    again = halodot.analyse(data, workers=1)
    assert again.taken_over == 1
    assert [item.settings["background"] for item in again.outcomes] == ["none", "linear"]
    assert (out / "analysis.yaml").read_text(encoding="utf-8") == edited


def test_new_file_joins_and_removed_analysis_stays_away(data: Path) -> None:
    out = halodot.analyse(data, workers=1).out
    plan = read_plan(out / "analysis.yaml")
    write_plan(type(plan)(plan.items[:1], plan.columns, plan.left_out), out / "analysis.yaml")
    spectrum(data / "PL" / "HI.txt", 650.0, 3)
    again = halodot.analyse(data, workers=1)
    assert [item.item.sample for item in again.outcomes] == ["5AVA", "HI"]
    assert again.plan.left_out["PL/OA.txt"] == "no longer among the samples of analysis.yaml"
    assert (out / "analysis.before.yaml").is_file()
    assert not list((out / "figures").glob("OA*"))


def test_file_left_out_by_hand_stays_out_where_the_plan_is_replayed(data: Path, tmp_path: Path) -> None:
    out = halodot.analyse(data, workers=1).out
    plan = read_plan(out / "analysis.yaml")
    (tmp_path / "again").mkdir()
    left_out = dict(plan.left_out) | {"PL/OA.txt": "spilt"}
    write_plan(type(plan)(plan.items[:1], plan.columns, left_out), tmp_path / "again" / "analysis.yaml")
    again = halodot.analyse(data, tmp_path / "again", workers=1)
    assert [item.item.sample for item in again.outcomes] == ["5AVA"]
    assert again.plan.left_out["PL/OA.txt"] == "spilt"


def test_changed_file_is_analysed_again(data: Path) -> None:
    halodot.analyse(data, workers=1)
    spectrum(data / "PL" / "OA.txt", 655.0, 4)
    again = halodot.analyse(data, workers=1)
    assert again.taken_over == 1
    assert again.outcomes[1].findings[0].value == pytest.approx(655e-9, abs=2e-9)


def test_bad_files_are_rows(data: Path) -> None:
    (data / "garbage.bin").write_bytes(bytes(range(256)) * 4)
    (data / "empty.txt").write_bytes(b"")
    (data / "PL" / "cut.txt").write_text("Wavelength (nm)\tCounts\n600.0\t1\n", encoding="utf-8")
    os.symlink(data, data / "loop")
    found = halodot.analyse(data, workers=1)
    told = {row["file"]: row["problem"] for row in rows(found.out)}
    assert all(told[name] for name in ("garbage.bin", "empty.txt", "PL/cut.txt"))
    assert "link" in told["loop"]


def test_file_that_is_gone_is_a_row(data: Path) -> None:
    halodot.analyse(data, workers=1)
    (data / "PL" / "OA.txt").unlink()
    again = halodot.analyse(data, workers=1)
    assert [bool(item.findings) for item in again.outcomes] == [True, False]


def test_figures_are_one_and_two_columns_wide(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halodot.report.lab_folder.write_analysis_figures", write_analysis_figures)
    (data / "PL" / "OA.txt").unlink()
    found = halodot.analyse(data, workers=1)
    names = sorted(Path(name).name.rsplit("_", 1)[1] for name in found.outcomes[0].figures)
    assert names == sorted(f"{width}mm.{ending}" for width in (85, 170) for ending in ("png", "svg", "pdf"))
    assert "data:image/png;base64," in (found.out / "report.html").read_text(encoding="utf-8")


def test_figures_left_out_are_drawn_when_asked_for(data: Path) -> None:
    assert not any(item.figures for item in halodot.analyse(data, figures=False, workers=1).outcomes)
    assert all(item.figures for item in halodot.analyse(data, workers=1).outcomes)
    assert halodot.analyse(data, figures=False, workers=1).taken_over == 2


def test_processes_give_the_same_as_one(data: Path) -> None:
    for number in range(2):
        spectrum(data / "PL" / f"sample{number}x.txt", 640.0 + number, number)
    one = halodot.analyse(data, data.with_name("one"), workers=1)
    two = halodot.analyse(data, data.with_name("two"), workers=2)
    assert (one.out / "results.csv").read_bytes() == (two.out / "results.csv").read_bytes()
    assert contents(one.out / "figures") == contents(two.out / "figures")


@pytest.mark.parametrize("out", ["inside", ".", ".."])
def test_nothing_is_written_among_the_data(data: Path, out: str) -> None:
    before = contents(data)
    with pytest.raises(InputError):
        halodot.analyse(data, data / out, workers=1)
    assert contents(data) == before


def test_folder_of_other_things_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter1.tex").write_text("...", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        halodot.analyse(data, other, workers=1)


def test_mistakes_in_the_plan_are_told_together(data: Path) -> None:
    out = halodot.analyse(data, workers=1).out
    wrong = """
samples:
  A:
  - analysis: pll
    files: {spectrum: PL/5AVA.txt}
  - analysis: pl
    files: {spectrum: ../elsewhere.txt, dark: PL/OA.txt}
    settings: {window: [700 nm, 600 nm], back: linear}
colums: {}
"""
    (out / "analysis.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        halodot.analyse(data, workers=1)
    told = "\n".join(str(problem) for problem in refused.value.problems)
    for word in ("'pll'", "elsewhere", "dark", "the lower first", "back", "colums"):
        assert word in told
    assert "analysis.yaml:4" in told


def test_damaged_record_is_made_anew(data: Path) -> None:
    out = halodot.analyse(data, workers=1).out
    record = next((out / "analyses").glob("5AVA*.json"))
    record.write_text(record.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert from_json(record.read_text(encoding="utf-8")) is None
    assert halodot.analyse(data, workers=1).taken_over == 1


def test_columns_without_headings_get_their_meaning_from_the_plan(data: Path) -> None:
    numbers = (data / "PL" / "OA.txt").read_text(encoding="utf-8").split("\n", 1)[1]
    (data / "PL" / "plain.txt").write_text(numbers, encoding="utf-8")
    found = halodot.analyse(data, workers=1)
    assert "columns" in found.plan.left_out["PL/plain.txt"]
    text = (found.out / "analysis.yaml").read_text(encoding="utf-8")
    (found.out / "analysis.yaml").write_text(
        text.replace("columns: {}", "columns:\n  plain.txt: wavelength (nm), counts"), encoding="utf-8"
    )
    again = halodot.analyse(data, workers=1)
    assert [item.item.sample for item in again.outcomes] == ["5AVA", "OA", "plain"]


def test_crate_names_every_file_and_what_it_was_made_from(data: Path) -> None:
    (data / "PL" / "cut.txt").write_text("Wavelength (nm)\tCounts\n600.0\t1\n", encoding="utf-8")
    found = halodot.analyse(data, workers=1)
    graph = json.loads((found.out / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    there = {item["@id"]: item for item in graph}
    assert len(there) == len(graph)
    refers = [part["@id"] for item in graph for key in ("hasPart", "object", "result") for part in item.get(key, ())]
    assert set(refers) <= set(there)
    assert all((found.out / unquote(name)).is_file() for name, item in there.items() if item["@type"] == "File")
    measured = there["#measured/PL/5AVA.txt"]
    assert measured["sha256"] == hashlib.sha256((data / "PL" / "5AVA.txt").read_bytes()).hexdigest()


def test_every_column_of_every_table_is_described(data: Path) -> None:
    out = halodot.analyse(data, workers=1).out
    tables = list(out.rglob("*.csv"))
    assert tables
    for table in tables:
        described = json.loads(table.with_name(f"{table.name}-metadata.json").read_text(encoding="utf-8"))
        with table.open(encoding="utf-8", newline="") as stream:
            headings = next(csv.reader(stream))
        assert [column["titles"] for column in described["tableSchema"]["columns"]] == headings
        assert described["url"] == table.name


def test_plan_that_comes_back_gives_the_same_whatever_was_between(data: Path) -> None:
    numbers = (data / "PL" / "OA.txt").read_text(encoding="utf-8").split("\n", 1)[1]
    (data / "PL" / "plain.txt").write_text(numbers, encoding="utf-8")
    out = halodot.analyse(data, workers=1).out
    plan = out / "analysis.yaml"
    first = plan.read_text(encoding="utf-8").replace("columns: {}", "columns:\n  plain.txt: wavelength (nm), counts")
    plan.write_text(first, encoding="utf-8")
    samples = [item.item.sample for item in halodot.analyse(data, workers=1).outcomes]
    assert "plain" in samples
    plan.write_text("samples: {}\n", encoding="utf-8")
    halodot.analyse(data, workers=1)
    plan.write_text(first, encoding="utf-8")
    assert [item.item.sample for item in halodot.analyse(data, workers=1).outcomes] == samples


def test_warnings_that_differ_in_numbers_alone_are_told_once() -> None:
    told = of_one_kind(["line 1 misses by 5 %", "no response", "line 2 misses by 7.5 %"])
    assert told == ["line 1 misses by 5 % (and 1 more of this kind)", "no response"]


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (646.3123e-9, 0.12e-9, "646.31 ± 0.12"),
        (1.0e-7, 1e-23, "100.00000 ± 0.00000"),
        (1.352e-5, 4e-8, "13520 ± 40"),
    ],
)
def test_values_are_rounded_as_their_uncertainty_allows(value: float, uncertainty: float, text: str) -> None:
    assert value_text(Finding(QUANTITIES["pl_peak"], value, uncertainty, "fit")) == text
