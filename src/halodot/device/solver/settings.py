"""The knobs of the device solver: what a study may set under ``run.solver``, why each stands where it does, and limits.

Everything else that steers the solver is a constant beside the code that uses it.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, Field, field, fields
from typing import Any

from halodot.errors import Problem
from halodot.states import state


def _knob(unit: str, about: str, default: float, low: float, high: float, reason: str) -> Any:
    """Declare a knob.

    Args:
        unit: SI unit, "1" for a pure number or a count.
        about: what it does, in words for a table.
        default: its value where a study says nothing.
        low: smallest value that is taken.
        high: largest value that is taken.
        reason: why the default is what it is.
    """
    return field(default=default, metadata={"unit": unit, "about": about, "low": low, "high": high, "reason": reason})


@state
class SolverSettings:
    """How the device equations are solved; the defaults solve every ordinary device."""

    newton_iterations: int = _knob(
        "1",
        "Newton iterations at one point before a shorter step is tried",
        *(60, 1, 10_000),
        "ordinary points take 4 to 15; where 60 do not help, a step a third as long is cheaper",
    )
    equilibrium_iterations: int = _knob(
        "1",
        "Newton iterations for the equilibrium in the dark at 0 V",
        *(1000, 1, 1_000_000),
        "this point has one solution and everything starts from it, so that it is worth the wait",
    )
    update_tolerance: float = _knob(
        "1",
        "largest last update of a potential or level, in kT",
        *(1e-7, 1e-13, 1e-3),
        "the next update would be its square; rounding of levels is some 1e-13",
    )
    residual_tolerance: float = _knob(
        "1",
        "largest residual of an equation over its largest term",
        *(1e-9, 1e-15, 1e-3),
        "a hundred times the rounding of the terms that a residual is the difference of",
    )
    continuity_tolerance: float = _knob(
        "1",
        "largest sum of what the continuity equations lose, over the current",
        *(1e-10, 1e-15, 1e-3),
        "the same current then leaves a device as enters it, to ten digits",
    )
    largest_update: float = _knob(
        "1",
        "longest step of a potential or level in one iteration, in kT",
        *(4.0, 0.1, 100.0),
        "a density then changes by no more than a factor of 50, within reach of its linearisation",
    )
    first_voltage_step: float = _knob(
        "V",
        "first step of the voltage from a solved point",
        *(0.1, 1e-9, 1e3),
        "four kT/q: there is no extrapolation yet",
    )
    longest_voltage_step: float = _knob(
        "V",
        "longest step of the voltage",
        *(1.0, 1e-9, 1e3),
        "an LED turns on within a volt, and what happens there must not be passed over",
    )
    shortest_voltage_step: float = _knob(
        "V",
        "step of the voltage below which the branch counts as ended and pseudo-transient continuation takes over",
        *(1e-4, 1e-12, 1e3),
        "a 250th of kT/q: nothing but the end of a branch changes within it",
    )
    step_growth: float = _knob(
        "1",
        "by how much a step of the voltage may grow after a success",
        *(2.0, 1.0, 100.0),
        "an extrapolation that held over a step mostly holds over the next two",
    )
    step_reduction: float = _knob(
        "1",
        "by how much a step shrinks after a failure",
        *(3.0, 1.01, 1000.0),
        "more than the growth, so that a step that failed is not tried again at once",
    )
    transient_iterations: int = _knob(
        "1",
        "Newton iterations after which pseudo-transient continuation is given up",
        *(20_000, 1, 10_000_000),
        "devices that reach a steady state do so within some 2000; a few seconds",
    )
    failed_voltages: int = _knob(
        "1",
        "voltages in a row that may fail before the rest of a sweep is given up",
        *(3, 1, 10_001),
        "behind one bad point the curve mostly goes on; behind three it does not",
    )
    temperature_tolerance: float = _knob(
        "K",
        "largest error of the temperature of a device that warms itself",
        *(1e-3, 1e-9, 10.0),
        "changes a current by some 1e-4, below the error of the grid",
    )


#: In which order three of the knobs must be.
_STEPS = ("shortest_voltage_step", "first_voltage_step", "longest_voltage_step")


def knobs() -> tuple[Field[Any], ...]:
    """Return the fields of `SolverSettings`; their metadata has unit, about, low, high and reason."""
    return fields(SolverSettings)


def is_count(knob: Field[Any]) -> bool:
    """Return whether a knob is a whole number."""
    assert knob.default is not MISSING
    return isinstance(knob.default, int)


def out_of_limits(name: str, value: float) -> str:
    """Return what is wrong with the value of a knob, nothing where it is within its limits.

    Args:
        name: of the knob.
        value: [SI].
    """
    knob = next(one for one in knobs() if one.name == name)
    low, high, unit = knob.metadata["low"], knob.metadata["high"], knob.metadata["unit"]
    if math.isfinite(value) and low <= value <= high:
        return ""
    return f"must be from {low:g} to {high:g}" + ("" if unit == "1" else f" {unit}")


def check_settings(settings: SolverSettings) -> list[Problem]:
    """Return what is wrong with settings: every knob that is outside of its limits, and steps in a wrong order.

    Args:
        settings: to be checked.
    """
    problems = [
        Problem(text, f"run.solver.{knob.name}")
        for knob in knobs()
        if (text := out_of_limits(knob.name, getattr(settings, knob.name)))
    ]
    shortest, first, longest = (getattr(settings, name) for name in _STEPS)
    if not problems and not shortest <= first <= longest:
        text = f"{', '.join(_STEPS)} must not fall ({shortest:g}, {first:g} and {longest:g} V)"
        problems.append(Problem(text, "run.solver"))
    return problems
