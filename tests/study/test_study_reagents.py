"""What a study says of a reagent: its role from one list, and what follows from its formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halodot.errors import InputError
from halodot.states import CHEMICAL_ROLES, Chemical
from halodot.study import Study, from_text, library
from halodot.study.formulas import atoms, formula_mass
from halodot.study.reagents import completed, doubts

RECIPE = """
recipe:
  stocks:
    cs: [{{add: Cs2CO3, mass: 100 mg}}, {{add: oleic acid, volume: 0.3 mL}}, {{add: 1-octadecene, volume: 5 mL}}]
  pot:
    - {{add: PbI2, mass: 100 mg}}
    - {{add: ours, mass: 10 mg}}
    - {{add: oleic acid, volume: 0.5 mL}}
    - {{add: oleylamine, volume: 0.5 mL}}
    - {{add: 1-octadecene, volume: 5 mL}}
    - {{heat: 170 degC}}
    - {{inject: cs, volume: 0.4 mL}}
  chemicals:
    ours: {{{ours}}}
"""


def study(stated: str) -> Study:
    return from_text(RECIPE.format(ours=stated))


def ours(stated: str) -> Chemical:
    recipe = study(stated).recipe
    assert recipe is not None
    return recipe.chemicals["ours"]


@pytest.mark.parametrize("role", CHEMICAL_ROLES)
def test_every_role_of_the_list_may_be_stated(role: str) -> None:
    assert ours(f"formula: C2H6, role: {role}, molar_mass: 100 g/mol").role == role


def test_an_unknown_role_is_answered_with_the_list() -> None:
    with pytest.raises(InputError) as error:
        ours("formula: C2H6, role: ligand, molar_mass: 100 g/mol")
    (problem,) = error.value.problems
    assert all(role in problem.message for role in CHEMICAL_ROLES)


def test_the_former_word_for_a_metal_salt_is_read() -> None:
    salt = ours("formula: ZnI2, role: zinc source, molar_mass: 319.19 g/mol")
    assert (salt.role, salt.metal, salt.cation_count) == ("metal salt", "Zn", 1.0)
    assert (salt.halide, salt.halide_count) == ("I", 2.0)


def test_an_antisolvent_is_a_solvent_and_no_other_role_that_is_alike() -> None:
    for stated, hint in (("antisolvent", "solvent"), ("silica source", ""), ("solvant", "solvent"), ("thiolate", "")):
        with pytest.raises(InputError) as error:
            ours(f"formula: C2H6, role: {stated}, molar_mass: 30 g/mol")
        assert error.value.problems[0].suggestion == hint, stated


@pytest.mark.parametrize(
    ("formula", "metal"), [("ZnI2", "Zn"), ("KBr", "K"), ("Mn(CH3COO)2", "Mn"), ("NH4I", ""), ("", ""), ("NaKI2", "")]
)
def test_the_metal_of_a_salt_is_that_of_its_formula(formula: str, metal: str) -> None:
    assert completed({"role": "metal salt", "formula": formula}).get("metal", "") == metal
    assert "metal" not in completed({"role": "solvent", "formula": formula})


def test_what_is_stated_is_kept() -> None:
    stated = {"role": "metal salt", "formula": "NaKI2", "metal": "K", "halide_count": 1.5}
    found = completed(stated)
    assert (found["metal"], found["cation_count"], found["halide"], found["halide_count"]) == ("K", 1.0, "I", 1.5)


def test_the_formulas_of_the_shelf_give_the_ions_and_masses_that_it_states() -> None:
    for name in library.chemicals():
        values = {"name": name, **library.chemical(name).values}
        bare = {key: values[key] for key in ("formula", "role")}
        for key, derived in completed(bare).items():
            assert values[key] == derived, f"{name}: {key}"
        assert list(doubts(values)) == [], name
        assert formula_mass(values["formula"]) == pytest.approx(values["molar_mass"], rel=1e-4), name


@pytest.mark.parametrize(
    ("formula", "counted"),
    [
        ("Pb(CH3COO)2·3H2O", {"Pb": 1, "C": 4, "H": 12, "O": 7}),
        ("Cs₂CO₃", {"Cs": 2, "C": 1, "O": 3}),
        ("[N(C4H9)4]Br", {"N": 1, "C": 16, "H": 36, "Br": 1}),
        ("CuSO4.5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CoCl2", {"Co": 1, "Cl": 2}),
        ("unknown", {}),
        ("Xx2", {}),
        ("Pb(OAc)2", {}),
        ("C2H6)", {}),
        ("(C2H6", {}),
        ("", {}),
    ],
)
def test_formulas_are_counted_or_not_read_at_all(formula: str, counted: dict[str, int]) -> None:
    assert dict(atoms(formula)) == counted


@given(st.text("CHOPbNI()·.0123456789 x[]", max_size=12))
def test_no_formula_counts_less_than_nothing(formula: str) -> None:
    assert all(count >= 0 for count in atoms(formula).values())


def test_a_mass_that_is_not_that_of_the_formula_is_doubted() -> None:
    notes = {
        note.where: note.text for note in study("formula: C4H6O4Pb, role: lead source, molar_mass: 379.3 g/mol").notes
    }
    assert "the formula is that of what is weighed, its water included" in notes["recipe.chemicals.ours"]
    right = study("formula: Pb(CH3COO)2·3H2O, role: lead source, molar_mass: 379.3 g/mol")
    assert "recipe.chemicals.ours" not in {note.where for note in right.notes}
    assert right.recipe is not None
    assert right.recipe.chemicals["ours"].cation_count == 1.0


@pytest.mark.parametrize(
    ("stated", "doubt"),
    [
        ("formula: PbX, role: lead source, molar_mass: 300 g/mol", "without cation_count it brings none"),
        ("formula: C4H12N, role: ammonium halide, molar_mass: 74.15 g/mol", "it brings no halide ions"),
        ("formula: C2H6, role: solvent, molar_mass: 30.07 g/mol, halide: F", "'F' is no halide of these dots"),
    ],
)
def test_what_brings_nothing_is_told(stated: str, doubt: str) -> None:
    (note,) = [note for note in study(stated).notes if note.where == "recipe.chemicals.ours"]
    assert doubt in note.text
    assert note.kind == "unlikely"
