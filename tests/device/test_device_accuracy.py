"""The error that the grid leaves is estimated, brought within the tolerance, or said."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from device_cases import EMITTER, Described, built, electrode, without_hops
from random_stacks import random_stack

import halodot
from halodot.chain.grid import on_fixed_grid
from halodot.device import solve_device
from halodot.device.accuracy import LEAST_CURRENT, GridRequest, refined_solution, relative_error
from halodot.states import Array, DeviceSolution, Note, Stack, replaced
from halodot.study import with_inputs

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "device"


def double_injection() -> Stack:
    """Electrons and holes injected into an insulator in which they hardly recombine."""
    film = Described(
        name="film",
        material="",
        thickness=200e-9,
        relative_permittivity=22.0,
        electron_affinity=3.0,
        ionisation_energy=4.0,
        electron_density_of_states=1e26,
        hole_density_of_states=1e26,
        electron_mobility=1e-7,
        hole_mobility=1e-7,
        bimolecular_coefficient=1e-20,
    )
    return built((electrode(4.0), film, electrode(3.0)), temperature=295.0)


@pytest.mark.parametrize("order", [1.0, 2.0])
def test_error_of_three_grids_follows_the_observed_order(order: float) -> None:
    nodes = [26, 51, 101]
    limit = np.array([1.0, -3.0, 1e3])
    curves = [limit * (1.0 + 0.5 / (count - 1) ** order) for count in nodes]
    np.testing.assert_allclose(relative_error(curves, nodes, LEAST_CURRENT), 0.5 / 100**order, rtol=0.02)


def test_error_of_two_grids_assumes_second_order() -> None:
    curves = [np.array([1.0 + 4e-3]), np.array([1.0 + 1e-3])]
    np.testing.assert_allclose(relative_error(curves, [26, 51], LEAST_CURRENT), 1e-3, rtol=0.01)


def test_error_below_the_least_current_is_absolute_and_unsolved_points_have_none() -> None:
    curves = [np.array([4e-16, np.nan, 1.0]), np.array([1e-16, 1.0, np.nan])]
    error = relative_error(curves, [26, 51], LEAST_CURRENT)
    assert error[0] == pytest.approx(1e-4)
    assert np.isnan(error[1:]).all()


def of_accuracy(found: DeviceSolution) -> list[Note]:
    """Return the notes about the grid; a film that carries 1e8 A/m2 has others."""
    return [note for note in found.notes if note.kind == "accuracy"]


def test_double_injection_is_refined_to_its_limit() -> None:
    """Limits from a grid of 4160 nodes and from a finite-volume solver written apart."""
    found = solve_device(double_injection(), None, np.array([10.0, 20.0]))
    np.testing.assert_allclose(found.current_density, [6.799e7, 2.087e8], rtol=5e-3)
    assert found.nodes_per_layer > 260
    assert not of_accuracy(found)


def test_estimate_is_the_error() -> None:
    """Against six times the nodes, over points whose error is well above rounding."""
    ratios = []
    voltage = np.array([2.0, 5.0, 8.0])
    for index in range(8):
        stack = random_stack(index)
        coarse = solve_device(stack, None, voltage, 60, tolerance=0.5)
        fine = solve_device(stack, None, voltage, 360, tolerance=math.inf)
        true = np.abs(coarse.current_density / fine.current_density - 1.0)
        seen = (true > 1e-5) & (np.abs(fine.current_density) > 1e-9)
        ratios += (coarse.current_density_error[seen] / true[seen]).tolist()
    assert len(ratios) > 10
    assert 0.8 < np.median(ratios) < 1.25
    assert np.mean((np.array(ratios) > 0.4) & (np.array(ratios) < 2.5)) > 0.85


def test_stated_nodes_stay_and_the_note_says_what_they_leave() -> None:
    found = solve_device(double_injection(), None, np.array([1.0, 20.0]), 260)
    assert found.position.size == 260
    (note,) = of_accuracy(found)
    assert note.kind == "accuracy"
    assert note.where == "run.nodes_per_layer"
    assert "20 V" in note.text
    assert found.current_density_error[1] > 0.005


def test_no_estimate_where_none_is_asked() -> None:
    found = solve_device(double_injection(), None, np.array([1.0]), 260, tolerance=math.inf)
    assert found.current_density_error.size == 0
    assert not of_accuracy(found)


def test_a_tighter_tolerance_refines_further() -> None:
    loose, tight = (solve_device(double_injection(), None, np.array([2.0]), tolerance=t) for t in (1e-2, 2e-4))
    assert tight.nodes_per_layer > loose.nodes_per_layer
    assert tight.current_density_error[0] <= 2e-4


@pytest.fixture(scope="module")
def solved() -> DeviceSolution:
    return solve_device(double_injection(), None, np.array([1.0, 2.0]), 16, tolerance=math.inf)


def made(base: DeviceSolution, current: Array, nodes: int) -> DeviceSolution:
    """Return an operation with a current made up for a grid."""
    return replaced(base, current_density=current, converged=np.isfinite(current), nodes_per_layer=nodes)


def test_refinement_ends_where_fewer_points_are_solved(solved: DeviceSolution) -> None:
    film = double_injection().layers[1]

    def solve(nodes: int) -> DeviceSolution:
        return made(solved, np.array([1.0 + 5.0 / nodes, math.nan if nodes > 32 else 2.0 + 9.0 / nodes]), nodes)

    found = refined_solution(solve, GridRequest(32, 0.005, False), {1: film})
    assert found.nodes_per_layer == 32
    assert any("grid points a layer" in note.text for note in found.notes)


def test_an_unknown_error_is_said(solved: DeviceSolution) -> None:
    film = double_injection().layers[1]

    def solve(nodes: int) -> DeviceSolution:
        return made(solved, np.array([1.0, math.nan if nodes < 32 else 2.0]), nodes)

    found = refined_solution(solve, GridRequest(32, 0.005, True), {1: film})
    assert np.isnan(found.current_density_error[1])
    (note,) = of_accuracy(found)
    assert "not known at 2 V" in note.text


# The cases were written with the names of before.
@pytest.mark.filterwarnings("ignore:.* is called .* now:DeprecationWarning")
@pytest.mark.parametrize(("name", "current"), [("rs184", None), ("rs184_fermi_dirac_is_fine", 0.383)])
def test_densities_beyond_the_states_are_named_as_the_cause(name: str, current: float | None) -> None:
    path = CASES / f"grid_error_{name}.yaml"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    study = halodot.load(path)
    assert study.stack is not None
    stack = without_hops(study.stack)
    found = solve_device(stack, None, np.array([8.0]), None if current else 65)
    if current is None:
        assert any("fermi_dirac" in note.text and note.kind == "accuracy" for note in found.notes)
    else:
        assert not of_accuracy(found)
        np.testing.assert_allclose(found.current_density, current, rtol=0.01)


def test_the_light_is_within_the_tolerance_too() -> None:
    stack = halodot.load("5_qled_full").stack
    assert stack is not None
    voltage = np.array([2.0, 4.0, 6.0])
    found = solve_device(replaced(stack, emitter=EMITTER), None, voltage)
    finer = solve_device(replaced(stack, emitter=EMITTER), None, voltage, 4 * found.nodes_per_layer, tolerance=math.inf)
    np.testing.assert_allclose(found.radiative_current, finer.radiative_current, rtol=0.01, atol=1e-6)


def test_neighbours_are_compared_on_one_grid() -> None:
    study = halodot.load("sclc-dots", ["run.voltage=[0 V, 1 V, 4 V]", "run.tolerance=1e-3"])
    base = on_fixed_grid(halodot.simulate(study))
    assert base.device_solution is not None
    nodes = base.device_solution.nodes_per_layer
    path = next(path for path in study.inputs if path.endswith("electron_mobility"))
    moved = halodot.simulate(with_inputs(base.study, {path: 1.001 * study.inputs[path].value}), base)
    assert moved.device_solution is not None
    assert moved.device_solution.nodes_per_layer == nodes
    assert moved.device_solution.current_density_error.size == 0
    assert halodot.simulate(base.study, base).device_solution is base.device_solution


def test_the_grid_depends_on_the_study_alone() -> None:
    coarse = halodot.load("sclc-dots", ["run.voltage=[0 V, 1 V, 4 V]", "run.nodes_per_layer=40"])
    free = halodot.load("sclc-dots", ["run.voltage=[0 V, 1 V, 4 V]"])
    fresh, after = halodot.simulate(free), halodot.simulate(free, halodot.simulate(coarse))
    assert fresh.device_solution is not None
    assert after.device_solution is not None
    assert after.device_solution.nodes_per_layer == fresh.device_solution.nodes_per_layer
    np.testing.assert_array_equal(after.device_solution.current_density, fresh.device_solution.current_density)


def test_many_voltages_bound_the_refinement(solved: DeviceSolution, monkeypatch: pytest.MonkeyPatch) -> None:
    film = double_injection().layers[1]
    monkeypatch.setattr("halodot.device.accuracy.MOST_VALUES", 200)

    def solve(nodes: int) -> DeviceSolution:
        return made(solved, np.array([1.0 + 5.0 / nodes, 2.0 + 9.0 / nodes]), nodes)

    found = refined_solution(solve, GridRequest(32, 1e-4, False), {1: film})
    assert found.nodes_per_layer == 64
    assert "fewer" in of_accuracy(found)[0].text
