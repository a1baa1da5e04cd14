"""The loader of the package reads the data as the tests of the data do."""

from __future__ import annotations

import pytest
from library_files import Number, load, numbers

from halodot.states import Chemical, Layer
from halodot.study import library


@pytest.mark.parametrize("number", numbers("materials", Layer), ids=str)
def test_material_is_loaded(number: Number) -> None:
    entry = library.material(number.owner)
    assert entry.values[number.field] == number.value
    assert entry.inputs[number.field].kind == number.entry["kind"]
    assert entry.inputs[number.field].source == number.entry["source"]


@pytest.mark.parametrize("number", numbers("chemicals/chemicals.yaml", Chemical), ids=str)
def test_chemical_is_loaded(number: Number) -> None:
    entry = library.chemical(number.owner)
    assert entry.values[number.field] == number.value
    assert entry.inputs[number.field].kind == number.entry["kind"]
    assert entry.inputs[number.field].source == number.entry["source"]


@pytest.mark.parametrize("kind", ["materials", "chemicals"])
def test_every_spelling_finds_its_entry(kind: str) -> None:
    for owner, entry in load("materials" if kind == "materials" else f"{kind}/{kind}.yaml").items():
        for word in (owner, *entry["aliases"]):
            assert library.find(kind, word) == owner
            assert library.find(kind, word.upper()) == owner


def test_ambiguous_words_find_nothing() -> None:
    for word in library.ambiguous():
        assert library.find("chemicals", word) is None
