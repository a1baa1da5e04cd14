"""Mass action: the equilibrium of components that associate in pairs, as compiled loops."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array, IntArray
from halodot.compiled import kernel, part
from halodot.linear_algebra import solve_dense

#: relative residual at which a mass balance counts as closed, a few hundred roundings
CLOSED = 1e-13


@kernel
def _balances(x: Array, first: IntArray, second: IntArray, constant: Array, found: Array, slope: Array) -> None:
    """Write the sum of each component over its species, and the Jacobian of these sums in the logarithms."""
    for i in range(x.size):
        found[i] = math.exp(x[i])
        for j in range(x.size):
            slope[i, j] = 0.0
        slope[i, i] = found[i]
    for s in range(first.size):
        i, j = first[s], second[s]
        amount = constant[s] * math.exp(x[i] + x[j])
        found[i] += amount
        found[j] += amount
        slope[i, i] += amount
        slope[j, j] += amount
        slope[i, j] += amount
        slope[j, i] += amount


@part
def _worst(found: Array, total: Array, active: Array) -> float:
    """Return the largest relative residual of an active component."""
    worst = 0.0
    for i in range(total.size):
        if active[i]:
            worst = max(worst, abs(found[i] / total[i] - 1.0))
    return worst


@part
def _newton_step(found: Array, system: Array, total: Array, active: Array, step: Array) -> float:
    """Solve the symmetric positive system of the components that are free to move, into ``step``.

    Returns:
        The slope of the convex function along the step, negative; nan where the system is singular.
    """
    n = total.size
    for i in range(n):
        system[i, n] = total[i] - found[i]
        if active[i] == 0.0:
            for j in range(n):
                system[i, j] = system[j, i] = 0.0
            system[i, i], system[i, n] = 1.0, 0.0
    if not solve_dense(system, step):
        step[:] = math.nan
    return _along(step, found, total)


@kernel
def _along(step: Array, found: Array, total: Array) -> float:
    """Return the slope of the convex function along a step."""
    slope = 0.0
    for i in range(total.size):
        slope += (found[i] - total[i]) * step[i]
    return slope


@kernel
def _sweep(
    x: Array, total: Array, first: IntArray, second: IntArray, constant: Array, highest: Array, active: Array,
    below: float,
) -> None:  # fmt: skip
    """Close every balance once with the others held, which always goes downhill; hold what is saturated.

    Only those of totals ``below`` a limit: what a trace is off by can be the rounding of what it is bound to.
    """
    for i in range(x.size):
        if total[i] <= 0.0:
            active[i] = 0.0
            continue
        if total[i] > below:
            continue
        bound = 0.0
        for s in range(first.size):
            if first[s] == i:
                bound += constant[s] * math.exp(x[second[s]])
            elif second[s] == i:
                bound += constant[s] * math.exp(x[first[s]])
        wanted = math.log(total[i]) - math.log1p(bound)
        x[i] = min(wanted, highest[i])
        active[i] = 1.0 if wanted <= highest[i] else 0.0


@kernel
def equilibrium(
    total: Array, first: IntArray, second: IntArray, constant: Array, highest: Array, rounds: int
) -> tuple[Array, float]:
    """Solve mass action and mass balances in the logarithms of the free concentrations.

    The free concentrations minimise sum_s c_s - sum_i T_i x_i, which is convex in x = ln c, the dual of the minimum of
    the Gibbs energy of an ideal solution; a solubility is an upper bound on its x, the solid its multiplier. Sweeps
    over single components start the descent, Newton's method finishes it with steps shortened until the slope along
    them has not turned up by more than half.

    Args:
        total: total concentration of each component [mol/m3], shape (component,); 0 leaves a component out.
        first: component of each pair species, an index, shape (species,).
        second: its other component, an index, shape (species,).
        constant: association constants [m3/mol], shape (species,).
        highest: logarithm of the solubility of each component in mol/m3, inf where it has none, shape (component,).
        rounds: iterations at most.

    Returns:
        The logarithms of the free concentrations in mol/m3, shape (component,), and the worst relative residual of an
        unsaturated component [1].
    """
    n = total.size
    x, trial, step, found = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    active, slope, largest = np.zeros(n), np.empty((n, n + 1)), 0.0
    for i in range(n):
        x[i] = min(math.log(total[i]), highest[i]) if total[i] > 0.0 else -700.0
        largest = max(largest, total[i])
    residual = math.inf
    for turn in range(rounds):
        if turn < 3 or turn % 10 == 0:
            _sweep(x, total, first, second, constant, highest, active, math.inf)
        _balances(x, first, second, constant, found, slope)
        residual = _worst(found, total, active)
        if residual <= CLOSED:
            break
        downhill = _newton_step(found, slope, total, active, step)
        scale = 1.0
        for i in range(n):
            scale = min(scale, 4.0 / max(abs(step[i]), 1e-300))
        for _ in range(30):
            for i in range(n):
                trial[i] = min(x[i] + scale * step[i], highest[i])
            _balances(trial, first, second, constant, found, slope)
            if _along(step, found, total) <= -0.5 * downhill:
                break
            scale *= 0.5
        x[:] = trial
        if turn > 20:
            _sweep(x, total, first, second, constant, highest, active, 10.0 ** -(turn % 10) * largest)
    return x, residual
