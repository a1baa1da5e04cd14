"""The laws of an edge against fifty digits: fields, tunnelling, lowered barriers and flows."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from halodot.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from halodot.device.discretisation.interfaces import wkb_coefficient
from halodot.device.discretisation.records import EDGE
from halodot.device.laws.carriers import Carriers
from halodot.device.laws.emission_enhancement import (
    LEAST_LOWERING,
    schottky_enhancement,
    wkb_enhancement,
)
from halodot.device.laws.flux import CellField, bernoulli, scharfetter_gummel_flux, thermionic_emission_flux

mpmath.mp.dps = 50
VT = 0.025852


def close(found: float, expected: mpf, relative: float, absolute: float = 1e-290) -> bool:
    return bool(abs(mpf(found) - expected) <= relative * abs(expected) + absolute)


@settings(max_examples=150, deadline=None)
@given(st.floats(-745.0, 745.0) | st.floats(-0.05, 0.05) | st.floats(-1e-12, 1e-12))
def test_bernoulli_in_fifty_digits(step: float) -> None:
    down, up, bend = bernoulli(step)
    a = mpf(step)
    if abs(a) < mpf(10) ** -30:
        assert (down, up, bend) == (pytest.approx(1.0), pytest.approx(1.0), pytest.approx(0.5))
        return
    assert close(down, -a / mpmath.expm1(-a), 1e-14, 1e-300)
    assert close(up, a / mpmath.expm1(a), 1e-14, 1e-300)
    assert close(bend, 1 / a - 1 / mpmath.expm1(a), 1e-12, 1e-15)


def wkb(barrier: float, depth: float, steepness: float, field: float) -> mpf:
    """1 + int exp(e - b e^(3/2)/f) de by adaptive quadrature in the root of e."""
    reach, ratio = min(mpf(barrier), mpf(field) * mpf(depth)), mpf(steepness) / mpf(field)
    end, peak = mpmath.sqrt(reach), 2 / (3 * ratio)
    knots = [peak / 2, peak, peak + 2, peak + 5, 2 * peak, peak + 9, *(end * (1 - mpf(2) ** -k) for k in range(1, 6))]
    knots = sorted({mpf(0), end, *(x for x in knots if x < end)})
    with mpmath.workdps(25):
        return 1 + mpmath.quad(lambda t: 2 * t * mpmath.exp(t * t - ratio * t**3), knots)


@pytest.mark.parametrize("mass", [0.2, *(pytest.param(mass, marks=pytest.mark.explore) for mass in (0.05, 1.0))])
@pytest.mark.parametrize("strength", [1e3, 1e5, 1e6, 1e7, 3e7, 1e8, 1e9, 1e10])
def test_wkb_enhancement_is_the_integral_over_all_energies_in_twelve_digits(mass: float, strength: float) -> None:
    steepness, field = wkb_coefficient(mass, VT), strength / VT
    for barrier in (0.01, 5.0, 20.0, 46.0, 150.0):
        for depth in (1e-9, 5e-9, 3e-7):
            gain, bend = wkb_enhancement(barrier, depth, steepness, field)
            assert close(gain, wkb(barrier, depth, steepness, field), 1e-12), (barrier, depth)
            if abs(field * depth / barrier - 1.0) > 1e-3:
                step = 1e-5 * field
                near, far = (wkb_enhancement(barrier, depth, steepness, field + k * step)[0] for k in (-1, 1))
                assert bend * field == pytest.approx((far - near) / 2e-5, rel=1e-6, abs=1e-10 * gain / 1e-5)


def test_wkb_enhancement_needs_a_field_and_a_barrier_and_grows_with_the_field() -> None:
    steepness = wkb_coefficient(0.2, VT)
    assert wkb_enhancement(20.0, 1e-8, steepness, 0.0) == (1.0, 0.0)
    assert wkb_enhancement(20.0, 1e-8, steepness, -1e9) == (1.0, 0.0)
    assert wkb_enhancement(0.0, 1e-8, steepness, 1e9) == (1.0, 0.0)
    fields = np.geomspace(1e-3, 1e10, 131) / VT
    for barrier in (0.01, 1.0, 46.0):
        gains = [wkb_enhancement(barrier, 3e-8, steepness, field) for field in fields]
        assert gains[0][0] == pytest.approx(1.0, abs=1e-8)
        assert np.all(np.diff([gain for gain, _ in gains]) >= 0.0)
        assert all(bend >= 0.0 for _, bend in gains)
        assert gains[-1][0] <= math.exp(barrier) * (1.0 + 1e-12)
    transparent = wkb_enhancement(46.0, 3e-8, steepness, 1e16)[0]
    assert transparent == pytest.approx(math.exp(46.0), rel=1e-4)


@pytest.mark.parametrize("permittivity", [2.5, 12.0])
@pytest.mark.parametrize("temperature", [100.0, 300.0])
def test_schottky_enhancement_is_that_of_the_image_force(permittivity: float, temperature: float) -> None:
    vt = 8.617333262e-5 * temperature
    permittivity *= VACUUM_PERMITTIVITY
    length = ELEMENTARY_CHARGE / (4.0 * math.pi * permittivity * vt)
    for strength in (1e5, 1e7, 1e9):
        lowered = math.sqrt(ELEMENTARY_CHARGE * strength / (4.0 * math.pi * permittivity))
        gain, bend = schottky_enhancement(length, strength / vt)
        assert vt * math.log(gain) == pytest.approx(lowered, rel=1e-9)
        assert bend == pytest.approx(gain * 0.5 * lowered / vt / (strength / vt), rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-9, 3e-7), st.floats(-1e12, 1e12) | st.floats(-1e4, 1e4))
def test_schottky_enhancement_is_smooth_and_its_derivative_right(length: float, field: float) -> None:
    least = mpf(LEAST_LOWERING) ** 2 / mpf(length)

    def exact(f: mpf) -> mpf:
        return mpmath.exp(mpmath.sqrt(mpf(length) * (f + mpmath.sqrt(f * f + least * least)) / 2))

    gain, bend = schottky_enhancement(length, field)
    root = mpmath.log(exact(mpf(field)))
    assert close(gain, exact(mpf(field)), 1e-13 * (1.0 + float(root)))
    size = mpmath.sqrt(mpf(field) ** 2 + least * least)
    assert close(bend, exact(mpf(field)) * root / (2 * size), 1e-12 * (1.0 + float(root)))
    assert gain >= 1.0


DENSITIES = st.floats(-60.0, 64.0)
SLOPES = st.floats(0.05, 1.0)


def carriers(log_n: float, log_p: float, bends: tuple[float, float], excesses: tuple[float, float]) -> Carriers:
    return Carriers(math.exp(log_n), math.exp(log_p), *bends, *excesses)


@settings(max_examples=150, deadline=None)
@given(
    log_n=st.tuples(DENSITIES, DENSITIES),
    excess=st.tuples(st.floats(-60.0, 0.0), st.floats(-60.0, 0.0)),
    step=st.floats(-60.0, 60.0) | st.floats(-1e-6, 1e-6),
)
def test_scharfetter_gummel_flux_in_fifty_digits(
    log_n: tuple[float, float], excess: tuple[float, float], step: float
) -> None:
    edge = np.zeros(1, dtype=EDGE)[0]
    edge["electron_out"] = edge["electron_back"] = 3.0
    edge["hole_out"] = edge["hole_back"] = 0.2
    near, far = (carriers(log_n[k], -log_n[k], (1.0, 1.0), (excess[k], -0.5 * excess[k])) for k in range(2))

    def exact_bernoulli(a: mpf) -> mpf:
        return a / mpmath.expm1(a) if abs(a) > mpf(10) ** -30 else mpf(1)

    expected = []
    for sense, k in ((1, 1.0), (-1, -0.5)):
        a = mpf(sense) * mpf(step) + mpf(k) * (mpf(excess[1]) - mpf(excess[0]))
        n = [mpmath.exp(sense * mpf(item)) for item in log_n]
        out, back = n[0] * exact_bernoulli(-a), n[1] * exact_bernoulli(a)
        rise = mpmath.log(back / out)
        expected.append((back - out, rise, out, back))
    rises = (float(expected[0][1]), float(expected[1][1]))
    found = scharfetter_gummel_flux(edge, near, far, step, CellField(1e9 * step, 0.0, 1e9, 0.0, 0.0), rises)
    for flow, (net, rise, _, back), velocity in zip(found, expected, (3.0, 0.2), strict=True):
        tolerance = 1e-12 + 1e-14 / max(1e-300, min(1.0, abs(float(rise))))
        assert close(flow.value, velocity * net, tolerance, 1e-13 * float(back) * 1e-3)


@pytest.mark.parametrize("field", [-1e9, -1e6, 0.0, 1e6, 1e9])
def test_no_flow_without_a_difference_of_levels_in_any_statistics(field: float) -> None:
    edge = np.zeros(1, dtype=EDGE)[0]
    for name in ("electron_out", "electron_back", "hole_out", "hole_back"):
        edge[name] = 1e3
    edge["electron_field"], edge["hole_field"], edge["wkb_coefficient"] = 1.0, -1.0, wkb_coefficient(0.2, VT)
    edge["electron_barrier"], edge["hole_barrier"] = 12.0, 7.0
    edge["electron_barrier_thickness"] = edge["hole_barrier_thickness"] = 2e-8
    edge["electron_activation"], edge["half_hop"] = 3e-5, 3e-10
    cell = CellField(field / VT, 0.1 * field / VT, 1e9, 1e9, -1e9)
    for bent, excess in ((1.0, 0.0), (0.3, -4.0)):
        near = carriers(50.0, 3.0, (bent, 1.0), (excess, 0.0))
        far = carriers(40.0, 20.0, (1.0, bent), (0.0, 2.0 * excess))
        for flows in (
            scharfetter_gummel_flux(edge, near, far, field * 1e-9 / VT, cell, (0.0, 0.0)),
            thermionic_emission_flux(edge, near, far, field / VT, (0.0, 0.0)),
        ):
            assert flows[0].value == flows[1].value == 0.0
            assert flows[0].phi_near == flows[1].phi_near == 0.0


@settings(max_examples=100, deadline=None)
@given(
    log_n=st.tuples(DENSITIES, DENSITIES),
    excess=st.floats(-40.0, 0.0),
    barrier=st.floats(0.0, 46.0),
    rise=st.floats(-300.0, 300.0),
    far=st.booleans(),
)
def test_thermionic_emission_flux_is_velocity_times_the_density_above_the_step(
    log_n: tuple[float, float], excess: float, barrier: float, rise: float, far: bool
) -> None:
    velocity = 700.0
    edge = np.zeros(1, dtype=EDGE)[0]
    edge["electron_step_is_far"] = far
    down = math.exp(-barrier)
    edge["electron_out"], edge["electron_back"] = (velocity * down, velocity) if far else (velocity, velocity * down)
    edge["hole_out"] = edge["hole_back"] = velocity
    density = carriers(log_n[0], 1.0, (1.0, 1.0), (excess, 0.0))
    # the far density is the one in equilibrium with the near one, raised by the difference of the levels
    log_far = log_n[0] - excess - barrier * (1.0 if far else -1.0) + rise
    behind = Carriers(math.exp(min(log_far, 700.0)), math.e, 1.0, 1.0, 0.0, 0.0)
    above = mpmath.exp(mpf(log_n[0]) - mpf(excess) - (mpf(barrier) if far else 0)) * mpmath.exp(0 if far else excess)
    expected = velocity * above * mpmath.expm1(mpf(rise))
    found = thermionic_emission_flux(edge, density, behind, 0.0, (rise, 0.0))[0]
    assert close(found.value, expected, 1e-11)
