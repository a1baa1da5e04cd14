"""What a powder diffractometer records."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.errors import InputError, ValidityError
from halodot.measure.crystal import Pairs, cube_pairs, tilted_pairs
from halodot.measure.noise import counted
from halodot.measure.scattering import debye_scattering
from halodot.numerics import FWHM_PER_SIGMA, full_width, parabola_vertex
from halodot.states import Array, Dataset, Dots, Flask

#: Cu K alpha 1 and 2 [m] and their shares; International Tables for Crystallography C
LINES = ((0.154059292e-9, 2.0 / 3.0), (0.15444140e-9, 1.0 / 3.0))
WAVELENGTH = sum(wavelength * share for wavelength, share in LINES)
#: edge of the pseudo-cubic cell of black CsPbI3 at room temperature [m], assumed within 0.618-0.629 nm
CELL = 0.622e-9
#: tilts about the pseudo-cubic axes in the gamma phase [rad], assumed
TILT = (math.radians(8.0), math.radians(8.0), math.radians(11.0))
#: the reflections that are looked for, as h^2 + k^2 + l^2: (100), (200)
REFLECTIONS = (1, 4)
_SIZES = 9


@dataclass(frozen=True)
class Reflection:
    """A line of a pattern: its order, scattering angle 2 theta [rad], full width at half maximum [rad], height."""

    order: int  # h^2 + k^2 + l^2
    angle: float
    width: float
    height: float


def xrd(
    dots: Dots | Flask,
    *,
    cell: float = CELL,
    phase: str = "cubic",
    peak_counts: float = 1000.0,
    background_counts: float = 100.0,
    resolution: float = math.radians(0.06),
    seed: int | None = None,
) -> Dataset:
    """Return the powder pattern of the dots under copper radiation, from the places of their atoms.

    The Debye equation for cubes of all sizes, times the polarisation (1 + cos^2 2 theta) / 2, summed over the two
    lines of the tube and blurred by the instrument. The size distribution is that of the spectrum where it is known,
    else that of the micrographs: what a microscope counts is in part projection.

    Args:
        dots: dots, or the flask that holds them.
        cell: edge of the pseudo-cubic cell [m].
        phase: "cubic", or "tilted" for the octahedra of the gamma phase (one size, the nearest whole number of cells).
        peak_counts: expected counts in the highest channel above the background [1].
        background_counts: expected counts of the flat background [1].
        resolution: full width at half maximum of the instrument [rad].
        seed: seed of the Poisson noise, None for none.

    Returns:
        Counts [1] by scattering angle 2 theta [rad], 10 to 50 degrees.

    Raises:
        InputError: the phase is unknown.
        ValidityError: the dots have no size, or less than one cell.
    """
    angle = np.radians(np.linspace(10.0, 50.0, 801))
    pairs = _pairs(dots, cell, phase)
    intensity = _smooth(_two_lines(angle, pairs), resolution / float(angle[1] - angle[0]))
    expected = peak_counts * intensity / intensity.max() + background_counts
    return Dataset(
        name="xrd",
        x=angle,
        y=counted(expected, seed),
        x_unit="rad",
        x_label="Scattering angle",
        y_label="Counts",
        sd=np.sqrt(expected),
        meta={"wavelength": WAVELENGTH, "background counts": background_counts, "phase": phase, "origin": "simulated"},
    )


def _pairs(dots: Dots | Flask, cell: float, phase: str) -> Pairs:
    spread = dots.spectroscopic_spread if isinstance(dots, Dots) else dots.edge_length_spread
    mean = dots.edge_length / cell
    if not (math.isfinite(mean) and mean >= 1.0):
        raise ValidityError("a diffraction pattern needs dots of at least one cell")
    if phase == "tilted":
        return tilted_pairs(round(mean), cell, TILT)
    if phase != "cubic":
        raise InputError(f"unknown phase {phase!r}, expected cubic or tilted")
    if not spread > 0.0:
        return cube_pairs(np.array([mean]), np.ones(1), cell)
    steps = np.linspace(-3.0, 3.0, _SIZES)
    sizes, shares = mean + spread / cell * steps, np.exp(-0.5 * steps**2)
    real = sizes >= 1.0
    return cube_pairs(sizes[real], shares[real] / shares[real].sum(), cell)


def _two_lines(angle: Array, pairs: Pairs) -> Array:
    """Scattered intensity of unpolarised copper radiation, interpolated on a grid that resolves the finest fringe."""
    half = np.sin(0.5 * angle)
    first, last = 4.0 * math.pi * half[0] / LINES[1][0], 4.0 * math.pi * half[-1] / LINES[0][0]
    longest = max(float(found.distance[-1]) for found in pairs.values())
    q = np.linspace(first, last, max(400, math.ceil(10.0 * (last - first) * longest / (2.0 * math.pi))))
    scattered = debye_scattering(q, pairs)
    total = np.zeros(angle.shape)
    for wavelength, share in LINES:
        total += share * np.interp(4.0 * math.pi * half / wavelength, q, scattered)
    return total * 0.5 * (1.0 + np.cos(angle) ** 2)


def _smooth(intensity: Array, points: float) -> Array:
    """Blur a curve by a Gaussian of this full width in points, keeping it flat at its ends."""
    if not points > 0.0:
        return intensity
    deviation = points / FWHM_PER_SIGMA
    reach = math.ceil(5.0 * deviation)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    return np.convolve(np.pad(intensity, reach, mode="edge"), kernel / kernel.sum(), mode="valid")


def find_reflections(pattern: Dataset, cell: float = CELL, reach: float = math.radians(3.2)) -> tuple[Reflection, ...]:
    """Return the first lines of a cubic pattern above a straight background under each.

    Args:
        pattern: powder pattern without noise, or a smoothed one: counts [1] by scattering angle [rad].
        cell: edge of the cell [m] that says where to look.
        reach: largest distance of a line from its expected angle [rad]; the background under it joins the lowest points
            as far on either side of its maximum.

    Returns:
        Those of :data:`REFLECTIONS` that the pattern shows as a maximum.
    """
    found = []
    for order in REFLECTIONS:
        expected = 2.0 * math.asin(float(pattern.meta["wavelength"]) * math.sqrt(order) / (2.0 * cell))
        line = _line(pattern.x, pattern.y, order, expected, reach)
        if line is not None:
            found.append(line)
    return tuple(found)


def _line(angle: Array, counts: Array, order: int, expected: float, reach: float) -> Reflection | None:
    near = np.flatnonzero(np.abs(angle - expected) <= reach)
    if near.size < 3:
        return None
    highest = int(near[np.argmax(counts[near])])
    before = np.flatnonzero((angle <= angle[highest]) & (angle >= angle[highest] - reach))
    after = np.flatnonzero((angle >= angle[highest]) & (angle <= angle[highest] + reach))
    low, high = int(before[np.argmin(counts[before])]), int(after[np.argmin(counts[after])])
    x, y = angle[low : high + 1], counts[low : high + 1]
    above = y - np.interp(x, x[[0, -1]], y[[0, -1]])
    top = int(np.argmax(above))
    if not 0 < top < above.size - 1:
        return None
    width = full_width(x, above, top, 0.5 * float(above[top]))
    return Reflection(order, parabola_vertex(x, above, top)[0], width, float(above[top]))


def cell_edge(reflections: tuple[Reflection, ...], wavelength: float = WAVELENGTH) -> float:
    """Return the edge of the cubic cell [m] that fits all lines, nan without any.

    Bragg's law, a = lambda sqrt(h^2+k^2+l^2) / (2 sin theta); the edges of the lines are averaged with the weights
    (tan theta / width)^2.

    Args:
        reflections: lines with angle and width [rad].
        wavelength: lambda [m].
    """
    if not reflections:
        return math.nan
    edges = [wavelength * math.sqrt(line.order) / (2.0 * math.sin(0.5 * line.angle)) for line in reflections]
    weights = [(math.tan(0.5 * line.angle) / line.width) ** 2 for line in reflections]
    return float(np.average(edges, weights=weights))


def same_phase(one: Dataset, two: Dataset, cell: float = CELL) -> bool | None:
    """Return whether two patterns show the same lines of the same cell, None where a line is missing in both.

    The same means that every line of one lies within the smaller of the two widths of its partner, and that the two
    cells differ by less than the width of the last line allows. The lines of dots are so wide that their places
    cannot tell the alpha phase from the gamma phase; the superlattice lines that could are not looked at.

    Args:
        one: powder pattern, counts [1] by scattering angle [rad], (angle,).
        two: another powder pattern.
        cell: edge of the cell [m] that says where to look.
    """
    lines, partners = find_reflections(one, cell), find_reflections(two, cell)
    if not lines and not partners:
        return None
    if [line.order for line in lines] != [line.order for line in partners]:
        return False
    pairs = list(zip(lines, partners))
    near = all(abs(a.angle - b.angle) < min(a.width, b.width) for a, b in pairs)
    last = pairs[-1]
    allowed = 0.5 * min(last[0].width, last[1].width) / math.tan(0.5 * last[0].angle) * cell
    return near and abs(cell_edge(lines) - cell_edge(partners)) < allowed
