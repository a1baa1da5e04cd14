"""Core lines: where they lie, how doublets split, and how strongly Al K-alpha excites them."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: share of the line with the larger spin by the letter of the orbital: (2 j + 1) of both
_SHARES = {"p": 2.0 / 3.0, "d": 3.0 / 5.0, "f": 4.0 / 7.0}
_SPINS = {"p": ("3/2", "1/2"), "d": ("5/2", "3/2"), "f": ("7/2", "5/2")}
#: line: binding energy of its stronger part [eV], splitting of the doublet [eV], sensitivity (C 1s = 1, Al K-alpha)
#: Energies and splittings: Moulder, Stickle, Sobol and Bomben, Handbook of X-ray Photoelectron Spectroscopy,
#: Perkin-Elmer (1992). Sensitivities: Scofield, J. Electron Spectrosc. 8, 129 (1976), both parts of a doublet added.
_TABLE: dict[str, tuple[float, float, float]] = {
    "C 1s": (284.8, 0.0, 1.0),
    "N 1s": (399.5, 0.0, 1.8),
    "O 1s": (531.5, 0.0, 2.93),
    "F 1s": (685.5, 0.0, 4.43),
    "Na 1s": (1071.5, 0.0, 8.52),
    "Al 2p": (74.0, 0.44, 0.5371),
    "Si 2p": (101.0, 0.63, 0.817),
    "P 2p": (133.0, 0.87, 1.192),
    "S 2p": (163.5, 1.18, 1.677),
    "Cl 2p": (199.0, 1.60, 2.285),
    "K 2p": (293.0, 2.77, 3.97),
    "Ca 2p": (347.0, 3.55, 5.07),
    "Ti 2p": (458.5, 5.54, 7.91),
    "Zn 2p": (1022.0, 22.97, 28.72),
    "Br 3d": (68.5, 1.05, 2.84),
    "Rb 3d": (110.0, 1.49, 4.21),
    "Sr 3d": (134.0, 1.79, 5.05),
    "Zr 3d": (182.0, 2.43, 7.04),
    "Mo 3d": (232.5, 3.13, 9.5),
    "Ag 3d": (368.2, 6.00, 18.04),
    "Cd 3d": (405.2, 6.74, 20.22),
    "In 3d": (444.5, 7.54, 22.54),
    "Sn 3d": (486.5, 8.41, 25.05),
    "Sb 3d": (530.0, 9.34, 27.74),
    "I 3d": (619.0, 11.50, 33.64),
    "Cs 3d": (724.5, 13.94, 40.22),
    "Ba 3d": (780.0, 15.33, 43.76),
    "Hf 4f": (17.0, 1.71, 7.52),
    "W 4f": (35.5, 2.18, 9.80),
    "Pt 4f": (71.0, 3.33, 15.46),
    "Au 4f": (84.0, 3.67, 17.12),
    "Pb 4f": (138.5, 4.86, 22.74),
    "Bi 4f": (158.8, 5.31, 24.83),
}
#: lines of metals with open shells: multiplets and satellites make them no doublets, only areas are found
_MULTIPLETS: dict[str, tuple[float, float]] = {
    "Cr 2p": (576.0, 11.67),
    "Mn 2p": (641.0, 13.91),
    "Fe 2p": (710.0, 16.42),
    "Co 2p": (780.0, 19.16),
    "Ni 2p": (854.0, 22.18),
    "Cu 2p": (933.0, 25.39),
}
_LINE = re.compile(r"(?<![A-Za-z])([A-Z][a-z]?)[ _-]?([1-5][spdf])(?![A-Za-z0-9])")


@dataclass(frozen=True)
class Line:
    """A core line."""

    name: str  # "Pb 4f"
    energy: float  # usual binding energy of the stronger part [eV]
    splitting: float  # eV, 0 for a single line
    sensitivity: float  # C 1s = 1, Al K-alpha
    doublet: bool
    share: float  # of the stronger part in the area
    multiplet: bool = False

    @property
    def element(self) -> str:
        """Symbol of the element."""
        return self.name.split()[0]

    @property
    def part(self) -> str:
        """Name of the stronger part: Pb 4f7/2."""
        return self.name + (_SPINS[self.name[-1]][0] if self.doublet else "")


def _lines() -> dict[str, Line]:
    found = {}
    for name, (energy, splitting, sensitivity) in _TABLE.items():
        share = _SHARES.get(name[-1], 1.0)
        found[name] = Line(name, energy, splitting, sensitivity, splitting > 0.0, share)
    for name, (energy, sensitivity) in _MULTIPLETS.items():
        found[name] = Line(name, energy, 0.0, sensitivity, False, 1.0, True)
    return found


LINES = _lines()


def line_named(text: str) -> Line | None:
    """Return the line that a text names last, such as "Pb 4f", "Pb4f Scan" or "NiO: Ni2p"; None where it names none.

    Args:
        text: label of a region, or name of a file.
    """
    named = [f"{element} {orbital}" for element, orbital in _LINE.findall(text.replace("/", " "))]
    return next((LINES[name] for name in reversed(named) if name in LINES), None)


def lines_within(low: float, high: float) -> list[Line]:
    """Return the lines between two binding energies [eV]."""
    return [line for line in LINES.values() if low <= line.energy <= high]
