"""PL decays: lifetimes that made the counts come back, with a response, pulses before, pile-up and dead channels."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from recordings import recording

import halodot
from halodot import lab
from halodot.errors import DataError, InputError
from halodot.lab.method import method_named

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from instrument_files import real

WIDTH = 0.05e-9
TIME = WIDTH * np.arange(1000)


def decay(counts: np.ndarray, time: np.ndarray = TIME, **more: object):
    return recording("decay", {"time": time}, {"counts": counts}, **more)


def gaussian(middle: float, fwhm: float, time: np.ndarray = TIME) -> np.ndarray:
    return np.asarray(np.exp(-4.0 * math.log(2.0) * ((time - middle) / fwhm) ** 2))


def folded(lifetimes: list[float], heights: list[float], response: np.ndarray, cycles: int = 1) -> np.ndarray:
    """Return exponentials folded with a response as a sum over channels; earlier pulses come before by the record."""
    long = np.arange(cycles * TIME.size) * WIDTH
    law = np.asarray(heights) @ np.exp(-long / np.asarray(lifetimes)[:, None])
    found = np.convolve(np.tile(response / response.sum(), cycles), law)[: long.size]
    return np.asarray(found[-TIME.size :])


def test_both_averages_of_a_calculated_decay_are_those_of_its_lifetimes() -> None:
    response = gaussian(4e-9, 0.4e-9)
    counts = 1e4 * folded([2e-9, 8e-9], [0.75, 0.25], response) + 5.0
    found = lab.trpl(decay(counts), response=decay(1e5 * response))
    assert found.settings.model == "two exponentials"
    assert found.finding("lifetime_amplitude").value == pytest.approx(3.5e-9, rel=5e-3)
    assert found.finding("lifetime_intensity").value == pytest.approx(19.0 / 3.5 * 1e-9, rel=5e-3)
    assert found.finding("lifetime_component", "component 2").value == pytest.approx(8e-9, rel=1e-2)
    assert found.finding("decay_amplitude", "component 1").value == pytest.approx(7.5e3, rel=2e-2)
    assert not found.warnings


def test_light_of_earlier_pulses_is_counted_with_the_rate_of_the_pulses() -> None:
    response = gaussian(4e-9, 0.4e-9)
    counts = np.random.default_rng(1).poisson(2e3 * folded([20e-9], [1.0], response, cycles=12) + 3.0)
    rate = 1.0 / (TIME.size * WIDTH)
    found = lab.trpl(decay(counts, repetition_rate=rate), response=decay(1e5 * response))
    low, high = found.finding("lifetime_component").interval_95
    assert low < 20e-9 < high
    assert high - low < 0.04 * 20e-9
    assert found.finding("decay_amplitude").value == pytest.approx(2e3, rel=0.02)


def test_response_may_lie_elsewhere_and_have_finer_channels() -> None:
    fine = 0.0125e-9 * np.arange(4000)
    response = gaussian(4e-9, 0.5e-9)
    counts = np.random.default_rng(2).poisson(5e3 * folded([3e-9], [1.0], response) + 2.0)
    moved = np.random.default_rng(3).poisson(2e4 * gaussian(7.3e-9, 0.5e-9, fine) + 1.0)
    found = lab.trpl(decay(counts), response=decay(moved, fine))
    low, high = found.finding("lifetime_intensity").interval_95
    assert low < 3e-9 < high
    assert not found.warnings


def test_response_with_wider_channels_widens_those_of_the_decay() -> None:
    wide = 0.15e-9 * np.arange(330)
    response = gaussian(4e-9, 0.9e-9)
    counts = np.random.default_rng(4).poisson(5e3 * folded([5e-9], [1.0], response) + 2.0)
    found = lab.trpl(decay(counts), response=decay(1e4 * gaussian(4e-9, 0.9e-9, wide), wide))
    low, high = found.finding("lifetime_intensity").interval_95
    assert found.settings.channels_added == 3
    assert low < 5e-9 < high


def test_response_in_a_column_of_the_same_file_is_folded_in() -> None:
    response = gaussian(4e-9, 0.6e-9)
    counts = np.random.default_rng(5).poisson(5e3 * folded([1e-9], [1.0], response) + 2.0)
    data = recording("decay", {"time": TIME}, {"counts_irf": np.round(1e4 * response), "counts": counts})
    found = lab.trpl(data)
    low, high = found.finding("lifetime_component").interval_95
    assert found.settings.response == "measured"
    assert low < 1e-9 < high


def test_decay_faster_than_the_response_is_only_bounded() -> None:
    response = gaussian(4e-9, 1.5e-9)
    counts = np.random.default_rng(6).poisson(200.0 * response + 1.0)
    found = lab.trpl(decay(counts), response=decay(np.random.default_rng(7).poisson(1e4 * response + 1.0)))
    item = found.finding("lifetime_component")
    assert item.bound == "at most"
    assert item.value < 1.5e-9
    assert item.warnings


def test_profile_intervals_are_those_of_minos() -> None:
    from iminuit import Minuit

    counts = np.random.default_rng(8).poisson(300.0 * np.exp(-TIME / 5e-9) + 4.0)
    found = lab.trpl(decay(counts), lab.TrplSettings(rivals=False, model="one exponential"))
    edges = np.append(TIME, TIME[-1] + WIDTH) * 1e9

    def deviance(height: float, lifetime: float, background: float) -> float:
        integral = -height * lifetime * np.exp(-edges / lifetime)
        model = np.diff(integral) / (WIDTH * 1e9) + background
        logarithm = np.where(counts > 0, counts * np.log(np.maximum(counts, 1) / model), 0.0)
        return float(2.0 * np.sum(model - counts + logarithm))

    search = Minuit(deviance, height=300.0, lifetime=5.0, background=4.0)
    search.errordef = Minuit.LEAST_SQUARES
    search.limits["background"] = (0.0, None)
    search.migrad()
    search.minos("lifetime", cl=0.95)
    error = search.merrors["lifetime"]
    low, high = found.finding("lifetime_component").interval_95
    assert found.finding("lifetime_component").value == pytest.approx(search.values["lifetime"] * 1e-9, rel=2e-3)
    assert low * 1e9 == pytest.approx(search.values["lifetime"] + error.lower, rel=4e-3)
    assert high * 1e9 == pytest.approx(search.values["lifetime"] + error.upper, rel=4e-3)


@pytest.mark.parametrize("beta", [0.6, 0.8])
def test_stretched_exponential_has_its_known_averages(beta: float) -> None:
    counts = 1e5 * np.exp(-(((TIME + 0.5 * WIDTH) / 3e-9) ** beta)) + 4.0
    found = lab.trpl(decay(counts), lab.TrplSettings(model="stretched exponential"))
    mean = 3e-9 / beta * math.gamma(1.0 / beta)
    assert found.finding("stretching_exponent").value == pytest.approx(beta, abs=0.01)
    assert found.finding("lifetime_amplitude").value == pytest.approx(mean, rel=0.02)
    assert found.finding("lifetime_intensity").value == pytest.approx(
        3e-9 * math.gamma(2.0 / beta) / math.gamma(1.0 / beta), rel=0.02
    )


def test_log_normal_rates_have_their_known_averages() -> None:
    places = np.linspace(-6.0, 6.0, 401)
    shares = np.exp(-0.5 * places**2)
    law = shares / shares.sum() @ np.exp(-(TIME + 0.5 * WIDTH) / (3e-9 * np.exp(0.6 * places))[:, None])
    found = lab.trpl(decay(1e5 * law + 4.0), lab.TrplSettings(model="log-normal rates"))
    assert found.finding("rate_spread").value == pytest.approx(0.6, rel=0.02)
    assert found.finding("lifetime_amplitude").value == pytest.approx(3e-9 * math.exp(0.18), rel=0.01)
    assert found.finding("lifetime_intensity").value == pytest.approx(3e-9 * math.exp(0.54), rel=0.01)


def test_pile_up_is_corrected_and_warned_of() -> None:
    pulses, rate = 2e6, 1e7
    arrivals = 0.15 * np.diff(-np.exp(-np.append(TIME, TIME[-1] + WIDTH) / 5e-9))
    first = np.exp(-np.append(0.0, np.cumsum(arrivals)[:-1])) * -np.expm1(-arrivals)
    counts = np.random.default_rng(9).poisson(pulses * first)
    data = decay(counts, repetition_rate=rate, acquisition_time=pulses / rate)
    found = lab.trpl(data)
    left = lab.trpl(data, lab.TrplSettings(pile_up="left"))
    low, high = found.finding("lifetime_intensity").interval_95
    assert low < 5e-9 < high
    assert left.finding("lifetime_intensity").interval_95[1] < 5e-9
    assert any("pile-up" in text for text in found.warnings)


def test_ends_where_nothing_is_counted_are_left_out() -> None:
    counts = np.random.default_rng(10).poisson(3e3 * folded([4e-9], [1.0], gaussian(10e-9, 0.3e-9)) + 20.0)
    counts[:80] = 0
    counts[-120:] = 0
    found = lab.trpl(decay(counts))
    low, high = found.finding("lifetime_component").interval_95
    assert low < 4e-9 < high
    assert found.settings.window[1] < TIME[-120]
    assert not found.warnings


def test_decay_that_runs_out_without_background_keeps_its_empty_channels() -> None:
    counts = np.random.default_rng(11).poisson(50.0 * np.exp(-TIME / 2e-9))
    found = lab.trpl(decay(counts))
    low, high = found.finding("lifetime_intensity").interval_95
    assert low < 2e-9 < high
    assert found.settings.window[1] == pytest.approx(TIME[-1])


def test_scale_of_numbers_that_are_no_counts_is_seen_in_their_scatter() -> None:
    counts = np.random.default_rng(12).poisson(800.0 * np.exp(-TIME / 4e-9) + 30.0)
    plain = lab.trpl(decay(counts)).finding("lifetime_component")
    data = recording("decay", {"time": TIME}, {"intensity": (counts - 30.0) / 830.0})
    found = lab.trpl(data)
    scaled = found.finding("lifetime_component")
    assert scaled.value == pytest.approx(plain.value, rel=0.01)
    assert scaled.uncertainty == pytest.approx(plain.uncertainty, rel=0.3)
    assert not found.warnings


def test_photons_are_counted_into_a_decay_of_each_detector() -> None:
    generator = np.random.default_rng(13)
    micro = np.concatenate([generator.exponential(3e-9, 20_000), generator.exponential(6e-9, 20_000)])
    channel = np.repeat([0, 1], 20_000)
    inside = micro < 60e-9
    data = recording(
        "photons",
        {"arrival_time": np.arange(int(inside.sum())) * 1e-6},
        {"micro_time": np.floor(micro[inside] / WIDTH) * WIDTH, "channel": channel[inside]},
        time_resolution=WIDTH,
    )
    found = lab.trpl(data)
    for label, truth in (("channel 0", 3e-9), ("channel 1", 6e-9)):
        low, high = found.finding("lifetime_intensity", label).interval_95
        assert low < truth < high


@pytest.mark.parametrize("law", ["one exponential", "stretched exponential"])
def test_wrong_law_is_told(law: str) -> None:
    counts = np.random.default_rng(14).poisson(2e4 * (0.5 * np.exp(-TIME / 1e-9) + 0.5 * np.exp(-TIME / 8e-9)) + 5.0)
    found = lab.trpl(decay(counts), lab.TrplSettings(model=law))
    assert any("does not describe" in text or "better" in text for text in found.warnings)


def test_settings_that_were_used_give_the_same_numbers_again() -> None:
    response = gaussian(4e-9, 0.4e-9)
    counts = np.random.default_rng(15).poisson(2e3 * folded([2e-9, 9e-9], [0.6, 0.4], response) + 5.0)
    for given in (None, decay(1e4 * response)):
        found = lab.trpl(decay(counts), response=given)
        again = lab.trpl(decay(counts), lab.chosen(lab.TrplSettings, lab.as_text(found.settings)), response=given)
        assert again.findings == found.findings
        assert again.settings == found.settings


@pytest.mark.parametrize(
    ("counts", "time"),
    [
        (np.zeros(1000), TIME),
        (np.full(1000, 7.0), TIME),
        (np.full(1000, np.nan), TIME),
        (-np.ones(1000), TIME),
        (np.array([5.0]), TIME[:1]),
        (np.arange(1000.0), np.zeros(1000)),
        (np.random.default_rng(0).poisson(30.0, 1000), TIME),
        (np.random.default_rng(0).poisson(30.0, 1000), np.sort(np.random.default_rng(1).uniform(0.0, 1e-8, 1000))),
    ],
)
def test_what_is_no_decay_is_refused(counts: np.ndarray, time: np.ndarray) -> None:
    with pytest.raises(DataError):
        lab.trpl(decay(counts, time))


@pytest.mark.parametrize("odd", ["reversed", "negative", "spike", "empty window", "gap"])
def test_odd_input_is_answered_or_refused(odd: str) -> None:
    counts = np.random.default_rng(16).poisson(500.0 * np.exp(-TIME / 4e-9) + 5.0).astype(float)
    settings = lab.TrplSettings(window=(70e-9, 80e-9)) if odd == "empty window" else None
    if odd == "reversed":
        counts = counts[::-1].copy()
    if odd == "negative":
        counts -= 12.0
    if odd == "spike":
        counts[:] = 0.0
        counts[500] = 1e5
    if odd == "gap":
        counts[300:320] = np.nan
    try:
        found = lab.trpl(decay(counts), settings)
    except DataError:
        return
    assert all(math.isfinite(item.value) for item in found.findings)


def test_wrong_choices_are_refused() -> None:
    with pytest.raises(InputError):
        lab.chosen(lab.TrplSettings, {"model": "four exponentials", "window": "1 ns"})


def test_other_measurements_are_not_taken() -> None:
    takes = method_named("trpl").roles[0].takes
    assert takes(decay(np.ones(1000)))
    assert not takes(recording("time_series", {"time": TIME}, {"intensity": np.ones(1000)}))
    assert not takes(recording("photoluminescence", {"wavelength": TIME}, {"counts": np.ones(1000)}))


def test_real_decay_of_known_lifetime() -> None:
    data = halodot.read(real("trpl_synthetic/ideal_tcspc_decay.csv"))
    found = lab.trpl(data)
    for name, truth in (("lifetime_component", 2.5e-9), ("lifetime_intensity", 2.5e-9), ("decay_amplitude", 1e4)):
        low, high = found.finding(name).interval_95
        assert low < truth < high
    assert found.finding("lifetime_component").uncertainty < 0.005e-9
    assert not found.warnings


def test_real_response_below_zero_is_folded_in() -> None:
    response = halodot.read(real("trpl_synthetic/irf_520nm.csv"), columns="time (ns), counts")
    share = np.maximum(response["intensity"].values, 0.0)
    time = response["time"].values
    law = np.exp(-(time - time[0]) / 1.2e-9)
    expected = np.convolve(share / share.sum(), law)[: time.size]
    counts = np.random.default_rng(17).poisson(3e3 * expected / expected.max() + 2.0)
    found = lab.trpl(decay(counts, time), response=response)
    low, high = found.finding("lifetime_component").interval_95
    assert low < 1.2e-9 < high


def test_real_curves_of_one_file_keep_their_own_channels() -> None:
    found = lab.trpl(halodot.read(real("trpl_picoquant_text/aAS_TEST3_RH80.dat")))
    assert {item.of.split(",")[0] for item in found.findings} == {f"curve {number}" for number in range(4)}
    wide, fine = (found.finding("lifetime_intensity", f"curve {number}").value for number in (1, 3))
    assert 0.3 < wide / fine < 3.0  # the same decay in channels of 0.512 and of 0.004 ns


def test_real_photons_that_follow_no_pulse_are_refused() -> None:
    for name in ("trpl_becker_hickl/test_noise.spc", "trpl_picoquant_binary/v30_t2.ptu"):
        with pytest.raises(DataError, match="no decay"):
            lab.trpl(halodot.read(real(name)))
