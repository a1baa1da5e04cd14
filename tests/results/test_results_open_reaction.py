"""The recipe as a reaction of the Open Reaction Database: fields and enumerations of ord-schema 0.9, amounts kept."""

import json
from pathlib import Path
from typing import Any

import pytest

import halodot
from halodot.cli import main
from halodot.errors import InputError
from halodot.results.open_reaction import open_reaction

# message -> its fields in the JSON mapping, of ord-schema 0.9.6 (reaction.proto); only those that are used
FIELDS = {
    "reaction": {"identifiers", "inputs", "setup", "conditions", "notes", "workups", "outcomes"},
    "input": {"components", "additionOrder", "additionSpeed"},
    "component": {"identifiers", "amount", "reactionRole"},
    "workup": {"type", "details", "duration", "input", "temperature", "keepPhase"},
}
WORK_UPS = {"CUSTOM", "ADDITION", "TEMPERATURE", "FILTRATION", "WAIT", "DISSOLUTION"}
ROLES = {"REACTANT", "SOLVENT", "WORKUP"}


def reaction() -> dict[str, Any]:
    return open_reaction(halodot.load("paper-0.2"))


def test_only_fields_and_words_of_the_schema_are_used() -> None:
    found = reaction()
    assert set(found) <= FIELDS["reaction"]
    parts = [part for entry in found["inputs"].values() for part in entry["components"]]
    for step in found["workups"]:
        assert set(step) <= FIELDS["workup"]
        assert step["type"] in WORK_UPS
        parts += step.get("input", {}).get("components", [])
    assert all(set(entry) <= FIELDS["input"] for entry in found["inputs"].values())
    assert all(set(part) <= FIELDS["component"] and part["reactionRole"] in ROLES for part in parts)


def test_amounts_are_those_of_the_bench() -> None:
    inputs = reaction()["inputs"]
    amounts = {part["identifiers"][0]["value"]: part["amount"] for part in inputs["PbI2"]["components"]}
    assert amounts["PbI2"]["mass"] == {"value": pytest.approx(170.0), "units": "MILLIGRAM"}
    stock = {part["identifiers"][0]["value"]: part["amount"] for part in inputs["cs_oleate"]["components"]}
    assert stock["oleic acid"]["volume"] == {"value": pytest.approx(6.0), "units": "MILLILITER"}


def test_order_follows_the_pot() -> None:
    inputs = reaction()["inputs"]
    order = {name: entry["additionOrder"] for name, entry in inputs.items()}
    assert order["PbI2"] < order["oleylamine"] < order["cs_oleate"] < order["ligand"]


def test_every_line_is_told_in_words() -> None:
    study = halodot.load("paper-0.2")
    told = open_reaction(study)["notes"]["procedureDetails"].splitlines()
    assert study.recipe is not None
    count = sum(map(len, study.recipe.stocks.values())) + len(study.recipe.pot) + len(study.recipe.work_up)
    assert len(told) == count
    assert any("1.5 equivalents of 5-aminopentanoic acid" in line for line in told)


def test_a_study_without_a_recipe_is_refused() -> None:
    with pytest.raises(InputError, match="no recipe"):
        open_reaction(halodot.load("device-only"))


def test_the_command_writes_json_once(tmp_path: Path) -> None:
    target = tmp_path / "reaction.json"
    for expected in (0, 2):
        with pytest.raises(SystemExit) as end:
            main(["export", "paper-control", "--out", str(target)])
        assert end.value.code == expected
    assert json.loads(target.read_text(encoding="utf-8"))["identifiers"][0]["type"] == "CUSTOM"
