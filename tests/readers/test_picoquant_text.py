"""Histograms of PicoQuant as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from instrument_files import expected, real

from halodot import read, readers
from halodot.errors import DataError


def written(
    path: Path, counts: np.ndarray, widths: list[str], title: str = "#PicoHarp 300  Histogram Data", **words: str
) -> Path:
    """Write curves as the programs export them: a row for each channel, each cell with a tab behind it."""
    numbers = "".join(f"{place}\t" for place in range(len(widths)))
    date = words.get("date", "01/09/2025 03:06:24 PM")
    lines = [f"{title}\t\t\t{date}", "#channels per curve", str(len(counts)), "#display curve no.", numbers]
    lines += ["#memory block no.", numbers, words.get("width", "#ns/channel"), "".join(f"{w}\t" for w in widths)]
    lines += ["#counts", *("".join(f"{count}\t" for count in row) for row in counts), ""]
    path.write_bytes((words.get("above", "") + "\r\n".join(lines)).encode("cp1252"))
    return path


def some_counts(curves: int, channels: int = 64) -> np.ndarray:
    return np.random.default_rng(3).poisson(40.0, (channels, curves))


def test_gives_each_curve_its_own_time_axis(tmp_path: Path) -> None:
    counts = some_counts(3)
    found = readers.curves(read(written(tmp_path / "x", counts, ["0.5120", "0.5120", "0.0040"])))
    for place, width in enumerate((0.512e-9, 0.512e-9, 4e-12)):
        np.testing.assert_array_equal(found[place]["counts"], counts[:, place])
        np.testing.assert_allclose(found[place]["time"], np.arange(64) * width, rtol=1e-14)
        assert found[place].attrs["time_resolution"] == pytest.approx(width, rel=1e-14)
    assert found[0].attrs["kind"] == "decay"
    assert found[0].attrs["date"] == "2025-01-09T15:06:24"
    assert found[0].attrs["instrument"] == "PicoQuant PicoHarp 300"


@pytest.mark.parametrize(
    ("title", "width", "date", "iso"),
    [
        ("#TimeHarp 260  Histogram Data", "#ns/bin", "08/13/25 15:09:45", "2025-08-13T15:09:45"),
        ("#TimeHarp 200  Histogram Data", "#ns/channel", "19.02.2023 15:51:51", "2023-02-19T15:51:51"),
        ("#HydraHarp 400  Histogram Data", "#ns/bin", "2021-03-22 04:00:21 PM", "2021-03-22T16:00:21"),
    ],
)
def test_reads_other_instruments_and_dates(tmp_path: Path, title: str, width: str, date: str, iso: str) -> None:
    counts = some_counts(1)
    above = "#Below my measurements\r\n\r\n# *** TRPL ***\r\n"
    found = read(written(tmp_path / "x", counts, ["1.0000"], title, width=width, date=date, above=above))
    np.testing.assert_array_equal(found["counts"], counts[:, 0])
    np.testing.assert_allclose(found["time"], np.arange(64) * 1e-9, rtol=1e-14)
    assert found.attrs["date"] == iso


def test_says_how_an_ambiguous_date_was_read(tmp_path: Path) -> None:
    title = "#TimeHarp 260  Histogram Data"
    found = read(written(tmp_path / "x", some_counts(1), ["1.0000"], title, date="08/05/22 18:14:12"))
    assert found.attrs["date"] == "2022-08-05T18:14:12"
    assert "month first" in found.attrs["notes"]


@pytest.mark.parametrize("kept", [0.5, 0.8, 0.97])
def test_refuses_a_file_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    path = written(tmp_path / "cut", some_counts(2), ["0.0160", "0.0160"])
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(DataError, match="64 channels were expected, and the file has"):
        read(path)


def test_refuses_a_last_number_that_may_be_cut(tmp_path: Path) -> None:
    path = written(tmp_path / "cut", np.full((64, 1), 123), ["0.0160"])
    path.write_bytes(path.read_bytes()[:-4])  # tab, line end and one digit
    with pytest.raises(DataError, match="the last line has no end"):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"#ns/channel", b"#pieces", "without it there is no time axis"),
        (b"0.0160\t\r\n", b"0.0160\t0.0160\t\r\n", "counts of 2 curves were expected, not 1"),
        (b"0.0160\t\r\n", b"-0.016\t\r\n", "numbers above zero were expected"),
        (b"7\t\r\n7\t\r\n", b"7\t\r\n7.5\t\r\n", "whole counts were expected, not '7.5'"),
        (b"7\t\r\n7\t\r\n", b"7\t\r\n-7\t\r\n", "Counts reaches from -7"),
    ],
)
def test_refuses_what_makes_no_sense(tmp_path: Path, old: bytes, new: bytes, reason: str) -> None:
    path = written(tmp_path / "odd", np.full((64, 1), 7), ["0.0160"])
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(DataError, match=reason):
        read(path)


@pytest.mark.parametrize("name", ["07-Si6505_10kHz-ND1-0.40uW-300s.trpl.dat", "aAS_TEST3_RH80.dat"])
def test_reads_real_histograms(name: str) -> None:
    name = f"trpl_picoquant_text/{name}"
    truth = expected(name)
    found = readers.curves(read(real(name)))
    assert len(found) == truth["n_curves"]
    for place, curve in enumerate(found):
        assert curve.sizes["time"] == truth["n"]
        assert float(curve["time"][1]) == pytest.approx(truth["ns_per_bin"][place] * 1e-9, rel=1e-12)
        assert int(curve["counts"].sum()) == truth["sums"][place]
        assert int(curve["counts"].max()) == truth["peaks"][place]
        assert int(np.argmax(curve["counts"].values)) == truth["argmax"][place]
