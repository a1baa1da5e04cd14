"""A record in three lines: what it is, its first numbers with their units, and how large its arrays are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import numpy as np

from halodot.errors import InputError
from halodot.names import unit_at_the_bench
from halodot.units import from_si

#: letters of a line, about those of a terminal
_WIDTH = 118


def described(record: Any, title: str = "") -> str:
    """Return a record in at most three lines: kind and words, numbers with units, sizes of arrays.

    Args:
        record: a dataclass, its fields declared as in :mod:`halodot.states` where they have units.
        title: what stands behind the kind.
    """
    words: list[str] = []
    numbers: list[str] = []
    sizes: list[str] = []
    for item in fields(record):
        value = getattr(record, item.name, None)
        if value is None:
            continue
        if isinstance(value, np.ndarray):
            if value.size:
                sizes.append(f"{item.name} {' x '.join(map(str, value.shape)) or 'one'}")
        elif isinstance(value, bool | np.bool_):
            words.append(item.name if value else f"not {item.name}")
        elif isinstance(value, float | int | np.number):
            if not math.isnan(value) and not (item.default is not MISSING and value == item.default):
                numbers.append(f"{item.name} {_with_unit(item.name, float(value), item.metadata)}")
        elif isinstance(value, str):
            words += [f"{item.name} {_short(value)!r}"] if value else []
        elif isinstance(value, tuple | list | Mapping | set | frozenset):
            sizes += [f"{len(value)} {item.name}"] if value else []
        elif is_dataclass(value):
            words.append(item.name)
    head = f"{type(record).__name__}{f' {title}' if title else ''}"
    lines = [_listed(words, f"{head}: " if words else head), _listed(numbers, "  "), _listed(sizes, "  ")]
    return "\n".join(line for line in lines if line.strip())


def _with_unit(name: str, value: float, metadata: Mapping[str, Any]) -> str:
    unit = str(metadata.get("unit", "1")) or "1"
    shown = str(metadata.get("shown", unit)) or unit
    try:
        shown = unit_at_the_bench(name, unit, value) if shown == unit else shown
        value = from_si(value, unit, shown)
    except (InputError, KeyError, ValueError):
        shown = unit
    return f"{value:.4g}{'' if shown == '1' else f' {shown}'}"


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _listed(parts: list[str], before: str) -> str:
    """Return parts behind each other as far as a line goes, and how many more there are."""
    line = before
    for place, part in enumerate(parts):
        rest = len(parts) - place
        more = f" and {rest} more"
        added = part if place == 0 else f", {part}"
        if place and len(line) + len(added) + len(more) > _WIDTH:
            return line + more
        line += added
    return line
