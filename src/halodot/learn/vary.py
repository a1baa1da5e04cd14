"""What is written of what a fit varies, ``PATH=low..high``, as numbers of the studies.

::

    device.layers.PTAA.hole_mobility                             within its own range
    device.layers.PTAA.hole_mobility=1e-6..1e-2 cm2/Vs           between two ends
    device.layers.*.*_mobility=0.001..10                         all of them by one common factor
    organics: device.layers.PTAA.hole_mobility, device.layers.TmPyPB.electron_mobility=1/300..3
    device.layers.*.ionisation_energy=-0.2..0.2 eV               all of them by one common offset
    each device.layers.anode.work_function=4.8..5.2 eV           every device has its own
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from halodot.errors import InputError, Problem
from halodot.learn.fit_space import BoundedNumber, FitParameter, FitSpace, Rule
from halodot.learn.priors import is_uncertain, uncertain
from halodot.paths import present
from halodot.sources import Sourced
from halodot.study import Study
from halodot.study.declarations import declared
from halodot.study.reader import nearest
from halodot.units import bench_unit, to_si

#: a name before its paths; a path has dots before its first colon
_NAMED = re.compile(r"(?P<name>[\w -]+):\s+(?P<rest>\S.*)")
_PURE = re.compile(r"\s*[+-]?[\d.]+(?:e[+-]?\d+)?(?:\s*/\s*[\d.]+(?:e[+-]?\d+)?)?\s*", re.IGNORECASE)
#: before what every device has for itself
_EACH = "each "
#: numbers of a computation, which a fit does not vary
_GRID = ("run.tolerance",)


@dataclass(frozen=True)
class Vary:
    """One number to vary, as it is written."""

    patterns: tuple[str, ...]  # paths, in which * stands for any text
    low: str = ""
    high: str = ""
    name: str = ""
    own: bool = False  # every device has its own

    @property
    def together(self) -> bool:
        """Whether it stands for several inputs."""
        return len(self.patterns) > 1 or any("*" in pattern for pattern in self.patterns)


def read_vary(text: str) -> Vary:
    """Read what is to be varied.

    Args:
        text: ``[each ][NAME: ]PATH[, PATH ...][=low..high]``; a unit behind ``high`` counts for both ends.

    Raises:
        InputError: the ends cannot be read.
    """
    own = text.strip().startswith(_EACH)
    line = text.strip().removeprefix(_EACH).strip()
    found = _NAMED.fullmatch(line)
    name, rest = (found["name"].strip(), found["rest"]) if found else ("", line)
    paths, equals, ends = rest.partition("=")
    patterns = tuple(present(path.strip(), "--vary") for path in paths.split(",") if path.strip())
    low, dots, high = (part.strip() for part in ends.partition(".."))
    if not patterns or (equals and not (dots and low and high)):
        message = f"{text!r} is not PATH or PATH=low..high, such as device.layers.PTAA.hole_mobility=1e-6..1e-2 cm2/Vs"
        raise InputError(Problem(message, file="--vary"))
    if low and _PURE.fullmatch(low) and not _PURE.fullmatch(high):
        low = f"{low} {re.sub(r'^[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?', '', high).strip()}"
    return Vary(patterns, low, high, name, own)


def fit_space(studies: Mapping[str, Study], wanted: Sequence[Vary]) -> FitSpace:
    """Return what a fit varies.

    Args:
        studies: the devices by name.
        wanted: what to vary.

    Raises:
        InputError: a path is no input of any study, an end is no value of it, an input states no range and no ends are
            written, or two numbers move the same input; every such problem at once.
    """
    problems: list[Problem] = []
    found: list[FitParameter] = []
    for item in wanted:
        try:
            found += _parameters(studies, item)
        except InputError as error:
            problems += error.problems
    moved = [(device, path) for item in found for device, own in item.inputs.items() for path in own]
    for device, path in sorted({one for one in moved if moved.count(one) > 1}):
        message = "two of the varied numbers move this input; leave one out"
        problems.append(Problem(message, f"{device}: {path}" if len(studies) > 1 else path))
    if problems:
        raise InputError(problems)
    return FitSpace(tuple(found))


def _parameters(studies: Mapping[str, Study], item: Vary) -> list[FitParameter]:
    """Return the numbers that one line stands for: one, or one for each device."""
    inputs = {name: paths for name, study in studies.items() if (paths := _matched(study, item))}
    missing = [pattern for pattern in item.patterns if not _known(studies, pattern)]
    if missing:
        every = [path for study in studies.values() for path in study.inputs]
        raise InputError(
            [
                Problem(f"the study has no number {path!r}", file="--vary", suggestion=nearest(path, every))
                for path in missing
            ]
        )
    if not item.own:
        return [_parameter(studies, item, inputs, "")]
    return [_parameter(studies, item, {name: paths}, name) for name, paths in inputs.items()]


def _known(studies: Mapping[str, Study], pattern: str) -> bool:
    return any(fnmatchcase(path, pattern) for study in studies.values() for path in study.inputs)


def _matched(study: Study, item: Vary) -> dict[str, Sourced]:
    """Return the inputs of a study that a line names, by path."""
    return {
        path: entry
        for path, entry in study.inputs.items()
        if any(fnmatchcase(path, pattern) for pattern in item.patterns) and math.isfinite(entry.value)
    }


def _parameter(
    studies: Mapping[str, Study], item: Vary, inputs: Mapping[str, Mapping[str, Sourced]], device: str
) -> FitParameter:
    """Return one number, with its prior or its ends."""
    first = next(iter(inputs.values()))
    path, entry = next(iter(first.items()))
    name = f"{device}: {item.name or ', '.join(item.patterns)}" if device else item.name or ", ".join(item.patterns)
    own = {place: {path: one.value for path, one in paths.items()} for place, paths in inputs.items()}
    if item.together:
        rule, unit, ends = _common(item, {path: one for paths in inputs.values() for path, one in paths.items()})
        return FitParameter(name, unit, rule, own, 1.0 if rule == "factor" else 0.0, ends=ends)
    if item.low:
        ends = _ends(item, path, entry.unit)
        start = entry.value if ends.low <= entry.value <= ends.high else ends.value(0.0)
        return FitParameter(name, entry.unit, "value", own, start, ends=ends)
    if not is_uncertain(entry):
        example = f"{path}={_example(entry)}"
        message = "states no range; write the ends between which it may lie"
        raise InputError(Problem(message, path, file="--vary", suggestion=example))
    return FitParameter(name, entry.unit, "value", own, entry.value, prior=uncertain(path, entry, tuple(own)))


def _common(item: Vary, inputs: Mapping[str, Sourced]) -> tuple[Rule, str, BoundedNumber]:
    """Return how several inputs move together: by a factor, or by an offset where the ends have their unit."""
    listed = ", ".join(item.patterns)
    if not item.low:
        message = f"{listed} moves {len(inputs)} inputs together; write the ends of their common factor or offset"
        raise InputError(Problem(message, file="--vary", suggestion=f"{listed}=0.01..10"))
    if _PURE.fullmatch(item.low) and _PURE.fullmatch(item.high):
        ends = BoundedNumber(_ratio(item.low), _ratio(item.high))
        if not 0.0 < ends.low < ends.high:
            raise InputError(Problem(f"{item.low}..{item.high} are no two rising factors above 0", file="--vary"))
        return "factor", "1", ends
    units = {entry.unit for entry in inputs.values()}
    if len(units) > 1:
        message = f"{listed} has inputs in {', '.join(sorted(units))}; only inputs of one unit have a common offset"
        raise InputError(Problem(message, file="--vary"))
    unit = units.pop()
    return "offset", unit, _rising(item, unit)


def _ends(item: Vary, path: str, unit: str) -> BoundedNumber:
    """Return the ends of one number, both of them values that it may have."""
    ends = _rising(item, unit)
    rule = str(declared(path)["valid"])
    if (rule in ("positive", "temperature", "level") and not ends.low > 0.0) or (rule != "any" and ends.low < 0.0):
        raise InputError(Problem(f"{item.low} is none of its values, which are {rule}", path, file="--vary"))
    return ends


def _rising(item: Vary, unit: str) -> BoundedNumber:
    """Return two ends in SI, the lower first."""
    path = ", ".join(item.patterns)
    try:
        low, high = to_si(item.low, unit), to_si(item.high, unit)
    except InputError as error:
        raise InputError([replace(one, path=path, file="--vary") for one in error.problems]) from error
    if not low < high:
        message = f"{item.low}..{item.high} does not rise; write the lower end first"
        raise InputError(Problem(message, path, file="--vary"))
    return BoundedNumber(low, high)


def _ratio(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1.0)


def _example(entry: Sourced) -> str:
    """Return ends a factor of three, or 0.2 eV or V, around a value."""
    unit = bench_unit(entry.unit)
    if entry.unit in ("eV", "V"):
        return f"{entry.value - 0.2:.3g}..{entry.value + 0.2:.3g} {entry.unit}"
    factor = to_si(f"1 {unit}", entry.unit)
    return f"{entry.value / factor / 3.0:.3g}..{entry.value / factor * 3.0:.3g} {unit}".replace(" 1", "")


def uncertain_device_inputs(studies: Mapping[str, Study]) -> list[Vary]:
    """Return every input of the devices that states a range, which a fit varies where nothing else is said."""
    found: dict[str, None] = {}
    for study in studies.values():
        for path, entry in study.inputs.items():
            if path.startswith("device.") and is_uncertain(entry) and path not in _GRID:
                found[path] = None
    return [Vary((path,)) for path in found]
