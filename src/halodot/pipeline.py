"""The stages called in order, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from halodot.errors import ConvergenceError, InputError
from halodot.result import Result
from halodot.states import (
    Ageing,
    Array,
    Dots,
    Emission,
    Emitter,
    Film,
    Flask,
    Layer,
    Operation,
    Optics,
    Stack,
    replaced,
)
from halodot.study import EmitterNumbers, Study, load_colour_matching, located, stated_fates

#: what the film says of how its excitons move and end in a device
_FATES = ("exciton_diffusivity", "dot_volume", "charged_rate", "quenching_field")
T = TypeVar("T")
S = TypeVar("S")
_OPTICAL = (
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


def simulate(study: Study, previous: Result | None = None) -> Result:
    """Follow a study from its recipe to its light, as far as it goes.

    A stage whose inputs are the very objects that made ``previous`` is taken over from there, so that varying one
    number costs only the stages behind it.

    Args:
        study: what to compute, from :func:`halodot.load`.
        previous: a result of the same study or of one derived from it by ``with_inputs``.

    Returns:
        Every state that could be computed; the states after a decomposition or after ``run.stop_after`` are None.

    Raises:
        InputError: ``study`` is no study.
        ValidityError: the recipe or the stack is outside what the models are valid for.
    """
    if not isinstance(study, Study):
        raise InputError(f"simulate takes a study, not a {type(study).__name__}; read one with halodot.load(...) first")
    chemistry, stack = _chemistry(study, previous)
    if stack is None:
        return chemistry
    if previous is None:
        _refuse(study, stack)
    optics = _optics(study, stack, previous)
    if not _reaches(study, "device"):
        return replaced(chemistry, stack=stack, optics=optics)
    if previous and previous.operation and _same_device(study, chemistry, optics, previous):
        ageing = _ageing(study, previous.emission, chemistry.film)
        stages = {name: getattr(chemistry, name) for name in ("flask", "dots", "film")}
        return replaced(previous, study=study, **stages, ageing=ageing, explained={})
    return _operate_and_emit(study, chemistry, stack, optics)


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
    chemistry, stack = _chemistry(study, None)
    if stack is None:
        return chemistry
    _refuse(study, stack)
    return replaced(chemistry, stack=stack)


def _chemistry(study: Study, previous: Result | None) -> tuple[Result, Stack | None]:
    """Return flask, dots and film, and the whole stack if the study goes on to its light."""
    flask = _flask(study, previous)
    dots = _dots(study, flask, previous) if _reaches(study, "dots") else None
    film = _film(study, dots, previous) if _reaches(study, "film") else None
    chemistry = Result(study=study, flask=flask, dots=dots, film=film)
    decomposed = flask is not None and not flask.survived
    if study.stack is None or decomposed or not _reaches(study, "light"):
        return chemistry, None
    return chemistry, illuminated(complete_stack(study.stack, film, study.emitter), study.run.illumination)


def _refuse(study: Study, stack: Stack) -> None:
    """Raise what optics and device would raise, with its place in the study."""
    if _reaches(study, "device"):
        from halodot.device import check as check_device

        try:
            check_device(stack)
        except InputError as error:
            raise located(study, error) from error
    if stack.emitter is not None and _whole(study, "optics", Optics) is None:
        from halodot.light import check as check_light

        check_light(stack, study.run.wavelength, _positions(study, stack))


def _positions(study: Study, stack: Stack) -> Array:
    thickness = next((layer.thickness for layer in stack.layers if layer.role == "emitter"), math.nan)
    return emission_positions(thickness, study.run.positions)


def on_fixed_grid(result: Result) -> Result:
    """Return a result whose study asks for the very grid that its device was solved on, without an estimate.

    Derivatives, fits and line searches compare neighbours: on grids of their own these would differ by the error that
    the tolerance allows.
    """
    operation = result.operation
    if operation is None or operation.nodes_per_layer == 0:
        return result
    run = replaced(result.study.run, nodes_per_layer=operation.nodes_per_layer, tolerance=math.inf)
    return replaced(result, study=replaced(result.study, run=run))


def _same_device(study: Study, chemistry: Result, optics: Optics | None, previous: Result) -> bool:
    """Whether nothing that the device sees differs from the previous result."""
    return (
        study.stack is previous.study.stack
        and study.emitter is previous.study.emitter
        and chemistry.film is previous.film
        and optics is previous.optics
        and study.run.voltages is previous.study.run.voltages
        and study.run.illumination == previous.study.run.illumination
        and study.run.nodes_per_layer == previous.study.run.nodes_per_layer
        and study.run.tolerance == previous.study.run.tolerance
    )


def _operate_and_emit(study: Study, chemistry: Result, stack: Stack, optics: Optics | None) -> Result:
    from halodot.device import operate

    failure = ""
    try:
        operation: Operation = operate(
            stack, optics, study.run.voltages, study.run.nodes_per_layer or None, study.run.tolerance
        )
    except ConvergenceError as error:
        if not isinstance(error.partial, Operation):
            raise
        operation, failure = error.partial, str(error)
    emission = _emission(stack, optics, operation)
    ageing = _ageing(study, emission, chemistry.film)
    return replaced(
        chemistry, stack=stack, optics=optics, operation=operation, emission=emission, ageing=ageing, failure=failure
    )


def _reaches(study: Study, stage: str) -> bool:
    order = ("flask", "dots", "film", "light", "device")
    last = study.run.stop_after or order[-1]
    return order.index(stage) <= order.index(last)


def _same_stage(study: Study, previous: Result, stage: str) -> bool:
    """Whether a stage has the parameters and the given quantities that made the previous result."""
    before = previous.study
    return getattr(study, stage) is getattr(before, stage) and study.given is before.given


def _whole(study: Study, stage: str, kind: type[S]) -> S | None:
    """The whole state that the study gives in place of a stage, if it does."""
    value = study.given.get(stage)
    return value if isinstance(value, kind) else None


def _flask(study: Study, previous: Result | None) -> Flask | None:
    if (given := _whole(study, "flask", Flask)) is not None:
        return given
    if study.recipe is None or "dots" in study.given or "film" in study.given:
        return None
    if previous and study.recipe is previous.study.recipe and _same_stage(study, previous, "flask"):
        return previous.flask
    from halodot.flask import synthesise

    return with_given(synthesise(study.recipe, study.flask), "flask", study.given)


def _dots(study: Study, flask: Flask | None, previous: Result | None) -> Dots | None:
    if (given := _whole(study, "dots", Dots)) is not None:
        return given
    if flask is None or not flask.survived:
        return None
    if previous and flask is previous.flask and _same_stage(study, previous, "dots"):
        return previous.dots
    from halodot.dots import characterise

    return with_given(characterise(flask, study.dots), "dots", study.given)


def _film(study: Study, dots: Dots | None, previous: Result | None) -> Film | None:
    if (given := _whole(study, "film", Film)) is not None:
        return given
    if dots is None:
        return None
    same = previous and dots is previous.dots and _same_stage(study, previous, "film")
    if previous and same and _film_conditions(study) == _film_conditions(previous.study):
        return previous.film
    from halodot.film import deposit

    return deposit(dots, replaced(study.film, **_film_conditions(study)), given_of("film", study.given))


def _film_conditions(study: Study) -> dict[str, float]:
    """Parameters of the film that the study's own conditions replace: its temperature, and thickness in a stack."""
    layers = study.stack.layers if study.stack else ()
    thickness = [layer.thickness for layer in layers if layer.role == "emitter"]
    stated = {"temperature": study.run.temperature}
    return {**stated, "nominal_thickness": thickness[0]} if thickness else stated


