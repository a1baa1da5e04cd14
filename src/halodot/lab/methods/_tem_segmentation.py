"""Particles of a micrograph: the segmentation that explains it best, with what speaks for and against it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from halodot.arrays import Array
from halodot.lab.methods._tem_candidates import (
    WAYS,
    Candidates,
    Level,
    blobs,
    cut,
    grey_level,
    joined,
    level,
    relative,
    thresholds,
    turned,
)
from halodot.lab.methods._tem_edges import Edge, edge
from halodot.lab.methods._tem_picture import Labels, Mask
from halodot.lab.methods._tem_shapes import Shapes, shapes

#: diameters that are looked for at each resolution [pixels]; a disc of fewer pixels has no shape
_DIAMETERS = (9.0, 13.0)
_SMALLEST = 6.5
_FEWEST_ACROSS = 48  # pixels of the coarsest image
_FEWEST = 2  # particles that a segmentation needs
_LEAST_SOUND = 0.1
_SAME = 0.7  # overlap over union of two outlines of the same particle
_FOREIGN = 0.25  # of an object that may lie in others already taken
_LEAST_SOUND_REFINED = 0.3
_ALONE = 0.3  # share of four readings that one is
_FAR = 4.5  # standard deviations of the sizes
_CLEAR_OF_NOISE = 8.0  # standard deviations of the noise that the contrast of particles should have
_DEEP = 1.5  # of the typical contrast; where two particles overlap it adds up
_FAINTEST = 0.3  # of the median contrast: fainter objects are stains of the support film
#: size may differ from the typical one by this in the logarithm of the area before it speaks against an object
_SIZE_SPREAD = 1.0
_DARK, _BRIGHT = "dark", "bright"
_BLOBS = "blobs"
#: worth at half the resolution from which on the other contrast is left out where it is worth less than a share
_CONVINCING, _HOPELESS = 0.3, 0.35
_ALIKE = 4  # readings whose particles are put together


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """One reading of a micrograph: particles dark or bright, of about one size, found one way."""

    particles: str  # dark | bright
    way: str  # blobs, or one of the thresholds
    diameter: float  # median, pixels of the micrograph
    count: int
    sound: float  # mean over the area of the particles
    explained: float  # share of the variance of the image
    worth: float
    factor: int
    looked_for: float  # diameter of the blobs, pixels of the level
    candidates: Candidates = field(repr=False)


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Particles and how far they can be trusted."""

    labels: Labels  # (row, column): number of the particle, 0 outside
    shapes: Shapes  # of the micrograph at full resolution
    sound: Array  # (particle,)
    support: Array  # (particle,): share of the other readings of about this size that have it too
    lower: Labels  # at a threshold lowered by the share that is asked for
    higher: Labels
    chosen: Hypothesis
    hypotheses: tuple[Hypothesis, ...] = field(repr=False)  # the chosen one first
    threshold: float  # share of the contrast at which a particle ends
    edge: Edge
    deep: float  # share of the area of the particles that stands out far more than they typically do: they overlap
    missed: float  # area as bright as particles that is in none, over the area of the particles

    @property
    def alike(self) -> tuple[Hypothesis, ...]:
        """Readings whose particles have the contrast and about the size of those of the chosen one."""
        return _alike(self.hypotheses)


@dataclass(frozen=True, eq=False)
class Way:
    """What is chosen of how particles are found."""

    particles: str | None = None  # "dark" or "bright"; None decides
    threshold: float | None = (
        None  # share of the contrast of a particle at which it ends; None: where edges are steepest
    )
    step: float = 0.1  # by which the threshold is moved, as a share of it
    added: tuple[tuple[float, float], ...] = ()  # rows and columns where there is one more


def segmented(grey: Array, valid: Mask, way: Way) -> Segmentation | None:
    """Return the particles of a micrograph; None where there are none.

    Args:
        grey: (row, column).
        valid: (row, column), what was recorded.
        way: what is chosen.
    """
    low, high = np.percentile(grey[valid], [2, 98])
    spread = float(high - low)
    if not spread > 0.0:
        return None
    # letters and dust far outside of the range of grey would take the thresholds with them
    scaled = np.clip(grey, low - 0.25 * spread, high + 0.25 * spread) / spread
    readings = _readings(scaled, valid, way.particles)
    if not readings or way.particles not in (None, readings[0].particles):
        return None
    levels = {
        (factor, kind): (level(scaled, valid, factor) if kind == _BRIGHT else turned(level(scaled, valid, factor)))
        for factor, kind in {(item.factor, item.particles) for item in readings} | {(1, readings[0].particles)}
    }
    best = readings[0]
    alike = _alike(readings)[:_ALIKE]
    pool = [
        (place, one)
        for place, item in enumerate(alike)
        for one in joined(item.candidates, levels[item.factor, item.particles])
    ]
    labels, sound, support = _selected(pool, grey.shape, 1, 0.25 * np.pi * best.diameter**2)
    if not sound.size:
        return None
    # one reading alone confirms nothing
    labels, support = _with(labels, support / max(len(alike), 2), way.added, best.diameter)
    return _refined(levels[1, best.particles], labels, support, tuple(readings), way)


