"""Diffraction patterns as text: DIFFRAC.EVA, RAW4.00 as text, xye, FullProf, GSAS; older and refused binary files."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8", newline="")
    return path


EVA = """'Id: "film" Comment: "" Operator: "Ada" Anode: "Cu" Scantype: "Coupled TwoTheta/Theta" TimePerStep: "96" \r
5.0001 4.852\r
5.0103 4.097\r
5.0204 4.667\r
5.0306 4.410\r
"""


def test_reads_an_export_of_eva(tmp_path: Path) -> None:
    found = read(text(tmp_path / "a", EVA))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [5.0001, 5.0103, 5.0204, 5.0306])
    np.testing.assert_allclose(found["intensity"], [4.852, 4.097, 4.667, 4.41])
    assert (found.attrs["sample"], found.attrs["operator"], found.attrs["integration_time"]) == ("film", "Ada", 96.0)
    first, second = curves(read(text(tmp_path / "b", EVA + EVA.replace("5.0306 4.410\r\n", ""))))
    assert (first.sizes["two_theta"], second.sizes["two_theta"]) == (4, 3)
    for kept in (-2, -3, -6):
        with pytest.raises(DataError, match="cut off"):
            read(text(tmp_path / "c", EVA[:kept]))


RAW4 = """;RAW4.00
[RawHeader]
Date=06/17/2026
Time=12:11:21
[VarInfo]
Type=SAMPLEID
Value=film
[HardwareConfiguration]
Anode=Cu
[RangeHeader]
ScanType=Unlocked Coupled
ActuallyUsedLambda=1.5418
Start=3
Increment=0.02
Steps=4
Time=192
[Data]
     Angle,       PSD,
         3,      2875,
      3.02,     -9999,
      3.04,      2791,
      3.06,     -9999,
