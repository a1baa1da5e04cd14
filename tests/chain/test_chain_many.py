"""Many studies at once give what each gives alone, and a failing one fails alone."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import halodot
from halodot import Result, Study, simulate, simulate_many
from halodot.errors import InputError
from halodot.states import Layer, replaced, with_properties

COARSE = ["run.voltage={from: 0 V, to: 3 V, step: 0.5 V}"]


def bare_device() -> Study:
    return halodot.load("4_hetero3", COARSE)


def with_emitter(study: Study, **changes: Any) -> Study:
    """The study with other numbers of its emitting layer."""
    assert study.stack is not None
    layers: tuple[Layer, ...] = tuple(
        with_properties(layer, **changes) if layer.role == "emitter" else layer for layer in study.stack.layers
    )
    return replaced(study, stack=replaced(study.stack, layers=layers))


def assert_same(one: Any, other: Any, path: str = "result") -> None:
    """Every number of two states is the same to the last bit."""
    if hasattr(one, "__dataclass_fields__"):
        assert type(one) is type(other), path
        for item in fields(one):
            assert_same(getattr(one, item.name), getattr(other, item.name), f"{path}.{item.name}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), path
        for k, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_same(a, b, f"{path}[{k}]")
    elif isinstance(one, np.ndarray) and one.dtype.kind == "f":
        np.testing.assert_array_equal(one, other, err_msg=path)
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(other), path
    elif isinstance(one, (bool, int, float, str)):
        assert one == other, path


def states_of(result: Result) -> tuple[Any, ...]:
    return tuple(getattr(result, item.name) for item in fields(result) if item.name not in ("study", "explained"))


def test_results_are_those_of_simulate_in_order() -> None:
    thicknesses = (10e-9, 20e-9, 30e-9, 45e-9)
    studies = [with_emitter(bare_device(), thickness=value) for value in thicknesses]
    studies.append(halodot.load("device-only", [*COARSE, "run.positions=3"]))
    found = simulate_many(studies, workers=3)
    for study, result in zip(studies, found, strict=True):
        assert result.study is study
        assert_same(states_of(result), states_of(simulate(study)))
    assert found[-1].emission is not None


def test_a_failing_study_fails_alone() -> None:
    good = bare_device()
    unusable = with_emitter(good, electron_mobility=-1.0)
    hopeless = with_emitter(good, generation=1e60)
    lit = halodot.load("device-only", COARSE)
    assert lit.stack is not None
    invalid = replaced(lit, stack=replaced(lit.stack, layers=lit.stack.layers[1:]))  # no glass
    found = simulate_many([unusable, good, hopeless, invalid, good], workers=2)
    assert [result.failure == "" for result in found] == [False, True, False, False, True]
    assert [result.converged for result in found] == [False, True, False, False, True]
    assert "electron_mobility" in found[0].failure
    assert found[0].device_solution is None
    assert "in the light" in found[2].failure
    assert found[2].device_solution is not None
    assert np.all(np.isnan(found[2].device_solution.current_density))
    assert_same(states_of(found[1]), states_of(found[4]))


def test_nothing_to_do_and_what_is_no_study() -> None:
    assert simulate_many([]) == []
    with pytest.raises(InputError, match=r"studies\[1\].*not a str"):
        simulate_many([bare_device(), "paper-0.2"])  # type: ignore[list-item]
    with pytest.raises(InputError, match="workers"):
        simulate_many([bare_device()], workers=0)
