"""Whether a model can be right at all: chi squared a degree of freedom, and whether residuals change sign by chance.

A model without the right physics lies above the curve over a stretch and below over the next. The number of stretches
of one sign, Wald and Wolfowitz's runs (Ann. Math. Stat. 11 (1940) 147), is then too small, whatever the size of the
noise is taken to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from halodot.arrays import Array

#: probability of as few runs by chance, below which a model is called misspecified
MISSPECIFIED = 0.01


class RunsTest(NamedTuple):
    """How often residuals change sign along a curve."""

    runs: int
    expected: float
    probability: float  # of as few runs or fewer by chance


def runs_test(residuals: Array) -> RunsTest:
    """Return Wald and Wolfowitz's test on the signs of residuals, one-sided and exact.

    Args:
        residuals: [any unit], (point,), in the order of the abscissa; zeros are left out.

    Returns:
        The runs, those expected of as many points of either sign in any order, and the probability of as few.

    >>> runs_test(np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0]))
    RunsTest(runs=2, expected=4.0, probability=0.1)
    """
    signs = np.sign(residuals[residuals != 0.0])
    above, below = int(np.sum(signs > 0.0)), int(np.sum(signs < 0.0))
    if above == 0 or below == 0:
        return RunsTest(int(signs.size > 0), float(signs.size > 0), 1.0)
    runs = 1 + int(np.sum(signs[1:] != signs[:-1]))
    expected = 1.0 + 2.0 * above * below / (above + below)
    few = sum(_orders(count, above, below) for count in range(2, runs + 1))
    return RunsTest(runs, expected, float(min(round(few, 12), 1.0)))


def _orders(runs: int, above: int, below: int) -> float:
    """Return the probability of a number of runs, 2 C(n-1, k-1) C(m-1, k-1) / C(n+m, n) for 2 k of them."""
    half = runs // 2
    whole = _log_choices(above + below, above)
    if runs % 2 == 0:
        return 2.0 * math.exp(_log_choices(above - 1, half - 1) + _log_choices(below - 1, half - 1) - whole)
    pairs = ((half, half - 1), (half - 1, half))
    return sum(math.exp(_log_choices(above - 1, i) + _log_choices(below - 1, k) - whole) for i, k in pairs)


def _log_choices(of: int, chosen: int) -> float:
    """Return ln C(n, k), minus infinity where there is no choice."""
    if not 0 <= chosen <= of:
        return -math.inf
    return float(gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1))


def joint_probability(tests: Sequence[RunsTest]) -> float:
    """Return the probability that the least of several independent tests is as small by chance, 1 - (1 - p)^N."""
    least = min((test.probability for test in tests), default=1.0)
    return -math.expm1(len(tests) * math.log1p(-least)) if least < 1.0 else 1.0
