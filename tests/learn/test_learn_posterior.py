"""Weighted draws against posteriors that are known in closed form."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from halodot.learn.intervals import Interval, bands, interval, weighted_quantiles
from halodot.learn.posterior import (
    Evaluated,
    LinearData,
    Sample,
    effective_size,
    no_data,
    normalised,
    resampled,
    sample_posterior,
)

Array = np.ndarray


def gaussian(residuals: Callable[[Array], Array]) -> Callable[[Array], Evaluated]:
    def evaluate(coordinates: Array) -> Evaluated:
        found = residuals(coordinates)
        return Evaluated(-0.5 * np.sum(found**2, axis=1), found)

    return evaluate


def linear(dimension: int, rows: int, size: float) -> LinearData:
    generator = np.random.default_rng(7)
    return LinearData(size * generator.normal(size=(dimension, rows)), size * generator.normal(size=rows))


def closed_form(data: LinearData) -> tuple[Array, Array]:
    """Mean and covariance of a standard-normal prior under linear data."""
    covariance = np.linalg.inv(np.eye(len(data.slope)) + data.slope @ data.slope.T)
    return -covariance @ data.slope @ data.offset, covariance


@pytest.mark.parametrize(("dimension", "rows"), [(2, 2), (40, 3)])
def test_linear_data_give_the_posterior_in_closed_form(dimension: int, rows: int) -> None:
    """Proposals that learn find it; about 300 effective draws lie within four of their standard errors."""
    data = linear(dimension, rows, 3.0)
    mean, covariance = closed_form(data)
    found = sample_posterior(gaussian(data.residuals), no_data(dimension), 400, seed=1, enough=300.0)
    assert found.ess > 300.0
    assert found.coordinates.shape[0] <= 1200
    sd = np.sqrt(np.diag(covariance))
    drawn = found.weights @ found.coordinates
    np.testing.assert_allclose(drawn, mean, atol=float(4.0 * np.max(sd) / math.sqrt(found.ess)))
    spread = np.sqrt(found.weights @ (found.coordinates - drawn) ** 2)
    assert np.median(spread / sd) == pytest.approx(1.0, abs=0.05)


def test_weights_are_not_biased() -> None:
    """The mean over 60 runs of 60 draws lies within the error of that mean, though each run adapts to its own draws."""
    data = linear(3, 1, 4.0)
    mean, _ = closed_form(data)
    runs = [sample_posterior(gaussian(data.residuals), no_data(3), 60, seed, enough=30.0) for seed in range(60)]
    means = np.array([run.weights @ run.coordinates for run in runs])
    error = means.std(axis=0, ddof=1) / math.sqrt(len(runs))
    assert np.all(np.abs(means.mean(axis=0) - mean) < 4.0 * error + 0.01)


def test_a_log_normal_number_known_to_35_percent_over_eight_decades() -> None:
    """ln y = 4.7 z: eight decades hold 95 % of the prior, and y is measured far from its middle."""
    width, told, error = 4.7, 6.0, 0.35
    found = sample_posterior(gaussian(lambda z: (width * z[:, :1] - told) / error), no_data(5), 200, seed=2)
    assert found.ess >= 100.0
    precision = 1.0 + (width / error) ** 2
    expected = math.exp(width * (width / error) * (told / error) / precision)
    log_y = width * found.coordinates[:, 0]
    drawn = interval(np.exp(log_y), found.weights, logarithmic=True)
    assert drawn.median == pytest.approx(expected, rel=0.15)
    assert drawn.sd == pytest.approx(width / math.sqrt(precision), rel=0.2)


def test_two_maxima_keep_their_weights() -> None:
    """z^2 = 4 +- 0.5 leaves two equal maxima: half of the weight on either side, by steps that see both."""
    found = sample_posterior(
        gaussian(lambda z: (z[:, :1] ** 2 - 4.0) / 0.5), no_data(2), 1000, seed=3, enough=400.0, most=12_000
    )
    right = float(np.sum(found.weights[found.coordinates[:, 0] > 0.0]))
    assert right == pytest.approx(0.5, abs=4.0 * 0.5 / math.sqrt(found.ess))
    assert float(np.sum(found.weights[np.abs(found.coordinates[:, 0]) < 1.0])) < 0.01


def test_data_that_count_as_linear_are_part_of_the_posterior() -> None:
    """One datum taken as linear and another as it is give the posterior of both; the first proposal knows both."""
    data = linear(4, 2, 2.0)
    mean, _ = closed_form(data)
    base = LinearData(data.slope[:, :1], data.offset[:1])
    other = LinearData(data.slope[:, 1:], data.offset[1:])
    found = sample_posterior(gaussian(other.residuals), base, 500, seed=4, first=data)
    assert found.ess > 250.0
    np.testing.assert_allclose(found.weights @ found.coordinates, mean, atol=4.0 / math.sqrt(found.ess))
    assert base.log_ratio(np.zeros((1, 4)))[0] == pytest.approx(
        _log_normal(np.zeros(4), *closed_form(base)) - _log_normal(np.zeros(4), np.zeros(4), np.eye(4))
    )


def _log_normal(point: Array, mean: Array, covariance: Array) -> float:
    away = point - mean
    return float(-0.5 * away @ np.linalg.solve(covariance, away) - 0.5 * np.linalg.slogdet(covariance)[1])


def test_draws_under_linear_data_have_its_mean_and_covariance() -> None:
    data = linear(3, 2, 1.0)
    mean, covariance = closed_form(data)
    drawn = data.draw(40_000, np.random.default_rng(5))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.02)


def test_a_likelihood_without_residuals_and_failed_draws_are_weighted_too() -> None:
    def evaluate(coordinates: Array) -> Evaluated:
        return Evaluated(np.where(coordinates[:, 0] > 0.0, -0.5 * coordinates[:, 0] ** 2, -math.inf))

    found = sample_posterior(evaluate, no_data(1), 400, seed=6)
    assert found.weights @ found.coordinates[:, 0] == pytest.approx(1.0 / math.sqrt(math.pi), abs=0.1)
    unlikely = sample_posterior(lambda z: Evaluated(np.full(len(z), -math.inf)), no_data(1), 20, seed=6, most=60)
    assert unlikely.ess == 0.0
    assert np.all(unlikely.weights == 0.0)


def test_effective_sizes() -> None:
    assert effective_size(np.ones(7)) == pytest.approx(7.0)
    assert effective_size(np.array([1.0, 0.0])) == pytest.approx(1.0)
    assert effective_size(np.zeros(3)) == 0.0
    assert normalised(np.array([-1e4, -1e4])).tolist() == [0.5, 0.5]
    assert isinstance(Sample(np.zeros((1, 1)), np.zeros(1), (1,), 1).ess, float)


def test_resampling_takes_each_draw_as_often_as_its_weight_says() -> None:
    weights = np.array([0.5, 0.0, 0.25, 0.25])
    assert resampled(weights, 8, seed=1).tolist() == [4, 0, 2, 2]
    uneven = resampled(np.array([0.3, 0.7]), 11, seed=2)
    assert uneven.sum() == 11
    assert uneven[0] in (3, 4)


@pytest.mark.parametrize("count", [40, 100])
@pytest.mark.parametrize("spread", [0.0, 0.7])
def test_intervals_of_few_draws_hold_the_truth_as_often_as_they_say(count: int, spread: float) -> None:
    """The truth is one more draw of the same distribution; draws of uneven weight stand for fewer."""
    random = np.random.default_rng(20_261_128)
    held = []
    for _ in range(4000):
        draws, truth = random.standard_normal(count), random.standard_normal()
        low, high = weighted_quantiles(draws, np.exp(spread * random.standard_normal(count)), [0.025, 0.975])
        held.append(low <= truth <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.015 if spread == 0.0 else 0.03)


def test_weighted_quantiles_of_equal_and_of_unequal_draws() -> None:
    values = np.array([3.0, 1.0, 2.0, math.nan])
    assert weighted_quantiles(values, np.ones(4), [0.5]).tolist() == [2.0]
    ends = weighted_quantiles(np.arange(1.0, 40.0), np.ones(39), [0.025, 0.975])
    assert ends == pytest.approx([1.0, 39.0])
    once = weighted_quantiles(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 4.0]), [0.5])
    assert 2.0 < once[0] < 3.0
    assert np.all(np.isnan(weighted_quantiles(np.array([math.nan]), np.ones(1), [0.5])))


def test_an_interval_of_a_log_normal_number_is_one_of_its_logarithm() -> None:
    drawn = np.random.default_rng(8).standard_normal(20_000)
    found = interval(np.exp(2.0 * drawn), np.ones(drawn.size), logarithmic=True)
    assert found.sd == pytest.approx(2.0, rel=0.03)
    assert found.width == pytest.approx(2.0 * 2.0 * 1.96, rel=0.03)
    assert found.median == pytest.approx(1.0, rel=0.05)
    assert isinstance(interval(np.array([0.0, 1.0]), np.ones(2), logarithmic=True), Interval)
    assert bands(np.stack([drawn, drawn + 1.0], axis=1), np.ones(drawn.size))[2] == pytest.approx([0.0, 1.0], abs=0.03)
