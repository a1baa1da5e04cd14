"""Follows drawn inputs through the chain on all cores, taking over what the draw does not touch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from halodot.arrays import Array
from halodot.chain.simulate import same, simulate
from halodot.errors import HalodotError
from halodot.learn.conditions import Condition, Series
from halodot.learn.priors import Prior
from halodot.learn.processes import in_processes
from halodot.results.data import Result
from halodot.study import Study, with_inputs
from halodot.versions import versions

Reader = Callable[[Series], Mapping[str, float]]
Run = Callable[[Array, tuple[str, ...]], "list[Outcome]"]


@dataclass(frozen=True, eq=False)
class Cases:
    """All that a process needs to follow a draw."""

    studies: Mapping[str, Study]
    prior: Prior
    conditions: tuple[Condition, ...]
    reader: Reader

    @property
    def needed(self) -> tuple[str, ...]:
        """The studies from which the conditions are read."""
        named = {name for item in self.conditions for name in (item.samples or tuple(self.studies))}
        return tuple(name for name in self.studies if name in named)

    @property
    def have_residuals(self) -> bool:
        """Whether every condition says by how much it is missed."""
        return all(item.residuals is not None for item in self.conditions)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What follows from one draw."""

    log_likelihood: float = 0.0
    residuals: Array | None = None  # of all conditions, (row,)
    numbers: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Array] = field(default_factory=dict)  # J, L and EQE by study, (3, voltage)
    failure: str = ""
    unsolved: int = 0  # bias points without a solution, of all studies


@contextmanager
def follow(cases: Cases, workers: int, progress: Callable[[int, int], None] | None = None) -> Iterator[Run]:
    """Give a function that follows draws: coordinates (draw, coordinate) and names of studies to their outcomes.

    Args:
        cases: what is followed.
        workers: processes; one is this process itself.
        progress: called with (done, total).
    """
    done = [0, 0]

    def told(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            done[0] += 1
            if progress:
                progress(done[0], done[1])
            yield outcome

    with in_processes(_outcome, _Follower(cases), workers, chunk=2) as outcomes:

        def followed(coordinates: Array, names: tuple[str, ...]) -> list[Outcome]:
            done[1] += len(coordinates)
            return list(told(outcomes((row, names) for row in cases.prior.values(coordinates))))

        yield followed


class _Follower:
    """Follows draws of a set of cases, each beside the results of the stated numbers and of its own draw."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.central: dict[str, Result] = {}

    def outcome(self, values: Array, names: tuple[str, ...]) -> Outcome:
        """Return what follows from one draw of the inputs [SI], (input,), in some of the studies."""
        results: dict[str, Result] = {}
        try:
            for name in names:
                study = self.cases.studies[name]
                changed = with_inputs(study, self.cases.prior.changes(values, name), remarked=False)
                results[name] = simulate(changed, self._beside(name, results))
                if results[name].failure:
                    return Outcome(-math.inf, failure=_reason(results[name].failure))
            return self._read(results)
        except (HalodotError, ArithmeticError, np.linalg.LinAlgError) as error:
            return Outcome(-math.inf, failure=_reason(str(error)))

    def _beside(self, name: str, results: Mapping[str, Result]) -> Result | None:
        """The result that has most in common: a study of the same dots in this draw, or that of the stated numbers."""
        study = self.cases.studies[name]
        for other, result in results.items():
            if study.recipe is not None and same(self.cases.studies[other].recipe, study.recipe):
                return result
        if name not in self.central:
            try:
                self.central[name] = simulate(study)
            except HalodotError as error:
                self.central[name] = Result(study=study, failure=str(error), versions=versions())
        return self.central[name]

    def _read(self, results: Mapping[str, Result]) -> Outcome:
        """Conditions of which all studies are there, the numbers where all are, and the curves."""
        cases = self.cases
        log_likelihood, residuals = 0.0, []
        for item in cases.conditions:
            seen = {name: results[name] for name in (item.samples or tuple(results)) if name in results}
            log_likelihood += item.log_likelihood(seen)
            if item.residuals is not None:
                residuals.append(item.residuals(seen))
        numbers = cases.reader(results) if set(results) == set(cases.studies) else {}
        return Outcome(
            log_likelihood=log_likelihood,
            residuals=np.concatenate(residuals) if residuals else None,
            numbers=dict(numbers),
            curves={name: _curves(result, cases.studies[name]) for name, result in results.items()},
            unsolved=sum(_unsolved(result) for result in results.values()),
        )


def _outcome(follower: _Follower, task: tuple[Array, tuple[str, ...]]) -> Outcome:
    return follower.outcome(*task)


def _unsolved(result: Result) -> int:
    """How many bias points of a device have no solution."""
    return 0 if result.device_solution is None else int(np.sum(~result.device_solution.converged))


def _curves(result: Result, study: Study) -> Array:
    """J, L and EQE at the voltages of the study, (3, voltage)."""
    found = np.full((3, study.run.voltages.size), math.nan)
    solution, emission = result.device_solution, result.emission
    if solution is not None and solution.voltage.size == found.shape[1]:
        found[0] = solution.current_density
    if emission is not None and emission.voltage.size == found.shape[1]:
        found[1], found[2] = emission.luminance, emission.eqe
    return found


def _reason(message: str) -> str:
    """The first sentence of a message without its numbers, so that equal reasons are counted together."""
    first = message.strip().splitlines()[0] if message.strip() else "no reason given"
    words = [word for word in first.split() if not any(letter.isdigit() for letter in word)]
    return " ".join(words)[:120]
