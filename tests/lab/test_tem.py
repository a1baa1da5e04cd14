"""Particles of drawn micrographs come back with their number and sizes; real ones agree with hand-made outlines."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_micrographs import Drawn, Film, drawn
from recordings import recording

import halodot
from halodot import lab
from halodot.errors import DataError
from halodot.lab.method import method_named

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

pytest.importorskip("skimage")

CUBES = Film(shape="cubes", layout="lattice", size=16.0, gap=0.15, side=192)


@pytest.fixture(scope="module")
def cubes() -> Drawn:
    return drawn(CUBES, 1)


@pytest.fixture(scope="module")
def cubes_found(cubes: Drawn) -> lab.Analysis:
    return lab.tem(cubes.dataset(0.5e-9))


def test_cubes_of_a_superlattice_are_counted_and_measured_by_their_edges(cubes: Drawn, cubes_found) -> None:
    assert cubes_found.finding("particle_count").value == pytest.approx(cubes.diameter.size, rel=0.1)
    inside = cubes.edge_length[~cubes.cut] * 0.5e-9
    assert cubes_found.finding("edge_length").value == pytest.approx(inside.mean(), rel=0.07)
    assert cubes_found.finding("edge_length_spread").value == pytest.approx(inside.std(), rel=0.3)
    assert not cubes_found.warnings


def test_settings_that_were_used_give_the_same_numbers_again(cubes: Drawn, cubes_found) -> None:
    again = lab.tem(cubes.dataset(0.5e-9), lab.chosen(lab.TemSettings, lab.as_text(cubes_found.settings)))
    assert again.findings == cubes_found.findings
    assert again.settings == cubes_found.settings


def test_clicked_particles_go_and_come(cubes: Drawn, cubes_found) -> None:
    table = cubes_found.tables["particles"]
    gone = (1.0, float(table["row (pixels)"][20]), float(table["column (pixels)"][20]))
    less = lab.tem(cubes.dataset(0.5e-9), replace(cubes_found.settings, removed=gone))
    assert less.finding("particle_count").value == cubes_found.finding("particle_count").value - 1.0


def test_pixels_without_a_size_give_sizes_in_pixels(cubes: Drawn) -> None:
    rows, columns = (np.arange(size, dtype=float) for size in cubes.image.shape)
    data = recording("image", {"y_pixel": rows, "x_pixel": columns}, {"image_intensity": cubes.image})
    assert method_named("tem").roles[0].takes(data)
    found = lab.tem(data)
    assert found.finding("edge_length_pixels").value == pytest.approx(16.0, rel=0.1)
    assert not [item for item in found.findings if item.unit == "m"]
    assert any("pixel_size" in note for note in found.notes)


def test_images_of_one_sample_are_one_sample(cubes: Drawn, cubes_found) -> None:
    both = lab.tem([cubes.dataset(0.5e-9), drawn(CUBES, 2).dataset(0.5e-9)])
    count = both.finding("particles_measured").value
    assert count > 1.7 * cubes_found.finding("particles_measured").value
    # calibration and threshold are shared by the images: only the part of the counting shrinks
    assert both.finding("edge_length").uncertainty < 1.2 * cubes_found.finding("edge_length").uncertainty
    assert len(both.panels) == 3


@pytest.mark.parametrize(
    "image",
    [np.full((64, 64), 3.0), np.full((64, 64), np.nan), np.random.default_rng(0).normal(size=(20, 30))],
    ids=["constant", "no number", "tiny"],
)
def test_images_without_particles_are_refused(image: np.ndarray) -> None:
    rows, columns = (np.arange(size) * 1e-9 for size in image.shape)
    data = recording("micrograph", {"y_position": rows, "x_position": columns}, {"image_intensity": image})
    method_named("tem").roles[0].takes(data)
    with pytest.raises(DataError):
        lab.tem(data)


def test_noise_is_no_film_of_particles() -> None:
    image = np.random.default_rng(0).poisson(100.0, (200, 200)).astype(float)
    axes = {"y_position": np.arange(200) * 1e-9, "x_position": np.arange(200) * 1e-9}
    try:
        found = lab.tem(recording("micrograph", axes, {"image_intensity": image}))
    except DataError:
        return
    assert found.warnings


def test_a_dense_island_agrees_with_outlines_made_by_hand() -> None:
    """EMPS, doi:10.1021/acs.jcim.0c01455; benchmarks/test_tem_particles.py has the others."""
    found = lab.tem(halodot.read(real("tem_particles_truth/f84ce9e349.png")))
    assert found.finding("particle_count").value == pytest.approx(179, rel=0.15)
    assert found.finding("particle_diameter_pixels").value == pytest.approx(18.86, rel=0.07)
    assert not method_named("tem").roles[0].takes(halodot.read(real("tem_particles_truth/f84ce9e349__1.png")))
