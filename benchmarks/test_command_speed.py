"""Speed of `halodot run` from a cold start, with the report and `--explain`, and of the chain rule in one process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halodot
from halodot.chain.grid import on_fixed_grid
from halodot.chain.simulate import simulate
from halodot.learn.sensitivity import by_the_chain_rule, every_input, finite_differences, summary_numbers
from halodot.states import replaced


@pytest.mark.parametrize("options", [(), ("--out", "results", "--overwrite"), ("--explain",)])
def test_command_from_a_cold_start(benchmark: Any, tmp_path: Path, options: tuple[str, ...]) -> None:
    """The paper's device in a fresh process with cached kernels, beside the plain run in turn."""
    plain = [sys.executable, "-m", "halodot", "run", "paper-0.2"]

    def seconds(*more: str) -> float:
        start = time.perf_counter()
        subprocess.run([*plain, *more], check=True, capture_output=True, cwd=tmp_path)
        return time.perf_counter() - start

    seconds(*options)
    pairs = np.array(benchmark.pedantic(lambda: [(seconds(*options), seconds()) for _ in range(3)], rounds=1))
    ratio = np.median(pairs[:, 0] / pairs[:, 1])
    print(
        f"\nhalodot run {' '.join(options)}: {pairs[:, 0].min():.2f} s, {ratio:.2f} of the plain run (median of pairs)"
    )
    assert ratio < 6.0


def test_chain_rule_beside_plain_reruns(benchmark: Any) -> None:
    """All derivatives of the summary, against every input followed by itself through the whole chain."""
    whole = halodot.load("paper-0.2")
    study = on_fixed_grid(simulate(replaced(whole, run=replaced(whole.run, tolerance=1e300)))).study
    entries = every_input({"x": study})
    by_the_chain_rule(study)
    benchmark.pedantic(lambda: by_the_chain_rule(study), rounds=2)
    shortest = benchmark.stats.stats.min
    start = time.perf_counter()
    finite_differences({"x": study}, summary_numbers, inputs=entries)
    plain = time.perf_counter() - start
    print(f"\n{len(entries)} inputs by the chain rule: {shortest:.2f} s, {shortest / plain:.2f} of plain reruns")
    assert shortest < 0.5 * plain
