"""What limits a device: every number of a study ranked by what it does to the light, and what would settle the answer.

Every number is varied a little for its derivative. The numbers that matter, by derivative and range, and every number
that can be set on the bench, are then computed anew at both ends of their ranges, through every stage that they reach;
for the others the derivative gives the ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from halodot.chain.grid import on_fixed_grid
from halodot.chain.simulate import simulate
from halodot.errors import HalodotError, InputError, Problem, ValidityError
from halodot.learn.far_ends import cautions, coarser_grid, no_light
from halodot.learn.knobs import Knob, assumed_ranges, knobs_of
from halodot.learn.known_inputs import sd_with_known, variance_of
from halodot.learn.measurements import Measurement, by_measurement
from halodot.learn.processes import in_processes
from halodot.learn.sensitivity import (
    STEP,
    THRESHOLD,
    Sensitivities,
    by_the_chain_rule,
    finite_differences,
    input_covariance,
)
from halodot.results.data import Result
from halodot.results.losses import LossBudget, loss_budget
from halodot.results.summary import evaluate, highest_luminance, peak_point
from halodot.rounding import per_cent
from halodot.states import Array, replaced
from halodot.study import Study, with_inputs

Progress = Callable[[str, int, int], None]


class Output(NamedTuple):
    """What the numbers of a study are ranked by."""

    called: str
    unit: str  # SI
    logarithmic: bool  # judged by factors
    threshold: float  # change at an end, relative where logarithmic, from which the ends are computed anew
    more_is_better: bool


#: outputs by their names in :mod:`halodot.names`; "luminance" is the highest of the sweep
OUTPUTS: Mapping[str, Output] = {
    "eqe_max": Output("peak EQE", "1", False, 0.001, True),
    "luminance": Output("highest luminance of the sweep", "cd/m2", True, 0.03, True),
    "el_peak": Output("EL peak", "m", False, 0.5e-9, False),
    "cie_x": Output("CIE 1931 x", "1", False, 0.002, False),
    "cie_y": Output("CIE 1931 y", "1", False, 0.002, False),
    "half_life": Output("half life (T50)", "s", True, 0.03, True),
}
#: relative change of an output that is round-off of two solutions
_ROUND_OFF = 2e-4


@dataclass(frozen=True)
class KnobEffect:
    """What one number of a study does to the outputs; all in SI, nan where an end has no such output."""

    knob: Knob
    base: Mapping[str, float]  # outputs of the study itself
    elasticity: Mapping[str, float]  # d ln(output) / d ln(number), local
    slope: Mapping[str, float]  # d output / d number, local
    at_low: Mapping[str, float]
    at_high: Mapping[str, float]
    rerun: bool  # whether both ends were computed anew, rather than taken from the derivative
    failures: tuple[str, ...] = ()  # why an end has no answer
    cautions: tuple[str, ...] = ()  # what the model extrapolates at an end, and through what it gets there

    def swing(self, output: str) -> float:
        """Return the full swing of an output over the range: its highest less its lowest value [SI], 0 where unknown.

        Args:
            output: of :data:`OUTPUTS`.
        """
        values = self._values(output)
        return max(values) - min(values) if values else 0.0

    def size(self, output: str) -> float:
        """Return the swing by which the numbers are ranked: of the logarithm where the output is judged by factors.

        Args:
            output: of :data:`OUTPUTS`.
        """
        if not OUTPUTS[output].logarithmic:
            return self.swing(output)
        values = [value for value in self._values(output) if value > 0.0]
        return math.log(max(values) / min(values)) if values else 0.0

    def best(self, output: str) -> tuple[float, float]:
        """Return the end with the highest output and that output [SI]; the study's own where no end is higher.

        Args:
            output: of :data:`OUTPUTS`.
        """
        ends = [(self.knob.value, self.base[output])]
        ends += [(self.knob.low, self.at_low[output]), (self.knob.high, self.at_high[output])]
        return max((pair for pair in ends if math.isfinite(pair[1])), key=lambda pair: pair[1], default=ends[0])

    def turns(self, output: str) -> bool:
        """Whether an output rises, or falls, towards both ends of the range: the range holds an optimum.

        Args:
            output: of :data:`OUTPUTS`.
        """
        low, middle, high = self.at_low[output], self.base[output], self.at_high[output]
        slack = _ROUND_OFF * abs(middle)
        return (low - middle > slack and high - middle > slack) or (middle - low > slack and middle - high > slack)

    def _values(self, output: str) -> list[float]:
        values = (self.at_low[output], self.base[output], self.at_high[output])
        return [value for value in values if math.isfinite(value)]


class VarianceShare(NamedTuple):
    """How much of the variance of an output would go were one input known."""

    path: str
    called: str
    kind: str
    share: float  # [1]; with inputs that err together the shares may add up to more than 1


@dataclass(frozen=True)
class Settled:
    """What one measurement would leave of the uncertainty of the outputs."""

    measurement: Measurement
    paths: tuple[str, ...]  # the inputs that it settles
    called: tuple[str, ...]
    sd_before: Mapping[str, float]  # of each output [SI]; relative where the output is judged by factors
    sd_after: Mapping[str, float]

    def drop(self, output: str) -> float:
        """Return by which share the interval of an output shrinks [1].

        Args:
            output: of :data:`OUTPUTS`.
        """
        before = self.sd_before[output]
        return 1.0 - self.sd_after[output] / before if before > 0.0 else 0.0


@dataclass(frozen=True)
class Limits:
    """What limits a device."""

    title: str
    base: Mapping[str, float]  # outputs [SI]
    effects: tuple[KnobEffect, ...]  # by their effect on the EQE, the largest first
    losses: LossBudget | None
    sd: Mapping[str, float]  # of each output [SI], relative where judged by factors, to first order
    variance: Mapping[str, tuple[VarianceShare, ...]]  # of each output, the largest share first
    assumed_share: Mapping[str, float]  # of the variance of each output that would go were all assumed inputs known
    settled: tuple[Settled, ...]  # by the drop of the interval of the EQE, the largest first
    not_counted: Mapping[str, tuple[str, ...]]  # inputs without an uncertainty that move an output, by output
    fitted: tuple[str, ...]  # outputs whose data calibrated the study
    notes: tuple[str, ...]

    def ranked(self, output: str = "eqe_max", on_bench: bool | None = None) -> tuple[KnobEffect, ...]:
        """Return the numbers by their full swing of an output, the largest first.

        Args:
            output: of :data:`OUTPUTS`.
            on_bench: only those that can be set tomorrow, or only those that are uncertain; all without it.
        """
        chosen = [item for item in self.effects if on_bench is None or item.knob.on_bench is on_bench]
        return tuple(sorted(chosen, key=lambda item: -item.size(output)))


def limits(
    study: Study | Result,
    numbers: Collection[str] | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> Limits:
    """Rank every number of a study by its effect on EQE, luminance, colour and half life.

    Args:
        study: a study with a device that emits, or its result.
        numbers: paths of the numbers to vary, in which ``*`` stands for any text; all that may matter without them.
        workers: processes to use.
        progress: called with (what, done, total).

    Returns:
        The effects with both ends of every range, the loss budget, the share of every input in the variance of each
        output, and which measurement would shrink the intervals most.

    Raises:
        InputError: the study has no device that emits, or one of the numbers is none that can be varied.
    """
    result = study if isinstance(study, Result) else simulate(study)
    if result.emission is None or peak_point(result.emission) is None:
        raise InputError(no_light(result))
    base = _on_its_own_grid(result)
    knobs = _chosen(knobs_of(result.study), numbers)
    told = progress or (lambda what, done, total: None)
    found = _derivatives(base, knobs, numbers is None, workers, lambda done, of: told("derivatives", done, of))
    own = dict(zip(found.quantities, found.value.tolist()))
    chosen = tuple(path for path in found.inputs if _matters(knobs[path], found, own))
    start = _Start(base, simulate(base), _on_open_grids(result))
    ends = _ends(start, [knobs[path] for path in chosen], workers, lambda done, total: told("ends", done, total))
    effects = tuple(_effect(knob, found, own, ends.get(path)) for path, knob in knobs.items())
    covariance = input_covariance(found, result.study.evidence)
    return Limits(
        title=result.study.title,
        base=own,
        effects=tuple(sorted(effects, key=lambda item: -item.size("eqe_max"))),
        losses=loss_budget(start.result),  # of the same EQE as the numbers above
        sd={name: math.sqrt(variance_of(_gradient(found, name), covariance)) for name in OUTPUTS},
        variance={name: _shares(found, name, covariance, knobs) for name in OUTPUTS},
        assumed_share={name: _assumed_share(found, name, covariance) for name in OUTPUTS},
        settled=_settled(found, covariance, knobs),
        not_counted={name: _not_counted(found, name) for name in OUTPUTS},
        fitted=tuple(name for name in OUTPUTS if _summary_name(name) in result.study.calibrated_quantities),
        notes=(
            *assumed_ranges(knobs.values()),
            *_said(knobs, chosen, effects),
            *coarser_grid(result, own["luminance"]),
        ),
    )


def _derivatives(
    study: Study, knobs: Mapping[str, Knob], all_of_them: bool, workers: int, progress: Callable[[int, int], None]
) -> Sensitivities:
    """Return how the outputs depend on the numbers: of all by the chain rule, as a result is explained, of few each."""
    if all_of_them:
        found = by_the_chain_rule(study, workers, progress)
        if math.isfinite(found.value[found.quantities.index("luminance_max")]):
            return _part_of(found, knobs)
    inputs = {path: study.inputs[path] for path in knobs}
    return finite_differences({"study": study}, limit_numbers, workers, progress, inputs)


def _part_of(found: Sensitivities, knobs: Mapping[str, Knob]) -> Sensitivities:
    """Return the derivatives of the outputs by the numbers that are varied, of those of the summary by every input."""
    places = {path: k for k, path in enumerate(found.inputs)}
    rows = np.array([places[path] for path in knobs])
    columns = np.array([found.quantities.index(_summary_name(name)) for name in OUTPUTS])
    return Sensitivities(
        inputs=tuple(knobs),
        quantities=tuple(OUTPUTS),
        value=found.value[columns],
        derivative=found.derivative[np.ix_(rows, columns)],
        input_value=found.input_value[rows],
        input_sd=found.input_sd[rows],
        kinds=tuple(found.kinds[k] for k in rows),
        methods=tuple(found.methods[k] for k in rows),
        shared=tuple(found.shared[k] for k in rows),
    )


def _chosen(knobs: Mapping[str, Knob], numbers: Collection[str] | None) -> Mapping[str, Knob]:
    """Return the numbers that are to be varied."""
    if numbers is None:
        return knobs
    found = {path: knob for path, knob in knobs.items() if any(fnmatchcase(path, pattern) for pattern in numbers)}
    unknown = [
        Problem("is no number that can be varied", pattern)
        for pattern in numbers
        if not any(fnmatchcase(path, pattern) for path in found)
    ]
    if unknown or not found:
        raise InputError(unknown or "name the numbers to vary, or leave them out for all")
    return found


def limit_numbers(results: Mapping[str, Result]) -> Mapping[str, float]:
    """Read the outputs of a single study.

    Args:
        results: one result by any name.

    Returns:
        By the names of :data:`OUTPUTS` [SI], nan where there is no such number.
    """
    (result,) = results.values()
    brightest = math.nan if result.emission is None else highest_luminance(result.emission)[0]
    return {name: brightest if name == "luminance" else evaluate(result, name) for name in OUTPUTS}


def _summary_name(name: str) -> str:
    """Return the quantity of the summary that stands for an output."""
    return "luminance_max" if name == "luminance" else name


def _on_its_own_grid(result: Result) -> Study:
    """Return the study of a result on the grids of its optics, its device's not refined, so that ends compare."""
    study = on_fixed_grid(result).study
    return replaced(study, run=replaced(study.run, nodes_per_layer=0, tolerance=math.inf))


