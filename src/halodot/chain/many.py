"""Many studies at once, one on each core."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from halodot.chain.simulate import simulate
from halodot.errors import ConvergenceError, InputError, Problem, ValidityError
from halodot.results.data import Result
from halodot.study import Study
from halodot.versions import versions


def simulate_many(studies: Sequence[Study], workers: int | None = None) -> list[Result]:
    """Follow many studies at the same time, each exactly as `simulate` would alone.

    The solvers run in compiled code that holds no lock of the interpreter, so that threads share the cores and
    nothing is copied between them. A study that cannot be followed marks its own result and no other.

    Args:
        studies: what to compute, in any mixture.
        workers: how many at a time; as many as there are cores when not given.

    Returns:
        One result for each study, in their order. Where the study cannot be used, is outside what the models are valid
        for or has no solution, ``failure`` says why and what could not be computed is None.

    Raises:
        InputError: one of them is no study, or there is no worker.
    """
    strange = [
        Problem(f"simulate_many takes studies, not a {type(study).__name__}", f"studies[{k}]")
        for k, study in enumerate(studies)
        if not isinstance(study, Study)
    ]
    if workers is not None and workers < 1:
        strange.append(Problem("must be at least 1", "workers"))
    if strange:
        raise InputError(strange)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return list(pool.map(_lane, studies))


def _lane(study: Study) -> Result:
    """Return the result of one study, or what is wrong with it."""
    try:
        return simulate(study)
    except (InputError, ValidityError, ConvergenceError) as error:
        return Result(study=study, failure=str(error), versions=versions())
