"""``plot``, ``compare`` and ``sweep`` as a user meets them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halodot
from halodot.report import style

Call = Callable[..., tuple[int, str, str]]
STUDY = """
halodot: 1
title: few voltages
extends: device-only
run:
  voltage: {from: 0 V, to: 5 V, step: 1 V}
  positions: 3
"""
TABLE = "V (V);J (A/m2);L (cd/m2)\n1,5;0,2;0\n3,0;5;40\n7,0;900;20000\n"


@pytest.fixture
def call(call: Call) -> Call:
    """Run the command line in a folder with a study and a measured file; exit code, stdout, stderr."""
    Path("study.yaml").write_text(STUDY, encoding="utf-8")
    Path("mine.csv").write_text(TABLE, encoding="utf-8")
    return call


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that are written."""
    figures: list[Any] = []
    save_as = style.save_as
    monkeypatch.setattr(style, "save_as", lambda figure, *rest: (figures.append(figure), save_as(figure, *rest))[1])
    return figures


# ----------------------------------------------------------------------------------------------------------------- plot


def test_measured_points_stand_where_the_file_says(call: Call, drawn: list[Any]) -> None:
    code, out, err = call("plot", "study.yaml", "mine.csv", "--out", "jvl.png", "--figures", "pdf")
    assert (code, out) == (0, "")
    assert "'J (A/m2)' is the current density in A/m2" in err
    assert Path("jvl.png").stat().st_size > 10_000
    assert Path("jvl.pdf").read_bytes().startswith(b"%PDF")
    current, light = drawn[0].axes
    for panel, values in ((current, [0.02, 0.5, 90.0]), (light, [0.0, 40.0, 20000.0])):
        marks = [line for line in panel.get_lines() if line.get_linestyle() == "None"]
        assert len(marks) == 1
        np.testing.assert_allclose(marks[0].get_xdata(), [1.5, 3.0, 7.0])
        np.testing.assert_allclose(marks[0].get_ydata(), values)
        low, high = panel.get_xlim()
        assert low <= 0.0  # of the model
        assert high >= 7.0  # of the measurement
        assert panel.get_ylim()[1] >= values[-1]
    model = next(line for line in current.get_lines() if line.get_linestyle() != "None")
    alone = halodot.simulate(halodot.load("study.yaml")).device_solution
    shown = np.interp(alone.voltage[3:], np.asarray(model.get_xdata()), np.asarray(model.get_ydata()))
    np.testing.assert_allclose(shown, alone.current_density[3:] / 10.0, rtol=1e-6)


def test_a_file_that_does_not_fit_is_refused_in_one_sentence_before_anything_is_computed(call: Call) -> None:
    code, _, err = call("plot", "study.yaml", "mine.csv", "--kind", "el", "--out", "el.png")
    assert code == 2
    assert "mine.csv: the figure 'el' shows intensity against wavelength" in err
    assert "simulating" not in err
    assert not Path("el.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("study.yaml", "--kind", "eqee"), "Did you mean 'eqe'?"),
        (("study.yaml", "--out", "a.jpg"), "png, svg, pdf"),
        (("study.yaml", "--kind", "eqe,el", "--out", "a.png"), "name a folder"),
        (("study.yaml", "--figures", "bmp"), "there is no format 'bmp'"),
        (("nothere.csv",), "there is no such file"),
        ((), "nothing to draw"),
        (("study.yaml", "mine.csv", "--kind", "eqe"), "draw it with --kind jvl"),
    ],
)
def test_refuses_with_the_way_out(call: Call, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = call("plot", *arguments)
    assert code == 2
    assert words in err


def test_a_mistake_in_what_is_varied_is_one_of_vary_and_names_its_path_once(call: Call) -> None:
    code, _, err = call("sweep", "study.yaml", "--vary", "device.layers.PTAA.thickness=1..2:3")
    assert code == 2
    assert "--vary device.layers.PTAA.thickness: 1 has no unit" in err
    assert "nm. Did you mean '1 nm'?" in err
    assert "--set" not in err


@pytest.mark.parametrize("command", ["run", "plot", "analyse", "new"])
def test_help_speaks_no_python(call: Call, command: str) -> None:
    code, out, _ = call(command, "--help")
    assert code == 0
    assert not re.search(r"<[a-z]", out)


def test_a_figure_that_exists_stays_without_leave(call: Call) -> None:
    Path("el.png").write_text("mine", encoding="utf-8")
    code, _, err = call("plot", "study.yaml", "--kind", "el", "--out", "el.png")
    assert code == 2
    assert "--overwrite" in err
    assert Path("el.png").read_text(encoding="utf-8") == "mine"


def test_lists_every_kind(call: Call) -> None:
    code, out, _ = call("plot", "--list")
    assert code == 0
    assert "far_field\t" in out


# ---------------------------------------------------------------------------------------------------- compare and sweep


def test_compare_prints_both_tables(call: Call) -> None:
    Path("thick.yaml").write_text(
        STUDY.replace("few voltages", "thick").replace("device-only", "study.yaml"), encoding="utf-8"
    )
    with Path("thick.yaml").open("a", encoding="utf-8") as stream:
        stream.write("parameters:\n  device.layers.PTAA.thickness: {value: 60 nm, kind: measured}\n")
    code, out, err = call("compare", "study.yaml", "thick.yaml")
    assert code == 0, err
    inputs, outputs = out.split("\n\n")
    assert inputs.splitlines() == [
        "input\tfew voltages\tthick",
        "device.layers.PTAA.thickness\t30 nm (assumed)\t60 nm (measured)",
    ]
    assert outputs.startswith("quantity\tunit\tfew voltages\tthick\tdifference\tratio\n")
    assert "\nPeak EQE\t%\t" in outputs


def test_sweep_prints_the_table_and_writes_it(call: Call) -> None:
    vary = "device.layers.PTAA.thickness=20,40 nm"
    code, out, _ = call("sweep", "study.yaml", "--vary", vary, "--out", "swept", "--keep")
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == ["device.layers.PTAA.thickness (nm)", "20", "40"]
    assert {path.name for path in Path("swept").iterdir()} == {"sweep.csv", "sweep.png", "sweep.svg", "results"}
    with Path("swept/sweep.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = [halodot.load_result(Path("swept/results") / name) for name in ("0001.nc", "0002.nc")]
    assert [100.0 * one.summary["eqe_max"].value for one in kept] == pytest.approx(
        [float(row["eqe_max [%]"]) for row in rows], rel=1e-14
    )


def test_sweep_says_what_is_to_be_written(call: Call) -> None:
    code, _, err = call("sweep", "study.yaml", "--vary", "device.layers.PTAA.thickness=20..40 nm")
    assert code == 2
    assert "does not say how many" in err
    assert "20..40 nm:5" in err
