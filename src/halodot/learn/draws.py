"""Uncertainty by draws: all uncertain inputs of studies drawn together and followed through the whole chain."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from halodot.arrays import Array, BoolArray
from halodot.errors import InputError, Problem
from halodot.learn.conditions import Condition, condition_of
from halodot.learn.drawn_cases import Cases, Outcome, Reader, Run, follow
from halodot.learn.evidence_data import before_the_data, linear_evidence, linear_rows, marginal, some_of
from halodot.learn.intervals import Interval, bands, interval
from halodot.learn.moves import STEPS, moved_draws
from halodot.learn.posterior import ENOUGH, Evaluated, LinearData, linearised, no_data, resampled, sample_posterior
from halodot.learn.priors import Prior, UncertainInput, prior_of
from halodot.learn.sensitivity import summary_numbers
from halodot.results.data import Result
from halodot.results.summary import QUANTITIES
from halodot.states import Note, replaced
from halodot.states.described import described
from halodot.study import Study

Progress = Callable[[int, int], None]
#: draws at most, as a multiple of those that are wanted, until there are enough effective ones
_PATIENCE = 20
#: rows of a calibration from which their weights would degenerate, so that each draw is led to them
_MANY_ROWS = 4
#: share of failed draws that is worth a remark
_MANY_FAILED = 0.05


@dataclass(frozen=True, eq=False)
class DrawnCurves:
    """The curves of one study in every draw; nan where a draw has no solution."""

    voltage: Array  # V, (voltage,)
    current_density: Array  # A/m2, (draw, voltage)
    luminance: Array  # cd/m2, (draw, voltage)
    eqe: Array  # 1, (draw, voltage)


@dataclass(frozen=True, eq=False)
class Draws:
    """Weighted draws of the inputs of studies, and what follows from each."""

    inputs: tuple[UncertainInput, ...]
    values: Array  # SI, (draw, input)
    quantities: tuple[str, ...]
    numbers: Array  # SI, or as the reader gives them, (draw, quantity); nan where a draw has none
    weights: Array  # add up to 1, (draw,)
    ess: float  # effective sample size
    curves: Mapping[str, DrawnCurves]  # by study; of one study alone under ""
    tried: int  # draws that were followed for the conditions
    failures: Mapping[str, int]  # of the draws that were tried, by reason
    conditions: tuple[str, ...] = ()
    seed: int = 0
    grid: str = ""  # in words, on which grids the draws were solved
    notes: tuple[Note, ...] = ()
    logarithmic: Collection[str] = field(default_factory=frozenset)  # quantities that are judged by their logarithm

    def __repr__(self) -> str:
        """Kind, numbers and sizes in three lines."""
        return described(self)

    def interval(self, quantity: str) -> Interval:
        """Return median, 68 and 95 % interval of a quantity, in SI or as the reader gives it."""
        column = self.numbers[:, self.quantities.index(quantity)]
        return interval(column, self.weights, quantity in self.logarithmic)

    def input_interval(self, path: str) -> Interval:
        """Return median, 68 and 95 % interval of an input [SI]."""
        (column, *_) = (k for k, item in enumerate(self.inputs) if item.path == path)
        return interval(self.values[:, column], self.weights, self.inputs[column].logarithmic)

    def band(self, curve: str, study: str = "") -> Array:
        """Return the quantiles 2.5, 16, 50, 84 and 97.5 % of a curve at every voltage, SI, (bound, voltage)."""
        return bands(getattr(self.curves[study], curve), self.weights)

    @property
    def failed(self) -> int:
        """How many of the draws that were tried have no solution."""
        return sum(self.failures.values())


def draws(
    of: Study | Result | Mapping[str, Study],
    count: int,
    condition: Sequence[Any] = (),
    *,
    seed: int = 1,
    inputs: Collection[str] = (),
    reader: Reader | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Draws:
    """Draw all uncertain inputs from their ranges together and follow every draw through the chain.

    Where the studies rest on a calibration with evidence, draws are from its posterior to first order; a condition that
    is one of its rows counts as it is and not to first order. Draws with conditions have weights; more are made until
    100 are effective, and what the result says if they are not is among its ``notes``.

    Args:
        of: a study, a result whose study is meant, or several studies by name.
        count: draws; with conditions on one study, at least.
        condition: what the draws have to agree with, see :func:`halodot.learn.conditions.condition_of`.
        seed: of the random numbers; the draws do not depend on ``workers``.
        inputs: beginnings of the paths that are drawn, such as ``device.layers.PTAA``; all uncertain ones if empty.
        reader: turns results by name into named numbers, a function of a module; the summary of one study if None.
        workers: processes; as many as there are cores when not given.
        progress: called with (done, total) now and then; the total grows with conditions that are hard to meet.

    Returns:
        The draws; of several studies under conditions, equally likely ones of them.

    Raises:
        InputError: nothing is uncertain, ``count`` is not positive, or a condition cannot be used.
    """
    studies = _named(of)
    conditions = tuple(condition_of(item) for item in condition)
    known = _known(studies, [item.name for item in conditions], tuple(inputs))
    _refuse(known.prior, count, conditions, studies)
    cases = Cases(
        studies={name: coarse(study) for name, study in studies.items()},
        prior=known.prior,
        conditions=conditions,
        reader=reader or summary_numbers,
    )
    with follow(cases, workers or os.cpu_count() or 1, progress) as run:
        if not conditions:
            coordinates = known.base.draw(count, np.random.default_rng(seed))
            found = run(coordinates, tuple(studies))
            return _gathered(cases, coordinates, found, np.ones(count), found, seed)
        if known.rows is not None and len(conditions) >= _MANY_ROWS:
            return _met(cases, known, count, seed, run)
        return _weighted(cases, known, count, seed, run)


def drawn_inputs(study: Study, count: int, seed: int) -> list[dict[str, float]]:
    """Return draws of the uncertain inputs of a study by path [SI], from what its calibration says of them.

    Args:
        study: the study.
        count: draws.
        seed: of the random numbers.
    """
    known = _known({"": study}, (), ())
    if not known.prior.inputs:
        return [{} for _ in range(count)]
    coordinates = known.base.draw(count, np.random.default_rng(seed))
    return [known.prior.changes(values) for values in known.prior.values(coordinates)]


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the inputs that are drawn."""

    prior: Prior
    base: LinearData  # of a calibration, beside the conditions
    first: LinearData | None = None  # with its rows that are conditions
    rows: LinearData | None = None  # the conditions, where all are rows of the calibration


