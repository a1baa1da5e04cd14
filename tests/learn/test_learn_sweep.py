"""A sweep is its points, each as it would be alone; and what is written of it is read as it was meant."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halodot
from halodot.errors import InputError
from halodot.learn.sweep import Sweep
from halodot.learn.sweep_values import read_values
from halodot.names import shown
from halodot.report.figures_sweep import draw_sweep
from halodot.report.sweep_table import remarks, rows, write_csv
from halodot.units import to_si

FEW = ("run.voltage={from: 0 V, to: 4 V, step: 1 V}", "run.positions=3")
PTAA, PLQY = "device.layers.PTAA.thickness", "device.emitter.plqy"


# ------------------------------------------------------------------------------------------------------ what is written


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("0..0.3 mmol:4", ("0 mmol", "0.1 mmol", "0.2 mmol", "0.3 mmol")),
        ("10 nm..0.04 um:4", ("0.01 um", "0.02 um", "0.03 um", "0.04 um")),
        ("1e-6..1e-4 cm2/Vs:3:log", ("0.000001 cm2/Vs", "0.00001 cm2/Vs", "0.0001 cm2/Vs")),
        ("0.3..0.1:3", ("0.3", "0.2", "0.1")),
        ("-0.2..0.2 eV:3", ("-0.2 eV", "0 eV", "0.2 eV")),
        ("1...5:3", ("1", "0.75", "0.5")),
        ("20,30, 50 nm", ("20 nm", "30 nm", "50 nm")),
        ("20 nm, 0.05 um", ("20 nm", "0.05 um")),
        ("moles,volume", ("moles", "volume")),
        ("perovskite dots, core-shell dots", ("perovskite dots", "core-shell dots")),
    ],
)
def test_reads_what_is_written(text: str, texts: tuple[str, ...]) -> None:
    assert read_values(f"a.b={text}").texts == texts


WRONG = ("", "a.b", "a.b=", "=1,2", "a.b=1..2", "a.b=1..2:1", "a.b=1..2:x", "a.b=1..1 nm:3", "a.b=0..1:3:log")
WRONG += ("a.b=1,,2", "a.b=1,1 nm", "a.b=..5:3", "a.b=1..5 nm..3:2", "a.b=1..2:99999999", "a.b=1 eV..2 nm:3")


@pytest.mark.parametrize("text", [*WRONG, "a.b=1..2 nm:3:cube"])
def test_refuses_what_cannot_be_meant(text: str) -> None:
    with pytest.raises(InputError, match=r"\w"):
        read_values(text)


@given(
    st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.6g}")),
    st.floats(1e-3, 1e6).map(lambda value: float(f"{value:.6g}")),
    st.integers(2, 40),
    st.sampled_from(["nm", "cm2/Vs", "%"]),
)
def test_a_range_has_its_ends_and_even_steps(low: float, span: float, count: int, unit: str) -> None:
    high = float(f"{low + span:.6g}")
    if not high > low + 1e-6 * abs(low):
        return
    found = read_values(f"a.b={low!r}..{high!r} {unit}:{count}")
    si = {"nm": "m", "cm2/Vs": "m2/V/s", "%": "1"}[unit]
    assert len(found.texts) == count
    assert to_si(found.texts[0], si) == to_si(f"{low!r} {unit}", si)
    assert to_si(found.texts[-1], si) == to_si(f"{high!r} {unit}", si)
    np.testing.assert_allclose(found.numbers, np.linspace(low, high, count), rtol=1e-9, atol=1e-11 * span)
    np.testing.assert_allclose(
        [to_si(text, si) for text in found.texts], np.array(found.numbers) * to_si(f"1 {unit}", si), rtol=1e-12
    )


@given(st.floats(1e-9, 1e3), st.floats(1.1, 1e9), st.integers(2, 30))
def test_equal_factors_lie_between_the_values_of_a_logarithmic_range(low: float, ratio: float, count: int) -> None:
    numbers = read_values(f"a.b={low!r}..{low * ratio!r} nm:{count}:log").numbers
    assert numbers[0] == low
    np.testing.assert_allclose(np.diff(np.log(numbers)), math.log(ratio) / (count - 1), rtol=1e-8)


# --------------------------------------------------------------------------------------------------------------- points


@pytest.fixture(scope="module")
def found() -> Sweep:
    return halodot.sweep("device-only", {PTAA: "20,40 nm", PLQY: ["80 %", "120 %", "90 %"]}, changes=FEW)


def test_every_point_is_what_it_is_alone(found: Sweep) -> None:
    assert found.shape == (2, 3)
    point = found.points[2]
    assert point.texts == ("20 nm", "90 %")
    alone = halodot.simulate(halodot.load("device-only", (*FEW, f"{PTAA}=20 nm", f"{PLQY}=90 %"))).summary
    assert {name: entry.value for name, entry in point.summary.items()} == {
        name: entry.value for name, entry in alone.items()
    }
    assert found.values("eqe_max")[0, 2] == alone["eqe_max"].value


def test_a_point_that_fails_keeps_its_reason_and_the_others_go_on(found: Sweep) -> None:
    assert [bool(point.failure) for point in found.points] == [False, True, False] * 2
    assert "plqy" in found.points[1].failure
    assert "between 0 and 1" in found.points[1].failure
    assert np.isnan(found.values("eqe_max")).tolist() == [[False, True, False]] * 2
    text, places = remarks(found)[0]
    assert text.startswith("failed")
    assert places == (1, 4)
    assert ["1" in row[-1].split(", ") for row in rows(found)] == [False, True, False] * 2


def test_the_table_on_disk_has_the_numbers_in_the_units_of_its_headings(found: Sweep, tmp_path: Path) -> None:
    with write_csv(found, tmp_path).open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line[f"{PTAA} [nm]"] for line in lines] == ["20"] * 3 + ["40"] * 3
    for line, point in zip(lines, found.points):
        entry = point.summary.get("eqe_max")
        assert line["eqe_max [%]"] == ("" if entry is None else repr(shown("eqe_max", entry.value)[0]))
        assert line["failure"] == point.failure


def test_the_figure_shows_the_numbers(found: Sweep) -> None:
    figure = draw_sweep(found)
    lines = figure.axes[0].get_lines()
    assert len(lines) == 2  # the yield of 120 % has no point
    for line, column in zip(lines, (0, 2)):
        np.testing.assert_array_equal(line.get_xdata(), [20.0, 40.0])
        np.testing.assert_allclose(line.get_ydata(), 100.0 * found.values("eqe_max")[:, column], rtol=1e-12)


def test_numbers_of_python_are_taken_in_si() -> None:
    study = halodot.load("device-only", (*FEW, "run.stop_after=light"))
    found = halodot.sweep(study, {PTAA: np.array([2e-8, 3e-8])}, keep=True)
    assert [point.result.study.inputs[PTAA].value for point in found.points if point.result] == [2e-8, 3e-8]


def test_a_number_that_was_changed_before_does_not_hide_what_is_varied() -> None:
    study = halodot.study.with_inputs(halodot.load("device-only", ("run.stop_after=light",)), {PTAA: 5e-8})
    found = halodot.sweep(study, {PTAA: "20,30 nm"}, keep=True)
    assert [point.result.study.inputs[PTAA].value for point in found.points if point.result] == [2e-8, 3e-8]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "nothing is varied"),
        ({"device.layers.PTA.thickness": "20,30 nm"}, "PTAA"),
        ({PTAA: "20..60 nm:50", PLQY: "0.5..0.9:50"}, "2500 points are too many"),
        ({"device.layers.XYZ.thickness": [1e-8]}, "write values with units"),
    ],
)
def test_refuses_what_cannot_be_swept(values: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        halodot.sweep("device-only", values)
