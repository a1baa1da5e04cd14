"""How the knobs of the solver are set by a study, on the command line, and kept in a result."""

from __future__ import annotations

from pathlib import Path

import pytest

import halodot
from halodot.device.solver.settings import SolverSettings, knobs
from halodot.errors import InputError
from halodot.results import storage
from halodot.study import load, study_schema

NAME = "3_bipolar_langevin"


def test_a_study_that_says_nothing_has_the_defaults() -> None:
    settings = load(NAME).run.solver
    assert [getattr(settings, knob.name) for knob in knobs()] == [knob.default for knob in knobs()]


def test_knobs_are_set_with_their_units() -> None:
    settings = load(NAME, ["run.solver.newton_iterations=30", "run.solver.first_voltage_step=20 mV"]).run.solver
    assert settings.newton_iterations == 30
    assert settings.first_voltage_step == pytest.approx(0.02)
    assert settings.update_tolerance == SolverSettings().update_tolerance


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("run.solver.newton_iteration=30", "newton_iterations"),
        ("run.solver.newton_iterations=0", "from 1 to 10000"),
        ("run.solver.newton_iterations=2.5", "whole number"),
        ("run.solver.largest_update=1000", "must be from 0.1 to 100"),
        ("run.solver.first_voltage_step=2 nm", "V"),
        ("run.solver.shortest_voltage_step=0.5 V", "must not fall"),
    ],
)
def test_what_is_no_knob_or_no_value_of_it_is_refused(change: str, said: str) -> None:
    with pytest.raises(InputError, match="run") as caught:
        load(NAME, [change])
    assert said in str(caught.value)


def test_the_schema_has_every_knob() -> None:
    properties = study_schema()["properties"]["run"]["properties"]["solver"]["properties"]
    assert set(properties) == {knob.name for knob in knobs()}
    assert all("description" in item for item in properties.values())


def test_a_knob_reaches_the_solver_and_a_result_file(tmp_path: Path) -> None:
    changes = ["run.voltage=[2 V, 4 V]", "run.tolerance=1"]
    usual, other = (halodot.simulate(load(NAME, [*changes, *more])) for more in ([], ["run.solver.largest_update=1"]))
    assert usual.device_solution is not None
    assert other.device_solution is not None
    counts = [[r.iterations for r in found.device_solution.history] for found in (usual, other)]
    assert counts[0] != counts[1]
    storage.save(other.study.run, tmp_path / "run.nc", {})
    assert storage.load(tmp_path / "run.nc").solver.largest_update == 1.0
