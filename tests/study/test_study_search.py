"""The search of the library: by name, other name, formula, registry number, role and notes, the nearest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from halodot.errors import InputError
from halodot.states import CHEMICAL_ROLES
from halodot.study import library
from halodot.study.search import search


def names(text: str, kind: str = "") -> list[str]:
    return [found.name for found in search(text) if kind in ("", found.kind)]


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("oleic acid", "chemical", "oleic acid"),
        ("OLEIC ACID", "chemical", "oleic acid"),
        ("OA", "chemical", "oleic acid"),
        ("112-80-1", "chemical", "oleic acid"),
        ("C18H34O2", "chemical", "oleic acid"),
        ("Cs₂CO₃", "chemical", "Cs2CO3"),
        ("squal", "chemical", "squalane"),
        ("bathocuproine", "material", "BCP"),
        ("PTAA", "material", "PTAA"),
        ("perovskite dots", "class of emitters", "perovskite dots"),
        ("paper-0.2", "study", "paper-0.2"),
    ],
)
def test_a_name_or_formula_finds_its_entry_first(text: str, kind: str, first: str) -> None:
    found = search(text)
    assert (found[0].kind, found[0].name) == (kind, first)


@pytest.mark.parametrize("kind", ["chemicals", "materials"])
def test_every_name_and_other_name_finds_its_entry(kind: str) -> None:
    for spelling, name in list(library.aliases(kind).items())[::20]:
        assert name in [found.name for found in search(spelling) if found.rank == 0], spelling


@pytest.mark.parametrize("role", CHEMICAL_ROLES)
def test_a_role_finds_all_that_have_it(role: str) -> None:
    having = {name for name in library.chemicals() if library.chemical(name).values["role"] == role}
    assert having <= set(names(role, "chemical"))


def test_roles_of_materials_are_found() -> None:
    having = {name for name in library.materials() if library.material(name).values["role"] == "transport"}
    assert having <= set(names("transport", "material"))


def test_all_words_must_fit() -> None:
    bromides = names("metal salt Br", "chemical")
    assert {"ZnBr2", "KBr"} <= set(bromides)
    assert not {"ZnI2", "PbBr2"} & set(bromides)
    assert search("oleic squalane unobtainium") == ()


def test_an_ambiguous_word_finds_all_that_it_may_mean() -> None:
    assert set(names("HDA")[:2]) == {"2-hexyldecanoic acid", "hexadecylamine"}
    assert {"lead acetate trihydrate", "anhydrous lead acetate"} <= set(names("Pb(OAc)2"))


def test_antisolvents_are_found_by_what_they_do() -> None:
    found = set(names("antisolvent", "chemical"))
    assert {"methyl acetate", "ethyl acetate", "acetone", "1-butanol"} <= found
    assert not {"hexane", "1-octadecene", "toluene", "N,N-dimethylformamide", "oleic acid"} & found


def test_a_perovskite_finds_the_class_of_its_dots() -> None:
    assert names("CsPbBr3")[0] == "perovskite dots"


def test_words_of_notes_come_after_names() -> None:
    found = search("phospholipids")
    assert [item.name for item in found] == ["lecithin"]
    assert found[0].rank == 4
    ranks = [item.rank for item in search("acid")]
    assert ranks == sorted(ranks)


def test_short_words_are_not_found_within_others() -> None:
    assert all(found.rank < 2 or found.rank == 4 for found in search("Ag"))


def test_what_is_listed_is_what_is_written() -> None:
    (found,) = search("112-80-1")
    assert found.what == "C18H34O2, carboxylic acid"
    assert "density 0.895 g/mL" in found.numbers


def test_entries_of_a_folder_of_ones_own_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chemicals").mkdir()
    text = (
        "unobtainium iodide: {formula: UbI2, role: metal salt, molar_mass: 500 g/mol, aliases: [UbI2 powder]}\nodd: 3\n"
    )
    (tmp_path / "chemicals" / "ours.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HALODOT_LIBRARY", str(tmp_path))
    assert names("unobtainium") == ["unobtainium iodide"]
    assert search("powder")[0].numbers == "M 500 g/mol"
    assert names("odd")[0] == "odd"


def test_a_search_needs_a_word() -> None:
    with pytest.raises(InputError, match="needs a word"):
        search("  ")
