"""Candidate segmentations of a micrograph: by blobs of a size, and by thresholds cut at valleys and necks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._tem_picture import Labels, Mask
from halodot.lab.methods._tem_shapes import Shapes, shapes

#: diameter of a disc over the standard deviation of the Laplacian of Gaussian that answers it most strongly
_BLOB = 2.0 * np.sqrt(2.0)
#: of the 90th percentile of the answers: weaker blobs are no particles
_WEAKEST = 0.2
_STEPS = 256  # of grey within which a percentile is told
#: fewest pixels of a particle; below them its shape says nothing
_FEWEST_PIXELS = 16


@dataclass(frozen=True, eq=False)
class Level:
    """A micrograph at one resolution, particles bright."""

    image: Array  # (row, column), smoothed by a Gaussian of one pixel, over the range of grey of the micrograph
    valid: Mask
    border: Mask  # where the valid image ends
    noise: float
    factor: int  # pixels of the micrograph in one of these, along each side

    @cached_property
    def valleys(self) -> tuple[Mask, Mask]:
        """Where the image is curved upwards as in the gap between two bright particles, and strongly so."""
        return _valleys(self)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Objects that might be particles."""

    labels: Labels  # (row, column) of the level
    shapes: Shapes
    sound: Array  # (object,), 0 to 1
    factor: int


def level(grey: Array, valid: Mask, factor: int) -> Level:
    """Return a micrograph at one resolution.

    Args:
        grey: (row, column), over its range.
        valid: (row, column), what was recorded.
        factor: pixels that are averaged along each side.
    """
    from scipy import ndimage

    image = binned(grey, factor)
    kept = binned(valid.astype(float), factor) > 0.99
    image = np.where(kept, image, np.median(image[kept]) if kept.any() else 0.0)
    around = 0.25 * (image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:])
    # white noise: this difference has a variance of 1.25, an image smoothed by one pixel of 1/(4 pi)
    rough = float(np.median(np.abs(image[1:-1, 1:-1] - around))) / (0.6745 * np.sqrt(1.25))
    border = ~ndimage.binary_erosion(kept, np.ones((3, 3), bool), border_value=0)
    return Level(ndimage.gaussian_filter(image, 1.0), kept, border, max(0.28 * rough, 0.004), factor)


def turned(item: Level) -> Level:
    """Return a level with dark and bright exchanged."""
    return Level(-item.image, item.valid, item.border, item.noise, item.factor)


