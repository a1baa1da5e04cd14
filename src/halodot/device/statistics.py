"""How many carriers a level holds: n = N exp(eta) gamma(eta), with ln gamma from a table of the density of states.

gamma is 1 for Boltzmann statistics. For a parabolic band n = N F_1/2(eta); for a Gaussian density of states of
standard deviation s, n = N int g(E) f(E) dE, as in disordered organic films: Paasch and Scheinert, J. Appl. Phys. 107
(2010) 104501.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numba import njit

from halodot.states import Array

#: Reduced levels between which ln gamma is tabulated; beyond them it continues as a straight line.
LOWEST, HIGHEST, SPACING = -250.0, 100.0, 0.05
#: Step of the quadrature in the root of the energy over kT, and its end.
ROOT_STEP, LARGEST_ROOT = 0.02, 13.0
#: Standard deviations of a Gaussian that are integrated, and steps in each.
REACH, STEPS = 9.0, 24
#: Narrower than this, in kT, a Gaussian is a single level.
NARROWEST = 1e-3
_CHUNK = 256


@lru_cache(maxsize=64)
def table(kind: str, width: float) -> Array:
    """Return ln gamma and its derivative at evenly spaced reduced levels.

    Args:
        kind: ``fermi_dirac`` or ``gaussian``.
        width: standard deviation over kT of a Gaussian.

    Returns:
        Shape (level, 2).
    """
    levels = np.linspace(LOWEST, HIGHEST, round((HIGHEST - LOWEST) / SPACING) + 1)
    energy, weight = _parabolic() if kind == "fermi_dirac" else _gaussian(width)
    out = np.empty((levels.size, 2))
    for start in range(0, levels.size, _CHUNK):
        out[start : start + _CHUNK] = _integrate(levels[start : start + _CHUNK], energy, weight)
    out.flags.writeable = False
    return out


def _parabolic() -> tuple[Array, Array]:
    """Return nodes and weights of 2/sqrt(pi) int sqrt(E) ... dE, even in the root of E and smooth."""
    root = np.arange(0.0, LARGEST_ROOT, ROOT_STEP)
    return root**2, 4.0 / math.sqrt(math.pi) * root**2 * ROOT_STEP


def _gaussian(width: float) -> tuple[Array, Array]:
    """Return nodes and weights of the Gaussian integral; its tail reaches to where carriers sit, at -width^2."""
    if width < NARROWEST:
        return np.zeros(1), np.ones(1)
    step = min(width / STEPS, 0.25)
    energy = np.arange(-(REACH + width) * width, REACH * width, step)
    return energy, np.exp(-0.5 * (energy / width) ** 2) * step / (width * math.sqrt(2.0 * math.pi))


def _integrate(levels: Array, energy: Array, weight: Array) -> Array:
    """Return ln(F exp(-eta)) and its slope; f(E) exp(-eta) = 1/(exp(E) + exp(eta)), which is safe as a logarithm."""
    terms = np.log(np.maximum(weight, 1e-300)) - np.logaddexp(energy[None, :], levels[:, None])
    largest = terms.max(axis=1)
    shares = np.exp(terms - largest[:, None])
    filling = np.exp(-np.logaddexp(0.0, energy[None, :] - levels[:, None]))
    total = shares.sum(axis=1)
    return np.column_stack((largest + np.log(total), -(shares * filling).sum(axis=1) / total))


@njit(cache=True, error_model="numpy")
def activity(tables: Array, row: int, level: float) -> tuple[float, float]:
    """Return ln gamma and its derivative at a reduced level, by cubic Hermite interpolation."""
    if row < 0:
        return 0.0, 0.0
    last = tables.shape[1] - 1
    if level <= LOWEST:
        return tables[row, 0, 0] + tables[row, 0, 1] * (level - LOWEST), tables[row, 0, 1]
    if level >= HIGHEST:
        return tables[row, last, 0] + tables[row, last, 1] * (level - HIGHEST), tables[row, last, 1]
    place = (level - LOWEST) / SPACING
    k = min(int(place), last - 1)
    t = place - k
    low, high = tables[row, k, 0], tables[row, k + 1, 0]
    start = SPACING * tables[row, k, 1] - (high - low)
    end = high - low - SPACING * tables[row, k + 1, 1]
    value = low + t * (high - low + (1.0 - t) * ((1.0 - t) * start + t * end))
    slope = high - low + (1.0 - t) * (1.0 - 3.0 * t) * start + t * (2.0 - 3.0 * t) * end
    return value, slope / SPACING
