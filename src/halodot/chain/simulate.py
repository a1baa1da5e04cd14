"""The stages in their order: what each reads, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from halodot import __version__
from halodot.chain.emitting_layer import complete_stack, emission_positions, illuminated
from halodot.errors import ConvergenceError, InputError
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
    Recipe,
    Stack,
    replaced,
)
from halodot.study import EmitterNumbers, Study, load_colour_matching, located

T = TypeVar("T")
#: what light sees of a layer
OPTICAL = (
    "name",
    "material",
    "role",
    "thickness",
    "table_wavelength",
    "table_index",
    "table_extinction",
    "index_offset",
    "cauchy_a",
    "cauchy_b",
    "cauchy_c",
)


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


def simulate(study: Study, previous: Result | None = None) -> Result:
    """Follow a study from its recipe to its light, as far as it goes.

    A state that is made of the same numbers as in ``previous`` is taken over from there, so that varying one number
    costs only the stages that it reaches.

    Args:
        study: what to compute, from :func:`halodot.load`.
        previous: any result of this version; it saves time where it has something in common with the study.

    Returns:
        Every state that could be computed; the states after a decomposition or after ``run.stop_after`` are None.

    Raises:
        InputError: ``study`` is no study, or its device cannot be solved.
        ValidityError: the recipe or the stack is outside what the models are valid for.
    """
    if not isinstance(study, Study):
        raise InputError(f"simulate takes a study, not a {type(study).__name__}; read one with halodot.load(...) first")
    if previous is not None and previous.version != __version__:
        previous = None  # other versions compute other numbers
    result = _follow(CHEMISTRY, Result(study=study), previous)
    if result.stack is None:
        return result
    _refuse(study, result.stack)
    return _follow(DEVICE, result, previous)


def examine(study: Study) -> Result:
    """Refuse what :func:`simulate` would refuse from the inputs alone, without solving optics and device.

    Args:
        study: what would be computed.

    Returns:
        The chemistry, which is followed for its refusals, with its notes, and the stack that would be solved.

    Raises:
        InputError: the device cannot be solved, with every problem and its place.
        ValidityError: the recipe or the stack is outside what the models are valid for.
    """
    result = _follow(CHEMISTRY, Result(study=study), None)
    if result.stack is not None:
        _refuse(study, result.stack)
    return result


def _follow(stages: tuple[Stage, ...], result: Result, previous: Result | None) -> Result:
    """Return the result with the states of some stages, as far as the study goes."""
    for stage in stages:
        if _reaches(result.study, stage.within):
            result = replaced(result, **_state(stage, result, previous))
    return result


def _state(stage: Stage, result: Result, previous: Result | None) -> Mapping[str, Any]:
    """Return the fields that a stage gives: stated by the study, taken over, or computed."""
    if is_dataclass(given := result.study.given.get(stage.name)):
        return {stage.name: given}
    reads = stage.reads(result.study, result)
    if reads is None:
        return {}
    if previous is not None and _made(stage, previous) and same(reads, stage.reads(previous.study, previous)):
        return {name: getattr(previous, name) for name in stage.gives or (stage.name,)}
    return stage.run(*reads)


def _made(stage: Stage, result: Result) -> bool:
    """Whether a stage computed the state that a result has."""
    return getattr(result, stage.name) is not None and not is_dataclass(result.study.given.get(stage.name))


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal to the last bit, records, mappings and arrays by their content."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if is_dataclass(one):
        return all(same(getattr(one, item.name), getattr(other, item.name)) for item in fields(one))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _refuse(study: Study, stack: Stack) -> None:
    """Raise what optics and device would raise, with its place in the study."""
    if _reaches(study, "device"):
        from halodot.device import check as check_device

        try:
            check_device(stack, study.run.voltages)
        except InputError as error:
            raise located(study, error) from error
    if stack.emitter is not None and not is_dataclass(study.given.get("optics")):
        from halodot.light import check as check_light

        check_light(stack, _wavelengths(study, stack), _positions(study, stack))


def on_fixed_grid(result: Result) -> Result:
    """Return a result whose study asks for the very grid that its device was solved on, without an estimate.

    Derivatives, fits and line searches compare neighbours: on grids of their own these would differ by the error that
    the tolerance allows.
    """
    device_solution = result.device_solution
    if device_solution is None or device_solution.nodes_per_layer == 0:
        return result
    run = replaced(result.study.run, nodes_per_layer=device_solution.nodes_per_layer, tolerance=math.inf)
    if result.optics is not None:
        run = replaced(run, wavelength=result.optics.wavelength, positions=result.optics.position.size, open=())
    return replaced(result, study=replaced(result.study, run=run))


def _reaches(study: Study, stage: str) -> bool:
    order = ("flask", "dots", "film", "light", "device")
    last = study.run.stop_after or order[-1]
    return order.index(stage) <= order.index(last)


# ---------------------------------------------------------------------------------------------- what the stages read


def _flask_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if study.recipe is None or "dots" in study.given or "film" in study.given:
        return None
    return study.recipe, study.flask, given_of("flask", study.given)


def _dots_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.flask is None or not result.flask.survived:
        return None
    return result.flask, study.dots, given_of("dots", study.given)


def _film_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.dots is None:
        return None
    thickness = [layer.thickness for layer in study.stack.layers if layer.role == "emitter"] if study.stack else []
    conditions = {"temperature": study.run.temperature} | ({"nominal_thickness": thickness[0]} if thickness else {})
    return result.dots, replaced(study.film, **conditions), given_of("film", study.given)


def _stack_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    decomposed = result.flask is not None and not result.flask.survived
    if study.stack is None or decomposed:
        return None
    return study.stack, result.film, study.emitter, study.run.illumination


def _optics_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.stack is None or result.stack.emitter is None:
        return None
    stack = optical(result.stack)
    return stack, _wavelengths(study, stack), _positions(study, stack), study.run.tolerance


def _operation_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.stack is None:
        return None
    run = study.run
    return result.stack, result.optics, run.voltages, run.nodes_per_layer or None, run.tolerance


def _emission_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.stack is None or result.optics is None or result.stack.emitter is None or result.device_solution is None:
        return None
    return result.stack, result.optics, result.device_solution, study.run.tolerance


def _ageing_reads(study: Study, result: Result) -> tuple[Any, ...] | None:
    if result.emission is None or not math.isfinite(study.run.lifetime_luminance):
        return None
    conditions = replaced(study.ageing, temperature=study.run.temperature, humidity=study.run.humidity)
    return result.emission, result.film, conditions, study.run.lifetime_luminance


# ------------------------------------------------------------------------------------------------- what the stages do


def _flask(recipe: Recipe, parameters: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
    from halodot.flask import synthesise

    return {"flask": with_changes(synthesise(recipe, parameters), given)}


def _dots(flask: Flask, parameters: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
    from halodot.dots import characterise

    return {"dots": with_changes(characterise(flask, parameters), given)}


def _film(dots: Dots, parameters: Any, given: dict[str, Any]) -> Mapping[str, Any]:
    from halodot.film import deposit

    return {"film": deposit(dots, parameters, given)}


def _stack(stack: Stack, film: Film | None, stated: EmitterNumbers | None, illumination: float) -> Mapping[str, Any]:
    return {"stack": illuminated(complete_stack(stack, film, stated), illumination)}


def _optics(stack: Stack, wavelength: Array, positions: Array, tolerance: float) -> Mapping[str, Any]:
    from halodot.light import resolved

    return {"optics": resolved(stack, wavelength, positions, tolerance)}


def _operation(
    stack: Stack, optics: Optics | None, voltages: Array, nodes_per_layer: int | None, tolerance: float
) -> Mapping[str, Any]:
    from halodot.device import solve_device

    try:
        return {"device_solution": solve_device(stack, optics, voltages, nodes_per_layer, tolerance), "failure": ""}
    except ConvergenceError as error:
        if not isinstance(error.partial, DeviceSolution):
            raise
        return {"device_solution": error.partial, "failure": str(error)}


def _emission(stack: Stack, optics: Optics, device_solution: DeviceSolution, tolerance: float) -> Mapping[str, Any]:
    from halodot.light import emit

    return {"emission": emit(stack, optics, device_solution, load_colour_matching(), tolerance)}


def _ageing(emission: Emission, film: Film | None, conditions: Any, luminance: float) -> Mapping[str, Any]:
    from halodot.ageing import age

    return {"ageing": age(emission, film, conditions, luminance)}


CHEMISTRY = (
    Stage("flask", "flask", _flask_reads, _flask),
    Stage("dots", "dots", _dots_reads, _dots),
    Stage("film", "film", _film_reads, _film),
    Stage("stack", "light", _stack_reads, _stack),
)
DEVICE = (
    Stage("optics", "light", _optics_reads, _optics),
    Stage("device_solution", "device", _operation_reads, _operation, ("device_solution", "failure")),
    Stage("emission", "device", _emission_reads, _emission),
    Stage("ageing", "device", _ageing_reads, _ageing),
)


# ------------------------------------------------------------------------------------------------------ between stages


def optical_grid(study: Study, stack: Stack) -> tuple[Array, Array]:
    """Return the wavelengths [m] and the heights in the emitting layer [m] that the optics of a study start from."""
    return _wavelengths(study, stack), _positions(study, stack)


def _wavelengths(study: Study, stack: Stack) -> Array:
    from halodot.light import window

    return window(stack, study.run.wavelength) if "wavelength" in study.run.open else study.run.wavelength


def _positions(study: Study, stack: Stack) -> Array:
    from halodot.light import slices

    thickness = next((layer.thickness for layer in stack.layers if layer.role == "emitter"), math.nan)
    count = slices(thickness, None) if "positions" in study.run.open else study.run.positions
    return emission_positions(thickness, count)


def optical(stack: Stack) -> Stack:
    """Return what light sees of a stack: a change of anything else changes no photon."""
    layers = (Layer(**{name: getattr(layer, name) for name in OPTICAL}) for layer in stack.layers)
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


def with_changes(state: T, changes: Mapping[str, Any]) -> T:
    """Return a state with some of its quantities replaced, itself where there are none."""
    return replaced(state, **changes) if changes else state


def given_of(stage: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the quantities of a state that a study gives as "stage.quantity", by field."""
    return {key.split(".", 1)[1]: value for key, value in given.items() if key.startswith(f"{stage}.")}
