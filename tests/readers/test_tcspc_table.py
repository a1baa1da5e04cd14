"""Decay curves as tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halodot import read, readers
from halodot.errors import DataError

DECAY = np.random.default_rng(5).poisson(300.0 * np.exp(-np.arange(80) / 20.0))
PROMPT = np.random.default_rng(6).poisson(20.0, 80)


def test_reads_channels_of_horiba_with_their_calibration(tmp_path: Path) -> None:
    head = (
        "Item name: Decay\n\nReal time: 32.533\nLive time: 0\nTime calibration: 2.743484E-02ns/ch\n\nComment: R6G\n\n\n"
    )
    rows = "".join(f"{place}\t{count}\n" for place, count in enumerate(DECAY, 1))
    (tmp_path / "x").write_text(f"{head}Chan\tData\n{rows}", encoding="utf-8")
    found = read(tmp_path / "x")
    np.testing.assert_array_equal(found["counts"], DECAY)
    np.testing.assert_allclose(found["time"], np.arange(80) * 2.743484e-11, rtol=1e-13)
    assert found.attrs["acquisition_time"] == 32.533
    assert found.attrs["comment"] == "R6G"


def test_refuses_channels_without_their_calibration(tmp_path: Path) -> None:
    rows = "".join(f"{place}\t{count}\n" for place, count in enumerate(DECAY, 1))
    (tmp_path / "x").write_text(f"Time calibration: ns/ch\n\nChan\tPrompt\tDecay\n{rows}", encoding="utf-8")
    with pytest.raises(DataError):
        read(tmp_path / "x")


@pytest.mark.parametrize("comma", [False, True])
def test_reads_prompt_decay_and_fit(tmp_path: Path, comma: bool) -> None:
    rows = "".join(
        f"{place * 0.0548:.4f}\t{prompt}\t{count}\t{count + 0.25:.3f}\t{-0.25:.3f}\r\n"
        for place, (prompt, count) in enumerate(zip(PROMPT, DECAY))
    )
    text = f"Time (ns)\tPrompt\tDecay\tFit\tResiduals\r\n{rows.replace('.', ',') if comma else rows}"
    (tmp_path / "x").write_bytes(text.encode())
    found = read(tmp_path / "x")
    np.testing.assert_array_equal(found["counts"], DECAY)
    np.testing.assert_array_equal(found["counts_irf"], PROMPT)
    np.testing.assert_array_equal(found["fit"], DECAY + 0.25)
    np.testing.assert_array_equal(found["residual"], np.full(80, -0.25))
    np.testing.assert_allclose(found["time"], np.arange(80) * 5.48e-11, rtol=1e-13)


def test_reads_counts_that_a_script_logged(tmp_path: Path) -> None:
    rows = "".join(f"{place}\t{place * 1000.0}\t{float(count)}\n" for place, count in enumerate(DECAY))
    (tmp_path / "x").write_text(f"\tbins [ps]\tcounts [#]\n{rows}", encoding="utf-8")
    found = read(tmp_path / "x")
    np.testing.assert_array_equal(found["counts"], DECAY)
    np.testing.assert_allclose(found["time"], np.arange(80) * 1e-9, rtol=1e-13)
    assert found.attrs["time_resolution"] == pytest.approx(1e-9)


def test_keeps_two_decays_apart(tmp_path: Path) -> None:
    rows = "".join(f"{place * 0.008:.3f}\t{a}\t{b}\n" for place, (a, b) in enumerate(zip(DECAY, PROMPT)))
    (tmp_path / "x").write_text(f"Time[ns]\tDecay 1[Cnts]\tDecay 2[Cnts]\n{rows}", encoding="utf-8")
    first, second = readers.curves(read(tmp_path / "x"))
    np.testing.assert_array_equal(first["counts"], DECAY)
    np.testing.assert_array_equal(second["counts"], PROMPT)
    assert second.attrs["curve"] == "Decay 2[Cnts]"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("0.000\t5\n0.008\t6\n0.004\t7\n", "stand still or run back"),
        ("0.000\t5\n0.008\t6\n0.016\t1", "the last line has no end"),
        ("0.000\t5\n0.008\t6\nnonsense\n", "numbers were expected, not 'nonsense'"),
        ("0.000\t5\t1\n0.008\t6\t1\n", "2 headings stand above 3 columns"),
    ],
)
def test_refuses_what_makes_no_sense(tmp_path: Path, rows: str, reason: str) -> None:
    (tmp_path / "x").write_text(f"Time[ns]\tDecay[Cnts]\n{rows}", encoding="utf-8")
    with pytest.raises(DataError, match=reason):
        read(tmp_path / "x")
