"""What would turn a true statement of the scoreboard false: the smallest change of one input that does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from halodot.errors import HalodotError
from halodot.learn.paper import CONTROL, DOSES, TREATED
from halodot.learn.sensitivity import Sensitivities, shares, uncertain_inputs
from halodot.pipeline import simulate
from halodot.report.scoreboard import Series, current_at
from halodot.sources import Sourced
from halodot.states import replaced
from halodot.study import Study, with_inputs
from halodot.summary import evaluate

#: how far an input is moved, in standard deviations of what is believed of it
REACH = 4.0
#: rows that only the flask decides, with the sample that does
DECOMPOSED = {"R06": "hi-only", "R07": "post-synthesis"}


@dataclass(frozen=True)
class Flip:
    """A change of one input that turns a row over."""

    path: str
    value: float  # SI
    unit: str
    deviations: float  # standard deviations away from what is believed

    def __str__(self) -> str:
        return f"turned over by {self.path} at {self.value:.3g} {self.unit} ({self.deviations:+.1f} sd)".replace(
            " 1 (", " ("
        )


def _difference(sample: str, other: str, quantity: str) -> Callable[[Series], float]:
    return lambda series: evaluate(series[sample], quantity) - evaluate(series[other], quantity)


def _optimum(series: Series) -> float:
    plqy = {dose: evaluate(series[dose], "plqy_first_wash") for dose in DOSES}
    return plqy[TREATED] - max(value for dose, value in plqy.items() if dose != TREATED)


def _blue(series: Series) -> float:
    peaks = np.array([[evaluate(series[dose], name) for name in ("pl_peak", "first_exciton")] for dose in DOSES])
    return -float(np.max(np.diff(peaks, axis=0)))


def _leakage_and_current(series: Series) -> float:
    leak = [evaluate(series[sample], "leakage_conductance") for sample in (CONTROL, TREATED)]
    drive = [current_at(series[sample], 5.0) for sample in (TREATED, CONTROL)]
    return min(math.log(leak[0] / leak[1]), math.log(drive[0] / drive[1]))


#: by how much a row holds, positive where it does; any smooth measure that changes sign with the row
MARGINS: Mapping[str, Callable[[Series], float]] = {
    "R04": _optimum,
    "R05": _blue,
    "R12": lambda series: evaluate(series[TREATED], "air_kept") - 0.7,
    "R13": lambda series: 0.05 - evaluate(series[CONTROL], "air_kept"),
    "R22": _difference(CONTROL, TREATED, "roughness"),
    "R31": _leakage_and_current,
    "R32": _difference(TREATED, CONTROL, "mobility"),
    "R36": _difference(TREATED, "no-TmPyPB", "eqe_max"),
}


def margins(series: Series) -> dict[str, float]:
    """Return by how much each order and bound holds, for differentiation, as "margin of <row>"."""
    return {f"margin of {row}": measure(series) for row, measure in MARGINS.items()}


def moved(entry: Sourced, deviations: float) -> float:
    """Return a value that lies some standard deviations away, by a factor where the input cannot pass 0."""
    spread = entry.standard_deviation
    if entry.low > 0.0:
        return entry.value * math.exp(deviations * spread / entry.value)
    value = entry.value + deviations * spread
    return max(value, 0.0) if entry.low >= 0.0 else value


def find_flips(studies: Mapping[str, Study], found: Sensitivities) -> dict[str, str]:
    """Return for every statement of the scoreboard the change of one input that turns it over.

    The derivatives name the candidates, the chain itself decides: a change is reported only when the row computed
    with it is false.

    Args:
        studies: the samples.
        found: derivatives that include :func:`margins`.
    """
    base = {name: simulate(study) for name, study in studies.items()}
    texts = {row: _by_derivative(row, studies, base, found) for row in MARGINS}
    return texts | {row: _by_search(row, studies[sample]) for row, sample in DECOMPOSED.items()}


def _by_derivative(row: str, studies: Mapping[str, Study], base: Series, found: Sensitivities) -> str:
    column = found.quantities.index(f"margin of {row}")
    shift = np.nan_to_num(found.derivative[:, column] * found.input_sd)
    entries = uncertain_inputs(studies)
    for index in np.argsort(-np.abs(shift))[:4]:
        path = found.inputs[int(index)]
        direction = -math.copysign(1.0, float(shift[index]))
        for size in (0.5, 1.0, 2.0, 3.0, REACH):
            value = moved(entries[path], direction * size)
            if _turned(row, studies, base, path, entries[path], value):
                return str(Flip(path, value, entries[path].unit, direction * size))
    return f"no single input turned it over within {REACH:.0f} sd"


def _turned(row: str, studies: Mapping[str, Study], base: Series, path: str, entry: Sourced, value: float) -> bool:
    try:
        changed = {
            name: simulate(with_inputs(study, {path: value}), base[name]) if shares(study, path, entry) else base[name]
            for name, study in studies.items()
        }
        return MARGINS[row](changed) < 0.0
    except HalodotError:
        return False


def _by_search(row: str, study: Study) -> str:
    """The input of the flask whose least change lets the dots survive."""
    short = replaced(study, run=replaced(study.run, stop_after="flask"))
    best: Flip | None = None
    for path, entry in uncertain_inputs({"study": short}).items():
        if not entry.standard_deviation > 0.0 or path.split(".")[0] not in ("flask", "recipe"):
            continue
        for size in (0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, REACH, -REACH):
            if best is not None and abs(size) >= abs(best.deviations):
                break
            if _survives(short, path, moved(entry, size)):
                best = Flip(path, moved(entry, size), entry.unit, size)
    return str(best) if best else f"no single input turned it over within {REACH:.0f} sd"


def _survives(study: Study, path: str, value: float) -> bool:
    try:
        flask = simulate(with_inputs(study, {path: value})).flask
    except HalodotError:
        return False
    return flask is not None and flask.survived
