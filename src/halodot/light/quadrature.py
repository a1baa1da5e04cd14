"""Nodes and weights in the in-plane wave number kappa = k_parallel/k0."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from halodot.states import Array

ComplexArray = NDArray[np.complex128]


@lru_cache(maxsize=64)
def gauss(count: int) -> tuple[Array, Array]:
    """Return the nodes and weights of the Gauss-Legendre rule with ``count`` nodes on [0, 1]."""
    node, weight = np.polynomial.legendre.leggauss(count)
    return 0.5 * (node + 1.0), 0.5 * weight


def escape_cone(count: int) -> tuple[Array, Array]:
    """Return nodes and weights on [0, 1] in the mapping kappa = sin(theta), smooth at grazing exit to air."""
    node, weight = gauss(count)
    theta = 0.5 * np.pi * node
    return np.sin(theta), 0.5 * np.pi * weight * np.cos(theta)


def between_branches(low: float, high: float, count: int) -> tuple[Array, Array]:
    """Return nodes and weights on [low, high] in kappa = low + (high - low) sin^2 t, smooth at both branch points."""
    node, weight = gauss(count)
    t = 0.5 * np.pi * node
    return low + (high - low) * np.sin(t) ** 2, (high - low) * 0.5 * np.pi * weight * np.sin(2.0 * t)


def below_the_axis(end: float, far: float, count: int, depth: float = 0.35) -> tuple[ComplexArray, ComplexArray]:
    """Return nodes and complex weights from 0 to ``far``, below every singularity of a passive stack.

    A half-ellipse kappa = (end/2)(1 - cos t) - i depth end sin t leads under the branch points and poles, which all
    lie on or above the real axis below ``end``; the tail on the real axis is spaced logarithmically up to ``far``.

    Args:
        end: where the ellipse meets the axis again, beyond the last pole.
        far: where the evanescent tail has died out.
        count: nodes on the ellipse; the tail gets a third of them for each factor of 4.
        depth: lower semi-axis over ``end``.
    """
    node, weight = gauss(count)
    t = np.pi * node
    ellipse = 0.5 * end * (1.0 - np.cos(t)) - 1j * depth * end * np.sin(t)
    slope = 0.5 * end * np.sin(t) - 1j * depth * end * np.cos(t)
    if far <= end:
        return ellipse, np.pi * weight * slope
    decades = np.log(far / end)
    node, tail = gauss(max(int(np.ceil(count / 3.0 * decades / np.log(4.0))), 8))
    kappa = end * np.exp(decades * node)
    return np.concatenate((ellipse, kappa + 0j)), np.concatenate((np.pi * weight * slope, decades * tail * kappa + 0j))


@lru_cache(maxsize=8)
def panel(count: int) -> tuple[Array, Array, Array]:
    """Return the Gauss rule on [-1, 1] and the rows that give a function's last two Legendre coefficients.

    A function resolved to coefficients of size c there is integrated by the same nodes to about c^2, because the rule
    is exact up to twice the degree.

    Args:
        count: number of nodes.

    Returns:
        Nodes (node,), weights (node,), and rows (2, node) to multiply function values with.
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    basis = np.polynomial.legendre.legvander(node, count - 1)
    degree = np.arange(count)
    rows = (weight[:, np.newaxis] * basis * (degree + 0.5)).T[-2:]
    return node, weight, np.ascontiguousarray(rows)


def trapezoid(axis: Array) -> Array:
    """Return the weights of the trapezoidal rule on an increasing axis, 1 for a single point."""
    if axis.size == 1:
        return np.ones(1)
    weight = np.zeros(axis.size)
    weight[1:] += 0.5 * np.diff(axis)
    weight[:-1] += 0.5 * np.diff(axis)
    return weight
