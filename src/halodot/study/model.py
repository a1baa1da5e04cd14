"""What a study is once it has been read, and how its numbers are changed without reading it again."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from halodot.device.remarks import remarks
from halodot.device.solver.settings import SolverSettings
from halodot.errors import InputError, Problem
from halodot.sources import Sourced
from halodot.states import Array, Emitter, Note, Recipe, Stack, Step, number, replaced, state, with_stated
from halodot.study.evidence import Evidence
from halodot.study.likeness import still_calibrated
from halodot.study.plausible import unlikely
from halodot.study.reader import nearest

_STEP_PATH = re.compile(r"(?:(pot|work_up)|stocks\.(.+))\[(\d+)\]\.(.+)")


@state
class Run:
    """What is computed and on which grid."""

    voltages: Array = field(metadata={"unit": "V"})
    wavelength: Array = field(metadata={"unit": "m"})  # of the optics
    positions: int = 11  # in the emitting layer
    lifetime_luminance: float = number(
        "cd/m2", "initial luminance of the lifetime test, nan for none", default=math.nan
    )
    temperature: float = number("K", "temperature of the device and of the air around it", default=300.0)
    humidity: float = number("1", "relative humidity of the air", default=0.5)
    illumination: float = number("1", "multiple of the layers' generation by light, 0 in the dark", default=1.0)
    stop_after: str = ""  # flask | dots | film | light, empty for all
    tolerance: float = number(
        "1", "relative error of the current and the light that the grids may leave", default=0.005
    )
    nodes_per_layer: int = 0  # of the device's grid in each electrical layer, 0 for as many as the tolerance asks
    solver: SolverSettings = SolverSettings()  # how the equations of the device are solved
    open: tuple[str, ...] = ()  # which of wavelength and positions the study leaves to the emitter


@state
class EmitterNumbers:
    """The light of the emitting layer as a study states it; nan where the film says it."""

    peak: float = number("m", "wavelength of the maximum", default=math.nan)
    fwhm: float = number("m", "full width at half maximum", default=math.nan)
    plqy: float = number("1", "photoluminescence quantum yield of the film", default=math.nan)
    radiative_lifetime: float = number("s", "reciprocal radiative rate in an infinite medium", default=math.nan)
    horizontal_fraction: float = number("1", "share of dipole moment in the plane", default=2.0 / 3.0)
    quenching_range: float = number("m", "decay length of quenching by a neighbouring layer", default=1e-9)
    exciton_diffusivity: float = number("m2/s", "diffusion coefficient of excitons", default=math.nan)
    dot_volume: float = number("m3", "volume of the film for each dot", default=math.nan)
    trion_auger_rate: float = number("1/s", "Auger rate of an exciton on a dot with one charge", default=math.nan)
    quenching_field: float = number("V/m", "field that halves the radiative rate of an exciton", default=math.nan)


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Everything that a computation needs, and where each of its numbers comes from."""

    title: str
    name: str  # of the file, without its ending
    path: str
    document: Mapping[str, Any]  # what was written, after all changes, as JSON knows it
    recipe: Recipe | None
    stack: Stack | None
    emitter: EmitterNumbers | None  # what the study states about the emitting layer's light
    run: Run
    flask: Any  # FlaskParameters, None for a stage that does not enter, as the next three
    dots: Any  # DotsParameters
    film: Any  # FilmParameters
    ageing: Any  # AgeingParameters
    given: Mapping[str, Any]  # "dots.plqy" -> value, or "film" -> a whole state
    inputs: Mapping[str, Sourced]  # every number that enters, by its path
    calibration: str = ""
    calibrated_quantities: tuple[str, ...] = ()  # of the summary, whose data calibrated the parameters
    evidence: Evidence | None = None  # what the calibration's data say of the inputs
    tables: Mapping[str, str] = field(default_factory=dict)  # layer -> source of its refractive index
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        """The title and how much it holds."""
        parts = [name for name in ("recipe", "stack") if getattr(self, name) is not None]
        return f"<Study {self.title!r}: {', '.join(parts) or 'given states'}, {len(self.inputs)} numbers>"

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys or words of every source that a number or a table of this study names."""
        return tuple(sorted({*(entry.source for entry in self.inputs.values()), *self.tables.values()} - {""}))


def with_inputs(study: Study, values: Mapping[str, float]) -> Study:
    """Return a study with other numbers; every part that they do not touch is the same object as before.

    Args:
        study: the study.
        values: value in SI (``study.inputs[path].unit``) by path.

    Raises:
        InputError: the study has no such input, or a value is not finite.
    """
    problems = []
    for path, value in values.items():
        if path not in study.inputs:
            message = f"{study.title or 'the study'} has no input {path!r}"
            problems.append(Problem(message, suggestion=nearest(path, study.inputs)))
        elif not math.isfinite(value):
            problems.append(Problem(f"{value} is not finite", path))
    if problems:
        raise InputError(problems)
    entries = {path: replace(study.inputs[path], value=float(value)) for path, value in values.items()}
    changed = with_entries(study, entries, _with_parameters(study.document, entries))
    before = set(noted(study))
    notes = (*(note for note in study.notes if note not in before), *noted(changed))
    return replace(changed, calibrated_quantities=still_calibrated(study.calibrated_quantities, values), notes=notes)


def noted(study: Study) -> tuple[Note, ...]:
    """Return what is to be said of a study's numbers: what is unlikely, and what the device takes otherwise."""
    if study.stack is None or study.run.stop_after:
        return unlikely(study)
    found = unlikely(study)
    said = {note.where for note in found}
    return (*found, *(note for note in remarks(study.stack) if note.kind != "unlikely" or note.where not in said))


