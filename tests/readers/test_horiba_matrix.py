"""Excitation-emission matrices of HORIBA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError

EXCITATION = np.arange(600.0, 560.0, -5.0)
EMISSION = 245.719 + 2.24 * np.arange(12.0)
INTENSITY = np.cos(EMISSION[:, None] / 40.0) + EXCITATION[None, :] / 300.0


def written(path: Path, corner: str, words: tuple[str, ...], intensity: np.ndarray = INTENSITY) -> Path:
    """Write a matrix as a worksheet of Origin is exported."""
    width = len(EXCITATION)
    lines = [
        "\t".join([corner, *(f"{x:g}" for x in EXCITATION)]),
        *(word + "\t" * width if "\t" not in word else word for word in words),
        *("\t".join([f"{m:.3f}", *(f"{v:.8f}" for v in row)]) for m, row in zip(EMISSION, intensity)),
    ]
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("corner", "words", "instrument"),
    [
        ("Sample - Blank", ("nm", "Normalized by 75.335"), "HORIBA Aqualog"),
        ("F1", (), "HORIBA"),
        ("", (), "HORIBA"),
        ("Wavelength", ("nm", "Processed Graph: Rayleigh Masked"), "HORIBA Aqualog"),
    ],
)
def test_reads_a_matrix_in_its_own_order(tmp_path: Path, corner: str, words: tuple[str, ...], instrument: str) -> None:
    found = read(written(tmp_path / "any.ending", corner, words))
    assert found.attrs["kind"] == "excitation_emission"
    assert found.attrs["instrument"] == instrument
    assert found["intensity"].dims == ("emission_wavelength", "excitation_wavelength")
    np.testing.assert_allclose(found["excitation_wavelength"], EXCITATION * 1e-9, rtol=1e-14)
    np.testing.assert_allclose(found["emission_wavelength"], np.round(EMISSION, 3) * 1e-9, rtol=1e-14)
    np.testing.assert_allclose(found["intensity"], INTENSITY, atol=5e-9)


def test_reads_the_unit_of_a_row_of_words(tmp_path: Path) -> None:
    units = "\t".join(["nm", *["CPS"] * len(EXCITATION)])
    assert "count_rate" in read(written(tmp_path / "rate.dat", "S1", (units,)))
    units = units.replace("CPS", "CPS / MicroAmps")
    assert "intensity" in read(written(tmp_path / "ratio.dat", "S1c / R1c", (units,)))


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.999])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    path = written(tmp_path / "cut.dat", "F1", ())
    data = path.read_bytes()[:-2]
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError, match=r"cut\.dat: line \d+: .*(cut off|expected)"):
        read(path)


def test_refuses_a_row_that_lacks_a_number(tmp_path: Path) -> None:
    path = written(tmp_path / "short.dat", "F1", ())
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[6] = lines[6].rpartition("\t")[0]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    with pytest.raises(DataError, match=r"line 7: 9 numbers were expected, not 8"):
        read(path)


def test_reads_real_matrices() -> None:
    found = read(real("pl_horiba_fluoromax/f2.dat"))
    assert found.sizes == {"emission_wavelength": 116, "excitation_wavelength": 43}
    np.testing.assert_allclose(found["excitation_wavelength"], np.arange(240.0, 451.0, 5.0) * 1e-9, rtol=1e-14)
    np.testing.assert_allclose(found["emission_wavelength"], np.arange(320.0, 551.0, 2.0) * 1e-9, rtol=1e-14)
    assert found["intensity"].values[0, 0] == 5442.21108
    assert found["intensity"].sel(excitation_wavelength=315e-9, method="nearest").values[1] == 8655.16468
    found = read(real("pl_horiba_aqualog/sample4.dat"))
    assert found.sizes == {"emission_wavelength": 250, "excitation_wavelength": 113}
    np.testing.assert_allclose(found["excitation_wavelength"], np.arange(800.0, 239.0, -5.0) * 1e-9, rtol=1e-14)
    assert found["emission_wavelength"].values[-1] == pytest.approx(825.471e-9)
    assert found["intensity"].values[0, 0] == -0.943302431047735
