"""The best that a model can be set to: one goal or several, under limits, with how flat and how sure the optimum is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from halodot.arrays import Array
from halodot.errors import ConvergenceError, InputError, Problem
from halodot.learn.goal_models import refuse_uncomputed
from halodot.learn.goals import Goal, Limit, read_goal, read_limit
from halodot.learn.optimise_around import Flat, Robust, flat_ranges, under_uncertainty
from halodot.learn.optimise_slopes import climbed
from halodot.learn.suggest_gain import front
from halodot.learn.suggest_model import model_numbers
from halodot.learn.varied import VariedInput, read_varied, values_at
from halodot.results.files import load
from halodot.states import Note
from halodot.study import Study

Progress = Callable[[str, int, int], None]
#: trials where nothing is said, and of one generation
TRIALS, GENERATION = 200, 20
MOST_TRIALS = 20_000
#: draws of the uncertain inputs where nothing is said
DRAWS = 16


@dataclass(frozen=True)
class Trial:
    """One place that was simulated."""

    values: tuple[float, ...]  # SI, of what is varied
    numbers: tuple[float, ...]  # SI, of the goals, nan where there is none
    allowed: bool = True  # whether it keeps every limit
    limited: tuple[float, ...] = ()  # SI, of what is limited, where it was computed


@dataclass(frozen=True, eq=False)
class Optimum:
    """What was found."""

    title: str
    varied: tuple[VariedInput, ...]
    goals: tuple[Goal, ...]
    limits: tuple[Limit, ...]
    seed: int
    trials: tuple[Trial, ...]
    front: tuple[int, ...]  # places among the trials, by the first goal, the best first
    best: int  # the best of one goal, of several the one nearest to the best of each
    present: Trial  # the study as it stands
    flat: tuple[Flat, ...] = ()
    robust: Robust | None = None
    notes: tuple[Note, ...] = field(default=())

    def __repr__(self) -> str:
        """What is best, and where."""
        one = self.trials[self.best]
        where = ", ".join(f"{item.path} {item.text(value)}" for item, value in zip(self.varied, one.values))
        reached = ", ".join(f"{goal.quantity} {goal.text(v)}" for goal, v in zip(self.goals, one.numbers))
        return (
            f"<Optimum of {self.title!r}: {reached} at {where}; {len(self.trials)} trials, {len(self.front)} in front>"
        )


def optimise(
    study: Study | str | PathLike[str],
    goals: Sequence[str],
    vary: Sequence[str],
    limits: Sequence[str] = (),
    *,
    trials: int = TRIALS,
    seed: int = 1,
    draws: int = DRAWS,
    progress: Progress = lambda what, done, total: None,
) -> Optimum:
    """Find what a study is best set to.

    One goal is looked for by a tree of Parzen estimators, several by NSGA-II (optuna); from the best places of one goal
    that has exact derivatives L-BFGS-B climbs on.

    Args:
        study: a study, a file, or a name of the library.
        goals: such as ``eqe_max``, ``minimise roughness`` or ``el_peak = 638 nm``.
        vary: such as ``device.layers.PTAA.thickness=10..60 nm``, with ``:log`` behind it for factors.
        limits: what must hold besides, such as ``turn_on_voltage < 3 V``.
        trials: simulations of the search.
        seed: of all chance.
        draws: of the uncertain inputs, under which the best places are compared; 0 for none.
        progress: called with what is done, how much of it, and of how much.

    Returns:
        Every trial, the front, how flat the optimum is, and the optimum under uncertainty beside it.

    Raises:
        InputError: a goal, an input or a limit cannot be used, the study computes no such number, or optuna is missing.
        ConvergenceError: no trial has all goals and keeps all limits.
    """
    loaded = study if isinstance(study, Study) else load(study)
    asked = _asked(loaded, goals, vary, limits)
    refuse_sizes(trials, draws, seed)
    refuse_uncomputed(loaded, [goal.quantity for goal in asked.goals], "--goal")
    refuse_uncomputed(loaded, [limit.quantity for limit in asked.limits], "--limit")
    found = _searched(asked, trials, seed, progress)
    if not any(one.allowed for one in found):
        raise ConvergenceError(f"none of {len(found)} trials is allowed: {'; '.join(_why_none(asked, found))}")
    notes: tuple[Note, ...] = ()
    if len(asked.goals) == 1:
        more, note = climbed(loaded, asked.varied, asked.goals[0], _best_few(asked, found), progress)
        found += [Trial(values, numbers, asked.keeps(values, numbers)) for values, numbers in more]
        notes = (note,) if note else ()
    return _told(asked, found, notes, (draws, seed), progress)


def _why_none(asked: _Asked, found: Sequence[Trial]) -> Iterator[str]:
    """Yield which goal no trial gives, and which limit is missed by how much at least."""
    count = len(found)
    for k, goal in enumerate(asked.goals):
        given = sum(math.isfinite(one.numbers[k]) for one in found)
        if given < count:
            yield f"{f'{given} of them give' if given else 'none gives'} {goal.quantity}"
    for k, limit in enumerate(asked.limits):
        numbers = [one.limited[k] for one in found if math.isfinite(one.limited[k])]
        if not numbers:
            yield f"none gives {limit.quantity}, which is limited"
            continue
        closest = min(numbers, key=limit.excess)
        kept = sum(limit.excess(v) <= 0.0 for v in numbers)
        told = (
            f"{kept} of them keep it" if kept else f"the closest has {limit.shown(closest)}, {limit.gap(closest)} off"
        )
        yield f"{limit.text}: {told}"
    yield "widen what is varied or limited"


def refuse_sizes(trials: int, draws: int, seed: int) -> None:
    """Refuse numbers of trials and draws that cannot be made, and what is no seed.

    Args:
        trials: simulations of the search.
        draws: of the uncertain inputs.
        seed: of all chance.

    Raises:
        InputError: with the first of them.
    """
    if not 1 <= trials <= MOST_TRIALS:
        raise InputError(Problem(f"{trials} trials; 1 to {MOST_TRIALS} can be made", file="--trials"))
    if not 0 <= draws <= 2000:
        raise InputError(Problem(f"{draws} draws; 0 to 2000 can be made", file="--draws"))
    if not 0 <= seed < 2**32:
        raise InputError(Problem(f"{seed} is no seed; write a whole number from 0 on", file="--seed"))


def _told(
    asked: _Asked, found: Sequence[Trial], notes: tuple[Note, ...], draws: tuple[int, int], progress: Progress
) -> Optimum:
    """Return the optimum among trials, with what lies around it."""
    served = _served(asked, found)
    ahead = tuple(int(k) for k in sorted(front(served), key=lambda k: -served[k, 0]))
    best = ahead[0] if len(asked.goals) == 1 else _compromise(served, ahead)
    progress("around", 0, 1)
    flat = flat_ranges(asked.study, asked.varied, asked.goals, found[best].values)
    present = tuple(asked.study.inputs[item.path].value for item in asked.varied)
    numbers = tuple(map(float, _numbers(asked, [present], None)[0][: len(asked.goals)]))
    progress("around", 1, 1)
    robust = None
    if draws[0]:
        places = [found[k].values for k in _contenders(served, ahead, best)]
        robust = under_uncertainty(asked.study, asked.varied, asked.goals, places, draws, progress)
    return Optimum(
        asked.study.title,
        asked.varied,
        asked.goals,
        asked.limits,
        draws[1],
        tuple(found),
        ahead,
        best,
        Trial(present, numbers),
        flat,
        robust,
        notes,
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is looked for."""

    study: Study
    varied: tuple[VariedInput, ...]
    goals: tuple[Goal, ...]
    limits: tuple[Limit, ...]

    @property
    def quantities(self) -> list[str]:
        """Names of the goals and of what is limited."""
        return [goal.quantity for goal in self.goals] + [limit.quantity for limit in self.limits]

    def broken(self, numbers: Sequence[float]) -> list[float]:
        """Return by how much each limit is broken, from all numbers; much where there is no number."""
        own = numbers[len(self.goals) :]
        return [limit.excess(v) if math.isfinite(v) else 1e3 for limit, v in zip(self.limits, own)]

    def check(self, numbers: Sequence[float]) -> bool:
        """Whether all numbers exist and every limit is kept."""
        return all(map(math.isfinite, numbers)) and all(one <= 0.0 for one in self.broken(numbers))

    def keeps(self, values: tuple[float, ...], numbers: Sequence[float]) -> bool:
        """Whether a place that was reached otherwise keeps every limit."""
        if not self.limits:
            return all(map(math.isfinite, numbers))
        return self.check([float(v) for v in _numbers(self, [values], None)[0]])


