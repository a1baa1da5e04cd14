"""What a sweep varies, how the study of a point is read, and what is kept of a point."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from halodot.arrays import Array
from halodot.errors import HalodotError, InputError, Problem
from halodot.learn.sweep_values import SweptInput, listed, swept
from halodot.paths import present
from halodot.results.data import Result, SummaryValue
from halodot.results.files import load
from halodot.states import Note
from halodot.study import Study, from_document, to_document

#: values of an input: what is written behind PATH=, or the values themselves, numbers in SI
Values = str | Sequence[str | float] | Array


@dataclass(frozen=True, eq=False)
class SweepPoint:
    """One point of a sweep."""

    texts: tuple[str, ...]  # value of each varied input, as it was written
    numbers: tuple[float, ...]  # the same in the units of the inputs; the place in the list for words
    summary: Mapping[str, SummaryValue]  # in SI, empty where nothing was computed
    failure: str = ""  # why something was not computed
    notes: tuple[Note, ...] = ()
    result: Result | None = None  # where it was kept


def refuse_both(paths: Iterable[str], changes: Iterable[str]) -> None:
    """Refuse a change of what is varied, which no point would have."""
    if twice := sorted({text.partition("=")[0].strip() for text in changes} & set(paths)):
        raise InputError([Problem(f"{path} is set and varied; leave one of them out", file="--set") for path in twice])


def varied_inputs(
    study: Study | str | PathLike[str], values: Mapping[str, Values] | Sequence[SweptInput], changes: Iterable[str]
) -> Iterable[SweptInput]:
    """Yield what is varied; numbers without a unit are taken in SI."""
    if not values:
        raise InputError(
            Problem(f"nothing is varied; write such as {'device.layers.PTAA.thickness=20..60 nm:5'}", file="--vary")
        )
    found: list[SweptInput] = []
    for item in values if not isinstance(values, Mapping) else values.items():
        if isinstance(item, SweptInput):
            found.append(item)
            continue
        path, given = present(item[0]), item[1]
        if isinstance(given, str):
            found.append(swept(path, given, ""))
            continue
        plain = list(given)
        if any(not isinstance(value, str) for value in plain):
            unit = _unit(study, path, changes)
            plain = [value if isinstance(value, str) else _written(float(value), unit) for value in plain]
        found.append(listed(path, plain))
    twice = {item.path for item in found if [one.path for one in found].count(item.path) > 1}
    if twice:
        raise InputError([Problem("is varied twice", path, "--vary") for path in sorted(twice)])
    return found


def _written(value: float, unit: str) -> str:
    return repr(value) if unit == "1" else f"{value!r} {unit}"


def _unit(study: Study | str | PathLike[str], path: str, changes: Iterable[str]) -> str:
    """Return the SI unit of an input, in which numbers are taken."""
    loaded = study if isinstance(study, Study) else load(study, changes)
    if path not in loaded.inputs:
        message = "is no number of the study as it stands, so that its unit is not known; write values with units"
        raise InputError(Problem(message, path))
    return loaded.inputs[path].unit


def reader(
    study: Study | str | PathLike[str], changes: tuple[str, ...], paths: Sequence[str]
) -> Callable[[Sequence[str]], Study]:
    """Return how a study is read with more changes."""
    if not isinstance(study, Study) and not (os.path.isdir(study) or Path(study).suffix in (".nc", ".json")):
        place = study
        return lambda own: load(place, (*changes, *own))
    kept = study if isinstance(study, Study) else load(study)
    document: dict[str, Any] = to_document(kept)
    if stated := document.get("parameters"):  # numbers that were changed before would hide what is varied
        document["parameters"] = {path: entry for path, entry in stated.items() if path not in paths}
    folder = Path(kept.path).absolute().parent if os.path.isfile(kept.path) else None
    return lambda own: from_document(document, kept.path, (*changes, *own), folder=folder, kept=kept)


def as_varied(problem: Problem, paths: Iterable[str]) -> Problem:
    """Return a problem with the option by which what is wrong was written."""
    varied = [path for path in paths if problem.file == f"--set {path}"]
    return replace(problem, file=f"--vary {varied[0]}") if varied else problem


def check_followed(
    item: SweptInput, axis: int, grid: Sequence[tuple[int, ...]], studies: Sequence[Study | None]
) -> None:
    """Refuse an input that has one value in every study although it is varied."""
    seen = {
        (places[axis], study.inputs[item.path].value)
        for places, study in zip(grid, studies)
        if study and item.path in study.inputs
    }
    if len({place for place, _ in seen}) > 1 and len({value for _, value in seen}) == 1:
        message = "does not follow: the study states it under 'parameters', which counts for more; take it out there"
        raise InputError(Problem(message, item.path, "--vary"))


def computed(point: SweepPoint, result: Result, keep: bool) -> SweepPoint:
    """Return a point with what was computed."""
    unsolved = sum(not record.converged for record in result.device_solution.history) if result.device_solution else 0
    failure = " ".join(result.failure.split())
    if not failure and unsolved:
        failure = f"{unsolved} voltages are not solved"
    if not failure and result.flask is not None and not result.flask.survived:
        failure = result.flask.reason or "the dots decomposed"
    return replace(
        point, summary=dict(result.summary), failure=failure, notes=result.notes, result=result if keep else None
    )


def one_line(error: HalodotError) -> str:
    """Return what is wrong with a point, without the place in its text."""
    if isinstance(error, InputError):
        return "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in error.problems)
    return " ".join(str(error).split())
