"""The shipped parameters are complete, have ranges and sources, and say what is not known."""

import re
from dataclasses import fields

import pytest
from flask_bench import LIBRARY, parameters, shipped

from halodot.flask import FlaskParameters
from halodot.sources import KINDS, bibliography_keys
from halodot.units import to_si

#: the formula volume is the perovskite's
NUMBERS = [item for item in fields(FlaskParameters) if "unit" in item.metadata and item.name != "formula_volume"]


def test_every_field_has_a_value_and_every_value_a_field() -> None:
    assert set(shipped()) == {item.name for item in fields(FlaskParameters)} - {"formula_volume"}


@pytest.mark.parametrize("name", [item.name for item in NUMBERS])
def test_every_number_lies_in_its_range_and_has_a_source(name: str) -> None:
    entry = shipped()[name]
    unit = next(item.metadata["unit"] for item in NUMBERS if item.name == name)
    low, value, high = (to_si(entry[key], unit) for key in ("low", "value", "high"))
    assert low <= value <= high
    assert low < high
    assert entry["kind"] in KINDS
    assert entry["source"] in bibliography_keys((LIBRARY / "references.bib").read_text(encoding="utf-8"))
    assert len(entry["about"]) > 10


def test_survival_thresholds_and_rates_are_declared_as_assumptions() -> None:
    kinds = {name: entry["kind"] for name, entry in shipped().items() if isinstance(entry, dict)}
    assert {name for name, kind in kinds.items() if kind == "literature"} == {"site_density"}
    assert not re.search("measured|calibrated", " ".join(kinds.values()))


def test_sites_are_the_sum_of_both_bound_ligands() -> None:
    # 1.45 bound oleate and 1.45 bound oleylamine per nm2
    assert parameters().site_density == pytest.approx(2.9e18)
