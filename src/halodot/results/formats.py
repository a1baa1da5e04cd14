"""The formats of result files, and how an older one is brought to the present one.

A format is what :mod:`halodot.results.storage` writes: JSON in which a record is ``{"type": name, "fields": {...}}``.
It gets a new number when a field changes its name or its meaning; a new field with a default needs none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from halodot.aliases import renamed
from halodot.states import PARTS, STATED

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
    """Names were others, a layer held all that was stated under it, and the calibration by default was the paper's."""

    def record(name: str, old: Mapping[str, Any]) -> dict[str, Any]:
        fields = {
            renamed("field", f"{renamed('record', name) or name}.{key}") or key: item for key, item in old.items()
        }
        if name == "Stack":
            fields = _stack_of_parts(fields)
        if name == "Study":
            fields |= {
                key: _with_present_paths(fields[key]) for key in ("inputs", "given", "evidence") if key in fields
            }
            fields["document"] = _with_calibration(fields["document"], fields["calibration"])
        return fields

    found: Header = _each_record(header, record)
    return found


def _stack_of_parts(stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack whose layers have parts, and which has the interfaces and contacts that its layers held."""
    layers = [item["fields"] for item in stack["layers"]["tuple"]]
    carry = [i for i, words in enumerate(layers) if words["role"] in ("transport", "emitter")]
    metals = [i for i, words in enumerate(layers) if math.isfinite(words["work_function"])]
    below = [i for i in metals if carry and i < carry[0]][-1:]
    above = [i for i in metals if carry and i > carry[-1]][:1]
    ends = below + above if stack.get("anode_first", True) else above + below
    contacts = [_record("Contact", layer=i, **_fields_at("contact", layers[i])) for i in ends] if len(ends) == 2 else []
    anode, cathode = contacts or (None, None)
    return {
        **{key: item for key, item in stack.items() if key != "anode_first"},
        "layers": {"tuple": [_layer_of_parts(words) for words in layers]},
        "interfaces": {"tuple": [_record("Interface", **_fields_at("interface", words)) for words in layers[:-1]]},
        "anode": anode,
        "cathode": cathode,
    }


def _layer_of_parts(words: Mapping[str, Any]) -> dict[str, Any]:
    parts = {part: _record(record.__name__, **_fields_at(part, words)) for part, record in PARTS.items()}
    return _record("Layer", **_fields_at("layer", words), **parts)


def _fields_at(place: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a layer, a part, an interface or a contact among what was stated under a layer."""
    return {STATED[word][1].name: item for word, item in words.items() if STATED.get(word, ("",))[0] == place}


def _with_calibration(document: Any, name: str) -> dict[str, Any]:
    """Return the text of a study that names its calibration; one that named none had the paper's."""
    return {"map": {**document["map"], "calibration": document["map"].get("calibration", name or "none")}}


def _with_present_paths(value: Any) -> Any:
    """Return JSON in which the keys of mappings that are paths of inputs have their present names."""
    if not isinstance(value, dict) or "map" not in value:
        return value
    return {"map": {renamed("input", key) or key: item for key, item in value["map"].items()}}


_STEPS: Mapping[int, Callable[[Header, str], Header]] = {1: _from_1, 2: _from_2, 3: _from_3}


def _record(name: str, /, **values: Any) -> dict[str, Any]:
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
