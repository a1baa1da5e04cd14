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
from halodot.errors import ValidityError
from halodot.results.contract import document
from halodot.states import replaced
from halodot.study import with_inputs


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


def test_five_hundred_random_recipes_to_the_light(benchmark: Any) -> None:
    """Recipes drawn around the paper's, to the light on coarse grids: charges and photons add up in every one."""
    study = halodot.load("paper-0.2")
    run = replaced(
        study.run, voltages=np.linspace(0.0, 5.0, 11), wavelength=np.linspace(540e-9, 790e-9, 26), positions=3
    )
    study, draw = replaced(study, run=run), np.random.default_rng(11)
    varied = {"recipe.stocks.ligand[0].amount": (0.1, 3.0), "recipe.pot[5].volume": (0.7, 2.0)}
    varied |= {"recipe.pot[7].volume": (0.3, 1.5), "recipe.pot[8].duration": (0.2, 6.0)}

    def draws() -> list[halodot.Result]:
        results = []
        for _ in range(500):
            values = {path: study.inputs[path].value * draw.uniform(*limits) for path, limits in varied.items()}
            try:
                results.append(halodot.simulate(with_inputs(study, values)))
            except ValidityError:  # dots so small that they emit outside the grid of the optics
                continue
        return results

    results = benchmark.pedantic(draws, rounds=1)
    checks = [document(result)["diagnostics"] for result in results if result.emission is not None]
    worst = {key: max(c[key] or 0.0 for c in checks) for key in ("charge_balance_error", "photon_balance_error")}
    print(f"\n{len(checks)} of 500 random recipes give light; worst balances {worst}")
    assert 0 < len(checks) < 500
    assert max(worst.values()) < 1e-9
