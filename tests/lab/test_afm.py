"""AFM height maps: known surfaces, levelling, simulated films, real scans."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from recordings import recording

from halodot import lab, measure, read
from halodot.errors import DataError
from halodot.lab.methods._afm_map import correlation_length, radial_spectrum
from halodot.lab.simulated import measurement

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

LINES = 128
PLACE = np.linspace(0.0, 2e-6, LINES, endpoint=False)
Y, X = np.meshgrid(PLACE, PLACE, indexing="ij")
WAVE = 3e-9 * np.sin(2.0 * np.pi * 10.0 * X / 2e-6)


def scan(height: np.ndarray, name: str = "height"):
    rows, points = height.shape
    axes = {"y_position": np.arange(rows) * 15.6e-9, "x_position": np.arange(points) * 15.6e-9}
    return recording("topography", axes, {name: height})


def rough(roughness: float = 2e-9, length: float = 50e-9, seed: int = 1) -> np.ndarray:
    film = SimpleNamespace(roughness=roughness)
    return np.asarray(measure.afm(film, size=2e-6, lines=LINES, correlation_length=length, seed=seed).y)


def test_a_sine_has_the_moments_of_a_sine() -> None:
    found = lab.afm(scan(WAVE))
    assert found.finding("roughness").value == pytest.approx(3e-9 / math.sqrt(2.0), rel=0.01)
    assert found.finding("mean_roughness").value == pytest.approx(3e-9 * 2.0 / math.pi, rel=0.01)
    assert found.finding("height_skewness").value == pytest.approx(0.0, abs=0.05)
    assert found.finding("height_kurtosis").value == pytest.approx(1.5, abs=0.05)


def test_the_spectrum_holds_the_mean_square() -> None:
    pixel = (15.6e-9, 15.6e-9)
    height = rough()
    frequency, density = radial_spectrum(height, pixel)
    held = np.trapezoid(2.0 * np.pi * frequency * density, frequency)
    assert held == pytest.approx(np.mean(height**2), rel=0.15)
    waves = radial_spectrum(WAVE, pixel)
    assert waves[0][np.argmax(waves[1])] == pytest.approx(10.0 / (LINES * 15.6e-9), rel=0.1)


def test_simulated_films_give_their_roughness_and_correlation_back() -> None:
    generator = np.random.default_rng(2)
    away, lengths = [], []
    for seed in range(20):
        roughness, length = generator.uniform(0.5e-9, 5e-9), generator.uniform(40e-9, 70e-9)
        film = SimpleNamespace(roughness=roughness)
        data = measurement(measure.afm(film, size=2e-6, lines=LINES, correlation_length=length, seed=seed))
        found = lab.afm(data, lab.AfmSettings(height_calibration=0.0))
        item = found.finding("roughness")
        away.append((item.value - roughness) / item.uncertainty)
        lengths.append(found.finding("correlation_length").value / length)
        assert found.settings.lines == "none"
        assert not found.warnings
    assert np.count_nonzero(np.abs(away) < 1.96) >= 17
    assert np.mean(lengths) == pytest.approx(1.0, abs=0.03)


def test_correlation_length_is_where_a_gaussian_has_fallen_to_its_share() -> None:
    found = [correlation_length(rough(length=60e-9, seed=seed), (15.6e-9, 15.6e-9)) for seed in range(10)]
    assert np.mean(found) == pytest.approx(60e-9, rel=0.03)


def test_a_plane_and_a_bow_are_taken_off() -> None:
    height = rough()
    tilted = lab.afm(scan(height + 0.05 * X - 0.02 * Y))
    assert tilted.finding("roughness").value == pytest.approx(
        lab.afm(scan(height)).finding("roughness").value, rel=1e-6
    )
    assert tilted.finding("roughness", "as recorded").value > 5.0 * tilted.finding("roughness").value
    bowed = height + 40e-9 * ((X - 1e-6) / 1e-6) ** 2
    second = lab.afm(scan(bowed), lab.AfmSettings(levelling="second_order"))
    assert second.finding("roughness").value == pytest.approx(2e-9, rel=0.06)
    assert "second-order" in second.finding("roughness").method


def test_features_do_not_bend_the_background() -> None:
    height = rough(0.3e-9) + 20e-9 * ((X - 1e-6) / 1e-6) ** 2
    height[20:40, 20:40] += 60e-9
    found = lab.afm(scan(height), lab.AfmSettings(levelling="second_order"))
    share = 400 / LINES**2
    assert found.finding("roughness").value == pytest.approx(60e-9 * math.sqrt(share - share**2), rel=0.03)
    assert found.finding("height_skewness").value > 3.0


def test_jumps_between_lines_are_seen_and_taken_off() -> None:
    height = rough()
    jumps = 3e-9 * np.random.default_rng(5).standard_normal(LINES)[:, None]
    found = lab.afm(scan(height + jumps))
    assert found.settings.lines == "median_differences"
    assert any("offset" in note for note in found.notes)
    kept = lab.afm(scan(height + jumps), lab.AfmSettings(lines="none"))
    assert kept.finding("roughness").value == pytest.approx(math.hypot(2e-9, 3e-9), rel=0.15)
    assert found.finding("roughness").value < 0.75 * kept.finding("roughness").value


def test_a_grating_along_the_lines_is_no_jump() -> None:
    grating = 5e-9 * np.sin(2.0 * np.pi * 6.0 * Y / 2e-6)
    found = lab.afm(scan(grating + rough(0.2e-9)))
    assert found.settings.lines == "none"
    assert found.finding("roughness").value == pytest.approx(5e-9 / math.sqrt(2.0), rel=0.05)


def test_a_scan_of_few_features_is_told() -> None:
    found = lab.afm(scan(5e-9 * np.sin(2.0 * np.pi * X / 2e-6) * np.sin(2.0 * np.pi * Y / 2e-6)))
    assert any("larger" in item for item in found.warnings)


def test_choices_that_were_used_give_the_same_numbers_again() -> None:
    data = scan(rough() + 0.01 * X)
    found = lab.afm(data)
    again = lab.afm(data, lab.chosen(lab.AfmSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_real_scans_before_and_after_a_plane() -> None:
    sensor = lab.afm(read(real("afm_nanoscope/di-3.di")))
    assert sensor.finding("roughness", "as recorded").value == pytest.approx(226.4e-9, abs=0.05e-9)
    assert sensor.finding("roughness").value == pytest.approx(35.2e-9, abs=0.05e-9)
    assert any("height too" in note for note in sensor.notes)
    peak_force = lab.afm(read(real("afm_nanoscope/di-5.di")))
    assert peak_force.finding("roughness", "as recorded").value == pytest.approx(5.83e-9, abs=0.005e-9)
    assert peak_force.finding("roughness").value == pytest.approx(1.54e-9, abs=0.005e-9)


def _with(height: np.ndarray, value: float, part: float) -> np.ndarray:
    found = height.copy()
    found[np.random.default_rng(1).random(height.shape) < part] = value
    return found


ODD = {
    "empty": np.zeros((0, 0)),
    "one line": rough()[:1],
    "one point a line": rough()[:, :1],
    "flat": np.zeros((32, 32)),
    "plane": 1e-3 * X,
    "a step": np.where(X > 1e-6, 1e-8, 0.0),
    "one spike": _with(np.zeros((32, 32)), 1e-8, 0.002),
    "some missing": _with(rough(), math.nan, 0.02),
    "most missing": _with(rough(), math.nan, 0.9),
    "infinite": _with(rough(), math.inf, 0.01),
    "noise": np.random.default_rng(1).standard_normal((64, 64)),
    "oblong": rough()[:20, :],
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_maps_give_findings_or_are_refused(kind: str) -> None:
    try:
        found = lab.afm(scan(ODD[kind]))
    except DataError:
        return
    assert found.findings
    assert all(math.isfinite(item.value) and math.isfinite(item.uncertainty) for item in found.findings)


def test_only_heights_on_a_grid_are_taken() -> None:
    takes = lab.method_named("afm").roles[0].takes
    assert takes(scan(rough()))
    phase = recording("topography", {"y_position": PLACE, "x_position": PLACE}, {"phase_angle": rough()})
    assert not takes(phase)
    assert not takes(recording("image", {"y_pixel": PLACE, "x_pixel": PLACE}, {"intensity": rough()}))