def _asked(study: Study, goals: Sequence[str], vary: Sequence[str], limits: Sequence[str]) -> _Asked:
    """Return what is looked for, or raise with everything that is wrong with it."""
    problems: list[Problem] = []

    def tried(read: Callable[[str], Any], texts: Sequence[str]) -> tuple[Any, ...]:
        found = []
        for text in texts:
            try:
                found.append(read(text))
            except InputError as error:
                problems.extend(error.problems)
        return tuple(found)

    wanted, kept = tried(read_goal, goals), tried(read_limit, limits)
    varied = tried(lambda text: read_varied(text, study), vary)
    if not goals:
        problems.append(Problem("no goal is stated; write such as --goal eqe_max", file="--goal"))
    if not vary:
        problems.append(
            Problem("nothing is varied; write such as device.layers.PTAA.thickness=10..60 nm", file="--vary")
        )
    names = [goal.quantity for goal in wanted]
    problems += [
        Problem(f"{name} is a goal twice", file="--goal") for name in sorted({n for n in names if names.count(n) > 1})
    ]
    paths = [item.path for item in varied]
    problems += [Problem("is varied twice", p, "--vary") for p in sorted({p for p in paths if paths.count(p) > 1})]
    if problems:
        raise InputError(problems)
    return _Asked(study, varied, wanted, kept)


