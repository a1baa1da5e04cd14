"""Which planes reflect, and the lattice constants that follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._xrd_size import Reflection

#: edge of the pseudo-cubic cell of lead and tin halide perovskites [m]: CsPbCl3 0.561 nm, FAPbI3 0.636 nm
PEROVSKITE = (0.550e-9, 0.650e-9)
_HIGHEST = 8  # index
#: share of the area that the planes of a perovskite must index before its cell is used unasked
_INDEXED_SHARE = 0.85
#: how far a line may lie from its place: alignment of a laboratory diffractometer [rad], and share of its width
_ALIGNMENT, _OF_WIDTH = math.radians(0.25), 0.3
Planes = tuple[int, int, int]
#: lattice constants of a cell as factors of h^2, k^2, l^2 and hk in 1/d^2
_SYSTEMS = {
    "cubic": ("a",),
    "tetragonal": ("a", "c"),
    "hexagonal": ("a", "c"),
    "orthorhombic": ("a", "b", "c"),
}


@dataclass(frozen=True, eq=False)
class Cell:
    """Lattice constants with what they index."""

    system: str
    names: tuple[str, ...]  # "a", "c"
    values: Array  # [m] (constant,)
    deviations: Array  # [m] (constant,), without that of the zero of the angle where it is not fitted
    shift: float  # 2 theta = Bragg + shift cos(theta) or + shift [rad]
    shift_deviation: float
    slopes: Array  # change of the constants per shift that is not corrected [m/rad] (constant,)
    planes: tuple[Planes | None, ...]  # of each reflection, None where it is not indexed
    worst: float  # largest distance of a line from its place in its widths


def design(system: str, planes: Sequence[Planes]) -> Array:
    """Return how 1/d^2 follows from 1/a^2 (and 1/b^2, 1/c^2) for some planes (plane, constant)."""
    h, k, l = np.array(planes, float).reshape(-1, 3).T  # noqa: E741
    rows = {
        "cubic": (h**2 + k**2 + l**2,),
        "tetragonal": (h**2 + k**2, l**2),
        "hexagonal": (4.0 / 3.0 * (h**2 + h * k + k**2), l**2),
        "orthorhombic": (h**2, k**2, l**2),
    }
    return np.stack(rows[system], axis=1)


def all_planes(system: str, values: Sequence[float] | Array, spacing: float) -> tuple[list[Planes], Array]:
    """Return planes that are farther apart than some spacing [m], one of each set, and their spacings [m]."""
    kept = []
    for h, k, l in product(range(_HIGHEST + 1), repeat=3):  # noqa: E741
        unordered = {"cubic": h < k or k < l, "tetragonal": h < k, "hexagonal": h < k, "orthorhombic": False}[system]
        if (h, k, l) != (0, 0, 0) and not unordered:
            kept.append((h, k, l))
    inverse = design(system, kept) @ (1.0 / np.asarray(values) ** 2)
    far = inverse < spacing**-2
    order = np.argsort(inverse[far], kind="stable")
    chosen = [plane for plane, is_far in zip(kept, far) if is_far]
    return [chosen[place] for place in order], 1.0 / np.sqrt(inverse[far][order])


def perovskite(found: Sequence[Reflection], wavelength: float) -> float:
    """Return the edge of a primitive cubic perovskite cell that indexes a pattern [m], nan where none does.

    Args:
        found: reflections.
        wavelength: [m].
    """
    areas = np.array([item.area for item in found])
    best, edge = 0.0, math.nan
    for item in (found[place] for place in np.argsort(-areas)[:4]):
        for order in (1, 2, 3, 4, 5, 6):
            guess = math.sqrt(order) * item.spacing
            if PEROVSKITE[0] <= guess <= PEROVSKITE[1]:
                planes = _indexed(found, "cubic", (guess,), wavelength)
                known = np.array([plane is not None for plane in planes])
                first = {plane for plane in planes if plane in ((1, 0, 0), (1, 1, 0), (2, 0, 0))}
                share = float(areas[known].sum() / areas.sum())
                if share > max(best, _INDEXED_SHARE) and len(first) >= 2 and len({p for p in planes if p}) >= 2:
                    best, edge = share, guess
    return edge


def _indexed(
    found: Sequence[Reflection], system: str, values: Sequence[float] | Array, wavelength: float, shift: float = 0.0
) -> list[Planes | None]:
    """Return the planes that lie nearest to each reflection, None where none is near; each set once."""
    least = 0.98 * min(item.spacing for item in found)
    planes, spacings = all_planes(system, values, least)
    if not planes:
        return [None] * len(found)
    sines = np.minimum(wavelength / (2.0 * spacings), 1.0)
    places = 2.0 * np.arcsin(sines)
    places = places + shift * np.cos(0.5 * places)
    nearest = []
    for item in found:
        distance = np.abs(places - item.place)
        near = int(np.argmin(distance))
        allowed = _ALIGNMENT + _OF_WIDTH * item.width
        nearest.append((near, float(distance[near])) if distance[near] < allowed else None)
    taken: dict[int, int] = {}
    for number, one in enumerate(nearest):
        if one is not None and (one[0] not in taken or found[number].area > found[taken[one[0]]].area):
            taken[one[0]] = number
    return [planes[one[0]] if one is not None and taken[one[0]] == n else None for n, one in enumerate(nearest)]


def refined(
    found: Sequence[Reflection], system: str, values: Sequence[float], wavelength: float, correction: str | None
) -> Cell | None:
    """Return lattice constants by least squares on the places of indexed reflections, None where too few are indexed.

    2 theta = 2 asin(lambda / 2d) + shift cos(theta) for a displaced sample, + shift for a wrong zero.

    Args:
        found: reflections.
        system: cubic | tetragonal | hexagonal | orthorhombic.
        values: lattice constants to start from [m].
        wavelength: of the first line [m].
        correction: displacement | zero | none; None for displacement where enough reflections are indexed.
    """
    constants = np.asarray(values, float)
    shift = 0.0
    for _ in range(3):
        planes = _indexed(found, system, constants, wavelength, shift)
        used = [(item, plane) for item, plane in zip(found, planes) if plane is not None]
        free = len(_SYSTEMS[system])
        kind = correction or ("displacement" if len(used) >= free + 3 else "none")
        if len(used) < free + (kind != "none") or np.linalg.matrix_rank(design(system, [p for _, p in used])) < free:
            return None
        made = _least_squares(used, system, constants, shift, wavelength, kind)
        constants, shift = made[0][:free], float(made[0][free])
    numbers, covariance, excess, slopes = made
    distances = [abs(d) for d in excess]
    return Cell(
        system=system,
        names=_SYSTEMS[system],
        values=numbers[:free],
        deviations=np.sqrt(np.diag(covariance))[:free],
        shift=shift,
        shift_deviation=math.sqrt(covariance[free, free]) if kind != "none" else 0.0,
        slopes=slopes if kind == "none" else np.zeros(free),
        planes=tuple(planes),
        worst=max(distances),
    )


def _least_squares(
    used: Sequence[tuple[Reflection, Planes]],
    system: str,
    constants: Array,
    shift: float,
    wavelength: float,
    kind: str,
) -> tuple[Array, Array, Array, Array]:
    """Return numbers, covariance, distances in widths, and the slopes of the constants by an uncorrected shift."""
    rows = design(system, [plane for _, plane in used])
    place = np.array([item.place for item, _ in used])
    deviation = np.array([max(item.place_deviation, 1e-3 * item.width) for item, _ in used])
    for _ in range(10):
        inverse = rows @ constants**-2.0
        sine = np.minimum(0.5 * wavelength * np.sqrt(inverse), 0.9999)
        theta = np.arcsin(sine)
        by_constant = (wavelength / (2.0 * np.sqrt(inverse) * np.cos(theta)))[:, None] * rows * (-2.0 * constants**-3.0)
        moved = {"displacement": np.cos(theta), "zero": np.ones(theta.size), "none": np.cos(theta)}[kind]
        left = place - (2.0 * theta + shift * moved)
        jacobian = by_constant if kind == "none" else np.hstack([by_constant, moved[:, None]])
        weighted = jacobian / deviation[:, None]
        scale = np.linalg.norm(weighted, axis=0)
        step = np.linalg.lstsq(weighted / scale, left / deviation, rcond=None)[0] / scale
        constants = constants + step[: constants.size]
        if kind != "none":
            shift += float(step[-1])
    covariance = np.linalg.pinv((weighted / scale).T @ (weighted / scale)) / np.outer(scale, scale)
    excess = float(np.sum((left / deviation) ** 2) / max(left.size - jacobian.shape[1], 1))
    covariance = covariance * max(excess, 1.0)
    slopes = -np.linalg.lstsq(weighted / scale, moved / deviation, rcond=None)[0] / scale
    widths = np.array([item.width for item, _ in used])
    return np.append(constants, shift), covariance, left / widths, slopes[: constants.size]
