"""AvaSoft binary files, written here byte by byte from the description of both layouts."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

FIRST, LAST = 20, 219
COEFFICIENTS = (345.0, 0.61, -1.1e-5, -2.2e-9, 0.0)
PIXELS = np.arange(FIRST, LAST + 1.0)
X = np.polynomial.Polynomial(COEFFICIENTS)(PIXELS)
DARK = 700.0 + PIXELS % 7
REFERENCE = 20_000.0 + 3000.0 * np.sin(X / 30.0)
SAMPLE = DARK + (REFERENCE - DARK) * 0.25


def subfile(mode: int, reference: np.ndarray = REFERENCE, comment: bytes = b"film 3") -> bytes:
    head = struct.pack("<BBBB10s64sB", 0, mode, 16, 0, b"1908047U1", b"bench", 1)
    head += struct.pack("<HHfIIBBHB", FIRST, LAST, 12.5, 0, 30, 1, 100, 2, 0)  # pixels to smoothing
    head += struct.pack("<B3BHIIfH", 1, 0, 0, 0, 0, 0, 0, 0.0, 0)
    date = 2026 << 20 | 3 << 16 | 4 << 11 | 9 << 6 | 10
    head += struct.pack("<II5f5d130s", 12345, date, 35.0, 36.0, 0.0, 2850.0, 45.0, *COEFFICIENTS, comment)
    data = b"".join(one.astype("<f4").tobytes() for one in (X, SAMPLE, DARK, reference))
    return struct.pack("<I", len(head) + 4 + len(data)) + head + data + b"\0" * 10


def version_8(path: Path, *subfiles: bytes, version: bytes = b"AVS84") -> Path:
    path.write_bytes(version + bytes([len(subfiles)]) + b"".join(subfiles))
    return path


def version_7(path: Path, *columns: np.ndarray, version: float = 70.0) -> Path:
    serial = [float(letter) for letter in b"1107006U1"]
    if version == 60.0:
        head = [version, *COEFFICIENTS, *serial, FIRST, LAST, 0.0, 0.0]
        foot = [12.5, 30.0, 2.0]
    else:
        head = [version, *serial, *([0.0] * 64), *COEFFICIENTS, FIRST, LAST, *([0.0] * 10), 2.0, *([0.0] * 8)]
        foot = [12.5, 30.0, 0.0]
    numbers = np.concatenate([head, np.column_stack(columns).ravel(), foot])
    path.write_bytes(numbers.astype("<f4").tobytes())
    return path


@pytest.mark.parametrize("version", [b"AVS82", b"AVS84"])
def test_reads_a_scope_of_version_8(tmp_path: Path, version: bytes) -> None:
    found = read(version_8(tmp_path / "a", subfile(0), version=version))
    assert found.attrs["kind"] == "spectrum"
    np.testing.assert_allclose(found["wavelength"], X * 1e-9, rtol=1e-7)
    for name, column in (("counts", SAMPLE), ("counts_dark", DARK), ("counts_reference", REFERENCE)):
        np.testing.assert_allclose(found[name], column, rtol=1e-7)
    told = ("integration_time", "scans", "boxcar", "dark_corrected", "serial_number", "comment", "date")
    assert [found.attrs[key] for key in told] == [0.0125, 30.0, 2.0, 1.0, "1908047U1", "film 3", "2026-03-04T09:10:00"]


@pytest.mark.parametrize(
    ("mode", "quantity", "value"), [(3, "transmittance", 0.25), (4, "reflectance", 0.25), (1, "absorbance", 0.60206)]
)
def test_computes_what_a_mode_shows(tmp_path: Path, mode: int, quantity: str, value: float) -> None:
    found = read(version_8(tmp_path / "a", subfile(mode)))
    assert found.attrs["kind"] == "absorption"
    np.testing.assert_allclose(found[quantity], value, rtol=1e-5)


def test_reads_several_spectra_and_tells_a_calibration_from_a_reference(tmp_path: Path) -> None:
    calibration = np.where(PIXELS < 40.0, 1e10, 5.0)
    one, two = curves(read(version_8(tmp_path / "a", subfile(0), subfile(4, calibration, "größer".encode("cp1252")))))
    assert "counts_reference" in one
    assert "reflectance" not in two
    np.testing.assert_allclose(two["intensity_calibration"], calibration)
    assert "größer" in two.attrs["curve"]


@pytest.mark.parametrize("version", [60.0, 70.0])
def test_reads_version_6_and_7(tmp_path: Path, version: float) -> None:
    found = read(version_7(tmp_path / "a.roh", SAMPLE, version=version))
    np.testing.assert_allclose(found["wavelength"], X * 1e-9, rtol=1e-6)
    np.testing.assert_allclose(found["counts"], SAMPLE, rtol=1e-7)
    told = ("integration_time", "scans", "boxcar", "serial_number")
    assert [found.attrs[key] for key in told] == [0.0125, 30.0, 2.0, "1107006U1"]
    three = read(version_7(tmp_path / "a.trm", SAMPLE, REFERENCE, DARK, version=version))
    np.testing.assert_allclose(three["transmittance"], 0.25, rtol=1e-5)
    np.testing.assert_allclose(three["counts_dark"], DARK, rtol=1e-7)


@pytest.mark.parametrize("kept", [5, 40, 330, -700, -11, -1])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    for path in (version_8(tmp_path / "cut.raw8", subfile(0)), version_7(tmp_path / "cut.roh", SAMPLE)):
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(DataError, match=r"cut\."):
            read(path)


def test_refuses_wavelengths_that_are_not_its_polynomial_and_versions_that_it_does_not_know(tmp_path: Path) -> None:
    data = bytearray(version_8(tmp_path / "a", subfile(0)).read_bytes())
    data[328 + 4 * 50 : 332 + 4 * 50] = struct.pack("<f", 379.0)
    (tmp_path / "b").write_bytes(data)
    with pytest.raises(DataError, match=r"byte 528: the wavelength at pixel 70 is 379 nm"):
        read(tmp_path / "b")
    with pytest.raises(DataError, match="counts were expected, not nan"):
        read(version_7(tmp_path / "nan.roh", np.where(PIXELS == 50.0, np.nan, SAMPLE)))
    with pytest.raises(DataError, match="AVS82 or AVS84 was expected"):
        read(version_8(tmp_path / "c", subfile(0), version=b"AVS89"))
    data[89:93] = struct.pack("<HH", 0, 65_535)
    (tmp_path / "d").write_bytes(data)
    with pytest.raises(DataError, match="65536 pixels"):
        read(tmp_path / "d")


def test_reads_a_real_irradiance_file() -> None:
    found = read(real("ocean_optics/eg.IRR8"))
    assert found.sizes == {"wavelength": 1620}
    wavelengths = found["wavelength"].values * 1e9
    polynomial = (144.942428588867, 0.613570094108582, -1.08129515865585e-05, -2.24535701143225e-09)
    np.testing.assert_allclose(wavelengths, np.polynomial.Polynomial(polynomial)(np.arange(1620)), atol=1e-3)
    assert found.attrs["serial_number"] == "2001162M1"
    assert found.attrs["integration_time"] == pytest.approx(2.0856, rel=1e-4)
    assert "calibration" in found.attrs["notes"]