def _numbers(asked: _Asked, values: Sequence[Sequence[float]], workers: int | None) -> Array:
    return model_numbers(asked.study, asked.varied, values, asked.quantities, workers)


def _searched(asked: _Asked, trials: int, seed: int, progress: Progress) -> list[Trial]:
    """Return the trials of a search, a generation at a time, so that the cores are filled."""
    optuna = _optuna()
    found: list[Trial] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is experimental in optuna
        if len(asked.goals) == 1:
            sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
        else:
            sampler = optuna.samplers.NSGAIISampler(seed=seed, population_size=GENERATION)
        search = optuna.create_study(directions=["maximize"] * len(asked.goals), sampler=sampler)
        while len(found) < trials:
            progress("search", len(found), trials)
            made = [search.ask() for _ in range(min(GENERATION, trials - len(found)))]
            places = [[one.suggest_float(item.path, 0.0, 1.0) for item in asked.varied] for one in made]
            values = [values_at(asked.varied, np.array(place)) for place in places]
            for one, value, numbers in zip(made, values, _numbers(asked, values, None)):
                own = tuple(map(float, numbers[: len(asked.goals)]))
                for limit, excess in zip(asked.limits, asked.broken(numbers)):
                    one.set_constraint(limit.text, float(excess))
                solved = all(map(math.isfinite, own))
                state = None if solved else optuna.trial.TrialState.FAIL
                search.tell(
                    one, [served(goal, v) for goal, v in zip(asked.goals, own)] if solved else None, state=state
                )
                limited = tuple(map(float, numbers[len(asked.goals) :]))
                found.append(Trial(value, own, asked.check([float(v) for v in numbers]), limited))
    progress("search", trials, trials)
    return found


def served(goal: Goal, value: float) -> float:
    """Return how well a number [SI] serves a goal, more is better, of its logarithm where that is judged."""
    scaled = math.log(value) if goal.logarithmic and value > 0.0 else value
    if goal.kind == "target":
        return -abs(scaled - (math.log(goal.target) if goal.logarithmic else goal.target))
    return scaled if goal.kind == "maximise" else -scaled


def _served(asked: _Asked, found: Sequence[Trial]) -> Array:
    """Return how well every trial serves the goals, nan where it is not allowed, (trial, goal)."""
    return np.array(
        [[served(goal, v) if one.allowed else math.nan for goal, v in zip(asked.goals, one.numbers)] for one in found]
    )


def _best_few(asked: _Asked, found: Sequence[Trial], count: int = 2) -> list[tuple[float, ...]]:
    order = np.argsort(-np.nan_to_num(_served(asked, found)[:, 0], nan=-math.inf), kind="stable")
    return [found[int(k)].values for k in order[:count] if found[int(k)].allowed]


def _compromise(served: Array, ahead: Sequence[int]) -> int:
    """Return the place of the front that is nearest to the best of every goal, each over the span of the front."""
    own = served[list(ahead)]
    span = np.where(np.ptp(own, axis=0) > 0.0, np.ptp(own, axis=0), 1.0)
    return ahead[int(np.argmin(np.sum(((own.max(axis=0) - own) / span) ** 2, axis=1)))]


def _contenders(served: Array, ahead: Sequence[int], best: int, count: int = 8) -> list[int]:
    """Return the places that are compared under uncertainty: the best first, then of the front or the best trials."""
    others = (
        list(ahead) if served.shape[1] > 1 else [int(k) for k in np.argsort(-np.nan_to_num(served[:, 0], nan=-1e300))]
    )
    others = [k for k in others if k != best and np.all(np.isfinite(served[k]))]
    spread = np.linspace(0, len(others) - 1, min(count - 1, len(others))) if served.shape[1] > 1 else range(count - 1)
    return [best, *dict.fromkeys(others[round(float(k))] for k in spread if round(float(k)) < len(others))]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        message = "this needs optuna, which is not installed; install it with: pip install 'halodot[optimise]'"
        raise InputError(Problem(message)) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
