"""The thicknesses at which a device's light comes out best: the optimum, how flat it is, and a map around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from halodot.aliases import moved_method
from halodot.chain.simulate import simulate
from halodot.errors import InputError, Problem
from halodot.learn.emission_zone import Measure, Zone, slopes_of, value_of, with_thicknesses, zone_of
from halodot.light import dipole_emission
from halodot.light.gradients import outcoupling_gradient
from halodot.light.stack_optics import THICKEST_FILM
from halodot.results.data import Result
from halodot.states import Array, BoolArray, Stack
from halodot.study import Study

Bounds = Mapping[str, tuple[float, float]]
#: Default bounds over the study's own thickness, and the thinnest film that they allow [m].
RANGE, THINNEST = (0.3, 3.0), 5e-10
#: The loss that counts as flat, relative to the optimum.
FLAT = 0.01
STARTS, MAP_POINTS = 6, 15
#: Two maxima closer than this, relative to the bounds, are one.
SAME = 1e-2
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


class _Task(NamedTuple):
    """A measure as a function of thicknesses relative to the study's own."""

    zone: Zone
    numbers: tuple[int, ...]
    present: Array
    measure: Measure

    def stack(self, relative: Array) -> Stack:
        return with_thicknesses(self.zone.stack, self.numbers, relative * self.present)

    def heights(self, stack: Stack) -> Array:
        return self.zone.share * stack.layers[self.zone.emitter].thickness

    def value(self, relative: Array) -> float:
        stack = self.stack(relative)
        clear = self.measure == "outcoupling" and not np.any(stack.layers[self.zone.emitter].table_extinction > 0.0)
        optics = dipole_emission(stack, self.zone.wavelength, self.heights(stack), "channels" if clear else "layers")
        return value_of(self.zone, stack, optics, self.measure)

    def slopes(self, relative: Array) -> tuple[float, Array]:
        stack, recycling = self.stack(relative), self.measure != "outcoupling"
        gradient = outcoupling_gradient(stack, self.zone.wavelength, self.heights(stack), recycling)
        value, slopes = slopes_of(self.zone, stack, gradient, self.measure)
        return value, slopes[list(self.numbers)] * self.present


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
    spread over the bounds, and once more if the map shows a higher hill.

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
    zone = zone_of(result, voltage)
    numbers = _numbers(zone.stack, layers)
    present = np.array([zone.stack.layers[number].thickness for number in numbers])
    limits = _limits(layers, present, bounds or {})
    task = _Task(zone, numbers, present, measure)
    box = limits / present[:, np.newaxis]
    spread = box[:, 0] + (box[:, 1] - box[:, 0]) * _spread(starts, len(layers))
    first = np.clip(np.ones(len(layers)), *box.T)
    tops = _distinct([_climb(task, point, box) for point in (first, *spread)], box)
    axes = tuple(np.linspace(low, high, map_points) for low, high in box[:2]) if map_points > 0 else ()
    values = _map(task, axes, tops[0][0]) if axes else np.zeros((0, 0))
    if values.size and values.max() > tops[0][1]:
        # The map has found a hill that no start lies on.
        best = np.unravel_index(int(np.argmax(values)), values.shape)
        begin = np.array([*(axis[k] for axis, k in zip(axes, best)), *tops[0][0][len(axes) :]])
        tops = _distinct([*tops, _climb(task, begin, box)], box)
    top, value = tops[0]
    directions, reach = _curvature(task, top, value)
    return BestThickness(
        layers=tuple(layers),
        measure=measure,
        unit=MEASURES[measure],
        voltage=zone.voltage,
        bounds=limits,
        present=present,
        present_value=task.value(np.ones(len(layers))),
        thickness=top * present,
        value=value,
        flat=_flat(task, top, value, box) * present[:, np.newaxis],
        at_bound=np.any(np.abs(box - top[:, np.newaxis]) < 1e-6 * box, axis=1),
        directions=directions,
        reach=reach,
        maxima=np.array([point * present for point, _ in tops]),
        maxima_values=np.array([height for _, height in tops]),
        map_thickness=tuple(axis * present[k] for k, axis in enumerate(axes)),
        map_value=values,
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


def _spread(count: int, dimensions: int) -> Array:
    """Return points (point, dimension) spread evenly over the unit cube, by the additive recurrence of the plastic
    number's generalisation, x^(d+1) = x + 1."""
    root = 2.0
    for _ in range(40):
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1.0)
    return np.asarray((0.5 + np.outer(np.arange(1, count + 1), steps)) % 1.0)


