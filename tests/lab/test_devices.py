"""Statistics of devices: normal samples, order statistics, counted shorts and opens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from light_emitting_devices import Led, el_spectrum
from recordings import recording

from halodot import lab
from halodot.errors import DataError
from halodot.lab.device_statistics import (
    champion_chance,
    deviation_of,
    difference_of,
    expected_maximum,
    mean_of,
    wilson,
)
from halodot.lab.methods.devices import IN_ONE_FILE, METHOD

VOLTAGE = np.arange(0.0, 4.01, 0.1)


def table(**columns: np.ndarray):
    size = len(next(iter(columns.values())))
    return recording("table", {"row": np.arange(1, size + 1)}, columns, file="devices.csv")


def short() -> object:
    data = Led().sweep(VOLTAGE)
    columns = {"current_density": 500.0 * VOLTAGE, "luminance": np.zeros(VOLTAGE.size)}
    return recording("current_voltage", {"voltage": VOLTAGE}, columns, file=data.attrs["file"])


def never_lit(current: float):
    columns = {"current_density": current * VOLTAGE, "luminance": np.zeros(VOLTAGE.size)}
    return recording("current_voltage", {"voltage": VOLTAGE}, columns)


# ---------------------------------------------------------------------------------------------------- order statistics


@pytest.mark.parametrize(("count", "mean"), [(2, 0.56419), (3, 0.84628), (5, 1.16296), (10, 1.53875), (20, 1.86748)])
def test_expected_highest_of_normal_draws(count: int, mean: float) -> None:
    """Harter, Biometrika 48, 151 (1961)."""
    assert expected_maximum(count)[0] == pytest.approx(mean, abs=2e-5)


def test_spread_of_the_highest_of_two() -> None:
    assert expected_maximum(2)[1] == pytest.approx(np.sqrt(1.0 - 1.0 / np.pi), abs=1e-6)


def test_interval_of_wilson() -> None:
    """Of 15 among 20, by hand: (15 + z2/2)/(20 + z2) +- z sqrt(15 * 5/20 + z2/4)/(20 + z2)."""
    square = 1.959964**2
    middle, half = (15.0 + square / 2) / (20 + square), 1.959964 * np.sqrt(15 * 5 / 20 + square / 4) / (20 + square)
    assert wilson(15, 20).interval == pytest.approx((middle - half, middle + half))
    assert wilson(0, 20).interval[0] == 0.0
    assert wilson(20, 20).interval[1] == 1.0


@pytest.mark.parametrize("count", [4, 8, 20])
def test_intervals_of_mean_and_deviation_hold_the_truth(count: int) -> None:
    generator = np.random.default_rng(count)
    held = np.zeros(2)
    for seed in range(200):
        values = 0.12 + 0.01 * generator.standard_normal(count)
        low, high = mean_of(values, 400, seed).interval
        held[0] += low <= 0.12 <= high
        low, high = deviation_of(values).interval
        held[1] += low <= 0.01 <= high
    assert 0.90 <= held[0] / 200 <= 0.99
    assert held[1] / 200 >= 0.90


def test_interval_of_a_difference_holds_the_truth() -> None:
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(300):
        one, other = 0.02 + 0.03 * generator.standard_normal(12), 0.01 * generator.standard_normal(8)
        low, high = difference_of(one, other).difference.interval
        held += low <= 0.02 <= high
    assert 0.92 <= held / 300 <= 0.98


def test_ranks_of_equal_samples_are_no_surprise() -> None:
    generator = np.random.default_rng(8)
    chances = [difference_of(generator.normal(size=10), generator.normal(size=10)).chance for _ in range(200)]
    assert 0.02 <= np.mean(np.array(chances) < 0.05) <= 0.08


def test_champion_of_a_normal_sample_stands_out_seldom() -> None:
    generator = np.random.default_rng(9)
    found = [champion_chance(generator.normal(size=20)) < 0.05 for _ in range(300)]
    assert np.mean(found) <= 0.08
    assert champion_chance(np.array([10.0, 10.1, 9.9, 10.05, 9.95, 14.0])) < 1e-3


# ------------------------------------------------------------------------------------------------------------- samples


def test_table_of_twenty_devices() -> None:
    eqe = 0.12 + 0.01 * np.random.default_rng(1).standard_normal(20)
    found = lab.devices([table(eqe_max=eqe, turn_on_voltage=np.linspace(2.0, 2.2, 20))])
    assert found.finding("eqe_max", "mean").value == pytest.approx(eqe.mean())
    assert found.finding("eqe_max", "mean").uncertainty == pytest.approx(eqe.std(ddof=1) / np.sqrt(20.0))
    assert found.finding("eqe_max", "standard deviation").value == pytest.approx(eqe.std(ddof=1))
    assert found.finding("eqe_max", "highest").value == eqe.max()
    expected = found.finding("eqe_max", "expected highest")
    assert expected.value == pytest.approx(eqe.mean() + 1.8675 * eqe.std(ddof=1), rel=1e-5)
    assert found.finding("turn_on_voltage", "lowest").value == pytest.approx(2.0)
    assert found.finding("device_yield").value == 1.0
    assert len(found.panels[0].traces[0].x) == 20


def test_shorts_opens_and_dark_devices_are_counted() -> None:
    working = [Led(eqe=eqe).sweep(VOLTAGE, seed=place) for place, eqe in enumerate((0.10, 0.12, 0.11, 0.13))]
    found = lab.devices([*working, short(), short(), never_lit(1e-6), never_lit(0.1)], spectrum=el_spectrum())
    counts = {item.of: item.value for item in found.findings if item.name == "devices"}
    assert counts == {"measured": 8, "working": 4, "short": 2, "open": 1, "without light": 1}
    assert found.finding("device_yield").value == 0.5
    truth = np.mean([Led(eqe=eqe).fine()["eqe_max"] for eqe in (0.10, 0.12, 0.11, 0.13)])
    mean = found.finding("eqe_max", "mean")
    assert mean.value == pytest.approx(truth, rel=0.02)
    assert mean.uncertainty > 0.08 * mean.value  # of the Lambertian pattern, which all share
    assert list(found.tables["devices"]["status"]).count("short") == 2


def test_better_sample_is_told_from_its_reference() -> None:
    generator = np.random.default_rng(2)
    treated, control = 0.15 + 0.01 * generator.standard_normal(16), 0.10 + 0.01 * generator.standard_normal(16)
    found = lab.devices([table(eqe_max=treated)], reference=[table(eqe_max=control)])
    difference = found.finding("eqe_max", "difference from reference")
    assert difference.value == pytest.approx(treated.mean() - control.mean())
    assert difference.interval_95[0] > 0.0
    assert found.finding("rank_test").value < 1e-4


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    data = [Led(eqe=eqe).sweep(VOLTAGE, seed=1) for eqe in (0.1, 0.2, 0.15)]
    found = lab.devices(data, spectrum=el_spectrum())
    again = lab.devices(data, lab.chosen(lab.DevicesSettings, lab.as_text(found.settings)), spectrum=el_spectrum())
    assert again.findings == found.findings
    assert again.settings == found.settings


def test_what_is_short_is_a_choice() -> None:
    leaky = [Led(shunt=20.0).sweep(VOLTAGE) for _ in range(3)]
    assert lab.devices(leaky).finding("device_yield").value == 0.0
    lenient = replace(lab.DevicesSettings(), short_current_density=100.0)
    assert lab.devices(leaky, lenient).finding("device_yield").value == 1.0


def test_one_device_makes_no_statistics() -> None:
    with pytest.raises(DataError, match="at least 2"):
        lab.devices([Led().sweep(VOLTAGE)])


@pytest.mark.parametrize("values", [[0.1, 0.1, 0.1], [np.nan] * 3, [0.1, np.nan, np.nan], [0.1, np.nan, 0.2]])
def test_odd_tables_give_numbers_or_a_refusal(values: list[float]) -> None:
    found = lab.devices([table(eqe_max=np.array(values))])
    assert all(np.isfinite(item.value) for item in found.findings)


def test_which_files_hold_devices() -> None:
    assert METHOD.roles[0].takes(Led().sweep(VOLTAGE))
    assert IN_ONE_FILE.roles[0].takes(table(eqe_max=np.ones(5)))
    assert not IN_ONE_FILE.roles[0].takes(Led().sweep(VOLTAGE))
    assert not METHOD.roles[0].takes(el_spectrum())
