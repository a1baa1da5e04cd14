"""The colour of the light: a patch of it, and its place in the CIE 1931 diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from halodot.app.charts.axes import Axis
from halodot.app.charts.curves import OWN, CurveChart, Line, Name, Option, Table
from halodot.app.charts.shown import Look, Shown
from halodot.light.colour import REC_2020
from halodot.report.figures_colour import WHITE, spectral_locus, srgb_of
from halodot.report.kinds import KINDS
from halodot.report.style import NANOMETRE
from halodot.results.summary import peak_point
from halodot.states import Array, Emission

#: chromaticities of the primaries of a screen, IEC 61966-2-1
_SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
#: wavelengths that are marked on the locus [nm]
_MARKED = (460, 480, 500, 520, 560, 580, 600)
#: size of the patch [px]
_PATCH = 26
#: CIE x at which names stand, and their letters
_KEY, _LETTERS = 0.87, 14
_WHITE, _REPORTED = "D65 white", "reported"


def screen_colour(x: float, y: float) -> str:
    """Return the colour of a chromaticity as a screen can show it, "#ff2a00".

    Args:
        x: CIE 1931 x [1].
        y: CIE 1931 y [1], above 0.
    """
    parts = np.rint(255.0 * srgb_of(np.array(x), np.array(y))).astype(int)
    return "#" + "".join(f"{part:02x}" for part in parts)


def patch(x: float, y: float, look: Look) -> tuple[Option, ...]:
    """Return a square of the colour in the upper right corner.

    Args:
        x: CIE 1931 x [1].
        y: CIE 1931 y [1], above 0.
        look: of the chart.
    """
    return (
        {
            "type": "rect",
            "id": "patch",
            "right": 16,
            "top": 4,
            "silent": True,
            "z": 10,
            "shape": {"width": 2 * _PATCH, "height": 15, "r": 3},
            "style": {"fill": screen_colour(x, y), "stroke": look.quiet, "lineWidth": 1},
        },
    )


@dataclass(frozen=True, eq=False)
class CieChart(CurveChart):
    """The diagram, of which the table holds the colours and no outlines."""

    colours: tuple[tuple[str, float, float, str], ...] = ()  # name, x, y and symbol

    def table(self) -> Table:
        """Return the colours by name."""
        rows = [(name, f"{x:.4f}", f"{y:.4f}") for name, x, y, _ in self.colours]
        return ("Colour", "CIE 1931 x", "CIE 1931 y"), tuple(rows)


def cie(shown: Shown) -> CurveChart | None:
    """The colour at the highest EQE in the CIE 1931 diagram."""
    emission = KINDS["cie"].pick(shown.result)
    if emission is None:
        return None
    x, y = _chromaticity(emission)
    found = [(OWN, x, y, "circle"), (_WHITE, *WHITE, "diamond")]
    shapes = ("rect", "triangle", "pin", "arrow")
    for number, (name, result) in enumerate(shown.pins.items()):
        other = KINDS["cie"].pick(result)
        if other is not None:
            found.append((name, *_chromaticity(other), shapes[number % 4]))
    if {"cie_x", "cie_y"} <= set(shown.reported):
        found.append((_REPORTED, shown.reported["cie_x"], shown.reported["cie_y"], "roundRect"))
    locus, marks = _locus()
    return CieChart(
        f"x {x:.4f}, y {y:.4f}",
        f"Colour of the light at the highest EQE in the CIE 1931 diagram: x {x:.4f}, y {y:.4f} (no unit).",
        Axis("CIE 1931 x (1)", 0.0, 0.8, 0.2),
        (Axis("CIE 1931 y (1)", 0.0, 0.9, 0.2),),
        [
            Line("locus", "spectral colours", *locus, 0),
            _triangle("rec2020", "Rec. 2020", REC_2020, 2, [7, 3]),
            _triangle("srgb", "sRGB", _SRGB, 3, [2, 3]),
        ],
        names=[*_beside(found), *marks],
        colours=tuple(found),
        grid={"left": 52, "right": "auto", "width": 150, "top": 28, "bottom": 40},
        graphic=patch(x, y, shown.look),
    )


def _beside(colours: Sequence[tuple[str, float, float, str]]) -> list[Name]:
    """The symbols in the diagram, and what they are called on its right, where they do not hide one another."""
    found = []
    for row, (name, x, y, symbol) in enumerate(colours):
        fill = screen_colour(x, y) if row == 0 else ""
        text = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
        found += [Name("", x, y, symbol=symbol, fill=fill)]
        found += [Name(text, _KEY, 0.85 - 0.08 * row, symbol=symbol, fill=fill)]
    for row, text in enumerate(("– –  Rec. 2020", "···  sRGB")):
        found.append(Name(text, _KEY - 0.03, 0.85 - 0.08 * (len(colours) + row)))
    return found


def _chromaticity(emission: Emission) -> tuple[float, float]:
    point = peak_point(emission)
    assert point is not None
    return float(emission.cie_x[point]), float(emission.cie_y[point])


def _triangle(
    key: str, heading: str, corners: tuple[tuple[float, float], ...], colour: int, dash: str | list[int]
) -> Line:
    around = np.array([*corners, corners[0]])
    return Line(key, heading, around[:, 0], around[:, 1], colour, dash=dash)


@lru_cache(maxsize=1)
def _locus() -> tuple[tuple[Array, Array], tuple[Name, ...]]:
    """The outline of all colours, closed by the line of purples, and the wavelengths beside it."""
    from halodot.study import load_colour_matching

    table = load_colour_matching()
    wavelength = table.wavelength / NANOMETRE
    x, y = spectral_locus(np.stack([table.wavelength, table.x, table.y, table.z]))
    fine = np.array([*range(400, 480, 20), *range(480, 540, 5), *range(540, 640, 10), 660, 700], dtype=np.float64)
    across, up = np.interp(fine, wavelength, x), np.interp(fine, wavelength, y)
    marks = []
    for mark in _MARKED:
        place = float(np.interp(mark, wavelength, x)), float(np.interp(mark, wavelength, y))
        side = "left" if mark <= 500 else "top" if mark == 520 else "right"
        marks.append(Name(f"{mark}", *place, side))
    return (np.append(across, across[0]), np.append(up, up[0])), tuple(marks)