def _optics(study: Study, stack: Stack, previous: Result | None) -> Optics | None:
    if (given := _whole(study, "optics", Optics)) is not None:
        return given
    if stack.emitter is None:
        return None
    if previous and previous.stack and previous.optics and _same_optics(stack, previous.stack):
        return previous.optics
    from halodot.light import environment

    return environment(stack, study.run.wavelength, _positions(study, stack))


def _emission(stack: Stack, optics: Optics | None, operation: Operation) -> Emission | None:
    if optics is None or stack.emitter is None:
        return None
    from halodot.light import emit

    return emit(stack, optics, operation, load_colour_matching())


def _ageing(study: Study, emission: Emission | None, film: Film | None) -> Ageing | None:
    if emission is None or not np.isfinite(study.run.lifetime_luminance):
        return None
    from halodot.ageing import age

    conditions = replaced(study.ageing, temperature=study.run.temperature, humidity=study.run.humidity)
    return age(emission, film, conditions, study.run.lifetime_luminance)


def emission_positions(thickness: float, count: int) -> Array:
    """Return the centres [m] of ``count`` equal slices of an emitting layer of this thickness [m]."""
    return thickness * (np.arange(count) + 0.5) / count


def with_given(state: T, stage: str, given: Mapping[str, Any]) -> T:
    """Return a state with those of its quantities replaced that the study gives as "stage.quantity"."""
    changes = given_of(stage, given)
    return replaced(state, **changes) if changes else state


