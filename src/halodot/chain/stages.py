"""The table of the stages: what each reads, what it computes from that, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from halodot.chain.emitting_layer import complete_stack, illuminated
from halodot.chain.grid import optical_grid
from halodot.device.solver.settings import SolverSettings
from halodot.errors import ConvergenceError, InputError
from halodot.perovskite import perovskite_of
from halodot.results.data import Result
from halodot.states import (
    Array,
    DeviceSolution,
    Dots,
    Emission,
    Emitter,
    Film,
    Flask,
    Layer,
    Optics,
    Perovskite,
    Recipe,
    Stack,
    emitter_index,
    replaced,
)
from halodot.study import EmitterNumbers, Study, load_colour_matching

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """A state of a result: what it is made of, all that makes it, and how.

    ``run`` gets what ``reads`` returns and nothing else, so that a state whose reads are equal is the same state.
    """

    name: str
    within: str  # the part of the chain that it belongs to, as run.stop_after names it
    reads: Callable[[Study, Result], tuple[Any, ...] | None]  # None where the study has no such state
    run: Callable[..., Mapping[str, Any]]  # gives fields of the result
    gives: tuple[str, ...] = ()  # those fields, where there are others than the state itself


def reaches(study: Study, stage: str) -> bool:
    """Return whether a study goes as far as a part of the chain, as ``run.stop_after`` names it."""
    order = ("flask", "dots", "film", "light", "device")
    last = study.run.stop_after or order[-1]
    return order.index(stage) <= order.index(last)


# ---------------------------------------------------------------------------------------------- what the stages read


def _flask_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if study.recipe is None or "dots" in study.given or "film" in study.given:
        return None
    return study.recipe, study.flask, study.perovskite, _given_of("flask", study.given)


def _dots_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.flask is None or not result.flask.survived:
        return None
    return result.flask, study.dots, _material(study, result.flask), _given_of("dots", study.given)


def _film_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.dots is None:
        return None
    conditions = {"temperature": study.run.temperature}
    if study.stack is not None and (index := emitter_index(study.stack)) is not None:
        conditions["nominal_thickness"] = study.stack.layers[index].thickness
    parameters, given = replaced(study.film, **conditions), _given_of("film", study.given)
    return result.dots, parameters, _material(study, result.dots), given


def _material(study: Study, dots: Flask | Dots) -> Perovskite:
    """Return what the dots are made of."""
    if study.perovskite is None:
        raise InputError("the study was kept by a version without numbers of the perovskite; read its text anew")
    return perovskite_of(dots.halides, study.perovskite)


def _stack_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    decomposed = result.flask is not None and not result.flask.survived
    if study.stack is None or decomposed:
        return None
    return study.stack, result.film, study.emitter, study.run.illumination


def _optics_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.stack is None or result.stack.emitter is None:
        return None
    stack = optical(result.stack)
    return stack, *optical_grid(study, stack), study.run.tolerance


def _device_solution_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.stack is None:
        return None
    run = study.run
    return result.stack, result.optics, run.voltages, run.nodes_per_layer or None, run.tolerance, run.solver


def _emission_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.stack is None or result.optics is None or result.stack.emitter is None or result.device_solution is None:
        return None
    return result.stack, result.optics, result.device_solution, study.run.tolerance


def _ageing_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.emission is None or not math.isfinite(study.run.lifetime_luminance):
        return None
    conditions = replaced(study.ageing, temperature=study.run.temperature, humidity=study.run.humidity)
    halides = result.dots.halides if result.dots is not None else None
    return result.emission, result.film, conditions, study.run.lifetime_luminance, halides


# ------------------------------------------------------------------------------------------------- what the stages do


def _flask(recipe: Recipe, parameters: Any, perovskite: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
    from halodot.flask import synthesise

    return {"flask": _with_changes(synthesise(recipe, parameters, perovskite), given)}


def _dots(flask: Flask, parameters: Any, perovskite: Perovskite, given: Mapping[str, Any]) -> Mapping[str, Any]:
    from halodot.dots import characterise

    return {"dots": _with_changes(characterise(flask, parameters, perovskite), given)}


def _film(dots: Dots, parameters: Any, perovskite: Perovskite, given: dict[str, Any]) -> Mapping[str, Any]:
    from halodot.film import deposit

    return {"film": deposit(dots, parameters, perovskite, given)}


def _stack(stack: Stack, film: Film | None, stated: EmitterNumbers | None, illumination: float) -> Mapping[str, Any]:
    return {"stack": illuminated(complete_stack(stack, film, stated), illumination)}


def _optics(stack: Stack, wavelength: Array, positions: Array, tolerance: float) -> Mapping[str, Any]:
    from halodot.light import resolved

    return {"optics": resolved(stack, wavelength, positions, tolerance)}


def _device_solution(
    stack: Stack,
    optics: Optics | None,
    voltages: Array,
    nodes_per_layer: int | None,
    tolerance: float,
    settings: SolverSettings,
) -> Mapping[str, Any]:
    from halodot.device import solve_device

    try:
        found = solve_device(stack, optics, voltages, nodes_per_layer, tolerance, settings)
        return {"device_solution": found, "failure": ""}
    except ConvergenceError as error:
        if not isinstance(error.partial, DeviceSolution):
            raise
        return {"device_solution": error.partial, "failure": str(error)}


def _emission(stack: Stack, optics: Optics, device_solution: DeviceSolution, tolerance: float) -> Mapping[str, Any]:
    from halodot.light import emit

    return {"emission": emit(stack, optics, device_solution, load_colour_matching(), tolerance)}


def _ageing(
    emission: Emission, film: Film | None, conditions: Any, luminance: float, halides: Mapping[str, float] | None
) -> Mapping[str, Any]:
    from halodot.ageing import age

    return {"ageing": age(emission, film, conditions, luminance, halides)}


CHEMISTRY = (
    Stage("flask", "flask", _flask_reads, _flask),
    Stage("dots", "dots", _dots_reads, _dots),
    Stage("film", "film", _film_reads, _film),
    Stage("stack", "light", _stack_reads, _stack),
)
DEVICE = (
    Stage("optics", "light", _optics_reads, _optics),
    Stage("device_solution", "device", _device_solution_reads, _device_solution, ("device_solution", "failure")),
    Stage("emission", "device", _emission_reads, _emission),
    Stage("ageing", "device", _ageing_reads, _ageing),
)


def optical(stack: Stack) -> Stack:
    """Return what light sees of a stack: a change of anything else changes no photon."""
    layers = (Layer(one.name, one.material, one.thickness, one.role, optics=one.optics) for one in stack.layers)
    seen = None
    if stack.emitter is not None:
        seen = Emitter(
            wavelength=stack.emitter.wavelength,
            spectrum=stack.emitter.spectrum,
            radiative_rate=math.nan,
            nonradiative_rate=math.nan,
            horizontal_fraction=stack.emitter.horizontal_fraction,
        )
    return Stack(layers=tuple(layers), emitter=seen, emission_side=stack.emission_side, outcoupling=stack.outcoupling)


def _with_changes(state: T, changes: Mapping[str, Any]) -> T:
    """Return a state with some of its quantities replaced, itself where there are none."""
    return replaced(state, **changes) if changes else state


def _given_of(stage: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the quantities of a state that a study gives as "stage.quantity", by field."""
    return {key.split(".", 1)[1]: value for key, value in given.items() if key.startswith(f"{stage}.")}
