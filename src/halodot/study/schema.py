"""The JSON Schema of a study, made from the same tables that the readers follow."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from halodot.perovskite.mixing import WORDS
from halodot.sources import KINDS
from halodot.states import CHEMICAL_ROLES, Chemical, Dispersion, Layer, Stack, Step
from halodot.states.recipe import FORMER_ROLES
from halodot.study.conditions import COUNTS, GIVEN, GRID_KEYS, RUN_KEYS, STOPS
from halodot.study.device import DEVICE_KEYS, STACK_NUMBERS
from halodot.study.hazards import HAZARD_KEYS, HAZARD_KINDS, SIGNALS, statements
from halodot.study.layers import LAYER_KEYS
from halodot.study.library import emitter_classes
from halodot.study.load import FORMAT, STUDY_KEYS
from halodot.study.model import EmitterNumbers
from halodot.study.reader import SOURCED_KEYS
from halodot.study.recipe import RECIPE_KEYS
from halodot.study.records import CONTACTS, choices_of, fields_of, flags_of, numbers_of, texts_of
from halodot.study.solver import solver_schema
from halodot.study.spread import LEVELS, PIXELS, SHORTS
from halodot.study.verbs import AMOUNTS, ATMOSPHERES, KEPT, PER_DISPERSION, VERBS, allowed, kind_of

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": ["boolean", "string"]}
_NOTHING: Schema = {"type": "null"}


def study_schema() -> Schema:
    """Return the JSON Schema of a study as dictionaries, draft 2020-12."""
    sections = {
        "halodot": {"const": int(FORMAT), "description": "format of the study"},
        "title": _TEXT,
        "about": _TEXT,
        "extends": {"type": "string", "description": "study of the library to which this one holds the differences"},
        "recipe": _recipe(),
        "device": _device(),
        "run": _run(),
        "given": _given(),
        "parameters": {
            "type": ["object", "null"],
            "description": "numbers of the computation by path, such as flask.exchange_constant",
        },
        "calibration": {
            "type": "string",
            "description": "name of a calibration of the library, path of a file of one's own, or none (default)",
        },
        "spread": _spread(),
    }
    assert set(sections) == set(STUDY_KEYS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "halodot study",
        "$defs": {"number_with_unit": _sourced(_TEXT), "pure_number": _sourced({"type": ["string", "number"]})},
        **_object(sections),
    }


def _object(properties: Schema, required: tuple[str, ...] = (), **more: Any) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return found | ({"required": list(required)} if required else {})


def _quantity(unit: str, about: str = "") -> Schema:
    """A number with a unit, written bare or with its origin."""
    name = "pure_number" if unit == "1" else "number_with_unit"
    return {"$ref": f"#/$defs/{name}", "description": f"{about} [{unit}]".strip()}


def _sourced(bare: Schema) -> Schema:
    texts = dict.fromkeys(("source", "about", "method"), _TEXT)
    keys = {**dict.fromkeys(("value", "low", "high", "sd"), bare), "kind": {"enum": list(KINDS)}, **texts}
    keys["shared"] = _quantity("1", "share of the variance in common with numbers of the same method")
    assert set(keys) == set(SOURCED_KEYS)
    return {"anyOf": [bare, _object(keys, ("value",))]}


def _numbers(record: type) -> Schema:
    abouts = {word: str(item.metadata.get("about", "")) for word, item in fields_of(record).items()}
    return {name: _quantity(unit, abouts[name]) for name, unit in numbers_of(record).items()}


def _origin() -> Schema:
    return {"source": _TEXT, "kind": {"enum": list(KINDS)}}


def _recipe() -> Schema:
    texts: Schema = {name: _TEXT for name in texts_of(Chemical) if name != "name"}
    roles: Schema = {"role": {"enum": [*CHEMICAL_ROLES, *FORMER_ROLES]}}
    chemical = _object(_numbers(Chemical) | texts | roles | {"hazards": _hazards()})
    sections = {
        "stocks": {"type": "object", "additionalProperties": _steps("stocks")},
        **{part: _steps(part) for part in ("pot", "work_up", "film")},
        "chemicals": {"type": "object", "additionalProperties": chemical},
        **_origin(),
    }
    assert set(sections) == set(RECIPE_KEYS)
    return _object(sections, ("pot",))


def _hazards() -> Schema:
    words: Schema = {
        "signal": {"enum": list(SIGNALS)},
        "kind": {"enum": list(HAZARD_KINDS)},
        "source": _TEXT,
        "about": _TEXT,
    }
    words["statements"] = {"type": "array", "items": {"enum": list(statements())}}
    assert set(words) == set(HAZARD_KEYS)
    return _object(words, ("signal", "statements", "source"))


def _steps(part: str) -> Schema:
    return {"type": ["array", "null"], "items": {"oneOf": [_step(word) for word in allowed(part)]}}


def _step(word: str) -> Schema:
    what, others = VERBS[word].value, VERBS[word].keys
    numbers = _numbers(Step)
    wash = {"type": "object", "additionalProperties": _quantity("1"), "minProperties": 1}
    own = wash if what == "antisolvents" else _TEXT if what == "speed" else numbers.get(what, _TEXT)
    words = {"of": _TEXT, "atmosphere": {"enum": list(ATMOSPHERES)}, "keep": {"enum": list(KEPT)}}
    words["per_dispersion"] = {"enum": [PER_DISPERSION]}
    items = {key: words.get(name) or numbers[name] for key, name in others.items()}
    needed = ("volume",) if word == "redisperse" else ()
    more = {"oneOf": [{"required": [key]} for key in AMOUNTS]} if kind_of(word) == "add" else {}
    return _object({word: own, **items, "note": _TEXT}, (word, *needed), **more)


def _device() -> Schema:
    layer = {
        **{name: item for name, item in _numbers(Layer).items() if name in LAYER_KEYS},
        **{name: {"enum": list(words)} for name, words in choices_of(Layer).items()},
        **dict.fromkeys(flags_of(Layer), _FLAG),
        "contact": {"enum": list(CONTACTS)},
        "name": _TEXT,
        "table": {"type": "string", "description": "CSV file with the columns wavelength_um, n, k"},
        "refractiveindex": {"type": "string", "description": "page of refractiveindex.info as shelf/book/page"},
        "note": _TEXT,
    }
    assert set(layer) == set(LAYER_KEYS)
    long = {"anyOf": [_NOTHING, _quantity("m", "thickness"), _object(layer)]}
    bare = {"anyOf": [_NOTHING, _quantity("eV", "work function"), _object(layer)]}
    words = layer | dict.fromkeys(CONTACTS, bare)
    mapping = {"type": "object", "properties": words, "additionalProperties": long, "minProperties": 1}
    sections = {
        **{name: item for name, item in _numbers(Stack).items() if name in STACK_NUMBERS},
        **{name: {"enum": list(words)} for name, words in choices_of(Stack).items()},
        "layers": {"type": "array", "items": {"anyOf": [_TEXT, mapping]}, "minItems": 1},
        "emitter": _object(_numbers(EmitterNumbers) | {"class": {"enum": list(emitter_classes())}}),
        **_origin(),
    }
    assert set(sections) == set(DEVICE_KEYS)
    return _object(sections, ("layers",))


def _grid(unit: str) -> Schema:
    item: Schema = _TEXT if unit != "1" else {"type": ["string", "number"]}
    ends = _object(dict.fromkeys(GRID_KEYS, item), GRID_KEYS)
    return {"anyOf": [ends, {"type": "array", "items": item, "minItems": 1}], "description": f"[{unit}]"}


def _run() -> Schema:
    sections = {
        "voltage": _grid("V"),
        "wavelength": _grid("m"),
        **{name: {"type": "integer", "minimum": low, "maximum": high} for name, (low, high) in COUNTS.items()},
        "lifetime": _object({"luminance": _quantity("cd/m2", "initial luminance")}, ("luminance",)),
        "temperature": _quantity("K"),
        "humidity": _quantity("1", "relative humidity"),
        "illumination": _quantity("1", "multiple of the layers' generation by light, 0 in the dark"),
        "tolerance": _quantity("1", "relative error of current and light that the grids may leave"),
        "solver": _object(solver_schema()),
        "stop_after": {"enum": list(STOPS)},
        **_origin(),
    }
    assert set(sections) == set(RUN_KEYS)
    return _object(sections)


def _given() -> Schema:
    single: Schema = {}
    whole: Schema = {}
    for stage, record in GIVEN.items():
        quantities = _numbers(record) | dict.fromkeys(texts_of(record), _TEXT)
        curves = {item.name: _curve(item.metadata["unit"]) for item in fields(record) if _is_curve(item, quantities)}
        flags = dict.fromkeys(flags_of(record), _FLAG)
        samples = {
            "type": "array",
            "items": _object({"washes": {"type": "integer"}, "solvent": _TEXT} | _numbers(Dispersion)),
        }
        if "halides" in {item.name for item in fields(record)}:
            quantities["halides"] = _object(dict.fromkeys(WORDS, _quantity("1", "share")))
        state = quantities | curves | flags | ({"samples": samples} if stage == "flask" else {})
        whole[stage] = _object(state)
        single |= {f"{stage}.{name}": item for name, item in (quantities | flags).items()}
    return {"type": ["object", "null"], "properties": single | whole, "additionalProperties": False}


def _spread() -> Schema:
    """How far devices of the study differ: pixels of a batch, shorts, and standard deviations by path."""
    bare: Schema = {"type": ["string", "number"]}
    words = {"value": bare, "kind": {"enum": list(KINDS)}, "source": _TEXT, "about": _TEXT}
    own: Schema = {
        PIXELS: _quantity("1", "pixels that are made together"),
        SHORTS: _quantity("1/m2", "defects that short a pixel"),
    }
    one = {"anyOf": [bare, _object(words, ("value",))]}
    return {"type": "object", "properties": own, "additionalProperties": _object(dict.fromkeys(LEVELS, one))}


def _curve(unit: str) -> Schema:
    return {"anyOf": [_grid(unit), _quantity(unit)]}


def _is_curve(item: Any, quantities: Schema) -> bool:
    return "unit" in item.metadata and item.name not in quantities
