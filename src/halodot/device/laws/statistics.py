"""How many carriers a level holds: n = N exp(eta) gamma(eta), with ln gamma from a table of the density of states.

gamma is 1 for Boltzmann statistics. For a parabolic band n = N F_1/2(eta); for a Gaussian density of states of
standard deviation s, n = N int g(E) f(E) dE, as in disordered organic films: Paasch and Scheinert, J. Appl. Phys. 107
(2010) 104501.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from halodot.arrays import Array
from halodot.compiled import kernel

#: Reduced levels between which ln gamma is tabulated; beyond them it continues as a straight line.
LOWEST, HIGHEST, SPACING = -250.0, 100.0, 0.05
#: Step of the quadrature in the root of the energy over kT, and its end.
ROOT_STEP, LARGEST_ROOT = 0.02, 13.0
#: Standard deviations of a Gaussian that are integrated, and steps in each.
REACH, STEPS = 9.0, 24
#: Narrower than this, in kT, a Gaussian is a single level.
NARROWEST = 1e-3
#: Logarithm under which a share of such an integral counts for nothing.
SMALLEST = 50.0


@lru_cache(maxsize=64)
def table(kind: str, width: float) -> Array:
    """Return ln gamma and its derivative at evenly spaced reduced levels.

    Args:
        kind: ``fermi_dirac`` or ``gaussian``.
        width: standard deviation of a Gaussian [kT].

    Returns:
        Shape (level, 2).
    """
    energy, weight = _parabolic() if kind == "fermi_dirac" else _gaussian(width)
    out = np.empty((round((HIGHEST - LOWEST) / SPACING) + 1, 2))
    integrate(energy, weight - energy, out)
    out.flags.writeable = False
    return out


def _parabolic() -> tuple[Array, Array]:
    """Return nodes and logarithms of the weights of 2/sqrt(pi) int sqrt(E) ... dE, even in the root and smooth."""
    root = np.arange(ROOT_STEP, LARGEST_ROOT, ROOT_STEP)
    return root**2, np.log(4.0 / math.sqrt(math.pi) * root**2 * ROOT_STEP)


def _gaussian(width: float) -> tuple[Array, Array]:
    """Return the same of the Gaussian integral; its tail reaches to where carriers sit, at -width^2."""
    if width < NARROWEST:
        return np.zeros(1), np.zeros(1)
    step = min(width / STEPS, 0.25)
    energy = np.arange(-(REACH + width) * width, REACH * width, step)
    return energy, -0.5 * (energy / width) ** 2 + math.log(step / (width * math.sqrt(2.0 * math.pi)))


@kernel
def integrate(energy: Array, log_weight: Array, out: Array) -> None:
    """Fill ``out`` with ln(F exp(-eta)) and its slope at evenly spaced levels.

    Args:
        energy: nodes, rising [kT], (node,).
        log_weight: ln of weight exp(-E), so that a term is its exponential times 1 - f = 1/(1 + exp(eta - E)).
        out: shape (level, 2).
    """
    for k in range(out.shape[0]):
        level = LOWEST + k * SPACING
        largest = -np.inf
        for j in range(energy.size):
            largest = max(largest, log_weight[j] + min(energy[j] - level, 0.0))
        total, bend = 0.0, 0.0
        for j in range(energy.size):
            above = energy[j] - level
            size = log_weight[j] + min(above, 0.0) - largest
            if size > -SMALLEST:
                empty = math.exp(-abs(above))
                share = math.exp(size) / (1.0 + empty)
                total += share
                bend += share * (empty if above > 0.0 else 1.0) / (1.0 + empty)
        out[k, 0], out[k, 1] = largest + math.log(total), -bend / total


@kernel
def log_activity(tables: Array, row: int, level: float) -> tuple[float, float]:
    """Return ln gamma and its derivative at a reduced level, by cubic Hermite interpolation.

    Args:
        tables: from `table`, (table, level, 2).
        row: which table, -1 for Boltzmann statistics.
        level: eta [kT].
    """
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
