"""CSV of Agilent Cary, written here as WinUV and Eclipse export it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

X = np.arange(800.0, 399.0, -1.0)
Y = 0.4 + 0.3 * np.sin(X / 40.0)


def written(
    path: Path, *scans: tuple[str, np.ndarray, np.ndarray], ordinate: str = "Abs", delimiter: str = ","
) -> Path:
    """Write scans by name, wavelengths and ordinates, with the log behind them."""
    comma = delimiter == ";"
    lines = [delimiter.join(f"{name}{delimiter}" for name, _, _ in scans) + delimiter]
    lines += [delimiter.join([f"Wavelength (nm){delimiter}{ordinate}"] * len(scans)) + delimiter]
    for place in range(max(len(x) for _, x, _ in scans)):
        row = [f"{x[place]:.2f}{delimiter}{y[place]:.6f}" if place < len(x) else delimiter for _, x, y in scans]
        lines.append((delimiter.join(row)).replace(".", "," if comma else ".") + delimiter)
    lines.append("")
    for name, x, _ in scans:
        lines += [name, "Collection Time: 12/18/2024 10:12:52 PM", "Operator Name : W. Weber"]
        lines += [
            "Scan Software Version: 3.00(182)",
            "Parameter List : ",
            "  Instrument                        Cary 50",
        ]
        lines += [f"  Start (nm)                        {x[0]:.2f}", f"  Stop (nm)                         {x[-1]:.2f}"]
        lines += ["  UV-Vis Ave. Time (sec)            0.1000", "  SBW (nm)                          2.000", ""]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_reads_scans_that_share_their_wavelengths(tmp_path: Path, delimiter: str) -> None:
    found = read(
        written(
            tmp_path / "a", ("film, 1" if delimiter == ";" else "film 1", X, Y), ("2", X, 2.0 * Y), delimiter=delimiter
        )
    )
    assert found.attrs["kind"] == "absorption"
    assert found.sizes == {"curve": 2, "wavelength": 401}
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_allclose(found["absorbance"], [Y, 2.0 * Y], atol=6e-7)
    one = curves(found)[0]
    told = ("operator", "instrument", "date", "integration_time")
    assert [one.attrs[key] for key in told] == ["W. Weber", "Agilent Cary 50", "2024-12-18T22:12:52", 0.1]
    assert one.attrs["bandwidth"] == pytest.approx(2e-9)


def test_reads_scans_of_different_lengths_in_percent(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a", ("A", X, 100.0 * Y), ("B", X[:300], 50.0 * Y[:300]), ordinate="%T"))
    one, two = curves(found)
    np.testing.assert_allclose(one["transmittance"], Y, atol=6e-9)
    assert two.sizes == {"wavelength": 300}
    np.testing.assert_allclose(two["transmittance"], 0.5 * Y[:300], atol=6e-9)


def test_reads_emission_of_eclipse(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a", ("QD_EX_365.00", X, 1000.0 * Y), ordinate="Intensity (a.u.)"))
    assert found.attrs["kind"] == "photoluminescence"
    assert found.attrs["excitation_wavelength"] == pytest.approx(365e-9)
    np.testing.assert_allclose(found["intensity"], 1000.0 * Y, atol=6e-7)


@pytest.mark.parametrize("kept", [20, 60, 2000, 5000])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "cut.csv", ("A", X, Y))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"cut\.csv: "):
        read(path)


def test_warns_where_neither_an_empty_line_nor_a_log_follows(tmp_path: Path) -> None:
    path = written(tmp_path / "a", ("A", X, Y))
    assert not read(path).attrs["warnings"]
    path.write_bytes(b"\r\n".join([*path.read_bytes().split(b"\r\n")[:200], b""]))
    assert "may be cut off" in read(path).attrs["warnings"]


def test_refuses_rows_that_are_missing_and_words(tmp_path: Path) -> None:
    path = written(tmp_path / "a", ("A", X, Y))
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(lines[:100] + lines[103:]))
    with pytest.raises(DataError, match="line 101: rows are missing between 703 and 699"):
        read(path)
    path.write_bytes(b"\r\n".join(lines[:300] + lines[403:]))
    with pytest.raises(DataError, match="its numbers end at 503"):
        read(path)
    path.write_bytes(b"\r\n".join([*lines[:50], b"752.00,O.5,", *lines[51:]]))
    with pytest.raises(DataError, match=r"line 51: a number was expected, not 'O\.5'"):
        read(path)
