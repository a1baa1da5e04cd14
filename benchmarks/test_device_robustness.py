"""How many of 500 stacks drawn at random the device stage solves, and how well: over every range it is meant for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from exact_residuals import residuals
from random_stacks import disordered_stack, random_stack

from halodot.constants import ELEMENTARY_CHARGE
from halodot.device.discretisation.bordered_system import Circuit
from halodot.device.discretisation.grid import default_nodes
from halodot.device.discretisation.records import Device
from halodot.device.discretisation.tabulate import tabulate
from halodot.device.electrical_stack import electrical_stack
from halodot.device.solver.bias_sweep import Point, sweep
from halodot.states import Array, Stack

STACKS, DISORDERED, VERIFIED = 500, 100, 20
VOLTAGES = np.linspace(0.0, 8.0, 81)
#: Current density (A/m2) under which what is lost is compared with it.
LEAST_CURRENT = 1e-9


@dataclass(frozen=True)
class Solved:
    """A stack and what came of it."""

    stack: Stack
    device: Device
    points: list[Point | None]
    iterations: int
    transient: int  # points that pseudo-transient continuation found
    seconds: float


def solved(stack: Stack, voltages: Array = VOLTAGES) -> Solved:
    """Solve a stack at all voltages."""
    start = time.perf_counter()
    electrical = electrical_stack(stack)
    device = tabulate(electrical, default_nodes(len(electrical.layers)))
    names = [layer.name for layer in electrical.layers]
    found = sweep(device, Circuit(0.0, 0.0), voltages.tolist(), names)
    spent = time.perf_counter() - start
    transient = sum("pseudo-transient" in record.message for record in found.records)
    return Solved(stack, device, found.points, sum(record.iterations for record in found.records), transient, spent)


def lost_share(one: Solved) -> float:
    """Return by how much the total current differs along a stack at worst, over the current or the least that counts.

    The current is summed up here from the flows of both carriers along every edge, the interfaces with centres left
    out, since there a part of it goes through the centres; what comes out behind them must be what went in before.
    """
    worst = 0.0
    plain = one.device.edges["trap_density"][:-1] == 0.0
    for point in one.points:
        if point is not None:
            current = ELEMENTARY_CHARGE * (point.state[:-1, 3] - point.state[:-1, 4])[plain]
            worst = max(worst, float(np.ptp(current)) / max(abs(float(current[0])), LEAST_CURRENT))
    return worst


def largest_residual(one: Solved, k: int) -> float:
    """Return the largest residual of all equations at point k in fifty digits, each over its largest term."""
    point, nodes = one.points[k], one.device.nodes
    assert point is not None
    return max(float(value) for _, _, value in residuals(one.stack, point, nodes["position"], nodes["layer"]))


def test_random_stacks(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    solved(random_stack(0))
    runs = benchmark.pedantic(lambda: [solved(random_stack(k)) for k in range(STACKS)], rounds=1)
    points = [point for one in runs for point in one.points]
    share = sum(point is not None for point in points) / len(points)
    lost = max(lost_share(one) for one in runs)
    times = np.array([one.seconds for one in runs])
    numbers = {
        "share of converged points": share,
        "stacks with all points": sum(all(point is not None for point in one.points) for one in runs),
        "points by pseudo-transient continuation": sum(one.transient for one in runs),
        "iterations per point": sum(one.iterations for one in runs) / len(points),
        "largest loss of current": lost,
        "median time in s": float(np.median(times)),
        "longest time in s": float(times.max()),
    }
    # A point of each of the first stacks, from low to high voltage.
    places = np.linspace(1, VOLTAGES.size - 1, VERIFIED).astype(int)
    numbers["largest residual in 50 digits"] = max(
        largest_residual(one, int(k)) for one, k in zip(runs[:VERIFIED], places, strict=True)
    )
    benchmark.extra_info.update(numbers)
    with capsys.disabled():
        print("\n" + "\n".join(f"  {name}: {value:.6g}" for name, value in numbers.items()))
    assert share >= 0.999
    assert lost < 1e-8
    assert numbers["largest residual in 50 digits"] < 1e-8


def test_random_stacks_with_the_law_of_disorder(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The same with Gaussian states in every layer, whose mobilities follow their filling."""
    solved(disordered_stack(0))
    runs = benchmark.pedantic(lambda: [solved(disordered_stack(k)) for k in range(DISORDERED)], rounds=1)
    points = [point for one in runs for point in one.points]
    numbers = {
        "share of converged points": sum(point is not None for point in points) / len(points),
        "iterations per point": sum(one.iterations for one in runs) / len(points),
        "largest loss of current": max(lost_share(one) for one in runs),
    }
    benchmark.extra_info.update(numbers)
    with capsys.disabled():
        print("\n" + "\n".join(f"  {name}: {value:.6g}" for name, value in numbers.items()))
    assert numbers["share of converged points"] >= 0.999
    assert numbers["largest loss of current"] < 1e-9
