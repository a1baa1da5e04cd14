"""Particles of the open micrographs with outlines made by hand: count, mean size, and whether a failure is told."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

import halodot
from halodot import lab
from halodot.errors import DataError

FOLDER = Path(os.environ.get("HALODOT_INSTRUMENTS", Path(__file__).parents[2] / "shared" / "instruments"))
MICROGRAPHS = sorted((FOLDER / "tem_particles_truth").glob("*__1.png"))
#: an image off by more than this must say so
MOST_COUNT, MOST_SIZE = 0.25, 0.15


def by_hand(path: Path) -> tuple[int, float]:
    """Return the number of particles and the mean diameter [pixels] of those that no edge cuts."""
    labels = halodot.read(path)["image_intensity"].values.astype(int)
    area = np.bincount(labels.ravel())
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    numbers = np.flatnonzero(area)
    numbers = numbers[numbers > 0]
    inside = np.setdiff1d(numbers, edge)
    return numbers.size, float(np.mean(np.sqrt(4.0 * area[inside] / np.pi)))


@pytest.mark.skipif(
    not MICROGRAPHS, reason="the micrographs (EMPS) are not here; HALODOT_INSTRUMENTS names their folder"
)
def test_particles_are_those_outlined_by_hand() -> None:
    """EMPS, Yildirim and Cole 2021, doi:10.1021/acs.jcim.0c01455."""
    counts, sizes, silent = [], [], []
    print(f"\n{'image':12s}{'count':>7s}{'by hand':>9s}{'diameter (pixels)':>20s}{'by hand':>9s}{'s':>6s}  warnings")
    for path in MICROGRAPHS:
        name = path.name.removesuffix("__1.png")
        count, diameter = by_hand(path)
        started = time.perf_counter()
        try:
            found = lab.tem(halodot.read(path.with_name(f"{name}.png")))
        except DataError as error:
            print(f"{name:12s} refused: {error}")
            continue
        taken = time.perf_counter() - started
        number, mean = found.finding("particle_count"), found.finding("particle_diameter_pixels")
        counts.append(abs(number.value / count - 1.0))
        sizes.append(abs(mean.value / diameter - 1.0))
        if (counts[-1] > MOST_COUNT or sizes[-1] > MOST_SIZE) and not found.warnings:
            silent.append(name)
        said = "; ".join(found.warnings)[:60] or "none"
        print(
            f"{name:12s}{number.value:7.0f}{count:9d}{mean.value:13.2f} +- {mean.uncertainty:4.2f}{diameter:8.2f}"
            f"{taken:6.1f}  {said}"
        )
    print(f"median error: count {np.median(counts):.1%}, mean diameter {np.median(sizes):.1%}")
    assert np.median(counts) < 0.15
    assert np.median(sizes) < 0.07
    assert not silent
