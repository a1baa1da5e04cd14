"""Strong pulses against the matrix exponential of the whole chain, and their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.stats import poisson

from halodot.dots import DotsParameters
from halodot.dots.limits import chain_rates, pulsed_decay, pulsed_yield
from halodot.dots.multiexcitons import REFERENCE_EDGE_LENGTH, auger_lifetime, trion_auger_lifetime
from halodot.dots.recombination import decay, poisson_plqy
from halodot.errors import ValidityError
from halodot.states import Array, replaced

EDGE = 5.4e-9


def exact_decay(time: Array, excitons: float, traps: float, parameters: DotsParameters, most: int = 24) -> Array:
    """Return I(t) / I(0) from the matrix exponential on (trapped, 1, 2, ..., most) excitons."""
    number = np.arange(1, most + 1)
    light = np.concatenate(([0.0], number**2.0))
    start = np.concatenate(([0.0], poisson.pmf(number, excitons)))
    total = np.zeros(time.shape)
    for count in range(25):
        capture = count * parameters.trap_capture_rate
        matrix = np.zeros((most + 1, most + 1))
        matrix[0, 0] = -(parameters.detrapping_rate + parameters.trapped_loss_rate)
        matrix[0, 1], matrix[1, 0] = capture, parameters.detrapping_rate
        matrix[1, 1] = -(parameters.radiative_rate + parameters.background_rate + capture)
        for m in range(2, most + 1):
            auger = m**2 * (m - 1) / 4.0 / auger_lifetime(EDGE, parameters)
            rate = m**2 * parameters.radiative_rate + m * (parameters.background_rate + capture) + auger
            matrix[m, m], matrix[m - 1, m] = -rate, rate
        share = poisson.pmf(count, traps)
        if share > 1e-12:
            total += share * np.array([light @ expm(matrix * t) @ start for t in time])
    return np.asarray(total / (light @ start))


@settings(max_examples=12, deadline=None)
@given(
    excitons=st.floats(0.01, 4.0),
    traps=st.floats(0.0, 2.0),
    lifetime=st.floats(5e-12, 300e-12),
    back=st.one_of(st.just(0.0), st.floats(1e6, 1e9)),
)
def test_decay_solves_the_chain(
    dots_parameters: DotsParameters, excitons: float, traps: float, lifetime: float, back: float
) -> None:
    parameters = replaced(dots_parameters, biexciton_lifetime=lifetime, detrapping_rate=back)
    time = np.array([0.0, 2e-12, 50e-12, 1e-9, 20e-9])
    found = pulsed_decay(time, excitons, traps, EDGE, parameters)
    assert found == pytest.approx(exact_decay(time, excitons, traps, parameters), rel=1e-6, abs=1e-12)


def test_pulsed_decay_with_degenerate_rates(dots_parameters: DotsParameters) -> None:
    """The fast mode of the trapped exciton as fast as two excitons: t exp(-kt), where a quotient would divide by 0."""
    pair = chain_rates(np.array([2.0]), np.array([0.0]), EDGE, dots_parameters)[0, 0]
    parameters = replaced(dots_parameters, detrapping_rate=1e-3, trapped_loss_rate=float(pair))
    time = np.array([0.0, 10e-12, 1e-9])
    found = pulsed_decay(time, 1.0, 0.0, EDGE, parameters)
    assert found == pytest.approx(exact_decay(time, 1.0, 0.0, parameters), rel=1e-9)


def test_weak_pulse_is_the_decay_of_one_exciton(dots_parameters: DotsParameters) -> None:
    time = np.linspace(0.0, 60e-9, 31)
    for back in (0.0, 0.02e9):
        parameters = replaced(dots_parameters, detrapping_rate=back)
        weak = decay(time, 0.7, parameters)
        assert pulsed_decay(time, 0.0, 0.7, EDGE, parameters) == pytest.approx(weak, rel=1e-12)
        assert pulsed_decay(time, 1e-6, 0.7, EDGE, parameters) == pytest.approx(weak, abs=1e-5)
        alone = poisson_plqy(np.array([0.7]), parameters)[0]
        assert pulsed_yield(np.array([0.0, 1e-9]), 0.7, EDGE, parameters) == pytest.approx([alone, alone], rel=1e-8)


@settings(max_examples=10, deadline=None)
@given(excitons=st.floats(0.1, 5.0), traps=st.floats(0.0, 2.0), back=st.floats(0.0, 1e8))
def test_yield_is_the_light_of_the_decay(
    dots_parameters: DotsParameters, excitons: float, traps: float, back: float
) -> None:
    """int I dt, with I(0) = k_r <m^2> = k_r (N + N^2), over N; integrated in the logarithm of time."""
    parameters = replaced(dots_parameters, detrapping_rate=back)

    def scaled(log_time: float) -> float:
        t = math.exp(log_time)
        return t * float(pulsed_decay(np.array([t]), excitons, traps, EDGE, parameters)[0])

    area = quad(scaled, math.log(1e-17), math.log(3e-6), limit=400, epsabs=0.0, epsrel=1e-8)[0]
    found = float(pulsed_yield(np.array([excitons]), traps, EDGE, parameters)[0])
    assert found == pytest.approx(area * parameters.radiative_rate * (1.0 + excitons), rel=1e-5)


def test_instant_auger_leaves_one_exciton(dots_parameters: DotsParameters) -> None:
    """Of any number one is left: the yield is that of one times (1 - exp(-N)) / N."""
    parameters = replaced(dots_parameters, biexciton_lifetime=1e-20)
    pump = np.array([0.1, 1.0, 10.0])
    alone = poisson_plqy(np.array([0.5]), parameters)[0]
    found = pulsed_yield(pump, 0.5, EDGE, parameters)
    assert found == pytest.approx(alone * -np.expm1(-pump) / pump, rel=1e-6)


def test_without_auger_and_traps_every_exciton_is_a_photon(dots_parameters: DotsParameters) -> None:
    parameters = replaced(dots_parameters, biexciton_lifetime=1e6, background_rate=0.0)
    assert pulsed_yield(np.array([0.0, 0.5, 5.0]), 0.0, EDGE, parameters) == pytest.approx([1.0, 1.0, 1.0], rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(traps=st.floats(0.0, 3.0), lifetime=st.floats(1e-12, 1e-10))
def test_pulsed_yield_falls_with_the_pump(dots_parameters: DotsParameters, traps: float, lifetime: float) -> None:
    """The yield falls with the pump, the light itself rises and saturates."""
    parameters = replaced(dots_parameters, biexciton_lifetime=lifetime)
    pump = np.linspace(0.0, 12.0, 25)
    yields = pulsed_yield(pump, traps, EDGE, parameters)
    assert np.all(np.diff(yields) < 0.0)
    assert np.all(np.diff(pump * yields) > 0.0)
    assert np.all((yields > 0.0) & (yields <= 1.0))


def test_first_order_in_the_pump_is_two_excitons(dots_parameters: DotsParameters) -> None:
    """Dots with two, N / 2 of those with one: four times the light at first, then the single exciton that is left."""
    time, pump = np.array([0.0, 20e-12, 40e-12, 1e-9]), 1e-4
    single = dots_parameters.radiative_rate + dots_parameters.background_rate
    pair = 1.0 / auger_lifetime(EDGE, dots_parameters)
    pair += 4.0 * dots_parameters.radiative_rate + 2.0 * dots_parameters.background_rate
    left = pair / (pair - single) * (np.exp(-single * time) - np.exp(-pair * time))
    light = np.exp(-single * time) + 0.5 * pump * (4.0 * np.exp(-pair * time) + left)
    expected = light / (1.0 + 2.0 * pump)
    assert pulsed_decay(time, pump, 0.0, EDGE, dots_parameters) == pytest.approx(expected, abs=3e-8)


def test_auger_lifetime_grows_with_the_volume(dots_parameters: DotsParameters) -> None:
    parameters = replaced(dots_parameters, biexciton_volume_exponent=1.0)
    assert auger_lifetime(REFERENCE_EDGE_LENGTH, parameters) == parameters.biexciton_lifetime
    assert auger_lifetime(2.0 * EDGE, parameters) / auger_lifetime(EDGE, parameters) == pytest.approx(8.0, rel=1e-12)


def test_pulses_beyond_double_precision_are_refused(dots_parameters: DotsParameters) -> None:
    with pytest.raises(ValidityError, match="excitons"):
        pulsed_decay(np.array([1e-9]), -1.0, 0.5, EDGE, dots_parameters)
    slow = replaced(dots_parameters, biexciton_lifetime=1.0, background_rate=1e12)
    with pytest.raises(ValidityError, match="biexciton_lifetime"):
        pulsed_decay(np.array([1e-9]), 60.0, 0.5, EDGE, slow)


def test_an_exciton_beside_a_charge_is_lost_at_its_share_of_the_rate_of_two(dots_parameters: DotsParameters) -> None:
    quarter = replaced(dots_parameters, trion_auger_ratio=0.25)
    assert trion_auger_lifetime(EDGE, quarter) == pytest.approx(4.0 * auger_lifetime(EDGE, quarter))
    assert trion_auger_lifetime(EDGE, replaced(dots_parameters, trion_auger_ratio=0.0)) == math.inf