def binned(values: Array, factor: int) -> Array:
    """Return averages over squares of ``factor`` pixels."""
    rows, columns = (size // factor * factor for size in values.shape)
    found: Array = values[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor).mean((1, 3))
    return found


def blobs(item: Level, diameter: float) -> Candidates | None:
    """Return the objects around blobs of about one diameter, each cut at half its own contrast.

    Args:
        item: the image.
        diameter: in pixels of the level.
    """
    from scipy import ndimage
    from skimage.segmentation import watershed

    width = diameter / _BLOB
    answer = -ndimage.gaussian_laplace(item.image, width) * width**2
    peak = (answer == ndimage.maximum_filter(answer, size=round(0.5 * diameter) + 1)) & item.valid & (answer > 0.0)
    if not peak.any():
        return None
    peak &= answer > _WEAKEST * np.percentile(answer[peak], 90)
    seeds, count = ndimage.label(peak, np.ones((3, 3)))
    away = ndimage.distance_transform_edt(seeds == 0)
    basins = watershed(-answer, seeds, mask=(away <= 1.1 * diameter) & item.valid)
    core = (basins > 0) & (away <= max(0.2 * diameter, 1.0))
    ring = (basins > 0) & (away > 0.4 * diameter)
    inside = grey_level(item.image, np.where(core, basins, 0), count, 0.5)
    around = grey_level(item.image, np.where(ring, basins, 0), count, 0.15)
    around = np.where(np.isfinite(around), around, grey_level(item.image, basins, count, 0.05))
    labels = cut(item.image, basins, inside, around, 0.5)
    return _candidates(labels, count, item)


def grey_level(image: Array, labels: Labels, count: int, share: float) -> Array:
    """Return a percentile of the grey of each object to one step of 256; nan where it has no pixel."""
    place = np.flatnonzero(labels.ravel())
    if not place.size:
        return np.full(count, np.nan)
    number, grey = labels.ravel()[place], image.ravel()[place]
    low, high = float(grey.min()), float(grey.max())
    step = max(high - low, 1e-12) / (_STEPS - 1)
    counts = np.bincount(number * _STEPS + ((grey - low) / step + 0.5).astype(int), minlength=(count + 1) * _STEPS)
    risen = np.cumsum(counts.reshape(-1, _STEPS)[1:], axis=1)
    found = low + step * np.argmax(risen > share * np.maximum(risen[:, -1:] - 1, 0), axis=1)
    return np.where(risen[:, -1] > 0, found, np.nan)


def relative(image: Array, basins: Labels, inside: Array, around: Array) -> Array:
    """Return the grey of each basin from 0, what surrounds its particle, to 1, its middle; below 0 outside of them."""
    depth = np.maximum(np.nan_to_num(inside - around, nan=0.0), 1e-6)
    base = np.concatenate([[0.0], np.nan_to_num(around)])
    found: Array = (image - base[basins]) / np.concatenate([[1.0], depth])[basins]
    found[basins == 0] = -9.0
    return found


def cut(image: Array, basins: Labels, inside: Array, around: Array, share: float) -> Labels:
    """Return of each basin the largest piece above a share of its contrast, holes filled."""
    return filled(largest_pieces(np.where(relative(image, basins, inside, around) > share, basins, 0)))


def largest_pieces(labels: Labels) -> Labels:
    """Return the largest connected piece of each object."""
    from skimage.measure import label

    pieces = label(labels, background=0, connectivity=1)
    count = int(pieces.max())
    if count == 0:
        return labels
    area = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    owner = np.zeros(count + 1, labels.dtype)
    owner[pieces.ravel()] = labels.ravel()
    order = np.lexsort((-area, owner[1:]))
    first = np.concatenate([[True], np.diff(owner[1:][order]) != 0])
    kept = np.zeros(count + 1, bool)
    kept[order[first] + 1] = True
    found: Labels = np.where(kept[pieces], labels, 0)
    return found


def filled(labels: Labels) -> Labels:
    """Return objects with the holes filled that lie in one object alone."""
    from scipy import ndimage

    free, count = ndimage.label(labels == 0)
    if count <= 1:
        return labels
    beside = np.arange(1, count + 1)
    highest = np.asarray(ndimage.maximum(ndimage.maximum_filter(labels, 3), free, beside)).astype(int)
    above = np.where(labels == 0, np.iinfo(np.int32).max, labels)
    lowest = np.asarray(ndimage.minimum(ndimage.minimum_filter(above, 3), free, beside)).astype(int)
    owner = np.concatenate([[0], np.where(highest == lowest, highest, 0)])
    owner[np.unique(np.concatenate([free[0], free[-1], free[:, 0], free[:, -1]]))] = 0
    found: Labels = np.where(labels == 0, owner[free], labels).astype(labels.dtype)
    return found


#: thresholds of grey: between the two classes of least variance, or halfway to that among the darker pixels;
#: of the image or of what is left without its slow variation; with or without cuts along valleys
WAYS = {
    "threshold, valleys": (False, False, True),
    "low threshold, valleys": (False, True, True),
    "threshold": (False, False, False),
    "local threshold, valleys": (True, False, True),
}


def thresholds(item: Level, way: str) -> Candidates | None:
    """Return the objects above a threshold of grey, cut at necks and perhaps along valleys of grey.

    Args:
        item: the image.
        way: how, by the names of `WAYS`.
    """
    from scipy import ndimage

    local, low, valleys = WAYS[way]
    image = item.image
    if local:
        image = image - ndimage.uniform_filter(image, max(image.shape) // 6)
    values = image[item.valid]
    threshold = otsu(values)
    below = values[values < threshold]
    if low and below.size > 50:
        threshold = 0.5 * (threshold + otsu(below))
    labels, count = _necked(item, image > threshold, item.valleys if valleys else None)
    return _candidates(labels, count, item) if count else None


def otsu(values: Array) -> float:
    """Return the threshold that separates values into two classes of least variance (Otsu 1979)."""
    number, edges = np.histogram(values, 128)
    middle = 0.5 * (edges[1:] + edges[:-1])
    below, sums = np.cumsum(number)[:-1].astype(float), np.cumsum(number * middle)[:-1]
    total, whole = float(number.sum()), float((number * middle).sum())
    between = (whole * below / total - sums) ** 2 / np.maximum(below * (total - below), 1e-9)
    return float(middle[int(np.argmax(between))])


def _valleys(item: Level) -> tuple[Mask, Mask]:
    """Return where the image is curved upwards as in the gap between two bright particles, and strongly so."""
    from scipy import ndimage

    down, across, mixed = (ndimage.gaussian_filter(item.image, 1.0, order=order) for order in ((2, 0), (0, 2), (1, 1)))
    curvature = 0.5 * (down + across) + np.hypot(0.5 * (down - across), mixed)
    upwards = curvature[curvature > 0.0]
    limit = max(otsu(upwards) if upwards.size else 0.0, item.noise)
    return curvature > limit, curvature > 2.0 * limit


def _necked(item: Level, above: Mask, valleys: tuple[Mask, Mask] | None) -> tuple[Labels, int]:
    """Return what is above a threshold, cut at its necks by the distance to its edge."""
    from scipy import ndimage
    from skimage.segmentation import watershed

    above = above & item.valid
    if valleys is not None:
        above &= ~valleys[0]
    above = ndimage.binary_opening(above, np.ones((2, 2), bool))
    depth = ndimage.distance_transform_edt(above)
    radii = np.sort(depth[(depth == ndimage.maximum_filter(depth, 5)) & (depth > 1.5)])
    if radii.size < 2:
        return np.zeros(above.shape, np.int32), 0
    weight = np.cumsum(radii**2)
    typical = float(radii[np.searchsorted(weight, 0.5 * weight[-1])])
    holes, _ = ndimage.label(~above)
    small = np.bincount(holes.ravel()) < 0.3 * np.pi * typical**2
    small[0] = False
    small[np.unique(np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]]))] = False
    above |= small[holes] & item.valid
    if valleys is not None:
        above &= ~valleys[1]
    depth = ndimage.distance_transform_edt(above)
    smooth = ndimage.gaussian_filter(depth, max(0.5, 0.12 * typical))
    peak = (smooth == ndimage.maximum_filter(smooth, size=round(typical) + 1)) & (depth > max(1.2, 0.25 * typical))
    seeds, count = ndimage.label(peak, np.ones((3, 3)))
    return watershed(-smooth, seeds, mask=above), int(count)


