"""Where the particles of a micrograph end: the mean profile across their outlines and the edge that explains it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halodot.arrays import Array
from halodot.lab.methods._tem_picture import Labels

_BIN = 0.5  # pixels of the profile
_FINE = 0.1  # pixels on which the model is blurred
_SMOOTHED = 1.0  # standard deviation of the Gaussian that was applied to the image [pixels]
_WIDEST = 6.0  # of a blur [pixels]
_RIM = 1.08  # of the profile deeper in: what is higher is a bright rim, and the edge is that of the rim
#: shares of the contrast at which a particle may end: less is lost in the background, and a blurred edge ends at one
#: half where it is a step and below where the particle thins towards it
LOWEST, HIGHEST = 0.15, 0.5
_LEAST_KNOWN = 0.1  # of the radius, and one pixel: no edge is known less well
_ROUND = (0.2, 0.9)  # from which the fit starts: nearly a step, nearly a sphere
_ALIKE = 1.5  # ratio of sums of squares below which two fits describe the profile equally well
#: root mean square of the profile about the model, above which the model does not hold
_POOR = 0.06


@dataclass(frozen=True, eq=False)
class Edge:
    """Where particles end."""

    threshold: float  # share of their contrast
    uncertainty: float  # standard, of the place of the edge [pixels]
    profile: tuple[Array, Array] = field(default=(np.zeros(0), np.zeros(0)), repr=False)  # depth [pixels], contrast


def edge(rise: Array, labels: Labels) -> Edge:
    """Return the share of the contrast at which particles end.

    The thickness of a particle at depth s behind its edge is taken as (1 - (1 - s/R)^2)^(g/2), from a step (g = 0, a
    cube) to a sphere (g = 1), blurred by a Gaussian.

    Args:
        rise: (row, column), share of the contrast of the particle, smoothed by a Gaussian of one pixel.
        labels: (row, column), particles cut at half their contrast.
    """
    from scipy.optimize import least_squares

    depth, share, radius = _profile(rise, labels)
    if depth.size < 8:
        return Edge(0.5, 0.5)
    fine = np.arange(depth[0] - 4.0 * _WIDEST, depth[-1] + 4.0 * _WIDEST, _FINE)

    def model(numbers: Array) -> Array:
        base, height, place, blur, roundness = numbers
        behind = np.clip((fine - place) / radius, 0.0, 1.0)
        sharp = np.where(fine >= place, (1.0 - (1.0 - behind) ** 2) ** (0.5 * roundness), 0.0)
        return np.asarray(base + height * np.interp(depth, fine, _blurred(sharp, blur)))

    height = float(share.max() - share[0])
    low, high = [-1.0, 0.1, -0.35 * radius - 1.0, _SMOOTHED, 0.0], [1.0, 3.0, 2.0, _WIDEST, 1.0]

    def away(numbers: Array) -> Array:
        return np.asarray(model(numbers) - share)

    starts = [[float(share[0]), height, -0.1 * radius * round_, 1.3, round_] for round_ in _ROUND]
    fits = [
        least_squares(away, np.clip(start, low, high), bounds=(low, high), diff_step=np.full(5, 0.01))
        for start in starts
    ]
    fit, other = sorted(fits, key=lambda one: float(one.cost))
    # a wide blur of a step and a narrow one of a sphere look alike: both places may be that of the edge
    apart = 0.5 * abs(float(fit.x[2] - other.x[2])) if other.cost < _ALIKE * fit.cost else 0.0
    rough = float(np.sqrt(np.mean(fit.fun**2)))
    at = float(np.interp(fit.x[2], depth, share))
    slope = max(float(np.interp(fit.x[2], depth, np.gradient(share, depth))), 0.05)
    threshold = float(np.clip(at, LOWEST, HIGHEST))
    most = min(_LEAST_KNOWN * radius, 1.0)
    if rough > _POOR:
        return Edge(0.5, most, (depth, share))
    left = min(abs(at - threshold) / slope, most)
    # depth and roundness trade against each other: their covariance, not the noise alone, says how far
    jacobian = np.asarray(fit.jac)
    scale = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-12)
    curvature = (jacobian / scale).T @ (jacobian / scale) + 1e-6 * np.eye(5)
    variance = rough**2 * np.linalg.inv(curvature)[2, 2] / scale[2] ** 2
    known = float(np.sqrt(variance + apart**2))
    return Edge(threshold, float(np.hypot(min(known, most), left)), (depth, share))


def _blurred(sharp: Array, blur: float) -> Array:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(sharp, blur / _FINE, mode="nearest"))


def _profile(rise: Array, labels: Labels) -> tuple[Array, Array, float]:
    """Return the median share of the contrast by depth behind the outlines [pixels], and the median radius."""
    from scipy import ndimage

    inside = labels > 0
    area = np.bincount(labels.ravel())
    if not inside.any() or inside.all():
        return np.zeros(0), np.zeros(0), 1.0
    depth = np.where(
        inside, ndimage.distance_transform_edt(inside) - 0.5, 0.5 - ndimage.distance_transform_edt(~inside)
    )
    # half the width of a rod, not the radius of the disc of its area
    deepest = np.asarray(ndimage.maximum(depth, labels, np.flatnonzero(area[1:] > 0) + 1))
    radius = max(min(float(np.sqrt(np.median(area[1:][area[1:] > 0]) / np.pi)), float(np.median(deepest))), 2.0)
    kept = (rise > -3.0) & (depth > -max(3.0, 0.4 * radius)) & (depth < 0.8 * radius)
    low = float(np.floor(depth[kept].min() / _BIN))
    number: NDArray[np.int64] = (depth[kept] / _BIN - low).astype(np.int64)
    counts = np.bincount(number)
    ordered = rise[kept][np.lexsort((rise[kept], number))]
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    filled = counts >= 20
    share = ordered[np.minimum(start + counts // 2, ordered.size - 1)][filled]
    places = np.bincount(number, depth[kept])[filled] / counts[filled]
    if share.size and share[-1] * _RIM < share.max():
        highest = int(np.argmax(share)) + 1
        return places[:highest], share[:highest], radius
    return places, share, radius
