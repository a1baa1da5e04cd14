"""Particles in electron micrographs: how many, how large, how different, and whether the outlines can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.choices import flag, number, numbers, whole, word
from halodot.lab.findings import Analysis, Finding, Mark, Panel, Trace
from halodot.lab.findings import Picture as Shown
from halodot.lab.method import Inputs, Method, Role
from halodot.lab.methods._tem_candidates import binned
from halodot.lab.methods._tem_picture import Picture, is_micrograph, picture
from halodot.lab.methods._tem_segmentation import Segmentation, Way, only, segmented
from halodot.lab.methods._tem_sizes import (
    Particles,
    Statistic,
    are_cubes,
    geometric_spread,
    mean,
    measured,
    median,
    spread,
    statistic,
    together,
)
from halodot.lab.methods._tem_trust import doubts
from halodot.names import QUANTITIES, Quantity

if TYPE_CHECKING:
    import xarray

COUNT = Quantity("particle_count", "1", "1", "Particles in the images", "N_all")
MEASURED = Quantity("particles_measured", "1", "1", "Particles that no edge of an image cuts", "N")
COVERAGE = Quantity("particle_coverage", "1", "%", "Share of the images that particles cover", "theta")
DIAMETER = Quantity("particle_diameter", "m", "nm", "Mean diameter of the disc of equal area", "d")
DIAMETER_SPREAD = Quantity("particle_diameter_spread", "m", "nm", "Standard deviation of the diameter", "s_d")
DIAMETER_MEDIAN = Quantity("particle_diameter_median", "m", "nm", "Median diameter", "d_50")
GEOMETRIC_SPREAD = Quantity("particle_geometric_spread", "1", "1", "Geometric standard deviation", "sigma_g")
EDGE_LENGTH = QUANTITIES["edge_length"]
EDGE_SPREAD = QUANTITIES["edge_length_spread"]
PIXEL_DIAMETER = Quantity("particle_diameter_pixels", "1", "1", "Mean diameter in pixels", "d_px")
PIXEL_SPREAD = Quantity(
    "particle_diameter_spread_pixels", "1", "1", "Standard deviation of the diameter in pixels", "s_px"
)
PIXEL_MEDIAN = Quantity("particle_diameter_median_pixels", "1", "1", "Median diameter in pixels", "d_50,px")
PIXEL_EDGE = Quantity("edge_length_pixels", "1", "1", "Mean edge length in pixels", "L_px")
PIXEL_EDGE_SPREAD = Quantity("edge_length_spread_pixels", "1", "1", "Spread of the edge length in pixels", "s_L,px")
#: particles from which on a width of a distribution is known to 5 %: 1 / sqrt(2 N)
MINIMUM = 200
_METHOD = "watershed segmentation, disc of equal area, particles cut by an edge left out (Miles-Lantuejoul weights)"
_METHOD_EDGES = (
    "watershed segmentation, square of equal area, particles cut by an edge left out (Miles-Lantuejoul weights)"
)
_NANO = 1e9
_COMFORTABLE = 0.6e6  # pixels that are segmented within a second or two; larger images are binned
_LARGEST = 0.4e6  # pixels of a binned image from which on it is not tried again with less binning
_FINE = 10.0  # pixels across a particle, from which on binning costs no accuracy


@dataclass(frozen=True)
class TemSettings:
    """What can be chosen."""

    pixel_size: float | None = number("m", "edge of a pixel; that of the file", shown="nm", valid="positive")
    calibration: float = number("1", "relative standard uncertainty of the pixel size", 0.02, valid="nonnegative")
    particles: str | None = word("dark", "bright", default=None, about="particles darker or brighter than the support")
    shape: str | None = word("cubes", "other", default=None, about="whether an edge length is stated")
    threshold: float | None = number("1", "share of the contrast at which a particle ends", valid="fraction")
    threshold_step: float = number("1", "by which the threshold is moved for the uncertainty", 0.1, valid="fraction")
    binning: int | None = whole("pixels averaged along each side before anything else", least=1)
    smallest: float | None = number("1", "smallest diameter that is kept [pixels]", 0.0, valid="nonnegative")
    largest: float | None = number("1", "largest diameter that is kept [pixels]", valid="positive")
    removed: tuple[float, ...] = numbers("1", "places of particles to leave out: image, row, column, ...", ())
    added: tuple[float, ...] = numbers("1", "places of particles to add: image, row, column, ...", ())
    edge_correction: bool = flag("weigh particles against their loss at the edges of the image", default=True)
    resamples: int = whole("resamples of the particles", 1000, least=100)
    seed: int = whole("of the resamples", 1)


@dataclass(frozen=True, eq=False)
class _Image:
    """One image and what was found in it."""

    picture: Picture
    found: Segmentation
    binning: int
    name: str
    doubts: tuple[str, ...]


def tem(data: xarray.Dataset | Sequence[xarray.Dataset], settings: TemSettings | None = None) -> Analysis:
    """Return number and sizes of the particles in the micrographs of a sample.

    Several segmentations are tried, dark or bright, by thresholds and by blobs of many sizes, and the one is taken that
    explains most of the image with sound particles: convex, with an edge all around. Each particle ends where its own
    edge is steepest. Particles cut by an edge count, but have no size.

    Args:
        data: one micrograph or several of one sample, as `halodot.read` returns them.
        settings: what is chosen otherwise than by default.

    Raises:
        DataError: there are no particles in any of the images.
    """
    chosen = settings or TemSettings()
    several = list(data) if isinstance(data, Sequence) else [data]
    images, refused = [], []
    for place, one in enumerate(several, 1):
        try:
            images.append(_image(one, chosen, place))
        except DataError as error:
            refused.append(str(error))
    if not images:
        raise DataError("; ".join(refused) or "there is no micrograph")
    scaled = [bool(np.isfinite(one.picture.pixel)) for one in images]
    if any(scaled) and not all(scaled):
        missing = ", ".join(one.name for one, known in zip(images, scaled) if not known)
        raise DataError(f"{missing}: no pixel size, while other images of the sample have one; choose pixel_size")
    sample = together([_measured(one, place) for place, one in enumerate(images, 1)])
    used = _as_used(chosen, images, sample)
    findings = _findings(sample, images, used, scaled[0])
    return Analysis(
        method="tem",
        settings=used,
        findings=findings,
        warnings=(*(f"left out: {text}" for text in refused), *_warnings(images)),
        notes=_notes(images, sample),
        panels=(*(_overlay(one) for one in images), _histogram(sample, used, scaled[0])),
        tables={"particles": _table(sample, images, scaled[0])},
    )


def _image(data: xarray.Dataset, chosen: TemSettings, place: int) -> _Image:
    seen = picture(data, chosen.pixel_size)
    name = str(data.attrs.get("file", f"image {place}"))
    factor = chosen.binning or _binning(seen.grey.size)
    way = Way(chosen.particles, chosen.threshold, chosen.threshold_step)
    while True:
        added = tuple(
            ((row + 0.5) / factor - 0.5, (column + 0.5) / factor - 0.5) for row, column in _places(chosen.added, place)
        )
        small = replace(
            seen,
            grey=binned(seen.grey, factor),
            valid=binned(seen.valid.astype(float), factor) > 0.5,
            pixel=seen.pixel * factor,
        )
        found = segmented(small.grey, small.valid, replace(way, added=added))
        fine = found is not None and found.chosen.diameter >= _FINE
        if chosen.binning or factor == 1 or fine or small.grey.size > _LARGEST:
            break
        factor //= 2
    if found is None or found.sound.size == 0:
        raise DataError(
            f"{name}: no particles stand out of this image; choose particles: dark or bright, or add them by added"
        )
    diameter = np.sqrt(4.0 * found.shapes.area / np.pi) * factor
    kept = (diameter >= chosen.smallest) & (diameter <= (chosen.largest or np.inf))
    for row, column in _places(chosen.removed, place):
        spot = int(row) // factor, int(column) // factor
        if 0 <= spot[0] < found.labels.shape[0] and 0 <= spot[1] < found.labels.shape[1] and found.labels[spot]:
            kept[found.labels[spot] - 1] = False
    found = only(found, kept)
    if found.sound.size == 0:
        raise DataError(f"{name}: every particle was left out by smallest, largest or removed; choose them wider")
    return _Image(small, found, factor, name, doubts(found))


def _binning(size: int) -> int:
    factor = 1
    while size / factor**2 > _COMFORTABLE:
        factor *= 2
    return factor


def _places(given: tuple[float, ...], image: int) -> list[tuple[float, float]]:
    if len(given) % 3:
        raise DataError(f"places are given by three numbers each, image, row and column; {len(given)} are there")
    triples = [given[start : start + 3] for start in range(0, len(given), 3)]
    return [(row, column) for number_there, row, column in triples if int(number_there) == image]


def _measured(one: _Image, place: int) -> Particles:
    pixel = one.picture.pixel if np.isfinite(one.picture.pixel) else float(one.binning)
    return measured(one.found, one.picture.valid, place, pixel)


def _as_used(chosen: TemSettings, images: Sequence[_Image], sample: Particles) -> TemSettings:
    """Return the choices with those filled in that are the same for every image."""
    used = replace(chosen, shape=chosen.shape or ("cubes" if are_cubes(sample.whole) else "other"))
    if len({one.found.chosen.particles for one in images}) == 1:
        used = replace(used, particles=images[0].found.chosen.particles)
    if len({one.binning for one in images}) == 1:
        used = replace(used, binning=images[0].binning)
    if len({one.found.threshold for one in images}) == 1:
        used = replace(used, threshold=images[0].found.threshold)
    return used


def _findings(sample: Particles, images: Sequence[_Image], used: TemSettings, scaled: bool) -> tuple[Finding, ...]:
    whole_ones = sample.whole
    count = float(sample.diameter.size)
    sure = np.concatenate([one.found.support for one in images])
    # a particle that a share p of the readings has is counted with the variance p (1 - p)
    unsure = float(np.sqrt(np.sum(sure * (1.0 - sure)) + 1.0))
    area = [float(one.picture.valid.sum()) for one in images]
    covered = [float(np.sum(sample.area_share[sample.image == place])) for place in range(1, len(images) + 1)]
    share = float(np.average(covered, weights=area))
    moved = 0.5 * float(np.mean(np.abs(sample.lower**2 - sample.higher**2)) / np.mean(sample.diameter**2))
    found = [
        Finding(COUNT, count, unsure, "watershed segmentation, particles cut by an edge counted too"),
        Finding(
            MEASURED, float(whole_ones.diameter.size), unsure, "watershed segmentation, particles within the images"
        ),
        Finding(COVERAGE, share, share * moved + 1e-4, "area of the particles over that of the images"),
    ]
    if whole_ones.diameter.size < 2:
        return tuple(found)
    # both sides of a particle; the images of a sample share what is not known of their edges
    pixel = [one.picture.pixel if scaled else float(one.binning) for one in images]
    ends = float(np.mean([2.0 * one.found.edge.uncertainty * edge for one, edge in zip(images, pixel)]))
    return (*found, *_sizes(whole_ones, used, scaled, ends))


def _sizes(sample: Particles, used: TemSettings, scaled: bool, ends: float) -> tuple[Finding, ...]:
    generator = np.random.default_rng(used.seed)
    count = sample.diameter.size
    draws = generator.integers(0, count, (used.resamples, count))
    shifts = generator.standard_normal((2, used.resamples))
    weight = sample.weight if used.edge_correction else np.ones(count)
    calibration = used.calibration if scaled else 0.0
    diameters = sample.lower, sample.diameter, sample.higher
    edges = sample.lower_edge, sample.edge_length, sample.higher_edge
    square = mean(sample.edge_length, weight) / mean(sample.diameter, weight)
    sought = [
        (DIAMETER if scaled else PIXEL_DIAMETER, mean, diameters, (calibration, ends)),
        (DIAMETER_SPREAD if scaled else PIXEL_SPREAD, spread, diameters, (calibration, 0.0)),
        (DIAMETER_MEDIAN if scaled else PIXEL_MEDIAN, median, diameters, (calibration, ends)),
        (GEOMETRIC_SPREAD, geometric_spread, diameters, (0.0, 0.0)),
    ]
    if used.shape == "cubes":
        sought += [
            (EDGE_LENGTH if scaled else PIXEL_EDGE, mean, edges, (calibration, square * ends)),
            (EDGE_SPREAD if scaled else PIXEL_EDGE_SPREAD, spread, edges, (calibration, 0.0)),
        ]
    found = []
    for quantity, of, sizes, scales in sought:
        there = [np.where(one > 0.0, one, sizes[1]) for one in sizes]
        one = statistic(of, (there[0], there[1], there[2]), weight, scales, draws, shifts)
        found.append(_finding(quantity, one, _METHOD_EDGES if sizes is edges else _METHOD))
    return tuple(found)


def _finding(quantity: Quantity, one: Statistic, method: str) -> Finding:
    return Finding(quantity, one.value, one.uncertainty, method, interval=one.interval)


def _warnings(images: Sequence[_Image]) -> tuple[str, ...]:
    several = len(images) > 1
    return tuple(f"{one.name}: {text}" if several else text for one in images for text in one.doubts)


def _notes(images: Sequence[_Image], sample: Particles) -> tuple[str, ...]:
    found = []
    for one in images:
        chosen = one.found.chosen
        found += [f"{one.name}: {text}" if len(images) > 1 else text for text in one.picture.notes]
        if one.binning > 1:
            found.append(f"{one.name}: squares of {one.binning} pixels were averaged before the segmentation")
        found.append(
            f"{one.name}: {chosen.particles} particles by {chosen.way}; they explain {chosen.explained:.0%} of the "
            f"variance of the image; a particle ends at {one.found.threshold:.2f} of its contrast"
        )
    count = sample.whole.diameter.size
    if count < MINIMUM:
        found.append(
            f"{count} particles were measured; {MINIMUM} are the least for a size distribution (5 % in its width)"
        )
    return tuple(found)


def _overlay(one: _Image) -> Panel:
    known = bool(np.isfinite(one.picture.pixel))
    pixel = one.picture.pixel * _NANO if known else float(one.binning)
    unit = "nm" if known else "pixels"
    return Panel(f"x ({unit})", f"y ({unit})", picture=Shown(one.picture.grey, (pixel, pixel), one.found.labels))


def _histogram(sample: Particles, used: TemSettings, scaled: bool) -> Panel:
    cubes = used.shape == "cubes"
    times = _NANO if scaled else 1.0
    inside = sample.whole
    sizes = (inside.edge_length if cubes else inside.diameter) * times
    name = f"{'Edge length' if cubes else 'Diameter'} ({'nm' if scaled else 'pixels'})"
    if sizes.size < 2:
        return Panel(name, "Particles", marks=tuple(Mark(float(one)) for one in sizes))
    number_of, edges = np.histogram(sizes, bins=_bins(sizes))
    middle = 0.5 * (edges[1:] + edges[:-1])
    weight = inside.weight if used.edge_correction else np.ones(sizes.size)
    centre, width = mean(np.log(sizes), weight), max(spread(np.log(sizes), weight), 1e-6)
    fine = np.linspace(edges[0], edges[-1], 200)
    curve = np.exp(-0.5 * ((np.log(np.maximum(fine, 1e-12)) - centre) / width) ** 2) / (
        fine.clip(1e-12) * width * np.sqrt(2.0 * np.pi)
    )
    line = Trace(fine, curve * sizes.size * (edges[1] - edges[0]), "log-normal", "line")
    return Panel(name, "Particles", (Trace(middle, number_of.astype(float), "measured", "bars"), line))


def _bins(sizes: Array) -> Array:
    """Return the edges of bins of the width of Freedman and Diaconis (1981), at least 5 and at most 60 of them."""
    low, high = float(sizes.min()), float(sizes.max())
    if high <= low:
        return np.array([low * 0.95, low * 1.05])
    width = 2.0 * float(np.subtract(*np.percentile(sizes, [75, 25]))) / sizes.size ** (1.0 / 3.0)
    count = int(np.clip((high - low) / width if width > 0.0 else 10, 5, 60))
    return np.linspace(low, high, count + 1)


def _table(sample: Particles, images: Sequence[_Image], scaled: bool) -> dict[str, object]:
    unit, times = ("nm", _NANO) if scaled else ("pixels", 1.0)
    factor = np.array([one.binning for one in images], float)[sample.image - 1]
    return {
        "image": [images[place - 1].name for place in sample.image],
        "row (pixels)": (sample.row + 0.5) * factor - 0.5,
        "column (pixels)": (sample.column + 0.5) * factor - 0.5,
        f"diameter ({unit})": sample.diameter * times,
        f"edge length ({unit})": sample.edge_length * times,
        "length ratio": sample.length_ratio,
        "fill of the smallest rectangle": sample.rectangle_fill,
        "cut by the edge": sample.cut.astype(int),
        "weight": sample.weight,
    }


def _takes(data: xarray.Dataset) -> bool:
    return is_micrograph(data)


def _analyse(inputs: Inputs, settings: TemSettings) -> Analysis:
    return tem(inputs["micrograph"], settings)


METHOD = Method(
    name="tem",
    title="Particles in micrographs",
    settings=TemSettings,
    quantities=(
        COUNT,
        MEASURED,
        COVERAGE,
        DIAMETER,
        DIAMETER_SPREAD,
        DIAMETER_MEDIAN,
        GEOMETRIC_SPREAD,
        EDGE_LENGTH,
        EDGE_SPREAD,
        PIXEL_DIAMETER,
        PIXEL_SPREAD,
        PIXEL_MEDIAN,
        PIXEL_EDGE,
        PIXEL_EDGE_SPREAD,
    ),
    roles=(Role("micrograph", "image of an electron microscope", _takes, several=True),),
    analyse=_analyse,
)
