"""How far the currents of random stacks are from four times the nodes, and what the estimate of it costs."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from random_stacks import random_stack
from test_device_speed import led, shortest

from halodot.device import solve_device

STACKS, TOLERANCE = 200, 0.005
VOLTAGE = np.linspace(0.0, 8.0, 17)
#: Current density in A/m2 under which an error counts in A/m2.
LEAST = 1e-12


def test_random_stacks_are_within_the_tolerance_or_say_so(benchmark: Any) -> None:
    """At most 1 % are off by more than twice the tolerance without a note."""
    silent, noted, before, times = [], 0, [], np.zeros(2)
    for index in range(STACKS):
        stack = random_stack(index)
        start = time.perf_counter()
        single = solve_device(stack, None, VOLTAGE, tolerance=math.inf)
        middle = time.perf_counter()
        found = solve_device(stack, None, VOLTAGE, tolerance=TOLERANCE)
        times += (middle - start, time.perf_counter() - middle)
        finer = solve_device(stack, None, VOLTAGE, 4 * found.nodes_per_layer, math.inf)
        scale = np.maximum(np.abs(finer.current_density), LEAST)
        error, alone = (np.nanmax(np.abs(x.current_density - finer.current_density) / scale) for x in (found, single))
        said = any(note.kind == "accuracy" for note in found.notes)
        noted, before = noted + said, [*before, alone]
        if error > 2.0 * TOLERANCE and not said:
            silent.append((index, float(error)))
    off = np.mean(np.array(before) > 2.0 * TOLERANCE)
    print(f"\n{STACKS} stacks: {len(silent)} off by more than 1 % without a word {silent}, {noted} with a note;")
    print(f"{off:.0%} would be on the grid to start from; refined curves take {times[1] / times[0]:.1f} times as long")
    benchmark.extra_info |= {"silent": len(silent), "noted": noted, "time ratio": times[1] / times[0]}
    benchmark(lambda: None)
    assert len(silent) <= STACKS // 100


def test_estimate_costs_half_a_curve(benchmark: Any) -> None:
    """On the five-layer LED, whose grid to start from is fine enough."""
    stack, voltage = led(), np.linspace(0.0, 6.0, 61)
    alone = shortest(lambda: solve_device(stack, None, voltage, tolerance=math.inf), 10)
    judged = benchmark(lambda: solve_device(stack, None, voltage))
    assert judged.nodes_per_layer == 52
    ratio = shortest(lambda: solve_device(stack, None, voltage), 10) / alone
    print(f"\nthe curve with its estimate takes {ratio:.2f} times as long as the curve")
    benchmark.extra_info["with the estimate"] = ratio
    assert ratio < 1.6
