"""What a study says of a reagent: its role from one list, and what follows from its formula."""

from __future__ import annotations

import pytest

from halodot.errors import InputError
from halodot.states import CHEMICAL_ROLES, Chemical
from halodot.study import from_text
from halodot.study.reagents import completed

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


def ours(stated: str) -> Chemical:
    recipe = from_text(RECIPE.format(ours=stated)).recipe
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
    salt = ours(
        "formula: ZnI2, role: zinc source, molar_mass: 319.19 g/mol, halide: I, halide_count: 2, cation_count: 1"
    )
    assert (salt.role, salt.metal) == ("metal salt", "Zn")


@pytest.mark.parametrize(
    ("formula", "metal"), [("ZnI2", "Zn"), ("KBr", "K"), ("C4H6O4Mn", "Mn"), ("NH4I", ""), ("", ""), ("NaKI2", "")]
)
def test_the_metal_of_a_salt_is_that_of_its_formula(formula: str, metal: str) -> None:
    assert completed({"role": "metal salt", "formula": formula}).get("metal", "") == metal
    assert "metal" not in completed({"role": "solvent", "formula": formula})


def test_a_stated_metal_is_kept() -> None:
    assert completed({"role": "metal salt", "formula": "NaKI2", "metal": "K"})["metal"] == "K"
