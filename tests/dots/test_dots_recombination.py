"""Yields, decays and lifetimes against sums, integrals and limits."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perovskites import IODIDE
from scipy.integrate import quad
from scipy.stats import poisson

from halodot.dots import DotsParameters, characterise
from halodot.dots.recombination import average_lifetime, decay, mean_traps, poisson_plqy, trap_rates
from halodot.errors import InputError
from halodot.states import Flask, replaced

traps_range = st.floats(0.0, 30.0)
capture_range = st.floats(1e7, 1e9)


@settings(max_examples=20, deadline=None)
@given(traps=traps_range, capture=capture_range)
def test_decay_is_the_poisson_average_over_traps(dots_parameters: DotsParameters, traps: float, capture: float) -> None:
    parameters = replaced(dots_parameters, trap_capture_rate=capture)
    time = np.linspace(0.0, 60e-9, 7)
    count = np.arange(0, 150)
    own = parameters.radiative_rate + parameters.background_rate
    total = np.exp(-(own + count * capture) * time[:, None]) @ poisson.pmf(count, traps)
    assert decay(time, traps, parameters) == pytest.approx(total, rel=1e-9, abs=1e-14)


@settings(max_examples=20, deadline=None)
@given(traps=traps_range, capture=capture_range)
def test_poisson_plqy_is_the_radiative_part_of_the_decay(
    dots_parameters: DotsParameters, traps: float, capture: float
) -> None:
    parameters = replaced(dots_parameters, trap_capture_rate=capture)
    scale = 1.0 / parameters.radiative_rate
    emitted = quad(lambda t: float(decay(np.array([t * scale]), traps, parameters)[0]), 0.0, 60.0, limit=400)[0]
    found = float(poisson_plqy(np.array([traps]), parameters)[0])
    assert found == pytest.approx(emitted, rel=1e-6)
    assert 0.0 < found < 1.0


@pytest.mark.parametrize("kind", ["amplitude", "intensity"])
def test_average_lifetimes_are_moments_of_the_decay(dots_parameters: DotsParameters, kind: str) -> None:
    parameters, traps = replaced(dots_parameters, lifetime_average=kind), 0.9
    time = np.linspace(0.0, 300e-9, 300_001)
    curve = decay(time, traps, parameters)
    first, second = np.trapezoid(curve, time), np.trapezoid(time * curve, time)
    assert average_lifetime(traps, parameters) == pytest.approx(
        first if kind == "amplitude" else second / first, rel=1e-6
    )


def test_without_traps_the_decay_is_one_exponential(dots_parameters: DotsParameters) -> None:
    life = 1.0 / (dots_parameters.radiative_rate + dots_parameters.background_rate)
    for kind in ("amplitude", "intensity"):
        parameters = replaced(dots_parameters, lifetime_average=kind)
        assert average_lifetime(0.0, parameters) == pytest.approx(life, rel=1e-12)
    assert decay(np.array([0.0, life]), 0.0, dots_parameters) == pytest.approx([1.0, math.exp(-1.0)], rel=1e-12)


def test_poisson_plqy_of_many_slow_traps_is_that_of_the_mean_rate(dots_parameters: DotsParameters) -> None:
    """With k_t -> 0 at a fixed mean rate every dot has the same rate; with fast traps some dots stay bright."""
    rate, yields = 0.05e9, []
    for capture in (1e5, 1e9):
        parameters = replaced(dots_parameters, trap_capture_rate=capture, background_rate=0.0)
        yields.append(float(poisson_plqy(np.array([rate / capture]), parameters)[0]))
    uniform = dots_parameters.radiative_rate / (dots_parameters.radiative_rate + rate)
    assert yields[0] == pytest.approx(uniform, rel=1e-3)
    assert yields[1] > uniform


def test_poisson_plqy_of_fast_traps_is_the_fraction_of_dots_without_one(dots_parameters: DotsParameters) -> None:
    parameters = replaced(dots_parameters, trap_capture_rate=1e15, background_rate=0.0)
    assert poisson_plqy(np.array([0.3]), parameters)[0] == pytest.approx(math.exp(-0.3), rel=1e-5)


def test_traps_follow_the_bare_sites(make_flask: Callable[..., Flask], dots_parameters: DotsParameters) -> None:
    samples = make_flask(coverages=((1.0, 0.0, 0.0), (0.9, 0.0, 0.1), (0.5, 0.3, 0.2))).samples
    traps = mean_traps(samples, 500.0, dots_parameters)
    assert traps == pytest.approx(dots_parameters.trap_share * 500.0 * np.array([0.0, 0.1, 0.2]))
    rates = trap_rates(traps, dots_parameters)
    assert rates[0] == pytest.approx(dots_parameters.background_rate)
    assert rates[2] - rates[1] == pytest.approx(rates[1] - rates[0])


def test_kinds_of_bare_sites_have_their_own_share_of_traps(
    make_flask: Callable[..., Flask], dots_parameters: DotsParameters
) -> None:
    parameters = replaced(dots_parameters, vacancy_trap_ratio=4.0, stripped_trap_ratio=2.0)
    (sample,) = make_flask(coverages=((0.5, 0.3, 0.2),)).samples
    kinds = [sample, replaced(sample, stripped=0.1), replaced(sample, stripped=0.1, halide_vacancies=0.1)]
    assert mean_traps(kinds, 500.0, parameters) / (500.0 * parameters.trap_share) == pytest.approx([0.2, 0.3, 0.6])


@pytest.mark.parametrize("left", [0.9, 0.5, 0.1])
def test_losing_a_surface_does_not_brighten_a_dot(
    make_flask: Callable[..., Flask], dots_parameters: DotsParameters, left: float
) -> None:
    """Dots with the same share of bare sites: one has always been small, one was larger and lost its surface."""
    whole = make_flask()
    small = replaced(whole, sites=left * whole.sites)
    etched = replaced(small, surface_left=left)
    flasks = {"whole": whole, "small": small, "etched": etched}
    bright = {name: characterise(flask, dots_parameters, IODIDE).plqy for name, flask in flasks.items()}
    assert bright["etched"] == pytest.approx(bright["whole"], rel=1e-12)
    assert bright["etched"] < bright["small"]


def test_unknown_average_is_refused(dots_parameters: DotsParameters) -> None:
    with pytest.raises(InputError, match="average"):
        average_lifetime(0.5, replaced(dots_parameters, lifetime_average="median"))
