"""The report of a fit: what it says, what it writes, and that the command makes it from a file of an instrument."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fit_devices import HOLE_ONLY, hole_only

import halodot
from halodot import cli
from halodot.learn.fit import CurveFit, FitSettings
from halodot.learn.likelihood import measured_curve
from halodot.report.figures_fit import fit_figures
from halodot.report.fit_page import number_rows, verdicts, write_fit
from halodot.study import load

MOBILITY = "device.layers.organic.hole_mobility"
ELECTRONS = "device.layers.organic.electron_mobility=1e-11..1e-7 cm2/Vs"


def table(factor: float = 1.0) -> str:
    """Return a measured curve as an instrument writes it, a hundred times less current than the study has."""
    solution = halodot.simulate(hole_only(f"{MOBILITY}=1e-6 cm2/Vs")).device_solution
    assert solution is not None
    wave = 1.0 + 0.02 * np.cos(7.0 * solution.voltage)
    rows = zip(solution.voltage, factor * wave * solution.current_density / 10.0)
    return "V (V);J (mA/cm2)\n" + "\n".join(f"{v:.2f};{j:.6g}".replace(".", ",") for v, j in rows) + "\n"


@cache
def fitted() -> CurveFit:
    solution = halodot.simulate(hole_only(f"{MOBILITY}=1e-6 cm2/Vs")).device_solution
    assert solution is not None
    curve = measured_curve("J-V", solution.voltage, solution.current_density, source="diode.csv", sha256="0" * 64)
    return halodot.fit(hole_only(), [curve], [MOBILITY, ELECTRONS], settings=FitSettings(starts=1))


def test_a_fit_says_what_the_data_determine_and_what_they_do_not() -> None:
    rows = {row[0]: row for row in number_rows(fitted())}
    assert rows[MOBILITY][1::3] == ("1e-06", "cm2/Vs")
    assert rows[MOBILITY][-1] == "determined"
    assert rows[ELECTRONS.partition("=")[0]][-1] == "nothing within log-uniform between the ends"
    said = " ".join(verdicts(fitted()))
    assert "2 numbers fitted to 12 points" in said
    assert f"Not determined by the data: {ELECTRONS.partition('=')[0]}." in said
    assert "times one" in said


def test_a_misfit_is_said_with_what_it_means() -> None:
    solution = halodot.simulate(hole_only()).device_solution
    assert solution is not None
    bent = solution.current_density * np.exp(0.5 * np.sin(solution.voltage))
    found = halodot.fit(
        hole_only(),
        [measured_curve("J-V", solution.voltage, bent)],
        [MOBILITY],
        settings=FitSettings(starts=1, profiles=False),
    )
    assert found.misspecified
    assert any(line.startswith("Misspecified: the residuals of J-V run along the curve") for line in verdicts(found))


def test_a_misfit_that_moves_no_number_is_none() -> None:
    solution = halodot.simulate(hole_only()).device_solution
    assert solution is not None
    bent = solution.current_density * np.exp(1e-3 * np.sin(0.5 * solution.voltage))
    settings = FitSettings(starts=1, profiles=False)
    curve = [measured_curve("J-V", solution.voltage, bent)]
    found = halodot.fit(hole_only(), curve, [MOBILITY], settings=settings)
    assert found.chi2 < 1.0
    assert not found.misspecified
    said = " ".join(verdicts(found))
    assert "Misspecified" not in said
    assert ("move no number" in said) == (found.runs_probability < 0.01)


def test_a_curve_that_lies_to_one_side_is_missed_though_its_residuals_have_no_runs() -> None:
    solution = halodot.simulate(hole_only()).device_solution
    assert solution is not None
    settings = FitSettings(starts=1, profiles=False)
    tenfold = measured_curve("J-V", solution.voltage, 10.0 * solution.current_density)
    found = halodot.fit(hole_only(), [tenfold], [ELECTRONS], settings=settings)
    assert not found.misspecified
    assert found.missed
    assert found.distance == pytest.approx(np.log(10.0) / 0.03 * np.sqrt(12 / 11), rel=0.01)
    said = " ".join(verdicts(found))
    assert "1 number fitted to 12 points" in said
    assert "The curve is missed" in said
    assert "nothing says that physics is missing" not in said


def test_as_many_numbers_as_points_can_show_no_misfit() -> None:
    point = measured_curve("J-V", np.array([5.0]), np.array([1.0]))
    found = halodot.fit(hole_only(), [point], [MOBILITY], settings=FitSettings(starts=1, profiles=False))
    said = " ".join(verdicts(found))
    assert "1 number fitted to 1 point: no more points than numbers" in said
    assert "nothing says" not in said


def test_a_narrow_profile_has_ticks_that_can_be_read() -> None:
    figure = fit_figures(fitted())["profiles"]
    figure.canvas.draw()
    panel = figure.axes[[number.name for number in fitted().numbers].index(MOBILITY)]
    assert panel.get_xlabel() == f"{MOBILITY} (1e-6 cm2/Vs)"
    assert panel.xaxis.get_offset_text().get_text() == ""
    boxes = [tick.get_window_extent() for tick in panel.get_xticklabels() if tick.get_text()]
    inside = [box for box in boxes if panel.bbox.x0 <= box.x0 and box.x1 <= panel.bbox.x1]
    assert len(inside) > 2
    assert all(left.x1 < right.x0 for left, right in pairwise(inside))


def test_the_folder_holds_the_page_the_figures_and_a_study_that_can_be_read(tmp_path: Path) -> None:
    written = write_fit(fitted(), tmp_path / "out")
    names = {str(path.relative_to(tmp_path / "out")) for path in written}
    assert {"report.html", "fit.json", "device-fitted.yaml", "figures/profiles.svg", "figures/residuals.png"} <= names
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert MOBILITY in page.replace("<wbr>", "")
    assert page.count("<img ") == 3
    plain = json.loads((tmp_path / "out" / "fit.json").read_text(encoding="utf-8"))
    assert plain["numbers"][MOBILITY]["determined"] is True
    study = load(tmp_path / "out" / "device-fitted.yaml")
    assert study.inputs[MOBILITY].kind == "calibrated"
    write_fit(fitted(), tmp_path / "out")  # again, over its own files


def test_the_command_fits_a_file_and_says_how_it_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("diode.yaml").write_text(HOLE_ONLY, encoding="utf-8")
    Path("diode.csv").write_text(table(), encoding="utf-8")
    arguments = ["fit", "diode.yaml", "--data", "diode.csv", "--vary", MOBILITY, "--out", "out"]
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    out, err = capsys.readouterr()
    assert caught.value.code == 0
    assert out.splitlines()[0].startswith("number\tfitted\t68 % interval")
    assert "decimals behind commas" in err
    assert "noise of 3 % is assumed" in err
    study = load("out/diode-fitted.yaml")
    sha256 = hashlib.sha256(Path("diode.csv").read_bytes()).hexdigest()
    assert study.inputs[MOBILITY].source == f"fitted to SCLC of diode.csv, sha256 {sha256}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--data", "absent.csv", "--vary", MOBILITY), "absent.csv: there is no such file"),
        (("--data", "diode.csv", "--vary", f"{MOBILITY}=1..2"), f"--vary: {MOBILITY}: 1 has no unit"),
        (("diode.yaml", "--data", "diode.csv"), "two of the studies have one name"),
        (("thick.yaml", "--data", "diode.csv"), "'diode.csv' does not say whose it is"),
        (("thick.yaml", "--data", "thik:diode.csv"), "Did you mean 'thick:diode.csv'?"),
        (("thick.yaml", "--data", "diode:diode.csv", "--vary", MOBILITY), "give its data, as in --data thick:FILE"),
        (("--data", "diode:absent.csv", "--vary", MOBILITY), "absent.csv: there is no such file"),
    ],
)
def test_what_the_command_cannot_use_is_bad_input(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("diode", "thick"):
        Path(f"{name}.yaml").write_text(HOLE_ONLY, encoding="utf-8")
    Path("diode.csv").write_text("V (V),J (mA/cm2)\n1,2\n2,5\n", encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        cli.main(["fit", "diode.yaml", *arguments])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
