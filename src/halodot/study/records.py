"""Fills the frozen records of ``states`` from text, field by field, with the unit that each field declares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from halodot.nodes import Node
from halodot.states import STATED, Layer
from halodot.study.reader import Reader

_INFINITE = ("inf", ".inf", "infinite", "infinity", "inf m/s", "inf V/m")
#: layers that are a contact and nothing else: a work function without a thickness
CONTACTS = ("anode", "cathode")


def fields_of(record: type) -> dict[str, Field[Any]]:
    """Return the fields of a record by the words that a study has for them.

    Of a layer they are all that a study states under it: of its parts, of the interface above and of a contact.
    """
    if record is Layer:
        return {word: item for word, (_, item) in STATED.items()}
    return {item.name: item for item in fields(record)}


def numbers_of(record: type) -> dict[str, str]:
    """Return the number fields of a record with their SI units."""
    return {word: item.metadata["unit"] for word, item in fields_of(record).items() if is_number(item)}


def texts_of(record: type) -> tuple[str, ...]:
    """Return the text fields of a record."""
    return tuple(word for word, item in fields_of(record).items() if item.type in ("str", str))


def flags_of(record: type) -> tuple[str, ...]:
    """Return the yes-or-no fields of a record."""
    return tuple(word for word, item in fields_of(record).items() if item.type in ("bool", bool))


def choices_of(record: type) -> dict[str, tuple[str, ...]]:
    """Return the texts of a record that are one of a few words, with these."""
    found = {word: item.metadata["choices"] for word, item in fields_of(record).items() if "choices" in item.metadata}
    return {word: tuple(choices) for word, choices in found.items()}


def is_number(item: Field[Any]) -> bool:
    """Whether a field holds one number with a unit."""
    return "unit" in item.metadata and item.type in ("float", float)


def read_fields(
    reader: Reader, record: type, items: Mapping[str, Node], path: str, rule: str = ""
) -> dict[str, float | str | bool]:
    """Read those fields of a record that ``items`` states.

    Args:
        reader: collects numbers, as ``path.field``, and problems.
        record: a dataclass whose numbers are declared with ``states.number``.
        items: text by field; other keys are left alone.
        path: of the record.
        rule: what every number may be; as it is declared when empty.

    Returns:
        Value by field; wrong ones are absent.
    """
    found: dict[str, float | str | bool] = {}
    for word, item in fields_of(record).items():
        if word not in items:
            continue
        node, place = items[word], f"{path}.{word}"
        if is_number(item) and item.default == math.inf and node.value in _INFINITE:
            reader.complain(node.place, f"leave {word} out: there is no limit where none is stated", place)
        elif is_number(item):
            value = reader.number(node, place, item.metadata["unit"], rule or item.metadata["valid"])
            if value is not None:
                found[word] = value
        elif "choices" in item.metadata:
            former = item.metadata.get("former", {}).get(node.value if isinstance(node.value, str) else "", "")
            exact = item.metadata.get("exact", False)
            if chosen := former or reader.choice(node, place, item.metadata["choices"], exact):
                found[word] = chosen
        elif item.type in ("str", str):
            found[word] = reader.text(node, place)
        elif item.type in ("bool", bool):
            found[word] = reader.flag(node, place)
    return found


def missing_fields(record: type, stated: Iterable[str]) -> tuple[str, ...]:
    """Return the fields of a record that have no default and were not stated; a layer need not be a contact."""
    known = {*stated, *(word for word, (place, _) in STATED.items() if record is Layer and place == "contact")}
    return tuple(
        word
        for word, item in fields_of(record).items()
        if word not in known and item.default is MISSING and item.default_factory is MISSING
    )
