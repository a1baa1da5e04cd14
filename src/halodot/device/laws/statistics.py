"""How many carriers a level holds: n = N exp(eta) gamma(eta), with ln gamma from a table of the density of states.

gamma is 1 for Boltzmann statistics. For a parabolic band n = N F_1/2(eta); for a Gaussian density of states of
standard deviation s, n = N int g(E) f(E) dE, as in disordered organic films: Paasch and Scheinert, J. Appl. Phys. 107
(2010) 104501. For a film of dots with two levels n = N/2 int g(E) <number on a dot>(eta - E) dE, N the states of the
first level: both levels of a dot are shifted together, as its size shifts them.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel
from halodot.device.laws.dot_levels import FIRST_LEVEL_STATES, DotLevels
from halodot.device.laws.dot_occupation import mean_occupation

if TYPE_CHECKING:
    from halodot.states import Transport

#: Reduced levels between which ln gamma is tabulated; beyond them it continues as a straight line.
LOWEST, HIGHEST, SPACING = -250.0, 100.0, 0.05
#: Step of the quadrature in the root of the energy over kT, and its end.
ROOT_STEP, LARGEST_ROOT = 0.02, 13.0
#: Standard deviations of a Gaussian that are integrated, and steps in each.
REACH, STEPS = 9.0, 24
#: Longest of these steps in kT, and steps in a standard deviation for dots: the trapezoidal rule is exact to rounding
#: from three on, and the shifts of dots then are steps of one grid.
LONGEST_STEP, DOT_STEPS = 0.25, 4
#: Narrower than this, in kT, a Gaussian is a single level.
NARROWEST = 1e-3
#: Logarithm under which a share of such an integral counts for nothing.
SMALLEST = 50.0


@lru_cache(maxsize=64)
def table(kind: str, width: float, dot: DotLevels | None = None) -> Array:
    """Return ln gamma and its derivative at evenly spaced reduced levels.

    Args:
        kind: ``fermi_dirac``, ``gaussian`` or ``dot_levels``.
        width: standard deviation of a Gaussian, or of the levels of dots [kT].
        dot: the levels of a dot, for ``dot_levels``.

    Returns:
        Shape (level, 2).
    """
    if dot is not None:
        return _dots(dot, width)
    energy, weight = _parabolic() if kind == "fermi_dirac" else _gaussian(width)
    out = np.empty((round((HIGHEST - LOWEST) / SPACING) + 1, 2))
    integrate(energy, weight - energy, out)
    out.flags.writeable = False
    return out


def table_of(transport: Transport, carrier: str, thermal_voltage: float) -> Array:
    """Return the `table` of a layer's density of states of one carrier, shape (level, 2), dimensionless.

    Args:
        transport: of a layer whose statistics are not Boltzmann's.
        carrier: "electron" or "hole".
        thermal_voltage: kT/q [V].
    """
    disorder = getattr(transport, f"{carrier}_disorder") / thermal_voltage
    if transport.statistics != "dot_levels":
        return table(transport.statistics, disorder)
    spacing = getattr(transport, f"{carrier}_level_spacing") / thermal_voltage
    charging = transport.level_charging_energy / thermal_voltage
    return table("dot_levels", disorder, DotLevels(spacing, transport.second_level_states, charging))


def _parabolic() -> tuple[Array, Array]:
    """Return nodes and logarithms of the weights of 2/sqrt(pi) int sqrt(E) ... dE, even in the root and smooth."""
    root = np.arange(ROOT_STEP, LARGEST_ROOT, ROOT_STEP)
    return root**2, np.log(4.0 / math.sqrt(math.pi) * root**2 * ROOT_STEP)


def _gaussian(width: float) -> tuple[Array, Array]:
    """Return the same of the Gaussian integral; its tail reaches to where carriers sit, at -width^2."""
    if width < NARROWEST:
        return np.zeros(1), np.zeros(1)
    step = min(width / STEPS, LONGEST_STEP)
    energy = np.arange(-(REACH + width) * width, REACH * width, step)
    return energy, -0.5 * (energy / width) ** 2 + math.log(step / (width * math.sqrt(2.0 * math.pi)))


def _dots(dot: DotLevels, width: float) -> Array:
    """Return the table of a film of dots whose levels scatter by ``width``."""
    level = _levels(np.arange(round((HIGHEST - LOWEST) / SPACING) + 1), SPACING)
    if width < NARROWEST:
        held = mean_occupation(dot, level)
    else:
        # whole steps of one grid, so that a dot is filled once for each level of it and not for each pair
        parts = math.ceil(DOT_STEPS * SPACING / width)
        stride = max(math.floor(min(width / DOT_STEPS, LONGEST_STEP) / SPACING), 1)
        step = stride * SPACING / parts
        below, above = math.ceil((REACH + width) * width / step), math.ceil(REACH * width / step)
        shift = np.arange(-below, above + 1)
        share = np.exp(-0.5 * (shift * step / width) ** 2) * step / (width * math.sqrt(2.0 * math.pi))
        fine = np.arange(-above * stride, (level.size - 1) * parts + below * stride + 1)
        filled = mean_occupation(dot, _levels(fine, SPACING / parts))
        held = np.zeros((level.size, 2))
        for k, weight in zip(shift, share, strict=True):
            start = (above - int(k)) * stride
            held += weight * filled[start : start + (level.size - 1) * parts + 1 : parts]
    out = np.column_stack((np.log(held[:, 0] / FIRST_LEVEL_STATES) - level, held[:, 1] / held[:, 0] - 1.0))
    out.flags.writeable = False
    return out


def _levels(number: IntArray, spacing: float) -> Array:
    """Return the reduced levels [kT] of whole steps from the lowest one."""
    levels: Array = LOWEST + spacing * number.astype(np.float64)
    return levels


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
