"""Half-life and decay against their own definitions."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halodot.ageing import AgeingParameters, age
from halodot.ageing.decay import current_at, half_life, time_to
from halodot.errors import InputError
from halodot.states import Array, Emission, Film, replaced
from halodot.study.library import parameters as library_parameters


@pytest.fixture(scope="module")
def ageing_parameters() -> AgeingParameters:
    """Parameters of the library."""
    found = library_parameters("ageing")[0]
    assert isinstance(found, AgeingParameters)
    return found


def make_emission(luminance: Array, current: Array) -> Emission:
    """Return an emission of which only luminance and current are known."""
    known = {"luminance": luminance, "current_density": current, "layer_names": (), "balance_error": math.nan}
    rest = {item.name: np.full(luminance.shape, np.nan) for item in fields(Emission) if item.name not in known}
    return Emission(**(rest | known))  # type: ignore[arg-type]


def make_film(coverage_bare: float) -> Film:
    """Return a film of which only the bare share is known."""
    rest = {item.name: math.nan for item in fields(Film)}
    return Film(**(rest | {"coverage_bare": coverage_bare}))  # type: ignore[arg-type]


@pytest.fixture
def device() -> Emission:
    """A device of 16 cd/A up to 5000 cd/m2, which then breaks."""
    current = np.logspace(-4, 3, 60)
    return make_emission(np.where(current < 312.5, 16.0 * current, 100.0), current)


def test_half_of_the_light_is_left_after_the_half_life(ageing_parameters: AgeingParameters, device: Emission) -> None:
    for decay in ("exponential", "stretched"):
        found = age(device, make_film(0.13), replaced(ageing_parameters, decay=decay), 209.0)
        at = np.flatnonzero(np.isclose(found.time, found.half_life, rtol=1e-12))
        assert at.size == 1
        assert found.relative_luminance[at[0]] == pytest.approx(0.5, abs=1e-12)
        assert found.relative_luminance[0] == 1.0
        assert np.all(np.diff(found.relative_luminance) < 0.0)
        assert found.luminance == 209.0
        assert found.current_density == pytest.approx(209.0 / 16.0, rel=1e-9)
        assert not found.extrapolated


def test_stated_half_life_in_the_stated_conditions(ageing_parameters: AgeingParameters) -> None:
    at_reference = replaced(ageing_parameters, temperature=298.15, humidity=0.5)
    assert half_life(12.5, 0.1, at_reference) == pytest.approx(at_reference.half_life, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(current=st.floats(0.1, 1e3), bare=st.floats(0.01, 0.9), factor=st.floats(1.1, 5.0))
def test_half_life_follows_its_powers(
    ageing_parameters: AgeingParameters, current: float, bare: float, factor: float
) -> None:
    here = half_life(current, bare, ageing_parameters)
    assert here / half_life(factor * current, bare, ageing_parameters) == pytest.approx(
        factor**ageing_parameters.current_exponent, rel=1e-9
    )
    assert half_life(current, bare / factor, ageing_parameters) / here == pytest.approx(
        factor**ageing_parameters.coverage_exponent, rel=1e-9
    )


def test_half_life_follows_arrhenius(ageing_parameters: AgeingParameters) -> None:
    """0.55 eV between 25 and 45 degC are a factor 3.84."""
    parameters = replaced(ageing_parameters, activation_energy=0.55)
    cold, hot = (half_life(12.5, 0.1, replaced(parameters, temperature=kelvin)) for kelvin in (298.15, 318.15))
    assert cold / hot == pytest.approx(math.exp(0.55 / 8.617333e-5 * (1 / 298.15 - 1 / 318.15)), rel=1e-6)


def test_half_life_is_exponential_in_humidity(ageing_parameters: AgeingParameters) -> None:
    """Equal steps of humidity are equal factors; a device that the air does not reach does not feel it."""
    lives = [half_life(12.5, 0.1, replaced(ageing_parameters, humidity=each)) for each in (0.2, 0.5, 0.8)]
    assert lives[0] / lives[1] == pytest.approx(lives[1] / lives[2], rel=1e-12)
    assert math.log(lives[0] / lives[2]) == pytest.approx(0.6 * ageing_parameters.humidity_coefficient, rel=1e-12)
    closed = replaced(ageing_parameters, humidity_coefficient=0.0)
    assert half_life(12.5, 0.1, replaced(closed, humidity=0.0)) == half_life(12.5, 0.1, replaced(closed, humidity=1.0))


@settings(max_examples=30, deadline=None)
@given(power=st.floats(1.0, 4.0), slope=st.floats(0.7, 1.3), less=st.floats(0.05, 0.9))
def test_lives_at_two_luminances_follow_current_and_light(
    ageing_parameters: AgeingParameters, power: float, slope: float, less: float
) -> None:
    """With L ~ J^s and T50 ~ J^-n, T50 ~ L^(-n / s): the usual extrapolation to a lower luminance."""
    parameters = replaced(ageing_parameters, current_exponent=power)
    current = np.logspace(-2, 3, 60)
    emission = make_emission(10.0 * current**slope, current)
    bright, faint = (age(emission, make_film(0.1), parameters, 200.0 * each) for each in (1.0, less))
    assert faint.half_life / bright.half_life == pytest.approx(less ** (-power / slope), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(exponent=st.floats(0.3, 1.0), share=st.floats(0.05, 0.99))
def test_times_to_a_share_lie_on_the_decay(exponent: float, share: float) -> None:
    at = time_to(share, 7.0, exponent)
    assert math.exp(-math.log(2.0) * (at / 7.0) ** exponent) == pytest.approx(share, rel=1e-12)
    assert time_to(0.5, 7.0, exponent) == 7.0


def test_nine_tenths_come_before_half(ageing_parameters: AgeingParameters, device: Emission) -> None:
    """ln(10/9) / ln 2 = 0.1520 half-lives for an exponential, its power 1 / 0.7 for the stretched one."""
    plain = age(device, make_film(0.1), replaced(ageing_parameters, decay="exponential"), 209.0)
    assert plain.time_to_90_percent / plain.half_life == pytest.approx(0.15200309, rel=1e-7)
    long_tailed = replaced(ageing_parameters, decay="stretched", stretching_exponent=0.7)
    stretched = age(device, make_film(0.1), long_tailed, 209.0)
    assert stretched.time_to_90_percent / stretched.half_life == pytest.approx(0.15200309 ** (1.0 / 0.7), rel=1e-7)
    at = np.interp(stretched.time_to_90_percent, stretched.time, stretched.relative_luminance)
    assert at == pytest.approx(0.9, abs=2e-3)
    assert math.isnan(age(device, None, ageing_parameters, 209.0).time_to_90_percent)


@settings(max_examples=30, deadline=None)
@given(wanted=st.floats(1.1e-2, 9e3), power=st.floats(0.5, 2.5))
def test_power_law_is_interpolated_exactly(wanted: float, power: float) -> None:
    luminance = np.logspace(-2, 4, 31)
    assert current_at(luminance, 0.03 * luminance**power, wanted) == pytest.approx(0.03 * wanted**power, rel=1e-9)


def test_only_the_rising_branch_counts(device: Emission) -> None:
    assert math.isnan(current_at(device.luminance, device.current_density, 6000.0))
    assert current_at(device.luminance, device.current_density, 100.0) == pytest.approx(100.0 / 16.0)
    above = device.luminance > 1.0
    assert math.isnan(current_at(device.luminance[above], device.current_density[above], 0.5))


def test_dark_and_missing_points_are_ignored() -> None:
    luminance = np.array([0.0, 0.0, 1.0, np.nan, 100.0, 400.0])
    current = np.array([-1e-3, 1e-3, 0.1, 1.0, 10.0, 40.0])
    assert current_at(luminance, current, 200.0) == pytest.approx(20.0)
    assert current_at(luminance, current, 100.0) == pytest.approx(10.0)


def test_unknown_half_life_is_nan(ageing_parameters: AgeingParameters, device: Emission) -> None:
    for found in (
        age(device, None, ageing_parameters, 209.0),
        age(device, make_film(math.nan), ageing_parameters, 209.0),
        age(device, make_film(0.0), ageing_parameters, 209.0),
        age(device, make_film(0.1), ageing_parameters, 1e6),
    ):
        assert math.isnan(found.half_life)
        assert found.time.size == found.relative_luminance.size == 0
    assert age(device, None, ageing_parameters, 209.0).current_density == pytest.approx(209.0 / 16.0)


def test_extrapolation_beyond_the_data_is_noted(ageing_parameters: AgeingParameters, device: Emission) -> None:
    said = [age(device, make_film(0.1), ageing_parameters, luminance).extrapolated for luminance in (100, 209, 1000)]
    assert said == [True, False, True]
    for name, values in (("temperature", (278.15, 300.0, 333.15)), ("humidity", (0.1, 0.6, 0.85))):
        said = [
            age(device, make_film(0.1), replaced(ageing_parameters, **{name: value}), 209.0).extrapolated
            for value in values
        ]
        assert said == [True, False, True], name


def test_each_condition_beyond_the_data_is_noted_where_it_is_stated(
    ageing_parameters: AgeingParameters, device: Emission
) -> None:
    far = replaced(ageing_parameters, temperature=333.15, humidity=0.9)
    notes = age(device, make_film(0.1), far, 1000.0).notes
    assert [note.where for note in notes] == ["run.lifetime.luminance", "run.temperature", "run.humidity"]
    assert {note.kind for note in notes} == {"extrapolated"}
    assert age(device, make_film(0.1), ageing_parameters, 209.0).notes == ()


def test_other_halides_are_beyond_the_data(ageing_parameters: AgeingParameters, device: Emission) -> None:
    found = [age(device, make_film(0.1), ageing_parameters, 209.0, each) for each in (None, {"I": 1.0}, {"Br": 1.0})]
    assert [each.extrapolated for each in found] == [False, False, True]
    assert [note.where for note in found[2].notes] == ["ageing.half_life"]


@settings(max_examples=40, deadline=None)
@given(kelvin=st.floats(200.0, 600.0), humidity=st.floats(0.0, 0.9))
def test_a_device_dies_sooner_hot_and_moist(
    ageing_parameters: AgeingParameters, kelvin: float, humidity: float
) -> None:
    here = half_life(12.5, 0.1, replaced(ageing_parameters, temperature=kelvin, humidity=humidity))
    assert 0.0 < here < math.inf
    assert half_life(12.5, 0.1, replaced(ageing_parameters, temperature=kelvin + 5.0, humidity=humidity)) < here
    assert half_life(12.5, 0.1, replaced(ageing_parameters, temperature=kelvin, humidity=humidity + 0.1)) < here


def test_unknown_decay_is_refused(ageing_parameters: AgeingParameters, device: Emission) -> None:
    with pytest.raises(InputError, match="decay"):
        age(device, make_film(0.1), replaced(ageing_parameters, decay="linear"), 209.0)
