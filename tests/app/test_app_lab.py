"""The lab of a session: every click is a line of analysis.yaml that the command line replays to the same numbers."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot.app.lab import edits
from halodot.app.lab.bench import LabView, look
from halodot.app.lab.given import findings_as_given
from halodot.app.lab.overlay import measured_points, overlaid
from halodot.app.lab.picture import pictures
from halodot.app.lab.places import places_of
from halodot.app.lab.settings import settings_rows
from halodot.app.lab.windows import written
from halodot.errors import InputError
from halodot.lab.choices import chosen
from halodot.lab.method import all_methods
from halodot.lab.plan import Item
from halodot.lab.plan_file import read_plan
from tests.readers.instrument_files import real


def spectrum(path: Path, peak: float, seed: int) -> None:
    """Write a PL spectrum with headings."""
    wavelength = np.arange(580.0, 720.0, 0.5)
    counts = np.random.default_rng(seed).poisson(1e4 * np.exp(-(((wavelength - peak) / 20.0) ** 2)) + 10.0)
    lines = ["Wavelength (nm)\tCounts", *(f"{x:.1f}\t{y}" for x, y in zip(wavelength, counts))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a session whose folder was looked at once."""
    session = tmp_path_factory.mktemp("session")
    spectrum(session / "lab" / "2026-03-04" / "PL" / "5AVA.txt", 645.0, 1)
    spectrum(session / "lab" / "2026-03-04" / "PL" / "OA.txt", 648.0, 2)
    (session / "lab" / "2026-03-04" / "broken.spc").write_bytes(b"\x00\x01nothing")
    (session / "lab" / "2026-03-04" / "plain.txt").write_text("1 2\n2 3\n3 5\n4 5\n", encoding="utf-8")
    look(session)
    return session


@pytest.fixture
def session(seen: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seen, tmp_path / "session"))


def key_of(view: LabView, file: str) -> str:
    return next(item.key for item in view.items if item.main_file == file)


def test_files_are_recognised_and_a_bad_one_says_why(session: Path) -> None:
    view = look(session)
    assert view.taken_over == len(view.items) == 2
    assert view.samples == ("5AVA", "OA")
    files = {row.path: row for row in view.files}
    assert files["PL/5AVA.txt"].analyses == ("PL spectrum",)
    assert files["PL/5AVA.txt"].kind
    assert files["broken.spc"].note.startswith("not read: ")
    assert files["plain.txt"].unnamed
    assert "columns without a meaning" in files["plain.txt"].note
    peak = view.items[0].findings[0]
    assert peak.label == "PL peak"
    assert peak.value.startswith("645")
    assert "±" in peak.value
    assert (peak.unit, peak.role) == ("nm", "measured")


def test_clicks_are_replayed_by_the_command_line_byte_for_byte(session: Path, tmp_path: Path) -> None:
    view = look(session)
    first, second = key_of(view, "PL/5AVA.txt"), key_of(view, "PL/OA.txt")
    before = (session / view.table).read_bytes()
    edits.set_choice(session, first, "window", ("600 nm", "690 nm"))
    edits.set_choice(session, first, "background", "none")
    edits.set_choice(session, second, "wavelength_uncertainty", "0.5 nm")
    moved = edits.move_to_sample(session, first, "5AVA  two")
    spectrum(session / "lab" / "2026-03-04" / "PL" / "HI.txt", 650.0, 3)
    view = look(session)
    edits.leave_out(session, key_of(view, "PL/HI.txt"))
    view = look(session)
    assert [(item.key, item.sample) for item in view.items] == [(moved, "5AVA two"), (second, "OA")]
    table = (session / view.table).read_bytes()
    assert table != before
    again = Path(shutil.copytree(session / "lab" / "2026-03-04", tmp_path / "2026-03-04"))
    out = tmp_path / "2026-03-04.analysed"
    out.mkdir()
    shutil.copy(session / view.plan, out / "analysis.yaml")
    halodot.analyse(again, figures=False, workers=1)
    assert (out / "results.csv").read_bytes() == table


def test_choice_that_is_none_is_refused_and_changes_nothing(session: Path) -> None:
    view = look(session)
    before = (session / view.plan).read_bytes()
    key = view.items[0].key
    refused: list[tuple[str, edits.Written, str]] = [
        ("window", ("700 nm", "600 nm"), "the lower first"),
        ("window", ("600", "700"), "unit"),
        ("background", "purple", "is none of"),
        ("wavelength_uncertainty", "0.5 eV", "nm"),
        ("colour", "red", "no such choice"),
    ]
    for setting, value, says in refused:
        with pytest.raises(InputError, match=says) as caught:
            edits.set_choice(session, key, setting, value)
        assert caught.value.problems[0].path == f"settings.{setting}"
    with pytest.raises(InputError, match="no longer in the plan"):
        edits.set_choice(session, "x", "window", "auto")
    assert (session / view.plan).read_bytes() == before


