"""How often the intervals of PL spectra hold the truth.

    pytest benchmarks/test_coverage_pl.py -s

Spectra of six line shapes with widths, steps, counts, backgrounds and windows as laboratories have them
(tests/lab/emission_truths.py); the truth is read off the noiseless line on a fine grid. Misspecified are a background
that is curved, and one that is tilted, where a constant one is chosen and where not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from lab_coverage import coverage

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "lab"))
from emission_truths import drawn

from halodot import lab
from halodot.lab import Analysis, PlSettings

#: HALODOT_SEEDS moves all seeds
FIRST = int(os.environ.get("HALODOT_SEEDS", "0"))
MEASUREMENTS = 200


def curved(rng: np.random.Generator, place: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Add the tail of scattered excitation on the blue side."""
    return expected + rng.uniform(0.05, 0.3) * expected.max() * np.exp(-(place - place[0]) / rng.uniform(0.7, 1.5))


def tilted(rng: np.random.Generator, place: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Add a background that rises to the red."""
    return expected + rng.uniform(0.05, 0.3) * expected.max() * (place - place[0]) / np.ptp(place)


def test_intervals_of_pl_lines_hold_the_truth() -> None:
    def draw(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
        data, truths = drawn(seed)
        return lambda: lab.pl(data), truths

    found = coverage("PL line", draw, range(FIRST, FIRST + MEASUREMENTS))
    assert all(0.90 <= share <= 0.99 for share in found.held.values())
    assert found.warned <= 0.05
    assert found.refused == 0.0


@pytest.mark.parametrize(("disturb", "background"), [(curved, "linear"), (tilted, "constant"), (tilted, "linear")])
def test_what_the_model_lacks_is_covered_or_warned_of(disturb, background: str) -> None:
    def draw(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
        data, truths = drawn(seed, disturb)
        return lambda: lab.pl(data, PlSettings(background=background)), truths

    found = coverage(f"{disturb.__name__}, {background} background", draw, range(FIRST + 1000, FIRST + 1060))
    assert all(share >= 0.90 for share in found.held_or_warned.values())
