"""Model and experiment in one table: each finding beside what the same analysis finds in the simulated measurement."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halodot import measure
from halodot.errors import HalodotError
from halodot.lab.findings import Analysis, Finding
from halodot.lab.method import Inputs, method_named
from halodot.lab.outcome import Outcome
from halodot.lab.simulated import measurement
from halodot.results.data import Result
from halodot.results.summary import peak_point

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Compared:
    """One finding beside the simulated value."""

    sample: str
    analysis: str
    file: str
    measured: Finding
    simulated: float  # in the unit of the finding
    simulated_sd: float  # nan where the model states none
    role: str  # of the simulated value: given | calibrated | predicted | checked
    how: str  # how the simulated value was found

    @property
    def difference(self) -> float:
        """Measured minus simulated, in the unit of the finding."""
        return self.measured.value - self.simulated

    @property
    def deviation(self) -> float:
        """Difference in standard deviations of both; nan where one of them is not known."""
        sd = math.hypot(self.measured.uncertainty, self.simulated_sd)
        return self.difference / sd if sd > 0.0 else math.nan


def _pl(result: Result) -> Inputs | None:
    return None if result.dots is None else {"spectrum": [measurement(measure.pl(result.dots))]}


def _plqy(result: Result) -> Inputs | None:
    if result.dots is None:
        return None
    blank, sample = measure.plqy(result.dots)
    return {"sample": [measurement(sample)], "blank": [measurement(blank)]}


def _uv_vis(result: Result) -> Inputs | None:
    return None if result.dots is None else {"spectrum": [measurement(measure.uv_vis(result.dots))]}


def _ftir(result: Result) -> Inputs | None:
    return None if result.dots is None else {"spectrum": [measurement(measure.ftir(result.dots))]}


def _trpl(result: Result) -> Inputs | None:
    if result.dots is None:
        return None
    decay, response = measure.trpl(result.dots), measure.trpl_response(result.dots)
    return {"decay": [measurement(decay)], "response": [measurement(response)]}


def _xrd(result: Result) -> Inputs | None:
    return None if result.dots is None else {"pattern": [measurement(measure.xrd(result.dots))]}


def _tga(result: Result) -> Inputs | None:
    return None if result.dots is None else {"curve": [measurement(measure.tga(result.dots))]}


def _afm(result: Result) -> Inputs | None:
    return None if result.film is None else {"topography": [measurement(measure.afm(result.film))]}


def _jvl(result: Result) -> Inputs | None:
    emission = result.emission
    if emission is None:
        return None
    found = {"sweep": [measurement(*measure.jvl(emission))]}
    point = peak_point(emission)
    if point is not None:
        found["spectrum"] = [measurement(measure.el(emission, point))]
        if emission.radiance_angle.size:
            found["pattern"] = [measurement(measure.angular_pattern(emission, point))]
    return found


def _lifetime(result: Result) -> Inputs | None:
    return None if result.ageing is None else {"trace": [measurement(measure.luminance_decay(result.ageing))]}


def _sclc(result: Result) -> Inputs | None:
    return None if result.film is None else {"device": [measurement(measure.sclc(result.film))]}


#: what a simulated instrument records for a method, by role; nothing where the study has no such state
INSTRUMENTS: Mapping[str, Callable[[Result], Inputs | None]] = {
    "pl": _pl,
    "plqy": _plqy,
    "uv_vis": _uv_vis,
    "ftir": _ftir,
    "trpl": _trpl,
    "xrd": _xrd,
    "tga": _tga,
    "afm": _afm,
    "jvl": _jvl,
    "lifetime": _lifetime,
    "sclc": _sclc,
}


def simulated_analysis(method: str, result: Result) -> Analysis | None:
    """Return the analysis of a simulated measurement without noise, None where the model has no such instrument.

    Args:
        method: name of the method; its default choices are taken.
        result: of a study.
    """
    instrument = INSTRUMENTS.get(method)
    inputs = instrument(result) if instrument else None
    if inputs is None:
        return None
    chosen = method_named(method)
    try:
        return chosen.analyse(inputs, chosen.settings())
    except HalodotError:
        return None


#: quantities in the units of an instrument's counts, which have no simulated counterpart
_OF_THE_INSTRUMENT = ("pl_intensity", "decay_amplitude", "infrared_height", "infrared_area")


def compared(outcomes: Iterable[Outcome], result: Result) -> list[Compared]:
    """Return every finding for which a study has a value, beside that value.

    The same analysis of the simulated measurement comes first, so that what the method itself does to a number is the
    same on both sides; the number of the state where there is no such instrument.

    Args:
        outcomes: of measured files.
        result: of the study.
    """
    analyses: dict[str, Analysis | None] = {}
    found = []
    for outcome in outcomes:
        name = outcome.item.method
        if name not in analyses:
            analyses[name] = simulated_analysis(name, result)
        for finding in outcome.findings:
            if finding.name in _OF_THE_INSTRUMENT:
                continue
            beside = _beside(finding, analyses[name], result)
            if beside is not None:
                found.append(Compared(outcome.item.sample, name, outcome.main_file, finding, *beside))
    return found


def _beside(finding: Finding, analysis: Analysis | None, result: Result) -> tuple[float, float, str, str] | None:
    entry = result.summary.get(finding.name)
    role = entry.role if entry is not None else "predicted"
    sd = entry.sd if entry is not None and entry.sd is not None else math.nan
    same = _same(finding, analysis.findings if analysis else ())
    if same is not None:
        return same.value, sd, role, "the same analysis of the simulated measurement"
    if entry is not None and entry.value is not None and entry.unit == finding.unit:
        return entry.value, sd, role, "number of the simulated state"
    return None


def _same(finding: Finding, others: Sequence[Finding]) -> Finding | None:
    """Return the finding of the same quantity: of the same thing, or the only one."""
    named = [item for item in others if item.name == finding.name]
    exact = [item for item in named if item.of == finding.of]
    return exact[0] if exact else named[0] if len(named) == 1 else None
