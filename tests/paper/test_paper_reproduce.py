"""The reproduction as a whole on the shipped calibration: calibrated rows hold, roles are kept, files are whole."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import halodot
from halodot.learn.sensitivity import coarser, left_out, posterior_covariance, uncertain_inputs
from halodot.paper.reproduce import Reproduction, joined, reproduce
from halodot.paper.robustness import Robustness, find_robustness
from halodot.paper.scoreboard import HEADER
from halodot.paper.targets import TREATED, read_targets
from halodot.paper.tipping_points import REACH
from halodot.results.files import load_result
from halodot.results.schema import schema
from halodot.sources import Sourced
from halodot.states import replaced
from halodot.study import Study, load_targets_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("paper")


def coarse(study: Study) -> Study:
    """The study on grids on which derivatives take a third of the time; the rows are computed on their own grids."""
    sparse = coarser(study)
    return replaced(
        sparse, run=replaced(sparse.run, voltages=sparse.run.voltages[::3], nodes_per_layer=15, positions=3)
    )


def some(studies: Mapping[str, Study]) -> dict[str, Sourced]:
    """The inputs that the calibrated sizes tie together, with which alone these are certain; a sixth of the others."""
    every, evidence = uncertain_inputs(studies), studies[TREATED].evidence
    assert evidence is not None
    sizes = [number for number, row in enumerate(evidence.rows) if row.split()[0] in ("R08", "R09", "R10")]
    tied = {path for path, shift in zip(evidence.inputs, evidence.shift[:, sizes]) if np.max(np.abs(shift)) > 0.1}
    chosen = tied.union(sorted(every.keys() - tied)[::6])
    return {path: entry for path, entry in every.items() if path in chosen}


@pytest.fixture(scope="module")
def done(folder: Path) -> Iterator[Reproduction]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("halodot.paper.reproduce.coarser", coarse)
        patch.setattr("halodot.learn.sensitivity.uncertain_inputs", some)
        patch.setattr("halodot.paper.tipping_points.SIZES", (1.0, REACH))
        patch.setattr("halodot.paper.tipping_points.RECORDED", {"R14": "R02"})
        patch.setattr("halodot.paper.reproduce.find_robustness", partial(find_robustness, count=11))
        yield reproduce(folder, lambda text: None, workers=1, count=0, devices=0)


def test_all_rows_are_there_with_the_role_that_the_table_gives_them(done: Reproduction) -> None:
    targets = {target.id: target.role for target in read_targets(load_targets_text())}
    assert {row.target.id: row.target.role for row in done[0]} == targets
    assert len(done[0]) == 38


def test_calibrated_rows_hold(done: Reproduction) -> None:
    rows = {row.target.id: row for row in done[0]}
    for name in ("R04", "R06", "R07", "R08", "R09", "R10"):
        assert rows[name].agrees == "yes", name


def test_predicted_rows_are_computed_with_what_moves_them(done: Reproduction) -> None:
    rows = {row.target.id: row for row in done[0]}
    for name in ("R11", "R20", "R25", "R33", "R34"):
        assert rows[name].model is not None
        assert rows[name].model_sd is not None
        assert "moved most, by one standard deviation of each" in rows[name].note
    assert "null model 0.275 x PLQY" in rows["R33"].note
    assert "null model 0.275 x PLQY" in rows["R34"].note


def test_notes_name_the_tipping_point_of_a_statement(done: Reproduction) -> None:
    rows = {row.target.id: row for row in done[0]}
    for name in ("R04", "R05", "R06", "R07", "R12", "R13", "R22", "R31", "R32", "R36"):
        assert re.search(r"false with .+ at |no single input makes it false", rows[name].note), name


def test_files_are_whole_and_valid(done: Reproduction, folder: Path) -> None:
    with open(folder / "scoreboard.csv", newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == 38
    assert tuple(lines[0]) == HEADER
    contract = schema()
    for path in (folder / "results.json", *(folder / "samples").glob("*.json")):
        jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), contract)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(f"<td>{row.target.id}</td>" in page for row in done[0])
    drawn = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert {"absorption", "trpl", "jvl", "eqe", "el", "cie", "decay"} <= drawn


def test_results_come_back_as_they_were(done: Reproduction, folder: Path, tmp_path: Path) -> None:
    first = load_result(folder / "results.nc")
    halodot.save(first, tmp_path / "again.nc")
    second = load_result(tmp_path / "again.nc")
    one, two = first.device_solution, second.device_solution
    assert one is not None
    assert two is not None
    assert one.potential.tobytes() == two.potential.tobytes()
    assert first.study.document == second.study.document
    assert first.summary == second.summary


def test_probabilities_and_limits_belong_together(done: Reproduction) -> None:
    for hold in done[1]:
        assert isinstance(hold, Robustness)
        assert 0.0 <= hold.probability <= 1.0
        assert (hold.probability == 1.0) == (hold.below == -np.inf and hold.above == np.inf)


def test_remarks_of_one_row_follow_one_another() -> None:
    assert joined({"R01": "a", "R02": ""}, {"R01": "b", "R03": "c"}) == {"R01": "a; b", "R02": "", "R03": "c"}


def test_a_datum_left_out_is_what_a_fit_without_it_gives() -> None:
    """Linear model, two parameters with priors at 0, three data: compare with the fit to the other two."""
    generator = np.random.default_rng(3)
    jacobian, data, width = generator.normal(size=(3, 2)), generator.normal(size=3), np.array([0.7, 1.3])

    def fit(rows: list[int]) -> np.ndarray:
        normal = jacobian[rows].T @ jacobian[rows] + np.diag(width**-2.0)
        return np.linalg.solve(normal, jacobian[rows].T @ data[rows])

    residual = jacobian @ fit([0, 1, 2]) - data
    expected = [jacobian[i] @ fit([j for j in range(3) if j != i]) - data[i] for i in range(3)]
    assert left_out(jacobian, width, residual) == pytest.approx(expected)
    inverse = np.linalg.inv(jacobian.T @ jacobian + np.diag(width**-2.0))
    assert posterior_covariance(jacobian, width) == pytest.approx(inverse)
