"""The formats of result files, and how an older one is brought to the present one.

A format is what :mod:`halodot.results.storage` writes: JSON in which a record is ``{"type": name, "fields": {...}}``.
It gets a new number when a field changes its name or its meaning; a new field with a default needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from halodot.aliases import renamed

#: 1: until the notes of a study had a kind. 2: notes are records, and a result names the version that computed it.
#: 3: a study keeps what calibrating data say of its inputs in place of correlations. 4: names of the field, see
#: :mod:`halodot.aliases`.
FORMAT = 4
Header = dict[str, Any]


def brought_up(header: Header, number: int, version: str) -> Header:
    """Return the header of a file of an older format as the present one would have it.

    Args:
        header: what the file holds.
        number: its format.
        version: of halodot, which wrote it.
    """
    for older in range(number, FORMAT):
        header = _STEPS[older](header, version)
    return header


def _from_1(header: Header, version: str) -> Header:
    """Notes were plain sentences, and the version stood beside the result only."""

    def record(name: str, old: Mapping[str, Any]) -> dict[str, Any]:
        if name == "Study" and "notes" in old:
            notes = [_record("Note", kind="not followed", text=text, where="") for text in old["notes"]["tuple"]]
            return {**old, "notes": {"tuple": notes}}
        return {**old, "version": version} if name == "Result" else dict(old)

    found: Header = _each_record(header, record)
    return found


def _from_2(header: Header, version: str) -> Header:
    """Correlations of the fitted parameters alone stood beside a study, and no number named what it does not count."""

    def record(name: str, old: Mapping[str, Any]) -> dict[str, Any]:
        if name == "Study":
            return {**{key: item for key, item in old.items() if key != "correlations"}, "evidence": None}
        return {**old, "not_counted": {"tuple": []}} if name == "SummaryValue" else dict(old)

    found: Header = _each_record(header, record)
    return found


def _from_3(header: Header, version: str) -> Header:
    """Records, their fields and the inputs of a study had other names."""

    def record(name: str, old: Mapping[str, Any]) -> dict[str, Any]:
        fields = {
            renamed("field", f"{renamed('record', name) or name}.{key}") or key: item for key, item in old.items()
        }
        if name == "Study":
            fields |= {
                key: _with_present_paths(fields[key]) for key in ("inputs", "given", "evidence") if key in fields
            }
        return fields

    found: Header = _each_record(header, record)
    return found


def _with_present_paths(value: Any) -> Any:
    """Return JSON in which the keys of mappings that are paths of inputs have their present names."""
    if not isinstance(value, dict) or "map" not in value:
        return value
    return {"map": {renamed("input", key) or key: item for key, item in value["map"].items()}}


_STEPS: Mapping[int, Callable[[Header, str], Header]] = {1: _from_1, 2: _from_2, 3: _from_3}


def _record(name: str, **values: Any) -> dict[str, Any]:
    return {"type": name, "fields": values}


def _each_record(value: Any, change: Callable[[str, Mapping[str, Any]], dict[str, Any]]) -> Any:
    """Return JSON with the fields of every record changed, the innermost first."""
    if not isinstance(value, dict) or "array" in value:
        return value
    if "type" in value:
        inner = {key: _each_record(item, change) for key, item in value["fields"].items()}
        return {"type": renamed("record", value["type"]) or value["type"], "fields": change(value["type"], inner)}
    if "map" in value:
        return {"map": {key: _each_record(item, change) for key, item in value["map"].items()}}
    return {kind: [_each_record(item, change) for item in items] for kind, items in value.items()}
