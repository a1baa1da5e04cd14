"""What lies around an optimum: how far each input may go, and what the uncertain inputs leave of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.learn.draws import drawn_inputs
from halodot.learn.goals import Goal
from halodot.learn.suggest_model import model_numbers
from halodot.learn.varied import VariedInput
from halodot.study import Study, with_inputs

#: the loss that counts as flat, of the number itself
LOSS = 0.01
#: points on either side of an optimum, at shares of the way to the limit
_STEPS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)


@dataclass(frozen=True)
class Flat:
    """How far one input may go alone until a goal has lost 1 %."""

    path: str
    low: float  # SI
    high: float
    at_limit: bool  # whether the optimum lies on a limit of what is varied


@dataclass(frozen=True, eq=False)
class Robust:
    """Some places under draws of the uncertain inputs, the nominal optimum first."""

    values: tuple[tuple[float, ...], ...]  # SI, (place, input)
    numbers: Array  # SI, nan where a draw has none, (place, draw, goal)
    best: int  # of the highest mean, where a draw without a solution counts as the worst of all

    def seen(self, place: int, goal: int) -> Array:
        """Return a goal at a place under the draws that have one [SI]."""
        own = self.numbers[place, :, goal]
        return np.asarray(own[np.isfinite(own)])

    def interval(self, place: int, goal: int) -> tuple[float, float, float]:
        """Return the median and the ends of the central 68 % of a goal at a place [SI], nan where no draw has one."""
        seen = self.seen(place, goal)
        if not seen.size:
            return math.nan, math.nan, math.nan
        low, middle, high = np.quantile(seen, (0.16, 0.5, 0.84))
        return float(middle), float(low), float(high)


def flat_ranges(
    study: Study, varied: Sequence[VariedInput], goals: Sequence[Goal], best: Sequence[float]
) -> tuple[Flat, ...]:
    """Return how far each input may go alone until one of the goals has lost 1 % of its value.

    Args:
        study: the model.
        varied: its inputs.
        goals: what counts.
        best: the optimum [SI], (input,).
    """
    rows: list[tuple[float, ...]] = [tuple(best)]
    for k, item in enumerate(varied):
        for end in (item.low, item.high):
            rows += [(*best[:k], best[k] + share * (end - best[k]), *best[k + 1 :]) for share in _STEPS]
    numbers = model_numbers(study, varied, rows, [goal.quantity for goal in goals])
    lost = np.max(np.column_stack([_loss(goal, numbers[:, g]) for g, goal in enumerate(goals)]), axis=1)
    lost = np.where(np.isfinite(lost), lost, math.inf)[1:].reshape(len(varied), 2, len(_STEPS))
    found = []
    for k, item in enumerate(varied):
        low = _reach(best[k], item.low, lost[k, 0])
        high = _reach(best[k], item.high, lost[k, 1])
        edge = 1e-3 * (item.high - item.low)
        found.append(
            Flat(item.path, float(low), float(high), bool(min(best[k] - item.low, item.high - best[k]) < edge))
        )
    return tuple(found)


def _loss(goal: Goal, numbers: Array) -> Array:
    """Return which share of its value a goal has lost against the first number, for a target of its distance too."""
    if goal.kind == "target":
        off = np.abs(numbers - goal.target)
        size = min(abs(goal.target), abs(numbers[0])) or 1.0  # a target far off makes no loss small
        return np.asarray((off - off[0]) / size)
    change = (numbers - numbers[0]) / abs(numbers[0] or 1.0)
    return np.asarray(-change if goal.kind == "maximise" else change)


def _reach(start: float, end: float, lost: Array) -> float:
    """Return where the loss first passes 1 % on the way to a limit, straight between the points."""
    before, at = 0.0, 0.0
    for share, loss in zip(_STEPS, lost):
        if loss > LOSS:
            part = (LOSS - before) / (loss - before) if math.isfinite(loss) else 0.0
            return start + (at + part * (share - at)) * (end - start)
        before, at = float(loss), share
    return end


def under_uncertainty(
    study: Study,
    varied: Sequence[VariedInput],
    goals: Sequence[Goal],
    places: Sequence[tuple[float, ...]],
    draws: tuple[int, int],
    progress: Callable[[str, int, int], None],
) -> Robust:
    """Return what the uncertain inputs leave of some places, each under the same draws.

    Args:
        study: the model; what is varied is not drawn.
        varied: its inputs.
        goals: what counts.
        places: values [SI], the nominal optimum first.
        draws: how many, and their seed.
        progress: called with what is done.
    """
    own = {item.path for item in varied}
    changes = [{path: value for path, value in one.items() if path not in own} for one in drawn_inputs(study, *draws)]
    numbers = np.full((len(places), len(changes), len(goals)), math.nan)
    for k, one in enumerate(changes):
        progress("draws", k, len(changes))
        drawn = with_inputs(study, one, remarked=False)
        numbers[:, k] = model_numbers(drawn, varied, places, [goal.quantity for goal in goals])
    progress("draws", len(changes), len(changes))
    return Robust(tuple(places), numbers, _most_on_average(goals, numbers))


def _most_on_average(goals: Sequence[Goal], numbers: Array) -> int:
    total = np.zeros(len(numbers))
    for g, goal in enumerate(goals):
        own = numbers[:, :, g]
        own = np.abs(own - goal.target) if goal.kind == "target" else own
        own = np.log(own) if goal.logarithmic and goal.kind != "target" else own
        own = own if goal.kind == "maximise" else -own
        if not np.any(np.isfinite(own)):
            continue
        filled = np.where(np.isfinite(own), own, np.nanmin(own))
        span = float(np.std(filled)) or 1.0
        total += filled.mean(axis=1) / span
    return int(np.argmax(total))
