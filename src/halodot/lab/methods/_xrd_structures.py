"""Crystal structures that a pattern of CsPbI3 can show, and where and how strongly they reflect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.measure.scattering import DISPLACEMENTS, form_factor

Place = tuple[float, float, float]
#: general positions of Pnma without the inversion, which every structure here has
_PNMA = ((1, 1, 1, 0.0, 0.0, 0.0), (-1, -1, 1, 0.5, 0.0, 0.5), (-1, 1, -1, 0.0, 0.5, 0.0), (1, -1, -1, 0.5, 0.5, 0.5))
_ONE = ((1, 1, 1, 0.0, 0.0, 0.0),)


@dataclass(frozen=True)
class Structure:
    """A crystal structure with an inversion centre."""

    name: str
    lengths: tuple[float, float, float]  # a, b, c [m]
    gamma: float  # angle between a and b [degree]; the others are 90
    places: tuple[tuple[str, Place], ...]  # ion and place in the cell, of the asymmetric unit
    symmetry: tuple[tuple[int, int, int, float, float, float], ...] = _ONE  # signs and shifts
    about: str = ""


#: places of the ions of gamma and delta as relaxed in the Materials Project (Jain et al., APL Materials 1 (2013))
STRUCTURES: Mapping[str, Structure] = {
    item.name: item
    for item in (
        Structure(
            "cubic",
            (0.6289e-9,) * 3,
            90.0,
            (
                ("Cs", (0.0, 0.0, 0.0)),
                ("Pb", (0.5, 0.5, 0.5)),
                ("I", (0.0, 0.5, 0.5)),
                ("I", (0.5, 0.0, 0.5)),
                ("I", (0.5, 0.5, 0.0)),
            ),
            about="CsPbI3, Pm-3m; Trots and Myagkota, Journal of Physics and Chemistry of Solids 69 (2008) 2520",
        ),
        Structure(
            "gamma",
            (0.88561e-9, 1.24722e-9, 0.85766e-9),
            90.0,
            (
                ("Cs", (0.034562, 0.75, 0.007578)),
                ("Pb", (0.0, 0.0, 0.5)),
                ("I", (0.203924, 0.025925, 0.796624)),
                ("I", (0.007141, 0.25, 0.448521)),
            ),
            _PNMA,
            "CsPbI3, Pnma (Pbnm); lengths: Sutton et al., ACS Energy Letters (2018), doi:10.1021/acsenergylett.8b00672",
        ),
        Structure(
            "delta",
            (1.04342e-9, 0.47905e-9, 1.77610e-9),
            90.0,
            (
                ("Cs", (0.081276, 0.75, 0.327880)),
                ("Pb", (0.161849, 0.25, 0.060783)),
                ("I", (0.029272, 0.25, 0.887692)),
                ("I", (0.162789, 0.25, 0.497955)),
                ("I", (0.203683, 0.75, 0.712694)),
            ),
            _PNMA,
            "yellow CsPbI3, Pnma; lengths of Stoumpos, Malliakas and Kanatzidis, Inorganic Chemistry 52 (2013) 9019",
        ),
        Structure(
            "PbI2",
            (0.4557e-9, 0.4557e-9, 0.6979e-9),
            120.0,
            (("Pb", (0.0, 0.0, 0.0)), ("I", (1.0 / 3.0, 2.0 / 3.0, 0.2675))),
            about="2H, P-3m1; Palosz and Salje, Journal of Applied Crystallography 22 (1989) 622",
        ),
        Structure("CsI", (0.4567e-9,) * 3, 90.0, (("Cs", (0.0, 0.0, 0.0)), ("I", (0.5, 0.5, 0.5))), about="Pm-3m"),
    )
}
#: places closer than this share of a cell are one
_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class Sticks:
    """Reflections of a structure, those of one spacing joined."""

    reciprocal: Array  # 1/d [1/m] (reflection,)
    strength: Array  # multiplicity times squared structure factor over the volume of the cell squared (reflection,)


def ions(structure: Structure) -> list[tuple[str, Array]]:
    """Return every ion of the cell with its places (ion, axis)."""
    found: list[tuple[str, Array]] = []
    for ion, place in structure.places:
        made: list[Array] = []
        for one in structure.symmetry:
            for sign in (1.0, -1.0):
                moved = sign * (np.array(one[:3]) * np.array(place) + np.array(one[3:]))
                moved = moved % 1.0
                if not any(np.all(np.abs((moved - other + 0.5) % 1.0 - 0.5) < _SAME) for other in made):
                    made.append(moved)
        found.append((ion, np.array(made)))
    return found


def sticks(structure: Structure, highest: float) -> Sticks:
    """Return the reflections of a powder up to a reciprocal spacing [1/m].

    Args:
        structure: with an inversion centre, so that structure factors are sums of cosines.
        highest: 1/d.
    """
    a, b, c = structure.lengths
    angle = math.radians(structure.gamma)
    axes = np.array([[a, 0.0, 0.0], [b * math.cos(angle), b * math.sin(angle), 0.0], [0.0, 0.0, c]])
    reciprocal = np.linalg.inv(axes).T
    reach = [math.ceil(highest * float(np.linalg.norm(axis))) for axis in axes]
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    length = np.linalg.norm(grid @ reciprocal, axis=1)
    kept = (length > 0.0) & (length < highest)
    grid, length = grid[kept], length[kept]
    vector = 2.0 * math.pi * length
    amplitude = np.zeros(length.size)
    for ion, places in ions(structure):
        damped = form_factor(ion, vector) * np.exp(-0.5 * vector**2 * DISPLACEMENTS[ion])
        amplitude += damped * np.cos(2.0 * math.pi * grid @ places.T).sum(axis=1)
    volume = float(np.linalg.det(axes))
    rounded = np.rint(length / highest * 1e6).astype(int)
    _, first, which = np.unique(rounded, return_index=True, return_inverse=True)
    strength = np.bincount(which, amplitude**2) / volume**2
    strong = strength > 1e-4 * strength.max()
    return Sticks(length[first][strong], strength[strong])