def _alike(readings: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """Return the readings whose particles have the contrast and about the size of those of the first."""
    best = readings[0]
    return tuple(
        item
        for item in readings
        if item.particles == best.particles and 0.6 * best.diameter < item.diameter < 1.7 * best.diameter
    )


def _with(
    labels: Labels, support: Array, added: Sequence[tuple[float, float]], diameter: float
) -> tuple[Labels, Array]:
    """Return the particles with a disc of the typical diameter at each place where there is one more."""
    row, column = np.ogrid[: labels.shape[0], : labels.shape[1]]
    for place in added:
        disc = (row - place[0]) ** 2 + (column - place[1]) ** 2 <= 0.25 * diameter**2
        support = np.append(support, 1.0)
        labels = np.where(disc & (labels == 0), support.size, labels).astype(np.int32)
    return labels, support


def only(found: Segmentation, kept: Mask) -> Segmentation:
    """Return a segmentation with some of its particles, numbered from 1 without gaps.

    Args:
        found: the segmentation.
        kept: (particle,), whether each is kept.
    """
    chosen = np.asarray(kept, bool)
    new = np.concatenate([[0], np.where(chosen, np.cumsum(chosen), 0)]).astype(np.int32)
    seen = found.shapes
    left = {item.name: getattr(seen, item.name)[chosen] for item in fields(Shapes) if item.name != "noise"}
    return replace(
        found,
        labels=new[found.labels],
        lower=new[found.lower],
        higher=new[found.higher],
        shapes=replace(seen, **left),
        sound=found.sound[chosen],
        support=found.support[chosen],
    )


def _readings(scaled: Array, valid: Mask, particles: str | None) -> list[Hypothesis]:
    """Return readings of a micrograph, the one that explains most first; the costly ones only where they may win."""
    full = level(scaled, valid, 1)
    flat = _flattened(full)
    kinds = (_DARK, _BRIGHT)
    found: list[Hypothesis] = []

    def read(item: Level, kind: str, ways: Sequence[str], diameters: Sequence[float] = ()) -> None:
        seen = turned(item) if kind == _DARK else item
        tried = [_reading(seen, kind, way, 0.0, flat) for way in ways]
        tried += [_reading(seen, kind, _BLOBS, diameter, flat) for diameter in diameters]
        found.extend(one for one in tried if one is not None)

    factor = 2
    while min(scaled.shape) // factor >= _FEWEST_ACROSS:
        coarse = level(scaled, valid, factor)
        for kind in kinds:
            read(coarse, kind, tuple(WAYS) if factor == 2 else (), _DIAMETERS)
        factor *= 2
    worth = {kind: max((one.worth for one in found if one.particles == kind), default=0.0) for kind in kinds}
    most = max(worth.values())
    for kind in kinds:
        if most < _CONVINCING or worth[kind] > _HOPELESS * most or kind == particles:
            read(full, kind, tuple(WAYS), _DIAMETERS[-1:])
    # the other contrast stays a rival where one is chosen: a choice that was automatic keeps its warnings when repeated
    found.sort(key=lambda one: (one.particles != (particles or one.particles), -one.worth))
    if found and found[0].diameter < 1.3 * _DIAMETERS[-1]:
        read(full, found[0].particles, (), (_SMALLEST, *_DIAMETERS[:-1]))
    return sorted(found, key=lambda one: (one.particles != (particles or one.particles), -one.worth))


def _flattened(full: Level) -> Array:
    """Return the image without what varies over more than a quarter of it; nan where it is not valid."""
    from scipy import ndimage

    slow = ndimage.uniform_filter(full.image, max(full.image.shape) // 4)
    return np.where(full.valid, full.image - slow, np.nan)


def _reading(item: Level, kind: str, way: str, looked_for: float, flat: Array) -> Hypothesis | None:
    found = blobs(item, looked_for) if way == _BLOBS else thresholds(item, way)
    if found is None:
        return None
    labels, sound, _ = _selected([(0, found)], item.image.shape, item.factor, None)
    count = sound.size
    if count < _FEWEST:
        return None
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(float)
    mean_sound = float(np.average(sound, weights=area))
    explained = _explained(labels > 0, flat if kind == _BRIGHT else -flat, item.factor)
    diameter = float(np.median(np.sqrt(4.0 * area / np.pi))) * item.factor
    # few objects say little: a mean of N is known to one part in the root of N
    worth = explained * mean_sound**2 * (1.0 - 1.0 / np.sqrt(count))
    return Hypothesis(kind, way, diameter, count, mean_sound, explained, worth, item.factor, looked_for, found)


def _explained(inside: Mask, flat: Array, factor: int) -> float:
    """Return the share of the variance of an image that particles, brighter than what surrounds them, explain."""
    whole = np.repeat(np.repeat(inside, factor, 0), factor, 1)
    seen = flat[: whole.shape[0], : whole.shape[1]]
    kept = np.isfinite(seen)
    one, other = whole[kept].astype(float), seen[kept]
    if one.std() == 0.0 or other.std() == 0.0:
        return 0.0
    return max(float(np.mean((one - one.mean()) * (other - other.mean())) / (one.std() * other.std())), 0.0) ** 2


def _selected(
    pool: Sequence[tuple[int, Candidates]], shape: tuple[int, ...], factor: int, typical: float | None
) -> tuple[Labels, Array, Array]:
    """Return the soundest objects that do not lie in one another, how sound they are and how many readings have them.

    Args:
        pool: number of the reading, and its candidates.
        shape: of the image of which one pixel is ``factor`` pixels of the micrograph.
        factor: of that image.
        typical: area of a particle [pixels of the micrograph]; None takes that of the candidates.
    """
    sound = np.concatenate([one.sound for _, one in pool]) if pool else np.zeros(0)
    area = np.concatenate([one.shapes.area * one.factor**2 for _, one in pool]) if pool else np.zeros(0)
    good = np.flatnonzero(sound > _LEAST_SOUND)
    owner = np.zeros(shape[0] * shape[1], np.int32)
    if not good.size:
        return owner.reshape(shape), np.zeros(0), np.zeros(0)
    if typical is None:
        typical = float(np.exp(np.average(np.log(area[good]), weights=(sound**2 * area)[good])))
    likely = np.exp(-0.5 * (np.log(np.maximum(area, 1.0) / typical) / _SIZE_SPREAD) ** 2)
    edges = np.concatenate([one.shapes.edge_share for _, one in pool])
    # halves of a particle are convex too, but no edge runs along their cut
    weight = sound * np.minimum(area / typical, 2.0) ** 0.25 * (0.3 + 0.7 * likely) * (0.5 + 0.5 * edges)
    pixels = [part for _, one in pool for part in _pixels(one, shape, factor)]
    reading = np.concatenate([np.full(one.sound.size, number) for number, one in pool])
    taken: list[int] = []
    has: list[set[int]] = []
    for place in good[np.argsort(-weight[good], kind="stable")]:
        mine = pixels[place]
        there = owner[mine]
        foreign = there[there > 0]
        if not mine.size:
            continue
        if foreign.size > _FOREIGN * mine.size:
            most = int(np.bincount(foreign).argmax())
            common = np.count_nonzero(foreign == most)
            if common > _SAME * (mine.size + pixels[taken[most - 1]].size - common):
                has[most - 1].add(int(reading[place]))
            continue
        taken.append(int(place))
        has.append({int(reading[place])})
        owner[mine[there == 0]] = len(taken)
    return owner.reshape(shape), sound[taken], np.array([len(item) for item in has], float)


def _pixels(one: Candidates, shape: tuple[int, ...], factor: int) -> list[np.ndarray]:
    """Return the pixels of each candidate in an image of another resolution."""
    times = one.factor // factor
    labels = np.repeat(np.repeat(one.labels, times, 0), times, 1) if times > 1 else one.labels
    labels = np.pad(labels, [(0, max(size - have, 0)) for size, have in zip(shape, labels.shape)])
    flat = labels[: shape[0], : shape[1]].ravel()
    order = np.argsort(flat, kind="stable")
    ends = np.searchsorted(flat[order], np.arange(1, one.sound.size + 2))
    return [order[low:high] for low, high in itertools.pairwise(ends)]


def _refined(full: Level, labels: Labels, support: Array, readings: tuple[Hypothesis, ...], way: Way) -> Segmentation:
    """Return the particles with each outline where its own edge is."""
    from scipy import ndimage
    from skimage.segmentation import watershed

    count = support.size
    diameter = readings[0].diameter
    reach = max(3.0, 0.3 * diameter)
    away = ndimage.distance_transform_edt(labels == 0)
    quiet, noise = _quiet(full, labels, count, diameter)
    basins = watershed(-quiet, labels, mask=(away <= reach) & full.valid)
    inside, around = _levels(quiet, labels, basins, count)
    ends = edge(relative(quiet, basins, inside, around), cut(quiet, basins, inside, around, 0.5))
    used = way.threshold if way.threshold is not None else ends.threshold
    lower, middle, higher = (
        cut(quiet, basins, inside, around, used * (1.0 + moved * way.step)) for moved in (-1.0, 0.0, 1.0)
    )
    seen = shapes(middle, count, quiet, full.border, noise)
    sound = seen.sound
    good = (seen.area > 0.0) & (sound > 0.5)
    typical = float(np.median(seen.contrast[good])) if good.any() else 0.0
    kept = (sound > _LEAST_SOUND_REFINED) & (seen.contrast > _FAINTEST * typical)
    kept &= ~_strays(seen, support, kept)
    kept[count - len(way.added) :] = True
    found = Segmentation(
        middle, seen, sound, support, lower, higher, readings[0], readings, float(used), ends, 0.0, 0.0
    )
    kept &= seen.area > 0.0
    left = only(found, kept)
    missed = _missed(replace(full, image=quiet), left.labels, inside[kept], around[kept], diameter)
    return replace(left, missed=missed, deep=_deep(quiet, left.labels, inside[kept], around[kept]))


def _strays(seen: Shapes, support: Array, kept: Mask) -> Mask:
    """Return the objects of a size far from all others that one reading of several has: letters, pieces, clusters."""
    diameter = np.sqrt(4.0 * seen.area / np.pi)
    inside = diameter[kept & ~seen.at_border]
    if inside.size < 2:
        return np.zeros(kept.shape, bool)
    typical = float(np.median(inside))
    width = float(np.median(np.abs(inside - typical))) / 0.6745
    return (support < _ALONE) & (np.abs(diameter - typical) > _FAR * width) & ~seen.at_border


def _levels(image: Array, labels: Labels, basins: Labels, count: int) -> tuple[Array, Array]:
    """Return the grey of each particle and of what surrounds it."""
    inside = grey_level(image, labels, count, 0.5)
    around = grey_level(image, np.where(labels == 0, basins, 0), count, 0.25)
    return inside, np.where(np.isfinite(around), around, grey_level(image, basins, count, 0.05))


def _quiet(full: Level, labels: Labels, count: int, diameter: float) -> tuple[Array, float]:
    """Return the image, smoothed further where noise would make outlines ragged, and the noise that is left."""
    from scipy import ndimage

    beside = ndimage.maximum_filter(labels, 5)
    inside, around = _levels(full.image, labels, beside, count)
    depth = float(np.nanmedian(inside - around)) if count else 0.0
    if depth > _CLEAR_OF_NOISE * full.noise:
        return full.image, full.noise
    # a Gaussian of width s after one of one pixel lowers white noise by sqrt(1 + s^2)
    wanted = np.sqrt(max((_CLEAR_OF_NOISE * full.noise / max(depth, 1e-9)) ** 2 - 1.0, 0.0))
    width = min(float(wanted), 0.08 * diameter)
    return np.asarray(ndimage.gaussian_filter(full.image, width)), full.noise / float(np.hypot(1.0, width))


def _deep(image: Array, labels: Labels, inside: Array, around: Array) -> float:
    """Return the share of the area of particles that stands out far more than they typically do."""
    if not inside.size:
        return 0.0
    base = np.concatenate([[np.inf], np.nan_to_num(around)])[labels]
    typical = float(np.nanmedian(inside - around))
    return float(np.count_nonzero(image - base > _DEEP * typical)) / max(int(np.count_nonzero(labels)), 1)


def _missed(full: Level, labels: Labels, inside: Array, around: Array, diameter: float) -> float:
    """Return the area that looks like particles and is in none, over that of the particles."""
    from scipy import ndimage

    known = np.isfinite(inside) & np.isfinite(around)
    within = np.concatenate([[False], known])[labels]
    middle = np.concatenate([[0.0], np.where(known, 0.5 * (inside + around), 0.0)])[labels]
    width = round(5.0 * diameter)
    share = ndimage.uniform_filter(within.astype(float), width)
    limit = ndimage.uniform_filter(middle, width) / np.maximum(share, 1e-6)
    alike = (full.image > limit) & full.valid & (labels == 0) & (share > 1e-3)
    radius = max(int(0.2 * diameter), 1)
    row, column = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    left = ndimage.binary_opening(alike, row**2 + column**2 <= radius**2)
    return float(left.sum()) / max(float((labels > 0).sum()), 1.0)
