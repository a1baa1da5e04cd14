"""Optical records without noise say what the state says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from measure_samples import build_dots, build_flask

from halodot.errors import InputError, ValidityError
from halodot.measure import pl, plqy, tem_histogram, uv_vis
from halodot.states import Dataset

DOTS = build_dots()
LASER_WIDTH = 2e-9  # m, standard deviation of the laser line on the spectrometer


def sphere_yield(reference: Dataset, sample: Dataset) -> float:
    """Return the quantum yield [1] that two spectra of an integrating sphere amount to, without and with the sample."""
    laser = np.abs(reference.x - float(reference.meta["excitation"])) < 8.0 * LASER_WIDTH
    taken = float(np.sum(reference.y[laser]) - np.sum(sample.y[laser]))
    given = float(np.sum(sample.y[~laser]) - np.sum(reference.y[~laser]))
    return given / taken


def test_spectra_without_noise_are_those_of_the_dots() -> None:
    np.testing.assert_allclose(uv_vis(DOTS, absorbance_at_400_nm=0.8).y, 0.8 * DOTS.absorbance, rtol=1e-15)
    np.testing.assert_allclose(pl(DOTS, peak_counts=500.0, dark_counts=2.0).y, 500.0 * DOTS.pl + 2.0, rtol=1e-14)


def test_a_dense_sample_is_noisy() -> None:
    spectrum = uv_vis(DOTS, absorbance_at_400_nm=3.0, noise=1e-3)
    # at A = 3 the light is as dim as the noise: sd(A) = 1e-3 sqrt(1 + 1e6) / ln 10
    assert spectrum.sd[0] == pytest.approx(1.0 / math.log(10.0), rel=1e-6)


@pytest.mark.parametrize("absorbed", [0.02, 0.3, 0.9])
def test_the_sphere_without_noise_gives_the_quantum_yield(absorbed: float) -> None:
    assert sphere_yield(*plqy(DOTS, absorbed=absorbed)) == pytest.approx(DOTS.plqy, rel=1e-12)
    for wash, expected in enumerate(DOTS.plqy_by_wash):
        assert sphere_yield(*plqy(DOTS, absorbed=absorbed, wash=wash)) == pytest.approx(expected, rel=1e-12)


def test_the_sphere_conserves_photons() -> None:
    reference, sample = plqy(DOTS, absorbed=0.3, laser_counts=1e6)
    assert reference.y.sum() == pytest.approx(1e6, rel=1e-12)
    assert sample.y.sum() == pytest.approx(1e6 * (0.7 + 0.3 * DOTS.plqy), rel=1e-12)


def test_the_yields_of_many_noisy_spheres_scatter_around_the_true_one() -> None:
    found = [sphere_yield(*plqy(DOTS, absorbed=0.2, laser_counts=1e6, seed=seed)) for seed in range(60)]
    # the error of the absorbed photons, sqrt(2 x 1e6 - 2e5) of 2e5, outweighs that of the emitted ones
    spread = DOTS.plqy * math.sqrt(1.8e6) / 2e5
    assert np.std(found) == pytest.approx(spread, rel=0.35)
    assert np.mean(found) == pytest.approx(DOTS.plqy, abs=4.0 * spread / math.sqrt(60.0))


def test_a_sphere_refuses_what_cannot_be() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        plqy(DOTS, absorbed=1.0)
    with pytest.raises(InputError, match="the last has 2"):
        plqy(DOTS, wash=3)


def test_a_histogram_holds_every_dot_and_their_moments() -> None:
    expected = tem_histogram(DOTS, count=500, bin_width=0.05e-9)
    mean = float(np.average(expected.x, weights=expected.y))
    assert expected.y.sum() == pytest.approx(500.0, rel=1e-12)
    assert mean == pytest.approx(DOTS.edge_length, rel=1e-6)
    assert np.average((expected.x - mean) ** 2, weights=expected.y) == pytest.approx(0.8e-9**2, rel=1e-3)
    drawn = tem_histogram(DOTS, count=500, seed=1)
    assert drawn.y.sum() == 500.0
    assert drawn.meta["mean"] == pytest.approx(DOTS.edge_length, abs=4.0 * 0.8e-9 / math.sqrt(500.0))
    assert drawn.meta["sd"] == pytest.approx(0.8e-9, rel=4.0 / math.sqrt(1000.0))


def test_no_drawn_dot_has_a_negative_edge() -> None:
    broad = build_flask(1e-9, 2e-9)
    drawn = tem_histogram(broad, count=2000, seed=4)
    assert drawn.y.sum() == 2000.0
    assert np.all(drawn.x > 0.0)
    expected = tem_histogram(broad, count=2000)
    assert float(np.sum((drawn.y - expected.y) ** 2 / np.maximum(expected.y, 1.0))) < 2.0 * expected.y.size
    with pytest.raises(ValidityError, match="positive edge length"):
        tem_histogram(build_flask(5e-9, 0.0))
