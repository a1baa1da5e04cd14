"""What a result depends on: the change of every number with every input, and the uncertainty that follows.

Every input of a study is varied by itself through the whole chain, one-sided finite differences. For numbers of the
device alone, :mod:`halodot.learn.device_sensitivity` has the derivatives of the whole curve by adjoints.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from halodot.chain.grid import on_fixed_grid
from halodot.chain.simulate import simulate
from halodot.errors import HalodotError
from halodot.learn.chain_rule import changes_by_the_chain_rule
from halodot.learn.priors import shares
from halodot.learn.processes import in_processes
from halodot.results.data import Result, SummaryValue, with_explanation
from halodot.results.summary import QUANTITIES, role_of, summarise
from halodot.sources import Sourced, correlation, cross_correlation
from halodot.states import Array, replaced
from halodot.study import Evidence, Study, known_to, places_in, with_inputs

#: relative change of an input, and the relative change of a result above which it depends on that input
STEP = 0.01
THRESHOLD = 1e-4
#: relative standard deviation that is the round-off of derivatives
_NO_SPREAD = 1e-9
Studies = Mapping[str, Study]
Reader = Callable[[Mapping[str, Result]], Mapping[str, float]]


@dataclass(frozen=True)
class Sensitivities:
    """Derivatives of several quantities by several inputs.

    ``derivative[i, q]`` is d quantity q / d input i in SI units, nan where the perturbed case could not be computed.
    """

    inputs: tuple[str, ...]
    quantities: tuple[str, ...]
    value: Array  # (quantity,)
    derivative: Array  # (input, quantity)
    input_value: Array  # (input,)
    input_sd: Array  # (input,), nan where the input has no range
    kinds: tuple[str, ...]
    methods: tuple[str, ...] = ()  # of each input, by which those that err together know one another
    shared: tuple[float, ...] = ()

    @property
    def correlation(self) -> Array:
        """Correlation of the inputs before any datum, (input, input)."""
        return correlation(self.methods, self.shared) if self.methods else np.eye(len(self.inputs))

    def elasticity(self, quantity: str) -> Array:
        """Return d ln(quantity) / d ln(input) for every input."""
        column = self.quantities.index(quantity)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.derivative[:, column] * self.input_value / self.value[column])


def uncertain_inputs(studies: Studies) -> dict[str, Sourced]:
    """Return every assumed or calibrated input, and every other with a range, that a step can vary."""
    found = every_input(studies).items()
    return {
        path: entry
        for path, entry in found
        if entry.kind in ("assumed", "calibrated") or entry.standard_deviation > 0.0
    }


def every_input(studies: Studies) -> dict[str, Sourced]:
    """Return every input that a step can vary, by its path; of several studies that of the first that has it."""
    found: dict[str, Sourced] = {}
    for study in studies.values():
        for path, entry in study.inputs.items():
            if math.isfinite(entry.value) and step_of(entry) != 0.0:
                found.setdefault(path, entry)
    return found


def step_of(entry: Sourced) -> float:
    """Return the change of an input for a derivative: 1 % of it, or of its standard deviation where it is zero."""
    return STEP * entry.value if entry.value else STEP * float(np.nan_to_num(entry.standard_deviation))


def finite_differences(
    studies: Studies,
    reader: Reader,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    inputs: Mapping[str, Sourced] | None = None,
) -> Sensitivities:
    """Vary each uncertain input by a small step in all studies that have it and read off what changes.

    Args:
        studies: studies by name; an input that several of them share is varied in all at once.
        reader: turns the results by name into named numbers; a module-level function when ``workers`` > 1.
        workers: processes to use.
        progress: called with (done, total) after each input.
        inputs: which ones to vary, by path; :func:`uncertain_inputs` where not said.

    Returns:
        One-sided derivatives; stages that an input does not reach are not computed again.
    """
    entries = uncertain_inputs(studies) if inputs is None else inputs
    base = {name: on_fixed_grid(simulate(study)) for name, study in studies.items()}
    studies = {name: result.study for name, result in base.items()}
    numbers = reader(base)
    quantities = tuple(numbers)
    value = np.array([numbers[name] for name in quantities])
    rows = []
    with in_processes(_perturbed, _Base(studies, base, reader), workers, chunk=4) as perturbed:
        for done, row in enumerate(perturbed(entries.items()), start=1):
            rows.append([row.get(name, math.nan) for name in quantities])
            if progress:
                progress(done, len(entries))
    return _sensitivities(entries, numbers, np.array(rows).reshape(len(entries), value.size) - value)


def by_the_chain_rule(
    study: Study,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    inputs: Mapping[str, Sourced] | None = None,
) -> Sensitivities:
    """Return how the summary of a study depends on its inputs, with few solutions of its device.

    The derivatives are those of :func:`finite_differences` to a few percent of the larger ones, in a sixth of the time.

    Args:
        study: the study.
        workers: threads to solve devices in.
        progress: called with (done, total).
        inputs: to be moved, by path; all of them without it.
    """
    base = on_fixed_grid(simulate(study))
    entries = every_input({"study": base.study}) if inputs is None else inputs
    steps = {path: step_of(entry) for path, entry in entries.items()}

    def reader(result: Result) -> Mapping[str, float]:
        return summary_numbers({"study": result})

    numbers = reader(base)
    changes = changes_by_the_chain_rule(base, reader, steps, workers, progress)
    rows = np.array([[change.get(name, math.nan) for name in numbers] for change in changes])
    return _sensitivities(entries, numbers, rows.reshape(len(entries), len(numbers)))


def _sensitivities(entries: Mapping[str, Sourced], numbers: Mapping[str, float], changes: Array) -> Sensitivities:
    """Return derivatives from the changes of numbers, (input, quantity), when each input is moved by its step."""
    steps = np.array([step_of(entry) for entry in entries.values()])
    return Sensitivities(
        inputs=tuple(entries),
        quantities=tuple(numbers),
        value=np.array(list(numbers.values())),
        derivative=changes / steps[:, None],
        input_value=np.array([entry.value for entry in entries.values()]),
        input_sd=np.array([entry.standard_deviation for entry in entries.values()]),
        kinds=tuple(entry.kind for entry in entries.values()),
        methods=tuple(entry.method for entry in entries.values()),
        shared=tuple(entry.shared for entry in entries.values()),
    )


class _Base(NamedTuple):
    """What every perturbed case starts from."""

    studies: Studies
    results: Mapping[str, Result]
    reader: Reader


def _perturbed(base: _Base, changed: tuple[str, Sourced]) -> Mapping[str, float]:
    """Read the numbers with one input changed; nothing where the changed case has no solution."""
    path, entry = changed
    results, value = dict(base.results), entry.value + step_of(entry)
    try:
        for name, study in base.studies.items():
            if shares(study, path, entry):
                results[name] = simulate(with_inputs(study, {path: value}, remarked=False), base.results[name])
        return base.reader(results)
    except HalodotError:
        return {}


def depends_on(found: Sensitivities, quantity: str) -> tuple[str, ...]:
    """Return the calibrated and assumed inputs whose 1 % change shifts a quantity by more than 1e-4 of itself."""
    shift = np.abs(found.elasticity(quantity)) * STEP
    order = np.argsort(-np.nan_to_num(shift, nan=np.inf))
    return tuple(
        found.inputs[i] for i in order if found.kinds[i] in ("assumed", "calibrated") and not shift[i] <= THRESHOLD
    )


def standard_deviation(found: Sensitivities, quantity: str, covariance: Array) -> float:
    """Return the standard deviation of a quantity that follows from its inputs to first order.

    ``sd^2 = g^T C g`` with the gradient g.

    Args:
        found: the derivatives.
        quantity: which quantity.
        covariance: C of the inputs, from :func:`input_covariance`.

    Returns:
        In the unit of the quantity; nan where an uncertain input gave no derivative.
    """
    gradient = found.derivative[:, found.quantities.index(quantity)]
    if np.any(np.isnan(gradient) & (np.diag(covariance) > 0.0)):
        return math.nan
    known = np.nan_to_num(gradient)
    return math.sqrt(max(float(known @ covariance @ known), 0.0))


def input_covariance(found: Sensitivities, evidence: Evidence | None = None) -> Array:
    """Return the covariance of inputs: their priors, tied and narrowed by the data of a calibration.

    The scoreboard and every explained result use this one, so that a number has one uncertainty.

    Args:
        found: inputs with their values and standard deviations; unknown ones count as 0.
        evidence: of the calibration that the studies use, None for none.

    Returns:
        The covariance, (input, input).
    """
    own = found.correlation
    if evidence is None:
        sd = np.nan_to_num(found.input_sd)
        return own * np.outer(sd, sd)
    numbers = (evidence, found.inputs, found.input_value, found.input_sd)
    prior, _ = known_to(*numbers)
    place = places_in(*numbers)
    across = cross_correlation(
        *(found.methods or _alone(place.size), found.shared or (0.0,) * place.size),
        *(evidence.methods or _alone(len(evidence.inputs)), evidence.shared or (0.0,) * len(evidence.inputs)),
    )
    across[place >= 0] = evidence.correlation[place[place >= 0]]
    return _narrowed(prior, own, across @ evidence.shift, evidence.correlation @ evidence.shift, evidence.shift)


def _alone(count: int) -> tuple[str, ...]:
    return ("",) * count


def posterior_covariance(jacobian: Array, prior_sd: Array, correlated: Array | None = None) -> Array:
    """Return the covariance of inputs that data have informed, to first order.

    ``C = P - P J^T (J P J^T + 1)^-1 J P`` with the priors' covariance P: the data tie inputs together that act alike,
    whether a fit varied them or left them at their priors.

    Args:
        jacobian: d residual / d input, residuals in units of the data's standard deviation, (datum, input).
        prior_sd: standard deviations of the inputs before the data; nan counts as 0.
        correlated: correlation of the inputs before the data, (input, input); none of them where not said.

    Returns:
        The covariance, (input, input).
    """
    shift = (np.nan_to_num(jacobian) * np.nan_to_num(prior_sd)).T
    own = np.eye(len(shift)) if correlated is None else correlated
    return _narrowed(np.nan_to_num(prior_sd), own, own @ shift, own @ shift, shift)


def _narrowed(prior: Array, own: Array, across: Array, every_across: Array, every_shift: Array) -> Array:
    """The covariance of some inputs, with R S of them, and of all inputs that shift the data with R S and S."""
    gain = np.linalg.solve(every_shift.T @ every_across + np.eye(every_shift.shape[1]), across.T)
    return np.asarray((own - across @ gain) * np.outer(prior, prior))


def left_out(jacobian: Array, prior_sd: Array, residual: Array, correlated: Array | None = None) -> Array:
    """Return each residual as it would be had its own datum not been used, to first order.

    With H = J P J^T (J P J^T + 1)^-1, the share of a datum in its own fit, it is r_i / (1 - H_ii).

    Args:
        jacobian: d residual / d input at the fit, (datum, input).
        prior_sd: standard deviations of the inputs before the data; nan counts as 0.
        residual: of the fit, in units of the data's standard deviation, (datum,).
        correlated: correlation of the inputs before the data, (input, input); none of them where not said.
    """
    scaled = np.nan_to_num(jacobian) * np.nan_to_num(prior_sd)
    product = scaled @ scaled.T if correlated is None else scaled @ correlated @ scaled.T
    own = np.diag(np.linalg.solve((product + np.eye(len(product))).T, product.T).T)
    return np.asarray(residual / (1.0 - own))


def largest(found: Sensitivities, quantity: str, count: int = 5) -> Sequence[tuple[str, float]]:
    """Return the inputs that matter most to a quantity as (path, change of the quantity for one sd of the input)."""
    column = found.quantities.index(quantity)
    shift = np.nan_to_num(found.derivative[:, column] * found.input_sd)
    order = np.argsort(-np.abs(shift))[:count]
    return [(found.inputs[i], float(shift[i])) for i in order if shift[i] != 0.0]


def summary_numbers(results: Mapping[str, Result]) -> Mapping[str, float]:
    """Read the summary of a single study as plain numbers."""
    (result,) = results.values()
    return {name: math.nan if (v := entry.value) is None else v for name, entry in summarise(result).items()}


def explain(result: Result, workers: int = 2, progress: Callable[[int, int], None] | None = None) -> Result:
    """Return a result whose summary says what every number depends on and how uncertain it is.

    An input that states no uncertainty adds none: where it moves a number it is named beside the standard deviation,
    and a number that only such inputs move has none.
    """
    found = by_the_chain_rule(_unrefined(result), workers, progress)
    covariance = input_covariance(found, result.study.evidence)
    values: dict[str, SummaryValue] = {}
    for name, entry in summarise(result).items():
        if entry.value is None:
            continue
        bare = not_counted(found, name)
        sd: float | None = standard_deviation(found, name, covariance)
        sd = None if sd is None or math.isnan(sd) or (sd <= _NO_SPREAD * abs(entry.value) and bare) else sd
        unit, role = QUANTITIES[name].unit, role_of(result, name)
        values[name] = SummaryValue(entry.value, unit, role, sd, depends_on(found, name), bare)
    return with_readings(with_explanation(result, values))


def not_counted(found: Sensitivities, quantity: str) -> tuple[str, ...]:
    """Return the inputs without an uncertainty whose 1 % change shifts a quantity by more than 1e-4 of itself."""
    shift = np.abs(found.elasticity(quantity)) * STEP
    bare = ~(found.input_sd > 0.0)
    return tuple(found.inputs[i] for i in np.argsort(-np.nan_to_num(shift)) if bare[i] and shift[i] > THRESHOLD)


def with_readings(result: Result) -> Result:
    """Return a result whose interpretations of the recipe say what another reading would change."""
    flask, recipe = result.flask, result.study.recipe
    if flask is None or recipe is None or not flask.interpretations:
        return result
    from halodot.flask import interpretation_effects, with_effects

    parameters = result.study.flask
    assert parameters is not None
    return replaced(
        result, flask=with_effects(flask, interpretation_effects(recipe, parameters, result.study.perovskite))
    )


def _unrefined(result: Result) -> Study:
    """Return the study of a result on the grids of its optics, its device's not refined: enough for derivatives."""
    study = on_fixed_grid(result).study
    return replaced(study, run=replaced(study.run, nodes_per_layer=0, tolerance=math.inf))


def coarser(study: Study) -> Study:
    """Return the study on sparser grids, the device's not refined, which is enough for derivatives."""
    run = study.run
    sparse = {"voltages": run.voltages[::2], "wavelength": run.wavelength[::2], "positions": min(run.positions, 7)}
    open_ = tuple(name for name in run.open if name != "positions")
    return replaced(study, run=replaced(run, **sparse, open=open_, tolerance=math.inf))