def with_entries(study: Study, entries: Mapping[str, Sourced], document: Mapping[str, Any]) -> Study:
    """Return a study with other numbers and their origin; all paths are inputs of the study."""
    changes: dict[str, dict[str, float]] = {}
    for path, entry in entries.items():
        root, rest = path.split(".", 1)
        changes.setdefault(root, {})[rest] = entry.value
    parts: dict[str, Any] = {}
    for root, values in changes.items():
        if root in ("flask", "dots", "film", "ageing"):
            parts[root] = replaced(getattr(study, root), **values)
        elif root == "run":
            parts["run"] = replaced(study.run, **values)
        elif root == "emitter" and study.emitter is not None:
            parts["emitter"] = replaced(study.emitter, **values)
        elif root == "recipe" and study.recipe is not None:
            parts["recipe"] = _changed_recipe(study.recipe, values)
        elif root == "given":
            parts["given"] = _changed_given(study.given, values)
    stack = _changed_stack(study, changes, parts)
    if stack is not study.stack:
        parts["stack"] = stack
    return replace(study, **parts, inputs={**study.inputs, **entries}, document=document)


def parameter_text(entry: Sourced) -> dict[str, Any]:
    """Return a number and its origin as a study writes it, without any loss."""
    written: dict[str, Any] = {"value": _written(entry.value, entry.unit)}
    for key in ("low", "high", "sd"):
        if math.isfinite(getattr(entry, key)):
            written[key] = _written(getattr(entry, key), entry.unit)
    written["kind"] = entry.kind
    return written | {key: getattr(entry, key) for key in ("source", "about") if getattr(entry, key)}


