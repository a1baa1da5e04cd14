"""PL quantum yields: two and three measurements, repeats, self-absorption, a published set."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

import halodot
from halodot import lab
from halodot.errors import DataError

WAVELENGTH = np.linspace(340.0, 760.0, 421) * 1e-9
LINE = np.exp(-0.5 * ((WAVELENGTH - 365e-9) / 2e-9) ** 2)
LINE /= LINE.sum()
BAND = np.exp(-0.5 * ((WAVELENGTH - 520e-9) / 12e-9) ** 2)
BAND /= BAND.sum()
#: share of the excitation that sphere light brings to a sample out of the beam
INDIRECT = 0.12


def sphere(counts: np.ndarray, seed: int | None = None):
    """Return a spectrum of the sphere with the noise of counted photons."""
    drawn = counts if seed is None else np.random.default_rng(seed).poisson(counts).astype(float)
    return recording("photoluminescence", {"wavelength": WAVELENGTH}, {"counts": drawn})


def two(plqy: float, absorbed: float, light: float = 1e7, seed: int | None = None):
    """Return sample and blank of two measurements."""
    sample = light * ((1.0 - absorbed) * LINE + absorbed * plqy * BAND)
    return sphere(sample, seed), sphere(light * LINE, None if seed is None else seed + 10_000)


def three(plqy: float, absorbed: float, light: float = 1e7):
    """Return blank, sample in and out of the beam, as light in a sphere that the sample absorbs a share of again."""
    left = light * (1.0 - INDIRECT)
    outside = left * LINE + light * INDIRECT * plqy * BAND
    passed = 1.0 - absorbed
    inside = passed * left * LINE + light * (absorbed + passed * INDIRECT) * plqy * BAND
    return sphere(light * LINE), sphere(inside), sphere(outside)


def test_two_measurements_give_the_yield() -> None:
    found = lab.plqy(*two(0.6, 0.2))
    assert found.finding("plqy").value == pytest.approx(0.6, abs=2e-3)
    assert found.finding("absorbed_share").value == pytest.approx(0.2, abs=1e-3)


def test_three_measurements_give_the_yield_whatever_the_sphere_light_excites() -> None:
    blank, inside, outside = three(0.6, 0.3)
    found = lab.plqy(inside, blank, out_of_beam=[outside])
    assert found.finding("plqy").value == pytest.approx(0.6, abs=2e-3)
    assert found.finding("absorbed_share").value == pytest.approx(0.3, abs=1e-3)


def test_intervals_hold_the_yield() -> None:
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        truth = rng.uniform(0.05, 0.95)
        low, high = (
            lab.plqy(*two(truth, rng.uniform(0.05, 0.6), 10.0 ** rng.uniform(4.5, 7.0), seed)).findings[0].interval_95
        )
        held += low <= truth <= high
    assert 35 <= held <= 40


def test_too_little_absorption_is_refused() -> None:
    with pytest.raises(DataError, match="biased"):
        lab.plqy(*two(0.6, 0.002, 1e5, seed=1))
    sample, blank = two(0.6, 0.2)
    with pytest.raises(DataError, match="exchanged"):
        lab.plqy(blank, sample)


def test_self_absorption_is_corrected_as_by_ahn() -> None:
    observed = lab.plqy(*two(0.5, 0.3)).finding("plqy").value
    found = lab.plqy(*two(0.5, 0.3), lab.PlqySettings(self_absorbed=0.2))
    assert found.finding("plqy").value == pytest.approx(observed / (0.8 + 0.2 * observed), rel=1e-3)
    assert found.finding("plqy_observed").value == pytest.approx(observed, rel=1e-6)


def test_share_that_is_absorbed_again_follows_from_the_red_side() -> None:
    sample, blank = two(0.5, 0.3)
    kept = np.where(WAVELENGTH < 520e-9, 0.6, 1.0)
    thick = sphere(sample["counts"].values * np.where(WAVELENGTH > 400e-9, kept, 1.0))
    found = lab.plqy(thick, blank, dilute=sphere(1e6 * BAND))
    share = 1.0 - float(np.sum(kept * BAND))
    assert found.settings.self_absorbed == pytest.approx(share, abs=0.01)


def test_repeats_give_their_spread() -> None:
    pairs = [two(0.6 + shift, 0.3, 1e6, seed) for seed, shift in enumerate((-0.03, 0.0, 0.03))]
    found = lab.plqy([sample for sample, _ in pairs], [blank for _, blank in pairs]).finding("plqy")
    assert found.value == pytest.approx(0.6, abs=0.01)
    assert found.uncertainty == pytest.approx(0.03 / 3**0.5, rel=0.3)


def test_settings_that_were_used_give_the_same_yield_again() -> None:
    data = two(0.6, 0.2, 1e5, seed=3)
    found = lab.plqy(*data)
    again = lab.plqy(*data, lab.chosen(lab.PlqySettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_published_yields_are_met() -> None:
    def read(name: str):
        return halodot.read(real(f"plqy_de_mello/{name}.txt"), columns="wavelength (nm), intensity")

    found = lab.plqy(
        [read("1__C1"), read("1__C2")],
        read("1__A1"),
        out_of_beam=[read("1__B1"), read("1__B2")],
        calibration=read("CF__CF"),
    )
    assert found.finding("plqy").value == pytest.approx(0.93412, abs=1e-3)  # QY.txt of the authors
    assert found.finding("absorbed_share").value == pytest.approx(0.64594, abs=1e-4)
    assert 0.008 < found.finding("plqy").uncertainty < 0.02  # six repeats of the authors scatter by 0.013


@pytest.mark.parametrize("broken", ["nothing", "one point", "nan", "constant", "emission alone"])
def test_odd_spectra_are_refused(broken: str) -> None:
    sample, blank = two(0.6, 0.2)
    made = {
        "nothing": blank.isel(wavelength=slice(0, 0)),
        "one point": blank.isel(wavelength=slice(0, 1)),
        "nan": blank * np.nan,
        "constant": blank * 0.0 + 5.0,
        "emission alone": blank.sel(wavelength=slice(500e-9, None)),
    }[broken]
    made.attrs = blank.attrs
    if "counts" in made:
        made["counts"].attrs = blank["counts"].attrs
    with pytest.raises(DataError):
        lab.plqy(sample, made)
