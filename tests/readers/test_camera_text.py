"""Spectra of Andor Solis and Renishaw WiRE as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

SETTINGS = (
    "Date and Time:\tTue Mar 12 16:05:09 2019\r\nSoftware Version:\t4.31.30037.0\r\nTemperature (C):\t-60\r\n"
    "Model:\tDU401A\r\nData Type:\t{kind}\r\nAcquisition Mode:\tAccumulate\r\nTrigger Mode:\tInternal\r\n"
    "Exposure Time (secs):\t0.5\r\nNumber of Accumulations:\t4\r\nReadout Mode:\tFull Vertical Binning\r\n"
    "Serial Number:\t12345\r\nWavelength (nm):\t600\r\nGrating Groove Density (l/mm):\t300\r\n"
)


def andor(path: Path, rows: list[str], *, kind: str = "Counts", below: bool = True) -> Path:
    numbers, settings = "\r\n".join([*rows, ""]), SETTINGS.format(kind=kind)
    path.write_text(f"{numbers}\r\n{settings}" if below else f"{settings}\r\n{numbers}", encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("below", [True, False])
def test_reads_a_spectrum_with_settings_on_either_side(tmp_path: Path, below: bool) -> None:
    rows = [f"{500.25 + 0.5 * k:.5f}\t{100 + k}" for k in range(8)]
    found = read(andor(tmp_path / "any.ending", rows, below=below))
    np.testing.assert_allclose(found["wavelength"], (500.25 + 0.5 * np.arange(8)) * 1e-9)
    np.testing.assert_array_equal(found["counts"], 100 + np.arange(8))
    assert found.attrs["integration_time"] == 0.5
    assert found.attrs["scans"] == 4.0
    assert found.attrs["date"] == "2019-03-12T16:05:09"
    assert found.attrs["grating"] == "300 lines/mm"


def test_reads_pixels_tracks_and_what_is_no_count(tmp_path: Path) -> None:
    found = read(andor(tmp_path / "tracks.asc", [f"{k + 1},{10 + k},{20 + k}," for k in range(6)]))
    assert found["counts"].dims == ("track", "x_pixel")
    np.testing.assert_array_equal(found["counts"].values[1], 20 + np.arange(6))
    found = read(andor(tmp_path / "less.asc", ["1\t5", "2\t-3", "3\t4"]))
    assert "intensity" in found
    found = read(andor(tmp_path / "share.asc", ["500.5\t5", "501\t3", "501.5\t4"], kind="%Transmittance"))
    np.testing.assert_allclose(found["transmittance"], [0.05, 0.03, 0.04])


def test_refuses_what_can_be_no_wavelength_and_the_binary_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="pixels counted from 1 or wavelengths"):
        read(andor(tmp_path / "odd.asc", ["10.5\t5", "20.5\t3"]))
    path = tmp_path / "binary.sif"
    path.write_bytes(b"Andor Technology Multi-Channel File\n65538 1\n" + bytes(100))
    with pytest.raises(DataError, match="export it from Solis as text"):
        read(path)


def wire(path: Path, names: str, rows: list[tuple[float, ...]]) -> Path:
    lines = [names, *("\t".join(f"{v:.6f}" for v in row) for row in rows), ""]
    path.write_text("\r\n".join(lines), encoding="ascii", newline="")
    return path


def test_reads_raman_shifts_and_maps_of_wire(tmp_path: Path) -> None:
    waves = (1800.5, 900.25, 150.0)
    found = read(wire(tmp_path / "any.ending", "#Wave\t\t#Intensity", [(w, 2.0 * w) for w in waves]))
    np.testing.assert_allclose(found["raman_shift"], np.array(waves) * 100.0)
    rows = [(x, y, w, 100.0 * x + 10.0 * y + w) for y in (0.0, 1.0) for x in (5.0, 6.0, 7.0) for w in waves]
    found = read(wire(tmp_path / "map.txt", "#X\t\t#Y\t\t#Wave\t\t#Intensity", rows))
    assert found["intensity"].dims == ("y_position", "x_position", "raman_shift")
    assert found["intensity"].values[1, 2, 0] == pytest.approx(700.0 + 10.0 + 1800.5)


def test_refuses_a_wave_that_may_be_nanometres(tmp_path: Path) -> None:
    path = wire(tmp_path / "pl.txt", "#Wave\t\t#Intensity", [(w, 1.0) for w in (500.0, 600.0, 700.0)])
    with pytest.raises(DataError, match="nm or 1/cm"):
        read(path)
