"""Photon counting: the fold with the instrument's response against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from measure_samples import build_dots

from halodot.errors import InputError
from halodot.measure import trpl, trpl_response
from halodot.measure.decay import folded
from halodot.states import Array

NS = 1e-9
TIME = np.linspace(0.0, 100.0, 501) * NS
ONE = build_dots(trpl=np.exp(-TIME / (5.0 * NS)), time=TIME)


@given(
    decay=arrays(float, 64, elements=some.floats(min_value=0.0, max_value=1e3)),
    response=arrays(float, 64, elements=some.floats(min_value=0.0, max_value=1.0)),
)
@settings(max_examples=30, deadline=None)
def test_convolution_conserves_counts(decay: Array, response: Array) -> None:
    assert folded(decay, response).sum() == pytest.approx(decay.sum() * response.sum(), rel=1e-9, abs=1e-9)


@given(width=some.floats(min_value=0.1, max_value=3.0), tail=some.floats(min_value=0.0, max_value=3.0))
@settings(max_examples=20, deadline=None)
def test_mean_times_of_response_and_decay_add(width: float, tail: float) -> None:
    """First moments add in a convolution."""
    dots = build_dots(trpl=np.exp(-TIME / (2.0 * NS)))
    record = trpl(dots, response_width=width * NS, response_tail=tail * NS, dark_counts=0.0)
    mean = float(np.average(record.x, weights=record.y)) - float(record.meta["pulse"])
    assert mean == pytest.approx((2.0 + tail) * NS, rel=1e-3)


def test_without_a_response_the_decay_is_the_state_s() -> None:
    dots = build_dots()
    record = trpl(dots, response_width=0.0, dark_counts=0.0, peak_counts=1e4)
    pulse, channel = float(record.meta["pulse"]), float(record.x[1] - record.x[0])
    after = record.x > pulse
    assert np.all(record.y[~after] < 1e-3 * record.y.max())
    expected = np.zeros(int(after.sum()))
    for share, lifetime in ((0.7, 8.0 * NS), (0.3, 3.0 * NS)):
        mean = lifetime / channel * -math.expm1(-channel / lifetime)  # of the first channel
        expected += share * mean * np.exp(-(record.x[after] - record.x[after][0]) / lifetime)
    np.testing.assert_allclose(record.y[after] / record.y.max(), expected / expected[0], rtol=2e-3, atol=1e-5)


def test_the_response_has_the_moments_of_a_gaussian_with_an_exponential_tail() -> None:
    record = trpl_response(ONE, response_width=1.0 * NS, response_tail=2.0 * NS, dark_counts=0.0, channels=4096)
    channel = float(record.x[1] - record.x[0])
    since = record.x - float(record.meta["pulse"])
    mean = float(np.average(since, weights=record.y))
    variance = float(np.average((since - mean) ** 2, weights=record.y)) - channel**2 / 12.0
    deviation = 1.0 * NS / (2.0 * math.sqrt(2.0 * math.log(2.0)))
    assert mean == pytest.approx(2.0 * NS, rel=1e-6)
    assert variance == pytest.approx(deviation**2 + (2.0 * NS) ** 2, rel=1e-5)


def test_an_exponential_behind_an_exponential_response_is_the_known_difference() -> None:
    record = trpl(ONE, response_width=0.0, response_tail=1.0 * NS, dark_counts=0.0)
    since = record.x - float(record.meta["pulse"])
    seen = (since > 0.1 * NS) & (since < 30.0 * NS)
    expected = np.exp(-since[seen] / (5.0 * NS)) - np.exp(-since[seen] / (1.0 * NS))
    np.testing.assert_allclose(record.y[seen] / record.y.max(), expected / expected.max(), atol=1e-3)


def test_dark_counts_lie_under_the_whole_record() -> None:
    clean, dark = trpl(ONE, dark_counts=0.0), trpl(ONE, dark_counts=7.0)
    np.testing.assert_allclose(dark.y - clean.y, 7.0, rtol=1e-9)


def test_a_negative_width_is_refused() -> None:
    with pytest.raises(InputError, match="negative"):
        trpl(ONE, response_width=-1.0 * NS)