def _known(studies: Mapping[str, Study], conditions: Sequence[str], inputs: tuple[str, ...]) -> _Known:
    evidence = next((study.evidence for study in studies.values() if study.evidence is not None), None)
    every, stated = before_the_data(studies, evidence), prior_of(studies)
    kept: BoolArray = np.array(
        [not inputs or any(path.startswith(name) for name in inputs) for path in every.paths], dtype=np.bool_
    )
    prior = some_of(every, kept)
    if evidence is None or not prior.inputs:
        return _Known(prior, no_data(len(prior.inputs)))
    rows = evidence.rows

    def of_rows(names: Sequence[str]) -> LinearData:
        return marginal(linear_evidence(every, stated, evidence, names), every, kept)

    if not set(conditions) & set(rows):
        return _Known(prior, of_rows(rows))
    base = of_rows([name for name in rows if name not in conditions])
    if not set(conditions) <= set(rows):
        return _Known(prior, base, of_rows(rows))
    return _Known(prior, base, of_rows(rows), linear_rows(prior, some_of(stated, kept), evidence, conditions))


def _likelihood(cases: Cases, run: Run, tried: list[Outcome], names: tuple[str, ...]) -> Callable[[Array], Evaluated]:
    """The likelihood of coordinates in the studies that it needs; what was followed is kept."""

    def evaluate(coordinates: Array) -> Evaluated:
        found = run(coordinates, names)
        tried.extend(found)
        log_likelihood = np.array([one.log_likelihood for one in found])
        if not cases.have_residuals:
            return Evaluated(log_likelihood)
        size = max((one.residuals.size for one in found if one.residuals is not None), default=1)
        blank = np.full(size, math.nan)
        return Evaluated(log_likelihood, np.stack([blank if one.residuals is None else one.residuals for one in found]))

    return evaluate


