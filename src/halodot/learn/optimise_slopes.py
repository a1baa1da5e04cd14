"""From the best places of a search up the exact derivatives of one goal (L-BFGS-B)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from halodot.arrays import Array
from halodot.chain.simulate import simulate
from halodot.errors import HalodotError, InputError
from halodot.learn.device_sensitivity import sensitivity
from halodot.learn.goals import Goal
from halodot.learn.stack_parameters import parameters_of
from halodot.learn.varied import VariedInput
from halodot.results.data import Result
from halodot.results.summary import peak_efficiency
from halodot.states import Note
from halodot.study import Study, with_inputs

#: goals whose derivatives are those of the curves at one voltage
SMOOTH = ("eqe_max", "luminance_max")
#: simulations of one climb, and the relative gain at which it ends
_MOST, _ENDS = 15, 1e-5
Reached = tuple[tuple[float, ...], tuple[float, ...]]


def climbed(
    study: Study,
    varied: Sequence[VariedInput],
    goal: Goal,
    starts: Sequence[tuple[float, ...]],
    progress: Callable[[str, int, int], None],
) -> tuple[list[Reached], Note | None]:
    """Return where climbs from some places end, values and number each, and what is to be said where there are none.

    Args:
        study: the model.
        varied: its inputs.
        goal: one goal.
        starts: values [SI] to start from.
        progress: called with what is done.
    """
    if goal.quantity not in SMOOTH or goal.kind != "maximise" or study.stack is None:
        return [], None
    try:
        parameters_of(study.stack, [item.path for item in varied])
    except InputError:
        text = "some of what is varied is no number of the stack, so that the search was not refined by derivatives"
        return [], Note("accuracy", text, "optimise")
    found = []
    for k, start in enumerate(starts):
        progress("climb", k, len(starts))
        end = _climb(study, varied, goal, start)
        if end is not None:
            found.append(end)
    progress("climb", len(starts), len(starts))
    return found, None


def value_and_slopes(
    study: Study, varied: Sequence[VariedInput], goal: Goal, values: Sequence[float]
) -> tuple[float, Array]:
    """Return a goal and its derivatives by what is varied, per unit of each in SI, (input,).

    Args:
        study: the model.
        varied: its inputs, numbers of the stack.
        goal: one of :data:`SMOOTH`.
        values: [SI], (input,).

    Raises:
        HalodotError: there is no solution.
    """
    paths = [item.path for item in varied]
    result = simulate(with_inputs(study, dict(zip(paths, values)), remarked=False))
    value = result.summary[goal.quantity].value
    if value is None or result.emission is None:
        raise InputError(f"there is no {goal.quantity} here")
    found = sensitivity(result, paths)
    slopes = np.nan_to_num(found.dEQE if goal.quantity == "eqe_max" else found.dL)
    return value, slopes @ _at_the_peak(result, goal)


def _at_the_peak(result: Result, goal: Goal) -> Array:
    """Return the weights of the voltages whose curves make the goal, (voltage,)."""
    assert result.emission is not None
    weights = np.zeros(result.emission.eqe.size)
    if goal.quantity == "luminance_max":
        weights[int(np.nanargmax(result.emission.luminance))] = 1.0
        return weights
    peak = peak_efficiency(result.emission)
    assert peak is not None
    weights[peak.near] += 1.0 - peak.share
    weights[peak.far] += peak.share
    return weights


def _climb(study: Study, varied: Sequence[VariedInput], goal: Goal, start: tuple[float, ...]) -> Reached | None:
    """Return the end of a climb, None where it did not get anywhere."""
    best: list[Reached] = []

    def downhill(place: Array) -> tuple[float, Array]:
        values = tuple(_at(item, x) for item, x in zip(varied, place))
        try:
            value, slopes = value_and_slopes(study, varied, goal, values)
        except HalodotError:
            return 0.0, np.zeros(len(varied))
        if not best or value > best[0][1][0]:
            best[:] = [(values, (value,))]
        by_place = np.array([_per_place(item, v) for item, v in zip(varied, values)])
        first.append(abs(value) or 1.0)
        scale = first[0]
        return -value / scale, -slopes * by_place / scale

    first: list[float] = []
    place = np.array([item.place(value) for item, value in zip(varied, start)])
    options = {"maxfun": _MOST, "ftol": _ENDS}
    minimize(downhill, place, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(varied), options=options)  # type: ignore[call-overload]
    return best[0] if best else None


def _at(item: VariedInput, place: float) -> float:
    """Return the value [SI] at a place between the limits, without the digits of a bench."""
    if item.logarithmic:
        return float(min(max(item.low * (item.high / item.low) ** place, item.low), item.high))
    return float(item.low + place * (item.high - item.low))


def _per_place(item: VariedInput, value: float) -> float:
    return value * math.log(item.high / item.low) if item.logarithmic else item.high - item.low
