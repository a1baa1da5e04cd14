"""What speaks against a segmentation, without any truth to compare it with."""

from __future__ import annotations

import numpy as np

from halodot.lab.methods._tem_picture import Mask
from halodot.lab.methods._tem_segmentation import Segmentation

_LEAST_EXPLAINED = 0.2  # of the variance of the image
_LEAST_SUPPORT = 0.7  # of the particles, mean over the readings of about this size
_LEAST_SOUND = 0.6
_RIVAL = 0.6  # worth of a reading of other particles over that of the one taken
_FEWEST = 10
_FINEST = 7.0  # pixels across: an outline off by half a pixel changes the diameter by 14 %


def doubts(found: Segmentation, valid: Mask) -> tuple[str, ...]:
    """Return why the particles of an image may be wrong, one sentence each; empty where nothing speaks against them.

    Args:
        found: the segmentation.
        valid: (row, column), what was recorded.
    """
    chosen = found.chosen
    told = []
    if chosen.explained < _LEAST_EXPLAINED:
        told.append(
            f"the particles explain only {chosen.explained:.0%} of the variance of the image: look at the outlines"
        )
    if float(found.support.mean()) < _LEAST_SUPPORT:
        told.append(
            f"segmentations disagree, {found.support.mean():.0%} of the particles are found on average: "
            "look at the outlines"
        )
    if float(found.sound.mean()) < _LEAST_SOUND:
        told.append("many outlines are not those of convex particles with an edge all around: look at the outlines")
    rivals = [
        item
        for item in found.hypotheses
        if item.particles != chosen.particles or not 0.6 * chosen.diameter < item.diameter < 1.7 * chosen.diameter
    ]
    rival = max(rivals, key=lambda item: item.worth, default=None)
    if rival is not None and rival.worth > _RIVAL * chosen.worth:
        told.append(
            f"{rival.particles} particles of {rival.diameter:.0f} pixels explain the image nearly as well as "
            f"{chosen.particles} ones of {chosen.diameter:.0f}: choose particles, smallest and largest"
        )
    if found.sound.size < _FEWEST:
        told.append(f"{found.sound.size} particles are too few to judge a segmentation by: look at the outlines")
    diameter = float(np.median(np.sqrt(4.0 * found.shapes.area / np.pi)))
    if diameter < _FINEST:
        told.append(
            f"particles of {diameter:.1f} pixels are too small for their sizes: record at a higher magnification"
        )
    return tuple(told)
