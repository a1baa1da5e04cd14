"""Sizes of segmented particles and the statistics of a sample of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.lab.methods._tem_picture import Labels
from halodot.lab.methods._tem_segmentation import Segmentation
from halodot.lab.methods._tem_shapes import outline

_ANGLES = 45  # over a right angle, in which the smallest rectangle is looked for
#: fill of the smallest rectangle, had it been drawn without pixels: discs 0.79, hexagons 0.87, cubes 1
_CUBES = 0.95
_PIXELS = 1.2  # by which the rectangle around whole pixels is longer and wider, on average over its angles
_SHAPELESS = 13.0  # pixels along an edge, below which cubes and discs are not told apart


@dataclass(frozen=True, eq=False)
class Particles:
    """Particles of one or several images, one entry a particle, lengths in one unit."""

    image: NDArray[np.int64]  # number of the image, from 1
    row: Array  # of the centre [pixels]
    column: Array
    diameter: Array  # of the disc of equal area
    edge_length: Array  # of the square of equal area
    rectangle_fill: Array  # area over that of the smallest rectangle; 0 where there are too few pixels to tell
    length_ratio: Array
    contrast: Array
    cut: NDArray[np.bool_]  # by the edge of the image
    weight: Array  # against the loss of large particles at the edge (Miles and Lantuejoul)
    lower: Array  # diameter at the lower and at the higher threshold
    higher: Array
    lower_edge: Array
    higher_edge: Array
    area_share: Array  # of the images that each covers

    @property
    def whole(self) -> Particles:
        """Those that no edge of an image cuts."""
        kept = ~self.cut & (self.weight > 0.0)
        return Particles(*(getattr(self, item.name)[kept] for item in fields(self)))


def together(parts: Sequence[Particles]) -> Particles:
    """Return the particles of several images as one sample."""
    return Particles(*(np.concatenate([getattr(one, item.name) for one in parts]) for item in fields(Particles)))


def measured(found: Segmentation, valid: NDArray[np.bool_], image: int, pixel: float) -> Particles:
    """Return the sizes of the particles of an image.

    Args:
        found: segmentation, whose labels run from 1 without gaps.
        valid: (row, column), what was recorded.
        image: its number.
        pixel: edge of a pixel, in the unit of the sizes.
    """
    count = found.sound.size
    seen = found.shapes
    edge = np.sqrt(seen.area)
    fill = np.where(edge > _SHAPELESS, _rectangle_fill(found.labels, count) * (1.0 + _PIXELS / edge) ** 2, 0.0)
    down, across = _extents(found.labels, count)
    rows, columns = np.flatnonzero(valid.any(axis=1)), np.flatnonzero(valid.any(axis=0))
    frame = float(rows[-1] - rows[0] + 1), float(columns[-1] - columns[0] + 1)
    room = (frame[0] - down).clip(0.0) * (frame[1] - across).clip(0.0)
    weight = np.where(room > 0.0, frame[0] * frame[1] / np.maximum(room, 1.0), 0.0)

    def diameters(labels: Labels) -> Array:
        area = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(float)
        return np.asarray(np.sqrt(4.0 * area / np.pi)) * pixel

    lower, higher = diameters(found.lower), diameters(found.higher)
    square = 0.5 * np.sqrt(np.pi)  # edge of the square over the diameter of the disc of equal area
    return Particles(
        np.full(count, image),
        seen.row,
        seen.column,
        np.sqrt(4.0 * seen.area / np.pi) * pixel,
        edge * pixel,
        fill,
        seen.length_ratio,
        seen.contrast,
        seen.at_border,
        weight,
        lower,
        higher,
        square * lower,
        square * higher,
        seen.area / float(valid.sum()),
    )


def _extents(labels: Labels, count: int) -> tuple[Array, Array]:
    from scipy import ndimage

    places = ndimage.find_objects(labels, max_label=count)
    size = [(0, 0) if one is None else tuple(part.stop - part.start for part in one) for one in places]
    found = np.array(size, float).reshape(count, 2)
    return found[:, 0], found[:, 1]


def _rectangle_fill(labels: Labels, count: int) -> Array:
    """Return how much of the smallest rectangle around its pixels each object fills."""
    padded = np.pad(labels, 1)
    row, column = np.nonzero(outline(padded))
    number = padded[row, column]
    order = np.argsort(number, kind="stable")
    down, across = row[order].astype(float), column[order].astype(float)
    there, start = np.unique(number[order], return_index=True)
    smallest = np.full(there.size, np.inf)
    for angle in np.arange(_ANGLES) * (0.5 * np.pi / _ANGLES):
        cosine, sine = np.cos(angle), np.sin(angle)
        half = cosine + sine  # pixels are squares: their corners reach this far beyond their middles on both sides
        high = _width(down * cosine + across * sine, start) + half
        smallest = np.minimum(smallest, high * (_width(across * cosine - down * sine, start) + half))
    found = np.zeros(count)
    found[there - 1] = np.bincount(labels.ravel(), minlength=count + 1)[there] / smallest
    return found


def _width(along: Array, start: NDArray[np.int64]) -> Array:
    found: Array = np.maximum.reduceat(along, start) - np.minimum.reduceat(along, start)
    return found


def are_cubes(sample: Particles) -> bool:
    """Whether the particles of a sample fill their smallest rectangles as cubes do."""
    return sample.diameter.size > 0 and float(np.median(sample.rectangle_fill)) > _CUBES


@dataclass(frozen=True, eq=False)
class Statistic:
    """One number of a sample with what makes it uncertain."""

    value: float
    uncertainty: float  # standard, of all together
    interval: tuple[float, float]  # 95 %


def statistic(
    of: Callable[[Array, Array], float],
    sizes: tuple[Array, Array, Array],
    weight: Array,
    scales: tuple[float, float],
    draws: NDArray[np.int64],
    shifts: Array,
) -> Statistic:
    """Return a number of a sample, its uncertainty by resampling particles, threshold and pixel size.

    Args:
        of: the number, from sizes and weights.
        sizes: at the lower threshold, as used, at the higher one; (particle,).
        weight: (particle,).
        scales: relative standard uncertainty of the pixel, and standard uncertainty of every size alike from where
            particles end; 0 for a number that they do not move.
        draws: (resample, particle), which particles each resample has.
        shifts: (2, resample), standard normal: of the threshold and of the pixel.
    """
    lower, used, higher = sizes
    value = of(used, weight)
    calibration, ends = scales
    moved = float(np.hypot(0.5 * abs(of(lower, weight) - of(higher, weight)), ends))
    again = np.array([of(used[one], weight[one]) for one in draws])
    spread = (again + moved * shifts[0]) * (1.0 + calibration * shifts[1])
    low, high = (float(item) for item in np.percentile(spread, [2.5, 97.5]))
    return Statistic(value, float(np.std(spread)), (low, high))


def mean(sizes: Array, weight: Array) -> float:
    """Return the weighted mean."""
    return float(np.sum(weight * sizes) / np.sum(weight))


def spread(sizes: Array, weight: Array) -> float:
    """Return the weighted standard deviation of the population."""
    share = weight / np.sum(weight)
    left = 1.0 - float(np.sum(share**2))
    away = float(np.sum(share * (sizes - mean(sizes, weight)) ** 2))
    return float(np.sqrt(away / left)) if left > 0.0 else 0.0


def median(sizes: Array, weight: Array) -> float:
    """Return the weighted median."""
    order = np.argsort(sizes)
    risen = np.cumsum(weight[order]) - 0.5 * weight[order]
    return float(np.interp(0.5 * float(np.sum(weight)), risen, sizes[order]))


def geometric_spread(sizes: Array, weight: Array) -> float:
    """Return the geometric standard deviation, that of a log-normal distribution of these sizes."""
    return float(np.exp(spread(np.log(sizes), weight)))
