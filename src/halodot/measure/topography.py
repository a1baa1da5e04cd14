"""What an atomic force microscope records."""

from __future__ import annotations

import math

import numpy as np

from halodot.errors import InputError, ValidityError
from halodot.states import Array, Dataset, Film


def afm(
    film: Film, *, size: float = 2e-6, lines: int = 256, correlation_length: float = 40e-9, seed: int = 0
) -> Dataset:
    """Return a height map of the film, a draw of a Gaussian random field.

    The heights have mean 0 and the autocorrelation R^2 exp(-r^2 / l^2), with the film's roughness R and the
    correlation length l; the map is periodic, so that it can be made by one Fourier transform. The expected square
    of the heights of a map is R^2 to rounding. A map is a draw: it always has a seed.

    Args:
        film: root-mean-square roughness [m].
        size: edge of the square [m].
        lines: number of lines of the scan, and of points of a line.
        correlation_length: l [m]; assumed, the model of the film has none.
        seed: seed of the draw.

    Returns:
        Height [m], (line, point), by the place along a line [m].

    Raises:
        InputError: the scan cannot show the correlation length.
        ValidityError: the roughness is unknown.
    """
    if not film.roughness >= 0.0:
        raise ValidityError("a height map needs film.roughness")
    if not size / lines < correlation_length < size / 4.0:
        raise InputError("the correlation length must lie between a point and a quarter of the scan")
    place = np.linspace(0.0, size, lines, endpoint=False)
    spectrum = _spectrum(place, size, correlation_length)
    white = np.fft.rfft2(np.random.default_rng(seed).standard_normal((lines, lines)))
    height = film.roughness * np.fft.irfft2(white * np.sqrt(spectrum), (lines, lines))
    return Dataset(
        name="afm",
        x=place,
        y=height,
        x_unit="m",
        y_unit="m",
        x_label="Place along a line",
        y_label="Height",
        meta={"size": size, "correlation length": correlation_length, "origin": "simulated"},
    )


def _spectrum(place: Array, size: float, correlation_length: float) -> Array:
    """Power of the field by wave vector, without its mean, of mean 1 over all wave vectors of the square."""
    lines = place.size
    across = np.minimum(place, size - place)
    covariance = np.exp(-(across[:, None] ** 2 + across**2) / correlation_length**2)
    power = np.maximum(np.fft.fft2(covariance).real, 0.0)
    power[0, 0] = 0.0
    whole: Array = power[:, : lines // 2 + 1] / power.mean()
    return whole


def roughness(height_map: Dataset) -> float:
    """Return the root-mean-square roughness [m] of a height map about its mean."""
    return math.sqrt(float(np.mean((height_map.y - height_map.y.mean()) ** 2)))
