"""Speed of the whole chain: warm in the process, and of the command from a cold start with cached kernels."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve

import halodot


@pytest.fixture(scope="module")
def yardstick() -> float:
    """Seconds that scipy.linalg.solve takes for a dense system of 2000 unknowns here and now."""
    generator = np.random.default_rng(1)
    matrix, right = generator.normal(size=(2000, 2000)), generator.normal(size=2000)
    solve(matrix, right)
    start = time.perf_counter()
    solve(matrix, right)
    return time.perf_counter() - start


def test_simulate_warm(benchmark: Any, yardstick: float) -> None:
    """Recipe to ageing of the paper's device: 61 voltages, 101 wavelengths, 11 positions; under a second."""
    study = halodot.load("paper-0.2")
    halodot.simulate(study)
    benchmark.pedantic(halodot.simulate, args=(study,), rounds=5)
    shortest = benchmark.stats.stats.min
    benchmark.extra_info["dense 2000 x 2000 solves"] = shortest / yardstick
    print(f"\nsimulate: {shortest:.3f} s, {shortest / yardstick:.2f} of a dense 2000 x 2000 solve")
    assert shortest < 1.0


def test_command_from_a_cold_start(benchmark: Any, yardstick: float) -> None:
    """`halodot run` on the treated device in a fresh process with cached kernels; under six seconds."""
    command = [sys.executable, "-m", "halodot", "run", "paper-0.2"]
    subprocess.run(command, check=True, capture_output=True)
    benchmark.pedantic(lambda: subprocess.run(command, check=True, capture_output=True), rounds=3)
    shortest = benchmark.stats.stats.min
    print(f"\nhalodot run: {shortest:.2f} s, {shortest / yardstick:.1f} of a dense 2000 x 2000 solve")
    assert shortest < 6.0
