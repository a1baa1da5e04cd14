"""A campaign: a study, what its experiments vary, what they are to reach, and those that were done, in one file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.learn.goals import Goal
from halodot.learn.varied import VariedInput, places_of
from halodot.study import Study

#: most experiments of one batch
MOST = 20


def refuse_batch(batch: int, candidates: int) -> None:
    """Refuse numbers of experiments and of places that cannot be proposed or compared.

    Args:
        batch: experiments that are done together.
        candidates: places between the limits that are compared.

    Raises:
        InputError: there are too few or too many.
    """
    if not 1 <= batch <= MOST:
        raise InputError(Problem(f"{batch} experiments at a time; 1 to {MOST} can be proposed", file="--batch"))
    if not 8 <= candidates <= 4096:
        raise InputError(Problem(f"{candidates} places; 8 to 4096 can be compared", file="--candidates"))


@dataclass(frozen=True)
class Experiment:
    """One experiment that was done."""

    values: tuple[float, ...]  # SI, of what is varied
    measured: tuple[float, ...]  # SI, of the goals, nan where it was not measured
    batch: str = ""
    failed: str = ""  # why, empty where it did not fail
    where: str = ""  # it stands in the files

    @property
    def pending(self) -> bool:
        """Whether nothing is known of it yet: it is under way."""
        return not self.failed and not any(math.isfinite(value) for value in self.measured)


@dataclass(frozen=True)
class RivalCause:
    """One of several explanations between which experiments are to decide."""

    name: str
    changes: tuple[str, ...]  # of the study, path=value


@dataclass(frozen=True)
class TableForm:
    """How the table of the experiments is written, so that rows for it are written alike."""

    delimiter: str
    decimal_comma: bool
    headings: tuple[str, ...]
    holds: tuple[str, ...]  # by heading: the name of an input or a goal, empty for all else
    units: tuple[str, ...]  # by heading


@dataclass(frozen=True, eq=False)
class Campaign:
    """What is varied, what is wanted, and what is known."""

    title: str
    study: Study
    varied: tuple[VariedInput, ...]
    goals: tuple[Goal, ...]
    seed: int
    experiments: tuple[Experiment, ...] = ()
    causes: tuple[RivalCause, ...] = ()
    file: str = ""
    form: TableForm | None = None  # of the table of the experiments, if there is one
    notes: tuple[str, ...] = ()  # on how it was read

    def __repr__(self) -> str:
        """What is varied, what is wanted, and how many experiments there are."""
        names = ", ".join(item.name for item in self.varied)
        wanted = ", ".join(item.words for item in self.goals)
        return f"<Campaign {self.title!r}: {wanted} by {names}; {len(self.experiments)} experiments>"

    @property
    def places(self) -> Array:
        """Where the experiments lie between the limits, 0 to 1, (experiment, input)."""
        return places_of(self.varied, [one.values for one in self.experiments])

    @property
    def measured(self) -> Array:
        """What was measured [SI], nan where an experiment failed, (experiment, goal)."""
        rows = [[math.nan if one.failed else value for value in one.measured] for one in self.experiments]
        return np.array(rows, dtype=float).reshape(len(self.experiments), len(self.goals))

    @property
    def failed(self) -> Array:
        """1 for an experiment that failed, else 0, (experiment,)."""
        return np.array([float(bool(one.failed)) for one in self.experiments])

    @property
    def batches(self) -> tuple[str, ...]:
        """The batch of each experiment."""
        return tuple(one.batch for one in self.experiments)