def joined(found: Candidates, item: Level) -> list[Candidates]:
    """Return objects and, besides them, neighbours as one object.

    Args:
        found: the objects.
        item: the image in which they were found.
    """
    labels, count = found.labels, found.sound.size
    offered = [found]
    pairs = _neighbours(labels)
    for _ in range(2):
        if not len(pairs):
            break
        chosen = _matched(pairs)
        one = np.zeros(count + 1, labels.dtype)
        one[pairs[chosen].ravel()] = np.repeat(pairs[chosen, 0], 2)
        offered.append(_candidates(one[labels], count, item))
        pairs = np.delete(pairs, chosen, axis=0)
    return offered


def _candidates(labels: Labels, count: int, item: Level) -> Candidates:
    seen = shapes(labels, count, item.image, item.border, item.noise)
    return Candidates(labels, seen, np.where(seen.area < _FEWEST_PIXELS, 0.0, seen.sound), item.factor)


def _neighbours(labels: Labels) -> np.ndarray:
    """Return the pairs of objects that touch, the first the lower number."""
    pairs = []
    for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        touch = (one != other) & (one > 0) & (other > 0)
        pairs.append(np.stack([np.minimum(one[touch], other[touch]), np.maximum(one[touch], other[touch])], 1))
    found, length = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    return np.asarray(found[length >= 2], int)


def _matched(pairs: np.ndarray) -> list[int]:
    """Return pairs of which no two share an object."""
    taken: set[int] = set()
    found = []
    for place, (one, other) in enumerate(pairs.tolist()):
        if one not in taken and other not in taken:
            taken |= {one, other}
            found.append(place)
    return found
