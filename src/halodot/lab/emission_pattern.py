"""How light is spread over angle: the solid angle that turns luminance into flux, and what a detector sees of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halodot.arrays import Array
from halodot.errors import DataError
from halodot.lab.signals import Signal, signals
from halodot.lab.unnamed_columns import unnamed_pattern
from halodot.light.quadrature import trapezoid

if TYPE_CHECKING:
    import xarray

_INTENSITIES = ("intensity", "luminance", "angular_luminance", "photocurrent", "counts", "count_rate")
_GRAZING = 0.5 * math.pi
_LEAST_REACH = math.radians(60.0)
_FARTHEST_START = math.radians(10.0)
_PLACES = 1801


def pattern_curve(data: xarray.Dataset) -> tuple[Signal, bool] | None:
    """Return intensity against angle and whether it is a luminance; unnamed columns are degrees; None for no pattern.

    Args:
        data: as `halodot.read` returns it.
    """
    found = signals(data, ("angle", "radiance_angle"), _INTENSITIES)
    if found:
        return found[0], found[0].y_quantity in ("luminance", "angular_luminance")
    unnamed = unnamed_pattern(data)
    return (unnamed, False) if unnamed is not None else None


def solid_angle(pattern: Signal | None, half_angle: float = _GRAZING, *, of_luminance: bool = False) -> float:
    """Return 2 pi times the integral of I(theta)/I(0) sin(theta), pi for a Lambertian emitter [sr].

    Between the angles I(theta)/cos(theta) goes linearly, which a Lambertian emitter keeps constant.

    Args:
        pattern: intensity against the angle from the normal [rad]; both sides are averaged. None for Lambertian.
        half_angle: up to which it is taken [rad].
        of_luminance: whether the pattern is a luminance, so that the intensity is its cosine part.

    Raises:
        DataError: the pattern does not reach from the normal to 60 degrees, or has no intensity there.
    """
    angle = np.linspace(0.0, half_angle, _PLACES)
    shape = np.cos(angle) if pattern is None else _shape(pattern, angle, of_luminance)
    return 2.0 * math.pi * float((shape * np.sin(angle)) @ trapezoid(angle))


def _shape(pattern: Signal, angle: Array, of_luminance: bool) -> Array:
    """Return the intensity at angles relative to that along the normal."""
    places = np.unique(np.abs(pattern.x).round(6))
    mean = np.array([float(np.mean(pattern.y[np.abs(np.abs(pattern.x) - place) < 1e-6])) for place in places])
    inside = places < _GRAZING - 1e-3
    places, mean = places[inside], mean[inside]
    if places.size < 4 or places[0] > _FARTHEST_START or places[-1] < _LEAST_REACH:
        raise DataError("the angular pattern must reach from the normal to 60 degrees or more, in at least 4 angles")
    radiance = mean if of_luminance else mean / np.cos(places)
    start = float(radiance[0])
    if not start > 0.0:
        raise DataError("the angular pattern has no intensity along the normal")
    return np.asarray(np.interp(angle, places, radiance) * np.cos(angle) / start)


def half_angle_of(area: float, distance: float) -> float:
    """Return the half angle [rad] under which a round detector of an area [m2] is seen from a distance [m]."""
    return math.atan(math.sqrt(area / math.pi) / distance)
