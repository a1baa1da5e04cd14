"""The occupation of a density of states against polylogarithms, quadrature and thermodynamics."""

from __future__ import annotations

import math
from functools import lru_cache

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from halodot.device.laws import statistics

mpmath.mp.dps = 50
LEVELS = st.floats(-200.0, 90.0)
WIDTHS = (0.5, 1.0, 2.5, 4.0, 8.0)


@lru_cache(maxsize=16)
def tables(kind: str, width: float) -> np.ndarray:
    return statistics.table(kind, width)[None]


def fermi_half(eta: mpf) -> mpf:
    """F_1/2, the integral with 2/sqrt(pi): -Li_3/2(-exp(eta)), and quadrature where that is slow."""
    if eta < 15:
        return mpmath.re(-mpmath.polylog(mpf(3) / 2, -mpmath.exp(eta)))
    root = mpmath.sqrt(eta)
    knots = [0, root / 2, root - 2, root - 1, root, root + 1, root + 2, root + 8]
    inner = mpmath.quad(lambda x: x * x / (1 + mpmath.exp(x * x - eta)), knots)
    return 4 / mpmath.sqrt(mpmath.pi) * inner


def fermi_minus_half(eta: mpf) -> mpf:
    return mpmath.re(-mpmath.polylog(mpf(1) / 2, -mpmath.exp(eta)))


def gaussian(eta: mpf, width: mpf) -> mpf:
    """int g(E) f(E) dE, cut where g exp(-E) has its weight and where f ends."""
    ends = -(width**2) - 9 * width, 9 * width
    spread = [ends[0] + width * k for k in range(int((ends[1] - ends[0]) / width) + 1)]
    knots = sorted({*spread, *ends, *(eta + k for k in (-8, -2, 0, 2, 8) if ends[0] < eta + k < ends[1])})
    share = mpmath.quad(lambda e: mpmath.exp(-((e / width) ** 2) / 2) / (1 + mpmath.exp(e - eta)), knots)
    return share / (width * mpmath.sqrt(2 * mpmath.pi))


@pytest.mark.parametrize("eta", [-200.0, -60.02, -20.013, -6.017, -1.99, -0.003, 1.23, 4.976, 9.0, 14.33])
def test_a_parabolic_band_holds_the_polylogarithm(eta: float) -> None:
    value, slope = statistics.log_activity(tables("fermi_dirac", 0.0), 0, eta)
    exact = fermi_half(mpf(eta))
    assert abs(mpf(value) - (mpmath.log(exact) - mpf(eta))) < 2e-9
    assert abs(mpf(slope) - (fermi_minus_half(mpf(eta)) / exact - 1)) < 1e-7


@pytest.mark.parametrize("eta", [15.02, 27.31, 55.555, 90.0])
def test_a_degenerate_band_holds_what_quadrature_gives(eta: float) -> None:
    value, _ = statistics.log_activity(tables("fermi_dirac", 0.0), 0, eta)
    assert abs(mpf(value) - (mpmath.log(fermi_half(mpf(eta))) - mpf(eta))) < 1e-10
    sommerfeld = 4.0 / (3.0 * math.sqrt(math.pi)) * eta**1.5 * (1.0 + math.pi**2 / (8.0 * eta**2))
    assert value == pytest.approx(math.log(sommerfeld) - eta, abs=1.2 / eta**4)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "eta",
    [
        *(-200.0, -64.02, -8.017, 0.0, 9.04, 90.0),
        *(pytest.param(eta, marks=pytest.mark.explore) for eta in (-101.3, -30.013, -1.99, 1.23, 41.7)),
    ],
)
def test_a_gaussian_of_states_holds_what_quadrature_gives(width: float, eta: float) -> None:
    value, slope = statistics.log_activity(tables("gaussian", width), 0, eta)
    with mpmath.workdps(18):
        assert abs(mpf(value) - (mpmath.log(gaussian(mpf(eta), mpf(width))) - mpf(eta))) < 2e-9
        near, far = (mpmath.log(gaussian(mpf(eta) + k * mpf("1e-5"), mpf(width))) for k in (-1, 1))
        assert abs(mpf(slope) - ((far - near) / mpf("2e-5") - 1)) < 1e-7


def test_few_carriers_in_a_band_or_a_gaussian_follow_boltzmann() -> None:
    band = statistics.log_activity(tables("fermi_dirac", 0.0), 0, -150.0)
    assert band == (pytest.approx(0.0, abs=1e-13), pytest.approx(0.0, abs=1e-13))
    for width in WIDTHS:
        value, slope = statistics.log_activity(tables("gaussian", width), 0, -180.0)
        assert value == pytest.approx(0.5 * width * width, rel=1e-9)
        assert slope == pytest.approx(0.0, abs=1e-12)


def test_a_gaussian_takes_no_more_carriers_than_it_has_states() -> None:
    for width in WIDTHS:
        value, slope = statistics.log_activity(tables("gaussian", width), 0, 95.0)
        assert value + 95.0 == pytest.approx(0.0, abs=1e-10)
        assert slope == pytest.approx(-1.0, abs=1e-9)


def test_a_gaussian_without_width_is_a_single_level() -> None:
    for eta in (-40.0, -2.02, 0.0, 3.01, 20.0):
        value, slope = statistics.log_activity(tables("gaussian", 0.0), 0, eta)
        assert value == pytest.approx(-math.log1p(math.exp(eta)), abs=3e-9)
        assert slope == pytest.approx(-1.0 / (1.0 + math.exp(-eta)), abs=1e-7)


@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from([("fermi_dirac", 0.0), *(("gaussian", width) for width in WIDTHS)]), eta=LEVELS)
def test_density_rises_with_the_level_and_no_faster_than_boltzmann(kind: tuple[str, float], eta: float) -> None:
    """Diffusion over mobility is kT/q times 1/(1 + slope), never below Einstein's kT/q: Fermi repulsion is positive."""
    value, slope = statistics.log_activity(tables(*kind), 0, eta)
    assert -1.0 - 1e-9 <= slope <= 1e-9
    higher, _ = statistics.log_activity(tables(*kind), 0, eta + 0.07)
    assert higher <= value + 1e-12
    assert higher + 0.07 >= value - 1e-12


@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from([("fermi_dirac", 0.0), ("gaussian", 4.0)]), eta=st.floats(-260.0, 110.0))
def test_the_slope_is_the_derivative_of_the_value(kind: tuple[str, float], eta: float) -> None:
    step = 1e-4
    near, far = (statistics.log_activity(tables(*kind), 0, eta + k * step)[0] for k in (-1, 1))
    assert statistics.log_activity(tables(*kind), 0, eta)[1] == pytest.approx((far - near) / (2 * step), abs=2e-7)


def test_without_a_table_there_is_no_correction() -> None:
    assert statistics.log_activity(np.zeros((0, 2, 2)), -1, 12.0) == (0.0, 0.0)
