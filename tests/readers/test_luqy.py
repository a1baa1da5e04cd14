"""Absolute PL of a LuQY Pro as text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

WAVELENGTHS = np.linspace(560.0, 1040.0, 97)
FLUX = 1e9 + 1e14 * np.exp(-(((WAVELENGTHS - 780.0) / 20.0) ** 2))
HEADINGS = ("Luminescence flux density (photons/(s cm² nm))", "Raw spectrum (counts)", "Dark spectrum (counts)")


def written(
    path: Path, *, raw: np.ndarray, date: str = "04.04.2025 16:46:56", comma: bool = False, repeats: int = 1
) -> Path:
    """Write a file as the program exports it, for several measurements one behind another."""
    times = [date] * repeats
    head = [
        "\t".join(["Time", *times]) if repeats > 1 else date,
        "\t".join(["LuQY (%)", *["0.0400"] * repeats]),
        "\t".join(["QFLS (eV)", *["1.172"] * repeats]),
        "\t".join(["Integration Time (ms)", *["14"] * repeats]),
        "\t".join(["Bandgap (eV)", *["1.671"] * repeats]),
        "\t".join(["Subcell area (cm²)", *["0.250"] * repeats]),
        "----------------------------",
        "\t".join(["Wavelength (nm)", *HEADINGS * repeats]),
    ]
    rows = [
        "\t".join(
            f"{value:.6E}" for value in (x, *(value for k in range(repeats) for value in (f * (k + 1), r, 1500.0)))
        )
        for x, f, r in zip(WAVELENGTHS, FLUX, raw)
    ]
    text = "\r\n".join([*head, *rows, ""])
    path.write_text(text.replace(".", ",") if comma else text, encoding="utf-8", newline="")
    return path


def test_reads_a_calibrated_flux_and_counts(tmp_path: Path) -> None:
    found = read(written(tmp_path / "any.ending", raw=1500.0 + 10.0 * WAVELENGTHS))
    assert found.attrs["kind"] == "photoluminescence"
    np.testing.assert_allclose(found["wavelength"], WAVELENGTHS * 1e-9, rtol=1e-6)
    np.testing.assert_allclose(found["spectral_photon_flux"], FLUX * 1e13, rtol=1e-6)  # 1/(m2 s m)
    np.testing.assert_allclose(found["counts"], 1500.0 + 10.0 * WAVELENGTHS, rtol=1e-6)
    assert set(found["counts_dark"].values) == {1500.0}
    assert found.attrs["integration_time"] == 0.014
    assert found.attrs["area"] == pytest.approx(0.25e-4)
    assert found.attrs["date"] == "2025-04-04T16:46:56"
    assert json.loads(found.attrs["header"])["QFLS (eV)"] == "1.172"


def test_a_spectrum_less_the_dark_one_is_no_count(tmp_path: Path) -> None:
    found = read(written(tmp_path / "less_dark.txt", raw=np.cos(WAVELENGTHS)))
    assert "counts" not in found
    assert found["intensity"].values.min() < 0.0
    assert "dark spectrum was taken off" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("written_date", "iso"),
    [
        ("12/13/2024 9:12:17 PM", "2024-12-13T21:12:17"),
        ("1/2/2025 9:46:09 AM", "2025-01-02T09:46:09"),
        ("2025-04-03 10:00:00", "2025-04-03T10:00:00"),
        ("23/4/2025 16:46:56", "2025-04-23T16:46:56"),
        ("3/4/2025 16:46:56", None),  # day and month cannot be told apart
    ],
)
def test_reads_dates_of_both_sides_of_the_atlantic(tmp_path: Path, written_date: str, iso: str | None) -> None:
    found = read(written(tmp_path / "dated.txt", raw=np.ones(97), date=written_date))
    assert found.attrs.get("date") == iso


def test_reads_decimal_commas(tmp_path: Path) -> None:
    found = read(written(tmp_path / "comma.txt", raw=np.ones(97), date="2025-04-03 10:00:00", comma=True))
    np.testing.assert_allclose(found["spectral_photon_flux"], FLUX * 1e13, rtol=1e-6)
    assert found.attrs["area"] == pytest.approx(0.25e-4)


def test_reads_several_measurements(tmp_path: Path) -> None:
    first, second = curves(read(written(tmp_path / "two.txt", raw=np.ones(97), repeats=2)))
    np.testing.assert_allclose(second["spectral_photon_flux"], 2.0 * first["spectral_photon_flux"], rtol=1e-6)
    assert second.attrs["date"] == "2025-04-04T16:46:56"


@pytest.mark.parametrize("cut", [3, 6, 20, 46, 400])
def test_refuses_a_file_cut_within_a_number(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "cut.txt", raw=np.ones(97))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - cut])
    with pytest.raises(DataError, match=r"cut\.txt: line \d+: .*cut off"):
        read(path)


def test_the_flux_of_a_real_file_gives_its_quantum_yield() -> None:
    found = read(real("plqy_luqy/GaAs5_Large_Spot_center.abspl.txt"))
    header = json.loads(found.attrs["header"])
    emitted = np.trapezoid(found["spectral_photon_flux"], found["wavelength"])  # 1/(m2 s)
    absorbed = float(header["Jsc (mA/cm2)"]) * 10.0 / 1.602176634e-19 * float(header["Laser intensity (suns)"])
    incident = absorbed / float(header["EQE @ laser wavelength"])
    assert emitted / incident == pytest.approx(float(header["LuQY (%)"]) / 100.0, rel=0.01)  # suns have two digits
    assert found.attrs["date"] == "2025-01-20T21:46:09"
    assert found.sizes == {"wavelength": 1510}


def test_reads_real_counts() -> None:
    found = read(real("plqy_luqy/100_40-1.abspl.txt"))
    assert "counts_dark" not in found
    assert found["counts"].values[0] == 1522.4
    assert found.attrs["integration_time"] == 0.01
