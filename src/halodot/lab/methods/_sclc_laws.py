"""Space-charge-limited current of one carrier between ohmic contacts, in reduced units.

Voltage in kT/q, current density in eps mu (kT/q)^2 / L^3, so that each law is one curve for all films.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from halodot.arrays import Array

#: largest zero of Ai
_FIRST_ZERO = -2.338107410459767
_CURVE_POINTS = 1500
_FROM, _TO = 0.05, 1000.0  # of kappa: voltages from 6e-6 to 4e4 kT/q
_BISECTIONS = 60
#: factor of Murgatroyd's approximation to the Poole-Frenkel law
MURGATROYD = 0.891
_SERIES = 160  # terms: enough up to the strongest field of the table


def drift(voltage: Array) -> Array:
    """Return the law of Mott and Gurney, j = (9/8) v^2.

    Args:
        voltage: v [kT/q], any shape.
    """
    return np.asarray(1.125 * voltage**2)


def drift_and_diffusion(voltage: Array) -> Array:
    """Return the current of a film without traps between two contacts that inject without limit.

    With the field y, y' = y^2/2 - j x + c on 0 < x < 1 and y = -2 u'/u, u'' = (j x - c) u / 2: Airy functions of
    kappa x + a with j = 2 kappa^3, u = 0 at both contacts, and v = 2 ln |u'(0) / u'(1)|. The limits are
    j = 4 pi^2 v at low and (9/8) v^2 at high voltage.

    Args:
        voltage: v [kT/q], any shape, more than 0.
    """
    v, j = _airy_curve()
    found = np.exp(np.interp(np.log(voltage), v, j))
    low, high = voltage < np.exp(v[0]), voltage > np.exp(v[-1])
    found = np.where(low, 4.0 * np.pi**2 * voltage, found)
    return np.where(high, np.exp(j[-1]) * (voltage / np.exp(v[-1])) ** 2, found)


@cache
def _airy_curve() -> tuple[Array, Array]:
    """Return ln v and ln j along kappa."""
    from scipy.special import airy

    kappa = np.geomspace(_FROM, _TO, _CURVE_POINTS)
    low = -((np.pi / kappa) ** 2) - kappa - 3.0
    high = np.full_like(kappa, _FIRST_ZERO)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        beyond = _phase(middle) - _phase(middle + kappa) > np.pi
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    start = 0.5 * (low + high)
    ai, _, bi, _ = airy(start)
    voltage = 2.0 * (_log_modulus(start + kappa) - np.log(np.hypot(ai, bi)))
    return np.log(voltage), np.log(2.0 * kappa**3)


def _phase(x: Array) -> Array:
    """Phase theta of Ai = M sin theta, Bi = M cos theta, without jumps."""
    from scipy.special import airy

    ai, _, bi, _ = airy(np.minimum(x, 50.0))
    found = np.arctan2(ai, bi)
    near = 2.0 / 3.0 * np.abs(np.minimum(x, 0.0)) ** 1.5 + np.pi / 4.0
    return np.where(x < 0.0, found + 2.0 * np.pi * np.round((near - found) / (2.0 * np.pi)), found)


def _log_modulus(x: Array) -> Array:
    """Return ln M of Ai^2 + Bi^2 = M^2."""
    from scipy.special import airy, airye

    above = np.maximum(x, 0.0)
    growth = 2.0 / 3.0 * above**1.5
    ai, _, bi, _ = airye(above)
    right = np.log(bi) + growth + 0.5 * np.log1p((ai / bi * np.exp(-2.0 * growth)) ** 2)
    ai, _, bi, _ = airy(np.minimum(x, 0.0))
    return np.where(x > 0.0, right, np.log(np.hypot(ai, bi)))


def murgatroyd(field: Array) -> Array:
    """Return by how much a mobility that grows as exp(gamma sqrt(E)) raises the current, exp(0.891 p).

    P. N. Murgatroyd, J. Phys. D: Appl. Phys. 3, 151 (1970).

    Args:
        field: p = gamma sqrt(V/L) [1], any shape.
    """
    return np.asarray(np.exp(MURGATROYD * field))


def poole_frenkel(field: Array) -> Array:
    """Return the same without the approximation.

    With w = gamma sqrt(E) at the collecting contact and I_n the integral of t^n exp(t) from 0 to w,
    p^2 = I_5 / I_3 and the factor is (16/9) I_3^3 / I_5^2.

    Args:
        field: p = gamma sqrt(V/L) [1], any shape.
    """
    p, factor = _poole_frenkel_curve()
    last = (factor[-1] - factor[-2]) / (p[-1] - p[-2])
    return np.asarray(np.exp(np.interp(field, p, factor) + last * np.maximum(field - p[-1], 0.0)))


@cache
def _poole_frenkel_curve() -> tuple[Array, Array]:
    w = np.linspace(-3.0, 30.0, 2001)
    w = w[np.abs(w) > 1e-9]
    term, third, fifth = np.ones_like(w), np.zeros_like(w), np.zeros_like(w)
    for order in range(_SERIES):
        third += term / (4.0 + order)
        fifth += term / (6.0 + order)
        term = term * w / (order + 1.0)
    return w * np.sqrt(fifth / third), np.log(16.0 / 9.0 * third**3 / fifth**2)
