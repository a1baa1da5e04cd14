"""Operating lifetimes: decays of known T50, the simulated tester, records of other things."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

import halodot
from halodot import lab
from halodot.errors import DataError
from halodot.lab.methods.lifetime import METHOD
from halodot.lab.simulated import measurement
from halodot.measure import luminance_decay
from halodot.states import Ageing

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

HOUR = 3600.0
LIFE = 10.79 * HOUR


def aged(life: float = LIFE, exponent: float = 0.5, span: float = 3.0, points: int = 301) -> Ageing:
    time = np.linspace(0.0, span, points) * life
    return Ageing(
        luminance=209.0,
        current_density=13.0,
        half_life=life,
        time=time,
        relative_luminance=np.exp(-math.log(2.0) * (time / life) ** exponent),
    )


def in_time(light: np.ndarray, hours: np.ndarray, name: str = "luminance", **said: object):
    return recording("time_series", {"time": hours * HOUR}, {name: light}, **said)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.6])
def test_decay_without_noise_gives_its_half_life(exponent: float) -> None:
    found = lab.lifetime(measurement(luminance_decay(aged(exponent=exponent))))
    assert found.finding("half_life").value == pytest.approx(LIFE, rel=2e-4)
    assert found.finding("stretching_exponent").value == pytest.approx(exponent, rel=1e-3)
    assert found.finding("half_life", "as read").value == pytest.approx(LIFE, rel=0.01)
    ninety = LIFE * (math.log(0.9) / math.log(0.5)) ** (1.0 / exponent)
    step = 3.0 * LIFE / 300
    assert found.finding("time_to_90_percent").value == pytest.approx(ninety, abs=step)


def test_simulated_tester_returns_the_half_life_of_the_ageing_stage() -> None:
    held = []
    for seed in range(20):
        found = lab.lifetime(measurement(luminance_decay(aged(), seed=seed))).finding("half_life")
        low, high = found.interval_95
        held.append(low <= LIFE <= high)
        assert high - low < 0.2 * LIFE
    assert sum(held) >= 17


def test_half_life_beyond_the_record_is_extrapolated_and_beyond_its_reach_a_bound() -> None:
    near = lab.lifetime(measurement(luminance_decay(aged(exponent=1.0, span=0.6), noise=0.002, seed=3)))
    half = near.finding("half_life")
    assert "extrapolated" in half.method
    assert half.measured_fraction == pytest.approx(0.6, rel=0.2)
    far = lab.lifetime(measurement(luminance_decay(aged(exponent=1.0, span=0.1), noise=0.002, seed=3)))
    bound = far.finding("half_life")
    assert bound.bound == "at least"
    assert bound.value <= 0.3 * LIFE * 1.001
    assert far.finding("time_to_80_percent").bound == "at least"


def test_initial_rise_is_reported_and_left_out_of_the_fit() -> None:
    hours = np.linspace(0.0, 40.0, 400)
    peak = 2.0
    after = np.exp(-np.maximum(hours - peak, 0.0) / 12.0)
    light = np.where(hours < peak, 1.0 + 0.1 * np.sin(0.5 * np.pi * hours / peak), 1.1 * after)
    noise = np.random.default_rng(2).normal(0.0, 0.003, hours.size)
    found = lab.lifetime(in_time(1000.0 * (light + noise), hours))
    assert found.finding("initial_rise").value == pytest.approx(0.1, abs=0.02)
    assert found.finding("initial_luminance").value == pytest.approx(1000.0, abs=15.0)
    assert found.finding("highest_luminance").value == pytest.approx(1100.0, abs=15.0)
    expected = peak + 12.0 * math.log(2.0 * 1.1)
    assert found.finding("half_life").value / HOUR == pytest.approx(expected, rel=0.02)
    highest = found.finding("half_life", "from the highest luminance")
    assert highest.value / HOUR == pytest.approx(peak + 12.0 * math.log(2.0), rel=0.02)
    for item, truth in ((found.finding("half_life"), expected), (highest, peak + 12.0 * math.log(2.0))):
        assert abs(item.value / HOUR - truth) < 3.0 * item.uncertainty / HOUR


def test_law_that_was_chosen_against_the_data_is_doubted() -> None:
    hours = np.linspace(0.0, 30.0, 300)
    light = 0.6 * np.exp(-hours / 1.5) + 0.4 * np.exp(-hours / 60.0)
    data = in_time(light + np.random.default_rng(1).normal(0.0, 0.003, hours.size), hours, "relative_luminance")
    assert lab.lifetime(data, lab.LifetimeSettings(model="stretched")).finding("half_life").warnings
    assert not lab.lifetime(data).finding("half_life").warnings


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data = measurement(luminance_decay(aged(), seed=5))
    found = lab.lifetime(data)
    again = lab.lifetime(data, lab.chosen(lab.LifetimeSettings, lab.as_text(found.settings)))
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_light_that_ends_suddenly_is_said_and_left_out() -> None:
    hours = np.linspace(0.0, 20.0, 200)
    light = np.exp(-hours / 15.0)
    light[150:] = 0.0
    found = lab.lifetime(in_time(1000.0 * light, hours))
    assert "ends suddenly" in found.warnings[0]
    assert found.finding("half_life").value / HOUR == pytest.approx(15.0 * math.log(2.0), rel=1e-3)


def test_other_records_in_time_are_no_lifetime_test() -> None:
    spv = "HZB_Z_20230911_BatchZ_0_0.M01_encapsulatedGlass_front_TD3_withBE_ambient_intens.spv.txt"
    takes = METHOD.roles[0].takes
    assert not takes(halodot.read(real(f"lifetime_trace/{spv}")))
    hours = np.linspace(0.0, 10.0, 50)
    assert not takes(in_time(np.exp(-hours), hours, "intensity"))
    assert not takes(in_time(np.exp(-hours), hours, "photocurrent", file="MPP_tracking_stability.csv"))
    assert takes(in_time(np.exp(-hours), hours, "photocurrent", file="D3_lifetime.csv"))
    with pytest.raises(DataError, match="no luminance in time"):
        lab.lifetime(in_time(np.exp(-hours), hours, "intensity"))


@pytest.mark.parametrize(
    "light",
    [
        np.ones(40),
        np.linspace(1.0, 2.0, 40),
        np.zeros(40),
        -np.ones(40),
        np.full(40, np.nan),
        np.r_[1.0, np.zeros(39)],
        np.random.default_rng(0).normal(0.0, 1.0, 40),
        np.ones(2),
    ],
)
def test_odd_records_give_findings_or_a_refusal(light: np.ndarray) -> None:
    for hours in (np.arange(light.size, dtype=float), np.zeros(light.size), -np.arange(light.size, dtype=float)):
        try:
            found = lab.lifetime(in_time(light, hours))
        except DataError:
            continue
        assert all(math.isfinite(item.value) and math.isfinite(item.uncertainty) for item in found.findings)


def accelerated(exponent: float, luminances: tuple[float, ...]) -> list:
    found = []
    for seed, luminance in enumerate(luminances):
        life = 10.0 * HOUR * (1000.0 / luminance) ** exponent
        time = np.linspace(0.0, 2.0, 200) * life
        light = luminance * (np.exp(-math.log(2.0) * (time / life) ** 0.7))
        noise = np.random.default_rng(seed).normal(0.0, 0.003 * luminance, time.size)
        found.append(recording("time_series", {"time": time}, {"luminance": light + noise}, file=f"{luminance:g}.csv"))
    return found


def test_three_luminances_of_one_kind_of_device_give_the_acceleration() -> None:
    settings = lab.LifetimeAccelerationSettings(luminance=100.0)
    found = lab.lifetime_acceleration(accelerated(1.8, (1000.0, 2000.0, 5000.0)), settings)
    exponent = found.finding("acceleration_exponent")
    low, high = exponent.interval_95
    assert low < 1.8 < high
    assert exponent.uncertainty < 0.05
    slow = found.finding("half_life", "at 100 cd/m2")
    assert "extrapolated" in slow.method
    assert slow.value / HOUR == pytest.approx(10.0 * 10.0**1.8, rel=0.1)


def test_two_luminances_give_no_acceleration() -> None:
    with pytest.raises(DataError, match="needs 3"):
        lab.lifetime_acceleration(accelerated(1.8, (1000.0, 1020.0, 5000.0)))
