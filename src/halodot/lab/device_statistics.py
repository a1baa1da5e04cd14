"""What many devices of a sample say together: mean, spread, champion, yield, and how two samples differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.lab.findings import NORMAL_95

#: deviations of a normal distribution over which an order statistic is integrated
_REACH = 12.0
_PLACES = 4801
FEWEST_FOR_BOOTSTRAP = 8


@dataclass(frozen=True)
class Spread:
    """A statistic with its standard uncertainty and 95 % interval."""

    value: float
    uncertainty: float
    interval: tuple[float, float]


def mean_of(values: Array, resamples: int, seed: int) -> Spread:
    """Return the mean of independent devices with its standard error and a bootstrap interval.

    The percentiles of the bootstrap are widened to the coverage of Student's interval, which plain ones fall short of
    in small samples: Phi^-1(p) = -sqrt(n/(n - 1)) t(0.975, n - 1). Below eight devices a resample cannot lie further
    out than the devices themselves, and Student's interval is taken.

    Args:
        values: (device,), at least two.
        resamples: number of resampled samples.
        seed: of them.

    Source: T. C. Hesterberg, Am. Stat. 69, 371 (2015).
    """
    from scipy.stats import t

    if values.size < FEWEST_FOR_BOOTSTRAP:
        half = float(t.ppf(0.975, values.size - 1)) * float(np.std(values, ddof=1)) / math.sqrt(values.size)
        mean = float(np.mean(values))
        return Spread(mean, float(np.std(values, ddof=1)) / math.sqrt(values.size), (mean - half, mean + half))
    found = _resampled(values, resamples, seed).mean(axis=1)
    low, high = _widened(found, values.size)
    error = float(np.std(values, ddof=1)) / math.sqrt(values.size)
    value = float(np.mean(values))
    return Spread(value, error, (min(low, value), max(high, value)))


def median_of(values: Array, resamples: int, seed: int) -> Spread:
    """Return the median with the standard deviation and the widened percentiles of its bootstrap.

    Args:
        values: (device,), at least two.
        resamples: number of resampled samples.
        seed: of them.
    """
    found = np.median(_resampled(values, resamples, seed), axis=1)
    low, high = _widened(found, values.size)
    value = float(np.median(values))
    return Spread(value, float(np.std(found, ddof=1)), (min(low, value), max(high, value)))


def _resampled(values: Array, resamples: int, seed: int) -> Array:
    generator = np.random.default_rng(seed)
    return np.asarray(values[generator.integers(0, values.size, (resamples, values.size))])


def _widened(found: Array, count: int) -> tuple[float, float]:
    from scipy.special import ndtr
    from scipy.stats import t

    tail = float(ndtr(-math.sqrt(count / (count - 1.0)) * float(t.ppf(0.975, count - 1))))
    low, high = np.quantile(found, (tail, 1.0 - tail))
    return float(low), float(high)


def deviation_of(values: Array) -> Spread:
    """Return the standard deviation of devices with an interval that allows for a kurtosis other than normal.

    Args:
        values: (device,), at least three.

    Source: D. G. Bonett, Comput. Stat. Data Anal. 50, 775 (2006).
    """
    from scipy.stats import trim_mean

    count = values.size
    deviation = float(np.std(values, ddof=1))
    if not deviation > 0.0:
        return Spread(0.0, 0.0, (0.0, 0.0))
    cut = 1.0 / (2.0 * math.sqrt(count - 4.0)) if count > 5 else 0.0
    centre = float(trim_mean(values, min(cut, 0.4)))
    squares = float(np.sum((values - values.mean()) ** 2))
    kurtosis = max(count * float(np.sum((values - centre) ** 4)) / squares**2, 1.0)
    factor = count / (count - NORMAL_95) if count > 2 else 1.0
    error = factor * math.sqrt(max(kurtosis - (count - 3.0) / count, 0.2) / (count - 1.0))
    middle = math.log(factor * deviation**2)
    interval = (math.exp(0.5 * (middle - NORMAL_95 * error)), math.exp(0.5 * (middle + NORMAL_95 * error)))
    return Spread(deviation, 0.5 * deviation * error, interval)


def expected_maximum(count: int) -> tuple[float, float]:
    """Return mean and standard deviation of the highest of ``count`` draws of a standard normal distribution.

    >>> round(expected_maximum(20)[0], 3)
    1.867
    """
    from scipy.special import log_ndtr

    z = np.linspace(-_REACH, _REACH, _PLACES)
    density = count * np.exp(-0.5 * z**2 - 0.5 * math.log(2.0 * math.pi) + (count - 1.0) * log_ndtr(z))
    step = z[1] - z[0]
    mean = float(np.sum(z * density) * step)
    return mean, math.sqrt(float(np.sum((z - mean) ** 2 * density) * step))


def champion_chance(values: Array) -> float:
    """Return how often the highest of as many normal draws lies as far above the others as the highest of these.

    Args:
        values: (device,), at least four. The distribution is that of the others.
    """
    from scipy.stats import t

    ordered = np.sort(values)
    others = ordered[:-1]
    deviation = float(np.std(others, ddof=1))
    if not deviation > 0.0:
        return 1.0
    beyond = (ordered[-1] - others.mean()) / (deviation * math.sqrt(1.0 + 1.0 / others.size))
    return min(1.0, values.size * float(t.sf(beyond, others.size - 1)))


def wilson(successes: int, count: int) -> Spread:
    """Return a share of devices with Wilson's 95 % interval.

    Args:
        successes: devices that have something.
        count: of all devices.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927).
    """
    share = successes / count
    square = NORMAL_95**2
    middle = (share + square / (2.0 * count)) / (1.0 + square / count)
    half = NORMAL_95 / (1.0 + square / count) * math.sqrt(share * (1.0 - share) / count + square / (4.0 * count**2))
    error = math.sqrt(max(share * (1.0 - share), 1.0 / (4.0 * count)) / count)
    return Spread(share, error, (max(0.0, middle - half), min(1.0, middle + half)))


@dataclass(frozen=True)
class Difference:
    """How two samples differ."""

    difference: Spread  # mean of one minus mean of the other
    chance: float  # two-sided probability of the ranks if both were one population (Mann and Whitney)


def difference_of(values: Array, reference: Array) -> Difference:
    """Return the difference of two means with Welch's interval, and the test of Mann and Whitney.

    Args:
        values: (device,), at least two.
        reference: (device,), at least two.
    """
    from scipy.stats import mannwhitneyu, t

    parts = [float(np.var(one, ddof=1)) / one.size for one in (values, reference)]
    error = math.sqrt(sum(parts))
    value = float(np.mean(values) - np.mean(reference))
    degrees = min(values.size, reference.size) - 1.0
    if error > 0.0:
        degrees = error**4 / (parts[0] ** 2 / (values.size - 1.0) + parts[1] ** 2 / (reference.size - 1.0))
    half = float(t.ppf(0.975, degrees)) * error
    chance = float(mannwhitneyu(values, reference, alternative="two-sided").pvalue)
    return Difference(Spread(value, error, (value - half, value + half)), chance)
