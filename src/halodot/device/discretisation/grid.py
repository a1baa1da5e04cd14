"""Where the nodes stand: graded inside a layer, doubled at the interface between two."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from halodot.arrays import Array, IntArray

#: Depth under a face, in m, down to which the cells shrink in proportion to the depth: there carriers pile up.
FINEST = 1e-11
#: Bounds of the grading, so that a thin layer is not uniform and the middle of a thick one not empty.
LEAST_GRADING, MOST_GRADING = 1.5, 4.0
#: Nodes of the whole device, and of each layer at least, when nothing is asked.
NODES, LEAST_NODES = 260, 52
#: Fewest nodes that may be asked for in a layer.
LEAST_NODES_PER_LAYER = 8


def default_nodes(layers: int) -> int:
    """Return the number of nodes for each of so many electrical layers."""
    return max(LEAST_NODES, -(-NODES // layers))


def layer_nodes(thickness: float, nodes: int) -> Array:
    """Return the nodes of one layer, its two faces included, crowded towards the faces.

    x(s) = d/2 [1 + tanh(g (2 s - 1)) / tanh(g)] for s from 0 to 1, with the grading g = ln(d / FINEST) / 2.

    Args:
        thickness: d [m].
        nodes: number of nodes, at least 4.

    Returns:
        Heights above the lower face [m], (nodes,).
    """
    grading = min(max(0.5 * math.log(thickness / FINEST), LEAST_GRADING), MOST_GRADING)
    share = np.linspace(-1.0, 1.0, nodes)
    heights: Array = 0.5 * thickness * (1.0 + np.tanh(grading * share) / np.tanh(grading))
    heights[0], heights[-1] = 0.0, thickness
    return heights


def with_nodes_at(heights: Array, depths: tuple[float, float]) -> Array:
    """Return the nodes of a layer with the nearest one moved to a depth under each of its faces.

    Args:
        heights: of the nodes above the lower face [m], (node,).
        depths: under the lower and the upper face [m]; 0 for none. Half of the layer or more is none either.

    Returns:
        Heights [m], (node,).
    """
    found = heights.copy()
    for depth, height in zip(depths, (depths[0], heights[-1] - depths[1]), strict=True):
        if 0.0 < depth < 0.5 * heights[-1]:
            nearest = int(np.argmin(np.abs(found - height)))
            if 0 < nearest < heights.size - 1:
                found[nearest] = height
    return found


def stack_nodes(
    thicknesses: list[float],
    nodes: int,
    metals: tuple[bool, bool] = (False, False),
    depths: tuple[tuple[float, float], ...] = (),
) -> tuple[Array, IntArray]:
    """Return the nodes of all layers, each interface counted twice, and the layer that each belongs to.

    Args:
        thicknesses: one for each layer [m], (layer,).
        nodes: number of nodes of each layer.
        metals: whether the lowest and the highest face have a node of their own on the metal's side.
        depths: under both faces of each layer at which there is a node [m], see `with_nodes_at`.

    Returns:
        Heights above the lowest face [m] and layer indices, (nodes,) each, not to be written to.
    """
    return _stack_nodes(tuple(thicknesses), nodes, metals, depths or ((0.0, 0.0),) * len(thicknesses))


@lru_cache(maxsize=64)
def _stack_nodes(
    thicknesses: tuple[float, ...],
    nodes: int,
    metals: tuple[bool, bool],
    depths: tuple[tuple[float, float], ...],
) -> tuple[Array, IntArray]:
    """See `stack_nodes`; kept, since the same layers are tabulated for every derivative."""
    faces = np.concatenate(([0.0], np.cumsum(thicknesses)))
    parts = [
        face + with_nodes_at(layer_nodes(thickness, nodes), depth)
        for face, thickness, depth in zip(faces[:-1], thicknesses, depths, strict=True)
    ]
    position, layer = np.concatenate(parts), np.repeat(np.arange(len(thicknesses)), nodes)
    width = (int(metals[0]), int(metals[1]))
    found = np.pad(position, width, mode="edge"), np.pad(layer, width, mode="edge")
    for array in found:
        array.flags.writeable = False
    return found


def layers_at(position: Array, film: IntArray, thicknesses: list[float], films: tuple[int, ...]) -> IntArray:
    """Return the layer that each node belongs to, where several layers of one material share a film.

    A layer thinner than its cells takes a node of a neighbour, so that every layer has one.

    Args:
        position: heights of the nodes [m], (nodes,).
        film: film of each node, (nodes,).
        thicknesses: one for each layer [m], (layer,).
        films: film that each layer is part of.
    """
    first = np.searchsorted(films, film, side="left")
    last = np.searchsorted(films, film, side="right") - 1
    found: IntArray = np.clip(np.searchsorted(np.cumsum(thicknesses), position, side="right"), first, last)
    if np.unique(found).size < len(films):
        left = np.searchsorted(film, film, side="right") - 1 - np.arange(film.size)
        for i in range(1, film.size):
            found[i] = max(min(found[i], found[i - 1] + 1), last[i] - left[i])
    return found


def control_volumes(position: Array, layer: IntArray) -> Array:
    """Return the length of material that each node stands for: half of the cells on its two sides.

    Args:
        position: heights of the nodes [m], (nodes,).
        layer: layer of each node, (nodes,).

    Returns:
        Lengths that add up to the thickness of each layer [m], (nodes,).
    """
    half = 0.5 * np.where(layer[1:] == layer[:-1], np.diff(position), 0.0)
    volume = np.zeros(position.size)
    volume[:-1] += half
    volume[1:] += half
    return volume
