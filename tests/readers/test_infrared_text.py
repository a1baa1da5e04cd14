"""Infrared spectra as text: Agilent MicroLab, FTIRText."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError


def asp(path: Path, ordinates: list[str], codes: tuple[int, int, int] = (1, 2, 4), count: int = 0) -> Path:
    head = [str(count or len(ordinates)), "3999.5", "400.5", *map(str, codes)]
    path.write_bytes("\r\n".join([*head, *ordinates, ""]).encode())
    return path


def test_reads_the_ordinates_of_microlab(tmp_path: Path) -> None:
    values = [f"{value:.15f}" for value in np.linspace(-0.01, 1.2, 50)]
    found = read(asp(tmp_path / "a.asp", values))
    np.testing.assert_allclose(found["wavenumber"], np.linspace(3999.5, 400.5, 50) * 100.0, rtol=1e-14)
    np.testing.assert_allclose(found["absorbance"], np.linspace(-0.01, 1.2, 50), atol=1e-15)
    percent = read(asp(tmp_path / "t.asp", ["99.5", "12.5", "98.0"], (1, 128, 4)))
    np.testing.assert_allclose(percent["transmittance"], [0.995, 0.125, 0.98])


def test_refuses_ordinates_that_are_missing_or_unknown(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="51 ordinates are stated"):
        read(asp(tmp_path / "a.asp", ["0.1"] * 50, count=51))
    with pytest.raises(DataError, match="codes"):
        read(asp(tmp_path / "b.asp", ["0.1"] * 50, (1, 77, 4)))
    path = asp(tmp_path / "c.asp", ["0.123456"] * 50)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match="cut off"):
        read(path)


def test_reads_labelled_pairs(tmp_path: Path) -> None:
    head = "##TITLE=film\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=%T\n"
    path = tmp_path / "f.txt"
    path.write_text(head + "".join(f"{400 + 2 * k}.00\t{80 + k}.25 \n" for k in range(9)), encoding="utf-8")
    found = read(path)
    np.testing.assert_allclose(found["wavenumber"], np.arange(400.0, 418.0, 2.0) * 100.0)
    np.testing.assert_allclose(found["transmittance"], np.arange(80.25, 89.0) / 100.0)
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    with pytest.raises(DataError, match="cut off"):
        read(path)


def test_reads_real_spectra() -> None:
    found = read(real("ftir_other/2024-10-10_FeSO4_ref.asp"))
    assert found.sizes == {"wavenumber": 1932}
    assert found["wavenumber"].values[[0, -1]] / 100.0 == pytest.approx([3999.43349933624, 400.688817501068], rel=1e-14)
    assert found["absorbance"].values[[0, -1]] == pytest.approx([0.00861804045400133, 0.113463051924005], rel=1e-14)
    text = read(real("ftir_other/_FTIRText_020.txt"))
    assert text.sizes == {"wavenumber": 27}
    assert text["transmittance"].values[0] == pytest.approx(0.81708257, rel=1e-12)