def _climb(task: _Task, begin: Array, box: Array) -> tuple[Array, float]:
    """Return the maximum above a point, and its value."""
    from scipy.optimize import minimize

    scale = abs(task.slopes(begin)[0]) or 1.0

    def downhill(relative: Array) -> tuple[float, Array]:
        value, slopes = task.slopes(relative)
        return -value / scale, -slopes / scale

    limits = [(float(low), float(high)) for low, high in box]
    options = {"ftol": 1e-10, "gtol": 1e-6, "maxiter": 60}
    found = minimize(downhill, begin, jac=True, method="L-BFGS-B", bounds=limits, options=options)  # type: ignore[call-overload]
    return np.asarray(found.x), -scale * float(found.fun)


def _distinct(found: list[tuple[Array, float]], box: Array) -> list[tuple[Array, float]]:
    """Return the different maxima, the best first."""
    kept: list[tuple[Array, float]] = []
    for point, value in sorted(found, key=lambda item: -item[1]):
        if all(np.max(np.abs(point - other) / (box[:, 1] - box[:, 0])) > SAME for other, _ in kept):
            kept.append((point, value))
    return kept


def _curvature(task: _Task, top: Array, value: float) -> tuple[Array, Array]:
    """Return the principal directions of the maximum and how far along each the value falls by 1 %."""
    step = 0.01
    matrix = np.zeros((top.size, top.size))
    for k in range(top.size):
        change = np.zeros(top.size)
        change[k] = step * top[k]
        up, down = task.slopes(top + change)[1], task.slopes(top - change)[1]
        # By the logarithms of the thicknesses, so that directions are relative changes.
        matrix[k] = (up - down) / (2.0 * step) * top
    bend, vectors = np.linalg.eigh(-0.5 * (matrix + matrix.T))
    order = np.argsort(bend)[::-1]
    with np.errstate(divide="ignore"):
        reach = np.sqrt(2.0 * FLAT * abs(value) / np.maximum(bend[order], 0.0))
    return vectors.T[order], reach


def _flat(task: _Task, top: Array, value: float, box: Array) -> Array:
    """Return for each layer (layer, 2) how far it may go alone until the value has fallen by 1 %, or the bounds."""
    level = value - FLAT * abs(value)
    found = np.zeros((top.size, 2))
    for k in range(top.size):
        for side in range(2):

            def along(x: float, k: int = k) -> float:
                point = top.copy()
                point[k] = x
                return task.value(point) - level

            found[k, side] = _crossing(along, float(top[k]), float(box[k, side]))
    return found


def _crossing(along: Callable[[float], float], start: float, end: float) -> float:
    """Return where a function that is positive at ``start`` first falls to zero, or ``end``."""
    from scipy.optimize import brentq

    before, step = start, 0.05 * start
    while step > 0.0 and before != end:
        after = float(np.clip(before + np.sign(end - start) * step, min(start, end), max(start, end)))
        if along(after) < 0.0:
            return float(brentq(along, before, after, xtol=1e-4 * start, rtol=1e-6))
        before, step = after, 1.5 * step
    return end


def _map(task: _Task, axes: tuple[Array, ...], others: Array) -> Array:
    """Return the measure on a grid of the first two thicknesses (first, second), one column for a single one."""
    second: Array = axes[1] if len(axes) > 1 else np.full(1, np.nan)
    values = np.zeros((axes[0].size, second.size))
    for i, one in enumerate(axes[0]):
        for k, other in enumerate(second):
            point = others.copy()
            point[0] = one
            if len(axes) > 1:
                point[1] = other
            values[i, k] = task.value(point)
    return values
