"""Every number of the library has a unit of its dimension, a kind, a source that exists and a range that holds it."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import pytest
import yaml
from library_files import LIBRARY, Number, load, numbers, sources_in

from halodot.sources import KINDS, bibliography_keys, cite
from halodot.states import Chemical, Layer

NUMBERS = {"materials": numbers("materials", Layer), "chemicals": numbers("chemicals", Chemical)}
BIBLIOGRAPHY = (LIBRARY / "references.bib").read_text(encoding="utf-8")
KEYS = bibliography_keys(BIBLIOGRAPHY)


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_have_kind_source_and_range(kind: str) -> None:
    for number in NUMBERS[kind]:
        _check(number)


def _check(number: Number) -> None:
    entry = number.entry
    assert set(entry) <= {"value", "low", "high", "sd", "kind", "source", "about", "method", "shared"}, number
    assert math.isfinite(number.value), number
    assert entry["kind"] in KINDS, number
    assert entry["source"] in KEYS, number
    if entry["kind"] == "literature":
        assert entry["source"] != "halodot", number
    else:
        assert entry["about"].endswith("."), number
        assert "sd" in entry or {"low", "high"} <= set(entry), f"{number}: an assumed value needs a prior"
    if "low" in entry or "high" in entry:
        assert number.bound("low") <= number.value <= number.bound("high"), number
        assert number.bound("low") < number.bound("high"), number
        assert "sd" not in entry, number
    if "sd" in entry:
        assert number.sd > 0, number


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.yaml")), ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_every_source_of_the_library_is_in_the_bibliography(path: Path) -> None:
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(sources_in(tree)) <= set(bibliography_keys(BIBLIOGRAPHY))


def test_bibliography_is_well_formed() -> None:
    keys = bibliography_keys(BIBLIOGRAPHY)
    assert len(keys) == len(set(keys)) == BIBLIOGRAPHY.count("\n@") + 1
    for key in keys:
        entry = cite([key], BIBLIOGRAPHY)
        assert key == key.lower()
        assert entry.count("{") == entry.count("}")
        assert re.search(r"^\s*title\s*=", entry, re.MULTILINE)
        assert re.search(r"^\s*(author|editor)\s*=", entry, re.MULTILINE)
        if key != "halodot":
            assert re.search(r"^\s*(year|howpublished)\s*=", entry, re.MULTILINE)
        for doi in re.findall(r"doi\s*=\s*\{(.*?)\}", entry):
            assert re.fullmatch(r"10\.\d{4,5}/[!-~]+", doi)


@pytest.mark.parametrize("name", ["materials", "chemicals"])
def test_a_name_means_one_thing(name: str) -> None:
    meaning: dict[str, str] = {}
    for owner, entry in load(name).items():
        for word in {owner.lower(), *(alias.lower() for alias in entry["aliases"])}:
            assert word not in meaning, f"{word}: {owner} and {meaning[word]}"
            meaning[word] = owner


def test_ambiguous_names_are_no_names() -> None:
    chemicals = load("chemicals")
    known = {name.lower() for owner, entry in chemicals.items() for name in (owner, *entry["aliases"])}
    for word, entry in load("chemicals/ambiguous.yaml").items():
        assert word.lower() not in known
        assert set(entry) == {"candidates", "reason"}
        assert any(candidate in chemicals for candidate in entry["candidates"])
        assert entry["reason"].endswith(".")


def test_oa_is_oleic_acid() -> None:
    chemicals = load("chemicals")
    assert [name for name, entry in chemicals.items() if "OA" in entry["aliases"]] == ["oleic acid"]


def test_targets() -> None:
    with (LIBRARY / "targets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [f"R{count:02d}" for count in range(1, 39)]
    assert {row["role"] for row in rows} == {"given", "calibrated", "predicted", "checked"}
    assert {row["test"] for row in rows} == {"value", "order", "boolean", "bound"}
    assert all(float(row["sd"]) > 0 for row in rows if row["test"] == "value")
