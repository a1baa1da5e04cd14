"""The thicknesses at which a device's light comes out best: the optimum, how flat it is, and a map around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from halodot.aliases import moved_method
from halodot.chain.simulate import simulate
from halodot.errors import InputError, Problem
from halodot.learn.emission_zone import Measure, emission_zone
from halodot.learn.maxima import (
    Objective,
    curvature,
    distinct_maxima,
    flat_ranges,
    maximise,
    quasi_random_points,
)
from halodot.light.stack_optics import THICKEST_FILM
from halodot.results.data import Result
from halodot.states import Array, BoolArray, Stack
from halodot.study import Study

Bounds = Mapping[str, tuple[float, float]]
#: default bounds over the study's own thickness, and the thinnest film that they allow [m]
RANGE, THINNEST = (0.3, 3.0), 5e-10
#: points to start from beside the study's own, and points along each side of the map
STARTS, MAP_POINTS = 6, 15
#: relative distance from a bound below which an optimum lies on it: more than the search leaves
_AT_BOUND = 1e-6
MEASURES = {"outcoupling": "1", "eqe": "1", "luminance": "cd/m2"}


@dataclass(frozen=True, eq=False)
class BestThickness:
    """Thicknesses [m] of some layers that maximise a measure of the light, all else as it is."""

    layers: tuple[str, ...]
    measure: Measure
    unit: str
    voltage: float  # V, whose emission zone was used
    bounds: Array  # (layer, 2), m
    present: Array  # (layer,), m, of the study
    present_value: float
    thickness: Array  # (layer,), m, of the optimum
    value: float
    flat: Array  # (layer, 2), m, where the value stays within 1 % of the optimum while the other layers stay there
    at_bound: BoolArray  # (layer,), whether the optimum lies on a bound and could be better beyond
    directions: Array  # (direction, layer), unit vectors in relative thickness, from the stiffest to the softest
    reach: Array  # (direction,), relative change along each that costs 1 %, inf where nothing curves downwards
    maxima: Array  # (maximum, layer), m, all maxima that were found, the best first
    maxima_values: Array  # (maximum,)
    map_thickness: tuple[Array, ...] = field(default=())  # m, of the first layer and of the second, if there are two
    map_value: Array = field(default_factory=lambda: np.zeros((0, 0)))  # (first, second), others at the optimum

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            return moved_method(self, name)


def best_thickness(
    study: Study | Result,
    layers: Sequence[str],
    bounds: Bounds | None = None,
    measure: Measure = "outcoupling",
    voltage: float | None = None,
    starts: int = STARTS,
    map_points: int = MAP_POINTS,
) -> BestThickness:
    """Return the thicknesses of some layers at which the light of a device comes out best.

    This is the optical optimum for the emission zone of the study's own device: the excitons are made at the same
    share of the emitting layer's height, and no current is computed again. What a thicker layer does to the voltage,
    or to where charges meet, is not in it; simulate the study with the new thicknesses for that. Interference has
    several maxima, so the search (L-BFGS-B with exact derivatives) starts at the study's own thicknesses and at points
    spread over the bounds, and once more if the map shows a higher value.

    Args:
        study: a study with a device that emits, or its result.
        layers: names of films.
        bounds: thinnest and thickest by name [m]; 0.3 to 3 times the study's own for the others.
        measure: "outcoupling" (photons into air per radiative decay), "eqe" (with the yield and the recycling that the
            stack gives these excitons) or "luminance" (of these excitons, normal to the surface).
        voltage: whose emission zone is used [V]; that of the highest EQE without one.
        starts: points spread over the bounds to start from.
        map_points: points along each side of the map; 0 for no map.

    Raises:
        InputError: a name that is no film of the stack, bounds that are none, or a device without light.
    """
    result = study if isinstance(study, Result) else simulate(study)
    if measure not in MEASURES:
        raise InputError(f"the measure must be one of {', '.join(MEASURES)}, not {measure!r}")
    zone = emission_zone(result, voltage)
    numbers = _numbers(zone.stack, layers)
    present = np.array([zone.stack.layers[number].thickness for number in numbers])
    limits = _limits(layers, present, bounds or {})
    objective = Objective(zone, numbers, present, measure)
    return _optimum(objective, tuple(layers), limits, _search(objective, limits, starts, map_points))


class _Search(NamedTuple):
    """What a search found, in thicknesses relative to the study's own."""

    maxima: list[tuple[Array, float]]  # the best first
    map_thickness: tuple[Array, ...]
    map_value: Array


