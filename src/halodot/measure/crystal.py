"""The atoms of a perovskite cube, counted by their distances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import numpy as np

from halodot.errors import ValidityError
from halodot.states import Array, IntArray

#: places of the ions along each axis: "face" planes bound every cell, "centre" planes lie between them
_PLACES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "Cs": (("face", "face", "face"),),
    "Pb": (("centre", "centre", "centre"),),
    "I": (("face", "centre", "centre"), ("centre", "face", "centre"), ("centre", "centre", "face")),
}
Pairs = Mapping[tuple[str, str], "Distances"]


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances [m] and how many ordered pairs of atoms lie that far apart [1]; atoms themselves count at 0."""

    distance: Array
    count: Array


def cube_pairs(sizes: Array, shares: Array, cell: float) -> Pairs:
    """Return the mean number of pairs of ions in cubes bounded by CsI faces.

    A cube of n cells an edge holds n^3 Pb, (n + 1)^3 Cs and 3 n^2 (n + 1) I. Ions lie on planes at multiples of half
    a cell, so that the pairs of a displacement are a product of three numbers, one an axis: n - |u|/2, n + 1 - |u|/2
    or n + 1/2 - |u|/2 for u half cells between two centre planes, two face planes, or one of each. An edge that is no
    whole number of cells is a mixture of the two nearest, each of the three by itself.

    Args:
        sizes: edge lengths in cells [1], (size,).
        shares: fraction of the cubes that have each size, sum 1 [1], (size,).
        cell: edge of the cubic cell [m].

    Returns:
        Distances by kind of pair; both orders of unlike ions are counted under the one name.

    Raises:
        ValidityError: a cube is smaller than one cell.
    """
    if sizes.size == 0 or float(np.min(sizes)) < 1.0:
        raise ValidityError("a cube smaller than one cell has no diffraction pattern")
    reach = 2 * math.ceil(float(np.max(sizes))) + 2
    step = np.arange(-reach, reach + 1)
    squared = step[:, None, None] ** 2 + step[:, None] ** 2 + step**2
    found = {}
    for pair in combinations_with_replacement(_PLACES, 2):
        total = np.zeros(squared.shape)
        for one, two in product(*(_PLACES[ion] for ion in pair)):
            for size, share in zip(sizes, shares):
                axes = [_along(step, size, first, second) for first, second in zip(one, two)]
                total += share * axes[0][:, None, None] * axes[1][:, None] * axes[2]
        both_orders = 1.0 if pair[0] == pair[1] else 2.0
        count = np.asarray(np.bincount(squared.ravel(), total.ravel()) * both_orders, dtype=np.float64)
        present = np.flatnonzero(count)
        found[pair] = Distances(0.5 * cell * np.sqrt(present.astype(np.float64)), count[present])
    return found


def _along(step: IntArray, size: float, one: str, two: str) -> Array:
    """Pairs of planes this many half cells apart along an edge of ``size`` cells, between the two whole numbers."""
    lower = math.floor(size)
    extra = {("centre", "centre"): 0.0, ("face", "face"): 1.0}.get((one, two), 0.5)
    allowed = step % 2 == (0 if one == two else 1)
    below, above = (np.maximum(whole + extra - 0.5 * np.abs(step), 0.0) for whole in (lower, lower + 1))
    mixed: Array = allowed * (below + (size - lower) * (above - below))
    return mixed


def tilted_pairs(size: int, cell: float, tilt: tuple[float, float, float]) -> Pairs:
    """Return the pairs of ions in a cube whose octahedra are tilted as in the gamma phase (a- a- c+, Pbnm).

    To first order the octahedron at (i, j, k) turns by (p s, q s, r t) about the three axes, s = (-1)^(i+j+k) and
    t = (-1)^(i+j); shared iodides move alike for both. Lattice and Cs stay where they are: the metric strain of the
    real gamma phase, which would split the lines further, is left out.

    Args:
        size: edge in cells.
        cell: edge of the pseudo-cubic cell [m].
        tilt: p, q, r [rad].
    """
    ions = _tilted_ions(size, cell, tilt)
    grain = cell / 2000.0
    found = {}
    for pair in combinations_with_replacement(ions, 2):
        one, two = ions[pair[0]], ions[pair[1]]
        longest = math.ceil(math.sqrt(3.0) * (size + 1) * cell / grain) + 1
        count, reached = np.zeros(longest), np.zeros(longest)
        for block in np.array_split(one, max(1, one.shape[0] // 256)):
            squared = np.sum(block**2, axis=1)[:, None] + np.sum(two**2, axis=1) - 2.0 * block @ two.T
            distance = np.sqrt(np.maximum(squared, 0.0)).ravel()
            near = np.rint(distance / grain).astype(np.int64)
            count += np.bincount(near, minlength=longest)
            reached += np.bincount(near, distance, minlength=longest)
        reached[0] = 0.0
        present = np.flatnonzero(count)
        both_orders = 1.0 if pair[0] == pair[1] else 2.0
        found[pair] = Distances(reached[present] / count[present], count[present] * both_orders)
    return found


def _tilted_ions(size: int, cell: float, tilt: tuple[float, float, float]) -> dict[str, Array]:
    """Places of the ions [m], (ion, axis)."""
    face, centre = np.arange(size + 1.0), np.arange(size) + 0.5
    planes = {"face": face, "centre": centre}
    ions = {}
    for ion, kinds in _PLACES.items():
        parts = []
        for kind in kinds:
            grid = np.stack(np.meshgrid(*(planes[axis] for axis in kind), indexing="ij"), axis=-1).reshape(-1, 3)
            if ion == "I":
                grid = grid + _shift(grid, kind.index("face"), tilt)
            parts.append(grid)
        ions[ion] = cell * np.concatenate(parts)
    return ions


def _shift(places: Array, axis: int, tilt: tuple[float, float, float]) -> Array:
    """Displacement [cells] of iodides on faces across an axis: the turn of the octahedron below, times half a cell."""
    below = np.floor(places - 0.25).astype(np.int64)  # of the cell whose upper face the iodide lies on
    out_of_phase = 1.0 - 2.0 * (below.sum(axis=1) % 2)
    in_phase = 1.0 - 2.0 * (below[:, :2].sum(axis=1) % 2)
    turn = np.stack([tilt[0] * out_of_phase, tilt[1] * out_of_phase, tilt[2] * in_phase], axis=1)
    arm = np.zeros(3)
    arm[axis] = 0.5
    return np.cross(turn, arm)
