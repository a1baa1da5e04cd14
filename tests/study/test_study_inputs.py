"""Other numbers in a study: they land in the states, and everything else stays the same object."""

from __future__ import annotations

import math
import random

import pytest
from described_layers import described

from halodot.device.laws import statistics
from halodot.errors import InputError
from halodot.study import Study, load, with_inputs


def value_of(study: Study, path: str) -> float:
    """Find an input in the parts of a study, independently of how it was put there."""
    root, rest = path.split(".", 1)
    if root == "device" and rest.startswith("emitter."):
        return float(getattr(study.emitter, rest.removeprefix("emitter.")))
    if root in ("perovskite", "flask", "dots", "film", "ageing"):
        return float(getattr(getattr(study, root), rest))
    if root == "run":
        return float(getattr(study.run, rest))
    assert study.stack is not None
    if root == "device":
        name, _, item = rest.removeprefix("layers.").rpartition(".")
        layers = {layer.name: layer for layer in described(study.stack)}
        return float(layers[name][item] if name else getattr(study.stack, item))
    assert study.recipe is not None
    if rest.startswith("chemicals."):
        name, item = rest.removeprefix("chemicals.").rsplit(".", 1)
        return float(getattr(study.recipe.chemicals[name], item))
    steps = [*study.recipe.pot, *study.recipe.work_up, *(s for stock in study.recipe.stocks.values() for s in stock)]
    step = next(step for step in steps if path.startswith(f"{step.where}."))
    item = path.removeprefix(f"{step.where}.")
    return dict(step.antisolvents)[item[5:]] if item.startswith("wash.") else float(getattr(step, item))


@pytest.mark.parametrize("name", ["paper-0.2", "paper-post-synthesis", "device-only"])
def test_every_input_reaches_its_state(name: str) -> None:
    study = load(name)
    for path, entry in study.inputs.items():
        assert value_of(study, path) == entry.value, path
    values = {path: entry.value * 1.03 + 1e-25 for path, entry in study.inputs.items()}
    changed = with_inputs(study, values)
    for path, value in values.items():
        assert value_of(changed, path) == value, path
        assert changed.inputs[path].value == value
        assert changed.inputs[path].sd == study.inputs[path].sd or math.isnan(study.inputs[path].sd)


def test_one_at_a_time_is_the_same_as_all_at_once() -> None:
    study = load("paper-0.2")
    paths = random.Random(1).sample(sorted(study.inputs), 12)
    values = {path: study.inputs[path].value * 0.98 for path in paths}
    stepwise = study
    for path, value in values.items():
        stepwise = with_inputs(stepwise, {path: value})
    together = with_inputs(study, values)
    assert {path: value_of(stepwise, path) for path in study.inputs} == {
        path: value_of(together, path) for path in study.inputs
    }


def test_what_is_not_touched_is_the_same_object() -> None:
    study = load("paper-0.2")
    changed = with_inputs(study, {"device.layers.PTAA.thickness": 2e-8})
    assert changed.recipe is study.recipe
    assert changed.flask is study.flask
    assert changed.run is study.run
    assert study.stack is not None
    assert changed.stack is not None
    touched = [a is not b for a, b in zip(study.stack.layers, changed.stack.layers, strict=True)]
    assert touched == [name == "PTAA" for name in (layer.name for layer in study.stack.layers)]
    other = with_inputs(study, {"film.tunnelling_decay": 6e9})
    assert other.stack is study.stack
    assert other.dots is study.dots


def test_no_density_of_states_is_integrated_for_notes_that_nobody_hears() -> None:
    study, path = load("hole-only-polymer"), "device.layers.polymer.hole_disorder"
    before = statistics.table.cache_info().misses
    with_inputs(study, {path: 1.0123 * study.inputs[path].value})
    assert statistics.table.cache_info().misses == before


def test_the_temperature_of_the_run_is_that_of_the_stack() -> None:
    changed = with_inputs(load("paper-0.2"), {"run.temperature": 320.0})
    assert changed.stack is not None
    assert changed.stack.temperature == changed.run.temperature == 320.0


def test_the_emitter_follows_its_numbers() -> None:
    study = load("device-only")
    changed = with_inputs(study, {"device.emitter.plqy": 0.5})
    assert changed.stack is not None
    assert changed.stack.emitter is not None
    assert changed.stack.emitter.nonradiative_rate == pytest.approx(changed.stack.emitter.radiative_rate)
    with pytest.raises(InputError, match="no light"):
        with_inputs(study, {"device.emitter.plqy": 0.0})


def test_refuses_what_is_no_input() -> None:
    study = load("paper-0.2")
    with pytest.raises(InputError) as caught:
        with_inputs(study, {"device.layers.PTA.thickness": 1e-8, "device.layers.PTAA.thickness": math.nan})
    unknown, infinite = caught.value.problems
    assert unknown.suggestion == "device.layers.PTAA.thickness"
    assert "not finite" in infinite.message