def test_automatic_choice_is_made_anew(session: Path) -> None:
    key = look(session).items[0].key
    edits.set_choice(session, key, "window", ("610 nm", "680 nm"))
    narrow = look(session).items[0]
    row = next(row for row in narrow.settings if row.name == "window")
    assert (row.values, row.unit, row.automatic) == ((610.0, 680.0), "nm", False)
    edits.choose_anew(session, key)
    wide = next(row for row in look(session).items[0].settings if row.name == "window")
    assert wide.automatic
    assert wide.values[0] < 610.0 < 680.0 < wide.values[1]


def test_file_left_out_is_taken_back(session: Path) -> None:
    view = look(session)
    edits.leave_out(session, key_of(view, "PL/OA.txt"))
    view = look(session)
    assert view.samples == ("5AVA",)
    row = next(row for row in view.files if row.path == "PL/OA.txt")
    assert (row.left_out, row.note) == (True, edits.LEFT_OUT)
    edits.take_back(session, "PL/OA.txt")
    assert look(session).samples == ("5AVA", "OA")


def test_columns_without_headings_are_named(session: Path) -> None:
    with pytest.raises(InputError):
        edits.name_columns(session, "plain.txt", "purple (nm)")
    edits.name_columns(session, "plain.txt", "wavelength (nm), intensity")
    view = look(session)
    assert "PL spectrum" in {item.title for item in view.items if item.main_file == "plain.txt"}