def _on_open_grids(result: Result) -> Study:
    """Return the study of a result as it was asked, on whatever wavelengths and positions its line needs."""
    return replaced(result.study, run=replaced(result.study.run, tolerance=math.inf))


# ------------------------------------------------------------------------------------------------------------- the ends


def _matters(knob: Knob, found: Sensitivities, numbers: Mapping[str, float]) -> bool:
    """Whether the ends of a range are computed anew: by the derivative they may matter, or the bench reaches them."""
    row = found.inputs.index(knob.path)
    for name, output in OUTPUTS.items():
        slope, value = float(found.derivative[row, found.quantities.index(name)]), numbers[name]
        if not math.isfinite(value):
            continue
        if not math.isfinite(slope):
            return True
        step = STEP * abs(slope * knob.value)
        if knob.on_bench and name in ("eqe_max", "luminance") and step > THRESHOLD * abs(value):
            return True
        change = abs(slope) * max(knob.high - knob.value, knob.value - knob.low)
        if change > output.threshold * (abs(value) if output.logarithmic else 1.0):
            return True
    return False


class _Start(NamedTuple):
    """What both ends of every range start from."""

    study: Study
    result: Result
    elsewhere: Study  # the same on grids of its own, where those of the study do not reach


def _ends(
    start: _Start, knobs: Sequence[Knob], workers: int, progress: Callable[[int, int], None]
) -> dict[str, tuple[_End, _End]]:
    """Return the outputs at both ends of each range, by path."""
    items = [(knob.path, end) for knob in knobs for end in knob.ends]
    found: list[_End] = []
    with in_processes(_at_end, start, workers if len(items) > 1 else 1, chunk=2) as at_end:
        for done, answer in enumerate(at_end(items), start=1):
            found.append(answer)
            progress(done, len(items))
    return {knob.path: (found[2 * k], found[2 * k + 1]) for k, knob in enumerate(knobs)}


