"""Changes of a study's text: values at paths, and whole parts of it; what the person wrote beside them stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from os import PathLike
from typing import Any

from halodot.errors import InputError, Problem
from halodot.nodes import plain, read_text
from halodot.paths import root_of
from halodot.study.load import from_text, to_document
from halodot.study.text_changes import changed_text
from halodot.study.written import dumped, text_with

#: how a problem of a changed value names where it was written
_TYPED = "--set "
#: what every loaded study names, whether its text does or not
_ALWAYS_NAMED = ("title", "calibration")

#: source of what is set on the page
HAND = "set by hand"
#: sections whose own source says that what they state was measured
_SOURCED = ("device", "run")
_MORE_THAN_A_NUMBER = frozenset("{}[],:#\"'&*!|>@`")

Folder = str | PathLike[str] | None


def edit_value(text: str, folder: Folder, path: str, written: str) -> str:
    """Return a study's text with another value at one place, its remarks and its spelling kept.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        path: what is changed, as ``--set`` takes it.
        written: the new value with its unit, as one types it; empty takes the entry out.

    Raises:
        InputError: the loader's problems, those of the new value with this path; the text is as it was.
    """
    return edit_values(text, folder, {path: written})


def edit_values(text: str, folder: Folder, changes: Mapping[str, str]) -> str:
    """Return a study's text with other values at several places at once.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        changes: path -> new value, made in this order.

    Raises:
        InputError: the loader's problems, those of a new value with the path of its change.
    """
    try:
        study = from_text(text, overrides=[f"{path}={written}" for path, written in changes.items()], folder=folder)
    except InputError as error:
        raise InputError([_at_the_change(problem) for problem in error.problems]) from error
    return _written(text, folder, to_document(study))


def by_hand(document: Mapping[str, Any], path: str, written: str) -> str:
    """Return a number as it is written where somebody sets it: with its origin where its section names another.

    A bare number in a section of the device that names a source would count as measured there.

    Args:
        document: the study as dictionaries, lists, texts and numbers.
        path: of the number, as ``--set`` takes it.
        written: the number with its unit; words, and more than a number, stay as they are.
    """
    root = root_of(path)
    section = document.get(root) if root in _SOURCED else None
    bare = written.strip()[:1] in tuple("0123456789+-.") and not set(written) & _MORE_THAN_A_NUMBER
    if not bare or not isinstance(section, Mapping) or not {"source", "kind"} & set(section):
        return written
    return f"{{value: {written.strip()}, kind: assumed, source: {HAND}}}"


def edit_document(text: str, folder: Folder, change: Callable[[dict[str, Any]], None]) -> str:
    """Return a study's text after a change of its parts: a step more, layers in another order.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        change: changes the study as dictionaries, lists, texts and numbers, in place.

    Raises:
        InputError: the problems of the text, of the change, or of the changed study.
    """
    document = deepcopy(to_document(from_text(text, folder=folder)))
    change(document)
    new = _written(text, folder, document)
    from_text(new, folder=folder)
    return new


def edit_parameters(text: str, folder: Folder, parameters: Mapping[str, Any]) -> str:
    """Return a study's text that states numbers with their origin under ``parameters``; the rest stays as it is.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        parameters: by path, as of :func:`halodot.study.inputs.parameter_text`.

    Raises:
        InputError: the problems of the text, or it has no such numbers any more.
    """
    known = from_text(text, folder=folder).inputs
    if gone := [path for path in parameters if path not in known]:
        raise InputError([Problem("the study no longer has this number", path) for path in gone])

    def change(document: dict[str, Any]) -> None:
        document["parameters"] = {**(document.get("parameters") or {}), **parameters}

    return edit_document(text, folder, change)


def _at_the_change(problem: Problem) -> Problem:
    """Return a problem of a changed value with the path of the change, by which its field is found."""
    return replace(problem, path=problem.file.removeprefix(_TYPED)) if problem.file.startswith(_TYPED) else problem


def _written(text: str, folder: Folder, document: dict[str, Any]) -> str:
    """Return the text of a document, which says no more of itself than the earlier text did."""
    before = plain(read_text(text))
    if "extends" not in before:
        document = {key: value for key, value in document.items() if key not in _ALWAYS_NAMED or key in before}
        return text_with(text, document)
    return _still_extending(text, before, folder, document) or text_with(text, document)


def _still_extending(text: str, before: Mapping[str, Any], folder: Folder, document: dict[str, Any]) -> str:
    """Return a text that still holds only what differs from the study it extends, empty where it cannot be said so."""
    try:
        base = to_document(from_text(dumped({"halodot": 1, "extends": before["extends"]}), folder=folder))
        new = changed_text(text, {"extends": before["extends"], **_beyond(base, document, before)})
        return new if new and to_document(from_text(new, folder=folder)) == document else ""
    except InputError:
        return ""


def _beyond(base: Mapping[str, Any], wanted: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is laid over a base to give what is wanted; all that was said before is said again."""
    found: dict[str, Any] = {}
    for key in dict.fromkeys((*said, *wanted, *base)):
        if key not in wanted:
            found |= {key: None} if key in base else {}
        elif isinstance(wanted[key], Mapping) and isinstance(base.get(key), Mapping):
            earlier = said.get(key)
            inner = _beyond(base[key], wanted[key], earlier if isinstance(earlier, Mapping) else {})
            found |= {key: inner} if inner or key in said else {}
        elif key in said or key not in base or base[key] != wanted[key]:
            found[key] = wanted[key]
    return found
