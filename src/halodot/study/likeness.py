"""Whether two studies describe the same dots, or the same device, however they are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from halodot.paths import root_of
from halodot.states import Dots, Film, Flask, Recipe, Stack, Step, replaced

_ALIKE = 1e-9
#: centrifugal force times time [s] that leaves single dots where they are: less than 1 % of 10 nm dots in hexane
_GENTLE = 1e6
#: radius [m] to which a speed of rotation is read
_ROTOR, _GRAVITY = 0.08, 9.81
#: quantities of the summary that the recipe alone decides
OF_THE_DOTS = frozenset(
    {item.name for state in (Flask, Dots, Film) for item in fields(state)} | {"plqy_first_wash", "film_plqy"}
)


def still_calibrated(quantities: Iterable[str], changed: Iterable[str]) -> tuple[str, ...]:
    """Return which calibrated quantities stay so when some inputs change.

    Other parameters are another model of the same sample; another recipe is another sample, another stack or test
    another device.

    Args:
        quantities: of the summary.
        changed: paths of the inputs.
    """
    roots = {root_of(path) for path in changed if path not in ("run.temperature", "run.humidity")}
    if roots & {"recipe", "given"}:
        return ()
    other_device = bool(roots & {"device", "run"})
    return tuple(name for name in quantities if name in OF_THE_DOTS or not other_device)


def same_stack(one: Stack | None, other: Stack | None) -> bool:
    """Return whether two devices are the same layer by layer, whatever their area or temperature."""
    if one is None or other is None:
        return False
    return alike(*(replaced(stack, area=0.0, temperature=0.0) for stack in (one, other)))


def bare(recipe: Recipe | None) -> Recipe | None:
    """Return a recipe without what the model does not see: places in the text, unused reagents, neutral steps."""
    if recipe is None:
        return None
    stocks = {name: _steps(steps) for name, steps in recipe.stocks.items()}
    pot, film = _steps(recipe.pot), _steps(recipe.film)
    work_up = _steps(tuple(step for step in recipe.work_up if not _neutral(step)))
    named: set[str] = set()
    for step in (*(step for steps in stocks.values() for step in steps), *pot, *work_up, *film):
        named |= {step.material, *(name for name, _ in step.antisolvents)}
    chemicals = {name: chemical for name, chemical in recipe.chemicals.items() if name in named}
    return Recipe(stocks=stocks, pot=pot, work_up=work_up, chemicals=chemicals, film=film)


def _neutral(step: Step) -> bool:
    """Whether a step of a work-up loses no dots in the model."""
    if step.kind == "centrifuge":
        turning = step.rotation**2 * _ROTOR / _GRAVITY
        force = turning if math.isnan(step.centrifugal_force) else step.centrifugal_force
        return step.keep != "solid" and not force * step.duration > _GENTLE
    return step.kind == "filter"


def _steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(replaced(step, where="", antisolvents=tuple(sorted(step.antisolvents))) for step in steps)


def alike(one: Any, other: Any) -> bool:
    """Return whether two values are equal, numbers to 1e-9 of themselves and nan to nan."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        a, b = np.asarray(one), np.asarray(other)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=_ALIKE, atol=0.0, equal_nan=True))
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=_ALIKE) or (math.isnan(one) and math.isnan(other))
    if is_dataclass(one):
        return all(alike(getattr(one, item.name), getattr(other, item.name)) for item in fields(one))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)