class _End(NamedTuple):
    """The outputs at one end, or why there are none."""

    numbers: Mapping[str, float]
    failure: str = ""
    cautions: tuple[str, ...] = ()


def _at_end(start: _Start, item: tuple[str, float]) -> _End:
    path, value = item
    try:
        try:
            result = simulate(with_inputs(start.study, {path: value}), start.result)
        except ValidityError:
            # the line may have left the wavelengths of the study's own optics
            result = simulate(with_inputs(start.elsewhere, {path: value}))
    except HalodotError as error:
        return _End({}, f"refused: {str(error).splitlines()[0]}")
    if not result.converged:
        return _End({}, "the device has no solution at every voltage")
    if result.emission is None:
        return _End({}, "no light: the recipe gives no film that a device could be made of")
    dark = peak_point(result.emission) is None
    failure = "less than 1 cd/m2 at every voltage" if dark else ""
    numbers = limit_numbers({"study": result})
    return _End(numbers, failure, () if dark else cautions(start.result, result))


def _effect(
    knob: Knob, found: Sensitivities, numbers: Mapping[str, float], ends: tuple[_End, _End] | None
) -> KnobEffect:
    slopes = dict(zip(found.quantities, found.derivative[found.inputs.index(knob.path)].tolist()))
    with np.errstate(all="ignore"):
        elasticity = {
            name: float(np.float64(slope) * knob.value / np.float64(numbers[name])) for name, slope in slopes.items()
        }
    if ends is None:
        at_low, at_high = (
            {name: _linear(name, numbers[name], slope * (end - knob.value)) for name, slope in slopes.items()}
            for end in knob.ends
        )
        return KnobEffect(knob, numbers, elasticity, slopes, at_low, at_high, rerun=False)
    low, high = ({name: end.numbers.get(name, math.nan) for name in OUTPUTS} for end in ends)
    failures = tuple(f"at the {which} end {end.failure}" for which, end in zip(("lower", "upper"), ends) if end.failure)
    cautioned = tuple(
        f"at the {which} end {said}" for which, end in zip(("lower", "upper"), ends) for said in end.cautions
    )
    return KnobEffect(knob, numbers, elasticity, slopes, low, high, rerun=True, failures=failures, cautions=cautioned)


