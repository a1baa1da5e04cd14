"""Scans of FluorEssence as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

WAVELENGTHS = np.arange(500.0, 510.0)
NAMES = ("Wavelength", "S1", "R1", "S1c", "S1c / R1c")
UNITS = ("nm", "CPS", "MicroAmps", "CPS", "CPS / MicroAmps")
VALUES = np.stack([1e4 + WAVELENGTHS, 0.5 + WAVELENGTHS * 1e-3, 2e4 + WAVELENGTHS, WAVELENGTHS - 505.0], axis=1)


def rows(labelled: bool, numbers: np.ndarray) -> list[str]:
    return ["\t".join([str(k + 1)] * labelled + [f"{v:.5f}" for v in row]) for k, row in enumerate(numbers)]


def written(path: Path, heads: list[list[str]], numbers: np.ndarray, labelled: bool = False) -> Path:
    lines = ["\t".join(head) for head in heads] + rows(labelled, numbers)
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("labelled", [True, False])
def test_reads_what_each_detector_measured(tmp_path: Path, labelled: bool) -> None:
    words = [["Short Name"], ["Long Name"], ["Units"]] if labelled else [[], [], []]
    heads = [words[0] + list("ABCDE"), words[1] + list(NAMES), words[2] + list(UNITS)]
    found = read(written(tmp_path / "any.ending", heads, np.column_stack([WAVELENGTHS, VALUES]), labelled))
    np.testing.assert_allclose(found["wavelength"], WAVELENGTHS * 1e-9, rtol=1e-14)
    np.testing.assert_allclose(found["count_rate_s1"], VALUES[:, 0])
    np.testing.assert_allclose(found["photocurrent_r1"], VALUES[:, 1] * 1e-6)
    np.testing.assert_allclose(found["intensity_s1c_r1c"], VALUES[:, 3], atol=1e-5)
    assert "intensity_s1c" in found  # corrected for the response: no count rate any more
    assert found.attrs["kind"] == "spectrum"  # the file does not tell emission from excitation


def test_reads_names_and_units_alone(tmp_path: Path) -> None:
    heads = [["EM Wavelength", "S1"], ["nm", "Counts"]]
    found = read(written(tmp_path / "two.txt", heads, np.column_stack([WAVELENGTHS, VALUES[:, 0]])))
    assert found.attrs["kind"] == "photoluminescence"
    assert found["counts_s1"].attrs["heading"] == "S1"


def test_signals_run_along_the_wavelength_left_of_them(tmp_path: Path) -> None:
    heads = [["Wavelength", "S1", "Wavelength", "S1c"], ["nm", "CPS", "nm", "CPS"]]
    numbers = np.column_stack([WAVELENGTHS, VALUES[:, 0], WAVELENGTHS + 0.5, VALUES[:, 2]])
    first, second = curves(read(written(tmp_path / "own.txt", heads, numbers)))
    np.testing.assert_allclose(second["wavelength"], (WAVELENGTHS + 0.5) * 1e-9)
    assert "count_rate_s1" in first


def test_reads_the_worksheet_of_a_matrix(tmp_path: Path) -> None:
    heads = [
        ["Short Name", *"ABCDE"],
        ["Long Name", "Wavelength", "300", "310", "320", "330"],
        ["Units", "nm", *["CPS / MicroAmps"] * 4],
        ["SourceName", "", *["Graph"] * 4],
    ]
    found = read(written(tmp_path / "matrix.txt", heads, np.column_stack([WAVELENGTHS, VALUES]), labelled=True))
    assert found.attrs["kind"] == "excitation_emission"
    np.testing.assert_allclose(found["excitation_wavelength"], [300e-9, 310e-9, 320e-9, 330e-9])
    assert found["intensity"].dims == ("emission_wavelength", "excitation_wavelength")


@pytest.mark.parametrize("cut", [3, 8, 20])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    heads = [list(NAMES), list(UNITS)]
    path = written(tmp_path / "cut.txt", heads, np.column_stack([WAVELENGTHS, VALUES]))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - cut])
    with pytest.raises(DataError, match=r"cut\.txt: line \d+: .*(cut off|expected)"):
        read(path)
