"""Texts of Bruker diffractometers (UXD)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

HEAD = """; converted
_FILEVERSION=2
_SAMPLE='film 3'
_USER='Ada'
_DATEMEASURED='04-Mar-2010 20:59:14'
_WL_UNIT='A'
_WL1=1.788965
_ANODE='Co'
"""


def written(path: Path, *ranges: str) -> Path:
    path.write_text(HEAD + "".join(ranges), encoding="cp1252")
    return path


def ranged(mark: str, rows: str, drive: str = "COUPLED", start: float = 10.0) -> str:
    words = f"_DRIVE='{drive}'\n_STEPTIME=2\n_STEPSIZE=0.02\n_START={start}\n_KV=40\n"
    return f"; (Data for Range number 1)\n{words}{mark}\n{rows}"


def test_reads_pairs_of_angle_and_counts(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a", ranged("_2THETACOUNTS", "10.00\t5\n10.02\t7\n10.04\t6\n")))
    np.testing.assert_allclose(np.degrees(found["two_theta"]), [10.0, 10.02, 10.04])
    np.testing.assert_array_equal(found["counts"], [5, 7, 6])
    assert found.attrs["integration_time"] == 2.0
    assert found.attrs["sample"] == "film 3"
    assert found.attrs["date"] == "2010-03-04T20:59:14"


def test_reads_several_ranges_of_counts_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "a", ranged("_COUNTS", "5 7 6\n8 9\n"), ranged("_CPS", "1.5\n2.5\n", "THETA", start=20.0))
    first, second = curves(read(path))
    np.testing.assert_allclose(np.degrees(first["two_theta"]), 10.0 + 0.02 * np.arange(5))
    np.testing.assert_array_equal(first["counts"], [5, 7, 6, 8, 9])
    np.testing.assert_allclose(np.degrees(second["theta"]), [20.0, 20.02])
    np.testing.assert_array_equal(second["count_rate"], [1.5, 2.5])
    assert second["count_rate"].attrs["units"] == "1/s"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("10.00\t5\n10.02\t7\n10.04\n", "line 18: 2 numbers"),
        ("10.00\t5\n10,02\t7\n10.04\t6\n", "line 17: numbers with a decimal point"),
        ("10.00\t5\n10.02\t7\n10.24\t6\n", "steps of 0.02 were expected"),
        ("10.00\t5\n10.02\t7\n10.04\t6", "the file is cut off"),
        ("", "no numbers"),
    ],
)
def test_refuses_damaged_rows(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(written(tmp_path / "a", ranged("_2THETACOUNTS", rows)))


def test_refuses_a_list_of_peaks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a list of peaks"):
        read(written(tmp_path / "a", ranged("_D-I", "3.1 100\n")))