def make_emitter(numbers: EmitterNumbers) -> Emitter:
    """Return the emitter of a device without a recipe: a line that is a Gaussian in energy.

    Raises:
        InputError: there is no light, since the quantum yield or the lifetime is zero.
    """
    if not (numbers.plqy > 0.0 and numbers.radiative_lifetime > 0.0):
        raise InputError("an emitter without quantum yield or lifetime gives no light to follow")
    from halodot.light.colour import gaussian_line

    span = max(60e-9, 3.0 * numbers.fwhm)
    # 24 steps over the width of the line, so that what is linear between them is that line within 0.2 %.
    count = min(max(241, 2 * math.ceil(24.0 * span / numbers.fwhm) + 1), 20_001)
    wavelength = np.linspace(max(numbers.peak - span, 0.3 * numbers.peak), numbers.peak + span, count)
    rate = 1.0 / numbers.radiative_lifetime
    return Emitter(
        wavelength=wavelength,
        spectrum=gaussian_line(wavelength, numbers.peak, numbers.fwhm),
        radiative_rate=rate,
        nonradiative_rate=rate * (1.0 / numbers.plqy - 1.0),
        horizontal_fraction=numbers.horizontal_fraction,
        quenching_range=numbers.quenching_range,
        **stated_fates(numbers),
    )


def stated_fates(numbers: EmitterNumbers) -> dict[str, float]:
    """Return what is said of how excitons move and end beside charges and in the field, by field of the emitter."""
    names = ("exciton_diffusivity", "dot_volume", "trion_auger_rate", "quenching_field")
    return {name: getattr(numbers, name) for name in names if not math.isnan(getattr(numbers, name))}


def _written(value: float, unit: str) -> Any:
    return value if unit == "1" else f"{value!r} {unit}"


def _with_parameters(document: Mapping[str, Any], entries: Mapping[str, Sourced]) -> Mapping[str, Any]:
    stated = {**(document.get("parameters") or {})}
    return {**document, "parameters": stated | {path: parameter_text(entry) for path, entry in entries.items()}}


def _changed_recipe(recipe: Recipe, values: Mapping[str, float]) -> Recipe:
    chemicals = dict(recipe.chemicals)
    stocks = {name: list(steps) for name, steps in recipe.stocks.items()}
    pots = {"pot": list(recipe.pot), "work_up": list(recipe.work_up)}
    for path, value in values.items():
        found = _STEP_PATH.fullmatch(path)
        if found:
            steps = pots[found[1]] if found[1] else stocks[found[2]]
            steps[int(found[3])] = _changed_step(steps[int(found[3])], found[4], value)
        else:
            name, item = path.removeprefix("chemicals.").rsplit(".", 1)
            chemicals[name] = replaced(chemicals[name], **{item: value})
    frozen = {name: tuple(steps) for name, steps in stocks.items()}
    return Recipe(stocks=frozen, pot=tuple(pots["pot"]), work_up=tuple(pots["work_up"]), chemicals=chemicals)


def _changed_step(step: Step, item: str, value: float) -> Step:
    if not item.startswith("wash."):
        return replaced(step, **{item: value})
    name = item.removeprefix("wash.")
    return replaced(step, antisolvents=tuple((key, value if key == name else old) for key, old in step.antisolvents))


def _changed_given(given: Mapping[str, Any], values: Mapping[str, float]) -> Mapping[str, Any]:
    changed = dict(given)
    for path, value in values.items():
        root, item = path.split(".", 1)
        if root in given:
            changed[root] = replaced(changed[root], **{item: value})
        else:
            changed[path] = value
    return changed


def _changed_stack(study: Study, changes: Mapping[str, Mapping[str, float]], parts: Mapping[str, Any]) -> Stack | None:
    stack = study.stack
    if stack is None:
        return None
    whole: dict[str, Any] = {}
    layers: dict[str, dict[str, float]] = {}
    for path, value in changes.get("stack", {}).items():
        name, _, item = path.rpartition(".")
        if name:
            layers.setdefault(name, {})[item] = value
        else:
            whole[item] = value
    for index, layer in enumerate(stack.layers):
        stack = with_stated(stack, index, layers.get(layer.name, {}))
    if "temperature" in changes.get("run", {}):
        whole["temperature"] = changes["run"]["temperature"]
    if "emitter" in parts and stack.emitter is not None:
        whole["emitter"] = make_emitter(parts["emitter"])
    return replaced(stack, **whole) if whole else stack
