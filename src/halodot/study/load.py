"""Reads a whole study: text, changes, sections, calibration, parameters."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

from halodot.errors import InputError, Problem
from halodot.nodes import Node, file_text, from_plain, plain, problem_at, read_text
from halodot.sources import Sourced
from halodot.states import Film, Note, Recipe, Stack, replaced
from halodot.study import library, synonyms
from halodot.study.calibration import NONE, Calibration, named_calibration, read_calibration, unstated
from halodot.study.conditions import read_given, read_run
from halodot.study.declarations import declared
from halodot.study.device import read_device
from halodot.study.extends import extended, study_node
from halodot.study.folders import remarks, shipped_alone
from halodot.study.halides import other_halides
from halodot.study.inputs import noted, with_entries
from halodot.study.layer_optics import Needs, within_tables
from halodot.study.likeness import OF_THE_DOTS, alike, bare, same_stack, still_calibrated
from halodot.study.model import Study
from halodot.study.old_names import with_present_names
from halodot.study.overrides import override
from halodot.study.reader import Reader, nearest
from halodot.study.recipe import read_recipe
from halodot.study.spread import read_spread

FORMAT = "1"
_TOLD, _MADE = ("halodot", "title", "extends", "about"), ("recipe", "device", "run", "given")
STUDY_KEYS = (*_TOLD, *_MADE, "parameters", "calibration", "spread")
#: given quantities that are results only, so that nothing behind them changes
READ_BY_NOBODY = tuple(
    f"dots.{name}"
    for name in (
        "pl_peak",
        "pl_fwhm",
        "lifetime",
        "lifetime_amplitude",
        "lifetime_intensity",
        "pl_retained_in_air",
        "weight_loss",
    )
)
#: parameters that follow run.temperature and run.humidity
CONDITIONS = ("film.temperature", "ageing.temperature", "ageing.humidity")
_NO_DEVICE = ("flask", "dots", "film", "light")


def load(path: str | PathLike[str], overrides: Iterable[str] = (), root: Path = library.ROOT) -> Study:
    """Read a study from a file, or by its name from the library.

    Args:
        path: a YAML file, or the name of a study of the library such as ``"paper-0.2"``.
        overrides: changes ``path=value`` that are made before anything is checked.
        root: the library's folder.

    Returns:
        The study, every number of it checked and in SI.

    Raises:
        InputError: with every problem of the study and its place.
    """
    name = str(path)
    if name in (*library.studies(root), *library.STUDY_ALIASES) and not os.path.isfile(name):
        return load_library_study(name, overrides, root)
    if name and Path(name).suffix not in (".yaml", ".yml") and "/" not in name and not os.path.exists(name):
        known = library.studies(root)
        message = f"there is no such file, and no study of this name in the library ({', '.join(known)})"
        raise InputError(Problem(message, file=name, suggestion=nearest(name, known)))
    file = Path(name)
    text = file_text(file)
    return _study(read_text(text, name), _Origin(name, file.stem, root, file.absolute().parent, text=text), overrides)


def load_library_study(name: str, overrides: Iterable[str] = (), root: Path = library.ROOT) -> Study:
    """Read a study of the library by its name.

    Raises:
        InputError: the library has no such study, or a change cannot be made.
    """
    path = library.study_path(name, root)
    called = library.study_file_name(path, root)
    folder = None if path.is_relative_to(root) else path.parent
    text = file_text(path, called)
    study = _study(read_text(text, called), _Origin(called, path.stem, root, folder, text=text), overrides)
    other = library.replaced_study(path.stem, root)
    return replace(study, notes=(Note("other library", other), *study.notes)) if other else study


def from_text(
    text: str,
    name: str = "<text>",
    overrides: Iterable[str] = (),
    root: Path = library.ROOT,
    folder: str | PathLike[str] | None = None,
) -> Study:
    """Read a study from a text in YAML.

    Args:
        text: the study.
        name: how it is called in messages.
        overrides: changes ``path=value`` that are made before anything is checked.
        root: the library's folder.
        folder: from which the files that the study names are found; without one their paths must be absolute.

    Raises:
        InputError: with every problem of the text and its place.
    """
    return _study(read_text(text, name), _Origin(name, Path(name).stem, root, _folder(folder), text=text), overrides)


def from_document(
    document: Mapping[str, Any],
    name: str = "<document>",
    overrides: Iterable[str] = (),
    root: Path = library.ROOT,
    folder: str | PathLike[str] | None = None,
    kept: Study | None = None,
) -> Study:
    """Read a study from the dictionaries that :func:`to_document` returned; others are those of ``from_text``.

    Args:
        document: the dictionaries.
        kept: the study that a result keeps, whose name, text and files are taken.

    Raises:
        InputError: with every problem of the document.
    """
    origin = _Origin(name, Path(name).stem, root, _folder(folder))
    if kept is not None:
        origin = _Origin(name, kept.name, root, _folder(folder), kept.text, kept.files)
    return _study(from_plain(document, name), origin, overrides)


def _folder(folder: str | PathLike[str] | None) -> Path | None:
    return None if folder is None else Path(folder).absolute()


def to_document(study: Study) -> dict[str, Any]:
    """Return a study as dictionaries, lists, texts and numbers, from which it can be read again without loss.

    It names its calibration, ``none`` too, so that it means the same whatever a study that names none may mean.
    """
    return dict(study.document)


# ------------------------------------------------------------------------------------------------------------ sections


@dataclass
class _Parts:
    """The parts of a study while it is read."""

    reader: Reader
    items: dict[str, Node]
    root: Path
    folder: Path | None  # of the study, None where it is no file


@dataclass(frozen=True)
class _Origin:
    """Where a study was read from."""

    path: str  # in messages
    name: str
    root: Path
    folder: Path | None
    text: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)  # files that a result keeps: word -> content

    @property
    def chain(self) -> tuple[Path, ...]:
        """The file itself, where it is one."""
        return (Path(self.path).resolve(),) if self.folder is not None and os.path.isfile(self.path) else ()


def _study(node: Node, origin: _Origin, overrides: Iterable[str]) -> Study:
    root = origin.root
    if not isinstance(node.value, dict):
        message = f"a study is a mapping that starts with 'halodot: 1', not {node.kind}"
        raise InputError(problem_at(node.place, message))
    notes = _of_other_libraries(node, root)
    node = extended(node, root, origin.folder, origin.chain)
    old = with_present_names(node)
    _override_all(node, overrides)
    old += with_present_names(node)
    reader = Reader(library.source_keys(root), notes=[*notes, *old], kept=origin.kept)
    items = reader.mapping(node, "", STUDY_KEYS)
    parts = _Parts(reader, items, root, origin.folder)
    _check_version(parts)
    if "recipe" not in items and "device" not in items and "given" not in items:
        reader.complain(node.place, "the study has neither a recipe nor a device")
    study = _assembled(parts, plain(node), origin.path, origin.name)
    study = _parametrised(_calibrated(study, parts), parts)
    return replace(study, text=origin.text, files=reader.files)


def _of_other_libraries(node: Node, root: Path) -> list[Note]:
    """Note what of other libraries is not read, and a study that stands for the shipped one that is extended."""
    notes = [Note("not followed", text) for text in remarks()] if root == library.ROOT else []
    base = node.value.get("extends") if isinstance(node.value, dict) else None
    name = base.value if base is not None and isinstance(base.value, str) else ""
    other = library.replaced_study(name, root, node.place.file)
    return [*notes, Note("other library", other, "extends")] if other else notes


def _override_all(node: Node, overrides: Iterable[str]) -> None:
    problems: list[Problem] = []
    for text in overrides:
        try:
            override(node, text)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _check_version(parts: _Parts) -> None:
    if "halodot" not in parts.items:
        return
    node = parts.items["halodot"]
    if node.value != FORMAT:
        parts.reader.complain(node.place, f"this version reads studies of format {FORMAT}", "halodot", FORMAT)


def _assembled(parts: _Parts, document: dict[str, Any], path: str, name: str) -> Study:
    """Read every section; parameters are the library's still."""
    reader, items = parts.reader, parts.items
    title = reader.text(items["title"], "title") if "title" in items else name
    recipe = read_recipe(reader, items["recipe"], parts.root) if "recipe" in items else None
    run = read_run(reader, items.get("run"), *_line(items))
    given = read_given(reader, items["given"], run) if "given" in items and items["given"].value else {}
    _check_given(parts, recipe, given)
    stops_early = run.stop_after in _NO_DEVICE
    spectrum = _spectrum(items)
    needs = Needs(run.wavelength, _makes_film(recipe, given), not stops_early, parts.folder, parts.root, spectrum)
    stack, emitter, tables = read_device(reader, items["device"], needs) if "device" in items else (None, None, {})
    if stack is not None:
        stack = replaced(stack, temperature=run.temperature)
        if spectrum is not None and spectrum[0].endswith("peak"):
            run = replaced(run, wavelength=within_tables(run.wavelength, stack.layers))
    stages: dict[str, Any] = dict.fromkeys(library.STAGES)
    inputs: dict[str, Sourced] = {}
    for stage in _used_stages(recipe, given, stack, run.lifetime_luminance):
        stages[stage], found = library.parameters(stage, parts.root)
        apart = {*_stated_by_the_study(stack), *other_halides(recipe, given)}
        inputs |= {path: entry for path, entry in found.items() if path not in apart}
    return Study(
        title=title,
        name=name,
        path=path,
        document=document,
        recipe=recipe,
        stack=stack,
        emitter=emitter,
        run=run,
        **stages,
        given=given,
        inputs=inputs | reader.inputs,
        tables=tables,
        notes=tuple(reader.notes),
    )


