"""The ligand shell in the infrared and on the balance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from measure_samples import build_dots

from halodot.errors import ValidityError
from halodot.measure import ftir, tga
from halodot.measure.infrared import BANDS, has_band
from halodot.measure.thermogravimetry import END, conversion

CM = 100.0


def height(spectrum, wavenumber: float) -> float:
    """Absorbance at a wavenumber in 1/cm."""
    return float(np.interp(wavenumber * CM, spectrum.x, spectrum.y))


def test_all_bands_of_a_mixed_shell_are_there_and_no_others() -> None:
    spectrum = ftir(build_dots())
    assert all(has_band(spectrum, band.wavenumber) for band in BANDS)
    assert not any(has_band(spectrum, place * CM) for place in (1000.0, 1200.0, 1740.0, 2000.0, 2500.0))


def test_a_full_native_shell_has_unit_absorbance_and_a_bare_one_none() -> None:
    full = ftir(build_dots(coverage_native=1.0, coverage_short=0.0, coverage_bare=0.0))
    assert height(full, 2922.0) == pytest.approx(1.0, rel=1e-6)
    bare = ftir(build_dots(coverage_native=0.0, coverage_short=0.0, coverage_bare=1.0))
    assert np.all(bare.y == 0.0)
    assert not any(has_band(bare, band.wavenumber) for band in BANDS)


def test_absorbance_is_linear_in_the_coverages() -> None:
    one = ftir(build_dots(coverage_native=0.6, coverage_short=0.0)).y
    two = ftir(build_dots(coverage_native=0.0, coverage_short=0.3)).y
    both = ftir(build_dots(coverage_native=0.6, coverage_short=0.3)).y
    np.testing.assert_allclose(both, one + two, rtol=1e-12, atol=1e-15)


def test_exchange_trades_alkyl_for_head_groups() -> None:
    native = ftir(build_dots(coverage_native=0.9, coverage_short=0.0))
    exchanged = ftir(build_dots(coverage_native=0.3, coverage_short=0.6))
    for place in (907.0, 1571.0, 1639.0):
        assert height(exchanged, place) > height(native, place)
    for place in (2853.0, 2922.0, 3005.0):
        assert height(exchanged, place) < height(native, place)


def test_a_band_counts_from_three_times_the_noise() -> None:
    trace = build_dots(coverage_native=0.1, coverage_short=0.0)
    clean = ftir(trace)
    weakest = height(clean, 907.0)
    assert has_band(ftir(trace, noise=weakest / 3.5), 907.0 * CM)
    assert not has_band(ftir(trace, noise=weakest / 2.5), 907.0 * CM)


def test_an_unknown_shell_is_refused() -> None:
    with pytest.raises(ValidityError, match="coverage_native"):
        ftir(build_dots(coverage_native=math.nan))


@given(loss=some.floats(min_value=0.0, max_value=0.9), rate=some.floats(min_value=0.02, max_value=1.0))
@settings(max_examples=20, deadline=None)
def test_thermogravimetry_ends_at_the_weight_loss(loss: float, rate: float) -> None:
    record = tga(build_dots(weight_loss=loss), heating_rate=rate)
    assert record.y[0] == pytest.approx(1.0, abs=1e-6)
    assert np.interp(END, record.x, record.y) == pytest.approx(1.0 - loss, abs=1e-12)
    assert np.all(np.diff(record.y) <= 1e-15)


def test_conversion_solves_its_rate_equation() -> None:
    fastest, energy, rate = 583.15, 90e3, 20.0 / 60.0
    temperature = np.linspace(400.0, 750.0, 3501)
    converted = conversion(temperature, rate, fastest, energy)
    slope = np.gradient(converted, temperature)
    factor = energy / 8.314462618 * (10.0 / 60.0) / fastest**2 * math.exp(energy / 8.314462618 / fastest)
    expected = factor / rate * np.exp(-energy / 8.314462618 / temperature) * (1.0 - converted)
    np.testing.assert_allclose(slope[5:-5], expected[5:-5], rtol=1e-4, atol=1e-7)


def test_the_fastest_loss_follows_kissingers_equation() -> None:
    energy, fastest = 90e3, 583.15
    places = []
    for rate in (2.0, 10.0, 40.0):
        temperature = np.linspace(450.0, 700.0, 25001)
        lost = conversion(temperature, rate / 60.0, fastest, energy)
        places.append(float(temperature[np.argmax(np.gradient(lost, temperature))]))
    assert places[1] == pytest.approx(fastest, abs=0.1)
    line = np.polyfit(1.0 / np.array(places), np.log(np.array([2.0, 10.0, 40.0]) / np.array(places) ** 2), 1)
    assert -line[0] * 8.314462618 == pytest.approx(energy, rel=2e-3)


def test_native_ligands_leave_between_200_and_420_degrees() -> None:
    record = tga(build_dots(coverage_short=0.0))
    gone = (1.0 - record.y) / 0.32
    assert np.interp(200.0 + 273.15, record.x, gone) < 0.05
    assert np.interp(420.0 + 273.15, record.x, gone) > 0.95


def test_a_balance_needs_a_weight_loss() -> None:
    with pytest.raises(ValidityError, match="weight_loss"):
        tga(build_dots(weight_loss=math.nan))
