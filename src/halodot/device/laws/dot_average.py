"""Densities as the dots of a layer see them: a dot counts the charges on the whole of it, not those of one place."""

from __future__ import annotations

import math

import numpy as np

from halodot.arrays import Array, IntArray

#: layers of dots beyond which each dot is thinner than any cell of a grid, so that nothing is averaged
MOST_LAYERS = 10_000
#: Simpson's rule on one piece, exact for the products of two straight lines: places and weights
_PLACES, _WEIGHTS = np.array([0.0, 0.5, 1.0]), np.array([1.0, 4.0, 1.0]) / 6.0


def dot_average(position: Array, dot_volume: float) -> Array:
    """Return the matrix that makes densities at the nodes of a layer those of the dots at these nodes.

    The charges of a layer are given to its dots, and every place reads the dots around it. With N dots through the
    thickness d, their centres at (j - 1/2) d/N, a place between two centres belongs to both in linear proportion, and
    one between the last centre and the face to the last dot alone: functions f_j of the place that add up to one. Dot j
    holds the density n_j = (integral of f_j n)/(integral of f_j), and a place has sum_j f_j n_j. A thin sheet of
    charge at a face is thus spread over its first dot, which is what an exciton there meets, whatever the grid.

    A film has d/v^(1/3) dots through its thickness on average, in few spots an integer number: the average is that
    over three neighbouring numbers N with the weights of a quadratic spline, whose standard deviation is half a
    dot; at least one dot. It follows thickness and volume smoothly.

    For densities that are straight lines between the nodes all integrals are exact. The cells of the nodes keep the
    number of charges, and a constant density stays as it is; within its cells, the matrix is its own transpose.

    Args:
        position: nodes of the layer, shape (node,) [m], rising or falling.
        dot_volume: v, volume of the film for each dot [m3]; nan, infinite or 0 where nothing is to be averaged.

    Returns:
        Densities of dots [1/m3] by densities [1/m3], shape (node, node).
    """
    height = np.abs(position - position[0])
    thickness = float(height[-1])
    layers = thickness / math.cbrt(dot_volume) if 0.0 < dot_volume < math.inf else math.inf
    if not layers < MOST_LAYERS:
        return np.eye(position.size)
    middle = math.floor(layers + 0.5)
    off = layers - middle
    shares = (0.5 * (0.5 - off) ** 2, 0.75 - off * off, 0.5 * (0.5 + off) ** 2)
    total: Array = np.zeros((position.size, position.size))
    for number, share in zip((middle - 1, middle, middle + 1), shares, strict=True):
        total += share * _average_over(height / thickness, max(number, 1))
    return total


def _average_over(place: Array, dots: int) -> Array:
    """Return the average over a number of equal dots, for nodes at rising shares of the thickness, (node, node)."""
    centres = (np.arange(dots) + 0.5) / dots
    bounds = np.union1d(place, centres)
    width = np.diff(bounds)
    points = bounds[:-1, np.newaxis] + width[:, np.newaxis] * _PLACES
    weight = width[:, np.newaxis] * _WEIGHTS
    shared = np.zeros((place.size, dots))  # integral of the hat function of a node times f_j
    nodes, dot = (_neighbours(points, grid) for grid in (place, centres))
    for node, of_node in nodes:
        for j, of_dot in dot:
            np.add.at(shared, (node, j), weight * of_node * of_dot)
    average: Array = (shared / shared.sum(axis=0)) @ shared.T / shared.sum(axis=1)[:, np.newaxis]
    return average


def _neighbours(points: Array, grid: Array) -> tuple[tuple[IntArray, Array], ...]:
    """Return the members of a grid below and above each point and the linear proportion in which it belongs to them."""
    if grid.size == 1:
        return ((np.zeros(points.shape, dtype=np.int64), np.ones(points.shape)),)
    below = np.clip(np.searchsorted(grid, points, side="right") - 1, 0, grid.size - 2)
    share = np.clip((points - grid[below]) / (grid[below + 1] - grid[below]), 0.0, 1.0)
    return (below, 1.0 - share), (below + 1, share)
