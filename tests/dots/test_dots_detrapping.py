"""Excitons that come back from their traps, against the matrix exponential of the rate equations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.stats import poisson

from halodot.dots import DotsParameters
from halodot.dots.recombination import (
    average_lifetime,
    average_lifetimes,
    decay,
    exciton_modes,
    loss_per_trap,
    poisson_plqy,
    returned_share,
    trap_rates,
)
from halodot.states import Array, replaced

rate_range = st.floats(1e6, 1e9)


def rate_matrix(count: int, parameters: DotsParameters) -> Array:
    """Return M of d(X, T)/dt = M (X, T) for a dot with ``count`` traps."""
    capture = count * parameters.trap_capture_rate
    leave = parameters.radiative_rate + parameters.background_rate + capture
    empty = parameters.detrapping_rate + parameters.trapped_loss_rate
    return np.array([[-leave, parameters.detrapping_rate], [capture, -empty]])


@settings(max_examples=25, deadline=None)
@given(traps=st.floats(0.0, 6.0), capture=rate_range, back=st.one_of(st.just(0.0), rate_range), lost=rate_range)
def test_decay_solves_the_rate_equations(
    dots_parameters: DotsParameters, traps: float, capture: float, back: float, lost: float
) -> None:
    parameters = replaced(dots_parameters, trap_capture_rate=capture, detrapping_rate=back, trapped_loss_rate=lost)
    time = np.array([0.0, 0.5e-9, 5e-9, 40e-9])
    exact = np.zeros(4)
    for count in range(40):
        matrix = rate_matrix(count, parameters)
        exact += poisson.pmf(count, traps) * np.array([expm(matrix * t)[0, 0] for t in time])
    assert decay(time, traps, parameters) == pytest.approx(exact, rel=1e-8, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(traps=st.floats(0.0, 6.0), capture=rate_range, back=st.one_of(st.just(0.0), rate_range), lost=rate_range)
def test_yield_and_lifetimes_are_moments_of_the_rate_equations(
    dots_parameters: DotsParameters, traps: float, capture: float, back: float, lost: float
) -> None:
    """int X dt and int t X dt are elements of the inverse of the rate matrix and of its square."""
    parameters = replaced(dots_parameters, trap_capture_rate=capture, detrapping_rate=back, trapped_loss_rate=lost)
    area, moment = 0.0, 0.0
    for count in range(60):
        inverse = np.linalg.inv(-rate_matrix(count, parameters))
        area += poisson.pmf(count, traps) * inverse[0, 0]
        moment += poisson.pmf(count, traps) * (inverse @ inverse)[0, 0]
    assert poisson_plqy(np.array([traps]), parameters)[0] == pytest.approx(parameters.radiative_rate * area, rel=1e-9)
    amplitude, intensity = average_lifetimes(traps, parameters)
    assert amplitude == pytest.approx(area, rel=1e-9)
    assert intensity == pytest.approx(moment / area, rel=1e-9)


def test_exciton_modes_with_degenerate_rates(dots_parameters: DotsParameters) -> None:
    """Where both rates are equal and nothing comes back there is one exponential."""
    own = dots_parameters.radiative_rate + dots_parameters.background_rate
    parameters = replaced(dots_parameters, detrapping_rate=0.0, trapped_loss_rate=own)
    rate, amplitude = exciton_modes(np.array([0.0]), parameters)
    assert amplitude.sum() == 1.0
    assert float((rate * amplitude).sum()) == pytest.approx(own, rel=1e-12)


def test_deep_traps_do_not_return_excitons(dots_parameters: DotsParameters) -> None:
    """At no detrapping the loss of trapped excitons is of no effect, be it zero."""
    time = np.linspace(0.0, 50e-9, 11)
    for lost in (0.0, 1e6, 1e10):
        parameters = replaced(dots_parameters, detrapping_rate=0.0, trapped_loss_rate=lost)
        capture = parameters.trap_capture_rate
        own = parameters.radiative_rate + parameters.background_rate
        closed = np.exp(-own * time + 0.9 * np.expm1(-capture * time))
        assert decay(time, 0.9, parameters) == pytest.approx(closed, rel=1e-9)
        assert returned_share(parameters) == 0.0
        assert loss_per_trap(parameters) == capture


def test_traps_that_return_every_exciton_delay_the_light_only(dots_parameters: DotsParameters) -> None:
    parameters = replaced(dots_parameters, background_rate=0.0, detrapping_rate=0.05e9, trapped_loss_rate=0.0)
    assert poisson_plqy(np.array([2.0]), parameters)[0] == pytest.approx(1.0, rel=1e-12)
    assert trap_rates(np.array([2.0]), parameters)[0] == 0.0
    amplitude, intensity = average_lifetimes(2.0, parameters)
    assert amplitude == pytest.approx(1.0 / parameters.radiative_rate, rel=1e-12)
    # one trap holds an exciton for 1 / k_d, and k_t / k_r times in its life
    waiting = 2.0 * parameters.trap_capture_rate / parameters.radiative_rate / parameters.detrapping_rate
    assert intensity == pytest.approx(1.0 / parameters.radiative_rate + waiting, rel=1e-12)


def test_plqy_rises_with_detrapping(dots_parameters: DotsParameters) -> None:
    yields = [
        float(poisson_plqy(np.array([0.8]), replaced(dots_parameters, detrapping_rate=rate))[0])
        for rate in (0.0, 1e6, 1e7, 1e8, 1e9)
    ]
    assert np.all(np.diff(yields) > 0.0)


def test_passivation_raises_plqy_and_shortens_the_delayed_decay(dots_parameters: DotsParameters) -> None:
    """Dodecanethiol on CsPbBr3: 76.1 to 99.8 % quantum yield, 3.16 to 2.42 ns (Park 2019, doi:10.1039/c9na00292h).

    Shallow traps give excitons back late. The passivated dots give the radiative rate; capture and return are chosen,
    number and loss of the traps solve for the other two numbers; the curve itself is integrated here.
    """
    radiative = 0.998 / 2.42e-9
    parameters = replaced(
        dots_parameters,
        radiative_rate=radiative,
        background_rate=radiative * (1.0 / 0.998 - 1.0),
        trap_capture_rate=0.5e9,
        detrapping_rate=0.3e9,
        trapped_loss_rate=0.11577e9,
        lifetime_average="intensity",
    )
    with_traps, without = 1.1727, 0.0
    assert poisson_plqy(np.array([without]), parameters)[0] == pytest.approx(0.998, abs=1e-9)
    assert average_lifetime(without, parameters) == pytest.approx(2.42e-9, rel=1e-9)
    assert poisson_plqy(np.array([with_traps]), parameters)[0] == pytest.approx(0.761, abs=1e-3)
    assert average_lifetime(with_traps, parameters) == pytest.approx(3.16e-9, rel=2e-3)

    def curve(t: float) -> float:
        return float(decay(np.array([t * 1e-9]), with_traps, parameters)[0])

    area = quad(curve, 0.0, 100.0, limit=400)[0]
    moment = quad(lambda t: t * curve(t), 0.0, 100.0, limit=400)[0]
    assert average_lifetime(with_traps, parameters) == pytest.approx(1e-9 * moment / area, rel=1e-6)
    # the amplitude average cannot do that: it is the quantum yield over the radiative rate
    kept = replaced(parameters, lifetime_average="amplitude")
    assert average_lifetime(with_traps, kept) < average_lifetime(without, kept)
    # nor can traps that keep what they take
    deep = replaced(parameters, detrapping_rate=0.0)
    assert average_lifetime(with_traps, deep) < average_lifetime(without, deep)
