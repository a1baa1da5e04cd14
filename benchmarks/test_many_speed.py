"""Many devices on two cores against the same on one, in the same run."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pytest

import halodot
from halodot import Study, simulate, simulate_many
from halodot.states import replaced

DEVICES = 32


def bare_devices() -> list[Study]:
    """Three-layer devices without light, of different emitters."""
    study = halodot.load("examples/device/4_hetero3.yaml")
    return [with_thickness(study, value) for value in np.linspace(10e-9, 60e-9, DEVICES)]


def lit_devices() -> list[Study]:
    """Whole LEDs, whose optics are computed once and given, of different electron conductors."""
    study = halodot.load("device-only")
    study = replaced(study, given={**study.given, "optics": simulate(study).optics})
    return [with_mobility(study, value) for value in np.geomspace(1e-9, 1e-7, DEVICES)]


def whole_leds() -> list[Study]:
    """Whole LEDs with their own optics, of different thickness."""
    study = halodot.load("device-only", ["run.positions=3"])
    return [with_thickness(study, value) for value in np.linspace(10e-9, 60e-9, DEVICES)]


def with_thickness(study: Study, thickness: float) -> Study:
    return _changed(study, "emitter", {"thickness": float(thickness)})


def with_mobility(study: Study, mobility: float) -> Study:
    return _changed(study, "emitter", {"electron_mobility": float(mobility)})


def _changed(study: Study, role: str, changes: dict[str, float]) -> Study:
    assert study.stack is not None
    layers = (replaced(layer, **changes) if layer.role == role else layer for layer in study.stack.layers)
    return replaced(study, stack=replaced(study.stack, layers=tuple(layers)))


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
@pytest.mark.parametrize("batch", [bare_devices, lit_devices, whole_leds])
def test_two_cores_against_one(benchmark: Any, batch: Any) -> None:
    studies = batch()
    simulate_many(studies[:2])
    shortest = {1: np.inf, 2: np.inf}
    for _ in range(5):
        for workers in shortest:
            start = time.perf_counter()
            found = simulate_many(studies, workers)
            shortest[workers] = min(shortest[workers], time.perf_counter() - start)
            assert all(result.converged for result in found)
    benchmark.pedantic(simulate_many, args=(studies, 2), rounds=1)
    ratio = shortest[1] / shortest[2]
    benchmark.extra_info["one core over two"] = ratio
    print(f"\n{DEVICES} {batch.__name__}: {shortest[1]:.2f} s on one core, {ratio:.2f} times as fast on two")
    assert ratio > 1.5
