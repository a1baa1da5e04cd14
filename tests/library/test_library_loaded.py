"""The loader of the package reads the data as the tests of the data do."""

from __future__ import annotations

import pytest
from library_files import load, numbers

from halodot.states import Chemical, Layer
from halodot.study import library


@pytest.mark.parametrize("kind", ["materials", "chemicals"])
def test_every_number_is_loaded(kind: str) -> None:
    read, record = (library.material, Layer) if kind == "materials" else (library.chemical, Chemical)
    for number in numbers(kind, record):
        entry = read(number.owner)
        assert entry.values[number.field] == number.value, number
        assert entry.inputs[number.field].kind == number.entry["kind"], number
        assert entry.inputs[number.field].source == number.entry["source"], number


@pytest.mark.parametrize("kind", ["materials", "chemicals"])
def test_every_spelling_finds_its_entry(kind: str) -> None:
    for owner, entry in load(kind).items():
        for word in (owner, *entry["aliases"]):
            assert library.find(kind, word) == owner
            assert library.find(kind, word.upper()) == owner


def test_ambiguous_words_find_nothing() -> None:
    for word in library.ambiguous():
        assert library.find("chemicals", word) is None
