"""How robust the controls of the paper are: over which part of one input's prior each statement is true."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from halodot.chain.simulate import simulate
from halodot.errors import HalodotError
from halodot.learn.priors import shares
from halodot.paper.targets import CONTROL, DOSES, TREATED
from halodot.results.data import Result
from halodot.results.summary import evaluate
from halodot.sources import Sourced
from halodot.states import replaced
from halodot.study import Study, with_inputs

#: the amine that is free to take protons; purities leave it open by a factor of two and more
FREE_AMINE = "flask.free_amine_factor"
Series = Mapping[str, Result]


@dataclass(frozen=True)
class Robustness:
    """Over which values of one input a statement is true, all other inputs unchanged."""

    statement: str
    probability: float
    below: float  # the statement fails below this value of the input, -inf if it never does
    above: float  # and above this one, inf if it never does


def _survives(sample: str) -> Callable[[Series], bool]:
    def test(series: Series) -> bool:
        flask = series[sample].flask
        return flask is not None and flask.survived

    return test


def _lost(sample: str) -> Callable[[Series], bool]:
    survives = _survives(sample)
    return lambda series: not survives(series)


def _best(series: Series) -> bool:
    plqy = {dose: evaluate(series[dose], "plqy_first_wash") for dose in DOSES}
    known = {dose: value for dose, value in plqy.items() if math.isfinite(value)}
    return TREATED in known and max(known, key=lambda dose: known[dose]) == TREATED


STATEMENTS: Mapping[str, Callable[[Series], bool]] = {
    "the control survives": _survives(CONTROL),
    "0.1 mmol survives": _survives("0.1"),
    "0.2 mmol survives": _survives(TREATED),
    "0.3 mmol survives": _survives("0.3"),
    "HI alone decomposes": _lost("hi-only"),
    "treatment after the synthesis decomposes": _lost("post-synthesis"),
    "0.2 mmol has the highest PLQY after one wash": _best,
}


def find_robustness(studies: Mapping[str, Study], path: str = FREE_AMINE, count: int = 41) -> tuple[Robustness, ...]:
    """Return for every statement the probability that it is true over the prior of one input.

    Args:
        studies: the paper's samples.
        path: the input that varies; all others keep their values.
        count: values, at the middle of equal parts of the probability.

    Returns:
        One entry a statement; a case that has no solution counts as false.
    """
    entry = next(study.inputs[path] for study in studies.values() if path in study.inputs)
    short = {
        name: replaced(study, run=replaced(study.run, stop_after="dots"))
        for name, study in studies.items()
        if name != "no-TmPyPB"
    }
    values = [entry.quantile(NormalDist().inv_cdf((index + 0.5) / count)) for index in range(count)]
    truths = [_truths(short, path, entry, value) for value in values]
    return tuple(_summarise(name, values, [truth[name] for truth in truths]) for name in STATEMENTS)


def _truths(studies: Mapping[str, Study], path: str, entry: Sourced, value: float) -> dict[str, bool]:
    try:
        series = {
            name: simulate(with_inputs(study, {path: value}, remarked=False) if shares(study, path, entry) else study)
            for name, study in studies.items()
        }
    except HalodotError:
        return dict.fromkeys(STATEMENTS, False)
    return {name: test(series) for name, test in STATEMENTS.items()}


def _summarise(name: str, values: list[float], truths: list[bool]) -> Robustness:
    """The share of true cases and the outermost values around the longest true run."""
    start, length, run = 0, 0, 0
    for index, truth in enumerate([*truths, False]):
        if truth:
            run += 1
            continue
        if run > length:
            start, length = index - run, run
        run = 0
    below = values[start] if length and start > 0 else -math.inf
    above = values[start + length - 1] if length and start + length < len(values) else math.inf
    return Robustness(name, sum(truths) / len(truths), below, above)
