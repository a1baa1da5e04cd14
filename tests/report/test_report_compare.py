"""Results side by side: the numbers are those of each alone, and what differs is what was changed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import halodot
from halodot.errors import InputError
from halodot.names import shown
from halodot.report import compare_page
from halodot.report.compare import SAME, Comparison
from halodot.report.compare_page import PAGE, output_rows, write_comparison
from halodot.report.figures import KINDS
from halodot.states import replaced

FEW = ("run.voltage={from: 0 V, to: 4 V, step: 0.5 V}", "run.positions=3")
CHANGE = "device.layers.PTAA.thickness=60 nm"


@pytest.fixture(scope="module")
def pair() -> Comparison:
    return halodot.compare(halodot.load("device-only", FEW), halodot.load("device-only", (*FEW, CHANGE)))


def test_a_result_compared_with_itself_has_no_difference(pair: Comparison) -> None:
    result = next(iter(pair.results.values()))
    found = halodot.compare(result, result)
    assert found.inputs == ()
    assert all(row.same for row in found.outputs)
    assert not any(found.notes.values())
    assert {row[4] for row in output_rows(found)} == {SAME}


def test_one_changed_input_is_the_one_that_differs(pair: Comparison) -> None:
    assert [row.path for row in pair.inputs] == ["device.layers.PTAA.thickness"]
    assert pair.inputs[0].numbers == (30.0, 60.0)


def test_the_outputs_are_those_of_each_alone(pair: Comparison) -> None:
    alone = [halodot.simulate(halodot.load("device-only", changes)).summary for changes in (FEW, (*FEW, CHANGE))]
    (row,) = (row for row in pair.outputs if row.name == "eqe_max")
    assert row.values == tuple(shown("eqe_max", own["eqe_max"].value)[0] for own in alone)
    assert row.differences[1] == row.values[1] - row.values[0]
    assert row.ratios[1] == row.values[1] / row.values[0]
    assert {row.name for row in pair.outputs} == {
        name for own in alone for name, entry in own.items() if entry.value is not None
    }


def test_names_tell_results_of_one_title_apart(pair: Comparison) -> None:
    assert len(pair.names) == 2
    assert pair.names[0].endswith("(1)")
    assert pair.names[1].endswith("(2)")


def test_another_version_is_said(pair: Comparison) -> None:
    result = next(iter(pair.results.values()))
    (row,) = halodot.compare(result, replaced(result, version="0.0.9")).inputs
    assert row.path == "version of halodot"
    assert row.values[1] == "0.0.9"


def test_the_folder_holds_both_tables_and_the_curves(
    pair: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_page, "KINDS", {kind: KINDS[kind] for kind in ("jvl", "eqe", "absorption")})
    write_comparison(pair, tmp_path / "out", overwrite=False)
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "PTAA.thickness" in page.replace("<wbr>", "")
    with (tmp_path / "out" / "outputs.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    first, second = pair.names
    eqe = next(row for row in pair.outputs if row.name == "eqe_max")
    assert (float(rows["eqe_max"][first]), float(rows["eqe_max"][second])) == eqe.values
    assert float(rows["eqe_max"][f"{second}: difference"]) == eqe.differences[1]
    with (tmp_path / "out" / "inputs.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["unit"], float(row[first]), float(row[second])) == ("nm", 30.0, 60.0)


def test_one_result_is_refused() -> None:
    with pytest.raises(InputError, match="two or more"):
        halodot.compare("device-only")
