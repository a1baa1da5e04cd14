"""What of the dots and their film can be given as measured, in place of what would be computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from os import PathLike
from types import MappingProxyType
from typing import Any

from halodot.app.edits import edit_document
from halodot.app.stack.words import cited, exact_text
from halodot.app.stack.written import written_text
from halodot.chain.simulate import simulate
from halodot.errors import InputError, Problem
from halodot.names import QUANTITIES, input_text
from halodot.nodes import plain, read_text
from halodot.states import Dots, Film, Flask, replaced
from halodot.study import Study, library
from halodot.study.load import READ_BY_NOBODY
from halodot.study.records import is_number
from halodot.units import to_si
from halodot.wording import in_words

Folder = str | PathLike[str] | None

#: states of which single quantities can be given -> how they are called
STATES: Mapping[str, str] = {"film": "Film of dots", "dots": "Dots in solution", "flask": "After the synthesis"}
_RECORDS: Mapping[str, type] = {"flask": Flask, "dots": Dots, "film": Film}
_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class GivenQuantity:
    """A quantity that is computed unless it is given."""

    name: str  # such as film.plqy
    path: str  # of the given value, as ``--set`` takes it
    label: str
    group: str
    meaning: str
    text: str  # what is given, empty where it is computed
    source: str  # of what is given, in words
    kind: str
    computed: str  # what the model says without it; empty where nothing was computed yet
    unit: str  # SI
    changes_nothing: bool  # no later stage reads it

    @property
    def is_given(self) -> bool:
        """Whether it is given."""
        return bool(self.text)


def given_quantities(study: Study, computed: Mapping[str, float] = _NOTHING) -> tuple[GivenQuantity, ...]:
    """Return what of the dots and their film can be given, the film first.

    Args:
        study: as it is read.
        computed: what the model says of them [SI], by name, see :func:`computed_quantities`.
    """
    return tuple(
        _quantity(study, state, group, item, computed.get(f"{state}.{item.name}", math.nan))
        for state, group in STATES.items()
        if getattr(study, state) is not None and state not in study.given
        for item in fields(_RECORDS[state])
        if is_number(item)
    )


def computed_quantities(study: Study) -> dict[str, float]:
    """Return what the model says of the dots and their film [SI], by name, of what is given as if it were not.

    Args:
        study: as it is read; it takes some ten milliseconds.

    Raises:
        HalodotError: the recipe makes no dots, or the models do not hold for it.
    """
    found = _computed(study)
    single = {name for name in study.given if "." in name}
    if single:
        without = {name: value for name, value in study.given.items() if name not in single}
        found |= {name: value for name, value in _computed(replace(study, given=without)).items() if name in single}
    return found


def _computed(study: Study) -> dict[str, float]:
    result = simulate(replace(study, run=replaced(study.run, stop_after="film")))
    states = {state: getattr(result, state) for state in STATES}
    return {
        f"{state}.{item.name}": float(getattr(one, item.name))
        for state, one in states.items()
        if one is not None
        for item in fields(_RECORDS[state])
        if is_number(item)
    }


def set_given(text: str, folder: Folder, quantity: str, value: str, source: str = "") -> str:
    """Return a study's text in which a quantity is given as measured, in place of what would be computed.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        quantity: such as film.plqy.
        value: with its unit.
        source: whose measurement it is, in words.

    Raises:
        InputError: there is no such quantity, or the value is none of it.
    """
    if not value.strip():
        return clear_given(text, folder, quantity)
    read = plain(read_text(value, quantity))

    def change(document: dict[str, Any]) -> None:
        holder, key = _holder(document, quantity)
        entry = {"value": read, "kind": "measured"} | ({"source": source.strip()} if source.strip() else {})
        holder[key] = read if isinstance(read, dict) else entry

    return edit_document(text, folder, change)


def clear_given(text: str, folder: Folder, quantity: str) -> str:
    """Return a study's text in which a quantity is computed again.

    Args:
        text: the study in YAML.
        folder: from which the files that it names are found.
        quantity: such as film.plqy.

    Raises:
        InputError: it is not given.
    """

    def change(document: dict[str, Any]) -> None:
        holder, key = _holder(document, quantity)
        if key not in holder:
            raise InputError(Problem(f"{quantity} is not given", f"given.{quantity}"))
        del holder[key]
        state = quantity.partition(".")[0]
        if document["given"].get(state) == {}:
            del document["given"][state]
        if not document["given"]:
            del document["given"]

    return edit_document(text, folder, change)


def _holder(document: dict[str, Any], quantity: str) -> tuple[dict[str, Any], str]:
    """Return the mapping in which a quantity is given, and its key there: ``film.plqy``, or ``plqy`` of ``film``."""
    given = document.get("given")
    if not isinstance(given, dict):
        given = document["given"] = {}
    state, _, name = quantity.partition(".")
    inner = given.get(state)
    return (inner, name) if isinstance(inner, dict) else (given, quantity)


def _quantity(study: Study, state: str, group: str, item: Field[Any], computed: float) -> GivenQuantity:
    name, unit = f"{state}.{item.name}", str(item.metadata["unit"])
    path = f"given.{name}"
    entry = study.inputs.get(path)
    known = QUANTITIES.get(f"{state}_{item.name}") or QUANTITIES.get(item.name)
    said = in_words(item.name)
    return GivenQuantity(
        name=name,
        path=path,
        label=known.label if known is not None else said[:1].upper() + said[1:],
        group=group,
        meaning=str(item.metadata.get("about", "")),
        text="" if entry is None else _given_text(study, state, item.name, entry.value, unit),
        source=cited(entry.source, library.bibliography()) if entry is not None else "",
        kind=entry.kind if entry is not None else "",
        computed=_shown(path, computed, unit),
        unit=unit,
        changes_nothing=name in READ_BY_NOBODY,
    )


def _given_text(study: Study, state: str, word: str, value: float, unit: str) -> str:
    """Return what is given as it is written where that is what holds."""
    given = study.document.get("given") or {}
    inner = given.get(state)
    text = written_text(inner.get(word) if isinstance(inner, Mapping) else given.get(f"{state}.{word}"))
    try:
        return text if text and to_si(text, unit) == value else exact_text(word, value, unit)
    except InputError:
        return exact_text(word, value, unit)


def _shown(path: str, value: float, unit: str) -> str:
    """Return what was computed, in four digits; nothing where it was not."""
    return input_text(path, value, unit, 4) if isinstance(value, float) and math.isfinite(value) else ""