def _stated_by_the_study(stack: Stack | None) -> tuple[str, ...]:
    """Return the parameters that every study replaces by its own conditions, so that they are no inputs."""
    emits = stack is not None and any(layer.role == "emitter" for layer in stack.layers)
    return (*CONDITIONS, "film.nominal_thickness") if emits else CONDITIONS


def _check_given(parts: _Parts, recipe: Recipe | None, given: Mapping[str, Any]) -> None:
    """Report a single given quantity whose state is not computed, so that it would be given in vain."""
    computed = _used_stages(recipe, given, None, math.nan)
    for key in given:
        stage, dot, _ = key.partition(".")
        if dot and stage not in computed:
            message = f"{key} is given, but nothing computes the rest of {stage!r}; state a recipe, or all of {stage!r}"
            parts.reader.complain(parts.items["given"].place, message, "given")
        elif key in READ_BY_NOBODY:
            parts.reader.note("not followed", "given for the summary alone; no later stage reads it", f"given.{key}")


def _line(items: Mapping[str, Node]) -> tuple[float, float]:
    """Return peak and width of the line that the study states, nan where it states none or a wrong one."""
    found = []
    device = items.get("device")
    emitter = device.value.get("emitter") if device is not None and isinstance(device.value, dict) else None
    for key in ("peak", "fwhm"):
        node = emitter.value.get(key) if emitter is not None and isinstance(emitter.value, dict) else None
        entry = Reader().quantity(node, key, "m", "positive") if node is not None else None
        found.append(entry.value if entry is not None else math.nan)
    return found[0], found[1]


