"""AvaSoft text, written here as versions 7 and 8 write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError

X = 350.0 + 0.55 * np.arange(200.0)
DARK = 700.0 + np.arange(200.0) % 7
REFERENCE = 20_000.0 + 3000.0 * np.sin(X / 30.0)
SAMPLE = DARK + (REFERENCE - DARK) * 0.25


def version_8(path: Path, columns: dict[str, np.ndarray], comma: bool = False) -> Path:
    """Write a file; columns by ``"Name [unit]"``, and Scope, which AvaSoft names without writing it."""
    head = ["film 3", "Integration time [ms]:   1.500", "Averaging Nr. [scans]: 100", "Smoothing Nr. [pixels]: 3"]
    head += ["Data measured with spectrometer [name]: 1908047U1"]
    names, units = zip(*(heading.split(" [") for heading in columns))
    head += ["Wave   ;" + ";".join(f"{name:<9}" for name in names) + ";Scope"]
    head += ["[nm]   ;" + ";".join(f"[{unit:<9}" for unit in units), ""]
    rows = [f"{x:7.3f};" + ";".join(f"{y:9.3f}" for y in row) for x, *row in zip(X, *columns.values())]
    text = "\r\n".join([*head, *rows, "", ""])
    path.write_bytes((text.replace(".", ",").replace("Nr,", "Nr.") if comma else text).encode("cp1252"))
    return path


RECORDED = {"Sample [counts]": SAMPLE, "Dark [counts]": DARK, "Reference [counts]": REFERENCE}


@pytest.mark.parametrize("comma", [False, True])
def test_reads_version_8(tmp_path: Path, comma: bool) -> None:
    found = read(version_8(tmp_path / "a.txt", RECORDED, comma))
    assert found.attrs["kind"] == "spectrum"
    np.testing.assert_allclose(found["wavelength"], np.round(X, 3) * 1e-9)
    for name, column in (("counts", SAMPLE), ("counts_dark", DARK), ("counts_reference", REFERENCE)):
        np.testing.assert_allclose(found[name], column, atol=6e-4)
    told = ("integration_time", "scans", "boxcar", "serial_number", "comment")
    assert [found.attrs[key] for key in told] == [0.0015, 100.0, 3.0, "1908047U1", "film 3"]


def test_reads_absorbance_and_irradiance_beside_the_spectra(tmp_path: Path) -> None:
    absorbance = -np.log10((SAMPLE - DARK) / (REFERENCE - DARK))
    found = read(version_8(tmp_path / "a.txt", {"Absorbance [A.U.]": absorbance} | RECORDED))
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found["absorbance"], absorbance, atol=6e-4)
    both = {"Absolute irradiance [µW/cm2/nm]": SAMPLE, "Photon counts [µmol/s/m2/nm]": DARK}
    found = read(version_8(tmp_path / "i.txt", RECORDED | both))
    assert found.attrs["kind"] == "irradiance"
    np.testing.assert_allclose(found["spectral_irradiance"], SAMPLE * 1e7, rtol=1e-6)
    np.testing.assert_allclose(found["spectral_photon_flux"], DARK * 6.02214076e17 * 1e9, rtol=1e-6)


@pytest.mark.parametrize(("delimiter", "comma"), [(";", False), (";", True), (",", False)])
def test_reads_version_7(tmp_path: Path, delimiter: str, comma: bool) -> None:
    head = ["m_ifg 8", "Integration time: 2.00 ms", "Average: 10 scans", "Nr of pixels used for smoothing: 1"]
    head += ["Data measured with spectrometer name: 1107006U1", "Timestamp [10 microsec ticks] 256373440"]
    head += [delimiter.join(["Wave   ", "Dark     ", "Ref      ", "Sample   ", "Transmittance"])]
    head += [delimiter.join(["[nm]   ", "[counts] ", "[counts] ", "[counts] ", "[%]"]), ""]
    rows = [
        delimiter.join(f"{value:.5g}" for value in row) for row in zip(X, DARK, REFERENCE, SAMPLE, np.full(200, 25.0))
    ]
    text = "\r\n".join([*head, *rows, ""])
    path = tmp_path / "a.ttt"
    path.write_text(text.replace(".", ",") if comma else text, encoding="cp1252", newline="")
    found = read(path)
    np.testing.assert_allclose(found["transmittance"], 0.25)
    np.testing.assert_allclose(found["counts"], SAMPLE, rtol=1e-4)
    assert found.attrs["integration_time"] == pytest.approx(0.002)
    assert found.attrs["scans"] == 10.0
    assert found.attrs["serial_number"] == "1107006U1"


@pytest.mark.parametrize("cut", [30, 260, 2000, -9, -2])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = version_8(tmp_path / "cut.txt", RECORDED)
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    with pytest.raises(DataError, match=r"cut\.txt: "):
        read(path)


def test_refuses_units_and_numbers_that_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="irradiance in 'furlongs'"):
        read(version_8(tmp_path / "a.txt", {"Absolute irradiance [furlongs]": SAMPLE}))
    path = version_8(tmp_path / "b.txt", RECORDED)
    path.write_bytes(path.read_bytes().replace(b"360.450;", b"360.45x;"))
    with pytest.raises(DataError, match=r"line \d+: a row of numbers was expected"):
        read(path)


def test_warns_where_the_empty_line_at_the_end_lacks(tmp_path: Path) -> None:
    path = version_8(tmp_path / "end.txt", RECORDED)
    assert not read(path).attrs["warnings"]
    path.write_bytes(b"\r\n".join([*path.read_bytes().split(b"\r\n")[:100], b""]))
    assert "may be cut off" in read(path).attrs["warnings"]


def test_refuses_a_gap_in_the_wavelengths(tmp_path: Path) -> None:
    path = version_8(tmp_path / "gap.txt", RECORDED)
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(lines[:100] + lines[105:]))
    with pytest.raises(DataError, match=r"line 101: rows are missing between"):
        read(path)


def test_reads_real_spectra() -> None:
    assert not read(real("uvvis_avantes_txt/1908047U1_0001.Raw8.txt")).attrs["warnings"]
    found = read(real("uvvis_avantes_txt/1908047U1_0001.Raw8.txt"))
    other = read(real("uvvis_avantes_txt/1908047U1_0060.Raw8.txt"))
    assert found.sizes == {"wavelength": 1921}
    np.testing.assert_allclose(found["wavelength"].values[[0, -1]], [128.909e-9, 1160.368e-9])
    assert found["intensity"].values[[0, -1]].tolist() == [231.779, 2538.282]
    assert found["intensity_dark"].values[0] == -0.956  # less an electrical dark signal: no counts
    np.testing.assert_array_equal(found["intensity_reference"], other["intensity_reference"])
    assert found.attrs["integration_time"] == 0.0015
