"""How often 95 % intervals of work function and valence band onset hold the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from lab_coverage import coverage
from ups_spectra import cutoff_and_valence_band, spectrum

from halodot.lab import Analysis, ups

SAMPLES = 200
FIRST_SEED = 12_000


def drawn(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return the analysis of a drawn spectrum of He I and its levels."""
    generator = np.random.default_rng(seed)
    energy = np.arange(-2.0, 20.0, generator.choice([0.01, 0.02, 0.05]))
    work, onset = generator.uniform(3.5, 5.5), generator.uniform(0.6, 2.0)
    shape = cutoff_and_valence_band(energy, work, onset, generator.uniform(0.03, 0.12), generator.uniform(0.9, 1.3))
    light = 10.0 ** generator.uniform(3.0, 5.0)
    counts = generator.poisson(light * shape + generator.uniform(1.0, 20.0)).astype(float)
    truths = {"work_function": work, "valence_band_onset": onset, "ionisation_energy": work + onset}
    return lambda: ups(spectrum(energy, counts)), truths


def test_intervals_of_levels_hold_the_truth() -> None:
    found = coverage("UPS", drawn, range(FIRST_SEED, FIRST_SEED + SAMPLES))
    # 0.1 eV is the least uncertainty that a reading by straight lines is given, so that intervals may hold more often
    assert all(held >= 0.90 for held in found.held.values())
    assert found.warned <= 0.05
