"""Spectra of Edinburgh Instruments as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError


def written(path: Path, wavelengths: np.ndarray, scans: dict[str, np.ndarray], **changes: str) -> Path:
    """Write a file as Fluoracle exports several emission scans."""
    header = {
        "Labels": ",".join(scans),
        "Type": ",".join(["Emission Scan"] * len(scans)),
        "Start": ",".join([f"{wavelengths[0]:.2f}"] * len(scans)),
        "Stop": ",".join([f"{wavelengths[-1]:.2f}"] * len(scans)),
        "Step": ",".join([f"{wavelengths[1] - wavelengths[0]:.2f}"] * len(scans)),
        "Fixed/Offset": ",".join(["365.00"] * len(scans)),
        "Xaxis": ",".join(["Wavelength"] * len(scans)),
        "Yaxis": ",".join(["Counts"] * len(scans)),
        "Dwell Time": ",".join(["0.20"] * len(scans)),
        "Scan Slit": ",".join(["2.00"] * len(scans)),
    } | changes
    rows = [f"{x:.2f},{','.join(f'{y[k]:.8E}' for y in scans.values())}," for k, x in enumerate(wavelengths)]
    lines = [f"{key},{value}," for key, value in header.items()]
    path.write_text("\r\n".join([*lines, "", *rows, ""]), encoding="utf-8", newline="")
    return path


def test_reads_scans_that_share_their_wavelengths(tmp_path: Path) -> None:
    wavelengths = np.arange(600.0, 700.5, 0.5)
    scans = {"A": np.round(1e4 + wavelengths), "B": np.round(2e4 - wavelengths)}
    found = read(written(tmp_path / "any.ending", wavelengths, scans))
    assert found.attrs["kind"] == "photoluminescence"
    assert list(found["curve"].values) == ["A", "B"]
    np.testing.assert_allclose(found["wavelength"], wavelengths * 1e-9, rtol=1e-14)
    np.testing.assert_array_equal(found["counts"], list(scans.values()))
    assert found["wavelength"].attrs["units"] == "m"
    assert found["curve_integration_time"].values == pytest.approx([0.2, 0.2])  # s
    assert found["curve_excitation_wavelength"].values == pytest.approx([365e-9] * 2)


@pytest.mark.parametrize("kept", [0.55, 0.7, 0.9])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    wavelengths = np.arange(600.0, 700.5, 0.5)
    path = written(tmp_path / "cut.csv", wavelengths, {"A": 1e4 + wavelengths})
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError, match=r"cut\.csv: line \d+: .*(cut off|end)"):
        read(path)


def test_refuses_an_axis_that_it_does_not_know(tmp_path: Path) -> None:
    wavelengths = np.arange(600.0, 610.0)
    path = written(tmp_path / "odd.csv", wavelengths, {"A": wavelengths}, Xaxis="Furlongs")
    with pytest.raises(DataError, match="Xaxis is 'Furlongs'"):
        read(path)


def test_reads_a_real_emission_scan() -> None:
    found = read(real("pl_edinburgh/HZB_AlFl_20231009_Solarcells-Batch-2-varyHTL_1_0.pl.csv"))
    assert found.sizes == {"wavelength": 451}
    np.testing.assert_allclose(found["wavelength"], np.arange(450.0, 901.0) * 1e-9, rtol=1e-14)
    assert found["intensity"].values[0] == 552.895813
    assert found.attrs["excitation_wavelength"] == pytest.approx(367e-9)
    assert found.attrs["temperature"] == pytest.approx(295.86)
    assert found.attrs["integration_time"] == 0.5
