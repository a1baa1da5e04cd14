"""What long jobs do: the numbers of direct calls, and the files that the command line writes."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from fit_devices import HOLE_ONLY
from job_stubs import in_this_process

import halodot
from halodot.app import stored_sweep
from halodot.app.edits import edit_parameters
from halodot.app.job_process import Bars, Curves, Done, Line, Place
from halodot.app.limits_shown import tornado_bars
from halodot.app.sweep_asked import GRID, varied, whole, written_for
from halodot.app.sweep_shown import sweep_curves
from halodot.app.work import WORKS
from halodot.app.work_charts import height_of, option_of, text_of
from halodot.errors import ConvergenceError, InputError
from halodot.learn import sweep_stored
from halodot.learn.limits import KnobEffect, Limits
from halodot.outputs import write_text
from halodot.report import figures, limits_page
from halodot.report.limits_text import effect_rows
from halodot.results.files import load_result
from halodot.study.load import from_text, to_document

MOBILITY = "device.layers.organic.hole_mobility"
PLQY = "device.emitter.plqy"


def done(folder: Path, kind: str, text: str = HOLE_ONLY, **arguments: Any) -> tuple[Done, Path]:
    """Do the work of a job here, and return what came of it with its folder."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    said: list[tuple[Any, ...]] = []
    found = WORKS[kind](Place(folder, out), {"study": text, **arguments}, lambda *words: said.append(words))
    assert said
    assert all(words[0] for words in said)
    return found, out


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def coarse_device() -> str:
    """The device without a recipe, on a grid that is solved in moments."""
    text = (halodot.study.library.ROOT / "studies" / "device-only.yaml").read_text(encoding="utf-8")
    run = "\nrun:\n  voltage: {from: 0 V, to: 6 V, step: 0.5 V}\n  nodes_per_layer: 12\n"
    return text.partition("\nrun:")[0] + run


def test_limits_are_those_of_the_direct_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(found: Limits, folder: Path) -> None:  # figures take ten times as long as all the rest
        folder.mkdir()
        write_text(folder / "limits.html", found.title)

    monkeypatch.setattr(limits_page, "write_limits", write)
    text = coarse_device()
    found, out = done(tmp_path, "limits", text, only=[PLQY], workers=1)
    direct = halodot.limits(from_text(text), [PLQY], workers=1)
    ranking = next(item for item in found.tables if item.by == "eqe" and item.title == "Only uncertain")
    (row,) = effect_rows(direct, "eqe_max", on_bench=False)
    assert ranking.head == ("number", "now", "range", "peak EQE (%)", "remark")
    assert ranking.rows == ((*row[:3], row[4], row[-1]),)
    assert ranking.paths == (PLQY,)
    bars = next(item for item in found.charts if isinstance(item, Bars) and item.by == "eqe")
    (effect,) = direct.effects
    assert bars.axis == "Peak EQE (%)"
    assert bars.names == ("PL quantum yield of the emitter",)
    assert bars.low[0] == pytest.approx(100.0 * effect.at_low["eqe_max"])
    assert bars.low[0] < bars.base < bars.high[0]
    assert names(out / "limits.zip") == {"limits/limits.html"}


