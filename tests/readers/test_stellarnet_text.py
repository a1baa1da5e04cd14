"""Text of StellarNet SpectraWiz, written here as it is saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError

X = np.arange(350.0, 900.5, 0.5)
Y = 0.4 + 0.3 * np.sin(X / 40.0)


def written(path: Path, mode: str, signal: np.ndarray, end: str = "") -> Path:
    head = [
        '" File: film 3',
        f'" {mode}->  Wave:643.77nm  Pix:1050  Val:  0.001  Time:100ms  Avg:4  Sm:1  Tc:off  Ch:1 ',
    ]
    rows = [f" {x:.2f}  {y:.4E}" for x, y in zip(X, signal)]
    path.write_text("\r\n".join([*head, *rows, end, ""]), encoding="cp1252", newline="")
    return path


@pytest.mark.parametrize(
    ("mode", "quantity", "factor"),
    [("TRANS", "transmittance", 0.01), ("ABS", "absorbance", 1.0), ("SCOPE", "counts", 1.0)],
)
def test_reads_the_quantity_of_a_mode(tmp_path: Path, mode: str, quantity: str, factor: float) -> None:
    found = read(written(tmp_path / "a", mode, Y))
    np.testing.assert_allclose(found["wavelength"], X * 1e-9)
    np.testing.assert_allclose(found[quantity], Y * factor, rtol=1e-4)
    assert [found.attrs[key] for key in ("integration_time", "scans", "boxcar")] == [0.1, 4.0, 1.0]


def test_says_that_an_irradiance_has_no_unit_and_that_a_remnant_stands_behind_it(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a", "RAD", Y, ": 5"))
    assert found.attrs["kind"] == "irradiance"
    np.testing.assert_allclose(found["intensity"], Y, rtol=1e-4)
    assert "does not state" in found.attrs["notes"]
    assert "remnant" in found.attrs["notes"]


@pytest.mark.parametrize("cut", [40, 255, -1, -4])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "cut.irr", "RAD", Y)
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    with pytest.raises(DataError, match=r"cut\.irr: "):
        read(path)


def test_refuses_modes_and_rows_that_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the mode is 'FURLONG'"):
        read(written(tmp_path / "a", "FURLONG", Y))
    with pytest.raises(DataError, match="a row of two numbers was expected"):
        read(written(tmp_path / "b", "RAD", Y, "900.50  x"))


def test_reads_a_real_irradiance() -> None:
    found = read(real("ocean_optics/irr_820_1941.IRR"))
    assert found.sizes == {"wavelength": 1922}
    np.testing.assert_allclose(found["wavelength"], np.arange(173.0, 1133.6, 0.5) * 1e-9)
    at_cursor = np.interp(643.77e-9, found["wavelength"], found["intensity"])
    assert at_cursor == pytest.approx(0.001, abs=5e-4)  # the header rounds it so
    assert found.attrs["integration_time"] == 0.1
