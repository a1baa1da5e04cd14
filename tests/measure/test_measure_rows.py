"""The statements of the scoreboard that are read off simulated records, and records in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from measure_samples import build_dots, build_flask

from halodot import Result, load
from halodot.measure import xrd
from halodot.paper.scoreboard import MEASURED, READERS, Series, read
from halodot.results.storage import load as load_value
from halodot.results.storage import save
from halodot.states import Dataset, Dots


@pytest.fixture(scope="module")
def pair() -> tuple[Dots, Dots]:
    """A treated and a control sample."""
    treated = build_dots(edge_length=5.3e-9, spectroscopic_spread=0.35e-9)
    control = build_dots(
        edge_length=5.9e-9, spectroscopic_spread=0.52e-9, coverage_native=0.8, coverage_short=0.0, coverage_bare=0.2
    )
    return treated, control


def series_of(treated: Dots | None, control: Dots | None) -> Series:
    study = load("paper-0.2")
    return {"0.2": Result(study=study, dots=treated), "control": Result(study=study, dots=control)}


def test_both_samples_show_the_three_bands_and_one_phase(pair: tuple[Dots, Dots]) -> None:
    assert READERS["R14"](series_of(*pair)) is True
    assert READERS["R18"](series_of(*pair)) is True


def test_a_sample_without_ligands_turns_the_bands_over(pair: tuple[Dots, Dots]) -> None:
    naked = build_dots(coverage_native=0.0, coverage_short=0.0, coverage_bare=1.0)
    assert READERS["R14"](series_of(pair[0], naked)) is False


def test_no_dots_no_statement(pair: tuple[Dots, Dots]) -> None:
    for name in MEASURED:
        assert READERS[name](series_of(pair[0], None)) is None


def test_rows_can_be_left_out() -> None:
    empty_array = Result(study=load("paper-0.2"))
    series = dict.fromkeys(("control", "0.1", "0.2", "0.3", "hi-only", "post-synthesis", "no-TmPyPB"), empty_array)
    assert set(read(series)) - set(read(series, without=MEASURED)) == set(MEASURED)


def test_a_record_survives_a_file(tmp_path: Path) -> None:
    record = xrd(build_flask(), seed=3)
    save(record, tmp_path / "record.nc", {})
    again = load_value(tmp_path / "record.nc")
    assert isinstance(again, Dataset)
    np.testing.assert_array_equal(again.y, record.y)
    assert dict(again.meta) == dict(record.meta)
    assert (again.x_unit, again.y_unit, again.name) == ("rad", "1", "xrd")