def _linear(name: str, value: float, change: float) -> float:
    """Return an output that a derivative carries to the end of a range."""
    if OUTPUTS[name].logarithmic and value > 0.0:
        return value * math.exp(max(min(change / value, 50.0), -50.0))
    return value + change


# --------------------------------------------------------------------------------------------------------- the variance


def _gradient(found: Sensitivities, name: str) -> Array:
    """Return d output / d input, of the logarithm where the output is judged by factors; 0 where there is none."""
    column = found.quantities.index(name)
    scale = found.value[column] if OUTPUTS[name].logarithmic else 1.0
    return np.nan_to_num(found.derivative[:, column] / scale)


def _shares(found: Sensitivities, name: str, covariance: Array, knobs: Mapping[str, Knob]) -> tuple[VarianceShare, ...]:
    """Return how much of the variance of an output would go with each input known, the largest first.

    ``(C g)_i^2 / (C_ii g^T C g)``: what an input says of others that err with it, or that the same data tie to it,
    counts.
    """
    gradient = _gradient(found, name)
    total, along, own = variance_of(gradient, covariance), covariance @ gradient, np.diag(covariance)
    if not total > 0.0:
        return ()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(np.where(own > 0.0, along**2 / own, 0.0)) / total
    rows = (
        VarianceShare(path, knobs[path].called, knobs[path].kind, float(value))
        for path, value in zip(found.inputs, share)
        if value > THRESHOLD
    )
    return tuple(sorted(rows, key=lambda row: -row.share))


