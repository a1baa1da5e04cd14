"""Where in the text of a study something stands that a stage found wrong."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from halodot.errors import InputError, Problem
from halodot.nodes import Node, Place, plain, read_file
from halodot.study import library
from halodot.study.extends import extended
from halodot.study.model import Study
from halodot.study.old_names import with_present_names

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
_REMARK = re.compile(r"\s*\([^()]*\)$")


def located(study: Study, error: InputError) -> InputError:
    """Return an error with the line and column of every problem that the file of a study writes as it was read."""
    try:
        tree = _text_of(study)
    except InputError:  # the file is gone, or was changed since
        return error
    return error if tree is None else InputError([_located(tree, study, problem) for problem in error.problems])


def _text_of(study: Study) -> Node | None:
    """Return the text of a study with the present names, as it was read; None where it was no file."""
    path = Path(study.path)
    if path.is_file():
        file, name, folder = path, str(path), path.absolute().parent
    elif study.name in library.studies():
        file, name, folder = library.study_path(study.name), study.path, None
    else:
        return None
    tree = extended(read_file(file, name), folder=folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # reading the study has said it
        with_present_names(tree)
    return tree


def _located(tree: Node, study: Study, problem: Problem) -> Problem:
    if problem.line or not problem.path:
        return problem
    place = place_of(tree, study.document, problem.path)
    if place is None:
        return problem
    return replace(problem, file=place.file, line=place.line, column=place.column, source_line=place.source_line)


def place_of(tree: Node, document: Any, path: str) -> Place | None:
    """Return where a path such as ``device.layers[3] (PTAA)`` stands, as far as the text goes down to it.

    Args:
        tree: the text.
        document: the study as it was read; None comes back where the text says something else by now.
        path: of the problem.
    """
    node, place, read = tree, tree.place, document
    for step in _STEP.findall(_REMARK.sub("", path)):
        if isinstance(node.value, dict) and step in node.value and isinstance(read, dict):
            place, node, read = node.keys.get(step, node.value[step].place), node.value[step], read.get(step)
        elif isinstance(node.value, list) and step[0] == "[" and isinstance(read, list):
            index = int(step[1:-1])
            if not index < min(len(node.value), len(read)):
                return None
            node, read = node.value[index], read[index]
            place = node.place
        else:
            break
    return place if plain(node) == read else None
