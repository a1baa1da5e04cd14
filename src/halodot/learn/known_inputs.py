"""What is left of the uncertainty of an output when some of its inputs are known, to first order."""

from __future__ import annotations

import math

import numpy as np

from halodot.states import Array


def variance_of(gradient: Array, covariance: Array) -> float:
    """Return the variance of an output to first order, g^T C g.

    Args:
        gradient: d output / d input, (input,).
        covariance: of the inputs, (input, input).
    """
    return max(float(gradient @ covariance @ gradient), 0.0)


def sd_with_known(gradient: Array, covariance: Array, known: Array) -> float:
    """Return the standard deviation of an output with some inputs known, to first order.

    ``sqrt(g^T C g - b^T C_SS^-1 b)`` with ``b = (C g)_S``: what the known ones say of others counts.

    Args:
        gradient: d output / d input, (input,).
        covariance: of the inputs, (input, input).
        known: places of the known inputs, each with a variance above 0, (known,).
    """
    sd = np.sqrt(np.diag(covariance)[known])
    along = (covariance @ gradient)[known] / sd
    block = covariance[np.ix_(known, known)] / np.outer(sd, sd)
    gone = float(along @ np.linalg.lstsq(block, along, rcond=1e-10)[0])
    return math.sqrt(max(variance_of(gradient, covariance) - gone, 0.0))
