"""An estimate of every device from a few computed ones: a polynomial of what varies, and how far it misses.

Steps by one standard deviation from the stated device give the slope of every input. For the few inputs that matter
most, devices drawn at random correct slope, square and products by least squares. What the polynomial misses is known
from each device left out of its own fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from halodot.arrays import Array, BoolArray, IntArray
from halodot.learn.limits import OUTPUTS

#: of the devices, share that the terms of a polynomial are at most
_MOST_TERMS = 0.5
#: share of the devices that must give a number for it to be estimated
_ENOUGH = 0.9


@dataclass(frozen=True, eq=False)
class Estimate:
    """One output as a polynomial of the deviates, of its logarithm where it is judged by factors."""

    name: str
    centre: float
    slope: Array  # (input,), of a step of one deviate
    kept: IntArray  # inputs with squares and products
    terms: Array  # what the fit adds for them, (term,)
    root: Array  # lower triangle of the covariance of the terms, (term, term)
    missed: float  # standard deviation of what a device that was left out lies beside it
    freedom: int  # devices beyond the terms

    def value(self, deviates: Array) -> Array:
        """Return the output at deviates [1], shape (device, input), scaled as the estimate is."""
        return np.asarray(self.centre + deviates @ self.slope + _terms(deviates[:, self.kept]) @ self.terms)

    def moved(self, normal: Array) -> Estimate:
        """Return the estimate with other terms of the same fit.

        Args:
            normal: independent standard-normal numbers, (term,).
        """
        return replace(self, terms=self.terms + self.root @ normal[: self.terms.size])

    @property
    def drawn(self) -> int:
        """Devices drawn at random behind it."""
        return self.freedom + int(self.terms.size)

    @property
    def rest(self) -> float:
        """Standard deviation that the inputs without squares and products make together."""
        return float(np.linalg.norm(np.delete(self.slope, self.kept)))


def _terms(deviates: Array) -> Array:
    """Constant, first powers, squares and products, (device, term)."""
    first, second = np.triu_indices(deviates.shape[1])
    ones = np.ones((len(deviates), 1))
    return np.concatenate([ones, deviates, deviates[:, first] * deviates[:, second] - (first == second)], axis=1)


def term_count(kept: int) -> int:
    """Return how many terms a polynomial of some inputs has.

    >>> term_count(2)
    6
    """
    return 1 + kept + kept * (kept + 1) // 2


def scaled(name: str, numbers: Array) -> Array:
    """Return an output as it is estimated: its logarithm where it is judged by factors.

    Args:
        name: of :data:`halodot.learn.limits.OUTPUTS`.
        numbers: in SI, any shape.
    """
    if not OUTPUTS[name].logarithmic:
        return numbers
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(numbers > 0.0, np.log(numbers), math.nan)


def unscaled(name: str, numbers: Array) -> Array:
    """Return an output in SI from what was estimated, see :func:`scaled`."""
    return np.exp(numbers) if OUTPUTS[name].logarithmic else numbers


def ranked_inputs(centre: Array, stepped: Array) -> IntArray:
    """Return the inputs by the largest share that a step of one deviate has in any output, (input,).

    Args:
        centre: outputs of the stated device as they are estimated, (output,).
        stepped: those after a step of each input, (input, output).
    """
    step = np.nan_to_num(stepped - centre)
    whole = np.sqrt(np.sum(step**2, axis=0))
    share = np.abs(step) / np.where(whole > 0.0, whole, 1.0)
    return np.argsort(-np.max(share, axis=1), kind="stable")


def estimate_of(
    name: str, centre: float, slope: Array, order: IntArray, deviates: Array, found: Array
) -> Estimate | None:
    """Return the estimate of one output, None where too few devices give the number.

    Args:
        name: of the output.
        centre: its value for the stated device, scaled.
        slope: by a step of one deviate, scaled, (input,).
        order: of the inputs, the most important first.
        deviates: of devices drawn at random, (device, input).
        found: their output, scaled, (device,).
    """
    seen: BoolArray = np.isfinite(found)
    count = int(np.sum(seen))
    if not math.isfinite(centre) or count < max(_ENOUGH * len(found), 4) or not np.all(np.isfinite(slope)):
        return None
    most = max((k for k in range(len(order) + 1) if term_count(k) <= max(_MOST_TERMS * count, 1)), default=0)
    kept = order[:most]
    off = found[seen] - centre - deviates[seen] @ slope
    table = _terms(deviates[seen][:, kept])
    inverse = np.linalg.pinv(table)
    terms = inverse @ off
    left_out = (off - table @ terms) / np.maximum(1.0 - np.sum(table * inverse.T, axis=1), 1e-9)
    freedom = count - terms.size
    noise = float(np.sum((off - table @ terms) ** 2)) / freedom
    covariance = noise * (inverse @ inverse.T)
    root = np.asarray(
        np.linalg.cholesky(covariance + 1e-14 * max(float(np.trace(covariance)), 1e-300) * np.eye(terms.size)),
        dtype=np.float64,
    )
    missed = math.sqrt(float(np.mean(left_out**2)))
    return Estimate(name, centre, slope, kept, terms, root, missed, freedom)
