"""The rows of the scoreboard by draws: all uncertain inputs of the samples at once, meeting the calibrating rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from halodot.learn.calibration import Datum
from halodot.learn.draws import Draws, draws
from halodot.learn.intervals import Interval, interval
from halodot.learn.posterior import ENOUGH
from halodot.paper.calibration import ageing_data, chemistry_data, device_data
from halodot.paper.scoreboard import MEASURED, READERS, Series, logarithmic, read
from halodot.paper.targets import TREATED, Target
from halodot.results.summary import evaluate
from halodot.study import Study

#: draws of a reproduction where no number is said: within three minutes on two cores
USUAL = 40
#: effective draws that judge a row at least: of fewer, less than two lie beyond either end of a 68 % interval
FEWEST = 10
#: seed of the random numbers, so that a scoreboard comes out again
SEED = 1


def drawn_numbers(series: Series) -> dict[str, float]:
    """Read every row as numbers, the colour as two, a statement as 1 where it is true and 0 where it is not."""
    found: dict[str, float] = {}
    for name, value in read(series, without=MEASURED).items():
        if isinstance(value, tuple):
            found[f"{name}x"], found[f"{name}y"] = value
        elif value is not None:
            found[name] = float(value)
    return found


def calibrating_rows(targets: tuple[Target, ...], series: Series, rows: tuple[str, ...]) -> tuple[Datum, ...]:
    """Return the rows that are numbers and have calibrated something, in the order of the evidence.

    Args:
        targets: the paper's results.
        series: the samples at the stated inputs: what the optics add to the peak of the light is taken from there.
        rows: of the evidence.
    """
    by_id = {target.id: target for target in targets}
    shift = evaluate(series[TREATED], "el_peak") - evaluate(series[TREATED], "pl_peak")
    every = (*chemistry_data(by_id, shift), *device_data(by_id), *ageing_data(by_id))
    known = {datum.id: _by_logarithm(datum, by_id[datum.id]) if logarithmic(datum.id) else datum for datum in every}
    return tuple(known[name] for name in rows if name in known)


def _by_logarithm(datum: Datum, target: Target) -> Datum:
    """The same row by the logarithm of its number, as far in its standard deviations where it is close."""
    return replace(datum, residual=partial(_log_residual, target))


def _log_residual(target: Target, series: Series) -> float:
    found, reported = READERS[target.id](series), float(target.reported)
    if not isinstance(found, float) or not found > 0.0:
        return math.nan
    return math.log(found / reported) * reported / float(target.sd)


def draw_rows(
    studies: Mapping[str, Study],
    series: Series,
    targets: tuple[Target, ...],
    count: int = USUAL,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Draws:
    """Draw all uncertain inputs of the samples, what they share once, and read every row from each draw.

    Args:
        studies: the samples by name.
        series: their results at the stated inputs.
        targets: the paper's results.
        count: draws.
        workers: processes; as many as there are cores when not given.
        progress: called with (done, total).
    """
    evidence = studies[TREATED].evidence
    data = calibrating_rows(targets, series, evidence.rows) if evidence is not None else ()
    return draws(studies, count, data, seed=SEED, reader=drawn_numbers, workers=workers, progress=progress)


def judging(found: Draws | None) -> tuple[Draws | None, str]:
    """Return draws where they are enough to judge rows, and in words how many there are and what that means.

    Args:
        found: the draws; None where none were made.
    """
    if found is None:
        return None, "Nothing was drawn: standard deviations follow to first order."
    counted = f"{found.ess:.0f} effective draws of {found.tried} cases, {found.failed} without a solution"
    if found.ess < FEWEST:
        return None, f"Only {counted}: too few to judge a row, so that standard deviations follow to first order."
    few = "" if found.ess >= ENOUGH else f"; with fewer than {ENOUGH:.0f} the ends of the 95 % intervals are noise"
    return found, f"{counted}{few}."


def drawn_intervals(found: Draws, targets: tuple[Target, ...]) -> dict[str, tuple[Interval, ...]]:
    """Return what the draws say of every row that is a number, in its unit; of log-normal ones by the logarithm."""
    intervals: dict[str, tuple[Interval, ...]] = {}
    for target in targets:
        names = [name for name in (target.id, f"{target.id}x", f"{target.id}y") if name in found.quantities]
        if target.test != "value" or not names:
            continue
        columns = [found.numbers[:, found.quantities.index(name)] for name in names]
        intervals[target.id] = tuple(interval(one, found.weights, logarithmic(target.id)) for one in columns)
    return intervals


def drawn_notes(found: Draws, targets: tuple[Target, ...]) -> dict[str, str]:
    """Return what the draws say beside a row: in which share of them a statement holds, or a number exists."""
    notes = {}
    for target in targets:
        if target.id not in found.quantities:
            continue
        drawn = interval(found.numbers[:, found.quantities.index(target.id)], found.weights)
        if target.test in ("boolean", "order") and target.reported in ("true", "false"):
            column = found.numbers[:, found.quantities.index(target.id)]
            notes[target.id] = f"true in {100.0 * float(found.weights @ (column == 1.0)):.0f} % of the draws"
        elif drawn.share < 0.995:
            notes[target.id] = f"reached in {100.0 * drawn.share:.0f} % of the draws"
    return notes
