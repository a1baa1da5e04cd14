"""The sizes of the dots that a spectrum sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.dots.confinement import transition_energy
from halodot.dots.parameters import DotsParameters
from halodot.errors import InputError, Problem, ValidityError
from halodot.states import Array, Perovskite

_REACH = 5.0  # standard deviations of the size distribution on either side
_SMALLEST = 0.2  # of the mean edge length; the tail of a normal distribution below holds no dots
_COUNT = 81


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Dots of all sizes: effective edge lengths [m], their share in number (sum 1) and their first exciton [eV]."""

    edge_length: Array
    share: Array
    energy: Array

    @property
    def energy_spread(self) -> float:
        """Standard deviation of the first exciton over the dots [eV]."""
        mean = float(self.share @ self.energy)
        return math.sqrt(float(self.share @ (self.energy - mean) ** 2))


def build_ensemble(edge_length: float, spread: float, parameters: DotsParameters, perovskite: Perovskite) -> Ensemble:
    """Return the dots of all sizes around a mean.

    The grid is even in the variable in which the distribution is a Gaussian, where the trapezoidal rule converges
    faster than any power of the step.

    Args:
        edge_length: mean edge length in micrographs [m]; the size offset is added to it.
        spread: standard deviation of the edge length that the spectrum sees [m].
        parameters: numbers and switches of the dots stage; ``size_distribution`` chooses normal or lognormal.
        perovskite: material of the dots.

    Returns:
        The ensemble, one entry when the spread is zero.

    Raises:
        InputError: the size distribution is unknown.
        ValidityError: the effective edge length is not positive.
    """
    mean = edge_length + parameters.size_offset
    if not mean > 0 or not math.isfinite(spread) or spread < 0:
        raise ValidityError(
            f"an effective edge length of {mean * 1e9:.3g} nm with a spread of {spread * 1e9:.3g} nm is impossible; "
            "check the edge length and its offset (dots.size_offset)"
        )
    steps = np.linspace(-_REACH, _REACH, _COUNT) if spread > 0 else np.zeros(1)
    share = np.exp(-0.5 * steps**2)
    if parameters.size_distribution == "normal":
        edges = mean + spread * steps
    elif parameters.size_distribution == "lognormal":
        width = math.sqrt(math.log1p((spread / mean) ** 2))
        edges = mean * np.exp(width * steps - 0.5 * width**2)
    else:
        raise InputError(
            Problem(
                f"unknown size distribution {parameters.size_distribution!r}, expected normal or lognormal",
                path="dots.size_distribution",
            )
        )
    real = edges > _SMALLEST * mean
    edges, share = edges[real], share[real] / share[real].sum()
    return Ensemble(edges, share, transition_energy(edges, parameters, perovskite))
