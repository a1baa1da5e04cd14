"""Shape and edge of the objects of a labelled image, and how sound each is as a particle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.lab.methods._tem_picture import Labels, Mask

#: area over that of the ellipse of equal second moments: ellipse 1, square 0.955, two touching discs 0.894
_ROUND, _JOINED = 0.95, 0.86
#: share of the outline with an edge: two touching neighbours leave 0.8, a cut through the middle 0.6
_WHOLE, _CUT = 0.80, 0.35
#: length over width: nanorods are up to 4, wires and rims longer
_LONGEST_ROD, _LONGEST = 3.0, 6.0
#: of the edge contrast, from which a place of the outline has an edge
_EDGE_SHARE = 0.3
#: edge contrast in standard deviations of the noise: below the first an object is noise, from the second on it is not
_NOISE, _CLEAR = 1.0, 5.0


@dataclass(frozen=True, eq=False)
class Shapes:
    """What the objects 1 to N of a labelled image look like, one entry an object, lengths in pixels of that image."""

    area: Array
    row: Array
    column: Array
    fill: Array  # area over that of the ellipse of equal second moments
    length_ratio: Array  # of that ellipse
    contrast: Array  # across the outline: the 70th percentile over its pixels
    edge_share: Array  # of the outline across which the image falls
    at_border: NDArray[np.bool_]
    noise: float

    @property
    def sound(self) -> Array:
        """How sound each object is as a particle, from 0 to 1: convex, with an edge all around, clear of the noise."""
        convex = _rising(self.fill, _JOINED, _ROUND)
        whole = _rising(self.edge_share, _CUT, _WHOLE)
        clear = _rising(self.contrast / self.noise, _NOISE, _CLEAR)
        compact = _rising(-self.length_ratio, -_LONGEST, -_LONGEST_ROD)
        return convex * whole * clear * compact


def _rising(values: Array, low: float, high: float) -> Array:
    found: Array = np.clip((values - low) / (high - low), 0.0, 1.0)
    return found


def shapes(labels: Labels, count: int, image: Array, border: Mask, noise: float) -> Shapes:
    """Return shape and edge of each object.

    Args:
        labels: (row, column), 0 outside.
        count: of objects.
        image: (row, column), particles brighter than what surrounds them.
        border: (row, column), pixels at which the valid image ends.
        noise: standard deviation of ``image``.
    """
    place = np.flatnonzero(labels.ravel())
    number = labels.ravel()[place]
    row, column = (item.astype(float) for item in np.divmod(place, labels.shape[1]))

    def total(weights: Array | None = None) -> Array:
        return np.asarray(np.bincount(number, weights, minlength=count + 1)[1:], float)

    area = total()
    some = np.maximum(area, 1.0)
    middle_row, middle_column = total(row) / some, total(column) / some
    down = total(row * row) / some - middle_row**2 + 1.0 / 12.0
    across = total(column * column) / some - middle_column**2 + 1.0 / 12.0
    mixed = total(row * column) / some - middle_row * middle_column
    half_sum, half_difference = 0.5 * (down + across), np.hypot(0.5 * (down - across), mixed)
    determinant = np.maximum(down * across - mixed**2, 1e-9)
    contrast, edge_share = _edges(labels, count, image, (middle_row, middle_column, area), noise)
    at_border = np.zeros(count + 1, bool)
    at_border[labels[border]] = True
    return Shapes(
        area,
        middle_row,
        middle_column,
        area / (4.0 * np.pi * np.sqrt(determinant)),
        np.sqrt((half_sum + half_difference) / np.maximum(half_sum - half_difference, 1e-3)),
        contrast,
        edge_share,
        at_border[1:],
        noise,
    )


def outline(labels: Labels) -> Mask:
    """Return the pixels of objects that have another number beside them."""
    padded = np.pad(labels, 1, mode="edge")
    found = np.zeros(labels.shape, bool)
    for beside in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        found |= beside != labels
    return found & (labels > 0)


def _edges(
    labels: Labels, count: int, image: Array, bodies: tuple[Array, Array, Array], noise: float
) -> tuple[Array, Array]:
    """Return the contrast across the outline of each object and the share of the outline that has an edge."""
    from scipy import ndimage

    row, column = np.nonzero(outline(labels))
    number = labels[row, column]
    middle_row, middle_column, area = (item[number - 1] for item in bodies)
    down, across = row - middle_row, column - middle_column
    distance = np.hypot(down, across) + 1e-9
    down, across = down / distance, across / distance
    wide = np.clip(0.12 * np.sqrt(4.0 * area / np.pi), 1.5, 4.0)  # soft edges of large particles
    fall = np.full(row.size, -np.inf)
    for step in (1.5, wide):
        inside = ndimage.map_coordinates(image, [row - step * down, column - step * across], order=1, mode="nearest")
        outside = ndimage.map_coordinates(image, [row + step * down, column + step * across], order=1, mode="nearest")
        fall = np.maximum(fall, inside - outside)
    pixels = np.bincount(number, minlength=count + 1)[1:]
    start = np.concatenate([[0], np.cumsum(pixels)[:-1]])
    ordered = fall[np.lexsort((fall, number))]
    if not ordered.size:
        return np.zeros(count), np.zeros(count)
    contrast = np.where(
        pixels > 0, ordered[np.minimum(start + (0.7 * (pixels - 1)).astype(int), ordered.size - 1)], 0.0
    )
    edge = fall > np.maximum(_EDGE_SHARE * contrast, noise)[number - 1]
    return contrast, np.bincount(number, edge, minlength=count + 1)[1:] / np.maximum(pixels, 1)