def given_of(stage: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the quantities of a state that a study gives as "stage.quantity", by field."""
    return {key.split(".", 1)[1]: value for key, value in given.items() if key.startswith(f"{stage}.")}


def complete_stack(stack: Stack, film: Film | None, stated: EmitterNumbers | None = None) -> Stack:
    """Return the stack with its emitting layer filled in from the film, where the study does not state it.

    Args:
        stack: as the study gives it.
        film: of the dots, None for a device without them.
        stated: what the study says of the emitter's light; the film gives the rest.
    """
    if film is None:
        return stack
    if not any(layer.role == "emitter" for layer in stack.layers):
        return stack
    layers = tuple(_filled_layer(layer, film) if layer.role == "emitter" else layer for layer in stack.layers)
    return replaced(
        stack,
        layers=layers,
        emitter=stack.emitter or _film_emitter(film, stated or EmitterNumbers()),
        shunt_conductance=stack.shunt_conductance + film.leakage_conductance,
    )


def illuminated(stack: Stack, illumination: float) -> Stack:
    """Return the stack under a multiple of the light that its layers' generation stands for."""
    if illumination == 1.0 or not any(layer.generation for layer in stack.layers):
        return stack
    lit = (replaced(layer, generation=illumination * layer.generation) for layer in stack.layers)
    return replaced(stack, layers=tuple(lit))


def _film_emitter(film: Film, stated: EmitterNumbers) -> Emitter:
    rate = film.radiative_rate if math.isnan(stated.radiative_lifetime) else 1.0 / stated.radiative_lifetime
    plqy = film.radiative_rate / (film.radiative_rate + film.nonradiative_rate)
    plqy = plqy if math.isnan(stated.plqy) else stated.plqy
    spectrum = film.spectrum
    if math.isfinite(stated.peak) and math.isfinite(stated.fwhm):
        from halodot.light.colour import gaussian_line

        spectrum = gaussian_line(film.wavelength, stated.peak, stated.fwhm)
    return Emitter(
        wavelength=film.wavelength,
        spectrum=spectrum,
        radiative_rate=rate,
        nonradiative_rate=rate * (1.0 / plqy - 1.0),
        horizontal_fraction=stated.horizontal_fraction,
        quenching_range=stated.quenching_range,
        **{name: getattr(film, name) for name in _FATES} | stated_fates(stated),
    )


def _filled_layer(layer: Layer, film: Film) -> Layer:
    offers: dict[str, float] = {
        "relative_permittivity": film.relative_permittivity,
        "electron_affinity": film.electron_affinity,
        "ionisation_energy": film.ionisation_energy,
        "electron_states": film.density_of_states,
        "hole_states": film.density_of_states,
        "electron_mobility": film.mobility,
        "hole_mobility": film.mobility,
    }
    changes: dict[str, Any] = {name: value for name, value in offers.items() if np.isnan(getattr(layer, name))}
    if layer.trap_density == 0.0:
        changes["trap_density"] = film.trap_density
    if layer.statistics == "boltzmann" and film.carrier_disorder > 0.0:
        # dots fill up: without a bound to their charge it would pile up beyond all measure before a barrier
        changes["statistics"] = "gaussian"
        changes |= dict.fromkeys(("electron_disorder", "hole_disorder"), film.carrier_disorder)
    if layer.table_wavelength.size == 0 and np.isnan(layer.cauchy_a):
        changes |= {
            "table_wavelength": film.wavelength,
            "table_index": film.index,
            "table_extinction": film.extinction,
        }
    return replaced(layer, **changes)


def _same_optics(one: Stack, other: Stack) -> bool:
    """Whether two stacks are the same to a photon."""
    if one.emitter is None or other.emitter is None or len(one.layers) != len(other.layers):
        return False
    return (
        np.array_equal(one.emitter.wavelength, other.emitter.wavelength)
        and np.array_equal(one.emitter.spectrum, other.emitter.spectrum)
        and one.emitter.horizontal_fraction == other.emitter.horizontal_fraction
        and (one.viewed, one.outcoupling) == (other.viewed, other.outcoupling)
        and all(_same(a, b, name) for a, b in zip(one.layers, other.layers, strict=True) for name in _OPTICAL)
    )


def _same(one: Layer, other: Layer, name: str) -> bool:
    a, b = getattr(one, name), getattr(other, name)
    return a is b or bool(np.array_equal(a, b, equal_nan=not isinstance(a, str)))
