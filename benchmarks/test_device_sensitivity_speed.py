"""Cost of the derivatives of a curve, against the curve itself in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import halodot
from halodot.device import solve_device

LAYERS = ("PTAA", "dots", "TmPyPB", "PO-T2T")
NUMBERS = (
    "hole_mobility",
    "electron_mobility",
    "electron_affinity",
    "relative_permittivity",
    "hole_density_of_states",
)


def shortest(call: Callable[[], Any], repeats: int = 15) -> float:
    """Return the shortest of many run times, in s."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def test_twenty_parameters_against_the_curve(benchmark: Any) -> None:
    result = halodot.simulate(halodot.load("device-only"))
    stack, device_solution = result.stack, result.device_solution
    assert stack is not None
    assert device_solution is not None
    paths = [f"device.layers.{layer}.{number}" for layer in LAYERS for number in NUMBERS]
    halodot.sensitivity(result, paths)
    benchmark(lambda: halodot.sensitivity(result, paths))
    curve = shortest(lambda: solve_device(stack, result.optics, device_solution.voltage))
    ratio = shortest(lambda: halodot.sensitivity(result, paths)) / curve
    one = shortest(lambda: halodot.sensitivity(result, paths[:1])) / curve
    benchmark.extra_info |= {"ratio_to_the_curve": ratio, "ratio_for_one": one}
    print(f"curve {1e3 * curve:.1f} ms; derivatives by 20 parameters {ratio:.2f} of it, by one {one:.2f}")
    assert ratio < 1.5
