"""Whether a law describes a PL decay: residuals channel by channel, merged to many counts, and from one to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.lab.fitting import lag_one_correlation
from halodot.lab.methods._trpl_fit import Minimum

#: chance of residuals as large, or as correlated, in a decay that the law describes: one in 10,000
_DEVIATIONS = 3.7
#: likewise of the mean square of residuals of few counts, whose distribution is skewed
_DEVIATIONS_SKEWED = 4.5
#: variance of residuals in that of counting below which they are no noise, as those of a calculated decay
_FAR_BELOW_NOISE = 0.1
#: counts that the channels merged for the judgement of the fit hold at least, and how many merged ones there are
_MERGED_COUNTS, _MERGED = 25.0, 200


@dataclass(frozen=True)
class Judged:
    """How far residuals are from counting noise."""

    excess: float  # mean square of the residuals
    deviations: float  # of it from 1, in standard deviations
    merged_excess: float  # likewise of channels merged to many counts, where what is slow shows
    merged_deviations: float
    correlation: float
    correlation_deviations: float

    @property
    def inflation(self) -> float:
        """Factor by which the variance of everything found is raised where the law does not describe the decay."""
        return 1.0 if self.describes else max(self.excess, self.merged_excess, 1.0)

    @property
    def describes(self) -> bool:
        """Whether the law describes the decay."""
        if self.excess < _FAR_BELOW_NOISE:
            return True
        slow = max(self.merged_deviations, abs(self.correlation_deviations))
        return slow < _DEVIATIONS and self.deviations < _DEVIATIONS_SKEWED


def judged_of(found: Minimum) -> Judged:
    """Return how far the residuals of a fit are from counting noise.

    Args:
        found: the minimum.
    """
    channels = found.model.channels
    expected = found.model.expected(found.numbers)[0]
    variance = expected * channels.excess
    residual = (channels.counts - expected) / np.sqrt(variance)
    spread = np.sqrt(np.mean(2.0 + 1.0 / variance) / residual.size)
    excess = float(np.mean(residual**2)) * residual.size / max(residual.size - found.numbers.size, 1)
    share = max(_MERGED_COUNTS, float(expected.sum()) / _MERGED)
    group = np.floor(np.cumsum(expected) / share).astype(int)
    merged = np.bincount(group, channels.counts - expected) / np.sqrt(np.maximum(np.bincount(group, variance), 1e-12))
    merged = merged[np.bincount(group) > 0]
    free = max(merged.size - found.numbers.size, 1)
    slow = float(np.sum(merged**2)) / free
    return Judged(
        excess=excess,
        deviations=(excess - 1.0) / float(spread),
        merged_excess=slow,
        merged_deviations=_normal_of_chi2(slow, free),
        correlation=lag_one_correlation(residual),
        correlation_deviations=lag_one_correlation(residual) * math.sqrt(residual.size),
    )


def _normal_of_chi2(reduced: float, free: int) -> float:
    """Return a reduced chi-square as standard deviations of a normal distribution (Wilson and Hilferty, 1931)."""
    part = 2.0 / (9.0 * free)
    return (math.pow(max(reduced, 0.0), 1.0 / 3.0) - (1.0 - part)) / math.sqrt(part)