def test_a_fit_is_that_of_the_direct_call_and_gives_a_study_with_its_numbers(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    solution = halodot.simulate(from_text(HOLE_ONLY, overrides=[f"{MOBILITY}=1e-5 cm2/Vs"])).device_solution
    assert solution is not None
    lines = (f"{v},{j / 10.0:.6g}" for v, j in zip(solution.voltage, solution.current_density))
    write_text(tmp_path / "lab" / "jv.csv", "\n".join(("V (V),J (mA/cm2)", *lines)))
    found, out = done(tmp_path, "fit", files=["jv.csv"], vary=[MOBILITY], starts=1)
    (row,) = found.tables[0].rows
    assert row[0] == MOBILITY
    assert float(row[1]) == pytest.approx(1e-5, rel=0.02)
    assert found.tables[0].paths == (MOBILITY,)
    text = HOLE_ONLY + "\n# a remark of mine\n"
    taken = edit_parameters(text, tmp_path, found.parameters)
    before, after = from_text(text), from_text(taken)
    assert after.inputs[MOBILITY].value == pytest.approx(1e-9, rel=0.02)
    assert after.inputs[MOBILITY].kind == "calibrated"
    assert to_document(after)["run"] == to_document(before)["run"]  # the fit's voltages are those of the file
    assert "a remark of mine" in taken
    with pytest.raises(InputError, match="no longer has this number"):
        edit_parameters(text.replace("organic", "other"), tmp_path, found.parameters)
    (curves,) = found.charts
    assert isinstance(curves, Curves)
    assert [line.points for line in curves.lines] == [True, False]
    assert np.allclose(curves.lines[0].y, curves.lines[1].y, rtol=0.02)
    assert {"fit/report.html", "fit/fit.json", "fit/figures/profiles.svg"} <= names(out / "fit.zip")


def test_a_fit_without_a_file_says_what_to_drop(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no measured curve is chosen"):
        done(tmp_path, "fit", files=[], vary=[MOBILITY])


def test_a_report_is_what_a_run_writes(tmp_path: Path) -> None:
    found, out = done(tmp_path, "report")
    assert found.files == ("report.html", "results.nc", "results.zip")
    assert all((out / name).is_file() for name in found.files)
    assert {"results/study.yaml", "results/results.json", "results/report.html"} <= names(out / "results.zip")
    read = load_result(out / "results.nc").device_solution
    direct = halodot.simulate(from_text(HOLE_ONLY)).device_solution
    assert read is not None
    assert direct is not None
    assert np.array_equal(read.current_density, direct.current_density)


def test_figures_are_drawn_in_the_formats_and_the_width_that_were_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "kinds_of", lambda result: ("stack",))
    _, out = done(tmp_path, "figures", formats=["svg", "pdf"], width=170.0)
    assert names(out / "figures.zip") == {"figures/stack.svg", "figures/stack.pdf"}
    with zipfile.ZipFile(out / "figures.zip") as archive:
        assert 'width="481' in archive.read("figures/stack.svg").decode()[:2000]  # pt


@pytest.mark.parametrize("arguments", [{"formats": ["gif"]}, {"formats": []}, {"formats": ["svg"], "width": 4000.0}])
def test_figures_that_cannot_be_drawn_are_refused(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        done(tmp_path, "figures", **arguments)


def test_tables_are_a_workbook_and_a_zip_with_the_decimal_mark_that_was_asked_for(tmp_path: Path) -> None:
    _, out = done(tmp_path, "tables", decimal=",")
    with zipfile.ZipFile(out / "tables.zip") as archive:
        text = archive.read("tables/current_voltage.csv").decode("utf-8-sig")
    assert ";" in text
    assert "0,5" in text
    assert "xl/workbook.xml" in names(out / "tables.xlsx")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_plain_data_with_gaps_where_nothing_is_known(theme: str) -> None:
    nan = float("nan")
    bars = Bars("Only uncertain", "Peak EQE (%)", 20.0, ("one", "other"), (18.0, nan), (25.0, 21.0))
    points = Line("measured", (0.0, 1.0, 2.0), (1e-3, 0.0, 1.0), points=True)
    curves = Curves("J-V", "Voltage (V)", "J (mA/cm2)", (points, Line("fitted", (0.0, 1.0), (nan, 2.0))), (False, True))
    words = Curves("EQE", "Reading", "EQE (%)", (Line("EQE", ("moles", "volume"), (1.0, 2.0)),))
    drawn = [json.loads(json.dumps(option_of(chart, theme), allow_nan=False)) for chart in (bars, curves, words)]
    low, high, _ = drawn[0]["series"]
    assert [row[0] for row in low["data"]] == [20.0, 18.0, None]
    assert [row[0] for row in high["data"]] == [20.0, 25.0, None, 20.0, 21.0, None]
    assert [series["type"] for series in drawn[1]["series"]] == ["scatter", "line"]
    assert drawn[1]["series"][0]["data"] == [[0.0, 1e-3], [1.0, None], [2.0, 1.0]]
    assert drawn[1]["series"][1]["data"] == [[0.0, None], [1.0, 2.0]]
    assert drawn[2]["xAxis"]["data"] == ["moles", "volume"]
    assert height_of(bars) > height_of(replace(bars, names=("one",)))
    assert "largest by one" in text_of(bars)


def test_a_sweep_in_which_no_point_can_be_computed_says_why(tmp_path: Path) -> None:
    with pytest.raises((ConvergenceError, InputError), match="thickness"):
        done(tmp_path, "sweep", vary=["device.layers.organic.thickness=-1,-2 nm"])


def test_a_sweep_of_two_inputs_has_a_line_for_each_value_of_the_second() -> None:
    values = {MOBILITY: "1e-6..1e-4 cm2/Vs:3:log", "device.layers.organic.thickness": "90,110 nm"}
    found = halodot.sweep(from_text(HOLE_ONLY), values, workers=1)
    for chart in sweep_curves(found):
        assert [line.name for line in chart.lines] == ["90 nm", "110 nm"]
        assert chart.lines[0].x == (1e-6, 1e-5, 1e-4)
        assert chart.logarithmic == (True, False)
        assert chart.horizontal == "Hole mobility of organic (cm2/Vs)"


@pytest.mark.parametrize(("asked", "charts"), [({"design": "sobol", "samples": 4, "seed": 1}, 6), ({}, 6)])
def test_a_stored_sweep_is_the_sweep_of_the_command_and_computes_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], charts: int
) -> None:
    monkeypatch.setattr(sweep_stored, "engine", lambda workers, scheduler: in_this_process())
    text, layer = coarse_device(), "device.layers.PTAA.thickness"
    ends = ("0.4..0.9", "20..40 nm") if asked else ("0.4..0.9:2", "20,40 nm")
    values = dict(zip((PLQY, layer), ends))
    vary = [f"{path}={written}" for path, written in values.items()]
    first, out = done(tmp_path, "sweep", text, vary=vary, stored=True, workers=1, **asked)
    direct = halodot.sweep(from_text(text), values, store=tmp_path / "sweep.zarr", workers=1, **asked)
    with zipfile.ZipFile(out / "sweep.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    own = direct.dataset().load().drop_vars(["seconds"])
    kept = xarray.open_zarr(tmp_path / "unpacked" / "sweep.zarr", chunks=None).load().drop_vars(["seconds"])
    xarray.testing.assert_equal(kept, own)
    with (out / "sweep.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [float(line[f"{layer} [nm]"]) for line in lines] == pytest.approx(own[layer].values, rel=1e-11)
    assert [float(line["eqe_max [%]"]) for line in lines] == pytest.approx(100.0 * own.eqe_max.values, rel=1e-11)
    assert [line["failure"] for line in lines] == [""] * 4
    assert len(first.charts) == charts
    eqe = next(chart for chart in first.charts if isinstance(chart, Curves) and chart.title.startswith("Peak EQE"))
    drawn = np.array([line.y for line in eqe.lines]).T.ravel()
    assert drawn == pytest.approx(100.0 * own.eqe_max.values)
    assert eqe.lines[0].points == bool(asked)
    again, _ = done(tmp_path, "sweep", text, vary=vary, stored=True, workers=1, **asked)
    assert ", 4 of them before" not in first.said[0]
    assert ", 4 of them before" in again.said[0]
    assert again.tables == first.tables


def test_a_sweep_that_is_kept_is_asked_for_again_as_it_was(tmp_path: Path) -> None:
    assert stored_sweep.last_asked(tmp_path) == {}
    asked = {"vary": ["a.b=1..2"], "samples": 8, "design": "lhs", "seed": 3}
    for number in (1, 2):
        stored_sweep._store(tmp_path, {"study": "one", **asked, "seed": number})
    stored_sweep._store(tmp_path, {"study": "one", **asked, "workers": 2})
    assert stored_sweep.last_asked(tmp_path) == {"stored": True, **asked}


def test_what_a_sweep_varies_is_told_with_all_that_is_wrong_at_once() -> None:
    rows = [("First number", "", "20,30 nm"), ("Second number, if any", "a.b", ""), ("Number 3, if any", "", "")]
    with pytest.raises(InputError) as wrong:
        varied(rows)
    first, second = wrong.value.problems
    assert "First number: 20,30 nm stands beside no number" in first.message
    assert "Second number: a.b has no values" in second.message
    with pytest.raises(InputError, match="stands there twice"):
        varied([("First number", "a.b", "1,2"), ("Second number, if any", "a.b", "3,4")])
    with pytest.raises(InputError, match="no number is named"):
        varied([("First number", " ", "")])
    assert varied([("First number", " a.b ", "1,2 ")]) == ["a.b=1,2"]
    assert "nothing is written" in whole(" ", 1, "Number of points")[0].message
    assert whole("12", 1, "Number of points") == ()


def test_values_are_written_with_their_number_for_a_grid_alone() -> None:
    assert written_for("lhs", "1e-6..1e-2 cm2/Vs:5:log") == "1e-6..1e-2 cm2/Vs:log"
    assert written_for(GRID, "20..60 nm") == "20..60 nm:7"
    assert written_for(GRID, "20..60 nm:5") == "20..60 nm:5"
    assert written_for("lhs", "20,30 nm") == "20,30 nm"


def test_powers_of_ten_stand_on_a_logarithmic_axis() -> None:
    line = Line("EQE", (1.37e-6, 1e-5, 7.77e-3), (1.0, 2.0, 3.0))
    drawn = option_of(Curves("EQE", "Mobility (cm2/Vs)", "EQE (%)", (line,), (True, False)), "light")
    assert (drawn["xAxis"]["min"], drawn["xAxis"]["max"], drawn["xAxis"]["type"]) == (-6.0, -2.0, "value")
    assert drawn["xAxis"]["axisLabel"]["formatter"] == "10{e|{value}}"
    assert [x for x, _ in drawn["series"][0]["data"]] == pytest.approx(np.log10(line.x))


def test_a_session_keeps_the_stores_of_its_latest_sweeps(tmp_path: Path) -> None:
    kept = [stored_sweep._store(tmp_path, {"vary": [str(number)]}) for number in range(7)]
    assert stored_sweep._store(tmp_path, {"vary": ["6"]}) == kept[-1]
    assert [path.parent.is_dir() for path in kept] == [False, False, True, True, True, True, True]


def test_bars_of_what_is_judged_by_factors_are_logarithmic_where_they_span_more_than_three(tmp_path: Path) -> None:
    text = coarse_device()
    base = halodot.limits(from_text(text), [PLQY], workers=1)
    (effect,) = base.effects

    def bars(low: float) -> Bars:
        other: KnobEffect = halodot.states.replaced(effect, at_low={**effect.at_low, "luminance": low})
        found: Limits = halodot.states.replaced(base, effects=(other,))
        return tornado_bars(found, "luminance", False, 8)

    assert bars(base.base["luminance"] / 10.0).logarithmic
    assert not bars(base.base["luminance"] / 1.2).logarithmic
