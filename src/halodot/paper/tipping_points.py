"""What would make a true statement of the scoreboard false: the smallest change of one input that does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from halodot.chain.grid import on_fixed_grid
from halodot.chain.simulate import simulate
from halodot.chain.stages import reaches
from halodot.errors import HalodotError
from halodot.learn.priors import shares
from halodot.learn.sensitivity import Sensitivities, uncertain_inputs
from halodot.names import unit_at_the_bench
from halodot.paper.scoreboard import READERS, Series, blue_shift, current_at, difference, later_roll_off, peak_range
from halodot.paper.targets import CONTROL, DOSES, TREATED
from halodot.paths import root_of
from halodot.results.data import Result
from halodot.results.summary import evaluate
from halodot.sources import Sourced
from halodot.states import Array, replaced
from halodot.study import Study, with_inputs
from halodot.units import from_si
from halodot.wording import in_words

#: how far an input is varied, in standard deviations of its prior
REACH = 4.0
#: changes that are tried, least first
SIZES = (0.5, 1.0, 2.0, 3.0, REACH)
NOTHING = f"no single input makes it false within {REACH:.0f} standard deviations"
#: rows that only the flask decides, with the sample that does
DECOMPOSED = {"R06": "hi-only", "R07": "post-synthesis"}
#: rows read off simulated records, with the number whose strongest inputs are tried
RECORDED = {"R14": "R02", "R18": "R08"}


@dataclass(frozen=True)
class TippingPoint:
    """A change of one input that makes a row false."""

    path: str
    value: float  # SI
    unit: str
    deviations: float  # standard deviations from the value of the study

    def __str__(self) -> str:
        unit = unit_at_the_bench(self.path, self.unit, self.value)
        value = f"{from_si(self.value, self.unit, unit):.3g} {unit}".removesuffix(" 1")
        return f"false with {in_words(self.path)} at {value} ({self.deviations:+.1f} standard deviations)"


def _optimum(series: Series) -> float:
    plqy = {dose: evaluate(series[dose], "plqy_first_wash") for dose in DOSES}
    return plqy[TREATED] - max(value for dose, value in plqy.items() if dose != TREATED)


def _leakage_and_current(series: Series) -> float:
    leak = [evaluate(series[sample], "leakage_conductance") for sample in (CONTROL, TREATED)]
    drive = [current_at(series[sample], 5.0) for sample in (TREATED, CONTROL)]
    if not min(leak + drive) > 0.0:
        return math.nan
    return min(math.log(leak[0] / leak[1]), math.log(drive[0] / drive[1]))


def _peak_range(series: Series) -> float:
    emission = series[TREATED].emission
    return math.nan if emission is None else 1e-9 - peak_range(emission)


#: by how much a row holds, positive where it does; any smooth measure that changes sign with the row
MARGINS: Mapping[str, Callable[[Series], float]] = {
    "R04": _optimum,
    "R05": blue_shift,
    "R12": lambda series: evaluate(series[TREATED], "pl_retained_in_air") - 0.7,
    "R13": lambda series: 0.05 - evaluate(series[CONTROL], "pl_retained_in_air"),
    "R22": difference(CONTROL, TREATED, "roughness"),
    "R27": _peak_range,
    "R31": _leakage_and_current,
    "R32": difference(TREATED, CONTROL, "mobility"),
    "R35": later_roll_off,
    "R36": difference(TREATED, "no-TmPyPB", "eqe_max"),
}
#: those of them that read devices; the others are decided with the film
OF_DEVICES = ("R27", "R31", "R35", "R36")


def margins(series: Series) -> dict[str, float]:
    """Return by how much each order and bound holds, for differentiation, as "margin of <row>"."""
    return {f"margin of {row}": measure(series) for row, measure in MARGINS.items()}


class _Varied(Mapping[str, Result]):
    """The samples with one input changed, each computed when a row first reads it."""

    def __init__(self, samples: _Samples, path: str, entry: Sourced, value: float) -> None:
        self._samples, self._path, self._entry, self._value = samples, path, entry, value
        self._computed: dict[str, Result] = {}

    def __getitem__(self, name: str) -> Result:
        if name not in self._computed:
            study, base = self._samples.studies[name], self._samples.base[name]
            is_varied = shares(study, self._path, self._entry)
            change = {self._path: self._value}
            self._computed[name] = simulate(with_inputs(study, change, remarked=False), base) if is_varied else base
        return self._computed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._samples.studies)

    def __len__(self) -> int:
        return len(self._samples.studies)


@dataclass(frozen=True)
class _Samples:
    """The samples as they are, and with one input changed."""

    studies: Mapping[str, Study]
    base: Series
    varied: dict[tuple[str, float], Series]  # by path and value: rows have inputs in common

    def with_changed(self, path: str, entry: Sourced, value: float) -> Series:
        """Return the samples with one input changed."""
        return self.varied.setdefault((path, value), _Varied(self, path, entry, value))


def find_tipping_points(studies: Mapping[str, Study], found: Sensitivities) -> dict[str, str]:
    """Return for every statement of the scoreboard the change of one input that makes it false.

    The derivatives name the candidates, the chain itself decides: a change is reported only when the row computed
    with it is false.

    Args:
        studies: the samples.
        found: derivatives that include :func:`margins`.
    """
    base = {name: on_fixed_grid(simulate(study)) for name, study in studies.items()}
    entries = uncertain_inputs(studies)
    devices = _Samples({name: result.study for name, result in base.items()}, base, {})
    films = _Samples({name: _to_film(study) for name, study in devices.studies.items()}, base, {})
    texts = {row: _by_derivative(row, devices if row in OF_DEVICES else films, entries, found) for row in MARGINS}
    texts |= {row: _by_reader(row, number, films, entries, found) for row, number in RECORDED.items()}
    return texts | {row: _by_search(row, studies[sample]) for row, sample in DECOMPOSED.items()}


def _to_film(study: Study) -> Study:
    """The study without what comes after the film."""
    return replaced(study, run=replaced(study.run, stop_after="film")) if reaches(study, "film") else study


def _by_derivative(row: str, samples: _Samples, entries: Mapping[str, Sourced], found: Sensitivities) -> str:
    shift = _shifts(f"margin of {row}", found)
    for index in np.argsort(-np.abs(shift))[:4]:
        path = found.inputs[int(index)]
        direction = -math.copysign(1.0, float(shift[index]))
        for size in SIZES:
            value = entries[path].quantile(direction * size)
            if _margin(row, samples.with_changed(path, entries[path], value)) < 0.0:
                return str(TippingPoint(path, value, entries[path].unit, direction * size))
    return NOTHING


def _by_reader(row: str, number: str, samples: _Samples, entries: Mapping[str, Sourced], found: Sensitivities) -> str:
    shift = _shifts(number, found)
    for index in np.argsort(-np.abs(shift))[:3]:
        path = found.inputs[int(index)]
        for size in (REACH, -REACH):
            value = entries[path].quantile(size)
            if _is_false(row, samples.with_changed(path, entries[path], value)):
                return str(TippingPoint(path, value, entries[path].unit, size))
    return NOTHING


def _shifts(name: str, found: Sensitivities) -> Array:
    """What one standard deviation of each input does to a number, 0 where it is not known."""
    column = found.quantities.index(name)
    return np.asarray(np.nan_to_num(found.derivative[:, column] * found.input_sd))


def _margin(row: str, series: Series) -> float:
    """By how much a row holds, nan where a sample that it reads has no solution."""
    try:
        return MARGINS[row](series)
    except HalodotError:
        return math.nan


def _is_false(row: str, series: Series) -> bool:
    """Whether a row is read and does not hold."""
    try:
        return READERS[row](series) is False
    except HalodotError:
        return False


def _by_search(row: str, study: Study) -> str:
    """The input of the flask whose least change lets the dots survive."""
    short = replaced(study, run=replaced(study.run, stop_after="flask"))
    entries = {
        path: entry
        for path, entry in uncertain_inputs({"study": short}).items()
        if entry.standard_deviation > 0.0 and root_of(path) in ("flask", "recipe")
    }
    for size in SIZES:
        for path, entry in entries.items():
            for deviations in (size, -size):
                value = entry.quantile(deviations)
                if _survives(short, path, value):
                    return str(TippingPoint(path, value, entry.unit, deviations))
    return NOTHING


def _survives(study: Study, path: str, value: float) -> bool:
    try:
        flask = simulate(with_inputs(study, {path: value}, remarked=False)).flask
    except HalodotError:
        return False
    return flask is not None and flask.survived
