"""Spectra of a spectroradiometer of Photo Research as text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

VALUES = 1e-4 * (1.0 + np.arange(21.0))


def written(path: Path, *, mode: str = "Radiance", values: np.ndarray = VALUES) -> Path:
    lines = [
        "[HEADER]",
        "Title: red LED",
        "Model Num.: PR-670",
        "Serial Num.: 67123",
        "Exp. Time: 120 msec",
        "Date / Time: 2023-05-04 10:11:12",
        f"Radiometric Mode: {mode}",
        "[END OF SECTION]",
        "[CALCULATED]",
        "2 Deg. Obs:",
        "Luminance(cd/m2): 1250.5",
        "[END OF SECTION]",
        "[SPECTRAL]",
        "600",
        "640",
        "2",
        *(f"{value:.4e}" for value in values),
        "[END OF SECTION]",
        "",
    ]
    path.write_text("\r\n".join(lines), encoding="cp1252", newline="")
    return path


def test_reads_radiance_and_what_the_program_calculated(tmp_path: Path) -> None:
    found = read(written(tmp_path / "any.ending"))
    assert found.attrs["kind"] == "irradiance"
    np.testing.assert_allclose(found["wavelength"], np.arange(600.0, 641.0, 2.0) * 1e-9, rtol=1e-14)
    np.testing.assert_allclose(found["spectral_radiance"], VALUES * 1e9, rtol=1e-12)  # W/(m2 sr m)
    assert found.attrs["integration_time"] == pytest.approx(0.12)
    assert found.attrs["instrument"] == "Photo Research PR-670"
    assert found.attrs["date"] == "2023-05-04T10:11:12"
    assert json.loads(found.attrs["header"])["Luminance(cd/m2)"] == "1250.5"


def test_tells_irradiance_from_radiance(tmp_path: Path) -> None:
    found = read(written(tmp_path / "irradiance.txt", mode="Irradiance"))
    np.testing.assert_allclose(found["spectral_irradiance"], VALUES * 1e9, rtol=1e-12)  # W/(m2 m)
    with pytest.raises(DataError, match="Radiometric Mode is 'Flux'"):
        read(written(tmp_path / "flux.txt", mode="Flux"))


def test_refuses_a_spectrum_that_lacks_values(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="21 values were expected, not 20"):
        read(written(tmp_path / "short.txt", values=VALUES[:-1]))
    path = written(tmp_path / "cut.txt")
    path.write_bytes(path.read_bytes()[:-25])
    with pytest.raises(DataError, match="cut off"):
        read(path)
