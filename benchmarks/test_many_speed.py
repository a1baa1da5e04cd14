"""Many devices on two cores against the same on one, in the same run.

A busy machine gives two threads little more than one: a loop that shares nothing says how much at this moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numba import njit

import halodot
from halodot import Study, simulate, simulate_many
from halodot.states import replaced, with_properties

DEVICES = 32


def bare_devices() -> list[Study]:
    """Three-layer devices without light, of different emitters."""
    study = halodot.load("4_hetero3")
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
    layers = (with_properties(layer, **changes) if layer.role == role else layer for layer in study.stack.layers)
    return replaced(study, stack=replaced(study.stack, layers=tuple(layers)))


@njit(nogil=True)
def spin(count: int) -> float:
    """Keep a core busy."""
    total = 0.0
    for k in range(count):
        total += k**0.5
    return total


def spin_many(workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(spin, [20_000_000] * 8))


def duration(call: Callable[[int], Any], workers: int) -> float:
    start = time.perf_counter()
    call(workers)
    return time.perf_counter() - start


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
@pytest.mark.parametrize("batch", [bare_devices, lit_devices, whole_leds])
def test_two_cores_against_one(benchmark: Any, batch: Callable[[], list[Study]]) -> None:
    studies = batch()
    assert all(result.converged for result in simulate_many(studies, 2))
    spin(3)
    calls = (lambda workers: simulate_many(studies, workers), spin_many)
    shortest = np.full((2, 2), np.inf)
    for _ in range(5):
        for k, call in enumerate(calls):
            for workers in (1, 2):
                shortest[k, workers - 1] = min(shortest[k, workers - 1], duration(call, workers))
    benchmark.pedantic(simulate_many, args=(studies, 2), rounds=1)
    ratio, possible = shortest[:, 0] / shortest[:, 1]
    benchmark.extra_info["one core over two"] = ratio
    print(
        f"\n{DEVICES} {batch.__name__}: {shortest[0, 0]:.2f} s on one core, {ratio:.2f} times as fast on two;"
        f" a loop that shares nothing: {possible:.2f} times"
    )
    if possible < 1.9:
        pytest.skip("the machine has no second core to spare")
    assert ratio > 1.7