def test_file_beside_the_measurement_is_chosen(tmp_path: Path) -> None:
    time = np.arange(0.0, 100.0, 0.2)
    decay = np.random.default_rng(1).poisson(5.0 + 2000.0 * np.exp(-time / 12.0))
    flash = np.random.default_rng(2).poisson(5.0 + 2000.0 * np.exp(-time / 0.3))
    for name, counts in (("decay.txt", decay), ("flash.txt", flash)):
        (tmp_path / "lab" / "TRPL").mkdir(parents=True, exist_ok=True)
        lines = ["Time (ns)\tCounts", *(f"{t:.1f}\t{n}" for t, n in zip(time, counts))]
        (tmp_path / "lab" / "TRPL" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    view = look(tmp_path)
    edits.leave_out(tmp_path, key_of(view, "flash.txt"))
    (item,) = look(tmp_path).items
    (offer,) = item.offers
    assert (offer.role, offer.chosen, offer.paths) == ("response", "", ("flash.txt",))
    with pytest.raises(InputError, match="no such file"):
        edits.set_file(tmp_path, item.key, "response", "../x")
    key = edits.set_file(tmp_path, item.key, "response", "flash.txt")
    (item,) = look(tmp_path).items
    assert (item.key, item.files["response"], item.problem) == (key, ("flash.txt",), "")
    edits.set_file(tmp_path, key, "response", "")
    assert "response" not in next(one for one in look(tmp_path).items if one.main_file == "decay.txt").files


def test_choices_follow_when_more_is_dropped_beside_the_folder(session: Path) -> None:
    key = look(session).items[0].key
    edits.set_choice(session, key, "background", "none")
    edits.leave_out(session, look(session).items[1].key)
    spectrum(session / "lab" / "HI.txt", 650.0, 3)
    view = look(session)
    assert view.title == ""
    assert [item.main_file for item in view.items] == ["2026-03-04/PL/5AVA.txt", "HI.txt"]
    plan = read_plan(places_of(session).plan)
    assert plan.items[0].settings["background"] == "none"
    assert plan.left_out["2026-03-04/PL/OA.txt"] == edits.LEFT_OUT


def test_every_choice_of_every_analysis_is_a_row() -> None:
    for method in all_methods().values():
        item = Item("x", method.name, {method.roles[0].name: ("x.txt",)})
        for row in settings_rows(item):
            assert row.about
            assert row.kind != "choice" or row.allowed
            assert row.kind != "window" or row.unit
            if row.default == "auto":
                assert row.automatic
                assert chosen(method.settings, {row.name: "auto"})


def test_picture_is_plain_and_its_window_is_dragged_to_the_plan(session: Path) -> None:
    view = look(session)
    key = view.items[0].key
    shown = pictures(session, key, "light")
    option = json.loads(json.dumps(shown[0].option, allow_nan=False))
    assert option["animation"] is False
    assert option["xAxis"]["name"] == "Wavelength (nm)"
    assert {one["type"] for one in option["series"]} <= {"scatter", "line", "lines"}
    assert shown[0].about.startswith("PL")
    window = shown[0].windows[0]
    assert (window.setting, window.unit) == ("window", "nm")
    assert (window.least, window.most) == pytest.approx((580.0, 719.5), abs=0.2)
    edits.set_choice(session, key, window.setting, written(window, 690.0004, 600.0))
    look(session)
    plan = read_plan(places_of(session).plan)
    assert plan.items[0].settings["window"] == ["600 nm", "690 nm"]
    narrower = pictures(session, key, "dark")[0]
    again = narrower.windows[0]
    assert (again.low, again.high) == (600.0, 690.0)
    assert (again.least, again.most) == pytest.approx((580.0, 719.5), abs=0.2)
    assert narrower.option["series"][0]["name"] == "recorded"
    with pytest.raises(InputError, match="two ends"):
        written(window, float("nan"), 600.0)


def test_measured_curve_is_in_si(session: Path) -> None:
    (curve,) = measured_points(session, look(session).items[0].key)
    assert (curve.panel, curve.label) == ("pl", "5AVA")
    assert curve.columns["wavelength"].min() >= 580e-9
    assert curve.columns["wavelength"].max() <= 720e-9
    assert curve.columns["wavelength"].size == curve.columns["pl"].size
    assert curve.columns["pl"].max() == 1.0
    key = look(session).items[0].key
    assert [name for name, _ in overlaid(session, (key, "gone"))] == ["5AVA"]


def test_curves_of_a_device_are_laid_over_each_in_its_panel(tmp_path: Path) -> None:
    voltage = np.arange(0.0, 6.05, 0.1)
    current = 1e-6 + 50.0 * np.exp((voltage - 6.0) / 0.25)
    light = 0.01 + 80.0 * current * current / (0.01 + current)
    rows = [f"{v:.2f},{j:.6g},{cd:.6g}" for v, j, cd in zip(voltage, current, light)]
    (tmp_path / "lab").mkdir()
    text = "\n".join(["Voltage (V),Current density (mA/cm2),Luminance (cd/m2)", *rows, ""])
    (tmp_path / "lab" / "HI jvl.csv").write_text(text, encoding="utf-8")
    (item,) = look(tmp_path).items
    assert item.method == "jvl"
    laid = dict(overlaid(tmp_path, [item.key]))
    assert set(laid["HI J"]) == {"voltage", "current_density"}
    assert laid["HI J"]["current_density"].max() == pytest.approx(10.0 * current.max(), rel=0.01)
    assert laid["HI L"]["luminance"].max() == pytest.approx(light.max(), rel=0.01)


def test_a_lifetime_is_laid_over_by_its_share_of_the_first_luminance(tmp_path: Path) -> None:
    hours = np.linspace(0.0, 40.0, 400)
    light = 100.0 * np.exp(-((hours / 30.0) ** 0.8))
    (tmp_path / "lab").mkdir()
    rows = [f"{hour:.3f},{one:.6g}" for hour, one in zip(hours, light)]
    text = "\n".join(["Time (h),Luminance (cd/m2)", *rows, ""])
    (tmp_path / "lab" / "5AVA lifetime.csv").write_text(text, encoding="utf-8")
    (item,) = look(tmp_path).items
    assert item.method == "lifetime"
    ((name, columns),) = overlaid(tmp_path, [item.key])
    assert name.endswith("L/L0")
    assert columns["age"].max() == pytest.approx(40.0 * 3600.0, rel=1e-3)
    expected = np.interp(columns["age"] / 3600.0, hours, light / light[0])
    np.testing.assert_allclose(columns["relative_luminance"], expected, atol=0.03)


def test_finding_is_given_to_a_study(session: Path) -> None:
    peak = next(row for row in look(session).items[0].findings if row.giving.given)
    study = "# mine\ndevice:\n  name: x\n"
    text = findings_as_given(study, peak.giving)
    assert text.startswith(study)
    assert "dots.pl_peak: {value: 645." in text
    assert "measured: PL/5AVA.txt" in text
    none = next(row for row in look(session).items[0].findings if row.giving.given is None)
    with pytest.raises(InputError, match="not given to a study"):
        findings_as_given(study, none.giving)


def test_view_travels_between_processes(session: Path) -> None:
    view = look(session)
    assert pickle.loads(pickle.dumps(view)) == view


def test_files_of_real_instruments_are_shown(tmp_path: Path) -> None:
    names = (
        "pl_edinburgh/HZB_AlFl_20231009_Solarcells-Batch-2-varyHTL_1_0.pl.csv",
        "trpl_synthetic/ideal_tcspc_decay.csv",
        "ups/170109_1712_Ef.csv",
        "afm_other/top-1.top",
    )
    (tmp_path / "lab").mkdir()
    for name in names:
        shutil.copy(real(name), tmp_path / "lab")
    view = look(tmp_path)
    assert {item.method for item in view.items} == {"pl", "trpl", "fermi_edge", "afm"}
    assert not [item.problem for item in view.items if item.problem]
    shown = {item.method: pictures(tmp_path, item.key, "dark") for item in view.items}
    assert [window.setting for window in shown["trpl"][0].windows] == ["window"]
    assert shown["trpl"][0].option["yAxis"]["type"] == "log"
    assert shown["pl"][0].windows[0].least == 450.0
    assert shown["afm"][0].image.startswith("data:image/png;base64,")
    for view_of in shown.values():
        json.dumps([one.option for one in view_of], allow_nan=False)
