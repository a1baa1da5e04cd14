"""PL decays drawn with known lifetimes: bias at few counts, and how often the intervals hold the truth.

The decays are made here on a grid eight times finer than the channels: a response of continuous shape is folded with
exponentials that all earlier pulses left behind, integrated over the channels and drawn from a Poisson distribution.
The response is recorded in the same way, at another time, with noise and background of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import xarray
from lab_coverage import coverage

from halodot import lab
from halodot.lab import Analysis

_FINE = 8
#: of the decays with few counts: 3 and 12 ns with heights 3 to 1, whose averages are 5.250 and 8.143 ns
_FEW = {"lifetimes": np.array([3.0, 12.0]), "heights": np.array([0.75, 0.25])}
_TRUE = (5.25, 42.75 / 5.25)


def recorded(time: np.ndarray, counts: np.ndarray, rate: float = math.nan) -> xarray.Dataset:
    """Return counts [1] against time [ns] as a reader gives them."""
    attributes = {
        "kind": "decay",
        "file": "drawn.txt",
        "sha256": "0" * 64,
        "reader": "drawn",
        "warnings": "",
        "notes": "",
    }
    if math.isfinite(rate):
        attributes["repetition_rate"] = rate  # type: ignore[assignment]
    described = {"units": "1", "long_name": "Counts", "quantity": "counts"}
    axis = {"units": "s", "long_name": "Time", "quantity": "time"}
    return xarray.Dataset(
        {"counts": (("time",), counts, described)}, {"time": (("time",), time * 1e-9, axis)}, attributes
    )


def response_at(since: np.ndarray, fwhm: float, tail: float) -> np.ndarray:
    """Return a response: a Gaussian, a tenth of its light delayed exponentially."""
    sigma = fwhm / 2.3548
    prompt = np.exp(-0.5 * (since / sigma) ** 2) / sigma / math.sqrt(2.0 * math.pi)
    if not tail:
        return prompt
    late = np.convolve(prompt, np.exp(-np.arange(since.size) * (since[1] - since[0]) / tail))[: since.size]
    return np.asarray(0.9 * prompt + 0.1 * late / late.sum() * prompt.sum())


class Instrument:
    """Channels, pulses and response."""

    def __init__(self, channels: int, width: float, pulse: float, fwhm: float, tail: float) -> None:
        self.channels, self.width, self.pulse, self.fwhm, self.tail = channels, width, pulse, fwhm, tail
        self.time = width * (np.arange(channels) + 0.5)
        self.period = channels * width
        self.fine = width / _FINE * (np.arange(channels * _FINE) + 0.5)

    def binned(self, fine: np.ndarray) -> np.ndarray:
        return np.asarray(fine.reshape(self.channels, _FINE).sum(axis=1))

    def decay(self, law: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return the shape of a decay, folded with the response around the period, its highest channel 1."""
        response = response_at(self.fine - self.pulse, self.fwhm, self.tail)
        since = self.fine - self.fine[0]
        periodic = sum(law(since + cycle * self.period) for cycle in range(6))
        folded = np.fft.irfft(np.fft.rfft(response) * np.fft.rfft(np.asarray(periodic)), since.size)
        shape = self.binned(np.maximum(folded, 0.0))
        return np.asarray(shape / shape.max())

    def response(self, generator: np.random.Generator, peak: float, offset: float) -> xarray.Dataset:
        shape = self.binned(response_at(self.fine - self.pulse - offset, self.fwhm, self.tail))
        counts = generator.poisson(peak * shape / shape.max() + generator.uniform(0.05, 3.0))
        return recorded(self.time, counts)


