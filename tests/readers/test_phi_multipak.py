"""Spectra of PHI, written here from the layout of header, directory and numbers."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from instrument_files import real

from halodot.errors import DataError
from halodot.readers import curves, read

HEADER = """SOFH
Technique: {technique}
FileType: SPECTRUM
SoftwareVersion: SS 3.3
InstrumentModel: VersaProbe 4
AcqFileDate: 2024 1 22
AnalyserWorkFcn: 4.506 eV
IntensityRecal: {recalibrated}
NoSpectralReg: 2
SpectralRegDef: 1 1 C1s 6 5 -0.5000 290.0000 288.0000 290.0 288.0 0.250000 55.00 AREA
SpectralRegDef: 2 1 Sn3d5 50 4 -0.2000 500.0000 499.4000 500.0 499.4 0.500000 23.50 AREA
XraySource: Al 1486.6 mono
EOFH
"""


def written(
    path: Path,
    cycles: int = 1,
    dtype: str = "f4",
    end: str = "\r\n",
    ends_only: bool = False,
    technique: str = "XPS",
    recalibrated: str = "no",
    unit: bytes = b"c/s",
) -> Path:
    """Return a file of two regions, with a table of sputter times where there are several cycles."""
    text = HEADER.format(technique=technique, recalibrated=recalibrated).replace("\n", end)
    sizes = [(1, 5), (2, 4), *([(0, cycles)] if cycles > 1 else [])]
    words, numbers = b"", b""
    start = 16 + 96 * len(sizes)
    for place, (region, points) in enumerate(sizes, 1):
        second = cycles if region else 2
        values = np.arange(points * second) + 100.0 * place if region else np.tile(30.0 * np.arange(cycles), 2)
        data = values.astype("<" + dtype).tobytes()
        names = [b"pnt", b"cyc" if cycles > 1 else b"sar"] if region else [b"cyc", b"reg"]
        words += struct.pack("<8I", place, 1, 1, region, 1, points, second, 1)
        words += struct.pack("<4sI4sIII4s", names[0], 0, names[1], 0, 0, 0, unit if region else b"s")
        words += struct.pack("<III4s", 0, 0, 0, dtype.encode())
        words += struct.pack("<5I", len(data), 0 if ends_only else start, 0, 0, start + len(data) if ends_only else 0)
        numbers += data
        start += len(data)
        if ends_only:  # older programs write the time for a point after the numbers
            numbers += struct.pack("<f", 0.25)
            start += 4
    path.write_bytes(text.encode("ascii") + struct.pack("<4I", 1, len(sizes), len(words), 16) + words + numbers)
    return path


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(("end", "ends_only"), [("\r\n", False), ("\n", True)])
def test_reads_regions(tmp_path: Path, dtype: str, end: str, ends_only: bool) -> None:
    data = read(written(tmp_path / "a", dtype=dtype, end=end, ends_only=ends_only))
    assert data.attrs["instrument"] == "PHI VersaProbe 4"
    assert (data.attrs["photon_energy"], data.attrs["work_function"]) == (1486.6, 4.506)
    assert data.attrs["date"] == "2024-01-22"
    carbon, tin = curves(data)
    np.testing.assert_allclose(carbon["binding_energy"], [290.0, 289.5, 289.0, 288.5, 288.0])
    np.testing.assert_allclose(tin["binding_energy"], [500.0, 499.8, 499.6, 499.4])
    np.testing.assert_array_equal(carbon["count_rate"], [100, 101, 102, 103, 104])
    np.testing.assert_array_equal(tin["count_rate"], [200, 201, 202, 203])
    assert (tin.attrs["pass_energy"], tin.attrs["integration_time"]) == (23.5, 0.5)


def test_reads_a_depth_profile(tmp_path: Path) -> None:
    carbon, tin = curves(read(written(tmp_path / "a", cycles=3)))
    np.testing.assert_array_equal(carbon["sputter_time"], [0.0, 30.0, 60.0])
    np.testing.assert_array_equal(carbon["count_rate"], 100 + np.arange(15).reshape(3, 5))
    assert tin["count_rate"].shape == (3, 4)


def test_says_what_the_numbers_are(tmp_path: Path) -> None:
    auger = curves(read(written(tmp_path / "a", technique="AES", unit=b"cts")))[0]
    assert list(auger.coords) == ["kinetic_energy"]
    assert list(auger.data_vars) == ["counts"]
    assert list(curves(read(written(tmp_path / "b", recalibrated="yes")))[0].data_vars) == ["intensity"]
    with pytest.raises(DataError, match="technique is 'SAM'"):
        read(written(tmp_path / "c", technique="SAM"))
    with pytest.raises(DataError, match="unit of C1s is 'pix'"):
        read(written(tmp_path / "d", unit=b"pix"))


def test_refuses_a_file_cut_off_anywhere(tmp_path: Path) -> None:
    data = written(tmp_path / "whole").read_bytes()
    for kept in [*range(6, len(data), 13), len(data) - 1]:
        (tmp_path / "cut").write_bytes(data[:kept])
        with pytest.raises(DataError):
            read(tmp_path / "cut", reader="phi_multipak")


def test_refuses_absurd_sizes(tmp_path: Path) -> None:
    data = written(tmp_path / "a").read_bytes()
    place = data.index(b"EOFH") + 6
    for at, message in (
        (place + 4, "directory"),
        (place + 16 + 20, "bytes were announced"),
        (place + 16 + 80, "expected"),
    ):
        (tmp_path / "b").write_bytes(data[:at] + struct.pack("<I", 2**31) + data[at + 4 :])
        with pytest.raises(DataError, match=message):
            read(tmp_path / "b")


@pytest.mark.parametrize("name", ["SnO2_10nm.spe", "SnO2_10nm_1.pro"])
def test_real_count_rates_are_whole_counts_in_the_time_for_a_point(name: str) -> None:
    found = curves(read(real(f"xps_other/{name}")))
    assert [one.sizes["binding_energy"] for one in found] == [1751, 101, 101, 101][: len(found)]
    for one in found:
        rate = one["count_rate"].values
        counts = rate * one["count_rate"].attrs.get("integration_time", one.attrs.get("integration_time"))
        np.testing.assert_allclose(counts, np.round(counts), atol=2e-3)
        assert one["binding_energy"].values[0] > one["binding_energy"].values[-1]
    survey = found[0]["binding_energy"].values
    assert survey[[0, -1]] == pytest.approx([1400.0, 0.0], abs=1e-9)


def test_real_tin_peak_lies_where_tin_dioxide_has_it() -> None:
    tin = curves(read(real("xps_other/SnO2_10nm_1.pro")))[3]
    peak = tin["binding_energy"].values[tin["count_rate"].values[-1].argmax()]
    assert 485.0 < peak < 488.5  # Sn 3d5/2 of metal and of oxide, without a charge correction
