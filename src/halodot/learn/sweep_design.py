"""Which points a large sweep has: every combination of values, or a design that fills the space between ends."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halodot.arrays import Array
from halodot.errors import InputError, Problem
from halodot.learn.sweep_values import SweptInput, SweptRange

#: designs by their names, with what they are
DESIGNS = {"lhs": "a Latin hypercube", "sobol": "a Sobol sequence"}
#: points of a store, whose numbers are held in memory while they are computed
MOST_STORED = 200_000
Axis = SweptInput | SweptRange


@dataclass(frozen=True, eq=False)
class Design:
    """Every point of a sweep."""

    kind: str  # "grid", "lhs" or "sobol"
    axes: tuple[Axis, ...]
    shape: tuple[int, ...]  # of the grid, else the number of points
    texts: tuple[tuple[str, ...], ...]  # by point, the value of each input as a change of the study takes it
    numbers: Array  # (point, input), the same in the units of the inputs; the place in the list for words
    seed: int = 0

    @property
    def paths(self) -> tuple[str, ...]:
        """What is varied."""
        return tuple(axis.path for axis in self.axes)

    def __str__(self) -> str:
        """The design in words."""
        if self.kind == "grid":
            return f"a grid of {' x '.join(map(str, self.shape))}"
        return f"{DESIGNS[self.kind]} of {len(self.texts)} points with the seed {self.seed}"


def grid(axes: Sequence[SweptInput]) -> Design:
    """Return every combination of the values of some inputs; the last changes fastest.

    Raises:
        InputError: there are too many.
    """
    shape = tuple(len(axis.texts) for axis in axes)
    _check_count(math.prod(shape))
    places = list(itertools.product(*map(range, shape)))
    texts = tuple(tuple(axis.texts[k] for axis, k in zip(axes, row)) for row in places)
    numbers = [[axis.numbers[k] if axis.numbers else float(k) for axis, k in zip(axes, row)] for row in places]
    return Design("grid", tuple(axes), shape, texts, np.array(numbers, dtype=float))


def sampled(kind: str, axes: Sequence[Axis], samples: int, seed: int) -> Design:
    """Return points that fill the space between the ends of some inputs.

    Args:
        kind: "lhs" or "sobol".
        axes: ranges; of an input with single values each stands for an equal share.
        samples: points.
        seed: of the design; the same seed gives the same points.

    Raises:
        InputError: there is no such design, there are no points or too many, or the seed is below 0.
    """
    refuse_design(kind, samples, seed)
    from scipy.stats import qmc

    generator = np.random.default_rng(seed)
    engine = qmc.Sobol(len(axes), seed=generator) if kind == "sobol" else qmc.LatinHypercube(len(axes), seed=generator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a Sobol sequence whose length is no power of two
        shares = engine.random(samples)
    values = [[_at(axis, float(share)) for axis, share in zip(axes, row)] for row in shares]
    texts = tuple(tuple(text for text, _ in row) for row in values)
    return Design(
        kind, tuple(axes), (samples,), texts, np.array([[number for _, number in row] for row in values]), seed
    )


def refuse_design(kind: str | None, samples: int | None, seed: int | None) -> None:
    """Refuse what no design can be drawn by; what is None is not given.

    Args:
        kind: its name.
        samples: points.
        seed: of the design.

    Raises:
        InputError: there is no such design, there are no points or too many, or the seed is below 0.
    """
    if samples is None:
        for name, value in (("design", kind), ("seed", seed)):
            if value is not None:
                message = "is of a design, which needs the number of its points; write --samples too"
                raise InputError(Problem(message, file=f"--{name}"))
        return
    if kind is not None and kind not in DESIGNS:
        raise InputError(Problem(f"{kind!r} is no design; there are {' and '.join(DESIGNS)}", file="--design"))
    if samples < 1:
        raise InputError(Problem(f"{samples} points cannot be drawn; write 1 or more", file="--samples"))
    if seed is not None and seed < 0:
        raise InputError(Problem(f"{seed} is below 0; write a whole number from 0 on", file="--seed"))
    _check_count(samples)


def _at(axis: Axis, share: float) -> tuple[str, float]:
    if isinstance(axis, SweptRange):
        return axis.at(share)
    place = min(int(share * len(axis.texts)), len(axis.texts) - 1)
    return axis.texts[place], axis.numbers[place] if axis.numbers else float(place)


def _check_count(count: int) -> None:
    if count > MOST_STORED:
        message = f"{count} points are too many for one store; {MOST_STORED} points at most, write fewer values"
        raise InputError(Problem(message, file="--vary"))
