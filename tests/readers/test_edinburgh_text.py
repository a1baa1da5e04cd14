"""Spectra of Edinburgh Instruments as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves


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


def test_reads_an_emission_map_as_a_matrix(tmp_path: Path) -> None:
    wavelengths = np.arange(600.0, 612.0, 2.0)
    scans = {f"map {k}": np.round(100.0 * k + wavelengths) for k in range(3)}
    changes = {"Type": ",".join(["Emission Map"] * 3), "Fixed/Offset": "350.00,360.00,370.00"}
    found = read(written(tmp_path / "map.csv", wavelengths, scans, **changes))
    assert found.attrs["kind"] == "excitation_emission"
    assert found["counts"].dims == ("emission_wavelength", "excitation_wavelength")
    np.testing.assert_allclose(found["excitation_wavelength"], [350e-9, 360e-9, 370e-9], rtol=1e-14)
    np.testing.assert_array_equal(found["counts"].values[:, 2], scans["map 2"])
    assert "excitation_wavelength" not in found.attrs  # it is an axis


def test_reads_scans_with_their_own_wavelengths(tmp_path: Path) -> None:
    head = "Labels\tA\tB\r\nType\tEmission Scan\tEmission Scan\r\nStart\t500.0\t700.0\r\nStop\t502.0\t701.0\r\n"
    head += "Step\t1.0\t0.5\r\nFixed/Offset\t365.0\t405.0\r\nXAxis\tWavelength\tWavelength\r\nYAxis\tCPS\tCPS\r\n\r\n"
    rows = "500.00\t1.5\t700.00\t4.5\r\n501.00\t2.5\t700.50\t5.5\r\n502.00\t3.5\t701.00\t6.5\r\n"
    path = tmp_path / "own.txt"
    path.write_text("A title\r\n" + head + rows, encoding="utf-8", newline="")
    first, second = curves(read(path))
    np.testing.assert_allclose(second["wavelength"], [700e-9, 700.5e-9, 701e-9], rtol=1e-14)
    np.testing.assert_array_equal(first["count_rate"], [1.5, 2.5, 3.5])
    assert second.attrs["excitation_wavelength"] == pytest.approx(405e-9)


def test_a_decay_runs_in_the_unit_of_its_axis(tmp_path: Path) -> None:
    text = "Labels,IRF,D,\nType,Time Scan,Time Scan,\nXaxis,Time(us),Time(us),\nYaxis,Counts,Counts,\n\n"
    path = tmp_path / "decay.csv"
    path.write_text(text + "0.0,4,1,\n0.5,100,80,\n1.0,3,60,\n", encoding="utf-8")
    found = read(path)
    assert found.attrs["kind"] == "decay"
    np.testing.assert_allclose(found["time"], [0.0, 0.5e-6, 1e-6])
    np.testing.assert_array_equal(found["counts"].values[1], [1, 80, 60])


def test_parts_of_counts_were_corrected(tmp_path: Path) -> None:
    wavelengths = np.arange(600.0, 610.0)
    assert "intensity" in read(written(tmp_path / "parts.csv", wavelengths, {"A": wavelengths + 0.25}))
