"""Differences of nearly equal numbers, written so that nothing cancels and equilibrium is exactly zero."""

from __future__ import annotations

import math

from halodot.compiled import kernel

#: Below and above these, 1 - exp(-x) is its series and 1, to the rounding of a double.
_SMALL, _LARGE = 0.01, 45.0


@kernel
def one_minus_exp(x: float) -> float:
    """Return 1 - exp(-x), without a call where it is close to x or to 1, which is at most nodes.

    Args:
        x: at least 0 [1].
    """
    if x < _SMALL:
        return x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0)))))
    if x > _LARGE:
        return 1.0
    return -math.expm1(-x)


@kernel
def difference(a: float, b: float, log_ratio: float) -> float:
    """Return a - b of two positive numbers from their ratio, in their unit.

    Args:
        a: first number.
        b: second number.
        log_ratio: ln(a/b), which quasi-Fermi levels give exactly [1].
    """
    missing = one_minus_exp(abs(log_ratio))
    return a * missing if log_ratio > 0.0 else -b * missing
