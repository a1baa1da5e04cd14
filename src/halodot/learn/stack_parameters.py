"""The numbers of a stack by their paths: what a derivative of the device is taken by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from halodot.device.barriers import THIN
from halodot.errors import InputError, Problem
from halodot.paths import device_word, emitter_word, layer_of, layer_path, present
from halodot.states import STATED, Emitter, Stack, replaced, stated_value, with_stated
from halodot.study.reader import nearest

#: declaration of every number that a study states under a layer
_UNDER_A_LAYER = {word: item.metadata for word, (_, item) in STATED.items() if item.type == "float"}

#: numbers of a layer that a contact follows which is held at it
_PINNING = (
    "electron_affinity",
    "ionisation_energy",
    "relative_permittivity",
    "electron_density_of_states",
    "hole_density_of_states",
    "donor_density",
    "acceptor_density",
)


class Parameter(NamedTuple):
    """A number of a stack."""

    path: str
    name: str  # of the field
    unit: str
    value: float
    with_value: Callable[[float], Stack]  # the stack with another value
    layer: int = -1  # of the stack, where the number acts in it and at its faces alone
    typical: float = math.nan  # a usual value, for the step at zero; nan where that has no derivative
    nonnegative: bool = False  # where it is zero there is nothing below it


def _numbers(kind: type) -> dict[str, Mapping[str, Any]]:
    """Return the declaration of every number of a state."""
    return {item.name: item.metadata for item in fields(kind) if item.type in (float, "float")}


def parameters_of(stack: Stack, paths: Sequence[str]) -> list[Parameter]:
    """Return the numbers of a stack that paths name.

    Args:
        stack: of a result.
        paths: such as ``device.layers.PTAA.hole_mobility``, ``device.series_resistance``, ``device.emitter.plqy``.

    Raises:
        InputError: a path names no number; every such path at once.
    """
    found, problems = [], []
    for path in paths:
        item = _parameter(stack, path)
        if item is not None:
            found.append(item)
            continue
        message = f"the device has no number {path!r}"
        problems.append(Problem(message, suggestion=nearest(path, [*_valid(stack)])))
    if problems:
        raise InputError(problems)
    return found


def _valid(stack: Stack) -> Iterator[str]:
    """Yield every path of a stack in its longest form."""
    for layer in stack.layers:
        yield from (layer_path(layer.name, name) for name in _UNDER_A_LAYER)
    if stack.emitter is not None:
        yield from (f"device.emitter.{name}" for name in (*_numbers(Emitter), "plqy", "radiative_lifetime"))
    yield from (f"device.{name}" for name in _numbers(Stack) if name != "area")


def _parameter(stack: Stack, path: str) -> Parameter | None:
    place = "device.temperature" if path == "run.temperature" else present(path)
    if name := emitter_word(place):
        return _of_emitter(stack, path, name)
    if (at := layer_of(place)) is not None:
        names = [layer.name for layer in stack.layers]
        index = names.index(at.name) if at.name in names else at.place
        known = 0 <= index < len(stack.layers) and at.word in _UNDER_A_LAYER
        return _of_layer(stack, path, index, at.word) if known else None
    name, declared = device_word(place), _numbers(Stack)
    if name not in declared or name == "area":
        return None
    unit, typical, value = declared[name]["unit"], declared[name]["typical"], getattr(stack, name)
    return Parameter(path, name, unit, value, lambda x: replaced(stack, **{name: x}), typical=typical)


def _of_layer(stack: Stack, path: str, index: int, name: str) -> Parameter:
    """Return a number that is stated under a layer."""

    def with_value(x: float) -> Stack:
        return with_stated(stack, index, {name: x})

    electrical = [k for k, layer in enumerate(stack.layers) if math.isfinite(layer.transport.electron_affinity)]
    pins = name in _PINNING and index in (electrical[0], electrical[-1])
    # A thin insulator takes its numbers from the layers beside it, and a step acts as far as a hop over it goes.
    lends = name in ("electron_affinity", "ionisation_energy") or any(
        stack.layers[k].thickness <= THIN for k in electrical if abs(k - index) == 1
    )
    declared = _UNDER_A_LAYER[name]
    local = index if declared["acts"] == "bulk" and not pins and not lends else -1
    value, typical = stated_value(stack, index, name), declared["typical"]
    nonnegative = declared["valid"] == "nonnegative"
    return Parameter(path, name, declared["unit"], value, with_value, local, typical, nonnegative)


def _of_emitter(stack: Stack, path: str, name: str) -> Parameter | None:
    """Return a number of the emitter, or one of the two in which a study states its rates."""
    emitter = stack.emitter
    if emitter is None:
        return None
    rate, plqy = emitter.radiative_rate, emitter.radiative_rate / (emitter.radiative_rate + emitter.nonradiative_rate)

    def changed(**changes: Any) -> Stack:
        return replaced(stack, emitter=replaced(emitter, **changes))

    if name == "plqy":
        return Parameter(path, name, "1", plqy, lambda x: changed(nonradiative_rate=rate * (1.0 / x - 1.0)))
    if name == "radiative_lifetime":
        loss = 1.0 / plqy - 1.0
        return Parameter(
            path, name, "s", 1.0 / rate, lambda x: changed(radiative_rate=1.0 / x, nonradiative_rate=loss / x)
        )
    if name not in _numbers(Emitter):
        return None
    declared = _numbers(Emitter)[name]
    return Parameter(
        path,
        name,
        declared["unit"],
        getattr(emitter, name),
        lambda x: changed(**{name: x}),
        typical=declared["typical"],
    )
