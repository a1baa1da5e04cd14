"""Reads the data library as plain YAML, so that the data are tested apart from the code that loads them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import halodot
from halodot import units
from halodot.study.records import fields_of

LIBRARY = Path(halodot.__file__).parent / "library"
REFERENCE = Path(__file__).parents[1] / "reference"


class _UniqueLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that stands twice in one mapping, which plain YAML would drop in silence."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    doubles = {key for key in keys if keys.count(key) > 1}
    if doubles:
        raise ValueError(f"twice in one mapping: {sorted(doubles)} near line {node.start_mark.line + 1}")
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value)}


_UniqueLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@cache
def load(name: str) -> dict[str, Any]:
    """Return a YAML file of the library, or the entries of all files of one of its folders."""
    path = LIBRARY / name
    if path.is_dir():
        parts = [load(f"{name}/{file.name}") for file in sorted(path.glob("*.yaml")) if file.name != "ambiguous.yaml"]
        merged = {key: value for part in parts for key, value in part.items()}
        assert len(merged) == sum(map(len, parts)), f"an entry of {name} stands in two files"
        return merged
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueLoader)
    assert isinstance(found, dict)
    return found


def reference(name: str) -> dict[str, Any]:
    """Return a file of reference numbers."""
    found = json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def field_units(state: type) -> dict[str, str]:
    """Return the unit of every number that a state declares."""
    return {
        word: item.metadata["unit"]
        for word, item in fields_of(state).items()
        if isinstance(item.metadata.get("unit"), str)
    }


@dataclass(frozen=True)
class Number:
    """One number of the library with its place."""

    owner: str
    field: str
    entry: dict[str, Any]
    unit: str

    @property
    def value(self) -> float:
        return units.to_si(self.entry["value"], self.unit)

    def bound(self, key: str) -> float:
        return units.to_si(self.entry[key], self.unit) if key in self.entry else math.nan

    @property
    def sd(self) -> float:
        return units.difference_to_si(self.entry["sd"], self.unit) if "sd" in self.entry else math.nan

    def __str__(self) -> str:
        return f"{self.owner}.{self.field}"


def numbers(name: str, state: type) -> list[Number]:
    """Return every number of a file, or of a folder, whose entries have the fields of ``state``."""
    known = field_units(state)
    return [
        Number(owner, key, entry, known[key])
        for owner, entries in load(name).items()
        for key, entry in entries.items()
        if isinstance(entry, dict) and key in known
    ]


def sources_in(tree: Any) -> Iterator[str]:
    """Yield every value of a key ``source`` in a tree."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "source" and isinstance(value, str):
                yield value
            yield from sources_in(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from sources_in(value)


def table(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return wavelength (um), index and extinction of a file in materials/nk."""
    lines = (LIBRARY / "materials" / "nk" / name).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line and not re.match(r"#|wavelength_um", line)]
    data = np.array([[float(word) for word in row.split(",")] for row in rows])
    return data[:, 0], data[:, 1], data[:, 2]
