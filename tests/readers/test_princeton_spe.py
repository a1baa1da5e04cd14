"""Spectra of WinSpec and LightField."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError

CODES = {"f4": 0, "i4": 1, "i2": 2, "u2": 3, "u4": 8}


def header(values: np.ndarray, version: float, *, unit: int = 4, background: int = 0) -> bytearray:
    """Return the header of a file with the places of CHeader.h."""
    found = bytearray(4100)
    frames, strips, pixels = values.shape
    for layout, place, value in (
        ("<f", 10, 0.25),
        ("<H", 42, pixels),
        ("<h", 108, CODES[values.dtype.str[1:]]),
        ("<h", 150, background),
        ("<f", 650, 300.0),
        ("<H", 656, strips),
        ("<i", 668, 7),
        ("<i", 1446, frames),
        ("<f", 1992, version),
        ("<I", 2996, 0x01234567),
        ("<B", 3098, 1),
        ("<B", 3100, unit),
        ("<B", 3101, 2),
        ("<3d", 3263, (500.0, 0.5, 1e-4)),
        ("<H", 4098, 0x5555),
    ):
        struct.pack_into(layout, found, place, *(value if isinstance(value, tuple) else (value,)))
    found[20:29] = b"19Aug2022"
    found[172:178] = b"092051"
    return found


def written(path: Path, values: np.ndarray, **changes: int) -> Path:
    path.write_bytes(bytes(header(values, 2.5, **changes)) + values.astype(values.dtype.newbyteorder("<")).tobytes())
    return path


COUNTS = np.arange(10, 22, dtype=np.uint16).reshape(1, 1, 12)


def test_reads_counts_over_the_polynomial_of_the_pixel(tmp_path: Path) -> None:
    found = read(written(tmp_path / "any.ending", COUNTS))
    pixel = np.arange(1, 13)
    np.testing.assert_allclose(found["wavelength"], (500.0 + 0.5 * pixel + 1e-4 * pixel**2) * 1e-9, rtol=1e-12)
    np.testing.assert_array_equal(found["counts"], COUNTS[0, 0])
    assert found.attrs["integration_time"] == 0.25
    assert found.attrs["scans"] == 7.0
    assert found.attrs["date"] == "2022-08-19T09:20:51"
    assert found.attrs["grating"] == "300 lines/mm"


@pytest.mark.parametrize("dtype", ["f4", "i4", "i2", "u2", "u4"])
def test_reads_frames_and_strips_of_each_type(tmp_path: Path, dtype: str) -> None:
    values = np.arange(24).astype(dtype).reshape(2, 3, 4)
    found = read(written(tmp_path / "frames.spe", values))
    assert found["counts"].dims == ("frame", "y_pixel", "wavelength")
    np.testing.assert_array_equal(found["counts"], values)


def test_tells_corrected_numbers_and_axes_apart(tmp_path: Path) -> None:
    assert "intensity" in read(written(tmp_path / "background.spe", COUNTS, background=1))
    assert "intensity" in read(written(tmp_path / "below.spe", COUNTS.astype(np.int32) - 15))
    assert "raman_shift" in read(written(tmp_path / "raman.spe", COUNTS, unit=6)).coords
    assert "x_pixel" in read(written(tmp_path / "pixels.spe", COUNTS, unit=1)).coords


def test_reads_the_wavelengths_of_the_footer(tmp_path: Path) -> None:
    wavelengths = ",".join(f"{600 + 0.25 * k}" for k in range(12))
    xml = (
        '<SpeFormat version="3.0" xmlns="http://www.princetoninstruments.com/spe/2009"><DataFormat>'
        '<DataBlock type="Frame"><DataBlock type="Region" width="12"/></DataBlock></DataFormat><Calibrations>'
        f'<WavelengthMapping><Wavelength xml:space="preserve">{wavelengths}</Wavelength></WavelengthMapping>'
        "</Calibrations>"
        '<GeneralInformation><FileInformation created="2022-08-19T09:20:51.123+02:00"/></GeneralInformation>'
        "<ExposureTime>1500</ExposureTime></SpeFormat>"
    )
    head = header(COUNTS, 3.0)
    struct.pack_into("<Q", head, 678, 4100 + COUNTS.nbytes)
    path = tmp_path / "three.spe"
    path.write_bytes(bytes(head) + COUNTS.tobytes() + xml.encode())
    found = read(path)
    np.testing.assert_allclose(found["wavelength"], (600 + 0.25 * np.arange(12)) * 1e-9, rtol=1e-12)
    assert found.attrs["integration_time"] == 1.5
    assert found.attrs["date"] == "2022-08-19T09:20:51"
    path.write_bytes((bytes(head) + COUNTS.tobytes() + xml.encode())[:-30])
    with pytest.raises(DataError, match="the footer is no whole XML"):
        read(path)


@pytest.mark.parametrize("cut", [1, 2, 11, 24])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "cut.spe", COUNTS)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - cut])
    with pytest.raises(DataError, match=r"cut\.spe: byte \d+: .*frames of"):
        read(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(DataError, match="end at byte"):
        read(path)


def test_refuses_absurd_sizes(tmp_path: Path) -> None:
    path = written(tmp_path / "absurd.spe", COUNTS)
    data = bytearray(path.read_bytes())
    struct.pack_into("<i", data, 1446, 2**31 - 1)
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match="was expected, but the file has"):
        read(path)
