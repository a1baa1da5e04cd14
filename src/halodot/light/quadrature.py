"""Nodes and weights in the in-plane wave number kappa = k_parallel/k0."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from halodot.arrays import Array, ComplexArray


@lru_cache(maxsize=64)
def gauss(count: int) -> tuple[Array, Array]:
    """Return the Gauss-Legendre rule on [0, 1].

    Args:
        count: number of nodes.

    Returns:
        Nodes and weights [1], (node,).
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    return 0.5 * (node + 1.0), 0.5 * weight


def below_the_axis(
    ends: Array, far: Array, count: int, tail: int, depth: float = 0.35
) -> tuple[ComplexArray, ComplexArray]:
    """Return nodes and complex weights from 0 to ``far``, below every singularity of a passive stack.

    Half-ellipses from one end b to the next c, kappa = b + (c - b) ((1 - cos t)/2 - i depth sin t), lead under the
    branch points and poles, which all lie on or above the real axis; the tail on the real axis is spaced
    logarithmically up to ``far``.

    Args:
        ends: where the ellipses meet the axis [k0], (wavelength, end), the last one beyond the last pole.
        far: where the evanescent tail has died out [k0], (wavelength,); no tail where it equals the last end.
        count: nodes on each ellipse.
        tail: nodes of the tail for each factor of 4.
        depth: lower semi-axis over the distance of the ends [1].

    Returns:
        Nodes and weights [k0], (wavelength, node).
    """
    node, weight = gauss(count)
    t = np.pi * node
    path, slope = 0.5 * (1.0 - np.cos(t)) - 1j * depth * np.sin(t), 0.5 * np.sin(t) - 1j * depth * np.cos(t)
    begins = np.hstack((np.zeros((ends.shape[0], 1)), ends[:, :-1]))
    nodes = [np.add.outer(begin, 0.0j * t) + np.outer(end - begin, path) for begin, end in zip(begins.T, ends.T)]
    weights = [np.outer(end - begin, np.pi * weight * slope) for begin, end in zip(begins.T, ends.T)]
    last = ends[:, -1:]
    length = np.log(far[:, np.newaxis] / last)
    factors = float(np.max(length)) / np.log(4.0)
    if factors > 0.0:
        node, weight = gauss(int(np.ceil(tail * max(factors, 1.0))))
        nodes.append(last * np.exp(length * node))
        weights.append(length * weight * nodes[-1])
    return np.hstack(nodes), np.hstack(weights)


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


def trapezoid(axis: Array) -> Array:
    """Return the weights of the trapezoidal rule on an increasing axis.

    Args:
        axis: [any unit], (point,).

    Returns:
        Weights [same unit], (point,), 1 for a single point.
    """
    if axis.size == 1:
        return np.ones(1)
    weight = np.zeros(axis.size)
    weight[1:] += 0.5 * np.diff(axis)
    weight[:-1] += 0.5 * np.diff(axis)
    return weight