def _spectrum(items: Mapping[str, Node]) -> tuple[str, Node] | None:
    """Return what the study says of the wavelengths of its light, path and node."""
    for section, keys in (("run", ("wavelength",)), ("device", ("emitter", "peak"))):
        node = items.get(section)
        for key in keys:
            node = node.value.get(key) if node is not None and isinstance(node.value, dict) else None
        if node is not None:
            return ".".join((section, *keys)), node
    return None


def _makes_film(recipe: Recipe | None, given: Mapping[str, Any]) -> bool:
    return recipe is not None or any(stage in given for stage in ("flask", "dots", "film"))


def _used_stages(
    recipe: Recipe | None, given: Mapping[str, Any], stack: object, lifetime_luminance: float
) -> tuple[str, ...]:
    """Return the stages whose parameters enter."""
    used = []
    if isinstance(given.get("film"), Film):
        pass
    elif "dots" in given:
        used = ["perovskite", "film"]
    elif "flask" in given:
        used = ["perovskite", "dots", "film"]
    elif recipe is not None:
        used = ["perovskite", "flask", "dots", "film"]
    if stack is not None and math.isfinite(lifetime_luminance):
        used.append("ageing")
    return tuple(used)


# ---------------------------------------------------------------------------------------------- calibration, parameters


