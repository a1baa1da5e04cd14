"""The JSON Schema of a study accepts what the readers accept, and refuses unknown words as they do."""

from __future__ import annotations

import json

import jsonschema
import pytest

from halodot.study import load, study_schema, to_document, with_inputs
from halodot.study.library import studies


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = study_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(json.loads(json.dumps(schema)))


@pytest.mark.parametrize("name", studies())
def test_library_studies_are_valid(name: str, validator: jsonschema.Draft202012Validator) -> None:
    study = load(name)
    validator.validate(to_document(study))
    path = next(iter(study.inputs))
    validator.validate(to_document(with_inputs(study, {path: 0.5})))


@pytest.mark.parametrize(
    "change",
    [
        {"runn": {}},
        {"run": {"voltag": "1 V"}},
        {"run": {"voltage": {"from": "0 V", "to": "1 V"}}},
        {"recipe": {"pot": [{"haet": "3 degC"}]}},
        {"recipe": {"pot": [{"add": "PbI2", "mass": "1 mg", "volume": "1 mL"}]}},
        {"device": {"area": 4, "layers": ["glass"]}},
        {"device": {"layers": [{"PTAA": {"thicknes": "3 nm"}}]}},
        {"given": {"dots.plqyy": 0.6}},
        {"halodot": 2},
    ],
)
def test_mistakes_are_not(change: dict[str, object], validator: jsonschema.Draft202012Validator) -> None:
    document = to_document(load("paper-0.2"))
    assert not validator.is_valid({**document, **change})
