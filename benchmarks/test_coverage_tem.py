"""How often the intervals of sizes from micrographs hold the mean and the spread of the synthesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from drawn_micrographs import Film, drawn
from lab_coverage import coverage

from halodot.lab import Analysis, tem

pytest.importorskip("skimage")

DRAWS = 60
PIXEL = 0.2e-9
CALIBRATION = 0.02


def film(generator: np.random.Generator, **fixed: object) -> Film:
    """Return a film of dots as a careful operator records it."""
    shape = str(generator.choice(["spheres", "cubes"]))
    layout = str(
        generator.choice(["scattered", "lattice"] if shape == "cubes" else ["scattered", "touching", "lattice"])
    )
    made: dict[str, object] = {
        "shape": shape,
        "layout": layout,
        "mode": str(generator.choice(["bright field", "dark field"], p=[0.8, 0.2])),
        "size": float(generator.uniform(14.0, 26.0)),
        "spread": float(generator.uniform(0.04, 0.06 if layout == "lattice" else 0.14)),
        "gap": float(generator.uniform(0.14, 0.25)),
        "cover": float(generator.uniform(0.12, 0.3)),
        "contrast": float(generator.uniform(0.25, 0.6)),
        "contrast_spread": float(generator.uniform(0.03, 0.15)),
        "counts": float(np.exp(generator.uniform(np.log(150.0), np.log(2000.0)))),
        "blur": float(generator.uniform(0.5, 1.2)),
        "side": 288,
    }
    return Film(**{**made, **fixed})  # type: ignore[arg-type]


def draw(seed: int, **fixed: object) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return what analyses a drawn micrograph, and the sizes of the synthesis."""
    generator = np.random.default_rng([77, seed])
    made = film(generator, **fixed)
    true_pixel = PIXEL * (1.0 + CALIBRATION * generator.standard_normal())
    data = drawn(made, seed).dataset(PIXEL)
    disc = {"spheres": 1.0, "cubes": np.sqrt(4.0 / np.pi)}[made.shape]
    truths = {
        "particle_diameter": disc * made.size * true_pixel,
        "particle_diameter_spread": disc * made.size * made.spread * true_pixel,
    }
    return lambda: tem(data), truths


def test_sizes_of_sound_micrographs() -> None:
    found = coverage("particles in micrographs", draw, range(DRAWS))
    assert found.held["particle_diameter"] > 0.9
    assert found.warned + found.refused < 0.1


def test_sizes_of_difficult_micrographs_hold_or_carry_a_warning() -> None:
    """Overlapping particles in strong noise on an uneven support."""

    def hard(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
        return draw(seed, layout="overlapping", shape="spheres", cover=0.45, counts=60.0, contrast=0.15, stains=0.04)

    found = coverage("overlapping particles in noise", hard, range(20))
    assert found.held_or_warned["particle_diameter"] >= 0.9
