"""A result with draws: in its files, its figures and its page."""

from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot.learn.drawn_result import with_uncertainty
from halodot.report.numbers import drawn_rows
from halodot.report.page import page
from halodot.results.contract import document
from halodot.results.data import Result


@pytest.fixture(scope="module")
def drawn() -> Result:
    study = halodot.load("device-only", ["run.voltage=[2.4 V, 3 V, 4 V]"])
    return with_uncertainty(halodot.simulate(study), 12, seed=2, workers=1)


def test_quantiles_rise_and_the_file_brings_them_back(drawn: Result, tmp_path: Path) -> None:
    halodot.save(drawn, tmp_path / "results.nc")
    read = halodot.load_result(tmp_path / "results.nc").drawn
    assert read is not None
    assert drawn.drawn is not None
    np.testing.assert_array_equal(read.quantiles, drawn.drawn.quantiles)
    assert np.all(np.diff(read.quantiles, axis=1) >= 0.0)
    assert np.all(np.diff(np.nan_to_num(read.current_density), axis=0) >= 0.0)
    assert read.inputs == drawn.drawn.inputs
    assert read.count == 12


def test_the_document_has_them_by_its_schema(drawn: Result) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    written = document(drawn)
    jsonschema.validate(written, halodot.schema())
    assert written["draws"]["summary"]["eqe_max"]["quantiles"][2] > 0.0
    assert any("draws are effective" in note["text"] for note in written["diagnostics"]["notes"])


def test_other_draws_bring_their_own_notes(drawn: Result) -> None:
    again = with_uncertainty(drawn, 3, seed=1, workers=1)
    assert [note.text[:7] for note in again.remarks if "effective" in note.text] == ["only 3 "]


def test_figures_have_bands_and_the_page_a_table(drawn: Result) -> None:
    current, luminance = halodot.plot(drawn, "jvl").axes[:2]
    assert len(current.collections) == len(luminance.collections) == 2
    assert drawn.drawn is not None
    assert np.nanmax(drawn.drawn.current_density) / 10.0 < current.get_ylim()[1]  # mA/cm2: the band is seen to its end
    assert np.nanmax(drawn.drawn.luminance) < luminance.get_ylim()[1]
    assert len(halodot.plot(drawn, "eqe").axes[0].collections) == 2
    (row,) = [row for row in drawn_rows(drawn.drawn) if row[0] == "Peak EQE"]
    low, high = map(float, row[3].split(" to "))
    assert low <= float(row[1]) <= high
    assert "Uncertainty by draws" in page(drawn, {})
