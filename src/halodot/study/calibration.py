"""Calibrations: the one that a study names, what a file of one must hold, and which one is in force."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from halodot.errors import InputError
from halodot.nodes import Node, problem_at, read_file, read_text
from halodot.paths import present, root_of
from halodot.sources import Sourced
from halodot.study import library
from halodot.study.evidence import Evidence, read_evidence
from halodot.study.model import Study
from halodot.study.reader import Reader, nearest

#: the word for no calibration
NONE = "none"
_KEYS = ("name", "about", "script", "calibrated", "rows", "cost", "values", "correlation", "evidence")
_ACROSS_KEYS = ("fitted_to", "scatter", "scores", "papers")  # of a calibration across papers
_FIT_KEYS = ("determined",)  # what a calibration says of a value beside its origin
_FILES = (".yaml", ".yml")


@dataclass(frozen=True, eq=False)
class Calibration:
    """Parameters that were fitted to data, and what they were fitted to."""

    values: Mapping[str, Sourced]
    evidence: Evidence | None = None
    quantities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by library study whose data were used
    fitted_to: str = ""  # in words, empty where the file does not say


def named_calibration(reader: Reader, node: Node, word: str, folder: Path | None, root: Path) -> Node | None:
    """Return the text of the calibration that a study names: one of the library, or a file beside the study.

    Args:
        reader: collects problems.
        node: where the study names it.
        word: a name of the library, or a path that ends in .yaml.
        folder: of the study, None where it was not read from a file.
        root: the library's folder.

    Returns:
        The text; None for ``none``, and where there is no such calibration, which is reported.
    """
    if word in ("", NONE):
        return None
    if (shipped := library.calibration_node(word, root)) is not None:
        return shipped
    if not word.endswith(_FILES):
        known = (*library.calibrations(root), NONE)
        message = f"the library has no calibration {word!r}; it has {', '.join(known)}; a file ends in .yaml"
        reader.complain(node.place, message, "calibration", nearest(word, known))
        return None
    if word in reader.kept:
        reader.files[word] = reader.kept[word]
        return _values_of_a_study(read_text(reader.kept[word], word))
    path = Path(word) if folder is None else Path(os.path.normpath(folder / word))
    if not path.is_absolute():
        message = "a study that was not read from a file has no folder; write the whole path of the calibration"
        reader.complain(node.place, message, "calibration")
        return None
    if not os.path.isfile(path):
        beside = [item.name for item in path.parent.glob("*.y*ml")] if os.path.isdir(path.parent) else []
        reader.complain(node.place, f"there is no file {path}", "calibration", nearest(path.name, beside))
        return None
    try:
        found = read_file(path, word)
        reader.files[word] = path.read_text(encoding="utf-8-sig")
        return _values_of_a_study(found)
    except InputError as error:
        reader.problems += error.problems
        return None


def _values_of_a_study(node: Node) -> Node:
    """Return the parameters of a study as a calibration, such as ``halodot fit`` writes; any other text as it is."""
    written = node.value if isinstance(node.value, dict) else {}
    if "values" in written or not {"halodot", "extends", "device", "recipe"} & written.keys():
        return node
    if "parameters" not in written:
        raise InputError(problem_at(node.place, "this study has no 'parameters' to take; name it under 'extends'"))
    told = Node(node.place, f"what {os.path.basename(node.place.file)} says of its parameters", quoted=True)
    return Node(node.place, {"fitted_to": told, "values": written["parameters"]}, node.keys)


def read_calibration(
    node: Node, units: Mapping[str, str], rule: Callable[[str], str], root: Path = library.ROOT
) -> Calibration:
    """Read a calibration for a study.

    Args:
        node: its text.
        units: SI unit by path of the inputs that the study has; values of others are left out.
        rule: returns what the number of a path may be, one of ``reader.RULES``.
        root: the library's folder.

    Raises:
        InputError: a value cannot be read or is none that the parameter may have, a parameter is none of the models,
            or the evidence is incomplete.
    """
    reader = Reader(library.source_keys(root), default_kind="calibrated")
    items = reader.mapping(node, "calibration", _KEYS + _ACROSS_KEYS)
    values = reader.mapping(items["values"], "values") if "values" in items else {}
    for written, value in values.items():
        path = present(written, "calibration")
        if path in units:
            reader.number(_without(value, _FIT_KEYS), path, units[path], rule(path))
        elif not _is_known(path, root):
            known = (name for stage in library.STAGES for name in library.parameters(stage, root)[1])
            reader.complain(value.place, f"the models have no parameter {path!r}", "values", nearest(path, known))
    quantities = _quantities(reader, items["calibrated"]) if "calibrated" in items else {}
    rows = reader.mapping(items["rows"], "rows") if "rows" in items else {}
    evidence = read_evidence(reader, items["evidence"], rows) if "evidence" in items else None
    if reader.problems:
        raise InputError(reader.problems)
    told = reader.text(items["fitted_to"], "fitted_to") if "fitted_to" in items else ""
    return Calibration(reader.inputs, evidence, quantities, told or _fitted_to(len(rows), quantities))


def _is_known(path: str, root: Path) -> bool:
    """Whether a path is a parameter of the models, or a number of a study, which another study need not have."""
    stage = root_of(path)
    if stage in library.STAGES:
        return path in library.parameters(stage, root)[1]
    return stage in ("recipe", "device", "run", "given")


def _quantities(reader: Reader, node: Node) -> dict[str, tuple[str, ...]]:
    return {
        study: tuple(reader.text(name, f"calibrated.{study}") for name in reader.sequence(names, f"calibrated.{study}"))
        for study, names in reader.mapping(node, "calibrated").items()
    }


def _without(node: Node, keys: tuple[str, ...]) -> Node:
    if not isinstance(node.value, dict):
        return node
    return Node(node.place, {key: item for key, item in node.value.items() if key not in keys}, node.keys)


def _fitted_to(rows: int, studies: Iterable[str]) -> str:
    names = _listed(tuple(studies))
    found = f"{rows} data" if rows else "data" if names else ""
    return f"{found} of {names}" if names else found


# --------------------------------------------------------------------------------------------------------- in force


def enters(study: Study) -> bool:
    """Return whether a parameter of chemistry or ageing enters a study, which a calibration may have fitted."""
    return bool(_stages(study))


def in_force(study: Study) -> str:
    """Return in one line which calibration a study uses and what it was fitted to, or that it uses none."""
    stages = _stages(study)
    if not stages:
        return f"Calibration: {study.calibration or NONE}; no parameter of chemistry or ageing enters."
    if study.calibration:
        return f"Calibration: {study.calibration}, fitted to {study.fitted_to or 'data that it does not name'}."
    return f"Calibration: {NONE}; {_central(stages)}."


def unstated(study: Study) -> str:
    """Return what is to be noted of a study that names no calibration; empty where no parameter of a model enters."""
    stages = _stages(study)
    if not stages:
        return ""
    shipped = " or ".join(f"'calibration: {name}'" for name in library.calibrations())
    return (
        f"no calibration is stated: {_central(stages)}. State {shipped} to take those that were fitted to its data,"
        f" the path of a calibration of your own, or 'calibration: {NONE}'."
    )


def _stages(study: Study) -> tuple[str, ...]:
    return tuple(stage for stage in library.STAGES if getattr(study, stage) is not None)


def _central(stages: tuple[str, ...]) -> str:
    return f"the parameters of {_listed(stages)} are the library's central values, assumed or from the literature"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
