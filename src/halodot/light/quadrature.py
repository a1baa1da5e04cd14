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


def below_the_axis(end: Array, far: Array, count: int, depth: float = 0.35) -> tuple[ComplexArray, ComplexArray]:
    """Return nodes and complex weights from 0 to ``far``, below every singularity of a passive stack.

    A half-ellipse kappa = (end/2)(1 - cos t) - i depth end sin t leads under the branch points and poles, which all
    lie on or above the real axis below ``end``; the tail on the real axis is spaced logarithmically up to ``far``.

    Args:
        end: (wavelength,) where the ellipse meets the axis again, beyond the last pole.
        far: (wavelength,) where the evanescent tail has died out; no tail where it equals ``end``.
        count: nodes on the ellipse; the tail gets half of them for each factor of 4.
        depth: lower semi-axis over ``end``.

    Returns:
        Nodes and weights (wavelength, node).
    """
    node, weight = gauss(count)
    t = np.pi * node
    ellipse = np.outer(end, 0.5 * (1.0 - np.cos(t)) - 1j * depth * np.sin(t))
    slope = np.outer(end, np.pi * weight * (0.5 * np.sin(t) - 1j * depth * np.cos(t)))
    length = np.log(far / end)[:, np.newaxis]
    octaves = float(np.max(length)) / np.log(4.0)
    if octaves <= 0.0:
        return ellipse, slope
    node, weight = gauss(max(int(np.ceil(0.5 * count * octaves)), 8))
    tail = end[:, np.newaxis] * np.exp(length * node)
    return np.hstack((ellipse, tail)), np.hstack((slope, length * weight * tail))


@lru_cache(maxsize=8)
def legendre_panel(count: int) -> tuple[Array, Array, Array]:
    """Return the Gauss rule on [-1, 1] and the rows that give a function's Legendre coefficients where they matter.

    Args:
        count: number of nodes, even.

    Returns:
        Nodes (node,), weights (node,), and rows (4, node) to multiply function values with: the two coefficients in
        the middle of the expansion and the last two.
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    basis = np.polynomial.legendre.legvander(node, count - 1)
    rows = (weight[:, np.newaxis] * basis * (np.arange(count) + 0.5)).T
    return node, weight, np.ascontiguousarray(rows[[count // 2 - 1, count // 2, count - 2, count - 1]])


def panel_error(values: Array, rows: Array) -> Array:
    """Return the error (panel,) that the Gauss rule is expected to make on function values (panel, node).

    The rule is exact up to twice the degree of the last coefficient c. If the coefficients fall from m in the middle
    to c at the end, they go on to c (c/m)^2 at twice the degree; a weak narrow peak shows as c/m near 1.
    """
    size = np.abs(values @ rows.T)
    middle, last = size[:, 0] + size[:, 1], size[:, 2] + size[:, 3]
    return np.asarray(last * np.minimum(last / np.maximum(middle, 1e-300), 1.0) ** 2)


def trapezoid(axis: Array) -> Array:
    """Return the weights of the trapezoidal rule on an increasing axis, 1 for a single point."""
    if axis.size == 1:
        return np.ones(1)
    weight = np.zeros(axis.size)
    weight[1:] += 0.5 * np.diff(axis)
    weight[:-1] += 0.5 * np.diff(axis)
    return weight
