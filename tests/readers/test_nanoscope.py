"""Images of Nanoscope: scales, sizes, rows from the top, damaged headers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError

HEIGHT = "V [Sens. Zsens] (0.0001 V/LSB) 10.0 V"
HEAD_LENGTH = 4096


def image(
    offset: int, pixels: np.ndarray, *, name: str, scale: str, stated_bytes: int = 2, size: str, line: str
) -> str:
    rows, columns = pixels.shape
    lines = [
        r"\*Ciao image list",
        rf"\Data offset: {offset}",
        rf"\Data length: {pixels.nbytes}",
        rf"\Bytes/pixel: {stated_bytes}",
        r"\Frame direction: Down",
        rf"\Samps/line: {columns}",
        rf"\Number of lines: {rows}",
        r"\Aspect Ratio: 1:1",
        rf"\Scan Size: {size}",
        rf"\Line Direction: {line}",
        rf'\@2:Image Data: S [{name}] "{name}"',
        r"\@Z magnify: C [2:Z scale] 0.5",
        *([rf"\@2:Z scale: {scale}"] if scale else []),
    ]
    return "\r\n".join(lines)


def written(
    path: Path,
    images: list[tuple[np.ndarray, str, str]],
    size: str = "2 1 ~m",
    version: str = "0x09010201",
    line: str = "Trace",
) -> Path:
    """Write a file as Nanoscope does; rows of the pixels are given from the top."""
    head = [
        r"\*File list",
        rf"\Version: {version}",
        r"\Date: 01:33:51 PM Mon Dec 15 2014",
        rf"\Data length: {HEAD_LENGTH}",
        r"\*Equipment list",
        r"\Description: Dimension Icon",
        r"\*Scanner list",
        r"\@Sens. Zsens: V 20.0 nm/V",
        r"\*Ciao scan list",
        r"\Scan Rate: 1.5",
        r'\@MicroscopeList: S [TMMode] "Tapping"',
        r"\@Sens. Amplitude: V 1.000000 ",
        r"\@Sens. DeflSens: V 50.0 nm/V",
        r"\@Sens. Phase: V 1.000000 ",
    ]
    offset, body = HEAD_LENGTH, b""
    for pixels, name, scale in images:
        head.append(image(offset + len(body), pixels, name=name, scale=scale, size=size, line=line))
        body += pixels[::-1].tobytes()
    text = "\r\n".join([*head, r"\*File list end", ""]).encode("cp1252") + b"\x1a"
    path.write_bytes(text.ljust(HEAD_LENGTH, b"\0") + body)
    return path


def test_each_channel_has_its_own_unit_and_the_first_row_is_the_top(tmp_path: Path) -> None:
    pixels = np.arange(-6, 6, dtype="<i2").reshape(3, 4)
    path = written(
        tmp_path / "a.dat",
        [
            (pixels, "Height", HEIGHT),
            (pixels, "Phase", "V [Sens. Phase] (0.005493164 \xba/LSB) 360.0 \xba"),
            (pixels, "Amplitude Error", "V [Sens. Amplitude] (0.1 mV/LSB) 6553.6 mV"),
            (pixels, "Deflection", "V [Sens. DeflSens] (0.1 mV/LSB) 6553.6 mV"),
            (pixels, "Counter", ""),
        ],
    )
    found = read(path)
    assert found.attrs["kind"] == "topography"
    assert found.sizes == {"y_position": 3, "x_position": 4}
    np.testing.assert_allclose(found["height"], pixels * 10.0 / 65536 * 20e-9, rtol=1e-12)  # V/LSB times nm/V
    np.testing.assert_allclose(found["phase"], np.radians(pixels * 360.0 / 65536), rtol=1e-12)
    np.testing.assert_allclose(found["amplitude_error"], pixels * 1e-4, rtol=1e-12)  # 0.1 mV
    np.testing.assert_allclose(found["deflection"], pixels * 5e-12, rtol=1e-12)  # 0.1 mV x 50 nm/V
    np.testing.assert_array_equal(found["counter"], pixels)
    assert "Counter has no scale" in found.attrs["notes"]
    np.testing.assert_allclose(found["x_position"], np.arange(4) * 0.5e-6, rtol=1e-12)
    np.testing.assert_allclose(found["y_position"], np.arange(3) * 1e-6 / 3, rtol=1e-12)
    assert found.attrs["date"] == "2014-12-15T13:33:51"
    assert found.attrs["scan_rate"] == 1.5


def test_the_length_of_the_data_tells_the_width_of_a_number(tmp_path: Path) -> None:
    pixels = np.array([[2**30, -(2**30)], [0, 7]], dtype="<i4")
    scale = "V [Sens. Zsens] (0.00000000572205 V/LSB) 24.576 V"
    found = read(written(tmp_path / "a.spm", [(pixels, "ZSensor", scale)], "1 1 nm", "0x09700105"))
    np.testing.assert_allclose(found["zsensor"], pixels * 24.576 / 2**32 * 20e-9, rtol=1e-12)


def test_one_scan_size_means_square_pixels(tmp_path: Path) -> None:
    pixels = np.zeros((2, 4), dtype="<i2")
    found = read(written(tmp_path / "a.000", [(pixels, "Height", HEIGHT)], "400 nm"))
    assert found["y_position"].values[1] == pytest.approx(100e-9)
    assert found.attrs["pixel_size"] == pytest.approx(100e-9)


def test_two_channels_of_one_name_are_told_apart(tmp_path: Path) -> None:
    pixels = np.zeros((2, 2), dtype="<i2")
    found = read(
        written(tmp_path / "a.000", [(pixels, "Height", HEIGHT), (pixels + 1, "Height", HEIGHT)], line="Retrace")
    )
    assert list(found.data_vars) == ["height", "height_retrace"]


@pytest.mark.parametrize("kept", [30, 900, HEAD_LENGTH - 1, HEAD_LENGTH, -1])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "cut.000", [(np.zeros((8, 8), "<i2"), "Height", HEIGHT)])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"cut\.000"):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (rb"\Samps/line: 8", rb"\Samps/line: 9", "2 or 4 bytes a pixel"),
        (rb"\Samps/line: 8", rb"\Samps/line: 99999999", "cannot be"),
        (rb"\Data offset: 4096", rb"\Data offset: 96", "lies over the header"),
        (rb"8 8 nm", rb"8 8 zz", "scan size"),
        (rb"Sens. Zsens] (", rb"Sens. Other] (", "rests on"),
    ],
)
def test_refuses_a_header_that_cannot_be(tmp_path: Path, old: bytes, new: bytes, what: str) -> None:
    path = written(tmp_path / "odd.000", [(np.zeros((8, 8), "<i2"), "Height", HEIGHT)], "8 8 nm")
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    with pytest.raises(DataError, match=what):
        read(path)


@pytest.mark.parametrize("name", ["di-1.di", "di-2.di", "di-3.di", "di-5.di"])
def test_real_files_agree_with_another_program(name: str) -> None:
    found = read(real(f"afm_nanoscope/{name}"))
    for signal, other in zip(
        found.data_vars.values(), expected(f"afm_nanoscope/{name}")["channels"].values(), strict=True
    ):
        if other["unit"] != "nm":
            continue  # the other program gives whole numbers of the converter where the unit is no length
        values = signal.values * 1e9
        for mine, theirs in (
            (values.min(), "min"),
            (values.max(), "max"),
            (values.mean(), "mean"),
            (values.std(), "std"),
        ):
            assert mine == pytest.approx(other[theirs], rel=1e-9)
        step = found["x_position"].values[1]
        assert step * values.shape[1] == pytest.approx(other["size"][0] * 1e-9, rel=1e-12)


def test_real_phase_is_in_degrees() -> None:
    found = read(real("afm_nanoscope/di-1.di"))["phase"]
    other = expected("afm_nanoscope/di-1.di")["channels"]["2:Phase"]  # whole numbers of the converter
    assert found.attrs["unit_of_file"] == "degree"
    assert np.degrees(found.values.max()) == pytest.approx(other["max"] * 359.9945 / 65536, rel=1e-9)


@pytest.mark.parametrize("number", ["000", "002", "003"])
def test_refuses_real_headers_without_images(number: str) -> None:
    with pytest.raises(DataError, match="but the file has"):
        read(real(f"afm_nanoscope_headers/bruker_data_header.{number}"))
