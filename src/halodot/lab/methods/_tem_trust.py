"""What speaks against a segmentation, without any truth to compare it with.

The limits were set on drawn micrographs (benchmarks/drawn_micrographs.py): nearly all whose count is off by a quarter,
or whose mean size is off by 15 %, pass one of them.
"""

from __future__ import annotations

import numpy as np

from halodot.lab.methods._tem_segmentation import Segmentation

_LEAST_EXPLAINED = 0.2  # of the variance of the image
_LEAST_SUPPORT = 0.7  # of the particles, mean over the readings of about this size
_LEAST_SOUND = 0.6
_MOST_MISSED = 0.12  # area as bright as particles that is in none, over that of the particles
_MOST_DEEP = 0.15  # of the area of the particles
_MOST_LUMPED = 0.08  # of the area of the particles that is in outlines with dents
_DENTED = 0.93  # area over that of the ellipse of equal moments: two discs that overlap by half have 0.95
_FAINT = 4.0  # contrast over noise
_RIVAL = 0.6  # worth of a reading of other particles over that of the one taken
_COUNTS = 0.25  # relative standard deviation of the counts of the readings of about this size
_WIDE = 0.4  # relative standard deviation of the diameters; the samples of a synthesis stay below
_FEWEST = 12
_FINEST = 10.0  # pixels across: an outline off by half a pixel changes the diameter by 10 %
_LOOK = "look at the outlines"


def doubts(found: Segmentation) -> tuple[str, ...]:
    """Return why the particles of an image may be wrong, one sentence each; empty where nothing speaks against them."""
    return tuple(text for texts in (_of_readings(found), _of_outlines(found), _of_sizes(found)) for text in texts)


def _of_readings(found: Segmentation) -> list[str]:
    """Return what other readings of the image say."""
    chosen, told = found.chosen, []
    if chosen.explained < _LEAST_EXPLAINED:
        told.append(f"the particles explain only {chosen.explained:.0%} of the variance of the image: {_LOOK}")
    counts = np.array([item.count for item in found.alike if item.worth > _RIVAL * chosen.worth])
    if float(found.support.mean()) < _LEAST_SUPPORT or float(np.std(counts)) > _COUNTS * float(np.mean(counts)):
        told.append(
            f"segmentations of this size disagree, from {counts.min()} to {counts.max()} particles, of which "
            f"{found.support.mean():.0%} are found by each: {_LOOK}"
        )
    others = [item for item in found.hypotheses if item not in found.alike]
    rival = max(others, key=lambda item: item.worth, default=None)
    if rival is not None and rival.worth > _RIVAL * chosen.worth:
        told.append(
            f"{rival.particles} particles of {rival.diameter:.0f} pixels explain the image nearly as well as "
            f"{chosen.particles} ones of {chosen.diameter:.0f}: choose particles, smallest and largest"
        )
    return told


def _of_outlines(found: Segmentation) -> list[str]:
    """Return what the outlines say."""
    told = []
    area = found.shapes.area
    dented = float(np.sum(area[found.shapes.fill < _DENTED]) / np.sum(area))
    if float(found.sound.mean()) < _LEAST_SOUND:
        told.append(f"many outlines are not those of convex particles with an edge all around: {_LOOK}")
    if found.missed > _MOST_MISSED:
        told.append(
            f"an area of {found.missed:.0%} of that of the particles looks like particles and is in none: {_LOOK}"
        )
    if found.deep > _MOST_DEEP:
        told.append(f"particles overlap over {found.deep:.0%} of their area: some are not counted")
    if dented > _MOST_LUMPED:
        told.append(f"{dented:.0%} of the area is in outlines with dents, which may be several particles: {_LOOK}")
    if float(np.median(found.shapes.contrast)) < _FAINT * found.shapes.noise:
        told.append(f"the contrast of the particles is close to the noise of the image: {_LOOK}")
    return told


def _of_sizes(found: Segmentation) -> list[str]:
    """Return what the sizes say."""
    told = []
    diameter = np.sqrt(4.0 * found.shapes.area / np.pi)
    if diameter.size < _FEWEST:
        told.append(f"{diameter.size} particles are too few to judge a segmentation by: {_LOOK}")
    if float(np.median(diameter)) < _FINEST:
        told.append(
            f"particles of {np.median(diameter):.1f} pixels are too small for sizes within 10 %: record at a higher "
            "magnification"
        )
    inside = diameter[~found.shapes.at_border]
    if inside.size > 1 and float(np.std(inside)) > _WIDE * float(np.mean(inside)):
        told.append(f"sizes differ by more than a synthesis gives; pieces or clusters may be among them: {_LOOK}")
    return told
