"""Hazards of the library: every code has a text, every chemical of the shipped studies an entry, and labels add up."""

from __future__ import annotations

import pytest
from library_files import LIBRARY

from halodot.nodes import read_text
from halodot.study import library, load
from halodot.study.hazards import Hazards, pictogram_names, read_hazards, signal_of, source_names, statements
from halodot.study.protocol_sheet import label_of, origin_of
from halodot.study.reader import Reader

KNOWN = {name: library.chemical(name).hazards for name in library.chemicals()}
STUDIES = [path.stem for path in sorted((LIBRARY / "studies").glob("*.yaml"))]


def read(text: str) -> tuple[Hazards | None, list[str]]:
    reader = Reader(("clp2026",))
    found = read_hazards(reader, read_text(text), "a chemical")
    return found, [problem.message for problem in reader.problems]


@pytest.mark.parametrize("study", STUDIES)
def test_every_chemical_of_the_shipped_studies_has_hazards(study: str) -> None:
    recipe = load(study).recipe
    assert not [name for name in (recipe.chemicals if recipe else ()) if KNOWN[name] is None]


def test_every_statement_has_a_text_and_a_pictogram_that_exists() -> None:
    for code, item in statements().items():
        assert item.text.endswith("."), code
        assert item.signal in ("danger", "warning", "none", ""), code
        assert item.pictogram in ("", *pictogram_names()), code


def test_entries_are_looked_up_or_say_that_they_are_not() -> None:
    for name, hazards in KNOWN.items():
        if hazards is not None:
            assert (hazards.kind == "assumed") == (hazards.source == "halodot"), name
            assert hazards.about, name
            assert ("Assumed" in origin_of(hazards)) == (hazards.kind == "assumed"), name


def test_sources_of_classifications_have_names_and_stand_in_the_bibliography() -> None:
    used = {item.source for item in KNOWN.values() if item is not None} - {"halodot"}
    assert used == set(source_names())
    assert used <= set(library.source_keys())


#: what table 3 of annex VI prints beside its statements: the pictograms that follow from them, and the signal word
OFFICIAL = {
    "oleylamine": ("GHS05 GHS07 GHS08 GHS09", "danger"),
    "hexane": ("GHS02 GHS07 GHS08 GHS09", "danger"),
    "toluene": ("GHS02 GHS07 GHS08", "danger"),
    "xylene": ("GHS02 GHS07", "warning"),
    "mesitylene": ("GHS02 GHS07 GHS09", "warning"),
    "PbI2": ("GHS07 GHS08 GHS09", "danger"),
    "anhydrous lead acetate": ("GHS08 GHS09", "danger"),
    "hydroiodic acid": ("GHS05", "danger"),
    "benzoyl chloride": ("GHS05 GHS07", "danger"),
    "ethyl acetate": ("GHS02 GHS07", "danger"),
    "butyl acetate": ("GHS02 GHS07", "warning"),
    "methanol": ("GHS02 GHS06 GHS08", "danger"),
    "1-butanol": ("GHS02 GHS05 GHS07", "danger"),
    "tetrahydrofuran": ("GHS02 GHS07 GHS08", "danger"),
    "dichloromethane": ("GHS08", "warning"),
    "chloroform": ("GHS06 GHS08", "danger"),
    "triethylamine": ("GHS02 GHS05 GHS06", "danger"),
    "ZnCl2": ("GHS05 GHS07 GHS09", "danger"),
    "NH4Br": ("GHS07 GHS08", "danger"),
    "benzene": ("GHS02 GHS07 GHS08", "danger"),
    "2-ethylhexanoic acid": ("GHS08", "danger"),
}


@pytest.mark.parametrize(("name", "signs", "word"), [(name, *label) for name, label in OFFICIAL.items()])
def test_pictograms_and_signal_word_are_those_of_the_regulation(name: str, signs: str, word: str) -> None:
    hazards = KNOWN[name]
    assert hazards is not None
    assert " ".join(hazards.pictograms) == signs
    assert hazards.signal == word


@pytest.mark.parametrize(
    ("codes", "signs"),
    [
        ("H301 H335", "GHS06"),  # a skull takes the exclamation mark's place
        ("H318 H315", "GHS05"),
        ("H318 H315 H302", "GHS05 GHS07"),
        ("H412", ""),
    ],
)
def test_graver_pictograms_take_the_place_of_the_exclamation_mark(codes: str, signs: str) -> None:
    items = tuple(statements()[code] for code in codes.split())
    assert " ".join(Hazards(signal_of(items), items, "literature", "clp2026").pictograms) == signs


def test_a_label_leaves_out_what_a_graver_statement_contains() -> None:
    items = tuple(statements()[code] for code in ("H314", "H318", "H400", "H410"))
    shown = Hazards("danger", items, "literature", "clp2026").shown
    assert [item.code for item in shown] == ["H314", "H410"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{signal: danger, statements: [H999], source: clp2026}", "'H999' is no hazard statement"),
        ("{signal: warning, statements: [H314], source: clp2026}", "these statements have the signal word 'danger'"),
        ("{signal: danger, statements: [H314]}", "the key 'source' is missing"),
        ("{signal: loud, statements: [H314], source: clp2026}", "'loud' is not one of danger, warning, none"),
        ("{signal: danger, statements: [H314], source: clp2000}", "the bibliography has no 'clp2000'"),
        ("{signal: danger, statements: [H314], source: clp2026, kind: calibrated}", "'calibrated' is not one of"),
        ("none", "a mapping is expected"),
    ],
)
def test_what_is_no_block_of_hazards_is_refused(text: str, said: str) -> None:
    found, problems = read(text)
    assert found is None
    assert any(said in problem for problem in problems), problems


def test_a_block_of_hazards_is_read() -> None:
    found, problems = read("{signal: warning, statements: [H315, H319], source: clp2026, about: a note}")
    assert not problems
    assert found is not None
    assert [item.code for item in found.statements] == ["H315", "H319"]
    assert label_of(found) == "Warning: GHS07 exclamation mark."


def test_nothing_is_absent_without_a_word() -> None:
    assert label_of(None) == "No hazard data in the library: read the supplier's sheet."
    assert label_of(Hazards("none", (), "literature", "clp2026")) == "Not classified as hazardous."
