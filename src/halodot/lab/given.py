"""Findings written into a study, where they take the place of what the model would compute."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from halodot.errors import InputError
from halodot.lab.findings import Finding
from halodot.lab.outcome import Outcome
from halodot.states import Dots, Film
from halodot.units import bench_unit, from_si

#: states of which single quantities can be given, in the order in which a finding is looked for in them
_STATES: Mapping[str, type] = {"dots": Dots, "film": Film}
#: analyses whose samples are films; the others are taken for dots in solution
_OF_FILMS = ("afm", "sclc", "ups")


@dataclass(frozen=True)
class Given:
    """One quantity of a study with what was measured of it."""

    path: str  # below ``given``: "dots.plqy"
    value: float  # SI
    sd: float  # nan where it is not known
    unit: str  # SI
    source: str  # the files


def given_of(outcomes: Iterable[Outcome]) -> list[Given]:
    """Return what findings say of the quantities that a study can be given.

    Several findings of one quantity give their mean, weighted by their uncertainties; its own uncertainty is at least
    what their scatter says. Bounds, extrapolated values and values with a warning are left out.

    Args:
        outcomes: of one sample.
    """
    by_path: dict[str, list[tuple[Finding, str]]] = {}
    for outcome in outcomes:
        for finding in outcome.findings:
            path = _path(outcome.item.method, finding)
            sound = not (finding.bound or finding.warnings or outcome.warnings or finding.measured_fraction < 1.0)
            if path and sound:
                by_path.setdefault(path, []).append((finding, outcome.main_file))
    return [_mean(path, found) for path, found in by_path.items()]


def _path(method: str, finding: Finding) -> str:
    order = sorted(_STATES, key=lambda stage: (stage == "film") != (method in _OF_FILMS))
    for stage in order:
        for item in fields(_STATES[stage]):
            if item.name == finding.name and item.type in ("float", float) and item.metadata["unit"] == finding.unit:
                return f"{stage}.{finding.name}"
    return ""


def _mean(path: str, found: list[tuple[Finding, str]]) -> Given:
    values = [finding.value for finding, _ in found]
    sds = [finding.uncertainty for finding, _ in found]
    files = ", ".join(dict.fromkeys(file for _, file in found))
    known = all(math.isfinite(sd) and sd > 0.0 for sd in sds)
    weights = [1.0 / sd**2 for sd in sds] if known else [1.0] * len(found)
    total = sum(weights)
    mean = sum(weight * value for weight, value in zip(weights, values)) / total
    inner = math.sqrt(1.0 / total) if known else math.nan
    outer = math.nan
    if len(found) > 1:
        scatter = sum(weight * (value - mean) ** 2 for weight, value in zip(weights, values)) / total
        outer = math.sqrt(scatter / (len(found) - 1))
    sd = max((part for part in (inner, outer) if math.isfinite(part)), default=math.nan)
    return Given(path, mean, sd, found[0][0].unit, f"measured: {files}")


def with_given(study: str, found: Iterable[Given]) -> str:
    """Return the text of a study in which quantities are given; the rest of it stays as it is, with its comments.

    Args:
        study: text of the study, YAML.
        found: what is given; a quantity that the study gives already is replaced.

    Raises:
        InputError: the study writes its section ``given`` in one line, so that no line can be put into it.
    """
    lines = study.rstrip("\n").split("\n")
    start = next((n for n, line in enumerate(lines) if re.match(r"given\s*:", line)), None)
    if start is None:
        return "\n".join([*lines, "given:", *(f"  {_line(item)}" for item in found), ""])
    if re.sub(r"#.*", "", lines[start].split(":", 1)[1]).strip():
        raise InputError("the study's section `given` stands in one line; write each quantity on a line of its own")
    end = next((n for n in range(start + 1, len(lines)) if re.match(r"[^\s#]", lines[n])), len(lines))
    body = lines[start + 1 : end]
    indent = next((re.match(r"\s+", line)[0] for line in body if re.match(r"\s+\S", line)), "  ")  # type: ignore[index]
    listed = list(found)
    paths = {item.path for item in listed}
    kept = [line for line in body if line.strip().split(":", 1)[0] not in paths]
    return "\n".join([*lines[: start + 1], *(f"{indent}{_line(item)}" for item in listed), *kept, *lines[end:], ""])


def _line(item: Given) -> str:
    unit = bench_unit(item.unit)
    shown = "" if unit == "1" else f" {unit}"
    factor = from_si(1.0, item.unit, unit) - from_si(0.0, item.unit, unit)
    spread = f", sd: {item.sd * factor:.3g}{shown}" if math.isfinite(item.sd) else ""
    source = item.source.replace('"', "'")
    value = f"{from_si(item.value, item.unit, unit):.6g}{shown}"
    return f'{item.path}: {{value: {value}{spread}, kind: measured, source: "{source}"}}'
