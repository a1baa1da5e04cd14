"""Loss of light in air: yellowing, corrosion and heat, with temperature, humidity, surface, size and halide."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import BROMIDE, CHLORIDE, HALIDES, IODIDE

from halodot.dots import DotsParameters
from halodot.dots.phases import critical_edge_length, driving_force, stable_phase
from halodot.dots.stability import (
    air_exposure_rate,
    avrami_untransformed_fraction,
    conversion_rate,
    corrosion_rate,
    heat_rate,
    loss_rate,
    remarks,
    saturation_pressure,
)
from halodot.perovskite import perovskite_of
from halodot.states import Perovskite, replaced

BOLTZMANN = 8.617333262e-5  # eV/K
DAY = 86400.0


def crystal(iodide: float = 1.0, bromide: float = 0.0) -> Perovskite:
    """CsPbX3 with two shares, the rest chloride."""
    return perovskite_of({"I": iodide, "Br": bromide, "Cl": 1.0 - iodide - bromide}, HALIDES)


compositions = st.tuples(st.booleans(), st.floats(0.0, 1.0)).map(
    lambda pair: crystal(pair[1] if pair[0] else 0.0, 1.0 - pair[1])
)


def stored(parameters: DotsParameters, kelvin: float, humidity: float = 0.5) -> DotsParameters:
    return replaced(parameters, air_temperature=kelvin, air_humidity=humidity)


# ---------------------------------------------------------------------------------------------- what is true of any dot


@settings(max_examples=150, deadline=None)
@given(
    edge=st.floats(3e-9, 30e-9),
    kelvin=st.floats(200.0, 590.0),
    humidity=st.floats(0.0, 1.0),
    bare=st.floats(1e-3, 1.0),
    made_of=compositions,
)
def test_any_dots_fade_faster_hot_moist_and_bare(
    dots_parameters: DotsParameters, edge: float, kelvin: float, humidity: float, bare: float, made_of: Perovskite
) -> None:
    here = stored(dots_parameters, kelvin, humidity)
    rate = loss_rate(bare, edge, here, made_of)
    assert 0.0 < rate < math.inf
    kept = avrami_untransformed_fraction(np.linspace(0.0, 20.0 * DAY, 50), rate, here.air_order)
    assert kept[0] == 1.0
    assert kept[-1] >= 0.0
    assert np.all(np.diff(kept) <= 0.0)
    assert loss_rate(bare, edge, stored(here, kelvin + 5.0, humidity), made_of) > rate
    assert loss_rate(bare, edge, stored(here, kelvin, humidity + 0.1), made_of) > rate
    assert loss_rate(1.1 * bare, edge, here, made_of) > rate
    assert loss_rate(0.0, edge, here, made_of) == heat_rate(here, made_of)


@settings(max_examples=50, deadline=None)
@given(kelvin=st.floats(200.0, 600.0), humidity=st.floats(0.0, 1.0), bare=st.floats(0.01, 1.0))
def test_chloride_outlives_bromide_and_bromide_iodide(
    dots_parameters: DotsParameters, kelvin: float, humidity: float, bare: float
) -> None:
    here = stored(dots_parameters, kelvin, humidity)
    mixtures = [crystal(share, 1.0 - share) for share in np.linspace(1.0, 0.0, 12)]
    mixtures += [crystal(0.0, share) for share in np.linspace(1.0, 0.0, 12)[1:]]
    rates = [loss_rate(bare, 8e-9, here, each) for each in mixtures]
    assert all(more >= less for more, less in pairwise(rates))
    assert rates[0] > rates[11] > rates[-1]


def test_the_rate_has_no_step(dots_parameters: DotsParameters) -> None:
    """Through the transition, the edges of the data and the share of bromide at which yellowing ends."""
    kelvins = np.linspace(200.0, 620.0, 8401)
    warm = [loss_rate(0.1, 8e-9, stored(dots_parameters, kelvin), IODIDE) for kelvin in kelvins]
    assert np.abs(np.diff(np.log(warm))).max() < 0.02
    shares = np.linspace(0.0, 1.0, 2001)
    mixed = [loss_rate(0.1, 8e-9, stored(dots_parameters, 298.15), crystal(share, 1.0 - share)) for share in shares]
    assert np.abs(np.diff(np.log(mixed))).max() < 0.02


# -------------------------------------------------------------------------------------------------------- single paths


@pytest.mark.parametrize(
    ("iodide", "bromide", "added"), [(1.0, 0.0, 0.0), (0.0, 1.0, 0.1), (0.0, 0.0, 0.15), (0.5, 0.5, 0.05)]
)
def test_dry_heat_follows_its_activation(
    dots_parameters: DotsParameters, iodide: float, bromide: float, added: float
) -> None:
    """A covered dot has heat alone: d ln k / d(1/kT) is the activation energy of its halides."""
    held = replaced(
        dots_parameters, heat_activation=1.2, heat_activation_bromide=0.1, heat_activation_chloride=0.15, heat_rate=0.01
    )
    cold, hot = 380.0, 440.0
    rates = [loss_rate(0.0, 8e-9, stored(held, kelvin), crystal(iodide, bromide)) for kelvin in (cold, hot)]
    slope = math.log(rates[1] / rates[0]) / (1.0 / cold - 1.0 / hot) * BOLTZMANN
    assert slope == pytest.approx(1.2 + added, rel=1e-6)
    assert heat_rate(stored(held, 500.0), IODIDE) == pytest.approx(0.01, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(bare=st.floats(0.01, 1.0), kelvin=st.floats(250.0, 330.0), humidity=st.floats(0.0, 0.9))
def test_moist_air_follows_its_activation_power_and_exponent(
    dots_parameters: DotsParameters, bare: float, kelvin: float, humidity: float
) -> None:
    here = stored(dots_parameters, kelvin, humidity)
    rate = air_exposure_rate(bare, here)
    warmer = air_exposure_rate(bare, stored(here, kelvin + 5.0, humidity))
    slope = math.log(warmer / rate) / (1.0 / kelvin - 1.0 / (kelvin + 5.0)) * BOLTZMANN
    assert slope == pytest.approx(here.air_activation, rel=1e-6)
    moist = air_exposure_rate(bare, stored(here, kelvin, humidity + 0.1))
    assert math.log(moist / rate) == pytest.approx(0.1 * here.air_humidity_coefficient, rel=1e-9)
    assert air_exposure_rate(0.5 * bare, here) / rate == pytest.approx(0.5**here.air_coverage_exponent, rel=1e-9)


def test_rate_is_the_stated_one_in_the_stated_conditions(dots_parameters: DotsParameters) -> None:
    here = stored(dots_parameters, 298.15)
    moist = conversion_rate(0.1, math.inf, here, IODIDE) + corrosion_rate(0.1, here, IODIDE)
    assert moist == pytest.approx(here.air_rate, rel=1e-12)
    assert conversion_rate(0.0, 5e-9, here, IODIDE) == 0.0
    assert corrosion_rate(0.1, here, BROMIDE) == pytest.approx(here.air_bromide_factor * here.air_rate, rel=1e-12)
    assert corrosion_rate(0.1, here, CHLORIDE) == pytest.approx(here.air_chloride_factor * here.air_rate, rel=1e-12)


# --------------------------------------------------------------------------------------------------------- experiments


def test_films_turn_yellow_fastest_near_225_degc(dots_parameters: DotsParameters) -> None:
    """1 % of a dry film takes 2 min at 225 degC, more than 10 at 150 and 280 degC (doi:10.1039/D5TC01126D)."""

    def rate(celsius: float) -> float:
        return conversion_rate(1.0, math.inf, stored(dots_parameters, celsius + 273.15, 0.0), IODIDE)

    celsius = np.arange(100.0, 320.0, 5.0)
    assert celsius[int(np.argmax([rate(each) for each in celsius]))] == pytest.approx(225.0, abs=10.0)
    assert rate(150.0) < 0.2 * rate(225.0)
    assert rate(280.0) < 0.2 * rate(225.0)


@pytest.mark.parametrize("celsius", [40.0, 60.0, 80.0])
@pytest.mark.parametrize("humidity", [0.5, 0.8])
def test_heating_in_the_air_of_a_room_slows_yellowing(
    dots_parameters: DotsParameters, celsius: float, humidity: float
) -> None:
    """The same vapour is a lower humidity on a warm surface (Lin et al. 2021); at one humidity, heat quickens it."""
    room, kelvin = stored(dots_parameters, 298.15, humidity), celsius + 273.15
    dried = humidity * saturation_pressure(298.15) / saturation_pressure(kelvin)
    cold = conversion_rate(0.1, 1e-7, room, IODIDE)
    assert conversion_rate(0.1, 1e-7, stored(room, kelvin, dried), IODIDE) < cold
    assert conversion_rate(0.1, 1e-7, stored(room, kelvin, humidity), IODIDE) > cold


@pytest.mark.parametrize(
    ("celsius", "pascal", "within"), [(0.0, 611.0, 2e-3), (25.0, 3169.0, 4e-3), (100.0, 101325.0, 0.03)]
)
def test_vapour_of_water(celsius: float, pascal: float, within: float) -> None:
    assert saturation_pressure(celsius + 273.15) == pytest.approx(pascal, rel=within)


def test_in_air_at_500_k_iodide_goes_in_minutes_and_bromide_later(dots_parameters: DotsParameters) -> None:
    times = [1.0 / loss_rate(0.1, 8e-9, stored(dots_parameters, 500.0), each) for each in (IODIDE, BROMIDE, CHLORIDE)]
    assert 10.0 < times[0] < 600.0 < 3.0 * times[1]
    assert times[0] < times[1] < times[2]


# -------------------------------------------------------------------------------------------------------------- phases


def test_driving_force_ends_at_the_transition(dots_parameters: DotsParameters) -> None:
    enthalpy, transition = dots_parameters.transition_enthalpy, dots_parameters.transition_temperature
    assert driving_force(transition, math.inf, dots_parameters, IODIDE) == pytest.approx(0.0)
    assert driving_force(0.0, math.inf, dots_parameters, IODIDE) == pytest.approx(enthalpy)
    # 6 x 0.005 J/m2 x 1.5e-4 m3/mol / 5 nm
    held = replaced(dots_parameters, surface_energy_difference=0.005)
    dense = replaced(IODIDE, formula_mass=0.72081, density=4805.4)
    lost = driving_force(298.15, math.inf, held, dense) - driving_force(298.15, 5e-9, held, dense)
    assert lost == pytest.approx(900.0, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(kelvin=st.floats(200.0, 580.0), difference=st.floats(1e-3, 0.1))
def test_small_dots_are_black(dots_parameters: DotsParameters, kelvin: float, difference: float) -> None:
    held = replaced(dots_parameters, surface_energy_difference=difference)
    edge = critical_edge_length(kelvin, held, IODIDE)
    assert stable_phase(kelvin, 0.99 * edge, held, IODIDE) == "black"
    assert stable_phase(kelvin, 1.01 * edge, held, IODIDE) == "yellow"
    assert conversion_rate(0.1, 0.99 * edge, stored(held, kelvin), IODIDE) == 0.0
    assert critical_edge_length(kelvin + 10.0, held, IODIDE) > edge


def test_only_iodide_turns_yellow(dots_parameters: DotsParameters) -> None:
    """CsPbI2Br does in moist air, CsPbIBr2 does not; above 320 degC nothing does."""
    phases = {
        share: stable_phase(298.15, 1e-7, dots_parameters, crystal(share, 1.0 - share))
        for share in (1, 2 / 3, 1 / 3, 0)
    }
    assert list(phases.values()) == ["yellow", "yellow", "black", "black"]
    assert stable_phase(298.15, 1e-7, dots_parameters, CHLORIDE) == "black"
    assert stable_phase(610.0, 1e-7, dots_parameters, IODIDE) == "black"
    assert critical_edge_length(610.0, dots_parameters, IODIDE) == math.inf
    flat = replaced(dots_parameters, surface_energy_difference=0.0)
    assert critical_edge_length(298.15, flat, IODIDE) == 0.0


# --------------------------------------------------------------------------------------------------------------- notes


@pytest.mark.parametrize(
    ("kelvin", "humidity", "said"),
    [
        (249.0, 0.5, ["dots.air_temperature"]),
        (298.15, 0.5, []),
        (330.0, 1.0, []),
        (331.0, 0.5, ["dots.air_temperature"]),
        (400.0, 0.3, ["dots.air_temperature"]),
        (500.0, 0.5, ["dots.air_temperature", "dots.air_humidity"]),
    ],
)
def test_storage_beyond_the_data_is_said(
    dots_parameters: DotsParameters, kelvin: float, humidity: float, said: list[str]
) -> None:
    assert [note.where for note in remarks(stored(dots_parameters, kelvin, humidity), IODIDE)] == said


def test_other_halides_are_said(dots_parameters: DotsParameters) -> None:
    said = [
        [note.where for note in remarks(stored(dots_parameters, 298.15), each)] for each in (IODIDE, BROMIDE, CHLORIDE)
    ]
    assert said == [[], ["dots.air_bromide_factor"], ["dots.air_bromide_factor"]]