def _search(objective: Objective, limits: Array, starts: int, map_points: int) -> _Search:
    """Return the maxima that are reached from the study's own thicknesses and from points spread over the bounds.

    Args:
        objective: the measure by relative thicknesses.
        limits: bounds [m], (layer, 2).
        starts: points spread over the bounds.
        map_points: points along each side of the map, whose highest one is a start too if it exceeds the maxima.
    """
    bounds = limits / objective.present[:, np.newaxis]
    width, dimensions = bounds[:, 1] - bounds[:, 0], len(bounds)
    own = np.clip(np.ones(dimensions), *bounds.T)
    begins = (own, *(bounds[:, 0] + width * quasi_random_points(starts, dimensions)))
    maxima = distinct_maxima([maximise(objective, begin, bounds) for begin in begins], bounds)
    axes = tuple(np.linspace(low, high, map_points) for low, high in bounds[:2]) if map_points > 0 else ()
    best, value = maxima[0]
    values = _map(objective, axes, best) if axes else np.zeros((0, 0))
    if values.size and values.max() > value:
        highest = np.unravel_index(int(np.argmax(values)), values.shape)
        begin = np.array([*(axis[k] for axis, k in zip(axes, highest)), *best[len(axes) :]])
        maxima = distinct_maxima([*maxima, maximise(objective, begin, bounds)], bounds)
    return _Search(maxima, axes, values)


def _optimum(objective: Objective, layers: tuple[str, ...], limits: Array, found: _Search) -> BestThickness:
    """Return the best of the maxima with its curvature, in metres."""
    present = objective.present
    bounds = limits / present[:, np.newaxis]
    best, value = found.maxima[0]
    directions, reach = curvature(objective, best, value)
    return BestThickness(
        layers=layers,
        measure=objective.measure,
        unit=MEASURES[objective.measure],
        voltage=objective.zone.voltage,
        bounds=limits,
        present=present,
        present_value=objective.value(np.ones(present.size)),
        thickness=best * present,
        value=value,
        flat=flat_ranges(objective, best, value, bounds) * present[:, np.newaxis],
        at_bound=np.any(np.abs(bounds - best[:, np.newaxis]) < _AT_BOUND * bounds, axis=1),
        directions=directions,
        reach=reach,
        maxima=np.array([point * present for point, _ in found.maxima]),
        maxima_values=np.array([height for _, height in found.maxima]),
        map_thickness=tuple(axis * present[k] for k, axis in enumerate(found.map_thickness)),
        map_value=found.map_value,
    )


def _numbers(stack: Stack, layers: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the named films in the stack."""
    films = {layer.name: k for k, layer in enumerate(stack.layers) if 0.0 < layer.thickness <= THICKEST_FILM}
    problems = [
        Problem(f"the stack has no film {name!r}; its films are {', '.join(films)}")
        for name in layers
        if name not in films
    ]
    if problems or not layers or len(set(layers)) < len(layers):
        raise InputError(problems or "name the films whose thickness may change, each of them once")
    return tuple(films[name] for name in layers)


def _limits(layers: Sequence[str], present: Array, bounds: Bounds) -> Array:
    """Return bounds (layer, 2) in metres."""
    unknown = [name for name in bounds if name not in layers]
    if unknown:
        raise InputError(f"there are bounds for {', '.join(map(repr, unknown))}, whose thickness is not to change")
    defaults = [(max(RANGE[0] * own, THINNEST), min(RANGE[1] * own, THICKEST_FILM)) for own in present]
    found = np.array([bounds.get(name, default) for name, default in zip(layers, defaults, strict=True)], float)
    wrong = ~((found[:, 0] > 0.0) & (found[:, 1] > found[:, 0]) & (found[:, 1] <= THICKEST_FILM))
    if np.any(wrong):
        names = ", ".join(repr(name) for name, bad in zip(layers, wrong, strict=True) if bad)
        raise InputError(f"the bounds of {names} must be two lengths in metres, above 0, rising, and at most 0.1 mm")
    return found


def _map(objective: Objective, axes: tuple[Array, ...], others: Array) -> Array:
    """Return the measure on a grid of the first two thicknesses (first, second), one column for a single one."""
    second: Array = axes[1] if len(axes) > 1 else np.full(1, np.nan)
    values = np.zeros((axes[0].size, second.size))
    for i, one in enumerate(axes[0]):
        for k, other in enumerate(second):
            point = others.copy()
            point[0] = one
            if len(axes) > 1:
                point[1] = other
            values[i, k] = objective.value(point)
    return values
