"""Binary files of Bruker diffractometers: RAW1.01 and RAW4.00."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves


def raw1(path: Path, ranges: list[tuple[float, float, list[float]]], *, code: int = 0, extra: int = 0) -> Path:
    """Write RAW1.01 after its published layout: ranges are start, step and intensities."""
    header = bytearray(712)
    header[:8] = b"RAW1.01\0"
    struct.pack_into("<2I", header, 8, 1, len(ranges))
    header[16:24], header[26:34] = b"03/04/10", b"20:59:14"
    header[36:39], header[326:330] = b"Ada", b"film"
    header[608:610] = b"Co"
    struct.pack_into("<5d", header, 616, 1.790260, 1.788965, 1.792850, 1.620790, 0.497)
    data = bytes(header)
    for start, step, values in ranges:
        block = bytearray(304)
        struct.pack_into("<2I7d", block, 0, 304, len(values), start / 2, start, 11.0, 22.0, 0.0, 0.0, 0.0)
        struct.pack_into("<d", block, 176, step)
        struct.pack_into("<fI", block, 192, 0.5, code)
        struct.pack_into("<2I", block, 224, 35, 28)
        struct.pack_into("<d3I", block, 240, 1.788965, 0, 4, extra)
        data += bytes(block) + bytes(extra) + np.array(values, "<f4").tobytes()
    path.write_bytes(data)
    return path


def raw4(
    path: Path, ranges: list[tuple[float, float, list[float]]], *, kind: str = "Locked Coupled", record: int = 4
) -> Path:
    """Write RAW4.00 after its published layout."""
    sample = struct.pack("<3I24s", 10, 36 + 4, 0, b"SAMPLEID") + b"film"
    tube = bytearray(struct.pack("<2I", 30, 120) + bytes(112))
    struct.pack_into("<5d", tube, 72, 1.54184, 1.5406, 1.54439, 1.39222, 0.5)
    tube[116:118] = b"Cu"
    header = bytearray(61)
    header[:8], header[12:22], header[24:32] = b"RAW4.00\0", b"07/11/2018", b"15:55:31"
    struct.pack_into("<2I", header, 40, len(ranges), len(ranges))
    struct.pack_into("<I", header, 56, len(sample) + len(tube))
    data = bytes(header) + sample + bytes(tube)
    for start, step, values in ranges:
        drives = b""
        for flag, name, position in ((2, b"2Theta", start), (1, b"Theta", start / 2)):
            drives += struct.pack("<3I24s20xd", 50, 92, flag, name, position) + bytes(28)
        block = bytearray(160)
        block[32 : 32 + len(kind)] = kind.encode()
        struct.pack_into("<2dIf4x2f4xd", block, 72, start, step, len(values), 77.9, 30.0, 10.0, 1.5406)
        struct.pack_into("<2I", block, 136, record, len(drives))
        rows = np.zeros((len(values), record // 4), "<f4")
        rows[:, 0] = values
        data += bytes(block) + drives + rows.tobytes()
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("extra", [0, 40])
def test_reads_ranges_of_version_3(tmp_path: Path, extra: int) -> None:
    found = read(raw1(tmp_path / "a", [(10.0, 0.02, [5.0, 7.0, 6.0]), (40.0, 0.05, [1.0, 2.0])], extra=extra))
    first, second = curves(found)
    np.testing.assert_allclose(np.degrees(first["two_theta"]), [10.0, 10.02, 10.04], rtol=1e-12)
    np.testing.assert_allclose(np.degrees(second["two_theta"]), [40.0, 40.05], rtol=1e-12)
    np.testing.assert_array_equal(second["counts"], [1.0, 2.0])
    assert (found.attrs["date"], found.attrs["sample"], found.attrs["anode"]) == ("2010-03-04T20:59:14", "film", "Co")
    assert found.attrs["x_ray_wavelength"] == pytest.approx(1.788965e-10)
    assert first.attrs["tube_voltage"] == 35e3
    assert first.attrs["tube_current"] == pytest.approx(0.028)
    assert first.attrs["integration_time"] == 0.5


@pytest.mark.parametrize(("code", "name", "start"), [(3, "omega", 20.0), (4, "chi", 11.0), (5, "phi", 22.0)])
def test_names_the_drive_of_version_3(tmp_path: Path, code: int, name: str, start: float) -> None:
    found = read(raw1(tmp_path / "a", [(40.0, 0.1, [5.0, 7.0, 6.0])], code=code))
    np.testing.assert_allclose(np.degrees(found[name]), start + 0.1 * np.arange(3), rtol=1e-12)


def test_refuses_a_scan_whose_drive_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"byte 908: .*unknown kind 10"):
        read(raw1(tmp_path / "a", [(40.0, 0.1, [5.0, 7.0])], code=10))
    path = raw4(tmp_path / "b", [(40.0, 0.1, [5.0, 7.0])], kind="Pole Figure")
    path.write_bytes(path.read_bytes().replace(b"2Theta", b"Aux  1"))
    with pytest.raises(DataError, match="not stated which drive moved"):
        read(path)


@pytest.mark.parametrize("record", [4, 8])
def test_reads_ranges_of_version_4(tmp_path: Path, record: int) -> None:
    found = read(raw4(tmp_path / "a", [(10.0, 0.02, [5.0, 7.0]), (40.0, 0.05, [1.0, 2.5, 3.0])], record=record))
    first, second = curves(found)
    np.testing.assert_allclose(np.degrees(second["two_theta"]), [40.0, 40.05, 40.1], rtol=1e-12)
    np.testing.assert_allclose(second["intensity"], [1.0, 2.5, 3.0])  # no counts: 2.5
    assert (found.attrs["sample"], found.attrs["date"]) == ("film", "2018-07-11T15:55:31")
    assert first.attrs["integration_time"] == 77.9
    assert (first.attrs["tube_voltage"], first.attrs["tube_current"]) == (30e3, pytest.approx(0.01))


@pytest.mark.parametrize("write", [raw1, raw4])
def test_refuses_a_file_that_is_cut_off_at_any_byte(tmp_path: Path, write: object) -> None:
    path = write(tmp_path / "a", [(10.0, 0.02, [5.0, 7.0]), (40.0, 0.05, [1.0, 2.0])])  # type: ignore[operator]
    data = path.read_bytes()
    for kept in [*range(8, len(data), 37), len(data) - 8, len(data) - 1]:
        path.write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(path)


def test_refuses_bytes_that_no_range_owns(tmp_path: Path) -> None:
    path = raw1(tmp_path / "a", [(10.0, 0.02, [5.0, 7.0])])
    path.write_bytes(path.read_bytes() + bytes(6))  # padding
    assert read(path).sizes == {"two_theta": 2}
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(DataError, match="10 bytes follow the 1 ranges"):
        read(path)


def test_refuses_an_absurd_number_of_points(tmp_path: Path) -> None:
    path = raw1(tmp_path / "a", [(10.0, 0.02, [5.0, 7.0])])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 716, 1_000_000_000)
    path.write_bytes(data)
    with pytest.raises(DataError, match="1000000000 points of range 1"):
        read(path)


def test_reads_a_real_scan_as_another_program_does() -> None:
    found = read(real("xrd_bruker/BT86.raw"))
    other = expected("xrd_bruker/BT86.raw", "xylib")
    assert found.sizes == {"two_theta": other["n"]}
    assert np.degrees(found["two_theta"].values[[0, -1]]) == pytest.approx(
        [other["x_first"], other["x_last"]], abs=1e-6
    )
    assert float(found["counts"].sum(dtype=float)) == other["y_sum"]
    text = read(real("xrd_bruker/BT86_.UXD"))  # the same scan, written by the maker's converter
    np.testing.assert_array_equal(found["counts"], text["counts"])
    for key in ("date", "sample", "operator", "anode", "x_ray_wavelength", "tube_voltage", "integration_time"):
        assert found.attrs[key] == text.attrs[key]


def test_reads_real_ranges_as_another_program_does() -> None:
    found = curves(read(real("xrd_bruker/format1.raw")))
    other = expected("xrd_bruker/format1.raw", "xylib")
    assert len(found) == 3
    assert sum(one.sizes["two_theta"] for one in found) == other["n"]
    assert sum(float(one["counts"].sum(dtype=float)) for one in found) == other["y_sum"]
    assert float(np.degrees(found[2]["two_theta"][-1])) == pytest.approx(other["x_last"])


def test_reads_a_real_scan_of_version_4() -> None:
    found = read(real("xrd_bruker/TiO2.raw"))
    other = expected("xrd_bruker/TiO2.raw", "RAW4")
    assert found.sizes == {"two_theta": other["n"]}
    assert np.degrees(found["two_theta"].values[[0, -1]]) == pytest.approx(
        [other["x_first"], other["x_last"]], abs=1e-6
    )
    counts = found["counts"].values.astype(float)
    assert (counts.min(), counts.max(), counts.sum()) == (other["y_min"], other["y_max"], other["y_sum"])
    assert found.attrs["integration_time"] == pytest.approx(other["time_per_step_s"], rel=1e-6)
    assert found.attrs["x_ray_wavelength"] == pytest.approx(other["wavelength_A"] * 1e-10)


@pytest.mark.parametrize("write", [raw1, raw4])
def test_refuses_a_broken_count_among_whole_ones(tmp_path: Path, write: object) -> None:
    counts = [100.0 + number for number in range(20)]
    path = write(tmp_path / "a", [(10.0, 0.02, [*counts, 8.3 * 12345])])  # type: ignore[operator]
    assert "intensity" in read(path)  # an absorber scaled the last
    path = write(tmp_path / "b", [(10.0, 0.02, [*counts, 11.6875 + 1e-3])])  # type: ignore[operator]
    with pytest.raises(DataError, match=r"11\.6885 stands among whole counts"):
        read(path)


def test_warns_of_points_without_counts_on_a_high_background(tmp_path: Path) -> None:
    found = read(raw1(tmp_path / "a", [(10.0, 0.02, [100.0, 0.0, 0.0, 90.0])]))
    assert "2 points from point 2 on are 0" in found.attrs["warnings"]
    assert not read(raw1(tmp_path / "b", [(10.0, 0.02, [2.0, 0.0, 3.0])])).attrs["warnings"]


def test_leaves_out_points_that_were_not_measured(tmp_path: Path) -> None:
    found = read(raw4(tmp_path / "a", [(10.0, 0.02, [5.0, -9999.0, 6.0, -9999.0, -9999.0])]))
    np.testing.assert_array_equal(found["counts"], [5.0, np.nan, 6.0])
    assert "3 points of range 1 were not measured" in found.attrs["notes"]