def _calibrated(study: Study, parts: _Parts) -> Study:
    reader, node = parts.reader, parts.items.get("calibration")
    wanted = reader.text(node, "calibration") if node is not None else ""
    document = {**study.document, "title": study.title, "calibration": wanted or NONE}
    study = replace(study, document=document)
    if node is None:
        if text := unstated(study):
            reader.note("assumed", text, "calibration")
        return study
    written = named_calibration(reader, node, wanted, parts.folder, parts.root)
    if written is None:
        return study
    units = {path: entry.unit for path, entry in study.inputs.items()}
    try:
        found = read_calibration(written, units, _parameter_rule, parts.root)
    except InputError as error:
        reader.problems += error.problems
        return study
    quantities = _calibrated_quantities(study, found, parts.root)
    priors = {path: study.inputs[path] for path in found.values}
    if not reader.problems:
        study = with_entries(study, _of_the_same_method(found.values, priors), study.document)
    return replace(
        study,
        calibration=wanted,
        priors=priors,
        calibrated_quantities=quantities,
        evidence=found.evidence,
        fitted_to=found.fitted_to,
    )


def _of_the_same_method(values: Mapping[str, Sourced], priors: Mapping[str, Sourced]) -> dict[str, Sourced]:
    """Return calibrated numbers with the method that their priors share with others: data do not change it."""
    return {
        path: replace(entry, method=priors[path].method, shared=priors[path].shared) for path, entry in values.items()
    }


def _calibrated_quantities(study: Study, calibration: Calibration, root: Path) -> tuple[str, ...]:
    """Return what was calibrated on the very dots of a study, and on the very device.

    The same recipe gives the same dots whatever is made of them, so that their numbers stay calibrated in another
    device; numbers of the device need all of it to be the same.
    """
    if any(stage in study.given for stage in ("flask", "dots", "film")):
        return ()
    found: dict[str, None] = {}
    recipe = bare(study.recipe)
    for name, quantities in calibration.quantities.items():
        with shipped_alone():
            shipped = _shipped(name, root) if name in library.studies(root) else None
        if shipped is None or recipe is None or not alike(recipe, shipped.recipe):
            continue
        device = same_stack(study.stack, shipped.stack) and _same_test(study, shipped)
        found |= dict.fromkeys(quantity for quantity in quantities if device or quantity in OF_THE_DOTS)
    return tuple(found)


def _same_test(study: Study, shipped: Study) -> bool:
    tests = [(item.run.lifetime_luminance, item.run.illumination) for item in (study, shipped)]
    return not study.given and alike(*tests)


@cache
def _shipped(name: str, root: Path) -> Study:
    """A study of the library before any calibration, and what the model sees of its recipe."""
    path = library.study_path(name, root)
    node = study_node(name, root)
    reader = Reader(library.source_keys(root))
    items = reader.mapping(node, "", STUDY_KEYS)
    study = _assembled(_Parts(reader, items, root, None), plain(node), path.name, path.stem)
    return replace(study, recipe=bare(study.recipe))


