"""Measured points stand where the file says, in whichever form it says it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot.constants import HC_EV
from halodot.errors import DataError, InputError
from halodot.lab.measured_points import read_points

VOLTS, MILLIAMPERES, CANDELAS = [1.0, 2.5, 4.0], [0.01, 1.5, 30.0], [0.5, 200.0, 3000.0]


def written(folder: Path, text: str, name: str = "device.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "V (V),J (mA/cm2),L (cd/m2)\n1,0.01,0.5\n2.5,1.5,200\n4,30,3000\n",
        "V (V),J (A/m2),L (cd/m2)\n1,0.1,0.5\n2.5,15,200\n4,300,3000\n",
        "V [mV];J [A/cm²];L [kcd/m²]\n1000;1e-5;0,0005\n2500,0;0,0015;0,2\n4000;0,03;3,0\n",
        "Voltage\tCurrent density\tLuminance\nV\tmA/cm2\tcd/m2\n1\t0,01\t0,5\n2,5\t1,5\t200\n4\t30\t3000\n",
        "# a remark\nL_cd_m2,V_V,J_mA_cm2\n0.5,1,0.01\n200,2.5,1.5\n3000,4,30\n",
    ],
)
def test_reads_the_columns_in_si(tmp_path: Path, text: str) -> None:
    (curve,) = read_points(written(tmp_path, text)).curves
    np.testing.assert_allclose(curve.columns["voltage"], VOLTS, rtol=1e-12)
    np.testing.assert_allclose(curve.columns["current_density"], 10.0 * np.array(MILLIAMPERES), rtol=1e-12)
    np.testing.assert_allclose(curve.columns["luminance"], CANDELAS, rtol=1e-12)


def test_says_which_column_was_taken_as_what(tmp_path: Path) -> None:
    reading = read_points(written(tmp_path, "V (V);J (mA/cm2)\n1,0;2\n2,0;3\n")).reading
    assert any("'J (mA/cm2)' is the current density in mA/cm2" in line for line in reading)
    assert any("commas" in line for line in reading)


def test_pixels_side_by_side_are_curves_of_their_own(tmp_path: Path) -> None:
    found = read_points(written(tmp_path, "V (V),J (mA/cm2),V (V),J (mA/cm2)\n1,1,1,2\n2,3,2,4\n3,5,3,6\n"))
    assert [item.columns["current_density"].tolist() for item in found.curves] == [[10, 30, 50], [20, 40, 60]]


def test_many_pixels_are_one_curve(tmp_path: Path) -> None:
    head = ",".join(["V (V),J (mA/cm2)"] * 8)
    rows = "\n".join(",".join(f"{volt},{volt * pixel}" for pixel in range(1, 9)) for volt in (1, 2, 3))
    found = read_points(written(tmp_path, f"{head}\n{rows}\n"))
    (curve,) = found.curves
    expected = sorted((float(volt), 10.0 * volt * pixel) for pixel in range(1, 9) for volt in (1, 2, 3))
    assert sorted(zip(curve.columns["voltage"].tolist(), curve.columns["current_density"].tolist())) == expected
    assert any("8 curves" in line for line in found.reading)


def test_a_current_is_divided_by_the_area(tmp_path: Path) -> None:
    path = written(tmp_path, "V (V),I (mA)\n1,0.2\n2,0.4\n3,0.8\n")
    (curve,) = read_points(path, area=4e-6).curves
    np.testing.assert_allclose(curve.columns["current_density"], [50.0, 100.0, 200.0], rtol=1e-12)
    with pytest.raises(InputError, match=r"area of the pixel"):
        read_points(path)


def test_a_spectrum_by_energy_is_turned_into_one_by_wavelength(tmp_path: Path) -> None:
    (curve,) = read_points(written(tmp_path, "energy (eV),EL (a.u.)\n1.8,1\n1.9,2\n2.0,1\n2.1,0.5\n")).curves
    energy = np.array([1.8, 1.9, 2.0, 2.1])
    order = np.argsort(curve.columns["wavelength"])
    np.testing.assert_allclose(curve.columns["wavelength"][order], (HC_EV / energy)[::-1], rtol=1e-12)
    expected = (np.array([1.0, 2.0, 1.0, 0.5]) * energy**2)[::-1]
    found = curve.columns["intensity"][order]
    np.testing.assert_allclose(found / found[0], expected / expected[0], rtol=1e-12)


def test_two_columns_without_headings_are_a_spectrum_where_the_first_can_be_wavelengths(tmp_path: Path) -> None:
    (curve,) = read_points(written(tmp_path, "600 1\n610 3\n620 5\n630 4\n640 1\n", "el.txt")).curves
    np.testing.assert_allclose(curve.columns["wavelength"], 1e-9 * np.arange(600, 641, 10), rtol=1e-12)
    assert curve.columns["intensity"].tolist() == [1.0, 3.0, 5.0, 4.0, 1.0]


def test_units_that_are_not_stated_are_asked_for_and_may_be_given(tmp_path: Path) -> None:
    path = written(tmp_path, "V,J,L\n1,0.01,0.5\n2.5,1.5,200\n4,30,3000\n")
    with pytest.raises(InputError, match=r"the units of 'V', 'J', 'L' are not stated.*--columns"):
        read_points(path)
    (curve,) = read_points(path, columns="V (V), J (mA/cm2), L (cd/m2)").curves
    np.testing.assert_allclose(curve.columns["current_density"], 10.0 * np.array(MILLIAMPERES), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("J (mA/cm2),EQE (1)\n1,20\n2,21\n", "more than one photon"),
        ("time (s),T (degC)\n1,20\n2,21\n3,22\n", "a figure shows"),
    ],
)
def test_refuses_what_no_figure_shows(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises((InputError, DataError), match=words):
        read_points(written(tmp_path, text))
