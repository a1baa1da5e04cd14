"""A study followed through the stages, each state computed or taken over where all that it is made of is the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from halodot import __version__
from halodot.chain import stages
from halodot.chain.grid import optical_grid
from halodot.chain.stages import Stage, reaches
from halodot.errors import InputError
from halodot.results.data import Result
from halodot.states import Stack, replaced
from halodot.study import Study, located
from halodot.versions import versions


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
    result = follow(stages.CHEMISTRY, Result(study=study, versions=versions()), previous)
    if result.stack is None:
        return result
    refuse(study, result.stack)
    return follow(stages.DEVICE, result, previous)


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
    result = follow(stages.CHEMISTRY, Result(study=study), None)
    if result.stack is not None:
        refuse(study, result.stack)
    return result


def follow(table: tuple[Stage, ...], result: Result, previous: Result | None) -> Result:
    """Return the result with the states of some stages, as far as the study goes."""
    for stage in table:
        if reaches(result.study, stage.within):
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


def refuse(study: Study, stack: Stack) -> None:
    """Raise what optics and device would raise, with its place in the study."""
    if reaches(study, "device"):
        from halodot.device import check as check_device

        try:
            check_device(stack, study.run.voltages)
        except InputError as error:
            raise located(study, error) from error
    if stack.emitter is not None and not is_dataclass(study.given.get("optics")):
        from halodot.light import check as check_light

        check_light(stack, *optical_grid(study, stack))
