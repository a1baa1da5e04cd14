"""Height maps, single-carrier devices and the records of a finished device."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from measure_samples import build_ageing, build_emission, build_film

from halodot.errors import InputError, ValidityError
from halodot.measure import afm, jvl, luminance_decay, sclc
from halodot.measure.space_charge import mott_gurney, ohmic_current
from halodot.measure.topography import roughness
from halodot.states import empty_array, replaced

REFERENCE = Path(__file__).parents[1] / "reference" / "device"
FILM = build_film()


def test_maps_have_the_roughness_of_the_film_on_average() -> None:
    squares = np.array([roughness(afm(FILM, lines=128, size=1e-6, seed=seed)) ** 2 for seed in range(80)])
    error = squares.std(ddof=1) / math.sqrt(squares.size)
    assert squares.mean() == pytest.approx(FILM.roughness**2, abs=4.0 * error)
    assert error < 0.03 * FILM.roughness**2


def test_maps_have_the_correlation_of_a_gaussian() -> None:
    length, size, lines = 40e-9, 1e-6, 128
    lags = np.arange(0, 13)
    found = np.zeros(lags.size)
    for seed in range(80):
        height = afm(FILM, size=size, lines=lines, correlation_length=length, seed=seed).y
        found += [float(np.mean(height * np.roll(height, lag, axis=seed % 2))) for lag in lags]
    found /= 80 * FILM.roughness**2
    distance = lags * size / lines
    # the removed mean costs the share pi l^2 / size^2 of the variance
    lost = math.pi * length**2 / size**2
    expected = (np.exp(-((distance / length) ** 2)) - lost) / (1.0 - lost)
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_heights_are_normally_distributed_about_zero() -> None:
    height = np.concatenate([afm(FILM, seed=seed).y.ravel() for seed in range(4)]) / FILM.roughness
    assert abs(float(height.mean())) < 1e-9
    assert float(np.mean(height**4)) == pytest.approx(3.0, rel=0.1)


def test_a_map_is_a_draw_and_its_seed_repeats_it() -> None:
    np.testing.assert_array_equal(afm(FILM, seed=5).y, afm(FILM, seed=5).y)
    assert not np.array_equal(afm(FILM, seed=5).y, afm(FILM, seed=6).y)
    assert np.all(afm(build_film(roughness=0.0)).y == 0.0)


def test_a_scan_that_cannot_show_the_correlation_is_refused() -> None:
    with pytest.raises(InputError, match="correlation length"):
        afm(FILM, correlation_length=1e-9)
    with pytest.raises(InputError, match="correlation length"):
        afm(FILM, correlation_length=1e-6)
    with pytest.raises(ValidityError, match="roughness"):
        afm(build_film(roughness=math.nan))


def test_current_is_mott_gurney_at_high_and_ohmic_at_low_voltage() -> None:
    high = np.array([200.0, 400.0])
    slope = np.diff(np.log(sclc(FILM, voltage=high).y))[0] / math.log(2.0)
    assert slope == pytest.approx(2.0, abs=0.01)
    expected = 1.125 * 8.8541878128e-12 * 4.0 * 1e-8 * high**2 / 100e-9**3
    np.testing.assert_allclose(sclc(FILM, voltage=high).y, expected, rtol=0.01)
    low = np.array([1e-4, 2e-4])
    assert np.diff(np.log(sclc(FILM, voltage=low).y))[0] / math.log(2.0) == pytest.approx(1.0, abs=0.001)


def test_thickness_and_mobility_scale_the_current() -> None:
    base = sclc(FILM).y
    np.testing.assert_allclose(sclc(FILM, thickness=200e-9).y, base / 8.0, rtol=1e-12)
    np.testing.assert_allclose(sclc(build_film(mobility=1e-7)).y, 10.0 * base, rtol=1e-12)


def test_the_closed_form_is_near_the_drift_diffusion_current() -> None:
    rows = list(csv.reader((REFERENCE / "1_sclc_unipolar_jv.csv").read_text(encoding="utf-8").splitlines()))[2:]
    voltage, expected = np.array([[float(cell) for cell in row[:2]] for row in rows]).T
    found = mott_gurney(voltage, 1e-8, 3.0, 200e-9) + ohmic_current(voltage, 1e-8, 3.0, 200e-9, 300.0)
    assert np.max(np.abs(found / expected - 1.0)) < 0.15
    np.testing.assert_allclose(found[voltage > 1.0], expected[voltage > 1.0], rtol=0.04)


def test_a_film_without_mobility_has_no_current() -> None:
    with pytest.raises(ValidityError, match="mobility"):
        sclc(build_film(mobility=math.nan))


def test_the_records_of_a_device_without_noise_are_its_own_numbers() -> None:
    emission, ageing = build_emission(), build_ageing()
    current, luminance = jvl(emission)
    np.testing.assert_array_equal(current.y, emission.current_density)
    np.testing.assert_array_equal(luminance.y, emission.luminance)
    record = luminance_decay(ageing)
    np.testing.assert_allclose(record.y, 209.0 * ageing.relative_luminance, rtol=1e-15)
    assert np.interp(ageing.half_life, record.x, record.y) == pytest.approx(104.5, rel=1e-12)


def test_unsolved_points_are_nan_in_the_record() -> None:
    current, luminance = jvl(build_emission(), seed=1)
    np.testing.assert_array_equal(np.isnan(current.y), [False, True, False, False])
    np.testing.assert_array_equal(np.isnan(luminance.y), [False, True, False, False])
    never = replaced(build_ageing(), time=empty_array(), relative_luminance=empty_array(), half_life=math.nan)
    assert luminance_decay(never, seed=1).y.size == 0


def test_a_lifetime_drifts_by_as_much_as_stated() -> None:
    ageing = build_ageing()
    drift = np.array([luminance_decay(ageing, noise=0.01, seed=seed).y for seed in range(40)])
    drift -= 209.0 * ageing.relative_luminance
    assert drift.std() == pytest.approx(2.09, rel=0.1)
    assert float(np.mean(drift[:, 1:] * drift[:, :-1])) / drift.var() == pytest.approx(math.exp(-0.1), abs=0.03)