"""


def test_reads_the_text_of_raw4(tmp_path: Path) -> None:
    found = read(text(tmp_path / "a", RAW4))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [3.0, 3.02, 3.04])
    np.testing.assert_array_equal(found["counts"], [2875.0, np.nan, 2791.0])  # -9999 was not measured
    assert (found.attrs["date"], found.attrs["sample"], found.attrs["integration_time"]) == (
        "2026-06-17T12:11:21",
        "film",
        192.0,
    )
    with pytest.raises(DataError, match="states 4 points, it has 3"):
        read(text(tmp_path / "b", RAW4.replace("      3.04,      2791,\n", "")))
    with pytest.raises(DataError, match="end in a comma"):
        read(text(tmp_path / "c", RAW4.replace("2791,", "2791")))


XYE = "# Wavelength = 0.4127\n# 2theta counts error\n10.0 5 2.2\n10.1 7 2.6\n10.2 6 2.4\n"


def test_reads_rows_below_remarks_on_two_theta(tmp_path: Path) -> None:
    found = read(text(tmp_path / "a", XYE))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [10.0, 10.1, 10.2])
    np.testing.assert_array_equal(found["counts"], [5, 7, 6])
    np.testing.assert_array_equal(found["counts_error"], [2.2, 2.6, 2.4])
    assert found.attrs["x_ray_wavelength"] == pytest.approx(0.4127e-10)
    assert (
        read(text(tmp_path / "b", "XYDATA\nINTER 1.0 1.0 0\n! film\n10.0 5.5\n10.1 7.5\n")).attrs["reader"]
        == "powder_xye"
    )
    with pytest.raises(DataError, match="turns back"):
        read(text(tmp_path / "c", XYE + "10.1 7 2.6\n"))


def test_reads_a_real_pattern_of_a_synchrotron() -> None:
    path = real("xrd_other/example_bmb.xye")
    found = read(path)
    rows = np.array(
        [line.split() for line in path.read_text(encoding="ascii").splitlines() if line[:1] in " 0123456789"], float
    )
    np.testing.assert_allclose(np.degrees(found["two_theta"]), rows[:, 0])
    np.testing.assert_array_equal(found["intensity"], rows[:, 1])
    np.testing.assert_array_equal(found["intensity_error"], rows[:, 2])
    assert found.attrs["date"] == "2017-04-12T01:23:16"


def test_reads_intensities_behind_three_angles(tmp_path: Path) -> None:
    counts = np.arange(31) + 100
    rows = "\n".join(" ".join(map(str, counts[start : start + 10])) for start in range(0, 31, 10))
    found = read(text(tmp_path / "a", f"10.000 0.020 10.600 film\n{rows}\n"))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), 10.0 + 0.02 * np.arange(31))
    np.testing.assert_array_equal(found["counts"], counts)
    with pytest.raises(DataError):  # one too few: nothing names the format any more
        read(text(tmp_path / "b", f"10.000 0.020 10.600 film\n{rows[:-4]}\n"))


def test_reads_banks_of_gsas(tmp_path: Path) -> None:
    counts = "".join(f"  {value:6d}" for value in (100, 200, 150))
    pairs = "".join(f"{value:8.1f}" for value in (100.5, 10.0, 200.5, 14.1))
    content = f"film\nBANK 1 3 1 CONST 2000.0 2.0 0 0 STD\n{counts}\nBANK 2 2 1 CONS 3000.0 5.0 0 0 ESD\n{pairs}\n"
    first, second = curves(read(text(tmp_path / "a", content)))
    np.testing.assert_allclose(np.degrees(first["two_theta"]), [20.0, 20.02, 20.04])
    np.testing.assert_array_equal(first["intensity"], [100, 200, 150])
    np.testing.assert_array_equal(second["intensity_error"], [10.0, 14.1])
    rows = "BANK 1 2 2 CONS 2000.0 2.0 0 0 FXYE\n2000.0 100.5 10.0\n2002.0 90.5 9.0\n"
    found = read(text(tmp_path / "b", f"film\n{rows}"))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [20.0, 20.02])
    for bad, message in (("BANK 1 3 2", "3 points are stated"), ("BANK 1 2 2 SLOG", "CONS or CONST")):
        with pytest.raises(DataError, match=message):
            read(
                text(tmp_path / "c", f"film\n{rows.replace('BANK 1 2 2 CONS' if 'SLOG' in bad else 'BANK 1 2 2', bad)}")
            )


def raw2(ranges: list[tuple[float, float, list[float]]]) -> bytes:
    header = bytearray(256)
    header[:4], header[168:185], header[188:190] = b"RAW2", b"12-Jun-1994 10:27", b"Cu"
    struct.pack_into("<H", header, 4, len(ranges))
    struct.pack_into("<3f", header, 190, 1.5406, 1.54439, 0.5)
    data = bytes(header)
    for start, step, values in ranges:
        block = bytearray(60)
        struct.pack_into("<2H4x3f", block, 0, 60, len(values), 1.5, step, start)
        data += bytes(block) + np.array(values, "<f4").tobytes()
    return data


def raw1(ranges: list[tuple[float, float, list[float]]], *, marked: bool) -> bytes:
    data = b""
    for number, (start, step, values) in enumerate(ranges):
        block = bytearray(156)
        struct.pack_into("<4sI2f", block, 0, b"RAW ", len(values), 1.5, step)
        struct.pack_into("<f", block, 24, start)
        block[40:44] = b"film"
        struct.pack_into("<2f", block, 72, 1.5406, 1.54439)
        struct.pack_into("<I", block, 152, int(number + 1 < len(ranges)))
        data += bytes(block[0 if marked or not number else 4 :]) + np.array(values, "<f4").tobytes()
    return data


@pytest.mark.parametrize("version", ["2", "1", "1 unmarked"])
def test_reads_binary_files_of_diffrac_at(tmp_path: Path, version: str) -> None:
    ranges = [(10.0, 0.02, [5.0, 7.0, 6.0]), (40.0, 0.05, [1.0, 2.0])]
    data = raw2(ranges) if version == "2" else raw1(ranges, marked=version == "1")
    (tmp_path / "a").write_bytes(data)
    first, second = curves(read(tmp_path / "a"))
    np.testing.assert_allclose(np.degrees(first["two_theta"]), [10.0, 10.02, 10.04])
    np.testing.assert_allclose(np.degrees(second["two_theta"]), [40.0, 40.05])
    np.testing.assert_array_equal(second["counts"], [1.0, 2.0])
    assert first.attrs["integration_time"] == 1.5
    for kept in range(5, len(data), 11):
        (tmp_path / "a").write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(tmp_path / "a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"data_CsPbI3\n_cell_length_a 6.2\nloop_\n_atom_site_label\nCs1\n",
            "crystal structure or a refinement, a reference",
        ),
        (b"FI\0\0" + bytes(40) + b"PI\0\0" + bytes(100), "binary file of Rigaku"),
        (b"RAW_1.06Powdat" + bytes(200), "STOE WinXPOW"),
        (b"V3RDfilm" + bytes(200), "Philips PC-APD"),
    ],
)
def test_says_what_is_not_read(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a")