def _assumed_share(found: Sensitivities, name: str, covariance: Array) -> float:
    """Return the share of the variance of an output that would go were all assumed inputs known."""
    spread = np.diag(covariance)
    assumed = np.array([k for k, kind in enumerate(found.kinds) if kind == "assumed" and spread[k] > 0.0], dtype=int)
    gradient = _gradient(found, name)
    total = variance_of(gradient, covariance)
    if not assumed.size or not total > 0.0:
        return 0.0
    return 1.0 - sd_with_known(gradient, covariance, assumed) ** 2 / total


def _settled(found: Sensitivities, covariance: Array, knobs: Mapping[str, Knob]) -> tuple[Settled, ...]:
    """Return what every measurement would leave, by the drop of the interval of the EQE, the largest first.

    The conditional variance with a set S of inputs known, ``g^T C g - b^T C_SS^-1 b`` with ``b = (C g)_S``.
    """
    before = {name: math.sqrt(variance_of(_gradient(found, name), covariance)) for name in OUTPUTS}
    uncertain = [path for path, spread in zip(found.inputs, np.diag(covariance)) if spread > 0.0]
    place = {path: k for k, path in enumerate(found.inputs)}
    rows = []
    for measurement, paths in by_measurement(uncertain).items():
        own = np.array([place[path] for path in paths])
        after = {name: sd_with_known(_gradient(found, name), covariance, own) for name in OUTPUTS}
        rows.append(Settled(measurement, paths, tuple(knobs[path].called for path in paths), before, after))
    return tuple(sorted(rows, key=lambda row: -row.drop("eqe_max")))


def _not_counted(found: Sensitivities, name: str) -> tuple[str, ...]:
    """Return the inputs without an uncertainty whose 1 % moves an output by more than 1e-4 of itself."""
    shift = np.abs(found.elasticity(name)) * STEP
    bare = ~(found.input_sd > 0.0)
    return tuple(found.inputs[k] for k in np.argsort(-np.nan_to_num(shift)) if bare[k] and shift[k] > THRESHOLD)


def _said(knobs: Mapping[str, Knob], chosen: Sequence[str], effects: Sequence[KnobEffect]) -> tuple[str, ...]:
    """Return how the ends were found, and which have no answer."""
    failed = [item for item in effects if item.failures]
    thresholds = ", ".join(
        f"{per_cent(output.threshold)} of the {output.called}"
        if output.logarithmic or name == "eqe_max"
        else f"{1e9 * output.threshold:.2g} nm of the {output.called}"
        if output.unit == "m"
        else f"{output.threshold:.2g} of {output.called}"
        for name, output in OUTPUTS.items()
    )
    lines = [
        f"{len(chosen)} of {len(knobs)} numbers were computed anew at both ends of their ranges: those that can be set"
        f" on the bench and move EQE or luminance, and those that move an output by more than {thresholds} at an end,"
        " by their derivatives. The ends of the others follow from the derivatives.",
        "One number is changed at a time; other materials, other layers and a different order of steps are not tried,"
        " and a number that is 0 and states no range stays 0.",
        "Standard deviations and shares of the variance are of first order: they hold for small changes, and where"
        " numbers err together, or data tie them, their shares may add up to more than 100 %.",
    ]
    if failed:
        named = "; ".join(f"{item.knob.called} ({', '.join(item.failures)})" for item in failed[:5])
        more = f"; and {len(failed) - 5} more" if len(failed) > 5 else ""
        lines.append(f"Ends without an answer: {named}{more}.")
    return tuple(lines)