def _weighted(cases: Cases, known: _Known, count: int, seed: int, run: Run) -> Draws:
    """Weighted draws until there are enough effective ones, and the other studies for as many equal ones of them."""
    tried: list[Outcome] = []
    evaluate = _likelihood(cases, run, tried, cases.needed)
    enough, most = min(ENOUGH, float(count)), max(_PATIENCE * count, 2000)
    sample = sample_posterior(evaluate, known.base, max(count, 64), seed, known.first, enough, most)
    if sample.ess < enough and (rows := linearised(sample)) is not None:
        return _met(cases, replace(known, rows=rows), count, seed + 1, run, tried)
    if set(cases.needed) == set(cases.studies):
        return _gathered(cases, sample.coordinates, tried, sample.weights, tried, seed)
    often = resampled(sample.weights, count, seed + 1)
    kept = np.flatnonzero(often)
    found = run(sample.coordinates[kept], tuple(cases.studies))
    return _gathered(cases, sample.coordinates[kept], found, often[kept].astype(float), tried, seed, sample.ess)


def _met(cases: Cases, known: _Known, count: int, seed: int, run: Run, before: Sequence[Outcome] = ()) -> Draws:
    """Draws that meet many or tight data, each on its own, and all studies for them."""
    assert known.rows is not None
    tried = list(before)
    moved = moved_draws(_likelihood(cases, run, tried, cases.needed), known.rows, known.base, count, seed)
    found = run(moved.coordinates, tuple(cases.studies))
    drawn = _gathered(cases, moved.coordinates, found, moved.weights, tried, seed)
    text = (
        f"every draw was led to the {known.rows.offset.size} data, which {int(np.sum(moved.weights))} of {count} draws"
        f" reached, and moved by {STEPS} steps that keep the posterior, {moved.accepted:.0%} of them accepted;"
        f" the median of half of chi squared went from {-moved.start:.1f} to {-moved.start - moved.drift:.1f} meanwhile"
    )
    return replace(drawn, notes=(*drawn.notes, Note("accuracy", text, "draws")))


def _named(of: Study | Result | Mapping[str, Study]) -> Mapping[str, Study]:
    if isinstance(of, Result):
        return {"": of.study}
    return {"": of} if isinstance(of, Study) else dict(of)


def _refuse(prior: Prior, count: int, conditions: Sequence[Condition], studies: Mapping[str, Study]) -> None:
    problems = []
    if count < 1:
        problems.append(Problem("at least one draw is needed", "draws"))
    if not prior.inputs:
        message = "no input states a range or a standard deviation; give one low and high, or an sd"
        problems.append(Problem(message, "draws"))
    for condition in conditions:
        if not condition.samples and len(studies) != 1:
            problems.append(Problem("name the study that the data belong to", condition.name))
        problems += [
            Problem(f"there is no study {name!r}", condition.name) for name in condition.samples if name not in studies
        ]
    if problems:
        raise InputError(problems)


def coarse(study: Study) -> Study:
    """Return a study on the grids of draws, whose error is far below the spread that they are to show.

    Every second voltage and the last, every fourth wavelength, and a device's grid that is not refined: up to a tenth
    of the highest luminance and 0.002 of the EQE. Wavelengths that follow the emitter do so in every draw.
    """
    run = study.run
    last = run.voltages.size - 1
    sparse = {
        "voltages": run.voltages[np.r_[0:last:2, last]] if run.voltages.size > 31 else run.voltages,
        "wavelength": run.wavelength[::4] if run.wavelength.size > 80 else run.wavelength,
        "open": tuple(name for name in run.open if name != "positions"),
        "tolerance": math.inf,
    }
    return replaced(study, run=replaced(run, **sparse))


