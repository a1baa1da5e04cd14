"""Shapes of a reflection: pseudo-Voigt, and what cubes of a size distribution scatter through an instrument."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array

#: of distances from the centre; returns line and derivatives by place, logarithm of the width, and shape
Line = Callable[[Array], tuple[Array, Array, Array, Array]]
_LN2 = math.log(2.0)
#: full width at half maximum of sin^2(pi L s) / (pi s)^2 in 1/L: the Scherrer constant of a cube along its face normal
FACE = 0.885893
#: reach of the distribution of edges in standard deviations, and number of edges in it
_REACH, _EDGES = 3.5, 15
_STEP = 1.0 / 64.0  # of the column lengths, in edges
_WAVES = 8192  # points of the transform: places of the line 1/128 of its width apart


@dataclass(frozen=True)
class Resolution:
    """What the instrument adds to a reflection at some angle: full widths at half maximum [rad]."""

    gaussian: float = 0.0
    lorentzian: float = 0.0

    @property
    def width(self) -> float:
        """Full width at half maximum of the Voigt line."""
        return voigt_width(self.gaussian, self.lorentzian)[0]


def voigt_width(gaussian: float, lorentzian: float) -> tuple[float, float]:
    """Return full width and Lorentzian share of the pseudo-Voigt line that is nearest to a Voigt line.

    Thompson, Cox and Hastings, Journal of Applied Crystallography 20 (1987) 79, doi:10.1107/S0021889887087090.

    Args:
        gaussian: full width of the Gaussian part, any unit.
        lorentzian: full width of the Lorentzian part.
    """
    powers = (1.0, 2.69269, 2.42843, 4.47163, 0.07842, 1.0)
    total = sum(factor * gaussian ** (5 - order) * lorentzian**order for order, factor in enumerate(powers)) ** 0.2
    part = lorentzian / total if total > 0.0 else 0.0
    return total, 1.36603 * part - 0.47719 * part**2 + 0.11116 * part**3


def voigt_parts(width: float, share: float) -> tuple[float, float]:
    """Return the Gaussian and the Lorentzian full width of a pseudo-Voigt line (Thompson, Cox and Hastings 1987).

    Args:
        width: full width at half maximum.
        share: Lorentzian share from 0 to 1.
    """
    share = min(max(share, 0.0), 1.0)
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = 1.36603 * middle - 0.47719 * middle**2 + 0.11116 * middle**3 < share
        low, high = (middle, high) if below else (low, middle)
    lorentzian = 0.5 * (low + high)
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if voigt_width(middle, lorentzian)[0] < 1.0 else (low, middle)
    return width * 0.5 * (low + high), width * lorentzian


@dataclass(frozen=True)
class PseudoVoigt:
    """A Gaussian and a Lorentzian of one width; the instrument is taken off the width afterwards."""

    name: str = "pseudo-Voigt"
    start: float = 0.3  # Lorentzian share
    limits: tuple[float, float] = (-0.3, 1.2)  # lines of cubes fall faster than a Gaussian

    def line(self, width: float, shape: float) -> Line:
        """Return what gives the line of area 1 at distances from its centre [rad], and its derivatives.

        Args:
            width: full width at half maximum [rad].
            shape: Lorentzian share.

        Returns:
            Of the distances (point,): line, derivatives by place, by the logarithm of the width, by the shape.
        """
        return lambda away: self._at(away, width, shape)

    def _at(self, away: Array, width: float, shape: float) -> tuple[Array, Array, Array, Array]:
        scaled = away / width
        bell = math.sqrt(4.0 * _LN2 / math.pi) / width * np.exp(-4.0 * _LN2 * scaled**2)
        tails = 2.0 / (math.pi * width) / (1.0 + 4.0 * scaled**2)
        bell_slope = -8.0 * _LN2 * scaled / width * bell
        tails_slope = -8.0 * scaled / width / (1.0 + 4.0 * scaled**2) * tails
        line = (1.0 - shape) * bell + shape * tails
        slope = (1.0 - shape) * bell_slope + shape * tails_slope
        return line, slope, -line - away * slope, tails - bell


@dataclass(frozen=True, eq=False)
class CubeLine:
    """What cubes scatter into a reflection, blurred by the instrument.

    The columns of cubes along a direction n that are at least t long fill (L - t |n1|)(L - t |n2|)(L - t |n3|) of the
    cube, whose cosine transform is the line (Stokes and Wilson, Mathematical Proceedings of the Cambridge Philosophical
    Society 38 (1942) 313). Edges have a normal distribution. ``width`` stands for the mean edge L by
    0.8859 lambda / (L cos theta), the width of the (100) reflection of equal cubes.
    """

    resolution: Resolution
    direction: tuple[float, float, float] = (1.0, 0.0, 0.0)
    name: str = "cubes"
    start: float = 0.01  # variance of the edges over the square of their mean
    limits: tuple[float, float] = (0.0, 0.16)

    def line(self, width: float, shape: float) -> Line:
        """Return what gives the line of area 1 at distances from its centre [rad], and its derivatives.

        Args:
            width: of the (100) reflection of cubes of the mean edge, before the instrument [rad].
            shape: relative variance of the edges.

        Returns:
            Of the distances (point,): line, derivatives by place, by the logarithm of the width, by the shape.
        """
        spread, step = math.sqrt(max(shape, 0.0)), 1e-3
        length, columns = cube_columns(self.direction, spread)
        wider = np.interp(length, *cube_columns(self.direction, math.sqrt(spread**2 + step)), right=0.0)
        by_shape = (wider - columns) / step
        per_width = FACE / width
        gaussian = (math.pi * per_width * self.resolution.gaussian * length) ** 2 / (4.0 * _LN2)
        lorentzian = math.pi * per_width * self.resolution.lorentzian * length
        weight = np.exp(-gaussian - lorentzian) * (2.0 * _STEP * per_width)
        weight[0] *= 0.5
        parts = weight * np.stack([columns, columns * (2.0 * gaussian + lorentzian), by_shape, columns * length])
        waves = np.fft.rfft(parts, _WAVES, axis=1)
        places = np.arange(waves.shape[1]) / (_WAVES * _STEP)

        def line(away: Array) -> tuple[Array, Array, Array, Array]:
            scaled = per_width * np.abs(away)
            here, blurred, shaped = (np.interp(scaled, places, part.real, right=0.0) for part in waves[:3])
            turned = np.interp(scaled, places, waves[3].imag, right=0.0)
            slope = 2.0 * math.pi * per_width * np.sign(away) * turned
            return here, slope, -here - away * slope + blurred, shaped

        return line


Profile = PseudoVoigt | CubeLine


def cube_columns(direction: Sequence[float], spread: float) -> tuple[Array, Array]:
    """Return the share of the volume of cubes in columns that reach at least so far along a direction.

    Args:
        direction: along the edges of the cube, of any length.
        spread: standard deviation of the edges over their mean.

    Returns:
        Column lengths in mean edges, and the share (column,).
    """
    along = np.abs(np.asarray(direction, float))
    along /= math.sqrt(float(along @ along))
    normal = np.linspace(-_REACH, _REACH, _EDGES) if spread > 0.0 else np.zeros(1)
    edges = np.maximum(1.0 + spread * normal, 0.0)
    share = np.exp(-0.5 * normal**2)
    length = np.arange(0.0, float(edges.max()) / float(along.max()) + _STEP, _STEP)
    sides = np.maximum(edges[:, None, None] - length[:, None] * along, 0.0)
    volume = share @ np.prod(sides, axis=2)
    return length, volume / volume[0]


def cube_constant(direction: Sequence[float]) -> float:
    """Return the Scherrer constant of equal cubes by the full width at half maximum, in edges.

    Args:
        direction: normal of the reflecting planes along the edges of the cube.
    """
    cubes = CubeLine(Resolution(), (direction[0], direction[1], direction[2]))
    places = np.linspace(0.0, 1.0, 401)
    heights = cubes.line(1.0, 0.0)(places)[0]
    below = int(np.argmax(heights < 0.5 * heights[0]))
    half = np.interp(-0.5 * heights[0], -heights[below - 1 : below + 1], places[below - 1 : below + 1])
    return float(2.0 * half * FACE)
