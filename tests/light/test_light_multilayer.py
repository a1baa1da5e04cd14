"""The Fresnel coefficients of one interface, and the reflection of a stack that is made of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from halodot.light.multilayer import (
    ADMITTANCE,
    KZ,
    fresnel_coefficients,
    make_plane_wave,
    propagate_layers,
    stack_reflection,
)

INDEX, BEYOND = 1.5, 2.2


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2])
def test_fresnel_coefficients_are_those_of_the_textbook(angle: float) -> None:
    cosine, far = math.cos(angle), math.sqrt(1.0 - (INDEX * math.sin(angle) / BEYOND) ** 2)
    r_s, t_s = fresnel_coefficients(INDEX * cosine + 0j, BEYOND * far + 0j)
    assert r_s == pytest.approx((INDEX * cosine - BEYOND * far) / (INDEX * cosine + BEYOND * far), rel=1e-14)
    assert t_s == pytest.approx(2.0 * INDEX * cosine / (INDEX * cosine + BEYOND * far), rel=1e-14)
    r_p, _ = fresnel_coefficients(cosine / INDEX + 0j, far / BEYOND + 0j)
    assert r_p == pytest.approx((BEYOND * cosine - INDEX * far) / (BEYOND * cosine + INDEX * far), rel=1e-14)


def test_fresnel_p_vanishes_at_the_brewster_angle() -> None:
    angle = math.atan(BEYOND / INDEX)
    r_p, _ = fresnel_coefficients(math.cos(angle) / INDEX + 0j, math.sin(angle) / BEYOND + 0j)
    assert abs(r_p) < 1e-15


def test_stack_reflection_of_a_film_is_the_sum_of_its_round_trips() -> None:
    permittivity, thickness = np.array([2.25, 4.0 + 0.1j, 1.0 + 0j]), np.array([0.0, 1.3, 0.0])
    wave = make_plane_wave(3)
    propagate_layers(0.3 + 0j, permittivity, thickness, wave)
    wave[ADMITTANCE] = wave[KZ]
    kz = np.sqrt(permittivity - 0.3)
    first, second = (kz[0] - kz[1]) / (kz[0] + kz[1]), (kz[1] - kz[2]) / (kz[1] + kz[2])
    phase = np.exp(2j * kz[1] * 1.3)
    expected = (first + second * phase) / (1.0 + first * second * phase)
    assert stack_reflection(wave, 2, 0) == pytest.approx(expected, rel=1e-13)
