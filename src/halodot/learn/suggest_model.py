"""What the model says of experiments: the numbers of a study at many places between the limits."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence

import numpy as np

from halodot.arrays import Array
from halodot.chain.many import simulate_many
from halodot.errors import InputError
from halodot.learn.varied import VariedInput
from halodot.results.data import Result
from halodot.study import Study, with_inputs

Progress = Callable[[int, int], None]


def model_numbers(
    study: Study,
    varied: Sequence[VariedInput],
    values: Sequence[Sequence[float]],
    quantities: Sequence[str],
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Array:
    """Return numbers of the summary [SI] at many values of what is varied, nan where the model gives none.

    Args:
        study: the model.
        varied: its inputs.
        values: of each of them [SI], (row, input).
        quantities: names of numbers of the summary.
        workers: how many at a time; as many as there are cores when not given.
        progress: called with the number of rows that are done, and that of all.

    Returns:
        (row, quantity).
    """
    found = np.full((len(values), len(quantities)), math.nan)
    batch = 8 * (workers or os.cpu_count() or 1)
    for start in range(0, len(values), batch):
        progress(start, len(values))
        places, studies = [], []
        for place in range(start, min(start + batch, len(values))):
            try:
                changed = {item.path: value for item, value in zip(varied, values[place])}
                studies.append(with_inputs(study, changed, remarked=False))
                places.append(place)
            except InputError:  # values that the study refuses have no numbers
                continue
        for place, result in zip(places, simulate_many(studies, workers)):
            found[place] = [_number(result, name) for name in quantities]
    progress(len(values), len(values))
    return found


def _number(result: Result, name: str) -> float:
    if result.failure or (result.flask is not None and not result.flask.survived):
        return math.nan
    entry = result.summary.get(name)
    return math.nan if entry is None or entry.value is None else entry.value
