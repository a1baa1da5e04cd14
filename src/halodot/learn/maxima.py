"""The maxima of a measure of the light over thicknesses: where they are, how they curve and how flat they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from halodot.learn.emission_zone import EmissionZone, Measure, measure_and_gradient, measure_of, with_thicknesses
from halodot.light import dipole_emission
from halodot.light.gradients import outcoupling_gradient
from halodot.states import Array, Stack

#: the loss that counts as flat, relative to the optimum
FLAT = 0.01
#: two maxima closer than this, relative to the bounds, are one
_SAME = 1e-2
#: relative change of a thickness for second derivatives, between round-off and the next order of the series
_CURVATURE_STEP = 0.01


class Objective(NamedTuple):
    """A measure of the light as a function of thicknesses relative to the study's own."""

    zone: EmissionZone
    numbers: tuple[int, ...]  # of the layers in the stack
    present: Array  # m, (layer,), of the study
    measure: Measure

    def stack(self, relative: Array) -> Stack:
        """Return the stack with these relative thicknesses, (layer,)."""
        return with_thicknesses(self.zone.stack, self.numbers, relative * self.present)

    def heights(self, stack: Stack) -> Array:
        """Return the heights of the excitons in the emitting layer [m], (position,)."""
        return self.zone.relative_height * stack.layers[self.zone.emitter].thickness

    def value(self, relative: Array) -> float:
        """Return the measure at relative thicknesses, (layer,)."""
        stack = self.stack(relative)
        transparent = self.measure == "outcoupling" and not np.any(
            stack.layers[self.zone.emitter].optics.table_extinction > 0.0
        )
        optics = dipole_emission(
            stack, self.zone.wavelength, self.heights(stack), "channels" if transparent else "layers"
        )
        return measure_of(self.zone, stack, optics, self.measure)

    def value_and_gradient(self, relative: Array) -> tuple[float, Array]:
        """Return the measure at relative thicknesses and its derivatives by them, (layer,)."""
        stack, recycling = self.stack(relative), self.measure != "outcoupling"
        gradient = outcoupling_gradient(stack, self.zone.wavelength, self.heights(stack), recycling)
        value, slopes = measure_and_gradient(self.zone, stack, gradient, self.measure)
        return value, slopes[list(self.numbers)] * self.present


def quasi_random_points(count: int, dimensions: int) -> Array:
    """Return points spread evenly over the unit cube, (point, dimension).

    Additive recurrence with the powers of the root of x^(d+1) = x + 1, which is even for any number of points;
    the Sobol' points of scipy.stats.qmc are for powers of two.

    Args:
        count: number of points.
        dimensions: of the cube.
    """
    root = 2.0
    for _ in range(40):
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1.0)
    return np.asarray((0.5 + np.outer(np.arange(1, count + 1), steps)) % 1.0)


def maximise(objective: Objective, start: Array, bounds: Array) -> tuple[Array, float]:
    """Return the maximum reached from a point (L-BFGS-B), relative thicknesses (layer,), and its value."""
    from scipy.optimize import minimize

    scale = abs(objective.value_and_gradient(start)[0]) or 1.0

    def downhill(relative: Array) -> tuple[float, Array]:
        value, slopes = objective.value_and_gradient(relative)
        return -value / scale, -slopes / scale

    limits = [(float(low), float(high)) for low, high in bounds]
    options = {"ftol": 1e-10, "gtol": 1e-6, "maxiter": 60}
    found = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=limits, options=options)  # type: ignore[call-overload]
    return np.asarray(found.x), -scale * float(found.fun)


def distinct_maxima(found: list[tuple[Array, float]], bounds: Array) -> list[tuple[Array, float]]:
    """Return the different maxima, the best first."""
    kept: list[tuple[Array, float]] = []
    for point, value in sorted(found, key=lambda item: -item[1]):
        if all(np.max(np.abs(point - other) / (bounds[:, 1] - bounds[:, 0])) > _SAME for other, _ in kept):
            kept.append((point, value))
    return kept


def curvature(objective: Objective, best: Array, value: float) -> tuple[Array, Array]:
    """Return the principal directions of the maximum and how far along each the value falls by 1 %."""
    matrix = np.zeros((best.size, best.size))
    for k in range(best.size):
        change = np.zeros(best.size)
        change[k] = _CURVATURE_STEP * best[k]
        up, down = objective.value_and_gradient(best + change)[1], objective.value_and_gradient(best - change)[1]
        # By the logarithms of the thicknesses, so that directions are relative changes.
        matrix[k] = (up - down) / (2.0 * _CURVATURE_STEP) * best
    bend, vectors = np.linalg.eigh(-0.5 * (matrix + matrix.T))
    order = np.argsort(bend)[::-1]
    with np.errstate(divide="ignore"):
        reach = np.sqrt(2.0 * FLAT * abs(value) / np.maximum(bend[order], 0.0))
    return vectors.T[order], reach


def flat_ranges(objective: Objective, best: Array, value: float, bounds: Array) -> Array:
    """Return for each layer (layer, 2) how far it may go alone until the value has fallen by 1 %, or the bounds."""
    level = value - FLAT * abs(value)
    found = np.zeros((best.size, 2))
    for k in range(best.size):
        for side in range(2):

            def along(x: float, k: int = k) -> float:
                point = best.copy()
                point[k] = x
                return objective.value(point) - level

            found[k, side] = _crossing(along, float(best[k]), float(bounds[k, side]))
    return found


def _crossing(along: Callable[[float], float], start: float, end: float) -> float:
    """Return where a function that is positive at ``start`` first falls to zero, or ``end``."""
    from scipy.optimize import brentq

    before, step = start, 0.05 * start
    while step > 0.0 and before != end:
        after = float(np.clip(before + np.sign(end - start) * step, min(start, end), max(start, end)))
        if along(after) < 0.0:
            return float(brentq(along, before, after, xtol=1e-4 * start, rtol=1e-6))
        before, step = after, 1.5 * step
    return end