def exponentials(lifetimes: np.ndarray, heights: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda since: np.asarray(heights @ np.exp(-since / lifetimes[:, None]))


def truth_of(lifetimes: np.ndarray, heights: np.ndarray) -> dict[str, float]:
    area = float(heights @ lifetimes)
    delayed = float(heights @ lifetimes**2)
    return {"lifetime_amplitude": 1e-9 * area / float(heights.sum()), "lifetime_intensity": 1e-9 * delayed / area}


def instrument(generator: np.random.Generator, longest: float, shortest: float) -> Instrument:
    """Return an instrument whose record holds a decay [ns]."""
    channels = int(generator.choice([512, 1024, 2048, 4096]))
    width = longest * generator.uniform(6.0, 14.0) / channels
    fwhm = max(generator.uniform(2.5, 8.0) * width, min(generator.uniform(0.05, 0.6) * shortest, 40.0 * width))
    pulse = channels * width * generator.uniform(0.06, 0.15) + 2.0 * fwhm
    return Instrument(channels, width, pulse, fwhm, fwhm * generator.choice([0.0, 1.0]))


def drawn(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return a decay of one or two exponentials, 72 to 100,000 counts at the peak, and its averages."""
    generator = np.random.default_rng(seed)
    longest = math.exp(generator.uniform(math.log(2.0), math.log(60.0)))
    if generator.random() < 0.5:
        lifetimes, heights = np.array([longest]), np.array([1.0])
    else:
        lifetimes = np.array([longest / generator.uniform(2.5, 8.0), longest])
        share = generator.uniform(0.2, 0.9)
        heights = np.array([share, 1.0 - share])
    return _measured(
        generator, instrument(generator, longest, lifetimes[0]), exponentials(lifetimes, heights)
    ), truth_of(lifetimes, heights)


def _measured(
    generator: np.random.Generator,
    made: Instrument,
    law: Callable[[np.ndarray], np.ndarray],
    settings: lab.TrplSettings | None = None,
) -> Callable[[], Analysis]:
    peak = math.exp(generator.uniform(math.log(72.0), math.log(1e5)))
    dark = peak * math.exp(generator.uniform(math.log(1e-4), math.log(2e-2)))
    data = recorded(made.time, generator.poisson(peak * made.decay(law) + dark), 1e9 / made.period)
    response = made.response(
        generator, math.exp(generator.uniform(math.log(3e3), math.log(1e5))), generator.uniform(-1.0, 1.0)
    )
    return lambda: lab.trpl(data, settings, response=response)


def misfitted(seed: int) -> tuple[Callable[[], Analysis], Mapping[str, float]]:
    """Return two exponentials to be fitted as a stretched one, or log-normal rates to be fitted as two exponentials."""
    generator = np.random.default_rng(seed)
    middle = math.exp(generator.uniform(math.log(2.0), math.log(30.0)))
    if seed % 2:
        lifetimes = middle * np.array([1.0, generator.uniform(2.5, 8.0)])
        share = generator.uniform(0.3, 0.9)
        heights = np.array([share, 1.0 - share])
        made = instrument(generator, lifetimes[1], lifetimes[0])
        settings = lab.TrplSettings(model="stretched exponential")
        return _measured(generator, made, exponentials(lifetimes, heights), settings), truth_of(lifetimes, heights)
    spread = generator.uniform(0.3, 1.1)
    places = np.linspace(-5.0, 5.0, 201)
    shares = np.exp(-0.5 * places**2)
    lifetimes = middle * np.exp(-spread * places)
    made = instrument(generator, middle * math.exp(1.5 * spread), middle * math.exp(-spread))
    settings = lab.TrplSettings(model="two exponentials")
    truth = {
        "lifetime_amplitude": 1e-9 * middle * math.exp(0.5 * spread**2),
        "lifetime_intensity": 1e-9 * middle * math.exp(1.5 * spread**2),
    }
    return _measured(generator, made, exponentials(lifetimes, shares / shares.sum()), settings), truth


def few_counts(seed: int) -> tuple[xarray.Dataset, xarray.Dataset, np.ndarray, Instrument]:
    """Return a decay with 72 counts at the peak, its response, and the same instrument."""
    generator = np.random.default_rng(seed)
    made = Instrument(1024, 0.1, 8.0, 0.3, 0.0)
    counts = generator.poisson(72.0 * made.decay(exponentials(**_FEW)) + 0.2)
    return recorded(made.time, counts, 1e9 / made.period), made.response(generator, 2e4, 0.3), counts, made


def weighted_by_counts(counts: np.ndarray, made: Instrument) -> tuple[float, float]:
    """Return both averages [ns] from least squares with weights 1/N, empty channels left out, the true response."""
    from scipy.optimize import least_squares

    filled = counts > 0
    cache: dict[float, np.ndarray] = {}

    def column(lifetime: float) -> np.ndarray:
        if lifetime not in cache:
            response = response_at(made.fine - made.pulse, made.fwhm, made.tail)
            kernel = np.exp(-(made.fine - made.fine[0]) / lifetime) / -math.expm1(-made.period / lifetime)
            cache[lifetime] = (
                made.binned(np.fft.irfft(np.fft.rfft(response) * np.fft.rfft(kernel), kernel.size))
                / _FINE
                * (made.fine[1] - made.fine[0])
            )
        return cache[lifetime]

    def residual(numbers: np.ndarray) -> np.ndarray:
        heights, lifetimes = np.exp(numbers[:2]), np.exp(numbers[2:4])
        model = heights[0] * column(lifetimes[0]) + heights[1] * column(lifetimes[1]) + numbers[4]
        return np.asarray((model - counts)[filled] / np.sqrt(counts[filled]))

    found = least_squares(residual, np.array([*np.log([54.0 * _FINE, 18.0 * _FINE, 3.0, 12.0]), 0.2]), x_scale="jac")
    heights, lifetimes = np.exp(found.x[:2]), np.exp(found.x[2:4])
    area = float(heights @ lifetimes)
    return area / float(heights.sum()), float(heights @ lifetimes**2) / area


def bias(found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean relative deviation from the truth of both averages, and its standard error."""
    relative = found / np.array(_TRUE) - 1.0
    return relative.mean(axis=0), relative.std(axis=0, ddof=1) / math.sqrt(len(relative))


def test_few_counts_give_no_bias() -> None:
    check_bias(0, 1000, 100)


def check_bias(first: int, draws: int, habit: int) -> None:
    """Hold the bias of both averages at few counts within 1 %, and print that of least squares beside it."""
    found, least = [], []
    for seed in range(first, first + draws):
        data, response, counts, made = few_counts(seed)
        made_of = lab.trpl(data, lab.TrplSettings(model="two exponentials", rivals=False), response=response)
        found.append([1e9 * made_of.finding(name).value for name in ("lifetime_amplitude", "lifetime_intensity")])
        if seed < first + habit:
            least.append(weighted_by_counts(counts, made))
    for name, values in (("Poisson likelihood", found), ("least squares with weights 1/N", least)):
        mean, error = bias(np.array(values))
        print(
            f"{name}, {len(values)} decays of 72 counts: amplitude average {mean[0]:+.2%} +- {error[0]:.2%}, "
            f"intensity average {mean[1]:+.2%} +- {error[1]:.2%}"
        )
    mean, _ = bias(np.array(found))
    assert np.all(np.abs(mean) < 0.01)


def test_intervals_hold_the_truth() -> None:
    shares = coverage("PL decay", drawn, range(200))
    for name, held in shares.held.items():
        assert 0.90 <= held <= 0.99, name
    assert shares.warned <= 0.05


def test_wrong_law_is_covered_or_told() -> None:
    shares = coverage("PL decay, wrong law", misfitted, range(1000, 1200))
    assert min(shares.held_or_warned.values()) >= 0.90
