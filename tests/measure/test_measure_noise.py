"""The statistics of the instruments' noise, and that a seed gives the same record every time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from measure_samples import build_ageing, build_dots, build_emission, build_film

from halodot import measure
from halodot.measure.noise import blurred, counted, drifted
from halodot.states import Dataset

DOTS, FILM = build_dots(), build_film()
RECORDS: dict[str, Callable[[int | None], Dataset]] = {
    "uv_vis": lambda seed: measure.uv_vis(DOTS, seed=seed),
    "pl": lambda seed: measure.pl(DOTS, dark_counts=10.0, seed=seed),
    "plqy": lambda seed: measure.plqy(DOTS, seed=seed)[1],
    "trpl": lambda seed: measure.trpl(DOTS, seed=seed),
    "trpl_response": lambda seed: measure.trpl_response(DOTS, seed=seed),
    "tem": lambda seed: measure.tem_histogram(DOTS, seed=seed),
    "xrd": lambda seed: measure.xrd(DOTS, seed=seed),
    "ftir": lambda seed: measure.ftir(DOTS, seed=seed),
    "tga": lambda seed: measure.tga(DOTS, seed=seed),
    "sclc": lambda seed: measure.sclc(FILM, seed=seed),
    "lifetime": lambda seed: measure.luminance_decay(build_ageing(), seed=seed),
    "jv": lambda seed: measure.jvl(build_emission(), seed=seed)[0],
    "lv": lambda seed: measure.jvl(build_emission(), seed=seed)[1],
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_seed_gives_the_same_record_every_time_and_another_seed_another(name: str) -> None:
    first, again, other = (RECORDS[name](seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.y, again.y)
    assert not np.array_equal(first.y, other.y, equal_nan=True)


@pytest.mark.parametrize("name", ["uv_vis", "pl", "trpl", "xrd", "ftir", "tga", "sclc"])
def test_the_stated_standard_deviation_is_that_of_the_noise(name: str) -> None:
    clean = RECORDS[name](None)
    counted_enough = (clean.y > 5.0) | (clean.y_label != "Counts")
    normal = ((RECORDS[name](3).y - clean.y) / clean.sd)[counted_enough]
    assert abs(float(np.mean(normal**2)) - 1.0) < 5.0 * math.sqrt(2.3 / normal.size)
    assert abs(float(np.mean(normal))) < 5.0 / math.sqrt(normal.size)


@given(mean=some.floats(min_value=0.5, max_value=2000.0), seed=some.integers(min_value=0, max_value=2**31))
@settings(max_examples=20, deadline=None)
def test_counts_are_whole_and_vary_as_much_as_they_are(mean: float, seed: int) -> None:
    drawn = counted(np.full(20_000, mean), seed)
    assert np.all(drawn == np.rint(drawn))
    assert drawn.mean() == pytest.approx(mean, abs=6.0 * math.sqrt(mean / drawn.size))
    assert drawn.var() == pytest.approx(mean, rel=6.0 * math.sqrt((2.0 + 1.0 / mean) / drawn.size))


def test_without_a_seed_nothing_is_added() -> None:
    value = np.linspace(-1.0, 3.0, 5)
    for found in (counted(np.abs(value), None), blurred(value, 1.0, None), drifted(value, 1.0, 3.0, None)):
        np.testing.assert_array_equal(np.abs(found), np.abs(value))


def test_a_drift_is_correlated_exponentially() -> None:
    drift = drifted(np.zeros(200_000), 0.3, 8.0, 11)
    assert drift.std() == pytest.approx(0.3, rel=0.05)
    for lag in (1, 8, 16):
        correlation = float(np.mean(drift[lag:] * drift[:-lag])) / 0.3**2
        assert correlation == pytest.approx(math.exp(-lag / 8.0), abs=0.06)