def _parametrised(study: Study, parts: _Parts) -> Study:
    """Lay the section ``parameters`` over the numbers of the study, and raise what is wrong with all of it."""
    reader, written = parts.reader, parts.items.get("parameters")
    entries: dict[str, Sourced] = {}
    switches: dict[str, str] = {}
    for path, item, place in _flat(reader, written, "") if written is not None else ():
        if _is_switch(path, parts.root):
            switches[path] = reader.text(item, f"parameters.{path}")
        elif path in study.inputs:
            found = reader.quantity(item, f"parameters.{path}", study.inputs[path].unit, _parameter_rule(path))
            if found is not None:
                entries[path] = found
        elif path in _stated_by_the_study(study.stack):
            instead = {"temperature": "run.temperature", "humidity": "run.humidity"}.get(path.split(".")[1], "")
            message = f"{path} follows the study's own conditions; state these instead"
            reader.complain(place.place, message, "parameters", instead or "the thickness of the emitting layer")
        elif path.split(".", 1)[0] in library.STAGES and _is_parameter(path, parts.root):
            reader.note("not followed", "does not enter this study", f"parameters.{path}")
        elif not reader.problems:
            message = f"the study has no number {path!r}"
            reader.complain(place.place, message, "parameters", _nearest_input(path, study.inputs))
    spread = read_spread(reader, parts.items["spread"], study.inputs) if "spread" in parts.items else None
    if reader.problems:
        problems = sorted(reader.problems, key=lambda problem: (problem.file, problem.line, problem.column))
        unread = [Problem(text) for text in remarks()] if parts.root == library.ROOT else []
        raise InputError([*problems, *unread])
    quantities = still_calibrated(study.calibrated_quantities, entries)
    study = replace(study, notes=tuple(reader.notes), calibrated_quantities=quantities, spread=spread)
    study = _switched(study, switches)
    study = with_entries(study, entries, study.document) if entries else study
    return replace(study, notes=(*study.notes, *noted(study)))


def _nearest_input(path: str, inputs: Mapping[str, Sourced]) -> str:
    """Return the input that was probably meant by a path: of the same part where its name is a word of the field."""
    part, _, name = path.rpartition(".")
    beside = {item.rpartition(".")[2] for item in inputs if item.rpartition(".")[0] == part}
    meant = synonyms.meaning(name, beside)
    return f"{part}.{meant.keys[0]}" if meant and meant.keys else nearest(path, inputs)


def _switched(study: Study, switches: Mapping[str, str]) -> Study:
    """Take other readings and forms of the models, the text parameters; the stages know their words."""
    for path, word in switches.items():
        stage, name = path.split(".", 1)
        parameters = getattr(study, stage)
        if parameters is None:
            note = Note("not followed", "does not enter this study", f"parameters.{path}")
            study = replace(study, notes=(*study.notes, note))
        else:
            study = replace(study, **{stage: replaced(parameters, **{name: word})})
    return study


def _parameter_rule(path: str) -> str:
    """Return what an overridden number may be; a share may pass 1 by a little, since derivatives step there."""
    rule = str(declared(path)["valid"])
    return "nonnegative" if rule == "fraction" else rule


def _is_switch(path: str, root: Path) -> bool:
    stage, _, name = path.partition(".")
    return stage in library.STAGES and isinstance(getattr(library.parameters(stage, root)[0], name, None), str)


def _is_parameter(path: str, root: Path) -> bool:
    return path in library.parameters(path.split(".", 1)[0], root)[1]


def _flat(reader: Reader, node: Node, before: str) -> list[tuple[str, Node, Node]]:
    """Return the leaves of nested parameters as (path, value, key)."""
    found: list[tuple[str, Node, Node]] = []
    for key, item in reader.mapping(node, before or "parameters").items():
        path = f"{before}.{key}" if before else key
        if isinstance(item.value, dict) and "value" not in item.value:
            found += _flat(reader, item, path)
        else:
            found.append((path, item, Node(node.keys[key], key)))
    return found
