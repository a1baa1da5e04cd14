"""Derivatives by the chain rule against every input followed by itself through the whole chain."""

from __future__ import annotations

import math

import numpy as np
import pytest

import halodot
from halodot.chain.grid import on_fixed_grid
from halodot.chain.neighbours import beside, chemistry_of, device_of
from halodot.learn.directions import change_of, directions
from halodot.learn.sensitivity import (
    Sensitivities,
    by_the_chain_rule,
    coarser,
    every_input,
    finite_differences,
    step_of,
    summary_numbers,
)
from halodot.states import replaced
from halodot.study import with_inputs

#: of the recipe, the flask, the dots, the film, the contacts, a layer, the ageing and the run
SOME = (
    "recipe.chemicals.PbI2.purity",
    "recipe.pot[9].temperature",
    "flask.growth_constant",
    "flask.native_binding",
    "dots.size_offset",
    "film.packing",
    "device.layers.PEDOT:PSS.work_function",
    "device.layers.TmPyPB.electron_mobility",
    "ageing.current_exponent",
    "run.humidity",
)


@pytest.fixture(scope="module")
def study() -> halodot.Study:
    whole = halodot.load("paper-0.2")
    return coarser(replaced(whole, run=replaced(whole.run, nodes_per_layer=25)))


@pytest.fixture(scope="module")
def found(study: halodot.Study) -> Sensitivities:
    """The derivatives by those inputs and by every sixth of all, of which many move the device in the same ways."""
    entries = every_input({"x": study})
    chosen = {path: entries[path] for path in dict.fromkeys((*entries,)[::6]) | dict.fromkeys(SOME)}
    return by_the_chain_rule(study, inputs=chosen)


def test_it_agrees_with_reruns_within_a_twentieth(study: halodot.Study, found: Sensitivities) -> None:
    entries = every_input({"x": study})
    direct = finite_differences({"x": study}, summary_numbers, inputs={path: entries[path] for path in SOME})
    rows = [found.inputs.index(path) for path in SOME]
    assert found.quantities == direct.quantities
    np.testing.assert_allclose(found.value, direct.value, rtol=1e-5, equal_nan=True)
    steps = np.array([step_of(entries[path]) for path in SOME])[:, np.newaxis]
    here, there = found.derivative[rows] * steps, direct.derivative * steps
    allowed = 0.05 * np.abs(there) + 1e-4 * np.abs(direct.value)
    known = np.isfinite(there)
    assert np.array_equal(known, np.isfinite(here))
    assert np.all(np.abs(here - there)[known] <= np.broadcast_to(allowed, here.shape)[known])
    moved = np.abs(there) > 1e-3 * np.abs(direct.value)
    assert np.count_nonzero(moved & known) > 40  # it compares something


def test_a_few_changes_tell_what_the_others_are_made_of() -> None:
    random = np.random.default_rng(3)
    few = [{"a": random.normal(size=40), "b": random.normal(size=1)} for _ in range(4)]
    sums = random.uniform(-1.0, 1.0, (30, 4))
    changes = [{key: sum(w * one[key] for w, one in zip(row, few)) for key in ("a", "b")} for row in sums]
    changes.append({"c": np.ones(1)})
    found = directions(changes)
    assert len(found.own) <= 5 + np.count_nonzero(np.abs(found.share).max(axis=1) > 3.0)
    for change, share in zip(changes, found.share):
        for key in ("a", "b", "c"):
            zero = np.zeros(40 if key == "a" else 1)
            made = sum((s * changes[k].get(key, zero) for s, k in zip(share, found.own)), zero)
            assert np.linalg.norm(made - change.get(key, zero)) <= 3e-3 * max(np.linalg.norm(change.get(key, zero)), 1)


def test_what_is_no_number_has_no_change() -> None:
    assert change_of({"a": 1.0, "b": "x"}, {"a": 3.0, "b": "x"}) == {".a": np.array([2.0])}
    assert change_of({"a": 1.0, "b": "x"}, {"a": 3.0, "b": "y"}) is None
    assert change_of({"a": math.nan}, {"a": 1.0}) is None
    assert change_of([np.zeros(3)], [np.zeros(4)]) is None


def test_a_neighbour_is_solved_as_from_equilibrium() -> None:
    study = halodot.load("device-only", ["run.voltage=[0 V, 2.5 V, 3 V, 3.5 V]", "run.nodes_per_layer=30"])
    study = replaced(study, run=replaced(study.run, tolerance=math.inf))
    base = on_fixed_grid(halodot.simulate(study))
    path = next(path for path in study.inputs if path.endswith(".hole_mobility"))
    other = with_inputs(base.study, {path: 1.3 * study.inputs[path].value})
    near = beside(base)
    quick, plain = device_of(chemistry_of(other, near), near), halodot.simulate(other)
    assert quick.device_solution is not None
    assert plain.device_solution is not None
    np.testing.assert_allclose(
        quick.device_solution.current_density, plain.device_solution.current_density, rtol=1e-8, atol=1e-12
    )
    assert sum(record.iterations for record in quick.device_solution.history) < sum(
        record.iterations for record in plain.device_solution.history
    )
