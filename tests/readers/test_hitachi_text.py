"""Text of Hitachi spectrophotometers and fluorimeters, written here as it is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

X = np.arange(800.0, 399.0, -1.0)
Y = 0.4 + 0.3 * np.sin(X / 40.0)
HEAD = ["Sample:\tfilm 3", "Run Date:\t2026/03/04 09:10:11", "Operator:\tW. Weber", "", "Instrument"]
HEAD += ["Model:\tU-3900 Spectrophotometer", "Serial Number:\t2115-001", "", "Instrument Parameters"]
HEAD += ["Starting Wavelength:\t800.00 nm", "Ending Wavelength:\t400.00 nm", "Slit Width:\t2 nm"]


def written(path: Path, ordinate: str, signal: np.ndarray, *more: str, encoding: str = "utf-8") -> Path:
    rows = [f"{x:.2f}\t{y:.4f}" for x, y in zip(X, signal)]
    lines = [*HEAD, *more, "", "Data Points", f"nm\t{ordinate}", *rows, ""]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("ordinate", "quantity", "factor"),
    [("Abs", "absorbance", 1.0), ("%T", "transmittance", 0.01), ("%R", "reflectance", 0.01)],
)
def test_reads_a_spectrum(tmp_path: Path, ordinate: str, quantity: str, factor: float) -> None:
    found = read(written(tmp_path / "a", ordinate, Y, "測定モード:\t波長スキャン", encoding="shift_jis"))
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_allclose(found[quantity], Y * factor, atol=6e-5)
    told = ("sample", "operator", "serial_number", "date", "instrument")
    assert [found.attrs[key] for key in told] == [
        "film 3",
        "W. Weber",
        "2115-001",
        "2026-03-04T09:10:11",
        "Hitachi U-3900 Spectrophotometer",
    ]
    assert found.attrs["bandwidth"] == pytest.approx(2e-9)


def test_reads_an_emission_scan(tmp_path: Path) -> None:
    more = ("Scan mode:\tEmission", "EX WL:\t365.0 nm", "EX Slit:\t5.0 nm", "EM Slit:\t2.5 nm")
    found = read(written(tmp_path / "a", "Data", 1000.0 * Y, *more))
    assert found.attrs["kind"] == "photoluminescence"
    assert found.attrs["excitation_wavelength"] == pytest.approx(365e-9)
    np.testing.assert_allclose(found["intensity"], 1000.0 * Y, atol=6e-5)


@pytest.mark.parametrize("cut", [100, 330, 2000, -1, -16])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "cut.txt", "Abs", Y)
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    with pytest.raises(DataError, match=r"cut\.txt: "):
        read(path)


def test_refuses_a_scan_that_ends_too_early(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "Abs", Y)
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:300], b""]))
    with pytest.raises(DataError, match="goes from 800 to 400 nm, but the numbers end at"):
        read(path)