def _gathered(
    cases: Cases,
    coordinates: Array,
    found: Sequence[Outcome],
    weights: Array,
    tried: Sequence[Outcome],
    seed: int,
    most_effective: float = math.inf,
) -> Draws:
    """The draws as data; a draw without a solution has no weight."""
    solved: BoolArray = np.array([not one.failure for one in found])
    counted = [one for one, weight in zip(found, weights) if weight > 0.0]
    weights = np.where(solved, weights, 0.0)
    total = float(np.sum(weights))
    weights = weights / total if total > 0.0 else weights
    ess = min(1.0 / float(np.sum(weights**2)), most_effective) if total > 0.0 else 0.0
    quantities = tuple(dict.fromkeys(name for one in found for name in one.numbers))
    return Draws(
        inputs=cases.prior.inputs,
        values=cases.prior.values(coordinates),
        quantities=quantities,
        numbers=np.array([[one.numbers.get(name, math.nan) for name in quantities] for one in found]),
        weights=weights,
        ess=ess,
        curves={name: _curves(study, name, found) for name, study in cases.studies.items()},
        tried=len(tried),
        failures=_failures(tried),
        conditions=tuple(item.name for item in cases.conditions),
        seed=seed,
        grid=_grid(cases.studies),
        notes=(*_notes(cases, ess, tried), *_incomplete(counted, found is tried)),
        logarithmic=frozenset(name for name in quantities if name in QUANTITIES and QUANTITIES[name].logarithmic),
    )


def _curves(study: Study, name: str, found: Sequence[Outcome]) -> DrawnCurves:
    voltage = study.run.voltages
    blank = np.full((3, voltage.size), math.nan)
    table = np.array([one.curves.get(name, blank) for one in found])
    return DrawnCurves(voltage, *(table[:, k] for k in range(3)))


def _failures(tried: Sequence[Outcome]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in tried:
        if one.failure:
            found[one.failure] = found.get(one.failure, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _grid(studies: Mapping[str, Study]) -> str:
    runs = [study.run for study in studies.values()]
    most = max(runs, key=lambda run: run.voltages.size)
    return (
        f"draws are solved at {most.voltages.size} voltages, on {most.wavelength.size} wavelengths from"
        f" {most.positions} positions in the emitting layer, and the grid of the device is not refined"
    )


def _notes(cases: Cases, ess: float, tried: Sequence[Outcome]) -> tuple[Note, ...]:
    """What is to be said of the draws: too few effective ones, many without a solution."""
    notes = []
    if ess < ENOUGH:
        text = (
            f"only {ess:.0f} draws are effective, with fewer than {ENOUGH:.0f} the bounds of 95 % intervals are noise"
        )
        more = "; state more draws" + (", or conditions that the model can meet" if cases.conditions else "")
        notes.append(Note("accuracy", text + more, "draws"))
    failed = sum(bool(one.failure) for one in tried)
    if failed > _MANY_FAILED * max(len(tried), 1):
        reason = next(iter(_failures(tried)))
        text = f"{failed} of {len(tried)} draws have no solution and do not count, most often: {reason}"
        notes.append(Note("accuracy", text, "draws"))
    return tuple(notes)


def _incomplete(counted: Sequence[Outcome], all_told: bool) -> tuple[Note, ...]:
    """What is to be said of draws that have weight and no solution in some study, or at some voltages."""
    notes = []
    lost = [one for one in counted if one.failure]
    if lost and not all_told:
        text = (
            f"{len(lost)} of {len(counted)} draws that agree with the conditions have no solution in a study that no"
            f" condition needs, and do not count, most often: {next(iter(_failures(lost)))}"
        )
        notes.append(Note("accuracy", text, "draws"))
    part = sum(one.unsolved > 0 for one in counted)
    if part:
        text = (
            f"{part} of {len(counted)} draws are not solved at every voltage; they count with what is read at the"
            " others, so that what lies at the end of the sweep may be too low"
        )
        notes.append(Note("accuracy", text, "draws"))
    return tuple(notes)
